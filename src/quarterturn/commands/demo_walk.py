"""The walk of ``quarterturn demo``, and who presses READY in it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Final

from quarterturn.attach import attach
from quarterturn.bridge.errand import Errand
from quarterturn.bridge.event_loop import BeltLoop
from quarterturn.client import BridgeClient
from quarterturn.commands.walk_screen import WalkScreen
from quarterturn.exit_codes import NoBridgeError, UsageError
from quarterturn.opening import SIMULATED, Treadmill, open_treadmill
from quarterturn.plan import Plan, make_plan
from quarterturn.profiles import DEFAULT_PROFILE, base_profile
from quarterturn.protocol import Snapshot
from quarterturn.session import Event, Intent
from quarterturn.workout.files import load_workout

READY_AFTER_S: Final = 2.5
"""How long the simulated walker leaves READY to the visitor: long enough to hold a key."""


def prepare(name: str) -> tuple[Errand, Treadmill, Plan]:
    """Return what is walked, on what, and its plan.

    Raises:
        FileErrors, PlanRefused: when there is no such workout, or it cannot be walked.

    """
    workout = load_workout(name)
    treadmill, profile = open_treadmill(SIMULATED), base_profile(DEFAULT_PROFILE)
    year = datetime.now().astimezone().year
    plan = make_plan(workout, profile, None, year=year, record=treadmill.record)
    return Errand(workout, profile, year), treadmill, plan


def in_lines(prepared: tuple[Errand, Treadmill, Plan]) -> int:
    """Show the walk in lines, and return its exit code.

    Raises:
        NoBridgeError: what kept it from beginning.

    """
    errand, treadmill, _ = prepared

    async def walk() -> int:
        # On a running loop, as it wants to be made.
        screen = WalkScreen(errand, treadmill, "hold", attended, as_json=False, tells_journal=False)
        return (await screen.run()).code

    with asyncio.Runner(loop_factory=BeltLoop) as runner:
        return runner.run(walk())


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
