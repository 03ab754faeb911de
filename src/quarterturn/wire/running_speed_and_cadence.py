"""The Running Speed and Cadence Service, 0x1814: bytes <-> values.

GATT Specification Supplement, RSC Measurement and RSC Feature; RSCS v1.0 section 3. The cadence is
"1/minute" there: most pods count steps of both feet, some the strides of the one that they sit on.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

from quarterturn.wire.errors import WireError
from quarterturn.wire.fields import FieldReader, field

SERVICE: Final = 0x1814
SPEED_PER_M_PER_S: Final = 256
"""The speed counts in 1/256 m/s."""


class Characteristic(IntEnum):
    """The characteristics of the service by their 16-bit UUID."""

    MEASUREMENT = 0x2A53
    FEATURE = 0x2A54


class Flag(IntFlag):
    """The first octet of RSC Measurement. Reserved bits are kept."""

    STRIDE_LENGTH = 1 << 0
    TOTAL_DISTANCE = 1 << 1
    RUNNING = 1 << 2  # else walking; says something only where the feature bit is set


class Feature(IntFlag):
    """What a sensor supports, RSC Feature, 0x2A54. Reserved bits are kept."""

    STRIDE_LENGTH = 1 << 0
    TOTAL_DISTANCE = 1 << 1
    WALKING_OR_RUNNING = 1 << 2
    CALIBRATION = 1 << 3
    MULTIPLE_LOCATIONS = 1 << 4


@dataclass(frozen=True, slots=True)
class RscMeasurement:
    """One RSC Measurement, 0x2A53, in the units of the wire.

    ``truncated``: a field that the flags promise is not there, or not whole; it and those behind it
    are None.
    """

    flags: Flag
    speed_256ths: int | None
    cadence_per_min: int | None = None
    stride_length_cm: int | None = None
    distance_dm: int | None = None
    trailing: bytes = b""
    truncated: bool = False

    @property
    def speed_m_per_s(self) -> float | None:
        """The speed, exactly as sent."""
        return None if self.speed_256ths is None else self.speed_256ths / SPEED_PER_M_PER_S

    @property
    def running(self) -> bool:
        """Whether the sensor takes the gait for running and not for walking."""
        return bool(self.flags & Flag.RUNNING)


def decode_measurement(value: bytes) -> RscMeasurement:
    """Read an RSC Measurement as far as it is whole.

    Raises:
        WireError: when it is empty; for nothing else.

    """
    if not value:
        raise WireError("an RSC Measurement without flags")
    flags = Flag(value[0])
    reader = FieldReader(value[1:])
    return RscMeasurement(
        flags=flags,
        speed_256ths=reader.take(2),
        cadence_per_min=reader.take(1),
        stride_length_cm=reader.take(2) if flags & Flag.STRIDE_LENGTH else None,
        distance_dm=reader.take(4) if flags & Flag.TOTAL_DISTANCE else None,
        trailing=reader.trailing,
        truncated=reader.truncated,
    )


def encode_measurement(
    speed_256ths: int,
    cadence_per_min: int,
    *,
    stride_length_cm: int | None = None,
    distance_dm: int | None = None,
    running: bool = False,
) -> bytes:
    """Write an RSC Measurement; the flags follow from what is there.

    Raises:
        ValueError: when a number does not fit its field.

    """
    flags = Flag.RUNNING if running else Flag(0)
    value = field(speed_256ths, 2, "speed") + field(cadence_per_min, 1, "cadence")
    if stride_length_cm is not None:
        flags |= Flag.STRIDE_LENGTH
        value += field(stride_length_cm, 2, "stride length")
    if distance_dm is not None:
        flags |= Flag.TOTAL_DISTANCE
        value += field(distance_dm, 4, "distance")
    return bytes([flags]) + value


def decode_feature(value: bytes) -> Feature:
    """Read RSC Feature, 0x2A54.

    Raises:
        WireError: when it has fewer than 2 octets.

    """
    if len(value) < 2:
        raise WireError(f"RSC Feature of {len(value)} octets: it has 2")
    return Feature(int.from_bytes(value[:2], "little"))


def encode_feature(feature: Feature) -> bytes:
    """Write RSC Feature."""
    return feature.to_bytes(2, "little")
