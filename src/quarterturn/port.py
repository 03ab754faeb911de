"""What the core asks of drivers, links and simulators; it knows none of them by name."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import IntFlag, StrEnum
from typing import Protocol

from quarterturn.model import Capabilities, MachineRecord, Permitted, Report, SensorReport


class LinkError(ConnectionError):
    """The link could not be made, or is gone."""


class RefusedError(Exception):
    """The peer said no. ``code`` is the peer's own, where it gave one."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class ControlUnansweredError(TimeoutError):
    """The peer took the request for control and said nothing to it."""


class Property(IntFlag):
    """Characteristic properties (Core specification, Vol 3 Part G, 3.3.1.1)."""

    READ = 0b0000_0010
    WRITE_WITHOUT_RESPONSE = 0b0000_0100
    WRITE = 0b0000_1000
    NOTIFY = 0b0001_0000
    INDICATE = 0b0010_0000


class GattLink(Protocol):
    """A connection to a GATT server. Characteristics are named by their 16-bit UUID.

    Every method but ``characteristics`` may raise LinkError. An ATT error raises RefusedError with
    its code. Nothing here times out by itself; the driver does.
    """

    async def connect(self, on_lost: Callable[[], None]) -> None:
        """Connect; call ``on_lost`` once if the connection ends without ``disconnect``."""

    async def disconnect(self) -> None:
        """End the connection; harmless when there is none."""

    @property
    def characteristics(self) -> Mapping[int, Property]:
        """The characteristics of the connected server, as found and not as specified."""

    async def read(self, characteristic: int) -> bytes:
        """Read a value."""

    async def write(self, characteristic: int, value: bytes) -> None:
        """Write a value, with response where the characteristic offers it."""

    async def subscribe(self, characteristic: int, on_value: Callable[[bytes], None]) -> None:
        """Have ``on_value`` called with each notification or indication."""


