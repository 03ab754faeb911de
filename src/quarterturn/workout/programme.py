"""A programme: a folder of workouts, ordered over weeks and days by its ``programme.toml``."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from quarterturn.configs import shipped_folder, user_folder
from quarterturn.toml_fields import Line, Paragraph, Table
from quarterturn.toml_files import Document, FileErrors, FileProblem, load_document
from quarterturn.toml_words import allowed, shown
from quarterturn.workout.files import PROGRAMME_FILE, read_workout

DAYS_PER_WEEK = 7
MAX_WEEKS = 104


def _check_doi(text: str) -> str:
    if re.fullmatch(r"10\.[0-9]{4,9}/[!-~]{1,200}", text) is None:
        raise ValueError(f"{shown(text)} is no DOI; write it as in 10.1055/s-2004-820997")
    return text


class SourceTable(Table):
    """A publication that the programme is shaped after."""

    title: Paragraph = Field(description="authors, year, journal")
    doi: Annotated[str, AfterValidator(_check_doi)] | None = Field(
        default=None, description="as in 10.1055/s-2004-820997"
    )
    note: Paragraph = Field(default="", description="what it did and what it reported")


class SessionTable(Table):
    """One walk of a week."""

    day: int = Field(ge=1, le=DAYS_PER_WEEK, description="the day of the week, 1 to 7")
    workout: Line = Field(description="the name of a workout file in this folder, without .toml")


class WeekTable(Table):
    """One week; weeks follow each other as the file has them."""

    session: list[SessionTable] = Field(min_length=1, description="at least one [[week.session]]")

    @field_validator("session")
    @classmethod
    def _one_after_the_other(cls, sessions: list[SessionTable]) -> list[SessionTable]:
        days = [session.day for session in sessions]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError("the sessions of a week stand in order, one a day at most")
        return sessions


class ProgrammeTable(Table):
    """A whole ``programme.toml``."""

    name: Line = Field(description="what the programme is called")
    description: Paragraph = Field(default="", description="what it is, in a few sentences")
    profile: Line = Field(
        default="home-beginner", description="the profile under whose caps it was written"
    )
    source: list[SourceTable] = Field(default=[], description="[[source]]: what it is shaped after")
    differs: list[Paragraph] = Field(
        default=[], description="where it differs from its sources, and why"
    )
    week: list[WeekTable] = Field(min_length=1, max_length=MAX_WEEKS, description="[[week]]")

    @field_validator("differs")
    @classmethod
    def _of_something(cls, differs: list[str], info: ValidationInfo) -> list[str]:
        if differs and info.data.get("source") == []:
            raise ValueError("differs from what? write a [[source]]")
        return differs


@dataclass(frozen=True, slots=True)
class Source:
    """A publication that a programme is shaped after."""

    title: str
    doi: str | None
    note: str


@dataclass(frozen=True, slots=True)
class ProgrammeSession:
    """One walk: week and day from 1, and the workout's file."""

    week: int
    day: int
    workout: Path


@dataclass(frozen=True, slots=True)
class Programme:
    """Workouts in the order of weeks and days."""

    name: str
    description: str
    profile: str
    sources: tuple[Source, ...]
    differs: tuple[str, ...]
    sessions: tuple[ProgrammeSession, ...]


def load_programme(name_or_folder: str | PathLike[str]) -> Programme:
    """Load a programme and check every workout in it: a shipped name, or its folder or file.

    Raises:
        FileErrors: when something is wrong with its file or with any of its workouts.

    """
    path = _programme_file(name_or_folder)
    files = sorted(path.parent.glob("*.toml"))
    workouts = {file.stem: file for file in files if file != path}
    problems = list(_workout_problems(workouts))
    try:
        document = load_document(path, ProgrammeTable)
    except FileErrors as errors:
        raise FileErrors([*errors.problems, *problems]) from None
    problems += _unknown_workouts(document, list(workouts))
    if problems:
        raise FileErrors(problems)
    table = document.model
    return Programme(
        name=table.name,
        description=table.description,
        profile=table.profile,
        sources=tuple(Source(entry.title, entry.doi, entry.note) for entry in table.source),
        differs=tuple(table.differs),
        sessions=tuple(
            ProgrammeSession(number, session.day, workouts[session.workout])
            for number, week in enumerate(table.week, start=1)
            for session in week.session
        ),
    )


def _programme_file(name_or_folder: str | PathLike[str]) -> Path:
    path = Path(name_or_folder)
    if path.suffix == ".toml":
        return path
    for parent in (shipped_folder(), user_folder()):
        if (
            path.name == str(name_or_folder)
            and (parent / "workouts" / path / PROGRAMME_FILE).is_file()
        ):
            return parent / "workouts" / path / PROGRAMME_FILE
    return path / PROGRAMME_FILE


def _workout_problems(workouts: Mapping[str, Path]) -> Iterator[FileProblem]:
    for path in workouts.values():
        try:
            read_workout(path)
        except FileErrors as errors:
            yield from errors.problems


def _unknown_workouts(
    document: Document[ProgrammeTable], known: list[str]
) -> Iterator[FileProblem]:
    for week_index, week in enumerate(document.model.week):
        for index, session in enumerate(week.session):
            if session.workout not in known:
                yield document.problem(
                    ("week", week_index, "session", index, "workout"),
                    f"no such workout in this folder; {allowed(session.workout, known)}",
                )
