"""What was seen in one trial, and what can be measured in it.

Everything comes from two series: when a command was let out, and when a report arrived. A report
comes when the machine likes, so that every duration here is at most one report too long.
"""

from dataclasses import dataclass
from statistics import median

from quarterturn.model import (
    CommandOutcome,
    Notice,
    NoticeKind,
    SetSpeed,
    Start,
    Stop,
)

# In 0.01 km/h.
_STEADY = 5
_CHANGED = 4
_LEAP = 50
# A slope needs so long: reports in whole 0.1 km/h, four a second, would show any slope.
_SLOPE_S = 0.9
_PLATEAU_S = 2.5
_ALONE_S = 5.0
# How long a machine must be silent to count as silent; as `Stillness` has it.
_SILENT_S = 5.0


@dataclass(frozen=True, slots=True)
class Told:
    """A target: when it went out, its value in 0.01 km/h, and when the next command followed."""

    at_s: float
    centi_kmh: int
    until_s: float


@dataclass(frozen=True, slots=True)
class Observed:
    """One trial as it was seen. Times in seconds of one clock, speeds in 0.01 km/h.

    ``cut_s`` is when the link was cut on purpose, ``back_s`` when it was there again.
    """

    script: str
    began_s: float
    ended_s: float
    commands: tuple[tuple[float, Start | Stop | SetSpeed], ...] = ()
    reports: tuple[tuple[float, int], ...] = ()
    outcomes: tuple[CommandOutcome, ...] = ()
    notices: tuple[Notice, ...] = ()
    cut_s: float | None = None
    back_s: float | None = None

    # --- the start ------------------------------------------------------------------------------

    @property
    def started_s(self) -> float | None:
        """When Start went out."""
        return next((at_s for at_s, command in self.commands if isinstance(command, Start)), None)

    @property
    def moved_s(self) -> float | None:
        """When a report first said that the belt moves, after Start."""
        started_s = self.started_s
        if started_s is None:
            return None
        return next((at_s for at_s, speed in self.reports if speed and at_s >= started_s), None)

    @property
    def start_s(self) -> float | None:
        """How long it took from Start to motion."""
        started_s, moved_s = self.started_s, self.moved_s
        return None if started_s is None or moved_s is None else moved_s - started_s

    @property
    def ran_s(self) -> float:
        """How long the belt ran until the Stop."""
        moved_s = self.moved_s
        until_s = self.ended_s if self.stopped_s is None else self.stopped_s
        return 0.0 if moved_s is None else max(0.0, until_s - moved_s)

    # --- targets --------------------------------------------------------------------------------

    @property
    def targets(self) -> tuple[Told, ...]:
        """Every target in order."""
        ends = [at_s for at_s, _ in self.commands[1:]] + [self.ended_s]
        return tuple(
            Told(at_s, command.speed.centi_kmh, end_s)
            for (at_s, command), end_s in zip(self.commands, ends, strict=True)
            if isinstance(command, SetSpeed)
        )

    def plateau(self, told: Told) -> int | None:
        """Return the speed at which the belt settled under a target; None: it did not."""
        until_s = told.until_s if self.cut_s is None else min(told.until_s, self.cut_s)
        return self._level(until_s - _PLATEAU_S, until_s)

    @property
    def steady(self) -> int | None:
        """The speed at which the belt settled last before it was stopped."""
        plateaus = [self.plateau(told) for told in self.targets]
        return next((each for each in reversed(plateaus) if each is not None), None)

    @property
    def latencies_s(self) -> tuple[float, ...]:
        """How long each change of the target took to show in a report."""
        found, last_s = [], 0.0
        for told in self.targets:
            before = self._level(told.at_s - _PLATEAU_S, told.at_s)
            # What follows another target too soon may be the effect of that one.
            alone = told.at_s - last_s >= _ALONE_S
            last_s = told.at_s
            if before is None or not alone:
                continue
            shown_s = (
                at_s
                for at_s, speed in self.reports
                if told.at_s < at_s <= told.until_s and abs(speed - before) >= _CHANGED
            )
            first_s = next(shown_s, None)
            if first_s is not None:
                found.append(first_s - told.at_s)
        return tuple(found)

    @property
    def ramps_kmh_per_s(self) -> tuple[float, ...]:
        """How fast the belt changed its speed in each leap: its steepest second."""
        found = []
        for told in self.targets:
            before = self._level(told.at_s - _PLATEAU_S, told.at_s)
            after = self.plateau(told)
            if before is not None and after is not None and abs(after - before) >= _LEAP:
                found.append(self._steepest(told.at_s, told.until_s) / 100)
        return tuple(each for each in found if each > 0)

    # --- the stop -------------------------------------------------------------------------------

    @property
    def stopped_s(self) -> float | None:
        """When the first Stop went out."""
        return next((at_s for at_s, command in self.commands if isinstance(command, Stop)), None)

    @property
    def stop_s(self) -> float | None:
        """How long it took from Stop to the first of the last zeros, or to silence."""
        stopped_s = self.stopped_s
        if stopped_s is None:
            return None
        zero_s: float | None = None
        for at_s, speed in self.reports:
            if at_s > stopped_s:
                zero_s = None if speed else (at_s if zero_s is None else zero_s)
        if zero_s is not None:
            return zero_s - stopped_s
        rate = self.reports_a_second
        if not (self.silent_at_rest and rate):
            return None
        # Its next report would have said that it stands.
        return max(stopped_s, self.reports[-1][0]) + 1 / rate - stopped_s

    @property
    def silent_at_rest(self) -> bool:
        """Whether the machine said nothing while its belt was expected to stand."""
        stopped_s = self.began_s if self.started_s is None else self.stopped_s
        if stopped_s is None:
            return False
        last_s = max([stopped_s, *(at_s for at_s, _ in self.reports)])
        zeros = [at_s for at_s, speed in self.reports if at_s > stopped_s and not speed]
        return not zeros and self.ended_s - last_s >= _SILENT_S

    @property
    def false_zeros_s(self) -> tuple[float, ...]:
        """How long the reports said 0 each time, and then went on, while the belt was to run."""
        found, last_s, zero = [], 0.0, False
        until_s = self.ended_s if self.stopped_s is None else self.stopped_s
        moved_s = self.moved_s
        for at_s, speed in self.reports:
            if moved_s is None or not moved_s <= at_s < until_s:
                continue
            if speed and zero:
                found.append(at_s - last_s)
            zero = not speed
            if speed:
                last_s = at_s
        return tuple(found)

    # --- answers and notices --------------------------------------------------------------------

    @property
    def answered(self) -> bool:
        """Whether any command was answered."""
        return any(outcome.answered_s is not None for outcome in self.outcomes)

    @property
    def reports_a_second(self) -> float:
        """How many reports came a second while the belt ran."""
        times = [at_s for at_s, speed in self.reports if speed]
        return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0

    def told_of(self, *kinds: NoticeKind) -> bool:
        """Return whether the machine told any of this of itself."""
        return any(notice.kind in kinds for notice in self.notices)

    def after_the_cut(self, *, silent_when_stopped: bool) -> str:
        """Return what the belt did while the link was cut, in the words of a machine record."""
        if self.cut_s is None or self.back_s is None:
            return "unknown"
        before = [speed for at_s, speed in self.reports if at_s <= self.cut_s and speed]
        after = [speed for at_s, speed in self.reports if at_s > self.back_s]
        if not before or not (after or silent_when_stopped):
            return "unknown"
        if max(after, default=0) >= 0.8 * before[-1]:
            return "keeps_running"
        # One that still slows down after so long has no rule that could be relied on.
        return "stops" if not any(after) else "unknown"

    # --- series ---------------------------------------------------------------------------------

    def _level(self, from_s: float, until_s: float) -> int | None:
        """Return the speed that the reports between two times agree on."""
        # What arrives in the very moment of a command cannot be its effect.
        speeds = [speed for at_s, speed in self.reports if from_s <= at_s <= until_s and speed]
        if len(speeds) < 2 or max(speeds) - min(speeds) > _STEADY:
            return None
        return round(median(speeds))

    def _steepest(self, from_s: float, until_s: float) -> float:
        reports = [each for each in self.reports if from_s <= each[0] <= until_s and each[1]]
        slopes = [0.0]
        for index, (at_s, speed) in enumerate(reports):
            later = (each for each in reports[index + 1 :] if each[0] - at_s >= _SLOPE_S)
            later_s, other = next(later, (at_s + _SLOPE_S, speed))
            slopes.append(abs(other - speed) / (later_s - at_s))
        return max(slopes)
