"""``quarterturn demo``: a whole walk on the simulated treadmill, in less than two minutes.

Everything is as in ``run``, the bridge in its own process too, but for three things: the bridge
lets time run, a simulated walker presses READY for a visitor who does not, and nothing is kept.
"""

import argparse
import contextlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from quarterturn.commands.output import full_screen_fits

if TYPE_CHECKING:
    from quarterturn.client import BridgeClient
    from quarterturn.opening import Treadmill
    from quarterturn.tui.app import Prepared, WalkApp

_HOME: Final = "QUARTERTURN_HOME"
_BEFORE = """\
A demonstration on the simulated treadmill. Nobody walks, and no machine moves; driver, caps,
monitors and cues are those of a real walk. Where little happens, time runs; at every turn it slows
down, so that the walk passes in a fraction of its time.
Hold Enter for READY; if you do not, the simulated walker presses it. Space stops the belt.
"""
_AFTER = """
That was the simulated treadmill, and nothing of it is kept. On a real one, in this order:
  quarterturn scan --save home               find it by Bluetooth
  quarterturn onboard home                   get to know it, with nobody on the belt
  quarterturn run circle --treadmill home    walk, with the red key clipped on
"""


def main(options: argparse.Namespace) -> int:
    """Show a walk.

    Raises:
        UsageError, FileErrors, PlanRefused, NoBridgeError: what kept it from beginning.

    """
    with _home_of_its_own():
        if full_screen_fits() and not options.plain:
            from quarterturn.commands import full_screen

            print(_BEFORE)
            code = full_screen.show(partial(_prepare, workout=options.workout), _attach)
        else:
            from quarterturn.commands import demo_walk

            prepared = demo_walk.prepare(options.workout)
            print(_BEFORE)
            code = demo_walk.in_lines(prepared)
    print(_AFTER)
    return code


async def _prepare(_: "WalkApp", *, workout: str) -> "Prepared":
    from quarterturn.commands import demo_walk  # with the screen there already
    from quarterturn.tui.app import Prepared

    return Prepared(*demo_walk.prepare(workout))


def _attach(
    treadmill: "Treadmill",
    **listeners: Any,  # noqa: ANN401 - Attach says what they are
) -> "AbstractAsyncContextManager[BridgeClient]":
    from quarterturn.commands import demo_walk

    return demo_walk.attended(treadmill, **listeners)


@contextlib.contextmanager
def _home_of_its_own() -> Iterator[None]:
    """Be a new installation while the context is open, this process and its bridge alike.

    No settings are read, no bridge of somebody's is met, and what is written goes with the folder.
    """
    before = os.environ.get(_HOME)
    with tempfile.TemporaryDirectory(prefix="quarterturn-", ignore_cleanup_errors=True) as home:
        os.environ[_HOME] = home
        try:
            yield
        finally:
            del os.environ[_HOME]
            if before is not None:
                os.environ[_HOME] = before
