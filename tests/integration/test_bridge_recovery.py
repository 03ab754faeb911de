"""A bridge that finds a session on record: it stops, waits for a person, and does nothing else."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from integration.bridging import (
    REAL_URL,
    START,
    STOP,
    Machine,
    errand,
    running,
    screen,
    scripted,
)
from integration.scripted import ScriptedDriver
from quarterturn.open_session import (
    OpenSession,
    open_session_path,
    read_open_session,
    write_open_session,
)
from quarterturn.port import LinkError
from quarterturn.protocol import BridgeState
from quarterturn.session import Intent

RED_KEY = "pull the red key"


@pytest.fixture(autouse=True)
def _at_home(home: Path) -> None:
    del home


def now_s() -> float:
    return asyncio.get_running_loop().time()


def on_record(**others: object) -> None:
    session = OpenSession(REAL_URL, workout="Circle", began="2026-01-01T12:00:00", pid=4711)
    for name, value in others.items():
        setattr(session, name, value)
    write_open_session(session)


# --- the record of a walk -------------------------------------------------------------------------


async def test_a_walk_is_on_record_until_the_belt_is_known_to_stand() -> None:
    machine = Machine(real=True)
    async with running(machine.treadmill), screen(machine) as walker:
        assert read_open_session() is None
        begun = await walker.client.begin(errand())
        await walker.walking("forward")
        session = read_open_session()
        assert session is not None
        assert (session.treadmill, session.workout, session.ended) == (REAL_URL, "Circle", None)
        assert session.journal == begun.text
        await walker.client.stop()
        await walker.state(BridgeState.RESTING)
        assert read_open_session() is None


async def test_a_walk_on_a_simulated_treadmill_is_not_on_record() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker:
        await walker.client.begin(errand())
        await walker.walking("forward")
        assert not open_session_path().exists()


async def test_a_walk_that_cannot_be_put_on_record_does_not_begin() -> None:
    machine = Machine(real=True)
    open_session_path().mkdir(parents=True)
    async with running(machine.treadmill), screen(machine) as walker:
        # A record that cannot be read is one that somebody has to see to, and to take away.
        await walker.until(lambda: walker.now.state is BridgeState.RECOVERING)
        assert not (await walker.client.begin(errand())).accepted
        assert machine.sent(START) == []


async def test_a_belt_that_is_not_known_to_stand_stays_on_record_and_is_seen_to_next() -> None:
    machine = Machine(["stop-ignored"], real=True)
    async with running(machine.treadmill), screen(machine) as walker:
        await walker.client.begin(errand())
        await walker.walking("forward")
        await walker.client.stop()
        end = await walker.event("end")
        assert end["belt_stopped"] is None
        await walker.state(BridgeState.RECOVERING)
        session = read_open_session()
        assert session is not None
        assert session.ended == "fault, stop_failed" or "stopped" in str(session.ended)
        assert "but the belt was not known to stand" in str(walker.now.last_session)
        assert not (await walker.client.begin(errand())).accepted
        starts = len(machine.sent(START))
        machine.inner.console.press_stop()
        await walker.event("recovery", step="stands")
        assert (await walker.client.ask(Intent.ACKNOWLEDGE)).accepted
        await walker.state(BridgeState.RESTING)
        assert read_open_session() is None
        assert len(machine.sent(START)) == starts


# --- what a bridge finds --------------------------------------------------------------------------


async def test_a_session_on_record_is_seen_to_before_anything_else(tmp_path: Path) -> None:
    journal = tmp_path / "j.jsonl"
    lines: list[dict[str, object]] = [
        {"journal": 1},
        {"kind": "event", "event": {"t": 1.0, "event": "phase", "heading": "backward"}},
        {"kind": "event", "event": {"t": 9.0, "event": "telemetry", "speed_kmh": 1.5}},
    ]
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    on_record(journal=str(journal))
    machine = Machine(real=True)
    machine.inner.console.press_start()
    await asyncio.sleep(10.0)
    assert machine.belt_kmh > 0
    async with running(machine.treadmill), screen() as walker:
        assert walker.supervising
        assert walker.now.state is BridgeState.RECOVERING
        assert walker.now.belt_may_move
        told = str(walker.now.last_session)
        assert "The session 'Circle' of 2026-01-01T12:00:00 on" in told
        assert f"Its journal is {journal}." in told
        assert "the walker faced backward and the belt ran at 1.5 km/h." in told
        await walker.event("recovery", step="stop")
        for intent in (Intent.READY, Intent.ARM, Intent.RESUME):
            assert not (await walker.client.ask(intent)).accepted
        refused = await walker.client.begin(errand())
        assert not refused.accepted
        assert "before somebody has acknowledged" in refused.text
        assert (await walker.client.ask(Intent.ACKNOWLEDGE)).text == "the belt moves: stop it first"
        assert (await walker.client.stop()).accepted
        await walker.event("recovery", step="stands")
        assert machine.belt_kmh == 0
        assert not walker.now.belt_may_move or walker.now.state is BridgeState.RECOVERING
        await asyncio.sleep(600.0)
        assert walker.now.state is BridgeState.RECOVERING
        assert read_open_session() is not None
        assert (await walker.client.ask(Intent.ACKNOWLEDGE)).accepted
        await walker.state(BridgeState.RESTING)
        assert read_open_session() is None
        assert walker.now.last_session is None
        assert machine.sent(START) == []
        assert len(machine.sent(STOP)) == 1
        walker._machine = machine
        assert (await walker.client.begin(errand())).accepted
        await walker.walking("forward")


async def test_only_who_supervises_acknowledges_and_everybody_stops() -> None:
    on_record()
    machine = Machine(real=True)
    async with running(machine.treadmill), screen() as walker, screen() as other:
        await walker.event("recovery", step="stands")
        assert not (await other.client.ask(Intent.ACKNOWLEDGE)).accepted
        assert (await other.client.stop()).accepted
        assert machine.sent(STOP) == []
        assert (await walker.client.ask(Intent.ACKNOWLEDGE)).accepted


async def test_it_recovers_the_treadmill_on_record_and_not_its_own() -> None:
    on_record(treadmill="ftms+sim://")
    mine = Machine(real=True)
    async with running(mine.treadmill), screen() as walker:
        await walker.event("recovery", step="stands")
        assert (await walker.client.ask(Intent.ACKNOWLEDGE)).accepted
        await walker.state(BridgeState.RESTING)
    assert mine.link.writes == []


async def test_a_belt_stopped_afterwards_has_still_to_be_acknowledged() -> None:
    on_record(stands=True)
    async with running(Machine(real=True).treadmill), screen() as walker:
        assert "It was stopped afterwards, and stood." in str(walker.now.last_session)
        assert not (await walker.client.begin(errand())).accepted


# --- a treadmill that cannot be reached -----------------------------------------------------------


def _damage() -> None:
    open_session_path().parent.mkdir(exist_ok=True)
    open_session_path().write_bytes(b"{")


@pytest.mark.parametrize(
    ("record", "why"),
    [(on_record, "nobody there"), (_damage, "which treadmill it was is not known")],
)
async def test_a_belt_whose_state_cannot_be_read_has_to_be_looked_at(
    record: Callable[[], None], why: str
) -> None:
    record()
    drivers: list[ScriptedDriver] = []
    treadmill = scripted(drivers, real=True, connect_fault=LinkError("nobody there"))
    async with running(treadmill), screen() as walker:
        await walker.until(lambda: walker.now.state is BridgeState.RECOVERING)
        await asyncio.sleep(1.0)
        # Nobody knows of it: it may move, and nobody says anything else.
        assert walker.now.belt_may_move
        stop = await walker.client.stop()
        assert (stop.accepted, stop.text) == (
            True,
            "the treadmill is looked for, to stop its belt",
        )
        assert not (await walker.client.begin(errand())).accepted
        assert (await walker.client.ask(Intent.ACKNOWLEDGE)).accepted
        await walker.state(BridgeState.RESTING)
        assert read_open_session() is None
        assert not walker.now.belt_may_move
        del why


async def test_no_acknowledgement_is_taken_while_the_treadmill_is_looked_for() -> None:
    on_record()
    treadmill = scripted([], real=True, never_connects=True)
    async with running(treadmill), screen() as walker:
        assert not (await walker.client.ask(Intent.ACKNOWLEDGE)).accepted
        assert walker.now.belt_may_move
        assert walker.now.state is BridgeState.RECOVERING
        assert (await walker.client.stop()).accepted
        await asyncio.sleep(31.0)  # the time a connection may take
        assert (await walker.client.ask(Intent.ACKNOWLEDGE)).accepted
        await walker.state(BridgeState.RESTING)


async def test_a_treadmill_that_is_switched_on_later_is_found_and_its_belt_stopped() -> None:
    on_record()
    machine = Machine(real=True)
    machine.inner.console.press_start()
    machine.inner.lose_links(60.0)
    async with running(machine.treadmill), screen() as walker:
        await asyncio.sleep(20.0)
        assert machine.belt_kmh > 0
        assert walker.now.belt_may_move
        await walker.event("recovery", step="stop")
        await walker.event("recovery", step="stands")
        assert now_s() < 90.0
        assert machine.belt_kmh == 0
        # That it could not be read was said before anybody was there, and is not said again.
        assert all(event["step"] != "unread" for event in walker.of("recovery"))
        assert walker.now.state is BridgeState.RECOVERING
        assert (await walker.client.ask(Intent.ACKNOWLEDGE)).accepted
        await walker.state(BridgeState.RESTING)


async def test_a_belt_that_was_looked_at_is_looked_for_no_longer() -> None:
    on_record()
    drivers: list[ScriptedDriver] = []
    async with running(scripted(drivers, real=True, never_connects=True)), screen() as walker:
        await asyncio.sleep(40.0)
        assert len(drivers) == 2  # in the middle of the second time
        assert (await walker.client.ask(Intent.ACKNOWLEDGE)).accepted
        await walker.state(BridgeState.RESTING)
        assert now_s() < 41.0
        assert read_open_session() is None
        assert [driver.closed for driver in drivers] == [1, 1]


# --- the end of the bridge ------------------------------------------------------------------------


async def ended(bridge: object) -> None:
    async with asyncio.timeout(120.0):
        await bridge.task  # type: ignore[attr-defined]


async def test_a_bridge_that_leaves_while_it_looks_for_the_treadmill_leaves_the_record() -> None:
    on_record()
    drivers: list[ScriptedDriver] = []
    treadmill = scripted(drivers, real=True, never_connects=True)
    async with running(treadmill) as bridge, screen(supervise=False) as watcher:
        await asyncio.sleep(1.0)
        bridge.leave("terminated", ramp=True)
        await ended(bridge)
        assert watcher.events == []
    assert drivers[0].closed == 1
    session = read_open_session()
    assert session is not None
    assert not session.stands


async def test_a_bridge_that_leaves_when_its_belt_cannot_be_read_leaves_the_record() -> None:
    on_record()
    treadmill = scripted([], real=True, connect_fault=LinkError("nobody there"))
    async with running(treadmill) as bridge:
        await asyncio.sleep(1.0)
        bridge.leave("terminated", ramp=True)
        await ended(bridge)
    assert read_open_session() is not None


async def test_a_bridge_that_leaves_a_recovery_stops_the_belt_first_and_notes_that_it_stands() -> (
    None
):
    on_record()
    machine = Machine(real=True)
    machine.inner.console.press_start()
    await asyncio.sleep(10.0)
    async with running(machine.treadmill) as bridge:
        await asyncio.sleep(0.5)
        bridge.leave("terminated", ramp=True)
        await ended(bridge)
    assert machine.belt_kmh == 0
    session = read_open_session()
    assert session is not None
    assert session.stands


async def test_a_bridge_for_a_screen_leaves_a_recovery_with_it() -> None:
    on_record()
    machine = Machine(real=True)
    async with running(machine.treadmill, for_screen=True) as bridge:
        async with screen() as walker:
            await walker.event("recovery", step="begin")
        await ended(bridge)
    session = read_open_session()
    assert session is not None
    assert session.stands
    assert machine.sent(STOP) == []


async def test_a_bridge_for_a_screen_leaves_with_it_when_the_belt_cannot_be_read() -> None:
    on_record()
    treadmill = scripted([], real=True, connect_fault=LinkError("nobody there"))
    async with running(treadmill, for_screen=True) as bridge:
        async with screen():
            await asyncio.sleep(1.0)
        await ended(bridge)
    assert read_open_session() is not None
