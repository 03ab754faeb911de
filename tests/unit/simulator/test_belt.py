import math

import pytest

from quarterturn_simulator.belt import AT_ONCE, Belt, Motor, Ramp, Stopwatch


def test_a_ramp_rises_with_its_rate_and_then_stays() -> None:
    ramp = Ramp(start_s=10.0, from_value=1.0, to_value=3.0, rate=0.5)
    assert ramp.end_s == 14.0
    assert [ramp.value_at(s) for s in (9.0, 10.0, 12.0, 14.0, 99.0)] == [1.0, 1.0, 2.0, 3.0, 3.0]


def test_a_ramp_falls_as_well() -> None:
    ramp = Ramp(start_s=0.0, from_value=2.0, to_value=0.0, rate=0.5)
    assert [ramp.value_at(s) for s in (0.0, 1.0, 4.0, 5.0)] == [2.0, 1.5, 0.0, 0.0]


def test_the_area_under_a_ramp_is_exact() -> None:
    ramp = Ramp(start_s=0.0, from_value=0.0, to_value=2.0, rate=0.5)
    assert ramp.integral(2.0) == 1.0  # a triangle of 2 s and 1.0
    assert ramp.integral(4.0) == 4.0  # of 4 s and 2.0
    assert ramp.integral(10.0) == 16.0  # and 6 s of 2.0


def test_a_change_planned_for_later_leaves_the_time_before_alone() -> None:
    motor = Motor()
    motor.change(0.0, 2.0, 1.0)
    motor.change(10.0, 0.0, 0.5)
    assert motor.value_at(5.0) == 2.0
    assert motor.value_at(12.0) == 1.0
    assert motor.target_at(5.0) == 2.0
    assert motor.target_at(10.0) == 0.0


def test_an_earlier_change_takes_the_place_of_a_planned_one() -> None:
    motor = Motor()
    motor.change(10.0, 5.0, 1.0)
    motor.change(2.0, 1.0, 1.0)
    assert motor.value_at(20.0) == 1.0


def test_a_ramp_is_left_where_it_is_when_the_next_begins() -> None:
    motor = Motor()
    motor.change(0.0, 16.0, 0.5)
    motor.change(4.0, 0.0, 0.5)  # at 2.0 by then
    assert motor.value_at(6.0) == 1.0
    assert motor.value_at(8.0) == 0.0


def test_forgetting_the_past_changes_nothing_later() -> None:
    motor = Motor()
    for at_s, value in ((0.0, 2.0), (6.0, 4.0), (20.0, 1.0), (40.0, 0.0)):
        motor.change(at_s, value, 0.5)
    later = [25.0, 30.0, 41.0, 99.0]
    values = [motor.value_at(s) for s in later]
    areas = [motor.integral_at(s) for s in later]
    motor.forget_before(25.0)
    assert [motor.value_at(s) for s in later] == values
    assert [motor.integral_at(s) for s in later] == pytest.approx(areas)


def test_a_change_at_the_very_time_of_the_last_one_takes_its_place() -> None:
    motor = Motor()
    motor.change(1.0, 5.0, 1.0)
    motor.forget_before(1.0)
    motor.change(1.0, 2.0, 1.0)
    assert motor.value_at(9.0) == 2.0
    assert motor.integral_at(3.0) == 2.0


def test_the_belt_counts_its_metres_exactly() -> None:
    belt = Belt()
    belt.head_for_speed(0.0, 3.6, 0.9)  # 1 m/s after 4 s
    assert belt.distance_at(4.0) == pytest.approx(2.0)
    assert belt.distance_at(64.0) == pytest.approx(62.0)
    belt.head_for_speed(64.0, 0.0, 0.9)
    assert belt.distance_at(68.0) == pytest.approx(64.0)
    assert belt.distance_at(1000.0) == pytest.approx(64.0)


def test_the_odometer_starts_where_it_is_told() -> None:
    assert Belt(odometer_m=1234.0).distance_at(10.0) == 1234.0


def test_half_a_per_cent_a_second_takes_thirty_seconds_to_the_top() -> None:
    belt = Belt()
    belt.head_for_incline(0.0, 15.0, 0.5)
    assert [belt.incline_at(s) for s in (1.0, 10.0, 30.0, 31.0)] == [0.5, 5.0, 15.0, 15.0]


def test_a_cut_of_the_power_stops_belt_and_deck_where_they_are() -> None:
    belt = Belt()
    belt.head_for_speed(0.0, 16.0, 0.5)
    belt.head_for_incline(0.0, 15.0, 0.5)
    belt.stop_at_once(10.0)
    assert belt.speed_at(9.999) == pytest.approx(5.0, abs=0.001)
    assert belt.speed_at(10.0) == 0.0
    assert belt.incline_at(10.0) == belt.incline_at(60.0) == 5.0


def test_what_is_to_happen_at_once_does() -> None:
    motor = Motor()
    motor.change(3.0, 7.0, AT_ONCE)
    assert motor.value_at(math.nextafter(3.0, 0.0)) == 0.0
    assert motor.value_at(3.0) == 7.0


def test_a_stopwatch_stands_in_a_pause_and_goes_on() -> None:
    watch = Stopwatch().running_from(5.0)
    assert watch.elapsed_at(2.0) == 0.0
    assert watch.elapsed_at(15.0) == 10.0
    watch = watch.held_from(20.0)
    assert watch.elapsed_at(300.0) == 15.0
    watch = watch.running_from(300.0)
    assert watch.elapsed_at(301.0) == 16.0
    assert watch.reaches(20.0) == 305.0


def test_a_stopwatch_held_twice_stands_where_it_stood_first() -> None:
    watch = Stopwatch().running_from(5.0).held_from(20.0).held_from(90.0)
    assert watch.elapsed_at(300.0) == 15.0


def test_a_start_called_off_before_motion_counts_nothing() -> None:
    assert Stopwatch().running_from(5.0).held_from(3.0).elapsed_at(60.0) == 0.0
