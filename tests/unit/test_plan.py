from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from quarterturn.caps import CapRow, PhaseLimits
from quarterturn.model import (
    Capabilities,
    Heading,
    InclineRange,
    PhaseKind,
    SpeedRange,
)
from quarterturn.plan import (
    Plan,
    PlannedPhase,
    PlanRefused,
    Turn,
    make_plan,
    summarise,
)
from quarterturn.profiles import LoweredRow, Profile, base_profile
from quarterturn.units import LEVEL, Incline, Speed
from quarterturn.workout.files import load_workout
from quarterturn.workout.phases import Block, Phase, Side, Workout

BEGINNER, EXPERIENCED = base_profile("home-beginner"), base_profile("home-experienced")
CLINIC = base_profile("clinic")
RIGHT, LEFT = Turn(Side.RIGHT, 1), Turn(Side.LEFT, 1)


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


def block(*phases: Phase | Block, repeat: int = 1, mirror: bool = False) -> Block:
    return Block(phases, repeat, mirror)


def circle(repeat: int = 1, *, mirror: bool = False, seconds: float = 60) -> Block:
    return block(
        phase("forward", 2.5),
        phase("right", 1.0, seconds),
        phase("backward", 2.0, seconds),
        phase("left", 1.0, seconds),
        repeat=repeat,
        mirror=mirror,
    )


def plan_of(*phases: Phase, profile: Profile = BEGINNER, on: Capabilities | None = None) -> Plan:
    return make_plan(workout(block(*phases)), profile, on or machine())


def only(plan: Plan, heading: Heading) -> PlannedPhase:
    (found,) = (it for it in plan.phases if it.heading is heading)
    return found


def shape(plan: Plan) -> list[tuple[str, float]]:
    """Kind or heading, and seconds, between warm-up and cool-down."""
    return [
        (it.kind.value if it.kind is PhaseKind.RECOVER else it.heading.word, it.duration_s)
        for it in plan.phases[1:-1]
    ]


def problems(plan: Callable[[], Plan]) -> str:
    with pytest.raises(PlanRefused) as caught:
        plan()
    assert str(caught.value) == "\n".join(caught.value.problems)
    return str(caught.value)


# --- the circle ------------------------------------------------------------------------------


def test_the_shipped_circle_is_walked_as_written_by_a_beginner() -> None:
    # forward, right, backwards, other side, 60 s each: req: S001-09
    plan = make_plan(load_workout("circle"), BEGINNER, machine())
    assert [
        (it.kind.value, it.heading.word, it.duration_s, it.speed.kmh, it.end_speed.kmh, it.turn)
        for it in plan.phases
    ] == [
        ("warm_up", "forward", 300, 3.0, 3.0, None),
        ("walk", "forward", 60, 2.5, 2.5, None),
        ("side_step", "right", 60, 1.0, 1.0, RIGHT),
        ("walk", "backward", 60, 2.0, 2.0, RIGHT),
        ("side_step", "left", 60, 1.0, 1.0, RIGHT),
        ("cool_down", "forward", 180, 2.5, 1.5, RIGHT),
    ]
    assert [it.index for it in plan.phases] == list(range(6))
    assert summarise(plan).duration_s == 720
    assert plan.limited_by == plan.notes == ()
    assert all(it.limited_by == () for it in plan.phases)
    assert (plan.max_backward_s, plan.max_non_forward_s) == (360, 600)
    assert plan.spotter_required is False


def test_the_limits_of_a_phase_are_the_profiles_and_say_so() -> None:
    plan = make_plan(load_workout("circle"), BEGINNER, machine())
    assert plan.phases[3].limits == PhaseLimits(
        Speed(200), LEVEL, LEVEL, 10, 30, 60, ("home-beginner: backward walk 2.0 km/h",)
    )
    assert plan.phases[1].limits == PhaseLimits(
        Speed(500), LEVEL, LEVEL, 20, 50, 1200, ("home-beginner: forward walk 5.0 km/h",)
    )


def test_a_mirrored_circle_turns_left() -> None:
    plan = make_plan(workout(circle(mirror=True)), BEGINNER, machine())
    assert [it.heading.word for it in plan.phases[2:5]] == ["left", "backward", "right"]
    assert [it.turn for it in plan.phases[2:]] == [LEFT] * 4


# --- turns -----------------------------------------------------------------------------------


def test_opposite_headings_are_two_quarters_within_one_stop_in_the_circles_sense() -> None:
    straight = block(phase("forward", 2.0), phase("backward", 1.0))
    for one, side in (
        (straight, Side.RIGHT),
        (replace(straight, mirror=True), Side.LEFT),
        (block(phase("left", 1.0), phase("right", 1.0)), Side.RIGHT),
        (block(*reversed(circle().items)), Side.LEFT),
    ):
        plan = make_plan(workout(one), BEGINNER, machine())
        turns = [it.turn for it in plan.phases if it.turn and it.turn.quarters == 2]
        assert all(turn == Turn(side, 2) for turn in turns)
    plan = make_plan(workout(replace(straight, mirror=True)), BEGINNER, machine())
    assert [it.turn for it in plan.phases] == [None, None, Turn(Side.LEFT, 2), Turn(Side.LEFT, 2)]


def test_quarters_go_the_short_way() -> None:
    plan = plan_of(phase("left", 1.0), phase("forward", 2.0), phase("right", 1.0))
    assert [it.turn for it in plan.phases if it.heading is Heading.LEFT] == [LEFT]
    assert [it.turn for it in plan.phases if it.heading is Heading.RIGHT] == [RIGHT]
    assert plan.phases[2].turn == RIGHT  # from left back to forward


# --- speed: each layer and its reason --------------------------------------------------------


def lowered(**rows: LoweredRow) -> Profile:
    return replace(BEGINNER, name="anna", lowered={CapRow(row): it for row, it in rows.items()})


@pytest.mark.parametrize(
    ("profile", "on", "wish", "kmh", "reasons"),
    [
        # req: S000-35, S004-21
        (
            BEGINNER,
            machine(),
            phase("backward", 9.0),
            2.0,
            (
                "home-beginner: backward walk 2.0 km/h",
                "machine: steps of 0.1 km/h",  # replaced below
            ),
        ),
    ],
)
def test_placeholder(
    profile: Profile, on: Capabilities, wish: Phase, kmh: float, reasons: Sequence[str]
) -> None:
    found = only(plan_of(wish, profile=profile, on=on), wish.heading)
    assert found.speed.kmh == kmh
