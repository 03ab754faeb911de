"""What clients see of a session between its events; put together from the events themselves."""

from dataclasses import dataclass

from quarterturn.session.vocabulary import Event, Purpose, number

_PURPOSES = frozenset(purpose.value for purpose in Purpose)


@dataclass(slots=True)
class Picture:
    """The last of everything that is shown; the names are those of `protocol.Snapshot`."""

    workout: str | None = None
    profile: str | None = None
    phases: int | None = None
    phase: Event | None = None
    purpose: str | None = None
    step: str | None = None
    next_heading: str | None = None
    speed_kmh: float | None = None
    incline_pct: float | None = None
    distance_m: float | None = None
    heart_rate_bpm: int | None = None
    fault: Event | None = None
    end: Event | None = None

    def add(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case {"event": "plan", "workout": str(workout), "profile": str(profile)}:
                self.workout, self.profile = workout, profile
                self.phases = _int(event.get("phases"))
            case {"event": "phase"}:
                self.phase = event
            case {"event": "fault"}:
                self.fault = event
            case {"event": "end"}:
                self.end = event
            case {"event": "telemetry"}:
                self.speed_kmh = number(event.get("speed_kmh"))
                self.incline_pct = number(event.get("incline_pct"))
                self.distance_m = number(event.get("distance_m"))
                self.heart_rate_bpm = _int(event.get("heart_rate_bpm"))
            case {"event": str(kind), "step": str(step)} if kind in _PURPOSES:
                self.purpose, self.step = kind, step
                to = event.get("to")
                self.next_heading = to if isinstance(to, str) else None


def _int(value: object) -> int | None:
    return value if isinstance(value, int) else None
