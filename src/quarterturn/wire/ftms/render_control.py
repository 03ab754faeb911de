"""Control Point, Machine Status and Training Status as named values."""

from enum import IntEnum

from quarterturn.wire.errors import WireError
from quarterturn.wire.ftms import control_point, status
from quarterturn.wire.ftms.control_point import OpCode, Result, StopAction
from quarterturn.wire.ftms.status import MachineStatus, StatusCode, TrainingFlag


def render_request(value: bytes) -> dict[str, object]:
    """Decode what a client writes to the Control Point."""
    if value[:1] == bytes([OpCode.RESPONSE]):
        raise WireError("0x80 begins a response: decode it as 2AD9.response")
    request = control_point.decode_request(value)
    shown: dict[str, object] = {"opcode": value[0], "name": _op_name(value[0])}
    match request:
        case control_point.SetTargetSpeed(speed):
            shown["target_speed_kmh"] = speed.kmh
        case control_point.SetTargetIncline(incline):
            shown["target_inclination_pct"] = incline.pct
        case control_point.SetTargetResistance(level_tenths):
            shown["target_resistance"] = level_tenths / 10
        case control_point.SetTargetPower(watts):
            shown["target_power_w"] = watts
        case control_point.SetTargetHeartRate(bpm):
            shown["target_heart_rate_bpm"] = bpm
        case control_point.StopOrPause(action):
            shown["param"] = int(action)
            shown["action"] = action.name.lower()
        case control_point.SetTargetEnergy(kcal):
            shown["target_energy_kcal"] = kcal
        case control_point.SetTargetSteps(steps):
            shown["target_steps"] = steps
        case control_point.SetTargetStrides(strides):
            shown["target_strides"] = strides
        case control_point.SetTargetDistance(metres):
            shown["target_distance_m"] = metres
        case control_point.SetTargetTime(seconds):
            shown["target_time_s"] = seconds
        case control_point.SetTimeInHeartRateZones(zones):
            shown["target_zone_times_s"] = list(zones)
        case control_point.OtherRequest(_, parameter):
            shown["parameter"] = parameter.hex()
        case control_point.RequestControl() | control_point.Reset() | control_point.StartOrResume():
            pass
    return shown


def render_response(value: bytes) -> dict[str, object]:
    """Decode what the Control Point indicates."""
    response = control_point.decode_response(value)
    known = response.result in Result.__members__.values()
    shown: dict[str, object] = {
        "request_opcode": response.op_code,
        "request_name": _op_name(response.op_code),
        "result": response.result,
        "result_name": _title(Result(response.result)) if known else None,
    }
    if response.parameter:
        shown["parameter"] = response.parameter.hex()
    return shown


def _op_name(code: int) -> str | None:
    return _title(OpCode(code)) if code in OpCode.__members__.values() else None


def _title(member: IntEnum) -> str:
    """Write START_OR_RESUME as the specification does: Start or Resume."""
    return member.name.replace("_", " ").title().replace(" Or ", " or ").replace(" In ", " in ")


_MEANING_OF_STOPPED = {
    StopAction.STOP: "stopped by user (0x01 Stop)",
    StopAction.PAUSE: "paused by user (0x02 Pause)",
}


def render_machine_status(value: bytes) -> dict[str, object]:
    """Decode Machine Status; a parameter that is cut short is None."""
    found = status.decode_machine_status(value)
    shown: dict[str, object] = {"opcode": found.code, "name": found.name}
    if found.stop_action is not None:
        shown["spec_meaning"] = _MEANING_OF_STOPPED[found.stop_action]
    keyed = _status_parameter(found)
    if keyed is not None:
        key, parameter = keyed
        shown[key] = parameter
        if parameter is None:
            shown["truncated"] = True
    elif found.parameter:
        shown["parameter"] = found.parameter.hex()
    return shown


def _status_parameter(found: MachineStatus) -> tuple[str, object] | None:
    match found.code:
        case StatusCode.STOPPED_OR_PAUSED:
            return "param", found.parameter[0] if found.parameter else None
        case StatusCode.TARGET_SPEED_CHANGED:
            return "target_speed_kmh", None if found.speed is None else found.speed.kmh
        case StatusCode.TARGET_INCLINE_CHANGED:
            return "target_inclination_pct", None if found.incline is None else found.incline.pct
        case StatusCode.TARGET_RESISTANCE_CHANGED:
            level_tenths = found.resistance_tenths
            return "target_resistance", None if level_tenths is None else level_tenths / 10
        case StatusCode.TARGET_POWER_CHANGED:
            return "target_power_w", found.power_w
        case StatusCode.TARGET_HEART_RATE_CHANGED:
            return "target_heart_rate_bpm", found.heart_rate_bpm
        case StatusCode.TARGETED_ENERGY_CHANGED:
            return "target_energy_kcal", found.energy_kcal
        case StatusCode.TARGETED_STEPS_CHANGED:
            return "target_steps", found.steps
        case StatusCode.TARGETED_STRIDES_CHANGED:
            return "target_strides", found.strides
        case StatusCode.TARGETED_DISTANCE_CHANGED:
            return "target_distance_m", found.distance_m
        case StatusCode.TARGETED_TIME_CHANGED:
            return "target_time_s", found.time_s
        case (
            StatusCode.TARGETED_TIME_IN_TWO_ZONES_CHANGED
            | StatusCode.TARGETED_TIME_IN_THREE_ZONES_CHANGED
            | StatusCode.TARGETED_TIME_IN_FIVE_ZONES_CHANGED
        ):
            times_s = found.zone_times_s
            return "target_zone_times_s", None if times_s is None else list(times_s)
    return None


def render_training_status(value: bytes) -> dict[str, object]:
    """Decode Training Status; what an empty or one-octet value leaves out is None."""
    found = status.decode_training_status(value)
    shown: dict[str, object] = {
        "flags": found.flags if value else None,
        "status": found.status,
        "status_name": found.name,
    }
    if found.text is not None:
        shown["string"] = found.text
    if found.flags & TrainingFlag.EXTENDED_STRING:
        shown["extended_string"] = True
    if found.status is None:
        shown["truncated"] = True
    return shown
