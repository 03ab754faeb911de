"""The full-screen display of one walk, and everything that leads to it and follows from it.

It shares no rule with the bridge: it shows what it is told and passes on what is asked. While the
belt moves or is not known to stand, a key that means STOP is taken before any screen, dialog, text
field or palette hears of it.
"""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from quarterturn.attended_walk import Attach, AttendedWalk, Walked
from quarterturn.keys import KeyAction, Keymap, action_of
from quarterturn.model import Heading
from quarterturn.plan_sheet import PlanSheet
from quarterturn.protocol import Answered, Snapshot
from quarterturn.ready import ReadyKeys
from quarterturn.session import Event, Intent
from quarterturn.settings import Settings
from quarterturn.signals import on_signals
from quarterturn.tui.key_reading import HeldReady, octets_of
from quarterturn.tui.session_screen import SessionScreen
from quarterturn.tui.terminal_driver import driver_class, leave_terminal
from quarterturn.tui.themes import THEMES
from quarterturn.tui.view import Mode

if TYPE_CHECKING:
    from quarterturn.bridge.errand import Errand
    from quarterturn.opening import Treadmill
    from quarterturn.plan import Plan

HORIZONTAL = [(0, "-narrow"), (80, "-normal"), (140, "-wide")]
VERTICAL = [(0, "-short"), (28, "-tall"), (44, "-very-tall")]
_DRAWN_WITHIN_S: Final = 1.0
"""A screen that something covers at once is not drawn, and nothing waits for it longer."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is going to be walked, and on what; ``plan`` is the one that was shown."""

    errand: "Errand"
    treadmill: "Treadmill"
    plan: "Plan"


Prepare = Callable[["WalkApp"], Awaitable[Prepared | None]]
"""Find out what is going to be walked, with screens of its own; None: the walker goes back.

The session screen has been drawn before: whatever takes long to read or to import belongs here.
"""
Afterwards = Callable[["WalkApp", Prepared, Walked], Awaitable[None]]
"""See to what follows a walk, with screens of its own."""


