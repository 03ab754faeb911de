"""What happens in a session by itself: the states, told the time.

The session decides what comes next and says so; it never touches the treadmill. What it wants of
the belt it requests from the governor, which has the last word.
"""

import math
from collections.abc import Callable

from quarterturn import cues
from quarterturn.english import ENGLISH
from quarterturn.governor import (
    Governor,
    Halt,
    Launch,
    NotPermittedError,
    Request,
    Target,
    Walk,
)
from quarterturn.model import (
    CommandOutcome,
    HeartRate,
    MachineRecord,
    RunningCadence,
    SensorReport,
    Telemetry,
)
from quarterturn.monitors import STALE_FAULT_S, STALE_WARNING_S, Fault, FaultKind, Reaction
from quarterturn.plan import Plan, PlannedPhase
from quarterturn.session.clock import PhaseClock
from quarterturn.session.heart_rate import HeartRateWatch, Verdict, usable, usable_of
from quarterturn.session.leg import Leg
from quarterturn.session.narrator import Narrator
from quarterturn.session.route import Route, faces_forward
from quarterturn.session.standstill import Standstill
from quarterturn.session.table import AWAITING, MOVING, WALKING, State, Trigger, follow
from quarterturn.session.vocabulary import Answer, Ending, Event, Purpose
from quarterturn.words import PhraseBook

COUNTDOWN_S = 3
STEP_DOWN_CENTI_KMH = 20
"""How much slower at once, for a person who asks or a heart that needs it."""
READY_TIMEOUT_S = 120.0
_REMIND_S = 60.0
# A request outlives the ticks that renew it, but not a session that hangs.
_REQUEST_S = 2.0
_RENEW_S = 0.5

_HAIR_S = 1e-3
_HALT = Halt(ramp=True)


