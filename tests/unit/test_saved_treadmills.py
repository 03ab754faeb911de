"""A treadmill is added to the settings, and nothing else there changes."""

import os
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn import saved_treadmills
from quarterturn.saved_treadmills import NameTakenError, NotEditedError, save_treadmill
from quarterturn.settings import load_settings
from quarterturn.toml_files import FileErrors
from quarterturn.whole_files import write_whole

URL = "ftms+ble://AA:BB:CC:DD:EE:FF?record=cellar"
OTHER = "ftms+sim://?quirk=mph-target"


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "settings.toml"


def given_settings(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())


def test_without_settings_a_file_is_made(settings: Path) -> None:
    assert save_treadmill("cellar", URL, as_default=True) == settings
    assert settings.read_text() == f'treadmill = "cellar"\n\n[treadmills]\ncellar = "{URL}"\n'
    assert list(settings.parent.iterdir()) == [settings]


def test_a_treadmill_that_is_not_made_the_default_is_not(settings: Path) -> None:
    save_treadmill("cellar", URL)
    assert settings.read_text() == f'[treadmills]\ncellar = "{URL}"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# mine\n", '# mine\n\n[treadmills]\ncellar = "URL"\n'),
        ('units = "mph" # as ever', 'units = "mph" # as ever\n\n[treadmills]\ncellar = "URL"\n'),
        (
            '[treadmills] # two\n# the old one\nattic = "OTHER" # loud\n\n# keys\n[keymap]\n',
            (
                '[treadmills] # two\n# the old one\nattic = "OTHER" # loud\ncellar = "URL"\n\n'
                "# keys\n[keymap]\n"
            ),
        ),
        ("[treadmills]\n\n[keymap]\n", '[treadmills]\ncellar = "URL"\n\n[keymap]\n'),
        (
            'treadmills.attic = "OTHER"\nunits = "mph"\n',
            'treadmills.attic = "OTHER"\ntreadmills.cellar = "URL"\nunits = "mph"\n',
        ),
        (
            '[treadmills]\r\nattic = "OTHER"\r\n',
            '[treadmills]\r\nattic = "OTHER"\r\ncellar = "URL"\r\n',
        ),
    ],
)
def test_what_stands_there_stays_as_it_was_written(before: str, after: str, settings: Path) -> None:
    given_settings(settings, before.replace("OTHER", OTHER))
    save_treadmill("cellar", URL)
    expected = after.replace("OTHER", OTHER).replace("URL", URL)
    assert settings.read_bytes().decode() == expected
    assert load_settings().treadmills["cellar"] == URL


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '#:schema s.json\n# mine\n[treadmills]\nattic = "OTHER"\n',
            '#:schema s.json\ntreadmill = "attic"\n\n# mine\n[treadmills]\nattic = "OTHER"\n',
        ),
        (
            'units = "mph"\nready = "twice" # hands\n\n[treadmills]\nattic = "OTHER"\n',
            (
                'units = "mph"\nready = "twice" # hands\ntreadmill = "attic"\n\n'
                '[treadmills]\nattic = "OTHER"\n'
            ),
        ),
    ],
)
def test_the_first_treadmill_may_be_the_default(before: str, after: str, settings: Path) -> None:
    given_settings(settings, before.replace("OTHER", OTHER))
    save_treadmill("attic", OTHER, as_default=True)
    assert settings.read_text() == after.replace("OTHER", OTHER)


def test_a_default_that_was_chosen_stays(settings: Path) -> None:
    given_settings(settings, f'treadmill = "attic"\n[treadmills]\nattic = "{OTHER}"\n')
    save_treadmill("cellar", URL, as_default=True)
    assert load_settings().treadmill == "attic"


def test_a_name_that_is_taken_is_refused_and_a_replacement_has_to_be_asked_for(
    settings: Path,
) -> None:
    before = f"[treadmills]\ncellar = '{OTHER}' # by the door\nattic = \"{OTHER}\"\n"
    given_settings(settings, before)
    with pytest.raises(NameTakenError, match="cellar"):
        save_treadmill("cellar", URL)
    assert settings.read_text() == before
    save_treadmill("cellar", URL, replace=True)
    assert settings.read_text() == before.replace(f"'{OTHER}'", f'"{URL}"')


