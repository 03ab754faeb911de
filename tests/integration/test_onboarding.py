"""`quarterturn onboard --rehearse`: what it finds out is what the simulated treadmill is."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from integration.commands import Cli
from integration.scripted import ScriptedDriver
from quarterturn.commands.cuttable_link import CuttableLink
from quarterturn.commands.trial_run import Bench, run_trial
from quarterturn.file_kinds import check_file
from quarterturn.machines import load_machine_record
from quarterturn.model import Capabilities, MachineRecord, SpeedUnit
from quarterturn.onboarding import scripts
from quarterturn.onboarding.course import Try
from quarterturn.opening import Treadmill, open_simulation
from quarterturn.port import GattLink, ReportSink
from quarterturn.session import Event
from quarterturn.treadmill_url import parse_treadmill_url
from quarterturn.units import KMH_PER_MPH
from quarterturn_simulator.quirks import with_quirks
from quarterturn_simulator.settings import DEFAULT, LinkLoss, Settings, with_options
from quarterturn_simulator.treadmill import SimulatedTreadmill

# How far a record may be from the truth, on the cautious side alone but for a rounding.
LATENCY_TOO_LONG_S = 1.5  # a report a second, and the margin
START_TOO_LONG_S = 1.5
RAMP_SHARE = (0.5, 1.0)
WALK_KMH, TRIED_KMH = 6.0, 1.5


def options_of(query: str) -> tuple[list[str], list[tuple[str, str]]]:
    pairs = [pair.partition("=")[::2] for pair in query.split("&") if pair]
    quirks = [value for name, value in pairs if name == "quirk"]
    return quirks, [(name, value) for name, value in pairs if name != "quirk"]


def truth_of(query: str) -> Settings:
    quirks, options = options_of(query)
    return with_options(with_quirks(DEFAULT, quirks), options)


def unit(unit_kmh: float) -> SpeedUnit:
    return SpeedUnit.MPH if unit_kmh == KMH_PER_MPH else SpeedUnit.KMH


def assert_true(record: MachineRecord, truth: Settings) -> None:
    interval_s = 1 / truth.rate_hz
    assert truth.latency_s <= record.latency_s <= truth.latency_s + interval_s + LATENCY_TOO_LONG_S
    start_s = max(truth.latency_s, truth.countdown_s + truth.spin_up_s)
    assert start_s <= record.start_s <= start_s + interval_s + START_TOO_LONG_S
    slower = min(truth.accel_kmh_per_s, truth.decel_kmh_per_s)
    low, high = RAMP_SHARE
    assert low * slower - 1e-9 <= record.ramp_kmh_per_s <= high * slower
    stop_s = min(60.0, WALK_KMH / truth.decel_kmh_per_s)
    # All that is late in a short stop is extended with it.
    late_s = truth.latency_s + 2 * interval_s + 2 * truth.false_zero_for_s
    assert stop_s <= record.stop_s <= min(60.0, stop_s + late_s * WALK_KMH / TRIED_KMH + 1)
    assert record.false_zero_s >= max(3.0, truth.false_zero_for_s)
    assert record.false_zero_s <= 3.0 + interval_s
    assert record.silent_when_stopped is not truth.reports_when_still
    assert record.target_unit is unit(truth.unit_kmh)
    assert record.report_unit is unit(truth.report_unit_kmh)
    assert record.answers_request_control is truth.answers_request_control
    assert record.answers_commands
    assert record.on_link_loss == ("stops" if truth.link_loss is LinkLoss.STOP else "keeps_running")


def url(query: str) -> str:
    return f"ftms+sim://?{query}" if query else "ftms+sim://?latency=1"


KNOWN_AND_WALKED = [
    "",
    "latency=1.4",
    "latency=2.5",
    "rate=4",
    "link_loss=stop",
    "countdown=8",
    "accel=0.3&decel=1.5",
    "quirk=mph-target",
    "quirk=mph-reports",
    "quirk=mph-throughout",
    "quirk=silent-when-stopped",
    "quirk=silent-when-stopped&link_loss=stop",
    "quirk=silent-when-stopped&quirk=mph-target",
    "quirk=mute-request-control",
    "quirk=start-toggles",
    "quirk=false-zero-speed",
    "quirk=resume-resets-target",
    "quirk=truncated-20",
    "quirk=stop-starts-when-paused",
    "quirk=stale-status",
    "quirk=split-records",
]


@pytest.mark.exhaustive
@pytest.mark.parametrize("query", KNOWN_AND_WALKED)
def test_what_is_found_out_is_true_and_a_circle_can_be_walked_with_it(
    query: str, home: Path, cli: Cli
) -> None:
    result = cli("onboard", url(query), "--rehearse", "--name", "mine")
    assert result.code == 0, result.err
    path = home / "treadmills" / "mine.toml"
    assert check_file(path) == []
    assert_true(load_machine_record("mine"), truth_of(query))
    walk = cli("rehearse", "circle", "--treadmill", f"{url(query)}&record=mine")
    assert walk.code == 0
    assert "FAULT" not in walk.out


def test_of_the_default_machine_only_its_link_is_known_better_beforehand(
    home: Path, cli: Cli
) -> None:
    assert cli("onboard", url(""), "--rehearse", "--name", "mine").code == 0
    shipped, found = load_machine_record("simulated"), load_machine_record("mine")
    timing = {"latency_s", "ramp_kmh_per_s", "start_s", "stop_s", "false_zero_s"}
    same = {name: getattr(shipped, name) for name in timing} | {"name": "", "speed": None}
    assert replace(found, **same) == replace(shipped, **same)


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("quirk=success-no-effect", 5, "does not run at the speeds that it is told"),
        ("quirk=starts-on-connect", 5, "runs at 0.5 km/h and should stand"),
        ("quirk=stop-ignored", 5, "runs at 0.5 km/h and should stand"),
        ("min=2.5", 2, "goes no slower than 2.5 km/h"),
        ("fault=other-app@25", 4, "Stopped by another client"),
        ("fault=link-gone@20", 5, "connection to the treadmill is lost"),
        ("fault=console-stop@25", 4, "Stopped by console"),
        ("fault=safety-key@25", 4, "Stopped by safety key"),
        ("fault=control-lost@25", 4, "Stopped by another client"),
        ("fault=runaway@25", 5, "too fast"),
        ("fault=refuse@12", 5, "refuses the start"),
        ("rate=0.5", 4, "Stopped by timeout"),
        ("link=refusing@3", 3, "connection refused"),
    ],
)
def test_what_cannot_be_known_is_refused_and_nothing_is_written(
    query: str, code: int, words: str, home: Path, cli: Cli
) -> None:
    result = cli("onboard", url(query), "--rehearse", "--name", "mine")
    assert (result.code, words in result.err) == (code, True), result.err
    assert not home.exists()
    ends = re.findall(r"  END    .*", result.out)
    knows = not query.startswith(("quirk=stop-ignored", "fault=link-gone", "fault=refuse"))
    assert not ends or ends[-1].endswith("the belt stands") is knows


@pytest.mark.parametrize("off_step", ["reject", "round-down", "ignore"])
@pytest.mark.parametrize(("step", "found"), [("0.2", 20), ("0.5", 50)])
def test_a_step_that_the_machine_does_not_tell_of_is_found_out(
    step: str, found: int, off_step: str, home: Path, cli: Cli
) -> None:
    query = f"quirk=no-ranges&step={step}&min=1&off_step={off_step}"
    result = cli("onboard", url(query), "--rehearse", "--name", "mine")
    assert result.code == 0, result.err
    record = load_machine_record("mine")
    assert record.speed is not None
    assert record.speed.step.centi_kmh == found
    assert record.speed.minimum.centi_kmh == 100


def test_a_belt_that_is_too_fast_for_it_is_not_cut_off(home: Path, cli: Cli) -> None:
    result = cli("onboard", url("min=1.2"), "--rehearse", "--name", "mine")
    assert result.code == 0
    assert "The link is cut" not in result.out
    assert load_machine_record("mine").on_link_loss == "unknown"
    assert "goes no slower than 1.2 km/h" in (home / "treadmills" / "mine.toml").read_text()


@pytest.mark.parametrize(("options", "seen"), [("", "keeps_running"), ("&link_loss=stop", "stops")])
def test_where_the_link_does_not_come_back_the_person_pulls_the_key_and_says_what_was_seen(
    options: str, seen: str, home: Path, cli: Cli
) -> None:
    # So late that no attempt to connect again is quick enough.
    result = cli("onboard", url(f"link=late@1.4{options}"), "--rehearse", "--name", "mine")
    assert result.code == 0, result.err
    assert "Pull the red key." in result.out
    assert "could not be reached again" in result.out.replace("\n", " ")
    assert load_machine_record("mine").on_link_loss == seen
    assert "seen by a person" in (home / "treadmills" / "mine.toml").read_text()


def test_a_rehearsal_without_a_name_prints_the_record_and_writes_nothing(
    home: Path, cli: Cli
) -> None:
    result = cli("onboard", url("quirk=mph-target"), "--rehearse")
    assert result.code == 0
    assert 'target_unit = "mph"' in result.out
    assert not home.exists()


def test_a_record_is_replaced_only_when_that_is_asked_for(home: Path, cli: Cli) -> None:
    path = home / "treadmills" / "mine.toml"
    path.parent.mkdir(parents=True)
    path.write_text('description = "by hand"\n')
    result = cli("onboard", url(""), "--rehearse", "--name", "mine")
    assert (result.code, "--force" in result.err) == (2, True)
    assert result.out == ""
    assert path.read_text() == 'description = "by hand"\n'
    assert cli("onboard", url(""), "--rehearse", "--name", "mine", "--force").code == 0
    assert "by hand" not in path.read_text()


def test_what_no_trial_finds_out_is_taken_over_from_the_record_that_was_named(
    home: Path, cli: Cli
) -> None:
    assert (
        cli(
            "onboard", "ftms+sim://?record=kingsmith-ks-hd-z1d", "--rehearse", "--name", "mine"
        ).code
        == 0
    )
    record = load_machine_record("mine")
    assert record.vendor_steps
    assert not record.subscribe_training_status


@pytest.mark.parametrize("name", ["Mine", "a b", "../x", "", "-x", "simulated"])
def test_a_name_that_no_record_can_have_is_refused_before_anything_moves(
    name: str, home: Path, cli: Cli
) -> None:
    result = cli("onboard", url(""), "--rehearse", f"--name={name}")
    assert (result.code, result.out) == (2, "")
    assert not home.exists()


def test_only_a_simulated_treadmill_has_a_simulated_person(home: Path, cli: Cli) -> None:
    for other in ("ftms+ble://AA:BB:CC:DD:EE:FF", "trackmaster+serial:///dev/ttyUSB0"):
        result = cli("onboard", other, "--rehearse")
        assert result.code == 2
        assert "for the simulated treadmill" in result.err


def test_a_treadmill_that_is_not_understood_is_refused_at_once(home: Path, cli: Cli) -> None:
    for treadmill in ("nowhere", "ftms+sim://?quirk=none", "ftms+sim://somewhere"):
        result = cli("onboard", treadmill, "--rehearse")
        assert (result.code, result.out) == (2, "")


async def test_a_treadmill_whose_speed_cannot_be_set_is_tried_no_further() -> None:
    class Fixed(ScriptedDriver):
        async def connect(self) -> Capabilities:
            return Capabilities(None, None)

    drivers: list[Fixed] = []

    def build(_: GattLink, __: MachineRecord, sink: ReportSink) -> Fixed:
        drivers.append(Fixed(sink))
        return drivers[-1]

    url = parse_treadmill_url("ftms+sim://")
    link = CuttableLink(SimulatedTreadmill().link())
    treadmill = Treadmill(url, MachineRecord(), link, build)
    bench = Bench(treadmill, link, lambda event: None, "hold", lambda event: [])
    tried = await run_trial(bench, Try(scripts.rest, MachineRecord()))
    assert tried.capabilities == Capabilities(None, None)
    assert [(driver.closed, driver.sent) for driver in drivers] == [(1, [])]


async def test_what_breaks_while_a_belt_moves_stops_it_and_comes_out() -> None:
    treadmill, simulation = open_simulation("ftms+sim://")
    link = CuttableLink(simulation.link)

    def show(event: Event) -> None:
        if event.get("step") == "look":
            raise ZeroDivisionError("a bug")

    bench = Bench(treadmill, link, show, "hold", lambda event: list(simulation.react(event)))
    with pytest.raises(ZeroDivisionError):
        await run_trial(bench, Try(scripts.first, MachineRecord()))
    belt: SimulatedTreadmill = vars(simulation)["treadmill"]
    assert belt.distance_m > 0
    assert belt.belt_speed_kmh == 0


def test_without_a_terminal_there_is_no_ready(home: Path, cli: Cli) -> None:
    result = cli("onboard", url(""))
    assert result.code == 2
    assert "a person at a terminal" in result.err


# --- what the belt does meanwhile ----------------------------------------------------------------


def test_no_trial_is_faster_than_two_kilometres_an_hour(home: Path, cli: Cli) -> None:
    result = cli("onboard", url("min=1"), "--rehearse", "--name", "mine")
    assert result.code == 0
    speeds = [float(text) for text in re.findall(r"BELT   ([0-9.]+) km/h", result.out)]
    assert max(speeds) == 2.0


def test_every_movement_has_its_own_ready_and_ends_in_a_belt_that_stands(
    home: Path, cli: Cli
) -> None:
    result = cli("onboard", url(""), "--rehearse", "--name", "mine")
    starts = len(re.findall("starting the belt", result.out))
    assert starts == len(re.findall("waiting for READY", result.out)) == 5
    ends = re.findall(r"  END    .*", result.out)
    assert len(ends) == 6  # and the watching beforehand, where nothing is started
    assert all(end.endswith("the belt stands") for end in ends)
