"""bleak's scanner and client over a controller of our own; what bleak calls a custom backend.

Where bumble behaves unlike an operating system's stack, this does as the system would: a second
scanner is refused, a request that the lost link cut off is an error and no cancellation, a connect
that is given up leaves nothing behind.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Final

from bleak import BleakScanner
from bleak.args import SizedBuffer
from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bleak.uuids import normalize_uuid_str
from bumble import hci as bumble_hci
from bumble.att import ATT_Error
from bumble.core import UUID, AdvertisingData, BaseBumbleError, PhysicalTransport
from bumble.device import Advertisement, Connection, Device, Peer
from bumble.gatt import Characteristic
from bumble.gatt_client import CharacteristicProxy
from bumble.gatt_client import Client as GattClient

from quarterturn_drivers.links.ble_hci import Hci, HciController

_MTU: Final = 247
_GIVE_UP_S: Final = 2.0
_NO_TX_POWER: Final = Advertisement.TX_POWER_NOT_AVAILABLE
_PROPERTY_NAMES: Final[dict[Characteristic.Properties, CharacteristicPropertyName]] = {
    Characteristic.Properties.BROADCAST: "broadcast",
    Characteristic.Properties.READ: "read",
    Characteristic.Properties.WRITE_WITHOUT_RESPONSE: "write-without-response",
    Characteristic.Properties.WRITE: "write",
    Characteristic.Properties.NOTIFY: "notify",
    Characteristic.Properties.INDICATE: "indicate",
}


def _uuid_text(uuid: UUID) -> str:
    return normalize_uuid_str(uuid.to_hex_str("-").lower())


def backends_for(hci: Hci) -> "tuple[type[HciScanner], type[HciClient]]":
    """Return the backends of one controller; bleak builds them itself, and passes no name on."""
    scanner = type("HciScanner", (HciScanner,), {"hci": hci})
    return scanner, type("HciClient", (HciClient,), {"hci": hci, "scanner": scanner})


class HciScanner(BaseBleakScanner):
    """Scans with the controller ``hci``."""

    hci: Hci

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str,
        **_of_other_systems: object,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode == "active"
        self._controller: HciController | None = None
        self._device: Device | None = None

    async def start(self) -> None:
        """Start scanning."""
        self.seen_devices = {}
        self._controller = self.hci.controller()
        device = await self._controller.acquire()
        if device.scanning:
            await self._controller.release()
            raise BleakError("another scanner is at work on this controller already")
        device.on(device.EVENT_ADVERTISEMENT, self._on_advertisement)
        self._device = device
        try:
            await device.start_scanning(active=self._active)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop scanning; harmless when it is not."""
        device, self._device = self._device, None
        if device is None or self._controller is None:
            return
        device.remove_listener(device.EVENT_ADVERTISEMENT, self._on_advertisement)
        try:
            with contextlib.suppress(BaseBumbleError):  # a controller that is gone scans no more
                await device.stop_scanning()
        finally:
            device.scanning = False
            await self._controller.release()

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        data = _advertisement_data(advertisement)
        if not self.is_allowed_uuid(data.service_uuids):
            return
        address = advertisement.address.to_string(with_type_qualifier=False)
        device = self.create_or_update_device(
            address, address, data.local_name, advertisement.address, data
        )
        self.call_detection_callbacks(device, data)


def _advertisement_data(advertisement: Advertisement) -> AdvertisementData:
    types, found = AdvertisingData.Type, advertisement.data
    names = (types.COMPLETE_LOCAL_NAME, types.SHORTENED_LOCAL_NAME)
    uuids: list[str] = []
    service_data: dict[str, bytes] = {}
    manufacturer_data: dict[int, bytes] = {}
    name: str | None = None
    for ad_type, value in found.ad_structures:
        if ad_type in names and name is None:
            name = value.decode("utf-8", errors="replace")
        width = _UUID_WIDTHS.get(ad_type)
        if width is not None:
            whole = range(0, len(value) - width + 1, width)
            uuids += [_uuid_text(UUID.from_bytes(value[at : at + width])) for at in whole]
        elif ad_type == types.SERVICE_DATA_16_BIT_UUID and len(value) >= 2:
            service_data[_uuid_text(UUID.from_bytes(value[:2]))] = value[2:]
        elif ad_type == types.MANUFACTURER_SPECIFIC_DATA and len(value) >= 2:
            manufacturer_data[int.from_bytes(value[:2], "little")] = value[2:]
    power = advertisement.tx_power
    return AdvertisementData(
        local_name=name,
        manufacturer_data=manufacturer_data,
        service_data=service_data,
        service_uuids=uuids,
        tx_power=None if power == _NO_TX_POWER else power,
        rssi=advertisement.rssi,
        platform_data=(advertisement,),
    )


