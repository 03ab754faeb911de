"""A simulated treadmill on a virtual radio, and bleak's own client beside it, in one process."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bumble.transport.common import BaseSource, Transport

from quarterturn_drivers.links.ble import BleLink
from quarterturn_drivers.links.ble_hci import Hci
from quarterturn_drivers.links.ble_hci_backend import backends_for
from quarterturn_drivers.links.ble_radio import Radio
from quarterturn_simulator import SimulatedTreadmill
from quarterturn_simulator.radio.controller import VirtualController
from quarterturn_simulator.radio.link import RadioLink
from quarterturn_simulator.radio.treadmill import RadioTreadmill

NAME = "Mill"
_numbers = itertools.count(1)


class _Source(BaseSource):
    """A virtual controller's events, as a transport gives them."""

    def __init__(self, controller: VirtualController) -> None:
        super().__init__()
        self._controller = controller

    def set_packet_sink(self, sink: object) -> None:
        super().set_packet_sink(sink)  # type: ignore[arg-type]
        self._controller.set_packet_sink(sink)  # type: ignore[arg-type]


class _VirtualTransport(Transport):
    def __init__(self, controller: VirtualController) -> None:
        super().__init__(_Source(controller), controller)
        self._controller = controller

    async def close(self) -> None:
        self._controller.leave()


@dataclass
class BleakAir:
    """The radio, the treadmill on it, and as many computers as are asked for."""

    treadmill: SimulatedTreadmill
    link: RadioLink = field(default_factory=lambda: RadioLink(0.005))
    name: str = NAME

    async def __aenter__(self) -> "BleakAir":
        self.peripheral = RadioTreadmill.on_virtual_radio(self.treadmill, self.link, name=self.name)
        await self.peripheral.power_on()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.peripheral.power_off()

    def radio(self) -> Radio:
        """Return a computer's Bluetooth, with a controller of its own."""
        number = next(_numbers)

        async def open_transport() -> Transport:
            return _VirtualTransport(VirtualController(f"computer {number}", self.link))

        scanner, client = backends_for(Hci(f"virtual {number}", open_transport))
        return Radio(None, scanner, client)

    def ble_link(self, address: str = NAME) -> BleLink:
        return BleLink(address, self.radio())


Use = Callable[[BleakAir], Awaitable[None]]
