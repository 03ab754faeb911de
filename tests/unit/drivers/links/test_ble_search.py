"""Several who look for something at once, on a system that has one scan for all of them."""

import asyncio

import pytest
from bleak.exc import BleakDBusError

from quarterturn.port import LinkError
from quarterturn_drivers.links.ble import BleLink
from unit.drivers.links.fake_bleak import ADDRESS, SCAN_STARTS_S, World

NOBODY = "F0:00:00:00:00:01"


def ignore() -> None:
    """Be told of a lost link."""


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def test_a_treadmill_is_found_while_a_strap_is_looked_for_that_nobody_wears() -> None:
    world = World()
    radio = world.radio()
    absent = asyncio.create_task(BleLink(NOBODY, radio).connect(ignore))
    await asyncio.sleep(1)
    await BleLink(ADDRESS, radio).connect(ignore)
    assert now_s() < 2
    with pytest.raises(LinkError, match="not seen within 12 s"):
        await absent
    assert world.did("scan") == [("scan",)]
    assert not world.scanning


async def test_two_that_begin_in_the_same_moment_share_a_scan() -> None:
    world = World()
    radio = world.radio()
    await asyncio.gather(*(BleLink(each, radio).connect(ignore) for each in (ADDRESS, "Mill")))
    assert world.did("scan") == [("scan",)]
    assert not world.scanning


@pytest.mark.parametrize("after_s", [0.0, SCAN_STARTS_S / 2, 1.0])
async def test_a_search_that_is_given_up_leaves_no_scan_to_stand_in_the_next_one_s_way(
    after_s: float,
) -> None:
    world = World(advertised=None)
    radio = world.radio()
    absent = asyncio.create_task(BleLink(NOBODY, radio).connect(ignore))
    await asyncio.sleep(after_s)
    absent.cancel()
    with pytest.raises(LinkError, match="not seen within 12 s"):
        await BleLink(ADDRESS, radio).connect(ignore)
    assert absent.cancelled()
    assert not world.scanning


async def test_who_comes_second_is_told_for_itself_that_there_can_be_no_scan() -> None:
    world = World(scan_trouble=BleakDBusError("org.bluez.Error.NotReady", ["Not Ready"]))
    radio = world.radio()
    links = [BleLink(each, radio).connect(ignore) for each in (ADDRESS, "Mill")]
    for error in await asyncio.gather(*links, return_exceptions=True):
        assert "switched off" in str(error)
    world.scan_trouble = None
    await BleLink(ADDRESS, radio).connect(ignore)


async def test_a_radio_of_our_own_has_a_search_of_its_own() -> None:
    one, other = World(), World()
    radios = (one.radio(), other.radio())
    await asyncio.gather(*(BleLink(ADDRESS, each).connect(ignore) for each in radios))
    assert one.did("scan") == other.did("scan") == [("scan",)]
