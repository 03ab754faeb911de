"""`quarterturn onboard` with a person: questions, keys, and what is saved."""

import asyncio
import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from integration.commands import Cli
from quarterturn.machines import load_machine_record
from quarterturn.model import SpeedUnit
from quarterturn.settings import load_settings
from quarterturn_simulator.clock import VirtualTimeLoop

pytestmark = pytest.mark.usefixtures("home")

QUIRKED = "ftms+sim://?quirk=mph-target"
ANSWERS = {
    "What shall the record": "mine",
    "Which treadmill is this": "A simulated one",
    "km/h or mph, none": "unknown",
    "yes, no or unknown": "no",
    "a name for it": "cellar",
}


class Person:
    """Types answers by what is asked, and holds Enter now and then while a trial runs."""

    def __init__(self) -> None:
        self.answers = dict(ANSWERS)
        self.prompts: list[str] = []
        self.key: Callable[[bytes], None] | None = None
        self.press: Callable[[int], bytes | None] = lambda trial: None
        self.trials = 0

    def input(self, prompt: str) -> str:
        self.prompts.append(prompt)
        for beginning, answer in self.answers.items():
            if beginning in prompt:
                return answer
        return "yes"

    @contextlib.contextmanager
    def keys(self, on_keys: Callable[[bytes], None], _: Callable[[], None]) -> Iterator[None]:
        self.trials += 1
        hands = asyncio.get_running_loop().create_task(self._press(on_keys, self.trials))
        try:
            yield
        finally:
            hands.cancel()

    async def _press(self, on_keys: Callable[[bytes], None], trial: int) -> None:
        await asyncio.sleep(1)
        other = self.press(trial)
        if other is not None:
            on_keys(other)
        while True:
            for _ in range(30):  # held for a second and a half
                on_keys(b"\n")
                await asyncio.sleep(0.05)
            await asyncio.sleep(1.6)


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Person]:
    person = Person()
    path = tmp_path / "out"
    with path.open("w", encoding="utf-8") as stream:
        tty: Any = SimpleNamespace(
            isatty=lambda: True,
            fileno=stream.fileno,
            flush=stream.flush,
            write=stream.write,
            encoding="utf-8",
            errors="strict",
        )
        streams = SimpleNamespace(stdin=tty, stdout=tty, stderr=sys.stderr)
        monkeypatch.setattr("quarterturn.commands.onboard.sys", streams)
        monkeypatch.setattr("quarterturn.commands.trial_run.sys", streams)
        monkeypatch.setattr("quarterturn.commands.trial_run.single_keys", person.keys)
        monkeypatch.setattr("builtins.input", person.input)
        monkeypatch.setattr("quarterturn.commands.onboard.BeltLoop", VirtualTimeLoop)
        yield person


def test_a_person_gets_to_know_a_treadmill_and_walks_on_it_by_its_name(
    person: Person, home: Path, cli: Cli, tmp_path: Path
) -> None:
    result = cli("onboard", QUIRKED)
    assert result.code == 0, result.err
    assert load_machine_record("mine").target_unit is SpeedUnit.MPH
    assert 'description = "A simulated one"' in (home / "treadmills" / "mine.toml").read_text()
    settings = load_settings()
    assert settings.treadmills == {"cellar": f"{QUIRKED}&record=mine"}
    assert settings.treadmill == "cellar"
    assert "Enter held down is READY and any other key stops" in result.out
    shown = (tmp_path / "out").read_text()
    assert "wrong unit: stop" in shown
    assert "NO     ready: nothing waits for ready" in shown
    assert "KEYS   Hold Enter down: READY. Any other key: stop." in shown


def test_ready_may_be_pressed_twice_where_the_settings_say_so(
    person: Person, home: Path, cli: Cli, tmp_path: Path
) -> None:
    home.mkdir()
    (home / "settings.toml").write_text('ready = "twice"\n')
    result = cli("onboard", QUIRKED)  # where a held key is none
    assert (result.code, person.trials) == (4, 2)
    assert "Stopped by timeout" in result.err
    assert "Enter twice is READY" in result.out
    assert "KEYS   Enter, and Enter again: READY." in (tmp_path / "out").read_text()


