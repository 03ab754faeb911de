"""bleak's own client on a controller of our own, for a program that knows an address alone."""

import asyncio

import pytest
from bleak import BleakClient
from bleak.exc import BleakDeviceNotFoundError

from quarterturn_drivers.links.ble_radio import Radio
from quarterturn_simulator import SimulatedTreadmill
from radio.bleak_air import BleakAir

FEATURES = "00002acc-0000-1000-8000-00805f9b34fb"


def client(radio: Radio, address: str) -> BleakClient:
    assert radio.client is not None
    return BleakClient(address, timeout=5.0, backend=radio.client)


async def test_a_device_is_connected_to_by_its_address_alone() -> None:
    async with BleakAir(SimulatedTreadmill()) as air:
        async with client(air.radio(), air.peripheral.address.lower()) as connected:
            assert len(await connected.read_gatt_char(FEATURES)) == 8
        # What looked for it lets go of the controller, like what was connected.
        async with client(air.radio(), air.peripheral.address) as again:
            assert again.is_connected


async def test_an_address_that_is_not_heard_is_not_found_in_its_time() -> None:
    async with BleakAir(SimulatedTreadmill()) as air:
        began_s = asyncio.get_running_loop().time()
        with pytest.raises(BleakDeviceNotFoundError, match="not found"):
            await client(air.radio(), "F0:00:00:00:00:01").connect()
        assert asyncio.get_running_loop().time() - began_s == pytest.approx(5.0, abs=0.5)
