"""Sensors in the background: looked for for ever, and never at the expense of anything else."""

import asyncio
import itertools
import math
from collections.abc import Callable

import pytest

from quarterturn.bridge.sensors import (
    CONNECT_S,
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    MOST_A_SECOND,
    STEADY_S,
    Sensors,
)
from quarterturn.model import (
    HeartRate,
    RunningCadence,
    SensorNotice,
    SensorReport,
    SensorState,
)
from quarterturn.port import LinkError, SensorSink

CONNECTED, NOT_FOUND, LOST = SensorState.CONNECTED, SensorState.NOT_FOUND, SensorState.LOST
HANGS = "hangs"


class Strap:
    """A sensor whose ``faults`` are used up, one for each try; None connects."""

    def __init__(self, faults: "list[BaseException | str | None]") -> None:
        self.faults = faults
        self.tries_s: list[float] = []
        self.closes = 0
        self.sink: SensorSink = lambda _: None
        self.close_fault: Exception | None = None
        self.cleaned_up = 0

    def open(self, sink: SensorSink) -> "Strap":
        self.sink = sink
        return self

    async def connect(self) -> None:
        self.tries_s.append(now_s())
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, BaseException):
            raise fault
        if fault == HANGS:
            try:
                await asyncio.sleep(1e4)
            finally:
                self.cleaned_up += 1

    async def close(self) -> None:
        self.closes += 1
        if self.close_fault is not None:
            raise self.close_fault

    def lose(self) -> None:
        self.sink(SensorNotice(now_s(), "strap", LOST, "the link is lost"))

    def say(self, bpm: int) -> None:
        self.sink(HeartRate(now_s(), "strap", bpm))


def now_s() -> float:
    return asyncio.get_running_loop().time()


