"""Whether the belt is known to stand [design 5]."""

import pytest

from quarterturn.model import MachineRecord, Telemetry
from quarterturn.stillness import Stillness, seconds_of_proof, seconds_to_start
from quarterturn.units import Speed

HONEST = MachineRecord(false_zero_s=0.0)
KNOWN = MachineRecord(latency_s=1.0, start_s=5.0, false_zero_s=0.0)
SILENT = MachineRecord(false_zero_s=0.0, silent_when_stopped=True)


def say(stillness: Stillness, *reports: tuple[float, int], metres: int | None = None) -> None:
    for now_s, centi_kmh in reports:
        stillness.report(Telemetry(now_s, speed=Speed(centi_kmh), distance_m=metres))


def stopped(record: MachineRecord = HONEST) -> Stillness:
    """A belt that has run, and whose Stop was answered at 10 s."""
    stillness = Stillness(record, 0.0)
    stillness.start_sent()
    say(stillness, (8.0, 50), (9.0, 50))
    stillness.stop_known()
    return stillness


@pytest.mark.parametrize(
    ("false_zero_s", "proof_s"), [(0.0, 1.5), (0.5, 1.5), (1.0, 1.5), (1.1, 1.6), (3.0, 3.5)]
)
def test_proof_takes_longer_than_any_false_zero(false_zero_s: float, proof_s: float) -> None:
    record = MachineRecord(false_zero_s=false_zero_s)
    assert seconds_of_proof(record) == pytest.approx(proof_s)
    stillness = stopped(record)
    say(stillness, (10.0, 0), (10.0 + proof_s - 0.01, 0))
    assert not stillness.verified
    say(stillness, (10.01 + proof_s, 0))
    assert stillness.verified


# hazard: H04
def test_one_zero_is_no_proof_and_two_exactly_1_5_s_apart_are() -> None:
    stillness = stopped()
    say(stillness, (10.0, 0))
    assert not stillness.verified
    say(stillness, (11.5, 0))
    assert stillness.verified


def test_zeros_from_before_the_answer_to_the_stop_count_for_nothing() -> None:
    stillness = Stillness(HONEST, 0.0)
    stillness.start_sent()
    say(stillness, (1.0, 50), (2.0, 0), (3.0, 0), (5.0, 0))
    assert not stillness.stop_is_known
    assert not stillness.verified
    stillness.stop_known()
    say(stillness, (6.0, 0), (7.0, 0))
    assert not stillness.verified
    stillness.stop_known()  # said twice, it changes nothing
    say(stillness, (7.5, 0))
    assert stillness.verified


# hazard: H16
def test_distance_that_grows_is_motion_whatever_the_speed_says() -> None:
    stillness = stopped()
    say(stillness, (10.0, 0), metres=100)
    say(stillness, (11.0, 0), (12.0, 0), metres=101)
    assert not stillness.verified
    say(stillness, (12.5, 0), metres=101)
    assert stillness.verified
    say(stillness, (13.0, 0), metres=102)
    assert not stillness.verified


def test_distance_may_come_in_records_of_its_own() -> None:
    stillness = stopped()
    say(stillness, (10.0, 0))
    stillness.report(Telemetry(10.5, distance_m=100))
    say(stillness, (11.0, 0))
    stillness.report(Telemetry(11.5, distance_m=100))
    say(stillness, (12.5, 0))
    assert stillness.verified
    stillness.report(Telemetry(12.6, distance_m=101))
    assert not stillness.verified


def test_motion_ends_every_proof() -> None:
    stillness = stopped()
    say(stillness, (10.0, 0), (10.5, 10), (11.6, 0))
    assert not stillness.verified
    say(stillness, (13.1, 0))
    assert stillness.verified
    assert not stillness.moving
    say(stillness, (14.0, 10))
    assert stillness.moving
    assert not stillness.verified


