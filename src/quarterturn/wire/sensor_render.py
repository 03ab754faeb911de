"""A sensor's value from the air as named values (for JSON) and in words.

In ``render`` a missing key means absent, None cut; ``truncated`` marks a cut value.
"""

from collections.abc import Callable, Mapping
from typing import Final

from quarterturn.wire import heart_rate, running_speed_and_cadence
from quarterturn.wire.heart_rate import BodySensorLocation
from quarterturn.wire.running_speed_and_cadence import Flag

Rendered = dict[str, object]


def render(protocol: str, characteristic: str, value: bytes) -> Rendered:
    """Decode a value into keys that carry their units.

    ``protocol`` is one of ``PROTOCOLS``; of the characteristic ``0x`` before it and lower case are
    taken.

    Raises:
        ValueError: when the protocol has no such characteristic; the message lists them.
        WireError: when the value cannot be read.

    """
    renderers = PROTOCOLS[protocol]
    wanted = characteristic.strip().upper().removeprefix("0X")
    if wanted not in renderers:
        known = ", ".join(renderers)
        raise ValueError(f"{characteristic[:40]!r} is no characteristic to decode: use {known}")
    return renderers[wanted](value)


def describe(protocol: str, characteristic: str, value: bytes) -> list[str]:
    """Decode a value into lines of words with units; arguments and errors are those of `render`."""
    return [_line(key, it) for key, it in render(protocol, characteristic, value).items()]


_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "heart_rate_bpm": ("heart rate", "bpm"),
    "energy_kj": ("energy expended", "kJ"),
    "rr_intervals_s": ("RR intervals", "s"),
    "speed_m_per_s": ("speed", "m/s"),
    "cadence_per_min": ("cadence", "per minute"),
    "stride_length_m": ("stride length", "m"),
    "distance_m": ("total distance", "m"),
}


def _line(key: str, shown: object) -> str:
    label, unit = _WORDS.get(key, (key.replace("_", " "), ""))
    if shown is True:
        return label
    if shown is None:
        return f"{label} not there"
    text = ", ".join(map(str, shown)) if isinstance(shown, list) else str(shown)
    return f"{label} {text or '(none)'} {unit}".rstrip()


_CONTACT = {None: "not supported", True: "detected", False: "not detected"}


def _heart_rate(value: bytes) -> Rendered:
    found = heart_rate.decode_measurement(value)
    shown: Rendered = {"heart_rate_bpm": found.bpm, "contact": _CONTACT[found.contact]}
    if found.flags & heart_rate.Flag.ENERGY_EXPENDED:
        shown["energy_kj"] = found.energy_kj
    if found.flags & heart_rate.Flag.RR_INTERVALS:
        intervals = [round(it / heart_rate.RR_PER_S, 4) for it in found.rr_1024ths]
        shown["rr_intervals_s"] = intervals
    return shown | _rest(found.trailing, truncated=found.truncated)


def _location(value: bytes) -> Rendered:
    found = heart_rate.decode_location(value)
    words = f"reserved {found}"
    if isinstance(found, BodySensorLocation):
        words = found.name.replace("_", " ").lower()
    return {"location": words} | _rest(value[1:])


def _running(value: bytes) -> Rendered:
    found = running_speed_and_cadence.decode_measurement(value)
    shown: Rendered = {
        "speed_m_per_s": found.speed_m_per_s,
        "cadence_per_min": found.cadence_per_min,
        "gait": "running" if found.running else "walking",
    }
    if found.flags & Flag.STRIDE_LENGTH:
        shown["stride_length_m"] = _scaled(found.stride_length_cm, 100)
    if found.flags & Flag.TOTAL_DISTANCE:
        shown["distance_m"] = _scaled(found.distance_dm, 10)
    return shown | _rest(found.trailing, truncated=found.truncated)


def _feature(value: bytes) -> Rendered:
    found = running_speed_and_cadence.decode_feature(value)
    names = {it.value: str(it.name).replace("_", " ").lower() for it in type(found)}
    bits = [bit for bit in range(found.bit_length()) if found >> bit & 1]
    return {
        "feature_bits": bits,
        "features": [names.get(1 << bit, f"reserved bit {bit}") for bit in bits],
    } | _rest(value[2:])


def _scaled(number: int | None, per_unit: int) -> float | None:
    return None if number is None else number / per_unit


def _rest(trailing: bytes, *, truncated: bool = False) -> Rendered:
    shown: Rendered = {"trailing": trailing.hex()} if trailing else {}
    return shown | ({"truncated": True} if truncated else {})


PROTOCOLS: Final[Mapping[str, Mapping[str, Callable[[bytes], Rendered]]]] = {
    "heart-rate": {"2A37": _heart_rate, "2A38": _location},
    "running": {"2A53": _running, "2A54": _feature},
}
"""The characteristics that can be rendered, by protocol."""
