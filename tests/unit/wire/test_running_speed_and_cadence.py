"""RSC Measurement and RSC Feature, octet by octet."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.wire.errors import WireError
from quarterturn.wire.running_speed_and_cadence import (
    Feature,
    Flag,
    RscMeasurement,
    decode_feature,
    decode_measurement,
    encode_feature,
    encode_measurement,
)

# GATT Specification Supplement, RSC Measurement.
GOLDEN = [
    pytest.param("00 0001 5a", {"speed_256ths": 256, "cadence_per_min": 90}, id="1 m/s"),
    pytest.param(
        "01 8001 64 4600",
        {"speed_256ths": 384, "cadence_per_min": 100, "stride_length_cm": 70},
        id="a stride of 0.70 m",
    ),
    pytest.param(
        "02 8001 64 04030201",
        {"speed_256ths": 384, "cadence_per_min": 100, "distance_dm": 0x01020304},
        id="a distance in 0.1 m",
    ),
    pytest.param(
        "07 0203 b4 6e00 10270000",
        {
            "speed_256ths": 770,
            "cadence_per_min": 180,
            "stride_length_cm": 110,
            "distance_dm": 10000,
            "running": True,
        },
        id="everything, running",
    ),
]


@pytest.mark.parametrize(("octets", "fields"), GOLDEN)
def test_golden_values_are_read_and_written(octets: str, fields: dict[str, int]) -> None:
    value = bytes.fromhex(octets)
    assert encode_measurement(**fields) == value  # type: ignore[arg-type]
    running = bool(fields.get("running", False))
    wanted = {name: field for name, field in fields.items() if name != "running"}
    found = decode_measurement(value)
    assert found == RscMeasurement(Flag(value[0]), **wanted)  # type: ignore[arg-type]
    assert found.running is running


def test_the_speed_is_told_in_metres_per_second() -> None:
    assert decode_measurement(bytes.fromhex("00 8001 64")).speed_m_per_s == 1.5
    assert decode_measurement(bytes.fromhex("00 80")).speed_m_per_s is None


@pytest.mark.parametrize(
    ("octets", "whole"),
    [
        ("03", ()),
        ("03 00", ()),
        ("03 0001", ("speed_256ths",)),
        ("03 0001 5a 46", ("speed_256ths", "cadence_per_min")),
        ("03 0001 5a 4600", ("speed_256ths", "cadence_per_min", "stride_length_cm")),
        ("03 0001 5a 4600 040302", ("speed_256ths", "cadence_per_min", "stride_length_cm")),
        ("02 0001 5a 040302", ("speed_256ths", "cadence_per_min")),
    ],
)
def test_a_cut_value_is_read_as_far_as_it_is_whole(octets: str, whole: tuple[str, ...]) -> None:
    found = decode_measurement(bytes.fromhex(octets))
    names = ("speed_256ths", "cadence_per_min", "stride_length_cm", "distance_dm")
    assert tuple(name for name in names if getattr(found, name) is not None) == whole
    assert found.truncated
    assert found.trailing == b""


def test_octets_that_no_flag_promises_are_no_field() -> None:
    found = decode_measurement(bytes.fromhex("f8 0001 5a abcd"))
    assert (found.stride_length_cm, found.distance_dm, found.trailing) == (None, None, b"\xab\xcd")
    assert (int(found.flags), found.truncated) == (0xF8, False)


@pytest.mark.parametrize(
    ("octets", "feature"),
    [
        ("0000", Feature(0)),
        ("0700", Feature.STRIDE_LENGTH | Feature.TOTAL_DISTANCE | Feature.WALKING_OR_RUNNING),
        ("1800", Feature.CALIBRATION | Feature.MULTIPLE_LOCATIONS),
    ],
)
def test_features_are_read_and_written(octets: str, feature: Feature) -> None:
    assert decode_feature(bytes.fromhex(octets)) == feature
    assert encode_feature(feature).hex() == octets


def test_what_is_too_short_is_refused() -> None:
    with pytest.raises(WireError):
        decode_measurement(b"")
    with pytest.raises(WireError):
        decode_feature(b"\x01")


@given(st.binary(min_size=1, max_size=40))
def test_any_octets_can_be_read(value: bytes) -> None:
    decode_measurement(value)
    if len(value) >= 2:
        decode_feature(value)


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFF), st.data())
def test_every_combination_of_fields_comes_back(
    speed: int, cadence: int, data: st.DataObject
) -> None:
    stride = data.draw(st.integers(0, 0xFFFF))
    distance = data.draw(st.integers(0, 0xFFFFFFFF))
    for stride_length_cm, distance_dm, running in product(
        (None, stride), (None, distance), (False, True)
    ):
        found = decode_measurement(
            encode_measurement(
                speed,
                cadence,
                stride_length_cm=stride_length_cm,
                distance_dm=distance_dm,
                running=running,
            )
        )
        assert (found.speed_256ths, found.cadence_per_min) == (speed, cadence)
        assert (found.stride_length_cm, found.distance_dm) == (stride_length_cm, distance_dm)
        assert (found.running, found.truncated) == (running, False)


@pytest.mark.parametrize("numbers", [(-1, 0), (0x10000, 0), (0, 256)])
def test_a_number_that_does_not_fit_is_not_written(numbers: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        encode_measurement(*numbers)
