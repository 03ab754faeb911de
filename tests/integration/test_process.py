"""The command line as a process: its streams, its imports, its death, and any arguments at all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from integration.commands import Cli, process
from quarterturn.bridge.journal import read_journal
from quarterturn.cli import build_parser, main
from quarterturn.exit_codes import ExitCode

pytestmark = pytest.mark.usefixtures("home")

# --- the process ---------------------------------------------------------------------------------


def test_help_and_version_answer_at_once_with_nothing_loaded(cli: Cli) -> None:
    assert cli("--help").code == 0
    assert cli("--version").out.startswith("quarterturn 0.")
    for command in ("rehearse", "run", "plan", "simulate", "check", "journal", "decode"):
        assert cli(command, "--help").code == 0
    heavy = "{'pydantic', 'asyncio', 'platformdirs', 'importlib.metadata', 'quarterturn.session'}"
    probe = (
        "import sys, quarterturn\nfrom quarterturn.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"sys.exit(' '.join({heavy} & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_output_to_somebody_who_stops_reading_is_no_error() -> None:
    command = f"{sys.executable} -m quarterturn rehearse circle --json | head -1"
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=False, timeout=60
    )
    assert json.loads(done.stdout)["event"] == "plan"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("plan circle", ExitCode.COMPLETED),
        ("plan circle --json", ExitCode.COMPLETED),
        ("check nowhere.toml", ExitCode.USAGE),
        ("journal show {journal}", ExitCode.COMPLETED),
        ("journal show {journal} --json", ExitCode.COMPLETED),
        ("journal replay {journal}", ExitCode.COMPLETED),
        ("journal replay {journal} --json", ExitCode.COMPLETED),
        ("decode ftms 2ACD 84040000640000", ExitCode.COMPLETED),
        ("rehearse circle", ExitCode.STOPPED),
    ],
)
def test_who_stops_reading_stops_a_walk_but_changes_no_answer(
    arguments: str, code: ExitCode, tmp_path: Path
) -> None:
    journal = tmp_path / "walk.jsonl"
    if "{journal}" in arguments:
        assert main(["rehearse", "circle", "--journal", str(journal)]) == 0
    out, into = os.pipe()
    os.close(out)
    try:
        # Unbuffered, so that the first line already finds nobody there.
        words = arguments.format(journal=journal).split()
        done = process(
            *words,
            environment={"PYTHONUNBUFFERED": "1"},
            capture_output=False,
            stdout=into,
            stderr=subprocess.PIPE,
        )
    finally:
        os.close(into)
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.parametrize("arguments", ["rehearse circle", "plan circle", "check nicht-dä.toml"])
def test_a_terminal_that_knows_ascii_alone_gets_something_to_read(arguments: str) -> None:
    done = process(*arguments.split(), environment={"PYTHONIOENCODING": "ascii"})
    assert done.returncode in (0, ExitCode.USAGE)
    assert "mistake of ours" not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.isascii()


def test_closed_streams_are_no_mistake_of_ours() -> None:
    command = f"{sys.executable} -m quarterturn rehearse circle >&- <&-"
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_rehearsal_that_is_killed_leaves_a_journal_to_read(tmp_path: Path) -> None:
    path = tmp_path / "killed.jsonl"
    with subprocess.Popen(
        [sys.executable, "-m", "quarterturn", "rehearse", "circle", "--journal", str(path)],
        stdout=subprocess.DEVNULL,
    ) as child:
        while not path.exists() or path.stat().st_size < 60_000:
            assert child.poll() is None
        child.kill()
    journal = read_journal(path)
    assert len(journal.records) > 50
    assert main(["journal", "replay", str(path)]) == 0
    assert main(["journal", "show", str(path)]) == 0


# --- anything at all -----------------------------------------------------------------------------

WORDS = st.one_of(
    st.sampled_from(
        [
            "rehearse", "plan", "check", "journal", "decode", "show", "replay", "ftms",
            "2ACD", "ADV", "2AD9.response", "--json", "--profile", "clinic", "--treadmill",
            "ftms+sim://", "ftms+sim://?rate=", "--quirk", "mph-target", "--fault",
            "link-lost@5", "--sensor", "heart-rate+sim://", "heart-rate+sim://?bpm=", "heart-rate",
            "2A37", "--seed", "1", "-", "--", "", ".", "/", "/dev/null",
        ]
    ),
    st.text(max_size=12),
    st.text("0123456789abcdefABCDEF:x ", max_size=20),
)  # fmt: skip


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.lists(WORDS, max_size=6))
@example(["plan", "\0"])
@example(["check", "\0"])
@example(["journal", "show", "\0"])
@example(["rehearse", "circle", "--journal", "\0"])
@example(["check", "\udcff"])
@example(["rehearse", "\udcff"])
@example(["plan", "x" * 5000])
@example(["decode", "ftms", "2ACD", "٣٣"])
@example(["plan", "circle", "--profile", "\0"])
@example(["plan", "circle", "--treadmill", "ftms+sim://?seed=\0"])
@example(["plan", "circle", "--treadmill", "ftms+sim://[::"])
@example(["rehearse", "circle", "--sensor", "heart-rate+sim://?bpm=\0"])
@example(["rehearse", "circle", "--sensor", "heart-rate+sim://?bpm=\u0663"])
@example(["rehearse", "circle", "--sensor", "heart-rate+sim://?bpm=" + "9" * 1900])
@example(["rehearse", "circle", "--sensor", "running+sim://?silent=0-" + "9" * 1900])
def test_no_arguments_ever_lead_to_a_traceback(arguments: list[str]) -> None:
    if arguments[:1] == ["run"]:
        return
    try:
        code = main(arguments)
    except SystemExit as leaving:
        code = int(leaving.code or 0)
    assert code in (0, 2, 3, 4)


def test_the_parser_names_every_command_there_is() -> None:
    text = build_parser().format_help()
    for command in ("rehearse", "run", "plan", "simulate", "check", "journal", "decode"):
        assert command in text
    assert "no emergency stop" in text
