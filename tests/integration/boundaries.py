"""Strike at every step of a walk: the walk is walked once, and goes on from each step as two.

At every boundary (a step of a turn, or the beginning of a phase) the process forks: the child is
struck by what the row says and walks to its end, the parent goes on unhurt to the next boundary.
Run ``strikes`` in a process of its own that has no threads.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from integration.walks import Walk, known_machine, walk
from quarterturn.bridge.runtime import Runtime
from quarterturn.model import Heading
from quarterturn.plan import Plan
from quarterturn.port import GattLink
from quarterturn.session import Event, Intent
from quarterturn_simulator.clock import VirtualTimeLoop
from quarterturn_simulator.faults import FAULTS
from quarterturn_simulator.plugin import TreadmillSimulation
from quarterturn_simulator.quirks import QUIRKS
from quarterturn_simulator.treadmill import SimulatedTreadmill

REQUEST_CONTROL, SET_SPEED, START, STOP = 0x00, 0x02, 0x07, 0x08
"""FTMS v1.0.1 section 4.16.1."""
# Just behind the boundary, before anything else happens.
BEHIND_S = 0.01
_PHASE_S = 17.0
_TOKEN_S = 10.0
_STILL_KMH = 0.005
# Events write milliseconds.
_HAIR_S = 0.001
_DOWNHILL_PCT = -4.0

UPHILL = str(Path(__file__).parents[1] / "data" / "workouts" / "one-uphill.toml")
WALKS = {"circle": ("circle", "home-beginner"), "uphill": (UPHILL, "home-experienced")}


@dataclass
class Outcome:
    """What one walk came to, in seconds from the plan; ``struck_t`` 0: struck from its beginning.

    ``moved_t``: when, from the strike on, the belt moved first; ``commanded_t``: when it was then
    told something; ``stopped_t``: when it was then told to stop, or stood. ``red_key_t``: when the
    red key was first named, from the strike on. None: never.
    """

    boundary: str
    struck_t: float
    place: str = ""
    end: list[object] = field(default_factory=list)
    end_t: float = 0.0
    faults: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    moved_t: float | None = None
    commanded_t: float | None = None
    stopped_t: float | None = None
    red_key_t: float | None = None
    highest_kmh: float = 0.0
    passed: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def boundary_of(event: Event) -> str | None:
    """Name the boundary that an event marks, None where it marks none."""
    match event:
        case {"event": "turn", "to": to, "step": step}:
            return f"{to} {step}"
        case {"event": purpose, "step": step}:
            return f"{purpose} {step}"
        case {"event": "phase", "index": index}:
            return f"phase {index}"
        case _:
            return None


def place_of(boundary: str, *, forward: bool) -> str:
    """Say where in a walk a boundary stands, in the words of the table."""
    purpose, _, step = boundary.rpartition(" ")
    if purpose == "halt":
        return "ending"
    match step:
        case "ready" | "countdown":
            return "standing"
        case "start":
            return "starting" if forward else "starting-unsighted"
        case "stop" | "verify":
            return "stopping"
        case _:
            return "forward" if forward else "unsighted"


def brisk(plan: Plan) -> Plan:
    """Return a plan in phases that just hold every step."""
    return replace(plan, phases=tuple(replace(each, duration_s=_PHASE_S) for each in plan.phases))


# --- the blows ------------------------------------------------------------------------------------


def _tilt_downhill(treadmill: SimulatedTreadmill, _: Runtime) -> None:
    """Have somebody tilt the belt to -4 %, on a machine that goes there."""
    treadmill.change(**QUIRKS["declines"].changes)
    while treadmill.peripheral.machine.target_incline_pct > _DOWNHILL_PCT:
        treadmill.console.press_incline_down()


def _sleep(_: SimulatedTreadmill, __: Runtime) -> None:
    """Have the computer sleep for three seconds: the clock goes on, and nothing else."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    loop._virtual.now_s += 3.0


