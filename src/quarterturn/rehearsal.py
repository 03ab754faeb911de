"""A whole session on the simulated treadmill, from Python.

    from quarterturn.rehearsal import Rehearsal, in_virtual_time

    async def main() -> None:
        async for event in Rehearsal("circle", quirks=["mph-target"]).events():
            print(event)

    in_virtual_time(main())

The same code under ``asyncio.run`` walks in real time.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from datetime import datetime
from os import PathLike
from typing import Any, TypeVar

from quarterturn import plugins
from quarterturn.bridge.recording import Recording
from quarterturn.bridge.runtime import Record, Runtime
from quarterturn.opening import SIMULATED, find_book, open_sensors, open_simulation
from quarterturn.plan import Plan, make_plan
from quarterturn.profile_files import find_profile
from quarterturn.session import Event, Intent
from quarterturn.workout.files import load_workout

T = TypeVar("T")


class Rehearsal:
    """One workout, one profile, one simulated treadmill with its walker.

    ``faults`` are names with the second of the session at which they strike; the same ``seed``
    gives the same walk, byte for byte. ``sensors`` are simulated ones, each as a name (None: that
    of its driver) and a URL such as ``heart-rate+sim://``; the walker wears them.

    Raises:
        FileErrors: when workout, profile or its language have errors, or are not there.
        ValueError: when a quirk, a fault or an option of treadmill or sensor is unknown.

    """

    def __init__(
        self,
        workout: str | PathLike[str],
        *,
        profile: str | None = None,
        treadmill: str = SIMULATED,
        quirks: Sequence[str] = (),
        faults: Sequence[tuple[str, float]] = (),
        sensors: Sequence[tuple[str | None, str]] = (),
        seed: int = 0,
    ) -> None:
        self._workout = load_workout(workout)
        self._profile = find_profile(profile)
        self._book = find_book(self._profile.language)
        self._treadmill, self._simulation = open_simulation(
            treadmill, quirks=quirks, faults=faults, seed=seed
        )
        self._sensors = open_sensors(sensors, self._simulation)
        self.plan: Plan | None = None

    async def walk(self, on_event: Callable[[Event], None], record: Record | None = None) -> Event:
        """Walk to the end, calling ``on_event`` with each event; return the last one.

        ``record`` is called with each line of the journal. A cancellation stops the belt first, and
        so does whatever ``on_event`` or ``record`` raises: it comes out here once the belt stands.

        Raises:
            PlanRefused: when profile or machine cannot walk the workout.
            LinkError, RefusedError, TimeoutError: when the treadmill cannot be connected to.

        """
        loop = asyncio.get_running_loop()

        def tell(event: Event) -> None:
            on_event(event)
            for delay_s, word in self._simulation.react(event):
                loop.call_later(delay_s, runtime.intent, Intent(word))

        treadmill = self._treadmill
        if record is not None:
            recording = Recording(record, treadmill.url.driver)
            treadmill = treadmill.around(recording.link, recording.drivers)
            record = recording.record
        runtime = Runtime(
            treadmill.open_driver,
            treadmill.record,
            on_event=tell,
            record=record,
            sensors={sensor.name: sensor.open_sensor for sensor in self._sensors},
            book=self._book,
        )
        try:
            capabilities = await runtime.connect()
            year = datetime.now().astimezone().year
            self.plan = make_plan(
                self._workout,
                self._profile,
                capabilities,
                year=year,
                record=self._treadmill.record,
            )
            end = await runtime.walk(self.plan, capabilities)
        finally:
            await runtime.close()
        if runtime.crash is not None:
            raise runtime.crash
        return end

    async def events(self) -> AsyncIterator[Event]:
        """Yield each event as it happens, the ``end`` event last.

        Whoever leaves the loop early stops the belt. Raises what `walk` raises.
        """
        queue: asyncio.Queue[Event] = asyncio.Queue()
        walking = asyncio.create_task(self.walk(queue.put_nowait))
        walking.add_done_callback(lambda _: queue.put_nowait({}))
        try:
            while event := await queue.get():
                yield event
            await walking
        finally:
            if not walking.done():
                walking.cancel()
                await asyncio.gather(walking, return_exceptions=True)


def in_virtual_time(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a loop whose time jumps to the next deadline instead of waiting for it."""
    factory = plugins.load_simulator().new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)
