"""What the full screen offers of the voice before a walk."""

import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from quarterturn.english import ENGLISH
from quarterturn.exit_codes import UsageError
from quarterturn.plan import make_plan
from quarterturn.preflight import Situation
from quarterturn.profiles import base_profile
from quarterturn.speech.sound import VARIABLE
from quarterturn.tui import flow
from quarterturn.workout.files import load_workout

BEGINNER = base_profile("home-beginner")
PLAN = make_plan(load_workout("forward-base"), BEGINNER, None)


class App:
    """Shows no screen, and has nobody to answer."""

    async def push_screen_wait(self, screen: object) -> None:
        del screen


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    monkeypatch.setenv(VARIABLE, "auto")
    return tmp_path


async def offered(
    monkeypatch: pytest.MonkeyPatch, sound: str
) -> tuple[Situation, Callable[[], Awaitable[bool]]]:
    """Return what the questions are asked with, and what plays the cue to try the voice with."""
    shown: list[tuple[Any, Any]] = []
    monkeypatch.setattr(flow, "PreflightScreen", lambda *given: shown.append(given))
    wishes = flow.Wishes(
        lambda _: pytest.fail("no treadmill is looked for"),
        datetime(2026, 1, 2, tzinfo=UTC),
        sound=sound,
    )
    app: Any = App()
    with pytest.raises(UsageError, match="nothing was started"):
        await flow._preflight(app, PLAN, BEGINNER, ENGLISH, wishes)
    return shown[0]


def put_player(folder: Path, script: str) -> None:
    (folder / "aplay").write_text(f"#!{sys.executable}\n{script}")
    (folder / "aplay").chmod(0o755)


@pytest.mark.real_time
async def test_a_voice_that_plays_is_offered_and_tried(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_player(path, "")
    situation, play = await offered(monkeypatch, "auto")
    assert situation.no_voice is None
    assert await play()
    put_player(path, "import sys; sys.exit(1)")
    assert not await play()


@pytest.mark.real_time
async def test_without_a_player_the_question_says_why_there_is_no_voice(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    situation, _ = await offered(monkeypatch, "auto")
    assert "no program that plays sound was found" in str(situation.no_voice)


@pytest.mark.real_time
async def test_sound_that_is_off_in_the_settings_is_no_voice(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_player(path, "")
    monkeypatch.delenv(VARIABLE)
    situation, _ = await offered(monkeypatch, "off")
    assert situation.no_voice == "sound is off"
