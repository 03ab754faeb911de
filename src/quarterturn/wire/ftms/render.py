"""A value from the air as named values (for JSON) and in words.

In ``render`` a missing key means absent, None not available; ``truncated`` marks a cut value, whose
promised fields are None where they were cut.
"""

from collections.abc import Callable
from enum import IntFlag

from quarterturn.model import InclineRange, SpeedRange
from quarterturn.wire.ftms import advertising, feature
from quarterturn.wire.ftms.advertising import AdStructure, AdType, FitnessMachineData
from quarterturn.wire.ftms.render_control import (
    render_machine_status,
    render_request,
    render_response,
    render_training_status,
)
from quarterturn.wire.ftms.render_treadmill import describe_treadmill_data, render_treadmill_data


def render(characteristic: str, value: bytes) -> dict[str, object]:
    """Decode a value into keys that carry their units.

    ``characteristic`` is 2ACC to 2ADA (``0x`` before it and lower case are taken),
    ``2AD9.response`` for what the Control Point indicates, or ``ADV`` for advertising data.

    Raises:
        ValueError: when the characteristic is none of these; the message lists them.
        WireError: when the value cannot be read.

    """
    return _RENDERERS[_known(characteristic)](value)


def describe(characteristic: str, value: bytes) -> list[str]:
    """Decode a value into lines of words with units.

    Arguments and errors are those of ``render``.
    """
    name = _known(characteristic)
    if name == "2ACD":
        return describe_treadmill_data(value)
    if name == "ADV":
        return _describe_advertising(value)
    return [_line(key, shown) for key, shown in _RENDERERS[name](value).items()]


def _known(characteristic: str) -> str:
    wanted = characteristic.strip().upper().removeprefix("0X")
    for name in _RENDERERS:
        if name.upper() == wanted:
            return name
    raise ValueError(
        f"{characteristic[:40]!r} is no characteristic to decode: use {', '.join(_RENDERERS)}"
    )


_UNITS = {"kmh": "km/h", "pct": "%", "bpm": "bpm", "w": "W", "kcal": "kcal", "m": "m", "s": "s"}
_WORDS = {"min": "minimum", "max": "maximum", "opcode": "op code", "param": "parameter"}


def _line(key: str, shown: object) -> str:
    """Write ``min_kmh``, 0.5 as ``minimum 0.5 km/h``."""
    words = key.split("_")
    unit = _UNITS.get(words[-1]) if len(words) > 1 else None
    if unit is not None:
        words.pop()
    label = " ".join(_WORDS.get(word, word) for word in words)
    if shown is True:
        return label
    if shown is None:
        return f"{label} not available"
    text = ", ".join(map(str, shown)) if isinstance(shown, list) else str(shown)
    return f"{label} {text or '(empty)'}" + (f" {unit}" if unit else "")


# --- Feature and ranges --------------------------------------------------------------------------


def _feature(value: bytes) -> dict[str, object]:
    found = feature.decode_feature(value)
    return {
        "machine_bits": _bits(found.machine),
        "target_bits": _bits(found.target),
        "machine_features": _bit_names(found.machine),
        "target_features": _bit_names(found.target),
    } | _surplus(value, 8)


def _bits(flags: int) -> list[int]:
    return [bit for bit in range(flags.bit_length()) if flags >> bit & 1]


def _bit_names(flags: IntFlag) -> list[str]:
    names = {flag.value: _words(flag) for flag in type(flags)}
    return [names.get(1 << bit, f"reserved bit {bit}") for bit in _bits(flags)]


def _speed_range(value: bytes) -> dict[str, object]:
    speeds: SpeedRange = feature.decode_speed_range(value)
    return {
        "min_kmh": speeds.minimum.kmh,
        "max_kmh": speeds.maximum.kmh,
        "step_kmh": speeds.step.kmh,
    } | _surplus(value, 6)


