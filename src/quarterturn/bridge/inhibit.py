"""Keep the computer awake while the belt moves: a child process holds the system's lock.

The child ends with the pipe on its stdin, and the lock with the child: when the pipe is closed to
release it, and when this process is gone, however it went.
"""

import asyncio
import contextlib
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from typing import Final

# The lid has a lock of its own: logind is not kept from it by that against sleep.
_LOGIND: Final = (
    "systemd-inhibit",
    "--what=sleep:idle:handle-lid-switch",
    "--who=Quarterturn",
    "--why=A treadmill is moving.",
    "--mode=block",
    "cat",
)
_MACOS: Final = ("caffeinate", "-is", "cat")
_CLOSE_S: Final = 1.0


def system_command() -> Sequence[str] | None:
    """Return the command that holds this system's lock until its stdin ends; None without one."""
    if sys.platform == "linux":
        return _LOGIND
    if sys.platform == "darwin":
        return _MACOS
    return None


class SleepInhibitor:
    """Holds the lock against sleep between ``hold`` and ``release``, neither of which waits.

    Where it cannot be had, ``on_trouble`` is told the reason, once and not again, and nothing else
    happens. ``command`` holds the lock until its stdin ends. Use it on a running loop.
    """

    def __init__(
        self, on_trouble: Callable[[str], None], command: Sequence[str] | None = None
    ) -> None:
        self._on_trouble: Callable[[str], None] | None = on_trouble
        self._command = command or system_command()
        self._released: asyncio.Event | None = None
        self._keeping: set[asyncio.Task[None]] = set()

    def hold(self) -> None:
        """Keep the computer from sleeping; harmless when it is held already."""
        if self._released is None:
            self._released = asyncio.Event()
            keeping = asyncio.get_running_loop().create_task(self._keep(self._released))
            self._keeping.add(keeping)
            keeping.add_done_callback(self._keeping.discard)

    def release(self) -> None:
        """Let the computer sleep again; harmless when it may."""
        if self._released is not None:
            self._released.set()
            self._released = None

    async def close(self) -> None:
        """Release, and wait up to a second for the child; then it is killed."""
        self.release()
        if self._keeping:
            _, still_there = await asyncio.wait(self._keeping, timeout=_CLOSE_S)
            for keeping in still_there:
                keeping.cancel()
            await asyncio.gather(*still_there, return_exceptions=True)

    async def _keep(self, released: asyncio.Event) -> None:
        if self._command is None:
            self._tell("there is no way to do so on this system")
            return
        try:
            # A session of its own: Ctrl+C in the terminal is for the bridge, which stops the belt.
            child = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=DEVNULL, stderr=PIPE, start_new_session=True
            )
        except OSError as error:
            self._tell(f"{self._command[0]}: {error.strerror}")
            return
        said = await _until(child, released)
        if not released.is_set():
            self._tell(f"{self._command[0]}: {said or f'ended with {child.returncode}'}")

    def _tell(self, reason: str) -> None:
        on_trouble, self._on_trouble = self._on_trouble, None
        if on_trouble is not None:
            on_trouble(f"the computer may fall asleep while the belt moves: {reason}")


async def _until(child: Process, released: asyncio.Event) -> str:
    """Keep the child until then, or until it ends by itself; return its last words."""
    if child.stdin is None or child.stderr is None:
        raise ValueError("a child without its pipes")
    ended = asyncio.ensure_future(child.stderr.read())
    release = asyncio.ensure_future(released.wait())
    try:
        await asyncio.wait((ended, release), return_when=asyncio.FIRST_COMPLETED)
        child.stdin.close()
        said = await ended
        await child.wait()
    finally:
        release.cancel()
        ended.cancel()
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            child.stdin.close()
    return " ".join(said.decode(errors="replace").split())
