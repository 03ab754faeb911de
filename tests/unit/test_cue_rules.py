"""What may be said, in whatever language: short, no promise, no wrong side."""

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from plan_building import circle, plan_blocks
from quarterturn import cues
from quarterturn.cue_files import load_book
from quarterturn.cue_rules import broken_rules
from quarterturn.english import ENGLISH
from quarterturn.model import Heading, PhaseKind
from quarterturn.plan import PlannedPhase, Turn
from quarterturn.words import PhraseBook
from quarterturn.workout.phases import Side

GERMAN = load_book("de")
PHASE = plan_blocks(circle()).phases[2]
RIGHT = re.compile(r"\b(right|recht)", re.IGNORECASE)  # "aufrecht" is upright
LEFT = re.compile(r"\b(left|link)", re.IGNORECASE)


def broken(table: str, key: str, words: str, book: PhraseBook = ENGLISH) -> list[str]:
    tables: dict[str, Mapping[str, str]] = {table: {**getattr(book, table), key: words}}
    changed: dict[str, Any] = tables
    return [
        f"{name}.{where}: {what}"
        for name, where, what in broken_rules(book.language, replace(book, **changed).phrases())
    ]


@pytest.mark.parametrize("book", [ENGLISH, GERMAN], ids=lambda book: book.language)
def test_what_ships_breaks_no_rule(book: PhraseBook) -> None:
    # req: S000-03, S000-04, S000-09, S002-16
    assert list(broken_rules(book.language, book.phrases())) == []


@pytest.mark.parametrize(
    ("book", "words", "why"),
    [
        (ENGLISH, "Emergency stop", "'emergency' is not said: the red key is the emergency stop"),
        (ENGLISH, "Push off with the toes", "'push off' is not said: published advice"),
        (ENGLISH, "Lean back", "'lean' is not said: nobody is asked to lean"),
        (ENGLISH, "Your knee will heal", "'heal' is not said: nothing is promised"),
        (GERMAN, "Not-Halt", "'not-halt' is not said: the red key"),
        (GERMAN, "NOTAUS", "'notaus' is not said: the red key"),
        (GERMAN, "Mit den Zehen abstoßen", "'abstoß' is not said: published advice"),
        (GERMAN, "Nach hinten lehnen", "'lehnen' is not said: nobody is asked to lean"),
        (GERMAN, "Das heilt die Knie", "'heilt' is not said: nothing is promised"),
        (replace(ENGLISH, language="fr"), "Emergency", "'emergency' is not said: the red key"),
    ],
)
def test_what_is_not_said_is_found(book: PhraseBook, words: str, why: str) -> None:
    # req: S000-03, S000-04, S000-09, S002-16
    [problem] = broken("texts", "even_steps", words, book)
    assert problem.startswith(f"texts.even_steps: {why}")
    assert broken("faults", "clock", words, book)


def test_words_of_another_language_mean_something_else_in_it() -> None:
    # "Lean" is no word of German, and nobody knows what it is in Finnish.
    assert broken("texts", "even_steps", "Lean", GERMAN) == []
    assert broken("texts", "even_steps", "Lean", replace(ENGLISH, language="fi")) == []
    assert broken("texts", "even_steps", "Lean", replace(ENGLISH, language="en-GB"))


def test_a_text_is_short_and_its_sentences_shorter() -> None:
    assert broken("faults", "clock", "x" * 50 + ". " + "x" * 28) == []
    assert broken("faults", "clock", "x" * 50 + ". " + "x" * 29) == [
        "faults.clock: 81 characters; at most 80 are allowed, to be said in time"
    ]
    assert broken("texts", "even_steps", "x" * 76) == [
        "texts.even_steps: a sentence of 76 characters; at most 75 are allowed"
    ]


def test_what_waits_for_ready_may_be_longer() -> None:
    assert broken("texts", "stand_ready", "{facing}." + " Wait here now." * 7) == []
    [problem] = broken("texts", "stand_ready", "{facing}." + " Wait here now." * 8)
    assert "at most 120 are allowed" in problem


@pytest.mark.parametrize("table", ["sides", "feet"])
def test_right_and_left_that_changed_places_are_found(table: str) -> None:
    words: Mapping[str, str] = getattr(GERMAN, table)
    [problem] = broken(table, "right", f"erst {words['right']}, dann {words['left']}", GERMAN)
    assert problem == f"{table}.right: this is not right: its word has 'recht' in it and not 'link'"
    swapped: dict[str, Any] = {table: {"right": words["left"], "left": words["right"]}}
    found = list(broken_rules("de", replace(GERMAN, **swapped).phrases()))
    assert [(name, key) for name, key, _ in found] == [(table, "right"), (table, "left")]


def test_one_word_for_both_sides_is_found_in_any_language() -> None:
    same = replace(ENGLISH, language="fi", sides={"right": "oikea", "left": "oikea"})
    assert list(broken_rules("fi", same.phrases())) == [
        ("sides", "left", "right and left are the same word")
    ]


def test_a_side_is_filled_in_and_never_written_out() -> None:
    [problem] = broken("texts", "go_sideways", "Links, nach {side}", GERMAN)
    assert problem.startswith("texts.go_sideways: 'links' is written out")
    assert broken("texts", "one_minute", "One minute left") == []


def variants() -> list[PlannedPhase]:
    return [
        replace(PHASE, heading=heading, kind=kind, side=side, turn=turn)
        for heading, kind, side, turn in product(
            Heading,
            (PhaseKind.WALK, PhaseKind.DIAGONAL),
            Side,
            (None, *(Turn(sense, quarters) for sense in Side for quarters in (1, 2))),
        )
    ]


def test_german_says_rechts_where_english_says_right_for_every_heading_and_turn() -> None:
    # req: S000-16, D3
    makers = (cues.at_rest, cues.starting, cues.resume, cues.technique_cue, cues.posture_cue)
    named = 0
    for phase in variants():
        said = [(make(ENGLISH, phase), make(GERMAN, phase)) for make in makers]
        if phase.turn is not None:
            said.append((cues.announce_turn(ENGLISH, phase), cues.announce_turn(GERMAN, phase)))
        said += zip(
            cues.rotating_cues(ENGLISH, phase), cues.rotating_cues(GERMAN, phase), strict=True
        )
        for english, german in said:
            assert (english is None) == (german is None)
            if english is None or german is None:
                continue
            for side in (RIGHT, LEFT):
                in_english, in_german = side.findall(english.text), side.findall(german.text)
                assert len(in_english) == len(in_german)
                named += len(in_german)
    assert named > 300
