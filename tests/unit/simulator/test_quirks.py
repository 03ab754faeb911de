"""Each quirk, seen from the wire."""

import pytest

from quarterturn_simulator.machine import RunState
from quarterturn_simulator.quirks import QUIRKS, with_quirks
from quarterturn_simulator.settings import DEFAULT
from unit.simulator.bench import DATA, STATUS, TRAINING, Bench


def _speeds(reports: list[str]) -> list[int]:
    return [int.from_bytes(bytes.fromhex(report[4:8]), "little") for report in reports]


def test_every_quirk_changes_the_machine_and_says_what_it_imitates() -> None:
    for name, quirk in QUIRKS.items():
        assert with_quirks(DEFAULT, [name]) != DEFAULT, name
        assert quirk.description.endswith(")"), name


def test_an_unknown_quirk_is_answered_with_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match=r"unknown quirk 'mph': known are mph-target, mph-reports, "
    ):
        with_quirks(DEFAULT, ["mph"])


def test_mph_target_runs_1_6_times_as_fast_as_it_was_told() -> None:
    machine = Bench("mph-target", clients=2)
    machine.walk("026400")  # 1.00, taken as mph
    assert machine.reports()[-1] == "8c05a1000300000000ff7f0000ffffff000900"  # 1.61 km/h
    assert machine.said(STATUS, client=2) == ["04", "056400"]


def test_mph_target_starts_at_half_a_mile_an_hour() -> None:
    machine = Bench("mph-target")
    machine.write("00")
    machine.write("07")
    machine.run(10)
    assert _speeds(machine.reports())[-1] == 80


def test_mph_target_does_not_exceed_what_the_motor_can_do() -> None:
    machine = Bench("mph-target")
    machine.walk("024006")  # 16.0, taken as mph
    machine.run(60)
    assert machine.speed_kmh == 16.0


def test_mph_reports_says_in_miles_what_it_runs_in_kilometres() -> None:
    machine = Bench("mph-reports")
    machine.walk("026400")  # 1.00 km/h
    machine.run(10)
    assert machine.speed_kmh == 1.0
    assert _speeds(machine.reports())[-1] == 62


def test_mph_throughout_agrees_with_itself_and_is_1_6_times_too_fast() -> None:
    machine = Bench("mph-throughout")
    machine.walk("026400")  # 1.00, taken as mph
    machine.run(10)
    assert round(machine.speed_kmh, 2) == 1.61
    assert _speeds(machine.reports())[-1] == 100


def test_start_toggles_pauses_a_running_belt() -> None:
    machine = Bench("start-toggles")
    machine.walk()
    assert machine.write("07") == "800701"
    machine.run(10)
    assert _speeds(machine.reports())[-1] == 0
    assert machine.machine.state is RunState.PAUSED


def test_success_no_effect_succeeds_and_does_nothing() -> None:
    machine = Bench("success-no-effect", clients=2)
    machine.walk()
    assert machine.write("031400") == "800301"
    machine.run(10)
    # Still at the lowest speed, 0.50 km/h, and level.
    assert machine.reports()[-1].startswith("8c05320002000000")
    assert machine.said(STATUS, client=2) == ["04"]


def test_silent_when_stopped_is_silent_when_stopped() -> None:
    machine = Bench("silent-when-stopped")
    machine.run(10)
    assert machine.reports() == []
    machine.walk()
    machine.write("0801")
    machine.run(20)
    heard = machine.reports()
    assert _speeds(heard)[-3:] == [150, 100, 50]
    machine.run(60)
    assert machine.reports() == heard


def test_mute_request_control_grants_it_all_the_same() -> None:
    machine = Bench("mute-request-control")
    assert machine.write("00") is None
    assert machine.write("07") == "800701"


def test_false_zero_speed_is_false() -> None:
    machine = Bench("false-zero-speed")
    machine.walk()  # in motion since 5.1 s
    machine.run(25)
    speeds = _speeds(machine.reports())
    assert speeds[31:36] == [200, 0, 0, 0, 200]  # 32 s to 36 s, and so 26.9 s to 30.9 s of motion
    metres = [report[8:14] for report in machine.reports()[31:36]]
    assert len(set(metres)) > 1, "the distance tells"


