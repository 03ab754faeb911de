"""What one simulated treadmill is like: every way in which it may differ from the default, as data.

Quirks are changes to these settings, faults change them while the belt runs, and the options of a
treadmill URL (``ftms+sim://?rate=4&latency=1.4``) set those that have a name there. Nothing else in
the simulator knows a quirk, a fault or an option by name.
"""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class OffStep(StrEnum):
    """What becomes of a target between two steps; the specification does not say."""

    REJECT = "reject"
    ROUND_DOWN = "round-down"
    IGNORE = "ignore"


class LinkLoss(StrEnum):
    """What the belt does when the controlling client is gone; the specification does not say."""

    CONTINUE = "continue"
    STOP = "stop"


class Takeover(StrEnum):
    """What a second client's Request Control gets (FTMS v1.0.1 section 4.16.2.1 leaves it open)."""

    GRANT = "grant"
    REFUSE = "refuse"


class StartWhileRunning(StrEnum):
    """What Start or Resume does to a running belt; by the specification it fails."""

    FAIL = "fail"
    PAUSE = "pause"
    KEEP = "keep"  # it succeeds, and nothing changes
    RESET = "reset"  # back to the lowest speed
    COUNT_DOWN = "count-down"  # the belt stops, is counted down for, and starts again


class Decrease(StrEnum):
    """What a lower target than the last does to a running belt."""

    OBEY = "obey"
    IGNORE = "ignore"
    RISE = "rise"  # by as much as it was to fall


class StopWhilePaused(StrEnum):
    """What Stop does to a paused belt; by the specification it ends the session."""

    STOP = "stop"
    START = "start"


class Field(StrEnum):
    """The fields of a report besides the speed."""

    AVERAGE_SPEED = "average_speed"
    DISTANCE = "distance"
    INCLINE = "incline"
    ENERGY = "energy"
    HEART_RATE = "heart_rate"
    ELAPSED = "elapsed"
    REMAINING = "remaining"
    ELEVATION = "elevation"  # promised, and never available


