"""The only way out: turns what the session wants into what the treadmill may be told.

Default deny. A request has a source and expires. What leaves is the minimum of all caps, the cap
being the last step before the bytes; a ramp leads there from the ledger, never from the reported
speed. Nothing moves without a token that a person's READY minted, and a fault latches here, so that
no mistake of the session can undo it. Only this module makes a ``Permitted``.
"""

import math
from typing import assert_never

from quarterturn.handshake import Handshake
from quarterturn.incline_control import InclineControl
from quarterturn.ledger import Envelope, Ledger
from quarterturn.model import (
    Capabilities,
    CommandOutcome,
    Heading,
    MachineRecord,
    Notice,
    NoticeKind,
    Outcome,
    Permitted,
    SetIncline,
    SetSpeed,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.monitors import (
    STALE_FAULT_S,
    STALE_NO_RAMP_S,
    Fault,
    FaultKind,
    Monitors,
    Reaction,
    looks_like_wrong_unit,
)
from quarterturn.movement import Movement, StopWatch
from quarterturn.outcomes import fault_of
from quarterturn.plan import PlannedPhase
from quarterturn.requests import (
    STEP_S,
    TOKEN_S,
    Halt,
    Latch,
    Launch,
    NotPermittedError,
    Request,
    Target,
    Walk,
)
from quarterturn.speed_limits import SpeedLimits, check_turn, is_forward
from quarterturn.stillness import Stillness, seconds_of_proof, seconds_to_start
from quarterturn.units import Incline, Speed
from quarterturn.walked_time import WalkedTime

__all__ = [
    "STEP_S",
    "Governor",
    "Halt",
    "Latch",
    "Launch",
    "NotPermittedError",
    "Request",
    "Target",
    "Walk",
]

_AT_CONSOLE = "lowered at the console"


class Governor:
    """Hold the ledger, the caps, the latch and the token of one treadmill; told the time, no I/O.

    ``max_backward_s`` and ``max_non_forward_s`` are the session's totals.

    Raises:
        NotPermittedError: when the treadmill's speed cannot be set by software.

    """

    def __init__(
        self,
        capabilities: Capabilities,
        record: MachineRecord,
        now_s: float,
        *,
        max_backward_s: float = math.inf,
        max_non_forward_s: float = math.inf,
    ) -> None:
        if capabilities.speed is None:
            raise NotPermittedError("this treadmill's speed cannot be set by software")
        self._record = record
        self._limits = SpeedLimits(capabilities.speed, record)
        self._inclines = InclineControl(capabilities.incline)
        self._walked = WalkedTime(max_backward_s, max_non_forward_s)
        self.ledger = Ledger(now_s)
        self._envelope = Envelope(self.ledger, record, now_s)
        self._monitors = Monitors(self.ledger, self._envelope, record)
        self.stillness = Stillness(record, now_s)
        self.latch = Latch.CLEAR
        self.phase: PlannedPhase | None = None
        self.movement: Movement | None = None
        self.last: Telemetry | None = None
        self.heard_s = now_s
        self.stopped_at_machine: str | None = None
        self._link_lost = False
        self._request: Request | None = None
        self._override: Halt | None = None
        self._token_s: float | None = None
        self._step_s = -math.inf
        self._unanswered: Permitted | None = None
        self._told: set[tuple[FaultKind, Reaction]] = set()

    @property
    def start_speed(self) -> Speed:
        """The speed of every start: the machine's slowest."""
        return Speed(self._limits.slowest)

    @property
    def step_centi_kmh(self) -> int:
        """The machine's smallest change of speed, in 0.01 km/h."""
        return self._limits.step

    # --- the person -------------------------------------------------------------------------------

    def ready(self, phase: PlannedPhase, now_s: float) -> None:
        """Put a phase's caps in force and mint the token that one start into it may spend.

        Raises:
            NotPermittedError: when a stop or fault is latched; when the belt is not known to stand,
                or is tilted more than the phase allows; when no planned turn leads to the heading;
                when the machine cannot go as slowly, or in steps as fine, as the phase asks. There
                is no token then, not even an older one.

        """
        self._token_s = None
        if self.latch is not Latch.CLEAR:
            raise NotPermittedError("acknowledge what happened and arm first")
        self.person_says_still(now_s)
        if self.movement is not None or not self.stillness.fresh(now_s, STALE_NO_RAMP_S):
            raise NotPermittedError("the belt is not known to stand")
        came_from = Heading.FORWARD if self.phase is None else self.phase.heading
        check_turn(came_from, phase, resumed=phase is self.phase)
        self._limits.check(phase)
        self._inclines.check(phase)
        if phase is not self.phase:
            self._limits.enter()
        self.phase = phase
        self._token_s = now_s

    def person_says_still(self, now_s: float) -> bool:
        """Take a person's word where the machine cannot speak; return whether the belt stands."""
        if self.stillness.person_says_still(now_s) and self._stopped:
            self.movement = None
        return self.stillness.verified

    def acknowledge(self) -> None:
        """Take note that a person has seen what happened. Starts nothing.

        Raises:
            NotPermittedError: when nothing is latched.

        """
        if self.latch is not Latch.LATCHED:
            raise NotPermittedError("there is nothing to acknowledge")
        self.latch = Latch.ACKNOWLEDGED

    def arm(self, now_s: float) -> None:
        """Clear an acknowledged latch. Starts nothing.

        Raises:
            NotPermittedError: when nothing is latched, it was not acknowledged, or the belt is not
                known to stand.

        """
        if self.latch is Latch.CLEAR:
            raise NotPermittedError("there is nothing to arm")
        if self.latch is Latch.LATCHED:
            raise NotPermittedError("acknowledge what happened first")
        if self.movement is not None or not self.stillness.fresh(now_s, STALE_FAULT_S):
            raise NotPermittedError("the belt is not known to stand")
        self.latch = Latch.CLEAR
        self._override = self.stopped_at_machine = None
        self._told.clear()

    def halt(self, reaction: Reaction) -> None:
        """Latch, and have the belt stand, whatever anybody requests; only ever tightened."""
        self.latch = Latch.LATCHED
        self._token_s = None
        ramp = reaction in (Reaction.RAMP, Reaction.PAUSE)
        if self._override is None or self._override.ramp:
            self._override = Halt(ramp=ramp)

    def take_over(self) -> None:
        """Note that another program steered this belt until it died: nothing is known of it.

        Its last word may have been a Start that the machine is still counting down.
        """
        self.stillness.start_sent()
        self.stillness.cut_off()

    # --- the session ------------------------------------------------------------------------------

    def walk_on(self, phase: PlannedPhase, now_s: float) -> None:
        """Put the caps of a phase with the same heading in force while the belt runs on.

        Raises:
            NotPermittedError: when the belt does not run, the heading would change, or the machine
                cannot go as slowly as the phase's cap asks.

        """
        before, movement = self.phase, self.movement
        if before is None or movement is None or movement.moved_s is None:
            raise NotPermittedError("nobody is walking")
        if movement.slowing_s is not None:
            raise NotPermittedError("the belt is slowing down")
        if phase.heading is not before.heading:
            raise NotPermittedError("another heading needs a turn on a belt that stands")
        self._limits.check(phase)
        self._limits.walk_on(before, phase, now_s)
        self.phase = phase
        self._walked.begin(phase, now_s)

    def request(self, request: Request) -> None:
        """Replace what is wanted of the belt. To want a standstill takes READY back."""
        if isinstance(request.target, Halt):
            self._token_s = None
        self._request = request

    def attainable(self, phase: PlannedPhase, wish: Speed) -> Speed:
        """Return what the caps of a phase, the live ones too, leave of a speed."""
        return Speed(self._limits.target(phase, wish.centi_kmh))

    def lower(self, reason: str, centi_kmh: int) -> None:
        """Tighten the live cap for the rest of the phase, never below the machine's slowest."""
        self._limits.lower(reason, centi_kmh)

    # --- the machine ------------------------------------------------------------------------------

    def report(self, telemetry: Telemetry) -> Fault | None:
        """Digest one report; return what is wrong with it, if that is news. A fault latches."""
        now_s = self._latest_s(telemetry)
        self.stillness.report(telemetry)
        self._inclines.report(telemetry.incline)
        if self._stopped and self.stillness.verified:
            self.movement = None
        if telemetry.speed is None:
            return None
        fault = self._follow(now_s, telemetry.speed.centi_kmh)
        cap = None if self.phase is None else self._limits.measured_cap(self.phase, now_s)
        found = self._monitors.report(now_s, telemetry.speed.centi_kmh, cap)
        if self._stopped_by_its_word_alone and self._monitors.moves_again:
            self.movement = None  # another one, which nobody has stopped yet
        lowered_to = self._monitors.console_lowered_to
        if fault is None and found is None and lowered_to is not None:
            self._adopt(now_s, lowered_to)
        return self._react(fault or self._explain(found))

    def _latest_s(self, telemetry: Telemetry) -> float:
        self.last = telemetry
        if telemetry.speed is not None:
            self.heard_s = telemetry.arrived_s
        return telemetry.arrived_s

    def _follow(self, now_s: float, reported: int) -> Fault | None:
        """Follow a movement from its first report above 0 to the Stop."""
        movement, phase = self.movement, self.phase
        if movement is None or phase is None or movement.stopped_s is not None:
            return None
        if reported:
            movement.zero_s = None
            if movement.moved_s is None:
                self._moves(now_s, movement, phase)
            return movement.handshake.report(now_s, reported) or self._inclines.watch(phase)
        if movement.moved_s is not None:
            if movement.zero_s is None:
                movement.zero_s = now_s
            # Longer than any false zero of this machine: somebody stopped it without a word.
            elif now_s - movement.zero_s >= seconds_of_proof(self._record):
                self._stopped_by_machine(now_s, "console")
        return None

    def _moves(self, now_s: float, movement: Movement, phase: PlannedPhase) -> None:
        movement.moved_s = now_s
        self._envelope.advance(now_s)
        self._envelope.moved()
        self._walked.begin(phase, now_s)

    def _stopped_by_machine(self, now_s: float, by: str) -> None:
        """Somebody stopped the belt at the machine: watch it come to rest, and latch.

        A Stop is only sent if it does not: to a paused machine it may be a start (Kingsmith K12,
        qdomyos-zwift issue 470).
        """
        self.stillness.stop_known()
        movement = self.movement
        if movement is None or movement.stopped_s is not None:
            return  # an old status, replayed at the subscription, or the answer to our own Stop
        self.stopped_at_machine = by
        self._slow_down(now_s, movement)
        movement.stop_watch.watch(now_s, self._monitors.reported_centi_kmh)
        self._has_stopped(now_s, movement)
        self.halt(Reaction.STOP)

    @property
    def _stopped(self) -> bool:
        return self.movement is not None and self.movement.stopped_s is not None

    @property
    def _stopped_by_its_word_alone(self) -> bool:
        """The machine said that it stopped, and was sent no Stop (rule 6 speaks of a Stop)."""
        movement = self.movement
        return movement is not None and self._stopped and not movement.stop_watch.any_sent

    def notice(self, notice: Notice) -> Fault | None:
        """Digest what the machine says of itself; return what is wrong with it, if that is news."""
        now_s = notice.arrived_s
        match notice.kind:
            case NoticeKind.STOPPED | NoticeKind.PAUSED:
                self._stopped_by_machine(now_s, "console")
            case NoticeKind.SAFETY_KEY:
                self._stopped_by_machine(now_s, "safety key")
            case NoticeKind.CONTROL_LOST:
                self.halt(Reaction.STOP)
            case NoticeKind.LINK_LOST:
                self._link_lost = True
                text = "The connection to the treadmill is lost; the belt may run on."
                return self._react(Fault(FaultKind.LINK_LOST, Reaction.STOP, text))
            case NoticeKind.RECONNECTED:
                self._token_s = None
                self._link_lost = False
                if not self.stillness.stop_is_known:
                    self.stillness.cut_off()
                    self._monitors.cut_off()
                if self.movement is not None:
                    self.movement.stop_watch.reconnected(now_s)
            case NoticeKind.ACCEPTED if isinstance(notice.command, Stop):
                self.stillness.stop_known()
            case NoticeKind.ACCEPTED if self._unanswered is not None:
                if notice.command == self._unanswered.command:
                    self._unanswered = None
            case NoticeKind.TARGET_SPEED if notice.speed is not None:
                return self._react(self._foreign_speed(now_s, notice.speed.centi_kmh))
            case _:
                pass
        return None

    def outcome(self, outcome: CommandOutcome) -> Fault | None:
        """Digest what became of a command; return what is wrong with it, if that is news."""
        if outcome.permitted == self._unanswered:
            self._unanswered = None
        done = outcome.outcome in (Outcome.CONFIRMED, Outcome.SUPERSEDED)
        if not done and isinstance(outcome.permitted.command, SetIncline):
            self._inclines.freeze()
        # What the lost link left open says nothing of the treadmill: the loss itself was the fault.
        cut_off = self._link_lost and outcome.outcome is Outcome.UNKNOWN
        return None if cut_off else self._react(fault_of(outcome))

    def _react(self, fault: Fault | None) -> Fault | None:
        """Latch. Return the fault the first time only: it stands until somebody arms again."""
        if fault is None or fault.reaction is Reaction.PAUSE:
            return fault
        self.halt(fault.reaction)
        news = (fault.kind, fault.reaction)
        if news in self._told:
            return None
        self._told.add(news)
        return fault

    def _explain(self, fault: Fault | None) -> Fault | None:
        """Rule 6: a belt that speeds up after a Stop gets no further Stop, but an alarm."""
        if fault is None or fault.kind is not FaultKind.UNCOMMANDED_MOTION or not self._stopped:
            return fault
        rose = self._monitors.rose_after_stop
        kind = FaultKind.ROSE_AFTER_STOP if rose else FaultKind.STOP_FAILED
        return Fault(kind, Reaction.ALARM, fault.text)

    def _foreign_speed(self, now_s: float, centi_kmh: int) -> Fault | None:
        """M7: adopt a lower target set by somebody else, never a higher one."""
        movement, phase = self.movement, self.phase
        if movement is None or phase is None or movement.stopped_s is not None:
            return None
        lowest, highest = self.ledger.span(now_s - self._record.latency_s - STEP_S, now_s)
        # Some machines announce what they were told, in their own rounding.
        rounding = self.step_centi_kmh // 2
        if centi_kmh < lowest - rounding:
            self._adopt(now_s, centi_kmh)
            return None
        if centi_kmh <= highest + rounding:
            return None
        if not movement.handshake.done and looks_like_wrong_unit(centi_kmh, highest):
            text = (
                f"Told {highest / 100:.1f} km/h, the treadmill makes it {centi_kmh / 100:.1f} km/h."
            )
            return Fault(FaultKind.WRONG_UNIT, Reaction.STOP, text)
        text = f"Somebody set the belt to {centi_kmh / 100:.1f} km/h at the console."
        reaction = Reaction.PAUSE if is_forward(phase) else Reaction.STOP
        return Fault(FaultKind.FOREIGN_CONTROL, reaction, text)

    def _adopt(self, now_s: float, centi_kmh: int) -> None:
        """Take a lower speed as it is, without a word to the machine, which is there already."""
        adopted = self._limits.lower(_AT_CONSOLE, centi_kmh)
        if adopted < self.ledger.centi_kmh:
            self._write_ledger(now_s, adopted)

    # --- out --------------------------------------------------------------------------------------

    def tick(self, now_s: float) -> tuple[list[Permitted], Fault | None]:
        """Return what may leave now, and what the governor itself found wrong."""
        fault = self._react(self._overdue(now_s))
        request = self._request
        if self._override is not None:
            return self._halt(now_s, ramp=self._override.ramp, source="governor"), fault
        if request is None or now_s > request.expires_s:
            if self.movement is None or self._stopped:
                return self._stop_again(now_s), None
            text = "Nothing steers the session any more."
            fault = self._react(Fault(FaultKind.EXPIRED, Reaction.RAMP, text))
            return self._halt(now_s, ramp=True, source="governor"), fault
        match request.target:
            case Halt(ramp):
                return self._halt(now_s, ramp=ramp, source=request.source), None
            case Launch():
                return self._launch(now_s, request.source), None
            case Walk(speed, incline):
                return self._walk(now_s, speed, incline, request.source), None
            case _:
                assert_never(request.target)

    def _launch(self, now_s: float, source: str) -> list[Permitted]:
        """Start, and spend the token: a start that is not permitted now takes another READY."""
        token_s, self._token_s = self._token_s, None
        if token_s is None or not now_s - token_s <= TOKEN_S:
            return []
        if self.movement is not None or not self.stillness.fresh(now_s, STALE_NO_RAMP_S):
            return []
        self.movement = self._new_movement(now_s)
        self._write_ledger(now_s, self._limits.slowest)
        self._envelope.started()
        self.stillness.start_sent()
        return [Permitted(Start(), source)]

    def _new_movement(self, started_s: float | None) -> Movement:
        self._monitors.started()
        handshake = Handshake(self.start_speed, self._record)
        return Movement(handshake, StopWatch(self._record), started_s)

    def _walk(self, now_s: float, speed: Speed, incline: Incline, source: str) -> list[Permitted]:
        movement, phase = self.movement, self.phase
        if movement is None or phase is None or movement.slowing_s is not None:
            return []
        # A belt that says 0 may have been stopped at the console: a target might start it again.
        if movement.moved_s is None or movement.zero_s is not None:
            return []
        if not movement.speed_sent:
            # The machine started at whatever it likes; from here on the speed is ours.
            movement.speed_sent = True
            movement.handshake.speed_sent(now_s)
            return [self._set_speed(now_s, self._limits.slowest, source)]
        out = []
        settled = movement.handshake.done
        tilt = self._inclines.step(now_s, incline, phase) if settled else None
        if tilt is not None:
            out.append(Permitted(SetIncline(tilt), source))
        fresh = now_s - self.heard_s <= STALE_NO_RAMP_S
        may_rise = settled and fresh and self._unanswered is None
        since_s, wish, ledger = now_s - self._step_s, speed.centi_kmh, self.ledger.centi_kmh
        centi_kmh = self._limits.step_to(phase, wish, ledger, since_s, may_rise=may_rise)
        if centi_kmh != ledger:
            caps = self._limits.caps(phase)
            reasons = tuple(reason for cap, reason in caps if cap < wish)
            out.append(self._set_speed(now_s, centi_kmh, source, reasons))
        return out

    def _halt(self, now_s: float, *, ramp: bool, source: str) -> list[Permitted]:
        movement = self.movement
        if movement is None:
            if not self.stillness.moving:
                return []
            # Rule 6 again: what moves is stopped, whoever started it.
            movement = self.movement = self._new_movement(None)
        if movement.stopped_s is not None:
            return self._stop_again(now_s)
        self._slow_down(now_s, movement)
        if ramp and movement.speed_sent:
            if now_s - self._step_s < STEP_S:
                return []
            ledger, slowest = self.ledger.centi_kmh, self._limits.slowest
            if ledger > slowest:
                own = 0 if self.phase is None else self.phase.limits.ramp_down_centi_kmh_per_s
                slower = math.floor(ledger - movement.rate_of_halt(ledger, own))
                return [self._set_speed(now_s, max(slowest, self._limits.on_grid(slower)), source)]
        movement.stop_watch.sent(now_s, self._fastest)
        self._has_stopped(now_s, movement)
        return [Permitted(Stop(), source)]

    def _stop_again(self, now_s: float) -> list[Permitted]:
        """Repeat a Stop that shows no effect, but never to a belt that rose after it."""
        movement, reported = self.movement, self._monitors.reported_centi_kmh
        if movement is None or self._monitors.rose_after_stop:
            return []
        if self.stillness.asks_person(now_s):
            return []  # this machine's silence is the answer
        if not movement.stop_watch.due(now_s, reported, self.heard_s):
            return []
        movement.stop_watch.sent(now_s, reported)
        self._monitors.stopped_again(now_s)
        self._envelope.advance(now_s)
        self._envelope.stopped(now_s, reported)
        return [Permitted(Stop(), "governor")]

    @property
    def _fastest(self) -> int:
        return max(self.ledger.centi_kmh, self._monitors.reported_centi_kmh)

    def _slow_down(self, now_s: float, movement: Movement) -> None:
        self._walked.end(now_s)
        movement.slow_down(now_s)

    def _has_stopped(self, now_s: float, movement: Movement) -> None:
        """Note that the belt was told, or told itself, to stand."""
        movement.stopped_s = now_s
        self._write_ledger(now_s, 0)
        self._envelope.stopped(now_s, self._monitors.reported_centi_kmh)
        self._monitors.stopped(now_s)

    def _set_speed(
        self, now_s: float, centi_kmh: int, source: str, reasons: tuple[str, ...] = ()
    ) -> Permitted:
        self._write_ledger(now_s, centi_kmh)
        self._step_s = now_s
        # The ledger must not climb on values that nobody has heard: see _walk.
        self._unanswered = Permitted(SetSpeed(Speed(centi_kmh)), source, reasons)
        return self._unanswered

    def _write_ledger(self, now_s: float, centi_kmh: int) -> None:
        self._envelope.advance(now_s)
        self._monitors.commanded(now_s, self.ledger.centi_kmh, centi_kmh)
        self.ledger.write(now_s, centi_kmh)

    # --- clocks -----------------------------------------------------------------------------------

    def _overdue(self, now_s: float) -> Fault | None:
        movement = self.movement
        if movement is None or movement.stopped_s is not None:
            return None
        if movement.moved_s is None and movement.started_s is not None:
            waited_s = now_s - movement.started_s
            record = self._record
            if waited_s > seconds_to_start(record):
                text = f"The belt did not start within {waited_s:.0f} seconds."
                return Fault(FaultKind.NO_EFFECT, Reaction.STOP, text)
            if record.silent_when_stopped:
                return None
        if now_s - self.heard_s > STALE_FAULT_S:
            text = f"No report from the treadmill for {STALE_FAULT_S:.0f} seconds."
            return Fault(FaultKind.STALE, Reaction.STOP, text)
        overrun = self._walked.overdue(now_s)
        return None if overrun is None else Fault(FaultKind.OVERTIME, Reaction.RAMP, overrun)


def stop_of_last_resort(source: str = "crash") -> Permitted:
    """Return the Stop of last resort: for a governor that has broken down, or has heard nothing.

    It asks nothing of the governor's state: that cannot be trusted any more, or is not there yet.
    """
    return Permitted(Stop(), source)
