"""``quarterturn bridge``: own one treadmill, and let screens and other clients come."""

import argparse
import asyncio
import signal

from quarterturn.bridge.process import Bridge
from quarterturn.commands.choices import find_treadmill
from quarterturn.commands.signals import on_signals
from quarterturn.exit_codes import ExitCode
from quarterturn.opening import Treadmill


def main(options: argparse.Namespace) -> int:
    """Serve until told to leave.

    Raises:
        UsageError: when there is no such treadmill, or a bridge runs already.

    """
    asyncio.run(_serve(find_treadmill(options.treadmill), for_screen=options.for_screen))
    return ExitCode.COMPLETED


async def _serve(treadmill: Treadmill, *, for_screen: bool) -> None:
    bridge = Bridge(treadmill, for_screen=for_screen)
    handlers = {
        # Whoever presses Ctrl+C sits at the machine; a service is told to end from elsewhere.
        signal.SIGINT: lambda: bridge.leave("interrupt", ramp=False),
        signal.SIGTERM: lambda: bridge.leave("terminated", ramp=True),
    }
    with on_signals(handlers):
        await bridge.run()
