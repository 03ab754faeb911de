"""The treadmill as a machine, whatever protocol it speaks: its belt, its run state, its safety key.

A protocol's peripheral and the console both act on it; only the peripheral's commands suffer the
latency of the radio board. Every command takes the time and changes what the belt does from then.
"""

import math
from enum import Enum, auto

from quarterturn_simulator.belt import Belt, Stopwatch
from quarterturn_simulator.settings import Settings

# A console's guess: a person of 70 kg on the level, 0.5 kcal per kg and km above 1 kcal per kg and
# hour at rest (the horizontal term of the ACSM walking equation, 5 kcal per litre of oxygen).
_KCAL_PER_M = 70 * 0.5 / 1000
_KCAL_PER_S = 70 * 1.05 / 3600
_METRES_PER_STEP = 0.6


class RunState(Enum):
    """What the machine believes that it is doing; a slowing belt counts as stopped or paused."""

    STOPPED = auto()
    RUNNING = auto()
    PAUSED = auto()


class Machine:
    """A treadmill. ``settings`` may be exchanged at any time: that is how faults strike."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.state = RunState.STOPPED
        self.key_in = True
        self.belt = Belt(settings.odometer_m, settings.deck_pct)
        self.target_kmh = 0.0
        self.target_incline_pct = settings.deck_pct
        self.halted_kmh = 0.0  # how fast it ran when it was last stopped or paused
        self._started_s = 0.0
        self._paused_s = 0.0
        self._moves_from_s = 0.0
        self._watch = Stopwatch()
        self._counted_from_m = 0.0

    # --- commands --------------------------------------------------------------------------------

    def start(self, now_s: float, latency_s: float = 0.0) -> None:
        """Start or resume: countdown, spin-up, then the target speed, or the lowest without one.

        The countdown begins when the command arrives, so that the latency passes within it.
        """
        settings = self.settings
        resumes = self.state is RunState.PAUSED
        if not self.target_kmh or (resumes and not settings.resume_restores_target):
            self.target_kmh = self.lowest_kmh
        delay_s = max(latency_s, settings.countdown_s + settings.spin_up_s)
        self.start_heard(now_s)
        self._run_from(now_s, now_s + delay_s)

    def start_heard(self, now_s: float) -> None:
        """Note that a Start came: some belts want one again and again."""
        self._started_s = now_s

    def count_down_again(self, now_s: float, latency_s: float) -> None:
        """Stop a running belt, count down for it once more, and go on."""
        settings = self.settings
        rests_s = self.belt.speed_at(now_s + latency_s) / settings.decel_kmh_per_s
        self._come_to_rest(now_s, latency_s)
        delay_s = latency_s + rests_s + settings.countdown_s + settings.spin_up_s
        self._run_from(now_s, now_s + delay_s)

    def start_by_itself(self, now_s: float) -> None:
        """Set a resting belt in motion at once, asked by nobody."""
        if self.key_in and self.state is not RunState.RUNNING:
            self.target_kmh = self.target_kmh or self.lowest_kmh
            self.start_heard(now_s)
            self._run_from(now_s, now_s)

    def stop(self, now_s: float, latency_s: float = 0.0) -> None:
        """End the session: the belt slows to a standstill, the target is forgotten."""
        self._come_to_rest(now_s, latency_s)
        self.state = RunState.STOPPED
        self.target_kmh = 0.0

    def pause(self, now_s: float, latency_s: float = 0.0) -> None:
        """Interrupt the session: the belt slows to a standstill, the target is kept."""
        self._come_to_rest(now_s, latency_s)
        self._paused_s = now_s
        self.state = RunState.PAUSED

    def reset(self, now_s: float, latency_s: float = 0.0) -> None:
        """Stop, level the deck, count from zero again (FTMS v1.0.1 section 4.16.2.2)."""
        self.stop(now_s, latency_s)
        if self.settings.incline_min_pct < self.settings.incline_max_pct:
            self.set_incline(now_s, 0.0, latency_s)
        self._watch = Stopwatch()
        self._counted_from_m = self.belt.distance_at(now_s) - self.settings.odometer_m

    def set_speed(self, now_s: float, kmh: float, latency_s: float = 0.0) -> None:
        """Head for a speed; a belt at rest keeps it for the next start."""
        self.target_kmh = min(kmh, self.settings.max_kmh)
        if self.state is RunState.RUNNING:
            self._head_for(now_s, max(now_s + latency_s, self._moves_from_s), self.target_kmh)

    def set_incline(self, now_s: float, pct: float, latency_s: float = 0.0) -> None:
        """Head for an incline, moving or not; without the safety key nothing moves."""
        if self.key_in:
            self.target_incline_pct = pct
            self.belt.forget_before(now_s)
            self.belt.head_for_incline(now_s + latency_s, pct, self.settings.incline_pct_per_s)

    def pull_key(self, now_s: float) -> None:
        """Pull the safety key: belt and deck stand where they are, and cannot be started."""
        self.key_in = False
        self.state = RunState.STOPPED
        self.target_kmh = 0.0
        self.halted_kmh = 0.0
        self.belt.forget_before(now_s)
        self.belt.stop_at_once(now_s)
        self.target_incline_pct = self.belt.incline_at(now_s)
        self._watch = self._watch.held_from(now_s)

    def insert_key(self) -> None:
        """Put the safety key back, which permits a start and starts nothing."""
        self.key_in = True

    def run_away(self, now_s: float) -> None:
        """Speed up to the maximum, whatever the target, and even from a standstill."""
        self.start_by_itself(now_s)
        if self.key_in:
            self._head_for(now_s, now_s, self.settings.max_kmh)

    # --- what it shows ---------------------------------------------------------------------------

    @property
    def lowest_kmh(self) -> float:
        """The speed that the belt starts with."""
        return min(self.settings.min_kmh * self.settings.unit_kmh, self.settings.max_kmh)

    def moving_s(self, now_s: float) -> float:
        """How long the belt has been in motion since the last start."""
        return max(0.0, now_s - self._moves_from_s)

    def elapsed_s(self, now_s: float) -> float:
        """Elapsed time of the session; it stands while the belt is stopped or paused."""
        return self._watch.elapsed_at(now_s)

    def rests_by_itself_s(self) -> float:
        """When the session ends without anybody's doing; infinity where it goes on."""
        settings = self.settings
        match self.state:
            case RunState.PAUSED:
                return self._paused_s + settings.pause_lasts_s
            case RunState.RUNNING:
                alive_s = max(self._started_s, self._moves_from_s)
                ends_s = alive_s + settings.needs_start_every_s
                if settings.programme_s:
                    ends_s = min(ends_s, self._watch.reaches(settings.programme_s))
                return ends_s
            case _:
                return math.inf

    def awaits_motion(self, now_s: float) -> bool:
        """Whether it was started and still counts down or spins up."""
        return self.state is RunState.RUNNING and now_s < self._moves_from_s

    def distance_m(self, now_s: float) -> float:
        """Distance since the last reset, on top of the odometer's first reading."""
        return self.belt.distance_at(now_s) - self._counted_from_m

    def average_kmh(self, now_s: float) -> float:
        """Average speed over the elapsed time."""
        elapsed_s = self.elapsed_s(now_s)
        walked_m = self.distance_m(now_s) - self.settings.odometer_m
        return min(walked_m / elapsed_s * 3.6, self.settings.max_kmh) if elapsed_s >= 1 else 0.0

    def energy_kcal(self, now_s: float) -> float:
        """Energy as the console estimates it."""
        walked_m = self.distance_m(now_s) - self.settings.odometer_m
        return walked_m * _KCAL_PER_M + self.elapsed_s(now_s) * _KCAL_PER_S

    def steps(self, now_s: float) -> int:
        """Count the steps as the sensor under the belt does."""
        return int((self.distance_m(now_s) - self.settings.odometer_m) / _METRES_PER_STEP)

    # --- the motor -------------------------------------------------------------------------------

    def _run_from(self, now_s: float, moves_from_s: float) -> None:
        self.state = RunState.RUNNING
        self.halted_kmh = 0.0
        self._moves_from_s = moves_from_s
        self._watch = self._watch.running_from(moves_from_s)
        self._head_for(now_s, moves_from_s, self.target_kmh)

    def _come_to_rest(self, now_s: float, latency_s: float) -> None:
        self.halted_kmh = max(self.halted_kmh, self.belt.speed_at(now_s))
        self._head_for(now_s, now_s + latency_s, 0.0)
        self._watch = self._watch.held_from(now_s + latency_s)

    def _head_for(self, now_s: float, at_s: float, kmh: float) -> None:
        belt, settings = self.belt, self.settings
        belt.forget_before(now_s)
        rises = kmh > belt.speed_at(at_s)
        belt.head_for_speed(
            at_s, kmh, settings.accel_kmh_per_s if rises else settings.decel_kmh_per_s
        )
