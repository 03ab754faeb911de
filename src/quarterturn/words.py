"""Every text that is spoken, in one table, and numbers in words.

A language pack is another mapping of these keys; nothing else in the product holds words that a
walker hears. No text says how the foot leaves the belt, because published advice contradicts itself
there; none asks for a backward lean; none promises anything to anybody's health.
"""

from enum import StrEnum

from quarterturn.model import Heading, PhaseKind
from quarterturn.units import Incline, Speed


class Text(StrEnum):
    """The texts, with ``str.format`` fields. An action verb first, the side word, then a number."""

    # What comes next, said ten seconds before
    ANNOUNCE_ONE_QUARTER = "In {seconds} seconds: stop, then turn {direction}."
    ANNOUNCE_TWO_QUARTERS = (
        "In {seconds} seconds: stop, then turn {direction} twice, to face {facing}."
    )
    ANNOUNCE_CHANGE = "In {seconds} seconds: {change}."
    ANNOUNCE_END = "In {seconds} seconds: stop. The walk ends."
    STOPPING = "Stopping"
    # At rest
    TURN_ONE_QUARTER = (
        "Stop. Step to the side rails. Turn {direction}, to face {facing}. "
        "Hold the rail. Press ready."
    )
    TURN_TWO_QUARTERS = (
        "Stop. Step to the side rails. Turn {direction} twice, to face {facing}. "
        "Hold the rail. Press ready."
    )
    STAND_READY = "Step to the side rails. Face {facing}. Hold the rail. Press ready."
    STILL_WAITING = "Hold the rail. Press ready when you stand firmly."
    READY_TIMED_OUT = "Nobody pressed ready. The walk ends here."
    IS_THE_BELT_STILL = "Look at the belt. Press ready if it stands still."
    # The action word after three, two, one
    GO = "Walk {facing}"
    GO_SIDEWAYS = "Side-step to the {lead}"
    GO_DIAGONALLY = "Walk {facing}, to the {side}"
    # Speeds
    SPEED = "{speed}."
    SPEED_RISES = "From {start} slowly up to {speed}."
    SPEED_FALLS = "From {start} slowly down to {speed}."
    # How to walk
    POSTURE_BACKWARD = "Chest up, look straight"
    POSTURE_SIDEWAYS = "Stand tall, look straight"
    TECHNIQUE_BACKWARD = "Big toe back, roll to heel"
    POSTURE_AND_TECHNIQUE = "{posture}. {technique}"
    TECHNIQUE_SIDEWAYS = "{lead} foot leads, the other closes"
    TECHNIQUE_CROSS_FRONT = "{lead} foot leads, the other crosses in front"
    TECHNIQUE_CROSS_BEHIND = "{lead} foot leads, the other crosses behind"
    TECHNIQUE_CROSS_ALTERNATING = "{lead} foot leads, the other crosses front, behind"
    TECHNIQUE_DIAGONAL = "Small steps to the {side}"
    EVEN_STEPS = "Even steps"
    LAND_SOFTLY = "Land softly"
    NECK = "Neck long, do not look round"
    ARMS = "Reach back with your arms"
    # Time
    HALF_WAY = "Half way"
    ONE_MINUTE = "One minute left"
    # Pauses and ends
    PAUSED = "Paused. Step to the side rails. Hold the rail."
    RESUME = "Hold the rail, face {facing}. Press ready to walk on."
    ACKNOWLEDGE = "Acknowledge the fault, arm, then press ready."
    STOPPED = "Stopped. Hold the rail. Step off when the belt stands."
    COMPLETED = "The walk is complete. Hold the rail. Step off."
    # With nobody on the belt: said to who stands beside it
    TRY_READY = "Stand beside the belt. Nobody on it. Press ready."
    TRY_STILL = "Look at the belt. Nobody on it. Press ready if it stands still."
    TRY_STARTING = "The belt starts"
    TRY_LOOK = "Read the speed on the console. Remember it."
    TRY_PAUSE = "Press pause on the console now."
    TRY_CUT = "Hand on the red key. The link is cut now."
    TRY_STOPPING = "Stopping. Watch the belt."
    TRY_ZERO = "The treadmill reports zero now. Remember: does the belt still move?"
    TRY_SEE = "Look at the belt. Does it stand still?"
    TRY_ENDED = "The belt stands."
    TRY_TIMED_OUT = "Nobody pressed ready. Nothing is started."
    TRY_FAULT = "Stopping. Keep off the belt."
    TRY_RED_KEY = "Keep off the belt. Pull the red key."
    # What is wrong
    RED_KEY = "Stay on the rails. Pull the red key."
    STALE = "Hold the rails. The treadmill is silent."
    FAULT = "Stopping. Step to the side rails. Something is wrong."
    FAULT_RAMP = "Slowing down. Hold the rails. Something is wrong."


