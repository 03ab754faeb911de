from pathlib import Path
from typing import Any

import pytest

from quarterturn.caps import BASES, CapRow
from quarterturn.profile_files import load_profile, profile_names, read_profile
from quarterturn.profiles import CueChannel, LoweredRow, Profile, base_profile
from quarterturn.toml_files import FileErrors
from quarterturn.units import Incline, Speed

FULL = """
name = "Anna"
base = "home-experienced"
body_mass = "154 lb"
birth_year = 1980
comfortable_forward_speed = "3.1 mph"
max_heart_rate_bpm = 150
back_or_knee_problem = true
cue_channel = "screen-reader"
voice = "anna"
language = "de-AT"

[caps]
effort_met = 6
backward_total = "8 min"
non_forward_total = "15 min"
circle_rounds = 3

[caps.backward_walk]
speed = "1.9 mph"
continuous = "90 s"

[caps.backward_uphill]
incline = "4 %"
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))
    (tmp_path / "profiles").mkdir()
    return tmp_path / "profiles"


def problems_of(folder: Path, text: str) -> list[str]:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileErrors) as caught:
        read_profile(path)
    return [f"{it.line}:{it.column}: {it.key}: {it.message}" for it in caught.value.problems]


# --- what a file says ------------------------------------------------------------------------


def test_a_whole_profile_is_read_in_its_units_and_caps_are_rounded_down(own_folder: Path) -> None:
    (own_folder / "mine.toml").write_text(FULL, encoding="utf-8")
    profile = load_profile("mine")
    assert profile.name == "Anna"
    assert profile.base is BASES["home-experienced"]
    assert profile.body_mass_kg == pytest.approx(69.85, abs=0.01)
    assert profile.birth_year == 1980
    assert profile.comfortable_forward_speed == Speed(498)  # 3.1 mph is 4.9889 km/h
    assert profile.max_heart_rate_bpm == 150
    assert (profile.back_or_knee_problem, profile.balance_problem) == (True, False)
    assert profile.knee_injury is False
    assert profile.cue_channel is CueChannel.SCREEN_READER
    assert (profile.voice, profile.language) == ("anna", "de-AT")
    assert (profile.max_met, profile.circle_rounds) == (6.0, 3)
    assert (profile.backward_total_s, profile.non_forward_total_s) == (480, 900)
    # 1.9 mph is 3.0577 km/h
    assert profile.lowered_row(CapRow.BACKWARD_WALK) == LoweredRow(Speed(305), None, 90)
    assert profile.lowered_row(CapRow.BACKWARD_UPHILL) == LoweredRow(None, Incline(40), None)
    assert profile.lowered_row(CapRow.SIDE_STEP) == LoweredRow()


def test_a_profile_of_a_base_alone_assumes_nothing(own_folder: Path) -> None:
    (own_folder / "plain.toml").write_text('base = "clinic"', encoding="utf-8")
    assert load_profile("plain") == Profile("plain", BASES["clinic"])


@pytest.mark.parametrize("name", list(BASES))
def test_the_shipped_profiles_are_their_bases_with_nothing_lowered(name: str) -> None:
    # req: S001-03
    assert load_profile(name) == base_profile(name)


@pytest.mark.parametrize("name", list(BASES))
def test_what_a_shipped_profile_shows_as_the_highest_is_the_highest(
    name: str, own_folder: Path
) -> None:
    shown = profile_names()[name].read_text(encoding="utf-8").splitlines()
    first = next(i for i, line in enumerate(shown) if line.startswith("# [caps]"))
    caps = "\n".join(line.removeprefix("# ") for line in shown[first:])
    path = own_folder / "shown.toml"
    path.write_text(f'base = "{name}"\n{caps}\n', encoding="utf-8")
    profile = read_profile(path)
    base = BASES[name]
    assert profile.max_met == base.max_met
    assert profile.backward_total_s == base.backward_total_s
    assert profile.non_forward_total_s == base.non_forward_total_s
    assert profile.circle_rounds == base.circle_rounds
    assert set(profile.lowered) == set(base.rows) - {CapRow.RECOVER}
    for row, lowered in profile.lowered.items():
        assert lowered.max_speed == base.rows[row].tiers[0].max_speed
        assert lowered.max_incline in (None, base.rows[row].max_incline)
        assert lowered.max_continuous_s in (None, base.rows[row].max_continuous_s)


# --- finding one -----------------------------------------------------------------------------


def test_a_profile_is_found_by_path_with_or_without_its_ending(own_folder: Path) -> None:
    path = own_folder / "else" / "where"
    path.parent.mkdir()
    path.write_text('base = "clinic"', encoding="utf-8")
    assert load_profile(path).name == "where"
    toml = path.with_suffix(".toml")
    toml.write_text('base = "clinic"', encoding="utf-8")
    assert load_profile(str(toml)).base is BASES["clinic"]


def test_a_profile_that_does_not_exist_is_an_error_that_lists_those_that_do() -> None:
    with pytest.raises(FileErrors, match="no profile of this name; did you mean clinic"):
        load_profile("clinik")
    with pytest.raises(FileErrors, match="no such file"):
        load_profile("a\0b")


def test_a_file_cannot_take_the_place_of_a_shipped_profile(own_folder: Path) -> None:
    (own_folder / "home-beginner.toml").write_text('base = "home-experienced"', encoding="utf-8")
    assert load_profile("home-beginner").base is BASES["home-beginner"]


# --- only lower ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "table", "line", "expected"),
    [
        # no file reaches above the cap of its base, req: S004-21
        (
            "home-beginner",
            "[caps.backward_walk]",
            'speed = "2.01 km/h"',
            (
                '4:1: caps.backward_walk.speed: "2.01 km/h" is above the 2.0 km/h of '
                "home-beginner; a profile can only lower it"
            ),
        ),
        (
            "home-experienced",
            "[caps.backward_uphill]",
            'speed = "3.51 km/h"',
            (
                '4:1: caps.backward_uphill.speed: "3.51 km/h" is above the 3.5 km/h of '
                "home-experienced; a profile can only lower it"
            ),
        ),
        (
            "home-beginner",
            "[caps.side_step]",
            'incline = "0.1 %"',
            (
                '4:1: caps.side_step.incline: "0.1 %" is above the 0.0 % of home-beginner; '
                "a profile can only lower it"
            ),
        ),
        (
            "clinic",
            "[caps.side_step]",
            'continuous = "61 s"',
            (
                '4:1: caps.side_step.continuous: "61 s" is above the 60 s of clinic; '
                "a profile can only lower it"
            ),
        ),
        (
            "clinic",
            "[caps]",
            'backward_total = "601 s"',
            (
                '4:1: caps.backward_total: "601 s" is above the 600 s of clinic; '
                "a profile can only lower it"
            ),
        ),
        (
            "clinic",
            "[caps]",
            'non_forward_total = "13 min"',
            (
                '4:1: caps.non_forward_total: "13 min" is above the 720 s of clinic; '
                "a profile can only lower it"
            ),
        ),
        (
            "home-experienced",
            "[caps]",
            "circle_rounds = 6",
            (
                "4:1: caps.circle_rounds: 6 is above the 5 of home-experienced; "
                "a profile can only lower it"
            ),
        ),
        (
            "home-beginner",
            "[caps]",
            "effort_met = 5.1",
            (
                "4:1: caps.effort_met: 5.1 is above the 5 of home-beginner; "
                "a profile can only lower it"
            ),
        ),
        (
            "home-beginner",
            "[caps.forward_jog]",
            'speed = "6.0 km/h"',
            (
                "3:7: caps.forward_jog: home-beginner has no forward jog; home-experienced "
                "offers it, and a file can only lower"
            ),
        ),
        (
            "home-beginner",
            "[caps.backward_walk]",
            'continuous = "29 s"',
            '4:1: caps.backward_walk.continuous: "29 s" is too short; at least 30 s is allowed',
        ),
        (
            "home-beginner",
            "[caps.warm_up]",
            'continuous = "179 s"',
            '4:1: caps.warm_up.continuous: "179 s" is too short; at least 180 s is allowed',
        ),
        (
            "home-beginner",
            "[caps.cool_down]",
            'continuous = "119 s"',
            '4:1: caps.cool_down.continuous: "119 s" is too short; at least 120 s is allowed',
        ),
    ],
)
def test_a_value_outside_of_what_a_file_may_lower_is_refused_at_its_place(
    own_folder: Path, base: str, table: str, line: str, expected: str
) -> None:
    assert problems_of(own_folder, f'base = "{base}"\n\n{table}\n{line}\n') == [expected]


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("[caps.backward_walk]", 'speed = "2.0 km/h"'),
        ("[caps.backward_walk]", 'continuous = "30 s"'),
        ("[caps.backward_walk]", 'continuous = "60 s"'),
        ("[caps.warm_up]", 'continuous = "3 min"'),
        ("[caps.cool_down]", 'continuous = "2 min"'),
        ("[caps.forward_walk]", 'incline = "5 %"'),
        ("[caps]", 'backward_total = "6 min"'),
        ("[caps]", "circle_rounds = 2"),
        ("[caps]", "effort_met = 5"),
    ],
)
def test_a_value_at_the_cap_is_accepted(own_folder: Path, table: str, line: str) -> None:
    path = own_folder / "mine.toml"
    path.write_text(f'base = "home-beginner"\n{table}\n{line}\n', encoding="utf-8")
    assert read_profile(path).base is BASES["home-beginner"]


def test_every_mistake_is_reported_at_once_with_its_place(own_folder: Path) -> None:
    text = """\
