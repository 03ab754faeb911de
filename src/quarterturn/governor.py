"""The only way out: turns what the session wants into what the treadmill may be told.

Default deny. A request has a source and expires. What leaves is the minimum of all caps, the cap being
the last step before the bytes; a ramp leads there from the ledger, never from the reported speed.
Nothing moves without a token that a person's READY minted, and a fault latches here, so that no mistake
of the session can undo it. Only this module makes a ``Permitted``.
"""

import math
from dataclasses import dataclass
from enum import Enum

from quarterturn.caps import cap_row, hard_limits
from quarterturn.handshake import Handshake
from quarterturn.ledger import Envelope, Ledger
from quarterturn.model import (
    Capabilities,
    Command,
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
)
from quarterturn.plan import PlannedPhase
from quarterturn.stillness import Stillness
from quarterturn.units import Incline, Speed


class NotPermittedError(Exception):
    """The governor refuses, and says why in words for the person."""


@dataclass(frozen=True, slots=True)
class Launch:
    """Start the belt; needs the token."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Have the belt run at a speed and an incline."""

    speed: Speed
    incline: Incline


@dataclass(frozen=True, slots=True)
class Halt:
    """Bring the belt to a standstill, by a ramp or by Stop at once."""

    ramp: bool


Target = Launch | Walk | Halt


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants of the belt, until ``expires_s``."""

    target: Target
    source: str
    expires_s: float


class Latch(Enum):
    """A stop or a fault latches; acknowledging it starts nothing, and arming starts nothing."""

    CLEAR = "clear"
    LATCHED = "latched"
    ACKNOWLEDGED = "acknowledged"


@dataclass(slots=True)
class Movement:
    """One movement of the belt, from Start (or unasked motion) to the verified standstill."""

    handshake: Handshake
    started_s: float | None
    moved_s: float | None = None
    speed_sent: bool = False
    slowing_s: float | None = None
    halt_rate: float | None = None
    stopped_s: float | None = None
    stops: int = 0
    stopped_from: int = 0
    zero_s: float | None = None
    reconnected_s: float | None = None


# How long a person's READY is good for, and how often a target may change [design 2 and 3].
TOKEN_S = 10.0
STEP_S = 1.0
# A software stop takes at most this long from walking speed to Stop [design 7].
_RAMP_STOP_S = 8.0
_OVERTIME_S = 1.0
_MAX_STOPS = 3
_STOP_PATIENCE_S = 4.0
_START_PATIENCE_S = 10.0
# An incline motor stands within half a per cent of its target.
_INCLINE_SLACK = 5
# A machine with coarser steps cannot lead anybody gently who does not see where they go.
COARSEST_STEP = Speed(20)

_NEVER = math.inf


class Governor:
    """Hold the ledger, the caps, the latch and the token of one treadmill; told the time, no I/O.

    Raises:
        NotPermittedError: when the treadmill's speed cannot be set by software.

    """

    def __init__(
        self,
        capabilities: Capabilities,
        record: MachineRecord,
        now_s: float,
        *,
        max_backward_s: float = _NEVER,
        max_non_forward_s: float = _NEVER,
    ) -> None:
        if capabilities.speed is None:
            raise NotPermittedError("this treadmill's speed cannot be set by software")
        self._range = capabilities.speed
        self._inclines = capabilities.incline
        self._record = record
        self._max_backward_s = max_backward_s
        self._max_non_forward_s = max_non_forward_s
        self.ledger = Ledger(now_s)
        self._envelope = Envelope(self.ledger, record, now_s)
        self.stillness = Stillness(record, now_s)
        self._monitors = Monitors(self.ledger, self._envelope, record)
        self.latch = Latch.CLEAR
        self.phase: PlannedPhase | None = None
        self.movement: Movement | None = None
        self.last: Telemetry | None = None
        self.heard_s = now_s
        self._request: Request | None = None
        self._override: Halt | None = None
        self._token_s: float | None = None
        self._live: dict[str, int] = {}
        self._incline_tenths = 0
        self.stopped_at_machine: str | None = None
        self._incline_frozen = False
        self._step_s = self._incline_step_s = -_NEVER
        self._stretch_s: float | None = None
        self._non_forward_s = self._backward_s = 0.0

    # --- the person ----------------------------------------------------------------------------

    def ready(self, phase: PlannedPhase, now_s: float) -> None:
        """Put a phase's caps in force and mint the token that one start into it may spend.

        Raises:
            NotPermittedError: when a stop or fault is latched; when the belt is not known to stand, or
                is tilted more than the phase allows; when no planned turn leads to the heading; when
                the machine cannot go as slowly, or in steps as fine, as the phase asks. Nothing has
                changed then.

        """
        if self.latch is not Latch.CLEAR:
            raise NotPermittedError("acknowledge what happened and arm first")
        self.person_says_still(now_s)
        if self.movement is not None or not self.stillness.fresh(now_s, STALE_NO_RAMP_S):
            raise NotPermittedError("the belt is not known to stand")
        self._check_turn(phase)
        self._check_machine(phase)
        self._check_incline(phase)
        if phase is not self.phase:
            self.phase = phase
            self._live.clear()
        self._token_s = now_s

    def person_says_still(self, now_s: float) -> bool:
        """Take a person's word where the machine cannot speak; return whether the belt stands."""
        if self.stillness.person_says_still(now_s) and self._stopped:
            self._end_movement(now_s)
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
            NotPermittedError: when it was not acknowledged, or the belt is not known to stand.

        """
        if self.latch is Latch.LATCHED:
            raise NotPermittedError("acknowledge what happened first")
        if self.movement is not None or not self.stillness.fresh(now_s, STALE_FAULT_S):
            raise NotPermittedError("the belt is not known to stand")
        self.latch = Latch.CLEAR
        self._override = None

    def halt(self, reaction: Reaction) -> None:
        """Latch, and bring the belt to a standstill whatever anybody requests; only ever tightened."""
        self.latch = Latch.LATCHED
        self._token_s = None
        if reaction is Reaction.STOP:
            self._override = Halt(ramp=False)
        elif reaction is Reaction.RAMP and self._override is None:
            self._override = Halt(ramp=True)

    # --- the session ---------------------------------------------------------------------------

    def walk_on(self, phase: PlannedPhase, now_s: float) -> None:
        """Put the caps of a phase with the same heading in force while the belt runs on.

        Raises:
            NotPermittedError: when the heading would change, or the machine cannot go as slowly as the
                phase's cap asks.

        """
        if self.phase is None or phase.heading is not self.phase.heading:
            raise NotPermittedError("another heading needs a turn on a belt that stands")
        self._check_machine(phase)
        walking = self._stretch_s is not None
        self._end_stretch(now_s)
        self.phase = phase
        self._live.clear()
        if walking:
            self._stretch_s = now_s

    def request(self, request: Request) -> None:
        """Replace what is wanted of the belt."""
        self._request = request

    def lower(self, reason: str, centi_kmh: int) -> None:
        """Tighten the live cap for the rest of the phase, never below the machine's slowest speed."""
        value = max(self._on_grid(centi_kmh), self._range.minimum.centi_kmh)
        self._live[reason] = min(value, self._live.get(reason, value))

    @property
    def start_speed(self) -> Speed:
        """The speed of every start: the machine's slowest."""
        return self._range.minimum

    @property
    def step_centi_kmh(self) -> int:
        """The machine's smallest change of speed, in 0.01 km/h."""
        return max(1, self._range.step.centi_kmh)

    # --- the machine -----------------------------------------------------------------------------

    def report(self, telemetry: Telemetry) -> Fault | None:
        """Digest one report; return what is wrong with it, if anything. A fault latches."""
        now_s = telemetry.arrived_s
        self.last, self.heard_s = telemetry, now_s
        self.stillness.report(telemetry)
        if self._stopped and self.stillness.verified:
            self._end_movement(now_s)
        fault = self._follow(telemetry)
        fault = self._monitors.report(telemetry, self._measured_cap()) or fault
        if fault is None and self._monitors.console_lowered_to is not None:
            self._adopt(now_s, self._monitors.console_lowered_to)
        return self._react(self._explain(fault))

    def _follow(self, telemetry: Telemetry) -> Fault | None:
        """Follow a movement from its first report above 0 to the Stop."""
        movement, now_s = self.movement, telemetry.arrived_s
        if movement is None or movement.stopped_s is not None or telemetry.speed is None:
            return None
        if telemetry.speed:
            movement.zero_s = None
            if movement.moved_s is None:
                movement.moved_s = self._stretch_s = now_s
                self._envelope.advance(now_s)
                self._envelope.moved()
            return movement.handshake.report(now_s, telemetry.speed.centi_kmh)
        if movement.moved_s is not None:
            if movement.zero_s is None:
                movement.zero_s = now_s
            # Longer than any false zero of this machine: somebody stopped it without a word.
            elif now_s - movement.zero_s > max(self._record.false_zero_s, STEP_S):
                self._stopped_by_machine(now_s, "console")
        return None

    def _stopped_by_machine(self, now_s: float, by: str) -> None:
        """Somebody stopped the belt at the machine: watch it come to rest, and latch.

        A Stop is only sent if it does not: to a paused machine it may be a start (Kingsmith K12,
        qdomyos-zwift issue 470).
        """
        movement = self.movement
        self.stillness.stop_known()
        if movement is None or movement.stopped_s is not None or movement.moved_s is None:
            return  # nothing moved: an old status, replayed at the subscription
        self.stopped_at_machine = by
        self._end_stretch(now_s)
        movement.slowing_s = movement.stopped_s = now_s
        movement.stopped_from = max(self.ledger.centi_kmh, self._monitors.reported_centi_kmh)
        self._write_ledger(now_s, 0)
        self._envelope.stopped()
        self._monitors.stopped(now_s)
        self.halt(Reaction.STOP)

    def _end_movement(self, now_s: float) -> None:
        self._end_stretch(now_s)
        self.movement = None

    @property
    def _stopped(self) -> bool:
        return self.movement is not None and self.movement.stopped_s is not None

    def notice(self, notice: Notice) -> Fault | None:
        """Digest what the machine says of itself; return what is wrong with it, if anything."""
        match notice.kind:
            case NoticeKind.STOPPED | NoticeKind.PAUSED:
                self._stopped_by_machine(notice.arrived_s, "console")
            case NoticeKind.SAFETY_KEY:
                self._stopped_by_machine(notice.arrived_s, "safety key")
            case NoticeKind.LINK_LOST:
                text = "The connection to the treadmill is lost; the belt may run on."
                return self._react(Fault(FaultKind.LINK_LOST, Reaction.STOP, text))
            case NoticeKind.RECONNECTED if self.movement is not None:
                # What was sent meanwhile never arrived.
                self.movement.reconnected_s = notice.arrived_s
                self.movement.stops = 0
            case NoticeKind.ACCEPTED if isinstance(notice.command, Stop):
                self.stillness.stop_known()
            case NoticeKind.TARGET_SPEED if notice.speed is not None:
                return self._react(self._foreign_speed(notice.arrived_s, notice.speed.centi_kmh))
            case _:
                pass
        return None

    def outcome(self, outcome: CommandOutcome) -> Fault | None:
        """Digest what became of a command; return what is wrong with it, if anything."""
        command = outcome.permitted.command
        if outcome.outcome in (Outcome.CONFIRMED, Outcome.SUPERSEDED):
            return None
        if isinstance(command, Stop):
            return None  # the belt's own reports decide; see _stop_again
        if isinstance(command, SetIncline):
            self._incline_frozen = True
            return None
        words = _in_words(command)
        if outcome.outcome is Outcome.REJECTED:
            text = f"The treadmill refuses {words}: {outcome.detail}."
            return self._react(Fault(FaultKind.REFUSED, Reaction.STOP, text))
        if outcome.answered_s is None:
            text = f"The treadmill did not answer {words}."
            return self._react(Fault(FaultKind.UNANSWERED, Reaction.STOP, text))
        text = f"The treadmill accepted {words} and did nothing."
        return self._react(Fault(FaultKind.NO_EFFECT, Reaction.RAMP, text))

    def _react(self, fault: Fault | None) -> Fault | None:
        if fault is not None and fault.reaction is not Reaction.PAUSE:
            self.halt(fault.reaction)
        return fault

    def _explain(self, fault: Fault | None) -> Fault | None:
        """Rule 6: a belt that speeds up after a Stop gets no further Stop, but an alarm."""
        if fault is None or fault.kind is not FaultKind.UNCOMMANDED_MOTION or not self._stopped:
            return fault
        if self._monitors.rose_after_stop:
            return Fault(FaultKind.ROSE_AFTER_STOP, Reaction.ALARM, fault.text)
        return Fault(FaultKind.STOP_FAILED, Reaction.ALARM, fault.text)

    def _foreign_speed(self, now_s: float, centi_kmh: int) -> Fault | None:
        """M7: adopt a lower target set by somebody else, never a higher one."""
        if self.movement is None or self._stopped or self.phase is None:
            return None
        lowest, highest = self.ledger.span(now_s - self._record.latency_s - STEP_S, now_s)
        if lowest <= centi_kmh <= highest:
            return None  # some machines announce what they were told
        if centi_kmh < lowest:
            self._adopt(now_s, centi_kmh)
            return None
        text = f"Somebody set the belt to {centi_kmh / 100:.1f} km/h at the console."
        forward = _is_forward(self.phase)
        reaction = Reaction.PAUSE if forward else Reaction.STOP
        return Fault(FaultKind.FOREIGN_CONTROL, reaction, text)

    def _adopt(self, now_s: float, centi_kmh: int) -> None:
        """Take a lower speed as it is, without a word to the machine, which is there already."""
        self.lower("lowered at the console", centi_kmh)
        adopted = min(self.ledger.centi_kmh, self._live["lowered at the console"])
        if adopted < self.ledger.centi_kmh:
            self._write_ledger(now_s, adopted)

    # --- out -----------------------------------------------------------------------------------------

    def tick(self, now_s: float) -> tuple[list[Permitted], Fault | None]:
        """Return what may leave now, and what the governor itself found wrong."""
        fault = self._react(self._overdue(now_s))
        request = self._request
        if self._override is not None:
            return self._halt(now_s, ramp=self._override.ramp, source="governor"), fault
        if request is None or now_s > request.expires_s:
            if self.movement is None or self._stopped:
                return self._stop_again(now_s), fault
            text = "Nothing steers the session any more."
            fault = self._react(Fault(FaultKind.EXPIRED, Reaction.RAMP, text))
            return self._halt(now_s, ramp=True, source="governor"), fault
        match request.target:
            case Halt(ramp):
                return self._halt(now_s, ramp=ramp, source=request.source), fault
            case Launch():
                return self._launch(now_s, request.source), fault
            case Walk(speed, incline):
                return self._walk(now_s, speed, incline, request.source), fault

    def _launch(self, now_s: float, source: str) -> list[Permitted]:
        if self.movement is not None or self.latch is not Latch.CLEAR or self.phase is None:
            return []
        if self._token_s is None or now_s - self._token_s > TOKEN_S:
            return []
        if not self.stillness.fresh(now_s, STALE_NO_RAMP_S):
            return []
        self._token_s = None
        self.movement = Movement(Handshake(self.start_speed, self._record), started_s=now_s)
        self._write_ledger(now_s, self.start_speed.centi_kmh)
        self._envelope.started()
        self._monitors.started()
        self.stillness.start_sent()
        return [Permitted(Start(), source)]

    def _walk(self, now_s: float, speed: Speed, incline: Incline, source: str) -> list[Permitted]:
        movement, phase = self.movement, self.phase
        if movement is None or phase is None:
            return []
        if movement.moved_s is None or movement.slowing_s is not None:
            return []
        if not movement.speed_sent:
            # The machine started at whatever it likes; from here on the speed is ours.
            movement.speed_sent = True
            movement.handshake.speed_sent(now_s)
            self._step_s = now_s
            return [Permitted(SetSpeed(self.start_speed), source)]
        out = []
        tenths = self._incline_on_grid(incline, phase)
        if self._incline_due(now_s, tenths, movement):
            self._incline_tenths = tenths
            self._incline_step_s = now_s
            out.append(Permitted(SetIncline(Incline(tenths)), source))
        step = self._speed_step(now_s, speed.centi_kmh, phase, movement)
        if step is not None:
            centi_kmh, reasons = step
            self._write_ledger(now_s, centi_kmh)
            self._step_s = now_s
            out.append(Permitted(SetSpeed(Speed(centi_kmh)), source, reasons))
        return out

    def _speed_step(
        self, now_s: float, wish: int, phase: PlannedPhase, movement: Movement
    ) -> tuple[int, tuple[str, ...]] | None:
        if now_s - self._step_s < STEP_S:
            return None
        caps = self._caps(phase)
        ledger, slowest = self.ledger.centi_kmh, self._range.minimum.centi_kmh
        wanted = max(self._on_grid(min(wish, caps[0][0])), slowest)
        fresh = now_s - self.heard_s <= STALE_NO_RAMP_S
        if wanted == ledger or (wanted > ledger and not (movement.handshake.done and fresh)):
            return None
        if wanted > ledger:
            # Time spent at a target gives no right to a jump, but a ramp slower than a step a second
            # must be allowed to save up for a whole step.
            rate = phase.limits.ramp_up_centi_kmh_per_s
            saved_s = min(now_s - self._step_s, max(STEP_S, self.step_centi_kmh / rate))
            centi_kmh = self._on_grid(min(wanted, ledger + math.floor(rate * saved_s + 1e-6)))
        else:
            ramp = phase.limits.ramp_down_centi_kmh_per_s
            centi_kmh = max(wanted, self._on_grid(ledger - ramp))
        if centi_kmh == ledger:
            return None
        return centi_kmh, tuple(reason for cap, reason in caps if cap < wish)

    def _halt(self, now_s: float, *, ramp: bool, source: str) -> list[Permitted]:
        movement = self.movement
        if movement is None:
            if not self.stillness.moving:
                return []
            # Rule 6 again: what moves is stopped, whoever started it.
            movement = self.movement = Movement(Handshake(self.start_speed, self._record), None)
        if movement.stopped_s is not None:
            return self._stop_again(now_s)
        if movement.slowing_s is None:
            self._end_stretch(now_s)
            movement.slowing_s = now_s
        if ramp and movement.moved_s is not None and movement.speed_sent:
            if now_s - self._step_s < STEP_S:
                return []
            if self.ledger.centi_kmh > self._range.minimum.centi_kmh:
                return [self._ramp_down(now_s, movement, source)]
        return [self._stop(now_s, movement, source)]

    def _ramp_down(self, now_s: float, movement: Movement, source: str) -> Permitted:
        ledger = self.ledger.centi_kmh
        if movement.halt_rate is None:
            own = 0 if self.phase is None else self.phase.limits.ramp_down_centi_kmh_per_s
            movement.halt_rate = max(own, ledger / _RAMP_STOP_S)
        slower = self._on_grid(math.floor(ledger - movement.halt_rate))
        centi_kmh = max(self._range.minimum.centi_kmh, slower)
        self._write_ledger(now_s, centi_kmh)
        self._step_s = now_s
        return Permitted(SetSpeed(Speed(centi_kmh)), source)

    def _stop(self, now_s: float, movement: Movement, source: str) -> Permitted:
        movement.stopped_s = now_s
        movement.stops = 1
        movement.stopped_from = max(self.ledger.centi_kmh, self._monitors.reported_centi_kmh)
        self._write_ledger(now_s, 0)
        self._envelope.stopped()
        self._monitors.stopped(now_s)
        return Permitted(Stop(), source)

    def _stop_again(self, now_s: float) -> list[Permitted]:
        """Repeat a Stop that shows no effect, twice at most, and never to a belt that rose after it."""
        movement = self.movement
        if movement is None or movement.stopped_s is None or movement.stops >= _MAX_STOPS:
            return []
        reported = self._monitors.reported_centi_kmh
        lost_s, movement_runs = movement.reconnected_s, reported > 0
        found_running = lost_s is not None and self.heard_s > lost_s and movement_runs
        patience_s = self._record.latency_s + _STOP_PATIENCE_S
        if now_s - movement.stopped_s < patience_s and not found_running:
            return []
        silent = now_s - self.heard_s > STALE_FAULT_S
        slowing = not silent and not found_running and reported <= movement.stopped_from / 2
        if reported == 0 or slowing or self._monitors.rose_after_stop:
            return []
        movement.reconnected_s = None
        movement.stopped_s = now_s
        movement.stops += 1
        return [Permitted(Stop(), "governor")]

    # --- caps ------------------------------------------------------------------------------------------

    def _static_caps(self, phase: PlannedPhase) -> list[tuple[int, str]]:
        row = cap_row(phase.kind, phase.heading, phase.crossover, phase.incline)
        hard = hard_limits(row)
        caps = [
            (phase.limits.max_speed.centi_kmh, "; ".join(phase.limits.reasons) or "plan"),
            (hard.max_speed.centi_kmh, f"hard cap: {row.words} {hard.max_speed}"),
            (self._range.maximum.centi_kmh, f"machine: at most {self._range.maximum}"),
        ]
        return sorted(caps)

    def _caps(self, phase: PlannedPhase) -> list[tuple[int, str]]:
        live = [
            (value, f"{reason}: {value / 100:.1f} km/h") for reason, value in self._live.items()
        ]
        return sorted(self._static_caps(phase) + live)

    def _measured_cap(self) -> int | None:
        """Return the cap that the measured speed is held to; forward phases may still be slowing."""
        if self.phase is None or _is_forward(self.phase):
            return None
        return self._static_caps(self.phase)[0][0]

    def _check_turn(self, phase: PlannedPhase) -> None:
        came_from = Heading.FORWARD if self.phase is None else self.phase.heading
        apart = abs(phase.heading - came_from)
        quarters = min(apart, 360 - apart) // 90
        planned = 0 if phase.turn is None or phase is self.phase else phase.turn.quarters
        if planned != quarters:
            raise NotPermittedError(
                f"no planned turn leads from {came_from.word} to {phase.heading.word}"
            )

    def _check_machine(self, phase: PlannedPhase) -> None:
        cap, reason = self._static_caps(phase)[0]
        if self._range.minimum.centi_kmh > cap:
            raise NotPermittedError(
                f"the treadmill's slowest speed, {self._range.minimum}, is above the cap of this "
                f"phase ({reason})"
            )
        if not _is_forward(phase) and self._range.step > COARSEST_STEP:
            raise NotPermittedError(
                f"the treadmill's speed changes in steps of {self._range.step}; more than "
                f"{COARSEST_STEP} is too much for anybody who does not face forward"
            )

    def _check_incline(self, phase: PlannedPhase) -> None:
        if self._inclines is None or self.last is None or self.last.incline is None:
            return
        limits, now = phase.limits, self.last.incline.tenths_pct
        highest, lowest = limits.max_incline.tenths_pct, limits.min_incline.tenths_pct
        if not lowest - _INCLINE_SLACK <= now <= highest + _INCLINE_SLACK:
            raise NotPermittedError(
                f"the belt is tilted by {self.last.incline}; this phase allows "
                f"{limits.min_incline} to {limits.max_incline}: level it at the console"
            )

    def _incline_due(self, now_s: float, tenths: int, movement: Movement) -> bool:
        if self._inclines is None or self._incline_frozen or not movement.handshake.done:
            return False
        return tenths != self._incline_tenths and now_s - self._incline_step_s >= STEP_S

    def _incline_on_grid(self, incline: Incline, phase: PlannedPhase) -> int:
        if self._inclines is None:
            return self._incline_tenths
        hard = hard_limits(cap_row(phase.kind, phase.heading, phase.crossover, phase.incline))
        highest = min(phase.limits.max_incline, hard.max_incline, self._inclines.maximum)
        lowest = max(phase.limits.min_incline, hard.min_incline, self._inclines.minimum)
        wanted = min(incline, highest).tenths_pct
        step = max(1, self._inclines.step.tenths_pct)
        base = self._inclines.minimum.tenths_pct
        return max(lowest.tenths_pct, base + (wanted - base) // step * step)

    def _on_grid(self, centi_kmh: int) -> int:
        minimum = self._range.minimum.centi_kmh
        return minimum + (centi_kmh - minimum) // self.step_centi_kmh * self.step_centi_kmh

    def _write_ledger(self, now_s: float, centi_kmh: int) -> None:
        self._envelope.advance(now_s)
        self._monitors.commanded(now_s, self.ledger.centi_kmh, centi_kmh)
        self.ledger.write(now_s, centi_kmh)

    # --- clocks --------------------------------------------------------------------------------------

    def _end_stretch(self, until_s: float) -> None:
        """Add the stretch that ends now to the session's totals."""
        if self._stretch_s is None or self.phase is None:
            return
        walked_s = max(0.0, until_s - self._stretch_s)
        self._stretch_s = None
        if not _is_forward(self.phase):
            self._non_forward_s += walked_s
        if self.phase.heading is Heading.BACKWARD:
            self._backward_s += walked_s

    def _overdue(self, now_s: float) -> Fault | None:
        movement, phase = self.movement, self.phase
        if movement is None or movement.stopped_s is not None or phase is None:
            return None
        if movement.moved_s is None:
            return self._start_overdue(now_s, movement)
        if now_s - self.heard_s > STALE_FAULT_S:
            text = f"No report from the treadmill for {STALE_FAULT_S:.0f} seconds."
            return Fault(FaultKind.STALE, Reaction.STOP, text)
        if self._stretch_s is None or movement.slowing_s is not None:
            return None
        walked_s = now_s - self._stretch_s - _OVERTIME_S
        forward, backward = _is_forward(phase), phase.heading is Heading.BACKWARD
        if (
            walked_s > phase.limits.max_continuous_s
            or (not forward and self._non_forward_s + walked_s > self._max_non_forward_s)
            or (backward and self._backward_s + walked_s > self._max_backward_s)
        ):
            text = f"The {phase.heading.word} phase ran past its time."
            return Fault(FaultKind.OVERTIME, Reaction.RAMP, text)
        return None

    def _start_overdue(self, now_s: float, movement: Movement) -> Fault | None:
        if movement.started_s is None:
            return None
        waited_s = now_s - movement.started_s
        patience_s = max(_START_PATIENCE_S, self._record.start_s * 1.5) + self._record.latency_s
        if waited_s > patience_s:
            text = f"The belt did not start within {waited_s:.0f} seconds."
            return Fault(FaultKind.NO_EFFECT, Reaction.STOP, text)
        speaks = not self._record.silent_when_stopped
        if speaks and now_s - self.heard_s > STALE_FAULT_S:
            text = f"No report from the treadmill for {STALE_FAULT_S:.0f} seconds."
            return Fault(FaultKind.STALE, Reaction.STOP, text)
        return None


def _is_forward(phase: PlannedPhase) -> bool:
    return cap_row(phase.kind, phase.heading, phase.crossover, phase.incline).is_forward


def _in_words(command: Command) -> str:
    match command:
        case Start():
            return "the start"
        case Stop():
            return "the stop"
        case SetSpeed(speed):
            return f"a speed of {speed}"
        case SetIncline(incline):
            return f"an incline of {incline}"