def test_a_saved_treadmill_uses_its_record_from_then_on(
    person: Person, home: Path, cli: Cli
) -> None:
    home.mkdir()
    before = f'# mine\n[treadmills]\ncellar = "{QUIRKED}" # by the door\n'
    (home / "settings.toml").write_text(before)
    assert cli("onboard", "cellar").code == 0
    known = before.replace(QUIRKED, f"{QUIRKED}&record=mine")
    text = (home / "settings.toml").read_text()
    assert text == f'treadmill = "cellar"\n\n{known}'


def test_whoever_does_not_want_it_saved_is_told_its_name(
    person: Person, home: Path, cli: Cli
) -> None:
    person.answers["a name for it"] = "no"
    result = cli("onboard", QUIRKED)
    assert result.code == 0
    assert f"--treadmill '{QUIRKED}&record=mine'" in result.out.replace("\n", " ")
    assert not (home / "settings.toml").exists()


def test_settings_that_no_program_should_change_are_left_to_the_person(
    person: Person, home: Path, cli: Cli
) -> None:
    home.mkdir()
    before = 'treadmills = { attic = "ftms+sim://" }\n'
    (home / "settings.toml").write_text(before)
    result = cli("onboard", QUIRKED)
    assert result.code == 0
    assert 'cellar = "ftms+sim://?quirk=mph-target&record=mine"' in result.err
    assert (home / "settings.toml").read_text() == before


@pytest.mark.parametrize("key", [b" ", b"s", b"\x1b", b"\x03", b"x", b"\x1b[A", b"\nq"])
@pytest.mark.parametrize("trial", [1, 2])
def test_any_key_but_ready_stops_and_nothing_is_written(
    key: bytes, trial: int, person: Person, home: Path, cli: Cli
) -> None:
    person.press = lambda number: key if number == trial else None
    result = cli("onboard", QUIRKED)
    assert (result.code, person.trials) == (4, trial)
    assert "stopped: Stopped by walker. Nothing is written." in result.err
    assert not home.exists()


@pytest.mark.parametrize("answer", ["q", "quit", "maybe", ""])
def test_whoever_does_not_answer_starts_nothing(
    answer: str, person: Person, home: Path, cli: Cli
) -> None:
    person.answers["yes or no"] = answer
    result = cli("onboard", QUIRKED)
    assert (result.code, person.trials) == (4, 0)
    assert not home.exists()


