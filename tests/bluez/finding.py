"""Finding the treadmill and connecting to it, whoever else is about."""

import asyncio
import json
from pathlib import Path

from bench import NOBODY, Bench, system_link, until, visit_and_leave
from commands import quarterturn, start_holder

from quarterturn.port import LinkError
from radio.bleak_air import NAME


async def quarterturn_scan_finds_the_treadmill(bench: Bench) -> str:
    async with bench.air() as air:
        said = await quarterturn("scan", "--json", "--seconds", "6")
        heard = [json.loads(line) for line in said.out.splitlines() if line.startswith("{")]
        assert said.code == 0, said
        (found,) = [each for each in heard if each["address"] == air.peripheral.address]
        assert found["name"] == NAME, found
        assert found["kind"] == "treadmill", found
        assert found["services"] == ["1826"], found
        assert found["service_data"] == {"1826": "010100"}, found
        return f"{len(heard)} lines, {found['rssi_dbm']} dBm"


async def the_link_connects_by_address_reads_and_lets_go(bench: Bench) -> str:
    async with bench.air() as air:
        return await visit_and_leave(air.peripheral.address)


async def the_link_connects_by_name(bench: Bench) -> str:
    async with bench.air():
        return await visit_and_leave(NAME)


async def quarterturn_plan_asks_the_treadmill_and_lets_go_of_it(bench: Bench) -> str:
    async with bench.air() as air:
        url = f"ftms+ble://{air.peripheral.address}"
        said = await quarterturn("plan", "circle", "--treadmill", url)
        assert said.code == 0, said
        assert "backward" in said.out.lower(), said
        again = await quarterturn("plan", "circle", "--treadmill", f"ftms+ble://{NAME}")
        assert again.code == 0, again
        return f"{said.seconds:.1f} s by address, {again.seconds:.1f} s by name"


async def a_program_that_was_killed_leaves_the_treadmill_to_be_had(bench: Bench) -> str:
    async with bench.air() as air:
        told = Path("/tmp/holder-is-connected")
        holder = start_holder(air.peripheral.address, str(told))
        await until(told.exists, 60)
        holder.kill()
        await asyncio.to_thread(holder.join)
        path = f"/org/bluez/hci0/dev_{air.peripheral.address.replace(':', '_')}"
        still = await bench.linux.get(path, "org.bluez.Device1", "Connected")
        visit = await visit_and_leave(NAME)
        return f"BlueZ {'was still' if still else 'was no longer'} connected; {visit}"


async def two_searches_at_once_do_not_disturb_each_other(bench: Bench) -> str:
    """As those for a treadmill that was lost and for a strap that nobody wears."""
    async with bench.air() as air:
        absent = asyncio.create_task(system_link(NOBODY).connect(lambda: None))
        await asyncio.sleep(1)
        visit = await visit_and_leave(air.peripheral.address)
        why = (await asyncio.gather(absent, return_exceptions=True))[0]
        assert isinstance(why, LinkError), repr(why)
        assert "was not seen within 12 s" in str(why), why
        return visit


async def a_search_begins_while_a_cancelled_one_ends(bench: Bench) -> str:
    async with bench.air() as air:
        absent = asyncio.create_task(system_link(NOBODY).connect(lambda: None))
        await asyncio.sleep(1)
        absent.cancel()
        visit = await visit_and_leave(air.peripheral.address)
        assert absent.cancelled()
        return visit


async def the_system_searches_for_somebody_else_meanwhile(bench: Bench) -> str:
    """As while the system's Bluetooth settings are open: a scan of another program."""
    async with bench.air() as air:
        scanning = asyncio.create_task(quarterturn("scan", "--seconds", "8"))
        await asyncio.sleep(2)
        visit = await visit_and_leave(air.peripheral.address)
        said = await scanning
        assert said.code == 0, said
        return visit
