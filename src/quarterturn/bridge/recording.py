"""What stands around a link and its drivers while a journal is kept: it takes down what passes.

Nothing is held up or changed by it, and no failure of the journal reaches the driver: the session
learns of it with its own next line.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from quarterturn.bridge.octets import (
    Answer,
    Doing,
    DriverStep,
    Failure,
    Lost,
    Operation,
    Request,
    Step,
    Value,
    encode_step,
    was_given_up,
)
from quarterturn.bridge.records import in_words
from quarterturn.model import Capabilities, MachineRecord
from quarterturn.port import Driver, DriverFactory, ForwardingLink, GattLink, Property, ReportSink

Record = Callable[[Mapping[str, object]], None]


class Recording:
    """Keeps on record what passes between the drivers of one session and their link.

    ``record`` takes each line; ``driver`` is the name under which a replay finds the driver again.
    """

    def __init__(self, record: Record, driver: str) -> None:
        self._record = record
        self._name = driver
        self._drivers = count(1)
        self._failure: Exception | None = None

    def record(self, line: Mapping[str, object]) -> None:
        """Take a line of the session.

        Raises:
            Exception: whatever the journal raises, at this line or at one of the link before it.

        """
        if self._failure is not None:
            raise self._failure
        self._record(line)

    def link(self, inner: GattLink) -> GattLink:
        """Put a link around another that takes down what passes."""
        return _RecordedLink(inner, self._note)

    def drivers(self, factory: DriverFactory) -> DriverFactory:
        """Put a factory around another that takes down what is done with its drivers."""

        def build(link: GattLink, record: MachineRecord, sink: ReportSink) -> Driver:
            driver = factory(link, record, sink)
            return _RecordedDriver(driver, self._name, next(self._drivers), self._note)

        return build

    def _note(self, step: Step) -> None:
        """Take down what passed; never raise. After a failure nothing more is taken down."""
        if self._failure is None:
            try:
                self._record(encode_step(step))
            except Exception as error:  # noqa: BLE001 - no link breaks because of a journal
                self._failure = error


Note = Callable[[Step], None]


@dataclass(slots=True)
class _Result:
    """What an operation of the link brought."""

    value: bytes | None = None
    characteristics: Mapping[int, Property] | None = None


class _RecordedLink(ForwardingLink):
    """A link around another that takes down every operation, value and loss."""

    def __init__(self, inner: GattLink, note: Note) -> None:
        super().__init__(inner)
        self._note = note
        self._requests = count(1)

    async def connect(self, on_lost: Callable[[], None]) -> None:
        """Connect."""

        def lost() -> None:
            self._note(Lost(_now_s()))
            on_lost()

        with self._asking(Operation.CONNECT) as result:
            await self._inner.connect(lost)
            result.characteristics = dict(self._inner.characteristics)

    async def disconnect(self) -> None:
        """End the connection."""
        with self._asking(Operation.DISCONNECT):
            await self._inner.disconnect()

    async def read(self, characteristic: int) -> bytes:
        """Read a value."""
        with self._asking(Operation.READ, characteristic) as result:
            result.value = bytes(await self._inner.read(characteristic))
        return result.value

    async def write(self, characteristic: int, value: bytes) -> None:
        """Write a value for a driver."""
        with self._asking(Operation.WRITE, characteristic, bytes(value)):
            await self._inner.write(characteristic, value)

    async def subscribe(self, characteristic: int, on_value: Callable[[bytes], None]) -> None:
        """Have ``on_value`` called with each value."""

        def pass_on(value: bytes) -> None:
            self._note(Value(_now_s(), characteristic, bytes(value)))
            on_value(value)

        with self._asking(Operation.SUBSCRIBE, characteristic):
            await self._inner.subscribe(characteristic, pass_on)

    @contextlib.contextmanager
    def _asking(
        self, operation: Operation, characteristic: int | None = None, value: bytes | None = None
    ) -> Iterator[_Result]:
        number, result = next(self._requests), _Result()
        self._note(Request(_now_s(), number, operation, characteristic, value))
        try:
            yield result
        except BaseException as error:
            if not was_given_up(error):
                self._note(Answer(_now_s(), number, failure=Failure.of(error)))
            raise
        self._note(Answer(_now_s(), number, result.value, result.characteristics))


class _RecordedDriver:
    """A driver around another that takes down when it is connected and closed."""

    def __init__(self, inner: Driver, name: str, number: int, note: Note) -> None:
        self._inner = inner
        self._name = name
        self._number = number
        self._note = note
        self.send = inner.send  # what is sent goes past: the runtime has it on record already

    async def connect(self) -> Capabilities:
        """Connect."""
        self._did(Doing.CONNECT, self._name)
        try:
            capabilities = await self._inner.connect()
        except BaseException as error:
            if was_given_up(error):
                self._did(Doing.GIVEN_UP)
            else:
                self._did(Doing.FAILED, in_words(error))
            raise
        self._did(Doing.CONNECTED)
        return capabilities

    async def close(self) -> None:
        """Close."""
        self._did(Doing.CLOSE)
        await self._inner.close()
        self._did(Doing.CLOSED)

    def _did(self, doing: Doing, text: str | None = None) -> None:
        self._note(DriverStep(_now_s(), self._number, doing, text))


def _now_s() -> float:
    return asyncio.get_running_loop().time()
