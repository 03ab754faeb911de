"""What the bridge and the voice say to each other: JSON lines, by pipes that nobody else has.

The voice is told ``load``, ``cue``, ``quiet``, ``ping`` and ``bye``; it says ``ready``, ``loaded``,
``pong``, and of each cue what became of it.
"""

import json
from collections.abc import Mapping
from typing import Any

from quarterturn.speech.earcons import Earcon
from quarterturn.speech.order import Level, Spoken

LONGEST: int = 256 * 1024
"""The longest line, in octets: the texts of a long plan."""

PLAYED, CUT, DROPPED, FAILED = "played", "cut", "dropped", "failed"
OUTCOMES = frozenset({PLAYED, CUT, DROPPED, FAILED})
"""What becomes of a cue: heard out, cut off by another, never begun, or not heard."""


def encode(message: Mapping[str, object]) -> bytes:
    """Return a message as a line."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """Read a line; what is no message is an empty one."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def cue_message(cue: Spoken) -> dict[str, object]:
    """Return the message that asks for a cue."""
    return {
        "do": "cue",
        "id": cue.id,
        "t": cue.t,
        "level": cue.level.value,
        "kind": cue.kind,
        "text": cue.text,
        "earcon": None if cue.earcon is None else cue.earcon.value,
        "repeat": cue.repeat,
        "late_is_wrong": cue.late_is_wrong,
    }


def read_cue(message: Mapping[str, Any]) -> Spoken:
    """Read a cue back.

    Raises:
        KeyError, TypeError, ValueError: when it is none.

    """
    earcon = message["earcon"]
    return Spoken(
        id=int(message["id"]),
        t=float(message["t"]),
        level=Level(message["level"]),
        kind=str(message["kind"]),
        text=str(message["text"]),
        earcon=None if earcon is None else Earcon(earcon),
        repeat=bool(message["repeat"]),
        late_is_wrong=bool(message["late_is_wrong"]),
    )