def test_false_zeros_last_as_long_as_a_verified_stop_may_not() -> None:
    machine = Bench("false-zero-speed", rate_hz=10.0)
    machine.walk()
    machine.run(60)
    zeros = [due_s for due_s, _, c, value in machine.log if c == DATA and value[4:8] == "0000"]
    false = [due_s for due_s in zeros if 10 < due_s < 40]
    assert false[-1] - false[0] == pytest.approx(2.9)


def test_starts_on_connect_moves_unasked() -> None:
    machine = Bench("starts-on-connect")
    machine.run(4)
    assert _speeds(machine.reports()) == [0, 0, 0, 50]
    assert machine.said(STATUS) == []
    assert machine.said(TRAINING) == ["000d"]
    machine.run(1830)
    assert _speeds(machine.reports())[-1] == 0


def test_starts_on_connect_needs_the_safety_key() -> None:
    machine = Bench("starts-on-connect")
    machine.pull_key()
    machine.run(60)
    assert machine.speed_kmh == 0.0


def test_resume_resets_target_to_the_lowest() -> None:
    machine = Bench("resume-resets-target")
    machine.walk()
    machine.write("0802")
    machine.run(10)
    machine.write("07")
    machine.run(20)
    assert _speeds(machine.reports())[-1] == 50


def test_truncated_20_promises_more_than_it_sends() -> None:
    machine = Bench("truncated-20")
    machine.walk()
    # 4.39 m in 9.9 s are 1.60 km/h; the last octet is half of the elapsed time.
    assert machine.reports()[-1] == "8e0dc800a00004000000" + "00ff7f0000ffffff0009"


def test_split_records_promise_what_they_send() -> None:
    machine = Bench("split-records")
    machine.walk()
    first, second = machine.reports()[-2:]
    assert len(first) <= 40
    assert len(second) <= 40
    assert int(first[:2], 16) & 1, "More Data, and so no speed"
    assert not int(second[:2], 16) & 1
    assert second[4:8] == "c800"


def test_stop_starts_when_paused() -> None:
    machine = Bench("stop-starts-when-paused", clients=2)
    machine.walk()
    assert machine.write("0801") == "800801"
    machine.run(10)
    assert _speeds(machine.reports())[-1] == 0
    assert machine.write("0801") == "800801"
    machine.run(20)
    assert _speeds(machine.reports())[-1] == 200
    assert machine.said(STATUS, client=2) == ["04", "05c800", "0202", "04"]


def test_stop_ignored_runs_on() -> None:
    machine = Bench("stop-ignored")
    machine.walk()
    assert machine.write("0801") == "800801"
    machine.run(60)
    assert machine.speed_kmh == 2.0


def test_stale_status_tells_of_a_stop_that_nobody_made() -> None:
    assert Bench("stale-status").said(STATUS) == ["0201"]


def test_vendor_steps_stand_behind_bit_13() -> None:
    machine = Bench("vendor-steps")
    machine.walk()
    assert machine.reports()[-1] == "8c25c8000400000000ff7f0000ffffff000900" + "070000"  # 4.4 m


def test_a_short_training_status_ends_before_the_code() -> None:
    machine = Bench("short-training-status")
    assert machine.peripheral.read(TRAINING).hex() == "00"
    machine.walk()
    assert machine.said(TRAINING) == ["00"]


def test_status_to_writer_tells_a_client_of_its_own_start() -> None:
    machine = Bench("status-to-writer")
    machine.walk()
    assert machine.said(STATUS) == ["04", "05c800"]


def test_no_ranges_has_none() -> None:
    peripheral = Bench("no-ranges").peripheral
    assert not {0x2AD4, 0x2AD5} & set(peripheral.characteristics)


def test_quirks_can_be_combined() -> None:
    machine = Bench("mph-target", "start-toggles", "vendor-steps")
    machine.walk("026400")
    assert machine.speed_kmh == 1.609
    assert machine.reports()[-1].startswith("8c25a100")
    assert machine.write("07") == "800701"
    assert machine.machine.state is RunState.PAUSED
