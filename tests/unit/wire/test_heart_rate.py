"""Heart Rate Measurement and Body Sensor Location, octet by octet."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.wire.errors import WireError
from quarterturn.wire.heart_rate import (
    BodySensorLocation,
    Flag,
    HeartRateMeasurement,
    decode_location,
    decode_measurement,
    encode_location,
    encode_measurement,
)

BEATS = st.integers(0, 0xFFFF)


# GATT Specification Supplement, Heart Rate Measurement: the flags decide what follows.
GOLDEN = [
    pytest.param("00 48", {"bpm": 72}, id="one octet"),
    pytest.param("01 4800", {"bpm": 72, "wide": True}, id="two octets"),
    pytest.param("01 2c01", {"bpm": 300}, id="more than one octet holds"),
    pytest.param("04 48", {"bpm": 72, "contact": False}, id="contact supported, not detected"),
    pytest.param("06 48", {"bpm": 72, "contact": True}, id="contact detected"),
    pytest.param("08 48 0201", {"bpm": 72, "energy_kj": 258}, id="energy in kJ"),
    pytest.param("10 3c 0004", {"bpm": 60, "rr_1024ths": (1024,)}, id="an RR interval of 1 s"),
    pytest.param(
        "16 78 0002 ff01", {"bpm": 120, "contact": True, "rr_1024ths": (512, 511)}, id="two of them"
    ),
    pytest.param(
        "1f 9600 d204 3403 3503 3603",
        {
            "bpm": 150,
            "wide": True,
            "contact": True,
            "energy_kj": 1234,
            "rr_1024ths": (820, 821, 822),
        },
        id="everything",
    ),
]


@pytest.mark.parametrize(("octets", "fields"), GOLDEN)
def test_golden_values_are_read_and_written(octets: str, fields: dict[str, object]) -> None:
    value = bytes.fromhex(octets)
    assert encode_measurement(**fields) == value  # type: ignore[arg-type]
    found = decode_measurement(value)
    wanted = {name: field for name, field in fields.items() if name != "wide"}
    assert found == HeartRateMeasurement(Flag(value[0]), **wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize("octets", ["00 48", "02 48"])
def test_a_sensor_that_does_not_support_contact_tells_nothing_of_it(octets: str) -> None:
    assert decode_measurement(bytes.fromhex(octets)).contact is None


@pytest.mark.parametrize(
    ("octets", "fields"),
    [
        ("00", {"bpm": None}),
        ("01 48", {"bpm": None}),
        ("09 4800", {"bpm": 72, "energy_kj": None}),
        ("08 48 02", {"bpm": 72, "energy_kj": None}),
        ("18 48 02", {"bpm": 72, "energy_kj": None, "rr_1024ths": ()}),
        ("10 48", {"bpm": 72, "rr_1024ths": ()}),
        ("10 48 0004 01", {"bpm": 72, "rr_1024ths": (1024,)}),
    ],
)
def test_a_cut_value_is_read_as_far_as_it_is_whole(octets: str, fields: dict[str, object]) -> None:
    found = decode_measurement(bytes.fromhex(octets))
    assert {name: getattr(found, name) for name in fields} == fields
    assert found.truncated
    assert found.trailing == b""


def test_octets_that_no_flag_promises_are_no_field() -> None:
    found = decode_measurement(bytes.fromhex("00 48 ab cd"))
    assert (found.bpm, found.rr_1024ths, found.trailing) == (72, (), b"\xab\xcd")
    assert not found.truncated


def test_reserved_flags_are_kept() -> None:
    assert int(decode_measurement(b"\xe0\x48").flags) == 0xE0


def test_an_empty_value_is_refused() -> None:
    with pytest.raises(WireError):
        decode_measurement(b"")
    with pytest.raises(WireError):
        decode_location(b"")


@given(st.binary(min_size=1, max_size=40))
def test_any_octets_can_be_read(value: bytes) -> None:
    found = decode_measurement(value)
    assert len(found.rr_1024ths) <= len(value) // 2
    decode_location(value)


@given(BEATS, st.data())
def test_every_combination_of_fields_comes_back(bpm: int, data: st.DataObject) -> None:
    rr = data.draw(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=9).map(tuple))
    energy = data.draw(st.integers(0, 0xFFFF))
    for contact, energy_kj, intervals, wide in product(
        (None, True, False), (None, energy), ((), rr), (False, True)
    ):
        found = decode_measurement(
            encode_measurement(
                bpm, contact=contact, energy_kj=energy_kj, rr_1024ths=intervals, wide=wide
            )
        )
        assert (found.bpm, found.contact, found.energy_kj) == (bpm, contact, energy_kj)
        assert found.rr_1024ths == intervals
        assert not found.truncated


@pytest.mark.parametrize(
    "fields",
    [{"bpm": -1}, {"bpm": 0x10000}, {"bpm": 1, "energy_kj": -1}, {"bpm": 1, "rr_1024ths": [65536]}],
)
def test_a_number_that_does_not_fit_is_not_written(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        encode_measurement(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("location", BodySensorLocation)
def test_a_location_comes_back(location: BodySensorLocation) -> None:
    assert encode_location(location) == bytes([location.value])
    assert decode_location(encode_location(location)) is location


def test_a_location_that_the_standard_reserves_stays_a_number() -> None:
    assert decode_location(b"\x2a") == 42
