"""What no workout, profile or machine whatever can bring about."""

from dataclasses import replace
from itertools import groupby, pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from plan_strategies import machines, phases, planned, profiles, workouts
from quarterturn.caps import CapRow, Limited, cap_row, hard_limits
from quarterturn.energy import met
from quarterturn.layers import Layers
from quarterturn.model import Capabilities, Heading, PhaseKind
from quarterturn.plan import PlannedPhase
from quarterturn.profiles import Profile
from quarterturn.units import LEVEL, Speed
from quarterturn.workout.phases import Phase, Side, Workout


def row_of(phase: PlannedPhase) -> CapRow:
    return cap_row(phase.kind, phase.heading, phase.crossover, phase.incline)


@settings(max_examples=150)
@given(workouts(), profiles(), machines())
def test_no_plan_exceeds_a_cap(one: Workout, profile: Profile, on: Capabilities | None) -> None:
    plan = planned(one, profile, on)
    for it in plan.phases if plan else ():
        # whatever layers there are, these hold: req: S004-21, S004-10, S000-07, S002-05
        row = row_of(it)
        caps, hard = profile.base.rows[row], hard_limits(row)
        fastest = max(it.speed, it.end_speed)
        assert fastest <= it.limits.max_speed <= hard.max_speed
        assert it.limits.max_speed <= caps.tier(it.incline).max_speed
        assert it.heading is not Heading.BACKWARD or fastest <= Speed(560)
        assert hard.min_incline <= caps.min_incline <= it.incline <= caps.max_incline
        assert it.limits.min_incline <= it.incline <= it.limits.max_incline
        assert it.heading is Heading.FORWARD or it.incline >= LEVEL
        assert it.duration_s <= it.limits.max_continuous_s <= caps.max_continuous_s
        assert met(it.heading, it.kind, it.limits.max_speed, it.incline) <= profile.base.max_met
        own = profile.comfortable_forward_speed
        if not row.is_forward:
            assert it.duration_s >= 30
            assert own is None or fastest.centi_kmh <= profile.base.forward_factor * own.centi_kmh
            assert not profile.balance_problem or (
                fastest.centi_kmh <= 0.75 * caps.tier(it.incline).max_speed.centi_kmh
            )
        if on is not None and on.speed is not None:
            for speed in (it.speed, it.end_speed):
                assert on.speed.minimum <= speed <= on.speed.maximum
                assert (speed.centi_kmh - on.speed.minimum.centi_kmh) % on.speed.step.centi_kmh == 0


@settings(max_examples=150)
@given(workouts(), profiles(), machines())
def test_no_plan_exceeds_the_sessions_totals_or_leaves_a_side_over(
    one: Workout, profile: Profile, on: Capabilities | None
) -> None:
    # req: S000-06, S001-10, S000-22, S000-23
    plan = planned(one, profile, on)
    if plan is None:
        return

    def total(heading: Heading) -> float:
        return sum(it.duration_s for it in plan.phases if it.heading is heading)

    turned = [it for it in plan.phases if not row_of(it).is_forward]
    assert plan.max_backward_s is not None
    assert plan.max_non_forward_s is not None
    # the plan adds round by round, which may round the last bit another way
    assert total(Heading.BACKWARD) <= plan.max_backward_s + 1e-6
    assert plan.max_backward_s <= profile.base.backward_total_s
    assert plan.max_non_forward_s <= profile.base.non_forward_total_s
    assert sum(it.duration_s for it in turned) <= plan.max_non_forward_s + 1e-6
    sides = [it for it in turned if it.heading in (Heading.RIGHT, Heading.LEFT)]
    longest = max((it.duration_s for it in sides), default=0.0)
    assert abs(total(Heading.RIGHT) - total(Heading.LEFT)) <= longest + 1e-3
    assert plan.phases[0].kind is PhaseKind.WARM_UP
    assert plan.phases[-1].kind is PhaseKind.COOL_DOWN
    assert plan.phases[-1].end_speed <= Speed(160)


@settings(max_examples=150)
@given(workouts(), profiles(), machines())
def test_every_change_of_heading_is_a_turn_and_nothing_else_is(
    one: Workout, profile: Profile, on: Capabilities | None
) -> None:
    plan = planned(one, profile, on)
    for before, after in pairwise(plan.phases if plan else ()):
        if before.heading is after.heading:
            assert after.turn is None
        else:
            assert after.turn is not None
            right = (
                after.turn.quarters
                if after.turn.direction is Side.RIGHT
                else 4 - after.turn.quarters
            )
            assert (before.heading + 90 * right) % 360 == after.heading
            assert after.turn.quarters in (1, 2)
    # an unbroken stretch of one heading is no longer than the cap of each of its phases
    for (_, turned), run in groupby(
        plan.phases if plan else (), lambda it: (it.heading, not row_of(it).is_forward)
    ):
        stretch = 0.0
        for it in run if turned else ():
            stretch += it.duration_s
            assert stretch <= profile.base.rows[row_of(it)].max_continuous_s + 1e-6


@settings(max_examples=150)
@given(workouts(), profiles(), machines())
def test_what_is_not_forward_has_its_forward_rest(
    one: Workout, profile: Profile, on: Capabilities | None
) -> None:
    # req: S003-09
    plan = planned(one, profile, on)
    runs = [
        (forward, list(run))
        for forward, run in groupby(plan.phases if plan else (), lambda it: row_of(it).is_forward)
    ]
    for i, (forward, run) in enumerate(runs):
        if forward:
            continue
        three = [it.heading for it in run]
        block_s = sum(it.duration_s for it in run)
        before_s, rest_s = (sum(it.duration_s for it in runs[j][1]) for j in (i - 1, i + 1))
        if three in (list(Heading)[1:], list(Heading)[:0:-1]):  # a circle has its own quarter
            assert before_s + rest_s >= block_s / 3 - 1e-6
        elif i + 2 < len(runs):
            assert rest_s >= profile.base.rest_ratio * block_s - 1e-6


@given(phases(), profiles(), machines(), st.randoms())
def test_the_order_of_the_layers_does_not_matter(
    phase: Phase, profile: Profile, on: Capabilities | None, random: Random
) -> None:
    layers = Layers(profile, profile.balance_problem, on)
    flat = replace(phase, incline=layers.incline(phase)[0])
    if cap_row(flat.kind, flat.heading, flat.crossover, flat.incline) not in profile.base.rows:
        return
    limits = list(layers.speed(flat))
    shuffled = list(limits)
    random.shuffle(shuffled)
    one_by_one = Limited(flat.speed)
    for limit in shuffled:
        one_by_one = one_by_one.at_most(limit)
    assert one_by_one == Limited(flat.speed).at_most(*limits)
    assert layers.limited_speed(flat.speed, *shuffled) == layers.limited_speed(flat.speed, *limits)


@given(profiles())
def test_in_every_profile_sideways_is_no_faster_than_backward_and_backward_slower_than_forward(
    profile: Profile,
) -> None:
    # req: S000-07, S001-11, S001-12
    layers = Layers(profile, profile.balance_problem, None)

    def cap(heading: Heading) -> Speed:
        kind = (
            PhaseKind.WALK
            if heading in (Heading.FORWARD, Heading.BACKWARD)
            else PhaseKind.SIDE_STEP
        )
        fast = Phase(kind, heading, 60, Speed(2000), Speed(2000))
        return layers.phase_limits(fast, 60).max_speed

    assert cap(Heading.RIGHT) == cap(Heading.LEFT) <= cap(Heading.BACKWARD)
    assert cap(Heading.BACKWARD) < cap(Heading.FORWARD)
