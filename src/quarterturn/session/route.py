"""Which phase comes next, and why the belt stands between two of them."""

from dataclasses import replace

from quarterturn.caps import cap_row
from quarterturn.model import Heading
from quarterturn.plan import Plan, PlannedPhase, turn_between
from quarterturn.session.vocabulary import Purpose
from quarterturn.workout.phases import Side


class Route:
    """The way through a plan, with its detours: skipping, finishing early, cues that nobody hears.

    ``phase`` is the one that is walked, or was last; ``next`` the one that the standing belt waits
    for, None where the walk ends then. ``came_from`` is where the last turn began.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.phase = self.came_from = plan.phases[0]
        self.next: PlannedPhase | None = plan.phases[0]
        self.purpose = Purpose.START
        self.entered = False
        self._detour: PlannedPhase | None = None
        self._cues_heard = True

    @property
    def turn(self) -> tuple[PlannedPhase, PlannedPhase] | None:
        """The two ends of the turn that the belt stands for, if it does."""
        if self.purpose is not Purpose.TURN or self.next is None:
            return None
        return self.came_from, self.next

    @property
    def wants_confirmation(self) -> bool:
        """Whether a second person has to agree before the next start."""
        required = self._plan.spotter_required and self.next is not None
        return required and self.next is not None and not faces_forward(self.next)

    def upcoming(self) -> PlannedPhase | None:
        """Return what follows the current phase; without cues nobody is led away from forward."""
        if self._detour is not None and self._allowed(self._detour):
            return self._detour
        index = self.phase.index + 1
        if index >= len(self._plan.phases):
            return None
        following = self._plan.phases[index]
        if self._allowed(following):
            return following
        self._detour = self.cool_down()
        return self._detour

    def cool_down(self) -> PlannedPhase:
        """Return the plan's last phase, with the turn that leads there from the current heading."""
        last = self._plan.phases[-1]
        # Two quarters go on in the sense of the turn that led here: that of the circle.
        before = self.phase.turn
        sense = Side.RIGHT if before is None else before.direction
        return replace(last, turn=turn_between(self.phase.heading, last.heading, sense))

    def enter(self, phase: PlannedPhase) -> None:
        """Begin a phase."""
        self.phase, self.entered = phase, True
        self._detour = None

    def detour(self, to: PlannedPhase) -> None:
        """Go to another phase than the plan's after the current one."""
        self._detour = to

    def halt(self, to: PlannedPhase | None) -> None:
        """Stand for another phase than the current one; None: for the end."""
        self.next, self.came_from = to, self.phase
        if to is None:
            self.purpose = Purpose.HALT
        else:
            self.purpose = Purpose.START if to.turn is None else Purpose.TURN

    def pause(self) -> None:
        """Stand in the middle of the current phase."""
        self.next, self.came_from = self.phase, self.phase
        self.purpose = Purpose.PAUSE

    def lose_cues(self) -> bool:
        """Return whether this is news; from now on nothing starts that is not forward."""
        heard, self._cues_heard = self._cues_heard, False
        return heard

    def keep_to_forward(self) -> bool:
        """Replace a next phase that nobody could be guided through; return whether it was one."""
        if self.next is None or self._allowed(self.next):
            return False
        self.halt(self.cool_down())
        return True

    def _allowed(self, phase: PlannedPhase) -> bool:
        return self._cues_heard or phase.heading is Heading.FORWARD


def faces_forward(phase: PlannedPhase) -> bool:
    """Say whether the caps take a phase for a forward one; a diagonal never counts."""
    return cap_row(phase.kind, phase.heading, phase.crossover, phase.incline).is_forward
