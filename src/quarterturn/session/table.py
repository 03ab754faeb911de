"""The states of a session and what leads from one to another, as one table.

The rules and their reasons:

- Nothing starts without READY, and READY is only taken while the belt is known to stand: ``START``
  is reached from ``COUNTDOWN`` alone, that from ``READY`` alone, and that from ``VERIFY`` alone.
- A start that is called off leads back behind the proof that the belt stands, because the proof has
  grown old meanwhile, and a person who pressed READY for one thing did not press it for another.
- From every state in which the belt may move, ``HALT`` leads to ``SLOW``; from there only through
  ``STOP`` and ``VERIFY`` to rest. No shortcut exists, whoever asks.
- A session ends at rest, or where the belt cannot be known to stand: then the end says so.

A missing key is a transition that cannot happen.
"""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a session stands; between two headings also the steps of the turn."""

    VERIFY = "verify"
    READY = "ready"
    COUNTDOWN = "countdown"
    START = "start"
    SETTLE = "settle"
    WALK = "walk"
    SLOW = "slow"
    STOP = "stop"
    ENDED = "ended"


class Trigger(StrEnum):
    """What takes a session from one state to another."""

    STANDS = "the belt is known to stand"
    READY = "READY was accepted"
    COUNTED = "three, two, one"
    MOVES = "the belt moves"
    SETTLED = "the belt agrees with the start speed"
    HALT = "the belt is to stand"
    STOP_SENT = "Stop went out, or the machine stopped by itself"
    STOP_KNOWN = "the Stop was answered"
    UNREADY = "the start was called off"
    END = "nothing is left to do"


TRANSITIONS: Final[dict[tuple[State, Trigger], State]] = {
    (State.VERIFY, Trigger.STANDS): State.READY,
    (State.READY, Trigger.READY): State.COUNTDOWN,
    (State.COUNTDOWN, Trigger.COUNTED): State.START,
    (State.START, Trigger.MOVES): State.SETTLE,
    (State.SETTLE, Trigger.SETTLED): State.WALK,
    # On the way to a standstill; a belt that moves unasked is stopped wherever the session stands.
    (State.VERIFY, Trigger.HALT): State.SLOW,
    (State.READY, Trigger.HALT): State.SLOW,
    (State.COUNTDOWN, Trigger.HALT): State.SLOW,
    (State.START, Trigger.HALT): State.SLOW,
    (State.SETTLE, Trigger.HALT): State.SLOW,
    (State.WALK, Trigger.HALT): State.SLOW,
    (State.SLOW, Trigger.STOP_SENT): State.STOP,
    (State.STOP, Trigger.STOP_KNOWN): State.VERIFY,
    # What READY was asked for has changed, or the proof that the belt stands has grown old.
    (State.READY, Trigger.UNREADY): State.VERIFY,
    (State.COUNTDOWN, Trigger.UNREADY): State.VERIFY,
    (State.START, Trigger.UNREADY): State.VERIFY,
    (State.VERIFY, Trigger.END): State.ENDED,
    (State.READY, Trigger.END): State.ENDED,
    (State.COUNTDOWN, Trigger.END): State.ENDED,
    # A Stop that nothing confirms.
    (State.STOP, Trigger.END): State.ENDED,
}

WALKING: Final = frozenset({State.SETTLE, State.WALK})
"""The belt is at work, and the phase clock runs."""
MOVING: Final = WALKING | {State.START}
"""The belt was told to move."""
AWAITING: Final = frozenset({State.READY, State.COUNTDOWN})
"""The belt is known to stand, and may be told to move next."""


class IllegalTransitionError(RuntimeError):
    """A mistake in the session: the table has no such transition."""


def follow(state: State, trigger: Trigger) -> State:
    """Return the state that a trigger leads to.

    Raises:
        IllegalTransitionError: when it leads nowhere from this state.

    """
    try:
        return TRANSITIONS[state, trigger]
    except KeyError:
        raise IllegalTransitionError(f"{trigger.name} leads nowhere from {state.name}") from None
