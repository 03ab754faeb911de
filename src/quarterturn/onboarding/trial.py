"""One movement of a belt that nobody is on: READY, start, what the script holds, Stop, standstill.

It decides nothing about the belt that the governor does not permit, and like a session it is told
the time. Every way out goes through ``State.STOPPING``.
"""

from collections.abc import Callable
from enum import Enum, auto

from quarterturn import cues
from quarterturn.cues import Cue, CueKind
from quarterturn.english import ENGLISH
from quarterturn.governor import Governor, Halt, Launch, NotPermittedError, Request, Target, Walk
from quarterturn.model import (
    Capabilities,
    CommandOutcome,
    Heading,
    MachineRecord,
    Notice,
    NoticeKind,
    Permitted,
    Report,
    SetSpeed,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.monitors import TICK_GAP_S, Fault, FaultKind, Reaction
from quarterturn.onboarding.observed import Observed
from quarterturn.onboarding.scripts import Act, Script, phase_of
from quarterturn.session import Answer, Ending, Event, Intent
from quarterturn.session.course import COUNTDOWN_S, READY_TIMEOUT_S
from quarterturn.session.narrator import Narrator
from quarterturn.units import LEVEL
from quarterturn.words import PhraseBook, Text

TICK_S = 0.1
_SOURCE = "onboarding"
_REQUEST_S = 2.0
# Until a belt at rest, known or not, has said so; a start unseen takes the longest to rule out.
_PATIENCE_S = 45.0
# How long the belt is watched after the link has come back, before anything is concluded.
_AFTER_CUT_S = 8.0
# Where silence is how a machine says that it stands, and before the governor repeats a Stop.
_SILENT_AFTER_CUT_S = 3.0
_FELL_SILENT_S = 6.0
# A belt that stands has shown it by then, if its machine says anything at rest.
_SEEN_S = 6.0
# A link that is not cut by then is not cut any more, and the belt is stopped.
_CUT_WITHIN_S = 1.0
_CUES = {Act.LOOK: Text.TRY_LOOK, Act.PRESS_PAUSE: Text.TRY_PAUSE, Act.CUT_LINK: Text.TRY_CUT}


class State(Enum):
    """Where a trial stands."""

    WATCH = auto()
    STILL = auto()
    READY = auto()
    COUNTDOWN = auto()
    START = auto()
    HOLD = auto()
    STOPPING = auto()
    ENDED = auto()


class Trial:
    """One trial on one connected treadmill; what the runtime drives in the place of a session.

    Raises:
        NotPermittedError: when the treadmill's speed cannot be set by software.

    """

    def __init__(
        self,
        script: Script,
        capabilities: Capabilities,
        record: MachineRecord,
        now_s: float,
        book: PhraseBook = ENGLISH,
    ) -> None:
        self.governor = Governor(capabilities, record, now_s)
        self.began_s = now_s
        self.faults: list[Fault] = []
        self.ending: Ending | None = None
        self.belt_stopped: bool | None = None
        self._script = script
        self._record = record
        self._book = book
        self._phase = phase_of(script, self.governor.start_speed)
        self._narrator = Narrator(now_s, book)
        self._state = State.WATCH if script.watch_s else State.STILL
        self._since_s = self._ticked_s = self._ended_s = now_s
        self._counted = 0
        self._index = -1
        self._asked = self._zero_told = False
        self._cut_s: float | None = None
        self._back_s: float | None = None
        self._commands: list[tuple[float, Start | Stop | SetSpeed]] = []
        self._reports: list[tuple[float, int]] = []
        self._outcomes: list[CommandOutcome] = []
        self._notices: list[Notice] = []
        self._do: dict[State, Callable[[float], None]] = {
            State.WATCH: self._watch,
            State.STILL: self._wait_for_stillness,
            State.READY: self._wait_ready,
            State.COUNTDOWN: self._count_down,
            State.START: self._start,
            State.HOLD: self._hold,
            State.STOPPING: self._stop,
        }
        self._tell(now_s, "begin", name=script.name, text=script.words)

    @property
    def ended(self) -> bool:
        """Whether the trial is over."""
        return self._state is State.ENDED

    @property
    def heading(self) -> Heading:
        """Nobody walks; the belt has only one direction."""
        return Heading.FORWARD

    @property
    def belt_may_move(self) -> bool:
        """Whether the belt moves, or is not known to stand."""
        return self.governor.movement is not None or not self.governor.stillness.verified

    @property
    def observed(self) -> Observed:
        """What has been seen so far."""
        return Observed(
            self._script.name,
            self.began_s,
            self._ended_s,
            tuple(self._commands),
            tuple(self._reports),
            tuple(self._outcomes),
            tuple(self._notices),
            self._cut_s,
            self._back_s,
        )

    # --- what happens ---------------------------------------------------------------------------

    def report(self, report: Report) -> None:
        """Take in what the driver says."""
        if isinstance(report, Telemetry):
            if report.speed is not None:
                self._reports.append((report.arrived_s, report.speed.centi_kmh))
            fault = self.governor.report(report)
            self._narrator.telemetry(report, None)
            self._found(fault, report.arrived_s)
            self._tell_zero(report)
        elif isinstance(report, Notice):
            self._notices.append(report)
            self._notice(report)
        elif isinstance(report, CommandOutcome):  # nobody is there to wear a sensor
            self._outcomes.append(report)
            self._narrator.command(report)
            self._found(self.governor.outcome(report), report.known_s)

    def _notice(self, notice: Notice) -> None:
        now_s = notice.arrived_s
        fault = self.governor.notice(notice)
        if notice.kind is NoticeKind.RECONNECTED:
            self._back_s = now_s
            self._tell(now_s, "link_back")
        if notice.kind is NoticeKind.CONTROL_LOST and self.ending is None:
            self._end_with(Ending("stopped", "another client", "control lost"), now_s)
        if self._cut_s is not None and notice.kind is NoticeKind.LINK_LOST:
            return  # as it was meant
        self._found(fault, now_s)

    def _found(self, fault: Fault | None, now_s: float) -> None:
        if fault is None:
            return
        self.faults.append(fault)
        self.governor.halt(Reaction.STOP)
        kind, action = fault.kind.value, fault.reaction.value
        self._narrator.emit(now_s, "fault", fault=kind, action=action, text=fault.text)
        self._say(now_s, CueKind.FAULT, Text.TRY_FAULT)
        if fault.reaction is Reaction.ALARM or fault.kind in (FaultKind.STALE, FaultKind.LINK_LOST):
            self._say(now_s, CueKind.FAULT, Text.TRY_RED_KEY)
        self._end_with(Ending("fault", "monitor", kind), now_s)

    def _tell_zero(self, report: Telemetry) -> None:
        zero = report.speed is not None and not report.speed
        if self._state is State.STOPPING and zero and self._commands and not self._zero_told:
            self._zero_told = True
            self._tell(report.arrived_s, "zero")
            self._say(report.arrived_s, CueKind.STOP, Text.TRY_ZERO)

    # --- what people ask ------------------------------------------------------------------------

    def intent(self, intent: Intent, now_s: float) -> Answer:
        """Take READY where it is waited for, and STOP always; there is nothing else to ask."""
        if intent is Intent.STOP:
            return self.stop(now_s, "walker")
        if intent is not Intent.READY:
            return Answer(accepted=False, text="only ready and stop mean anything here")
        if self._state is State.STOPPING and self._asked:
            return Answer(accepted=self.governor.person_says_still(now_s))
        if self._state is not State.READY:
            return Answer(accepted=False, text="nothing waits for ready")
        try:
            self.governor.ready(self._phase, now_s)
        except NotPermittedError as refusal:
            return Answer(accepted=False, text=str(refusal))
        self._go(State.COUNTDOWN, now_s)
        self._tell(now_s, "countdown")
        return Answer(accepted=True)

    def stop(
        self, now_s: float, by: str, cause: str | None = None, *, ramp: bool = False
    ) -> Answer:
        """Stop the belt at once and end the trial; nobody is on it, so that no ramp is needed."""
        del ramp
        if self._state is State.ENDED:
            return Answer(accepted=False, text="this trial is over")
        self.governor.halt(Reaction.STOP)
        self._end_with(Ending("stopped", by, cause), now_s)
        return Answer(accepted=True)

    def cues_lost(self, now_s: float) -> None:
        """Take in that nobody hears the cues any more."""
        self.stop(now_s, "screen", "cues lost")

    def screen_lost(self, now_s: float) -> None:
        """Take in that nobody sees the screen any more."""
        fault = Fault(FaultKind.SCREEN_LOST, Reaction.STOP, "The screen is lost.")
        if self._state is not State.ENDED:
            self._found(fault, now_s)

    # --- time -----------------------------------------------------------------------------------

    def tick(self, now_s: float) -> list[Permitted]:
        """Let time pass; return what may be sent now."""
        gap_s, self._ticked_s = now_s - self._ticked_s, now_s
        if self.ended:
            return []
        if gap_s > TICK_GAP_S and self._state in (State.COUNTDOWN, State.START, State.HOLD):
            text = f"The computer paused for {gap_s:.1f} seconds."
            self._found(Fault(FaultKind.CLOCK, Reaction.STOP, text), now_s)
        self._do[self._state](now_s)
        if self.ended:
            return []
        commands, fault = self.governor.tick(now_s)
        self._found(fault, now_s)
        for permitted in commands:
            if isinstance(permitted.command, Start | Stop | SetSpeed):
                self._commands.append((now_s, permitted.command))
        return commands

    def take_events(self) -> list[Event]:
        """Return the events since the last call."""
        return self._narrator.take()

    def due_s(self, now_s: float) -> float:
        """Return when to tick next."""
        return now_s + TICK_S

    # --- states ---------------------------------------------------------------------------------

    def _watch(self, now_s: float) -> None:
        if now_s - self._since_s >= self._script.watch_s:
            self._end_with(Ending("completed", "script"), now_s)

    def _wait_for_stillness(self, now_s: float) -> None:
        stillness = self.governor.stillness
        if stillness.verified and self.governor.movement is None:
            self._go(State.READY, now_s)
            self._tell(now_s, "ready")
            self._say(now_s, CueKind.READY, Text.TRY_READY)
        elif stillness.asks_person(now_s):
            self._go(State.READY, now_s)
            self._tell(now_s, "ready", question="belt_still")
            self._say(now_s, CueKind.READY, Text.TRY_STILL)
        elif now_s - self._since_s > _PATIENCE_S:
            text = "The belt is not known to stand."
            self._found(Fault(FaultKind.NOT_VERIFIED, Reaction.ALARM, text), now_s)

    def _wait_ready(self, now_s: float) -> None:
        if now_s - self._since_s > READY_TIMEOUT_S:
            self._say(now_s, CueKind.END, Text.TRY_TIMED_OUT)
            self._end_with(Ending("stopped", "timeout", "ready"), now_s)

    def _count_down(self, now_s: float) -> None:
        if now_s < self._since_s + self._counted:
            return
        if self._counted < COUNTDOWN_S:
            self._narrator.say(now_s, cues.countdown(self._book, COUNTDOWN_S - self._counted))
            self._counted += 1
            return
        self._go(State.START, now_s)
        self._tell(now_s, "start")
        self._say(now_s, CueKind.COUNTDOWN, Text.TRY_STARTING)
        self._request(now_s, Launch())

    def _start(self, now_s: float) -> None:
        movement = self.governor.movement
        if movement is None:
            text = "The start was not permitted: the belt was not known to stand any more."
            self._found(Fault(FaultKind.EXPIRED, Reaction.STOP, text), now_s)
        elif self._ended_at_machine(now_s):
            return
        elif movement.moved_s is None:
            self._request(now_s, Launch())
        elif movement.handshake.done:
            self._go(State.HOLD, now_s)
            self._next(now_s)
        else:
            self._request(now_s, Walk(self.governor.start_speed, LEVEL))

    def _hold(self, now_s: float) -> None:
        if self._ended_at_machine(now_s):
            return
        hold = self._script.holds[self._index]
        if self._cut_s is None and now_s - self._since_s >= hold.seconds:
            self._next(now_s)
        if self._state is State.HOLD:
            self._request(now_s, Walk(self._script.holds[self._index].speed, LEVEL))

    def _next(self, now_s: float) -> None:
        self._index += 1
        self._since_s = now_s
        if self._index >= len(self._script.holds):
            self._end_with(Ending("completed", "script"), now_s)
            return
        act = self._script.holds[self._index].act
        if act is not Act.HOLD:
            self._say(now_s, CueKind.STOP, _CUES[act])
        if act is Act.CUT_LINK:
            # From here on a lost link is what was meant, and the governor stops all the same.
            self._cut_s = now_s
            self._end_with(Ending("completed", "script"), now_s)
        if act is not Act.HOLD:
            self._tell(now_s, act.value)

    def _ended_at_machine(self, now_s: float) -> bool:
        by = self.governor.stopped_at_machine
        if by is None:
            return False
        wanted = 0 <= self._index < len(self._script.holds) and (
            self._script.holds[self._index].act is Act.PRESS_PAUSE
        )
        self._end_with(Ending("completed" if wanted else "stopped", by), now_s)
        return True

    def _stop(self, now_s: float) -> None:
        if self._cut_s is None or now_s - self._cut_s >= _CUT_WITHIN_S:
            self._request(now_s, Halt(ramp=False))
        stillness = self.governor.stillness
        silent = self._record.silent_when_stopped
        after_cut_s = _SILENT_AFTER_CUT_S if silent else _AFTER_CUT_S
        if self._back_s is not None and now_s - self._back_s < after_cut_s:
            return
        if self.governor.movement is None and (stillness.verified or self._never_moved(now_s)):
            self._end(now_s, True if stillness.verified else None)
        elif self._stands_after_the_cut or self._fell_silent(now_s):
            # It stopped by itself, or too quickly for a report: only a person can tell.
            self._end(now_s, None)
        elif stillness.asks_person(now_s) and not self._asked:
            self._asked = True
            self._since_s = now_s
            self._tell(now_s, "ready", question="belt_still")
            self._say(now_s, CueKind.READY, Text.TRY_STILL)
        elif now_s - self._since_s > (READY_TIMEOUT_S if self._asked else _PATIENCE_S):
            text = "The belt is not known to stand."
            fault = Fault(FaultKind.NOT_VERIFIED, Reaction.ALARM, text)
            self._found(fault, now_s)
            self._end(now_s, None)

    def _never_moved(self, now_s: float) -> bool:
        """Return whether nothing was sent, and nothing seen to move in the time it takes to see."""
        long_enough = now_s - self.began_s >= _SEEN_S
        return long_enough and not self._commands and not self.governor.stillness.moving

    def _fell_silent(self, now_s: float) -> bool:
        """Return whether a machine that is silent at rest fell silent without slowing first."""
        if self._cut_s is not None and self._back_s is None:
            return False  # nothing can be heard
        silent_s = now_s - max(self.governor.heard_s, self._back_s or 0.0)
        asked = self.governor.stillness.asks_person(now_s) or self._asked
        return self._record.silent_when_stopped and silent_s >= _FELL_SILENT_S and not asked

    @property
    def _stands_after_the_cut(self) -> bool:
        """The link is back, and not one report since then says that the belt moves."""
        back_s = self._back_s
        if back_s is None:
            return False
        after = [speed for at_s, speed in self._reports if at_s > back_s]
        return not any(after) and (bool(after) or self._record.silent_when_stopped)

    def _end_with(self, ending: Ending, now_s: float) -> None:
        """Stop, whatever it ends for; a graver reason takes the place of a lesser one."""
        if self.ending is None or self.ending.reason == "completed":
            self.ending = ending
        if self._state in (State.STOPPING, State.ENDED):
            return
        self._go(State.STOPPING, now_s)
        if self._commands and self._cut_s is None:
            self._tell(now_s, "stop")
            self._say(now_s, CueKind.STOP, Text.TRY_STOPPING)

    def _end(self, now_s: float, belt_stopped: bool | None) -> None:
        self._state = State.ENDED
        self._ended_s = now_s
        self.belt_stopped = belt_stopped
        if self._stands_after_the_cut or self._fell_silent(now_s):
            self._say(now_s, CueKind.END, Text.TRY_SEE)
        elif belt_stopped is None and self._commands:
            self._say(now_s, CueKind.FAULT, Text.TRY_RED_KEY)
        elif self._commands:
            self._say(now_s, CueKind.END, Text.TRY_ENDED)
        ending = self.ending or Ending("stopped", "walker")
        self._narrator.end(now_s, ending, belt_stopped)

    # --- words and requests ---------------------------------------------------------------------

    def _go(self, state: State, now_s: float) -> None:
        self._state, self._since_s = state, now_s
        if state in (State.READY, State.COUNTDOWN):
            self._counted = 0

    def _request(self, now_s: float, target: Target) -> None:
        self.governor.request(Request(target, _SOURCE, now_s + _REQUEST_S))

    def _tell(self, now_s: float, step: str, **more: object) -> None:
        self._narrator.emit(now_s, "trial", step=step, **more)

    def _say(self, now_s: float, kind: CueKind, text: Text) -> None:
        self._narrator.say(now_s, Cue(kind, self._book.say(text)))
