"""The rules of the house that no linter knows: who may command, what lies where, what CI runs."""

import ast
import importlib
import itertools
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE_ROOTS = ("src", "drivers", "simulator")
PYTHON_FILES = sorted(
    path
    for folder in (*SOURCE_ROOTS, "tests", "bench", "configs", "docs")
    for path in (ROOT / folder).rglob("*.py")
)
PRODUCT_FILES = [path for path in PYTHON_FILES if path.relative_to(ROOT).parts[0] in SOURCE_ROOTS]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

LONGEST_FILE = 450
LONGEST_TEST_FILE = 600  # many cases of one subject are read one by one
LONG_FOR_A_REASON: dict[str, str] = {
    "src/quarterturn/governor.py": "the one way out; its parts stand beside it, its rules are one",
    "tests/unit/drivers/test_ftms_commands.py": "one command, every answer a machine may give",
    "tests/unit/test_governor.py": "every rule of the governor, each tried by who would break it",
    "tests/unit/test_preflight.py": "one dialogue, every question and every way through it",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def called_name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


# --- who may make a command, and who may send it -------------------------------------------------


def test_only_the_governor_makes_what_a_driver_accepts() -> None:
    # The journal's records make them again to compare with what was sent, and for a driver over a
    # link that goes nowhere; the import contracts "What replays a session cannot reach a treadmill"
    # and "What plays octets through a driver ..." keep those from any other.
    makers = {
        name_of(path)
        for path in PRODUCT_FILES
        for call in calls(path)
        if called_name(call) == "Permitted"
    }
    governors = {name for name in makers if name.startswith("src/quarterturn/governor")}
    assert governors
    assert makers - governors == {"src/quarterturn/bridge/records.py"}


def test_nobody_copies_or_changes_what_the_governor_let_out() -> None:
    for path in PRODUCT_FILES:
        if "Permitted" in path.read_text(encoding="utf-8"):
            changing = [call for call in calls(path) if called_name(call) in ("replace", "copy")]
            assert [
                ast.unparse(call) for call in changing if "permitted" in ast.unparse(call)
            ] == []


def test_only_the_runtime_sends() -> None:
    senders = {
        name_of(path)
        for path in (ROOT / "src").rglob("*.py")
        for call in calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "send"
        # A generator, which is sent answers, the service manager's socket, and h11, which is sent
        # what becomes octets for a browser.
        if ast.unparse(call.func.value) not in ("course", "self._socket", "self._http")
    }
    # A replay sends over a link that goes nowhere.
    assert senders == {
        "src/quarterturn/bridge/replay_wire.py",
        "src/quarterturn/bridge/runtime.py",
    }


def test_only_drivers_write_to_a_link() -> None:
    writers = {
        name_of(path).split("/")[0]
        for path in PRODUCT_FILES
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "write"
        and "link" in ast.unparse(call.func.value).lower()
    }
    assert writers <= {"drivers", "simulator"}  # the simulator's cruel links wrap one another


def test_no_session_can_have_a_link_that_is_cut_on_purpose() -> None:
    knowing = {
        name_of(path)
        for path in PRODUCT_FILES
        if re.search(r"CuttableLink|cuttable_link|cut_link", path.read_text(encoding="utf-8"))
    }
    assert {name for name in knowing if not name.startswith("src/quarterturn/onboarding/")} == {
        "src/quarterturn/commands/cuttable_link.py",
        "src/quarterturn/commands/onboard.py",
        "src/quarterturn/commands/trial_run.py",
        "src/quarterturn/lines.py",  # the word for it
    }


# --- what lies where -----------------------------------------------------------------------------


@pytest.mark.parametrize("root", SOURCE_ROOTS)
def test_a_source_root_is_a_folder_and_no_package(root: str) -> None:
    assert not (ROOT / root / "__init__.py").exists()
    packages = [path.name for path in (ROOT / root).iterdir() if (path / "__init__.py").exists()]
    assert len(packages) == 1


@pytest.mark.parametrize("root", SOURCE_ROOTS)
def test_every_folder_of_a_package_says_that_it_is_one(root: str) -> None:
    folders = {path.parent for path in (ROOT / root).rglob("*.py")}
    assert [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def too_long() -> dict[str, int]:
    lines = {name_of(it): len(it.read_text(encoding="utf-8").splitlines()) for it in PYTHON_FILES}
    return {
        name: count
        for name, count in lines.items()
        if count > (LONGEST_TEST_FILE if name.startswith("tests/") else LONGEST_FILE)
    }


def test_a_file_is_read_in_one_sitting() -> None:
    assert {name: n for name, n in too_long().items() if name not in LONG_FOR_A_REASON} == {}


def test_no_reason_outlives_the_long_file_that_it_was_for() -> None:
    assert set(LONG_FOR_A_REASON) <= set(too_long())


def test_every_package_ships_with_its_types() -> None:
    for root in SOURCE_ROOTS:
        for package in (ROOT / root).iterdir():
            if (package / "__init__.py").exists():
                assert (package / "py.typed").exists()


# --- what is said of a stop ----------------------------------------------------------------------

SAID_OF_AN_EMERGENCY_STOP = re.compile(
    r"(no|not an) emergency stop|emergency stop is (\*\*)?the red key"
    r"|the red key is the emergency stop",
    re.IGNORECASE,
)
WRITTEN = [
    *(path for root in SOURCE_ROOTS for path in sorted((ROOT / root).rglob("*.py"))),
    *sorted((ROOT / "configs").rglob("*.toml")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / "README.md", ROOT / "CHANGELOG.md"),
]


def called_emergency_stops(text: str) -> list[str]:
    # What a quotation, or a text that goes on in the next line, breaks up is put together again.
    text = re.sub(r' *"?\s*\n\s*(> |[rf]?")?| +', " ", text)
    rest = SAID_OF_AN_EMERGENCY_STOP.sub("", text)
    return re.findall(r".{0,40}emergency[ -]stop.{0,40}", rest, re.IGNORECASE)


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_no_stop_by_software_is_called_an_emergency_stop(path: Path) -> None:
    assert called_emergency_stops(path.read_text(encoding="utf-8")) == []


def test_a_key_that_is_called_an_emergency_stop_is_found() -> None:
    assert called_emergency_stops('text = (\n    "Space is the emergency "\n    "stop here"\n)')
    assert called_emergency_stops("Emergency-stop key: Escape")
    assert not called_emergency_stops('"This is no emergency "\n    "stop: that is the red key"')


# --- entry points and start-up -------------------------------------------------------------------


def test_every_entry_point_leads_somewhere() -> None:
    groups = PROJECT["project"]["entry-points"].values()
    targets = [*itertools.chain.from_iterable(group.values() for group in groups)]
    for target in [*targets, *PROJECT["project"]["scripts"].values()]:
        module, _, name = target.partition(":")
        assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["rehearse", "--help"]])
