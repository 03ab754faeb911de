"""A session on an ideal belt: it obeys half a second later, and reports once a second."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from quarterturn.caps import PhaseLimits
from quarterturn.controller import Controller
from quarterturn.model import (
    Capabilities,
    Command,
    CommandOutcome,
    Crossover,
    Heading,
    InclineRange,
    MachineRecord,
    Notice,
    NoticeKind,
    Outcome,
    Permitted,
    PhaseKind,
    SetIncline,
    SetSpeed,
    SpeedRange,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.plan import Plan, PlannedPhase, turn_between
from quarterturn.session import Answer, Event, Intent, State
from quarterturn.units import Incline, Speed

RECORD = MachineRecord(
    latency_s=1.0, ramp_kmh_per_s=0.5, incline_pct_per_s=1.0, start_s=2.0, false_zero_s=0.0
)
CAPABILITIES = Capabilities(
    speed=SpeedRange(Speed(50), Speed(1600), Speed(10)),
    incline=InclineRange(Incline(0), Incline(150), Incline(5)),
)
BEGAN_S = 1000.0
"""A clock never starts at 0."""

_LAG_S = 0.5
_SPIN_UP_S = 2.0


def phase(
    heading: Heading = Heading.FORWARD,
    kind: PhaseKind | None = None,
    *,
    duration_s: float = 30.0,
    kmh: float = 1.0,
    end_kmh: float | None = None,
    pct: float = 0.0,
    max_pct: float | None = None,
) -> PlannedPhase:
    """One phase; ``plan`` gives it its place."""
    sideways = heading in (Heading.RIGHT, Heading.LEFT)
    return PlannedPhase(
        index=0,
        kind=kind or (PhaseKind.SIDE_STEP if sideways else PhaseKind.WALK),
        heading=heading,
        duration_s=duration_s,
        speed=Speed.from_kmh(kmh),
        end_speed=Speed.from_kmh(kmh if end_kmh is None else end_kmh),
        incline=Incline.from_pct(pct),
        limits=PhaseLimits(
            max_speed=Speed(200),
            min_incline=Incline(0),
            max_incline=Incline.from_pct(pct if max_pct is None else max_pct),
            ramp_up_centi_kmh_per_s=20,
            ramp_down_centi_kmh_per_s=30,
            max_continuous_s=120.0,
            reasons=("test: 2.0 km/h",),
        ),
        crossover=Crossover.NONE,
    )


WARM_UP = phase(kind=PhaseKind.WARM_UP)
RIGHT = phase(Heading.RIGHT, kmh=0.8)
BACKWARD = phase(Heading.BACKWARD, kmh=0.9)
LEFT = phase(Heading.LEFT, kmh=0.8)
FORWARD = phase()
COOL_DOWN = phase(kind=PhaseKind.COOL_DOWN)
CIRCLE = (WARM_UP, FORWARD, RIGHT, BACKWARD, LEFT, COOL_DOWN)


def plan(
    phases: Sequence[PlannedPhase] = CIRCLE, *, spotter: bool = False, max_bpm: int | None = None
) -> Plan:
    """Put phases in order, with the turns between them."""
    placed: list[PlannedPhase] = []
    for index, each in enumerate(phases):
        turn = turn_between(placed[-1].heading, each.heading) if placed else None
        placed.append(replace(each, index=index, turn=turn))
    return Plan(
        "Test", "tester", tuple(placed), spotter_required=spotter, max_heart_rate_bpm=max_bpm
    )


class Bench:
    """Walk a plan in told time. ``person`` gives READY two seconds after it is asked for."""

    def __init__(
        self,
        of: Plan | None = None,
        *,
        record: MachineRecord = RECORD,
        capabilities: Capabilities = CAPABILITIES,
        person: bool = True,
        began_s: float = BEGAN_S,
    ) -> None:
        self.now_s = began_s
        self.controller = Controller(of or plan(), capabilities, record, began_s)
        self.session = self.controller.session
        self.governor = self.controller.governor
        self.events: list[Event] = []
        self.sent: list[tuple[float, Permitted]] = []
        self.answers: list[tuple[Intent, Answer]] = []
        self.person = person
        self.speaks = True
        self.hears = True
        self.bpm: int | None = None
        self.speed = 0
        self.incline_pct = 0.0
        self._incline_goal = 0.0
        self._stopped_s = 0.0
        self._metres = 0.0
        self._report_s = began_s + 0.3
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._collect()

    # --- what a test does

    def run(self, seconds: float) -> None:
        """Let time pass, ticking when the controller asks for it."""
        self.run_to(self.now_s + seconds)

    def run_to(self, until_s: float) -> None:
        while True:
            due_s = self.controller.due_s(self.now_s)
            later_s = min((at_s for at_s, _ in self._later), default=math.inf)
            next_s = max(self.now_s, min(due_s, later_s, self._report_s))
            if next_s > until_s or self.session.state is State.ENDED:
                self._move_to(until_s)
                return
            self._move_to(next_s)
            self._happen()
            self.tick()

    def until(self, state: State, within_s: float = 400.0) -> None:
        """Run until the session stands in a state."""
        self.until_true(lambda: self.session.state is state, within_s)

    def until_event(self, within_s: float = 400.0, **fields: object) -> Event:
        """Run until an event with these fields happens; return it."""
        seen = len(self.events)

        def found() -> list[Event]:
            return [e for e in self.events[seen:] if fields.items() <= e.items()]

        self.until_true(lambda: bool(found()), within_s)
        return found()[0]

    def until_true(self, done: Callable[[], bool], within_s: float = 400.0) -> None:
        last_s = self.now_s + within_s
        while not done():
            assert self.now_s < last_s, f"still {self.session.state} after {within_s} s"
            assert self.session.state is not State.ENDED, self.events[-1]
            self.run(0.1)

    def walk_in(self, index: int, for_s: float = 10.0) -> None:
        """Run until phase ``index`` has been walked for so long."""
        self.until_event(event="phase", index=index)
        self.until(State.WALK)
        self.run(for_s)

    def finish(self) -> Event:
        """Run to the end; return the last event."""
        self.run(2000.0)
        assert self.events[-1]["event"] == "end"
        return self.events[-1]

    def give(self, intent: Intent) -> Answer:
        answer = self.controller.intent(intent, self.now_s)
        self.answers.append((intent, answer))
        self.tick()
        return answer

    def notice(self, kind: NoticeKind, speed: Speed | None = None) -> None:
        self.controller.report(Notice(self.now_s, kind, speed=speed))
        self.tick()

    def report(self) -> None:
        """Report now what the belt does."""
        self.controller.report(
            Telemetry(
                self.now_s,
                speed=Speed(self.speed),
                incline=Incline.from_pct(self.incline_pct),
                distance_m=int(self._metres),
                heart_rate_bpm=self.bpm,
            )
        )

    def tick(self) -> None:
        for permitted in self.controller.tick(self.now_s):
            self.sent.append((self.now_s, permitted))
            self._obey(permitted)
        self._collect()

    # --- what a test looks at

    @property
    def state(self) -> State:
        return self.session.state

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["event"] == kind]

    def cues(self) -> list[object]:
        return [event["text"] for event in self.of("cue")]

    def commands(self) -> list[Command]:
        return [permitted.command for _, permitted in self.sent]

    # --- the belt

    def _move_to(self, now_s: float) -> None:
        passed_s = max(0.0, now_s - self.now_s)
        self._metres += self.speed / 360 * passed_s
        way = self._incline_goal - self.incline_pct
        self.incline_pct += max(-passed_s, min(passed_s, way))
        self.now_s = max(now_s, self.now_s)

    def _happen(self) -> None:
        for entry in [entry for entry in self._later if entry[0] <= self.now_s]:
            self._later.remove(entry)
            entry[1]()
        if self.now_s >= self._report_s:
            self._report_s = self.now_s + 1.0
            if self.speaks:
                self.report()

    def _in(self, seconds: float, do: Callable[[], None]) -> None:
        self._later.append((self.now_s + seconds, do))

    def _obey(self, permitted: Permitted) -> None:
        if not self.hears:
            return
        sent_s, command = self.now_s, permitted.command
        self._in(0.05, lambda: self._accept(command))
        match command:
            case Start():
                self._in(_SPIN_UP_S, lambda: self._turn_to(50, sent_s))
            case Stop():
                self._stopped_s = self.now_s
                self._in(_LAG_S, lambda: self._turn_to(0, sent_s))
            case SetSpeed(speed):
                self._in(_LAG_S, lambda: self._turn_to(speed.centi_kmh, sent_s))
            case SetIncline(incline):
                self._in(_LAG_S, lambda: self._tilt_to(incline.pct))
        self._in(1.2, lambda: self._confirm(permitted, sent_s))

    def _accept(self, command: Command) -> None:
        self.controller.report(Notice(self.now_s, NoticeKind.ACCEPTED, command=command))

    def _confirm(self, permitted: Permitted, sent_s: float) -> None:
        known_s, answered_s = self.now_s, sent_s + 0.05
        outcome = CommandOutcome(permitted, Outcome.CONFIRMED, known_s, sent_s, answered_s)
        self.controller.report(outcome)

    def _turn_to(self, centi_kmh: int, sent_s: float) -> None:
        if sent_s >= self._stopped_s:
            self.speed = centi_kmh

    def _tilt_to(self, pct: float) -> None:
        self._incline_goal = pct

    def _collect(self) -> None:
        for event in self.controller.take_events():
            json.dumps(event, allow_nan=False)
            self.events.append(event)
            if event.get("step") == "ready":
                self._in(2.0, lambda: self._press(Intent.READY))
            if event["event"] == "confirm_wanted":
                self._in(1.0, lambda: self._press(Intent.CONFIRM))

    def _press(self, intent: Intent) -> None:
        if not self.person:
            return
        self.answers.append((intent, self.controller.intent(intent, self.now_s)))
