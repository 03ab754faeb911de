"""Whether anything is played: as the settings say, or ``QUARTERTURN_SOUND`` over them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from quarterturn.places import data_folder

VARIABLE: Final = "QUARTERTURN_SOUND"
AUTO, OFF, RECORD = "auto", "off", "record"


@dataclass(frozen=True, slots=True)
class Sound:
    """How sound is made: `AUTO`, `OFF` or `RECORD`; ``heard`` is the file of a record."""

    mode: str
    heard: Path


def chosen_sound(setting: str = AUTO, environment: Mapping[str, str] | None = None) -> Sound:
    """Return what holds: ``auto``, ``off``, ``record`` or ``record:FILE`` of the environment first.

    Any other word there is as good as none.
    """
    given = (os.environ if environment is None else environment).get(VARIABLE, "").strip()
    mode, _, file = given.partition(":")
    if mode not in (AUTO, OFF, RECORD):
        mode, file = setting, ""
    return Sound(mode, Path(file) if file else data_folder() / "heard.jsonl")
