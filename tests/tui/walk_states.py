"""Moments of a walk, as the bridge would tell them, and an app that shows nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from textual.app import App

from quarterturn.plan_sheet import PhaseShown, PlanSheet, TurnShown
from quarterturn.protocol import BridgeState, Snapshot
from quarterturn.tui.session_screen import SessionScreen
from quarterturn.tui.themes import THEMES

RIGHT = TurnShown("right", 1)
NOW_S = 1000.0


def phase(index: int, start_s: float, heading: str, speed_kmh: float, **more: Any) -> PhaseShown:
    given: dict[str, Any] = {
        "kind": "side_step" if heading in ("right", "left") else "walk",
        "duration_s": 60.0,
        "end_speed_kmh": speed_kmh,
        "incline_pct": 0.0,
        "cap_kmh": {"forward": 5.0, "backward": 2.0}.get(heading, 1.0),
        "turn": RIGHT,
        "crossover": "none",
        "side": None,
        "reached_s": 10.0,
        "limited_by": (),
        **more,
    }
    named = given["kind"].replace("_", "-") if given["kind"] != "walk" else f"{heading} walk"
    given.setdefault("cap_reasons", (f"home-beginner: {named} {given['cap_kmh']:.1f} km/h",))
    return PhaseShown(index=index, start_s=start_s, heading=heading, speed_kmh=speed_kmh, **given)


SHEET = PlanSheet(
    workout="Circle",
    profile="home-beginner",
    duration_s=720.0,
    distance_m=458,
    seconds_per_heading={"forward": 540.0, "right": 60.0, "backward": 60.0, "left": 60.0},
    energy_kcal=34,
    body_mass_kg=70.0,
    body_mass_assumed=True,
    limited_by=(),
    notes=(),
    phases=(
        phase(0, 0.0, "forward", 3.0, kind="warm_up", duration_s=300.0, cap_kmh=4.0, turn=None),
        phase(1, 300.0, "forward", 2.5, turn=None),
        phase(2, 360.0, "right", 1.0),
        phase(3, 420.0, "backward", 2.0, limited_by=("home-beginner: backward walk 2.0 km/h",)),
        phase(4, 480.0, "left", 1.0),
        phase(
            5, 540.0, "forward", 2.5, kind="cool_down", duration_s=180.0, end_speed_kmh=1.5,
            cap_kmh=4.0,
        ),
    ),
)  # fmt: skip


def begun(index: int, sheet: PlanSheet = SHEET) -> dict[str, object]:
    """Return the event of a phase that begins."""
    it = sheet.phases[index]
    return {
        "t": 10.0 + it.start_s,
        "event": "phase",
        "index": index,
        "kind": it.kind,
        "heading": it.heading,
        "target_speed_kmh": it.speed_kmh,
        "target_incline_pct": it.incline_pct,
        "duration_s": it.duration_s,
        "limited_by": list(it.limited_by),
        "end_speed_kmh": it.end_speed_kmh,
        "cap_kmh": it.cap_kmh,
    }


def snapshot(index: int | None, elapsed_s: float = 0.0, **more: Any) -> Snapshot:
    """Return a snapshot of a walk in a phase; None: before the first."""
    it = None if index is None else SHEET.phases[index]
    done_s = 0.0 if it is None else it.start_s + elapsed_s
    moment = Snapshot(
        state=BridgeState.WALKING,
        treadmill="ftms+sim://",
        belt_may_move=True,
        heading="forward" if it is None else it.heading,
        supervised=True,
        clients=1,
        t=10.0 + done_s,
        workout="Circle",
        profile="home-beginner",
        phases=6,
        phase=None if index is None else begun(index),
        elapsed_s=elapsed_s,
        commanded_kmh=0.0 if it is None else it.speed_kmh,
        speed_kmh=0.0 if it is None else it.speed_kmh,
        incline_pct=0.0,
        distance_m=float(round(done_s * 0.64)),
        heart_rate_bpm=None if it is None else 96,
        report_age_s=0.4,
    )
    return replace(moment, **more)


def report(t: float, kmh: float) -> dict[str, object]:
    """Return a telemetry event."""
    return {
        "t": t, "event": "telemetry", "speed_kmh": kmh, "incline_pct": 0.0,
        "distance_m": round(t * 0.64), "heart_rate_bpm": 96,
    }  # fmt: skip


def fault(kind: str, action: str, text: str) -> dict[str, object]:
    """Return the event of a fault."""
    return {"t": 480.0, "event": "fault", "fault": kind, "action": action, "text": text}


def end(reason: str, by: str, cause: str | None, *, stopped: bool | None) -> dict[str, object]:
    """Return the event of an end."""
    return {
        "t": 760.0, "event": "end", "reason": reason, "by": by, "cause": cause,
        "belt_stopped": stopped,
    }  # fmt: skip


SILENT = fault("stale", "stop", "No report from the treadmill for 4 seconds.")
TOO_FAST = fault("overspeed", "stop", "The belt is too fast: 2.9 km/h where 2.0 km/h is the cap.")

Show = Callable[[SessionScreen], None]


def _forward(screen: SessionScreen) -> None:
    for t in range(40):
        screen.hear(report(10.0 + t, 3.0))
    screen.hear({"t": 160.0, "event": "cue", "kind": "time_left", "text": "Half way"})
    screen.see(snapshot(0, 192.4, speed_kmh=2.9))


def _last_seconds(screen: SessionScreen) -> None:
    screen.see(snapshot(1, 53.2))
    screen.hear(
        {"t": 364.95, "event": "turn", "from": "forward", "to": "right", "step": "announce"}
    )
    text = "In ten seconds: stop, then turn right."
    screen.hear({"t": 364.95, "event": "cue", "kind": "turn", "text": text})


def _ready(screen: SessionScreen) -> None:
    screen.see(
        snapshot(
            2, 60.0, speed_kmh=0.0, purpose="turn", step="ready", next_heading="backward",
            belt_may_move=False,
        )
    )  # fmt: skip


def _countdown(screen: SessionScreen) -> None:
    screen.see(snapshot(3, 0.0, speed_kmh=0.0))
    turn = {"from": "right", "to": "backward", "step": "countdown"}
    screen.hear({"t": 464.15, "event": "turn", **turn})


STATES: Mapping[str, Show] = {
    "waiting": lambda screen: screen.see(
        replace(snapshot(None), state=BridgeState.CONNECTING, speed_kmh=None, report_age_s=None)
    ),
    "forward": _forward,
    "announced": _last_seconds,
    "backward": lambda screen: screen.see(snapshot(3, 12.6)),
    "slowing": lambda screen: screen.see(
        snapshot(1, 60.0, speed_kmh=1.4, purpose="turn", step="slow", next_heading="right")
    ),
    "ready": _ready,
    "countdown": _countdown,
    "pause": lambda screen: screen.see(
        snapshot(3, 31.0, speed_kmh=0.0, purpose="pause", step="ready", belt_may_move=False)
    ),
    "stale": lambda screen: screen.see(snapshot(0, 100.0, report_age_s=3.2)),
    "fault": lambda screen: screen.see(snapshot(3, 20.0, speed_kmh=2.9, fault=TOO_FAST)),
    "red-key": lambda screen: screen.see(snapshot(3, 20.0, report_age_s=4.1, fault=SILENT)),
    "recovering": lambda screen: screen.see(
        snapshot(
            None,
            state=BridgeState.RECOVERING,
            last_session="The program that steered the belt died at 0:42 of backward walking.",
        )
    ),
    "end": lambda screen: screen.see(
        snapshot(5, 180.0, speed_kmh=0.0, end=end("completed", "plan", None, stopped=True))
    ),
}


class Walking(App[None]):
    """An app with one session screen whose time stands still."""

    def __init__(self, screen: SessionScreen, theme: str = "quarterturn") -> None:
        super().__init__()
        self.session = screen
        self.asked: list[str] = []
        screen._now_s = lambda: NOW_S  # type: ignore[method-assign]
        for each in THEMES:
            self.register_theme(each)
        self.theme = theme

    async def on_mount(self) -> None:
        await self.push_screen(self.session)
        self.session.show_plan(SHEET)

    def on_session_screen_asked(self, message: SessionScreen.Asked) -> None:
        self.asked.append(message.intent.value)
