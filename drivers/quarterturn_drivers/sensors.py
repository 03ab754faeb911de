"""What sensors on the body share: one characteristic that notifies, and nothing to write."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from typing import Final

from quarterturn.model import SensorNotice, SensorReport, SensorState
from quarterturn.port import GattLink, LinkError, Property, RefusedError, SensorSink
from quarterturn.wire.errors import WireError

CONNECT_TIMEOUT_S: Final = 30.0
_DISCONNECT_TIMEOUT_S: Final = 5.0
_BROKE = "the link broke while connecting"


class NotifyingSensor(ABC):
    """Listen to one characteristic of one sensor over ``link``.

    A kind of sensor says which ``measurement`` that is and, in ``words``, what it is itself.
    """

    measurement: int
    words: str

    def __init__(self, link: GattLink, name: str, sink: SensorSink) -> None:
        self.name = name
        self._link = link
        self._sink = sink
        self._connecting: asyncio.Timeout | None = None
        self._connected = False
        self._lost = False
        self._complained = False

    @abstractmethod
    def read(self, value: bytes, now_s: float) -> SensorReport:
        """Read one notification.

        Raises:
            WireError: when it cannot be read.

        """

    async def connect(self) -> None:
        """Connect and listen.

        Raises:
            LinkError: when there is no connection, or it breaks.
            RefusedError: when this is no such sensor.
            TimeoutError: when it says nothing.

        """
        if self._connected or self._connecting is not None:
            raise LinkError("this sensor is connected already: close it first")
        self._lost = self._complained = False
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S) as self._connecting:
                await self._listen()
        except TimeoutError:
            lost = self._lost
            await self.close()
            if lost:
                raise LinkError(_BROKE) from None
            why = f"the {self.words} was not there within {CONNECT_TIMEOUT_S:g} s"
            raise TimeoutError(why) from None
        except BaseException:
            await self.close()
            raise
        finally:
            self._connecting = None
        self._connected = True

    async def _listen(self) -> None:
        await self._link.connect(self._on_lost)
        offered = self._link.characteristics.get(self.measurement, Property(0))
        if not offered & (Property.NOTIFY | Property.INDICATE):
            raise RefusedError(f"this is no {self.words}: it sends no {self.measurement:04X}")
        await self._link.subscribe(self.measurement, self._on_value)
        if self._lost:
            raise LinkError(_BROKE)

    def _on_value(self, value: bytes) -> None:
        if self._lost or not (self._connected or self._connecting):
            return
        now_s = asyncio.get_running_loop().time()
        try:
            report = self.read(bytes(value), now_s)
        except WireError as error:
            if not self._complained:  # once for each connection: nobody can act on the second
                self._complained = True
                text = f"{error} [{bytes(value[:40]).hex()}]"
                self._sink(SensorNotice(now_s, self.name, SensorState.MALFORMED, text))
            return
        self._sink(report)

    def _on_lost(self) -> None:
        if self._lost:
            return
        now_s = asyncio.get_running_loop().time()
        if self._connecting is not None:
            # Whatever connect() waits for will not come; it turns this into a LinkError.
            self._lost = True
            if not self._connecting.expired():
                self._connecting.reschedule(now_s)
        elif self._connected:
            self._lost, self._connected = True, False
            text = f"the link to the {self.words} is lost"
            self._sink(SensorNotice(now_s, self.name, SensorState.LOST, text))

    async def close(self) -> None:
        """End the connection; harmless when there is none."""
        self._connected = False
        with contextlib.suppress(TimeoutError, LinkError, RefusedError):
            async with asyncio.timeout(_DISCONNECT_TIMEOUT_S):
                await self._link.disconnect()
