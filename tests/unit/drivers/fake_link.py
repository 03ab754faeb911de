"""A GATT link that records what is written and answers as it is told; it knows no codec."""

import asyncio
from collections.abc import Callable

from quarterturn.model import (
    CommandOutcome,
    MachineRecord,
    Notice,
    NoticeKind,
    Permitted,
    Report,
    SetIncline,
    SetSpeed,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.port import LinkError, Property
from quarterturn.units import Incline, Speed
from quarterturn_drivers.ftms import FtmsDriver

FEATURE, DATA, TRAINING, SPEED_RANGE, INCLINE_RANGE = 0x2ACC, 0x2ACD, 0x2AD3, 0x2AD4, 0x2AD5
CONTROL_POINT, STATUS = 0x2AD9, 0x2ADA

SUCCESS = 0x01
HANG = "hang"
SILENCE = None
Reply = int | str | BaseException | None


class FakeLink:
    """Answers every op code with Success after 50 ms, unless ``replies`` says otherwise.

    A reply is a result code, SILENCE, HANG (the write never returns) or an exception that the write
    raises; of a list, one is used for each write, the last one for ever.
    """

    def __init__(self) -> None:
        self.values = {
            FEATURE: bytes.fromhex("0c14000003000000"),
            SPEED_RANGE: bytes.fromhex("320040060a00"),  # 0.5 to 16.0 km/h in steps of 0.1
            INCLINE_RANGE: bytes.fromhex("000096000500"),  # 0 to 15 % in steps of 0.5
            TRAINING: b"\x00\x01",
        }
        self.found: dict[int, Property] = {
            FEATURE: Property.READ,
            DATA: Property.NOTIFY,
            TRAINING: Property.READ | Property.NOTIFY,
            SPEED_RANGE: Property.READ,
            INCLINE_RANGE: Property.READ,
            CONTROL_POINT: Property.WRITE | Property.INDICATE,
            STATUS: Property.NOTIFY,
        }
        self.replies: dict[int, list[Reply]] = {}
        self.read_faults: dict[int, Exception | str] = {}
        self.subscribe_faults: dict[int, Exception | str] = {}
        self.connect_fault: Exception | str | None = None
        self.written: list[tuple[float, str]] = []
        self.subscribed: dict[int, Callable[[bytes], None]] = {}
        self.on_subscribed: dict[int, bytes] = {}
        self.disconnects = 0
        self.lose: Callable[[], None] = lambda: None

    async def connect(self, on_lost: Callable[[], None]) -> None:
        self.lose = on_lost
        await _strike(self.connect_fault)

    async def disconnect(self) -> None:
        self.disconnects += 1
        await asyncio.sleep(0.01)

    @property
    def characteristics(self) -> dict[int, Property]:
        return self.found

    async def read(self, characteristic: int) -> bytes:
        await asyncio.sleep(0.01)
        await _strike(self.read_faults.get(characteristic))
        return self.values[characteristic]

    async def subscribe(self, characteristic: int, on_value: Callable[[bytes], None]) -> None:
        await asyncio.sleep(0.01)
        await _strike(self.subscribe_faults.get(characteristic))
        self.subscribed[characteristic] = on_value
        if characteristic in self.on_subscribed:
            on_value(self.on_subscribed[characteristic])

    async def write(self, characteristic: int, value: bytes) -> None:
        assert characteristic == CONTROL_POINT
        loop = asyncio.get_running_loop()
        self.written.append((round(loop.time(), 3), value.hex()))
        op_code = value[0]
        queue = self.replies.get(op_code, [SUCCESS])
        reply = queue.pop(0) if len(queue) > 1 else queue[0]
        await asyncio.sleep(0.01)
        if isinstance(reply, int):
            loop.call_later(0.04, self.indicate, bytes([0x80, op_code, reply]).hex())
        else:
            await _strike(reply)

    def drop(self) -> None:
        self.lose()

    # --- what the machine says ---------------------------------------------------------------

    def notify(self, characteristic: int, value: str) -> None:
        self.subscribed[characteristic](bytes.fromhex(value))

    def indicate(self, value: str) -> None:
        self.notify(CONTROL_POINT, value)

    def report(self, kmh: float, incline_pct: float | None = None) -> None:
        value = (b"\x08\x00" if incline_pct is not None else b"\x00\x00") + round(
            kmh * 100
        ).to_bytes(2, "little")
        if incline_pct is not None:
            value += round(incline_pct * 10).to_bytes(2, "little", signed=True) + b"\xff\x7f"
        self.notify(DATA, value.hex())


async def _strike(fault: BaseException | str | None) -> None:
    if isinstance(fault, BaseException):
        raise fault
    if fault == HANG:
        await asyncio.Event().wait()


class Bench:
    """A driver on a fake link, with everything it delivered."""

    def __init__(self, record: MachineRecord | None = None, link: FakeLink | None = None) -> None:
        self.link = link or FakeLink()
        self.reports: list[Report] = []
        self.driver = FtmsDriver(self.link, record or MachineRecord(), self.reports.append)

    async def connected(self) -> "Bench":
        await self.driver.connect()
        self.link.written.clear()
        self.reports.clear()
        return self

    def send(self, command: Start | Stop | SetSpeed | SetIncline) -> Permitted:
        permitted = Permitted(command, "test")
        self.driver.send(permitted)
        return permitted

    @property
    def bytes_out(self) -> list[str]:
        return [value for _, value in self.link.written]

    @property
    def outcomes(self) -> list[CommandOutcome]:
        return [report for report in self.reports if isinstance(report, CommandOutcome)]

    @property
    def results(self) -> list[str]:
        return [outcome.outcome.value for outcome in self.outcomes]

    @property
    def telemetry(self) -> list[Telemetry]:
        return [report for report in self.reports if isinstance(report, Telemetry)]

    def notices(self, kind: NoticeKind) -> list[Notice]:
        return [one for one in self.reports if isinstance(one, Notice) and one.kind is kind]


def kmh(value: float) -> SetSpeed:
    return SetSpeed(Speed.from_kmh(value))


def pct(value: float) -> SetIncline:
    return SetIncline(Incline.from_pct(value))


__all__ = ["Bench", "FakeLink", "LinkError", "kmh", "pct"]
