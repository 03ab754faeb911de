"""Draw the pictures of this documentation anew: ``python docs/pictures/draw.py [--check]``.

Circles are walked on the simulated treadmill by the bridge itself, in virtual time. What a screen
hears of them is kept, and played to the display up to the moment that a picture shows. Nothing in
it depends on the day or on the computer. ``--check`` writes nothing and exits with 1, naming them,
where pictures differ from what the display shows now.
"""

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from cells import picture
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from quarterturn.attended_walk import AttendedWalk
from quarterturn.bridge.errand import Errand
from quarterturn.bridge.process import Bridge
from quarterturn.client import BridgeClient, connect
from quarterturn.opening import Treadmill, open_simulation
from quarterturn.profiles import base_profile
from quarterturn.protocol import Answered, Snapshot
from quarterturn.rehearsal import in_virtual_time
from quarterturn.session import Event, Intent
from quarterturn.settings import Settings
from quarterturn.treadmill_url import parse_treadmill_url
from quarterturn.tui.app import WalkApp
from quarterturn.tui.flow import Wishes, afterwards, prepare
from quarterturn.tui.preflight_screen import PreflightScreen
from quarterturn.tui.session_screen import SessionScreen
from quarterturn.tui.summary_screen import SummaryScreen
from quarterturn.tui.view import Mode
from quarterturn.workout.files import load_workout

FOLDER = Path(__file__).parent
COMMAND = "python docs/pictures/draw.py"
SIMULATED = "ftms+sim://"
SOMEBODYS = "ftms+tcp://192.0.2.7:36866"  # one that a person may stand on; nothing connects to it
PROFILE = "home-beginner"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PATIENCE_S = 30.0


# --- walks ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """What a screen heard, and when, by the loop's time."""

    at_s: float
    what: Event | Snapshot


@dataclass(frozen=True, slots=True)
class Recorded:
    """All that a screen heard of one walk, and what was walked."""

    heard: tuple[Heard, ...]
    plan: Any


class Ear:
    """Keeps what it hears, and has the simulated walker do what it does."""

    def __init__(self, react: Callable[[Event], Sequence[tuple[float, str]]]) -> None:
        self._react = react
        self._loop = asyncio.get_running_loop()
        self.heard: list[Heard] = []
        self.walk: AttendedWalk

    def show(self, event: Event) -> None:
        self.heard.append(Heard(self._loop.time(), event))
        for delay_s, word in self._react(event):
            ask = partial(self.walk.ask, Intent(word), lambda _intent, _answer: None)
            self._loop.call_later(delay_s, ask)

    def see(self, snapshot: Snapshot) -> None:
        self.heard.append(Heard(self._loop.time(), snapshot))

    def note(self, text: str) -> None:
        raise RuntimeError(text)  # a walk that is to be shown has nothing to complain of


async def walk(*faults: tuple[str, float]) -> Recorded:
    """Walk a circle to its end, by the bridge and a client of it."""
    treadmill, simulation = open_simulation(SIMULATED, faults=faults)
    errand = Errand(load_workout("circle"), base_profile(PROFILE), NOW.year)

    @contextlib.asynccontextmanager
    async def attach(treadmill: Treadmill, **listeners: Any) -> AsyncIterator[BridgeClient]:
        listening = asyncio.Event()
        bridge = Bridge(treadmill, for_screen=True, now=lambda: NOW)
        serving = asyncio.create_task(bridge.run(listening.set))
        await listening.wait()
        async with connect("pictures", supervise=True, **listeners) as client:
            yield client
        await serving

    ear = Ear(simulation.react)
    ear.walk = AttendedWalk(errand, treadmill, attach, ear)
    await ear.walk.run()
    return Recorded(tuple(ear.heard), ear.walk.plan)


class Player:
    """Stands in for a client of the bridge: says again what one heard, and asks for nothing."""

    def __init__(self, recorded: Recorded) -> None:
        self._plan = recorded.plan
        self._to_come = iter(recorded.heard)
        self._listeners: dict[str, Callable[[Any], None]] = {}
        self.begun = asyncio.Event()
        self.lost = asyncio.Event()
        self.why_lost: str | None = None
        self.plan: Any = None
        self.now_s = 0.0

    @contextlib.asynccontextmanager
    async def attach(self, treadmill: Treadmill, **listeners: Any) -> AsyncIterator[Any]:
        del treadmill
        self._listeners = listeners
        yield self

    async def begin(self, _errand: object) -> Answered:
        self.plan = self._plan
        self.begun.set()
        return Answered(1, accepted=True, text="circle.jsonl")

    def play(self, until: Callable[[Heard], bool]) -> None:
        """Say what was heard next, up to the first for which ``until`` holds.

        Raises:
            LookupError: when there is none.

        """
        for each in self._to_come:
            self.now_s = each.at_s
            snapshot = isinstance(each.what, Snapshot)
            self._listeners["on_snapshot" if snapshot else "on_event"](each.what)
            if until(each):
                return
        raise LookupError("the moment that is to be shown never came")


