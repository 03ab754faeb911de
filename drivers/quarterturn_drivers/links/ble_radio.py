"""Which Bluetooth is used, and what every part of it says of names and UUIDs."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bleak import BleakAdapter, BleakClient, BleakScanner
from bleak.args.bluez import BlueZAdapterArgs, BlueZClientArgs, BlueZScannerArgs
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner

_OPTIONS: Final = ("adapter", "hci")
FITNESS_MACHINE: Final = 0x1826

_BASE_UUID: Final = re.compile(r"0000([0-9a-f]{4})-0000-1000-8000-00805f9b34fb")
_ADDRESS: Final = re.compile(r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")
_MACOS_ADDRESS: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

OnFound = Callable[[BLEDevice, AdvertisementData], None]


@dataclass(frozen=True, slots=True)
class Radio:
    """The system's Bluetooth, one of its adapters, or a backend of our own."""

    adapter: str | None = None
    scanner: type[BaseBleakScanner] | None = None
    client: type[BaseBleakClient] | None = None

    def open_scanner(self, on_found: OnFound) -> BleakScanner:
        """Build a scanner that is not running yet."""
        bluez: BlueZScannerArgs = {} if self.adapter is None else {"adapter": self.adapter}
        return BleakScanner(on_found, bluez=bluez, backend=self.scanner)

    def open_client(
        self, device: BLEDevice, on_lost: Callable[[BleakClient], None], timeout_s: float
    ) -> BleakClient:
        """Build a client that is not connected yet; it reads services anew where it can be told."""
        bluez: BlueZClientArgs = {} if self.adapter is None else {"adapter": self.adapter}
        return BleakClient(
            device,
            on_lost,
            timeout=timeout_s,
            bluez=bluez,
            winrt={"use_cached_services": False},
            backend=self.client,
        )

    async def connected_devices(self) -> list[BLEDevice]:
        """Return what the system is connected to already, and so does not hear advertise.

        Raises:
            Exception: whatever the system's stack does when it cannot say.

        """
        if self.client is not None:
            return []
        bluez: BlueZAdapterArgs = {} if self.adapter is None else {"adapter": self.adapter}
        adapter = await BleakAdapter.get(bluez=bluez)
        return await adapter.get_connected_devices()


def radio_of(options: Sequence[tuple[str, str]], also: Sequence[str] = ()) -> Radio:
    """Choose the radio that ``adapter=`` or ``hci=`` names, the system's own by default.

    ``also`` names the options that are allowed beside these and are somebody else's.

    Raises:
        ValueError: when an option is unknown, both stand there, or bumble is not installed.

    """
    chosen, allowed = dict(options), (*_OPTIONS, *also)
    for name in chosen:
        if name not in allowed:
            raise ValueError(f"unknown option {name!r}: allowed are {', '.join(allowed)}")
    hci, adapter = chosen.get("hci"), chosen.get("adapter")
    if hci is None:
        return Radio(adapter)
    if adapter is not None:
        raise ValueError("hci= names a controller of our own, adapter= one of the system: give one")
    try:
        from quarterturn_drivers.links.ble_hci import hci_named
        from quarterturn_drivers.links.ble_hci_backend import backends_for
    except ModuleNotFoundError as error:
        raise ValueError(
            f"hci={hci} needs the Python module {error.name!r}: pip install 'quarterturn[radio]'"
        ) from None
    scanner, client = backends_for(hci_named(hci))
    return Radio(None, scanner, client)


def is_address(text: str) -> bool:
    """Say whether this is a Bluetooth address, or a UUID as macOS gives instead of one."""
    return _ADDRESS.fullmatch(text) is not None or _MACOS_ADDRESS.fullmatch(text) is not None


def same_address(one: str, other: str) -> bool:
    """Compare two addresses, however their octets are set apart."""
    return one.lower().replace("-", ":") == other.lower().replace("-", ":")


def uuid_16(uuid: str) -> int | None:
    """Return the 16-bit form of a UUID; None where it has none."""
    match = _BASE_UUID.fullmatch(uuid.lower())
    return None if match is None else int(match[1], 16)
