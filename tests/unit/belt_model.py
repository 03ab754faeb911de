"""A pure belt for the tests of the safety core, and short ways to make what they need.

It knows no bytes. It obeys, lies or sulks as its fields say, and keeps its own physics.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from quarterturn.caps import PhaseLimits
from quarterturn.governor import Governor, Halt, Latch, Launch, Request, Walk
from quarterturn.model import (
    Capabilities,
    Command,
    Heading,
    InclineRange,
    MachineRecord,
    Notice,
    NoticeKind,
    Permitted,
    PhaseKind,
    Report,
    SetIncline,
    SetSpeed,
    SpeedRange,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.monitors import Fault
from quarterturn.movement import Movement
from quarterturn.plan import PlannedPhase, Turn
from quarterturn.units import Incline, Speed
from quarterturn.workout.phases import Side

SPEEDS = SpeedRange(Speed(50), Speed(1600), Speed(10))
INCLINES = InclineRange(Incline(-30), Incline(150), Incline(5))
MACHINE = Capabilities(SPEEDS, INCLINES)
RECORD = MachineRecord(
    "known", latency_s=1.0, ramp_kmh_per_s=0.5, start_s=5.0, stop_s=10.0, false_zero_s=0.0
)
UNKNOWN = MachineRecord()

RIGHT, LEFT = Turn(Side.RIGHT, 1), Turn(Side.LEFT, 1)
TICK_S = 0.1


def make_phase(
    heading: Heading = Heading.FORWARD,
    *,
    cap: int = 300,
    speed: int | None = None,
    kind: PhaseKind | None = None,
    incline: int = 0,
    inclines: tuple[int, int] | None = None,
    ramps: tuple[int, int] = (20, 50),
    longest_s: float = math.inf,
    duration_s: float = 60.0,
    turn: Turn | None = None,
    index: int = 0,
    reasons: tuple[str, ...] = ("profile: cap",),
) -> PlannedPhase:
    """Make a phase; speeds in 0.01 km/h, inclines in 0.1 %."""
    sideways = heading in (Heading.RIGHT, Heading.LEFT)
    lowest, highest = (min(0, incline), max(0, incline)) if inclines is None else inclines
    wanted = Speed(cap if speed is None else speed)
    return PlannedPhase(
        index=index,
        kind=kind or (PhaseKind.SIDE_STEP if sideways else PhaseKind.WALK),
        heading=heading,
        duration_s=duration_s,
        speed=wanted,
        end_speed=wanted,
        incline=Incline(incline),
        limits=PhaseLimits(
            Speed(cap), Incline(lowest), Incline(highest), *ramps, longest_s, reasons
        ),
        turn=turn,
    )


@dataclass
class Belt:
    """What a treadmill does. Speeds in 0.01 km/h, ``ramp`` in the same per second."""

    latency_s: float = 1.0
    ramp: float = 50.0
    rate_hz: float = 1.0
    start_s: float = 2.0
    slowest: float = 50.0
    own_start: float | None = None
    unit: float = 1.0  # what it makes of a target
    shown: float = 1.0  # what its reports make of its speed
    obeys_targets: bool = True
    obeys_stop: bool = True
    answers: bool = True
    silent: bool = False
    silent_at_rest: bool = False
    connected: bool = True
    stop_starts: bool = False  # a Stop to a standing belt starts it
    runs_away: float = 0.0  # what it gains per second whatever it is told
    says_zero_until_s: float = -math.inf
    speed: float = 0.0
    incline: float = 0.0
    distance_m: float = 0.0
    target: float = 0.0
    now_s: float = 0.0
    due: list[tuple[float, Command]] = field(default_factory=list)
    answers_due: list[tuple[float, Command]] = field(default_factory=list)
    report_s: float = 0.0

    def hear(self, command: Command) -> None:
        """Take a command; it takes effect later, if at all."""
        if not self.connected:
            return
        delay_s = self.start_s if isinstance(command, Start) else self.latency_s
        self.due.append((self.now_s + delay_s, command))
        if self.answers:
            self.answers_due.append((self.now_s + 0.05, command))

    def advance(self, now_s: float) -> list[Report]:
        """Let time pass; return what the driver would say."""
        while self.now_s < now_s - 1e-9:
            self._move(min(TICK_S, now_s - self.now_s))
        said: list[Report] = []
        if self.connected:
            answered = [command for at_s, command in self.answers_due if at_s <= now_s]
            self.answers_due = [entry for entry in self.answers_due if entry[0] > now_s]
            said += [Notice(now_s, NoticeKind.ACCEPTED, command=each) for each in answered]
        if now_s + 1e-9 >= self.report_s:
            self.report_s = now_s + 1 / self.rate_hz
            if self.connected and not self.silent and not (self.silent_at_rest and not self.speed):
                said.append(self.telemetry())
        return said

    def telemetry(self) -> Telemetry:
        lies = self.now_s < self.says_zero_until_s
        shown = 0 if lies else min(0xFFFF, round(self.speed * self.shown))
        return Telemetry(
            self.now_s,
            speed=Speed(shown),
            incline=Incline(round(self.incline)),
            distance_m=int(self.distance_m),
        )

    def _move(self, elapsed_s: float) -> None:
        self.now_s += elapsed_s
        ready = [command for at_s, command in self.due if at_s <= self.now_s + 1e-9]
        self.due = [entry for entry in self.due if entry[0] > self.now_s + 1e-9]
        for command in ready:
            self._do(command)
        if self.runs_away and self.target:
            self.speed += self.runs_away * elapsed_s
        else:
            change = self.ramp * elapsed_s
            self.speed += max(-change, min(change, self.target - self.speed))
        self.distance_m += self.speed / 360 * elapsed_s

    def _do(self, command: Command) -> None:
        match command:
            case Start():
                self.target = self.slowest if self.own_start is None else self.own_start
            case Stop() if self.stop_starts and not self.speed:
                self.target = self.slowest
            case Stop() if self.obeys_stop:
                self.target = 0.0
                self.runs_away = 0.0
            case SetSpeed(speed) if self.obeys_targets and self.target:
                self.target = speed.centi_kmh * self.unit
            case SetIncline(incline):
                self.incline = incline.tenths_pct
            case _:
                pass


class Bench:
    """A governor, a belt, and everything that was sent, from a standstill on."""

    def __init__(
        self,
        belt: Belt | None = None,
        record: MachineRecord = RECORD,
        machine: Capabilities = MACHINE,
        *,
        max_backward_s: float = math.inf,
        max_non_forward_s: float = math.inf,
    ) -> None:
        self.belt = Belt() if belt is None else belt
        self.record = record
        self.governor = Governor(
            machine,
            record,
            0.0,
            max_backward_s=max_backward_s,
            max_non_forward_s=max_non_forward_s,
        )
        self.now_s = 0.0
        self.sent: list[tuple[float, Permitted]] = []
        self.faults: list[Fault] = []
        self.wish: Launch | Walk | Halt | None = None

    def run(self, seconds: float) -> list[Permitted]:
        """Tick ten times a second, wish renewed each time; return what was sent."""
        before = len(self.sent)
        for _ in range(round(seconds / TICK_S)):
            self.now_s = round(self.now_s + TICK_S, 6)
            for report in self.belt.advance(self.now_s):
                self.hear(report)
            self.tick()
        return [permitted for _, permitted in self.sent[before:]]

    def hear(self, report: Report) -> Fault | None:
        fault: Fault | None = None
        match report:
            case Telemetry():
                fault = self.governor.report(report)
            case Notice():
                fault = self.governor.notice(report)
            case _:
                fault = self.governor.outcome(report)
        if fault is not None:
            self.faults.append(fault)
        return fault

    def tick(self) -> list[Permitted]:
        if self.wish is not None:
            self.governor.request(Request(self.wish, "session", self.now_s + 2.0))
        permitted, fault = self.governor.tick(self.now_s)
        if fault is not None:
            self.faults.append(fault)
        for each in permitted:
            self.sent.append((self.now_s, each))
            self.belt.hear(each.command)
        return permitted

    def until(self, done: Callable[[], bool], seconds: float) -> None:
        for _ in range(round(seconds / TICK_S)):
            if done():
                return
            self.run(TICK_S)
        assert done(), f"not within {seconds} s: {self.faults} {self.sent[-3:]}"

    def stand(self) -> None:
        """Wait until the belt is known to stand."""
        self.until(lambda: self.governor.movement is None and self.governor.stillness.verified, 40)

    def start(self, phase: PlannedPhase) -> None:
        """READY, and on until the belt moves."""
        self.stand()
        self.governor.ready(phase, self.now_s)
        self.wish = Launch()
        self.tick()
        self.wish = Walk(phase.speed, phase.incline)
        self.until(lambda: self.moved, 20)

    def walk(self, phase: PlannedPhase, seconds: float = 0.0) -> None:
        """Start, settle, and walk for so long."""
        self.start(phase)
        self.until(lambda: self.movement.handshake.done, 20)
        self.run(seconds)

    def halt(self) -> None:
        """Slow down, stop, and wait until the belt is known to stand."""
        self.wish = Halt(ramp=True)
        self.run(TICK_S)
        self.stand()

    @property
    def movement(self) -> Movement:
        assert self.governor.movement is not None
        return self.governor.movement

    @property
    def moved(self) -> bool:
        return self.governor.movement is not None and self.governor.movement.moved_s is not None

    @property
    def speeds(self) -> list[int]:
        """The targets that were sent."""
        return [
            each.command.speed.centi_kmh
            for _, each in self.sent
            if isinstance(each.command, SetSpeed)
        ]

    @property
    def names(self) -> list[str]:
        """The kinds of the commands that were sent."""
        return [type(each.command).__name__ for _, each in self.sent]

    @property
    def stops(self) -> list[float]:
        """When Stop was sent."""
        return [at_s for at_s, each in self.sent if isinstance(each.command, Stop)]

    @property
    def kinds(self) -> list[str]:
        """The faults that were found."""
        return [fault.kind.value for fault in self.faults]

    @property
    def latched(self) -> bool:
        return self.governor.latch is not Latch.CLEAR
