"""Straps and foot pods over a link: what they say, how they are lost, and no write ever."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from quarterturn.model import (
    HeartRate,
    RunningCadence,
    SensorNotice,
    SensorReport,
    SensorState,
)
from quarterturn.port import LinkError, Property, RefusedError, Sensor, SensorFactory
from quarterturn_drivers.heart_rate import HeartRateSensor
from quarterturn_drivers.running import RunningSensor

BEATS, RSC = 0x2A37, 0x2A53
FACTORIES: list[SensorFactory] = [HeartRateSensor, RunningSensor]


class Link:
    """Connects after ``delay_s``; a fault is raised where it is set."""

    def __init__(self, *offered: int) -> None:
        self.found: dict[int, Property] = dict.fromkeys(offered, Property.NOTIFY)
        self.delay_s = 0.01
        self.subscribe_fault: Exception | None = None
        self.lose_in_subscribe = False
        self.subscribed: dict[int, Callable[[bytes], None]] = {}
        self.lose: Callable[[], None] = lambda: None
        self.disconnects = 0

    async def connect(self, on_lost: Callable[[], None]) -> None:
        self.lose = on_lost
        await asyncio.sleep(self.delay_s)

    async def disconnect(self) -> None:
        self.disconnects += 1

    @property
    def characteristics(self) -> Mapping[int, Property]:
        return self.found

    async def read(self, characteristic: int) -> bytes:
        raise AssertionError("nothing has to be read")

    async def write(self, characteristic: int, value: bytes) -> None:
        raise AssertionError("nothing is ever written to a sensor")

    async def subscribe(self, characteristic: int, on_value: Callable[[bytes], None]) -> None:
        self.subscribed[characteristic] = on_value
        if self.lose_in_subscribe:
            self.lose()
            return
        await asyncio.sleep(0.01)
        if self.subscribe_fault is not None:
            raise self.subscribe_fault


class Bench:
    def __init__(self, factory: SensorFactory, *offered: int) -> None:
        self.link = Link(*offered)
        self.said: list[SensorReport] = []
        self.sensor: Sensor = factory(self.link, "mine", self.said.append)

    def notify(self, octets: str) -> None:
        (on_value,) = self.link.subscribed.values()
        on_value(bytes.fromhex(octets))

    @property
    def states(self) -> list[SensorState]:
        return [one.state for one in self.said if isinstance(one, SensorNotice)]


async def strap() -> Bench:
    bench = Bench(HeartRateSensor, BEATS)
    await bench.sensor.connect()
    return bench


async def test_a_strap_tells_all_that_it_sends() -> None:
    bench = await strap()
    await asyncio.sleep(1.0)
    now_s = asyncio.get_running_loop().time()
    bench.notify("1e 78 e803 0002 0004")
    bench.notify("04 00")
    bench.notify("01 2c01")
    assert bench.said == [
        HeartRate(now_s, "mine", 120, contact=True, rr_intervals_s=(0.5, 1.0), energy_kj=1000),
        HeartRate(now_s, "mine", 0, contact=False),
        HeartRate(now_s, "mine", 300),
    ]


async def test_a_foot_pod_tells_all_that_it_sends() -> None:
    bench = Bench(RunningSensor, RSC)
    await bench.sensor.connect()
    now_s = asyncio.get_running_loop().time()
    bench.notify("07 0003 b4 6e00 10270000")
    bench.notify("00 8001 64")
    bench.notify("00 80")
    assert bench.said == [
        RunningCadence(now_s, "mine", 180, 3.0, 1.1, 1000.0, running=True),
        RunningCadence(now_s, "mine", 100, 1.5),
        RunningCadence(now_s, "mine"),
    ]


async def test_what_cannot_be_read_is_told_once_for_each_connection() -> None:
    bench = await strap()
    for _ in range(3):
        bench.notify("")
    bench.notify("00 50")
    assert bench.states == [SensorState.MALFORMED]
    assert isinstance(bench.said[-1], HeartRate)
    await bench.sensor.close()
    await bench.sensor.connect()
    bench.notify("")
    assert bench.states == [SensorState.MALFORMED] * 2


async def test_a_lost_sensor_is_told_once_and_can_be_connected_again() -> None:
    bench = await strap()
    bench.link.lose()
    bench.link.lose()
    bench.notify("00 50")
    assert bench.states == [SensorState.LOST]
    assert len(bench.said) == 1
    await bench.sensor.connect()
    bench.notify("00 50")
    assert len(bench.said) == 2


async def test_a_sensor_that_was_closed_says_nothing_more() -> None:
    bench = await strap()
    await bench.sensor.close()
    bench.link.lose()
    bench.notify("00 50")
    assert bench.said == []
    assert bench.link.disconnects == 1


@pytest.mark.parametrize("factory", FACTORIES)
async def test_something_else_is_refused(factory: SensorFactory) -> None:
    bench = Bench(factory, 0x2ACD)
    with pytest.raises(RefusedError, match="this is no"):
        await bench.sensor.connect()
    assert bench.link.disconnects == 1


async def test_a_sensor_that_does_not_answer_is_given_up_after_thirty_seconds() -> None:
    bench = Bench(HeartRateSensor, BEATS)
    bench.link.delay_s = 1e6
    began_s = asyncio.get_running_loop().time()
    with pytest.raises(TimeoutError, match="heart-rate sensor was not there within 30 s"):
        await bench.sensor.connect()
    assert asyncio.get_running_loop().time() - began_s == pytest.approx(30.0)


async def test_a_link_that_breaks_while_connecting_is_a_link_error() -> None:
    bench = Bench(HeartRateSensor, BEATS)
    bench.link.delay_s = 10.0
    loop = asyncio.get_running_loop()
    loop.call_later(1.0, lambda: (bench.link.lose(), bench.link.lose()))
    began_s = loop.time()
    with pytest.raises(LinkError, match="broke while connecting"):
        await bench.sensor.connect()
    assert loop.time() - began_s == pytest.approx(1.0)
    bench.link.lose_in_subscribe, bench.link.delay_s = True, 0.0
    with pytest.raises(LinkError, match="broke while connecting"):
        await bench.sensor.connect()
    assert bench.said == []


async def test_what_the_link_says_no_to_comes_out_and_the_link_is_given_back() -> None:
    bench = Bench(HeartRateSensor, BEATS)
    bench.link.subscribe_fault = RefusedError("not permitted", 5)
    with pytest.raises(RefusedError, match="not permitted"):
        await bench.sensor.connect()
    assert bench.link.disconnects == 1
    bench.link.subscribe_fault = None
    await bench.sensor.connect()


async def test_a_sensor_is_connected_once() -> None:
    bench = await strap()
    with pytest.raises(LinkError, match="connected already"):
        await bench.sensor.connect()
