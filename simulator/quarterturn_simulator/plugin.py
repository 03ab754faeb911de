"""What the entry points name: the link ``sim`` and the simulator ``treadmill``."""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from quarterturn.port import ForwardingLink, GattLink, OnAir, Simulation
from quarterturn_simulator.clock import VirtualTimeLoop
from quarterturn_simulator.cruel import CRUELTIES, positive, wrap
from quarterturn_simulator.faults import FAULTS, fault
from quarterturn_simulator.onlooker import Onlooker
from quarterturn_simulator.quirks import QUIRKS
from quarterturn_simulator.sensors import open_sensor_link
from quarterturn_simulator.settings import option_names
from quarterturn_simulator.treadmill import SimulatedTreadmill

_OTHER_OPTIONS = ("quirk", "fault", "link", "seed")

# More than that, and a value takes seconds to be sent often enough.
_WORST_LOSS = 0.9

Faults = Sequence[tuple[str, float]]


def open_link(address: str, options: Sequence[tuple[str, str]]) -> GattLink:
    """Build a treadmill from ``ftms+sim://?quirk=..&fault=NAME@SECONDS&link=NAME@NUMBER&seed=7``.

    ``quirk``, ``fault`` and ``link`` may stand there several times; every other option is one of
    the machine's settings. Here a fault's seconds count from the connection.

    Raises:
        ValueError: when there is an address, or an option is unknown or absurd.

    """
    if address:
        raise ValueError(f"a simulated treadmill has no address, but {address!r} stands there")
    simulation = _open(options, (), (), 0)
    return _FaultsFromConnection(simulation.link, simulation.strike_from_now)


class TreadmillSimulator:
    """The simulator that rehearsals and demonstrations run on."""

    quirks: Mapping[str, str] = {name: quirk.description for name, quirk in QUIRKS.items()}
    faults: Mapping[str, str] = {name: each.description for name, each in FAULTS.items()}

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """Build an event loop whose time jumps to the next deadline."""
        return VirtualTimeLoop()

    def sensor_link(self, kind: str, options: Sequence[tuple[str, str]]) -> GattLink:
        """Build the link to a simulated sensor that nobody in particular wears.

        Raises:
            ValueError: when there is no such kind of sensor, or an option is unknown or absurd.

        """
        return open_sensor_link(kind, options)

    def open(
        self,
        options: Sequence[tuple[str, str]],
        *,
        quirks: Sequence[str],
        faults: Faults,
        seed: int,
    ) -> Simulation:
        """Build a treadmill with its walker. The same seed gives the same walk, octet for octet.

        Quirks and faults add to those of the options; a seed among the options takes precedence.

        Raises:
            ValueError: when a quirk, a fault or an option is unknown; the message lists the known.

        """
        return _open(options, quirks, faults, seed)

    async def put_on_air(
        self,
        radio: str,
        options: Sequence[tuple[str, str]],
        *,
        name: str | None,
        quirks: Sequence[str],
        faults: Faults,
        seed: int,
        on_event: Callable[[Mapping[str, object]], None],
    ) -> OnAir:
        """Build a treadmill and let it be found by Bluetooth.

        Raises:
            ValueError: when a name or an option is not understood, or bumble is not installed.
            LinkError: when there is no such radio, or it cannot be used.

        """
        order = _read(options, quirks, faults, seed)
        cruelties = dict(_of_radio(text) for text in order.cruelties)
        try:
            from quarterturn_simulator.radio import on_air, treadmill
        except ModuleNotFoundError as error:
            raise ValueError(
                f"a radio needs the Python module {error.name!r}: pip install 'quarterturn[radio]'"
            ) from error
        return await on_air.put_on_air(
            radio,
            order.treadmill(),
            name=treadmill.DEFAULT_NAME if name is None else name,
            faults=order.faults,
            cruelties=cruelties,
            seed=order.seed,
            on_event=on_event,
        )


