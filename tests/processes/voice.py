"""The voice killed and stopped in the middle of a walk, and the bridge killed under it."""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from processes.stand import QUICK, Stand
from quarterturn.bridge.journal import read_journal
from quarterturn.bridge.replay import replay
from quarterturn.cues import completed, pull_the_red_key
from quarterturn.english import ENGLISH
from quarterturn.speech.sound import VARIABLE
from quarterturn.speech.speaker import LAST_WORDS

SIMULATED = f"ftms+sim://?{QUICK}"
BY_VOICE = "by-voice"


def heard(stand: Stand) -> list[dict[str, Any]]:
    """Return what would have been heard so far."""
    path = stand.home / "heard.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def children_of(pid: int) -> list[int]:
    """Return the speech processes of a bridge."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # no process, or one that has just gone
        if int(words[1]) == pid and words[0] != "Z" and b"quarterturn.speech" in command:
            found.append(int(folder.name))
    return found


async def speaks(stand: Stand) -> int:
    """Wait until the voice has been heard, and return its process."""
    async with asyncio.timeout(60):
        while not heard(stand):
            await asyncio.sleep(0.05)
    (pid,) = children_of(stand.bridge_pid)
    return pid


async def hears(stand: Stand, text: str) -> None:
    """Wait until a cue was heard out: the screen is gone before the last one is."""
    async with asyncio.timeout(60):
        while not any((it["text"], it["outcome"]) == (text, "played") for it in heard(stand)):
            await asyncio.sleep(0.05)


async def a_voice_that_is_gone(how: signal.Signals, stand: Stand) -> None:
    """The belt is steered on; nobody is turned away from forward; what follows is said."""
    stand.environment[VARIABLE] = "record"
    async with stand.walk(SIMULATED, screen=BY_VOICE):
        os.kill(await speaks(stand), how)
        await stand.until(lambda: stand.named("end"), "the session ends")
        await stand.until(lambda: b"the voice is not heard" in stand.shown, "it is told why")
        assert await stand.screen_ends() == 0
        await hears(stand, completed(ENGLISH).text)
    (fault,) = stand.named("fault")
    assert (fault["fault"], fault["action"]) == ("cues", "finish")
    assert {phase["heading"] for phase in stand.named("phase")} == {"forward"}
    (end,) = stand.named("end")
    assert (end["reason"], end["belt_stopped"]) == ("completed", True)
    after = stand.events[stand.events.index(fault) :]
    assert [it["outcome"] for it in after if it["event"] == "command"][-1] == "confirmed"
    assert replay(read_journal(stand.journal)).differences == ()


async def a_bridge_that_dies_in_a_walk(stand: Stand) -> None:
    """The screen is behind the walker's back: the voice says the one thing that is left."""
    stand.environment[VARIABLE] = "record"
    async with stand.walk(SIMULATED, screen=BY_VOICE):
        voice = await speaks(stand)
        await stand.until_backward()
        os.kill(stand.bridge_pid, signal.SIGKILL)
        async with asyncio.timeout(60):
            while Path(f"/proc/{voice}").exists():
                await asyncio.sleep(0.1)
    words = pull_the_red_key(ENGLISH).text
    assert [it["text"] for it in heard(stand)[-LAST_WORDS:]] == [words] * LAST_WORDS


SCENARIOS: Mapping[str, Callable[[Stand], Awaitable[None]]] = {
    "a killed voice turns nobody away from forward": partial(a_voice_that_is_gone, signal.SIGKILL),
    "a voice that hangs turns nobody away from forward": partial(
        a_voice_that_is_gone, signal.SIGSTOP
    ),
    "a killed bridge leaves the red key as last words": a_bridge_that_dies_in_a_walk,
}
