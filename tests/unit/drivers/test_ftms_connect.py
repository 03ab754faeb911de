"""Connecting to an FTMS treadmill: what is asked, what is tolerated, what is never written."""

import asyncio

import pytest

from quarterturn.model import MachineRecord, NoticeKind
from quarterturn.port import ControlUnansweredError, LinkError, Property, RefusedError
from quarterturn.units import Incline, Speed
from unit.drivers.fake_link import (
    CONTROL_POINT,
    DATA,
    FEATURE,
    HANG,
    INCLINE_RANGE,
    SILENCE,
    SPEED_RANGE,
    STATUS,
    TRAINING,
    Bench,
    FakeLink,
    kmh,
)


async def test_connecting_writes_request_control_and_nothing_else() -> None:
    bench = Bench()
    capabilities = await bench.driver.connect()
    assert bench.bytes_out == ["00"]
    assert capabilities.speed is not None
    assert capabilities.speed.minimum == Speed(50)
    assert capabilities.speed.maximum == Speed(1600)
    assert capabilities.speed.step == Speed(10)
    assert capabilities.incline is not None
    assert capabilities.incline.maximum == Incline(150)
    assert capabilities.heart_rate
    assert capabilities.notes == ()
    await bench.driver.close()
    assert bench.bytes_out == ["00"]


async def test_training_status_is_subscribed_to_last_and_only_where_the_record_lets_it() -> None:
    bench = Bench()
    await bench.driver.connect()
    assert list(bench.link.subscribed) == [DATA, CONTROL_POINT, STATUS, TRAINING]
    await bench.driver.close()

    shy = Bench(MachineRecord(subscribe_training_status=False))
    await shy.driver.connect()
    assert TRAINING not in shy.link.subscribed
    await shy.driver.close()


@pytest.mark.parametrize("fault", [HANG, LinkError("no"), RefusedError("no", 0x05)])
@pytest.mark.parametrize("characteristic", [TRAINING, STATUS])
async def test_a_status_that_cannot_be_subscribed_to_does_not_block_connecting(
    characteristic: int, fault: Exception | str
) -> None:
    bench = Bench()
    bench.link.subscribe_faults[characteristic] = fault
    capabilities = await bench.driver.connect()
    assert len(capabilities.notes) == 1
    await bench.driver.close()


@pytest.mark.parametrize("fault", [HANG, RefusedError("no", 0x02)])
@pytest.mark.parametrize("characteristic", [FEATURE, SPEED_RANGE, INCLINE_RANGE])
async def test_a_value_that_cannot_be_read_costs_a_note_and_not_the_connection(
    characteristic: int, fault: Exception | str
) -> None:
    bench = Bench()
    bench.link.read_faults[characteristic] = fault
    capabilities = await bench.driver.connect()
    assert capabilities.speed is not None
    assert capabilities.notes
    await bench.driver.close()


@pytest.mark.parametrize("characteristic", [DATA, CONTROL_POINT])
async def test_a_machine_that_does_not_answer_a_subscription_it_owes_is_a_timeout(
    characteristic: int,
) -> None:
    bench = Bench()
    bench.link.subscribe_faults[characteristic] = HANG
    with pytest.raises(TimeoutError, match="does not answer"):
        await bench.driver.connect()
    assert bench.bytes_out == []


async def test_a_machine_without_status_and_ranges_is_connected_with_a_note_for_each() -> None:
    bench = Bench()
    for characteristic in (STATUS, TRAINING, SPEED_RANGE, INCLINE_RANGE):
        del bench.link.found[characteristic]
    capabilities = await bench.driver.connect()
    assert len(capabilities.notes) == 3
    assert capabilities.speed is not None
    assert capabilities.speed.maximum == Speed(600)
    await bench.driver.close()


@pytest.mark.parametrize("characteristic", [SPEED_RANGE, FEATURE])
async def test_a_link_that_dies_in_a_read_is_no_machine_without_that_value(
    characteristic: int,
) -> None:
    class Dying(FakeLink):
        async def read(self, which: int) -> bytes:
            if which == characteristic:
                self.lose()
                raise LinkError("gone")
            return await super().read(which)

    with pytest.raises(LinkError):
        await Bench(link=Dying()).driver.connect()


async def test_garbled_ranges_and_features_are_as_good_as_none() -> None:
    bench = Bench()
    for characteristic in (FEATURE, SPEED_RANGE, INCLINE_RANGE):
        bench.link.values[characteristic] = b"\x01"
    capabilities = await bench.driver.connect()
    assert capabilities.speed is None
    assert capabilities.incline is None
    assert len(capabilities.notes) >= 3
    await bench.driver.close()


@pytest.mark.parametrize("missing", [DATA, CONTROL_POINT])
async def test_a_machine_without_data_or_control_point_is_refused(missing: int) -> None:
    bench = Bench()
    del bench.link.found[missing]
    with pytest.raises(RefusedError, match="treadmill"):
        await bench.driver.connect()
    assert bench.link.disconnects == 1


