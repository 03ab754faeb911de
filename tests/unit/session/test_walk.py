"""A walk that goes as planned, and its clock."""

from dataclasses import replace

import pytest

from quarterturn.governor import Halt, Launch, Request
from quarterturn.model import Heading, PhaseKind, SetSpeed, Start, Stop
from quarterturn.session import Intent, State
from quarterturn.session.machine import Session
from quarterturn.session.narrator import Narrator
from quarterturn.units import Speed
from unit.session.bench import (
    BACKWARD,
    BEGAN_S,
    CIRCLE,
    COOL_DOWN,
    FORWARD,
    RECORD,
    RIGHT,
    WARM_UP,
    Bench,
    phase,
    plan,
)


def walked_s(bench: Bench) -> list[object]:
    return [event["walked_s"] for event in bench.events if event.get("step") == "slow"]


TURN = ["announce", "slow", "stop", "verify", "ready", "countdown", "start", "settle"]


def test_a_circle_is_walked_phase_by_phase_to_its_end() -> None:
    bench = Bench()
    end = bench.finish()
    assert end == {
        "t": end["t"],
        "event": "end",
        "reason": "completed",
        "by": "plan",
        "cause": None,
        "belt_stopped": True,
    }
    assert [event["index"] for event in bench.of("phase")] == [0, 1, 2, 3, 4, 5]
    assert not bench.of("fault")
    assert bench.session.belt_stopped is True
    times = [event["t"] for event in bench.events]
    assert times == sorted(times)


def test_every_turn_takes_all_its_steps_in_order() -> None:
    bench = Bench()
    bench.finish()
    turns: dict[tuple[object, object], list[object]] = {}
    for event in bench.of("turn"):
        turns.setdefault((event["from"], event["to"]), []).append(event["step"])
    assert turns == {
        ("forward", "right"): TURN,
        ("right", "backward"): TURN,
        ("backward", "left"): TURN,
        ("left", "forward"): TURN,
    }


def test_a_start_without_a_turn_has_the_same_steps_under_another_name() -> None:
    bench = Bench()
    bench.finish()
    assert [event["step"] for event in bench.of("start")] == [*TURN[4:]]
    assert [event["step"] for event in bench.of("halt")] == TURN[1:4]


def test_the_phase_event_marks_ready_accepted_on_a_standing_belt() -> None:
    bench = Bench()
    event = bench.until_event(event="phase", index=2)
    countdown = bench.until_event(within_s=4, step="start")
    assert bench.speed == 0
    assert event["heading"] == "right"
    assert event["duration_s"] == 30
    assert countdown["t"] == pytest.approx(float(str(event["t"])) + 3.0)


# req: S001-09
def test_every_phase_lasts_exactly_its_time_by_the_phase_clock() -> None:
    bench = Bench()
    bench.finish()
    assert [event["walked_s"] for event in bench.events if event.get("step") == "slow"] == [
        30.0
    ] * 5


def test_a_late_tick_neither_lengthens_a_phase_nor_shortens_the_next() -> None:
    bench = Bench(plan((WARM_UP, FORWARD, COOL_DOWN)))
    settled = bench.until_event(step="settle")
    moved_s = BEGAN_S + float(str(settled["t"]))
    bench.run_to(moved_s + 29.9)
    bench._move_to(moved_s + 30.6)
    bench.report()
    bench.tick()
    assert bench.of("phase")[-1]["index"] == 1
    bench.run_to(moved_s + 60.05)
    assert bench.of("phase")[-1]["index"] == 2  # 60 s after the first motion, not 60.6
    bench.run_to(moved_s + 89.9)
    bench._move_to(moved_s + 90.7)
    bench.tick()
    assert bench.of("halt")[0]["walked_s"] == 30.0


def test_a_tick_later_than_a_whole_phase_walks_on_through_it() -> None:
    bench = Bench(plan((WARM_UP, phase(duration_s=5.0), FORWARD, COOL_DOWN)))
    settled = bench.until_event(step="settle")
    bench.run_to(BEGAN_S + float(str(settled["t"])) + 29.5)
    bench._move_to(bench.now_s + 6.0)
    bench.report()
    bench.tick()
    assert [event["index"] for event in bench.of("phase")] == [0, 1, 2]


def test_the_times_of_a_clock_that_has_run_for_years_are_good_enough() -> None:
    bench = Bench(began_s=123_456_789.123)
    bench.finish()
    assert [event["walked_s"] for event in bench.events if event.get("step") == "slow"] == [
        30.0
    ] * 5


