"""The spec-true machine: golden octets from FTMS v1.0.1, sections 4.10, 4.16 and 4.17."""

from collections.abc import Callable

import pytest

from quarterturn.port import Property, RefusedError
from quarterturn_simulator.control import Button
from quarterturn_simulator.ftms_peripheral import FtmsPeripheral
from quarterturn_simulator.machine import RunState
from quarterturn_simulator.settings import DEFAULT, LinkLoss, OffStep, Takeover, changed
from unit.simulator.bench import CONTROL, DATA, STATUS, TRAINING, Bench

# --- what it offers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("characteristic", "value"),
    [
        (0x2ACC, "0c16000003000000"),  # distance, incline, energy, HR, elapsed; speed, incline
        (0x2AD3, "0001"),  # Idle
        (0x2AD4, "320040060a00"),  # 0.50 to 16.00 km/h by 0.10
        (0x2AD5, "000096000500"),  # 0.0 to 15.0 % by 0.5
    ],
)
def test_what_can_be_read(characteristic: int, value: str) -> None:
    assert Bench().peripheral.read(characteristic).hex() == value


def test_a_range_that_goes_below_zero_is_signed() -> None:
    assert Bench(incline_min_pct=-3.0).peripheral.read(0x2AD5).hex() == "e2ff96000500"


def test_a_machine_without_incline_says_so_everywhere() -> None:
    flat = Bench(incline_max_pct=0.0)
    assert flat.peripheral.read(0x2ACC).hex().endswith("01000000")
    assert 0x2AD5 not in flat.peripheral.characteristics
    flat.write("00")
    assert flat.write("030500") == "800302"


def test_the_properties_are_those_of_the_specification() -> None:
    assert Bench().peripheral.characteristics == {
        0x2ACC: Property.READ,
        0x2ACD: Property.NOTIFY,
        0x2AD3: Property.READ | Property.NOTIFY,
        0x2AD4: Property.READ,
        0x2AD5: Property.READ,
        0x2AD9: Property.WRITE | Property.INDICATE,
        0x2ADA: Property.NOTIFY,
    }


@pytest.mark.parametrize(
    ("characteristic", "code"), [(DATA, 0x02), (CONTROL, 0x02), (0x2A00, 0x0A)]
)
def test_what_cannot_be_read_is_an_att_error(characteristic: int, code: int) -> None:
    with pytest.raises(RefusedError) as refusal:
        Bench().peripheral.read(characteristic)
    assert refusal.value.code == code


@pytest.mark.parametrize(("characteristic", "code"), [(0x2ACC, 0x06), (0x2A00, 0x0A)])
def test_what_sends_nothing_cannot_be_subscribed(characteristic: int, code: int) -> None:
    with pytest.raises(RefusedError) as refusal:
        Bench().peripheral.subscribe(0.0, characteristic, 1)
    assert refusal.value.code == code


# --- op x state -> result -------------------------------------------------------------------------


def _stopped(machine: Bench) -> None:
    machine.write("00")


def _counting_down(machine: Bench) -> None:
    machine.write("00")
    machine.write("07")


def _running(machine: Bench) -> None:
    machine.walk()


def _paused(machine: Bench) -> None:
    machine.walk()
    machine.write("0802")
    machine.run(10)


def _without_key(machine: Bench) -> None:
    machine.walk()
    machine.pull_key()


def _without_control(machine: Bench) -> None:
    machine.walk()
    machine.revoke()


STATES = (_stopped, _counting_down, _running, _paused, _without_key, _without_control)
RESPONSES = {
    # write: stopped, counting down, running, paused, without key, without control
    "00": ("800001", "800001", "800001", "800001", "800001", "800001"),
    "01": ("800101", "800101", "800101", "800101", "800101", "800105"),
    "07": ("800704", "800704", "800704", "800701", "800704", "800705"),
    "0801": ("800804", "800801", "800801", "800801", "800804", "800805"),
    "0802": ("800804", "800801", "800801", "800804", "800804", "800805"),
    "02c800": ("800201", "800201", "800201", "800201", "800204", "800205"),
    "031400": ("800301", "800301", "800301", "800301", "800304", "800305"),
    "1500": ("801502", "801502", "801502", "801502", "801502", "801502"),
    "05c800": ("800502", "800502", "800502", "800502", "800502", "800502"),
    "80": ("808002", "808002", "808002", "808002", "808002", "808002"),
}
RESPONSES["07"] = ("800701", *RESPONSES["07"][1:])


