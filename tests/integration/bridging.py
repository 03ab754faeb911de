"""A bridge with its clients, over a real socket and in one loop: of virtual time, unless marked."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from integration.scripted import START, STOP, ScriptedDriver
from integration.walks import RecordingLink
from quarterturn.bridge.errand import Errand, encode_errand
from quarterturn.bridge.process import Bridge
from quarterturn.client import BridgeClient, connect
from quarterturn.opening import Treadmill, open_simulation
from quarterturn.places import socket_path
from quarterturn.port import GattLink
from quarterturn.profiles import base_profile
from quarterturn.protocol import Answered, BridgeState, Snapshot
from quarterturn.session import Event, Intent
from quarterturn.speech.voice import Voice
from quarterturn.treadmill_url import parse_treadmill_url
from quarterturn.workout.files import load_workout

__all__ = ["START", "STOP", "Machine", "Raw", "Screen", "errand", "raw", "running", "screen"]

# What stands for a treadmill that somebody may be on; its link goes nowhere.
REAL_URL = "ftms+tcp://192.0.2.7:36866"
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

Is = Callable[[Event], bool]


def errand(workout: str = "circle", **others: Any) -> Mapping[str, object]:
    return encode_errand(
        Errand(load_workout(workout), base_profile("home-beginner"), 2026, **others)
    )


class Machine:
    """A simulated treadmill, with its walker and what was written to it.

    ``real``: the bridge takes it for one that somebody may be on.
    """

    def __init__(self, quirks: Sequence[str] = (), *, real: bool = False) -> None:
        links: list[RecordingLink] = []

        def through(inner: GattLink) -> GattLink:
            links.append(RecordingLink(inner))
            return links[0]

        treadmill, simulation = open_simulation("ftms+sim://", quirks=quirks, through=through)
        self.url = parse_treadmill_url(REAL_URL) if real else treadmill.url
        self.treadmill: Treadmill = replace(treadmill, url=self.url)
        self.react = simulation.react
        self.link = links[0]
        self.inner: Any = vars(simulation)["treadmill"]

    @property
    def belt_kmh(self) -> float:
        speed: float = self.inner.belt_speed_kmh
        return speed

    def sent(self, value: bytes) -> list[float]:
        return [at_s for at_s, _, written in self.link.writes if written == value]


def scripted(drivers: list[ScriptedDriver], *, real: bool = False, **faults: Any) -> Treadmill:
    """Return a treadmill whose drivers do as they are told, and are kept."""

    def build(_link: GattLink, _record: object, sink: Any) -> ScriptedDriver:
        drivers.append(ScriptedDriver(sink))
        for name, value in faults.items():
            setattr(drivers[-1], name, value)
        return drivers[-1]

    return replace(Machine(real=real).treadmill, driver=build)


@contextlib.asynccontextmanager
async def running(
    treadmill: Treadmill,
    *,
    for_screen: bool = False,
    make_voice: Callable[[], Voice] | None = None,
) -> AsyncIterator[Bridge]:
    """Run a bridge while the context is open; ``bridge.task`` ends with it."""
    bridge = Bridge(treadmill, for_screen=for_screen, make_voice=make_voice, now=lambda: WHEN)
    ready = asyncio.Event()
    task = asyncio.ensure_future(bridge.run(ready.set))
    task.add_done_callback(lambda _: ready.set())
    await ready.wait()
    bridge.task = task  # type: ignore[attr-defined]
    if task.done():
        await task
    try:
        yield bridge
    finally:
        if not task.done():
            bridge.leave("the test is over", ramp=False)
        await task


class Screen:
    """A client, and everything it heard in order. It walks where it is told to."""

    def __init__(self, machine: Machine | None) -> None:
        self._machine = machine
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._asking: set[asyncio.Task[Answered]] = set()
        self.heard: list[tuple[float, str, Any]] = []
        self.walks = True
        self.client: BridgeClient

    @property
    def events(self) -> list[Event]:
        return [what for _, kind, what in self.heard if kind == "event"]

    @property
    def snapshots(self) -> list[tuple[float, Snapshot]]:
        return [(at_s, what) for at_s, kind, what in self.heard if kind == "snapshot"]

    @property
    def notes(self) -> list[str]:
        return [what for _, kind, what in self.heard if kind == "note"]

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["event"] == kind]

    @property
    def supervising(self) -> bool:
        assert self.client.welcome is not None
        return self.client.welcome.supervising

    @property
    def now(self) -> Snapshot:
        assert self.client.snapshot is not None
        return self.client.snapshot

    def hear(self, kind: str, what: Any) -> None:
        self.heard.append((self._loop.time(), kind, what))
        self._changed.set()
        if kind == "event" and self._machine is not None and self.walks:
            for delay_s, word in self._machine.react(what):
                self._loop.call_later(delay_s, self._ask, Intent(word))

    def _ask(self, intent: Intent) -> None:
        if not self.client.lost.is_set():
            task = asyncio.ensure_future(self.client.ask(intent))
            self._asking.add(task)
            task.add_done_callback(self._asked)

    def _asked(self, task: "asyncio.Task[Answered]") -> None:
        self._asking.discard(task)
        if not task.cancelled():
            task.exception()  # the bridge may be gone

    async def until(self, so: Callable[[], bool], within_s: float = 3600.0) -> None:
        async with asyncio.timeout(within_s):
            while not so():
                self._changed.clear()
                await self._changed.wait()

    async def event(self, kind: str, **fields: object) -> Event:
        """Wait for an event from now on, or the one that was just heard."""

        def found() -> list[Event]:
            return [event for event in self.of(kind) if fields.items() <= event.items()]

        await self.until(lambda: bool(found()))
        return found()[-1]

    async def state(self, state: BridgeState) -> None:
        await self.until(lambda: self.now.state is state)

    async def walking(self, heading: str) -> None:
        """Wait until the belt moves in a phase of this heading."""
        phase = await self.event("phase", heading=heading)
        await self.until(
            lambda: (
                self.events[-1]["event"] == "telemetry"
                and self.events.index(phase) < len(self.events)
                and bool(self.events[-1]["speed_kmh"])
            )
        )

    def fall_silent(self) -> None:
        """Give no sign of life any more, as a program that was stopped."""
        alive = vars(self.client)["_alive"]
        assert alive is not None
        alive.cancel()
        self.walks = False


@contextlib.asynccontextmanager
async def screen(
    machine: Machine | None = None, name: str = "screen", *, supervise: bool = True
) -> AsyncIterator[Screen]:
    one = Screen(machine)
    async with connect(
        name,
        supervise=supervise,
        on_event=lambda event: one.hear("event", event),
        on_snapshot=lambda snapshot: one.hear("snapshot", snapshot),
        on_note=lambda text: one.hear("note", text),
    ) as client:
        one.client = client
        yield one


class Raw:
    """A client that says what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def say(self, *requests: object) -> None:
        for request in requests:
            line = request if isinstance(request, bytes) else json.dumps(request).encode()
            self.writer.write(line + b"\n")

    def hello(self, **others: object) -> None:
        self.say({"request": "hello", "protocol": 1, "name": "raw", **others})

    async def message(self, *kinds: str) -> Any:
        """Return the next message of these kinds; None when the bridge has closed."""
        while line := await self.reader.readline():
            message = json.loads(line)
            if message["message"] in kinds:
                return message
        return None

    async def closed(self) -> str | None:
        """Wait until the bridge closes, and return why."""
        farewell = await self.message("farewell")
        if farewell is None:
            return None
        with contextlib.suppress(ConnectionError):  # it may not have read all that was said
            assert await self.reader.read() == b""
        return str(farewell["text"])


@contextlib.asynccontextmanager
async def raw() -> AsyncIterator[Raw]:
    reader, writer = await asyncio.open_unix_connection(str(socket_path()), limit=2**22)
    try:
        yield Raw(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
