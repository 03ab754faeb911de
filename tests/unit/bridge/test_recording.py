"""What is taken down of a link and its drivers, and what that never does to them."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from integration.scripted import ScriptedDriver
from quarterturn.bridge.recording import Recording
from quarterturn.model import MachineRecord
from quarterturn.port import LinkError, Property, RefusedError

Lines = list[Mapping[str, Any]]


class Link:
    """Raises what it is told to, else does what it is asked."""

    def __init__(self) -> None:
        self.fault: BaseException | None = None
        self.hangs = False
        self.on_lost: Callable[[], None] | None = None
        self.on_value: Callable[[bytes], None] | None = None
        self.written: list[bytes] = []

    async def _do(self) -> None:
        await asyncio.sleep(0.1)
        if self.hangs:
            await asyncio.Event().wait()
        if self.fault is not None:
            raise self.fault

    async def connect(self, on_lost: Callable[[], None]) -> None:
        self.on_lost = on_lost
        await self._do()

    async def disconnect(self) -> None:
        await self._do()

    @property
    def characteristics(self) -> Mapping[int, Property]:
        return {0x2ACD: Property.NOTIFY}

    async def read(self, characteristic: int) -> bytes:
        await self._do()
        return bytearray(b"\x01\x02")

    async def write(self, characteristic: int, value: bytes) -> None:
        self.written.append(value)
        await self._do()

    async def subscribe(self, characteristic: int, on_value: Callable[[bytes], None]) -> None:
        self.on_value = on_value
        await self._do()


def without_times(lines: Lines) -> Lines:
    return [{key: value for key, value in line.items() if key != "at"} for line in lines]


async def test_everything_that_passes_is_on_record_when_it_passes() -> None:
    lines: Lines = []
    inner = Link()
    link = Recording(lines.append, "ftms").link(inner)
    lost: list[str] = []
    values: list[bytes] = []
    await link.connect(lambda: lost.append("lost"))
    assert await link.read(0x2ACC) == b"\x01\x02"
    await link.subscribe(0x2ACD, values.append)
    assert inner.on_value is not None
    assert inner.on_lost is not None
    inner.on_value(bytearray(b"\x03"))
    await link.write(0x2AD9, b"\x00")
    inner.on_lost()
    await link.disconnect()
    assert (lost, values, inner.written) == (["lost"], [b"\x03"], [b"\x00"])
    assert link.characteristics == inner.characteristics
    out, into = {"kind": "wire", "dir": "out"}, {"kind": "wire", "dir": "in"}
    assert without_times(lines) == [
        {**out, "n": 1, "op": "connect"},
        {**into, "to": 1, "characteristics": {"2acd": 16}},
        {**out, "n": 2, "op": "read", "characteristic": "2acc"},
        {**into, "to": 2, "hex": "0102"},
        {**out, "n": 3, "op": "subscribe", "characteristic": "2acd"},
        {**into, "to": 3},
        {**into, "characteristic": "2acd", "hex": "03"},
        {**out, "n": 4, "op": "write", "characteristic": "2ad9", "hex": "00"},
        {**into, "to": 4},
        {**into, "lost": True},
        {**out, "n": 5, "op": "disconnect"},
        {**into, "to": 5},
    ]
    assert [line["at"] for line in lines][:4] == pytest.approx([0.0, 0.1, 0.1, 0.2])


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (LinkError("gone"), {"error": "LinkError", "text": "gone"}),
        (RefusedError("no", 0xFE), {"error": "RefusedError", "text": "no", "code": 0xFE}),
        (asyncio.CancelledError(), {"error": "CancelledError", "text": ""}),
        (KeyError(), {"error": "KeyError", "text": ""}),
    ],
)
async def test_how_a_write_failed_is_on_record(
    fault: BaseException, what: dict[str, object]
) -> None:
    lines: Lines = []
    inner = Link()
    inner.fault = fault
    with pytest.raises(type(fault)) as raised:
        await Recording(lines.append, "ftms").link(inner).write(0x2AD9, b"\x00")
    assert raised.value is fault
    assert without_times(lines)[1:] == [{"kind": "wire", "dir": "in", "to": 1, **what}]


async def test_what_a_driver_gave_up_has_no_answer() -> None:
    lines: Lines = []
    inner = Link()
    inner.hangs = True
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5):
            await Recording(lines.append, "ftms").link(inner).write(0x2AD9, b"\x00")
    assert [line.get("n") for line in lines] == [1]


async def test_a_journal_that_fails_reaches_the_session_and_never_the_link() -> None:
    taken: Lines = []
    broken = True

    def record(line: Mapping[str, object]) -> None:
        if broken:
            raise OSError("no space")
        taken.append(line)

    recording = Recording(record, "ftms")
    link = recording.link(Link())
    await link.write(0x2AD9, b"\x00")
    broken = False
    await link.write(0x2AD9, b"\x00")
    with pytest.raises(OSError, match="no space"):
        recording.record({"kind": "ticks"})
    assert taken == []


async def test_each_driver_has_a_number_and_its_end_on_record() -> None:
    lines: Lines = []
    drivers: list[ScriptedDriver] = []

    def build(_: object, __: object, sink: Any) -> ScriptedDriver:
        drivers.append(ScriptedDriver(sink))
        return drivers[-1]

    recording = Recording(lines.append, "ftms")
    factory = recording.drivers(build)
    first, second, third = (
        factory(Link(), MachineRecord(), lambda _: None),
        factory(Link(), MachineRecord(), lambda _: None),
        factory(Link(), MachineRecord(), lambda _: None),
    )
    drivers[1].connect_fault = LinkError("not there")
    drivers[2].never_connects = True
    await first.connect()
    await first.close()
    with pytest.raises(LinkError):
        await second.connect()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5):
            await third.connect()
    assert [(line["n"], line["do"], line.get("text")) for line in lines] == [
        (1, "connect", "ftms"),
        (1, "connected", None),
        (1, "close", None),
        (1, "closed", None),
        (2, "connect", "ftms"),
        (2, "failed", "LinkError: not there"),
        (3, "connect", "ftms"),
        (3, "given_up", None),
    ]


async def test_what_is_sent_goes_straight_to_the_driver() -> None:
    inner = ScriptedDriver(lambda _: None)
    driver = Recording(lambda _: None, "ftms").drivers(lambda *_: inner)(
        Link(), MachineRecord(), lambda _: None
    )
    assert driver.send == inner.send
