"""Lines for people: every event once, tables that fit."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.caps import PhaseLimits
from quarterturn.lines import LineRenderer, clock, plan_lines, table
from quarterturn.model import Crossover, Heading, PhaseKind
from quarterturn.plan import Plan, PlannedPhase, Turn
from quarterturn.summary import Event, summarise
from quarterturn.units import LEVEL, Speed
from quarterturn.workout.phases import Side

# The events that the design shows, and the line of each.
EVENTS_AND_LINES = """
{"t":0.0,"event":"plan","workout":"circle","profile":"home-beginner","duration_s":720,"phases":6}
00:00  PLAN   circle, profile home-beginner: 12:00 of walking in 6 phases
{"t":379.0,"event":"turn","from":"right","to":"backward","step":"announce"}
06:19  TURN   ⟳ right to backward: announced
{"t":379.0,"event":"cue","kind":"turn","text":"In ten seconds: stop, then turn right."}
06:19  SAY    "In ten seconds: stop, then turn right."
{"t":405.2,"event":"phase","index":3,"kind":"walk","heading":"backward","target_speed_kmh":2.0,"target_incline_pct":0.0,"duration_s":60,"limited_by":["home-beginner: backward walk 2.0 km/h"]}
06:45  PHASE  4: ▼ backward walk, 2.0 km/h, 01:00; limited by home-beginner: backward walk 2.0 km/h
{"t":405.2,"event":"phase","index":0,"kind":"warm_up","heading":"forward","target_speed_kmh":2.25,"target_incline_pct":1.5,"duration_s":60,"limited_by":[]}
06:45  PHASE  1: ▲ forward warm-up, 2.25 km/h, incline 1.5 %, 01:00
{"t":412.9,"event":"command","command":"set_speed","value":0.6,"source":"session","outcome":"rejected","sent_t":411.2,"limited_by":["ramp"]}
06:53  SEND   set speed 0.6 km/h: rejected; limited by ramp
{"t":412.9,"event":"command","command":"set_incline","value":1.0,"source":"session","outcome":"unknown","sent_t":411.2,"limited_by":[]}
06:53  SEND   set incline 1.0 %: unknown
{"t":0.0,"event":"trial","step":"begin","name":"first","text":"The slowest speed, 0.5 km/h."}
00:00  TRIAL  The slowest speed, 0.5 km/h.
{"t":5.0,"event":"trial","step":"ready","question":"belt_still"}
00:05  TRIAL  waiting for READY
{"t":30.0,"event":"trial","step":"cut_link"}
00:30  TRIAL  cutting the link
{"t":412.9,"event":"command","command":"stop","source":"session","outcome":"confirmed","sent_t":411.2,"limited_by":[]}
06:53  SEND   stop: confirmed
{"t":413.0,"event":"telemetry","speed_kmh":0.6,"incline_pct":2.0,"distance_m":201,"heart_rate_bpm":99}
06:53  BELT   0.6 km/h, incline 2.0 %, 201 m, 99 beats per minute
{"t":440.2,"event":"fault","fault":"wrong_way","action":"stop","text":"Too fast."}
07:20  FAULT  ■ wrong way: stop. Too fast.
{"t":440.2,"event":"fault","fault":"x","action":"ramp"}
07:20  FAULT  ■ x: ramp
{"t":841.1,"event":"end","reason":"completed","by":"plan","cause":null,"belt_stopped":true}
14:01  END    ■ completed by plan; the belt stands
{"t":841.1,"event":"end","reason":"fault","by":"monitor","cause":"link_lost","belt_stopped":null}
14:01  END    ■ fault by monitor (link lost); the belt is not known to stand: pull the red key
{"t":5.0,"event":"pause","step":"slow"}
00:05  PAUSE  slowing down
{"t":5.0,"event":"start","step":"settle"}
00:05  START  settling at the start speed
{"t":5.0,"event":"halt","step":"other"}
00:05  HALT   other
{"t":5.0,"event":"confirm_wanted","heading":"right"}
00:05  NOTE   confirm wanted: heading=right
{"t":5.0,"event":"tick"}
00:05  NOTE   tick
{}
00:00  NOTE   an event without a name
"""  # noqa: E501 - events are one line each
_PAIRS = EVENTS_AND_LINES.strip().splitlines()
EVENTS = list(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))


def test_an_index_of_more_digits_than_can_be_written_is_shown_as_it_stands() -> None:
    index = 10**4300 - 1  # the longest number that is read; one more is not written
    line = LineRenderer().render({"t": 1.0, "event": "phase", "index": index})
    assert line is not None
    assert "PHASE  9999" in line


@pytest.mark.parametrize(("event", "line"), EVENTS)
def test_each_event_has_its_line(event: str, line: str) -> None:
    assert LineRenderer().render(json.loads(event)) == line


def test_a_line_says_the_same_without_its_shape() -> None:
    plain = LineRenderer(shapes=False)
    lines = [plain.render(json.loads(event)) for event, _ in EVENTS]
    assert all(line is not None and line.isascii() for line in lines)
    assert "07:20  FAULT  wrong way: stop. Too fast." in lines
    assert lines[1] == "06:19  TURN   right to backward: announced"


@pytest.mark.parametrize("outcome", ["confirmed", "superseded"])
def test_a_step_of_a_ramp_that_went_well_is_not_printed(outcome: str) -> None:
    step = {"t": 1.0, "event": "command", "command": "set_speed", "value": 0.6, "outcome": outcome}
    assert LineRenderer().render(step) is None


def belt_lines(reports: list[tuple[float, float | None]]) -> list[str]:
    renderer = LineRenderer()
    events: list[Event] = [{"t": t, "event": "telemetry", "speed_kmh": kmh} for t, kmh in reports]
    return [line for event in events if (line := renderer.render(event)) is not None]


def test_a_steady_belt_is_printed_every_30_s() -> None:
    assert belt_lines([(float(t), 2.0) for t in range(65)]) == [
        "00:00  BELT   2.0 km/h",
        "00:30  BELT   2.0 km/h",
        "01:00  BELT   2.0 km/h",
    ]


def test_a_ramp_is_printed_where_it_starts_jumps_and_settles() -> None:
    ramp = [(float(t), t / 10) for t in range(14)]
    assert belt_lines([*ramp, (14.0, 1.3), (15.0, 1.3), (16.0, 1.3)]) == [
        "00:00  BELT   0.0 km/h",
        "00:01  BELT   0.1 km/h",
        "00:06  BELT   0.6 km/h",
        "00:11  BELT   1.1 km/h",
        "00:15  BELT   1.3 km/h",
    ]


def test_a_belt_that_comes_to_rest_is_printed_at_once() -> None:
    assert belt_lines([(0.0, 0.3), (0.5, 0.2), (1.0, 0.0)])[-1] == "00:01  BELT   0.0 km/h"


def test_a_report_without_a_speed_is_not_printed() -> None:
    assert belt_lines([(0.0, None)]) == []


def test_text_from_a_file_cannot_move_the_cursor() -> None:
    event = {"t": 0.0, "event": "plan", "workout": "a\x1b[2J\nb\u202e", "duration_s": 60}
    line = LineRenderer().render(event)
    assert line is not None
    assert "a?[2J?b?" in line


KEYS = st.sampled_from(
    [
        "t",
        "event",
        "kind",
        "step",
        "heading",
        "index",
        "speed_kmh",
        "text",
        "value",
        "limited_by",
        "duration_s",
        "fault",
        "cause",
    ]
)
NAMES = st.sampled_from(
    ["plan", "turn", "cue", "phase", "command", "telemetry", "fault", "sensor", "end", "x"]
)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | NAMES
SOME = st.dictionaries(KEYS, VALUES | st.lists(VALUES, max_size=3))


@given(SOME, NAMES)
def test_no_event_breaks_the_renderer_or_makes_two_lines(
    event: dict[str, object], name: str
) -> None:
    line = LineRenderer().render({**event, "event": name})
    assert line is None or line.isprintable()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00"), (59.6, "01:00"), (3725, "62:05"), (-1, "00:00")]
)
def test_a_time_is_minutes_and_seconds(seconds: float, text: str) -> None:
    assert clock(seconds) == text


# --- the closing table ----------------------------------------------------------------------------

SESSION: list[Event] = [
    {
        "t": 0.0,
        "event": "plan",
        "workout": "circle",
        "profile": "home-beginner",
        "planned_s": {"forward": 60, "right": 60, "backward": 60},
    },
    {
        "t": 1.0,
        "event": "phase",
        "index": 0,
        "kind": "walk",
        "heading": "forward",
        "target_speed_kmh": 2.5,
        "cap_kmh": 5.0,
        "duration_s": 60,
    },
    {"t": 5.0, "event": "telemetry", "speed_kmh": 2.5},
    {"t": 65.0, "event": "turn", "from": "forward", "to": "right", "step": "slow"},
    {
        "t": 80.0,
        "event": "phase",
        "index": 1,
        "kind": "side_step",
        "heading": "right",
        "target_speed_kmh": 1.0,
        "duration_s": 60,
    },
    {"t": 85.0, "event": "telemetry", "speed_kmh": 1.15},
    {"t": 86.5, "event": "telemetry", "speed_kmh": 1.0},
    {"t": 90.0, "event": "fault", "fault": "wrong_unit", "action": "stop", "text": ""},
    {
        "t": 95.0,
        "event": "end",
        "reason": "fault",
        "by": "monitor",
        "cause": "wrong_unit",
        "belt_stopped": True,
    },
]


def test_the_closing_table_sets_the_measured_against_the_cap() -> None:
    assert table(summarise(SESSION)).splitlines() == [
        "heading         planned     done     highest         cap    above cap",
        "▲ forward         01:00    01:00    2.5 km/h    5.0 km/h          0 s",
        "▶ right           01:00    00:05   1.15 km/h    1.0 km/h        1.5 s",
        "▼ backward        01:00    00:00           -           -          0 s",
        "in all            03:00    01:05                                1.5 s",
        "",
        "Fault by monitor (wrong unit); the belt stands; 0 stops; faults: wrong unit.",
    ]


def test_the_closing_table_shows_the_highest_heart_rate_where_there_was_one() -> None:
    beating = [{**event, "heart_rate_bpm": 118} for event in SESSION[:-2]]
    lines = table(summarise([*beating, *SESSION[-2:]])).splitlines()
    assert lines[0].endswith("above cap heart rate")
    assert lines[1].endswith("          0 s    118 bpm")
    assert lines[3].endswith("          0 s")
    assert lines[4].endswith("        1.5 s    118 bpm")
    assert max(len(line) for line in lines) <= 80


def test_the_cadence_stands_in_the_belts_line() -> None:
    event = {"t": 3.0, "event": "telemetry", "speed_kmh": 1.0, "heart_rate_bpm": 90}
    line = LineRenderer().render({**event, "cadence_per_min": 104})
    assert line == "00:03  BELT   1.0 km/h, 90 beats per minute, cadence 104"


@pytest.mark.parametrize(
    ("state", "text", "words"),
    [
        ("connected", "", "sensor strap: connected"),
        ("lost", "the link", "sensor strap: lost; it is looked for"),
        ("not_found", "no radio", "sensor strap: not found; it is looked for (no radio)"),
        ("malformed", "no flags", "sensor strap: it sends what cannot be read (no flags)"),
        ("asleep", "", "sensor strap: asleep"),
    ],
)
def test_what_becomes_of_a_sensor_is_a_line_and_its_readings_are_none(
    state: str, text: str, words: str
) -> None:
    renderer = LineRenderer()
    event = {"t": 5.0, "event": "sensor", "sensor": "strap", "state": state, "text": text}
    assert renderer.render(event) == f"00:05  NOTE   {words}"
    for reading in ("heart_rate", "running"):
        assert renderer.render({"t": 5.0, "event": reading, "sensor": "strap"}) is None


def test_the_closing_table_has_words_where_shapes_are_unwelcome() -> None:
    assert table(summarise(SESSION), shapes=False).isascii()


def test_a_session_that_breaks_off_says_so() -> None:
    assert table(summarise(SESSION[:3])).endswith(
        "The record breaks off: how this session ended is not known; the belt is not\n"
        "known to stand: pull the red key."
    )


def test_a_belt_that_may_run_is_the_last_word() -> None:
    unsure = [*SESSION[:-1], {**SESSION[-1], "belt_stopped": None}]
    assert "pull the red key" in table(summarise(unsure))


# --- a plan ---------------------------------------------------------------------------------------


def phase(
    index: int, kind: PhaseKind, heading: Heading, duration_s: float, kmh: float
) -> PlannedPhase:
    speed = Speed.from_kmh(kmh)
    turns = heading is not Heading.FORWARD
    limits = PhaseLimits(speed, LEVEL, LEVEL, 10, 30, 1200.0, ())
    turn = Turn(Side.RIGHT, 1) if turns else None
    return PlannedPhase(index, kind, heading, duration_s, speed, speed, LEVEL, limits, turn)


PLAN = Plan(
    workout="circle",
    profile="home-beginner",
    phases=(
        phase(0, PhaseKind.WARM_UP, Heading.FORWARD, 300.0, 3.0),
        replace(
            phase(1, PhaseKind.SIDE_STEP, Heading.RIGHT, 60.0, 1.0),
            crossover=Crossover.ALTERNATING,
            limited_by=("home-beginner: side-step 1.0 km/h, " + "because of much else " * 4,),
        ),
        replace(
            phase(2, PhaseKind.DIAGONAL, Heading.BACKWARD, 60.0, 1.5),
            turn=Turn(Side.RIGHT, 2),
            side=Side.LEFT,
        ),
        replace(
            phase(3, PhaseKind.COOL_DOWN, Heading.FORWARD, 180.0, 2.5),
            turn=Turn(Side.RIGHT, 1),
            end_speed=Speed(150),
        ),
    ),
    limited_by=("backward time: 6 min a session",),
    notes=("The weekly share is judged by run, not here.",),
)


def test_a_plan_fits_80_columns_and_tells_everything() -> None:
    lines = plan_lines(PLAN)
    assert max(map(len, lines)) <= 80
    assert lines[:6] == [
        "circle, profile home-beginner",
        "10:00 of walking in 4 phases; turns, on a stopped belt, come on top",
        "",
        "start  heading     kind         time  speed            cap        incline",
        "00:00  ▲ forward   warm-up     05:00  3.0 km/h         3.0 km/h   0.0 %",
        "       ⟳ turn right, on READY",
    ]
    text = "\n".join(lines)
    for told in (
        "       ⟳ turn right twice, on READY",
        "         crossover alternating",
        "         to the left",
        "         limited by home-beginner: side-step 1.0 km/h, because",
        "07:00  ▲ forward   cool-down   03:00  2.5 to 1.5 km/h  2.5 km/h   0.0 %",
        "▲ forward    08:00",
        "in all       10:00",
        "Distance: about 392 m.",
        "for 70 kg, an assumed mass",
        "Limits\n  - backward time: 6 min a session",
        "Notes\n  - The weekly share is judged by run, not here.",
    ):
        assert told in text


def test_a_plan_without_limits_lists_none() -> None:
    bare = "\n".join(plan_lines(replace(PLAN, limited_by=(), notes=()), shapes=False))
    assert "Limits" not in bare
    assert "Notes" not in bare
    assert "turn right" in bare
    assert "▲" not in bare


def test_an_energy_is_an_estimate_for_a_mass() -> None:
    # One minute backward at 3.5 mph on the level is 6.0 MET: 6.0 x 3.5 x 80 / 200 kcal.
    backward = phase(0, PhaseKind.WALK, Heading.BACKWARD, 60.0, 5.63)
    lines = plan_lines(replace(PLAN, phases=(backward,)), mass_kg=80.0)
    assert any(
        line.startswith("Energy: about 8 kcal, 7 to 10 (an estimate, ±20 %") for line in lines
    )
    assert "assumed" not in "".join(lines)
