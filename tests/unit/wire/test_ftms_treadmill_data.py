"""Treadmill Data against bytes worked out by hand from the GATT Specification Supplement."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.units import Incline, Speed
from quarterturn.wire.errors import WireError
from quarterturn.wire.ftms.treadmill_data import (
    NOT_AVAILABLE,
    FieldState,
    Flag,
    RecordMerger,
    TreadmillData,
    decode,
    encode,
    split,
)
from quarterturn.wire.ftms.treadmill_fields import FIELDS

FIELD_NAMES = tuple(field.name for field in FIELDS)

# (octets, pace width, fields): each field or group alone, behind a speed of 0.
ALONE = [
    ("0000 7302", None, {"speed_centi_kmh": 627}),
    ("0200 0000 3302", None, {"average_speed_centi_kmh": 563}),
    ("0400 0000 a08601", None, {"distance_m": 100_000}),
    ("0800 0000 f6ff 3900", None, {"incline_tenths_pct": -10, "ramp_angle_tenths_deg": 57}),
    (
        "1000 0000 7b00 0401",
        None,
        {"positive_elevation_gain_dm": 123, "negative_elevation_gain_dm": 260},
    ),
    ("2000 0000 0f", 1, {"pace": 15}),
    ("2000 0000 a401", 2, {"pace": 420}),
    ("4000 0000 0e", 1, {"average_pace": 14}),
    ("4000 0000 a501", 2, {"average_pace": 421}),
    ("6000 0000 0f 0e", 1, {"pace": 15, "average_pace": 14}),
    ("6000 0000 a401 a501", 2, {"pace": 420, "average_pace": 421}),
    (
        "8000 0000 1101 e700 03",
        None,
        {"energy_kcal": 273, "energy_per_hour_kcal": 231, "energy_per_minute_kcal": 3},
    ),
    ("0001 0000 91", None, {"heart_rate_bpm": 145}),
    ("0002 0000 2d", None, {"met_raw": 45}),
    ("0004 0000 5217", None, {"elapsed_s": 5970}),
    ("0008 0000 2c01", None, {"remaining_s": 300}),
    ("0010 0000 ecff 9600", None, {"force_n": -20, "power_w": 150}),
]
EVERY_FIELD: dict[str, Any] = {
    "speed_centi_kmh": 627,
    "average_speed_centi_kmh": 563,
    "distance_m": 100_000,
    "incline_tenths_pct": -10,
    "ramp_angle_tenths_deg": 57,
    "positive_elevation_gain_dm": 123,
    "negative_elevation_gain_dm": 260,
    "pace": 15,
    "average_pace": 14,
    "energy_kcal": 273,
    "energy_per_hour_kcal": 231,
    "energy_per_minute_kcal": 3,
    "heart_rate_bpm": 145,
    "met_raw": 45,
    "elapsed_s": 5970,
    "remaining_s": 300,
    "force_n": -20,
    "power_w": 150,
}
BEFORE_PACES = "fe1f 7302 3302 a08601 f6ff 3900 7b00 0401"
AFTER_PACES = "1101 e700 03 91 2d 5217 2c01 ecff 9600"


def octets(text: str) -> bytes:
    return bytes.fromhex(text)


def fields_of(data: TreadmillData) -> dict[str, int]:
    return {n: v for n in FIELD_NAMES if (v := data.value_of(n)) is not None}


@pytest.mark.parametrize(("value", "width", "fields"), ALONE)
def test_each_field_alone_is_read_where_the_specification_puts_it(
    value: str, width: int | None, fields: dict[str, Any]
) -> None:
    data = decode(octets(value))
    assert fields_of(data) == {"speed_centi_kmh": 0} | fields
    assert (data.pace_width, data.trailing, data.truncated) == (width, b"", False)


@pytest.mark.parametrize(("value", "width", "fields"), ALONE)
def test_each_field_alone_is_written_where_the_specification_puts_it(
    value: str, width: int | None, fields: dict[str, Any]
) -> None:
    assert encode(**({"speed_centi_kmh": 0} | fields), pace_width=width) == octets(value)


@pytest.mark.parametrize(
    ("paces", "width"), [("0f 0e", 1), ("0f00 0e00", 2)], ids=["narrow", "wide"]
)
def test_a_full_record_is_read_and_written_in_either_pace_width(
    paces: str, width: int | None
) -> None:
    value = octets(BEFORE_PACES + paces + AFTER_PACES)
    # With the 3 octets of a notification's header, these are the ATT_MTUs of 37 and 39 it needs.
    assert len(value) == (34 if width == 1 else 36)
    data = decode(value)
    assert fields_of(data) == EVERY_FIELD
    assert data.pace_width == width
    assert encode(**EVERY_FIELD, pace_width=width) == value
    assert encode(data) == value


def test_flags_above_0x7f_are_not_sign_extended() -> None:
    # 84 04: in a signed char the low octet is -124 and the flags 0xff84 (qdomyos-zwift PR 4818).
    data = decode(octets("8404 6400 140000 0200 ffff ff 3f00"))
    assert data.flags == 0x0484
    assert fields_of(data) == {
        "speed_centi_kmh": 100,
        "distance_m": 20,
        "energy_kcal": 2,
        "elapsed_s": 63,
    }


def test_a_big_endian_reading_would_be_another_value() -> None:
    assert decode(octets("0000 0100")).speed_centi_kmh == 1
    assert encode(speed_centi_kmh=1) == octets("0000 0100")
    assert decode(octets("0400 0000 010000")).distance_m == 1


def test_speed_and_incline_come_as_quantities() -> None:
    data = decode(octets("0800 2c01 f6ff ff7f"))
    assert (data.speed, data.incline) == (Speed(300), Incline(-10))
    absent = decode(octets("0100"))
    assert (absent.speed, absent.incline) == (None, None)


def test_a_speed_of_zero_is_a_value_and_not_an_absence() -> None:
    data = decode(octets("0000 0000"))
    assert data.speed == Speed(0)
    assert data.state("speed_centi_kmh") is FieldState.PRESENT


def test_bit_0_is_inverted() -> None:
    data = decode(octets("0104 3f00"))
    assert data.more_data
    assert fields_of(data) == {"elapsed_s": 63}
    assert data.state("speed_centi_kmh") is FieldState.ABSENT


# --- not available -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("0800 0000 ff7f ff7f", ["incline_tenths_pct", "ramp_angle_tenths_deg"]),
        (
            "1000 0000 ffff ffff",
            ["positive_elevation_gain_dm", "negative_elevation_gain_dm"],
        ),
        (
            "8000 0000 ffff ffff ff",
            ["energy_kcal", "energy_per_hour_kcal", "energy_per_minute_kcal"],
        ),
        ("0010 0000 ff7f ff7f", ["force_n", "power_w"]),
    ],
)
def test_markers_for_not_available_are_read_and_written(value: str, names: list[str]) -> None:
    data = decode(octets(value))
    for name in names:
        assert data.value_of(name) is None
        assert data.state(name) is FieldState.NOT_AVAILABLE
    fields: dict[str, Any] = {"speed_centi_kmh": 0} | dict.fromkeys(names, NOT_AVAILABLE)
    assert encode(**fields) == octets(value)
    assert encode(data) == octets(value)


def test_the_sint16_marker_in_an_elevation_gain_is_not_3276_metres() -> None:
    data = decode(octets("1000 0000 0000 ff7f"))
    assert data.positive_elevation_gain_dm == 0
    assert data.state("negative_elevation_gain_dm") is FieldState.NOT_AVAILABLE


def test_a_heart_rate_of_255_is_no_marker() -> None:
    assert decode(octets("0001 0000 ff")).heart_rate_bpm == 255


def test_the_partner_of_a_given_field_is_written_as_not_available() -> None:
    assert encode(speed_centi_kmh=0, incline_tenths_pct=15) == octets("0800 0000 0f00 ff7f")
    assert encode(speed_centi_kmh=0, energy_kcal=9) == octets("8000 0000 0900 ffff ff")
    assert encode(speed_centi_kmh=0, power_w=9) == octets("0010 0000 ff7f 0900")


# --- cut values ----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [b"", b"\x00"])
def test_a_value_without_its_flags_is_refused(value: bytes) -> None:
    with pytest.raises(WireError):
        decode(value)


def test_a_field_cut_in_the_middle_is_truncated_and_so_is_all_behind_it() -> None:
    # Energy per hour is cut after one octet, which would fit energy per minute, heart rate or MET.
    data = decode(octets("8003 0000 1101 e7"))
    assert fields_of(data) == {"speed_centi_kmh": 0, "energy_kcal": 273}
    for name in ("energy_per_hour_kcal", "energy_per_minute_kcal", "heart_rate_bpm", "met_raw"):
        assert data.state(name) is FieldState.TRUNCATED
    assert data.state("elapsed_s") is FieldState.ABSENT
    assert data.truncated
    assert data.trailing == b""


def test_flags_alone_promise_a_speed_that_was_cut() -> None:
    data = decode(octets("0000"))
    assert data.state("speed_centi_kmh") is FieldState.TRUNCATED
    assert data.truncated


def test_a_cut_value_cannot_be_written_again() -> None:
    with pytest.raises(ValueError, match="not whole"):
        encode(decode(octets("0400 0000 01")))


# --- what no flag accounts for -------------------------------------------------------------------


def test_surplus_octets_are_trailing_and_no_field() -> None:
    data = decode(octets("0000 6400 0102030405"))
    assert fields_of(data) == {"speed_centi_kmh": 100}
    assert data.trailing == octets("0102030405")
    assert not data.truncated
    assert data.vendor_steps is None


def test_three_octets_under_bit_13_are_vendor_steps() -> None:
    value = octets("0020 6400 f30d00")
    assert decode(value).vendor_steps == 3571
    assert decode(octets("0020 6400 f30d")).vendor_steps is None
    assert decode(octets("0060 6400 f30d00")).vendor_steps is None
    written = encode(speed_centi_kmh=100, trailing=octets("f30d00"), extra_flags=Flag.VENDOR_STEPS)
    assert written == value
    assert encode(decode(value)) == value


def test_reserved_bits_without_octets_do_no_harm() -> None:
    assert fields_of(decode(octets("00e0 6400"))) == {"speed_centi_kmh": 100}


# --- the disputed pace ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "width", "elapsed_s"),
    [
        ("2004 0000 0f 3f00", 1, 63),
        ("2004 0000 0f00 3f00", 2, 63),
        ("2024 0000 0f 3f00 f30d00", 1, 63),
        ("2024 0000 0f00 3f00 f30d00", 2, 63),
        ("2024 0000 0f 3f00", 1, 63),
        ("6004 0000 0f 0e 3f00", 1, 63),
        ("6004 0000 0f00 0e00 3f00", 2, 63),
        ("6024 0000 0f00 0e00 3f00 f30d00", 2, 63),
    ],
)
def test_the_pace_width_whose_length_matches_is_taken(
    value: str, width: int | None, elapsed_s: int
) -> None:
    data = decode(octets(value))
    assert data.pace_width == width
    assert data.pace == 15
    assert data.elapsed_s == elapsed_s


@pytest.mark.parametrize(
    "value",
    [
        "2004 6400 0f00 3f00 00",  # one octet more than the wide form
        "6004 6400 0f 0e 3f00 00",  # between the two forms: a surplus octet, or a cut
        "2024 6400 0f00 3f00",  # the wide form without steps, or the narrow one with an octet
        "2024 6400 0f00 3f00 f3",
        "2044 6400 0f00 3f00",  # bit 14: octets of unknown number may follow
    ],
)
def test_where_neither_width_is_certain_nothing_from_the_pace_on_is_used(value: str) -> None:
    data = decode(octets(value))
    assert fields_of(data) == {"speed_centi_kmh": 100}
    assert data.pace_width is None
    assert data.trailing == b""
    for name in ("pace", "elapsed_s"):
        assert data.state(name) is FieldState.UNRESOLVED
    assert not data.truncated
    with pytest.raises(ValueError, match="not whole"):
        encode(data)


def test_at_20_octets_a_narrow_pace_may_be_a_wide_one_that_was_cut() -> None:
    narrow: dict[str, Any] = {
        "speed_centi_kmh": 100,
        "average_speed_centi_kmh": 90,
        "distance_m": 5,
        "incline_tenths_pct": 0,
        "pace": 15,
        "energy_kcal": 3,
    }
    wide = encode(**narrow, pace_width=2)
    assert len(wide) == 20
    assert decode(wide).pace_width == 2  # the narrow form is shorter, so this one is whole
    longer = encode(**narrow, heart_rate_bpm=99, pace_width=2)
    cut = decode(longer[:20])
    assert len(encode(**narrow, heart_rate_bpm=99, pace_width=1)) == 20
    assert cut.pace_width is None
    assert fields_of(cut) == {n: v for n, v in narrow.items() if FIELD_NAMES.index(n) < 7}


# --- writing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"speed_centi_kmh": -1},
        {"speed_centi_kmh": 0x10000},
        {"speed_centi_kmh": NOT_AVAILABLE},
        {"distance_m": 1 << 24},
        {"incline_tenths_pct": 0x7FFF},
        {"energy_kcal": 0xFFFF},
        {"heart_rate_bpm": 256},
        {"pace": 256, "pace_width": 1},
        {"pace": 1, "pace_width": 3},
        {"extra_flags": Flag.HEART_RATE},
        {"cadence": 1},
    ],
)
def test_what_does_not_fit_the_wire_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        encode(**fields)


def test_fields_by_name_take_the_place_of_those_of_a_value() -> None:
    data = decode(octets("0004 6400 3f00"))
    assert encode(data, speed_centi_kmh=0) == octets("0004 0000 3f00")


# --- split records -------------------------------------------------------------------------------


def test_a_record_too_long_is_split_and_the_speed_comes_last() -> None:
    values = split(20, **EVERY_FIELD, pace_width=1)
    assert values == [
        octets("7f00 3302 a08601 f6ff 3900 7b00 0401 0f 0e"),
        octets("801f 7302 1101 e700 03 91 2d 5217 2c01 ecff 9600"),
    ]


def test_a_part_may_be_as_long_as_the_maximum() -> None:
    values = split(7, speed_centi_kmh=1, energy_kcal=3)
    assert values == [octets("8100 0300 ffff ff"), octets("0000 0100")]


def test_a_record_that_fits_is_not_split() -> None:
    value = octets("0004 6400 3f00")
    assert split(20, speed_centi_kmh=100, elapsed_s=63) == [value]


def test_a_record_that_cannot_be_split_is_refused() -> None:
    with pytest.raises(ValueError, match="speed"):
        split(20, elapsed_s=63)
    with pytest.raises(ValueError, match="EXPENDED_ENERGY"):
        split(6, speed_centi_kmh=1, energy_kcal=3)
    with pytest.raises(ValueError, match="trailing"):
        split(6, speed_centi_kmh=1, trailing=b"abc", extra_flags=Flag.VENDOR_STEPS)


def test_the_parts_of_a_record_are_merged_and_no_speed_is_invented_on_the_way() -> None:
    merger = RecordMerger()
    assert merger.feed(decode(octets("0500 a08601"))) is None
    whole = merger.feed(decode(octets("0004 7302 3f00")))
    assert whole is not None
    assert fields_of(whole) == {"speed_centi_kmh": 627, "distance_m": 100_000, "elapsed_s": 63}
    assert not whole.more_data
    assert whole.state("heart_rate_bpm") is FieldState.ABSENT
    assert merger.feed(decode(octets("0000 0100"))) == decode(octets("0000 0100"))


def test_a_part_whose_end_was_lost_does_not_mix_with_the_next_record() -> None:
    merger = RecordMerger()
    merger.feed(decode(octets("0504 010000 0a00")))
    merger.feed(decode(octets("0500 020000")))
    whole = merger.feed(decode(octets("0000 0000")))
    assert whole is not None
    assert whole.distance_m == 2
    assert whole.elapsed_s is None


def test_a_partial_record_is_dropped_on_demand() -> None:
    merger = RecordMerger()
    merger.feed(decode(octets("0500 010000")))
    merger.drop()
    whole = merger.feed(decode(octets("0000 0000")))
    assert whole is not None
    assert whole.distance_m is None


def test_a_cut_part_makes_the_record_a_cut_one() -> None:
    merger = RecordMerger()
    merger.feed(decode(octets("0500 0100")))
    whole = merger.feed(decode(octets("0000 0000")))
    assert whole is not None
    assert whole.truncated
    assert whole.state("distance_m") is FieldState.TRUNCATED
    assert whole.state("speed_centi_kmh") is FieldState.PRESENT


def test_parts_with_paces_of_different_widths_give_no_pace() -> None:
    merger = RecordMerger()
    merger.feed(decode(octets("2100 0f")))
    whole = merger.feed(decode(octets("4000 0000 a401")))
    assert whole is not None
    assert (whole.pace, whole.average_pace, whole.pace_width) == (None, None, None)
    assert whole.state("pace") is FieldState.UNRESOLVED


def test_vendor_steps_of_an_earlier_part_are_not_replaced_by_surplus_octets() -> None:
    merger = RecordMerger()
    merger.feed(decode(octets("0120 f30d00")))
    whole = merger.feed(decode(octets("0000 0000 010203")))
    assert whole is not None
    assert whole.vendor_steps == 3571


def test_a_flood_of_parts_is_held_in_the_space_of_one() -> None:
    merger = RecordMerger()
    for _ in range(1000):
        merger.feed(decode(octets("0100") + bytes(18)))
    whole = merger.feed(decode(octets("0000 0000")))
    assert whole is not None
    assert len(whole.trailing) <= 18


# --- properties ----------------------------------------------------------------------------------


def number(name: str, width: int) -> st.SearchStrategy[int]:
    field = next(f for f in FIELDS if f.name == name)
    bits = 8 * (field.octets or width)
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if field.signed else (0, (1 << bits) - 1)
    return st.integers(low, high).filter(lambda n: n not in field.markers)


@st.composite
def records(draw: st.DrawFn, *, paces: bool = True) -> dict[str, Any]:
    width = draw(st.sampled_from([1, 2]))
    fields: dict[str, Any] = {"pace_width": width}
    for field in FIELDS:
        if field.name == "speed_centi_kmh" or (field.octets == 0 and not paces):
            continue
        if draw(st.booleans()):
            values = number(field.name, width)
            fields[field.name] = draw(
                st.one_of(st.just(NOT_AVAILABLE), values) if field.markers else values
            )
    fields["speed_centi_kmh"] = draw(number("speed_centi_kmh", width))
    if draw(st.booleans()):
        fields["extra_flags"] = Flag.VENDOR_STEPS
        fields["trailing"] = draw(st.binary(min_size=3, max_size=3))
    return fields


@given(st.binary(max_size=64))
def test_any_octets_decode_or_raise_only_a_wire_error(value: bytes) -> None:
    try:
        data = decode(value)
    except WireError:
        assert len(value) < 2
        return
    for name in FIELD_NAMES:
        assert (data.state(name) is FieldState.PRESENT) == (data.value_of(name) is not None)
    assert data.truncated == (FieldState.TRUNCATED in {data.state(n) for n in FIELD_NAMES})


@given(records())
def test_what_was_written_is_read(fields: dict[str, Any]) -> None:
    value = encode(**fields)
    data = decode(value)
    if data.missing:  # only ever a pace at a length that proves nothing
        assert len(value) == 20
        assert "pace" in fields or "average_pace" in fields
        return
    for name in FIELD_NAMES:
        given_value = fields.get(name)
        assert data.value_of(name) == (None if given_value is NOT_AVAILABLE else given_value)
        if given_value is NOT_AVAILABLE:
            assert data.state(name) is FieldState.NOT_AVAILABLE
    assert data.trailing == fields.get("trailing", b"")
    assert decode(encode(data)) == data


@given(records(paces=False), st.data())
def test_a_cut_never_changes_or_invents_a_field(
    fields: dict[str, Any], data: st.DataObject
) -> None:
    value = encode(**fields)
    whole = decode(value)
    cut = decode(value[: data.draw(st.integers(2, len(value)))])
    assert_no_more_than(whole, cut)
    assert whole.trailing.startswith(cut.trailing)


@given(records(), st.data())
def test_a_cut_never_changes_or_invents_a_field_before_a_pace(
    fields: dict[str, Any], data: st.DataObject
) -> None:
    value = encode(**fields)
    whole = decode(value)
    cut = decode(value[: data.draw(st.integers(2, len(value)))])
    assert_no_more_than(whole, cut, FIELD_NAMES[: FIELD_NAMES.index("pace")])


@given(records())
def test_the_cut_at_the_default_mtu_never_changes_or_invents_any_field(
    fields: dict[str, Any],
) -> None:
    value = encode(**fields)
    assert_no_more_than(decode(value), decode(value[:20]))


def assert_no_more_than(
    whole: TreadmillData, cut: TreadmillData, names: tuple[str, ...] = FIELD_NAMES
) -> None:
    for name in names:
        state = cut.state(name)
        if state in (FieldState.PRESENT, FieldState.NOT_AVAILABLE):
            assert (cut.value_of(name), state) == (whole.value_of(name), whole.state(name))
        elif state is FieldState.ABSENT:
            assert whole.state(name) is FieldState.ABSENT


@given(records(), st.integers(11, 40))
def test_split_records_fit_and_merge_to_the_whole(fields: dict[str, Any], maximum: int) -> None:
    values = split(maximum, **fields)
    assert all(len(value) <= maximum for value in values)
    assert [value[0] & 1 for value in values] == [1] * (len(values) - 1) + [0]
    merger = RecordMerger()
    merged = [merger.feed(decode(value)) for value in values]
    assert merged[:-1] == [None] * (len(values) - 1)
    whole = merged[-1]
    assert whole is not None
    if whole.missing:  # a pace in a part of 20 octets, or one that leaves its width open
        return
    expected = decode(encode(**fields))
    if not expected.missing:
        assert whole == expected


@given(st.lists(st.binary(min_size=2, max_size=24), max_size=8))
def test_any_parts_merge_without_an_error(values: list[bytes]) -> None:
    merger = RecordMerger()
    for value in values:
        whole = merger.feed(decode(value))
        assert whole is None or not whole.more_data


def test_the_field_table_is_complete() -> None:
    assert set(FIELD_NAMES) < set(TreadmillData._fields)
    assert {f.flag for f in FIELDS} == {flag for flag in Flag if flag < Flag.VENDOR_STEPS}
