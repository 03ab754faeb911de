"""``quarterturn demo``: who presses READY, what is said, and that nothing of it is left behind."""

import asyncio
import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from integration.bridging import Machine
from integration.commands import Cli
from quarterturn.client import BridgeClient
from quarterturn.commands.demo_walk import READY_AFTER_S, SimulatedWalker
from quarterturn.exit_codes import ExitCode, NoBridgeError, UsageError
from quarterturn.protocol import Answered
from quarterturn.session import Intent

# --- the simulated walker


@dataclass
class Asked:
    """In place of a client of the bridge."""

    lost: bool = False
    at_s: list[tuple[float, Intent]] = field(default_factory=list)

    async def ask(self, intent: Intent) -> Answered:
        if self.lost:
            raise NoBridgeError("gone")
        self.at_s.append((asyncio.get_running_loop().time(), intent))
        return Answered(1, accepted=True)


def walker(asked: Asked) -> tuple[SimulatedWalker, list[str]]:
    said: list[str] = []
    one = SimulatedWalker(Machine().treadmill, said.append)
    one.bridge = cast("BridgeClient", asked)
    return one, said


@pytest.mark.parametrize("kind", ["start", "turn"])
async def test_where_nobody_presses_ready_the_simulated_walker_does_and_says_so(kind: str) -> None:
    asked = Asked()
    one, said = walker(asked)
    one.see({"event": kind, "step": "ready"})
    await asyncio.sleep(60.0)
    assert asked.at_s == [(READY_AFTER_S, Intent.READY)]
    assert said == ["the simulated walker presses READY"]


@pytest.mark.parametrize(
    "then",
    [
        {"event": "turn", "step": "countdown"},
        {"event": "halt", "step": "slow"},
        {"event": "end", "reason": "stopped"},
    ],
)
async def test_a_visitor_who_presses_or_stops_is_not_interfered_with(then: dict[str, Any]) -> None:
    asked = Asked()
    one, said = walker(asked)
    one.see({"event": "turn", "step": "ready"})
    await asyncio.sleep(READY_AFTER_S - 0.1)
    one.see(then)
    await asyncio.sleep(60.0)
    assert (asked.at_s, said) == ([], [])


async def test_reports_do_not_keep_the_simulated_walker_from_pressing() -> None:
    asked = Asked()
    one, _ = walker(asked)
    one.see({"event": "turn", "step": "ready"})
    for _ in range(10):
        await asyncio.sleep(0.2)
        one.see({"event": "telemetry", "speed_kmh": 0.0})
    await asyncio.sleep(60.0)
    assert [at_s for at_s, _ in asked.at_s] == [READY_AFTER_S]


async def test_a_pause_is_the_visitors_to_end() -> None:
    asked = Asked()
    one, said = walker(asked)
    one.see({"event": "pause", "step": "ready"})
    await asyncio.sleep(60.0)
    assert (asked.at_s, said) == ([], [])


async def test_a_bridge_that_is_gone_is_told_of_elsewhere() -> None:
    one, said = walker(Asked(lost=True))
    one.see({"event": "turn", "step": "ready"})
    await asyncio.sleep(60.0)
    assert len(said) == 1


async def test_no_simulated_walker_stands_at_a_real_treadmill() -> None:
    with pytest.raises(UsageError, match="no simulated walker"):
        SimulatedWalker(Machine(real=True).treadmill, lambda _: None)


# --- the command


def test_a_workout_that_cannot_be_walked_is_said_before_anything_starts(
    cli: Cli, home: Path
) -> None:
    assert cli("demo", "--workout", "cirle").code == ExitCode.USAGE
    result = cli("demo", "--workout", "side-steps-crossover")
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert not home.exists()


class Demo:
    """A demonstration in a terminal of its own, in a folder for temporary files of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shown = b""
        self.person, program = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "quarterturn", "demo", "--plain"],
            stdin=program,
            stdout=program,
            stderr=program,
            env={**os.environ, "TMPDIR": str(folder)},
        )
        os.close(program)

    def until(self, so: str | None, within_s: float = 60.0) -> str:
        """Read until something is shown, or to the end."""
        deadline_s = time.perf_counter() + within_s
        while so is None or so.encode() not in self.shown:
            assert time.perf_counter() < deadline_s, self.shown.decode()
            if select.select([self.person], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self.person, 65536)
                except OSError:
                    break
        return self.shown.decode()

    def press(self, key: bytes) -> None:
        os.write(self.person, key)


@pytest.fixture
def demo(tmp_path: Path, home: Path) -> Iterator[Demo]:
    # Short, for the name of a socket: and no folder of pytest's is.
    with tempfile.TemporaryDirectory(prefix="qt-", dir="/tmp") as folder:
        one = Demo(Path(folder))
        try:
            yield one
        finally:
            with contextlib.suppress(OSError):
                one.process.kill()
            one.process.wait()
            os.close(one.person)


def test_space_stops_a_demonstration_and_nothing_is_left_behind(demo: Demo, home: Path) -> None:
    demo.until("settling at the start speed")
    stopped_s = time.perf_counter()
    demo.press(b" ")
    shown = demo.until(None)
    assert time.perf_counter() - stopped_s < 30.0
    assert demo.process.wait(10.0) == ExitCode.STOPPED
    assert "A demonstration on the simulated treadmill" in shown
    assert "the simulated walker presses READY" in shown
    assert "stopped by walker (key); the belt stands" in shown
    assert "quarterturn scan --save home" in shown
    assert "Journal" not in shown
    assert [*demo.folder.iterdir()] == []
    assert not home.exists()


@pytest.mark.exhaustive
def test_a_killed_screen_stops_a_paced_belt(demo: Demo) -> None:
    demo.until("settling at the start speed")
    demo.until("3.0 km/h")  # time runs sixty times as fast here, with the walker facing forward
    (home,) = demo.folder.iterdir()
    killed_s = time.perf_counter()
    demo.process.send_signal(signal.SIGKILL)
    while (home / "run" / "bridge.sock").exists():
        assert time.perf_counter() - killed_s < 60.0
        select.select([], [], [], 0.05)
    print(f"at rest {time.perf_counter() - killed_s:.1f} s after the kill")
    (journal,) = (home / "journals").iterdir()
    last = journal.read_text(encoding="utf-8")
    assert '"cause":"screen_lost","belt_stopped":true' in last


@pytest.mark.on_demand
def test_a_demonstration_is_seen_to_its_end(demo: Demo) -> None:
    shown = demo.until(None, within_s=240.0)
    assert demo.process.wait(10.0) == ExitCode.COMPLETED
    assert "Completed by plan; the belt stands; 5 stops; no fault." in shown
    assert len(re.findall("the simulated walker presses READY", shown)) == 5
    assert [*demo.folder.iterdir()] == []
