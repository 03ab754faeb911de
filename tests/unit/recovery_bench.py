"""A recovery on a pure belt, and what came of it."""

from typing import Any

from quarterturn.model import (
    MachineRecord,
    Permitted,
    Report,
    Stop,
    Telemetry,
)
from quarterturn.recovery import TICK_S, Recovery
from quarterturn.session import Event
from quarterturn.units import Speed
from unit.belt_model import MACHINE, RECORD, Belt

WHAT = "The session 'Circle' did not end: its program (process 4711) is gone."
# How long a belt at 0 has to be watched before the last word of the dead program cannot have been a
# Start any more: 1.5 s of proof, and 10 s for a start that the record says takes 5 s and 1 s of
# latency.
PROOF_S = 12.5
# Longest stop on record, 10 s, and 10 s on top.
PATIENCE_S = PROOF_S + 20.0
RED_KEY = "pull the red key"


class Scene:
    """A recovery on a belt, from ``began_s`` on."""

    def __init__(
        self,
        belt: Belt | None = None,
        record: MachineRecord = RECORD,
        *,
        unattended: bool = False,
        began_s: float = 0.0,
    ) -> None:
        self.belt = Belt() if belt is None else belt
        self.belt.advance(began_s)
        self.recovery = Recovery(
            MACHINE, record, began_s, what_happened=WHAT, unattended=unattended
        )
        self.now_s = self.began_s = began_s
        self.sent: list[tuple[float, Permitted]] = []
        self.events: list[Event] = []
        self.tick()

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.now_s = round(self.now_s + TICK_S, 6)
            for report in self.belt.advance(self.now_s):
                self.recovery.report(report)
            self.tick()

    def tick(self) -> None:
        for permitted in self.recovery.tick(self.now_s):
            self.sent.append((self.now_s, permitted))
            self.belt.hear(permitted.command)
        self.events += self.recovery.take_events()

    def hear(self, report: Report) -> None:
        self.recovery.report(report)
        self.tick()

    def until(self, step: str, seconds: float = 60.0) -> float:
        """Run to a step of the recovery; return how many seconds after its beginning it came."""
        for _ in range(round(seconds / TICK_S)):
            if step in self.steps:
                return round(self.now_s - self.began_s, 6)
            self.run(TICK_S)
        raise AssertionError(f"no {step} within {seconds} s: {self.events[-3:]}")

    @property
    def stops(self) -> list[float]:
        assert {type(each.command) for _, each in self.sent} <= {Stop}
        return [at_s for at_s, _ in self.sent]

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["event"] == kind]

    @property
    def steps(self) -> list[object]:
        return [event["step"] for event in self.of("recovery")]

    @property
    def red_keys(self) -> list[float]:
        found = [event for event in self.of("cue") if RED_KEY in str(event["text"]).lower()]
        return [float(str(event["t"])) for event in found]

    @property
    def faults(self) -> list[object]:
        return [event["fault"] for event in self.of("fault")]

    @property
    def end(self) -> tuple[object, ...]:
        last = self.events[-1]
        assert last["event"] == "end"
        assert self.recovery.ended
        return last["reason"], last["by"], last["cause"], last["belt_stopped"]


def running(speed: float = 300.0, **others: Any) -> Belt:
    return Belt(speed=speed, target=speed, **others)


def report_at(now_s: float, centi_kmh: int | None) -> Telemetry:
    return Telemetry(now_s, speed=None if centi_kmh is None else Speed(centi_kmh))
