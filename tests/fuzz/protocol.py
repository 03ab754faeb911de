"""What bridge and clients say to each other, as the other end may say it wrong."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from fuzz.json_edits import as_read, edited
from fuzz.target import Choices, Target, Targets, parts_of
from quarterturn.protocol import (
    MAX_LINE,
    Alive,
    Answered,
    Ask,
    Begin,
    BridgeState,
    CuesLost,
    Farewell,
    Hello,
    LineBuffer,
    Message,
    Noted,
    Now,
    ProtocolError,
    Request,
    ScreenLost,
    Snapshot,
    StopBelt,
    Supervise,
    Told,
    Welcome,
    encode_message,
    encode_request,
    read_message,
    read_request,
    read_snapshot,
    snapshot_object,
)
from quarterturn.session import Intent

T = TypeVar("T")

SNAPSHOT = Snapshot(
    BridgeState.WALKING,
    "ftms+sim://",
    belt_may_move=True,
    heading="forward",
    supervised=True,
    clients=2,
    t=12.5,
    workout="Circle",
    profile="home-beginner",
    phases=6,
    phase={"event": "phase", "index": 1, "limits": [{"cap": 2.0}]},
    elapsed_s=3.25,
    purpose="turn",
    step="slow",
    next_heading="right",
    commanded_kmh=2.0,
    speed_kmh=1.9,
    incline_pct=0.5,
    distance_m=33.0,
    heart_rate_bpm=92,
    report_age_s=0.5,
    fault={"event": "fault"},
    end={"event": "end", "reason": "stopped"},
    last_session="it did not end",
)
REQUESTS: tuple[Request, ...] = (
    Hello(1, "screen", supervise=True),
    Alive(),
    Supervise(1),
    Begin(2, {"workout": "circle", "profile": None, "sensors": ["heart-rate+sim://"]}),
    Ask(3, Intent.READY),
    StopBelt(4, ramp=True, cause="remote"),
    CuesLost(),
    ScreenLost(),
)
MESSAGES: tuple[Message, ...] = (
    Welcome(1, "0.1.0", 4711, supervising=False, snapshot={"state": "resting"}, text="taken"),
    Now(snapshot_object(SNAPSHOT)),
    Told({"t": 1.5, "event": "cue", "text": "Turn"}),
    Answered(3, accepted=False, text="not now", code=2),
    Noted("the disk is full"),
    Farewell("the bridge ends"),
)
REQUEST_LINES = tuple(encode_request(request) for request in REQUESTS)
MESSAGE_LINES = tuple(encode_message(message) for message in MESSAGES)


def line_of(data: bytes, lines: Sequence[bytes]) -> bytes:
    """Return an input as a line, or the edits of a good one: its first octet says which."""
    choices = Choices(data)
    which = choices.below(2 * len(lines))
    if which >= len(lines):
        return data[1:]
    document = edited(json.loads(lines[which]), choices)
    return json.dumps(document).replace("Infinity", "1e999").encode()


def read_a_request(data: bytes) -> Request:
    return read_request(line_of(data, REQUEST_LINES))


def check_request(_: bytes, request: Request) -> None:
    assert read_request(encode_request(request)) == request
    number = getattr(request, "id", None)
    assert number is None or type(number) is int


def read_a_message(data: bytes) -> tuple[Message, Snapshot | None]:
    message = read_message(line_of(data, MESSAGE_LINES))
    if isinstance(message, Now | Welcome):
        return message, read_snapshot(message.snapshot)
    return message, None


def check_message(_: bytes, found: tuple[Message, Snapshot | None]) -> None:
    message, snapshot = found
    assert read_message(encode_message(message)) == message
    if snapshot is not None:
        assert read_snapshot(as_read(snapshot_object(snapshot))) == snapshot


def feed(data: bytes) -> tuple[list[bytes], bytes]:
    """Feed an input in parts; return the lines, and what they were cut from."""
    buffer = LineBuffer()
    whole = b"".join(parts_of(data))
    lines = [line for part in parts_of(data) for line in buffer.feed(part)]
    return lines, whole


def check_fed(_: bytes, found: tuple[list[bytes], bytes]) -> None:
    lines, whole = found
    assert lines == whole.split(b"\n")[:-1]
    assert all(len(line) <= MAX_LINE for line in lines)


def seeds(lines: Sequence[bytes]) -> tuple[bytes, ...]:
    raw = bytes([2 * len(lines) - 1])
    return (*(bytes([index]) for index in range(len(lines))), *(raw + line for line in lines))


WORDS = tuple(
    b'"request" "message" "hello" "ask" "stop" "id" "intent" "ready" "protocol" "snapshot" true '
    b'null 1e999 -1 0.5 { } [ ] : , " "\\ud800"'.split()
)


def target(read: Any, check: Any, lines: Sequence[bytes], inputs: int) -> Target[Any]:
    return Target(
        read,
        check,
        ("quarterturn.protocol",),
        seeds(lines),
        inputs,
        documented=(ProtocolError,),
        longest=120,
        words=WORDS,
    )


TARGETS: Targets = {
    "client-requests": target(read_a_request, check_request, REQUEST_LINES, 400_000),
    "bridge-messages": target(read_a_message, check_message, MESSAGE_LINES, 300_000),
    "line-buffer": Target(
        feed,
        check_fed,
        ("quarterturn.protocol",),
        (b"\x03a\nb\x02\n\n", b"\x05abcde\x01\n"),
        100_000,
        documented=(ProtocolError,),
        longest=80,
    ),
}
