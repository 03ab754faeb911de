"""Pictures from half blocks: two square pixels in each cell of the terminal, one above the other.

What is drawn here can be mirrored, which no character of a terminal can. Colours are names of theme
variables, without their ``$``; a theme is asked for them only when a picture is shown.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from quarterturn.tui.pixel_font import FONT, HEIGHT, Bitmap

Pixel = str | None
"""The name of a colour; None: the background shows."""
Cell = tuple[str, Pixel, Pixel]
"""A character with its colour, and the colour behind it."""


class Shape(StrEnum):
    """What a picture tells without a word; the first four are the headings, seen from above."""

    FORWARD = "forward"
    RIGHT = "right"
    BACKWARD = "backward"
    LEFT = "left"
    TURN_RIGHT = "turn right"
    TURN_LEFT = "turn left"
    STOP = "stop"
    PAUSE = "pause"
    ALARM = "alarm"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows of pixels; an odd last row stands on half a cell."""

    rows: tuple[tuple[Pixel, ...], ...]

    @property
    def width(self) -> int:
        """How many cells it is wide."""
        return len(self.rows[0]) if self.rows else 0

    @property
    def height(self) -> int:
        """How many cells it is high."""
        return (len(self.rows) + 1) // 2

    def mirrored(self) -> "Picture":
        """Return the picture as a mirror shows it."""
        return Picture(tuple(row[::-1] for row in self.rows))

    def line(self, y: int) -> list[Cell]:
        """Return one row of cells."""
        upper = self.rows[2 * y]
        below = 2 * y + 1
        lower = self.rows[below] if below < len(self.rows) else (None,) * len(upper)
        return [_cell(above, under) for above, under in zip(upper, lower, strict=True)]


def _cell(upper: Pixel, lower: Pixel) -> Cell:
    if upper == lower:
        return " ", None, upper  # a third of the octets of a full block, and no seams
    if upper is None:
        return "▄", lower, None
    return "▀", upper, lower


class Canvas:
    """Where bitmaps are put together; sizes and places in pixels."""

    def __init__(self, width: int, height: int) -> None:
        self._rows: list[list[Pixel]] = [[None] * width for _ in range(height)]
        self.width, self.height = width, height

    def put(self, bitmap: Bitmap, x: int, y: int, colour: str) -> None:
        """Draw a bitmap with its upper left corner at ``x, y``; what is outside is cut off."""
        for row_y, row in enumerate(bitmap, start=y):
            if 0 <= row_y < self.height:
                for pixel_x, lit in enumerate(row, start=x):
                    if lit and 0 <= pixel_x < self.width:
                        self._rows[row_y][pixel_x] = colour

    def fill(self, x: int, y: int, width: int, height: int, colour: str) -> None:
        """Draw a rectangle."""
        self.put(((True,) * width,) * height, x, y, colour)

    def picture(self) -> Picture:
        """Return what was drawn."""
        return Picture(tuple(tuple(row) for row in self._rows))


# --- words and numbers ----------------------------------------------------------------------------


def _glyph(char: str) -> Bitmap:
    return FONT.get(char, FONT["?"])


def text_width(text: str, scale: int) -> int:
    """Return how many pixels a line is wide, one pixel of the font being ``scale`` wide."""
    glyphs = [_glyph(char) for char in text]
    return scale * (sum(len(glyph[0]) + 1 for glyph in glyphs) - 1) if glyphs else 0


def fitting_scale(lines: Sequence[str], width: int, height: int) -> int:
    """Return the largest scale at which lines fit into so many pixels; 0: they never do."""
    scale = 0
    while (
        max(text_width(line, scale + 1) for line in lines) <= width
        and text_height(len(lines), scale + 1) <= height
    ):
        scale += 1
    return scale


def text_height(lines: int, scale: int) -> int:
    """Return how many pixels lines are high, with the gaps between them."""
    return scale * lines * HEIGHT + _gap(scale) * (lines - 1)


