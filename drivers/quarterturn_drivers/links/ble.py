"""The Bluetooth Low Energy link: ``ftms+ble://AA:BB:CC:DD:EE:FF``, or a name for the address.

bleak does the talking to Linux, macOS and Windows; here stands what a treadmill needs on top: being
found by whatever it advertises, a connection that is tried again within bounds, properties as found
and not as specified, pairing where it is demanded, and errors that say what to do.

Connecting reads what is there and writes nothing; nothing is ever repeated but a request that was
refused before it began.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakGATTProtocolError

from quarterturn.port import GattLink, LinkError, Property, RefusedError
from quarterturn_drivers.links.ble_errors import (
    PAIRING_CODES,
    STALE_CODES,
    is_end_of_service,
    port_error,
)
from quarterturn_drivers.links.ble_radio import (
    FITNESS_MACHINE,
    Radio,
    is_address,
    radio_of,
    same_address,
    uuid_16,
)
from quarterturn_drivers.links.ble_search import search_of

FIND_S: Final = 12.0
"""How long a device is looked for; idle ones advertise every second or two."""
CONNECT_S: Final = 10.0
"""How long one attempt to connect may take."""
GIVE_UP_S: Final = 27.0
"""How long all of connecting may take; within the 30 s of whoever asked for it."""
ATTEMPTS: Final = 3
_PAUSE_S: Final = (0.2, 0.6)
_PAIR_S: Final = 15.0
_PROPERTIES: Final = {
    "read": Property.READ,
    "write-without-response": Property.WRITE_WITHOUT_RESPONSE,
    "write": Property.WRITE,
    "notify": Property.NOTIFY,
    "indicate": Property.INDICATE,
}

T = TypeVar("T")


def open_link(address: str, options: Sequence[tuple[str, str]]) -> GattLink:
    """Build a link to ``AA:BB:CC:DD:EE:FF``, to a UUID as macOS has them, or to a name.

    Options: ``adapter=hci1`` (Linux); ``hci=tcp-client:127.0.0.1:6402`` for a controller of our
    own; ``pair=no`` where the system shall never be asked to pair.

    Raises:
        ValueError: when the address or an option is not understood.

    """
    if not address:
        raise ValueError(
            "a Bluetooth treadmill has an address or a name, as in ftms+ble://AA:BB:CC:DD:EE:FF; "
            "`quarterturn scan` shows them"
        )
    pair = dict(options).get("pair", "yes")
    if pair not in ("yes", "no"):
        raise ValueError(f"pair={pair}: yes or no is allowed")
    return BleLink(address, radio_of(options, also=("pair",)), may_pair=pair == "yes")


class BleLink:
    """A connection to one Bluetooth device, by its address or the name it advertises."""

    def __init__(self, address: str, radio: Radio, *, may_pair: bool = True) -> None:
        self._address = address
        self._radio = radio
        self._may_pair = may_pair
        self._client: BleakClient | None = None
        self._found: dict[int, BleakGATTCharacteristic] = {}
        self._on_lost: Callable[[], None] | None = None
        self._advertised_fitness_machine = False
        self._why = ""

    async def connect(self, on_lost: Callable[[], None]) -> None:
        """Look for the device and connect to it.

        Raises:
            LinkError: when Bluetooth cannot be used, the device is not found within 12 s, or it
                does not accept a connection in three attempts or 27 s.

        """
        if self._client is not None:
            raise LinkError("this link is connected already")
        self._on_lost = on_lost
        self._why = "it does not answer"
        try:
            async with asyncio.timeout(GIVE_UP_S):
                await self._connect()
                if self._advertised_fitness_machine and not self._offers(FITNESS_MACHINE):
                    await self._connect_without_memory()
        except TimeoutError:
            raise self._unreachable() from None

    async def disconnect(self) -> None:
        """End the connection; harmless when there is none."""
        self._on_lost = None
        client, self._client = self._client, None
        self._found = {}
        if client is not None:
            try:
                await client.disconnect()
            except Exception as error:  # each system's stack has its own
                raise port_error(error) from error

    @property
    def characteristics(self) -> Mapping[int, Property]:
        """The characteristics with 16-bit UUIDs, those of a fitness machine first.

        Raises:
            LinkError: when not connected.

        """
        self._connected()
        return {uuid: _properties(each) for uuid, each in self._found.items()}

    async def read(self, characteristic: int) -> bytes:
        """Read a value.

        Raises:
            LinkError: when not connected.
            RefusedError: on an ATT error, or when there is no such characteristic.

        """
        client, found = self._connected(), self._characteristic(characteristic)
        return bytes(await self._ask(lambda: client.read_gatt_char(found)))

    async def write(self, characteristic: int, value: bytes) -> None:
        """Write a value, with response where the characteristic offers it.

        Raises:
            LinkError: when not connected, or the link breaks meanwhile.
            RefusedError: on an ATT error, or when there is no such characteristic.

        """
        client, found = self._connected(), self._characteristic(characteristic)
        response = Property.WRITE in _properties(found)
        await self._ask(lambda: client.write_gatt_char(found, value, response=response))
        # Who was heard once is not asked to pair any more: no command waits for that.
        self._may_pair = False

    async def subscribe(self, characteristic: int, on_value: Callable[[bytes], None]) -> None:
        """Have ``on_value`` called with each notification or indication.

        Raises:
            LinkError: when not connected.
            RefusedError: on an ATT error, or when there is no such characteristic.

        """
        client, found = self._connected(), self._characteristic(characteristic)

        def on_notification(_: BleakGATTCharacteristic, value: bytearray) -> None:
            on_value(bytes(value))

        await self._ask(lambda: client.start_notify(found, on_notification))

    # --- finding ---------------------------------------------------------------------------------

    async def _find(self) -> BLEDevice:
        with contextlib.suppress(
            Exception
        ):  # not every system can say; the scan says what is wrong
            # What a program that crashed has left connected does not advertise.
            for device in await self._radio.connected_devices():
                if self._is_meant(device, device.name):
                    return device
        heard: asyncio.Future[BLEDevice] = asyncio.get_running_loop().create_future()

        def on_found(device: BLEDevice, data: AdvertisementData) -> None:
            if self._is_meant(device, data.local_name) and not heard.done():
                uuids = (*data.service_uuids, *data.service_data)
                self._advertised_fitness_machine = FITNESS_MACHINE in map(uuid_16, uuids)
                heard.set_result(device)

        try:
            async with search_of(self._radio).heard(on_found), asyncio.timeout(FIND_S):
                return await heard
        except TimeoutError:
            raise LinkError(
                f"{self._address} was not seen within {FIND_S:g} s: switch the treadmill on, wake "
                "it up, come nearer, and close other apps that are connected to it, for most "
                "treadmills vanish while one is; `quarterturn scan` shows what is in reach"
            ) from None
        except Exception as error:  # each system's stack has its own
            raise port_error(error) from error

    def _is_meant(self, device: BLEDevice, name: str | None) -> bool:
        if is_address(self._address):
            return same_address(device.address, self._address)
        return self._address in (name, device.name)

    # --- connecting ------------------------------------------------------------------------------

    async def _connect(self) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            # Looked for each time: a system may forget a device as soon as a scan ends.
            client = self._radio.open_client(await self._find(), self._lost, CONNECT_S)
            try:
                async with asyncio.timeout(CONNECT_S):
                    await client.connect()
            except asyncio.CancelledError:
                with contextlib.suppress(Exception):
                    await client.disconnect()
                raise
            except Exception as error:  # noqa: BLE001 - each system's stack has its own
                self._why = str(port_error(error))
                # Two clients that were refused together do not come back together.
                await asyncio.sleep(random.uniform(*_PAUSE_S) * attempt)  # noqa: S311 - no secret
                continue
            self._client = client
            self._found = _by_uuid(client)
            return
        raise self._unreachable()

    def _unreachable(self) -> LinkError:
        return LinkError(
            f"{self._address} is in reach and does not accept a connection ({self._why}): close "
            "other apps that are connected to it, or switch it off and on"
        )

    async def _connect_without_memory(self) -> None:
        """Connect once more where the system goes by a list of services that is out of date.

        The machine advertises a fitness machine and seems to have none. Where it is not bonded,
        having the system forget the device makes it look anew.
        """
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):  # not every system can forget
                await client.unpair()
            with contextlib.suppress(Exception):
                await client.disconnect()
        await self._connect()

    def _lost(self, client: BleakClient) -> None:
        if client is not self._client:
            return  # an attempt that failed, or our own disconnect
        self._client = None
        self._found = {}
        on_lost, self._on_lost = self._on_lost, None
        if on_lost is not None:
            on_lost()

    # --- requests --------------------------------------------------------------------------------

    async def _ask(self, request: Callable[[], Awaitable[T]]) -> T:
        """Make a request; once more where it was refused until the link is encrypted.

        Such a refusal means that the procedure never began (FTMS v1.0.1 section 4.16.3), so that
        the second request is the first one that counts.
        """
        client = self._connected()
        try:
            try:
                return await request()
            except BleakGATTProtocolError as error:
                if error.code not in PAIRING_CODES or not self._may_pair:
                    raise
            await self._pair(client)
            return await request()
        except Exception as error:  # each system's stack has its own
            if is_end_of_service(error):
                self._lost(client)
            raise self._error(error) from error

    async def _pair(self, client: BleakClient) -> None:
        self._may_pair = False
        try:
            async with asyncio.timeout(_PAIR_S):
                await client.pair()
        except NotImplementedError:
            return  # macOS asks its user by itself
        except Exception as error:  # each system's stack has its own
            raise RefusedError(
                f"it wants to be paired, and pairing failed ({port_error(error)}): pair it in the "
                "system's Bluetooth settings, then try again"
            ) from error

    def _error(self, error: Exception) -> Exception:
        if self._client is None:
            return LinkError("the link was lost")
        if isinstance(error, BleakGATTProtocolError) and error.code in STALE_CODES:
            return LinkError(
                f"the system goes by an old list of the treadmill's services ({error.args[1]}): "
                "remove the treadmill in the system's Bluetooth settings, then try again"
            )
        return port_error(error)

    def _connected(self) -> BleakClient:
        if self._client is None:
            raise LinkError("not connected")
        return self._client

    def _characteristic(self, uuid: int) -> BleakGATTCharacteristic:
        found = self._found.get(uuid)
        if found is None:
            raise RefusedError(f"it has no characteristic {uuid:04X}")
        return found

    def _offers(self, service: int) -> bool:
        return any(uuid_16(each.service_uuid) == service for each in self._found.values())


def _properties(characteristic: BleakGATTCharacteristic) -> Property:
    found = Property(0)
    for name in characteristic.properties:
        found |= _PROPERTIES.get(name, Property(0))
    return found


def _by_uuid(client: BleakClient) -> dict[int, BleakGATTCharacteristic]:
    """Return the characteristics by 16-bit UUID; a fitness machine's go before all others'."""
    found: dict[int, BleakGATTCharacteristic] = {}
    services = sorted(client.services, key=lambda service: uuid_16(service.uuid) != FITNESS_MACHINE)
    for service in services:
        for each in service.characteristics:
            uuid = uuid_16(each.uuid)
            if uuid is not None:
                found.setdefault(uuid, each)
    return found
