"""The screen while a walk is under way: it shows what the bridge says, and decides nothing.

It owns no rule and no time: between two snapshots it counts down from the last one.
"""

import asyncio
import math
from typing import TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from quarterturn.plan_sheet import PlanSheet
from quarterturn.protocol import Snapshot
from quarterturn.session.vocabulary import Event, Intent
from quarterturn.settings import Settings
from quarterturn.tui.pixels import Shape
from quarterturn.tui.tracker import Tracker
from quarterturn.tui.view import Level, Mode, Stage, WalkView
from quarterturn.tui.widgets.big_digits import BigDigits, BigText, ColouredShape, ShapeBox
from quarterturn.tui.widgets.compass import Compass, Way
from quarterturn.tui.widgets.fault_panel import FaultPanel
from quarterturn.tui.widgets.lines import Line
from quarterturn.tui.widgets.phase_bar import PhaseBar, Progress
from quarterturn.tui.widgets.poster import Bill, Poster
from quarterturn.tui.widgets.speed_gauge import SpeedGauge
from quarterturn.tui.widgets.stop_bar import IntentButtons, Pressed, StopBar

W = TypeVar("W", bound=Widget)

_LOOK_AGAIN_S = 0.25
# A demonstration lets a minute pass in a second; drawing all of it would hold up the signs of life.
_MOST_A_SECOND, _MOST_AT_ONCE = 10, 100
_AT_ONCE = ("fault", "end")
"""How often the countdown is looked at between snapshots; it is drawn when its second changes."""