def test_the_end_of_the_input_ends_it(
    person: Person, home: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", end)
    assert cli("onboard", QUIRKED).code == 4
    assert not home.exists()


@pytest.mark.parametrize(
    ("prompt", "wrong", "words"),
    [
        ("What shall the record", "simulated", "is the name of a record that ships"),
        ("What shall the record", "Two Words", "is no name of a record"),
        ("Which treadmill is this", "x" * 81, "One line of up to 80 characters"),
        ("km/h or mph, none", "0.8", "A speed needs its unit"),
    ],
)
def test_an_answer_that_cannot_be_used_is_asked_for_again(
    prompt: str, wrong: str, words: str, person: Person, home: Path, cli: Cli
) -> None:
    person.answers[prompt] = wrong
    result = cli("onboard", QUIRKED)
    assert result.code == 4
    assert sum(prompt in each for each in person.prompts) == 10
    assert words in result.out
    assert not home.exists()


@pytest.mark.parametrize("name", ["x" * 81, "\x1b[1~"])
def test_a_name_that_the_settings_cannot_have_is_asked_for_again(
    name: str, person: Person, home: Path, cli: Cli
) -> None:
    person.answers["a name for it"] = name
    result = cli("onboard", QUIRKED)
    assert result.code == 0
    assert result.out.count("is no name") == 10
    assert not (home / "settings.toml").exists()


def test_a_name_in_the_settings_that_is_taken_is_asked_for_again(
    person: Person, home: Path, cli: Cli
) -> None:
    home.mkdir()
    (home / "settings.toml").write_text('[treadmills]\ncellar = "ftms+sim://"\n')
    result = cli("onboard", QUIRKED, "--name", "mine")
    assert result.code == 0  # the record is kept all the same
    assert "cellar is taken" in result.out
    assert load_settings().treadmills == {"cellar": "ftms+sim://"}


def test_no_answer_but_a_name_and_a_unit_is_needed_in_words(person: Person, cli: Cli) -> None:
    person.answers["yes or no"] = "Y"
    assert cli("onboard", QUIRKED).code == 0


def test_a_record_that_exists_is_asked_about_before_anything_moves(
    person: Person, home: Path, cli: Cli
) -> None:
    path = home / "treadmills" / "mine.toml"
    path.parent.mkdir(parents=True)
    path.write_text('description = "by hand"\n')
    result = cli("onboard", QUIRKED, "--name", "mine")
    assert (result.code, person.trials) == (2, 0)
    assert cli("onboard", QUIRKED, "--name", "mine", "--force").code == 0
    assert "by hand" not in path.read_text()


def test_a_treadmill_that_is_none_is_refused_at_once(person: Person, cli: Cli) -> None:
    for treadmill in ("nowhere", "ftms+sim://?quirk=none", "ftms+nothing://x"):
        assert cli("onboard", treadmill).code == 2
    assert person.prompts == []


# --- for real ------------------------------------------------------------------------------------


class Terminal:
    """A process in a terminal of its own."""

    def __init__(self, home: Path) -> None:
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.process = subprocess.Popen(
            [sys.executable, "-m", "quarterturn", "onboard", "ftms+sim://?countdown=0"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "QUARTERTURN_HOME": str(home)},
            start_new_session=True,
        )
        self.shown, self.read_to = "", 0

    def until(self, text: str) -> None:
        """Wait for a text behind the one that was waited for last."""
        deadline = time.perf_counter() + 60
        while text not in self.shown[self.read_to :]:
            ready, _, _ = select.select([self.master], [], [], 1)
            assert time.perf_counter() < deadline, self.shown
            if ready:
                self.shown += os.read(self.master, 4096).decode()
        self.read_to = self.shown.index(text, self.read_to) + len(text)

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def to_the_trial(self) -> None:
        for prompt, answer in (
            ("as in mine: ", "mine\n"),
            ("for the file: ", "One\n"),
            ("yes or no: ", "yes\n"),
            ("yes or no: ", "yes\n"),
        ):
            self.until(prompt)
            self.type(answer)
        self.until("Watching the belt")
        self.until("BELT")

    def ends(self) -> int:
        deadline = time.perf_counter() + 60
        while self.process.poll() is None:
            assert time.perf_counter() < deadline, self.shown
            ready, _, _ = select.select([self.master], [], [], 0.1)
            if ready:
                with contextlib.suppress(OSError):
                    self.shown += os.read(self.master, 4096).decode()
        return self.process.returncode


@pytest.fixture
def terminal(home: Path) -> Iterator[Terminal]:
    terminal = Terminal(home)
    yield terminal
    if terminal.process.poll() is None:
        terminal.process.kill()
        terminal.process.wait()
    for descriptor in (terminal.master, terminal.slave):
        with contextlib.suppress(OSError):
            os.close(descriptor)


def test_ctrl_c_at_a_question_ends_it_at_once(terminal: Terminal, home: Path) -> None:
    terminal.until("as in mine: ")
    # A signal that falls between the prompt and the read behind it waits for the next one.
    while terminal.process.poll() is None:
        os.killpg(terminal.process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            terminal.process.wait(timeout=10)
    assert terminal.ends() == 4
    assert not home.exists()


def test_space_in_a_trial_stops_it_and_gives_the_terminal_back(
    terminal: Terminal, home: Path
) -> None:
    terminal.to_the_trial()
    terminal.type(" ")
    assert terminal.ends() == 4
    assert "Nothing is written." in terminal.shown
    assert termios.tcgetattr(terminal.slave) == terminal.before
    assert not home.exists()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_a_trial_ends_it(
    number: signal.Signals, terminal: Terminal, home: Path
) -> None:
    terminal.to_the_trial()
    terminal.process.send_signal(number)
    assert terminal.ends() == (5 if number is signal.SIGHUP else 4)
    assert not home.exists()
