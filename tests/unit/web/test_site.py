"""What is answered to which request, and what goes with every answer."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import quarterturn.web
from quarterturn.tui.headings import LOOKS
from quarterturn.tui.themes import CONTRAST, DARK, LIGHT
from quarterturn.web.site import HEADERS, STREAM, Asked, Site

TOKEN = "a-token-of-this-test-only"
SITE = Site(TOKEN, ["view.example"])
PAGE = Path(quarterturn.web.__path__[0]) / "page"


def asked(target: str, method: str = "GET", host: str = "127.0.0.1:8021", shown: str = "") -> Asked:
    return Asked(method, target, host, shown or None)


@pytest.mark.parametrize("path", ["/", "/page.js", "/page.css", "/icon.svg"])
def test_the_files_of_the_page_are_for_everybody(path: str) -> None:
    answer = SITE.answer(asked(path))
    assert answer.status == 200
    assert answer.content


@pytest.mark.parametrize(
    "shown",
    [
        "",
        TOKEN,
        f"Basic {TOKEN}",
        "Bearer ",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        "Bearer é",
    ],
)
def test_without_the_token_there_is_no_session(shown: str) -> None:
    answer = SITE.answer(asked(STREAM, shown=shown))
    assert (answer.status, answer.streams) == (401, False)
    assert b"open the whole address" in answer.content
    assert TOKEN.encode() not in answer.content


@given(st.text())
def test_nothing_but_the_token_is_the_token(shown: str) -> None:
    assert SITE.answer(asked(STREAM, shown=f"Bearer {shown}")).streams == (shown == TOKEN)


def test_with_the_token_the_session_is_told() -> None:
    assert SITE.answer(asked(STREAM, shown=f"Bearer {TOKEN}")).streams


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get"])
@pytest.mark.parametrize("path", ["/", STREAM, "/start", "/stop"])
def test_nothing_can_be_asked_of_the_page(method: str, path: str) -> None:
    answer = SITE.answer(asked(path, method, shown=f"Bearer {TOKEN}"))
    assert answer.status == 405
    assert ("Allow", "GET, HEAD") in answer.headers


@given(st.text(), st.sampled_from(["GET", "HEAD"]))
def test_there_is_no_address_but_those_of_the_page(target: str, method: str) -> None:
    answer = SITE.answer(asked(target, method, shown=f"Bearer {TOKEN}"))
    known = target in {"/", "/page.js", "/page.css", "/icon.svg", STREAM}
    assert answer.status == (200 if known else 404)


@pytest.mark.parametrize("path", ["/?token=x", "/page.js?", "/../site.py", "/page", "//", "*", ""])
def test_an_address_is_taken_to_the_letter(path: str) -> None:
    assert SITE.answer(asked(path)).status == 404


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.1:8021", "localhost:9", "LOCALHOST", "[::1]:8021"),
        *("192.0.2.7:8021", "view.example", "View.Example:443"),
    ],
)
def test_addresses_and_names_of_our_own_are_answered(host: str) -> None:
    assert SITE.answer(asked("/", host=host)).status == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8021", "localhost.evil.example", "127.0.0.1.evil.example"),
        *("", "localhost:8021:1", "localhost:x", "[localhost]", "x[::1]", "[::1]x", "127.1"),
        *("::1", "a]", ":"),
    ],
)
def test_a_name_that_somebody_made_lead_here_is_refused(host: str) -> None:
    assert SITE.answer(asked("/", host=host)).status == 421
    assert SITE.answer(asked(STREAM, host=host, shown=f"Bearer {TOKEN}")).status == 421


def test_a_request_without_a_host_is_refused() -> None:
    assert SITE.answer(Asked("GET", "/")).status == 421


# --- the page -----------------------------------------------------------------------------------


def test_nothing_is_kept_framed_or_fetched_from_elsewhere() -> None:
    headers = dict(HEADERS)
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["form-action"] == policy["base-uri"] == "'none'"
    assert {policy[key] for key in policy if key.endswith("-src")} == {"'none'", "'self'"}


def test_the_page_has_nothing_to_press_and_nothing_to_fill_in() -> None:
    html = (PAGE / "index.html").read_text(encoding="utf-8")
    pressed = r"<(a|area|audio|button|dialog|embed|form|iframe|input|object|select|textarea)\b"
    assert re.findall(pressed, html) == []
    assert re.findall(r"\bon\w+=|style=|contenteditable|tabindex", html) == []


def test_the_page_asks_for_the_stream_and_nothing_else() -> None:
    script = (PAGE / "page.js").read_text(encoding="utf-8")
    asking = r"fetch\(|XMLHttpRequest|sendBeacon|WebSocket|EventSource|import\(|location\s*=|open\("
    assert re.findall(asking, script) == ["fetch("]
    assert 'fetch("/stream", { headers:' in script
    assert re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval", script) == []


def urls() -> Iterator[str]:
    for path in PAGE.iterdir():
        yield from re.findall(r"\w*:?//[\w.]+[^\s\"']*", path.read_text(encoding="utf-8"))


def test_the_page_names_no_other_host() -> None:
    elsewhere = {url for url in urls() if not url.startswith("//")}
    assert elsewhere == {"http://www.w3.org/2000/svg"}  # a name, that is never fetched


def test_the_colours_are_those_of_the_themes() -> None:
    css = (PAGE / "page.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    for theme, block in zip((DARK, LIGHT, CONTRAST), blocks[:3], strict=True):
        given_colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", block))
        named = {key: getattr(theme, key) for key in ("background", "foreground", "error")}
        for name, colour in {**theme.variables, **named}.items():
            assert given_colours[name] == colour, (theme.name, name)


def test_the_shapes_are_those_of_the_display() -> None:
    script = (PAGE / "page.js").read_text(encoding="utf-8")
    for look in LOOKS.values():
        assert f'{look.word}: "{look.shape}"' in script


def test_nothing_moves_by_itself() -> None:
    css = (PAGE / "page.css").read_text(encoding="utf-8")
    assert re.findall(r"@keyframes|animation\s*:|transition\s*:", css) == []