class WalkApp(App[Walked]):
    """One walk, from what leads to it to what follows; None where the walker left before it."""

    TITLE = "Quarterturn"
    HORIZONTAL_BREAKPOINTS = HORIZONTAL
    VERTICAL_BREAKPOINTS = VERTICAL
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help"),
        Binding("f2", "next_mode", "Mirror, far", show=False),
    ]

    def __init__(
        self,
        prepare: Prepare,
        attach: Attach,
        settings: Settings,
        afterwards: Afterwards | None = None,
    ) -> None:
        super().__init__(driver_class=driver_class())
        self._prepare = prepare
        self._attach_to_bridge = attach
        self._meanings = Keymap.of(settings.keymap)
        self._afterwards = afterwards
        self._any_key_stops = True
        self._held = HeldReady(
            ReadyKeys("twice" if settings.ready == "twice" else "hold", self._meanings.ready)
        )
        self._session = SessionScreen(mode=Mode(settings.display), settings=settings)
        self._walk: AttendedWalk | None = None
        self._shown_plan: object = None
        self.failure: Exception | None = None
        """What kept the walk from beginning, or broke in the display."""
        self.complaint: str | None = None
        """What a person should know once the screen is gone."""
        self.prepared: Prepared | None = None
        self.sheet: PlanSheet | None = None
        self._walked: Walked | None = None
        self._looked = asyncio.Event()
        self._step: object = None
        self._gone = False
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = settings.theme
        for name in set(self.available_themes) - {theme.name for theme in THEMES}:
            self.unregister_theme(name)  # in none of them the headings have a colour of their own

    # --- the course of things ---------------------------------------------------------------------

    def on_mount(self) -> None:
        """Begin."""
        self._go()

    @work(exit_on_error=False)
    async def _go(self) -> None:
        try:
            await self._show_session()
            prepared = self.prepared = await self._prepare(self)
            if prepared is None:
                self.exit()
                return
            walked = self._walked = await self._walk_it(prepared)
            if self._gone:
                self.exit(walked)  # nobody is left to read or to answer anything
                return
            if walked.end is not None and walked.end.get("belt_stopped") is not True:
                await self._looked.wait()  # nothing covers what is to be done now
            if self._afterwards is not None:
                await self._afterwards(self, prepared, walked)
        except Exception as error:  # noqa: BLE001 - told in words once the screen is gone
            self._leave(error)
        else:
            self.exit(walked)

    async def _show_session(self) -> None:
        """Draw the first frame, and then import what may be asked for while a belt moves."""
        await self.push_screen(self._session)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._session.wait_for_refresh(), _DRAWN_WITHIN_S)
        import quarterturn.tui.help_screen  # noqa: F401 - its Markdown would hold up the keys

    async def _walk_it(self, prepared: Prepared) -> Walked:
        self._any_key_stops = prepared.errand.profile.any_key_stops
        self._walk = AttendedWalk(prepared.errand, prepared.treadmill, self._attach_to_bridge, self)
        try:
            return await self._walk.run(self._signals)
        finally:
            self._walk = None  # nothing is left that a key could stop

    def _leave(self, failure: Exception) -> None:
        self.failure = failure
        self.exit()

    def _signals(self) -> contextlib.AbstractContextManager[None]:
        give_up = self._required_walk.give_up
        return on_signals(
            {
                signal.SIGINT: partial(give_up, "interrupt"),
                signal.SIGTERM: partial(give_up, "terminated"),
                signal.SIGHUP: self._hung_up,
            }
        )

    def _hung_up(self) -> None:
        """Come to rest by a ramp: the terminal is gone; this process sees the walk to its end."""
        self._gone = True
        self._required_walk.screen_lost()
        leave_terminal()

    @property
    def _required_walk(self) -> AttendedWalk:
        if self._walk is None:
            raise RuntimeError("no walk is attended")
        return self._walk

    # --- what the bridge says ---------------------------------------------------------------------

    def show(self, event: Event) -> None:
        """Show what happened; before a start, and at a fault or an end, nothing covers it."""
        self._step = event.get("step", self._step)
        if event["event"] in ("fault", "end") or self._step == "countdown":
            self._uncover()
        self._show_plan()
        self._session.hear(event)

    def _uncover(self) -> None:
        """Take away whatever lies over the session: help, history, the palette."""
        if self._session in self.screen_stack:
            while self.screen is not self._session:
                self.pop_screen()

    def see(self, snapshot: Snapshot) -> None:
        """Show what is so now."""
        self._show_plan()
        self._session.see(snapshot)

    def note(self, text: str) -> None:
        """Show what a person should know."""
        self._session.note(text)

    def _show_plan(self) -> None:
        plan = None if self._walk is None else self._walk.plan
        if plan is not None and plan is not self._shown_plan:
            self._shown_plan = plan
            self.sheet = PlanSheet.read(plan)
            self._session.show_plan(self.sheet)

    # --- keys -------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Take the keys of the walk before anybody else hears of them."""
        typed = isinstance(event, events.Key | events.Paste) and not event.is_forwarded
        if not (typed and self._steer(event)):
            await super().on_event(event)

    def _steer(self, event: events.Event) -> bool:
        """Do what a key asks of the walk; return whether it was one for the walk."""
        walk = self._walk
        leaves = isinstance(event, events.Key) and event.key in ("ctrl+c", "ctrl+q")
        if walk is None:
            return self._steer_without_walk(event, leaves=leaves)
        if leaves:
            walk.give_up("key")
            return True
        data = octets_of(event) if isinstance(event, events.Key) else b""
        if isinstance(event, events.Paste):
            data = event.text.encode("utf-8", "replace")
        action = self._action(data)
        if action is KeyAction.STOP and not (self._typing and self._at_rest):
            walk.stop("key")
            self._uncover()
            return True
        if self._typing or not isinstance(event, events.Key):
            self._held.reset()
            return False
        ready = self._held.key(event)
        match action:
            case None:
                return False
            case KeyAction.READY:
                if ready:
                    walk.ask(Intent.READY, self._answered)
            case _:
                walk.ask(Intent(action.value), self._answered)
        return True

    def _steer_without_walk(self, event: events.Event, *, leaves: bool) -> bool:
        if leaves:
            self.exit(self._walked)
            return True
        if not isinstance(event, events.Key) or self.screen is not self._session:
            return False
        if self._walked is None:
            # Nothing is under way yet: STOP is not to begin, and no other key means anything.
            if self._action(octets_of(event)) is KeyAction.STOP:
                self.exit()
                return True
        elif event.key == "enter":
            self._looked.set()
            return True
        return False

    def _action(self, data: bytes) -> KeyAction | None:
        seen = None if self._walk is None else self._walk.snapshot
        heading = Heading.FORWARD if seen is None else Heading[seen.heading.upper()]
        return action_of(
            data,
            heading=heading,
            moving=self.belt_may_move,
            keymap=self._meanings,
            any_key_stops=self._any_key_stops,
        )

    @property
    def belt_may_move(self) -> bool:
        """Whether the belt moves, or is not known to stand."""
        seen = None if self._walk is None else self._walk.snapshot
        return seen is not None and seen.belt_may_move

    @property
    def _at_rest(self) -> bool:
        """Whether the belt is known to stand, and no start is on its way."""
        return not self.belt_may_move and self._step in (None, "ready")

    @property
    def _typing(self) -> bool:
        """Whether keys belong to something else than the walk."""
        field = self.focused
        takes_text = field is not None and field.check_consume_key("a", "a")
        return self.screen is not self._session or takes_text

    def on_session_screen_asked(self, message: SessionScreen.Asked) -> None:
        """Pass on what was asked with the mouse."""
        walk = self._walk
        if walk is None:
            if message.intent is Intent.STOP and self._walked is None:
                self.exit()
        elif message.intent is Intent.STOP:
            walk.stop("mouse")
        else:
            walk.ask(message.intent, self._answered)

    def _answered(self, intent: Intent, answer: Answered) -> None:
        if not answer.accepted:
            self.note(f"{intent.value}: {answer.text}")

    # --- what the palette offers ------------------------------------------------------------------

    def get_system_commands(self, screen: Screen[object]) -> Iterator[SystemCommand]:
        """Offer what can be asked of a walk, beside what Textual offers."""
        if self._walk is not None:
            yield SystemCommand(
                "Stop", "Stop the belt at once", partial(self._walk.stop, "palette")
            )
            for intent, words in _OFFERED.items():
                ask: Callable[[], None] = partial(self._walk.ask, intent, self._answered)
                yield SystemCommand(intent.value.capitalize(), words, ask)
        else:
            yield SystemCommand("History", "The sessions so far", self.action_history)
        for mode in Mode:
            yield SystemCommand(
                f"Show: {mode.value}", _MODES[mode], partial(self._session.set_mode, mode)
            )
        yield from super().get_system_commands(screen)

    async def action_quit(self) -> None:
        """Leave; a belt that moves is stopped first, and whoever leaves sees it stand."""
        if self._walk is None:
            self.exit(self._walked)
        else:
            self._walk.give_up("palette")
            self._uncover()

    def action_help(self) -> None:
        """Help with what has the focus."""
        from quarterturn.tui.help_screen import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen.about(self.screen))

    def action_history(self) -> None:
        """Show the sessions so far; while a walk is attended, nobody is offered them."""
        from quarterturn.tui.history_screen import HistoryScreen

        if not isinstance(self.screen, HistoryScreen):
            self.push_screen(HistoryScreen())

    def action_next_mode(self) -> None:
        """Show the session the next way."""
        modes = list(Mode)
        current = modes.index(self._session.mode)
        self._session.set_mode(modes[(current + 1) % len(modes)])

    # --- mistakes of ours -------------------------------------------------------------------------

    def _fatal_error(self) -> None:
        """Leave without a traceback; the one that started the display says what happened.

        The bridge brings the belt to rest once this process has gone.
        """
        self.failure = self.failure or self._exception
        self._close_messages_no_wait()


_OFFERED = {
    Intent.PAUSE: "Slow down and stop, to go on later",
    Intent.SLOWER: "One step slower",
    Intent.SKIP: "Go on to the next phase",
    Intent.FINISH: "End early, through the cool-down",
    Intent.ACKNOWLEDGE: "Take note of a fault",
    Intent.ARM: "After a fault that was acknowledged: get ready",
    Intent.CONFIRM: "The spotter or clinician confirms",
}
_MODES = {
    Mode.NORMAL: "Everything that is known",
    Mode.MIRROR: "Flipped, for a mirror behind the treadmill",
    Mode.FAR: "One shape and one number",
}
