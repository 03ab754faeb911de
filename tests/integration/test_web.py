"""The web view of a real bridge on the simulated treadmill; and the command."""

import asyncio
import json
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from integration.bridging import Machine, errand, running, screen
from integration.commands import Cli
from integration.web_viewing import TOKEN, viewer
from quarterturn.bridge.process import Bridge
from quarterturn.commands import web as command
from quarterturn.web.server import serving
from quarterturn.web.site import STREAM, Site

pytestmark = pytest.mark.usefixtures("home")


def web() -> Any:
    return serving(Site(TOKEN), "127.0.0.1", 0)


async def test_a_session_is_picked_up_when_it_starts_and_followed_to_its_end() -> None:
    machine = Machine()
    async with web() as (_, port), viewer(port) as page:
        await page.head()
        await page.until(lambda view: view["bridge"] == "no bridge runs")
        async with running(machine.treadmill), screen(machine) as walker:
            await page.until(lambda view: view["bridge"] is None)
            assert (page.view["session"], page.view["status"]) == (False, "No session")
            await walker.client.begin(errand())
            headings = []
            while not (page.view["status"] == "No session" and page.view["last"]):
                await page.message()
                if page.view["session"] and page.view["heading"] not in headings[-1:]:
                    headings.append(page.view["heading"])
            assert headings == ["forward", "right", "backward", "left", "forward"]
            assert page.view["last"] == "The last session: completed by plan. The belt stands."
            assert [phase["heading"] for phase in page.plan["phases"]][2:5] == headings[1:4]
        await page.until(lambda view: view["bridge"] is not None)
        assert page.view["fault"] is None


async def test_who_comes_late_sees_the_plan_and_the_last_minutes() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker, web() as (_, port):
        await walker.client.begin(errand())
        await walker.walking("backward")
        async with viewer(port) as page:
            await page.until(lambda view: view["heading"] == "backward")
            assert len(page.plan["phases"]) == 6
            assert len(page.history["reports"]) > 100
            assert page.view["next"]["heading"] == "left"


async def test_what_is_shown_is_what_the_bridge_said_and_comes_at_once() -> None:
    machine = Machine()
    loop = asyncio.get_running_loop()
    async with running(machine.treadmill), screen(machine) as walker, web() as (_, port):
        await walker.client.begin(errand())
        await walker.walking("right")
        async with viewer(port) as page:
            await page.until(lambda view: view["step"] == "Turn to backward: slowing down")
            shown_s = loop.time()
        [heard_s] = [
            at_s
            for at_s, _, what in walker.heard
            if isinstance(what, dict) and (what.get("to"), what.get("step")) == ("backward", "slow")
        ]
        assert shown_s - heard_s <= 0.1  # virtual time: no machine is too slow for it


async def test_a_fault_is_shown_with_what_to_do() -> None:
    machine = Machine()
    async with running(machine.treadmill), screen(machine) as walker, web() as (_, port):
        await walker.client.begin(errand())
        async with viewer(port) as page:
            await walker.walking("forward")
            machine.inner.run_away()
            await page.until(lambda view: view["fault"])
            assert page.view["fault"]["name"] == "overspeed"
            assert page.view["fault"]["whole"]
            assert "red key" in page.view["fault"]["do"]


