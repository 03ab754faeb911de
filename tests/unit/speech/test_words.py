"""Where the words come from: recordings, the cache, a speech program."""

import asyncio
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from quarterturn.configs import shipped_folder
from quarterturn.opening import find_book
from quarterturn.speech.cache import Cache
from quarterturn.speech.library import CACHE, PACK, RENDERER, Library, NoWordsError, library_of
from quarterturn.speech.pack import Pack, load_pack
from quarterturn.speech.renderers import Renderer, RenderError, find_renderer
from quarterturn.speech.samples import RATE_HZ, duration_s, read_wav, silence, wav_of
from quarterturn.speech.texts import cue_to_try, must_be_said, recorded_texts, sentences

BEEP = wav_of(silence(0.5))
PACKS = ("en", "de")


# --- what is said in one go ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Stopping", ("Stopping",)),
        (
            "In ten seconds: stop, then turn right.",
            ("In ten seconds:", "stop,", "then turn right"),
        ),
        ("Stay on the rails. Pull the red key.", ("Stay on the rails", "Pull the red key")),
        ("Does it stand still?", ("Does it stand still?",)),
        ("Two point 5.", ("Two point 5",)),
        ("1.5 and 1:30", ("1.5 and 1:30",)),
        (" .  . ", ()),
        ("", ()),
    ],
)
def test_a_text_is_said_part_by_part(text: str, parts: tuple[str, ...]) -> None:
    assert sentences(text) == parts


# --- the recordings that ship --------------------------------------------------------------------


@pytest.mark.parametrize("language", PACKS)
def test_nothing_that_must_be_said_has_no_recording(language: str) -> None:
    # A cue that was reworded is recorded anew by configs/render_voice.py.
    book, pack = find_book(language), load_pack(language)
    wanted = {it for text in must_be_said(book) for it in sentences(text)}
    assert len(wanted) > 60
    assert sorted(it for it in wanted if pack.recording(it) is None) == []


