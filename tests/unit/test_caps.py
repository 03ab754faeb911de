import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.caps import (
    BASES,
    COOL_DOWN_END,
    BaseProfile,
    CapRow,
    HardLimits,
    Limit,
    Limited,
    RowCaps,
    SpeedTier,
    cap_row,
    hard_limits,
)
from quarterturn.model import Crossover, Heading, PhaseKind
from quarterturn.units import LEVEL, Incline, Speed

F, R, B, L = Heading.FORWARD, Heading.RIGHT, Heading.BACKWARD, Heading.LEFT
UPHILL, DOWNHILL = Incline(1), Incline(-1)
NONE, FRONT = Crossover.NONE, Crossover.FRONT


# --- rows ------------------------------------------------------------------------------------

ROWS = {
    # kind: the row of (forward, right, backward level, backward uphill, left)
    PhaseKind.WARM_UP: ("warm_up", "side_step", "backward_walk", "backward_uphill", "side_step"),
    PhaseKind.WALK: ("forward_walk", "side_step", "backward_walk", "backward_uphill", "side_step"),
    PhaseKind.JOG: ("forward_jog", "side_step", "backward_walk", "backward_uphill", "side_step"),
    PhaseKind.RECOVER: ("recover", "side_step", "backward_walk", "backward_uphill", "side_step"),
    PhaseKind.COOL_DOWN: (
        "cool_down",
        "side_step",
        "backward_walk",
        "backward_uphill",
        "side_step",
    ),
    PhaseKind.SIDE_STEP: ("side_step",) * 5,
    PhaseKind.DIAGONAL: ("diagonal",) * 5,
}


@pytest.mark.parametrize("kind", PhaseKind)
def test_nobody_who_does_not_face_forward_gets_a_forward_row(kind: PhaseKind) -> None:
    found = (
        cap_row(kind, F, NONE, LEVEL),
        cap_row(kind, R, NONE, LEVEL),
        cap_row(kind, B, NONE, LEVEL),
        cap_row(kind, B, NONE, UPHILL),
        cap_row(kind, L, NONE, LEVEL),
    )
    assert tuple(row.value for row in found) == ROWS[kind]


@pytest.mark.parametrize("crossover", [Crossover.FRONT, Crossover.BEHIND, Crossover.ALTERNATING])
@pytest.mark.parametrize("heading", [R, L])
def test_a_crossover_has_a_row_of_its_own(heading: Heading, crossover: Crossover) -> None:
    # both ways, front and behind: req: S002-19
    assert cap_row(PhaseKind.SIDE_STEP, heading, crossover, LEVEL) is CapRow.SIDE_STEP_CROSSOVER
    assert cap_row(PhaseKind.WALK, heading, crossover, UPHILL) is CapRow.SIDE_STEP_CROSSOVER


def test_the_uphill_row_begins_above_incline_zero() -> None:
    assert cap_row(PhaseKind.WALK, B, NONE, LEVEL) is CapRow.BACKWARD_WALK
    assert cap_row(PhaseKind.WALK, B, NONE, DOWNHILL) is CapRow.BACKWARD_WALK
    assert cap_row(PhaseKind.WALK, B, NONE, Incline(1)) is CapRow.BACKWARD_UPHILL
    assert cap_row(PhaseKind.WALK, F, NONE, Incline(1)) is CapRow.FORWARD_WALK
    assert cap_row(PhaseKind.DIAGONAL, B, FRONT, UPHILL) is CapRow.DIAGONAL


def test_rows_have_words_and_know_which_are_forward() -> None:
    assert [row.words for row in CapRow] == [
        "warm-up",
        "forward walk",
        "forward jog",
        "backward walk",
        "backward uphill",
        "side-step",
        "side-step with crossover",
        "diagonal",
        "recover",
        "cool-down",
    ]
    assert {row for row in CapRow if row.is_forward} == {
        CapRow.WARM_UP,
        CapRow.FORWARD_WALK,
        CapRow.FORWARD_JOG,
        CapRow.RECOVER,
        CapRow.COOL_DOWN,
    }


# --- hard limits -----------------------------------------------------------------------------

# row: highest speed in km/h, lowest and highest incline in %, longest stretch in minutes
HARD = {
    "warm_up": (6.5, 0, 5, 60),
    "forward_walk": (8.0, -3, 15, 120),
    "forward_jog": (12.0, 0, 10, 60),
    "backward_walk": (5.6, 0, 12, 30),
    "backward_uphill": (5.6, 0, 12, 10),
    "side_step": (2.5, 0, 2, 5),
    "side_step_crossover": (1.5, 0, 0, 2),
    "diagonal": (2.5, 0, 0, 2),
    "recover": (6.5, 0, 5, 60),
    "cool_down": (6.5, 0, 5, 60),
}


@pytest.mark.parametrize("row", CapRow)
def test_the_hard_limits_are_these_and_no_others(row: CapRow) -> None:
    # req: S004-21, S002-05
    kmh, least_pct, most_pct, minutes = HARD[row.value]
    assert hard_limits(row) == HardLimits(
        Speed.from_kmh(kmh), Incline.from_pct(least_pct), Incline.from_pct(most_pct), minutes * 60
    )


