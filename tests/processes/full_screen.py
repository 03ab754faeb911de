"""What happens to a walk on the full screen, in a terminal of its own."""

import os
import signal
from collections.abc import Mapping
from functools import partial

from processes.stand import QUICK, Scenario, Stand
from quarterturn.exit_codes import ExitCode

SIMULATED = f"ftms+sim://?{QUICK}"
TOOK_SCREEN = b"\x1b[?1049h"
LEFT_FULL_SCREEN = b"\x1b[?1049l"


async def _comes_to_rest(stand: Stand, by: str, cause: str) -> None:
    """See the session end by a person, and the terminal given back without a traceback."""
    assert await stand.screen_ends() == ExitCode.STOPPED
    (end,) = stand.named("end")
    assert (end["by"], end["cause"], end["belt_stopped"]) == (by, cause, True)
    assert LEFT_FULL_SCREEN in stand.shown
    assert b"Traceback" not in stand.shown


async def a_key(key: bytes, stand: Stand) -> None:
    async with stand.walk(SIMULATED, screen="full-screen"):
        await stand.until_backward()
        stand.press(key)
        await _comes_to_rest(stand, "walker", "key")


async def a_palette(stand: Stand) -> None:
    async with stand.walk(SIMULATED, screen="full-screen"):
        await stand.until(lambda: stand.named("phase") and stand.speed_kmh, "the belt moves")
        stand.press(b"\x10")  # Ctrl+P
        await stand.until(lambda: b"Search for commands" in stand.shown, "the palette is open")
        stand.press(b" ")
        await _comes_to_rest(stand, "walker", "key")


async def a_pause(stand: Stand) -> None:
    async with stand.walk(SIMULATED, screen="full-screen"):
        await stand.until_backward()
        stand.press(b"p")
        await stand.until(lambda: stand.named("pause"), "the belt comes to rest for a pause")
        await stand.until(lambda: stand.last_step == "settle", "READY ends the pause")
        stand.press(b"s")
        await _comes_to_rest(stand, "walker", "key")


async def a_signal(stand: Stand) -> None:
    async with stand.walk(SIMULATED, screen="full-screen"):
        await stand.until_backward()
        assert stand.screen is not None
        os.kill(stand.screen.pid, signal.SIGTERM)
        await _comes_to_rest(stand, "walker", "terminated")


async def a_moment_of_standing_still(stand: Stand) -> None:
    async with stand.walk(SIMULATED, screen="full-screen"):
        await stand.until_backward()
        assert stand.screen is not None
        os.kill(stand.screen.pid, signal.SIGSTOP)
        stand.have_lines()  # as a shell does that has the terminal meanwhile
        os.kill(stand.screen.pid, signal.SIGCONT)
        rows = [b"\x1b[%d;1H" % row for row in range(1, 31)]
        await stand.until(
            lambda: (
                stand.shown.count(TOOK_SCREEN) == 2
                and all(row in stand.shown.split(TOOK_SCREEN)[2] for row in rows)
            ),
            "the screen is taken back and drawn anew",
        )
        phases = len(stand.named("phase"))
        os.kill(stand.screen.pid, signal.SIGSTOP)
        stand.press(b"s")
        os.kill(stand.screen.pid, signal.SIGCONT)
        await _comes_to_rest(stand, "walker", "key")
        assert len(stand.named("phase")) == phases  # the key was not lost, and a later one taken


async def a_terminal_that_hangs_up(stand: Stand) -> None:
    async with stand.walk(SIMULATED, screen="full-screen"):
        await stand.until_backward()
        stand.hang_up()
        await stand.until(lambda: stand.named("end"), "the session ends")
        (fault,) = stand.named("fault")
        assert (fault["fault"], fault["action"]) == ("screen_lost", "ramp")
        (end,) = stand.named("end")
        assert end["belt_stopped"] is True
        assert await stand.screen_ends() == ExitCode.FAULT


async def a_dead_screen(how: signal.Signals, stand: Stand) -> None:
    async with stand.walk(SIMULATED, screen="full-screen"):
        await stand.until_backward()
        assert stand.screen is not None
        os.kill(stand.screen.pid, how)
        await stand.until(lambda: stand.named("end"), "the session ends")
    (fault,) = stand.named("fault")
    assert (fault["fault"], fault["action"]) == ("screen_lost", "ramp")


SCENARIOS: Mapping[str, Scenario] = {
    "on the full screen space stops the belt": partial(a_key, b" "),
    "on the full screen Ctrl+Q stops the belt and leaves": partial(a_key, b"\x11"),
    "on the full screen space stops the belt over the palette": a_palette,
    "on the full screen a pause is ended by READY": a_pause,
    "a full screen that is told to end stops the belt first": a_signal,
    "a full screen that stood still for a moment takes its keys back": a_moment_of_standing_still,
    "a full screen whose terminal hangs up brings the belt to rest": a_terminal_that_hangs_up,
    "a full screen that is killed brings the belt to rest": partial(a_dead_screen, signal.SIGKILL),
}
