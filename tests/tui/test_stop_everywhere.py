"""Space, s and Escape stop a moving belt, whatever is shown. req: S002-09"""

import importlib
import pkgutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from textual.screen import Screen
from textual.widgets import Input

from quarterturn import tui
from quarterturn.person import NOBODY
from quarterturn.plan import make_plan
from quarterturn.preflight import Situation
from quarterturn.profiles import base_profile
from quarterturn.summary import summarise
from quarterturn.tui.choose_profile import ChooseProfileScreen
from quarterturn.tui.choose_treadmill import ChooseTreadmillScreen
from quarterturn.tui.choose_workout import ChooseWorkoutScreen
from quarterturn.tui.help_screen import HelpScreen
from quarterturn.tui.history_screen import HistoryScreen
from quarterturn.tui.page import Page
from quarterturn.tui.preflight_screen import PreflightScreen
from quarterturn.tui.session_screen import SessionScreen
from quarterturn.tui.summary_screen import SummaryScreen
from quarterturn.workout.files import load_workout
from tui.fake_bridge import FakeBridge, walk_app

pytestmark = pytest.mark.real_time
PROFILE = base_profile("home-beginner")


def _preflight() -> Screen[object]:
    plan = make_plan(load_workout("circle"), PROFILE, None, year=2026)
    return PreflightScreen(Situation(plan, PROFILE, NOBODY, date(2026, 1, 2)), None)  # type: ignore[return-value]


SCREENS: dict[type[Screen[object]], Callable[[Path], Screen[object]]] = {
    ChooseProfileScreen: lambda _: ChooseProfileScreen(),
    ChooseTreadmillScreen: lambda _: ChooseTreadmillScreen(),
    ChooseWorkoutScreen: lambda _: ChooseWorkoutScreen(PROFILE, None, 2026),
    HelpScreen: lambda _: HelpScreen("# Help"),
    HistoryScreen: HistoryScreen,
    PreflightScreen: lambda _: _preflight(),
    SummaryScreen: lambda _: SummaryScreen(summarise([]), None, None, ask=True),
}  # type: ignore[dict-item]


def test_every_screen_is_among_them() -> None:
    found = set()
    for module in pkgutil.walk_packages(tui.__path__, f"{tui.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            ours = isinstance(value, type) and value.__module__.startswith(tui.__name__)
            if ours and issubclass(value, Screen) and value not in (Page, SessionScreen):
                found.add(value)
    assert found == set(SCREENS)


@pytest.mark.parametrize("kind", SCREENS)
@pytest.mark.parametrize("key", ["space", "s", "escape"])
async def test_the_stop_keys_stop_a_moving_belt_over_every_screen(
    kind: type[Screen[object]], key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    bridge = FakeBridge()
    app = walk_app(bridge)
    async with app.run_test(size=(100, 30)) as pilot:
        await bridge.attached.wait()
        bridge.shows(moving=False)
        await app.push_screen(SCREENS[kind](tmp_path))
        await pilot.pause()
        fields = list(app.screen.query(Input))
        typed = [field.value for field in fields]
        bridge.shows(moving=True)
        await pilot.press(key)
        assert bridge.said == ["stop: key"]
        assert [field.value for field in fields] == typed
        assert isinstance(app.screen, SessionScreen), "whoever stops sees what comes of it"
        bridge.end()
        await pilot.pause()
