"""What the session screen shows: all of it, as values; no widget decides anything.

The bridge owns the time: a countdown here only runs on from the last thing heard of it, and not for
longer than its signs of life may be apart.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from quarterturn.monitors import STALE_WARNING_S
from quarterturn.plan_sheet import PhaseShown
from quarterturn.protocol import SIGN_OF_LIFE_S
from quarterturn.session.vocabulary import Intent
from quarterturn.tui.pixels import Shape

KMH_PER_MPH: Final = 1.609344
SILENT_S: Final = 3 * SIGN_OF_LIFE_S
"""A bridge that said nothing for so long is shown as silent."""


class Mode(StrEnum):
    """How the session is shown: all of it, flipped for a mirror, or one glyph and one number."""

    NORMAL = "normal"
    MIRROR = "mirror"
    FAR = "far"


class Stage(StrEnum):
    """What is going on, as far as it decides what is shown."""

    WAIT = "wait"
    WALK = "walk"
    SLOW = "slow"
    STOP = "stop"
    READY = "ready"
    COUNTDOWN = "countdown"
    START = "start"
    ALARM = "alarm"
    END = "end"


class Level(StrEnum):
    """How far something that is shown can be relied on."""

    FINE = "fine"
    NONE = "none"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Belt:
    """The belt against what was asked and what is allowed, in the unit shown.

    ``speed`` None: nothing was reported yet. ``stale``: it is the last that was, and old.
    ``reason`` says what limits the target, else whose the cap is.
    """

    unit: str
    speed: float | None
    target: float | None
    cap: float | None
    stale: bool
    reason: str

    @property
    def above_cap(self) -> bool:
        """Whether the measured speed exceeds the cap, by more than the digits that are shown."""
        return self.speed is not None and self.cap is not None and self.speed > self.cap + 0.05


@dataclass(frozen=True, slots=True)
class Link:
    """How old the last report is, in words."""

    text: str
    level: Level


@dataclass(frozen=True, slots=True)
class Part:
    """A phase as a part of the bar of the whole plan."""

    heading: str
    start_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """What fills the screen: big lines, what happened, and what to do; one sentence each."""

    big: tuple[str, ...]
    what: str
    do: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WalkView:
    """Everything the screen shows at one moment.

    ``word``, ``shape`` and ``colour`` (a theme variable) belong together. ``number`` is what is
    counted down; where there is none, ``steps`` say what to do. ``quiet``: one word, one number and
    one bar, because the walker does not face forward. ``action`` says what goes on, ``upcoming``
    what comes next, ``said`` what was spoken last or noted. ``offers`` are the intents that a mouse
    may give, STOP aside, which is always there.
    """

    stage: Stage
    quiet: bool
    word: str
    shape: Shape
    colour: str
    number: str | None
    steps: tuple[str, ...]
    action: str
    upcoming: str
    said: str
    heading: str
    next_heading: str | None
    title: str
    profile: str
    belt: Belt
    vitals: tuple[str, ...]
    link: Link
    parts: tuple[Part, ...]
    done_s: float
    total_s: float
    alarm: Alarm | None
    offers: tuple[Intent, ...]


# --- in words -------------------------------------------------------------------------------------


def clock(seconds: float) -> str:
    """Write seconds as ``4:07``, a part of one counted as a whole one."""
    minutes, rest = divmod(math.ceil(max(0.0, seconds) - 1e-6), 60)
    return f"{minutes}:{rest:02d}"


def in_unit(kmh: float | None, unit: str) -> float | None:
    """Convert a speed into the unit that is shown."""
    return kmh if kmh is None or unit != "mph" else kmh / KMH_PER_MPH


def kind_word(kind: str) -> str:
    """Return the kind of a phase as people write it."""
    return kind.replace("_", "-")


def link_of(age_s: float | None, silent_s: float) -> Link:
    """Say how old the last report is; what is old is never fine.

    ``silent_s``: how long nothing has come from the bridge.
    """
    if silent_s > SILENT_S:
        return Link(f"NO NEWS FROM THE BRIDGE for {silent_s:.0f} s", Level.STALE)
    if age_s is None:
        return Link("no report yet", Level.NONE)
    if age_s > STALE_WARNING_S:
        return Link(f"TREADMILL SILENT for {age_s:.0f} s", Level.STALE)
    return Link("treadmill answers", Level.FINE)


def upcoming_words(phase: PhaseShown | None, turn: str, unit: str) -> str:
    """Say what comes after this phase."""
    if phase is None:
        return "Then the walk ends."
    speed = in_unit(phase.speed_kmh, unit)
    kind = kind_word(phase.kind)
    turned = f"{turn}, " if turn else ""
    return f"Then {turned}{kind} {phase.heading}, {speed:.1f} {unit}, {clock(phase.duration_s)}"
