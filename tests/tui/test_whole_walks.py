"""Whole walks on the simulated treadmill, looked at after every event."""

from dataclasses import fields, replace

import pytest

from quarterturn.bridge.snapshots import Picture
from quarterturn.plan_sheet import PlanSheet
from quarterturn.protocol import BridgeState, Snapshot
from quarterturn.rehearsal import Rehearsal
from quarterturn.tui.choreography import RED_KEY
from quarterturn.tui.tracker import Tracker
from quarterturn.tui.view import Stage, WalkView

_BLANK = Snapshot(BridgeState.WALKING, "ftms+sim://", belt_may_move=True, heading="forward",
                  supervised=True, clients=1)  # fmt: skip


async def watched(*faults: tuple[str, float]) -> list[tuple[float, WalkView]]:
    """Walk a circle, and return what was seen after each event, by the session's time."""
    rehearsal = Rehearsal("circle", profile="home-beginner", faults=faults)
    tracker, picture = Tracker(), Picture()
    views: list[tuple[float, WalkView]] = []
    moving_s: float | None = None
    async for event in rehearsal.events():
        now_s = float(str(event["t"]))
        if event["event"] == "plan":
            assert rehearsal.plan is not None
            tracker.plan(PlanSheet.of(rehearsal.plan, None))
        picture.add(event)
        tracker.hear(event, now_s)
        if event["event"] == "phase" or event.get("step") == "slow":
            moving_s = None
        if moving_s is None and picture.step in (None, "settle") and picture.phase is not None:
            moving_s = now_s
        # A snapshot is taken between ticks: what READY leads to is told in one.
        if event.get("step") != "announce" and event["event"] != "phase":
            held = {field.name: getattr(picture, field.name) for field in fields(Picture)}
            walking = picture.step in ("settle", "announce")
            held |= {"step": None, "purpose": None} if walking else {}
            phase = picture.phase or {}
            tracker.see(
                replace(
                    _BLANK,
                    t=now_s,
                    heading=str(phase.get("heading", "forward")),
                    elapsed_s=0.0 if moving_s is None else now_s - moving_s,
                    report_age_s=0.1,
                    **held,
                ),
                now_s,
            )
        views.append((now_s, tracker.view(now_s)))
    return views


def stages(views: list[tuple[float, WalkView]]) -> list[tuple[Stage, str]]:
    """Return what was shown, without what stayed the same."""
    seen: list[tuple[Stage, str]] = []
    for _, view in views:
        if not seen or seen[-1] != (view.stage, view.word):
            seen.append((view.stage, view.word))
    return seen


async def test_a_circle_is_shown_turn_by_turn() -> None:
    views = await watched()
    between = [Stage.SLOW, Stage.STOP]
    walked = []
    for word in ("RIGHT", "BACKWARD", "LEFT", "FORWARD"):
        walked += [(stage, "STOPPING") for stage in between]
        walked += [(Stage.READY, "TURN RIGHT")]
        walked += [(it, word) for it in (Stage.COUNTDOWN, Stage.START, Stage.WALK)]
    begin = [(it, "FORWARD") for it in (Stage.COUNTDOWN, Stage.START, Stage.WALK)]
    assert stages(views) == [
        (Stage.WAIT, "WAIT"),
        (Stage.READY, "READY?"),
        *begin,
        *walked,
        *[(stage, "STOPPING") for stage in between],
        (Stage.END, "DONE"),
    ]
    assert views[-1][1].done_s == views[-1][1].total_s
    assert all(
        view.quiet is (view.stage is Stage.WALK and view.word != "FORWARD") for _, view in views
    )


async def test_the_energy_of_a_circle_comes_near_that_of_its_plan() -> None:
    views = await watched()
    about = float(views[-1][1].vitals[-1].split()[1])
    assert about == pytest.approx(34, rel=0.25)  # the ramps and the turns are not in the plan


async def test_a_pause_goes_on_where_it_was() -> None:
    shown = stages(await watched(("walker-pause", 480.0)))
    at = shown.index((Stage.READY, "PAUSE"))
    assert shown[at - 3 : at] == [
        (Stage.WALK, "BACKWARD"), (Stage.SLOW, "STOPPING"), (Stage.STOP, "STOPPING"),
    ]  # fmt: skip
    assert shown[at + 1 : at + 4] == [
        (it, "BACKWARD") for it in (Stage.COUNTDOWN, Stage.START, Stage.WALK)
    ]


async def test_a_treadmill_that_falls_silent_ends_at_the_red_key() -> None:
    views = await watched(("silent", 500.0))
    alarm = views[-1][1].alarm
    assert alarm is not None
    assert alarm.big == RED_KEY
    first_s = next(at_s for at_s, view in views if view.alarm is not None)
    assert all(view.alarm is not None for at_s, view in views if at_s > first_s)


@pytest.mark.parametrize("fault", ["walker-finish", "walker-skip", "link-lost", "runaway"])
async def test_whatever_happens_there_is_something_to_see(fault: str) -> None:
    for _, view in await watched((fault, 490.0)):
        assert view.alarm is not None or (view.word and (view.number or view.steps or view.action))
