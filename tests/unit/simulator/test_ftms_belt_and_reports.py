"""What commands do to the belt, and what its reports say of it (FTMS v1.0.1 sections 4.9, 4.10)."""

from quarterturn_simulator.control import Button
from quarterturn_simulator.ftms_peripheral import FtmsPeripheral, Output
from quarterturn_simulator.machine import RunState
from quarterturn_simulator.settings import DEFAULT
from unit.simulator.bench import CONTROL, DATA, TRAINING, Bench

# --- the belt -------------------------------------------------------------------------------------


def test_the_belt_moves_after_countdown_and_spin_up() -> None:
    machine = Bench()
    machine.write("00")
    machine.write("07")  # 0.1 s ago; 3 + 2 s
    machine.run(4.9)
    assert machine.speed_kmh == 0.0
    machine.run(0.5)
    assert machine.speed_kmh == 0.25  # 0.5 s of 0.5 km/h per s
    machine.run(5)
    assert machine.speed_kmh == 0.5


def test_a_latency_longer_than_the_countdown_holds_up_the_start() -> None:
    machine = Bench(latency_s=2.0, countdown_s=0.0, spin_up_s=0.5)
    machine.write("00")
    machine.write("07")
    machine.run(1.9)
    assert machine.speed_kmh == 0.0
    machine.run(1.0)
    assert machine.speed_kmh == 0.5


def test_a_target_takes_effect_after_the_latency() -> None:
    machine = Bench()
    machine.walk()
    machine.write("022c01")  # 3.0 km/h, 0.1 s ago
    machine.run(0.9)
    assert machine.speed_kmh == 2.0
    machine.run(1.0)
    assert machine.speed_kmh == 2.5
    machine.run(1.0)
    assert machine.speed_kmh == 3.0


def test_a_target_set_in_the_countdown_does_not_start_the_belt_early() -> None:
    machine = Bench()
    machine.write("00")
    machine.write("07")
    machine.write("02c800")
    machine.run(4.8)
    assert machine.speed_kmh == 0.0
    machine.run(4.0)
    assert machine.speed_kmh == 2.0


def test_a_target_set_at_a_standstill_is_kept_for_the_start() -> None:
    machine = Bench()
    machine.write("00")
    machine.write("02c800")
    machine.run(20)
    assert machine.speed_kmh == 0.0
    machine.write("07")
    machine.run(20)
    assert machine.speed_kmh == 2.0


def test_a_new_session_starts_at_the_lowest_speed_again() -> None:
    machine = Bench()
    machine.walk()
    machine.write("0801")
    machine.run(10)
    machine.write("07")
    machine.run(20)
    assert machine.speed_kmh == 0.5


def test_a_pause_keeps_the_target() -> None:
    machine = Bench()
    machine.walk()
    machine.write("0802")
    machine.run(10)
    assert machine.speed_kmh == 0.0
    machine.write("07")
    machine.run(20)
    assert machine.speed_kmh == 2.0


def test_a_stop_slows_the_belt_at_the_machines_own_rate() -> None:
    machine = Bench(decel_kmh_per_s=1.0)
    machine.walk()
    machine.write("0801")
    machine.run(1.9)
    assert machine.speed_kmh == 1.0
    machine.run(1.0)
    assert machine.speed_kmh == 0.0


def test_the_belt_speeds_up_at_its_own_rate_too() -> None:
    machine = Bench(accel_kmh_per_s=0.25)
    machine.walk()
    machine.write("022c01")
    machine.run(1.9)
    assert machine.speed_kmh == 2.25


def test_steps_are_counted_from_the_lowest_speed() -> None:
    machine = Bench(min_kmh=0.8, step_kmh=0.5)
    machine.write("00")
    assert machine.write("028200") == "800201"  # 1.3 km/h
    assert machine.write("029600") == "800203"  # 1.5 km/h