#: What each fault says; the belt's own danger first, then what the walker does.
FAULT_TEXTS = {
    "overspeed": "Stopping. Hold the rails. The belt is too fast.",
    "wrong_way": "Stopping. Hold the rails. The belt sped up.",
    "wrong_unit": "Stopping. Hold the rails. The treadmill counts in miles.",
    "stale": "Stopping. Hold the rails. The treadmill is silent.",
    "uncommanded_motion": "Hold the rails. The belt moves by itself.",
    "rose_after_stop": Text.RED_KEY.value,
    "stop_failed": Text.RED_KEY.value,
    "not_verified": Text.RED_KEY.value,
    "link_lost": "Stay on the rails. Pull the red key. The link is lost.",
    "no_effect": "Slowing down. Hold the rails. The treadmill does not follow.",
    "refused": "Stopping. Hold the rails. The treadmill refuses.",
    "unanswered": "Stopping. Hold the rails. The treadmill does not answer.",
    "foreign_control": "Stopping. Hold the rails. Somebody else set the speed.",
    "clock": "Slowing down. Hold the rails. The computer fell behind.",
    "overtime": "Slowing down. Hold the rails. The time is over.",
    "expired": "Slowing down. Hold the rails. The control is lost.",
    "heart_rate": "Slowing down. Hold the rails. Your heart rate is high.",
    "incline": "Stopping. Hold the rails. The incline is wrong.",
    "screen_lost": "Slowing down. Hold the rails. The screen is gone.",
}

FACING = {
    Heading.FORWARD: "forward",
    # Not "the left rail": said to somebody who faces backward, it is on the right hand.
    Heading.RIGHT: "sideways",
    Heading.BACKWARD: "backward",
    Heading.LEFT: "sideways",
}

KINDS = {
    PhaseKind.WARM_UP: "warm-up",
    PhaseKind.WALK: "walk",
    PhaseKind.JOG: "jog",
    PhaseKind.SIDE_STEP: "side-step",
    PhaseKind.DIAGONAL: "diagonal",
    PhaseKind.RECOVER: "recover",
    PhaseKind.COOL_DOWN: "cool-down",
}

# fmt: off
_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
# fmt: on
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def number(value: int) -> str:
    """Write a whole number from 0 to 99 in words; a larger one in digits."""
    if not 0 <= value < 100:
        return str(value)
    if value < 20:
        return _SMALL[value]
    tens, ones = divmod(value, 10)
    return _TENS[tens - 2] + (f"-{_SMALL[ones]}" if ones else "")


def _decimal(digits: str) -> str:
    """Write ``2.5`` as ``two point five``; zeros at the end are not spoken."""
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    words = number(int(whole))
    return f"{words} point {' '.join(_SMALL[int(d)] for d in fraction)}" if fraction else words


def speed_number(value: Speed) -> str:
    """Write a speed in words without its unit, as ``two point five``."""
    return _decimal(f"{value.kmh:.2f}")


def speed(value: Speed) -> str:
    """Write a speed in words, as ``two point five kilometres per hour``."""
    unit = "kilometre" if value.centi_kmh == 100 else "kilometres"
    return f"{speed_number(value)} {unit} per hour"


def incline(value: Incline) -> str:
    """Write an incline in words, as ``incline two per cent``."""
    sign = "minus " if value.tenths_pct < 0 else ""
    return f"incline {sign}{_decimal(f'{abs(value.pct):.1f}')} per cent"


def sentence(text: str) -> str:
    """Give a text its capital letter."""
    return text[:1].upper() + text[1:]