class Course:
    """Walk a plan from one state to the next. Feed it reports and the time; take events from it.

    Every time is of one monotonic clock. A method that finds the belt in need of stopping tells the
    governor, whose next tick sends what is needed.
    """

    def __init__(
        self,
        plan: Plan,
        governor: Governor,
        record: MachineRecord,
        now_s: float,
        book: PhraseBook = ENGLISH,
    ) -> None:
        self.plan = plan
        self.state = State.VERIFY
        self.ending: Ending | None = None
        self.belt_stopped: bool | None = None
        self._governor = governor
        self._record = record
        self._book = book
        self._route = Route(plan)
        self._standstill = Standstill(governor, record)
        self._narrator = Narrator(now_s, book)
        self._heart = HeartRateWatch(plan.max_heart_rate_bpm)
        self._leg = self._new_leg(plan.phases[0], PhaseClock())
        self._since_s = now_s
        self._finished_by = "plan"
        self._wish: tuple[Target, float] | None = None
        self._confirmed = False
        self._counted = 0
        self._asked = False
        self._reminded = False
        self._warned = False
        self._do: dict[State, Callable[[float], None]] = {
            State.VERIFY: self._verify,
            State.READY: self._wait_ready,
            State.COUNTDOWN: self._count_down,
            State.START: self._start,
            State.SETTLE: self._settle,
            State.WALK: self._in_phase,
            State.SLOW: self._slow,
            State.STOP: self._stop,
        }

    # --- what the outside tells -----------------------------------------------------------------

    def begin(self) -> None:
        """Say what will be walked; the first event, at t = 0."""
        self._narrator.plan(self.plan)

    def take_events(self) -> list[Event]:
        """Return the events since the last call, in the order of time."""
        return self._narrator.take()

    def elapsed_s(self, now_s: float) -> float:
        """Return the seconds walked in the phase, by its own clock."""
        return self._leg.clock.elapsed_s(now_s)

    def report(self, telemetry: Telemetry) -> None:
        """Digest a report that the governor has seen before."""
        self._warned = False
        now_s = telemetry.arrived_s
        verdict = self._read_heart(now_s, None, usable(telemetry.heart_rate_bpm))
        self._narrator.telemetry(telemetry, self._heart.current(now_s))
        self._slow_for_heart(verdict, now_s)

    def sense(self, report: SensorReport) -> None:
        """Digest what a sensor on the body says. A heart rate may lower, a foot pod do nothing."""
        match report:
            case HeartRate():
                verdict = self._read_heart(report.arrived_s, report.sensor, usable_of(report))
                self._narrator.heart_rate(report)
                self._slow_for_heart(verdict, report.arrived_s)
            case RunningCadence():
                self._narrator.running(report)
            case _:
                self._narrator.sensor(report)

    def outcome(self, outcome: CommandOutcome) -> None:
        """Write down what became of a command."""
        self._narrator.command(outcome)

    def machine_stopped(self, now_s: float, by: str) -> None:
        """Somebody stopped the belt at its console or by the safety key; told once or often."""
        if self.ending is None:
            self._narrator.say(now_s, cues.stopped(self._book))
            self._end_with(Ending("stopped", by), now_s)

    def fault(self, fault: Fault, now_s: float) -> None:
        """Take note of a fault that the governor has already reacted to."""
        if self.state is State.ENDED:
            return
        self._narrator.fault(now_s, fault)
        if fault.reaction is Reaction.PAUSE:
            self._pause(now_s)
        elif self.ending is None:
            self._end_with(Ending("fault", "monitor", fault.kind.value), now_s)

    def cues_lost(self, now_s: float) -> None:
        """Nobody hears the cues any more: nothing starts that is not forward [design rule 13]."""
        if self.state is State.ENDED or not self._route.lose_cues():
            return
        text = "The cues are not heard: the next turn leads to the cool-down."
        self._narrator.emit(now_s, "fault", fault="cues", action="finish", text=text)
        upcoming = self._route.upcoming()
        if upcoming is not self._leg.upcoming:
            self._leg.follow(upcoming)
        if self.state in AWAITING and self._route.keep_to_forward():
            self._unready(now_s)

    @property
    def walks_unsighted(self) -> bool:
        """The belt was told to move, and the walker does not face the console."""
        return self.state in MOVING and not faces_forward(self._leg.phase)

    def tick(self, now_s: float) -> None:
        """Let time pass."""
        if self.state is not State.ENDED:
            self._do[self.state](now_s)
            if now_s - self._governor.heard_s > STALE_WARNING_S:
                self._warn_of_silence(now_s)

    def due_s(self, now_s: float) -> float:
        """Return when the session has something to do next, if nothing arrives before."""
        match self.state:
            case State.ENDED:
                return math.inf
            case State.READY:
                due_s = self._since_s + (READY_TIMEOUT_S if self._reminded else _REMIND_S)
                if self._warned or self._record.silent_when_stopped:
                    return due_s
                return min(due_s, self._governor.heard_s + STALE_WARNING_S + _HAIR_S)
            case State.COUNTDOWN:
                return self._since_s + self._counted
            case State.SETTLE | State.WALK:
                return self._leg.due_s()
            case _:
                return now_s

    # --- at rest --------------------------------------------------------------------------------

    def _verify(self, now_s: float) -> None:
        # Behind a verified stop silence only forbids a start, which the governor sees to; an end
        # says whether the belt stands, and wants to know it now.
        ends = self._route.next is None
        if self._standstill.known(now_s) if ends else self._standstill.proved:
            self._stands(now_s)
            return
        if self._governor.stillness.asks_person(now_s) and not self._asked:
            self._asked = True
            self._since_s = now_s
            self._step(now_s, "ready", question="belt_still")
            self._narrator.say(now_s, cues.is_the_belt_still(self._book))
        self._wait_for_proof(now_s, READY_TIMEOUT_S if self._asked else None)

    def _wait_for_proof(self, now_s: float, patience_s: float | None = None) -> None:
        """Wait for the reports that prove a standstill, but not for ever."""
        if self._standstill.silent(now_s) and self.ending is None:
            text = f"No report from the treadmill for {STALE_FAULT_S:.0f} seconds."
            self._find(FaultKind.STALE, Reaction.ALARM, text, now_s)
            return  # a belt last seen moving has sent the session elsewhere
        lost = self.ending is not None and self.ending.cause == FaultKind.LINK_LOST
        if self._standstill.hopeless(now_s, self._since_s, patience_s, link_lost=lost):
            text = "The belt is not known to stand. Stay on the rails and pull the red key."
            fault = Fault(FaultKind.NOT_VERIFIED, Reaction.ALARM, text)
            self._governor.halt(fault.reaction)
            self._narrator.fault(now_s, fault)
            self._end(now_s, self.ending or Ending("fault", "monitor", fault.kind.value), None)

    def _stands(self, now_s: float) -> None:
        self._route.keep_to_forward()
        route = self._route
        if route.next is None:
            ending = self.ending or Ending("completed", self._finished_by)
            self._end(now_s, ending, belt_stopped=True)
            return
        self._go(Trigger.STANDS, now_s)
        self._confirmed = False
        self._reminded = False
        self._step(now_s, "ready")
        if route.wants_confirmation:
            self._narrator.emit(now_s, "confirm_wanted", heading=route.next.heading.word)
        say_how = cues.resume if route.purpose is Purpose.PAUSE else cues.at_rest
        self._narrator.say(now_s, say_how(self._book, route.next))

    def _wait_ready(self, now_s: float) -> None:
        if now_s >= self._since_s + READY_TIMEOUT_S:
            self._governor.halt(Reaction.ALARM)
            if self._standstill.known(now_s):
                self._narrator.say(now_s, cues.ready_timed_out(self._book))
                self._end(now_s, Ending("stopped", "timeout", "ready"), belt_stopped=True)
                return
            # READY may well have been pressed, and refused: it is the treadmill that was silent.
            text = "No report from the treadmill; READY could not be taken."
            self._narrator.fault(now_s, Fault(FaultKind.STALE, Reaction.ALARM, text))
            self._end(now_s, Ending("fault", "monitor", FaultKind.STALE.value), None)
        elif now_s >= self._since_s + _REMIND_S and not self._reminded:
            self._reminded = True
            self._narrator.say(now_s, cues.still_waiting(self._book))

    def _count_down(self, now_s: float) -> None:
        if now_s < self._since_s + self._counted:
            return
        if self._counted < COUNTDOWN_S:
            self._narrator.say(now_s, cues.countdown(self._book, COUNTDOWN_S - self._counted))
            self._counted += 1
            return
        self._go(Trigger.COUNTED, now_s)
        self._step(now_s, "start")
        self._narrator.say(now_s, cues.starting(self._book, self._leg.phase))
        self._request(now_s, Launch())

    # --- at work --------------------------------------------------------------------------------

    def _start(self, now_s: float) -> None:
        movement = self._governor.movement
        if movement is None:
            # Refused: the proof that the belt stands has grown old while it was counted down.
            self._unready(now_s)
            return
        self._request(now_s, Walk(self._governor.start_speed, self._leg.phase.incline))
        if movement.moved_s is not None:
            self._leg.clock.run(movement.moved_s)
            self._go(Trigger.MOVES, now_s)
            self._step(now_s, "settle")
            if self._route.purpose is Purpose.PAUSE:
                self._say_speed(now_s)
            self._in_phase(now_s)

    def _say_speed(self, now_s: float) -> None:
        """Say the speed that the belt will go on to; a lower one asked for before holds."""
        leg = self._leg
        planned = leg.speed_at(leg.clock.elapsed_s(now_s))
        speed = self._governor.attainable(leg.phase, planned)
        self._narrator.say(now_s, cues.speed_cue(self._book, speed))

    def _settle(self, now_s: float) -> None:
        movement = self._governor.movement
        if movement is not None and movement.handshake.done:
            self._go(Trigger.SETTLED, now_s)
        self._in_phase(now_s)

    def _in_phase(self, now_s: float) -> None:
        leg = self._leg
        elapsed_s = leg.clock.elapsed_s(now_s)
        if leg.marked(elapsed_s):
            if leg.over(elapsed_s):
                self._phase_over(now_s)
                return
            to = leg.announces(elapsed_s)
            if to is not None:
                self._narrator.step(now_s, Purpose.TURN, "announce", (leg.phase, to))
            self._narrator.say(now_s, *leg.due_cues(elapsed_s))
        self._request(now_s, leg.walk(elapsed_s))

    def _phase_over(self, now_s: float) -> None:
        upcoming = self._route.upcoming()
        if upcoming is None or upcoming.turn is not None:
            self._route.halt(upcoming)
            self._halt(now_s)
        else:
            # A late tick shortens no phase: the next one began when this one was over.
            self._walk_on(upcoming, now_s, min(now_s, self._leg.clock.reaches(self._leg.end_s)))

    def _walk_on(self, phase: PlannedPhase, now_s: float, begun_s: float) -> None:
        try:
            self._governor.walk_on(phase, now_s)
        except NotPermittedError as refusal:
            self._find(FaultKind.REFUSED, Reaction.RAMP, f"{refusal}.", now_s)
            return
        self._begin_phase(phase, PhaseClock(begun_s), now_s)
        self._in_phase(now_s)

    def _slow(self, now_s: float) -> None:
        movement = self._governor.movement
        if movement is not None and movement.stopped_s is None:
            self._request(now_s, _HALT)
            return
        self._go(Trigger.STOP_SENT, now_s)
        self._step(now_s, "stop")

    def _stop(self, now_s: float) -> None:
        if self._governor.stillness.stop_is_known or self._governor.movement is None:
            self._go(Trigger.STOP_KNOWN, now_s)
            self._step(now_s, "verify")
        else:
            self._wait_for_proof(now_s)

    def _pause(self, now_s: float) -> Answer:
        if self.state not in MOVING and self.state is not State.COUNTDOWN:
            return Answer(accepted=False, text="the belt stands already, or is slowing down")
        self._route.pause()
        self._come_to_rest(now_s)
        self._narrator.say(now_s, cues.paused(self._book))
        return Answer(accepted=True)

    # --- on the way -----------------------------------------------------------------------------

    def _go(self, trigger: Trigger, now_s: float) -> None:
        self.state = follow(self.state, trigger)
        self._since_s = now_s
        self._asked = False

    def _come_to_rest(self, now_s: float) -> None:
        """Bring what moves to a standstill, and what stands behind the proof that it does."""
        if self.state in MOVING:
            self._halt(now_s)
        elif self.state in AWAITING:
            self._unready(now_s)

    def _halt(self, now_s: float) -> None:
        """Bring the belt to a standstill by a ramp, for what the route says."""
        self._begin_slowing(now_s)
        self._request(now_s, _HALT)
        if self._route.purpose is not Purpose.PAUSE:
            self._narrator.say(now_s, cues.stopping(self._book))

    def _begin_slowing(self, now_s: float) -> None:
        leg = self._leg
        leg.clock.stand(now_s, at_most_s=leg.end_s)
        self._go(Trigger.HALT, now_s)
        self._step(now_s, "slow", walked_s=round(leg.clock.elapsed_s(now_s), 3))

    def _unready(self, now_s: float) -> None:
        """Call a start off; a request for it must not find a late proof."""
        self._go(Trigger.UNREADY, now_s)
        self._request(now_s, _HALT)
        self._step(now_s, "verify")

    def _begin_phase(self, phase: PlannedPhase, clock: PhaseClock, now_s: float) -> None:
        self._route.enter(phase)
        self._leg = self._new_leg(phase, clock)
        if self._heart.alarmed:
            self._lower_for_heart(0)
        self._narrator.phase(now_s, phase)

    def _new_leg(self, phase: PlannedPhase, clock: PhaseClock) -> Leg:
        upcoming = self._route.upcoming()
        return Leg(phase, upcoming, self._governor.start_speed, self._record, clock, self._book)

    def _read_heart(self, now_s: float, source: str | None, bpm: int | None) -> Verdict:
        return self._heart.reading(now_s, source, bpm, walking=self.state in WALKING)

    def _slow_for_heart(self, verdict: Verdict, now_s: float) -> None:
        if verdict is Verdict.GIVE_UP:
            text = "The heart rate stays above its limit."
            self._find(FaultKind.HEART_RATE, Reaction.RAMP, text, now_s)
        elif verdict is Verdict.LOWER:
            self._lower_for_heart(STEP_DOWN_CENTI_KMH)
            self._narrator.say(now_s, cues.fault_cue(self._book, FaultKind.HEART_RATE))

    def _lower_for_heart(self, centi_kmh: int) -> None:
        self._governor.lower("heart rate", self._governor.ledger.centi_kmh - centi_kmh)

    def _find(self, kind: FaultKind, reaction: Reaction, text: str, now_s: float) -> None:
        """React to what the session itself finds wrong."""
        self._governor.halt(reaction)
        self.fault(Fault(kind, reaction, text), now_s)

    def _end_with(self, ending: Ending, now_s: float) -> None:
        """Remember how this ends, and wait for the belt that the governor is stopping."""
        self.ending = ending
        self._route.halt(None)
        governor = self._governor
        moves = governor.movement is not None or governor.stillness.moving
        if self.state in MOVING or (moves and self.state in AWAITING | {State.VERIFY}):
            self._begin_slowing(now_s)
        elif self.state in AWAITING | {State.VERIFY} and self._standstill.known(now_s):
            self._end(now_s, ending, belt_stopped=True)
        elif self.state in AWAITING:
            self._unready(now_s)

    def _end(self, now_s: float, ending: Ending, belt_stopped: bool | None) -> None:
        self._go(Trigger.END, now_s)
        self.ending, self.belt_stopped = ending, belt_stopped
        if ending.reason == "completed":
            self._narrator.say(now_s, cues.completed(self._book))
        self._narrator.end(now_s, ending, belt_stopped)

    def _warn_of_silence(self, now_s: float) -> None:
        waits = self.state is State.READY and not self._record.silent_when_stopped
        if not self._warned and (waits or self.state in WALKING | {State.SLOW}):
            self._warned = True
            self._narrator.say(now_s, cues.stale_warning(self._book))

    def _step(self, now_s: float, step: str, **more: object) -> None:
        self._narrator.step(now_s, self._route.purpose, step, self._route.turn, **more)

    def _request(self, now_s: float, target: Target) -> None:
        """Ask for something, anew where it has changed or would run out before long."""
        if self._wish is not None and self._wish[0] is target and now_s < self._wish[1]:
            return
        self._wish = target, now_s + _RENEW_S
        self._governor.request(Request(target, "session", now_s + _REQUEST_S))
