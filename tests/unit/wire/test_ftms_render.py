"""What `quarterturn decode ftms` shows."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.wire.errors import WireError
from quarterturn.wire.ftms.render import describe, render

CHARACTERISTICS = [
    "2ACC",
    "2ACD",
    "2AD3",
    "2AD4",
    "2AD5",
    "2AD6",
    "2AD7",
    "2AD8",
    "2AD9",
    "2AD9.response",
    "2ADA",
    "ADV",
]


@pytest.mark.parametrize(
    ("characteristic", "value", "expected"),
    [
        ("2ACD", "2000 6400 0f", {"speed_kmh": 1.0, "pace": 1.5, "pace_unit": "km/min"}),
        ("2ACD", "4000 6400 a401", {"speed_kmh": 1.0, "avg_pace": 420, "pace_unit": "s/500 m"}),
        (
            "2ACD",
            "2004 6400 0f 3f00 00 00",
            {"speed_kmh": 1.0, "pace": None, "pace_unit": None, "elapsed_s": None},
        ),
        ("2ACD", "0002 6400 2d", {"speed_kmh": 1.0, "met": 4.5}),
        ("2ACD", "0104 3f00", {"more_data": True, "elapsed_s": 63}),
        ("2ACD", "0000", {"speed_kmh": None, "truncated": True}),
        ("2ACD", "0000 6400 ab", {"speed_kmh": 1.0, "trailing": "ab"}),
        ("2AD4", "640058023200", {"min_kmh": 1.0, "max_kmh": 6.0, "step_kmh": 0.5}),
        ("2AD5", "e2ff96000500", {"min_pct": -3.0, "max_pct": 15.0, "step_pct": 0.5}),
        ("2AD6", "0a00e8030a00", {"min_level": 1.0, "max_level": 100.0, "step_level": 1.0}),
        ("2AD6", "0a6401", {"min_level": 10, "max_level": 100, "step_level": 1}),
        ("2AD7", "3cc80100", {"min_bpm": 60, "max_bpm": 200, "step_bpm": 1, "trailing": "00"}),
        ("2AD8", "9cffe8030500", {"min_w": -100, "max_w": 1000, "step_w": 5}),
        (
            "2AD9",
            "03f6ff",
            {"opcode": 3, "name": "Set Target Inclination", "target_inclination_pct": -1.0},
        ),
        ("2AD9", "0802", {"opcode": 8, "name": "Stop or Pause", "param": 2, "action": "pause"}),
        (
            "2AD9.response",
            "800205",
            {
                "request_opcode": 2,
                "request_name": "Set Target Speed",
                "result": 5,
                "result_name": "Control Not Permitted",
            },
        ),
        (
            "2AD9.response",
            "80ee7fab",
            {
                "request_opcode": 0xEE,
                "request_name": None,
                "result": 0x7F,
                "result_name": None,
                "parameter": "ab",
            },
        ),
        (
            "2ADA",
            "050000",
            {"opcode": 5, "name": "target speed changed", "target_speed_kmh": 0.0},
        ),
        (
            "2ADA",
            "0569",
            {
                "opcode": 5,
                "name": "target speed changed",
                "target_speed_kmh": None,
                "truncated": True,
            },
        ),
        ("2ADA", "42ab", {"opcode": 0x42, "name": None, "parameter": "ab"}),
        (
            "2ADA",
            "0202",
            {
                "opcode": 2,
                "name": "stopped or paused by the user",
                "spec_meaning": "paused by user (0x02 Pause)",
                "param": 2,
            },
        ),
        ("2AD3", "", {"flags": None, "status": None, "status_name": None, "truncated": True}),
        (
            "2AD3",
            "030261",
            {
                "flags": 3,
                "status": 2,
                "status_name": "Warming Up",
                "string": "a",
                "extended_string": True,
            },
        ),
        (
            "ADV",
            "061626180101 00",
            {
                "ad_structures": [{"len": 6, "type": 22, "uuid16": "1826", "data": "010100"}],
                "ftms_service_data": {
                    "available": True,
                    "type_bits": [0],
                    "machine_types": ["treadmill"],
                    "form": "specified",
                },
            },
        ),
    ],
)
def test_values_are_shown_under_keys_that_carry_their_units(
    characteristic: str, value: str, expected: dict[str, object]
) -> None:
    assert render(characteristic, bytes.fromhex(value)) == expected


def test_feature_bits_are_shown_by_number_and_by_name() -> None:
    assert render("2ACC", bytes.fromhex("0110000000000080")) == {
        "machine_bits": [0, 12],
        "target_bits": [31],
        "machine_features": ["average speed", "elapsed time"],
        "target_features": ["reserved bit 31"],
    }


@pytest.mark.parametrize(
    ("value", "key", "expected"),
    [
        ("0401", "target_resistance", 0.1),
        ("056400", "target_power_w", 100),
        ("0691", "target_heart_rate_bpm", 145),
        ("092c01", "target_energy_kcal", 300),
        ("0a1027", "target_steps", 10_000),
        ("0b8813", "target_strides", 5_000),
        ("0ca08601", "target_distance_m", 100_000),
        ("0d0807", "target_time_s", 1800),
        ("0e3c002c01", "target_zone_times_s", [60, 300]),
    ],
)
def test_a_request_and_the_status_that_tells_of_it_share_their_keys(
    value: str, key: str, expected: object
) -> None:
    request = bytes.fromhex(value)
    # FTMS v1.0.1 Tables 4.15 and 4.17: from 0x04 on a target has its status three codes higher,
    # from 0x09 on one.
    status = bytes([request[0] + (3 if request[0] < 9 else 1)]) + request[1:]
    assert render("2AD9", request)[key] == expected
    assert render("2ADA", status)[key] == expected


@pytest.mark.parametrize("name", ["2acd", "0x2ACD", "0X2acd", " 2ACD "])
def test_a_characteristic_is_named_as_people_write_it(name: str) -> None:
    assert render(name, bytes.fromhex("00006400")) == {"speed_kmh": 1.0}
    assert render("2ad9.RESPONSE", bytes.fromhex("800001"))["result"] == 1
    assert render("adv", b"") == {"ad_structures": [], "ftms_service_data": None}


@pytest.mark.parametrize("name", ["", "2A37", "2AD9.request", "treadmill"])
def test_an_unknown_characteristic_is_refused_with_those_that_are_known(name: str) -> None:
    for show in (render, describe):
        with pytest.raises(ValueError, match=r"2ACC, 2ACD, .*2AD9\.response, 2ADA, ADV"):
            show(name, b"")


def test_a_response_given_as_a_request_says_what_to_ask_for() -> None:
    with pytest.raises(WireError, match=r"2AD9\.response"):
        render("2AD9", bytes.fromhex("800001"))


def test_words_carry_units_and_say_why_a_value_is_missing() -> None:
    assert describe("2ACD", bytes.fromhex("8c00 6400 140000 f6ff ff7f 0500 e7")) == [
        "speed 1.0 km/h",
        "distance 20 m",
        "inclination -1.0 %",
        "ramp angle not available",
        "energy 5 kcal",
        "energy per hour cut off",
        "energy per minute cut off",
        "the value is cut: it is shorter than its flags say",
    ]
    assert describe("2ACD", bytes.fromhex("0120 f30d00")) == [
        "a part of a record: more data follow",
        "trailing octets f30d00",
        "steps 3571, if this model counts them there",
    ]
    assert describe("2ACD", bytes.fromhex("2000 6400 0f000000")) == [
        "speed 1.0 km/h",
        "pace not certain: the width of the pace is not known",
    ]
    assert describe("2AD4", bytes.fromhex("320062020a00")) == [
        "minimum 0.5 km/h",
        "maximum 6.1 km/h",
        "step 0.1 km/h",
    ]
    assert describe("2AD9", bytes.fromhex("026400")) == [
        "op code 2",
        "name Set Target Speed",
        "target speed 1.0 km/h",
    ]
    assert describe("ADV", bytes.fromhex("061626180101 00")) == [
        "AD type 0x16: uuid16 1826, data 010100",
        "fitness machine, treadmill, available (type written: specified)",
    ]


@given(st.sampled_from(CHARACTERISTICS), st.binary(max_size=40))
def test_any_value_is_shown_or_raises_only_a_wire_error(characteristic: str, value: bytes) -> None:
    try:
        shown = render(characteristic, value)
    except WireError:
        with pytest.raises(WireError):
            describe(characteristic, value)
        return
    assert json.loads(json.dumps(shown)) == shown
    lines = describe(characteristic, value)
    assert lines
    assert all(isinstance(line, str) for line in lines)