class SessionScreen(Screen[None]):
    """A walk as it goes: normal, flipped for a mirror, or to be read from afar."""

    ALLOW_SELECT = False  # a click that slips a little is a click
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual types it as its own
        (0, "-narrow"),
        (90, "-normal"),
        (150, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-low"),
        (28, "-middle"),
        (42, "-high"),
    ]
    DEFAULT_CSS = """
    SessionScreen {
        background: $background;
        color: $foreground;
        layout: vertical;

        #walk { height: 1fr; width: 100%; }
        #top { height: 1; width: 100%; color: $foreground 70%; }
        #title { width: 1fr; height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
        #link { width: auto; max-width: 50%; height: 1; text-align: right; padding: 0 0 0 1; }
        &.-stale #link { background: $warning; color: $background; text-style: bold; }
        #faces { height: 1fr; width: 100%; }
        #face { height: 100%; width: 1fr; }
        #words { height: 4; width: 100%; }
        #word { height: 100%; width: 1fr; }
        #mini { height: 100%; width: 12; }
        #compass { height: 100%; width: 24; display: none; }
        #hero { height: 1fr; width: 100%; }
        #shape { height: 100%; width: 16; }
        #number { height: 100%; width: 1fr; }
        #steps { height: 100%; width: 1fr; content-align: left middle; text-style: bold; }
        #where { height: 100%; width: 14; display: none; }
        #action { height: 1; width: 100%; text-align: center; text-style: bold; }
        #upcoming { height: 1; width: 100%; text-align: center; color: $foreground 80%; }
        #said { height: 1; width: 100%; text-align: center; color: $foreground 80%;
                text-wrap: nowrap; text-overflow: ellipsis; display: none; }
        #gauge { height: 2; width: 100%; }
        #vitals { height: 1; width: 100%; }
        #bar { height: 1; width: 100%; }
        #fault { height: 1fr; width: 100%; }
        #poster { height: 1fr; width: 100%; }

        &.-narrow.-steps {
            #mini { display: none; }
            #where { display: block; }
        }
        &.-narrow.-silent {
            #action { display: none; }
            #vitals { height: 2; }
        }
        &.-normal, &.-wide {
            #walk { padding: 0 1; }
            #mini { display: none; }
            #compass { display: block; width: 24; }
            #shape { width: 26; }
        }
        &.-wide {
            #compass { width: 46; }
            #shape { width: 42; }
        }
        &.-middle, &.-high {
            #gauge { height: 3; margin: 1 0 0 0; }
            #bar { height: 2; margin: 1 0; }
            #said { display: block; }
        }
        &.-high {
            #words { height: 8; }
            #bar { height: 3; }
            StopBar { height: 3; }
            #buttons { height: 3; }
        }
        &.-quiet {
            #top, #compass, #mini, #said, #upcoming, #gauge, #vitals, #buttons { display: none; }
            #shape { width: 20%; padding: 0 1 0 0; }
            #words { height: 30%; min-height: 4; }
            #bar { margin: 0; }
        }
        &.-quiet.-stale #top { display: block; }
        &.-quiet.-silent #action { display: none; }
        &.-alarm StopBar { background: $background; color: $error; }
    }
    """

    class Asked(Message):
        """Somebody asked for something with the mouse; whether it is so is decided elsewhere."""

        def __init__(self, intent: Intent) -> None:
            super().__init__()
            self.intent = intent

    def __init__(self, *, mode: Mode = Mode.NORMAL, settings: Settings | None = None) -> None:
        super().__init__()
        settings = Settings() if settings is None else settings
        keymap = settings.keymap
        key = keymap["ready"].capitalize()
        self._tracker = Tracker(
            unit=settings.units,
            ready=f"hold {key}" if settings.ready == "hold" else f"press {key} twice",
            confirm=keymap["confirm"],
            acknowledge=keymap["acknowledge"],
        )
        self._keys = {intent: keymap.get(intent.value, "") for intent in IntentButtons.KNOWN}
        self._mode = mode
        self._shown: WalkView | None = None
        self._seen_s = -math.inf
        self._widgets: dict[str, Widget] = {}
        self._credit, self._credited_s = float(_MOST_AT_ONCE), 0.0

    def compose(self) -> ComposeResult:
        """Put the walk, the fault and the poster in one place, of which one is seen."""
        with Vertical(id="walk"):
            with Horizontal(id="top"):
                yield Line(id="title")
                yield Line(id="link", wraps=True)
            with Horizontal(id="faces"):
                with Vertical(id="face"):
                    with Horizontal(id="words"):
                        yield BigDigits(id="word")
                        yield Compass(id="mini")
                    with Horizontal(id="hero"):
                        yield ShapeBox(id="shape")
                        yield BigDigits(id="number", slices=8)
                        yield Line(id="steps")
                        yield Compass(id="where")
                yield Compass(id="compass")
            yield Line(id="action")
            yield Line(id="upcoming")
            yield Line(id="said")
            yield SpeedGauge(id="gauge")
            yield Line(id="vitals")
            yield PhaseBar(id="bar")
        yield FaultPanel(id="fault")
        yield Poster(id="poster", slices=10)
        yield IntentButtons(self._keys, id="buttons")
        yield StopBar(id="stop")

    def on_mount(self) -> None:
        """Begin to count down between snapshots."""
        self._widgets = {widget.id: widget for widget in self.query("*") if widget.id}
        self._show()
        self.set_interval(_LOOK_AGAIN_S, self._look_again)

    # --- what the bridge says ---------------------------------------------------------------------

    def show_plan(self, sheet: PlanSheet) -> None:
        """Take in what is going to be walked."""
        self._tracker.plan(sheet)
        self._show()

    def see(self, snapshot: Snapshot) -> None:
        """Take in a snapshot."""
        self._seen_s = self._now_s()
        self._tracker.see(snapshot, self._seen_s)
        self._show_soon()

    def hear(self, event: Event) -> None:
        """Take in an event."""
        self._tracker.hear(event, self._now_s())
        if event["event"] in _AT_ONCE:
            self._show()
        else:
            self._show_soon()

    def note(self, text: str) -> None:
        """Take in what a person should know, and what is no event."""
        self._tracker.note(text)
        self._show()

    @property
    def mode(self) -> Mode:
        """How the session is shown now."""
        return self._mode

    def set_mode(self, mode: Mode) -> None:
        """Show it in another way."""
        self._mode = mode
        self._shown = None
        self._show()

    # --- the mouse --------------------------------------------------------------------------------

    def on_pressed(self, message: Pressed) -> None:
        """Pass on what was clicked."""
        message.stop()
        self.post_message(self.Asked(message.intent))

    def on_click(self, event: events.Click) -> None:
        """Take a click anywhere for STOP where nothing but a picture is shown."""
        if self._mode is not Mode.NORMAL:
            event.stop()
            self.post_message(self.Asked(Intent.STOP))

    def _get(self, name: str, kind: type[W]) -> W:
        """Return a widget; what is shown ten times a second is not looked for each time."""
        widget = self._widgets[name]
        if not isinstance(widget, kind):
            raise TypeError(name)
        return widget

    # --- what is shown ----------------------------------------------------------------------------

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def _show_soon(self) -> None:
        """Show what is so now; where very much happens at once, no more than the eye can follow.

        What is left over is shown with the next look between two snapshots.
        """
        now_s = asyncio.get_running_loop().time()
        earned = max(0.0, now_s - self._credited_s) * _MOST_A_SECOND
        self._credit = min(_MOST_AT_ONCE, self._credit + earned)
        self._credited_s = now_s
        if self._credit >= 1:
            self._credit -= 1
            self._show()

    def _look_again(self) -> None:
        """Count on where snapshots come too seldom for it."""
        if self._now_s() - self._seen_s >= _LOOK_AGAIN_S:
            self._show()

    def _show(self) -> None:
        """Show what is so now, where it differs from what is shown."""
        if not self.is_running or not self._widgets:
            return
        view = self._tracker.view(self._now_s())
        if view == self._shown:
            return
        if self._shown is None or _arrangement(view) != _arrangement(self._shown):
            self._arrange(view)
        self._shown = view
        if self._mode is not Mode.NORMAL:
            self._get("poster", Poster).show(_bill(view, self._mode, self.size.width))
        elif view.alarm is not None:
            self._get("fault", FaultPanel).show(view.alarm)
        else:
            self._show_walk(view)

    def _arrange(self, view: WalkView) -> None:
        normal = self._mode is Mode.NORMAL
        with self.app.batch_update():
            self._get("walk", Widget).display = normal and view.alarm is None
            self._get("fault", FaultPanel).display = normal and view.alarm is not None
            self._get("poster", Poster).display = not normal
            buttons = self._get("buttons", IntentButtons)
            buttons.display = normal and (view.alarm is None or bool(view.offers))
            buttons.show(view.offers)
            self._get("stop", StopBar).display = normal
            self._get("number", Widget).display = view.number is not None
            self._get("steps", Widget).display = view.number is None
            classes = {
                "-quiet": view.quiet and normal,
                "-stale": view.link.level is Level.STALE,
                "-silent": not view.action,
                "-steps": view.number is None,
                "-alarm": view.alarm is not None,
            }
            for name, wanted in classes.items():
                self.set_class(wanted, name, update=False)
            self.app.update_styles(self)  # once for all of them: it asks for every widget's style

    def _show_walk(self, view: WalkView) -> None:
        self._get("title", Line).show(view.title)
        self._get("link", Line).show(view.link.text)
        self._get("word", BigDigits).show(BigText((view.word,), view.colour))
        self._get("shape", ShapeBox).show(ColouredShape(view.shape, view.colour))
        if view.number is None:
            self._get("steps", Line).show("\n".join(view.steps))
        else:
            self._get("number", BigDigits).show(BigText((view.number,), "foreground"))
        way = Way(view.heading, view.next_heading)
        self._get("mini", Compass).show(way)
        self._get("compass", Compass).show(way)
        self._get("where", Compass).show(way)
        self._get("action", Line).show(view.action)
        self._get("bar", PhaseBar).progress(Progress(view.parts, view.done_s, view.total_s))
        if not view.quiet:
            self._get("upcoming", Line).show(view.upcoming)
            self._get("said", Line).show(view.said)
            self._get("gauge", SpeedGauge).show(view.belt)
            *vitals, energy = view.vitals
            between = "\n" if self.has_class("-narrow") else "   "
            self._get("vitals", Line).show("   ".join(vitals) + between + energy)


