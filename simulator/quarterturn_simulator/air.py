"""What lies between a peripheral and its links: the clock, who is connected, what is on its way.

The peripheral is pure; this is the one part of the simulator that owns a timer. It arms it for the
next thing due and delivers in the order of due times, first come first served where they are equal.
"""

import asyncio
import heapq
import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from quarterturn.port import LinkError, Property
from quarterturn_simulator.ftms_peripheral import AttError, Output, WriteAnswer


class Peripheral(Protocol):
    """A GATT server as a pure machine, for clients that the caller numbers."""

    @property
    def characteristics(self) -> Mapping[int, Property]:
        """The characteristics on offer."""

    @property
    def next_due_s(self) -> float:
        """When ``advance`` has something to do again."""

    @property
    def takes_one_client(self) -> bool:
        """Whether a second client is turned away."""

    def connect(self, now_s: float, client: int) -> None:
        """Accept a client."""

    def disconnect(self, now_s: float, client: int) -> list[Output]:
        """Let a client go."""

    def read(self, characteristic: int) -> bytes:
        """Read a value. Raise RefusedError on an ATT error."""

    def subscribe(self, now_s: float, characteristic: int, client: int) -> list[Output]:
        """Enable a client's values of a characteristic. Raise RefusedError on an ATT error."""

    def unsubscribe(self, now_s: float, characteristic: int, client: int) -> list[Output]:
        """Disable them again."""

    def is_subscribed(self, characteristic: int, client: int) -> bool:
        """Return whether a client is connected and has enabled a characteristic's values."""

    def encrypt(self, client: int) -> None:
        """Learn that a connection is encrypted."""

    def handle(
        self, now_s: float, characteristic: int, value: bytes, client: int
    ) -> list[Output | WriteAnswer]:
        """Take a write request; the outputs hold exactly one WriteAnswer."""

    def advance(self, now_s: float) -> list[Output]:
        """Do whatever is due by ``now_s``."""


class Receiver(Protocol):
    """The client's end of a connection."""

    def receive(self, characteristic: int, value: bytes) -> None:
        """Take a notification or an indication."""

    def lost(self) -> None:
        """Learn that the connection is gone."""


class Air:
    """Connects receivers with a peripheral on the running event loop, real or virtual.

    ``what`` is the word for the peripheral in errors.
    """

    def __init__(self, peripheral: Peripheral, what: str = "treadmill") -> None:
        self.peripheral = peripheral
        self.what = what
        self._receivers: dict[int, Receiver] = {}
        self._numbers = itertools.count(1)  # a client keeps its number for one connection
        self._reachable_from_s = -math.inf
        self._queue: list[tuple[float, int, Output]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._faded: asyncio.Future[None] | None = None  # done when the loss is told
        self._watchers: list[Callable[[], None]] = []

    def watch(self, on_change: Callable[[], None]) -> None:
        """Have ``on_change`` called whenever something may have happened to the peripheral."""
        self._watchers.append(on_change)

    @property
    def reachable_from_s(self) -> float:
        """When a connection can be made again; in the past where it can be made now."""
        return self._reachable_from_s

    def now_s(self) -> float:
        """Return the time of the running loop.

        Raises:
            RuntimeError: when no loop runs.

        """
        return asyncio.get_running_loop().time()

    def connect(self, receiver: Receiver) -> int:
        """Connect a receiver; return its number.

        Raises:
            LinkError: when the machine does not answer.

        """
        now_s = self.now_s()
        if now_s < self._reachable_from_s:
            raise LinkError(f"the simulated {self.what} does not answer")
        if self._receivers and self.peripheral.takes_one_client:
            raise LinkError(f"the simulated {self.what} is in use by another app")
        client = next(self._numbers)
        self._receivers[client] = receiver
        self.peripheral.connect(now_s, client)
        self._arm()
        return client

    def disconnect(self, client: int) -> None:
        """End a connection; values still on their way never arrive."""
        del self._receivers[client]
        self._send(self.peripheral.disconnect(self.now_s(), client))

    def lose_all(self, unreachable_s: float) -> None:
        """Lose every connection, and stay unreachable for a while."""
        self._reachable_from_s = self.now_s() + unreachable_s
        for client, receiver in list(self._receivers.items()):
            self.disconnect(client)
            receiver.lost()
        self._arm()

    def fade(self, silent_s: float, unreachable_s: float) -> None:
        """Carry nothing any more, and lose every connection only after a while.

        A Bluetooth link is known to be lost when its supervision timeout has passed: 2.5 to 6 s as
        a rule.
        """
        loop = asyncio.get_running_loop()
        if self._faded is None:
            self._faded = loop.create_future()
            loop.call_later(silent_s, self._gone, unreachable_s)

    def _gone(self, unreachable_s: float) -> None:
        faded, self._faded = self._faded, None
        self.lose_all(unreachable_s)
        if faded is not None:
            faded.set_result(None)

    async def carries(self) -> None:
        """Wait where what is sent stays unanswered.

        Raises:
            LinkError: when the link is lost in the end.

        """
        if self._faded is not None:
            await asyncio.shield(self._faded)
            raise LinkError("the link was lost")

    def write(self, characteristic: int, value: bytes, client: int) -> AttError | None:
        """Write a value; return the ATT error, None for a write response."""
        if self._faded is not None:
            return None
        error: AttError | None = None
        sent: list[Output] = []
        for output in self.peripheral.handle(self.now_s(), characteristic, value, client):
            if isinstance(output, WriteAnswer):
                error = output.error
            else:
                sent.append(output)
        self._send(sent)
        return error

    def subscribe(self, characteristic: int, client: int) -> None:
        """Enable the values of a characteristic.

        Raises:
            RefusedError: when it has none.

        """
        self._send(self.peripheral.subscribe(self.now_s(), characteristic, client))

    def unsubscribe(self, characteristic: int, client: int) -> None:
        """Disable the values of a characteristic; those on their way never arrive."""
        self._send(self.peripheral.unsubscribe(self.now_s(), characteristic, client))

    def act(self, action: Callable[[float], list[Output]]) -> None:
        """Do something to the peripheral now, such as pressing a button."""
        self._send(action(self.now_s()))

    def _send(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            heapq.heappush(self._queue, (output.due_s, next(self._order), output))
        self._arm()

    def _arm(self) -> None:
        for on_change in self._watchers:
            on_change()
        due_s = self.peripheral.next_due_s
        if self._queue:
            due_s = min(due_s, self._queue[0][0])
        if self._timer is not None:
            if self._timer.when() == due_s:
                return
            self._timer.cancel()
            self._timer = None
        if due_s < math.inf:
            self._timer = asyncio.get_running_loop().call_at(due_s, self._deliver, due_s)

    def _deliver(self, due_s: float) -> None:
        self._timer = None
        # A loop may fire up to its clock's resolution too early.
        now_s = max(self.now_s(), due_s)
        self._send(self.peripheral.advance(now_s))
        while self._queue and self._queue[0][0] <= now_s:
            _, _, output = heapq.heappop(self._queue)
            receiver = self._receivers.get(output.client)
            if receiver is not None and output.away_s is not None:
                self._reachable_from_s = max(self._reachable_from_s, now_s + output.away_s)
                self.disconnect(output.client)
                receiver.lost()
            elif (
                self._faded is None
                and receiver is not None
                and self.peripheral.is_subscribed(output.characteristic, output.client)
            ):
                receiver.receive(output.characteristic, output.value)
        self._arm()
