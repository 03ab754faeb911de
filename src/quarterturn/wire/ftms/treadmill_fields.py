"""What a Treadmill Data value consists of: flags, fields, and the record they make.

FTMS v1.0.1 section 4.9 and the GATT Specification Supplement, Treadmill Data.
"""

from dataclasses import dataclass
from enum import Enum, IntFlag
from typing import Final, NamedTuple

from quarterturn.units import Incline, Speed


class Flag(IntFlag):
    """The first two octets. A set bit means that the field is there; bit 0 alone is inverted."""

    MORE_DATA = 1 << 0  # set: another record follows, and Instantaneous Speed is absent
    AVERAGE_SPEED = 1 << 1
    TOTAL_DISTANCE = 1 << 2
    INCLINATION_AND_RAMP_ANGLE = 1 << 3
    ELEVATION_GAIN = 1 << 4
    PACE = 1 << 5
    AVERAGE_PACE = 1 << 6
    EXPENDED_ENERGY = 1 << 7
    HEART_RATE = 1 << 8
    METABOLIC_EQUIVALENT = 1 << 9
    ELAPSED_TIME = 1 << 10
    REMAINING_TIME = 1 << 11
    FORCE_AND_POWER = 1 << 12
    # Reserved for future use. KingSmith, Yesoul, Urevo and CITYSPORTS append a 24-bit step count.
    VENDOR_STEPS = 1 << 13
    RESERVED_14 = 1 << 14
    RESERVED_15 = 1 << 15


RESERVED: Final = Flag.VENDOR_STEPS | Flag.RESERVED_14 | Flag.RESERVED_15
PACES: Final = Flag.PACE | Flag.AVERAGE_PACE


