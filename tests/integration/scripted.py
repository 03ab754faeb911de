"""A runtime on a simulated treadmill or a scripted driver, with its events, bytes and journal."""

import asyncio
import contextlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from integration.walks import RecordingLink, known_machine
from quarterturn.bridge.journal import Journal
from quarterturn.bridge.runtime import Runtime
from quarterturn.model import Capabilities, MachineRecord, Permitted, SpeedRange
from quarterturn.opening import find_book
from quarterturn.plan import Plan, make_plan
from quarterturn.plugins import load_driver, load_sensor
from quarterturn.port import Driver, ReportSink, Sensor, SensorSink
from quarterturn.profiles import base_profile
from quarterturn.session import Event, Intent
from quarterturn.units import Speed
from quarterturn.workout.files import load_workout
from quarterturn_simulator.plugin import TreadmillSimulator

# What stands on the wire (FTMS v1.0.1, 4.16.1): Start or Resume, and Stop or Pause with Stop.
START = bytes([0x07])
STOP = bytes([0x08, 0x01])

Hook = Callable[[Event], None]


def lines_of(journal: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return records as a file would hand them back."""
    return [json.loads(json.dumps(record, allow_nan=False, default=dict)) for record in journal]


class Bench:
    """One walk of a shipped workout. ``hook`` sees each event before the simulated walker does."""

    def __init__(
        self,
        workout: str = "circle",
        *,
        profile: str = "home-beginner",
        quirks: Sequence[str] = (),
        faults: Sequence[tuple[str, float]] = (),
        hook: Hook | None = None,
        machine: MachineRecord | None = None,
        open_driver: Callable[[ReportSink], Driver] | None = None,
        keeps_journal: bool = True,
        straps: Sequence[str] = (),
        language: str = "en",
    ) -> None:
        self.simulation = TreadmillSimulator().open((), quirks=quirks, faults=faults, seed=7)
        self.treadmill: Any = vars(self.simulation)["treadmill"]
        self.react: Callable[[Event], Sequence[tuple[float, str]]] = self.simulation.react
        self.link = RecordingLink(self.simulation.link)
        self.machine = known_machine() if machine is None else machine
        self.events: list[Event] = []
        self.journal: list[Mapping[str, object]] = []
        self.hook = hook
        self.workout, self.profile = load_workout(workout), base_profile(profile)
        self.runtime = Runtime(
            open_driver or self.open_driver,
            self.machine,
            on_event=self.on_event,
            record=self.journal.append if keeps_journal else None,
            sensors={name: partial(self.open_strap, name) for name in straps},
            book=find_book(language),
        )

    def open_driver(self, sink: ReportSink) -> Driver:
        return load_driver("ftms")(self.link, self.machine, sink)

    def open_strap(self, name: str, sink: SensorSink) -> Sensor:
        link = self.simulation.sensor_link("heart-rate", [])
        return load_sensor("heart-rate")(link, name, sink)

    def on_event(self, event: Event) -> None:
        self.events.append(event)
        if self.hook is not None:
            self.hook(event)
        loop = asyncio.get_running_loop()
        for delay_s, word in self.react(event):
            loop.call_later(delay_s, self.runtime.intent, Intent(word))

    async def walk(self) -> Event:
        try:
            capabilities = await self.runtime.connect()
            return await self.runtime.walk(self.plan(capabilities), capabilities)
        finally:
            await self.runtime.close()

    def plan(self, capabilities: Capabilities) -> Plan:
        return make_plan(self.workout, self.profile, capabilities)

    @property
    def belt_kmh(self) -> float:
        speed: float = self.treadmill.belt_speed_kmh
        return speed

    def sent(self, value: bytes) -> list[float]:
        """Return when a request was written, by the loop's clock."""
        return [at_s for at_s, _, written in self.link.writes if written == value]

    def let_out(self, command: str) -> list[object]:
        """Return when the governor let a command out: a driver may write one more than once."""
        return [
            line["at"]
            for line in lines_of(self.journal)
            if line["kind"] == "command" and line["command"] == [command]
        ]

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["event"] == kind]

    def texts(self) -> list[object]:
        return [event["text"] for event in self.of("cue")]

    def as_journal(self) -> Journal:
        return Journal(Path("session.jsonl"), {"journal": 1}, tuple(lines_of(self.journal)), ())


class ScriptedDriver:
    """Does what it is told: connects when it may, and keeps what it is given to send."""

    def __init__(self, sink: ReportSink) -> None:
        self.sink = sink
        self.sent: list[Permitted] = []
        self.closed = 0
        self.connect_fault: BaseException | None = None
        self.never_connects = False
        self.send_fault: Exception | None = None

    async def connect(self) -> Capabilities:
        if self.never_connects:
            await asyncio.get_running_loop().create_future()
        if self.connect_fault is not None:
            raise self.connect_fault
        return Capabilities(
            SpeedRange(Speed.from_kmh(0.5), Speed.from_kmh(16), Speed.from_kmh(0.1)), None
        )

    def send(self, permitted: Permitted) -> None:
        if self.send_fault is not None:
            raise self.send_fault
        self.sent.append(permitted)

    async def close(self) -> None:
        self.closed += 1


def written(path: Path, records: Sequence[Mapping[str, object]]) -> Path:
    """Write records as a journal file."""
    out = io.StringIO()
    for record in ({"journal": 1}, *records):
        out.write(json.dumps(record, allow_nan=False, default=dict) + "\n")
    path.write_text(out.getvalue())
    return path


def when(bench: Bench, is_it: Callable[[Event], bool], do: Callable[[], object]) -> None:
    """Do something once, at the first event that is meant."""
    pending = [do]

    def hook(event: Event) -> None:
        if pending and is_it(event):
            pending.pop()()

    bench.hook = hook


def walking(heading: str, after_t: float = 0.0) -> Callable[[Event], bool]:
    """Recognise the first report of a belt that moves in a phase of this heading."""
    seen: list[object] = []

    def is_it(event: Event) -> bool:
        if event["event"] == "phase":
            seen.append(event["heading"])
        moves = event["event"] == "telemetry" and bool(event["speed_kmh"])
        return moves and seen[-1:] == [heading] and float(str(event["t"])) >= after_t

    return is_it


@contextlib.contextmanager
def breaking(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> Iterator[list[bool]]:
    """Have a method raise once the returned list holds anything."""
    broken: list[bool] = []
    inner = getattr(owner, name)

    def method(self: object, *args: object, **kwargs: object) -> object:
        if broken:
            raise ZeroDivisionError("a bug")
        return inner(self, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, method)
        yield broken
