from dataclasses import replace

import pytest

from plan_building import (
    BEGINNER,
    CLINIC,
    COOL_DOWN,
    EXPERIENCED,
    WARM_UP,
    block,
    circle,
    machine,
    only,
    phase,
    plan_blocks,
    plan_of,
    problems,
    workout,
)
from quarterturn.caps import BASES, PhaseLimits
from quarterturn.model import Capabilities, Crossover, Heading, MachineRecord, PhaseKind
from quarterturn.plan import (
    Plan,
    PlanRefused,
    Turn,
    make_plan,
    seconds_to_reach,
    summarise,
)
from quarterturn.profiles import Profile, base_profile
from quarterturn.units import LEVEL, Incline, Speed
from quarterturn.workout.files import load_workout
from quarterturn.workout.phases import Phase, Side

RIGHT, LEFT = Turn(Side.RIGHT, 1), Turn(Side.LEFT, 1)
CAUTIOUS = replace(BEGINNER, balance_problem=True)


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


@pytest.mark.parametrize("profile", list(BASES))
def test_every_base_profile_walks_the_shipped_circle(profile: str) -> None:
    plan = make_plan(load_workout("circle"), base_profile(profile), machine())
    assert [it.duration_s for it in plan.phases] == [300, 60, 60, 60, 60, 180]


def test_a_mirrored_circle_turns_left() -> None:
    plan = plan_blocks(circle(mirror=True))
    assert [it.heading.word for it in plan.phases[2:5]] == ["left", "backward", "right"]
    assert [it.turn for it in plan.phases[2:]] == [LEFT] * 4


# --- turns -----------------------------------------------------------------------------------


def test_opposite_headings_are_two_quarters_within_one_stop_in_the_circles_sense() -> None:
    straight = block(phase("forward", 2.0), phase("backward", 1.0))
    for one, side in ((straight, Side.RIGHT), (replace(straight, mirror=True), Side.LEFT)):
        plan = plan_blocks(one)
        assert [it.turn for it in plan.phases] == [None, None, Turn(side, 2), Turn(side, 2)]


def test_the_first_quarter_turn_of_a_round_gives_the_sense_of_its_half_turns() -> None:
    left_first = (phase("forward", 2.0), phase("left"), phase("right"))
    for mirror, side in ((False, Side.LEFT), (True, Side.RIGHT)):
        plan = plan_blocks(block(*left_first, mirror=mirror))
        assert [it.turn for it in plan.phases[2:4]] == [Turn(side, 1), Turn(side, 2)]


def test_quarters_go_the_short_way() -> None:
    plan = plan_of(phase("left"), phase("forward", 2.0), phase("right"))
    assert only(plan, Heading.LEFT).turn == LEFT
    assert plan.phases[2].turn == RIGHT  # from left back to forward
    assert only(plan, Heading.RIGHT).turn == RIGHT


# --- refusals --------------------------------------------------------------------------------


def test_a_machine_that_cannot_go_as_slowly_as_the_cap_is_refused_with_what_would_help() -> None:
    # the start speed is the machine's minimum, and never above a cap: req: S004-19
    assert problems(lambda: make_plan(workout(circle()), BEGINNER, machine(1.1))).splitlines() == [
        (
            f"this treadmill's minimum speed of 1.1 km/h lies above the cap of the {side} "
            "side-step (home-beginner: side-step 1.0 km/h): it takes a treadmill that goes as "
            "slowly as 1.0 km/h, or a workout without this phase"
        )
        for side in ("right", "left")
    ]
    text = problems(lambda: make_plan(workout(circle()), EXPERIENCED, machine(1.7)))
    assert "the cap of the cool-down (hard cap: cool-down ends at 1.6 km/h)" in text


def test_a_wish_below_the_machines_minimum_is_refused_and_not_rounded_up() -> None:
    assert problems(lambda: plan_of(phase("backward", 0.4))) == (
        "this treadmill's minimum speed of 0.5 km/h lies above the 0.4 km/h that the workout has "
        "for the backward walk: it takes a treadmill that goes slower, or a workout with 0.5 km/h "
        "there, which the caps allow"
    )


