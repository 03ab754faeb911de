"""The speech process, seen from the bridge: lines in, lines out, and an end."""

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from typing import Final, Protocol

from quarterturn.places import data_folder
from quarterturn.speech.messages import LONGEST
from quarterturn.speech.sound import RECORD, Sound

MOST_UNREAD: Final = 2 * LONGEST
"""A child that leaves so many octets unread hangs."""


class Child(Protocol):
    """A process that speaks."""

    def say(self, line: bytes) -> bool:
        """Send a line, without waiting; return whether the child still reads."""

    def lines(self) -> AsyncIterator[bytes]:
        """Yield what it says, until it has ended."""

    def kill(self) -> None:
        """End it at once."""

    async def gone(self) -> str:
        """Wait until it is gone, and return how it went."""


class SpeechProcess:
    """A child process of the bridge."""

    def __init__(self, process: Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a child without its pipes")
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout

    def say(self, line: bytes) -> bool:
        """Send a line, without waiting; return whether the child still reads."""
        if self._stdin.is_closing():
            return True  # its end is told otherwise
        self._stdin.write(line)
        return self._stdin.transport.get_write_buffer_size() <= MOST_UNREAD

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield what it says, until it has ended."""
        with contextlib.suppress(ValueError, ConnectionError):  # a line without an end, or no more
            while line := await self._stdout.readline():
                yield line

    def kill(self) -> None:
        """End it at once; one that was stopped too."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def gone(self) -> str:
        """Wait until it is gone, and return how it went."""
        code = await self._process.wait()
        self._stdin.close()
        return f"its process was killed by signal {-code}" if code < 0 else "its process ended"


async def launch_child(sound: Sound, *, again: bool) -> SpeechProcess:
    """Start the speech process in a session of its own, where no Ctrl+C of ours reaches it.

    What it prints goes to ``speech.log``; ``again``: to its end, and to that of the record.

    Raises:
        OSError: when it cannot be started.

    """
    data_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    log_path = data_folder() / "speech.log"
    if sound.mode == RECORD and not again:
        sound.heard.unlink(missing_ok=True)
    record = ("--record",) if sound.mode == RECORD else ()
    with log_path.open("ab" if again else "wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "quarterturn.speech", "--heard", str(sound.heard), *record),
            stdin=PIPE,
            stdout=PIPE,
            stderr=log,
            start_new_session=True,
            limit=LONGEST,
        )
    return SpeechProcess(process)