def test_motion_after_a_proof_takes_another_stop() -> None:
    stillness = stopped()
    say(stillness, (10.0, 0), (12.0, 0), (13.0, 60), (14.0, 0), (18.0, 0))
    assert not stillness.stop_is_known
    assert not stillness.verified
    stillness.stop_known()
    say(stillness, (19.0, 0), (20.5, 0))
    assert stillness.verified


def test_a_belt_still_slowing_down_needs_no_second_stop() -> None:
    stillness = stopped()
    say(stillness, (10.0, 40), (11.0, 20), (12.0, 0), (13.5, 0))
    assert stillness.verified


def test_a_belt_that_never_moved_needs_no_stop() -> None:
    stillness = Stillness(HONEST, 0.0)
    assert stillness.stop_is_known
    assert not stillness.moving
    say(stillness, (1.0, 0), (2.5, 0))
    assert stillness.verified


# hazard: H01
def test_a_belt_that_moves_from_the_beginning_needs_one() -> None:
    """An old status of the machine's, replayed at the subscription (KS-HD-Z1D), is no Stop."""
    stillness = Stillness(HONEST, 0.0)
    stillness.stop_known()
    say(stillness, (1.0, 80), (2.0, 0), (9.0, 0))
    assert not stillness.stop_is_known
    assert not stillness.verified


def test_a_start_forgets_everything() -> None:
    stillness = Stillness(HONEST, 0.0)
    say(stillness, (1.0, 0), (2.5, 0))
    stillness.start_sent()
    assert not stillness.verified
    assert not stillness.stop_is_known
    say(stillness, (3.0, 0), (9.0, 0))
    assert not stillness.verified


def test_a_report_without_a_speed_is_no_report() -> None:
    stillness = stopped(SILENT)
    say(stillness, (10.0, 0))
    stillness.report(Telemetry(14.0))
    assert not stillness.verified
    assert stillness.asks_person(15.0)


@pytest.mark.parametrize(("age_s", "fresh"), [(0.0, True), (1.5, True), (1.6, False)])
def test_a_proof_ages(age_s: float, fresh: bool) -> None:
    stillness = stopped()
    say(stillness, (10.0, 0), (12.0, 0))
    assert stillness.fresh(12.0 + age_s, 1.5) is fresh


def test_what_is_not_proven_is_not_fresh() -> None:
    stillness = stopped()
    say(stillness, (10.0, 0), (11.0, 0))
    assert not stillness.fresh(11.0, 1.5)


# --- machines that fall silent when they stand ---------------------------------------------------


def test_five_seconds_of_silence_and_a_person_are_proof() -> None:
    stillness = stopped(SILENT)
    say(stillness, (10.0, 40))
    assert not stillness.asks_person(14.9)
    assert not stillness.person_says_still(14.9)
    assert stillness.asks_person(15.0)
    assert not stillness.verified
    assert stillness.person_says_still(15.0)
    assert stillness.verified
    assert stillness.fresh(25.0, 1.5)
    assert not stillness.fresh(25.1, 1.5)


def test_a_persons_word_is_taken_only_where_the_machine_cannot_speak() -> None:
    stillness = stopped(HONEST)
    say(stillness, (10.0, 40))
    assert not stillness.asks_person(60.0)
    assert not stillness.person_says_still(60.0)
    assert not stillness.verified


def test_the_machines_word_undoes_the_persons() -> None:
    stillness = stopped(SILENT)
    say(stillness, (10.0, 40))
    stillness.person_says_still(16.0)
    say(stillness, (17.0, 30))
    assert not stillness.verified
    assert not stillness.fresh(17.0, 1.5)
    stillness.stop_known()
    say(stillness, (18.0, 0), (19.5, 0))
    assert stillness.fresh(21.0, 1.5)
    assert not stillness.fresh(21.1, 1.5)


