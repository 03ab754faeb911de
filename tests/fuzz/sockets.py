"""The ends of the socket: the bridge's, a client's, that of ``quarterturn stop``, and an errand."""

import asyncio
import atexit
import contextlib
import io
import json
import os
import socket
from functools import cache
from typing import Any, cast

from pydantic import ValidationError

from fuzz.disk import folder
from fuzz.json_edits import as_read, edited
from fuzz.lines import session
from fuzz.protocol import MESSAGE_LINES, REQUEST_LINES
from fuzz.target import Choices, Target, Targets
from quarterturn import stop
from quarterturn.bridge.errand import Errand, decode_errand, encode_errand
from quarterturn.bridge.records import decode_setup
from quarterturn.bridge.server import Client, Handler, Server
from quarterturn.client import BridgeClient
from quarterturn.exit_codes import ExitCode
from quarterturn.layers import row_of
from quarterturn.open_session import OpenSession, read_open_session
from quarterturn.places import open_session_path
from quarterturn.plan import Plan, PlanRefused, make_plan
from quarterturn.profiles import base_profile
from quarterturn.protocol import (
    VERSION,
    Answered,
    Hello,
    Request,
    Welcome,
    encode_request,
    read_message,
    read_request,
)
from quarterturn.session import Intent
from quarterturn.workout.files import load_workout
from quarterturn.workout.phases import Phase

TOKEN = "secret"
FIRST = bytes([len(REQUEST_LINES)])


class FakeTransport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closing = False

    def write(self, data: Any) -> None:
        assert not self.closing
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.closing = True


