"""A program that connects to the treadmill and will be killed, so that it cannot clean up."""

import asyncio
from pathlib import Path

from quarterturn_drivers.links.ble import open_link


def hold(address: str, told: str) -> None:
    """Connect, say so, and wait to be killed."""
    asyncio.run(_hold(address, Path(told)))


async def _hold(address: str, told: Path) -> None:
    link = open_link(address, ())
    await link.connect(lambda: None)
    told.touch()
    await asyncio.get_running_loop().create_future()
