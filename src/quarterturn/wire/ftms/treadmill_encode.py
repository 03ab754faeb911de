"""Write Treadmill Data: one record as one value, or split over several (More Data)."""

from dataclasses import dataclass
from typing import Final, Literal, TypedDict, Unpack, cast

from quarterturn.wire.ftms.treadmill_fields import (
    FIELD_BY_NAME,
    FIELDS,
    RESERVED,
    FieldSpec,
    FieldState,
    Flag,
    TreadmillData,
)

NOT_AVAILABLE: Final = FieldState.NOT_AVAILABLE
_FLAG_OCTETS = 2

Value = int | Literal[FieldState.NOT_AVAILABLE] | None


class Fields(TypedDict, total=False):
    """What to put into a record: a number, NOT_AVAILABLE for its marker, None to leave it out."""

    speed_centi_kmh: Value
    average_speed_centi_kmh: Value
    distance_m: Value
    incline_tenths_pct: Value
    ramp_angle_tenths_deg: Value
    positive_elevation_gain_dm: Value
    negative_elevation_gain_dm: Value
    pace: Value
    average_pace: Value
    energy_kcal: Value
    energy_per_hour_kcal: Value
    energy_per_minute_kcal: Value
    heart_rate_bpm: Value
    met_raw: Value
    elapsed_s: Value
    remaining_s: Value
    force_n: Value
    power_w: Value


def encode(
    data: TreadmillData | None = None,
    /,
    *,
    trailing: bytes | None = None,
    extra_flags: int = 0,
    pace_width: int | None = None,
    **fields: Unpack[Fields],
) -> bytes:
    """Write one record; the flags follow from the fields.

    Fields given by name take the place of those of ``data``. A field whose group partner is given
    (incline and ramp angle, the energies ...) is written as not available. Without a speed the
    record is a part of a longer one (More Data). ``pace_width`` is 1 or 2 octets; 2 where neither
    it nor ``data`` says so. ``extra_flags`` are reserved bits to set, ``trailing`` octets to add.

    Raises:
        ValueError: when a number does not fit its field or is its marker, NOT_AVAILABLE is asked of
            a field that has no marker, or ``data`` is not whole.

    """
    record = _Record.build(data, fields, pace_width, trailing, extra_flags)
    flags = record.flags
    if record.speed is None:
        flags |= Flag.MORE_DATA
    body = b"".join(octets for _, octets in record.groups)
    return flags.to_bytes(2, "little") + (record.speed or b"") + body + record.trailing


def split(
    maximum: int,
    data: TreadmillData | None = None,
    /,
    *,
    trailing: bytes | None = None,
    extra_flags: int = 0,
    pace_width: int | None = None,
    **fields: Unpack[Fields],
) -> list[bytes]:
    """Write one record as few values of at most ``maximum`` octets each.

    More Data is set on all but the last; the speed, reserved bits and trailing octets go into the
    last (FTMS v1.0.1 section 4.19). The other arguments are those of ``encode``.

    Raises:
        ValueError: as ``encode``, and when there is no speed or a group does not fit ``maximum``.

    """
    record = _Record.build(data, fields, pace_width, trailing, extra_flags)
    if record.speed is None:
        raise ValueError("the last of the split records carries the speed: give one")
    last = record.speed, record.trailing
    room_in_last = maximum - _FLAG_OCTETS - sum(map(len, last))
    if room_in_last < 0:
        raise ValueError(f"{maximum} octets do not hold the speed and the trailing octets")

    values: list[bytes] = []
    groups = list(record.groups)
    while sum(len(octets) for _, octets in groups) > room_in_last:
        flags, body = Flag.MORE_DATA, b""
        while groups and _FLAG_OCTETS + len(body) + len(groups[0][1]) <= maximum:
            flag, octets = groups.pop(0)
            flags |= flag
            body += octets
        if not body:
            raise ValueError(f"{maximum} octets do not hold {groups[0][0].name}")
        values.append(flags.to_bytes(2, "little") + body)
    flags = record.flags & RESERVED
    for flag, _ in groups:
        flags |= flag
    body = b"".join(octets for _, octets in groups)
    values.append(flags.to_bytes(2, "little") + record.speed + body + record.trailing)
    return values


@dataclass(frozen=True, slots=True)
class _Record:
    """A record in octets: the speed apart, the other fields by their flag, in wire order."""

    flags: Flag
    speed: bytes | None
    groups: tuple[tuple[Flag, bytes], ...]
    trailing: bytes

    @classmethod
    def build(
        cls,
        data: TreadmillData | None,
        fields: Fields,
        pace_width: int | None,
        trailing: bytes | None,
        extra_flags: int,
    ) -> "_Record":
        if extra_flags & ~RESERVED:
            raise ValueError(f"{extra_flags:#06x}: only reserved flags can be set by hand")
        unknown = fields.keys() - FIELD_BY_NAME.keys()
        if unknown:
            raise ValueError(f"Treadmill Data has no field {sorted(unknown)}")
        values: dict[str, Value] = {}
        flags = Flag(extra_flags)
        if data is not None:
            if data.missing:
                raise ValueError(f"not whole, so it cannot be written: {sorted(data.missing)}")
            values = {field.name: _value_in(data, field) for field in FIELDS}
            flags |= data.flags & RESERVED
            pace_width = pace_width or data.pace_width
            trailing = data.trailing if trailing is None else trailing
        given_values = cast("dict[str, Value]", fields)
        values |= {name: value for name, value in given_values.items() if value is not None}
        width = 2 if pace_width is None else pace_width
        if width not in (1, 2):
            raise ValueError(f"a pace has 1 or 2 octets, not {width}")

        groups: dict[Flag, bytes] = {}
        given = {field.flag for field in FIELDS if values.get(field.name) is not None}
        for field in FIELDS:
            if field.flag in given:
                value = values.get(field.name)
                octets = _field_octets(field, NOT_AVAILABLE if value is None else value, width)
                groups[field.flag] = groups.get(field.flag, b"") + octets
        speed = groups.pop(Flag.MORE_DATA, None)
        for flag in groups:
            flags |= flag
        return cls(flags, speed, tuple(groups.items()), trailing or b"")


def _value_in(data: TreadmillData, field: FieldSpec) -> Value:
    if data.state(field.name) is FieldState.NOT_AVAILABLE:
        return NOT_AVAILABLE
    return data.value_of(field.name)


def _field_octets(
    field: FieldSpec, value: int | Literal[FieldState.NOT_AVAILABLE], pace_width: int
) -> bytes:
    if isinstance(value, FieldState):
        if not field.markers:
            raise ValueError(f"{field.name} has no marker for not available")
        value = field.markers[0]
    elif value in field.markers:
        raise ValueError(f"{field.name}: {value} means not available")
    try:
        return value.to_bytes(field.octets or pace_width, "little", signed=field.signed)
    except OverflowError as error:
        raise ValueError(f"{field.name}: {value} does not fit its field") from error
