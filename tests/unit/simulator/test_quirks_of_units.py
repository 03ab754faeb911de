"""Quirks of units, ranges, steps and inclines, seen from the wire."""

import pytest

from quarterturn_simulator.quirks import with_quirks
from quarterturn_simulator.settings import DEFAULT
from unit.simulator.bench import Bench

FEATURE, SPEED_RANGE, INCLINE_RANGE, POWER_RANGE = 0x2ACC, 0x2AD4, 0x2AD5, 0x2AD8


def test_mph_range_announces_miles_and_takes_kilometres() -> None:
    machine = Bench("mph-range")
    assert machine.peripheral.read(SPEED_RANGE).hex() == "3e007b010a00"  # 0.62 to 3.79
    machine.write("00")
    assert machine.write("023e00") == "800203"
    machine.walk()
    assert machine.speed_kmh == 2.0


def test_no_target_bits_and_takes_targets_all_the_same() -> None:
    machine = Bench("no-target-bits")
    assert machine.peripheral.read(FEATURE)[4:].hex() == "00000000"
    assert SPEED_RANGE in machine.peripheral.characteristics
    machine.walk()
    assert machine.speed_kmh == 2.0


def test_claims_everything_has_a_range_of_power_and_takes_none() -> None:
    machine = Bench("claims-everything")
    assert machine.peripheral.read(FEATURE).hex() == "8c5600000f000000"
    assert machine.peripheral.read(POWER_RANGE).hex() == "00000f270100"
    machine.write("00")
    assert machine.write("056400") == "800502"  # a target power


@pytest.mark.parametrize(
    ("quirk", "announced"),
    [
        ("minimum-1.0", "640040060a00"),
        ("steps-of-0.16", "320040061000"),
        ("steps-of-0.5", "320040063200"),
        ("fine-steps-rejected", "320040060100"),
        ("fine-steps-ignored", "320040060100"),
        ("fine-steps-rounded", "320040060100"),
    ],
)
def test_a_range_is_announced_in_hundredths(quirk: str, announced: str) -> None:
    assert Bench(quirk).peripheral.read(SPEED_RANGE).hex() == announced


@pytest.mark.parametrize(
    ("quirk", "answer", "speed_kmh"),
    [
        ("fine-steps-rejected", "800203", 2.0),
        ("fine-steps-ignored", "800201", 2.0),
        ("fine-steps-rounded", "800201", 2.3),
    ],
)
def test_what_becomes_of_a_step_that_was_announced_and_is_too_fine(
    quirk: str, answer: str, speed_kmh: float
) -> None:
    machine = Bench(quirk)
    machine.walk()
    assert machine.write("02e800") == answer  # 2.32 km/h
    machine.run(10)
    assert machine.speed_kmh == speed_kmh


def test_whole_inclines_rejects_the_half_that_it_announces() -> None:
    machine = Bench("whole-inclines")
    assert machine.peripheral.read(INCLINE_RANGE).hex() == "000096000500"
    machine.write("00")
    assert machine.write("030f00") == "800303"
    assert machine.write("031400") == "800301"


def test_declines_tilts_below_level() -> None:
    machine = Bench("declines")
    assert machine.peripheral.read(INCLINE_RANGE).hex() == "c4ff96000500"
    machine.write("00")
    assert machine.write("03c4ff") == "800301"
    machine.run(20)
    assert machine.reports()[-1][14:18] == "c4ff"


def test_a_fixed_incline_can_neither_be_set_nor_levelled() -> None:
    machine = Bench("fixed-incline")
    assert INCLINE_RANGE not in machine.peripheral.characteristics
    machine.write("00")
    assert machine.write("030000") == "800302"
    assert machine.write("01") == "800101"  # Reset
    machine.run(60)
    assert machine.reports()[-1][14:18] == "9600"


@pytest.mark.parametrize(
    ("quirk", "read"), [("stuck-incline-report", "3403"), ("incline-by-number", "2800")]
)
def test_an_incline_that_is_not_the_decks(quirk: str, read: str) -> None:
    machine = Bench(quirk)
    machine.write("00")
    machine.write("031400")
    machine.run(10)
    assert machine.machine.belt.incline_at(machine.now_s) == 2.0
    assert machine.reports()[-1][14:18] == read


def test_the_slowest_of_an_mph_machine_is_in_its_own_unit() -> None:
    both = with_quirks(DEFAULT, ["mph-target", "minimum-1.0"])
    assert both.min_kmh == 1.0
    machine = Bench("mph-target", "minimum-1.0")
    machine.write("00")
    machine.write("07")
    machine.run(20)
    assert machine.speed_kmh == 1.609
