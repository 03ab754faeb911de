from pathlib import Path

import pytest

from quarterturn.model import Crossover, Heading, PhaseKind
from quarterturn.toml_files import FileErrors
from quarterturn.units import LEVEL, Incline, Speed
from quarterturn.workout.files import find_workout, load_workout, parse_workout, workout_names
from quarterturn.workout.phases import Block, Phase, Side

EDGES = """
name = "Test"
[warm_up]
duration = "3 min"
speed = ["2.0 km/h", "1.9 mph"]
incline = "1 %"
[cool_down]
duration = "2 min"
speed = "2.0 km/h"
"""


def phases_of(blocks: str) -> list[Phase]:
    workout = parse_workout(EDGES + blocks)
    return [phase for phases in workout.rounds() for phase in phases]


def in_short(block: Block) -> list[object]:
    return [item.speed.kmh if isinstance(item, Phase) else in_short(item) for item in block.items]


# req: S001-09
def test_the_shipped_circle_is_one_minute_each_way_round() -> None:
    workout = load_workout("circle")
    (phases,) = workout.rounds()
    assert phases == (
        Phase(PhaseKind.WALK, Heading.FORWARD, 60, Speed(250), Speed(250)),
        Phase(PhaseKind.SIDE_STEP, Heading.RIGHT, 60, Speed(100), Speed(100)),
        Phase(PhaseKind.WALK, Heading.BACKWARD, 60, Speed(200), Speed(200)),
        Phase(PhaseKind.SIDE_STEP, Heading.LEFT, 60, Speed(100), Speed(100)),
    )
    assert workout.warm_up == Phase(PhaseKind.WARM_UP, Heading.FORWARD, 300, Speed(300), Speed(300))
    assert workout.cool_down == Phase(
        PhaseKind.COOL_DOWN, Heading.FORWARD, 180, Speed(250), Speed(150)
    )


def test_a_speed_in_mph_and_a_ramp_are_converted_once() -> None:
    workout = parse_workout(
        EDGES + '[[block]]\n[[block.phase]]\nheading="forward"\nduration="1 s"\nspeed=["1 mph"]'
    )
    assert workout.description == ""
    assert workout.warm_up.duration_s == 180
    assert (workout.warm_up.speed, workout.warm_up.end_speed) == (Speed(200), Speed(306))
    assert workout.warm_up.incline == Incline(10)
    (phases,) = workout.rounds()
    assert (phases[0].speed, phases[0].end_speed, phases[0].incline) == (
        Speed(161),
        Speed(161),
        LEVEL,
    )


# req: D6, S002-19, S002-20, S003-19, S001-15
def test_every_kind_of_phase_can_be_written() -> None:
    common = 'duration = "90 s"\nspeed = "1.2 km/h"\n'
    assert phases_of(
        f"""
        [[block]]
        [[block.phase]]
        heading = "right"
        crossover = "alternating"
        {common}
        [[block.phase]]
        heading = "left"
        kind = "side_step"
        crossover = "behind"
        {common}
        [[block.phase]]
        heading = "backward"
        kind = "diagonal"
        side = "left"
        {common}
        [[block.phase]]
        heading = "forward"
        kind = "jog"
        incline = "-2.5 %"
        cue = "Easy — and tall!"
        {common}
        [[block.phase]]
        heading = "backward"
        kind = "walk"
        incline = "10 %"
        {common}
        """
    ) == [
        Phase(
            PhaseKind.SIDE_STEP,
            Heading.RIGHT,
            90,
            Speed(120),
            Speed(120),
            crossover=Crossover.ALTERNATING,
        ),
        Phase(
            PhaseKind.SIDE_STEP,
            Heading.LEFT,
            90,
            Speed(120),
            Speed(120),
            crossover=Crossover.BEHIND,
        ),
        Phase(PhaseKind.DIAGONAL, Heading.BACKWARD, 90, Speed(120), Speed(120), side=Side.LEFT),
        Phase(
            PhaseKind.JOG,
            Heading.FORWARD,
            90,
            Speed(120),
            Speed(120),
            Incline(-25),
            cue="Easy — and tall!",
        ),
        Phase(PhaseKind.WALK, Heading.BACKWARD, 90, Speed(120), Speed(120), Incline(100)),
    ]


