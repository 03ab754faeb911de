"""The English words: always there, whatever has become of any file.

`configs/cues/en.toml` says the same, as the pattern for other languages. No text says how the foot
leaves the belt, because published advice contradicts itself there; none asks for a backward lean;
none promises anything to anybody's health.
"""

from typing import Final

from quarterturn.model import Heading, PhaseKind
from quarterturn.words import Part, PhraseBook, Text
from quarterturn.workout.phases import Side

_TEXTS = {
    # What comes next, said ten seconds before
    Text.ANNOUNCE_ONE_QUARTER: "In {seconds} seconds: stop, then turn {direction}.",
    Text.ANNOUNCE_TWO_QUARTERS: (
        "In {seconds} seconds: stop, then turn {direction} twice, to face {facing}."
    ),
    Text.ANNOUNCE_CHANGE: "In {seconds} seconds: {change}.",
    Text.ANNOUNCE_END: "In {seconds} seconds: stop. The walk ends.",
    Text.STOPPING: "Stopping",
    # At rest
    Text.TURN_ONE_QUARTER: (
        "Stop. Step to the side rails. Turn {direction}, to face {facing}. "
        "Hold the rail. Press ready."
    ),
    Text.TURN_TWO_QUARTERS: (
        "Stop. Step to the side rails. Turn {direction} twice, to face {facing}. "
        "Hold the rail. Press ready."
    ),
    Text.STAND_READY: "Step to the side rails. Face {facing}. Hold the rail. Press ready.",
    Text.STILL_WAITING: "Hold the rail. Press ready when you stand firmly.",
    Text.READY_TIMED_OUT: "Nobody pressed ready. The walk ends here.",
    Text.IS_THE_BELT_STILL: "Look at the belt. Press ready if it stands still.",
    # The action word after three, two, one
    Text.GO: "Walk {way}",
    Text.GO_SIDEWAYS: "Side-step to the {side}",
    Text.GO_DIAGONALLY: "Walk {way}, to the {side}",
    # Speeds
    Text.SPEED: "{speed}.",
    Text.SPEED_RISES: "From {start} slowly up to {speed}.",
    Text.SPEED_FALLS: "From {start} slowly down to {speed}.",
    # How to walk
    Text.POSTURE_BACKWARD: "Chest up, look straight",
    Text.POSTURE_SIDEWAYS: "Stand tall, look straight",
    Text.TECHNIQUE_BACKWARD: "Big toe back, roll to heel",
    Text.POSTURE_AND_TECHNIQUE: "{posture}. {technique}",
    Text.TECHNIQUE_SIDEWAYS: "{lead} foot leads, the other closes",
    Text.TECHNIQUE_CROSS_FRONT: "{lead} foot leads, the other crosses in front",
    Text.TECHNIQUE_CROSS_BEHIND: "{lead} foot leads, the other crosses behind",
    Text.TECHNIQUE_CROSS_ALTERNATING: "{lead} foot leads, the other crosses front, behind",
    Text.TECHNIQUE_DIAGONAL: "Small steps to the {side}",
    Text.EVEN_STEPS: "Even steps",
    Text.LAND_SOFTLY: "Land softly",
    Text.NECK: "Neck long, do not look round",
    Text.ARMS: "Reach back with your arms",
    # Time
    Text.HALF_WAY: "Half way",
    Text.ONE_MINUTE: "One minute left",
    # Pauses and ends
    Text.PAUSED: "Paused. Step to the side rails. Hold the rail.",
    Text.RESUME: "Hold the rail, face {facing}. Press ready to walk on.",
    Text.ACKNOWLEDGE: "Acknowledge the fault, arm, then press ready.",
    Text.STOPPED: "Stopped. Hold the rail. Step off when the belt stands.",
    Text.COMPLETED: "The walk is complete. Hold the rail. Step off.",
    # With nobody on the belt: said to who stands beside it
    Text.TRY_READY: "Stand beside the belt. Nobody on it. Press ready.",
    Text.TRY_STILL: "Look at the belt. Nobody on it. Press ready if it stands still.",
    Text.TRY_STARTING: "The belt starts",
    Text.TRY_LOOK: "Read the speed on the console. Remember it.",
    Text.TRY_PAUSE: "Press pause on the console now.",
    Text.TRY_CUT: "Hand on the red key. The link is cut now.",
    Text.TRY_STOPPING: "Stopping. Watch the belt.",
    Text.TRY_ZERO: "The treadmill reports zero now. Remember: does the belt still move?",
    Text.TRY_SEE: "Look at the belt. Does it stand still?",
    Text.TRY_ENDED: "The belt stands.",
    Text.TRY_TIMED_OUT: "Nobody pressed ready. Nothing is started.",
    Text.TRY_FAULT: "Stopping. Keep off the belt.",
    Text.TRY_RED_KEY: "Keep off the belt. Pull the red key.",
    # What is wrong
    Text.RED_KEY: "Stay on the rails. Pull the red key.",
    Text.STALE: "Hold the rails. The treadmill is silent.",
    Text.FAULT: "Stopping. Step to the side rails. Something is wrong.",
    Text.FAULT_RAMP: "Slowing down. Hold the rails. Something is wrong.",
}

_RED_KEY = _TEXTS[Text.RED_KEY]
# What each fault says; the belt's own danger first, then what the walker does.
_FAULTS = {
    "overspeed": "Stopping. Hold the rails. The belt is too fast.",
    "wrong_way": "Stopping. Hold the rails. The belt sped up.",
    "wrong_unit": "Stopping. Hold the rails. The treadmill counts in miles.",
    "stale": "Stopping. Hold the rails. The treadmill is silent.",
    "uncommanded_motion": "Hold the rails. The belt moves by itself.",
    "rose_after_stop": _RED_KEY,
    "stop_failed": _RED_KEY,
    "not_verified": _RED_KEY,
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

_PARTS = {
    Part.DECIMAL: "{whole} point {digits}",
    Part.SPEED_ONE: "one kilometre per hour",
    Part.SPEED_OTHER: "{number} kilometres per hour",
    Part.INCLINE_ONE: "incline one per cent",
    Part.INCLINE_OTHER: "incline {number} per cent",
    Part.DECLINE_ONE: "incline minus one per cent",
    Part.DECLINE_OTHER: "incline minus {number} per cent",
}

_HEADINGS = {
    Heading.FORWARD.word: "forward",
    # Not "the left rail": said to somebody who faces backward, it is on the right hand.
    Heading.RIGHT.word: "sideways",
    Heading.BACKWARD.word: "backward",
    Heading.LEFT.word: "sideways",
}

_SIDES = {Side.RIGHT.value: "right", Side.LEFT.value: "left"}

# fmt: off
_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
# fmt: on
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

ENGLISH: Final = PhraseBook(
    language="en",
    texts={str(key): text for key, text in _TEXTS.items()},
    faults=_FAULTS,
    parts={str(key): text for key, text in _PARTS.items()},
    facing=_HEADINGS,
    ways=_HEADINGS,
    kinds={
        PhaseKind.WARM_UP.value: "warm-up",
        PhaseKind.WALK.value: "walk",
        PhaseKind.JOG.value: "jog",
        PhaseKind.SIDE_STEP.value: "side-step",
        PhaseKind.DIAGONAL.value: "diagonal",
        PhaseKind.RECOVER.value: "recover",
        PhaseKind.COOL_DOWN.value: "cool-down",
    },
    sides=_SIDES,
    feet=_SIDES,
    numbers=(
        *_SMALL,
        *(f"{ten}-{one}" if one else ten for ten in _TENS for one in ("", *_SMALL[1:10])),
    ),
)
