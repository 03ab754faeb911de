import asyncio
import socket

import pytest

from quarterturn_simulator.clock import DeadlockError, VirtualTimeLoop


async def test_async_tests_run_in_virtual_time() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    before_s = loop.time()
    await asyncio.sleep(450)
    assert loop.time() - before_s == 450.0


@pytest.mark.real_time
async def test_a_marked_test_runs_on_an_ordinary_loop() -> None:
    assert not isinstance(asyncio.get_running_loop(), VirtualTimeLoop)


async def test_deadlines_are_met_in_their_order() -> None:
    loop = asyncio.get_running_loop()
    seen: list[tuple[str, float]] = []
    start_s = loop.time()
    for name, due_s in (("c", 3.0), ("a", 1.0), ("b", 2.5)):
        loop.call_at(start_s + due_s, lambda n=name: seen.append((n, loop.time() - start_s)))
    await asyncio.sleep(10)
    assert seen == [("a", 1.0), ("b", 2.5), ("c", 3.0)]


async def test_a_timeout_strikes_at_its_own_second() -> None:
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10):
            await asyncio.Event().wait()
    assert loop.time() - start_s == 10.0


async def test_a_task_group_sleeps_side_by_side() -> None:
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    async with asyncio.TaskGroup() as group:
        for seconds in range(100):
            group.create_task(asyncio.sleep(seconds))
    assert loop.time() - start_s == 99.0


async def test_a_socket_is_read_before_time_jumps() -> None:
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        reader, writer = await asyncio.open_connection(sock=ours)
        theirs.send(b"now")
        assert await asyncio.wait_for(reader.read(3), timeout=5) == b"now"
        assert loop.time() < 5
        writer.close()
        await writer.wait_closed()


async def test_a_wake_up_from_a_thread_is_heard() -> None:
    loop = asyncio.get_running_loop()
    woken = asyncio.Event()
    loop.call_soon_threadsafe(woken.set)
    await woken.wait()


def test_waiting_for_ever_is_an_error_that_says_where() -> None:
    async def wait_for_nothing() -> None:
        await asyncio.Event().wait()

    with (
        asyncio.Runner(loop_factory=VirtualTimeLoop) as runner,
        pytest.raises(DeadlockError, match=r"nothing is scheduled:\n .*test_clock\.py:\d+ in wait"),
    ):
        runner.run(wait_for_nothing())


def test_a_machine_that_reports_for_ever_cannot_hide_a_lost_task() -> None:
    async def report_while_someone_waits() -> None:
        loop = asyncio.get_running_loop()

        def report() -> None:
            loop.call_later(1, report)

        report()
        await asyncio.Event().wait()

    with (
        asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(limit_s=600)) as runner,
        pytest.raises(DeadlockError, match="after 600 s of virtual time"),
    ):
        runner.run(report_while_someone_waits())


def test_the_loop_can_be_used_again_after_a_deadlock() -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        with pytest.raises(DeadlockError):
            runner.run(asyncio.Event().wait())
        runner.run(asyncio.sleep(1))