def test_help_waits_for_no_library(arguments: list[str]) -> None:
    script = (
        "import contextlib, sys\n"
        "from quarterturn.cli import main\n"
        f"with contextlib.suppress(SystemExit): main({arguments!r})\n"
        "heavy = {'asyncio', 'platformdirs', 'pydantic', 'quarterturn_drivers'}\n"
        "print('imported:', *sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[-1] == "imported:"


def test_every_command_of_the_command_line_has_its_module() -> None:
    # Read from the parser itself: what --help offers has to be there.
    from quarterturn.cli import build_parser

    [commands] = [action for action in build_parser()._actions if action.dest == "command"]
    assert commands.choices is not None
    for command in commands.choices:
        assert callable(importlib.import_module(f"quarterturn.commands.{command}").main)


# --- what tests say of themselves ----------------------------------------------------------------


def test_a_cited_requirement_is_a_well_formed_one() -> None:
    cited = [
        (name_of(path), number, match[1])
        for path in PYTHON_FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (match := re.search(r"#\s*req:(.*)", line)) and "(match" not in line
    ]
    assert cited
    row = r"(S\d{3}-\d{2,3}|D\d{1,2})"
    well_formed = re.compile(rf" {row}((, | and | to ){row})*([,:;] .+| \(.+\))?")
    assert [entry for entry in cited if not well_formed.fullmatch(entry[2])] == []


def test_no_test_sleeps_for_real() -> None:
    sleepers = [
        f"{name_of(path)}:{call.lineno}"
        for path in PYTHON_FILES
        if path.relative_to(ROOT).parts[0] == "tests"
        for call in calls(path)
        if ast.unparse(call.func) == "time.sleep"
    ]
    assert sleepers == []


# --- one command runs what CI runs ---------------------------------------------------------------


def set_up_commands() -> list[str]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^python3 -m venv .*$", readme, re.MULTILINE)


def test_two_commands_do_all_the_set_up() -> None:
    first, second = set_up_commands()
    assert first.endswith(".venv/bin/quarterturn rehearse circle")
    assert second.endswith("&& .venv/bin/pytest")
    assert "dev" in PROJECT["project"]["optional-dependencies"]


def test_ci_runs_from_anywhere_and_asks_nobody() -> None:
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")
    assert script.stat().st_mode & 0o111
    assert text.startswith("#!/usr/bin/env bash\n")
    for line in ("set -euo pipefail", "exec </dev/null"):
        assert f"\n{line}\n" in text
    for check in ("ruff format --check", "ruff check", "mypy", "lint-imports", "coverage report"):
        assert re.search(rf"^(check |\.venv/bin/){check}", text, re.MULTILINE), check


def test_the_contracts_of_the_layers_are_sentences() -> None:
    names = [contract["name"] for contract in PROJECT["tool"]["importlinter"]["contracts"]]
    assert len(names) == len(set(names))
    assert all(len(name.split()) >= 6 for name in names)
