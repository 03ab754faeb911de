"""The file that is kept: it says what was found out, and how."""

import dataclasses
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.machines import MachineTable, own_record_path, save_machine_record
from quarterturn.model import (
    Capabilities,
    InclineRange,
    MachineRecord,
    Notice,
    NoticeKind,
    SetSpeed,
    SpeedRange,
    SpeedUnit,
    Start,
    Stop,
)
from quarterturn.onboarding.findings import Findings
from quarterturn.onboarding.observed import Observed
from quarterturn.onboarding.record_text import record_text
from quarterturn.onboarding.topics import console, read_seconds, read_speed, stands, zero_for
from quarterturn.toml_files import FileErrors, parse_document
from quarterturn.units import Incline, Speed

RANGE = SpeedRange(Speed(50), Speed(1600), Speed(10))
ON = "2026-11-21"


def trial(
    script: str = "steps", *, stop_s: float = 4.0, notices: tuple[Notice, ...] = ()
) -> Observed:
    speeds = [(12.5 + index, 50) for index in range(8)]
    speeds += [(21.5 + index, min(150, 100 + 50 * index)) for index in range(9)]
    speeds += [(30.0 + stop_s + index, 0) for index in range(3)]
    return Observed(
        script,
        0.0,
        40.0,
        (
            (8.0, Start()),
            (12.5, SetSpeed(Speed(50))),
            (20.0, SetSpeed(Speed(150))),
            (30.0, Stop()),
        ),
        tuple(speeds),
        notices=notices,
    )


FOUND = Findings(capabilities=Capabilities(RANGE, None)).saw(trial())


def said(found: Findings) -> MachineRecord:
    text = record_text(found, "mine", "Mine", ON)
    return parse_document(text, "mine.toml", MachineTable).model.record("mine")


def test_what_was_measured_is_recorded_on_the_cautious_side() -> None:
    record = FOUND.record("mine")
    assert record.latency_s == 1.8  # 1.5 s and the margin
    assert record.ramp_kmh_per_s == 0.45  # nine tenths of 0.5
    assert record.start_s == 4.5
    assert record.stop_s == 16.0  # 4 s from 1.5 km/h, as from 6 km/h
    assert record.false_zero_s == 3.0


def test_what_was_not_measured_keeps_the_default() -> None:
    unknown, record = MachineRecord(), Findings().record("mine")
    assert replace(record, name="unknown") == unknown
    assert said(Findings()) == record


def test_the_file_says_how_each_value_was_found_and_when() -> None:
    text = record_text(FOUND, "mine", 'A "treadmill"', ON)
    assert text.startswith(
        f"# Found out by `quarterturn onboard` on {ON}, with nobody on the belt."
    )
    assert 'description = "A \\"treadmill\\""' in text
    assert "latency_s = 1.8 # once: 1.5 s to the first report" in text
    assert "ramp_kmh_per_s = 0.45 # once: 0.5 km/h per s measured" in text
    assert "stop_s = 16.0 # once: 4.0 s from 1.5 km/h; extended to 6 km/h" in text
    assert "none in 18 s of motion: not ruled out by that" in text
    assert "The unit was not confirmed at the console" in text
    assert 'on_link_loss = "unknown" # not tried' in text


def test_a_console_that_was_read_is_named() -> None:
    text = record_text(replace(FOUND, console="0.3 mph"), "mine", "Mine", ON)
    assert "The console showed 0.3 mph when this was measured." in text
    assert 'report_unit = "km/h" # agrees with the console' in text


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ("paused", "told as a pause"),
        ("stopped", "told as a stop"),
        ("zeros", "is not told"),
        ("silent", "silence would look like a fault"),
        ("not pressed", "was not tried"),
        (None, "was not tried"),
    ],
)
def test_what_is_known_of_the_consoles_pause_is_said(seen: str | None, words: str) -> None:
    assert words in record_text(replace(FOUND, pause_seen_as=seen), "mine", "Mine", ON)


