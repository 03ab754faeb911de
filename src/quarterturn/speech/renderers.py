"""Speech programs: espeak-ng, and what macOS and Windows bring along. Each is a child with a limit.

The text goes in by stdin and never through a shell; where to write and which voice to take go by
arguments that hold nothing but a path of ours and a name that was looked at.
"""

import asyncio
import contextlib
import os
import platform
import re
import shutil
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

RENDER_S: Final = 4.0
"""How long a program may take for one sentence."""
MOST_CHARACTERS: Final = 500

_VOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ()+_.-]{0,63}")
_ESPEAK_VOICES = {"en": "en-us", "de": "de"}
_SAY_VOICES = {"en": "Samantha", "de": "Anna"}
_SAPI_LANGUAGES = {"en": "en-US", "de": "de-DE"}
_SAPI = """
$ErrorActionPreference = 'Stop'
Add-Type -AssemblyName System.Speech
$in = New-Object System.IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)
$s = New-Object System.Speech.Synthesis.SpeechSynthesizer
if ($env:QUARTERTURN_VOICE) { $s.SelectVoice($env:QUARTERTURN_VOICE) }
else { $s.SelectVoiceByHints('NotSet', 'NotSet', 0, $env:QUARTERTURN_LANGUAGE) }
$rate = New-Object System.Speech.AudioFormat.SpeechAudioFormatInfo(22050, 'Sixteen', 'Mono')
$s.SetOutputToWaveFile($env:QUARTERTURN_WAV, $rate)
$s.Speak($in.ReadToEnd())
$s.Dispose()
"""


class RenderError(Exception):
    """A speech program did not speak; the message says why."""


@dataclass(frozen=True, slots=True)
class Renderer:
    """A speech program with a voice. ``version`` is part of what its recordings are kept under."""

    name: str
    version: str
    voice: str
    command: tuple[str, ...]
    environment: Mapping[str, str]

    async def render(self, text: str) -> bytes:
        """Return a text as a WAV file.

        Raises:
            RenderError: when the program fails, or takes too long.

        """
        if len(text) > MOST_CHARACTERS:
            raise RenderError(f"{len(text)} characters are too many for one sentence")
        with tempfile.TemporaryDirectory(prefix="quarterturn-") as folder:
            path = Path(folder) / "speech.wav"
            command = [str(path) if part == "{wav}" else part for part in self.command]
            environment = {**os.environ, **self.environment, "QUARTERTURN_WAV": str(path)}
            await _run(command, text.encode(), environment)
            try:
                return path.read_bytes()
            except OSError as error:
                raise RenderError(f"{command[0]} wrote no file: {error.strerror}") from None


async def _run(command: Sequence[str], text: bytes, environment: Mapping[str, str]) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=DEVNULL, stderr=PIPE, env=environment
        )
    except OSError as error:
        raise RenderError(f"{command[0]}: {error.strerror}") from None
    try:
        async with asyncio.timeout(RENDER_S):
            _, said = await process.communicate(text)
    except TimeoutError:
        raise RenderError(f"{command[0]}: no answer within {RENDER_S:.0f} s") from None
    finally:
        await end(process)
    if process.returncode:
        words = " ".join(said.decode(errors="replace").split())[:200]
        raise RenderError(f"{command[0]}: {words or f'ended with {process.returncode}'}")


async def end(process: Process) -> None:
    """End a child that may be there still, and wait for it."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def find_renderer(
    language: str, voice: str | None = None, *, system: str = sys.platform
) -> Renderer | None:
    """Return the speech program of this computer, with the voice asked for; None without one.

    A voice that can be no name of one is not passed on.
    """
    wanted = voice if voice is not None and _VOICE.fullmatch(voice) else None
    if system == "darwin" and (say := shutil.which("say")):
        name = wanted or _SAY_VOICES.get(language.partition("-")[0], "")
        by_voice = ("-v", name) if name else ()
        form = ("--file-format=WAVE", "--data-format=LEI16@22050")
        command = (say, *by_voice, "-o", "{wav}", *form, "-f", "-")
        return Renderer("say", platform.mac_ver()[0], name, command, {})
    if system == "win32" and (shell := shutil.which("powershell")):
        tag = _SAPI_LANGUAGES.get(language, language)
        command = (shell, "-NoProfile", "-NonInteractive", "-Command", _SAPI)
        environment = {"QUARTERTURN_VOICE": wanted or "", "QUARTERTURN_LANGUAGE": tag}
        return Renderer("SAPI", platform.version(), wanted or tag, command, environment)
    if espeak := shutil.which("espeak-ng"):
        name = wanted or _ESPEAK_VOICES.get(language, language)
        command = (espeak, "-v", name, "-s", "160", "--stdin", "-w", "{wav}")
        return Renderer("espeak-ng", _version_of(espeak), name, command, {})
    return None


def _version_of(program: str) -> str:
    """Return what tells one build of a program from the next, without running it."""
    found = Path(program).resolve().stat()
    return f"{found.st_size}-{found.st_mtime_ns}"
