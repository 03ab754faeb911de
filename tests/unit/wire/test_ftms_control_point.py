"""The Control Point against bytes worked out by hand from FTMS v1.0.1 section 4.16."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.units import Incline, Speed
from quarterturn.wire.errors import WireError
from quarterturn.wire.ftms.control_point import (
    OpCode,
    OtherRequest,
    Request,
    RequestControl,
    RequestError,
    Reset,
    Response,
    Result,
    SetTargetDistance,
    SetTargetEnergy,
    SetTargetHeartRate,
    SetTargetIncline,
    SetTargetPower,
    SetTargetResistance,
    SetTargetSpeed,
    SetTargetSteps,
    SetTargetStrides,
    SetTargetTime,
    SetTimeInHeartRateZones,
    StartOrResume,
    StopAction,
    StopOrPause,
    UnknownOpCode,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)

REQUESTS = [
    ("00", RequestControl()),
    ("01", Reset()),
    ("02 6400", SetTargetSpeed(Speed(100))),
    ("02 ffff", SetTargetSpeed(Speed(0xFFFF))),
    ("03 f6ff", SetTargetIncline(Incline(-10))),
    ("03 9600", SetTargetIncline(Incline(150))),
    ("04 ff", SetTargetResistance(255)),
    ("05 6400", SetTargetPower(100)),
    ("05 9cff", SetTargetPower(-100)),
    ("06 91", SetTargetHeartRate(145)),
    ("07", StartOrResume()),
    ("08 01", StopOrPause(StopAction.STOP)),
    ("08 02", StopOrPause(StopAction.PAUSE)),
    ("09 2c01", SetTargetEnergy(300)),
    ("0a 1027", SetTargetSteps(10_000)),
    ("0b 8813", SetTargetStrides(5_000)),
    ("0c a08601", SetTargetDistance(100_000)),
    ("0d 0807", SetTargetTime(1800)),
    ("0e 3c00 2c01", SetTimeInHeartRateZones((60, 300))),
    ("0f 0100 0200 0003", SetTimeInHeartRateZones((1, 2, 768))),
    ("10 0100 0200 0300 0400 0500", SetTimeInHeartRateZones((1, 2, 3, 4, 5))),
    ("11 0000 0000 00 00", OtherRequest(0x11, bytes(6))),
    ("12 3452", OtherRequest(0x12, b"\x34\x52")),
    ("13 01", OtherRequest(0x13, b"\x01")),
    ("14 7800", OtherRequest(0x14, b"\x78\x00")),
]


@pytest.mark.parametrize(("text", "request_"), REQUESTS)
def test_golden_requests_are_read_and_written(text: str, request_: Request) -> None:
    assert encode_request(request_) == bytes.fromhex(text)
    assert decode_request(bytes.fromhex(text)) == request_


def test_every_op_code_of_a_request_is_covered() -> None:
    assert {bytes.fromhex(text)[0] for text, _ in REQUESTS} == set(OpCode) - {OpCode.RESPONSE}


def test_stop_is_08_01_and_nothing_else() -> None:
    assert encode_request(StopOrPause(StopAction.STOP)) == b"\x08\x01"


@pytest.mark.parametrize(("text", "request_"), REQUESTS)
def test_a_request_of_the_wrong_length_is_refused_with_its_op_code(
    text: str, request_: Request
) -> None:
    if isinstance(request_, OtherRequest):
        return
    value = bytes.fromhex(text)
    for wrong in (value + b"\x00", *([value[:-1]] if len(value) > 1 else [])):
        with pytest.raises(RequestError) as caught:
            decode_request(wrong)
        assert caught.value.op_code == value[0]
        assert not isinstance(caught.value, UnknownOpCode)


@pytest.mark.parametrize("parameter", [0, 3, 255])
def test_a_reserved_stop_action_is_refused(parameter: int) -> None:
    with pytest.raises(RequestError) as caught:
        decode_request(bytes([8, parameter]))
    assert caught.value.op_code == OpCode.STOP_OR_PAUSE


@pytest.mark.parametrize("code", [0x15, 0x7F, 0x80, 0xFF])
def test_an_op_code_that_is_none_of_a_request_is_told_apart(code: int) -> None:
    with pytest.raises(UnknownOpCode) as caught:
        decode_request(bytes([code, 0]))
    assert caught.value.op_code == code


def test_an_empty_write_has_no_op_code() -> None:
    with pytest.raises(RequestError) as caught:
        decode_request(b"")
    assert caught.value.op_code is None


@given(st.binary(max_size=20))
def test_any_octets_are_a_request_or_raise_only_a_wire_error(value: bytes) -> None:
    try:
        request = decode_request(value)
    except WireError:
        return
    assert encode_request(request) == value


@pytest.mark.parametrize(
    "request_",
    [
        SetTargetResistance(256),
        SetTargetPower(1 << 15),
        SetTargetHeartRate(-1),
        SetTargetDistance(1 << 24),
        SetTimeInHeartRateZones((1, 1 << 16)),
        OtherRequest(256),
    ],
)
def test_a_number_that_does_not_fit_its_parameter_is_refused(request_: Request) -> None:
    with pytest.raises(ValueError, match="fit"):
        encode_request(request_)


@pytest.mark.parametrize("zones", [(), (1,), (1, 2, 3, 4), (1,) * 6])
def test_there_are_two_three_or_five_zones(zones: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="zones"):
        SetTimeInHeartRateZones(zones)


# --- responses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("800205", Response(OpCode.SET_TARGET_SPEED, Result.CONTROL_NOT_PERMITTED)),
        ("800304", Response(OpCode.SET_TARGET_INCLINATION, Result.OPERATION_FAILED)),
        ("800704", Response(OpCode.START_OR_RESUME, Result.OPERATION_FAILED)),
        ("801502", Response(0x15, Result.OP_CODE_NOT_SUPPORTED)),
        ("800803", Response(OpCode.STOP_OR_PAUSE, Result.INVALID_PARAMETER)),
        ("800001", Response(OpCode.REQUEST_CONTROL, Result.SUCCESS)),
        ("800501abcd", Response(OpCode.SET_TARGET_POWER, Result.SUCCESS, b"\xab\xcd")),
        ("80fe7f", Response(0xFE, 0x7F)),
    ],
)
def test_golden_responses_are_read_and_written(text: str, response: Response) -> None:
    assert decode_response(bytes.fromhex(text)) == response
    assert encode_response(response) == bytes.fromhex(text)


@pytest.mark.parametrize("text", ["", "80", "8002", "020001", "000001"])
def test_what_is_no_response_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        decode_response(bytes.fromhex(text))


@given(st.binary(max_size=20))
def test_any_octets_are_a_response_or_raise_only_a_wire_error(value: bytes) -> None:
    try:
        response = decode_response(value)
    except WireError:
        return
    assert encode_response(response) == value
