"""What is measured in a trial, from two series of times and speeds."""

import pytest

from quarterturn.model import (
    CommandOutcome,
    Notice,
    NoticeKind,
    Outcome,
    Permitted,
    SetSpeed,
    Start,
    Stop,
)
from quarterturn.onboarding.observed import Observed
from quarterturn.units import Speed

Commands = tuple[tuple[float, Start | Stop | SetSpeed], ...]


def speed(centi_kmh: int) -> SetSpeed:
    return SetSpeed(Speed(centi_kmh))


def seen(
    commands: Commands = (),
    reports: tuple[tuple[float, int], ...] = (),
    *,
    ended_s: float = 100.0,
    cut_s: float | None = None,
    back_s: float | None = None,
) -> Observed:
    return Observed("test", 0.0, ended_s, commands, reports, cut_s=cut_s, back_s=back_s)


def every_second(from_s: float, *speeds: int) -> tuple[tuple[float, int], ...]:
    return tuple((from_s + index, each) for index, each in enumerate(speeds))


START: Commands = ((10.0, Start()),)


# --- the start -----------------------------------------------------------------------------------


def test_a_start_lasts_until_the_first_report_of_motion() -> None:
    observed = seen(START, every_second(8.5, 0, 0, 0, 0, 0, 10, 50))
    assert (observed.started_s, observed.moved_s, observed.start_s) == (10.0, 13.5, 3.5)


def test_what_never_started_or_never_moved_has_no_start() -> None:
    assert seen(reports=every_second(0, 0, 50)).start_s is None
    assert seen(reports=every_second(0, 0, 50)).moved_s is None
    assert seen(START, every_second(9, 0, 0, 0)).start_s is None


def test_motion_before_the_start_is_not_its_effect() -> None:
    assert seen(START, ((9.0, 50), (12.0, 50))).moved_s == 12.0


def test_the_time_in_motion_ends_with_the_stop() -> None:
    commands = (*START, (20.0, Stop()))
    assert seen(commands, every_second(12, *[50] * 12)).ran_s == 8.0
    assert seen(START, every_second(12, 50), ended_s=30.0).ran_s == 18.0
    assert seen(commands, every_second(12, 0)).ran_s == 0.0


# --- targets -------------------------------------------------------------------------------------

STEP: Commands = (*START, (13.0, speed(50)), (20.0, speed(60)), (27.0, Stop()))
SLOW_STEP = every_second(12.4, 20, 50, 50, 50, 50, 50, 50, 50, 50, 52, 60, 60, 60, 60, 60)


def test_a_target_lasts_until_the_next_command() -> None:
    told = seen(STEP).targets
    assert [(each.at_s, each.centi_kmh, each.until_s) for each in told] == [
        (13.0, 50, 20.0),
        (20.0, 60, 27.0),
    ]


def test_latency_lasts_until_the_first_report_that_differs() -> None:
    assert seen(STEP, SLOW_STEP).latencies_s == (pytest.approx(2.4),)


def test_there_is_no_latency_where_the_belt_was_not_steady_before() -> None:
    reports = every_second(12.4, 20, 50, 50, 50, 50, 56, 62, 68, 60, 60)
    assert seen(STEP, reports).latencies_s == ()


def test_there_is_no_latency_where_nothing_followed() -> None:
    assert seen(STEP, every_second(12.4, *[50] * 15)).latencies_s == ()


def test_what_follows_another_target_too_soon_may_be_the_effect_of_that_one() -> None:
    commands: Commands = (*START, (13.0, speed(50)), (17.9, speed(60)), (27.0, Stop()))
    assert seen(commands, every_second(12.4, *[50] * 6, *[60] * 8)).latencies_s == ()


def test_a_plateau_is_what_the_last_reports_before_the_next_command_agree_on() -> None:
    observed = seen(STEP, SLOW_STEP)
    assert [observed.plateau(told) for told in observed.targets] == [50, 60]
    assert observed.steady == 60


def test_what_still_changes_is_no_plateau() -> None:
    observed = seen(STEP, every_second(12.4, *range(10, 160, 10)))
    assert [observed.plateau(told) for told in observed.targets] == [None, None]
    assert observed.steady is None


def test_one_report_is_no_plateau_and_a_false_zero_does_not_disturb_one() -> None:
    assert seen(STEP, ((26.0, 60),)).steady is None
    assert seen(STEP, ((25.0, 60), (26.0, 0), (26.5, 60))).steady == 60


def test_the_plateau_under_which_the_link_was_cut_is_from_before() -> None:
    commands: Commands = (*START, (13.0, speed(50)))
    reports = (*every_second(12.4, *[50] * 8), (35.0, 30), (36.0, 10))
    assert seen(commands, reports, cut_s=20.0, ended_s=37.0).steady == 50


LEAP: Commands = (*START, (13.0, speed(50)), (20.0, speed(150)), (30.0, Stop()))


def test_a_ramp_is_the_steepest_second_of_a_leap() -> None:
    reports = every_second(12.4, *[50] * 9, 80, 130, *[150] * 7)
    assert seen(LEAP, reports).ramps_kmh_per_s == (pytest.approx(0.5),)


