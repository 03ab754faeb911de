"""The treadmill in the air, as a client made by somebody else meets it. All in virtual time."""

import asyncio

import pytest
from bumble import att, hci
from bumble.gatt import GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR

from quarterturn_simulator.machine import RunState
from quarterturn_simulator.radio.link import RadioLink
from radio.central import CONTROL, DATA, FEATURE, INCLINES, SPEEDS, STATUS, TRAINING, place

# --- finding and reading -------------------------------------------------------------------------


async def test_it_advertises_flags_service_service_data_and_name() -> None:
    async with place() as there:
        phone = await there.central()
        heard = await phone.find()
        assert heard is not None
        assert heard.is_connectable
        # FTMS v1.0.1 section 3.1: flags, 0x1826, its data (available, treadmill), the name.
        assert heard.data_bytes.hex() == "02010603032618061626180101000c09" + (b"Quarterturn".hex())
        assert len(heard.data_bytes) <= 31
        assert heard.address.to_string(with_type_qualifier=False) == there.radio.address
        assert heard.address.is_static


async def test_it_offers_the_characteristics_that_the_machine_has() -> None:
    async with place() as there:
        phone = await there.client()
        offered = there.treadmill.peripheral.characteristics
        assert {uuid: int(phone[uuid].properties) for uuid in offered} == {
            uuid: int(properties) for uuid, properties in offered.items()
        }
        assert await phone.read(FEATURE) == "0c16000003000000"
        assert await phone.read(SPEEDS) == "320040060a00"
        assert await phone.read(INCLINES) == "000096000500"
        assert await phone.read(TRAINING) == "0001"
        assert bytes.fromhex(await phone.read(0x2A29)) == b"Quarterturn"
        assert bytes.fromhex(await phone.read(0x2A24)) == b"Simulated treadmill"
        assert bytes.fromhex(await phone.read(0x2A00)) == b"Quarterturn"


async def test_a_machine_without_ranges_has_none_on_the_air() -> None:
    async with place("no-ranges") as there:
        phone = await there.client()
        assert SPEEDS not in phone
        assert INCLINES not in phone


@pytest.mark.parametrize("uuid", [DATA, CONTROL, STATUS])
async def test_what_cannot_be_read_is_answered_so(uuid: int) -> None:
    async with place() as there:
        phone = await there.client()
        with pytest.raises(att.ATT_Error) as refused:
            await phone.read(uuid)
        assert refused.value.error_code == att.ErrorCode.READ_NOT_PERMITTED


@pytest.mark.parametrize("uuid", [FEATURE, DATA, SPEEDS, 0x2A00, 0x2A29])
async def test_what_cannot_be_written_is_answered_so_and_stays(uuid: int) -> None:
    async with place() as there:
        phone = await there.client()
        assert await phone.write("0102", uuid) == "att 03"
        await phone[uuid].write_value(b"\1\2", with_response=False)
        await asyncio.sleep(0.1)
        if uuid in (FEATURE, 0x2A00):
            assert await phone.read(uuid) != "0102"


# --- control -------------------------------------------------------------------------------------


async def test_a_client_walks_the_belt_from_request_control_to_stop() -> None:
    async with place() as there:
        phone = await there.client()
        await phone.take_control()
        assert await phone.write("07") == "800701"
        assert await phone.write("022c01") == "800201"  # 3.00 km/h
        assert await phone.write("031e00") == "800301"  # 3.0 %
        await asyncio.sleep(20)
        assert there.treadmill.belt_speed_kmh == pytest.approx(3.0)
        assert there.treadmill.incline_pct == pytest.approx(3.0)
        assert phone.said(DATA)[-1].startswith("8c052c01")  # flags, 3.00 km/h
        assert await phone.write("0802") == "800801"  # pause
        assert there.treadmill.state is RunState.PAUSED
        assert await phone.write("07") == "800701"
        assert await phone.write("0801") == "800801"  # stop
        await asyncio.sleep(20)
        assert there.treadmill.belt_speed_kmh == 0.0


async def test_an_indication_follows_the_response_of_its_write() -> None:
    async with place(answer=0) as there:
        phone = await there.client()
        await phone.subscribe(CONTROL)
        order: list[str] = []
        await phone[CONTROL].subscribe(lambda _value: order.append("indication"))
        await phone[CONTROL].write_value(b"\0", with_response=True)
        order.append("response")
        await asyncio.sleep(0.1)
        assert order == ["response", "indication"]


