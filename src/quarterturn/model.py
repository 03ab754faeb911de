"""The values that travel between session, governor, driver and journal.

Times are seconds of one monotonic clock, the event loop's; a value from the machine keeps the time
at which it arrived, because a cached report is never fresh.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from quarterturn.units import Incline, Speed


class Heading(IntEnum):
    """Which way the walker faces, in degrees seen from above, the console being forward (D2)."""

    FORWARD = 0
    RIGHT = 90
    BACKWARD = 180
    LEFT = 270

    @property
    def word(self) -> str:
        """The heading as files, events and cues write it."""
        return self.name.lower()


class PhaseKind(StrEnum):
    """What a phase is for; the caps depend on it (D6)."""

    WARM_UP = "warm_up"
    WALK = "walk"
    JOG = "jog"
    SIDE_STEP = "side_step"
    DIAGONAL = "diagonal"
    RECOVER = "recover"
    COOL_DOWN = "cool_down"


class Crossover(StrEnum):
    """How the feet pass each other in a side-step (S002-19)."""

    NONE = "none"
    FRONT = "front"
    BEHIND = "behind"
    ALTERNATING = "alternating"


# --- what may be said to a treadmill -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """Start the belt. Only ever from a verified standstill, and only with a person's READY."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop the belt."""


@dataclass(frozen=True, slots=True)
class SetSpeed:
    """Set the target speed of the running belt."""

    speed: Speed


@dataclass(frozen=True, slots=True)
class SetIncline:
    """Set the target incline."""

    incline: Incline


Command = Start | Stop | SetSpeed | SetIncline


@dataclass(frozen=True, slots=True)
class Permitted:
    """A command that the governor lets out; nothing else is accepted by a driver.

    ``source`` is who asked (``session``, ``governor``, a monitor); ``limited_by`` names each limit
    that lowered the value, the tightest first.
    """

    command: Command
    source: str
    limited_by: tuple[str, ...] = ()


class Outcome(StrEnum):
    """What became of a command. Unknown is never replayed."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """The end of one command.

    ``sent_s`` is the time of the first write, None when it was overtaken before it was written.
    ``answered_s`` is when the machine accepted it, None when it never did.
    """

    permitted: Permitted
    outcome: Outcome
    known_s: float
    sent_s: float | None
    answered_s: float | None = None
    detail: str = ""


# --- what a treadmill says -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Telemetry:
    """One report of the belt, stamped with its arrival. A field that was not sent is None."""

    arrived_s: float
    speed: Speed | None = None
    incline: Incline | None = None
    distance_m: int | None = None
    elapsed_s: int | None = None
    energy_kcal: int | None = None
    heart_rate_bpm: int | None = None
    steps: int | None = None
    truncated: bool = False


class NoticeKind(StrEnum):
    """What a treadmill says of itself outside its regular reports (FTMS 4.17)."""

    STOPPED = "stopped"
    PAUSED = "paused"
    SAFETY_KEY = "safety_key"
    STARTED = "started"
    TARGET_SPEED = "target_speed"
    TARGET_INCLINE = "target_incline"
    RESET = "reset"
    CONTROL_LOST = "control_lost"
    LINK_LOST = "link_lost"
    RECONNECTED = "reconnected"
    MALFORMED = "malformed"
    ACCEPTED = "accepted"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Notice:
    """A change of state that the machine, its console or the link announced.

    ``ACCEPTED`` is the machine's own Success for ``command``; ``MALFORMED``, ``LINK_LOST`` and
    ``RECONNECTED`` are our own words about what arrived, no longer arrives, or arrives again.
    """

    arrived_s: float
    kind: NoticeKind
    speed: Speed | None = None
    incline: Incline | None = None
    command: Command | None = None
    text: str = ""


# --- what a sensor on the body says --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HeartRate:
    """One reading of a heart-rate sensor, as sent and stamped with its arrival.

    ``sensor`` is the name that the user knows it by. ``bpm`` None: the value was cut before it.
    ``contact`` None: this sensor does not tell whether it touches the skin. ``rr_intervals_s``: the
    times between beats, the oldest first. Whether a reading is good for anything, the session says.
    """

    arrived_s: float
    sensor: str
    bpm: int | None
    contact: bool | None = None
    rr_intervals_s: tuple[float, ...] = ()
    energy_kj: int | None = None


@dataclass(frozen=True, slots=True)
class RunningCadence:
    """One reading of a foot pod, stamped with its arrival: shown and recorded, and nothing else.

    Its speed is deliberately no ``Speed``: what is commanded never comes from here.
    """

    arrived_s: float
    sensor: str
    cadence_per_min: int | None = None
    speed_m_per_s: float | None = None
    stride_length_m: float | None = None
    distance_m: float | None = None
    running: bool = False


class SensorState(StrEnum):
    """What became of a sensor."""

    CONNECTED = "connected"
    NOT_FOUND = "not_found"
    LOST = "lost"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class SensorNotice:
    """A sensor was found, not found, or lost, or sends what cannot be read."""

    arrived_s: float
    sensor: str
    state: SensorState
    text: str = ""


SensorReport = HeartRate | RunningCadence | SensorNotice
Report = Telemetry | Notice | CommandOutcome | SensorReport


# --- what is known of a treadmill ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SpeedRange:
    """The speeds a machine accepts."""

    minimum: Speed
    maximum: Speed
    step: Speed


@dataclass(frozen=True, slots=True)
class InclineRange:
    """The inclines a machine accepts."""

    minimum: Incline
    maximum: Incline
    step: Incline


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connected treadmill can be told, from its feature bits *and* its ranges.

    ``speed`` None: the speed cannot be set, and nothing can be walked. ``notes`` say in words where
    bits and ranges disagreed.
    """

    speed: SpeedRange | None
    incline: InclineRange | None
    heart_rate: bool = False
    notes: tuple[str, ...] = ()


class SpeedUnit(StrEnum):
    """What a machine counts a speed in, whatever its protocol says."""

    KMH = "km/h"
    MPH = "mph"


@dataclass(frozen=True, slots=True)
class MachineRecord:
    """What is known of one treadmill model or one treadmill; the defaults suit an unknown one.

    Durations in seconds. ``latency_s``: from a command to the first report of its effect.
    ``ramp_kmh_per_s``: how fast the belt itself changes speed. ``incline_pct_per_s``: how fast the
    incline motor moves. ``start_s``: from Start to motion, countdown and spin-up included.
    ``stop_s``: from Stop at walking speed to standstill. ``false_zero_s``: how long its reports may
    say 0 while the belt runs; 0 where they never do.
    """

    name: str = "unknown"
    latency_s: float = 3.0
    ramp_kmh_per_s: float = 0.25
    incline_pct_per_s: float = 0.25
    start_s: float = 10.0
    stop_s: float = 10.0
    # What its reports may do
    false_zero_s: float = 3.0
    silent_when_stopped: bool = False
    vendor_steps: bool = False
    # What it counts in
    target_unit: SpeedUnit = SpeedUnit.KMH
    report_unit: SpeedUnit = SpeedUnit.KMH
    # What it accepts, where its own ranges are wrong or absent
    speed: SpeedRange | None = None
    incline: InclineRange | None = None
    # How its control point behaves
    answers_request_control: bool = True
    answers_commands: bool = True
    request_control_attempts: int = 1
    request_control_before_each: bool = False
    command_gap_s: float = 0.0
    subscribe_training_status: bool = True
    # What becomes of the belt when the link is lost
    on_link_loss: str = "unknown"
