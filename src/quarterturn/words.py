"""What a language needs to have to be spoken, and how its words become a text.

Nothing else in the product holds words that a walker hears. The English ones stand in
`quarterturn.english`, so that they can always be said; another language is a file (see
`quarterturn.cue_files`). A `PhraseBook` is whole from the moment that there is one: whatever is
said out of it later cannot fail for want of a text.
"""

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

from quarterturn.model import Heading, PhaseKind
from quarterturn.units import Incline, Speed
from quarterturn.workout.phases import Side


class Text(StrEnum):
    """The texts, named as the files of languages name them."""

    # What comes next, said ten seconds before
    ANNOUNCE_ONE_QUARTER = auto()
    ANNOUNCE_TWO_QUARTERS = auto()
    ANNOUNCE_CHANGE = auto()
    ANNOUNCE_END = auto()
    STOPPING = auto()
    # At rest
    TURN_ONE_QUARTER = auto()
    TURN_TWO_QUARTERS = auto()
    STAND_READY = auto()
    STILL_WAITING = auto()
    READY_TIMED_OUT = auto()
    IS_THE_BELT_STILL = auto()
    # The action word after three, two, one
    GO = auto()
    GO_SIDEWAYS = auto()
    GO_DIAGONALLY = auto()
    # Speeds
    SPEED = auto()
    SPEED_RISES = auto()
    SPEED_FALLS = auto()
    # How to walk
    POSTURE_BACKWARD = auto()
    POSTURE_SIDEWAYS = auto()
    TECHNIQUE_BACKWARD = auto()
    POSTURE_AND_TECHNIQUE = auto()
    TECHNIQUE_SIDEWAYS = auto()
    TECHNIQUE_CROSS_FRONT = auto()
    TECHNIQUE_CROSS_BEHIND = auto()
    TECHNIQUE_CROSS_ALTERNATING = auto()
    TECHNIQUE_DIAGONAL = auto()
    EVEN_STEPS = auto()
    LAND_SOFTLY = auto()
    NECK = auto()
    ARMS = auto()
    # Time
    HALF_WAY = auto()
    ONE_MINUTE = auto()
    # Pauses and ends
    PAUSED = auto()
    RESUME = auto()
    ACKNOWLEDGE = auto()
    STOPPED = auto()
    COMPLETED = auto()
    # With nobody on the belt: said to who stands beside it
    TRY_READY = auto()
    TRY_STILL = auto()
    TRY_STARTING = auto()
    TRY_LOOK = auto()
    TRY_PAUSE = auto()
    TRY_CUT = auto()
    TRY_STOPPING = auto()
    TRY_ZERO = auto()
    TRY_SEE = auto()
    TRY_ENDED = auto()
    TRY_TIMED_OUT = auto()
    TRY_FAULT = auto()
    TRY_RED_KEY = auto()
    # What is wrong
    RED_KEY = auto()
    STALE = auto()
    FAULT = auto()
    FAULT_RAMP = auto()


class Part(StrEnum):
    """What numbers are put together from."""

    DECIMAL = auto()
    # A language may have a word of its own for one of something.
    SPEED_ONE = auto()
    SPEED_OTHER = auto()
    INCLINE_ONE = auto()
    INCLINE_OTHER = auto()
    DECLINE_ONE = auto()
    DECLINE_OTHER = auto()


FAULTS: Final = (
    *("overspeed", "wrong_way", "wrong_unit", "stale", "uncommanded_motion", "rose_after_stop"),
    *("stop_failed", "not_verified", "link_lost", "no_effect", "refused", "unanswered"),
    *("foreign_control", "clock", "overtime", "expired", "heart_rate", "incline", "screen_lost"),
)
"""The faults with a text of their own, as events name them."""

FIELDS: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(of.split())
    for name, of in {
        Text.ANNOUNCE_ONE_QUARTER: "seconds direction",
        Text.ANNOUNCE_TWO_QUARTERS: "seconds direction facing",
        Text.ANNOUNCE_CHANGE: "seconds change",
        Text.ANNOUNCE_END: "seconds",
        Text.TURN_ONE_QUARTER: "direction facing",
        Text.TURN_TWO_QUARTERS: "direction facing",
        Text.STAND_READY: "facing",
        Text.GO: "way",
        Text.GO_SIDEWAYS: "side",
        Text.GO_DIAGONALLY: "way side",
        Text.SPEED: "speed",
        Text.SPEED_RISES: "start speed",
        Text.SPEED_FALLS: "start speed",
        Text.POSTURE_AND_TECHNIQUE: "posture technique",
        Text.TECHNIQUE_SIDEWAYS: "lead",
        Text.TECHNIQUE_CROSS_FRONT: "lead",
        Text.TECHNIQUE_CROSS_BEHIND: "lead",
        Text.TECHNIQUE_CROSS_ALTERNATING: "lead",
        Text.TECHNIQUE_DIAGONAL: "side",
        Text.RESUME: "facing",
        Part.DECIMAL: "whole digits",
        Part.SPEED_OTHER: "number",
        Part.INCLINE_OTHER: "number",
        Part.DECLINE_OTHER: "number",
    }.items()
}
"""What is filled in between braces, by text or part; what is not named here takes nothing."""

