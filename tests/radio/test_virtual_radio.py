"""What the virtual radio owes to the controllers on it."""

import asyncio

from quarterturn_simulator import SimulatedTreadmill
from radio.bleak_air import NAME, BleakAir


async def test_who_disconnects_and_leaves_the_air_at_once_is_gone_at_the_other_end_too() -> None:
    """The farewell is still under way when its sender leaves."""
    async with BleakAir(SimulatedTreadmill(quirks=["one-connection"])) as air:
        for _ in range(2):
            link = air.ble_link(NAME)
            await link.connect(lambda: None)
            air.link.latency_s = 1.0
            await link.disconnect()
            air.link.latency_s = 0.005
            await asyncio.sleep(0.5)
