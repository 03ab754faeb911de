"""Which workouts there are to choose from, in the order in which they are offered."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from quarterturn.configs import names_in, shipped_folder, user_folder
from quarterturn.toml_files import FileErrors
from quarterturn.workout.files import PROGRAMME_FILE, workout_names
from quarterturn.workout.programme import Programme, load_programme


@dataclass(frozen=True, slots=True)
class Entry:
    """One workout on offer: ``name`` is what loads it, ``label`` what it is shown as."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """Workouts that belong together; ``problems`` are of the programme's own file, in words."""

    title: str
    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()


def workout_groups() -> tuple[Group, ...]:
    """Return single workouts first, the first lesson before all others, then each programme.

    A programme's days stand in its order. One whose file is broken says so, and its workouts are
    offered all the same, by their names.
    """
    names = list(workout_names())
    programmes = dict(_programme_files())
    single = [name for name in names if Path(name).parent.as_posix() not in programmes]
    single.sort(key=lambda name: (name != "first-lesson", name))
    groups = [Group("Workouts", tuple(Entry(name, name) for name in single))]
    for folder, file in programmes.items():
        within = [name for name in names if Path(name).parent.as_posix() == folder]
        groups.append(_programme_group(folder, file, within))
    return tuple(groups)


def _programme_files() -> Iterator[tuple[str, Path]]:
    found = names_in(user_folder() / "workouts") | names_in(shipped_folder() / "workouts")
    for path in found.values():
        if path.name == PROGRAMME_FILE:
            yield path.parent.name, path


def _programme_group(folder: str, file: Path, names: list[str]) -> Group:
    try:
        programme = load_programme(file)
    except FileErrors as errors:
        entries = tuple(Entry(name, name) for name in names)
        return Group(f"Programme {folder}", entries, tuple(map(str, errors.problems)))
    entries = tuple(_days(folder, programme))
    return Group(f"Programme {programme.name}", entries)


def _days(folder: str, programme: Programme) -> Iterator[Entry]:
    for session in programme.sessions:
        name = f"{folder}/{session.workout.stem}"
        yield Entry(name, f"week {session.week}, day {session.day}: {session.workout.stem}")
