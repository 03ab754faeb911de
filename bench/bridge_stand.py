"""A bridge in a process of its own for the bench, and the client that supervises it."""

import asyncio
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from processes.program import BACKWARD, phase
from quarterturn.bridge.errand import Errand, encode_errand
from quarterturn.client import BridgeClient, connect
from quarterturn.exit_codes import NoBridgeError
from quarterturn.model import Heading, PhaseKind
from quarterturn.profiles import base_profile
from quarterturn.session import Event, Intent
from quarterturn.workout.phases import Block, Workout

PROCESS = str(Path(__file__).with_name("bridge_process.py"))
QUICK = "ftms+sim://?countdown=0&spin_up=0&latency=0&rate=4&record=simulated"
FAST = 15.0
FORWARD = Workout(
    "Forward",
    "",
    phase(PhaseKind.WARM_UP, Heading.FORWARD, 60.0, 1.0),
    (Block((phase(PhaseKind.WALK, Heading.FORWARD, 60.0, 1.0),)),),
    phase(PhaseKind.COOL_DOWN, Heading.FORWARD, 5.0, 1.0),
)
FOUR_KMH = Workout(
    "Backward",
    "",
    phase(PhaseKind.WARM_UP, Heading.FORWARD, 5.0, 1.0),
    (Block((phase(PhaseKind.WALK, Heading.BACKWARD, 120.0, 4.0),)),),
    phase(PhaseKind.COOL_DOWN, Heading.FORWARD, 5.0, 1.0),
)


def errand(workout: Workout = BACKWARD) -> dict[str, object]:
    return encode_errand(Errand(workout, base_profile("home-experienced"), 2026))


def shown(name: str, seconds: Sequence[float]) -> None:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(
        f"{name}: median {statistics.median(ordered) * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms,"
        f" longest {ordered[-1] * 1e3:.1f} ms, of {len(ordered)}",
        flush=True,
    )


# --- a bridge in a process of its own -----------------------------------------------------------


class Bench:
    """A bridge whose link is listened to, and the client that supervises it."""

    def __init__(self, home: Path, process: "subprocess.Popen[bytes]") -> None:
        self.home = home
        self.process = process
        self.events: list[Event] = []
        self.written: list[tuple[str, float]] = []
        self._changed = asyncio.Event()
        self.bridge: BridgeClient | None = None
        self.readies = True
        self.rate = FAST

    def run_at(self, rate: float) -> None:
        """Have the bridge's clock run so fast."""
        os.kill(self.process.pid, signal.SIGUSR1 if rate == 1.0 else signal.SIGUSR2)
        self.rate = rate

    def hear(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()
        if event.get("step") == "ready" and self.readies and self.bridge is not None:
            self._asked = asyncio.ensure_future(self.bridge.ask(Intent.READY))

    def listen(self) -> None:
        assert self.process.stdout is not None
        loop, rest = asyncio.get_running_loop(), [b""]
        fd = self.process.stdout.fileno()

        def readable() -> None:
            data = os.read(fd, 65536)
            if not data:
                loop.remove_reader(fd)
            *lines, rest[0] = (rest[0] + data).split(b"\n")
            for line in lines:
                kind, at_s, *_ = line.decode().split()
                self.written.append((kind, float(at_s)))
            self._changed.set()

        loop.add_reader(fd, readable)

    async def until(self, is_so: Callable[[], object], within_s: float = 300.0) -> None:
        async with asyncio.timeout(within_s):
            while not is_so():
                self._changed.clear()
                await self._changed.wait()

    def last(self, key: str) -> object:
        return next((it[key] for it in reversed(self.events) if key in it), None)

    def first_written(self, since_s: float, *kinds: str) -> float | None:
        return next((at for kind, at in self.written if at >= since_s and kind in kinds), None)


@contextlib.asynccontextmanager
async def bridge(url: str, *arguments: str) -> AsyncIterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="qt-bench-") as folder:
        environment = {**os.environ, "QUARTERTURN_HOME": folder}
        command = [sys.executable, PROCESS, url, *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            bench = Bench(Path(folder), process)
            bench.listen()
            try:
                socket = Path(folder) / "run" / "bridge.sock"
                async with contextlib.AsyncExitStack() as stack:
                    while bench.bridge is None:
                        with contextlib.suppress(NoBridgeError):
                            bench.bridge = await stack.enter_async_context(
                                connect("bench", supervise=True, socket=socket, on_event=bench.hear)
                            )
                        await asyncio.sleep(0.05)
                    yield bench
            finally:
                process.kill()
