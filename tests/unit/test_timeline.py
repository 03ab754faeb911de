from dataclasses import replace

import pytest

from plan_building import (
    BEGINNER,
    CIRCLE,
    CLINIC,
    EXPERIENCED,
    block,
    circle,
    lowered,
    machine,
    only,
    phase,
    plan_blocks,
    plan_of,
    problems,
    shape,
    workout,
)
from quarterturn.model import Heading, PhaseKind
from quarterturn.plan import Plan, make_plan, summarise
from quarterturn.profiles import LoweredRow, Profile
from quarterturn.units import LEVEL, Speed
from quarterturn.workout.phases import Side

# --- stretches -------------------------------------------------------------------------------


def test_a_stretch_is_cut_to_its_cap_and_says_so() -> None:
    # extended periods in reverse are avoided: req: S000-38
    found = only(plan_of(phase("backward", 1.0, 90)), Heading.BACKWARD)
    assert found.duration_s == 60
    assert found.limited_by == ("home-beginner: backward walk at most 60 s at once",)


def test_a_forward_phase_is_cut_to_its_cap_on_its_own() -> None:
    plan = plan_of(phase("forward", 3.0, 1300), phase("forward", 3.0, 1300))
    assert shape(plan) == [("forward", 1200), ("forward", 1200)]


def test_phases_of_one_heading_without_a_stop_between_are_one_stretch() -> None:
    twice = plan_of(phase("backward", 1.0, 30), phase("backward", 2.0, 40))
    assert shape(twice) == [("backward", 30), ("backward", 30)]
    assert [it.limits.max_continuous_s for it in twice.phases[1:3]] == [60, 30]


def test_a_turn_or_forward_walking_begins_a_new_stretch() -> None:
    with_turn = plan_of(
        phase("backward", 1.0, 30), phase("right"), phase("left"), phase("backward", 1.0)
    )
    assert [it.duration_s for it in with_turn.phases[1:5]] == [30, 60, 60, 60]
    left, right = (phase("forward", kind=PhaseKind.DIAGONAL, side=side) for side in Side)
    between = plan_of(left, phase("forward", 3.0), right, profile=EXPERIENCED)
    assert shape(between) == [("forward", 60)] * 3


def test_a_stretch_goes_on_from_one_round_to_the_next() -> None:
    plan = plan_blocks(block(phase("backward"), repeat=3))
    assert shape(plan) == [("backward", 60)]
    assert plan.limited_by == (
        (
            "home-beginner: backward walk at most 60 s at once: less than 30 s of backward walk "
            "left out in rounds 2 to 3"
        ),
    )


def test_a_phase_cut_below_30_s_is_left_out_together_with_its_opposite_side() -> None:
    ahead, right, left = phase("forward", 2.0), phase("right"), phase("left")
    plan = plan_of(right, right, ahead, left, ahead, left)
    assert [it for it in shape(plan) if it[0] != "forward"] == [("right", 60), ("left", 60)]
    assert plan.limited_by == (
        (
            "home-beginner: side-step at most 60 s at once: less than 30 s of right side-step, and "
            "its opposite side, left out in round 1"
        ),
    )
    before = plan_of(left, ahead, left, ahead, right, right)
    assert [it for it in shape(before) if it[0] != "forward"] == [("left", 60), ("right", 60)]


def test_a_phase_written_shorter_than_30_s_is_left_out() -> None:
    plan = plan_of(phase("forward", 2.0), phase("backward", 1.0, 29.9))
    assert shape(plan) == [("forward", 60)]
    assert plan.limited_by == ("as written: less than 30 s of backward walk left out in round 1",)
    assert shape(plan_of(phase("backward", 1.0, 30))) == [("backward", 30)]


def test_a_file_cuts_a_stretch_in_its_own_name() -> None:

    strict = lowered(backward_walk=LoweredRow(max_continuous_s=45))
    found = only(plan_of(phase("backward"), profile=strict), Heading.BACKWARD)
    assert (found.duration_s, found.limits.max_continuous_s) == (45, 45)
    assert found.limited_by == ("anna: backward walk at most 45 s at once",)


# --- totals ----------------------------------------------------------------------------------


def test_rounds_of_the_circle_beyond_the_cap_are_left_out_whole() -> None:
    plan = plan_blocks(circle(4))
    assert len(plan.phases) == 2 + 8
    assert plan.limited_by == (
        "home-beginner: at most 2 rounds of a circle in a session: rounds 3 to 4 left out",
    )


