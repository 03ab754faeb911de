"""Random walks on a belt that may lie: whatever happens, what leaves keeps the invariants.

I11, that the order of the caps does not matter, is a property of its own in ``test_caps.py``.
"""

import math

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from quarterturn.controller import Controller
from quarterturn.governor import Latch, Launch, NotPermittedError, Request, Walk
from quarterturn.model import (
    CommandOutcome,
    Heading,
    Notice,
    NoticeKind,
    Outcome,
    Permitted,
    PhaseKind,
    SetIncline,
    SetSpeed,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.plan import Plan, PlannedPhase
from quarterturn.session import Intent, State
from quarterturn.units import Incline, Speed
from unit.belt_model import MACHINE, RECORD, RIGHT, TICK_S, UNKNOWN, Belt, make_phase

# The hard caps once more, in 0.01 km/h and not from the code under test: by heading and climbing.
HARD_CAPS = {
    (Heading.FORWARD, False): 800,
    (Heading.FORWARD, True): 800,
    (Heading.RIGHT, False): 250,
    (Heading.BACKWARD, False): 560,
    (Heading.BACKWARD, True): 560,
    (Heading.LEFT, False): 250,
}
TOKEN_S, OVERTIME_S, FRESH_S = 10.0, 1.0, 1.5
SLOWEST = 50


class AnyWalk(RuleBasedStateMachine):
    """A session, its governor and its monitors, against everything at once."""

    @initialize(
        caps=st.tuples(*[st.sampled_from([50, 60, 80, 120, 250, 600, 900])] * 4),
        wishes=st.tuples(*[st.sampled_from([50, 70, 100, 300, 900])] * 4),
        ramps=st.sampled_from([(5, 30), (10, 30), (20, 50), (30, 40)]),
        longest_s=st.sampled_from([60.0, 60.0, 60.0, 20.0, 10.0]),
        totals=st.sampled_from([(math.inf, math.inf)] * 4 + [(8.0, 50.0), (20.0, 25.0)]),
        incline=st.sampled_from([0, 0, 20]),
        latency_s=st.sampled_from([0.0, 1.0, 2.9]),
        rate_hz=st.sampled_from([1.0, 4.0]),
        unit=st.sampled_from([1.0] * 7 + [1.609]),
        ramp=st.sampled_from([25.0, 50.0, 200.0]),
        known=st.booleans(),
        stop_starts=st.booleans(),
        trouble_s=st.sampled_from([0, 5, 15, 30, 50, 70, 90, 120, 150, 180]),
    )
    def begin(
        self,
        caps: tuple[int, ...],
        wishes: tuple[int, ...],
        ramps: tuple[int, int],
        longest_s: float,
        totals: tuple[float, float],
        incline: int,
        latency_s: float,
        rate_hz: float,
        unit: float,
        ramp: float,
        known: bool,
        stop_starts: bool,
        trouble_s: int,
    ) -> None:
        headings = (*Heading, Heading.FORWARD)
        self.phases = tuple(
            make_phase(
                heading,
                index=index,
                cap=max(50, cap),
                speed=wish,  # the plan's mistake: nothing but the governor holds it to the cap
                kind=PhaseKind.WALK,
                ramps=ramps,
                longest_s=longest_s if index else math.inf,
                duration_s=15.0 if index else 20.0,
                incline=incline if heading in (Heading.FORWARD, Heading.BACKWARD) else 0,
                inclines=(0, incline) if heading is not Heading.FORWARD else (-30, 150),
                turn=RIGHT if index else None,
            )
            for index, (heading, cap, wish) in enumerate(
                zip(headings, (*caps, 100), (*wishes, 100), strict=True)
            )
        )
        self.longest_s, self.totals = longest_s, totals
        plan = Plan(
            "any", "any", self.phases, max_backward_s=totals[0], max_non_forward_s=totals[1]
        )
        self.record = RECORD if known and latency_s <= 1 and ramp >= 50 else UNKNOWN
        self.now_s = 0.0
        self.belt = Belt(
            latency_s, ramp, rate_hz, unit=unit, stop_starts=stop_starts, start_s=1 + latency_s
        )
        self.controller = Controller(plan, MACHINE, self.record, 0.0)
        self.governor, self.session = self.controller.governor, self.controller.session
        self.command_last: Permitted | None = None
        self.ready_s: float | None = None
        self.started_s: float | None = None  # when the last Start left, None after a Stop
        self.first_motion_s: float | None = None
        self.commanded = 0
        self.commanded_s = -math.inf
        self.ceiling: tuple[PlannedPhase | None, int] = (None, 0)
        self.ended_by_timeout = False
        self.stretch_s: float | None = None
        self.non_forward_s = self.backward_s = 0.0
        self.stop_known = True
        self.zeros: list[float] = []
        self.shown_m: int | None = None
        self.heading = Heading.FORWARD
        while self.now_s < trouble_s:
            self.go_on(0.5)

    # --- the world -------------------------------------------------------------------------------

    def hear(self, report: Telemetry | Notice | CommandOutcome) -> None:
        if isinstance(report, Telemetry) and report.speed is not None:
            if report.speed or report.distance_m != self.shown_m:
                self.zeros = []
            self.shown_m = report.distance_m
            if report.speed:
                self.stop_known = self.stop_known and self.started_s is None and bool(self.stops)
                if self.started_s is not None and self.first_motion_s is None:
                    self.first_motion_s = self.stretch_s = report.arrived_s
            elif self.stop_known:
                self.zeros.append(report.arrived_s)
        if isinstance(report, Notice) and (
            report.kind in (NoticeKind.STOPPED, NoticeKind.PAUSED, NoticeKind.SAFETY_KEY)
            or (report.kind is NoticeKind.ACCEPTED and isinstance(report.command, Stop))
        ):
            self.stop_known = self.stops = True
            self.zeros = []
        self.controller.report(report)
        self.look()

    stops = False

    def look(self) -> None:
        """What latches takes READY back."""
        if self.governor.latch is not Latch.CLEAR:
            self.ready_s = None
        for event in self.controller.take_events():
            if event["event"] == "end" and event["by"] == "timeout":
                self.ended_by_timeout = True

    def tick(self) -> list[Permitted]:
        latched = self.governor.latch is not Latch.CLEAR
        out = self.controller.tick(self.now_s)
        self.look()
        for permitted in out:
            self.check(permitted, latched=latched)
            self.command_last = permitted
            self.belt.hear(permitted.command)
        self.check_times()
        return out

    def run_for(self, seconds: float) -> None:
        for _ in range(max(1, round(seconds / TICK_S))):
            self.now_s = round(self.now_s + TICK_S, 6)
            for report in self.belt.advance(self.now_s):
                self.hear(report)
            self.tick()

    # --- the invariants --------------------------------------------------------------------------

    def check(self, permitted: Permitted, *, latched: bool) -> None:
        assert not self.ended_by_timeout, "nothing moves after a time-out"
        match permitted.command:
            case Start():
                self.check_start(latched=latched)
            case SetSpeed(speed):
                self.check_speed(speed.centi_kmh, latched=latched)
            case SetIncline(incline):
                self.check_incline(incline.tenths_pct, latched=latched)
            case Stop():
                self.check_stop()

    def check_start(self, *, latched: bool) -> None:
        assert not latched  # I2, I7: a lost link latches
        assert self.started_s is None
        assert self.ready_s is not None, "I5: a start without READY"
        assert self.now_s - self.ready_s <= TOKEN_S
        self.ready_s = None
        self.started_s, self.first_motion_s = self.now_s, None
        self.commanded = SLOWEST
        self.stop_known = self.stops = False
        self.zeros = []
        assert self.governor.phase is not None
        assert self.governor.phase.heading is self.heading, "I10"

    def person_is_ready(self) -> None:
        """READY was accepted: the walker faces the new way, by a turn that was planned."""
        self.ready_s = self.now_s
        assert self.governor.phase is not None
        turn = self.governor.phase.turn
        came, now = self.heading, self.governor.phase.heading
        if came is not now:
            assert self.started_s is None, "I10: a turn on a moving belt"
            assert turn is not None, "I10"
            assert turn.quarters in (1, 2), "I10"
            assert (now - came) % 360 in (90 * turn.quarters, 360 - 90 * turn.quarters), "I10"
        self.heading = now

    def check_speed(self, centi_kmh: int, *, latched: bool) -> None:
        phase = self.governor.phase
        assert phase is not None
        assert phase.heading is self.heading, "I10: a heading that nobody turned to"
        assert self.started_s is not None, "I2: a target for a belt that is to stand"
        assert self.first_motion_s is not None
        hard = HARD_CAPS[phase.heading, phase.incline > Incline(0)]
        machine = 1600
        assert 0 < centi_kmh <= min(phase.limits.max_speed.centi_kmh, hard, machine), "I1"  # and I9
        if latched:
            assert centi_kmh <= self.commanded, "I2"
        since_s = self.now_s - self.commanded_s
        rise = centi_kmh - self.commanded
        if rise > 0:
            assert rise <= phase.limits.ramp_up_centi_kmh_per_s * since_s + 1e-6, "I3"
            assert self.now_s - self.first_motion_s >= 5.0 - 1e-6, "I3: settled first"
            limited, ceiling = self.ceiling
            assert limited is not phase or centi_kmh <= ceiling, "I12"
        assert since_s >= 1.0 - 1e-6, "at most once a second"
        self.commanded, self.commanded_s = centi_kmh, self.now_s

    def check_incline(self, tenths: int, *, latched: bool) -> None:
        phase = self.governor.phase
        assert phase is not None
        assert not latched
        assert self.started_s is not None, "I4: the incline moves in a turn"
        assert self.first_motion_s is not None
        assert self.now_s - self.first_motion_s >= 5.0 - 1e-6
        assert tenths <= phase.limits.max_incline.tenths_pct
        assert tenths >= (-30 if phase.heading is Heading.FORWARD else 0), "I4"

    def check_stop(self) -> None:
        proof_s = max(1.5, self.record.false_zero_s + 0.5 if self.record.false_zero_s else 0)
        stands = len(self.zeros) > 1 and self.zeros[-1] - self.zeros[0] >= proof_s
        fresh = stands and self.now_s - self.zeros[-1] <= FRESH_S
        assert not fresh, "Stop after a fresh, verified 0"
        self.end_stretch()
        self.started_s = self.first_motion_s = None
        self.commanded = 0
        self.stops = True

    def end_stretch(self) -> None:
        if self.stretch_s is not None and self.heading is not Heading.FORWARD:
            self.non_forward_s += self.now_s - self.stretch_s
            if self.heading is Heading.BACKWARD:
                self.backward_s += self.now_s - self.stretch_s
        self.stretch_s = None

    def check_times(self) -> None:
        """I6, while the belt is at work: each tick sees the clock before it has run too far."""
        movement, phase = self.governor.movement, self.governor.phase
        if movement is None or movement.slowing_s is not None:
            self.end_stretch()
        if self.stretch_s is None or phase is None or phase.heading is Heading.FORWARD:
            return
        walked_s = self.now_s - self.stretch_s - OVERTIME_S - 1e-6
        assert walked_s <= self.longest_s, "I6"
        assert self.non_forward_s + walked_s <= self.totals[1], "I6"
        if phase.heading is Heading.BACKWARD:
            assert self.backward_s + walked_s <= self.totals[0], "I6"

    @invariant()
    def a_belt_that_is_to_stand_has_a_ledger_of_0(self) -> None:
        if self.started_s is None:
            assert self.governor.ledger.centi_kmh == 0

    # --- what people do --------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.1, 0.3, 1.0, 4.0, 12.0]))
    def time_passes(self, seconds: float) -> None:
        self.run_for(seconds)

    @rule(intent=st.sampled_from(sorted(set(Intent) - {Intent.STOP})))
    def somebody_asks(self, intent: Intent) -> None:
        before, ledger = self.session.state, self.governor.ledger.centi_kmh
        phase = self.governor.phase
        answer = self.controller.intent(intent, self.now_s)
        if answer.accepted and before is State.READY and intent in (Intent.READY, Intent.RESUME):
            self.person_is_ready()
        if answer.accepted and intent is Intent.SLOWER:
            old = self.ceiling[1] if self.ceiling[0] is phase else math.inf
            self.ceiling = (phase, int(min(old, max(SLOWEST, ledger - 20))))
        self.look()
        self.tick()

    @rule(seconds=st.sampled_from([1.0, 5.0, 20.0, 40.0]))
    def the_walker_goes_on(self, seconds: float) -> None:
        """READY whenever it is asked for."""
        for _ in range(round(seconds / 0.5)):
            self.go_on(0.5)

    def go_on(self, seconds: float) -> None:
        self.run_for(seconds)
        if self.session.state is State.READY:
            self.somebody_asks(Intent.READY)

    @precondition(lambda self: self.session.state is not State.ENDED)
    @rule()
    def somebody_stops(self) -> None:
        at_work = self.started_s is not None
        self.controller.intent(Intent.STOP, self.now_s)
        self.look()
        out = self.tick()
        if at_work and self.governor.stopped_at_machine is None:
            assert any(isinstance(each.command, Stop) for each in out), "I8"

    @rule(heard=st.booleans())
    def the_cues_fall_silent(self, heard: bool) -> None:
        if not heard:
            self.controller.cues_lost(self.now_s)

    # --- what goes wrong -------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1.1, 3.0, 6.0, 30.0]))
    def the_computer_hangs(self, seconds: float) -> None:
        self.now_s = round(self.now_s + seconds, 6)
        # What was walked meanwhile is over the limit through nobody's fault.
        if self.stretch_s is not None:
            self.stretch_s = self.now_s if self._over(seconds) else self.stretch_s
        for report in self.belt.advance(self.now_s):
            self.hear(report)
        self.tick()

    def _over(self, seconds: float) -> bool:
        assert self.stretch_s is not None
        limits = (self.longest_s, *(total - self.non_forward_s for total in self.totals))
        walked_s = self.now_s - self.stretch_s + self.backward_s
        return walked_s + seconds > min(limits)

    @rule(
        lie=st.sampled_from(
            ["silent", "deaf", "stop-ignored", "runaway", "honest", "zero", "unasked", "shown"]
        )
    )
    def the_belt_changes(self, lie: str) -> None:
        belt = self.belt
        match lie:
            case "silent":
                belt.silent = True
            case "deaf":
                belt.obeys_targets = False
            case "stop-ignored":
                belt.obeys_stop = False
            case "runaway":
                belt.runs_away = 30.0
            case "zero":
                belt.says_zero_until_s = self.now_s + 3.0
            case "unasked":
                belt.target = 80.0
            case "shown":
                belt.shown = 0.621
            case _:
                belt.silent, belt.obeys_stop, belt.obeys_targets = False, True, True
                belt.runs_away, belt.connected, belt.shown = 0.0, True, 1.0

    @rule(kind=st.sampled_from(sorted(NoticeKind)), speed=st.sampled_from([0, 50, 90, 500]))
    def the_machine_says(self, kind: NoticeKind, speed: int) -> None:
        if kind is NoticeKind.LINK_LOST:
            self.belt.connected = False
        if kind is NoticeKind.RECONNECTED:
            self.belt.connected = True
        if kind in (NoticeKind.LINK_LOST, NoticeKind.RECONNECTED):
            self.ready_s = None  # I7
        self.hear(Notice(self.now_s, kind, speed=Speed(speed)))
        self.tick()

    @precondition(lambda self: self.command_last is not None)
    @rule(outcome=st.sampled_from(sorted(Outcome)), answered=st.booleans())
    def a_command_ends_oddly(self, outcome: Outcome, answered: bool) -> None:
        assert self.command_last is not None
        answered_s = self.now_s if answered else None
        self.hear(CommandOutcome(self.command_last, outcome, self.now_s, self.now_s, answered_s))
        self.tick()

    @rule(index=st.integers(0, 4))
    def a_wrong_ready(self, index: int) -> None:
        """Straight to the governor, past every rule of the session."""
        try:
            self.governor.ready(self.phases[index], self.now_s)
        except NotPermittedError:
            self.ready_s = None
        else:
            self.person_is_ready()
        self.tick()

    @rule(
        wish=st.sampled_from([0, 50, 300, 2000]),
        incline=st.sampled_from([-50, 0, 10, 200]),
        launch=st.booleans(),
    )
    def a_wrong_request(self, wish: int, incline: int, launch: bool) -> None:
        target = Launch() if launch else Walk(Speed(wish), Incline(incline))
        self.governor.request(Request(target, "nobody", self.now_s + 5.0))
        out, fault = self.governor.tick(self.now_s)
        self.look()
        for permitted in out:
            self.check(permitted, latched=self.governor.latch is not Latch.CLEAR)
            self.belt.hear(permitted.command)
        if fault is not None:
            self.session.fault(fault, self.now_s)


AnyWalk.TestCase.settings = settings(max_examples=120, stateful_step_count=15, deadline=None)
TestAnyWalk = AnyWalk.TestCase
