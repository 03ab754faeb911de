"""An event loop whose clock is set by what it plays."""

import asyncio
import selectors
from collections.abc import Callable

OnIdle = Callable[[float | None], None]


class PlayedLoop(asyncio.SelectorEventLoop):
    """A selector event loop that never sleeps: where it would, it asks what happens next.

    ``on_idle`` is then called with the seconds until the next timer, None where there is none. It
    has to move the clock or schedule something.
    """

    def __init__(self, began_s: float) -> None:
        self._now_s = began_s
        self.on_idle: OnIdle = self._jump
        super().__init__(_Asking(self._idle))

    def time(self) -> float:
        """Return the time that is played, in seconds."""
        return self._now_s

    def move_to(self, now_s: float) -> None:
        """Set the clock, which never goes back."""
        self._now_s = max(self._now_s, now_s)

    def _idle(self, timeout_s: float | None) -> None:
        self.on_idle(timeout_s)

    def _jump(self, timeout_s: float | None) -> None:
        if timeout_s is None:
            raise RuntimeError("every task waits, and nothing is left that could happen")
        self.move_to(self._now_s + timeout_s)


class _Asking(selectors.DefaultSelector):
    """Asks what happens next where another selector would sleep."""

    def __init__(self, on_idle: OnIdle) -> None:
        super().__init__()
        self._on_idle = on_idle

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout > 0:
            self._on_idle(timeout)
        return super().select(0)
