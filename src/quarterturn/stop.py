"""``quarterturn stop``: stop the belt, by the standard library alone.

It asks the bridge, and must neither wait for a library nor break with one. Where no bridge answers
and a session is on record that did not end, it says the one thing that is sure, and then stops the
belt by itself, for which it does need the rest of the program.
"""

import contextlib
import json
import os
import signal
import socket
import struct
import sys
import time
from typing import Final

from quarterturn import places
from quarterturn.exit_codes import ExitCode
from quarterturn.open_session import OpenSession, read_open_session
from quarterturn.places import socket_path, token_path

# What `quarterturn.protocol` calls Hello and StopBelt; a test holds the two together.
HELLO: Final = {"request": "hello", "protocol": 1, "name": "quarterturn stop"}
STOP: Final = {"request": "stop", "id": 1, "cause": "quarterturn stop"}

_ANSWERS_WITHIN_S = 2.0
_STANDS_WITHIN_S = 60.0
_QUEUE_AGAIN_S = 0.02
_RED_KEY = "Pull the red key on the machine."
_NOT_KNOWN = f"The belt is not known to stand. {_RED_KEY}"


class _Silence(Exception):  # noqa: N818 - it is what the bridge does
    """The bridge is there and says nothing."""


class _Line:
    """A connection that is read line by line, each within a time."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._rest = b""

    def read(self, deadline_s: float) -> dict[str, object] | None:
        """Return the next message, None when the bridge has closed."""
        while b"\n" not in self._rest:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                raise _Silence
            self._connection.settimeout(left_s)
            try:
                data = self._connection.recv(65536)
            except TimeoutError:
                raise _Silence from None
            except OSError:
                return None
            if not data:
                return None
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        message = json.loads(line)
        return message if isinstance(message, dict) else {}


def main(options: object = None) -> int:
    """Stop the belt; 0 when it stands, 5 when that is not known, 6 with nothing to stop."""
    orphaned = bool(getattr(options, "orphaned", False))
    try:
        connection = _connect(ask=not orphaned)
    except TimeoutError:
        print(f"The bridge does not answer. {_RED_KEY}", flush=True)
        return _without_bridge(said=True)
    except (OSError, ValueError, OverflowError):  # the last: a port that there is not
        return _without_bridge()
    with connection:
        if orphaned:
            print("There is nothing to stop that has no bridge: one runs.")
            return ExitCode.NOTHING
        try:
            return _ask(connection)
        except (_Silence, ValueError, RecursionError):
            print(f"The bridge does not answer. {_RED_KEY}", flush=True)
            _kill(connection)
    return _without_bridge(said=True)


def _connect(*, ask: bool) -> socket.socket:
    """Connect to the bridge, and ask it to stop the belt, or only see that there is one."""
    hello = dict(HELLO)
    if places.LOOPBACK:
        port, hello["token"] = token_path().read_text(encoding="ascii").split()
        connection = socket.create_connection(("127.0.0.1", int(port)), _ANSWERS_WITHIN_S)
    else:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(_ANSWERS_WITHIN_S)
        try:
            _queue_at(connection, str(socket_path()))
        except OSError:
            connection.close()
            raise
    if ask:
        lines = "".join(json.dumps(it) + "\n" for it in (hello, STOP))
        connection.sendall(lines.encode("ascii"))
    return connection


def _queue_at(connection: socket.socket, path: str) -> None:
    """Connect; where the queue is full the bridge hangs, or is flooded and will come to it."""
    deadline_s = time.monotonic() + _ANSWERS_WITHIN_S
    while True:
        try:
            return connection.connect(path)
        except BlockingIOError:
            if time.monotonic() >= deadline_s:
                raise TimeoutError from None
            time.sleep(_QUEUE_AGAIN_S)


def _ask(connection: socket.socket) -> int:
    line = _Line(connection)
    deadline_s = time.monotonic() + _ANSWERS_WITHIN_S
    while (message := line.read(deadline_s)) is not None:
        if message.get("message") == "answer":
            break
        if message.get("message") == "farewell":
            print(f"quarterturn: {message.get('text')}", file=sys.stderr)
    if message is None:
        raise _Silence
    if not message.get("accepted"):
        print(message.get("text"))
        session = read_open_session()
        if session is None or session.stands:
            return ExitCode.NOTHING
        print(_NOT_KNOWN)
        return ExitCode.FAULT
    print("Stop is sent.", flush=True)
    if message.get("text"):
        print(message["text"], flush=True)
    return _watch(line)


def _watch(line: _Line) -> int:
    """Follow what the bridge says until the belt stands."""
    stands: object = None
    deadline_s = time.monotonic() + _STANDS_WITHIN_S
    try:
        while (message := line.read(deadline_s)) is not None:
            match message:
                case {"message": "event", "event": {"event": "end", "belt_stopped": it}}:
                    stands = it
                    break
                case {"message": "snapshot", "snapshot": {"state": state, "belt_may_move": False}}:
                    if state == "resting":  # and no end before it: nothing had begun
                        print("No walk is under way any more.")
                        return ExitCode.COMPLETED
                    if state == "recovering":
                        stands = True
                        break
    except _Silence:
        pass
    if stands is True:
        print("The belt stands.")
        return ExitCode.COMPLETED
    print(_NOT_KNOWN)
    return ExitCode.FAULT


def _kill(connection: socket.socket) -> None:
    """End a bridge that hangs: it holds the treadmill that has to be stopped."""
    if not hasattr(socket, "SO_PEERCRED"):
        return
    size = struct.calcsize("3i")
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    pid, uid, _ = struct.unpack("3i", found)
    if uid == os.getuid() and pid > 1:
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            os.kill(pid, signal.SIGKILL)


def _without_bridge(*, said: bool = False) -> int:
    session = read_open_session()
    if session is None or session.stands:
        if said:
            print("It has been ended. No session on a real treadmill was open.")
            return ExitCode.FAULT
        print("There is nothing to stop: no bridge runs, and no session is open on record.")
        return ExitCode.NOTHING
    if not said:
        print(f"{session.in_words()} {_RED_KEY}", flush=True)
    if session.treadmill is None:
        return ExitCode.FAULT
    return _stop_once(session, session.treadmill)


def _stop_once(session: OpenSession, url: str) -> int:
    """Stop the belt without a bridge, with all that this takes."""
    import asyncio

    from quarterturn.bridge.event_loop import BeltLoop
    from quarterturn.bridge.stop_once import stop_once
    from quarterturn.errors import explain
    from quarterturn.lines import LineRenderer
    from quarterturn.opening import open_treadmill

    renderer = LineRenderer(shapes=False)

    def show(event: dict[str, object]) -> None:
        text = renderer.render(event)
        if text is not None:
            print(text, flush=True)

    print("Meanwhile the treadmill is looked for, to stop it.", flush=True)
    try:
        with asyncio.Runner(loop_factory=BeltLoop) as runner:
            stands = runner.run(stop_once(open_treadmill(url), show, why=session.in_words()))
    except Exception as error:  # noqa: BLE001 - whatever it was, the red key has been said
        words = explain(error)
        print(repr(error) if words is None else words[0], file=sys.stderr)
        stands = False
    if not stands:
        print(_NOT_KNOWN)
        return ExitCode.FAULT
    print("The belt stands.")
    return ExitCode.COMPLETED


if __name__ == "__main__":
    sys.exit(main())
