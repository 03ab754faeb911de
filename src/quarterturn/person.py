"""What is remembered of the person behind a profile: one small file each, readable by them alone.

It holds no name: answers to the questions before a walk, when the risks were acknowledged and in
which wording, and what has been practised. Losing it costs a person the questions once more and
nothing else, so whatever is odd about a file is answered by asking again.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

from quarterturn.configs import user_folder
from quarterturn.whole_files import write_private

FORMAT: Final = 1
"""The version of the format; a file of another version is asked for anew."""
MAX_BYTES: Final = 64 * 1024
"""The largest file that is read; one that we wrote has about one kilobyte."""

_LONGEST_STEM = 200  # file systems allow names of 255 bytes


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Which text of the risks was acknowledged, by its hash, and on which day."""

    text_hash: str
    on: date


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers to the readiness questions, to which set of them (by its hash), and on which day."""

    questions_hash: str
    on: date
    given: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Person:
    """What is remembered. None: not yet.

    ``practised``: the day on which walking backward off the treadmill was confirmed. ``lesson``:
    the day on which the first lesson was walked to its end. ``sessions``: how many were completed.
    """

    acknowledged: Acknowledgement | None = None
    answers: Answers | None = None
    practised: date | None = None
    lesson: date | None = None
    sessions: int = 0

    def with_lesson(self, on: date) -> "Person":
        """Return the person with the first lesson behind them; the first day counts."""
        return self if self.lesson is not None else replace(self, lesson=on)

    def with_session(self) -> "Person":
        """Return the person with one more completed session."""
        return replace(self, sessions=self.sessions + 1)


NOBODY: Final = Person()
"""A person of whom nothing is known."""


@dataclass(frozen=True, slots=True)
class LoadedPerson:
    """A person and, where their file was no good, a sentence that says so."""

    person: Person
    notice: str | None = None


def person_path(profile_name: str) -> Path:
    """Return the file of a profile's person, in the user's folder.

    Every character but small letters, digits, ``-`` and ``_`` is written as ``%XX``: names stay
    apart where the file system takes ``Ann`` and ``ann`` for one, and none leaves the folder.
    """
    stem = re.sub(
        r"[^a-z0-9_-]",
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace")),
        profile_name,
    )
    if len(stem) > _LONGEST_STEM:
        from hashlib import sha256

        digest = sha256(stem.encode()).hexdigest()
        stem = f"{stem[: _LONGEST_STEM - len(digest) - 1]}-{digest}"
    return user_folder() / "people" / f"{stem}.json"


def load_person(profile_name: str) -> LoadedPerson:
    """Load what is remembered of a profile's person; nothing where there is no file.

    A file that cannot be understood is moved aside, not deleted, and the notice says where to.

    Raises:
        OSError: when there is a file that cannot be opened, or moved aside.

    """
    path = person_path(profile_name)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return LoadedPerson(NOBODY)
    try:
        return LoadedPerson(_parse(data))
    except (ValueError, RecursionError) as error:
        aside = _free_name(path)
        path.rename(aside)
        why = "nested too deep" if isinstance(error, RecursionError) else str(error)
        return LoadedPerson(
            NOBODY,
            f"{path} cannot be understood ({why}). It is kept as {aside.name}, and the questions "
            "are asked again.",
        )


def save_person(profile_name: str, person: Person) -> None:
    """Save what is remembered, all or nothing, in a file that its owner alone can read.

    Raises:
        OSError: when it cannot be written; what was saved before is untouched.

    """
    path = person_path(profile_name)
    data = (json.dumps(_to_json(person), indent=1, sort_keys=True) + "\n").encode()
    write_private(path, data)


# --- the file --------------------------------------------------------------------------------


def _to_json(person: Person) -> dict[str, object]:
    acknowledged, answers = person.acknowledged, person.answers
    return {
        "person": FORMAT,
        "acknowledged": None
        if acknowledged is None
        else {"text": acknowledged.text_hash, "on": acknowledged.on.isoformat()},
        "answers": None
        if answers is None
        else {
            "questions": answers.questions_hash,
            "on": answers.on.isoformat(),
            "given": dict(answers.given),
        },
        "practised": None if person.practised is None else person.practised.isoformat(),
        "lesson": None if person.lesson is None else person.lesson.isoformat(),
        "sessions": person.sessions,
    }


def _parse(data: bytes) -> Person:
    """Read a file back.

    Raises:
        ValueError: when anything in it is not as it was written.

    """
    if len(data) > MAX_BYTES:
        raise ValueError("it is too large")
    try:
        value: object = json.loads(data)
    except ValueError:
        raise ValueError("it is not JSON") from None
    if not isinstance(value, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - what is wrong with a file
    table: dict[str, object] = value
    if type(table.get("person")) is not int or table["person"] != FORMAT:
        raise ValueError(f"it is not of format {FORMAT}")
    acknowledged, answers = _table(table, "acknowledged"), _table(table, "answers")
    sessions = table.get("sessions")
    if type(sessions) is not int or sessions < 0:
        raise ValueError("sessions is no number")
    return Person(
        acknowledged=None
        if acknowledged is None
        else Acknowledgement(_text(acknowledged, "text"), _some_date(acknowledged, "on")),
        answers=None if answers is None else _answers(answers),
        practised=_date(table, "practised"),
        lesson=_date(table, "lesson"),
        sessions=sessions,
    )


def _answers(table: Mapping[str, object]) -> Answers:
    given = _table(table, "given") or {}
    texts = {topic: _text(given, topic) for topic in given}
    return Answers(_text(table, "questions"), _some_date(table, "on"), MappingProxyType(texts))


def _table(table: Mapping[str, object], key: str) -> dict[str, object] | None:
    value = table.get(key)
    if value is not None and not isinstance(value, dict):
        raise ValueError(f"{key} is no object")
    return value


def _text(table: Mapping[str, object], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key} is no text")  # noqa: TRY004 - what is wrong with a file
    return value


def _date(table: Mapping[str, object], key: str) -> date | None:
    value = table.get(key)
    if value is None:
        return None
    try:
        return date.fromisoformat(_text(table, key))
    except ValueError:
        raise ValueError(f"{key} is no date") from None


def _some_date(table: Mapping[str, object], key: str) -> date:
    found = _date(table, key)
    if found is None:
        raise ValueError(f"{key} is no date")
    return found


def _free_name(path: Path) -> Path:
    count = 1
    while (aside := path.with_name(f"{path.name}.unreadable-{count}")).exists():
        count += 1
    return aside
