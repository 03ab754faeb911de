"""The page's server: connections read by h11, each with one answer, and bounds that keep any small.

Nothing here waits for a viewer. One that reads slowly misses snapshots, of which only the last one
matters; one that reads nothing for 10 s is dropped.
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Mapping
from typing import Final, cast

import h11

from quarterturn.protocol import Object, Snapshot
from quarterturn.session.vocabulary import Event
from quarterturn.watching import watch
from quarterturn.web.board import Board
from quarterturn.web.site import HEADERS, Answer, Asked, Site, refusal

MOST_VIEWERS: Final = 16
"""The most that may follow a session at once."""
MOST_CONNECTIONS: Final = 64
"""The most connections at once, of viewers and of who asks for a file."""
MOST_ASKED: Final = 8192
"""The longest request, in octets."""
REQUEST_S: Final = 10.0
"""How long a request may take to come, and its answer to be read."""
MOST_UNREAD: Final = 256 * 1024
"""A viewer with so many octets unread is dropped; a plan of a thousand phases is less."""
UNREAD_S: Final = 10.0
"""A viewer that has something unread for so long is dropped."""
SIGN_OF_LIFE_S: Final = 1.0
"""The longest time between two views."""
# What the system holds back for a viewer is old when it is read at last.
_SEND_BUFFER: Final = 64 * 1024

_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


class Connection(asyncio.Protocol):
    """One connection, from its request to the end of the answer."""

    def __init__(self, server: "WebServer") -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_ASKED)
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._answered = False
        self._ignored = 0
        self._unread_since_s: float | None = None

    # --- asyncio.Protocol -------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take note of a new connection; one too many is closed."""
        self._transport = cast("asyncio.Transport", transport)
        if not self._server.joined(self):
            self._transport.abort()
            return
        peer: socket.socket = transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self._timer = self._loop.call_later(REQUEST_S, self._transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the connection has ended."""
        del exc
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        self._server.left(self)

    def data_received(self, data: bytes) -> None:
        """Read the request, once; what comes behind it is of no interest."""
        if self._answered:
            self._ignored += len(data)
            if self._ignored > MOST_ASKED and self._transport is not None:
                self._transport.abort()
            return
        try:
            self._http.receive_data(data)
            event = self._http.next_event()
        except h11.RemoteProtocolError as error:
            self._answer(refusal(error.error_status_hint, "This is no request that can be read."))
            return
        if isinstance(event, h11.Request):
            self._answer(self._server.answer(_asked(event)), head=event.method == b"HEAD")

    # --- what is answered -------------------------------------------------------------------------

    def _answer(self, answer: Answer, *, head: bool = False) -> None:
        self._answered = True
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.close()  # h11 has found that nothing can be answered
            return
        headers = [
            ("Content-Type", answer.content_type),
            *HEADERS,
            *answer.headers,
            ("Connection", "close"),
        ]
        if not answer.streams:
            headers.append(("Content-Length", str(len(answer.content))))
        self._send(h11.Response(status_code=answer.status, headers=headers))
        if answer.streams and not head:
            if self._timer is not None:
                self._timer.cancel()
            self._server.follows(self)
            return
        if answer.content and not head:
            self._send(h11.Data(data=answer.content))
        self._send(h11.EndOfMessage())
        # The rest of what is asked is let come: closed at once, the answer might not arrive.
        if self._transport is not None and self._transport.can_write_eof():
            self._transport.write_eof()

    def tell(self, content: bytes) -> None:
        """Have something sent to a viewer; one that leaves too much unread is dropped."""
        self._send(h11.Data(data=content))
        if self._transport is not None and self._unread > MOST_UNREAD:
            self._transport.abort()

    def keeps_up(self, now_s: float) -> bool:
        """Return whether all was read; drop a viewer that has not read for too long."""
        if not self._unread:
            self._unread_since_s = None
            return True
        if self._unread_since_s is None:
            self._unread_since_s = now_s
        elif now_s - self._unread_since_s >= UNREAD_S and self._transport is not None:
            self._transport.abort()
        return False

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()

    @property
    def _unread(self) -> int:
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def _send(self, event: h11.Event) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._http.send(event) or b"")


def _asked(request: h11.Request) -> Asked:
    headers = {name: value.decode("latin-1") for name, value in request.headers}
    return Asked(
        request.method.decode("latin-1"),
        request.target.decode("latin-1"),
        headers.get(b"host"),
        headers.get(b"authorization"),
    )


class WebServer:
    """All connections, and the audience of the bridge. Make it on a running loop."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._loop = asyncio.get_running_loop()
        self._board = Board()
        self._connections: set[Connection] = set()
        self._viewers: set[Connection] = set()
        self._due: asyncio.Handle | None = None
        self._life: asyncio.TimerHandle | None = None

    @property
    def viewers(self) -> int:
        """How many follow the session."""
        return len(self._viewers)

    # --- connections ------------------------------------------------------------------------------

    def joined(self, connection: Connection) -> bool:
        """Note a new connection; return whether there is room for it."""
        self._connections.add(connection)
        return len(self._connections) <= MOST_CONNECTIONS

    def left(self, connection: Connection) -> None:
        """Note that a connection has ended."""
        self._connections.discard(connection)
        self._viewers.discard(connection)

    def answer(self, asked: Asked) -> Answer:
        """Return what is answered to a request; only so many viewers get a stream."""
        answer = self._site.answer(asked)
        if answer.streams and len(self._viewers) >= MOST_VIEWERS:
            return refusal(503, f"{MOST_VIEWERS} follow this session already: close one of them.")
        return answer

    def follows(self, connection: Connection) -> None:
        """Tell a new viewer everything that is known."""
        self._viewers.add(connection)
        board = self._board
        for name, value in (("plan", board.plan_shown()), ("history", board.history())):
            connection.tell(_message(name, value))
        connection.tell(_message("view", board.view(self._loop.time())))

    def close(self) -> None:
        """Let all of them go."""
        for handle in (self._due, self._life):
            if handle is not None:
                handle.cancel()
        for connection in list(self._connections):
            connection.close()

    # --- what the bridge says: see `quarterturn.watching.Audience` ------------------------------

    def found(self, plan: Object | None, snapshot: Snapshot) -> None:
        """Show what a bridge is about."""
        self._board.found(plan, snapshot, self._loop.time())
        self._tell("plan", self._board.plan_shown())
        self._tell("history", self._board.history())
        self._show_soon()

    def planned(self, plan: Object | None) -> None:
        """Show what is going to be walked."""
        self._board.planned(plan)
        self._tell("plan", self._board.plan_shown())

    def snapshot(self, snapshot: Snapshot) -> None:
        """Show what is so now."""
        self._board.snapshot(snapshot, self._loop.time())
        self._show_soon()

    def event(self, event: Event) -> None:
        """Show what has happened."""
        if self._board.event(event, self._loop.time()):
            self._show_soon()
        if event.get("event") == "plan":
            self._tell("history", self._board.history())

    def note(self, text: str) -> None:
        """Show what a person should know."""
        self._board.note(text)
        self._show_soon()

    def lost(self, why: str) -> None:
        """Show that there is no bridge."""
        if self._board.lost(why):
            self._show_soon()

    # --- what viewers are told --------------------------------------------------------------------

    def _show_soon(self) -> None:
        """Show what is so when all that came in at once is taken in."""
        if self._due is None:
            self._due = self._loop.call_soon(self.show)

    def show(self) -> None:
        """Show every viewer that keeps up what is so now; at least once a second."""
        for handle in (self._due, self._life):
            if handle is not None:
                handle.cancel()
        self._due = None
        self._life = self._loop.call_later(SIGN_OF_LIFE_S, self.show)
        now_s = self._loop.time()
        message = _message("view", self._board.view(now_s))
        for viewer in list(self._viewers):
            if viewer.keeps_up(now_s):
                viewer.tell(message)

    def _tell(self, name: str, value: Mapping[str, object]) -> None:
        message = _message(name, value)
        for viewer in list(self._viewers):
            viewer.tell(message)


def _message(name: str, value: Mapping[str, object]) -> bytes:
    return f"event: {name}\ndata: {_encode(value)}\n\n".encode("ascii")


@contextlib.asynccontextmanager
async def serving(
    site: Site, host: str, port: int, *, name: str = "quarterturn web"
) -> AsyncIterator[tuple[WebServer, int]]:
    """Serve the page and watch the bridge while the context is open; yield the port, too.

    Raises:
        OSError: when nothing can listen there.

    """
    server = WebServer(site)
    listener = await asyncio.get_running_loop().create_server(
        lambda: Connection(server), host, port
    )
    try:
        async with asyncio.TaskGroup() as tasks:  # a mistake in it must not go unseen
            watching = tasks.create_task(watch(name, server))
            server.show()
            yield server, listener.sockets[0].getsockname()[1]
            watching.cancel()
    finally:
        listener.close()
        server.close()
