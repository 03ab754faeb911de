"""Workouts, profiles and machines of every kind, drawn by Hypothesis, for tests of the plan."""

from dataclasses import replace

from hypothesis import strategies as st

from plan_building import COOL_DOWN, WARM_UP, workout
from quarterturn.caps import (
    BASES,
    SHORTEST_COOL_DOWN_S,
    SHORTEST_NON_FORWARD_S,
    SHORTEST_WARM_UP_S,
    CapRow,
)
from quarterturn.model import (
    Capabilities,
    Crossover,
    Heading,
    InclineRange,
    PhaseKind,
    SpeedRange,
)
from quarterturn.plan import Plan, PlanRefused, make_plan
from quarterturn.profiles import LoweredRow, Profile
from quarterturn.units import LEVEL, Incline, Speed
from quarterturn.workout.phases import Block, Phase, Side, Workout

headings = st.sampled_from(Heading)
speeds = st.builds(Speed, st.integers(30, 1500))
seconds = st.sampled_from([20.0, 30.0, 33.3, 45.0, 60.0, 120.0, 400.0, 1500.0])
inclines = st.builds(Incline, st.sampled_from([-40, -10, 0, 0, 0, 5, 13, 30, 60, 120, 160]))
maybe = st.none()


@st.composite
def phases(draw: st.DrawFn) -> Phase:
    heading = draw(headings)
    sideways = heading in (Heading.RIGHT, Heading.LEFT)
    kind = PhaseKind.SIDE_STEP if sideways else PhaseKind.WALK
    if not sideways and draw(st.integers(0, 9)) == 0:
        kind = PhaseKind.DIAGONAL
    elif heading is Heading.FORWARD and draw(st.integers(0, 9)) == 0:
        kind = PhaseKind.JOG
    crossover = Crossover.NONE
    if sideways and draw(st.integers(0, 9)) == 0:
        crossover = draw(st.sampled_from(Crossover))
    speed = draw(speeds)
    return Phase(
        kind,
        heading,
        draw(seconds),
        speed,
        draw(st.one_of(st.just(speed), speeds)),
        draw(inclines),
        crossover,
        draw(st.sampled_from(Side)) if kind is PhaseKind.DIAGONAL else None,
    )


blocks = st.recursive(
    st.builds(
        Block,
        st.lists(phases(), min_size=1, max_size=5).map(tuple),
        st.integers(1, 8),
        st.booleans(),
    ),
    lambda inner: st.builds(Block, st.tuples(inner, phases()), st.integers(1, 3), st.booleans()),
    max_leaves=3,
)


@st.composite
def workouts(draw: st.DrawFn) -> Workout:
    return workout(
        *draw(st.lists(blocks, min_size=1, max_size=3)),
        warm_up=replace(WARM_UP, speed=draw(speeds), incline=draw(inclines)),
        cool_down=replace(COOL_DOWN, speed=draw(speeds), end_speed=draw(speeds)),
    )


_SHORTEST_S = {CapRow.WARM_UP: SHORTEST_WARM_UP_S, CapRow.COOL_DOWN: SHORTEST_COOL_DOWN_S}


def lowered_rows(row: CapRow) -> st.SearchStrategy[tuple[CapRow, LoweredRow]]:
    """A row with caps as low as a file may have them."""
    shortest_s = _SHORTEST_S.get(row, SHORTEST_NON_FORWARD_S)
    return st.tuples(
        st.just(row),
        st.builds(
            LoweredRow,
            st.one_of(maybe, st.builds(Speed, st.integers(40, 900))),
            st.one_of(maybe, st.builds(Incline, st.integers(0, 130))),
            st.one_of(maybe, st.just(shortest_s), st.floats(shortest_s, 5000)),
        ),
    )


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    return Profile(
        "anna",
        draw(st.sampled_from(list(BASES.values()))),
        dict(draw(st.lists(st.sampled_from(CapRow).flatmap(lowered_rows), max_size=3))),
        max_met=draw(st.one_of(maybe, st.floats(2.5, 9))),
        backward_total_s=draw(st.one_of(maybe, st.floats(60, 2000))),
        non_forward_total_s=draw(st.one_of(maybe, st.floats(60, 3000))),
        comfortable_forward_speed=draw(st.one_of(maybe, st.builds(Speed, st.integers(100, 800)))),
        balance_problem=draw(st.booleans()),
    )


@st.composite
def machines(draw: st.DrawFn) -> Capabilities | None:
    if draw(st.booleans()):
        return None
    return Capabilities(
        SpeedRange(
            Speed(draw(st.sampled_from([10, 30, 50, 80]))),
            Speed(draw(st.sampled_from([400, 600, 1600]))),
            Speed(draw(st.sampled_from([1, 5, 10, 16, 20]))),
        ),
        draw(
            st.one_of(
                maybe,
                st.builds(
                    InclineRange,
                    st.sampled_from([Incline(-30), LEVEL]),
                    st.sampled_from([LEVEL, Incline(100), Incline(150)]),
                    st.sampled_from([Incline(1), Incline(5), Incline(10)]),
                ),
            )
        ),
    )


def planned(one: Workout, profile: Profile, on: Capabilities | None) -> Plan | None:
    try:
        return make_plan(one, profile, on)
    except PlanRefused:
        return None
