"""What a journal has to say to a driver, and what the driver said then, in order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from quarterturn.bridge.journal import Journal, JournalError, Record
from quarterturn.bridge.octets import (
    DRIVER,
    WIRE,
    Answer,
    Doing,
    DriverStep,
    Lost,
    Operation,
    Request,
    Value,
    decode_step,
)
from quarterturn.bridge.records import Line, Setup, decode_command, decode_setup, read_time
from quarterturn.bridge.replay import GAPS
from quarterturn.model import NoticeKind, Permitted

# What a driver reports. That it is connected again is the runtime's word.
_REPORTS: Final = ("telemetry", "notice", "outcome")
_TOLD: Final = (Doing.CONNECT, Doing.CLOSE)


@dataclass(frozen=True, slots=True)
class Sent:
    """The driver was given a command to send."""

    at_s: float
    permitted: Permitted


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Nobody waited for the driver of this number to connect any more."""

    at_s: float
    number: int


@dataclass(frozen=True, slots=True)
class Told:
    """The driver of this number was told to connect, or to close."""

    at_s: float
    number: int
    doing: Doing


Input = Answer | Value | Lost | Sent | GivenUp | Told
"""What happens to a driver or its link."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The driver reported something, as the journal writes it."""

    at_s: float
    line: Line

    def __str__(self) -> str:
        return str(self.line)


Output = Request | Reported | DriverStep
"""What a driver did; a DriverStep is what came of what it was told."""


@dataclass(frozen=True, slots=True)
class Listening:
    """From here on reports are on record, or no longer are."""

    begins: bool


@dataclass(frozen=True, slots=True)
class Script:
    """A session as its driver saw it. ``gap`` says why it is cut before the record's end.

    ``ended``: the last report that was made is on record; ``closed``: so is everything else.
    """

    setup: Setup
    steps: tuple[Input | Output | Listening, ...]
    ended: bool
    closed: bool
    gap: str | None


def driver_name(journal: Journal) -> str | None:
    """Return the name of the driver whose octets are on record; None where there are none."""
    for record in journal.records:
        if record.get("kind") == DRIVER and record.get("do") == Doing.CONNECT:
            name = record.get("text")
            return name if isinstance(name, str) else None
    return None


def read_script(journal: Journal) -> Script:
    """Read what a driver saw and did.

    Raises:
        JournalError: when no session began, or a line cannot be read.

    """
    setup: Setup | None = None
    steps: list[Input | Output | Listening] = []
    connected: set[int] = set()
    ended = False
    gap = None
    for record in journal.records:
        kind = record.get("kind")
        if kind in GAPS:
            gap = "lines are missing"
            break
        try:
            if kind == "setup" and setup is None:
                setup = decode_setup(dict(record))
                steps.append(Listening(begins=True))
            elif kind == "event" and _is_end(record):
                ended = True
                steps.append(Listening(begins=False))
            else:
                steps += _read(record)
                _check_number(steps[-1:], connected)
        except (LookupError, TypeError, ValueError) as error:
            what = f"{error!r} in {str(dict(record))[:200]}"
            raise JournalError(
                f"{journal.path}: what a driver saw cannot be read: {what}"
            ) from None
    if setup is None:
        raise JournalError(f"{journal.path}: no session began in it")
    last = next((step for step in reversed(steps) if isinstance(step, DriverStep)), None)
    closed = ended and gap is None and last is not None and last.doing is Doing.CLOSED
    return Script(setup, tuple(_with_given_up(steps)), ended, closed, gap)


def _is_end(record: Record) -> bool:
    event = record.get("event")
    return isinstance(event, dict) and event.get("event") == "end"


def _read(record: Record) -> list[Input | Output]:
    match record.get("kind"):
        case kind if kind in (WIRE, DRIVER):
            step = decode_step(record)
            if isinstance(step, DriverStep) and step.doing in _TOLD:
                return [Told(step.at_s, step.number, step.doing)]
            return [step]
        case "command":
            return [Sent(read_time(record["at"]), decode_command(record))]
        case "notice" if record.get("notice") == NoticeKind.RECONNECTED:
            return []
        case kind if kind in _REPORTS:
            return [Reported(read_time(record["at"]), dict(record))]
        case _:
            return []


def _check_number(steps: list[Input | Output | Listening], connected: set[int]) -> None:
    for step in steps:
        if isinstance(step, Told) and step.doing is Doing.CONNECT:
            connected.add(step.number)
        elif isinstance(step, Told | DriverStep):
            if step.number not in connected:
                raise ValueError(f"driver {step.number} was never told to connect")
        elif isinstance(step, Sent) and not connected:
            raise ValueError("no driver was told to connect")


def _with_given_up(
    steps: list[Input | Output | Listening],
) -> Iterator[Input | Output | Listening]:
    """Put in where a driver was told not to connect after all: at once it hung up.

    A driver closes its link before it says so, and that it was told is seen by this alone.
    """
    given_up = {
        step.number: index
        for index, step in enumerate(steps)
        if isinstance(step, DriverStep) and step.doing is Doing.GIVEN_UP
    }
    connecting: int | None = None
    for index, step in enumerate(steps):
        match step:
            case Told(_, number, Doing.CONNECT):
                connecting = number if given_up.get(number, -1) > index else None
            case DriverStep(at_s, _, Doing.GIVEN_UP) | Request(at_s, _, Operation.DISCONNECT):
                if connecting is not None:
                    yield GivenUp(at_s, connecting)
                    connecting = None
            case _:
                pass
        yield step
