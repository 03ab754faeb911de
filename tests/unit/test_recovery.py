"""After a program that steered the belt has died: what moves is stopped, and nothing is started."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.governor import Latch, NotPermittedError
from quarterturn.model import (
    Capabilities,
    CommandOutcome,
    Heading,
    HeartRate,
    MachineRecord,
    Notice,
    NoticeKind,
    Outcome,
    Permitted,
    Report,
    SetIncline,
    SetSpeed,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.recovery import TICK_S, Recovery
from quarterturn.session import Event, Intent
from quarterturn.stillness import seconds_of_proof, seconds_to_start
from quarterturn.units import Incline, Speed
from unit.belt_model import MACHINE, RECORD, UNKNOWN, Belt

WHAT = "The session 'Circle' did not end: its program (process 4711) is gone."
# How long a belt at 0 has to be watched before the last word of the dead program cannot have been a
# Start any more: 1.5 s of proof, and 10 s for a start that the record says takes 5 s and 1 s of
# latency.
PROOF_S = 12.5
# Longest stop on record, 10 s, and 10 s on top.
PATIENCE_S = PROOF_S + 20.0
RED_KEY = "pull the red key"


class Scene:
    """A recovery on a belt, from ``began_s`` on."""

    def __init__(
        self,
        belt: Belt | None = None,
        record: MachineRecord = RECORD,
        *,
        unattended: bool = False,
        began_s: float = 0.0,
    ) -> None:
        self.belt = Belt() if belt is None else belt
        self.belt.advance(began_s)
        self.recovery = Recovery(
            MACHINE, record, began_s, what_happened=WHAT, unattended=unattended
        )
        self.now_s = self.began_s = began_s
        self.sent: list[tuple[float, Permitted]] = []
        self.events: list[Event] = []
        self.tick()

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.now_s = round(self.now_s + TICK_S, 6)
            for report in self.belt.advance(self.now_s):
                self.recovery.report(report)
            self.tick()

    def tick(self) -> None:
        for permitted in self.recovery.tick(self.now_s):
            self.sent.append((self.now_s, permitted))
            self.belt.hear(permitted.command)
        self.events += self.recovery.take_events()

    def hear(self, report: Report) -> None:
        self.recovery.report(report)
        self.tick()

    def until(self, step: str, seconds: float = 60.0) -> float:
        """Run to a step of the recovery; return how many seconds after its beginning it came."""
        for _ in range(round(seconds / TICK_S)):
            if step in self.steps:
                return round(self.now_s - self.began_s, 6)
            self.run(TICK_S)
        raise AssertionError(f"no {step} within {seconds} s: {self.events[-3:]}")

    @property
    def stops(self) -> list[float]:
        assert {type(each.command) for _, each in self.sent} <= {Stop}
        return [at_s for at_s, _ in self.sent]

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["event"] == kind]

    @property
    def steps(self) -> list[object]:
        return [event["step"] for event in self.of("recovery")]

    @property
    def red_keys(self) -> list[float]:
        found = [event for event in self.of("cue") if RED_KEY in str(event["text"]).lower()]
        return [float(str(event["t"])) for event in found]

    @property
    def faults(self) -> list[object]:
        return [event["fault"] for event in self.of("fault")]

    @property
    def end(self) -> tuple[object, ...]:
        last = self.events[-1]
        assert last["event"] == "end"
        assert self.recovery.ended
        return last["reason"], last["by"], last["cause"], last["belt_stopped"]


def running(speed: float = 300.0, **others: Any) -> Belt:
    return Belt(speed=speed, target=speed, **others)


def report_at(now_s: float, centi_kmh: int | None) -> Telemetry:
    return Telemetry(now_s, speed=None if centi_kmh is None else Speed(centi_kmh))


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


# --- people ---------------------------------------------------------------------------------------


def test_an_acknowledgement_ends_it() -> None:
    scene = Scene()
    scene.until("stands")
    answer = scene.recovery.intent(Intent.ACKNOWLEDGE, scene.now_s)
    assert answer.accepted
    scene.tick()
    assert scene.end == ("stopped", "walker", "acknowledged", True)


def test_no_acknowledgement_is_taken_before_the_belt_is_known_to_stand_or_given_up() -> None:
    # A machine may still be counting down: nobody would be there to stop it.
    belt = Belt(silent=True)
    scene = Scene(belt)
    for _ in range(int(PATIENCE_S)):
        answer = scene.recovery.intent(Intent.ACKNOWLEDGE, scene.now_s)
        assert not answer.accepted
        assert answer.text == "the belt is not known to stand yet: wait until it is"
        scene.run(1.0)
    scene.run(0.5)
    assert scene.recovery.intent(Intent.ACKNOWLEDGE, scene.now_s).accepted
    scene.tick()
    assert scene.end == ("stopped", "walker", "acknowledged", None)


def test_no_acknowledgement_is_taken_while_the_belt_moves() -> None:
    scene = Scene(running(rate_hz=4.0))
    while scene.belt.speed > 20:
        scene.run(0.5)
        answer = scene.recovery.intent(Intent.ACKNOWLEDGE, scene.now_s)
        assert not answer.accepted
        assert answer.text == "the belt moves: stop it first"
    assert not scene.recovery.ended
    scene.until("stands")
    assert scene.recovery.intent(Intent.ACKNOWLEDGE, scene.now_s).accepted


@pytest.mark.parametrize("record", [RECORD, replace(RECORD, silent_when_stopped=True)])
def test_a_belt_that_fell_silent_while_it_slowed_can_be_acknowledged_in_the_end(
    record: MachineRecord,
) -> None:
    # Nobody would ever get out of it otherwise: its last word stays a speed above 0. Until the red
    # key is said it is looked for, and stopped.
    scene = Scene(running(silent_at_rest=True), record)
    scene.run(PATIENCE_S - 0.1)
    assert scene.belt.speed == 0
    assert not scene.recovery.intent(Intent.ACKNOWLEDGE, scene.now_s).accepted
    scene.run(0.1)
    assert scene.red_keys
    assert scene.recovery.intent(Intent.ACKNOWLEDGE, scene.now_s).accepted
    scene.tick()
    # What happened was acknowledged; whether the belt stands, nobody was asked.
    assert scene.end == ("stopped", "walker", "acknowledged", None)


def test_a_belt_that_was_given_up_and_says_that_it_moves_cannot_be_acknowledged() -> None:
    scene = Scene(running(obeys_stop=False))
    scene.run(PATIENCE_S + 1.0)
    assert scene.red_keys
    scene.belt.silent = True
    scene.run(3.0)
    assert not scene.recovery.intent(Intent.ACKNOWLEDGE, scene.now_s).accepted
    scene.run(2.0)
    assert scene.recovery.intent(Intent.ACKNOWLEDGE, scene.now_s).accepted


def test_stop_is_always_accepted_and_says_what_is_known() -> None:
    scene = Scene()
    for answer in (
        scene.recovery.intent(Intent.STOP, 0.0),
        scene.recovery.stop(0.0, "another client", "mqtt", ramp=True),
    ):
        assert answer.accepted
        assert answer.text == "the belt is not known to stand yet"
    scene.until("stands")
    answer = scene.recovery.intent(Intent.STOP, scene.now_s)
    assert (answer.accepted, answer.text) == (True, "")
    scene.run(5.0)
    assert scene.stops == []


@pytest.mark.parametrize(
    "intent", [intent for intent in Intent if intent not in (Intent.STOP, Intent.ACKNOWLEDGE)]
)
def test_nothing_else_means_anything(intent: Intent) -> None:
    scene = Scene()
    scene.until("stands")
    answer = scene.recovery.intent(intent, scene.now_s)
    assert not answer.accepted
    assert "before somebody has acknowledged what happened" in answer.text
    scene.run(5.0)
    assert not scene.recovery.ended
    assert scene.sent == []


def test_lost_cues_change_nothing() -> None:
    scene = Scene()
    scene.recovery.cues_lost(0.0)
    scene.until("stands")
    assert not scene.recovery.ended
    assert scene.of("cue") == []


def test_nothing_is_sent_after_the_end() -> None:
    scene = Scene()
    scene.until("stands")
    scene.recovery.intent(Intent.ACKNOWLEDGE, scene.now_s)
    scene.belt.target = 50.0
    scene.run(5.0)
    assert scene.stops == []
    assert scene.end[2] == "acknowledged"


# --- nobody is there ------------------------------------------------------------------------------


def test_it_waits_for_a_person_for_ever_where_one_may_come() -> None:
    recovery = Recovery(MACHINE, RECORD, 0.0, what_happened=WHAT)
    for second in range(3600):
        recovery.report(report_at(float(second), 0))
        assert recovery.tick(float(second)) == []
    assert recovery.governor.stillness.verified
    assert not recovery.ended


@pytest.mark.parametrize("belt", [Belt(), running()])
def test_unattended_it_ends_as_soon_as_the_belt_is_known_to_stand(belt: Belt) -> None:
    scene = Scene(belt, unattended=True)
    scene.until("stands")
    assert scene.end == ("stopped", "recovery", None, True)
    assert scene.red_keys == []


def test_unattended_it_ends_when_the_belt_is_not_known_to_stand_in_time() -> None:
    scene = Scene(Belt(silent=True), unattended=True)
    scene.run(PATIENCE_S - 0.1)
    assert not scene.recovery.ended
    scene.run(0.1)
    assert scene.end == ("fault", "recovery", "not_verified", None)
    assert scene.red_keys == [PATIENCE_S]


def test_a_lost_screen_leaves_it_unattended() -> None:
    scene = Scene()
    scene.until("stands")
    scene.recovery.screen_lost(scene.now_s)
    scene.tick()
    assert scene.end == ("stopped", "recovery", None, True)


def test_a_belt_that_moves_when_the_screen_is_lost_is_stopped_first() -> None:
    belt = Belt()
    scene = Scene(belt)
    scene.until("stands")
    belt.target = 50.0
    scene.run(2.0)
    scene.recovery.screen_lost(scene.now_s)
    scene.tick()
    assert not scene.recovery.ended
    scene.run(60.0)
    assert scene.end == ("stopped", "recovery", None, True)
    assert belt.speed == 0


def test_a_belt_that_was_given_up_and_moves_on_is_left_to_the_red_key() -> None:
    scene = Scene(running(obeys_stop=False))
    scene.run(PATIENCE_S + 1)
    scene.recovery.screen_lost(scene.now_s)
    scene.tick()
    assert scene.end == ("fault", "recovery", "not_verified", None)


# --- whatever happens -----------------------------------------------------------------------------

PERMITTED = st.sampled_from([Stop(), Start(), SetSpeed(Speed(300)), SetIncline(Incline(20))]).map(
    lambda command: Permitted(command, "session")
)
STEPS = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([0.1, 0.5, 1.5, 5.0, 13.0, 40.0])),
    st.tuples(st.just("speed"), st.sampled_from([None, 0, 0, 0, 1, 50, 300, 2000])),
    st.tuples(st.just("notice"), st.sampled_from(list(NoticeKind))),
    st.tuples(st.just("outcome"), st.tuples(PERMITTED, st.sampled_from(list(Outcome)))),
    st.tuples(st.just("intent"), st.sampled_from(list(Intent))),
    st.tuples(st.just("lost"), st.booleans()),
)


@given(steps=st.lists(STEPS, max_size=40), record=st.sampled_from([RECORD, UNKNOWN]))
def test_nothing_but_stop_ever_leaves_and_never_to_a_belt_that_stands(
    steps: list[tuple[str, Any]], record: MachineRecord
) -> None:
    recovery = Recovery(MACHINE, record, 0.0, what_happened=WHAT)
    now_s, said, ended = 0.0, None, 0
    for kind, value in steps:
        match kind:
            case "wait":
                now_s += value
            case "speed":
                now_s += 0.25
                said = value if value is not None else said
                recovery.report(report_at(now_s, value))
            case "notice":
                recovery.report(
                    Notice(now_s, value, speed=Speed(300), incline=Incline(0), command=Stop())
                )
            case "outcome":
                recovery.report(CommandOutcome(value[0], value[1], now_s, now_s))
            case "intent":
                recovery.intent(value, now_s)
            case _:
                recovery.screen_lost(now_s) if value else recovery.cues_lost(now_s)
        for permitted in recovery.tick(now_s):
            assert permitted.command == Stop()
            assert said is None or said > 0
        ended += sum(event["event"] == "end" for event in recovery.take_events())
        assert recovery.governor.ledger.centi_kmh == 0
        assert recovery.governor.latch is Latch.LATCHED
    assert ended == recovery.ended


@given(
    steps=st.lists(STEPS, max_size=20).filter(
        lambda steps: (
            not any(kind == "lost" or value is Intent.ACKNOWLEDGE for kind, value in steps)
        )
    )
)
def test_whatever_happened_before_a_moving_belt_that_was_never_stopped_is_stopped(
    steps: list[tuple[str, Any]],
) -> None:
    scene = Scene(Belt(silent=True))
    for kind, value in steps:
        match kind:
            case "wait":
                scene.run(min(value, 2.0))
            case "intent":
                scene.recovery.intent(value, scene.now_s)
            case "speed" if not value:
                scene.hear(report_at(scene.now_s, value))
            case _:
                pass
    before = len(scene.stops)
    scene.hear(report_at(scene.now_s, 300))
    assert len(scene.stops) == before + 1
