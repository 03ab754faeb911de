"""What the bridge promises, measured on real processes and real sockets.

    python bench/bridge.py [ticks] [stops] [shell] [screen-killed] [bridge-killed] [cost]

`ticks`   how late the control tick is while the screen computes for 1 s and its terminal does not
          read for 5 s; beside a walk whose screen shares its loop, and beside a bare sleeper
`stops`   from STOP on the socket to the Stop at the link: 1,000 presses at random moments of a
          walk, with reports at 4 Hz and fifty clients that watch
`shell`   the same from `quarterturn stop`, process start included
`screen-killed`  in a backward phase at 4.0 km/h, on the default machine
`bridge-killed`  with the treadmill in a process of its own, over a virtual radio
`cost`    memory and processor of a bridge at 4 Hz, and its cold import

Linux alone: it reads /proc.
"""

import asyncio
import contextlib
import json
import os
import pty
import random
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bridge_stand import FAST, FORWARD, FOUR_KMH, QUICK, Bench, bridge, errand, shown

from processes.stand import Stand
from quarterturn.bridge.runtime import Runtime
from quarterturn.client import connect
from quarterturn.opening import open_treadmill
from quarterturn.plan import make_plan
from quarterturn.profiles import base_profile
from quarterturn.protocol import HEARTBEAT_S, Alive
from quarterturn.session import Event, Intent

PRESSES, WATCHERS, FROM_A_SHELL = 1000, 50, 30


# --- ticks ----------------------------------------------------------------------------------------

BUSY_S, STALLED_S, EACH_S = 1.0, 5.0, 10.0


def lateness(ticks: Sequence[float]) -> list[float]:
    """Return how much later than 0.1 s after the one before each tick came."""
    gaps = [after - before - 0.1 for before, after in zip(ticks, ticks[1:], strict=False)]
    return [max(0.0, gap) for gap in gaps if gap < 5.0]


def ticks_of(journal: Path) -> list[float]:
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    return [at for line in lines if line.get("kind") == "ticks" for at in line["at"]]