@pytest.mark.parametrize(
    ("profile", "wish", "expected"),
    [
        # req: S000-30, S002-19, S002-20
        (
            BEGINNER,
            phase("forward", 6.0, kind=PhaseKind.JOG),
            "home-beginner has no forward jog: home-experienced offers it",
        ),
        (
            BEGINNER,
            phase("right", 0.8, crossover=Crossover.FRONT),
            "home-beginner has no side-step with crossover: home-experienced offers it",
        ),
        (
            CLINIC,
            phase("forward", 0.8, kind=PhaseKind.DIAGONAL, side=Side.LEFT),
            "clinic has no diagonal: it takes a clinician's prescription",
        ),
        # req: S000-21, S000-29
        (
            EXPERIENCED,
            phase("backward", 3.0, kind=PhaseKind.JOG),
            "a jog faces forward; no profile jogs any other way",
        ),
        (
            replace(EXPERIENCED, balance_problem=True),
            phase("forward", 6.0, kind=PhaseKind.JOG),
            "a jog is not for a cautious profile (age, balance, back or knee): walk instead",
        ),
        (
            replace(EXPERIENCED, knee_injury=True),
            phase("backward", 1.0),
            (
                "no backward walking with a knee injury: a workout that is forward only, or a "
                "clinician's decision"
            ),
        ),
    ],
)
def test_what_a_profile_does_not_offer_is_refused_with_what_would_help(
    profile: Profile, wish: Phase, expected: str
) -> None:
    assert problems(lambda: plan_of(wish, wish, profile=profile)) == expected


def test_an_experienced_walker_may_jog_and_go_diagonally() -> None:
    # req: S002-12, S001-15
    plan = plan_of(
        phase("forward", 9.0, kind=PhaseKind.JOG),
        phase("backward", 2.0, kind=PhaseKind.DIAGONAL, side=Side.LEFT),
        profile=EXPERIENCED,
    )
    # (8 - 1) x 3.5 / 0.2 = 122.5 m/min = 7.35 km/h
    assert plan.phases[1].speed == Speed(730)
    assert only(plan, Heading.BACKWARD).speed == Speed(150)
    assert only(plan, Heading.BACKWARD).side is Side.LEFT


def test_coarse_steps_leave_forward_walking_only() -> None:
    coarse = machine(0.8, step=0.21)
    text = problems(lambda: make_plan(workout(circle()), BEGINNER, coarse))
    assert text == (
        "this treadmill's speed changes in steps of 0.21 km/h; more than 0.2 km/h is too much for "
        "phases that are not forward: walk a workout that is forward only"
    )
    assert len(plan_of(phase("forward", 3.0), on=coarse).phases) == 3
    assert plan_of(phase("backward", 2.0), on=machine(0.8, step=0.2)).phases[1].speed == Speed(200)


def test_a_machine_whose_speed_cannot_be_set_walks_nothing() -> None:
    text = problems(lambda: plan_of(phase("forward", 3.0), on=Capabilities(None, None)))
    assert text == "this treadmill does not let its speed be set: another one, or another driver"


def test_a_machine_that_cannot_be_level_walks_nothing() -> None:
    text = problems(lambda: plan_of(phase("forward", 3.0), on=machine(incline=(1, 15, 0.5))))
    assert text == "this treadmill is never flatter than 1.0 %: level it first"


def test_a_short_warm_up_or_cool_down_is_refused() -> None:
    # req: S000-22, S000-23, S000-33
    def with_edges(warm_up_s: float, cool_down_s: float) -> Plan:
        edges = workout(
            circle(),
            warm_up=replace(WARM_UP, duration_s=warm_up_s),
            cool_down=replace(COOL_DOWN, duration_s=cool_down_s),
        )
        return make_plan(edges, BEGINNER, machine())

    assert problems(lambda: with_edges(179, 119)).splitlines() == [
        "a warm-up of 179 s; 180 s or more is wanted",
        "a cool-down of 119 s; 120 s or more is wanted",
    ]
    assert summarise(with_edges(180, 120)).duration_s == 540


def test_children_are_refused_and_older_people_walk_cautiously() -> None:
    # req: S003-18
    one = workout(block(phase("backward", 2.0)))

    def born(year: int) -> Profile:
        return replace(BEGINNER, birth_year=year)

    assert problems(lambda: make_plan(one, born(2009), machine(), year=2026)) == (
        "the profile is of a person of 17; from 18 on, and no younger"
    )
    assert make_plan(one, born(2008), machine(), year=2026).phases[1].speed == Speed(200)
    older = make_plan(one, born(1961), machine(), year=2026)
    assert older.phases[1].speed == Speed(150)
    assert older.spotter_required is True
    with pytest.raises(ValueError, match="needs the year"):
        make_plan(one, born(1961), machine())


def test_a_spotter_is_needed_only_where_somebody_turns() -> None:
    # req: S003-23
    assert plan_blocks(circle(), profile=CLINIC).spotter_required is True
    assert plan_of(phase("forward", 3.0), profile=CLINIC).spotter_required is False
    assert plan_of(phase("forward", 3.0), profile=CAUTIOUS).spotter_required is False
    assert plan_of(phase("forward", 3.0), profile=CAUTIOUS).notes == ()
    assert plan_of(phase("backward", 1.0), profile=CAUTIOUS).notes == (
        "personal: cautious: a spotter stands by, and the cues are heard, not only seen",
    )