def test_phases_and_blocks_keep_the_order_in_which_they_are_written() -> None:
    def phase(table: str, kmh: int) -> str:
        return f'[[{table}]]\nheading = "forward"\nduration = "60 s"\nspeed = "{kmh} km/h"\n'

    workout = parse_workout(
        EDGES
        + "[[block]]\n"
        + "[[block.block]]\nrepeat = 2\n"
        + phase("block.block.phase", 1)
        + "[[block.block.block]]\n"
        + phase("block.block.block.phase", 2)
        + phase("block.block.phase", 3)
        + phase("block.phase", 4)
        + "[[block.block]]\n"
        + phase("block.block.phase", 5)
        + phase("block.phase", 6)
    )
    (block,) = workout.blocks
    assert in_short(block) == [[1, [2], 3], 4, [5], 6]
    (phases,) = workout.rounds()
    assert [phase.speed.kmh for phase in phases] == [1, 2, 3, 1, 2, 3, 4, 5, 6]


def test_the_order_of_inline_tables_is_kept_too() -> None:
    walk = '{ heading = "forward", duration = "60 s", speed = "%d km/h" }'
    workout = parse_workout(
        EDGES.replace('name = "Test"', "").replace(
            "[warm_up]",
            f"""
            name = "Test"
            block = [
              {{ block = [ {{ phase = [ {walk % 1}, {walk % 2} ] }} ], phase = [ {walk % 3} ] }},
              {{ phase = [ {walk % 4} ], block = [ {{ phase = [ {walk % 5} ] }} ] }},
            ]
            [warm_up]""",
        )
    )
    assert [in_short(block) for block in workout.blocks] == [[[1, 2], 3], [4, [5]]]


def test_a_mirrored_block_turns_the_other_way_round() -> None:
    text = (
        "[[block]]\nmirror = true\nrepeat = 2\n"
        '[[block.phase]]\nheading = "right"\nduration = "30 s"\nspeed = "1.0 km/h"\n'
    )
    assert [phase.heading for phase in phases_of(text)] == [Heading.LEFT, Heading.LEFT]


def test_the_largest_workout_is_allowed() -> None:
    text = (
        "[[block]]\nrepeat = 998\n[[block.block]]\nrepeat = 10\n"
        '[[block.block.phase]]\nheading = "forward"\nduration = "1 s"\nspeed = "1 km/h"\n'
        '[[block]]\n[[block.phase]]\nheading = "forward"\nduration = "21 h"\nspeed = "1 km/h"\n'
    )
    assert len(phases_of(text)) == 9981
    with pytest.raises(FileErrors, match="the workout unrolls to 10003 phases; at most 10000"):
        parse_workout(EDGES + text.replace("998", "1000"))


# --- names ---------------------------------------------------------------------------------------


def test_a_workout_is_found_by_its_name_or_its_path(tmp_path: Path) -> None:
    assert load_workout("six-weeks/week-1").name == "Six weeks, week 1"
    path = tmp_path / "mine.toml"
    path.write_text(find_workout("circle").read_text(encoding="utf-8"), encoding="utf-8")
    assert load_workout(str(path)).name == load_workout(path).name == "Circle"


def test_a_file_without_the_usual_ending_is_found_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine").write_text(find_workout("circle").read_text(encoding="utf-8"), encoding="utf-8")
    assert load_workout("mine").name == "Circle"


def test_a_shipped_name_is_not_taken_over_by_a_file_or_a_workout_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    Path("circle").touch()
    (tmp_path / "workouts").mkdir()
    (tmp_path / "workouts" / "circle.toml").touch()
    (tmp_path / "workouts" / "mine.toml").touch()
    assert load_workout("circle").name == "Circle"
    assert find_workout("mine") == tmp_path / "workouts" / "mine.toml"
    assert "mine" in workout_names()


@pytest.mark.parametrize("name", ["crcle", "../circle", "cir\0cle", "", "x" * 5000])
def test_an_unknown_name_is_an_error_that_lists_the_workouts(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileErrors) as caught:
        load_workout(name)
    assert ":1:1: workout: no such file, and no workout of this name; " in str(caught.value)
    assert "allowed: backward-intervals, backward-uphill-intervals, circle" in str(caught.value)
    assert "programme" not in str(caught.value)


def test_a_near_name_is_suggested_and_a_programme_names_its_workouts() -> None:
    with pytest.raises(FileErrors, match=r"did you mean circle\? "):
        load_workout("crcle")
    with pytest.raises(FileErrors, match="one workout at a time, as in six-weeks/week-1; "):
        load_workout("six-weeks")