class Answering(Handler):
    """A bridge that takes note of what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def welcome(self, client: Client, hello: Hello) -> Welcome:
        return Welcome(VERSION, "0", 1, hello.supervise, {})

    def request(self, client: Client, request: Request) -> None:
        self.asked.append(request)
        client.say(Answered(getattr(request, "id", None), accepted=True))

    def left(self, client: Client) -> None:
        raise AssertionError("nobody has left")


@cache
def loop() -> asyncio.AbstractEventLoop:
    found = asyncio.new_event_loop()
    atexit.register(found.close)
    return found


def stream_of(choices: Choices, lines: tuple[bytes, ...]) -> list[bytes]:
    """Return up to six lines: good ones, edited ones, and octets as they are."""
    found: list[bytes] = []
    while choices.left and len(found) < 6:
        which = choices.below(3 * len(lines))
        line = lines[which % len(lines)]
        if which >= 2 * len(lines):
            line = choices.take(choices.below(40)) + b"\n"
        elif which >= len(lines):
            document = edited(json.loads(line), Choices(choices.take(choices.below(10))))
            line = json.dumps(document).replace("Infinity", "1e999").encode() + b"\n"
        found.append(line)
    return found


# --- the bridge ----------------------------------------------------------------------------------

Served = tuple[list[bytes], bool, list[Request], list[bytes], bool]


def serve(data: bytes) -> Served:
    """Connect a client, which has said hello or has not, and feed what it says."""
    choices = Choices(data)
    with_token, greeted = choices.below(2) == 1, choices.below(2) == 1
    hello = encode_request(Hello(VERSION, "x", token=TOKEN if with_token else None))
    said = [hello] if greeted else []
    said += stream_of(choices, (*REQUEST_LINES, hello))

    async def talk() -> tuple[Answering, FakeTransport]:
        handler, transport = Answering(), FakeTransport()
        client = Client(Server(handler, TOKEN if with_token else None))
        client.connection_made(transport)
        stream = b"".join(said)
        size = 1 + choices.below(64)
        for at in range(0, len(stream), size):
            client.data_received(stream[at : at + size])
        assert client._hello_timer is not None
        client._hello_timer.cancel()
        return handler, transport

    handler, transport = loop().run_until_complete(talk())
    return said, greeted, handler.asked, transport.written.splitlines(), transport.closing


def check_served(_: bytes, found: Served) -> None:
    said, greeted, asked, heard, closed = found
    messages = [read_message(line) for line in heard]
    understood = []
    for each in b"".join(said).split(b"\n"):
        with contextlib.suppress(ValueError):
            understood.append(read_request(each))
    if not any(isinstance(request, Hello) for request in understood):
        assert asked == []
    if not closed:
        # Nothing is passed over, least of all a stop.
        assert asked == [it for it in understood if not isinstance(it, Hello)]
        assert len(messages) >= len(understood)
    elif greeted:
        rest = [it for it in understood if not isinstance(it, Hello)]
        assert asked == rest[: len(asked)]


# --- a client ------------------------------------------------------------------------------------


def hear(data: bytes) -> tuple[list[bytes], BridgeClient, list[object]]:
    """Feed a client what a bridge says; it waits for three answers."""
    said = stream_of(Choices(data), MESSAGE_LINES)
    told: list[object] = []

    async def talk() -> BridgeClient:
        client = BridgeClient(on_event=told.append, on_snapshot=told.append, on_note=told.append)
        client.connection_made(FakeTransport())
        waiting = [asyncio.ensure_future(client.ask(Intent.PAUSE)) for _ in range(3)]
        await asyncio.sleep(0)
        client.data_received(b"".join(said))
        client.connection_lost(None)
        await asyncio.gather(*waiting, return_exceptions=True)
        return client

    return said, loop().run_until_complete(talk()), told


def check_heard(_: bytes, found: tuple[list[bytes], BridgeClient, list[object]]) -> None:
    client, told = found[1:]
    assert client.lost.is_set()
    assert client.why_lost
    assert client.snapshot is None or client.snapshot in told


# --- quarterturn stop ----------------------------------------------------------------------------


class FakeSocket:
    """Hands out what the bridge says, in parts of a size, and then closes."""

    def __init__(self, said: bytes, size: int) -> None:
        self._parts = [said[at : at + size] for at in range(0, len(said), size)]

    def settimeout(self, _seconds: float) -> None:
        """Take note of nothing: it never waits."""

    def recv(self, _octets: int) -> bytes:
        return self._parts.pop(0) if self._parts else b""


def ask_to_stop(data: bytes) -> tuple[list[bytes], int]:
    os.environ["QUARTERTURN_HOME"] = str(folder() / "home")
    choices = Choices(data)
    size = 1 + choices.below(200)
    said = stream_of(choices, (*MESSAGE_LINES, *STANDING))
    connection = cast("socket.socket", FakeSocket(b"".join(said), size))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return said, stop._ask(connection)


STANDING = (
    b'{"message":"answer","id":1,"accepted":true}\n',
    b'{"message":"snapshot","snapshot":{"state":"resting","belt_may_move":false}}\n',
    b'{"message":"event","event":{"event":"end","belt_stopped":true}}\n',
    b'{"message":"snapshot","snapshot":{"state":"resting","belt_may_move":true}}\n',
    b'{"message":"event","event":{"event":"end","belt_stopped":false}}\n',
)


def check_asked(_: bytes, found: tuple[list[bytes], int]) -> None:
    said, code = found
    assert code in (ExitCode.COMPLETED, ExitCode.FAULT, ExitCode.NOTHING)
    if code == ExitCode.COMPLETED:
        assert any(map(says_that_it_stands, b"".join(said).split(b"\n")))


def says_that_it_stands(line: bytes) -> bool:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return False
    if not isinstance(message, dict):
        return False
    event, snapshot = message.get("event"), message.get("snapshot")
    if isinstance(event, dict):
        return event.get("event") == "end" and event.get("belt_stopped") is True
    return isinstance(snapshot, dict) and snapshot.get("belt_may_move") is False


def read_record(data: bytes) -> OpenSession | None:
    os.environ["QUARTERTURN_HOME"] = str(folder() / "home")
    path = open_session_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    choices = Choices(data)
    content = data[1:]
    if choices.below(2):
        document = edited(OPEN_SESSION, choices)
        content = json.dumps(document).replace("Infinity", "1e999").encode()
    path.write_bytes(content)
    return read_open_session()


OPEN_SESSION = {
    "open_session": 1,
    "treadmill": "ftms+sim://",
    "workout": "Circle",
    "began": "2026-05-01T10:00:00",
    "journal": "x.jsonl",
    "pid": 4711,
    "ended": "fault",
    "stands": False,
}


def check_record(_: bytes, found: OpenSession | None) -> None:
    assert found is not None  # a record that cannot be read is one all the same
    assert found.in_words()
    assert found.treadmill is None or isinstance(found.treadmill, str)


# --- an errand -----------------------------------------------------------------------------------


@cache
def errand_line() -> dict[str, Any]:
    profile = base_profile("home-beginner")
    errand = Errand(load_workout("first-lesson"), profile, 2026, ((None, "heart-rate+sim://"),))
    found: dict[str, Any] = as_read(encode_errand(errand))
    return found


def read_errand(data: bytes) -> Errand:
    document = edited(errand_line(), Choices(data))
    return decode_errand(as_read(document) if isinstance(document, dict) else {})


def check_errand(_: bytes, errand: Errand) -> None:
    """Plan it: whatever a client says of a profile, the caps are those of the base."""
    assert decode_errand(as_read(encode_errand(errand))) == errand
    setup = decode_setup(session()[0])
    try:
        plan = make_plan(errand.workout, errand.profile, setup.capabilities, year=errand.year)
    except PlanRefused:
        return
    check_plan(errand, plan)


def check_plan(errand: Errand, plan: Plan) -> None:
    for phase in plan.phases:
        row = errand.profile.base.rows[
            row_of(cast("Phase", phase))
        ]  # of which it has all that counts
        fastest = max(tier.max_speed for tier in row.tiers)
        assert 0 < phase.speed.kmh <= fastest.kmh
        assert 0 < phase.end_speed.kmh <= fastest.kmh
        assert phase.incline <= row.max_incline
        assert 0 < phase.duration_s <= 24 * 3600


TARGETS: Targets = {
    "bridge-server": Target(
        serve,
        check_served,
        ("quarterturn.bridge.server", "quarterturn.protocol"),
        (b"\x00\x01\x02", b"\x01\x01\x05\x02", b"\x00\x00\x09\x03\x01\x02\x03"),
        30_000,
        documented=(),
        longest=80,
    ),
    "bridge-client": Target(
        hear,
        check_heard,
        ("quarterturn.client", "quarterturn.protocol"),
        (b"\x00\x01\x02\x03", b"\x07\x03\x01\x02\x03\x0d"),
        30_000,
        documented=(),
        longest=80,
    ),
    "stop-answers": Target(
        ask_to_stop,
        check_asked,
        ("quarterturn.stop",),
        (b"\x10\x06\x07", b"\x10\x03", b"\x10\x06\x08", b"\x10\x0f\x02\x05\x00"),
        80_000,
        documented=(stop._Silence, ValueError, json.JSONDecodeError, UnicodeDecodeError),
        longest=80,
    ),
    "open-session": Target(
        read_record,
        check_record,
        ("quarterturn.open_session",),
        (b"\x00{}", b"\x01", b"\x00[1]", b'\x00{"treadmill": "ftms+sim://"}'),
        30_000,
        documented=(),
        longest=60,
    ),
    "errands": Target(
        read_errand,
        check_errand,
        ("quarterturn.bridge.errand", "quarterturn.plan", "quarterturn.layers"),
        (b"", b"\x10\x00\x01"),
        2_000,
        documented=(ValueError, ValidationError),
        longest=24,
    ),
}
