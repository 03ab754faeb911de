"""A session by itself: when it loses patience, what it remembers, and what it says."""

from dataclasses import replace

import pytest

from quarterturn import cues
from quarterturn.english import ENGLISH
from quarterturn.governor import Latch
from quarterturn.model import NoticeKind
from quarterturn.session import Intent, State
from unit.session.bench import (
    BEGAN_S,
    COOL_DOWN,
    RECORD,
    RIGHT,
    Bench,
    phase,
    plan,
)

REMINDER = "Hold the rail. Press ready when you stand firmly."
SILENCE = "Hold the rails. The treadmill is silent."


def at_s(event: dict[str, object]) -> float:
    """Return when an event happened, by the clock of the bench."""
    return BEGAN_S + float(str(event["t"]))


# --- patience


def test_a_belt_that_runs_on_is_waited_for_as_long_as_its_record_says_and_ten_seconds() -> None:
    record = replace(RECORD, stop_s=8.0, latency_s=1.5, false_zero_s=3.0)
    bench = Bench(record=record)
    bench.walk_in(0)
    bench.hears = False
    bench.give(Intent.STOP)
    stopped = bench.until_event(event="halt", step="stop")
    end = bench.finish()
    assert [event["step"] for event in bench.of("halt")] == ["slow", "stop"]
    patience_s = 8.0 + 1.5 + 3.0 + 10.0
    assert at_s(end) - at_s(stopped) == pytest.approx(patience_s, abs=0.2)


def test_a_treadmill_that_fell_silent_is_given_up_ten_seconds_after_its_last_word() -> None:
    bench = Bench()
    bench.walk_in(0)
    heard_s = bench.governor.heard_s
    bench.speaks = False
    assert at_s(bench.finish()) - heard_s == pytest.approx(10.0, abs=0.2)


def test_a_treadmill_whose_link_was_lost_is_given_up_when_nobody_looks_for_it_any_more() -> None:
    bench = Bench(record=replace(RECORD, stop_s=20.0))
    bench.walk_in(0)
    heard_s = bench.governor.heard_s
    bench.speaks = bench.hears = False
    bench.notice(NoticeKind.LINK_LOST)
    assert at_s(bench.finish()) - heard_s == pytest.approx(36.0, abs=0.2)


def test_every_wait_for_ready_is_reminded_of_after_a_minute_once() -> None:
    bench = Bench(person=False)
    for _ in range(2):
        bench.until(State.READY)
        asked_s = bench.now_s
        said = bench.cues().count(REMINDER)
        bench.until_true(lambda said=said: bench.cues().count(REMINDER) > said)  # type: ignore[misc]
        assert bench.now_s - asked_s == pytest.approx(60.0, abs=0.2)
        bench.run(10.0)
        assert bench.cues().count(REMINDER) == said + 1
        bench.give(Intent.READY)


def test_every_silence_is_warned_about() -> None:
    bench = Bench()
    bench.walk_in(0)
    for _ in range(2):
        bench.speaks = False
        bench.run(3.2)
        bench.speaks = True
        bench.run(2.0)
    assert bench.cues().count(SILENCE) == 2
    assert bench.state is State.WALK


# --- on the way to a standstill


def test_a_stop_says_how_long_the_phase_was_walked_to_the_millisecond() -> None:
    bench = Bench()
    settled = bench.until_event(step="settle")
    bench._move_to(at_s(settled) + 7.1236)
    bench.give(Intent.STOP)
    assert bench.of("halt")[0]["walked_s"] == 7.124


def test_a_phase_that_is_stopped_after_its_time_was_walked_for_its_time_alone() -> None:
    bench = Bench()
    settled = bench.until_event(step="settle")
    bench.run_to(at_s(settled) + 29.9)
    bench._move_to(at_s(settled) + 30.5)
    bench.controller.stop(bench.now_s, "walker")
    bench.tick()
    assert bench.of("halt")[0]["walked_s"] == 30.0


def test_the_slowing_begins_with_the_end_of_the_phase_and_not_a_tick_later() -> None:
    bench = Bench()
    bench.until_event(event="turn", step="slow")
    movement = bench.governor.movement
    assert movement is not None
    assert movement.moved_s is not None
    assert movement.slowing_s == pytest.approx(movement.moved_s + 60.0, abs=0.002)


def test_what_ends_early_is_reported_as_a_halt_and_no_longer_as_a_turn() -> None:
    bench = Bench()
    bench.walk_in(2)
    bench.give(Intent.STOP)
    turns = len(bench.of("turn"))
    bench.finish()
    assert len(bench.of("turn")) == turns
    assert [event["step"] for event in bench.of("halt")] == ["slow", "stop", "verify"]


def test_a_stop_while_a_turn_waits_for_the_proof_makes_a_halt_of_it() -> None:
    bench = Bench()
    bench.until_event(event="turn", step="verify")
    bench.until_true(lambda: not bench.governor.stillness.moving)
    assert bench.state is State.VERIFY
    bench.give(Intent.STOP)
    assert bench.finish()["belt_stopped"] is True
    assert [event["step"] for event in bench.of("halt")] == ["slow", "stop", "verify"]


def test_a_belt_that_moves_unasked_while_ready_is_awaited_is_brought_to_a_halt() -> None:
    bench = Bench(person=False)
    bench.until(State.READY)
    bench.speed = 100
    bench.finish()
    assert [event["step"] for event in bench.of("halt")] == ["slow", "stop", "verify"]


def test_a_stop_at_the_console_is_confirmed_aloud() -> None:
    bench = Bench()
    bench.walk_in(0)
    bench.speed = 0
    bench.notice(NoticeKind.STOPPED)
    assert cues.stopped(ENGLISH).text in bench.cues()