def _incline_range(value: bytes) -> dict[str, object]:
    inclines: InclineRange = feature.decode_incline_range(value)
    return {
        "min_pct": inclines.minimum.pct,
        "max_pct": inclines.maximum.pct,
        "step_pct": inclines.step.pct,
    } | _surplus(value, 6)


def _resistance_range(value: bytes) -> dict[str, object]:
    levels = feature.decode_resistance_range(value)
    divisor = 1 if levels.octets_each == 1 else 10
    return {
        "min_level": levels.minimum / divisor,
        "max_level": levels.maximum / divisor,
        "step_level": levels.step / divisor,
    } | _surplus(value, 3 * levels.octets_each)


def _heart_rate_range(value: bytes) -> dict[str, object]:
    rates = feature.decode_heart_rate_range(value)
    return {
        "min_bpm": rates.minimum_bpm,
        "max_bpm": rates.maximum_bpm,
        "step_bpm": rates.step_bpm,
    } | _surplus(value, 3)


def _power_range(value: bytes) -> dict[str, object]:
    powers = feature.decode_power_range(value)
    return {
        "min_w": powers.minimum_w,
        "max_w": powers.maximum_w,
        "step_w": powers.step_w,
    } | _surplus(value, 6)


def _surplus(value: bytes, octets: int) -> dict[str, object]:
    return {"trailing": value[octets:].hex()} if len(value) > octets else {}


def _words(flag: IntFlag) -> str:
    return str(flag.name).lower().replace("_", " ")


# --- advertising ---------------------------------------------------------------------------------


def _advertising(value: bytes) -> dict[str, object]:
    structures = advertising.decode_structures(value)
    found = advertising.fitness_machine_data(structures)
    return {
        "ad_structures": [_structure(structure) for structure in structures],
        "ftms_service_data": None if found is None else _service_data(found),
    }


def _structure(structure: AdStructure) -> dict[str, object]:
    shown: dict[str, object] = {"len": structure.length, "type": structure.ad_type}
    data = structure.data
    if structure.uuids_16 is not None:
        shown["uuids16"] = [f"{uuid:04X}" for uuid in structure.uuids_16]
    elif structure.name is not None:
        shown["name"] = structure.name
    elif structure.ad_type == AdType.SERVICE_DATA_16 and len(data) >= 2:
        shown["uuid16"] = f"{int.from_bytes(data[:2], 'little'):04X}"
        shown["data"] = data[2:].hex()
    else:
        shown["data"] = data.hex()
    if structure.truncated:
        shown["truncated"] = True
    return shown


def _service_data(found: FitnessMachineData) -> dict[str, object]:
    types = found.machine_types
    return {
        "available": found.available,
        "type_bits": None if types is None else _bits(types),
        "machine_types": None if types is None else _bit_names(types),
        "form": found.form.value,
    }


def _describe_advertising(value: bytes) -> list[str]:
    lines: list[str] = []
    structures = advertising.decode_structures(value)
    for structure in structures:
        rest = [_line(k, v) for k, v in _structure(structure).items() if k not in ("len", "type")]
        lines.append(f"AD type {structure.ad_type:#04x}: {', '.join(rest)}")
    found = advertising.fitness_machine_data(structures)
    if found is None:
        return [*lines, "no fitness machine service data"]
    types = "of unknown type"
    if found.machine_types is not None:
        types = ", ".join(_bit_names(found.machine_types)) or "of no type"
    state = "available" if found.available else "not available"
    return [*lines, f"fitness machine, {types}, {state} (type written: {found.form.value})"]


_RENDERERS: dict[str, Callable[[bytes], dict[str, object]]] = {
    "2ACC": _feature,
    "2ACD": render_treadmill_data,
    "2AD3": render_training_status,
    "2AD4": _speed_range,
    "2AD5": _incline_range,
    "2AD6": _resistance_range,
    "2AD7": _heart_rate_range,
    "2AD8": _power_range,
    "2AD9": render_request,
    "2AD9.response": render_response,
    "2ADA": render_machine_status,
    "ADV": _advertising,
}
