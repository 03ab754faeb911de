"""Walk for hours, with whatever may go wrong, and see that nothing adds up. On demand, not in CI.

    PYTHONPATH=tests python tests/soak/run.py virtual --hours 8      rehearsals, in virtual time
    PYTHONPATH=tests python tests/soak/run.py sockets --minutes 10 --bridges 6    real processes

Checked: no speed is raised above the cap of its phase; no task, thread or open file is left behind;
memory at the end is within 2 MB of that after the first tenth of the time. Linux alone: it reads
/proc. Exit code 1 where something is not so.
"""

import argparse
import asyncio
import contextlib
import gc
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from processes.program import BACKWARD
from processes.stand import PROGRAM, QUICK
from quarterturn.bridge.errand import Errand, encode_errand
from quarterturn.client import BridgeClient, connect
from quarterturn.exit_codes import NoBridgeError
from quarterturn.plan import PlanRefused
from quarterturn.plugins import load_simulator
from quarterturn.port import LinkError, RefusedError
from quarterturn.profiles import base_profile
from quarterturn.protocol import BridgeState
from quarterturn.rehearsal import Rehearsal
from quarterturn.session import Event, Intent

FLAT_MB = 2.0
WORKOUTS = ("circle", "backward-intervals", "mixed-walking", "side-steps", "forward-base")
PROFILES = ("home-beginner", "home-experienced", "clinic")


