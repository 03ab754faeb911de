"""The journals that are kept, by what their first and last lines say.

A journal of an hour has some megabytes: a list of hundreds reads the two ends of each and no more.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from quarterturn.summary import text

_HEAD_BYTES: Final = 16 * 1024
# The end of a session is followed by what the driver did to take its leave.
_TAIL_BYTES: Final = 32 * 1024
_SHOWN, _IN_NAMES = "%Y-%m-%d %H:%M", "%Y-%m-%d-%H%M%S"
_END: Final = b'"event":"end"'


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal, as a list shows it. ``problem``: why it is none, in words."""

    path: Path
    started: str = ""
    workout: str = ""
    ended: str = ""
    problem: str | None = None


def journal_paths(folder: Path) -> list[Path]:
    """Return the journals in a folder, the newest first: their names begin with the date."""
    try:
        return sorted(folder.glob("*.jsonl"), key=lambda path: path.name, reverse=True)
    except OSError:
        return []


def read_entry(path: Path) -> Entry:
    """Read both ends of a journal; what is wrong with it stands in the result."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            tail = file.read(_TAIL_BYTES)
    except OSError as error:
        return Entry(path, problem=error.strerror or "it cannot be read")
    if not head:
        return Entry(path, problem="the file is empty")
    header = _object(head.split(b"\n", 1)[0])
    if header is None or type(header.get("journal")) is not int:
        return Entry(path, problem="not a journal: its first line says what it is")
    return Entry(
        path,
        started=_when(text(header.get("started")), path),
        workout=text(header.get("workout")) or "?",
        ended=next(_ends(tail), "breaks off"),
    )


def _ends(tail: bytes) -> Iterator[str]:
    for line in reversed(tail.split(b"\n")):
        if _END in line:
            record = _object(line)
            event = None if record is None else record.get("event")
            if isinstance(event, dict) and event.get("event") == "end":
                yield text(event.get("reason")) or "?"


def _when(started: str | None, path: Path) -> str:
    """Return the beginning as people write it; without one, what the file's name says."""
    with contextlib.suppress(ValueError):
        return f"{datetime.fromisoformat(started or ''):{_SHOWN}}"
    with contextlib.suppress(ValueError):
        # The time of day where it was walked; there is no zone to it.
        return f"{datetime.strptime(path.name[:17], _IN_NAMES):{_SHOWN}}"  # noqa: DTZ007
    return ""


def _object(line: bytes) -> Mapping[str, object] | None:
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
