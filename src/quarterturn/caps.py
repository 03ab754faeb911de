"""The caps: what nobody may exceed, and what each profile allows.

All of them stand here, in code. A profile or a prescription in a file can lower a cap and never
raise one. Two kinds: the hard limits of a row, which hold for everybody, and the rows of a base
profile. No public standard gives numbers for walking backward or sideways on a treadmill; where no
source is named the number is a judgement on the cautious side.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from quarterturn.model import Crossover, Heading, PhaseKind
from quarterturn.units import LEVEL, Incline, Speed


class CapRow(StrEnum):
    """The rows of the cap tables: a phase kind, its heading, and whether it climbs."""

    WARM_UP = "warm_up"
    FORWARD_WALK = "forward_walk"
    FORWARD_JOG = "forward_jog"
    BACKWARD_WALK = "backward_walk"
    BACKWARD_UPHILL = "backward_uphill"
    SIDE_STEP = "side_step"
    SIDE_STEP_CROSSOVER = "side_step_crossover"
    DIAGONAL = "diagonal"
    RECOVER = "recover"
    COOL_DOWN = "cool_down"

    @property
    def words(self) -> str:
        """The row as a reason or a message writes it."""
        return _ROW_WORDS.get(self, self.value.replace("_", " "))

    @property
    def is_forward(self) -> bool:
        """Whether the walker faces the console and steps straight ahead."""
        return self in _FORWARD_ROWS


_ROW_WORDS = {
    CapRow.WARM_UP: "warm-up",
    CapRow.SIDE_STEP: "side-step",
    CapRow.SIDE_STEP_CROSSOVER: "side-step with crossover",
    CapRow.COOL_DOWN: "cool-down",
}

_FORWARD_ROWS = frozenset(
    {
        CapRow.WARM_UP,
        CapRow.FORWARD_WALK,
        CapRow.FORWARD_JOG,
        CapRow.RECOVER,
        CapRow.COOL_DOWN,
    }
)


def cap_row(kind: PhaseKind, heading: Heading, crossover: Crossover, incline: Incline) -> CapRow:
    """Return the row whose caps hold: the level caps at incline 0 and below, the uphill caps above.

    The heading weighs more than the kind: nobody who does not face forward gets a forward row.
    """
    if kind is PhaseKind.DIAGONAL:
        return CapRow.DIAGONAL
    if kind is PhaseKind.SIDE_STEP or heading in (Heading.RIGHT, Heading.LEFT):
        return CapRow.SIDE_STEP if crossover is Crossover.NONE else CapRow.SIDE_STEP_CROSSOVER
    if heading is Heading.BACKWARD:
        return CapRow.BACKWARD_UPHILL if incline > LEVEL else CapRow.BACKWARD_WALK
    return _FORWARD_ROW_OF_KIND[kind]


_FORWARD_ROW_OF_KIND = {
    PhaseKind.WARM_UP: CapRow.WARM_UP,
    PhaseKind.WALK: CapRow.FORWARD_WALK,
    PhaseKind.JOG: CapRow.FORWARD_JOG,
    PhaseKind.RECOVER: CapRow.RECOVER,
    PhaseKind.COOL_DOWN: CapRow.COOL_DOWN,
}


# --- limits that can only be tightened -------------------------------------------------------

T = TypeVar("T", Speed, Incline, float)


@dataclass(frozen=True, slots=True)
class Limit(Generic[T]):
    """An upper limit and the words for whose it is."""

    value: T
    reason: str


@dataclass(frozen=True, slots=True)
class Limited(Generic[T]):
    """A wish and every upper limit ever put on it. The order they came in does not matter."""

    wanted: T
    limits: frozenset[Limit[T]] = frozenset()

    def at_most(self, *limits: Limit[T]) -> "Limited[T]":
        """Return the same wish under more limits. There is no way to take one off again."""
        return Limited(self.wanted, self.limits.union(limits))

    @property
    def value(self) -> T:
        """What is left of the wish."""
        return min(self.wanted, self._tightest)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons of the limits that lowered the wish, the tightest first."""
        lowering = (limit for limit in self.limits if limit.value < self.wanted)
        return _in_order(lowering)

    @property
    def binding(self) -> tuple[str, ...]:
        """The reasons of the tightest limit, whether or not it lowers this wish."""
        return _in_order(limit for limit in self.limits if limit.value == self._tightest)

    @property
    def _tightest(self) -> T:
        return min((limit.value for limit in self.limits), default=self.wanted)


def _in_order(limits: Iterable[Limit[T]]) -> tuple[str, ...]:
    return tuple(limit.reason for limit in sorted(limits, key=lambda it: (it.value, it.reason)))


