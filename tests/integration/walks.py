"""Walk a workout on the simulated treadmill, through the shipped driver and its bytes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace

from quarterturn.bridge.runtime import Runtime
from quarterturn.machines import load_machine_record
from quarterturn.model import MachineRecord
from quarterturn.plan import Plan, make_plan
from quarterturn.plugins import load_driver
from quarterturn.port import ForwardingLink, GattLink
from quarterturn.profiles import base_profile
from quarterturn.session import Event, Intent
from quarterturn.workout.files import load_workout
from quarterturn_simulator.plugin import TreadmillSimulation, TreadmillSimulator

NEVER_WALKED = {"needs-unlock", "steps-of-0.5"}
"""Quirks whose machine refuses control, or is too coarse for what is not forward."""


class RecordingLink(ForwardingLink):
    """Keeps what is written, and when."""

    def __init__(self, inner: GattLink) -> None:
        super().__init__(inner)
        self.writes: list[tuple[float, int, bytes]] = []

    async def write(self, characteristic: int, value: bytes) -> None:
        self.writes.append((asyncio.get_running_loop().time(), characteristic, value))
        await super().write(characteristic, value)


@dataclass
class Walk:
    """What a walk left behind. ``refused``: intents that were not accepted, with the answers."""

    events: list[Event] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    writes: list[tuple[float, int, bytes]] = field(default_factory=list)
    began_s: float = 0.0  # the loop's time of the plan event
    speed_at_end_kmh: float = 0.0

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["event"] == kind]

    @property
    def end(self) -> tuple[object, object, object, object]:
        end = self.events[-1]
        assert end["event"] == "end"
        return end["reason"], end["by"], end["cause"], end["belt_stopped"]

    @property
    def faults(self) -> list[object]:
        return [event["fault"] for event in self.of("fault")]

    @property
    def steps(self) -> list[tuple[object, object]]:
        return [(event["event"], event["step"]) for event in self.events if "step" in event]


React = Callable[[Event, "Runtime"], None]
Over = Callable[[TreadmillSimulation], AbstractAsyncContextManager[GattLink]]


@asynccontextmanager
async def in_process(simulation: TreadmillSimulation) -> AsyncIterator[GattLink]:
    """Go over the simulator's own link."""
    yield simulation.link


async def walk(
    workout: str = "circle",
    *,
    profile: str = "home-beginner",
    quirks: Sequence[str] = (),
    faults: Sequence[tuple[str, float]] = (),
    options: Mapping[str, str] | None = None,
    record: MachineRecord | None = None,
    seed: int = 7,
    on_event: React | None = None,
    change_plan: Callable[[Plan], Plan] = lambda plan: plan,
    over: Over = in_process,
) -> Walk:
    """Walk a shipped workout or a file from start to end. ``record`` None: an unknown machine."""
    simulation = TreadmillSimulator().open(
        tuple((options or {}).items()), quirks=quirks, faults=faults, seed=seed
    )
    assert isinstance(simulation, TreadmillSimulation)
    async with over(simulation) as inner:
        link = RecordingLink(inner)
        machine = MachineRecord() if record is None else record
        return await _walk(simulation, link, machine, workout, profile, on_event, change_plan)


async def _walk(
    simulation: TreadmillSimulation,
    link: RecordingLink,
    machine: MachineRecord,
    workout: str,
    profile: str,
    on_event: React | None,
    change_plan: Callable[[Plan], Plan],
) -> Walk:
    loop = asyncio.get_running_loop()
    result = Walk(writes=link.writes)

    def give(word: str) -> None:
        answer = runtime.intent(Intent(word))
        if not answer.accepted:
            result.refused.append((word, answer.text))

    def hear(event: Event) -> None:
        json.dumps(event, allow_nan=False)
        if event["event"] == "plan":
            result.began_s = loop.time()
        result.events.append(event)
        for delay_s, word in simulation.react(event):
            loop.call_later(delay_s, give, word)
        if on_event is not None:
            on_event(event, runtime)

    driver = load_driver("ftms")  # once: a lost treadmill is looked for with many of them
    runtime = Runtime(
        lambda sink: driver(link, machine, sink),
        machine,
        on_event=hear,
    )
    capabilities = await runtime.connect()
    plan = change_plan(make_plan(load_workout(workout), base_profile(profile), capabilities))
    await runtime.walk(plan, capabilities)
    result.speed_at_end_kmh = simulation.treadmill.belt_speed_kmh
    await runtime.close()
    if runtime.crash is not None:
        raise runtime.crash
    return result


def short(plan: Plan) -> Plan:
    """Return a plan in its shortest phases: every step is there, sooner."""
    return replace(plan, phases=tuple(replace(each, duration_s=30.0) for each in plan.phases))


def known_machine() -> MachineRecord:
    """The record that ships for the simulated treadmill."""
    return load_machine_record("simulated")
