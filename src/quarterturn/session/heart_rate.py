"""Lower the speed while the heart rate is above its limit.

It only ever lowers: a heart that calms down, or a strap that falls silent, raises nothing.
Treadmills with a heart-rate mode do the same on a lost signal (h/p/cosmos manual, page 50).
"""

from enum import Enum

# The first lowering has to be felt within 5 s (S000-34): two seconds of proof, one until the
# governor's next step, and up to two until the belt follows.
SUSTAINED_S = 2.0
AGAIN_S = 15.0
"""How long a lowering is given to show in the heart rate before the next."""
CALM_S = 10.0
"""How long the heart rate has to be at its limit or below until an alarm is over."""
GIVE_UP_S = 60.0
"""An alarm that lasts so long while walking ends the walk."""


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

    def reading(self, now_s: float, bpm: int | None, *, walking: bool) -> Verdict:
        """Digest a reading; None: the report held none."""
        if self._limit_bpm is None:
            return Verdict.NOTHING
        if bpm is None or bpm <= self._limit_bpm:
            self._calm(now_s, known=bpm is not None)
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
