"""``quarterturn stop`` against a bridge that does as it is told, and against none."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from integration.commands import Cli, process
from quarterturn import places, stop
from quarterturn.open_session import (
    OpenSession,
    open_session_path,
    read_open_session,
    write_open_session,
)
from quarterturn.places import make_private, runtime_folder, socket_path, token_path
from quarterturn.protocol import Hello, StopBelt, read_request

RED_KEY = "Pull the red key on the machine."
STANDS = "The belt stands."
NOT_KNOWN = f"The belt is not known to stand. {RED_KEY}"

ACCEPTED = {"message": "answer", "id": 1, "accepted": True, "text": ""}
WELCOME = {"message": "welcome", "protocol": 1, "snapshot": {"state": "walking"}}
REFUSED = {**ACCEPTED, "accepted": False, "text": "there is nothing to stop"}


def end(*, stands: bool | None) -> dict[str, Any]:
    return {"message": "event", "event": {"t": 9.0, "event": "end", "belt_stopped": stands}}


def snapshot(state: str, *, may_move: bool) -> dict[str, Any]:
    return {"message": "snapshot", "snapshot": {"state": state, "belt_may_move": may_move}}


@pytest.fixture(autouse=True)
def _at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del home
    make_private(runtime_folder())
    monkeypatch.setattr(stop, "_ANSWERS_WITHIN_S", 0.5)
    monkeypatch.setattr(stop, "_STANDS_WITHIN_S", 0.5)


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Whoever was to be killed: a bridge in this process would take the tests with it."""
    found: list[int] = []

    def kill(pid: int, number: int) -> None:
        assert number == signal.SIGKILL
        found.append(pid)

    monkeypatch.setattr(os, "kill", kill)
    return found


@contextlib.contextmanager
def listening(listener: socket.socket, said: Sequence[object]) -> Iterator[list[bytes]]:
    """Answer the first client with these lines, and keep it until the context ends."""
    heard: list[bytes] = []
    over = threading.Event()

    def serve() -> None:
        with listener.accept()[0] as client:
            while b"".join(heard).count(b"\n") < 2:
                heard.append(client.recv(65536))
            for line in said:
                if line is None:
                    return
                data = line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"
                client.sendall(data)
            over.wait(30.0)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield heard
    finally:
        over.set()
        thread.join()


@contextlib.contextmanager
def bridge(*said: object) -> Iterator[list[bytes]]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(socket_path()))
        listener.listen()
        with listening(listener, said) as heard:
            yield heard


def on_record(treadmill: str = "ftms+tcp://127.0.0.1:1", *, stands: bool = False) -> None:
    write_open_session(
        OpenSession(treadmill, workout="Circle", began="2026-01-01", pid=4711, stands=stands)
    )


# --- what it says ---------------------------------------------------------------------------------


def test_what_it_says_is_what_the_protocol_reads() -> None:
    assert read_request(json.dumps(stop.HELLO).encode()) == Hello(1, "quarterturn stop")
    assert read_request(json.dumps(stop.STOP).encode()) == StopBelt(1, cause="quarterturn stop")


def test_it_says_both_at_once_and_nothing_else(cli: Cli) -> None:
    with bridge(WELCOME, ACCEPTED, end(stands=True)) as heard:
        cli("stop")
    assert [json.loads(line) for line in b"".join(heard).splitlines()] == [stop.HELLO, stop.STOP]


# --- a bridge that answers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "then",
    [
        [end(stands=True)],
        [snapshot("walking", may_move=True), end(stands=True)],
        [snapshot("walking", may_move=False), snapshot("ending", may_move=False), end(stands=True)],
        [snapshot("recovering", may_move=True), snapshot("recovering", may_move=False)],
        [{"message": "event", "event": {"event": "telemetry"}}, {"new": 1}, 7, end(stands=True)],
    ],
)
def test_answered_and_the_belt_stands(then: list[object], cli: Cli) -> None:
    with bridge(WELCOME, ACCEPTED, *then):
        result = cli("stop")
    assert (result.code, result.out.splitlines()) == (0, ["Stop is sent.", STANDS])


def test_what_the_bridge_has_to_say_is_passed_on(cli: Cli) -> None:
    with bridge(WELCOME, {**ACCEPTED, "text": "not known to stand yet"}, end(stands=True)):
        result = cli("stop")
    assert result.out.splitlines() == ["Stop is sent.", "not known to stand yet", STANDS]


@pytest.mark.parametrize(
    "then",
    [
        [end(stands=None)],
        [end(stands=False)],
        [end(stands=None), snapshot("resting", may_move=False)],
        [snapshot("walking", may_move=False)],
        [snapshot("recovering", may_move=True)],
        [{"message": "snapshot", "snapshot": {}}],
        [None],
        [],
    ],
)
def test_answered_and_the_belt_is_not_known_to_stand(then: list[object], cli: Cli) -> None:
    with bridge(WELCOME, ACCEPTED, *then):
        result = cli("stop")
    assert (result.code, result.out.splitlines()) == (5, ["Stop is sent.", NOT_KNOWN])


