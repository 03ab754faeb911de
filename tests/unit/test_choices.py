"""Which treadmill and which person: named, saved, or asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from quarterturn.commands.choices import choose_profile, find_sensors, find_treadmill
from quarterturn.exit_codes import UsageError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    return tmp_path


def save(home: Path, text: str) -> None:
    (home / "settings.toml").write_text(text)


def people(home: Path, *names: str) -> None:
    folder = home / "profiles"
    folder.mkdir()
    for name in names:
        (folder / f"{name}.toml").write_text('base = "home-beginner"\n')


def test_the_saved_treadmill_is_taken_when_none_is_named(home: Path) -> None:
    save(home, 'treadmill = "cellar"\n[treadmills]\ncellar = "ftms+sim://?seed=4"\n')
    assert str(find_treadmill(None).url) == "ftms+sim://?seed=4"
    assert str(find_treadmill("cellar").url) == "ftms+sim://?seed=4"
    assert str(find_treadmill("ftms+sim://").url) == "ftms+sim://"
    with pytest.raises(UsageError, match=r"garage.*saved: cellar"):
        find_treadmill("garage")


def test_without_a_treadmill_three_ways_out_are_named() -> None:
    with pytest.raises(UsageError) as refusal:
        find_treadmill(None)
    for word in ("scan", "demo", "rehearse"):
        assert word in str(refusal.value)


def test_a_new_person_walks_with_the_most_cautious_profile(home: Path) -> None:
    assert choose_profile(None).name == "home-beginner"
    assert choose_profile("clinic").name == "clinic"


def test_the_only_person_there_is_walks(home: Path) -> None:
    people(home, "ada")
    assert choose_profile(None).name == "ada"


def test_the_settings_may_say_who_walks(home: Path) -> None:
    people(home, "ada", "bob")
    save(home, 'profile = "bob"\n')
    assert choose_profile(None).name == "bob"


def test_of_two_people_nobody_is_assumed(home: Path) -> None:
    people(home, "ada", "bob")
    with pytest.raises(UsageError, match=r"ada, bob.*--profile"):
        choose_profile(None)


def answering(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    given: Iterator[str] = iter(answers)

    def answer(_: str) -> str:
        try:
            return next(given)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", answer)


def test_of_two_people_the_one_at_the_terminal_says_who_walks(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(home, "ada", "bob")
    answering(monkeypatch, "carl", " bob ")
    assert choose_profile(None).name == "bob"


@pytest.mark.parametrize("answers", [["x", "y", "z"], []])
def test_nobody_who_answers_is_nobody_who_walks(
    answers: list[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(home, "ada", "bob")
    answering(monkeypatch, *answers)
    with pytest.raises(UsageError, match="nobody said who walks"):
        choose_profile(None)


# --- sensors

SENSORS = (
    'use_sensors = ["strap"]\n[sensors]\n'
    'strap = "heart-rate+sim://?bpm=111"\npod = "running+sim://?cadence=77"\n'
)


def found(*named: str) -> list[tuple[str, str]]:
    return [(sensor.name, str(sensor.url)) for sensor in find_sensors(named)]


def test_the_sensors_in_use_are_taken_when_none_is_named(home: Path) -> None:
    assert found() == []
    save(home, SENSORS)
    strap, pod = ("strap", "heart-rate+sim://?bpm=111"), ("pod", "running+sim://?cadence=77")
    assert found() == [strap]
    assert found("pod") == [pod]
    assert found("pod", "strap", "pod") == [pod, strap]


def test_a_sensor_without_a_name_is_called_after_its_driver_and_no_two_alike(home: Path) -> None:
    save(home, '[sensors]\nheart-rate = "heart-rate+sim://?bpm=90"\n')
    named = ("heart-rate+sim://", "heart-rate", "heart-rate+sim://?bpm=80", "running+sim://")
    assert [name for name, _ in found(*named)] == [
        "heart-rate-2",
        "heart-rate",
        "heart-rate-3",
        "running",
    ]


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("belt", "no sensor is called 'belt' .saved: pod, strap., and it is no URL"),
        ("heart-rate+sim://x", "no address"),
        ("heart-rate+sim://?bpm=x", "bpm=150@60"),
        ("heart-rate+sim", "no sensor is called"),
    ],
)
def test_a_sensor_that_is_not_understood_is_named(named: str, words: str, home: Path) -> None:
    save(home, SENSORS)
    with pytest.raises(UsageError, match=words):
        find_sensors([named])
