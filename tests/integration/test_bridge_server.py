"""The socket of the bridge: what anybody may say to it, and that it disturbs nobody else."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from integration.bridging import STOP, Machine, Raw, Screen, errand, raw, running, screen
from quarterturn import places
from quarterturn.bridge.process import Bridge
from quarterturn.bridge.server import MOST_CLIENTS, MOST_UNREAD
from quarterturn.client import connect
from quarterturn.exit_codes import NoBridgeError, UsageError
from quarterturn.places import runtime_folder, socket_path, token_path
from quarterturn.protocol import MAX_LINE, BridgeState


@pytest.fixture(autouse=True)
def _at_home(home: Path) -> None:
    del home


def now_s() -> float:
    return asyncio.get_running_loop().time()


# --- hello ----------------------------------------------------------------------------------------


async def test_who_says_no_hello_is_let_go_after_five_seconds() -> None:
    async with running(Machine().treadmill), raw() as client:
        began_s = now_s()
        assert await client.closed() == "no hello"
        assert now_s() - began_s == pytest.approx(5.0)


async def test_who_has_said_hello_may_be_silent_for_ever() -> None:
    async with running(Machine().treadmill), raw() as client:
        client.hello()
        assert await client.message("welcome")
        await asyncio.sleep(60.0)
        client.say({"request": "stop", "id": 1})
        assert (await client.message("answer"))["id"] == 1


@pytest.mark.parametrize("version", [0, 2])
async def test_another_version_of_the_protocol_is_turned_away_in_words(version: int) -> None:
    async with running(Machine().treadmill), raw() as client:
        client.hello(protocol=version)
        assert await client.closed() == f"protocol {version}: this bridge speaks 1"


async def test_nothing_is_done_before_a_hello() -> None:
    machine = Machine()
    async with running(machine.treadmill), raw() as client:
        client.say({"request": "begin", "id": 1, "errand": errand()})
        assert await client.closed() == "say hello first"
        await asyncio.sleep(1.0)
    assert machine.link.writes == []


async def test_one_hello_is_enough() -> None:
    async with running(Machine().treadmill), raw() as client:
        client.hello()
        client.hello()
        assert await client.closed() == "hello again"


async def test_keys_that_are_not_known_are_ignored_and_requests_that_are_not_are_answered() -> None:
    async with running(Machine().treadmill), raw() as client:
        client.hello(new="key")
        client.say({"request": "dance", "id": 4}, {"request": "stop", "id": 5, "new": True}, b"")
        answer = await client.message("answer")
        assert (answer["id"], answer["accepted"]) == (4, False)
        assert "no such request" in answer["text"]
        assert (await client.message("answer"))["id"] == 5


# --- floods ---------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def a_walk() -> AsyncIterator[tuple[Bridge, Screen]]:
    """Have somebody walk while others do what they like; they must not be disturbed by it."""
    machine = Machine()
    async with running(machine.treadmill) as bridge, screen(machine) as walker:
        await walker.client.begin(errand())
        await walker.walking("forward")
        yield bridge, walker
        await asyncio.sleep(3.0)
        assert not walker.client.lost.is_set()
        assert walker.of("fault") == []
        assert walker.now.state is BridgeState.WALKING
        assert walker.now.speed_kmh
        asked_s = now_s()
        assert (await walker.client.stop()).accepted
        assert (await walker.event("end"))["belt_stopped"] is True
        assert machine.sent(STOP)[-1] - asked_s <= 0.1


async def test_a_client_that_reads_nothing_is_dropped_and_holds_up_nobody() -> None:
    async with a_walk() as (bridge, walker):
        deaf = socket.socket(socket.AF_UNIX)
        deaf.setblocking(False)  # noqa: FBT003 - the standard library's
        deaf.connect(str(socket_path()))
        deaf.send(b'{"request":"hello","protocol":1,"name":"deaf"}\n')
        await walker.until(lambda: walker.now.clients == 2)
        assert bridge._server is not None
        (client,) = [each for each in bridge._server._clients if each.name == "deaf"]
        unread, began_s = 0, now_s()
        while client._transport is not None:
            unread = max(unread, client._transport.get_write_buffer_size())
            await asyncio.sleep(0.1)
            assert now_s() - began_s < 300.0
        assert MOST_UNREAD * 0.9 < unread <= MOST_UNREAD
        await walker.until(lambda: walker.now.clients == 1)
        deaf.close()


@pytest.mark.parametrize(
    "rubbish", [b"\x00\xff" * 50, b"GET / HTTP/1.1", b"[]", b"7", b'{"request":7}', b"{" * 5000]
)
async def test_who_says_only_rubbish_is_let_go(rubbish: bytes) -> None:
    async with a_walk(), raw() as client:
        client.hello()
        client.say(*[rubbish] * 15)
        for _ in range(10):
            assert not (await client.message("answer"))["accepted"]
        assert await client.closed() == "too many lines that are no request"


async def test_a_line_without_an_end_is_cut_off() -> None:
    async with a_walk(), raw() as client:
        client.hello()
        client.writer.write(b"x" * (MAX_LINE + 70_000))
        assert await client.closed() == f"a line is longer than {MAX_LINE} octets"


async def test_who_asks_too_much_is_let_go() -> None:
    async with a_walk(), raw() as client:
        client.hello()
        client.say(*[{"request": "alive"}] * 60)
        assert await client.closed() == "more than 50 requests in a second"


async def test_fifty_requests_in_a_second_are_not_too_many() -> None:
    async with running(Machine().treadmill), raw() as client:
        client.hello()
        for _ in range(5):
            client.say(*[{"request": "alive"}] * 50)
            await asyncio.sleep(1.01)
        client.say({"request": "supervise", "id": 9})
        assert (await client.message("answer"))["id"] == 9


async def test_a_stop_is_heard_however_much_was_asked_before() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker:
        await walker.client.begin(errand())
        await walker.walking("forward")
        async with raw() as client:
            client.hello()
            client.say(*[{"request": "alive"}] * 50)
            client.say(*[{"request": "stop", "id": number} for number in range(60)])
            assert (await client.message("answer"))["accepted"]
            assert (await walker.event("end"))["by"] == "another client"


async def test_the_65th_connection_takes_the_place_of_the_oldest_but_never_of_who_supervises() -> (
    None
):
    async with a_walk(), contextlib.AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(raw()) for _ in range(MOST_CLIENTS - 1)]
        await asyncio.sleep(0.1)
        late = await stack.enter_async_context(raw())
        late.hello()
        assert await late.message("welcome")
        assert await crowd[0].closed() == "too many clients: this one has been here longest"
        crowd[1].hello()
        assert await crowd[1].message("welcome")


async def test_a_flood_of_connections_leaves_room_for_a_stop() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker:
        await walker.client.begin(errand())
        await walker.walking("backward")
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(3 * MOST_CLIENTS):
                await stack.enter_async_context(raw())
            client = await stack.enter_async_context(raw())
            client.hello()
            client.say({"request": "stop", "id": 1})
            assert (await client.message("answer"))["accepted"]
        assert (await walker.event("end"))["by"] == "another client"


# --- where it is met ------------------------------------------------------------------------------


async def test_socket_and_folder_are_their_owners_alone() -> None:
    async with running(Machine().treadmill):
        assert socket_path().stat().st_mode & 0o777 == 0o600
        assert runtime_folder().stat().st_mode & 0o777 == 0o700
    assert not socket_path().exists()


async def test_a_second_bridge_is_refused_in_words_and_the_first_stays() -> None:
    async with running(Machine().treadmill):
        with pytest.raises(UsageError, match="a bridge runs already: `quarterturn status` shows"):
            async with running(Machine().treadmill):
                pass
        async with screen() as client:
            assert client.supervising
    async with running(Machine().treadmill), screen() as client:
        assert client.supervising


async def test_the_socket_of_a_bridge_that_died_is_replaced() -> None:
    runtime_folder().mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(socket_path()))
    (runtime_folder() / "bridge.lock").touch()
    with pytest.raises(NoBridgeError, match="no bridge runs"):
        async with connect("somebody"):
            pass
    async with running(Machine().treadmill), screen() as client:
        assert client.supervising


async def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    runtime_folder().parent.mkdir(parents=True)
    runtime_folder().symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="belongs to somebody else"):
        async with running(Machine().treadmill):
            pass


# --- without sockets that are files ---------------------------------------------------------------


@pytest.fixture
def _on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "LOOPBACK", True)


@contextlib.asynccontextmanager
async def on_loopback() -> AsyncIterator[Raw]:
    port, _ = token_path().read_text().split()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    try:
        yield Raw(reader, writer)
    finally:
        writer.close()


@pytest.mark.usefixtures("_on_loopback")
async def test_on_loopback_the_token_in_the_file_lets_a_client_in() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker:
        assert walker.supervising
        assert not socket_path().exists()
        assert token_path().stat().st_mode & 0o777 == 0o600
        await walker.client.begin(errand())
        await walker.walking("forward")
    assert not token_path().exists()


@pytest.mark.usefixtures("_on_loopback")
@pytest.mark.parametrize("token", [None, "", "x", "\ud800", "ä" * 43])
async def test_on_loopback_who_does_not_know_the_token_is_turned_away(token: str | None) -> None:
    async with running(Machine().treadmill), on_loopback() as client:
        client.hello(token=token)
        assert await client.closed() == "the token is not that of this bridge"


@pytest.mark.usefixtures("_on_loopback")
async def test_on_loopback_the_token_is_another_one_each_time() -> None:
    tokens = []
    for _ in range(2):
        async with running(Machine().treadmill):
            tokens.append(token_path().read_text().split()[1])
    assert tokens[0] != tokens[1]
    assert len(tokens[0]) >= 43


@pytest.mark.usefixtures("_on_loopback")
@pytest.mark.parametrize("content", [None, "", "4711", "no port", "1 token", "99999999 x"])
async def test_on_loopback_without_a_bridge_there_is_none(content: str | None) -> None:
    runtime_folder().mkdir(parents=True)
    if content is not None:
        token_path().write_text(content)
    with pytest.raises(NoBridgeError, match="no bridge runs"):
        async with connect("somebody"):
            pass
