"""What goes wrong, and where the session stands afterwards."""

from dataclasses import replace

import pytest

from quarterturn.governor import NotPermittedError
from quarterturn.model import Heading, MachineRecord, NoticeKind, SetSpeed, Start, Stop
from quarterturn.monitors import Fault, FaultKind, Reaction
from quarterturn.session import Intent, State
from quarterturn.units import Speed
from unit.session.bench import (
    BACKWARD,
    BEGAN_S,
    COOL_DOWN,
    FORWARD,
    RECORD,
    RIGHT,
    WARM_UP,
    Bench,
    phase,
    plan,
)

RED_KEY = "Stay on the rails. Pull the red key."


def walking(heading: Heading = Heading.RIGHT) -> Bench:
    bench = Bench(plan((WARM_UP, phase(heading, duration_s=60.0), COOL_DOWN)))
    bench.walk_in(1)
    return bench


def test_a_silent_belt_is_warned_about_and_then_stopped() -> None:
    bench = walking()
    heard_s = bench.governor.heard_s
    bench.speaks = False
    bench.until_true(lambda: "Hold the rails. The treadmill is silent." in bench.cues())
    assert bench.now_s - heard_s == pytest.approx(2.5, abs=0.2)
    bench.until_true(lambda: bool(bench.of("fault")))
    assert bench.now_s - heard_s == pytest.approx(4.0, abs=0.2)
    assert (bench.of("fault")[0]["fault"], bench.of("fault")[0]["action"]) == ("stale", "stop")
    assert bench.commands()[-1] == Stop()
    end = bench.finish()
    assert (end["reason"], end["cause"], end["belt_stopped"]) == ("fault", "stale", None)
    assert bench.cues().count("Hold the rails. The treadmill is silent.") == 1
    assert bench.cues()[-1] == RED_KEY


def test_a_silence_that_ends_in_time_is_no_fault() -> None:
    bench = walking()
    bench.speaks = False
    bench.run(3.0)
    bench.speaks = True
    bench.run(5.0)
    assert not bench.of("fault")
    assert bench.state is State.WALK


@pytest.mark.parametrize("state", [State.SLOW, State.STOP, State.VERIFY])
def test_silence_on_the_way_to_a_standstill_is_a_fault(state: State) -> None:
    bench = Bench()
    bench.until_event(event="turn", step=state.value)
    bench.speaks = False
    end = bench.finish()
    assert (end["reason"], end["cause"], end["belt_stopped"]) == ("fault", "stale", None)


def test_a_stop_that_nobody_answers_ends_with_the_red_key() -> None:
    bench = walking()
    bench.hears = False
    bench.give(Intent.STOP)
    end = bench.finish()
    assert (end["reason"], end["by"], end["belt_stopped"]) == ("stopped", "walker", None)
    assert "not_verified" in [event["fault"] for event in bench.of("fault")]
    assert RED_KEY in bench.cues()


@pytest.mark.parametrize("kind", [NoticeKind.STOPPED, NoticeKind.PAUSED, NoticeKind.SAFETY_KEY])
def test_a_stop_at_the_machine_ends_the_session_without_a_stop_of_ours(kind: NoticeKind) -> None:
    bench = walking()
    bench.speed = 0
    bench.notice(kind)
    end = bench.finish()
    by = "safety key" if kind is NoticeKind.SAFETY_KEY else "console"
    assert (end["reason"], end["by"], end["belt_stopped"]) == ("stopped", by, True)
    assert bench.commands().count(Stop()) == 1  # that of the turn before


def test_a_machine_that_stops_itself_while_the_walker_waits_changes_nothing() -> None:
    bench = Bench()
    bench.until_event(event="turn", step="ready")
    bench.notice(NoticeKind.STOPPED)
    bench.notice(NoticeKind.PAUSED)
    assert bench.state is State.READY
    assert bench.finish()["reason"] == "completed"


def test_another_client_ends_the_session() -> None:
    bench = walking()
    bench.notice(NoticeKind.CONTROL_LOST)
    assert bench.commands()[-1] == Stop()
    end = bench.finish()
    assert (end["reason"], end["by"], end["cause"]) == ("stopped", "another client", "control lost")


def test_a_lost_link_is_looked_for_and_the_end_says_that_nothing_is_known() -> None:
    bench = walking()
    bench.speaks = bench.hears = False
    lost_s = bench.now_s
    bench.notice(NoticeKind.LINK_LOST)
    assert "Stay on the rails. Pull the red key. The link is lost." in bench.cues()
    end = bench.finish()
    assert (end["reason"], end["cause"], end["belt_stopped"]) == ("fault", "link_lost", None)
    assert 30.0 < float(str(end["t"])) + BEGAN_S - lost_s < 40.0


