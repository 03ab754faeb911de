"""The screen is there before the walk is prepared, and until then nothing can be started."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from quarterturn.exit_codes import UsageError
from quarterturn.settings import Settings
from quarterturn.tui.app import Prepared, WalkApp
from quarterturn.tui.session_screen import SessionScreen
from quarterturn.tui.widgets.stop_bar import StopBar
from tui.dumps import dump
from tui.fake_bridge import FakeBridge

pytestmark = pytest.mark.real_time

HEAVY = (
    "pydantic", "markdown_it", "importlib.metadata", "quarterturn.governor", "quarterturn.caps",
    "quarterturn.plan", "quarterturn.plugins", "quarterturn.client", "quarterturn.bridge.runtime",
)  # fmt: skip


@pytest.mark.parametrize(
    "module",
    ["quarterturn.tui.app", "quarterturn.commands.full_screen", "quarterturn.commands.demo"],
)
def test_the_first_frame_waits_for_nothing_that_only_a_walk_needs(module: str) -> None:
    # Textual's own imports count for nothing here.
    script = (
        "import sys, textual.app, textual.widgets\n"
        "before = set(sys.modules)\n"
        f"import {module}\n"
        f"print('imported:', *sorted({set(HEAVY)!r} & (set(sys.modules) - before)))"
    )
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "imported:"


class Preparing:
    """A display whose walk is never ready; ``begun`` once it is being prepared."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.bridge = FakeBridge()
        self.app = WalkApp(self._prepare, self.bridge.attach, Settings(ready="twice"))

    async def _prepare(self, _: WalkApp) -> Prepared | None:
        self.begun.set()
        await asyncio.Event().wait()
        return None


async def test_while_a_walk_is_prepared_the_screen_says_so_and_no_key_begins_anything() -> None:
    one = Preparing()
    async with one.app.run_test(size=(100, 30)) as pilot:
        await one.begun.wait()
        assert isinstance(one.app.screen, SessionScreen)
        assert "The walk is being prepared. No key starts " in dump(one.app)
        await pilot.press("enter", "enter", "r", "n", "m", "a", "c")
        assert one.app.is_running
        assert not one.bridge.attached.is_set()


async def left_by(stop: Callable[[Pilot[Any]], Awaitable[object]]) -> None:
    one = Preparing()
    async with one.app.run_test(size=(100, 30)) as pilot:
        await one.begun.wait()
        await stop(pilot)
    assert one.app.return_value is None
    assert one.app.failure is None
    assert not one.bridge.attached.is_set()


@pytest.mark.parametrize("key", ["space", "s", "escape", "ctrl+c"])
async def test_a_stop_key_leaves_what_is_being_prepared(key: str) -> None:
    await left_by(lambda pilot: pilot.press(key))


async def test_a_click_on_stop_leaves_what_is_being_prepared() -> None:
    await left_by(lambda pilot: pilot.click(StopBar))


async def test_what_keeps_a_walk_from_being_prepared_is_left_for_the_terminal() -> None:
    seen: list[object] = []

    async def prepare(app: WalkApp) -> Prepared:
        seen.append(type(app.screen))
        raise UsageError("no treadmill")

    app = WalkApp(prepare, FakeBridge().attach, Settings())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
    assert str(app.failure) == "no treadmill"
    assert seen == [SessionScreen]
