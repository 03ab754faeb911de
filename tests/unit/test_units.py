"""Speed, incline and the text people write them in."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.units import (
    LEVEL,
    STANDSTILL,
    Incline,
    Speed,
    parse_duration_s,
    parse_incline,
    parse_speed,
)

SPEEDS = st.integers(0, 0xFFFF).map(Speed)
INCLINES = st.integers(-0x8000, 0x7FFF).map(Incline)


# --- what fits -----------------------------------------------------------------------------------


def test_a_speed_fills_an_unsigned_16_bit_field_and_no_more() -> None:
    assert Speed(0).kmh == 0.0
    assert Speed(65535).kmh == 655.35
    for beyond in (-1, 65536):
        with pytest.raises(ValueError, match="no belt speed"):
            Speed(beyond)


def test_an_incline_fills_a_signed_16_bit_field_and_no_more() -> None:
    assert Incline(-32768).pct == -3276.8
    assert Incline(32767).pct == 3276.7
    for beyond in (-32769, 32768):
        with pytest.raises(ValueError, match="no incline"):
            Incline(beyond)


@pytest.mark.parametrize("unit", [Speed, Incline])
@pytest.mark.parametrize("value", [1.0, True, "1", None])
def test_only_a_whole_number_is_a_raw_value(unit: type, value: object) -> None:
    with pytest.raises(TypeError, match="whole number"):
        unit(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e400])
def test_what_is_no_number_is_no_speed_and_no_incline(value: float) -> None:
    with pytest.raises(ValueError, match="no number to send"):
        Speed.from_kmh(value)
    with pytest.raises(ValueError, match="no number to send"):
        Incline.from_pct(value)


def test_a_negative_speed_is_refused() -> None:
    with pytest.raises(ValueError, match="no belt speed"):
        Speed.from_kmh(-0.01)


# --- how they behave -----------------------------------------------------------------------------


def test_speeds_and_inclines_are_ordered() -> None:
    assert min(Speed(3), Speed(2), Speed(10)) == Speed(2)
    assert sorted([Incline(5), Incline(-5), LEVEL]) == [Incline(-5), LEVEL, Incline(5)]


def test_only_a_moving_belt_and_a_tilted_one_are_true() -> None:
    assert not STANDSTILL
    assert not LEVEL
    assert Speed(1)
    assert Incline(-1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Speed(0), "0.0 km/h"),
        (Speed(5), "0.05 km/h"),
        (Speed(200), "2.0 km/h"),
        (Speed(205), "2.05 km/h"),
        (Speed(65535), "655.35 km/h"),
        (Incline(0), "0.0 %"),
        (Incline(-5), "-0.5 %"),
        (Incline(125), "12.5 %"),
    ],
)
def test_they_are_written_as_people_read_them(value: Speed | Incline, text: str) -> None:
    assert str(value) == text


def test_a_speed_is_known_in_metres_per_second() -> None:
    assert Speed(360).m_per_s == 1.0


@given(SPEEDS)
def test_a_speed_is_read_back_as_it_was_written(speed: Speed) -> None:
    assert parse_speed(str(speed)) == speed
    assert parse_speed(str(speed), math.floor) == speed
    assert Speed.from_kmh(speed.kmh) == speed
    assert Speed.from_kmh(speed.kmh, math.floor) == speed


@given(INCLINES)
def test_an_incline_is_read_back_as_it_was_written(incline: Incline) -> None:
    assert Incline.from_pct(incline.pct) == incline
    assert Incline.from_pct(incline.pct, math.floor) == incline
    if abs(incline.tenths_pct) <= 1000:
        assert parse_incline(str(incline)) == incline
        assert parse_incline(str(incline), math.floor) == incline


def test_every_speed_and_incline_there_is_survives_its_text() -> None:
    assert all(parse_speed(str(Speed(raw))) == Speed(raw) for raw in range(0x10000))
    assert all(parse_incline(str(Incline(raw))) == Incline(raw) for raw in range(-1000, 1001))


# --- rounding ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rounded", "floored"),
    [
        ("1.9 mph", 306, 305),  # 3.0577536 km/h
        ("3.5 mph", 563, 563),  # 5.632704 km/h
        ("0.29 km/h", 29, 29),  # 0.29 * 100 is 28.999999999999996
        ("0.57 km/h", 57, 57),  # 0.57 * 100 is 56.99999999999999
        ("1.15 km/h", 115, 115),  # 1.15 * 100 is 114.99999999999999
        ("2.005 km/h", 200, 200),  # half to even
        ("2.006 km/h", 201, 200),
        ("655.35 km/h", 65535, 65535),
        ("0 km/h", 0, 0),
    ],
)
def test_people_get_what_is_nearest_and_a_cap_rounds_down(
    text: str, rounded: int, floored: int
) -> None:
    assert parse_speed(text) == Speed(rounded)
    assert parse_speed(text, math.floor) == Speed(floored)


@pytest.mark.parametrize(
    ("text", "rounded", "floored"),
    [("2 %", 20, 20), ("0.29%", 3, 2), ("-1.5 %", -15, -15), ("1.16 %", 12, 11), ("+1 %", 10, 10)],
)
def test_an_incline_rounds_likewise(text: str, rounded: int, floored: int) -> None:
    assert parse_incline(text) == Incline(rounded)
    assert parse_incline(text, math.floor) == Incline(floored)


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3.0",  # a bare number: a silent factor of 1.6 hurts people
        "km/h",
        "nan km/h",
        "inf km/h",
        "1e3 km/h",
        "3,0 km/h",
        "٣ km/h",
        "3.0 kmh",
        "3.0 KM/H",
        "3.0 m/s",
        "0x10 km/h",
        "1_0 km/h",
        "3.0 km/h!",
        "3.0 %",
        "1234567890 km/h",
    ],
)
def test_what_is_no_number_with_a_unit_is_no_speed(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a speed: write a number and its unit"):
        parse_speed(text)


@pytest.mark.parametrize("text", ["-1 km/h", "-0.1 mph"])
def test_a_belt_never_runs_backward(text: str) -> None:
    with pytest.raises(ValueError, match="the walker turns instead"):
        parse_speed(text)


@pytest.mark.parametrize("text", ["655.36 km/h", "408 mph", "999999999 km/h"])
def test_an_absurd_speed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no belt speed"):
        parse_speed(text)


@pytest.mark.parametrize("text", ["2", "nan %", "2 km/h", "%"])
def test_what_is_no_number_of_per_cent_is_no_incline(text: str) -> None:
    with pytest.raises(ValueError, match="is not an incline"):
        parse_incline(text)


@pytest.mark.parametrize("text", ["100.1 %", "-101 %"])
def test_an_absurd_incline_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no incline of a treadmill"):
        parse_incline(text)


def test_a_long_text_is_not_repeated_in_full() -> None:
    with pytest.raises(ValueError, match="is not a speed") as refusal:
        parse_speed("x" * 100_000)
    assert len(str(refusal.value)) < 200


# --- durations -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90 s", 90.0), ("1.5 min", 90.0), ("1 h", 3600.0), ("0.001 s", 0.001), (" 5 min ", 300.0)],
)
def test_a_duration_is_read_into_seconds(text: str, seconds: float) -> None:
    assert parse_duration_s(text) == seconds


@pytest.mark.parametrize("text", ["0 s", "-1 min", "0.0004 s"])
def test_a_duration_is_longer_than_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        parse_duration_s(text)


@pytest.mark.parametrize("text", ["90", "5 m", "nan s", "1:30"])
def test_what_is_no_number_with_a_unit_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration_s(text)
