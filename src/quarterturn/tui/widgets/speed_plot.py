"""Speed over time, coloured by heading: of a plan, or of what was measured.

A heading shows three ways: by its colour, by its shape in the band below, and by its word in the
legend. A cap is a line; where a measured speed lies above it, the bar is hatched there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from textual.content import Content
from textual.widget import Widget

from quarterturn.plan_sheet import PlanSheet
from quarterturn.track import Sample
from quarterturn.tui.headings import LOOKS
from quarterturn.tui.styles import MUTED
from quarterturn.tui.widgets.plot_columns import (
    Column,
    Stretch,
    columns,
    measured,
    planned,
    speed_ticks,
    time_ticks,
    top_kmh,
)

_GUTTER: Final = 6  # "12.5 " and the axis
_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_CAP_LINES: Final = "▁▔"  # at the foot of a cell or at its head, for half a row is all there is
_TARGET, _ABOVE = "┄", "▓"
_HALF: Final = 0.5
_MINUTES: Final = " min"


@dataclass(frozen=True, slots=True)
class _Cell:
    """One character and its style; equal styles beside each other are drawn together."""

    text: str
    style: str = ""


class SpeedPlot(Widget):
    """A plot of speed over time; it fills what room it has, from some 20 by 5 cells on."""

    HELP = """\
## Speed over time

Each bar is a stretch of time; its height is the belt's speed in km/h. Colour, and the shape in the
band below it, say which way you face: ▲ forward, ▶ right, ▼ backward, ◀ left.

The line `─` is the highest speed that the caps allow there. After a walk, `┄` is the target, and a
bar is hatched `▓` where it was above its cap.
"""
    DEFAULT_CSS = "SpeedPlot { height: 12; width: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._stretches: tuple[Stretch, ...] = ()
        self._has_target = False

    def show_plan(self, sheet: PlanSheet | None) -> None:
        """Show a plan; None: nothing."""
        self._show(() if sheet is None else planned(sheet))

    def show_measured(self, samples: Sequence[Sample]) -> None:
        """Show what was measured, with its targets and caps."""
        self._show(measured(samples))

    def _show(self, stretches: tuple[Stretch, ...]) -> None:
        self._stretches = stretches
        self._has_target = any(it.target_kmh is not None for it in stretches)
        self.refresh()

    def render(self) -> Content:
        """Draw everything anew; a plan does not change while it is looked at."""
        width, height = self.content_size
        if not self._stretches:
            return Content.styled("Nothing to plot.", MUTED)
        if width < _GUTTER + 8 or height < 4:
            return Content("")
        shown = columns(self._stretches, width - _GUTTER)
        rows = height - 2
        lines: list[Content] = []
        if height >= 7:
            rows -= 1
            lines.append(self._legend(shown, width))
        lines += _bars(shown, rows)
        lines.append(_band(shown))
        lines.append(_time_axis(self._stretches[-1].end_s, width - _GUTTER))
        return Content("\n").join(lines)

    def _legend(self, shown: Sequence[Column | None], width: int) -> Content:
        present = {it.heading for it in shown if it is not None}
        parts: list[Content] = [Content.styled(f"{'km/h':>{_GUTTER - 1}} ", MUTED)]
        parts += (
            Content.styled(f"{look.shape} {look.word}  ", f"${look.colour}")
            for look in LOOKS.values()
            if look.word in present
        )
        parts.append(Content.styled("─ cap", "$foreground"))
        if self._has_target:
            parts.append(Content.styled("  ┄ target", MUTED))
        return Content("").join(parts).truncate(width)


def _bars(shown: Sequence[Column | None], rows: int) -> Iterator[Content]:
    highest = top_kmh(shown)
    labels = {
        min(rows - 1, int(kmh / highest * rows)): f"{kmh:g}" for kmh in speed_ticks(highest, rows)
    }
    for row in range(rows - 1, -1, -1):
        label = labels.get(row)
        axis = f"{label or '':>{_GUTTER - 2}} {'┤' if label else '│'}"
        cells = [_Cell(axis, MUTED), *(_bar(it, row, rows / highest) for it in shown)]
        yield _line(cells)


def _bar(column: Column | None, row: int, rows_per_kmh: float) -> _Cell:
    """Return the cell of a column in a row, counted from below."""
    if column is None:
        return _Cell(" ")
    colour = f"$heading-{column.heading}" if column.heading in LOOKS else "$foreground"
    filled = min(max(column.kmh * rows_per_kmh - row, 0.0), 1.0)
    line = _line_in(column.cap_kmh, row, rows_per_kmh)
    above = column.cap_kmh is not None and column.kmh > column.cap_kmh + 0.005
    if line is not None:
        char, style = _CAP_LINES[line >= _HALF], "$foreground"
    elif above and filled and row >= int((column.cap_kmh or 0.0) * rows_per_kmh):
        return _Cell(_ABOVE, "bold $error")
    elif (target := _line_in(column.target_kmh, row, rows_per_kmh)) is not None and (
        target > filled or filled < 1
    ):
        char, style = _TARGET, MUTED
    else:
        top = 0 < filled < 1 or column.kmh * rows_per_kmh - row <= 1
        return _Cell(_EIGHTHS[round(filled * 8)], colour if top else f"{colour} 75%")
    return _Cell(char, f"{style} on {colour}" if filled >= _HALF else style)


def _line_in(kmh: float | None, row: int, rows_per_kmh: float) -> float | None:
    """Return how high in a row a line at a speed lies, from 0 to 1; None: in another row."""
    if kmh is None:
        return None
    level = kmh * rows_per_kmh - row
    return level if 0 <= level < 1 else None


def _band(shown: Sequence[Column | None]) -> Content:
    """Return the band of shapes below the bars."""
    cells = [_Cell(f"{'':>{_GUTTER - 1}}╰", MUTED)]
    for _, group in groupby(shown, lambda it: None if it is None else it.band):
        run = list(group)
        look = None if run[0] is None else LOOKS.get(run[0].heading)
        if look is None:
            cells.append(_Cell("─" * len(run), MUTED))
            continue
        # A free cell between bands tells two of the same heading apart.
        text = look.shape if len(run) < 3 else f"{look.shape:^{len(run) - 1}}"
        cells.append(_Cell(text, f"bold $background on ${look.colour}"))
        cells.append(_Cell(" " * (len(run) - len(text))))
    return _line(cells)


def _time_axis(end_s: float, width: int) -> Content:
    line = ""
    for seconds in time_ticks(end_s, width):
        label, at = f"{seconds / 60:g}", round(seconds / end_s * width)
        if at + len(label) + len(_MINUTES) <= width:
            line = f"{line:<{at}}{label}"
    return Content.styled(f"{'':>{_GUTTER}}{line}{_MINUTES}", MUTED)


def _line(cells: Sequence[_Cell]) -> Content:
    return Content.assemble(
        *(
            ("".join(cell.text for cell in group), style)
            for style, group in groupby(cells, lambda it: it.style)
        )
    )
