"""A voice on the loop of the test: the real speaker, a player that plays nothing, its child."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from quarterturn.speech.cache import Cache
from quarterturn.speech.library import Library
from quarterturn.speech.messages import decode, encode
from quarterturn.speech.pack import load_pack
from quarterturn.speech.players import Player, PlayError, RecordingPlayer
from quarterturn.speech.samples import Samples, duration_s
from quarterturn.speech.sound import Sound
from quarterturn.speech.speaker import Speaker


def shipped_library(folder: Path) -> Library:
    """Return what is said without any speech program."""
    return Library(load_pack("en"), Cache(folder), None)


class FakePlayer:
    """Takes its time, keeps what it played and how long, and fails when it is told to."""

    name = "fake"

    def __init__(self) -> None:
        self.played_s: list[float] = []
        self.fails = ""

    async def play(self, samples: "Samples[int]") -> None:
        if self.fails:
            raise PlayError(self.fails)
        began_s = asyncio.get_running_loop().time()
        try:
            await asyncio.sleep(duration_s(samples))
        finally:
            self.played_s.append(asyncio.get_running_loop().time() - began_s)


class InnerChild:
    """A speech process without a process."""

    def __init__(
        self, library: Library, player: Player | None, heard: list[dict[str, Any]]
    ) -> None:
        self.told: list[dict[str, Any]] = []
        self.reads = self.answers = True
        self._said: asyncio.Queue[bytes] = asyncio.Queue()
        self._gone = asyncio.Event()
        self.how = "its process ended"
        self.speaker = Speaker(
            lambda _language, _voice: library, self._say, heard=lambda it: heard.append(dict(it))
        )
        if player is not None:
            self.speaker.begin(player)
        self._ending = asyncio.ensure_future(self._end_with_speaker())

    async def _end_with_speaker(self) -> None:
        await self.speaker.ended.wait()
        self.kill()

    def _say(self, message: Mapping[str, object]) -> None:
        if self.answers and not self._gone.is_set():
            self._said.put_nowait(encode(message))

    def say(self, line: bytes) -> bool:
        message = decode(line)
        self.told.append(message)
        if self.answers:
            self.speaker.take(message)
        return self.reads

    async def lines(self) -> AsyncIterator[bytes]:
        while line := await self._said.get():
            yield line

    def kill(self) -> None:
        if not self._gone.is_set():
            self._gone.set()
            self._said.put_nowait(b"")
            self._closing = asyncio.ensure_future(self.speaker.close())

    def die(self) -> None:
        """Be killed by somebody else."""
        self.how = "its process was killed by signal 9"
        self.kill()

    async def gone(self) -> str:
        await self._gone.wait()
        return self.how

    def cues(self) -> list[str]:
        return [it["text"] for it in self.told if it["do"] == "cue"]


class Launches:
    """Starts inner children, one after the other, and keeps them."""

    def __init__(self, folder: Path, player: Player | None = None) -> None:
        self._library = shipped_library(folder)
        self.player: Player | None = RecordingPlayer() if player is None else player
        self.children: list[InnerChild] = []
        self.heard: list[dict[str, Any]] = []
        self.again: list[bool] = []
        self.fails: OSError | None = None

    async def __call__(self, sound: Sound, *, again: bool) -> InnerChild:
        del sound
        self.again.append(again)
        if self.fails is not None:
            raise self.fails
        self.children.append(InnerChild(self._library, self.player, self.heard))
        return self.children[-1]

    @property
    def child(self) -> InnerChild:
        return self.children[-1]
