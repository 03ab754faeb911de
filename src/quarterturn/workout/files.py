"""From a workout file to a Workout."""

import os
from collections.abc import Iterator, Sequence
from os import PathLike, fspath
from pathlib import Path

from quarterturn.configs import names_in, shipped_folder, user_folder
from quarterturn.model import Heading, PhaseKind
from quarterturn.toml_fields import MAX_DURATION_S, check_duration_s
from quarterturn.toml_files import (
    Document,
    FileErrors,
    FileProblem,
    RawTable,
    load_document,
    parse_document,
)
from quarterturn.toml_words import allowed
from quarterturn.workout.phases import Block, Phase, Workout
from quarterturn.workout.positions import KeyPath, Positions
from quarterturn.workout.tables import (
    MAX_REPEAT,
    BlockTable,
    CoolDownTable,
    PhaseTable,
    WarmUpTable,
    WorkoutTable,
)

MAX_PHASES = 10_000
MAX_BLOCK_DEPTH = 8
PROGRAMME_FILE = "programme.toml"


def load_workout(name_or_path: str | PathLike[str]) -> Workout:
    """Load a workout: a path, or the name of a shipped one or of one in the user's folder.

    A name has no ``.toml`` (``circle``, ``six-weeks/week-1``); a shipped workout goes before one of
    the user's of the same name, and both before a file that is called just like it.

    Raises:
        FileErrors: when there is no such workout, or something is wrong with it.

    """
    return read_workout(find_workout(name_or_path))


def find_workout(name_or_path: str | PathLike[str]) -> Path:
    """Return the file of a workout given as to ``load_workout``.

    Raises:
        FileErrors: when it is a name, and no workout has it; the message lists the known.

    """
    wanted = fspath(name_or_path)
    if wanted.endswith(".toml"):
        return Path(wanted)
    known = workout_names()
    if wanted in known:
        return known[wanted]
    if os.path.exists(wanted):  # noqa: PTH110 - unlike Path.exists it bears any name
        return Path(wanted)
    if any(name.startswith(f"{wanted}/") for name in known):
        message = f"a programme is walked one workout at a time, as in {wanted}/week-1; "
    else:
        message = "no such file, and no workout of this name; "
    message += allowed(wanted, list(known))
    raise FileErrors([FileProblem(wanted, 1, 1, "workout", message)])


def workout_names() -> dict[str, Path]:
    """Return the shipped workouts and the user's by name; the sessions of programmes among them."""
    shipped = names_in(shipped_folder() / "workouts")
    own = names_in(user_folder() / "workouts")
    return {name: path for name, path in (own | shipped).items() if path.name != PROGRAMME_FILE}


def read_workout(path: str | PathLike[str]) -> Workout:
    """Read a workout file.

    Raises:
        FileErrors: when something is wrong with it.

    """
    return _workout(load_document(path, WorkoutTable, check_totals))


def parse_workout(text: str, file: str = "workout") -> Workout:
    """Read a workout from text; ``file`` is the name in its problems.

    Raises:
        FileErrors: when something is wrong with it.

    """
    return _workout(parse_document(text, file, WorkoutTable, check_totals))


def _workout(document: Document[WorkoutTable]) -> Workout:
    table = document.model
    return Workout(
        name=table.name,
        description=table.description,
        warm_up=_edge(PhaseKind.WARM_UP, table.warm_up),
        blocks=tuple(
            _block(block, ("block", index), document.positions)
            for index, block in enumerate(table.block)
        ),
        cool_down=_edge(PhaseKind.COOL_DOWN, table.cool_down),
    )


def _edge(kind: PhaseKind, table: WarmUpTable | CoolDownTable) -> Phase:
    return Phase(
        kind=kind,
        heading=Heading.FORWARD,
        duration_s=table.duration,
        speed=table.speed[0],
        end_speed=table.speed[-1],
        incline=table.incline,
    )


