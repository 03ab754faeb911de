"""Advertising data against bytes worked out by hand, and as real machines cut and reverse them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.wire.errors import WireError
from quarterturn.wire.ftms.advertising import (
    AdStructure,
    FitnessMachineData,
    MachineType,
    ServiceDataForm,
    decode_service_data,
    decode_structures,
    encode_advertising,
    encode_service_data,
    fitness_machine_data,
)

TREADMILL = FitnessMachineData(available=True, machine_types=MachineType.TREADMILL)


def test_a_treadmill_advertises_flags_service_service_data_and_name() -> None:
    value = encode_advertising("Quarterturn", TREADMILL)
    assert value == bytes.fromhex("020106 03032618 061626180101 00 0c09".replace(" ", "")) + (
        b"Quarterturn"
    )
    structures = decode_structures(value)
    assert [s.ad_type for s in structures] == [0x01, 0x03, 0x16, 0x09]
    assert structures[1].uuids_16 == (0x1826,)
    assert structures[3].name == "Quarterturn"
    assert fitness_machine_data(structures) == TREADMILL


def test_a_long_name_is_shortened_at_a_whole_character() -> None:
    value = encode_advertising("Laufband im Keller \u00fcber der K\u00fcche", TREADMILL)
    assert len(value) <= 31
    name = decode_structures(value)[-1]
    assert name.ad_type == 0x08
    assert name.name == "Laufband im Kel"[: len(name.data)]
    assert encode_advertising("\u00fc" * 30, None)[-2:] == "\u00fc".encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("010100", FitnessMachineData(available=True, machine_types=MachineType.TREADMILL)),
        ("000100", FitnessMachineData(available=False, machine_types=MachineType.TREADMILL)),
        (
            "012000",
            FitnessMachineData(available=True, machine_types=MachineType.INDOOR_BIKE),
        ),  # Elite
        (
            "010300",
            FitnessMachineData(
                available=True, machine_types=MachineType.TREADMILL | MachineType.CROSS_TRAINER
            ),
        ),
        (
            "010001",
            FitnessMachineData(
                available=True, machine_types=MachineType.TREADMILL, form=ServiceDataForm.REVERSED
            ),
        ),
        (
            "0101",
            FitnessMachineData(
                available=True, machine_types=MachineType.TREADMILL, form=ServiceDataForm.ONE_OCTET
            ),
        ),
        (
            "01",
            FitnessMachineData(available=True, machine_types=None, form=ServiceDataForm.MISSING),
        ),
        ("010000", FitnessMachineData(available=True, machine_types=MachineType(0))),
        ("010040", FitnessMachineData(available=True, machine_types=MachineType(0x4000))),
    ],
)
def test_service_data_is_read_in_the_forms_that_machines_use(
    text: str, expected: FitnessMachineData
) -> None:
    assert decode_service_data(bytes.fromhex(text)) == expected
    assert encode_service_data(expected) == bytes.fromhex(text)


def test_surplus_octets_of_service_data_are_ignored() -> None:
    assert decode_service_data(bytes.fromhex("010100ffff")) == TREADMILL


def test_a_cut_structure_is_read_as_far_as_it_goes() -> None:
    structures = decode_structures(bytes.fromhex("020106 0909 51756172"))
    assert structures[0].truncated is False
    assert structures[1] == AdStructure(9, 9, b"Quar")
    assert structures[1].truncated


def test_a_zero_length_ends_the_data() -> None:
    assert decode_structures(bytes.fromhex("020106 00 0209ff")) == (AdStructure(2, 1, b"\x06"),)
    assert decode_structures(b"\x00\x00") == ()
    assert decode_structures(b"") == ()


def test_data_that_ends_before_its_first_type_is_refused() -> None:
    with pytest.raises(WireError):
        decode_structures(b"\x05")
    assert decode_structures(b"\x02\x01\x06\x05") == (AdStructure(2, 1, b"\x06"),)


def test_service_data_of_another_service_or_without_data_is_none_of_a_fitness_machine() -> None:
    assert fitness_machine_data(decode_structures(bytes.fromhex("04160f1864"))) is None
    assert fitness_machine_data(decode_structures(bytes.fromhex("03162618"))) is None


def test_an_odd_octet_behind_a_list_of_uuids_is_left_out() -> None:
    assert decode_structures(bytes.fromhex("0403261818"))[0].uuids_16 == (0x1826,)


@given(st.binary(max_size=40))
def test_any_octets_decode_or_raise_only_a_wire_error(value: bytes) -> None:
    try:
        structures = decode_structures(value)
    except WireError:
        return
    fitness_machine_data(structures)
    for structure in structures:
        assert structure.name is None or structure.uuids_16 is None


@given(st.binary(max_size=8))
def test_any_service_data_decodes_or_raises_only_a_wire_error(value: bytes) -> None:
    try:
        decode_service_data(value)
    except WireError:
        assert value == b""


@given(st.text(max_size=40))
def test_advertising_data_never_exceeds_its_packet(name: str) -> None:
    value = encode_advertising(name, TREADMILL)
    assert len(value) <= 31
    assert fitness_machine_data(decode_structures(value)) == TREADMILL
