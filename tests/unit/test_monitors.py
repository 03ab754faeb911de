"""Each monitor alone, and all of them over healthy and unhealthy belts."""

from dataclasses import replace

import pytest

from quarterturn.ledger import Envelope, Ledger
from quarterturn.model import MachineRecord
from quarterturn.monitors import (
    AfterStop,
    ConsoleLowered,
    Fault,
    FaultKind,
    Monitors,
    NoEffect,
    OverspeedIntegral,
    Reaction,
    Steadiness,
    Uncommanded,
    WrongWay,
    looks_like_wrong_unit,
)
from unit.belt_model import RECORD, UNKNOWN, Belt, Bench, make_phase

# --- M1 ------------------------------------------------------------------------------------------


def test_a_km_per_hour_too_much_for_a_second_is_overspeed_and_no_less() -> None:
    integral = OverspeedIntegral()
    assert not integral.add(130, 1.0)  # 0.3 km/h are tolerated
    assert integral.add(31, 1.0)


def test_what_is_tolerated_never_adds_up() -> None:
    integral = OverspeedIntegral()
    assert not any(integral.add(30, 10.0) for _ in range(1000))


def test_time_below_the_limit_counts_back_but_earns_nothing() -> None:
    integral = OverspeedIntegral()
    integral.add(130, 1.0)
    integral.add(-20, 1.0)
    assert not integral.add(80, 1.0)  # 100 - 50 + 50
    assert integral.add(31, 1.0)
    integral.add(-500, 100.0)
    assert not integral.add(130, 1.0)
    assert integral.add(130, 0.1)


# --- M2 ------------------------------------------------------------------------------------------


# hazard: H03, lesson Q2, Q4
def test_a_decrease_that_speeds_the_belt_up_is_the_wrong_way() -> None:
    wrong_way = WrongWay(1.0)
    wrong_way.commanded(0.0, 140, 100, 140)
    assert not wrong_way.report(1.0, 160, 140.0)
    assert wrong_way.report(1.0, 161, 140.0)
    assert not wrong_way.report(1.0, 161, 141.0), "inside the envelope"
    assert wrong_way.report(3.0, 161, 100.0)
    assert not wrong_way.report(3.01, 161, 100.0), "latency and 2 s later it is another matter"


def test_without_a_decrease_nothing_is_the_wrong_way() -> None:
    wrong_way = WrongWay(1.0)
    assert not wrong_way.report(0.0, 500, 0.0)
    wrong_way.commanded(0.0, 140, 100, 140)
    wrong_way.commanded(0.5, 100, 100, 140)
    assert not wrong_way.report(1.0, 500, 0.0)


def test_a_run_of_decreases_cannot_be_crept_up_on() -> None:
    wrong_way = WrongWay(1.0)
    wrong_way.commanded(0.0, 140, 130, 140)
    wrong_way.commanded(1.0, 130, 120, 155)
    assert wrong_way.report(1.5, 161, 140.0)
    wrong_way.commanded(2.0, 120, 110, 100)
    assert wrong_way.report(2.5, 125, 100.0)


def test_a_belt_still_on_its_way_down_is_measured_from_where_it_was() -> None:
    wrong_way = WrongWay(1.0)
    wrong_way.commanded(0.0, 140, 130, 200)
    assert not wrong_way.report(0.5, 220, 100.0)
    assert wrong_way.report(0.5, 221, 100.0)
    wrong_way.commanded(1.0, 130, 120, 100)
    wrong_way.commanded(2.0, 120, 110, 115)
    assert not wrong_way.report(2.5, 120, 100.0)
    assert wrong_way.report(2.5, 121, 100.0)


# --- M3 ------------------------------------------------------------------------------------------

QUICK = MachineRecord(latency_s=1.0, ramp_kmh_per_s=5.0)


def no_effect(record: MachineRecord, *entries: tuple[float, int]) -> NoEffect:
    ledger = Ledger(0.0)
    for now_s, centi_kmh in entries:
        ledger.write(now_s, centi_kmh)
    return NoEffect(ledger, record)


@pytest.mark.parametrize(("after", "ignored"), [(100, True), (149, True), (150, False)])
def test_half_the_way_up_in_five_seconds_and_the_latency(after: int, ignored: bool) -> None:
    monitor = no_effect(QUICK, (10.0, 200))
    assert not monitor.report(10.0, 100)
    assert not monitor.report(15.99, 100)
    assert monitor.report(16.0, after) is ignored


