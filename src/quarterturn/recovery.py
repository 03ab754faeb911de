"""After a program that steered the belt has died: bring to rest what moves, and start nothing.

Nothing is known of the belt then. The last word of the dead program may have been a Start that the
machine is still counting down, so a belt at 0 is believed only after the time a start may take; and
no Stop goes to a belt that says 0, for there are machines that start on it.
"""

from quarterturn import cues
from quarterturn.english import ENGLISH
from quarterturn.governor import Governor, stop_of_last_resort
from quarterturn.model import (
    Capabilities,
    CommandOutcome,
    Heading,
    MachineRecord,
    Notice,
    Permitted,
    Report,
    Stop,
    Telemetry,
)
from quarterturn.monitors import STALE_FAULT_S, Fault, FaultKind, Reaction
from quarterturn.session.narrator import Narrator
from quarterturn.session.vocabulary import ACKNOWLEDGE_FIRST, Answer, Ending, Event, Intent
from quarterturn.stillness import seconds_of_proof, seconds_to_start
from quarterturn.words import PhraseBook

TICK_S = 0.1
_SOURCE = "recovery"
# A treadmill that speaks has spoken by then; one that does not is told to stop unheard.
_FIRST_REPORT_S = 1.5
# How long a belt may take to be known to stand, beyond the time that its proof takes.
_PATIENCE_S = 10.0


class Recovery:
    """What the runtime drives in the place of a session: it stops, and does nothing else.

    It ends when a person has acknowledged what happened; with ``unattended``, as soon as the belt
    is known to stand, or is not within the time that takes.

    Raises:
        NotPermittedError: when the treadmill's speed cannot be set by software.

    """

    def __init__(
        self,
        capabilities: Capabilities,
        record: MachineRecord,
        now_s: float,
        *,
        what_happened: str,
        unattended: bool = False,
        book: PhraseBook = ENGLISH,
    ) -> None:
        self.governor = Governor(capabilities, record, now_s)
        self.governor.take_over()
        self.governor.halt(Reaction.STOP)
        self.began_s = now_s
        self.ended = False
        self._unattended = unattended
        self._book = book
        self._heard = self._stopped_unheard = self._known = self._given_up = False
        needed_s = seconds_of_proof(record) + seconds_to_start(record) + record.stop_s
        self._patience_s = needed_s + _PATIENCE_S
        self._in_doubt_since_s = now_s
        self._narrator = Narrator(now_s, book)
        self._narrator.emit(now_s, "recovery", step="begin", text=what_happened)

    @property
    def heading(self) -> Heading:
        """Nobody is guided; whichever way somebody faces, any key may stop."""
        return Heading.FORWARD

    @property
    def belt_may_move(self) -> bool:
        """Whether the belt moves, or is not known to stand."""
        return self.governor.movement is not None or not self.governor.stillness.verified

    # --- what happens -----------------------------------------------------------------------------

    def report(self, report: Report) -> None:
        """Take in what the driver says."""
        if isinstance(report, Telemetry):
            self._heard = self._heard or report.speed is not None
            self._narrator.telemetry(report, None)
            self._found(self.governor.report(report), report.arrived_s)
        elif isinstance(report, Notice):
            self._found(self.governor.notice(report), report.arrived_s)
        elif isinstance(report, CommandOutcome):
            self._narrator.command(report)
            self._found(self.governor.outcome(report), report.known_s)

    def _found(self, fault: Fault | None, now_s: float) -> None:
        # That it moves unasked is no news here, and neither is that it is being stopped.
        if fault is None or fault.kind is FaultKind.UNCOMMANDED_MOTION:
            return
        kind, action = fault.kind.value, fault.reaction.value
        self._narrator.emit(now_s, "fault", fault=kind, action=action, text=fault.text)
        if fault.reaction is Reaction.ALARM or fault.kind is FaultKind.LINK_LOST:
            self._narrator.say(now_s, cues.pull_the_red_key(self._book))

    def intent(self, intent: Intent, now_s: float) -> Answer:
        """Take a person's acknowledgement, and STOP; nothing else means anything before that."""
        match intent:
            case Intent.STOP:
                return self.stop(now_s, "walker")
            case Intent.ACKNOWLEDGE if self._moves(now_s):
                return Answer(accepted=False, text="the belt moves: stop it first")
            case Intent.ACKNOWLEDGE if not (self._known or self._given_up):
                # Who looks at a belt does not see that its machine counts down.
                text = "the belt is not known to stand yet: wait until it is"
                return Answer(accepted=False, text=text)
            case Intent.ACKNOWLEDGE:
                self._end(now_s, Ending("stopped", "walker", "acknowledged"))
                return Answer(accepted=True)
            case _:
                return Answer(accepted=False, text=ACKNOWLEDGE_FIRST)

    def stop(
        self, now_s: float, by: str, cause: str | None = None, *, ramp: bool = False
    ) -> Answer:
        """Do what is being done already: the belt is stopped as soon as it is seen to move."""
        del now_s, by, cause, ramp
        text = "" if self.governor.stillness.verified else "the belt is not known to stand yet"
        return Answer(accepted=True, text=text)

    def _moves(self, now_s: float) -> bool:
        """Return whether the belt moves, and was heard to say so just now."""
        heard = now_s - self.governor.heard_s <= STALE_FAULT_S
        return heard and self.governor.stillness.moving

    def cues_lost(self, now_s: float) -> None:
        """Nothing follows from it: nobody is guided."""

    def screen_lost(self, now_s: float) -> None:
        """Nobody is there to acknowledge: end as soon as the belt is known to stand, or is not."""
        del now_s
        self._unattended = True

    # --- time -------------------------------------------------------------------------------------

    def tick(self, now_s: float) -> list[Permitted]:
        """Let time pass; return what may be sent now."""
        if self.ended:
            return []
        commands, fault = self.governor.tick(now_s)
        self._found(fault, now_s)
        waited_s = now_s - self.began_s
        if waited_s >= _FIRST_REPORT_S and not self._heard and not self._stopped_unheard:
            self._stopped_unheard = True
            commands.append(stop_of_last_resort("governor"))
        if any(isinstance(each.command, Stop) for each in commands):
            self._narrator.emit(now_s, "recovery", step="stop", text="The belt is being stopped.")
        self._look_at_belt(now_s)
        if self._unattended and (self._known or self._given_up):
            stopped = Ending("stopped", _SOURCE)
            self._end(now_s, stopped if self._known else Ending("fault", _SOURCE, "not_verified"))
        return commands

    def _look_at_belt(self, now_s: float) -> None:
        """Say that the belt stands, or that it should long have; again whenever it moved again."""
        known, self._known = self._known, self.governor.stillness.verified
        if self._known:
            self._in_doubt_since_s = now_s
            self._given_up = False
            if not known:
                self._narrator.emit(now_s, "recovery", step="stands", text="The belt stands.")
        elif now_s - self._in_doubt_since_s >= self._patience_s and not self._given_up:
            self._given_up = True
            self._narrator.say(now_s, cues.pull_the_red_key(self._book))

    def take_events(self) -> list[Event]:
        """Return the events since the last call, in the order of time."""
        return self._narrator.take()

    def due_s(self, now_s: float) -> float:
        """Return when to tick next."""
        return now_s + TICK_S

    def _end(self, now_s: float, ending: Ending) -> None:
        self.ended = True
        stands = True if self.governor.stillness.verified else None
        self._narrator.end(now_s, ending, stands)
