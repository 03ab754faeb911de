"""The cruel links, one by one and in one another."""

import asyncio

import pytest

from quarterturn.port import GattLink, LinkError
from quarterturn_simulator import SimulatedTreadmill
from quarterturn_simulator.cruel import CRUELTIES, wrap
from quarterturn_simulator.links import (
    Deaf,
    Disconnecting,
    Late,
    Lossy,
    OneByteAtATime,
    Refusing,
    SilentAfter,
)

DATA, CONTROL = 0x2ACD, 0x2AD9


async def _connected(link: GattLink) -> tuple[list[tuple[float, str]], list[float]]:
    loop = asyncio.get_running_loop()
    heard: list[tuple[float, str]] = []
    lost: list[float] = []
    await link.connect(lambda: lost.append(loop.time()))
    for characteristic in (CONTROL, DATA):
        await link.subscribe(characteristic, lambda v: heard.append((loop.time(), v.hex())))
    return heard, lost


async def test_one_byte_at_a_time() -> None:
    link = OneByteAtATime(SimulatedTreadmill().link())
    heard, _ = await _connected(link)
    await link.write(CONTROL, b"\0")
    await asyncio.sleep(0.1)
    assert [value for _, value in heard] == ["80", "00", "01"]


async def test_late_is_late_both_ways_and_keeps_the_order() -> None:
    link = Late(SimulatedTreadmill(rate=20).link(), delay_s=0.5)
    heard, _ = await _connected(link)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    await link.write(CONTROL, b"\0")
    assert loop.time() - began_s == 1.0
    assert (await link.read(0x2AD3)).hex() == "0001"
    assert loop.time() - began_s == 2.0
    await asyncio.sleep(1)
    (answered_s,) = [second for second, value in heard if value == "800001"]
    assert answered_s - began_s == pytest.approx(1.05)
    assert heard == sorted(heard, key=lambda each: each[0])


async def test_lossy_loses_its_share_the_same_way_each_time() -> None:
    async def hear(seed: int) -> list[tuple[float, str]]:
        link = Lossy(SimulatedTreadmill().link(), share=0.25, seed=seed)
        heard, _ = await _connected(link)
        started_s = asyncio.get_running_loop().time()
        await asyncio.sleep(400.5)
        await link.disconnect()
        return [(round(second - started_s), value) for second, value in heard]

    first = await hear(1)
    assert 260 < len(first) < 340
    assert await hear(1) == first
    assert await hear(2) != first


async def test_lossy_loses_writes_without_a_word() -> None:
    link = Lossy(SimulatedTreadmill().link(), share=1.0, seed=0)
    heard, _ = await _connected(link)
    await link.write(CONTROL, b"\0")
    await asyncio.sleep(5)
    assert heard == []


async def test_deaf_hears_no_write_and_goes_on_reporting() -> None:
    treadmill = SimulatedTreadmill()
    link = Deaf(treadmill.link())
    heard, _ = await _connected(link)
    await link.write(CONTROL, b"\0")
    await asyncio.sleep(2.5)
    assert treadmill.peripheral.control.holder is None
    assert [second for second, _ in heard] == [1.0, 2.0]


async def test_silent_after_a_while() -> None:
    heard, lost = await _connected(SilentAfter(SimulatedTreadmill().link(), after_s=3.5))
    await asyncio.sleep(60)
    assert [second for second, _ in heard] == [1.0, 2.0, 3.0]
    assert lost == []


async def test_refusing_until_it_no_longer_does() -> None:
    link = Refusing(SimulatedTreadmill().link(), times=2)
    for _ in range(2):
        with pytest.raises(LinkError, match="refused"):
            await link.connect(lambda: None)
    await link.connect(lambda: None)


async def test_disconnecting_after_a_while() -> None:
    treadmill = SimulatedTreadmill()
    link = Disconnecting(treadmill.link(), after_s=2.5)
    heard, lost = await _connected(link)
    await asyncio.sleep(10)
    assert lost == [2.5]
    assert len(heard) == 2
    with pytest.raises(LinkError):
        await link.write(CONTROL, b"\0")
    await _connected(link)  # and again
    await asyncio.sleep(1)
    await link.disconnect()
    await asyncio.sleep(10)
    assert lost == [2.5]


async def test_disconnecting_in_a_write_leaves_it_open_what_became_of_it() -> None:
    treadmill = SimulatedTreadmill()
    link = Disconnecting(treadmill.link(), in_write=2)
    _, lost = await _connected(link)
    await link.write(CONTROL, b"\0")
    await asyncio.sleep(1)
    with pytest.raises(LinkError, match="lost"):
        await link.write(CONTROL, b"\7")
    assert len(lost) == 1
    await asyncio.sleep(10)
    assert treadmill.belt_speed_kmh == 0.5, "the write had arrived"


async def test_a_link_lost_underneath_is_told_once_through_every_layer() -> None:
    treadmill = SimulatedTreadmill()
    link: GattLink = treadmill.link()
    for text in ("one-byte", "late@0.1", "lossy@0", "silent@5", "refusing@0", "disconnecting@9"):
        link = wrap(link, text, seed=0)
    _, lost = await _connected(link)
    treadmill.lose_links()
    await asyncio.sleep(20)
    assert len(lost) == 1


@pytest.mark.parametrize("name", CRUELTIES)
async def test_every_cruel_link_has_a_name_and_a_description(name: str) -> None:
    assert CRUELTIES[name].description
    link = wrap(SimulatedTreadmill().link(), name, seed=0)
    assert type(link).__module__ == "quarterturn_simulator.links"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("fast", r"unknown link 'fast': known are one-byte, late, lossy"),
        ("late@soon", r"link=late@soon: a number from 0 is wanted"),
        ("late@-1", r"link=late@-1: a number from 0 is wanted"),
        ("late@nan", r"link=late@nan: a number"),
        ("late@", r"link=late@: a number"),
    ],
)
async def test_a_name_that_is_none_is_explained(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        wrap(SimulatedTreadmill().link(), text, seed=0)
