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
from quarterturn.opening import Treadmill, find_profile
from quarterturn.plan import Plan, make_plan, summarise
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
        print_lines([json.dumps(_as_json(plan, mass_kg), indent=2, allow_nan=False)])
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


def _as_json(plan: Plan, mass_kg: float | None) -> dict[str, object]:
    summary = summarise(plan, mass_kg)
    phases = []
    start_s = 0.0
    for phase in plan.phases:
        turn = phase.turn
        phases.append(
            {
                "index": phase.index,
                "start_s": start_s,
                "kind": phase.kind.value,
                "heading": phase.heading.word,
                "duration_s": phase.duration_s,
                "speed_kmh": phase.speed.kmh,
                "end_speed_kmh": phase.end_speed.kmh,
                "incline_pct": phase.incline.pct,
                "cap_kmh": phase.limits.max_speed.kmh,
                "cap_reasons": list(phase.limits.reasons),
                "turn": None
                if turn is None
                else {"direction": turn.direction.value, "quarters": turn.quarters},
                "crossover": phase.crossover.value,
                "side": None if phase.side is None else phase.side.value,
                "reached_s": phase.reached_s,
                "limited_by": list(phase.limited_by),
            }
        )
        start_s += phase.duration_s
    return {
        "workout": plan.workout,
        "profile": plan.profile,
        "duration_s": summary.duration_s,
        "distance_m": round(summary.distance_m),
        "seconds_per_heading": {
            heading.word: seconds for heading, seconds in summary.seconds.items()
        },
        "energy_kcal": round(summary.energy_kcal),
        "body_mass_kg": summary.body_mass_kg,
        "body_mass_assumed": summary.mass_is_assumed,
        "limited_by": list(plan.limited_by),
        "notes": list(plan.notes),
        "phases": phases,
    }
