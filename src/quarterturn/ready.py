"""Tell a deliberate READY from a bumped key, on a keyboard that reports no releases.

A held key arrives as one press, a pause (the keyboard's delay), and then repeats some 30 ms apart.
"""

from typing import Final, Literal

from quarterturn.keys import READY_KEYS

HOLD_S: Final = 0.7
"""How long a key has to repeat, from its first repeat on."""
REPEAT_WITHIN_S: Final = 0.2
"""How far apart the repeats of a held key are at most."""
TWICE_S: Final = (0.4, 1.5)
"""How far apart two presses are: a bounce is quicker, an afterthought slower."""

# The longest delay before a key begins to repeat that desktops offer; a later one is a new press.
_FIRST_REPEAT_WITHIN_S = 1.0
_ROUNDING_S = 1e-6

Mode = Literal["hold", "twice"]


class ReadyKeys:
    """Recognise READY in what is read from a terminal; told the time, owns no clock.

    Feed every read, of whatever key: anything between two presses breaks them apart. One hold is
    one READY, however long it lasts.
    """

    def __init__(self, mode: Mode = "hold", keys: frozenset[int] = READY_KEYS) -> None:
        self._mode: Mode = mode
        self._keys = keys
        self.reset()

    def reset(self) -> None:
        """Forget what was pressed before a new question."""
        self._key: bytes | None = None
        self._last_s = 0.0
        self._repeating_since_s: float | None = None
        self._spent = False

    def release(self) -> None:
        """Note that the key was let go, where the terminal reports it: the hold ends at once."""
        if self._mode == "hold":
            self.reset()

    def key(self, now_s: float, data: bytes) -> bool:
        """Digest one read and return whether it completes a READY.

        Several bytes in one read never count, and break what went before.
        """
        gap_s = now_s - self._last_s
        same = data == self._key
        if len(data) != 1 or data[0] not in self._keys:
            self.reset()
            return False
        self._last_s = now_s
        if not same:
            self._key, self._repeating_since_s, self._spent = data, None, False
            return False
        return self._held(now_s, gap_s) if self._mode == "hold" else self._twice(gap_s)

    def _held(self, now_s: float, gap_s: float) -> bool:
        repeats = gap_s < REPEAT_WITHIN_S - _ROUNDING_S
        if self._spent:
            # A stutter of the terminal looks like a release: only a press that nothing was held
            # before may begin a new hold.
            self._spent = repeats
            self._repeating_since_s = None
            return False
        if self._repeating_since_s is None or not repeats:
            first_repeat = gap_s <= _FIRST_REPEAT_WITHIN_S
            self._repeating_since_s = now_s if first_repeat else None
            return False
        self._spent = now_s - self._repeating_since_s >= HOLD_S - _ROUNDING_S
        return self._spent

    def _twice(self, gap_s: float) -> bool:
        shortest_s, longest_s = TWICE_S
        if not shortest_s - _ROUNDING_S <= gap_s <= longest_s + _ROUNDING_S:
            return False
        self.reset()
        return True
