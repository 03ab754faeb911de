"""Tell the service manager how the bridge fares, as sd_notify(3) has it; the library is not needed.

Nothing here waits, and nothing here fails: a belt does not stop because systemd did not listen. A
message that its queue has no room for is gone; of heartbeats, two go out in each period.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator, MutableMapping
from typing import Final

_VARIABLES: Final = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


class ServiceManager:
    """Whoever started this process and asked, by its environment, to be told.

    The variables are taken out of ``environment``, so that no child takes itself for the service.
    Where nobody asked, every method does nothing.
    """

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        address, period, pid = (environment.pop(name, "") for name in _VARIABLES)
        self._socket = _socket_to(address)
        self.watchdog_s = _half_of(period) if pid in ("", str(os.getpid())) else None
        """How often the watchdog wants to be fed: half of its period; None without one."""

    def ready(self) -> None:
        """Say that the service has started."""
        self._send("READY=1")

    def status(self, text: str) -> None:
        """Say in one line what the service is doing; ``systemctl status`` shows it."""
        self._send(f"STATUS={' '.join(text.split())}")

    def stopping(self) -> None:
        """Say that the service is on its way out."""
        self._send("STOPPING=1")

    def watchdog(self) -> None:
        """Feed the watchdog once."""
        self._send("WATCHDOG=1")

    @contextlib.contextmanager
    def watching(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Have ``loop`` feed the watchdog while the context is open, at once and then regularly.

        It has to be the loop that steers the belt: when that hangs, nobody feeds any more, and the
        service manager ends the process. No thread may do this in its place.
        """
        interval_s = self.watchdog_s
        if interval_s is None:
            yield
            return
        timer = None

        def feed() -> None:
            nonlocal timer
            self.watchdog()
            timer = loop.call_later(interval_s, feed)

        feed()
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()

    def close(self) -> None:
        """Say nothing any more."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, message: str) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.send(message.encode(errors="replace"))


def _socket_to(address: str) -> socket.socket | None:
    """Return a datagram socket to a path or, behind ``@``, a name of Linux's; None without one."""
    if address[:1] not in ("/", "@"):
        return None  # vsock: is for whole machines
    asking = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    asking.setblocking(False)  # noqa: FBT003 - the standard library's
    try:
        asking.connect(f"\0{address[1:]}" if address[0] == "@" else address)
    except (OSError, ValueError):
        asking.close()
        return None
    return asking


def _half_of(period_us: str) -> float | None:
    period = int(period_us) if period_us.isascii() and period_us.isdecimal() else 0
    return period / 2e6 if period > 0 else None