@pytest.mark.parametrize(
    ("state", "value", "response"),
    [
        pytest.param(state, value, response, id=f"{value}{state.__name__}")
        for value, responses in RESPONSES.items()
        for state, response in zip(STATES, responses, strict=True)
    ],
)
def test_each_op_code_gets_its_result_in_each_state(
    state: Callable[[Bench], None], value: str, response: str
) -> None:
    machine = Bench()
    state(machine)
    assert machine.write(value) == response


@pytest.mark.parametrize(
    ("value", "response"),
    [
        ("02c8", "800203"),  # too short
        ("02c80000", "800203"),  # too long
        ("023100", "800203"),  # 0.49 km/h, below the range
        ("024106", "800203"),  # 16.01 km/h, above the range
        ("02cd00", "800203"),  # 2.05 km/h, between two steps
        ("03f6ff", "800303"),  # -1.0 %, below the range
        ("039b00", "800303"),  # 15.5 %, above the range
        ("030200", "800303"),  # 0.2 %, between two steps
        ("08", "800803"),
        ("0800", "800803"),  # reserved
        ("0803", "800803"),
        ("0700", "800703"),
        ("0000", "800003"),
    ],
)
def test_a_parameter_that_does_not_fit_is_invalid(value: str, response: str) -> None:
    machine = Bench()
    machine.write("00")
    assert machine.write(value) == response


@pytest.mark.parametrize(
    ("off_step", "response", "speed_kmh"),
    [
        (OffStep.REJECT, "800203", 2.0),
        (OffStep.ROUND_DOWN, "800201", 2.5),
        (OffStep.IGNORE, "800201", 2.0),
    ],
)
def test_a_target_between_two_steps_meets_the_fate_that_is_set(
    off_step: OffStep, response: str, speed_kmh: float
) -> None:
    machine = Bench(off_step=off_step)
    machine.walk()
    assert machine.write("020201") == response  # 2.58 km/h
    machine.run(5)
    assert machine.speed_kmh == speed_kmh


def test_the_lowest_and_the_highest_target_are_valid() -> None:
    machine = Bench()
    machine.write("00")
    for value in ("023200", "024006"):
        assert machine.write(value) == "800201"
    for value in ("030000", "039600"):
        assert machine.write(value) == "800301"


# --- the procedure --------------------------------------------------------------------------------


def test_a_write_before_the_indications_are_enabled_is_an_att_error() -> None:
    peripheral = FtmsPeripheral(DEFAULT)
    peripheral.connect(0.0, 1)
    (answer,) = peripheral.handle(0.0, CONTROL, b"\x00", 1)
    assert answer.error == 0xFD
    assert peripheral.control.holder is None


@pytest.mark.parametrize(
    ("characteristic", "value", "error"),
    [(0x2ACC, b"\0", 0x03), (0x2A00, b"\0", 0x0A), (CONTROL, b"", 0x0D)],
)
def test_other_writes_are_att_errors(characteristic: int, value: bytes, error: int) -> None:
    (answer,) = Bench().peripheral.handle(0.0, characteristic, value, 1)
    assert answer.error == error


def test_a_procedure_in_progress_discards_the_next_op() -> None:
    machine = Bench(answer_s=0.5)
    machine.peripheral.handle(0.0, CONTROL, b"\x00", 1)
    assert machine.write("07") == "att fe"
    machine.run(0.4)
    machine.write("07")
    assert machine.machine.state is RunState.RUNNING


def test_the_indication_comes_after_the_delay_that_is_set() -> None:
    _, response = Bench(answer_s=1.25).peripheral.handle(0.5, CONTROL, b"\x00", 1)
    assert (response.due_s, response.value.hex()) == (1.75, "800001")


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


# --- several clients ------------------------------------------------------------------------------


def test_what_one_client_does_is_told_to_the_others() -> None:
    machine = Bench(clients=2)
    machine.walk()
    machine.write("031400")
    machine.write("0802")
    machine.write("0801")
    machine.write("01")
    assert machine.said(STATUS, client=1) == []
    assert machine.said(STATUS, client=2) == ["04", "05c800", "061400", "0202", "0201", "01"]


def test_a_second_client_takes_over_and_the_first_is_told() -> None:
    machine = Bench(clients=2)
    machine.write("00", client=1)
    assert machine.write("00", client=2) == "800001"
    assert machine.said(STATUS, client=1) == ["ff"]
    assert machine.said(STATUS, client=2) == []
    assert machine.write("07", client=1) == "800705"
    assert machine.write("07", client=2) == "800701"


def test_a_machine_may_refuse_the_second_client() -> None:
    machine = Bench(clients=2, takeover=Takeover.REFUSE)
    machine.write("00", client=1)
    assert machine.write("00", client=2) == "800005"
    assert machine.said(STATUS, client=1) == []
    assert machine.write("07", client=1) == "800701"


