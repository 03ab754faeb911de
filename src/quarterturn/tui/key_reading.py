"""What a key of the screen is for a walk: the octets that a plain terminal would have sent.

`quarterturn.keys` and `quarterturn.ready` stay the only ones to know what keys mean.
"""

from typing import Final

from textual import events

from quarterturn.ready import ReadyKeys

_NAMED: Final = {"escape": b"\x1b", "enter": b"\r", "space": b" ", "ctrl+c": b"\x03"}
_SEQUENCE: Final = b"\x1b[A"
"""What stands for a key without a character of its own, as an arrow or a function key is."""
_ONE_READ_S: Final = 0.002
"""Keys that come closer together were one read: a paste, which nobody pressed."""


def octets_of(event: events.Key) -> bytes:
    """Return what a terminal in cbreak mode sends for a key."""
    named = _NAMED.get(event.key)
    if named is not None:
        return named
    return _SEQUENCE if event.character is None else event.character.encode("utf-8", "replace")


class HeldReady:
    """READY from the keys of a screen, by the times at which the terminal was read."""

    def __init__(self, keys: ReadyKeys) -> None:
        self._keys = keys
        self._last_s = float("-inf")

    def key(self, event: events.Key) -> bool:
        """Digest one key and return whether it completes a READY."""
        octets = octets_of(event)
        if event.time - self._last_s < _ONE_READ_S:
            octets *= 2
        self._last_s = event.time
        return self._keys.key(event.time, octets)

    def reset(self) -> None:
        """Forget what was pressed: it was meant for something else."""
        self._keys.reset()
