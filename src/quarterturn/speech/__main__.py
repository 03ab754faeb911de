"""``python -m quarterturn.speech``: the voice as a process, told by JSON lines on stdin.

It ends with its stdin. What it and the players print of their troubles goes to stderr, which the
bridge has led to a file: sound libraries write there and would wreck a screen.
"""

import argparse
import asyncio
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from quarterturn.speech.library import library_of
from quarterturn.speech.messages import LONGEST, decode, encode
from quarterturn.speech.players import (
    Player,
    PlayError,
    RecordingPlayer,
    SystemPlayer,
    system_players,
)
from quarterturn.speech.speaker import Speaker


def main(arguments: list[str] | None = None) -> int:
    """Speak until told to end, or until the bridge is gone."""
    parser = argparse.ArgumentParser(prog="python -m quarterturn.speech", description=__doc__)
    parser.add_argument("--heard", required=True, help="the file of what would have been heard")
    parser.add_argument("--record", action="store_true", help="play nothing, write it there")
    options = parser.parse_args(arguments)
    asyncio.run(_speak(Path(options.heard), record=options.record))
    # The thread that reads stdin may be in the middle of it, and holds nothing that matters.
    os._exit(0)


async def _speak(heard_path: Path, *, record: bool) -> None:
    def heard(entry: Mapping[str, object]) -> None:
        with heard_path.open("ab") as file:
            file.write(encode(entry))

    speaker = Speaker(library_of, _say, heard=heard)
    loop = asyncio.get_running_loop()
    threading.Thread(target=_read, args=(loop, speaker), daemon=True).start()
    speaker.begin(await _player(record=record))
    await speaker.ended.wait()
    await speaker.close()


async def _player(*, record: bool) -> Player:
    if record:
        return RecordingPlayer()
    player = SystemPlayer(system_players())
    try:
        await player.find()
    except PlayError as error:
        sys.stderr.write(f"{error}\n")
        return RecordingPlayer()
    return player


def _read(loop: asyncio.AbstractEventLoop, speaker: Speaker) -> None:
    """Read stdin in a thread: pipes cannot be waited for by the loop of every system."""
    while line := sys.stdin.buffer.readline(LONGEST):
        loop.call_soon_threadsafe(speaker.take, decode(line))
    loop.call_soon_threadsafe(speaker.hung_up)


def _say(message: Mapping[str, object]) -> None:
    try:
        sys.stdout.buffer.write(encode(message))
        sys.stdout.buffer.flush()
    except OSError:
        pass  # nobody listens; stdin ends too, and says so


if __name__ == "__main__":
    sys.exit(main())
