"""The phase clock."""

import math

from quarterturn.session.clock import PhaseClock


def test_a_clock_that_stands_reaches_nothing() -> None:
    clock = PhaseClock()
    assert clock.reaches(10.0) == math.inf
    clock.run(100.0)
    assert clock.reaches(10.0) == 110.0


def test_a_pause_moves_what_is_still_to_come() -> None:
    clock = PhaseClock(100.0)
    clock.stand(104.0)
    assert clock.elapsed_s(150.0) == 4.0
    clock.run(150.0)
    assert clock.elapsed_s(151.0) == 5.0
    assert clock.reaches(10.0) == 156.0


def test_time_after_the_end_of_a_phase_is_not_counted() -> None:
    clock = PhaseClock(0.0)
    clock.stand(61.0, at_most_s=60.0)
    assert clock.elapsed_s(70.0) == 60.0
