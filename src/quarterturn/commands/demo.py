"""``quarterturn demo``: a whole walk on the simulated treadmill, in less than two minutes.

Everything is as in ``run``, the bridge in its own process too, but for three things: the bridge
lets time run, a simulated walker presses READY for a visitor who does not, and nothing is kept.
"""

import argparse
import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from typing import Final

from quarterturn.attach import attach
from quarterturn.attended_walk import Walked
from quarterturn.bridge.errand import Errand
from quarterturn.bridge.event_loop import BeltLoop
from quarterturn.client import BridgeClient
from quarterturn.commands import full_screen
from quarterturn.commands.walk_screen import WalkScreen
from quarterturn.exit_codes import NoBridgeError, UsageError
from quarterturn.opening import SIMULATED, Treadmill, open_treadmill
from quarterturn.plan import make_plan
from quarterturn.profiles import DEFAULT_PROFILE, base_profile
from quarterturn.protocol import Snapshot
from quarterturn.session import Event, Intent
from quarterturn.workout.files import load_workout

READY_AFTER_S: Final = 2.5
"""How long the simulated walker leaves READY to the visitor: long enough to hold a key."""

_HOME: Final = "QUARTERTURN_HOME"
_BEFORE = """\
A demonstration: {workout}, on the simulated treadmill. Nobody walks, and no machine moves; driver,
caps, monitors and cues are those of a real walk. Where little happens, time runs; at every turn it
slows down, so that {minutes} minutes of walking pass in a fraction of them.
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
        UsageError, FileErrors, PlanRefused: before anything is started.

    """
    workout = load_workout(options.workout)
    with _home_of_its_own():
        treadmill = open_treadmill(SIMULATED)
        profile = base_profile(DEFAULT_PROFILE)
        year = datetime.now().astimezone().year
        plan = make_plan(workout, profile, None, year=year, record=treadmill.record)
        minutes = sum(phase.duration_s for phase in plan.phases) / 60
        print(_BEFORE.format(workout=workout.name, minutes=round(minutes)))
        errand = Errand(workout, profile, year)
        if full_screen.fits() and not options.plain:
            code = full_screen.show(errand, treadmill, plan, attended)
        else:
            with asyncio.Runner(loop_factory=BeltLoop) as runner:
                code = runner.run(_in_lines(errand, treadmill)).code
    print(_AFTER)
    return code


async def _in_lines(errand: Errand, treadmill: Treadmill) -> Walked:
    screen = WalkScreen(errand, treadmill, "hold", attended, as_json=False, tells_journal=False)
    return await screen.run()


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


@contextlib.asynccontextmanager
async def attended(
    treadmill: Treadmill,
    *,
    on_event: Callable[[Event], None],
    on_snapshot: Callable[[Snapshot], None],
    on_note: Callable[[str], None],
) -> AsyncIterator[BridgeClient]:
    """Attach to a bridge that lets time run, with a simulated walker beside the visitor.

    Raises:
        UsageError: when the treadmill is not a simulated one.
        NoBridgeError: when the bridge does not start, or does not answer.

    """
    walker = SimulatedWalker(treadmill, on_note)

    def see(event: Event) -> None:
        on_event(event)
        walker.see(event)

    async with attach(
        treadmill, on_event=see, on_snapshot=on_snapshot, on_note=on_note, paced=True
    ) as bridge:
        walker.bridge = bridge
        try:
            yield bridge
        finally:
            walker.leave()


class SimulatedWalker:
    """Presses READY at a start or a turn when nobody else does; a pause is the visitor's to end.

    ``say`` is told. Make it on a running loop.

    Raises:
        UsageError: on any treadmill but a simulated one: there, READY is a person's.

    """

    def __init__(self, treadmill: Treadmill, say: Callable[[str], None]) -> None:
        if not treadmill.simulated:
            raise UsageError(f"no simulated walker presses READY on {treadmill.url}")
        self._say = say
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._pressing: asyncio.Task[None] | None = None
        self.bridge: BridgeClient | None = None

    def see(self, event: Event) -> None:
        """Wait where READY is asked for, and no longer where it is not any more."""
        match event:
            case {"event": "start" | "turn", "step": "ready"}:
                self.leave()
                self._timer = self._loop.call_later(READY_AFTER_S, self._press)
            case {"step": _} | {"event": "end"}:
                self.leave()

    def leave(self) -> None:
        """Press nothing any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _press(self) -> None:
        if self.bridge is not None:
            self._say("the simulated walker presses READY")
            self._pressing = self._loop.create_task(self._ready(self.bridge))

    async def _ready(self, bridge: BridgeClient) -> None:
        with contextlib.suppress(NoBridgeError):  # whoever waits for the end hears of it
            await bridge.ask(Intent.READY)