def test_a_walk_that_had_not_begun_is_not_called_a_belt_that_stands(cli: Cli) -> None:
    given_up = {**ACCEPTED, "text": "the treadmill is no longer looked for"}
    with bridge(WELCOME, given_up, snapshot("resting", may_move=False)):
        result = cli("stop")
    assert (result.code, STANDS in result.out) == (0, False)
    assert result.out.splitlines()[1:] == [
        "the treadmill is no longer looked for",
        "No walk is under way any more.",
    ]


def test_with_nothing_under_way_there_is_nothing_to_stop(cli: Cli) -> None:
    with bridge(WELCOME, REFUSED):
        result = cli("stop")
    assert (result.code, result.out.splitlines()) == (6, ["there is nothing to stop"])


def test_with_a_session_on_record_it_is_never_said_that_there_is_nothing(cli: Cli) -> None:
    on_record()
    with bridge(WELCOME, REFUSED):
        result = cli("stop")
    assert (result.code, result.out.splitlines()) == (5, ["there is nothing to stop", NOT_KNOWN])


# --- a bridge that does not -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        [],
        [WELCOME, snapshot("walking", may_move=True)],
        [None],
        [b"rubbish\n"],
        [b"\xff\n"],
        [b'{"message": "answer"'],
        [b"[" * 100_000 + b"\n"],
    ],
)
def test_a_bridge_that_does_not_answer_is_ended_behind_the_red_key(
    said: list[object], cli: Cli, killed: list[int]
) -> None:
    with bridge(*said):
        result = cli("stop")
    assert result.out.splitlines() == [
        f"The bridge does not answer. {RED_KEY}",
        "It has been ended. No session on a real treadmill was open.",
    ]
    assert (result.code, killed) == (5, [os.getpid()])


def test_a_bridge_that_turns_it_away_is_quoted(cli: Cli, killed: list[int]) -> None:
    with bridge({"message": "farewell", "text": "protocol 1: this bridge speaks 2"}, None):
        result = cli("stop")
    assert "protocol 1: this bridge speaks 2" in result.err
    assert (result.code, killed) == (5, [os.getpid()])


def test_a_bridge_that_is_gone_by_then_cannot_be_ended(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_: int) -> None:
        raise ProcessLookupError

    monkeypatch.setattr(os, "kill", kill)
    with bridge(None):
        result = cli("stop")
    assert result.code == 5
    assert result.out.startswith(f"The bridge does not answer. {RED_KEY}")


def test_a_bridge_whose_queue_is_full_does_not_count_as_none(cli: Cli) -> None:
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(socket_path()))
        listener.listen(0)
        for _ in range(2):
            waiting = stack.enter_context(socket.socket(socket.AF_UNIX))
            waiting.setblocking(False)  # noqa: FBT003 - the standard library's
            with contextlib.suppress(BlockingIOError):
                waiting.connect(str(socket_path()))
        result = cli("stop")
    assert result.code == 5
    assert result.out.startswith(f"The bridge does not answer. {RED_KEY}")


def test_a_bridge_that_hangs_is_ended_and_its_belt_stopped(
    cli: Cli, killed: list[int], fast_stop_once: list[str]
) -> None:
    on_record("ftms+sim://")
    with bridge():
        result = cli("stop")
    assert killed == [os.getpid()]
    assert result.out.splitlines()[0] == f"The bridge does not answer. {RED_KEY}"
    assert fast_stop_once == ["ftms+sim://"]
    assert (result.code, result.out.splitlines()[-1]) == (0, STANDS)


# --- no bridge ------------------------------------------------------------------------------------


