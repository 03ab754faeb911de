"""Everything in tests/data/bad gets the lines that stand beside it, all of them at once."""

from pathlib import Path

import pytest

from quarterturn.file_kinds import check_file

BAD = Path(__file__).parents[2] / "data" / "bad"
CASES = sorted(path for path in BAD.iterdir() if path.suffix != ".expected")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_is_bad_gets_every_error_at_its_place(path: Path) -> None:
    expected = path.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    assert [str(problem).removeprefix(f"{BAD}/") for problem in check_file(path)] == expected
    assert expected
