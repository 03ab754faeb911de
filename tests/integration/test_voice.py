"""A walk by its voice alone: what would have been heard from its beginning to its end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from integration.bridging import Machine, Screen, errand, running, screen
from quarterturn.cues import CueKind
from quarterturn.session import Intent
from quarterturn.speech.sound import VARIABLE
from quarterturn.speech.voice import LEVELS, Voice
from unit.speech.spoken import Launches

VOICE = {"cue_channel": "voice"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    monkeypatch.setenv(VARIABLE, "auto")


@pytest.fixture
async def launches(tmp_path: Path) -> Launches:
    return Launches(tmp_path / "cache")


@pytest.fixture
async def walk(launches: Launches) -> AsyncIterator[tuple[Screen, Machine]]:
    """Give a screen and a machine on a bridge with a voice; nothing has begun."""
    machine = Machine()
    async with (
        running(machine.treadmill, make_voice=lambda: Voice(launch=launches)) as bridge,
        screen(machine) as one,
    ):
        yield one, machine
        await bridge.owner.fall_silent()


async def test_a_whole_circle_can_be_walked_by_what_is_heard(
    walk: tuple[Screen, Machine], launches: Launches
) -> None:
    # req: S003-12
    one, _ = walk
    await one.client.begin(errand("circle", header=VOICE))
    end = await one.event("end")
    assert end["reason"] == "completed"
    await asyncio.sleep(30.0)  # the last cue is heard out
    heard = {(it["t"], it["text"]): it for it in launches.heard}
    needed = [cue for cue in one.of("cue") if CueKind(str(cue["kind"])) in LEVELS]
    assert len(needed) > 60
    for cue in needed:
        entry = heard[float(str(cue["t"])), str(cue["text"])]
        speed = cue["kind"] in ("speed", "phase")  # without a speech program they have no words
        if not speed:
            assert entry["outcome"] in ("played", "cut"), entry
            assert entry["source"] == "pack" if entry["outcome"] == "played" else True
    assert one.of("fault") == []
    turns = [it for it in launches.heard if it["kind"] == "turn"]
    assert {(it["outcome"], it["earcon"]) for it in turns} == {("played", "turn")}
    starts = [it["earcon"] for it in launches.heard if it["text"].startswith(("Walk", "Side"))]
    assert starts == ["forward", "side", "backward", "side", "forward"]


async def test_a_voice_that_dies_leads_to_the_cool_down_and_the_walk_goes_on(
    walk: tuple[Screen, Machine], launches: Launches
) -> None:
    one, machine = walk
    await one.client.begin(errand("circle", header=VOICE))
    await one.walking("forward")
    launches.child.die()
    end = await one.event("end")
    assert (end["reason"], end["belt_stopped"]) == ("completed", True)
    (fault,) = one.of("fault")
    assert (fault["fault"], fault["action"]) == ("cues", "finish")
    assert {phase["heading"] for phase in one.of("phase")} == {"forward"}
    assert any("the voice is not heard" in note for note in one.notes)
    assert machine.belt_kmh == 0.0
    assert launches.again == [False, True]


async def test_where_the_voice_is_not_the_way_for_cues_its_death_changes_nothing(
    walk: tuple[Screen, Machine], launches: Launches
) -> None:
    one, _ = walk
    await one.client.begin(errand("circle", header={"cue_channel": "visual"}))
    await one.walking("forward")
    launches.child.die()
    await one.event("end")
    assert one.of("fault") == []
    assert "backward" in {phase["heading"] for phase in one.of("phase")}


async def test_a_stop_is_heard_at_once_and_acknowledging_ends_the_alarm(
    walk: tuple[Screen, Machine], launches: Launches
) -> None:
    one, _ = walk
    await one.client.begin(errand("circle", header=VOICE))
    await one.walking("forward")
    await one.client.ask(Intent.STOP)
    await one.event("end")
    await asyncio.sleep(20.0)
    last = launches.heard[-1]
    assert last["kind"] == "end"
    assert last["outcome"] == "played"
    assert last["waited_s"] < 0.5


async def test_on_a_treadmill_somebody_is_on_a_record_is_no_voice(launches: Launches) -> None:
    machine = Machine(real=True)
    async with (
        running(machine.treadmill, make_voice=lambda: Voice(launch=launches)),
        screen(machine) as one,
    ):
        await one.client.begin(errand("circle", header=VOICE))
        fault = await one.event("fault")
        assert fault["fault"] == "cues"
        assert any("no sound can be played on this computer" in note for note in one.notes)
        await one.event("end")
    assert {phase["heading"] for phase in one.of("phase")} == {"forward"}
