"""Words, numbers and shapes as large as fits, drawn from half blocks."""

from dataclasses import dataclass

from quarterturn.tui.pixels import Canvas, Cell, Shape, draw_lines, draw_shape, fitting_scale
from quarterturn.tui.widgets.drawn import Drawn, picture_cells, text_cells


@dataclass(frozen=True, slots=True)
class BigText:
    """Lines of capital letters or digits in one colour, a variable of the theme."""

    lines: tuple[str, ...]
    colour: str


class BigDigits(Drawn[BigText]):
    """Big lines of text; plain ones where not even the smallest pixels fit."""

    def draw(self, value: BigText, width: int, height: int) -> list[list[Cell]]:
        """Draw the lines at the largest scale that fits."""
        lines = [line for line in value.lines if line]
        if not lines:
            return []
        scale = fitting_scale(lines, width, 2 * height)
        if scale == 0:
            return [text_cells(line[:width], value.colour) for line in lines[:height]]
        drawn = draw_lines(lines, scale)
        canvas = Canvas(len(drawn[0]), len(drawn))
        canvas.put(drawn, 0, 0, value.colour)
        return picture_cells(canvas.picture())


@dataclass(frozen=True, slots=True)
class ColouredShape:
    """A shape in a colour, a variable of the theme."""

    shape: Shape
    colour: str


class ShapeBox(Drawn[ColouredShape]):
    """A shape as large as fits."""

    def draw(self, value: ColouredShape, width: int, height: int) -> list[list[Cell]]:
        """Draw the shape in a square."""
        size = min(width, 2 * height)
        canvas = Canvas(size, size)
        canvas.put(draw_shape(value.shape, size), 0, 0, value.colour)
        return picture_cells(canvas.picture())
