"""``quarterturn run``: keys, clients, signals in virtual time; a terminal and a kill for real."""

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from integration.walks import known_machine
from quarterturn.bridge.errand import Errand
from quarterturn.bridge.journal import Journal, read_journal
from quarterturn.bridge.process import Bridge
from quarterturn.bridge.replay import replay
from quarterturn.bridge.replay_wire import replay_wire
from quarterturn.cli import main
from quarterturn.client import BridgeClient, connect
from quarterturn.commands.walk_screen import WalkScreen
from quarterturn.exit_codes import ExitCode
from quarterturn.opening import Treadmill, open_treadmill
from quarterturn.places import data_folder, runtime_folder
from quarterturn.plugins import load_driver
from quarterturn.profiles import base_profile
from quarterturn.ready import Mode
from quarterturn.session import Event
from quarterturn.treadmill_url import parse_treadmill_url
from quarterturn.workout.files import load_workout

SIMULATED = "ftms+sim://"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    monkeypatch.setenv("QUARTERTURN_HOME", str(home))
    return home


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What goes to stdout; nothing comes from stdin."""
    path = tmp_path / "out"
    with (
        path.open("w", encoding="utf-8") as stream,
        path.with_name("err").open("w", encoding="utf-8") as err,
        Path(os.devnull).open("rb") as nothing,
    ):
        # pytest puts its own streams back between the set-up of a test and its body.
        streams = SimpleNamespace(stdin=nothing, stdout=stream, stderr=err)
        monkeypatch.setattr("quarterturn.commands.walk_screen.sys", streams)
        monkeypatch.setattr("quarterturn.terminal.sys", streams)
        yield path


class Person:
    """Walks in virtual time, pressing keys or sending lines at events; a bridge runs beside it."""

    def __init__(
        self,
        treadmill: str | Treadmill = SIMULATED,
        *,
        as_json: bool = False,
        ready: Mode = "hold",
        sensors: Sequence[str] = (),
    ) -> None:
        self.events: list[Event] = []
        self.at: Callable[[Event, Person], object] = lambda _, __: None
        self.treadmill = open_treadmill(treadmill) if isinstance(treadmill, str) else treadmill
        errand = Errand(
            load_workout("circle"),
            base_profile("home-beginner"),
            2026,
            tuple((None, url) for url in sensors),
        )
        self.walk = WalkScreen(errand, self.treadmill, ready, self._attach, as_json=as_json)

    async def go(self) -> ExitCode:
        return (await self.walk.run()).code

    @contextlib.asynccontextmanager
    async def _attach(
        self, treadmill: Treadmill, *, on_event: Callable[[Event], None], **listeners: Any
    ) -> AsyncIterator[BridgeClient]:
        def listen(event: Event) -> None:
            self.events.append(event)
            on_event(event)
            asyncio.get_running_loop().call_soon(self.at, event, self)

        listening = asyncio.Event()
        serving = asyncio.create_task(Bridge(treadmill, for_screen=True).run(listening.set))
        await listening.wait()
        async with connect("test", supervise=True, on_event=listen, **listeners) as bridge:
            yield bridge
        await serving

    @property
    def journal(self) -> Journal:
        (path,) = (data_folder() / "journals").iterdir()
        return read_journal(path)

    def press(self, *keys: bytes, apart_s: float = 0.05, after_s: float = 0.0) -> None:
        loop = asyncio.get_running_loop()
        for number, key in enumerate(keys):
            loop.call_later(after_s + number * apart_s, self.walk._key, key)

    def hold(self, key: bytes = b"\r") -> None:
        """Hold a key: a press, the keyboard's delay, then repeats."""
        self.press(key)
        self.press(*[key] * 30, after_s=0.5, apart_s=0.03)

    def say(self, line: str) -> None:
        self.walk._line(line)


def asks_ready(event: Event) -> bool:
    return event.get("step") == "ready"


def moves(heading: str) -> Callable[[Event, Person], bool]:
    def is_it(event: Event, person: Person) -> bool:
        last = [each["heading"] for each in person.events if each["event"] == "phase"][-1:]
        return event["event"] == "telemetry" and bool(event["speed_kmh"]) and last == [heading]

    return is_it


def readies(event: Event, person: Person) -> None:
    if asks_ready(event):
        person.hold()


def once(is_it: Callable[[Event, Person], bool], do: Callable[[Person], object]) -> Any:
    pending = [do]

    def at(event: Event, person: Person) -> None:
        readies(event, person)
        if pending and is_it(event, person):
            pending.pop()(person)

    return at


