"""The parts of the governor: speed limits, incline, time walked, and the watch on a Stop."""

from dataclasses import replace

import pytest

from quarterturn.handshake import Handshake
from quarterturn.incline_control import InclineControl
from quarterturn.model import Heading, InclineRange, MachineRecord, PhaseKind, SpeedRange
from quarterturn.monitors import Fault, FaultKind, Reaction
from quarterturn.movement import Movement, StopWatch
from quarterturn.requests import NotPermittedError
from quarterturn.speed_limits import SpeedLimits, check_turn, is_forward
from quarterturn.units import Incline, Speed
from quarterturn.walked_time import WalkedTime
from unit.belt_model import LEFT, RECORD, RIGHT, make_phase

# --- speed ---------------------------------------------------------------------------------------


def limits(minimum: int = 50, maximum: int = 1600, step: int = 10) -> SpeedLimits:
    return SpeedLimits(SpeedRange(Speed(minimum), Speed(maximum), Speed(step)), RECORD)


@pytest.mark.parametrize(
    ("minimum", "step", "wish", "left"),
    [(50, 10, 59, 50), (50, 10, 60, 60), (80, 20, 119, 100), (55, 10, 64, 55), (50, 0, 51, 51)],
)
def test_a_speed_is_rounded_down_to_the_machines_grid(
    minimum: int, step: int, wish: int, left: int
) -> None:
    assert limits(minimum, step=step).on_grid(wish) == left


def test_a_machine_without_a_step_has_the_finest() -> None:
    assert limits(step=0).step == 1
    assert limits(step=20).step == 20


# hazard: H15
def test_a_wish_below_the_slowest_speed_is_never_a_reason_to_go_faster() -> None:
    assert limits().target(make_phase(cap=300), 0) == 50
    assert limits().target(make_phase(cap=300), 305) == 300


def test_all_caps_have_their_reasons_the_tightest_first() -> None:
    these = limits(maximum=700)
    these.lower("slower", 250)
    phase = make_phase(cap=900, reasons=("profile: a", "personal: b"))
    assert these.caps(phase) == [
        (250, "slower: 2.5 km/h"),
        (700, "machine: at most 7.0 km/h"),
        (800, "hard cap: forward walk 8.0 km/h"),
        (900, "profile: a; personal: b"),
    ]
    assert limits().caps(make_phase(cap=100, reasons=()))[0] == (100, "plan")


@pytest.mark.parametrize(
    ("ledger", "wish", "since_s", "ramps", "step", "following"),
    [
        (100, 300, 0.99, (20, 50), 10, 100),  # at most once a second
        (100, 300, 1.0, (20, 50), 10, 120),
        (100, 300, 60.0, (20, 50), 10, 120),  # time at a target gives no right to a jump
        (100, 300, 1.0, (5, 30), 10, 100),  # saving up for a whole step
        (100, 300, 1.99, (5, 30), 10, 100),
        (100, 300, 2.0, (5, 30), 10, 110),
        (100, 300, 9.0, (5, 30), 10, 110),
        (100, 110, 1.0, (20, 50), 10, 110),
        (100, 100, 1.0, (20, 50), 10, 100),
        (100, 60, 1.0, (20, 50), 10, 60),
        (200, 60, 1.0, (20, 50), 10, 150),
        (200, 60, 0.99, (20, 50), 10, 200),
        (200, 60, 1.0, (20, 35), 10, 160),
        (60, 0, 1.0, (20, 50), 10, 50),
        (100, 300, 9.0, (0, 50), 10, 100),  # a ramp of 0 never rises
        (105, 300, 1.0, (5, 50), 10, 110),
        (105, 300, 1.0, (4, 50), 10, 105),  # nor falls for being off the grid
        (100, 300, 1.0, (1, 50), 1, 101),
        (100, 300, 1.0, (10, 50), 10, 110),
    ],
)
def test_a_step_of_the_ramp(
    ledger: int, wish: int, since_s: float, ramps: tuple[int, int], step: int, following: int
) -> None:
    phase = make_phase(cap=300, ramps=ramps)
    these = limits(step=step)
    assert these.step_to(phase, wish, ledger, since_s, may_rise=True) == following
    held = these.step_to(phase, wish, ledger, since_s, may_rise=False)
    assert held == min(ledger, following)


