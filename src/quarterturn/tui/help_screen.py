"""F1: help for what has the focus, the keys that count there, and where to read on."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Footer, Markdown

from quarterturn.configs import shipped_folder

_READ_ON: Final = (
    ("screens.md", "these screens"),
    ("profiles.md", "profiles and caps"),
    ("workout-files.md", "workouts of your own"),
    ("bridge.md", "what happens when a part fails"),
    ("safety-case.md", "what is known to go wrong, and what comes of it"),
)
_ALWAYS: Final = """\
## Always

**Space, s and Escape are STOP** while the belt moves or is not known to stand, on every screen. It
is a software stop. The emergency stop is the red key on the machine.

Tab goes on to the next part of a screen, Shift+Tab back, Escape leaves it.
"""


class HelpScreen(ModalScreen[None]):
    """Show the help texts of what had the focus, from the inside out."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,q", "dismiss(None)", "Close", key_display="esc"),
        Binding("down", "scroll(1)", "Down", show=False),
        Binding("up", "scroll(-1)", "Up", show=False),
        Binding("pagedown,space", "scroll(10)", "Down", show=False),
        Binding("pageup", "scroll(-10)", "Up", show=False),
    ]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen VerticalScroll {
        width: 90%; max-width: 84; height: auto; max-height: 90%;
        background: $surface; border: round $primary; padding: 0 1;
        scrollbar-size-vertical: 1;
    }
    HelpScreen Markdown { background: $surface; height: auto; padding: 0; }
    """

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self._markdown = markdown

    @classmethod
    def about(cls, screen: Screen[object]) -> "HelpScreen":
        """Return the help for what has the focus on a screen."""
        return cls("\n\n".join(_parts(screen)))

    def compose(self) -> ComposeResult:
        """Build the text in a frame that scrolls."""
        with VerticalScroll():
            yield Markdown(self._markdown)
        yield Footer()

    def action_scroll(self, by: int) -> None:
        """Scroll the text."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)


def _parts(screen: Screen[object]) -> Iterator[str]:
    """Yield each help text once: of the focus, of what is around it, of the screen."""
    node: DOMNode | None = screen.focused or screen
    told: list[str] = []
    while node is not None:
        if node.HELP and node.HELP not in told:
            told.append(node.HELP)
        node = None if node is screen else node.parent
    yield from told
    yield _keys(screen)
    yield _ALWAYS
    yield _read_on()


def _keys(screen: Screen[object]) -> str:
    """Return the keys that do something here, less those that widgets have for themselves."""
    lines = ["## Keys here", ""]
    for active in screen.active_bindings.values():
        binding = active.binding
        own = type(active.node).__module__.startswith("quarterturn.")
        if binding.description and (binding.show or (own and "." not in binding.action)):
            lines.append(f"- `{screen.app.get_key_display(binding)}` {binding.description}")
    return "\n".join(lines)


def _read_on() -> str:
    folder = _docs_folder()
    lines = ["## Read on", ""]
    for name, about in _READ_ON:
        where = f"docs/{name}"
        link = f"[{where}]({(folder / name).as_uri()})" if folder is not None else f"`{where}`"
        lines.append(f"- {link}: {about}")
    return "\n".join(lines)


def _docs_folder() -> Path | None:
    """Return the folder of the documents; None where they were not installed."""
    folder = shipped_folder().parent / "docs"
    return folder if folder.is_dir() else None
