"""The user's settings: treadmills and sensors by name, units, keys, READY, the default profile."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from quarterturn.configs import user_folder

SETTINGS_FILE = "settings.toml"
_NOTHING: Mapping[str, str] = MappingProxyType({})
_KEYMAP = MappingProxyType(
    {
        "ready": "enter",
        "pause": "p",
        "slower": "-",
        "skip": "n",
        "finish": "f",
        "acknowledge": "a",
        "arm": "m",
        "confirm": "c",
    }
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user has chosen; the defaults are those of a new installation."""

    units: str = "km/h"
    ready: str = "hold"
    sound: str = "auto"
    profile: str | None = None
    treadmill: str | None = None
    treadmills: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    sensors: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    use_sensors: tuple[str, ...] = ()
    keymap: Mapping[str, str] = field(default_factory=lambda: _KEYMAP)
    theme: str = "quarterturn"
    display: str = "normal"


def load_settings(path: Path | None = None) -> Settings:
    """Load a settings file, the user's own by default; where that is absent, the defaults.

    Raises:
        FileErrors: when something is wrong with it, or a file that was named is absent.

    """
    if path is None:
        path = user_folder() / SETTINGS_FILE
        if not path.exists():
            return Settings()
    from quarterturn.toml_files import read_text  # it brings the validator along, as below

    return parse_settings(read_text(path), str(path))


def parse_settings(text: str, file: str) -> Settings:
    """Read settings that stand in a text; ``file`` is the name in what is said of them.

    Raises:
        FileErrors: when something is wrong with them.

    """
    from quarterturn.settings_files import parse_table  # the validator: 150 ms

    table = parse_table(text, file)
    return Settings(
        units=table.units,
        ready=table.ready,
        sound=table.sound,
        profile=table.profile,
        treadmill=table.treadmill,
        treadmills=MappingProxyType(dict(table.treadmills)),
        sensors=MappingProxyType(dict(table.sensors)),
        use_sensors=tuple(dict.fromkeys(table.use_sensors)),
        keymap=MappingProxyType(table.keymap.model_dump()),
        theme=table.theme,
        display=table.display,
    )
