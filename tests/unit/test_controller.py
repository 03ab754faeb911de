"""The whole core as one machine: when it wants to be asked, and what it passes on."""

import json
import math
from dataclasses import replace

import pytest

from quarterturn.controller import TICK_S, Controller
from quarterturn.governor import Latch, NotPermittedError
from quarterturn.model import (
    Capabilities,
    CommandOutcome,
    Heading,
    Notice,
    NoticeKind,
    Outcome,
    Permitted,
    SetIncline,
    SetSpeed,
    Start,
    Stop,
)
from quarterturn.session import Intent, State
from quarterturn.units import Incline, Speed
from unit.session.bench import BEGAN_S, CAPABILITIES, RECORD, Bench, plan


def test_a_treadmill_whose_speed_cannot_be_set_is_refused() -> None:
    with pytest.raises(NotPermittedError):
        Controller(plan(), Capabilities(speed=None, incline=None), RECORD, BEGAN_S)


def test_the_plan_is_the_first_event_at_zero() -> None:
    controller = Controller(plan(), CAPABILITIES, RECORD, BEGAN_S)
    assert controller.take_events() == [
        {
            "t": 0.0,
            "event": "plan",
            "workout": "Test",
            "profile": "tester",
            "duration_s": 180,
            "phases": 6,
            "limited_by": [],
            "planned_s": {"forward": 90, "right": 30, "backward": 30, "left": 30},
        }
    ]
    assert controller.take_events() == []
    assert controller.began_s == BEGAN_S
    assert not controller.ended


def test_it_ticks_ten_times_a_second_while_the_belt_moves() -> None:
    bench = Bench()
    bench.until(State.START)
    assert bench.controller.due_s(bench.now_s) == pytest.approx(bench.now_s + TICK_S)
    bench.until(State.WALK)
    bench.run(0.37)
    assert bench.now_s < bench.controller.due_s(bench.now_s) <= bench.now_s + TICK_S


def test_it_sleeps_until_something_is_due_while_the_belt_stands() -> None:
    bench = Bench(person=False)
    bench.until(State.READY)
    assert bench.controller.due_s(bench.now_s) > bench.now_s + 2.0
    bench.give(Intent.READY)
    assert bench.controller.due_s(bench.now_s) == pytest.approx(bench.now_s + 1.0)
    bench.give(Intent.STOP)
    assert bench.controller.ended
    assert bench.controller.due_s(bench.now_s) == math.inf


def test_the_end_of_a_phase_is_met_to_the_moment_and_not_to_the_tenth() -> None:
    bench = Bench()
    bench.walk_in(0)
    bench.run(0.04)
    bench._report_s += 0.57  # a report is a reason to look, and must not come with the end
    settled = bench.of("start")[-1]
    bench.until_event(event="phase", index=1)
    began = bench.of("phase")[-1]
    assert float(str(began["t"])) == pytest.approx(float(str(settled["t"])) + 30.0, abs=0.0011)


@pytest.mark.parametrize(
    ("command", "name", "value"),
    [
        (Start(), "start", None),
        (Stop(), "stop", None),
        (SetSpeed(Speed(60)), "set_speed", 0.6),
        (SetIncline(Incline(15)), "set_incline", 1.5),
    ],
)
def test_the_outcome_of_every_command_is_an_event(
    command: Start | Stop | SetSpeed | SetIncline, name: str, value: float | None
) -> None:
    bench = Bench()
    known_s = bench.now_s + 1.7
    permitted = Permitted(command, "session", ("slower: 0.6 km/h",))
    outcome = CommandOutcome(permitted, Outcome.CONFIRMED, known_s, bench.now_s + 0.0004, known_s)
    bench.controller.report(outcome)
    (event,) = bench.controller.take_events()
    assert event == {
        "t": 1.7,
        "event": "command",
        "command": name,
        "value": value,
        "source": "session",
        "outcome": "confirmed",
        "sent_t": 0.0,
        "limited_by": ["slower: 0.6 km/h"],
        "detail": "",
    }
    assert json.loads(json.dumps(event)) == event


def test_a_command_that_was_never_written_has_no_time_of_writing() -> None:
    bench = Bench()
    permitted = Permitted(SetSpeed(Speed(60)), "session")
    bench.controller.report(CommandOutcome(permitted, Outcome.SUPERSEDED, bench.now_s, None))
    assert bench.controller.take_events()[0]["sent_t"] is None


