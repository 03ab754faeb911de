"""The whole plan as a bar: what is walked is filled, what is to come is only shaded."""

from dataclasses import dataclass

from quarterturn.tui.headings import LOOKS
from quarterturn.tui.pixels import Cell
from quarterturn.tui.view import Part
from quarterturn.tui.widgets.drawn import Drawn


@dataclass(frozen=True, slots=True)
class Progress:
    """The phases of a plan, and how much of it is walked."""

    parts: tuple[Part, ...]
    done_s: float
    total_s: float


class PhaseBar(Drawn[tuple[Cell, ...]]):
    """A part for each phase, in the colour of its heading, with its shape where it begins."""

    _progress = Progress((), 0.0, 0.0)

    def progress(self, progress: Progress) -> None:
        """Show how far the walk is; nothing is drawn before that makes a cell of difference."""
        self._progress = progress
        self.show(tuple(bar_cells(progress, self.content_size.width)))

    def on_resize(self) -> None:
        """Fill the new width."""
        self.progress(self._progress)

    def draw(self, value: tuple[Cell, ...], _width: int, height: int) -> list[list[Cell]]:
        """Draw the bar as high as there is room, the shapes on its first row."""
        plain = [(char if char == "░" else " ", colour, behind) for char, colour, behind in value]
        return [list(value), *([plain] * (height - 1))]


def bar_cells(progress: Progress, width: int) -> list[Cell]:
    """Return one row of the bar."""
    if progress.total_s <= 0 or width <= 0:
        return []
    filled = int(progress.done_s / progress.total_s * width + 1e-9)
    cells: list[Cell] = []
    for part in progress.parts:
        first = round(part.start_s / progress.total_s * width)
        last = round((part.start_s + part.duration_s) / progress.total_s * width)
        look = LOOKS[part.heading]
        for x in range(first, last):
            char = look.shape if x == first else " "
            if x < filled:
                cells.append((char, "background", look.colour))
            else:
                cells.append((char if x == first else "░", look.colour, None))
    return cells
