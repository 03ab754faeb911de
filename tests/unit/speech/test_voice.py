"""The voice seen from the bridge: told, watched, never waited for."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from quarterturn.profiles import CueChannel
from quarterturn.speech.sound import OFF, VARIABLE
from quarterturn.speech.voice import BEGIN_S, MOST_STARTS, WATCHDOG_S, Script, Voice
from unit.speech.spoken import FakePlayer, Launches

READY = "Step to the side rails. Face forward. Hold the rail. Press ready."
RED_KEY = "Stay on the rails. Pull the red key."
BY_VOICE = Script(channel=CueChannel.VOICE, simulated=True)
END = {"t": 9.0, "event": "end", "reason": "completed", "belt_stopped": True}


class Walk:
    """A voice, what it is told, and what it says of itself."""

    def __init__(self, launches: Launches) -> None:
        self.launches = launches
        self.voice = Voice(launch=launches)
        self.lost_s: list[float] = []
        self.complaints: list[str] = []

    def start(self, script: Script = BY_VOICE) -> None:
        loop = asyncio.get_running_loop()
        self.voice.start(
            script,
            on_lost=lambda: self.lost_s.append(loop.time()),
            complain=self.complaints.append,
        )

    def tell(self, event: str, **more: object) -> None:
        self.voice.event({"t": 1.0, "event": event, **more})

    def cue(self, kind: str, text: str) -> None:
        self.tell("cue", kind=kind, text=text)

    def earcons(self) -> list[str | None]:
        return [it["earcon"] for it in self.launches.child.told if it["do"] == "cue"]


@pytest.fixture(autouse=True)
def sound_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "auto")


@pytest.fixture
async def walk(tmp_path: Path) -> AsyncIterator[Walk]:
    walk = Walk(Launches(tmp_path))
    yield walk
    await walk.voice.close()


async def test_every_cue_is_passed_on_in_its_order_and_heard(walk: Walk) -> None:
    walk.start()
    for kind, text in (("ready", READY), ("countdown", "Three"), ("fault", RED_KEY)):
        await asyncio.sleep(10.0)
        walk.cue(kind, text)
    await asyncio.sleep(10.0)
    assert [(it["text"], it["outcome"]) for it in walk.launches.heard] == [
        (READY, "played"),
        ("Three", "played"),
        (RED_KEY, "played"),
    ]
    assert (walk.lost_s, walk.complaints) == ([], [])


async def test_what_is_said_before_the_voice_is_there_is_not_lost(walk: Walk) -> None:
    walk.start()
    walk.cue("ready", READY)
    await asyncio.sleep(20.0)
    assert [it["text"] for it in walk.launches.heard] == [READY]


async def test_a_walk_is_loaded_before_anything_is_said(walk: Walk) -> None:
    walk.start(Script(texts=(READY,), language="en", voice="Anna", channel=CueChannel.VOICE))
    await asyncio.sleep(0.1)
    first = walk.launches.child.told[0]
    assert (first["do"], first["texts"], first["language"], first["voice"]) == (
        "load",
        [READY],
        "en",
        "Anna",
    )
    assert first["last_words"] == RED_KEY


async def test_the_tone_says_what_the_words_say(walk: Walk) -> None:
    walk.start()
    await asyncio.sleep(0.1)
    walk.tell("turn", step="announce", **{"from": "right", "to": "backward"})
    walk.cue("turn", "In ten seconds: stop, then turn right.")
    walk.cue("countdown", "Five")
    walk.cue("stop", "Stopping")
    walk.tell("turn", step="ready")
    walk.cue("ready", "Stop.")
    walk.tell("phase", heading="backward")
    walk.tell("turn", step="countdown")
    walk.cue("countdown", "Three")
    walk.tell("turn", step="start")
    walk.cue("countdown", "Walk backward")
    walk.cue("speed", "Two kilometres per hour.")
    walk.cue("technique", "Even steps")
    walk.tell("phase", heading="left")
    walk.cue("countdown", "Side-step to the right")
    walk.tell("phase", heading="forward")
    walk.cue("countdown", "Walk forward")
    walk.cue("pause", "Paused.")
    walk.cue("end", "Stopped.")
    walk.cue("fault", RED_KEY)
    assert walk.earcons() == [
        *("turn", "tick", "stop", "turn", "tick", "backward", None, None),
        *("side", "forward", "stop", "stop", "fault"),
    ]


async def test_at_the_first_start_nobody_turns(walk: Walk) -> None:
    walk.start()
    await asyncio.sleep(0.1)
    walk.tell("begin", step="ready")
    walk.cue("ready", READY)
    assert walk.earcons() == [None]


@pytest.mark.parametrize(
    ("action", "repeats", "level"),
    [("stop", True, 1), ("ramp", True, 1), ("alarm", True, 0), ("pause", False, 1)],
)
async def test_a_fault_is_repeated_and_an_alarm_is_more_urgent_still(
    walk: Walk, action: str, repeats: bool, level: int
) -> None:
    walk.start()
    await asyncio.sleep(0.1)
    walk.tell("fault", fault="overspeed", action=action, text="")
    walk.cue("fault", RED_KEY)
    last = walk.launches.child.told[-1]
    assert (last["repeat"], last["level"]) == (repeats, level)


async def test_with_a_screen_reader_there_are_tones_and_no_second_voice(walk: Walk) -> None:
    walk.start(Script(channel=CueChannel.SCREEN_READER, simulated=True))
    await asyncio.sleep(0.1)
    walk.cue("technique", "Even steps")
    walk.cue("stop", "Stopping")
    await asyncio.sleep(5.0)
    [entry] = walk.launches.heard
    assert (entry["text"], entry["earcon"], entry["outcome"]) == ("", "stop", "played")


# --- a voice that is not heard -------------------------------------------------------------------


async def test_a_voice_that_dies_takes_the_turns_with_it_and_is_started_again(walk: Walk) -> None:
    walk.start()
    await asyncio.sleep(5.0)
    died_s = asyncio.get_running_loop().time()
    walk.launches.child.die()
    await asyncio.sleep(1.0)
    assert walk.lost_s == [pytest.approx(died_s, abs=0.1)]
    [complaint] = walk.complaints
    assert complaint == (
        "the voice is not heard: its process was killed by signal 9. "
        "No turn leads away from forward now"
    )
    walk.cue("stop", "Stopping")
    await asyncio.sleep(5.0)
    assert walk.launches.again == [False, True]
    assert [it["text"] for it in walk.launches.heard] == ["Stopping"]
    walk.launches.child.die()
    await asyncio.sleep(1.0)
    assert len(walk.lost_s) == len(walk.complaints) == 1


async def test_a_voice_that_hangs_is_found_out_within_its_second_and_killed(walk: Walk) -> None:
    walk.start()
    await asyncio.sleep(5.0)
    walk.launches.child.answers = False
    hung_s = asyncio.get_running_loop().time()
    await asyncio.sleep(3.0)
    assert walk.lost_s[0] - hung_s == pytest.approx(WATCHDOG_S, abs=0.6)
    assert "it does not answer" in walk.complaints[0]
    assert len(walk.launches.children) == 2


async def test_a_voice_that_reads_nothing_is_killed(walk: Walk) -> None:
    walk.start()
    await asyncio.sleep(1.0)
    walk.launches.child.reads = False
    walk.cue("stop", "Stopping")
    await asyncio.sleep(0.1)
    assert "it does not read" in walk.complaints[0]
    assert len(walk.lost_s) == 1


async def test_a_voice_that_never_begins_is_given_up(tmp_path: Path) -> None:
    launches = Launches(tmp_path)
    launches.player = None
    walk = Walk(launches)
    walk.start()
    await asyncio.sleep(BEGIN_S - 1)
    assert walk.lost_s == []  # players are tried, and it answers meanwhile
    launches.child.answers = False
    await asyncio.sleep(BEGIN_S + 2)
    assert len(walk.lost_s) == 1
    await walk.voice.close()


async def test_a_voice_is_started_only_so_often(walk: Walk) -> None:
    walk.start()
    for _ in range(MOST_STARTS + 2):
        await asyncio.sleep(1.0)
        walk.launches.child.die()
    assert len(walk.launches.again) == MOST_STARTS
    walk.cue("stop", "Stopping")  # and nothing happens


async def test_what_is_still_so_is_said_again_by_the_next_and_no_counted_second(
    walk: Walk,
) -> None:
    walk.start()
    await asyncio.sleep(1.0)
    walk.launches.child.answers = False
    walk.tell("begin", step="ready")
    walk.cue("ready", READY)
    walk.cue("countdown", "Three")
    walk.cue("technique", "Even steps")
    await asyncio.sleep(3.0)
    assert walk.launches.child.cues() == [READY]


async def test_a_voice_that_cannot_be_started_is_told(walk: Walk) -> None:
    walk.launches.fails = OSError(12, os.strerror(12))
    walk.start()
    await asyncio.sleep(0.1)
    assert len(walk.lost_s) == 1
    assert "its process cannot be started: Cannot allocate memory" in walk.complaints[0]


async def test_a_player_that_fails_in_what_matters_is_a_voice_not_heard(tmp_path: Path) -> None:
    player = FakePlayer()
    walk = Walk(Launches(tmp_path, player))
    walk.start()
    await asyncio.sleep(1.0)
    player.fails = "aplay ended with 1"
    walk.cue("speed", "Two kilometres per hour.")
    await asyncio.sleep(1.0)
    assert walk.lost_s == []
    walk.cue("turn", "In ten seconds: stop, then turn right.")
    await asyncio.sleep(1.0)
    assert len(walk.lost_s) == 1
    assert "aplay ended with 1" in walk.complaints[0]
    await walk.voice.close()


@pytest.mark.parametrize(
    "channel", [None, CueChannel.VISUAL, CueChannel.SPOTTER, CueChannel.SCREEN_READER]
)
async def test_where_the_voice_is_not_the_way_for_cues_its_death_changes_no_walk(
    walk: Walk, channel: CueChannel | None
) -> None:
    walk.start(Script(channel=channel, simulated=True))
    await asyncio.sleep(1.0)
    walk.launches.child.die()
    await asyncio.sleep(1.0)
    assert walk.lost_s == []
    assert walk.complaints == ["the voice is not heard: its process was killed by signal 9"]


@pytest.mark.parametrize(("simulated", "lost"), [(True, 0), (False, 1)])
async def test_what_is_only_written_down_is_heard_on_a_simulated_treadmill_alone(
    walk: Walk, simulated: bool, lost: int
) -> None:
    # req: S003-12 (design rule 13)
    walk.start(Script(channel=CueChannel.VOICE, simulated=simulated))
    await asyncio.sleep(1.0)
    assert len(walk.lost_s) == lost


async def test_sound_that_is_off_is_not_heard(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, OFF)
    walk.start()
    assert walk.lost_s == []  # not from within
    await asyncio.sleep(0.1)
    assert len(walk.lost_s) == 1
    assert walk.launches.children == []
    walk.start(Script())
    await asyncio.sleep(0.1)
    assert len(walk.complaints) == 1


async def test_a_bridge_that_was_held_up_itself_blames_nobody(walk: Walk) -> None:
    walk.start()
    await asyncio.sleep(1.0)
    watch: Any = vars(walk.voice)["_watch"]
    watch.heard_s -= 5.0  # nothing ran for five seconds: neither the answers nor the beat
    watch.beat_s -= 5.0
    await asyncio.sleep(2.0)
    assert walk.lost_s == []


async def test_a_mistake_in_the_voice_is_a_voice_not_heard_and_nothing_else(walk: Walk) -> None:
    walk.start()
    walk.cue("no such kind", "text")
    assert len(walk.lost_s) == 1
    assert "a mistake of ours" in walk.complaints[0]


async def test_words_that_nobody_can_say_are_told_before_they_are_due(walk: Walk) -> None:
    walk.start(Script(texts=("Forty-two.", "Forty-three."), simulated=True))
    await asyncio.sleep(0.5)
    assert walk.complaints == ['the voice has no words for "Forty-two" and 1 more']


# --- the end -------------------------------------------------------------------------------------


async def test_the_end_is_heard_out_and_the_voice_ends(walk: Walk) -> None:
    walk.start()
    await asyncio.sleep(1.0)
    walk.cue("end", "The walk is complete. Hold the rail. Step off.")
    walk.voice.event(END)
    await walk.voice.close()
    [entry] = walk.launches.heard
    assert entry["outcome"] == "played"
    assert walk.complaints == []


async def test_behind_a_belt_that_may_move_the_alarm_goes_on_until_it_is_seen_to(
    walk: Walk,
) -> None:
    walk.start()
    await asyncio.sleep(1.0)
    walk.tell("fault", fault="not_verified", action="alarm", text="")
    walk.cue("fault", RED_KEY)
    walk.voice.event({**END, "belt_stopped": None})
    walk.voice.finish()
    await asyncio.sleep(30.0)
    times = len(walk.launches.heard)
    assert times >= 3
    walk.voice.quiet()
    await asyncio.sleep(30.0)
    assert len(walk.launches.heard) <= times + 1


async def test_after_the_end_nothing_more_is_said(walk: Walk) -> None:
    walk.start()
    await asyncio.sleep(1.0)
    walk.voice.event(END)
    walk.cue("technique", "Even steps")
    await asyncio.sleep(5.0)
    assert walk.launches.heard == []
    walk.launches.child.die()
    await asyncio.sleep(1.0)
    assert walk.lost_s == []


async def test_a_new_walk_silences_the_one_before(walk: Walk) -> None:
    walk.start()
    await asyncio.sleep(1.0)
    walk.tell("fault", fault="not_verified", action="alarm", text="")
    walk.cue("fault", RED_KEY)
    walk.voice.event({**END, "belt_stopped": None})
    walk.start()
    await asyncio.sleep(20.0)
    assert len(walk.launches.children) == 2
    assert [it["text"] for it in walk.launches.heard] == []


async def test_a_voice_that_was_never_asked_anything_is_closed_at_once(walk: Walk) -> None:
    async with asyncio.timeout(0.1):
        walk.voice.quiet()
        walk.voice.finish()
        walk.cue("stop", "Stopping")
        await walk.voice.close()
