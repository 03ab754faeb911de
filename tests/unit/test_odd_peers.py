"""The other end of the bridge's socket says what nobody of ours would."""

import argparse
import asyncio
import os
import socket
from pathlib import Path
from typing import cast

import pytest

from quarterturn import stop
from quarterturn.bridge.server import Client, Handler, Server
from quarterturn.client import BridgeClient, connect
from quarterturn.commands import status
from quarterturn.exit_codes import ExitCode, NoBridgeError, SilentBridgeError
from quarterturn.protocol import VERSION, Hello, Welcome, encode_message, encode_request


class Pipe(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


async def test_a_token_that_is_no_text_is_not_that_of_the_bridge() -> None:
    client, pipe = Client(Server(cast("Handler", None), "secret")), Pipe()
    client.connection_made(pipe)
    client.data_received(encode_request(Hello(VERSION, "x", token="\ud800")))
    assert b"the token is not that of this bridge" in pipe.written
    assert pipe.closed


@pytest.mark.parametrize("pid", [0, -1, 1, 10**20])
async def test_a_bridge_that_hangs_ends_no_process_but_its_own(
    pid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[int] = []
    if pid != 10**20:  # the operating system itself refuses that one
        monkeypatch.setattr(os, "kill", lambda pid, _: killed.append(pid))
    client = BridgeClient(on_event=None, on_snapshot=None, on_note=None)
    snapshot = {
        "state": "resting",
        "treadmill": "",
        "belt_may_move": False,
        "heading": "forward",
        "supervised": False,
        "clients": 1,
    }
    client.connection_made(Pipe())
    client.data_received(
        encode_message(Welcome(VERSION, "0", pid, supervising=True, snapshot=snapshot))
    )
    client.welcome = await client._welcome
    client.kill()
    assert killed == []


@pytest.mark.parametrize(
    ("error", "code"),
    [(SilentBridgeError("the bridge does not answer"), 5), (NoBridgeError("no bridge runs"), 6)],
)
def test_a_bridge_that_hangs_is_told_from_none(
    error: NoBridgeError, code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def ask() -> None:
        raise error

    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    monkeypatch.setattr(status, "_ask", ask)
    assert status.main(argparse.Namespace(json=False)) == code


async def test_a_bridge_that_says_no_welcome_is_one_that_hangs(tmp_path: Path) -> None:
    at = tmp_path / "bridge.sock"

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    gone = asyncio.Event()
    async with await asyncio.start_unix_server(say_nothing, at):
        with pytest.raises(SilentBridgeError):
            async with connect("test", socket=at):
                pass
        await gone.wait()


class Saying:
    """A bridge that says one thing, and then closes."""

    def __init__(self, said: bytes) -> None:
        self._said = [said]

    def __enter__(self) -> "Saying":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def settimeout(self, _seconds: float) -> None:
        pass

    def recv(self, _octets: int) -> bytes:
        return self._said.pop() if self._said else b""


def test_stop_says_red_key_to_an_answer_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        stop, "_connect", lambda *, ask: cast("socket.socket", Saying(b"[" * 100_000 + b"\n"))
    )
    monkeypatch.setattr(stop, "_kill", lambda _: None)
    monkeypatch.setattr(stop, "read_open_session", lambda: None)
    assert stop.main() == ExitCode.FAULT
    assert "The bridge does not answer. Pull the red key" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("stopped", "code"),
    [("true", ExitCode.COMPLETED), ('"no"', ExitCode.FAULT), ("1", ExitCode.FAULT)],
)
def test_the_belt_stands_where_the_bridge_says_so_and_nothing_like_it(
    stopped: str, code: ExitCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = '{"message":"answer","id":1,"accepted":true}\n'
    said += f'{{"message":"event","event":{{"event":"end","belt_stopped":{stopped}}}}}\n'
    monkeypatch.setattr(
        stop, "_connect", lambda *, ask: cast("socket.socket", Saying(said.encode()))
    )
    assert stop.main() == code