@pytest.mark.parametrize("language", PACKS)
def test_every_recording_is_of_a_cue_and_sounds(language: str) -> None:
    book, pack = find_book(language), load_pack(language)
    texts = (*must_be_said(book), *recorded_texts(book))
    wanted = {it.casefold() for text in texts for it in sentences(text)}
    assert set(pack.files) == wanted
    files = list((shipped_folder() / "voice" / language).iterdir())
    assert {path.name for path in files} == {
        *(path.name for path in pack.files.values()),
        "index.json",
    }
    for sentence, path in pack.files.items():
        samples = read_wav(path.read_bytes())
        assert 0.2 < duration_s(samples) < 4.0, sentence
        assert max(map(abs, samples)) > 20000, sentence
        assert max(map(abs, samples[: RATE_HZ // 10])) > 200, f"{sentence}: silence before it"


def test_the_recordings_are_small() -> None:
    files = [path for path in (shipped_folder() / "voice").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 3.2e6


@pytest.mark.parametrize("index", [None, "", "{", "[]", "{}", '{"sentences": 3}'])
def test_a_broken_pack_is_as_good_as_none(tmp_path: Path, index: str | None) -> None:
    (tmp_path / "en").mkdir()
    if index is not None:
        (tmp_path / "en" / "index.json").write_text(index)
    assert load_pack("en", tmp_path).recording("stop") is None


def test_a_recording_that_is_gone_is_none(tmp_path: Path) -> None:
    assert Pack({"stop": tmp_path / "stop.wav"}).recording("Stop") is None


# --- the cache -----------------------------------------------------------------------------------


def test_what_was_said_once_is_kept_by_text_voice_and_version(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("Stop", "en-us", "espeak-ng 1", b"one")
    assert cache.get("Stop", "en-us", "espeak-ng 1") == b"one"
    for other in (("Go", "en-us", "espeak-ng 1"), ("Stop", "de", "espeak-ng 1")):
        assert cache.get(*other) is None
    assert cache.get("Stop", "en-us", "espeak-ng 2") is None


def test_the_cache_has_a_bound_and_what_was_used_last_stays(tmp_path: Path) -> None:
    cache = Cache(tmp_path, most_octets=250)
    for number, text in enumerate("abc"):
        cache.put(text, "v", "r", bytes(100))
        path = cache.path(text, "v", "r")
        if path.exists():
            os.utime(path, (number, number))
        if text == "b":
            cache.get("a", "v", "r")  # now a is younger than b
    assert [cache.get(text, "v", "r") is not None for text in "abc"] == [True, False, True]


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = Cache(tmp_path / "file")
    cache.put("Stop", "v", "r", b"one")
    assert cache.get("Stop", "v", "r") is None


# --- speech programs -----------------------------------------------------------------------------


def program(folder: Path, script: str, name: str = "espeak-ng") -> Path:
    """Put a program where it is found, written in Python."""
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{script}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


SPEAKS = f"""
import json, sys
text = sys.stdin.buffer.read().decode()
path = sys.argv[sys.argv.index("-w") + 1]
open({{log!r}}, "a").write(json.dumps([sys.argv[1:-1], text]) + "\\n")
open(path, "wb").write({BEEP!r})
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path / "home"))
    return folder


def spoken_by(log: Path) -> list[tuple[list[str], str]]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


@pytest.mark.real_time
async def test_a_text_goes_in_by_stdin_and_never_through_a_shell(path: Path) -> None:
    log = path / "log"
    program(path, SPEAKS.format(log=str(log)))
    renderer = find_renderer("de", system="linux")
    assert renderer is not None
    nasty = '\'; rm -rf $HOME && `reboot` "ä" -w /etc/passwd'
    assert await renderer.render(nasty) == BEEP
    [(arguments, text)] = spoken_by(log)
    assert text == nasty
    assert arguments == ["-v", "de", "-s", "160", "--stdin", "-w"]


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("import sys; sys.exit('no such voice')", "no such voice"),
        ("import sys; sys.exit(3)", "ended with 3"),
        ("", "wrote no file"),
        ("import signal; signal.pause()", "no answer within"),
    ],
)
async def test_a_program_that_does_not_speak_is_told(
    path: Path, script: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quarterturn.speech.renderers.RENDER_S", 1.0)
    program(path, script)
    renderer = find_renderer("en", system="linux")
    assert renderer is not None
    if "pause" not in script:
        monkeypatch.setattr("quarterturn.speech.renderers.RENDER_S", 60.0)
    with pytest.raises(RenderError, match=why):
        await renderer.render("Stop")


@pytest.mark.real_time
async def test_a_program_that_is_gone_is_told() -> None:
    renderer = Renderer("espeak-ng", "1", "en-us", ("/nowhere/espeak-ng",), {})
    with pytest.raises(RenderError, match="No such file"):
        await renderer.render("Stop")


async def test_a_text_without_end_is_not_spoken() -> None:
    renderer = Renderer("espeak-ng", "1", "en-us", ("/nowhere/espeak-ng",), {})
    with pytest.raises(RenderError, match="too many"):
        await renderer.render("x" * 501)


@pytest.mark.parametrize(
    ("voice", "taken"),
    [("en-gb", "en-gb"), ("-w/etc/passwd", "en-us"), ("a\nb", "en-us"), ("x" * 65, "en-us")],
)
def test_only_the_name_of_a_voice_is_passed_on(path: Path, voice: str, taken: str) -> None:
    program(path, "")
    renderer = find_renderer("en", voice, system="linux")
    assert renderer is not None
    assert renderer.voice == taken
    assert renderer.command[2] == taken


def test_each_system_has_its_program_and_its_voices(path: Path) -> None:
    for name in ("espeak-ng", "say", "powershell"):
        program(path, "", name)
    say = find_renderer("de", system="darwin")
    assert say is not None
    assert say.command[1:] == (
        *("-v", "Anna", "-o", "{wav}", "--file-format=WAVE", "--data-format=LEI16@22050"),
        *("-f", "-"),
    )
    sapi = find_renderer("de", system="win32")
    assert sapi is not None
    assert sapi.environment == {"QUARTERTURN_VOICE": "", "QUARTERTURN_LANGUAGE": "de-DE"}
    assert "ReadToEnd" in sapi.command[-1]  # by stdin, too


def test_without_a_speech_program_there_is_none(path: Path) -> None:
    assert find_renderer("en", system="linux") is None


# --- all of them together ------------------------------------------------------------------------


@pytest.mark.real_time
async def test_what_is_recorded_needs_no_program_and_what_is_not_is_spoken_once(
    path: Path,
) -> None:
    log = path / "log"
    program(path, SPEAKS.format(log=str(log)))
    assert (await library_of("en", None).speech("Stop."))[1] == PACK
    assert spoken_by(log) == []
    text = "Stop. Two point five kilometres per hour."
    assert (await library_of("en", None).speech(text))[1] == RENDERER
    assert [text for _, text in spoken_by(log)] == ["Two point five kilometres per hour"]
    assert (await library_of("en", None).speech(text))[1] == CACHE
    assert len(spoken_by(log)) == 1


@pytest.mark.real_time
async def test_a_recording_in_the_cache_that_is_broken_is_made_anew(path: Path) -> None:
    program(path, SPEAKS.format(log=str(path / "log")))
    await library_of("en", None).speech("Forty-two")
    [kept] = (path.parent / "home" / "cache" / "speech").iterdir()
    kept.write_bytes(b"rubbish")
    assert (await library_of("en", None).speech("Forty-two"))[1] == RENDERER
    assert kept.read_bytes() == BEEP


@pytest.mark.real_time
async def test_a_voice_of_ones_own_is_preferred_and_the_recordings_stand_in(path: Path) -> None:
    log = path / "log"
    program(path, SPEAKS.format(log=str(log)))
    assert (await library_of("en", "en-gb").speech("Stop"))[1] == RENDERER
    program(path, "import sys; sys.exit(1)")
    assert (await library_of("en", "en-gb").speech("Two"))[1] == PACK


async def test_what_nobody_can_say_is_told_with_the_reason(path: Path) -> None:
    library = library_of("en", None)
    with pytest.raises(NoWordsError, match="no speech program was found"):
        await library.speech("Forty-two")
    assert await library.load(["Stop. Forty-two.", "Stop. Forty-three."]) == [
        "Forty-two",
        "Forty-three",
    ]


async def test_a_region_of_a_language_has_the_recordings_of_the_language(path: Path) -> None:
    german = library_of("de-AT", None)
    assert (await german.speech(cue_to_try(find_book("de"))))[1] == PACK


async def test_loading_leaves_room_for_signs_of_life(path: Path) -> None:
    """A watchdog asks every quarter of a second; no more than one sentence comes between."""
    library, beats = library_of("en", None), 0
    loading = asyncio.ensure_future(library.load(must_be_said(find_book("en"))))
    while not loading.done():
        await asyncio.sleep(0)
        beats += 1
    assert beats > 60


async def test_only_so_much_is_held_at_hand(path: Path) -> None:
    words = {str(number): path / "beep.wav" for number in range(400)}
    (path / "beep.wav").write_bytes(wav_of(silence(0.01)))
    library = Library(Pack(words), Cache(path), None)
    await library.load(words)
    assert len(vars(library)["_at_hand"]) == 150
