"""Treadmill Data as named values and in words."""

from quarterturn.wire.ftms import treadmill_data
from quarterturn.wire.ftms.treadmill_data import FieldState, TreadmillData

# Field: key, words, how many of the wire's units make one of the key's, unit. MET is counted in 0.1
# as on most machines (GATT Specification Supplement, other machines than the treadmill).
_KEYS: dict[str, tuple[str, str, int, str]] = {
    "speed_centi_kmh": ("speed_kmh", "speed", 100, "km/h"),
    "average_speed_centi_kmh": ("avg_speed_kmh", "average speed", 100, "km/h"),
    "distance_m": ("distance_m", "distance", 1, "m"),
    "incline_tenths_pct": ("inclination_pct", "inclination", 10, "%"),
    "ramp_angle_tenths_deg": ("ramp_angle_deg", "ramp angle", 10, "degrees"),
    "positive_elevation_gain_dm": ("pos_elev_gain_m", "positive elevation gain", 10, "m"),
    "negative_elevation_gain_dm": ("neg_elev_gain_m", "negative elevation gain", 10, "m"),
    "pace": ("pace", "pace", 1, ""),
    "average_pace": ("avg_pace", "average pace", 1, ""),
    "energy_kcal": ("energy_total_kcal", "energy", 1, "kcal"),
    "energy_per_hour_kcal": ("energy_per_hour_kcal", "energy per hour", 1, "kcal"),
    "energy_per_minute_kcal": ("energy_per_min_kcal", "energy per minute", 1, "kcal"),
    "heart_rate_bpm": ("heart_rate_bpm", "heart rate", 1, "bpm"),
    "met_raw": ("met", "metabolic equivalent", 10, "MET"),
    "elapsed_s": ("elapsed_s", "elapsed time", 1, "s"),
    "remaining_s": ("remaining_s", "remaining time", 1, "s"),
    "force_n": ("force_n", "force on the belt", 1, "N"),
    "power_w": ("power_w", "power", 1, "W"),
}
# By the width in octets: the 2017 characteristic, the GATT Specification Supplement.
_PACE_UNITS = {1: ("km/min", 10), 2: ("s/500 m", 1)}


def render_treadmill_data(value: bytes) -> dict[str, object]:
    """Decode Treadmill Data into keys that carry their units."""
    data = treadmill_data.decode(value)
    shown: dict[str, object] = {}
    if data.more_data:
        shown["more_data"] = True
    for name, (key, _, _, _) in _KEYS.items():
        if data.state(name) is not FieldState.ABSENT:
            shown[key] = _scaled(data, name)
            if name in ("pace", "average_pace"):
                shown["pace_unit"] = _unit(data, name) or None
    if data.trailing:
        shown["trailing"] = data.trailing.hex()
    if data.vendor_steps is not None:
        shown["vendor_steps"] = data.vendor_steps
    if data.truncated:
        shown["truncated"] = True
    return shown


def describe_treadmill_data(value: bytes) -> list[str]:
    """Decode Treadmill Data into lines of words."""
    data = treadmill_data.decode(value)
    lines = ["a part of a record: more data follow"] if data.more_data else []
    for name, (_, words, _, _) in _KEYS.items():
        match data.state(name):
            case FieldState.PRESENT:
                lines.append(f"{words} {_scaled(data, name)} {_unit(data, name)}")
            case FieldState.NOT_AVAILABLE:
                lines.append(f"{words} not available")
            case FieldState.TRUNCATED:
                lines.append(f"{words} cut off")
            case FieldState.UNRESOLVED:
                lines.append(f"{words} not certain: the width of the pace is not known")
            case FieldState.ABSENT:
                pass
    if data.trailing:
        lines.append(f"trailing octets {data.trailing.hex()}")
    if data.vendor_steps is not None:
        lines.append(f"steps {data.vendor_steps}, if this model counts them there")
    if data.truncated:
        lines.append("the value is cut: it is shorter than its flags say")
    return lines


def _scaled(data: TreadmillData, name: str) -> float | None:
    number = data.value_of(name)
    divisor = _KEYS[name][2]
    if name in ("pace", "average_pace") and data.pace_width is not None:
        divisor = _PACE_UNITS[data.pace_width][1]
    return number if number is None or divisor == 1 else number / divisor


def _unit(data: TreadmillData, name: str) -> str:
    if name in ("pace", "average_pace"):
        return "" if data.pace_width is None else _PACE_UNITS[data.pace_width][0]
    return _KEYS[name][3]
