"""What the README prints is what happens: its commands, its Python, its piece of output."""

import re
import shlex
from pathlib import Path

import pytest

from quarterturn.cli import build_parser, main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


SHELL_LINES = [line for block in blocks("sh") for line in block.splitlines() if line.strip()]
COMMANDS = [
    shlex.split(line, comments=True)[1:]
    for line in SHELL_LINES
    if shlex.split(line)[0] == "quarterturn"
]


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder in which the files that the README names are found."""
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path / "home"))
    return tmp_path


def test_every_command_does_what_it_is_there_for(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Nothing runs here: status and stop find no bridge, and nothing to stop.
    ends = {"mph-target": 5, "safety-key@500": 4, "status": 6, "stop": 6}
    assert len(COMMANDS) >= 12
    for arguments in COMMANDS:
        elsewhere = ("demo", "run", "simulate", "scan", "web")
        if arguments[0] in elsewhere or arguments == ["onboard", "home"]:
            # In real time or on real hardware: see test_demo, test_run, test_web, test_onboarding,
            # radio/
            build_parser().parse_args(arguments)
            continue
        try:
            code = main(arguments)
        except SystemExit as leaving:  # as --help does
            code = int(leaving.code or 0)
        expected = next((code for word, code in ends.items() if word in arguments), 0)
        printed = capsys.readouterr()
        assert (code, printed.err) == (expected, ""), arguments
        assert printed.out


def test_the_set_up_commands_are_the_only_others() -> None:
    others = [line for line in SHELL_LINES if not line.startswith("quarterturn ")]
    assert len(others) == 2
    assert all(line.startswith("python3 -m venv .venv && ") for line in others)


def test_the_output_that_is_shown_is_real(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rehearse", "circle"]) == 0
    printed = iter(capsys.readouterr().out.splitlines())
    [shown] = blocks("text")
    missing = [line for line in shown.splitlines() if line not in printed]  # in this order
    assert missing == []


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, ["'heading': 'backward'", "'fault': 'overspeed'", "'event': 'end'"]),
        (1, ["answer 80 00 01", "answer 80 02 01", "told 2.0, the belt runs at 3.2 km/h"]),
    ],
)
def test_python_runs_exactly_as_printed(
    number: int, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(blocks("python")[number], "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert [text for text in expected if text not in printed] == []


def test_every_python_block_is_run() -> None:
    assert len(blocks("python")) == 2


def test_every_link_leads_to_something() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_warning_comes_before_anything_else() -> None:
    warning = README.index("not a medical device")
    assert (
        warning < README.index("not an emergency stop") < README.index("the red key on the machine")
    )
    assert warning < README.index("```")


def test_it_is_read_in_one_sitting() -> None:
    assert len(README.splitlines()) <= 170
