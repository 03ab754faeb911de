"""One scan for everybody in this program who looks for something.

BlueZ has one scan for each program: a second one is refused (``org.bluez.Error.InProgress``), also
while the first is still being ended, and the treadmill that was lost would not be looked for while
a strap is. So whoever comes second hears the scan that is running, and whoever leaves last ends it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from quarterturn_drivers.links.ble_radio import OnFound, Radio


class Search:
    """The scan of one radio, running while somebody listens."""

    def __init__(self, radio: Radio) -> None:
        self._radio = radio
        self._listeners: list[OnFound] = []
        self._scanner: BleakScanner | None = None
        self._changing = asyncio.Lock()

    @asynccontextmanager
    async def heard(self, on_found: OnFound) -> AsyncIterator[None]:
        """Call ``on_found`` with each advertisement, and at once with those of a scan under way.

        Raises:
            Exception: whatever the system's stack does where it cannot scan, or end the scan.

        """
        if self._scanner is not None:
            for device, data in self._scanner.discovered_devices_and_advertisement_data.values():
                on_found(device, data)
        self._listeners.append(on_found)
        try:
            await self._adjust()
            yield
        finally:
            self._listeners.remove(on_found)
            await self._adjust()

    async def _adjust(self) -> None:
        # Never given up half-way: a scan whose beginning was cancelled runs, and nobody ends it.
        await asyncio.shield(asyncio.ensure_future(self._start_or_stop()))

    async def _start_or_stop(self) -> None:
        async with self._changing:
            if self._listeners and self._scanner is None:
                scanner = self._radio.open_scanner(self._tell)
                await scanner.start()
                self._scanner = scanner
            elif not self._listeners and self._scanner is not None:
                scanner, self._scanner = self._scanner, None
                await scanner.stop()

    def _tell(self, device: BLEDevice, data: AdvertisementData) -> None:
        for on_found in list(self._listeners):
            on_found(device, data)


_searches: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Radio, Search]]" = WeakKeyDictionary()


def search_of(radio: Radio) -> Search:
    """Return the search of a radio on the running event loop."""
    searches = _searches.setdefault(asyncio.get_running_loop(), {})
    return searches.setdefault(radio, Search(radio))