def test_a_machine_that_calls_its_stop_a_pause_is_named() -> None:
    paused = trial(notices=(Notice(31.0, NoticeKind.PAUSED),))
    assert "calls its own Stop a pause" in record_text(FOUND.saw(paused), "mine", "Mine", ON)
    at_console = trial("pause", notices=(Notice(31.0, NoticeKind.PAUSED),))
    assert "calls its own Stop" not in record_text(FOUND.saw(at_console), "mine", "Mine", ON)


def test_false_zeros_are_given_the_time_that_they_took() -> None:
    zeros = replace(trial(), reports=((12.5, 50), (13.5, 0), (17.5, 50), (34.0, 0)))
    found = Findings().saw(zeros)
    assert found.record("mine").false_zero_s == 5.0
    assert "seen once" in record_text(found, "mine", "Mine", ON)
    seen = replace(FOUND, zero_moved_s=4.2, zero_watched=True)
    assert seen.record("mine").false_zero_s == 4.5
    assert seen.record("mine").stop_s == 33.0  # a stop that was reported so early is longer
    assert "a person saw the belt move" in record_text(seen, "mine", "Mine", ON)


def test_a_slower_belt_than_a_record_can_say_is_recorded_as_slow_as_it_can() -> None:
    slow = replace(trial(stop_s=25.0), ended_s=90.0)
    assert Findings().saw(slow).record("mine").stop_s == 60.0


def test_the_range_is_written_where_the_machines_own_is_not_what_it_takes() -> None:
    assert FOUND.record("mine").speed is None
    miles = replace(FOUND, target_unit=SpeedUnit.MPH)
    assert miles.record("mine").speed == RANGE
    coarse = FOUND.with_step(Speed(50))
    assert coarse.speed == replace(RANGE, step=Speed(50))
    assert Findings().with_step(Speed(50)) == Findings()


def test_a_link_that_was_not_cut_says_why_where_the_belt_is_too_fast() -> None:
    fast = replace(FOUND, capabilities=Capabilities(replace(RANGE, minimum=Speed(120)), None))
    text = record_text(fast, "mine", "Mine", ON)
    assert "not tried: it goes no slower than 1.2 km/h" in text
    cut = replace(FOUND, on_link_loss="stops", link_loss_seen_by="a person")
    assert "once; seen by a person" in record_text(cut, "mine", "Mine", ON)


BOOLEANS = st.booleans()
UNITS = st.sampled_from(SpeedUnit)


@given(
    base=st.builds(
        MachineRecord,
        vendor_steps=BOOLEANS,
        request_control_before_each=BOOLEANS,
        subscribe_training_status=BOOLEANS,
        command_gap_s=st.sampled_from([0.0, 0.4, 2.0]),
        target_unit=UNITS,
        report_unit=UNITS,
        answers_request_control=BOOLEANS,
        answers_commands=BOOLEANS,
        request_control_attempts=st.integers(1, 3),
        speed=st.none() | st.just(SpeedRange(Speed(81), Speed(1600), Speed(17))),
        incline=st.none() | st.just(InclineRange(Incline(-30), Incline(150), Incline(5))),
        false_zero_s=st.sampled_from([0.0, 3.0, 7.5]),
    ),
    silent=BOOLEANS,
    link_loss=st.sampled_from(["unknown", "stops", "keeps_running"]),
    description=st.text(min_size=1, max_size=80).filter(str.isprintable),
)
def test_the_text_says_just_what_the_record_says(
    base: MachineRecord, silent: bool, link_loss: str, description: str
) -> None:
    found = replace(
        Findings.begin(base),
        silent_when_stopped=silent,
        on_link_loss=link_loss,
        capabilities=Capabilities(base.speed or RANGE, None),
    ).saw(trial())
    text = record_text(found, "mine", description, ON)
    model = parse_document(text, "mine.toml", MachineTable).model
    assert model.record("mine") == found.record("mine")
    assert model.description == description


