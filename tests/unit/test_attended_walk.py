"""A walk from the side of the person; how it goes is tested with bridges and screens."""

import asyncio

import pytest

from quarterturn.attended_walk import AttendedWalk, View
from quarterturn.bridge.errand import Errand
from quarterturn.opening import open_treadmill
from quarterturn.profiles import base_profile
from quarterturn.protocol import Snapshot
from quarterturn.session import Event
from quarterturn.workout.files import load_workout
from tui.fake_bridge import URL, FakeBridge


class Nobody(View):
    def show(self, event: Event) -> None: ...

    def see(self, snapshot: Snapshot) -> None: ...

    def note(self, text: str) -> None: ...


async def test_a_walk_that_is_cancelled_leaves_no_task_behind() -> None:
    bridge = FakeBridge()
    errand = Errand(load_workout("circle"), base_profile("home-beginner"), 2026)
    walk = AttendedWalk(errand, open_treadmill(URL), bridge.attach, Nobody())
    walking = asyncio.create_task(walk.run())
    await bridge.attached.wait()
    for _ in range(10):
        await asyncio.sleep(0)
    assert bridge.plan is not None
    assert len(asyncio.all_tasks()) > 2
    walking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await walking
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
