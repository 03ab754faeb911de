"""What commands print, and what they return to the shell."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TextIO

from quarterturn.bridge.journal import JournalWriter
from quarterturn.exit_codes import ExitCode, UsageError

encoder = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
"""Encode one event as one line of JSON."""

_CODES = {
    "completed": ExitCode.COMPLETED,
    "stopped": ExitCode.STOPPED,
    "fault": ExitCode.FAULT,
}


def exit_code(end: Mapping[str, object]) -> ExitCode:
    """Return the exit code of a session from its ``end`` event."""
    return _CODES[str(end["reason"])]


@contextlib.contextmanager
def kept(writer: JournalWriter) -> Iterator[Callable[[Mapping[str, object]], None]]:
    """Give what writes to a journal; a file in which no session began is taken away again."""
    began = False

    def record(line: Mapping[str, object]) -> None:
        nonlocal began
        began = True
        writer.write(line)

    try:
        yield record
    finally:
        writer.close()
        if not began:
            writer.path.unlink(missing_ok=True)


def new_journal(path: str, header: Mapping[str, object]) -> JournalWriter:
    """Open the journal that a user named.

    Raises:
        UsageError: when there is such a file.
        OSError: when it cannot be made.

    """
    try:
        return JournalWriter(Path(path), header, complain)
    except FileExistsError:
        raise UsageError(f"{path}: exists; a journal is never overwritten") from None
    except ValueError as error:  # a path that no file can have
        raise UsageError(f"{path}: {error}") from None


def complain(text: str) -> None:
    """Tell the user what went wrong while a session goes on."""
    print(f"quarterturn: {text}", file=sys.stderr)


def shapes_fit(stream: TextIO) -> bool:
    """Return whether arrows and squares can be written to a stream."""
    try:
        "▲▼◀▶■⟳".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
