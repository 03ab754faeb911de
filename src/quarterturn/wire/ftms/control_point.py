"""The Control Point, 0x2AD9: what a machine is told and what it answers (FTMS v1.0.1 section 4.16).

A request is read strictly, because a belt acts on it; a response leniently, because machines append
octets to it (Stages SB20: qdomyos-zwift docs/22_devices_detail.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from quarterturn.units import Incline, Speed
from quarterturn.wire.errors import WireError


class OpCode(IntEnum):
    """The first octet (Table 4.15)."""

    REQUEST_CONTROL = 0x00
    RESET = 0x01
    SET_TARGET_SPEED = 0x02
    SET_TARGET_INCLINATION = 0x03
    SET_TARGET_RESISTANCE_LEVEL = 0x04
    SET_TARGET_POWER = 0x05
    SET_TARGET_HEART_RATE = 0x06
    START_OR_RESUME = 0x07
    STOP_OR_PAUSE = 0x08
    SET_TARGETED_EXPENDED_ENERGY = 0x09
    SET_TARGETED_STEPS = 0x0A
    SET_TARGETED_STRIDES = 0x0B
    SET_TARGETED_DISTANCE = 0x0C
    SET_TARGETED_TRAINING_TIME = 0x0D
    SET_TARGETED_TIME_IN_TWO_HEART_RATE_ZONES = 0x0E
    SET_TARGETED_TIME_IN_THREE_HEART_RATE_ZONES = 0x0F
    SET_TARGETED_TIME_IN_FIVE_HEART_RATE_ZONES = 0x10
    SET_INDOOR_BIKE_SIMULATION = 0x11
    SET_WHEEL_CIRCUMFERENCE = 0x12
    SPIN_DOWN_CONTROL = 0x13
    SET_TARGETED_CADENCE = 0x14
    RESPONSE = 0x80


class Result(IntEnum):
    """The third octet of a response (Table 4.24). Machines may send others."""

    SUCCESS = 0x01
    OP_CODE_NOT_SUPPORTED = 0x02
    INVALID_PARAMETER = 0x03
    OPERATION_FAILED = 0x04
    CONTROL_NOT_PERMITTED = 0x05


class StopAction(IntEnum):
    """The parameter of Stop or Pause, and of the status that tells of it."""

    STOP = 0x01
    PAUSE = 0x02


class RequestError(WireError):
    """The request cannot be read.

    ``op_code`` is what a response has to name; None for an empty write, which gets none.
    """

    def __init__(self, message: str, op_code: int | None) -> None:
        super().__init__(message)
        self.op_code = op_code


class UnknownOpCode(RequestError):  # noqa: N818 - the condition, as the specification names it
    """The op code is none of a request; the answer is Op Code Not Supported."""


# --- requests ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RequestControl:
    """Ask for the permission to control the machine (4.16.2.1)."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Reset targets and session; the permission is lost with it (4.16.2.2)."""


@dataclass(frozen=True, slots=True)
class SetTargetSpeed:
    """Set the target speed (4.16.2.3)."""

    speed: Speed


@dataclass(frozen=True, slots=True)
class SetTargetIncline:
    """Set the target inclination (4.16.2.4)."""

    incline: Incline


@dataclass(frozen=True, slots=True)
class SetTargetResistance:
    """Set the target resistance level, in 0.1, 0 to 25.5 (4.16.2.5)."""

    level_tenths: int


@dataclass(frozen=True, slots=True)
class SetTargetPower:
    """Set the target power, in watts (4.16.2.6)."""

    watts: int


@dataclass(frozen=True, slots=True)
class SetTargetHeartRate:
    """Set the target heart rate, in beats per minute (4.16.2.7)."""

    bpm: int


@dataclass(frozen=True, slots=True)
class StartOrResume:
    """Start or resume the session (4.16.2.8)."""


@dataclass(frozen=True, slots=True)
class StopOrPause:
    """Stop or pause the session (4.16.2.9)."""

    action: StopAction


@dataclass(frozen=True, slots=True)
class SetTargetEnergy:
    """Set the targeted expended energy, in kcal (4.16.2.10)."""

    kcal: int


@dataclass(frozen=True, slots=True)
class SetTargetSteps:
    """Set the targeted number of steps (4.16.2.11)."""

    steps: int


@dataclass(frozen=True, slots=True)
class SetTargetStrides:
    """Set the targeted number of strides (4.16.2.12)."""

    strides: int


@dataclass(frozen=True, slots=True)
class SetTargetDistance:
    """Set the targeted distance, in metres (4.16.2.13)."""

    metres: int


