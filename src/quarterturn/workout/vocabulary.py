"""The words of a workout file, and what the same movements are called elsewhere.

A file uses one word for one thing; the other names are understood only to say which word is meant.
"""

from dataclasses import dataclass

from quarterturn.model import Heading, PhaseKind

HEADINGS = {heading.word: heading for heading in Heading}
KINDS = {
    kind.value: kind
    for kind in (PhaseKind.WALK, PhaseKind.SIDE_STEP, PhaseKind.JOG, PhaseKind.DIAGONAL)
}
DEFAULT_KINDS = {
    Heading.FORWARD: PhaseKind.WALK,
    Heading.RIGHT: PhaseKind.SIDE_STEP,
    Heading.BACKWARD: PhaseKind.WALK,
    Heading.LEFT: PhaseKind.SIDE_STEP,
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """The one phase kind and, where the word has one, the heading that another name stands for."""

    kind: PhaseKind
    heading: Heading | None


_FORWARD = Meaning(PhaseKind.WALK, Heading.FORWARD)
_BACKWARD = Meaning(PhaseKind.WALK, Heading.BACKWARD)
_SIDE_STEP = Meaning(PhaseKind.SIDE_STEP, None)
_RIGHT = Meaning(PhaseKind.SIDE_STEP, Heading.RIGHT)
_LEFT = Meaning(PhaseKind.SIDE_STEP, Heading.LEFT)
_JOG = Meaning(PhaseKind.JOG, Heading.FORWARD)
_DIAGONAL = Meaning(PhaseKind.DIAGONAL, None)

ALIASES = {
    "forwards": _FORWARD,
    "ahead": _FORWARD,
    "front": _FORWARD,
    "walking": _FORWARD,
    "vorwärts": _FORWARD,
    "retro": _BACKWARD,
    "retro walking": _BACKWARD,
    "retro running": _BACKWARD,
    "retro locomotion": _BACKWARD,
    "retropedaling": _BACKWARD,
    "retropedalling": _BACKWARD,
    "reverse": _BACKWARD,
    "reversed": _BACKWARD,
    "reverse walking": _BACKWARD,
    "reverse running": _BACKWARD,
    "back": _BACKWARD,
    "backwards": _BACKWARD,
    "backward walking": _BACKWARD,
    "backward running": _BACKWARD,
    "backwards running": _BACKWARD,
    "rear": _BACKWARD,
    "rückwärts": _BACKWARD,
    "rückwärtslaufen": _BACKWARD,
    "rückwartslaufen": _BACKWARD,
    "side": _SIDE_STEP,
    "sideways": _SIDE_STEP,
    "sidestep": _SIDE_STEP,
    "side-step": _SIDE_STEP,
    "side step": _SIDE_STEP,
    "side shuffle": _SIDE_STEP,
    "lateral": _SIDE_STEP,
    "laterally": _SIDE_STEP,
    "crossover": _SIDE_STEP,
    "grapevine": _SIDE_STEP,
    "carioca": _SIDE_STEP,
    "seitwärts": _SIDE_STEP,
    "rightward": _RIGHT,
    "rightwards": _RIGHT,
    "rechts": _RIGHT,
    "leftward": _LEFT,
    "leftwards": _LEFT,
    "links": _LEFT,
    "run": _JOG,
    "running": _JOG,
    "jogging": _JOG,
    "diagonally": _DIAGONAL,
}

_CURVED = frozenset({"curved", "curve", "curves", "bend", "bends", "curved walking"})
_CURVED_REASON = (
    "curved walking cannot be done on a belt: the walker would leave it at the side; "
    "it is a drill for the ground"
)
_PUT_IN = {
    "warm_up": "the warm-up is the table [warm_up], not a phase",
    "cool_down": "the cool-down is the table [cool_down], not a phase",
    "recover": "the plan puts recovery in by itself",
    "turn": "the plan puts turns in by itself",
}


def parse_heading(word: str) -> Heading:
    """Read a heading.

    Raises:
        ValueError: when it is none of the four; the message says which was probably meant.

    """
    heading = HEADINGS.get(word)
    if heading is not None:
        return heading
    meaning = _meaning(word)
    suggestion = ""
    if meaning is not None and meaning.heading is not None:
        suggestion = meaning.heading.word
    elif meaning is not None and meaning.kind is PhaseKind.SIDE_STEP:
        suggestion = "right or left"
    raise ValueError(_refusal(word, "heading", suggestion, list(HEADINGS)))


def parse_kind(word: str) -> PhaseKind:
    """Read the kind of a phase in a block.

    Raises:
        ValueError: when it is none of the four; the message says which was probably meant.

    """
    kind = KINDS.get(word)
    if kind is not None:
        return kind
    if word in _PUT_IN:
        raise ValueError(f"{_PUT_IN[word]}; allowed: {', '.join(KINDS)}")
    meaning = _meaning(word)
    suggestion = ""
    if meaning is not None:
        suggestion = meaning.kind.value
        if meaning.kind is PhaseKind.WALK and meaning.heading is not None:
            suggestion += f' with heading = "{meaning.heading.word}"'
    raise ValueError(_refusal(word, "kind of phase", suggestion, list(KINDS)))


def _meaning(word: str) -> Meaning | None:
    plain = " ".join(word.lower().replace("_", " ").split())
    if plain in _CURVED:
        raise ValueError(_CURVED_REASON)
    return ALIASES.get(plain)


def _refusal(word: str, what: str, suggestion: str, names: list[str]) -> str:
    from quarterturn.toml_words import allowed, shown

    if suggestion:
        hint = f"did you mean {suggestion}? allowed: {', '.join(names)}"
    else:
        hint = allowed(word, names)
    return f"{shown(word)} is no {what}; {hint}"
