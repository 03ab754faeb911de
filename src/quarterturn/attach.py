"""The bridge for a walk: the one that runs already, or a child of our own."""

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from quarterturn.client import BridgeClient, bridge_log, connect, start_bridge
from quarterturn.exit_codes import NoBridgeError, UsageError
from quarterturn.opening import Treadmill
from quarterturn.protocol import Snapshot
from quarterturn.session import Event

_NAME = "quarterturn run"
STARTS_WITHIN_S: Final = 20.0
"""How long a bridge that was started may take before clients can come."""
_LOOK_AGAIN_S = 0.05
# A bridge that has nothing left to do ends at once; whoever waits longer is told nothing new.
_ENDS_WITHIN_S = 5.0


@contextlib.asynccontextmanager
async def attach(
    treadmill: Treadmill,
    *,
    on_event: Callable[[Event], None],
    on_snapshot: Callable[[Snapshot], None],
    on_note: Callable[[str], None],
    paced: bool = False,
) -> AsyncIterator[BridgeClient]:
    """Supervise the bridge of this treadmill while the context is open; start it where none runs.

    ``paced``: one that is started lets time run, for a demonstration.

    Raises:
        UsageError: when a bridge runs for another treadmill, or for somebody else.
        NoBridgeError: when it does not start, or does not answer.

    """
    url = str(treadmill.url)
    child: subprocess.Popen[bytes] | None = None
    async with contextlib.AsyncExitStack() as stack:

        async def reach() -> BridgeClient:
            return await stack.enter_async_context(
                connect(
                    _NAME,
                    supervise=True,
                    on_event=on_event,
                    on_snapshot=on_snapshot,
                    on_note=on_note,
                )
            )

        try:
            bridge = await reach()
        except NoBridgeError:
            child = start_bridge(["--treadmill", url, *(["--paced"] if paced else [])])
            # In a thread: whoever shows the walk goes on showing how it ended.
            stack.push_async_callback(asyncio.to_thread, _wait_for, child)
            bridge = await _reach_child(child, reach)
        _check(bridge, url)
        yield bridge


async def _reach_child(
    child: "subprocess.Popen[bytes]", reach: Callable[[], Awaitable[BridgeClient]]
) -> BridgeClient:
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + STARTS_WITHIN_S
    while True:
        try:
            return await reach()
        except NoBridgeError as error:
            code = child.poll()
            if code is not None:
                words = bridge_log().read_text(encoding="utf-8", errors="replace").strip()
                why = words or f"it ended with code {code}"
                raise NoBridgeError(f"the bridge does not start: {why}") from None
            if loop.time() >= deadline_s:
                child.kill()
                raise NoBridgeError(f"the bridge does not start: {error}") from None
        await asyncio.sleep(_LOOK_AGAIN_S)


def _check(bridge: BridgeClient, url: str) -> None:
    welcome, snapshot = bridge.welcome, bridge.snapshot
    if welcome is None or snapshot is None:
        raise NoBridgeError("the bridge did not say what it is")
    if snapshot.treadmill != url:
        raise UsageError(
            f"a bridge (process {welcome.pid}) owns another treadmill, {snapshot.treadmill}:"
            f" walk on that one, or end it first"
        )
    if not welcome.supervising:
        raise UsageError(f"the bridge (process {welcome.pid}): {welcome.text}")


def _wait_for(child: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(_ENDS_WITHIN_S)
