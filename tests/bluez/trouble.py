"""What goes wrong: lost links, treadmills that are not there, a system without Bluetooth."""

import asyncio

from bench import (
    CONTROL_POINT,
    DATA,
    FEATURE,
    NOBODY,
    REQUEST_CONTROL,
    Bench,
    now_s,
    system_link,
    until,
    visit_and_leave,
)
from commands import Said, quarterturn

from quarterturn.port import LinkError
from quarterturn_drivers.links.ble import BleLink
from radio.bleak_air import NAME


async def a_lost_link_is_told_and_made_again(bench: Bench) -> str:
    lost: list[float] = []
    async with bench.connected(lambda: lost.append(now_s())) as (air, link):
        values: list[bytes] = []
        await link.subscribe(DATA, values.append)
        await until(lambda: len(values) > 1, 10)
        began_s = now_s()
        air.treadmill.lose_links(3.0)
        await until(lambda: bool(lost), 10)
        told_s = lost[0] - began_s
        await _fails_to_read(link)
        began_s = now_s()
        await link.connect(lambda: lost.append(now_s()))
        again_s = now_s() - began_s
        heard = len(values)
        await link.subscribe(DATA, values.append)
        await until(lambda: len(values) > heard, 10)
        assert len(lost) == 1, lost
        return f"told after {told_s:.2f} s; away for 3 s, connected again after {again_s:.2f} s"


async def a_request_that_the_lost_link_cuts_off_is_no_refusal(bench: Bench) -> str:
    async with bench.connected() as (_, link):
        await link.subscribe(CONTROL_POINT, lambda _: None)
        bench.link.silence(30.0)
        async with asyncio.timeout(20):
            errors = await asyncio.gather(
                link.read(FEATURE),
                link.write(CONTROL_POINT, REQUEST_CONTROL),
                return_exceptions=True,
            )
        bench.link.silence(0.0)
        assert all(isinstance(each, LinkError) for each in errors), errors
        return "; ".join(str(each) for each in errors)


async def what_another_app_holds_is_not_seen_and_the_advice_says_so(bench: Bench) -> str:
    async with bench.air() as air:
        air.treadmill.change(one_connection=True)
        other = air.ble_link(air.peripheral.address)
        await other.connect(lambda: None)
        why = await _fails(system_link(air.peripheral.address), 15)
        assert "close other apps" in why, why
        await other.disconnect()
        return await visit_and_leave(air.peripheral.address)


async def an_address_that_nobody_has_is_given_up_in_twelve_seconds(bench: Bench) -> str:
    said = await quarterturn("plan", "circle", "--treadmill", f"ftms+ble://{NOBODY}")
    _is_no_treadmill(said, f"{NOBODY} was not seen within 12 s")
    began_s = now_s()
    await _fails(system_link(NOBODY), 15)
    return f"{now_s() - began_s:.2f} s; as a command {said.seconds:.1f} s and exit code 3"


async def an_adapter_that_is_switched_off_is_said_at_once(bench: Bench) -> str:
    await bench.linux.power(on=False)
    try:
        said = [
            await quarterturn("scan", "--seconds", "5"),
            await quarterturn("plan", "circle", "--treadmill", f"ftms+ble://{NAME}"),
        ]
    finally:
        await bench.linux.power(on=True)
    for each in said:
        _is_no_treadmill(each, "switched off")
    return f"exit code 3 after {said[0].seconds:.1f} s"


async def an_adapter_that_is_switched_off_while_connected_is_a_lost_link(bench: Bench) -> str:
    lost: list[float] = []
    async with bench.connected(lambda: lost.append(now_s())) as (_, link):
        began_s = now_s()
        await bench.linux.power(on=False)
        await until(lambda: bool(lost), 10)
        told_s = lost[0] - began_s
        why = await _fails(link, 15)
        assert "switched off" in why, why
        await bench.linux.power(on=True)
        again = await _connects_in_the_end(link)
        return f"told after {told_s:.2f} s, {again}"


async def without_bluetoothd_the_message_says_what_to_start(bench: Bench) -> str:
    await bench.linux.stop_bluetoothd()
    try:
        said = [
            await quarterturn("scan", "--seconds", "5"),
            await quarterturn("plan", "circle", "--treadmill", f"ftms+ble://{NAME}"),
        ]
    finally:
        await bench.linux.start_bluetoothd()
    for each in said:
        _is_no_treadmill(each, "systemctl start bluetooth")
    return f"exit code 3 after {said[0].seconds:.1f} s"


async def without_a_message_bus_the_message_is_the_same(bench: Bench) -> str:
    said = await quarterturn("scan", "--seconds", "5", bus="unix:path=/nowhere")
    _is_no_treadmill(said, "systemctl start bluetooth")
    return f"exit code 3 after {said.seconds:.1f} s"


async def bluetoothd_that_is_stopped_while_connected_is_a_lost_link(bench: Bench) -> str:
    lost: list[float] = []
    async with bench.connected(lambda: lost.append(now_s())) as (_, link):
        began_s = now_s()
        await bench.linux.stop_bluetoothd()
        try:
            await until(lambda: bool(lost), 15)
            why = await _fails(link, 15)
            assert "systemctl" in why, why
        finally:
            await bench.linux.start_bluetoothd()
        again = await _connects_in_the_end(link)
        return f"told after {lost[0] - began_s:.2f} s, {again}"


async def bluetoothd_that_crashes_is_a_lost_link_at_the_next_request(bench: Bench) -> str:
    lost: list[float] = []
    async with bench.connected(lambda: lost.append(now_s())) as (_, link):
        await bench.linux.kill_bluetoothd()
        try:
            await asyncio.sleep(3)
            told = "told by itself" if lost else "told by nobody before a request"
            why = await _fails_to_read(link)
            assert len(lost) == 1, (lost, why)
        finally:
            await bench.linux.start_bluetoothd()
        again = await _connects_in_the_end(link)
        return f"{told} ({why}), {again}"


async def _connects_in_the_end(link: BleLink) -> str:
    """Try again as a session does, which looks for a lost treadmill for 30 s."""
    began_s = now_s()
    tries = 0
    while True:
        tries += 1
        try:
            await link.connect(lambda: None)
        except LinkError:
            if now_s() - began_s > 30:
                raise
            await asyncio.sleep(0.5)
        else:
            return f"connected again after {now_s() - began_s:.2f} s in {tries} tries"


async def _fails_to_read(link: BleLink) -> str:
    async with asyncio.timeout(15):
        try:
            await link.read(FEATURE)
        except LinkError as error:
            return str(error)
    raise AssertionError("it was read")


async def _fails(link: BleLink, within_s: float) -> str:
    async with asyncio.timeout(within_s):
        try:
            await link.connect(lambda: None)
        except LinkError as error:
            return str(error)
    await link.disconnect()
    raise AssertionError("it connected")


def _is_no_treadmill(said: Said, words: str) -> None:
    assert said.code == 3, said
    assert words in " ".join(said.out.split()), said
    assert "Traceback" not in said.out, said