def test_a_reset_stops_levels_and_releases() -> None:
    machine = Bench()
    machine.walk()
    machine.write("031400")
    machine.run(10)
    assert machine.write("01") == "800101"
    assert machine.write("07") == "800705"
    machine.run(10)
    assert machine.speed_kmh == 0.0
    assert machine.machine.belt.incline_at(machine.now_s) == 0.0
    # All is counted anew; 1 m was run in the second of latency and while the belt slowed.
    assert machine.reports()[-1] == "8c05000001000000" + "00ff7f" + "0000ffffff" + "00" + "0000"


# --- its reports ----------------------------------------------------------------------------------


def test_a_report_at_walking_speed() -> None:
    machine = Bench()
    machine.walk()  # ends at 15.0 s; in motion since 5.1 s, at 2.0 km/h since 9.1 s
    # 2.00 km/h; 2.0/3.6 m/s * (4 s / 2 + 5.9 s) = 4 m; 0.0 %; 0 kcal; no pulse; 9 s
    assert machine.reports()[-1] == "8c05c8000400000000ff7f0000ffffff000900"


def test_reports_keep_their_rate_from_the_subscription_on() -> None:
    machine = Bench(rate_hz=4.0)
    machine.run(2.0)
    due = [due_s for due_s, _, characteristic, _ in machine.log if characteristic == DATA]
    assert due == [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0]


def test_what_was_due_before_a_write_or_a_button_comes_out_before_it() -> None:
    machine = Bench()
    outputs = machine.peripheral.handle(2.5, CONTROL, b"\0", 1)
    assert [output.due_s for output in outputs if isinstance(output, Output)] == [1.0, 2.0, 2.55]
    pressed = machine.peripheral.press(4.5, Button.START)
    assert [output.due_s for output in pressed] == [3.0, 4.0, 4.5, 4.5]


def test_nothing_is_due_when_nobody_listens() -> None:
    peripheral = FtmsPeripheral(DEFAULT)
    peripheral.connect(0.0, 1)
    assert peripheral.next_due_s == float("inf")
    peripheral.subscribe(0.0, DATA, 1)
    assert peripheral.next_due_s == 1.0
    peripheral.disconnect(0.5, 1)
    assert peripheral.next_due_s == float("inf")
    assert peripheral.advance(100.0) == []


def test_a_late_subscriber_is_not_sent_the_past() -> None:
    peripheral = FtmsPeripheral(DEFAULT)
    for client, since_s in ((1, 0.0), (2, 50.25)):
        peripheral.connect(since_s, client)
        peripheral.subscribe(since_s, DATA, client)
        peripheral.disconnect(since_s + 0.1, client)
    peripheral.connect(60.5, 3)
    peripheral.subscribe(60.5, DATA, 3)
    assert [output.due_s for output in peripheral.advance(62.9)] == [61.0, 62.0]


def test_elapsed_time_stands_in_a_pause() -> None:
    machine = Bench()
    machine.walk()
    machine.write("0802")
    machine.run(30)
    held = machine.reports()[-1][-4:]
    assert held == "0a00"  # from 5.1 s to 16.0 s
    machine.run(30)
    assert machine.reports()[-1][-4:] == held


def test_a_programme_counts_down_and_ends() -> None:
    machine = Bench(programme_s=60.0, fields=tuple(type(DEFAULT.fields[0])))
    machine.walk()
    assert machine.reports()[-1].endswith("09003200")  # 9.9 s elapsed, 50 s remaining
    machine.run(60)
    assert machine.machine.state is RunState.STOPPED
    assert machine.reports()[-1].endswith("3c000000")
    assert machine.said(TRAINING) == ["000d", "0001"]


def test_the_odometer_does_not_start_at_zero() -> None:
    machine = Bench(odometer_m=4660.0)
    machine.run(1)
    assert machine.reports()[-1][8:14] == "341200"


# --- training status ------------------------------------------------------------------------------


def test_the_training_status_is_told_when_it_changes() -> None:
    machine = Bench()
    machine.walk()
    assert machine.said(TRAINING) == ["000d"]
    assert machine.peripheral.read(TRAINING).hex() == "000d"
    machine.write("0802")
    assert machine.said(TRAINING) == ["000d"]  # there is no code for paused
    machine.write("0801")
    assert machine.said(TRAINING) == ["000d", "0001"]
