"""The circle seen from above: which way to face now, and next; the console is up."""

from dataclasses import dataclass
from typing import Final

from quarterturn.tui.headings import LOOKS
from quarterturn.tui.pixels import Canvas, Cell, Shape, draw_shape
from quarterturn.tui.widgets.drawn import Drawn, picture_cells

_CONSOLE: Final = "muted"
_SMALLEST: Final = 8


@dataclass(frozen=True, slots=True)
class Way:
    """The heading now, and the next one; None: there is none, or it is the same."""

    now: str
    following: str | None


class Compass(Drawn[Way]):
    """An arrow in the middle for now; on the rim an arrow for next, and a dot for the others."""

    def draw(self, value: Way, width: int, height: int) -> list[list[Cell]]:
        """Draw the circle as large as fits, beneath the console."""
        size = min(width, 2 * height) // 2 * 2
        if size < _SMALLEST:
            return []
        canvas = Canvas(size, size)
        bar = max(1, size // 14)
        # The console, and below it a square for the circle.
        canvas.fill(size // 4, 0, size - 2 * (size // 4), bar, _CONSOLE)
        free = size - bar - 1
        rim, arrow = _fit(free)
        top, left = size - free, (size - free) // 2
        middle = (free - arrow) // 2
        canvas.put(
            draw_shape(Shape(value.now), arrow),
            left + middle,
            top + middle,
            LOOKS[value.now].colour,
        )
        near, far = 0, free - rim
        centre = (free - rim) // 2
        places = {
            "forward": (centre, near),
            "right": (far, centre),
            "backward": (centre, far),
            "left": (near, centre),
        }
        for word, (x, y) in places.items():
            if word == value.now:
                continue
            following = word == value.following
            colour = LOOKS[word].colour if following else _CONSOLE
            dot = max(1, rim // 2) if not following else rim
            inset = (rim - dot) // 2
            if following and rim >= 4:
                canvas.put(draw_shape(Shape(word), rim), left + x, top + y, colour)
            else:
                canvas.fill(left + x + inset, top + y + inset, dot, dot, colour)
        return picture_cells(canvas.picture())


def _fit(free: int) -> tuple[int, int]:
    """Return the sizes of what is on the rim and of the arrow in the middle, alike in parity."""
    rim = max(2, round(free * 0.24))
    arrow = free - 2 * rim - (0 if free < 12 else 2)
    arrow -= (free - arrow) % 2
    rim -= (free - rim) % 2
    return max(1, rim), max(2, arrow)
