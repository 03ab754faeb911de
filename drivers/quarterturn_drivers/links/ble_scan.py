"""The scanner behind ``quarterturn scan``: every advertisement in reach, as it is heard."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from quarterturn.port import Sighting
from quarterturn_drivers.links.ble_errors import port_error
from quarterturn_drivers.links.ble_radio import radio_of, uuid_16
from quarterturn_drivers.links.ble_search import search_of

# What systems report for a signal that they cannot tell (Core specification, Vol 4 Part E, 7.7.65).
_NO_RSSI = (127, 0)


@asynccontextmanager
async def scan(
    options: Sequence[tuple[str, str]], on_sighting: Callable[[Sighting], None]
) -> AsyncIterator[None]:
    """Scan while the context is open; an advertisement is passed on as often as it is heard.

    What a machine says in a scan response is added to what it said before.

    Raises:
        ValueError: when an option is not understood.
        LinkError: when Bluetooth cannot be used.

    """
    seen: dict[str, Sighting] = {}

    def on_found(device: BLEDevice, data: AdvertisementData) -> None:
        sighting = _merged(seen.get(device.address), _sighting(device, data))
        seen[device.address] = sighting
        on_sighting(sighting)

    search = search_of(radio_of(options))
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(search.heard(on_found))
        except Exception as error:  # each system's stack has its own
            raise port_error(error) from error
        yield


def _sighting(device: BLEDevice, data: AdvertisementData) -> Sighting:
    service_data = {uuid_16(uuid): value for uuid, value in data.service_data.items()}
    services = {uuid_16(uuid) for uuid in data.service_uuids}
    return Sighting(
        address=device.address,
        name=data.local_name or device.name or None,
        rssi_dbm=None if data.rssi in _NO_RSSI else data.rssi,
        services=frozenset(uuid for uuid in services if uuid is not None),
        service_data={uuid: value for uuid, value in service_data.items() if uuid is not None},
    )


def _merged(before: Sighting | None, now: Sighting) -> Sighting:
    if before is None:
        return now
    return Sighting(
        address=now.address,
        name=now.name or before.name,
        rssi_dbm=now.rssi_dbm,
        services=before.services | now.services,
        service_data={**before.service_data, **now.service_data},
    )