# --- base profiles ---------------------------------------------------------------------------

# row: highest speed (with tiers: up to %), incline from and to, longest stretch in s, ramps
WARM, WALK, JOG = "warm_up", "forward_walk", "forward_jog"
BACK, UP, SIDE = "backward_walk", "backward_uphill", "side_step"
CROSS, DIAG, RECOVER, COOL = "side_step_crossover", "diagonal", "recover", "cool_down"

TABLE = {
    ("home-beginner", WARM): ([(1, 4.0)], 0, 600, 20, 50),
    ("home-beginner", WALK): ([(5, 5.0)], 0, 1200, 20, 50),
    ("home-beginner", JOG): None,
    ("home-beginner", BACK): ([(0, 2.0)], 0, 60, 10, 30),
    ("home-beginner", UP): ([(2, 1.6)], 0, 60, 10, 30),
    ("home-beginner", SIDE): ([(0, 1.0)], 0, 60, 10, 30),
    ("home-beginner", CROSS): None,
    ("home-beginner", DIAG): None,
    ("home-beginner", RECOVER): ([(1, 4.0)], 0, 1200, 20, 50),
    ("home-beginner", COOL): ([(0, 4.0)], 0, 600, 20, 30),
    ("home-experienced", WARM): ([(3, 5.5)], 0, 600, 30, 50),
    ("home-experienced", WALK): ([(12, 6.5)], -3, 3600, 30, 50),
    ("home-experienced", JOG): ([(5, 8.0)], 0, 600, 30, 50),
    ("home-experienced", BACK): ([(0, 4.0)], 0, 300, 20, 40),
    ("home-experienced", UP): ([(5, 3.5), (10, 3.0)], 0, 180, 20, 40),
    ("home-experienced", SIDE): ([(0, 2.0)], 0, 120, 15, 30),
    ("home-experienced", CROSS): ([(0, 1.2)], 0, 60, 10, 30),
    ("home-experienced", DIAG): ([(0, 1.5)], 0, 60, 10, 30),
    ("home-experienced", RECOVER): ([(1, 5.5)], 0, 3600, 30, 50),
    ("home-experienced", COOL): ([(0, 5.0)], 0, 600, 30, 30),
    ("clinic", WARM): ([(0, 3.0)], 0, 600, 10, 30),
    ("clinic", WALK): ([(3, 4.0)], 0, 900, 10, 30),
    ("clinic", JOG): None,
    ("clinic", BACK): ([(0, 1.5)], 0, 60, 5, 30),
    ("clinic", UP): None,
    ("clinic", SIDE): ([(0, 0.8)], 0, 60, 5, 30),
    ("clinic", CROSS): None,
    ("clinic", DIAG): None,
    ("clinic", RECOVER): ([(0, 3.0)], 0, 900, 10, 30),
    ("clinic", COOL): ([(0, 3.0)], 0, 600, 10, 30),
}


@pytest.mark.parametrize(("base", "row"), list(itertools.product(BASES, CapRow)))
def test_each_base_profile_allows_in_each_row_what_the_table_says(base: str, row: CapRow) -> None:
    # req: S000-30, S000-35, S002-19, S002-20
    expected = TABLE[base, row.value]
    found = BASES[base].rows.get(row)
    if expected is None:
        assert found is None
        return
    tiers, least_pct, continuous_s, up, down = expected
    assert found == RowCaps(
        tuple(SpeedTier(Incline.from_pct(pct), Speed.from_kmh(kmh)) for pct, kmh in tiers),
        continuous_s,
        up,
        down,
        Incline.from_pct(least_pct),
    )


@pytest.mark.parametrize(
    (
        "base",
        "backward_min",
        "non_forward_min",
        "rounds",
        "rest",
        "met",
        "factor",
        "start",
        "spotter",
    ),
    [
        ("home-beginner", 6, 10, 2, 1.0, 5.0, 0.5, 0.8, False),
        ("home-experienced", 15, 25, 5, 0.5, 8.0, 0.65, 0.8, False),
        ("clinic", 10, 12, 2, 1.0, 4.5, 0.5, 0.5, True),
    ],
)
def test_each_base_profile_caps_the_session(
    base: str,
    backward_min: int,
    non_forward_min: int,
    rounds: int,
    rest: float,
    met: float,
    factor: float,
    start: float,
    spotter: bool,
) -> None:
    # req: S000-06, S000-28, S003-02, S003-23
    found = BASES[base]
    assert found.name == base
    assert found.backward_total_s == backward_min * 60
    assert found.non_forward_total_s == non_forward_min * 60
    assert found.circle_rounds == rounds
    assert found.rest_ratio == rest
    assert found.max_met == met
    assert found.forward_factor == factor
    assert found.start_speed == Speed.from_kmh(start)
    assert found.spotter is spotter


def test_the_beginner_is_told_where_else_a_row_may_be_had() -> None:
    assert BASES["home-beginner"].elsewhere == "home-experienced offers it"
    assert BASES["home-experienced"].elsewhere == "no profile offers it"
    assert BASES["clinic"].elsewhere == "it takes a clinician's prescription"


