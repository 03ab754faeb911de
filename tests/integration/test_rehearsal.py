"""A whole session from Python, as a tester scripts it."""

import asyncio
from typing import Any

import pytest

from quarterturn.plan import PlanRefused
from quarterturn.port import LinkError
from quarterturn.rehearsal import Rehearsal, in_virtual_time
from quarterturn.session import Event
from quarterturn.toml_files import FileErrors


def collect(rehearsal: Rehearsal) -> list[Event]:
    async def main() -> list[Event]:
        return [event async for event in rehearsal.events()]

    return in_virtual_time(main())


def test_events_are_those_of_the_walk_and_the_end_is_the_last() -> None:
    walked: list[Event] = []
    rehearsal = Rehearsal("circle")
    end = in_virtual_time(rehearsal.walk(walked.append))
    assert rehearsal.plan is not None
    assert walked[-1] is end
    assert collect(Rehearsal("circle")) == walked
    assert [event["event"] for event in walked].count("phase") == 6


async def test_whoever_leaves_the_loop_early_stops_the_belt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rehearsal = Rehearsal("circle")
    lines: list[Any] = []
    inner = rehearsal.walk

    async def walk(on_event: Any) -> Event:
        return await inner(on_event, lines.append)

    monkeypatch.setattr(rehearsal, "walk", walk)
    events = rehearsal.events()
    async for event in events:
        if event["event"] == "telemetry" and event["speed_kmh"]:
            break
    await events.aclose()  # type: ignore[attr-defined]
    end = [line["event"] for line in lines if line["kind"] == "event"][-1]
    assert (end["reason"], end["cause"], end["belt_stopped"]) == ("stopped", "interrupted", True)


def test_a_loop_that_is_left_without_a_word_stops_the_belt_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends: list[Event] = []
    rehearsal = Rehearsal("circle")
    inner = rehearsal.walk

    async def walk(on_event: Any) -> Event:
        def tell(event: Event) -> None:
            on_event(event)
            if event["event"] == "end":
                ends.append(event)

        return await inner(tell)

    monkeypatch.setattr(rehearsal, "walk", walk)

    async def main() -> None:
        async for event in rehearsal.events():
            if event["event"] == "telemetry" and event["speed_kmh"]:
                break

    in_virtual_time(main())
    assert [end["belt_stopped"] for end in ends] == [True]


def test_what_a_listener_raises_comes_out_once_the_belt_stands() -> None:
    heard: list[Event] = []

    def hear(event: Event) -> None:
        heard.append(event)
        assert event["event"] != "phase", "not expected"

    with pytest.raises(AssertionError, match="not expected"):
        in_virtual_time(Rehearsal("circle").walk(hear))
    assert heard[-1]["belt_stopped"] is True


def test_what_cannot_be_walked_is_said_before_anything_starts() -> None:
    with pytest.raises(FileErrors, match="circle"):
        Rehearsal("cirlce")
    with pytest.raises(FileErrors, match="home-beginner"):
        Rehearsal("circle", profile="nobody")
    with pytest.raises(ValueError, match="mph-target"):
        Rehearsal("circle", quirks=["nosuch"])
    with pytest.raises(ValueError, match="simulated treadmill"):
        Rehearsal("circle", treadmill="ftms+ble://AA:BB:CC:DD:EE:FF")
    with pytest.raises(PlanRefused):
        collect(Rehearsal("circle", treadmill="ftms+sim://?min=3.0"))
    with pytest.raises(LinkError, match="refused"):
        collect(Rehearsal("circle", treadmill="ftms+sim://?link=refusing@9"))


def test_the_same_walk_takes_its_time_on_an_ordinary_loop() -> None:
    async def main() -> Event:
        rehearsal = Rehearsal("circle", treadmill="ftms+sim://?link=refusing@9")
        return await rehearsal.walk(lambda _: None)

    with pytest.raises(LinkError):
        asyncio.run(main())
