"""Every file in tests/data/bad gets exactly the lines that stand beside it, all of them at once."""

from pathlib import Path

import pytest

from quarterturn.file_kinds import check_file

BAD = Path(__file__).parents[2] / "data" / "bad"
FILES = sorted(BAD.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_bad_file_gets_every_error_at_its_place(path: Path) -> None:
    expected = path.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    problems = check_file(path)
    assert [str(problem).removeprefix(f"{BAD}/") for problem in problems] == expected
    assert expected


def test_every_expectation_has_its_file() -> None:
    assert {path.stem for path in BAD.glob("*.expected")} == {path.stem for path in FILES}


def test_a_bad_programme_names_the_problems_of_all_its_files() -> None:
    folder = BAD / "programme"
    assert [str(problem).removeprefix(f"{folder}/") for problem in check_file(folder)] == [
        "monday.toml:6:1: speed: unknown key; allowed: name, description, warm_up, block, cool_down",
        "monday.toml:7:1: warm_up: a table is wanted, not 1",
        "programme.toml:13:3: week.session.workout: no such workout in this folder; "
        "did you mean monday? allowed: monday",
    ]


def test_a_programme_that_is_wrong_itself_names_all_of_it() -> None:
    folder = BAD / "programme-itself"
    assert [str(problem).removeprefix(f"{folder}/") for problem in check_file(folder)] == [
        "monday.toml:1:1: block: missing: at least one [[block]] of phases",
        "monday.toml:1:1: cool_down: missing: no walk ends without a [cool_down]: "
        "a duration of 2 min or more and a speed",
        "monday.toml:1:1: warm_up: missing: no walk begins without a [warm_up]: "
        "a duration of 3 min or more and a speed",
        "programme.toml:2:1: differs: differs from what? write a [[source]]",
        "programme.toml:5:10: week.session: the sessions of a week stand in order, "
        "one a day at most",
        "programme.toml:14:10: week.session.workout: missing: "
        "the name of a workout file in this folder, without .toml",
        "programme.toml:15:3: week.session.day: 8 is too large; at most 7 is allowed",
    ]
