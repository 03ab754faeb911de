"""What `quarterturn decode heart-rate` and `decode running` show."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.wire.errors import WireError
from quarterturn.wire.sensor_render import PROTOCOLS, describe, render

CHARACTERISTICS = [(protocol, name) for protocol, names in PROTOCOLS.items() for name in names]


@pytest.mark.parametrize(
    ("protocol", "characteristic", "value", "expected"),
    [
        (
            "heart-rate",
            "2A37",
            "16 78 0002 0004",
            {"heart_rate_bpm": 120, "contact": "detected", "rr_intervals_s": [0.5, 1.0]},
        ),
        ("heart-rate", "2a37", "00 48", {"heart_rate_bpm": 72, "contact": "not supported"}),
        (
            "heart-rate",
            "0x2A37",
            "0c 48 02",
            {
                "heart_rate_bpm": 72,
                "contact": "not detected",
                "energy_kj": None,
                "truncated": True,
            },
        ),
        (
            "heart-rate",
            "2A37",
            "00 48 ab",
            {"heart_rate_bpm": 72, "contact": "not supported", "trailing": "ab"},
        ),
        ("heart-rate", "2A38", "05", {"location": "ear lobe"}),
        ("heart-rate", "2A38", "2a", {"location": "reserved 42"}),
        (
            "running",
            "2A53",
            "03 8001 64 4600 10270000",
            {
                "speed_m_per_s": 1.5,
                "cadence_per_min": 100,
                "gait": "walking",
                "stride_length_m": 0.7,
                "distance_m": 1000.0,
            },
        ),
        (
            "running",
            "2A53",
            "05 8001 64 46",
            {
                "speed_m_per_s": 1.5,
                "cadence_per_min": 100,
                "gait": "running",
                "stride_length_m": None,
                "truncated": True,
            },
        ),
        (
            "running",
            "2A54",
            "2100",
            {"feature_bits": [0, 5], "features": ["stride length", "reserved bit 5"]},
        ),
    ],
)
def test_a_value_is_shown_with_its_units(
    protocol: str, characteristic: str, value: str, expected: dict[str, object]
) -> None:
    assert render(protocol, characteristic, bytes.fromhex(value)) == expected


def test_words_carry_units_and_say_what_is_missing() -> None:
    assert describe("heart-rate", "2A37", bytes.fromhex("1e 78 e803 0002 0004")) == [
        "heart rate 120 bpm",
        "contact detected",
        "energy expended 1000 kJ",
        "RR intervals 0.5, 1.0 s",
    ]
    assert describe("running", "2A53", bytes.fromhex("02 8001 64 10")) == [
        "speed 1.5 m/s",
        "cadence 100 per minute",
        "gait walking",
        "total distance not there",
        "truncated",
    ]
    assert describe("running", "2A54", bytes(2)) == ["feature bits (none)", "features (none)"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_unknown_characteristic_names_the_known(protocol: str) -> None:
    with pytest.raises(ValueError, match=", ".join(PROTOCOLS[protocol])):
        render(protocol, "2ACD", b"")


@pytest.mark.parametrize(("protocol", "characteristic"), CHARACTERISTICS)
@given(value=st.binary(max_size=30))
def test_any_octets_are_shown_or_refused_in_words(
    protocol: str, characteristic: str, value: bytes
) -> None:
    try:
        shown = render(protocol, characteristic, value)
    except WireError:
        assert len(value) < 2
        return
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    assert all(describe(protocol, characteristic, value))
