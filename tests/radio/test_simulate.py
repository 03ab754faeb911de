"""The command `simulate`, as a process: what it offers, what it tells, how it ends."""

import contextlib
import json
import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from integration.commands import process
from quarterturn.exit_codes import ExitCode
from quarterturn.port import ConsoleKey, LinkError
from quarterturn_simulator.plugin import TreadmillSimulator

SIMULATE = [sys.executable, "-m", "quarterturn", "simulate"]


@contextlib.contextmanager
def simulating(*arguments: str, **options: Any) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [*SIMULATE, "--radio", "tcp:127.0.0.1:0", *arguments],
        text=True,
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, **options},
        stderr=subprocess.PIPE,
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def ended(child: "subprocess.Popen[str]", by: signal.Signals = signal.SIGINT) -> str:
    """End it; return what it said until then. It ends in peace, and complains of nothing."""
    child.send_signal(by)
    out, err = child.communicate(timeout=20)
    assert (child.returncode, err) == (0, "")
    return out


def test_it_says_what_it_offers_and_ends_at_ctrl_c() -> None:
    with simulating("--name", "Laufband 7") as child:
        assert child.stdout is not None
        assert child.stdout.readline().startswith("Laufband 7 is on the air, under ")
        assert "tcp-client:127.0.0.1:" in child.stdout.readline()
        assert "ftms+ble://Laufband%207?hci=tcp-client:127.0.0.1:" in child.stdout.readline()
        assert ended(child) == ""


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGHUP])
def test_it_prints_json_and_ends_when_it_is_told_to(by: signal.Signals) -> None:
    with simulating("--json") as child:
        assert child.stdout is not None
        told = json.loads(child.stdout.readline())
        assert (told["event"], told["name"], told["t"]) == ("on_air", "Quarterturn", 0.0)
        where = told["radio"].removeprefix("tcp:127.0.0.1:")
        with socket.create_connection(("127.0.0.1", int(where)), timeout=5) as host:
            host.sendall(bytes.fromhex("01030c00"))
            assert host.recv(7) == bytes.fromhex("040e0401030c00")
            assert ended(child, by) == ""


def test_the_keys_of_the_terminal_are_those_of_the_console() -> None:
    outer, inner = pty.openpty()
    try:
        with simulating(stdin=inner) as child:
            assert child.stdout is not None
            lines = [child.stdout.readline() for _ in range(4)]
            assert lines[3].startswith("Keys: g starts")
            said = []
            for key, count in ((b"g", 2), (b"+", 1), (b"k", 2), (b"k", 1)):
                os.write(outer, key)
                said += [child.stdout.readline().partition("s  ")[2].strip() for _ in range(count)]
            assert said == [
                "started", "target speed 0.50 km/h", "target speed 0.60 km/h",
                "the safety key is pulled", "stopped", "the safety key is back",
            ]  # fmt: skip
            os.write(outer, b"q")
            assert child.wait(timeout=20) == 0
    finally:
        os.close(outer)
        os.close(inner)


def test_a_port_in_use_is_said_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = process("simulate", "--radio", f"tcp:127.0.0.1:{port}")
    assert done.returncode == ExitCode.NO_TREADMILL
    assert done.stderr == (
        f"quarterturn: no radio: cannot listen on 127.0.0.1:{port}:"
        " the port is in use; choose another, or end what uses it\n"
    )


def test_without_bumble_it_says_what_to_install(tmp_path: Any) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['bumble'] = None\n")
    done = process("simulate", "--radio", "usb:0", environment={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == ExitCode.USAGE
    assert "pip install 'quarterturn[radio]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


# --- what it cannot do, said by the simulator ----------------------------------------------------


async def on_air(radio: str, options: Any = (), **changes: Any) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"name": None, "quirks": (), "faults": (), "seed": 0, **changes}
    there = await TreadmillSimulator().put_on_air(
        radio, options, on_event=lambda event: told.append(dict(event)), **asked
    )
    there.press(ConsoleKey.START)
    await there.close()
    return told


@pytest.mark.real_time
async def test_the_first_event_says_where_it_is() -> None:
    told = await on_air("tcp:127.0.0.1:0", [("link", "late@0.01"), ("link", "lossy")])
    assert [event["event"] for event in told] == ["on_air", "state", "target_speed"]


@pytest.mark.real_time
@pytest.mark.parametrize(
    "radio", ["", "foo", "usb", "usb:", "tcp:", "tcp:x", "tcp::1", "tcp:h:99999", "hci-socket:x"]
)
async def test_what_is_no_radio_is_answered_with_examples(radio: str) -> None:
    with pytest.raises(ValueError, match=r"as in|write usb:0"):
        await on_air(radio)


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "no name for the air"),
        ({"name": "sixteen octets !"}, "no name for the air: 1 to 15"),
        ({"name": "a\nb"}, "no name for the air"),
        ({"quirks": ["nosuch"]}, "unknown quirk"),
        ({"faults": [("nosuch", 1.0)]}, "unknown fault"),
        ({"faults": [("walker-stop", 1.0)]}, "what a walker does"),
        ({"faults": [("walker-away", 1.0)]}, "what a walker does"),
        ({"options": [("link", "deaf")]}, "on a radio there are late"),
        ({"options": [("link", "lossy@1")]}, "a share of at most 0.9"),
    ],
)
async def test_what_cannot_be_had_is_refused_in_words(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        await on_air("tcp:127.0.0.1:0", **changes)


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("radio", "words"),
    [
        ("serial:/dev/nosuch,1000000", "No such file.*is the board plugged in"),
        ("serial:/dev/null", "is the board plugged in"),
        ("hci-socket:0", "hci-socket:0: .*the adapter must be down"),
        ("usb:nosuch", "is the adapter plugged in"),
        ("tcp-client:127.0.0.1:1", "is somebody listening"),
        ("tcp:nosuch.invalid:1", "cannot listen on"),
    ],
)
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # of the libraries, on their way out
async def test_a_controller_that_cannot_be_had_is_said_with_what_to_do(
    radio: str, words: str
) -> None:
    with pytest.raises(LinkError, match=words):
        await on_air(radio)


@pytest.mark.real_time
async def test_a_controller_that_never_answers_is_none() -> None:
    mute = socket.create_server(("127.0.0.1", 0))
    with mute, pytest.raises(LinkError, match="does not answer"):
        await on_air(f"tcp-client:127.0.0.1:{mute.getsockname()[1]}")


@pytest.mark.real_time
async def test_a_second_treadmill_joins_the_radio_of_the_first() -> None:
    told: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"quirks": (), "faults": (), "seed": 0}
    simulator = TreadmillSimulator()
    first = await simulator.put_on_air(
        "tcp:127.0.0.1:0", (), name="One", on_event=lambda event: told.append(dict(event)), **asked
    )
    where = told[0]["radio"].replace("tcp:", "tcp-client:")
    second = await simulator.put_on_air(
        where, (), name="Two", on_event=lambda event: told.append(dict(event)), **asked
    )
    assert [event["name"] for event in told] == ["One", "Two"]
    assert told[0]["address"] != told[1]["address"]
    await first.close()
    await second.lost()  # its controller went with the first
    await second.close()
