"""Where each key and value of a TOML document stands.

The standard library's parser says nothing of the place of a value it accepted. This scanner reads
the same text once more and only finds places; whether it is TOML at all has been decided before.
"""

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]
"""Keys and array indices from the top of the document: ``("block", 0, "phase", 2, "speed")``."""

_BLANK = re.compile(r"[ \t]*")
_BLANK_LINES_AND_COMMENTS = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\r\n]*")  # a date and a time may have a space between them


@dataclass(frozen=True, slots=True)
class Place:
    """Offsets into the text. An element of an array has no key: both are its value's.

    The place of a table, or of an element of an array of tables, is its name in the header.
    """

    key: int
    value: int


class Positions:
    """The places of every key path of one document that ``tomllib`` has accepted."""

    def __init__(self, text: str) -> None:
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._places = _Scanner(text).scan()

    @property
    def places(self) -> dict[KeyPath, Place]:
        """Every path found, with its offsets."""
        return self._places

    def place(self, path: KeyPath) -> Place:
        """Return the offsets of ``path``, or of the nearest table around it in the text."""
        for length in range(len(path), 0, -1):
            found = self._places.get(path[:length])
            if found is not None:
                return found
        return Place(0, 0)

    def line_column(self, path: KeyPath) -> tuple[int, int]:
        """Return line and column of the key, both from 1; a column counts characters."""
        return self._line_column(self.place(path).key)

    def value_line_column(self, path: KeyPath) -> tuple[int, int]:
        """Return line and column of the value, both from 1; a column counts characters."""
        return self._line_column(self.place(path).value)

    def _line_column(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1


class _Scanner:
    """One pass over the text. Nested values recurse: the caller bounds their depth."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._places: dict[KeyPath, Place] = {}
        self._table_counts: dict[KeyPath, int] = {}  # arrays of tables: [[name]] seen so far

    def scan(self) -> dict[KeyPath, Place]:
        table: KeyPath = ()
        while self._next_is_content():
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._key_and_value(table)
        return self._places

    def _next_is_content(self) -> bool:
        self._skip(_BLANK_LINES_AND_COMMENTS)
        return self._at < len(self._text)

    def _header(self) -> KeyPath:
        is_array = self._text.startswith("[[", self._at)
        self._at += 2 if is_array else 1
        keys = self._dotted_key()
        self._at += 2 if is_array else 1
        path: KeyPath = ()
        for name, offset in keys[:-1]:
            path = (*path, name)
            self._places.setdefault(path, Place(offset, offset))
            if path in self._table_counts:
                path = (*path, self._table_counts[path] - 1)
        name, offset = keys[-1]
        path = (*path, name)
        if not is_array:
            self._places[path] = Place(offset, offset)
            return path
        self._places.setdefault(path, Place(offset, offset))
        index = self._table_counts.get(path, 0)
        self._table_counts[path] = index + 1
        path = (*path, index)
        self._places[path] = Place(offset, offset)
        return path

    def _key_and_value(self, table: KeyPath) -> None:
        keys = self._dotted_key()
        self._at += 1  # the equals sign
        self._skip(_BLANK)
        path = table
        for name, offset in keys:
            path = (*path, name)
            self._places.setdefault(path, Place(offset, self._at))
        self._value(path)

    def _dotted_key(self) -> list[tuple[str, int]]:
        """Read ``a . "b c".d`` with the offset of each part; stop behind the blanks after it."""
        keys = []
        while True:
            self._skip(_BLANK)
            keys.append(self._simple_key())
            self._skip(_BLANK)
            if not self._text.startswith(".", self._at):
                return keys
            self._at += 1

    def _simple_key(self) -> tuple[str, int]:
        start = self._at
        if self._text[start] in "\"'":
            self._skip(_STRING)
            quoted = self._text[start : self._at]
            return next(iter(tomllib.loads(f"{quoted} = 0"))), start
        self._skip(_BARE_KEY)
        return self._text[start : self._at], start

    def _value(self, path: KeyPath) -> None:
        match self._text[self._at]:
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case '"' | "'":
                self._skip(_STRING)
            case _:
                self._skip(_SCALAR)

    def _array(self, path: KeyPath) -> None:
        self._at += 1
        index = 0
        while self._next_is_content() and self._text[self._at] != "]":
            element = (*path, index)
            self._places[element] = Place(self._at, self._at)
            self._value(element)
            index += 1
            self._comma()
        self._at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        while self._next_is_content() and self._text[self._at] != "}":
            self._key_and_value(path)
            self._comma()
        self._at += 1

    def _comma(self) -> None:
        if self._next_is_content() and self._text[self._at] == ",":
            self._at += 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        if match is not None:
            self._at = match.end()
