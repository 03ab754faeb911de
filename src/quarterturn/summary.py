"""What a session came to, from its events alone: planned and done, highest speed against cap.

Events are the JSON objects of ``run --json``; a summary never looks at anything else, so that a
journal, a rehearsal and a live session are judged alike.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from quarterturn.session.vocabulary import number

Event = Mapping[str, object]

# A report speaks for the time until the next one, but not for longer than a stale one would.
_REPORT_HOLDS_S = 4.0
# Half of the wire's resolution: 2.0 km/h read back from JSON is not above 2.0 km/h.
_RESOLUTION_KMH = 0.005


@dataclass(frozen=True, slots=True)
class PhaseSummary:
    """One phase that was begun. Times in seconds by the phase clock, speeds in km/h.

    ``highest_kmh`` None: no report of a speed arrived. ``above_cap_s``: how long reports lay above
    ``cap_kmh``. ``highest_bpm`` None: there was no heart rate.
    """

    index: int
    kind: str
    heading: str
    planned_s: float
    done_s: float
    highest_kmh: float | None
    cap_kmh: float
    above_cap_s: float
    highest_bpm: int | None = None


@dataclass(frozen=True, slots=True)
class HeadingSummary:
    """All phases of one heading; ``highest_kmh`` and ``cap_kmh`` are of the tightest of them."""

    heading: str
    planned_s: float
    done_s: float
    highest_kmh: float | None
    cap_kmh: float | None
    above_cap_s: float
    highest_bpm: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """One session. ``reason`` None: the events break off before an end.

    ``planned_s`` holds the plan's seconds for each heading, where the plan event told them;
    ``stops`` counts the Stop commands that were sent.
    """

    workout: str
    profile: str
    phases: tuple[PhaseSummary, ...]
    planned_s: Mapping[str, float]
    stops: int
    faults: tuple[str, ...]
    reason: str | None
    by: str | None
    cause: str | None
    belt_stopped: bool | None
    ended_t: float | None

    def headings(self) -> tuple[HeadingSummary, ...]:
        """Return a line for each heading that was planned or begun, forward first."""
        begun = {phase.heading for phase in self.phases} | set(self.planned_s)
        order = ("forward", "right", "backward", "left")
        known = [heading for heading in order if heading in begun]
        return tuple(self._heading(name) for name in [*known, *sorted(begun - set(order))])

    def _heading(self, heading: str) -> HeadingSummary:
        phases = [phase for phase in self.phases if phase.heading == heading]
        measured = [phase for phase in phases if phase.highest_kmh is not None]
        tightest = max(measured, key=_excess_kmh, default=None)
        begun_s = sum(phase.planned_s for phase in phases)
        return HeadingSummary(
            heading=heading,
            planned_s=max(self.planned_s.get(heading, 0.0), begun_s),
            done_s=sum(phase.done_s for phase in phases),
            highest_kmh=tightest.highest_kmh if tightest else None,
            cap_kmh=tightest.cap_kmh if tightest else None,
            above_cap_s=sum(phase.above_cap_s for phase in phases),
            highest_bpm=max(
                (it for p in phases if (it := p.highest_bpm) is not None), default=None
            ),
        )


def _excess_kmh(phase: PhaseSummary) -> tuple[float, float]:
    highest = phase.highest_kmh or 0.0
    return highest - phase.cap_kmh, highest


@dataclass(slots=True)
class _Phase:
    """A phase while its events come in."""

    index: int
    kind: str
    heading: str
    planned_s: float
    cap_kmh: float
    done_s: float = 0.0
    highest_kmh: float | None = None
    above_cap_s: float = 0.0
    highest_bpm: int | None = None

    def finished(self) -> PhaseSummary:
        return PhaseSummary(
            index=self.index,
            kind=self.kind,
            heading=self.heading,
            planned_s=self.planned_s,
            done_s=round(self.done_s, 3),
            highest_kmh=self.highest_kmh,
            cap_kmh=self.cap_kmh,
            above_cap_s=round(self.above_cap_s, 3),
            highest_bpm=self.highest_bpm,
        )


@dataclass(slots=True)
class _Clock:
    """The phase clock, as events show it: from a report above 0 until the slowing begins."""

    since_s: float | None = None
    slowing: bool = False

    def begin(self, t: float) -> None:
        if self.since_s is None and not self.slowing:
            self.since_s = t

    def stand(self, t: float) -> float:
        """Stop counting and return what was counted."""
        counted = 0.0 if self.since_s is None else t - self.since_s
        self.since_s = None
        return max(0.0, counted)


@dataclass(slots=True)
class Summariser:
    """Digest events one by one, in the order of ``t``; what is no such event is passed over."""

    _workout: str = ""
    _profile: str = ""
    _planned_s: dict[str, float] = field(default_factory=dict)
    _phases: list[_Phase] = field(default_factory=list)
    _clock: _Clock = field(default_factory=_Clock)
    _report: tuple[float, float] | None = None  # when, km/h
    _stops: int = 0
    _faults: list[str] = field(default_factory=list)
    _end: Event | None = None

    def add(self, event: Event) -> None:
        """Digest one event."""
        t = number(event.get("t"))
        if t is None:
            return
        match event.get("event"):
            case "plan":
                self._plan(event)
            case "phase":
                self._begin_phase(t, event)
            case "telemetry":
                self._heart_rate(number(event.get("heart_rate_bpm")))
                self._telemetry(t, number(event.get("speed_kmh")))
            case "turn" | "pause" | "halt" if event.get("step") in ("slow", "stop"):
                self._slow(t)
            case "cue" if event.get("kind") in ("stop", "pause"):
                self._slow(t)
            case "fault":
                self._faults.append(text(event.get("fault")) or "unknown")
                if event.get("action") in ("stop", "ramp", "pause"):
                    self._slow(t)
            case "command":
                sent = event.get("sent_t") is not None
                self._stops += event.get("command") == "stop" and sent
            case "end":
                self._slow(t)
                self._end = event
            case _:
                pass

    def summary(self) -> Summary:
        """Return what the events so far come to."""
        end: Event = self._end or {}
        stopped = end.get("belt_stopped")
        return Summary(
            workout=self._workout,
            profile=self._profile,
            phases=tuple(phase.finished() for phase in self._phases),
            planned_s=dict(self._planned_s),
            stops=self._stops,
            faults=tuple(self._faults),
            reason=text(end.get("reason")),
            by=text(end.get("by")),
            cause=text(end.get("cause")),
            belt_stopped=stopped if isinstance(stopped, bool) else None,
            ended_t=number(end.get("t")),
        )

    def _plan(self, event: Event) -> None:
        self._workout = text(event.get("workout")) or ""
        self._profile = text(event.get("profile")) or ""
        planned = event.get("planned_s")
        if isinstance(planned, Mapping):
            for heading, value in planned.items():
                seconds = number(value)
                if isinstance(heading, str) and seconds is not None:
                    self._planned_s[heading] = seconds

    def _begin_phase(self, t: float, event: Event) -> None:
        walking_on = self._clock.since_s is not None
        self._account(t)
        self._report = None  # it spoke of the phase before
        self._stand(t)
        target = number(event.get("target_speed_kmh")) or 0.0
        end = number(event.get("end_speed_kmh")) or 0.0
        cap = number(event.get("cap_kmh"))
        self._phases.append(
            _Phase(
                index=int(number(event.get("index")) or 0),
                kind=text(event.get("kind")) or "walk",
                heading=text(event.get("heading")) or "forward",
                planned_s=number(event.get("duration_s")) or 0.0,
                cap_kmh=max(target, end) if cap is None else cap,
            )
        )
        self._clock.slowing = False
        if walking_on:
            self._clock.begin(t)

    def _telemetry(self, t: float, kmh: float | None) -> None:
        if kmh is None:
            return
        self._account(t)
        self._report = (t, kmh)
        if not self._phases:
            return
        phase = self._phases[-1]
        phase.highest_kmh = kmh if phase.highest_kmh is None else max(phase.highest_kmh, kmh)
        if kmh > 0:
            self._clock.begin(t)
        else:
            self._stand(t)
            self._clock.slowing = False

    def _heart_rate(self, bpm: float | None) -> None:
        if bpm is not None and self._phases:
            phase = self._phases[-1]
            phase.highest_bpm = max(int(bpm), phase.highest_bpm or 0)

    def _account(self, t: float) -> None:
        """Count the time that the last report lay above the cap."""
        if self._report is None or not self._phases:
            return
        then_s, kmh = self._report
        if kmh > self._phases[-1].cap_kmh + _RESOLUTION_KMH:
            self._phases[-1].above_cap_s += min(max(0.0, t - then_s), _REPORT_HOLDS_S)

    def _slow(self, t: float) -> None:
        self._stand(t)
        self._clock.slowing = True

    def _stand(self, t: float) -> None:
        counted = self._clock.stand(t)
        if self._phases:
            self._phases[-1].done_s += counted


def summarise(events: Iterable[Event]) -> Summary:
    """Return what a session's events come to."""
    summariser = Summariser()
    for event in events:
        summariser.add(event)
    return summariser.summary()


def text(value: object) -> str | None:
    """Return a string as such, None for anything else."""
    return value if isinstance(value, str) else None
