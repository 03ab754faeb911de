"""Read a TOML file into a model, or say everything that is wrong with it at once, and where.

Workouts, programmes, profiles, machine records and settings all come through here. A validator of
a model raises ValueError with the words that a person shall read; a field's ``description`` is what
is said when the key is missing.
"""

import re
import stat
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from quarterturn.toml_words import Issue, bare_or_quoted, describe, printable
from quarterturn.workout.positions import KeyPath, Positions

if TYPE_CHECKING:
    from pydantic import BaseModel

ModelT = TypeVar("ModelT", bound="BaseModel")

MAX_FILE_BYTES = 256 * 1024  # the longest shipped file has 4 KiB
MAX_LINE_CHARACTERS = 2000  # the parser takes quadratic time over one key of many dots
MAX_DEPTH = 40  # of tables and arrays; the parser, the scanner and the validator recurse
MAX_PROBLEMS = 200  # more tell a person nothing

RawTable = Mapping[str, object]
Check = Callable[[RawTable], Iterable[tuple[KeyPath, str]]]
"""Finds in a whole document what no single value shows: yields paths and what is wrong there.

It is run on the raw document, even where the model refuses it, and so must bear any type of value.
"""


@dataclass(frozen=True, slots=True, order=True)
class FileProblem:
    """One thing that is wrong in a file. Line and column count from 1, a column counts characters.

    ``key`` is the dotted key as TOML writes it, ``syntax`` where the text is no TOML, ``file``
    where the file cannot be read.
    """

    file: str
    line: int
    column: int
    key: str
    message: str

    def __str__(self) -> str:
        return f"{printable(self.file)}:{self.line}:{self.column}: {self.key}: {self.message}"


