"""Workouts, machines and profiles in a few words, for tests of the plan."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from quarterturn.caps import CapRow
from quarterturn.model import Capabilities, Heading, InclineRange, PhaseKind, SpeedRange
from quarterturn.plan import Plan, PlannedPhase, PlanRefused, make_plan
from quarterturn.profiles import LoweredRow, Profile, base_profile
from quarterturn.units import Incline, Speed
from quarterturn.workout.phases import Block, Phase, Workout

BEGINNER = base_profile("home-beginner")
EXPERIENCED = base_profile("home-experienced")
CLINIC = base_profile("clinic")


def machine(
    minimum: float = 0.5,
    maximum: float = 16.0,
    step: float = 0.1,
    incline: tuple[float, float, float] | None = (0, 15, 0.5),
) -> Capabilities:
    return Capabilities(
        SpeedRange(Speed.from_kmh(minimum), Speed.from_kmh(maximum), Speed.from_kmh(step)),
        None if incline is None else InclineRange(*map(Incline.from_pct, incline)),
    )


def phase(
    heading: str,
    kmh: float | tuple[float, float] = 1.0,
    seconds: float = 60,
    pct: float = 0,
    kind: PhaseKind | None = None,
    **fields: Any,
) -> Phase:
    facing = Heading[heading.upper()]
    sideways = facing in (Heading.RIGHT, Heading.LEFT)
    start, end = kmh if isinstance(kmh, tuple) else (kmh, kmh)
    return Phase(
        kind or (PhaseKind.SIDE_STEP if sideways else PhaseKind.WALK),
        facing,
        seconds,
        Speed.from_kmh(start),
        Speed.from_kmh(end),
        Incline.from_pct(pct),
        **fields,
    )


WARM_UP = phase("forward", 3.0, 300, kind=PhaseKind.WARM_UP)
COOL_DOWN = phase("forward", (2.5, 1.5), 180, kind=PhaseKind.COOL_DOWN)


def workout(*blocks: Block, warm_up: Phase = WARM_UP, cool_down: Phase = COOL_DOWN) -> Workout:
    return Workout("test", "", warm_up, blocks, cool_down)


def block(*items: Phase | Block, repeat: int = 1, mirror: bool = False) -> Block:
    return Block(items, repeat, mirror)


CIRCLE = (phase("forward", 2.5), phase("right", 1.0), phase("backward", 2.0), phase("left", 1.0))


def circle(repeat: int = 1, *, mirror: bool = False) -> Block:
    return block(*CIRCLE, repeat=repeat, mirror=mirror)


def plan_of(*phases: Phase, profile: Profile = BEGINNER, on: Capabilities | None = None) -> Plan:
    return make_plan(workout(block(*phases)), profile, on or machine())


def plan_blocks(*blocks: Block, profile: Profile = BEGINNER) -> Plan:
    return make_plan(workout(*blocks), profile, machine())


def lowered(**rows: LoweredRow) -> Profile:
    return replace(BEGINNER, name="anna", lowered={CapRow(row): it for row, it in rows.items()})


def only(plan: Plan, heading: Heading) -> PlannedPhase:
    (found,) = (it for it in plan.phases if it.heading is heading)
    return found


def shape(plan: Plan) -> list[tuple[str, float]]:
    """Heading (or ``recover``) and seconds of what stands between warm-up and cool-down."""
    return [
        (it.kind.value if it.kind is PhaseKind.RECOVER else it.heading.word, it.duration_s)
        for it in plan.phases[1:-1]
    ]


def problems(plan: Callable[[], Plan]) -> str:
    with pytest.raises(PlanRefused) as caught:
        plan()
    assert str(caught.value) == "\n".join(caught.value.problems)
    return str(caught.value)
