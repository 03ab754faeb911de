"""A bridge whose time runs: the walk is as ever, and its screen lives by the wall clock."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from integration.bridging import STOP, Machine, Raw, errand, raw, running
from integration.commands import Cli
from paced_wall import on_jumping_wall, paced_loop
from quarterturn.bridge.journal import read_journal
from quarterturn.bridge.process import Bridge
from quarterturn.bridge.replay import replay
from quarterturn.bridge.replay_wire import replay_wire
from quarterturn.exit_codes import ExitCode, UsageError
from quarterturn.open_session import OpenSession, write_open_session
from quarterturn.places import data_folder
from quarterturn.plugins import load_driver
from quarterturn.protocol import HEARTBEAT_S, SIGN_OF_LIFE_S, SNAPSHOT_S, BridgeState
from quarterturn.session import Event
from quarterturn.summary import summarise

pytestmark = pytest.mark.usefixtures("home")

READY_AFTER_S = 2.5
# What a client hears is put into the loop's hands once more.
HAIR_S = 1e-6


class Visitor:
    """A screen that lives by the wall clock, as one in a process of its own does."""

    def __init__(self, machine: Machine, client: Raw) -> None:
        self.machine = machine
        self.loop = paced_loop()
        self.events: list[Event] = []
        self.at_wall_s: list[float] = []
        self.snapshots: list[tuple[float, Any]] = []
        self.at: Callable[[Event], object] = lambda _: None
        self.alive = True
        self._client = client
        self._changed = asyncio.Event()

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["event"] == kind]

    def wall_s(self, event: Event) -> float:
        return self.at_wall_s[self.events.index(event)]

    def ask(self, intent: str) -> None:
        self._client.say({"request": "ask", "id": 7, "intent": intent})

    def stop(self) -> None:
        self._client.say({"request": "stop", "id": 8})

    async def listen(self) -> None:
        while message := await self._client.message("event", "snapshot"):
            if message["message"] == "snapshot":
                self.snapshots.append((self.loop.wall.time(), message["snapshot"]))
                continue
            event = message["event"]
            self.events.append(event)
            self.at_wall_s.append(self.loop.wall.time())
            if event.get("step") == "ready" and event["event"] in ("start", "turn"):
                self.loop.wall.call_later(READY_AFTER_S, self.ask, "ready")
            self.at(event)
            self._changed.set()

    def beat(self) -> None:
        if self.alive:
            self._client.say({"request": "alive"})
            self.loop.wall.call_later(HEARTBEAT_S, self.beat)

    async def until(self, so: Callable[[], bool]) -> None:
        while not so():
            self._changed.clear()
            await self._changed.wait()

    async def end(self) -> Event:
        await self.until(lambda: bool(self.of("end")))
        return self.events[-1]

    async def fast(self, heading: str) -> None:
        """Wait until time runs fastest in a phase of this heading."""
        await self.until(
            lambda: (
                bool(self.of("phase"))
                and self.of("phase")[-1]["heading"] == heading
                and self.loop.rate >= 20.0
            )
        )


@contextlib.asynccontextmanager
async def visiting(machine: Machine) -> AsyncIterator[Visitor]:
    """Have a visitor see a walk on a paced bridge; at the end whoever is left goes."""
    async with running(machine.treadmill, for_screen=True), raw() as client:
        visitor = Visitor(machine, client)
        client.hello(supervise=True)
        assert (await client.message("welcome"))["supervising"]
        visitor.beat()
        client.say({"request": "begin", "id": 1, "errand": errand()})
        listening = asyncio.ensure_future(visitor.listen())
        try:
            yield visitor
        finally:
            visitor.alive = False
            listening.cancel()
            await asyncio.wait([listening])


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    """A demonstration of the circle, seen to its end; `journal` is what it left."""

    async def see() -> Visitor:
        async with visiting(Machine()) as visitor:
            await visitor.end()
        return visitor

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERTURN_HOME", str(tmp_path_factory.mktemp("home")))
        visitor = on_jumping_wall(see())
        (path,) = (data_folder() / "journals").iterdir()
    visitor.journal = read_journal(path)  # type: ignore[attr-defined]
    return visitor


# --- the walk is what it is -----------------------------------------------------------------------


def test_the_circle_is_walked_to_its_end_and_nothing_of_it_is_shortened(seen: Visitor) -> None:
    end = seen.events[-1]
    assert (end["reason"], end["by"], end["belt_stopped"]) == ("completed", "plan", True)
    assert seen.of("fault") == []
    phases = summarise(seen.events).phases
    assert [phase.planned_s for phase in phases] == [300, 60, 60, 60, 60, 180]
    assert all(phase.done_s >= phase.planned_s - 2.0 for phase in phases)
    assert [turn["walked_s"] for turn in seen.of("turn") if turn["step"] == "slow"] == [60.0] * 4


def test_every_cap_holds(seen: Visitor) -> None:
    cap_kmh = 0.0
    for event in seen.events:
        if event["event"] == "phase":
            cap_kmh = float(str(event["cap_kmh"]))
        if event["event"] == "command" and event["command"] == "set_speed":
            assert float(str(event["value"])) <= cap_kmh
    assert all(phase.above_cap_s == 0.0 for phase in summarise(seen.events).phases)


def test_its_journal_is_decided_again_as_it_was_octets_and_all(seen: Visitor) -> None:
    journal = seen.journal  # type: ignore[attr-defined]
    assert replay(journal).differences == ()
    through_the_driver = replay_wire(journal, load_driver("ftms"))
    assert through_the_driver.differences == ()
    assert through_the_driver.values > 0
    assert [*journal.events()] == seen.events


# --- the pace -------------------------------------------------------------------------------------


def test_a_quarter_of_an_hour_takes_about_a_minute_and_a_half(seen: Visitor) -> None:
    assert float(str(seen.events[-1]["t"])) > 800.0
    assert 80.0 <= seen.at_wall_s[-1] <= 105.0


def test_the_warm_up_passes_in_some_ten_seconds(seen: Visitor) -> None:
    settled, walk = seen.of("start")[-1], seen.of("phase")[1]
    assert 8.0 <= seen.wall_s(walk) - seen.wall_s(settled) <= 12.0


def test_every_turn_can_be_looked_at(seen: Visitor) -> None:
    at_s = {(turn["to"], turn["step"]): seen.wall_s(turn) for turn in seen.of("turn")}
    for to in ("right", "backward", "left", "forward"):
        assert at_s[to, "slow"] - at_s[to, "announce"] == pytest.approx(5.0, abs=0.1)
        assert at_s[to, "countdown"] - at_s[to, "ready"] == pytest.approx(READY_AFTER_S, abs=0.01)
        assert at_s[to, "start"] - at_s[to, "countdown"] == pytest.approx(1.5, abs=0.01)
        assert at_s[to, "settle"] - at_s[to, "start"] >= 1.0


def test_snapshots_keep_to_the_wall_clock(seen: Visitor) -> None:
    gaps = [b - a for (a, _), (b, _) in pairwise(seen.snapshots[1:])]
    assert len(gaps) > 100
    assert min(gaps) >= SNAPSHOT_S - HAIR_S
    assert max(gaps) <= SIGN_OF_LIFE_S + SNAPSHOT_S


# --- who looks, and who says stop -----------------------------------------------------------------


def test_stop_is_felt_at_once_where_time_ran_fastest() -> None:
    async def see() -> None:
        async with visiting(Machine()) as visitor:
            await visitor.fast("forward")
            assert visitor.loop.rate == 60.0
            said_s = visitor.loop.wall.time()
            visitor.stop()
            await visitor.until(lambda: bool(visitor.of("halt")))
            assert visitor.loop.wall.time() - said_s <= 0.01
            assert visitor.loop.rate == 1.0
            halted_s = visitor.loop.time()
            end = await visitor.end()
        # By this time and that: the belt takes as long to stand as any.
        told_s = float(str(end["t"])) - float(str(visitor.of("halt")[0]["t"]))
        seen_s = visitor.wall_s(end) - visitor.wall_s(visitor.of("halt")[0])
        assert seen_s == pytest.approx(told_s, abs=0.01)
        assert (end["by"], end["belt_stopped"]) == ("walker", True)
        assert visitor.machine.sent(STOP)[0] == pytest.approx(halted_s, abs=0.01)

    on_jumping_wall(see())


def test_a_pause_is_real_time_and_the_visitor_ends_it() -> None:
    async def see() -> None:
        async with visiting(Machine()) as visitor:
            await visitor.fast("forward")
            visitor.ask("pause")
            await visitor.until(lambda: "ready" in [e["step"] for e in visitor.of("pause")])
            began_s = visitor.loop.wall.time()
            visitor.loop.wall.call_later(20.0, visitor.ask, "ready")
            await visitor.until(lambda: "countdown" in [e["step"] for e in visitor.of("pause")])
            assert visitor.loop.wall.time() - began_s == pytest.approx(20.0, abs=0.01)
            await visitor.fast("forward")  # and on it goes
            visitor.stop()
            await visitor.end()

    on_jumping_wall(see())


@pytest.mark.parametrize(("heading", "most_s"), [("forward", 6.0), ("backward", 2.0)])
def test_a_screen_that_falls_silent_brings_the_paced_belt_to_rest(
    heading: str, most_s: float
) -> None:
    async def see() -> None:
        async with visiting(Machine()) as visitor:
            await visitor.fast(heading)
            visitor.alive = False
            silent_s = visitor.loop.wall.time()
            end = await visitor.end()
            (fault,) = visitor.of("fault")
            assert (fault["fault"], fault["action"]) == ("screen_lost", "ramp")
            assert visitor.wall_s(fault) - silent_s <= most_s
            assert (end["cause"], end["belt_stopped"]) == ("screen_lost", True)
            # Whoever comes back is not a quarter of an hour late: nobody looked, and nothing ran.
            lost_s = float(str(fault["t"]))
            (before, *_) = [e for e in reversed(visitor.events) if float(str(e["t"])) < lost_s]
            assert lost_s - float(str(before["t"])) <= 2.0
            assert visitor.loop.rate == 1.0

    on_jumping_wall(see())


def test_a_client_without_a_hello_has_five_seconds_of_the_wall_clock() -> None:
    async def see() -> float:
        async with visiting(Machine()) as visitor:
            await visitor.fast("forward")
            began_s = visitor.loop.wall.time()
            async with raw() as silent:
                assert await silent.closed() == "no hello"
            visitor.stop()
            await visitor.end()
            return visitor.loop.wall.time() - began_s

    assert on_jumping_wall(see()) >= 5.0


# --- never on a treadmill that somebody may be on -------------------------------------------------


def test_a_paced_bridge_of_a_real_treadmill_is_refused() -> None:
    async def make() -> Bridge:
        return Bridge(Machine(real=True).treadmill)

    with pytest.raises(UsageError, match="simulated treadmill alone"):
        on_jumping_wall(make())


def test_a_real_treadmill_on_record_is_not_touched_by_a_paced_bridge(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, connected = Machine(real=True), list[object]()
    opened = replace(real.treadmill, driver=lambda *args: connected.append(args))
    monkeypatch.setattr("quarterturn.bridge.owner.open_treadmill", lambda _: opened)
    write_open_session(OpenSession(str(real.url), workout="circle", began="2026-01-01T10:00:00"))

    async def see() -> None:
        async with running(Machine().treadmill, for_screen=True) as bridge, raw() as client:
            client.hello(supervise=True)
            assert (await client.message("welcome"))["snapshot"]["state"] == "recovering"
            await asyncio.sleep(60.0)
            assert bridge.owner.state is BridgeState.RECOVERING
            assert not (await asked(client, "ready"))["accepted"]

    on_jumping_wall(see())
    assert connected == []
    assert real.link.writes == []


async def asked(client: Raw, intent: str) -> Any:
    client.say({"request": "ask", "id": 1, "intent": intent})
    return await client.message("answer")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--for-screen", "--treadmill", "ftms+ble://AA:BB:CC:DD:EE:FF"], "simulated treadmill"),
        (["--treadmill", "ftms+sim://"], "--for-screen"),
    ],
)
def test_no_command_lets_time_run_anywhere_else(
    arguments: list[str], words: str, cli: Cli, home: Path
) -> None:
    result = cli("bridge", "--paced", *arguments)
    assert result.code == ExitCode.USAGE
    assert words in result.err
    assert "--paced" not in cli("bridge", "--help").out