@pytest.mark.parametrize("base", list(BASES.values()), ids=list(BASES))
def test_whatever_is_not_forward_is_slower_than_forward_walking(base: BaseProfile) -> None:
    # req: S000-07, S001-11
    forward = base.rows[CapRow.FORWARD_WALK].tiers[0].max_speed
    for row, caps in base.rows.items():
        assert row.is_forward or caps.tiers[0].max_speed < forward


@pytest.mark.parametrize("base", list(BASES.values()), ids=list(BASES))
def test_side_steps_are_no_faster_than_backward_walking(base: BaseProfile) -> None:
    # not coordinated enough for a fast belt: req: S001-12
    backward = base.rows[CapRow.BACKWARD_WALK].tiers[0].max_speed
    assert base.rows[CapRow.SIDE_STEP].tiers[0].max_speed <= backward


@pytest.mark.parametrize("base", list(BASES.values()), ids=list(BASES))
def test_no_base_profile_reaches_above_a_hard_limit(base: BaseProfile) -> None:
    # the ceiling of 3.5 mph among them: req: S004-21
    for row, caps in base.rows.items():
        hard = hard_limits(row)
        assert all(tier.max_speed <= hard.max_speed for tier in caps.tiers)
        assert hard.min_incline <= caps.min_incline <= caps.max_incline <= hard.max_incline
        assert caps.max_continuous_s <= hard.max_continuous_s


@pytest.mark.parametrize("base", list(BASES.values()), ids=list(BASES))
def test_only_a_forward_walk_may_decline(base: BaseProfile) -> None:
    # downhill backward is the dangerous case: req: S002-05
    declining = {row for row, caps in base.rows.items() if caps.min_incline < LEVEL}
    assert declining <= {CapRow.FORWARD_WALK}


def test_the_tables_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        BASES["mine"] = BASES["clinic"]  # type: ignore[index]
    with pytest.raises(TypeError):
        BASES["clinic"].rows[CapRow.FORWARD_JOG] = RowCaps((), 1, 1, 1)  # type: ignore[index]


def test_a_tier_holds_up_to_and_including_its_incline() -> None:
    uphill = BASES["home-experienced"].rows[CapRow.BACKWARD_UPHILL]
    assert uphill.tier(Incline(50)).max_speed == Speed(350)
    assert uphill.tier(Incline(51)).max_speed == Speed(300)
    assert uphill.tier(Incline(100)).max_speed == Speed(300)
    assert uphill.tier(Incline(101)).max_speed == Speed(300)
    assert uphill.max_incline == Incline(100)


def test_a_cool_down_ends_at_one_mile_per_hour() -> None:
    assert Speed(160) == COOL_DOWN_END


# --- limits ----------------------------------------------------------------------------------


def test_a_wish_without_limits_is_granted() -> None:
    free = Limited(Speed(300))
    assert (free.value, free.reasons, free.binding) == (Speed(300), (), ())


def test_what_lowers_a_wish_is_named_tightest_first() -> None:
    limited = Limited(Speed(300)).at_most(
        Limit(Speed(250), "b"),
        Limit(Speed(200), "a"),
        Limit(Speed(300), "equal"),
        Limit(Speed(999), "far"),
    )
    assert limited.value == Speed(200)
    assert limited.reasons == ("a", "b")
    assert limited.binding == ("a",)


def test_limits_as_tight_as_each_other_are_all_named() -> None:
    limited = Limited(Speed(300)).at_most(Limit(Speed(200), "z"), Limit(Speed(200), "a"))
    assert limited.reasons == ("a", "z")
    assert limited.binding == ("a", "z")


def test_a_limit_above_the_wish_binds_without_lowering_it() -> None:
    limited = Limited(Speed(100)).at_most(Limit(Speed(200), "cap"))
    assert (limited.value, limited.reasons, limited.binding) == (Speed(100), (), ("cap",))


limits = st.lists(
    st.builds(Limit, st.builds(Speed, st.integers(0, 600)), st.sampled_from("abcdef")), max_size=6
)


@given(st.integers(0, 600), limits, st.randoms())
def test_the_order_of_limits_does_not_matter(
    wanted: int, some: list[Limit[Speed]], random: Random
) -> None:
    shuffled = list(some)
    random.shuffle(shuffled)
    at_once = Limited(Speed(wanted)).at_most(*some)
    one_by_one = Limited(Speed(wanted))
    for limit in shuffled:
        one_by_one = one_by_one.at_most(limit)
    assert one_by_one == at_once
    assert one_by_one.reasons == at_once.reasons
    assert one_by_one.binding == at_once.binding


@given(st.integers(0, 600), limits, limits)
def test_a_further_limit_never_raises_a_value(
    wanted: int, some: list[Limit[Speed]], more: list[Limit[Speed]]
) -> None:
    before = Limited(Speed(wanted)).at_most(*some)
    assert before.at_most(*more).value <= before.value <= Speed(wanted)
