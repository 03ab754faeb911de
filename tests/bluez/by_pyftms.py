"""A client made by others drives the treadmill: pyftms, run by an interpreter that has it."""

import asyncio

import pyftms


async def main() -> None:
    devices = pyftms.discover_ftms_devices(discover_time=15)
    found = await anext(devices, None)
    await devices.aclose()
    if found is None:
        raise SystemExit("pyftms discovers nothing")
    device, machine_type = found
    assert machine_type == pyftms.MachineType.TREADMILL, machine_type
    client = pyftms.get_client(device, machine_type, timeout=10)
    succeeds = pyftms.ResultCode.SUCCESS
    async with client:
        assert client.device_info["manufacturer"] == "Quarterturn", client.device_info
        speed = client.supported_ranges["target_speed"]
        assert (speed.min_value, speed.max_value, speed.step) == (0.5, 16.0, 0.1), speed
        assert await client.start_resume() == succeeds
        await asyncio.sleep(5)
        assert await client.set_target_speed(2.0) == succeeds
        await asyncio.sleep(10)
        read_kmh = client.speed_instant
        refused = await client.set_target_speed(25.0)
        assert refused == pyftms.ResultCode.INVALID_PARAMETER, refused
        assert await client.stop() == succeeds
        await asyncio.sleep(10)
        assert client.speed_instant == 0.0, client.speed_instant
    print(f"it read {read_kmh} km/h on the way")


asyncio.run(main())
