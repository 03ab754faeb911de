"""An event loop for demonstrations, whose time may run faster than the wall clock.

A demonstration shows a quarter of an hour in less than two minutes and shortens nothing: time runs.
Whatever belongs to the walk (session, driver, simulated treadmill) lives by ``loop.time()``, as on
any other loop. What is between the bridge and its clients lives by the `wall_clock`.
"""

import asyncio
import heapq
import math
import selectors
from collections.abc import Callable
from itertools import count
from typing import Final, Protocol, TypeVarTuple, Unpack

from quarterturn.bridge.event_loop import BeltLoop
from quarterturn.exit_codes import UsageError
from quarterturn.opening import Treadmill

FASTEST: Final = 60.0
"""More and a busy computer could not keep up: a second of a walk costs it about a millisecond."""
# Less is caught up with; what is more was a computer that had no time, and is let go.
_MOST_BEHIND_S: Final = 0.1
_NOT_FOR_PEOPLE = "time runs faster on a simulated treadmill alone: somebody may be on {}"

Args = TypeVarTuple("Args")


class Timer(Protocol):
    """What is to be called later."""

    def cancel(self) -> None:
        """Call nothing any more."""


class Clock(Protocol):
    """A clock and what it wakes; every event loop is one."""

    def time(self) -> float:
        """Return the time in seconds."""

    def call_later(
        self, delay: float, callback: Callable[[Unpack[Args]], object], *args: *Args
    ) -> Timer:
        """Call something back so many seconds from now."""


def wall_clock(loop: asyncio.AbstractEventLoop) -> Clock:
    """Return the clock that people and other processes live by: the loop's, unless it is paced."""
    return loop.wall if isinstance(loop, PacedLoop) else loop


def check_pace(loop: asyncio.AbstractEventLoop, treadmill: Treadmill) -> None:
    """Let a paced loop steer simulated treadmills alone.

    Raises:
        UsageError: when it is to steer another one.

    """
    if isinstance(loop, PacedLoop) and not treadmill.simulated:
        raise UsageError(_NOT_FOR_PEOPLE.format(treadmill.url))


class RunningTime:
    """Time that runs at a rate: piecewise linear over the wall clock, and never backward.

    It never passes what is due, however long nobody asked: the tick of a walk is then never late
    by sixty times what the computer was.
    """

    def __init__(self, wall_s: float) -> None:
        self.now_s = self._from_s = self._wall_s = wall_s
        self.rate = 1.0

    def run_at(self, rate: float, wall_s: float) -> None:
        """Go on from here at another rate.

        Raises:
            ValueError: when it is not between 1 and `FASTEST`.

        """
        if not 1.0 <= rate <= FASTEST:
            raise ValueError(f"time cannot run {rate} times as fast")
        if rate != self.rate:
            self._from_s, self._wall_s, self.rate = self.now_s, wall_s, rate

    def wait_s(self, due_s: float, wall_s: float) -> float:
        """Return how long to wait, by the wall clock, for a time that is due."""
        return max(0.0, (due_s - self._at(wall_s)) / self.rate)

    def advance(self, wall_s: float, due_s: float) -> None:
        """Go on to this time of the wall clock, but not past what is due."""
        reached_s = self._at(wall_s)
        self.now_s = max(self.now_s, min(reached_s, due_s))
        if reached_s - self.now_s > _MOST_BEHIND_S * self.rate:
            self._from_s, self._wall_s = self.now_s, wall_s

    def _at(self, wall_s: float) -> float:
        return self._from_s + (wall_s - self._wall_s) * self.rate


class PacedLoop(BeltLoop):
    """An event loop whose time can be told to run faster; it starts at the wall clock's pace."""

    def __init__(self) -> None:
        self.wall = _Wall(self._wall_s)
        self._running = RunningTime(self._wall_s())
        super().__init__(_PacedSelector(self._wait))

    def time(self) -> float:
        """Return the time of the walk: as the wall clock's until it is told to run."""
        return self._running.now_s

    @property
    def rate(self) -> float:
        """How many times as fast as the wall clock the time runs."""
        return self._running.rate

    def run_at(self, rate: float) -> None:
        """Let the time run so many times as fast from now on.

        Raises:
            ValueError: when that is not between 1 and `FASTEST`.

        """
        self._running.run_at(rate, self._wall_s())

    def _wall_s(self) -> float:
        return super().time()

    def _wait(self, timeout: float | None, select: "_Select") -> "_Ready":
        due_s = math.inf if timeout is None else self.time() + timeout
        now_s = self._wall_s()
        wait_s = min(self._running.wait_s(due_s, now_s), self.wall.due_s - now_s)
        ready = select(None if wait_s == math.inf else max(0.0, wait_s))
        self._running.advance(self._wall_s(), due_s)
        for timer in self.wall.take_due():
            self.call_soon(timer.run)
        return ready


class _Wall:
    """The wall clock of a paced loop, with timers of its own."""

    def __init__(self, time_s: Callable[[], float]) -> None:
        self._time_s = time_s
        self._timers: list[tuple[float, int, _WallTimer]] = []
        self._numbers = count()

    def time(self) -> float:
        return self._time_s()

    def call_later(
        self, delay: float, callback: Callable[[Unpack[Args]], object], *args: *Args
    ) -> "_WallTimer":
        timer = _WallTimer(lambda: callback(*args))
        heapq.heappush(self._timers, (self.time() + delay, next(self._numbers), timer))
        return timer

    @property
    def due_s(self) -> float:
        return self._timers[0][0] if self._timers else math.inf

    def take_due(self) -> "list[_WallTimer]":
        now_s, due = self.time(), []
        while self.due_s <= now_s:
            due.append(heapq.heappop(self._timers)[2])
        return due


class _WallTimer:
    """Calls once, unless it was cancelled."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call: Callable[[], object] | None = call

    def cancel(self) -> None:
        self._call = None

    def run(self) -> None:
        if self._call is not None:
            self._call()


_Ready = list[tuple[selectors.SelectorKey, int]]
_Select = Callable[[float | None], _Ready]


class _PacedSelector(selectors.DefaultSelector):
    """A selector that lets its loop say how long it waits."""

    def __init__(self, wait: Callable[[float | None, _Select], _Ready]) -> None:
        super().__init__()
        self._wait = wait

    def select(self, timeout: float | None = None) -> _Ready:
        return self._wait(timeout, super().select)
