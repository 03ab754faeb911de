"""A Bluetooth controller of our own, with bumble as its host: ``ftms+ble://NAME?hci=usb:0``.

For a computer without a Bluetooth stack, and for the virtual controller that a simulated treadmill
offers over TCP (``hci=tcp-client:127.0.0.1:6402``). One controller serves every scanner and client
of an event loop; it is opened by the first and closed behind the last.
"""

import asyncio
import contextlib
import errno
import logging
import re
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

from bumble.core import BaseBumbleError
from bumble.device import Device
from bumble.hci import Address
from bumble.transport import open_transport
from bumble.transport.common import Transport

from quarterturn.port import LinkError

# Bumble logs whatever a peer does wrong, often with a traceback, and would have it printed; whoever
# wants to see it adds a handler.
logging.getLogger("bumble").addHandler(logging.NullHandler())
logging.getLogger("bumble").propagate = False

_OPEN_TIMEOUT_S: Final = 8.0
_CLOSE_TIMEOUT_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Hci:
    """How to reach a controller. Two with the same name are one, whatever opens them."""

    name: str
    open: Callable[[], Awaitable[Transport]] = field(compare=False)

    def controller(self) -> "HciController":
        """Return the running loop's controller of this name."""
        of_loop = _controllers.setdefault(asyncio.get_running_loop(), {})
        return of_loop.setdefault(self.name, HciController(self))


_HINTS: Final = {
    "tcp-client": "is `quarterturn simulate --radio tcp:HOST:PORT` running there?",
    "usb": "is the adapter plugged in, not in use by the system, and may you open it?",
    "serial": "is the controller plugged in, and may you open its port?",
    "hci-socket": "switch the adapter down (`hciconfig hciN down`) and use root or CAP_NET_ADMIN",
    "unix": "does a controller listen there?",
}
_NAME: Final = re.compile(r"(usb|serial|hci-socket|unix):\S+|tcp-client:\S+:[0-9]{1,5}")


def hci_named(name: str) -> Hci:
    """Return the controller of a bumble transport name, such as ``usb:0``.

    Raises:
        ValueError: when it is no such name.

    """
    if _NAME.fullmatch(name) is None:
        raise ValueError(
            f"hci={name}: write usb:0, serial:/dev/ttyACM0,1000000, hci-socket:0, "
            "unix:PATH or tcp-client:HOST:PORT"
        )
    return Hci(name, lambda: _open(name))


async def _open(name: str) -> Transport:
    if name.startswith("hci-socket:") and sys.platform == "linux":
        _mend_socket_module()
    return await open_transport(name)


def _mend_socket_module() -> None:
    """Name the constants that a Python built without bluetooth.h lacks; Linux knows them anyway."""
    for name, number in (("AF_BLUETOOTH", 31), ("BTPROTO_HCI", 1)):
        if not hasattr(socket, name):
            setattr(socket, name, number)


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EAFNOSUPPORT:
        return "this computer's kernel has no Bluetooth"
    return str(error) or type(error).__name__


class HciController:
    """One controller with a host, opened for the first user and closed behind the last."""

    def __init__(self, hci: Hci) -> None:
        self._hci = hci
        self._lock = asyncio.Lock()
        self._users = 0
        self._device: Device | None = None
        self._transport: Transport | None = None
        self.connecting = asyncio.Lock()
        """A controller makes one connection at a time."""

    async def acquire(self) -> Device:
        """Return the host, powered on; every call wants a ``release``.

        Raises:
            LinkError: when the controller is not there, or does not answer.

        """
        async with self._lock:
            if self._device is None or self._is_gone():
                await self._close()
                await self._open()
            self._users += 1
            if self._device is None:
                raise LinkError("the Bluetooth controller is gone")
            return self._device

    async def release(self) -> None:
        """Give the host back."""
        async with self._lock:
            self._users -= 1
            if self._users == 0:
                await self._close()

    def _is_gone(self) -> bool:
        return self._transport is None or self._transport.source.terminated.done()

    async def _open(self) -> None:
        name = self._hci.name
        try:
            async with asyncio.timeout(_OPEN_TIMEOUT_S):
                self._transport = await self._hci.open()
                source, sink = self._transport.source, self._transport.sink
                device = Device.with_hci("quarterturn", Address.ANY_RANDOM, source, sink)
                await device.power_on()
        except BaseException as error:
            await self._close()
            if isinstance(error, TimeoutError):
                raise LinkError(f"hci={name}: the controller does not answer") from None
            if isinstance(error, Exception):
                # What is raised for a controller that is missing differs with each transport.
                hint = _HINTS.get(name.partition(":")[0], "")
                words = _words(error)
                raise LinkError(f"hci={name} cannot be opened: {hint} ({words})") from error
            raise
        self._device = device

    async def _close(self) -> None:
        device, self._device = self._device, None
        transport, self._transport = self._transport, None
        with contextlib.suppress(TimeoutError, BaseBumbleError):
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                if device is not None:
                    await device.power_off()
        if transport is not None:
            await transport.close()


_controllers: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, HciController]] = (
    WeakKeyDictionary()
)