def test_a_circle_that_begins_sideways_counts_as_one() -> None:
    plan = plan_blocks(block(*CIRCLE[1:], CIRCLE[0], repeat=3, mirror=True))
    assert len(plan.phases) == 2 + 8


def test_three_quarters_without_a_forward_one_are_no_circle() -> None:
    plan = plan_blocks(block(*CIRCLE[1:]), block(phase("forward", 2.0, 180)))
    assert plan.limited_by == ()
    strict = replace(BEGINNER, circle_rounds=0)
    assert len(plan_blocks(block(*CIRCLE[1:]), profile=strict).phases) == 5


def test_rounds_beyond_the_backward_total_are_left_out() -> None:
    # req: S000-06, S003-25
    plan = plan_blocks(block(phase("forward", 3.0), phase("backward", 2.0), repeat=8))
    assert summarise(plan).seconds[Heading.BACKWARD] == 360
    assert plan.limited_by == (
        "home-beginner: backward walking at most 6 min in a session: rounds 7 to 8 left out",
    )


def test_rounds_beyond_the_non_forward_total_are_left_out() -> None:
    ahead = phase("forward", 2.0)
    plan = plan_blocks(block(phase("right"), ahead, phase("left"), ahead, repeat=6))
    found = summarise(plan).seconds
    assert found[Heading.RIGHT] == found[Heading.LEFT] == 300
    assert plan.limited_by == (
        "home-beginner: at most 10 min that are not forward in a session: round 6 left out",
    )


def test_a_later_round_that_fits_is_still_walked() -> None:
    bouts = block(phase("backward", 2.0), phase("forward", 3.0), repeat=7)
    plan = plan_blocks(bouts, block(phase("forward", 4.0, 240)))
    assert shape(plan)[-1] == ("forward", 240)


def test_a_profile_lowers_the_totals_in_its_own_name_and_never_raises_them() -> None:
    strict = replace(BEGINNER, name="anna", backward_total_s=90, non_forward_total_s=999)
    plan = plan_blocks(circle(2), profile=strict)
    assert (plan.max_backward_s, plan.max_non_forward_s) == (90, 600)
    assert plan.limited_by == (
        "anna: backward walking at most 1.5 min in a session: round 2 left out",
    )


def test_a_workout_of_which_nothing_fits_is_refused() -> None:
    long = [it for _ in range(8) for it in (phase("backward"), phase("forward", 2.0))]
    assert problems(lambda: plan_of(*long)) == (
        "nothing of the workout is left: home-beginner: backward walking at most 6 min in a "
        "session: round 1 left out"
    )


# --- equal sides -----------------------------------------------------------------------------


def test_leaving_a_round_out_never_leaves_one_side_over() -> None:
    # req: S001-10
    ahead = phase("forward", 2.0)
    right, left = (block(phase(side), ahead, repeat=6) for side in ("right", "left"))
    plan = plan_blocks(right, left)
    found = summarise(plan).seconds
    assert found[Heading.RIGHT] == found[Heading.LEFT] == 300
    assert plan.limited_by == (
        "equal sides: round 6 left out",
        "home-beginner: at most 10 min that are not forward in a session: round 12 left out",
    )


def test_one_phase_more_on_a_side_is_as_uneven_as_a_workout_may_be() -> None:
    ahead = phase("forward", 2.0)
    plan = plan_blocks(block(phase("right"), ahead, repeat=3), block(phase("left"), ahead))
    found = summarise(plan).seconds
    assert (found[Heading.RIGHT], found[Heading.LEFT]) == (120, 60)
    assert plan.limited_by == ("equal sides: round 3 left out",)


def test_diagonals_are_kept_even_as_well() -> None:
    ahead = phase("forward", 2.0)
    right, left = (
        phase("forward", 1.0, kind=PhaseKind.DIAGONAL, side=side)
        for side in (Side.RIGHT, Side.LEFT)
    )
    plan = plan_blocks(block(right, ahead, repeat=3), block(left, ahead), profile=EXPERIENCED)
    sides = [it.side for it in plan.phases if it.kind is PhaseKind.DIAGONAL]
    assert sides == [Side.RIGHT, Side.RIGHT, Side.LEFT]


