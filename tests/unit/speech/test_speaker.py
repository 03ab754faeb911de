"""What is heard, when, and what is said of it."""

import asyncio
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from quarterturn.speech.earcons import Earcon
from quarterturn.speech.messages import cue_message
from quarterturn.speech.order import Level, Spoken
from quarterturn.speech.players import Player, RecordingPlayer
from quarterturn.speech.speaker import ALARM_S, LAST_WORDS, REPEAT_S, Speaker
from unit.speech.spoken import FakePlayer, shipped_library

STOPPED = "Stopped. Hold the rail. Step off when the belt stands."
READY = "Step to the side rails. Face forward. Hold the rail. Press ready."
RED_KEY = "Stay on the rails. Pull the red key."


class Scene:
    """A speaker, its player, and what it says."""

    def __init__(self, folder: Path, player: Player | None = None) -> None:
        self.said: list[Mapping[str, Any]] = []
        self.heard: list[Mapping[str, Any]] = []
        self.player = FakePlayer()
        library = shipped_library(folder)
        self.speaker = Speaker(lambda *_: library, self.said.append, heard=self.heard.append)
        self.speaker.begin(player or self.player)
        self._ids = itertools.count(1)

    def cue(
        self, level: Level, text: str, earcon: Earcon | None = None, *, repeat: bool = False
    ) -> int:
        number = next(self._ids)
        self.speaker.take(
            cue_message(Spoken(number, 1.5, level, "kind", text, earcon, repeat=repeat))
        )
        return number

    def became(self, number: int) -> list[str]:
        return [it["said"] for it in self.said if it.get("id") == number]

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@pytest.fixture
async def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


async def test_a_cue_is_played_and_answered(scene: Scene) -> None:
    number = scene.cue(Level.STEP, "Press ready.", Earcon.TURN)
    await scene.wait(10.0)
    assert scene.became(number) == ["played"]
    [played_s] = scene.player.played_s
    assert 0.4 + 0.08 + 0.3 < played_s < 3.0  # the tone, a gap, and two words


async def test_a_stop_cuts_off_what_is_being_said(scene: Scene) -> None:
    ready = scene.cue(Level.STEP, READY)
    await scene.wait(0.5)
    stop = scene.cue(Level.STOP, "Stopping", Earcon.STOP)
    await scene.wait(0.01)
    assert scene.became(ready) == ["cut"]
    assert scene.player.played_s == [pytest.approx(0.5, abs=0.001)]
    await scene.wait(5.0)
    assert scene.became(stop) == ["played"]


async def test_a_lesser_cue_is_dropped_while_another_plays_and_never_said_behind_it(
    scene: Scene,
) -> None:
    scene.cue(Level.STEP, READY)
    lesser = scene.cue(Level.LESSER, "Half way")
    await scene.wait(30.0)
    assert scene.became(lesser) == ["dropped"]
    assert len(scene.player.played_s) == 1


async def test_what_waits_follows_at_once(scene: Scene) -> None:
    stop = scene.cue(Level.STOP, "Stopping")
    ready = scene.cue(Level.STEP, READY)
    await scene.wait(30.0)
    assert [it["id"] for it in scene.said if it["said"] == "played"] == [stop, ready]


async def test_what_waited_and_is_overtaken_is_told_as_dropped(scene: Scene) -> None:
    scene.cue(Level.FAULT, "Stopping")
    old, new = scene.cue(Level.STEP, READY), scene.cue(Level.STEP, "Press ready.")
    await scene.wait(30.0)
    assert (scene.became(old), scene.became(new)) == (["dropped"], ["played"])


async def test_a_fault_is_said_again_until_somebody_has_seen_to_it(scene: Scene) -> None:
    number = scene.cue(Level.FAULT, RED_KEY, Earcon.FAULT, repeat=True)
    await scene.wait(60.0)
    times = len(scene.became(number))
    length_s = scene.player.played_s[0]
    assert times == pytest.approx(60.0 / (length_s + REPEAT_S), abs=1)
    scene.speaker.take({"do": "quiet"})
    await scene.wait(60.0)
    assert len(scene.became(number)) <= times + 1


async def test_a_fault_that_repeats_leaves_room_for_what_to_do(scene: Scene) -> None:
    scene.cue(Level.FAULT, RED_KEY, Earcon.FAULT, repeat=True)
    await scene.wait(1.0)
    number = scene.cue(Level.STEP, READY)
    await scene.wait(30.0)
    assert scene.became(number) == ["played"]


async def test_a_warning_is_said_once(scene: Scene) -> None:
    number = scene.cue(Level.FAULT, "Hold the rails. The treadmill is silent.", Earcon.FAULT)
    await scene.wait(60.0)
    assert scene.became(number) == ["played"]


async def test_a_player_that_fails_is_told_with_its_reason_and_the_next_cue_is_tried(
    scene: Scene,
) -> None:
    scene.player.fails = "aplay ended with 1"
    number = scene.cue(Level.STEP, READY)
    await scene.wait(1.0)
    assert scene.became(number) == ["failed"]
    assert scene.said[-1]["why"] == "aplay ended with 1"
    scene.player.fails = ""
    assert await heard_out(scene, scene.cue(Level.STEP, READY)) == ["played"]


