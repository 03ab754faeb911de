"""What bridge and clients say: golden lines, every kind there and back, and what is no line."""

import contextlib
import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    Planned,
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

REQUESTS: dict[Request, bytes] = {
    Hello(1, "tui", supervise=True): (
        b'{"request":"hello","protocol":1,"name":"tui","supervise":true}'
    ),
    Alive(): b'{"request":"alive"}',
    Supervise(3): b'{"request":"supervise","id":3}',
    Ask(7, Intent.READY): b'{"request":"ask","id":7,"intent":"ready"}',
    StopBelt(1): b'{"request":"stop","id":1,"ramp":false,"by":"walker"}',
    StopBelt(2, ramp=True, cause="mqtt"): (
        b'{"request":"stop","id":2,"ramp":true,"cause":"mqtt","by":"walker"}'
    ),
    CuesLost(): b'{"request":"cues_lost"}',
    ScreenLost(): b'{"request":"screen_lost"}',
}
MESSAGES: list[tuple[Message, bytes]] = [
    (
        Planned({"workout": "Circle", "phases": []}),
        b'{"message":"plan","plan":{"workout":"Circle","phases":[]}}',
    ),
    (
        Welcome(1, "0.1.0", 4711, supervising=True, snapshot={}, plan={"workout": "Circle"}),
        (
            b'{"message":"welcome","protocol":1,"version":"0.1.0","pid":4711,"supervising":true,'
            b'"snapshot":{},"text":"","plan":{"workout":"Circle"}}'
        ),
    ),
    (
        Welcome(1, "0.1.0", 4711, supervising=False, snapshot={}, text="somebody else does"),
        (
            b'{"message":"welcome","protocol":1,"version":"0.1.0","pid":4711,"supervising":false,'
            b'"snapshot":{},"text":"somebody else does"}'
        ),
    ),
    (Now({"state": "resting"}), b'{"message":"snapshot","snapshot":{"state":"resting"}}'),
    (Told({"t": 0.0}), b'{"message":"event","event":{"t":0.0}}'),
    (
        Answered(1, accepted=False, text="no", code=2),
        b'{"message":"answer","id":1,"accepted":false,"text":"no","code":2}',
    ),
    (
        Answered(None, accepted=False),
        b'{"message":"answer","accepted":false,"text":""}',
    ),
    (Noted("the disk is full"), b'{"message":"note","text":"the disk is full"}'),
    (Farewell("too slow"), b'{"message":"farewell","text":"too slow"}'),
]
RESTING = Snapshot(BridgeState.RESTING, "ftms+sim://", False, "forward", False, 1)  # noqa: FBT003


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_a_request_is_a_golden_line(request_: Request) -> None:
    assert encode_request(request_) == REQUESTS[request_] + b"\n"
    assert read_request(REQUESTS[request_]) == request_


def test_an_errand_travels_whole() -> None:
    begin = Begin(1, {"workout": {"name": "Circle"}, "year": 2026})
    assert read_request(encode_request(begin)) == begin


@pytest.mark.parametrize(("message", "line"), MESSAGES, ids=lambda it: type(it).__name__)
def test_a_message_is_a_golden_line(message: Message, line: bytes) -> None:
    assert encode_message(message) == line + b"\n"
    assert read_message(line) == message


def test_every_kind_has_a_golden_line() -> None:
    assert {*map(type, REQUESTS), Begin} == set(get_args(Request))
    assert {type(message) for message, _ in MESSAGES} == set(get_args(Message))


def test_a_snapshot_leaves_out_what_is_not_so_and_comes_back() -> None:
    there = snapshot_object(RESTING)
    assert "speed_kmh" not in there
    assert json.loads(json.dumps(there)) == there
    assert read_snapshot(there) == RESTING


def test_a_whole_number_will_do_for_a_measure_and_a_truth_for_no_number() -> None:
    there = dict(snapshot_object(RESTING))
    assert read_snapshot({**there, "t": 3}).t == 3.0
    for wrong in ({"t": True}, {"clients": 1.5}, {"state": "flying"}, {"phase": [1]}):
        with pytest.raises(ProtocolError, match="is not what it should be"):
            read_snapshot({**there, **wrong})


def test_keys_of_a_later_version_are_ignored() -> None:
    assert read_request(b'{"request":"alive","mood":"good"}') == Alive()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "not JSON"),
        (b"stop", "not JSON"),
        (b'{"request":"hello","protocol":NaN,"name":"x"}', "not JSON"),
        (b'{"request":"begin","id":1,"errand":{"speed":-1e999}}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not an object"),
        (b'{"request":"fly"}', "no such request; known are hello"),
        (b'{"request":["stop"]}', "no such request"),
        (b'{"request":"stop"}', "stop: id is missing"),
        (b'{"request":"stop","id":"1"}', "stop: id is not what it should be"),
        (b'{"request":"stop","id":true}', "stop: id is not what it should be"),
        (b'{"request":"ask","id":1,"intent":"faster"}', "intent is not what it should be"),
        (b'{"request":"stop","id":1,"ramp":1}', "ramp is not what it should be"),
    ],
)
def test_what_is_no_request_is_said_to_be_none(line: bytes, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        read_request(line)


def test_a_request_that_is_not_known_can_be_answered() -> None:
    with pytest.raises(ProtocolError) as found:
        read_request(b'{"request":"fly","id":12}')
    assert found.value.id == 12


@given(st.binary(max_size=200))
def test_no_octets_raise_anything_else(data: bytes) -> None:
    for read in (read_request, read_message):
        with contextlib.suppress(ProtocolError):
            read(data)


@given(st.lists(st.binary(max_size=30).map(lambda it: it.replace(b"\n", b""))), st.integers(1, 9))
def test_lines_come_out_as_they_went_in_however_they_are_cut(lines: list[bytes], size: int) -> None:
    data = b"".join(line + b"\n" for line in lines)
    buffer = LineBuffer()
    found: list[bytes] = []
    for start in range(0, len(data), size):
        found += buffer.feed(data[start : start + size])
    assert found == lines


def test_a_line_without_an_end_is_refused_and_forgotten() -> None:
    buffer = LineBuffer()
    with pytest.raises(ProtocolError, match="longer than"):
        buffer.feed(b"x" * (MAX_LINE + 1))
    assert buffer.feed(b"{}\n") == [b"{}"]