@dataclass(frozen=True, slots=True)
class PhaseLimits:
    """What holds in one phase after every static layer (hard, machine, profile, personal, effort).

    Ramps are in 0.01 km/h per second. ``reasons`` say whose cap ``max_speed`` is. ``max_speed``
    holds up to ``max_incline``, which is the phase's own: a steeper belt is another row or tier of
    the tables. ``max_continuous_s`` is what is left of an unbroken stretch when the phase begins,
    so that a phase clock is enough to guard it.
    """

    max_speed: Speed
    min_incline: Incline
    max_incline: Incline
    ramp_up_centi_kmh_per_s: int
    ramp_down_centi_kmh_per_s: int
    max_continuous_s: float
    reasons: tuple[str, ...]


# --- the hard limits -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HardLimits:
    """What no file, profile, prescription or person can exceed in a row."""

    max_speed: Speed
    min_incline: Incline
    max_incline: Incline
    max_continuous_s: float


def hard_limits(row: CapRow) -> HardLimits:
    """Return the hard limits of a row."""
    return _HARD[row]


def _hard(
    centi_kmh: int, max_tenths_pct: int, minutes: float, min_tenths_pct: int = 0
) -> HardLimits:
    return HardLimits(
        Speed(centi_kmh), Incline(min_tenths_pct), Incline(max_tenths_pct), minutes * 60
    )


_HARD: Mapping[CapRow, HardLimits] = MappingProxyType(
    {
        # An easy walk: no faster than the fastest walk that any profile offers.
        CapRow.WARM_UP: _hard(650, 50, 60),
        CapRow.RECOVER: _hard(650, 50, 60),
        CapRow.COOL_DOWN: _hard(650, 50, 60),
        # Adults break into a run near 2.1 m/s, 7.5 km/h; a faster "walk" is a jog or a slip of the
        # pen. Only here may the belt decline.
        CapRow.FORWARD_WALK: _hard(800, 150, 120, min_tenths_pct=-30),
        CapRow.FORWARD_JOG: _hard(1200, 100, 60),
        # 5.6 km/h is 3.5 mph, the end that is worked up to over time and 96 % of the speed at which
        # fit young adults begin to run backward (Hreljac 2005, JSSM 4:446).
        CapRow.BACKWARD_WALK: _hard(560, 120, 30),
        CapRow.BACKWARD_UPHILL: _hard(560, 120, 10),
        # Preferred sideways speed is 2.07 km/h (Handford and Srinivasan 2014, Biology Letters
        # 10:20131006); a fall is on record at 4 to 4.8 km/h.
        CapRow.SIDE_STEP: _hard(250, 20, 5),
        CapRow.SIDE_STEP_CROSSOVER: _hard(150, 0, 2),
        CapRow.DIAGONAL: _hard(250, 0, 2),
    }
)


# --- the base profiles -----------------------------------------------------------------------

SHORTEST_NON_FORWARD_S = 30.0
SHORTEST_WARM_UP_S = 180.0
SHORTEST_COOL_DOWN_S = 120.0
COOL_DOWN_END = Speed(160)
"""A cool-down ends no faster than this."""

CAUTIOUS_FACTOR = 0.75
CAUTIOUS_AGE = 65
ADULT_AGE = 18

COARSEST_NON_FORWARD_STEP = Speed(20)
"""A machine with coarser steps gets no phase that is not forward."""


@dataclass(frozen=True, slots=True)
class SpeedTier:
    """The highest speed on inclines up to and including ``up_to``."""

    up_to: Incline
    max_speed: Speed


@dataclass(frozen=True, slots=True)
class RowCaps:
    """What a base profile allows in a row. Tiers rise in incline; ramps are 0.01 km/h per s."""

    tiers: tuple[SpeedTier, ...]
    max_continuous_s: float
    ramp_up_centi_kmh_per_s: int
    ramp_down_centi_kmh_per_s: int
    min_incline: Incline = LEVEL

    @property
    def max_incline(self) -> Incline:
        """The steepest incline."""
        return self.tiers[-1].up_to

    def tier(self, incline: Incline) -> SpeedTier:
        """Return the tier of an incline; what lies above them all gets the last, the slowest."""
        return next((tier for tier in self.tiers if incline <= tier.up_to), self.tiers[-1])


@dataclass(frozen=True, slots=True)
class BaseProfile:
    """A built-in profile, from which every profile in a file starts. A row it lacks is refused.

    ``rest_ratio``: forward time after a block that is not forward, as a share of the block.
    ``forward_factor``: the highest non-forward speed as a share of the person's own forward speed.
    ``start_speed``: what a phase that is not forward should start at, at most.
    ``spotter``: whether somebody must stand by in every phase that is not forward.
    ``elsewhere``: where a row that is not offered may be had.
    """

    name: str
    rows: Mapping[CapRow, RowCaps]
    backward_total_s: float
    non_forward_total_s: float
    circle_rounds: int
    rest_ratio: float
    max_met: float
    forward_factor: float
    start_speed: Speed
    spotter: bool
    elsewhere: str


