"""A service manager that listens on a notify socket of its own, and starts what it watches."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType

PATIENCE_S = 30.0


class NotifySocket:
    """Where a service says how it fares; ``address`` is a path, or a name behind ``@``."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address[0] == "@" else address)

    def heard(self) -> list[str]:
        """Return what was said since the last time."""
        messages = []
        while (message := self.next(within_s=0)) is not None:
            messages.append(message)
        return messages

    def next(self, *, within_s: float) -> str | None:
        """Return the next message; None when it does not come."""
        self._socket.settimeout(within_s)
        try:
            return self._socket.recv(4096).decode()
        except (BlockingIOError, TimeoutError):
            return None

    def until(self, wanted: str) -> list[str]:
        """Return what is said until then, and that."""
        messages: list[str] = []
        while not messages or messages[-1] != wanted:
            message = self.next(within_s=PATIENCE_S)
            assert message is not None, f"no {wanted} after {messages}"
            messages.append(message)
        return messages

    def close(self) -> None:
        self._socket.close()


class Service:
    """A ``quarterturn`` process that was started to say how it fares; killed behind the context."""

    def __init__(
        self, manager: NotifySocket, arguments: Sequence[str], watchdog_s: float, **more: str
    ) -> None:
        told = {
            "NOTIFY_SOCKET": manager.address,
            "WATCHDOG_USEC": str(round(watchdog_s * 1e6)),
            **more,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "quarterturn", *arguments],
            env={**os.environ, **told},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Service":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.communicate()

    def ended(self) -> int:
        """Wait for its end and return its exit code."""
        return self.process.wait(PATIENCE_S)
