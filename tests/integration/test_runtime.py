"""The runtime: one session on one treadmill, in virtual time, with all that goes wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from integration.scripted import START, STOP, Bench, ScriptedDriver, breaking, walking, when
from quarterturn.bridge.runtime import Runtime
from quarterturn.governor import Governor
from quarterturn.model import (
    Capabilities,
    Heading,
    MachineRecord,
    Notice,
    NoticeKind,
)
from quarterturn.port import LinkError, RefusedError
from quarterturn.session import Event, Intent

RED_KEY = "pull the red key"


@pytest.fixture(autouse=True)
async def _nothing_is_left_running() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - before - {asyncio.current_task()} == set()


# --- connecting ----------------------------------------------------------------------------------


def scripted(**faults: Any) -> tuple[list[ScriptedDriver], Runtime]:
    drivers: list[ScriptedDriver] = []

    def open_driver(sink: Any) -> ScriptedDriver:
        driver = ScriptedDriver(sink)
        for name, value in faults.items():
            setattr(driver, name, value)
        drivers.append(driver)
        return driver

    return drivers, Runtime(open_driver, MachineRecord(), on_event=lambda _: None)


async def test_a_treadmill_that_never_answers_is_given_up_after_30_seconds() -> None:
    loop = asyncio.get_running_loop()
    drivers, runtime = scripted(never_connects=True)
    with pytest.raises(TimeoutError):
        await runtime.connect()
    assert loop.time() == pytest.approx(30.0)
    await runtime.close()
    assert drivers[0].closed == 1


@pytest.mark.parametrize("error", [LinkError("gone"), RefusedError("no control", 5)])
async def test_whatever_a_connection_fails_with_comes_out(error: Exception) -> None:
    _, runtime = scripted(connect_fault=error)
    with pytest.raises(type(error)) as raised:
        await runtime.connect()
    assert raised.value is error
    await runtime.close()


async def test_before_a_walk_nothing_is_under_way() -> None:
    _, runtime = scripted()
    assert runtime.t == 0.0
    assert runtime.heading is Heading.FORWARD
    assert not runtime.belt_may_move
    assert not runtime.intent(Intent.READY).accepted
    runtime.stop("walker")
    runtime.screen_lost()
    runtime.cues_lost()
    assert runtime.crash is None
    await runtime.close()


async def test_a_link_that_broke_before_the_walk_is_no_treadmill() -> None:
    bench = Bench()
    capabilities = await bench.runtime.connect()
    bench.treadmill.lose_links()
    with pytest.raises(LinkError, match="before the walk"):
        await bench.runtime.walk(bench.plan(capabilities), capabilities)
    await bench.runtime.close()


# --- a walk --------------------------------------------------------------------------------------


async def test_a_circle_is_walked_to_its_end() -> None:
    bench = Bench()
    end = await bench.walk()
    assert (end["reason"], end["belt_stopped"]) == ("completed", True)
    assert end is bench.events[-1]
    assert len(bench.sent(START)) == 5  # the warm-up runs on into the first phase
    assert bench.runtime.crash is None
    assert bench.belt_kmh == 0.0


async def test_events_come_in_the_order_of_time_and_are_json() -> None:
    bench = Bench(faults=[("console-slower", 200)])
    await bench.walk()
    times = [float(str(event["t"])) for event in bench.events]
    assert times == sorted(times)
    json.dumps(bench.events, allow_nan=False)


async def test_a_walk_without_a_journal_is_the_same_walk() -> None:
    kept, forgotten = Bench(), Bench(keeps_journal=False)
    await kept.walk()
    await forgotten.walk()
    assert forgotten.journal == []
    assert forgotten.events[-1] == kept.events[-1]
    assert forgotten.of("turn") == kept.of("turn")


async def test_the_state_of_the_walk_can_be_seen_while_it_lasts() -> None:
    bench = Bench()
    seen: list[object] = []

    def look() -> None:
        runtime = bench.runtime
        seen.extend([runtime.heading, runtime.belt_may_move, runtime.t == bench.events[-1]["t"]])

    when(bench, walking("backward"), look)
    await bench.walk()
    assert seen == [Heading.BACKWARD, True, True]


# --- stopping ------------------------------------------------------------------------------------


async def test_stop_goes_out_at_the_very_time_it_is_asked_for() -> None:
    bench = Bench()
    asked: list[float] = []

    def stop() -> None:
        asked.append(asyncio.get_running_loop().time())
        bench.runtime.stop("walker", "key")

    when(bench, walking("right"), lambda: asyncio.get_running_loop().call_later(0.034, stop))
    end = await bench.walk()
    assert asked[0] in bench.sent(STOP)
    assert (end["reason"], end["by"], end["cause"]) == ("stopped", "walker", "key")
    assert end["belt_stopped"] is True


async def test_a_stop_said_by_a_listener_takes_effect_at_once() -> None:
    # From within a step of the runtime, and with the next tick far away: it waits for READY.
    bench = Bench()
    asked: list[object] = []

    def stop() -> None:
        asked.append(bench.events[-1]["t"])
        bench.runtime.stop("walker", "key")

    def is_ready(event: Event) -> bool:
        return event["event"] == "turn" and event["step"] == "ready"

    when(bench, is_ready, stop)
    end = await bench.walk()
    assert end["t"] == asked[0]
    assert end["belt_stopped"] is True


async def test_a_lost_screen_brings_the_belt_to_rest_by_a_ramp() -> None:
    bench = Bench()
    lost: list[float] = []

    def lose() -> None:
        lost.append(asyncio.get_running_loop().time())
        bench.runtime.screen_lost()

    when(bench, walking("forward", after_t=150.0), lose)
    end = await bench.walk()
    assert (end["reason"], end["cause"]) == ("fault", "screen_lost")
    (stop_s,) = bench.sent(STOP)
    assert 1.0 <= stop_s - lost[0] <= 9.0  # slowed down first, over 8 s at most
    slowed = [written for at_s, _, written in bench.link.writes if lost[0] <= at_s < stop_s]
    assert all(written[0] == 0x02 for written in slowed)
    assert len(slowed) >= 2
    assert bench.belt_kmh == 0.0


async def test_lost_cues_are_told_to_the_core() -> None:
    bench = Bench()
    when(bench, walking("forward"), bench.runtime.cues_lost)
    await bench.walk()
    assert "cues" in [event["fault"] for event in bench.of("fault")]
    # No turn away from forward without them.
    assert {event["heading"] for event in bench.of("phase")} == {"forward"}


async def cancelled(bench: Bench, times: int, apart_s: float = 0.5) -> None:
    walk = asyncio.create_task(bench.walk())
    moving = asyncio.Event()
    when(bench, walking("backward"), moving.set)
    await moving.wait()
    for _ in range(times):
        walk.cancel()
        await asyncio.sleep(apart_s)
    with pytest.raises(asyncio.CancelledError):
        await walk


@pytest.mark.parametrize("times", [1, 2, 5])
async def test_a_cancelled_walk_stops_the_belt_and_waits_for_it(times: int) -> None:
    bench = Bench()
    await cancelled(bench, times)
    end = bench.events[-1]
    assert (end["reason"], end["by"], end["cause"]) == ("stopped", "walker", "interrupted")
    assert end["belt_stopped"] is True
    assert bench.belt_kmh == 0.0
    assert len(bench.let_out("stop")) == 3  # two turns before, and this one


async def test_a_walk_within_a_deadline_of_the_callers_comes_to_rest() -> None:
    bench = Bench()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(100):
            await bench.walk()
    assert bench.events[-1]["belt_stopped"] is True
    assert bench.belt_kmh == 0.0


# --- a lost link ---------------------------------------------------------------------------------


async def test_a_lost_link_is_made_again_and_the_belt_stopped() -> None:
    bench = Bench(faults=[("link-lost", 500)])  # it can be made again 3 s later
    end = await bench.walk()
    lost = next(event for event in bench.of("fault") if event["fault"] == "link_lost")
    assert lost["t"] == 500.0
    said = [event for event in bench.of("cue") if RED_KEY in str(event["text"]).lower()]
    assert said[0]["t"] == 500.0
    assert (end["reason"], end["cause"], end["belt_stopped"]) == ("fault", "link_lost", True)
    assert bench.belt_kmh == 0.0
    notices = [line.get("notice") for line in bench.journal]
    assert "reconnected" in notices
    # Once it is back: control, and Stop. Nothing starts, nothing is repeated.
    after = [written for at_s, _, written in bench.link.writes if at_s > 500.2]
    assert set(after) <= {bytes([0x00]), STOP}
    assert STOP in after


async def test_a_link_that_stays_lost_ends_the_session_unverified() -> None:
    bench = Bench(faults=[("link-gone", 500)])
    end = await bench.walk()
    assert (end["reason"], end["cause"], end["belt_stopped"]) == ("fault", "link_lost", None)
    assert float(str(end["t"])) - 500 <= 37  # looked for during 30 s
    assert RED_KEY in " ".join(map(str, bench.texts())).lower()
    assert bench.belt_kmh > 0  # which is why


async def test_whatever_a_reconnection_fails_with_it_is_tried_again() -> None:
    bench = Bench(faults=[("link-lost", 500)])
    inner = bench.open_driver
    tries = 0

    def open_driver(sink: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries in (2, 3):
            driver = ScriptedDriver(sink)
            driver.connect_fault = AttributeError("a driver's bug")
            return driver
        return inner(sink)

    bench.runtime = Runtime(open_driver, bench.machine, on_event=bench.on_event)
    end = await bench.walk()
    assert tries > 3
    assert end["belt_stopped"] is True


async def test_a_treadmill_is_not_looked_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quarterturn.bridge.runtime._RECONNECT_S", 2.0)
    drivers: list[ScriptedDriver] = []
    bench = Bench(faults=[("link-gone", 500)])
    inner = bench.open_driver

    def open_driver(sink: Any) -> Any:
        if not drivers:
            drivers.append(ScriptedDriver(sink))
            return inner(sink)
        driver = ScriptedDriver(sink)
        driver.never_connects = True
        drivers.append(driver)
        return driver

    bench.runtime = Runtime(open_driver, bench.machine, on_event=bench.on_event)
    await bench.walk()
    assert len(drivers) == 2
    assert drivers[1].closed == 1


async def test_a_second_loss_during_the_search_starts_no_second_search() -> None:
    bench = Bench(faults=[("link-gone", 500)])
    searches: list[int] = []

    def is_lost(event: Event) -> bool:
        return event["event"] == "fault" and event["fault"] == "link_lost"

    def lose_again() -> None:
        loop = asyncio.get_running_loop()

        def again() -> None:
            bench.runtime._sink(Notice(loop.time(), NoticeKind.LINK_LOST))
            searches.append(sum("_reconnect" in repr(task) for task in asyncio.all_tasks()))

        loop.call_later(0.2, again)

    when(bench, is_lost, lose_again)
    await bench.walk()
    assert searches == [1]


async def test_a_governor_that_crashed_sends_its_stop_again_on_the_new_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(faults=[("link-lost", 500)])
    with breaking(monkeypatch, Governor, "tick") as broken:
        when(bench, lambda event: event["event"] == "fault", lambda: broken.append(True))
        end = await bench.walk()
    assert bench.belt_kmh == 0.0
    assert end["by"] == "crash"
    assert any(at_s > 503 for at_s in bench.sent(STOP))


# --- deadlines -----------------------------------------------------------------------------------


async def test_telemetry_that_is_silent_for_4_seconds_stops_the_belt() -> None:
    bench = Bench(faults=[("silent", 500)])
    end = await bench.walk()
    fault = next(event for event in bench.of("fault") if event["fault"] == "stale")
    assert float(str(fault["t"])) <= 500 + 4.2
    assert any(500 < at_s <= 504.5 for at_s in bench.sent(STOP))
    assert (end["reason"], end["belt_stopped"]) == ("fault", None)
    assert bench.belt_kmh == 0.0


@pytest.mark.parametrize("fault", ["deaf", "refuse", "rubbish", "no-effect", "runaway"])
async def test_every_fault_of_the_machine_ends_the_session_in_a_defined_state(fault: str) -> None:
    bench = Bench(faults=[(fault, 500)])
    end = await bench.walk()
    assert end["reason"] in ("fault", "stopped")
    assert float(str(end["t"])) <= 500 + 90
    assert end is bench.events[-1]


# --- the way out ---------------------------------------------------------------------------------


async def test_closing_in_the_middle_of_a_search_ends_the_search() -> None:
    bench = Bench(faults=[("link-gone", 500)])
    walk = asyncio.create_task(bench.walk())
    gone = asyncio.Event()
    when(bench, lambda event: event["event"] == "fault", gone.set)
    await gone.wait()
    await bench.runtime.close()
    walk.cancel()
    with pytest.raises(asyncio.CancelledError):
        await walk


async def test_an_end_that_says_nothing_is_a_mistake_of_ours() -> None:
    bench = Bench()
    capabilities = await bench.runtime.connect()
    walk = asyncio.create_task(bench.runtime.walk(bench.plan(capabilities), capabilities))
    await asyncio.sleep(1)
    bench.runtime._ended.set()
    with pytest.raises(RuntimeError, match="without saying how"):
        await walk
    await bench.runtime.close()


async def test_a_treadmill_whose_speed_cannot_be_set_is_not_walked_on() -> None:
    from quarterturn.governor import NotPermittedError

    bench = Bench()
    capabilities = await bench.runtime.connect()
    with pytest.raises(NotPermittedError, match="cannot be set"):
        await bench.runtime.walk(bench.plan(capabilities), Capabilities(None, None))
    assert bench.journal == []
    await bench.runtime.close()
