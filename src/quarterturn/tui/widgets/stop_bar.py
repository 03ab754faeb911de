"""Who may stop the belt, and the buttons for a mouse."""

from collections.abc import Mapping

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

from quarterturn.session.vocabulary import Intent
from quarterturn.tui.widgets.lines import Line

STOP_LINES = (
    "■ STOP: space, s, Esc - or `quarterturn stop` in a shell - or the red key of the treadmill",
    "■ STOP: space, s, Esc - `quarterturn stop` - or the red key",
    "■ STOP: space, s, Esc - or red key",
    "■ STOP: space",
)
"""How to stop, from the longest wording to the shortest."""


class Pressed(Message):
    """Somebody clicked on what asks for an intent."""

    def __init__(self, intent: Intent) -> None:
        super().__init__()
        self.intent = intent


class StopBar(Line):
    """A bar that says how to stop, and stops where it is clicked."""

    DEFAULT_CSS = """
    StopBar {
        height: 1; width: 100%; content-align: center middle;
        background: $error; color: $background; text-style: bold;
    }
    """

    def on_resize(self, event: events.Resize) -> None:
        """Say it as long as there is room for."""
        fitting = [line for line in STOP_LINES if len(line) <= event.size.width]
        self.show(fitting[0] if fitting else STOP_LINES[-1])

    def on_click(self, event: events.Click) -> None:
        """Ask for STOP."""
        event.stop()
        self.post_message(Pressed(Intent.STOP))


class IntentButton(Static):
    """A word that asks for an intent where it is clicked; it never has the focus."""

    DEFAULT_CSS = """
    IntentButton {
        width: 1fr; height: 100%; content-align: center middle;
        background: $panel; color: $foreground; margin: 0 1 0 0;
        &:hover { background: $primary; color: $background; }
    }
    """

    def __init__(self, intent: Intent, key: str) -> None:
        super().__init__(f"{key} {intent.value}".strip(), markup=False)
        self.intent = intent

    def on_click(self, event: events.Click) -> None:
        """Ask for it."""
        event.stop()
        self.post_message(Pressed(self.intent))


class IntentButtons(Horizontal):
    """The intents that are on offer; the others are not shown."""

    DEFAULT_CSS = "IntentButtons { height: 1; width: 100%; }"
    KNOWN = (Intent.PAUSE, Intent.SLOWER, Intent.SKIP, Intent.FINISH, Intent.ACKNOWLEDGE)

    def __init__(self, keys: Mapping[Intent, str], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._keys = keys
        self._offers: tuple[Intent, ...] | None = None

    def compose(self) -> ComposeResult:
        """Make a button of each intent."""
        for intent in self.KNOWN:
            yield IntentButton(intent, self._keys.get(intent, ""))

    def show(self, offers: tuple[Intent, ...]) -> None:
        """Show what is on offer."""
        if offers != self._offers:
            self._offers = offers
            for button in self.query(IntentButton):
                button.display = button.intent in offers
