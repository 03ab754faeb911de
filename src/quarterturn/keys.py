"""What a key means while a session runs in a terminal.

One read of the terminal is one argument here: several bytes in one read are a paste, a key that
repeats faster than the reader reads, or a key that the terminal encodes as a sequence.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
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


# Enter, as terminals send it in both modes, and r: a resume is a READY.
_DEFAULT: Final = {
    KeyAction.READY: b"\r\nrR",
    KeyAction.PAUSE: b"pP",
    KeyAction.SLOWER: b"-_lL",
    KeyAction.SKIP: b"nN",
    KeyAction.FINISH: b"fF",
    KeyAction.ARM: b"mM",
    KeyAction.ACKNOWLEDGE: b"aA",
    KeyAction.CONFIRM: b"cC",
}
_STOP: Final = dict.fromkeys(b" sS\x1b\x03", KeyAction.STOP)  # Escape; Ctrl+C of a raw terminal
_ENTER: Final = b"\r\n"


@dataclass(frozen=True, slots=True)
class Keymap:
    """What each byte of a terminal asks for."""

    actions: Mapping[int, KeyAction]

    @classmethod
    def of(cls, chosen: Mapping[str, str]) -> "Keymap":
        """Return the default one with the keys that somebody chose: an action's name, its key.

        A chosen key takes the place of all the keys that its action has by default, and goes before
        any other action's; STOP keeps its own. A letter counts in both cases.
        """
        keys = dict(_DEFAULT)
        actions: dict[int, KeyAction] = {}
        for name, key in chosen.items():
            octets = _ENTER if key == "enter" else (key.lower() + key.upper()).encode("ascii")
            if octets[0] not in keys[KeyAction(name)]:
                keys[KeyAction(name)] = b""
                actions.update(dict.fromkeys(octets, KeyAction(name)))
        for action, octets in keys.items():
            actions = dict.fromkeys(octets, action) | actions
        return cls(actions | _STOP)

    @property
    def ready(self) -> frozenset[int]:
        """The bytes that are READY."""
        return frozenset(byte for byte, action in self.actions.items() if action is KeyAction.READY)


DEFAULT_KEYMAP: Final = Keymap.of({})
READY_KEYS: Final = DEFAULT_KEYMAP.ready
"""Enter and r, where nobody chose another key."""

_NEVER_STOPS: Final = frozenset({KeyAction.READY, KeyAction.SLOWER, KeyAction.PAUSE})

# Control and single-shift sequences (ECMA-48, 5.4; xterm's function keys), one or more in a read.
_SEQUENCES = re.compile(rb"(?:\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[ -~])+")


def action_of(
    data: bytes,
    *,
    heading: Heading,
    moving: bool,
    keymap: Keymap = DEFAULT_KEYMAP,
    any_key_stops: bool = True,
) -> KeyAction | None:
    """Return what one read from the terminal asks for, None for nothing.

    ``moving``: the belt moves, or is not known to stand. A walker who faces away from the console
    cannot look for a key, so there any key but READY, slower and pause is STOP, unless their
    profile says otherwise (``any_key_stops``). A lone Escape is STOP; the sequence of an arrow key
    is not, facing forward. In a mix of keys the most cautious one counts.
    """
    if not data:
        return None
    any_key_stops = any_key_stops and moving and heading is not Heading.FORWARD
    if _SEQUENCES.fullmatch(data):
        return KeyAction.STOP if any_key_stops else None
    actions = {keymap.actions.get(byte) for byte in data}
    if KeyAction.STOP in actions or (any_key_stops and not actions <= _NEVER_STOPS):
        return KeyAction.STOP
    if len(actions) == 1:
        return actions.pop()
    for cautious in (KeyAction.PAUSE, KeyAction.SLOWER):
        if cautious in actions:
            return cautious
    return None
