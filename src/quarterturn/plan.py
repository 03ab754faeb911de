"""What the caps and the machine leave of a workout, as a timeline."""

from dataclasses import dataclass

from quarterturn.caps import PhaseLimits
from quarterturn.model import Crossover, Heading, PhaseKind
from quarterturn.units import Incline, Speed
from quarterturn.workout.phases import Side


@dataclass(frozen=True, slots=True)
class Turn:
    """The way into a phase from another heading, on a stopped belt: one quarter, or two within one stop."""

    direction: Side
    quarters: int


@dataclass(frozen=True, slots=True)
class PlannedPhase:
    """One phase as it will be walked. ``turn`` None: the belt simply walks on from the phase before."""

    index: int
    kind: PhaseKind
    heading: Heading
    duration_s: float
    speed: Speed
    end_speed: Speed
    incline: Incline
    limits: PhaseLimits
    turn: Turn | None = None
    crossover: Crossover = Crossover.NONE
    side: Side | None = None
    cue: str | None = None
    limited_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A workout under caps, ready to be walked."""

    workout: str
    profile: str
    phases: tuple[PlannedPhase, ...]
    limited_by: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
