"""How fast the belt may be told to run, and how fast it may be seen to run.

The caps are the last step before the bytes: whatever the plan made of the profile, the hard caps of
the code and the machine's own range hold here once more.
"""

import math

from quarterturn.caps import COARSEST_NON_FORWARD_STEP, cap_row, hard_limits
from quarterturn.model import Heading, MachineRecord, SpeedRange
from quarterturn.plan import PlannedPhase
from quarterturn.requests import STEP_S, NotPermittedError
from quarterturn.workout.phases import Side

# A product such as 10 x 0.3 s must not lose a step to its rounding error.
_ROUNDING = 1e-6


class SpeedLimits:
    """The speed caps of the phase in force. All speeds in 0.01 km/h.

    ``slowest`` is the machine's slowest speed, at which every start begins; ``step`` is its
    smallest change of speed.
    """

    def __init__(self, machine: SpeedRange, record: MachineRecord) -> None:
        self._machine = machine
        self.slowest = machine.minimum.centi_kmh
        self.step = max(1, machine.step.centi_kmh)
        self._latency_s = record.latency_s
        self._ramp_per_s = record.ramp_kmh_per_s * 100
        self._live: dict[str, int] = {}
        self._known: tuple[PlannedPhase, list[tuple[int, str]]] | None = None
        self._easing_cap = 0
        self._easing_until_s = -math.inf

    def on_grid(self, centi_kmh: int) -> int:
        """Return the machine's own speed at or below this one."""
        return self.slowest + (centi_kmh - self.slowest) // self.step * self.step

    def enter(self) -> None:
        """Begin a phase from a standstill: what was lowered in another phase holds no longer."""
        self._live.clear()
        self._easing_until_s = -math.inf

    def walk_on(self, before: PlannedPhase, after: PlannedPhase, now_s: float) -> None:
        """Go on into another phase; a belt that was faster gets the time it takes to slow down."""
        faster = self.measured_cap(before, now_s)
        excess = faster - self._static(after)[0][0]
        rate = min(float(after.limits.ramp_down_centi_kmh_per_s), self._ramp_per_s)
        self.enter()
        if excess > 0:
            self._easing_cap = faster
            self._easing_until_s = now_s + self._latency_s + 2 * STEP_S + excess / rate

    def lower(self, reason: str, centi_kmh: int) -> int:
        """Tighten the live cap of the phase, never below the machine's slowest; return it."""
        value = max(self.on_grid(centi_kmh), self.slowest)
        self._live[reason] = min(value, self._live.get(reason, value))
        return self._live[reason]

    def caps(self, phase: PlannedPhase) -> list[tuple[int, str]]:
        """Return every cap and its reason, the tightest first."""
        if not self._live:
            return self._static(phase)
        live = [
            (value, f"{reason}: {value / 100:.1f} km/h") for reason, value in self._live.items()
        ]
        return sorted(self._static(phase) + live)

    def target(self, phase: PlannedPhase, wish: int) -> int:
        """Return what is left of a wish, on the machine's grid.

        A wish below the machine's slowest speed cannot be met: the belt then goes as slowly as it
        can. It never goes faster for it, because no movement is ever slower.
        """
        return max(self.on_grid(min(wish, self.caps(phase)[0][0])), self.slowest)

    def step_to(
        self, phase: PlannedPhase, wish: int, ledger: int, since_s: float, *, may_rise: bool
    ) -> int:
        """Return the next value of the ledger on the way to a wish, one step of the ramp away.

        ``since_s``: how long ago the target was changed last.
        """
        if since_s < STEP_S:
            return ledger
        wanted = self.target(phase, wish)
        if wanted == ledger:
            return ledger
        if wanted < ledger:
            slower = self.on_grid(ledger - phase.limits.ramp_down_centi_kmh_per_s)
            return max(wanted, slower)
        rate = phase.limits.ramp_up_centi_kmh_per_s
        if not may_rise or rate <= 0:
            return ledger
        # Time spent at a target gives no right to a jump, but a ramp slower than a step a second
        # must be allowed to save up for a whole step.
        saved_s = min(since_s, max(STEP_S, self.step / rate))
        faster = self.on_grid(ledger + math.floor(rate * saved_s + _ROUNDING))
        return max(ledger, min(wanted, faster))

    def measured_cap(self, phase: PlannedPhase, now_s: float) -> int:
        """Return the cap that the *measured* speed is held to [design 1]."""
        cap = self._static(phase)[0][0]
        return max(cap, self._easing_cap) if now_s <= self._easing_until_s else cap

    def check(self, phase: PlannedPhase) -> None:
        """Refuse a phase that the machine cannot walk slowly or gently enough.

        Raises:
            NotPermittedError: naming the machine's slowest speed, or its step.

        """
        cap, reason = self._static(phase)[0]
        if self.slowest > cap:
            raise NotPermittedError(
                f"the treadmill's slowest speed, {self._machine.minimum}, is above the cap of this "
                f"phase ({reason}): it takes a treadmill that goes slower"
            )
        if not is_forward(phase) and self._machine.step > COARSEST_NON_FORWARD_STEP:
            raise NotPermittedError(
                f"the treadmill's speed changes in steps of {self._machine.step}; more than "
                f"{COARSEST_NON_FORWARD_STEP} is too much for anybody who does not face forward"
            )

    def _static(self, phase: PlannedPhase) -> list[tuple[int, str]]:
        """Return the caps that hold as long as the phase does, worked out once for every tick."""
        if self._known is None or self._known[0] is not phase:
            self._known = phase, self._static_caps(phase)
        return self._known[1]

    def _static_caps(self, phase: PlannedPhase) -> list[tuple[int, str]]:
        row = cap_row(phase.kind, phase.heading, phase.crossover, phase.incline)
        hard = hard_limits(row).max_speed
        return sorted(
            [
                (phase.limits.max_speed.centi_kmh, "; ".join(phase.limits.reasons) or "plan"),
                (hard.centi_kmh, f"hard cap: {row.words} {hard}"),
                (self._machine.maximum.centi_kmh, f"machine: at most {self._machine.maximum}"),
            ]
        )


def is_forward(phase: PlannedPhase) -> bool:
    """Return whether the walker faces the console and steps straight ahead."""
    return cap_row(phase.kind, phase.heading, phase.crossover, phase.incline).is_forward


def check_turn(came_from: Heading, phase: PlannedPhase, *, resumed: bool) -> None:
    """Refuse a heading to which no planned turn leads.

    Raises:
        NotPermittedError: naming both headings.

    """
    turned = 0
    if phase.turn is not None and not resumed:
        way = 1 if phase.turn.direction is Side.RIGHT else -1
        turned = way * 90 * phase.turn.quarters
    if (came_from + turned) % 360 != phase.heading:
        raise NotPermittedError(
            f"no planned turn leads from {came_from.word} to {phase.heading.word}"
        )
