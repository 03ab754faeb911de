"""Feature and ranges against bytes worked out by hand."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.model import InclineRange, SpeedRange
from quarterturn.units import Incline, Speed
from quarterturn.wire.errors import WireError
from quarterturn.wire.ftms.feature import (
    Feature,
    HeartRateRange,
    MachineFeature,
    PowerRange,
    ResistanceRange,
    TargetFeature,
    decode_feature,
    decode_heart_rate_range,
    decode_incline_range,
    decode_power_range,
    decode_resistance_range,
    decode_speed_range,
    encode_feature,
    encode_heart_rate_range,
    encode_incline_range,
    encode_power_range,
    encode_resistance_range,
    encode_speed_range,
)

GOLDEN = [
    (
        decode_feature,
        encode_feature,
        "4512000001000000",  # Yesoul W2 Pro
        Feature(
            MachineFeature.AVERAGE_SPEED
            | MachineFeature.TOTAL_DISTANCE
            | MachineFeature.STEP_COUNT
            | MachineFeature.EXPENDED_ENERGY
            | MachineFeature.ELAPSED_TIME,
            TargetFeature.SPEED,
        ),
    ),
    (
        decode_speed_range,
        encode_speed_range,
        "320062020a00",  # Yesoul W2 Pro: 0.5 to 6.1 km/h, step 0.1
        SpeedRange(Speed(50), Speed(610), Speed(10)),
    ),
    (
        decode_incline_range,
        encode_incline_range,
        "e2ff96000500",  # -3.0 to 15.0 %, step 0.5
        InclineRange(Incline(-30), Incline(150), Incline(5)),
    ),
    (
        decode_resistance_range,
        encode_resistance_range,
        "f6ffe8030a00",
        ResistanceRange(-10, 1000, 10),
    ),
    (
        decode_resistance_range,
        encode_resistance_range,
        "0a6401",
        ResistanceRange(10, 100, 1, octets_each=1),
    ),
    (decode_heart_rate_range, encode_heart_rate_range, "3cc801", HeartRateRange(60, 200, 1)),
    (decode_power_range, encode_power_range, "9cffe8030500", PowerRange(-100, 1000, 5)),
]


@pytest.mark.parametrize(("decode", "encode", "text", "value"), GOLDEN)
def test_golden_octets_are_read_and_written(
    decode: Callable[[bytes], Any], encode: Callable[[Any], bytes], text: str, value: object
) -> None:
    assert decode(bytes.fromhex(text)) == value
    assert encode(value) == bytes.fromhex(text)


@pytest.mark.parametrize(("decode", "encode", "text", "value"), GOLDEN)
def test_surplus_octets_are_ignored(
    decode: Callable[[bytes], Any], encode: Callable[[Any], bytes], text: str, value: object
) -> None:
    assert decode(bytes.fromhex(text) + b"\x01") == value


@pytest.mark.parametrize(("decode", "encode", "text", "value"), GOLDEN)
def test_a_value_shorter_than_its_fields_is_refused(
    decode: Callable[[bytes], Any], encode: Callable[[Any], bytes], text: str, value: object
) -> None:
    shortest = 3 if decode is decode_resistance_range else len(text) // 2
    for length in range(shortest):
        with pytest.raises(WireError):
            decode(bytes.fromhex(text)[:length])


@given(st.binary(max_size=20))
def test_any_octets_decode_or_raise_only_a_wire_error(value: bytes) -> None:
    for decode, *_ in GOLDEN:
        try:
            decode(value)
        except WireError:
            assert len(value) < 8


def test_every_defined_bit_has_the_number_of_the_specification() -> None:
    assert [flag.value for flag in MachineFeature] == [1 << bit for bit in range(17)]
    assert [flag.value for flag in TargetFeature] == [1 << bit for bit in range(17)]
    assert MachineFeature.FORCE_AND_POWER == 1 << 15  # not 14, which is Power of a bike
    assert TargetFeature.CADENCE == 1 << 16


def test_reserved_bits_are_kept() -> None:
    value = bytes.fromhex("ffffffff00000080")
    feature = decode_feature(value)
    assert int(feature.machine) == 0xFFFFFFFF
    assert int(feature.target) == 0x80000000
    assert encode_feature(feature) == value


def test_a_range_that_makes_no_sense_is_still_read() -> None:
    assert decode_speed_range(bytes.fromhex("640032000000")) == SpeedRange(
        Speed(100), Speed(50), Speed(0)
    )


def test_an_increment_is_unsigned_and_an_impossible_one_stays_impossibly_large() -> None:
    assert decode_incline_range(bytes.fromhex("000000000080")).step == Incline(0x7FFF)
    assert decode_power_range(bytes.fromhex("000000000080")).step_w == 0x8000


def test_what_does_not_fit_its_field_is_refused() -> None:
    with pytest.raises(ValueError, match="256"):
        encode_heart_rate_range(HeartRateRange(0, 256, 1))
