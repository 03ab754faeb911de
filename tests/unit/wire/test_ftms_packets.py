"""Values captured from real machines decode as their sources state."""

import json
from pathlib import Path
from typing import Any

import pytest

from quarterturn.wire.ftms.render import describe, render
from quarterturn.wire.ftms.treadmill_data import FieldState, decode

PACKETS = json.loads((Path(__file__).parents[2] / "data" / "ftms_packets.json").read_text())


def named(packet: dict[str, Any]) -> str:
    return f"{packet['machine']} {packet['char']} {packet['hex']}"


@pytest.mark.parametrize("packet", PACKETS, ids=named)
def test_a_captured_value_decodes_as_stated(packet: dict[str, Any]) -> None:
    shown = render(packet["char"], bytes.fromhex(packet["hex"]))
    for key, expected in packet["expected"].items():
        assert key in shown, key
        assert shown[key] == expected, key
    assert shown.get("truncated", False) == packet.get("truncated", False)


@pytest.mark.parametrize("packet", PACKETS, ids=named)
def test_a_captured_value_can_be_put_into_words_and_json(packet: dict[str, Any]) -> None:
    value = bytes.fromhex(packet["hex"])
    assert all(line.strip() for line in describe(packet["char"], value))
    json.dumps(render(packet["char"], value))


def test_the_keys_of_a_whole_value_are_the_promised_ones_and_no_others() -> None:
    assert render("2ACD", bytes.fromhex("8404000000000000000000000000")) == {
        "speed_kmh": 0.0,
        "distance_m": 0,
        "energy_total_kcal": 0,
        "energy_per_hour_kcal": 0,
        "energy_per_min_kcal": 0,
        "elapsed_s": 0,
    }


def test_a_matrix_value_cut_at_20_octets_loses_what_was_cut_and_nothing_else() -> None:
    data = decode(bytes.fromhex("9e1f5100b2005800000000ff7f0000ffff0c0097"))
    assert data.truncated
    assert data.energy_kcal == 12
    # The last octet, 0x97, is half of the energy per hour: no energy per minute, no heart rate.
    cut = [
        "energy_per_hour_kcal",
        "energy_per_minute_kcal",
        "heart_rate_bpm",
        "met_raw",
        "elapsed_s",
        "remaining_s",
        "force_n",
        "power_w",
    ]
    assert {data.state(name) for name in cut} == {FieldState.TRUNCATED}
    assert data.state("ramp_angle_tenths_deg") is FieldState.NOT_AVAILABLE


@pytest.mark.parametrize(
    ("value", "steps"),
    [
        ("8624fa00d900a605005500ffffff5709f30d00", 3571),  # Yesoul W2 Pro
        ("842458024e20001101ffffff5217172700", 10007),  # CITYSPORTS-Linker
        ("9c25000000000000000000000000000000000000000000000000", 0),  # Urevo Spacewalk 3S
    ],
)
def test_octets_under_bit_13_are_shown_as_trailing_and_as_vendor_steps(
    value: str, steps: int
) -> None:
    shown = render("2ACD", bytes.fromhex(value))
    assert shown["trailing"] == value[-6:]
    assert shown["vendor_steps"] == steps
