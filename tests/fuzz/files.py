"""Files that people write or that were written for them, read from a disk as any file is."""

import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from fuzz.disk import folder, written
from fuzz.target import Choices, Target, Targets
from quarterturn.caps import CapRow
from quarterturn.configs import shipped_folder
from quarterturn.file_kinds import check_file
from quarterturn.machines import Machine, load_machine
from quarterturn.profile_files import read_profile
from quarterturn.profiles import Profile
from quarterturn.saved_treadmills import NotEditedError, save_treadmill
from quarterturn.settings import Settings, load_settings
from quarterturn.toml_files import FileErrors, FileProblem
from quarterturn.treadmill_url import parse_sensor_url, parse_treadmill_url
from quarterturn.workout.files import read_workout
from quarterturn.workout.phases import Block, Phase, Workout
from quarterturn.workout.programme import Programme, load_programme

T = TypeVar("T")
DATA = Path(__file__).parents[1] / "data" / "bad"


def reader(load: Callable[[Path], T], name: str) -> Callable[[bytes], T]:
    """Return what reads an input as a file; what is wrong with one has to be said properly."""

    def read(data: bytes) -> T:
        path = written(name, data)
        try:
            return load(path)
        except FileErrors as errors:
            check_problems(data, errors.problems)
            raise

    return read


def check_problems(data: bytes, problems: Sequence[FileProblem]) -> None:
    """Expect places that are in the file, and words that a terminal can be given."""
    lines = data.decode("utf-8", errors="replace").removeprefix("\ufeff").split("\n")
    for problem in problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        assert str(problem).isprintable()


# --- workouts ------------------------------------------------------------------------------------


def check_workout(_: bytes, workout: Workout) -> None:
    duration_s = workout.warm_up.duration_s + workout.cool_down.duration_s
    duration_s += sum(block_s(block) for block in workout.blocks)
    assert duration_s <= 24 * 3600
    assert workout.name.isprintable()


def block_s(block: Block) -> float:
    inside_s = 0.0
    for item in block.items:
        match item:
            case Phase():
                assert 1 <= item.duration_s <= 24 * 3600
                assert 0 < item.speed.kmh <= 25
                assert 0 < item.end_speed.kmh <= 25
                assert -10 <= item.incline.pct <= 40
                inside_s += item.duration_s
            case Block():
                inside_s += block_s(item)
    assert block.items
    return inside_s * block.repeat


def check_programme(_: bytes, programme: Programme) -> None:
    order = [(session.week, session.day) for session in programme.sessions]
    assert order == sorted(set(order))
    assert all(session.workout.exists() for session in programme.sessions)


def read_programme(path: Path) -> Programme:
    """Read it beside a workout that it may name."""
    workout = path.parent / "monday.toml"
    if not workout.exists():
        workout.write_bytes((shipped_folder() / "workouts" / "first-lesson.toml").read_bytes())
    return load_programme(path)


# --- profiles, machines, settings ----------------------------------------------------------------


def check_profile(_: bytes, profile: Profile) -> None:
    for row in CapRow:
        base, lowered = profile.base.rows.get(row), profile.lowered_row(row)
        assert base is not None or row not in profile.lowered
        if base is not None:
            highest = base.tiers[0].max_speed
            assert lowered.max_speed is None or 0 < lowered.max_speed.kmh <= highest.kmh
            assert lowered.max_incline is None or lowered.max_incline.pct >= 0
            assert lowered.max_incline is None or lowered.max_incline <= base.max_incline
            continuous_s = lowered.max_continuous_s
            assert continuous_s is None or 0 < continuous_s <= base.max_continuous_s
    assert profile.max_met is None or 0 < profile.max_met <= profile.base.max_met
    assert profile.circle_rounds is None or profile.circle_rounds <= profile.base.circle_rounds
    assert profile.body_mass_kg is None or 20 <= profile.body_mass_kg <= 300
    totals = (profile.backward_total_s, profile.base.backward_total_s)
    assert totals[0] is None or totals[0] <= totals[1]


def check_machine(_: bytes, machine: Machine) -> None:
    record = machine.record
    times_s = (record.latency_s, record.start_s, record.stop_s, record.false_zero_s)
    assert all(math.isfinite(time_s) and 0 <= time_s <= 60 for time_s in times_s)
    assert 0 < record.ramp_kmh_per_s <= 5
    assert record.speed is None or 0 < record.speed.minimum.kmh <= record.speed.maximum.kmh <= 25
    assert record.speed is None or record.speed.step.kmh > 0
    assert record.incline is None or record.incline.step.pct > 0


def check_settings(_: bytes, settings: Settings) -> None:
    for url in settings.treadmills.values():
        parse_treadmill_url(url)
    for url in settings.sensors.values():
        parse_sensor_url(url)
    assert settings.treadmill is None or settings.treadmill in settings.treadmills
    assert set(settings.use_sensors) <= set(settings.sensors)
    keys = list(settings.keymap.values())
    assert not {"space", "s", "escape"} & set(keys)
    assert len(set(keys)) == len(keys)


Edited = tuple[Settings, str, str, Settings]


def add_treadmill(data: bytes) -> Edited:
    """Put one more treadmill into a settings file, which has to say all that it said before."""
    os.environ["QUARTERTURN_HOME"] = str(folder() / "home")
    path = written("home/settings.toml", data[1:])
    name, url = NAMED[Choices(data).below(len(NAMED))]
    before = load_settings()
    try:
        save_treadmill(name, url, replace=True, as_default=True)
    except NotEditedError:
        assert path.read_bytes() == data[1:]
        raise
    return before, name, url, load_settings()


