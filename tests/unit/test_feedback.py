"""What a person said of a session, and the file that it stands in."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from quarterturn.feedback import (
    HIGHEST,
    WARNING,
    Feedback,
    feedback_path,
    read_feedback,
    write_feedback,
)

SAID = Feedback(effort=4, pain=0, dizzy=False, confidence=8)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "2026-11-20-180501-circle.jsonl"
    path.write_text('{"journal":2}\n', encoding="utf-8")
    return path


def test_it_stands_beside_its_journal_and_is_no_journal(journal: Path) -> None:
    path = write_feedback(journal, SAID)
    assert path == feedback_path(journal)
    assert path.name == "2026-11-20-180501-circle.jsonl.feedback.json"
    assert list(journal.parent.glob("*.jsonl")) == [journal]


def test_what_was_written_is_read(journal: Path) -> None:
    write_feedback(journal, SAID)
    assert read_feedback(journal) == SAID


def test_what_was_said_last_counts(journal: Path) -> None:
    write_feedback(journal, SAID)
    write_feedback(journal, Feedback(pain=2))
    assert read_feedback(journal) == Feedback(pain=2)


def test_only_its_owner_can_read_it(journal: Path) -> None:
    path = write_feedback(journal, SAID)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_holds_the_answers_and_nothing_else(journal: Path) -> None:
    path = write_feedback(journal, SAID)
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert set(kept) == {"feedback", "effort", "pain", "dizzy", "confidence"}


def test_where_nothing_was_said_there_is_nothing(journal: Path) -> None:
    assert read_feedback(journal) is None


def test_a_failure_leaves_what_was_there(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_feedback(journal, SAID)

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="disk full"):
        write_feedback(journal, Feedback(pain=9))
    assert read_feedback(journal) == SAID
    assert sorted(it.name for it in journal.parent.iterdir()) == sorted(
        [journal.name, feedback_path(journal).name]
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"feedback": 2}',
        b'{"feedback": 1, "effort": 11}',
        b'{"feedback": 1, "pain": "much"}',
        b'{"feedback": 1, "pain": true}',
        b'{"feedback": 1, "dizzy": 1}',
        b"[" * 100_000,
        b" " * 5000,
    ],
)
def test_another_file_is_no_feedback(journal: Path, data: bytes) -> None:
    feedback_path(journal).write_bytes(data)
    with pytest.raises(ValueError, match=r"feedback\.json: "):
        read_feedback(journal)


@pytest.mark.parametrize("name", ["effort", "pain", "confidence"])
@pytest.mark.parametrize("value", [-1, HIGHEST + 1, 2.5, True])
def test_a_number_off_its_scale_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        Feedback(**{name: value})


@pytest.mark.parametrize(
    ("said", "warns"),
    [
        (Feedback(), False),
        (Feedback(pain=5), False),
        (Feedback(pain=6), True),
        (Feedback(dizzy=True), True),
        (Feedback(effort=10, dizzy=False, confidence=0), False),
    ],
)
def test_much_pain_and_dizziness_call_for_somebody(said: Feedback, warns: bool) -> None:
    assert said.warns is warns


def test_the_warning_sends_to_somebody_and_promises_nothing() -> None:
    assert WARNING.startswith("Stop for today.")
    assert "doctor or a physiotherapist" in WARNING


def test_nothing_said_is_empty() -> None:
    assert Feedback().is_empty
    assert not Feedback(dizzy=False).is_empty
