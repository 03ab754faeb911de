"""Whether somebody sees the screen: what the bridge makes of the silence of the client that steers.

Told the time, like everything that decides about the belt [safety 6.4 W].
"""

from enum import Enum
from typing import Final

MISSED_S: Final = 1.0
"""A screen that was not heard for so long is not there."""
FORWARD_S: Final = 5.0
"""How much longer a walker who faces the console may walk on; another screen may come meanwhile."""


class Verdict(Enum):
    """What has to be done about it."""

    SEEN = "seen"
    MISSED = "missed"
    LOST = "lost"


class Supervision:
    """Watch the signs of life of one screen after the other."""

    def __init__(self, now_s: float) -> None:
        self._heard_s = now_s
        self._gone_s: float | None = None

    def heard(self, now_s: float) -> None:
        """Note a sign of life, of this screen or of one that takes its place."""
        self._heard_s = now_s
        self._gone_s = None

    def gone(self, now_s: float) -> None:
        """Note that the connection has ended, or that the screen says that nobody sees it."""
        if self._gone_s is None:
            self._gone_s = now_s

    def verdict(self, now_s: float, *, forward: bool) -> Verdict:
        """Return what is to be done now; ``forward``: the walker faces the console."""
        if self._gone_s is not None:
            absent_s, over_s = now_s - self._gone_s, FORWARD_S if forward else 0.0
        else:
            absent_s = now_s - self._heard_s
            if absent_s < MISSED_S:
                return Verdict.SEEN
            over_s = FORWARD_S if forward else MISSED_S
        return Verdict.LOST if absent_s >= over_s else Verdict.MISSED
