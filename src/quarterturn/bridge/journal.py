"""The journal of a session: one JSON object a line, appended and never changed.

Each line is handed to the operating system before `JournalWriter.write` returns, so it outlives
the process, SIGKILL included. A power cut or a kernel crash is another matter: lines reach the disk
about once a second, through a thread, so the last second may be gone, and more than that where the
disk itself takes longer or keeps its own cache.
"""

import contextlib
import io
import json
import math
import os
import re
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from quarterturn import __version__
from quarterturn.exit_codes import UsageError
from quarterturn.places import data_folder
from quarterturn.summary import Event, Summary, summarise

FORMAT: Final = 2
"""The version of the format, in the first line: 1 keeps no octets."""
_READABLE: Final = (1, FORMAT)
MAX_BYTES: Final = 64 * 1024 * 1024
"""The largest journal that is read: some hours of a machine that reports four times a second."""
MAX_PROBLEMS: Final = 50
"""How many bad lines are named; the others are only counted."""

_SYNC_EVERY_S = 1.0
_SAME_SECOND = 100

Record = Mapping[str, object]


class JournalError(UsageError):
    """A file that cannot be read as a journal; the message starts with its path."""


def default_folder() -> Path:
    """Return where journals are kept: below ``QUARTERTURN_HOME``, else the user's data folder."""
    return data_folder() / "journals"


class JournalWriter:
    """Append records to a new file, readable by its owner alone.

    Opening may raise; after that nothing does: a session is not lost because a disk is full. The
    first failure goes to ``on_error``, in words; later lines are tried again, and once the disk
    takes them a line says how many are missing.

    Raises:
        FileExistsError: when there is such a file; nothing is ever overwritten.
        OSError: when the file cannot be made.

    """

    def __init__(
        self,
        path: Path,
        header: Record | None = None,
        on_error: Callable[[str], None] | None = None,
    ) -> None:
        self.path = path
        self._on_error = on_error
        self._reported = False
        self._lost = 0
        self._cut = False
        self._sync_error: OSError | None = None
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._fd: int | None = os.open(path, flags, 0o600)
        self._dirty = threading.Event()
        self._closing = threading.Event()
        self._syncing = threading.Thread(
            target=self._sync, args=(self._fd,), name="journal-sync", daemon=True
        )
        self._syncing.start()
        self.write({"journal": FORMAT, "quarterturn": __version__, **(header or {})})

    @classmethod
    def create(
        cls,
        folder: Path,
        workout: str,
        when: datetime,
        header: Record | None = None,
        on_error: Callable[[str], None] | None = None,
    ) -> Self:
        """Open a journal named after date, time and workout; a name that is taken gets a number.

        Raises:
            OSError: when folder or file cannot be made.

        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        slug = re.sub(r"[^a-z0-9]+", "-", workout.lower()).strip("-")[:40] or "session"
        stem = f"{when:%Y-%m-%d-%H%M%S}-{slug}"
        header = {"started": when.isoformat(timespec="seconds"), **(header or {})}
        for count in range(1, _SAME_SECOND):
            name = f"{stem}.jsonl" if count == 1 else f"{stem}-{count}.jsonl"
            try:
                return cls(folder / name, header, on_error)
            except FileExistsError:
                continue
        raise FileExistsError(f"{folder / stem}: {_SAME_SECOND} sessions within one second")

    def write(self, record: Record) -> None:
        """Append one record. Never raise; do nothing once closed."""
        if self._fd is None:
            return
        if self._sync_error is not None:
            self._fail(self._sync_error)
        data = self._repair() + self._encode(record)
        try:
            written = os.write(self._fd, data)
        except OSError as error:
            self._lost += 1
            self._fail(error)
            return
        if written < len(data):
            self._lost += 1
            self._cut = True
            self._fail("the disk is full")
            return
        self._lost = 0
        self._cut = False
        self._dirty.set()

    def close(self) -> None:
        """Bring everything to the disk and close. It may wait: call it when the belt stands."""
        if self._fd is None:
            return
        self._closing.set()
        self._dirty.set()
        self._syncing.join()
        fd, self._fd = self._fd, None
        try:
            os.fsync(fd)
        except OSError as error:
            self._fail(error)
        finally:
            os.close(fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _encode(self, record: Record) -> bytes:
        """Return one line; a record that JSON cannot hold becomes one that says so."""
        try:
            return _line(record)
        except (TypeError, ValueError, RecursionError) as error:
            self._fail(error)
            kind = str(record.get("kind"))
            return _line({"kind": "unwritable", "of": kind, "why": str(error)})

    def _repair(self) -> bytes:
        """Return what has to come before the next line after lines were lost."""
        cut = b"\n" if self._cut else b""
        return cut + (_line({"kind": "lost", "lines": self._lost}) if self._lost else b"")

    def _sync(self, fd: int) -> None:
        """Bring lines to the disk once a second while there are any; runs in its own thread."""
        while True:
            self._dirty.wait()
            if self._closing.is_set():
                return
            self._dirty.clear()
            try:
                os.fsync(fd)
            except OSError as error:
                self._sync_error = error  # for the next write to tell: callbacks stay in one thread
            if self._closing.wait(_SYNC_EVERY_S):
                return

    def _fail(self, why: object) -> None:
        if not self._reported:
            self._reported = True
            if self._on_error is not None:
                self._on_error(f"{self.path}: the journal cannot be written: {why}")


def _line(record: Record) -> bytes:
    encoded = json.dumps(record, allow_nan=False, separators=(",", ":"), default=_plain)
    return encoded.encode("ascii") + b"\n"


def _plain(value: object) -> object:
    """Return what JSON knows of a value that it does not know itself."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def new_journal(
    path: str, header: Record, on_error: Callable[[str], None] | None = None
) -> JournalWriter:
    """Open the journal that a user named.

    Raises:
        UsageError: when there is such a file.
        OSError: when it cannot be made.

    """
    try:
        return JournalWriter(Path(path), header, on_error)
    except FileExistsError:
        raise UsageError(f"{path}: exists; a journal is never overwritten") from None
    except ValueError as error:  # a path that no file can have
        raise UsageError(f"{path}: {error}") from None


