"""The shipped programs with one thing changed: a warm-up may be short.

    python program.py screen URL            a screen in this terminal, walking a short workout
    python program.py by-voice URL          ... whose confirmed way for cues is the voice
    python program.py full-screen URL       the same on the full screen
    python program.py bridge ARGUMENTS      ``quarterturn bridge``
    python program.py full BYTES bridge ..  ... that can write no file longer than that

A walk in real time reaches its backward phase in half a minute instead of four.
"""

import asyncio
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence

from quarterturn import attach, cli, client, plan
from quarterturn.bridge.errand import Errand
from quarterturn.commands.walk_screen import WalkScreen
from quarterturn.model import Heading, PhaseKind
from quarterturn.opening import open_treadmill
from quarterturn.plan import make_plan
from quarterturn.profiles import base_profile
from quarterturn.units import Speed
from quarterturn.workout.phases import Block, Phase, Workout

plan.SHORTEST_WARM_UP_S = plan.SHORTEST_COOL_DOWN_S = 1.0  # type: ignore[misc]


def phase(kind: PhaseKind, heading: Heading, duration_s: float, kmh: float) -> Phase:
    speed = Speed.from_kmh(kmh)
    return Phase(kind, heading, duration_s, speed, speed)


BACKWARD = Workout(
    "Backward",
    "",
    phase(PhaseKind.WARM_UP, Heading.FORWARD, 5.0, 1.0),
    (Block((phase(PhaseKind.WALK, Heading.BACKWARD, 60.0, 1.0),)),),
    phase(PhaseKind.COOL_DOWN, Heading.FORWARD, 5.0, 1.0),
)


def start_bridge(arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, __file__, *sys.argv[3:], "bridge", "--for-screen", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=client.bridge_log().open("wb"),
        start_new_session=True,
    )


async def screen(url: str, header: Mapping[str, object]) -> int:
    attach.start_bridge = start_bridge  # type: ignore[attr-defined]
    errand = Errand(BACKWARD, base_profile("home-experienced"), 2026, header=header)
    walk = WalkScreen(errand, open_treadmill(url), "twice", attach.attach, as_json=False)
    return (await walk.run()).code


async def full_screen(url: str) -> int:
    from quarterturn.settings import Settings
    from quarterturn.tui.app import Prepared, WalkApp

    attach.start_bridge = start_bridge  # type: ignore[attr-defined]

    async def prepare(_: WalkApp) -> Prepared:
        treadmill, profile = open_treadmill(url), base_profile("home-experienced")
        plan = make_plan(BACKWARD, profile, None, year=2026, record=treadmill.record)
        return Prepared(Errand(BACKWARD, profile, 2026), treadmill, plan)

    app = WalkApp(prepare, attach.attach, Settings(ready="twice"))
    await app.run_async()
    if app.failure is not None or app.return_value is None:
        print(f"the screen ended by {app.failure!r}")
        return 1
    return app.return_value.code


def main(arguments: list[str]) -> int:
    match arguments:
        case ["full-screen", url, *_]:
            return asyncio.run(full_screen(url))
        case ["screen", url, *_]:
            return asyncio.run(screen(url, {}))
        case ["by-voice", url, *_]:
            return asyncio.run(screen(url, {"cue_channel": "voice"}))
        case ["full", most, *command]:
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), int(most)))
            return cli.main(command)
        case command:
            return cli.main(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
