"""A link that is cut on purpose: lost to its driver first, away for a while, then as before."""

import asyncio

import pytest

from quarterturn.commands.cuttable_link import CuttableLink
from quarterturn.port import LinkError, RefusedError
from quarterturn_simulator.treadmill import SimulatedTreadmill
from unit.drivers.fake_link import FakeLink

CONTROL_POINT, DATA = 0x2AD9, 0x2ACD
STOP = bytes([0x08, 0x01])


def on_treadmill(**options: float | str) -> tuple[SimulatedTreadmill, CuttableLink]:
    treadmill = SimulatedTreadmill(**options)
    return treadmill, CuttableLink(treadmill.link())


async def test_it_carries_everything_until_it_is_cut() -> None:
    _, link = on_treadmill()
    values: list[bytes] = []
    await link.connect(lambda: None)
    assert CONTROL_POINT in link.characteristics
    assert await link.read(0x2AD4)
    await link.subscribe(CONTROL_POINT, values.append)
    await link.write(CONTROL_POINT, b"\0")
    await asyncio.sleep(1)
    assert values == [bytes.fromhex("800001")]
    await link.disconnect()
    await link.disconnect()


async def test_the_driver_learns_of_the_cut_before_the_treadmill_does() -> None:
    treadmill, link = on_treadmill(link_loss="stop", countdown=0, spin_up=0)
    seen: list[float] = []

    def on_lost() -> None:
        seen.append(treadmill.belt_speed_kmh)
        assert treadmill.state.name == "RUNNING"

    await link.connect(on_lost)
    await link.subscribe(CONTROL_POINT, lambda value: None)
    for request in (b"\0", b"\x07"):
        await link.write(CONTROL_POINT, request)
        await asyncio.sleep(5)
    await link.cut(10)
    assert seen == [0.5]
    assert treadmill.state.name != "RUNNING"
    with pytest.raises(LinkError):
        await link.write(CONTROL_POINT, STOP)


async def test_nobody_connects_while_it_is_cut_and_everybody_afterwards() -> None:
    _, link = on_treadmill()
    await link.connect(lambda: None)
    await link.cut(10)
    await asyncio.sleep(9.9)
    with pytest.raises(LinkError, match="cut on purpose"):
        await link.connect(lambda: None)
    await asyncio.sleep(0.2)
    await link.connect(lambda: None)
    await link.disconnect()


async def test_a_link_that_is_not_connected_cannot_be_cut() -> None:
    _, link = on_treadmill()
    await link.cut(10)
    await link.connect(lambda: None)
    await link.disconnect()
    await link.cut(10)
    await link.connect(lambda: None)


async def test_the_cut_is_told_once_and_a_real_loss_is_told_too() -> None:
    treadmill, link = on_treadmill()
    lost: list[str] = []
    await link.connect(lambda: lost.append("cut"))
    await link.cut(0)
    await link.cut(0)
    assert lost == ["cut"]
    await link.connect(lambda: lost.append("lost"))
    treadmill.lose_links(0)
    treadmill.lose_links(0)
    assert lost == ["cut", "lost"]


async def test_a_driver_that_closes_during_the_cut_does_not_disconnect_a_second_time() -> None:
    class Slow(FakeLink):
        disconnects = 0

        async def disconnect(self) -> None:
            self.disconnects += 1
            await asyncio.sleep(1)
            raise RefusedError("it does not like that")

    inner = Slow()
    link = CuttableLink(inner)
    await link.connect(lambda: None)
    cutting = asyncio.create_task(link.cut(0))
    await asyncio.sleep(0)
    await link.disconnect()
    with pytest.raises(LinkError, match="cut on purpose"):
        await link.connect(lambda: None)
    await cutting
    assert inner.disconnects == 1