# req: S004-19, S000-28
def test_every_start_is_at_the_slowest_speed_and_holds_it_until_it_has_settled() -> None:
    bench = Bench()
    bench.finish()
    commands = bench.commands()
    starts = [index for index, command in enumerate(commands) if command == Start()]
    assert len(starts) == 5
    assert all(commands[index + 1] == SetSpeed(Speed(50)) for index in starts)
    for index in starts:
        first, rise = bench.sent[index + 1][0], bench.sent[index + 2][0]
        assert rise - first >= 5.0


def test_one_stop_is_sent_for_each_standstill_and_none_to_a_standing_belt() -> None:
    bench = Bench()
    bench.finish()
    assert bench.commands().count(Stop()) == 5


# req: S000-36
def test_every_speed_is_spoken_once_when_its_phase_begins() -> None:
    bench = Bench(plan((WARM_UP, phase(kmh=1.5), COOL_DOWN)))
    bench.finish()
    spoken = [event["text"] for event in bench.of("cue") if event["kind"] == "speed"]
    assert spoken == [
        "One kilometre per hour.",
        "One point five kilometres per hour.",
        "One kilometre per hour.",
    ]


# req: S004-16
def test_the_technique_cue_comes_within_five_seconds_of_the_speed_of_a_backward_phase() -> None:
    bench = Bench(plan((WARM_UP, phase(Heading.BACKWARD, kmh=1.5, duration_s=60), COOL_DOWN)))
    bench.until_event(event="phase", index=1)
    bench.until_true(lambda: bench.speed == 150)
    reached_s = bench.now_s
    bench.run(30.0)
    cues = [event for event in bench.of("cue") if "Big toe back" in str(event["text"])]
    assert float(str(cues[0]["t"])) + BEGAN_S <= reached_s + 5.0


def test_a_ramp_of_two_speeds_falls_step_by_step() -> None:
    bench = Bench(plan((WARM_UP, phase(kind=PhaseKind.COOL_DOWN, kmh=1.5, end_kmh=1.0))))
    bench.finish()
    speeds = [c.speed.centi_kmh for c in bench.commands() if isinstance(c, SetSpeed)]
    assert max(speeds) <= 150
    assert 100 in speeds[speeds.index(max(speeds)) :]


# req: S003-12
def test_a_whole_session_can_be_followed_from_the_cues_alone() -> None:
    bench = Bench()
    bench.finish()
    texts = [str(text) for text in bench.cues()]
    for heading in ("sideways", "backward", "forward"):
        assert any(f"face {heading}" in text and "Press ready" in text for text in texts)
    actions = ["Walk forward", "Side-step to the left", "Walk backward", "Side-step to the right"]
    assert [text for text in texts if text in actions] == [*actions, "Walk forward"]
    for count in ("Three", "Two", "One"):
        assert texts.count(count) >= 5 + 4  # before each start, and before each end but the last
    assert texts.count("Stopping") == 5
    assert texts[-1] == "The walk is complete. Hold the rail. Step off."


def test_ready_is_reminded_of_after_a_minute_and_ends_the_session_after_two() -> None:
    bench = Bench(person=False)
    bench.until(State.READY)
    asked_s = bench.now_s
    end = bench.finish()
    assert (end["reason"], end["by"], end["cause"]) == ("stopped", "timeout", "ready")
    assert end["belt_stopped"] is True
    assert float(str(end["t"])) == pytest.approx(asked_s + 120.0 - BEGAN_S, abs=0.2)
    assert "Hold the rail. Press ready when you stand firmly." in bench.cues()
    assert not bench.sent
    assert bench.governor.latch.value == "latched"


def test_ready_times_out_in_the_middle_of_a_circle_without_any_motion() -> None:
    bench = Bench()
    bench.until_event(event="turn", step="verify")
    bench.person = False
    sent = len(bench.sent)
    assert bench.finish()["cause"] == "ready"
    assert len(bench.sent) == sent


def test_a_time_out_behind_silence_does_not_claim_that_the_belt_stands() -> None:
    bench = Bench(person=False)
    bench.until(State.READY)
    bench.speaks = False
    assert bench.finish()["belt_stopped"] is None
    assert "Stay on the rails. Pull the red key." in bench.cues()


def test_ready_is_refused_in_plain_words_while_nothing_proves_that_the_belt_stands() -> None:
    bench = Bench(person=False)
    answer = bench.give(Intent.READY)
    assert (answer.accepted, answer.text) == (False, "wait: the belt is not known to stand yet")
    bench.until(State.READY)
    bench.speaks = False
    bench.run(3.0)
    assert bench.give(Intent.READY).text == "the belt is not known to stand"
    assert bench.state is State.READY


