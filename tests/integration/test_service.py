"""The bridge as a service: what a process says to whoever started it, and when it falls silent."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integration.commands import process
from notify_socket import NotifySocket, Service
from quarterturn.bridge.errand import Errand, encode_errand
from quarterturn.client import BridgeClient, connect
from quarterturn.open_session import OpenSession, read_open_session, write_open_session
from quarterturn.profiles import base_profile
from quarterturn.protocol import IN_WORDS, BridgeState
from quarterturn.session import Intent
from quarterturn.workout.files import load_workout
from service_unit import command_of

pytestmark = pytest.mark.usefixtures("home")

SIMULATED = "ftms+sim://"
WATCHDOG_S = 0.4


@pytest.fixture
def manager() -> Iterator[NotifySocket]:
    listening = NotifySocket(f"@quarterturn-test-{os.getpid()}")
    yield listening
    listening.close()


Start = Callable[[], Service]


@pytest.fixture
def start(manager: NotifySocket) -> Start:
    return lambda: Service(manager, ["bridge", "--treadmill", SIMULATED], WATCHDOG_S)


def status(state: BridgeState) -> str:
    return f"STATUS={IN_WORDS[state]}"


async def with_client(do: Callable[[BridgeClient], object]) -> object:
    async with connect("test", supervise=True) as bridge:
        return do(bridge)


def test_ready_is_said_once_and_then_clients_can_come(manager: NotifySocket, start: Start) -> None:
    with start() as service:
        before = manager.until("READY=1")
        assert "READY=1" not in before[:-1]
        assert asyncio.run(with_client(lambda bridge: bridge.welcome is not None))
        service.process.terminate()
        assert service.ended() == 0
    assert "READY=1" not in manager.heard()


def test_a_second_bridge_is_never_ready_and_not_started_again(
    manager: NotifySocket, start: Start
) -> None:
    with start():
        manager.until("READY=1")
        with start() as second:
            assert second.ended() == 2  # RestartPreventExitStatus= of the unit
        assert "READY=1" not in manager.heard()
        # What the unit runs behind it finds nothing that is its own to stop.
        stopped = process(*command_of("ExecStopPost", "home"))
        assert stopped.returncode == 6
        assert "one runs" in stopped.stdout


def test_the_watchdog_is_fed_for_as_long_as_the_process_runs_and_no_longer(
    manager: NotifySocket, start: Start
) -> None:
    with start() as service:
        manager.until("READY=1")
        for _ in range(4):
            assert manager.next(within_s=5.0) == "WATCHDOG=1"
        service.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, service.process.pid, os.WSTOPPED)
        manager.heard()
        assert manager.next(within_s=3 * WATCHDOG_S) is None
        service.process.send_signal(signal.SIGCONT)
        assert manager.next(within_s=5.0) == "WATCHDOG=1"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_bridge_that_is_told_to_end_says_so_and_ends_well(
    number: signal.Signals, manager: NotifySocket, start: Start
) -> None:
    with start() as service:
        manager.until("READY=1")
        service.process.send_signal(number)
        manager.until("STOPPING=1")
        assert service.ended() == 0


def test_a_bridge_that_was_started_for_a_screen_is_no_service(manager: NotifySocket) -> None:
    command = ["bridge", "--for-screen", "--treadmill", SIMULATED]
    with Service(manager, command, WATCHDOG_S) as child:

        async def come_and_go() -> None:
            async with asyncio.timeout(20):
                came = False
                while not came:
                    await asyncio.sleep(0.05)
                    with contextlib.suppress(ConnectionError):
                        came = bool(await with_client(lambda _: True))

        asyncio.run(come_and_go())
        assert child.ended() == 0
    assert manager.heard() == []


def test_what_is_started_again_behind_an_open_session_resumes_nothing(
    manager: NotifySocket, start: Start, home: Path
) -> None:
    write_open_session(OpenSession(SIMULATED, workout="circle", began="2026-01-01T10:00:00"))
    errand = encode_errand(Errand(load_workout("circle"), base_profile("home-beginner"), 2026))

    async def try_everything() -> list[bool]:
        async with connect("test", supervise=True) as bridge:
            answers = [
                await bridge.begin(errand),
                *[await bridge.ask(it) for it in (Intent.READY, Intent.RESUME, Intent.ARM)],
            ]
            await asyncio.sleep(1.0)
            assert bridge.snapshot is not None
            assert bridge.snapshot.state is BridgeState.RECOVERING
            assert not bridge.snapshot.speed_kmh
            assert not bridge.snapshot.commanded_kmh
            return [answer.accepted for answer in answers]

    for _ in range(2):  # nor when it is killed, and started once more
        with start() as service:
            manager.until(status(BridgeState.RECOVERING))
            assert asyncio.run(try_everything()) == [False] * 4
            service.process.kill()
            service.ended()
    assert read_open_session() is not None
