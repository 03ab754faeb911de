"""A bleak backend whose device does as it is told: what real stacks do and no radio here would."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDBusError, BleakError
from bleak.uuids import normalize_uuid_str

from quarterturn_drivers.links.ble_radio import Radio

ADDRESS = "F0:0D:12:34:56:78"
SCAN_STARTS_S = 0.05
FTMS = {
    0x2ACC: ["read"],
    0x2ACD: ["notify"],
    0x2AD9: ["write", "indicate"],
    0x2ADA: ["notify"],
}
Services = dict[int, dict[int, list[str]]]


def advertisement(
    name: str | None = "Mill",
    services: Iterable[int] = (0x1826,),
    service_data: dict[int, bytes] | None = None,
    rssi: int = -60,
) -> AdvertisementData:
    return AdvertisementData(
        local_name=name,
        manufacturer_data={},
        service_data={
            normalize_uuid_str(f"{uuid:04x}"): data for uuid, data in (service_data or {}).items()
        },
        service_uuids=[normalize_uuid_str(f"{uuid:04x}") for uuid in services],
        tx_power=None,
        rssi=rssi,
        platform_data=(),
    )


@dataclass
class World:
    """One device in reach, and everything that happens to it.

    Each list of troubles is used up from the front, one for each call; None lets a call through.
    """

    address: str = ADDRESS
    advertised: AdvertisementData | None = field(default_factory=advertisement)
    appears_after_s: float = 0.1
    services: list[Services] = field(default_factory=lambda: [{0x1826: FTMS}])
    connect_troubles: list[Exception | None] = field(default_factory=list)
    connect_s: float = 0.1
    scan_trouble: Exception | None = None
    scanning: bool = False
    read_troubles: list[Exception | None] = field(default_factory=list)
    write_troubles: list[Exception | None] = field(default_factory=list)
    pair_trouble: Exception | None = None
    log: list[tuple[object, ...]] = field(default_factory=list)
    client: "FakeClient | None" = None
    connections: int = 0

    def radio(self) -> Radio:
        scanner = type("Scanner", (FakeScanner,), {"world": self})
        client = type("Client", (FakeClient,), {"world": self})
        return Radio(None, scanner, client)

    def did(self, what: str) -> list[tuple[object, ...]]:
        return [entry for entry in self.log if entry[0] == what]


class FakeScanner(BaseBleakScanner):
    world: World

    def __init__(
        self, callback: Any, service_uuids: list[str] | None, _mode: str, **_more: object
    ) -> None:
        super().__init__(callback, service_uuids)
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        if self.world.scan_trouble is not None:
            raise self.world.scan_trouble
        if self.world.scanning:  # as BlueZ 5.66 says of the second scan of a program
            raise BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])
        self.world.log.append(("scan",))
        self.world.scanning = True
        await asyncio.sleep(SCAN_STARTS_S)
        if self.world.advertised is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self.world.appears_after_s, self._hear)

    async def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.sleep(SCAN_STARTS_S)
        self.world.log.append(("scanned",))
        self.world.scanning = False

    def _hear(self) -> None:
        data = self.world.advertised
        assert data is not None
        address = self.world.address
        device = self.create_or_update_device(address, address, data.local_name, None, data)
        self.call_detection_callbacks(device, data)


class FakeClient(BaseBleakClient):
    world: World

    def __init__(self, device: BLEDevice, *, disconnected_callback: Any, **more: Any) -> None:
        super().__init__(device, disconnected_callback=disconnected_callback, timeout=30)
        self._up = False
        self.subscribers: dict[str, Callable[[bytearray], None]] = {}
        self.world.log.append(("client", more.get("winrt")))

    @property
    def mtu_size(self) -> int:
        return 23

    @property
    def is_connected(self) -> bool:
        return self._up

    async def connect(self, pair: bool, **_more: object) -> None:
        world = self.world
        world.log.append(("connect",))
        await asyncio.sleep(world.connect_s)
        trouble = world.connect_troubles.pop(0) if world.connect_troubles else None
        if trouble is not None:
            raise trouble
        offered = world.services[min(world.connections, len(world.services) - 1)]
        world.connections += 1
        world.client = self
        self._up = True
        self.services = _collection(offered)

    async def disconnect(self) -> None:
        self.world.log.append(("disconnect",))
        await asyncio.sleep(0.1)
        self.drop()

    def drop(self) -> None:
        """Lose the link, or end it: bleak tells either by the same callback."""
        if self._up:
            self._up = False
            self.services = None
            if self._disconnected_callback is not None:
                self._disconnected_callback()

    async def pair(self, *_args: object, **_more: object) -> None:
        self.world.log.append(("pair",))
        if self.world.pair_trouble is not None:
            raise self.world.pair_trouble

    async def unpair(self) -> None:
        self.world.log.append(("unpair",))

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **_m: object) -> Any:
        self.world.log.append(("read", characteristic.uuid[4:8]))
        await self._trouble(self.world.read_troubles)
        return bytearray(b"\x01\x02")

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: Any, response: bool
    ) -> None:
        self.world.log.append(("write", characteristic.uuid[4:8], bytes(data), response))
        await self._trouble(self.world.write_troubles)

    async def _trouble(self, troubles: list[Exception | None]) -> None:
        await asyncio.sleep(0.01)
        trouble = troubles.pop(0) if troubles else None
        if trouble is not None:
            raise trouble

    async def read_gatt_descriptor(self, *_args: object, **_more: object) -> Any:
        raise BleakError("nobody reads descriptors")

    async def write_gatt_descriptor(self, *_args: object) -> None:
        raise BleakError("nobody writes descriptors")

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: Any, **_more: object
    ) -> None:
        self.subscribers[characteristic.uuid[4:8]] = callback

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        del self.subscribers[characteristic.uuid[4:8]]


def _collection(services: Services) -> BleakGATTServiceCollection:
    found = BleakGATTServiceCollection()
    handle = 1
    for uuid, characteristics in services.items():
        service = BleakGATTService(None, handle, normalize_uuid_str(f"{uuid:04x}"))
        found.add_service(service)
        for each, properties in characteristics.items():
            handle += 2
            found.add_characteristic(
                BleakGATTCharacteristic(
                    None, handle, normalize_uuid_str(f"{each:04x}"), properties, lambda: 20, service
                )
            )
        handle += 10
    return found
