"""What a machine says it can do: Feature and the supported ranges (FTMS v1.0.1 4.3, 4.11 to 4.15).

A range is read as it stands: whether its minimum exceeds its maximum, or its step is 0, is for the
reader to judge. Octets beyond the defined fields are ignored (FTMP v1.0 section 4.4.2).
"""

import struct
from dataclasses import dataclass
from enum import IntFlag

from quarterturn.model import InclineRange, SpeedRange
from quarterturn.units import Incline, Speed
from quarterturn.wire.errors import WireError


class MachineFeature(IntFlag):
    """What the machine reports (FTMS v1.0.1 Table 4.2). Reserved bits are kept."""

    AVERAGE_SPEED = 1 << 0
    CADENCE = 1 << 1
    TOTAL_DISTANCE = 1 << 2
    INCLINATION = 1 << 3
    ELEVATION_GAIN = 1 << 4
    PACE = 1 << 5
    STEP_COUNT = 1 << 6
    RESISTANCE_LEVEL = 1 << 7
    STRIDE_COUNT = 1 << 8
    EXPENDED_ENERGY = 1 << 9
    HEART_RATE = 1 << 10
    METABOLIC_EQUIVALENT = 1 << 11
    ELAPSED_TIME = 1 << 12
    REMAINING_TIME = 1 << 13
    POWER = 1 << 14
    FORCE_AND_POWER = 1 << 15
    USER_DATA_RETENTION = 1 << 16


class TargetFeature(IntFlag):
    """What the machine can be told (FTMS v1.0.1 Table 4.3). Reserved bits are kept."""

    SPEED = 1 << 0
    INCLINATION = 1 << 1
    RESISTANCE = 1 << 2
    POWER = 1 << 3
    HEART_RATE = 1 << 4
    EXPENDED_ENERGY = 1 << 5
    STEPS = 1 << 6
    STRIDES = 1 << 7
    DISTANCE = 1 << 8
    TRAINING_TIME = 1 << 9
    TIME_IN_TWO_HEART_RATE_ZONES = 1 << 10
    TIME_IN_THREE_HEART_RATE_ZONES = 1 << 11
    TIME_IN_FIVE_HEART_RATE_ZONES = 1 << 12
    INDOOR_BIKE_SIMULATION = 1 << 13
    WHEEL_CIRCUMFERENCE = 1 << 14
    SPIN_DOWN = 1 << 15
    CADENCE = 1 << 16


@dataclass(frozen=True, slots=True)
class Feature:
    """The two bit fields of the Feature characteristic, 0x2ACC."""

    machine: MachineFeature
    target: TargetFeature


@dataclass(frozen=True, slots=True)
class ResistanceRange:
    """The resistance levels a machine accepts, as sent.

    ``octets_each`` 2: sint16, sint16, uint16 in 0.1 (the characteristic of 2017); 1: three uint8
    without a unit (GATT Specification Supplement). The length of the value tells which.
    """

    minimum: int
    maximum: int
    step: int
    octets_each: int = 2


@dataclass(frozen=True, slots=True)
class HeartRateRange:
    """The target heart rates a machine accepts, in beats per minute."""

    minimum_bpm: int
    maximum_bpm: int
    step_bpm: int


@dataclass(frozen=True, slots=True)
class PowerRange:
    """The target powers a machine accepts, in watts."""

    minimum_w: int
    maximum_w: int
    step_w: int


_FEATURE = struct.Struct("<II")
_UNSIGNED_RANGE = struct.Struct("<HHH")
# The increment of a signed range is unsigned (GATT Specification Supplement).
_SIGNED_RANGE = struct.Struct("<hhH")
_OCTET_RANGE = struct.Struct("<BBB")


def decode_feature(value: bytes) -> Feature:
    """Read Feature, 0x2ACC.

    Raises:
        WireError: when it has fewer than 8 octets.

    """
    machine, target = _unpack(_FEATURE, value, "Feature")
    return Feature(MachineFeature(machine), TargetFeature(target))


def encode_feature(feature: Feature) -> bytes:
    """Write Feature, 0x2ACC.

    Raises:
        ValueError: when a bit field exceeds 32 bits.

    """
    return _pack(_FEATURE, feature.machine, feature.target)


