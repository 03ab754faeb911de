"""Lines of octets and back again."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.bridge.octets import (
    Answer,
    Doing,
    DriverStep,
    Failure,
    Lost,
    Operation,
    Request,
    Step,
    Value,
    decode_step,
    encode_step,
)
from quarterturn.port import LinkError, Property, RefusedError

TIMES = st.floats(allow_nan=False, allow_infinity=False)
UUIDS = st.integers(0, 0xFFFF)
NUMBERS = st.integers(0)
OCTETS = st.binary(max_size=30)
PROPERTIES = st.integers(0, 0xFF).map(Property)
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(Value, TIMES, UUIDS, OCTETS),
    st.builds(
        Request, TIMES, NUMBERS, st.sampled_from(Operation), st.none() | UUIDS, st.none() | OCTETS
    ),
    st.builds(
        Answer,
        TIMES,
        NUMBERS,
        st.none() | OCTETS,
        st.none() | st.dictionaries(UUIDS, PROPERTIES),
        st.none() | st.builds(Failure, st.text(), st.text(), st.none() | st.integers()),
    ),
    st.builds(Lost, TIMES),
    st.builds(DriverStep, TIMES, NUMBERS, st.sampled_from(Doing), st.none() | st.text()),
)


@given(STEPS)
def test_a_line_is_read_as_it_was_written(step: Step) -> None:
    assert decode_step(encode_step(step)) == step


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (
            Value(1.5, 0x2ACD, b"\x8c\x05"),
            {"kind": "wire", "at": 1.5, "dir": "in", "characteristic": "2acd", "hex": "8c05"},
        ),
        (
            Request(2.0, 7, Operation.WRITE, 0x2AD9, b"\x02\x64\x00"),
            {
                "kind": "wire",
                "at": 2.0,
                "dir": "out",
                "n": 7,
                "op": "write",
                "characteristic": "2ad9",
                "hex": "026400",
            },
        ),
        (
            Request(2.0, 1, Operation.CONNECT),
            {"kind": "wire", "at": 2.0, "dir": "out", "n": 1, "op": "connect"},
        ),
        (Answer(2.1, 7), {"kind": "wire", "at": 2.1, "dir": "in", "to": 7}),
        (
            Answer(2.1, 1, characteristics={0x2ACD: Property.NOTIFY}),
            {"kind": "wire", "at": 2.1, "dir": "in", "to": 1, "characteristics": {"2acd": 16}},
        ),
        (
            Answer(2.1, 7, failure=Failure("RefusedError", "busy", 0xFE)),
            {
                "kind": "wire",
                "at": 2.1,
                "dir": "in",
                "to": 7,
                "error": "RefusedError",
                "text": "busy",
                "code": 254,
            },
        ),
        (Lost(3.0), {"kind": "wire", "at": 3.0, "dir": "in", "lost": True}),
        (
            DriverStep(0.0, 1, Doing.CONNECT, "ftms"),
            {"kind": "driver", "at": 0.0, "n": 1, "do": "connect", "text": "ftms"},
        ),
    ],
)
def test_a_line_looks_like_this(step: Step, line: dict[str, object]) -> None:
    assert encode_step(step) == line


@pytest.mark.parametrize(
    "error",
    [
        LinkError("gone"),
        LinkError(),
        RefusedError("no", 5),
        RefusedError("no"),
        TimeoutError(),
        TimeoutError("too late"),
    ],
)
def test_a_failure_comes_again_as_it_was(error: Exception) -> None:
    again = Failure.of(error).error()
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert getattr(again, "code", None) == getattr(error, "code", None)


@pytest.mark.parametrize(("error", "words"), [(KeyError(), "KeyError"), (OSError("odd"), "odd")])
def test_what_no_link_should_raise_is_known_by_its_words(error: Exception, words: str) -> None:
    assert str(Failure.of(error).error()) == words


def test_a_time_that_is_none_is_refused() -> None:
    for at in (float("inf"), float("nan"), 10**400, -(10**400)):
        with pytest.raises(ValueError, match="no time"):
            decode_step({"kind": "wire", "at": at, "dir": "in", "lost": True})


def test_who_raised_a_cancellation_is_told_apart() -> None:
    assert Failure.of(asyncio.CancelledError()) == Failure("CancelledError")