OURS: dict[str, Callable[[SimulatedTreadmill, Runtime], object]] = {
    "computer-sleeps": _sleep,
    "screen-lost": lambda _, runtime: runtime.screen_lost(),
    "console-downhill": _tilt_downhill,
}
"""What befalls the computer, and what takes a machine of a kind and a person at it."""


def blow(name: str) -> Callable[[SimulatedTreadmill, Runtime], object]:
    """Return what strikes under a name: a fault, a quirk that sets in, or one of ours."""
    if name in OURS:
        return OURS[name]
    if name in QUIRKS:
        return lambda treadmill, _: treadmill.change(**QUIRKS[name].changes)
    fault = FAULTS[name]

    def strike(treadmill: SimulatedTreadmill, runtime: Runtime) -> None:
        if fault.strike is not None:
            fault.strike(treadmill)
        for delay_s, word in fault.intents:
            asyncio.get_running_loop().call_later(delay_s, runtime.intent, Intent(word))

    return strike


# --- walks ----------------------------------------------------------------------------------------


class _Watched:
    """One walk, watched from the outside: what the belt truly did, whatever was said."""

    def __init__(self, on_boundary: Callable[[str, Runtime], None] | None = None) -> None:
        self.treadmill: SimulatedTreadmill | None = None
        self.belt: list[tuple[float, float]] = []
        self.passed: list[str] = []
        self._on_boundary = on_boundary

    @asynccontextmanager
    async def over(self, simulation: TreadmillSimulation) -> AsyncIterator[GattLink]:
        self.treadmill = simulation.treadmill
        yield simulation.link

    def look(self, t: float) -> None:
        assert self.treadmill is not None
        self.belt.append((t, self.treadmill.belt_speed_kmh))

    def see(self, event: Event, runtime: Runtime) -> None:
        self.look(_t(event))
        boundary = boundary_of(event)
        if event["event"] == "phase" and self.belt[-1][1] <= _STILL_KMH:
            boundary = None  # it begins with the countdown
        if boundary is not None and boundary not in self.passed:
            self.passed.append(boundary)
            if self._on_boundary is not None:
                self._on_boundary(boundary, runtime)


def from_the_beginning(*quirks: str, course: str = "circle", seed: int = 7) -> dict[str, Any]:
    """Walk on a strange machine with quirks from start to end; return its Outcome as a dict."""
    workout, profile = WALKS[course]
    watched = _Watched()
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        result = runner.run(
            walk(
                workout,
                profile=profile,
                quirks=quirks,
                seed=seed,
                change_plan=brisk,
                on_event=watched.see,
                over=watched.over,
            )
        )
    return asdict(_outcome(Outcome("power-on", 0.0), result, watched))


def strikes(name: str, course: str = "circle") -> list[dict[str, Any]]:
    """Strike at every boundary of a walk on the machine of record; return the Outcomes as dicts."""
    workout, profile = WALKS[course]
    found: list[dict[str, Any]] = []
    child: list[tuple[int, Outcome]] = []
    strike = blow(name)
    mistakes: list[str] = []

    def struck(runtime: Runtime) -> None:
        watched.look(runtime.t)
        assert watched.treadmill is not None
        strike(watched.treadmill, runtime)

    def fork(boundary: str, runtime: Runtime) -> None:
        loop = asyncio.get_running_loop()
        if child:
            return
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.close(reading)
            asyncio._set_running_loop(loop)  # it belongs to the process that it runs in
            place = place_of(boundary, forward=runtime.heading is Heading.FORWARD)
            outcome = Outcome(boundary, runtime.t + BEHIND_S, place)
            child.append((writing, outcome))
            loop.set_exception_handler(lambda _, what: mistakes.append(str(what)))
            loop.call_later(BEHIND_S, struck, runtime)
            return
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            found.append(json.loads(pipe.read()))
        os.wait()

    watched = _Watched(fork)
    try:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            result = runner.run(
                walk(
                    workout,
                    profile=profile,
                    record=known_machine(),
                    change_plan=brisk,
                    on_event=watched.see,
                    over=watched.over,
                )
            )
        if child:
            _outcome(child[0][1], result, watched)
    except BaseException as error:
        if not child:
            raise
        child[0][1].broken.append(f"{type(error).__name__}: {error}")
    finally:
        if child:
            child[0][1].broken += mistakes
            with os.fdopen(child[0][0], "wb") as pipe:
                pipe.write(json.dumps(asdict(child[0][1])).encode())
            os._exit(0)
    return found


