"""Quirks of reports and of both statuses, seen from the wire."""

import itertools

import pytest

from quarterturn_simulator.machine import RunState
from unit.simulator.bench import STATUS, TRAINING, Bench


def _speeds(reports: list[str]) -> list[int]:
    return [int.from_bytes(bytes.fromhex(report[4:8]), "little") for report in reports]


def test_the_flags_change_every_five_seconds() -> None:
    machine = Bench("changing-flags")
    machine.walk()
    flags = [report[:4] for report in machine.reports()]
    assert set(flags) == {"8e0d", "0a09"}
    assert sum(one != other for one, other in itertools.pairwise(flags)) == 3
    assert _speeds(machine.reports())[-1] == 200


def test_reserved_octets_stand_behind_bit_14() -> None:
    machine = Bench("reserved-bits")
    machine.walk()
    report = machine.reports()[-1]
    assert report[:8] == "8c45c800"
    assert report.endswith("c0ffee")


def test_reserved_octets_stand_behind_vendor_steps() -> None:
    machine = Bench("reserved-bits", "vendor-steps")
    machine.walk()
    assert machine.reports()[-1].endswith("070000" + "c0ffee")


def test_an_elevation_gain_is_promised_and_never_there() -> None:
    machine = Bench("odd-markers")
    machine.walk()
    # Distance, incline, elevation gain twice FFFF, energy, heart rate, elapsed time.
    assert machine.reports()[-1] == "9c05c800" + "040000" + "0000ff7f" + "ffffffff" + (
        "0000ffffff" + "00" + "0900"
    )


def test_no_incline_is_reported_and_one_can_be_set() -> None:
    machine = Bench("no-incline-report")
    machine.walk()
    assert machine.write("031400") == "800301"
    assert machine.reports()[-1].startswith("8405c800")


@pytest.mark.parametrize(("quirk", "rate"), [("reports-2-hz", 2), ("reports-3-hz", 3)])
def test_reports_come_as_often_as_it_says(quirk: str, rate: int) -> None:
    machine = Bench(quirk)
    machine.run(10.05)
    assert len(machine.reports()) == 10 * rate


def test_spikes_come_from_the_seed_and_only_while_it_runs() -> None:
    def spikes(seed: int) -> list[int]:
        machine = Bench("speed-spikes", seed=seed)
        machine.run(200)
        assert set(_speeds(machine.reports())) == {0}
        machine.walk()
        machine.log.clear()
        machine.run(400)
        speeds = _speeds(machine.reports())
        assert set(speeds) == {200, 1200}
        return [index for index, speed in enumerate(speeds) if speed == 1200]

    assert spikes(1) == spikes(1)
    assert spikes(1) != spikes(2)
    assert 1 <= len(spikes(1)) <= 30


@pytest.mark.parametrize(
    ("quirk", "state"),
    [("speed-while-paused", RunState.PAUSED), ("last-speed-for-ever", RunState.STOPPED)],
)
def test_the_speed_of_before_is_reported_of_a_belt_that_stands(quirk: str, state: RunState) -> None:
    machine = Bench(quirk)
    machine.run(3)
    assert _speeds(machine.reports())[-1] == 0
    machine.walk()
    machine.write("0801")
    machine.run(60)
    assert machine.speed_kmh == 0.0
    assert machine.machine.state is state
    assert _speeds(machine.reports())[-50:] == [200] * 50
    elapsed = {report[-4:] for report in machine.reports()[-50:]}
    assert len(elapsed) == 1, "the elapsed time tells"
    machine.write("07")
    machine.run(3)
    assert _speeds(machine.reports())[-1] == 0  # while it counts down


def test_it_falls_asleep_after_forty_seconds_of_motion() -> None:
    machine = Bench("falls-asleep")
    machine.run(60)
    machine.walk()
    machine.log.clear()
    machine.run(60)
    assert 25 <= len(machine.reports()) <= 31
    assert machine.speed_kmh == 2.0


def test_the_odometer_counts_a_life() -> None:
    machine = Bench("lifetime-odometer")
    machine.walk()
    metres = int.from_bytes(bytes.fromhex(machine.reports()[-1][8:14]), "little")
    assert metres == 1_234_567 + 4


def test_the_elapsed_time_jumps_by_chance() -> None:
    machine = Bench("odd-elapsed")
    machine.walk()
    machine.log.clear()
    machine.run(100)
    elapsed = [int.from_bytes(bytes.fromhex(r[-4:]), "little") for r in machine.reports()]
    odd = [s for s in elapsed if s == 0 or s >= 600]
    assert 1 <= len(odd) <= 30
    assert 0 in odd
    assert max(odd) > 600


def test_an_energy_that_is_never_there() -> None:
    machine = Bench("no-energy")
    machine.walk()
    assert machine.reports()[-1][22:26] == "ffff"


def test_an_energy_that_is_three_times_the_consoles() -> None:
    def kcal(*quirks: str) -> int:
        machine = Bench(*quirks)
        machine.walk()
        machine.run(600)
        return int.from_bytes(bytes.fromhex(machine.reports()[-1][22:26]), "little")

    assert kcal() > 20
    assert kcal("threefold-energy") // 3 == kcal()


# --- statuses -------------------------------------------------------------------------------------


def test_it_says_stopped_when_it_starts_and_runs() -> None:
    machine = Bench("stopped-at-start", clients=2)
    machine.walk()
    assert machine.said(STATUS) == ["0201"]
    assert machine.said(STATUS, client=2) == ["0201", "05c800"]
    assert machine.speed_kmh == 2.0


def test_a_stop_of_a_client_is_told_to_the_others_alone() -> None:
    machine = Bench("stopped-at-start")
    machine.walk()
    machine.log.clear()
    machine.write("0801")
    assert machine.said(STATUS) == []


def test_targets_are_told_under_the_codes_of_energy_and_steps() -> None:
    machine = Bench("own-status-codes")
    machine.walk()
    machine.write("031400")
    assert machine.said(STATUS) == ["04", "0ac800", "0b1400"]


@pytest.mark.parametrize(
    ("quirk", "idle", "running"),
    [
        ("short-training-status", "00", "00"),
        ("empty-training-status", "", ""),
        ("training-status-without-text", "0101", "010d"),
        ("odd-training-status", "0001", "000a"),
    ],
)
def test_a_training_status_of_its_own_kind(quirk: str, idle: str, running: str) -> None:
    machine = Bench(quirk)
    assert machine.peripheral.read(TRAINING).hex() == idle
    machine.walk()
    assert machine.said(TRAINING) == [running]
    assert machine.peripheral.read(TRAINING).hex() == running
