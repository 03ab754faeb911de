"""The choice of a workout, by keyboard and by mouse."""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from quarterturn.configs import shipped_folder
from quarterturn.model import MachineRecord
from quarterturn.profiles import base_profile
from quarterturn.tui.choose_workout import ChooseWorkoutScreen
from quarterturn.tui.widgets.plan_preview import PlanPreview
from quarterturn.tui.workout_list import workout_groups
from quarterturn.workout.files import workout_names
from tui.host import (
    UNSET,
    Host,
    Looks,
    in_each_look,
    press,
    settled,
    showing,
    shown,
    type_in,
)

pytestmark = pytest.mark.real_time
BEGINNER = base_profile("home-beginner")
CLINIC = base_profile("clinic")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    return tmp_path


def screen(record: MachineRecord | None = None) -> ChooseWorkoutScreen:
    return ChooseWorkoutScreen(BEGINNER, record, 2026)


def preview_of(app: Host) -> str:
    return "\n".join(str(part.render()) for part in app.screen.query_one(PlanPreview).query(Static))


def marked(app: Host) -> str:
    option = app.screen.query_one(OptionList).highlighted_option
    return "" if option is None else str(option.prompt).strip()


# --- which workouts are offered ------------------------------------------------------------------


def test_the_first_lesson_stands_first() -> None:
    assert workout_groups()[0].entries[0].name == "first-lesson"


def test_every_workout_is_on_offer() -> None:
    offered = {entry.name for group in workout_groups() for entry in group.entries}
    assert offered == set(workout_names())


def test_the_days_of_a_programme_stand_in_its_order() -> None:
    programme = next(group for group in workout_groups() if group.title == "Programme Six weeks")
    assert [entry.label for entry in programme.entries][:4] == [
        "week 1, day 1: week-1",
        "week 1, day 3: week-1",
        "week 1, day 5: week-1",
        "week 2, day 1: week-2",
    ]


def test_a_broken_programme_offers_its_workouts_and_says_what_is_wrong(home: Path) -> None:
    folder = home / "workouts" / "mine"
    folder.mkdir(parents=True)
    circle = (shipped_folder() / "workouts" / "circle.toml").read_text(encoding="utf-8")
    (folder / "one.toml").write_text(circle, encoding="utf-8")
    (folder / "programme.toml").write_text("name = 3\n", encoding="utf-8")
    mine = next(group for group in workout_groups() if group.title == "Programme mine")
    assert [entry.name for entry in mine.entries] == ["mine/one"]
    assert any("programme.toml:1" in problem for problem in mine.problems)


# --- by keyboard ---------------------------------------------------------------------------------


async def test_enter_takes_the_workout_that_is_marked() -> None:
    async with showing(screen()) as (app, pilot):
        await press(app, pilot, "down", "enter")
        assert app.result == "backward-intervals"


async def test_enter_right_behind_a_move_of_the_mark_is_not_lost() -> None:
    chooser = screen()
    async with showing(chooser) as (app, pilot):
        chooser.action_move(1)
        chooser.action_choose()  # before the list has said that its mark has moved
        await settled(app, pilot)
        await settled(app, pilot)
        assert app.result == "backward-intervals"


async def test_typing_filters_and_the_first_match_is_marked() -> None:
    async with showing(screen()) as (app, pilot):
        await press(app, pilot, *"cir")
        assert marked(app) == "circle"
        await press(app, pilot, "enter")
        assert app.result == "circle"


async def test_a_day_of_a_programme_is_taken_by_its_path_name() -> None:
    async with showing(screen()) as (app, pilot):
        await type_in(app, pilot, "week-3 day 5")
        await press(app, pilot, "enter")
        assert app.result == "six-weeks/week-3"


async def test_typing_reaches_the_field_from_the_list() -> None:
    async with showing(screen()) as (app, pilot):
        app.screen.query_one(OptionList).focus()
        await press(app, pilot, "c", "i")
        assert app.screen.query_one(Input).value == "ci"
        assert marked(app) == "circle"