async def test_att_errors_are_those_of_the_service() -> None:
    async with place(answer=1) as there:
        phone = await there.client()
        assert await phone.write("00") == "att fd"  # no indications enabled
        await phone.subscribe(CONTROL)
        assert await phone.write("") == "att 0d"
        await phone[CONTROL].write_value(b"\0", with_response=True)
        assert await phone.write("07") == "att fe"  # the first still runs
        await asyncio.sleep(1.1)
        assert phone.said(CONTROL) == ["800001"]
        assert await phone.write("021e1e") is None
        await asyncio.sleep(1.1)
        assert phone.said(CONTROL)[-1] == "800203"


async def test_a_subscription_of_the_wrong_kind_is_none() -> None:
    async with place() as there:
        phone = await there.client()
        await phone[CONTROL].discover_descriptors()
        cccd = phone[CONTROL].get_descriptor(GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR)
        assert cccd is not None
        await cccd.write_value(b"\1\0", with_response=True)  # notifications, which it has not
        assert await phone.write("00") == "att fd"
        with pytest.raises(att.ATT_Error) as refused:
            await cccd.write_value(b"\2", with_response=True)
        assert refused.value.error_code == att.ErrorCode.INVALID_ATTRIBUTE_LENGTH


async def test_who_unsubscribes_hears_nothing_more() -> None:
    async with place() as there:
        phone = await there.client()
        await phone.subscribe(DATA)
        await asyncio.sleep(3)
        await phone[DATA].unsubscribe()
        heard = len(phone.said(DATA))
        assert heard == 3
        await phone.subscribe(DATA)
        await phone[DATA].unsubscribe()
        await asyncio.sleep(5)
        assert len(phone.said(DATA)) == heard


async def test_an_answer_still_on_its_way_dies_with_its_subscription() -> None:
    async with place(answer=1) as there:
        phone = await there.client()
        await phone.subscribe(CONTROL)
        await phone[CONTROL].write_value(b"\0", with_response=True)
        await phone[CONTROL].unsubscribe()
        await asyncio.sleep(3)
        assert phone.said(CONTROL) == []


# --- two at once ---------------------------------------------------------------------------------


async def test_two_clients_are_served_and_the_second_takes_control() -> None:
    async with place() as there:
        first, second = await there.client(), await there.client()
        await first.take_control()
        await second.take_control()
        await asyncio.sleep(0.1)
        assert "ff" in first.said(STATUS)  # control permission lost
        assert await first.write("07") == "800705"
        assert await second.write("07") == "800701"
        assert first.said(STATUS)[-1] == "04"
        await asyncio.sleep(3)
        assert first.said(DATA)[-3:] == second.said(DATA)[-3:]


async def test_a_machine_that_keeps_its_master_refuses_the_second() -> None:
    async with place(takeover="refuse") as there:
        first, second = await there.client(), await there.client()
        await first.take_control()
        await second.subscribe(CONTROL)
        assert await second.write("00") == "800005"
        assert await first.write("07") == "800701"


async def test_two_clients_in_the_same_moment_are_not_mixed_up() -> None:
    async with place() as there:
        phones = [await there.central() for _ in range(2)]
        done = await asyncio.gather(
            *(
                phone.device.connect(hci.Address(there.radio.address), timeout=5)
                for phone in phones
            ),
            return_exceptions=True,
        )
        await asyncio.sleep(1)
        # Both were told that they are connected; who was too late is told that it failed.
        assert not any(isinstance(each, BaseException) for each in done)
        assert [number for number, came in there.clients if came] == [1]
        connected = [len(phone.device.connections) for phone in phones]
        assert sorted(connected) == [0, 1]
        late = phones[connected.index(0)]
        await late.connect(there.radio.address)
        assert await late.read(FEATURE) == "0c16000003000000"


async def test_two_clients_with_the_same_address_are_not_mixed_up() -> None:
    async with place() as there:
        first = await there.client()
        double = await there.central()
        await double.device.host.send_command(
            hci.HCI_LE_Set_Random_Address_Command(random_address=first.device.random_address)
        )
        with pytest.raises(Exception, match="CONNECTION_ALREADY_EXISTS"):
            await double.device.connect(hci.Address(there.radio.address), timeout=5)
        assert await first.read(FEATURE) == "0c16000003000000"


