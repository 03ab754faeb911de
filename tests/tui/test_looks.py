"""How the session screen looks: in every size and theme, and at its rarer moments in one of each.

After a change that is meant: ``pytest tests/tui/test_looks.py --snapshot-update``, and look at it.
"""

import asyncio
from functools import cache
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from quarterturn.tui.session_screen import SessionScreen
from quarterturn.tui.themes import THEMES
from quarterturn.tui.view import Mode
from tui.dumps import dump
from tui.walk_states import STATES, Walking

SIZES = ((60, 20), (100, 30), (200, 50))
LOOKS = {
    **{name: (name, Mode.NORMAL) for name in ("forward", "backward", "ready", "red-key")},
    "far": ("backward", Mode.FAR),
    "mirror": ("backward", Mode.MIRROR),
}
MORE = {
    **{name: (name, Mode.NORMAL) for name in STATES if name not in LOOKS},
    "far-ready": ("ready", Mode.FAR),
    "far-stale": ("stale", Mode.FAR),
    "far-red-key": ("red-key", Mode.FAR),
    "mirror-ready": ("ready", Mode.MIRROR),
    "mirror-stale": ("stale", Mode.MIRROR),
    "mirror-red-key": ("red-key", Mode.MIRROR),
}


class Screens(SingleFileSnapshotExtension):
    """One text file for each screen."""

    _write_mode = WriteMode.TEXT
    _file_extension = "txt"


@cache
def looks_of(state: str, mode: Mode, size: tuple[int, int], *themes: str) -> dict[str, str]:
    """Return what one app shows in each theme."""

    async def show() -> dict[str, str]:
        screen = SessionScreen(mode=mode)
        app = Walking(screen)
        found = {}
        async with app.run_test(size=size) as pilot:
            STATES[state](screen)
            for theme in themes:
                app.theme = theme
                await pilot.pause()
                found[theme] = dump(app)
        return found

    return asyncio.run(show())


@pytest.fixture
def screens(snapshot: SnapshotAssertion) -> Any:
    return snapshot.use_extension(Screens)


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("look", LOOKS)
def test_the_session_looks_so(
    screens: SnapshotAssertion, look: str, size: tuple[int, int], theme: str
) -> None:
    state, mode = LOOKS[look]
    assert looks_of(state, mode, size, *(each.name for each in THEMES))[theme] == screens


@pytest.mark.parametrize("look", MORE)
def test_and_so_in_its_rarer_moments(screens: SnapshotAssertion, look: str) -> None:
    state, mode = MORE[look]
    assert looks_of(state, mode, (100, 30), THEMES[0].name)[THEMES[0].name] == screens
