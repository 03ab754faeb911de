"""How soon the web view follows the session, in a real Chromium.

    python bench/web.py [SECONDS]

A real bridge walks on the simulated treadmill; `quarterturn web` and Chromium are processes of
their own. The page writes down when each view has reached its document, by the clock of the
system, and what is compared is when the bridge's own client heard of the same change: from an
event of a report at the bridge (this process stands at its socket as well) to the speed and the
countdown on the page. The bound is 500 ms.

It needs a Chromium and `pip install playwright`.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bridge_stand import QUICK, bridge, errand, shown

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from playwright.async_api import async_playwright

from browser.chromium import ARGUMENTS

BOUND_S = 0.5
# The page calls this with what it shows, each time its document changes.
WATCH = """
const values = () => [
  document.getElementById('speed-value').textContent,
  document.getElementById('countdown').textContent,
  document.body.dataset.shownAt,
];
let last = '';
new MutationObserver(() => {
  const now = values();
  if (String(now) !== last) { last = String(now); seenByBench(...now, Date.now() / 1000); }
}).observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
"""


async def main(seconds: float) -> None:
    reports: list[tuple[float, str]] = []
    countdowns: list[tuple[float, str]] = []
    speeds_shown: list[tuple[float, str]] = []
    countdowns_shown: list[tuple[float, str]] = []

    def seen(speed: str, countdown: str, _view: str, at_s: float) -> None:
        for told, value in ((speeds_shown, speed), (countdowns_shown, countdown)):
            if not told or told[-1][1] != value:
                told.append((at_s, value))

    async with bridge(QUICK) as bench, async_playwright() as playwright:
        environment = {**os.environ, "QUARTERTURN_HOME": str(bench.home)}
        command = [sys.executable, "-m", "quarterturn", "web", "--port", "0", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as web:
            try:
                assert web.stdout is not None
                url = json.loads(web.stdout.readline())["url"]
                browser = await playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=ARGUMENTS
                )
                page = await browser.new_page()
                await page.expose_function("seenByBench", seen)
                await page.goto(url)
                await page.evaluate(WATCH)
                assert bench.bridge is not None
                client = bench.bridge
                hear, see = bench.hear, vars(client)["_on_snapshot"]

                def heard(event: dict[str, object]) -> None:
                    speed = event.get("speed_kmh")
                    if event["event"] == "telemetry" and isinstance(speed, float):
                        value = f"{speed:.1f}" if round(speed * 100) % 10 == 0 else f"{speed:.2f}"
                        if not reports or reports[-1][1] != value:
                            reports.append((time.time(), value))
                    hear(event)

                def now(snapshot: object) -> None:
                    if see is not None:
                        see(snapshot)
                    elapsed_s = getattr(snapshot, "elapsed_s", None)
                    phase = getattr(snapshot, "phase", None)
                    if elapsed_s is not None and phase is not None:
                        left = max(0.0, round(phase["duration_s"] - elapsed_s, 3))
                        whole = int(-((left - 1e-6) // -1))
                        value = f"{whole // 60}:{whole % 60:02d}"
                        if not countdowns or countdowns[-1][1] != value:
                            countdowns.append((time.time(), value))

                vars(client)["_on_event"], vars(client)["_on_snapshot"] = heard, now
                assert (await client.begin(errand())).accepted
                await asyncio.sleep(seconds)
                await browser.close()
            finally:
                web.terminate()
    for name, told, on_page in (
        ("a measured speed", reports, speeds_shown),
        ("the countdown", countdowns, countdowns_shown),
    ):
        lags, missed = lags_of(told, on_page)
        shown(f"{name}, from the bridge's socket to the page", lags)
        within = sum(lag <= BOUND_S for lag in lags)
        print(f"    {within} of {len(lags)} within {BOUND_S * 1e3:.0f} ms; {missed} never seen")


def lags_of(
    told: list[tuple[float, str]], on_page: list[tuple[float, str]]
) -> tuple[list[float], int]:
    """Return how much later each value was on the page; and how many it never showed.

    A value that was overtaken by the next before the page had shown it is counted as not seen.
    """
    lags, missed = [], 0
    ends = [*(at_s for at_s, _ in told[1:]), float("inf")]
    for (at_s, value), next_s in zip(told, ends, strict=True):
        found = next(
            (
                shown_s
                for shown_s, shown_value in on_page
                if shown_value == value and at_s - 0.05 <= shown_s <= next_s + BOUND_S
            ),
            None,
        )
        if found is None:
            missed += 1
        else:
            lags.append(max(0.0, found - at_s))
    return lags, missed


if __name__ == "__main__":
    asyncio.run(main(float((*sys.argv[1:], "60")[0])))
