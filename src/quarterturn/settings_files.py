"""``settings.toml`` as a file: its tables, and what can be wrong with it."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator

from quarterturn.toml_fields import Line, Table
from quarterturn.toml_files import RawTable, parse_document
from quarterturn.toml_words import allowed, shown
from quarterturn.treadmill_url import parse_sensor_url, parse_treadmill_url
from quarterturn.workout.positions import KeyPath

STOP_KEYS = ("space", "s", "escape")
"""They are STOP everywhere and cannot be given another meaning."""
TREADMILL_SOURCE = "treadmill"
"""What events call a heart rate that the treadmill itself sent."""


def _check_key(text: str) -> str:
    if re.fullmatch(r"[!-~]|enter|space|escape", text, re.IGNORECASE) is None:
        raise ValueError(f'{shown(text)} is no key; one character, or "enter", is allowed')
    return text.lower()


def _check_url(text: str) -> str:
    parse_treadmill_url(text)
    return text


def _check_sensor_url(text: str) -> str:
    parse_sensor_url(text)
    return text


def _check_sensor_name(text: str) -> str:
    if text == TREADMILL_SOURCE:
        raise ValueError(
            f"{shown(text)} is what events call the treadmill's own sensor; take another name"
        )
    return text


Key = Annotated[str, AfterValidator(_check_key)]
TreadmillUrl = Annotated[str, AfterValidator(_check_url)]
SensorUrl = Annotated[str, AfterValidator(_check_sensor_url)]
SensorName = Annotated[Line, AfterValidator(_check_sensor_name)]


class KeymapTable(Table):
    """The keys of the actions. STOP has its own three, always."""

    model_config = ConfigDict(validate_default=True)

    ready: Key = Field(default="enter", description="READY: the next movement may begin")
    pause: Key = Field(default="p", description="slow down and stop, to go on later")
    slower: Key = Field(default="-", description="one step slower")
    skip: Key = Field(default="n", description="go on to the next phase")
    finish: Key = Field(default="f", description="end early, through the cool-down")
    acknowledge: Key = Field(default="a", description="take note of a fault")
    arm: Key = Field(default="m", description="after a fault that was acknowledged: get ready")
    confirm: Key = Field(default="c", description="the spotter or clinician confirms")

    @field_validator("*")
    @classmethod
    def _has_one_meaning(cls, key: str, info: ValidationInfo) -> str:
        if key in STOP_KEYS:
            raise ValueError(f"{shown(key)} is STOP and stays STOP; take another key")
        for action, taken in info.data.items():
            if taken == key:
                raise ValueError(f"{shown(key)} is the key of {action} already; take another")
        return key


class SettingsTable(Table):
    """A whole ``settings.toml``."""

    units: Literal["km/h", "mph"] = Field(default="km/h", description="the units shown")
    ready: Literal["hold", "twice"] = Field(
        default="hold", description="READY from a keyboard: one key held, or pressed twice"
    )
    sound: Literal["auto", "off", "record"] = Field(
        default="auto", description="spoken cues: played, not played, or only written down"
    )
    profile: Line | None = Field(default=None, description="the profile taken when none is named")
    treadmills: dict[Line, TreadmillUrl] = Field(
        default={}, description='names for treadmills: home = "ftms+ble://AA:BB:CC:DD:EE:FF"'
    )
    treadmill: Line | None = Field(
        default=None, description="the treadmill taken when none is named, one of [treadmills]"
    )
    sensors: dict[SensorName, SensorUrl] = Field(
        default={}, description='names for sensors: strap = "heart-rate+ble://AA:BB:CC:DD:EE:FF"'
    )
    use_sensors: list[Line] = Field(
        default=[], description="the sensors taken when none is named, out of [sensors]"
    )
    keymap: KeymapTable = Field(default=KeymapTable(), description="the keys of the actions")
    theme: Literal["quarterturn", "quarterturn-light", "quarterturn-contrast"] = Field(
        default="quarterturn", description="the colours of the full screen"
    )
    display: Literal["normal", "mirror", "far"] = Field(
        default="normal",
        description="the full screen as it is, flipped for a mirror, or with one number alone",
    )


def parse_table(text: str, file: str) -> SettingsTable:
    """Read the settings that stand in a text; ``file`` is the name in what is said of them.

    Raises:
        FileErrors: when something is wrong with them.

    """
    return parse_document(text, file, SettingsTable, _find_unknown_names).model


def _find_unknown_names(raw: RawTable) -> Iterator[tuple[KeyPath, str]]:
    name, known = raw.get("treadmill"), raw.get("treadmills", {})
    if isinstance(name, str) and isinstance(known, dict) and name not in known:
        yield ("treadmill",), f"{shown(name)} is not in [treadmills]; {allowed(name, list(known))}"
    used, sensors = raw.get("use_sensors", []), raw.get("sensors", {})
    for index, sensor in enumerate(used if isinstance(used, list) else []):
        if isinstance(sensor, str) and isinstance(sensors, dict) and sensor not in sensors:
            why = f"{shown(sensor)} is not in [sensors]; {allowed(sensor, list(sensors))}"
            yield ("use_sensors", index), why
