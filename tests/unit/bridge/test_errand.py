"""An errand travels whole, and caps never do: whatever it says, the bridge's own hold."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plan_strategies import profiles, workouts
from quarterturn.bridge.errand import Errand, decode_errand, encode_errand
from quarterturn.caps import BASES, CapRow
from quarterturn.model import Capabilities, Heading, SpeedRange
from quarterturn.plan import PlanRefused, make_plan
from quarterturn.profile_files import load_profile, profile_names
from quarterturn.profiles import LoweredRow, Profile, base_profile
from quarterturn.protocol import Begin, encode_request, read_request
from quarterturn.units import Incline, Speed
from quarterturn.workout.files import load_workout, workout_names

MACHINE = Capabilities(SpeedRange(Speed(50), Speed(1600), Speed(10)), None)
CIRCLE = Errand(load_workout("circle"), base_profile("home-beginner"), 2026)


def travelled(errand: Errand) -> dict[str, Any]:
    """Return an errand as it comes out of the socket."""
    request = read_request(encode_request(Begin(1, encode_errand(errand))).strip())
    assert isinstance(request, Begin)
    return dict(request.errand)


def changed(path: str, value: object, errand: Errand = CIRCLE) -> dict[str, Any]:
    """Return what travels with one value in it forged; numbers in the path are places in lists."""
    whole = travelled(errand)
    *way, last = [int(each) if each.isdigit() else each for each in path.split(".")]
    part: Any = whole
    for each in way:
        part = part[each]
    part[last] = value
    return whole


A_PHASE = travelled(CIRCLE)["workout"]["blocks"][0]["items"][0]


# --- there and back -------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", sorted(profile_names()))
@pytest.mark.parametrize("workout", sorted(workout_names()))
def test_every_workout_that_ships_travels_whole_for_every_profile(
    workout: str, profile: str
) -> None:
    errand = Errand(
        load_workout(workout),
        load_profile(profile),
        2026,
        sensors=((None, "heart-rate+sim://"), ("strap", "heart-rate+ble://AA")),
        journal="/some/where.jsonl",
        header={"profile": profile, "answers": {"a": [1, 2.5, None]}},
    )
    assert decode_errand(travelled(errand)) == errand


@given(workout=workouts(), profile=profiles())
def test_any_errand_travels_whole(workout: Any, profile: Profile) -> None:
    errand = Errand(workout, profile, 2026)
    length_s = sum(phase.duration_s for one in workout.rounds() for phase in one)
    assume(length_s < 23 * 3600)
    assert decode_errand(travelled(errand)) == errand


def test_everything_of_a_profile_travels() -> None:
    profile = Profile(
        "Ann",
        BASES["home-experienced"],
        lowered={
            CapRow.BACKWARD_WALK: LoweredRow(Speed(120), Incline(0), 45.0),
            CapRow.SIDE_STEP: LoweredRow(max_speed=Speed(60)),
        },
        max_met=4.5,
        backward_total_s=120.0,
        non_forward_total_s=300.0,
        circle_rounds=1,
        body_mass_kg=71.5,
        birth_year=1950,
        comfortable_forward_speed=Speed(350),
        max_heart_rate_bpm=120,
        balance_problem=True,
        knee_injury=True,
        voice="somebody",
        language="de",
    )
    errand = replace(CIRCLE, profile=profile)
    assert decode_errand(travelled(errand)) == errand


# --- caps do not travel ---------------------------------------------------------------------------


def test_of_the_caps_only_the_name_of_their_base_travels() -> None:
    assert travelled(CIRCLE)["profile"]["base"] == "home-beginner"


@pytest.mark.parametrize("base", [None, 7, "", "none", {"name": "home-beginner"}, ["clinic"]])
def test_caps_that_the_bridge_does_not_have_are_refused(base: object) -> None:
    with pytest.raises(ValueError, match="there are home-beginner, home-experienced, clinic"):
        decode_errand(changed("profile.base", base))


@pytest.mark.parametrize("profile", [None, 7, "home-beginner", []])
def test_an_errand_without_a_profile_is_refused(profile: object) -> None:
    with pytest.raises(ValueError, match="no caps are called None"):
        decode_errand(changed("profile", profile))


def caps_of(profile: Profile) -> dict[str, Any]:
    """Return what the caps leave of a workout that asks for far too much of everything."""
    circle = CIRCLE.workout
    block = circle.blocks[0]
    greedy = tuple(
        replace(item, speed=Speed(2500), end_speed=Speed(2500), duration_s=3600.0)
        for item in block.items
        if hasattr(item, "speed")
    )
    workout = replace(circle, blocks=(replace(block, items=greedy, repeat=3),))
    plan = make_plan(workout, profile, MACHINE, year=2026)
    return {
        "phases": [
            (phase.heading, phase.speed, phase.duration_s, phase.limits.max_speed)
            for phase in plan.phases
        ],
        "totals": (plan.max_backward_s, plan.max_non_forward_s),
    }


@pytest.mark.parametrize("base", sorted(BASES))
def test_a_profile_that_lowers_to_more_than_its_base_raises_no_cap(base: str) -> None:
    forged = changed("profile.base", base)
    forged["profile"]["lowered"] = {
        row.value: {
            "max_speed": {"centi_kmh": 65535},
            "max_incline": {"tenths_pct": 32767},
            "max_continuous_s": 1e9,
        }
        for row in CapRow
    }
    forged["profile"] |= {
        "max_met": 1e9,
        "backward_total_s": 1e9,
        "non_forward_total_s": 1e9,
        "circle_rounds": 10**9,
        "comfortable_forward_speed": {"centi_kmh": 65535},
    }
    raised = decode_errand(forged).profile
    assert raised.lowered_row(CapRow.BACKWARD_WALK).max_speed == Speed(65535)
    assert caps_of(raised) == caps_of(base_profile(base))


@pytest.mark.parametrize("key", ["max_met", "backward_total_s", "non_forward_total_s"])
@pytest.mark.parametrize("value", ["nan", "inf", float("nan"), float("inf"), -1.0, 0])
def test_a_total_that_is_no_number_is_refused(key: str, value: object) -> None:
    # What is compared with NaN is never above it.
    with pytest.raises(ValueError, match=key):
        decode_errand(changed(f"profile.{key}", value))


@pytest.mark.parametrize("value", ["nan", "inf", float("nan"), float("inf"), -1.0, 0])
def test_a_lowered_stretch_that_is_no_number_is_refused(value: object) -> None:
    lowered = {"backward_walk": {"max_continuous_s": value}}
    with pytest.raises(ValueError, match="max_continuous_s"):
        decode_errand(changed("profile.lowered", lowered))


HONEST = caps_of(CIRCLE.profile)


@settings(max_examples=25)
@given(
    values=st.lists(st.floats() | st.sampled_from(["nan", "-inf", "1e400", True]), min_size=4),
    speed=st.integers(-1, 70_000),
)
def test_no_forged_number_raises_a_cap(values: list[object], speed: int) -> None:
    forged = travelled(CIRCLE)
    forged["profile"] |= dict(
        zip(("max_met", "backward_total_s", "non_forward_total_s"), values, strict=False)
    )
    forged["profile"]["lowered"] = {
        "backward_walk": {"max_speed": {"centi_kmh": speed}, "max_continuous_s": values[3]}
    }
    honest = HONEST
    try:
        found = caps_of(decode_errand(forged).profile)
    except (ValueError, PlanRefused):
        return
    for total, most in zip(found["totals"], honest["totals"], strict=True):
        assert total <= most
    for heading, speed_of, duration_s, cap in found["phases"]:
        mine = [phase for phase in honest["phases"] if phase[0] is heading]
        assert speed_of <= cap <= max(phase[3] for phase in mine)
        if heading is not Heading.FORWARD:
            assert duration_s <= max(phase[2] for phase in mine)


# --- what no file may say either ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("workout.warm_up.duration_s", float("nan")),
        ("workout.warm_up.duration_s", "nan"),
        ("workout.warm_up.duration_s", float("inf")),
        ("workout.warm_up.duration_s", 0),
        ("workout.warm_up.duration_s", -60.0),
        ("workout.cool_down.duration_s", 24 * 3600.0 + 1),
        ("workout.blocks.0.items.0.duration_s", float("nan")),
        ("workout.blocks.0.items.0.duration_s", 1e300),
        ("workout.blocks.0.repeat", 0),
        ("workout.blocks.0.repeat", -1),
        ("workout.blocks.0.repeat", 10**9),
        ("workout.blocks.0.repeat", 10**400),
        ("workout.blocks.0.items.0.speed", {"centi_kmh": -1}),
        ("workout.blocks.0.items.0.speed", {"centi_kmh": 65536}),
        ("workout.blocks.0.items.0.speed", 3.0),
        ("workout.blocks.0.items.0.heading", 45),
        ("workout.blocks.0.items.0.kind", "run"),
        ("workout.blocks", None),
        ("workout", None),
        ("workout", {}),
        ("year", "soon"),
        ("year", None),
        ("sensors", [["only one"]]),
        ("journal", 7),
        ("header", "text"),
    ],
)
def test_what_cannot_be_walked_is_refused(path: str, value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's and ours
        decode_errand(changed(path, value))


def nested(depth: int, repeat: int, items: list[object]) -> list[object]:
    for _ in range(depth):
        items = [{"items": items, "repeat": repeat, "mirror": False}]
    return items


@pytest.mark.parametrize("repeat", [0, 1001, 10**9])
def test_repeats_of_nothing_keep_the_bridge_from_nothing(repeat: int) -> None:
    with pytest.raises(ValueError, match="repeated 1 to 1000 times"):
        decode_errand(changed("workout.blocks", nested(1, repeat, [])))


def test_a_block_of_nothing_is_refused() -> None:
    # Repeated within each other, eight of them would take a plan longer than the world is old.
    with pytest.raises(ValueError, match="a block is empty"):
        decode_errand(changed("workout.blocks", nested(8, 1000, [])))


def test_repeats_within_repeats_are_counted_out() -> None:
    with pytest.raises(ValueError, match="more than is allowed"):
        decode_errand(changed("workout.blocks", nested(8, 1000, [A_PHASE])))


def test_blocks_nest_as_deep_as_in_a_file_and_no_deeper() -> None:
    blocks = decode_errand(changed("workout.blocks", nested(8, 1, [A_PHASE]))).workout.blocks
    assert [len(one) for one in blocks[0].rounds()] == [1]
    for depth in (9, 200):
        with pytest.raises(ValueError, match="blocks nest deeper than 8 levels"):
            decode_errand(changed("workout.blocks", nested(depth, 1, [A_PHASE])))


def test_the_longest_workout_that_is_allowed_is_allowed() -> None:
    blocks = nested(1, 1000, [A_PHASE])
    assert decode_errand(changed("workout.blocks", blocks)).workout.blocks[0].repeat == 1000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(
    value=st.dictionaries(st.sampled_from(["workout", "profile", "year", "x"]), JSON),
)
def test_what_is_no_errand_is_refused_in_words(value: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's and ours
        decode_errand(json.loads(json.dumps(value)))
