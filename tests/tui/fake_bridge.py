"""A bridge that says what a test wants and keeps what it is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from quarterturn.bridge.errand import Errand
from quarterturn.model import Heading
from quarterturn.opening import Treadmill, open_treadmill
from quarterturn.plan import make_plan
from quarterturn.plan_sheet import PlanSheet
from quarterturn.profiles import Profile, base_profile
from quarterturn.protocol import Answered, BridgeState, Snapshot
from quarterturn.session import Event, Intent
from quarterturn.settings import Settings
from quarterturn.tui.app import Prepared, WalkApp
from quarterturn.workout.files import load_workout

URL = "ftms+sim://"


class FakeBridge:
    """Stands in for a `BridgeClient`; ``said`` holds what it was told, in words."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.looked_for, self.met, self.attached = (asyncio.Event() for _ in range(3))
        self.met.set()
        self.lost = asyncio.Event()
        self.why_lost: str | None = None
        self.plan: Any = None
        self.answer = Answered(1, accepted=True, text="walk.jsonl")
        self.listeners: dict[str, Callable[[Any], None]] = {}

    @contextlib.asynccontextmanager
    async def attach(self, treadmill: Treadmill, **listeners: Any) -> AsyncIterator[Any]:
        del treadmill
        self.looked_for.set()
        await self.met.wait()
        self.listeners = listeners
        self.attached.set()
        yield self

    async def begin(self, errand: object) -> Answered:
        del errand
        plan = make_plan(load_workout("circle"), base_profile("home-beginner"), None, year=2026)
        self.plan = PlanSheet.of(plan, None).as_object()
        return self.answer

    async def ask(self, intent: Intent) -> Answered:
        self.said.append(intent.value)
        return self.answer

    async def stop(self, by: str) -> Answered:
        self.said.append(f"stop for {by}")
        return self.answer

    def stop_now(self, cause: str | None = None) -> None:
        self.said.append(f"stop: {cause}")

    def screen_lost(self) -> None:
        self.said.append("screen lost")

    def kill(self) -> None:
        self.said.append("kill")

    # --- what it says -----------------------------------------------------------------------------

    def tell(self, event: str, **more: object) -> None:
        told: Event = {"t": 1.0, "event": event, **more}
        self.listeners["on_event"](told)

    def shows(self, heading: Heading = Heading.FORWARD, *, moving: bool, **more: Any) -> None:
        shown: dict[str, Any] = {
            "state": BridgeState.WALKING,
            "treadmill": URL,
            "belt_may_move": moving,
            "heading": heading.word,
            "supervised": True,
            "clients": 1,
            "t": 1.0,
            "speed_kmh": 1.0 if moving else 0.0,
            "report_age_s": 0.2,
            **more,
        }
        self.listeners["on_snapshot"](Snapshot(**shown))

    def end(self) -> None:
        self.tell("end", reason="stopped", by="walker", cause="key", belt_stopped=True)


def walk_app(
    bridge: FakeBridge, *, profile: Profile | None = None, settings: Settings | None = None
) -> WalkApp:
    """Return a display whose walk of the circle is this bridge's."""
    profile = profile or base_profile("home-beginner")
    workout, treadmill = load_workout("circle"), open_treadmill(URL)

    async def prepare(_: WalkApp) -> Prepared:
        plan = make_plan(workout, profile, None, year=2026, record=treadmill.record)
        return Prepared(Errand(workout, profile, 2026), treadmill, plan)

    return WalkApp(prepare, bridge.attach, settings or Settings(ready="twice"))