def test_what_only_some_machines_have_is_written_only_where_it_is_so() -> None:
    odd = MachineRecord(
        vendor_steps=True,
        command_gap_s=0.4,
        answers_request_control=False,
        answers_commands=False,
        request_control_attempts=2,
        speed=SpeedRange(Speed(80), Speed(1600), Speed(20)),
        incline=InclineRange(Incline(-30), Incline(150), Incline(5)),
    )
    capabilities = Capabilities(odd.speed, None)
    found = replace(Findings.begin(odd), silent_when_stopped=True, capabilities=capabilities)
    lines = record_text(found, "mine", "Mine", ON).splitlines()
    only_here = [
        "silent_when_stopped = true # it said nothing while it stood",
        "answers_request_control = false # asked twice, and not answered",
        "request_control_attempts = 2 # the first request was not answered",
        "answers_commands = false # the belt moved, the Start was not answered",
        "vendor_steps = true # from the record that was named",
        "command_gap_s = 0.4 # from the record that was named",
        "[speed] # what it takes, where its own range says otherwise",
        'minimum = "0.8 km/h"',
        'maximum = "16 km/h"',
        'step = "0.2 km/h"',
        "[incline] # from the record that was named",
        'minimum = "-3 %"',
        'maximum = "15 %"',
        'step = "0.5 %"',
    ]
    assert [line for line in lines if line in only_here] == only_here
    assert not set(only_here) & set(record_text(FOUND, "mine", "Mine", ON).splitlines())


def test_no_part_of_a_record_is_forgotten() -> None:
    # Whatever is added to a record has to be found out, taken over, or left out on purpose.
    assert {field.name for field in dataclasses.fields(MachineRecord)} == {
        "name", "latency_s", "ramp_kmh_per_s", "incline_pct_per_s", "start_s", "stop_s",
        "false_zero_s", "silent_when_stopped", "vendor_steps", "target_unit", "report_unit",
        "speed", "incline", "answers_request_control", "answers_commands",
        "request_control_attempts", "request_control_before_each", "command_gap_s",
        "subscribe_training_status", "on_link_loss",
    }  # fmt: skip


# --- the file ------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_record_is_kept_only_if_its_file_says_what_it_should(home: Path) -> None:
    record = FOUND.record("mine")
    text = record_text(FOUND, "mine", "Mine", ON)
    with pytest.raises(ValueError, match="does not say what was found out"):
        save_machine_record(record, text.replace("start_s = 4.5", "start_s = 5"), overwrite=False)
    with pytest.raises(FileErrors, match="latency_s"):
        save_machine_record(record, text.replace("1.8", '"1.8"', 1), overwrite=False)
    assert not home.exists()
    path = save_machine_record(record, text, overwrite=False)
    assert path == home / "treadmills" / "mine.toml"
    with pytest.raises(FileExistsError):
        save_machine_record(record, text, overwrite=False)


@pytest.mark.parametrize("name", ["", "A", "a b", "a/b", "..", "x" * 41, "simulated"])
def test_a_record_has_a_name_of_its_own(name: str) -> None:
    with pytest.raises(ValueError, match="name of a record"):
        own_record_path(name)


# --- answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "centi_kmh"), [("1.0 km/h", 100), ("0.6 mph", 97), ("25 km/h", 2500)]
)
def test_a_speed_is_read_with_its_unit(answer: str, centi_kmh: int) -> None:
    assert read_speed(answer) == Speed(centi_kmh)
    assert console().accepts(answer)


@pytest.mark.parametrize("answer", ["1.0", "0 km/h", "26 km/h", "fast", "", "1.0 m/s", "-1 km/h"])
def test_what_is_no_speed_is_no_answer(answer: str) -> None:
    assert read_speed(answer) is None
    assert not console().accepts(answer)


@pytest.mark.parametrize(("answer", "seconds"), [("2", 2.0), ("2.5 s", 2.5), ("0", 0.0)])
def test_seconds_are_read(answer: str, seconds: float) -> None:
    assert read_seconds(answer) == seconds
    assert zero_for().accepts(answer)


@pytest.mark.parametrize("answer", ["", "s", "-1", "61", "1.2.3", "1e9", "٣", "."])
def test_what_are_no_seconds_are_no_answer(answer: str) -> None:
    assert read_seconds(answer) is None
    assert not zero_for().accepts(answer)


def test_a_question_of_words_takes_no_number() -> None:
    assert stands().accepts("yes")
    assert not stands().accepts("1.0 km/h")
