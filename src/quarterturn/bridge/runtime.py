"""The part of the core that waits: one session on one treadmill, on the running event loop.

Everything happens in callbacks of the loop, so that a report that calls for a Stop has it sent
before anything else runs. Whatever goes wrong in here, the way out sends Stop.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from quarterturn import cues
from quarterturn.bridge.records import (
    Setup,
    encode_command,
    encode_crash,
    encode_event,
    encode_report,
    encode_setup,
)
from quarterturn.bridge.sensors import Sensors
from quarterturn.controller import TICK_S, Controller, Core
from quarterturn.english import ENGLISH
from quarterturn.governor import stop_of_last_resort
from quarterturn.model import (
    Capabilities,
    Heading,
    MachineRecord,
    Notice,
    NoticeKind,
    Permitted,
    Report,
    SensorReport,
)
from quarterturn.monitors import Reaction
from quarterturn.plan import Plan
from quarterturn.port import Driver, LinkError, OpenSensor, ReportSink
from quarterturn.session import Answer, Event, Intent
from quarterturn.words import PhraseBook

CONNECT_S = 30.0
# A treadmill that was lost is looked for at once and for this long; the belt may be running.
_RECONNECT_S = 30.0
# A radio link takes a second or two to make once the treadmill is heard again.
_RECONNECT_TRY_S = 10.0
_RECONNECT_PAUSE_S = 0.5
# How long the way out of a crash waits for the belt to be known to stand.
_CRASH_S = 20.0
# Ticks share a line of the journal, but nobody loses more than a second.
_TICKS_A_LINE = 10

_NOTHING_UNDER_WAY = Answer(accepted=False, text="no session is under way")

Record = Callable[[Mapping[str, object]], None]
OnEvent = Callable[[Event], None]
T = TypeVar("T")


class Runtime:
    """Connect, walk a plan, and come to rest.

    ``open_driver`` builds a driver that reports to the sink it is given. ``on_event`` is called
    with each event in order; ``record`` with each line of the journal. What either of them raises
    is a crash: the belt stops, and the session ends by it. ``sensors`` are listened to from the
    beginning of the walk to its end, by the names that reports call them. ``book`` is the language
    that the walker hears.
    """

    def __init__(
        self,
        open_driver: Callable[[ReportSink], Driver],
        machine: MachineRecord,
        *,
        on_event: OnEvent,
        record: Record | None = None,
        sensors: Mapping[str, OpenSensor] | None = None,
        book: PhraseBook = ENGLISH,
    ) -> None:
        self._open_driver = open_driver
        self._machine = machine
        self._on_event = on_event
        self._record = record
        self._book = book
        self._loop = asyncio.get_running_loop()
        self._driver = open_driver(self._sink)
        self._sensors = Sensors(sensors or {}, self._sink)
        self._controller: Core | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ended = asyncio.Event()
        self._end: Event | None = None
        self._ticks: list[float] = []
        self._stepping = False
        self._told_meanwhile = False
        self._crash: Exception | None = None
        self._crashed_s = 0.0
        self._crash_announced = False
        self._stop_of_last_resort_due = True
        self._lost = False
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
            LinkError: when the treadmill was lost since it was connected.
            NotPermittedError: when the treadmill's speed cannot be set by software.

        """
        now_s = self._loop.time()
        controller = Controller(plan, capabilities, self._machine, now_s, self._book)
        if self._record is not None and not self._lost:
            setup = Setup(now_s, plan, capabilities, self._machine, self._book)
            self._note(encode_setup(setup))
        return await self.drive(controller)

    async def drive(self, core: Core) -> Event:
        """Do what a core decides until it ends; return its ``end`` event.

        A cancellation stops the belt first.

        Raises:
            LinkError: when the treadmill was lost since it was connected.

        """
        if self._lost:
            raise LinkError("the link broke before the walk began")
        self._controller = core
        self._step()
        self._sensors.start()
        try:
            await self._ended.wait()
        except asyncio.CancelledError:
            self.stop("walker", "interrupted")
            await self._come_to_rest()
            raise
        if self._end is None:
            raise RuntimeError("a session ended without saying how")
        return self._end

    async def _come_to_rest(self) -> None:
        """Wait for the end, whoever cancels again: it has a deadline, and the belt moves."""
        while not self._ended.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await self._ended.wait()

    async def close(self) -> None:
        """Give the treadmill back."""
        if self._timer is not None:
            self._timer.cancel()
        self._note_ticks()
        try:
            if self._reconnecting is not None:
                self._reconnecting.cancel()
                await asyncio.wait([self._reconnecting])
        finally:
            try:
                await self._driver.close()
            finally:
                await self._sensors.close()

    @property
    def crash(self) -> Exception | None:
        """What broke in the core or in what it calls, if anything did."""
        return self._crash

    # --- what people and clients say -----------------------------------------------------------

    def intent(self, intent: Intent) -> Answer:
        """Pass on what a person asks, and let it take effect at once."""
        line = {"kind": "intent", "intent": intent.value}
        answer = self._pass_on(line, lambda core, now_s: core.intent(intent, now_s))
        return answer or _NOTHING_UNDER_WAY

    def stop(self, by: str, cause: str | None = None, *, ramp: bool = False) -> Answer:
        """Stop the belt and end the session: at once, or by a ramp for who is elsewhere."""
        line = {"kind": "stop", "by": by, "cause": cause, **({"ramp": True} if ramp else {})}
        answer = self._pass_on(line, lambda core, now_s: core.stop(now_s, by, cause, ramp=ramp))
        return answer or _NOTHING_UNDER_WAY

    def cues_lost(self) -> None:
        """Nobody hears the cues any more."""
        self._pass_on({"kind": "cues_lost"}, lambda core, now_s: core.cues_lost(now_s))

    def screen_lost(self) -> None:
        """Nobody sees what is written any more: come to rest gently."""
        self._pass_on({"kind": "screen_lost"}, lambda core, now_s: core.screen_lost(now_s))

    def _pass_on(self, line: Mapping[str, object], tell: Callable[[Core, float], T]) -> T | None:
        """Tell the core something and let it act; None when there is no session to tell."""
        controller, now_s = self._controller, self._loop.time()
        if controller is None or self._crash is not None or self._end is not None:
            return None
        if self._record is not None:
            self._note({**line, "at": now_s})
        answer = None
        try:
            answer = tell(controller, now_s)
        except Exception as crash:  # noqa: BLE001 - whatever it was, the belt has to stop
            self._crashed(crash)
        self._step()
        return answer

    @property
    def core(self) -> Core | None:
        """What is driven, once something is."""
        return self._controller

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
        lost = isinstance(report, Notice) and report.kind is NoticeKind.LINK_LOST
        if controller is None or self._end is not None:
            self._lost = self._lost or lost
            return
        sensed = isinstance(report, SensorReport)
        if sensed and self._crash is not None:
            return  # what broke is told no more than the belt's rest calls for
        if self._record is not None:
            self._note(encode_report(report))
        if lost:
            self._look_for_treadmill()
        try:
            controller.report(report)
            if sensed:
                # A sensor moves no tick: what is sent, and when, is the same without it.
                self._tell(controller.take_events())
        except Exception as crash:  # noqa: BLE001 - whatever it was, the belt has to stop
            self._crashed(crash)
        if not sensed or self._crash is not None:
            self._step()

    def _step(self) -> None:
        """Tick, send, tell, and set the timer for the next time."""
        controller = self._controller
        if controller is None or self._end is not None:
            return
        if self._stepping:
            # Said by a callback of this very step: it takes effect as soon as the step is over.
            self._told_meanwhile = True
            return
        self._stepping = True
        now_s = self._loop.time()
        if self._record is not None:
            self._ticks.append(now_s)
        next_s = self._work(controller, now_s)
        if self._record is not None and (
            len(self._ticks) >= _TICKS_A_LINE or next_s - now_s > TICK_S
        ):
            self._note_ticks()
        self._stepping = False
        if self._timer is not None:
            self._timer.cancel()
        if self._end is None:
            if self._told_meanwhile:
                self._told_meanwhile = False
                next_s = now_s
            self._timer = self._loop.call_at(next_s, self._step)

    def _work(self, controller: Core, now_s: float) -> float:
        """Do what is due and return when to come back; never raise."""
        if self._crash is None:
            try:
                self._send(controller.tick(now_s), now_s)
                self._tell(controller.take_events())
                if self._crash is None:
                    return controller.due_s(now_s)
            except Exception as crash:  # noqa: BLE001 - whatever it was, the belt has to stop
                self._crashed(crash)
        return now_s if self._end is not None else self._way_out(controller, now_s)

    def _send(self, commands: Iterable[Permitted], now_s: float) -> None:
        for permitted in commands:
            if self._record is not None:
                self._note(encode_command(permitted, now_s))
            self._driver.send(permitted)

    def _tell(self, events: Iterable[Event], *, decided: bool = True) -> None:
        for event in events:
            if self._record is not None:
                self._note(encode_event(event, decided=decided))
            if event["event"] == "end":
                self._end = event
                self._ended.set()
            try:
                self._on_event(event)
            except Exception as crash:  # noqa: BLE001 - the others, and the end, are told all the same
                self._crashed(crash)

    # --- the way out of a crash ----------------------------------------------------------------

    def _crashed(self, crash: Exception) -> None:
        if self._crash is None:
            self._crash = crash
            self._crashed_s = self._loop.time()
            if self._record is not None:
                self._note(encode_crash(crash, self._crashed_s))

    def _way_out(self, controller: Core, now_s: float) -> float:
        """Without a session: the governor alone brings the belt to rest."""
        with contextlib.suppress(Exception):  # a driver's: it is asked again while the belt moves
            self._send(self._stops(controller, now_s), now_s)
        t = round(now_s - controller.began_s, 3)
        if not self._crash_announced:
            self._crash_announced = True
            text = "The program made a mistake; the belt is being stopped."
            fault = {"t": t, "event": "fault", "fault": "crash", "action": "stop", "text": text}
            self._tell([fault, _cue(t, cues.fault_cue(self._book, "crash"))], decided=False)
        stands = controller.governor.stillness.verified
        if not stands and now_s - self._crashed_s < _CRASH_S:
            return now_s + TICK_S
        if not stands:
            self._tell([_cue(t, cues.pull_the_red_key(self._book))], decided=False)
        cause = f"{type(self._crash).__name__}: {self._crash}"
        end: Event = {"t": t, "event": "end", "reason": "fault", "by": "crash", "cause": cause}
        self._tell([{**end, "belt_stopped": True if stands else None}], decided=False)
        return now_s

    def _stops(self, controller: Core, now_s: float) -> list[Permitted]:
        """Return what brings the belt to rest: from the governor, or in its place one last Stop."""
        governor = controller.governor
        try:
            governor.halt(Reaction.STOP)
            return governor.tick(now_s)[0]
        except Exception:  # noqa: BLE001 - what cannot decide any more cannot be asked for a Stop
            if governor.stillness.verified or not self._stop_of_last_resort_due:
                return []
            self._stop_of_last_resort_due = False
            return [stop_of_last_resort()]

    # --- a lost link -----------------------------------------------------------------------------

    def _look_for_treadmill(self) -> None:
        if self._reconnecting is None or self._reconnecting.done():
            self._reconnecting = self._loop.create_task(self._reconnect())

    async def _reconnect(self) -> None:
        """Find the treadmill again to stop it; nothing is started and nothing repeated."""
        self._sensors.hold()  # a radio makes one connection at a time
        try:
            await self._find_again()
        finally:
            self._sensors.release()

    async def _find_again(self) -> None:
        deadline_s = self._loop.time() + _RECONNECT_S
        with contextlib.suppress(Exception):  # nothing about what is gone may hold this up
            await self._driver.close()
        while self._loop.time() < deadline_s:
            driver = self._open_driver(self._sink)
            try:
                async with asyncio.timeout(_RECONNECT_TRY_S):
                    await driver.connect()
            except Exception:  # noqa: BLE001 - the belt runs: whatever it was, try again
                with contextlib.suppress(Exception):
                    await driver.close()
                await asyncio.sleep(_RECONNECT_PAUSE_S)
                continue
            self._driver = driver
            self._stop_of_last_resort_due = True
            self._sink(Notice(self._loop.time(), NoticeKind.RECONNECTED))
            return

    # --- the journal -----------------------------------------------------------------------------

    def _note(self, line: Mapping[str, object]) -> None:
        """Write a line of the journal, and before it the ticks that led there."""
        self._note_ticks()
        self._write(line)

    def _note_ticks(self) -> None:
        if self._ticks:
            ticks, self._ticks = self._ticks, []
            self._write({"kind": "ticks", "at": ticks})

    def _write(self, line: Mapping[str, object]) -> None:
        if self._record is None:
            return
        try:
            self._record(line)
        except Exception as crash:  # noqa: BLE001 - a walk that nobody can account for ends
            self._record = None
            self._crashed(crash)


def _cue(t: float, cue: cues.Cue) -> Event:
    return {"t": t, "event": "cue", "kind": cue.kind.value, "text": cue.text}
