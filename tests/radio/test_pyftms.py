"""A client made by others drives the simulated treadmill: pyftms, as its registry has it."""

import asyncio

import pytest

from quarterturn_simulator import SimulatedTreadmill
from radio.bleak_air import BleakAir

pyftms = pytest.importorskip("pyftms", reason="pyftms needs Python 3.12 or 3.13")


@pytest.fixture
def air(monkeypatch: pytest.MonkeyPatch) -> BleakAir:
    """A treadmill on the air, and bleak in whose hands whatever asks for the system's radio."""
    air = BleakAir(SimulatedTreadmill(countdown=0))
    radio = air.radio()
    monkeypatch.setattr(
        "bleak.get_platform_scanner_backend_type", lambda: (radio.scanner, "virtual")
    )
    monkeypatch.setattr("bleak.get_platform_client_backend_type", lambda: (radio.client, "virtual"))
    return air


async def found() -> object:
    devices = pyftms.discover_ftms_devices(discover_time=10)
    try:
        async for device, machine_type in devices:
            assert machine_type == pyftms.MachineType.TREADMILL
            return device
    finally:
        await devices.aclose()
    raise AssertionError("no treadmill was discovered")


async def test_pyftms_finds_reads_and_drives_the_simulated_treadmill(air: BleakAir) -> None:
    events: list[object] = []
    succeeds = pyftms.ResultCode.SUCCESS
    async with air:
        client = pyftms.get_client(
            await found(), pyftms.MachineType.TREADMILL, timeout=5, on_ftms_event=events.append
        )
        async with client:
            assert client.device_info == {
                "manufacturer": "Quarterturn",
                "model": "Simulated treadmill",
            }
            assert {"target_speed", "target_inclination"} <= set(client.supported_settings)
            speed = client.supported_ranges["target_speed"]
            assert (speed.min_value, speed.max_value, speed.step) == (0.5, 16.0, 0.1)
            incline = client.supported_ranges["target_inclination"]
            assert (incline.min_value, incline.max_value, incline.step) == (0.0, 15.0, 0.5)

            assert await client.start_resume() == succeeds
            await asyncio.sleep(5)
            assert await client.set_target_speed(3.0) == succeeds
            assert await client.set_target_inclination(2.0) == succeeds
            await asyncio.sleep(15)
            assert client.speed_instant == pytest.approx(3.0)
            assert client.inclination == pytest.approx(2.0)
            assert air.treadmill.belt_speed_kmh == pytest.approx(3.0)
            assert air.treadmill.incline_pct == pytest.approx(2.0)

            assert await client.pause() == succeeds
            await asyncio.sleep(15)
            assert air.treadmill.belt_speed_kmh == 0.0
            assert await client.start_resume() == succeeds
            await asyncio.sleep(15)
            assert air.treadmill.belt_speed_kmh > 0.0
            assert await client.stop() == succeeds
            await asyncio.sleep(15)
            assert air.treadmill.belt_speed_kmh == 0.0
    assert {type(event).__name__ for event in events} >= {"UpdateEvent", "SetupEvent"}


async def test_what_pyftms_may_not_do_is_answered_as_the_specification_says(air: BleakAir) -> None:
    async with air:
        client = pyftms.get_client(await found(), pyftms.MachineType.TREADMILL, timeout=5)
        async with client:
            assert await client.stop() == pyftms.ResultCode.FAILED  # it stands already
            assert await client.set_target_speed(25.0) == pyftms.ResultCode.INVALID_PARAMETER


async def test_pyftms_connects_again_after_the_link_was_lost(air: BleakAir) -> None:
    async with air:
        device = await found()
        lost: list[object] = []
        client = pyftms.get_client(
            device, pyftms.MachineType.TREADMILL, timeout=5, on_disconnect=lost.append
        )
        await client.connect()
        air.treadmill.lose_links(3.0)
        await asyncio.sleep(5)
        assert lost == [client]
        await client.connect()
        assert await client.start_resume() == pyftms.ResultCode.SUCCESS
        await client.disconnect()
