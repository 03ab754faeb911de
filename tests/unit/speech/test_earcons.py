"""What the tones sound like, computed from their samples."""

import itertools
import math
from collections.abc import Sequence

import pytest

from quarterturn.speech.earcons import LOUD, SOFT, Earcon, earcon_samples
from quarterturn.speech.samples import RATE_HZ, duration_s

GOLDEN = {
    # pitches in Hz, beginnings and length in s
    Earcon.FORWARD: ([660, 880], [0.0, 0.12], 0.36),
    Earcon.SIDE: ([740, 740, 740], [0.0, 0.13, 0.26], 0.33),
    Earcon.BACKWARD: ([587, 392], [0.0, 0.24], 0.48),
    Earcon.TURN: ([330, 330], [0.0, 0.25], 0.40),
    Earcon.STOP: ([262], [0.0], 0.70),
    Earcon.FAULT: ([1175, 932] * 4, [0.1 * count for count in range(8)], 0.80),
    Earcon.TICK: ([1000], [0.0], 0.04),
    Earcon.CHECK: ([1319], [0.0], 0.40),
}
SEMITONES = [131 * 2 ** (half / 12) for half in range(49)]


def power(samples: Sequence[int], pitch_hz: float) -> float:
    """Return how much of a pitch there is, by Goertzel's algorithm."""
    factor = 2 * math.cos(2 * math.pi * pitch_hz / RATE_HZ)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + factor * last - before
    return (before**2 + last**2 - factor * before * last) / len(samples) ** 2


def middle(samples: Sequence[int], begin_s: float, end_s: float) -> Sequence[int]:
    return samples[round((begin_s + 0.008) * RATE_HZ) : round((end_s - 0.008) * RATE_HZ)]


@pytest.mark.parametrize("earcon", Earcon)
def test_a_tone_has_its_pitches_in_its_rhythm(earcon: Earcon) -> None:
    pitches, beginnings, length_s = GOLDEN[earcon]
    samples = earcon_samples(earcon)
    assert duration_s(samples) == pytest.approx(length_s, abs=0.001)
    shortest_s = min([0.04, length_s])
    for pitch_hz, begin_s in zip(pitches, beginnings, strict=True):
        part = middle(samples, begin_s, begin_s + max(shortest_s, 0.06))
        heard = max(SEMITONES, key=lambda other: power(part, other))
        assert heard == pytest.approx(pitch_hz, rel=0.06)  # a semitone
        assert power(part, pitch_hz) > 50 * power(part, pitch_hz * 1.6)


@pytest.mark.parametrize("earcon", [Earcon.SIDE, Earcon.TURN])
def test_between_repeated_tones_there_is_silence(earcon: Earcon) -> None:
    begin_s = {Earcon.SIDE: 0.07, Earcon.TURN: 0.15}[earcon]
    pause = earcon_samples(earcon)[round(begin_s * RATE_HZ) + 1 : round((begin_s + 0.05) * RATE_HZ)]
    assert set(pause) == {0}


def test_no_two_tones_share_a_pitch_or_a_rhythm() -> None:
    # Never one attribute only: who cannot tell pitches apart goes by the rhythm.
    for one, other in itertools.combinations(GOLDEN, 2):
        (pitches, rhythm, length_s), (pitches2, rhythm2, length2_s) = GOLDEN[one], GOLDEN[other]
        assert set(pitches).isdisjoint(pitches2)
        assert (rhythm, round(length_s, 2)) != (rhythm2, round(length2_s, 2))


def test_a_fault_is_louder_than_everything_else() -> None:
    loudness = {it: max(map(abs, earcon_samples(it))) for it in Earcon}
    assert loudness.pop(Earcon.FAULT) == pytest.approx(LOUD * 32767, rel=0.02)
    assert max(loudness.values()) <= SOFT * 32767 + 1
    assert LOUD > 2 * SOFT


@pytest.mark.parametrize("earcon", Earcon)
def test_no_tone_clicks(earcon: Earcon) -> None:
    samples = earcon_samples(earcon)
    assert abs(samples[0]) < 200
    assert abs(samples[-1]) < 600
