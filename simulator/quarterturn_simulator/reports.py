"""What the machine says about its belt: Treadmill Data, with whatever its settings spoil in it."""

from random import Random

from quarterturn.wire.ftms.treadmill_encode import NOT_AVAILABLE, Fields, encode, split
from quarterturn.wire.ftms.treadmill_fields import Flag
from quarterturn_simulator.machine import Machine, RunState
from quarterturn_simulator.settings import Field, Settings

_MAX_UINT8, _MAX_UINT16, _MAX_UINT24 = 0xFF, 0xFFFF, 0xFFFFFF
_STEPS_OCTETS = 3
# How far an elapsed time jumps, and how long flags that change stay the same.
_JUMP_S = 600
_SAME_FLAGS_S = 5.0


def report(
    machine: Machine, now_s: float, heart_rate_bpm: int, random: Random, value_octets: int
) -> list[bytes]:
    """Return the values of one report: one; more where it is split; none where it is silent.

    ``value_octets`` is how long a value may be.
    """
    settings = machine.settings
    speed_centi_kmh = _speed_centi_kmh(machine, now_s, random)
    if not settings.reports or (speed_centi_kmh == 0 and not settings.reports_when_still):
        return []
    if machine.moving_s(now_s) >= settings.reports_for_s:
        return []
    if settings.rubbish:
        return [random.randbytes(1)]  # the flags alone have two octets
    if _reads_zero_falsely(settings, machine.moving_s(now_s)):
        speed_centi_kmh = 0
    fields = _fields(machine, now_s, heart_rate_bpm, random)
    fields["speed_centi_kmh"] = speed_centi_kmh
    trailing, extra_flags = b"", 0
    if settings.vendor_steps:
        trailing = min(machine.steps(now_s), _MAX_UINT24).to_bytes(_STEPS_OCTETS, "little")
        extra_flags = Flag.VENDOR_STEPS
    if settings.reserved_octets:
        trailing += settings.reserved_octets
        extra_flags |= Flag.RESERVED_14
    value = encode(trailing=trailing, extra_flags=extra_flags, **fields)
    if len(value) <= value_octets:
        return [value]
    if not settings.splits_records:
        return [value[:value_octets]]
    return split(value_octets, trailing=trailing, extra_flags=extra_flags, **fields)


def _speed_centi_kmh(machine: Machine, now_s: float, random: Random) -> int:
    settings, kmh = machine.settings, machine.belt.speed_at(now_s)
    if settings.shows_target_in_countdown and machine.awaits_motion(now_s):
        kmh = machine.target_kmh
    repeats = {
        RunState.PAUSED: settings.repeats_speed_when_paused,
        RunState.STOPPED: settings.repeats_speed_when_stopped,
    }
    if repeats.get(machine.state, False):
        kmh = machine.halted_kmh
    if settings.spike_share and kmh and random.random() < settings.spike_share:
        kmh = settings.spike_kmh
    return round(kmh * 100 / settings.report_unit_kmh)


def _fields_now(settings: Settings, now_s: float) -> tuple[Field, ...]:
    """Return the fields of the moment: half of them come and go where the flags change."""
    whole = not settings.rotates_fields or int(now_s / _SAME_FLAGS_S) % 2 == 0
    return settings.fields if whole else settings.fields[::2]


def _fields(machine: Machine, now_s: float, heart_rate_bpm: int, random: Random) -> Fields:
    fields: Fields = {}
    settings = machine.settings
    for field in _fields_now(settings, now_s):
        match field:
            case Field.AVERAGE_SPEED:
                average = machine.average_kmh(now_s) / machine.settings.report_unit_kmh
                fields["average_speed_centi_kmh"] = round(average * 100)
            case Field.DISTANCE:
                fields["distance_m"] = min(_whole(machine.distance_m(now_s)), _MAX_UINT24)
            case Field.INCLINE:
                # The angle, and below the energy rates, share a group: they go as not available.
                pct = machine.belt.incline_at(now_s) * settings.incline_scale
                if settings.incline_reads is not None:
                    pct = settings.incline_reads
                fields["incline_tenths_pct"] = round(pct * 10)
            case Field.ENERGY if not settings.energy_available:
                fields["energy_kcal"] = NOT_AVAILABLE
            case Field.ENERGY:
                kcal = machine.energy_kcal(now_s) * settings.energy_scale
                fields["energy_kcal"] = min(_whole(kcal), _MAX_UINT16 - 1)
            case Field.HEART_RATE:
                fields["heart_rate_bpm"] = min(heart_rate_bpm, _MAX_UINT8)
            case Field.ELAPSED:
                fields["elapsed_s"] = min(_elapsed_s(machine, now_s, random), _MAX_UINT16)
            case Field.ELEVATION:
                fields["positive_elevation_gain_dm"] = NOT_AVAILABLE
            case Field.REMAINING:
                left_s = max(0.0, machine.settings.programme_s - machine.elapsed_s(now_s))
                fields["remaining_s"] = min(round(left_s), _MAX_UINT16)
    return fields


def _elapsed_s(machine: Machine, now_s: float, random: Random) -> int:
    elapsed_s, share = _whole(machine.elapsed_s(now_s)), machine.settings.odd_elapsed_share
    if share and random.random() < share:
        return random.choice((0, elapsed_s + _JUMP_S))
    return elapsed_s


def _whole(value: float) -> int:
    """Round down, but not from 60 to 59 for the sake of the last bit of a sum."""
    return int(round(value, 6))


def _reads_zero_falsely(settings: Settings, moving_s: float) -> bool:
    into_s = moving_s % settings.false_zero_every_s
    return into_s >= settings.false_zero_every_s - settings.false_zero_for_s
