"""What passed between a driver and its link, as lines of the journal and back again.

A request of the driver is on record before the link is asked, and what became of it when the driver
learns of it; one that the driver gave up waiting for has no answer. ``n`` counts the requests, and
``to`` says which one is answered.
"""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from quarterturn.bridge.records import Line, read_time
from quarterturn.port import LinkError, Property, RefusedError

WIRE: Final = "wire"
DRIVER: Final = "driver"
_UUID_OCTETS: Final = 2


class Operation(StrEnum):
    """What a driver asks of its link."""

    CONNECT = "connect"
    DISCONNECT = "disconnect"
    READ = "read"
    WRITE = "write"
    SUBSCRIBE = "subscribe"


@dataclass(frozen=True, slots=True)
class Request:
    """A driver asks something of its link."""

    at_s: float
    number: int
    operation: Operation
    characteristic: int | None = None
    value: bytes | None = None

    def __str__(self) -> str:
        words = [self.operation.value]
        if self.characteristic is not None:
            words.append(f"{self.characteristic:04x}")
        if self.value is not None:
            words.append(self.value.hex())
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Failure:
    """How a link failed a request: the name of the exception, what it said, the peer's code."""

    name: str
    text: str = ""
    code: int | None = None

    @classmethod
    def of(cls, error: BaseException) -> "Failure":
        """Take down an exception."""
        code = error.code if isinstance(error, RefusedError) else None
        return cls(type(error).__name__, str(error), code)

    def error(self) -> Exception:
        """Return an exception like the one that was taken down."""
        match self.name:
            case "RefusedError":
                return RefusedError(self.text, self.code)
            case "LinkError":
                return LinkError(self.text)
            case "TimeoutError":
                return TimeoutError(*([self.text] if self.text else []))
            case name:
                return ForeignError(self.text or name)


class ForeignError(Exception):
    """What no link should raise; a driver knows it by its words, or for want of those its name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request: done, with what was read or found, unless there is a failure."""

    at_s: float
    to: int
    value: bytes | None = None
    characteristics: Mapping[int, Property] | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A notification or indication arrived."""

    at_s: float
    characteristic: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended without having been asked to."""

    at_s: float


class Doing(StrEnum):
    """What is done with a driver, and what comes of it."""

    CONNECT = "connect"
    CONNECTED = "connected"
    FAILED = "failed"
    GIVEN_UP = "given_up"
    CLOSE = "close"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class DriverStep:
    """Something is done with the driver of this number, or came of it.

    ``text`` names the driver where it is told to connect, and says why where it could not.
    """

    at_s: float
    number: int
    doing: Doing
    text: str | None = None

    def __str__(self) -> str:
        return f"{self.doing}: {self.text}" if self.text is not None else self.doing.value


Step = Request | Answer | Value | Lost | DriverStep


def was_given_up(error: BaseException) -> bool:
    """Say whether who waits was told to stop it: some links cancel requests of their own accord."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


def encode_step(step: Step) -> Line:
    """Return the line of what passed; what is absent is left out."""
    match step:
        case Value(at_s, characteristic, value):
            where = f"{characteristic:04x}"
            return {**_wire(at_s, "in"), "characteristic": where, "hex": value.hex()}
        case Request(at_s, number, operation, characteristic, value):
            line = {**_wire(at_s, "out"), "n": number, "op": operation.value}
            if characteristic is not None:
                line["characteristic"] = f"{characteristic:04x}"
            if value is not None:
                line["hex"] = value.hex()
            return line
        case Answer():
            return _encode_answer(step)
        case Lost(at_s):
            return {**_wire(at_s, "in"), "lost": True}
        case DriverStep(at_s, number, doing, text):
            line = {"kind": DRIVER, "at": at_s, "n": number, "do": doing.value}
            return line if text is None else {**line, "text": text}


def _wire(at_s: float, direction: str) -> Line:
    return {"kind": WIRE, "at": at_s, "dir": direction}


def _encode_answer(answer: Answer) -> Line:
    line = {**_wire(answer.at_s, "in"), "to": answer.to}
    if answer.value is not None:
        line["hex"] = answer.value.hex()
    if answer.characteristics is not None:
        line["characteristics"] = {f"{k:04x}": int(v) for k, v in answer.characteristics.items()}
    if answer.failure is not None:
        line["error"] = answer.failure.name
        line["text"] = answer.failure.text
        if answer.failure.code is not None:
            line["code"] = answer.failure.code
    return line


def decode_step(line: Mapping[str, object]) -> Step:
    """Read a line of a link or driver. Raise KeyError, TypeError or ValueError when it is none."""
    at_s = read_time(line["at"])
    if not abs(at_s) <= sys.float_info.max:  # not math.isfinite, which raises for a huge integer
        raise ValueError("what no float can hold is no time")
    if line["kind"] == DRIVER:
        text = None if line.get("text") is None else _text(line["text"])
        return DriverStep(at_s, _whole(line["n"]), Doing(_text(line["do"])), text)
    match line["dir"]:
        case "out":
            where = None if "characteristic" not in line else _uuid(line["characteristic"])
            operation = Operation(_text(line["op"]))
            return Request(at_s, _whole(line["n"]), operation, where, _octets(line))
        case "in" if "to" in line:
            return _decode_answer(at_s, line)
        case "in" if "lost" in line:
            return Lost(at_s)
        case "in":
            return Value(at_s, _uuid(line["characteristic"]), bytes.fromhex(_text(line["hex"])))
        case direction:
            raise ValueError(f"{direction!r} is no direction")


def _decode_answer(at_s: float, line: Mapping[str, object]) -> Answer:
    found = line.get("characteristics")
    if found is not None and not isinstance(found, dict):
        raise TypeError(f"characteristics are {found!r}")
    characteristics = found and {_uuid(key): Property(_whole(it)) for key, it in found.items()}
    failure = None
    if "error" in line:
        code = None if line.get("code") is None else _whole(line["code"])
        failure = Failure(_text(line["error"]), _text(line.get("text", "")), code)
    return Answer(at_s, _whole(line["to"]), _octets(line), characteristics, failure)


def _octets(line: Mapping[str, object]) -> bytes | None:
    return bytes.fromhex(_text(line["hex"])) if "hex" in line else None


def _uuid(value: object) -> int:
    octets = bytes.fromhex(_text(value))
    if len(octets) != _UUID_OCTETS:
        raise ValueError(f"{value!r} is no characteristic")
    return int.from_bytes(octets)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is no whole number")
    return value