class TreadmillSimulation:
    """One treadmill, one walker, and the faults to come."""

    def __init__(self, treadmill: SimulatedTreadmill, link: GattLink, faults: Faults) -> None:
        self.treadmill = treadmill
        self._link = link
        self._faults = faults
        self._onlooker = Onlooker(treadmill)
        self._began = False

    @property
    def link(self) -> GattLink:
        """The link to hand to a driver."""
        return self._link

    def react(self, event: Mapping[str, object]) -> Sequence[tuple[float, str]]:
        """Return what the walker does about an event; the plan or first trial starts the faults."""
        if event.get("event") not in ("plan", "trial") or self._began:
            self._onlooker.see(event)
            return self.treadmill.walker.react(event)
        self._began = True
        self.strike_from_now()
        return [
            (seconds + delay_s, intent)
            for name, seconds in self._faults
            for delay_s, intent in fault(name).intents
        ]

    def sensor_link(self, kind: str, options: Sequence[tuple[str, str]]) -> GattLink:
        """Build the link to a sensor that this walker wears.

        Raises:
            ValueError: when there is no such kind of sensor, or an option is unknown or absurd.

        """
        return open_sensor_link(kind, options, _OnTheBelt(self.treadmill))

    def answer(self, topic: str) -> str:
        """Return what the person beside the belt answers to a question of the onboarding."""
        return self._onlooker.answer(topic)

    def strike_from_now(self) -> None:
        """Begin to count the seconds of the faults."""
        loop = asyncio.get_running_loop()
        for name, seconds in self._faults:
            strike = fault(name).strike
            if strike is not None:
                loop.call_later(seconds, strike, self.treadmill)


class _OnTheBelt:
    """The walker of a simulated treadmill, as a sensor sees them."""

    def __init__(self, treadmill: SimulatedTreadmill) -> None:
        self._walker = treadmill.walker
        self._machine = treadmill.peripheral.machine

    def beats(self, now_s: float) -> int:
        """Return the heart rate that the load asks for."""
        incline_pct = self._machine.belt.incline_at(now_s)
        return self._walker.heart_rate_bpm(now_s, self.speed_kmh(now_s), incline_pct)

    def speed_kmh(self, now_s: float) -> float:
        """Return the speed of the belt."""
        return self._machine.belt.speed_at(now_s)


class _FaultsFromConnection(ForwardingLink):
    """Sets the faults going at the first connection, where no session tells of its plan."""

    def __init__(self, inner: GattLink, strike_from_now: Callable[[], None]) -> None:
        super().__init__(inner)
        self._strike_from_now: Callable[[], None] | None = strike_from_now

    async def connect(self, on_lost: Callable[[], None]) -> None:
        await super().connect(on_lost)
        if self._strike_from_now is not None:
            self._strike_from_now()
            self._strike_from_now = None


@dataclass(frozen=True, slots=True)
class _Order:
    """What was asked for, understood."""

    settings: Sequence[tuple[str, str]]
    quirks: Sequence[str]
    faults: Faults
    cruelties: Sequence[str]
    seed: int

    def treadmill(self) -> SimulatedTreadmill:
        return SimulatedTreadmill(quirks=self.quirks, seed=self.seed, **dict(self.settings))


def _open(
    options: Sequence[tuple[str, str]], quirks: Sequence[str], faults: Faults, seed: int
) -> TreadmillSimulation:
    order = _read(options, quirks, faults, seed)
    treadmill = order.treadmill()
    link: GattLink = treadmill.link()
    for text in order.cruelties:
        link = wrap(link, text, order.seed)
    return TreadmillSimulation(treadmill, link, order.faults)


def _read(
    options: Sequence[tuple[str, str]], quirks: Sequence[str], faults: Faults, seed: int
) -> _Order:
    of_machine: list[tuple[str, str]] = []
    all_quirks, all_faults, cruelties = list(quirks), list(faults), list[str]()
    for name, text in options:
        match name:
            case "quirk":
                all_quirks.append(text)
            case "fault":
                all_faults.append(_fault_at(text))
            case "link":
                cruelties.append(text)
            case "seed":
                seed = _seed(text)
            case _ if name in option_names():
                of_machine.append((name, text))
            case _:
                known = ", ".join((*_OTHER_OPTIONS, *option_names()))
                raise ValueError(f"unknown option {name!r}: allowed are {known}")
    for name, seconds in all_faults:
        fault(name)
        if not 0 <= seconds < math.inf:
            raise ValueError(f"fault {name!r} cannot strike at {seconds} s")
    return _Order(of_machine, all_quirks, all_faults, cruelties, seed)


def _of_radio(text: str) -> tuple[str, float]:
    """Read a cruel link that a virtual radio can be as well."""
    name, at, number = text.partition("@")
    if name not in ("late", "lossy"):
        raise ValueError(f"link={text}: on a radio there are late@SECONDS and lossy@SHARE")
    value = positive(number, f"link={text}") if at else CRUELTIES[name].number
    if name == "lossy" and value > _WORST_LOSS:
        raise ValueError(f"link={text}: a share of at most {_WORST_LOSS:g} is wanted behind the @")
    return name, value


def _fault_at(text: str) -> tuple[str, float]:
    name, at, seconds = text.partition("@")
    if not at:
        raise ValueError(f"fault={text}: write NAME@SECONDS, as in fault=link-lost@30")
    return name, positive(seconds, f"fault={text}")


def _seed(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"seed={text}: a whole number is wanted") from None