async def test_what_nothing_matches_cannot_be_chosen() -> None:
    async with showing(screen()) as (app, pilot):
        await type_in(app, pilot, "xyzzy")
        await press(app, pilot, "enter")
        assert app.result is UNSET
        assert app.screen.query_one(OptionList).option_count == 0


async def test_escape_goes_back_without_a_workout() -> None:
    async with showing(screen()) as (app, pilot):
        await press(app, pilot, "escape")
        assert app.result is None


async def test_a_path_is_offered_as_a_file(home: Path) -> None:
    circle = (shipped_folder() / "workouts" / "circle.toml").read_text(encoding="utf-8")
    path = home / "mine.toml"
    path.write_text(circle.replace('name = "Circle"', 'name = "Mine"'), encoding="utf-8")
    async with showing(screen()) as (app, pilot):
        await type_in(app, pilot, f"'{path}' ")
        assert "Mine" in preview_of(app)
        await press(app, pilot, "enter")
        assert app.result == str(path)


# --- by mouse ------------------------------------------------------------------------------------


async def test_a_click_takes_a_workout() -> None:
    async with showing(screen()) as (app, pilot):
        lines = (await shown(pilot)).splitlines()
        row = next(index for index, line in enumerate(lines) if line.startswith("   forward-base"))
        await pilot.click(offset=(8, row))
        await settled(app, pilot)
        assert app.result == "forward-base"


# --- the preview ---------------------------------------------------------------------------------


async def test_the_preview_names_every_cap_that_lowers_something() -> None:
    async with showing(ChooseWorkoutScreen(CLINIC, None, 2026)) as (app, pilot):
        await type_in(app, pilot, "circle")
        words = preview_of(app)
        assert "Lowered by caps" in words
        assert "clinic: backward walk 1.5 km/h (phase 4)" in words
        assert "clinic: side-step 0.8 km/h (phases 3, 5)" in words


async def test_the_preview_tells_time_distance_and_energy() -> None:
    async with showing(screen()) as (app, pilot):
        await type_in(app, pilot, "circle")
        words = preview_of(app)
        assert "12:00 · 6 phases · about 458 m · about 34 kcal" in words
        assert "▼ backward   01:00  up to 2.0 km/h  cap 2.0 km/h" in words


async def test_a_refused_plan_shows_why_and_cannot_be_chosen() -> None:
    async with showing(screen()) as (app, pilot):
        await type_in(app, pilot, "crossover")
        await press(app, pilot, "enter")
        assert app.result is UNSET
        assert "home-beginner has no side-step with crossover" in preview_of(app)


async def test_a_broken_file_shows_its_problems_in_place(home: Path) -> None:
    folder = home / "workouts"
    folder.mkdir()
    (folder / "odd.toml").write_text('name = "[bold]Odd[/]"\nwarm_up = 3\n', encoding="utf-8")
    async with showing(screen()) as (app, pilot):
        await type_in(app, pilot, "odd")
        await press(app, pilot, "enter")
        assert app.result is UNSET
        assert "odd.toml:2:1" in preview_of(app)


# --- how it looks --------------------------------------------------------------------------------


async def to_the_circle(app: Host, pilot: Pilot[None]) -> None:
    await press(app, pilot, "down", "down", "down")


async def to_a_refused_one(app: Host, pilot: Pilot[None]) -> None:
    await type_in(app, pilot, "crossover")


CHOICE = Looks(screen, to_the_circle)
REFUSED = Looks(screen, to_a_refused_one)


@in_each_look
def test_the_choice_of_a_workout_looks_as_kept(
    screens: SnapshotAssertion, size: tuple[int, int], theme: str
) -> None:
    assert CHOICE.of(size, theme) == screens


@in_each_look
def test_a_refused_workout_looks_as_kept(
    screens: SnapshotAssertion, size: tuple[int, int], theme: str
) -> None:
    assert REFUSED.of(size, theme) == screens
