"""The session screen in a terminal: what fits, what a mouse asks, and what is left alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget

from quarterturn.plan_sheet import PlanSheet
from quarterturn.settings import Settings
from quarterturn.tui.session_screen import SessionScreen
from quarterturn.tui.view import Mode
from quarterturn.tui.widgets.big_digits import BigDigits, BigText
from quarterturn.tui.widgets.drawn import Drawn
from quarterturn.tui.widgets.fault_panel import FaultPanel
from quarterturn.tui.widgets.poster import Poster
from quarterturn.tui.widgets.stop_bar import IntentButton, StopBar
from tui.dumps import dump
from tui.walk_states import SHEET, STATES, Walking, snapshot

pytestmark = pytest.mark.real_time

SIZES = ((60, 20), (100, 30), (200, 50))


@asynccontextmanager
async def shown(
    state: str,
    size: tuple[int, int] = (100, 30),
    mode: Mode = Mode.NORMAL,
    settings: Settings | None = None,
) -> AsyncIterator[tuple[Walking, Pilot[None]]]:
    screen = SessionScreen(mode=mode, settings=settings)
    app = Walking(screen)
    async with app.run_test(size=size) as pilot:
        STATES[state](screen)
        await pilot.pause()
        yield app, pilot


def text_of(app: Walking) -> list[str]:
    return dump(app).split("--- styles")[0].splitlines()


def rows_of(widget: Widget) -> int:
    """Return how many rows of a drawn widget show something."""
    assert isinstance(widget, Drawn)
    return sum(any(cell != (" ", None, None) for cell in line) for line in widget._lines)


async def show(app: Walking, pilot: Pilot[None], state: str) -> None:
    """Show another state, with nothing left of the one before."""
    app.session.show_plan(SHEET)
    STATES[state](app.session)
    await pilot.pause()


in_every_size = pytest.mark.parametrize("size", SIZES, ids=str)


@in_every_size
async def test_word_shape_number_and_stop_are_seen_in_every_size(size: tuple[int, int]) -> None:
    async with shown("forward", size) as (app, pilot):
        for state in ("forward", "announced", "countdown", "backward"):
            await show(app, pilot, state)
            assert rows_of(app.session.query_one("#number")) >= 7, state
            assert rows_of(app.session.query_one("#word")) >= 4, state
            assert rows_of(app.session.query_one("#shape")) >= 5, state
            assert any("STOP: space, s, Esc" in it and "red key" in it for it in text_of(app))


@in_every_size
async def test_speed_target_cap_and_reason_are_seen_in_every_size(size: tuple[int, int]) -> None:
    async with shown("forward", size) as (app, pilot):
        for state in ("forward", "announced", "ready", "pause", "slowing"):
            await show(app, pilot, state)
            lines = text_of(app)
            assert any("belt " in it and "target " in it and "cap " in it for it in lines), state
            assert any("home-beginner" in it for it in lines), state
            assert any("incline" in it and "heart 96 bpm" in it for it in lines), state


@in_every_size
async def test_every_step_of_a_turn_is_readable_in_every_size(size: tuple[int, int]) -> None:
    async with shown("ready", size) as (app, _):
        text = " ".join(text_of(app))
        for words in ("Step to the side rails.", "Hold the rail.", "READY: hold Enter."):
            assert words in text
        assert rows_of(app.session.query_one("#word")) >= 4


@in_every_size
async def test_not_forward_there_is_one_word_one_number_and_one_bar(size: tuple[int, int]) -> None:
    async with shown("backward", size) as (app, _):
        seen = {it.id for it in app.session.query("#walk *") if it.id and it.region and it.display}
        held = {"faces", "face", "words", "hero"}
        assert seen - held == {"word", "shape", "number", "bar"}


@in_every_size
async def test_a_fault_fills_the_screen_but_for_the_way_to_stop(size: tuple[int, int]) -> None:
    async with shown("fault", size) as (app, pilot):
        for state, rows in (("fault", 7), ("red-key", 14)):
            await show(app, pilot, state)
            panel = app.session.query_one(FaultPanel).region
            bar = app.session.query_one(StopBar).region
            assert panel.width == size[0]
            assert panel.height + bar.height == size[1]
            assert rows_of(app.session.query_one("FaultPanel BigDigits")) >= rows


async def test_what_is_stale_is_seen_even_where_little_else_is() -> None:
    async with shown("backward", (60, 20)) as (app, pilot):
        app.session.see(snapshot(3, 13.0, report_age_s=3.2))
        await pilot.pause()
        assert any("TREADMILL SILENT for 3 s" in line for line in text_of(app))


async def test_a_click_asks_and_decides_nothing() -> None:
    async with shown("forward") as (app, pilot):
        await pilot.click(StopBar)
        for button in app.session.query(IntentButton):
            if button.display:
                await pilot.click(button)
        await pilot.pause()
        assert app.asked == ["stop", "pause", "slower", "skip", "finish"]


async def test_after_a_crash_the_mouse_can_acknowledge() -> None:
    async with shown("recovering", (60, 20)) as (app, pilot):
        [button] = [it for it in app.session.query(IntentButton) if it.display]
        await pilot.click(button)
        await pilot.pause()
        assert app.asked == ["acknowledge"]


@pytest.mark.parametrize("mode", [Mode.FAR, Mode.MIRROR])
async def test_where_only_a_picture_is_shown_a_click_anywhere_is_stop(mode: Mode) -> None:
    async with shown("forward", mode=mode) as (app, pilot):
        await pilot.click(offset=(3, 3))
        await pilot.pause()
        assert app.asked == ["stop"]


async def test_no_key_has_a_meaning_here_and_nothing_takes_the_focus() -> None:
    async with shown("forward") as (app, pilot):
        await pilot.press("tab", "enter", "p", "space")
        assert app.focused is None
        assert app.asked == []


async def test_a_snapshot_that_says_nothing_new_draws_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with shown("forward") as (app, pilot):
        drawn: list[Widget] = []
        plain = Widget.refresh

        def refresh(widget: Widget, *regions: Region, **more: Any) -> Widget:
            drawn.append(widget)
            return plain(widget, *regions, **more)

        monkeypatch.setattr(Widget, "refresh", refresh)
        app.session.see(snapshot(0, 192.5, speed_kmh=2.9, report_age_s=0.5))
        await pilot.pause()
        assert drawn == []
        app.session.see(snapshot(0, 193.5, speed_kmh=2.9, distance_m=123.0))
        await pilot.pause()
        number = app.session.query_one("#number")
        assert drawn
        assert all(number in (it, it.parent) for it in drawn)


async def test_the_modes_are_changed_while_it_is_shown() -> None:
    async with shown("backward") as (app, pilot):
        before = dump(app)
        for mode in (Mode.FAR, Mode.MIRROR):
            app.session.set_mode(mode)
            await pilot.pause()
            assert app.session.query_one(Poster).region.size == app.size
        app.session.set_mode(Mode.NORMAL)
        await pilot.pause()
        assert dump(app) == before


async def test_a_mirror_turns_the_mirrored_picture_back() -> None:
    async with shown("ready", mode=Mode.MIRROR) as (app, _):
        mirrored = app.session.query_one(Poster)
        value, size = mirrored._value, mirrored.content_size
        assert value is not None
        plain = mirrored.draw(replace(value, mirrored=False), *size)
        assert [line[::-1] for line in mirrored._lines] == plain


async def test_names_from_files_are_shown_as_they_are_and_move_no_cursor() -> None:
    async with shown("forward") as (app, pilot):
        sheet = replace(SHEET, workout="[red]x[/] \x1b[2J")
        app.session.show_plan(PlanSheet.read(sheet.as_object()))
        app.session.see(snapshot(0, 10.0, workout=sheet.workout))
        await pilot.pause()
        assert "[red]x[/] ?[2J · phase 1 of 6" in text_of(app)[0]


async def test_the_settings_name_the_keys_and_the_unit() -> None:
    settings = Settings(units="mph", ready="twice", keymap={**Settings().keymap, "ready": "r"})
    async with shown("ready", settings=settings) as (app, _):
        text = " ".join(text_of(app))
        assert "READY: press R twice." in text
        assert "0.0 mph" in text


@pytest.mark.parametrize("mode", Mode)
async def test_no_size_is_too_small_to_go_on(mode: Mode) -> None:
    async with shown("forward", (59, 19), mode) as (app, pilot):
        for size in ((1, 1), (20, 5), (40, 10), (300, 12)):
            await pilot.resize_terminal(*size)
            for state in ("forward", "ready", "red-key"):
                await show(app, pilot, state)


async def test_what_is_heard_after_the_screen_is_gone_harms_nothing() -> None:
    async with shown("forward") as (app, pilot):
        session = app.session
        await app.pop_screen()
        session.see(snapshot(3, 12.0))
        await pilot.pause()


async def test_the_seconds_go_on_where_snapshots_come_seldom() -> None:
    async with shown("forward") as (app, pilot):
        now_s = app.session._now_s()
        app.session._now_s = lambda: now_s + 0.7  # type: ignore[method-assign]
        await pilot.pause(0.6)
        number = app.session.query_one("#number")
        assert isinstance(number, BigDigits)
        assert number._value == BigText(("1:47",), "foreground")
