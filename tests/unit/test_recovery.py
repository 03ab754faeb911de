"""After a program that steered the belt has died: what moves is stopped, and nothing started."""

from dataclasses import replace

import pytest

from quarterturn.governor import Latch, NotPermittedError
from quarterturn.model import (
    Capabilities,
    CommandOutcome,
    Heading,
    HeartRate,
    Notice,
    NoticeKind,
    Outcome,
    Permitted,
    Start,
)
from quarterturn.recovery import Recovery
from quarterturn.stillness import seconds_of_proof, seconds_to_start
from unit.belt_model import RECORD, UNKNOWN, Belt
from unit.recovery_bench import PATIENCE_S, PROOF_S, WHAT, Scene, report_at, running

# --- how it begins --------------------------------------------------------------------------------


def test_a_treadmill_whose_speed_cannot_be_set_is_refused() -> None:
    with pytest.raises(NotPermittedError):
        Recovery(Capabilities(None, None), RECORD, 0.0, what_happened=WHAT)


def test_the_first_event_says_what_happened() -> None:
    scene = Scene(began_s=7.0)
    assert scene.events == [{"t": 0.0, "event": "recovery", "step": "begin", "text": WHAT}]
    assert scene.recovery.began_s == 7.0
    assert not scene.recovery.ended


def test_nothing_is_known_of_the_belt_and_everything_is_latched() -> None:
    recovery = Scene().recovery
    assert recovery.governor.latch is Latch.LATCHED
    assert recovery.belt_may_move
    assert recovery.heading is Heading.FORWARD


def test_it_ticks_ten_times_a_second() -> None:
    assert Scene().recovery.due_s(3.25) == pytest.approx(3.35)


# --- a belt that moves ----------------------------------------------------------------------------


def test_a_belt_found_moving_is_stopped_with_its_first_report() -> None:
    scene = Scene(running(report_s=0.4))
    scene.run(0.3)
    assert scene.stops == []
    scene.run(0.1)
    assert scene.stops == [0.4]
    assert scene.steps == ["begin", "stop"]
    assert scene.of("recovery")[-1]["text"] == "The belt is being stopped."
    assert scene.sent[0][1].source == "governor"
    scene.until("stands")
    assert scene.stops == [0.4]
    assert scene.belt.speed == 0
    assert scene.faults == []
    assert not scene.recovery.belt_may_move


def test_a_stop_that_is_only_heard_the_second_time_is_said_again() -> None:
    belt = running(obeys_stop=False)
    scene = Scene(belt)
    scene.run(4.9)
    belt.obeys_stop = True
    scene.until("stands")
    assert len(scene.stops) == 2
    assert belt.speed == 0


def test_a_belt_that_moved_is_believed_sooner_than_one_that_may_be_counting_down() -> None:
    scene = Scene(running(speed=50.0))
    assert scene.until("stands") < PROOF_S / 2


def test_a_belt_that_never_obeys_is_a_case_for_the_red_key() -> None:
    scene = Scene(running(obeys_stop=False))
    scene.run(PATIENCE_S + 10)
    assert 1 < len(scene.stops) <= 3
    assert scene.faults == ["stop_failed"]
    assert scene.of("fault")[0]["action"] == "alarm"
    assert "runs at 3.0 km/h and should stand" in str(scene.of("fault")[0]["text"])
    assert scene.red_keys
    assert scene.red_keys[0] < 15.0
    assert "stands" not in scene.steps
    assert scene.recovery.belt_may_move


def test_a_belt_that_speeds_up_after_the_stop_gets_no_other_one() -> None:
    belt = running()
    scene = Scene(belt)
    scene.run(6.0)
    belt.target = 400.0
    belt.obeys_stop = False
    scene.run(20.0)
    assert len(scene.stops) == 1
    assert scene.faults == ["rose_after_stop"]
    assert scene.red_keys


def test_that_it_moves_unasked_is_said_as_a_stop_and_not_as_a_fault() -> None:
    scene = Scene(running(rate_hz=4.0))
    scene.until("stands")
    assert scene.faults == []
    assert scene.steps == ["begin", "stop", "stands"]


