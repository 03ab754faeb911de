"""Whoever is killed or stopped, the belt comes to rest, and those who are left say what is so.

The scenarios run beside one another, for they mostly wait; each is a test that asks for its own.
"""

import asyncio
import os
import signal
import traceback
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from processes import full_screen, voice
from processes.stand import QUICK, Scenario, Stand
from quarterturn.bridge.journal import read_journal
from quarterturn.bridge.replay import replay
from quarterturn.exit_codes import ExitCode

SIMULATED = f"ftms+sim://?{QUICK}"
AT_ONCE = 2
"""More of them would only wait for the processor, and a heartbeat must not."""


async def a_screen_that_is_gone(how: signal.Signals, stand: Stand) -> None:
    async with stand.walk(SIMULATED):
        await stand.until_backward()
        assert stand.screen is not None
        os.kill(stand.screen.pid, how)
        await stand.until(lambda: stand.named("end"), "the session ends")
    (fault,) = stand.named("fault")
    assert (fault["fault"], fault["action"]) == ("screen_lost", "ramp")
    (end,) = stand.named("end")
    assert (end["reason"], end["cause"], end["belt_stopped"]) == ("fault", "screen_lost", True)
    after = stand.events[stand.events.index(fault) :]
    assert [event["command"] for event in after if event["event"] == "command"][-1] == "stop"
    assert replay(read_journal(stand.journal)).differences == ()


async def a_bridge_that_is_gone(how: signal.Signals, stand: Stand) -> None:
    async with stand.far_end() as (url, _), stand.walk(url):
        await stand.until_backward()
        assert stand.on_record is not None
        assert stand.on_record["pid"] == stand.bridge_pid
        stand.far.clear()
        os.kill(stand.bridge_pid, how)
        await stand.until(
            lambda: any(it.get("state") == "stopped" for it in stand.far), "the belt is stopped"
        )
        assert await stand.screen_ends() == ExitCode.FAULT
    shown = stand.shown.decode()
    assert shown.index("pull the red key") < shown.index("The belt is being stopped.")
    assert "fault by bridge (lost); the belt stands" in shown
    # Nobody has acknowledged it: the next start says what happened.
    assert stand.on_record is not None
    assert stand.on_record["stands"] is True


async def a_far_end_that_is_gone(stand: Stand) -> None:
    async with stand.far_end() as (url, mill), stand.walk(url):
        await stand.until_backward()
        mill.kill()
        await stand.until(lambda: stand.named("fault"), "the loss is noticed")
        await stand.until(lambda: b"ed key" in stand.shown, "the red key is said")
    assert {event["fault"] for event in stand.named("fault")} <= {"link_lost", "stale"}


async def both_are_gone(stand: Stand) -> None:
    async with stand.far_end() as (url, _):
        async with stand.walk(url):
            await stand.until_backward()
            assert stand.screen is not None
            os.kill(stand.screen.pid, signal.SIGKILL)
            os.kill(stand.bridge_pid, signal.SIGKILL)
        stand.far.clear()
        code, words = await stand.stop()
        assert code == ExitCode.COMPLETED
        assert "Pull the red key" in words[0]
        assert words[-1] == "The belt stands."
        assert any(it.get("state") == "stopped" for it in stand.far)
        await _the_next_start_wants_a_person(stand.again(), url)


async def _the_next_start_wants_a_person(stand: Stand, url: str) -> None:
    async with stand.walk(url):
        await stand.until(lambda: b"press a" in stand.shown, "the start says what happened")
        await stand.until(lambda: stand.speed_kmh is not None, "the belt is read")
        stand.press(b"f")
        await stand.until(lambda: b"NO     finish: nothing but stop" in stand.shown, "a no")
        # Not before: its machine may be counting down.
        await stand.until(lambda: b"The belt stands." in stand.shown, "the belt is known to stand")
        stand.press(b"a")
        await stand.until(lambda: stand.named("plan"), "a new walk begins")
        stand.press(b" ")
        assert await stand.screen_ends() == ExitCode.STOPPED
    assert "did not end: its program" in stand.shown.decode()
    assert stand.on_record is None


async def a_full_disk_under_the_journal(stand: Stand) -> None:
    async with stand.walk(SIMULATED, "full", "20000"):
        await stand.until_backward()
        await stand.until(lambda: b"journal cannot be written" in stand.shown, "it is told")
        stand.press(b" ")
        assert await stand.screen_ends() == ExitCode.STOPPED
    (end,) = stand.named("end")
    assert (end["by"], end["belt_stopped"]) == ("walker", True)
    assert stand.journal.stat().st_size <= 20000
    assert replay(read_journal(stand.journal)).differences == ()


async def a_terminal_that_stops_reading(stand: Stand) -> None:
    async with stand.walk(SIMULATED):
        await stand.until(lambda: stand.named("phase"), "the walk begins")
        stand.stop_reading()
        await stand.until_backward()
        stand.press(b" ")
        await stand.until(lambda: stand.named("end"), "the session ends")
    (end,) = stand.named("end")
    assert (end["by"], end["cause"]) == ("walker", "key")
    assert [*read_journal(stand.journal).events()][-1] == end


SCENARIOS: Mapping[str, Scenario] = {
    "a killed bridge is survived by a screen that stops the belt": partial(
        a_bridge_that_is_gone, signal.SIGKILL
    ),
    "a bridge that hangs is ended by the screen, which stops the belt": partial(
        a_bridge_that_is_gone, signal.SIGSTOP
    ),
    "both killed: stop stops the belt, the next start wants a person": both_are_gone,
    "a killed screen brings the belt to rest by a ramp": partial(
        a_screen_that_is_gone, signal.SIGKILL
    ),
    "a screen that hangs brings the belt to rest by a ramp": partial(
        a_screen_that_is_gone, signal.SIGSTOP
    ),
    "a far end that is gone is told with the red key": a_far_end_that_is_gone,
    "a full disk under the journal is told and the walk goes on": a_full_disk_under_the_journal,
    "a terminal that stops reading holds up nobody": a_terminal_that_stops_reading,
    **full_screen.SCENARIOS,
    **voice.SCENARIOS,
}


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str | None]:
    """Run every scenario; what went wrong in each, or None."""

    async def run(scenario: Scenario, turn: asyncio.Semaphore, home: Path) -> str | None:
        async with turn:
            try:
                await scenario(Stand(home))
            except Exception:  # noqa: BLE001 - the test of its name tells it
                return traceback.format_exc()
        return None

    async def run_all() -> list[str | None]:
        turn = asyncio.Semaphore(AT_ONCE)
        homes = [tmp_path_factory.mktemp("home") for _ in SCENARIOS]
        running = zip(SCENARIOS.values(), homes, strict=True)
        return await asyncio.gather(*(run(it, turn, home) for it, home in running))

    return dict(zip(SCENARIOS, asyncio.run(run_all()), strict=True))


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", SCENARIOS)
def test_when_a_process_is_gone(name: str, failures: Mapping[str, str | None]) -> None:
    assert failures[name] is None, failures[name]