def _row(
    centi_kmh: int,
    max_tenths_pct: int,
    continuous_s: float,
    ramps: tuple[int, int],
    *steeper: SpeedTier,
    min_tenths_pct: int = 0,
) -> RowCaps:
    first = SpeedTier(Incline(max_tenths_pct), Speed(centi_kmh))
    return RowCaps((first, *steeper), continuous_s, *ramps, Incline(min_tenths_pct))


_HOME_BEGINNER = BaseProfile(
    name="home-beginner",
    rows=MappingProxyType(
        {
            CapRow.WARM_UP: _row(400, 10, 600, (20, 50)),
            # A little under the 3.5 mph to which the energy tables refer.
            CapRow.FORWARD_WALK: _row(500, 50, 1200, (20, 50)),
            # All older fallers walked backward slower than 0.6 m/s, 2.16 km/h (Fritz et al. 2013,
            # PMID 23122938); therapists say half the forward pace.
            CapRow.BACKWARD_WALK: _row(200, 0, 60, (10, 30)),
            CapRow.BACKWARD_UPHILL: _row(160, 20, 60, (10, 30)),
            # Under the preferred sideways speed less two standard deviations, 1.18 km/h.
            CapRow.SIDE_STEP: _row(100, 0, 60, (10, 30)),
            CapRow.RECOVER: _row(400, 10, 1200, (20, 50)),
            CapRow.COOL_DOWN: _row(400, 0, 600, (20, 30)),
        }
    ),
    backward_total_s=360,
    non_forward_total_s=600,
    circle_rounds=2,
    rest_ratio=1.0,
    max_met=5.0,
    forward_factor=0.5,
    start_speed=Speed(80),
    spotter=False,
    elsewhere="home-experienced offers it",
)

_HOME_EXPERIENCED = BaseProfile(
    name="home-experienced",
    rows=MappingProxyType(
        {
            CapRow.WARM_UP: _row(550, 30, 600, (30, 50)),
            CapRow.FORWARD_WALK: _row(650, 120, 3600, (30, 50), min_tenths_pct=-30),
            CapRow.FORWARD_JOG: _row(800, 50, 600, (30, 50)),
            # The speed at which healthy adults walk backward in the laboratory (Cipriani et al.
            # 1995, JOSPT 22:95), and 70 % of their transition to a run.
            CapRow.BACKWARD_WALK: _row(400, 0, 300, (20, 40)),
            CapRow.BACKWARD_UPHILL: _row(
                350, 50, 180, (20, 40), SpeedTier(Incline(100), Speed(300))
            ),
            CapRow.SIDE_STEP: _row(200, 0, 120, (15, 30)),
            CapRow.SIDE_STEP_CROSSOVER: _row(120, 0, 60, (10, 30)),
            CapRow.DIAGONAL: _row(150, 0, 60, (10, 30)),
            CapRow.RECOVER: _row(550, 10, 3600, (30, 50)),
            CapRow.COOL_DOWN: _row(500, 0, 600, (30, 30)),
        }
    ),
    backward_total_s=900,
    non_forward_total_s=1500,
    circle_rounds=5,
    rest_ratio=0.5,
    max_met=8.0,
    forward_factor=0.65,
    start_speed=Speed(80),
    spotter=False,
    elsewhere="no profile offers it",
)

_CLINIC = BaseProfile(
    name="clinic",
    rows=MappingProxyType(
        {
            CapRow.WARM_UP: _row(300, 0, 600, (10, 30)),
            CapRow.FORWARD_WALK: _row(400, 30, 900, (10, 30)),
            CapRow.BACKWARD_WALK: _row(150, 0, 60, (5, 30)),
            CapRow.SIDE_STEP: _row(80, 0, 60, (5, 30)),
            CapRow.RECOVER: _row(300, 0, 900, (10, 30)),
            CapRow.COOL_DOWN: _row(300, 0, 600, (10, 30)),
        }
    ),
    backward_total_s=600,
    non_forward_total_s=720,
    circle_rounds=2,
    rest_ratio=1.0,
    max_met=4.5,
    forward_factor=0.5,
    start_speed=Speed(50),
    spotter=True,
    elsewhere="it takes a clinician's prescription",
)

BASES: Mapping[str, BaseProfile] = MappingProxyType(
    {base.name: base for base in (_HOME_BEGINNER, _HOME_EXPERIENCED, _CLINIC)}
)
