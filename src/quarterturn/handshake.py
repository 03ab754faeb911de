"""Every start holds the start speed until the belt has shown that it understands it.

Here a machine that reads miles per hour is caught, at walking-frame speed. One whose reports lie
the same way agrees with itself, and is caught only by onboarding.
"""

import math

from quarterturn.model import MachineRecord
from quarterturn.monitors import (
    STEADY,
    Fault,
    FaultKind,
    Reaction,
    Steadiness,
    looks_like_wrong_unit,
)
from quarterturn.units import Speed

# Two fresh, steady reports within 0.2 km/h, and 5 s of motion. In 0.01 km/h.
_AGREEMENT = 20
# At a start speed of 0.3 km/h a machine that counts in miles is off by less than 0.2 km/h.
_AGREEMENT_SHARE = 0.3
_DEADLINE_S = 10.0
SETTLE_S = 5.0


class Handshake:
    """Compare the reports after a start with the start speed that was commanded."""

    def __init__(self, start_speed: Speed, record: MachineRecord) -> None:
        self._told = start_speed.centi_kmh
        self._tolerance = min(_AGREEMENT, math.ceil(self._told * _AGREEMENT_SHARE))
        self._latency_s = record.latency_s
        self._moved_s: float | None = None
        self._told_s: float | None = None
        self._last: int | None = None
        self._agreeing = 0
        self._steadiness = Steadiness()
        self.done = False

    def speed_sent(self, now_s: float) -> None:
        """Note that the start speed went out as a target."""
        self._told_s = now_s

    def report(self, now_s: float, reported: int) -> Fault | None:
        """Digest the speed of a moving belt, in 0.01 km/h."""
        if self._moved_s is None:
            self._moved_s = now_s
        same = self._last is not None and abs(reported - self._last) <= STEADY
        settled = self._steadiness.report(now_s, reported)
        self._last = reported
        # A report from before the target took effect is no evidence of how it was understood.
        if self.done or self._told_s is None or now_s - self._told_s <= self._latency_s:
            return None
        if abs(reported - self._told) <= self._tolerance:
            self._agreeing = self._agreeing + 1 if same else 1
            self.done = self._agreeing >= 2 and now_s - self._moved_s >= SETTLE_S
            return None
        self._agreeing = 0
        words = f"Told {self._told / 100:.1f} km/h, the belt runs at {reported / 100:.1f} km/h"
        if settled and looks_like_wrong_unit(reported, self._told):
            text = f"{words}: this treadmill counts in miles per hour."
            return Fault(FaultKind.WRONG_UNIT, Reaction.STOP, text)
        if now_s - self._told_s > self._latency_s + _DEADLINE_S:
            return Fault(FaultKind.NO_EFFECT, Reaction.STOP, f"{words}.")
        return None
