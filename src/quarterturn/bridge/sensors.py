"""Sensors on the body: kept connected, in the background, and never at the expense of the belt.

A sensor that is not there is looked for quietly and for as long as the session lasts. While the
treadmill itself is looked for, the radio is the treadmill's.
"""

import asyncio
import contextlib
import math
from collections.abc import Mapping
from random import Random
from typing import Final

from quarterturn.model import HeartRate, RunningCadence, SensorNotice, SensorReport, SensorState
from quarterturn.port import OpenSensor, Sensor, SensorSink

CONNECT_S: Final = 30.0
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
STEADY_S: Final = 30.0
"""A connection that held for so long begins the pauses anew."""
MOST_A_SECOND: Final = 20
"""More readings than any sensor sends; each costs the loop that the belt is steered from."""
_CLOSE_S = 5.0


class Sensors:
    """Keep sensors connected, each in a task of its own; ``sink`` hears what they say.

    ``open_sensors`` are ways to build a sensor, by the name that the user knows it by. Make it on
    a running loop.
    """

    def __init__(self, open_sensors: Mapping[str, OpenSensor], sink: SensorSink) -> None:
        self._keepers = [_Keeper(name, each, sink) for name, each in open_sensors.items()]
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to look for them."""
        self._tasks = [asyncio.create_task(keeper.keep()) for keeper in self._keepers]

    def hold(self) -> None:
        """Look for none for now; those that are connected stay so."""
        for keeper in self._keepers:
            keeper.hold()

    def release(self) -> None:
        """Go on looking."""
        for keeper in self._keepers:
            keeper.release()

    async def close(self) -> None:
        """Let them all go, within a few seconds."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_CLOSE_S + 1.0)


class _Keeper:
    """Looks after one sensor. Nothing that it does wrong comes out of here."""

    def __init__(self, name: str, open_sensor: OpenSensor, sink: SensorSink) -> None:
        self._name = name
        self._open_sensor = open_sensor
        self._sink = sink
        self._loop = asyncio.get_running_loop()
        # Several sensors do not try at the same moments; each does so at its own, every time.
        self._random = Random(name)  # noqa: S311 - it spreads tries, and keeps no secret
        self._free = asyncio.Event()
        self._free.set()
        self._lost = asyncio.Event()
        self._connecting: asyncio.Task[None] | None = None
        self._second = -math.inf
        self._heard = 0

    def hold(self) -> None:
        self._free.clear()
        if self._connecting is not None:
            self._connecting.cancel()

    def release(self) -> None:
        self._free.set()

    async def keep(self) -> None:
        """Connect, wait for the loss, pause, and again."""
        pause_s = FIRST_PAUSE_S
        told = False
        while True:
            await self._free.wait()
            self._lost.clear()
            sensor, why = await self._connect()
            if sensor is not None:
                told = True  # from now on a loss is told as such
                since_s = self._loop.time()
                try:
                    self._tell(SensorState.CONNECTED)
                    await self._lost.wait()
                finally:
                    await self._close(sensor)
                if self._loop.time() - since_s >= STEADY_S:
                    pause_s = FIRST_PAUSE_S
            elif why and not told:
                told = True
                self._tell(SensorState.NOT_FOUND, why)
            await asyncio.sleep(pause_s * self._random.uniform(0.5, 1.0))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _connect(self) -> tuple[Sensor | None, str]:
        """Return a connected sensor, or why there is none; no reason where others go first."""
        try:
            sensor = self._open_sensor(self._hear)
        except Exception as error:  # noqa: BLE001 - a sensor's mistake costs nothing but the sensor
            return None, _words(error)
        connecting = self._connecting = asyncio.create_task(self._connect_to(sensor))
        try:
            await asyncio.wait([connecting])
        except asyncio.CancelledError:
            connecting.cancel()
            await asyncio.wait([connecting], timeout=_CLOSE_S)
            await self._close(sensor)
            raise
        finally:
            self._connecting = None
        why = ""
        if not connecting.cancelled():
            mistake = connecting.exception()
            if mistake is None:
                return sensor, ""
            why = _words(mistake)
        await self._close(sensor)
        return None, why

    async def _connect_to(self, sensor: Sensor) -> None:
        async with asyncio.timeout(CONNECT_S):
            await sensor.connect()

    async def _close(self, sensor: Sensor) -> None:
        with contextlib.suppress(Exception):  # what is gone cannot be let go
            async with asyncio.timeout(_CLOSE_S):
                await sensor.close()

    def _hear(self, report: SensorReport) -> None:
        """Pass on what a sensor says: no more than anybody can want, and no number that is none."""
        if isinstance(report, SensorNotice) and report.state is SensorState.LOST:
            self._lost.set()
        elif self._floods() or not _is_sound(report):
            return
        self._sink(report)

    def _floods(self) -> bool:
        second = math.floor(self._loop.time())
        if second != self._second:
            self._second, self._heard = second, 0
        self._heard += 1
        return self._heard > MOST_A_SECOND

    def _tell(self, state: SensorState, text: str = "") -> None:
        self._sink(SensorNotice(self._loop.time(), self._name, state, text))


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _is_sound(report: SensorReport) -> bool:
    """Return whether every number in a report is one that JSON can hold."""
    numbers: list[float | None] = [report.arrived_s]
    match report:
        case HeartRate():
            numbers += report.rr_intervals_s
        case RunningCadence():
            numbers += [report.speed_m_per_s, report.stride_length_m, report.distance_m]
        case SensorNotice():
            pass
    return all(number is None or math.isfinite(number) for number in numbers)