def test_what_was_lowered_only_ever_falls_and_ends_with_the_phase() -> None:
    these, phase = limits(), make_phase(cap=300)
    assert these.lower("slower", 209) == 200
    assert these.lower("slower", 250) == 200
    assert these.lower("slower", 20) == 50
    these.enter()
    assert these.caps(phase)[0][0] == 300
    these.lower("slower", 100)
    these.walk_on(phase, phase, 0.0)
    assert these.caps(phase)[0][0] == 300


def test_a_belt_that_walks_on_into_a_slower_phase_gets_the_time_to_slow_down() -> None:
    fast, slow = make_phase(cap=400), make_phase(cap=200, ramps=(20, 40))
    these = limits()
    assert these.measured_cap(fast, 0.0) == 400
    these.walk_on(fast, slow, 10.0)
    until_s = 10.0 + 1.0 + 2.0 + 200 / 40
    assert these.measured_cap(slow, until_s) == 400
    assert these.measured_cap(slow, until_s + 0.01) == 200
    these.walk_on(fast, slow, 10.0)
    these.walk_on(slow, fast, 11.0)
    assert these.measured_cap(fast, 11.0) == 400
    these.walk_on(fast, slow, 20.0)
    these.enter()
    assert these.measured_cap(slow, 20.0) == 200


def test_two_changes_in_a_row_ease_from_the_first_cap() -> None:
    these = limits()
    third = make_phase(cap=100, ramps=(20, 80))
    these.walk_on(make_phase(cap=400), make_phase(cap=200, ramps=(20, 40)), 10.0)
    these.walk_on(make_phase(cap=200), third, 11.0)
    until_s = 11.0 + 3.0 + 300 / 50  # the belt's own 0.5 km/h per second
    assert these.measured_cap(third, until_s) == 400
    assert these.measured_cap(third, until_s + 0.01) == 100


def test_a_phase_is_checked_against_the_machine() -> None:
    limits().check(make_phase(cap=50))
    with pytest.raises(
        NotPermittedError, match=r"0.5 km/h, is above the cap of this phase \(plan\)"
    ):
        limits().check(make_phase(cap=49, reasons=()))
    limits(step=20).check(make_phase(Heading.BACKWARD))
    limits(step=21).check(make_phase())
    with pytest.raises(NotPermittedError, match=r"steps of 0.21 km/h; more than 0.2 km/h is too"):
        limits(step=21).check(make_phase(Heading.BACKWARD))


def test_only_straight_ahead_is_forward() -> None:
    assert is_forward(make_phase())
    assert not is_forward(make_phase(kind=PhaseKind.DIAGONAL))
    assert not is_forward(make_phase(Heading.LEFT))


HEADINGS = list(Heading)


# hazard: H22
@pytest.mark.parametrize("came_from", HEADINGS)
@pytest.mark.parametrize("to", HEADINGS)
def test_each_quarter_turn_leads_to_one_heading(came_from: Heading, to: Heading) -> None:
    for turn, apart in ((RIGHT, 90), (LEFT, 270), (replace(RIGHT, quarters=2), 180), (None, 0)):
        phase = make_phase(to, turn=turn)
        if (to - came_from) % 360 == apart:
            check_turn(came_from, phase, resumed=False)
        else:
            with pytest.raises(NotPermittedError, match=f"from {came_from.word} to {to.word}"):
                check_turn(came_from, phase, resumed=False)
    if came_from is to:
        check_turn(came_from, make_phase(to, turn=RIGHT), resumed=True)


# --- incline -------------------------------------------------------------------------------------

RANGE = InclineRange(Incline(-30), Incline(150), Incline(5))


