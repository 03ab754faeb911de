"""One walk of a plan, as a state machine that is told the time.

The session decides what comes next and says so; it never touches the treadmill. What it wants of the
belt it requests from the governor, which has the last word. The rules and their reasons:

- Nothing starts without READY, and READY is only taken while the belt is known to stand.
- A walker turns only on a belt that stands; the phase clock runs only while the belt is at work.
- Every way out leads through a standstill, and the end says whether that was verified.

``TRANSITIONS`` is the whole machine: a missing key is a transition that cannot happen.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from quarterturn import cues
from quarterturn.governor import (
    STEP_S,
    Governor,
    Halt,
    Launch,
    NotPermittedError,
    Request,
    Target,
    Walk,
)
from quarterturn.model import Heading, MachineRecord, PhaseKind, Telemetry
from quarterturn.monitors import STALE_FAULT_S, STALE_WARNING_S, Fault, FaultKind, Reaction
from quarterturn.plan import Plan, PlannedPhase, turn_between
from quarterturn.units import Incline, Speed

Event = dict[str, object]


class State(StrEnum):
    """Where a session stands; between two headings also the steps of the turn."""

    VERIFY = "verify"
    READY = "ready"
    COUNTDOWN = "countdown"
    START = "start"
    SETTLE = "settle"
    WALK = "walk"
    SLOW = "slow"
    STOP = "stop"
    ENDED = "ended"


class Trigger(StrEnum):
    """What takes a session from one state to another."""

    STANDS = "the belt is known to stand"
    READY = "READY was accepted"
    COUNTED = "three, two, one"
    MOVES = "the belt moves"
    SETTLED = "the belt agrees with the start speed"
    HALT = "the belt is to stand"
    STOP_SENT = "Stop went out, or the machine stopped by itself"
    STOP_KNOWN = "the Stop was answered"
    UNREADY = "the start was called off"
    END = "nothing is left to do"


_ANY_MOVING = (State.START, State.SETTLE, State.WALK)

TRANSITIONS: dict[tuple[State, Trigger], State] = {
    (State.VERIFY, Trigger.STANDS): State.READY,
    (State.READY, Trigger.READY): State.COUNTDOWN,
    (State.COUNTDOWN, Trigger.COUNTED): State.START,
    (State.COUNTDOWN, Trigger.UNREADY): State.VERIFY,
    (State.START, Trigger.UNREADY): State.VERIFY,
    (State.START, Trigger.MOVES): State.SETTLE,
    (State.SETTLE, Trigger.SETTLED): State.WALK,
    (State.START, Trigger.HALT): State.SLOW,
    (State.SETTLE, Trigger.HALT): State.SLOW,
    (State.WALK, Trigger.HALT): State.SLOW,
    # A belt that moves unasked is brought to a standstill from wherever the session stands.
    (State.VERIFY, Trigger.HALT): State.SLOW,
    (State.READY, Trigger.HALT): State.SLOW,
    (State.COUNTDOWN, Trigger.HALT): State.SLOW,
    (State.SLOW, Trigger.STOP_SENT): State.STOP,
    (State.STOP, Trigger.STOP_KNOWN): State.VERIFY,
    (State.VERIFY, Trigger.END): State.ENDED,
    (State.READY, Trigger.END): State.ENDED,
    (State.COUNTDOWN, Trigger.END): State.ENDED,
    (State.START, Trigger.END): State.ENDED,
    (State.SLOW, Trigger.END): State.ENDED,
    (State.STOP, Trigger.END): State.ENDED,
}


class Purpose(StrEnum):
    """Why the belt stands or is about to; the name of the event that reports the steps."""

    START = "start"
    TURN = "turn"
    PAUSE = "pause"
    HALT = "halt"


class Intent(StrEnum):
    """What a client may ask for."""

    READY = "ready"
    ARM = "arm"
    CONFIRM = "confirm"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    SLOWER = "slower"
    SKIP = "skip"
    FINISH = "finish"
    ACKNOWLEDGE = "acknowledge"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an intent."""

    accepted: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a session ends: ``completed``, ``stopped`` or ``fault``; by whom; and the cause."""

    reason: str
    by: str
    cause: str | None = None


COUNTDOWN_S = 3
READY_TIMEOUT_S = 120.0
_REMIND_S = 60.0
# Requests are renewed with every tick; a session that hangs lets them expire.
_REQUEST_S = 2.0
_SLOWER_CENTI_KMH = 20
# How long a stopped belt may take to be known to stand, beyond its own stop time.
_VERIFY_PATIENCE_S = 10.0
# After this much more silence nobody waits any longer for a machine that no longer speaks.
_GONE_S = 6.0
_HEART_RATE_S = 3.0
_HEART_RATE_AGAIN_S = 15.0
_HEART_RATE_GIVE_UP_S = 60.0

_NEVER = math.inf


class PhaseClock:
    """The time the belt has been at work in a phase; it stands in a pause."""

    def __init__(self) -> None:
        self._before_s = 0.0
        self.running_since_s: float | None = None

    def run(self, now_s: float) -> None:
        """Run from ``now_s`` on."""
        self.running_since_s = now_s

    def stand(self, now_s: float) -> None:
        """Stand still."""
        self._before_s = self.elapsed_s(now_s)
        self.running_since_s = None

    def restart(self, running_since_s: float | None) -> None:
        """Begin another phase, running since then or standing."""
        self._before_s = 0.0
        self.running_since_s = running_since_s

    def elapsed_s(self, now_s: float) -> float:
        """Return the seconds walked in this phase."""
        since_s = self.running_since_s
        return self._before_s if since_s is None else self._before_s + (now_s - since_s)


class HeartRateGuard:
    """Lower the speed while the heart rate is above its limit; nothing ever raises it again."""

    def __init__(self, limit_bpm: int | None) -> None:
        self._limit_bpm = limit_bpm
        self._over_s: float | None = None
        self._lowered_s: float | None = None

    def report(self, telemetry: Telemetry) -> tuple[bool, bool]:
        """Return whether to lower the speed now, and whether to give up."""
        now_s, bpm = telemetry.arrived_s, telemetry.heart_rate_bpm
        if self._limit_bpm is None or bpm is None or bpm <= self._limit_bpm:
            self._over_s = None
            return False, False
        if self._over_s is None:
            self._over_s = now_s
            self._lowered_s = None
        over_s = now_s - self._over_s
        if over_s < _HEART_RATE_S:
            return False, False
        due = self._lowered_s is None or now_s - self._lowered_s >= _HEART_RATE_AGAIN_S
        if due:
            self._lowered_s = now_s
        return due, over_s >= _HEART_RATE_GIVE_UP_S


class Session:
    """Walk a plan. Feed it reports, notices, intents and the time; take ``events`` from it.

    ``loses_cues`` etc. arrive as calls; every time is of the same monotonic clock.
    """

    def __init__(self, plan: Plan, governor: Governor, record: MachineRecord, now_s: float) -> None:
        self.plan = plan
        self.state = State.VERIFY
        self.ending: Ending | None = None
        self.belt_stopped: bool | None = None
        self._governor = governor
        self._record = record
        self._zero_s = now_s
        self._since_s = now_s
        self._out: list[Event] = []
        self._gate = cues.CueGate()
        self._clock = PhaseClock()
        self._heart = HeartRateGuard(plan.max_heart_rate_bpm)
        self._purpose = Purpose.START
        self._phase = self._came_from = plan.phases[0]
        self._next: PlannedPhase | None = plan.phases[0]
        self._entered = False
        self._confirmed = False
        self._counted = 0
        self._asked = False
        self._reminded = False
        self._warned = False
        self._announced = False
        self._script: list[tuple[float, cues.Cue]] = []
        self._cues_heard = True
        self._distance_zero_m: int | None = None
        self._do: dict[State, Callable[[float], None]] = {
            State.VERIFY: self._verify,
            State.READY: self._wait_ready,
            State.COUNTDOWN: self._count_down,
            State.START: self._start,
            State.SETTLE: self._settle,
            State.WALK: self._walk,
            State.SLOW: self._slow,
            State.STOP: self._stop,
        }

    # --- what the outside tells ------------------------------------------------------------------

    def begin(self) -> None:
        """Say what will be walked; the first event, at t = 0."""
        plan = self.plan
        self._emit(
            self._zero_s,
            "plan",
            workout=plan.workout,
            profile=plan.profile,
            duration_s=_tidy(sum(phase.duration_s for phase in plan.phases)),
            phases=len(plan.phases),
            limited_by=list(plan.limited_by),
        )

    def take_events(self) -> list[Event]:
        """Return the events since the last call, in the order of time."""
        events, self._out = self._out, []
        return events

    def report(self, telemetry: Telemetry) -> None:
        """Digest a report that the governor has seen before."""
        now_s = telemetry.arrived_s
        self._warned = False
        distance_m = telemetry.distance_m
        if self._distance_zero_m is None:
            self._distance_zero_m = distance_m
        self._emit(
            now_s,
            "telemetry",
            speed_kmh=None if telemetry.speed is None else telemetry.speed.kmh,
            incline_pct=None if telemetry.incline is None else telemetry.incline.pct,
            distance_m=None if distance_m is None else distance_m - (self._distance_zero_m or 0),
            heart_rate_bpm=telemetry.heart_rate_bpm,
        )
        if self.state in (State.SETTLE, State.WALK):
            self._watch_heart(telemetry)

    def machine_stopped(self, now_s: float, by: str) -> None:
        """Somebody stopped the belt at the machine itself: its console or the safety key."""
        if self.ending is None:
            self._end_with(Ending("stopped", by), now_s)
            self._say(now_s, cues.stopped())

    def fault(self, fault: Fault, now_s: float) -> None:
        """Take note of a fault that the governor has already reacted to."""
        if self.state is State.ENDED:
            return
        self._emit(
            now_s, "fault", fault=fault.kind.value, action=fault.reaction.value, text=fault.text
        )
        if fault.reaction is Reaction.PAUSE:
            self._pause(now_s)
            return
        ramped = fault.reaction is Reaction.RAMP
        self._say(now_s, cues.fault_cue(fault.kind.value, ramped=ramped))
        if fault.reaction is Reaction.ALARM or fault.kind in (FaultKind.STALE, FaultKind.LINK_LOST):
            self._say(now_s, cues.pull_the_red_key())
        if self.ending is None:
            self._end_with(Ending("fault", "monitor", fault.kind.value), now_s)

    def cues_lost(self, now_s: float) -> None:
        """Nobody hears the cues any more: no turn away from forward [design 13]."""
        if self._cues_heard:
            self._cues_heard = False
            self._emit(now_s, "fault", fault="cues", action="finish", text="Cues are not heard.")

    def intent(self, intent: Intent, now_s: float) -> Answer:
        """Do what a person asks, or say why not."""
        if self.state is State.ENDED:
            return Answer(accepted=False, text="the session has ended")
        try:
            return self._intents[intent](self, now_s)
        except NotPermittedError as refusal:
            return Answer(accepted=False, text=str(refusal))

    def stop(self, now_s: float, by: str = "walker", cause: str | None = None) -> Answer:
        """Stop the belt now and end the session; works in every state."""
        self._governor.halt(Reaction.STOP)
        if self.ending is None:
            self._end_with(Ending("stopped", by, cause), now_s)
            self._say(now_s, cues.stopped())
        return Answer(accepted=True)

    @property
    def walks_unsighted(self) -> bool:
        """The belt is at work and the walker does not face the console."""
        moving = self.state in (State.SETTLE, State.WALK)
        return moving and self._phase.heading is not Heading.FORWARD

    def tick(self, now_s: float) -> None:
        """Let time pass."""
        if self.state is not State.ENDED:
            self._do[self.state](now_s)
            self._warn_of_silence(now_s)

    def due_s(self, now_s: float) -> float:
        """Return when the session has something to do next, if nothing arrives before."""
        match self.state:
            case State.ENDED:
                return _NEVER
            case State.READY:
                step_s = READY_TIMEOUT_S if self._reminded else _REMIND_S
                return self._since_s + step_s
            case State.COUNTDOWN:
                return self._since_s + self._counted
            case State.SETTLE | State.WALK:
                return self._next_in_phase_s(now_s)
            case _:
                return now_s

    # --- the states --------------------------------------------------------------------------------

    def _verify(self, now_s: float) -> None:
        governor = self._governor
        if governor.movement is not None and governor.movement.slowing_s is None:
            # Only a belt that moves unasked brings a movement here; the governor is stopping it.
            return
        if governor.stillness.verified and governor.movement is None:
            self._stands(now_s)
            return
        if governor.stillness.asks_person(now_s) and not self._asked:
            self._asked = True
            self._since_s = now_s
            self._emit_step(now_s, "ready", question="belt_still")
            self._say(now_s, cues.is_the_belt_still())
        silent_s = now_s - governor.heard_s
        if silent_s > STALE_FAULT_S and self.ending is None and not self._speaks_by_silence:
            text = f"No report from the treadmill for {STALE_FAULT_S:.0f} seconds."
            self._governor.halt(Reaction.ALARM)
            self.fault(Fault(FaultKind.STALE, Reaction.ALARM, text), now_s)
        patience_s = READY_TIMEOUT_S if self._asked else self._verify_patience_s()
        gone = self.ending is not None and silent_s > STALE_FAULT_S + _GONE_S
        if now_s - self._since_s > patience_s or (gone and not self._speaks_by_silence):
            self._not_verified(now_s)

    @property
    def _speaks_by_silence(self) -> bool:
        return self._record.silent_when_stopped

    def _verify_patience_s(self) -> float:
        record = self._record
        return record.stop_s + record.latency_s + record.false_zero_s + _VERIFY_PATIENCE_S

    def _not_verified(self, now_s: float) -> None:
        text = "The belt is not known to stand. Stay on the rails and pull the red key."
        self.fault(Fault(FaultKind.NOT_VERIFIED, Reaction.ALARM, text), now_s)
        self._governor.halt(Reaction.ALARM)
        self._end(now_s, belt_stopped=None)

    def _stands(self, now_s: float) -> None:
        if self.ending is not None:
            self._end(now_s, belt_stopped=True)
            return
        if self._next is None:
            self.ending = Ending("completed", "plan")
            self._end(now_s, belt_stopped=True)
            return
        self._go(Trigger.STANDS, now_s)
        self._confirmed = False
        self._reminded = False
        self._emit_step(now_s, "ready")
        if self._needs_confirmation():
            self._emit(now_s, "confirm_wanted", heading=self._next.heading.word)
        paused = self._purpose is Purpose.PAUSE
        self._say(now_s, cues.resume(self._next) if paused else cues.at_rest(self._next))

    def _wait_ready(self, now_s: float) -> None:
        waited_s = now_s - self._since_s
        if waited_s >= READY_TIMEOUT_S:
            self.ending = Ending("stopped", "timeout", "ready")
            self._say(now_s, cues.ready_timed_out())
            self._governor.halt(Reaction.ALARM)
            self._end(now_s, belt_stopped=True)
        elif waited_s >= _REMIND_S and not self._reminded:
            self._reminded = True
            self._say(now_s, cues.still_waiting())

    def _count_down(self, now_s: float) -> None:
        left = COUNTDOWN_S - self._counted
        if now_s - self._since_s < self._counted:
            return
        if left > 0:
            self._counted += 1
            self._say(now_s, cues.countdown(left))
            return
        self._go(Trigger.COUNTED, now_s)
        self._emit_step(now_s, "start")
        self._say(now_s, cues.starting(self._phase))
        self._request(now_s, Launch())

    def _start(self, now_s: float) -> None:
        movement = self._governor.movement
        if movement is None:
            self._request(now_s, Launch())
            if now_s - self._since_s > STEP_S:
                # The proof that the belt stands went stale while it was counted down: back to
                # before READY.
                self._go(Trigger.UNREADY, now_s)
                self._asked = False
            return
        self._request(now_s, Walk(self._governor.start_speed, self._phase.incline))
        if movement.moved_s is not None:
            self._clock.run(movement.moved_s)
            self._go(Trigger.MOVES, now_s)
            self._emit_step(now_s, "settle")

    def _settle(self, now_s: float) -> None:
        movement = self._governor.movement
        if movement is not None and movement.handshake.done:
            self._go(Trigger.SETTLED, now_s)
        self._in_phase(now_s)

    def _walk(self, now_s: float) -> None:
        self._in_phase(now_s)

    def _in_phase(self, now_s: float) -> None:
        elapsed_s = self._clock.elapsed_s(now_s)
        phase = self._phase
        left_s = phase.duration_s - elapsed_s
        if left_s <= 1e-9:
            self._phase_over(now_s)
            return
        if not self._announced and left_s <= cues.ANNOUNCE_S + 1e-9:
            self._announced = True
            upcoming = self._upcoming()
            if upcoming is not None and upcoming.turn is not None:
                self._emit_turn(now_s, phase, upcoming, "announce")
        due = []
        while self._script and self._script[0][0] <= elapsed_s + 1e-9:
            due.append(self._script.pop(0)[1])
        if due:
            self._say(now_s, *due)
        self._request(now_s, Walk(self._speed_at(elapsed_s), self._incline_at(elapsed_s)))

    def _speed_at(self, elapsed_s: float) -> Speed:
        first, last = self._phase.speed.centi_kmh, self._phase.end_speed.centi_kmh
        if first == last:
            return self._phase.speed
        share = min(1.0, elapsed_s / self._phase.duration_s)
        return Speed(math.floor(first + (last - first) * share + 1e-6))

    def _incline_at(self, elapsed_s: float) -> Incline:
        """Return the phase's incline, or what the next phase allows once it is time to go there."""
        phase, upcoming = self._phase, self._upcoming()
        allowed = Incline(0) if upcoming is None else upcoming.limits.max_incline
        if upcoming is not None and upcoming.turn is None and allowed >= phase.incline:
            return phase.incline
        if allowed >= phase.incline >= Incline(0):
            return phase.incline
        goal = max(min(phase.incline, allowed), Incline(0))
        way_s = (
            abs(phase.incline.tenths_pct - goal.tenths_pct) / 10 / self._record.incline_pct_per_s
        )
        leave_s = phase.duration_s - cues.ANNOUNCE_S - way_s - self._record.latency_s
        return phase.incline if elapsed_s < leave_s else goal

    def _phase_over(self, now_s: float) -> None:
        upcoming = self._upcoming()
        if upcoming is None:
            self._halt_for(Purpose.HALT, None, now_s)
        elif upcoming.turn is not None:
            self._halt_for(Purpose.TURN, upcoming, now_s)
        else:
            self._walk_on(upcoming, now_s)

    def _walk_on(self, phase: PlannedPhase, now_s: float) -> None:
        since_s = self._clock.running_since_s
        begun_s = (
            now_s
            if since_s is None
            else min(now_s, now_s - self._clock.elapsed_s(now_s) + self._phase.duration_s)
        )
        try:
            self._governor.walk_on(phase, now_s)
        except NotPermittedError as refusal:
            self._governor.halt(Reaction.RAMP)
            self.fault(Fault(FaultKind.REFUSED, Reaction.RAMP, f"{refusal}."), now_s)
            return
        self._clock.restart(begun_s)
        self._begin_phase(phase, now_s)
        self._in_phase(now_s)

    def _slow(self, now_s: float) -> None:
        movement = self._governor.movement
        if movement is not None and movement.stopped_s is None:
            self._request(now_s, Halt(ramp=True))
            return
        self._go(Trigger.STOP_SENT, now_s)
        self._emit_step(now_s, "stop")

    def _stop(self, now_s: float) -> None:
        if self._governor.stillness.stop_is_known or self._governor.movement is None:
            self._go(Trigger.STOP_KNOWN, now_s)
            self._asked = False
            self._emit_step(now_s, "verify")
        elif now_s - self._since_s > self._verify_patience_s():
            self._not_verified(now_s)

    # --- intents -----------------------------------------------------------------------------------

    def _ready(self, now_s: float) -> Answer:
        if self.state is State.VERIFY and self._asked:
            if not self._governor.person_says_still(now_s):
                return Answer(accepted=False, text="the treadmill is speaking again: wait")
            self._verify(now_s)
            return Answer(accepted=True)
        if self.state is not State.READY or self._next is None:
            return Answer(accepted=False, text="nothing waits for READY now")
        if self._needs_confirmation() and not self._confirmed:
            return Answer(accepted=False, text="a second person has to confirm first")
        phase = self._next
        self._governor.ready(phase, now_s)
        self._go(Trigger.READY, now_s)
        if not self._entered or phase is not self._phase:
            self._clock.restart(None)
            self._begin_phase(phase, now_s)
        self._counted = 0
        self._emit_step(now_s, "countdown")
        self._count_down(now_s)
        return Answer(accepted=True)

    def _resume(self, now_s: float) -> Answer:
        if self._purpose is not Purpose.PAUSE:
            return Answer(accepted=False, text="nothing is paused")
        return self._ready(now_s)

    def _confirm(self, now_s: float) -> Answer:
        if self.state is not State.READY or not self._needs_confirmation():
            return Answer(accepted=False, text="nothing waits to be confirmed")
        self._confirmed = True
        self._emit(now_s, "confirmed")
        return Answer(accepted=True)

    def _pause(self, now_s: float) -> Answer:
        if self.ending is not None:
            return Answer(accepted=False, text="the session is ending")
        if self.state in _ANY_MOVING:
            self._halt_for(Purpose.PAUSE, self._phase, now_s)
        elif self.state is State.COUNTDOWN:
            self._go(Trigger.UNREADY, now_s)
            self._purpose, self._next = Purpose.PAUSE, self._phase
        else:
            return Answer(accepted=False, text="the belt stands or is slowing down")
        self._say(now_s, cues.paused())
        return Answer(accepted=True)

    def _slower(self, now_s: float) -> Answer:
        if self.state not in (State.SETTLE, State.WALK):
            return Answer(accepted=False, text="the belt is not walking a phase")
        less = max(_SLOWER_CENTI_KMH, self._governor.step_centi_kmh)
        self._governor.lower("slower", self._governor.ledger.centi_kmh - less)
        return Answer(accepted=True)

    def _skip(self, now_s: float) -> Answer:
        if self.state not in (State.SETTLE, State.WALK) or self.ending is not None:
            return Answer(accepted=False, text="no phase is being walked")
        self._phase_over(now_s)
        return Answer(accepted=True)

    def _finish(self, now_s: float) -> Answer:
        if self.ending is not None:
            return Answer(accepted=False, text="the session is ending")
        cool_down = self._cool_down()
        if not self._entered:
            self.ending = Ending("completed", "walker")
            if self.state is State.READY:
                self._end(now_s, belt_stopped=True)
            return Answer(accepted=True)
        if self._phase.kind is PhaseKind.COOL_DOWN:
            return self._finish_now(now_s)
        if self.state in (State.SETTLE, State.WALK):
            if cool_down.turn is None:
                self._walk_on(cool_down, now_s)
            else:
                self._halt_for(Purpose.TURN, cool_down, now_s)
            return Answer(accepted=True)
        if self.state in (State.READY, State.VERIFY, State.SLOW, State.STOP):
            self._next, self._came_from = cool_down, self._phase
            self._purpose = Purpose.START if cool_down.turn is None else Purpose.TURN
            if self.state is State.READY:
                self._say(now_s, cues.at_rest(cool_down))
            return Answer(accepted=True)
        return Answer(accepted=False, text="the belt is starting: pause or stop")

    def _finish_now(self, now_s: float) -> Answer:
        if self.state in _ANY_MOVING:
            self._halt_for(Purpose.HALT, None, now_s)
            return Answer(accepted=True)
        self._next = None
        if self.state is State.READY:
            self.ending = Ending("completed", "walker")
            self._end(now_s, belt_stopped=True)
        return Answer(accepted=True)

    def _acknowledge(self, _now_s: float) -> Answer:
        self._governor.acknowledge()
        return Answer(accepted=True)

    def _arm(self, now_s: float) -> Answer:
        self._governor.arm(now_s)
        return Answer(accepted=True)

    _intents: dict[Intent, Callable[["Session", float], Answer]] = {
        Intent.READY: _ready,
        Intent.RESUME: _resume,
        Intent.CONFIRM: _confirm,
        Intent.PAUSE: _pause,
        Intent.STOP: stop,
        Intent.SLOWER: _slower,
        Intent.SKIP: _skip,
        Intent.FINISH: _finish,
        Intent.ACKNOWLEDGE: _acknowledge,
        Intent.ARM: _arm,
    }

    # --- on the way ----------------------------------------------------------------------------------

    def _go(self, trigger: Trigger, now_s: float) -> None:
        self.state = TRANSITIONS[self.state, trigger]
        self._since_s = now_s

    def _halt_for(self, purpose: Purpose, then: PlannedPhase | None, now_s: float) -> None:
        """Bring the belt to a standstill by a ramp, for what comes then."""
        self._purpose, self._next, self._came_from = purpose, then, self._phase
        self._clock.stand(now_s)
        self._go(Trigger.HALT, now_s)
        self._request(now_s, Halt(ramp=True))
        self._emit_step(now_s, "slow")
        self._say(now_s, cues.stopping())

    def _end_with(self, ending: Ending, now_s: float) -> None:
        """Remember how this ends, and wait for the belt that the governor is stopping."""
        self.ending = ending
        self._next = None
        still = self._governor.movement is None and self._governor.stillness.fresh(
            now_s, STALE_FAULT_S
        )
        self._purpose = Purpose.HALT
        if still and not self._governor.stillness.moving:
            self._end(now_s, belt_stopped=True)
        elif self.state not in (State.SLOW, State.STOP):
            self._clock.stand(now_s)
            if self.state is not State.VERIFY or self._governor.stillness.moving:
                self._go(Trigger.HALT, now_s)
                self._emit_step(now_s, "slow")

    def _end(self, now_s: float, *, belt_stopped: bool | None) -> None:
        ending = self.ending
        if ending is None:
            return
        self._go(Trigger.END, now_s)
        self.belt_stopped = belt_stopped
        if ending.reason == "completed":
            self._say(now_s, cues.completed())
        if belt_stopped is None:
            self._say(now_s, cues.pull_the_red_key())
        self._emit(
            now_s,
            "end",
            reason=ending.reason,
            by=ending.by,
            cause=ending.cause,
            belt_stopped=belt_stopped,
        )

    def _begin_phase(self, phase: PlannedPhase, now_s: float) -> None:
        self._phase = phase
        self._entered = True
        self._announced = False
        upcoming = self._upcoming()
        self._script = [
            entry
            for entry in cues.phase_cues(
                phase,
                upcoming,
                reached_s=cues.predicted_reach_s(
                    phase, self._governor.start_speed, self._record.latency_s
                ),
            )
            if entry[0] < phase.duration_s
        ]
        self._emit(
            now_s,
            "phase",
            index=phase.index,
            kind=phase.kind.value,
            heading=phase.heading.word,
            target_speed_kmh=phase.speed.kmh,
            target_incline_pct=phase.incline.pct,
            duration_s=_tidy(phase.duration_s),
            limited_by=list(phase.limited_by),
            end_speed_kmh=phase.end_speed.kmh,
            cap_kmh=phase.limits.max_speed.kmh,
        )

    def _upcoming(self) -> PlannedPhase | None:
        """Return what follows the current phase; without cues nobody is led away from forward."""
        index = self._phase.index + 1
        if index >= len(self.plan.phases):
            return None
        following = self.plan.phases[index]
        if not self._cues_heard and following.heading is not Heading.FORWARD:
            return self._cool_down()
        return following

    def _cool_down(self) -> PlannedPhase:
        last = self.plan.phases[-1]
        return replace(last, turn=turn_between(self._phase.heading, last.heading))

    def _needs_confirmation(self) -> bool:
        wanted = self.plan.spotter_required and self._next is not None
        return wanted and self._next is not None and self._next.heading is not Heading.FORWARD

    def _watch_heart(self, telemetry: Telemetry) -> None:
        lower, give_up = self._heart.report(telemetry)
        if give_up:
            text = "The heart rate stays above its limit."
            fault = Fault(FaultKind.HEART_RATE, Reaction.RAMP, text)
            self._governor.halt(Reaction.RAMP)
            self.fault(fault, telemetry.arrived_s)
        elif lower:
            ledger = self._governor.ledger.centi_kmh
            self._governor.lower("heart rate", ledger - _SLOWER_CENTI_KMH)
            self._say(telemetry.arrived_s, cues.fault_cue("heart_rate"))

    def _warn_of_silence(self, now_s: float) -> None:
        silent = now_s - self._governor.heard_s > STALE_WARNING_S
        if silent and not self._warned and self.state in (State.SETTLE, State.WALK):
            self._warned = True
            self._say(now_s, cues.stale_warning())

    def _next_in_phase_s(self, now_s: float) -> float:
        if self._clock.running_since_s is None:
            return now_s
        start_s = now_s - self._clock.elapsed_s(now_s)
        marks = [start_s + self._phase.duration_s]
        if not self._announced:
            marks.append(start_s + self._phase.duration_s - cues.ANNOUNCE_S)
        if self._script:
            marks.append(start_s + self._script[0][0])
        return min(marks)

    def _request(self, now_s: float, target: Target) -> None:
        self._governor.request(Request(target, "session", now_s + _REQUEST_S))

    # --- words ---------------------------------------------------------------------------------------

    def _say(self, now_s: float, *offered: cues.Cue) -> None:
        for cue in self._gate.offer(now_s, offered):
            self._emit(now_s, "cue", kind=cue.kind.value, text=cue.text)

    def _emit_step(self, now_s: float, step: str, **more: object) -> None:
        if self._purpose is Purpose.TURN and self._next is not None:
            self._emit_turn(now_s, self._came_from, self._next, step, **more)
        else:
            self._emit(now_s, self._purpose.value, step=step, **more)

    def _emit_turn(
        self, now_s: float, came_from: PlannedPhase, to: PlannedPhase, step: str, **more: object
    ) -> None:
        extra = {"from": came_from.heading.word, "to": to.heading.word, "step": step, **more}
        self._emit(now_s, "turn", **extra)

    def _emit(self, now_s: float, event: str, **fields: object) -> None:
        self._out.append({"t": round(now_s - self._zero_s, 3), "event": event, **fields})


def _tidy(seconds: float) -> float | int:
    return int(seconds) if seconds == int(seconds) else seconds


def legal_triggers(state: State) -> Iterable[Trigger]:
    """Return what can happen in a state, for the documentation's diagram."""
    return [trigger for (origin, trigger) in TRANSITIONS if origin is state]
