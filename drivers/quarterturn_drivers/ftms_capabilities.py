"""What a treadmill can be told, from its feature bits *and* its ranges, neither trusted alone.

Machines clear bits they honour, set bits they do not, and give ranges in mph or none at all
(pyftms and FTMS.NET each believe one side only). Here a doubt always costs range, never adds any.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from quarterturn.model import Capabilities, InclineRange, MachineRecord, SpeedRange, SpeedUnit
from quarterturn.port import Property, RefusedError
from quarterturn.units import Incline, Speed
from quarterturn.wire.ftms import Characteristic
from quarterturn.wire.ftms.feature import Feature, MachineFeature, TargetFeature
from quarterturn_drivers.ftms_commands import E6, KMH_PER_MPH_E6, MPH_STEP

DEFAULT_SPEED: Final = SpeedRange(minimum=Speed(100), maximum=Speed(600), step=Speed(10))
"""For a machine that gives no speed range. 1.0 km/h is the highest minimum seen on walking pads and
6 km/h the lowest maximum, so that what is asked lies inside the machine's own range."""

NOTIFIES: Final = Property.NOTIFY | Property.INDICATE
_WRITABLE: Final = Property.WRITE | Property.WRITE_WITHOUT_RESPONSE


def require_treadmill(found: Mapping[int, Property]) -> None:
    """Refuse a machine that cannot be watched or cannot be stopped.

    A control point that notifies instead of indicating, or is written without response, is taken as
    it is (qdomyos-zwift commit bf512f384).
    """
    if not found.get(Characteristic.TREADMILL_DATA, Property(0)) & NOTIFIES:
        raise RefusedError(
            "this is no treadmill that can be driven: it reports no treadmill data (0x2ACD)"
        )
    control_point = found.get(Characteristic.CONTROL_POINT, Property(0))
    if not control_point & _WRITABLE or not control_point & NOTIFIES:
        raise RefusedError(
            "this treadmill cannot be driven: it has no control point (0x2AD9) that answers"
        )


@dataclass(frozen=True, slots=True)
class Declared:
    """What was read from the machine. None: absent, unreadable or garbled; ``notes`` say which."""

    feature: Feature | None
    speed: SpeedRange | None
    incline: InclineRange | None
    notes: tuple[str, ...] = ()


def capabilities_of(declared: Declared, record: MachineRecord) -> Capabilities:
    """Combine what a machine declares with what is known of it.

    The speed is settable unless neither the bit nor a range nor the record says so. The incline,
    which is no stop command's business, is settable only where bit and range agree or the record
    says so.
    """
    notes = list(declared.notes)
    feature = declared.feature or Feature(MachineFeature(0), TargetFeature(0))
    return Capabilities(
        speed=_speed(TargetFeature.SPEED in feature.target, declared.speed, record, notes),
        incline=_incline(
            TargetFeature.INCLINATION in feature.target, declared.incline, record, notes
        ),
        heart_rate=MachineFeature.HEART_RATE in feature.machine,
        notes=tuple(notes),
    )


def _speed(
    bit: bool, declared: SpeedRange | None, record: MachineRecord, notes: list[str]
) -> SpeedRange | None:
    declared = _plausible_speed(declared, notes)
    known = record.speed
    if not bit and declared is None and known is None:
        notes.append("neither the feature bits nor a range say that the speed can be set")
        return None
    if not bit and declared is not None:
        notes.append(
            "the feature bits say that the speed cannot be set, the speed range that it can"
        )
    if declared is None:
        if known is not None:
            notes.append("no speed range given: the machine record's is used")
            return known
        notes.append(
            f"no speed range given: {DEFAULT_SPEED.minimum} to {DEFAULT_SPEED.maximum} is assumed"
        )
        declared = DEFAULT_SPEED
    if record.target_unit is SpeedUnit.MPH and known is None:
        # Nobody knows whether such a machine gives its range in the unit of its targets. The
        # minimum and step that are higher in either reading, and the maximum that is lower, hold in
        # both.
        notes.append("the machine takes mph: its speed range is read in the narrower of both units")
        minimum, step = _mph_up(declared.minimum), _mph_up(max(declared.step, Speed(MPH_STEP)))
        declared = replace(declared, minimum=minimum, step=step)
    if known is None:
        return _non_empty_speed(declared, notes)
    return _non_empty_speed(
        SpeedRange(
            minimum=max(declared.minimum, known.minimum),
            maximum=min(declared.maximum, known.maximum),
            step=max(declared.step, known.step),
        ),
        notes,
    )


def _plausible_speed(declared: SpeedRange | None, notes: list[str]) -> SpeedRange | None:
    if declared is None:
        return None
    if declared.maximum <= declared.minimum or not declared.maximum:
        limits = f"{declared.minimum} to {declared.maximum}"
        notes.append(f"the speed range {limits} makes no sense and is ignored")
        return None
    if not declared.step:
        # A step of 0 would let every value through, where 0.1 km/h is what belts are built with.
        notes.append(f"the speed step is given as 0: {DEFAULT_SPEED.step} is assumed")
        return replace(declared, step=DEFAULT_SPEED.step)
    return declared


def _non_empty_speed(speed: SpeedRange, notes: list[str]) -> SpeedRange | None:
    if speed.minimum <= speed.maximum:
        return speed
    notes.append(
        f"nothing is left of the speed range: minimum {speed.minimum}, maximum {speed.maximum}"
    )
    return None


def _mph_up(speed: Speed) -> Speed:
    """Read a value of 0.01 mph, rounded up."""
    return Speed(min(-(-speed.centi_kmh * KMH_PER_MPH_E6 // E6), 0xFFFF))


def _incline(
    bit: bool, declared: InclineRange | None, record: MachineRecord, notes: list[str]
) -> InclineRange | None:
    if declared is not None and declared.maximum <= declared.minimum:
        # Equal ends are how a fixed incline is declared; nothing can be set there.
        if declared.maximum < declared.minimum:
            notes.append("the incline range makes no sense and is ignored")
        declared = None
    known = record.incline
    if known is None:
        if bit and declared is None:
            notes.append("the incline can be set by the feature bits, but no range says how far")
        if declared is not None and not bit:
            notes.append("an incline range is given, but the feature bits do not let it be set")
        known = declared if bit else None
    elif declared is not None:
        known = InclineRange(
            minimum=max(declared.minimum, known.minimum),
            maximum=min(declared.maximum, known.maximum),
            step=max(declared.step, known.step),
        )
    if known is None:
        return None
    if known.minimum > known.maximum:
        notes.append("nothing is left of the incline range")
        return None
    if known.step <= Incline(0):
        notes.append("the incline step is given as 0: 0.5 % is assumed")
        return replace(known, step=Incline(5))
    return known
