"""The measured speed over time, from a session's events: what a plot of the session shows.

Like a summary it looks at events and at nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from quarterturn.session.vocabulary import number
from quarterturn.summary import Event, text


@dataclass(frozen=True, slots=True)
class Sample:
    """One report of the belt, and what it was held against.

    ``t_s`` is the event's time. None: there was no phase yet to have a target or a cap.
    """

    t_s: float
    kmh: float
    heading: str
    target_kmh: float | None = None
    cap_kmh: float | None = None


@dataclass(frozen=True, slots=True)
class _Phase:
    """The phase that reports fall into."""

    t_s: float
    heading: str
    duration_s: float
    kmh: float
    end_kmh: float
    cap_kmh: float | None

    def target_kmh(self, t_s: float) -> float:
        """Return the target at a time, on the way from the first speed to the last."""
        share = (t_s - self.t_s) / self.duration_s if self.duration_s > 0 else 1.0
        return self.kmh + (self.end_kmh - self.kmh) * min(max(share, 0.0), 1.0)


class Track:
    """Digest events one by one, in the order of ``t``; what is no such event is passed over."""

    def __init__(self) -> None:
        self._samples: list[Sample] = []
        self._phase: _Phase | None = None

    def add(self, event: Event) -> None:
        """Digest one event."""
        t_s = number(event.get("t"))
        if t_s is None:
            return
        match event.get("event"):
            case "phase":
                self._phase = _phase(t_s, event)
            case "telemetry":
                self._report(t_s, number(event.get("speed_kmh")))
            case _:
                pass

    def samples(self) -> tuple[Sample, ...]:
        """Return the reports so far."""
        return tuple(self._samples)

    def _report(self, t_s: float, kmh: float | None) -> None:
        if kmh is None:
            return
        phase = self._phase
        if phase is None:
            self._samples.append(Sample(t_s, kmh, "forward"))
        else:
            target_kmh = phase.target_kmh(t_s)
            self._samples.append(Sample(t_s, kmh, phase.heading, target_kmh, phase.cap_kmh))


def track_of(events: Iterable[Event]) -> tuple[Sample, ...]:
    """Return the reports of a whole session."""
    track = Track()
    for event in events:
        track.add(event)
    return track.samples()


def _phase(t_s: float, event: Event) -> _Phase:
    kmh = number(event.get("target_speed_kmh")) or 0.0
    end_kmh = number(event.get("end_speed_kmh"))
    return _Phase(
        t_s=t_s,
        heading=text(event.get("heading")) or "forward",
        duration_s=number(event.get("duration_s")) or 0.0,
        kmh=kmh,
        end_kmh=kmh if end_kmh is None else end_kmh,
        cap_kmh=number(event.get("cap_kmh")),
    )
