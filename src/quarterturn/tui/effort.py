"""What a walk has burned so far: an estimate from the measured speed, report by report."""

from collections.abc import Mapping

from quarterturn.energy import kcal_per_min, met
from quarterturn.model import Heading, PhaseKind
from quarterturn.monitors import STALE_FAULT_S
from quarterturn.session.vocabulary import number
from quarterturn.units import Incline, Speed

_FROM_THE_START_S = 15.0


class Effort:
    """Adds up `energy.met` over the reports of a walk, while the belt moves."""

    def __init__(self) -> None:
        self._met_min = 0.0
        self._last: tuple[float, float] | None = None  # t, km/h
        self.partial = False
        """Whether the beginning was missed, so that it is more than what is shown."""

    def add(self, report: Mapping[str, object], heading: str, kind: str) -> None:
        """Take in a telemetry event, walked with a heading in a kind of phase."""
        t, kmh = number(report.get("t")), number(report.get("speed_kmh"))
        if t is None or kmh is None:
            return
        before, self._last = self._last, (t, kmh)
        if before is None:
            self.partial = t > _FROM_THE_START_S
            return
        passed_s, mean_kmh = t - before[0], (kmh + before[1]) / 2
        if 0 < passed_s <= STALE_FAULT_S and mean_kmh > 0:
            incline = Incline.from_pct(number(report.get("incline_pct")) or 0.0)
            effort = met(
                Heading[heading.upper()], PhaseKind(kind), Speed.from_kmh(mean_kmh), incline
            )
            self._met_min += effort * passed_s / 60

    def kcal(self, mass_kg: float) -> float | None:
        """Return what was burned by a body of that mass; None before the second report."""
        return None if self._last is None else kcal_per_min(self._met_min, mass_kg)
