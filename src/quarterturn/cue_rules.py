"""The rules that every text has to keep, in whatever language: short, no promise, no wrong side.

They are held against a file of cues when it is read, and so before anybody walks by it. Of the
words, only those of the languages below are known; in another one a person has to read them.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from quarterturn.words import FIELDS, Text

LONGEST: Final = 80
"""Characters of a text that is said while the belt may move."""
LONGEST_AT_REST: Final = 120
"""Characters of a text that waits for READY on a standing belt."""
LONGEST_SENTENCE: Final = 75

_AT_REST = frozenset({Text.TURN_ONE_QUARTER, Text.TURN_TWO_QUARTERS, Text.STAND_READY})
_SIDED = frozenset({"direction", "side", "lead"})

_EVERYWHERE: Final = {
    "emergency": "the red key is the emergency stop, and no software is",
    "notaus": "the red key is the emergency stop, and no software is",
    "push off": "published advice on how the foot leaves the belt contradicts itself",
    "push-off": "published advice on how the foot leaves the belt contradicts itself",
}
_PROMISE = "nothing is promised to anybody's health"
_LEAN = "nobody is asked to lean"
_FORBIDDEN: Final = {
    "en": {
        "lean": _LEAN,
        **dict.fromkeys(
            ("heal", "cure", "therap", "treat ", "pain", "safe", "doctor", "medical"),
            _PROMISE,
        ),
    },
    "de": {
        **dict.fromkeys(("not-aus", "nothalt", "not-halt", "notstop"), _EVERYWHERE["notaus"]),
        **dict.fromkeys(("abstoß", "abdrück"), _EVERYWHERE["push off"]),
        **dict.fromkeys(("lehnen", "lehne "), _LEAN),
        **dict.fromkeys(
            ("heilt", "heilen", "heilung", "therap", "schmerz", "sicher", "arzt", "medizin"),
            _PROMISE,
        ),
        **dict.fromkeys(
            ("gesund", "garant"),
            _PROMISE,
        ),
    },
}
_SIDES: Final = {"en": ("right", "left"), "de": ("recht", "link")}


def broken_rules(
    language: str, phrases: Iterable[tuple[str, str, str]]
) -> Iterator[tuple[str, str, str]]:
    """Yield table, key and what is wrong there, for phrases as table, key and words."""
    listed = list(phrases)
    base = language.partition("-")[0]
    forbidden = _EVERYWHERE | _FORBIDDEN.get(base, {})
    sides = {key: words for table, key, words in listed if table == "sides"}
    for table, key, words in listed:
        small = words.lower()
        for word, why in forbidden.items():
            if word in small:
                yield table, key, f"{word.strip()!r} is not said: {why}"
        if table in ("texts", "faults"):
            for problem in _too_long(table, key, words):
                yield table, key, problem
        if table == "texts":
            for problem in _names_a_side(key, small, sides.values()):
                yield table, key, problem
        if table in ("sides", "feet"):
            for problem in _wrong_side(key, small, base):
                yield table, key, problem
    if len(sides) == 2 and len(set(sides.values())) == 1:
        yield "sides", "left", "right and left are the same word"


def _too_long(table: str, key: str, words: str) -> Iterator[str]:
    longest = LONGEST_AT_REST if table == "texts" and key in _AT_REST else LONGEST
    if len(words) > longest:
        yield f"{len(words)} characters; at most {longest} are allowed, to be said in time"
    sentence = max(map(len, re.split(r"[.!?] ", words)))
    if sentence > LONGEST_SENTENCE:
        yield f"a sentence of {sentence} characters; at most {LONGEST_SENTENCE} are allowed"


def _names_a_side(key: str, small: str, sides: Iterable[str]) -> Iterator[str]:
    """Find a side that stands beside the field that is filled in with one."""
    if FIELDS.get(key, frozenset()) & _SIDED:
        for side in sides:
            if re.search(rf"\b{re.escape(side.lower())}\b", small):
                yield f"{side!r} is written out; the side is filled in where it belongs"


def _wrong_side(key: str, small: str, base: str) -> Iterator[str]:
    """Find right and left that have changed places, where their words are known."""
    if base not in _SIDES:
        return
    right, left = _SIDES[base]
    own, other = (right, left) if key == "right" else (left, right)
    if own not in small or other in small:
        yield f"this is not {key}: its word has {own!r} in it and not {other!r}"
