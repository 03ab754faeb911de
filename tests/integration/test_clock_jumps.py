"""A computer that sleeps, or stops this process, in a walk: time jumps, and the belt runs on.

On the bridge's loop the two are the same, a jump of its clock (`quarterturn.bridge.event_loop`).
"""

import asyncio
from typing import Any

import pytest

from integration.scripted import START, STOP, Bench, walking, when
from quarterturn.session import Event

LATEST_STOP_S = 9.0  # slowed down first, over 8 s at most


def jump(by_s: float) -> None:
    loop: Any = asyncio.get_running_loop()
    loop._virtual.now_s += by_s


class Jump:
    """A jump of so many seconds, in the middle between two ticks."""

    def __init__(self, by_s: float, after_s: float = 20.03) -> None:
        self._by_s, self._after_s = by_s, after_s
        self.over_s = 0.0

    def __call__(self) -> None:
        asyncio.get_running_loop().call_later(self._after_s, self._jump)

    def _jump(self) -> None:
        jump(self._by_s)
        self.over_s = asyncio.get_running_loop().time()


def at_step(name: str) -> Any:
    def is_it(event: Event) -> bool:
        return event["event"] == "turn" and event["step"] == name

    return is_it


@pytest.mark.parametrize("by_s", [2.0, 10.0, 3600.0])
@pytest.mark.parametrize("heading", ["right", "backward"])
async def test_who_walks_unsighted_is_brought_to_rest_when_the_computer_is_back(
    heading: str, by_s: float
) -> None:
    bench, sleep = Bench(), Jump(by_s)
    when(bench, walking(heading), sleep)
    end = await bench.walk()
    assert (end["reason"], end["cause"], end["belt_stopped"]) == ("fault", "clock", True)
    assert sleep.over_s <= bench.sent(STOP)[-1] <= sleep.over_s + LATEST_STOP_S
    assert max(bench.sent(START)) < sleep.over_s
    assert bench.belt_kmh == 0.0


@pytest.mark.parametrize("by_s", [5.0, 3600.0])
async def test_an_hour_that_nobody_watched_is_a_silence_and_no_moment(by_s: float) -> None:
    bench, sleep = Bench(), Jump(by_s)
    when(bench, walking("forward", after_t=60.0), sleep)
    end = await bench.walk()
    assert (end["reason"], end["cause"]) == ("fault", "stale")
    assert bench.sent(STOP)[-1] == sleep.over_s
    assert max(bench.sent(START)) < sleep.over_s
    assert bench.belt_kmh == 0.0


async def test_a_moment_in_a_forward_phase_ends_nothing() -> None:
    bench, sleep = Bench(), Jump(2.0)
    when(bench, walking("forward", after_t=60.0), sleep)
    end = await bench.walk()
    assert sleep.over_s
    assert end["reason"] == "completed"


@pytest.mark.parametrize("step", ["ready", "countdown"])
async def test_a_ready_from_before_the_computer_slept_starts_nothing_after_it(step: str) -> None:
    bench, sleep = Bench(), Jump(3600.0, after_s=1.03)

    def fall_asleep() -> None:
        sleep()
        bench.react = lambda _: []  # the walker is gone, too

    when(bench, at_step(step), fall_asleep)
    end = await bench.walk()
    assert sleep.over_s
    assert [at_s for at_s in bench.sent(START) if at_s >= sleep.over_s] == []
    assert end["belt_stopped"] is True
    assert bench.belt_kmh == 0.0