def test_a_treadmill_found_again_is_stopped_and_never_started() -> None:
    bench = walking()
    bench.speaks = bench.hears = False
    bench.notice(NoticeKind.LINK_LOST)
    bench.run(5.0)
    bench.speaks = bench.hears = True
    bench.notice(NoticeKind.RECONNECTED)
    starts = bench.commands().count(Start())
    end = bench.finish()
    assert (end["reason"], end["cause"], end["belt_stopped"]) == ("fault", "link_lost", True)
    assert bench.commands().count(Start()) == starts
    assert bench.speed == 0


def test_a_belt_that_moves_unasked_is_stopped_wherever_the_session_waits() -> None:
    bench = Bench(person=False)
    bench.until(State.READY)
    bench.speed = 100
    end = bench.finish()
    assert (end["reason"], end["cause"]) == ("fault", "uncommanded_motion")
    assert bench.commands() == [Stop()]
    assert end["belt_stopped"] is True


def test_a_belt_that_moves_when_the_session_begins_is_stopped() -> None:
    bench = Bench(person=False)
    bench.speed = 100
    end = bench.finish()
    assert (end["cause"], end["belt_stopped"]) == ("uncommanded_motion", True)


@pytest.mark.parametrize("heading", [Heading.FORWARD, Heading.BACKWARD])
def test_a_higher_speed_set_at_the_console_pauses_forward_and_stops_otherwise(
    heading: Heading,
) -> None:
    bench = walking(heading)
    bench.notice(NoticeKind.TARGET_SPEED, Speed(300))
    if heading is Heading.FORWARD:
        assert bench.of("fault")[0]["action"] == "pause"
        assert bench.state is State.SLOW
        assert bench.finish()["reason"] == "completed"
        assert bench.of("pause")
    else:
        assert bench.of("fault")[0]["action"] == "stop"
        assert bench.finish()["cause"] == "foreign_control"


def test_a_pause_that_cannot_be_made_is_told_all_the_same() -> None:
    bench = Bench(person=False)
    bench.until(State.READY)
    fault = Fault(FaultKind.FOREIGN_CONTROL, Reaction.PAUSE, "Somebody set the speed.")
    bench.session.fault(fault, bench.now_s)
    bench.tick()
    assert bench.of("fault")[0]["action"] == "pause"
    assert bench.state is State.READY


def test_a_clock_that_stands_while_somebody_walks_unsighted_slows_the_belt_down() -> None:
    bench = walking()
    bench._move_to(bench.now_s + 1.2)
    bench.report()
    bench.tick()
    assert (bench.of("fault")[0]["fault"], bench.of("fault")[0]["action"]) == ("clock", "ramp")
    assert bench.commands()[-1] == SetSpeed(Speed(70))
    assert bench.finish()["cause"] == "clock"


def test_a_clock_that_stands_in_a_forward_phase_is_no_fault() -> None:
    bench = walking(Heading.FORWARD)
    bench._move_to(bench.now_s + 1.2)
    bench.report()
    bench.tick()
    assert not bench.of("fault")


def test_a_screen_that_is_lost_slows_the_belt_down() -> None:
    bench = walking()
    bench.controller.screen_lost(bench.now_s)
    bench.tick()
    assert bench.commands()[-1] == SetSpeed(Speed(70))
    end = bench.finish()
    assert (end["reason"], end["cause"]) == ("fault", "screen_lost")


def test_the_same_fault_is_not_told_with_every_report() -> None:
    bench = walking()
    fault = Fault(FaultKind.OVERSPEED, Reaction.STOP, "The belt is too fast.")
    for later_s in (0.0, 2.0, 4.0, 6.0):
        bench.session.fault(fault, bench.now_s + later_s)
    bench.tick()
    assert len(bench.of("fault")) == 2


def test_a_fault_after_the_end_is_nobodys_business() -> None:
    bench = walking()
    end = bench.finish()
    bench.session.fault(Fault(FaultKind.STALE, Reaction.STOP, "Late."), bench.now_s)
    bench.controller.cues_lost(bench.now_s)
    bench.report()
    bench.tick()
    assert bench.events[-1] == end


