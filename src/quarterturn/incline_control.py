"""How steep the belt may be told to be: never a surprise, never downhill unless facing forward."""

import math

from quarterturn.caps import cap_row, hard_limits
from quarterturn.model import InclineRange
from quarterturn.monitors import Fault, FaultKind, Reaction
from quarterturn.plan import PlannedPhase
from quarterturn.requests import STEP_S, NotPermittedError
from quarterturn.units import LEVEL, Incline

# An incline motor stands within half a per cent of its target. In 0.1 %.
_SLACK = 5
# How many reports in a row are believed.
_CERTAIN = 2


class InclineControl:
    """Lead the incline motor, one command a second at most. ``machine`` None: there is no motor."""

    def __init__(self, machine: InclineRange | None) -> None:
        self._machine = machine
        self._reported: Incline | None = None
        self._commanded: Incline | None = None
        self._step_s = -math.inf
        self._frozen = False
        self._below = 0
        self._known: tuple[Incline, PlannedPhase, Incline | None] | None = None

    def report(self, incline: Incline | None) -> None:
        """Digest what the machine says; a report without an incline changes nothing."""
        if incline is not None:
            self._reported = incline

    def freeze(self) -> None:
        """Send no incline any more: the machine did not do what it was told."""
        self._frozen = True

    def check(self, phase: PlannedPhase) -> None:
        """Refuse a start on a belt that is tilted more than the phase allows.

        Raises:
            NotPermittedError: naming the incline and what would be allowed.

        """
        now = self._reported if self._reported is not None else self._commanded or LEVEL
        limits = phase.limits
        lowest, highest = limits.min_incline.tenths_pct, limits.max_incline.tenths_pct
        if not lowest - _SLACK <= now.tenths_pct <= highest + _SLACK:
            raise NotPermittedError(
                f"the belt is tilted by {now}; this phase allows {limits.min_incline} to "
                f"{limits.max_incline}: level it at the console"
            )

    def watch(self, phase: PlannedPhase) -> Fault | None:
        """Find a belt that tilts downhill under somebody who faces away; asked at every report.

        Downhill backward is what throws people, and a hand at the console can still set it.
        """
        row = cap_row(phase.kind, phase.heading, phase.crossover, phase.incline)
        lowest = phase.limits.min_incline.tenths_pct - _SLACK
        reported = self._reported
        below = not row.is_forward and reported is not None and reported.tenths_pct < lowest
        self._below = self._below + 1 if below else 0
        if self._below < _CERTAIN:
            return None
        text = f"The belt tilts downhill ({reported}) under somebody who does not face forward."
        return Fault(FaultKind.INCLINE, Reaction.RAMP, text)

    def step(self, now_s: float, wish: Incline, phase: PlannedPhase) -> Incline | None:
        """Return what to tell the motor now, None where there is nothing to tell."""
        if self._machine is None or self._frozen or now_s - self._step_s < STEP_S:
            return None
        if self._known is None or self._known[0] is not wish or self._known[1] is not phase:
            # Worked out once for a wish: it is asked for every tick and changes once or twice.
            self._known = wish, phase, self._target(wish, phase, self._machine)
        target = self._known[2]
        believed = self._commanded if self._commanded is not None else self._reported
        if target is None or target == (believed or LEVEL):
            return None
        self._commanded = target
        self._step_s = now_s
        return target

    def _target(self, wish: Incline, phase: PlannedPhase, machine: InclineRange) -> Incline | None:
        hard = hard_limits(cap_row(phase.kind, phase.heading, phase.crossover, phase.incline))
        highest = min(phase.limits.max_incline, hard.max_incline, machine.maximum)
        lowest = max(phase.limits.min_incline, hard.min_incline, machine.minimum)
        if lowest > highest:
            return None
        wanted = min(wish, highest).tenths_pct
        base, step = machine.minimum.tenths_pct, max(1, machine.step.tenths_pct)
        # Onto the machine's grid and towards the level, so that neither slope gets steeper.
        steps = (wanted - base) // step if wanted >= 0 else -((base - wanted) // step)
        return Incline(max(lowest.tenths_pct, base + steps * step))
