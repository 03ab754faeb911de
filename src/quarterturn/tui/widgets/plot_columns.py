"""From a plan, or from what was measured, to the columns of a plot. Nothing here is drawn."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from quarterturn.plan_sheet import PlanSheet
from quarterturn.track import Sample

# A report speaks for the time until the next one, but not for longer than a stale one would.
_REPORT_HOLDS_S = 4.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time with one heading, from one speed to another. ``turned``: a turn leads into it."""

    start_s: float
    end_s: float
    kmh: float
    end_kmh: float
    heading: str
    cap_kmh: float | None = None
    target_kmh: float | None = None
    turned: bool = False

    def highest_kmh(self, start_s: float, end_s: float) -> float:
        """Return the highest speed between two times."""
        return max(self._kmh_at(start_s), self._kmh_at(end_s))

    def _kmh_at(self, t_s: float) -> float:
        length_s = self.end_s - self.start_s
        share = (t_s - self.start_s) / length_s if length_s > 0 else 0.0
        return self.kmh + (self.end_kmh - self.kmh) * min(max(share, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Column:
    """What one column shows. ``band``: which run of equal columns it belongs to."""

    kmh: float
    heading: str
    cap_kmh: float | None
    target_kmh: float | None
    band: int


def planned(sheet: PlanSheet) -> tuple[Stretch, ...]:
    """Return the stretches of a plan, in walking time."""
    return tuple(
        Stretch(
            phase.start_s,
            phase.start_s + phase.duration_s,
            phase.speed_kmh,
            phase.end_speed_kmh,
            phase.heading,
            phase.cap_kmh,
            turned=phase.turn is not None,
        )
        for phase in sheet.phases
    )


def measured(samples: Sequence[Sample]) -> tuple[Stretch, ...]:
    """Return a stretch for each report, from the first one on; where none came, there is a gap."""
    if not samples:
        return ()
    first_s = samples[0].t_s
    ends = [later.t_s for _, later in pairwise(samples)] + [samples[-1].t_s + 1.0]
    return tuple(
        Stretch(
            it.t_s - first_s,
            min(end_s, it.t_s + _REPORT_HOLDS_S) - first_s,
            it.kmh,
            it.kmh,
            it.heading,
            it.cap_kmh,
            it.target_kmh,
        )
        for it, end_s in zip(samples, ends, strict=True)
    )


def columns(stretches: Sequence[Stretch], width: int) -> tuple[Column | None, ...]:
    """Divide the time evenly; None where there is nothing to show.

    Of a column's stretches the longest says the heading, and the fastest of that heading the speed:
    a peak above a cap is never averaged away.
    """
    end_s = stretches[-1].end_s if stretches else 0.0
    found: list[Column | None] = []
    first, band = 0, 0
    before: Stretch | None = None
    for index in range(width):
        start, end = index * end_s / width, (index + 1) * end_s / width
        while first < len(stretches) and stretches[first].end_s <= start:
            first += 1
        last = first
        while last < len(stretches) and stretches[last].start_s < end:
            last += 1
        within = stretches[first:last]
        if not within:
            found.append(None)
            continue
        main = max(within, key=lambda it: min(it.end_s, end) - max(it.start_s, start))
        if before is not None and (main.heading != before.heading or _leads_in(main, before)):
            band += 1
        before = main
        alike = [it for it in within if it.heading == main.heading]
        found.append(
            Column(
                max(it.highest_kmh(max(start, it.start_s), min(end, it.end_s)) for it in alike),
                main.heading,
                min((it.cap_kmh for it in alike if it.cap_kmh is not None), default=None),
                main.target_kmh,
                band,
            )
        )
    return tuple(found)


def _leads_in(stretch: Stretch, before: Stretch) -> bool:
    return stretch.turned and stretch is not before


def top_kmh(shown: Sequence[Column | None]) -> float:
    """Return where the axis of speed ends: a little above all that is shown."""
    highest = max(
        (max(it.kmh, it.cap_kmh or 0.0, it.target_kmh or 0.0) for it in shown if it), default=0.0
    )
    return max(1.0, math.ceil(highest * 2 + 0.01) / 2)


def speed_ticks(highest_kmh: float, rows: int) -> tuple[float, ...]:
    """Return the speeds to write at the axis, two rows or more apart, from 0 on."""
    return _ticks(highest_kmh, rows / 2, (0.5, 1.0, 2.0, 5.0, 10.0, 20.0))


def time_ticks(end_s: float, width: int) -> tuple[float, ...]:
    """Return the times to write at the axis, in seconds, eight cells or more apart, from 0 on."""
    minutes = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0)
    return tuple(60 * it for it in _ticks(end_s / 60, width / 8, minutes))


def _ticks(span: float, most: float, steps: Sequence[float]) -> tuple[float, ...]:
    step = next((step for step in steps if span / step <= most), None)
    if step is None:
        return (0.0,)
    return tuple(index * step for index in range(math.floor(span / step + 1e-9) + 1))