# --- notes and figures -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "target", "up", "down", "step", "seconds"),
    [
        (50, 200, 10, 30, 10, 15),  # a step each second
        (50, 200, 5, 30, 10, 30),  # a step every two seconds
        (50, 200, 15, 30, 10, 15),  # 0.15 km/h per s is one whole step of 0.1
        (50, 250, 20, 30, 10, 10),
        (50, 240, 20, 30, 10, 10),  # 19 steps, two each second
        (200, 50, 10, 30, 10, 5),
        (200, 50, 10, 25, 10, 5),  # slowing rounds the other way: three steps
        (100, 100, 10, 30, 10, 0),
        (50, 60, 10, 30, 0, 1),
    ],
)
def test_reaching_a_speed_takes_whole_steps_at_most_once_a_second(
    start: int, target: int, up: int, down: int, step: int, seconds: float
) -> None:
    limits = PhaseLimits(Speed(600), LEVEL, LEVEL, up, down, 60, ())
    assert seconds_to_reach(Speed(start), Speed(target), limits, Speed(step)) == seconds


def test_a_plan_says_when_a_target_is_reached_late_or_never() -> None:
    plan = plan_of(phase("backward", 2.0, 30), phase("forward", 2.0), phase("backward", 2.0, 40))
    late = [it.reached_s for it in plan.phases if it.heading is Heading.BACKWARD]
    assert late == [20, 20]  # 5 s to settle, 15 steps of 0.1 km/h
    assert plan.notes == ("phase 2 of 30 s: 2.0 km/h is reached late, after 20 s",)

    never = plan_of(phase("backward", 1.0, 30), phase("forward", 4.0, 12))
    assert never.phases[2].reached_s is None
    assert never.notes == ("phase 3 of 12 s: too short to reach 4.0 km/h",)

    steep = phase("forward", (1.0, 5.0), 15)
    assert plan_of(steep, phase("forward", 1.0), steep).notes == (
        "phases 2, 4 of 15 s: too short for the ramp from 1.0 km/h to 5.0 km/h",
    )


def test_a_machine_that_starts_fast_is_noted() -> None:
    # req: S000-28
    assert plan_of(phase("backward", 2.0), on=machine(1.0)).notes == (
        (
            "the belt starts at 1.0 km/h, its slowest; home-beginner would start a phase that is "
            "not forward at 0.8 km/h"
        ),
    )
    assert plan_of(phase("forward", 2.0), on=machine(1.0)).notes == ()
    assert plan_of(phase("backward", 1.6), on=machine(0.8)).notes == ()


def test_without_a_machine_the_plan_says_that_its_layer_is_missing() -> None:
    plan = make_plan(workout(block(phase("backward", 1.99, pct=1.3))), BEGINNER, None)
    assert (plan.phases[1].speed, plan.phases[1].incline) == (Speed(160), Incline(13))
    assert plan.notes == (
        "no treadmill is known: what its range and its steps would change is left out",
    )


def test_the_figures_of_the_circle() -> None:
    # time by heading: req: S000-08
    plan = plan_blocks(circle())
    found = summarise(plan)
    assert found.seconds == {
        Heading.FORWARD: 540,
        Heading.RIGHT: 60,
        Heading.BACKWARD: 60,
        Heading.LEFT: 60,
    }
    # 3.0 km/h for 5 min, 2.5 + 1 + 2 + 1 for a minute each, 2.0 for 3 min
    assert found.distance_m == pytest.approx(250 + 6500 / 60 + 100)
    assert found.turns == 4
    assert (found.body_mass_kg, found.mass_is_assumed) == (70, True)
    # MET: 2.43 for 5 min; 2.19, 2.43, 2.78 and 2.43 for a minute each; 1.95 for 3 min
    assert found.energy_kcal == pytest.approx((12.14 + 9.82 + 5.86) * 1.225, abs=0.1)
    own = summarise(plan, 140.0)
    assert own.energy_kcal == pytest.approx(2 * found.energy_kcal)
    assert (own.body_mass_kg, own.mass_is_assumed) == (140, False)


@pytest.mark.parametrize(
    ("does", "word"), [("keeps_running", "this one runs on"), ("unknown", "for all that is known")]
)
def test_a_profile_may_refuse_a_machine_that_may_run_on_without_its_link(
    does: str, word: str
) -> None:
    careful = replace(BEGINNER, must_stop_on_link_loss=True)
    record = MachineRecord(on_link_loss=does)
    with pytest.raises(PlanRefused, match=word):
        make_plan(load_workout("circle"), careful, None, record=record)
    assert make_plan(load_workout("circle"), BEGINNER, None, record=record)
    assert make_plan(load_workout("circle"), careful, None)


def test_a_machine_that_stops_without_its_link_is_taken() -> None:
    careful = replace(BEGINNER, must_stop_on_link_loss=True)
    record = MachineRecord(on_link_loss="stops")
    assert make_plan(load_workout("circle"), careful, None, record=record)