def test_a_proof_that_grows_old_during_the_countdown_leads_back_before_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(person=False)
    asked: list[Request] = []
    pass_on = bench.governor.request

    def listen(request: Request) -> None:
        asked.append(request)
        pass_on(request)

    monkeypatch.setattr(bench.governor, "request", listen)
    bench.until(State.READY)
    bench.give(Intent.READY)
    bench.speaks = False
    bench.run(3.3)
    assert bench.state is State.READY
    # What was asked for and called off may not find a late proof.
    assert [type(request.target) for request in asked] == [Launch, Halt]
    # A late report may not bring the start back that was called off.
    bench.speaks = True
    bench.run(5.0)
    assert bench.state is State.READY
    assert not bench.sent
    assert [e["step"] for e in bench.of("start")][-2:] == ["verify", "ready"]


def test_due_times_never_lie_in_the_past_for_ever() -> None:
    bench = Bench()
    bench.until(State.READY)
    # Before the reminder the next report is awaited, as long as the machine speaks.
    assert bench.session.due_s(bench.now_s) == pytest.approx(bench.governor.heard_s + 2.501)
    assert isinstance(bench.session, Session)
    bench.finish()
    assert bench.session.due_s(bench.now_s) == float("inf")


def test_the_belt_waits_for_a_person_who_says_that_a_silent_machine_stands() -> None:
    record = replace(RECORD, silent_when_stopped=True)
    bench = Bench(plan((WARM_UP, RIGHT, COOL_DOWN)), record=record)

    def mute() -> None:
        bench.speaks = bench.speed > 0

    bench.speaks = False
    while bench.state is not State.ENDED:
        bench.run(0.05)
        mute()
    assert bench.events[-1]["reason"] == "completed"
    asked = [e["event"] for e in bench.events if e.get("question") == "belt_still"]
    assert asked == ["start", "turn", "turn", "halt"]
    assert bench.of("end")[0]["belt_stopped"] is True


def test_a_silent_machine_whose_stop_nobody_vouches_for_ends_unverified() -> None:
    record = replace(RECORD, silent_when_stopped=True)
    bench = Bench(record=record, person=False)
    bench.speaks = False
    end = bench.finish()
    assert (end["reason"], end["cause"], end["belt_stopped"]) == ("fault", "not_verified", None)
    assert float(str(end["t"])) == pytest.approx(125.0, abs=0.5)


def test_a_person_is_not_believed_about_a_machine_that_speaks_again() -> None:
    record = replace(RECORD, silent_when_stopped=True)
    bench = Bench(record=record, person=False)
    bench.speaks = False
    bench.until_event(question="belt_still")
    bench.speed = 50
    bench.report()
    answer = bench.give(Intent.READY)
    assert (answer.accepted, answer.text) == (False, "wait: the treadmill is speaking again")


@pytest.mark.parametrize("heading", Heading)
def test_what_walks_unsighted_is_what_does_not_face_forward(heading: Heading) -> None:
    bench = Bench(plan((WARM_UP, phase(heading), COOL_DOWN)))
    assert not bench.session.walks_unsighted
    bench.walk_in(1, for_s=1.0)
    assert bench.session.walks_unsighted is (heading is not Heading.FORWARD)


def test_an_event_is_never_before_the_one_before_it() -> None:
    narrator = Narrator(BEGAN_S)
    narrator.emit(BEGAN_S + 2.0, "first")
    narrator.emit(BEGAN_S + 1.9, "second")
    assert [event["t"] for event in narrator.take()] == [2.0, 2.0]


def test_a_phase_too_short_for_words_says_none() -> None:
    bench = Bench(plan((WARM_UP, phase(duration_s=2.0), COOL_DOWN)))
    began = bench.until_event(event="phase", index=1)
    over = bench.until_event(event="phase", index=2)
    assert float(str(over["t"])) - float(str(began["t"])) == pytest.approx(2.0, abs=0.01)
    spoken = [cue["text"] for cue in bench.of("cue") if began["t"] < cue["t"] < over["t"]]  # type: ignore[operator]
    assert spoken == []


def test_a_backward_phase_after_another_is_walked_on_without_a_stop() -> None:
    bench = Bench(plan((WARM_UP, BACKWARD, BACKWARD, COOL_DOWN)))
    bench.finish()
    assert bench.commands().count(Start()) == 3
    assert len(CIRCLE) == 6
