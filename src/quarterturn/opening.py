"""From the URL that a user names to a treadmill, a simulation or a sensor that can be opened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, count
from typing import TYPE_CHECKING, Self

from quarterturn import plugins
from quarterturn.model import MachineRecord
from quarterturn.port import (
    Driver,
    DriverFactory,
    GattLink,
    OpenSensor,
    ReportSink,
    Simulation,
)
from quarterturn.treadmill_url import TreadmillUrl, parse_sensor_url, parse_treadmill_url

if TYPE_CHECKING:
    from quarterturn.words import PhraseBook

SIMULATED_LINK = "sim"
SIMULATED = "ftms+sim://"
_SIMULATED_RECORD = "simulated"
_OPTIONS_OF_NO_MACHINE = frozenset({"seed", "fault", "link", "quirk"})


Through = Callable[[GattLink], GattLink]
"""Puts a link of one's own around the one that a URL names."""


@dataclass(frozen=True, slots=True)
class Treadmill:
    """A treadmill that can be connected to."""

    url: TreadmillUrl
    record: MachineRecord
    link: GattLink
    driver: DriverFactory

    def build(self, record: MachineRecord, sink: ReportSink) -> Driver:
        """Build a driver that knows so much of the machine and reports to a sink."""
        return self.driver(self.link, record, sink)

    def open_driver(self, sink: ReportSink) -> Driver:
        """Build a driver that reports to a sink."""
        return self.build(self.record, sink)

    def around(self, link: Through, driver: Callable[[DriverFactory], DriverFactory]) -> Self:
        """Return the same treadmill with something of one's own around its link and drivers."""
        return replace(self, link=link(self.link), driver=driver(self.driver))

    @property
    def simulated(self) -> bool:
        """Whether nobody can fall off it."""
        return self.url.link == SIMULATED_LINK


@dataclass(frozen=True, slots=True)
class NamedSensor:
    """A sensor that can be listened to, and what its reports call it."""

    name: str
    url: TreadmillUrl
    open_sensor: OpenSensor


def open_treadmill(url: str, *, through: Through | None = None) -> Treadmill:
    """Prepare a treadmill for connecting.

    Raises:
        ValueError: when the URL, its address or an option is not understood.
        PluginError: when its driver or link is not there.
        FileErrors: when the machine record that it names has an error.

    """
    parsed = parse_treadmill_url(url)
    link = plugins.load_link(parsed.link)(parsed.address, parsed.link_options)
    return _treadmill(parsed, link if through is None else through(link), ())


def open_simulation(
    url: str,
    *,
    quirks: Sequence[str] = (),
    faults: Sequence[tuple[str, float]] = (),
    seed: int = 0,
    through: Through | None = None,
) -> tuple[Treadmill, Simulation]:
    """Prepare a simulated treadmill together with its walker.

    Raises:
        ValueError: when the URL is not one of a simulated treadmill, or names something unknown.
        PluginError: when the simulator is not there.

    """
    parsed = _simulated(url)
    simulator = plugins.load_simulator()
    simulation = simulator.open(parsed.link_options, quirks=quirks, faults=faults, seed=seed)
    link = simulation.link if through is None else through(simulation.link)
    return _treadmill(parsed, link, quirks), simulation


def open_sensors(
    urls: Sequence[tuple[str | None, str]], simulation: Simulation | None = None
) -> list[NamedSensor]:
    """Prepare sensors for listening, from names and URLs; one without a name gets its driver's.

    ``simulation`` is whose walker wears them; then they have to be simulated ones.

    Raises:
        ValueError: when a URL, its address or an option is not understood.
        PluginError: when a driver or link is not there.

    """
    sensors: list[NamedSensor] = []
    taken = {name for name, _ in urls}
    for name, url in urls:
        parsed = parse_sensor_url(url)
        driver = plugins.load_sensor(parsed.driver)
        link = _sensor_link(parsed, url, simulation)
        called = name
        if called is None:
            numbered = (f"{parsed.driver}-{number}" for number in count(2))
            called = next(it for it in chain([parsed.driver], numbered) if it not in taken)
            taken.add(called)
        sensors.append(NamedSensor(called, parsed, partial(driver, link, called)))
    return sensors


def _sensor_link(parsed: TreadmillUrl, url: str, simulation: Simulation | None) -> GattLink:
    if parsed.link != SIMULATED_LINK:
        if simulation is not None:
            raise ValueError(
                f"{url}: a rehearsal listens to simulated sensors, as in heart-rate+sim://"
            )
        return plugins.load_link(parsed.link)(parsed.address, parsed.link_options)
    if parsed.address:
        raise ValueError(f"{url}: a simulated sensor has no address")
    worn_by = plugins.load_simulator() if simulation is None else simulation
    return worn_by.sensor_link(parsed.driver, parsed.link_options)


def simulator_options(url: str) -> tuple[tuple[str, str], ...]:
    """Return what the URL of a simulated treadmill asks of its simulator.

    Raises:
        ValueError: when it is no such URL.

    """
    return _simulated(url).link_options


def _simulated(url: str) -> TreadmillUrl:
    parsed = parse_treadmill_url(url)
    if parsed.link != SIMULATED_LINK or parsed.address:
        raise ValueError(f"{url}: only a simulated treadmill will do, as in {SIMULATED}")
    return parsed


def find_book(language: str) -> "PhraseBook":
    """Load what is said in a language; English needs no file.

    Raises:
        FileErrors: when there is no such language, or something is wrong with its file.

    """
    from quarterturn.english import ENGLISH

    if language == ENGLISH.language:
        return ENGLISH
    from quarterturn.cue_files import load_book  # it brings the validator along, as below

    return load_book(language)


def find_book_or_english(language: str) -> "PhraseBook":
    """Load what is said in a language, or English, where a belt has to be stopped first."""
    from quarterturn.english import ENGLISH

    try:
        return find_book(language)
    except Exception:  # noqa: BLE001 - whatever is wrong with a file, it is not what matters now
        return ENGLISH


def _treadmill(url: TreadmillUrl, link: GattLink, quirks: Sequence[str]) -> Treadmill:
    return Treadmill(url, _record_of(url, quirks), link, plugins.load_driver(url.driver))


def _record_of(url: TreadmillUrl, quirks: Sequence[str]) -> MachineRecord:
    """Return what is known of the machine: nothing, unless it is named or the default one.

    A simulated machine with quirks or settings of its own is a stranger, as it would be at home.
    """
    # It brings the validator of files along: 150 ms, which a bridge need not start with.
    from quarterturn.machines import load_machine_record

    if url.record is not None:
        return load_machine_record(url.record)
    is_default = not quirks and all(name in _OPTIONS_OF_NO_MACHINE for name, _ in url.link_options)
    has_quirk = any(name == "quirk" for name, _ in url.link_options)
    if url.link == SIMULATED_LINK and is_default and not has_quirk:
        return load_machine_record(_SIMULATED_RECORD)
    return MachineRecord()
