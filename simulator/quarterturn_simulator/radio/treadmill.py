"""A simulated treadmill as a Bluetooth LE peripheral, over whatever controller it is given."""

import asyncio
import logging
import math
from collections.abc import Callable, Mapping
from random import Random

from bumble import att, hci
from bumble.core import BaseBumbleError
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic
from bumble.host import Host
from bumble.transport.common import TransportSink, TransportSource

from quarterturn.port import LinkError
from quarterturn.wire.ftms.advertising import (
    FitnessMachineData,
    MachineType,
    encode_advertising,
)
from quarterturn_simulator.ftms_peripheral import AttError
from quarterturn_simulator.radio.controller import VirtualController
from quarterturn_simulator.radio.gatt import (
    CautiousSession,
    StrictServer,
    device_information_service,
    fitness_machine_service,
)
from quarterturn_simulator.radio.link import RadioLink
from quarterturn_simulator.settings import Settings
from quarterturn_simulator.treadmill import SimulatedTreadmill

_log = logging.getLogger(__name__)

DEFAULT_NAME = "Quarterturn"
MANUFACTURER, MODEL = "Quarterturn", "Simulated treadmill"

_ADVERTISING_INTERVAL_S = 0.1
# A loop may fire up to its clock's resolution too early.
_HAIR_S = 0.001
# A controller that does not answer its host within this is none.
_POWER_ON_S = 5.0

OnClient = Callable[[int, str, bool], None]
"""Told a client's number and address, and whether it came (True) or went."""


def static_address(text: str) -> str:
    """Return a static random address (Core specification, Vol 6 Part B, 1.3.2.1) for a text."""
    octets = bytearray(Random(text).randbytes(6))  # noqa: S311 - the same text, the same address
    octets[0] |= 0b1100_0000
    return ":".join(f"{octet:02X}" for octet in octets)