@pytest.mark.parametrize(
    ("speeds", "asks"),
    [
        ((60, 40), True),
        ((60, 40, 40), True),
        ((60, 40, 50), False),
        ((60, 40, 50, 50), False),
        ((60, 40, 50, 30), True),
        ((60, 40, 50, 0), True),
    ],
)
def test_silence_says_nothing_unless_the_speed_had_been_falling(
    speeds: tuple[int, ...], asks: bool
) -> None:
    stillness = stopped(SILENT)
    say(stillness, *((10.0 + index, speed) for index, speed in enumerate(speeds)))
    assert stillness.asks_person(30.0) is asks


def test_silence_says_nothing_before_the_stop_is_known() -> None:
    stillness = Stillness(SILENT, 0.0)
    stillness.start_sent()
    say(stillness, (1.0, 60), (2.0, 40))
    assert not stillness.asks_person(60.0)
    stillness.stop_known()
    assert stillness.asks_person(60.0)


def test_a_machine_silent_from_the_beginning_is_asked_about() -> None:
    stillness = Stillness(SILENT, 100.0)
    assert not stillness.asks_person(104.9)
    assert stillness.asks_person(105.0)


def test_after_a_start_silence_is_not_the_end_of_a_fall() -> None:
    stillness = Stillness(SILENT, 0.0)
    stillness.start_sent()
    stillness.stop_known()
    assert not stillness.asks_person(60.0)


# hazard: H01
@pytest.mark.parametrize(("seconds", "known"), [(12.4, False), (12.7, True)])
def test_a_belt_that_never_moved_after_a_start_proves_its_standstill_for_long(
    seconds: float, known: bool
) -> None:
    # A machine that heard the Start and not the Stop says 0 for as long as it counts down: 10 s or
    # half again what is recorded, the latency, and the proof itself.
    stillness = Stillness(KNOWN, 0.0)
    stillness.start_sent()
    stillness.stop_known()
    for tenths in range(round(seconds * 10) + 1):
        stillness.report(Telemetry(tenths / 10, speed=Speed(0)))
    assert stillness.verified is known


def test_where_a_stop_may_never_have_arrived_a_standstill_takes_as_long_as_a_start() -> None:
    stillness = Stillness(KNOWN, 0.0)
    stillness.start_sent()
    stillness.report(Telemetry(1.0, speed=Speed(0)))
    assert not stillness.verified
    stillness.cut_off()
    proof_s = seconds_of_proof(KNOWN) + seconds_to_start(KNOWN)
    stillness.report(Telemetry(2.0, speed=Speed(0)))
    stillness.report(Telemetry(2.0 + proof_s - 0.1, speed=Speed(0)))
    assert not stillness.verified
    stillness.report(Telemetry(2.0 + proof_s, speed=Speed(0)))
    assert stillness.verified


def test_what_was_reported_before_the_link_was_lost_proves_nothing_of_what_came_after() -> None:
    stillness = Stillness(KNOWN, 0.0)
    stillness.report(Telemetry(1.0, speed=Speed(0)))
    stillness.report(Telemetry(60.0, speed=Speed(0)))
    assert stillness.verified
    stillness.cut_off()
    assert not stillness.verified


def test_a_start_that_was_waited_for_in_vain_is_not_waited_for_again() -> None:
    stillness = Stillness(KNOWN, 0.0)
    stillness.start_sent()
    stillness.stop_known()
    say(stillness, (0.0, 0), (20.0, 0), metres=100)
    assert stillness.verified
    say(stillness, (21.0, 0), metres=101)  # somebody pushed the belt
    assert not stillness.verified
    say(stillness, (22.5, 0), metres=101)
    assert stillness.verified


def test_a_belt_that_a_person_saw_standing_does_not_move_for_an_old_report() -> None:
    stillness = Stillness(MachineRecord(silent_when_stopped=True), 0.0)
    stillness.stop_known()
    for at_s, speed in ((1.0, 50), (2.0, 20)):
        stillness.report(Telemetry(at_s, speed=Speed(speed)))
    stillness.stop_known()
    assert stillness.moving
    assert stillness.person_says_still(8.0)
    assert not stillness.moving
    stillness.report(Telemetry(9.0, speed=Speed(20)))
    assert stillness.moving
