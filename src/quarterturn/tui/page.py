"""What the screens around a session have in common: a title, a footer of keys, and a way back."""

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer, Static

from quarterturn.tui.styles import MUTED

ResultT = TypeVar("ResultT")


class TitleBar(Static):
    """One line: where one is, and on the right for whom or what."""

    DEFAULT_CSS = """
    TitleBar {
        dock: top;
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $foreground;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def __init__(self, title: str, aside: str = "") -> None:
        super().__init__()
        self._title = title
        self._aside = aside

    def say(self, aside: str) -> None:
        """Put something else on the right."""
        self._aside = aside
        self.refresh()

    def render(self) -> Content:
        """Draw the line."""
        title = Content.assemble((self._title, "bold"))
        free = self.content_size.width - title.cell_length - 2
        aside = Content.styled(self._aside, MUTED)
        if free < 8 or not self._aside:
            return title
        return Content("").join([title, Content("  "), aside.truncate(free, ellipsis=True)])


class Page(Screen[ResultT]):
    """A screen that is dismissed with its result, or with None by who goes back.

    STOP comes before every key of a page; the application sees to that.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-wide")]  # noqa: RUF012 - as Textual has it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (26, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", "Back")]
    DEFAULT_CSS = """
    Page .heading { text-style: bold; color: $foreground; margin-top: 1; }
    Page .aside { color: $foreground 70%; }
    Page .problem { color: $text-error; }
    Page OptionList, Page OptionList:focus {
        border: none;
        background: $surface;
        padding: 0 1;
    }
    Page OptionList > .option-list--option-disabled { color: $foreground; }
    Page Input { background: $boost; }
    Page * { scrollbar-size-vertical: 1; }
    """
    page_title = ""

    def compose(self) -> ComposeResult:
        """Build the page: title, what it is about, footer."""
        yield TitleBar(self.page_title, self.aside())
        yield from self.compose_page()
        yield Footer()

    def aside(self) -> str:
        """Return what stands at the right of the title."""
        return ""

    def compose_page(self) -> ComposeResult:
        """Build what lies between title and footer."""
        yield Widget()

    def action_back(self) -> None:
        """Go back without a result."""
        self.dismiss(None)
