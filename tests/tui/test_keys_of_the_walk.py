"""Which keys reach the walk, from wherever the focus is. req: S002-09"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual import events
from textual.app import ComposeResult
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Input

from quarterturn.exit_codes import ExitCode
from quarterturn.model import Heading
from quarterturn.profiles import base_profile
from quarterturn.ready import ReadyKeys
from quarterturn.settings import Settings
from quarterturn.tui.app import WalkApp
from quarterturn.tui.key_reading import HeldReady
from quarterturn.tui.session_screen import SessionScreen
from quarterturn.tui.themes import THEMES
from tui.fake_bridge import FakeBridge, walk_app

pytestmark = pytest.mark.real_time
AWAY = [Heading.RIGHT, Heading.BACKWARD, Heading.LEFT]


@asynccontextmanager
async def walking(bridge: FakeBridge, app: WalkApp) -> AsyncIterator[Pilot[object]]:
    async with app.run_test(size=(100, 30)) as pilot:
        await bridge.attached.wait()
        bridge.shows(moving=False)
        await pilot.pause()
        yield pilot
        bridge.end()
        await pilot.pause()


class Dialog(ModalScreen[None]):
    def compose(self) -> ComposeResult:
        yield Input()


@pytest.mark.parametrize("heading", list(Heading))
async def test_a_stop_key_stops_the_moving_belt(heading: Heading) -> None:
    bridge = FakeBridge()
    async with walking(bridge, walk_app(bridge)) as pilot:
        bridge.shows(heading, moving=True)
        await pilot.press("space", "s", "escape")
        assert bridge.said == ["stop: key"] * 3


async def test_a_stop_key_stops_the_moving_belt_over_a_text_field() -> None:
    bridge = FakeBridge()
    app = walk_app(bridge)
    async with walking(bridge, app) as pilot:
        await app.push_screen(Dialog())
        await pilot.press("a", "b")
        field = app.screen.query_one(Input)
        bridge.shows(moving=True)
        await pilot.press("s")
        assert bridge.said == ["stop: key"]
        assert field.value == "ab"
        assert isinstance(app.screen, SessionScreen), "whoever stops sees what comes of it"


async def test_a_stop_key_stops_the_moving_belt_over_the_palette() -> None:
    bridge = FakeBridge()
    app = walk_app(bridge)
    async with walking(bridge, app) as pilot:
        await pilot.press("ctrl+p")
        assert isinstance(app.screen, CommandPalette)
        bridge.shows(moving=True)
        await pilot.press("escape")
        assert bridge.said == ["stop: key"]
        assert isinstance(app.screen, SessionScreen)


@pytest.mark.parametrize("step", ["countdown", "start"])
@pytest.mark.parametrize("key", ["s", "space", "escape"])
async def test_a_start_that_is_on_its_way_is_stopped_from_everywhere(step: str, key: str) -> None:
    bridge = FakeBridge()
    app = walk_app(bridge)
    async with walking(bridge, app) as pilot:
        bridge.tell("start", step=step)
        await app.push_screen(Dialog())
        await pilot.press(key)
        assert bridge.said == ["stop: key"], "the belt stands, but not for long"


@pytest.mark.parametrize("event", ["fault", "countdown", "end"])
async def test_nothing_covers_a_fault_a_countdown_or_an_end(event: str) -> None:
    bridge = FakeBridge()
    app = walk_app(bridge)
    async with walking(bridge, app) as pilot:
        await app.push_screen(Dialog())
        await app.push_screen(Dialog())
        match event:
            case "fault":
                bridge.tell("fault", fault="overspeed", action="stop", text="Too fast.")
            case "countdown":
                bridge.tell("start", step="countdown")
            case _:
                bridge.tell("end", reason="fault", by="bridge", cause="lost", belt_stopped=None)
        await pilot.pause()
        assert isinstance(app.screen, SessionScreen)
        await pilot.press("enter")


@pytest.mark.parametrize("moving", [False, True])
async def test_who_quits_by_the_palette_stops_the_walk_first(moving: bool) -> None:
    bridge = FakeBridge()
    app = walk_app(bridge)
    async with walking(bridge, app) as pilot:
        bridge.shows(moving=moving)
        await app.run_action("quit")
        await pilot.pause()
        assert bridge.said == ["stop: palette"]
        assert app.is_running


async def test_with_the_belt_at_rest_the_stop_keys_type() -> None:
    bridge = FakeBridge()
    app = walk_app(bridge)
    async with walking(bridge, app) as pilot:
        await app.push_screen(Dialog())
        await pilot.press("s", "space", "x", "p")
        assert app.screen.query_one(Input).value == "s xp"
        assert bridge.said == []


async def test_with_the_belt_at_rest_a_stop_key_ends_the_session_all_the_same() -> None:
    bridge = FakeBridge()
    async with walking(bridge, walk_app(bridge)) as pilot:
        await pilot.press("space")
        assert bridge.said == ["stop: key"]


@pytest.mark.parametrize("heading", AWAY)
async def test_facing_away_on_a_moving_belt_any_key_stops(heading: Heading) -> None:
    keys = ["x", "7", "tab", "up", "f1", "ctrl+p", "n", "backspace"]
    bridge = FakeBridge()
    async with walking(bridge, walk_app(bridge)) as pilot:
        bridge.shows(heading, moving=True)
        await pilot.press(*keys)
        assert bridge.said == ["stop: key"] * len(keys)


@pytest.mark.parametrize("heading", AWAY)
async def test_facing_away_slower_and_pause_are_no_stop(heading: Heading) -> None:
    bridge = FakeBridge()
    async with walking(bridge, walk_app(bridge)) as pilot:
        bridge.shows(heading, moving=True)
        await pilot.press("minus", "p", "enter")
        assert bridge.said == ["slower", "pause"]


async def test_a_profile_may_leave_stop_to_its_own_keys() -> None:
    bridge = FakeBridge()
    profile = replace(base_profile("home-beginner"), any_key_stops=False)
    async with walking(bridge, walk_app(bridge, profile=profile)) as pilot:
        bridge.shows(Heading.BACKWARD, moving=True)
        await pilot.press("x")
        assert bridge.said == []
        await pilot.press("space")
        assert bridge.said == ["stop: key"]


async def test_a_stop_before_the_bridge_is_met_lets_nothing_begin() -> None:
    bridge = FakeBridge()
    bridge.met.clear()
    app = walk_app(bridge)
    async with app.run_test() as pilot:
        await bridge.looked_for.wait()
        await pilot.press("space")
        bridge.met.set()
        await bridge.attached.wait()
        bridge.shows(moving=False)
        await pilot.pause(0.1)
    assert bridge.plan is None
    assert app.return_value is not None
    assert app.return_value.code == ExitCode.STOPPED


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+q"])
@pytest.mark.parametrize("moving", [False, True])
async def test_ctrl_c_and_ctrl_q_stop_whatever_is_shown(key: str, moving: bool) -> None:
    bridge = FakeBridge()
    app = walk_app(bridge)
    async with walking(bridge, app) as pilot:
        await app.push_screen(Dialog())
        bridge.shows(moving=moving)
        await pilot.press(key)
        assert bridge.said == ["stop: key"]


async def test_ready_is_two_presses_where_the_settings_say_so() -> None:
    bridge = FakeBridge()
    async with walking(bridge, walk_app(bridge)) as pilot:
        await pilot.press("enter")
        await pilot.pause(0.5)
        await pilot.press("enter")
        assert bridge.said == ["ready"]


async def test_no_key_of_a_dialog_is_a_ready() -> None:
    bridge = FakeBridge()
    app = walk_app(bridge)
    async with walking(bridge, app) as pilot:
        await app.push_screen(Dialog())
        await pilot.press("enter")
        await pilot.pause(0.5)
        await pilot.press("enter")
        assert bridge.said == []


async def test_pasted_text_asks_for_nothing_at_rest() -> None:
    bridge = FakeBridge()
    app = walk_app(bridge)
    async with walking(bridge, app) as pilot:
        app.post_message(events.Paste("pfn\r\r\r\r"))
        await pilot.pause()
        assert bridge.said == []


async def test_pasted_text_stops_a_belt_that_moves_when_it_holds_a_stop() -> None:
    bridge = FakeBridge()
    app = walk_app(bridge)
    async with walking(bridge, app) as pilot:
        bridge.shows(moving=True)
        app.post_message(events.Paste("a word "))
        await pilot.pause()
        assert bridge.said == ["stop: key"]


async def test_the_settings_choose_the_keys() -> None:
    bridge = FakeBridge()
    settings = Settings(ready="twice", keymap={**Settings().keymap, "pause": "k"})
    async with walking(bridge, walk_app(bridge, settings=settings)) as pilot:
        await pilot.press("k", "p")
        assert bridge.said == ["pause"]


async def test_what_a_key_is_refused_is_said() -> None:
    bridge = FakeBridge()
    app = walk_app(bridge)
    async with walking(bridge, app) as pilot:
        bridge.answer = replace(bridge.answer, accepted=False, text="the belt moves")
        notes: list[str] = []
        app.note = notes.append  # type: ignore[method-assign]
        await pilot.press("n")
        await pilot.pause()
        assert notes == ["skip: the belt moves"]


# --- held, by the times at which the terminal was read --------------------------------------------


def held(*times_s: float, key: str = "enter", character: str = "\r") -> list[bool]:
    reading = HeldReady(ReadyKeys("hold"))
    found = []
    for time_s in times_s:
        event = events.Key(key, character)
        event.time = time_s
        found.append(reading.key(event))
    return found


def test_a_held_key_is_a_ready_once_it_has_repeated_for_long_enough() -> None:
    repeats = [100.5 + 0.03 * n for n in range(30)]
    found = held(100.0, *repeats)
    assert found.count(True) == 1
    assert repeats[found.index(True) - 1] == pytest.approx(101.22, abs=0.03)


def test_keys_that_were_read_at_once_are_a_paste_and_no_hold() -> None:
    times_s = [100.0 + 0.25 * n + 0.0005 * m for n in range(10) for m in range(10)]
    assert not any(held(*times_s))


# --- what is not offered --------------------------------------------------------------------------


async def test_suspending_is_not_offered() -> None:
    bridge = FakeBridge()
    app = walk_app(bridge)
    async with walking(bridge, app):
        titles = [command.title.lower() for command in app.get_system_commands(app.screen)]
        assert "stop" in titles
        assert not [title for title in titles if "suspend" in title]
        assert "ctrl+z" not in app._bindings.key_to_bindings


async def test_the_themes_offered_are_those_in_which_headings_have_colours() -> None:
    bridge = FakeBridge()
    app = walk_app(bridge)
    async with walking(bridge, app):
        assert set(app.available_themes) == {theme.name for theme in THEMES}
        for theme in THEMES:
            app.theme = theme.name
            assert "heading-backward" in app.theme_variables


# --- mistakes of ours -----------------------------------------------------------------------------


async def test_a_display_that_breaks_leaves_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bridge = FakeBridge()
    app = walk_app(bridge)
    running = asyncio.create_task(app.run_async(headless=True, size=(100, 30)))
    await bridge.attached.wait()

    def broken() -> None:
        raise ZeroDivisionError

    app.call_later(broken)
    await running
    assert isinstance(app.failure, ZeroDivisionError)
    assert "Traceback" not in "".join(capsys.readouterr())


async def test_a_screen_that_is_refused_a_walk_leaves_with_the_words() -> None:
    bridge = FakeBridge()
    bridge.answer = replace(bridge.answer, accepted=False, text="a session is under way", code=2)
    app = walk_app(bridge)
    async with app.run_test() as pilot:
        await pilot.pause(0.1)
    walked = app.return_value
    assert walked is not None
    assert (walked.code, walked.refusal) == (2, "a session is under way")
