"""What a key means while a session runs in a terminal.

One read of the terminal is one argument here: several bytes in one read are a paste, a key that
repeats faster than the reader reads, or a key that the terminal encodes as a sequence.
"""

import re
from enum import StrEnum
from typing import Final

from quarterturn.model import Heading


class KeyAction(StrEnum):
    """What a person asks for with a key. ``READY`` is one press: `ready.ReadyKeys` has to agree."""

    STOP = "stop"
    READY = "ready"
    PAUSE = "pause"
    SLOWER = "slower"
    SKIP = "skip"
    FINISH = "finish"
    ARM = "arm"
    ACKNOWLEDGE = "acknowledge"
    CONFIRM = "confirm"


READY_KEYS: Final = frozenset(b"\r\nrR")
"""Enter, as terminals send it in both modes, and r: a resume is a READY."""

_ACTIONS: Final = {
    **dict.fromkeys(b" sS\x1b\x03", KeyAction.STOP),  # Escape, and Ctrl+C of a raw terminal
    **dict.fromkeys(READY_KEYS, KeyAction.READY),
    **dict.fromkeys(b"pP", KeyAction.PAUSE),
    **dict.fromkeys(b"-_lL", KeyAction.SLOWER),
    **dict.fromkeys(b"nN", KeyAction.SKIP),
    **dict.fromkeys(b"fF", KeyAction.FINISH),
    **dict.fromkeys(b"mM", KeyAction.ARM),
    **dict.fromkeys(b"aA", KeyAction.ACKNOWLEDGE),
    **dict.fromkeys(b"cC", KeyAction.CONFIRM),
}

_NEVER_STOPS: Final = frozenset({KeyAction.READY, KeyAction.SLOWER, KeyAction.PAUSE})

# Control and single-shift sequences (ECMA-48, 5.4; xterm's function keys), one or more in a read.
_SEQUENCES = re.compile(rb"(?:\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[ -~])+")


def action_of(data: bytes, *, heading: Heading, moving: bool) -> KeyAction | None:
    """Return what one read from the terminal asks for, None for nothing.

    ``moving``: the belt moves, or is not known to stand. A walker who faces away from the console
    cannot look for a key, so there any key but READY, slower and pause is STOP. A lone Escape is
    STOP; the sequence of an arrow key is not, facing forward. In a mix of keys the most cautious
    one counts.
    """
    if not data:
        return None
    any_key_stops = moving and heading is not Heading.FORWARD
    if _SEQUENCES.fullmatch(data):
        return KeyAction.STOP if any_key_stops else None
    actions = {_ACTIONS.get(byte) for byte in data}
    if KeyAction.STOP in actions or (any_key_stops and not actions <= _NEVER_STOPS):
        return KeyAction.STOP
    if len(actions) == 1:
        return actions.pop()
    for cautious in (KeyAction.PAUSE, KeyAction.SLOWER):
        if cautious in actions:
            return cautious
    return None