def test_quick_reports_in_whole_tenths_make_no_steeper_ramp() -> None:
    rise = [(21 + index / 4, 10 * round(5 + index / 4 * 4)) for index in range(11)]
    reports = (*every_second(12.4, *[50] * 8), *rise, *every_second(24, *[150] * 6))
    [ramp] = seen(LEAP, reports).ramps_kmh_per_s
    assert ramp == pytest.approx(0.4, abs=0.06)


def test_a_single_step_shows_no_ramp() -> None:
    assert seen(STEP, SLOW_STEP).ramps_kmh_per_s == ()


def test_a_leap_that_settled_nowhere_shows_no_ramp() -> None:
    assert seen(LEAP, every_second(12.4, *[50] * 9, 60, 70, 80)).ramps_kmh_per_s == ()


# --- the stop ------------------------------------------------------------------------------------

STOP: Commands = (*START, (13.0, speed(50)), (20.0, Stop()))


def test_a_stop_lasts_until_the_first_of_the_last_zeros() -> None:
    reports = every_second(17.5, 50, 50, 50, 0, 30, 0, 0, 0)
    assert seen(STOP, reports).stop_s == pytest.approx(2.5)


def test_what_was_not_stopped_or_never_stood_has_no_stop() -> None:
    assert seen(START, every_second(17.5, 50, 0)).stop_s is None
    assert seen(STOP, every_second(17.5, 50, 50, 50, 50), ended_s=22.0).stop_s is None


def test_a_machine_that_falls_silent_stopped_when_its_next_report_was_due() -> None:
    observed = seen(STOP, every_second(17.5, 50, 50, 50, 40, 10), ended_s=30.0)
    assert observed.silent_at_rest
    assert observed.stop_s == pytest.approx(2.5)


def test_a_machine_that_reports_zero_is_not_silent() -> None:
    assert not seen(STOP, every_second(17.5, 50, 50, 50, 0), ended_s=30.0).silent_at_rest
    assert not seen(STOP, every_second(17.5, 50, 50, 50, 30), ended_s=24.0).silent_at_rest
    assert not seen(START, every_second(11, 50), ended_s=30.0).silent_at_rest


def test_a_belt_that_is_only_watched_is_silent_or_not() -> None:
    assert seen(ended_s=8.0).silent_at_rest
    assert not seen(reports=every_second(1, 0, 0), ended_s=8.0).silent_at_rest


def test_false_zeros_are_those_after_which_the_belt_still_runs() -> None:
    reports = every_second(12.0, 0, 50, 50, 0, 0, 50, 0, 50, 0, 0, 0)
    assert seen(STOP, reports).false_zeros_s == (3.0, 2.0)


def test_zeros_after_the_stop_are_not_false_for_that() -> None:
    assert seen(STOP, every_second(17.0, 50, 50, 50, 0, 30, 0)).false_zeros_s == ()
    assert seen(reports=every_second(0, 0, 50, 0, 50)).false_zeros_s == ()


# --- answers, notices and the cut --------------------------------------------------------------


def test_one_answer_shows_that_commands_are_answered() -> None:
    mute = CommandOutcome(Permitted(Start(), "test"), Outcome.UNKNOWN, 1.0, 0.0)
    answered = CommandOutcome(Permitted(Stop(), "test"), Outcome.CONFIRMED, 1.0, 0.0, 0.5)
    assert not Observed("test", 0.0, 1.0, outcomes=(mute,)).answered
    assert Observed("test", 0.0, 1.0, outcomes=(mute, answered)).answered


def test_what_the_machine_told_of_itself_is_found() -> None:
    observed = Observed("test", 0.0, 1.0, notices=(Notice(0.5, NoticeKind.PAUSED),))
    assert observed.told_of(NoticeKind.STOPPED, NoticeKind.PAUSED)
    assert not observed.told_of(NoticeKind.STOPPED)


def test_reports_are_counted_while_the_belt_runs() -> None:
    assert seen(reports=((0.0, 0), (1.0, 50), (1.5, 50), (2.0, 50))).reports_a_second == 2.0
    assert seen(reports=((0.0, 50),)).reports_a_second == 0.0


@pytest.mark.parametrize(
    ("after", "silent", "found"),
    [
        ((50, 50, 20, 0), False, "keeps_running"),
        ((40, 0), False, "keeps_running"),
        ((39, 0), False, "unknown"),
        ((0, 0), False, "stops"),
        ((0, 50), False, "keeps_running"),
        ((), False, "unknown"),
        ((), True, "stops"),
    ],
)
def test_what_the_belt_did_while_the_link_was_cut(
    after: tuple[int, ...], silent: bool, found: str
) -> None:
    reports = (*every_second(12.0, 50, 50), *every_second(31.0, *after))
    observed = seen(START, reports, cut_s=20.0, back_s=30.0)
    assert observed.after_the_cut(silent_when_stopped=silent) == found


def test_without_a_cut_or_a_way_back_nothing_is_known_of_it() -> None:
    reports = every_second(12.0, 50)
    assert seen(START, reports).after_the_cut(silent_when_stopped=False) == "unknown"
    cut = seen(START, reports, cut_s=20.0)
    assert cut.after_the_cut(silent_when_stopped=True) == "unknown"
    assert seen(cut_s=20.0, back_s=30.0).after_the_cut(silent_when_stopped=True) == "unknown"