class ForwardingLink:
    """A link around another that passes everything on; who builds on it overrides what differs."""

    def __init__(self, inner: GattLink) -> None:
        self._inner = inner

    async def connect(self, on_lost: Callable[[], None]) -> None:
        """Connect."""
        await self._inner.connect(on_lost)

    async def disconnect(self) -> None:
        """End the connection."""
        await self._inner.disconnect()

    @property
    def characteristics(self) -> Mapping[int, Property]:
        """The characteristics of the connected server."""
        return self._inner.characteristics

    async def read(self, characteristic: int) -> bytes:
        """Read a value."""
        return await self._inner.read(characteristic)

    async def write(self, characteristic: int, value: bytes) -> None:
        """Write a value."""
        await self._inner.write(characteristic, value)

    async def subscribe(self, characteristic: int, on_value: Callable[[bytes], None]) -> None:
        """Have ``on_value`` called with each value."""
        await self._inner.subscribe(characteristic, on_value)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is known of a device by its advertisements. Services are the 16-bit ones.

    ``rssi_dbm`` is the signal strength of the last one, None where the system cannot tell.
    """

    address: str
    name: str | None
    rssi_dbm: int | None
    services: frozenset[int]
    service_data: Mapping[int, bytes]


class Scanner(Protocol):
    """Looks for devices that a link could connect to; an entry point of ``quarterturn.scanners``.

    It bears the name of its link and takes the options of its URLs that say which radio to use.
    """

    def __call__(
        self, options: Sequence[tuple[str, str]], on_sighting: Callable[[Sighting], None]
    ) -> AbstractAsyncContextManager[None]:
        """Scan while the context is open.

        Raises:
            ValueError: when an option is not understood.
            LinkError: on entering, when there is nothing to scan with.

        """


ReportSink = Callable[[Report], None]


class Driver(Protocol):
    """Speaks one treadmill protocol over one link.

    ``send`` never waits and never raises: what becomes of the command arrives at the sink as a
    CommandOutcome, exactly one for each command.
    """

    async def connect(self) -> Capabilities:
        """Connect, take control, read what the machine can do. Never start the belt.

        Raises:
            LinkError: when there is no connection.
            RefusedError: when the machine refuses control, or is no treadmill.
            TimeoutError: when it says nothing; ControlUnansweredError where that is all it leaves
                unsaid.

        """

    def send(self, permitted: Permitted) -> None:
        """Send a command that the governor let out."""

    async def close(self) -> None:
        """Give the machine back; harmless when not connected."""


class DriverFactory(Protocol):
    """Builds a driver; an entry point of the group ``quarterturn.drivers``."""

    def __call__(self, link: GattLink, record: MachineRecord, sink: ReportSink) -> Driver:
        """Build a driver over a link for a machine of which so much is known."""


SensorSink = Callable[[SensorReport], None]


class Sensor(Protocol):
    """Listens to one sensor on the body over one link. It writes nothing to it.

    Readings go to the sink that it was built with; a SensorNotice ``LOST`` goes there, once, when
    the connection ends without ``close``. Then it may be connected again.
    """

    async def connect(self) -> None:
        """Connect and listen.

        Raises:
            LinkError: when there is no connection.
            RefusedError: when this is no such sensor.
            TimeoutError: when it says nothing.

        """

    async def close(self) -> None:
        """End the connection; harmless when there is none."""


OpenSensor = Callable[[SensorSink], Sensor]


class SensorFactory(Protocol):
    """Builds a sensor; an entry point of the group ``quarterturn.sensors``."""

    def __call__(self, link: GattLink, name: str, sink: SensorSink) -> Sensor:
        """Build a sensor over a link; ``name`` is what its reports call it."""


class LinkFactory(Protocol):
    """Builds a link from a treadmill URL; an entry point of the group ``quarterturn.links``.

    ``address`` is what stands between ``://`` and ``?``; ``options`` are the pairs of the query, in
    order.

    Raises:
        ValueError: when the address or an option is not understood; the message says which.

    """

    def __call__(self, address: str, options: Sequence[tuple[str, str]]) -> GattLink:
        """Build a link that is not connected yet."""


class Simulation(Protocol):
    """One simulated treadmill with its walker, on a clock that the caller runs."""

    @property
    def link(self) -> GattLink:
        """The link to hand to a driver."""

    def react(self, event: Mapping[str, object]) -> Sequence[tuple[float, str]]:
        """Return what the simulated walker does about an event: (delay in seconds, intent)."""

    def sensor_link(self, kind: str, options: Sequence[tuple[str, str]]) -> GattLink:
        """Build the link to a sensor that this walker wears; see ``Simulator.sensor_link``."""

    def answer(self, topic: str) -> str:
        """Return what the walker answers to a question of the onboarding."""


class ConsoleKey(StrEnum):
    """What a bystander presses at a treadmill. The safety key is pulled, or put back."""

    START = "start"
    STOP = "stop"
    PAUSE = "pause"
    FASTER = "faster"
    SLOWER = "slower"
    SAFETY_KEY = "safety_key"


class OnAir(Protocol):
    """A simulated treadmill that other programs find, connect to and drive."""

    def press(self, key: ConsoleKey) -> None:
        """Press a key of its console."""

    async def lost(self) -> None:
        """Wait until its radio is gone, for ever where that cannot be."""

    async def close(self) -> None:
        """Take it off the air."""


class Simulator(Protocol):
    """An entry point of the group ``quarterturn.simulators``: for `rehearse` and `simulate`."""

    quirks: Mapping[str, str]
    faults: Mapping[str, str]

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """Build an event loop whose time jumps to the next deadline."""

    def sensor_link(self, kind: str, options: Sequence[tuple[str, str]]) -> GattLink:
        """Build the link to a simulated sensor that nobody in particular wears.

        Raises:
            ValueError: when there is no such kind of sensor, or an option is not understood.

        """

    def open(
        self,
        options: Sequence[tuple[str, str]],
        *,
        quirks: Sequence[str],
        faults: Sequence[tuple[str, float]],
        seed: int,
    ) -> Simulation:
        """Build a treadmill; a fault is a name and the second at which it strikes.

        Raises:
            ValueError: when a quirk, a fault or an option is unknown; the message lists the known.

        """

    async def put_on_air(
        self,
        radio: str,
        options: Sequence[tuple[str, str]],
        *,
        name: str | None,
        quirks: Sequence[str],
        faults: Sequence[tuple[str, float]],
        seed: int,
        on_event: Callable[[Mapping[str, object]], None],
    ) -> OnAir:
        """Build a treadmill and let it be found by Bluetooth, under a name.

        ``radio`` is a Bluetooth controller; ``tcp:HOST:PORT`` offers virtual ones. The seconds of a
        fault count from the first connection. The first event is ``on_air``.

        Raises:
            ValueError: when a name or an option is not understood, or a library is not installed;
                the message says what would do.
            LinkError: when there is no such radio, or it cannot be used; it says what to do.

        """
