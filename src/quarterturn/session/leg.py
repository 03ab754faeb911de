"""One phase while it is walked: its clock, its cues, and what it wants of the belt by then."""

import math

from quarterturn import cues
from quarterturn.english import ENGLISH
from quarterturn.governor import Walk
from quarterturn.model import MachineRecord
from quarterturn.plan import PlannedPhase
from quarterturn.session.clock import PhaseClock
from quarterturn.units import LEVEL, Incline, Speed
from quarterturn.words import PhraseBook

# Times are sums of binary fractions: on a clock that has run for days a mark may come out late.
HAIR_S = 1e-6


class Leg:
    """Follow one phase by its clock. Times of the phase clock are called ``elapsed_s``.

    ``upcoming`` is what follows, None where the walk ends; it decides what is announced, and how
    level the belt has to be by then [design rule 12].
    """

    def __init__(
        self,
        phase: PlannedPhase,
        upcoming: PlannedPhase | None,
        start_speed: Speed,
        record: MachineRecord,
        clock: PhaseClock,
        book: PhraseBook = ENGLISH,
    ) -> None:
        self.phase = phase
        self.clock = clock
        self.end_s = phase.duration_s
        self._start_speed = start_speed
        self._record = record
        self._book = book
        self._announced = False
        self._walk = Walk(phase.speed, phase.incline)
        self._said_s = -math.inf
        self.follow(upcoming)

    def follow(self, upcoming: PlannedPhase | None) -> None:
        """Head for what comes next; what was said already is not said again."""
        self.upcoming = upcoming
        reached_s = cues.predicted_reach_s(self.phase, self._start_speed, self._record.latency_s)
        script = cues.phase_cues(self._book, self.phase, upcoming, reached_s=reached_s)
        self._script = [
            (at_s, cue) for at_s, cue in script if self._said_s < at_s < self.phase.duration_s
        ]
        self._goal = self._level_wanted()
        way_s = self._way_s(self.phase.incline)
        self._leave_s = (
            self.end_s - cues.ANNOUNCE_S - way_s - self._record.latency_s if way_s else math.inf
        )
        self._mark()

    def over(self, elapsed_s: float) -> bool:
        """Return whether the phase's time is up."""
        return elapsed_s >= self.end_s - HAIR_S

    def announces(self, elapsed_s: float) -> PlannedPhase | None:
        """Return the phase whose turn is to be announced now, once."""
        if self._announced or elapsed_s < self.end_s - cues.ANNOUNCE_S - HAIR_S:
            return None
        self._announced = True
        self._mark()
        upcoming = self.upcoming
        return None if upcoming is None or upcoming.turn is None else upcoming

    def due_cues(self, elapsed_s: float) -> list[cues.Cue]:
        """Return what is to be said by now, once."""
        due = [cue for at_s, cue in self._script if at_s <= elapsed_s + HAIR_S]
        if due:
            self._said_s = self._script[len(due) - 1][0]
            del self._script[: len(due)]
            self._mark()
        return due

    def marked(self, elapsed_s: float) -> bool:
        """Return whether anything is due at all; most ticks come for nothing."""
        return elapsed_s >= self._mark_s - HAIR_S

    def due_s(self) -> float:
        """Return when something is due next; never while the clock stands."""
        return self.clock.reaches(self._mark_s)

    def walk(self, elapsed_s: float) -> Walk:
        """Return what is wanted of the belt."""
        speed = self.speed_at(elapsed_s)
        incline = self.phase.incline if elapsed_s < self._leave_s - HAIR_S else self._goal
        if self._walk.speed != speed or self._walk.incline != incline:
            self._walk = Walk(speed, incline)
        return self._walk

    def speed_at(self, elapsed_s: float) -> Speed:
        """Return the speed between the two ends of a ramp, rounded down."""
        first, last = self.phase.speed.centi_kmh, self.phase.end_speed.centi_kmh
        if first == last:
            return self.phase.speed
        share = min(1.0, max(0.0, elapsed_s / self.phase.duration_s))
        return Speed(math.floor(first + (last - first) * share + 1e-6))

    def levels_for(self, upcoming: PlannedPhase, reported: Incline | None) -> float:
        """Return how long the belt takes until it is level enough to turn to another phase.

        ``reported`` None: the machine does not say; the phase's own incline is taken for it. What
        somebody set at the console is theirs to take back.
        """
        now_at = self.phase.incline if reported is None else min(reported, self.phase.incline)
        allowed = upcoming.limits.max_incline
        if upcoming.turn is None or now_at <= allowed:
            return 0.0
        return self._pct_apart(now_at, allowed) / self._record.incline_pct_per_s

    def cut_short(self, elapsed_s: float, upcoming: PlannedPhase, way_s: float) -> int:
        """Level the belt for another phase, and end when it is; return the seconds until then.

        The phase never becomes longer than it was planned.
        """
        self.end_s = min(self.end_s, elapsed_s + way_s + self._record.latency_s)
        self.follow(upcoming)
        self._script = []
        self._leave_s = elapsed_s
        self._announced = True
        self._mark()
        return max(1, math.floor(self.end_s - elapsed_s))

    def _level_wanted(self) -> Incline:
        """Return the incline to be at when the phase ends."""
        incline, upcoming = self.phase.incline, self.upcoming
        allowed = LEVEL if upcoming is None else upcoming.limits.max_incline
        if upcoming is not None and upcoming.turn is None and allowed >= incline:
            return incline
        return max(min(incline, allowed), LEVEL)

    def _way_s(self, incline: Incline) -> float:
        return self._pct_apart(incline, self._goal) / self._record.incline_pct_per_s

    def _pct_apart(self, one: Incline, other: Incline) -> float:
        return abs(one.tenths_pct - other.tenths_pct) / 10

    def _mark(self) -> None:
        marks = [self.end_s]
        if not self._announced:
            marks.append(self.end_s - cues.ANNOUNCE_S)
        if self._script:
            marks.append(self._script[0][0])
        self._mark_s = min(marks)