class Bench:
    def __init__(self, *faults: BaseException | str | None) -> None:
        self.strap = Strap(list(faults))
        self.said: list[SensorReport] = []
        self.sensors = Sensors({"strap": self.strap.open}, self.said.append)

    @property
    def told(self) -> list[tuple[SensorState, str]]:
        return [(one.state, one.text) for one in self.said if isinstance(one, SensorNotice)]

    @property
    def pauses_s(self) -> list[float]:
        tries_s = self.strap.tries_s
        return [later - earlier for earlier, later in itertools.pairwise(tries_s)]

    async def run(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def started(self) -> "Bench":
        self.sensors.start()
        await asyncio.sleep(0.1)
        return self


async def test_a_sensor_is_connected_and_heard() -> None:
    bench = await Bench().started()
    bench.strap.say(90)
    assert bench.told == [(CONNECTED, "")]
    assert [one.bpm for one in bench.said if isinstance(one, HeartRate)] == [90]
    await bench.sensors.close()
    assert bench.strap.closes == 1


async def test_a_sensor_that_is_not_there_is_looked_for_for_ever_and_told_once() -> None:
    bench = await Bench(*[LinkError("no strap")] * 200).started()
    await bench.run(3600.0)
    assert bench.told == [(NOT_FOUND, "no strap")]
    pauses_s = bench.pauses_s
    growing = [FIRST_PAUSE_S * 2**n for n in range(6)]
    for pause_s, longest_s in zip(pauses_s, growing, strict=False):
        assert longest_s / 2 <= pause_s <= longest_s
    assert all(LONGEST_PAUSE_S / 2 <= pause_s <= LONGEST_PAUSE_S for pause_s in pauses_s[6:])
    assert len({round(pause_s, 3) for pause_s in pauses_s[6:]}) > 50  # no two alike
    assert bench.strap.closes == len(bench.strap.tries_s)
    bench.strap.faults.clear()
    await bench.run(LONGEST_PAUSE_S)
    assert bench.told[-1] == (CONNECTED, "")
    await bench.sensors.close()


async def test_a_lost_sensor_is_looked_for_again_and_told_as_lost_alone() -> None:
    bench = await Bench(None, LinkError("gone"), LinkError("gone")).started()
    await bench.run(STEADY_S)
    bench.strap.lose()
    await bench.run(10.0)
    assert [state for state, _ in bench.told] == [CONNECTED, LOST, CONNECTED]
    await bench.sensors.close()


async def test_the_pauses_begin_anew_after_a_connection_that_held_and_not_before() -> None:
    bench = await Bench().started()
    for _ in range(5):
        bench.strap.lose()
        tries = len(bench.strap.tries_s)
        while len(bench.strap.tries_s) == tries:
            await bench.run(0.1)
    assert bench.pauses_s[-1] >= FIRST_PAUSE_S * 2**4 / 2
    await bench.run(STEADY_S)
    bench.strap.lose()
    await bench.run(FIRST_PAUSE_S + 0.1)
    assert bench.told[-1][0] is CONNECTED
    await bench.sensors.close()


async def test_a_try_that_hangs_is_given_up() -> None:
    bench = await Bench(HANGS).started()
    await bench.run(CONNECT_S + FIRST_PAUSE_S)
    assert [state for state, _ in bench.told] == [NOT_FOUND, CONNECTED]
    assert bench.strap.cleaned_up == 1
    await bench.sensors.close()


@pytest.mark.parametrize("mistake", [ZeroDivisionError("a bug"), KeyError(), OSError("radio")])
async def test_no_mistake_of_a_sensor_comes_out(mistake: Exception) -> None:
    bench = Bench(mistake)
    bench.strap.close_fault = mistake
    await bench.started()
    await bench.run(2.0)
    assert [state for state, _ in bench.told] == [NOT_FOUND, CONNECTED]
    await bench.sensors.close()


async def test_a_sensor_that_cannot_even_be_built_is_not_found() -> None:
    said: list[SensorReport] = []

    def open_sensor(sink: SensorSink) -> Strap:
        raise RuntimeError("no such radio")

    sensors = Sensors({"strap": open_sensor}, said.append)
    sensors.start()
    await asyncio.sleep(5.0)
    assert [one.text for one in said if isinstance(one, SensorNotice)] == ["no such radio"]
    await sensors.close()


async def test_the_radio_is_the_treadmills_while_that_is_looked_for() -> None:
    bench = await Bench(HANGS).started()
    bench.sensors.hold()
    await bench.run(100.0)
    assert bench.strap.cleaned_up == 1
    assert len(bench.strap.tries_s) == 1
    assert bench.told == []
    bench.sensors.release()
    await bench.run(1.0)
    assert bench.told == [(CONNECTED, "")]
    bench.sensors.hold()  # what is connected stays so
    await bench.run(10.0)
    assert bench.told == [(CONNECTED, "")]
    await bench.sensors.close()


@pytest.mark.parametrize("after_s", [0.05, 40.0])
async def test_closing_ends_a_try_under_way(after_s: float) -> None:
    bench = Bench(*[HANGS] * 9)
    bench.sensors.start()
    await bench.run(after_s)
    tries = len(bench.strap.tries_s)
    await bench.sensors.close()
    await bench.run(500.0)
    assert len(bench.strap.tries_s) == tries == bench.strap.cleaned_up
    assert bench.strap.closes == tries


async def test_a_flood_of_readings_is_cut_and_a_loss_is_heard_in_it() -> None:
    bench = await Bench().started()
    await bench.run(math.ceil(now_s()) - now_s())
    for _ in range(1000):
        bench.strap.say(90)
    assert sum(isinstance(one, HeartRate) for one in bench.said) == MOST_A_SECOND
    bench.strap.lose()
    assert bench.told[-1][0] is LOST
    await bench.run(3.0)
    bench.strap.say(91)
    assert isinstance(bench.said[-1], HeartRate)
    await bench.sensors.close()


@pytest.mark.parametrize(
    "make",
    [
        lambda at_s, x: HeartRate(x, "strap", 90),
        lambda at_s, x: HeartRate(at_s, "strap", 90, None, (1.0, x)),
        lambda at_s, x: RunningCadence(at_s, "pod", 90, speed_m_per_s=x),
        lambda at_s, x: RunningCadence(at_s, "pod", 90, stride_length_m=x),
        lambda at_s, x: RunningCadence(at_s, "pod", 90, distance_m=x),
        lambda at_s, x: SensorNotice(x, "strap", SensorState.MALFORMED),
    ],
)
@pytest.mark.parametrize("number", [math.nan, math.inf])
async def test_a_number_that_is_none_goes_no_further(
    make: Callable[[float, float], SensorReport], number: float
) -> None:
    bench = await Bench().started()
    before = len(bench.said)
    bench.strap.sink(make(now_s(), number))
    assert len(bench.said) == before
    bench.strap.sink(make(now_s(), 1.0))
    assert len(bench.said) == before + 1
    await bench.sensors.close()


async def test_sensors_that_were_never_started_close_at_once() -> None:
    await Bench().sensors.close()