# --- moments --------------------------------------------------------------------------------------


def in_phase(index: int, elapsed_s: float) -> Callable[[Heard], bool]:
    """Return whether a phase is under way, for so long."""

    def is_it(heard: Heard) -> bool:
        match heard.what:
            case Snapshot(phase=phase, elapsed_s=float(walked_s), step=None) if phase is not None:
                return phase.get("index") == index and walked_s >= elapsed_s
            case _:
                return False

    return is_it


def asks_ready(heading: str) -> Callable[[Heard], bool]:
    """Return whether a turn to this heading waits for READY."""

    def is_it(heard: Heard) -> bool:
        match heard.what:
            case Snapshot(step="ready", next_heading=to):
                return to == heading
            case _:
                return False

    return is_it


def at_fault(heard: Heard) -> bool:
    """Return whether a fault is latched."""
    return isinstance(heard.what, Snapshot) and heard.what.fault is not None


def at_end(heard: Heard) -> bool:
    """Return whether the walk is over."""
    return not isinstance(heard.what, Snapshot) and heard.what["event"] == "end"


# --- the display ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is drawn; ``title`` says to those who do not see it what is to be seen."""

    title: str
    size: tuple[int, int] = (100, 30)
    theme: str = "quarterturn"
    mode: Mode = Mode.NORMAL


PICTURES = {
    "forward": Look("A walk that faces forward", size=(110, 32)),
    "contrast": Look("The same in strong contrast", theme="quarterturn-contrast"),
    "turn": Look("A turn that waits for READY"),
    "backward": Look("A walk that faces backward"),
    "far": Look("The same, to be read from afar", mode=Mode.FAR),
    "mirror": Look("The same, for a mirror", mode=Mode.MIRROR),
    "summary": Look("What a walk came to", size=(100, 40)),
    "fault": Look("A fault: stay on the rails, pull the red key"),
    "choose-workout": Look("A workout, and what the caps leave of it"),
    "before": Look("A question before the walk"),
}

Scene = Callable[[WalkApp, Pilot[Any], Player], AsyncIterator[str]]
"""Leads the display from one picture to the next, and names each when it is there."""


async def circle(app: WalkApp, pilot: Pilot[Any], player: Player) -> AsyncIterator[str]:
    """Walk a circle to its end."""
    await begin(app, pilot, player)
    player.play(in_phase(1, 22.0))
    yield "forward"
    yield "contrast"
    player.play(asks_ready("backward"))
    yield "turn"
    player.play(in_phase(3, 21.0))
    yield "backward"
    yield "far"
    yield "mirror"
    player.play(at_end)
    await wait_for(pilot, lambda: isinstance(app.screen, SummaryScreen))
    yield "summary"


async def silence(app: WalkApp, pilot: Pilot[Any], player: Player) -> AsyncIterator[str]:
    """Walk until the treadmill falls silent."""
    await begin(app, pilot, player)
    player.play(at_fault)
    yield "fault"
    player.play(at_end)
    await pilot.pause()


async def choose_workout(app: WalkApp, pilot: Pilot[Any], _player: Player) -> AsyncIterator[str]:
    """Mark the circle in the list."""

    def marked() -> list[str]:
        options = [it.highlighted_option for it in app.screen.query(OptionList)]
        return [str(it.prompt).strip() for it in options if it is not None]

    await wait_for(pilot, lambda: bool(marked()))
    app.screen.query_one(Input).cursor_blink = False
    while marked() != ["circle"]:
        await pilot.press("down")
    # The plan is looked at in a thread.
    await wait_for(pilot, lambda: all(it.is_finished or it.name == "_go" for it in app.workers))
    yield "choose-workout"


