"""What real treadmills do, as named changes to the default machine. Any of them may be combined."""

from collections.abc import Iterable, Mapping

from quarterturn_simulator.quirks.connection import CONNECTION
from quarterturn_simulator.quirks.control import CONTROL
from quarterturn_simulator.quirks.quirk import Quirk
from quarterturn_simulator.quirks.reports import REPORTS
from quarterturn_simulator.quirks.units import UNITS
from quarterturn_simulator.settings import Settings, changed

__all__ = ["CONNECTION", "CONTROL", "QUIRKS", "REPORTS", "UNITS", "Quirk", "with_quirks"]

QUIRKS: Mapping[str, Quirk] = {**UNITS, **CONTROL, **REPORTS, **CONNECTION}


def with_quirks(settings: Settings, names: Iterable[str]) -> Settings:
    """Return the settings with the named quirks, in order.

    Raises:
        ValueError: when a quirk is unknown; the message lists the known.

    """
    for name in names:
        known = QUIRKS.get(name)
        if known is None:
            raise ValueError(f"unknown quirk {name!r}: known are {', '.join(QUIRKS)}")
        settings = changed(settings, known.changes)
    return settings