@pytest.mark.parametrize(("after", "ignored"), [(200, True), (151, True), (150, False)])
def test_half_the_way_down(after: int, ignored: bool) -> None:
    monitor = no_effect(QUICK, (10.0, 100))
    assert not monitor.report(10.0, 200)
    assert monitor.report(16.0, after) is ignored


@pytest.mark.parametrize(("told", "ignored"), [(120, False), (121, True), (80, False), (79, True)])
def test_a_difference_of_0_2_is_nobodys_business(told: int, ignored: bool) -> None:
    monitor = no_effect(QUICK, (10.0, told))
    monitor.report(10.0, 100)
    assert monitor.report(16.0, 100) is ignored


def test_only_what_was_wanted_all_the_time_counts() -> None:
    monitor = no_effect(QUICK, (9.0, 100), (10.5, 200))
    monitor.report(10.0, 100)
    assert not monitor.report(16.0, 100)
    monitor.report(16.6, 100)
    assert monitor.report(22.6, 100)


def test_a_slow_belt_must_come_half_as_far_as_it_can() -> None:
    slow = MachineRecord(latency_s=1.0, ramp_kmh_per_s=0.1)
    for after, ignored in ((124, True), (125, False)):
        monitor = no_effect(slow, (10.0, 300))
        monitor.report(10.0, 100)
        assert monitor.report(16.0, after) is ignored
    for after, ignored in ((276, True), (275, False)):
        monitor = no_effect(slow, (10.0, 100))
        monitor.report(10.0, 300)
        assert monitor.report(16.0, after) is ignored


def test_another_movement_is_another_matter() -> None:
    monitor = no_effect(QUICK, (10.0, 200))
    monitor.report(10.0, 100)
    monitor.restart()
    assert not monitor.report(16.0, 100)


# --- M4 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reported", "commanded", "wrong"),
    [
        (155, 100, True),
        (154, 100, False),
        (167, 100, True),
        (168, 100, False),
        (59, 100, True),
        (58, 100, False),
        (65, 100, True),
        (66, 100, False),
        (100, 100, False),
        (100, 0, False),
        (0, 0, False),
        (1, 1, False),
    ],
)
def test_the_ratio_of_a_mile(reported: int, commanded: int, wrong: bool) -> None:
    assert looks_like_wrong_unit(reported, commanded) is wrong


@pytest.mark.parametrize(
    ("reports", "steady"),
    [
        ([(0.0, 100)], False),
        ([(0.0, 100), (1.0, 100)], False),
        ([(0.0, 100), (1.0, 100), (1.9, 100)], True),
        ([(0.0, 100), (1.9, 105)], True),
        ([(0.0, 100), (1.9, 106)], False),
        ([(0.0, 105), (1.9, 100)], True),
        ([(0.0, 106), (1.9, 100)], False),
        ([(0.0, 500), (1.0, 100), (2.9, 100)], True),
        ([(0.0, 500), (1.0, 100), (2.8, 100)], False),
        ([(0.0, 100), (1.0, 110), (2.0, 100)], False),
        ([(index / 4, 100 + index) for index in range(9)], False),
    ],
)
def test_steady_is_two_seconds_within_0_05(reports: list[tuple[float, int]], steady: bool) -> None:
    steadiness = Steadiness()
    assert [steadiness.report(*report) for report in reports][-1] is steady


# --- M6, M7 and what follows a Stop --------------------------------------------------------------


def test_a_second_of_motion_that_nothing_explains() -> None:
    monitor = Uncommanded()
    assert not monitor.report(0.0, 11, 0.0)
    assert not monitor.report(0.9, 11, 0.0)
    assert monitor.report(1.0, 11, 0.0)
    assert not monitor.report(1.1, 10, 0.0)
    assert not monitor.report(2.0, 60, 50.0)
    assert not monitor.report(3.0, 61, 50.0)
    assert monitor.report(4.0, 61, 50.0)