class RadioTreadmill:
    """A treadmill on the air: it advertises, and serves every client that connects.

    Every connection is a client of the treadmill's ``Air``, under a number of its own.
    """

    def __init__(
        self,
        treadmill: SimulatedTreadmill,
        source: TransportSource,
        sink: TransportSink,
        *,
        name: str = DEFAULT_NAME,
        address: str | None = None,
        on_client: OnClient | None = None,
    ) -> None:
        self._treadmill = treadmill
        self._air = treadmill.air
        self._name = name
        self._on_client = on_client
        self._clients: dict[Connection, _Client] = {}
        config = DeviceConfiguration(
            name=name,
            address=hci.Address(address or static_address(name)),
            gap_service_enabled=False,
            gatt_service_enabled=False,
            identity_address_type=hci.Address.RANDOM_DEVICE_ADDRESS,  # the one it advertises
            advertising_interval_min=_ADVERTISING_INTERVAL_S * 1000,
            advertising_interval_max=_ADVERTISING_INTERVAL_S * 1000,
        )
        self._device = Device(config=config, host=Host(source, sink))
        self._device.smp_manager.session_proxy = CautiousSession
        self._characteristics = self._serve()
        self._device.on(Device.EVENT_CONNECTION, self._connected)
        self._advertiser = _Advertiser(self._device, self._advertising)
        self._reachable_from_s = self._air.reachable_from_s
        self._air.watch(self._watch)
        self._off_air_s = treadmill.peripheral.machine.settings.advertises_for_s

    @classmethod
    def on_virtual_radio(
        cls,
        treadmill: SimulatedTreadmill,
        link: RadioLink,
        *,
        name: str = DEFAULT_NAME,
        address: str | None = None,
        on_client: OnClient | None = None,
    ) -> "RadioTreadmill":
        """Build one with a virtual controller on a virtual radio."""
        controller = VirtualController("treadmill", link)
        return cls(
            treadmill, controller, controller, name=name, address=address, on_client=on_client
        )

    @property
    def address(self) -> str:
        """The address that it advertises under, as in ``F0:F1:F2:F3:F4:F5``."""
        return self._device.random_address.to_string(with_type_qualifier=False)

    async def power_on(self) -> None:
        """Reset the controller and begin to advertise.

        Raises:
            LinkError: when the controller does not answer, or refuses.

        """
        try:
            async with asyncio.timeout(_POWER_ON_S):
                await self._device.power_on()
        except TimeoutError as error:
            raise LinkError("the Bluetooth controller does not answer") from error
        except BaseBumbleError as error:
            raise LinkError(f"the Bluetooth controller refuses: {error}") from error
        self._off_air_s += self._air.now_s()
        self._look_again_at(self._off_air_s)
        await self._advertiser.begin()

    async def power_off(self) -> None:
        """Stop advertising and end every connection."""
        await self._advertiser.end()
        for client in list(self._clients.values()):
            client.lost()
        await asyncio.sleep(0)
        await self._device.power_off()

    # --- advertising -----------------------------------------------------------------------------

    def _watch(self) -> None:
        if self._air.reachable_from_s != self._reachable_from_s:
            self._reachable_from_s = self._air.reachable_from_s
            self._advertiser.kick()
            self._look_again_at(self._reachable_from_s)

    def _look_again_at(self, time_s: float) -> None:
        if time_s < math.inf:
            asyncio.get_running_loop().call_at(time_s + _HAIR_S, self._advertiser.kick)

    @property
    def _settings(self) -> Settings:
        return self._treadmill.peripheral.machine.settings

    def _advertising(self) -> bytes | None:
        """Return what to advertise now, None where it shall not."""
        now_s, settings = self._air.now_s(), self._settings
        if now_s >= self._off_air_s or now_s < self._air.reachable_from_s:
            return None
        if settings.one_connection and self._clients:
            return None
        data = FitnessMachineData(available=True, machine_types=MachineType.TREADMILL)
        return encode_advertising(
            self._name if settings.advertises_name else None,
            data if settings.advertises_service_data else None,
            service=settings.advertises_service,
        )

    # --- the server ------------------------------------------------------------------------------

    def _serve(self) -> Mapping[int, Characteristic[bytes]]:
        server = StrictServer(self._device)
        server.max_mtu = self._settings.mtu
        self._device.gatt_server = server
        self._device.add_default_services()
        server.add_service(device_information_service(MANUFACTURER, MODEL))
        peripheral = self._treadmill.peripheral
        service, characteristics = fitness_machine_service(
            peripheral.characteristics, peripheral.read, self._write, self._subscribe
        )
        server.add_service(service)
        return characteristics

    def _write(self, connection: Connection, characteristic: int, value: bytes) -> int | None:
        client = self._clients.get(connection)
        if client is None:
            return int(att.ErrorCode.UNLIKELY_ERROR)
        error: AttError | None = self._air.write(characteristic, value, client.number)
        return error

    def _subscribe(self, connection: Connection, characteristic: int, wanted: bool) -> None:
        client = self._clients.get(connection)
        if client is None:
            return
        if wanted:
            self._air.subscribe(characteristic, client.number)
        else:
            self._air.unsubscribe(characteristic, client.number)

    # --- connections -----------------------------------------------------------------------------

    def _connected(self, connection: Connection) -> None:
        self._advertiser.interrupted()
        client = _Client(self._device, connection, self._characteristics)
        try:
            client.number = self._air.connect(client)
        except LinkError:
            client.lost()
            return
        self._clients[connection] = client
        peripheral, number = self._treadmill.peripheral, client.number
        peripheral.agree_on_mtu(number, connection.att_mtu)

        def on_mtu() -> None:
            peripheral.agree_on_mtu(number, connection.att_mtu)

        def on_encryption() -> None:
            if connection.encryption:
                peripheral.encrypt(number)

        connection.on(connection.EVENT_CONNECTION_ATT_MTU_UPDATE, on_mtu)
        connection.on(connection.EVENT_CONNECTION_ENCRYPTION_CHANGE, on_encryption)
        connection.once(connection.EVENT_DISCONNECTION, lambda _reason: self._gone(client))
        self._tell(client, came=True)

    def _gone(self, client: "_Client") -> None:
        del self._clients[client.connection]
        if not client.is_lost:
            self._air.disconnect(client.number)
        self._tell(client, came=False)
        self._advertiser.kick()
        if self._air.now_s() < self._air.reachable_from_s < math.inf:
            loop = asyncio.get_running_loop()
            loop.call_at(self._air.reachable_from_s, self._advertiser.kick)

    def _tell(self, client: "_Client", *, came: bool) -> None:
        if self._on_client is not None:
            address = client.connection.peer_address.to_string(with_type_qualifier=False)
            self._on_client(client.number, address, came)


