"""Quirks of what becomes of commands, seen from the wire."""

import pytest

from quarterturn_simulator.control import Button
from quarterturn_simulator.machine import RunState
from unit.simulator.bench import CONTROL, DATA, STATUS, Bench

# --- Start ----------------------------------------------------------------------------------------


def test_start_resets_the_target_of_a_running_belt() -> None:
    machine = Bench("start-resets-target")
    machine.walk()
    assert machine.write("07") == "800701"
    machine.run(10)
    assert machine.speed_kmh == 0.5


def test_start_counts_down_again_and_the_belt_stands_meanwhile() -> None:
    machine = Bench("start-counts-down-again")
    machine.walk()
    assert machine.write("07") == "800701"
    machine.run(7)  # a second of latency, four to stand
    assert machine.speed_kmh == 0.0
    assert machine.machine.state is RunState.RUNNING
    machine.run(4.5)
    assert machine.speed_kmh == 0.0
    machine.run(6)
    assert machine.speed_kmh == 2.0


def test_without_a_start_every_two_seconds_of_motion_it_stops() -> None:
    machine = Bench("start-every-second")
    machine.write("00")
    for _ in range(10):
        assert machine.write("07") == "800701"
        machine.run(1.4)
    assert machine.speed_kmh == 0.5
    machine.run(4)
    assert machine.speed_kmh == 0.0
    assert machine.machine.state is RunState.STOPPED


def test_one_target_is_obeyed_after_each_start() -> None:
    machine = Bench("start-per-target")
    machine.walk()
    assert machine.write("022c01") == "800201"
    machine.run(10)
    assert machine.speed_kmh == 2.0
    machine.write("07")
    machine.write("022c01")
    machine.run(10)
    assert machine.speed_kmh == 3.0


def test_a_start_without_effect_succeeds() -> None:
    machine = Bench("start-no-effect")
    machine.write("00")
    assert machine.write("07") == "800701"
    machine.run(60)
    assert machine.speed_kmh == 0.0
    assert machine.machine.state is RunState.STOPPED


def test_a_slow_start_moves_after_seven_and_a_half_seconds() -> None:
    machine = Bench("slow-start")
    machine.write("00")
    machine.write("07")
    machine.run(7.3)
    assert machine.speed_kmh == 0.0
    machine.run(1)
    assert machine.speed_kmh > 0.0


def test_a_long_countdown_shows_a_speed_and_covers_no_distance() -> None:
    machine = Bench("long-countdown")
    machine.write("00")
    machine.write("07")
    machine.run(6.5)
    shown = {report[4:14] for report in machine.reports()[1:]}
    assert shown == {"3200000000"}  # 0.50 km/h, 0 m
    assert machine.speed_kmh == 0.0
    machine.run(10)
    assert machine.speed_kmh == 0.5


# --- targets --------------------------------------------------------------------------------------


def test_never_slows_but_for_a_stop() -> None:
    machine = Bench("never-slows")
    machine.walk()
    assert machine.write("026400") == "800201"
    machine.run(10)
    assert machine.speed_kmh == 2.0
    machine.write("022c01")
    machine.run(10)
    assert machine.speed_kmh == 3.0
    machine.write("0801")
    machine.run(10)
    assert machine.speed_kmh == 0.0


def test_both_ways_are_faster() -> None:
    machine = Bench("both-ways-faster")
    machine.walk()
    assert machine.write("026400") == "800201"
    machine.run(10)
    assert machine.speed_kmh == 3.0


def test_a_button_for_the_speed_locks_every_target_out() -> None:
    machine = Bench("locked-by-buttons")
    machine.walk()
    machine.press(Button.SLOWER)
    assert machine.write("022c01") == "800201"
    machine.run(10)
    assert machine.speed_kmh == 1.9


def test_a_target_waits_for_the_paddle() -> None:
    machine = Bench("wants-the-paddle", clients=2)
    machine.press(Button.CONSENT)  # to nothing
    machine.walk()
    assert machine.speed_kmh == 0.5
    machine.press(Button.CONSENT)
    machine.run(10)
    assert machine.speed_kmh == 2.0
    assert machine.said(STATUS, client=2) == ["04", "05c800"]