def tilt(wish: int, phase: object, machine: InclineRange | None = RANGE) -> int | None:
    incline = InclineControl(machine).step(0.0, Incline(wish), phase)  # type: ignore[arg-type]
    return None if incline is None else incline.tenths_pct


# hazard: H10
@pytest.mark.parametrize(
    ("wish", "heading", "inclines", "machine", "left"),
    [
        (20, Heading.FORWARD, (0, 50), RANGE, 20),
        (24, Heading.FORWARD, (0, 50), RANGE, 20),
        (25, Heading.FORWARD, (0, 50), RANGE, 25),
        (60, Heading.FORWARD, (0, 50), RANGE, 50),
        (200, Heading.FORWARD, (0, 300), RANGE, 150),
        (90, Heading.FORWARD, (0, 300), InclineRange(Incline(0), Incline(80), Incline(5)), 80),
        (-10, Heading.FORWARD, (0, 50), RANGE, None),
        (-10, Heading.FORWARD, (-30, 50), RANGE, -10),
        (-12, Heading.FORWARD, (-30, 50), RANGE, -10),
        (-90, Heading.FORWARD, (-90, 50), InclineRange(Incline(-90), Incline(9), Incline(5)), -30),
        (-20, Heading.BACKWARD, (-30, 50), RANGE, None),
        (20, Heading.BACKWARD, (0, 10), RANGE, 10),
        (20, Heading.RIGHT, (0, 50), RANGE, 20),
        (30, Heading.RIGHT, (0, 50), RANGE, 20),
        (30, Heading.FORWARD, (0, 50), None, None),
        (30, Heading.FORWARD, (0, 10), InclineRange(Incline(20), Incline(90), Incline(5)), None),
        (7, Heading.FORWARD, (0, 50), InclineRange(Incline(0), Incline(90), Incline(0)), 7),
        (0, Heading.FORWARD, (0, 50), InclineRange(Incline(-30), Incline(90), Incline(7)), None),
    ],
)
def test_an_incline_is_held_to_every_limit_and_the_machines_grid(
    wish: int,
    heading: Heading,
    inclines: tuple[int, int],
    machine: InclineRange | None,
    left: int | None,
) -> None:
    assert tilt(wish, make_phase(heading, inclines=inclines), machine) == left


def test_an_incline_changes_once_a_second_at_most() -> None:
    control, phase = InclineControl(RANGE), make_phase(inclines=(0, 50))
    assert control.step(0.0, Incline(20), phase) == Incline(20)
    assert control.step(5.0, Incline(20), phase) is None
    assert control.step(5.0, Incline(10), phase) == Incline(10)
    assert control.step(5.99, Incline(0), phase) is None
    assert control.step(6.0, Incline(0), phase) == Incline(0)
    control.report(Incline(30))
    assert control.step(9.0, Incline(0), phase) is None, "told is told"
    control.freeze()
    assert control.step(9.0, Incline(20), phase) is None


def test_the_same_wish_in_a_phase_that_allows_less_is_held_to_that_phase() -> None:
    control, wish = InclineControl(RANGE), Incline(40)
    assert control.step(0.0, wish, make_phase(inclines=(0, 50))) == Incline(40)
    assert control.step(1.0, wish, make_phase(inclines=(0, 20))) == Incline(20)


def test_a_belt_found_tilted_is_levelled() -> None:
    control, phase = InclineControl(RANGE), make_phase(inclines=(0, 50))
    control.report(Incline(30))
    control.report(None)
    assert control.step(0.0, Incline(30), phase) is None
    assert control.step(0.0, Incline(0), make_phase()) == Incline(0)