# hazard: H17, lesson Q14
def test_a_belt_that_left_its_target_downwards_was_lowered_by_somebody() -> None:
    monitor = ConsoleLowered()
    assert monitor.report(150, 200, 200.0, steady=True) is None, "it was never there"
    assert monitor.report(189, 200, 200.0, steady=True) is None
    assert not monitor.reached(200)
    assert monitor.report(190, 200, 200.0, steady=True) is None
    assert monitor.reached(200)
    assert monitor.report(210, 200, 200.0, steady=True) is None
    assert monitor.report(180, 200, 200.0, steady=True) is None
    assert monitor.report(179, 200, 200.0, steady=False) is None
    assert monitor.report(179, 200, 200.0, steady=True) == 179
    assert monitor.report(179, 200, 199.0, steady=True) is None
    assert monitor.report(179, 220, 220.0, steady=True) is None, "another target"


def after_stop(record: MachineRecord, *reports: tuple[float, int]) -> list[bool]:
    monitor = AfterStop(record)
    monitor.stopped(10.0)
    return [monitor.report(*report) for report in reports]


# hazard: H09, lesson Q6
def test_a_belt_that_rises_after_a_stop_is_noticed() -> None:
    record = MachineRecord(latency_s=1.0)
    assert after_stop(record, (11.5, 100), (12.5, 60), (13.5, 80), (14.5, 81)) == [
        *[False] * 3,
        True,
    ]


def test_what_was_under_way_when_the_stop_went_out_is_no_rise() -> None:
    record = MachineRecord(latency_s=1.0)
    assert after_stop(record, (10.5, 10), (11.0, 20), (11.1, 100), (12.0, 100)) == [False] * 4


def test_a_false_zero_is_nothing_to_rise_from_but_a_long_one_is() -> None:
    record = MachineRecord(latency_s=1.0, false_zero_s=3.0)
    assert after_stop(record, (12.0, 0), (15.0, 0), (16.0, 60)) == [False] * 3
    assert after_stop(record, (12.0, 0), (15.1, 0), (16.0, 20), (17.0, 21))[-2:] == [False, True]
    assert (
        after_stop(record, (12.0, 0), (13.0, 60), (14.0, 0), (16.0, 0), (17.0, 70)) == [False] * 5
    )


def test_a_repeated_stop_takes_nothing_back_of_what_the_first_one_saw() -> None:
    monitor = AfterStop(MachineRecord(latency_s=1.0))
    monitor.stopped(10.0)
    assert not monitor.report(11.5, 50)
    monitor.stopped_again(12.0)
    assert monitor.report(12.5, 80), "it counts from the first Stop, and from what it slowed to"


def test_a_stop_that_may_not_have_arrived_is_forgotten_until_the_next_one() -> None:
    monitor = AfterStop(MachineRecord(latency_s=1.0))
    monitor.stopped(10.0)
    assert not monitor.report(11.5, 50)
    monitor.forget()
    assert not monitor.report(12.0, 200)
    monitor.stopped_again(13.0)
    assert not monitor.report(14.5, 200), "the repeated one is the first that counts"
    assert not monitor.report(15.5, 150)
    assert monitor.report(16.5, 180)


def test_a_belt_that_stood_is_known_by_its_zeros_alone() -> None:
    monitor = AfterStop(MachineRecord(latency_s=1.0, false_zero_s=0.0))
    monitor.stopped(10.0)
    assert not monitor.stood
    monitor.report(11.5, 40)
    assert not monitor.stood
    monitor.report(12.5, 0)
    assert not monitor.stood, "one zero may be a false one"
    monitor.report(13.0, 0)
    assert monitor.stood


def test_without_a_stop_nothing_rises_after_one() -> None:
    monitor = AfterStop(MachineRecord())
    assert not monitor.report(0.0, 10)
    assert not monitor.report(1.0, 500)
    monitor.stopped(10.0)
    monitor.report(14.0, 10)
    monitor.stopped(20.0)
    assert not monitor.report(24.0, 500)


# --- all of them ---------------------------------------------------------------------------------


class Watch:
    """Monitors over a ledger that is written by hand."""

    def __init__(self, record: MachineRecord = QUICK, cap: int | None = None) -> None:
        self.ledger = Ledger(0.0)
        self.envelope = Envelope(self.ledger, record)
        self.monitors = Monitors(self.ledger, self.envelope, record)
        self.cap = cap

    def command(self, now_s: float, centi_kmh: int) -> None:
        self.envelope.advance(now_s)
        self.monitors.commanded(now_s, self.ledger.centi_kmh, centi_kmh)
        self.ledger.write(now_s, centi_kmh)

    def reports(self, *reports: tuple[float, int]) -> Fault | None:
        """Return what the last of the reports gave; none of the others may give anything."""
        *before, last = reports
        for report in before:
            assert self.monitors.report(*report, self.cap) is None, report
        return self.monitors.report(*last, self.cap)


