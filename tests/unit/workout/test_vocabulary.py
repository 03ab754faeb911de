import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.model import Heading, PhaseKind
from quarterturn.workout.vocabulary import (
    ALIASES,
    DEFAULT_KINDS,
    HEADINGS,
    KINDS,
    Meaning,
    parse_heading,
    parse_kind,
)


# req: S000-01, S001-01
@pytest.mark.parametrize(
    "word",
    [
        "retro",
        "reverse",
        "backwards",
        "retro running",
        "reverse running",
        "backwards running",
        "retro locomotion",
        "rückwartslaufen",
        "retropedaling",
        "backward walking",
    ],
)
def test_every_other_name_of_backward_walking_means_that_one_kind(word: str) -> None:
    assert ALIASES[word] == Meaning(PhaseKind.WALK, Heading.BACKWARD)


def test_no_alias_is_a_word_of_the_format_except_where_it_names_a_kind() -> None:
    assert not set(ALIASES) & (set(HEADINGS) | set(KINDS))


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_an_alias_is_refused_and_the_right_word_is_named(alias: str) -> None:
    meaning = ALIASES[alias]
    with pytest.raises(ValueError, match=f"did you mean {meaning.kind}"):
        parse_kind(alias)
    with pytest.raises(ValueError, match="is no heading") as caught:
        parse_heading(alias)
    if meaning.heading is not None:
        assert f"did you mean {meaning.heading.word}?" in str(caught.value)
    elif meaning.kind is PhaseKind.SIDE_STEP:
        assert "did you mean right or left?" in str(caught.value)


# req: S002-20, D6
@pytest.mark.parametrize("word", ["curved", "Curved", "bends", "curved_walking"])
def test_curved_walking_is_refused_with_the_reason(word: str) -> None:
    for parse in (parse_heading, parse_kind):
        with pytest.raises(ValueError, match="cannot be done on a belt: the walker would leave it"):
            parse(word)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("warm_up", r"the table \[warm_up\]"),
        ("cool_down", r"the table \[cool_down\]"),
        ("recover", "by itself"),
        ("turn", "by itself"),
    ],
)
def test_what_the_plan_or_another_table_says_is_no_kind(word: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_kind(word)


def test_the_words_of_the_format_are_read() -> None:
    assert [parse_heading(heading.word) for heading in Heading] == list(Heading)
    assert [parse_kind(kind.value) for kind in KINDS.values()] == list(KINDS.values())
    assert DEFAULT_KINDS.keys() == set(Heading)


@given(st.text())
def test_any_other_word_is_refused_with_the_words_allowed(word: str) -> None:
    if word not in HEADINGS:
        with pytest.raises(ValueError, match=r"allowed: forward|cannot be done"):
            parse_heading(word)