async def before_the_walk(app: WalkApp, pilot: Pilot[Any], _player: Player) -> AsyncIterator[str]:
    """Answer until the red key is asked for."""
    await wait_for(pilot, lambda: isinstance(app.screen, PreflightScreen))

    def asks() -> bool:
        return any(str(it.render()) for it in app.screen.query("#question").results(Static))

    await wait_for(pilot, asks)
    now_s = asyncio.get_running_loop().time()
    for key in ("y", "n", "n", "n", "y", "y", "y", "y"):  # of age, well, the belt clear
        now_s += 1.0  # whoever answers at once has not read
        app.screen._now_s = lambda at_s=now_s: at_s  # type: ignore[attr-defined]
        await pilot.press(key)
    yield "before"


async def begin(app: WalkApp, pilot: Pilot[Any], player: Player) -> None:
    """Wait for the session's screen; its time is that of what is played."""
    await wait_for(pilot, player.begun.is_set)
    app.screen._now_s = lambda: player.now_s  # type: ignore[attr-defined]


async def wait_for(pilot: Pilot[Any], so: Callable[[], bool]) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: when it does not come about.

    """
    async with asyncio.timeout(PATIENCE_S):
        while not so():
            await pilot.pause(0.01)


async def shots(
    scene: Scene,
    recorded: Recorded,
    *,
    workout: str | None = "circle",
    treadmill: str = SIMULATED,
) -> dict[str, str]:
    """Return the pictures of one scene; what is None is chosen on a screen."""
    player = Player(recorded)
    wishes = Wishes(
        find_treadmill, NOW, workout=workout, treadmill=treadmill, profile=PROFILE, sound="off"
    )
    app = WalkApp(partial(prepare, wishes=wishes), player.attach, Settings(), afterwards)
    app.animation_level = "none"
    drawn = {}
    async with app.run_test(size=(100, 30)) as pilot:
        async for name in scene(app, pilot, player):
            drawn[name] = await shot(app, pilot, PICTURES[name])
    return drawn


def find_treadmill(name: str) -> Treadmill:
    """Return the simulated treadmill, or one like it that somebody may be on."""
    treadmill, _ = open_simulation(SIMULATED)
    return replace(treadmill, url=parse_treadmill_url(name))


async def shot(app: WalkApp, pilot: Pilot[Any], look: Look) -> str:
    """Return what is shown once it does not change any more."""
    app.theme = look.theme
    await pilot.resize_terminal(*look.size)
    if isinstance(app.screen, SessionScreen):
        app.screen.set_mode(look.mode)
    drawn, before = "", None
    while drawn != before:
        before = drawn
        await pilot.pause(0.05)
        drawn = picture(app.screen._compositor.render_strips(), look.size, look.title)
    return drawn


# --- the files ------------------------------------------------------------------------------------


@contextlib.contextmanager
def home_of_its_own() -> Iterator[None]:
    """Read nobody's settings, meet nobody's bridge, and let no terminal have a say."""
    with tempfile.TemporaryDirectory(prefix="quarterturn-") as home:
        before = dict(os.environ)
        os.environ.update(QUARTERTURN_HOME=home, QUARTERTURN_SOUND="off")
        os.environ.pop("NO_COLOR", None)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def draw() -> dict[str, str]:
    """Return all pictures, by their file names."""
    with home_of_its_own():
        whole, broken = (in_virtual_time(walk(*faults)) for faults in ((), [("silent", 60.0)]))

        async def scenes() -> dict[str, str]:
            return {
                **await shots(circle, whole),
                **await shots(silence, broken),
                **await shots(choose_workout, whole, workout=None),
                **await shots(before_the_walk, whole, workout="forward-base", treadmill=SOMEBODYS),
            }

        return {f"{name}.svg": drawn for name, drawn in asyncio.run(scenes()).items()}


def stale(drawn: dict[str, str], folder: Path) -> list[str]:
    """Return the names of the files that are not what was drawn, or not there, or too many."""
    kept = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.svg")}
    return sorted(name for name in drawn.keys() | kept.keys() if drawn.get(name) != kept.get(name))


def main() -> int:
    """Draw, or compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    options = parser.parse_args()
    drawn = draw()
    others = stale(drawn, FOLDER)
    if options.check:
        for name in others:
            print(f"docs/pictures/{name} is not what the display shows now", file=sys.stderr)
        if others:
            print(f"Draw them anew, and look at them: {COMMAND}", file=sys.stderr)
        return 1 if others else 0
    for name in others:
        path = FOLDER / name
        if name in drawn:
            path.write_text(drawn[name], encoding="utf-8", newline="\n")
        else:
            path.unlink()
        print(f"docs/pictures/{name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
