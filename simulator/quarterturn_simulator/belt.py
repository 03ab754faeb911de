"""Motors as pure functions of time: ramps of constant slope, and what the belt covers under them.

Nothing here ticks. A motor is told what will change and when; asked for any later time, it answers
with the exact value and the exact integral: reports may come at any rate, and none is approximate.
"""

import math
from dataclasses import dataclass

AT_ONCE = math.inf


@dataclass(frozen=True, slots=True)
class Ramp:
    """From ``start_s`` on, from one value to another at ``rate`` per second, then constant."""

    start_s: float
    from_value: float
    to_value: float
    rate: float

    @property
    def end_s(self) -> float:
        """When the target value is reached."""
        return self.start_s + abs(self.to_value - self.from_value) / self.rate

    def value_at(self, now_s: float) -> float:
        """Return the value at a time; before ``start_s`` it is the one at ``start_s``."""
        if now_s >= self.end_s:
            return self.to_value
        if now_s <= self.start_s:
            return self.from_value
        climbed = self.rate * (now_s - self.start_s)
        return self.from_value + math.copysign(climbed, self.to_value - self.from_value)

    def integral(self, until_s: float) -> float:
        """Return the area under the ramp from ``start_s`` to ``until_s``."""
        if until_s <= self.start_s:
            return 0.0
        bend_s = min(until_s, self.end_s)
        sloped = (bend_s - self.start_s) * (self.from_value + self.value_at(bend_s)) / 2
        return sloped + (until_s - bend_s) * self.to_value


class Motor:
    """A value that moves in ramps, the later ones of which may lie in the future."""

    def __init__(self, value: float = 0.0) -> None:
        self._ramps = [Ramp(-math.inf, value, value, AT_ONCE)]
        self._covered = 0.0  # the area under all ramps before the first kept one

    def change(self, at_s: float, to_value: float, rate: float) -> None:
        """Head for a value from ``at_s`` on; what was planned for ``at_s`` or later is dropped."""
        from_value = self.value_at(at_s)
        while self._ramps and self._ramps[-1].start_s >= at_s:
            self._ramps.pop()
        self._ramps.append(Ramp(at_s, from_value, to_value, rate))

    def forget_before(self, now_s: float) -> None:
        """Drop the ramps that are over; times before ``now_s`` may not be asked for afterwards."""
        while len(self._ramps) > 1 and self._ramps[1].start_s <= now_s:
            first = self._ramps.pop(0)
            self._covered += _area(first, self._ramps[0].start_s)

    def value_at(self, now_s: float) -> float:
        """Return the value at a time."""
        return self._ramp_at(now_s).value_at(now_s)

    def target_at(self, now_s: float) -> float:
        """Return the value headed for at a time."""
        return self._ramp_at(now_s).to_value

    def integral_at(self, now_s: float) -> float:
        """Return the area under the ramps up to a time: value times seconds."""
        area = self._covered
        for ramp, following in zip(self._ramps, [*self._ramps[1:], None], strict=True):
            if following is None or following.start_s >= now_s:
                return area + _area(ramp, now_s)
            area += _area(ramp, following.start_s)
        return area

    def _ramp_at(self, now_s: float) -> Ramp:
        for ramp in reversed(self._ramps):
            if ramp.start_s <= now_s:
                return ramp
        return self._ramps[0]


def _area(ramp: Ramp, until_s: float) -> float:
    # The first ramp of a motor has no beginning; a motor starts at 0, so it has covered nothing.
    return 0.0 if math.isinf(ramp.start_s) else ramp.integral(until_s)


class Belt:
    """The belt: speed in km/h, distance in m, incline in %. Speeds are never negative."""

    def __init__(self, odometer_m: float = 0.0, incline_pct: float = 0.0) -> None:
        self._speed_kmh = Motor()
        self._incline_pct = Motor(incline_pct)
        self._odometer_m = odometer_m

    def head_for_speed(self, at_s: float, kmh: float, kmh_per_s: float) -> None:
        """Change the speed from ``at_s`` on, at this rate."""
        self._speed_kmh.change(at_s, max(0.0, kmh), kmh_per_s)

    def head_for_incline(self, at_s: float, pct: float, pct_per_s: float) -> None:
        """Change the incline from ``at_s`` on, at this rate."""
        self._incline_pct.change(at_s, pct, pct_per_s)

    def stop_at_once(self, at_s: float) -> None:
        """Cut the power: no speed and no movement of the incline from ``at_s`` on."""
        self.head_for_speed(at_s, 0.0, AT_ONCE)
        self.head_for_incline(at_s, self.incline_at(at_s), AT_ONCE)

    def forget_before(self, now_s: float) -> None:
        """Drop what is over; times before ``now_s`` may not be asked for afterwards."""
        self._speed_kmh.forget_before(now_s)
        self._incline_pct.forget_before(now_s)

    def speed_at(self, now_s: float) -> float:
        """Return the speed in km/h."""
        return max(0.0, self._speed_kmh.value_at(now_s))

    def target_speed_at(self, now_s: float) -> float:
        """Return the speed in km/h that the motor heads for."""
        return self._speed_kmh.target_at(now_s)

    def distance_at(self, now_s: float) -> float:
        """Return the distance in m, counted from the odometer's first reading."""
        return self._odometer_m + self._speed_kmh.integral_at(now_s) / 3.6

    def incline_at(self, now_s: float) -> float:
        """Return the incline in %."""
        return self._incline_pct.value_at(now_s)


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Elapsed time: ``before_s`` so far, and running from ``since_s`` until ``until_s``."""

    before_s: float = 0.0
    since_s: float = math.inf
    until_s: float = math.inf

    def elapsed_at(self, now_s: float) -> float:
        """Return the elapsed time in seconds."""
        return self.before_s + max(0.0, min(now_s, self.until_s) - self.since_s)

    def reaches(self, elapsed_s: float) -> float:
        """Return when the watch that runs on will show ``elapsed_s``."""
        return self.since_s + elapsed_s - self.before_s

    def running_from(self, at_s: float) -> "Stopwatch":
        """Return the watch that also counts from ``at_s`` on."""
        return Stopwatch(self.elapsed_at(at_s), at_s)

    def held_from(self, at_s: float) -> "Stopwatch":
        """Return the watch that stands from ``at_s`` on."""
        return Stopwatch(self.before_s, self.since_s, min(self.until_s, at_s))
