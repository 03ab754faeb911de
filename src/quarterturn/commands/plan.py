"""``quarterturn plan``: what the caps and the machine leave of a workout."""

import argparse
import asyncio
import json
import sys
from datetime import datetime

from quarterturn import plugins
from quarterturn.bridge.runtime import Runtime
from quarterturn.commands.choices import find_treadmill
from quarterturn.commands.output import shapes_fit
from quarterturn.commands.printing import print_lines
from quarterturn.lines import plan_lines
from quarterturn.model import Capabilities
from quarterturn.opening import Treadmill
from quarterturn.plan import make_plan
from quarterturn.plan_sheet import PlanSheet
from quarterturn.profile_files import find_profile
from quarterturn.workout.files import load_workout


def main(options: argparse.Namespace) -> int:
    """Print a plan; nothing is started."""
    workout = load_workout(options.workout)
    profile = find_profile(options.profile)
    capabilities, record = None, None
    if options.treadmill is not None:
        treadmill = find_treadmill(options.treadmill)
        capabilities, record = _ask(treadmill), treadmill.record
    year = datetime.now().astimezone().year
    plan = make_plan(workout, profile, capabilities, year=year, record=record)
    mass_kg = profile.body_mass_kg
    if options.json:
        print_lines([_as_json(PlanSheet.of(plan, mass_kg))])
    else:
        print_lines(plan_lines(plan, mass_kg=mass_kg, shapes=shapes_fit(sys.stdout)))
    return 0


def _ask(treadmill: Treadmill) -> Capabilities:
    """Connect, ask what the machine can do, and leave again."""

    async def ask() -> Capabilities:
        runtime = Runtime(treadmill.open_driver, treadmill.record, on_event=lambda _: None)
        try:
            return await runtime.connect()
        finally:
            await runtime.close()

    factory = plugins.load_simulator().new_event_loop if treadmill.simulated else None
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(ask())


def _as_json(sheet: PlanSheet) -> str:
    return json.dumps(sheet.as_object(), indent=2, allow_nan=False)