class FieldState(Enum):
    """What became of one field."""

    PRESENT = "present"
    ABSENT = "absent"  # the flags do not promise it
    NOT_AVAILABLE = "not available"  # it holds the marker for "data not available"
    TRUNCATED = "truncated"  # promised, and the value ends before it, or within it
    UNRESOLVED = "unresolved"  # promised, at or behind a pace of unknown width


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field: its place in the order of the table, its width in octets, its NA markers.

    The first marker is the one written. ``octets`` 0: a pace, one or two octets wide.
    """

    name: str
    flag: Flag
    octets: int
    markers: tuple[int, ...] = ()
    signed: bool = False


_SINT16_NA = (0x7FFF,)
# No marker is specified for elevation gain. Life Fitness and Matrix send 0x7FFF, the one of a
# sint16, in the uint16 (TrackMyIndoorWorkout, life_fitness_treadmill_test.dart); others 0xFFFF.
_ELEVATION_NA = (0xFFFF, 0x7FFF)

FIELDS: Final = (
    FieldSpec("speed_centi_kmh", Flag.MORE_DATA, 2),
    FieldSpec("average_speed_centi_kmh", Flag.AVERAGE_SPEED, 2),
    FieldSpec("distance_m", Flag.TOTAL_DISTANCE, 3),
    FieldSpec("incline_tenths_pct", Flag.INCLINATION_AND_RAMP_ANGLE, 2, _SINT16_NA, signed=True),
    FieldSpec("ramp_angle_tenths_deg", Flag.INCLINATION_AND_RAMP_ANGLE, 2, _SINT16_NA, signed=True),
    FieldSpec("positive_elevation_gain_dm", Flag.ELEVATION_GAIN, 2, _ELEVATION_NA),
    FieldSpec("negative_elevation_gain_dm", Flag.ELEVATION_GAIN, 2, _ELEVATION_NA),
    FieldSpec("pace", Flag.PACE, 0),
    FieldSpec("average_pace", Flag.AVERAGE_PACE, 0),
    FieldSpec("energy_kcal", Flag.EXPENDED_ENERGY, 2, (0xFFFF,)),
    FieldSpec("energy_per_hour_kcal", Flag.EXPENDED_ENERGY, 2, (0xFFFF,)),
    FieldSpec("energy_per_minute_kcal", Flag.EXPENDED_ENERGY, 1, (0xFF,)),
    FieldSpec("heart_rate_bpm", Flag.HEART_RATE, 1),
    FieldSpec("met_raw", Flag.METABOLIC_EQUIVALENT, 1),
    FieldSpec("elapsed_s", Flag.ELAPSED_TIME, 2),
    FieldSpec("remaining_s", Flag.REMAINING_TIME, 2),
    FieldSpec("force_n", Flag.FORCE_AND_POWER, 2, _SINT16_NA, signed=True),
    FieldSpec("power_w", Flag.FORCE_AND_POWER, 2, _SINT16_NA, signed=True),
)
FIELD_BY_NAME: Final = {field.name: field for field in FIELDS}


def promised(flags: int, field: FieldSpec) -> bool:
    """Whether these flags say that the field is there."""
    if field.flag is Flag.MORE_DATA:
        return not flags & Flag.MORE_DATA
    return bool(flags & field.flag)


class TreadmillData(NamedTuple):
    """One value, in the integers of the wire. None unless a whole and available number is there.

    Units are in the names: 0.01 km/h, m, 0.1 %, 0.1 degree, 0.1 m, kcal, bpm, s, N, W.
    ``met_raw`` is the octet as sent (0.1 MET on most machines). ``pace_width`` is the width in
    octets that the paces were read with: 1 (0.1 km/min) or 2 (seconds for 500 m), None where there
    is no pace or its width is not certain. ``trailing`` are the octets behind the last promised
    field. ``missing`` names the promised fields that could not be read.
    """

    flags: Flag
    speed_centi_kmh: int | None = None
    average_speed_centi_kmh: int | None = None
    distance_m: int | None = None
    incline_tenths_pct: int | None = None
    ramp_angle_tenths_deg: int | None = None
    positive_elevation_gain_dm: int | None = None
    negative_elevation_gain_dm: int | None = None
    pace: int | None = None
    average_pace: int | None = None
    energy_kcal: int | None = None
    energy_per_hour_kcal: int | None = None
    energy_per_minute_kcal: int | None = None
    heart_rate_bpm: int | None = None
    met_raw: int | None = None
    elapsed_s: int | None = None
    remaining_s: int | None = None
    force_n: int | None = None
    power_w: int | None = None
    trailing: bytes = b""
    truncated: bool = False
    pace_width: int | None = None
    missing: frozenset[str] = frozenset()

    @property
    def more_data(self) -> bool:
        """Whether this is a part of a record whose end is still to come."""
        return bool(self.flags & Flag.MORE_DATA)

    @property
    def speed(self) -> Speed | None:
        """The instantaneous speed."""
        return None if self.speed_centi_kmh is None else Speed(self.speed_centi_kmh)

    @property
    def incline(self) -> Incline | None:
        """The inclination."""
        return None if self.incline_tenths_pct is None else Incline(self.incline_tenths_pct)

    @property
    def vendor_steps(self) -> int | None:
        """Three octets left under reserved bit 13, as a number.

        They are steps on some machines only: use them where the machine's record says so.
        """
        if self.flags & RESERVED == Flag.VENDOR_STEPS and len(self.trailing) == 3:
            return int.from_bytes(self.trailing, "little")
        return None

    def value_of(self, name: str) -> int | None:
        """Return the field of this name.

        Raises:
            KeyError: when there is no such field.

        """
        number: int | None = getattr(self, FIELD_BY_NAME[name].name)
        return number

    def state(self, name: str) -> FieldState:
        """Say what became of a field, named as here.

        Raises:
            KeyError: when there is no such field.

        """
        if self.value_of(name) is not None:
            return FieldState.PRESENT
        if name in self.missing:
            return FieldState.TRUNCATED if self.truncated else FieldState.UNRESOLVED
        if promised(self.flags, FIELD_BY_NAME[name]):
            return FieldState.NOT_AVAILABLE
        return FieldState.ABSENT