class Sleeper(threading.Thread):
    """A bare sleeper in this process: how late the system itself wakes anybody."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.late: list[float] = []
        self.done = False

    def run(self) -> None:
        while not self.done:
            due_s = time.monotonic() + 0.1
            select.select([], [], [], 0.1)
            self.late.append(max(0.0, time.monotonic() - due_s))


async def ticks() -> None:
    with tempfile.TemporaryDirectory(prefix="qt-bench-") as folder:
        stand = Stand(Path(folder))
        sleeper = Sleeper()
        async with stand.walk(f"{QUICK}"):
            # In a phase: where READY is awaited, nothing is due for longer than a tick.
            await stand.until_backward()
            began_s = time.monotonic()
            sleeper.start()
            assert stand.screen is not None
            # A screen that computes: the process is held for 1 s and then goes on, at 2 s and 5 s.
            for _ in range(2):
                await asyncio.sleep(2.0)
                os.kill(stand.screen.pid, signal.SIGSTOP)
                await asyncio.sleep(BUSY_S * 0.95)
                os.kill(stand.screen.pid, signal.SIGCONT)
            stand.stop_reading()
            await asyncio.sleep(STALLED_S)
            ended_s = time.monotonic()
            sleeper.done = True
            stand.press(b" ")
            await stand.until(lambda: stand.named("end"), "the end")
        own = ticks_of(stand.journal)
    own = [at for at in own if began_s <= at <= ended_s]
    shown(
        "control tick in the bridge, screen held for 1 s twice, terminal still for 5 s",
        lateness(own),
    )
    shown("a bare sleeper in the same run", sleeper.late)
    shown("control tick in the loop of a screen that computes for 1 s twice", await one_loop(busy))
    shown(
        "control tick in the loop of a screen whose terminal is still for 5 s",
        await one_loop(still),
    )


async def busy(_loop: asyncio.AbstractEventLoop) -> None:
    for _ in range(2):
        await asyncio.sleep(2.0)
        end_s = time.monotonic() + BUSY_S
        while time.monotonic() < end_s:
            pass


async def still(loop: asyncio.AbstractEventLoop) -> None:
    """Write a screen of 4 KB ten times a second into a terminal that nobody reads for 5 s."""
    person, program = pty.openpty()

    def read_later() -> None:
        time_to_read = loop.time() + STALLED_S
        while time.monotonic() < time_to_read:
            select.select([], [], [], 0.1)
        with contextlib.suppress(OSError):
            while os.read(person, 65536):
                pass

    reader = threading.Thread(target=read_later, daemon=True)
    reader.start()
    for _ in range(20):
        os.write(program, b"x" * 4096)
        await asyncio.sleep(0.1)
    os.close(program)
    reader.join()
    os.close(person)


async def one_loop(trouble: Callable[[asyncio.AbstractEventLoop], object]) -> list[float]:
    """Walk with session, driver and trouble on one loop, as programs of this kind do."""
    treadmill = open_treadmill(QUICK)
    lines: list[dict[str, object]] = []
    moving = asyncio.Event()

    def on_event(event: Event) -> None:
        if event.get("step") == "ready":
            asyncio.get_running_loop().call_soon(runtime.intent, Intent.READY)
        if event["event"] == "telemetry" and event["speed_kmh"]:
            moving.set()

    runtime = Runtime(
        treadmill.open_driver,
        treadmill.record,
        on_event=on_event,
        record=lambda line: lines.append(dict(line)),
    )
    capabilities = await runtime.connect()
    plan = make_plan(FORWARD, base_profile("home-experienced"), capabilities, year=2026)
    walking = asyncio.create_task(runtime.walk(plan, capabilities))
    await moving.wait()
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    await trouble(loop)  # type: ignore[misc]
    ended_s = loop.time()
    runtime.stop("bench")
    await walking
    await runtime.close()
    found = [at for line in lines if line.get("kind") == "ticks" for at in line["at"]]  # type: ignore[attr-defined]
    return lateness([at for at in found if began_s <= at <= ended_s])


# --- stops ----------------------------------------------------------------------------------------


async def watch(socket: Path) -> "asyncio.subprocess.Process":
    """Have fifty clients watch, in a process of their own."""
    words = (
        "import asyncio, sys\n"
        "async def watch():\n"
        "    r, w = await asyncio.open_unix_connection(sys.argv[1])\n"
        '    w.write(b\'{"request":"hello","protocol":1,"name":"watcher"}\\n\')\n'
        "    while await r.read(65536): pass\n"
        "async def main():\n"
        "    await asyncio.gather(*(watch() for _ in range(int(sys.argv[2]))))\n"
        "asyncio.run(main())\n"
    )
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", words, str(socket), str(WATCHERS)
    )


async def press(bench: Bench, chance: random.Random, how: Callable[[], object]) -> float:
    """Walk to a random moment, stop there, and return how long the Stop took to the link."""
    assert bench.bridge is not None
    bench.events.clear()
    bench.run_at(FAST)
    while not (begun := await bench.bridge.begin(errand())).accepted:
        assert begun.text == "a session is under way", begun  # the one before is put away
        await asyncio.sleep(0.02)
    await asyncio.sleep(chance.uniform(0.0, 1.0))
    moves = False
    while not moves:  # in a turn there is nothing to stop
        await bench.until(lambda: bench.last("speed_kmh"))
        bench.run_at(1.0)
        await asyncio.sleep(0.1 + chance.uniform(0.0, 0.25))
        moves = bool(bench.last("speed_kmh"))
        if not moves:
            bench.run_at(FAST)
    pressed_s = time.monotonic()
    how()
    await bench.until(lambda: bench.first_written(pressed_s, "stop"), 2.0)
    took_s = (bench.first_written(pressed_s, "stop") or 0.0) - pressed_s
    bench.run_at(FAST)
    await bench.until(lambda: bench.last("event") == "end")
    return took_s


async def keep_alive(bench: Bench) -> None:
    """Say at the pace of the bridge's clock that the screen is there."""
    while True:
        assert bench.bridge is not None
        bench.bridge._say(Alive())
        await asyncio.sleep(HEARTBEAT_S / bench.rate)


