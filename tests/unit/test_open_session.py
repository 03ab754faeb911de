"""The session on record: none, whole, damaged, and in words."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quarterturn.open_session import (
    OpenSession,
    forget_open_session,
    read_open_session,
    write_open_session,
)

URL = "ftms+ble://AA:BB:CC:DD:EE:FF"


@pytest.fixture(autouse=True)
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "open-session.json"


def a_session() -> OpenSession:
    return OpenSession(
        URL, workout="Circle", began="2026-01-02T03:04:05+01:00", journal="/j.jsonl", pid=4711
    )


def written(record: Path, content: bytes) -> OpenSession | None:
    record.parent.mkdir(exist_ok=True)
    record.write_bytes(content)
    return read_open_session()


def test_without_a_record_no_session_is_open() -> None:
    assert read_open_session() is None
    forget_open_session()  # harmless


def test_it_is_read_as_it_was_written(record: Path) -> None:
    session = a_session()
    session.ended, session.stands = "fault, stale", True
    write_open_session(session)
    found = read_open_session()
    assert found is not None
    assert vars(found) == vars(session)
    assert record.stat().st_mode & 0o777 == 0o600
    assert list(record.parent.iterdir()) == [record]


def test_a_record_is_what_another_version_can_read(record: Path) -> None:
    write_open_session(a_session())
    assert json.loads(record.read_bytes()) == {
        "open_session": 1,
        "treadmill": URL,
        "workout": "Circle",
        "began": "2026-01-02T03:04:05+01:00",
        "journal": "/j.jsonl",
        "pid": 4711,
        "ended": None,
        "stands": False,
        "language": "en",
    }


def test_it_is_taken_away(record: Path) -> None:
    write_open_session(a_session())
    forget_open_session()
    assert read_open_session() is None
    assert not record.exists()


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_a_record_is_written_whole_or_not_at_all(
    fails: str, record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_open_session(a_session())

    def fail(*_: object) -> None:
        raise OSError(28, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(*((os, "fsync") if fails == "fsync" else (Path, "replace")), fail)
        with pytest.raises(OSError, match="no space"):
            write_open_session(OpenSession("ftms+tcp://other", workout="Other"))
    found = read_open_session()
    assert found is not None
    assert found.treadmill == URL
    assert list(record.parent.iterdir()) == [record]


def test_what_a_killed_writer_left_behind_is_in_nobodys_way(record: Path) -> None:
    record.parent.mkdir()
    record.with_name(f".{record.name}-{os.getpid()}").write_bytes(b'{"open_sess' * 100)
    write_open_session(a_session())
    assert list(record.parent.iterdir()) == [record]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"open_session": 1, "treadmi',
        b"[]",
        b"null",
        b"7",
        b"{}",
        b'{"treadmill": null}',
        b'{"treadmill": 7}',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"treadmill": "ftms+tcp://' + b"x" * 70_000 + b'"}',
    ],
)
def test_a_damaged_record_is_one_all_the_same(content: bytes, record: Path) -> None:
    # Somebody may be on that belt.
    found = written(record, content)
    assert found is not None
    assert found.treadmill is None
    assert not found.stands
    assert found.in_words() == (
        f"A session is on record that did not end, but {record} is damaged."
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_record_that_cannot_be_opened_is_one_all_the_same(record: Path) -> None:
    write_open_session(a_session())
    record.chmod(0)
    found = read_open_session()
    assert found is not None
    assert found.treadmill is None


def test_a_folder_in_its_place_is_a_damaged_record(record: Path) -> None:
    record.mkdir(parents=True)
    found = read_open_session()
    assert found is not None
    assert found.treadmill is None


def test_what_else_is_odd_in_a_record_keeps_nobody_from_the_treadmill(record: Path) -> None:
    odd = {"treadmill": URL, "pid": "x", "ended": 7, "stands": "yes", "workout": None, "new": 1}
    found = written(record, json.dumps(odd).encode())
    assert found is not None
    assert (found.treadmill, found.pid, found.ended, found.stands) == (URL, 0, None, False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200) | st.text().map(lambda it: json.dumps(it).encode()))
def test_no_content_is_no_session(content: bytes, record: Path) -> None:
    found = written(record, content)
    assert found is not None
    assert found.in_words()


def test_in_words_it_says_that_its_program_is_gone() -> None:
    assert a_session().in_words() == (
        "The session 'Circle' of 2026-01-02T03:04:05+01:00 on ftms+ble://AA:BB:CC:DD:EE:FF did not"
        " end: its program (process 4711) is gone."
    )


def test_in_words_it_says_how_it_ended() -> None:
    session = a_session()
    session.ended = "fault, link_lost"
    assert session.in_words().endswith(
        " ended (fault, link_lost), but the belt was not known to stand."
    )


@pytest.mark.parametrize("ended", [None, "fault, stale"])
def test_in_words_it_says_that_it_was_stopped_afterwards(ended: str | None) -> None:
    session = a_session()
    session.ended, session.stands = ended, True
    assert session.in_words().endswith(" It was stopped afterwards, and stood.")
