"""The sessions so far, from their journals."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from quarterturn.bridge.journal import JournalError, default_folder, read_journal
from quarterturn.feedback import Feedback, read_feedback
from quarterturn.summary import Summary, summarise
from quarterturn.toml_words import printable
from quarterturn.track import Sample, track_of
from quarterturn.tui.journal_list import Entry, journal_paths, read_entry
from quarterturn.tui.page import Page, TitleBar
from quarterturn.tui.summary_screen import SummaryScreen

_AT_ONCE: Final = 25
"""How many journals are listed at a time: the first are there before the last are read."""
_MARKS: Final = {"completed": "✓", "stopped": "■", "fault": "⚠"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A journal that was read as a whole."""

    summary: Summary
    samples: tuple[Sample, ...]
    feedback: Feedback | None
    problems: tuple[str, ...]


class HistoryScreen(Page[None]):
    """List the journals, the newest first; one that is chosen is shown with its plot."""

    page_title = "Sessions so far"
    HELP = """\
## Sessions so far

The newest stands first. ↑ and ↓ move, Enter shows a session with its plot, a click does both.

✓ completed, ■ stopped by a person, ⚠ stopped by a fault, ? breaks off before its end, ✗ a file
that is no journal. Nothing here is changed; a journal is deleted by deleting its file.
"""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", "Show", priority=True)]
    DEFAULT_CSS = """
    HistoryScreen OptionList { height: 1fr; }
    HistoryScreen.-high OptionList { margin-top: 1; }
    HistoryScreen #told { height: auto; padding: 0 1; }
    """

    @dataclass
    class Listed(Message):
        """Some journals were looked at, in a thread."""

        entries: Sequence[Entry]

    @dataclass
    class Ready(Message):
        """A journal was read, in a thread, or could not be; then in words why."""

        opened: Opened | str

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self._folder = default_folder() if folder is None else folder
        self._entries: list[Entry] = []

    def compose_page(self) -> ComposeResult:
        """Build the list, and a line for what is to be said."""
        yield OptionList(markup=False)
        yield Static(id="told", markup=False)

    def on_mount(self) -> None:
        """Begin to look at the journals."""
        self.query_one(OptionList).focus()
        paths = journal_paths(self._folder)
        if not paths:
            self._say(f"No session yet. They will stand in {self._folder}.")
        self.query_one(TitleBar).say(f"{len(paths)} in {self._folder}")
        self.run_worker(lambda: self._list(paths), thread=True, group="list")

    def _list(self, paths: Sequence[Path]) -> None:
        worker = get_current_worker()
        left = iter(paths)
        while (batch := list(islice(left, _AT_ONCE))) and not worker.is_cancelled:
            self.post_message(self.Listed([read_entry(path) for path in batch]))

    def on_history_screen_listed(self, event: Listed) -> None:
        """Add journals to the list."""
        options = self.query_one(OptionList)
        first = len(self._entries)
        self._entries += event.entries
        options.add_options(
            Option(_prompt(entry), id=str(index))
            for index, entry in enumerate(event.entries, start=first)
        )
        if options.highlighted is None:
            options.action_first()

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """Read the journal that is marked."""
        option = self.query_one(OptionList).highlighted_option
        if option is None:
            self.app.bell()
            return
        entry = self._entries[int(option.id or 0)]
        self._say("Reading ...")
        self.run_worker(
            lambda: self._read(entry.path), thread=True, exclusive=True, group="open"
        )  # fmt: skip

    def _read(self, path: Path) -> None:
        self.post_message(self.Ready(_opened(path)))

    def on_history_screen_ready(self, event: Ready) -> None:
        """Show a session, or say why it cannot be shown."""
        if isinstance(event.opened, str):
            self._say(f"✗ {event.opened}")
            return
        self._say("")
        if self.is_current:  # a second Enter came in between
            it = event.opened
            self.app.push_screen(
                SummaryScreen(
                    it.summary,
                    None,
                    None,
                    ask=False,
                    samples=it.samples,
                    feedback=it.feedback,
                    problems=it.problems,
                )
            )

    def _say(self, words: str) -> None:
        self.query_one("#told", Static).update(Content(printable(words)))


def _opened(path: Path) -> Opened | str:
    try:
        journal = read_journal(path)
    except JournalError as error:
        return str(error)
    problems = list(journal.problems)
    feedback = None
    try:
        feedback = read_feedback(path)
    except (OSError, ValueError) as error:
        problems.append(str(error))
    events = tuple(journal.events())
    return Opened(summarise(events), track_of(events), feedback, tuple(problems))


def _prompt(entry: Entry) -> Content:
    if entry.problem is not None:
        return Content(f"✗ {printable(entry.path.name)}: {printable(entry.problem)}")
    mark = _MARKS.get(entry.ended, "?")
    ended = printable(entry.ended)
    return Content(f"{mark} {entry.started:<16}  {printable(entry.workout):<24.24}  {ended}")