def test_reports_go_to_every_client() -> None:
    machine = Bench(clients=2)
    machine.run(2)
    assert machine.said(DATA, client=1) == machine.said(DATA, client=2) != []


def test_control_ends_with_the_connection_and_the_belt_runs_on() -> None:
    machine = Bench(clients=2)
    machine.walk()
    machine.peripheral.disconnect(machine.now_s, 1)
    machine.run(60)
    assert machine.speed_kmh == 2.0
    assert machine.write("0801", client=2) == "800805"
    assert machine.write("00", client=2) == "800001"
    assert machine.write("0801", client=2) == "800801"


def test_a_machine_may_stop_when_its_controller_is_gone() -> None:
    machine = Bench(clients=2, link_loss=LinkLoss.STOP)
    machine.walk()
    machine.peripheral.disconnect(machine.now_s, 1)
    machine.run(5)
    assert machine.speed_kmh == 0.0


# --- the console ----------------------------------------------------------------------------------


def test_the_console_is_told_to_all_clients() -> None:
    machine = Bench(clients=2)
    machine.press(Button.START)
    machine.run(10)
    for button in (
        Button.FASTER,
        Button.FASTER,
        Button.SLOWER,
        Button.INCLINE_UP,
        Button.INCLINE_DOWN,
        Button.PAUSE,
        Button.START,
        Button.STOP,
    ):
        machine.press(button)
    expected = ["04", "053c00", "054600", "053c00", "060500", "060000", "0202", "04", "0201"]
    assert machine.said(STATUS, client=1) == expected
    assert machine.said(STATUS, client=2) == expected


def test_a_button_acts_at_once() -> None:
    machine = Bench()
    machine.walk()
    machine.press(Button.STOP)
    machine.run(2)
    assert machine.speed_kmh == 1.0


def test_buttons_that_have_nothing_to_do_are_told_to_nobody() -> None:
    machine = Bench()
    for button in (Button.STOP, Button.PAUSE, Button.FASTER, Button.SLOWER, Button.INCLINE_DOWN):
        machine.press(button)
    machine.press(Button.START)
    machine.press(Button.START)
    machine.press(Button.SLOWER)  # at the lowest speed
    assert machine.said(STATUS) == ["04"]


def test_the_buttons_stay_within_the_range() -> None:
    machine = Bench(max_kmh=0.7, incline_max_pct=1.0)
    machine.press(Button.START)
    for _ in range(5):
        machine.press(Button.FASTER)
        machine.press(Button.INCLINE_UP)
    assert machine.said(STATUS) == ["04", "053c00", "060500", "054600", "060a00"]


def test_the_safety_key_stops_the_belt_at_once_and_its_return_starts_nothing() -> None:
    machine = Bench()
    machine.walk()
    machine.pull_key()
    assert machine.speed_kmh == 0.0
    assert machine.said(STATUS) == ["03"]
    machine.press(Button.START)
    assert machine.write("07") == "800704"
    machine.machine.insert_key()
    machine.run(30)
    assert machine.speed_kmh == 0.0
    assert machine.write("07") == "800701"


def test_pulling_a_pulled_key_is_told_to_nobody() -> None:
    machine = Bench()
    machine.pull_key()
    machine.pull_key()
    assert machine.said(STATUS) == ["03"]


def test_the_key_stops_the_deck_too() -> None:
    machine = Bench()
    machine.write("00")
    machine.write("036400")  # 10.0 %
    machine.run(5.0)
    machine.pull_key()
    stands_at = machine.machine.belt.incline_at(machine.now_s)
    machine.run(60)
    assert 1.5 < stands_at < 2.5
    assert machine.machine.belt.incline_at(machine.now_s) == stands_at


def test_the_console_may_take_the_control_away() -> None:
    machine = Bench(clients=2)
    machine.walk()
    machine.revoke()
    assert machine.said(STATUS, client=1) == ["ff"]
    assert "ff" not in machine.said(STATUS, client=2)
    assert machine.write("0801") == "800805"
    machine.revoke()
    assert machine.said(STATUS, client=1) == ["ff"]


def test_a_machine_that_keeps_control_after_a_reset() -> None:
    machine = Bench(reset_keeps_control=True)  # KICKR Core
    machine.write("00")
    machine.write("01")
    assert machine.write("07") == "800701"


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="max=1 is below min=2"):
        changed(DEFAULT, {"min_kmh": 2.0, "max_kmh": 1.0})
