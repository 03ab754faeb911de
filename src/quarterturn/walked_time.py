"""How long somebody has walked in one go, and in one session, against the caps on both."""

from quarterturn.model import Heading
from quarterturn.plan import PlannedPhase
from quarterturn.speed_limits import is_forward

# The session ends a phase in time; the governor only where it did not [design 9].
_OVERTIME_S = 1.0


class WalkedTime:
    """Add up the stretches from the first motion, or the phase's beginning, to the slowing."""

    def __init__(self, max_backward_s: float, max_non_forward_s: float) -> None:
        self._max_backward_s = max_backward_s
        self._max_non_forward_s = max_non_forward_s
        self._backward_s = self._non_forward_s = 0.0
        self._phase: PlannedPhase | None = None
        self._since_s = 0.0
        self._forward = True

    def begin(self, phase: PlannedPhase, now_s: float) -> None:
        """Begin a stretch; one that is under way ends here."""
        self.end(now_s)
        self._phase, self._since_s, self._forward = phase, now_s, is_forward(phase)

    def end(self, now_s: float) -> None:
        """End the stretch that is under way, if there is one."""
        phase, self._phase = self._phase, None
        if phase is None:
            return
        walked_s = max(0.0, now_s - self._since_s)
        if not self._forward:
            self._non_forward_s += walked_s
        if phase.heading is Heading.BACKWARD:
            self._backward_s += walked_s

    def overdue(self, now_s: float) -> str | None:
        """Return which time was overrun by more than a second, in words; None where none was."""
        phase = self._phase
        if phase is None:
            return None
        walked_s = now_s - self._since_s - _OVERTIME_S
        if walked_s > phase.limits.max_continuous_s:
            return f"The {phase.heading.word} phase ran past its time."
        if not self._forward and self._non_forward_s + walked_s > self._max_non_forward_s:
            return "The session's time that is not forward is used up."
        if phase.heading is Heading.BACKWARD and (
            self._backward_s + walked_s > self._max_backward_s
        ):
            return "The session's time backward is used up."
        return None
