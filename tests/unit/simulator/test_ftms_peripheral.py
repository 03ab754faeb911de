"""The spec-true machine: golden octets from FTMS v1.0.1, sections 4.10, 4.16 and 4.17."""

from collections.abc import Callable

import pytest

from quarterturn.port import Property, RefusedError
from quarterturn_simulator.ftms_peripheral import FtmsPeripheral, WriteAnswer
from quarterturn_simulator.machine import RunState
from quarterturn_simulator.settings import DEFAULT, OffStep
from unit.simulator.bench import CONTROL, DATA, Bench

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


@pytest.mark.parametrize(("later_s", "busy"), [(0.0, True), (-2e-6, True), (-5e-7, False)])
def test_an_answer_that_a_loop_delivers_a_hair_early_leaves_nothing_busy(
    later_s: float, busy: bool
) -> None:
    peripheral = Bench(answer_s=0.5).peripheral
    peripheral.handle(1.0, CONTROL, b"\x00", 1)
    at_s = 1.2 if later_s == 0.0 else 1.5 + later_s
    (answer, *_) = peripheral.handle(at_s, CONTROL, b"\x00", 1)
    assert isinstance(answer, WriteAnswer)
    assert answer.error == (0xFE if busy else None)
