"""Machines that advertise, connect or take commands in a way of their own."""

import asyncio

import pytest
from bumble.gatt import Characteristic

from quarterturn_simulator.quirks import QUIRKS
from radio.central import CONTROL, DATA, FEATURE, name_in, place, services_in


@pytest.mark.parametrize(
    ("quirk", "advertised"),
    [
        ("no-service-data", "020106030326180c09517561727465727475726e"),
        ("no-service-uuid", "0201060c09517561727465727475726e"),
        ("no-name", "0201060303261806162618010100"),
    ],
)
async def test_it_advertises_less_and_serves_all_the_same(quirk: str, advertised: str) -> None:
    async with place(quirk) as there:
        phone = await there.central()
        heard = await phone.find()
        assert heard is not None
        assert heard.data_bytes.hex() == advertised
        await phone.connect(there.radio.address)
        assert await phone.read(FEATURE) == "0c16000003000000"


async def test_quirks_of_the_advertisement_can_be_combined() -> None:
    async with place("no-service-uuid", "no-name") as there:
        heard = await (await there.central()).find()
        assert heard is not None
        assert name_in(heard) is None
        assert services_in(heard) == []


async def test_it_advertises_for_a_minute_and_no_longer() -> None:
    async with place("advertises-briefly") as there:
        phone = await there.central()
        await asyncio.sleep(59)
        assert await phone.find(timeout_s=0.5) is not None
        await asyncio.sleep(1)
        assert await phone.find(timeout_s=10) is None


async def test_who_is_connected_when_the_advertising_ends_stays_so_until_they_leave() -> None:
    async with place("advertises-briefly") as there:
        phone, late = await there.client(), await there.central()
        await phone.subscribe(DATA)
        await asyncio.sleep(90)
        assert len(phone.said(DATA)) >= 89
        await phone.disconnect()
        assert await late.find(timeout_s=10) is None


async def test_one_connection_only_hides_it_from_everybody_else() -> None:
    async with place("one-connection") as there:
        first, second = await there.client(), await there.central()
        assert await second.find(timeout_s=10) is None
        await first.disconnect()
        assert await second.find(timeout_s=0.25) is not None
        await second.connect(there.radio.address)
        assert [number for number, came in there.clients if came] == [1, 2]


async def test_a_control_point_that_notifies() -> None:
    async with place("control-notifies") as there:
        phone = await there.client()
        properties = phone[CONTROL].properties
        assert properties & Characteristic.Properties.NOTIFY
        assert not properties & Characteristic.Properties.INDICATE
        await phone.take_control()
        assert await phone.write("07") == "800701"


async def test_a_control_point_that_takes_no_write_request() -> None:
    async with place("control-without-response") as there:
        phone = await there.client()
        await phone.subscribe(CONTROL)
        assert await phone.write("00") == "att 03"
        assert await phone.write("00", response=False) == "800001"
        assert await phone.write("07", response=False) == "800701"


async def test_a_write_without_response_is_lost_on_a_control_point_that_wants_requests() -> None:
    async with place() as there:
        phone = await there.client()
        await phone.subscribe(CONTROL)
        assert await phone.write("00", response=False) is None
        assert await phone.write("00") == "800001"


async def test_a_machine_that_demands_pairing_gets_it() -> None:
    async with place("demands-pairing") as there:
        phone = await there.client()
        await phone.subscribe(CONTROL, DATA)
        assert await phone.write("00") == "att 05"  # insufficient authentication
        assert await phone.read(FEATURE) == "0c16000003000000"
        assert phone.connection is not None
        await phone.connection.pair()
        assert phone.connection.is_encrypted
        assert await phone.write("00") == "800001"
        stranger = await there.client()
        await stranger.subscribe(CONTROL)
        assert await stranger.write("00") == "att 05"


async def test_who_comes_back_encrypts_with_the_key_of_last_time() -> None:
    async with place("demands-pairing") as there:
        phone = await there.client()
        assert phone.connection is not None
        await phone.connection.pair()
        await phone.disconnect()
        await asyncio.sleep(0.1)
        await phone.connect(there.radio.address)
        await phone.subscribe(CONTROL)
        assert await phone.write("00") == "att 05"
        await phone.connection.encrypt()
        assert await phone.write("00") == "800001"


# To the request for control.
FIRST_ANSWERS = {
    "demands-pairing": "att 05",
    "mute-request-control": None,
    "control-on-second-request": None,
    "slow-answers": None,  # not yet
    "long-answers": "800001a55a",
    "needs-unlock": "800005",
}


@pytest.mark.parametrize("quirk", QUIRKS)
async def test_every_quirk_can_be_connected_to_over_the_air(quirk: str) -> None:
    async with place(quirk) as there:
        phone = await there.client()
        await phone.subscribe(CONTROL, DATA)
        assert await phone.read(FEATURE)
        answer = await phone.write("00", response=quirk != "control-without-response")
        assert answer == FIRST_ANSWERS.get(quirk, "800001")


# --- faults --------------------------------------------------------------------------------------


async def test_a_lost_link_can_be_made_again_after_3_s() -> None:
    async with place() as there:
        phone = await there.client()
        await phone.take_control()
        await phone.write("07")
        await asyncio.sleep(10)
        there.treadmill.lose_links(unreachable_s=3.0)
        await asyncio.sleep(0.1)
        assert phone.lost.is_set()
        assert there.clients == [(1, True), (1, False)]
        assert await phone.find(timeout_s=2.7) is None
        assert await phone.find(timeout_s=0.5) is not None
        await phone.connect(there.radio.address)
        assert there.treadmill.belt_speed_kmh > 0


async def test_a_link_that_is_gone_for_good_stays_so() -> None:
    async with place() as there:
        phone = await there.client()
        there.treadmill.lose_links()
        assert await phone.find(timeout_s=60) is None
        assert phone.lost.is_set()


async def test_another_app_takes_the_control() -> None:
    async with place() as there:
        phone = await there.client()
        await phone.take_control()
        there.treadmill.give_control_to_another_app()
        await asyncio.sleep(0.1)
        assert await phone.write("07") == "800705"
