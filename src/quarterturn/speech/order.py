"""Which cue is heard when several would be: one plays, at most one waits [safety.md 8.2].

Pure: it is told what is offered and what has ended, and keeps no time.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum

from quarterturn.speech.earcons import Earcon


class Level(IntEnum):
    """How urgent a cue is; the lower number cuts off the higher."""

    ALARM = 0  # the red key
    FAULT = 1
    STOP = 2  # the belt comes to rest, or the walk has ended
    STEP = 3  # what to do now, or in ten seconds
    CHANGE = 4  # a speed
    LESSER = 5


@dataclass(frozen=True, slots=True)
class Spoken:
    """One cue on its way to the ear. ``t`` is the session's time, ``repeat``: until it is seen to.

    ``late_is_wrong``: a second that is counted; said late it would be another one.
    """

    id: int
    t: float
    level: Level
    kind: str
    text: str
    earcon: Earcon | None = None
    repeat: bool = False
    late_is_wrong: bool = False


class Verdict(Enum):
    """What becomes of a cue that is offered."""

    NOW = "now"  # whatever plays is cut off
    WAIT = "wait"  # whatever waited is dropped
    DROP = "drop"


# Of two on one of these levels the later is what is so; on the others the first is heard out.
_LATER_CUTS = frozenset({Level.STOP, Level.STEP})


class Order:
    """What plays and what waits."""

    def __init__(self) -> None:
        self.playing: Spoken | None = None
        self.waiting: Spoken | None = None

    def offer(self, cue: Spoken) -> Verdict:
        """Take in a cue; ``playing`` and ``waiting`` are as the answer says."""
        playing, waiting = self.playing, self.waiting
        if playing is None or cue.level < playing.level:
            verdict = Verdict.NOW
        elif cue.level is Level.LESSER:
            return Verdict.DROP
        elif cue.level is playing.level and cue.level in _LATER_CUTS:
            verdict = Verdict.NOW
        elif cue.late_is_wrong or (waiting is not None and waiting.level < cue.level):
            return Verdict.DROP
        else:
            self.waiting = cue
            return Verdict.WAIT
        self.playing = cue
        if waiting is not None and (waiting.level >= cue.level):
            self.waiting = None  # it was about what has changed since
        return verdict

    def ended(self) -> Spoken | None:
        """Take note that what played has ended; return what plays next."""
        self.playing, self.waiting = self.waiting, None
        return self.playing
