"""The bridge's socket: who is connected, what they say, and bounds that keep any from mattering.

Nothing here waits for a client. One that reads too slowly, says nothing sensible or says too much
is dropped; when there is no room, the one that has been there longest makes room, so that a stop
always gets in.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import IO, Final, Protocol, cast

from quarterturn import places
from quarterturn.bridge.paced_loop import Timer, wall_clock
from quarterturn.exit_codes import UsageError
from quarterturn.places import make_private, runtime_folder, socket_path, token_path
from quarterturn.protocol import (
    VERSION,
    Answered,
    Ask,
    Farewell,
    Hello,
    LineBuffer,
    Message,
    ProtocolError,
    Request,
    StopBelt,
    Welcome,
    encode_message,
    read_request,
)
from quarterturn.session.vocabulary import Intent

MOST_CLIENTS: Final = 64
"""The most clients at once."""
MOST_UNREAD: Final = 256 * 1024
"""A client with so many octets unread is dropped: snapshots and events of about a minute."""
MOST_A_SECOND: Final = 50
"""The most requests a second from one client; a stop is always heard."""
HELLO_S: Final = 5.0
"""How long a client may take to say hello."""
_MOST_MISTAKES = 10


class Handler(Protocol):
    """What the bridge makes of its clients."""

    def welcome(self, client: "Client", hello: Hello) -> Welcome:
        """Take a client in."""

    def request(self, client: "Client", request: Request) -> None:
        """Do what a client asks, and answer it."""

    def left(self, client: "Client") -> None:
        """Note that a client which was taken in is gone."""


class Client(asyncio.Protocol):
    """One connection. ``name`` is what it calls itself, None before it has said hello."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._clock = wall_clock(asyncio.get_running_loop())
        self._lines = LineBuffer()
        self._transport: asyncio.Transport | None = None
        self._mistakes = 0
        self._second_s = 0.0
        self._in_this_second = 0
        self._hello_timer: Timer | None = None
        self.name: str | None = None

    def say(self, message: Message) -> None:
        """Have a message sent; never wait."""
        self.say_line(encode_message(message))

    def say_line(self, line: bytes) -> None:
        """Have a line sent; a client that leaves too many unread is dropped."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(line)
        if transport.get_write_buffer_size() > MOST_UNREAD:
            transport.abort()

    def close(self, why: str) -> None:
        """Say why, and end the connection."""
        self.say(Farewell(why))
        if self._transport is not None:
            self._transport.close()

    # --- asyncio.Protocol -------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take note of a new connection."""
        self._transport = cast("asyncio.Transport", transport)
        self._hello_timer = self._clock.call_later(HELLO_S, self.close, "no hello")
        self._server.joined(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the connection has ended."""
        del exc
        self._transport = None
        if self._hello_timer is not None:
            self._hello_timer.cancel()
        self._server.left(self)

    def data_received(self, data: bytes) -> None:
        """Do what the lines in it ask for."""
        try:
            lines = self._lines.feed(data)
        except ProtocolError as error:
            self.close(str(error))
            return
        for line in lines:
            if self._transport is None or self._transport.is_closing():
                return
            if line.strip():
                self._line(line)

    def _line(self, line: bytes) -> None:
        try:
            request = read_request(line)
        except ProtocolError as error:
            self._mistakes += 1
            self.say(Answered(error.id, accepted=False, text=str(error)))
            if self._mistakes >= _MOST_MISTAKES:
                self.close("too many lines that are no request")
            return
        if isinstance(request, Hello):
            self._hello(request)
        elif self.name is None:
            self.close("say hello first")
        elif self._is_one_too_many(request):
            self.close(f"more than {MOST_A_SECOND} requests in a second")
        else:
            self._server.handler.request(self, request)

    def _hello(self, hello: Hello) -> None:
        if self.name is not None:
            self.close("hello again")
        elif hello.protocol != VERSION:
            self.close(f"protocol {hello.protocol}: this bridge speaks {VERSION}")
        elif not self._server.knows(hello.token):
            self.close("the token is not that of this bridge")
        else:
            self.name = hello.name[:64]
            if self._hello_timer is not None:
                self._hello_timer.cancel()
            self.say(self._server.handler.welcome(self, hello))

    def _is_one_too_many(self, request: Request) -> bool:
        now_s = self._clock.time()
        if now_s - self._second_s >= 1.0:
            self._second_s, self._in_this_second = now_s, 0
        self._in_this_second += 1
        if isinstance(request, StopBelt) or (
            isinstance(request, Ask) and request.intent is Intent.STOP
        ):
            return False
        return self._in_this_second > MOST_A_SECOND


class Server:
    """All connections. ``token`` None: whoever can open the socket may."""

    def __init__(self, handler: Handler, token: str | None = None) -> None:
        self.handler = handler
        self._token = token
        self._clients: dict[Client, None] = {}  # in the order in which they came
        self._keep: Client | None = None

    def keep(self, client: Client | None) -> None:
        """Never let this client make room for another."""
        self._keep = client

    @property
    def greeted(self) -> int:
        """How many clients there are."""
        return sum(client.name is not None for client in self._clients)

    def knows(self, token: str | None) -> bool:
        """Return whether a client has shown what it has to show."""
        import hmac  # this and the next only where sockets are no files

        return self._token is None or hmac.compare_digest(
            (token or "").encode(errors="replace"), self._token.encode()
        )

    def joined(self, client: Client) -> None:
        """Note a new connection, and make room for it."""
        self._clients[client] = None
        if len(self._clients) > MOST_CLIENTS:
            oldest = next(each for each in self._clients if each is not self._keep)
            oldest.close("too many clients: this one has been here longest")
            del self._clients[oldest]

    def left(self, client: Client) -> None:
        """Note that a connection has ended."""
        self._clients.pop(client, None)
        if client.name is not None:
            self.handler.left(client)

    def tell(self, message: Message) -> None:
        """Send a message to every client; it is encoded once."""
        line = encode_message(message)
        for client in list(self._clients):
            if client.name is not None:
                client.say_line(line)

    def close(self, why: str) -> None:
        """Let all of them go."""
        for client in list(self._clients):
            client.close(why)


# --- where it is met ------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def serving(make: Callable[[str | None], Server]) -> AsyncIterator[Server]:
    """Listen while the context is open: on a socket file, or where there are none, on loopback.

    Raises:
        UsageError: when a bridge listens there already.
        OSError: when nothing can listen there.

    """
    folder = runtime_folder()
    make_private(folder)
    with _locked(folder / "bridge.lock"):
        loop = asyncio.get_running_loop()
        if not places.LOOPBACK:
            server, listener, path = make(None), None, socket_path()
            path.unlink(missing_ok=True)  # of a bridge that died: the lock says that none lives
            mask = os.umask(0o177)
            try:
                listener = await loop.create_unix_server(lambda: Client(server), path)
            finally:
                os.umask(mask)
        else:
            import secrets

            token, path = secrets.token_urlsafe(32), token_path()
            server = make(token)
            listener = await loop.create_server(lambda: Client(server), "127.0.0.1", 0)
            port = listener.sockets[0].getsockname()[1]
            _write_privately(path, f"{port} {token}\n")
        try:
            yield server
        finally:
            listener.close()
            server.close("the bridge ends")
            path.unlink(missing_ok=True)
            await asyncio.sleep(0)  # the farewells go out


def _write_privately(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, however that ends."""
    with path.open("ab") as file:
        try:
            _lock(file)
        except OSError:
            raise UsageError(
                f"a bridge runs already: `quarterturn status` shows it, `quarterturn stop` stops"
                f" its belt (its lock is {path})"
            ) from None
        yield


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
