"""What every check has at hand: a treadmill in reach, and the link that ships."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from linux import Linux

from quarterturn_drivers.links.ble import BleLink
from quarterturn_drivers.links.ble_radio import Radio
from quarterturn_simulator import SimulatedTreadmill
from quarterturn_simulator.radio.link import RadioLink
from radio.bleak_air import BleakAir

FEATURE, CONTROL_POINT, DATA = 0x2ACC, 0x2AD9, 0x2ACD
REQUEST_CONTROL = b"\x00"
NOBODY = "F0:00:00:00:00:01"


@dataclass
class Bench:
    """The computer with BlueZ, the air around it, and who else may take part."""

    linux: Linux
    link: RadioLink
    pyftms_python: str | None

    def air(self, **options: float) -> BleakAir:
        """Return a treadmill in reach; ``options`` are those of a simulated one."""
        return BleakAir(SimulatedTreadmill(**options), self.link)

    @asynccontextmanager
    async def connected(
        self, on_lost: Callable[[], None] = lambda: None, **options: float
    ) -> AsyncIterator[tuple[BleakAir, BleLink]]:
        """A treadmill, and the link that ships connected to it."""
        async with self.air(**options) as air:
            link = system_link(air.peripheral.address)
            await link.connect(on_lost)
            try:
                yield air, link
            finally:
                await link.disconnect()


Check = Callable[[Bench], Awaitable[str]]


def system_link(address: str) -> BleLink:
    """Return the link that ships, over the system's own Bluetooth."""
    return BleLink(address, Radio())


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def until(is_true: Callable[[], bool], within_s: float) -> float:
    """Wait until something is true and return how long that took."""
    began_s = now_s()
    async with asyncio.timeout(within_s):
        while not is_true():
            await asyncio.sleep(0.02)
    return now_s() - began_s


async def visit_and_leave(address: str) -> str:
    link = system_link(address)
    lost: list[float] = []
    began_s = now_s()
    await link.connect(lambda: lost.append(now_s()))
    connected_s = now_s() - began_s
    assert {FEATURE, CONTROL_POINT, DATA} <= set(link.characteristics), link.characteristics
    assert len(await link.read(FEATURE)) == 8
    began_s = now_s()
    await link.disconnect()
    assert lost == [], "our own disconnect was told as a loss"
    return f"found and connected {connected_s:.2f} s, disconnected {now_s() - began_s:.2f} s"
