"""Machine records: the shipped ones, the user's, and everything that can be wrong with one."""

from pathlib import Path

import pytest

from quarterturn.machines import (
    MachineTable,
    all_machines,
    load_machine,
    load_machine_record,
    match_advertised,
)
from quarterturn.model import InclineRange, MachineRecord, SpeedRange, SpeedUnit
from quarterturn.toml_files import FileErrors
from quarterturn.units import Incline, Speed


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path / "home"))
    folder = tmp_path / "home" / "treadmills"
    folder.mkdir(parents=True)
    return folder


def problems(path: Path, text: str) -> list[str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileErrors) as errors:
        load_machine_record(path)
    return [str(problem).removeprefix(f"{path}:") for problem in errors.value.problems]


def test_every_shipped_record_is_valid_cites_its_source_and_says_what_it_is() -> None:
    shipped = all_machines()
    assert {"simulated", "vitalwalk-tm11gy", "omega-z", "t318", "merach", "wellfit"} <= set(shipped)
    for name, machine in shipped.items():
        assert machine.record.name == name
        assert machine.description
        assert machine.sources or name == "simulated"


def test_a_file_that_says_nothing_gives_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "plain.toml"
    path.write_text('description = "Any"\n')
    assert load_machine_record(path) == MachineRecord(name="plain")


def test_the_default_simulated_machine_is_recorded_as_it_behaves() -> None:
    record = load_machine_record("simulated")
    assert record.speed == SpeedRange(Speed(50), Speed(1600), Speed(10))
    assert record.latency_s == 1.0
    assert record.ramp_kmh_per_s == 0.5
    assert record.start_s == 5.0
    assert record.false_zero_s == 0.0


def test_what_is_known_of_real_machines_reaches_the_record() -> None:
    assert load_machine_record("vitalwalk-tm11gy").target_unit is SpeedUnit.MPH
    assert load_machine_record("t318").silent_when_stopped
    assert not load_machine_record("omega-z").answers_request_control
    assert load_machine_record("wellfit").request_control_attempts == 2
    assert load_machine_record("kingsmith-k12").command_gap_s == 0.4
    assert load_machine_record("yesoul-w2-pro").vendor_steps


def test_every_key_reaches_the_record(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        """
description = "Mine"
latency_s = 1
ramp_kmh_per_s = 0.4
start_s = 7.5
stop_s = 8
false_zero_s = 0
silent_when_stopped = true
vendor_steps = true
target_unit = "mph"
report_unit = "mph"
answers_request_control = false
answers_commands = false
request_control_attempts = 3
request_control_before_each = true
command_gap_s = 0.5
subscribe_training_status = false
on_link_loss = "stops"
speed = { minimum = "0.5 mph", maximum = "4 mph", step = "0.1 mph" }
incline = { minimum = "-3 %", maximum = "12 %", step = "1 %" }
"""
    )
    assert load_machine_record(path) == MachineRecord(
        name="mine",
        latency_s=1.0,
        ramp_kmh_per_s=0.4,
        start_s=7.5,
        stop_s=8.0,
        false_zero_s=0.0,
        silent_when_stopped=True,
        vendor_steps=True,
        target_unit=SpeedUnit.MPH,
        report_unit=SpeedUnit.MPH,
        # 0.8047, 6.4374 and 0.1609 km/h: the minimum and the step go up, the maximum down
        speed=SpeedRange(Speed(81), Speed(643), Speed(17)),
        incline=InclineRange(Incline(-30), Incline(120), Incline(10)),
        answers_request_control=False,
        answers_commands=False,
        request_control_attempts=3,
        request_control_before_each=True,
        command_gap_s=0.5,
        subscribe_training_status=False,
        on_link_loss="stops",
    )


def test_the_users_record_goes_before_the_shipped_one(home: Path) -> None:
    (home / "t318.toml").write_text('description = "My own"\nlatency_s = 0.7\n')
    assert load_machine_record("t318").latency_s == 0.7
    (home / "cellar.toml").write_text('description = "In the cellar"\n')
    assert load_machine_record("cellar").name == "cellar"


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(
        ValueError, match=r'no machine record "t138"; did you mean t318\? .*wellfit'
    ):
        load_machine_record("t138")


def test_a_path_that_is_not_there_is_a_file_error() -> None:
    with pytest.raises(FileErrors, match="no such file"):
        load_machine_record("nowhere/mine.toml")


def test_every_error_of_a_file_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    told = problems(
        tmp_path / "bad.toml",
        """latency_s = -1
ramp_kmh_per_s = nan
target_unit = "furlongs"
colour = "red"
command_gap_s = "0.4 s"
sources = ["http://example.org"]
silent_when_stopped = 1

[speed]
minimum = 0.5
maximum = "16 km/h"
step = "0 km/h"
""",
    )
    places = sorted(":".join(line.split(": ")[:2]) for line in told)
    assert places == sorted(
        [
            "1:1:latency_s",
            "1:1:description",
            "2:1:ramp_kmh_per_s",
            "3:1:target_unit",
            "4:1:colour",
            "5:1:command_gap_s",
            "6:12:sources",
            "7:1:silent_when_stopped",
            "10:1:speed.minimum",
            "12:1:speed.step",
        ]
    )


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            'speed = { minimum = "3 km/h", maximum = "2 km/h", step = "0.1 km/h" }',
            "above the maximum",
        ),
        ('speed = { minimum = "3 km/h", maximum = "99 km/h", step = "0.1 km/h" }', "up to 25 km/h"),
        ('incline = { minimum = "3 %", maximum = "2 %", step = "1 %" }', "above the maximum"),
        ('incline = { minimum = "0 %", maximum = "2 %", step = "0 %" }', "leads nowhere"),
        ("request_control_attempts = 9", "at most 3"),
        ("latency_s = inf", "number"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(tmp_path: Path, table: str, words: str) -> None:
    (told,) = problems(tmp_path / "bad.toml", f'description = "x"\n{table}\n')
    assert words in told


def test_the_longest_matching_name_wins(tmp_path: Path) -> None:
    machines = dict(all_machines())
    path = tmp_path / "t318-plus.toml"
    path.write_text('description = "x"\nnames = ["T318_PLUS"]\n')
    machines["t318-plus"] = load_machine(path)
    plain, plus = match_advertised("T318_0012", machines), match_advertised("T318_PLUS7", machines)
    assert plain is not None
    assert plus is not None
    assert plain.record.name == "t318"
    assert plus.record.name == "t318-plus"
    assert match_advertised("Toaster", machines) is None


def test_editors_get_a_schema() -> None:
    schema = MachineTable.model_json_schema()
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["description"]
