"""A trial: READY, start, hold, Stop, standstill; and every way out of it."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.model import (
    Capabilities,
    CommandOutcome,
    Heading,
    HeartRate,
    NoticeKind,
    Outcome,
    SetSpeed,
    SpeedRange,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.monitors import FaultKind
from quarterturn.onboarding import scripts
from quarterturn.session import Intent
from quarterturn.units import Speed
from unit.belt_model import Belt
from unit.onboarding.bench import BEGAN_S, PATIENT, Bench

SILENT = replace(PATIENT, silent_when_stopped=True)


def test_a_trial_starts_holds_stops_and_sees_the_belt_stand() -> None:
    bench = Bench()
    bench.to_the_end()
    assert bench.end == ("completed", "script", None, True)
    assert bench.names == ["Start", "SetSpeed", "Stop"]
    assert bench.steps == ["begin", "ready", "countdown", "start", "look", "stop", "zero"]
    assert bench.trial.belt_stopped is True
    assert not bench.trial.belt_may_move
    assert bench.trial.heading is Heading.FORWARD


def test_nothing_moves_without_ready() -> None:
    bench = Bench(person=False)
    bench.to_the_end()
    assert bench.end == ("stopped", "timeout", "ready", True)
    assert bench.names == []


def test_ready_counts_three_seconds_down() -> None:
    bench = Bench()
    bench.until_step("start")
    said = [event["text"] for event in bench.events if event["event"] == "cue"]
    assert said[1:] == ["Three", "Two", "One", "The belt starts"]


def test_ready_means_nothing_where_it_is_not_asked_for() -> None:
    bench = Bench()
    assert not bench.trial.intent(Intent.READY, bench.now_s).accepted
    bench.until_step("look")
    assert not bench.trial.intent(Intent.READY, bench.now_s).accepted
    assert not bench.trial.intent(Intent.FINISH, bench.now_s).accepted
    bench.to_the_end()
    assert bench.names.count("Start") == 1


def test_ready_is_refused_on_old_reports_and_says_why() -> None:
    bench = Bench(person=False)
    bench.until_step("ready")
    bench.belt.silent = True
    bench.run(3)
    answer = bench.trial.intent(Intent.READY, bench.now_s)
    assert (answer.accepted, answer.text) == (False, "the belt is not known to stand")


def test_a_start_is_not_sent_when_the_reports_stop_during_the_countdown() -> None:
    bench = Bench()
    bench.until_step("countdown")
    bench.belt.silent = True
    bench.to_the_end()
    assert "Start" not in bench.names
    assert bench.trial.faults[0].kind is FaultKind.EXPIRED


@pytest.mark.parametrize("step", ["begin", "ready", "countdown", "start", "look", "stop"])
def test_stop_ends_it_at_once_in_every_step(step: str) -> None:
    bench = Bench(person=step != "ready")
    bench.until_step(step)
    assert bench.trial.stop(bench.now_s, "walker", "key").accepted
    bench.tick()
    if "start" in bench.steps:
        assert bench.names[-1] == "Stop"
    bench.to_the_end()
    assert bench.end == ("stopped", "walker", "key", True)
    assert bench.belt.speed == 0


def test_stop_as_an_intent_is_stop() -> None:
    bench = Bench()
    bench.until_step("look")
    assert bench.trial.intent(Intent.STOP, bench.now_s).accepted
    bench.to_the_end()
    assert bench.end == ("stopped", "walker", None, True)


def test_after_the_end_there_is_nothing_to_stop_and_nothing_is_sent() -> None:
    bench = Bench()
    bench.to_the_end()
    assert not bench.trial.stop(bench.now_s, "walker").accepted
    bench.trial.screen_lost(bench.now_s)
    assert bench.trial.tick(bench.now_s + 1) == []
    assert bench.trial.faults == []


def test_a_lost_screen_stops_the_belt() -> None:
    bench = Bench()
    bench.until_step("look")
    bench.trial.screen_lost(bench.now_s)
    bench.tick()
    assert bench.names[-1] == "Stop"
    bench.to_the_end()
    assert bench.end == ("fault", "monitor", "screen_lost", True)


def test_lost_cues_stop_the_belt() -> None:
    bench = Bench()
    bench.until_step("look")
    bench.trial.cues_lost(bench.now_s)
    bench.to_the_end()
    assert bench.end == ("stopped", "screen", "cues lost", True)


def test_a_computer_that_slept_stops_the_belt() -> None:
    bench = Bench()
    bench.until_step("look")
    bench.now_s += 2.0
    bench.tick()
    assert (bench.names[-1], bench.trial.faults[0].kind) == ("Stop", FaultKind.CLOCK)


def test_a_machine_that_counts_in_miles_is_stopped_at_its_slowest_speed() -> None:
    bench = Bench(belt=Belt(unit=1.609, own_start=80.45))
    bench.to_the_end()
    assert bench.end == ("fault", "monitor", "wrong_unit", True)
    assert [each.command for _, each in bench.sent] == [Start(), SetSpeed(Speed(50)), Stop()]


def test_a_belt_that_moves_unasked_is_stopped() -> None:
    bench = Bench(scripts.rest)
    bench.run(2)
    bench.belt.target = 50.0
    bench.to_the_end()
    assert bench.names == ["Stop"]
    assert bench.belt.speed == 0
    assert bench.end[3] is True
    assert bench.trial.faults[0].kind is FaultKind.UNCOMMANDED_MOTION


def test_a_belt_that_ignores_stop_is_not_known_to_stand() -> None:
    bench = Bench(belt=Belt(obeys_stop=False))
    bench.to_the_end()
    assert bench.end[0] == "fault"
    assert bench.end[3] is None
    assert bench.names.count("Stop") == 3
    said = [event["text"] for event in bench.events if event["event"] == "cue"]
    assert "Keep off the belt. Pull the red key." in said


def test_a_belt_that_never_proves_to_stand_is_not_started() -> None:
    bench = Bench(belt=Belt(silent=True))
    bench.to_the_end()
    assert bench.end == ("fault", "monitor", "not_verified", None)
    assert bench.names == []


def test_what_a_command_came_to_is_told_and_a_refused_start_ends_it() -> None:
    bench = Bench()
    bench.until_step("start")
    _, start = bench.sent[-1]
    outcome = CommandOutcome(start, Outcome.REJECTED, bench.now_s, bench.now_s, None, "no")
    bench.trial.report(outcome)
    bench.to_the_end()
    assert bench.trial.observed.outcomes == (outcome,)
    assert bench.end == ("fault", "monitor", "refused", True)


def test_a_report_without_a_speed_is_no_measurement() -> None:
    bench = Bench()
    bench.run(1)
    before = bench.trial.observed.reports
    bench.trial.report(Telemetry(bench.now_s, distance_m=1))
    assert bench.trial.observed.reports == before


def test_a_tilted_belt_is_levelled_and_that_is_no_measurement_either() -> None:
    bench = Bench(belt=Belt(incline=0))
    bench.until_step("look")
    bench.belt.incline = 10
    bench.to_the_end()
    assert bench.names == ["Start", "SetSpeed", "SetIncline", "Stop"]
    assert "SetIncline" not in [type(each).__name__ for _, each in bench.trial.observed.commands]


# --- only watching -------------------------------------------------------------------------------


def test_watching_a_belt_starts_nothing() -> None:
    bench = Bench(scripts.rest)
    bench.to_the_end()
    assert (bench.end, bench.names) == (("completed", "script", None, True), [])
    assert not bench.trial.observed.silent_at_rest


def test_a_machine_that_says_nothing_at_rest_is_seen_to() -> None:
    bench = Bench(scripts.rest, Belt(silent=True))
    bench.to_the_end()
    assert bench.end == ("completed", "script", None, None)
    assert bench.trial.observed.silent_at_rest


# --- machines that are silent when they stand -----------------------------------------------------


def test_where_the_machine_is_silent_a_person_says_twice_that_the_belt_stands() -> None:
    bench = Bench(belt=Belt(silent_at_rest=True, ramp=30), record=SILENT)
    bench.to_the_end()
    assert bench.end == ("completed", "script", None, True)
    questions = [event for event in bench.events if event.get("question") == "belt_still"]
    assert len(questions) == 2
    assert [answer.accepted for answer in bench.answers] == [True, True]
    assert bench.names == ["Start", "SetSpeed", "Stop"]


def test_nobody_who_looks_leaves_the_belt_not_known_to_stand() -> None:
    bench = Bench(belt=Belt(silent_at_rest=True, ramp=30), record=SILENT)
    bench.until_step("stop")
    bench.person = False
    bench.to_the_end(300)
    assert bench.end == ("fault", "monitor", "not_verified", None)


def test_a_belt_that_falls_silent_from_full_speed_is_for_a_person_to_look_at() -> None:
    bench = Bench(belt=Belt(silent_at_rest=True, ramp=1000), record=SILENT)
    bench.to_the_end()
    assert bench.end == ("completed", "script", None, None)
    said = [event["text"] for event in bench.events if event["event"] == "cue"]
    assert said[-1] == "Look at the belt. Does it stand still?"
    assert bench.names == ["Start", "SetSpeed", "Stop"]


# --- the console's pause --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [NoticeKind.PAUSED, NoticeKind.STOPPED, None])
def test_a_pause_at_the_console_is_what_was_asked_for_and_no_stop_follows(
    kind: NoticeKind | None,
) -> None:
    bench = Bench(scripts.pause)
    bench.until_step("press_pause")
    bench.belt.target = 0.0
    if kind is not None:
        bench.notice(kind)
    bench.to_the_end()
    assert bench.end == ("completed", "console", None, True)
    assert bench.names == ["Start", "SetSpeed"]


def test_a_pause_that_nobody_presses_ends_by_itself() -> None:
    bench = Bench(scripts.pause)
    bench.to_the_end()
    assert bench.end == ("completed", "script", None, True)
    assert bench.names[-1] == "Stop"


@pytest.mark.parametrize("step", ["start", "look"])
def test_a_stop_at_the_console_that_was_not_asked_for_ends_it_by_a_person(step: str) -> None:
    bench = Bench()
    bench.until_step(step)
    bench.run(4)
    bench.belt.target = 0.0
    bench.belt.due.clear()
    bench.notice(NoticeKind.SAFETY_KEY)
    bench.to_the_end()
    assert bench.end[:2] == ("stopped", "safety key")


def test_another_client_ends_it() -> None:
    bench = Bench()
    bench.until_step("look")
    bench.notice(NoticeKind.CONTROL_LOST)
    assert bench.names[-1] == "Stop"
    bench.to_the_end()
    assert bench.end == ("stopped", "another client", "control lost", True)


# --- the link is cut -------------------------------------------------------------------------


def cut(bench: Bench, *, back_after_s: float | None = 10.0) -> None:
    bench.until_step("cut_link")
    bench.belt.connected = False
    bench.notice(NoticeKind.LINK_LOST)
    if back_after_s is not None:
        bench.run(back_after_s)
        bench.belt.connected = True
        bench.notice(NoticeKind.RECONNECTED)


def test_no_stop_is_sent_before_the_link_is_cut() -> None:
    bench = Bench(scripts.cut)
    bench.until_step("cut_link")
    assert "Stop" not in bench.names
    bench.run(0.5)
    assert "Stop" not in bench.names


def test_a_belt_that_ran_on_is_stopped_as_soon_as_the_link_is_back() -> None:
    bench = Bench(scripts.cut)
    cut(bench)
    bench.to_the_end()
    assert bench.end == ("completed", "script", None, True)
    assert bench.trial.observed.after_the_cut(silent_when_stopped=False) == "keeps_running"
    assert bench.names[-1] == "Stop"
    assert bench.belt.speed == 0


def test_a_belt_that_stopped_by_itself_gets_no_stop_and_a_person_looks() -> None:
    bench = Bench(scripts.cut)
    bench.until_step("cut_link")
    bench.belt.target = 0.0
    cut(bench)
    after = len(bench.sent)
    bench.to_the_end()
    assert bench.end == ("completed", "script", None, None)
    assert bench.trial.observed.after_the_cut(silent_when_stopped=False) == "stops"
    assert len(bench.sent) == after


def test_a_silent_belt_that_stopped_by_itself_gets_no_stop_either() -> None:
    bench = Bench(scripts.cut, Belt(silent_at_rest=True), SILENT)
    bench.until_step("cut_link")
    bench.belt.target = 0.0
    cut(bench)
    after = len(bench.sent)
    bench.to_the_end()
    assert bench.end == ("completed", "script", None, None)
    assert bench.trial.observed.after_the_cut(silent_when_stopped=True) == "stops"
    assert len(bench.sent) == after


def test_a_treadmill_that_does_not_come_back_leaves_the_red_key() -> None:
    bench = Bench(scripts.cut)
    cut(bench, back_after_s=None)
    bench.to_the_end()
    assert bench.end == ("fault", "monitor", "not_verified", None)
    assert bench.trial.observed.after_the_cut(silent_when_stopped=False) == "unknown"
    said = [event["text"] for event in bench.events if event["event"] == "cue"]
    assert said[-1] == "Keep off the belt. Pull the red key."


def test_a_link_that_is_not_cut_after_all_is_used_to_stop() -> None:
    bench = Bench(scripts.cut)
    bench.to_the_end()
    assert bench.names[-1] == "Stop"
    assert bench.end == ("completed", "script", None, True)


def test_a_link_that_is_lost_by_itself_is_a_fault() -> None:
    bench = Bench()
    bench.until_step("look")
    bench.belt.connected = False
    bench.notice(NoticeKind.LINK_LOST)
    bench.to_the_end()
    assert bench.end == ("fault", "monitor", "link_lost", None)


# --- how fast --------------------------------------------------------------------------------

SCRIPTS = (scripts.rest, scripts.first, scripts.steps, scripts.pause, scripts.cut, scripts.proof)
RANGES = st.builds(
    lambda low, width, step: SpeedRange(Speed(low), Speed(low + width), Speed(step)),
    st.integers(10, 200),
    st.integers(0, 2000),
    st.integers(1, 120),
)


@given(machine=RANGES)
def test_no_script_is_faster_than_two_kilometres_an_hour_or_off_the_grid(
    machine: SpeedRange,
) -> None:
    for make in SCRIPTS:
        for hold in make(machine).holds:
            assert machine.minimum <= hold.speed <= min(scripts.FASTEST, machine.maximum)
            beyond = hold.speed.centi_kmh - machine.minimum.centi_kmh
            assert beyond % machine.step.centi_kmh == 0


@pytest.mark.parametrize("make", SCRIPTS)
def test_nothing_faster_is_ever_sent(make: scripts.MakeScript) -> None:
    machine = Capabilities(SpeedRange(Speed(95), Speed(1600), Speed(10)), None)
    bench = Bench(make, Belt(slowest=95), machine=machine)
    bench.on_event = lambda event: (
        cut(bench) if event.get("step") == "cut_link" else None  # it would wait for it for ever
    )
    bench.to_the_end(300)
    speeds = [each.command.speed for _, each in bench.sent if isinstance(each.command, SetSpeed)]
    assert all(speed <= scripts.FASTEST for speed in speeds)


def test_the_walk_that_proves_a_record_changes_speed_as_gently_as_any() -> None:
    bench = Bench(scripts.proof, Belt(ramp=50))
    bench.to_the_end()
    speeds = [
        each.command.speed.centi_kmh for _, each in bench.sent if isinstance(each.command, SetSpeed)
    ]
    assert max(b - a for a, b in itertools.pairwise(speeds)) == 10
    assert bench.end == ("completed", "script", None, True)


def test_a_sensor_that_somebody_beside_the_belt_wears_changes_nothing() -> None:
    bench = Bench()
    bench.run(3)
    before = len(bench.events)
    bench.trial.report(HeartRate(bench.now_s, "strap", 170))
    bench.tick()
    assert len(bench.events) == before


def test_a_trial_is_told_the_time_ten_times_a_second() -> None:
    assert Bench().trial.due_s(BEGAN_S) == pytest.approx(BEGAN_S + 0.1)
