"""Real Bluetooth controllers by name, and what to do where one cannot be had."""

import asyncio
import errno
import socket
import sys
from collections.abc import Mapping

from bumble.transport import open_transport
from bumble.transport.common import Transport

from quarterturn.port import LinkError

_OPEN_S = 4.0

_HELP: Mapping[str, str] = {
    "usb": "is the adapter plugged in, taken down in the operating system, and may you use it? On"
    " Linux an udev rule or root gives access; see docs/simulator.md",
    "serial": "is the board plugged in, and may you use its port? On Linux the group dialout may",
    "hci-socket": "the adapter must be down (sudo hciconfig hci0 down) and you need root or"
    " CAP_NET_ADMIN; see docs/simulator.md",
    "tcp-client": "is somebody listening there?",
}
EXAMPLES = "usb:0, serial:/dev/ttyACM0,1000000, hci-socket:0 or tcp:127.0.0.1:6402"


def check_name(name: str) -> None:
    """Check that a controller's name is one.

    Raises:
        ValueError: when it is none; the message says how one looks.

    """
    kind, colon, rest = name.partition(":")
    if kind not in _HELP or not colon or not rest or not name.isprintable():
        raise ValueError(f"{name[:60]!r} is no Bluetooth controller: write {EXAMPLES}")
    if kind == "hci-socket" and not rest.isdecimal():
        raise ValueError(f"{name[:60]!r}: behind hci-socket: stands a number, as in hci-socket:0")


async def open_controller(name: str) -> Transport:
    """Open a controller by its name, as in ``usb:0``.

    Raises:
        LinkError: when it is not there, not free, or not ours to use; the message says what to do.

    """
    kind = name.partition(":")[0]
    if kind == "hci-socket" and sys.platform == "linux":
        _mend_socket_module()
    try:
        async with asyncio.timeout(_OPEN_S):
            return await open_transport(name)
    except TimeoutError as error:
        raise LinkError(f"{name}: no answer; {_HELP[kind]}") from error
    except Exception as error:
        # Each kind comes with a library of its own, and each library with exceptions of its own.
        raise LinkError(f"{name}: {_words(error)}; {_HELP[kind]}") from error


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EAFNOSUPPORT:
        return "this computer's kernel has no Bluetooth"
    return str(error) or type(error).__name__


def _mend_socket_module() -> None:
    """Name the constants that a Python built without bluetooth.h lacks; Linux knows them anyway."""
    for name, number in (("AF_BLUETOOTH", 31), ("BTPROTO_HCI", 1)):
        if not hasattr(socket, name):
            setattr(socket, name, number)
