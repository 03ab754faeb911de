from collections.abc import Sequence
from dataclasses import replace

import pytest

from plan_building import (
    BEGINNER,
    CLINIC,
    EXPERIENCED,
    circle,
    lowered,
    machine,
    only,
    phase,
    plan_of,
    workout,
)
from quarterturn.model import Capabilities, Crossover, Heading, PhaseKind
from quarterturn.plan import make_plan
from quarterturn.profiles import LoweredRow, Profile
from quarterturn.units import LEVEL, Incline, Speed
from quarterturn.workout.phases import Phase

PERSONAL = replace(BEGINNER, comfortable_forward_speed=Speed(170))
EXPERT_PACE = replace(EXPERIENCED, comfortable_forward_speed=Speed(500))
CAUTIOUS = replace(BEGINNER, balance_problem=True)
SLOW_BACK = lowered(backward_walk=LoweredRow(Speed(80)))
SLOW_AHEAD = lowered(forward_walk=LoweredRow(Speed(300)))
EASY = replace(BEGINNER, name="anna", max_met=2.0)
FRONT = Crossover.FRONT
HB, HE = "home-beginner", "home-experienced"


@pytest.mark.parametrize(
    ("profile", "on", "wish", "kmh", "reasons"),
    [
        # the base profile; req: S000-35, S001-11
        (BEGINNER, machine(), phase("backward", 2.0), 2.0, []),
        (BEGINNER, machine(), phase("backward", 2.1), 2.0, [f"{HB}: backward walk 2.0 km/h"]),
        (
            EXPERIENCED,
            machine(),
            phase("backward", 5.7),
            4.0,
            [f"{HE}: backward walk 4.0 km/h", "hard cap: backward walk 5.6 km/h"],
        ),
        (
            EXPERIENCED,
            machine(),
            phase("backward", 3.6, pct=5),
            3.5,
            [f"{HE}: backward uphill 3.5 km/h up to 5.0 %"],
        ),
        (
            EXPERIENCED,
            machine(),
            phase("backward", 3.6, pct=5.5),
            3.0,
            [f"{HE}: backward uphill 3.0 km/h up to 10.0 %"],
        ),
        # sideways; req: S001-12, S002-19
        (BEGINNER, machine(), phase("right", 1.2), 1.0, [f"{HB}: side-step 1.0 km/h"]),
        (CLINIC, machine(), phase("left", 1.0), 0.8, ["clinic: side-step 0.8 km/h"]),
        (
            EXPERIENCED,
            machine(),
            phase("left", 2.6, crossover=FRONT),
            1.2,
            [
                f"{HE}: side-step with crossover 1.2 km/h",
                "hard cap: side-step with crossover 1.5 km/h",
            ],
        ),
        # the person; req: S003-02, S003-18, S000-27
        (
            PERSONAL,
            machine(step=0.05),
            phase("right", 1.0),
            0.85,
            ["personal: 0.5 x own forward speed 1.7 km/h"],
        ),
        (
            EXPERT_PACE,
            machine(step=0.01),
            phase("backward", 3.5),
            3.25,
            ["personal: 0.65 x own forward speed 5.0 km/h"],
        ),
        (
            CAUTIOUS,
            machine(),
            phase("backward", 2.0),
            1.5,
            ["personal: cautious, 0.75 x backward walk 2.0 km/h"],
        ),
        # what a file lowers
        (SLOW_BACK, machine(), phase("backward", 1.0), 0.8, ["anna: backward walk 0.8 km/h"]),
        (
            SLOW_BACK,
            machine(),
            phase("left", 1.0),
            0.8,
            ["anna: no faster than backward walk 0.8 km/h"],
        ),
        (SLOW_AHEAD, machine(), phase("backward", 1.6), 1.5, ["anna: 0.5 x forward walk 3.0 km/h"]),
        # effort: (2 - 1) x 3.5 / 0.3 = 0.7 km/h; req: S004-10
        (
            EASY,
            machine(),
            phase("right", 0.8),
            0.7,
            ["anna: effort 2 MET"],
        ),
        # the machine, whose steps count from its minimum and round down
        (BEGINNER, machine(maximum=1.5), phase("backward", 2), 1.5, ["machine: at most 1.5 km/h"]),
        (BEGINNER, machine(), phase("backward", 1.99), 1.9, ["machine: steps of 0.1 km/h"]),
        (
            BEGINNER,
            machine(0.7, step=0.2),
            phase("backward", 2),
            1.9,
            ["machine: steps of 0.2 km/h"],
        ),
        (BEGINNER, machine(1.0), phase("right", 1.0), 1.0, []),
        (BEGINNER, machine(step=0), phase("right", 0.99), 0.99, []),
    ],
)
def test_a_speed_is_lowered_and_what_lowered_it_is_named_tightest_first(
    profile: Profile, on: Capabilities, wish: Phase, kmh: float, reasons: Sequence[str]
) -> None:
    found = only(plan_of(wish, profile=profile, on=on), wish.heading)
    assert (found.speed.kmh, found.end_speed.kmh) == (kmh, kmh)
    assert list(found.limited_by) == list(reasons)
    assert found.speed <= found.limits.max_speed


