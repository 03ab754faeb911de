"""Every decoder of `quarterturn.wire`, what is printed of it, and a peripheral's Control Point."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from fuzz.target import Choices, Target, Targets, hexes, parts_of
from quarterturn.commands import decode
from quarterturn.model import InclineRange, MachineRecord, SpeedUnit
from quarterturn.wire import heart_rate, running_speed_and_cadence, sensor_render
from quarterturn.wire.errors import WireError
from quarterturn.wire.ftms import (
    advertising,
    control_point,
    feature,
    render,
    status,
    treadmill_data,
)
from quarterturn.wire.ftms.control_point import RequestError, UnknownOpCode
from quarterturn.wire.ftms.treadmill_fields import (
    FIELDS,
    TreadmillData,
    promised,
)
from quarterturn_drivers.ftms_reports import read_status, read_telemetry, read_training_status
from quarterturn_simulator.ftms_peripheral import FtmsPeripheral, Output, WriteAnswer
from quarterturn_simulator.settings import Settings

T = TypeVar("T")
FTMS = "quarterturn.wire.ftms"


def golden() -> tuple[tuple[str, bytes], ...]:
    """Return what real machines sent: (characteristic, value)."""
    path = Path(__file__).parents[1] / "data" / "ftms_packets.json"
    packets = json.loads(path.read_text(encoding="utf-8"))
    return tuple((packet["char"], bytes.fromhex(packet["hex"])) for packet in packets)


GOLDEN = golden()


def of(characteristic: str, *more: str) -> tuple[bytes, ...]:
    return (*(value for name, value in GOLDEN if name == characteristic), *hexes(*more))


# --- Treadmill Data ------------------------------------------------------------------------------


def check_treadmill_data(value: bytes, data: TreadmillData) -> None:
    """Read it once more, in the slowest way: each field from where the flags put it."""
    flags = value[0] | value[1] << 8
    end = 2
    for number, field in zip(data[1:19], FIELDS, strict=True):
        if not promised(flags, field) or field.name in data.missing:
            assert number is None
            continue
        octets = field.octets or data.pace_width or 0
        found = int.from_bytes(value[end : end + octets], "little", signed=field.signed)
        end += octets
        assert octets
        assert end <= len(value)
        assert found in field.markers if number is None else found == number
    assert data.trailing == (b"" if data.missing else value[end:])
    assert data.truncated <= bool(data.missing)
    if not data.missing:
        assert treadmill_data.decode(treadmill_data.encode(data)) == data
    check_numbers(data)


def check_numbers(data: TreadmillData) -> None:
    if data.speed is not None:
        assert math.isfinite(data.speed.kmh)
        assert data.speed.kmh >= 0
    if data.incline is not None:
        assert abs(data.incline.pct) <= 3276.8
    assert data.vendor_steps is None or data.vendor_steps >= 0


def merge(data: bytes) -> list[tuple[list[TreadmillData], TreadmillData]]:
    """Feed the parts of an input to a merger; return each record with the parts it may be of."""
    merger = treadmill_data.RecordMerger()
    held: list[TreadmillData] = []
    records = []
    for part in list(parts_of(data))[:6]:
        try:
            decoded = treadmill_data.decode(part)
        except WireError:
            merger.drop()
            held = []
            continue
        held.append(decoded)
        whole = merger.feed(decoded)
        assert (whole is None) is decoded.more_data
        if whole is not None:
            records.append((held, whole))
            held = []
    return records


def check_merged(_: bytes, records: list[tuple[list[TreadmillData], TreadmillData]]) -> None:
    for parts, whole in records:
        assert not whole.more_data
        assert whole.speed_centi_kmh == parts[-1].speed_centi_kmh
        for field in FIELDS:
            number = whole.value_of(field.name)
            if number is not None:
                assert number in [part.value_of(field.name) for part in parts]
                assert field.name not in whole.missing
        check_numbers(whole)
        if not whole.missing and not whole.truncated and whole.speed is not None:
            check_split_and_merged(whole)


def check_split_and_merged(whole: TreadmillData) -> None:
    if whole.pace_width is not None and whole.trailing:
        return  # an octet behind a narrow pace makes a value as long as a wide pace does
    octets = 25 + len(whole.trailing)
    values = treadmill_data.split(octets, whole)
    assert all(len(value) <= octets for value in values)
    merger = treadmill_data.RecordMerger()
    *_, again = [merger.feed(treadmill_data.decode(value)) for value in values]
    assert again is not None
    for field in FIELDS:
        # Of a pace, the length of its value says how wide it is, or does not.
        if field.name not in again.missing:
            assert again.value_of(field.name) == whole.value_of(field.name)


def read_reports(data: bytes) -> None:
    """Take what a treadmill says all the way to what the core is told, in either unit."""
    record = RECORDS[Choices(data).below(len(RECORDS))]
    for part in list(parts_of(data[1:]))[:8]:
        if part[:1] == b"\xda":
            read_status(part[1:], record, 1.0)
        elif part[:1] == b"\xd3":
            read_training_status(part[1:], 1.0)
        else:
            telemetry = read_telemetry(treadmill_data.decode(part), record, 1.0)
            assert telemetry.speed is None or telemetry.speed.kmh >= 0
            assert telemetry.heart_rate_bpm is None or telemetry.heart_rate_bpm > 0


RECORDS = tuple(
    MachineRecord(target_unit=unit, report_unit=unit, vendor_steps=steps)
    for unit in SpeedUnit
    for steps in (False, True)
)


def no_more(_: bytes, found: None) -> None:
    """Check nothing: reading has done so."""


# --- Feature, ranges, Control Point, status ------------------------------------------------------


def round_trip(encode: Callable[[T], bytes], octets: int = 0) -> Callable[[bytes, T], None]:
    """Return the check that writing gives what was read, of which the first ``octets`` count."""

    def check(value: bytes, found: T) -> None:
        assert encode(found) == (value[:octets] if octets else value)

    return check


def check_incline_range(value: bytes, found: InclineRange) -> None:
    assert found.step.tenths_pct >= 0
    clamped = min(int.from_bytes(value[4:6], "little"), 0x7FFF).to_bytes(2, "little")
    assert feature.encode_incline_range(found) == value[:4] + clamped


def check_resistance_range(value: bytes, found: feature.ResistanceRange) -> None:
    octets = 6 if len(value) >= 6 else 3
    assert feature.encode_resistance_range(found) == value[:octets]


def check_machine_status(value: bytes, found: status.MachineStatus) -> None:
    assert status.encode_machine_status(found) == value
    numbers: list[int | None] = [
        found.heart_rate_bpm,
        found.energy_kcal,
        found.steps,
        found.strides,
        found.distance_m,
        found.time_s,
        *(found.zone_times_s or ()),
    ]
    assert all(number is None or number >= 0 for number in numbers)
    values = [*numbers, found.speed, found.incline, found.power_w, found.resistance_tenths]
    # A code has at most one parameter, and none that lies beyond the end.
    named = [it for it in values if it is not None]
    assert len(named) <= max(1, len(found.zone_times_s or ()))
    assert not named or len(value) > 1
    assert found.speed is None or found.speed.kmh >= 0
    assert found.stop_action is None or found.code == status.StatusCode.STOPPED_OR_PAUSED
    assert found.name is None or found.name


def check_training_status(value: bytes, found: status.TrainingStatus) -> None:
    assert status.decode_training_status(status.encode_training_status(found)) == found
    assert found.status is None or found.status == value[1]
    assert found.name is None or found.status is not None


# --- advertising ---------------------------------------------------------------------------------


def check_structures(value: bytes, found: tuple[advertising.AdStructure, ...]) -> None:
    taken = b"".join(bytes([it.length, it.ad_type]) + it.data for it in found)
    assert value.startswith(taken)
    for structure in found:
        assert structure.uuids_16 is None or len(structure.uuids_16) == len(structure.data) // 2
        assert structure.name is None or structure.name.encode() or not structure.data
    if not any(structure.truncated for structure in found):
        pairs = [(structure.ad_type, structure.data) for structure in found]
        assert advertising.encode_structures(pairs) == taken
    machine = advertising.fitness_machine_data(found)
    if machine is not None:
        check_service_data(b"", machine)


def check_service_data(_: bytes, found: advertising.FitnessMachineData) -> None:
    again = advertising.decode_service_data(advertising.encode_service_data(found))
    assert again == found


# --- sensors -------------------------------------------------------------------------------------


def check_heart_rate(value: bytes, found: heart_rate.HeartRateMeasurement) -> None:
    numbers = [found.bpm, found.energy_kj, *found.rr_1024ths]
    assert all(number is None or 0 <= number <= 0xFFFF for number in numbers)
    if found.truncated:
        assert not found.trailing
        return
    assert found.bpm is not None
    written = heart_rate.encode_measurement(
        found.bpm,
        contact=found.contact,
        energy_kj=found.energy_kj,
        rr_1024ths=found.rr_1024ths,
        wide=bool(found.flags & heart_rate.Flag.WIDE_VALUE),
    )
    # Without support, the bit of the contact says nothing; reserved bits are not written.
    assert written[1:] + found.trailing == value[1:]
    assert written[0] & ~0b110 == value[0] & 0b1_1001


def check_location(value: bytes, found: heart_rate.BodySensorLocation | int) -> None:
    assert found == value[0]


def check_running(value: bytes, found: running_speed_and_cadence.RscMeasurement) -> None:
    speed = found.speed_m_per_s
    assert speed is None or (math.isfinite(speed) and 0 <= speed <= 256)
    if found.truncated:
        assert not found.trailing
        return
    assert found.speed_256ths is not None
    assert found.cadence_per_min is not None
    written = running_speed_and_cadence.encode_measurement(
        found.speed_256ths,
        found.cadence_per_min,
        stride_length_cm=found.stride_length_cm,
        distance_dm=found.distance_dm,
        running=found.running,
    )
    assert written[1:] + found.trailing == value[1:]
    assert written[0] == value[0] & 0b111


# --- `quarterturn decode` ------------------------------------------------------------------------

CHARACTERISTICS = tuple(render._RENDERERS)
SENSOR_CHARACTERISTICS = tuple(
    (protocol, name) for protocol, known in sensor_render.PROTOCOLS.items() for name in known
)
Shown = tuple[dict[str, object], list[str]]


def decode_ftms(data: bytes) -> Shown:
    name = CHARACTERISTICS[Choices(data).below(len(CHARACTERISTICS))]
    return both("ftms", name, data[1:])


def decode_sensor(data: bytes) -> Shown:
    protocol, name = SENSOR_CHARACTERISTICS[Choices(data).below(len(SENSOR_CHARACTERISTICS))]
    return both(protocol, name, data[1:])


def both(protocol: str, name: str, value: bytes) -> Shown:
    """Return what the command prints as JSON and in words; either may refuse, if both do."""
    try:
        rendered = decode._render(protocol, name, value)
    except WireError:
        decode._describe(protocol, name, value)
        raise AssertionError("described, and not rendered") from None
    return rendered, decode._describe(protocol, name, value)


def check_shown(_: bytes, shown: Shown) -> None:
    rendered, lines = shown
    assert json.loads(json.dumps(rendered, allow_nan=False)) == rendered
    for line in lines:
        # What a stranger advertises is printed: it must not give orders to a terminal.
        assert line.isprintable()


def seeds_of_characteristics() -> tuple[bytes, ...]:
    known = {name: bytes([index]) for index, name in enumerate(CHARACTERISTICS)}
    real = [known[name] + value for name, value in GOLDEN if name in known]
    return (*real, *(index + bytes(20) for index in known.values()))


# --- the simulated treadmill, to which anybody on the air may write ------------------------------


def write_to_peripheral(data: bytes) -> tuple[list[bytes], FtmsPeripheral]:
    """Write the parts of an input to the Control Point; an empty part lets time pass."""
    peripheral = FtmsPeripheral(Settings())
    now_s = 0.0
    peripheral.connect(now_s, CLIENT)
    for characteristic in (0x2AD9, 0x2ACD, 0x2ADA, 0x2AD3):
        peripheral.subscribe(now_s, characteristic, CLIENT)
    values: list[Output | WriteAnswer] = []
    for part in list(parts_of(data))[:20]:
        now_s += 0.5 if part else 3.0
        if part:
            values += peripheral.handle(now_s, 0x2AD9, part, CLIENT)
        else:
            values += peripheral.advance(now_s)
    for value in values:
        if isinstance(value, Output) and value.characteristic == 0x2ACD:
            check_numbers(treadmill_data.decode(value.value))
    return [part for part in parts_of(data) if part], peripheral


CLIENT = 1


def check_peripheral(_: bytes, found: tuple[list[bytes], FtmsPeripheral]) -> None:
    writes, peripheral = found
    machine = peripheral.machine
    speeds = [machine.belt.speed_at(now_s) for now_s in (0.0, 5.0, 60.0, 120.0)]
    assert all(0 <= speed <= machine.settings.max_kmh for speed in speeds)
    if b"\x07" not in writes or b"\x00" not in writes:  # no permission, or no Start
        assert not any(speeds)


TARGETS: Targets = {
    "treadmill-data": Target(
        treadmill_data.decode,
        check_treadmill_data,
        (f"{FTMS}.treadmill_data", f"{FTMS}.treadmill_fields"),
        of("2ACD"),
        1_500_000,
    ),
    "split-records": Target(
        merge,
        check_merged,
        (f"{FTMS}.treadmill_data", f"{FTMS}.treadmill_fields"),
        hexes(
            "05" + "0300fa0001" + "06" + "0400c8000a00" + "00",
            "02" + "0100" + "04" + "0000c800",
            "0a" + "0100" + "6400000000000000" + "04" + "0000c800",
        ),
        100_000,
        documented=(),
        longest=120,
    ),
    "driver-reports": Target(
        read_reports,
        no_more,
        ("quarterturn_drivers.ftms_reports", "quarterturn_drivers.ftms_commands"),
        hexes("00" + "04" + "0000c800", "02" + "04" + "0000c800" + "04" + "da052c01", "0103d3010d"),
        300_000,
        longest=100,
    ),
    "peripheral": Target(
        write_to_peripheral,
        check_peripheral,
        ("quarterturn_simulator.ftms_peripheral", "quarterturn_simulator.control"),
        hexes("0100" + "0107" + "00" + "03022c01" + "00" + "020801", "0100" + "0303f6ff" + "0101"),
        20_000,
        documented=(),
        longest=80,
    ),
    "feature": Target(
        feature.decode_feature,
        round_trip(feature.encode_feature, 8),
        (f"{FTMS}.feature",),
        of("2ACC", "8364000003000000"),
        100_000,
        longest=12,
    ),
    "speed-range": Target(
        feature.decode_speed_range,
        round_trip(feature.encode_speed_range, 6),
        (f"{FTMS}.feature",),
        of("2AD4", "320040060a00"),
        100_000,
        longest=12,
    ),
    "incline-range": Target(
        feature.decode_incline_range,
        check_incline_range,
        (f"{FTMS}.feature",),
        of("2AD5", "0000960005" + "00"),
        100_000,
        longest=12,
    ),
    "resistance-range": Target(
        feature.decode_resistance_range,
        check_resistance_range,
        (f"{FTMS}.feature",),
        of("2AD6", "0a0064000a00", "0a640a"),
        100_000,
        longest=12,
    ),
    "heart-rate-range": Target(
        feature.decode_heart_rate_range,
        round_trip(feature.encode_heart_rate_range, 3),
        (f"{FTMS}.feature",),
        of("2AD7", "3cdc01"),
        100_000,
        longest=12,
    ),
    "power-range": Target(
        feature.decode_power_range,
        round_trip(feature.encode_power_range, 6),
        (f"{FTMS}.feature",),
        of("2AD8", "0000e8030100"),
        100_000,
        longest=12,
    ),
    "control-request": Target(
        control_point.decode_request,
        round_trip(control_point.encode_request),
        (f"{FTMS}.control_point",),
        of("2AD9", "00", "01", "022c01", "03f6ff", "07", "0801", "0f3c003c003c00", "1100"),
        1_000_000,
        documented=(RequestError, UnknownOpCode),
        longest=16,
    ),
    "control-response": Target(
        control_point.decode_response,
        round_trip(control_point.encode_response),
        (f"{FTMS}.control_point",),
        of("2AD9.response", "800001", "80020101"),
        300_000,
        longest=16,
    ),
    "machine-status": Target(
        status.decode_machine_status,
        check_machine_status,
        (f"{FTMS}.status",),
        of("2ADA", "0201", "03", "052c01", "06f6ff", "0f3c003c00", "ff"),
        700_000,
        longest=16,
    ),
    "training-status": Target(
        status.decode_training_status,
        check_training_status,
        (f"{FTMS}.status",),
        of("2AD3", "", "00", "010d4869", "0300"),
        400_000,
        documented=(),
        longest=40,
    ),
    "advertising": Target(
        advertising.decode_structures,
        check_structures,
        (f"{FTMS}.advertising",),
        of("ADV", "020106" + "03032618" + "06162618010100" + "0409484949"),
        700_000,
    ),
    "service-data": Target(
        advertising.decode_service_data,
        check_service_data,
        (f"{FTMS}.advertising",),
        hexes("010100", "01", "0101", "010001"),
        200_000,
        longest=12,
    ),
    "heart-rate": Target(
        heart_rate.decode_measurement,
        check_heart_rate,
        ("quarterturn.wire.heart_rate", "quarterturn.wire.fields"),
        hexes("0648", "1148000004", "1e48640000040004", "19480100"),
        600_000,
        longest=40,
    ),
    "heart-rate-location": Target(
        heart_rate.decode_location,
        check_location,
        ("quarterturn.wire.heart_rate",),
        hexes("01", "07"),
        100_000,
        longest=4,
    ),
    "running": Target(
        running_speed_and_cadence.decode_measurement,
        check_running,
        ("quarterturn.wire.running_speed_and_cadence", "quarterturn.wire.fields"),
        hexes("00000150", "070001505500e8030000"),
        400_000,
        longest=20,
    ),
    "running-feature": Target(
        running_speed_and_cadence.decode_feature,
        round_trip(running_speed_and_cadence.encode_feature, 2),
        ("quarterturn.wire.running_speed_and_cadence",),
        hexes("0700"),
        100_000,
        longest=6,
    ),
    "decode-ftms": Target(
        decode_ftms,
        check_shown,
        (f"{FTMS}.render", f"{FTMS}.render_control", f"{FTMS}.render_treadmill"),
        seeds_of_characteristics(),
        400_000,
        documented=(WireError, RequestError, UnknownOpCode),
    ),
    "decode-sensors": Target(
        decode_sensor,
        check_shown,
        ("quarterturn.wire.sensor_render",),
        hexes("001e48640000040004", "0101", "02070001505500e8030000", "030700"),
        150_000,
    ),
}
