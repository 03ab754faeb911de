"""``cues/xx.toml``: what is said in a language, as a file; ``xx`` is its code."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, create_model

from quarterturn.configs import LANGUAGE, file_of_language, languages
from quarterturn.cue_rules import LONGEST_AT_REST, broken_rules
from quarterturn.english import ENGLISH
from quarterturn.toml_fields import Table, check_line
from quarterturn.toml_files import FileErrors, FileProblem, load_toml
from quarterturn.toml_words import allowed
from quarterturn.words import NUMBERS, TABLES, PhraseBook, field_problem
from quarterturn.workout.positions import KeyPath

_Words = Annotated[
    str, Field(min_length=1, max_length=LONGEST_AT_REST + 40), AfterValidator(check_line)
]
_Numbers = Annotated[list[_Words], Field(min_length=NUMBERS, max_length=NUMBERS)]
_ABOUT: Final = {
    "texts": "what is said",
    "faults": "what is said of each fault",
    "parts": "what numbers are put together from",
    "facing": 'which way one faces, as in "face backward"',
    "ways": 'which way one walks, as in "walk backward"',
    "kinds": "what a phase is for",
    "sides": 'a side to turn or step to, as in "turn right"',
    "feet": 'a foot, as in "right foot leads"',
}


def _table(name: str) -> type[Table]:
    """Return the model of one table: every key is wanted, and English is the example."""
    english: Mapping[str, str] = getattr(ENGLISH, name)
    keys: dict[str, Any] = {
        key: (_Words, Field(description=f'in English "{english[key]}"')) for key in TABLES[name]
    }
    return create_model(f"{name.capitalize()}Table", __base__=Table, **keys)


_TABLES: Final[dict[str, Any]] = {
    name: (_table(name), Field(description=about)) for name, about in _ABOUT.items()
}
CuesTable: type[Table] = create_model(
    "CuesTable",
    __base__=Table,
    numbers=(_Numbers, Field(description="the words of 0 to 99, in this order")),
    **_TABLES,
)
"""A whole file of cues."""


def load_book(language: str) -> PhraseBook:
    """Return what is said in a language; ``de-AT`` is ``de`` where it has no file of its own.

    Raises:
        FileErrors: when there is no such language, or something is wrong with its file.

    """
    path = file_of_language(language)
    if path is not None and path.stem != ENGLISH.language:
        return read_book(path)
    if language.partition("-")[0] == ENGLISH.language:
        return ENGLISH  # whatever has become of its file
    message = "there are no cues in this language; " + allowed(language, list(languages()))
    raise FileErrors([FileProblem(f"cues/{language}.toml", 1, 1, "file", message)])


def read_book(path: Path) -> PhraseBook:
    """Read one file of cues; its name is its language.

    Raises:
        FileErrors: when it cannot be read, is not whole, or breaks a rule of what may be said.

    """
    language = path.stem

    def check(raw: Mapping[str, object]) -> Iterator[tuple[KeyPath, str]]:
        if re.fullmatch(LANGUAGE, language) is None:
            yield (), f'the file is named after its language, as in "de.toml", not {path.name!r}'
        phrases = list(_phrases(raw))
        for name, key, words in phrases:
            problem = field_problem(key if name in ("texts", "parts") else "", words)
            if problem is not None:
                yield (name, key), problem
        for name, key, problem in broken_rules(language, phrases):
            yield (name, key), problem

    table = load_toml(path, CuesTable, check).model_dump()
    numbers = tuple(table.pop("numbers"))
    return PhraseBook(language=language, numbers=numbers, **table)


def _phrases(raw: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    for name in TABLES:
        table = raw.get(name)
        if isinstance(table, dict):
            for key, words in table.items():
                if isinstance(words, str) and key in TABLES[name]:
                    yield name, key, words
