"""What the pre-flight's screen is made of: answers with their keys, and the words for the end."""

from typing import Final

from textual import events
from textual.content import Content
from textual.widgets import Button

from quarterturn.preflight import (
    Cleared,
    ForwardOnly,
    PreflightResult,
    Refused,
    Situation,
    next_question,
)
from quarterturn.questions import Kind, Topic
from quarterturn.toml_words import printable

AGAIN: Final = "again"
"""On the button that plays the cue to try the voice with once more."""

_BYTES: Final = {"enter": b"\r", "space": b" ", "escape": b"\x1b"}


class AnswerButton(Button):
    """An answer, with its key beside it."""

    def __init__(self, answer: str, key: str) -> None:
        self.answer, self.key = answer, key
        label = f"{answer[:1].upper()}{answer[1:]}"
        super().__init__(Content.assemble(f"{label} ", (key, "$text-accent")))


def keys_of(answers: tuple[str, ...]) -> dict[str, str]:
    """Return a key for each answer: its first letter, or where those are not apart, a number."""
    letters = [answer[0] for answer in answers]
    if len(set(letters)) == len(letters):
        return dict(zip(letters, answers, strict=True))
    return {str(number): answer for number, answer in enumerate(answers, start=1)}


def questions_left(situation: Situation, answers: dict[Topic, str]) -> int:
    """Count the questions still to come if each is answered so that it goes on."""
    given = dict(answers)
    while (question := next_question(situation, given)) is not None and question.topic not in given:
        if question.kind is Kind.YEAR:
            given[question.topic] = str(situation.today.year - 40)
        else:
            given[question.topic] = question.wanted or question.allowed[-1]
    return len(given) - len(answers)


def verdict_words(result: PreflightResult) -> tuple[str, tuple[str, ...], str]:
    """Return title, reasons and the word on the button that goes on."""
    match result.verdict:
        case Cleared(cue_channel=channel):
            lines = (*result.notes, f"Cues: {channel}.")
            return "You are through the questions.", lines, "go on"
        case Refused(reasons=reasons):
            return "This walk does not start.", (*reasons, "Nothing was started."), "back"
        case ForwardOnly(reasons=reasons):
            title = "No walk with phases that are not forward starts."
            return title, (*reasons, "Nothing was started."), "back"


def data_of(event: events.Key, ready_key: str) -> bytes:
    """Return a key as the terminal sends it; the key that the settings have for READY as Enter."""
    if ready_key in (event.key, event.character):
        return _BYTES["enter"]
    known = _BYTES.get(event.key)
    if known is not None:
        return known
    return b"\x1b[~" if event.character is None else event.character.encode("utf-8", "replace")


def printable_lines(text: str) -> str:
    """Return a text without what could move the cursor; its lines stay apart."""
    return "\n".join(printable(line) for line in text.split("\n"))
