"""Session, governor and monitors as one machine: told what happens, it answers with commands.

This is the whole core. It waits for nothing and reads no clock, so that a journal of what it was
told is enough to see every decision again.
"""

import math
from typing import Protocol

from quarterturn.english import ENGLISH
from quarterturn.governor import Governor
from quarterturn.model import (
    Capabilities,
    CommandOutcome,
    Heading,
    MachineRecord,
    Notice,
    NoticeKind,
    Permitted,
    Report,
    Telemetry,
)
from quarterturn.monitors import TICK_GAP_S, Fault, FaultKind, Reaction
from quarterturn.plan import Plan
from quarterturn.session import Answer, Event, Intent, State
from quarterturn.session.machine import Session
from quarterturn.words import PhraseBook

TICK_S = 0.1
"""How often the core is told the time while the belt moves or a deadline is open."""


class Core(Protocol):
    """What the runtime drives: told what happens, it answers with commands and events."""

    governor: Governor
    began_s: float

    @property
    def heading(self) -> Heading:
        """Which way the walker faces."""

    @property
    def belt_may_move(self) -> bool:
        """Whether the belt moves, or is not known to stand."""

    def report(self, report: Report) -> None:
        """Take in what the driver says."""

    def intent(self, intent: Intent, now_s: float) -> Answer:
        """Take in what a person asks."""

    def stop(
        self, now_s: float, by: str, cause: str | None = None, *, ramp: bool = False
    ) -> Answer:
        """Stop the belt and end what is under way."""

    def cues_lost(self, now_s: float) -> None:
        """Take in that nobody hears the cues any more."""

    def screen_lost(self, now_s: float) -> None:
        """Take in that nobody sees the screen any more."""

    def tick(self, now_s: float) -> list[Permitted]:
        """Let time pass; return what may be sent now."""

    def take_events(self) -> list[Event]:
        """Return the events since the last call, in the order of time."""

    def due_s(self, now_s: float) -> float:
        """Return when to tick next."""


_IDLE_STATES = frozenset({State.READY, State.COUNTDOWN, State.ENDED})


class Controller:
    """Walk one plan on one treadmill; ``book`` is the language that the walker hears.

    Raises:
        NotPermittedError: when the treadmill's speed cannot be set by software.

    """

    def __init__(
        self,
        plan: Plan,
        capabilities: Capabilities,
        record: MachineRecord,
        now_s: float,
        book: PhraseBook = ENGLISH,
    ) -> None:
        self.governor = Governor(
            capabilities,
            record,
            now_s,
            max_backward_s=_or_never(plan.max_backward_s),
            max_non_forward_s=_or_never(plan.max_non_forward_s),
        )
        self.session = Session(plan, self.governor, record, now_s, book)
        self._ticked_s = now_s
        self.began_s = now_s
        self.session.begin()

    @property
    def ended(self) -> bool:
        """Whether the session is over."""
        return self.session.state is State.ENDED

    def report(self, report: Report) -> None:
        """Take in what the driver or a sensor says; the governor hears of no sensor."""
        if isinstance(report, Telemetry):
            fault = self.governor.report(report)
            self.session.report(report)
            self._pass_on(fault, report.arrived_s)
            self._stopped_at_machine(report.arrived_s)
        elif isinstance(report, Notice):
            self._notice(report)
        elif isinstance(report, CommandOutcome):
            self._pass_on(self.governor.outcome(report), report.known_s)
            self.session.outcome(report)
        else:
            self.session.sense(report)

    def intent(self, intent: Intent, now_s: float) -> Answer:
        """Take in what a person asks."""
        return self.session.intent(intent, now_s)

    def stop(
        self, now_s: float, by: str, cause: str | None = None, *, ramp: bool = False
    ) -> Answer:
        """Stop the belt and end the session: at once, or by a ramp for who is elsewhere."""
        return self.session.stop(now_s, by, cause, ramp=ramp)

    def cues_lost(self, now_s: float) -> None:
        """Take in that nobody hears the cues any more."""
        self.session.cues_lost(now_s)

    def screen_lost(self, now_s: float) -> None:
        """Take in that nobody sees the screen any more; the belt comes to rest by a ramp."""
        text = "The screen is lost."
        fault = Fault(FaultKind.SCREEN_LOST, Reaction.RAMP, text)
        self.governor.halt(fault.reaction)
        self.session.fault(fault, now_s)

    @property
    def heading(self) -> Heading:
        """Which way the walker faces."""
        phase = self.governor.phase
        return Heading.FORWARD if phase is None else phase.heading

    @property
    def belt_may_move(self) -> bool:
        """Whether the belt moves, or is not known to stand."""
        return self.governor.movement is not None or not self.governor.stillness.verified

    def tick(self, now_s: float) -> list[Permitted]:
        """Let time pass; return what may be sent now."""
        gap_s, self._ticked_s = now_s - self._ticked_s, now_s
        if gap_s > TICK_GAP_S and self.session.walks_unsighted:
            text = f"The computer paused for {gap_s:.1f} seconds."
            fault = Fault(FaultKind.CLOCK, Reaction.RAMP, text)
            self.governor.halt(fault.reaction)
            self.session.fault(fault, now_s)
        self.session.tick(now_s)
        commands, found = self.governor.tick(now_s)
        if found is not None:
            self.session.fault(found, now_s)
        return commands

    def take_events(self) -> list[Event]:
        """Return the events since the last call, in the order of time."""
        return self.session.take_events()

    def due_s(self, now_s: float) -> float:
        """Return when to tick next."""
        due_s = self.session.due_s(now_s)
        if self.session.state in _IDLE_STATES and self.governor.movement is None:
            return due_s
        soon_s = now_s + TICK_S
        return soon_s if due_s <= now_s else min(due_s, soon_s)

    def _notice(self, notice: Notice) -> None:
        self._pass_on(self.governor.notice(notice), notice.arrived_s)
        if notice.kind is NoticeKind.CONTROL_LOST:
            self.session.stop(notice.arrived_s, "another client", "control lost")
        self._stopped_at_machine(notice.arrived_s)

    def _stopped_at_machine(self, now_s: float) -> None:
        by = self.governor.stopped_at_machine
        if by is not None:
            self.session.machine_stopped(now_s, by)

    def _pass_on(self, fault: Fault | None, now_s: float) -> None:
        if fault is not None:
            self.session.fault(fault, now_s)


def _or_never(seconds: float | None) -> float:
    return math.inf if seconds is None else seconds
