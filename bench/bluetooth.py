"""Connect over a virtual radio, and command: this project's driver beside bare bleak, in one run.

    python bench/bluetooth.py

needs the extra ``quarterturn[radio]``. Both go through the same bleak backend to the same simulated
treadmill, on a radio without latency, and take turns, so that a busy machine slows both. Bare bleak
does the least there is: find, connect, subscribe to reports and control point, request control;
then write a target and wait for the answer.
"""

import asyncio
import logging
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bleak import BleakClient, BleakScanner

from quarterturn.model import MachineRecord, Notice, NoticeKind, Permitted, Report, SetSpeed
from quarterturn.units import Speed
from quarterturn_drivers.ftms import FtmsDriver
from quarterturn_drivers.links.ble import BleLink
from quarterturn_simulator import SimulatedTreadmill
from quarterturn_simulator.radio.link import RadioLink

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from radio.bleak_air import BleakAir

CONNECTIONS = 20
COMMANDS = 300
DATA, CONTROL_POINT = "2acd", "2ad9"


async def until(event: asyncio.Event) -> None:
    await event.wait()
    event.clear()


class Bare:
    """What anybody would write with bleak."""

    def __init__(self, air: BleakAir) -> None:
        self._air = air
        self._radio = air.radio()
        self._answered = asyncio.Event()
        self._number = 0

    async def connect(self) -> None:
        address = self._air.peripheral.address
        device = await BleakScanner.find_device_by_address(address, backend=self._radio.scanner)
        assert device is not None
        self._client = BleakClient(device, backend=self._radio.client)
        await self._client.connect()
        await self._client.start_notify(DATA, lambda *_: None)
        await self._client.start_notify(CONTROL_POINT, lambda *_: self._answered.set())
        await self._ask(b"\x00")

    async def command(self) -> None:
        self._number += 1
        target = (100 + self._number % 100 * 10).to_bytes(2, "little")
        await self._ask(b"\x02" + target)

    async def _ask(self, value: bytes) -> None:
        await self._client.write_gatt_char(CONTROL_POINT, value, response=True)
        await until(self._answered)

    async def disconnect(self) -> None:
        await self._client.disconnect()


class Ours:
    """The driver and the link that ship."""

    def __init__(self, air: BleakAir) -> None:
        link = BleLink(air.peripheral.address, air.radio())
        self._accepted = asyncio.Event()
        self._driver = FtmsDriver(link, MachineRecord(), self._hear)
        self._number = 0

    def _hear(self, report: Report) -> None:
        if isinstance(report, Notice) and report.kind is NoticeKind.ACCEPTED:
            self._accepted.set()

    async def connect(self) -> None:
        await self._driver.connect()

    async def command(self) -> None:
        self._number += 1
        self._driver.send(Permitted(SetSpeed(Speed(100 + self._number % 100 * 10)), "bench"))
        await until(self._accepted)

    async def disconnect(self) -> None:
        await self._driver.close()


async def seconds(do: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await do()
    return time.perf_counter() - began


async def main() -> None:
    treadmill = SimulatedTreadmill(answer=0, countdown=0)
    async with BleakAir(treadmill, RadioLink(0.0)) as air:
        connecting: dict[str, list[float]] = {"bleak": [], "ours": []}
        commanding: dict[str, list[float]] = {"bleak": [], "ours": []}
        for _ in range(CONNECTIONS):
            for name, make in (("bleak", Bare), ("ours", Ours)):
                client = make(air)
                connecting[name].append(await seconds(client.connect))
                for _ in range(COMMANDS // CONNECTIONS):
                    commanding[name].append(await seconds(client.command))
                await client.disconnect()
    for what, figures in (("connect", connecting), ("command to answer", commanding)):
        medians = {name: statistics.median(each) * 1000 for name, each in figures.items()}
        worst = max(figures["ours"]) * 1000
        print(
            f"{what}: bare bleak {medians['bleak']:.2f} ms, ours {medians['ours']:.2f} ms "
            f"(median; longest {worst:.1f} ms), {medians['ours'] / medians['bleak']:.2f} times"
        )


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    asyncio.run(main())
