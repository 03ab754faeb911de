"""What commands print, and what they return to the shell."""

import json
import os
import sys
from typing import TextIO

encoder = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
"""Encode one event as one line of JSON."""


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


def full_screen_fits() -> bool:
    """Return whether there is a terminal that a full screen can be drawn on."""
    # The screen itself is drawn on stderr.
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream.isatty() for stream in streams) and os.environ.get("TERM") != "dumb"