@dataclass(frozen=True, slots=True)
class SetTargetTime:
    """Set the targeted training time, in seconds (4.16.2.14)."""

    seconds: int


@dataclass(frozen=True, slots=True)
class SetTimeInHeartRateZones:
    """Set the targeted time in 2, 3 or 5 zones, in seconds, lowest zone first (4.16.2.15 to 17).

    Raises:
        ValueError: when there are not two, three or five zones.

    """

    seconds: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.seconds) not in _ZONE_OP_CODES:
            raise ValueError(f"there are 2, 3 or 5 heart rate zones, not {len(self.seconds)}")


@dataclass(frozen=True, slots=True)
class OtherRequest:
    """A request that only a bike is sent, unread: simulation, wheel, spin-down, cadence."""

    op_code: int
    parameter: bytes = b""


Request = (
    RequestControl
    | Reset
    | SetTargetSpeed
    | SetTargetIncline
    | SetTargetResistance
    | SetTargetPower
    | SetTargetHeartRate
    | StartOrResume
    | StopOrPause
    | SetTargetEnergy
    | SetTargetSteps
    | SetTargetStrides
    | SetTargetDistance
    | SetTargetTime
    | SetTimeInHeartRateZones
    | OtherRequest
)

_ZONE_OP_CODES = {
    2: OpCode.SET_TARGETED_TIME_IN_TWO_HEART_RATE_ZONES,
    3: OpCode.SET_TARGETED_TIME_IN_THREE_HEART_RATE_ZONES,
    5: OpCode.SET_TARGETED_TIME_IN_FIVE_HEART_RATE_ZONES,
}
_ZONES_OF: dict[int, int] = {op_code: zones for zones, op_code in _ZONE_OP_CODES.items()}
_ZONE_OCTETS = 2

_WITHOUT_PARAMETER: dict[int, Request] = {
    OpCode.REQUEST_CONTROL: RequestControl(),
    OpCode.RESET: Reset(),
    OpCode.START_OR_RESUME: StartOrResume(),
}


@dataclass(frozen=True, slots=True)
class _Number:
    """The one number that a request carries, and the request it makes."""

    octets: int
    request: Callable[[int], Request]
    signed: bool = False


_WITH_NUMBER: dict[int, _Number] = {
    OpCode.SET_TARGET_SPEED: _Number(2, lambda n: SetTargetSpeed(Speed(n))),
    OpCode.SET_TARGET_INCLINATION: _Number(2, lambda n: SetTargetIncline(Incline(n)), signed=True),
    OpCode.SET_TARGET_RESISTANCE_LEVEL: _Number(1, SetTargetResistance),
    OpCode.SET_TARGET_POWER: _Number(2, SetTargetPower, signed=True),
    OpCode.SET_TARGET_HEART_RATE: _Number(1, SetTargetHeartRate),
    OpCode.STOP_OR_PAUSE: _Number(1, lambda n: StopOrPause(StopAction(n))),
    OpCode.SET_TARGETED_EXPENDED_ENERGY: _Number(2, SetTargetEnergy),
    OpCode.SET_TARGETED_STEPS: _Number(2, SetTargetSteps),
    OpCode.SET_TARGETED_STRIDES: _Number(2, SetTargetStrides),
    OpCode.SET_TARGETED_DISTANCE: _Number(3, SetTargetDistance),
    OpCode.SET_TARGETED_TRAINING_TIME: _Number(2, SetTargetTime),
}

_OF_A_BIKE = (
    OpCode.SET_INDOOR_BIKE_SIMULATION,
    OpCode.SET_WHEEL_CIRCUMFERENCE,
    OpCode.SPIN_DOWN_CONTROL,
    OpCode.SET_TARGETED_CADENCE,
)


