"""What the bridge and its clients say to each other: one JSON object a line, each way.

A client says hello before anything else and is answered with a welcome. After that it hears
snapshots (up to ten a second, and two at least while the belt is steered) and every event at once;
what it asks with an ``id`` is answered with that ``id``. One client supervises: it alone may give
READY and steer. Stop is everyone's. Keys may be added in later versions and are ignored by older
ones; a request that is not known is answered, and nothing is done.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, get_args, get_origin

from quarterturn.session.vocabulary import Intent

VERSION: Final = 1
"""The version of the protocol; another one is turned away in words."""
MAX_LINE: Final = 1024 * 1024
"""The longest line, in octets; a plan of a thousand phases fits."""
HEARTBEAT_S: Final = 0.2
"""How often the client that supervises says that it is alive [safety 6.4 W]."""
SNAPSHOT_S: Final = 0.1
"""The shortest time between two snapshots to a client."""
SIGN_OF_LIFE_S: Final = 0.5
"""The longest time between two snapshots."""

Object = Mapping[str, object]


class ProtocolError(ValueError):
    """The other end cannot be understood; ``id`` is that of the request, if it had one."""

    def __init__(self, message: str, request_id: int | None = None) -> None:
        super().__init__(message)
        self.id = request_id


# --- what clients say -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    """The first line. ``supervise``: the client wants to steer, if nobody else does.

    ``token`` proves who one is where the socket is not a file that its owner alone can open.
    """

    protocol: int
    name: str
    supervise: bool = False
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Alive:
    """The client that supervises is there; said every 0.2 s, by the loop that reads its keys."""


@dataclass(frozen=True, slots=True)
class Supervise:
    """The client wants to steer, after all."""

    id: int


@dataclass(frozen=True, slots=True)
class Begin:
    """Walk an errand: see `quarterturn.bridge.errand`."""

    id: int
    errand: Object


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person asks for."""

    id: int
    intent: Intent


@dataclass(frozen=True, slots=True)
class StopBelt:
    """Stop the belt, at once or by a ramp, and end the session; from any client.

    ``by`` is who asks, by way of the client that supervises; any other is another client.
    """

    id: int
    ramp: bool = False
    cause: str | None = None
    by: str = "walker"


@dataclass(frozen=True, slots=True)
class CuesLost:
    """Nobody hears the cues any more."""


@dataclass(frozen=True, slots=True)
class ScreenLost:
    """Nobody sees the screen any more, though its program still runs."""


Request = Hello | Alive | Supervise | Begin | Ask | StopBelt | CuesLost | ScreenLost


# --- what the bridge says -------------------------------------------------------------------------


class BridgeState(Enum):
    """What the bridge is doing."""

    RESTING = "resting"
    CONNECTING = "connecting"
    WALKING = "walking"
    RECOVERING = "recovering"
    ENDING = "ending"


IN_WORDS: Final[Mapping[BridgeState, str]] = {
    BridgeState.RESTING: "waits for a walk",
    BridgeState.CONNECTING: "looks for the treadmill",
    BridgeState.WALKING: "a walk is under way",
    BridgeState.RECOVERING: "waits until somebody has acknowledged what happened",
    BridgeState.ENDING: "brings the belt to rest",
}
"""What the bridge is doing, for people."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is so at one moment. None: there is nothing of the kind, or it is not known.

    ``t`` is in seconds since the plan event; ``elapsed_s`` by the phase clock. ``phase``, ``fault``
    and ``end`` are the last events of that name. ``step`` and ``purpose`` say where in a start, a
    turn, a pause or a halt the session is, ``next_heading`` where that leads. ``commanded_kmh`` is
    the ledger; ``report_age_s`` how old the speed and the incline are. ``last_session`` is what
    happened to a session that did not end.
    """

    state: BridgeState
    treadmill: str
    belt_may_move: bool
    heading: str
    supervised: bool
    clients: int
    t: float | None = None
    workout: str | None = None
    profile: str | None = None
    phases: int | None = None
    phase: Object | None = None
    elapsed_s: float | None = None
    purpose: str | None = None
    step: str | None = None
    next_heading: str | None = None
    commanded_kmh: float | None = None
    speed_kmh: float | None = None
    incline_pct: float | None = None
    distance_m: float | None = None
    heart_rate_bpm: int | None = None
    report_age_s: float | None = None
    fault: Object | None = None
    end: Object | None = None
    last_session: str | None = None


@dataclass(frozen=True, slots=True)
class Welcome:
    """The answer to hello. ``supervising``: whether this client steers; else ``text`` says why.

    ``plan``: that of the walk which is under way or has ended, for who comes late.
    """

    protocol: int
    version: str
    pid: int
    supervising: bool
    snapshot: Object
    text: str = ""
    plan: Object | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """What is going to be walked, as `quarterturn.plan_sheet` shows it; said before it begins."""

    plan: Object


