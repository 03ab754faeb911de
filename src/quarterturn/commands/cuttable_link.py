"""A link that can be cut on purpose, for the one trial that finds out what the belt does then.

No session may ever have one: `onboard` alone puts it around a link, and a test sees to that.
"""

import asyncio
import contextlib
import math
from collections.abc import Callable, Mapping

from quarterturn.port import GattLink, LinkError, Property, RefusedError


class CuttableLink:
    """A link around another. Cut, it is lost to its driver at once, and stays so for a while."""

    def __init__(self, inner: GattLink) -> None:
        self._inner = inner
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

    @property
    def characteristics(self) -> Mapping[int, Property]:
        """The characteristics of the connected server."""
        return self._inner.characteristics

    async def read(self, characteristic: int) -> bytes:
        """Read a value."""
        return await self._inner.read(characteristic)

    async def write(self, characteristic: int, value: bytes) -> None:
        """Write a value for a driver."""
        await self._inner.write(characteristic, value)

    async def subscribe(self, characteristic: int, on_value: Callable[[bytes], None]) -> None:
        """Have ``on_value`` called with each value."""
        await self._inner.subscribe(characteristic, on_value)

    def _lost(self) -> None:
        on_lost, self._on_lost = self._on_lost, None
        if on_lost is not None:
            on_lost()
