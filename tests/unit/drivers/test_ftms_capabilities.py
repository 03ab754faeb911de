"""Capabilities from feature bits and ranges, every combination of them."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.model import InclineRange, MachineRecord, SpeedRange, SpeedUnit
from quarterturn.units import Incline, Speed
from quarterturn.wire.ftms.feature import Feature, MachineFeature, TargetFeature
from quarterturn_drivers.ftms_capabilities import DEFAULT_SPEED, Declared, capabilities_of


def speeds(minimum: int, maximum: int, step: int = 10) -> SpeedRange:
    return SpeedRange(Speed(minimum), Speed(maximum), Speed(step))


def inclines(minimum: int, maximum: int, step: int = 5) -> InclineRange:
    return InclineRange(Incline(minimum), Incline(maximum), Incline(step))


def features(target: int, machine: int = 0) -> Feature:
    return Feature(MachineFeature(machine), TargetFeature(target))


WIDE, KNOWN = speeds(50, 1600), speeds(80, 1200, 20)
HILL, KNOWN_HILL = inclines(-30, 150), inclines(0, 100, 10)


@pytest.mark.parametrize(
    ("bit", "declared", "known"),
    list(product([None, False, True], [None, WIDE], [None, KNOWN])),
)
def test_the_speed_is_settable_if_anything_says_so_and_in_the_narrowest_range(
    bit: bool | None, declared: SpeedRange | None, known: SpeedRange | None
) -> None:
    feature = None if bit is None else features(0b1 if bit else 0)
    result = capabilities_of(Declared(feature, declared, None), MachineRecord(speed=known))
    if known is not None:
        assert result.speed == known
    elif declared is not None:
        assert result.speed == declared
    else:
        assert result.speed == (DEFAULT_SPEED if bit else None)
    agrees = bit is True and declared is not None
    assert bool(result.notes) == (not agrees)


@pytest.mark.parametrize(
    ("bit", "declared", "known"),
    list(product([None, False, True], [None, HILL], [None, KNOWN_HILL])),
)
def test_the_incline_is_settable_only_where_bit_and_range_agree_or_the_record_knows(
    bit: bool | None, declared: InclineRange | None, known: InclineRange | None
) -> None:
    feature = None if bit is None else features(0b11 if bit else 0b01)
    result = capabilities_of(Declared(feature, WIDE, declared), MachineRecord(incline=known))
    if known is not None:
        assert result.incline == known
    else:
        assert result.incline == (declared if bit else None)


def test_a_disagreement_is_told() -> None:
    bit_only = capabilities_of(Declared(features(0b11), WIDE, None), MachineRecord())
    range_only = capabilities_of(Declared(features(0b01), WIDE, HILL), MachineRecord())
    assert len(bit_only.notes) == 1
    assert len(range_only.notes) == 1


@given(
    minimum=st.integers(0, 3000),
    maximum=st.integers(0, 3000),
    step=st.integers(0, 300),
    unit=st.sampled_from(SpeedUnit),
    known=st.none() | st.just(KNOWN),
    bit=st.booleans(),
)
def test_a_range_is_never_wider_than_what_was_declared_and_what_is_known(
    minimum: int, maximum: int, step: int, unit: SpeedUnit, known: SpeedRange | None, bit: bool
) -> None:
    declared = speeds(minimum, maximum, step)
    record = MachineRecord(speed=known, target_unit=unit)
    speed = capabilities_of(Declared(features(int(bit)), declared, None), record).speed
    if speed is None:
        return
    assert speed.minimum <= speed.maximum
    assert speed.step > Speed(0)
    limits = [known] if known is not None else []
    limits.append(declared if minimum < maximum else known or DEFAULT_SPEED)
    for limit in limits:
        assert speed.minimum >= limit.minimum
        assert speed.maximum <= limit.maximum


def test_a_machine_that_takes_mph_gets_the_range_that_holds_in_both_units() -> None:
    # 0.6 to 3.8, which is mph on FS-BT-T4 and km/h on its word: 0.97 to 3.8 km/h is inside of both.
    record = MachineRecord(target_unit=SpeedUnit.MPH)
    result = capabilities_of(Declared(features(1), speeds(60, 380), None), record)
    assert result.speed == speeds(97, 380, 17)
    assert len(result.notes) == 1


def test_a_range_upside_down_is_no_range() -> None:
    result = capabilities_of(
        Declared(features(3), speeds(600, 50), inclines(50, 0)), MachineRecord()
    )
    assert result.speed == DEFAULT_SPEED
    assert result.incline is None


def test_a_fixed_incline_cannot_be_set() -> None:
    # Domyos TS100 stands at 15 degrees.
    result = capabilities_of(Declared(features(3), WIDE, inclines(150, 150)), MachineRecord())
    assert result.incline is None


def test_nothing_in_common_is_nothing() -> None:
    record = MachineRecord(speed=speeds(50, 100), incline=inclines(0, 10))
    result = capabilities_of(Declared(features(3), speeds(200, 900), inclines(20, 90)), record)
    assert result.speed is None
    assert result.incline is None
    assert len(result.notes) == 2


def test_an_incline_step_of_zero_becomes_half_a_per_cent() -> None:
    result = capabilities_of(Declared(features(3), WIDE, inclines(0, 150, 0)), MachineRecord())
    assert result.incline == inclines(0, 150, 5)
    assert len(result.notes) == 1


def test_the_heart_rate_comes_from_its_bit() -> None:
    assert capabilities_of(Declared(features(1, 1 << 10), WIDE, None), MachineRecord()).heart_rate
    assert not capabilities_of(Declared(None, WIDE, None), MachineRecord()).heart_rate
