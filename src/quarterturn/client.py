"""A client of the bridge: for screens, and for whatever else shows a session or stops one.

``connect("watcher", on_event=print)`` is a context in which events are printed.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final, cast

from quarterturn import places
from quarterturn.exit_codes import NoBridgeError, SilentBridgeError
from quarterturn.places import data_folder, socket_path, token_path
from quarterturn.protocol import (
    HEARTBEAT_S,
    SIGN_OF_LIFE_S,
    VERSION,
    Alive,
    Answered,
    Ask,
    Begin,
    Farewell,
    Hello,
    LineBuffer,
    Message,
    Noted,
    Now,
    Object,
    Planned,
    ProtocolError,
    Request,
    ScreenLost,
    Snapshot,
    StopBelt,
    Supervise,
    Told,
    Welcome,
    encode_request,
    read_message,
    read_snapshot,
)
from quarterturn.session.vocabulary import Event, Intent

SILENCE_S: Final = 1.5
"""A bridge that says nothing for so long hangs, or is gone: three of its signs of life."""
WELCOME_S: Final = 5.0
"""How long the bridge may take to answer a hello."""


class BridgeClient(asyncio.Protocol):
    """One connection to the bridge; see `connect`.

    ``lost`` is set when the bridge is gone or has fallen silent, and ``why_lost`` says which.
    ``snapshot`` is the last one heard; ``plan`` what is walked, or was walked last, as
    `quarterturn.plan_sheet` shows it.
    """

    def __init__(
        self,
        *,
        on_event: Callable[[Event], None] | None,
        on_snapshot: Callable[[Snapshot], None] | None,
        on_note: Callable[[str], None] | None,
    ) -> None:
        self._on_event = on_event
        self._on_snapshot = on_snapshot
        self._on_note = on_note
        self._loop = asyncio.get_running_loop()
        self._lines = LineBuffer()
        self._transport: asyncio.Transport | None = None
        self._welcome: asyncio.Future[Welcome] = self._loop.create_future()
        self._answers: dict[int, asyncio.Future[Answered]] = {}
        self._ids = count(1)
        self._heard_s = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._alive: asyncio.TimerHandle | None = None
        self.lost = asyncio.Event()
        self.why_lost: str | None = None
        self.welcome: Welcome | None = None
        self.snapshot: Snapshot | None = None
        self.plan: Object | None = None

    # --- what is said ----------------------------------------------------------------------------

    async def hello(self, name: str, *, supervise: bool, token: str | None) -> Welcome:
        """Introduce this client. `connect` does it."""
        self._say(Hello(VERSION, name, supervise, token))
        async with asyncio.timeout(WELCOME_S):
            welcome = await self._welcome
        self.welcome = welcome
        self._watch_silence()
        if welcome.supervising:
            self._say_alive()
        return welcome

    async def begin(self, errand: Mapping[str, object]) -> Answered:
        """Have an errand walked; return once it has begun, or was refused.

        Raises:
            NoBridgeError: when the bridge is lost meanwhile.

        """
        return await self._ask(Begin(next(self._ids), errand))

    async def ask(self, intent: Intent) -> Answered:
        """Ask for something. Raise NoBridgeError when the bridge is lost meanwhile."""
        return await self._ask(Ask(next(self._ids), intent))

    async def stop(
        self, cause: str | None = None, *, ramp: bool = False, by: str = "walker"
    ) -> Answered:
        """Stop the belt. Raise NoBridgeError when the bridge is lost meanwhile."""
        return await self._ask(StopBelt(next(self._ids), ramp, cause, by))

    def stop_now(self, cause: str | None = None) -> None:
        """Stop the belt, and wait for no answer."""
        self._say(StopBelt(next(self._ids), cause=cause))

    async def supervise(self) -> Answered:
        """Ask to steer; signs of life are sent from then on."""
        answer = await self._ask(Supervise(next(self._ids)))
        if answer.accepted and self._alive is None:
            self._say_alive()
        return answer

    def screen_lost(self) -> None:
        """Say that nobody sees the screen any more."""
        if self._alive is not None:
            self._alive.cancel()
        self._say(ScreenLost())

    def kill(self) -> None:
        """End a bridge that hangs: it holds the treadmill that has to be stopped."""
        pid = 0 if self.welcome is None else self.welcome.pid
        if self._transport is not None and pid > 1:  # 0 and below would be many processes
            with contextlib.suppress(OSError, OverflowError):
                os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        """End the connection."""
        for timer in (self._timer, self._alive):
            if timer is not None:
                timer.cancel()
        if self._transport is not None:
            self._transport.close()

    def _say(self, request: Request) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(encode_request(request))

    async def _ask(self, request: Begin | Ask | StopBelt | Supervise) -> Answered:
        if self.lost.is_set():
            raise NoBridgeError(self.why_lost or "the bridge is gone")
        future: asyncio.Future[Answered] = self._loop.create_future()
        self._answers[request.id] = future
        self._say(request)
        return await future

    def _say_alive(self) -> None:
        self._say(Alive())
        self._alive = self._loop.call_later(HEARTBEAT_S, self._say_alive)

    # --- what is heard ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take note of the connection."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the bridge has gone."""
        del exc
        self._transport = None
        self._lose("the bridge is gone")

    def data_received(self, data: bytes) -> None:
        """Take in what the bridge says."""
        self._heard_s = self._loop.time()
        try:
            for line in self._lines.feed(data):
                self._hear(read_message(line))
        except ProtocolError as error:
            self._lose(f"the bridge says what cannot be understood: {error}")

    def _hear(self, message: Message) -> None:
        match message:
            case Told(event):
                if self._on_event is not None:
                    self._on_event(dict(event))
            case Now(snapshot):
                self._see(read_snapshot(snapshot))
            case Answered(id=number):
                future = self._answers.pop(number, None) if number is not None else None
                if future is not None and not future.done():
                    future.set_result(message)
            case Noted(text):
                if self._on_note is not None:
                    self._on_note(text)
            case Planned(plan):
                self.plan = plan
            case Welcome(snapshot=snapshot, plan=plan):
                self.plan = plan
                self._see(read_snapshot(snapshot))
                if not self._welcome.done():
                    self._welcome.set_result(message)
            case Farewell(text):
                self._lose(f"the bridge has closed the connection: {text}")

    def _see(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        if self._on_snapshot is not None:
            self._on_snapshot(snapshot)

    def _watch_silence(self) -> None:
        if self._loop.time() - self._heard_s >= SILENCE_S:
            self._lose(f"the bridge has said nothing for {SILENCE_S} s")
        else:
            self._timer = self._loop.call_later(SIGN_OF_LIFE_S / 2, self._watch_silence)

    def _lose(self, why: str) -> None:
        if self.why_lost is None:
            self.why_lost = why
            self.lost.set()
            error = NoBridgeError(why)
            waiting: list[asyncio.Future[Any]] = [self._welcome, *self._answers.values()]
            for future in waiting:
                if not future.done():
                    future.set_exception(error)
                    future.exception()  # whoever waits for it hears of it; nobody may


@contextlib.asynccontextmanager
async def connect(
    name: str,
    *,
    supervise: bool = False,
    socket: Path | None = None,
    on_event: Callable[[Event], None] | None = None,
    on_snapshot: Callable[[Snapshot], None] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> AsyncIterator[BridgeClient]:
    """Connect to the bridge of this user, or at another socket, while the context is open.

    Raises:
        NoBridgeError: when there is none, or it does not answer.

    """
    loop = asyncio.get_running_loop()

    def make() -> BridgeClient:
        return BridgeClient(on_event=on_event, on_snapshot=on_snapshot, on_note=on_note)

    token: str | None = None
    try:
        if places.LOOPBACK and socket is None:
            port, token = token_path().read_text(encoding="ascii").split()
            _, client = await loop.create_connection(make, "127.0.0.1", int(port))
        else:
            _, client = await loop.create_unix_connection(make, str(socket or socket_path()))
    except (FileNotFoundError, ConnectionRefusedError):
        raise NoBridgeError("no bridge runs") from None
    except (OSError, ValueError, OverflowError) as error:
        raise NoBridgeError(f"no bridge runs that can be met: {error}") from None
    try:
        try:
            await client.hello(name, supervise=supervise, token=token)
        except TimeoutError:
            raise SilentBridgeError("the bridge does not answer") from None
        yield client
    finally:
        client.close()


# --- a bridge of one's own ------------------------------------------------------------------------


def bridge_log() -> Path:
    """Return the file in which a bridge of one's own writes what it cannot tell a client."""
    return data_folder() / "bridge.log"


def start_bridge(arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Start a bridge as a child in a session of its own, where no Ctrl+C of ours reaches it.

    What it prints of mistakes of its own goes to ``bridge.log``: a terminal that stands still must
    not hold it up.

    Raises:
        OSError: when it cannot be started.

    """
    log_path = bridge_log()
    log_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [sys.executable, "-m", "quarterturn", "bridge", "--for-screen", *arguments]
    with log_path.open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - this very program
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            close_fds=True,
        )
