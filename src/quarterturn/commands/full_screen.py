"""A walk on the full screen: what was named on the command line, and what is left when it ends.

The screen is there first. What it does not need to be drawn is imported by what prepares the walk,
which happens behind it: reading and checking files and finding the treadmill take longer than that.
"""

import argparse
import asyncio
import sys
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quarterturn.attended_walk import Attach, Walked
from quarterturn.bridge.event_loop import BeltLoop
from quarterturn.commands.output import complain, shapes_fit
from quarterturn.exit_codes import ExitCode, UsageError
from quarterturn.settings import Settings, load_settings
from quarterturn.tui.app import Prepare, Prepared, WalkApp

if TYPE_CHECKING:
    from quarterturn.client import BridgeClient
    from quarterturn.opening import Treadmill


def main(options: argparse.Namespace) -> int:
    """Walk on the full screen.

    Raises:
        UsageError, FileErrors, PlanRefused, NoBridgeError: what kept the walk from beginning.

    """
    settings = load_settings()
    now = datetime.now().astimezone()
    prepare = partial(_prepare, options=options, settings=settings, now=now)
    app = WalkApp(prepare, _attach, settings, _afterwards)
    with asyncio.Runner(loop_factory=BeltLoop) as runner:
        runner.run(app.run_async())
    return _after(app, now)


async def _prepare(
    app: WalkApp, *, options: argparse.Namespace, settings: Settings, now: datetime
) -> Prepared | None:
    from quarterturn.commands.choices import find_sensors, find_treadmill
    from quarterturn.tui.flow import Wishes, prepare
    from quarterturn.workout.files import load_workout

    treadmill = options.treadmill or settings.treadmill
    if options.workout is not None:
        # What was named and is not there is said before anybody is asked anything.
        load_workout(options.workout)
        find_treadmill(treadmill)
    wishes = Wishes(
        find_treadmill,
        now,
        workout=options.workout,
        treadmill=treadmill,
        profile=options.profile or settings.profile,
        sensors=tuple(find_sensors(options.sensor)),
        journal=None if options.journal is None else Path(options.journal),
        sound=settings.sound,
    )
    return await prepare(app, wishes)


def _attach(
    treadmill: "Treadmill",
    **listeners: Any,  # noqa: ANN401 - Attach says what they are
) -> "AbstractAsyncContextManager[BridgeClient]":
    from quarterturn.attach import attach

    return attach(treadmill, **listeners)


async def _afterwards(app: WalkApp, prepared: Prepared, walked: Walked) -> None:
    from quarterturn.tui.flow import afterwards

    await afterwards(app, prepared, walked)


def show(prepare: Prepare, attach_to: Attach) -> int:
    """Show one walk, and nothing before or after it; return its exit code.

    Raises:
        UsageError, FileErrors, PlanRefused, NoBridgeError: what kept it from beginning.

    """
    app = WalkApp(prepare, attach_to, Settings())
    with asyncio.Runner(loop_factory=BeltLoop) as runner:
        runner.run(app.run_async())
    if app.failure is not None:
        raise app.failure
    return ExitCode.STOPPED if app.return_value is None else app.return_value.code


def _after(app: WalkApp, now: datetime) -> int:
    if app.failure is not None:
        raise app.failure
    walked, prepared = app.return_value, app.prepared
    if walked is None or prepared is None:
        return ExitCode.STOPPED
    if walked.refusal is not None:
        raise UsageError(walked.refusal.removeprefix("quarterturn: "))
    from quarterturn.lines import table

    print(table(walked.summary, shapes=shapes_fit(sys.stdout)))
    if app.complaint is not None:
        complain(app.complaint)
    if walked.journal is not None:
        print(f"Journal: {walked.journal}", file=sys.stderr)
    if not prepared.treadmill.simulated and walked.code is ExitCode.COMPLETED:
        from quarterturn.commands import ask

        profile = prepared.errand.profile.name
        ask.remember_session(profile, prepared.plan, now.date(), to_the_end=walked.whole)
    return walked.code
