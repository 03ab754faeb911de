"""What a machine says of itself: Machine Status, 0x2ADA, and Training Status, 0x2AD3.

FTMS v1.0.1 sections 4.17 and 4.10. Both are information: machines send codes that contradict the
specification (TOPUTURE TP1 sends "stopped by the user" when its Start is pressed), so nothing here
is refused but an empty Machine Status.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from quarterturn.units import Incline, Speed
from quarterturn.wire.errors import WireError
from quarterturn.wire.ftms.control_point import StopAction


class StatusCode(IntEnum):
    """The first octet of Machine Status (Table 4.17)."""

    RESET = 0x01
    STOPPED_OR_PAUSED = 0x02
    STOPPED_BY_SAFETY_KEY = 0x03
    STARTED_OR_RESUMED = 0x04
    TARGET_SPEED_CHANGED = 0x05
    TARGET_INCLINE_CHANGED = 0x06
    TARGET_RESISTANCE_CHANGED = 0x07
    TARGET_POWER_CHANGED = 0x08
    TARGET_HEART_RATE_CHANGED = 0x09
    TARGETED_ENERGY_CHANGED = 0x0A
    TARGETED_STEPS_CHANGED = 0x0B
    TARGETED_STRIDES_CHANGED = 0x0C
    TARGETED_DISTANCE_CHANGED = 0x0D
    TARGETED_TIME_CHANGED = 0x0E
    TARGETED_TIME_IN_TWO_ZONES_CHANGED = 0x0F
    TARGETED_TIME_IN_THREE_ZONES_CHANGED = 0x10
    TARGETED_TIME_IN_FIVE_ZONES_CHANGED = 0x11
    BIKE_SIMULATION_CHANGED = 0x12
    WHEEL_CIRCUMFERENCE_CHANGED = 0x13
    SPIN_DOWN = 0x14
    TARGETED_CADENCE_CHANGED = 0x15
    CONTROL_PERMISSION_LOST = 0xFF


_STATUS_NAMES: dict[int, str] = {
    StatusCode.RESET: "reset",
    StatusCode.STOPPED_OR_PAUSED: "stopped or paused by the user",
    StatusCode.STOPPED_BY_SAFETY_KEY: "stopped by the safety key",
    StatusCode.STARTED_OR_RESUMED: "started or resumed by the user",
    StatusCode.TARGET_SPEED_CHANGED: "target speed changed",
    StatusCode.TARGET_INCLINE_CHANGED: "target incline changed",
    StatusCode.TARGET_RESISTANCE_CHANGED: "target resistance level changed",
    StatusCode.TARGET_POWER_CHANGED: "target power changed",
    StatusCode.TARGET_HEART_RATE_CHANGED: "target heart rate changed",
    StatusCode.TARGETED_ENERGY_CHANGED: "targeted expended energy changed",
    StatusCode.TARGETED_STEPS_CHANGED: "targeted number of steps changed",
    StatusCode.TARGETED_STRIDES_CHANGED: "targeted number of strides changed",
    StatusCode.TARGETED_DISTANCE_CHANGED: "targeted distance changed",
    StatusCode.TARGETED_TIME_CHANGED: "targeted training time changed",
    StatusCode.TARGETED_TIME_IN_TWO_ZONES_CHANGED: "targeted time in two heart rate zones changed",
    StatusCode.TARGETED_TIME_IN_THREE_ZONES_CHANGED: (
        "targeted time in three heart rate zones changed"
    ),
    StatusCode.TARGETED_TIME_IN_FIVE_ZONES_CHANGED: (
        "targeted time in five heart rate zones changed"
    ),
    StatusCode.BIKE_SIMULATION_CHANGED: "indoor bike simulation parameters changed",
    StatusCode.WHEEL_CIRCUMFERENCE_CHANGED: "wheel circumference changed",
    StatusCode.SPIN_DOWN: "spin down status",
    StatusCode.TARGETED_CADENCE_CHANGED: "targeted cadence changed",
    StatusCode.CONTROL_PERMISSION_LOST: "control permission lost",
}
_ZONES: dict[int, int] = {
    StatusCode.TARGETED_TIME_IN_TWO_ZONES_CHANGED: 2,
    StatusCode.TARGETED_TIME_IN_THREE_ZONES_CHANGED: 3,
    StatusCode.TARGETED_TIME_IN_FIVE_ZONES_CHANGED: 5,
}


@dataclass(frozen=True, slots=True)
class MachineStatus:
    """One Machine Status. ``code`` is a StatusCode, or a machine's own number.

    Each property is None unless the code is its own and the parameter long enough; octets beyond
    are ignored.
    """

    code: int
    parameter: bytes = b""

    @property
    def name(self) -> str | None:
        """What the code says in words; None where the specification does not define it."""
        return _STATUS_NAMES.get(self.code)

    @property
    def stop_action(self) -> StopAction | None:
        """Whether the user stopped or paused; None for a reserved parameter, too."""
        number = self._number(StatusCode.STOPPED_OR_PAUSED, 1)
        return StopAction(number) if number in (StopAction.STOP, StopAction.PAUSE) else None

    @property
    def speed(self) -> Speed | None:
        """The new target speed."""
        number = self._number(StatusCode.TARGET_SPEED_CHANGED, 2)
        return None if number is None else Speed(number)

    @property
    def incline(self) -> Incline | None:
        """The new target inclination."""
        number = self._number(StatusCode.TARGET_INCLINE_CHANGED, 2, signed=True)
        return None if number is None else Incline(number)

    @property
    def resistance_tenths(self) -> int | None:
        """The new target resistance level in 0.1: one octet by v1.0, a sint16 by v1.0.1."""
        code = StatusCode.TARGET_RESISTANCE_CHANGED
        wide = self._number(code, 2, signed=True)
        return self._number(code, 1) if wide is None else wide

    @property
    def power_w(self) -> int | None:
        """The new target power."""
        return self._number(StatusCode.TARGET_POWER_CHANGED, 2, signed=True)

    @property
    def heart_rate_bpm(self) -> int | None:
        """The new target heart rate."""
        return self._number(StatusCode.TARGET_HEART_RATE_CHANGED, 1)

    @property
    def energy_kcal(self) -> int | None:
        """The new targeted energy."""
        return self._number(StatusCode.TARGETED_ENERGY_CHANGED, 2)

    @property
    def steps(self) -> int | None:
        """The new targeted number of steps."""
        return self._number(StatusCode.TARGETED_STEPS_CHANGED, 2)

    @property
    def strides(self) -> int | None:
        """The new targeted number of strides."""
        return self._number(StatusCode.TARGETED_STRIDES_CHANGED, 2)

    @property
    def distance_m(self) -> int | None:
        """The new targeted distance."""
        return self._number(StatusCode.TARGETED_DISTANCE_CHANGED, 3)

    @property
    def time_s(self) -> int | None:
        """The new targeted training time."""
        return self._number(StatusCode.TARGETED_TIME_CHANGED, 2)

    @property
    def zone_times_s(self) -> tuple[int, ...] | None:
        """The new targeted times in two, three or five heart rate zones, lowest zone first."""
        octets = 2 * _ZONES.get(self.code, 0)
        if not octets or len(self.parameter) < octets:
            return None
        times = (self.parameter[at : at + 2] for at in range(0, octets, 2))
        return tuple(int.from_bytes(time, "little") for time in times)

    def _number(self, code: StatusCode, octets: int, *, signed: bool = False) -> int | None:
        if self.code != code or len(self.parameter) < octets:
            return None
        return int.from_bytes(self.parameter[:octets], "little", signed=signed)


def decode_machine_status(value: bytes) -> MachineStatus:
    """Read a Machine Status, whatever its code and parameter.

    Raises:
        WireError: when it is empty.

    """
    if not value:
        raise WireError("a Machine Status without an op code")
    return MachineStatus(value[0], bytes(value[1:]))


def encode_machine_status(status: MachineStatus) -> bytes:
    """Write a Machine Status.

    Raises:
        ValueError: when the code exceeds an octet.

    """
    return bytes([status.code]) + status.parameter


def stopped_by_user(action: StopAction) -> MachineStatus:
    """Build the status of a Stop or Pause at the console or by another client."""
    return MachineStatus(StatusCode.STOPPED_OR_PAUSED, bytes([action]))


def target_speed_changed(speed: Speed) -> MachineStatus:
    """Build the status of a new target speed."""
    parameter = speed.centi_kmh.to_bytes(2, "little")
    return MachineStatus(StatusCode.TARGET_SPEED_CHANGED, parameter)


def target_incline_changed(incline: Incline) -> MachineStatus:
    """Build the status of a new target inclination."""
    parameter = incline.tenths_pct.to_bytes(2, "little", signed=True)
    return MachineStatus(StatusCode.TARGET_INCLINE_CHANGED, parameter)


# --- Training Status -----------------------------------------------------------------------------


class TrainingFlag(IntFlag):
    """The first octet of Training Status (Table 4.11). Reserved bits are kept."""

    STRING = 1 << 0
    EXTENDED_STRING = 1 << 1  # the string is longer than fits: the rest is read by Read Long


class TrainingCode(IntEnum):
    """The second octet of Training Status (Table 4.12)."""

    OTHER = 0x00
    IDLE = 0x01
    WARMING_UP = 0x02
    LOW_INTENSITY_INTERVAL = 0x03
    HIGH_INTENSITY_INTERVAL = 0x04
    RECOVERY_INTERVAL = 0x05
    ISOMETRIC = 0x06
    HEART_RATE_CONTROL = 0x07
    FITNESS_TEST = 0x08
    SPEED_TOO_LOW = 0x09
    SPEED_TOO_HIGH = 0x0A
    COOL_DOWN = 0x0B
    WATT_CONTROL = 0x0C
    MANUAL_MODE = 0x0D
    PRE_WORKOUT = 0x0E
    POST_WORKOUT = 0x0F


_TRAINING_NAMES: dict[int, str] = {
    TrainingCode.OTHER: "Other",
    TrainingCode.IDLE: "Idle",
    TrainingCode.WARMING_UP: "Warming Up",
    TrainingCode.LOW_INTENSITY_INTERVAL: "Low Intensity Interval",
    TrainingCode.HIGH_INTENSITY_INTERVAL: "High Intensity Interval",
    TrainingCode.RECOVERY_INTERVAL: "Recovery Interval",
    TrainingCode.ISOMETRIC: "Isometric",
    TrainingCode.HEART_RATE_CONTROL: "Heart Rate Control",
    TrainingCode.FITNESS_TEST: "Fitness Test",
    TrainingCode.SPEED_TOO_LOW: "Speed Outside of Control Region - Low",
    TrainingCode.SPEED_TOO_HIGH: "Speed Outside of Control Region - High",
    TrainingCode.COOL_DOWN: "Cool Down",
    TrainingCode.WATT_CONTROL: "Watt Control",
    TrainingCode.MANUAL_MODE: "Manual Mode (Quick Start)",
    TrainingCode.PRE_WORKOUT: "Pre-Workout",
    TrainingCode.POST_WORKOUT: "Post-Workout",
}


@dataclass(frozen=True, slots=True)
class TrainingStatus:
    """One Training Status. ``status`` is a TrainingCode, a machine's own number, or None.

    ``status`` is None where the value ended before it. ``text`` is None unless the flags promise a
    string; promised and not sent, it is empty.
    """

    flags: int
    status: int | None = None
    text: str | None = None

    @property
    def name(self) -> str | None:
        """What the status says in words; None where it is absent or not defined."""
        return None if self.status is None else _TRAINING_NAMES.get(self.status)


def decode_training_status(value: bytes) -> TrainingStatus:
    """Read a Training Status of any length, the empty one too: machines send it (pyftms issue 17).

    What is not UTF-8 in the string is replaced. Raises nothing.
    """
    flags = TrainingFlag(value[0]) if value else TrainingFlag(0)
    status = value[1] if len(value) > 1 else None
    text = None
    if flags & TrainingFlag.STRING and status is not None:
        text = bytes(value[2:]).decode("utf-8", errors="replace")
    return TrainingStatus(flags, status, text)


def encode_training_status(status: TrainingStatus) -> bytes:
    """Write a Training Status, with its text where the flags promise one.

    Raises:
        ValueError: when there is a text without a status or without its flag, or a number exceeds
            an octet.

    """
    value = bytes([status.flags])
    if status.status is not None:
        value += bytes([status.status])
    if status.text is None:
        return value
    if status.status is None or not status.flags & TrainingFlag.STRING:
        raise ValueError("a text stands behind a status, and the flags say so")
    return value + status.text.encode()