def _block(table: BlockTable, path: KeyPath, positions: Positions) -> Block:
    """Convert a block. TOML keeps phases and blocks apart: their order is that of the text."""
    placed: list[tuple[int, Phase | Block]] = []
    for index, phase in enumerate(table.phase):
        placed.append((positions.place((*path, "phase", index)).key, _phase(phase)))
    for index, block in enumerate(table.block):
        inner = (*path, "block", index)
        placed.append((positions.place(inner).key, _block(block, inner, positions)))
    placed.sort(key=lambda pair: pair[0])
    return Block(tuple(item for _, item in placed), repeat=table.repeat, mirror=table.mirror)


def _phase(table: PhaseTable) -> Phase:
    return Phase(
        kind=table.phase_kind,
        heading=table.heading,
        duration_s=table.duration,
        speed=table.speed[0],
        end_speed=table.speed[-1],
        incline=table.incline,
        crossover=table.feet,
        side=table.lead,
        cue=table.cue,
    )


# --- what no single value shows ------------------------------------------------------------------


def check_totals(raw: RawTable) -> Iterator[tuple[KeyPath, str]]:
    """Find blocks that are empty, too deep, or unroll to too much; nothing is unrolled for it."""
    duration_s = _duration_s(raw.get("warm_up")) + _duration_s(raw.get("cool_down"))
    phases = 2
    is_told = False
    for index, block in enumerate(_tables(raw.get("block"))):
        inner = _Totals()
        yield from inner.add(block, ("block", index), depth=1)
        duration_s += inner.duration_s
        phases += inner.phases
        is_told = is_told or inner.is_told
    if not is_told:
        yield from _too_much(("block",), "the workout", duration_s, phases)


class _Totals:
    """Walking time and phases of one block with all that is in it."""

    def __init__(self) -> None:
        self.duration_s = 0.0
        self.phases = 0
        self.is_told = False  # an inner block is too much already: its parents are not blamed

    def add(self, block: RawTable, path: KeyPath, depth: int) -> Iterator[tuple[KeyPath, str]]:
        if depth > MAX_BLOCK_DEPTH:
            self.is_told = True
            yield path, f"blocks nest deeper than {MAX_BLOCK_DEPTH} levels, the most allowed"
            return
        phases = _tables(block.get("phase"))
        blocks = _tables(block.get("block"))
        if not block.get("phase") and not block.get("block"):
            yield path, "a block without a phase; write a [[block.phase]] into it"
        self.duration_s += sum(_duration_s(phase) for phase in phases)
        self.phases += len(phases)
        for index, nested in enumerate(blocks):
            inner = _Totals()
            yield from inner.add(nested, (*path, "block", index), depth + 1)
            self.duration_s += inner.duration_s
            self.phases += inner.phases
            self.is_told = self.is_told or inner.is_told
        repeat = _repeat(block.get("repeat", 1))
        self.duration_s *= repeat
        self.phases *= repeat
        if not self.is_told:
            for problem in _too_much((*path, "repeat"), "this block", self.duration_s, self.phases):
                self.is_told = True
                yield problem


def _too_much(
    path: KeyPath, what: str, duration_s: float, phases: int
) -> Iterator[tuple[KeyPath, str]]:
    if duration_s > MAX_DURATION_S:
        hours = duration_s / 3600
        yield path, f"{what} unrolls to {hours:.1f} h of walking; at most 24 h are allowed"
    elif phases > MAX_PHASES:
        yield path, f"{what} unrolls to {phases} phases; at most {MAX_PHASES} are allowed"


def _tables(value: object) -> Sequence[RawTable]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _repeat(value: object) -> int:
    """Return a usable repeat; one that is wrong in itself has its own problem and counts once."""
    usable = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_REPEAT
    return value if usable and isinstance(value, int) else 1


def _duration_s(table: object) -> float:
    try:
        return check_duration_s(table["duration"]) if isinstance(table, dict) else 0.0
    except (KeyError, ValueError):
        return 0.0
