"""What commands print, and what they return to the shell."""

import json
import sys
from collections.abc import Mapping
from typing import TextIO

from quarterturn.exit_codes import ExitCode

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
