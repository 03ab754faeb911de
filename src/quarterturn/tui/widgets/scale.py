"""Questions that are answered by a number from 0 to 10, or by yes or no; each can be left out."""

from collections.abc import Mapping
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from quarterturn.feedback import HIGHEST
from quarterturn.tui.styles import MUTED

_STEP: Final = 4  # cells of one answer
_NOT_ANSWERED: Final = "not answered"


class Asked(Widget, can_focus=True):
    """One question in a row of its own: answers beside each other, one of them marked, or none."""

    class Answered(Message):
        """Another answer is marked, or none any more."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "move(1)", "More", show=False),
        Binding("left", "move(-1)", "Less", show=False),
        Binding("backspace,delete", "clear", "No answer"),
    ]
    DEFAULT_CSS = """
    Asked { height: 2; width: 1fr; }
    Asked:focus { background: $boost; }
    """
    marked: reactive[int | None] = reactive(None)

    def __init__(
        self,
        question: str,
        answers: tuple[str, ...],
        words: Mapping[int, str],
        *,
        id: str,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._question = question
        self._answers = answers
        self._words = words

    def render(self) -> Content:
        """Draw the question with the word for its answer, and the answers below."""
        mark = "▸ " if self.has_focus else "  "
        if self.marked is None:
            said = Content.styled(_NOT_ANSWERED, MUTED)
        else:
            said = Content.styled(self._said(self.marked), "bold")
        head = Content.assemble((mark, "bold $accent"), (self._question, "bold"), "  ", said)
        cells = [Content("  ")]
        for index, answer in enumerate(self._answers):
            style = "bold reverse" if index == self.marked else "$foreground"
            cells.append(Content.styled(f"{answer:^{_STEP}}", style))
        return Content("\n").join([head, Content("").join(cells)])

    def _said(self, index: int) -> str:
        word = self._words.get(index)
        return f"{self._answers[index]}: {word}" if word else self._answers[index]

    def watch_marked(self) -> None:
        """Tell whoever asks."""
        if self.is_mounted:
            self.post_message(self.Answered())

    def action_move(self, by: int) -> None:
        """Mark the next answer, or the one before; the first press marks the first."""
        last = len(self._answers) - 1
        self.marked = 0 if self.marked is None else min(max(self.marked + by, 0), last)

    def action_clear(self) -> None:
        """Leave the question without an answer."""
        self.marked = None

    def on_click(self, event: events.Click) -> None:
        """Mark what was clicked."""
        index = (event.x - 2) // _STEP
        if event.y == 1 and event.x >= 2 and index < len(self._answers):
            self.marked = index

    def on_key(self, event: events.Key) -> None:
        """Mark an answer by its first character; 1 and then 0 is ten."""
        typed = (event.character or "").lower()
        if typed == "0" and self.marked == 1 and len(self._answers) > HIGHEST:
            self.marked = HIGHEST
            event.stop()
            return
        for index, answer in enumerate(self._answers):
            if typed and answer.startswith(typed):
                self.marked = index
                event.stop()
                return


class Scale(Asked):
    """A number from 0 to 10, with words for some of them."""

    HELP = """\
## A number from 0 to 10

Type it (1 and then 0 is ten), go there with ← and →, or click it. Backspace leaves the question
without an answer. Enter goes on.
"""

    def __init__(self, question: str, words: Mapping[int, str], *, id: str) -> None:  # noqa: A002
        super().__init__(question, tuple(map(str, range(HIGHEST + 1))), words, id=id)


class YesNo(Asked):
    """Yes or no."""

    HELP = """\
## Yes or no

Press y or n, or click it. Backspace leaves the question without an answer. Enter goes on.
"""

    def __init__(self, question: str, *, id: str) -> None:  # noqa: A002
        super().__init__(question, ("yes", "no"), {}, id=id)

    @property
    def answer(self) -> bool | None:
        """Return the answer; None: not given."""
        return None if self.marked is None else self.marked == 0
