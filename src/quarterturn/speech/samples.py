"""Sound as numbers: one channel of 16-bit samples at one rate, and WAV files of it."""

import array
import io
import sys
import wave
from typing import Final

RATE_HZ: Final = 22050
"""The rate of everything that is played; espeak-ng, ``say`` and SAPI all speak at it."""

Samples = array.array
"""Of type ``h``."""

_LONGEST_S: Final = 60.0


class SoundError(Exception):
    """A sound cannot be read; the message says why."""


def silence(seconds: float) -> "Samples[int]":
    """Return nothing to hear."""
    return array.array("h", bytes(2 * round(seconds * RATE_HZ)))


def duration_s(samples: "Samples[int]") -> float:
    """Return how long samples play."""
    return len(samples) / RATE_HZ


def wav_of(samples: "Samples[int]") -> bytes:
    """Return a whole WAV file."""
    data = array.array("h", samples)
    if sys.byteorder == "big":
        data.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(data.tobytes())
    return file.getvalue()


def read_wav(data: bytes) -> "Samples[int]":
    """Read a WAV file of 8 or 16 bits, of any rate; of several channels the first.

    Raises:
        SoundError: when it is none, or lasts longer than a minute.

    """
    try:
        with wave.open(io.BytesIO(data)) as file:
            channels, width, rate_hz, frames, *_ = file.getparams()
            if not 1000 <= rate_hz <= 192_000 or frames > _LONGEST_S * rate_hz:
                raise SoundError(f"{frames} samples at {rate_hz} Hz")
            octets = file.readframes(frames)
    except (wave.Error, EOFError) as error:
        raise SoundError(f"no WAV file: {error}") from None
    if width == 1:
        samples = array.array("h", [(value - 128) << 8 for value in octets[::channels]])
    elif width == 2:
        both = array.array("h", octets[: len(octets) // 2 * 2])
        if sys.byteorder == "big":
            both.byteswap()
        samples = both[::channels]
    else:
        raise SoundError(f"{8 * width} bits a sample")
    return samples if rate_hz == RATE_HZ else _at_our_rate(samples, rate_hz)


def _at_our_rate(samples: "Samples[int]", rate_hz: int) -> "Samples[int]":
    """Draw straight lines from sample to sample: good enough for speech."""
    if len(samples) < 2:
        return array.array("h")
    count = (len(samples) - 1) * RATE_HZ // rate_hz
    out = array.array("h", bytes(2 * count))
    for index in range(count):
        place, part = divmod(index * rate_hz, RATE_HZ)
        before = samples[place]
        out[index] = before + (samples[place + 1] - before) * part // RATE_HZ
    return out
