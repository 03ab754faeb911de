"""What is asked while a treadmill is got to know, word for word. No answer is assumed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from quarterturn.model import SpeedUnit
from quarterturn.units import Speed, parse_speed

YES: Final = "yes"
NO: Final = "no"
UNKNOWN: Final = "unknown"
NONE: Final = "none"
RAN_ON: Final = "ran on"
STOPPED: Final = "stopped"


class Topic(StrEnum):
    """What a question is about."""

    NOBODY = "nobody"
    RED_KEY = "red_key"
    CONSOLE = "console"
    MILES = "miles"
    ZERO_MOVED = "zero_moved"
    ZERO_FOR = "zero_for"
    STANDS = "stands"
    TRY_PAUSE = "try_pause"
    TRY_CUT = "try_cut"
    LINK_SEEN = "link_seen"


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what may be answered, besides a speed or a number of seconds by its topic.

    ``hint`` is the prompt behind it, ``wrong`` what is said to any other answer.
    """

    topic: Topic
    text: str
    allowed: tuple[str, ...] = (YES, NO)
    hint: str = ""
    wrong: str = "That is not one of the answers."

    def accepts(self, answer: str) -> bool:
        """Return whether an answer is one of this question's."""
        if answer in self.allowed:
            return True
        match self.topic:
            case Topic.CONSOLE:
                return read_speed(answer) is not None
            case Topic.ZERO_FOR:
                return read_seconds(answer) is not None
            case _:
                return False


def read_speed(answer: str) -> Speed | None:
    """Read a speed with its unit; a bare number is none: it may be off by 1.6."""
    try:
        speed = parse_speed(answer)
    except ValueError:
        return None
    return speed if speed and speed.centi_kmh <= 2500 else None


def read_seconds(answer: str) -> float | None:
    """Read a number of seconds from 0 to 60."""
    digits = answer.removesuffix("s").strip().replace(".", "", 1)
    if not (digits.isascii() and digits.isdecimal()):
        return None
    seconds = float(answer.removesuffix("s"))
    return seconds if 0 <= seconds <= 60 else None


def nobody() -> Question:
    """Ask whether the belt is empty and stays so."""
    return Question(
        Topic.NOBODY,
        "The belt will move several times, with nobody on it, at up to 2 km/h. Is the belt empty, "
        "nobody on or behind it, no child and no animal in the room, and nothing that it could "
        "catch?",
    )


def red_key() -> Question:
    """Ask whether the red key is there and works."""
    return Question(
        Topic.RED_KEY,
        "Have you tried that the red key stops this treadmill, is it put in again, and can you "
        "reach it from where you stand, beside the belt and not on it?",
    )


def console() -> Question:
    """Ask what the console showed; who is told what was reported will have seen just that."""
    return Question(
        Topic.CONSOLE,
        "Which speed did the console show while the belt ran? Type it with its unit, as in "
        '1.0 km/h or 0.6 mph. Type "none" where it shows no speed, "unknown" where you do not know '
        "the unit or did not see it.",
        (NONE, UNKNOWN),
        "the speed with km/h or mph, none or unknown",
        "A speed needs its unit, km/h or mph: look for it on the console or in its manual.",
    )


def miles(why: str) -> Question:
    """Ask before a treadmill is taken for one that counts in miles."""
    return Question(
        Topic.MILES,
        f"{why} Shall the next trial take it for one that counts in miles per hour, and find out "
        "whether that is right?",
    )


def zero_moved() -> Question:
    """Ask what reports cannot tell."""
    return Question(
        Topic.ZERO_MOVED,
        "When the treadmill reported zero after the stop, did the belt still move?",
        (YES, NO, UNKNOWN),
    )


def zero_for() -> Question:
    """Ask how long the reports were ahead of the belt."""
    return Question(
        Topic.ZERO_FOR,
        "For how many seconds did it still move, at most?",
        (UNKNOWN,),
        "a number of seconds, or unknown",
    )


def stands() -> Question:
    """Ask for a pair of eyes."""
    return Question(Topic.STANDS, "Look at the belt. Does it stand still now?")


def try_pause() -> Question:
    """Ask whether the console's pause can be tried."""
    return Question(
        Topic.TRY_PAUSE,
        "Does the console have a pause or stop button, and can you press it from beside the belt? "
        "If so, the next trial finds out whether this program sees it.",
    )


def try_cut() -> Question:
    """Ask whether the link may be cut."""
    return Question(
        Topic.TRY_CUT,
        "In the next trial the link is cut for ten seconds while the belt runs slowly: then no "
        "program can stop it, and only the red key can. Shall that be tried, with your hand on the "
        "red key? Without it, what becomes of the belt stays unknown.",
    )


def link_seen() -> Question:
    """Ask what the belt did, where the treadmill did not come back."""
    return Question(
        Topic.LINK_SEEN,
        "The treadmill could not be reached again. If the belt moves, pull the red key now. What "
        "did the belt do after the link was cut, before anybody pulled the key?",
        (RAN_ON, STOPPED, UNKNOWN),
    )


def unit_word(unit: SpeedUnit) -> str:
    """Name a unit in a sentence."""
    return "miles per hour" if unit is SpeedUnit.MPH else "km/h"
