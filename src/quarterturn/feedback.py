"""What a person said of a session: how hard it was, pain, dizziness, confidence.

It stands in a file of its own beside the journal, ``<journal>.feedback.json``, which its owner
alone can read, and holds no name (docs/decisions/0027). Every answer may be left out.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from quarterturn.whole_files import write_private

FORMAT: Final = 1
"""The version of the format; a file of another version is not read."""
MAX_BYTES: Final = 4096
"""The largest file that is read; one that we wrote has about a hundred bytes."""
HIGHEST: Final = 10
"""The end of each scale, which begins at 0."""
MUCH_PAIN: Final = 5
"""Above this, somebody who knows the person is asked before the next walk."""

CR10: Final[Mapping[int, str]] = {
    0: "nothing at all",
    1: "very light",
    2: "light",
    3: "moderate",
    4: "somewhat hard",
    5: "hard",
    7: "very hard",
    10: "the hardest there is",
}
"""Words for the scale of effort, at the places where the category-ratio scale CR10 has them."""

_SCALES: Final = ("effort", "pain", "confidence")


@dataclass(frozen=True, slots=True)
class Feedback:
    """Answers after a session, from 0 to 10; None: not answered.

    Raises:
        ValueError: when a number is not on its scale.

    """

    effort: int | None = None
    pain: int | None = None
    dizzy: bool | None = None
    confidence: int | None = None

    def __post_init__(self) -> None:
        for name in _SCALES:
            value = getattr(self, name)
            if value is not None and not (type(value) is int and 0 <= value <= HIGHEST):
                raise ValueError(f"{name} is {value!r}; 0 to {HIGHEST} is allowed")
        if self.dizzy is not None and type(self.dizzy) is not bool:
            raise ValueError(f"dizzy is {self.dizzy!r}; yes or no is allowed")

    @property
    def is_empty(self) -> bool:
        """Whether nothing was answered."""
        return self == Feedback()

    @property
    def warns(self) -> bool:
        """Whether the answers call for an end of this day's walking."""
        return self.dizzy is True or (self.pain is not None and self.pain > MUCH_PAIN)


WARNING: Final = (
    "Stop for today. Before you walk again, ask a doctor or a physiotherapist about this."
)
"""What is said where `Feedback.warns`."""


def feedback_path(journal: Path) -> Path:
    """Return the file of what was said of a journal's session."""
    return journal.with_name(f"{journal.name}.feedback.json")


def read_feedback(journal: Path) -> Feedback | None:
    """Read what was said of a session; None where nothing is kept.

    Raises:
        ValueError: when the file is no such thing; the message names it.
        OSError: when it cannot be read.

    """
    path = feedback_path(journal)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    try:
        return _parse(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: {error}") from None


def write_feedback(journal: Path, feedback: Feedback) -> Path:
    """Keep what was said of a session, all or nothing, for its owner alone; return the file.

    What was said before of the same session is replaced.

    Raises:
        OSError: when it cannot be written; what was there before is untouched.

    """
    path = feedback_path(journal)
    data = (json.dumps({"feedback": FORMAT, **asdict(feedback)}) + "\n").encode()
    write_private(path, data)
    return path


def _parse(data: bytes) -> Feedback:
    if len(data) > MAX_BYTES:
        raise ValueError("it is too large")
    try:
        value: object = json.loads(data)
    except ValueError:
        raise ValueError("it is not JSON") from None
    if not isinstance(value, dict) or value.get("feedback") != FORMAT:
        raise ValueError(f"it is no feedback of format {FORMAT}")
    return Feedback(
        effort=value.get("effort"),
        pain=value.get("pain"),
        dizzy=value.get("dizzy"),
        confidence=value.get("confidence"),
    )
