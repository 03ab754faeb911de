"""What plays: programs of the system, tried before they are trusted; and what is tried before."""

import asyncio
import stat
import sys
from pathlib import Path

import pytest

from quarterturn.english import ENGLISH
from quarterturn.opening import find_book
from quarterturn.places import data_folder
from quarterturn.speech import players
from quarterturn.speech.check import play_check, why_no_voice
from quarterturn.speech.pack import Pack
from quarterturn.speech.players import (
    CommandPlayer,
    PlayError,
    RecordingPlayer,
    SystemPlayer,
    programs,
    system_players,
)
from quarterturn.speech.samples import duration_s, read_wav, silence
from quarterturn.speech.sound import AUTO, OFF, RECORD, Sound, chosen_sound

KEEPS = "import shutil, sys; shutil.copy(sys.argv[-1], {to!r})"
FAILS = "import sys; sys.exit(1)"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path / "home"))
    return folder


def program(folder: Path, name: str, script: str) -> CommandPlayer:
    file = folder / name
    file.write_text(f"#!{sys.executable}\n{script}")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return CommandPlayer(name, (str(file),))


def sound(mode: str, folder: Path) -> Sound:
    return Sound(mode, folder / "heard.jsonl")


# --- players -------------------------------------------------------------------------------------


@pytest.mark.real_time
async def test_a_player_is_given_a_whole_file(path: Path) -> None:
    kept = path / "kept.wav"
    await program(path, "aplay", KEEPS.format(to=str(kept))).play(silence(0.25))
    assert read_wav(kept.read_bytes()) == silence(0.25)


@pytest.mark.real_time
@pytest.mark.parametrize(("script", "why"), [(FAILS, "aplay ended with 1")])
async def test_a_player_that_fails_is_told(path: Path, script: str, why: str) -> None:
    with pytest.raises(PlayError, match=why):
        await program(path, "aplay", script).play(silence(0.01))
    with pytest.raises(PlayError, match="No such file"):
        await CommandPlayer("aplay", ("/nowhere/aplay",)).play(silence(0.01))


@pytest.mark.real_time
async def test_a_player_that_does_not_end_is_ended(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(players, "PROBE_S", 0.5)
    with pytest.raises(PlayError, match="did not end"):
        await program(path, "aplay", "import signal; signal.pause()").probe()


@pytest.mark.real_time
async def test_what_is_cut_off_is_silent_at_once(path: Path) -> None:
    begun = path / "begun"
    script = f"open({str(begun)!r}, 'w').close(); import signal; signal.pause()"
    playing = asyncio.ensure_future(program(path, "aplay", script).play(silence(30.0)))
    while not begun.exists():  # noqa: ASYNC110 - a file sets no event
        await asyncio.sleep(0.01)
    playing.cancel()
    async with asyncio.timeout(5.0):
        await asyncio.gather(playing, return_exceptions=True)
    assert playing.cancelled()


@pytest.mark.real_time
async def test_the_first_player_that_works_is_taken(path: Path) -> None:
    found = SystemPlayer([program(path, "pw-play", FAILS), program(path, "aplay", "")])
    await found.find()
    assert found.name == "aplay"
    none = SystemPlayer([program(path, "pw-play", FAILS)])
    with pytest.raises(PlayError, match="pw-play ended with 1"):
        await none.find()
    assert none.name == "none"


@pytest.mark.real_time
async def test_without_a_player_it_is_said_which_there_could_be(path: Path) -> None:
    with pytest.raises(PlayError, match=r"was found \(pw-play, paplay, aplay\)"):
        await SystemPlayer(system_players("linux")).find()
    with pytest.raises(PlayError, match="there is no player"):
        await SystemPlayer([]).play(silence(0.01))


@pytest.mark.real_time
async def test_another_player_stands_in_for_one_that_fails(path: Path) -> None:
    kept = path / "kept.wav"
    pair = [program(path, "pw-play", ""), program(path, "aplay", KEEPS.format(to=str(kept)))]
    both = SystemPlayer(pair)
    await both.find()
    program(path, "pw-play", FAILS)
    await both.play(silence(0.01))
    assert kept.exists()
    assert both.name == "aplay"
    program(path, "aplay", FAILS)
    with pytest.raises(PlayError, match="aplay ended with 1; pw-play ended with 1"):
        await both.play(silence(0.01))


def test_each_system_has_its_players(path: Path) -> None:
    assert (programs("darwin"), programs("win32")) == (("afplay",), ("winsound",))
    program(path, "aplay", "")
    [aplay] = system_players("linux")
    assert aplay.command == (str(path / "aplay"), "-q")
    [windows] = system_players("win32")
    assert windows.command[0] == sys.executable


async def test_a_record_takes_the_time_of_the_sound() -> None:
    began_s = asyncio.get_running_loop().time()
    await RecordingPlayer().play(silence(2.0))
    assert asyncio.get_running_loop().time() - began_s == pytest.approx(2.0)


# --- before a walk -------------------------------------------------------------------------------


def test_a_voice_that_plays_and_has_its_words_is_offered(path: Path) -> None:
    program(path, "aplay", "")
    for language in ("en", "de"):
        assert why_no_voice(sound(AUTO, path), find_book(language)) is None


def test_no_voice_is_offered_where_nothing_plays(path: Path) -> None:
    assert "no program that plays sound" in str(why_no_voice(sound(AUTO, path), ENGLISH))
    program(path, "aplay", FAILS)
    assert why_no_voice(sound(AUTO, path), ENGLISH) == "aplay ended with 1"


@pytest.mark.parametrize(
    ("mode", "why"), [(OFF, "sound is off"), (RECORD, "sound is only written down")]
)
def test_no_voice_is_offered_where_none_is_wanted(path: Path, mode: str, why: str) -> None:
    program(path, "aplay", "")
    assert why_no_voice(sound(mode, path), ENGLISH) == why


def test_no_voice_is_offered_that_lacks_words(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path, "aplay", "")
    monkeypatch.setattr("quarterturn.speech.library.load_pack", lambda _: Pack())
    why = why_no_voice(sound(AUTO, path), ENGLISH)
    assert why is not None
    assert why.startswith("nothing here can say")


def test_a_beep_and_a_cue_are_played_for_a_person_to_hear(path: Path) -> None:
    kept = path / "kept.wav"
    program(path, "aplay", KEEPS.format(to=str(kept)))
    assert play_check(ENGLISH) is None
    assert 2.0 < duration_s(read_wav(kept.read_bytes())) < 6.0
    program(path, "aplay", FAILS)
    assert play_check(ENGLISH) == "aplay ended with 1"


# --- whether there is sound ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "given", "mode", "file"),
    [
        ("auto", None, "auto", None),
        ("off", None, "off", None),
        ("off", "auto", "auto", None),
        ("auto", "record", "record", None),
        ("auto", "record:/tmp/a:b", "record", "/tmp/a:b"),
        ("off", "loud", "off", None),
        ("off", "", "off", None),
    ],
)
def test_the_environment_goes_before_the_settings(
    path: Path, setting: str, given: str | None, mode: str, file: str | None
) -> None:
    chosen = chosen_sound(setting, {} if given is None else {"QUARTERTURN_SOUND": given})
    expected = data_folder() / "heard.jsonl" if file is None else Path(file)
    assert chosen == Sound(mode, expected)
