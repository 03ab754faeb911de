"""Who is told what: several clients, the console, the safety key (FTMS v1.0.1 section 4.17)."""

import pytest

from quarterturn_simulator.control import Button
from quarterturn_simulator.settings import DEFAULT, LinkLoss, Takeover, changed
from unit.simulator.bench import DATA, STATUS, Bench

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


def test_a_refused_client_gets_its_chance_when_the_first_is_gone() -> None:
    machine = Bench(clients=2, takeover=Takeover.REFUSE)
    machine.write("00", client=1)
    machine.peripheral.disconnect(machine.now_s, 1)
    assert machine.write("00", client=2) == "800001"


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
    with pytest.raises(ValueError, match="max=1 is not above min=2"):
        changed(DEFAULT, {"min_kmh": 2.0, "max_kmh": 1.0})
