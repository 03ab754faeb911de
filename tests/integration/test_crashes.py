"""Whatever breaks in the program itself, the belt comes to rest and the session ends."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from integration.scripted import START, STOP, Bench, ScriptedDriver, breaking, walking, when
from quarterturn.bridge.runtime import Runtime
from quarterturn.controller import Controller
from quarterturn.cues import fault_cue
from quarterturn.english import ENGLISH
from quarterturn.governor import Governor
from quarterturn.model import (
    CommandOutcome,
    Outcome,
    Permitted,
    Stop,
    Telemetry,
)
from quarterturn.session import Event, Intent
from quarterturn.session.machine import Session
from quarterturn.units import STANDSTILL

RED_KEY = "pull the red key"


@pytest.fixture(autouse=True)
async def _nothing_is_left_running() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - before - {asyncio.current_task()} == set()


# --- crashes -------------------------------------------------------------------------------------


async def crashing(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, bench: Bench | None = None
) -> tuple[Bench, Event, float]:
    bench = bench or Bench()
    times: list[float] = []
    with breaking(monkeypatch, owner, name) as broken:

        def break_it() -> None:
            times.append(asyncio.get_running_loop().time())
            broken.append(True)

        when(bench, walking("backward"), break_it)
        end = await bench.walk()
    return bench, end, times[0]


CORE = [
    (Session, "tick"),
    (Session, "report"),
    (Session, "take_events"),
    (Controller, "tick"),
    (Controller, "report"),
    (Controller, "due_s"),
]


@pytest.mark.parametrize(
    ("owner", "name"), CORE, ids=lambda value: getattr(value, "__name__", value)
)
async def test_a_core_that_crashes_stops_the_belt(
    owner: type, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, end, broke_s = await crashing(monkeypatch, owner, name)
    assert isinstance(bench.runtime.crash, ZeroDivisionError)
    assert bench.sent(STOP)[2] - broke_s <= 1.0  # with the next tick or the next report
    assert bench.belt_kmh == 0.0
    assert (end["reason"], end["by"]) == ("fault", "crash")
    assert end["cause"] == "ZeroDivisionError: a bug"
    assert bench.events[-1] is end
    assert {"event": "fault", "fault": "crash", "action": "stop"}.items() <= bench.of("fault")[
        -1
    ].items()
    assert fault_cue(ENGLISH, "crash").text in bench.texts()


async def test_a_core_that_crashes_at_a_heart_rate_stops_the_belt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(straps=["strap"])
    _, end, broke_s = await crashing(monkeypatch, Session, "sense", bench)
    assert bench.sent(STOP)[2] - broke_s <= 1.1  # with the next heart rate
    assert (end["by"], end["belt_stopped"]) == ("crash", True)


async def test_no_sensor_is_heard_after_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(straps=["strap"])
    _, end, _ = await crashing(monkeypatch, Session, "tick", bench)
    crashed = bench.events.index(bench.of("fault")[-1])
    kinds = [event["event"] for event in bench.events]
    assert "heart_rate" in kinds[:crashed]
    assert "heart_rate" not in kinds[crashed:]
    assert end["by"] == "crash"


async def test_the_belt_of_a_crashed_session_is_known_to_stand_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench, end, _ = await crashing(monkeypatch, Session, "tick")
    assert end["belt_stopped"] is True
    assert not any(RED_KEY in str(text).lower() for text in bench.texts()[-2:])


async def test_a_crash_in_a_stop_stops_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    with breaking(monkeypatch, Controller, "stop") as broken:

        def stop() -> None:
            broken.append(True)
            bench.runtime.stop("walker")

        when(bench, walking("left"), stop)
        end = await bench.walk()
    assert (end["reason"], end["by"], end["belt_stopped"]) == ("fault", "crash", True)
    assert not bench.runtime.intent(Intent.READY).accepted


async def test_a_governor_that_crashes_is_replaced_by_one_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench, end, broke_s = await crashing(monkeypatch, Governor, "tick")
    assert len(bench.let_out("stop")) == 3  # two turns before, and this one: not one in each tick
    assert bench.sent(STOP)[2] - broke_s <= 0.1
    assert bench.belt_kmh == 0.0
    assert (end["by"], end["belt_stopped"]) == ("crash", True)


async def test_a_belt_that_runs_on_after_a_crash_is_a_case_for_the_red_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(faults=[("stop-ignored", 460)])
    bench, end, broke_s = await crashing(monkeypatch, Session, "tick", bench)
    assert end["belt_stopped"] is None
    assert RED_KEY in str(bench.texts()[-1]).lower()
    assert asyncio.get_running_loop().time() - broke_s <= 21.0
    assert 1 < len(bench.let_out("stop")[2:]) <= 3


async def test_nothing_is_sent_to_a_belt_that_stands_when_the_governor_crashes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    with breaking(monkeypatch, Governor, "tick") as broken:
        when(
            bench,
            lambda event: event["event"] == "turn" and event["step"] == "ready",
            lambda: broken.append(True),
        )
        end = await bench.walk()
    assert end["belt_stopped"] is True
    assert len(bench.sent(STOP)) == 1  # that of the turn


async def test_a_listener_that_raises_stops_the_belt_and_hears_the_end() -> None:
    bench = Bench()

    def fail() -> None:
        raise AssertionError("not what the test expected")

    when(bench, walking("backward"), fail)
    end = await bench.walk()
    assert isinstance(bench.runtime.crash, AssertionError)
    assert (end["by"], end["belt_stopped"]) == ("crash", True)
    assert bench.events[-1] is end


async def test_a_listener_that_only_ever_raises_does_not_keep_the_walk_from_ending() -> None:
    def hear(_: Event) -> None:
        raise RuntimeError("deaf")

    bench = Bench()
    bench.runtime = Runtime(bench.open_driver, bench.machine, on_event=hear)
    end = await bench.walk()
    assert end["by"] == "crash"
    assert bench.sent(START) == []


async def test_a_listener_that_raises_at_the_end_changes_nothing_about_it() -> None:
    bench = Bench()

    def fail() -> None:
        raise RuntimeError("too late")

    when(bench, lambda event: event["event"] == "end", fail)
    assert (await bench.walk())["reason"] == "completed"
    assert isinstance(bench.runtime.crash, RuntimeError)


@pytest.mark.parametrize("kind", ["setup", "telemetry", "ticks", "command", "event", "intent"])
async def test_a_journal_that_raises_stops_the_belt(kind: str) -> None:
    bench = Bench()

    def record(line: Any) -> None:
        if line["kind"] == kind and (kind == "setup" or bench.runtime.t > 250):
            raise OSError("no space left")

    bench.runtime = Runtime(
        bench.open_driver, bench.machine, on_event=bench.on_event, record=record
    )
    end = await bench.walk()
    assert isinstance(bench.runtime.crash, OSError)
    assert (end["by"], end["belt_stopped"]) == ("crash", True)
    assert bench.belt_kmh == 0.0


async def test_a_driver_that_raises_is_asked_for_a_stop_until_it_takes_it() -> None:
    bench = Bench()
    inner = bench.open_driver
    failures = 2

    class Faulty:
        def __init__(self, sink: Any) -> None:
            self._driver = inner(sink)
            self.connect, self.close = self._driver.connect, self._driver.close

        def send(self, permitted: Permitted) -> None:
            nonlocal failures
            if isinstance(permitted.command, Stop) and failures:
                failures -= 1
                raise RuntimeError("not now")
            self._driver.send(permitted)

    bench.runtime = Runtime(Faulty, bench.machine, on_event=bench.on_event)
    end = await bench.walk()
    assert failures == 0
    assert (end["by"], end["belt_stopped"]) == ("crash", True)
    assert bench.belt_kmh == 0.0


async def test_an_outcome_from_within_send_is_taken_in() -> None:
    # A driver calls the sink when it likes, in the middle of a step as well.
    class Prompt(ScriptedDriver):
        def send(self, permitted: Permitted) -> None:
            now_s = asyncio.get_running_loop().time()
            self.sink(CommandOutcome(permitted, Outcome.REJECTED, now_s, now_s))

    drivers: list[Prompt] = []
    bench = Bench()

    def open_driver(sink: Any) -> Prompt:
        drivers.append(Prompt(sink))
        return drivers[-1]

    bench.runtime = Runtime(open_driver, bench.machine, on_event=bench.on_event)
    loop = asyncio.get_running_loop()

    def report() -> None:
        drivers[0].sink(Telemetry(loop.time(), STANDSTILL))
        timers.append(loop.call_later(1.0, report))

    timers = [loop.call_later(1.0, report)]
    end = await bench.walk()
    timers[-1].cancel()
    assert (end["reason"], end["cause"]) == ("fault", "refused")
