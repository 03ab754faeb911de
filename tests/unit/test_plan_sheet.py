"""A plan as it is shown, and read back from what a bridge says."""

import json
from typing import Any

import pytest

from quarterturn.plan import make_plan
from quarterturn.plan_sheet import PlanSheet
from quarterturn.profiles import base_profile
from quarterturn.workout.files import load_workout


def sheet(workout: str = "circle") -> PlanSheet:
    plan = make_plan(load_workout(workout), base_profile("home-beginner"), None, year=2026)
    return PlanSheet.of(plan, None)


def test_every_phase_stands_in_the_sheet_with_its_start_its_cap_and_its_turn() -> None:
    shown = sheet().phases
    assert [(phase.heading, phase.start_s) for phase in shown] == [
        ("forward", 0.0),
        ("forward", 300.0),
        ("right", 360.0),
        ("backward", 420.0),
        ("left", 480.0),
        ("forward", 540.0),
    ]
    assert [phase.turn and (phase.turn.direction, phase.turn.quarters) for phase in shown] == [
        None,
        None,
        ("right", 1),
        ("right", 1),
        ("right", 1),
        ("right", 1),
    ]
    assert shown[3].cap_kmh == 2.0


def test_a_sheet_comes_back_from_json_as_it_was() -> None:
    for name in ("circle", "mixed-walking", "side-steps"):
        shown = sheet(name)
        assert PlanSheet.read(json.loads(json.dumps(shown.as_object()))) == shown


def test_keys_of_a_later_version_are_left_out() -> None:
    value = json.loads(json.dumps(sheet().as_object()))
    value["weather"] = value["phases"][0]["mood"] = "fine"
    assert PlanSheet.read(value) == sheet()


@pytest.mark.parametrize("damage", ["missing", "phases", "phase", "turn"])
def test_what_is_no_plan_is_refused_in_words(damage: str) -> None:
    value: dict[str, Any] = json.loads(json.dumps(sheet().as_object()))
    match damage:
        case "missing":
            del value["workout"]
        case "phases":
            value["phases"] = 3
        case "phase":
            value["phases"][0] = "forward"
        case _:
            value["phases"][2]["turn"] = {"direction": "right"}
    with pytest.raises(ValueError, match="no plan"):
        PlanSheet.read(value)
