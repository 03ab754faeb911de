"""Choose whose caps hold: people's own profiles, and those that ship."""

from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from quarterturn.caps import BASES
from quarterturn.profile_files import load_profile, profile_names
from quarterturn.profiles import DEFAULT_PROFILE, Profile
from quarterturn.settings import load_settings
from quarterturn.toml_files import FileErrors
from quarterturn.toml_words import printable
from quarterturn.tui.page import Page
from quarterturn.tui.profile_text import profile_text


class ChooseProfileScreen(Page[str]):
    """Ask who walks; the result is the name of a profile, None where nobody said.

    Where several people have profiles of their own none is marked: who walked last is not assumed
    to walk now.
    """

    page_title = "Who walks?"
    HELP = """\
## Who walks?

A profile holds the caps of one person. ↑ and ↓ move, Enter takes the one that is marked, a click
does both. At the right stand its caps.

A profile of your own is a file `profiles/NAME.toml` in your configuration folder. It can lower the
caps of the profile that it starts from, and never raise one.
"""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", "Choose", priority=True)]
    DEFAULT_CSS = """
    ChooseProfileScreen OptionList { width: 30; height: 1fr; }
    ChooseProfileScreen.-narrow #both { layout: vertical; }
    ChooseProfileScreen.-narrow OptionList { width: 1fr; height: 40%; }
    ChooseProfileScreen VerticalScroll { padding: 0 1; }
    ChooseProfileScreen.-high #both { margin-top: 1; }
    ChooseProfileScreen Static { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._year = datetime.now().astimezone().year

    def compose_page(self) -> ComposeResult:
        """Build the list at the left, the caps at the right."""
        with Horizontal(id="both"):
            yield OptionList(markup=False)
            with VerticalScroll():
                yield Static(id="caps", markup=False)

    def on_mount(self) -> None:
        """Find the profiles."""
        own = sorted(set(profile_names()) - set(BASES))
        names = self.query_one(OptionList)
        if own:
            names.add_option(_title("People's own"))
            names.add_options(Option(f"  {printable(name)}", id=name) for name in own)
        names.add_option(_title("As they ship"))
        names.add_options(Option(f"  {name}", id=name) for name in BASES)
        names.focus()
        if len(own) > 1:
            self._say(Content("Several people walk here. Say who does now."))
        else:
            names.highlighted = names.get_option_index(_usual(own))

    @on(OptionList.OptionHighlighted)
    def _look(self, event: OptionList.OptionHighlighted) -> None:
        found = _load(event.option_id)
        self._say(found if isinstance(found, Content) else profile_text(found, self._year))

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        """Take the profile that is marked, if its file can be read."""
        option = self.query_one(OptionList).highlighted_option
        if option is None or isinstance(_load(option.id), Content):
            self.app.bell()
        else:
            self.dismiss(option.id)

    def _say(self, text: Content) -> None:
        self.query_one("#caps", Static).update(text)


def _title(words: str) -> Option:
    return Option(Content.styled(words, "bold"), disabled=True)


def _usual(own: list[str]) -> str:
    """Return the profile that is marked first where at most one person has one."""
    try:
        named = load_settings().profile
    except FileErrors:
        named = None
    known = {*own, *BASES}
    return named if named in known else (own[0] if own else DEFAULT_PROFILE)


def _load(name: str | None) -> Profile | Content:
    """Return a profile, or what is wrong with its file."""
    try:
        return load_profile(name or DEFAULT_PROFILE)
    except FileErrors as errors:
        problems = [Content.styled("✗ This profile cannot be used.", "bold $text-error")]
        problems += (Content(f"  {printable(str(it))}") for it in errors.problems)
        return Content("\n").join(problems)