async def stops() -> None:
    chance = random.Random(1)
    async with bridge(QUICK, str(FAST)) as bench:
        assert bench.bridge is not None
        alive = asyncio.create_task(keep_alive(bench))
        watchers = await watch(bench.home / "run" / "bridge.sock")
        found: list[float] = []
        missed = 0
        while len(found) < PRESSES:
            try:
                found.append(await press(bench, chance, bench.bridge.stop_now))
                if len(found) % 100 == 0:
                    shown("STOP on the socket to the Stop at the link, so far", found)
            except TimeoutError:
                missed += 1  # the belt had come to a stop for a turn: there was nothing to stop
                bench.run_at(FAST)
                await bench.until(lambda: bench.last("event") == "end")
            await asyncio.sleep(0.02)
        snapshot = bench.bridge.snapshot
        print(
            f"{snapshot.clients if snapshot else 0} clients; {missed} presses while the belt stood"
        )
        shown("STOP on the socket to the Stop at the link", found)
        alive.cancel()
        watchers.kill()
        await watchers.wait()


async def shell() -> None:
    chance = random.Random(2)
    async with bridge(QUICK, str(FAST)) as bench:
        alive = asyncio.create_task(keep_alive(bench))
        environment = {**os.environ, "QUARTERTURN_HOME": str(bench.home)}
        command = [str(Path(sys.executable).with_name("quarterturn")), "stop"]
        found: list[float] = []

        def stop() -> None:
            children.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL))

        children: list[subprocess.Popen[bytes]] = []
        while len(found) < FROM_A_SHELL:
            with contextlib.suppress(TimeoutError):
                found.append(await press(bench, chance, stop))
            for child in children:
                await asyncio.to_thread(child.wait)
            children.clear()
        shown("`quarterturn stop` to the Stop at the link, its start included", found)
        began_s = time.monotonic()
        for _ in range(10):
            subprocess.run([sys.executable, "-c", "import argparse, json, socket"], check=True)
        each_s = (time.monotonic() - began_s) / 10
        print(
            f"python itself with argparse, json and socket, in the same run: {each_s * 1e3:.0f} ms"
        )
        alive.cancel()


# --- kills ----------------------------------------------------------------------------------------


async def screen_killed() -> None:
    """Kill a screen in a process of its own that walks backward at 4.0 km/h."""
    async with bridge("ftms+sim://") as bench:
        assert bench.bridge is not None
        script = (
            "import asyncio, json, sys\n"
            "from pathlib import Path\n"
            "from quarterturn.client import connect\n"
            "from quarterturn.session import Intent\n"
            "async def main():\n"
            "    tasks = []\n"
            "    def hear(event):\n"
            "        if event.get('step') == 'ready':\n"
            "            tasks.append(asyncio.ensure_future(b.ask(Intent.READY)))\n"
            "    at = Path(sys.argv[1])\n"
            "    async with connect('screen', supervise=True, socket=at, on_event=hear) as b:\n"
            "        print(await b.begin(json.loads(sys.argv[2])), flush=True)\n"
            "        await asyncio.Event().wait()\n"
            "asyncio.run(main())\n"
        )
        bench.readies = False
        bench.bridge.close()
        socket = bench.home / "run" / "bridge.sock"
        await asyncio.sleep(0.5)
        async with connect("watcher", socket=socket, on_event=bench.hear):
            screen = await asyncio.create_subprocess_exec(
                *(
                    sys.executable,
                    "-c",
                    script,
                    str(socket),
                    json.dumps(errand(FOUR_KMH), default=dict),
                )
            )
            await bench.until(
                lambda: bench.last("heading") == "backward" and bench.last("speed_kmh") == 4.0
            )
            killed_s = time.monotonic()
            screen.kill()
            await bench.until(lambda: bench.first_written(killed_s, "speed", "stop"))
            first_s = bench.first_written(killed_s, "speed", "stop") or 0.0
            await bench.until(lambda: bench.last("speed_kmh") == 0.0)
            stood_s = time.monotonic()
            print(
                f"screen killed backward at 4.0 km/h: the ramp begins {first_s - killed_s:.3f} s"
                f" later, the belt reports 0 after {stood_s - killed_s:.2f} s"
            )
            await bench.until(lambda: bench.last("event") == "end")
            print(f"  and the session ends: {bench.events[-1]}")
            await screen.wait()


