"""What a client sees between events is put together from the events themselves."""

import dataclasses

import pytest

from quarterturn.bridge.snapshots import Picture
from quarterturn.protocol import Snapshot
from quarterturn.session import Event

PLAN = {"t": 0.0, "event": "plan", "workout": "Circle", "profile": "tester", "phases": 6}
PHASE = {"t": 9.0, "event": "phase", "index": 0, "heading": "forward", "kind": "warm_up"}
TELEMETRY = {
    "t": 10.0,
    "event": "telemetry",
    "speed_kmh": 2.5,
    "incline_pct": 0.0,
    "distance_m": 12,
    "heart_rate_bpm": 96,
}


def picture(*events: Event) -> Picture:
    taken = Picture()
    for event in events:
        taken.add(event)
    return taken


def test_there_is_nothing_before_the_first_event() -> None:
    assert set(dataclasses.asdict(Picture()).values()) == {None}


def test_everything_in_it_is_shown() -> None:
    shown = {field.name for field in dataclasses.fields(Snapshot)}
    assert {field.name for field in dataclasses.fields(Picture)} <= shown


def test_the_last_of_everything_counts() -> None:
    now = picture(PLAN, PHASE, TELEMETRY, {**PHASE, "index": 1}, {**TELEMETRY, "speed_kmh": 2.6})
    assert (now.workout, now.profile, now.phases) == ("Circle", "tester", 6)
    assert now.phase == {**PHASE, "index": 1}
    assert (now.speed_kmh, now.incline_pct, now.distance_m) == (2.6, 0.0, 12.0)
    assert now.heart_rate_bpm == 96
    assert (now.fault, now.end) == (None, None)


def test_a_report_without_a_heart_rate_takes_the_old_one_away() -> None:
    now = picture(TELEMETRY, {**TELEMETRY, "heart_rate_bpm": None, "incline_pct": None})
    assert (now.heart_rate_bpm, now.incline_pct) == (None, None)
    assert now.speed_kmh == 2.5


def test_fault_and_end_are_kept_whole() -> None:
    fault = {"t": 1.0, "event": "fault", "fault": "stale", "action": "stop", "text": "..."}
    end = {"t": 2.0, "event": "end", "reason": "fault"}
    now = picture(fault, end)
    assert (now.fault, now.end) == (fault, end)


@pytest.mark.parametrize("kind", ["start", "turn", "pause", "halt"])
def test_where_in_a_turn_or_a_pause_the_session_is(kind: str) -> None:
    now = picture({"t": 1.0, "event": kind, "step": "slow", "from": "right", "to": "backward"})
    assert (now.purpose, now.step, now.next_heading) == (kind, "slow", "backward")


def test_a_halt_leads_nowhere() -> None:
    now = picture(
        {"t": 1.0, "event": "turn", "step": "slow", "to": "left"},
        {"t": 2.0, "event": "halt", "step": "slow"},
    )
    assert (now.purpose, now.next_heading) == ("halt", None)


@pytest.mark.parametrize(
    "event",
    [
        {"t": 0.0, "event": "recovery", "step": "begin", "text": "..."},
        {"t": 0.0, "event": "cue", "kind": "turn", "text": "..."},
        {"t": 0.0, "event": "plan"},
        {"t": 0.0, "event": "turn"},
        {"t": 0.0, "event": 7},
        {},
    ],
)
def test_what_has_no_place_in_it_changes_nothing(event: Event) -> None:
    assert picture(PLAN, PHASE, event) == picture(PLAN, PHASE)


@pytest.mark.parametrize("value", ["fast", [], {}, float("nan")])
def test_what_is_no_number_is_none(value: object) -> None:
    now = picture({**TELEMETRY, "speed_kmh": value, "heart_rate_bpm": "many"})
    assert (now.speed_kmh, now.heart_rate_bpm) == (None, None)
