"""Which of several cues is heard."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.speech.order import Level, Order, Spoken, Verdict

numbers = itertools.count(1)


def cue(level: Level, text: str = "", *, counted: bool = False) -> Spoken:
    return Spoken(next(numbers), 0.0, level, "kind", text, late_is_wrong=counted)


def playing(level: Level) -> Order:
    order = Order()
    assert order.offer(cue(level)) is Verdict.NOW
    return order


# What comes while another plays. Rows: what plays; columns: what comes, from ALARM to LESSER.
TABLE = {
    #              alarm fault stop  step  change lesser
    Level.ALARM: ("wait", "wait", "wait", "wait", "wait", "drop"),
    Level.FAULT: ("now", "wait", "wait", "wait", "wait", "drop"),
    Level.STOP: ("now", "now", "now", "wait", "wait", "drop"),
    Level.STEP: ("now", "now", "now", "now", "wait", "drop"),
    Level.CHANGE: ("now", "now", "now", "now", "wait", "drop"),
    Level.LESSER: ("now", "now", "now", "now", "now", "drop"),
}


@pytest.mark.parametrize("before", Level)
@pytest.mark.parametrize("comes", Level)
def test_the_order_of_precedence(before: Level, comes: Level) -> None:
    assert playing(before).offer(cue(comes)).value == TABLE[before][comes]


def test_a_counted_second_is_not_said_late() -> None:
    order = playing(Level.FAULT)
    assert order.offer(cue(Level.STEP, counted=True)) is Verdict.DROP
    assert order.ended() is None


def test_at_most_one_waits_and_the_later_is_what_is_so() -> None:
    order = playing(Level.STOP)
    order.offer(cue(Level.STEP, "old"))
    assert order.offer(cue(Level.STEP, "new")) is Verdict.WAIT
    assert order.waiting is not None
    assert order.waiting.text == "new"


def test_what_waits_gives_way_to_nothing_less_urgent() -> None:
    order = playing(Level.FAULT)
    red_key = cue(Level.FAULT, "red key")
    order.offer(red_key)
    assert order.offer(cue(Level.CHANGE)) is Verdict.DROP
    assert order.ended() is red_key


def test_what_cuts_in_takes_the_less_urgent_along_that_waited() -> None:
    order = playing(Level.CHANGE)
    order.offer(cue(Level.CHANGE, "two kilometres per hour"))
    order.offer(cue(Level.STOP, "Stopping"))
    assert order.ended() is None


@given(st.lists(st.sampled_from([*Level, None])))
def test_the_most_urgent_is_always_heard(levels: list[Level | None]) -> None:
    """None: what plays ends."""
    order = Order()
    for level in levels:
        if level is None:
            waiting = order.waiting
            assert order.ended() is waiting
            assert order.waiting is None
            continue
        before = order.playing
        offered = cue(level)
        match order.offer(offered):
            case Verdict.NOW:
                assert order.playing is offered
                assert before is None or before.level >= level
            case Verdict.WAIT:
                assert order.waiting is offered
                assert order.playing is before
            case Verdict.DROP:
                assert level is Level.LESSER or (
                    order.waiting is not None and order.waiting.level < level
                )
        assert order.playing is not None
        if level <= Level.FAULT:
            assert offered in (order.playing, order.waiting) or (
                order.waiting is not None and order.waiting.level < level
            )
