"""Sensors through bleak and over the air; the strap is bumble's own."""

import asyncio

import pytest
from bumble.core import AdvertisingData
from bumble.device import Device
from bumble.gatt import GATT_HEART_RATE_SERVICE
from bumble.hci import Address
from bumble.profiles.heart_rate_service import HeartRateService

from quarterturn.model import HeartRate, SensorReport
from quarterturn.plugins import load_sensor
from quarterturn.port import LinkError
from quarterturn_simulator import SimulatedTreadmill
from quarterturn_simulator.radio.controller import VirtualController
from quarterturn_simulator.radio.link import RadioLink
from radio.bleak_air import BleakAir

STRAP = "F0:00:00:00:00:01"


async def strap_on(link: RadioLink, bpm: list[int]) -> Device:
    """Put a strap of bumble's making on the air; it says these heart rates, one a second."""
    controller = VirtualController("strap", link)
    device = Device.with_hci("Strap", Address(STRAP), controller, controller)
    values = iter(bpm)
    service = HeartRateService(
        read_heart_rate_measurement=lambda _: HeartRateService.HeartRateMeasurement(
            heart_rate=next(values), sensor_contact_detected=True, rr_intervals=[0.8, 0.81]
        ),
        body_sensor_location=HeartRateService.BodySensorLocation.CHEST,
    )
    device.add_service(service)
    await device.power_on()
    uuid = GATT_HEART_RATE_SERVICE.to_bytes()
    kind = AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS
    data = bytes(AdvertisingData([(AdvertisingData.COMPLETE_LOCAL_NAME, b"Strap"), (kind, uuid)]))
    await device.start_advertising(advertising_data=data, auto_restart=True)

    async def beat() -> None:
        for _ in bpm:
            await asyncio.sleep(1)
            await device.notify_subscribers(service.heart_rate_measurement_characteristic)

    device.beating = asyncio.get_running_loop().create_task(beat())  # type: ignore[attr-defined]
    return device


async def test_a_strap_of_others_making_is_heard_over_the_air() -> None:
    air = BleakAir(SimulatedTreadmill())
    await strap_on(air.link, [60 + second for second in range(30)])
    heard: list[SensorReport] = []
    sensor = load_sensor("heart-rate")(air.ble_link(STRAP), "strap", heard.append)
    await sensor.connect()
    await asyncio.sleep(10)
    readings = [each for each in heard if isinstance(each, HeartRate)]
    assert len(readings) >= 8
    rates = [each.bpm for each in readings]
    assert rates == list(range(rates[0] or 0, (rates[0] or 0) + len(rates)))
    assert {each.contact for each in readings} == {True}
    assert readings[0].rr_intervals_s == pytest.approx((0.8, 0.81), abs=1 / 1024)
    await sensor.close()


async def test_what_is_no_strap_is_refused() -> None:
    async with BleakAir(SimulatedTreadmill()) as air:
        sensor = load_sensor("heart-rate")(air.ble_link(), "strap", lambda _: None)
        with pytest.raises(Exception, match=r"heart"):
            await sensor.connect()
        await sensor.close()


async def test_a_strap_that_is_not_worn_is_not_found() -> None:
    air = BleakAir(SimulatedTreadmill())
    sensor = load_sensor("heart-rate")(air.ble_link(STRAP), "strap", lambda _: None)
    with pytest.raises((LinkError, TimeoutError)):
        await sensor.connect()
    await sensor.close()
