"""``quarterturn run`` in lines: printed for a person, or JSON for a program."""

import argparse
import asyncio
import sys
from datetime import date, datetime
from pathlib import Path

from quarterturn.attach import attach
from quarterturn.attended_walk import Walked
from quarterturn.bridge.errand import Errand
from quarterturn.bridge.event_loop import BeltLoop
from quarterturn.commands import ask
from quarterturn.commands.choices import choose_profile, find_sensors, find_treadmill
from quarterturn.commands.walk_screen import WalkScreen
from quarterturn.exit_codes import ExitCode, UsageError
from quarterturn.keys import Keymap
from quarterturn.opening import Treadmill, find_book
from quarterturn.plan import Plan, make_plan
from quarterturn.preflight import PreflightResult
from quarterturn.profiles import Profile
from quarterturn.ready import Mode
from quarterturn.settings import load_settings
from quarterturn.workout.files import load_workout


def main(options: argparse.Namespace) -> int:
    """Walk a workout.

    Raises:
        UsageError, FileErrors, PlanRefused: before anything is connected or started.

    """
    if options.workout is None:
        raise UsageError("which workout? `quarterturn run circle`, or a file of your own")
    workout = load_workout(options.workout)
    treadmill = find_treadmill(options.treadmill)
    settings = load_settings()
    # The bridge listens to them; what is wrong with them is said before.
    sensors = tuple((each.name, str(each.url)) for each in find_sensors(options.sensor))
    profile = choose_profile(options.profile)
    book = find_book(profile.language)
    now = datetime.now().astimezone()
    ready: Mode = "twice" if settings.ready == "twice" else "hold"
    keymap = Keymap.of(settings.keymap)
    # Before anybody is asked or anything connected: what the caps alone refuse is refused now.
    plan = make_plan(workout, profile, None, year=now.year, record=treadmill.record)
    person: dict[str, object] = {}
    if not treadmill.simulated:
        keys = (ready, keymap)
        cleared = _preflight(plan, profile, now.date(), keys, settings.sound, options)
        profile, person = cleared.profile, cleared.journalled()
        # The answers may have lowered the caps.
        plan = make_plan(workout, profile, None, year=now.year, record=treadmill.record)
    journal = None if options.journal is None else str(Path(options.journal).absolute())
    errand = Errand(workout, profile, now.year, sensors, journal, person, book)
    with asyncio.Runner(loop_factory=BeltLoop) as runner:
        walked = runner.run(_walk(errand, treadmill, (ready, keymap), as_json=options.json))
    if not treadmill.simulated and walked.code is ExitCode.COMPLETED:
        ask.remember_session(profile.name, plan, now.date(), to_the_end=walked.whole)
    return walked.code


async def _walk(
    errand: Errand, treadmill: Treadmill, keys: tuple[Mode, Keymap], *, as_json: bool
) -> Walked:
    ready, keymap = keys
    walk = WalkScreen(errand, treadmill, ready, attach, as_json=as_json, keymap=keymap)
    return await walk.run()


def _preflight(
    plan: Plan,
    profile: Profile,
    today: date,
    keys: tuple[Mode, Keymap],
    sound: str,
    options: argparse.Namespace,
) -> PreflightResult:
    if options.json or not sys.stdin.isatty():
        raise UsageError(
            "before a walk on a real treadmill a person answers questions in a terminal: "
            "`quarterturn run` with --plain there"
        )
    ready, keymap = keys
    return ask.preflight(plan, profile, today=today, ready=ready, keymap=keymap, sound=sound)
