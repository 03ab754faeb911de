"""A walk in lines: what the bridge tells is printed, what keys or lines of JSON ask goes to it."""

import asyncio
import contextlib
import json
import signal
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager

from quarterturn.attended_walk import Attach, AttendedWalk, Walked
from quarterturn.bridge.errand import Errand
from quarterturn.commands.output import encoder, shapes_fit
from quarterturn.keys import DEFAULT_KEYMAP, KeyAction, Keymap, action_of
from quarterturn.lines import LineRenderer, table
from quarterturn.model import Heading
from quarterturn.opening import Treadmill
from quarterturn.protocol import Answered, Snapshot
from quarterturn.ready import Mode, ReadyKeys
from quarterturn.session import Event, Intent
from quarterturn.signals import on_signals
from quarterturn.terminal import Printer, lines_from_stdin, single_keys

_KEYS = (
    "Keys: Enter, held or as the settings say, is READY. Space, s or Escape stops. "
    "p pause, - slower, n skip, f finish."
)
_INTENTS_A_SECOND = 20
_NO_KEYS = "Stdin is no terminal: no key gives READY, and no key stops. Ctrl+C stops."


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
        keymap: Keymap = DEFAULT_KEYMAP,
        tells_journal: bool = True,
    ) -> None:
        self._treadmill = treadmill
        self._as_json = as_json
        self._tells_journal = tells_journal
        self._loop = asyncio.get_running_loop()
        self._walk = AttendedWalk(errand, treadmill, attach, self)
        self._printer = Printer(sys.stdout, self._walk.screen_lost)
        # Of a thread of its own too: a terminal that stands still must not hold up signs of life.
        self._notes = Printer(sys.stderr, lambda: None)
        self._keymap = keymap
        self._any_key_stops = errand.profile.any_key_stops
        self._keys = ReadyKeys(ready, keymap.ready)
        self._shapes = shapes_fit(sys.stdout)
        self._renderer = LineRenderer(shapes=self._shapes)
        self._recent_s: deque[float] = deque()

    async def run(self) -> Walked:
        """Walk, and say what came of it.

        Raises:
            UsageError, NoBridgeError: when there is no bridge for this walk.

        """
        try:
            walked = await self._walk.run(self._attended)
            if walked.refusal is not None:
                self._notes.put(walked.refusal)
            if self._walk.planned and not self._as_json:
                self._printer.put("")
                self._printer.put(table(walked.summary, shapes=self._shapes))
            if walked.journal is not None and self._tells_journal:
                self._printer.close()
                self._notes.put(f"Journal: {walked.journal}")
        finally:
            self._printer.close()
            self._notes.close()
        return walked

    # --- what is seen -----------------------------------------------------------------------------

    def show(self, event: Event) -> None:
        """Print what happened."""
        line = encoder(event) if self._as_json else self._renderer.render(event)
        if line is not None:
            self._printer.put(line)

    def see(self, snapshot: Snapshot) -> None:
        """Print nothing: the lines tell what changed."""

    def note(self, text: str) -> None:
        """Print what a person should know."""
        self._notes.put(f"quarterturn: {text}")

    # --- signals ----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _attended(self) -> Iterator[None]:
        with self._signals(), self._input():
            yield

    def _signals(self) -> AbstractContextManager[None]:
        # A closed terminal is a lost screen, and no reason for an abrupt stop.
        return on_signals(
            {
                signal.SIGINT: lambda: self._walk.give_up("interrupt"),
                signal.SIGTERM: lambda: self._walk.give_up("terminated"),
                signal.SIGHUP: self._walk.screen_lost,
            }
        )

    # --- the keyboard -----------------------------------------------------------------------------

    def _input(self) -> AbstractContextManager[None]:
        if self._as_json:
            return lines_from_stdin(self._line)
        if sys.stdin.isatty():
            self._printer.put(_KEYS)
            return single_keys(self._key, self._walk.screen_lost)
        self._printer.put(_NO_KEYS)
        return contextlib.nullcontext()

    def _key(self, data: bytes) -> None:
        seen = self._walk.snapshot
        heading = Heading.FORWARD if seen is None else Heading[seen.heading.upper()]
        moving = seen is not None and seen.belt_may_move
        action = action_of(
            data,
            heading=heading,
            moving=moving,
            keymap=self._keymap,
            any_key_stops=self._any_key_stops,
        )
        ready = self._keys.key(self._loop.time(), data)
        match action:
            case None:
                return
            case KeyAction.STOP:
                self._walk.stop("key")
            case KeyAction.READY:
                if ready:
                    self._walk.ask(Intent.READY, self._say_no)
            case _:
                self._walk.ask(Intent(action.value), self._say_no)

    def _say_no(self, intent: Intent, answer: Answered) -> None:
        if not answer.accepted:
            self._printer.put(f"       NO     {intent.value}: {answer.text}")

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
            self._walk.ask_to_stop("client", self._pass_answer)
        else:
            self._walk.ask(word, self._pass_answer)

    def _pass_answer(self, intent: Intent, answer: Answered) -> None:
        self._reply(intent, accepted=answer.accepted, text=answer.text)

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
        reply: Event = {"t": self._walk.t, "event": "answer", "intent": word}
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
