"""Treadmill Data, 0x2ACD: one report of the belt.

Flags say which fields follow, and machines do not keep to it: they cut a value at the ATT_MTU,
append octets of their own, and disagree on how wide a pace is. The rule here is that a field is
either read whole, from where the flags put it, or not at all. FTMS v1.0.1 section 4.9 and the GATT
Specification Supplement, Treadmill Data.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from struct import Struct

from quarterturn.wire.errors import WireError
from quarterturn.wire.ftms.treadmill_encode import NOT_AVAILABLE, Fields, Value, encode, split
from quarterturn.wire.ftms.treadmill_fields import (
    FIELDS,
    PACES,
    RESERVED,
    FieldSpec,
    FieldState,
    Flag,
    TreadmillData,
    promised,
)

__all__ = [
    "NOT_AVAILABLE",
    "FieldState",
    "Fields",
    "Flag",
    "RecordMerger",
    "TreadmillData",
    "Value",
    "decode",
    "encode",
    "split",
]

_FLAG_OCTETS = 2
# ATT_MTU 23, the one of a link that never negotiated, less the 3 octets of a notification's header:
# Matrix treadmills cut there. At this length a value may be whole or the beginning of a longer one.
_DEFAULT_MTU_OCTETS = 20
_VENDOR_STEP_OCTETS = 3


@dataclass(frozen=True, slots=True)
class _Layout:
    """How to read every value of one (flags, length).

    ``struct`` yields the numbers and the trailing octets; behind them go the ``constants``;
    ``pick`` then lays all out in the order of TreadmillData. So a value costs a few calls into C.
    """

    struct: Struct
    constants: tuple[object, ...]
    distance_at: int | None
    markers: tuple[tuple[int, tuple[int, ...]], ...]
    pick: Callable[[tuple[object, ...]], Iterable[object]]


def decode(value: bytes) -> TreadmillData:
    """Read one notification as far as it is whole.

    Fields that the flags promise and the octets do not hold are None and ``missing``; octets that
    no flag accounts for are ``trailing``, never a field.

    Raises:
        WireError: when the value is shorter than its two octets of flags; for nothing else.

    """
    length = len(value)
    if length < _FLAG_OCTETS:
        raise WireError(f"Treadmill Data of {length} octets has no flags")
    layout = _layout(value[0] | value[1] << 8, length)
    numbers = list(layout.struct.unpack(value))
    at = layout.distance_at
    if at is not None:
        numbers[at] |= numbers[at + 1] << 16
    for at, markers in layout.markers:
        if numbers[at] in markers:
            numbers[at] = None
    return TreadmillData._make(layout.pick((*numbers, *layout.constants)))


_STRUCT_CODES = {(1, False): "B", (2, False): "H", (2, True): "h", (3, False): "HB"}


# A machine uses a handful of layouts; the bound is for one that makes them up.
@lru_cache(maxsize=256)
def _layout(flags: int, length: int) -> _Layout:
    fields = [field for field in FIELDS if promised(flags, field)]
    pace_width, readable = _resolve_pace(flags, length, fields)

    codes = f"<{_FLAG_OCTETS}x"
    offset = _FLAG_OCTETS
    column_of: dict[str, int] = {}
    columns = 0
    distance_at = None
    markers: list[tuple[int, tuple[int, ...]]] = []
    for field in readable:
        octets = field.octets or pace_width or 0
        if offset + octets > length:
            break
        column_of[field.name] = columns
        if octets == 3:
            distance_at = columns
        if field.markers:
            markers.append((columns, field.markers))
        code = _STRUCT_CODES[octets, field.signed]
        codes += code
        columns += len(code)
        offset += octets

    missing = frozenset(field.name for field in fields if field.name not in column_of)
    truncated = _octets(fields, 1) > length
    # Of a cut field, or of fields that a pace of unknown width has hidden, nothing is handed on.
    trailing_octets = 0 if missing else length - offset
    codes += f"{trailing_octets}s{length - offset - trailing_octets}x"

    constants = {
        "flags": Flag(flags),
        "truncated": truncated,
        "pace_width": pace_width,
        "missing": missing,
        "absent": None,
    }
    column_of["trailing"] = columns
    column_of |= {name: columns + 1 + i for i, name in enumerate(constants)}
    absent = column_of["absent"]
    return _Layout(
        struct=Struct(codes),
        constants=tuple(constants.values()),
        distance_at=distance_at,
        markers=tuple(markers),
        pick=itemgetter(*(column_of.get(name, absent) for name in TreadmillData._fields)),
    )


def _octets(fields: Iterable[FieldSpec], pace_width: int) -> int:
    return _FLAG_OCTETS + sum(field.octets or pace_width for field in fields)


def _resolve_pace(
    flags: int, length: int, fields: list[FieldSpec]
) -> tuple[int | None, list[FieldSpec]]:
    """Return the width of the paces and the fields that may be read with it.

    One octet by the 2017 characteristic and most machines, two by the GATT Specification
    Supplement: only the length of the value tells, so it must leave no doubt.
    """
    if not flags & PACES:
        return None, fields
    narrow, wide = _octets(fields, 1), _octets(fields, 2)
    reserved = flags & RESERVED
    exact = {narrow: 1, wide: 2}
    longest = wide
    if reserved == Flag.VENDOR_STEPS:
        # Three octets of steps. ``wide`` alone could as well be ``narrow`` and a vendor's octet.
        longest = wide + _VENDOR_STEP_OCTETS
        exact = {narrow: 1, narrow + _VENDOR_STEP_OCTETS: 1, longest: 2}
    elif reserved:
        exact = {narrow: 1}
    width = exact.get(length)
    if length == _DEFAULT_MTU_OCTETS < longest:
        width = None
    if width is not None:
        return width, fields
    first_pace = next(i for i, field in enumerate(fields) if field.flag in PACES)
    return None, fields[:first_pace]


class RecordMerger:
    """Puts the parts of a split record together (FTMS v1.0.1 section 4.19).

    A part that promises a field again begins a new record: the end of the one before was lost.
    """

    def __init__(self) -> None:
        self._held: TreadmillData | None = None

    def feed(self, data: TreadmillData) -> TreadmillData | None:
        """Take one decoded value; return the whole record, or None while more is to come."""
        held = self._held
        if held is not None and not held.flags & data.flags & ~Flag.MORE_DATA:
            data = _merge(held, data)
        self._held = data if data.more_data else None
        return None if data.more_data else data

    def drop(self) -> None:
        """Forget a partial record, as after a lost link (section 4.18)."""
        self._held = None


def _merge(earlier: TreadmillData, later: TreadmillData) -> TreadmillData:
    """Join two parts that promise no field twice. The later one says whether more is to come."""
    numbers = {
        field.name: (earlier if promised(earlier.flags, field) else later).value_of(field.name)
        for field in FIELDS
    }
    missing = earlier.missing | later.missing
    widths = {earlier.pace_width, later.pace_width} - {None}
    if len(widths) > 1:  # no machine has both: one of the two lengths was no sign of the width
        missing |= {"pace", "average_pace"}
        numbers |= {"pace": None, "average_pace": None}
    return TreadmillData(
        flags=((earlier.flags | later.flags) & ~Flag.MORE_DATA) | (later.flags & Flag.MORE_DATA),
        **numbers,
        trailing=earlier.trailing if earlier.flags & RESERVED else later.trailing,
        truncated=earlier.truncated or later.truncated,
        pace_width=widths.pop() if len(widths) == 1 else None,
        missing=missing,
    )
