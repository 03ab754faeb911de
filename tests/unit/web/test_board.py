"""What is shown of a session: the words, and what is told of faults, ends and what is not known."""

import json
from typing import Any

import pytest

from quarterturn.plan import make_plan
from quarterturn.plan_sheet import PlanSheet
from quarterturn.profiles import base_profile
from quarterturn.protocol import BridgeState, Snapshot
from quarterturn.session import Event
from quarterturn.web.board import PLOTTED_S, Board
from quarterturn.workout.files import load_workout

PHASE: Event = {
    "t": 464.0,
    "event": "phase",
    "index": 3,
    "kind": "side_step",
    "heading": "backward",
    "target_speed_kmh": 2.0,
    "end_speed_kmh": 2.0,
    "target_incline_pct": 0.0,
    "cap_kmh": 2.0,
    "duration_s": 60,
    "limited_by": [],
}


def plan() -> dict[str, object]:
    made = make_plan(load_workout("circle"), base_profile("home-beginner"), None, year=2026)
    return PlanSheet.of(made, None).as_object()


def seen(**fields: Any) -> Snapshot:
    shown: dict[str, Any] = {
        "state": BridgeState.WALKING,
        "treadmill": "ftms+sim://",
        "belt_may_move": True,
        "heading": "backward",
        "supervised": True,
        "clients": 2,
        "workout": "Circle",
        "profile": "home-beginner",
        "phases": 6,
        "phase": PHASE,
        "elapsed_s": 20.5,
        "commanded_kmh": 2.0,
        "speed_kmh": 1.9,
        "report_age_s": 0.4,
    }
    return Snapshot(**{**shown, **fields})


def board(**fields: Any) -> Board:
    made = Board()
    made.found(plan(), seen(**fields), 100.0)
    return made


def fault(board: Board, now_s: float = 100.0) -> Any:
    return board.view(now_s)["fault"]


# --- a walk ---------------------------------------------------------------------------------------


def test_a_walk_is_shown_with_heading_time_speed_and_limit() -> None:
    view = board().view(100.25)
    expected = {
        "sent_s": 100.25,
        "age_s": 0.25,
        "bridge": None,
        "session": True,
        "simulated": True,
        "title": "Circle, home-beginner",
        "heading": "backward",
        "next": {"heading": "left", "kind": "side step"},
        "phase": "Phase 4 of 6: side step",
        "left_s": 39.5,
        "walked_s": 440.5,
        "speed_kmh": 1.9,
        "told_kmh": 2.0,
        "target_kmh": 2.0,
        "cap_kmh": 2.0,
        "limit": "home-beginner: backward walk 2.0 km/h",
        "report_age_s": 0.4,
        "fault": None,
    }
    assert {key: view[key] for key in expected} == expected
    json.dumps(view, allow_nan=False)


def test_a_turn_under_way_says_where_it_leads_and_how_far_it_is() -> None:
    view = board(purpose="turn", step="ready", next_heading="left").view(100.0)
    assert view["next"] == {"heading": "left", "kind": None}
    assert view["step"] == "Turn to left: waiting for READY"


def test_once_the_new_heading_is_taken_the_one_behind_it_is_next() -> None:
    view = board(purpose="turn", step="start", next_heading="backward").view(100.0)
    assert view["next"] == {"heading": "left", "kind": "side step"}


@pytest.mark.parametrize(
    ("index", "expected"),
    [(5, {"heading": None, "kind": "the end"}), (99, None)],
)
def test_what_follows_the_last_phase_is_the_end(index: int, expected: object) -> None:
    assert board(phase={**PHASE, "index": index}).view(100.0)["next"] == expected


def test_before_the_first_phase_the_first_is_next() -> None:
    view = board(phase=None, elapsed_s=None, heading="forward").view(100.0)
    assert view["next"] == {"heading": "forward", "kind": "warm up"}
    assert (view["phase"], view["left_s"], view["walked_s"]) == (None, None, None)


def test_what_lowers_the_speed_now_is_named_before_what_lowered_the_plan() -> None:
    made = board(phase={**PHASE, "limited_by": ["clinic: 1.5 km/h"]})
    assert made.view(100.0)["limit"] == "clinic: 1.5 km/h"
    command = {"event": "command", "command": "set_speed", "limited_by": ["heart rate 150 bpm"]}
    assert not made.event(command, 101.0)
    assert made.view(101.0)["limit"] == "heart rate 150 bpm"


def test_an_event_is_shown_before_the_snapshot_behind_it() -> None:
    made = board()
    assert made.event({**PHASE, "index": 4, "heading": "left"}, 101.0)
    assert made.event({"event": "cue", "kind": "turn", "text": "Stop."}, 101.0)
    view = made.view(101.0)
    assert (view["heading"], view["left_s"], view["cue"]) == ("left", 60.0, "Stop.")