async def test_a_control_point_that_notifies_and_is_written_without_response_is_taken() -> None:
    bench = Bench()
    bench.link.found[CONTROL_POINT] = Property.WRITE_WITHOUT_RESPONSE | Property.NOTIFY
    await bench.driver.connect()
    await bench.driver.close()


async def test_refused_control_says_who_may_have_it() -> None:
    bench = Bench()
    bench.link.replies[0x00] = [0x05]
    with pytest.raises(RefusedError, match="another app or its console") as refusal:
        await bench.driver.connect()
    assert refusal.value.code == 0x05
    assert bench.link.disconnects == 1


async def test_a_machine_that_wants_pairing_is_said_to_want_it() -> None:
    bench = Bench()
    bench.link.replies[0x00] = [RefusedError("insufficient authentication", 0x05)]
    with pytest.raises(RefusedError, match="paired"):
        await bench.driver.connect()


async def test_an_unanswered_request_for_control_is_a_timeout() -> None:
    bench = Bench()
    bench.link.replies[0x00] = [SILENCE]
    with pytest.raises(ControlUnansweredError, match="request for control"):
        await bench.driver.connect()
    assert bench.bytes_out == ["00"]  # never asked twice without the record's word


async def test_a_machine_recorded_as_mute_is_connected_all_the_same() -> None:
    bench = Bench(MachineRecord(answers_request_control=False))
    bench.link.replies[0x00] = [SILENCE]
    await bench.driver.connect()
    assert bench.bytes_out == ["00"]
    await bench.driver.close()


async def test_a_mute_machine_that_refuses_after_all_is_refused() -> None:
    bench = Bench(MachineRecord(answers_request_control=False))
    bench.link.replies[0x00] = [0x05]
    with pytest.raises(RefusedError):
        await bench.driver.connect()


async def test_control_is_requested_twice_where_the_record_says_so() -> None:
    bench = Bench(MachineRecord(request_control_attempts=2))
    bench.link.replies[0x00] = [SILENCE, 0x01]
    await bench.driver.connect()
    assert bench.bytes_out == ["00", "00"]
    await bench.driver.close()


async def test_no_connection_is_a_link_error() -> None:
    bench = Bench()
    bench.link.connect_fault = LinkError("out of range")
    with pytest.raises(LinkError, match="out of range"):
        await bench.driver.connect()


async def test_a_link_that_never_connects_is_given_up_after_thirty_seconds() -> None:
    bench = Bench()
    bench.link.connect_fault = HANG
    started_s = asyncio.get_running_loop().time()
    with pytest.raises(TimeoutError, match="30 s"):
        await bench.driver.connect()
    assert asyncio.get_running_loop().time() - started_s == pytest.approx(30, abs=0.1)


async def test_a_link_lost_while_connecting_is_noticed_at_once() -> None:
    bench = Bench()
    bench.link.replies[0x00] = [SILENCE]
    asyncio.get_running_loop().call_later(1.0, bench.link.drop)
    with pytest.raises(LinkError, match="broke"):
        await bench.driver.connect()
    assert asyncio.get_running_loop().time() < 1.5
    assert not bench.notices(NoticeKind.LINK_LOST)


async def test_a_request_that_the_stack_cancels_is_a_link_error_and_no_cancellation() -> None:
    class Cancelling(FakeLink):
        async def read(self, characteristic: int) -> bytes:
            raise asyncio.CancelledError

    bench = Bench(link=Cancelling())
    with pytest.raises(LinkError):
        await bench.driver.connect()


async def test_a_cancelled_connect_disconnects() -> None:
    bench = Bench()
    bench.link.connect_fault = HANG
    task = asyncio.create_task(bench.driver.connect())
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.link.disconnects == 1


async def test_a_driver_connects_again_after_a_lost_link_and_still_starts_nothing() -> None:
    bench = await Bench().connected()
    bench.link.lose()
    with pytest.raises(LinkError, match="close it first"):
        await bench.driver.connect()
    await bench.driver.close()
    await bench.driver.connect()
    assert bench.bytes_out == ["00"]
    bench.link.report(1.0)
    assert len(bench.telemetry) == 1
    await bench.driver.close()


async def test_closing_is_harmless_when_not_connected_and_when_done_twice() -> None:
    bench = Bench()
    await bench.driver.close()
    await bench.driver.connect()
    await bench.driver.close()
    await bench.driver.close()


async def test_closing_leaves_no_task_behind() -> None:
    bench = await Bench().connected()
    bench.link.replies[0x02] = [HANG]
    bench.send(kmh(1.0))
    await asyncio.sleep(1)
    await bench.driver.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert bench.results == ["unknown"]
