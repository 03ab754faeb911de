"""``quarterturn run``: walk a workout on a treadmill, in real time.

The walk happens in the bridge, a process of its own; this one asks what has to be asked before,
shows what happens and passes on keys. If the bridge dies, this is what is left to stop the belt.
"""

import argparse
import asyncio
import sys
from datetime import date, datetime
from pathlib import Path

from quarterturn.bridge.errand import Errand
from quarterturn.bridge.event_loop import BeltLoop
from quarterturn.commands import ask
from quarterturn.commands.attach import attach
from quarterturn.commands.choices import choose_profile, find_sensors, find_treadmill
from quarterturn.commands.walk_screen import Walked, WalkScreen
from quarterturn.exit_codes import ExitCode, UsageError
from quarterturn.opening import Treadmill
from quarterturn.plan import Plan, make_plan
from quarterturn.preflight import PreflightResult
from quarterturn.profiles import Profile
from quarterturn.ready import Mode
from quarterturn.settings import Settings, load_settings
from quarterturn.workout.files import load_workout


def main(options: argparse.Namespace) -> int:
    """Walk a workout.

    Raises:
        UsageError, FileErrors, PlanRefused: before anything is connected or started.

    """
    workout = load_workout(options.workout)
    treadmill = find_treadmill(options.treadmill)
    settings = load_settings()
    # The bridge listens to them; what is wrong with them is said before.
    sensors = tuple((each.name, str(each.url)) for each in find_sensors(options.sensor))
    profile = choose_profile(options.profile)
    now = datetime.now().astimezone()
    ready = _ready_mode(settings)
    # Before anybody is asked or anything connected: what the caps alone refuse is refused now.
    plan = make_plan(workout, profile, None, year=now.year, record=treadmill.record)
    person: dict[str, object] = {}
    if not treadmill.simulated:
        cleared = _preflight(plan, profile, now.date(), settings, options)
        profile, person = cleared.profile, cleared.journalled()
        # The answers may have lowered the caps.
        plan = make_plan(workout, profile, None, year=now.year, record=treadmill.record)
    journal = None if options.journal is None else str(Path(options.journal).absolute())
    errand = Errand(workout, profile, now.year, sensors, journal, person)
    with asyncio.Runner(loop_factory=BeltLoop) as runner:
        walked = runner.run(_walk(errand, treadmill, ready, as_json=options.json))
    if not treadmill.simulated and walked.code is ExitCode.COMPLETED:
        ask.remember_session(profile.name, plan, now.date(), to_the_end=walked.whole)
    return walked.code


async def _walk(errand: Errand, treadmill: Treadmill, ready: Mode, *, as_json: bool) -> Walked:
    return await WalkScreen(errand, treadmill, ready, attach, as_json=as_json).run()


def _preflight(
    plan: Plan, profile: Profile, today: date, settings: Settings, options: argparse.Namespace
) -> PreflightResult:
    if options.json or not sys.stdin.isatty():
        raise UsageError(
            "before a walk on a real treadmill a person answers questions in a terminal: "
            "`quarterturn run` with --plain there"
        )
    return ask.preflight(
        plan, profile, today=today, ready=_ready_mode(settings), sound=settings.sound
    )


def _ready_mode(settings: Settings) -> Mode:
    return "twice" if settings.ready == "twice" else "hold"
