"""One oddity of a treadmill, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Quirk:
    """One behaviour: what it does, of whom it was reported and where, the settings that do it."""

    does: str
    source: str
    changes: Mapping[str, object]

    @property
    def description(self) -> str:
        """What it does, with where it was reported."""
        return f"{self.does} ({self.source})"


def quirk(does: str, source: str, **changes: object) -> Quirk:
    """Build a quirk from the settings that it changes."""
    return Quirk(does, source, MappingProxyType(changes))
