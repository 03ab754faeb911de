"""What a terminal shows, as an SVG that looks the same wherever it is shown.

It names no font but the reader's own monospaced one, runs nothing and asks nobody for anything.
What the screens build letters and bars from is drawn as areas, because fonts leave gaps between
rows; their edges are crisp, so that there are none either where the picture is scaled.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from rich.segment import Segment
from rich.style import Style

_CELL_W, _CELL_H, _FONT_SIZE, _BASELINE = 9, 18, 15, 14
_EDGE: Final = 9
_DIM: Final = 0.6  # how much of a dim colour is left on its background

Area = tuple[float, float, float, float]
"""Left, top, width, height as shares of a cell."""
Colour = tuple[int, int, int]

_LOWER: Final = "▁▂▃▄▅▆▇█"
_LEFT: Final = "▉▊▋▌▍▎▏"
_SHADES: Final = {"░": 0.25, "▒": 0.5, "▓": 0.75}
_QUADRANTS: Final = {
    "▖": (2,), "▗": (3,), "▘": (0,), "▙": (0, 2, 3), "▚": (0, 3), "▛": (0, 1, 2), "▜": (0, 1, 3),
    "▝": (1,), "▞": (1, 2), "▟": (1, 2, 3),
}  # fmt: skip
_AREAS: Final[dict[str, tuple[Area, ...]]] = {
    "▀": ((0, 0, 1, 0.5),),
    "▔": ((0, 0, 1, 0.125),),
    "▐": ((0.5, 0, 0.5, 1),),
    "▕": ((0.875, 0, 0.125, 1),),
    "─": ((0, 0.5, 1, 0.0625),),
    "━": ((0, 0.4375, 1, 0.125),),
    "│": ((0.5, 0, 0.125, 1),),
    "┃": ((0.375, 0, 0.25, 1),),
    **{it: ((0, 1 - n / 8, 1, n / 8),) for n, it in enumerate(_LOWER, 1)},
    **{it: ((0, 0, 1 - n / 8, 1),) for n, it in enumerate(_LEFT, 1)},
    **dict.fromkeys(_SHADES, ((0, 0, 1, 1),)),
    **{
        it: tuple((n % 2 / 2, n // 2 / 2, 0.5, 0.5) for n in quadrants)
        for it, quadrants in _QUADRANTS.items()
    },
}


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell is drawn."""

    colour: Colour
    background: Colour
    bold: bool
    underlined: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Characters in one look, from a column on; each is one cell wide, or is alone."""

    column: int
    text: str
    cells: int
    look: Look


def picture(strips: Iterable[Iterable[Segment]], size: tuple[int, int], title: str) -> str:
    """Draw strips of a screen; ``title`` says what is seen, to those who do not see it."""
    rows = [list(_runs(strip)) for strip in strips]
    plain = rows[0][0].look.background if rows and rows[0] else (0, 0, 0)
    width, height = size[0] * _CELL_W + 2 * _EDGE, size[1] * _CELL_H + 2 * _EDGE
    box = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    grounds: dict[Colour, list[str]] = {}
    areas: dict[Colour, list[str]] = {}
    texts: list[str] = []
    for row, runs in enumerate(rows):
        for run in runs:
            if run.look.background != plain:
                _add(grounds, run.look.background, row, run.column, (0, 0, run.cells, 1))
            for part in _alike(run):
                if part.text[0] in _AREAS:
                    _fill(areas, row, part)
                else:
                    texts += _words(row, part)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{_hex(plain)}"/>',
        *(
            f'<path shape-rendering="crispEdges" fill="{_hex(colour)}" d="{"".join(boxes)}"/>'
            for layer in (grounds, areas)
            for colour, boxes in sorted(layer.items())
        ),
        f'<g font-family="ui-monospace,monospace" font-size="{_FONT_SIZE}">',
        *texts,
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _runs(strip: Iterable[Segment]) -> Iterator[Run]:
    """Yield what a row is made of; neighbours that look alike are one."""
    column = 0
    held: Run | None = None
    for segment in strip:
        look, cells = _look(segment.style or Style()), segment.cell_length
        if held is not None and held.look == look:
            held = Run(held.column, held.text + segment.text, held.cells + cells, look)
        else:
            if held is not None:
                yield held
            held = Run(column, segment.text, cells, look)
        column += cells
    if held is not None:
        yield held


def _look(style: Style) -> Look:
    colour = _triplet(style.color, (224, 224, 224))
    background = _triplet(style.bgcolor, (0, 0, 0))
    if style.reverse:
        colour, background = background, colour
    if style.dim:
        colour = _between(background, colour, _DIM)
    return Look(colour, background, bool(style.bold), bool(style.underline))


def _triplet(colour: object, otherwise: Colour) -> Colour:
    triplet = getattr(colour, "triplet", None)
    return otherwise if triplet is None else (triplet.red, triplet.green, triplet.blue)


def _between(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _alike(run: Run) -> Iterator[Run]:
    """Yield its parts: the same area again and again, words, or a single sign.

    A sign that many monospaced fonts lack comes from another one, with another width.
    """
    if run.cells != len(run.text):
        raise ValueError(f"a character that is not one cell wide: {run.text!r}")
    begin = 0
    for at in range(1, len(run.text) + 1):
        before = run.text[at - 1]
        if at < len(run.text):
            this = run.text[at]
            if this == before and this in _AREAS:
                continue
            if this.isascii() and before.isascii():
                continue
        text = run.text[begin:at]
        yield Run(run.column + begin, text, len(text), run.look)
        begin = at


def _words(row: int, run: Run) -> Iterator[str]:
    """Yield an element for each word group; two blanks or more are left out."""
    column = run.column
    for number, part in enumerate(run.text.split("  ")):
        column += 2 if number else 0
        text = part.strip()
        if text:
            yield _text(row, column + len(part) - len(part.lstrip()), text, run.look)
        column += len(part)


def _text(row: int, column: int, text: str, look: Look) -> str:
    left, base = _EDGE + column * _CELL_W, _EDGE + row * _CELL_H + _BASELINE
    more = ' font-weight="bold"' if look.bold else ""
    more += ' text-decoration="underline"' if look.underlined else ""
    return (
        f'<text x="{left}" y="{base}" textLength="{len(text) * _CELL_W}" '
        f'lengthAdjust="spacingAndGlyphs" fill="{_hex(look.colour)}"{more}>{escape(text)}</text>'
    )


def _fill(areas: dict[Colour, list[str]], row: int, run: Run) -> None:
    sign = run.text[0]
    colour = _between(run.look.background, run.look.colour, _SHADES.get(sign, 1.0))
    whole = _AREAS[sign]
    if all(left == 0 and width == 1 for left, _, width, _ in whole):
        for _, top, _, height in whole:
            _add(areas, colour, row, run.column, (0, top, run.cells, height))
        return
    for column in range(run.column, run.column + run.cells):
        for area in whole:
            _add(areas, colour, row, column, area)


def _add(layer: dict[Colour, list[str]], colour: Colour, row: int, column: int, area: Area) -> None:
    left, top, width, height = area
    x, y = _EDGE + (column + left) * _CELL_W, _EDGE + (row + top) * _CELL_H
    w, h = width * _CELL_W, height * _CELL_H
    layer.setdefault(colour, []).append(f"M{x:g} {y:g}h{w:g}v{h:g}h{-w:g}z")


def _hex(colour: Sequence[int]) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)