# --- a belt at 0 ----------------------------------------------------------------------------------


def test_a_belt_at_0_gets_no_stop_and_is_believed_only_after_the_time_a_start_may_take() -> None:
    scene = Scene()
    scene.run(PROOF_S - 0.1)
    assert scene.steps == ["begin"]
    assert scene.recovery.belt_may_move
    # The first report comes after a second, and one a second from then on.
    assert PROOF_S + 1.0 <= scene.until("stands") <= PROOF_S + 2.0
    assert scene.of("recovery")[-1]["text"] == "The belt stands."
    assert scene.stops == []
    assert scene.red_keys == []


def test_a_start_as_the_last_word_of_the_dead_program_is_stopped_when_it_comes() -> None:
    belt = Belt(start_s=9.0)
    belt.advance(0.0)
    belt.hear(Start())
    scene = Scene(belt, began_s=1.0)
    moved_s = scene.until("stop") + scene.began_s
    assert 9.0 <= moved_s <= 10.5
    assert "stands" not in scene.steps
    scene.until("stands")
    assert belt.speed == 0
    assert scene.stops == [moved_s]


def test_an_old_stopped_status_does_not_make_a_belt_that_counts_down_believed_sooner() -> None:
    scene = Scene()
    scene.hear(Notice(0.0, NoticeKind.STOPPED))
    scene.run(PROOF_S - 0.1)
    assert "stands" not in scene.steps
    scene.until("stands")
    assert scene.stops == []


def test_a_machine_that_starts_on_a_stop_stands_throughout() -> None:
    scene = Scene(Belt(stop_starts=True))
    scene.until("stands")
    assert scene.belt.distance_m == 0


def test_an_unknown_machine_is_believed_later_than_one_on_record() -> None:
    needed_s = seconds_of_proof(UNKNOWN) + seconds_to_start(UNKNOWN)
    assert needed_s > PROOF_S
    assert Scene(record=UNKNOWN).until("stands") >= needed_s


def test_a_standing_belt_that_somebody_starts_at_the_console_is_stopped() -> None:
    belt = Belt()
    scene = Scene(belt)
    scene.until("stands")
    belt.target = 50.0
    scene.run(3.0)
    assert len(scene.stops) == 1
    assert scene.recovery.belt_may_move
    scene.run(30.0)
    assert belt.speed == 0
    assert scene.steps == ["begin", "stands", "stop", "stands"]


# --- a belt that says nothing ---------------------------------------------------------------------


def test_a_belt_that_says_nothing_gets_one_stop_after_a_second_and_a_half() -> None:
    scene = Scene(running(silent=True))
    scene.run(1.4)
    assert scene.stops == []
    scene.run(0.1)
    assert scene.stops == [1.5]
    assert scene.steps == ["begin", "stop"]
    scene.run(PATIENCE_S)
    assert scene.stops == [1.5]
    assert scene.belt.speed == 0
    assert "stands" not in scene.steps


def test_reports_that_come_all_at_once_are_no_fault_either() -> None:
    scene = Scene(Belt(silent=True))
    for at_s in (0.2, 1.4, 2.6):
        scene.recovery.report(report_at(at_s, 300))
    scene.now_s = 2.6
    scene.tick()
    assert scene.stops == [2.6]
    assert scene.faults == []


def test_a_report_without_a_speed_is_no_word_of_the_belt() -> None:
    scene = Scene(Belt(silent=True))
    scene.hear(report_at(0.0, None))
    scene.run(1.5)
    assert scene.stops == [1.5]


def test_a_belt_that_spoke_once_and_fell_silent_gets_no_stop_for_its_silence() -> None:
    scene = Scene(Belt(silent=True))
    scene.hear(report_at(0.0, 0))
    scene.hear(report_at(0.0, None))
    scene.run(PATIENCE_S)
    assert scene.stops == []


