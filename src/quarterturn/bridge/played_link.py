"""A link that goes nowhere: it answers a driver with what is on record."""

import asyncio
from collections.abc import Callable, Mapping
from itertools import count
from typing import Final

from quarterturn.bridge.octets import Answer, Operation, Request
from quarterturn.port import LinkError, Property

_ENDS_HERE: Final = "the record ends here"


class PlayedLink:
    """Takes down what a driver asks, and gives it what it is told to. Make it on a running loop.

    ``on_request`` hears each request, which waits until `answer` is called for it.
    """

    def __init__(self, on_request: Callable[[Request], None]) -> None:
        self._on_request = on_request
        self._numbers = count(1)
        self._open: dict[int, asyncio.Future[Answer]] = {}
        self._found: Mapping[int, Property] | None = None
        self._on_value: dict[int, Callable[[bytes], None]] = {}
        self._on_lost: Callable[[], None] | None = None
        self._over = False

    # --- what is on record ---------------------------------------------------------------------

    def answer(self, answer: Answer) -> None:
        """Answer a request; nothing happens where nobody waits for it."""
        waiting = self._open.pop(answer.to, None)
        if waiting is None or waiting.done():
            return
        if answer.failure is None:
            waiting.set_result(answer)
        elif answer.failure.name == asyncio.CancelledError.__name__:
            waiting.cancel()
        else:
            waiting.set_exception(answer.failure.error())

    def deliver(self, characteristic: int, value: bytes) -> None:
        """Hand over a value, to who has subscribed to it."""
        on_value = self._on_value.get(characteristic)
        if on_value is not None:
            on_value(value)

    def lose(self) -> None:
        """End the connection without having been asked to."""
        on_lost, self._on_lost = self._on_lost, None
        if on_lost is not None:
            on_lost()

    def end(self) -> None:
        """Answer nothing any more: what is asked from now on, and what waits, fails."""
        self._over = True
        for waiting in self._open.values():
            if not waiting.done():
                waiting.set_exception(LinkError(_ENDS_HERE))

    # --- what a driver sees --------------------------------------------------------------------

    async def connect(self, on_lost: Callable[[], None]) -> None:
        """Connect, if that is what happened."""
        self._on_lost = on_lost
        answer = await self._ask(Operation.CONNECT)
        self._found = answer.characteristics or {}

    async def disconnect(self) -> None:
        """End the connection."""
        self._on_lost = None
        if not self._over:
            await self._ask(Operation.DISCONNECT)

    @property
    def characteristics(self) -> Mapping[int, Property]:
        """The characteristics that were found.

        Raises:
            LinkError: when it was never connected.

        """
        if self._found is None:
            raise LinkError("not connected")
        return self._found

    async def read(self, characteristic: int) -> bytes:
        """Read a value."""
        return (await self._ask(Operation.READ, characteristic)).value or b""

    async def write(self, characteristic: int, value: bytes) -> None:
        """Take down what is written."""
        await self._ask(Operation.WRITE, characteristic, bytes(value))

    async def subscribe(self, characteristic: int, on_value: Callable[[bytes], None]) -> None:
        """Have ``on_value`` called with each value on record."""
        self._on_value[characteristic] = on_value
        await self._ask(Operation.SUBSCRIBE, characteristic)

    async def _ask(
        self, operation: Operation, characteristic: int | None = None, value: bytes | None = None
    ) -> Answer:
        if self._over:
            raise LinkError(_ENDS_HERE)
        loop, number = asyncio.get_running_loop(), next(self._numbers)
        waiting: asyncio.Future[Answer] = loop.create_future()
        self._open[number] = waiting
        self._on_request(Request(loop.time(), number, operation, characteristic, value))
        return await waiting
