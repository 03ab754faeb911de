"""The files in configs/: all valid, within the caps they are written for, in careful words."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from quarterturn.configs import names_in, shipped_folder
from quarterturn.file_kinds import check_file, schemas, write_schemas
from quarterturn.model import Crossover, Heading
from quarterturn.plan import make_plan
from quarterturn.profiles import base_profile
from quarterturn.toml_files import FileErrors, parse_document
from quarterturn.units import Speed
from quarterturn.workout.files import load_workout, workout_names
from quarterturn.workout.phases import Phase
from quarterturn.workout.programme import Programme, ProgrammeTable, load_programme

CONFIGS = shipped_folder()
FILES = sorted(CONFIGS.rglob("*.toml"))
WORKOUTS = sorted(names_in(CONFIGS / "workouts").keys() & workout_names().keys())
FOR_EXPERIENCED = {"backward-uphill-intervals", "side-steps-crossover"}
FOR_BEGINNERS = [name for name in WORKOUTS if name not in FOR_EXPERIENCED]


def phases_of(name: str) -> list[Phase]:
    return [phase for phases in load_workout(name).rounds() for phase in phases]


def seconds(phases: list[Phase], *headings: Heading) -> float:
    return sum(phase.duration_s for phase in phases if phase.heading in headings)


def test_what_is_shipped() -> None:
    assert [
        "backward-intervals",
        "backward-uphill-intervals",
        "circle",
        "first-lesson",
        "forward-base",
        "mixed-walking",
        "side-steps",
        "side-steps-crossover",
        *(f"six-weeks/week-{week}" for week in range(1, 7)),
    ] == WORKOUTS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(CONFIGS).as_posix())
def test_a_shipped_file_is_valid_and_names_its_schema(path: Path) -> None:
    assert check_file(path) == []
    first_line = path.read_text(encoding="utf-8").split("\n", 1)[0]
    match = re.fullmatch(r"#:schema (\S+)", first_line)
    assert match is not None
    schema = (path.parent / match[1]).resolve()
    assert schema.parent == CONFIGS / "schemas"
    assert schema.is_file()


@pytest.mark.parametrize("name", sorted(schemas()))
def test_a_shipped_schema_is_the_one_that_the_model_gives(name: str, tmp_path: Path) -> None:
    assert write_schemas(tmp_path)
    made = (tmp_path / name).read_text(encoding="utf-8")
    assert (CONFIGS / "schemas" / name).read_text(encoding="utf-8") == made
    assert '"null"' not in made


def test_no_schema_is_shipped_that_no_model_gives() -> None:
    assert {path.name for path in (CONFIGS / "schemas").iterdir()} == set(schemas())


def test_the_schema_allows_what_the_shipped_workouts_hold() -> None:
    speed = re.compile(json.loads(json.dumps(schemas()))["workout.schema.json"]["$defs"]
                       ["PhaseTable"]["properties"]["speed"]["anyOf"][0]["pattern"])  # fmt: skip
    assert speed.search("2.5 km/h")
    assert speed.search("1.9 mph")
    assert not speed.search("2.5")


@pytest.mark.parametrize("name", FOR_BEGINNERS)
def test_the_caps_of_home_beginner_lower_nothing_for_a_beginner(name: str) -> None:
    workout = load_workout(name)
    phases = phases_of(name)
    # The numbers are the caps of home-beginner: speed in 0.01 km/h, then seconds at once.
    caps = {
        Heading.FORWARD: (500, 1200),
        Heading.RIGHT: (100, 60),
        Heading.BACKWARD: (200, 60),
        Heading.LEFT: (100, 60),
    }
    for phase in phases:
        speed, duration_s = caps[phase.heading]
        assert max(phase.speed, phase.end_speed) <= Speed(speed)
        assert phase.duration_s <= duration_s
        assert not phase.incline
        assert phase.crossover is Crossover.NONE
    assert seconds(phases, Heading.BACKWARD) <= 360
    assert seconds(phases, Heading.RIGHT, Heading.BACKWARD, Heading.LEFT) <= 600
    assert max(workout.warm_up.speed, workout.cool_down.speed) <= Speed(400)
    assert workout.warm_up.duration_s <= 600
    assert workout.cool_down.end_speed <= Speed(160)


@pytest.mark.parametrize("name", FOR_BEGINNERS)
def test_the_plan_of_a_beginner_has_every_phase_as_it_was_written(name: str) -> None:
    workout = load_workout(name)
    plan = make_plan(workout, base_profile("home-beginner"), None)
    assert len(plan.phases) == len(phases_of(name)) + 2
    assert [phase.limited_by for phase in plan.phases if phase.limited_by] == []
    assert plan.limited_by == ()


@pytest.mark.parametrize("name", WORKOUTS)
def test_the_plan_of_an_experienced_walker_lowers_nothing(name: str) -> None:
    plan = make_plan(load_workout(name), base_profile("home-experienced"), None)
    assert [phase.limited_by for phase in plan.phases if phase.limited_by] == []
    assert plan.limited_by == ()


# req: S001-10, S003-09
@pytest.mark.parametrize("name", WORKOUTS)
def test_both_sides_get_equal_time_and_forward_at_least_a_quarter(name: str) -> None:
    phases = phases_of(name)
    assert seconds(phases, Heading.RIGHT) == seconds(phases, Heading.LEFT)
    assert seconds(phases, Heading.FORWARD) >= 0.25 * seconds(phases, *Heading)


# req: S000-20, S001-08, S004-19
def test_the_first_lesson_is_at_crawl_speed_in_short_bouts() -> None:
    turned = [phase for phase in phases_of("first-lesson") if phase.heading is not Heading.FORWARD]
    assert {phase.heading for phase in turned} == {Heading.RIGHT, Heading.BACKWARD, Heading.LEFT}
    assert all(phase.duration_s == 30 and phase.speed == Speed(80) for phase in turned)
    assert "belt never changes its direction" in load_workout("first-lesson").description


# req: S000-30 (a base without turns)
def test_the_forward_base_never_turns() -> None:
    assert {phase.heading for phase in phases_of("forward-base")} == {Heading.FORWARD}


# req: S004-10, S002-04
def test_uphill_intervals_raise_the_incline_and_not_the_speed() -> None:
    uphill = [p for p in phases_of("backward-uphill-intervals") if p.heading is Heading.BACKWARD]
    assert {phase.speed for phase in uphill} == {Speed(300)}
    assert [phase.incline.pct for phase in uphill] == [3, 3, 5, 5, 5]


# req: S002-19 (both directions)
def test_the_crossover_workout_has_both_leads_with_and_without_crossover() -> None:
    patterns = {(p.heading, p.crossover) for p in phases_of("side-steps-crossover") if p.heading}
    assert patterns == {
        (heading, crossover)
        for heading in (Heading.RIGHT, Heading.LEFT)
        for crossover in (Crossover.NONE, Crossover.ALTERNATING)
    }


# --- the programme -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def six_weeks() -> Programme:
    return load_programme("six-weeks")


# req: S000-26, S004-11
def test_the_programme_has_three_walks_a_week_on_days_apart(six_weeks: Programme) -> None:
    assert [(session.week, session.day) for session in six_weeks.sessions] == [
        (week, day) for week in range(1, 7) for day in (1, 3, 5)
    ]


# req: S000-18, S000-24, S004-11
def test_the_programme_grows_in_duration_alone_by_at_most_a_tenth_a_week(
    six_weeks: Programme,
) -> None:
    weeks = [phases_of(f"six-weeks/week-{week}") for week in range(1, 7)]
    totals = [seconds(phases, Heading.BACKWARD) for phases in weeks]
    assert totals[-1] == 360
    assert all(0 < later - earlier <= 0.1 * earlier + 1e-9 for earlier, later in pairwise(totals))
    assert len({phase.speed for phases in weeks for phase in phases if phase.heading}) == 1
    assert len({len(phases) for phases in weeks}) == 1
    assert len(six_weeks.sessions) == 18


# req: S004-12 (forward walking also helped)
def test_the_programme_names_its_sources_and_where_it_differs(six_weeks: Programme) -> None:
    assert [source.doi for source in six_weeks.sources] == [
        "10.1055/s-2004-820997",
        "10.1186/s12891-019-2537-9",
    ]
    assert "Forward walking also helped" in six_weeks.sources[1].note
    assert "caps" in six_weeks.differs[0]
    assert six_weeks.profile == "home-beginner"


def test_a_programme_is_loaded_from_its_folder_or_its_file() -> None:
    folder = CONFIGS / "workouts" / "six-weeks"
    assert load_programme(folder) == load_programme(folder / "programme.toml")


# req: S000-03, S000-04, S001-17
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_shipped_text_promises_anything(path: Path) -> None:
    text = path.read_text(encoding="utf-8").lower()
    for word in (
        "will improve",
        "cure",
        "heal",
        "burn",
        "prevents",
        "emergency",
        "muscle confusion",
    ):
        assert word not in text


def test_a_programme_differs_from_a_source_or_from_nothing() -> None:
    text = (
        'name = "x"\ndiffers = ["It is shorter."]\n[[week]]\nsession = [{ day = 1, workout = "w" }]'
    )
    with pytest.raises(FileErrors, match=r"^f:2:1: differs: differs from what\? write a \[\[sou"):
        parse_document(text, "f", ProgrammeTable)
