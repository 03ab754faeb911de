"""Sound as numbers: one channel of 16-bit samples at one rate, and WAV files of it."""

import array
import io
import math
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
    """Draw straight lines from sample to sample: good enough for speech.

    Every ``up``-th sample lies in the same place between two others: those are done at a stroke,
    four times as fast as one by one.
    """
    count = max(0, (len(samples) - 1) * RATE_HZ // rate_hz)
    common = math.gcd(RATE_HZ, rate_hz)
    up, down = RATE_HZ // common, rate_hz // common
    out = array.array("h", bytes(2 * count))
    for first in range(min(up, count)):
        place, part = divmod(first * down, up)
        pairs = zip(samples[place::down], samples[place + 1 :: down], strict=False)
        drawn = [before + (after - before) * part // up for before, after in pairs]
        out[first::up] = array.array("h", drawn[: len(range(first, count, up))])
    return out
