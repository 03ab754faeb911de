"""The base of what is drawn cell by cell, and redrawn only when what it shows has changed."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from quarterturn.tui.pixels import Cell, Picture, Pixel

T = TypeVar("T")


class Drawn(Widget, Generic[T]):
    """A widget that shows one value, compared by ``==``; `draw` makes cells of it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._value: T | None = None
        self._lines: list[list[Cell]] = []
        self._drawn_for: tuple[T | None, int, int] | None = None

    def show(self, value: T) -> None:
        """Show another value: what differs is drawn again, and nothing where nothing does."""
        if value == self._value:
            return
        self._value = value
        width, height = self.content_size
        drawn_before, before = self._drawn_for, self._lines
        self._draw_lines(width, height)
        same_place = drawn_before is not None and drawn_before[1:] == (width, height)
        if not same_place or len(before) != len(self._lines):
            self.refresh()
            return
        top = (height - len(before)) // 2
        changed = [
            Region(first, top + y, last - first, 1).translate(self.gutter.top_left)
            for y, (old, new) in enumerate(zip(before, self._lines, strict=True))
            for first, last in _changes(old, new, width)
        ]
        if changed:
            self.refresh(*changed)

    def draw(self, value: T, width: int, height: int) -> list[list[Cell]]:
        """Return rows of cells, no more than there is room for; they are shown centred."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Return one line of the widget."""
        width, height = self.content_size
        if self._drawn_for != (self._value, width, height):
            self._draw_lines(width, height)
        row = y - (height - len(self._lines)) // 2
        return self._strip(self._lines[row] if 0 <= row < len(self._lines) else [], width)

    def _draw_lines(self, width: int, height: int) -> None:
        self._lines = []
        if self._value is not None and width > 0 and height > 0:
            self._lines = self.draw(self._value, width, height)
        self._drawn_for = (self._value, width, height)

    def _strip(self, cells: list[Cell], width: int) -> Strip:
        left = (width - len(cells)) // 2
        plain = self._style(None, None)
        segments = [Segment(" " * left, plain)] if left > 0 else []
        run, look = "", None
        for char, colour, behind in cells:
            if (colour, behind) != look:
                if run and look is not None:
                    segments.append(Segment(run, self._style(*look)))
                run, look = "", (colour, behind)
            run += char
        if run and look is not None:
            segments.append(Segment(run, self._style(*look)))
        return Strip(segments).adjust_cell_length(width, plain)

    def _style(self, colour: Pixel, behind: Pixel) -> Style:
        background = self.background_colors[1] if behind is None else self._colour(behind)
        if colour is None:
            return Style(bgcolor=background.rich_color)
        return Style(color=self._colour(colour).rich_color, bgcolor=background.rich_color)

    def _colour(self, name: str) -> Color:
        """Return a colour of the theme; ``muted`` is the foreground, far back."""
        variables = self.app.theme_variables
        if name == "muted":
            behind = Color.parse(variables["background"])
            return behind.blend(Color.parse(variables["foreground"]), 0.45)
        return Color.parse(variables.get(name, variables["foreground"]))


def _changes(old: list[Cell], new: list[Cell], width: int) -> Iterator[tuple[int, int]]:
    """Yield the columns from the first to behind the last cell in which two rows differ."""
    if len(old) != len(new):
        yield 0, width
        return
    differing = [x for x, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    if differing:
        left = (width - len(new)) // 2
        yield left + differing[0], left + differing[-1] + 1


def text_cells(text: str, colour: Pixel = "foreground") -> list[Cell]:
    """Return a text as cells; what is not printable is a question mark."""
    return [(char if char.isprintable() else "?", colour, None) for char in text]


def picture_cells(picture: Picture) -> list[list[Cell]]:
    """Return the rows of a picture as cells."""
    return [picture.line(y) for y in range(picture.height)]
