"""What people may ask of a session, what they are answered, and how it ends."""

from dataclasses import dataclass
from enum import StrEnum

Event = dict[str, object]
"""One thing that happened, as JSON can hold it; the key ``event`` names it, ``t`` is its time."""


# Of a file that was tampered with: no number of a walk is larger, and the sum of many stays finite.
_LARGEST = 1e12

ACKNOWLEDGE_FIRST = "nothing but stop before somebody has acknowledged what happened"
"""What everything else is answered after a crash."""


class Intent(StrEnum):
    """What a client may ask for."""

    READY = "ready"
    ARM = "arm"
    CONFIRM = "confirm"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    SLOWER = "slower"
    SKIP = "skip"
    FINISH = "finish"
    ACKNOWLEDGE = "acknowledge"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an intent; ``text`` says why not, or what has to be known."""

    accepted: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a session ends: ``completed``, ``stopped`` or ``fault``; by whom; and the cause."""

    reason: str
    by: str
    cause: str | None = None


class Purpose(StrEnum):
    """Why the belt stands or is about to; the name of the event that reports the steps."""

    START = "start"
    TURN = "turn"
    PAUSE = "pause"
    HALT = "halt"


def number(value: object) -> float | None:
    """Return a number that something of a walk may have as such, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -_LARGEST < value < _LARGEST else None