# --- recovery --------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "rest_s"), [(BEGINNER, 60), (EXPERIENCED, 30), (CLINIC, 60)])
def test_a_block_that_is_not_forward_is_followed_by_forward_rest(
    profile: Profile, rest_s: float
) -> None:
    # req: S003-09
    back = phase("backward")
    plan = plan_of(back, phase("forward", 2.0, 10), back, profile=profile)
    assert shape(plan) == [
        ("backward", 60),
        ("recover", rest_s - 10),
        ("forward", 10),
        ("backward", 60),
    ]
    assert plan.notes[0] == f"{rest_s - 10:g} s of forward walking put in to recover, in 1 phase"
    assert (plan.phases[2].speed, plan.phases[2].incline) == (Speed(300), LEVEL)


def test_rest_that_is_written_is_enough() -> None:
    back = phase("backward")
    assert "recover" not in dict(shape(plan_of(back, phase("forward", 2.0, 60), back)))


def test_phases_without_forward_walking_between_are_one_block() -> None:
    plan = plan_of(phase("right"), phase("left"), phase("forward", 2.0), phase("backward"))
    assert ("recover", 60) in shape(plan)


def test_a_recovery_has_whole_seconds_and_10_at_least() -> None:
    back = phase("backward")
    assert shape(plan_of(back, phase("forward", 2.0, 59.5), back))[1] == ("recover", 10)
    assert shape(plan_of(back, phase("forward", 2.0, 47.5), back))[1] == ("recover", 13)


def test_a_cap_on_recovering_at_once_divides_the_rest_and_takes_none_of_it() -> None:
    # req: S003-09
    back = phase("backward")
    plan = plan_of(
        back,
        phase("forward", 2.0, 5),
        back,
        profile=lowered(recover=LoweredRow(max_continuous_s=30)),
    )
    assert shape(plan) == [
        ("backward", 60),
        ("recover", 30),
        ("recover", 25),
        ("forward", 5),
        ("backward", 60),
    ]
    assert [it.turn is None for it in plan.phases[2:5]] == [False, True, True]
    assert plan.phases[2].limited_by == ("anna: recover at most 30 s at once",)
    assert plan.phases[3].limited_by == ()
    assert plan.notes[0] == "55 s of forward walking put in to recover, in 2 phases"


def test_a_long_block_has_its_whole_rest_under_a_lowered_cap() -> None:
    side_steps = (phase("right"), phase("left")) * 2
    one = block(*side_steps, phase("forward", 2.0, 20), phase("backward"))
    plan = plan_blocks(one, profile=lowered(recover=LoweredRow(max_continuous_s=180)))
    assert shape(plan)[4:7] == [("recover", 180), ("recover", 40), ("forward", 20)]


def test_the_rest_of_a_circle_is_divided_as_well() -> None:
    short = block(phase("forward", 2.5, 15), *CIRCLE[1:], repeat=2)
    plan = plan_blocks(short, profile=lowered(recover=LoweredRow(max_continuous_s=30)))
    rests = [seconds for heading, seconds in shape(plan) if heading == "recover"]
    assert rests == [30, 15] * 2


def test_the_last_of_a_divided_recovery_lasts_10_s_as_well() -> None:
    back = phase("backward")
    plan = plan_of(
        back,
        phase("forward", 2.0, 28),
        back,
        profile=lowered(recover=LoweredRow(max_continuous_s=30)),
    )
    assert shape(plan)[1:3] == [("recover", 30), ("recover", 10)]


def test_a_cap_that_leaves_less_than_a_recovery_is_refused() -> None:
    def capped_at(seconds: float, heading: str = "backward") -> Plan:
        strict = lowered(recover=LoweredRow(max_continuous_s=seconds))
        return plan_of(phase(heading), profile=strict)

    assert problems(lambda: capped_at(9.9)) == (
        "anna: recover at most 9.9 s at once; 10 s or more is wanted"
    )
    assert shape(capped_at(10)) == [("backward", 60)]
    assert shape(capped_at(9.9, "forward")) == [("forward", 60)]


def test_a_circle_rests_in_its_own_forward_quarter() -> None:
    assert "recover" not in dict(shape(plan_blocks(circle(2))))
    assert "recover" not in dict(shape(plan_blocks(circle(2, mirror=True))))
    assert "recover" not in dict(shape(plan_blocks(block(*CIRCLE[1:], CIRCLE[0], repeat=2))))
    other_way = (CIRCLE[0], CIRCLE[2], CIRCLE[1], CIRCLE[3])
    assert ("recover", 120) in shape(plan_blocks(block(*other_way, repeat=2)))