class Caps:
    """Finds speeds that were raised above the cap of the phase in which they were sent."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._phases: list[tuple[float, float]] = []
        self._sent: list[tuple[float, float]] = []

    def hear(self, event: Event) -> None:
        match event:
            case {"event": "plan"}:
                self._phases, self._sent = [], []
            case {"event": "phase", "t": float(t), "cap_kmh": float(cap)}:
                self._phases.append((t, cap))
            case {"event": "command", "command": "set_speed", "value": float(value)} if isinstance(
                sent_t := event["sent_t"], float
            ):
                cap = next((cap for t, cap in reversed(self._phases) if t <= sent_t), 0.0)
                before = next((it for t, it in reversed(self._sent) if t <= sent_t), 0.0)
                self._sent.append((sent_t, value))
                if value > cap and value > before:
                    self.found.append(f"{value} km/h above {cap} km/h: {event}")
            case _:
                pass


def memory_mb(pid: int | str = "self") -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(
        int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")
    )


# --- virtual time ---------------------------------------------------------------------------------


async def walk_for(hours: float, seed: int) -> Iterator[str]:
    chance, simulator, loop = random.Random(seed), load_simulator(), asyncio.get_running_loop()
    caps, wrong = Caps(), []
    walks = ends = 0
    memory: list[tuple[float, float]] = []
    while loop.time() < hours * 3600:
        faults = [
            (chance.choice(sorted(simulator.faults)), chance.uniform(10, 900))
            for _ in range(chance.randrange(3))
        ]
        quirks = chance.sample(sorted(simulator.quirks), chance.randrange(3))
        try:
            rehearsal = Rehearsal(
                chance.choice(WORKOUTS),
                profile=chance.choice(PROFILES),
                quirks=quirks,
                faults=faults,
                seed=chance.randrange(10**6),
            )
            end = await rehearsal.walk(caps.hear)
            ends += end["event"] == "end"
        except (PlanRefused, LinkError, RefusedError, TimeoutError):
            pass  # a machine that cannot be walked on
        walks += 1
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if left:
            wrong.append(f"left behind by {quirks} and {faults}: {left}")
        gc.collect()
        memory.append((loop.time(), memory_mb()))
    first = next(mb for at, mb in memory if at >= hours * 360)
    grown = memory[-1][1] - first
    print(
        f"{walks} walks ({ends} ended) in {loop.time() / 3600:.1f} h of virtual time;"
        f" memory {first:.1f} MB after a tenth of it, {memory[-1][1]:.1f} MB at the end"
    )
    if grown > FLAT_MB:
        wrong.append(f"memory grew by {grown:.1f} MB")
    return iter([*wrong, *caps.found])


def virtual(hours: float, seed: int) -> Iterator[str]:
    class Endless(type(load_simulator().new_event_loop())):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(limit_s=float("inf"))

    with asyncio.Runner(loop_factory=Endless) as runner:
        return runner.run(walk_for(hours, seed))


# --- sockets --------------------------------------------------------------------------------------


class Soaked:
    """One bridge in a process of its own, and the trouble that its clients make."""

    def __init__(self, home: Path, seed: int) -> None:
        self.home = home
        self.caps = Caps()
        self.walks = 0
        self.wrong: list[str] = []
        self._chance = random.Random(seed)
        self._screen: BridgeClient | None = None
        self._tasks: set[asyncio.Task[object]] = set()

    @property
    def _socket(self) -> Path:
        return self.home / "run" / "bridge.sock"

    def _do(self, doing: "asyncio._CoroutineLike[object]") -> None:
        task = asyncio.ensure_future(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda it: it.cancelled() or it.exception())

    def _hear(self, event: Event) -> None:
        self.caps.hear(event)
        if event.get("step") == "ready" and self._screen is not None:
            self._do(self._screen.ask(Intent.READY))

    async def run(self, minutes: float) -> None:
        loop = asyncio.get_running_loop()
        environment = {**os.environ, "QUARTERTURN_HOME": str(self.home)}
        command = [sys.executable, PROGRAM, "bridge", "--treadmill", f"ftms+sim://?{QUICK}"]
        with subprocess.Popen(command, env=environment) as process:
            try:
                end_s = loop.time() + minutes * 60
                tenth_s = loop.time() + minutes * 6
                first: tuple[float, int, int] | None = None
                while loop.time() < end_s:
                    await self._walk_once(end_s)
                    if first is None and loop.time() >= tenth_s:
                        first = await self._at_rest(process.pid)
                last = await self._at_rest(process.pid)
                if process.poll() is not None:
                    self.wrong.append(f"the bridge ended with {process.returncode}")
                elif first is not None:
                    self._compare(first, last)
            finally:
                process.terminate()

    async def _at_rest(self, pid: int) -> tuple[float, int, int]:
        """Count once the last walk is over: it has a journal open, and a thread for it."""
        state: BridgeState | None = None
        while state is not BridgeState.RESTING:
            await asyncio.sleep(1.0)
            async with connect("counter", socket=self._socket) as bridge:
                state = None if bridge.snapshot is None else bridge.snapshot.state
        await asyncio.sleep(1.0)
        counted = (len(list(Path(f"/proc/{pid}/{what}").iterdir())) for what in ("fd", "task"))
        return (memory_mb(pid), *counted)  # type: ignore[return-value]

    def _compare(self, first: tuple[float, int, int], last: tuple[float, int, int]) -> None:
        print(f"{self.walks} walks; memory, files, threads: {first} then {last}")
        if last[0] - first[0] > FLAT_MB:
            self.wrong.append(f"memory grew from {first[0]:.1f} to {last[0]:.1f} MB")
        if last[1:] != first[1:]:
            self.wrong.append(f"files or threads are left: {first[1:]}, then {last[1:]}")

    async def _walk_once(self, end_s: float) -> None:
        """Walk with a screen that does as it likes, and clients that behave badly."""
        loop = asyncio.get_running_loop()
        try:
            async with connect(
                "screen", supervise=True, socket=self._socket, on_event=self._hear
            ) as bridge:
                self._screen = bridge
                errand = Errand(BACKWARD, base_profile("home-experienced"), 2026)
                if not (await bridge.begin(encode_errand(errand))).accepted:
                    await asyncio.sleep(0.2)
                    return
                self.walks += 1
                over_s = min(end_s, loop.time() + self._chance.uniform(5.0, 120.0))
                while loop.time() < over_s and not bridge.lost.is_set():
                    await asyncio.sleep(self._chance.uniform(0.2, 3.0))
                    await self._make_trouble(bridge)
                    snapshot = bridge.snapshot
                    if snapshot is not None and snapshot.state is BridgeState.RESTING:
                        return
        except NoBridgeError:
            await asyncio.sleep(0.2)
        finally:
            self._screen = None

    async def _make_trouble(self, bridge: BridgeClient) -> None:
        match self._chance.randrange(8):
            case 0:
                self._do(bridge.ask(self._chance.choice(list(Intent))))
            case 1 | 2:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_unix_connection(self._socket)
                    writer.write(self._chance.randbytes(self._chance.randrange(1, 20_000)))
                    with contextlib.suppress(OSError):
                        await writer.drain()
                    writer.close()
            case 3 | 4:
                with contextlib.suppress(NoBridgeError):
                    async with connect("watcher", socket=self._socket):
                        await asyncio.sleep(self._chance.uniform(0.0, 1.0))
            case _:
                pass


async def sockets(minutes: float, bridges: int, seed: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="qt-soak-") as folder:
        soaked = [Soaked(Path(folder) / str(number), seed + number) for number in range(bridges)]
        for each in soaked:
            each.home.mkdir()
        await asyncio.gather(*(each.run(minutes) for each in soaked))
    print(f"{minutes * bridges / 60:.2f} h of real time, {sum(it.walks for it in soaked)} walks")
    return iter([wrong for each in soaked for wrong in (*each.wrong, *each.caps.found)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=["virtual", "sockets"])
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--bridges", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.kind == "virtual":
        wrong = list(virtual(options.hours, options.seed))
    else:
        wrong = list(asyncio.run(sockets(options.minutes, options.bridges, options.seed)))
    for each in wrong:
        print(f"WRONG: {each}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
