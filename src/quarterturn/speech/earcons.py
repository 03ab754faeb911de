"""The tones: each means one thing, and differs from the others in pitch and in rhythm.

A rising pair is forward, a falling one backward, three short ones sideways; two low ones are a turn
and one long low one is a stop [safety.md 8.2, never one attribute only: WCAG 1.4.1].
"""

import array
import math
from enum import StrEnum
from typing import Final

from quarterturn.speech.samples import RATE_HZ, Samples, silence

LOUD: Final = 0.95
"""The amplitude of a fault; of everything else `SOFT`, which is half as loud and less."""
SOFT: Final = 0.4

_EDGE_S = 0.006  # a tone that begins or ends at once clicks


class Earcon(StrEnum):
    """A tone, or a few of them."""

    FORWARD = "forward"
    SIDE = "side"
    BACKWARD = "backward"
    TURN = "turn"
    STOP = "stop"
    FAULT = "fault"
    TICK = "tick"
    CHECK = "check"


#: Of each, its tones in order: pitch in Hz and length in s. A pitch of 0 is a pause.
TONES: Final[dict[Earcon, tuple[tuple[float, float], ...]]] = {
    Earcon.FORWARD: ((660, 0.12), (880, 0.24)),
    Earcon.SIDE: ((740, 0.07), (0, 0.06), (740, 0.07), (0, 0.06), (740, 0.07)),
    Earcon.BACKWARD: ((587, 0.24), (392, 0.24)),
    Earcon.TURN: ((330, 0.15), (0, 0.10), (330, 0.15)),
    Earcon.STOP: ((262, 0.70),),
    Earcon.FAULT: ((1175, 0.10), (932, 0.10)) * 4,
    Earcon.TICK: ((1000, 0.04),),
    Earcon.CHECK: ((1319, 0.40),),
}


def earcon_samples(earcon: Earcon) -> "Samples[int]":
    """Return a tone as samples."""
    amplitude = LOUD if earcon is Earcon.FAULT else SOFT
    samples = array.array("h")
    for pitch_hz, seconds in TONES[earcon]:
        samples += _tone(pitch_hz, seconds, amplitude) if pitch_hz else silence(seconds)
    return samples


def _tone(pitch_hz: float, seconds: float, amplitude: float) -> "Samples[int]":
    count, edge = round(seconds * RATE_HZ), _EDGE_S * RATE_HZ
    step, peak = 2 * math.pi * pitch_hz / RATE_HZ, amplitude * 32767
    return array.array(
        "h",
        (
            round(peak * min(1.0, at / edge, (count - at) / edge) * math.sin(step * at))
            for at in range(count)
        ),
    )