def test_before_the_first_report_the_speed_is_0() -> None:
    assert Watch().monitors.reported_centi_kmh == 0


def test_overspeed_says_what_was_told_and_what_runs() -> None:
    watch = Watch()
    watch.command(0.0, 200)
    assert watch.reports((10.0, 200), (11.0, 331)) == Fault(
        FaultKind.OVERSPEED, Reaction.STOP, "The belt is too fast: told 2.0 km/h, runs at 3.3 km/h."
    )


def test_the_first_report_has_lasted_for_no_time() -> None:
    watch = Watch()
    watch.command(0.0, 200)
    assert watch.reports((10.0, 900)) is None


# hazard: H02
def test_the_measured_speed_is_held_to_the_cap_whatever_the_ledger_says() -> None:
    for cap, kind in ((199, FaultKind.OVERSPEED), (200, None)):
        watch = Watch(cap=cap)
        watch.command(0.0, 330)
        fault = watch.reports((10.0, 330), (11.0, 330))
        assert (fault and fault.kind) is kind


def test_the_wrong_way_is_said_first() -> None:
    watch = Watch()
    watch.command(0.0, 200)
    watch.reports((10.0, 200))
    watch.command(10.0, 150)
    assert watch.reports((11.0, 200), (12.0, 400)) == Fault(
        FaultKind.WRONG_WAY,
        Reaction.STOP,
        "The belt sped up when told to slow down: told 1.5 km/h, runs at 4.0 km/h.",
    )


def test_a_steady_ratio_of_a_mile_is_the_wrong_unit_once_the_ledger_has_settled() -> None:
    watch = Watch()
    watch.command(0.0, 100)
    assert watch.reports((0.9, 62), (1.9, 62), (2.9, 62), (3.0, 62)) == Fault(
        FaultKind.WRONG_UNIT,
        Reaction.STOP,
        "The treadmill seems to count in miles per hour: told 1.0 km/h, runs at 0.6 km/h.",
    )


def test_a_belt_that_was_at_its_target_knows_its_unit() -> None:
    watch = Watch()
    watch.command(0.0, 200)
    watch.reports((10.0, 200), (11.0, 124), (12.0, 124), (13.0, 124))
    assert watch.monitors.console_lowered_to == 124
    assert watch.reports((14.0, 124), (20.0, 124), (30.0, 124)) is None, "nor is it without effect"


def test_no_effect_ramps() -> None:
    watch = Watch()
    watch.command(0.0, 200)
    assert watch.reports((10.0, 150), (16.0, 160)) == Fault(
        FaultKind.NO_EFFECT,
        Reaction.RAMP,
        "The treadmill does not follow: told 2.0 km/h, runs at 1.6 km/h.",
    )
    watch.monitors.started()
    assert watch.reports((17.0, 160)) is None


def test_a_zero_from_a_running_belt_is_not_judged() -> None:
    watch = Watch()
    watch.command(0.0, 200)
    assert watch.reports((10.0, 200), (11.0, 0), (20.0, 0), (21.0, 200)) is None


def test_motion_without_a_command_names_its_speed() -> None:
    watch = Watch()
    assert watch.reports((0.0, 80), (0.5, 80), (1.0, 80)) == Fault(
        FaultKind.UNCOMMANDED_MOTION, Reaction.STOP, "The belt runs at 0.8 km/h and should stand."
    )
    assert not watch.monitors.rose_after_stop


def stopped_watch() -> Watch:
    """Return a watch over a belt that ran at 2.0 km/h until a Stop went out at 10 s."""
    watch = Watch()
    watch.command(0.0, 200)
    watch.reports((10.0, 200))
    watch.command(10.0, 0)
    watch.envelope.stopped(10.0, 200)
    watch.monitors.stopped(10.0)
    return watch


def test_a_rise_after_a_stop_is_remembered_until_the_next_start() -> None:
    watch = stopped_watch()
    assert watch.reports((12.0, 50), (13.0, 71)) is not None
    assert watch.monitors.rose_after_stop
    watch.reports((14.0, 10))
    faults = [watch.monitors.report(now_s, 20, None) for now_s in (24.0, 25.0, 26.0)]
    assert faults[-1] is not None
    assert watch.monitors.rose_after_stop, "20 is no rise from 10, but there was one"
    watch.monitors.started()
    assert not watch.monitors.rose_after_stop