def test_a_machine_that_refuses_to_walk_on_is_slowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(plan((WARM_UP, FORWARD, COOL_DOWN)))
    bench.walk_in(0)

    def refuse(*_: object) -> None:
        raise NotPermittedError("the machine cannot go as slowly")

    monkeypatch.setattr(bench.governor, "walk_on", refuse)
    end = bench.finish()
    assert (end["reason"], end["cause"], end["belt_stopped"]) == ("fault", "refused", True)
    assert bench.of("fault")[0]["text"] == "the machine cannot go as slowly."


# req: S000-38
def test_a_session_that_hangs_is_ended_by_the_governor() -> None:
    bench = walking(Heading.BACKWARD)
    hung_s = bench.now_s
    bench.session._do = {state: lambda now_s: None for state in State}
    bench.until_true(lambda: bench.commands()[-1] == SetSpeed(Speed(50)), 4.0)
    assert bench.now_s - hung_s < 3.0
    assert bench.of("fault")[0]["fault"] == "expired"
    bench.until_true(lambda: bench.speed == 0)


# --- the cues


# req: S003-12
def test_without_cues_the_next_turn_leads_to_the_cool_down() -> None:
    bench = Bench()
    bench.walk_in(0)
    bench.controller.cues_lost(bench.now_s)
    bench.controller.cues_lost(bench.now_s)
    bench.tick()
    assert len(bench.of("fault")) == 1
    assert (bench.of("fault")[0]["fault"], bench.of("fault")[0]["action"]) == ("cues", "finish")
    assert bench.finish()["reason"] == "completed"
    assert [event["index"] for event in bench.of("phase")] == [0, 1, 5]
    assert not bench.of("turn")


def test_without_cues_a_phase_that_is_not_forward_is_the_last_of_its_kind() -> None:
    bench = Bench()
    bench.walk_in(2)
    bench.controller.cues_lost(bench.now_s)
    bench.finish()
    assert [event["index"] for event in bench.of("phase")] == [0, 1, 2, 5]
    announced = [cue for cue in bench.of("cue") if "In ten seconds: stop" in str(cue["text"])]
    assert announced[-2]["text"] == "In ten seconds: stop, then turn left."


@pytest.mark.parametrize("state", [State.READY, State.COUNTDOWN, State.VERIFY])
def test_a_turn_that_waits_for_ready_is_called_off_without_cues(state: State) -> None:
    bench = Bench()
    bench.until_event(event="turn", step=state.value)
    bench.controller.cues_lost(bench.now_s)
    bench.finish()
    indices = [event["index"] for event in bench.of("phase")]
    assert indices == ([0, 1, 2, 5] if state is State.COUNTDOWN else [0, 1, 5])
    assert bench.commands().count(Start()) == 2


def test_a_pause_without_cues_is_not_resumed_the_other_way_round() -> None:
    bench = Bench()
    bench.walk_in(2)
    bench.controller.cues_lost(bench.now_s)
    bench.give(Intent.PAUSE)
    bench.finish()
    assert [event["index"] for event in bench.of("phase")] == [0, 1, 2, 5]


def test_a_skip_planned_while_the_cues_were_heard_is_given_up_without_them() -> None:
    tilted = phase(Heading.FORWARD, pct=4.0, duration_s=60.0)
    bench = Bench(plan((WARM_UP, tilted, RIGHT, BACKWARD, COOL_DOWN)))
    bench.walk_in(1, 25.0)
    bench.give(Intent.SKIP)
    bench.controller.cues_lost(bench.now_s)
    bench.finish()
    assert [event["index"] for event in bench.of("phase")] == [0, 1, 4]


def test_cues_lost_in_a_forward_wait_change_nothing_yet() -> None:
    bench = Bench(person=False)
    bench.until(State.READY)
    bench.controller.cues_lost(bench.now_s)
    assert bench.state is State.READY


# --- the heart


def hearts(bpm: int, *, kmh: float = 1.5) -> Bench:
    bench = Bench(plan((phase(kmh=kmh, duration_s=120.0), COOL_DOWN), max_bpm=120))
    bench.walk_in(0, 15.0)
    bench.bpm = bpm
    return bench


# req: S000-34
def test_a_heart_rate_above_its_limit_slows_the_belt_within_five_seconds() -> None:
    bench = hearts(130)
    assert bench.speed == 150
    bench.until_true(
        lambda: bench.governor.last is not None and bench.governor.last.heart_rate_bpm == 130
    )
    over_s = bench.now_s
    bench.until_true(lambda: bench.speed < 150)
    assert bench.now_s - over_s <= 5.0
    assert bench.speed == 130
    assert bench.cues()[-1] == "Slowing down. Hold the rails. Your heart rate is high."
    bench.run(14.0)
    assert bench.speed == 130
    bench.run(4.0)
    assert bench.speed == 110


