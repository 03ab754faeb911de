from pathlib import Path

import pytest

from quarterturn.session import TRANSITIONS, IllegalTransitionError, State, Trigger
from quarterturn.session.diagram import page
from quarterturn.session.table import AWAITING, MOVING, WALKING, follow

ROOT = Path(__file__).parents[3]


def reachable(origin: State, without: set[State] | None = None) -> set[State]:
    found, new = {origin}, {origin}
    while new:
        new = {to for (at, _), to in TRANSITIONS.items() if at in new} - found - (without or set())
        found |= new
    return found


def test_every_state_is_reachable_and_every_trigger_is_used() -> None:
    assert reachable(State.VERIFY) == set(State)
    assert {trigger for _, trigger in TRANSITIONS} == set(Trigger)


@pytest.mark.parametrize("state", State)
def test_every_state_leads_to_the_end(state: State) -> None:
    assert State.ENDED in reachable(state)


def test_nothing_leads_out_of_the_end() -> None:
    assert not [key for key in TRANSITIONS if key[0] is State.ENDED]


def test_the_belt_is_never_told_to_move_without_a_verified_standstill_and_a_ready() -> None:
    into = {state: {at for (at, _), to in TRANSITIONS.items() if to is state} for state in State}
    assert into[State.START] == {State.COUNTDOWN}
    assert into[State.COUNTDOWN] == {State.READY}
    assert into[State.READY] == {State.VERIFY}
    assert TRANSITIONS[State.READY, Trigger.READY] is State.COUNTDOWN


@pytest.mark.parametrize("state", MOVING)
def test_a_moving_belt_comes_to_rest_only_through_slow_stop_and_verify(state: State) -> None:
    # A start that was never made has nothing to slow down.
    ways = {trigger: to for (at, trigger), to in TRANSITIONS.items() if at is state}
    ways.pop(Trigger.UNREADY, None)
    assert ways[Trigger.HALT] is State.SLOW
    assert State.VERIFY not in ways.values()
    assert State.ENDED not in ways.values()
    assert State.ENDED not in reachable(State.SLOW, without={State.STOP})


def test_every_state_before_the_end_knows_how_to_stop_or_is_stopping() -> None:
    stopping = {State.SLOW, State.STOP, State.ENDED}
    for state in set(State) - stopping:
        assert (state, Trigger.HALT) in TRANSITIONS
    assert WALKING < MOVING
    assert not AWAITING & MOVING


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("trigger", Trigger)
def test_a_missing_key_is_an_illegal_transition(state: State, trigger: Trigger) -> None:
    if (state, trigger) in TRANSITIONS:
        assert follow(state, trigger) is TRANSITIONS[state, trigger]
    else:
        with pytest.raises(IllegalTransitionError, match=f"{trigger.name} .* {state.name}"):
            follow(state, trigger)


def test_the_page_in_the_documentation_is_drawn_from_the_table() -> None:
    assert (ROOT / "docs" / "states.md").read_text(encoding="utf-8") == page()
