"""What fuzzing has found once is tried again; `tests/fuzz/run.py` looks for more."""

import re
from pathlib import Path

import pytest

from fuzz import corpus
from fuzz.targets import TARGETS

PAGE = Path(__file__).parents[2] / "docs" / "fuzzing.md"


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Have the user's folder be where it was, once a target has had one of its own."""
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))


@pytest.mark.parametrize("name", TARGETS)
def test_every_input_of_the_corpus_is_read_or_refused_as_documented(name: str) -> None:
    inputs = corpus.read(name)
    assert inputs
    for data in dict.fromkeys((*TARGETS[name].seeds, *inputs)):
        try:
            TARGETS[name].try_one(data)
        except Exception as error:
            error.add_note(f"input {data.hex()}")
            raise


def test_every_file_of_the_corpus_belongs_to_a_target() -> None:
    assert {path.stem for path in corpus.FOLDER.iterdir()} == set(TARGETS)


def test_the_page_has_figures_of_every_target() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| ([0-9,]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert [name for name, _ in rows] == list(TARGETS)
    assert sum(int(inputs.replace(",", "")) for _, inputs in rows) >= 10_000_000