@pytest.mark.parametrize(
    ("reported", "inclines", "refused"),
    [
        (25, (0, 20), False),
        (26, (0, 20), True),
        (-5, (0, 20), False),
        (-6, (0, 20), True),
        (-35, (-30, 20), False),
        (-36, (-30, 20), True),
        (None, (0, 0), False),
    ],
)
def test_a_start_takes_an_incline_that_the_phase_allows(
    reported: int | None, inclines: tuple[int, int], refused: bool
) -> None:
    control, phase = InclineControl(None), make_phase(inclines=inclines)
    control.report(None if reported is None else Incline(reported))
    if not refused:
        control.check(phase)
        return
    with pytest.raises(NotPermittedError) as refusal:
        control.check(phase)
    assert str(refusal.value) == (
        f"the belt is tilted by {Incline(reported or 0)}; this phase allows "
        f"{Incline(inclines[0])} to {Incline(inclines[1])}: level it at the console"
    )


def test_where_nothing_is_reported_what_was_commanded_counts() -> None:
    control = InclineControl(RANGE)
    control.step(0.0, Incline(40), make_phase(inclines=(0, 50)))
    with pytest.raises(NotPermittedError, match=r"tilted by 4.0 %"):
        control.check(make_phase())
    control.report(Incline(0))
    control.check(make_phase())


# hazard: H10
# req: S002-05
@pytest.mark.parametrize(
    ("heading", "reports", "inclines", "found"),
    [
        (Heading.BACKWARD, [-6, -6], (0, 20), True),
        (Heading.LEFT, [-30, -6], (0, 0), True),
        (Heading.BACKWARD, [-6], (0, 20), False),
        (Heading.BACKWARD, [-6, -5, -6], (0, 20), False),
        (Heading.BACKWARD, [-5, -5], (0, 20), False),
        (Heading.BACKWARD, [20, 90], (0, 20), False),
        (Heading.BACKWARD, [None, None], (0, 20), False),
        (Heading.FORWARD, [-30, -30], (0, 0), False),
    ],
)
def test_a_belt_that_tilts_downhill_is_noticed_unless_facing_forward(
    heading: Heading, reports: list[int | None], inclines: tuple[int, int], found: bool
) -> None:
    control, phase, fault = InclineControl(RANGE), make_phase(heading, inclines=inclines), None
    for tenths_pct in reports:
        control.report(None if tenths_pct is None else Incline(tenths_pct))
        fault = control.watch(phase)
    if not found:
        assert fault is None
        return
    text = f"The belt tilts downhill ({Incline(-6)}) under somebody who does not face forward."
    assert fault == Fault(FaultKind.INCLINE, Reaction.RAMP, text)


# --- time ----------------------------------------------------------------------------------------

NON_FORWARD = "The session's time that is not forward is used up."
FORWARD_OVER = "The forward phase ran past its time."
BACKWARD, SIDEWAYS = make_phase(Heading.BACKWARD, longest_s=60.0), make_phase(Heading.LEFT)


@pytest.mark.parametrize(
    ("before", "phase", "limit_s", "text"),
    [
        ((), BACKWARD, 61.0, "The backward phase ran past its time."),
        ((BACKWARD,), BACKWARD, 51.0, "The session's time backward is used up."),
        ((SIDEWAYS,), SIDEWAYS, 111.0, NON_FORWARD),
        ((SIDEWAYS, BACKWARD), SIDEWAYS, 101.0, NON_FORWARD),
        ((SIDEWAYS, SIDEWAYS), BACKWARD, 61.0, "The backward phase ran past its time."),
        ((BACKWARD, BACKWARD), make_phase(longest_s=500.0), 501.0, FORWARD_OVER),
    ],
)
def test_time_is_up_a_second_past_each_cap(
    before: tuple[object, ...], phase: object, limit_s: float, text: str
) -> None:
    walked = WalkedTime(60.0, 120.0)
    for each in before:
        walked.begin(each, 0.0)  # type: ignore[arg-type]
        walked.end(10.0)
        walked.end(99.0)
    assert walked.overdue(1e9) is None
    walked.begin(phase, 1000.0)  # type: ignore[arg-type]
    assert walked.overdue(1000.0 + limit_s) is None
    assert walked.overdue(1000.01 + limit_s) == text


