"""The full screen for the bench: it walks again and again on the bridge that runs.

python bench/screen_process.py URL
"""

import asyncio
import sys
from pathlib import Path

from textual import work

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from processes.program import BACKWARD
from quarterturn.attach import attach
from quarterturn.bridge.errand import Errand
from quarterturn.opening import open_treadmill
from quarterturn.plan import make_plan
from quarterturn.profiles import base_profile
from quarterturn.settings import Settings
from quarterturn.tui.app import Prepared, WalkApp


class Again(WalkApp):
    """Walks the same until it is killed."""

    @work
    async def _go(self) -> None:
        prepared = await self._prepare(self)
        assert prepared is not None
        try:
            await self._show_session()
            while True:
                await self._walk_it(prepared)
                await asyncio.sleep(0.1)  # the bridge has to see the last connection go
        except Exception as error:  # noqa: BLE001 - printed at the end
            self._leave(error)


async def prepare(_: WalkApp) -> Prepared:
    treadmill, profile = open_treadmill(sys.argv[1]), base_profile("home-experienced")
    plan = make_plan(BACKWARD, profile, None, year=2026, record=treadmill.record)
    return Prepared(Errand(BACKWARD, profile, 2026), treadmill, plan)


if __name__ == "__main__":
    app = Again(prepare, attach, Settings(ready="twice"))
    asyncio.run(app.run_async())
    raise SystemExit(repr(app.failure))