async def test_a_bridge_that_falls_silent_is_not_shown_as_well(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    machine = Machine()
    async with (
        running(machine.treadmill) as bridge,
        screen(machine) as walker,
        web() as (_, port),
    ):
        await walker.client.begin(errand())
        await walker.walking("forward")
        async with viewer(port) as page:
            await page.until(lambda view: view["session"] and view["speed_kmh"])
            for kind in ("_tell", "_tell_snapshot"):  # it lives, and says nothing
                monkeypatch.setattr(bridge, kind, lambda *_: None)
            await page.until(lambda view: view["bridge"] is not None, within_s=3.0)
            assert page.view["fault"]["do"].startswith("Nothing is known of the belt.")
            assert page.view["session"] is False
            monkeypatch.undo()


# --- it can only be looked at ---------------------------------------------------------------------


async def test_no_route_and_no_method_says_anything_to_the_bridge_but_hello(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # req: S000-34 (nothing from elsewhere starts or steers a belt)
    heard: list[object] = []
    welcome, request = Bridge.welcome, Bridge.request

    def welcoming(self: Bridge, client: Any, hello: Any) -> Any:
        heard.append((hello.name, hello.supervise))
        return welcome(self, client, hello)

    def requested(self: Bridge, client: Any, what: Any) -> None:
        heard.append(what)
        request(self, client, what)

    monkeypatch.setattr(Bridge, "welcome", welcoming)
    monkeypatch.setattr(Bridge, "request", requested)
    paths = ["/", "/page.js", "/page.css", "/icon.svg", STREAM, "/start", "/stop", "/begin?a=b"]
    methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"]
    async with running(Machine().treadmill), web() as (_, port):
        for method in methods:
            for path in paths:
                content = b'{"request":"stop","id":1}'
                text = (
                    f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
                    f"Authorization: Bearer {TOKEN}\r\nX-Request: stop\r\n"
                    f"Content-Length: {len(content)}\r\n\r\n"
                )
                async with viewer(port, text.encode() + content) as page:
                    status = (await page.head()).split()[1]
                assert status == ("405" if method not in ("GET", "HEAD") else status)
        await asyncio.sleep(1.0)
    assert heard == [("quarterturn web", False)]


def test_the_web_view_holds_nothing_that_could_ask() -> None:
    # The import contract "The web view hears the bridge ..." keeps clients and bridges out of it.
    from quarterturn.web import server as module

    server = vars(module.WebServer)
    asking = {"begin", "ask", "stop", "stop_now", "supervise", "screen_lost", "kill", "hello"}
    assert not asking & set(server)
    assert not {name for name in vars(module) if "Client" in name or "Intent" in name}


# --- the command ----------------------------------------------------------------------------------


def test_an_address_that_is_taken_or_a_file_that_others_read_is_said_in_words(
    cli: Cli, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("x" * 30)
    token.chmod(0o644)
    result = cli("web", "--token-file", str(token))
    assert (result.code, result.out) == (2, "")
    assert f"chmod 600 {token}" in result.err
    token.chmod(0o600)
    token.write_text("short")
    assert "no token: 22 to 200 letters" in cli("web", "--token-file", str(token)).err
    result = cli("web", "--host", "192.0.2.1")
    assert result.code == 2
    assert "nothing can listen at 192.0.2.1, port 8021" in result.err
    assert cli("web", "--port", "65536").code == 2


def test_a_token_is_kept_for_its_owner_alone_and_used_again(tmp_path: Path) -> None:
    path = tmp_path / "token"
    token = command._kept_token(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert command._kept_token(path) == token
    assert len(token) == 32


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:8021/#"), ("::1", "http://[::1]:8021/#")],
)
def test_the_address_is_printed_with_the_token_once_unless_a_file_holds_it(
    host: str, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command._announce(host, 8021, "secret", None, as_json=False)
    assert capsys.readouterr().out.count(f"{url}secret") == 1
    command._announce(host, 8021, "secret", Path("t"), as_json=False)
    printed = capsys.readouterr().out
    assert f"{url}TOKEN" in printed
    assert "secret" not in printed
    command._announce(host, 8021, "secret", None, as_json=True)
    assert json.loads(capsys.readouterr().out)["url"] == f"{url}secret"


def test_the_command_serves_until_it_is_told_to_leave(tmp_path: Path) -> None:
    command_line = [sys.executable, "-m", "quarterturn", "web", "--port", "0", "--json"]
    with subprocess.Popen(command_line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as served:
        assert served.stdout is not None
        assert served.stderr is not None
        told = json.loads(served.stdout.readline())
        url, token = told["url"].split("#")
        with urllib.request.urlopen(url) as page:
            assert b"only shows the session" in page.read()
        asking = urllib.request.Request(
            f"{url}stream", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(asking) as stream:
            assert stream.readline() == b"event: plan\n"
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{url}stream")
        served.terminate()
        assert served.wait(30) == 0
        assert (served.stdout.read(), served.stderr.read()) == (b"", b"")  # nobody is logged


def test_another_address_than_loopback_is_warned_of() -> None:
    command_line = [sys.executable, "-m", "quarterturn", "web", "--port", "0", "--host", "0.0.0.0"]
    with subprocess.Popen(command_line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as served:
        assert served.stdout is not None
        assert served.stderr is not None
        assert b"not encrypted: put a reverse proxy with TLS in front" in served.stderr.readline()
        assert b"shown at" in served.stdout.readline()
        served.terminate()
        assert served.wait(30) == 0


def test_who_listens_everywhere_is_told_where_that_is() -> None:
    for host in ("0.0.0.0", "::"):
        address = command._reached_at(host)
        assert address not in ("0.0.0.0", "::")
    assert command._is_loopback("127.0.0.1")
    assert command._is_loopback("localhost")
    assert not command._is_loopback("0.0.0.0")
    assert not command._is_loopback("view.example")