def test_a_belt_that_speaks_late_and_moves_is_stopped_again() -> None:
    # The first Stop was told to nobody: who knows whether it was heard.
    belt = running(silent=True, obeys_stop=False)
    scene = Scene(belt)
    scene.run(5.0)
    belt.silent, belt.obeys_stop = False, True
    scene.until("stands")
    assert len(scene.stops) == 2
    assert scene.stops[0] == 1.5
    assert belt.speed == 0


def test_the_red_key_is_said_once_when_a_belt_is_not_known_to_stand() -> None:
    scene = Scene(Belt(silent=True))
    scene.run(PATIENCE_S - 0.1)
    assert scene.red_keys == []
    scene.run(0.1)
    assert scene.red_keys == [PATIENCE_S]
    scene.run(60.0)
    assert scene.red_keys == [PATIENCE_S]
    assert not scene.recovery.ended


def test_the_patience_is_that_of_the_machine() -> None:
    slow = replace(RECORD, stop_s=30.0)
    scene = Scene(Belt(silent=True), slow)
    scene.run(PATIENCE_S + 19.9)
    assert scene.red_keys == []
    scene.run(0.1)
    assert scene.red_keys == [PATIENCE_S + 20]


def test_a_belt_that_is_known_to_stand_after_the_red_key_was_said_is_known_to_stand() -> None:
    belt = Belt(silent=True)
    scene = Scene(belt)
    scene.run(PATIENCE_S)
    belt.silent = False
    scene.until("stands")
    assert not scene.recovery.belt_may_move


def test_a_belt_that_stood_and_then_runs_for_ever_is_a_case_for_the_red_key_once_more() -> None:
    belt = Belt(silent=True)
    scene = Scene(belt)
    scene.run(PATIENCE_S)
    belt.silent = False
    scene.until("stands")
    belt.silent = True
    scene.hear(report_at(scene.now_s, 80))
    scene.run(PATIENCE_S - 1.0)
    assert len(scene.red_keys) == 1
    scene.run(1.0)
    assert len(scene.red_keys) == 2


# --- what else the machine says -------------------------------------------------------------------


def test_a_lost_link_is_a_case_for_the_red_key() -> None:
    scene = Scene(running())
    scene.run(1.0)
    scene.hear(Notice(scene.now_s, NoticeKind.LINK_LOST))
    assert scene.faults == ["link_lost"]
    assert scene.red_keys == [1.0]


def test_a_belt_that_still_moves_when_the_link_is_back_is_stopped_again() -> None:
    belt = running()
    scene = Scene(belt)
    belt.obeys_stop = False
    scene.run(0.5)
    belt.connected = False
    scene.hear(Notice(scene.now_s, NoticeKind.LINK_LOST))
    scene.run(2.0)
    belt.connected = belt.obeys_stop = True
    scene.hear(Notice(scene.now_s, NoticeKind.RECONNECTED))
    scene.until("stands")
    assert len(scene.stops) == 2
    assert belt.speed == 0


def test_what_became_of_the_stop_is_an_event() -> None:
    scene = Scene(running())
    scene.run(1.0)
    stop = scene.sent[0][1]
    scene.hear(CommandOutcome(stop, Outcome.REJECTED, scene.now_s, scene.now_s, detail="busy"))
    (command,) = scene.of("command")
    assert (command["command"], command["outcome"]) == ("stop", "rejected")
    assert scene.faults == []  # what counts is whether the belt stops


def test_the_outcome_of_what_the_dead_program_asked_for_is_a_fault_once() -> None:
    scene = Scene()
    refused = CommandOutcome(Permitted(Start(), "session"), Outcome.REJECTED, 0.0, 0.0)
    scene.hear(refused)
    scene.hear(refused)
    assert scene.faults == ["refused"]
    assert scene.red_keys == []


def test_reports_are_events() -> None:
    scene = Scene(running())
    scene.run(3.0)
    assert [event["speed_kmh"] for event in scene.of("telemetry")] == [3.0, 2.95, 2.45]


def test_a_sensor_of_the_body_changes_nothing() -> None:
    scene = Scene(Belt(silent=True))
    scene.hear(HeartRate(0.0, "strap", 120))
    scene.run(1.5)
    assert scene.stops == [1.5]
