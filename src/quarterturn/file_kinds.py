"""The kinds of file that people write: how each is recognised, checked, described to editors."""

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, cast

from quarterturn.toml_files import FileErrors, FileProblem, parse_toml, read_text
from quarterturn.workout.files import PROGRAMME_FILE

if TYPE_CHECKING:
    from pydantic import BaseModel, JsonValue


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file, with its model and its loader as ``module:name``, imported when needed."""

    model_at: str
    loader_at: str

    @property
    def model(self) -> "type[BaseModel]":
        """The model that a file of this kind fits."""
        return cast("type[BaseModel]", _import(self.model_at))

    @property
    def load(self) -> Callable[[Path], object]:
        """The loader, which raises FileErrors."""
        return cast("Callable[[Path], object]", _import(self.loader_at))


KINDS: Mapping[str, FileKind] = {
    "workout": FileKind(
        "quarterturn.workout.tables:WorkoutTable", "quarterturn.workout.files:read_workout"
    ),
    "programme": FileKind(
        "quarterturn.workout.programme:ProgrammeTable",
        "quarterturn.workout.programme:load_programme",
    ),
    "profile": FileKind(
        "quarterturn.profile_files:ProfileTable", "quarterturn.profile_files:load_profile"
    ),
    "machine": FileKind(
        "quarterturn.machines:MachineTable", "quarterturn.machines:load_machine_record"
    ),
    "settings": FileKind(
        "quarterturn.settings_files:SettingsTable", "quarterturn.settings:load_settings"
    ),
    "cues": FileKind("quarterturn.cue_files:CuesTable", "quarterturn.cue_files:read_book"),
}

_DIRECTIVE = re.compile(r"#:schema\s+(?:\S*/)?([a-z]+)\.schema\.json\s*")


def check_file(path: str | PathLike[str]) -> list[FileProblem]:
    """Return everything that is wrong with a file of any kind; a folder is a programme.

    The kind is that of the ``#:schema`` line, else that of the name (``programme.toml``,
    ``settings.toml``), else the one that knows most of the keys.
    """
    try:
        KINDS[kind_of(path)].load(Path(path))
    except FileErrors as errors:
        return list(errors.problems)
    return []


def kind_of(path: str | PathLike[str]) -> str:
    """Return the name of the kind of a file.

    Raises:
        FileErrors: when it cannot be read or is no TOML.

    """
    if os.path.isdir(path):  # noqa: PTH112 - unlike Path.is_dir it bears any name
        return "programme"
    text = read_text(path)
    directive = _DIRECTIVE.match(text)
    if directive is not None and directive[1] in KINDS:
        return directive[1]
    stem = Path(path).stem
    if Path(path).name == PROGRAMME_FILE or stem in KINDS:
        return stem
    keys = set(parse_toml(text, str(path)))
    return max(KINDS, key=lambda name: len(keys & set(KINDS[name].model.model_fields)))


def schemas() -> dict[str, dict[str, object]]:
    """Return the JSON Schema of every kind of file, by file name."""
    return {
        f"{name}.schema.json": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **_as_toml(kind.model.model_json_schema()),
            "title": f"Quarterturn {name} file",
        }
        for name, kind in KINDS.items()
    }


def write_schemas(folder: Path) -> Iterable[Path]:
    """Write the schemas into a folder, as ``configs/schemas`` ships them; return the files."""
    written = []
    for name, schema in schemas().items():
        path = folder / name
        path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return written


def _as_toml(schema: "dict[str, JsonValue]") -> "dict[str, JsonValue]":
    """Leave out null, which TOML does not have, and titles that only repeat the key."""
    shown = {key: value for key, value in schema.items() if key != "default" or value is not None}
    if isinstance(shown.get("title"), str):
        del shown["title"]
    branches = shown.pop("anyOf", None)
    if isinstance(branches, list):
        branches = [branch for branch in branches if branch != {"type": "null"}]
        if len(branches) == 1 and isinstance(branches[0], dict):
            shown = branches[0] | shown
        else:
            shown["anyOf"] = branches
    return {key: _inside(value) for key, value in shown.items()}


def _inside(value: "JsonValue") -> "JsonValue":
    if isinstance(value, dict):
        return _as_toml(value)
    return [_inside(entry) for entry in value] if isinstance(value, list) else value


def _import(place: str) -> object:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
