"""The documentation says what the code does: numbers, names, keys and examples."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import docs_tables
from quarterturn.cue_rules import LONGEST, LONGEST_AT_REST, LONGEST_SENTENCE
from quarterturn.file_kinds import check_file
from quarterturn.rehearsal import Rehearsal, in_virtual_time
from quarterturn.session import Event, Purpose
from quarterturn.words import TABLES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
EVENTS = (DOCS / "events.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


# --- tables from the code --------------------------------------------------------------------


@pytest.mark.parametrize("page", docs_tables.pages(), ids=lambda page: page.name)
def test_a_table_in_a_page_is_what_the_code_says(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == docs_tables.written(text), "write it anew: python tests/docs_tables.py"


def test_every_table_has_its_place() -> None:
    places = [
        place[1]
        for page in PAGES
        for place in docs_tables.PLACE.finditer(page.read_text(encoding="utf-8"))
    ]
    assert sorted(places) == sorted(docs_tables.SECTIONS)


# --- events ----------------------------------------------------------------------------------


def documented() -> dict[str, set[str]]:
    """Return the keys of every event in the page, by its name."""
    found = {}
    chapter = EVENTS.partition("## The events")[2].partition("\n## ")[0]
    for section in chapter.split("\n### ")[1:]:
        title, _, body = section.partition("\n")
        rows = re.findall(r"^\| (`.*?) \|", body, re.MULTILINE)
        keys = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
        for name in re.findall(r"`(\w+)`", title):
            found[name] = keys
    return found


def emitted_in_code() -> Iterator[str]:
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="emit" | "_emit"), args=[_, ast.Constant(str(name))]
                ):
                    yield name
                case ast.Dict(keys=keys, values=values):
                    for key, value in zip(keys, values, strict=True):
                        match key, value:
                            case ast.Constant("event"), ast.Constant(str(name)):
                                yield name
                            case _:
                                pass
                case _:
                    pass


def test_every_event_that_the_code_emits_is_documented_and_no_other() -> None:
    in_code = {*emitted_in_code(), *(purpose.value for purpose in Purpose)}
    assert in_code == set(documented())


def walk(
    workout: str,
    *faults: tuple[str, float],
    profile: str | None = None,
    treadmill: str = "ftms+sim://",
    sensors: tuple[str, ...] = (),
) -> list[Event]:
    events: list[Event] = []
    named = [(None, url) for url in sensors]
    rehearsal = Rehearsal(
        workout, profile=profile, treadmill=treadmill, faults=faults, sensors=named
    )
    in_virtual_time(rehearsal.walk(events.append))
    return events


def test_every_key_of_an_event_is_documented_and_every_documented_key_comes() -> None:
    events = [
        *walk(
            "circle",
            ("walker-pause", 400),
            ("runaway", 600),
            sensors=("heart-rate+sim://", "running+sim://"),
        ),
        *walk("first-lesson", profile="clinic", treadmill="ftms+sim://?record=t318"),
    ]
    seen: dict[str, set[str]] = {}
    for event in events:
        seen.setdefault(str(event["event"]), set()).update(set(event) - {"t", "event"})
    keys = documented()
    for name, found in seen.items():
        assert found <= keys[name], name
    never_seen = {name: keys[name] - found for name, found in seen.items() if keys[name] - found}
    steps = {name: {"from", "to", "question", "walked_s"} for name in ("start", "pause", "halt")}
    for name, missing in never_seen.items():
        assert missing <= steps.get(name, {"question"}), name


# --- examples --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("workout-files.md", "workout"),
        ("profiles.md", "profile"),
        ("sensors.md", "settings"),
        ("cues.md", "profile"),
    ],
)
def test_an_example_of_a_file_has_no_error(page: str, kind: str, tmp_path: Path) -> None:
    for number, example in enumerate(blocks(page, "toml")):
        file = tmp_path / f"{kind}-{number}.toml"
        file.write_text(example, encoding="utf-8")
        assert check_file(file) == []


def test_the_python_of_the_simulator_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    [source] = blocks("simulator.md", "python")
    exec(compile(source, "docs/simulator.md", "exec"), {})
    assert capsys.readouterr().out == "nobody asked, and it runs at 0.5 km/h\n"


def test_the_page_of_cues_has_the_numbers_of_the_rules() -> None:
    text = (DOCS / "cues.md").read_text(encoding="utf-8")
    assert f"at most {LONGEST} characters long" in text
    assert f"READY at most {LONGEST_AT_REST}, and a sentence at most {LONGEST_SENTENCE}." in text
    for table in (*TABLES, "numbers"):
        assert f"`{table}`" in text


# --- links and names -------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_every_link_of_a_page_leads_to_something(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_module_of_the_core_stands_in_the_map() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    package = ROOT / "src" / "quarterturn"
    modules = {path.stem for path in package.glob("[a-z]*.py")}
    folders = {path.name for path in package.iterdir() if (path / "__init__.py").exists()}
    assert {name for name in modules | folders if f"`{name}`" not in text} == set()


def existing_tests() -> set[str]:
    found = set()
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                    found.add(name)
                case ast.Assign(targets=[ast.Name(name)]):  # the cases of a state machine
                    found.add(name)
                case _:
                    pass
    return found


def test_every_test_that_the_safety_case_names_is_there() -> None:
    text = (DOCS / "safety-case.md").read_text(encoding="utf-8")
    named = re.findall(r"`([tT]est_?\w+)`", text)
    assert named
    assert sorted(set(named) - existing_tests()) == []


def test_the_safety_case_answers_every_hazard_once() -> None:
    text = (DOCS / "safety-case.md").read_text(encoding="utf-8")
    chapter = text.partition("\n## Hazards\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (H\d\d) \|(.*)\|$", chapter, re.MULTILINE)
    assert [name for name, _ in rows] == [f"H{number:02}" for number in range(1, 27)]
    for name, row in rows:
        # A hazard without a test says so in words that nobody overlooks.
        assert "`test_" in row or "**not yet**" in row, name


def test_a_decision_is_a_page_with_its_three_parts() -> None:
    records = sorted((DOCS / "decisions").glob("*.md"))
    assert [path.name[:4] for path in records] == [
        f"{number:04}" for number in range(1, len(records) + 1)
    ]
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert re.match(rf"# {int(path.name[:4])}\. \S", text)
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Question", "Options", "Choice"]
        assert len(text.splitlines()) <= 60


def test_the_changelog_has_this_version_or_what_is_to_come() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.startswith("# Changelog\n")
    assert re.search(r"^## \[(Unreleased|\d+\.\d+\.\d+)\]", text, re.MULTILINE)
