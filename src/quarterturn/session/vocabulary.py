"""What people may ask of a session, what they are answered, and how it ends."""

from dataclasses import dataclass
from enum import StrEnum

Event = dict[str, object]
"""One thing that happened, as JSON can hold it; the key ``event`` names it, ``t`` is its time."""


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