def _gap(scale: int) -> int:
    return max(1, scale // 2)


def draw_lines(lines: Sequence[str], scale: int) -> Bitmap:
    """Return lines as a bitmap, each in the middle."""
    widest = max(text_width(line, scale) for line in lines)
    blank = (False,) * widest
    rows: list[tuple[bool, ...]] = []
    for index, line in enumerate(lines):
        rows += [blank] * (_gap(scale) if index else 0)
        left = (widest - text_width(line, scale)) // 2
        right = widest - text_width(line, scale) - left
        rows += [(False,) * left + row + (False,) * right for row in draw_text(line, scale)]
    return tuple(rows)


def draw_text(text: str, scale: int) -> Bitmap:
    """Return a line as a bitmap, its corners rounded."""
    glyphs = [enlarged(_glyph(char), scale) for char in text]
    gap = (False,) * scale
    rows: list[tuple[bool, ...]] = []
    for y in range(HEIGHT * scale):
        row: tuple[bool, ...] = ()
        for index, glyph in enumerate(glyphs):
            row += (gap if index else ()) + glyph[y]
        rows.append(row)
    return tuple(rows)


@lru_cache(maxsize=512)
def enlarged(bitmap: Bitmap, scale: int) -> Bitmap:
    """Enlarge a bitmap, with its corners cut and its notches filled (Scale2x, for any scale)."""
    height, width = len(bitmap), len(bitmap[0])

    def lit(x: int, y: int) -> bool:
        return 0 <= x < width and 0 <= y < height and bitmap[y][x]

    def part(x: int, y: int, i: int, j: int) -> bool:
        """Return a pixel of the enlarged one; ``i, j`` from the upper left of what it was."""
        if 2 * i + 1 == scale or 2 * j + 1 == scale:
            return lit(x, y)  # in the middle there is no nearest corner
        left, upper = 2 * i < scale, 2 * j < scale
        from_corner = (i if left else scale - 1 - i) + (j if upper else scale - 1 - j)
        beside = lit(x - 1 if left else x + 1, y)
        over = lit(x, y - 1 if upper else y + 1)
        if from_corner < scale // 2 and beside == over:
            across = lit(x + 1 if left else x - 1, y), lit(x, y + 1 if upper else y - 1)
            if beside not in across:
                return beside
        return lit(x, y)

    if scale == 1:
        return bitmap
    return tuple(
        tuple(part(x, y, i, j) for x in range(width) for i in range(scale))
        for y in range(height)
        for j in range(scale)
    )


# --- shapes ---------------------------------------------------------------------------------------

Inside = Callable[[float, float], bool]


@lru_cache(maxsize=64)
def draw_shape(shape: Shape, size: int) -> Bitmap:
    """Return a shape as a square bitmap of so many pixels."""
    inside = _SHAPES[shape]
    at = [(2 * i + 1 - size) / size for i in range(size)]  # -1 to 1, pixel by pixel
    return tuple(tuple(inside(x, y) for x in at) for y in at)


def _arrow(x: float, y: float) -> bool:
    """Draw an arrow that points up: a head as wide as the whole, on a shaft."""
    head = y <= 0.1 and abs(x) <= (y + 1.0) / 1.1
    return head or (y > 0.1 and abs(x) <= 0.36)


def _turned(quarters: int) -> Inside:
    def inside(x: float, y: float) -> bool:
        for _ in range(quarters):
            x, y = y, -x
        return _arrow(x, y)

    return inside


def _round(x: float, y: float) -> bool:
    """Draw an arc clockwise, from the right all the way round to the top, with an arrow's head."""
    degrees = math.degrees(math.atan2(x, -y)) % 360
    arc = 0.5 <= math.hypot(x, y) <= 0.86 and degrees >= 68
    head = 0.0 <= x <= 0.5 and abs(y + 0.68) <= 0.34 * (0.5 - x) / 0.5
    return arc or head


_SHAPES: Final[dict[Shape, Inside]] = {
    Shape.FORWARD: _turned(0),
    Shape.RIGHT: _turned(1),
    Shape.BACKWARD: _turned(2),
    Shape.LEFT: _turned(3),
    Shape.TURN_RIGHT: _round,
    Shape.TURN_LEFT: lambda x, y: _round(-x, y),
    Shape.STOP: lambda x, y: max(abs(x), abs(y)) <= 0.86,
    Shape.PAUSE: lambda x, y: 0.2 <= abs(x) <= 0.7 and abs(y) <= 0.86,
    Shape.ALARM: lambda x, y: (
        abs(x) <= (y + 1.0) / 2 and not (abs(x) <= 0.12 and (-0.35 <= y <= 0.4 or 0.55 <= y <= 0.8))
    ),
    Shape.WAIT: lambda x, y: any(math.hypot(x - at, y) <= 0.2 for at in (-0.64, 0.0, 0.64)),
}