_HEADINGS = tuple(heading.word for heading in Heading)
_KINDS = tuple(kind.value for kind in PhaseKind)
_SIDES = tuple(side.value for side in Side)
TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "texts": tuple(Text),
    "faults": FAULTS,
    "parts": tuple(Part),
    "facing": _HEADINGS,
    "ways": _HEADINGS,
    "kinds": _KINDS,
    "sides": _SIDES,
    "feet": _SIDES,
}
"""The tables of a language, and the keys of each: all of them, and no others."""
NUMBERS: Final = 100
"""The whole numbers that have words: 0 to 99."""


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """All that is said in one language; ``texts`` and ``parts`` have fields in braces.

    ``facing`` is what stands for a heading in "face backward", ``ways`` in "walk backward";
    ``sides`` is what stands for a side in "turn right", ``feet`` in "right foot leads". ``numbers``
    are the words of 0 to 99.

    Raises:
        ValueError: when something is missing, is too much or cannot be filled in.

    """

    language: str
    texts: Mapping[str, str]
    faults: Mapping[str, str]
    parts: Mapping[str, str]
    facing: Mapping[str, str]
    ways: Mapping[str, str]
    kinds: Mapping[str, str]
    sides: Mapping[str, str]
    feet: Mapping[str, str]
    numbers: tuple[str, ...]

    def __post_init__(self) -> None:
        for name, keys in TABLES.items():
            table: Mapping[str, str] = getattr(self, name)
            if table.keys() != set(keys):
                raise ValueError(f"{name} has not the keys of a language")
            for key, text in table.items():
                problem = field_problem(key if name in ("texts", "parts") else "", text)
                if problem is not None:
                    raise ValueError(f"{name}.{key}: {problem}")
        if len(self.numbers) != NUMBERS:
            raise ValueError(f"numbers has {len(self.numbers)} words in place of {NUMBERS}")

    def say(self, text: Text, **values: str) -> str:
        """Fill in a text and give it its capital letter."""
        return sentence(self.texts[text].format(**values))

    def fault(self, fault: str) -> str | None:
        """Return what a fault says, as events name it; None where it has no text of its own."""
        return self.faults.get(fault)

    def phrases(self) -> Iterator[tuple[str, str, str]]:
        """Yield everything but the numbers: table, key and words."""
        for name in TABLES:
            table: Mapping[str, str] = getattr(self, name)
            for key, words in table.items():
                yield name, key, words

    # --- numbers --------------------------------------------------------------------------------

    def number(self, value: int) -> str:
        """Write a whole number from 0 to 99 in words; another one in digits."""
        return self.numbers[value] if 0 <= value < NUMBERS else str(value)

    def speed_number(self, value: Speed) -> str:
        """Write a speed in words without its unit, as ``two point five``."""
        return self._decimal(f"{value.kmh:.2f}")

    def speed(self, value: Speed) -> str:
        """Write a speed in words, as ``two point five kilometres per hour``."""
        if value.centi_kmh == 100:
            return self.parts[Part.SPEED_ONE]
        return self.parts[Part.SPEED_OTHER].format(number=self.speed_number(value))

    def incline(self, value: Incline) -> str:
        """Write an incline in words, as ``incline two per cent``."""
        down = value.tenths_pct < 0
        if abs(value.tenths_pct) == 10:
            return self.parts[Part.DECLINE_ONE if down else Part.INCLINE_ONE]
        number = self._decimal(f"{abs(value.pct):.1f}")
        return self.parts[Part.DECLINE_OTHER if down else Part.INCLINE_OTHER].format(number=number)

    def _decimal(self, digits: str) -> str:
        """Write ``2.5`` as ``two point five``; zeros at the end are not spoken."""
        whole, _, fraction = digits.partition(".")
        fraction = fraction.rstrip("0")
        words = self.number(int(whole))
        if not fraction:
            return words
        after = " ".join(self.numbers[int(digit)] for digit in fraction)
        return self.parts[Part.DECIMAL].format(whole=words, digits=after)


def sentence(text: str) -> str:
    """Give a text its capital letter."""
    return text[:1].upper() + text[1:]


def field_problem(key: str, text: str) -> str | None:
    """Return what is wrong with the braces of a text, and what is allowed; None when nothing is."""
    wanted = FIELDS.get(key, frozenset())
    try:
        parsed = list(string.Formatter().parse(text))
    except ValueError:
        found: set[str] | None = None
    else:
        plain = all(not spec and not conversion for _, _, spec, conversion in parsed)
        found = {name for _, name, _, _ in parsed if name is not None} if plain else None
    if found is not None and found == set(wanted):
        return None
    allowed = ", ".join(f"{{{name}}}" for name in sorted(wanted)) or "nothing"
    return f"in braces there has to be {allowed}, as it stands, and nothing else"