def test_a_plan_that_cannot_be_read_is_shown_as_none() -> None:
    made = Board()
    made.found({"phases": "?"}, seen(), 0.0)
    assert made.plan_shown() == {"duration_s": 0.0, "phases": []}
    assert made.view(0.0)["next"] is None


def test_the_plot_holds_the_last_minutes_and_no_more() -> None:
    made = board()
    for at_s in range(1000):
        made.event({"event": "telemetry", "speed_kmh": 2.0}, 100.0 + at_s)
    reports = made.history()["reports"]
    assert isinstance(reports, list)
    assert (reports[0][0], reports[-1]) == (1099.0 - PLOTTED_S, [1099.0, 2.0, 2.0, 2.0])
    made.event({"event": "plan"}, 2000.0)
    assert made.history() == {"reports": []}


def test_a_report_without_a_speed_is_not_plotted() -> None:
    made = board()
    made.event({"event": "telemetry", "speed_kmh": None}, 101.0)
    assert made.history() == {"reports": []}


# --- what is not known ----------------------------------------------------------------------------


def test_without_a_bridge_there_is_no_session() -> None:
    made = Board()
    assert made.lost("no bridge runs")
    assert not made.lost("no bridge runs")
    view = made.view(5.0)
    assert (view["session"], view["bridge"], view["age_s"]) == (False, "no bridge runs", None)


def test_the_age_of_what_was_heard_goes_on_counting() -> None:
    # The page shows as unknown what is older than 3 s: tests/browser shows that.
    assert board().view(107.5)["age_s"] == 7.5


def test_a_bridge_lost_while_the_belt_may_move_fills_the_screen() -> None:
    made = board()
    made.lost("the bridge is gone")
    made.lost("no bridge runs")
    shown = fault(made)
    assert shown["whole"]
    assert shown["do"] == "Nothing is known of the belt. If it moves: pull the red key."
    assert made.view(100.0)["session"] is False
    made.found(None, seen(state=BridgeState.RESTING, belt_may_move=False), 200.0)
    assert fault(made) is None


def test_a_bridge_that_leaves_a_standing_belt_is_no_fault() -> None:
    made = board(belt_may_move=False)
    made.lost("the bridge is gone")
    assert fault(made) is None


# --- faults and ends ------------------------------------------------------------------------------

OVERSPEED: Event = {"event": "fault", "fault": "wrong_unit", "action": "stop", "text": "too fast."}


@pytest.mark.parametrize(
    ("fields", "do"),
    [
        ({}, "The belt may move. If it does not come to rest: pull the red key."),
        ({"belt_may_move": False}, "The belt stands."),
        ({"end": {"belt_stopped": True}}, "The session has ended. The belt stands."),
        ({"end": {"belt_stopped": None}}, "The belt is not known to stand: pull the red key."),
    ],
)
def test_a_fault_fills_the_screen_and_says_what_to_do(fields: Any, do: str) -> None:
    made = board(**fields)
    assert made.event(OVERSPEED, 101.0)
    assert fault(made, 104.0) == {
        "name": "wrong unit",
        "text": "Too fast.",
        "do": do,
        "whole": True,
        "ago_s": 3,
    }


@pytest.mark.parametrize(
    ("action", "purpose", "whole"),
    [
        ("alarm", None, True),
        ("ramp", None, True),
        ("stop", None, True),
        ("finish", None, False),
        ("pause", "pause", True),
        ("pause", None, False),
    ],
)
def test_only_what_a_walk_goes_on_after_leaves_the_screen(
    action: str, purpose: str | None, *, whole: bool
) -> None:
    made = board(fault={**OVERSPEED, "action": action}, purpose=purpose)
    assert fault(made)["whole"] is whole


def test_a_fault_stays_when_the_bridge_of_its_walk_has_gone() -> None:
    made = board(fault=OVERSPEED, end={"reason": "fault", "belt_stopped": True})
    made.snapshot(seen(fault=OVERSPEED, end={"belt_stopped": True}, belt_may_move=False), 101.0)
    made.lost("the bridge is gone")
    assert fault(made)["name"] == "wrong unit"


def test_a_session_that_did_not_end_is_shown_as_such() -> None:
    made = board(state=BridgeState.RECOVERING, last_session="circle did not end")
    shown = fault(made)
    assert (shown["text"], shown["whole"]) == ("Circle did not end", True)
    assert "red key" in shown["do"]


def test_the_last_session_is_summed_up_in_a_line() -> None:
    end = {"reason": "stopped", "by": "safety key", "cause": None, "belt_stopped": True}
    view = board(state=BridgeState.RESTING, end=end, belt_may_move=False).view(100.0)
    assert (view["status"], view["session"]) == ("No session", False)
    assert view["last"] == "The last session: stopped by safety key. The belt stands."
