"""The loop of a demonstration: its time runs at a rate, and the wall clock stays what it is."""

import asyncio
import math
import sys
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paced_wall import on_jumping_wall, paced_loop
from quarterturn.bridge.event_loop import BeltLoop
from quarterturn.bridge.paced_loop import FASTEST, PacedLoop, RunningTime, check_pace, wall_clock
from quarterturn.exit_codes import UsageError
from quarterturn.opening import open_treadmill
from quarterturn.treadmill_url import parse_treadmill_url

# --- the time


def test_time_runs_as_the_wall_clock_until_it_is_told_to_run() -> None:
    running = RunningTime(100.0)
    running.advance(107.0, math.inf)
    assert (running.now_s, running.rate) == (107.0, 1.0)


def test_time_is_piecewise_linear() -> None:
    running = RunningTime(100.0)
    running.run_at(30.0, 100.0)
    running.advance(110.0, math.inf)
    assert running.now_s == 400.0
    running.run_at(1.0, 110.0)
    running.advance(111.0, math.inf)
    assert running.now_s == 401.0


def test_what_is_due_after_a_minute_comes_after_two_seconds_at_thirty_times_the_pace() -> None:
    running = RunningTime(100.0)
    running.run_at(30.0, 100.0)
    assert running.wait_s(160.0, 100.0) == 2.0
    assert running.wait_s(160.0, 101.5) == 0.5
    assert running.wait_s(160.0, 103.0) == 0.0


def test_a_busy_computer_makes_the_time_slower_and_never_late() -> None:
    running = RunningTime(0.0)
    running.run_at(60.0, 0.0)
    running.advance(1.0, 0.1)  # a tick was due at 0.1 s, and the computer was away for a second
    assert running.now_s == 0.1
    assert running.wait_s(6.1, 1.0) == pytest.approx(0.1)  # what was missed is let go


def test_a_wait_that_was_a_little_long_is_caught_up_with() -> None:
    running = RunningTime(0.0)
    running.run_at(50.0, 0.0)
    running.advance(0.012, 0.5)  # the next tick was due after 10 ms
    assert running.now_s == 0.5
    assert running.wait_s(1.0, 0.012) == pytest.approx(0.008)


@pytest.mark.parametrize("rate", [0.0, 0.99, -1.0, FASTEST + 1, math.inf, math.nan])
def test_time_neither_stands_nor_flies(rate: float) -> None:
    with pytest.raises(ValueError, match="times as fast"):
        RunningTime(0.0).run_at(rate, 0.0)


Step = tuple[float, float, float | None]


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1000),  # of the wall clock
            st.floats(0, 1000),  # until something is due
            st.none() | st.floats(1.0, FASTEST),  # a new rate
        )
    )
)
def test_time_never_runs_backward_nor_past_what_is_due_nor_faster_than_it_was_told(
    steps: list[Step],
) -> None:
    running, wall_s, most_s = RunningTime(0.0), 0.0, 0.0
    for passed_s, in_s, rate in steps:
        before_s, due_s = running.now_s, running.now_s + in_s
        wall_s += passed_s
        most_s += passed_s * running.rate
        running.advance(wall_s, due_s)
        assert before_s <= running.now_s <= due_s
        assert running.now_s <= most_s * (1 + 1e-9)
        if rate is not None:
            running.run_at(rate, wall_s)
            assert running.now_s <= due_s


# --- the loop


def test_timers_of_the_walk_run_and_those_of_the_wall_do_not() -> None:
    async def wait() -> tuple[float, float, list[float]]:
        loop = paced_loop()
        beats: list[float] = []

        def beat() -> None:
            beats.append(loop.wall.time())
            loop.wall.call_later(0.5, beat)

        loop.wall.call_later(0.5, beat)
        loop.run_at(30.0)
        await asyncio.sleep(60.0)
        return loop.time(), loop.wall.time(), beats

    time_s, wall_s, beats = on_jumping_wall(wait())
    assert (time_s, wall_s) == (60.0, pytest.approx(2.0))
    assert beats[:3] == pytest.approx([0.5, 1.0, 1.5])


def test_a_rate_that_changes_holds_for_what_is_waited_for_already() -> None:
    async def wait() -> float:
        loop = paced_loop()
        loop.run_at(60.0)
        loop.wall.call_later(1.0, loop.run_at, 1.0)
        await asyncio.sleep(70.0)
        return loop.wall.time()

    assert on_jumping_wall(wait()) == pytest.approx(1.0 + 10.0)


def test_a_cancelled_timer_of_the_wall_is_not_heard_of() -> None:
    async def wait() -> list[str]:
        loop, heard = paced_loop(), list[str]()
        loop.wall.call_later(1.0, heard.append, "second").cancel()
        first = loop.wall.call_later(0.5, heard.append, "first")
        loop.wall.call_later(0.5, first.cancel)  # due at the same moment, and behind it
        last = loop.wall.call_later(0.7, heard.append, "last")
        loop.wall.call_later(0.6, last.cancel)
        await asyncio.sleep(2.0)
        return heard

    assert on_jumping_wall(wait()) == ["first"]


def test_timers_of_the_wall_alone_wake_the_loop() -> None:
    async def wait() -> float:
        loop, woken = paced_loop(), asyncio.Event()
        loop.wall.call_later(3.0, woken.set)
        await woken.wait()
        return loop.time()

    assert on_jumping_wall(wait()) == pytest.approx(3.0)


def test_only_a_paced_loop_has_a_wall_clock_apart() -> None:
    plain, paced = BeltLoop(), PacedLoop()
    try:
        assert wall_clock(plain) is plain
        assert wall_clock(paced) is paced.wall
    finally:
        plain.close()
        paced.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readline())
    writer.close()


def test_for_real_the_time_runs_beside_sockets_and_children() -> None:
    async def live() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, PacedLoop)
        loop.run_at(60.0)
        began_s, began_wall_s = loop.time(), time.perf_counter()
        waiting = asyncio.ensure_future(asyncio.sleep(12.0))
        async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello\n")
            assert await reader.readline() == b"hello\n"
            writer.close()
            await writer.wait_closed()
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-Sc", "print('child')", stdout=asyncio.subprocess.PIPE
        )
        out, _ = await child.communicate()
        assert (out, child.returncode) == (b"child\n", 0)
        await waiting
        return loop.time() - began_s, time.perf_counter() - began_wall_s

    with asyncio.Runner(loop_factory=PacedLoop) as runner:
        passed_s, wall_s = runner.run(live())
    assert passed_s >= 12.0
    assert wall_s >= 12.0 / 60.0


# --- what it may steer


def test_a_paced_loop_steers_simulated_treadmills_alone() -> None:
    simulated = open_treadmill("ftms+sim://")
    real = replace(simulated, url=parse_treadmill_url("ftms+ble://AA:BB:CC:DD:EE:FF"))
    plain, paced = BeltLoop(), PacedLoop()
    try:
        check_pace(plain, real)
        check_pace(paced, simulated)
        with pytest.raises(UsageError, match=r"simulated treadmill alone.*AA:BB"):
            check_pace(paced, real)
    finally:
        plain.close()
        paced.close()