class TrainingForm(StrEnum):
    """How much of a Training Status is sent."""

    WHOLE = "whole"
    EMPTY = "empty"
    FLAGS = "flags"  # one octet
    NO_STRING = "no-string"  # the flags promise a string, and there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One machine; the units are in the names.

    Raises:
        ValueError: when a value is absurd; the message says what is allowed.

    """

    # The belt
    min_kmh: float = 0.5
    max_kmh: float = 16.0
    step_kmh: float = 0.1
    accel_kmh_per_s: float = 0.5
    decel_kmh_per_s: float = 0.5
    incline_min_pct: float = 0.0
    incline_max_pct: float = 15.0
    incline_step_pct: float = 0.5
    incline_pct_per_s: float = 0.5
    latency_s: float = 1.0  # from a command to the beginning of its effect
    countdown_s: float = 3.0  # begins with Start, and so contains the latency
    spin_up_s: float = 2.0  # from the end of the countdown to the first motion
    latency_jitter_s: float = 0.0  # up to so much more, by chance
    odometer_m: float = 0.0  # the distance that the first report starts from
    deck_pct: float = 0.0  # the incline that it is switched on with
    programme_s: float = 0.0  # the belt stops when so much time has elapsed; 0: it does not
    pause_lasts_s: float = math.inf  # a pause becomes a stop
    needs_start_every_s: float = math.inf  # a moving belt stops where no Start comes in time

    # How many km/h one unit of its targets and its buttons is, and one of its reports; and how many
    # of the former one unit of its announced range is
    unit_kmh: float = 1.0
    report_unit_kmh: float = 1.0
    range_unit: float = 1.0

    # What it announces, where that is not what it does
    announced_step_kmh: float | None = None
    announced_incline_step_pct: float | None = None
    target_bits: bool = True  # the Feature bits say that speed and incline can be set
    claims_everything: bool = False  # ... and a power and a resistance, too

    # Its reports
    reports: bool = True
    reports_when_still: bool = True
    rate_hz: float = 1.0
    fields: tuple[Field, ...] = (
        Field.DISTANCE,
        Field.INCLINE,
        Field.ENERGY,
        Field.HEART_RATE,
        Field.ELAPSED,
    )
    rotates_fields: bool = False  # every other five seconds half of the fields are left out
    mtu: int = 247  # ATT_MTU; a value holds 3 octets less
    splits_records: bool = True  # over several values where one is too short; else it is cut off
    vendor_steps: bool = False
    reserved_octets: bytes = b""  # behind the fields, under reserved bit 14
    # In every so many seconds of motion the last few are reported as a standstill
    false_zero_every_s: float = math.inf
    false_zero_for_s: float = 0.0
    reports_for_s: float = math.inf  # of motion; then they cease
    shows_target_in_countdown: bool = False
    repeats_speed_when_paused: bool = False  # the one that it had when it was paused
    repeats_speed_when_stopped: bool = False
    spike_share: float = 0.0  # of the reports of a moving belt
    spike_kmh: float = 0.0
    odd_elapsed_share: float = 0.0  # of the reports: the elapsed time jumps, or is 0
    incline_reads: float | None = None  # whatever the deck does
    incline_scale: float = 1.0
    energy_available: bool = True
    energy_scale: float = 1.0
    rubbish: bool = False

    # Its control point
    answer_s: float = 0.05  # from the write response to the indication
    hears: bool = True
    refuses: bool = False
    answers_request_control: bool = True
    answers_commands: bool = True
    always_success: bool = False  # it answers so, whatever comes of it
    answer_octets: bytes = b""  # behind a Success
    unlock: bytes = b""  # what has to be written before anything else
    drops_first_request: bool = False  # of each connection: the first Request Control
    control_per_target: bool = False  # the permission ends with every target
    command_gap_s: float = 0.0  # what follows sooner succeeds and is lost
    obeys_start: bool = True
    obeys_targets: bool = True
    obeys_stop: bool = True
    obeys_pause: bool = True
    decreases: Decrease = Decrease.OBEY
    needs_start_per_target: bool = False
    wants_consent: bool = False  # a target waits for the paddle at the machine
    manual_change_locks_out: bool = False  # no target is obeyed after a button for the speed
    start_while_running: StartWhileRunning = StartWhileRunning.FAIL
    stop_while_paused: StopWhilePaused = StopWhilePaused.STOP
    stop_only_pauses: bool = False
    resume_restores_target: bool = True
    reset_keeps_control: bool = False
    takeover: Takeover = Takeover.GRANT
    off_step: OffStep = OffStep.REJECT

    # What else it says and offers
    has_ranges: bool = True
    status_to_writer: bool = False
    replays_status: bool = False  # the last status, at each subscription
    own_status_codes: bool = False  # 0x0A and 0x0B for targets
    says_stopped_at_start: bool = False  # and tells whoever started it, too
    training_form: TrainingForm = TrainingForm.WHOLE
    running_training_code: int = 0x0D  # Manual Mode (Quick Start), FTMS v1.0.1 Table 4.12
    link_loss: LinkLoss = LinkLoss.CONTINUE
    starts_after_connect_s: float = math.inf

    # When it ends a connection by itself, and for how long there is no other then
    hangs_up_after_s: float = math.inf
    hangs_up_on_idle_only: bool = False  # who has started the belt may stay
    hangs_up_on_early_target: bool = False  # one that comes before the belt moves
    hangs_up_on_training_status: bool = False  # when that is subscribed to
    away_s: float = 0.0

    # Its control point, as a client discovers it
    control_notifies: bool = False  # where the specification wants indications
    control_without_response: bool = False  # it takes write commands only, which have no answer
    demands_encryption: bool = False  # FTMS v1.0.1 Table 4.1; most machines do not

    # Its radio
    advertises_name: bool = True
    advertises_service: bool = True
    advertises_service_data: bool = True
    advertises_for_s: float = math.inf  # from power-on
    one_connection: bool = False

    def __post_init__(self) -> None:
        for name, allowed in _LIMITS.items():
            value = getattr(self, name)
            if not allowed.low <= value <= allowed.high:
                raise ValueError(f"{allowed.option}={value:g}: allowed are {allowed}")
        # As reports and ranges count them; a range without extent would be read as none at all.
        if round(self.max_kmh * 100) <= round(self.min_kmh * 100):
            raise ValueError(f"max={self.max_kmh:g} is not above min={self.min_kmh:g}")

    @property
    def value_octets(self) -> int:
        """How long a notification can be."""
        return self.mtu - 3


@dataclass(frozen=True, slots=True)
class _Limit:
    option: str
    low: float
    high: float
    unit: str

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g} {self.unit}".rstrip()


_LIMITS: Mapping[str, _Limit] = {
    "min_kmh": _Limit("min", 0.1, 10, "km/h"),
    "max_kmh": _Limit("max", 0.1, 40, "km/h"),
    "step_kmh": _Limit("step", 0.01, 2, "km/h"),
    "accel_kmh_per_s": _Limit("accel", 0.01, 20, "km/h per s"),
    "decel_kmh_per_s": _Limit("decel", 0.01, 20, "km/h per s"),
    "incline_min_pct": _Limit("incline_min", -20, 0, "%"),
    "incline_max_pct": _Limit("incline_max", 0, 40, "%"),
    "incline_step_pct": _Limit("incline_step", 0.1, 5, "%"),
    "incline_pct_per_s": _Limit("incline_rate", 0.01, 10, "% per s"),
    "latency_s": _Limit("latency", 0, 10, "s"),
    "countdown_s": _Limit("countdown", 0, 30, "s"),
    "spin_up_s": _Limit("spin_up", 0, 30, "s"),
    "odometer_m": _Limit("odometer", 0, 10_000_000, "m"),
    "programme_s": _Limit("programme", 0, 36_000, "s"),
    "rate_hz": _Limit("rate", 0.1, 20, "per s"),
    "mtu": _Limit(
        "mtu", 23, 517, "octets"
    ),  # ATT_MTU of LE: Core specification, Vol 3 Part F, 3.2.8
    "answer_s": _Limit("answer", 0, 40, "s"),
}
_CHOICES: Mapping[str, tuple[str, type[StrEnum]]] = {
    "off_step": ("off_step", OffStep),
    "link_loss": ("link_loss", LinkLoss),
    "takeover": ("takeover", Takeover),
}
_NUMBERS = {limit.option: name for name, limit in _LIMITS.items()}

DEFAULT = Settings()


def option_names() -> tuple[str, ...]:
    """Return the names of the options that ``with_options`` understands."""
    return (*_NUMBERS, *_CHOICES)


def with_options(settings: Settings, options: Iterable[tuple[str, str]]) -> Settings:
    """Return the settings with the options of a treadmill URL applied.

    Raises:
        ValueError: when an option is unknown or its value absurd; the message says what is allowed.

    """
    changes: dict[str, object] = {}
    for name, text in options:
        if name in _NUMBERS:
            field = _NUMBERS[name]
            changes[field] = _number(_LIMITS[field], text, whole=field == "mtu")
        elif name in _CHOICES:
            field, choices = _CHOICES[name]
            if text not in [choice.value for choice in choices]:
                raise ValueError(f"{name}={text}: allowed are {', '.join(choices)}")
            changes[field] = choices(text)
        else:
            raise ValueError(f"unknown option {name!r}: allowed are {', '.join(option_names())}")
    return changed(settings, changes)


def changed(settings: Settings, changes: Mapping[str, object]) -> Settings:
    """Return the settings with some of them changed."""
    return dataclasses.replace(settings, **changes)  # type: ignore[arg-type]


def _number(limit: _Limit, text: str, *, whole: bool) -> float:
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        raise ValueError(f"{limit.option}={text}: a number is wanted, {limit}") from None
    if not math.isfinite(value):
        raise ValueError(f"{limit.option}={text}: allowed are {limit}")
    return value
