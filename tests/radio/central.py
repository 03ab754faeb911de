"""A foreign client: a raw bumble central, which knows nothing of this project."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from bumble import att, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Advertisement, Connection, Device, Peer
from bumble.gatt_client import CharacteristicProxy
from bumble.host import Host
from bumble.pairing import PairingConfig
from bumble.transport.common import TransportSink, TransportSource

from quarterturn_simulator import SimulatedTreadmill
from quarterturn_simulator.radio.controller import VirtualController
from quarterturn_simulator.radio.link import RadioLink
from quarterturn_simulator.radio.treadmill import RadioTreadmill

FEATURE, DATA, TRAINING, SPEEDS, INCLINES, CONTROL, STATUS = (
    0x2ACC, 0x2ACD, 0x2AD3, 0x2AD4, 0x2AD5, 0x2AD9, 0x2ADA,
)  # fmt: skip


class Central:
    """A phone with a fitness app. ``log`` holds what it was told: (characteristic, hex)."""

    def __init__(self, number: int, source: TransportSource, sink: TransportSink) -> None:
        self.device = Device(
            name=f"phone {number}",
            address=hci.Address(f"F0:F1:F2:F3:F4:{number:02X}"),
            host=Host(source, sink),
        )
        self.device.pairing_config_factory = lambda _connection: PairingConfig(mitm=False)
        self.log: list[tuple[int, str]] = []
        self.lost = asyncio.Event()
        self._answered = asyncio.Event()
        self.connection: Connection | None = None
        self._found: dict[int, CharacteristicProxy[bytes]] = {}

    async def find(self, timeout_s: float = 5.0) -> Advertisement | None:
        """Return the first advertisement from now on, None where there is none."""
        heard: asyncio.Future[Advertisement] = asyncio.get_running_loop().create_future()

        def on_advertisement(advertisement: Advertisement) -> None:
            if not heard.done():
                heard.set_result(advertisement)

        self.device.on(Device.EVENT_ADVERTISEMENT, on_advertisement)
        await self.device.start_scanning(active=False)
        try:
            return await asyncio.wait_for(heard, timeout_s)
        except TimeoutError:
            return None
        finally:
            self.device.remove_listener(Device.EVENT_ADVERTISEMENT, on_advertisement)
            await self.device.stop_scanning()

    async def connect(self, address: str, *, mtu: int | None = 247) -> None:
        self.lost.clear()
        connection = await self.device.connect(hci.Address(address), timeout=5.0)
        self.connection = connection
        connection.on(connection.EVENT_DISCONNECTION, lambda _reason: self.lost.set())
        peer = Peer(connection)
        if mtu is not None:
            await peer.request_mtu(mtu)
        await peer.discover_all()
        self._found = {
            int.from_bytes(each.uuid.to_bytes(), "little"): each
            for service in peer.services
            for each in service.characteristics
            if len(each.uuid.to_bytes()) == 2
        }
        self.services = {str(service.uuid) for service in peer.services}

    def __getitem__(self, characteristic: int) -> CharacteristicProxy[bytes]:
        return self._found[characteristic]

    def __contains__(self, characteristic: int) -> bool:
        return characteristic in self._found

    async def read(self, characteristic: int) -> str:
        return bytes(await self[characteristic].read_value()).hex()

    async def subscribe(self, *characteristics: int) -> None:
        for each in characteristics:
            await self[each].subscribe(lambda value, uuid=each: self._note(uuid, value))

    def _note(self, uuid: int, value: bytes) -> None:
        self.log.append((uuid, bytes(value).hex()))
        if uuid == CONTROL:
            self._answered.set()

    async def write(
        self, value: str, characteristic: int = CONTROL, *, response: bool = True
    ) -> str | None:
        """Write in hex; return the indication that came within 0.5 s, or ``att xx``, or None."""
        before = len(self.log)
        try:
            await self[characteristic].write_value(bytes.fromhex(value), with_response=response)
        except att.ATT_Error as error:
            return f"att {error.error_code:02x}"
        self._answered.clear()
        with contextlib.suppress(TimeoutError):
            answers = [told for uuid, told in self.log[before:] if uuid == CONTROL]
            await asyncio.wait_for(self._answered.wait(), 0 if answers else 0.5)
        return next((told for uuid, told in self.log[before:] if uuid == CONTROL), None)

    def said(self, characteristic: int) -> list[str]:
        return [value for uuid, value in self.log if uuid == characteristic]

    async def take_control(self) -> None:
        await self.subscribe(CONTROL, STATUS, DATA)
        assert await self.write("00") == "800001"

    async def disconnect(self) -> None:
        if self.connection is not None:
            await self.connection.disconnect()


class Place:
    """One treadmill on one virtual radio, and whoever comes by."""

    def __init__(self, link: RadioLink, treadmill: SimulatedTreadmill) -> None:
        self.link = link
        self.treadmill = treadmill
        self.clients: list[tuple[int, bool]] = []
        self.radio = RadioTreadmill.on_virtual_radio(
            treadmill, link, on_client=lambda number, _, came: self.clients.append((number, came))
        )
        self._count = 0

    async def central(self) -> Central:
        """Let somebody come by who is not connected yet."""
        self._count += 1
        controller = VirtualController(f"phone {self._count}", self.link)
        central = Central(self._count, controller, controller)
        await central.device.power_on()
        return central

    async def client(self, *, mtu: int | None = 247) -> Central:
        """Let somebody come by and connect."""
        central = await self.central()
        await central.connect(self.radio.address, mtu=mtu)
        return central


@contextlib.asynccontextmanager
async def place(
    *quirks: str, link: RadioLink | None = None, **options: float | str
) -> AsyncIterator[Place]:
    there = Place(link or RadioLink(), SimulatedTreadmill(quirks=quirks, seed=1, **options))
    await there.radio.power_on()
    try:
        yield there
    finally:
        await there.radio.power_off()


def name_in(advertisement: Advertisement) -> str | None:
    name = advertisement.data.get(AdvertisingData.Type.COMPLETE_LOCAL_NAME)
    return None if name is None else str(name)


def services_in(advertisement: Advertisement) -> list[UUID]:
    found = advertisement.data.get(AdvertisingData.Type.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS)
    return list(found or [])
