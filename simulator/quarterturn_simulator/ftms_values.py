"""What a machine offers and says of itself over FTMS, as its settings have it: values, no state."""

from collections.abc import Mapping

from quarterturn.port import Property
from quarterturn.wire.ftms import Characteristic
from quarterturn.wire.ftms.feature import (
    Feature,
    MachineFeature,
    PowerRange,
    TargetFeature,
    encode_feature,
    encode_incline_range,
    encode_power_range,
    encode_speed_range,
)
from quarterturn.wire.ftms.status import (
    MachineStatus,
    StatusCode,
    TrainingCode,
    TrainingFlag,
    TrainingStatus,
    encode_machine_status,
    encode_training_status,
)
from quarterturn_simulator.control import incline_range, speed_range
from quarterturn_simulator.machine import RunState
from quarterturn_simulator.settings import Field, Settings, TrainingForm

_PROPERTIES: Mapping[int, Property] = {
    Characteristic.FEATURE: Property.READ,
    Characteristic.TREADMILL_DATA: Property.NOTIFY,
    Characteristic.TRAINING_STATUS: Property.READ | Property.NOTIFY,
    Characteristic.SPEED_RANGE: Property.READ,
    Characteristic.INCLINE_RANGE: Property.READ,
    Characteristic.CONTROL_POINT: Property.WRITE | Property.INDICATE,
    Characteristic.MACHINE_STATUS: Property.NOTIFY,
}
# FTMS v1.0.1 Table 4.5: which feature a field of a report rests on.
_FEATURE_OF = {
    Field.AVERAGE_SPEED: MachineFeature.AVERAGE_SPEED,
    Field.DISTANCE: MachineFeature.TOTAL_DISTANCE,
    Field.INCLINE: MachineFeature.INCLINATION,
    Field.ENERGY: MachineFeature.EXPENDED_ENERGY,
    Field.HEART_RATE: MachineFeature.HEART_RATE,
    Field.ELAPSED: MachineFeature.ELAPSED_TIME,
    Field.REMAINING: MachineFeature.REMAINING_TIME,
    Field.ELEVATION: MachineFeature.ELEVATION_GAIN,
}
# FS-BT-T4 claims a range of power that no treadmill has (github.com/justintout, FTMS notes).
_CLAIMED_POWER = PowerRange(0, 9999, 1)
# FitShow tells of a new speed and incline under the codes of energy and steps.
_OWN_CODES: Mapping[int, int] = {
    StatusCode.TARGET_SPEED_CHANGED: StatusCode.TARGETED_ENERGY_CHANGED,
    StatusCode.TARGET_INCLINE_CHANGED: StatusCode.TARGETED_STEPS_CHANGED,
}


def offered(settings: Settings) -> Mapping[int, Property]:
    """Return the characteristics on offer."""
    found = dict(_PROPERTIES)
    if settings.control_without_response:
        found[Characteristic.CONTROL_POINT] ^= Property.WRITE | Property.WRITE_WITHOUT_RESPONSE
    if settings.control_notifies:
        found[Characteristic.CONTROL_POINT] ^= Property.INDICATE | Property.NOTIFY
    if settings.claims_everything:
        found[Characteristic.POWER_RANGE] = Property.READ
    if not settings.has_ranges:
        del found[Characteristic.SPEED_RANGE]
    if not settings.has_ranges or incline_range(settings) is None:
        del found[Characteristic.INCLINE_RANGE]
    return found


def readable(characteristic: int, settings: Settings, state: RunState) -> bytes:
    """Return the value of a characteristic that can be read and is on offer."""
    match characteristic:
        case Characteristic.FEATURE:
            return encode_feature(_feature(settings))
        case Characteristic.SPEED_RANGE:
            return encode_speed_range(speed_range(settings))
        case Characteristic.POWER_RANGE:
            return encode_power_range(_CLAIMED_POWER)
        case Characteristic.TRAINING_STATUS:
            return training(settings, state)
        case _:
            inclines = incline_range(settings)
            return b"" if inclines is None else encode_incline_range(inclines)


def training(settings: Settings, state: RunState) -> bytes:
    """Return the Training Status, in the form that this machine gives it."""
    # There is no code for paused: the session goes on (section 4.10.1.2).
    stopped = state is RunState.STOPPED
    code = TrainingCode.IDLE if stopped else settings.running_training_code
    match settings.training_form:
        case TrainingForm.WHOLE:
            return encode_training_status(TrainingStatus(TrainingFlag(0), code))
        case TrainingForm.NO_STRING:
            return encode_training_status(TrainingStatus(TrainingFlag.STRING, code))
        case TrainingForm.FLAGS:
            return encode_training_status(TrainingStatus(TrainingFlag(0)))
        case TrainingForm.EMPTY:
            return b""


def machine_status(settings: Settings, status: MachineStatus) -> bytes:
    """Return a Machine Status, under the code that this machine has for it."""
    if settings.own_status_codes:
        code = _OWN_CODES.get(status.code, status.code)
        status = MachineStatus(code, status.parameter)
    return encode_machine_status(status)


def _feature(settings: Settings) -> Feature:
    machine = MachineFeature(0)
    for each in settings.fields:
        machine |= _FEATURE_OF[each]
    target = TargetFeature(0)
    if settings.target_bits:
        target |= TargetFeature.SPEED
        if incline_range(settings) is not None:
            target |= TargetFeature.INCLINATION
    if settings.claims_everything:
        machine |= MachineFeature.POWER | MachineFeature.RESISTANCE_LEVEL
        target |= TargetFeature.POWER | TargetFeature.RESISTANCE
    return Feature(machine, target)
