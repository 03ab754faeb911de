"""One trial on a pure belt, with a person beside it who gives READY when asked."""

import json
from collections.abc import Callable

from quarterturn.model import Capabilities, MachineRecord, Notice, NoticeKind, Permitted
from quarterturn.monitors import Fault
from quarterturn.onboarding.findings import Findings
from quarterturn.onboarding.scripts import MakeScript, first
from quarterturn.onboarding.trial import Trial
from quarterturn.session import Answer, Event, Intent
from unit.belt_model import MACHINE, TICK_S, UNKNOWN, Belt

PATIENT = Findings.begin(UNKNOWN).for_trials()
BEGAN_S = 1000.0
READY_AFTER_S = 2.0


class Bench:
    """A trial in told time. ``person`` False: nobody answers."""

    def __init__(
        self,
        script: MakeScript = first,
        belt: Belt | None = None,
        record: MachineRecord = PATIENT,
        machine: Capabilities = MACHINE,
        *,
        person: bool = True,
    ) -> None:
        assert machine.speed is not None
        self.belt = Belt() if belt is None else belt
        self.now_s = self.belt.now_s = BEGAN_S
        self.belt.report_s = BEGAN_S
        self.trial = Trial(script(machine.speed), machine, record, BEGAN_S)
        self.person = person
        self.answers: list[Answer] = []
        self.events: list[Event] = []
        self.sent: list[tuple[float, Permitted]] = []
        self.press_s: float | None = None
        self.on_event: Callable[[Event], None] = lambda event: None

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.step()

    def step(self) -> None:
        self.now_s = round(self.now_s + TICK_S, 6)
        for report in self.belt.advance(self.now_s):
            self.trial.report(report)
            self.tick()
        if self.press_s is not None and self.now_s >= self.press_s:
            self.press_s = None
            self.answers.append(self.trial.intent(Intent.READY, self.now_s))
        self.tick()

    def tick(self) -> None:
        for permitted in self.trial.tick(self.now_s):
            self.sent.append((self.now_s, permitted))
            self.belt.hear(permitted.command)
        for event in self.trial.take_events():
            json.dumps(event, allow_nan=False)
            self.events.append(event)
            if event.get("step") == "ready" and self.person:
                self.press_s = self.now_s + READY_AFTER_S
            self.on_event(event)

    def until(self, done: Callable[[], bool], seconds: float = 60.0) -> None:
        for _ in range(round(seconds / TICK_S)):
            if done():
                return
            self.step()
        assert done(), f"not within {seconds} s: {self.events[-5:]}"

    def until_step(self, step: str) -> None:
        self.until(lambda: step in self.steps)

    def to_the_end(self, seconds: float = 200.0) -> Event:
        self.until(lambda: self.trial.ended, seconds)
        self.tick()
        return self.events[-1]

    def notice(self, kind: NoticeKind) -> None:
        self.trial.report(Notice(self.now_s, kind))
        self.tick()

    @property
    def steps(self) -> list[object]:
        return [event["step"] for event in self.events if event["event"] == "trial"]

    @property
    def names(self) -> list[str]:
        """The kinds of the commands that were sent."""
        return [type(each.command).__name__ for _, each in self.sent]

    @property
    def faults(self) -> list[Fault]:
        return self.trial.faults

    @property
    def end(self) -> tuple[object, object, object, object]:
        end = self.events[-1]
        assert end["event"] == "end"
        return end["reason"], end["by"], end["cause"], end["belt_stopped"]
