"""A walk on the full screen: what was named on the command line, and what is left when it ends."""

import argparse
import asyncio
import os
import sys
from datetime import datetime
from functools import partial
from pathlib import Path

from quarterturn.attach import attach
from quarterturn.attended_walk import Attach
from quarterturn.bridge.errand import Errand
from quarterturn.bridge.event_loop import BeltLoop
from quarterturn.commands import ask
from quarterturn.commands.choices import find_sensors, find_treadmill
from quarterturn.commands.output import shapes_fit
from quarterturn.exit_codes import ExitCode, UsageError
from quarterturn.keys import Keymap
from quarterturn.lines import table
from quarterturn.opening import Treadmill
from quarterturn.plan import Plan
from quarterturn.settings import Settings, load_settings
from quarterturn.tui.app import Habits, Prepared, WalkApp
from quarterturn.tui.flow import Wishes, afterwards, prepare
from quarterturn.tui.view import Mode
from quarterturn.workout.files import load_workout


def fits() -> bool:
    """Return whether there is a terminal that a full screen can be drawn on."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def main(options: argparse.Namespace) -> int:
    """Walk on the full screen.

    Raises:
        UsageError, FileErrors, PlanRefused, NoBridgeError: what kept the walk from beginning.

    """
    settings = load_settings()
    now = datetime.now().astimezone()
    treadmill = options.treadmill or settings.treadmill
    if options.workout is not None:
        # What was named and is not there is said at once, and on the terminal as it is.
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
    app = WalkApp(partial(prepare, wishes=wishes), attach, habits(settings), afterwards)
    with asyncio.Runner(loop_factory=BeltLoop) as runner:
        runner.run(app.run_async())
    return _after(app, now)


def show(errand: Errand, treadmill: Treadmill, plan: Plan, attach_to: Attach) -> int:
    """Show one walk that is known already, and nothing before or after it; return its exit code.

    Raises:
        UsageError, NoBridgeError: what kept it from beginning.

    """

    async def prepared(_: WalkApp) -> Prepared:
        return Prepared(errand, treadmill, plan)

    app = WalkApp(prepared, attach_to, Habits())
    with asyncio.Runner(loop_factory=BeltLoop) as runner:
        runner.run(app.run_async())
    if app.failure is not None:
        raise app.failure
    return ExitCode.STOPPED if app.return_value is None else app.return_value.code


def habits(settings: Settings) -> Habits:
    """Return what the settings say of keys and looks."""
    return Habits(
        ready="twice" if settings.ready == "twice" else "hold",
        keymap=Keymap.of(settings.keymap),
        theme=settings.theme,
        mode=Mode(settings.display),
    )


def _after(app: WalkApp, now: datetime) -> int:
    if app.failure is not None:
        raise app.failure
    walked, prepared = app.return_value, app.prepared
    if walked is None or prepared is None:
        return ExitCode.STOPPED
    if walked.refusal is not None:
        raise UsageError(walked.refusal.removeprefix("quarterturn: "))
    print(table(walked.summary, shapes=shapes_fit(sys.stdout)))
    if walked.journal is not None:
        print(f"Journal: {walked.journal}", file=sys.stderr)
    if not prepared.treadmill.simulated and walked.code is ExitCode.COMPLETED:
        profile = prepared.errand.profile.name
        ask.remember_session(profile, prepared.plan, now.date(), to_the_end=walked.whole)
    return walked.code
