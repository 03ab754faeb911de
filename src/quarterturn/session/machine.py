"""What people may ask of a session, on top of what happens by itself."""

import math
from collections.abc import Callable

from quarterturn import cues
from quarterturn.english import ENGLISH
from quarterturn.governor import Governor, NotPermittedError
from quarterturn.model import MachineRecord, PhaseKind
from quarterturn.monitors import Reaction
from quarterturn.plan import Plan, PlannedPhase
from quarterturn.session.clock import PhaseClock
from quarterturn.session.course import STEP_DOWN_CENTI_KMH, Course
from quarterturn.session.table import MOVING, WALKING, State, Trigger
from quarterturn.session.vocabulary import Answer, Ending, Intent, Purpose
from quarterturn.units import Speed
from quarterturn.words import PhraseBook

_OVER = "this session is over: nothing moves before a new one"


class Session(Course):
    """One walk of a plan: ``Course`` and the intents of people."""

    def __init__(
        self,
        plan: Plan,
        governor: Governor,
        record: MachineRecord,
        now_s: float,
        book: PhraseBook = ENGLISH,
    ) -> None:
        super().__init__(plan, governor, record, now_s, book)
        self._intents: dict[Intent, Callable[[float], Answer]] = {
            Intent.READY: self._ready,
            Intent.RESUME: self._resume,
            Intent.CONFIRM: self._confirm,
            Intent.PAUSE: self._pause,
            Intent.STOP: self.stop,
            Intent.SLOWER: self._slower,
            Intent.SKIP: self._skip,
            Intent.FINISH: self._finish,
            Intent.ACKNOWLEDGE: self._acknowledge,
            Intent.ARM: self._arm,
        }

    def intent(self, intent: Intent, now_s: float) -> Answer:
        """Do what a person asks, or say why not."""
        if self.state is State.ENDED:
            return Answer(accepted=False, text=self._over_text())
        try:
            return self._intents[intent](now_s)
        except NotPermittedError as refusal:
            return Answer(accepted=False, text=str(refusal))

    def stop(
        self, now_s: float, by: str = "walker", cause: str | None = None, *, ramp: bool = False
    ) -> Answer:
        """Stop the belt and end the session, in every state; ``ramp``: slow down first.

        The ramp is for who does not stand at the machine [design rule 7].
        """
        if self.state is State.ENDED:
            return Answer(accepted=False, text=self._over_text())
        self._governor.halt(Reaction.RAMP if ramp else Reaction.STOP)
        if self.ending is None:
            self._narrator.say(now_s, cues.stopped(self._book))
            self._end_with(Ending("stopped", by, cause), now_s)
        return Answer(accepted=True, text=_OVER)

    def _ready(self, now_s: float) -> Answer:
        route = self._route
        if self.state is State.VERIFY:
            return self._still(now_s)
        if self.state is not State.READY or route.next is None:
            starts = self.state in (State.COUNTDOWN, State.START)
            why = "the belt is starting already" if starts else "the belt moves"
            return Answer(accepted=False, text=why)
        if route.wants_confirmation and not self._confirmed:
            return Answer(accepted=False, text="a second person has to confirm first")
        phase = route.next
        self._governor.ready(phase, now_s)
        self._go(Trigger.READY, now_s)
        if not route.entered or phase is not route.phase:
            self._begin_phase(phase, PhaseClock(), now_s)
        self._counted = 0
        self._step(now_s, "countdown")
        return Answer(accepted=True)

    def _still(self, now_s: float) -> Answer:
        """Take READY for the answer that the belt is still."""
        if not self._asked:
            return Answer(accepted=False, text="wait: the belt is not known to stand yet")
        if not self._governor.person_says_still(now_s):
            return Answer(accepted=False, text="wait: the treadmill is speaking again")
        return Answer(accepted=True)

    def _resume(self, now_s: float) -> Answer:
        if self._route.purpose is not Purpose.PAUSE:
            return Answer(accepted=False, text="nothing is paused")
        return self._ready(now_s)

    def _confirm(self, now_s: float) -> Answer:
        if self.state is not State.READY or not self._route.wants_confirmation:
            return Answer(accepted=False, text="nothing waits to be confirmed")
        self._confirmed = True
        self._narrator.emit(now_s, "confirmed")
        return Answer(accepted=True)

    def _slower(self, now_s: float) -> Answer:
        if self.state not in WALKING:
            return Answer(accepted=False, text="no phase is being walked")
        governor = self._governor
        ledger, slowest = governor.ledger.centi_kmh, governor.start_speed.centi_kmh
        if ledger <= slowest:
            return Answer(accepted=False, text="the belt does not go any slower: pause or stop")
        step = governor.step_centi_kmh
        lower = max(slowest, ledger - math.ceil(STEP_DOWN_CENTI_KMH / step) * step)
        governor.lower("slower", lower)
        self._narrator.say(now_s, cues.speed_cue(self._book, Speed(lower)))
        return Answer(accepted=True)

    def _skip(self, now_s: float) -> Answer:
        paused = self._route.purpose is Purpose.PAUSE and self.state not in MOVING
        if not paused and self.state not in WALKING:
            return Answer(accepted=False, text="no phase is being walked")
        if self._leg.phase.kind in (PhaseKind.WARM_UP, PhaseKind.RECOVER):
            return Answer(accepted=False, text="warming up and recovering are not skipped")
        if self._leg.phase.kind is PhaseKind.COOL_DOWN:
            self._finished_by = "walker"
        return self._leave_for(self._route.upcoming(), now_s)

    def _finish(self, now_s: float) -> Answer:
        if self.ending is not None:
            return Answer(accepted=False, text="the session is ending")
        if not self._route.entered:
            return self.stop(now_s)  # READY was never given: there is no walk to complete
        if self._leg.phase.kind is not PhaseKind.COOL_DOWN:
            return self._leave_for(self._route.cool_down(), now_s)
        self._finished_by = "walker"
        return self._leave_for(None, now_s)

    def _leave_for(self, to: PlannedPhase | None, now_s: float) -> Answer:
        """Leave the current phase for another, over a level belt where that is called for."""
        route, leg = self._route, self._leg
        if to is None:
            route.halt(None)
            self._come_to_rest(now_s)
            return Answer(accepted=True)
        if to.turn is None and self.state in WALKING:
            self._walk_on(to, now_s, now_s)
            return Answer(accepted=True)
        last = self._governor.last
        way_s = leg.levels_for(to, None if last is None else last.incline)
        if way_s > 0 and (self.state in MOVING or route.purpose is Purpose.PAUSE):
            return self._level_for(to, way_s, now_s)
        route.halt(to)
        self._come_to_rest(now_s)
        return Answer(accepted=True)

    def _level_for(self, to: PlannedPhase, way_s: float, now_s: float) -> Answer:
        """Walk on until the belt is level: a turn on a tilted one would be refused [design 12]."""
        leg, elapsed_s = self._leg, self._leg.clock.elapsed_s(now_s)
        self._route.detour(to)
        settling_s = 0.0 if self.state is State.WALK else cues.SETTLE_S + self._record.latency_s
        lead_s = leg.cut_short(elapsed_s, to, way_s + settling_s)
        if self.state in MOVING or self.state is State.COUNTDOWN:
            self._narrator.step(now_s, Purpose.TURN, "announce", (leg.phase, to))
            self._narrator.say(now_s, cues.announce_turn(self._book, to, lead_s))
            text = f"the belt is levelled first, within {lead_s} s"
        else:
            text = (
                f"the belt is tilted: press ready and walk on for {lead_s} s while it is levelled"
            )
        return Answer(accepted=True, text=text)

    def _acknowledge(self, _now_s: float) -> Answer:
        self._governor.acknowledge()
        return Answer(accepted=True, text="acknowledged: arm, then press ready")

    def _arm(self, now_s: float) -> Answer:
        self._governor.arm(now_s)
        return Answer(accepted=True, text="armed: nothing moves before ready")

    def _over_text(self) -> str:
        if self.belt_stopped is None:
            return "this session is over, and the belt is not known to stand: pull the red key"
        return _OVER
