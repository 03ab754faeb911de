"""The lock against sleep, held by a child in the place of the system's own program."""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from quarterturn.bridge import inhibit
from quarterturn.bridge.inhibit import SleepInhibitor, system_command

pytestmark = pytest.mark.real_time
_PATIENCE_S = 20.0
MAY_SLEEP = "the computer may fall asleep while the belt moves: "


class Child:
    """A command that leaves traces: a file for each time it began and each time it ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        script = f"touch {folder}/began.$$; cat; touch {folder}/ended.$$"
        self.command: Sequence[str] = ("sh", "-c", script)

    def began(self) -> int:
        return len(list(self._folder.glob("began.*")))

    def ended(self) -> int:
        return len(list(self._folder.glob("ended.*")))


@pytest.fixture
def child(tmp_path: Path) -> Child:
    return Child(tmp_path)


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while not happened():  # noqa: ASYNC110 - what another process does is no event here
            await asyncio.sleep(0.01)


def no_trouble(reason: str) -> None:
    raise AssertionError(reason)


async def test_the_lock_lasts_from_hold_to_release_however_often_either_is_said(
    child: Child,
) -> None:
    inhibitor = SleepInhibitor(no_trouble, child.command)
    inhibitor.release()
    for _ in range(3):
        inhibitor.hold()
    await until(lambda: child.began() == 1)
    assert child.ended() == 0
    inhibitor.release()
    inhibitor.release()
    await until(lambda: child.ended() == 1)
    await inhibitor.close()
    assert child.began() == 1


async def test_it_is_held_anew_while_the_last_one_is_on_its_way_out(child: Child) -> None:
    inhibitor = SleepInhibitor(no_trouble, child.command)
    inhibitor.hold()
    inhibitor.release()
    inhibitor.hold()
    await until(lambda: (child.began(), child.ended()) == (2, 1))
    await inhibitor.close()
    assert child.ended() == 2


async def test_a_missing_program_is_told_once(child: Child) -> None:
    told: list[str] = []
    inhibitor = SleepInhibitor(told.append, ["no-such-program"])
    for _ in range(2):
        inhibitor.hold()
        await asyncio.sleep(0.05)
        inhibitor.release()
    await inhibitor.close()
    assert told == [f"{MAY_SLEEP}no-such-program: No such file or directory"]


async def test_a_refusal_is_told_in_the_words_of_whoever_refused() -> None:
    told: list[str] = []
    script = "echo 'Failed to inhibit:\nAccess denied' >&2; exit 1"
    inhibitor = SleepInhibitor(told.append, ["sh", "-c", script])
    inhibitor.hold()
    await until(lambda: bool(told))
    await inhibitor.close()
    assert told == [f"{MAY_SLEEP}sh: Failed to inhibit: Access denied"]


async def test_a_child_that_dies_without_a_word_is_told_too() -> None:
    told: list[str] = []
    inhibitor = SleepInhibitor(told.append, ["false"])
    inhibitor.hold()
    await until(lambda: bool(told))
    await inhibitor.close()
    assert told[0].endswith("false: ended with 1")


async def test_a_system_without_a_way_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    told: list[str] = []
    inhibitor = SleepInhibitor(told.append)
    inhibitor.hold()
    await inhibitor.close()
    assert told[0].endswith("no way to do so on this system")


async def test_a_child_that_does_not_let_go_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inhibit, "_CLOSE_S", 0.1)
    pid = tmp_path / "pid"
    inhibitor = SleepInhibitor(no_trouble, ["sh", "-c", f"echo $$ >{pid}; exec sleep 1000"])
    inhibitor.hold()
    await until(lambda: pid.exists() and bool(pid.read_text()))
    await inhibitor.close()
    await until(lambda: not is_alive(int(pid.read_text())))


async def test_the_lock_goes_with_a_process_that_is_killed(child: Child) -> None:
    script = (
        "import asyncio, sys\n"
        "from quarterturn.bridge.inhibit import SleepInhibitor\n"
        "async def hold():\n"
        "    SleepInhibitor(print, sys.argv[1:]).hold()\n"
        "    await asyncio.sleep(1000)\n"
        "asyncio.run(hold())\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, *child.command)
    await until(lambda: child.began() == 1)
    process.kill()
    await process.wait()
    await until(lambda: child.ended() == 1)


async def test_ctrl_c_in_the_terminal_does_not_end_the_lock(tmp_path: Path) -> None:
    group = tmp_path / "group"
    script = f"ps -o pgid= -p $$ >{group}; cat"
    inhibitor = SleepInhibitor(no_trouble, ["sh", "-c", script])
    inhibitor.hold()
    await until(lambda: group.exists() and bool(group.read_text().strip()))
    # The terminal sends SIGINT to the whole group in front of it.
    assert int(group.read_text()) != os.getpgrp()
    await inhibitor.close()


@pytest.mark.parametrize(
    ("platform", "program"), [("linux", "systemd-inhibit"), ("darwin", "caffeinate")]
)
def test_each_system_has_its_program_with_a_child_that_ends_with_its_stdin(
    platform: str, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    command = system_command()
    assert command is not None
    assert (command[0], command[-1]) == (program, "cat")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
