"""Far and mirror mode: the session in a few pictures, to be read from the other end of a room."""

from dataclasses import dataclass
from typing import Final

from quarterturn.tui.headings import LOOKS
from quarterturn.tui.pixels import (
    Canvas,
    Cell,
    Shape,
    draw_lines,
    draw_shape,
    draw_text,
    fitting_scale,
    text_height,
    text_width,
)
from quarterturn.tui.view import Part
from quarterturn.tui.widgets.drawn import Drawn, picture_cells

_GAP: Final = 2  # pixels between a shape and its number


@dataclass(frozen=True, slots=True)
class Bill:
    """What a poster shows; ``lines`` instead of shape and number, where something is wrong.

    ``word`` and ``parts`` are left out in far mode.
    """

    shape: Shape
    colour: str
    number: str | None
    lines: tuple[str, ...] = ()
    word: str = ""
    parts: tuple[Part, ...] = ()
    done_s: float = 0.0
    total_s: float = 0.0
    mirrored: bool = False


class Poster(Drawn[Bill]):
    """One picture as large as fits, flipped for a mirror where it is meant for one."""

    def draw(self, value: Bill, width: int, height: int) -> list[list[Cell]]:
        """Draw the picture."""
        canvas = Canvas(width, 2 * height)
        if value.lines:
            _draw_lines(canvas, value.lines, value.colour, 0, canvas.height)
        else:
            _draw_walk(canvas, value)
        picture = canvas.picture()
        return picture_cells(picture.mirrored() if value.mirrored else picture)


def _draw_walk(canvas: Canvas, bill: Bill) -> None:
    top, bottom = 0, canvas.height
    if bill.parts:
        bottom -= _draw_bar(canvas, bill) + 2
    if bill.word:
        high = max(7, (bottom - top) // 3)
        scale = max(1, fitting_scale([bill.word], canvas.width, high))
        used = text_height(1, scale)
        _draw_lines(canvas, (bill.word,), bill.colour, top, used)
        top += used + 2
    _draw_glyph_and_number(canvas, bill, top, bottom - top)


def _draw_lines(canvas: Canvas, lines: tuple[str, ...], colour: str, top: int, height: int) -> None:
    drawn = draw_lines(lines, max(1, fitting_scale(lines, canvas.width, height)))
    x, y = (canvas.width - len(drawn[0])) // 2, top + max(0, height - len(drawn)) // 2
    canvas.put(drawn, x, y, colour)


def _draw_glyph_and_number(canvas: Canvas, bill: Bill, top: int, height: int) -> None:
    """Draw both beside or above each other, whichever makes the number larger."""
    width, number = canvas.width, bill.number
    if number is None:
        size = min(width, height)
        shape = draw_shape(bill.shape, max(1, size))
        canvas.put(shape, (width - size) // 2, top + (height - size) // 2, bill.colour)
        return
    beside = fitting_scale([number], width, height)
    while beside > 1 and text_width(number, beside) + _GAP + 7 * beside > width:
        beside -= 1
    above = fitting_scale([number], width, height * 3 // 5)
    if beside >= above:
        size = min(height, width - _GAP - text_width(number, beside))
        x = (width - size - _GAP - text_width(number, beside)) // 2
        middle = top + height // 2
        canvas.put(draw_shape(bill.shape, size), x, middle - size // 2, bill.colour)
        y = middle - text_height(1, beside) // 2
        canvas.put(draw_text(number, beside), x + size + _GAP, y, "foreground")
        return
    size = max(1, min(width, height - text_height(1, above) - _GAP))
    canvas.put(draw_shape(bill.shape, size), (width - size) // 2, top, bill.colour)
    x = (width - text_width(number, above)) // 2
    canvas.put(draw_text(number, above), x, top + size + _GAP, "foreground")


def _draw_bar(canvas: Canvas, bill: Bill) -> int:
    """Draw the plan as a bar at the bottom; return how high it is."""
    high = max(2, canvas.height // 16)
    y = canvas.height - high
    done = int(bill.done_s / bill.total_s * canvas.width) if bill.total_s > 0 else 0
    for part in bill.parts:
        first = round(part.start_s / bill.total_s * canvas.width)
        last = round((part.start_s + part.duration_s) / bill.total_s * canvas.width)
        colour = LOOKS[part.heading].colour
        filled = max(0, min(last, done) - first)
        canvas.fill(first, y, filled, high, colour)
        if last > first + filled:
            canvas.fill(first + filled, y + high - 1, last - first - filled, 1, colour)
    return high
