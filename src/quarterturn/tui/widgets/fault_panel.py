"""What fills the screen when something is wrong: what to do, big; then what happened."""

from textual.app import ComposeResult
from textual.containers import Vertical

from quarterturn.tui.view import Alarm
from quarterturn.tui.widgets.big_digits import BigDigits, BigText
from quarterturn.tui.widgets.lines import Line


class FaultPanel(Vertical):
    """A panel in the colour of errors; it stands still, and never flashes."""

    DEFAULT_CSS = """
    FaultPanel {
        background: $error;
        color: $background;
        text-style: bold;
        padding: 0 1;
        & > BigDigits { height: 1fr; width: 100%; }
        & > .fault--what { height: auto; max-height: 3; width: 100%; text-align: center; }
        & > .fault--do { height: auto; max-height: 3; width: 100%; text-align: center; }
    }
    """

    def compose(self) -> ComposeResult:
        """Put the big lines above the small ones."""
        yield BigDigits()
        yield Line(classes="fault--what", wraps=True)
        yield Line(classes="fault--do", wraps=True)

    def show(self, alarm: Alarm) -> None:
        """Show what to do."""
        self.query_one(BigDigits).show(BigText(alarm.big, "background"))
        self.query_one(".fault--what", Line).show(alarm.what)
        self.query_one(".fault--do", Line).show(" ".join(alarm.do))
