"""Machine Status and Training Status against bytes worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.units import LEVEL, STANDSTILL, Incline, Speed
from quarterturn.wire.errors import WireError
from quarterturn.wire.ftms.control_point import StopAction
from quarterturn.wire.ftms.status import (
    MachineStatus,
    StatusCode,
    TrainingCode,
    TrainingStatus,
    decode_machine_status,
    decode_training_status,
    encode_machine_status,
    encode_training_status,
    stopped_by_user,
    target_incline_changed,
    target_speed_changed,
)

VALUES = (
    "stop_action",
    "speed",
    "incline",
    "resistance_tenths",
    "power_w",
    "heart_rate_bpm",
    "energy_kcal",
    "steps",
    "strides",
    "distance_m",
    "time_s",
    "zone_times_s",
)
GOLDEN = [
    ("02 01", "stop_action", StopAction.STOP),
    ("02 02", "stop_action", StopAction.PAUSE),
    ("05 6900", "speed", Speed(105)),
    ("05 0000", "speed", STANDSTILL),
    ("06 f6ff", "incline", Incline(-10)),
    ("06 0000", "incline", LEVEL),
    ("07 19", "resistance_tenths", 25),  # v1.0: one octet
    ("07 f6ff", "resistance_tenths", -10),  # v1.0.1: a sint16
    ("08 9cff", "power_w", -100),
    ("09 91", "heart_rate_bpm", 145),
    ("0a 2c01", "energy_kcal", 300),
    ("0b 1027", "steps", 10_000),
    ("0c 8813", "strides", 5_000),
    ("0d a08601", "distance_m", 100_000),
    ("0e 0807", "time_s", 1800),
    ("0f 3c00 2c01", "zone_times_s", (60, 300)),
    ("10 0100 0200 0003", "zone_times_s", (1, 2, 768)),
    ("11 0100 0200 0300 0400 0500", "zone_times_s", (1, 2, 3, 4, 5)),
]


@pytest.mark.parametrize(("text", "name", "expected"), GOLDEN)
def test_a_status_carries_its_own_value_and_no_other(
    text: str, name: str, expected: object
) -> None:
    status = decode_machine_status(bytes.fromhex(text))
    found = {v: x for v in VALUES if (x := getattr(status, v)) is not None}
    assert found == {name: expected}
    assert encode_machine_status(status) == bytes.fromhex(text)


@pytest.mark.parametrize(("text", "name", "expected"), GOLDEN)
def test_a_known_status_with_a_short_parameter_is_still_that_status(
    text: str, name: str, expected: object
) -> None:
    status = decode_machine_status(bytes.fromhex(text)[:1])
    assert status.code == bytes.fromhex(text)[0]
    assert status.name is not None
    assert all(getattr(status, v) is None for v in VALUES)


@pytest.mark.parametrize(("text", "name", "expected"), GOLDEN)
def test_surplus_octets_are_ignored(text: str, name: str, expected: object) -> None:
    status = decode_machine_status(bytes.fromhex(text) + b"\x00\x00")
    if name != "resistance_tenths" or len(bytes.fromhex(text)) > 2:
        assert getattr(status, name) == expected


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("01", StatusCode.RESET, "reset"),
        ("03", StatusCode.STOPPED_BY_SAFETY_KEY, "stopped by the safety key"),
        ("04", StatusCode.STARTED_OR_RESUMED, "started or resumed by the user"),
        ("ff", StatusCode.CONTROL_PERMISSION_LOST, "control permission lost"),
    ],
)
def test_statuses_without_a_parameter(text: str, code: StatusCode, name: str) -> None:
    status = decode_machine_status(bytes.fromhex(text))
    assert (status.code, status.name, status.parameter) == (code, name, b"")


def test_every_code_has_a_name_and_an_unknown_one_is_information() -> None:
    assert [int(code) for code in StatusCode] == [*range(1, 0x16), 0xFF]
    assert all(MachineStatus(code).name for code in StatusCode)
    unknown = decode_machine_status(b"\x42\x01")
    assert (unknown.code, unknown.name, unknown.parameter) == (0x42, None, b"\x01")


def test_a_reserved_stop_action_is_no_action() -> None:
    assert decode_machine_status(b"\x02\x03").stop_action is None


def test_statuses_of_a_console_are_built() -> None:
    assert encode_machine_status(target_incline_changed(Incline(-10))) == b"\x06\xf6\xff"
    assert encode_machine_status(target_speed_changed(Speed(105))) == b"\x05\x69\x00"
    assert encode_machine_status(stopped_by_user(StopAction.PAUSE)) == b"\x02\x02"


@given(st.binary(max_size=20))
def test_any_octets_are_a_status_unless_there_are_none(value: bytes) -> None:
    try:
        status = decode_machine_status(value)
    except WireError:
        assert value == b""
        return
    for name in VALUES:
        getattr(status, name)
    assert encode_machine_status(status) == value


# --- Training Status -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "status", "name"),
    [
        ("0001", TrainingStatus(0, 1), "Idle"),  # Elite Direto XR
        ("010d", TrainingStatus(1, 13, ""), "Manual Mode (Quick Start)"),  # Yesoul W2 Pro
        ("0101", TrainingStatus(1, 1, ""), "Idle"),
        ("01 02 47c3bc6e", TrainingStatus(1, 2, "G\u00fcn"), "Warming Up"),
        ("03 0b 61", TrainingStatus(3, 11, "a"), "Cool Down"),
        ("", TrainingStatus(0), None),
        ("01", TrainingStatus(1), None),  # Domyos-TC-0278 (pyftms issue 17)
        ("00 42", TrainingStatus(0, 0x42), None),
    ],
)
def test_a_training_status_of_any_length_is_read(
    text: str, status: TrainingStatus, name: str | None
) -> None:
    value = bytes.fromhex(text)
    assert decode_training_status(value) == status
    assert decode_training_status(value).name == name
    if value:
        assert encode_training_status(status) == value


def test_octets_without_the_string_flag_are_no_text() -> None:
    assert decode_training_status(b"\x00\x01abc").text is None


def test_invalid_utf_8_is_replaced() -> None:
    assert decode_training_status(b"\x01\x01a\xff").text == "a\ufffd"


def test_every_training_code_has_its_name() -> None:
    assert [int(code) for code in TrainingCode] == list(range(16))
    names = [TrainingStatus(0, code).name for code in TrainingCode]
    assert len(set(names)) == 16
    assert None not in names


def test_a_text_that_the_flags_deny_is_not_written() -> None:
    for status in (TrainingStatus(0, 1, "a"), TrainingStatus(1, None, "a")):
        with pytest.raises(ValueError, match="text"):
            encode_training_status(status)


@given(st.binary(max_size=30))
def test_any_octets_are_a_training_status(value: bytes) -> None:
    status = decode_training_status(value)
    assert (status.status is None) == (len(value) < 2)
