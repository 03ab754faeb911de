"""The person on the belt: a heart that follows the load, and hands that answer the session.

Seeded, so that the same walk happens twice. Delays are human: reading, stepping onto the rails and
turning take seconds before READY is pressed.
"""

import math
from collections.abc import Mapping
from random import Random

Intents = list[tuple[float, str]]

_RESTING_BPM = 68.0
# A deconditioned adult: about 12 beats per minute for each MET above rest.
_BPM_PER_MET = 12.0
# Heart rate settles with a time constant of about 40 s after a step in moderate load.
_SETTLING_S = 40.0
_NOISE_BPM = 1.0
_MAX_BPM = 190.0

# Oxygen cost above rest, as a multiple of walking forward at the same speed. Backward: 6.0 MET, not
# 3.68, at 5.6 km/h (Chaloupka 1997, JOSPT 25:302, through the Compendium of Physical Activities);
# sideways: more than three times (Handford and Srinivasan 2014, Biol Lett 10:20131006).
_LOAD = {"forward": 1.0, "backward": 1.86, "right": 3.0, "left": 3.0}


class Walker:
    """A simulated walker. ``heading`` is the word of the phase that was last announced to begin."""

    def __init__(self, seed: int = 0) -> None:
        # Two streams: how often the pulse is read must not change when READY is pressed.
        self._hands = Random(f"{seed} hands")  # noqa: S311 - a simulation has to be repeatable
        self._heart = Random(f"{seed} heart")  # noqa: S311
        self._bpm = _RESTING_BPM
        self._read_s: float | None = None
        self.heading = "forward"
        self._is_there = True

    def leave(self) -> None:
        """Press READY no more."""
        self._is_there = False

    def heart_rate_bpm(self, now_s: float, speed_kmh: float, incline_pct: float) -> int:
        """Return the heart rate as a strap shows it, after the load since the last reading."""
        settles_at = min(_RESTING_BPM + _BPM_PER_MET * self._mets(speed_kmh, incline_pct), _MAX_BPM)
        since_s = 0.0 if self._read_s is None else now_s - self._read_s
        self._read_s = now_s
        self._bpm += (settles_at - self._bpm) * -math.expm1(-since_s / _SETTLING_S)
        return round(self._bpm + self._heart.gauss(0.0, _NOISE_BPM))

    def react(self, event: Mapping[str, object]) -> Intents:
        """Return what the walker does about an event of the session: (delay in seconds, intent)."""
        match event:
            case {"step": "ready"} if self._is_there:
                return [(self._delay_s(2.0, 4.0), "ready")]
            case {"event": "confirm_wanted"}:
                return [(self._delay_s(1.0, 2.0), "confirm")]
            case {"event": "phase", "heading": str(heading)} if heading in _LOAD:
                self.heading = heading
        return []

    def _mets(self, speed_kmh: float, incline_pct: float) -> float:
        """Return the load above rest in MET: the ACSM equation, horizontal and vertical terms."""
        m_per_min = speed_kmh * 1000 / 60
        forward = m_per_min * (0.1 + 1.8 * max(0.0, incline_pct) / 100) / 3.5
        return forward * _LOAD[self.heading]

    def _delay_s(self, shortest: float, longest: float) -> float:
        return round(self._hands.uniform(shortest, longest), 1)