def test_the_cap_of_a_phase_is_the_tightest_layer_whatever_the_workout_asks() -> None:
    found = only(plan_of(phase("right", 0.6), profile=PERSONAL), Heading.RIGHT)
    assert found.speed == Speed(60)
    assert found.limits.max_speed == Speed(80)
    assert found.limits.reasons == (
        "machine: steps of 0.1 km/h",
        "personal: 0.5 x own forward speed 1.7 km/h",
    )
    assert found.limited_by == ()


def test_an_effort_above_that_of_the_base_changes_nothing() -> None:
    loud = replace(BEGINNER, name="anna", max_met=9.0)
    # (5 - 1) x 3.5 / (0.1 + 1.8 x 0.05) = 73.7 m/min = 4.42 km/h
    found = plan_of(phase("forward", 5.0, pct=5), profile=loud).phases[1]
    assert found.speed == Speed(440)
    assert found.limited_by == ("machine: steps of 0.1 km/h", f"{HB}: effort 5 MET")


def test_a_crossover_is_held_to_every_easier_row_that_was_lowered() -> None:
    rows = {
        row: LoweredRow(Speed(speed))
        for row, speed in zip(("backward_walk", "side_step"), (110, 100), strict=True)
    }
    strict = replace(lowered(**rows), base=EXPERIENCED.base)
    found = only(plan_of(phase("left", 1.2, crossover=FRONT), profile=strict), Heading.LEFT)
    assert found.limited_by == (
        "anna: no faster than side-step 1.0 km/h",
        "anna: no faster than backward walk 1.1 km/h",
    )


def test_both_ends_of_a_ramp_are_capped() -> None:
    found = only(plan_of(phase("backward", (1.0, 3.0))), Heading.BACKWARD)
    assert (found.speed, found.end_speed) == (Speed(100), Speed(200))
    assert found.limited_by == ("home-beginner: backward walk 2.0 km/h",)


def test_a_cool_down_ends_at_1_6_km_h_or_slower() -> None:
    fast = phase("forward", 4.5, 180, kind=PhaseKind.COOL_DOWN)
    last = make_plan(workout(circle(), cool_down=fast), BEGINNER, machine()).phases[-1]
    assert (last.speed, last.end_speed) == (Speed(400), Speed(160))
    assert last.limited_by == (
        "home-beginner: cool-down 4.0 km/h",
        "hard cap: cool-down ends at 1.6 km/h",
    )


