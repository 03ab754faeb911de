"""What the core is told survives the journal, to the last bit."""

import json
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plan_building import (
    BEGINNER,
    CIRCLE,
    CLINIC,
    EXPERIENCED,
    block,
    machine,
    phase,
    plan_blocks,
)
from plan_strategies import machines, planned, profiles, workouts
from quarterturn.bridge.records import (
    Setup,
    decode_report,
    decode_setup,
    encode_command,
    encode_crash,
    encode_event,
    encode_report,
    encode_setup,
)
from quarterturn.configs import names_in, shipped_folder
from quarterturn.machines import load_machine_record
from quarterturn.model import (
    Capabilities,
    CommandOutcome,
    Crossover,
    HeartRate,
    MachineRecord,
    Notice,
    NoticeKind,
    Outcome,
    Permitted,
    PhaseKind,
    Report,
    RunningCadence,
    SensorNotice,
    SensorState,
    SetIncline,
    SetSpeed,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.plan import PlanRefused, make_plan
from quarterturn.profiles import Profile
from quarterturn.units import Incline, Speed
from quarterturn.workout.files import load_workout
from quarterturn.workout.phases import Side, Workout

TIMES = st.floats(0, 1e9, allow_nan=False)
SPEEDS = st.integers(0, 0xFFFF).map(Speed)
INCLINES = st.integers(-0x8000, 0x7FFF).map(Incline)
COUNTS = st.integers(0, 2**24)
TEXTS = st.text(st.characters(codec=None), max_size=30)


def perhaps(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


COMMANDS = st.one_of(
    st.just(Start()), st.just(Stop()), SPEEDS.map(SetSpeed), INCLINES.map(SetIncline)
)
PERMITTED = st.builds(Permitted, COMMANDS, TEXTS, st.lists(TEXTS, max_size=3).map(tuple))
TELEMETRY = st.builds(
    Telemetry,
    TIMES,
    speed=perhaps(SPEEDS),
    incline=perhaps(INCLINES),
    distance_m=perhaps(COUNTS),
    elapsed_s=perhaps(COUNTS),
    energy_kcal=perhaps(COUNTS),
    heart_rate_bpm=perhaps(COUNTS),
    steps=perhaps(COUNTS),
    truncated=st.booleans(),
)
NOTICES = st.builds(
    Notice,
    TIMES,
    st.sampled_from(NoticeKind),
    speed=perhaps(SPEEDS),
    incline=perhaps(INCLINES),
    command=perhaps(COMMANDS),
    text=TEXTS,
)
OUTCOMES = st.builds(
    CommandOutcome,
    PERMITTED,
    st.sampled_from(Outcome),
    TIMES,
    perhaps(TIMES),
    answered_s=perhaps(TIMES),
    detail=TEXTS,
)


NUMBERS = st.floats(0, 1e9)
SENSED = st.one_of(
    st.builds(
        HeartRate,
        TIMES,
        TEXTS,
        perhaps(COUNTS),
        contact=perhaps(st.booleans()),
        rr_intervals_s=st.lists(st.integers(0, 0xFFFF).map(lambda it: it / 1024)).map(tuple),
        energy_kj=perhaps(COUNTS),
    ),
    st.builds(
        RunningCadence,
        TIMES,
        TEXTS,
        cadence_per_min=perhaps(COUNTS),
        speed_m_per_s=perhaps(NUMBERS),
        stride_length_m=perhaps(NUMBERS),
        distance_m=perhaps(NUMBERS),
        running=st.booleans(),
    ),
    st.builds(SensorNotice, TIMES, TEXTS, st.sampled_from(SensorState), TEXTS),
)


def through_json(line: dict[str, object]) -> dict[str, object]:
    result: dict[str, object] = json.loads(json.dumps(line, allow_nan=False))
    return result


@given(st.one_of(TELEMETRY, NOTICES, OUTCOMES, SENSED))
def test_every_report_comes_back_as_it_was(report: Report) -> None:
    assert decode_report(through_json(encode_report(report))) == report


def test_what_is_absent_in_a_report_is_absent_in_its_line() -> None:
    assert encode_report(Telemetry(1.5)) == {"kind": "telemetry", "at": 1.5}
    assert encode_report(Telemetry(1.5, Speed(0))) == {"kind": "telemetry", "at": 1.5, "speed": 0}
    assert encode_report(Notice(2.0, NoticeKind.STOPPED)) == {
        "kind": "notice",
        "at": 2.0,
        "notice": "stopped",
    }
    assert encode_report(HeartRate(2.0, "strap", 90)) == {
        "kind": "heart_rate",
        "at": 2.0,
        "sensor": "strap",
        "bpm": 90,
    }
    pod = {"kind": "running", "at": 2.0, "sensor": "pod"}
    assert encode_report(RunningCadence(2.0, "pod")) == pod
    lost = {"kind": "sensor", "at": 2.0, "sensor": "pod", "state": "lost"}
    assert encode_report(SensorNotice(2.0, "pod", SensorState.LOST)) == lost


def test_lines_are_what_a_reader_of_the_file_expects() -> None:
    permitted = Permitted(SetSpeed(Speed(250)), "session", ("home-beginner: 2.5 km/h",))
    assert encode_command(permitted, 7.25) == {
        "kind": "command",
        "at": 7.25,
        "command": ["set_speed", 250],
        "source": "session",
        "limited_by": ["home-beginner: 2.5 km/h"],
    }
    event = {"t": 1.0, "event": "cue", "kind": "turn", "text": "now"}
    assert encode_event(event, decided=True) == {"kind": "event", "t": 1.0, "event": event}
    assert encode_event(event, decided=False)["decided"] is False
    assert encode_crash(ValueError("oh"), 3.0) == {
        "kind": "crash",
        "at": 3.0,
        "what": "ValueError: oh",
    }


WORKOUTS = [name for name in names_in(shipped_folder() / "workouts") if "programme" not in name]


@pytest.mark.parametrize("profile", [BEGINNER, EXPERIENCED, CLINIC], ids=lambda each: each.name)
@pytest.mark.parametrize("workout", WORKOUTS)
def test_every_shipped_plan_comes_back_as_it_was(workout: str, profile: Profile) -> None:
    capabilities = machine()
    try:
        plan = make_plan(load_workout(workout), profile, capabilities)
    except PlanRefused:
        pytest.skip("this profile cannot walk it")
    setup = Setup(12.125, plan, capabilities, load_machine_record("simulated"))
    assert decode_setup(through_json(encode_setup(setup))) == setup


def test_what_no_shipped_plan_has_comes_back_as_it_was() -> None:
    diagonals = [phase("forward", kind=PhaseKind.DIAGONAL, side=side) for side in Side]
    plan = plan_blocks(
        block(*CIRCLE, repeat=7),
        block(*diagonals),
        block(phase("forward", (2.0, 3.33), 133.3, pct=3, cue="Well done.")),
        block(phase("left", crossover=Crossover.ALTERNATING), phase("forward", 6.5, 20)),
        profile=EXPERIENCED,
    )
    assert plan.limited_by
    assert plan.notes
    setup = Setup(12.125, plan, machine(), load_machine_record("simulated"))
    assert decode_setup(through_json(encode_setup(setup))) == setup


@settings(max_examples=150)
@given(workouts(), profiles(), machines())
def test_every_plan_comes_back_as_it_was(
    one: Workout, profile: Profile, on: Capabilities | None
) -> None:
    plan = planned(one, profile, on)
    if plan is not None:
        setup = Setup(12.125, plan, on or machine(), MachineRecord())
        assert decode_setup(through_json(encode_setup(setup))) == setup


@pytest.mark.parametrize("name", list(names_in(shipped_folder() / "treadmills")))
def test_every_shipped_machine_comes_back_as_it_was(name: str) -> None:
    plan = make_plan(load_workout("circle"), BEGINNER, None)
    setup = Setup(0.0, plan, machine(incline=None), load_machine_record(name))
    assert decode_setup(through_json(encode_setup(setup))) == setup
    assert setup.record != MachineRecord()


def test_what_is_no_setup_is_refused() -> None:
    line = encode_setup(Setup(0.0, plan_blocks(block(*CIRCLE)), machine(), MachineRecord()))
    setup = cast("dict[str, dict[str, object]]", through_json(line)["setup"])
    del setup["plan"]["workout"]
    with pytest.raises(ValueError, match="workout"):
        decode_setup({"kind": "setup", "setup": setup})


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "telemetry"},
        {"kind": "telemetry", "at": "1"},
        {"kind": "telemetry", "at": True},
        {"kind": "telemetry", "at": 1.0, "speed": -1},
        {"kind": "telemetry", "at": 1.0, "speed": 2.5},
        {"kind": "telemetry", "at": 1.0, "distance_m": "far"},
        {"kind": "telemetry", "at": 1.0, "truncated": 1},
        {"kind": "telemetry", "at": 1.0, "unknown": 1},
        {"kind": "notice", "at": 1.0},
        {"kind": "notice", "at": 1.0, "notice": "party"},
        {"kind": "notice", "at": 1.0, "notice": "accepted", "command": ["fly"]},
        {"kind": "notice", "at": 1.0, "notice": "accepted", "command": ["set_speed", "1"]},
        {"kind": "outcome", "at": 1.0, "outcome": "confirmed"},
        {"kind": "outcome", "at": 1.0, "command": ["stop"], "source": "s", "limited_by": 5},
        {"kind": "heart_rate", "at": 1.0},
        {"kind": "heart_rate", "at": 1.0, "sensor": 5},
        {"kind": "heart_rate", "at": 1.0, "sensor": "strap", "bpm": 90.5},
        {"kind": "heart_rate", "at": 1.0, "sensor": "strap", "contact": 1},
        {"kind": "heart_rate", "at": 1.0, "sensor": "strap", "rr_intervals_s": ["1"]},
        {"kind": "heart_rate", "at": 1.0, "sensor": "strap", "speed": 100},
        {"kind": "running", "at": 1.0, "sensor": "pod", "speed_m_per_s": "fast"},
        {"kind": "sensor", "at": 1.0, "sensor": "pod"},
        {"kind": "sensor", "at": 1.0, "sensor": "pod", "state": "asleep"},
        {
            "kind": "outcome",
            "at": 1.0,
            "command": ["stop"],
            "source": "session",
            "limited_by": [],
            "outcome": "perhaps",
        },
    ],
)
def test_what_is_no_report_is_refused(line: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        decode_report(line)
