"""What a session tells the world: events in the order of time, and the cues that are spoken."""

from quarterturn import cues
from quarterturn.english import ENGLISH
from quarterturn.model import (
    CommandOutcome,
    HeartRate,
    RunningCadence,
    SensorNotice,
    SetSpeed,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.monitors import Fault, FaultKind, Reaction
from quarterturn.plan import Plan, PlannedPhase
from quarterturn.session.heart_rate import FRESH_S
from quarterturn.session.vocabulary import Ending, Event, Purpose
from quarterturn.words import PhraseBook

# A monitor that finds the same again with every report would drown everything else.
_SAME_FAULT_AGAIN_S = 5.0


class Narrator:
    """Write events with ``t``, the seconds since ``zero_s``, to the millisecond."""

    def __init__(self, zero_s: float, book: PhraseBook = ENGLISH) -> None:
        self._zero_s = zero_s
        self._book = book
        self._last_t = 0.0
        self._out: list[Event] = []
        self._gate = cues.CueGate()
        self._distance_zero_m: int | None = None
        self._cadence: RunningCadence | None = None
        self._faults_s: dict[str, float] = {}
        self._ended = False

    def take(self) -> list[Event]:
        """Return the events since the last call."""
        events, self._out = self._out, []
        return events

    def say(self, now_s: float, *offered: cues.Cue) -> None:
        """Speak what the gate lets through, each text once."""
        for cue in self._gate.offer(now_s, dict.fromkeys(offered)):
            self.emit(now_s, "cue", kind=cue.kind.value, text=cue.text)

    def emit(self, now_s: float, event: str, **fields: object) -> None:
        """Write an event, not before the one before it in time; after the end nothing follows."""
        if self._ended:
            return
        self._last_t = max(self._last_t, round(now_s - self._zero_s, 3))
        self._out.append({"t": self._last_t, "event": event, **fields})

    def plan(self, plan: Plan) -> None:
        """Write what will be walked."""
        planned_s: dict[str, float] = {}
        for phase in plan.phases:
            word = phase.heading.word
            planned_s[word] = planned_s.get(word, 0.0) + phase.duration_s
        self.emit(
            self._zero_s,
            "plan",
            workout=plan.workout,
            profile=plan.profile,
            duration_s=_tidy(sum(planned_s.values())),
            phases=len(plan.phases),
            limited_by=list(plan.limited_by),
            planned_s={word: _tidy(seconds) for word, seconds in planned_s.items()},
        )

    def phase(self, now_s: float, phase: PlannedPhase) -> None:
        """Write that a phase begins."""
        self.emit(
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

    def step(
        self,
        now_s: float,
        purpose: Purpose,
        step: str,
        turn: tuple[PlannedPhase, PlannedPhase] | None,
        **more: object,
    ) -> None:
        """Write one step on the way to a standstill or from it; a turn names both headings."""
        if turn is None:
            self.emit(now_s, purpose.value, step=step, **more)
        else:
            came_from, to = turn
            headings = {"from": came_from.heading.word, "to": to.heading.word}
            self.emit(now_s, "turn", **headings, step=step, **more)

    def telemetry(self, telemetry: Telemetry, heart: tuple[int, str | None] | None) -> None:
        """Write a report; the distance counts from the session's first.

        ``heart`` is the heart rate that counts, and the sensor that it comes from.
        """
        bpm, source = (None, None) if heart is None else (heart[0], heart[1] or "treadmill")
        cadence = self._cadence
        if cadence is not None and telemetry.arrived_s - cadence.arrived_s > FRESH_S:
            cadence = None
        distance_m = telemetry.distance_m
        if self._distance_zero_m is None:
            self._distance_zero_m = distance_m
        self.emit(
            telemetry.arrived_s,
            "telemetry",
            speed_kmh=None if telemetry.speed is None else telemetry.speed.kmh,
            incline_pct=None if telemetry.incline is None else telemetry.incline.pct,
            distance_m=None if distance_m is None else distance_m - (self._distance_zero_m or 0),
            heart_rate_bpm=bpm,
            heart_rate_source=source,
            cadence_per_min=None if cadence is None else cadence.cadence_per_min,
        )

    def heart_rate(self, reading: HeartRate) -> None:
        """Write what a heart-rate sensor sent."""
        self.emit(
            reading.arrived_s,
            "heart_rate",
            sensor=reading.sensor,
            bpm=reading.bpm,
            contact=reading.contact,
            rr_intervals_s=[round(it, 4) for it in reading.rr_intervals_s],
            energy_kj=reading.energy_kj,
        )

    def running(self, reading: RunningCadence) -> None:
        """Write what a foot pod sent, and keep its cadence for the reports of the belt."""
        self._cadence = reading
        m_per_s = reading.speed_m_per_s
        self.emit(
            reading.arrived_s,
            "running",
            sensor=reading.sensor,
            cadence_per_min=reading.cadence_per_min,
            speed_kmh=None if m_per_s is None else round(m_per_s * 3.6, 2),
            stride_length_m=reading.stride_length_m,
            distance_m=reading.distance_m,
            gait="running" if reading.running else "walking",
        )

    def sensor(self, notice: SensorNotice) -> None:
        """Write what became of a sensor."""
        self.emit(
            notice.arrived_s,
            "sensor",
            sensor=notice.sensor,
            state=notice.state.value,
            text=notice.text,
        )

    def command(self, outcome: CommandOutcome) -> None:
        """Write what became of a command."""
        value: float | None = None
        command = outcome.permitted.command
        match command:
            case Start():
                name = "start"
            case Stop():
                name = "stop"
            case SetSpeed(speed):
                name, value = "set_speed", speed.kmh
            case _:
                name, value = "set_incline", command.incline.pct
        sent_s = outcome.sent_s
        self.emit(
            outcome.known_s,
            "command",
            command=name,
            value=value,
            source=outcome.permitted.source,
            outcome=outcome.outcome.value,
            sent_t=None if sent_s is None else round(sent_s - self._zero_s, 3),
            limited_by=list(outcome.permitted.limited_by),
            detail=outcome.detail,
        )

    def fault(self, now_s: float, fault: Fault) -> None:
        """Write and say a fault, unless the same was said a moment ago.

        One that only pauses is not said: the pause is.
        """
        said_s = self._faults_s.get(fault.kind)
        if said_s is not None and now_s - said_s < _SAME_FAULT_AGAIN_S:
            return
        self._faults_s[fault.kind] = now_s
        self.emit(
            now_s, "fault", fault=fault.kind.value, action=fault.reaction.value, text=fault.text
        )
        if fault.reaction is not Reaction.PAUSE:
            ramped = fault.reaction is Reaction.RAMP
            self.say(now_s, cues.fault_cue(self._book, fault.kind.value, ramped=ramped))
        if fault.reaction is Reaction.ALARM or fault.kind is FaultKind.STALE:
            self.say(now_s, cues.pull_the_red_key(self._book))

    def end(self, now_s: float, ending: Ending, belt_stopped: bool | None) -> None:
        """Write the last event."""
        self.emit(
            now_s,
            "end",
            reason=ending.reason,
            by=ending.by,
            cause=ending.cause,
            belt_stopped=belt_stopped,
        )
        self._ended = True


def _tidy(seconds: float) -> float | int:
    return int(seconds) if seconds == int(seconds) else seconds