# --- incline ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "on", "wish", "pct", "reasons"),
    [
        (
            BEGINNER,
            machine(),
            phase("backward", 1.0, pct=3),
            2.0,
            [f"{HB}: backward uphill at most 2.0 %"],
        ),
        (
            EXPERIENCED,
            machine(),
            phase("backward", 1.0, 120, pct=13),
            10.0,
            [f"{HE}: backward uphill at most 10.0 %", "hard cap: backward uphill at most 12.0 %"],
        ),
        (
            EXPERIENCED,
            machine(),
            phase("right", 1.0, pct=2),
            0.0,
            [f"{HE}: side-step at most 0.0 %"],
        ),
        (
            CLINIC,
            machine(),
            phase("backward", 1.0, pct=1),
            0.0,
            ["clinic: no backward uphill, it takes a clinician's prescription"],
        ),
        (
            lowered(backward_uphill=LoweredRow(max_incline=Incline(10))),
            machine(),
            phase("backward", 1.0, pct=2),
            1.0,
            ["anna: backward uphill at most 1.0 %"],
        ),
        (
            BEGINNER,
            machine(incline=None),
            phase("backward", 1.0, pct=2),
            0.0,
            ["machine: no incline"],
        ),
        (
            BEGINNER,
            machine(incline=(0, 1, 0.5)),
            phase("backward", 1.0, pct=2),
            1.0,
            ["machine: incline at most 1.0 %"],
        ),
        (
            BEGINNER,
            machine(incline=(-3, 15, 2)),
            phase("backward", 1.0, pct=2),
            1.0,
            ["machine: incline in steps of 2.0 %"],
        ),
        (
            BEGINNER,
            machine(incline=(-3, 15, 5)),
            phase("backward", 1.0, pct=1),
            0.0,
            ["machine: incline in steps of 5.0 %"],
        ),
        (BEGINNER, machine(incline=(0, 15, 0)), phase("backward", 1.0, pct=1.3), 1.3, []),
        # a decline in a phase that is not forward; req: S002-05
        (
            EXPERIENCED,
            machine(incline=(-3, 15, 0.5)),
            phase("backward", 1.0, pct=-1),
            0.0,
            ["hard cap: backward walk at least 0.0 %", f"{HE}: backward walk at least 0.0 %"],
        ),
        (
            lowered(backward_walk=LoweredRow(max_incline=Incline(0))),
            machine(incline=(-3, 15, 0.5)),
            phase("backward", 1.0, pct=-1),
            0.0,
            ["hard cap: backward walk at least 0.0 %", f"{HB}: backward walk at least 0.0 %"],
        ),
    ],
)
def test_an_incline_is_flattened_and_what_flattened_it_is_named(
    profile: Profile, on: Capabilities, wish: Phase, pct: float, reasons: Sequence[str]
) -> None:
    found = only(plan_of(wish, profile=profile, on=on), wish.heading)
    assert found.incline.pct == pct
    assert list(found.limited_by) == list(reasons)
    assert found.limits.max_incline == found.incline
    assert found.limits.min_incline == LEVEL


@pytest.mark.parametrize(
    ("wish", "on", "pct"),
    [
        (-2, (-3, 15, 0.5), -2),
        (-4, (-6, 15, 0.5), -3),
        (-2, (-1, 15, 0.5), -1),
        (-2, (0, 15, 0.5), 0),
        (-2, (-3, 15, 2), -1),
        (-2, (-3, 15, 5), 0),
    ],
)
def test_a_forward_walk_may_decline_as_far_as_profile_and_machine_allow(
    wish: float, on: tuple[float, float, float], pct: float
) -> None:
    downhill = phase("forward", 3.0, 120, pct=wish)
    found = plan_of(downhill, profile=EXPERIENCED, on=machine(incline=on)).phases[1]
    assert found.incline.pct == pct
    assert found.limits.min_incline.pct == pct
    assert found.limits.max_incline == LEVEL


def test_what_is_flattened_to_level_has_the_level_caps() -> None:
    flat = plan_of(phase("backward", 9.0, pct=2), on=machine(incline=None))
    assert only(flat, Heading.BACKWARD).speed == Speed(200)
    steep = plan_of(phase("backward", 9.0, pct=2))
    assert only(steep, Heading.BACKWARD).speed == Speed(160)


def test_without_a_machine_its_layer_is_left_out() -> None:
    one = make_plan(workout(circle()), BEGINNER, None)
    assert one.phases == make_plan(workout(circle()), BEGINNER, machine()).phases
    odd = make_plan(workout(circle()), PERSONAL, None)
    assert [it.speed.kmh for it in odd.phases[2:5]] == [0.85, 0.85, 0.85]