def test_a_stretch_under_way_ends_where_the_next_begins() -> None:
    walked = WalkedTime(60.0, 120.0)
    walked.begin(BACKWARD, 0.0)
    walked.begin(BACKWARD, 30.0)
    assert walked.overdue(61.0) is None
    assert walked.overdue(61.1) == "The session's time backward is used up."


def test_time_that_runs_backward_takes_nothing_away() -> None:
    walked = WalkedTime(60.0, 120.0)
    walked.begin(BACKWARD, 10.0)
    walked.end(0.0)
    walked.begin(BACKWARD, 10.0)
    assert walked.overdue(71.01) is not None
    assert walked.overdue(71.0) is None


# --- the watch on a Stop -------------------------------------------------------------------------


def watch(*, reported: int = 200) -> StopWatch:
    stop_watch = StopWatch(MachineRecord(latency_s=1.0))
    stop_watch.sent(10.0, reported)
    return stop_watch


def test_a_stop_has_its_latency_and_four_seconds_to_show() -> None:
    assert not watch().due(14.99, 200, 14.0)
    assert watch().due(15.0, 200, 14.0)


@pytest.mark.parametrize(("reported", "due"), [(0, False), (180, False), (181, True), (200, True)])
def test_a_belt_that_slows_down_is_left_alone(reported: int, due: bool) -> None:
    assert watch().due(15.0, reported, 15.0) is due


def test_it_has_to_go_on_slowing_down() -> None:
    stop_watch = watch()
    assert not stop_watch.due(15.0, 100, 15.0)
    assert not stop_watch.due(19.99, 100, 19.0)
    assert stop_watch.due(20.0, 81, 20.0)
    assert not watch().due(15.0, 80, 15.0)


@pytest.mark.parametrize(("heard_s", "due"), [(11.0, False), (10.99, True)])
def test_an_old_report_proves_nothing(heard_s: float, due: bool) -> None:
    assert watch().due(15.0, 100, heard_s) is due


def test_three_stops_and_no_more() -> None:
    stop_watch = watch()
    for now_s in (20.0, 30.0):
        assert stop_watch.due(now_s, 200, now_s)
        stop_watch.sent(now_s, 200)
    assert not stop_watch.due(90.0, 200, 90.0)


def test_after_a_lost_link_the_first_report_decides() -> None:
    stop_watch = watch()
    for now_s in (20.0, 30.0):
        stop_watch.sent(now_s, 200)
    stop_watch.reconnected(31.0)
    assert not stop_watch.due(31.0, 200, 31.0)
    assert not stop_watch.due(31.1, 0, 31.1)
    assert stop_watch.due(31.1, 200, 31.1), "what was sent meanwhile never arrived"
    stop_watch.sent(31.1, 200)
    assert not stop_watch.due(31.2, 200, 31.2)
    for now_s in (40.0, 50.0):
        assert stop_watch.due(now_s, 200, now_s)
        stop_watch.sent(now_s, 200)
    assert not stop_watch.due(60.0, 200, 60.0)


def test_a_stop_of_somebody_elses_is_watched_and_not_counted() -> None:
    stop_watch = StopWatch(MachineRecord(latency_s=1.0))
    stop_watch.watch(10.0, 200)
    for now_s in (20.0, 30.0, 40.0):
        assert stop_watch.due(now_s, 200, now_s)
        stop_watch.sent(now_s, 200)
    assert not stop_watch.due(50.0, 200, 50.0)


@pytest.mark.parametrize(
    ("ledger", "own", "rate"), [(400, 30, 50.0), (200, 30, 30.0), (241, 30, 30.125)]
)
def test_the_ramp_of_a_halt_is_fixed_when_it_begins(ledger: int, own: int, rate: float) -> None:
    movement = Movement(Handshake(Speed(50), RECORD), StopWatch(RECORD))
    assert movement.rate_of_halt(ledger, own) == rate
    assert movement.rate_of_halt(50, 0) == rate
    movement.slow_down(3.0)
    movement.slow_down(4.0)
    assert movement.slowing_s == 3.0
