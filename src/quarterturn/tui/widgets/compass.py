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
        free = size - 2 * bar
        rim = max(2, round(free * 0.24) // 2 * 2)
        top, left, centre, far = 2 * bar, bar, (free - rim) // 2, free - rim
        places = {
            "forward": (centre, 0),
            "right": (far, centre),
            "backward": (centre, far),
            "left": (0, centre),
        }
        arrow = free - 2 * rim - 2
        for word, (x, y) in places.items():
            if word == value.now and arrow >= 6:
                continue  # the arrow in the middle is that
            following = word == value.following and word != value.now
            near = word in (value.now, value.following)
            colour = LOOKS[word].colour if near else _CONSOLE
            if following and rim >= 4:
                canvas.put(draw_shape(Shape(word), rim), left + x, top + y, colour)
            else:
                dot = rim if near else rim // 2
                inset = (rim - dot) // 2
                canvas.fill(left + x + inset, top + y + inset, dot, dot, colour)
        colour, middle = LOOKS[value.now].colour, left + (free - arrow) // 2
        if arrow >= 6:
            shape = draw_shape(Shape(value.now), arrow)
            canvas.put(shape, middle, top + (free - arrow) // 2, colour)
        else:  # too small for an arrow: a hand from the middle to where one faces
            x, y = places[value.now]
            canvas.fill(
                left + min(x, centre),
                top + min(y, centre),
                rim + abs(x - centre),
                rim + abs(y - centre),
                colour,
            )
        return picture_cells(canvas.picture())
