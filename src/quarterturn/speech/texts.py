"""What has to be ready to be said: the texts of a plan, and those that no walk may be without."""

import re
from collections.abc import Iterator

from quarterturn import cues, words
from quarterturn.model import Heading
from quarterturn.plan import Plan
from quarterturn.words import FAULT_TEXTS, Text
from quarterturn.workout.phases import Side

LANGUAGES = ("en",)
"""The languages that cues are written in, the one for all others first."""

_COUNTED = (5, 3, 2, 1)
_TECHNIQUE = (
    Text.POSTURE_BACKWARD,
    Text.POSTURE_SIDEWAYS,
    Text.TECHNIQUE_BACKWARD,
    Text.EVEN_STEPS,
    Text.LAND_SOFTLY,
    Text.NECK,
    Text.ARMS,
    Text.HALF_WAY,
    Text.ONE_MINUTE,
)
_TECHNIQUE_OF_A_SIDE = (
    Text.TECHNIQUE_SIDEWAYS,
    Text.TECHNIQUE_CROSS_FRONT,
    Text.TECHNIQUE_CROSS_BEHIND,
    Text.TECHNIQUE_CROSS_ALTERNATING,
    Text.TECHNIQUE_DIAGONAL,
)


def spoken_language(wanted: str) -> str:
    """Return the language that somebody who wants this one is spoken to in."""
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def sentences(text: str) -> tuple[str, ...]:
    """Return the parts of a text that are spoken, and recorded, one by one.

    A part ends with a sentence, a comma or a colon, and keeps the mark that it is intoned by; a
    full stop is what it has without one.
    """
    parts = re.split(r"(?<=[.?!:,])\s+", text.strip())
    return tuple(part.rstrip(".").strip() for part in parts if part.strip(" .,:?!"))


def all_safety_texts() -> tuple[str, ...]:
    """Return every text of a walk that somebody must not miss, each once.

    What is wrong, what stops, which way to turn, when the belt starts, how the walk ends.
    """
    return tuple(dict.fromkeys(_safety_texts()))


def pack_texts() -> tuple[str, ...]:
    """Return the other texts that are recorded too: how to walk, and how far it still is."""
    fixed = (text.value for text in _TECHNIQUE)
    lead = (
        text.format(lead=words.sentence(side.value), side=side.value)
        for text in _TECHNIQUE_OF_A_SIDE
        for side in Side
    )
    return tuple(dict.fromkeys((*fixed, *lead)))


def texts_of_plan(plan: Plan) -> tuple[str, ...]:
    """Return what is said in a walk of a plan if all goes well, each text once, the first first."""
    return tuple(dict.fromkeys(_texts_of(plan)))


def _texts_of(plan: Plan) -> Iterator[str]:
    phases = plan.phases
    for phase, after in zip(phases, (*phases[1:], None), strict=True):
        yield cues.at_rest(phase).text
        yield cues.starting(phase).text
        for _, cue in cues.phase_cues(phase, after):
            yield cue.text


def _safety_texts() -> Iterator[str]:
    for text in (Text.RED_KEY, Text.STALE, Text.FAULT, Text.FAULT_RAMP):
        yield text.value
    yield from FAULT_TEXTS.values()
    for text in (Text.STOPPING, Text.PAUSED, Text.STOPPED, Text.COMPLETED, Text.READY_TIMED_OUT):
        yield text.value
    for text in (Text.STILL_WAITING, Text.IS_THE_BELT_STILL, Text.ACKNOWLEDGE):
        yield text.value
    for seconds in _COUNTED:
        yield cues.countdown(seconds).text
    yield cues.announce_end().text
    ten = words.number(cues.ANNOUNCE_S)
    for facing in dict.fromkeys(words.FACING.values()):
        yield Text.STAND_READY.format(facing=facing)
        yield Text.RESUME.format(facing=facing)
        for side in Side:
            fields = {"seconds": ten, "direction": side.value, "facing": facing}
            for turn in (
                Text.ANNOUNCE_ONE_QUARTER,
                Text.ANNOUNCE_TWO_QUARTERS,
                Text.TURN_ONE_QUARTER,
                Text.TURN_TWO_QUARTERS,
            ):
                yield turn.format(**fields)
    for heading in Heading:
        yield from _starts(heading)


def _starts(heading: Heading) -> Iterator[str]:
    if heading in (Heading.RIGHT, Heading.LEFT):
        yield Text.GO_SIDEWAYS.format(lead=cues.leading_foot(heading).value)
        return
    facing = words.FACING[heading]
    yield Text.GO.format(facing=facing)
    for side in Side:
        yield Text.GO_DIAGONALLY.format(facing=facing, side=side.value)