@contextlib.contextmanager
def kept(writer: JournalWriter) -> Iterator[Callable[[Mapping[str, object]], None]]:
    """Give what writes to a journal; a file in which no session began is taken away again."""
    began = False

    def record(line: Mapping[str, object]) -> None:
        nonlocal began
        began = began or line.get("kind") == "setup"
        writer.write(line)

    try:
        yield record
    finally:
        writer.close()
        if not began:
            writer.path.unlink(missing_ok=True)


# --- reading ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal as far as it can be read; ``problems`` are bad lines, as ``file:line: what``."""

    path: Path
    header: Record
    records: tuple[Record, ...]
    problems: tuple[str, ...]

    def events(self) -> Iterator[Event]:
        """Yield the session's events, as ``run --json`` printed them."""
        for record in self.records:
            event = record.get("event")
            if record.get("kind") == "event" and isinstance(event, Mapping):
                yield event


def read_journal(path: Path) -> Journal:
    """Read a journal, of a session that was killed too: what is whole counts, the rest is named.

    Raises:
        JournalError: when there is no such file, it is too large, or it is no journal.

    """
    records: list[Record] = []
    problems: list[str] = []
    unnamed = 0
    for count, line in enumerate(_read_lines(path), start=1):
        record, problem = _parse(line)
        if count == 1 and (record is None or not _is_header(record)):
            raise JournalError(f"{path}:1: not a journal: its first line says what it is")
        if record is not None:
            records.append(record)
        elif problem is not None and len(problems) < MAX_PROBLEMS:
            problems.append(f"{path}:{count}: {problem}")
        else:
            unnamed += problem is not None
    if not records:
        raise JournalError(f"{path}: not a journal: the file is empty")
    if unnamed:
        problems.append(f"{path}: and {unnamed} more lines like these")
    version = records[0]["journal"]
    if version not in _READABLE:
        readable = " and ".join(map(str, _READABLE))
        raise JournalError(f"{path}:1: format {version!r}: this program reads {readable}")
    return Journal(path, records[0], tuple(records[1:]), tuple(problems))


def summary(journal: Journal) -> Summary:
    """Return what a journal's session came to, from its events alone."""
    return summarise(journal.events())


def _read_lines(path: Path) -> list[bytes]:
    try:
        # Looked at before it is opened: opening a pipe that nobody writes to would wait for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise JournalError(f"{path}: not a file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:  # a path that no file can have
        raise JournalError(f"{path}: {error}") from None
    if len(content) > MAX_BYTES:
        limit = MAX_BYTES // 1024 // 1024
        raise JournalError(f"{path}: larger than {limit} MiB: no journal of a session")
    return io.BytesIO(content).readlines()


def _is_header(record: Record) -> bool:
    return type(record.get("journal")) is int


def _parse(line: bytes) -> tuple[Record | None, str | None]:
    """Return a record, or what is wrong with the line; neither for an empty line."""
    if not line.strip():
        return None, None
    try:
        value: object = json.loads(line, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        whole = line.endswith(b"\n")
        return None, "not JSON" if whole else "cut short: the writer was killed in this line"
    if not isinstance(value, dict):
        return None, "not a record: an object in braces"
    return value, None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):  # 1e999 is JSON, but nothing that can be written again
        raise ValueError(f"{digits[:40]} is no number")
    return number
