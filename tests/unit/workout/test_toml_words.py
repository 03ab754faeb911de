"""The words for what a validator finds, on a model that has every kind of field."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from quarterturn.toml_fields import Table
from quarterturn.toml_files import FileErrors, parse_document


class InnerTable(Table):
    deep: int | None = None


class SampleTable(Table):
    at_least: Annotated[int, Field(ge=3)] = 3
    above: Annotated[float, Field(gt=3)] = 4
    at_most: Annotated[int, Field(le=3)] = 3
    below: Annotated[float, Field(lt=3)] = 2
    short: Annotated[str, Field(min_length=2, max_length=3)] = "ok"
    entries: Annotated[list[int], Field(min_length=1, max_length=2)] = Field(default=[1])
    word: Literal["one", "two"] = "one"
    code: Annotated[str, Field(pattern="^[a-z]$")] = "a"
    either: list[int] | InnerTable = Field(default=[])
    texts: dict[Annotated[str, Field(max_length=3)], str] = Field(default={})
    pair: tuple[int, int] = (1, 2)
    finite: Annotated[float, Field(allow_inf_nan=False)] = 0
    multiple: Annotated[int, Field(multiple_of=5)] = 5
    wanted: Annotated[int, Field(alias="want-ed")] = 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("at_least = 2", "at_least: 2 is too small; at least 3 is allowed"),
        ("above = 3.0", "above: 3.0 is too small; more than 3.0 is allowed"),
        ("at_most = 4", "at_most: 4 is too large; at most 3 is allowed"),
        ("below = 3.5", "below: 3.5 is too large; less than 3.0 is allowed"),
        ("short = 'x'", "short: too short; the least allowed is 2 character(s)"),
        ("short = 'xxxx'", "short: too long; at most 3 characters are allowed"),
        ("entries = []", "entries: 0 entries; at least 1 are wanted"),
        ("entries = [1, 2, 3]", "entries: too many entries; at most 2 are allowed"),
        ("entries = 1", "entries: a list is wanted, not 1"),
        ("word = 'three'", "word: \"three\" is not allowed; allowed: 'one' or 'two'"),
        ("code = 'A'", 'code: "A" is not allowed; what fits ^[a-z]$ is allowed'),
        ("texts = 1", "texts: a table is wanted, not 1"),
        ("texts.x = 07:32:00", "texts.x: text in quotes is wanted, not 07:32:00"),
        ("texts.long = ''", "texts.long: too long; at most 3 characters are allowed"),
        ("finite = inf", "finite: a number is wanted, not inf"),
        ("finite = '1'", 'finite: a number is wanted, not "1"'),
        ("multiple = 7", "multiple: input should be a multiple of 5"),
        ("wnat-ed = 1", "wnat-ed: unknown key; did you mean want-ed? allowed: "),
        ("at_least = 'a\\u001bb'", 'at_least: a whole number is wanted, not "a\\\\u001bb"'),
        ('at_least = "a\\u001bb"', 'at_least: a whole number is wanted, not "a\\u001bb"'),
        ("at_least = 1.5", "at_least: a whole number is wanted, not 1.5"),
        ('"\\u001b[2J" = 1', '"\\u001b[2J": unknown key; allowed: at_least, '),
    ],
)
def test_a_problem_is_told_in_plain_words(text: str, problem: str) -> None:
    with pytest.raises(FileErrors) as caught:
        parse_document(text, "f", SampleTable)
    first = str(caught.value.problems[0])
    assert first.partition(": ")[0].startswith("f:1:")
    assert first.partition(": ")[2].startswith(problem)


def test_the_branches_of_a_union_are_no_part_of_a_key() -> None:
    with pytest.raises(FileErrors) as caught:
        parse_document("[either]\ndeep = 'x'\n", "f", SampleTable)
    assert [str(problem) for problem in caught.value.problems] == [
        "f:1:2: either: a list is wanted, not a table",
        'f:2:1: either.deep: a whole number is wanted, not "x"',
    ]


def test_a_long_key_and_a_long_value_are_cut_short() -> None:
    with pytest.raises(FileErrors) as caught:
        parse_document(f"at_least = '{'v' * 500}'\n{'k' * 500} = 1", "f", SampleTable)
    assert max(len(str(problem)) for problem in caught.value.problems) < 300