class _Client:
    """One connection, as the treadmill's air sees it. ``is_lost``: the air has let it go."""

    def __init__(
        self,
        device: Device,
        connection: Connection,
        characteristics: Mapping[int, Characteristic[bytes]],
    ) -> None:
        self.number = 0
        self.connection = connection
        self.is_lost = False
        self._device = device
        self._characteristics = characteristics
        self._tasks: set[asyncio.Task[None]] = set()

    def receive(self, characteristic: int, value: bytes) -> None:
        """Send a value; one that needs a confirmation waits for those before it."""
        attribute = self._characteristics[characteristic]
        if attribute.properties & Characteristic.Properties.INDICATE:
            self._run(self._indicate(attribute, value))
            return
        # Bumble's own would need a task each, and cut the value where it does not fit.
        notification = att.ATT_Handle_Value_Notification(
            attribute_handle=attribute.handle, attribute_value=value
        )
        self._device.gatt_server.send_gatt_pdu(self.connection, bytes(notification))

    def lost(self) -> None:
        """End the connection, as a machine does that loses its power."""
        self.is_lost = True
        self._run(self._disconnect())

    async def _indicate(self, attribute: Characteristic[bytes], value: bytes) -> None:
        try:
            # Bumble waits 30 s for the confirmation, even when nobody is there any more.
            await self.connection.cancel_on_disconnection(
                self._device.gatt_server.indicate_subscriber(self.connection, attribute, value)
            )
        except TimeoutError:
            # A transaction that has timed out ends the bearer (Vol 3 Part F, 3.3.3).
            await self._disconnect()

    async def _disconnect(self) -> None:
        reason = hci.HCI_ErrorCode.REMOTE_DEVICE_TERMINATED_CONNECTION_DUE_TO_POWER_OFF_ERROR
        await self.connection.disconnect(reason)

    def _run(self, coroutine: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.debug("client %d", self.number, exc_info=task.exception())


class _Advertiser:
    """Keeps a device advertising what it is asked to, however often connections end it."""

    def __init__(self, device: Device, wanted: Callable[[], bytes | None]) -> None:
        self._device = device
        self._wanted = wanted
        self._advertised: bytes | None = None
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Advertise, and go on."""
        await self._adjust()
        self._task = asyncio.get_running_loop().create_task(self._go_on())

    async def end(self) -> None:
        """Stop advertising for good."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        self._wanted = lambda: None
        await self._adjust()

    def kick(self) -> None:
        """Look again at what is wanted."""
        self._changed.set()

    def interrupted(self) -> None:
        """Learn that the controller has stopped by itself, which it does at every connection."""
        self._advertised = None
        self._changed.set()

    async def _go_on(self) -> None:
        while True:
            await self._changed.wait()
            await self._adjust()

    async def _adjust(self) -> None:
        self._changed.clear()
        wanted = self._wanted()
        if wanted == self._advertised:
            return
        self._advertised = wanted
        try:
            if wanted is None:
                await self._device.stop_advertising()
            else:
                await self._device.start_advertising(
                    advertising_data=wanted, scan_response_data=b""
                )
        except (BaseBumbleError, TimeoutError):
            # A controller that cannot advertise while it is connected can when it is not.
            _log.debug("the controller does not advertise", exc_info=True)
            self._advertised = None
