"""An event loop whose time jumps to the next deadline instead of sleeping.

Sleeping 450 s takes no time at all; waiting for what can never happen is an error, not a hang. Real
file descriptors (sockets, the pipe of ``call_soon_threadsafe``) are polled before every jump.
Work in threads is not waited for: the loop cannot know that a thread will answer.
"""

import asyncio
import selectors

# No session is longer; a test that forgot to end is noticed within a few seconds.
LIMIT_S = 6 * 3600.0


class DeadlockError(RuntimeError):
    """Nothing is scheduled and nobody is left to wake the loop, or virtual time ran out."""


class _JumpingSelector(selectors.DefaultSelector):
    """Advances ``now_s`` where another selector would sleep."""

    def __init__(self, limit_s: float) -> None:
        super().__init__()
        self.now_s = 0.0
        self._limit_s = limit_s

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or timeout == 0:
            return events
        if timeout is None:
            raise DeadlockError(f"every task waits and nothing is scheduled{_waiting()}")
        self.now_s += timeout
        if self.now_s > self._limit_s:
            raise DeadlockError(f"still busy after {self._limit_s:g} s of virtual time{_waiting()}")
        return events


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A selector event loop that starts at 0 s and runs as fast as its callbacks allow.

    ``limit_s`` ends what would never end: a treadmill that reports once a second keeps the loop
    supplied with deadlines, so that a lost task would otherwise spin and not be noticed.

    Raises:
        DeadlockError: out of ``run_forever`` and ``run_until_complete``; the message names the
            waiting tasks and where each of them waits.

    """

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self._virtual = _JumpingSelector(limit_s)
        super().__init__(self._virtual)

    def time(self) -> float:
        """Return the virtual time in seconds since the loop was made."""
        return self._virtual.now_s


def _waiting() -> str:
    lines = []
    for task in asyncio.all_tasks():
        where = "".join(
            f", {frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"
            for frame in task.get_stack(limit=1)
        )
        lines.append(f"\n  {task.get_name()}{where}")
    return ":" + "".join(sorted(lines)) if lines else ""