NAMED = tuple(
    (name, url)
    for name in ("home", "my gym", '"', "[x]", "a.b", "ä\\")
    for url in ("ftms+ble://AA:BB:CC:DD:EE:FF", "ftms+sim://?quirk=mph-target&seed='\"")
)


def check_added(_: bytes, found: Edited) -> None:
    before, name, url, after = found
    assert after.treadmills == {**before.treadmills, name: url}
    assert after.treadmill == (before.treadmill or name)
    assert (after.sensors, after.use_sensors) == (before.sensors, before.use_sensors)
    assert (after.units, after.ready, after.keymap) == (before.units, before.ready, before.keymap)


# --- all of them ---------------------------------------------------------------------------------


def shipped(folder: str, *more: str) -> tuple[bytes, ...]:
    """Return the smaller of the shipped files and some bad ones."""
    files = sorted((shipped_folder() / folder).glob("*.toml"), key=lambda path: path.stat().st_size)
    return tuple(
        path.read_bytes()
        for path in (*files[:4], *(DATA / f"{name}.toml" for name in more))
        if path.stat().st_size < LONGEST
    )


LONGEST = 1500
TOML_WORDS = (
    *b"= [ ] [[ ]] { } \" ' \"\"\" ''' . , # \\ true 1 -1.5 2026-01-01 inf nan \\u00e9".split(),
    b"\n",
    b"\r\n",
)
TOML_MODULES = (
    "quarterturn.toml_files",
    "quarterturn.toml_words",
    "quarterturn.toml_fields",
    "quarterturn.workout.positions",
    "tomllib._parser",
)


def words(*more: str) -> tuple[bytes, ...]:
    return (*TOML_WORDS, *(word.encode() for word in more))


def toml(
    load: Callable[[Path], T],
    check: Callable[[bytes, T], None],
    name: str,
    module: str,
    seeds: tuple[bytes, ...],
    inputs: int,
    keys: str,
) -> Target[T]:
    return Target(
        reader(load, name),
        check,
        (module, *TOML_MODULES),
        seeds,
        inputs,
        documented=(FileErrors,),
        longest=LONGEST,
        words=words(*keys.split()),
    )


WORKOUT_KEYS = (
    "name warm_up cool_down duration speed incline block phase repeat mirror heading kind feet "
    'lead cue "60s" "2km/h" "2mph" "1%" forward backward right left walk recover [[block]] '
    "[[block.phase]] [[block.block]] [warm_up] [cool_down]"
)
SETTINGS = (
    b'units = "mph"\ntreadmill = "home"\n[treadmills]\nhome = "ftms+sim://" # ours\n',
    b'treadmills.a = "ftms+sim://"\n[keymap]\nready = "r"\n',
    b'treadmills = {a = "ftms+sim://", "b c" = \'ftms+ble://X\'}\r\n',
    b'use_sensors = ["strap"]\n[sensors]\nstrap = "heart-rate+sim://"\n',
)
SETTINGS_KEYS = (
    "units ready profile treadmill treadmills sensors use_sensors keymap [treadmills] [sensors] "
    '[keymap] "ftms+sim://" "heart-rate+sim://" "mph" "hold" "twice" "enter" "r" home'
)

TARGETS: Targets = {
    "workout-file": toml(
        read_workout,
        check_workout,
        "workout.toml",
        "quarterturn.workout.files",
        shipped("workouts", "headings", "ramps", "unknown-keys"),
        15_000,
        WORKOUT_KEYS,
    ),
    "programme-file": toml(
        read_programme,
        check_programme,
        "programme/programme.toml",
        "quarterturn.workout.programme",
        (
            b'name = "x"\n[[week]]\n[[week.session]]\nday = 1\nworkout = "monday"\n',
            (DATA / "programme" / "programme.toml").read_bytes(),
        ),
        5_000,
        "name profile source title doi week session day workout differs [[week]] [[week.session]]",
    ),
    "profile-file": toml(
        read_profile,
        check_profile,
        "profile.toml",
        "quarterturn.profile_files",
        shipped("profiles"),
        12_000,
        'base name caps [caps] [caps.backward_walk] speed continuous effort_met "home-beginner" '
        '"clinic" circle_rounds birth_year body_mass "70kg" "60s" "1km/h" "0%"',
    ),
    "machine-file": toml(
        load_machine,
        check_machine,
        "machine.toml",
        "quarterturn.machines",
        shipped("treadmills"),
        12_000,
        "description names sources latency_s stop_s [speed] [incline] minimum maximum step "
        '"0.1km/h" "12km/h" "0.5%" target_unit "mph" on_link_loss',
    ),
    "settings-file": toml(
        load_settings,
        check_settings,
        "settings.toml",
        "quarterturn.settings",
        (*SETTINGS, (DATA / "settings-all-wrong.toml").read_bytes()),
        15_000,
        SETTINGS_KEYS,
    ),
    "any-file": Target(
        lambda data: check_file(written("any.toml", data)),
        check_problems,
        ("quarterturn.file_kinds", *TOML_MODULES),
        tuple(path.read_bytes() for path in sorted(DATA.glob("syntax-*.toml"))),
        15_000,
        documented=(),
        longest=400,
        words=words("#:schema", "./workout.schema.json", "profile.schema.json", "base", "block"),
    ),
    "settings-edits": Target(
        add_treadmill,
        check_added,
        ("quarterturn.saved_treadmills", "quarterturn.workout.positions"),
        tuple(bytes([index]) + text for index, text in enumerate(SETTINGS)),
        5_000,
        documented=(FileErrors, NotEditedError),
        longest=300,
        words=words(*SETTINGS_KEYS.split()),
    ),
}
