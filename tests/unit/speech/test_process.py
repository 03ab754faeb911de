"""The speech process itself, with nothing to play on."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from quarterturn.speech.child import SpeechProcess, launch_child
from quarterturn.speech.earcons import Earcon
from quarterturn.speech.messages import cue_message, decode, encode, read_cue
from quarterturn.speech.order import Level, Spoken
from quarterturn.speech.sound import AUTO, RECORD, Sound

STOPPING = Spoken(7, 1.5, Level.STOP, "stop", "Stopping", Earcon.STOP)
LOAD = {"do": "load", "language": "en", "voice": None, "last_words": "Pull the red key."}


@pytest.fixture
def sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sound:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    return Sound(RECORD, tmp_path / "heard.jsonl")


@pytest.fixture
async def child(sound: Sound) -> AsyncIterator[SpeechProcess]:
    child = await launch_child(sound, again=False)
    yield child
    child.kill()
    await child.gone()


async def until(child: SpeechProcess, said: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        async for line in child.lines():
            if decode(line)["said"] == said:
                return decode(line)
    raise AssertionError(f"it never said {said}")


def heard(sound: Sound) -> list[dict[str, Any]]:
    return [json.loads(line) for line in sound.heard.read_bytes().splitlines()]


@pytest.mark.real_time
async def test_it_plays_answers_and_ends(child: SpeechProcess, sound: Sound) -> None:
    assert await until(child, "ready") == {"said": "ready", "player": "record"}
    child.say(b"rubbish\n")
    child.say(encode(cue_message(STOPPING)))
    child.say(encode({"do": "ping", "id": 9}))
    assert (await until(child, "pong"))["id"] == 9
    assert (await until(child, "played"))["id"] == 7
    child.say(encode({"do": "bye", "alarmed": False}))
    assert await child.gone() == "its process ended"
    [entry] = heard(sound)
    assert (entry["t"], entry["text"], entry["earcon"]) == (1.5, "Stopping", "stop")
    assert child.say(b"{}\n")  # to nobody


@pytest.mark.real_time
async def test_a_bridge_that_died_is_known_by_the_end_of_stdin(
    child: SpeechProcess, sound: Sound
) -> None:
    await until(child, "ready")
    child.say(encode({**LOAD, "texts": []}))
    await until(child, "loaded")
    vars(child)["_stdin"].close()
    async with asyncio.timeout(60):
        await child.gone()
    assert [(it["text"], it["earcon"]) for it in heard(sound)] == [
        ("Pull the red key.", "fault")
    ] * 3


@pytest.mark.real_time
async def test_one_that_was_killed_says_by_what(child: SpeechProcess) -> None:
    await until(child, "ready")
    child.kill()
    assert await child.gone() == "its process was killed by signal 9"
    child.kill()


@pytest.mark.real_time
async def test_without_a_player_it_records_and_says_so(
    sound: Sound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    child = await launch_child(Sound(AUTO, sound.heard), again=False)
    try:
        assert (await until(child, "ready"))["player"] == "record"
        log = (tmp_path / "speech.log").read_text()
        assert "no program that plays sound was found" in log or sys.platform != "linux"
    finally:
        child.kill()
        await child.gone()


@pytest.mark.real_time
async def test_a_record_begins_anew_with_each_walk_and_goes_on_behind_a_death(
    sound: Sound,
) -> None:
    sound.heard.write_text("{}\n")
    for again, lines in ((False, 0), (True, 1)):
        if again:
            sound.heard.write_text("{}\n")
        child = await launch_child(sound, again=again)
        child.kill()
        await child.gone()
        assert (len(heard(sound)) if sound.heard.exists() else 0) == lines


# --- messages ------------------------------------------------------------------------------------


def test_a_cue_travels_as_it_is_written_down() -> None:
    line = encode(cue_message(STOPPING))
    assert line == (
        b'{"do":"cue","id":7,"t":1.5,"level":2,"kind":"stop","text":"Stopping",'
        b'"earcon":"stop","repeat":false,"late_is_wrong":false}\n'
    )
    assert read_cue(decode(line)) == STOPPING


@pytest.mark.parametrize("line", [b"", b"[]", b"1", b"{", b"\xff", b"[" * 100_000])
def test_a_line_that_is_no_message_is_an_empty_one(line: bytes) -> None:
    assert decode(line) == {}
