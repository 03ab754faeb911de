"""A link that can be cut on purpose, for the one trial that finds out what the belt does then.

No session may ever have one: `onboard` alone puts it around a link, and a test sees to that.
"""

import asyncio
import contextlib
import math
from collections.abc import Callable

from quarterturn.port import ForwardingLink, GattLink, LinkError, RefusedError


class CuttableLink(ForwardingLink):
    """A link around another. Cut, it is lost to its driver at once, and stays so for a while."""

    def __init__(self, inner: GattLink) -> None:
        super().__init__(inner)
        self._on_lost: Callable[[], None] | None = None
        self._closed_until_s = -math.inf
        self._cutting = False

    async def cut(self, for_s: float) -> None:
        """Lose the connection, and let nobody connect again for so many seconds.

        The driver learns of it first: from then on it writes nothing, no Stop either.
        """
        on_lost, self._on_lost = self._on_lost, None
        if on_lost is None:
            return
        self._closed_until_s = asyncio.get_running_loop().time() + for_s
        self._cutting = True
        on_lost()
        try:
            with contextlib.suppress(LinkError, RefusedError, TimeoutError):
                await self._inner.disconnect()
        finally:
            self._cutting = False

    async def connect(self, on_lost: Callable[[], None]) -> None:
        """Connect, unless the link is cut."""
        if self._cutting or asyncio.get_running_loop().time() < self._closed_until_s:
            raise LinkError("the link is cut on purpose")
        self._on_lost = on_lost
        await self._inner.connect(self._lost)

    async def disconnect(self) -> None:
        """End the connection."""
        self._on_lost = None
        if not self._cutting:
            await self._inner.disconnect()

    def _lost(self) -> None:
        on_lost, self._on_lost = self._on_lost, None
        if on_lost is not None:
            on_lost()
