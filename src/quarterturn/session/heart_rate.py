"""Lower the speed while the heart rate is above its limit.

It only ever lowers: a heart that calms down, or a strap that falls silent, raises nothing.
Treadmills with a heart-rate mode do the same on a lost signal (h/p/cosmos manual, page 50).

One source counts at a time, a strap before the treadmill's own field. What two sources say is never
put together: a proof begins anew where the source changes or was silent, and an alarm is ended by
the source that raised it, or by none.
"""

import math
from enum import Enum

from quarterturn.model import HeartRate

# The first lowering has to be felt within 5 s (S000-34): two seconds of proof, one until the
# governor's next step, and up to two until the belt follows.
SUSTAINED_S = 2.0
AGAIN_S = 15.0
"""How long a lowering is given to show in the heart rate before the next."""
CALM_S = 10.0
"""How long the heart rate has to be at its limit or below until an alarm is over."""
GIVE_UP_S = 60.0
"""An alarm that lasts so long while walking ends the walk."""
FRESH_S = 5.0
"""How long a reading holds; a strap sends one a second, and radio loses a few of them."""
LOWEST_BPM, HIGHEST_BPM = 25, 250
"""What lies beyond is no heart: a strap that is off or searching, a field filled with 255."""


class Verdict(Enum):
    """What a reading calls for."""

    NOTHING = "nothing"
    LOWER = "lower"
    GIVE_UP = "give up"


class HeartRateGuard:
    """Judge readings against a limit in beats per minute; None: there is no limit."""

    def __init__(self, limit_bpm: int | None) -> None:
        self._limit_bpm = limit_bpm
        self._over_s: float | None = None
        self._under_s: float | None = None
        self._lowered_s: float | None = None
        self.alarmed = False

    def reading(
        self, now_s: float, bpm: int | None, *, walking: bool, may_calm: bool = True
    ) -> Verdict:
        """Digest a reading; None: the report held none. ``may_calm``: it may end an alarm."""
        if self._limit_bpm is None:
            return Verdict.NOTHING
        if bpm is None or bpm <= self._limit_bpm:
            self._calm(now_s, known=bpm is not None and may_calm)
            return Verdict.NOTHING
        self._under_s = None
        if not walking:
            self._over_s = None
            return Verdict.NOTHING
        if self._over_s is None:
            self._over_s = now_s
        over_s = now_s - self._over_s
        if over_s < SUSTAINED_S:
            return Verdict.NOTHING
        self.alarmed = True
        if over_s >= GIVE_UP_S:
            return Verdict.GIVE_UP
        if self._lowered_s is not None and now_s - self._lowered_s < AGAIN_S:
            return Verdict.NOTHING
        self._lowered_s = now_s
        return Verdict.LOWER

    def break_off(self) -> None:
        """Begin every proof anew: the readings to come do not continue those before."""
        self._over_s = self._under_s = None

    def _calm(self, now_s: float, *, known: bool) -> None:
        if not self.alarmed:
            self._over_s = None
        elif not known:
            self._under_s = None
        elif self._under_s is None:
            self._under_s = now_s
        elif now_s - self._under_s >= CALM_S:
            self.alarmed = False
            self._over_s = self._lowered_s = None


def usable(bpm: int | None) -> int | None:
    """Return a heart rate that a heart can have, None for any other."""
    return bpm if bpm is not None and LOWEST_BPM <= bpm <= HIGHEST_BPM else None


def usable_of(reading: HeartRate) -> int | None:
    """Return the heart rate of a sensor's reading; a strap that hangs in the air gives none."""
    return None if reading.contact is False else usable(reading.bpm)


class HeartRateWatch:
    """Choose the source that counts, and have the guard judge what it says.

    A source is the name of a sensor, None for the treadmill's own field. A sensor counts from the
    second of two readings on, and for as long as they are fresh; no other sensor takes its place
    meanwhile.
    """

    def __init__(self, limit_bpm: int | None) -> None:
        self._guard = HeartRateGuard(limit_bpm)
        self._source: str | None = None
        self._bpm: int | None = None
        self._read_s = -math.inf
        self._heard_s: dict[str, float] = {}
        self._alarmed_by: str | None = None

    @property
    def alarmed(self) -> bool:
        """Whether the heart rate is, for all that is known, above its limit."""
        return self._guard.alarmed

    def current(self, now_s: float) -> tuple[int, str | None] | None:
        """Return the heart rate that counts and its source; None: there is none."""
        if self._bpm is None or not self._holds(now_s, self._read_s):
            return None
        return self._bpm, self._source

    def reading(
        self, now_s: float, source: str | None, bpm: int | None, *, walking: bool
    ) -> Verdict:
        """Digest a reading of a source; None: it has none that is usable."""
        steady = source is None or self._holds(now_s, self._heard_s.get(source, -math.inf))
        if source is not None and bpm is not None:
            self._heard_s[source] = now_s
        holds = self._holds(now_s, self._read_s)
        if source != self._source and (bpm is None or (holds and self._source is not None)):
            return Verdict.NOTHING
        if not steady:
            return Verdict.NOTHING
        if source != self._source or not holds:
            self._guard.break_off()
        self._source, self._bpm = source, bpm
        if bpm is not None:
            self._read_s = now_s
        return self._judge(now_s, bpm, walking=walking)

    def _judge(self, now_s: float, bpm: int | None, *, walking: bool) -> Verdict:
        before = self._guard.alarmed
        may_calm = self._alarmed_by == self._source
        verdict = self._guard.reading(now_s, bpm, walking=walking, may_calm=may_calm)
        if self._guard.alarmed and not before:
            self._alarmed_by = self._source
        return verdict

    @staticmethod
    def _holds(now_s: float, read_s: float) -> bool:
        return now_s - read_s <= FRESH_S
