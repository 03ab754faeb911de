import subprocess
import sys
from pathlib import Path

import pytest

from quarterturn.settings import Settings, load_settings
from quarterturn.toml_files import FileErrors


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    return tmp_path


def test_without_a_file_the_defaults_hold(home: Path) -> None:
    assert load_settings() == Settings()
    assert Settings().keymap["ready"] == "enter"
    assert list(home.iterdir()) == []


def test_an_empty_file_says_what_no_file_does(home: Path) -> None:
    (home / "settings.toml").write_text("", encoding="utf-8")
    assert load_settings() == Settings()


def test_without_a_file_nothing_waits_for_the_validator(home: Path) -> None:
    script = (
        "import sys\n"
        "from quarterturn.settings import load_settings\n"
        "load_settings()\n"
        "print('pydantic' in sys.modules)"
    )
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_the_settings_of_the_user_are_read(home: Path) -> None:
    (home / "settings.toml").write_text(
        'units = "mph"\nready = "twice"\nprofile = "anna"\ntreadmill = "cellar"\n'
        '[treadmills]\ncellar = "ftms+ble://AA:BB:CC:DD:EE:FF?record=cellar"\n'
        '[keymap]\npause = "O"\n',
        encoding="utf-8",
    )
    settings = load_settings()
    assert (settings.units, settings.ready) == ("mph", "twice")
    assert (settings.profile, settings.treadmill) == ("anna", "cellar")
    assert settings.treadmills == {"cellar": "ftms+ble://AA:BB:CC:DD:EE:FF?record=cellar"}
    assert settings.keymap["pause"] == "o"
    assert settings.keymap["slower"] == "-"


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(FileErrors, match="there is no such file"):
        load_settings(tmp_path / "settings.toml")


@pytest.mark.parametrize("key", ["s", "S", "space", "escape"])
def test_no_stop_key_gets_another_meaning(key: str, home: Path) -> None:
    (home / "settings.toml").write_text(f'[keymap]\npause = "{key}"\n', encoding="utf-8")
    with pytest.raises(FileErrors, match=r"2:1: keymap.pause: .* is STOP and stays STOP"):
        load_settings()


def test_a_treadmill_that_has_no_name_cannot_be_the_default(home: Path) -> None:
    (home / "settings.toml").write_text('treadmill = "cellar"\n', encoding="utf-8")
    with pytest.raises(FileErrors, match=r"1:1: treadmill: \"cellar\" is not .*; allowed: none"):
        load_settings()
