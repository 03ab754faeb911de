"""The base of what is drawn cell by cell, and redrawn only where it has changed."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from quarterturn.tui.pixels import Cell, Picture, Pixel

T = TypeVar("T")


class Drawn(Widget, Generic[T]):
    """A widget that shows one value, compared by ``==``; `draw` makes cells of it.

    ``slices``: into how many columns it is cut. Textual 8.2 sends a changed line from the left edge
    of its widget on, so that a wide picture is cheaper in slices.
    """

    DEFAULT_CSS = "Drawn { layout: horizontal; }"

    def __init__(self, *, id: str | None = None, slices: int = 0) -> None:  # noqa: A002
        super().__init__(id=id)
        self._slices = slices
        self._value: T | None = None
        self._lines: list[list[Cell]] = []
        self._drawn_for: tuple[T | None, int, int] | None = None

    def compose(self) -> ComposeResult:
        """Put the slices side by side."""
        for _ in range(self._slices):
            yield _Slice()

    def show(self, value: T) -> None:
        """Show another value: what differs is drawn again, and nothing where nothing does."""
        if value == self._value:
            return
        self._value = value
        width, height = self.content_size
        drawn_before, before = self._drawn_for, self._lines
        self._draw_lines(width, height)
        parts: list[tuple[Widget, int]] = [
            (it, it.virtual_region.x) for it in self.query_children(_Slice)
        ]
        same_size = drawn_before is not None and drawn_before[1:] == (width, height)
        for part, left in parts or [(self, 0)]:
            if not same_size:
                part.refresh()
                continue
            changed = list(_changes(before, self._lines, left, part.content_size.width))
            if changed:
                part.refresh(*(it.translate(part.gutter.top_left) for it in changed))

    def draw(self, value: T, width: int, height: int) -> list[list[Cell]]:
        """Return rows of cells, no more than there is room for; they are shown centred."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Return one line of the widget."""
        return self.part_of_line(y, 0, self.content_size.width)

    def part_of_line(self, y: int, left: int, width: int) -> Strip:
        """Return some columns of a line."""
        size = self.content_size
        if self._drawn_for != (self._value, *size):
            self._draw_lines(*size)
        cells = self._lines[y][left : left + width] if 0 <= y < len(self._lines) else []
        return self._strip(cells, width)

    def _draw_lines(self, width: int, height: int) -> None:
        """Draw the value, in the middle of as many lines and columns as there are."""
        lines: list[list[Cell]] = []
        if self._value is not None and width > 0 and height > 0:
            lines = self.draw(self._value, width, height)
        blank: Cell = (" ", None, None)
        above = (height - len(lines)) // 2
        self._lines = [[blank] * width for _ in range(height)]
        for y, line in enumerate(lines):
            before = (width - len(line)) // 2
            self._lines[above + y][before : before + len(line)] = line
        self._drawn_for = (self._value, width, height)

    def _strip(self, cells: list[Cell], width: int) -> Strip:
        behind_all = self.visual_style.background or self.background_colors[1]
        background = behind_all.rich_color
        segments: list[Segment] = []
        run, look = "", None
        for char, colour, behind in cells:
            if (colour, behind) != look:
                if look is not None:
                    segments.append(Segment(run, self._style(*look, background)))
                run, look = "", (colour, behind)
            run += char
        if look is not None:
            segments.append(Segment(run, self._style(*look, background)))
        return Strip(segments).adjust_cell_length(width, Style(bgcolor=background))

    def _style(self, colour: Pixel, behind: Pixel, background: RichColor) -> Style:
        if behind is not None:
            background = self._colour(behind).rich_color
        if colour is None:
            return Style(bgcolor=background)
        return Style(color=self._colour(colour).rich_color, bgcolor=background)

    def _colour(self, name: str) -> Color:
        """Return a colour of the theme; ``muted`` is the foreground, far back."""
        variables = self.app.theme_variables
        if name == "muted":
            behind = Color.parse(variables["background"])
            return behind.blend(Color.parse(variables["foreground"]), 0.45)
        return Color.parse(variables.get(name, variables["foreground"]))


class _Slice(Widget):
    """Some columns of the picture that it is a part of."""

    DEFAULT_CSS = "_Slice { width: 1fr; height: 100%; }"

    def render_line(self, y: int) -> Strip:
        """Return its part of the picture."""
        assert isinstance(self.parent, Drawn)  # noqa: S101 - composed by it alone
        return self.parent.part_of_line(y, self.virtual_region.x, self.size.width)


def _changes(
    old: list[list[Cell]], new: list[list[Cell]], left: int, width: int
) -> Iterator[Region]:
    """Yield where lines differ within some columns, each from the first to the last that does."""
    for y, (before, after) in enumerate(zip(old, new, strict=True)):
        if before == after:
            continue
        part = zip(before[left : left + width], after[left : left + width], strict=True)
        differing = [x for x, (a, b) in enumerate(part) if a != b]
        if differing:
            yield Region(differing[0], y, differing[-1] + 1 - differing[0], 1)


def text_cells(text: str, colour: Pixel = "foreground") -> list[Cell]:
    """Return a text as cells; what is not printable is a question mark."""
    return [(char if char.isprintable() else "?", colour, None) for char in text]


def picture_cells(picture: Picture) -> list[list[Cell]]:
    """Return the rows of a picture as cells."""
    return [picture.line(y) for y in range(picture.height)]
