"""What a treadmill says, from the fields of its protocol to the values of the core."""

from typing import Final

from quarterturn.model import MachineRecord, Notice, NoticeKind, Telemetry
from quarterturn.units import Incline
from quarterturn.wire.ftms.control_point import StopAction
from quarterturn.wire.ftms.status import (
    MachineStatus,
    StatusCode,
    decode_machine_status,
    decode_training_status,
)
from quarterturn.wire.ftms.treadmill_data import TreadmillData
from quarterturn_drivers.ftms_commands import speed_of

# No treadmill is built to tilt further; a Trinfit t15 says 82 % whatever its deck does
# (qdomyos-zwift issue 4808).
_FLATTEST, _STEEPEST = Incline(-200), Incline(450)


def read_telemetry(data: TreadmillData, record: MachineRecord, now_s: float) -> Telemetry:
    """Take over a whole record of Treadmill Data.

    A heart rate of 0 is a strap without a signal, and an incline that no deck has is none.
    """
    raw_speed, incline = data.speed_centi_kmh, data.incline
    return Telemetry(
        arrived_s=now_s,
        speed=None if raw_speed is None else speed_of(raw_speed, record.report_unit),
        incline=incline if incline is None or _FLATTEST <= incline <= _STEEPEST else None,
        distance_m=data.distance_m,
        elapsed_s=data.elapsed_s,
        energy_kcal=data.energy_kcal,
        heart_rate_bpm=data.heart_rate_bpm or None,
        steps=data.vendor_steps if record.vendor_steps else None,
        truncated=data.truncated,
    )


_KINDS: Final[dict[int, NoticeKind]] = {
    StatusCode.RESET: NoticeKind.RESET,
    StatusCode.STOPPED_BY_SAFETY_KEY: NoticeKind.SAFETY_KEY,
    StatusCode.STARTED_OR_RESUMED: NoticeKind.STARTED,
    StatusCode.TARGET_SPEED_CHANGED: NoticeKind.TARGET_SPEED,
    StatusCode.TARGET_INCLINE_CHANGED: NoticeKind.TARGET_INCLINE,
    StatusCode.CONTROL_PERMISSION_LOST: NoticeKind.CONTROL_LOST,
}


def read_status(value: bytes, record: MachineRecord, now_s: float) -> Notice:
    """Read Machine Status, 0x2ADA, as a notice.

    Raises:
        WireError: when it cannot be read.

    """
    status = decode_machine_status(value)
    kind = _kind_of(status)
    text = status.name or f"a status that the standard does not know, 0x{status.code:02X}"
    if kind is NoticeKind.OTHER and status.parameter:
        text += f" [{status.parameter[:20].hex()}]"
    # A target is told in the unit in which it is taken.
    speed = status.speed
    if speed is not None:
        speed = speed_of(speed.centi_kmh, record.target_unit)
    return Notice(now_s, kind, speed=speed, incline=status.incline, text=text)


def _kind_of(status: MachineStatus) -> NoticeKind:
    if status.code == StatusCode.STOPPED_OR_PAUSED:
        # Without its parameter, or with a reserved one, the belt is stopping all the same.
        paused = status.stop_action is StopAction.PAUSE
        return NoticeKind.PAUSED if paused else NoticeKind.STOPPED
    return _KINDS.get(status.code, NoticeKind.OTHER)


def read_training_status(value: bytes, now_s: float) -> Notice:
    """Read Training Status, 0x2AD3, of any length, as information."""
    status = decode_training_status(value)
    words = status.name or "not given"
    text = f"training status: {words}" + (f" ({status.text[:80]})" if status.text else "")
    return Notice(now_s, NoticeKind.OTHER, text=text)
