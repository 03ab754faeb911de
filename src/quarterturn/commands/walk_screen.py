"""A walk in lines: what the bridge tells is printed, what keys or lines of JSON ask goes to it."""

import asyncio
import contextlib
import json
import signal
import sys
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from quarterturn.bridge.errand import Errand, encode_errand
from quarterturn.bridge.stop_once import stop_once
from quarterturn.client import BridgeClient
from quarterturn.commands.output import encoder, exit_code, shapes_fit
from quarterturn.commands.signals import on_signals
from quarterturn.errors import explain
from quarterturn.exit_codes import ExitCode, NoBridgeError
from quarterturn.keys import KeyAction, action_of
from quarterturn.lines import LineRenderer, table
from quarterturn.model import Heading
from quarterturn.opening import Treadmill
from quarterturn.protocol import Answered, BridgeState, Snapshot
from quarterturn.ready import Mode, ReadyKeys
from quarterturn.session import Event, Intent
from quarterturn.summary import Summariser
from quarterturn.terminal import Printer, lines_from_stdin, single_keys

# A phase is done by reports, which come about once a second.
_CUT_SHORT_S = 2.0
_KEYS = (
    "Keys: Enter, held or as the settings say, is READY. Space, s or Escape stops. "
    "p pause, - slower, n skip, f finish."
)
_INTENTS_A_SECOND = 20
_NO_KEYS = "Stdin is no terminal: no key gives READY, and no key stops. Ctrl+C stops."
_ACKNOWLEDGE = "Nothing starts before you have seen to it: look at the belt, then press a."
_RED_KEY = "Stay on the rails and pull the red key."


class Attach(Protocol):
    """Finds the bridge that is to walk, or starts one."""

    def __call__(
        self,
        treadmill: Treadmill,
        *,
        on_event: Callable[[Event], None],
        on_snapshot: Callable[[Snapshot], None],
        on_note: Callable[[str], None],
    ) -> AbstractAsyncContextManager[BridgeClient]:
        """Connect while the context is open. Raise UsageError or NoBridgeError where that fails."""


@dataclass(frozen=True, slots=True)
class Walked:
    """What came of a walk; ``whole``: no phase of the plan was left out or cut short."""

    code: ExitCode
    whole: bool