def test_a_heart_that_calms_down_or_falls_silent_raises_nothing() -> None:
    bench = hearts(130)
    bench.run(6.0)
    for bpm in (None, 100):
        bench.bpm = bpm
        bench.run(20.0)
        assert bench.speed == 130
    bench.bpm = 130
    bench.run(8.0)  # a new alarm is heeded at once
    assert bench.speed == 110


def test_a_single_high_reading_is_no_alarm() -> None:
    bench = hearts(130)
    bench.run(1.1)
    bench.bpm = 110
    bench.run(1.0)
    bench.bpm = 130
    bench.run(1.1)
    bench.bpm = 110
    bench.run(10.0)
    assert bench.speed == 150


def test_a_heart_rate_that_stays_high_ends_the_walk() -> None:
    bench = hearts(130)
    began_s = bench.now_s
    end = bench.finish()
    assert (end["reason"], end["cause"]) == ("fault", "heart_rate")
    assert bench.of("fault")[0]["action"] == "ramp"
    assert float(str(bench.of("fault")[0]["t"])) + BEGAN_S - began_s == pytest.approx(60.0, abs=1.1)


def test_an_alarm_holds_the_next_phase_down_too() -> None:
    bench = Bench(plan((WARM_UP, phase(kmh=1.8), RIGHT, COOL_DOWN), max_bpm=120))
    bench.walk_in(0, 16.0)
    bench.bpm = 130
    bench.until_event(event="phase", index=1)
    bench.run(5.0)
    assert bench.speed == 80
    bench.bpm = None
    bench.until_event(event="phase", index=2)
    bench.until(State.WALK)
    bench.run(10.0)
    assert bench.speed == 50


def test_a_high_heart_rate_at_rest_is_not_counted_against_the_walk() -> None:
    bench = Bench(plan((WARM_UP, COOL_DOWN), max_bpm=120), person=False)
    bench.bpm = 130
    bench.until(State.READY)
    bench.run(90.0)
    assert not bench.of("fault")


# --- who waits for whom


def test_a_machine_known_for_silence_is_not_reproached_with_it() -> None:
    bench = Bench(record=replace(RECORD, silent_when_stopped=True), person=False)
    bench.speaks = False
    bench.run(10.0)
    assert not bench.of("fault")


def test_a_walk_that_was_finished_and_goes_wrong_at_the_last_is_a_fault() -> None:
    bench = Bench(plan((WARM_UP, COOL_DOWN)))
    bench.until_event(event="phase", index=1)
    bench.run(5.0)
    bench.give(Intent.FINISH)
    bench.speaks = False
    end = bench.finish()
    assert (end["reason"], end["belt_stopped"]) == ("fault", None)


def test_ready_while_the_red_key_is_asked_for_starts_nothing() -> None:
    bench = walking()
    bench.hears = False
    bench.give(Intent.STOP)
    sent = bench.commands().count(Start())
    for _ in range(30):
        bench.give(Intent.READY)
        bench.run(1.0)
    assert bench.commands().count(Start()) == sent


# --- silence while READY is awaited


# hazard: H08
def test_silence_while_ready_is_awaited_is_said_and_is_no_fault_of_the_walker() -> None:
    bench = Bench(person=False)
    bench.until(State.READY)
    bench.speaks = False
    bench.run(2.4)
    said = len(bench.cues())
    bench.run(0.6)
    assert bench.cues()[said:] == ["Hold the rails. The treadmill is silent."]
    bench.run(2.0)
    assert not bench.give(Intent.READY).accepted
    end = bench.finish()
    assert (end["reason"], end["cause"], end["belt_stopped"]) == ("fault", "stale", None)
    assert "Nobody pressed ready." not in bench.cues()
    assert bench.cues()[-1].count("red key")


def test_a_machine_that_is_silent_at_rest_is_not_reminded_of_it() -> None:
    bench = Bench(person=False, record=MachineRecord(silent_when_stopped=True))
    bench.speaks = False
    bench.until_event(event="start", step="ready", question="belt_still")
    assert bench.give(Intent.READY).accepted
    assert bench.session.state is State.READY
    assert bench.session.due_s(bench.now_s) > bench.now_s + 50
    bench.run(30)
    assert "Hold the rails. The treadmill is silent." not in bench.cues()
