"""Play the octets of a journal through a driver again, and compare what it makes of them.

The driver is told to connect, to send and to close when it was told then, and the link gives it
what the link gave then. Compared are its reports, what it asks of the link, octet for octet, and
whether it came to be connected, each in order. Nothing here can open a link: the one that the
driver is built over goes nowhere.
"""

import asyncio
import contextlib
import math
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from quarterturn.bridge.journal import Journal
from quarterturn.bridge.octets import Answer, Doing, DriverStep, Lost, Request, Value, was_given_up
from quarterturn.bridge.played_link import PlayedLink
from quarterturn.bridge.played_script import (
    GivenUp,
    Input,
    Listening,
    Output,
    Reported,
    Script,
    Sent,
    Told,
    read_script,
)
from quarterturn.bridge.played_time import PlayedLoop
from quarterturn.bridge.records import Line, encode_report, in_words
from quarterturn.bridge.replay import MAX_DIFFERENCES
from quarterturn.model import Capabilities, Report
from quarterturn.port import Driver, DriverFactory

LATE_S: Final = 0.5
"""A loop that was held up for so long makes no difference. What came in meanwhile comes before a
timer that was due then, as on a loop that wakes up late, unless the timer's doing is first on
record."""
_AT_ONCE_S: Final = 0.001
"""What came in so close together came in one turn of the loop, where nothing on record says
otherwise."""
_END_S: Final = 60.0
"""How long a driver may take to close when the record is over, in seconds that are played."""
_TIMES: Final = frozenset({"at", "sent_s", "answered_s"})


@dataclass(frozen=True, slots=True)
class WireReplay:
    """What came out: counts of what is on record, and where the driver did otherwise, in words.

    ``covered`` says in words why the record does not reach the end, where it does not.
    """

    values: int
    reports: int
    requests: int
    differences: tuple[str, ...]
    covered: str | None = None


def replay_wire(journal: Journal, factory: DriverFactory) -> WireReplay:
    """Play what a journal's link gave through a driver; see `driver_name` for which.

    Raises:
        JournalError: when it holds no session, or a line that cannot be read.

    """
    script = read_script(journal)
    times = [step.at_s for step in script.steps if not isinstance(step, Listening)]

    async def play() -> _Player:
        player = _Player(script, factory)
        await player.play()
        return player

    with asyncio.Runner(loop_factory=lambda: PlayedLoop(min(times, default=0.0))) as runner:
        player = runner.run(play())
    covered = script.gap
    if covered is None and not script.closed:
        covered = "it was cut short"
    return WireReplay(
        sum(isinstance(step, Value) for step in script.steps),
        len(player.reports.then),
        len(player.requests.then),
        tuple(player.differences()),
        covered,
    )


@dataclass(slots=True)
class _Stream:
    """One kind of what a driver does: as it is on record so far, and as it did it again."""

    what: str
    then: list[Output] = field(default_factory=list)
    now: list[tuple[Output, str]] = field(default_factory=list)
    passed: int = 0


