"""The clock of the bridge: it counts the computer's sleep, and nobody sets it."""

import asyncio
import sys
import time

import pytest

from quarterturn.bridge.event_loop import BeltLoop


class Sleeper(BeltLoop):
    """On a computer that was asleep for so long."""

    asleep_s = 0.0

    def time(self) -> float:
        return super().time() + self.asleep_s


@pytest.mark.skipif(sys.platform != "linux", reason="a clock of Linux")
def test_its_clock_is_the_one_that_counts_sleep() -> None:
    loop = BeltLoop()
    try:
        before_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        now_s = loop.time()
        assert before_s <= now_s <= time.clock_gettime(time.CLOCK_BOOTTIME)
    finally:
        loop.close()


def test_what_came_due_in_the_computers_sleep_is_done_after_it() -> None:
    async def wait_an_hour() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Sleeper)
        began_s = loop.time()
        waiting = asyncio.ensure_future(asyncio.sleep(3600))
        await asyncio.sleep(0)
        loop.asleep_s = 7200
        await waiting
        return loop.time() - began_s

    with asyncio.Runner(loop_factory=Sleeper) as runner:
        assert runner.run(wait_an_hour()) >= 7200


def test_a_clock_that_somebody_sets_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def set_back() -> float:
        raise AssertionError("this clock can be set")

    monkeypatch.setattr(time, "time", set_back)
    with asyncio.Runner(loop_factory=BeltLoop) as runner:
        runner.run(asyncio.sleep(0.001))
