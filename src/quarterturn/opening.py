"""From what a user names (a treadmill URL, a profile) to what a session needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quarterturn import plugins
from quarterturn.machines import load_machine_record
from quarterturn.model import MachineRecord
from quarterturn.port import Driver, GattLink, ReportSink, Simulation
from quarterturn.profiles import DEFAULT_PROFILE, Profile, base_profile, load_profile
from quarterturn.treadmill_url import TreadmillUrl, parse_treadmill_url

SIMULATED_LINK = "sim"
SIMULATED = "ftms+sim://"
_SIMULATED_RECORD = "simulated"
_OPTIONS_OF_NO_MACHINE = frozenset({"seed", "fault", "link", "quirk"})


@dataclass(frozen=True, slots=True)
class Treadmill:
    """A treadmill that can be connected to."""

    url: TreadmillUrl
    record: MachineRecord
    open_driver: Callable[[ReportSink], Driver]

    @property
    def simulated(self) -> bool:
        """Whether nobody can fall off it."""
        return self.url.link == SIMULATED_LINK


def open_treadmill(url: str) -> Treadmill:
    """Prepare a treadmill for connecting.

    Raises:
        ValueError: when the URL, its address or an option is not understood.
        PluginError: when its driver or link is not there.
        FileErrors: when the machine record that it names has an error.

    """
    parsed = parse_treadmill_url(url)
    link = plugins.load_link(parsed.link)(parsed.address, parsed.link_options)
    return _treadmill(parsed, link, ())


def open_simulation(
    url: str, *, quirks: Sequence[str], faults: Sequence[tuple[str, float]], seed: int
) -> tuple[Treadmill, Simulation]:
    """Prepare a simulated treadmill together with its walker.

    Raises:
        ValueError: when the URL is not one of a simulated treadmill, or names something unknown.
        PluginError: when the simulator is not there.

    """
    parsed = parse_treadmill_url(url)
    if parsed.link != SIMULATED_LINK or parsed.address:
        raise ValueError(f"{url}: a rehearsal walks on a simulated treadmill, as in {SIMULATED}")
    simulator = plugins.load_simulator()
    simulation = simulator.open(parsed.link_options, quirks=quirks, faults=faults, seed=seed)
    return _treadmill(parsed, simulation.link, quirks), simulation


def find_profile(name: str | None) -> Profile:
    """Load a profile, the most cautious one where none is named.

    Raises:
        FileErrors: when there is no such profile, or something is wrong with it.

    """
    return base_profile(DEFAULT_PROFILE) if name is None else load_profile(name)


def _treadmill(url: TreadmillUrl, link: GattLink, quirks: Sequence[str]) -> Treadmill:
    record = _record_of(url, quirks)
    driver = plugins.load_driver(url.driver)
    return Treadmill(url, record, lambda sink: driver(link, record, sink))


def _record_of(url: TreadmillUrl, quirks: Sequence[str]) -> MachineRecord:
    """Return what is known of the machine: nothing, unless it is named or the default one.

    A simulated machine with quirks or settings of its own is a stranger, as it would be at home.
    """
    if url.record is not None:
        return load_machine_record(url.record)
    is_default = not quirks and all(name in _OPTIONS_OF_NO_MACHINE for name, _ in url.link_options)
    has_quirk = any(name == "quirk" for name, _ in url.link_options)
    if url.link == SIMULATED_LINK and is_default and not has_quirk:
        return load_machine_record(_SIMULATED_RECORD)
    return MachineRecord()