# --- the MTU -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mtu", "longest"), [(None, 20), (23, 20), (30, 27), (247, 244)])
async def test_no_value_is_longer_than_the_connection_allows(mtu: int | None, longest: int) -> None:
    async with place("vendor-steps") as there:
        phone = await there.client(mtu=mtu)
        await phone.subscribe(DATA)
        await asyncio.sleep(2.5)
        values = [bytes.fromhex(value) for value in phone.said(DATA)]
        assert max(map(len, values)) <= longest
        # Split with More Data (bit 0) where 22 octets do not fit, and whole elsewhere.
        assert [value[0] & 1 for value in values] == ([1, 0] * 2 if longest < 22 else [0] * 2)


async def test_each_client_gets_values_of_its_own_length() -> None:
    async with place("vendor-steps") as there:
        short, long = await there.client(mtu=None), await there.client()
        await short.subscribe(DATA)
        await long.subscribe(DATA)
        await asyncio.sleep(3.5)
        assert {len(value) // 2 for value in long.said(DATA)} == {22}
        assert max(len(value) // 2 for value in short.said(DATA)) <= 20
        assert len(short.said(DATA)) == 2 * len(long.said(DATA))


async def test_a_machine_that_cuts_its_reports_does_so_on_the_air() -> None:
    async with place("truncated-20") as there:
        phone = await there.client()
        await phone.subscribe(DATA)
        await asyncio.sleep(2.5)
        assert {len(value) // 2 for value in phone.said(DATA)} == {20}


# --- the end of a connection ---------------------------------------------------------------------


async def test_it_is_free_again_when_a_client_leaves() -> None:
    async with place() as there:
        for number in range(1, 6):
            phone = await there.client()
            await phone.take_control()
            if number % 2:
                await phone.disconnect()
            else:
                await phone.device.host.send_command(hci.HCI_Reset_Command())
            await asyncio.sleep(0.1)
            assert there.clients[-1] == (number, False)
        assert there.treadmill.peripheral.control.holder is None


async def test_a_pulled_link_is_seen_at_both_ends_and_the_belt_runs_on() -> None:
    async with place() as there:
        phone = await there.client()
        await phone.take_control()
        await phone.write("07")
        await asyncio.sleep(10)
        there.link.drop()
        await asyncio.sleep(0.1)
        assert phone.lost.is_set()
        assert there.clients == [(1, True), (1, False)]
        assert there.treadmill.belt_speed_kmh > 0
        await phone.connect(there.radio.address)
        assert await phone.read(TRAINING) == "000d"


async def test_a_peripheral_that_vanishes_for_20_s_comes_back() -> None:
    async with place() as there:
        phone = await there.client()
        await phone.take_control()
        there.link.silence(20.0)
        await asyncio.sleep(3.9)
        assert not phone.lost.is_set()
        await asyncio.sleep(0.2)
        assert phone.lost.is_set()
        assert await phone.find(timeout_s=15) is None
        assert await phone.find(timeout_s=2) is not None
        await phone.connect(there.radio.address)
        await phone.take_control()


async def test_a_short_silence_only_delays() -> None:
    async with place() as there:
        phone = await there.client()
        await phone.subscribe(DATA)
        await asyncio.sleep(1.5)
        there.link.silence(3.0)
        await asyncio.sleep(2.9)
        assert len(phone.said(DATA)) == 1
        await asyncio.sleep(0.2)
        assert len(phone.said(DATA)) == 4


@pytest.mark.parametrize(
    "link", [{"latency_s": 0.05}, {"loss": 0.3}, {"latency_s": 0.2, "loss": 0.5}]
)
async def test_a_late_and_lossy_air_carries_everything_in_order(link: dict[str, float]) -> None:
    async with place(rate=5, link=RadioLink(**link, seed=4)) as there:
        phone = await there.client()
        await phone.take_control()
        await phone.write("07")
        await asyncio.sleep(60)
        elapsed = [
            int.from_bytes(bytes.fromhex(value)[-2:], "little") for value in phone.said(DATA)
        ]
        assert elapsed == sorted(elapsed)
        assert elapsed[-1] > 50
        assert len(elapsed) == pytest.approx(5 * 60, rel=0.05)


async def test_an_unconfirmed_indication_ends_the_connection() -> None:
    async with place() as there:
        phone = await there.client()
        await phone.subscribe(CONTROL)
        assert phone.connection is not None
        phone.connection.gatt_client.on_att_handle_value_indication = lambda _indication: None
        await phone[CONTROL].write_value(b"\0", with_response=True)
        await asyncio.sleep(29)
        assert not phone.lost.is_set()
        await asyncio.sleep(2)
        assert phone.lost.is_set()
        assert there.clients[-1] == (1, False)
