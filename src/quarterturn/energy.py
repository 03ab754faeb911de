"""How hard a phase is, as a multiple of rest (MET), and what it burns: estimates, good to 20 %.

Forward walking and running follow the ACSM equations. The Compendium of Physical Activities lists
forward walking at 3.5 mph with 4.3 MET where ACSM gives 3.7; what is shown here is ACSM. Backward
walking scales the effort above rest so that 3.5 mph meets the Compendium's 6.0 MET on the level
(code 17320) and 8.0 MET at 5 % (17325), both from Chaloupka et al. 1997, JOSPT 25:302. Energy may
lower a speed, never raise one.
"""

import math
from itertools import pairwise

from quarterturn.model import Heading, PhaseKind
from quarterturn.units import LEVEL, Incline, Speed

COMPENDIUM_FORWARD_3_5_MPH_MET = 4.3
COMPENDIUM_BACKWARD_3_5_MPH_MET = 6.0
COMPENDIUM_BACKWARD_5_PCT_3_5_MPH_MET = 8.0

ASSUMED_MASS_KG = 70.0
"""The body mass that an energy is shown for when a profile gives none; to be marked as assumed."""

_REST_ML_PER_KG_MIN = 3.5
_M_PER_MIN_PER_CENTI_KMH = 10 / 60

# Oxygen in ml per kg for each metre walked, and for each metre climbed (ACSM walking and running).
_WALK_ML_PER_KG_M, _WALK_CLIMB_ML_PER_KG_M = 0.1, 1.8
_RUN_ML_PER_KG_M, _RUN_CLIMB_ML_PER_KG_M = 0.2, 0.9
# Sideways walking costs more than three times as much for each metre (Handford and Srinivasan 2014,
# Biology Letters 10:20131006), measured on the level. The climb is taken from walking.
_SIDE_ML_PER_KG_M = 0.3

# The factor on the effort above rest, backward against forward: (incline in %, factor). The first
# two solve for the Compendium's values; 1.25 agrees with 17-20 % more of the maximum oxygen uptake
# at 5 to 10 % (Hooper et al. 2004, PMID 15029939). Linear between, constant above.
_BACKWARD_FACTORS = ((0.0, 1.864), (5.0, 1.374), (10.0, 1.25))


def met(heading: Heading, kind: PhaseKind, speed: Speed, incline: Incline) -> float:
    """Estimate the effort of a phase in MET; 1.0 is rest. A decline counts as level."""
    return 1 + _met_per_centi_kmh(heading, kind, incline) * speed.centi_kmh


def kcal_per_min(effort_met: float, mass_kg: float) -> float:
    """Convert an effort into kilocalories per minute for a body mass."""
    return effort_met * _REST_ML_PER_KG_MIN * mass_kg / 200


def fastest_within(cap_met: float, heading: Heading, kind: PhaseKind, incline: Incline) -> Speed:
    """Return the highest speed, in 0.01 km/h, whose estimated effort stays at or under a cap.

    Raises:
        ValueError: when the cap is not a finite number of at least 1 MET, which is rest.

    """
    if not (math.isfinite(cap_met) and cap_met >= 1):
        raise ValueError(f"{cap_met} MET is no cap for an effort: rest is 1 MET")
    centi_kmh = int((cap_met - 1) / _met_per_centi_kmh(heading, kind, incline))
    # The division may be one part in 1e16 too high; the cap holds for what `met` says.
    if met(heading, kind, Speed(centi_kmh), incline) > cap_met:
        centi_kmh -= 1
    return Speed(centi_kmh)


def _met_per_centi_kmh(heading: Heading, kind: PhaseKind, incline: Incline) -> float:
    """Return what each 0.01 km/h adds: every equation here is linear in speed."""
    climb = max(incline, LEVEL).pct / 100
    walking = _WALK_ML_PER_KG_M + _WALK_CLIMB_ML_PER_KG_M * climb
    match kind, heading:
        # A diagonal is counted as the dearer of its two halves.
        case (PhaseKind.DIAGONAL | PhaseKind.SIDE_STEP, _) | (_, Heading.RIGHT | Heading.LEFT):
            ml_per_kg_m = _SIDE_ML_PER_KG_M + _WALK_CLIMB_ML_PER_KG_M * climb
        case _, Heading.BACKWARD:
            ml_per_kg_m = walking * _backward_factor(climb * 100)
        case PhaseKind.JOG, _:
            ml_per_kg_m = _RUN_ML_PER_KG_M + _RUN_CLIMB_ML_PER_KG_M * climb
        case _:
            ml_per_kg_m = walking
    return ml_per_kg_m * _M_PER_MIN_PER_CENTI_KMH / _REST_ML_PER_KG_MIN


def _backward_factor(incline_pct: float) -> float:
    for (low, low_factor), (high, high_factor) in pairwise(_BACKWARD_FACTORS):
        if incline_pct <= high:
            return low_factor + (high_factor - low_factor) * (incline_pct - low) / (high - low)
    return _BACKWARD_FACTORS[-1][1]
