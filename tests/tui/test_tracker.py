"""What the session screen shows, put together from what the bridge says."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from quarterturn.energy import kcal_per_min, met
from quarterturn.model import Heading, PhaseKind
from quarterturn.protocol import BridgeState, Snapshot
from quarterturn.session.vocabulary import Intent
from quarterturn.tui.choreography import HOLD, RED_KEY
from quarterturn.tui.pixels import Shape
from quarterturn.tui.tracker import Tracker
from quarterturn.tui.view import Level, Stage, WalkView, clock
from quarterturn.units import Incline, Speed
from tui.walk_states import SHEET, SILENT, TOO_FAST, begun, end, fault, phase, report, snapshot

NOW_S = 500.0


def seen(*snapshots: Snapshot, after_s: float = 0.0, **settings: Any) -> WalkView:
    tracker = Tracker(**settings)
    tracker.plan(SHEET)
    for each in snapshots:
        tracker.see(each, NOW_S)
    return tracker.view(NOW_S + after_s)


def tracking(*snapshots: Snapshot) -> Tracker:
    tracker = Tracker()
    tracker.plan(SHEET)
    for each in snapshots:
        tracker.see(each, NOW_S)
    return tracker


def step(purpose: str, name: str, **more: object) -> dict[str, object]:
    return {"t": 400.0, "event": purpose, "step": name, **more}


def test_what_is_shown_is_put_together_without_a_screen_library() -> None:
    script = (
        "import sys, quarterturn.tui.tracker\n"
        "print(*sorted({'textual', 'rich', 'asyncio'} & set(sys.modules)), 'nothing')"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "nothing"


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (-3, "0:00"), (0.2, "0:01"), (59.01, "1:00"), (60, "1:00"), (599.5, "10:00")],
)
def test_a_part_of_a_second_counts_as_a_whole_one(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_the_phase_counts_down_by_its_own_clock() -> None:
    assert seen(snapshot(3, 12.6)).number == "0:48"


def test_the_countdown_runs_on_between_snapshots() -> None:
    assert seen(snapshot(3, 12.6), after_s=0.7).number == "0:47"


def test_the_countdown_does_not_run_on_when_the_bridge_says_nothing_more() -> None:
    assert seen(snapshot(3, 12.6), after_s=60.0).number == "0:47"


def test_the_countdown_stands_while_the_belt_comes_to_rest() -> None:
    slowing = snapshot(3, 12.6, purpose="pause", step="slow")
    tracker = tracking(slowing)
    first = tracker.view(NOW_S)
    assert (first.number, first.done_s) == (None, 432.6)
    assert tracker.view(NOW_S + 0.9).done_s == 432.6


def test_a_snapshot_that_is_a_little_behind_does_not_turn_the_clock_back() -> None:
    tracker = tracking(snapshot(3, 12.98))
    assert tracker.view(NOW_S + 0.03).number == "0:47"
    tracker.see(snapshot(3, 12.99), NOW_S + 0.03)
    assert tracker.view(NOW_S + 0.03).number == "0:47"


def test_a_phase_that_begins_counts_from_its_own_duration() -> None:
    tracker = tracking(snapshot(0, 299.9))
    tracker.hear(begun(1), NOW_S + 0.1)
    assert tracker.view(NOW_S + 0.1).number == "1:00"


# --- headings and turns ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("index", "word", "shape", "colour"),
    [
        (1, "FORWARD", Shape.FORWARD, "heading-forward"),
        (2, "RIGHT", Shape.RIGHT, "heading-right"),
        (3, "BACKWARD", Shape.BACKWARD, "heading-backward"),
        (4, "LEFT", Shape.LEFT, "heading-left"),
    ],
)
def test_a_heading_is_a_word_a_shape_and_a_colour(
    index: int, word: str, shape: Shape, colour: str
) -> None:
    view = seen(snapshot(index, 5.0))
    assert (view.word, view.shape, view.colour) == (word, shape, colour)


def test_the_next_heading_is_that_of_the_plan() -> None:
    assert seen(snapshot(3, 5.0)).next_heading == "left"
    assert seen(snapshot(5, 5.0)).next_heading is None


@pytest.mark.parametrize(("index", "quiet"), [(1, False), (2, True), (3, True), (4, True)])
def test_only_forward_is_there_more_than_a_word_a_number_and_a_bar(index: int, quiet: bool) -> None:
    view = seen(snapshot(index, 5.0))
    assert view.quiet is quiet
    assert (view.offers == ()) is quiet


def test_what_comes_next_is_said_before_the_turn() -> None:
    view = seen(snapshot(1, 20.0))
    assert view.upcoming == "Then turn right, side-step right, 1.0 km/h, 1:00"
    assert view.action == ""
    assert seen(snapshot(5, 5.0)).upcoming == "Then the walk ends."


def test_in_the_last_ten_seconds_the_turn_is_announced() -> None:
    view = seen(snapshot(3, 51.0))
    assert (view.number, view.action) == ("0:09", "Soon: stop, then turn right.")


def test_a_turn_announced_before_its_time_hides_what_is_left_by_the_plan() -> None:
    tracker = tracking(snapshot(3, 20.0))
    tracker.hear(step("turn", "announce", **{"from": "backward", "to": "forward"}), NOW_S)
    view = tracker.view(NOW_S)
    assert view.number is None
    assert view.action == "Soon: stop, then turn right twice."
    assert view.next_heading == "forward"


@pytest.mark.parametrize("name", ["stop", "verify", "slow"])
def test_while_the_belt_comes_to_rest_nobody_is_told_to_turn_yet(name: str) -> None:
    view = seen(snapshot(2, 60.0, purpose="turn", step=name, next_heading="backward"))
    assert (view.word, view.shape) == ("STOPPING", Shape.STOP)
    assert view.steps[1:] == ("Hold the rails.", "Then turn right.")
    assert view.belt.target == 0.0


def test_on_the_standing_belt_the_turn_is_shown_step_by_step() -> None:
    view = seen(snapshot(2, 60.0, purpose="turn", step="ready", next_heading="backward"))
    assert (view.stage, view.word, view.shape) == (Stage.READY, "TURN RIGHT", Shape.TURN_RIGHT)
    assert view.colour == "heading-backward"
    assert view.steps == (
        "Step to the side rails.",
        "Turn right, to face backward.",
        "Hold the rail.",
        "READY: hold Enter.",
    )


def test_a_turn_to_the_left_is_one() -> None:
    view = seen(snapshot(3, 60.0, purpose="turn", step="ready", next_heading="right"))
    assert (view.word, view.shape) == ("TURN LEFT", Shape.TURN_LEFT)
    assert "Turn left, to face sideways." in view.steps


def test_before_the_first_phase_one_faces_forward() -> None:
    view = seen(snapshot(None, purpose="start", step="ready"), ready="press r twice")
    assert (view.word, view.next_heading) == ("READY?", "forward")
    assert view.steps[-1] == "READY: press r twice."


def test_a_pause_says_how_to_go_on() -> None:
    view = seen(snapshot(3, 31.0, purpose="pause", step="ready"))
    assert (view.word, view.shape) == ("PAUSE", Shape.PAUSE)
    assert view.steps[-2:] == ("Hold the rail, face backward.", "READY: hold Enter.")
    assert view.offers == (Intent.SKIP, Intent.FINISH)


def test_where_the_machine_cannot_say_it_a_person_looks_whether_the_belt_stands() -> None:
    tracker = tracking(snapshot(2, 60.0))
    tracker.hear(step("turn", "ready", to="backward", question="belt_still"), NOW_S)
    view = tracker.view(NOW_S)
    assert (view.word, view.steps[-1]) == ("STILL?", "If it stands: hold Enter.")


def test_whoever_stands_by_confirms_before_ready() -> None:
    tracker = tracking(snapshot(2, 60.0, purpose="turn", step="ready", next_heading="backward"))
    tracker.hear({"t": 1.0, "event": "confirm_wanted", "heading": "backward"}, NOW_S)
    waiting = tracker.view(NOW_S).steps[-1]
    assert waiting == "Whoever stands by confirms first, with c. Then hold Enter."
    tracker.hear({"t": 2.0, "event": "confirmed"}, NOW_S)
    assert tracker.view(NOW_S).steps[-1] == "READY: hold Enter."


def test_three_two_one_and_the_word_to_go() -> None:
    tracker = tracking(snapshot(3, 0.0))
    tracker.hear(step("turn", "countdown", to="backward"), NOW_S)
    numbers = [tracker.view(NOW_S + at).number for at in (0.0, 0.9, 1.1, 2.1, 2.9, 3.3)]
    assert numbers == ["3", "3", "2", "1", "1", "1"]
    tracker.hear(step("turn", "start", to="backward"), NOW_S + 3.3)
    view = tracker.view(NOW_S + 3.3)
    assert (view.number, view.word) == ("GO", "BACKWARD")


def test_a_start_that_settles_is_walked() -> None:
    tracker = tracking(snapshot(1, 0.5, purpose="start", step="settle"))
    view = tracker.view(NOW_S)
    assert (view.stage, view.action) == (Stage.WALK, "The belt settles at its start speed.")


# --- the belt -------------------------------------------------------------------------------------


def test_the_belt_is_shown_against_target_and_cap_with_the_reason() -> None:
    belt = seen(snapshot(2, 20.0, speed_kmh=0.9)).belt
    assert (belt.speed, belt.target, belt.cap, belt.above_cap) == (0.9, 1.0, 1.0, False)
    assert belt.reason == "cap: home-beginner: side-step 1.0 km/h"


def test_what_lowered_a_phase_goes_before_the_cap() -> None:
    assert seen(snapshot(3, 20.0)).belt.reason.startswith("limited by home-beginner")


def test_what_limits_the_belt_now_goes_before_what_limited_the_plan() -> None:
    tracker = tracking(snapshot(3, 20.0))
    command = {"t": 1.0, "event": "command", "command": "set_speed", "limited_by": ["slower"]}
    tracker.hear(command, NOW_S)
    assert tracker.view(NOW_S).belt.reason == "limited by slower"
    tracker.hear(begun(4), NOW_S)
    assert tracker.view(NOW_S).belt.reason.startswith("cap: ")


def test_the_target_of_a_ramp_follows_the_phase_clock() -> None:
    target = seen(snapshot(5, 90.0)).belt.target
    assert target == pytest.approx(2.0)


@pytest.mark.parametrize(("kmh", "above"), [(2.0, False), (2.04, False), (2.1, True)])
def test_a_belt_above_its_cap_is_shown_as_such(kmh: float, above: bool) -> None:
    assert seen(snapshot(3, 20.0, speed_kmh=kmh)).belt.above_cap is above


def test_speeds_and_distances_are_shown_in_miles_where_they_are_wanted() -> None:
    view = seen(snapshot(1, 20.0, speed_kmh=3.218688, distance_m=1609.344), unit="mph")
    assert view.belt.speed == pytest.approx(2.0)
    assert view.belt.unit == "mph"
    assert "1.00 mi" in view.vitals
    assert view.upcoming.endswith("0.6 mph, 1:00")


# --- what is old is never fine --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age_s", "level"), [(0.4, Level.FINE), (2.5, Level.FINE), (2.6, Level.STALE)]
)
def test_a_treadmill_that_is_silent_is_shown_as_such(age_s: float, level: Level) -> None:
    view = seen(snapshot(1, 20.0, report_age_s=age_s))
    assert view.link.level is level
    assert view.belt.stale is (level is Level.STALE)


def test_a_report_grows_old_between_snapshots() -> None:
    view = seen(snapshot(1, 20.0, report_age_s=2.0), after_s=1.0)
    assert view.link.text == "TREADMILL SILENT for 3 s"
    assert view.vitals[1] == "heart 96 bpm?"


def test_a_bridge_that_says_nothing_is_shown_as_such() -> None:
    view = seen(snapshot(1, 20.0), after_s=1.6)
    assert view.link.level is Level.STALE
    assert view.link.text == "NO NEWS FROM THE BRIDGE for 2 s"


def test_before_the_first_report_nothing_is_claimed() -> None:
    view = seen(snapshot(1, 0.0, report_age_s=None, speed_kmh=None, distance_m=None))
    assert (view.link.level, view.belt.speed) == (Level.NONE, None)
    assert "distance -" in view.vitals


# --- energy ---------------------------------------------------------------------------------------


def test_energy_is_reckoned_from_the_measured_speed_and_marked() -> None:
    tracker = tracking(snapshot(3, 0.0))
    for second in range(61):
        tracker.hear(report(float(second), 2.0), NOW_S + second)
    effort = met(Heading.BACKWARD, PhaseKind.WALK, Speed.from_kmh(2.0), Incline.from_pct(0.0))
    kcal = kcal_per_min(effort, 70.0)
    assert tracker.view(NOW_S).vitals[-1] == (
        f"about {kcal:.0f} kcal for 70 kg, assumed (an estimate)"
    )


def test_a_gap_in_the_reports_burns_nothing() -> None:
    tracker = tracking(snapshot(1, 0.0))
    tracker.hear(report(1.0, 5.0), NOW_S)
    tracker.hear(report(901.0, 5.0), NOW_S + 900)
    assert tracker.view(NOW_S + 900).vitals[-1].startswith("about 0 kcal")


def test_who_comes_late_is_told_that_there_was_more() -> None:
    tracker = tracking(snapshot(1, 0.0))
    tracker.plan(replace(SHEET, body_mass_assumed=False))
    tracker.hear(report(300.0, 5.0), NOW_S)
    assert tracker.view(NOW_S).vitals[-1] == "at least about 0 kcal (an estimate)"


# --- what goes wrong ------------------------------------------------------------------------------


def test_a_fault_fills_the_screen_with_what_to_do() -> None:
    view = seen(snapshot(3, 20.0, fault=TOO_FAST))
    assert view.stage is Stage.ALARM
    assert view.alarm is not None
    assert view.alarm.big == HOLD
    assert view.alarm.what == TOO_FAST["text"]
    assert any("red key" in line for line in view.alarm.do)


@pytest.mark.parametrize(
    "event",
    [
        SILENT,
        fault("link_lost", "stop", "The link is lost."),
        fault("bridge_lost", "alarm", "The bridge is gone."),
        fault("stop_failed", "alarm", "The belt runs on."),
    ],
    ids=lambda event: str(event["fault"]),
)
def test_where_software_may_not_be_enough_the_red_key_is_named_first(
    event: dict[str, object],
) -> None:
    tracker = tracking(snapshot(3, 20.0))
    tracker.hear(event, NOW_S)
    alarm = tracker.view(NOW_S).alarm
    assert alarm is not None
    assert alarm.big == RED_KEY


def test_a_lesser_fault_does_not_take_the_red_key_back() -> None:
    tracker = tracking(snapshot(3, 20.0, fault=SILENT))
    tracker.hear(TOO_FAST, NOW_S)
    alarm = tracker.view(NOW_S).alarm
    assert alarm is not None
    assert alarm.big == RED_KEY


def test_a_lost_bridge_stays_lost_whatever_it_said_before() -> None:
    tracker = tracking(snapshot(3, 20.0))
    tracker.hear(fault("bridge_lost", "alarm", "The bridge is gone."), NOW_S)
    tracker.see(snapshot(3, 20.0, fault=TOO_FAST), NOW_S)
    alarm = tracker.view(NOW_S).alarm
    assert alarm is not None
    assert alarm.what == "The bridge is gone."


def test_a_fault_that_only_pauses_is_a_line_and_not_an_alarm() -> None:
    pausing = fault("foreign_control", "pause", "Somebody raised the speed at the console.")
    view = seen(snapshot(1, 20.0, fault=pausing, purpose="pause", step="ready"))
    assert (view.alarm, view.said) == (None, pausing["text"])
    assert seen(snapshot(1, 25.0, fault=pausing)).said == ""


def test_an_end_whose_belt_is_not_known_to_stand_is_an_alarm() -> None:
    view = seen(snapshot(5, 180.0, end=end("completed", "plan", None, stopped=None)))
    assert view.alarm is not None
    assert view.alarm.big == RED_KEY


def test_after_a_fault_a_belt_that_is_known_to_stand_is_said_to() -> None:
    stopped = end("fault", "monitor", "link_lost", stopped=True)
    view = seen(snapshot(3, 20.0, fault=SILENT, end=stopped))
    assert (view.stage, view.alarm, view.word) == (Stage.END, None, "STOPPED")
    assert view.steps == (
        "The belt stands.", "Hold the rail. Step off.", "Fault by the monitor: link lost.",
    )  # fmt: skip


def test_a_completed_walk_fills_the_bar() -> None:
    view = seen(snapshot(5, 179.0, end=end("completed", "plan", None, stopped=True)))
    assert (view.word, view.done_s) == ("DONE", view.total_s)


def test_after_a_crash_somebody_looks_at_the_belt_and_acknowledges() -> None:
    view = seen(
        snapshot(None, state=BridgeState.RECOVERING, last_session="The bridge died at 0:42.")
    )
    assert view.alarm is not None
    assert view.alarm.what == "The bridge died at 0:42."
    assert view.offers == (Intent.ACKNOWLEDGE,)


def test_another_walk_begins_with_nothing_of_the_last() -> None:
    tracker = tracking(snapshot(3, 20.0, fault=SILENT))
    tracker.plan(SHEET)
    tracker.see(snapshot(None, purpose="start", step="ready"), NOW_S)
    assert tracker.view(NOW_S).alarm is None


def test_a_note_is_shown_until_the_next_phase() -> None:
    tracker = tracking(snapshot(0, 20.0))
    tracker.hear({"t": 1.0, "event": "cue", "kind": "time_left", "text": "Half way"}, NOW_S)
    tracker.note("The journal cannot be written.")
    assert tracker.view(NOW_S).said == "The journal cannot be written."
    tracker.hear(begun(1), NOW_S)
    assert tracker.view(NOW_S).said == "Half way"


def test_two_quarters_go_on_in_the_sense_of_the_circle() -> None:
    left = phase(3, 420.0, "backward", 2.0, turn=replace(SHEET.phases[3].turn, direction="left"))  # type: ignore[type-var]
    tracker = tracking()
    tracker.plan(replace(SHEET, phases=(*SHEET.phases[:3], left, *SHEET.phases[4:])))
    tracker.see(
        snapshot(3, 60.0, purpose="turn", step="ready", next_heading="forward"), NOW_S
    )  # fmt: skip
    view = tracker.view(NOW_S)
    assert (view.word, view.steps[1]) == ("TURN LEFT", "Turn left twice, to face forward.")
