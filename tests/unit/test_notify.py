"""What the service manager hears, on a notify socket of the test's own."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notify_socket import NotifySocket
from quarterturn.bridge.notify import ServiceManager


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NotifySocket]:
    if request.param == "abstract" and sys.platform != "linux":
        pytest.skip("abstract names are Linux's")
    names = {"path": str(tmp_path / "notify"), "abstract": f"@quarterturn-{os.getpid()}"}
    listening = NotifySocket(names[request.param])
    yield listening
    listening.close()


Asked = Callable[..., ServiceManager]


@pytest.fixture
def asked(manager: NotifySocket) -> Iterator[Asked]:
    """Build what a process has whom this manager started."""
    made = []

    def ask(**more: str) -> ServiceManager:
        made.append(ServiceManager({"NOTIFY_SOCKET": manager.address, **more}))
        return made[-1]

    yield ask
    for service in made:
        service.close()


def test_each_message_is_one_datagram_in_the_words_of_sd_notify(
    manager: NotifySocket, asked: Asked
) -> None:
    service = asked()
    service.ready()
    service.status("walking backward\nat 2.0 km/h, 5 °")
    service.watchdog()
    service.stopping()
    assert manager.heard() == [
        "READY=1",
        "STATUS=walking backward at 2.0 km/h, 5 °",
        "WATCHDOG=1",
        "STOPPING=1",
    ]


def test_a_text_from_the_air_cannot_add_a_message(manager: NotifySocket, asked: Asked) -> None:
    asked().status("Mill\nMAINPID=1\r\udcff")
    assert manager.heard() == ["STATUS=Mill MAINPID=1 ?"]


async def test_the_watchdog_is_fed_twice_in_each_of_its_periods(
    manager: NotifySocket, asked: Asked
) -> None:
    service = asked(WATCHDOG_USEC="3000000", WATCHDOG_PID=str(os.getpid()))
    assert service.watchdog_s == 1.5
    with service.watching(asyncio.get_running_loop()):
        await asyncio.sleep(6.1)
        assert manager.heard() == ["WATCHDOG=1"] * 5


async def test_the_watchdog_is_fed_no_more_once_nobody_watches(
    manager: NotifySocket, asked: Asked
) -> None:
    service = asked(WATCHDOG_USEC="3000000")
    with service.watching(asyncio.get_running_loop()):
        await asyncio.sleep(1)
    manager.heard()
    await asyncio.sleep(60)
    assert manager.heard() == []


@pytest.mark.real_time
async def test_a_loop_that_hangs_feeds_nobody(manager: NotifySocket, asked: Asked) -> None:
    with asked(WATCHDOG_USEC="20000").watching(asyncio.get_running_loop()):
        assert manager.heard() == ["WATCHDOG=1"]
        threading.Event().wait(0.2)  # what hangs, for ten of its periods
        assert manager.heard() == []
        await asyncio.sleep(0.05)
        assert manager.heard()


@pytest.mark.parametrize("period", ["", "0", "-5", "soon", "1.5", "³"])
def test_a_period_that_is_none_wants_no_feeding(period: str) -> None:
    assert ServiceManager({"WATCHDOG_USEC": period}).watchdog_s is None


async def test_the_watchdog_of_another_process_is_not_fed(
    manager: NotifySocket, asked: Asked
) -> None:
    service = asked(WATCHDOG_USEC="3000000", WATCHDOG_PID=str(os.getpid() + 1))
    assert service.watchdog_s is None
    with service.watching(asyncio.get_running_loop()):
        await asyncio.sleep(10)
    assert manager.heard() == []


def test_no_child_takes_itself_for_the_service(manager: NotifySocket) -> None:
    environment = {
        "NOTIFY_SOCKET": manager.address,
        "WATCHDOG_USEC": "3000000",
        "WATCHDOG_PID": str(os.getpid()),
        "PATH": "/bin",
    }
    ServiceManager(environment).close()
    assert environment == {"PATH": "/bin"}


@pytest.mark.parametrize(
    "address", ["", "/nowhere/notify", "@nobody-listens", "vsock:2:1", "notify", "/a\0b", "/" * 200]
)
async def test_it_is_harmless_where_nobody_listens(address: str) -> None:
    service = ServiceManager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"})
    with service.watching(asyncio.get_running_loop()):
        service.ready()
        service.status("idle")
        await asyncio.sleep(2)
        service.stopping()
    service.close()
    service.ready()


def test_a_manager_that_stops_listening_holds_nobody_up(
    manager: NotifySocket, asked: Asked
) -> None:
    service = asked()
    for _ in range(10_000):  # more than any queue takes
        service.watchdog()
    assert 0 < len(manager.heard()) < 10_000
    manager.close()
    service.stopping()
