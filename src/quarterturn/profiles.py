"""A profile: whose caps a session starts from, which of them it lowers, and how its walker is told.

A profile can only lower what its base in ``quarterturn.caps`` allows. Absent values stay absent
here; what is assumed in their place is said where it is used.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from quarterturn.caps import BASES, CAUTIOUS_AGE, BaseProfile, CapRow
from quarterturn.units import Incline, Speed


class CueChannel(StrEnum):
    """How a walker who does not see the screen hears what comes next."""

    VOICE = "voice"
    SCREEN_READER = "screen-reader"
    SPOTTER = "spotter"
    VISUAL = "visual"


@dataclass(frozen=True, slots=True)
class LoweredRow:
    """What a profile lowers in one row of the caps. None: as in the base."""

    max_speed: Speed | None = None
    max_incline: Incline | None = None
    max_continuous_s: float | None = None


_AS_IN_BASE = LoweredRow()


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's caps and habits. None: not given, or as in the base.

    ``max_heart_rate_bpm`` is the alarm that the person or a clinician set. With
    ``must_stop_on_link_loss`` a treadmill will not do that may run on when its link is lost.
    ``any_key_stops``: facing away on a moving belt, any key but READY, slower and pause is STOP.
    """

    name: str
    base: BaseProfile
    lowered: Mapping[CapRow, LoweredRow] = field(default_factory=dict)
    max_met: float | None = None
    backward_total_s: float | None = None
    non_forward_total_s: float | None = None
    circle_rounds: int | None = None
    body_mass_kg: float | None = None
    birth_year: int | None = None
    comfortable_forward_speed: Speed | None = None
    max_heart_rate_bpm: int | None = None
    balance_problem: bool = False
    back_or_knee_problem: bool = False
    knee_injury: bool = False
    must_stop_on_link_loss: bool = False
    any_key_stops: bool = True
    cue_channel: CueChannel | None = None
    voice: str | None = None
    language: str = "en"

    def lowered_row(self, row: CapRow) -> LoweredRow:
        """Return what is lowered in a row."""
        return self.lowered.get(row, _AS_IN_BASE)

    def age(self, year: int | None) -> int | None:
        """Return the age reached in ``year``, None where the birth year is not given.

        Raises:
            ValueError: when there is a birth year and no year to hold against it.

        """
        if self.birth_year is None:
            return None
        if year is None:
            raise ValueError("a profile with a birth year needs the year in which it is used")
        return year - self.birth_year

    def is_cautious(self, year: int | None) -> bool:
        """Say whether age, balance, back or knee call for a slower walk and a spotter."""
        age = self.age(year)
        is_older = age is not None and age >= CAUTIOUS_AGE
        return is_older or self.balance_problem or self.back_or_knee_problem

    def heart_rate_alarm_bpm(self, year: int | None) -> int | None:
        """Return the heart rate to slow down at: the one set, else 85 % of 207 - 0.7 x age."""
        if self.max_heart_rate_bpm is not None:
            return self.max_heart_rate_bpm
        age = self.age(year)
        return None if age is None else math.floor(0.85 * (207 - 0.7 * age))


DEFAULT_PROFILE = "home-beginner"


def base_profile(name: str) -> Profile:
    """Return a base profile as it is, with nothing lowered and nothing known of the person.

    Raises:
        KeyError: when there is no base profile of that name.

    """
    return Profile(name=name, base=BASES[name])
