"""Add a treadmill to the user's settings, and leave everything else there as it was written.

A settings file is its owner's: comments, order and spacing stay. So one line goes into the text,
and the result is kept only if it says exactly what it said before and that one thing more.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from quarterturn.configs import user_folder
from quarterturn.settings import SETTINGS_FILE, load_settings, parse_settings
from quarterturn.toml_files import FileErrors, read_text
from quarterturn.toml_words import shown
from quarterturn.treadmill_url import parse_treadmill_url
from quarterturn.whole_files import write_whole
from quarterturn.workout.positions import KeyPath, Positions

_TABLE = "treadmills"
_DEFAULT = "treadmill"
_LONGEST_NAME = 80
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ONE_LINE_STRING = re.compile(r"""(?!\"{3}|'{3})(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*')""")


class NameTakenError(ValueError):
    """Another treadmill has this name in the settings."""


class NotEditedError(Exception):
    """The settings are written in a way that this program does not dare to change."""


@dataclass(frozen=True, slots=True)
class _Edit:
    """A text to put in the place of what stands between two offsets."""

    begin: int
    end: int
    text: str

    def of(self, text: str) -> str:
        return text[: self.begin] + self.text + text[self.end :]


def check_name(name: str) -> None:
    """Refuse what can be no name in the settings.

    Raises:
        ValueError: when it cannot; the message says what can.

    """
    if not name.isprintable() or not name.strip() or len(name) > _LONGEST_NAME:
        raise ValueError(f"{shown(name)} is no name: up to {_LONGEST_NAME} characters, none unseen")


def save_treadmill(name: str, url: str, *, replace: bool = False, as_default: bool = False) -> Path:
    """Add a treadmill to the user's ``settings.toml``, a new file if need be; return its path.

    ``replace``: let a treadmill of this name have another URL. ``as_default``: make it the one that
    is taken when none is named, unless the settings name one already.

    Raises:
        ValueError: when the name or the URL cannot be used.
        NameTakenError: when the name stands for another URL and may not be replaced.
        FileErrors: when something is wrong with the settings as they are; they are not touched.
        NotEditedError: when they cannot be changed safely; it says what to write there by hand.
        OSError: when they cannot be written.

    """
    check_name(name)
    parse_treadmill_url(url)
    settings = load_settings()
    taken = settings.treadmills.get(name)
    if taken not in (None, url) and not replace:
        raise NameTakenError(f"{shown(name)} is the name of {taken} in the settings")
    path = user_folder() / SETTINGS_FILE
    before = read_text(path) if path.exists() else ""
    text = before
    if taken != url:
        text = _with_treadmill(text, name, url, path)
    if as_default and settings.treadmill is None:
        text = _with_default(text, name, path)
    if text != before or not path.exists():
        write_whole(path, text.encode(), overwrite=path.exists())
    return path


def _with_treadmill(text: str, name: str, url: str, path: Path) -> str:
    table = _table(tomllib.loads(text).get(_TABLE))
    wanted = {**tomllib.loads(text), _TABLE: {**table, name: url}}
    line = f"{_key(name)} = {_quoted(url)}"
    edits = list(_replacing(text, name, url) if name in table else _adding(text, line))
    return _first_that_says(wanted, edits, text, path, f"[{_TABLE}]\n{line}")


def _with_default(text: str, name: str, path: Path) -> str:
    line = f"{_DEFAULT} = {_quoted(name)}"
    wanted = {**tomllib.loads(text), _DEFAULT: name}
    top = [place.value for key, place in Positions(text).places.items() if len(key) == 1]
    ends = [_line_end(text, offset) for offset in sorted(top, reverse=True)]
    first = _line_end(text, 0) if text.startswith("#:schema") else 0
    edits = [_Edit(end, end, _after(text, end, line)) for end in ends]
    edits.append(_Edit(first, first, _after(text, first, f"{line}\n")))
    return _first_that_says(wanted, edits, text, path, line)


def _replacing(text: str, name: str, url: str) -> Iterator[_Edit]:
    place = Positions(text).places.get((_TABLE, name))
    found = None if place is None else _ONE_LINE_STRING.match(text, place.value)
    if found is not None:
        yield _Edit(found.start(), found.end(), _quoted(url))


def _adding(text: str, line: str) -> Iterator[_Edit]:
    """Offer ways to add a treadmill: under the last one, under the heading, with a heading."""
    places = Positions(text).places
    inside = [place.value for key, place in places.items() if _is_treadmill(key)]
    header = places.get((_TABLE,))
    for offset in (max(inside, default=None), None if header is None else header.key):
        if offset is not None:
            end = _line_end(text, offset)
            yield _Edit(end, end, _after(text, end, line))
            yield _Edit(end, end, _after(text, end, f"{_TABLE}.{line}"))
    end = len(text)
    gap = "\n" if text.strip() else ""
    yield _Edit(end, end, _after(text, end, f"{gap}[{_TABLE}]\n{line}"))


def _is_treadmill(key: KeyPath) -> bool:
    return len(key) == 2 and key[0] == _TABLE


def _first_that_says(
    wanted: Mapping[str, object], edits: list[_Edit], text: str, path: Path, by_hand: str
) -> str:
    for edit in edits:
        edited = edit.of(text)
        try:
            parse_settings(edited, str(path))
            if tomllib.loads(edited) == wanted:
                return edited
        except FileErrors:
            continue
    raise NotEditedError(f"{path} is not changed by a program: write there by hand\n{by_hand}")


def _line_end(text: str, offset: int) -> int:
    """Return the offset just behind the line break of the line, or the end of the text."""
    found = text.find("\n", offset)
    return len(text) if found < 0 else found + 1


def _after(text: str, end: int, line: str) -> str:
    """Return a line to put at the end of another, with line breaks as the text has them."""
    broken = "" if not end or text[end - 1] == "\n" else "\n"
    added = f"{broken}{line}\n"
    return added.replace("\n", "\r\n") if "\r\n" in text else added


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    """Return a basic string of TOML, which JSON's is for text that can be printed."""
    return json.dumps(text, ensure_ascii=False)