base = "home-beginner"
body_mass = 70
birth_year = 1850
comfortable_forward_speed = "4.0"
cue_channel = "drum"
language = "English"
colour = "red"

[caps]
effort_met = nan

[caps.backward_walk]
speed = "2.5 km/h"

[caps.side_step]
speed = 1.0
incline = "-1 %"

[caps.recover]
speed = "1.0 km/h"
"""
    found = problems_of(own_folder, text)
    assert [line.split(": ")[:2] for line in found] == [
        ["2:1", "body_mass"],
        ["3:1", "birth_year"],
        ["4:1", "comfortable_forward_speed"],
        ["5:1", "cue_channel"],
        ["6:1", "language"],
        ["7:1", "colour"],
        ["10:1", "caps.effort_met"],
        ["13:1", "caps.backward_walk.speed"],
        ["16:1", "caps.side_step.speed"],
        ["17:1", "caps.side_step.incline"],
        ["19:7", "caps.recover"],
    ]
    assert '70 is no body mass; write "70 kg" or "154 lb"' in found[0]
    assert "a bare number is refused" in found[8]


@pytest.mark.parametrize("text", ["", 'base = "expert"', "base = 1\ncaps = 2", "base = []"])
def test_a_profile_without_a_valid_base_is_refused(own_folder: Path, text: str) -> None:
    assert any("base" in line for line in problems_of(own_folder, text))


@pytest.mark.parametrize("mass", ["19 kg", "301 kg", "44 lb", "700 lb", "70", "70 stone"])
def test_a_body_mass_outside_of_20_to_300_kg_or_without_a_unit_is_refused(
    own_folder: Path, mass: str
) -> None:
    found = problems_of(own_folder, f'base = "clinic"\nbody_mass = "{mass}"\n')
    assert len(found) == 1
    assert found[0].startswith("2:1: body_mass: ")


@pytest.mark.parametrize("speed", ["0 km/h", "0.001 km/h", "0.006 km/h", "-1 km/h", "26 km/h"])
def test_a_cap_that_nobody_can_walk_under_is_refused(own_folder: Path, speed: str) -> None:
    found = problems_of(own_folder, f'base = "clinic"\n[caps.warm_up]\nspeed = "{speed}"\n')
    assert len(found) == 1


# --- the person ------------------------------------------------------------------------------


def profile_with(**fields: Any) -> Profile:
    return Profile("anna", BASES["home-beginner"], **fields)


@pytest.mark.parametrize(
    ("fields", "cautious"),
    [
        ({}, False),
        ({"birth_year": 1962}, False),
        ({"birth_year": 1961}, True),
        ({"balance_problem": True}, True),
        ({"back_or_knee_problem": True}, True),
        ({"knee_injury": True}, False),
    ],
)
def test_age_balance_back_or_knee_make_a_profile_cautious(
    fields: dict[str, Any], cautious: bool
) -> None:
    # req: S003-18, S000-27
    assert profile_with(**fields).is_cautious(2026) is cautious


def test_an_age_needs_the_year_it_is_reckoned_in() -> None:
    with pytest.raises(ValueError, match="needs the year"):
        profile_with(birth_year=1980).is_cautious(None)
    assert profile_with().age(None) is None
    assert profile_with(birth_year=1980).age(2026) == 46


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        # req: S000-34: 0.85 x (207 - 0.7 x 46) = 148.58
        ({"birth_year": 1980}, 148),
        ({"birth_year": 1980, "max_heart_rate_bpm": 120}, 120),
        ({"max_heart_rate_bpm": 130}, 130),
        ({}, None),
    ],
)
def test_the_heart_rate_alarm_is_the_one_set_or_follows_age(
    fields: dict[str, Any], expected: int | None
) -> None:
    assert profile_with(**fields).heart_rate_alarm_bpm(2026) == expected
