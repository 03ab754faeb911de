"""What stands between a walk and its treadmill, over the air: each said in words, in good time."""

import asyncio
from functools import partial

import pytest
from bumble.device import Device
from bumble.hci import Address
from bumble.profiles.battery_service import BatteryService

from integration.walks import known_machine, walk
from quarterturn.bridge.runtime import Runtime
from quarterturn.model import MachineRecord
from quarterturn.port import GattLink, LinkError, RefusedError
from quarterturn.session import Event
from quarterturn_drivers.ftms import FtmsDriver
from quarterturn_simulator import SimulatedTreadmill
from quarterturn_simulator.radio.controller import VirtualController
from radio.bleak_air import BleakAir
from radio.test_session_on_the_air import RED_KEY, START, on_air, seconds, written_after

LAMP = "F0:00:00:00:00:02"


def driver(link: GattLink) -> FtmsDriver:
    return FtmsDriver(link, MachineRecord(), lambda _: None)


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def test_a_device_that_is_no_treadmill_is_refused() -> None:
    air = BleakAir(SimulatedTreadmill())
    controller = VirtualController("lamp", air.link)
    device = Device.with_hci("Lamp", Address(LAMP), controller, controller)
    device.add_service(BatteryService(read_battery_level=lambda _: 50))
    await device.power_on()
    await device.start_advertising(auto_restart=True)
    with pytest.raises(RefusedError, match="no treadmill that can be driven"):
        await driver(air.ble_link(LAMP)).connect()


async def test_an_address_that_nobody_has_is_given_up_in_twelve_seconds() -> None:
    async with BleakAir(SimulatedTreadmill()) as air:
        began = now_s()
        with pytest.raises(LinkError, match="was not seen within 12 s"):
            await driver(air.ble_link("AA:AA:AA:AA:AA:AA")).connect()
        assert now_s() - began < 13


async def test_a_treadmill_that_another_app_holds_is_not_seen_and_the_advice_says_why() -> None:
    async with BleakAir(SimulatedTreadmill(quirks=["one-connection"])) as air:
        first, second = driver(air.ble_link()), driver(air.ble_link())
        await first.connect()
        with pytest.raises(LinkError, match="close other apps that are connected to it"):
            await second.connect()
        await first.close()
        await second.connect()
        await second.close()


async def test_a_machine_that_does_not_answer_the_request_for_control_is_given_up() -> None:
    async with BleakAir(SimulatedTreadmill(quirks=["mute-request-control"])) as air:
        began = now_s()
        with pytest.raises(TimeoutError, match="does not answer the request for control"):
            await driver(air.ble_link()).connect()
        assert now_s() - began < 30


async def test_a_machine_that_demands_pairing_is_paired_once_and_then_obeys() -> None:
    async with BleakAir(SimulatedTreadmill(quirks=["demands-pairing"])) as air:
        link = air.ble_link()
        capabilities = await driver(link).connect()
        assert capabilities.speed is not None
        await link.disconnect()


async def test_a_machine_without_a_name_is_found_by_its_address_alone() -> None:
    async with BleakAir(SimulatedTreadmill(quirks=["no-name"])) as air:
        await driver(air.ble_link(air.peripheral.address)).connect()
        with pytest.raises(LinkError, match="was not seen"):
            await driver(air.ble_link()).connect()


async def test_a_radio_that_falls_silent_in_a_backward_phase_is_told_within_five_seconds() -> None:
    airs: list[BleakAir] = []
    silent_t: list[float] = []

    def watch(event: Event, _: Runtime) -> None:
        if event["event"] == "phase" and event["heading"] == "backward":
            loop = asyncio.get_running_loop()
            silent_t.append(seconds(event) + 30.0)
            loop.call_later(30.0, airs[0].link.silence, 1000.0)

    over = partial(on_air, watch=airs.append)
    result = await walk(record=known_machine(), on_event=watch, over=over)
    said = [seconds(e) for e in result.of("cue") if RED_KEY in str(e["text"]).lower()]
    # Reports come once a second: the last one was heard up to a second before the silence.
    assert silent_t[0] < said[0] <= silent_t[0] + 5.0
    assert START not in written_after(result, silent_t[0])
    assert result.end[0] == "fault"
    assert result.end[3] is None
