"""Whatever is written, pressed or waited for, the machine stays a treadmill."""

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from quarterturn_simulator.control import Button
from quarterturn_simulator.ftms_peripheral import FtmsPeripheral, Output, WriteAnswer
from quarterturn_simulator.machine import RunState
from quarterturn_simulator.quirks import QUIRKS, with_quirks
from quarterturn_simulator.settings import DEFAULT, TrainingForm, changed

Step = tuple[str, Any, Any]
CLIENTS = (1, 2)
KNOWN = [
    bytes.fromhex(value)
    for value in ("00", "01", "07", "0801", "0802", "02c800", "024006", "031400", "036400")
]
QUIET = 0.000_001

writes = st.tuples(
    st.just("write"),
    st.one_of(st.sampled_from(KNOWN), st.binary(max_size=20)),
    st.sampled_from(CLIENTS),
)
presses = st.tuples(st.just("press"), st.sampled_from(Button), st.none())
others = st.tuples(
    st.sampled_from(["key out", "key in", "revoke", "run away"]), st.none(), st.none()
)
waits = st.tuples(st.just("wait"), st.floats(0.0, 120.0), st.none())
steps = st.lists(st.one_of(writes, writes, presses, waits, others), max_size=40)
machines = st.lists(st.sampled_from(sorted(QUIRKS)), max_size=3, unique=True)


@given(quirks=machines, steps=steps, latency_s=st.floats(0.0, 3.0))
def test_no_sequence_of_writes_and_times_breaks_the_machine(
    quirks: list[str], steps: list[Step], latency_s: float
) -> None:
    settings = changed(with_quirks(DEFAULT, quirks), {"latency_s": latency_s})
    peripheral = FtmsPeripheral(settings)
    machine = peripheral.machine
    for client in CLIENTS:
        peripheral.connect(0.0, client)
        for characteristic in (0x2ACD, 0x2AD3, 0x2AD9, 0x2ADA):
            peripheral.subscribe(0.0, characteristic, client)
    now_s, distance_m = 0.0, 0.0

    for what, value, client in steps:
        outputs: list[Output | WriteAnswer] = []
        match what:
            case "write":
                outputs += peripheral.handle(now_s, 0x2AD9, value, client)
                assert sum(isinstance(each, WriteAnswer) for each in outputs) == 1
            case "press":
                outputs += peripheral.press(now_s, value)
            case "key out":
                outputs += peripheral.pull_key(now_s)
                assert machine.belt.speed_at(now_s) == 0.0
            case "key in":
                machine.insert_key()
            case "revoke":
                outputs += peripheral.revoke_control(now_s)
            case "run away":
                outputs += peripheral.run_away(now_s)
            case "wait":
                now_s += value
                outputs += peripheral.advance(now_s)
        for output in outputs:
            if isinstance(output, Output) and output.away_s is None:
                assert output.value or settings.training_form is TrainingForm.EMPTY
                assert len(output.value) <= settings.value_octets
                assert math.isfinite(output.due_s)
        for ahead_s in (0.0, 0.5, 7.0):
            speed_kmh = machine.belt.speed_at(now_s + ahead_s)
            assert 0.0 <= speed_kmh <= settings.max_kmh + QUIET
            incline_pct = machine.belt.incline_at(now_s + ahead_s)
            assert settings.incline_min_pct <= incline_pct
            assert incline_pct <= max(settings.incline_max_pct, settings.deck_pct)
        assert machine.belt.distance_at(now_s) >= distance_m - QUIET
        distance_m = machine.belt.distance_at(now_s)
        assert machine.key_in or machine.belt.speed_at(now_s) == 0.0
        if machine.state is not RunState.RUNNING and what == "wait" and value > 60.0:
            assert machine.belt.speed_at(now_s) == 0.0
        assert 0.0 <= machine.elapsed_s(now_s) <= now_s


@given(steps=steps)
def test_the_true_distance_is_the_sum_of_the_speeds(steps: list[Step]) -> None:
    """Integrate the speed numerically beside the belt's own exact integral."""
    peripheral = FtmsPeripheral(DEFAULT)
    peripheral.connect(0.0, 1)
    peripheral.subscribe(0.0, 0x2AD9, 1)
    peripheral.handle(0.0, 0x2AD9, b"\0", 1)
    belt = peripheral.machine.belt
    now_s, metres = 0.1, 0.0
    for what, value, _ in steps:
        if what == "write":
            peripheral.handle(now_s, 0x2AD9, value, 1)
        elif what == "wait":
            slices = 40
            width_s = value / slices
            for index in range(slices):
                metres += belt.speed_at(now_s + (index + 0.5) * width_s) / 3.6 * width_s
            now_s += value
            peripheral.advance(now_s)
    # Each bend within a slice of at most 3 s costs at most 0.5 / 3.6 * 3**2 / 8 m.
    assert abs(belt.distance_at(now_s) - metres) <= 0.16 * 3 * (len(steps) + 1)