# --- keys ----------------------------------------------------------------------------------------


async def test_a_strap_is_listened_to_from_the_beginning_of_a_walk(out: Path) -> None:
    person = Person(sensors=["heart-rate+sim://?bpm=133&lost=60-90"])
    person.at = readies
    assert await person.go() == ExitCode.COMPLETED
    text = shown(out)
    assert "sensor heart-rate: connected" in text
    assert "sensor heart-rate: lost; it is looked for" in text
    assert "133 beats per minute" in text
    assert "133 bpm" in text
    assert replay_of(person) == ()


async def test_a_journal_names_the_sensors_of_its_walk(out: Path) -> None:
    url = "heart-rate+sim://?bpm=90"
    person = Person(sensors=[url])
    person.at = once(asks_ready, lambda person: person.press(b" "))
    await person.go()
    assert person.journal.header["sensors"] == {url: url}


async def test_a_held_key_at_each_turn_walks_the_circle_to_its_end(out: Path) -> None:
    person = Person()
    person.at = readies
    assert await person.go() == ExitCode.COMPLETED
    text = shown(out)
    assert "no key gives READY" in text  # for stdin is no terminal here
    assert "backward" in text
    assert replay_of(person) == ()


def shown(out: Path) -> str:
    return out.read_text(encoding="utf-8")


def replay_of(person: Person) -> tuple[str, ...]:
    return replay(person.journal).differences


async def test_a_key_pressed_twice_is_ready_where_the_settings_say_so(out: Path) -> None:
    person = Person(ready="twice")

    def at(event: Event, person: Person) -> None:
        if asks_ready(event):
            person.press(b"\r", b"\r", apart_s=0.8)

    person.at = at
    assert await person.go() == ExitCode.COMPLETED


async def test_a_pasted_or_bumped_key_is_no_ready(out: Path) -> None:
    person = Person()

    def at(event: Event, person: Person) -> None:
        if asks_ready(event):
            person.press(b"\r" * 50, b"\r")

    person.at = at
    assert await person.go() == ExitCode.STOPPED
    assert person.events[-1]["by"] == "timeout"
    assert "phase" not in [event["event"] for event in person.events]


@pytest.mark.parametrize("key", [b" ", b"s", b"\x1b", b"\x03"])
async def test_stop_keys_stop(key: bytes, out: Path) -> None:
    person = Person()
    person.at = once(moves("backward"), lambda person: person.press(key))
    assert await person.go() == ExitCode.STOPPED
    end = person.events[-1]
    assert (end["by"], end["cause"], end["belt_stopped"]) == ("walker", "key", True)


@pytest.mark.parametrize("key", [b"x", b"n", b"\x1b[A", b"hello"])
async def test_any_key_stops_who_walks_backward(key: bytes, out: Path) -> None:
    person = Person()
    person.at = once(moves("backward"), lambda person: person.press(key))
    assert await person.go() == ExitCode.STOPPED


async def test_forward_a_key_without_a_meaning_does_nothing(out: Path) -> None:
    person = Person()
    person.at = once(moves("forward"), lambda person: person.press(b"x", b"\x1b[A"))
    assert await person.go() == ExitCode.COMPLETED


async def test_other_keys_are_intents(out: Path) -> None:
    person = Person()
    person.at = once(moves("forward"), lambda person: person.press(b"f"))
    assert await person.go() == ExitCode.COMPLETED
    assert {"kind": "intent", "intent": "finish"}.items() <= next(
        line for line in person.journal.records if line.get("intent") == "finish"
    ).items()
    assert "backward" not in [each.get("heading") for each in person.events]


async def test_a_refused_key_is_told_why(out: Path) -> None:
    person = Person()
    person.at = once(moves("forward"), lambda person: person.press(b"a", b" ", apart_s=1.0))
    assert await person.go() == ExitCode.STOPPED
    assert "NO     acknowledge: " in shown(out)


# --- a client ------------------------------------------------------------------------------------


def answers(out: Path) -> list[Any]:
    lines = [json.loads(line) for line in shown(out).splitlines()]
    return [line for line in lines if line["event"] == "answer"]


