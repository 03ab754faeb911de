"""What a session came to, from hand-written events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.summary import Event, summarise

PLAN: Event = {
    "t": 0.0,
    "event": "plan",
    "workout": "circle",
    "profile": "home-beginner",
    "duration_s": 720,
    "phases": 6,
}
END: Event = {
    "t": 300.0,
    "event": "end",
    "reason": "completed",
    "by": "plan",
    "cause": None,
    "belt_stopped": True,
}


def phase(t: float, heading: str = "backward", **more: object) -> Event:
    return {
        "t": t,
        "event": "phase",
        "index": 3,
        "kind": "walk",
        "heading": heading,
        "target_speed_kmh": 2.0,
        "target_incline_pct": 0.0,
        "duration_s": 60,
        "limited_by": [],
        **more,
    }


def belt(t: float, kmh: float | None) -> Event:
    return {"t": t, "event": "telemetry", "speed_kmh": kmh, "incline_pct": 0.0}


def turn(t: float, step: str) -> Event:
    return {"t": t, "event": "turn", "from": "backward", "to": "left", "step": step}


@pytest.mark.parametrize(
    "value",
    [10**400, -(10**400), 1e308, float("inf"), float("nan"), True],
    ids=["huge", "minus huge", "large", "infinite", "none", "true"],
)
def test_what_is_no_number_of_a_walk_is_passed_over(value: float) -> None:
    events = [PLAN | {"planned_s": {"left": value}}, phase(1.0, duration_s=value), belt(2.0, value)]
    found = summarise([*events, belt(value, 1.0), END])
    assert found.planned_s == {}
    assert [(it.planned_s, it.highest_kmh) for it in found.phases] == [(0.0, None)]


def test_done_counts_from_the_first_report_above_0_until_the_slowing_begins() -> None:
    events = [PLAN, phase(100.0), belt(101.0, 0.0), belt(106.0, 0.5), belt(130.0, 2.0)]
    events += [
        turn(156.0, "announce"),
        turn(166.0, "slow"),
        belt(167.0, 1.5),
        belt(172.0, 0.0),
        END,
    ]
    [walked] = summarise(events).phases
    assert (walked.planned_s, walked.done_s) == (60.0, 60.0)
    assert (walked.heading, walked.kind, walked.index) == ("backward", "walk", 3)


def test_the_phase_clock_stands_in_a_pause() -> None:
    events = [PLAN, phase(0.0), belt(10.0, 0.5), {"t": 30.0, "event": "cue", "kind": "pause"}]
    events += [belt(31.0, 0.3), belt(32.0, 0.0), belt(50.0, 0.5), turn(60.0, "slow"), END]
    assert summarise(events).phases[0].done_s == 20.0 + 10.0


def test_the_clock_runs_on_into_a_phase_that_needs_no_turn() -> None:
    events = [PLAN, phase(0.0, "forward"), belt(10.0, 2.0), phase(70.0, "forward")]
    events += [belt(71.0, 2.0), {"t": 130.0, "event": "cue", "kind": "stop"}, belt(131.0, 1.0), END]
    assert [walked.done_s for walked in summarise(events).phases] == [60.0, 60.0]


def test_the_highest_speed_and_the_time_above_the_cap_are_measured() -> None:
    events = [PLAN, phase(0.0), belt(10.0, 2.0), belt(11.0, 2.1), belt(12.0, 2.3), belt(13.0, 2.0)]
    [walked] = summarise([*events, END]).phases
    assert (walked.highest_kmh, walked.cap_kmh, walked.above_cap_s) == (2.3, 2.0, 2.0)


def test_a_named_cap_counts_before_the_target() -> None:
    events = [PLAN, phase(0.0, cap_kmh=3.0), belt(10.0, 2.5), END]
    [walked] = summarise(events).phases
    assert (walked.cap_kmh, walked.above_cap_s) == (3.0, 0.0)
    assert summarise([phase(0.0, end_speed_kmh=2.6)]).phases[0].cap_kmh == 2.6


def test_a_silent_belt_is_above_the_cap_for_4_s_and_no_longer() -> None:
    events = [PLAN, phase(0.0), belt(10.0, 2.5), belt(40.0, 2.0), END]
    assert summarise(events).phases[0].above_cap_s == 4.0


def test_a_report_is_never_held_against_the_cap_of_the_next_phase() -> None:
    events = [PLAN, phase(0.0, cap_kmh=5.0), belt(10.0, 4.0), phase(12.0), belt(30.0, 2.0)]
    assert [walked.above_cap_s for walked in summarise(events).phases] == [0.0, 0.0]


def test_a_report_before_the_first_phase_belongs_to_none() -> None:
    assert summarise([PLAN, belt(0.5, 9.0), phase(1.0)]).phases[0].highest_kmh is None


def test_the_highest_heart_rate_of_a_heading_is_told() -> None:
    def heart(t: float, bpm: object) -> Event:
        return {**belt(t, 2.0), "heart_rate_bpm": bpm}

    events = [PLAN, heart(50.0, 190), phase(100.0), heart(101.0, 120), heart(102.0, 131)]
    events += [heart(103.0, None), heart(104.0, "high"), heart(105.0, 90)]
    events += [phase(160.0), heart(161.0, 125), phase(220.0, "left"), belt(221.0, 1.0), END]
    summary = summarise(events)
    assert [each.highest_bpm for each in summary.phases] == [131, 125, None]
    assert [(it.heading, it.highest_bpm) for it in summary.headings()] == [
        ("backward", 131),
        ("left", None),
    ]


def test_a_heading_shows_the_phase_with_the_least_room_below_its_cap() -> None:
    events = [PLAN, phase(0.0, "forward", cap_kmh=5.0), belt(10.0, 4.0)]
    events += [phase(70.0, "forward", cap_kmh=2.5), belt(80.0, 2.4), END]
    [forward] = summarise(events).headings()
    assert (forward.highest_kmh, forward.cap_kmh) == (2.4, 2.5)
    assert forward.planned_s == 120.0


def test_what_was_planned_and_never_begun_is_in_the_table_too() -> None:
    planned = {**PLAN, "planned_s": {"backward": 60, "forward": 540.0, "up": "x"}}
    rows = summarise([planned, phase(0.0, "forward"), END]).headings()
    assert [(row.heading, row.planned_s) for row in rows] == [
        ("forward", 540.0),
        ("backward", 60.0),
    ]
    assert rows[1].highest_kmh is None


def test_stops_faults_and_the_end_are_told() -> None:
    stop: Event = {"t": 5.0, "event": "command", "command": "stop", "sent_t": 4.0}
    fault: Event = {"t": 6.0, "event": "fault", "fault": "overspeed", "action": "stop", "text": ""}
    told = summarise([PLAN, stop, {**stop, "sent_t": None}, fault, {**END, "belt_stopped": None}])
    assert (told.workout, told.profile) == ("circle", "home-beginner")
    assert (told.stops, told.faults) == (1, ("overspeed",))
    assert (told.reason, told.by, told.cause, told.belt_stopped) == (
        "completed",
        "plan",
        None,
        None,
    )
    assert told.ended_t == 300.0


def test_events_that_break_off_have_no_reason() -> None:
    told = summarise([PLAN, phase(0.0), belt(1.0, 1.0)])
    assert (told.reason, told.belt_stopped, told.ended_t) == (None, None, None)


WORDS = st.sampled_from(
    ["plan", "phase", "telemetry", "turn", "cue", "fault", "command", "end", "slow", "stop", "x"]
)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.lists(st.integers(), max_size=2)
)
KEYS = st.sampled_from(
    ["t", "event", "kind", "step", "heading", "speed_kmh", "target_speed_kmh", "index", "planned_s"]
)


@given(st.lists(st.dictionaries(KEYS, VALUES | st.dictionaries(KEYS, VALUES)), max_size=20))
def test_no_rubbish_breaks_a_summary(events: list[dict[str, object]]) -> None:
    told = summarise(events)
    for walked in told.phases:
        assert walked.done_s >= 0
        assert walked.above_cap_s >= 0
    assert len(told.headings()) >= (1 if told.phases else 0)


@pytest.mark.parametrize("kmh", [None, float("nan"), True, "2"])
def test_a_report_without_a_speed_changes_nothing(kmh: object) -> None:
    odd: Event = {"t": 12.0, "event": "telemetry", "speed_kmh": kmh}
    [walked] = summarise([PLAN, phase(0.0), belt(10.0, 2.0), odd, turn(20.0, "slow")]).phases
    assert (walked.done_s, walked.highest_kmh) == (10.0, 2.0)
