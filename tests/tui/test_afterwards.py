"""After a walk: the summary with its questions, the sessions so far, and help."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Button, OptionList, Static

from quarterturn.bridge.journal import read_journal
from quarterturn.feedback import WARNING, Feedback, feedback_path, write_feedback
from quarterturn.plan import make_plan
from quarterturn.plan_sheet import PlanSheet
from quarterturn.profiles import base_profile
from quarterturn.summary import Event, summarise
from quarterturn.track import track_of
from quarterturn.tui.choose_profile import ChooseProfileScreen
from quarterturn.tui.choose_treadmill import ChooseTreadmillScreen
from quarterturn.tui.choose_workout import ChooseWorkoutScreen
from quarterturn.tui.help_screen import HelpScreen
from quarterturn.tui.history_screen import HistoryScreen
from quarterturn.tui.journal_list import journal_paths, read_entry
from quarterturn.tui.preflight_screen import PreflightScreen
from quarterturn.tui.summary_screen import SummaryScreen
from quarterturn.tui.widgets.plan_preview import PlanPreview
from quarterturn.tui.widgets.scale import Scale, YesNo
from quarterturn.tui.widgets.speed_plot import SpeedPlot
from quarterturn.workout.files import load_workout
from tui.host import UNSET, Host, Looks, in_each_look, press, settled, showing, shown

pytestmark = pytest.mark.real_time
DATA = Path(__file__).parents[1] / "data"
LINK_LOST = DATA / "journal-link-lost.jsonl"
SHEET = PlanSheet.of(make_plan(load_workout("circle"), base_profile("home-beginner"), None), None)


def walked(*headings: tuple[str, float, float], reason: str = "completed") -> list[dict[str, Any]]:
    """Return the events of a walk: heading, highest speed and cap of each of its minutes."""
    events: list[dict[str, Any]] = [
        {
            "t": 0.0,
            "event": "plan",
            "workout": "Circle",
            "profile": "home-beginner",
            "planned_s": {heading: 60.0 for heading, _, _ in headings},
        }
    ]
    t = 0.0
    for index, (heading, kmh, cap_kmh) in enumerate(headings):
        phase = {"index": index, "heading": heading, "target_speed_kmh": cap_kmh}
        events.append(
            {
                "t": t,
                "event": "phase",
                **phase,
                "cap_kmh": cap_kmh,
                "duration_s": 60,
                "kind": "walk",
            }
        )
        reports = [(t + 1 + second, kmh) for second in range(59)] + [(t + 61, 0.0)]
        events += ({"t": at, "event": "telemetry", "speed_kmh": speed} for at, speed in reports)
        t += 65
    stop = {"command": "stop", "sent_t": t, "outcome": "confirmed"}
    events.append({"t": t, "event": "command", **stop})
    ended = {"reason": reason, "by": "plan", "cause": None, "belt_stopped": True}
    events.append({"t": t + 2, "event": "end", **ended})
    return events


CIRCLE = walked(
    ("forward", 3.0, 4.0), ("right", 1.0, 1.0), ("backward", 2.0, 2.0), ("left", 1.3, 1.0)
)


def summary_screen(events: list[Event] | None = None, *, ask: bool = True) -> SummaryScreen:
    found = CIRCLE if events is None else events
    return SummaryScreen(summarise(found), None, None, ask=ask, samples=track_of(found))


def words(app: Host) -> str:
    return "\n".join(str(part.render()) for part in app.screen.query(Static))


# --- the summary ---------------------------------------------------------------------------------


async def test_the_table_tells_time_above_the_cap() -> None:
    async with showing(summary_screen()) as (app, _):
        told = words(app)
        assert "▼ backward    01:00   01:00      2.0   2.0       0 s" in told
        assert "◀ left        01:00   01:00      1.3   1.0    60.0 s" in told


async def test_a_fault_is_told_with_its_cause() -> None:
    events = list(read_journal(LINK_LOST).events())
    async with showing(summary_screen(events)) as (app, _):
        assert "Fault by monitor (link lost); the belt stands" in words(app)
        assert "⚠ fault: link lost" in words(app)


async def test_an_end_that_the_events_lack_is_taken_from_who_saw_it() -> None:
    summary = summarise(CIRCLE[:-1])
    end = {"event": "end", "reason": "stopped", "by": "walker", "belt_stopped": True}
    async with showing(SummaryScreen(summary, None, end, ask=False)) as (app, _):
        assert "Stopped by walker; the belt stands" in words(app)


async def test_a_record_that_breaks_off_says_what_is_not_known() -> None:
    async with showing(summary_screen(CIRCLE[:-1], ask=False)) as (app, _):
        assert "how this session ended is not known" in words(app)
        assert "pull the red key" in words(app)


async def test_without_reports_the_plan_is_plotted_and_that_is_said() -> None:
    summary = summarise(CIRCLE)
    async with showing(SummaryScreen(summary, SHEET, None, ask=False)) as (app, pilot):
        assert "The plot shows the plan" in words(app)
        assert "▼ backward" in await shown(pilot)


# --- the questions -------------------------------------------------------------------------------


async def test_the_questions_are_answered_by_keys() -> None:
    async with showing(summary_screen()) as (app, pilot):
        await press(app, pilot, "enter", "4", "enter", "0", "enter", "n", "enter", "1", "0")
        await press(app, pilot, "enter", "enter")
        assert app.result == Feedback(effort=4, pain=0, dizzy=False, confidence=10)


async def test_the_anchor_of_an_effort_is_read_beside_it() -> None:
    async with showing(summary_screen()) as (app, pilot):
        await press(app, pilot, "enter", "5")
        assert "5: hard" in str(app.screen.query_one("#effort", Scale).render())


async def test_the_arrow_keys_reach_both_ends_and_backspace_takes_an_answer_back() -> None:
    async with showing(summary_screen()) as (app, pilot):
        effort = app.screen.query_one("#effort", Scale)
        await press(app, pilot, "enter", "right")
        assert effort.marked == 0
        await press(app, pilot, *["right"] * 12)
        assert effort.marked == 10
        await press(app, pilot, "left")
        assert effort.marked == 9
        await press(app, pilot, "backspace")
        assert effort.marked is None


async def test_the_questions_are_answered_by_mouse() -> None:
    async with showing(summary_screen(), (100, 50)) as (app, pilot):
        await pilot.click("#pain", offset=(2 + 4 * 7, 1))
        await pilot.click("#dizzy", offset=(7, 1))
        await pilot.click("#done")
        await settled(app, pilot)
        assert app.result == Feedback(pain=7, dizzy=False)


@pytest.mark.parametrize(("keys", "warned"), [(["5"], False), (["6"], True)])
async def test_much_pain_is_answered_with_a_warning(keys: list[str], warned: bool) -> None:
    async with showing(summary_screen()) as (app, pilot):
        await press(app, pilot, "enter", "enter", *keys)
        assert app.screen.query_one("#warning").display is warned
        assert WARNING in words(app)


async def test_dizziness_is_answered_with_a_warning() -> None:
    async with showing(summary_screen()) as (app, pilot):
        await press(app, pilot, "enter", "enter", "enter", "y")
        assert app.screen.query_one("#warning").display


async def test_every_question_can_be_left_out() -> None:
    async with showing(summary_screen()) as (app, pilot):
        await press(app, pilot, *["enter"] * 6)
        assert app.result is None


async def test_escape_leaves_all_of_them_out() -> None:
    async with showing(summary_screen()) as (app, pilot):
        await press(app, pilot, "enter", "4", "escape")
        assert app.result is None


async def test_nobody_is_asked_of_a_session_of_the_past() -> None:
    async with showing(summary_screen(ask=False)) as (app, pilot):
        assert not app.screen.query(Scale)
        assert not app.screen.query(Button)
        await press(app, pilot, "enter")
        assert app.result is None


# --- the sessions so far -------------------------------------------------------------------------


@pytest.fixture
def journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    folder = tmp_path / "journals"
    folder.mkdir()
    return folder


def keep(folder: Path, name: str, events: list[Event]) -> Path:
    path = folder / f"{name}.jsonl"
    header = {"journal": 2, "started": f"{name[:10]}T18:05:01+00:00", "workout": "Circle"}
    lines = [header, *({"kind": "event", "t": it["t"], "event": it} for it in events)]
    lines.append({"kind": "wire", "at": 900.0, "dir": "out", "n": 9, "op": "disconnect"})
    told = (json.dumps(line, separators=(",", ":")) for line in lines)
    path.write_text("\n".join(told) + "\n", encoding="utf-8")
    return path


def fill(folder: Path) -> None:
    keep(folder, "2026-11-20-180501-circle", CIRCLE)
    shutil.copy(LINK_LOST, folder / "2026-11-19-070203-circle.jsonl")
    whole = LINK_LOST.read_bytes()
    (folder / "2026-11-18-070203-circle.jsonl").write_bytes(whole[:30_000])
    (folder / "2026-11-17-070203-x.jsonl").write_text("no journal\n", encoding="utf-8")
    (folder / "2026-11-16-070203-y.jsonl").write_bytes(b"")


def rows(app: Host) -> list[str]:
    return [str(it.prompt) for it in app.screen.query_one(OptionList).options]


def test_the_newest_stands_first_and_each_says_how_it_ended(journals: Path) -> None:
    fill(journals)
    entries = [read_entry(path) for path in journal_paths(journals)]
    assert [(it.started, it.ended, it.problem) for it in entries] == [
        ("2026-11-20 18:05", "completed", None),
        ("2026-11-19 07:02", "fault", None),
        ("2026-11-18 07:02", "breaks off", None),
        ("", "", "not a journal: its first line says what it is"),
        ("", "", "the file is empty"),
    ]


def test_a_file_that_cannot_be_read_says_so(journals: Path) -> None:
    (journals / "2026.jsonl").mkdir()
    assert read_entry(journals / "2026.jsonl").problem == "Is a directory"


async def test_a_session_is_opened_with_its_plot_and_closed_again(journals: Path) -> None:
    fill(journals)
    write_feedback(journals / "2026-11-20-180501-circle.jsonl", Feedback(effort=3, dizzy=False))
    async with showing(HistoryScreen()) as (app, pilot):
        await press(app, pilot, "enter")
        assert isinstance(app.screen, SummaryScreen)
        assert "Said afterwards  effort 3, dizzy no" in words(app)
        assert "▼ backward" in await shown(pilot)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, HistoryScreen)
        await press(app, pilot, "escape")
        assert app.result is None


async def test_a_damaged_journal_is_shown_as_far_as_it_goes(journals: Path) -> None:
    fill(journals)
    async with showing(HistoryScreen()) as (app, pilot):
        await press(app, pilot, "down", "down", "enter")
        assert "This record is damaged" in words(app)
        assert "cut short: the writer was killed in this line" in words(app)


async def test_what_is_no_journal_says_so_in_place(journals: Path) -> None:
    fill(journals)
    async with showing(HistoryScreen()) as (app, pilot):
        await press(app, pilot, "down", "down", "down", "enter")
        assert isinstance(app.screen, HistoryScreen)
        assert "not a journal" in str(app.screen.query_one("#told", Static).render())


async def test_broken_feedback_is_told_beside_the_session(journals: Path) -> None:
    path = keep(journals, "2026-11-20-180501-circle", CIRCLE)
    feedback_path(path).write_text("{", encoding="utf-8")
    async with showing(HistoryScreen()) as (app, pilot):
        await press(app, pilot, "enter")
        assert "feedback.json: it is not JSON" in words(app)


async def test_a_session_is_opened_by_a_click(journals: Path) -> None:
    fill(journals)
    async with showing(HistoryScreen()) as (app, pilot):
        lines = (await shown(pilot)).splitlines()
        row = next(index for index, line in enumerate(lines) if "2026-11-19" in line)
        await pilot.click(offset=(6, row))
        await settled(app, pilot)
        assert "Fault by monitor (link lost)" in words(app)


async def test_without_a_session_it_says_where_they_will_stand(journals: Path) -> None:
    async with showing(HistoryScreen()) as (app, pilot):
        assert f"They will stand in {journals}." in words(app)
        await press(app, pilot, "enter")
        assert app.result is UNSET


async def test_a_list_of_many_reads_the_two_ends_of_each(
    journals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(500):
        keep(journals, f"2026-01-01-{number:06}-circle", CIRCLE[:1])

    def never(_: Path) -> None:
        raise AssertionError("a whole journal was read")

    monkeypatch.setattr("quarterturn.tui.history_screen.read_journal", never)
    async with showing(HistoryScreen()) as (app, _):
        assert len(rows(app)) == 500
        assert rows(app)[0].startswith("? 2026-01-01")


# --- help ----------------------------------------------------------------------------------------


async def help_of(app: Host, pilot: Pilot[None]) -> str:
    screen = HelpScreen.about(app.screen)
    await app.push_screen(screen)
    await settled(app, pilot)
    return screen._markdown


async def test_help_begins_with_what_has_the_focus() -> None:
    async with showing(summary_screen()) as (app, pilot):
        await press(app, pilot, "enter")
        told = await help_of(app, pilot)
        assert told.startswith("## A number from 0 to 10")
        assert "## What it came to" in told
        assert "No answer" in told
        assert "The emergency stop is the red key" in told
        assert "docs/safety-case.md" in told


async def test_help_is_closed_with_escape_and_the_screen_is_as_it_was() -> None:
    async with showing(summary_screen()) as (app, pilot):
        await press(app, pilot, "enter", "4")
        await help_of(app, pilot)
        await press(app, pilot, "down", "escape")
        assert app.screen.query_one("#effort", Scale).marked == 4
        assert app.result is UNSET


@pytest.mark.parametrize(
    "kind",
    [
        ChooseProfileScreen,
        ChooseTreadmillScreen,
        ChooseWorkoutScreen,
        HistoryScreen,
        PlanPreview,
        PreflightScreen,
        Scale,
        SpeedPlot,
        SummaryScreen,
        YesNo,
    ],
)
def test_every_screen_and_part_has_help_of_its_own(kind: type[Widget]) -> None:
    assert "HELP" in vars(kind)
    assert str(kind.HELP).startswith("## ")


# --- how they look -------------------------------------------------------------------------------


async def to_the_warning(app: Host, pilot: Pilot[None]) -> None:
    await press(app, pilot, "enter", "4", "enter", "7")


async def open_help(app: Host, pilot: Pilot[None]) -> None:
    await press(app, pilot, "enter")
    await app.push_screen(HelpScreen.about(app.screen))


LOOKS = {
    "summary": Looks(lambda: summary_screen(ask=False)),
    "summary-warning": Looks(summary_screen, to_the_warning),
}


@in_each_look
@pytest.mark.parametrize("name", LOOKS)
def test_the_summary_looks_as_kept(
    screens: SnapshotAssertion, name: str, size: tuple[int, int], theme: str
) -> None:
    assert LOOKS[name].of(size, theme) == screens


HISTORY = Looks(HistoryScreen)


@in_each_look
def test_the_history_looks_as_kept(
    screens: SnapshotAssertion,
    size: tuple[int, int],
    theme: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    # The folder is shown: it has to be the same wherever the tests run.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUARTERTURN_HOME", ".")
    folder = Path("journals")
    folder.mkdir()
    fill(folder)
    assert HISTORY.of(size, theme) == screens


HELP = Looks(summary_screen, open_help)


@in_each_look
def test_help_looks_as_kept(
    screens: SnapshotAssertion, size: tuple[int, int], theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quarterturn.tui.help_screen._docs_folder", lambda: None)
    assert HELP.of(size, theme) == screens