async def test_a_client_walks_by_intents_on_a_simulated_link(out: Path) -> None:
    person = Person(as_json=True)

    def at(event: Event, person: Person) -> None:
        if asks_ready(event):
            person.say('{"intent": "ready"}')

    person.at = at
    assert await person.go() == ExitCode.COMPLETED
    assert [answer["accepted"] for answer in answers(out)] == [True] * 5
    times = [json.loads(line)["t"] for line in shown(out).splitlines()]
    assert times == sorted(times)


async def test_a_client_may_stop_and_is_answered(out: Path) -> None:
    person = Person(as_json=True)

    def at(event: Event, person: Person) -> None:
        if asks_ready(event):
            person.say(' {"intent": "stop", "more": 1} \n')

    person.at = at
    assert await person.go() == ExitCode.STOPPED
    assert person.events[-1]["by"] == "client"
    (answer,) = answers(out)
    assert (answer["intent"], answer["accepted"]) == ("stop", True)


async def test_in_a_flood_of_intents_only_stop_is_heard(out: Path) -> None:
    person = Person(as_json=True)

    def at(event: Event, person: Person) -> None:
        if asks_ready(event):
            for _ in range(1000):
                person.say('{"intent": "slower"}')
            person.say('{"intent": "ready"}')
            person.say('{"intent": "stop"}')

    person.at = at
    assert await person.go() == ExitCode.STOPPED
    texts = [answer["text"] for answer in answers(out)]
    assert sum("only stop is heard" in text for text in texts) == 1001 - 20
    assert answers(out)[-1]["intent"] == "stop"
    assert answers(out)[-1]["accepted"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("stop", "not JSON"),
        ("[" * 10_000, "not JSON"),
        ('"stop"', "no such intent"),
        ("[]", "no such intent"),
        ("{}", "no such intent"),
        ('{"intent": 5}', "no such intent"),
        ('{"intent": "fly"}', "known: ready"),
    ],
)
async def test_what_is_no_intent_is_answered_too(line: str, words: str, out: Path) -> None:
    person = Person(as_json=True)

    def at(event: Event, person: Person) -> None:
        if asks_ready(event):
            person.say("\n")
            person.say(line)
            person.say('{"intent": "stop"}')

    person.at = at
    await person.go()
    refusal, _ = answers(out)
    assert (refusal["intent"], refusal["accepted"]) == (None, False)
    assert words in refusal["text"]


@pytest.mark.parametrize("intent", ["ready", "resume"])
async def test_no_client_gives_ready_on_a_real_treadmill(intent: str, out: Path) -> None:
    simulated = open_treadmill(SIMULATED)
    real = replace(simulated, url=parse_treadmill_url("ftms+ble://AA:BB:CC:DD:EE:FF"))
    assert not real.simulated
    person = Person(real, as_json=True)

    def at(event: Event, person: Person) -> None:
        if asks_ready(event):
            person.say(json.dumps({"intent": intent}))
            person.say('{"intent": "stop"}')

    person.at = at
    await person.go()
    refusal, _ = answers(out)
    assert (refusal["intent"], refusal["accepted"]) == (intent, False)
    assert "a person's" in refusal["text"]


# --- what happens around it ----------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signals_stop_the_belt_and_are_4(number: signal.Signals, out: Path) -> None:
    person = Person()
    person.at = once(moves("left"), lambda _: os.kill(os.getpid(), number))
    before = signal.getsignal(number)
    assert await person.go() == ExitCode.STOPPED
    assert person.events[-1]["belt_stopped"] is True
    assert signal.getsignal(number) in (before, signal.SIG_DFL, signal.default_int_handler)


async def test_a_terminal_that_closes_is_a_lost_screen_and_brings_the_belt_to_rest_gently(
    out: Path,
) -> None:
    person = Person()
    person.at = once(moves("forward"), lambda _: os.kill(os.getpid(), signal.SIGHUP))
    assert await person.go() == ExitCode.FAULT
    assert person.events[-1]["cause"] == "screen_lost"
    assert person.events[-1]["belt_stopped"] is True
    (fault,) = [event for event in person.events if event["event"] == "fault"]
    assert fault["action"] == "ramp"