def test_a_refused_start_is_a_fault_before_it_is_an_outcome() -> None:
    bench = Bench()
    bench.until(State.START)
    refused = CommandOutcome(
        Permitted(Start(), "session"), Outcome.REJECTED, bench.now_s, bench.now_s, detail="busy"
    )
    bench.controller.report(refused)
    events = [event["event"] for event in bench.controller.take_events()]
    assert events[0] == "fault"
    assert events[-1] == "command"


def test_telemetry_counts_distance_from_the_first_report() -> None:
    bench = Bench()
    bench._metres = 4000.0
    bench.run(3.0)
    assert {event["distance_m"] for event in bench.of("telemetry")} == {0}


def test_the_heading_is_the_one_that_ready_was_given_for() -> None:
    bench = Bench()
    assert bench.controller.heading is Heading.FORWARD
    bench.until_event(event="turn", step="ready")
    assert bench.controller.heading is Heading.FORWARD
    bench.until_event(event="phase", heading="right")
    assert bench.controller.heading is Heading.RIGHT


def test_the_belt_may_move_until_it_is_proved_to_stand() -> None:
    bench = Bench()
    assert bench.controller.belt_may_move
    bench.until(State.READY)
    assert not bench.controller.belt_may_move
    bench.until(State.WALK)
    assert bench.controller.belt_may_move


def test_an_answer_to_a_stop_that_comes_late_does_not_make_a_running_belt_stand() -> None:
    bench = Bench()
    bench.walk_in(0)
    bench.controller.report(Notice(bench.now_s, NoticeKind.ACCEPTED, command=Stop()))
    bench.speed = 0
    bench.until_true(lambda: bench.governor.stillness.verified)
    assert bench.governor.movement is not None
    assert bench.controller.belt_may_move


def test_a_belt_that_is_not_known_to_stand_is_watched_beyond_the_end() -> None:
    bench = Bench()
    bench.walk_in(0)
    bench.hears = False
    bench.give(Intent.STOP)
    assert bench.finish()["belt_stopped"] is None
    assert bench.controller.due_s(bench.now_s) == pytest.approx(bench.now_s + TICK_S)


def test_a_stop_that_says_nothing_of_a_ramp_is_one_at_once() -> None:
    bench = Bench()
    bench.walk_in(0)
    bench.controller.stop(bench.now_s, "walker")
    bench.tick()
    assert bench.commands()[-1] == Stop()


def test_a_lost_screen_latches_even_where_the_session_hangs() -> None:
    bench = Bench()
    bench.walk_in(0)
    bench.session._do = {state: lambda now_s: None for state in State}
    bench.controller.screen_lost(bench.now_s)
    assert bench.governor.latch is Latch.LATCHED
    bench.tick()
    assert bench.commands()[-1] == SetSpeed(Speed(70))


def test_a_clock_that_stood_latches_even_where_the_session_hangs() -> None:
    bench = Bench()
    bench.walk_in(2)
    bench.session._do = {state: lambda now_s: None for state in State}
    bench._move_to(bench.now_s + 1.2)
    bench.report()
    bench.tick()
    assert bench.governor.latch is Latch.LATCHED
    assert bench.commands()[-1] == SetSpeed(Speed(50))


def test_a_belt_stopped_at_the_console_without_a_word_ends_the_session() -> None:
    bench = Bench()
    bench.walk_in(0)
    bench.speed = 0
    end = bench.finish()
    assert (end["reason"], end["by"], end["belt_stopped"]) == ("stopped", "console", True)


def test_a_stop_that_the_machine_tells_of_is_not_left_to_the_next_report() -> None:
    bench = Bench()
    bench.walk_in(0)
    bench.notice(NoticeKind.STOPPED)
    assert bench.session.ending is not None


def test_an_old_status_replayed_at_the_subscription_stops_nothing() -> None:
    bench = Bench()
    bench.notice(NoticeKind.STOPPED)
    bench.notice(NoticeKind.SAFETY_KEY)
    assert bench.finish()["reason"] == "completed"


def test_totals_left_open_in_a_plan_are_no_limit() -> None:
    short = Bench(replace(plan(), max_non_forward_s=40.0))
    assert short.finish()["cause"] == "overtime"
    assert Bench(plan()).finish()["reason"] == "completed"
