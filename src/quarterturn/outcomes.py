"""What it means for the walk that a command was not done."""

from typing import assert_never

from quarterturn.model import (
    Command,
    CommandOutcome,
    Outcome,
    SetIncline,
    SetSpeed,
    Start,
    Stop,
)
from quarterturn.monitors import Fault, FaultKind, Reaction


def fault_of(outcome: CommandOutcome) -> Fault | None:
    """Return the fault in a Start or a target that was refused, not answered or not done.

    A Stop is none: the belt's own reports decide whether it was done. Nor is an incline, which the
    walk can do without.
    """
    command = outcome.permitted.command
    done = outcome.outcome in (Outcome.CONFIRMED, Outcome.SUPERSEDED)
    if done or isinstance(command, Stop | SetIncline):
        return None
    words = in_words(command)
    if outcome.outcome is Outcome.REJECTED:
        text = f"The treadmill refuses {words}: {outcome.detail}."
        return Fault(FaultKind.REFUSED, Reaction.STOP, text)
    if outcome.answered_s is None:
        text = f"The treadmill did not answer {words}."
        return Fault(FaultKind.UNANSWERED, Reaction.STOP, text)
    text = f"The treadmill accepted {words} and did nothing."
    return Fault(FaultKind.NO_EFFECT, Reaction.RAMP, text)


def in_words(command: Command) -> str:
    """Name a command as a sentence does."""
    match command:
        case Start():
            return "the start"
        case Stop():
            return "the stop"
        case SetSpeed(speed):
            return f"a speed of {speed}"
        case SetIncline(incline):
            return f"an incline of {incline}"
        case _:
            assert_never(command)
