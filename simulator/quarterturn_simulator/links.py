"""The link to a simulated treadmill, and the cruel ones that real radios sometimes are.

``SimulatedLink`` delivers everything, in order, when it is due. Each cruel link spoils one thing of
whatever link it is wrapped around, so that they can be combined.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from random import Random

from quarterturn.port import ForwardingLink, GattLink, LinkError, Property, RefusedError
from quarterturn_simulator.air import Air
from quarterturn_simulator.ftms_peripheral import AttError

OnValue = Callable[[bytes], None]
OnLost = Callable[[], None]


class SimulatedLink:
    """A perfect link to a simulated treadmill. It may be connected again after it was lost."""

    def __init__(self, air: Air) -> None:
        self._air = air
        self._client: int | None = None
        self._on_lost: OnLost | None = None
        self._on_value: dict[int, OnValue] = {}

    async def connect(self, on_lost: OnLost) -> None:
        """Connect.

        Raises:
            LinkError: when the treadmill does not answer, or the link is connected already.

        """
        if self._client is not None:
            raise LinkError("this link is connected already")
        self._client = self._air.connect(self)
        self._on_lost = on_lost
        await asyncio.sleep(0)

    async def disconnect(self) -> None:
        """End the connection; harmless when there is none."""
        if self._client is not None:
            client, self._client = self._client, None
            self._air.disconnect(client)
        await asyncio.sleep(0)

    @property
    def characteristics(self) -> Mapping[int, Property]:
        """The characteristics of the treadmill.

        Raises:
            LinkError: when not connected.

        """
        self._connected()
        return self._air.peripheral.characteristics

    async def read(self, characteristic: int) -> bytes:
        """Read a value.

        Raises:
            LinkError: when not connected.
            RefusedError: on an ATT error.

        """
        self._connected()
        value = self._air.peripheral.read(characteristic)
        await asyncio.sleep(0)
        return value

    async def write(self, characteristic: int, value: bytes) -> None:
        """Write a value, with response where the characteristic offers it.

        Raises:
            LinkError: when not connected.
            RefusedError: on an ATT error, which a write without response never gets.

        """
        client, peripheral = self._connected(), self._air.peripheral
        await self._air.carries()
        error = self._air.write(characteristic, value, client)
        if error is AttError.INSUFFICIENT_AUTHENTICATION:
            # What the Bluetooth of an operating system does when it is told so: pair, write again.
            peripheral.encrypt(client)
            error = self._air.write(characteristic, value, client)
        await asyncio.sleep(0)
        found = peripheral.characteristics.get(characteristic, Property(0))
        goes_unanswered = found & Property.WRITE_WITHOUT_RESPONSE and not found & Property.WRITE
        if error is not None and not goes_unanswered:
            raise RefusedError(f"{characteristic:04X}: {error.words}", error)

    async def subscribe(self, characteristic: int, on_value: OnValue) -> None:
        """Have ``on_value`` called with each value.

        Raises:
            LinkError: when not connected.
            RefusedError: when the characteristic is not there or has no values to send.

        """
        client = self._connected()
        self._on_value[characteristic] = on_value
        self._air.subscribe(characteristic, client)
        await asyncio.sleep(0)

    def receive(self, characteristic: int, value: bytes) -> None:
        """Take a value from the treadmill."""
        self._on_value[characteristic](value)

    def lost(self) -> None:
        """Learn from the treadmill that the connection is gone."""
        self._client = None
        on_lost, self._on_lost = self._on_lost, None
        if on_lost is not None:
            on_lost()

    def _connected(self) -> int:
        if self._client is None:
            raise LinkError(f"not connected to the simulated {self._air.what}")
        return self._client


class OneByteAtATime(ForwardingLink):
    """Chops every value into single octets, as no GATT server would."""

    async def subscribe(self, characteristic: int, on_value: OnValue) -> None:
        """Have ``on_value`` called with each octet of each value."""

        def chop(value: bytes) -> None:
            for octet in value:
                on_value(bytes([octet]))

        await self._inner.subscribe(characteristic, chop)


class Late(ForwardingLink):
    """Delays everything, both ways, without changing its order."""

    def __init__(self, inner: GattLink, delay_s: float) -> None:
        super().__init__(inner)
        self._delay_s = delay_s
        self._on_their_way: deque[tuple[OnValue, bytes]] = deque()

    async def connect(self, on_lost: OnLost) -> None:
        """Connect, late."""
        await asyncio.sleep(self._delay_s)
        await self._inner.connect(on_lost)

    async def read(self, characteristic: int) -> bytes:
        """Read a value; it takes the way there and the way back."""
        await asyncio.sleep(self._delay_s)
        value = await self._inner.read(characteristic)
        await asyncio.sleep(self._delay_s)
        return value

    async def write(self, characteristic: int, value: bytes) -> None:
        """Write a value; it takes the way there and the way back."""
        await asyncio.sleep(self._delay_s)
        await self._inner.write(characteristic, value)
        await asyncio.sleep(self._delay_s)

    async def subscribe(self, characteristic: int, on_value: OnValue) -> None:
        """Have ``on_value`` called with each value, late."""
        loop = asyncio.get_running_loop()

        def arrive() -> None:
            on_value, value = self._on_their_way.popleft()
            on_value(value)

        def delay(value: bytes) -> None:
            self._on_their_way.append((on_value, value))
            loop.call_later(self._delay_s, arrive)

        await self._inner.subscribe(characteristic, delay)


class Lossy(ForwardingLink):
    """Loses some values and some writes without a word."""

    def __init__(self, inner: GattLink, share: float, seed: int) -> None:
        super().__init__(inner)
        self._share = share
        self._random = Random(f"{seed} lossy")  # noqa: S311 - a simulation has to be repeatable

    async def write(self, characteristic: int, value: bytes) -> None:
        """Write a value, or only seem to."""
        if not self._loses():
            await self._inner.write(characteristic, value)

    async def subscribe(self, characteristic: int, on_value: OnValue) -> None:
        """Have ``on_value`` called with those values that come through."""

        def pass_on(value: bytes) -> None:
            if not self._loses():
                on_value(value)

        await self._inner.subscribe(characteristic, pass_on)

    def _loses(self) -> bool:
        return self._random.random() < self._share


class Deaf(ForwardingLink):
    """Takes every write and carries none."""

    async def write(self, characteristic: int, value: bytes) -> None:
        """Seem to write a value."""


class SilentAfter(ForwardingLink):
    """Carries no value any more once it has been connected for some seconds."""

    def __init__(self, inner: GattLink, after_s: float) -> None:
        super().__init__(inner)
        self._after_s = after_s
        self._silent_from_s = 0.0

    async def connect(self, on_lost: OnLost) -> None:
        """Connect, and begin to count."""
        await self._inner.connect(on_lost)
        self._silent_from_s = asyncio.get_running_loop().time() + self._after_s

    async def subscribe(self, characteristic: int, on_value: OnValue) -> None:
        """Have ``on_value`` called with each value, for as long as it lasts."""
        loop = asyncio.get_running_loop()

        def pass_on(value: bytes) -> None:
            if loop.time() < self._silent_from_s:
                on_value(value)

        await self._inner.subscribe(characteristic, pass_on)


class Refusing(ForwardingLink):
    """Refuses to connect, for a number of times."""

    def __init__(self, inner: GattLink, times: float) -> None:
        super().__init__(inner)
        self._times_left = times

    async def connect(self, on_lost: OnLost) -> None:
        """Connect, if it has refused often enough."""
        if self._times_left > 0:
            self._times_left -= 1
            raise LinkError("connection refused")
        await self._inner.connect(on_lost)


class Disconnecting(ForwardingLink):
    """Drops the connection, ``after_s`` seconds old or within its ``in_write``-th write."""

    def __init__(
        self, inner: GattLink, *, after_s: float | None = None, in_write: float | None = None
    ) -> None:
        super().__init__(inner)
        self._after_s = after_s
        self._in_write = in_write
        self._writes = 0
        self._on_lost: OnLost | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._farewell: asyncio.Task[None] | None = None

    async def connect(self, on_lost: OnLost) -> None:
        """Connect, for a while."""
        self._on_lost = on_lost
        self._writes = 0
        await self._inner.connect(self._lose)
        if self._after_s is not None:
            self._timer = asyncio.get_running_loop().call_later(self._after_s, self._drop)

    async def disconnect(self) -> None:
        """End the connection."""
        self._on_lost = None
        if self._timer is not None:
            self._timer.cancel()
        await self._inner.disconnect()

    async def write(self, characteristic: int, value: bytes) -> None:
        """Write a value; the one that breaks the link is carried, its answer is not."""
        self._writes += 1
        await self._inner.write(characteristic, value)
        if self._writes == self._in_write:
            await self._inner.disconnect()
            self._lose()
            raise LinkError("the link was lost")

    def _drop(self) -> None:
        self._farewell = asyncio.get_running_loop().create_task(self._inner.disconnect())
        self._lose()

    def _lose(self) -> None:
        on_lost, self._on_lost = self._on_lost, None
        if on_lost is not None:
            on_lost()
