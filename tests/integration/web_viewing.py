"""One who follows `quarterturn web`, without a browser."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

TOKEN = "a-token-of-this-test-only"
FOLLOW = (
    f"GET /stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
)


class Viewer:
    """A connection, read message by message; ``view`` is the last view that was told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._headed = False
        self.plan: Any = None
        self.history: Any = None
        self.view: Any = None

    async def head(self) -> str:
        self._headed = True
        return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    async def message(self) -> tuple[str, Any]:
        """Return the next message, each of which comes in a chunk of its own."""
        if not self._headed:
            await self.head()
        size = int((await self.reader.readline()).strip(), 16)
        content = (await self.reader.readexactly(size)).decode()
        assert await self.reader.readexactly(2) == b"\r\n"
        name, data = content.removesuffix("\n\n").split("\n")
        name, value = name.removeprefix("event: "), json.loads(data.removeprefix("data: "))
        setattr(self, name, value)
        return name, value

    async def until(self, so: Callable[[Any], object], within_s: float = 3600.0) -> Any:
        """Wait for a view of which something is so."""
        async with asyncio.timeout(within_s):
            while self.view is None or not so(self.view):
                await self.message()
        return self.view


@contextlib.asynccontextmanager
async def viewer(port: int, request: bytes = FOLLOW) -> AsyncIterator[Viewer]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    writer.write(request)
    try:
        yield Viewer(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