class WalkScreen:
    """One walk with its keyboard or its client, its output and its signals.

    Make it on a running loop.
    """

    def __init__(
        self,
        errand: Errand,
        treadmill: Treadmill,
        ready: Mode,
        attach: Attach,
        *,
        as_json: bool,
        tells_journal: bool = True,
    ) -> None:
        self._errand = errand
        self._treadmill = treadmill
        self._attach = attach
        self._as_json = as_json
        self._tells_journal = tells_journal
        self._loop = asyncio.get_running_loop()
        self._bridge: BridgeClient | None = None
        self._snapshot: Snapshot | None = None
        self._printer = Printer(sys.stdout, self._screen_lost)
        # Of a thread of its own too: a terminal that stands still must not hold up signs of life.
        self._notes = Printer(sys.stderr, lambda: None)
        self._keys = ReadyKeys(ready)
        self._shapes = shapes_fit(sys.stdout)
        self._renderer = LineRenderer(shapes=self._shapes)
        self._summariser = Summariser()
        self._end: Event | None = None
        self._planned = 0
        self._journal: str | None = None
        self._t = 0.0
        self._changed = asyncio.Event()
        self._given_up = False
        self._recent_s: deque[float] = deque()
        self._asking: set[asyncio.Task[None]] = set()

    async def run(self) -> Walked:
        """Walk, and say what came of it.

        Raises:
            UsageError, NoBridgeError: when there is no bridge for this walk.

        """
        attached = self._attach(
            self._treadmill, on_event=self._show, on_snapshot=self._see, on_note=self._note
        )
        try:
            async with attached as bridge:
                self._bridge = bridge
                with self._signals(), self._input():
                    code = await self._walk(bridge)
        finally:
            if self._planned and not self._as_json:
                self._printer.put("")
                self._printer.put(table(self._summariser.summary(), shapes=self._shapes))
            self._printer.close()
            if self._journal is not None and self._tells_journal:
                self._notes.put(self._journal)
            self._notes.close()
        return Walked(code, self._whole())

    async def _walk(self, bridge: BridgeClient) -> ExitCode:
        try:
            await self._acknowledged(bridge)
            if self._given_up:
                return ExitCode.STOPPED
            begun = await bridge.begin(encode_errand(self._errand))
            if not begun.accepted:
                self._notes.put(begun.text)
                return ExitCode(begun.code or ExitCode.FAULT)
            self._journal = begun.text
            await self._until(bridge, lambda: self._end is not None)
        except NoBridgeError:
            return await self._survive(bridge)
        if self._end is None:
            raise RuntimeError("a walk ended without saying how")
        return exit_code(self._end)

    def _whole(self) -> bool:
        done = self._summariser.summary().phases
        return 0 < self._planned == len(done) and all(
            phase.done_s >= phase.planned_s - _CUT_SHORT_S for phase in done
        )

    async def _acknowledged(self, bridge: BridgeClient) -> None:
        """Wait until what happened to the last session is acknowledged, if there is anything."""
        if self._recovering and self._snapshot is not None:
            self._note(f"{self._snapshot.last_session or ''} {_ACKNOWLEDGE}")
        await self._until(bridge, lambda: self._given_up or not self._recovering)

    async def _until(self, bridge: BridgeClient, done: Callable[[], bool]) -> None:
        """Wait for something to be so.

        Raises:
            NoBridgeError: when the bridge is lost before.

        """
        while not done():
            self._changed.clear()
            waiting = [asyncio.ensure_future(it.wait()) for it in (self._changed, bridge.lost)]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
            if bridge.lost.is_set() and not done():
                raise NoBridgeError(str(bridge.why_lost))

    # --- the bridge is gone -----------------------------------------------------------------------

    async def _survive(self, bridge: BridgeClient) -> ExitCode:
        """Stop the belt as the one that is left, and say first the one thing that is sure."""
        why = str(bridge.why_lost)
        why = f"{why[:1].upper()}{why[1:]}."
        self._tell("fault", fault="bridge_lost", action="alarm", text=why)
        self._tell("cue", kind="fault", text=_RED_KEY)
        stands: bool | None = None
        if self._treadmill.simulated:
            self._note("The simulated treadmill was part of the bridge and is gone with it.")
        else:
            bridge.kill()
            began_t = self._t
            try:
                stands = await stop_once(
                    self._treadmill,
                    lambda event: self._show_of_rest(began_t, event),
                    why=why,
                )
            except Exception as error:  # noqa: BLE001 - the red key has been said; this is the rest
                self._notes.put((explain(error) or (repr(error), None))[0])
        self._tell("end", reason="fault", by="bridge", cause="lost", belt_stopped=stands or None)
        return ExitCode.FAULT

    def _show_of_rest(self, began_t: float, event: Event) -> None:
        """Show an event of the stop-once, whose time begins anew; its ends are told otherwise."""
        if event["event"] != "end" and event.get("step") != "begin":
            self._show({**event, "t": round(began_t + float(str(event["t"])), 3)})

    def _tell(self, event: str, **more: object) -> None:
        self._show({"t": self._t, "event": event, **more})

    # --- what the bridge says ---------------------------------------------------------------------

    def _show(self, event: Event) -> None:
        if not self._recovering:
            self._summariser.add(event)
            if event["event"] == "end":
                self._end = event
            elif event["event"] == "plan":
                self._planned = int(str(event["phases"]))
        self._t = max(self._t, float(str(event["t"])))
        self._changed.set()
        line = encoder(event) if self._as_json else self._renderer.render(event)
        if line is not None:
            self._printer.put(line)

    @property
    def _recovering(self) -> bool:
        return self._snapshot is not None and self._snapshot.state is BridgeState.RECOVERING

    def _note(self, text: str) -> None:
        self._notes.put(f"quarterturn: {text}")

    def _see(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._changed.set()

    # --- signals ----------------------------------------------------------------------------------

    def _signals(self) -> AbstractContextManager[None]:
        # A closed terminal is a lost screen, and no reason for an abrupt stop.
        return on_signals(
            {
                signal.SIGINT: lambda: self._stop("interrupt"),
                signal.SIGTERM: lambda: self._stop("terminated"),
                signal.SIGHUP: self._screen_lost,
            }
        )

    def _stop(self, cause: str) -> None:
        self._given_up = True
        self._changed.set()
        if self._bridge is not None:
            self._bridge.stop_now(cause)

    def _screen_lost(self) -> None:
        if self._bridge is not None:
            self._bridge.screen_lost()

    # --- the keyboard -----------------------------------------------------------------------------

    def _input(self) -> AbstractContextManager[None]:
        if self._as_json:
            return lines_from_stdin(self._line)
        if sys.stdin.isatty():
            self._printer.put(_KEYS)
            return single_keys(self._key, self._screen_lost)
        self._printer.put(_NO_KEYS)
        return contextlib.nullcontext()

    def _key(self, data: bytes) -> None:
        seen = self._snapshot
        heading = Heading.FORWARD if seen is None else Heading[seen.heading.upper()]
        moving = seen is not None and seen.belt_may_move
        action = action_of(data, heading=heading, moving=moving)
        ready = self._keys.key(self._loop.time(), data)
        match action:
            case None:
                return
            case KeyAction.STOP:
                if self._bridge is not None:
                    self._bridge.stop_now("key")
            case KeyAction.READY:
                if ready:
                    self._ask(Intent.READY, self._say_no)
            case _:
                self._ask(Intent(action.value), self._say_no)

    def _say_no(self, intent: Intent, answer: Answered) -> None:
        if not answer.accepted:
            self._printer.put(f"       NO     {intent.value}: {answer.text}")

    def _ask(self, intent: Intent, then: Callable[[Intent, Answered], None]) -> None:
        async def ask(bridge: BridgeClient) -> None:
            with contextlib.suppress(NoBridgeError):  # whoever waits for the end hears of it
                then(intent, await bridge.ask(intent))

        if self._bridge is not None:
            self._start(ask(self._bridge))

    def _start(self, asking: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(asking)
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    # --- a client ---------------------------------------------------------------------------------

    def _line(self, line: str) -> None:
        """Take in one line of JSON from a client, and answer it."""
        if not line.strip():
            return
        word, why = _intent_of(line)
        if word is Intent.READY or word is Intent.RESUME:
            why = self._why_no_ready()
        if word is not Intent.STOP:
            why = why or self._why_too_many()
        if word is None or why is not None:
            self._reply(word, accepted=False, text=why or "")
        elif word is Intent.STOP:
            self._start(self._stop_for_client())
        else:
            self._ask(word, self._pass_answer)

    def _pass_answer(self, intent: Intent, answer: Answered) -> None:
        self._reply(intent, accepted=answer.accepted, text=answer.text)

    async def _stop_for_client(self) -> None:
        if self._bridge is None:
            return
        with contextlib.suppress(NoBridgeError):
            answer = await self._bridge.stop(by="client")
            self._reply(Intent.STOP, accepted=answer.accepted, text=answer.text)

    def _why_too_many(self) -> str | None:
        """Refuse a flood: nobody means it."""
        now_s = self._loop.time()
        while self._recent_s and self._recent_s[0] <= now_s - 1.0:
            self._recent_s.popleft()
        if len(self._recent_s) >= _INTENTS_A_SECOND:
            return f"more than {_INTENTS_A_SECOND} lines in a second: only stop is heard"
        self._recent_s.append(now_s)
        return None

    def _why_no_ready(self) -> str | None:
        if self._treadmill.simulated:
            return None
        return "READY is a person's, at the machine: on a real treadmill no client gives it"

    def _reply(self, intent: Intent | None, *, accepted: bool, text: str) -> None:
        word = None if intent is None else intent.value
        reply: Event = {"t": self._t, "event": "answer", "intent": word}
        self._printer.put(encoder({**reply, "accepted": accepted, "text": text}))


def _intent_of(line: str) -> tuple[Intent | None, str | None]:
    known = ", ".join(Intent)
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        return None, 'not JSON: write a line such as {"intent": "stop"}'
    word = request.get("intent") if isinstance(request, dict) else None
    if not isinstance(word, str) or word not in set(Intent):
        return None, f'no such intent: write a line such as {{"intent": "stop"}}; known: {known}'
    return Intent(word), None
