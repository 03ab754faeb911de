"""The unit as it ships, with a service manager of our own: a bridge that hangs in a walk."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from notify_socket import PATIENCE_S, NotifySocket, Service
from quarterturn.bridge.errand import Errand, encode_errand
from quarterturn.client import connect
from quarterturn.open_session import read_open_session
from quarterturn.profiles import base_profile
from quarterturn.protocol import IN_WORDS, BridgeState
from quarterturn.session import Event, Intent
from quarterturn.workout.files import load_workout
from service_unit import command_of

WATCHDOG_S = 1.0


class Mill:
    """A treadmill in the air, and what it says happened to it."""

    def __init__(self) -> None:
        command = ["simulate", "--radio", "tcp:127.0.0.1:0", "--name", "Mill", "--json"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "quarterturn", *command], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        radio = json.loads(self.process.stdout.readline())["radio"]
        self.url = f"ftms+ble://Mill?hci={radio.replace('tcp:', 'tcp-client:')}"
        self.events: list[dict[str, object]] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            with self._changed:
                self.events.append(json.loads(line))
                self._changed.notify_all()

    def states(self) -> list[object]:
        return [event["state"] for event in self.events if event["event"] == "state"]

    def comes_to(self, state: str) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.states()[-1:] == [state], PATIENCE_S)

    def hears_client(self, number: int) -> bool:
        def is_there() -> bool:
            clients = [it["client"] for it in self.events if it["event"] == "client_connected"]
            return number in clients

        with self._changed:
            return self._changed.wait_for(is_there, PATIENCE_S)

    def close(self) -> None:
        self.process.terminate()
        self._reader.join(PATIENCE_S)
        self.process.communicate()


@pytest.fixture
def mill() -> Iterator[Mill]:
    mill = Mill()
    yield mill
    mill.close()


@pytest.fixture
def manager() -> Iterator[NotifySocket]:
    listening = NotifySocket(f"@quarterturn-test-{os.getpid()}")
    yield listening
    listening.close()


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program of our own in the place of the system's; its lock is a file."""
    folder, lock = tmp_path / "bin", tmp_path / "lock"
    folder.mkdir()
    program = folder / "systemd-inhibit"
    program.write_text(f"#!/bin/sh\ntouch {lock}\ncat\nrm {lock}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return lock


async def walk_until_the_belt_moves() -> None:
    """Give READY, as the one who stands at the machine would."""
    moves = asyncio.Event()

    def hear(event: Event) -> None:
        if event["event"] == "telemetry" and event["speed_kmh"]:
            moves.set()

    errand = Errand(load_workout("circle"), base_profile("home-beginner"), 2026)
    async with asyncio.timeout(PATIENCE_S), connect("test", supervise=True, on_event=hear) as it:
        begun = await it.begin(encode_errand(errand))
        assert begun.accepted, begun.text
        while not (await it.ask(Intent.READY)).accepted:  # noqa: ASYNC110 - once it stands
            await asyncio.sleep(0.2)
        await moves.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
def test_a_bridge_that_hangs_in_a_walk_is_killed_and_the_belt_stopped_once_behind_it(
    mill: Mill,
    manager: NotifySocket,
    lock: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    start, stop = command_of("ExecStart", mill.url), command_of("ExecStopPost", mill.url)
    with Service(manager, start, WATCHDOG_S) as service:
        manager.until("READY=1")
        assert not lock.exists()
        asyncio.run(walk_until_the_belt_moves())
        assert lock.exists()
        service.process.send_signal(signal.SIGSTOP)
        while manager.next(within_s=2 * WATCHDOG_S) is not None:
            pass
        assert mill.states() == ["running"]  # it runs on: nobody has told it anything
        service.process.send_signal(signal.SIGABRT)  # as systemd does; who is stopped does not hear
        service.process.kill()
        assert service.ended() == -signal.SIGKILL
    stopped = subprocess.run(
        [sys.executable, "-m", "quarterturn", *stop], capture_output=True, text=True, check=False
    )
    assert "red key" in stopped.stdout.splitlines()[0]
    assert stopped.stdout.splitlines()[-1] == "The belt stands."
    assert stopped.returncode == 0
    assert mill.comes_to("stopped")
    assert not lock.exists()
    with Service(manager, start, WATCHDOG_S):
        manager.until(f"STATUS={IN_WORDS[BridgeState.RECOVERING]}")
        manager.until("WATCHDOG=1")
        assert mill.hears_client(3)
    assert mill.states().count("running") == 1
    assert read_open_session() is not None  # a person has still to acknowledge it
