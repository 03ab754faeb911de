"""What makes a sound heard: the player of the operating system; without one, a record of it."""

import asyncio
import shutil
import sys
import tempfile
from asyncio.subprocess import DEVNULL
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from quarterturn.speech.renderers import end
from quarterturn.speech.samples import Samples, duration_s, silence, wav_of

PROBE_S: Final = 3.0
"""How long a player may take for a moment of silence, by which it is tried."""

_SPARE_S = 3.0  # beyond what a sound lasts: a Bluetooth loudspeaker wakes up slowly
_WINDOWS = "import sys, winsound; winsound.PlaySound(sys.argv[1], winsound.SND_FILENAME)"


class PlayError(Exception):
    """A sound was not played; the message says why."""


class Player(Protocol):
    """Plays one sound at a time; a cancellation cuts it off."""

    @property
    def name(self) -> str:
        """What it is called; `RECORD` for one that nobody hears."""

    async def play(self, samples: "Samples[int]") -> None:
        """Play to the end. Raise PlayError when it cannot."""


RECORD: Final = "record"


class RecordingPlayer:
    """Takes the time that a sound would take; who uses it writes down what would be heard."""

    name = RECORD

    async def play(self, samples: "Samples[int]") -> None:
        """Wait for as long as it would play."""
        await asyncio.sleep(duration_s(samples))


@dataclass(frozen=True, slots=True)
class CommandPlayer:
    """A program that plays a file: ``command`` and then the file."""

    name: str
    command: tuple[str, ...]

    async def play(self, samples: "Samples[int]") -> None:
        """Play to the end.

        Raises:
            PlayError: when the program cannot be started, fails, or does not end.

        """
        await self._play(samples, duration_s(samples) + _SPARE_S)

    async def probe(self) -> None:
        """Play a moment of silence, to find out whether there is anything to play it on.

        Raises:
            PlayError: when there is not.

        """
        await self._play(silence(0.05), PROBE_S)

    async def _play(self, samples: "Samples[int]", patience_s: float) -> None:
        with tempfile.TemporaryDirectory(prefix="quarterturn-") as folder:
            path = Path(folder) / "sound.wav"
            try:
                path.write_bytes(wav_of(samples))
                # What it prints of its troubles goes where ours does: to a file.
                process = await asyncio.create_subprocess_exec(
                    *self.command, str(path), stdin=DEVNULL, stdout=DEVNULL
                )
            except OSError as error:
                raise PlayError(f"{self.name}: {error.strerror}") from None
            try:
                async with asyncio.timeout(patience_s):
                    code = await process.wait()
            except TimeoutError:
                raise PlayError(f"{self.name} did not end") from None
            finally:
                await end(process)
        if code:
            raise PlayError(f"{self.name} ended with {code}")


class SystemPlayer:
    """The first player of this computer that works; the others stand in where it fails."""

    def __init__(self, players: Sequence[CommandPlayer]) -> None:
        self._players = list(players)

    @property
    def name(self) -> str:
        """The player in use."""
        return self._players[0].name if self._players else "none"

    async def find(self) -> None:
        """Try them, and keep those from the first on that works.

        Raises:
            PlayError: when none does.

        """
        failures = []
        while self._players:
            try:
                await self._players[0].probe()
            except PlayError as error:
                failures.append(str(error))
                del self._players[0]
            else:
                return
        none = f"no program that plays sound was found ({', '.join(programs())})"
        raise PlayError("; ".join(failures) or none)

    async def play(self, samples: "Samples[int]") -> None:
        """Play to the end by the first that can.

        Raises:
            PlayError: when none can.

        """
        failures = []
        for player in tuple(self._players):
            try:
                await player.play(samples)
            except PlayError as error:
                failures.append(str(error))
            else:
                self._players.remove(player)
                self._players.insert(0, player)
                return
        raise PlayError("; ".join(failures) or "there is no player")


def programs(system: str = sys.platform) -> tuple[str, ...]:
    """Return the names of what plays sound on a system, the best first."""
    match system:
        case "darwin":
            return ("afplay",)
        case "win32":
            return ("winsound",)
        case _:
            return ("pw-play", "paplay", "aplay")


def system_players(system: str = sys.platform) -> list[CommandPlayer]:
    """Return the players that this computer has; whether they are heard is not known yet."""
    if system == "win32":
        return [CommandPlayer("winsound", (sys.executable, "-I", "-S", "-c", _WINDOWS))]
    found = [(name, shutil.which(name)) for name in programs(system)]
    options = {"aplay": ("-q",)}
    return [CommandPlayer(name, (path, *options.get(name, ()))) for name, path in found if path]
