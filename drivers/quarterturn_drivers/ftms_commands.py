"""Commands as bytes for the control point, and the words for what a treadmill answers."""

from typing import Final

from quarterturn.model import Command, SetIncline, SetSpeed, SpeedUnit, Start, Stop
from quarterturn.units import Speed
from quarterturn.wire.ftms.control_point import (
    SetTargetIncline,
    SetTargetSpeed,
    StartOrResume,
    StopAction,
    StopOrPause,
    encode_request,
)

# 1 mph is 1.609344 km/h exactly; in integers, so that rounding down is exact too.
KMH_PER_MPH_E6: Final = 1_609_344
E6: Final = 1_000_000
MPH_STEP: Final = 10
"""A belt that counts in mph does so in steps of 0.1 mph; what lies between may be refused."""
_FASTEST: Final = 0xFFFF

ATT_UNLIKELY_ERROR: Final = 0x0E
ATT_PROCEDURE_IN_PROGRESS: Final = 0xFE
_PAIRING = "the treadmill wants to be paired with this computer first"
_ATT_WORDS: Final = {
    0x03: "the treadmill does not let its control point be written",
    0x05: _PAIRING,
    0x08: _PAIRING,
    0x0C: _PAIRING,
    0x0F: _PAIRING,
    0xFD: "the treadmill says that its answers were not subscribed to",
    ATT_PROCEDURE_IN_PROGRESS: "the treadmill is busy with an earlier command",
}
# FTMS v1.0.1 section 4.16.1: the result codes of a response.
_RESULT_WORDS: Final = {
    0x02: "the treadmill does not know this command",
    0x03: "the treadmill does not take this value",
    0x04: "the treadmill could not do it",
    0x05: "the treadmill does not permit control: another app or its console has it",
}


def att_words(code: int | None) -> str:
    """Say in words what an ATT error on the control point means."""
    if code is None:
        return "the treadmill refused the write"
    words = _ATT_WORDS.get(code, "the treadmill refused the write")
    return f"{words} (ATT error 0x{code:02X})"


def result_words(result: int) -> str:
    """Say in words what the result of a response means."""
    words = _RESULT_WORDS.get(result, "the treadmill's answer has no meaning in the standard")
    return f"{words} (result 0x{result:02X})"


def encode_command(command: Command, target_unit: SpeedUnit) -> bytes:
    """Encode a command for the control point (FTMS v1.0.1 section 4.16.2).

    A machine that reads its target in 0.01 mph gets the next whole 0.1 mph below: 1.00 km/h is 60.
    """
    match command:
        case Start():
            return encode_request(StartOrResume())
        case Stop():
            return encode_request(StopOrPause(StopAction.STOP))
        case SetSpeed(speed):
            if target_unit is SpeedUnit.MPH:
                speed = Speed(_centi_mph(speed))
            return encode_request(SetTargetSpeed(speed))
        case SetIncline(incline):
            return encode_request(SetTargetIncline(incline))


def as_taken(speed: Speed, target_unit: SpeedUnit) -> Speed:
    """Return the speed that a target becomes on its way to the machine, to 0.01 km/h."""
    if target_unit is SpeedUnit.MPH:
        return speed_of(_centi_mph(speed), target_unit)
    return speed


def speed_of(centi: int, unit: SpeedUnit) -> Speed:
    """Read a speed in 0.01 km/h or 0.01 mph; what exceeds the field ends at 655.35 km/h."""
    if unit is SpeedUnit.MPH:
        centi = (centi * KMH_PER_MPH_E6 + E6 // 2) // E6
    return Speed(min(centi, _FASTEST))


def _centi_mph(speed: Speed) -> int:
    centi_mph = speed.centi_kmh * E6 // KMH_PER_MPH_E6
    return centi_mph - centi_mph % MPH_STEP