async def test_words_that_nobody_can_say_leave_the_tone_and_are_told(scene: Scene) -> None:
    number = scene.cue(Level.STEP, "Unheard of words", Earcon.TURN)
    assert await heard_out(scene, number) == ["failed"]
    assert scene.player.played_s == [pytest.approx(0.4, abs=0.001)]
    assert "no speech program" in scene.said[-1]["why"]


async def heard_out(scene: Scene, number: int) -> list[str]:
    await scene.wait(20.0)
    return scene.became(number)


async def test_what_was_said_before_there_is_a_player_is_played_by_it(tmp_path: Path) -> None:
    said: list[Mapping[str, Any]] = []
    library, player = shipped_library(tmp_path), FakePlayer()
    speaker = Speaker(lambda *_: library, said.append)
    cue = Spoken(1, 0.0, Level.STEP, "ready", READY)
    speaker.take(cue_message(cue))
    speaker.take({"do": "ping", "id": 2})
    await asyncio.sleep(1.0)
    assert [it["said"] for it in said] == ["pong"]  # it answers while players are tried
    speaker.begin(player)
    await asyncio.sleep(20.0)
    assert [it["said"] for it in said] == ["pong", "ready", "played"]


async def test_a_walk_is_loaded_and_what_nobody_can_say_of_it_is_told(scene: Scene) -> None:
    load = {"do": "load", "language": "en", "voice": None, "last_words": RED_KEY}
    scene.speaker.take({**load, "texts": [READY, "One. Forty-two point one."]})
    await scene.wait(1.0)
    assert scene.said[-1] == {"said": "loaded", "missing": ["Forty-two point one"]}


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"do": "sing"},
        {"do": "cue"},
        {"do": "cue", "id": 1, "t": 0, "level": 99, "kind": "", "text": "", "earcon": None},
        {"do": "load"},
        {"do": "load", "language": "en", "voice": None, "last_words": "", "texts": 3},
        {"do": "ping"},
        {"do": "bye"},
    ],
)
async def test_a_message_that_makes_no_sense_is_passed_over(
    scene: Scene, message: dict[str, Any]
) -> None:
    scene.speaker.take(message)
    assert await heard_out(scene, scene.cue(Level.STEP, READY)) == ["played"]


# --- the end -------------------------------------------------------------------------------------


async def test_the_last_cue_is_heard_out_before_the_end(scene: Scene) -> None:
    number = scene.cue(Level.STOP, STOPPED)
    scene.speaker.take({"do": "bye", "alarmed": False})
    await scene.wait(0.5)
    assert not scene.speaker.ended.is_set()
    await scene.speaker.ended.wait()
    assert scene.became(number) == ["played"]


async def test_with_nothing_to_say_the_end_comes_at_once(scene: Scene) -> None:
    scene.speaker.take({"do": "bye", "alarmed": False})
    async with asyncio.timeout(0.1):
        await scene.speaker.ended.wait()


async def test_an_alarm_goes_on_for_a_minute_behind_a_belt_that_may_move(scene: Scene) -> None:
    number = scene.cue(Level.ALARM, RED_KEY, Earcon.FAULT, repeat=True)
    scene.speaker.take({"do": "bye", "alarmed": True})
    await scene.wait(ALARM_S - 5)
    assert len(scene.became(number)) >= 5
    async with asyncio.timeout(30):
        await scene.speaker.ended.wait()


async def test_a_bridge_that_dies_leaves_the_red_key_as_last_words(tmp_path: Path) -> None:
    scene = Scene(tmp_path, RecordingPlayer())
    load = {"do": "load", "language": "en", "voice": None, "last_words": RED_KEY, "texts": []}
    scene.speaker.take(load)
    scene.cue(Level.LESSER, "Half way")
    scene.speaker.hung_up()
    await scene.speaker.ended.wait()
    last = scene.heard[-LAST_WORDS:]
    assert [(it["text"], it["earcon"], it["outcome"]) for it in last] == [
        (RED_KEY, "fault", "played")
    ] * LAST_WORDS


async def test_a_bridge_that_said_farewell_leaves_none(tmp_path: Path) -> None:
    scene = Scene(tmp_path, RecordingPlayer())
    scene.speaker.take({"do": "bye", "alarmed": False})
    scene.speaker.hung_up()
    await scene.speaker.ended.wait()
    assert scene.heard == []


async def test_a_bridge_that_never_had_a_walk_leaves_none(scene: Scene) -> None:
    scene.speaker.hung_up()
    await scene.speaker.ended.wait()
    assert scene.player.played_s == []


async def test_what_is_closed_is_silent_at_once(scene: Scene) -> None:
    scene.cue(Level.FAULT, RED_KEY, repeat=True)
    await scene.wait(0.5)
    await scene.speaker.close()
    await scene.wait(60.0)
    assert scene.player.played_s == [pytest.approx(0.5, abs=0.001)]


async def test_the_record_says_what_would_be_heard(tmp_path: Path) -> None:
    scene = Scene(tmp_path, RecordingPlayer())
    scene.cue(Level.STEP, "Press ready.", Earcon.TURN)
    await scene.wait(10.0)
    [entry] = scene.heard
    assert entry == {
        "t": 1.5,
        "kind": "kind",
        "earcon": "turn",
        "text": "Press ready.",
        "outcome": "played",
        "source": "pack",
        "waited_s": 0.0,
    }
