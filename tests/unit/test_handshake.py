"""Every start shows first that the machine understands the unit [design 4]."""

import pytest

from quarterturn.handshake import Handshake
from quarterturn.model import MachineRecord
from quarterturn.monitors import Fault, FaultKind, Reaction
from quarterturn.units import Speed
from unit.belt_model import RECORD, UNKNOWN, Belt, Bench, make_phase

LATE = MachineRecord(latency_s=1.0)


def shake(told: int, *reports: tuple[float, int], sent_s: float | None = 0.0) -> Handshake:
    handshake = Handshake(Speed(told), LATE)
    if sent_s is not None:
        handshake.speed_sent(sent_s)
    for now_s, reported in reports:
        assert handshake.report(now_s, reported) is None
    return handshake


def test_two_agreeing_reports_and_five_seconds_of_motion_are_enough() -> None:
    reports = [(float(now_s), 80) for now_s in range(5)]
    assert not shake(80, *reports).done
    assert shake(80, *reports, (5.0, 80)).done
    assert not shake(80, *reports, (4.99, 80)).done


def test_one_agreeing_report_is_not_enough() -> None:
    assert not shake(80, (0.0, 80), (6.0, 80)).done
    assert shake(80, (0.0, 80), (6.0, 80), (7.0, 80)).done


def test_two_reports_that_differ_do_not_agree_with_each_other() -> None:
    assert not shake(80, (0.0, 80), (6.0, 70), (7.0, 80), (8.0, 74)).done
    assert shake(80, (0.0, 80), (6.0, 70), (7.0, 75)).done


@pytest.mark.parametrize(
    ("told", "reported", "agrees"),
    [
        (80, 100, True),
        (80, 60, True),
        (80, 101, False),
        (80, 59, False),
        (50, 65, True),
        (50, 66, False),
        (50, 35, True),
        (50, 34, False),
        (30, 39, True),
        (30, 40, False),
    ],
)
def test_agreement_is_closer_where_the_start_is_slower(
    told: int, reported: int, agrees: bool
) -> None:
    assert shake(told, (0.0, told), (6.0, reported), (7.0, reported)).done is agrees


def test_what_arrives_before_the_target_took_effect_is_no_evidence() -> None:
    handshake = shake(80, (0.0, 129), (1.0, 129), (4.0, 129), (6.0, 129), sent_s=5.0)
    assert handshake.report(6.01, 129) is not None


def test_nothing_is_judged_before_the_target_was_sent() -> None:
    assert not shake(80, *((float(now_s), 129) for now_s in range(60)), sent_s=None).done


def test_a_report_that_disagrees_starts_the_count_again() -> None:
    handshake = shake(80, (0.0, 80), (4.0, 80), (4.5, 120), (5.0, 80))
    assert not handshake.done
    assert handshake.report(6.0, 80) is None
    assert handshake.done


def test_a_report_just_outside_is_not_forgiven_for_being_close_to_the_last() -> None:
    assert not shake(80, (0.0, 80), (6.0, 100), (7.0, 101), (8.0, 100)).done


def test_motion_counts_from_its_first_report() -> None:
    late = [(100.0 + now_s, 80) for now_s in range(5)]
    assert not shake(80, *late).done
    assert shake(80, *late, (105.0, 80)).done


def test_what_is_settled_is_never_asked_again() -> None:
    handshake = shake(80, (0.0, 80), (5.0, 80), (6.0, 80), (7.0, 400), (8.0, 400), (30.0, 400))
    assert handshake.done


# hazard: H03
# req: S002-30
def test_a_steady_mph_machine_is_named() -> None:
    handshake = shake(80, (0.0, 40), (1.0, 100), (2.0, 129), (3.0, 129))
    assert handshake.report(3.9, 129) == Fault(
        FaultKind.WRONG_UNIT,
        Reaction.STOP,
        "Told 0.8 km/h, the belt runs at 1.3 km/h: this treadmill counts in miles per hour.",
    )


def test_a_belt_on_its_way_is_not_accused() -> None:
    """From the machine's own 0.8 km/h down to 0.5 km/h, it passes the ratio of a mile."""
    reports = [(index / 4, round(80 - 10 * index / 4)) for index in range(12)]
    assert not shake(50, *reports, (4.0, 50)).done


def test_a_belt_that_settles_elsewhere_is_given_up_ten_seconds_after_its_latency() -> None:
    handshake = shake(80, (0.0, 180), (5.0, 180), (11.0, 180))
    assert handshake.report(11.01, 180) == Fault(
        FaultKind.NO_EFFECT, Reaction.STOP, "Told 0.8 km/h, the belt runs at 1.8 km/h."
    )


# hazard: H03, lesson Q2, Q3
@pytest.mark.parametrize("slowest", [30, 40, 50, 80, 100])
@pytest.mark.parametrize("latency_s", [0.0, 1.4, 2.9])
@pytest.mark.parametrize("rate_hz", [1.0, 2.0, 4.0])
@pytest.mark.parametrize(("unit", "shown"), [(1.609, 1.0), (1.0, 0.621)])
def test_a_machine_that_counts_in_miles_never_leaves_the_start_speed(
    slowest: int, latency_s: float, rate_hz: float, unit: float, shown: float
) -> None:
    bench = bench_of(slowest, latency_s, rate_hz, unit=unit, shown=shown)
    bench.start(make_phase())
    bench.run(30)
    assert bench.kinds[0] == "wrong_unit"
    assert set(bench.speeds) == {slowest}
    assert len(bench.stops) == 1


@pytest.mark.parametrize("slowest", [30, 50, 80])
@pytest.mark.parametrize("latency_s", [0.0, 1.0, 1.4, 2.9])
@pytest.mark.parametrize("rate_hz", [1.0, 4.0])
@pytest.mark.parametrize("ramp", [10.0, 25.0, 200.0])
@pytest.mark.parametrize("own_start", [None, 80.0])
def test_a_machine_that_is_only_late_passes(
    slowest: int, latency_s: float, rate_hz: float, ramp: float, own_start: float | None
) -> None:
    bench = bench_of(slowest, latency_s, rate_hz, ramp=ramp)
    bench.belt.own_start = own_start
    bench.start(make_phase())
    bench.until(lambda: bench.movement.handshake.done, 20)
    assert bench.faults == []


def bench_of(
    slowest: int,
    latency_s: float,
    rate_hz: float,
    *,
    unit: float = 1.0,
    shown: float = 1.0,
    ramp: float = 50.0,
) -> Bench:
    from dataclasses import replace

    from quarterturn.model import Capabilities, SpeedRange

    machine = Capabilities(SpeedRange(Speed(slowest), Speed(1600), Speed(10)), None)
    record = replace(UNKNOWN if latency_s > RECORD.latency_s else RECORD, ramp_kmh_per_s=ramp / 100)
    belt = Belt(latency_s, ramp, rate_hz, slowest=slowest * unit, unit=unit, shown=shown)
    return Bench(belt, record, machine)