def test_a_circle_is_forward_for_a_quarter_of_its_time() -> None:
    # req: S003-09
    plan = plan_blocks(block(phase("forward", 2.5, 20), *CIRCLE[1:], repeat=2))
    assert [it for it in shape(plan) if it[0] == "recover"] == [("recover", 40)] * 2
    assert plan.notes == ("80 s of forward walking put in to recover, in 2 phases",)


def test_a_forward_phase_faster_than_a_warm_up_waits_10_s_after_a_block() -> None:
    back = phase("backward", 1.0, 30)
    assert shape(plan_of(back, phase("forward", 4.1))) == [
        ("backward", 30),
        ("recover", 10),
        ("forward", 60),
    ]
    assert shape(plan_of(back, phase("forward", (3.0, 4.1))))[1] == ("recover", 10)
    assert shape(plan_of(back, phase("forward", 4.0))) == [("backward", 30), ("forward", 60)]
    assert "recover" not in dict(shape(plan_of(phase("forward", 3), phase("forward", 4.5))))


def test_what_the_caps_slow_down_needs_no_wait() -> None:
    fast = phase("forward", 6.0, 180, kind=PhaseKind.COOL_DOWN)
    plan = make_plan(workout(block(phase("backward")), cool_down=fast), BEGINNER, machine())
    assert shape(plan) == [("backward", 60)]


def test_a_recovery_is_no_faster_than_the_warm_up() -> None:
    ramp = phase("forward", (2.0, 3.5), 300, kind=PhaseKind.WARM_UP)
    one = workout(block(phase("backward"), phase("forward", 5.0)), warm_up=ramp)
    recover = make_plan(one, BEGINNER, machine()).phases[2]
    assert recover.kind is PhaseKind.RECOVER
    assert (recover.speed, recover.end_speed) == (Speed(200), Speed(200))


# --- level turns -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "pct"),
    # 5 s to settle, 10 s announced: what is left goes up and down at 0.25 %/s
    [(100, 10.0), (95, 10.0), (94.9, 9.5), (60, 5.5), (30, 1.5)],
)
def test_an_incline_is_only_as_steep_as_can_be_level_again_before_the_turn(
    seconds: float, pct: float
) -> None:
    # req: S002-05
    plan = plan_of(phase("backward", 1.0, seconds, pct=10), profile=EXPERIENCED)
    found = only(plan, Heading.BACKWARD)
    assert found.incline.pct == pct
    assert ("the incline is back before the next turn" in found.limited_by) is (pct < 10)


def test_a_turn_may_keep_the_incline_that_the_next_phase_has_too() -> None:
    climb = phase("forward", 1.0, 60, pct=5)
    kept = plan_of(climb, phase("backward", 1.0, 60, pct=5), profile=EXPERIENCED)
    assert kept.phases[1].incline.pct == 5
    lost = plan_of(climb, phase("backward"), profile=EXPERIENCED)
    assert lost.phases[1].incline.pct == 5
    short = plan_of(phase("forward", 1.0, 14, pct=5), phase("backward"), profile=EXPERIENCED)
    assert short.phases[1].incline.pct == 0.5


def test_a_steep_phase_is_flattened_where_the_next_is_too_short_to_come_down() -> None:
    steep, brief, back = (
        phase("forward", 3, 120, pct=12),
        phase("forward", 3, 20),
        phase("backward"),
    )
    plan = plan_of(steep, brief, back, profile=EXPERIENCED)
    # 20 s less the 10 s of the announcement are 2.5 % of travel
    assert [it.incline.pct for it in plan.phases[1:3]] == [2.5, 0.0]
    decline = plan_of(
        phase("forward", 3.0, 120, pct=-3),
        phase("forward", 3.0, 12),
        back,
        profile=EXPERIENCED,
        on=machine(incline=(-3, 15, 0.5)),
    )
    assert [it.incline.pct for it in decline.phases[1:3]] == [-0.5, 0.0]


def test_a_phase_too_short_for_an_announcement_is_level() -> None:
    plan = plan_of(phase("forward", 3.0, 8, pct=5), phase("backward"), profile=EXPERIENCED)
    assert [it.incline for it in plan.phases[:2]] == [LEVEL, LEVEL]
