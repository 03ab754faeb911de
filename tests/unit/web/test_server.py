"""The server on the wire: golden requests and answers, what is no request, and the bounds."""

import asyncio
import contextlib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.web_viewing import FOLLOW, TOKEN, viewer
from quarterturn.web import server as web
from quarterturn.web.server import MOST_ASKED, MOST_VIEWERS, REQUEST_S, UNREAD_S, serving
from quarterturn.web.site import Site
from quarterturn_simulator.clock import VirtualTimeLoop


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))


async def answered(port: int, request: bytes) -> bytes:
    async with viewer(port, request) as one:
        return await one.reader.read()


def running() -> "contextlib.AbstractAsyncContextManager[tuple[web.WebServer, int]]":
    return serving(Site(TOKEN), "127.0.0.1", 0)


GOLDEN = """HTTP/1.1 {status}\r
Content-Type: text/plain; charset=utf-8\r
Cache-Control: no-store\r
Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
require-trusted-types-for 'script'; trusted-types 'none'\r
Cross-Origin-Opener-Policy: same-origin\r
Cross-Origin-Resource-Policy: same-origin\r
Permissions-Policy: camera=(), geolocation=(), microphone=()\r
Referrer-Policy: no-referrer\r
X-Content-Type-Options: nosniff\r
X-Frame-Options: DENY\r
{more}Connection: close\r
Content-Length: {length}\r
\r
{words}
"""


@pytest.mark.parametrize(
    ("request_line", "status", "more", "words"),
    [
        (
            "GET /stream",
            "401 ",
            "WWW-Authenticate: Bearer\r\n",
            "The token is missing or wrong: open the whole address quarterturn web shows.",
        ),
        (
            "POST /stream",
            "405 ",
            "Allow: GET, HEAD\r\n",
            "This page only shows a session. Nothing can be asked of it.",
        ),
        ("GET /start", "404 ", "", "There is nothing here. The page is at /."),
    ],
)
async def test_a_golden_request_has_a_golden_answer(
    request_line: str, status: str, more: str, words: str
) -> None:
    request = f"{request_line} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    expected = GOLDEN.format(status=status, more=more, length=len(words) + 1, words=words)
    async with running() as (_, port):
        answer = (await answered(port, request)).decode()
    assert answer == expected


async def test_a_file_comes_whole_and_its_head_without_it() -> None:
    async with running() as (_, port):
        whole = await answered(port, b"GET /page.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head = await answered(port, b"HEAD /page.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert whole.startswith(head)
    assert head.endswith(b"\r\n\r\n")
    assert (
        whole.removeprefix(head)
        == Path(web.__file__).with_name("page").joinpath("page.js").read_bytes()
    )


async def test_a_request_may_come_octet_by_octet() -> None:
    async with running() as (_, port), viewer(port, b"") as one:
        for octet in b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n":
            one.writer.write(bytes([octet]))
            await asyncio.sleep(0.01)
        assert (await one.head()).startswith("HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",  # no Host
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nA b: c\r\n\r\n",
        b"GET / XTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * MOST_ASKED,
    ],
)
async def test_what_is_no_request_is_refused_in_words(request_: bytes) -> None:
    async with running() as (_, port):
        answer = await answered(port, request_)
    assert answer.startswith(b"HTTP/1.1 4")
    assert answer.endswith(b"This is no request that can be read.\n")


@settings(max_examples=40)
@given(st.lists(st.binary(max_size=200), max_size=5))
def test_whatever_comes_the_next_one_is_answered(pieces: list[bytes]) -> None:
    async def feed() -> None:
        async with running() as (_, port):
            async with viewer(port, b"") as one:
                for piece in pieces:
                    one.writer.write(piece)
                    await asyncio.sleep(0.001)
            request = b"GET /icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n"
            assert (await answered(port, request)).startswith(b"HTTP/1.1 200 ")

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(feed())


async def test_a_request_that_does_not_come_to_an_end_is_let_go() -> None:
    loop = asyncio.get_running_loop()
    async with running() as (_, port), viewer(port, b"GET / HT") as one:
        since_s = loop.time()
        with contextlib.suppress(ConnectionError):
            assert await one.reader.read() == b""
        assert loop.time() - since_s == pytest.approx(REQUEST_S, abs=0.5)


# --- viewers --------------------------------------------------------------------------------------


async def test_who_follows_is_told_everything_and_then_once_a_second_at_least() -> None:
    async with running() as (_, port), viewer(port) as one:
        assert "content-type: text/event-stream" in (await one.head()).lower()
        names = [(await one.message())[0] for _ in range(3)]
        assert names == ["plan", "history", "view"]
        views = [(await one.message())[1] for _ in range(5)]
        times = [view["sent_s"] for view in views]
        assert all(0 < later - before <= 1.01 for before, later in pairwise(times))
        assert views[-1]["bridge"] == "no bridge runs"
        assert views[-1]["session"] is False


async def test_there_is_room_for_so_many_viewers_and_again_when_one_has_gone() -> None:
    async with running() as (server, port), contextlib.AsyncExitStack() as stack:
        for _ in range(MOST_VIEWERS - 1):
            await (await stack.enter_async_context(viewer(port))).head()
        async with viewer(port) as last:
            await last.head()
            assert server.viewers == MOST_VIEWERS
            assert (await answered(port, FOLLOW)).startswith(b"HTTP/1.1 503 ")
        await asyncio.sleep(1.0)
        async with viewer(port) as another:
            assert (await another.head()).startswith("HTTP/1.1 200 ")


class Transport:
    """A transport whose other end reads nothing."""

    def __init__(self) -> None:
        self.unread = 0
        self.aborted = False

    def get_extra_info(self, _name: str) -> "Transport":
        return self

    def setsockopt(self, *_: int) -> None:
        pass

    def is_closing(self) -> bool:
        return self.aborted

    def write(self, data: bytes) -> None:
        self.unread += len(data)

    def get_write_buffer_size(self) -> int:
        return self.unread

    def can_write_eof(self) -> bool:
        return False

    def abort(self) -> None:
        self.aborted = True

    close = abort


def follows(server: web.WebServer) -> Transport:
    transport = Transport()
    connection = web.Connection(server)
    connection.connection_made(transport)  # type: ignore[arg-type]
    connection.data_received(FOLLOW)
    return transport


async def test_a_viewer_that_does_not_keep_up_is_told_nothing_and_dropped_in_time() -> None:
    server = web.WebServer(Site(TOKEN))
    transport = follows(server)
    told = transport.unread
    for _ in range(int(UNREAD_S)):
        server.show()
        assert (transport.unread, transport.aborted) == (told, False)
        await asyncio.sleep(1.0)
    server.show()
    assert transport.aborted
    server.close()


async def test_a_viewer_that_leaves_too_much_unread_is_dropped() -> None:
    server = web.WebServer(Site(TOKEN))
    transport = follows(server)
    for _ in range(10_000):
        server.planned(None)
    assert transport.aborted
    assert transport.unread <= web.MOST_UNREAD + 200
    server.close()


async def test_one_connection_too_many_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MOST_CONNECTIONS", 1)
    server = web.WebServer(Site(TOKEN))
    assert not follows(server).aborted
    late = Transport()
    web.Connection(server).connection_made(late)  # type: ignore[arg-type]
    assert late.aborted
    server.close()
