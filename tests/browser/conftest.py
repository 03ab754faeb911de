"""A user's folder of our own for every test."""

from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