_UUID_WIDTHS: Final = {
    AdvertisingData.Type.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS: 2,
    AdvertisingData.Type.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS: 2,
    AdvertisingData.Type.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS: 16,
    AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS: 16,
}


class HciClient(BaseBleakClient):
    """A GATT client on the controller ``hci``, which ``scanner`` scans with."""

    hci: Hci
    scanner: type[HciScanner]

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        disconnected_callback: Callable[[], None] | None,
        timeout: float,
        **_of_other_systems: object,
    ) -> None:
        super().__init__(
            address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout
        )
        self._found = address_or_ble_device
        self._controller: HciController | None = None
        self._connection: Connection | None = None
        self._peer: Peer | None = None
        self._subscribers: dict[int, NotifyCallback] = {}
        self._releasing: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """The name that was advertised, else the address."""
        found = self._found
        return (found.name if isinstance(found, BLEDevice) else None) or self.address

    @property
    def mtu_size(self) -> int:
        """The ATT MTU agreed on."""
        return 23 if self._connection is None else int(self._connection.att_mtu)

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection."""
        return self._connection is not None

    async def connect(self, pair: bool, **_of_other_systems: object) -> None:
        """Connect and find out what the server offers."""
        if self.is_connected:
            raise BleakError("already connected")
        if self._releasing is not None:
            await self._releasing
        controller = self.hci.controller()
        device = await controller.acquire()
        connection: Connection | None = None
        try:
            address = await self._address()
            async with asyncio.timeout(self._timeout):
                async with controller.connecting:
                    connection = await _connect(device, address)
                self._attach(controller, connection)
                if pair:
                    await self.pair()
                with self._as_bleak_errors():
                    await self._discover(connection)
        except BaseException:
            if self._connection is not None:
                await self.disconnect()
            elif connection is None:
                await controller.release()
            raise

    def _attach(self, controller: HciController, connection: Connection) -> None:
        self._controller, self._connection = controller, connection
        connection.on(connection.EVENT_DISCONNECTION, self._on_disconnection)

    async def _address(self) -> bumble_hci.Address:
        """Return the address with its kind, which a text does not tell: it has to be heard."""
        found: BLEDevice | str | None = self._found
        if not isinstance(found, BLEDevice):
            found = await BleakScanner.find_device_by_address(
                self.address, self._timeout, backend=self.scanner
            )
        if found is None or not isinstance(found.details, bumble_hci.Address):
            raise BleakDeviceNotFoundError(self.address, f"{self.address} was not found")
        return found.details

    async def _discover(self, connection: Connection) -> None:
        peer = self._peer = Peer(connection)
        await peer.request_mtu(_MTU)
        services = BleakGATTServiceCollection()
        for found in await peer.discover_services():
            service = BleakGATTService(found, found.handle, _uuid_text(found.uuid))
            services.add_service(service)
            for each in await peer.discover_characteristics(service=found):
                names = [name for bit, name in _PROPERTY_NAMES.items() if each.properties & bit]
                characteristic = BleakGATTCharacteristic(
                    each, each.handle, _uuid_text(each.uuid), names, self._write_room, service
                )
                services.add_characteristic(characteristic)
                for descriptor in await peer.discover_descriptors(each):
                    uuid = _uuid_text(descriptor.type)
                    services.add_descriptor(
                        BleakGATTDescriptor(descriptor, descriptor.handle, uuid, characteristic)
                    )
        self.services = services

    def _write_room(self) -> int:
        return self.mtu_size - 3

    async def disconnect(self) -> None:
        """Disconnect; harmless when there is no connection."""
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(BleakError), self._as_bleak_errors():
                await connection.disconnect()
            self._on_disconnection(0)
        if self._releasing is not None:
            await self._releasing

    def _on_disconnection(self, _reason: int) -> None:
        if self._connection is None or self._controller is None:
            return
        self._connection = None
        self._peer = None
        self.services = None
        self._subscribers.clear()
        self._releasing = asyncio.get_running_loop().create_task(self._controller.release())
        if self._disconnected_callback is not None:
            self._disconnected_callback()

    async def pair(self, *_args: object, **_of_other_systems: object) -> None:
        """Pair, by whatever means both sides have without a person."""
        connection = self._connected()
        with self._as_bleak_errors():
            await connection.pair()

    async def unpair(self) -> None:
        """Forget the bond and disconnect."""
        connection = self._connected()
        keys = connection.device.keystore
        if keys is not None:
            with contextlib.suppress(KeyError):
                await keys.delete(str(connection.peer_address))
        await self.disconnect()

    # --- values ----------------------------------------------------------------------------------

    async def read_gatt_char(
        self,
        characteristic: BleakGATTCharacteristic,
        *,
        use_cached: bool = False,  # noqa: ARG002 - nothing is cached here
        **_of_other_systems: object,
    ) -> bytearray:
        """Read a value."""
        with self._asking() as server:
            return bytearray(await server.read_value(_proxy(characteristic)))

    async def read_gatt_descriptor(
        self,
        descriptor: BleakGATTDescriptor,
        *,
        use_cached: bool = False,  # noqa: ARG002 - nothing is cached here
        **_of_other_systems: object,
    ) -> bytearray:
        """Read a descriptor."""
        with self._asking() as server:
            return bytearray(await server.read_value(descriptor.handle))

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        """Write a value."""
        with self._asking() as server:
            await server.write_value(_proxy(characteristic), bytes(data), with_response=response)

    async def write_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, data: SizedBuffer
    ) -> None:
        """Write a descriptor."""
        with self._asking() as server:
            await server.write_value(descriptor.handle, bytes(data), with_response=True)

    async def start_notify(
        self,
        characteristic: BleakGATTCharacteristic,
        callback: NotifyCallback,
        **_of_other_systems: object,
    ) -> None:
        """Subscribe to notifications, or to indications where there are no notifications."""
        handle = characteristic.handle

        def on_value(value: bytes) -> None:
            subscriber = self._subscribers.get(handle)
            if subscriber is not None:
                subscriber(bytearray(value))

        with self._asking() as server:
            known = handle in self._subscribers
            self._subscribers[handle] = callback
            if known:
                return
            try:
                await server.subscribe(_proxy(characteristic), on_value)
            except BaseException:
                self._subscribers.pop(handle, None)
                raise

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe."""
        with self._asking() as server:
            self._subscribers.pop(characteristic.handle, None)
            await server.unsubscribe(_proxy(characteristic))

    def _connected(self) -> Connection:
        if self._connection is None:
            raise BleakError("not connected")
        return self._connection

    @contextlib.contextmanager
    def _asking(self) -> Iterator[GattClient]:
        """Ask the connected server for something; what it says to it is raised as bleak does."""
        if self._peer is None:
            raise BleakError("not connected")
        with self._as_bleak_errors():
            yield self._peer.gatt_client

    @contextlib.contextmanager
    def _as_bleak_errors(self) -> Iterator[None]:
        """Raise what the systems' stacks raise, for the same reasons."""
        task = asyncio.current_task()
        try:
            yield
        except ATT_Error as error:
            raise BleakGATTProtocolError(error.error_code) from None
        except BaseBumbleError as error:
            raise BleakError(str(error) or type(error).__name__) from error
        except asyncio.CancelledError:
            if task is None or task.cancelling():
                raise
            # bumble cancels what waits for an answer when the link is lost.
            raise BleakError("the link was lost") from None


def _proxy(characteristic: BleakGATTCharacteristic) -> CharacteristicProxy[bytes]:
    proxy = characteristic.obj
    if not isinstance(proxy, CharacteristicProxy):
        raise BleakError("this characteristic is of another backend")
    return proxy


async def _connect(device: Device, address: bumble_hci.Address) -> Connection:
    """Connect; given up, the controller is told, and what came of it all the same is ended."""
    connecting = asyncio.ensure_future(
        device.connect(address, transport=PhysicalTransport.LE, timeout=None)
    )
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        if connecting.cancelled():
            raise BleakError("the controller was lost while connecting") from None
        await _give_up(device, connecting)
        raise
    except BaseBumbleError as error:
        raise BleakError(f"no connection: {error}") from error


async def _give_up(device: Device, connecting: asyncio.Future[Connection]) -> None:
    try:
        async with asyncio.timeout(_GIVE_UP_S):
            await device.send_sync_command(bumble_hci.HCI_LE_Create_Connection_Cancel_Command())
            await (await connecting).disconnect()
    except (TimeoutError, BaseBumbleError, asyncio.CancelledError):
        connecting.cancel()
