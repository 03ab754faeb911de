"""An application with nothing but our themes and one screen, and what the screen shows as text."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from quarterturn.tui.themes import THEMES
from tui.dumps import dump

SIZES = ((60, 20), (100, 30), (200, 50))
THEME_NAMES = tuple(theme.name for theme in THEMES)
UNSET = object()
_CHARACTERS = {"space": " ", "enter": "\r", "escape": "\x1b", "tab": "\t"}

in_each_look = pytest.mark.parametrize(
    ("size", "theme"),
    [
        pytest.param(size, theme, id=f"{size[0]}x{size[1]}-{theme}")
        for size in SIZES
        for theme in THEME_NAMES
    ],
)


class Host(App[None]):
    """Shows one screen and keeps its result."""

    CSS_PATH = None
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, shown: Screen[Any], theme: str = "quarterturn") -> None:
        super().__init__()
        for each in THEMES:
            self.register_theme(each)
        self.theme = theme
        self.animation_level = "none"
        self.shown = shown
        self.result: Any = UNSET

    def on_mount(self) -> None:
        self.push_screen(self.shown, self._keep)

    def _keep(self, result: Any) -> None:
        self.result = result


@asynccontextmanager
async def showing(
    screen: Screen[Any], size: tuple[int, int] = (80, 24), theme: str = "quarterturn"
) -> AsyncIterator[tuple[Host, Pilot[None]]]:
    app = Host(screen, theme)
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        yield app, pilot


async def settled(app: Host, pilot: Pilot[None]) -> None:
    """Wait until nothing is at work and all messages are through.

    The pilot's own pauses wait for the processor to be idle, which on a busy machine it never is.
    """
    await _through(pilot)
    while len(app.workers):
        await app.workers.wait_for_complete()
        await _through(pilot)


async def _through(pilot: Pilot[None]) -> None:
    """Wait until a message has gone from the application to a widget and its answer back."""
    await pilot._wait_for_screen()
    await pilot._wait_for_screen()


async def press(app: Host, pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        one = len(key) == 1
        name = _character_to_key(key) if one else key
        app.post_message(events.Key(name, key if one else _CHARACTERS.get(key)))
        await _through(pilot)
        if key == "enter":  # whoever has the focus now may not have it in a moment
            await settled(app, pilot)
    await settled(app, pilot)


async def shown(pilot: Pilot[None]) -> str:
    """Return what the terminal shows once it is drawn, without its colours."""
    await pilot.pause()
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def type_in(app: Host, pilot: Pilot[None], text: str) -> None:
    """Fill the field at once, as a paste does, and wait for what the screen makes of it."""
    field = app.screen.query_one(Input)
    field.value = text
    await settled(app, pilot)
    # The field says so by a message of its own, behind which the work only begins.
    heard = asyncio.Event()
    field.call_after_refresh(heard.set)
    await heard.wait()
    await settled(app, pilot)


Drive = Callable[[Host, Pilot[None]], Awaitable[None]]


class Looks:
    """One screen in every look, drawn by one application that is resized and given other themes."""

    def __init__(self, make: Callable[[], Screen[Any]], drive: Drive | None = None) -> None:
        self._make = make
        self._drive = drive
        self._drawn: dict[tuple[tuple[int, int], str], str] = {}

    def of(self, size: tuple[int, int], theme: str) -> str:
        """Return a look as text."""
        if not self._drawn:
            asyncio.run(self._draw())
        return self._drawn[size, theme]

    async def _draw(self) -> None:
        async with showing(self._make(), SIZES[0]) as (app, pilot):
            if self._drive is not None:
                await self._drive(app, pilot)
            for field in app.screen.query(Input):
                field.cursor_blink = False
            for size in SIZES:
                await pilot.resize_terminal(*size)
                for theme in THEME_NAMES:
                    app.theme = theme
                    await settled(app, pilot)
                    await pilot.pause()
                    self._drawn[size, theme] = dump(app)