def encode_request(request: Request) -> bytes:
    """Write a request.

    Raises:
        ValueError: when a number does not fit its parameter.

    """
    match request:
        case RequestControl():
            return bytes([OpCode.REQUEST_CONTROL])
        case Reset():
            return bytes([OpCode.RESET])
        case SetTargetSpeed(speed):
            return _with_number(OpCode.SET_TARGET_SPEED, speed.centi_kmh)
        case SetTargetIncline(incline):
            return _with_number(OpCode.SET_TARGET_INCLINATION, incline.tenths_pct)
        case SetTargetResistance(level_tenths):
            return _with_number(OpCode.SET_TARGET_RESISTANCE_LEVEL, level_tenths)
        case SetTargetPower(watts):
            return _with_number(OpCode.SET_TARGET_POWER, watts)
        case SetTargetHeartRate(bpm):
            return _with_number(OpCode.SET_TARGET_HEART_RATE, bpm)
        case StartOrResume():
            return bytes([OpCode.START_OR_RESUME])
        case StopOrPause(action):
            return _with_number(OpCode.STOP_OR_PAUSE, action)
        case SetTargetEnergy(kcal):
            return _with_number(OpCode.SET_TARGETED_EXPENDED_ENERGY, kcal)
        case SetTargetSteps(steps):
            return _with_number(OpCode.SET_TARGETED_STEPS, steps)
        case SetTargetStrides(strides):
            return _with_number(OpCode.SET_TARGETED_STRIDES, strides)
        case SetTargetDistance(metres):
            return _with_number(OpCode.SET_TARGETED_DISTANCE, metres)
        case SetTargetTime(seconds):
            return _with_number(OpCode.SET_TARGETED_TRAINING_TIME, seconds)
        case SetTimeInHeartRateZones(zones):
            times = b"".join(_octets(seconds, _ZONE_OCTETS) for seconds in zones)
            return bytes([_ZONE_OP_CODES[len(zones)]]) + times
        case OtherRequest(op_code, parameter):
            return _octets(op_code, 1) + parameter


def decode_request(value: bytes) -> Request:
    """Read a request as the machine it is written to must: exactly.

    Raises:
        UnknownOpCode: when the op code is none of a request (the response is one of those).
        RequestError: when the parameter has the wrong length or a reserved value, or there is no op
            code at all. Both are WireErrors and carry ``op_code``.

    """
    if not value:
        raise RequestError("a request without an op code", None)
    code, parameter = value[0], bytes(value[1:])
    if (request := _WITHOUT_PARAMETER.get(code)) is not None:
        _expect_octets(code, parameter, 0)
        return request
    if (number := _WITH_NUMBER.get(code)) is not None:
        _expect_octets(code, parameter, number.octets)
        try:
            return number.request(int.from_bytes(parameter, "little", signed=number.signed))
        except ValueError as error:
            raise RequestError(f"op code {code:#04x}: {error}", code) from error
    if (zones := _ZONES_OF.get(code)) is not None:
        _expect_octets(code, parameter, zones * _ZONE_OCTETS)
        times = (parameter[i : i + _ZONE_OCTETS] for i in range(0, len(parameter), _ZONE_OCTETS))
        return SetTimeInHeartRateZones(tuple(int.from_bytes(t, "little") for t in times))
    if code in _OF_A_BIKE:
        return OtherRequest(code, parameter)
    raise UnknownOpCode(f"op code {code:#04x} is none of a request", code)


# --- responses -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Response:
    """What the machine indicates once it has taken or refused a request (4.16.2.22).

    ``result`` is a Result, or a machine's own number; Success says that a target was taken or a
    start or stop begun, not that the belt has got there.
    """

    op_code: int
    result: int
    parameter: bytes = b""


_SHORTEST_RESPONSE = 3


def encode_response(response: Response) -> bytes:
    """Write a response.

    Raises:
        ValueError: when the op code or the result exceeds an octet.

    """
    codes = _octets(response.op_code, 1) + _octets(response.result, 1)
    return bytes([OpCode.RESPONSE]) + codes + response.parameter


def decode_response(value: bytes) -> Response:
    """Read a response, whatever its codes; octets behind them are its parameter.

    Raises:
        WireError: when it has fewer than 3 octets or does not begin with 0x80.

    """
    if len(value) < _SHORTEST_RESPONSE:
        raise WireError(f"a Control Point response of {len(value)} octets, 3 expected")
    if value[0] != OpCode.RESPONSE:
        raise WireError(f"a Control Point response begins with 0x80, not {value[0]:#04x}")
    return Response(value[1], value[2], bytes(value[3:]))


def _with_number(op_code: OpCode, number: int) -> bytes:
    form = _WITH_NUMBER[op_code]
    return bytes([op_code]) + _octets(number, form.octets, signed=form.signed)


def _octets(number: int, octets: int, *, signed: bool = False) -> bytes:
    try:
        return number.to_bytes(octets, "little", signed=signed)
    except OverflowError as error:
        raise ValueError(f"{number} does not fit {octets} octets") from error


def _expect_octets(code: int, parameter: bytes, octets: int) -> None:
    if len(parameter) != octets:
        raise RequestError(
            f"op code {code:#04x}: a parameter of {len(parameter)} octets, {octets} expected", code
        )