def test_a_wait_that_nobody_ends_is_ended_aloud() -> None:
    bench = Bench(person=False)
    bench.finish()
    assert bench.cues()[-1] == cues.ready_timed_out(ENGLISH).text


def test_a_pause_is_announced() -> None:
    bench = Bench()
    bench.walk_in(0)
    bench.give(Intent.PAUSE)
    assert bench.of("cue")[-1]["kind"] == "pause"


def test_nobody_walks_unsighted_in_a_pause() -> None:
    bench = Bench()
    bench.walk_in(2)
    bench.person = False
    bench.give(Intent.PAUSE)
    bench.until(State.READY)
    assert not bench.session.walks_unsighted
    bench._move_to(bench.now_s + 1.2)
    bench.tick()
    assert not bench.of("fault")


def test_a_pause_ends_with_words_of_its_own() -> None:
    bench = Bench()
    bench.walk_in(2)
    bench.give(Intent.PAUSE)
    bench.until(State.READY)
    assert bench.cues()[-1] == cues.resume(ENGLISH, RIGHT).text
    bench.until_event(event="turn", step="ready")
    assert "Turn right" in str(bench.cues()[-1])


# --- silence at rest


def test_silence_behind_a_verified_stop_forbids_a_start_and_nothing_else() -> None:
    bench = Bench(person=False)
    bench.until(State.READY)
    bench.give(Intent.READY)
    bench.until_event(event="turn", step="ready")
    bench.speaks = False
    bench.run(5.0)
    assert bench.give(Intent.FINISH).accepted
    assert bench.state is State.READY
    assert not bench.of("fault")
    bench.speaks = bench.person = True
    bench.run(4.0)
    bench.give(Intent.READY)
    assert bench.finish()["reason"] == "completed"


def test_silence_while_the_proof_is_awaited_is_no_cause_for_a_warning() -> None:
    bench = Bench()
    bench.until_event(event="turn", step="verify")
    bench.speaks = False
    bench.until_true(lambda: bench.now_s - bench.governor.heard_s > 3.5)
    assert bench.state is State.VERIFY
    assert SILENCE not in bench.cues()


def test_a_silent_machine_that_was_seen_to_stand_needs_no_second_look_for_the_end() -> None:
    bench = Bench(record=replace(RECORD, silent_when_stopped=True), person=False)
    bench.speaks = False
    bench.until_event(question="belt_still")
    bench.give(Intent.READY)
    bench.run(30.0)
    bench.give(Intent.STOP)
    assert bench.state is State.ENDED
    assert bench.session.belt_stopped is True


# --- when there is something to do next


def test_a_wait_in_silence_is_looked_at_again_for_the_reminder_and_for_the_end() -> None:
    bench = Bench(person=False)
    bench.until(State.READY)
    asked_s = at_s(bench.of("start")[-1])
    bench.speaks = False
    bench.run(4.0)
    assert SILENCE in bench.cues()
    assert bench.session.due_s(bench.now_s) == pytest.approx(asked_s + 60.0)
    bench.until_true(lambda: REMINDER in bench.cues())
    assert bench.now_s == pytest.approx(asked_s + 60.0, abs=0.11)
    assert bench.session.due_s(bench.now_s) == pytest.approx(asked_s + 120.0)
    assert at_s(bench.finish()) == pytest.approx(asked_s + 120.0)


# --- faults that the session finds itself


def test_a_belt_that_never_proves_to_stand_is_given_up_and_latched() -> None:
    bench = Bench(person=False)
    while bench.state is not State.ENDED:
        bench._metres += 1.0  # it says 0, and the distance grows
        bench.run(1.0)
    end = bench.events[-1]
    assert (end["reason"], end["cause"], end["belt_stopped"]) == ("fault", "not_verified", None)
    assert end["t"] == pytest.approx(21.0, abs=0.4)
    assert bench.governor.latch is Latch.LATCHED


def test_a_silent_machine_is_given_its_time_to_stop_before_the_walker_is_asked() -> None:
    bench = Bench(record=replace(RECORD, silent_when_stopped=True), person=False)
    bench.speaks = False
    bench.until_event(question="belt_still")
    bench.give(Intent.READY)
    bench.speaks = True
    bench.give(Intent.READY)
    bench.until(State.WALK)
    bench.give(Intent.STOP)
    bench.run(1.5)
    bench.speaks = False
    bench.until_event(question="belt_still")
    assert bench.cues()[-1] == cues.is_the_belt_still(ENGLISH).text
    bench.run(8.0)
    assert bench.give(Intent.READY).accepted
    assert bench.events[-1]["belt_stopped"] is True


def test_a_heart_that_is_given_up_on_latches_even_where_the_session_hangs_afterwards() -> None:
    bench = Bench(plan((phase(kmh=1.5, duration_s=120.0), COOL_DOWN), max_bpm=120))
    bench.walk_in(0, 15.0)
    bench.bpm = 130
    bench.until_true(lambda: bool(bench.of("fault")))
    assert bench.governor.latch is Latch.LATCHED


# --- the phase clock


def test_what_is_walked_of_a_phase_is_counted_by_its_own_clock() -> None:
    bench = Bench()
    assert bench.session.elapsed_s(bench.now_s) == 0.0
    bench.walk_in(0)
    before_s, at = bench.session.elapsed_s(bench.now_s), bench.now_s
    bench.run(3.0)
    assert bench.session.elapsed_s(bench.now_s) - before_s == pytest.approx(bench.now_s - at)
    bench.give(Intent.PAUSE)
    bench.until(State.READY)
    stood_s = bench.session.elapsed_s(bench.now_s)
    bench.run(2.0)
    assert bench.session.elapsed_s(bench.now_s) == stood_s