def test_the_same_again_changes_nothing(settings: Path) -> None:
    save_treadmill("cellar", URL)
    written = settings.stat().st_ino
    save_treadmill("cellar", URL)
    assert settings.stat().st_ino == written


def test_settings_with_an_error_are_refused_and_not_touched(settings: Path) -> None:
    given_settings(settings, 'units = "miles"\n')
    with pytest.raises(FileErrors, match=r"settings.toml:1:1: units"):
        save_treadmill("cellar", URL)
    assert settings.read_text() == 'units = "miles"\n'


@pytest.mark.parametrize(
    "before",
    [
        f'treadmills = {{ attic = "{OTHER}" }}\n',
        "treadmills = {}\n",
        f'[treadmills]\ncellar = """{OTHER}"""\n',
    ],
)
def test_what_cannot_be_changed_safely_is_left_to_its_owner(before: str, settings: Path) -> None:
    given_settings(settings, before)
    with pytest.raises(NotEditedError, match=re.escape(f'[treadmills]\ncellar = "{URL}"')):
        save_treadmill("cellar", URL, replace=True)
    assert settings.read_text() == before
    assert list(settings.parent.iterdir()) == [settings]


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 81, "\x07"])
def test_a_name_that_cannot_be_read_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        save_treadmill(name, URL)


def test_a_url_that_is_none_is_refused(settings: Path) -> None:
    with pytest.raises(ValueError, match="no treadmill URL"):
        save_treadmill("cellar", "AA:BB:CC:DD:EE:FF")
    assert not settings.exists()


def test_a_link_to_the_settings_stays_one_and_the_mode_stays(
    settings: Path, tmp_path: Path
) -> None:
    target = tmp_path / "dotfiles.toml"
    target.write_text("# mine\n")
    target.chmod(0o640)
    settings.parent.mkdir()
    settings.symlink_to(target)
    save_treadmill("cellar", URL)
    assert settings.is_symlink()
    assert "cellar" in target.read_text()
    assert target.stat().st_mode & 0o777 == 0o640


def test_what_cannot_be_written_leaves_what_was_there(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_settings(settings, "# mine\n")

    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space left"):
        save_treadmill("cellar", URL)
    assert settings.read_text() == "# mine\n"
    assert list(settings.parent.iterdir()) == [settings]


# --- any name, any settings ------------------------------------------------------------------

NAMES = st.text(min_size=1, max_size=12).filter(lambda text: text.isprintable() and text.strip())
PIECES = st.sampled_from(
    ['units = "mph"', "# a comment", "", '[treadmills]\nattic = "ftms+sim://"', "[keymap]"]
)


@given(name=NAMES, pieces=st.lists(PIECES, max_size=5), default=st.booleans())
def test_the_new_text_says_what_the_old_one_said_and_one_thing_more(
    name: str, pieces: list[str], default: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = "\n".join(pieces)
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    home = tmp_path_factory.mktemp("home")
    path = home / "settings.toml"
    given_settings(path, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saved_treadmills, "user_folder", lambda: home)
        patch.setenv("QUARTERTURN_HOME", str(home))
        try:
            save_treadmill(name, URL, as_default=default)
        except (FileErrors, NameTakenError):
            assert path.read_text() == text
            return
    after = tomllib.loads(path.read_text())
    assert after.pop("treadmill", None) == (name if default else None)
    assert after["treadmills"].pop(name) == URL
    if not after["treadmills"]:
        del after["treadmills"]
    assert after == {key: value for key, value in before.items() if value or key != "treadmills"}
    for line in text.split("\n"):
        assert line in path.read_text().split("\n")


# --- whole files -----------------------------------------------------------------------------


@pytest.mark.parametrize("links", [True, False])
def test_a_file_is_not_overwritten_unasked(
    links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:

        def refuse(*_: object) -> None:
            raise PermissionError("no hard links here")

        monkeypatch.setattr(Path, "hardlink_to", refuse)
    path = tmp_path / "new" / "file.toml"
    write_whole(path, b"one", overwrite=False)
    with pytest.raises(FileExistsError):
        write_whole(path, b"two", overwrite=False)
    assert path.read_bytes() == b"one"
    write_whole(path, b"three", overwrite=True)
    assert path.read_bytes() == b"three"
    assert list(path.parent.iterdir()) == [path]


def test_a_new_file_is_as_open_as_the_umask_lets_it(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "file", b"", overwrite=False)
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640