@pytest.fixture
def fast_stop_once(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have stop-once answered at once; it has tests of its own. Return which URLs it stopped."""
    from quarterturn.bridge import stop_once

    stopped: list[str] = []

    async def once(treadmill: Any, _on_event: Callable[[Any], None], *, why: str) -> bool:
        assert "4711" in why
        stopped.append(str(treadmill.url))
        return len(stopped) == 1

    monkeypatch.setattr(stop_once, "stop_once", once)
    return stopped


def test_without_bridge_and_record_there_is_nothing_to_stop(cli: Cli) -> None:
    result = cli("stop")
    assert result.out.splitlines() == [
        "There is nothing to stop: no bridge runs, and no session is open on record."
    ]
    assert result.code == 6


def test_a_belt_that_was_stopped_afterwards_is_nothing_to_stop(cli: Cli) -> None:
    on_record(stands=True)
    assert cli("stop").code == 6


def test_a_socket_that_nobody_listens_at_is_no_bridge(cli: Cli) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(socket_path()))
    assert cli("stop").code == 6


def test_a_session_on_record_is_stopped_behind_the_red_key(
    cli: Cli, fast_stop_once: list[str]
) -> None:
    on_record("ftms+sim://")
    first, *_, last = cli("stop").out.splitlines()
    assert first == (
        "The session 'Circle' of 2026-01-01 on ftms+sim:// did not end: its program (process 4711)"
        f" is gone. {RED_KEY}"
    )
    assert last == STANDS
    again = cli("stop")
    assert (again.code, again.out.splitlines()[-1]) == (5, NOT_KNOWN)
    assert fast_stop_once == ["ftms+sim://"] * 2


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("nonsense", "nonsense"),
        ("ftms+nowhere://x", "nowhere"),
        ("none+sim://", "none"),
        ("ftms+sim://?record=unheard-of", "unheard-of"),
    ],
)
def test_a_treadmill_that_cannot_be_opened_is_named_behind_the_red_key(
    url: str, why: str, cli: Cli
) -> None:
    on_record(url)
    result = cli("stop")
    assert result.out.splitlines()[0].endswith(RED_KEY)
    assert result.out.splitlines()[-1] == NOT_KNOWN
    assert why in result.err
    assert result.code == 5
    session = read_open_session()
    assert session is not None
    assert not session.stands


def test_a_damaged_record_is_a_case_for_the_red_key(cli: Cli) -> None:
    open_session_path().write_bytes(b'{"treadmi')
    result = cli("stop")
    assert result.out.splitlines() == [
        f"A session is on record that did not end, but {open_session_path()} is damaged. {RED_KEY}"
    ]
    assert result.code == 5


# --- where sockets are no files -------------------------------------------------------------------


def test_on_loopback_it_shows_the_token(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "LOOPBACK", True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        token_path().write_text(f"{listener.getsockname()[1]} secret\n")
        with listening(listener, [WELCOME, ACCEPTED, end(stands=True)]) as heard:
            result = cli("stop")
    assert result.code == 0
    hello, _ = b"".join(heard).splitlines()
    assert json.loads(hello) == {**stop.HELLO, "token": "secret"}
    assert "token" not in stop.HELLO


@pytest.mark.parametrize("content", [None, "", "4711", "x y", "99999999 x", "1 2 3"])
def test_on_loopback_without_a_port_there_is_no_bridge(
    content: str | None, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "LOOPBACK", True)
    if content is not None:
        token_path().write_text(content)
    assert cli("stop").code == 6


# --- as a process ---------------------------------------------------------------------------------

HANGS = """
import socket, sys, time
with socket.socket(socket.AF_UNIX) as listener:
    listener.bind(sys.argv[1])
    listener.listen()
    print("listening", flush=True)
    time.sleep(60)
"""
MODULES = """
import sys
before = set(sys.modules)
from quarterturn.{module} import main
code = main({arguments})
print(*sorted(set(sys.modules) - before), file=sys.stderr)
sys.exit(code)
"""
OURS = {
    "quarterturn",
    "quarterturn.exit_codes",
    "quarterturn.open_session",
    "quarterturn.places",
    "quarterturn.stop",
    "quarterturn.whole_files",
}


def test_as_a_process_it_stops_and_ends_with_its_code() -> None:
    with bridge(WELCOME, ACCEPTED, end(stands=True)):
        result = process("stop")
    assert (result.returncode, result.stdout) == (0, f"Stop is sent.\n{STANDS}\n")


def test_as_a_process_it_ends_a_bridge_that_hangs() -> None:
    hangs = subprocess.Popen(
        [sys.executable, "-c", HANGS, str(socket_path())], stdout=subprocess.PIPE, text=True
    )
    assert hangs.stdout is not None
    with hangs, hangs.stdout:
        try:
            assert hangs.stdout.readline() == "listening\n"
            result = process("stop")
            assert hangs.wait(10) == -signal.SIGKILL
        finally:
            hangs.kill()
    assert result.returncode == 5
    assert result.stdout.splitlines()[0] == f"The bridge does not answer. {RED_KEY}"


@pytest.mark.parametrize(("module", "arguments"), [("stop", ""), ("cli", "['stop']")])
def test_with_a_bridge_it_takes_nothing_but_the_standard_library(
    module: str, arguments: str
) -> None:
    program = MODULES.format(module=module, arguments=arguments)
    with bridge(WELCOME, ACCEPTED, end(stands=True)):
        found = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
    assert (found.returncode, found.stdout.splitlines()[-1]) == (0, STANDS)
    loaded = set(found.stderr.split())
    ours = {name for name in loaded if name.partition(".")[0] not in sys.stdlib_module_names}
    commands = {"quarterturn.cli", "quarterturn.commands", "quarterturn.commands.stop"}
    assert ours - (commands if module == "cli" else set()) <= OURS
    heavy = {"asyncio", "dataclasses", "inspect", "subprocess", "ssl"}
    if module == "stop":
        assert loaded & heavy == set()