@cache
def boundaries(course: str) -> tuple[str, ...]:
    """Return the boundaries of a healthy walk, in their order."""
    workout, profile = WALKS[course]
    watched = _Watched()
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(
            walk(
                workout,
                profile=profile,
                record=known_machine(),
                change_plan=brisk,
                on_event=watched.see,
                over=watched.over,
            )
        )
    return tuple(watched.passed)


# --- what it came to ------------------------------------------------------------------------------


def _outcome(outcome: Outcome, result: Walk, watched: _Watched) -> Outcome:
    from_t = outcome.struck_t - _HAIR_S
    outcome.end, outcome.end_t = list(result.end), _t(result.events[-1])
    outcome.faults = [str(each) for each in result.faults]
    outcome.said = [str(e["text"]) for e in result.events if "text" in e and _t(e) >= from_t]
    outcome.passed = watched.passed
    named = (_t(e) for e in result.events if "red key" in str(e.get("text")) and _t(e) >= from_t)
    outcome.red_key_t = next(named, None)
    after = [(t, kmh) for t, kmh in watched.belt if t >= from_t]
    outcome.highest_kmh = max((kmh for _, kmh in after), default=0.0)
    moved_t = outcome.moved_t = next((t for t, kmh in after if kmh > _STILL_KMH), None)
    if moved_t is not None:
        written = [(t, value[0]) for t, value in _written(result) if t >= moved_t - _HAIR_S]
        told = [(t, op) for t, op in written if op != REQUEST_CONTROL]
        outcome.commanded_t = next((t for t, _ in told), None)
        stops = [t for t, op in told if op == STOP]
        stands = [t for t, kmh in after if kmh <= _STILL_KMH and t >= moved_t]
        outcome.stopped_t = min([*stops, *stands], default=None)
    outcome.broken = list(_broken(outcome, result))
    return outcome


def _broken(outcome: Outcome, result: Walk) -> Iterator[str]:
    """Say what no walk may do, whatever befalls it."""
    _, _, _, belt_stopped = result.end
    if belt_stopped and result.speed_at_end_kmh > _STILL_KMH:
        yield f"said to stand, and runs at {result.speed_at_end_kmh:.2f} km/h"
    if belt_stopped is not True and not any("red key" in text for text in outcome.said):
        yield "not known to stand, and no word of the red key"
    readies = [_t(e) for e in result.events if e.get("step") == "countdown"]
    starts = [t for t, value in _written(result) if value[0] == START]
    for t in starts:
        given = [ready for ready in readies if t - _TOKEN_S <= ready <= t - 3.0 + 0.06]
        if not given:
            yield f"started at {t:.2f} s without READY"
        else:
            readies.remove(given[-1])
    phases = [e for e in result.events if e["event"] == "phase"]
    for t, value in _written(result):
        caps = [float(str(e["cap_kmh"])) for e in phases if _t(e) <= t + 0.06]
        kmh = int.from_bytes(value[1:3], "little") / 100
        if value[0] == SET_SPEED and (not caps or kmh > caps[-1]):
            yield f"told {kmh} km/h at {t:.2f} s, above the cap"
    if any(t > outcome.end_t + 0.06 for t, _ in _written(result)):
        yield "written behind the end"


def _written(result: Walk) -> list[tuple[float, bytes]]:
    return [(at_s - result.began_s, value) for at_s, _, value in result.writes]


def _t(event: Event) -> float:
    return float(str(event["t"]))
