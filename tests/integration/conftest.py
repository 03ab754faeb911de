"""What the tests of commands share."""

from pathlib import Path

import pytest

from integration.commands import Cli


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder of our own, and a working folder to find files in."""
    home = tmp_path / "home"
    monkeypatch.setenv("QUARTERTURN_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return home


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(capsys)