async def test_a_crash_is_told_and_is_5(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from quarterturn.session.machine import Session

    def tick(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Session, "tick", tick)
    assert await Person().go() == ExitCode.FAULT
    assert "a mistake of ours: ZeroDivisionError" in out.with_name("err").read_text()


async def test_output_that_nobody_takes_any_more_brings_the_belt_to_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end, into = os.pipe()
    with os.fdopen(into, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        person = Person()
        person.at = once(moves("right"), lambda _: os.close(end))
        assert await person.go() == ExitCode.FAULT
    last = person.events[-1]
    assert (last["cause"], last["belt_stopped"]) == ("screen_lost", True)


async def test_output_that_stands_still_does_not_delay_the_walk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end, into = os.pipe()
    os.set_blocking(into, True)
    with os.fdopen(into, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr("quarterturn.terminal.Printer.close", lambda *_: None)
        os.write(into, b"x" * 65_000)  # from here on it takes nothing more
        person = Person()
        person.at = readies
        assert await person.go() == ExitCode.COMPLETED
        os.close(end)


def test_a_machine_is_known_by_the_record_it_names() -> None:
    treadmill = open_treadmill("ftms+sim://?record=simulated&countdown=0")
    assert treadmill.record == known_machine()
    assert open_treadmill("ftms+sim://?countdown=0").record != known_machine()
    assert open_treadmill("ftms+sim://?quirk=mph-target").record != known_machine()
    assert open_treadmill("ftms+sim://?seed=3").record == known_machine()


# --- as a command --------------------------------------------------------------------------------


def test_a_real_treadmill_needs_a_person_in_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr("quarterturn.opening.SIMULATED_LINK", "none of these")
    assert main(["run", "circle", "--treadmill", SIMULATED, "--json"]) == ExitCode.USAGE
    assert "answers questions in a terminal" in capsys.readouterr().err
    assert not home.exists()


def start(*arguments: str, **options: Any) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "quarterturn", "run", "circle", "--treadmill"]
    treadmill = "ftms+sim://?record=simulated&countdown=0&spin_up=0"
    return subprocess.Popen([*command, treadmill, *arguments], text=True, **options)


def test_a_client_that_goes_is_noticed_by_its_output_alone(tmp_path: Path) -> None:
    # The end of stdin ends the intents, not the walk; signals still stop it.
    with start(
        "--json",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert json.loads(child.stdout.readline())["event"] == "plan"
        child.send_signal(signal.SIGTERM)
        out, err = child.communicate(timeout=30)
    assert child.returncode == ExitCode.STOPPED
    assert json.loads(out.splitlines()[-1])["cause"] == "terminated"
    assert "Journal: " in err


def test_a_screen_that_is_killed_leaves_a_belt_at_rest_and_a_journal_to_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "killed.jsonl"
    with start(
        "--json",
        "--journal",
        str(path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        assert child.stdout is not None
        last: Event = {}
        for line in child.stdout:
            last = json.loads(line)
            if last["event"] == "telemetry" and float(str(last["t"])) >= 2.0:
                break
        child.kill()
    _bridge_ends()
    journal = read_journal(path)
    began_s = float(next(r for r in journal.records if r["kind"] == "setup")["setup"]["began_s"])  # type: ignore[index]
    told: list[Any] = [record["at"] for record in journal.records if "at" in record]
    reached_s = max(float(each[-1] if isinstance(each, list) else each) for each in told)
    assert reached_s - began_s >= float(str(last["t"])) - 1.0
    assert [*journal.events()][-1]["cause"] == "screen_lost"
    assert replay(journal).differences == ()
    through_the_driver = replay_wire(journal, load_driver("ftms"))
    assert through_the_driver.differences == ()
    assert through_the_driver.values > 0


def _bridge_ends() -> None:
    """Wait until no bridge holds the lock any more."""
    with (runtime_folder() / "bridge.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def test_space_in_a_terminal_stops_and_gives_the_terminal_back(tmp_path: Path) -> None:
    person, program = pty.openpty()
    before = termios.tcgetattr(program)
    with start("--plain", stdin=program, stdout=program, stderr=program) as child:
        shown = b""
        pressed = False
        deadline_s = time.perf_counter() + 60
        while child.poll() is None and time.perf_counter() < deadline_s:
            if select.select([person], [], [], 0.05)[0]:
                shown += os.read(person, 65536)
            if not pressed and b"READY" in shown and b"Press ready" in shown:
                os.write(person, b" ")
                pressed = True
    assert pressed
    assert child.returncode == ExitCode.STOPPED
    assert termios.tcgetattr(program) == before
    assert b"Keys: Enter" in shown
    os.close(person)
    os.close(program)


def test_a_walk_without_a_terminal_says_what_it_lacks(tmp_path: Path) -> None:
    with start(
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert isinstance(child.stdout, TextIOWrapper)
        assert "no key stops" in child.stdout.readline()
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=30)
    assert child.returncode == ExitCode.STOPPED