class FileErrors(Exception):  # noqa: N818 - it carries all of them
    """Everything that is wrong with a file, in its order; ``str()`` gives a line for each."""

    def __init__(self, problems: Iterable[FileProblem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Document(Generic[ModelT]):
    """A valid file: its model, and where each key stands."""

    model: ModelT
    positions: Positions
    file: str

    def problem(self, path: KeyPath, message: str) -> FileProblem:
        """Return a problem at ``path``, for a check that needs more than the file itself."""
        return FileProblem(self.file, *self.positions.line_column(path), dotted(path), message)


def load_toml(path: str | PathLike[str], model: type[ModelT], check: Check | None = None) -> ModelT:
    """Read and validate a file.

    Raises:
        FileErrors: when it cannot be read, is no TOML, or does not fit the model.

    """
    return load_document(path, model, check).model


def load_document(
    path: str | PathLike[str], model: type[ModelT], check: Check | None = None
) -> Document[ModelT]:
    """Read and validate a file, and keep the places of its keys.

    Raises:
        FileErrors: when it cannot be read, is no TOML, or does not fit the model.

    """
    return parse_document(read_text(path), fspath(path), model, check)


def parse_document(
    text: str, file: str, model: type[ModelT], check: Check | None = None
) -> Document[ModelT]:
    """Validate a document that has been read already; ``file`` is the name in its problems.

    Raises:
        FileErrors: when it is no TOML, or does not fit the model.

    """
    from pydantic import ValidationError  # 70 ms that `stop` and `--help` do without

    raw = parse_toml(text, file)
    positions = Positions(text)
    issues: list[Issue] = []
    value: ModelT | None = None
    try:
        value = model.model_validate(raw)
    except ValidationError as error:
        issues += (Issue.of(found, model) for found in error.errors(include_url=False))
    if check is not None:
        issues += (Issue(path, message) for path, message in check(raw))
    if value is None or issues:
        raise FileErrors(_problems(issues, positions, file))
    return Document(value, positions, file)


def parse_toml(text: str, file: str) -> dict[str, object]:
    """Parse TOML within bounds of line length and depth.

    Raises:
        FileErrors: when it is no TOML, or nests too deep.

    """
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > MAX_LINE_CHARACTERS:
            message = f"a line of {len(line)} characters; at most {MAX_LINE_CHARACTERS} are allowed"
            raise _syntax_error(file, number, MAX_LINE_CHARACTERS + 1, message)
    try:
        raw = tomllib.loads(text)
    except RecursionError:
        raise _syntax_error(file, 1, 1, _TOO_DEEP) from None
    except ValueError as error:
        line_number, column, message = _syntax(str(error), text)
        raise _syntax_error(file, line_number, column, message) from None
    if _is_deeper_than(raw, MAX_DEPTH):
        raise _syntax_error(file, 1, 1, _TOO_DEEP)
    return raw


def read_text(path: str | PathLike[str]) -> str:
    """Read a file of at most 256 KiB as UTF-8; a byte order mark is left out.

    Raises:
        FileErrors: when there is no such file, or it is a folder, a pipe or a device, cannot be
            read, is too large or not UTF-8.

    """
    file = fspath(path)
    try:
        # Looked at before it is opened: opening a pipe that nobody writes to would wait for ever.
        mode = Path(path).stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise _file_error(file, "this is a pipe or a device, not a file")
        with Path(path).open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise _file_error(file, "there is no such file") from None
    except IsADirectoryError:
        raise _file_error(file, "this is a folder, not a file") from None
    except PermissionError:
        raise _file_error(file, "no permission to read it") from None
    except OSError as error:
        raise _file_error(file, f"cannot be read: {error.strerror or error}") from None
    except ValueError:  # a NUL in it, say
        raise _file_error(file, "cannot be read: no file can have this name") from None
    if len(data) > MAX_FILE_BYTES:
        raise _file_error(file, f"larger than {MAX_FILE_BYTES // 1024} KiB, the most allowed")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line_start = data.rfind(b"\n", 0, error.start) + 1
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[line_start : error.start].decode("utf-8").removeprefix("\ufeff")) + 1
        message = f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise FileErrors([FileProblem(file, line, column, "file", message)]) from None


def dotted(path: KeyPath) -> str:
    """Return a key path as TOML writes a key: ``block.phase.speed``; the line says which phase."""
    return ".".join(bare_or_quoted(part) for part in path if isinstance(part, str)) or "file"


def _problems(issues: list[Issue], positions: Positions, file: str) -> Iterator[FileProblem]:
    placed = sorted(
        ((positions.line_column(issue.path), issue) for issue in issues), key=lambda pair: pair[0]
    )
    for (line, column), issue in placed[:MAX_PROBLEMS]:
        yield FileProblem(file, line, column, dotted(issue.path), describe(issue))
    if len(placed) > MAX_PROBLEMS:
        (line, column), _ = placed[MAX_PROBLEMS]
        rest = f"from here on {len(placed) - MAX_PROBLEMS} more problems, not listed"
        yield FileProblem(file, line, column, "file", rest)


def _file_error(file: str, message: str) -> FileErrors:
    return FileErrors([FileProblem(file, 1, 1, "file", message)])


def _syntax_error(file: str, line: int, column: int, message: str) -> FileErrors:
    return FileErrors([FileProblem(file, line, column, "syntax", message)])


_TOO_DEEP = f"tables and lists nest deeper than {MAX_DEPTH} levels, the most allowed"
_WHERE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_IN_QUOTES = 'text and values with a unit stand in quotes, as in duration = "60 s"'
_SYNTAX_WORDS = {
    "Invalid value": f"no value of TOML; {_IN_QUOTES}",
    "Expected newline or end of document after a statement": (
        f"nothing may follow a value on its line; {_IN_QUOTES}"
    ),
    "Cannot overwrite a value": "a key written for the second time; each is allowed once",
    "Unclosed array": "a list without its closing ]",
    "Unterminated string": "text without its closing quotes",
}


def _syntax(message: str, text: str) -> tuple[int, int, str]:
    match = _WHERE.fullmatch(message)
    if match is None:
        return 1, 1, printable(message)
    words = _SYNTAX_WORDS.get(match[1], f"this is not TOML: {printable(match[1])}")
    if match[2] is not None:
        return int(match[2]), int(match[3]), words
    return text.count("\n") + 1, len(text) - text.rfind("\n"), words


def _is_deeper_than(raw: object, limit: int) -> bool:
    level = [raw]
    for _ in range(limit):
        level = [child for value in level for child in _children(value)]
        if not level:
            return False
    return True


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
