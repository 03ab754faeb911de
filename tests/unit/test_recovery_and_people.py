"""A recovery and people: who acknowledges, when nobody is there, and whatever happens."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.governor import Latch
from quarterturn.model import (
    CommandOutcome,
    MachineRecord,
    Notice,
    NoticeKind,
    Outcome,
    Permitted,
    SetIncline,
    SetSpeed,
    Start,
    Stop,
)
from quarterturn.recovery import Recovery
from quarterturn.session import Intent
from quarterturn.units import Incline, Speed
from unit.belt_model import MACHINE, RECORD, UNKNOWN, Belt
from unit.recovery_bench import PATIENCE_S, WHAT, Scene, report_at, running

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
