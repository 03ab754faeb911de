"""A plan as it is shown: to programs by ``plan --json``, to screens by the bridge.

Nothing in it decides anything: the session walks the plan itself.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quarterturn.plan import Plan, PlannedPhase


@dataclass(frozen=True, slots=True)
class TurnShown:
    """A turn that leads into a phase: ``right`` or ``left``, one quarter or two."""

    direction: str
    quarters: int


@dataclass(frozen=True, slots=True)
class PhaseShown:
    """One phase; ``start_s`` is walking time before it, ``reached_s`` None: never.

    Words are those of events: ``kind``, ``heading``, ``crossover``, ``side``.
    """

    index: int
    start_s: float
    kind: str
    heading: str
    duration_s: float
    speed_kmh: float
    end_speed_kmh: float
    incline_pct: float
    cap_kmh: float
    cap_reasons: tuple[str, ...]
    turn: TurnShown | None
    crossover: str
    side: str | None
    reached_s: float | None
    limited_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """A plan and its sums; energy is an estimate for ``body_mass_kg``."""

    workout: str
    profile: str
    duration_s: float
    distance_m: int
    seconds_per_heading: Mapping[str, float]
    energy_kcal: int
    body_mass_kg: float
    body_mass_assumed: bool
    limited_by: tuple[str, ...]
    notes: tuple[str, ...]
    phases: tuple[PhaseShown, ...]

    @classmethod
    def of(cls, plan: "Plan", mass_kg: float | None) -> "PlanSheet":
        """Show a plan; ``mass_kg`` None: the energy is for an assumed mass, and says so."""
        from quarterturn.plan import summarise  # whoever reads a sheet needs no sums

        summary = summarise(plan, mass_kg)
        phases: list[PhaseShown] = []
        start_s = 0.0
        for phase in plan.phases:
            phases.append(_shown(phase, start_s))
            start_s += phase.duration_s
        return cls(
            workout=plan.workout,
            profile=plan.profile,
            duration_s=summary.duration_s,
            distance_m=round(summary.distance_m),
            seconds_per_heading={word.word: seconds for word, seconds in summary.seconds.items()},
            energy_kcal=round(summary.energy_kcal),
            body_mass_kg=summary.body_mass_kg,
            body_mass_assumed=summary.mass_is_assumed,
            limited_by=plan.limited_by,
            notes=plan.notes,
            phases=tuple(phases),
        )

    @classmethod
    def read(cls, value: Mapping[str, object]) -> "PlanSheet":
        """Read a sheet back from what `as_object` wrote; keys that are not known are left out.

        Raises:
            ValueError: when it is none.

        """
        try:
            found = _known(cls, value)
            found["phases"] = tuple(_read_phase(phase) for phase in found["phases"])
            for key in ("limited_by", "notes"):
                found[key] = tuple(found[key])
            return cls(**found)
        except (KeyError, TypeError) as error:
            raise ValueError(f"no plan: {error}") from None

    def as_object(self) -> dict[str, object]:
        """Return the sheet as JSON holds it."""
        return asdict(self)


def _shown(phase: "PlannedPhase", start_s: float) -> PhaseShown:
    turn = phase.turn
    return PhaseShown(
        index=phase.index,
        start_s=start_s,
        kind=phase.kind.value,
        heading=phase.heading.word,
        duration_s=phase.duration_s,
        speed_kmh=phase.speed.kmh,
        end_speed_kmh=phase.end_speed.kmh,
        incline_pct=phase.incline.pct,
        cap_kmh=phase.limits.max_speed.kmh,
        cap_reasons=phase.limits.reasons,
        turn=None if turn is None else TurnShown(turn.direction.value, turn.quarters),
        crossover=phase.crossover.value,
        side=None if phase.side is None else phase.side.value,
        reached_s=phase.reached_s,
        limited_by=phase.limited_by,
    )


def _read_phase(value: Mapping[str, object]) -> PhaseShown:
    found = _known(PhaseShown, value)
    turn = found["turn"]
    found["turn"] = None if turn is None else TurnShown(**_known(TurnShown, turn))
    for key in ("cap_reasons", "limited_by"):
        found[key] = tuple(found[key])
    return PhaseShown(**found)


def _known(kind: type, value: Mapping[str, object]) -> dict[str, Any]:
    return {field.name: value[field.name] for field in fields(kind)}
