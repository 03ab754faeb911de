"""A bridge and its clients: who steers, what is seen, and what becomes of a belt nobody watches."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from integration.bridging import START, STOP, Machine, errand, raw, running, screen, scripted
from integration.scripted import ScriptedDriver
from quarterturn.bridge.runtime import Runtime
from quarterturn.protocol import BridgeState, CuesLost
from quarterturn.session import Intent

pytestmark = pytest.mark.usefixtures("home")


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def ended(bridge: object) -> None:
    async with asyncio.timeout(60.0):
        await bridge.task  # type: ignore[attr-defined]


# --- who steers -----------------------------------------------------------------------------------


async def test_the_first_that_wants_to_steers_and_all_others_are_refused() -> None:
    async with running(Machine().treadmill), screen() as first, screen() as second:
        assert first.supervising
        assert not second.supervising
        assert second.client.welcome is not None
        assert "another client supervises" in second.client.welcome.text
        for answer in (
            await second.client.begin(errand()),
            await second.client.ask(Intent.READY),
            await second.client.ask(Intent.ACKNOWLEDGE),
            await second.client.supervise(),
        ):
            assert not answer.accepted
            assert "another client supervises" in answer.text
        assert first.now.supervised


async def test_who_only_watches_does_not_steer_and_may_later() -> None:
    async with running(Machine().treadmill), screen(supervise=False) as watcher:
        assert not watcher.supervising
        assert not watcher.now.supervised
        assert not (await watcher.client.begin(errand())).accepted
        assert (await watcher.client.supervise()).accepted
        assert (await watcher.client.ask(Intent.READY)).text == "no session is under way"
        await watcher.until(lambda: watcher.now.supervised)


async def test_the_right_to_steer_is_free_again_when_its_holder_has_gone() -> None:
    async with running(Machine().treadmill), screen(supervise=False) as second:
        async with screen():
            await second.until(lambda: second.now.supervised)
            assert not (await second.client.supervise()).accepted
        await second.until(lambda: not second.now.supervised)
        assert (await second.client.supervise()).accepted


async def test_clients_are_counted() -> None:
    async with running(Machine().treadmill), screen() as first:
        async with screen(supervise=False):
            await first.until(lambda: first.now.clients == 2)
        await first.until(lambda: first.now.clients == 1)


# --- a walk ---------------------------------------------------------------------------------------


async def test_a_circle_is_walked_to_its_end_and_everybody_sees_it(home: Path) -> None:
    machine = Machine()
    async with (
        running(machine.treadmill),
        screen(machine) as walker,
        screen(supervise=False) as watcher,
    ):
        begun = await walker.client.begin(errand())
        assert begun.accepted
        assert begun.text == f"{home}/journals/2026-01-02-030405-circle.jsonl"
        end = await walker.event("end")
        assert (end["reason"], end["belt_stopped"]) == ("completed", True)
        await watcher.state(BridgeState.RESTING)
        assert watcher.events == walker.events
        assert [event["event"] for event in walker.events[:1]] == ["plan"]
        assert (walker.now.workout, walker.now.phases) == ("Circle", 6)
        assert not walker.now.belt_may_move
        # another one on the same bridge
        assert (await walker.client.begin(errand())).accepted
        await walker.walking("forward")
        assert walker.now.end is None
        assert (await walker.client.stop()).accepted


async def test_a_client_hears_at_most_ten_snapshots_a_second_and_two_at_least() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker:
        await walker.client.begin(errand())
        await walker.event("end")
        await asyncio.sleep(20.0)
        times = [at_s for at_s, _ in walker.snapshots[1:]]  # the first came with the welcome
        gaps = [later - before for before, later in pairwise(times)]
        assert max(gaps) <= 0.5 + 1e-6
        assert all(len([t for t in times if at <= t < at + 0.999]) <= 11 for at in times[::50])
        moving = [shot for _, shot in walker.snapshots if shot.speed_kmh]
        assert all(shot.belt_may_move for shot in moving)


async def test_an_event_is_heard_at_once_and_the_snapshot_behind_it_holds_it() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker:
        await walker.client.begin(errand())
        await walker.walking("backward")
        (phase_s, phase), *_ = [
            (at_s, what)
            for at_s, kind, what in walker.heard
            if kind == "event" and what["event"] == "phase" and what["heading"] == "backward"
        ]
        later = [shot for at_s, shot in walker.snapshots if at_s > phase_s]
        assert later[0].phase == phase
        assert later[0].heading == "backward"


async def test_welcome_comes_first_whatever_else_is_said() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker:
        await walker.client.begin(errand())
        await walker.walking("forward")
        async with raw() as late:
            await asyncio.sleep(3.0)
            late.hello()
            first = await late.reader.readline()
            assert first.startswith(b'{"message":"welcome"')
            assert b'"state":"walking"' in first


async def test_ready_comes_from_who_supervises_alone() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen() as walker, screen(supervise=False) as other:
        await walker.client.begin(errand())
        await walker.event("start", step="ready")
        assert not (await other.client.ask(Intent.READY)).accepted
        await asyncio.sleep(10.0)
        assert machine.sent(START) == []
        assert (await walker.client.ask(Intent.READY)).accepted
        await walker.walking("forward")
        assert len(machine.sent(START)) == 1


async def test_no_other_walk_begins_meanwhile() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker:
        await walker.client.begin(errand())
        again = await walker.client.begin(errand())
        assert (again.accepted, again.text, again.code) == (False, "a session is under way", 2)


@pytest.mark.parametrize("value", [{}, {"profile": {"base": "none"}}, {"x": [1, {"y": None}]}])
async def test_an_errand_that_cannot_be_understood_is_refused(value: dict[str, object]) -> None:
    async with running(Machine().treadmill), screen() as walker:
        answer = await walker.client.begin(value)
        assert (answer.accepted, answer.code) == (False, 2)
        assert "the errand cannot be understood" in answer.text
        await walker.state(BridgeState.RESTING)


async def test_a_walk_whose_treadmill_is_not_there_does_not_begin(home: Path) -> None:
    treadmill = scripted([], connect_fault=ConnectionError("nobody there"))
    async with running(treadmill), screen() as walker:
        answer = await walker.client.begin(errand())
        assert not answer.accepted
        assert "nobody there" in answer.text
        await walker.state(BridgeState.RESTING)
        assert list((home / "journals").iterdir()) == []


# --- stop is everyone's ---------------------------------------------------------------------------


async def test_anybody_may_stop_the_belt_and_it_is_said_who_did() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker, screen() as other:
        await walker.client.begin(errand())
        await walker.walking("right")
        asked_s = now_s()
        assert (await other.client.stop("a bystander")).accepted
        assert machine.sent(STOP)[-1] - asked_s <= 0.1
        end = await walker.event("end")
        assert (end["reason"], end["by"], end["cause"]) == (
            "stopped",
            "another client",
            "a bystander",
        )
        assert end["belt_stopped"] is True
        assert machine.belt_kmh == 0


async def test_a_stop_of_who_supervises_is_the_walkers_unless_it_says_whose() -> None:
    for by in ("walker", "spotter"):
        machine = Machine()
        async with running(machine.treadmill), screen(machine) as walker:
            await walker.client.begin(errand())
            await walker.walking("forward")
            assert (await walker.client.stop(by=by)).accepted
            assert (await walker.event("end"))["by"] == by


async def test_the_intent_to_stop_is_everyones_too() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker, screen() as other:
        await walker.client.begin(errand())
        await walker.walking("forward")
        assert (await other.client.ask(Intent.STOP)).accepted
        assert (await walker.event("end"))["by"] == "another client"


async def test_with_nothing_under_way_there_is_nothing_to_stop() -> None:
    async with running(Machine().treadmill), screen() as walker:
        answer = await walker.client.stop()
        assert not answer.accepted
        assert "there is nothing to stop" in answer.text


async def test_a_stop_while_the_treadmill_is_looked_for_gives_it_up() -> None:
    drivers: list[ScriptedDriver] = []
    treadmill = scripted(drivers, never_connects=True)
    async with running(treadmill), screen() as walker, screen() as other:
        begun = asyncio.ensure_future(walker.client.begin(errand()))
        await walker.state(BridgeState.CONNECTING)
        assert (await other.client.stop()).accepted
        answer = await begun
        assert (answer.accepted, answer.code) == (False, 4)
        assert answer.text == "stopped before the treadmill was found"
        await walker.state(BridgeState.RESTING)
        assert drivers[0].closed == 1
        assert drivers[0].sent == []


async def test_a_stop_right_behind_the_beginning_is_not_lost() -> None:
    machine = Machine()
    async with running(machine.treadmill), raw() as client:
        client.hello(supervise=True)
        begin = {"request": "begin", "id": 1, "errand": errand()}
        client.say(begin, {"request": "stop", "id": 2})
        answers = [await client.message("answer"), await client.message("answer")]
        assert {each["id"]: each["accepted"] for each in answers} == {1: False, 2: True}
        await asyncio.sleep(30.0)
        assert machine.link.writes == []


async def test_a_stop_in_the_moment_in_which_the_treadmill_answers_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine()
    async with running(machine.treadmill) as bridge, screen() as walker:
        connected = Runtime.connect
        answers = []

        async def connect(runtime: Runtime) -> object:
            found = await connected(runtime)
            asyncio.get_running_loop().call_soon(
                lambda: answers.append(bridge.owner.stop("walker", None, ramp=False))
            )
            return found

        monkeypatch.setattr(Runtime, "connect", connect)
        begun = await walker.client.begin(errand())
        assert [answer.accepted for answer in answers] == [True]
        if begun.accepted:  # it was a session already, and that was stopped
            assert (await walker.event("end"))["reason"] == "stopped"
        await walker.state(BridgeState.RESTING)
        assert machine.sent(START) == []


# --- a screen that is gone ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "after_s"), [("backward", 0.0), ("right", 0.0), ("forward", 5.0)]
)
async def test_a_belt_whose_screen_has_gone_comes_to_rest_by_a_ramp(
    heading: str, after_s: float
) -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(supervise=False) as watcher:
        async with screen(machine) as walker:
            await walker.client.begin(errand())
            await walker.walking(heading)
            await asyncio.sleep(20.0)
            before_kmh = machine.belt_kmh
            stops = len(machine.sent(STOP))
        gone_s = now_s()
        assert before_kmh >= 1.0
        await watcher.event("fault", fault="screen_lost")
        assert after_s <= now_s() - gone_s <= after_s + 0.2
        assert len(machine.sent(STOP)) == stops  # by a ramp: slower first
        end = await watcher.event("end")
        assert (end["reason"], end["cause"], end["belt_stopped"]) == ("fault", "screen_lost", True)
        assert machine.sent(STOP)[-1] - gone_s <= after_s + 10.0
        assert watcher.notes[:1] == (
            ["The screen does not answer; unless it does, the belt comes to a stop."]
            if after_s
            else []
        )
        await watcher.state(BridgeState.RESTING)


async def test_another_screen_takes_over_within_five_seconds_and_nothing_happens() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(supervise=False) as watcher:
        async with screen(machine) as walker:
            await walker.client.begin(errand())
            await walker.walking("forward")
        await asyncio.sleep(4.8)
        assert not watcher.now.supervised
        async with screen(machine) as second:
            assert second.supervising
            await second.event("phase", heading="right")
        assert watcher.of("fault") == []


@pytest.mark.parametrize(
    ("heading", "after_s"), [("left", 1.0), ("backward", 1.0), ("forward", 5.0)]
)
async def test_a_screen_that_gives_no_sign_of_life_is_lost(heading: str, after_s: float) -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker:
        await walker.client.begin(errand())
        await walker.walking(heading)
        silent_s = now_s()
        walker.fall_silent()
        await walker.event("fault", fault="screen_lost")
        # It was heard 0.2 s before at the latest.
        assert after_s - 0.21 <= now_s() - silent_s <= after_s + 0.2
        assert (await walker.event("end"))["belt_stopped"] is True


async def test_a_screen_that_is_heard_again_in_time_walks_on() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker:
        await walker.client.begin(errand())
        await walker.walking("forward")
        walker.fall_silent()
        await asyncio.sleep(4.0)
        assert len(walker.notes) == 1
        walker.walks = True
        walker.client._say_alive()
        await walker.event("phase", heading="right")
        assert walker.of("fault") == []
        assert len(walker.notes) == 1


async def test_a_screen_that_nobody_sees_is_lost_though_its_program_runs() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker:
        await walker.client.begin(errand())
        await walker.walking("backward")
        lost_s = now_s()
        walker.client.screen_lost()
        await walker.event("fault", fault="screen_lost")
        assert now_s() - lost_s <= 0.1
        # Its program may ask for what it likes: it is not seen by that.
        assert (await walker.event("end"))["cause"] == "screen_lost"


async def test_a_client_that_only_watches_is_missed_by_nobody() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker:
        async with screen(supervise=False) as watcher:
            await walker.client.begin(errand())
            await walker.walking("backward")
            watcher.client.screen_lost()
        await walker.event("phase", heading="left")
        assert walker.of("fault") == []


async def test_lost_cues_are_passed_on_from_who_supervises_alone() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker, raw() as other:
        await walker.client.begin(errand())
        await walker.walking("forward")
        other.hello()
        other.say({"request": "cues_lost"}, {"request": "screen_lost"})
        await walker.walking("right")
        walker.client._say(CuesLost())
        end = await walker.event("end")
        # No turn away from forward: what is left is the way home.
        assert end["belt_stopped"] is True
        assert walker.of("phase")[-1]["heading"] == "forward"


# --- the end of the bridge ------------------------------------------------------------------------


@pytest.mark.parametrize("ramp", [True, False])
async def test_a_bridge_that_is_told_to_leave_brings_the_belt_to_rest_first(*, ramp: bool) -> None:
    machine = Machine()
    async with running(machine.treadmill) as bridge, screen(machine) as walker:
        await walker.client.begin(errand())
        await walker.walking("backward")
        await asyncio.sleep(20.0)
        told_s, stops = now_s(), len(machine.sent(STOP))
        bridge.leave("terminated", ramp=ramp)
        if ramp:
            assert len(machine.sent(STOP)) == stops
        end = await walker.event("end")
        assert (end["reason"], end["cause"], end["belt_stopped"]) == ("stopped", "terminated", True)
        assert end["by"] == ("another client" if ramp else "walker")
        assert (machine.sent(STOP)[-1] - told_s > 1.0) is ramp
        await walker.client.lost.wait()
        assert "the bridge ends" in str(walker.client.why_lost)
        assert machine.belt_kmh == 0


async def test_a_bridge_that_is_told_to_leave_begins_nothing() -> None:
    machine = Machine()
    async with running(machine.treadmill) as bridge, raw() as client:
        client.hello(supervise=True)
        await client.message("welcome")
        client.say({"request": "begin", "id": 1, "errand": errand()})
        bridge.leave("terminated", ramp=True)
        assert await client.closed() == "the bridge ends"
    assert machine.link.writes == []


async def test_a_bridge_that_leaves_right_behind_the_beginning_walks_nothing() -> None:
    machine = Machine()
    async with running(machine.treadmill) as bridge, screen() as walker:
        inner = bridge.owner.claim

        def claim() -> None:
            inner()
            asyncio.get_running_loop().call_soon(lambda: bridge.leave("terminated", ramp=True))

        bridge.owner.claim = claim  # type: ignore[method-assign]
        answer = await walker.client.begin(errand())
        assert (answer.accepted, answer.code) == (False, 4)
        await walker.client.lost.wait()
        await ended(bridge)
    assert machine.link.writes == []


# --- a bridge for one screen ----------------------------------------------------------------------


async def test_a_bridge_for_a_screen_ends_when_none_comes() -> None:
    async with running(Machine().treadmill, for_screen=True) as bridge:
        began_s = now_s()
        await ended(bridge)
        assert now_s() - began_s == pytest.approx(20.0, abs=0.1)


async def test_a_bridge_for_a_screen_that_came_in_time_waits_for_it() -> None:
    async with running(Machine().treadmill, for_screen=True) as bridge:
        await asyncio.sleep(19.0)
        async with screen():
            await asyncio.sleep(600.0)
            assert not bridge.task.done()  # type: ignore[attr-defined]
        await ended(bridge)


async def test_a_bridge_for_a_screen_ends_with_it_while_it_connects() -> None:
    drivers: list[ScriptedDriver] = []
    async with running(scripted(drivers, never_connects=True), for_screen=True) as bridge:
        async with screen() as walker:
            begun = asyncio.ensure_future(walker.client.begin(errand()))
            await walker.state(BridgeState.CONNECTING)
        with pytest.raises(ConnectionError):
            await begun
        await ended(bridge)
        assert drivers[0].closed == 1


@pytest.mark.parametrize("heading", ["forward", "backward"])
async def test_a_bridge_for_a_screen_brings_the_belt_to_rest_and_ends(heading: str) -> None:
    machine = Machine()
    async with running(machine.treadmill, for_screen=True) as bridge:
        async with screen(machine) as walker:
            await walker.client.begin(errand())
            await walker.walking(heading)
        await ended(bridge)
        assert machine.belt_kmh == 0


async def test_a_bridge_for_a_screen_outlives_it_for_another_that_comes_in_time() -> None:
    machine = Machine()
    async with running(machine.treadmill, for_screen=True) as bridge:
        async with screen(machine) as walker:
            await walker.client.begin(errand())
            await walker.walking("forward")
        await asyncio.sleep(3.0)
        async with screen(machine) as second:
            assert second.supervising
            await second.event("phase", heading="right")
            assert second.of("fault") == []
            assert not bridge.task.done()  # type: ignore[attr-defined]
        await ended(bridge)
