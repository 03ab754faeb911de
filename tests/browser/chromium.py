"""A Chromium that is there already, without anything of its own that would speak to anybody."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Page

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str:
    """Return where Chromium is; skip the test where it, or what drives it, is not there."""
    pytest.importorskip("playwright", reason="playwright is not installed: pip install '.[dev]'")
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("no Chromium is installed here: apt-get install chromium")
    return found


class Seen:
    """A page, and what it asked for, said to its console and did wrong."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.context.on("request", lambda it: self.asked.append(f"{it.method} {it.url}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._console)

    def _console(self, message: object) -> None:
        text = str(getattr(message, "text", message))
        # Chromium writes down each request that fails; that some do is what is tested.
        if "Failed to load resource" not in text:
            self.complaints.append(text)

    async def text(self, name: str) -> str:
        return (await self.page.locator(f"#{name}").text_content() or "").strip()

    async def until(self, script: str) -> None:
        """Wait until something is so in the page."""
        # Playwright's own way of waiting evaluates in the page, which its policy forbids.
        async with asyncio.timeout(60.0):
            while not await self.page.evaluate(script):  # noqa: ASYNC110 - the page tells nobody
                await asyncio.sleep(0.05)

    async def until_reads(self, name: str, text: str) -> None:
        """Wait until an element reads so."""
        await self.until(f"document.getElementById('{name}').textContent == {json.dumps(text)}")


@contextlib.asynccontextmanager
async def browser_page(**options: object) -> AsyncIterator[Seen]:
    """Open a page in a Chromium of its own, with a fresh profile."""
    path = executable()
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            context = await browser.new_context(**options)  # type: ignore[arg-type]
            yield Seen(await context.new_page())
        finally:
            await browser.close()
