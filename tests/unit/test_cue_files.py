"""Languages as files: those that ship, and one's own."""

import tomllib
from pathlib import Path

import pytest

from quarterturn import configs
from quarterturn.configs import languages, shipped_folder
from quarterturn.cue_files import load_book, read_book
from quarterturn.english import ENGLISH
from quarterturn.file_kinds import check_file
from quarterturn.opening import find_book, find_book_or_english
from quarterturn.profile_files import load_profile
from quarterturn.toml_files import FileErrors

SHIPPED = shipped_folder() / "cues"
GERMAN = load_book("de")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of one's own cues."""
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    (tmp_path / "cues").mkdir()
    return tmp_path / "cues"


def write(path: Path, *changes: tuple[str, str], of: str = "en") -> Path:
    text = (SHIPPED / f"{of}.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    return [str(problem).removeprefix(f"{path}:") for problem in check_file(path)]


# --- what ships ---------------------------------------------------------------------------------


def test_two_languages_ship() -> None:
    assert {path.stem for path in SHIPPED.iterdir()} == {"de", "en"}


def test_the_file_of_english_says_what_english_says() -> None:
    assert read_book(SHIPPED / "en.toml") == ENGLISH


def test_german_leaves_nothing_in_english() -> None:
    same = {
        words
        for (table, _, words), (_, _, english) in zip(
            GERMAN.phrases(), ENGLISH.phrases(), strict=True
        )
        if words == english and table != "kinds"
    }
    assert same == {"{speed}.", "{posture}. {technique}"}
    assert set(GERMAN.numbers).isdisjoint(ENGLISH.numbers)


def test_the_files_have_the_keys_in_one_order() -> None:
    english, german = (
        tomllib.loads((SHIPPED / name).read_text(encoding="utf-8"))
        for name in ("en.toml", "de.toml")
    )
    assert list(english) == list(german)
    for table in english.keys() - {"numbers"}:
        assert list(english[table]) == list(german[table])


def test_english_needs_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> Path:
        raise FileNotFoundError

    monkeypatch.setattr(configs, "shipped_folder", gone)
    assert find_book("en") is ENGLISH
    with pytest.raises(FileNotFoundError):
        find_book("de")
    assert find_book_or_english("de") is ENGLISH


# --- which one ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "book"),
    [("en", ENGLISH), ("en-GB", ENGLISH), ("de", GERMAN), ("de-AT", GERMAN)],
)
def test_a_country_speaks_its_language(language: str, book: object) -> None:
    assert find_book(language) == book
    assert find_book_or_english(language) == book


def test_a_language_that_there_is_not_names_those_there_are(own: Path) -> None:
    write(own / "nl.toml")
    with pytest.raises(FileErrors) as error:
        find_book("fr")
    assert str(error.value) == (
        "cues/fr.toml:1:1: file: there are no cues in this language; allowed: de, en, nl"
    )
    assert find_book_or_english("fr") is ENGLISH


def test_a_profile_in_a_language_that_there_is_not_is_wrong_at_its_place(own: Path) -> None:
    profile = own.parent / "ann.toml"
    profile.write_text('base = "clinic"\nlanguage = "fr-CA"\n', encoding="utf-8")
    assert problems(profile) == ['2:1: language: there are no cues in "fr-CA"; allowed: de, en']
    write(own / "fr.toml")
    assert load_profile(profile).language == "fr-CA"
    for language in ("en-US", "de-CH"):
        profile.write_text(f'base = "clinic"\nlanguage = "{language}"\n', encoding="utf-8")
        assert problems(profile) == []


def test_a_language_of_ones_own_is_spoken(own: Path) -> None:
    write(own / "nl.toml", ("Walk {way}", "Loop {way}"))
    assert find_book("nl-BE").texts["go"] == "Loop {way}"
    assert find_book("nl-BE").language == "nl"
    write(own / "en-GB.toml", ("Half way", "Halfway there"))
    assert find_book("en-GB").texts["half_way"] == "Halfway there"


def test_a_file_that_ships_goes_before_ones_own(own: Path) -> None:
    for name in ("de.toml", "en.toml"):
        write(own / name, ("Half way", "Middle"))
    assert languages()["de"] == SHIPPED / "de.toml"
    assert find_book("de") == GERMAN
    assert find_book("en") is ENGLISH


# --- what is wrong with one ---------------------------------------------------------------------


def test_everything_that_is_wrong_is_said_at_once_with_its_place(tmp_path: Path) -> None:
    path = write(
        tmp_path / "nl.toml",
        ('half_way = "Half way"\n', ""),
        ('even_steps = "Even steps"', 'even_step = "Even steps"'),
        ("turn {direction}.", "turn {heading}."),
        ('stopping = "Stopping"', 'stopping = "Emergency stop"'),
        ('point {digits}"', 'point"'),
        ('"zero", ', ""),
        ('minus one per cent"', 'minus\\tone"'),
        ('backward = "backward"', "backward = 3"),
    )
    lines = path.read_text(encoding="utf-8").splitlines()

    def line(start: str) -> int:
        return next(number for number, text in enumerate(lines, 1) if text.startswith(start))

    in_braces = "in braces there has to be {}, as it stands, and nothing else"
    expected = [
        f"{line('numbers')}:1: numbers: 99 entries; at least 100 are wanted",
        f'{line("[texts]")}:2: texts.even_steps: missing: in English "Even steps"',
        f'{line("[texts]")}:2: texts.half_way: missing: in English "Half way"',
        f"{line('announce_one')}:1: texts.announce_one_quarter: "
        + in_braces.format("{direction}, {seconds}"),
        f"{line('stopping')}:1: texts.stopping: 'emergency' is not said: the red key is",
        f"{line('even_step')}:1: texts.even_step: unknown key; did you mean even_steps? allowed: ",
        f"{line('decimal')}:1: parts.decimal: " + in_braces.format("{digits}, {whole}"),
        f"{line('decline_one')}:1: parts.decline_one: control characters and line breaks are not",
        f"{line('backward = 3')}:1: facing.backward: text in quotes is wanted, not 3",
    ]
    found = problems(path)
    assert len(found) == len(expected)
    for problem, start in zip(found, expected, strict=True):
        assert problem.startswith(start)
    with pytest.raises(FileErrors):
        read_book(path)


def test_a_file_is_named_after_its_language(tmp_path: Path) -> None:
    assert problems(write(tmp_path / "dutch.toml")) == [
        "1:1: file: the file is named after its language, as in \"de.toml\", not 'dutch.toml'"
    ]


def test_what_is_no_table_and_no_text_is_wrong_too(tmp_path: Path) -> None:
    path = tmp_path / "nl.toml"
    path.write_text(
        '#:schema cues.schema.json\nnumbers = 1\nfaults = "x"\n[texts]\ngo = 1\n', encoding="utf-8"
    )
    found = problems(path)
    assert "2:1: numbers: a list is wanted, not 1" in found
    assert '3:1: faults: a table is wanted, not "x"' in found
    assert "5:1: texts.go: text in quotes is wanted, not 1" in found
