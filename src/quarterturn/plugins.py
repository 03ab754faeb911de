"""Drivers, sensors, links and simulators by entry point: listed without importing, loaded singly.

The core knows none of them by name. What a plugin does wrong becomes a PluginError in plain words.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from quarterturn.port import DriverFactory, LinkFactory, Scanner, SensorFactory, Simulator

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


class PluginError(Exception):
    """A plugin is not there, is there twice, or cannot be loaded; the message says what to do."""


class Group(StrEnum):
    """The entry-point groups."""

    DRIVERS = "quarterturn.drivers"
    SENSORS = "quarterturn.sensors"
    LINKS = "quarterturn.links"
    SCANNERS = "quarterturn.scanners"
    SIMULATORS = "quarterturn.simulators"

    @property
    def noun(self) -> str:
        """One member of the group, in words."""
        return self.value.removeprefix("quarterturn.").removesuffix("s")


def names(group: Group) -> tuple[str, ...]:
    """List what there is, sorted, importing nothing."""
    return tuple(sorted({entry.name for entry in _offered(group)}))


def load_driver(name: str) -> DriverFactory:
    """Load one driver.

    Raises:
        PluginError: when there is none of this name, or it cannot be loaded.

    """
    return cast("DriverFactory", _load(Group.DRIVERS, name))


def load_sensor(name: str) -> SensorFactory:
    """Load the driver of one kind of sensor.

    Raises:
        PluginError: when there is none of this name, or it cannot be loaded.

    """
    return cast("SensorFactory", _load(Group.SENSORS, name))


def load_link(name: str) -> LinkFactory:
    """Load one kind of link.

    Raises:
        PluginError: when there is none of this name, or it cannot be loaded.

    """
    return cast("LinkFactory", _load(Group.LINKS, name))


def load_scanner(name: str = "ble") -> Scanner:
    """Load one scanner.

    Raises:
        PluginError: when there is none of this name, or it cannot be loaded.

    """
    return cast("Scanner", _load(Group.SCANNERS, name))


def load_simulator(name: str = "treadmill") -> Simulator:
    """Load and build one simulator.

    Raises:
        PluginError: when there is none of this name, or it cannot be loaded.

    """
    return cast("Simulator", _load(Group.SIMULATORS, name)())


def _load(group: Group, name: str) -> Callable[..., object]:
    entry = _find(group, name)
    what = f"the {group.noun} {name!r} of {_distribution(entry)} cannot be loaded"
    mend = f"reinstall it (pip install --force-reinstall {_distribution_name(entry)})"
    try:
        loaded: object = entry.load()
    except ModuleNotFoundError as error:
        raise PluginError(
            f"{what}: it needs the Python module {error.name!r}, which is not installed here; "
            f"install that, or {mend}"
        ) from error
    except (Exception, SystemExit) as error:
        # Anything at all may go wrong in somebody else's module, and none of it is ours to show.
        raise PluginError(f"{what}: {type(error).__name__}: {error}; {mend}") from error
    if not callable(loaded):
        raise PluginError(f"{what}: {entry.value} cannot be called; {mend}")
    return loaded


def _offered(group: Group) -> "Iterable[EntryPoint]":
    from importlib.metadata import entry_points  # a fifth of the time in which a bridge starts

    return entry_points(group=group)


def _find(group: Group, name: str) -> "EntryPoint":
    found = {
        (entry.value, _distribution(entry)): entry
        for entry in _offered(group)
        if entry.name == name
    }
    if len(found) > 1:
        owners = " and ".join(sorted(owner for _, owner in found))
        raise PluginError(
            f"the {group.noun} {name!r} is offered more than once, by {owners}: "
            "uninstall all but one"
        )
    if found:
        return next(iter(found.values()))
    known = names(group)
    if not known:
        raise PluginError(
            f"there is no {group.noun} {name!r}, and none at all: "
            "reinstall quarterturn (pip install --force-reinstall quarterturn)"
        )
    import difflib  # seldom needed, and the bridge starts without it

    close = difflib.get_close_matches(name, known, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    raise PluginError(f"there is no {group.noun} {name[:40]!r}{hint}: there is {', '.join(known)}")


def _distribution_name(entry: "EntryPoint") -> str:
    return "its package" if entry.dist is None else entry.dist.name


def _distribution(entry: "EntryPoint") -> str:
    return _distribution_name(entry) + ("" if entry.dist is None else f" {entry.dist.version}")
