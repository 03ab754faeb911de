"""How a heading is shown, everywhere alike: a shape, a word and a colour together, never one alone.

The shapes point as seen from above, the console being up [safety 8.3].
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Look:
    """The look of a heading; ``colour`` is the name of a theme variable, without its ``$``."""

    word: str
    shape: str
    colour: str


LOOKS: Final = {
    word: Look(word, shape, f"heading-{word}")
    for word, shape in (("forward", "▲"), ("right", "▶"), ("backward", "▼"), ("left", "◀"))
}
TURN_SHAPE: Final = "⟳"
STOP_SHAPE: Final = "■"
