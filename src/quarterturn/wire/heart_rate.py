"""The Heart Rate Service, 0x180D: bytes <-> values.

GATT Specification Supplement, Heart Rate Measurement and Body Sensor Location; HRS v1.0 section 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

from quarterturn.wire.errors import WireError
from quarterturn.wire.fields import FieldReader, field

SERVICE: Final = 0x180D
RR_PER_S: Final = 1024
"""RR intervals count in 1/1024 s."""


class Characteristic(IntEnum):
    """The characteristics of the service by their 16-bit UUID."""

    MEASUREMENT = 0x2A37
    BODY_SENSOR_LOCATION = 0x2A38


class Flag(IntFlag):
    """The first octet of Heart Rate Measurement. Reserved bits are kept."""

    WIDE_VALUE = 1 << 0  # a heart rate of two octets
    CONTACT_DETECTED = 1 << 1  # says something only with the next one
    CONTACT_SUPPORTED = 1 << 2
    ENERGY_EXPENDED = 1 << 3
    RR_INTERVALS = 1 << 4


class BodySensorLocation(IntEnum):
    """Where a sensor is worn."""

    OTHER = 0
    CHEST = 1
    WRIST = 2
    FINGER = 3
    HAND = 4
    EAR_LOBE = 5
    FOOT = 6


@dataclass(frozen=True, slots=True)
class HeartRateMeasurement:
    """One Heart Rate Measurement, 0x2A37, as sent: 0 bpm and 600 bpm too.

    ``contact`` None: this sensor does not tell. ``energy_kj``: since its last reset.
    ``rr_1024ths``: the times between beats in 1/1024 s, the oldest first. ``truncated``: a field
    that the flags promise is not there, or not whole; ``bpm`` is None where it is that one.
    """

    flags: Flag
    bpm: int | None
    contact: bool | None = None
    energy_kj: int | None = None
    rr_1024ths: tuple[int, ...] = ()
    trailing: bytes = b""
    truncated: bool = False


def decode_measurement(value: bytes) -> HeartRateMeasurement:
    """Read a Heart Rate Measurement as far as it is whole.

    Raises:
        WireError: when it is empty; for nothing else.

    """
    if not value:
        raise WireError("a Heart Rate Measurement without flags")
    flags = Flag(value[0])
    reader = FieldReader(value[1:])
    bpm = reader.take(2 if flags & Flag.WIDE_VALUE else 1)
    energy_kj = reader.take(2) if flags & Flag.ENERGY_EXPENDED else None
    intervals = reader.take_all(2) if flags & Flag.RR_INTERVALS else ()
    return HeartRateMeasurement(
        flags=flags,
        bpm=bpm,
        contact=bool(flags & Flag.CONTACT_DETECTED) if flags & Flag.CONTACT_SUPPORTED else None,
        energy_kj=energy_kj,
        rr_1024ths=intervals,
        trailing=reader.trailing,
        truncated=reader.truncated,
    )


def encode_measurement(
    bpm: int,
    *,
    contact: bool | None = None,
    energy_kj: int | None = None,
    rr_1024ths: Sequence[int] = (),
    wide: bool = False,
) -> bytes:
    """Write a Heart Rate Measurement; the flags follow from what is there.

    ``wide``: two octets even for a heart rate that fits into one.

    Raises:
        ValueError: when a number does not fit its field.

    """
    wide = wide or bpm > 0xFF
    flags = Flag.WIDE_VALUE if wide else Flag(0)
    value = field(bpm, 2 if wide else 1, "heart rate")
    if contact is not None:
        flags |= Flag.CONTACT_SUPPORTED | (Flag.CONTACT_DETECTED if contact else Flag(0))
    if energy_kj is not None:
        flags |= Flag.ENERGY_EXPENDED
        value += field(energy_kj, 2, "energy")
    if rr_1024ths:
        flags |= Flag.RR_INTERVALS
        value += b"".join(field(interval, 2, "RR interval") for interval in rr_1024ths)
    return bytes([flags]) + value


def decode_location(value: bytes) -> BodySensorLocation | int:
    """Read a Body Sensor Location, 0x2A38; a number that the standard reserves stays a number.

    Raises:
        WireError: when it is empty.

    """
    if not value:
        raise WireError("a Body Sensor Location without an octet")
    known = set(BodySensorLocation)
    return BodySensorLocation(value[0]) if value[0] in known else value[0]


def encode_location(location: BodySensorLocation) -> bytes:
    """Write a Body Sensor Location."""
    return bytes([location])