def test_a_quick_command_succeeds_and_is_lost() -> None:
    machine = Bench("loses-quick-commands")
    machine.write("00")
    machine.write("07")
    machine.run(0.5)
    assert machine.write("02c800") == "800201"
    assert machine.write("022c01") == "800201"
    machine.run(20)
    assert machine.speed_kmh == 2.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_how_late_a_command_is_comes_from_the_seed(seed: int) -> None:
    def moves(seed: int) -> list[float]:
        machine = Bench("late", seed=seed, rate_hz=20.0)
        machine.walk()
        found = []
        for value in ("022c01", "02c800", "022c01"):
            machine.write(value)
            began_s, before = machine.now_s, machine.speed_kmh
            while machine.speed_kmh == before:
                machine.run(0.05)
            found.append(round(machine.now_s - began_s, 2))
            machine.run(10)
        return found

    assert moves(seed) == moves(seed)
    assert moves(seed) != moves(seed + 10)
    assert all(1.3 <= each <= 2.5 for each in moves(seed))


def test_a_slow_ramp_takes_its_time() -> None:
    machine = Bench("slow-ramp")
    machine.write("00")
    machine.write("07")
    machine.run(8)
    machine.write("023601")  # 3.1 km/h
    machine.run(10)
    assert 2.5 < machine.speed_kmh < 3.1
    machine.run(3)
    assert machine.speed_kmh == 3.1


# --- Stop -----------------------------------------------------------------------------------------


def test_no_pause_refuses_to_pause_and_stops() -> None:
    machine = Bench("no-pause")
    machine.walk()
    assert machine.write("0802") == "800804"
    assert machine.speed_kmh == 2.0
    assert machine.write("0801") == "800801"


def test_a_pause_is_left_after_five_minutes() -> None:
    machine = Bench("leaves-a-pause")
    machine.walk()
    machine.write("0801")
    machine.run(299)
    assert machine.machine.state is RunState.PAUSED
    machine.run(2)
    assert machine.machine.state is RunState.STOPPED


def test_it_stops_by_itself_without_a_word() -> None:
    machine = Bench("stops-by-itself")
    machine.walk()
    machine.log.clear()
    machine.run(40)
    assert machine.speed_kmh == 0.0
    assert machine.said(STATUS) == []


# --- control, and what is answered ----------------------------------------------------------------


def test_mute_commands_obeys_without_a_word() -> None:
    machine = Bench("mute-commands")
    assert machine.write("00") == "800001"
    assert machine.write("07") is None
    machine.run(20)
    assert machine.speed_kmh == 0.5


def test_a_slow_answer_keeps_the_machine_busy() -> None:
    machine = Bench("slow-answers")
    machine.write("00")
    assert machine.write("07") == "att fe"
    machine.run(3)
    machine.write("07")
    answers = [(due_s, value) for due_s, _, which, value in machine.log if which == CONTROL]
    assert answers == [(3.0, "800001"), (pytest.approx(6.2), "800701")]


def test_a_long_answer_is_long_only_where_it_is_yes() -> None:
    machine = Bench("long-answers")
    assert machine.write("07") == "800705"
    assert machine.write("00") == "800001a55a"


def test_always_success_says_so_and_does_nothing_without_control() -> None:
    machine = Bench("always-success")
    assert machine.write("07") == "800701"
    assert machine.write("99") == "809901"
    machine.run(20)
    assert machine.speed_kmh == 0.0


def test_the_first_request_for_control_of_each_client_is_overheard() -> None:
    machine = Bench("control-on-second-request", clients=2)
    assert machine.write("00") is None
    assert machine.write("07") == "800705"
    assert machine.write("00") == "800001"
    assert machine.write("07") == "800701"
    assert machine.write("00", client=2) is None


def test_control_goes_with_every_target() -> None:
    machine = Bench("control-per-target")
    machine.walk()
    assert machine.write("022c01") == "800205"
    assert machine.write("00") == "800001"
    assert machine.write("022c01") == "800201"


def test_a_reset_that_keeps_control() -> None:
    machine = Bench("reset-keeps-control")
    machine.write("00")
    assert machine.write("01") == "800101"
    assert machine.write("07") == "800701"


def test_nothing_is_permitted_before_the_unlocking_octets() -> None:
    machine = Bench("needs-unlock")
    assert machine.write("00") == "800005"
    machine.write("aa01000155")
    assert machine.write("00") == "800001"
    assert machine.write("07") == "800701"


def test_the_paddle_and_the_pause_of_a_standing_belt_do_nothing() -> None:
    machine = Bench("wants-the-paddle", "no-pause")
    for button in (Button.CONSENT, Button.PAUSE):
        machine.press(button)
    machine.run(5)
    assert machine.said(DATA)[-1].startswith("8c050000")
