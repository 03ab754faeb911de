"""The phase clock: the time the belt has been at work in a phase."""

import math


class PhaseClock:
    """Runs while the belt is at work, and stands in a pause [design rule 9]."""

    def __init__(self, running_since_s: float | None = None) -> None:
        self._before_s = 0.0
        self._since_s = running_since_s

    def run(self, now_s: float) -> None:
        """Run from ``now_s`` on."""
        self._since_s = now_s

    def stand(self, now_s: float, *, at_most_s: float = math.inf) -> None:
        """Stand still, at ``at_most_s`` or less: a late tick does not make a phase longer."""
        self._before_s = min(self.elapsed_s(now_s), at_most_s)
        self._since_s = None

    def elapsed_s(self, now_s: float) -> float:
        """Return the seconds walked in this phase."""
        return self._before_s + (0.0 if self._since_s is None else now_s - self._since_s)

    def reaches(self, elapsed_s: float) -> float:
        """Return when the clock shows, or showed, ``elapsed_s``; never while it stands."""
        return math.inf if self._since_s is None else self._since_s + elapsed_s - self._before_s