async def bridge_killed() -> None:
    for _ in range(3):
        await kill_a_bridge()


async def kill_a_bridge() -> None:
    with tempfile.TemporaryDirectory(prefix="qt-bench-") as folder:
        stand = Stand(Path(folder))
        async with stand.far_end() as (url, _), stand.walk(url):
            await stand.until(lambda: stand.speed_kmh, "the belt moves")
            killed_s = time.monotonic()
            os.kill(stand.bridge_pid, signal.SIGKILL)
            stand.far.clear()
            await stand.until(lambda: any(it.get("state") == "stopped" for it in stand.far), "Stop")
            took_s = time.monotonic() - killed_s
            print(f"bridge killed: the treadmill has the Stop {took_s:.2f} s later")


# --- cost -----------------------------------------------------------------------------------------


async def cost() -> None:
    async with bridge(QUICK) as bench:
        assert bench.bridge is not None
        begun = await bench.bridge.begin(errand(FOUR_KMH))
        assert begun.accepted
        await bench.until(lambda: bench.last("speed_kmh"))
        pid = bench.process.pid

        def spent_s() -> float:
            words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

        before_s, began_s = spent_s(), time.monotonic()
        await asyncio.sleep(60.0)
        share = (spent_s() - before_s) / (time.monotonic() - began_s)
        status = Path(f"/proc/{pid}/status").read_text()
        sizes = {
            name: int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]
            for name in ("VmRSS", "RssAnon")
        }
        print(
            f"a bridge in a walk with reports at 4 Hz, the simulated treadmill in it: {share:.1%}"
            f" of a core, {sizes['VmRSS']:.0f} MB resident ({sizes['RssAnon']:.0f} MB its own)"
        )
        bench.bridge.stop_now()
    starts = {
        "nothing": "pass",
        "asyncio": "import asyncio",
        "the bridge": "import quarterturn.bridge.process",
    }
    found: dict[str, list[float]] = {name: [] for name in starts}
    # As installed: compiled once, whatever the shell at hand says of that.
    environment = {name: v for name, v in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run([sys.executable, "-c", starts["the bridge"]], check=True, env=environment)
    for _ in range(15):
        for name, words in starts.items():
            began_s = time.monotonic()
            subprocess.run([sys.executable, "-c", words], check=True, env=environment)
            found[name].append(time.monotonic() - began_s)
    least = {name: min(each) for name, each in found.items()}
    for name in ("asyncio", "the bridge"):
        print(
            f"cold import of {name}: {(least[name] - least['nothing']) * 1e3:.0f} ms (least of 15)"
        )


ALL = {
    "ticks": ticks,
    "stops": stops,
    "shell": shell,
    "screen-killed": screen_killed,
    "bridge-killed": bridge_killed,
    "cost": cost,
}


def main() -> None:
    for name in sys.argv[1:] or ALL:
        print(f"# {name}", flush=True)
        asyncio.run(ALL[name]())


if __name__ == "__main__":
    main()
