"""Run one trial of the onboarding: connect, show it, take READY and STOP from the keyboard."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Final

from quarterturn.bridge.runtime import Runtime
from quarterturn.commands.cuttable_link import CuttableLink
from quarterturn.english import ENGLISH
from quarterturn.keys import READY_KEYS
from quarterturn.model import Capabilities, MachineRecord
from quarterturn.onboarding.course import Tried, Try
from quarterturn.onboarding.observed import Observed
from quarterturn.onboarding.trial import Trial
from quarterturn.opening import Treadmill
from quarterturn.port import ControlUnansweredError
from quarterturn.ready import Mode, ReadyKeys
from quarterturn.session import Event, Intent
from quarterturn.signals import on_signals
from quarterturn.terminal import Printer, single_keys
from quarterturn.words import PhraseBook

CUT_FOR_S = 10.0
"""How long the link is away in the trial that cuts it."""

Show = Callable[[Event], str | None]
_HINTS: Final[dict[Mode, str]] = {
    "hold": "       KEYS   Hold Enter down: READY. Any other key: stop.",
    "twice": "       KEYS   Enter, and Enter again: READY. Any other key: stop.",
}

React = Callable[[Event], list[tuple[float, str]]]
"""What a simulated person does about an event: (delay in seconds, intent)."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What all trials of one onboarding share. ``react`` None: a person sits at the keyboard.

    ``book`` is the language of what is said beside the belt.
    """

    treadmill: Treadmill
    link: CuttableLink
    show: Show
    ready: Mode
    react: React | None = None
    book: PhraseBook = ENGLISH


async def run_trial(bench: Bench, step: Try) -> Tried:
    """Run a trial and come to rest.

    Raises:
        LinkError, RefusedError, TimeoutError: when there is no treadmill.

    """
    return await _TrialRun(bench, step.record).run(step)


class _TrialRun:
    def __init__(self, bench: Bench, record: MachineRecord) -> None:
        treadmill = bench.treadmill
        self._bench = bench
        self._runtime = Runtime(
            lambda sink: treadmill.build(record, sink),
            record,
            on_event=self._tell,
            book=bench.book,
        )
        self._keys = ReadyKeys(bench.ready)
        self._cutting: asyncio.Task[None] | None = None
        self._printer = (
            None if bench.react is not None else Printer(sys.stdout, self._runtime.screen_lost)
        )

    async def run(self, step: Try) -> Tried:
        runtime = self._runtime
        try:
            capabilities = await runtime.connect()
            now_s = asyncio.get_running_loop().time()
            if capabilities.speed is None:
                return Tried(Observed("none", now_s, now_s), capabilities)
            script, book = step.script(capabilities.speed), self._bench.book
            trial = Trial(script, capabilities, step.record, now_s, book)
            return await self._try(trial, capabilities)
        except ControlUnansweredError:
            return Tried(None)
        finally:
            await runtime.close()
            if self._cutting is not None:
                await asyncio.wait([self._cutting])
            if self._printer is not None:
                self._printer.close()
            if runtime.crash is not None:
                raise runtime.crash

    async def _try(self, trial: Trial, capabilities: Capabilities) -> Tried:
        with self._signals(), self._input():
            end = await self._runtime.drive(trial)
        texts = [fault.text for fault in trial.faults]
        cause = end["cause"]
        return Tried(
            trial.observed,
            capabilities,
            str(end["reason"]),
            str(end["by"]),
            None if cause is None else str(cause),
            texts[0] if texts else "",
            trial.belt_stopped,
        )

    def _input(self) -> AbstractContextManager[None]:
        if self._bench.react is not None:
            return contextlib.nullcontext()
        return single_keys(self._key, self._runtime.screen_lost)

    def _signals(self) -> AbstractContextManager[None]:
        runtime = self._runtime
        return on_signals(
            {
                signal.SIGINT: partial(runtime.stop, "walker", "interrupt"),
                signal.SIGTERM: partial(runtime.stop, "walker", "terminated"),
                signal.SIGHUP: runtime.screen_lost,
            }
        )

    def _key(self, data: bytes) -> None:
        """Take READY; any key that has no part in it stops."""
        runtime, now_s = self._runtime, asyncio.get_running_loop().time()
        ready = self._keys.key(now_s, data)
        if not set(data) <= READY_KEYS:
            runtime.stop("walker", "key")
        elif ready:
            answer = runtime.intent(Intent.READY)
            if not answer.accepted and self._printer is not None:
                self._printer.put(f"       NO     ready: {answer.text}")

    def _tell(self, event: Event) -> None:
        loop = asyncio.get_running_loop()
        line = self._bench.show(event)
        if line is not None:
            if self._printer is None:
                print(line)
            else:
                self._printer.put(line)
        step = event["step"] if event["event"] == "trial" else None
        if step == "ready" and self._printer is not None:
            self._printer.put(_HINTS[self._bench.ready])
        if step == "cut_link":
            self._cutting = loop.create_task(self._bench.link.cut(CUT_FOR_S))
        if self._bench.react is not None:
            for delay_s, word in self._bench.react(event):
                loop.call_later(delay_s, self._runtime.intent, Intent(word))