def decode_speed_range(value: bytes) -> SpeedRange:
    """Read Supported Speed Range, 0x2AD4, in 0.01 km/h.

    Raises:
        WireError: when it has fewer than 6 octets.

    """
    minimum, maximum, step = _unpack(_UNSIGNED_RANGE, value, "Supported Speed Range")
    return SpeedRange(Speed(minimum), Speed(maximum), Speed(step))


def encode_speed_range(speeds: SpeedRange) -> bytes:
    """Write Supported Speed Range, 0x2AD4."""
    return _pack(
        _UNSIGNED_RANGE,
        speeds.minimum.centi_kmh,
        speeds.maximum.centi_kmh,
        speeds.step.centi_kmh,
    )


# The increment has 16 bits without a sign, an Incline 16 with one. None beyond 3276.7 % is real.
_WIDEST_INCLINE_STEP = 0x7FFF


def decode_incline_range(value: bytes) -> InclineRange:
    """Read Supported Inclination Range, 0x2AD5, in 0.1 %.

    An increment above 3276.7 % is read as 3276.7 %.

    Raises:
        WireError: when it has fewer than 6 octets.

    """
    minimum, maximum, step = _unpack(_SIGNED_RANGE, value, "Supported Inclination Range")
    return InclineRange(
        Incline(minimum), Incline(maximum), Incline(min(step, _WIDEST_INCLINE_STEP))
    )


def encode_incline_range(inclines: InclineRange) -> bytes:
    """Write Supported Inclination Range, 0x2AD5.

    Raises:
        ValueError: when the step is negative.

    """
    return _pack(
        _SIGNED_RANGE,
        inclines.minimum.tenths_pct,
        inclines.maximum.tenths_pct,
        inclines.step.tenths_pct,
    )


def decode_resistance_range(value: bytes) -> ResistanceRange:
    """Read Supported Resistance Level Range, 0x2AD6, in either width.

    Raises:
        WireError: when it has fewer than 3 octets.

    """
    if len(value) >= _SIGNED_RANGE.size:
        minimum, maximum, step = _SIGNED_RANGE.unpack_from(value)
        return ResistanceRange(minimum, maximum, step)
    minimum, maximum, step = _unpack(_OCTET_RANGE, value, "Supported Resistance Level Range")
    return ResistanceRange(minimum, maximum, step, octets_each=1)


def encode_resistance_range(levels: ResistanceRange) -> bytes:
    """Write Supported Resistance Level Range, 0x2AD6, in the width it asks for.

    Raises:
        ValueError: when a level does not fit its field.

    """
    layout = _OCTET_RANGE if levels.octets_each == 1 else _SIGNED_RANGE
    return _pack(layout, levels.minimum, levels.maximum, levels.step)


def decode_heart_rate_range(value: bytes) -> HeartRateRange:
    """Read Supported Heart Rate Range, 0x2AD7, in beats per minute.

    Raises:
        WireError: when it has fewer than 3 octets.

    """
    return HeartRateRange(*_unpack(_OCTET_RANGE, value, "Supported Heart Rate Range"))


def encode_heart_rate_range(rates: HeartRateRange) -> bytes:
    """Write Supported Heart Rate Range, 0x2AD7.

    Raises:
        ValueError: when a rate does not fit its octet.

    """
    return _pack(_OCTET_RANGE, rates.minimum_bpm, rates.maximum_bpm, rates.step_bpm)


def decode_power_range(value: bytes) -> PowerRange:
    """Read Supported Power Range, 0x2AD8, in watts.

    Raises:
        WireError: when it has fewer than 6 octets.

    """
    return PowerRange(*_unpack(_SIGNED_RANGE, value, "Supported Power Range"))


def encode_power_range(powers: PowerRange) -> bytes:
    """Write Supported Power Range, 0x2AD8.

    Raises:
        ValueError: when a power does not fit its field.

    """
    return _pack(_SIGNED_RANGE, powers.minimum_w, powers.maximum_w, powers.step_w)


def _unpack(layout: struct.Struct, value: bytes, what: str) -> tuple[int, ...]:
    if len(value) < layout.size:
        raise WireError(f"{what} of {len(value)} octets, {layout.size} expected")
    return layout.unpack_from(value)


def _pack(layout: struct.Struct, *numbers: int) -> bytes:
    try:
        return layout.pack(*numbers)
    except struct.error as error:
        raise ValueError(f"{numbers}: {error}") from error
