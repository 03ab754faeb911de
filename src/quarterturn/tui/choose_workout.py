"""Choose a workout, with a preview of what the caps leave of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from quarterturn.model import MachineRecord
from quarterturn.profiles import Profile
from quarterturn.toml_words import printable
from quarterturn.tui.page import Page
from quarterturn.tui.widgets.plan_preview import PlanPreview, Preview, preview
from quarterturn.tui.workout_list import Group, workout_groups

_PLACEHOLDER: Final = "type to filter, or paste the path of a file"


class _Names(OptionList):
    """The list of workouts."""

    HELP = """\
## Workouts

↑ and ↓ move, Enter takes the workout that is marked, a click does both. Type to filter by name, or
paste the path of a workout file of your own.

The days of a programme stand in its order.
"""


class ChooseWorkoutScreen(Page[str]):
    """Ask for a workout; the result is its name or its path, None where none was chosen.

    A workout whose plan is refused for this profile and treadmill is shown with the reasons, and
    cannot be chosen.
    """

    page_title = "Choose a workout"
    HELP = _Names.HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority: the field would take Enter, and its hint, for itself.
        Binding("enter", "choose", "Choose", priority=True),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "move(-10)", "Up", show=False),
        Binding("pagedown", "move(10)", "Down", show=False),
    ]
    DEFAULT_CSS = """
    ChooseWorkoutScreen #names { width: 36; }
    ChooseWorkoutScreen.-narrow #both { layout: vertical; }
    ChooseWorkoutScreen.-narrow #names { width: 1fr; height: 40%; }
    ChooseWorkoutScreen _Names { height: 1fr; }
    ChooseWorkoutScreen Input { margin: 0 1; }
    ChooseWorkoutScreen.-high Input { margin: 1 1; }
    ChooseWorkoutScreen.-high PlanPreview { margin-top: 1; }
    ChooseWorkoutScreen.-low SpeedPlot { height: 8; min-height: 8; margin: 0; }
    """

    @dataclass
    class Previewed(Message):
        """A workout was looked at, in a thread."""

        found: Preview

    def __init__(self, profile: Profile, record: MachineRecord | None, year: int) -> None:
        super().__init__()
        self._profile = profile
        self._record = record
        self._year = year
        self._groups: tuple[Group, ...] = ()
        self._looked_at: Preview | None = None
        self._wanted: str | None = None

    def aside(self) -> str:
        """Say whose caps hold."""
        return f"profile {printable(self._profile.name)}"

    def compose_page(self) -> ComposeResult:
        """Build field and list at the left, the preview at the right."""
        with Horizontal(id="both"):
            with Vertical(id="names"):
                yield Input(placeholder=_PLACEHOLDER, compact=True, select_on_focus=False)
                yield _Names(markup=False)
            yield PlanPreview()

    def on_mount(self) -> None:
        """Find the workouts."""
        self._groups = workout_groups()
        self._fill("")
        self.query_one(Input).focus()

    # --- the list --------------------------------------------------------------------------------

    def _fill(self, typed: str) -> None:
        names = self.query_one(_Names)
        names.clear_options()
        path = _as_path(typed)
        if path is not None:
            names.add_option(Option(f"file {printable(path)}", id=f"path:{path}"))
        words = typed.lower().split()
        for number, group in enumerate(self._groups):
            self._add_group(names, number, group, words)
        if names.option_count == 0:
            self._show(None)
        else:
            names.action_first()

    def _add_group(self, names: OptionList, number: int, group: Group, words: list[str]) -> None:
        matching = [
            (index, entry)
            for index, entry in enumerate(group.entries)
            if all(word in f"{group.title} {entry.name} {entry.label}".lower() for word in words)
        ]
        if not matching and not (group.problems and not words):
            return
        title = Content.styled(printable(group.title), "bold")
        names.add_option(Option(title, id=f"group:{number}", disabled=True))
        for problem in group.problems:
            broken = Content.styled(f"  ✗ {printable(problem)}", "$text-error")
            names.add_option(Option(broken, disabled=True))
        for index, entry in matching:
            names.add_option(Option(f"  {printable(entry.label)}", id=f"entry:{number}:{index}"))

    def _name_of(self, option_id: str | None) -> str | None:
        kind, _, rest = (option_id or "").partition(":")
        if kind == "path":
            return rest
        if kind == "entry":
            group, _, index = rest.partition(":")
            return self._groups[int(group)].entries[int(index)].name
        return None

    def _highlighted(self) -> str | None:
        option = self.query_one(_Names).highlighted_option
        return None if option is None else self._name_of(option.id)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def on_key(self, event: events.Key) -> None:
        """Let typing reach the field from wherever the focus is."""
        field = self.query_one(Input)
        if event.is_printable and event.character is not None and not field.has_focus:
            event.stop()
            field.focus()
            field.insert_text_at_cursor(event.character)

    def action_move(self, by: int) -> None:
        """Move the mark in the list while the field has the focus."""
        names = self.query_one(_Names)
        move = names.action_cursor_down if by > 0 else names.action_cursor_up
        for _ in range(abs(by)):
            move()

    # --- the preview -----------------------------------------------------------------------------

    @on(OptionList.OptionHighlighted)
    def _look(self, event: OptionList.OptionHighlighted) -> None:
        name = self._name_of(event.option_id)
        if name is None:
            return
        if self._wanted != name:  # Enter may have come before this message of the mark
            self._wanted = None

        def look() -> None:
            found = preview(name, self._profile, self._record, self._year)
            self.post_message(self.Previewed(found))

        self.run_worker(look, thread=True, exclusive=True, group="preview")

    def on_choose_workout_screen_previewed(self, event: Previewed) -> None:
        """Show a workout, unless the mark has moved on."""
        if event.found.name == self._highlighted():
            self._show(event.found)
            if self._wanted == event.found.name:
                self._choose(event.found)

    def _show(self, found: Preview | None) -> None:
        self._looked_at = found
        self.query_one(PlanPreview).show(found)

    # --- the choice ------------------------------------------------------------------------------

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        """Take the workout that is marked, once its plan is known to be one."""
        name = self._highlighted()
        if name is None:
            self.app.bell()
        elif self._looked_at is not None and self._looked_at.name == name:
            self._choose(self._looked_at)
        else:
            self._wanted = name

    def _choose(self, found: Preview) -> None:
        self._wanted = None
        if found.sheet is None:
            self.notify(found.refused, severity="error", markup=False)
        else:
            self.dismiss(found.name)


def _as_path(typed: str) -> str | None:
    """Return what was typed or dropped as a path, None where it looks like none."""
    path = typed.strip().strip("'\"")
    if not path or not (path.endswith(".toml") or path.startswith(("/", "./", "../", "~", ".\\"))):
        return None
    return str(Path(path).expanduser()) if "\0" not in path else None
