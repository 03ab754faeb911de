"""What the machine says about its belt: Treadmill Data, with whatever its settings spoil in it."""

from random import Random

from quarterturn.wire.ftms.treadmill_encode import Fields, encode, split
from quarterturn.wire.ftms.treadmill_fields import Flag
from quarterturn_simulator.machine import Machine
from quarterturn_simulator.settings import Field, Settings

_MAX_UINT8, _MAX_UINT16, _MAX_UINT24 = 0xFF, 0xFFFF, 0xFFFFFF
_STEPS_OCTETS = 3


def report(
    machine: Machine, now_s: float, heart_rate_bpm: int, random: Random, value_octets: int
) -> list[bytes]:
    """Return the values of one report: one; more where it is split; none where it is silent.

    ``value_octets`` is how long a value may be.
    """
    settings = machine.settings
    speed_centi_kmh = round(machine.belt.speed_at(now_s) * 100 / settings.report_unit_kmh)
    if not settings.reports or (speed_centi_kmh == 0 and not settings.reports_when_still):
        return []
    if settings.rubbish:
        return [random.randbytes(1)]  # the flags alone have two octets
    if _reads_zero_falsely(settings, machine.moving_s(now_s)):
        speed_centi_kmh = 0
    fields = _fields(machine, now_s, heart_rate_bpm)
    fields["speed_centi_kmh"] = speed_centi_kmh
    trailing, extra_flags = b"", 0
    if settings.vendor_steps:
        trailing = min(machine.steps(now_s), _MAX_UINT24).to_bytes(_STEPS_OCTETS, "little")
        extra_flags = Flag.VENDOR_STEPS
    value = encode(trailing=trailing, extra_flags=extra_flags, **fields)
    if len(value) <= value_octets:
        return [value]
    if not settings.splits_records:
        return [value[:value_octets]]
    return split(value_octets, trailing=trailing, extra_flags=extra_flags, **fields)


def _fields(machine: Machine, now_s: float, heart_rate_bpm: int) -> Fields:
    fields: Fields = {}
    for field in machine.settings.fields:
        match field:
            case Field.AVERAGE_SPEED:
                average = machine.average_kmh(now_s) / machine.settings.report_unit_kmh
                fields["average_speed_centi_kmh"] = round(average * 100)
            case Field.DISTANCE:
                fields["distance_m"] = min(_whole(machine.distance_m(now_s)), _MAX_UINT24)
            case Field.INCLINE:
                # The angle, and below the energy rates, share a group: they go as not available.
                fields["incline_tenths_pct"] = round(machine.belt.incline_at(now_s) * 10)
            case Field.ENERGY:
                fields["energy_kcal"] = min(_whole(machine.energy_kcal(now_s)), _MAX_UINT16 - 1)
            case Field.HEART_RATE:
                fields["heart_rate_bpm"] = min(heart_rate_bpm, _MAX_UINT8)
            case Field.ELAPSED:
                fields["elapsed_s"] = min(_whole(machine.elapsed_s(now_s)), _MAX_UINT16)
            case Field.REMAINING:
                left_s = max(0.0, machine.settings.programme_s - machine.elapsed_s(now_s))
                fields["remaining_s"] = min(round(left_s), _MAX_UINT16)
    return fields


def _whole(value: float) -> int:
    """Round down, but not from 60 to 59 for the sake of the last bit of a sum."""
    return int(round(value, 6))


def _reads_zero_falsely(settings: Settings, moving_s: float) -> bool:
    into_s = moving_s % settings.false_zero_every_s
    return into_s >= settings.false_zero_every_s - settings.false_zero_for_s