def _arrangement(view: WalkView) -> tuple[object, ...]:
    """Return what decides which widgets are seen."""
    return (
        view.alarm is None,
        view.quiet,
        view.number is None,
        view.link.level,
        view.offers,
        not view.action,
    )


def _bill(view: WalkView, mode: Mode, width: int) -> Bill:
    """Return what a poster shows; a picture stands where in words a step would be told."""
    mirrored = mode is Mode.MIRROR
    if view.alarm is not None:
        return Bill(view.shape, "error", None, lines=view.alarm.big, mirrored=mirrored)
    if view.link.level is Level.STALE and view.stage not in (Stage.WAIT, Stage.END):
        # Nothing that is counted down may look as if all were well.
        return Bill(Shape.ALARM, "warning", None, word="SILENT" * mirrored, mirrored=mirrored)
    if not mirrored:
        return Bill(view.shape, view.colour, view.number)
    # The bar moves by whole columns: a bill that shows nothing new is the same bill.
    column_s = view.total_s / width if width else 0.0
    return Bill(
        view.shape,
        view.colour,
        view.number,
        word=view.word,
        parts=view.parts,
        done_s=column_s * int(view.done_s / column_s + 1e-9) if column_s else 0.0,
        total_s=view.total_s,
        mirrored=True,
    )
