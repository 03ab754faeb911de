"""What can be spoken, known before the walk."""

import pytest

from plan_building import circle, plan_blocks
from quarterturn import cues
from quarterturn.cue_files import load_book
from quarterturn.cue_texts import all_safety_texts, texts_of_plan
from quarterturn.english import ENGLISH
from quarterturn.monitors import FaultKind
from quarterturn.units import Speed
from quarterturn.words import FAULTS, PhraseBook

BOOKS = [ENGLISH, load_book("de")]
CIRCLE = plan_blocks(circle())


def test_every_fault_has_a_text_of_its_own() -> None:
    assert set(FAULTS) == set(FaultKind)


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.language)
def test_every_fault_and_every_stop_can_be_said_without_a_plan(book: PhraseBook) -> None:
    texts = all_safety_texts(book)
    assert len(texts) == len(set(texts))
    for fault in (*FaultKind, "crash"):
        for ramped in (False, True):
            assert cues.fault_cue(book, fault, ramped=ramped).text in texts
    for say in (cues.stopping, cues.stopped, cues.paused, cues.pull_the_red_key):
        assert say(book).text in texts
    assert cues.stale_warning(book).text in texts


def test_the_texts_of_a_plan_begin_as_its_walk_does() -> None:
    texts = texts_of_plan(CIRCLE, ENGLISH)
    assert texts[:6] == (
        "Step to the side rails. Face forward. Hold the rail. Press ready.",
        *("Three", "Two", "One"),
        "Walk forward",
        "Three kilometres per hour.",
    )
    assert len(texts) == len(set(texts))


def test_a_skipped_quarter_and_a_slower_speed_are_among_the_texts_of_a_plan() -> None:
    texts = texts_of_plan(CIRCLE, ENGLISH)
    assert "In ten seconds: stop, then turn right twice, to face forward." in texts
    assert "One point nine kilometres per hour." in texts
    assert "One point eight five kilometres per hour." not in texts
    in_quarters = texts_of_plan(CIRCLE, ENGLISH, step=Speed(5))
    assert "One point eight five kilometres per hour." in in_quarters
