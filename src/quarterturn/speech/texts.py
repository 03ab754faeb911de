"""What has to be ready to be said: what no walk may be without, and what is recorded beyond it."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from quarterturn import cues
from quarterturn.words import FIELDS, PhraseBook, Text

_COUNTED: Final = (5, 3, 2, 1)
_RECORDED: Final = (
    Text.POSTURE_BACKWARD,
    Text.POSTURE_SIDEWAYS,
    Text.TECHNIQUE_BACKWARD,
    Text.TECHNIQUE_SIDEWAYS,
    Text.TECHNIQUE_CROSS_FRONT,
    Text.TECHNIQUE_CROSS_BEHIND,
    Text.TECHNIQUE_CROSS_ALTERNATING,
    Text.TECHNIQUE_DIAGONAL,
    Text.EVEN_STEPS,
    Text.LAND_SOFTLY,
    Text.NECK,
    Text.ARMS,
    Text.HALF_WAY,
    Text.ONE_MINUTE,
)
_OPEN: Final = (  # they hold a speed, or others that are recorded
    Text.ANNOUNCE_CHANGE,
    Text.SPEED,
    Text.SPEED_RISES,
    Text.SPEED_FALLS,
    Text.POSTURE_AND_TECHNIQUE,
)
_ON_THE_BELT: Final = tuple(
    text for text in Text if text not in (*_RECORDED, *_OPEN) and not text.startswith("try_")
)


def sentences(text: str) -> tuple[str, ...]:
    """Return the parts of a text that are spoken, and recorded, one by one.

    A part ends with a sentence, a comma or a colon, and keeps the mark that it is intoned by; a
    full stop is what it has without one.
    """
    parts = re.split(r"(?<=[.?!:,])\s+", text.strip())
    return tuple(part.rstrip(".").strip() for part in parts if part.strip(" .,:?!"))


def must_be_said(book: PhraseBook) -> tuple[str, ...]:
    """Return every text of a walk that nobody may miss, each once.

    What is wrong, what stops, which way to turn, when the belt starts, how the walk ends; to and
    from every heading, whether or not a plan has it.
    """
    counted = (cues.countdown(book, seconds).text for seconds in _COUNTED)
    filled = _filled(book, _ON_THE_BELT)
    return tuple(dict.fromkeys((*filled, *book.faults.values(), *counted)))


def recorded_texts(book: PhraseBook) -> tuple[str, ...]:
    """Return what is recorded beyond that: how to walk, and how far it still is."""
    return tuple(dict.fromkeys(_filled(book, _RECORDED)))


def cue_to_try(book: PhraseBook) -> str:
    """Return the cue that the voice is tried with."""
    seconds = book.number(cues.ANNOUNCE_S)
    return book.say(Text.ANNOUNCE_ONE_QUARTER, seconds=seconds, direction=book.sides["right"])


def _filled(book: PhraseBook, texts: Iterable[Text]) -> Iterator[str]:
    """Yield texts with everything that may stand in their fields."""
    values: Mapping[str, Iterable[str]] = {
        "seconds": (book.number(cues.ANNOUNCE_S),),
        "direction": book.sides.values(),
        "side": book.sides.values(),
        "facing": book.facing.values(),
        "way": book.ways.values(),
        "lead": book.feet.values(),
    }
    for text in texts:
        fields = sorted(FIELDS.get(text, ()))
        for filling in itertools.product(*(dict.fromkeys(values[field]) for field in fields)):
            yield book.say(text, **dict(zip(fields, filling, strict=True)))