class _Player:
    """Plays a script. Its clock is that of the running loop, a PlayedLoop."""

    def __init__(self, script: Script, factory: DriverFactory) -> None:
        loop = asyncio.get_running_loop()
        if not isinstance(loop, PlayedLoop):
            raise TypeError("a record is played on a loop of its own")
        self._loop = loop
        self._script = script
        self._factory = factory
        self._link = PlayedLink(self._on_request)
        self._drivers: dict[int, Driver] = {}
        self._connecting: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._current = 0
        self._next = 0
        self._last = "the beginning"
        self._listening = False
        self._over = loop.create_future()
        self._crashes: list[str] = []
        self.capabilities: Capabilities | None = None
        self.reports = _Stream("report")
        self.requests = _Stream("request")
        self.results = _Stream("connection")
        for step in script.steps:
            if isinstance(step, Output):
                self._stream(step).then.append(step)

    async def play(self) -> None:
        """Play everything, then let the drivers go."""
        self._loop.set_exception_handler(self._on_exception)
        jump, self._loop.on_idle = self._loop.on_idle, self._on_idle
        await self._over
        self._loop.on_idle = jump
        self._link.end()
        with contextlib.suppress(Exception):  # what a driver does now is not on record
            async with asyncio.timeout(_END_S):
                for driver in self._drivers.values():
                    await driver.close()
                if self._tasks:
                    await asyncio.wait(self._tasks)

    # --- what comes next -----------------------------------------------------------------------

    def _on_idle(self, timeout_s: float | None) -> None:
        """Move the clock to the next timer, or play what is next on record."""
        due_s = math.inf if timeout_s is None else self._loop.time() + timeout_s
        while (step := self._peek()) is not None:
            if isinstance(step, Input):
                if due_s < step.at_s - LATE_S:
                    self._loop.move_to(due_s)
                else:
                    self._loop.call_soon(self._play)
                return
            if due_s <= step.at_s + _AT_ONCE_S:
                self._loop.move_to(due_s)
                return
            self._pass(step)  # it was not done again
        if not self._over.done():
            self._over.set_result(None)

    def _peek(self) -> Input | Output | None:
        """Return what is next on record and has not been done again already."""
        while self._next < len(self._script.steps):
            step = self._script.steps[self._next]
            if isinstance(step, Listening):
                self._listening = step.begins
                self._next += 1
            elif isinstance(step, Output) and self._is_done(step):
                self._pass(step)
            else:
                return step
        return None

    def _is_done(self, step: Output) -> bool:
        stream = self._stream(step)
        return len(stream.now) > stream.passed

    def _pass(self, step: Output) -> None:
        self._stream(step).passed += 1
        self._next += 1
        if isinstance(step, DriverStep) and step.doing is Doing.CONNECTED:
            self._current = step.number

    def _play(self) -> None:
        """Play what came in one turn of the loop."""
        until_s: float | None = None
        while (step := self._peek()) is not None and isinstance(step, Input):
            if until_s is not None and step.at_s > until_s:
                return
            until_s = step.at_s + _AT_ONCE_S if until_s is None else until_s
            self._loop.move_to(step.at_s)
            self._next += 1
            try:
                self._tell(step)
            except Exception as crash:  # noqa: BLE001 - the mistake that is looked for may be here
                self._crashed(in_words(crash))
            if isinstance(step, Answer | Told | GivenUp):
                return  # who waits for it goes on in its own task, before anything else

    def _tell(self, step: Input) -> None:
        match step:
            case Value(_, characteristic, value):
                self._last = f"{characteristic:04x} {value.hex()}"
                self._link.deliver(characteristic, value)
            case Answer():
                self._last = f"the answer to request {step.to}"
                if self._is_the_same_request(step.to):
                    self._link.answer(step)
            case Lost():
                self._last = "the loss of the link"
                self._link.lose()
            case Sent():
                self._last = f"the command {step.permitted.command}"
                self._drivers[self._current].send(step.permitted)
            case GivenUp():
                self._last = "connecting was given up"
                self._connecting[step.number].cancel()
            case Told():
                self._last = f"it was told to {step.doing}"
                self._do(step)

    def _is_the_same_request(self, number: int) -> bool:
        """Say whether the request that was answered is one that the driver has made again."""
        then, now = self.requests.then, self.requests.now
        return 0 < number <= min(len(then), len(now)) and str(then[number - 1]) == str(
            now[number - 1][0]
        )

    # --- the drivers ---------------------------------------------------------------------------

    def _do(self, step: Told) -> None:
        if step.doing is Doing.CONNECT:
            driver = self._factory(self._link, self._script.setup.record, self._sink)
            self._current = self._current or step.number
            self._drivers[step.number] = driver
            self._connecting[step.number] = self._start(self._connect(step.number, driver))
        else:
            self._start(self._close(step.number, self._drivers[step.number]))

    def _start(self, doing: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(doing)
        self._tasks.add(task)
        return task

    async def _connect(self, number: int, driver: Driver) -> None:
        try:
            capabilities = await driver.connect()
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - as it is on record
            given_up = was_given_up(error)
            doing = Doing.GIVEN_UP if given_up else Doing.FAILED
            self._came_of_it(number, doing, None if given_up else in_words(error))
            return
        if number == min(self._drivers):
            self.capabilities = capabilities
        self._came_of_it(number, Doing.CONNECTED)

    async def _close(self, number: int, driver: Driver) -> None:
        await driver.close()
        self._came_of_it(number, Doing.CLOSED)

    def _came_of_it(self, number: int, doing: Doing, text: str | None = None) -> None:
        self._did(DriverStep(self._loop.time(), number, doing, text))

    def _on_request(self, request: Request) -> None:
        self._did(request)

    def _sink(self, report: Report) -> None:
        if self._listening:
            self._did(Reported(self._loop.time(), encode_report(report)))

    def _did(self, step: Output) -> None:
        if not self._over.done():
            self._stream(step).now.append((step, self._last))

    def _stream(self, step: Output) -> _Stream:
        match step:
            case Request():
                return self.requests
            case Reported():
                return self.reports
            case DriverStep():
                return self.results

    # --- mistakes and differences --------------------------------------------------------------

    def _on_exception(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        crash = context.get("exception")
        self._crashed(in_words(crash) if isinstance(crash, Exception) else str(context["message"]))

    def _crashed(self, what: str) -> None:
        if not self._over.done():
            self._crashes.append(f"the driver crashes, after {self._last}: {what}")

    def differences(self) -> Iterator[str]:
        """Name what differs, each kind in order."""
        yield from _some(self._crashes, "crashes of the driver")
        script = self._script
        if self.capabilities is not None and self.capabilities != script.setup.capabilities:
            then = script.setup.capabilities
            yield f"what the machine can do: on record {then}, read again {self.capabilities}"
        yield from _compare(self.results, whole=script.closed)
        yield from _compare(self.requests, whole=script.closed)
        yield from _compare(self.reports, whole=script.ended and script.gap is None)


def _compare(stream: _Stream, *, whole: bool) -> Iterator[str]:
    """Name what differs. Of a record that was cut, more may have been done than is on record."""
    pairs = zip(stream.then, stream.now, strict=False)
    found = [
        f"{stream.what} {number}, after {last}: on record {then}, done again {now}"
        for number, (then, (now, last)) in enumerate(pairs, start=1)
        if not _is_same(then, now)
    ]
    yield from _some(found, f"{stream.what}s")
    if len(stream.now) < len(stream.then) or (whole and len(stream.now) > len(stream.then)):
        counts = f"{len(stream.then)} on record, {len(stream.now)} done again"
        yield f"{stream.what}s: {counts}"


def _some(differences: Sequence[str], what: str) -> Iterator[str]:
    yield from differences[:MAX_DIFFERENCES]
    if len(differences) > MAX_DIFFERENCES:
        yield f"{what}: and {len(differences) - MAX_DIFFERENCES} more"


def _is_same(then: Output, now: Output) -> bool:
    """Say whether the same was done, at about the same time."""
    if abs(then.at_s - now.at_s) > LATE_S:
        return False
    match then, now:
        case Reported(), Reported():
            return _without_times(then.line) == _without_times(now.line) and all(
                abs(float(str(then.line[name])) - float(str(now.line[name]))) <= LATE_S
                for name in _TIMES
                if name in then.line
            )
        case DriverStep(), DriverStep():
            return str(then) == str(now) and then.number == now.number
        case _:
            return str(then) == str(now)


def _without_times(line: Line) -> Line:
    """Return a line whose times only say that they are there."""
    return {**line, **dict.fromkeys(_TIMES & line.keys())}
