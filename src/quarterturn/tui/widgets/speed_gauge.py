"""The belt as measured against what was asked and what is allowed, with the reason."""

from quarterturn.tui.pixels import Cell
from quarterturn.tui.view import Belt
from quarterturn.tui.widgets.drawn import Drawn, text_cells


class SpeedGauge(Drawn[Belt]):
    """A line of numbers, a bar where there are three rows or more, and a line for the reason."""

    def draw(self, value: Belt, width: int, height: int) -> list[list[Cell]]:
        """Draw as many of the rows as there is room for."""
        rows = [_numbers(value)]
        if height >= 3:
            rows.append(_bar(value, width))
        reason = "ABOVE THE CAP" if value.above_cap else value.reason
        rows.append(text_cells(reason, "error" if value.above_cap else "muted"))
        return [(row + [(" ", None, None)] * width)[:width] for row in rows[:height]]


def _numbers(belt: Belt) -> list[Cell]:
    look = "error" if belt.above_cap else "warning" if belt.stale else "foreground"
    measured = _one(belt.speed) + ("?" if belt.stale and belt.speed is not None else "")
    cells = text_cells("belt ", "muted") + text_cells(f"{measured} {belt.unit}", look)
    cells += text_cells(" (old)" if belt.stale else "", "warning")
    cells += text_cells("   target ", "muted") + text_cells(_one(belt.target))
    return cells + text_cells("   cap ", "muted") + text_cells(_one(belt.cap))


def _one(speed: float | None) -> str:
    return "-" if speed is None else f"{speed:.1f}"


def _bar(belt: Belt, width: int) -> list[Cell]:
    """Draw the measured speed as a bar, with a mark for the target and one for the cap."""
    most = max(belt.cap or 0.0, belt.target or 0.0, belt.speed or 0.0, 0.1) * 1.1

    def at(speed: float) -> int:
        return min(width - 1, round(speed / most * (width - 1)))

    filled = 0 if belt.speed is None else at(belt.speed)
    look = "error" if belt.above_cap else "muted" if belt.stale else "primary"
    line: Cell = ("━", look, None)
    rest: Cell = ("─", "panel", None)
    cells = [line] * filled + [rest] * (width - filled)
    if belt.target is not None:
        cells[at(belt.target)] = ("┃", "foreground", None)
    if belt.cap is not None:
        cells[at(belt.cap)] = ("▌", "error", None)
    return cells
