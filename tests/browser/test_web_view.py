"""The page in a real browser: what it shows, what it does not offer, and whom it asks.

How soon it follows is measured by bench/web.py: a loaded machine must not fail a test.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from browser.chromium import browser_page
from integration.bridging import Machine, errand, running, screen
from integration.web_viewing import TOKEN
from quarterturn.plan import make_plan
from quarterturn.plan_sheet import PlanSheet
from quarterturn.profiles import base_profile
from quarterturn.protocol import BridgeState, Snapshot
from quarterturn.web.server import Connection, WebServer, serving
from quarterturn.web.site import Site
from quarterturn.workout.files import load_workout

pytestmark = [pytest.mark.browser, pytest.mark.real_time, pytest.mark.usefixtures("home")]


def web() -> Any:
    return serving(Site(TOKEN), "127.0.0.1", 0)


@contextlib.asynccontextmanager
async def fed(port: int = 0) -> AsyncIterator[tuple[WebServer, int]]:
    """Serve the page without a bridge, to be told what one would say."""
    server = WebServer(Site(TOKEN))
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: Connection(server), "127.0.0.1", port)
    try:
        yield server, listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        server.close()


def address(port: int, token: str = TOKEN) -> str:
    return f"http://127.0.0.1:{port}/#{token}"


def told(server: WebServer, **fields: Any) -> None:
    """Tell the page what a bridge would, in the middle of a phase backward."""
    made = make_plan(load_workout("circle"), base_profile("home-beginner"), None, year=2026)
    phase = {"index": 3, "kind": "walk", "duration_s": 60, "cap_kmh": 2.0, "target_speed_kmh": 2.0}
    shown: dict[str, Any] = {
        "state": BridgeState.WALKING,
        "treadmill": "ftms+sim://",
        "belt_may_move": True,
        "heading": "backward",
        "supervised": True,
        "clients": 2,
        "workout": "Circle",
        "profile": "home-beginner",
        "phases": 6,
        "phase": phase,
        "elapsed_s": 23.0,
        "commanded_kmh": 2.0,
        "speed_kmh": 1.9,
        "incline_pct": 0.5,
        "heart_rate_bpm": 77,
        "report_age_s": 0.2,
    }
    server.found(PlanSheet.of(made, None).as_object(), Snapshot(**{**shown, **fields}))


async def keep_telling(server: WebServer, **fields: Any) -> None:
    while True:
        told(server, **fields)
        await asyncio.sleep(0.3)


async def test_a_session_of_a_real_bridge_is_picked_up_and_followed(
    tmp_path: Path,
) -> None:
    machine = Machine()
    async with web() as (server, port), browser_page() as seen:
        await seen.page.goto(address(port))
        await seen.until_reads("why", "No bridge runs.")
        assert await seen.text("status") == "No session"
        async with running(machine.treadmill), screen(machine) as walker:
            await seen.until_reads("link", "waits for a session")
            await walker.client.begin(errand())
            await seen.until_reads("belt-value", "moves")
            assert await seen.text("heading") == "forward"
            assert await seen.text("title") == "Circle, home-beginner"
            assert await seen.text("phase") == "Phase 1 of 6: warm up"
            assert re.fullmatch(r"[45]:\d\d", await seen.text("countdown"))
            assert await seen.page.locator("#plan-bar .speed").count() == 6
            await seen.until("document.querySelector('#plot-lines .measured').getAttribute('d')")
            assert (await seen.text("link")).startswith("live")
        await seen.until("!document.getElementById('waiting').hidden")
        assert server.viewers == 1
    await asyncio.sleep(0)
    assert seen.complaints == []
    others = [asked for asked in seen.asked if f" http://127.0.0.1:{port}/" not in asked]
    assert others == []
    assert {asked.split()[0] for asked in seen.asked} == {"GET"}
    assert all(TOKEN not in asked for asked in seen.asked)


async def test_heading_time_speed_and_cap_are_shown_and_the_token_leaves_the_address() -> None:
    async with fed() as (server, port), browser_page() as seen:
        telling = asyncio.ensure_future(keep_telling(server))
        await seen.page.goto(address(port))
        await seen.until_reads("heading", "backward")
        shown = {
            "countdown": "0:37",
            "next-word": "left",
            "speed-value": "1.9",
            "incline-value": "0.5",
            "heart-value": "77",
            "belt-value": "moves",
            "walked": "7:23 of 12:00",
        }
        assert {name: await seen.text(name) for name in shown} == shown
        assert "told 2.0 · target 2.0 · cap 2.0 · home-beginner" in await seen.text("speed-more")
        assert await seen.page.title() == "▼ backward 0:37"
        assert seen.page.url == f"http://127.0.0.1:{port}/"
        await seen.page.reload()  # this tab still knows the token
        await seen.until_reads("heading", "backward")
        telling.cancel()
        assert seen.complaints == []


async def test_nothing_in_the_page_starts_or_stops_anything() -> None:
    async with fed() as (server, port), browser_page() as seen:
        telling = asyncio.ensure_future(keep_telling(server))
        await seen.page.goto(address(port))
        await seen.until_reads("heading", "backward")
        pressed = (
            "a, button, form, input, select, textarea, iframe, [onclick], [tabindex], [role=button]"
        )
        assert await seen.page.locator(pressed).count() == 0
        before = list(seen.asked)
        for key in ("Space", "Enter", "s", "Escape", "a", "Tab"):
            await seen.page.keyboard.press(key)
        for element in ("heading", "speed", "plan-bar", "plot-lines", "note", "link"):
            await seen.page.locator(f"#{element}").dispatch_event("click")
        posted = await seen.page.evaluate(
            "Promise.all(['/', '/stream', '/start'].map(async (path) =>"
            " (await fetch(path, {method: 'POST', body: 'start'})).status))"
        )
        assert posted == [405, 405, 405]
        assert sorted(set(seen.asked) - set(before)) == [
            f"POST http://127.0.0.1:{port}{path}" for path in ("/", "/start", "/stream")
        ]
        assert "quarterturn stop" in (await seen.page.locator("footer").text_content() or "")
        telling.cancel()


@pytest.mark.parametrize("token", ["", "a-token-that-is-somebody-elses"])
async def test_without_the_token_nothing_of_the_session_is_shown(token: str) -> None:
    async with fed() as (server, port), browser_page() as seen:
        told(server)
        await seen.page.goto(address(port, token))
        await seen.until("document.getElementById('why').textContent.includes('token')")
        assert await seen.text("status") == "Nothing known"
        text = await seen.page.locator("body").inner_text()
        assert "Circle" not in text
        assert "backward" not in text.lower()
        assert server.viewers == 0


async def test_what_is_older_than_three_seconds_is_unknown_and_not_well() -> None:
    async with fed() as (server, port), browser_page() as seen:
        told(server)
        await seen.page.goto(address(port))
        await seen.until_reads("heading", "backward")
        telling = asyncio.ensure_future(keep_telling(server, report_age_s=3.5))
        await seen.until_reads("speed-value", "unknown")
        for name in ("belt-value", "incline-value", "heart-value"):
            assert await seen.text(name) == "unknown"
        assert await seen.text("heading") == "backward"  # that does not come from the belt
        assert (await seen.text("link")).startswith("belt unknown: last report ")
        telling.cancel()
        await asyncio.sleep(0)


async def test_a_bridge_that_was_not_heard_for_three_seconds_is_unknown_and_not_well() -> None:
    async with fed() as (server, port), browser_page() as seen:
        told(server)
        await seen.page.goto(address(port))
        await seen.until_reads("heading", "backward")
        await seen.until_reads("heading", "unknown")  # the server's own signs of life go on
        assert await seen.text("speed-value") == "unknown"
        assert await seen.text("link") == "nothing known"


async def test_what_was_held_back_on_its_way_is_as_old_as_it_is() -> None:
    async with fed() as (server, port), browser_page() as seen:
        telling = asyncio.ensure_future(keep_telling(server))
        await seen.page.goto(address(port))
        await seen.until_reads("heading", "backward")
        view = server._board.view
        server._board.view = lambda now_s: {**view(now_s), "sent_s": now_s - 5.0}  # type: ignore[method-assign]
        await seen.until_reads("heading", "unknown")
        assert await seen.text("speed-value") == "unknown"
        telling.cancel()


async def test_a_page_that_hears_nothing_any_more_says_so_and_comes_back_by_itself() -> None:
    async with browser_page() as seen:
        async with fed() as (server, port):
            telling = asyncio.ensure_future(keep_telling(server))
            await seen.page.goto(address(port))
            await seen.until_reads("heading", "backward")
            telling.cancel()
        await seen.until_reads("heading", "unknown")
        await seen.until_reads("link", "nothing known: quarterturn web is not reached")
        assert not re.search(r"\d", await seen.text("countdown"))
        async with fed(port) as (server, _):
            telling = asyncio.ensure_future(keep_telling(server))
            await seen.until_reads("heading", "backward")
            telling.cancel()


async def test_a_fault_fills_the_screen_and_so_does_a_bridge_that_is_gone() -> None:
    fault = {"fault": "overspeed", "action": "stop", "text": "The belt is too fast."}
    async with fed() as (server, port), browser_page() as seen:
        telling = asyncio.ensure_future(keep_telling(server, fault=fault))
        await seen.page.goto(address(port))
        await seen.until("!document.getElementById('fault').hidden")
        assert await seen.text("fault-text") == "The belt is too fast."
        assert "pull the red key" in await seen.text("fault-do")
        box = await seen.page.locator("#fault").bounding_box()
        assert box is not None
        assert seen.page.viewport_size == {"width": box["width"], "height": box["height"]}
        telling.cancel()
        await asyncio.sleep(0)
        told(server)
        server.lost("the bridge is gone")
        await seen.until_reads("fault-name", "bridge gone")
        assert (await seen.text("fault-do")).startswith("Nothing is known of the belt.")
        server.close()
        await seen.until_reads("fault-ago", "Nothing has been heard since.")
        assert await seen.page.locator("#fault").is_visible()


async def test_the_page_never_has_to_be_moved_sideways() -> None:
    async with fed() as (server, port), browser_page() as seen:
        telling = asyncio.ensure_future(keep_telling(server))
        await seen.page.goto(address(port))
        await seen.until_reads("heading", "backward")
        for width, height in ((1920, 1080), (1024, 768), (390, 844), (320, 480)):
            await seen.page.set_viewport_size({"width": width, "height": height})
            wide = await seen.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width
        telling.cancel()
