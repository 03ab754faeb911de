"""The part of the core that waits: one session on one treadmill, on the running event loop.

Everything happens in callbacks of the loop, so that a report that calls for a Stop has it sent before
anything else runs. Whatever goes wrong in here, the way out sends Stop.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping

from quarterturn.bridge.records import (
    Setup,
    encode_command,
    encode_report,
    encode_setup,
)
from quarterturn.controller import TICK_S, Controller
from quarterturn.model import (
    Capabilities,
    Heading,
    MachineRecord,
    Notice,
    NoticeKind,
    Permitted,
    Report,
)
from quarterturn.monitors import Reaction
from quarterturn.plan import Plan
from quarterturn.port import Driver, LinkError, RefusedError, ReportSink
from quarterturn.session import Answer, Event, Intent

CONNECT_S = 30.0
# A treadmill that was lost is looked for at once and for this long; the belt may be running.
_RECONNECT_S = 20.0
_RECONNECT_TRY_S = 5.0
_RECONNECT_PAUSE_S = 0.5
# How long the way out of a crash waits for the belt to be known to stand.
_CRASH_S = 20.0
_TICKS_A_LINE = 10

Record = Callable[[Mapping[str, object]], None]
OnEvent = Callable[[Event], None]


class Runtime:
    """Connect, walk a plan, and come to rest.

    ``open_driver`` builds a driver that reports to the sink it is given. ``on_event`` is called with
    each event in order; ``record`` with each line of the journal.
    """

    def __init__(
        self,
        open_driver: Callable[[ReportSink], Driver],
        machine: MachineRecord,
        *,
        on_event: OnEvent,
        record: Record | None = None,
    ) -> None:
        self._open_driver = open_driver
        self._machine = machine
        self._on_event = on_event
        self._record = record
        self._loop = asyncio.get_running_loop()
        self._driver = open_driver(self._sink)
        self._controller: Controller | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ended = asyncio.Event()
        self._end: Event | None = None
        self._ticks: list[float] = []
        self._stepping = False
        self._crash: Exception | None = None
        self._crashed_s = 0.0
        self._reconnecting: asyncio.Task[None] | None = None

    async def connect(self) -> Capabilities:
        """Connect to the treadmill.

        Raises:
            LinkError: when there is no connection.
            RefusedError: when it refuses control, or is no treadmill.
            TimeoutError: when it did not answer within 30 s.

        """
        async with asyncio.timeout(CONNECT_S):
            return await self._driver.connect()

    async def walk(self, plan: Plan, capabilities: Capabilities) -> Event:
        """Walk a plan to its end and return the ``end`` event; a cancellation stops the belt first.

        Raises:
            NotPermittedError: when the treadmill's speed cannot be set by software.

        """
        now_s = self._loop.time()
        if self._record is not None:
            self._record(encode_setup(Setup(now_s, plan, capabilities, self._machine)))
        self._controller = Controller(plan, capabilities, self._machine, now_s)
        self._step()
        try:
            await self._ended.wait()
        except asyncio.CancelledError:
            self.stop("walker", "interrupted")
            await asyncio.shield(self._ended.wait())
            raise
        if self._end is None:
            raise RuntimeError("a session ended without saying how")
        return self._end

    async def close(self) -> None:
        """Give the treadmill back."""
        if self._timer is not None:
            self._timer.cancel()
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reconnecting
        await self._driver.close()

    @property
    def crash(self) -> Exception | None:
        """What broke in the core, if anything did."""
        return self._crash

    def intent(self, intent: Intent) -> Answer:
        """Pass on what a person asks, and let it take effect at once."""
        controller, now_s = self._controller, self._loop.time()
        if controller is None or self._crash is not None:
            return Answer(accepted=False, text="no session is under way")
        self._note({"kind": "intent", "at": now_s, "intent": intent.value})
        answer = controller.intent(intent, now_s)
        self._step()
        return answer

    def stop(self, by: str, cause: str | None = None) -> None:
        """Stop the belt at once and end the session."""
        controller, now_s = self._controller, self._loop.time()
        if controller is not None and self._crash is None:
            self._note({"kind": "stop", "at": now_s, "by": by, "cause": cause})
            controller.stop(now_s, by, cause)
            self._step()

    def cues_lost(self) -> None:
        """Nobody hears the cues any more."""
        controller, now_s = self._controller, self._loop.time()
        if controller is not None:
            self._note({"kind": "cues_lost", "at": now_s})
            controller.cues_lost(now_s)
            self._step()

    def screen_lost(self) -> None:
        """Nobody sees what is written any more: come to rest gently."""
        controller, now_s = self._controller, self._loop.time()
        if controller is not None and self._crash is None:
            self._note({"kind": "screen_lost", "at": now_s})
            controller.screen_lost(now_s)
            self._step()

    @property
    def t(self) -> float:
        """The seconds since the plan event, as events write them; 0 before it."""
        if self._controller is None:
            return 0.0
        return round(self._loop.time() - self._controller.began_s, 3)

    @property
    def heading(self) -> Heading:
        """Which way the walker faces."""
        return Heading.FORWARD if self._controller is None else self._controller.heading

    @property
    def belt_may_move(self) -> bool:
        """Whether the belt moves, or is not known to stand."""
        return self._controller is not None and self._controller.belt_may_move

    # --- the loop's callbacks ------------------------------------------------------------------

    def _sink(self, report: Report) -> None:
        controller = self._controller
        if controller is None or self._end is not None:
            return
        if self._record is not None:
            self._note(encode_report(report))
        if isinstance(report, Notice) and report.kind is NoticeKind.LINK_LOST:
            self._look_for_treadmill()
        try:
            controller.report(report)
        except Exception as crash:  # noqa: BLE001 - whatever it was, the belt has to stop
            self._crashed(crash)
        self._step()

    def _step(self) -> None:
        """Tick, send, tell, and set the timer for the next time."""
        controller = self._controller
        if controller is None or self._stepping or self._end is not None:
            return
        self._stepping = True
        now_s = self._loop.time()
        if self._record is not None:
            self._note_tick(now_s)
        try:
            if self._crash is None:
                self._send(controller.tick(now_s), now_s)
                self._tell(controller.take_events())
                next_s = controller.due_s(now_s)
            else:
                next_s = self._way_out(controller, now_s)
        except Exception as crash:  # noqa: BLE001 - whatever it was, the belt has to stop
            self._crashed(crash)
            next_s = now_s
        finally:
            self._stepping = False
        if self._timer is not None:
            self._timer.cancel()
        if self._end is None:
            self._timer = self._loop.call_at(next_s, self._step)

    def _send(self, commands: Iterable[Permitted], now_s: float) -> None:
        for permitted in commands:
            if self._record is not None:
                self._note(encode_command(permitted, now_s))
            self._driver.send(permitted)

    def _tell(self, events: Iterable[Event]) -> None:
        for event in events:
            if self._record is not None:
                self._note({"kind": "event", "t": event["t"], "event": event})
            self._on_event(event)
            if event["event"] == "end":
                self._end = event
                self._ended.set()

    def _crashed(self, crash: Exception) -> None:
        if self._crash is None:
            self._crash = crash
            self._crashed_s = self._loop.time()

    def _way_out(self, controller: Controller, now_s: float) -> float:
        """Without a session: the governor alone brings the belt to rest."""
        governor = controller.governor
        governor.halt(Reaction.STOP)
        commands, _ = governor.tick(now_s)
        self._send(commands, now_s)
        stands = governor.movement is None and governor.stillness.verified
        if not stands and now_s - self._crashed_s < _CRASH_S:
            return now_s + TICK_S
        self._end = {
            "t": round(now_s - controller.began_s, 3),
            "event": "end",
            "reason": "fault",
            "by": "crash",
            "cause": f"{type(self._crash).__name__}: {self._crash}",
            "belt_stopped": True if stands else None,
        }
        self._tell([self._end])
        return now_s

    # --- a lost link -----------------------------------------------------------------------------

    def _look_for_treadmill(self) -> None:
        if self._reconnecting is None or self._reconnecting.done():
            self._reconnecting = self._loop.create_task(self._reconnect())

    async def _reconnect(self) -> None:
        """Find the treadmill again to stop it; nothing is started and nothing repeated."""
        lost, deadline_s = self._driver, self._loop.time() + _RECONNECT_S
        with contextlib.suppress(LinkError, RefusedError, TimeoutError):
            await lost.close()
        while self._loop.time() < deadline_s:
            driver = self._open_driver(self._sink)
            try:
                async with asyncio.timeout(_RECONNECT_TRY_S):
                    await driver.connect()
            except (LinkError, RefusedError, TimeoutError):
                await driver.close()
                await asyncio.sleep(_RECONNECT_PAUSE_S)
                continue
            self._driver = driver
            self._sink(Notice(self._loop.time(), NoticeKind.RECONNECTED))
            return

    # --- the journal -------------------------------------------------------------------------------

    def _note(self, line: Mapping[str, object]) -> None:
        if self._record is not None:
            if self._ticks:
                ticks, self._ticks = self._ticks, []
                self._record({"kind": "ticks", "at": ticks})
            self._record(line)

    def _note_tick(self, now_s: float) -> None:
        """Keep the times of ticks and write ten in a line; nobody loses more than a second."""
        self._ticks.append(now_s)
        if len(self._ticks) >= _TICKS_A_LINE and self._record is not None:
            ticks, self._ticks = self._ticks, []
            self._record({"kind": "ticks", "at": ticks})
