"""``quarterturn bridge``: own one treadmill, and let screens and other clients come."""

import argparse
import asyncio
import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

from quarterturn.bridge.event_loop import BeltLoop
from quarterturn.bridge.host import Host
from quarterturn.bridge.inhibit import SleepInhibitor
from quarterturn.bridge.notify import ServiceManager
from quarterturn.bridge.paced_loop import PacedLoop
from quarterturn.bridge.process import Bridge
from quarterturn.commands.choices import find_treadmill
from quarterturn.commands.output import complain
from quarterturn.exit_codes import ExitCode, UsageError
from quarterturn.opening import Treadmill
from quarterturn.signals import on_signals

if TYPE_CHECKING:
    from quarterturn.speech.voice import Voice


def main(options: argparse.Namespace) -> int:
    """Serve until told to leave.

    Raises:
        UsageError: when there is no such treadmill, a bridge runs already, or time is to run on
            a treadmill that is not simulated.

    """
    if options.paced and not options.for_screen:
        raise UsageError("--paced is for the screen of a demonstration: --for-screen belongs to it")
    treadmill = find_treadmill(options.treadmill)
    with asyncio.Runner(loop_factory=PacedLoop if options.paced else BeltLoop) as runner:
        # What is said takes its time: where that runs, nothing is.
        make_voice = None if options.paced else _make_voice
        runner.run(_serve(treadmill, make_voice, for_screen=options.for_screen))
    return ExitCode.COMPLETED


async def _serve(
    treadmill: Treadmill, make_voice: "Callable[[], Voice] | None", *, for_screen: bool
) -> None:
    bridge = Bridge(treadmill, for_screen=for_screen, make_voice=make_voice)
    # What was started for a screen is no service, whatever the screen may be part of.
    service = ServiceManager({} if for_screen else os.environ)

    def trouble(text: str) -> None:
        complain(text)
        bridge.note(text)

    # A simulated belt may fall asleep with its computer.
    awake = None if treadmill.simulated else SleepInhibitor(trouble)

    def leave(cause: str, *, ramp: bool) -> None:
        service.stopping()
        bridge.leave(cause, ramp=ramp)

    handlers = {
        # Whoever presses Ctrl+C sits at the machine; a service is told to end from elsewhere.
        signal.SIGINT: lambda: leave("interrupt", ramp=False),
        signal.SIGTERM: lambda: leave("terminated", ramp=True),
        signal.SIGHUP: lambda: leave("hung up", ramp=True),
    }
    async with Host(bridge.owner, service, awake).attended():
        with on_signals(handlers):
            await bridge.run(service.ready)
            await bridge.owner.fall_silent()


def _make_voice() -> "Voice":
    from quarterturn.speech.voice import Voice  # with all that is spoken, which only a walk needs

    return Voice(setting=_sound_setting)


def _sound_setting() -> str:
    from quarterturn.settings import load_settings
    from quarterturn.speech.sound import AUTO
    from quarterturn.toml_files import FileErrors

    try:
        return load_settings().sound
    except FileErrors:
        return AUTO  # whoever chose the treadmill has been told what is wrong with the file