@dataclass(frozen=True, slots=True)
class Now:
    """A snapshot; `read_snapshot` reads it."""

    snapshot: Object


@dataclass(frozen=True, slots=True)
class Told:
    """An event of the session, as in `docs/events.md`."""

    event: Object


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a request; ``code`` is the exit code that a refusal calls for."""

    id: int | None
    accepted: bool
    text: str = ""
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """Something a person should know, and no event of a session."""

    text: str


@dataclass(frozen=True, slots=True)
class Farewell:
    """The bridge closes this connection, and why."""

    text: str


Message = Welcome | Planned | Now | Told | Answered | Noted | Farewell

_REQUESTS: Final[dict[str, type[Request]]] = {
    "hello": Hello,
    "alive": Alive,
    "supervise": Supervise,
    "begin": Begin,
    "ask": Ask,
    "stop": StopBelt,
    "cues_lost": CuesLost,
    "screen_lost": ScreenLost,
}
_MESSAGES: Final[dict[str, type[Message]]] = {
    "welcome": Welcome,
    "plan": Planned,
    "snapshot": Now,
    "event": Told,
    "answer": Answered,
    "note": Noted,
    "farewell": Farewell,
}
_NAMES: Final[dict[type, str]] = {kind: name for name, kind in (_REQUESTS | _MESSAGES).items()}
_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=dict).encode


def encode_request(request: Request) -> bytes:
    """Return the line of a request."""
    return _line("request", request)


def encode_message(message: Message) -> bytes:
    """Return the line of a message."""
    return _line("message", message)


def read_request(line: bytes) -> Request:
    """Read what a client said.

    Raises:
        ProtocolError: when it is none of the requests.

    """
    return _read(_REQUESTS, "request", line)


def read_message(line: bytes) -> Message:
    """Read what the bridge said.

    Raises:
        ProtocolError: when it is none of the messages.

    """
    return _read(_MESSAGES, "message", line)


def snapshot_object(snapshot: Snapshot) -> Object:
    """Return a snapshot as JSON holds it; what is None is left out."""
    return _object(snapshot)


def read_snapshot(value: Object) -> Snapshot:
    """Read a snapshot back.

    Raises:
        ProtocolError: when it is none.

    """
    return _build(Snapshot, "snapshot", value, None)


class LineBuffer:
    """Puts octets together to lines, as they come; holds one unfinished line at most."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that are whole now, without their ends.

        Raises:
            ProtocolError: when a line is longer than 1 MiB.

        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE or any(len(line) > MAX_LINE for line in lines):
            self._rest = b""
            raise ProtocolError(f"a line is longer than {MAX_LINE} octets")
        return lines


# --- the encoding ---------------------------------------------------------------------------------

T = TypeVar("T")


def _line(key: str, value: Request | Message) -> bytes:
    return _encode({key: _NAMES[type(value)], **_object(value)}).encode("ascii") + b"\n"


def _object(value: Request | Message | Snapshot) -> dict[str, object]:
    found: dict[str, object] = {}
    for field in fields(value):
        part = getattr(value, field.name)
        if part is not None:
            found[field.name] = part.value if isinstance(part, Enum) else part
    return found


def _read(kinds: Mapping[str, type[T]], key: str, line: bytes) -> T:
    try:
        value: object = json.loads(line, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise ProtocolError("not JSON") from None
    if not isinstance(value, dict):
        raise ProtocolError("not an object in braces")
    given = value.get("id")
    request_id = given if type(given) is int else None
    name = value.get(key)
    kind = kinds.get(name) if isinstance(name, str) else None
    if kind is None:
        known = ", ".join(kinds)
        raise ProtocolError(f"no such {key}; known are {known}", request_id)
    return _build(kind, str(name), value, request_id)


def _build(kind: type[T], name: str, value: Object, request_id: int | None) -> T:
    found: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]  # each of them is a dataclass
        if field.name in value:
            found[field.name] = _field(field, name, value[field.name], request_id)
        elif field.default is MISSING and NoneType in get_args(field.type):
            found[field.name] = None  # what is None is left out
        elif field.default is MISSING:
            raise ProtocolError(f"{name}: {field.name} is missing", request_id)
    return kind(**found)


def _field(field: "Field[Any]", name: str, value: object, request_id: int | None) -> object:
    wanted = get_args(field.type) if isinstance(field.type, UnionType) else (field.type,)
    for kind in wanted:
        if isinstance(kind, type) and issubclass(kind, Enum):
            if isinstance(value, str) and value in {each.value for each in kind}:
                return kind(value)
        elif kind is float and type(value) is int and abs(value) < 2**53:
            return float(value)
        elif type(value) is (dict if get_origin(kind) is not None else kind):
            return value
    raise ProtocolError(f"{name}: {field.name} is not what it should be", request_id)


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):  # 1e999 is JSON, but nothing that can be written again
        raise ValueError(f"{digits[:40]} is no number")
    return number
