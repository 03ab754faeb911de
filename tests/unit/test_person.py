"""What is remembered of a person, and that losing it only means to be asked again."""

import json
import os
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.person import (
    MAX_BYTES,
    NOBODY,
    Acknowledgement,
    Answers,
    Person,
    load_person,
    person_path,
    save_person,
)

DAY = date(2026, 11, 20)
ANN = Person(
    acknowledged=Acknowledgement("ab12", DAY),
    answers=Answers("cd34", DAY, {"heart": "no", "birth_year": "1980"}),
    practised=date(2026, 11, 1),
    lesson=date(2026, 11, 7),
    sessions=3,
)
ANN_ON_DISK = {
    "person": 1,
    "acknowledged": {"text": "ab12", "on": "2026-11-20"},
    "answers": {
        "questions": "cd34",
        "on": "2026-11-20",
        "given": {"heart": "no", "birth_year": "1980"},
    },
    "practised": "2026-11-01",
    "lesson": "2026-11-07",
    "sessions": 3,
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    with patch.dict(os.environ, {"QUARTERTURN_HOME": str(tmp_path / "home")}):
        yield tmp_path / "home"


def write(name: str, content: bytes) -> Path:
    path = person_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_nobody_is_known_at_first_and_reading_makes_no_folder(home: Path) -> None:
    assert load_person("ann").person == NOBODY
    assert load_person("ann").notice is None
    assert not home.exists()


def test_a_person_is_kept_in_a_file_of_their_own(home: Path) -> None:
    # req: S000-31, stored with version and time
    save_person("ann", ANN)
    assert json.loads((home / "people" / "ann.json").read_bytes()) == ANN_ON_DISK
    assert load_person("ann").person == ANN
    assert load_person("ben").person == NOBODY


def test_the_file_is_readable_by_its_owner_alone_and_replaced_whole(home: Path) -> None:
    save_person("ann", NOBODY)
    person_path("ann").chmod(0o644)
    save_person("ann", ANN)
    assert stat.S_IMODE(person_path("ann").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "people").stat().st_mode) == 0o700
    assert [path.name for path in (home / "people").iterdir()] == ["ann.json"]


def test_a_failed_save_leaves_the_old_file_and_nothing_else(home: Path) -> None:
    save_person("ann", ANN)
    full = patch("os.fsync", side_effect=OSError("disk full"))
    with full, pytest.raises(OSError, match="disk full"):
        save_person("ann", ANN.with_session())
    assert load_person("ann").person == ANN
    assert [path.name for path in (home / "people").iterdir()] == ["ann.json"]


def changed(**values: object) -> bytes:
    return json.dumps(ANN_ON_DISK | values).encode()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "not of format 1"),
        (changed(person=2), "not of format 1"),
        (changed(person=True), "not of format 1"),
        (changed(person="1"), "not of format 1"),
        (changed(sessions=-1), "sessions is no number"),
        (changed(sessions=True), "sessions is no number"),
        (changed(sessions=1.5), "sessions is no number"),
        (changed(lesson="yesterday"), "lesson is no date"),
        (changed(lesson=20261107), "lesson is no date"),
        (changed(acknowledged="yes"), "acknowledged is no object"),
        (changed(acknowledged={"text": "ab12"}), "on is no date"),
        (changed(acknowledged={"on": "2026-11-20"}), "text is no text"),
        (
            changed(answers={"questions": "cd34", "on": "2026-11-20", "given": {"heart": 1}}),
            "heart",
        ),
        (b" " * (MAX_BYTES + 1), "too large"),
        (b'{"person":' + b"[" * 50_000, "nested too deep"),
    ],
)
def test_a_garbled_file_is_kept_aside_and_the_person_asked_again(content: bytes, why: str) -> None:
    path = write("ann", content)
    loaded = load_person("ann")
    assert loaded.person == NOBODY
    assert loaded.notice is not None
    assert why in loaded.notice
    assert "asked again" in loaded.notice
    assert "ann.json.unreadable-1" in loaded.notice
    assert not path.exists()
    assert path.with_name("ann.json.unreadable-1").read_bytes() == content
    assert load_person("ann").notice is None


def test_no_file_kept_aside_is_overwritten_by_the_next_one() -> None:
    for content in (b"one", b"two"):
        path = write("ann", content)
        load_person("ann")
    kept = [path.with_name(f"ann.json.unreadable-{count}").read_bytes() for count in (1, 2)]
    assert kept == [b"one", b"two"]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("home-beginner", "home-beginner.json"),
        ("Ann", "%41nn.json"),
        ("../settings", "%2E%2E%2Fsettings.json"),
        ("six weeks", "six%20weeks.json"),
        ("ä", "%C3%A4.json"),
    ],
)
def test_a_profile_name_is_a_file_name_in_the_folder_of_people(
    home: Path, name: str, file: str
) -> None:
    assert person_path(name) == home / "people" / file


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, unique=True))
def test_no_two_profiles_share_a_file_even_where_case_does_not_count(names: list[str]) -> None:
    files = {person_path(name).name.lower() for name in names}
    assert len(files) == len(names)
    assert all(len(file) <= 255 and "/" not in file for file in files)


def test_long_names_fit_and_stay_apart() -> None:
    one, two = person_path("Ä" * 300), person_path("Ä" * 301)
    assert one != two
    assert max(len(one.name), len(two.name)) <= 255


DAYS = st.dates()
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PEOPLE = st.builds(
    Person,
    st.none() | st.builds(Acknowledgement, TEXTS, DAYS),
    st.none() | st.builds(Answers, TEXTS, DAYS, st.dictionaries(TEXTS, TEXTS, max_size=5)),
    st.none() | DAYS,
    st.none() | DAYS,
    st.integers(min_value=0, max_value=10**9),
)


@given(PEOPLE)
def test_whoever_is_saved_is_loaded(person: Person) -> None:
    with TemporaryDirectory() as folder, patch.dict(os.environ, {"QUARTERTURN_HOME": folder}):
        save_person("ann", person)
        assert load_person("ann").person == person


@given(st.binary(max_size=200))
def test_no_content_of_the_file_raises_anything(content: bytes) -> None:
    with TemporaryDirectory() as folder, patch.dict(os.environ, {"QUARTERTURN_HOME": folder}):
        write("ann", content)
        assert load_person("ann").person == NOBODY


def test_the_first_lesson_is_dated_once_and_sessions_add_up() -> None:
    # req: S001-08
    person = NOBODY.with_lesson(DAY).with_session().with_session()
    assert (person.lesson, person.sessions) == (DAY, 2)
    assert person.with_lesson(date(2026, 12, 1)).lesson == DAY
