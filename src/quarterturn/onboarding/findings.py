"""What is known of a treadmill so far, how it is known, and the record that follows.

Where something was measured, the record takes the cautious side of it; where it was not, the
cautious default of an unknown machine stays, and the file says so.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

from quarterturn.model import Capabilities, MachineRecord, NoticeKind, SpeedRange, SpeedUnit
from quarterturn.onboarding.observed import Observed
from quarterturn.units import Speed

UNKNOWN_MACHINE: Final = MachineRecord()
# The walk from which a Stop has to bring the belt to rest: the fastest that a profile offers first.
_WALK_KMH: Final = 6.0
# An unknown belt may be slow to follow and to stop: nobody is on it.
_PATIENT_RAMP: Final = 0.1
_PATIENT_STOP_S: Final = 25.0
_LATENCY_MARGIN_S: Final = 0.3
_RAMP_SHARE: Final = 0.9
_SLOWEST_RAMP, _FASTEST_RAMP = 0.05, 5.0
_LONGEST_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Findings:
    """What trials and answers made known; nothing of it is written before the end.

    ``base`` is what was known before, of which only what no trial finds out is taken over.
    ``console`` is what the person read from it, in words; None: nothing that could be used.
    ``zero_moved_s``: for how long the belt moved on under reports of 0, as a person saw it.
    """

    base: MachineRecord = UNKNOWN_MACHINE
    target_unit: SpeedUnit = SpeedUnit.KMH
    report_unit: SpeedUnit = SpeedUnit.KMH
    answers_request_control: bool = True
    request_control_attempts: int = 1
    answers_commands: bool = True
    silent_when_stopped: bool = False
    speed: SpeedRange | None = None
    capabilities: Capabilities | None = None
    console: str | None = None
    zero_moved_s: float | None = None
    zero_watched: bool = False
    pause_seen_as: str | None = None
    on_link_loss: str = "unknown"
    link_loss_seen_by: str = ""
    trials: tuple[Observed, ...] = ()

    @classmethod
    def begin(cls, base: MachineRecord) -> "Findings":
        """Begin with what is known already: it is tried, and not taken on trust."""
        return cls(
            base=base,
            target_unit=base.target_unit,
            report_unit=base.report_unit,
            answers_request_control=base.answers_request_control,
            request_control_attempts=base.request_control_attempts,
            answers_commands=base.answers_commands,
            speed=base.speed,
        )

    def saw(self, observed: Observed) -> "Findings":
        """Add a trial that went as it should."""
        return replace(self, trials=(*self.trials, observed))

    # --- measured -------------------------------------------------------------------------------

    @property
    def latencies_s(self) -> tuple[float, ...]:
        """Every latency measured."""
        return tuple(each for trial in self.trials for each in trial.latencies_s)

    @property
    def ramps_kmh_per_s(self) -> tuple[float, ...]:
        """Every ramp measured."""
        return tuple(each for trial in self.trials for each in trial.ramps_kmh_per_s)

    @property
    def starts_s(self) -> tuple[float, ...]:
        """Every start measured."""
        return tuple(trial.start_s for trial in self.trials if trial.start_s is not None)

    @property
    def stops(self) -> tuple[tuple[float, int], ...]:
        """Every stop measured: seconds to the last zeros, and the speed before, in 0.01 km/h."""
        return tuple(
            (trial.stop_s, trial.steady)
            for trial in self.trials
            if trial.stop_s is not None and trial.steady is not None and trial.cut_s is None
        )

    @property
    def false_zeros_s(self) -> tuple[float, ...]:
        """Every false zero seen while the belt ran."""
        return tuple(each for trial in self.trials for each in trial.false_zeros_s)

    @property
    def ran_s(self) -> float:
        """How long the belt ran in all trials."""
        return sum(trial.ran_s for trial in self.trials)

    @property
    def movements(self) -> int:
        """How many times the belt was moved."""
        return sum(1 for trial in self.trials if trial.moved_s is not None)

    @property
    def stop_is_told_as_pause(self) -> bool:
        """The machine calls its own Stop a pause."""
        return any(
            trial.told_of(NoticeKind.PAUSED) for trial in self.trials if trial.script != "pause"
        )

    # --- what follows ---------------------------------------------------------------------------

    def for_trials(self) -> MachineRecord:
        """Return the record that the next trial goes by: what is known, and patience otherwise."""
        unknown = UNKNOWN_MACHINE
        return replace(
            self.base,
            name="onboarding",
            latency_s=unknown.latency_s,
            start_s=unknown.start_s,
            stop_s=_PATIENT_STOP_S,
            false_zero_s=max(unknown.false_zero_s, self.base.false_zero_s),
            on_link_loss=unknown.on_link_loss,
            target_unit=self.target_unit,
            report_unit=self.report_unit,
            answers_request_control=self.answers_request_control,
            request_control_attempts=self.request_control_attempts,
            answers_commands=self.answers_commands,
            silent_when_stopped=self.silent_when_stopped,
            speed=self.speed,
            ramp_kmh_per_s=_PATIENT_RAMP,
        )

    def record(self, name: str) -> MachineRecord:
        """Return the record that is to be kept."""
        return replace(
            self.for_trials(),
            name=name,
            latency_s=self._latency_s(),
            ramp_kmh_per_s=self._ramp(),
            start_s=self._start_s(),
            stop_s=self._stop_s(),
            false_zero_s=self._false_zero_s(),
            speed=self._range(),
            on_link_loss=self.on_link_loss,
        )

    def _latency_s(self) -> float:
        measured = self.latencies_s
        if not measured:
            return UNKNOWN_MACHINE.latency_s
        return min(_LONGEST_S, _up(max(measured) + _LATENCY_MARGIN_S, 0.1))

    def _ramp(self) -> float:
        measured = self.ramps_kmh_per_s
        if not measured:
            return UNKNOWN_MACHINE.ramp_kmh_per_s
        cautious = math.floor(min(measured) * _RAMP_SHARE / 0.05 + 1e-6) * 0.05
        return round(min(_FASTEST_RAMP, max(_SLOWEST_RAMP, cautious)), 2)

    def _start_s(self) -> float:
        measured = self.starts_s
        return min(_LONGEST_S, _up(max(measured), 0.5)) if measured else UNKNOWN_MACHINE.start_s

    def _stop_s(self) -> float:
        """Extend the slowest stop that was measured to one from walking speed."""
        fastest = max((speed for _, speed in self.stops), default=0)
        stops = [
            (seconds + self._early_zero_s) * max(1.0, _WALK_KMH * 100 / speed)
            for seconds, speed in self.stops
            if speed == fastest
        ]
        return min(_LONGEST_S, _up(max(stops), 0.5)) if stops else UNKNOWN_MACHINE.stop_s

    def _false_zero_s(self) -> float:
        """Return no less than the default: what was not seen in some minutes is not ruled out."""
        known_s = max(UNKNOWN_MACHINE.false_zero_s, self.base.false_zero_s)
        return min(_LONGEST_S, max(known_s, _up(self._early_zero_s, 0.5)))

    @property
    def _early_zero_s(self) -> float:
        """The longest that the belt was seen to run under reports of 0."""
        return max([*self.false_zeros_s, self.zero_moved_s or 0.0])

    def _range(self) -> SpeedRange | None:
        """Return the speeds, where the machine's own range is not what it takes."""
        told = None if self.capabilities is None else self.capabilities.speed
        return told if self.speed is not None or self.target_unit is SpeedUnit.MPH else None

    def with_step(self, step: Speed) -> "Findings":
        """Return the findings of a machine that takes no smaller step than this."""
        told = None if self.capabilities is None else self.capabilities.speed
        return self if told is None else replace(self, speed=replace(told, step=step))


def _up(value: float, to: float) -> float:
    return round(math.ceil(value / to - 1e-6) * to, 2)