def test_a_belt_that_stood_after_a_stop_moves_again_from_its_slowest_report_on() -> None:
    watch = stopped_watch()
    assert not watch.monitors.moves_again
    watch.reports((13.0, 0), (17.0, 0))
    assert not watch.monitors.moves_again, "it stands"
    watch.monitors.report(18.0, 1, None)
    assert watch.monitors.moves_again


def test_a_stop_that_is_repeated_keeps_what_was_seen_since_the_first() -> None:
    watch = stopped_watch()
    watch.reports((12.0, 50))
    watch.monitors.stopped_again(12.5)
    watch.monitors.report(13.0, 71, None)
    assert watch.monitors.rose_after_stop


def test_of_a_stop_that_was_cut_off_nothing_is_left() -> None:
    watch = stopped_watch()
    watch.monitors.report(12.0, 50, None)
    watch.monitors.report(13.0, 71, None)
    assert watch.monitors.rose_after_stop
    watch.monitors.cut_off()
    assert not watch.monitors.rose_after_stop
    watch.monitors.report(14.0, 150, None)
    assert not watch.monitors.rose_after_stop, "nobody knows whether that Stop arrived"
    watch.monitors.stopped_again(15.0)
    watch.monitors.report(17.0, 100, None)
    watch.monitors.report(18.0, 121, None)
    assert watch.monitors.rose_after_stop


# --- over a belt ---------------------------------------------------------------------------------

HEALTHY = [
    (latency_s, ramp, rate_hz)
    for latency_s in (0.0, 1.0, 1.4, 3.0)
    for ramp in (10.0, 25.0, 50.0, 200.0)
    for rate_hz in (1.0, 2.0, 4.0)
]


# req: S000-36
@pytest.mark.parametrize(("latency_s", "ramp", "rate_hz"), HEALTHY)
def test_no_monitor_trips_on_a_healthy_belt(latency_s: float, ramp: float, rate_hz: float) -> None:
    record = replace(UNKNOWN, latency_s=latency_s, ramp_kmh_per_s=ramp / 100, stop_s=400 / ramp + 2)
    up_and_down(Belt(latency_s, ramp, rate_hz), record)


@pytest.mark.parametrize(("latency_s", "rate_hz"), [(0.0, 4.0), (1.4, 1.0), (3.0, 1.0), (3.0, 4.0)])
@pytest.mark.parametrize("ramp", [25.0, 50.0, 200.0])
def test_nor_on_one_of_which_nothing_is_known(
    latency_s: float, ramp: float, rate_hz: float
) -> None:
    up_and_down(Belt(latency_s, ramp, rate_hz), UNKNOWN)


def up_and_down(belt: Belt, record: MachineRecord) -> None:
    bench = Bench(belt, record)
    bench.walk(make_phase(cap=400, ramps=(30, 50)), 40)
    slow = make_phase(cap=120, ramps=(30, 50))
    bench.governor.walk_on(slow, bench.now_s)
    bench.wish = replace(bench.wish, speed=slow.speed)  # type: ignore[type-var]
    bench.run(40)
    bench.governor.walk_on(make_phase(cap=300), bench.now_s)
    bench.run(10)
    bench.halt()
    bench.run(20)
    assert bench.faults == []
    assert len(bench.stops) == 1


# lesson Q15
@pytest.mark.parametrize("record", [RECORD, UNKNOWN])
@pytest.mark.parametrize("rate_hz", [1.0, 4.0])
def test_a_runaway_is_stopped(record: MachineRecord, rate_hz: float) -> None:
    bench = Bench(Belt(rate_hz=rate_hz), record)
    bench.walk(make_phase(cap=200), 20)
    bench.belt.runs_away = 30.0
    bench.run(6)
    assert bench.kinds[0] in ("overspeed", "wrong_way")
    assert len(bench.stops) == 1


# lesson Q10
def test_a_belt_that_ignores_its_targets_is_slowed_down() -> None:
    bench = Bench()
    bench.walk(make_phase(cap=300), 0)
    bench.belt.obeys_targets = False
    bench.run(15)
    assert bench.kinds[0] == "no_effect"
    assert bench.faults[0].reaction is Reaction.RAMP
