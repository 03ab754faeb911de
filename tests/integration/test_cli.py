"""The command line from outside: exit codes, words instead of tracebacks, and nothing half-done."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from integration.commands import CONFIGS, DATA, Cli, process
from quarterturn.exit_codes import ExitCode
from quarterturn.session.machine import Session
from quarterturn_simulator.faults import FAULTS
from quarterturn_simulator.quirks import QUIRKS

pytestmark = pytest.mark.usefixtures("home")

# --- exit codes ----------------------------------------------------------------------------------


def test_a_walk_to_its_end_is_0(cli: Cli) -> None:
    result = cli("rehearse", "circle")
    assert result.code == ExitCode.COMPLETED
    assert result.err == ""
    assert "backward" in result.out


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("walker-finish", ExitCode.COMPLETED),  # early, through the cool-down
        ("walker-stop", ExitCode.STOPPED),
        ("console-stop", ExitCode.STOPPED),
        ("safety-key", ExitCode.STOPPED),
        ("other-app", ExitCode.STOPPED),
        ("control-lost", ExitCode.STOPPED),
        ("silent", ExitCode.FAULT),
        ("link-lost", ExitCode.FAULT),
        ("link-gone", ExitCode.FAULT),
        ("runaway", ExitCode.FAULT),
        ("refuse", ExitCode.FAULT),
    ],
)
def test_what_ends_a_walk_is_told_to_the_shell(fault: str, code: ExitCode, cli: Cli) -> None:
    result = cli("rehearse", "circle", "--json", "--fault", f"{fault}@470")
    assert result.code == code
    assert result.lines[-1]["event"] == "end"


def test_a_ready_that_never_comes_is_a_stop(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quarterturn_simulator.walker.Walker.react", lambda *_: ())
    result = cli("rehearse", "circle", "--json")
    assert result.code == ExitCode.STOPPED
    assert (result.lines[-1]["by"], result.lines[-1]["cause"]) == ("timeout", "ready")


@pytest.mark.parametrize(
    ("treadmill", "words"),
    [
        ("ftms+sim://?link=refusing@9", "connection refused"),
        ("ftms+sim://?quirk=mute-request-control", "does not answer the request for control"),
        ("ftms+sim://?link=deaf", "no treadmill: "),
        ("ftms+sim://?link=disconnecting@0.01", "no treadmill: "),
    ],
)
def test_a_treadmill_that_cannot_be_had_is_3(treadmill: str, words: str, cli: Cli) -> None:
    result = cli("rehearse", "circle", "--treadmill", treadmill)
    assert result.code == ExitCode.NO_TREADMILL
    assert result.err.startswith("quarterturn: no treadmill: ")
    assert words in result.err
    assert result.out == ""


def test_a_treadmill_without_an_answer_has_words_too(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connect(_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("quarterturn_drivers.ftms.FtmsDriver.connect", connect)
    result = cli("rehearse", "circle")
    assert result.code == ExitCode.NO_TREADMILL
    assert "did not answer in time" in result.err


def test_a_crash_is_5_and_says_whose_mistake_it_is(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tick(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Session, "tick", tick)
    monkeypatch.delenv("QUARTERTURN_DEBUG", raising=False)
    result = cli("rehearse", "circle", "--json")
    assert result.code == ExitCode.FAULT
    assert "a mistake of ours, not yours: ZeroDivisionError: a bug" in result.err
    assert result.lines[-1]["by"] == "crash"
    monkeypatch.setenv("QUARTERTURN_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli("rehearse", "circle")


def test_an_interrupt_is_4(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("quarterturn.commands.check.main", interrupted)
    assert cli("check", "x").code == ExitCode.STOPPED


# --- what was asked for is not there --------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("rehearse cirlce", ["cirlce", "circle", "backward-intervals"]),
        ("plan nowhere.toml", ["nowhere.toml"]),
        ("run cirlce", ["cirlce", "circle"]),
        ("rehearse circle --treadmill nonsense", ["nonsense"]),
        ("rehearse circle --treadmill ftms+serial:///dev/x", ["simulated treadmill"]),
        ("rehearse circle --treadmill ftms+sim://somewhere", ["simulated treadmill"]),
        ("rehearse circle --treadmill ftms+sim://?colour=red", ["colour", "seed"]),
        ("rehearse circle --treadmill nosuch+sim://", ["nosuch", "ftms"]),
        ("rehearse circle --treadmill ftms+sim://?record=nosuch", ["nosuch", "merach"]),
        ("run circle", ["no treadmill", "--treadmill", "rehearse", "scan", "demo"]),
        ("run circle --treadmill garage", ["garage", "no URL"]),
        ("run circle --treadmill ftms+nosuch://x", ["nosuch", "sim"]),
        ("plan circle --treadmill ftms+sim://x", ["no address"]),
        ("rehearse circle --quirk nosuch", ["nosuch", "mph-target"]),
        ("rehearse circle --fault nosuch@3", ["nosuch", "link-lost"]),
        ("rehearse circle --fault link-lost", ["NAME@SECONDS"]),
        ("rehearse circle --fault link-lost@soon", ["NAME@SECONDS"]),
        ("rehearse circle --fault link-lost@nan", ["nan"]),
        ("rehearse circle --fault link-lost@-1", ["-1"]),
        ("rehearse circle --profile nosuch", ["nosuch", "home-beginner"]),
        ("plan circle --profile nosuch", ["nosuch", "clinic"]),
        ("decode ftms 2ACD 8", ["hexadecimal"]),
        ("decode ftms 2ACD zz", ["hexadecimal"]),
        ("decode ftms 2ABC 00", ["2ABC"]),
        ("decode ftms 2ACD 00", ["quarterturn: "]),
        ("decode heart-rate 2ACD 00", ["2A37, 2A38"]),
        ("journal show nowhere.jsonl", ["nowhere.jsonl"]),
        ("journal replay nowhere.jsonl", ["nowhere.jsonl"]),
        ("rehearse circle --journal no/such/folder/j", ["no/such/folder/j", "No such file"]),
    ],
)
def test_what_is_not_there_is_named_with_what_is(
    arguments: str, words: Sequence[str], cli: Cli, tmp_path: Path
) -> None:
    result = cli(*arguments.split())
    assert result.code == ExitCode.USAGE
    assert result.out == ""
    for word in words:
        assert word in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    ["", "fly", "rehearse", "rehearse circle --seed x", "decode csafe 0 0", "journal", "check"],
)
def test_what_cannot_be_parsed_is_2(arguments: str, cli: Cli) -> None:
    result = cli(*arguments.split())
    assert result.code == ExitCode.USAGE
    assert "usage: quarterturn" in result.err


def test_a_machine_that_cannot_go_as_slowly_refuses_the_plan_and_leaves_no_journal(
    cli: Cli, tmp_path: Path
) -> None:
    treadmill = "ftms+sim://?min=3.0"
    result = cli("rehearse", "circle", "--treadmill", treadmill, "--journal", "j.jsonl")
    assert result.code == ExitCode.USAGE
    assert result.out == ""
    assert result.err.startswith("quarterturn: plan refused: ")
    assert "3.0 km/h" in result.err
    assert list(tmp_path.iterdir()) == []


def test_a_journal_that_exists_is_not_overwritten(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    path.write_text("precious")
    result = cli("rehearse", "circle", "--journal", str(path))
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert "never overwritten" in result.err
    assert path.read_text() == "precious"


def test_a_home_that_cannot_be_written_starts_nothing(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    home = {"QUARTERTURN_HOME": str(in_the_way / "home")}
    result = process("run", "circle", "--treadmill", "ftms+sim://", environment=home)
    assert (result.returncode, result.stdout) == (ExitCode.USAGE, "")
    assert str(in_the_way) in result.stderr
    assert result.stderr.startswith("quarterturn: ")


# --- files ---------------------------------------------------------------------------------------

BAD = sorted(path for path in (DATA / "bad").iterdir() if path.suffix != ".expected")


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_every_error_of_a_file_is_found_at_once(path: Path, cli: Cli) -> None:
    expected = (DATA / "bad" / f"{path.stem}.expected").read_text().splitlines()
    result = cli("check", str(path))
    assert result.code == ExitCode.USAGE
    assert len(result.out.splitlines()) == len(expected)


@pytest.mark.parametrize("command", ["rehearse", "plan", "run"])
@pytest.mark.parametrize("name", ["speed-without-unit", "syntax-nul", "empty", "longer-than-a-day"])
def test_a_bad_workout_is_refused_with_every_error_and_nothing_written(
    command: str, name: str, cli: Cli, tmp_path: Path
) -> None:
    path = DATA / "bad" / f"{name}.toml"
    arguments = [command, str(path)]
    arguments += [] if command == "plan" else ["--journal", "j.jsonl"]
    result = cli(*arguments)
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    expected = (DATA / "bad" / f"{name}.expected").read_text().splitlines()
    lines = result.err.splitlines()
    assert len(lines) == len(expected)
    assert all(line.startswith(f"{path}:") for line in lines)
    assert list(tmp_path.iterdir()) == []


def test_every_shipped_file_is_in_order(cli: Cli) -> None:
    files = [
        *CONFIGS.glob("workouts/*.toml"),
        *CONFIGS.glob("profiles/*.toml"),
        *CONFIGS.glob("treadmills/*.toml"),
        CONFIGS / "workouts" / "six-weeks",
    ]
    result = cli("check", *map(str, files))
    assert result.code == ExitCode.COMPLETED
    assert len(result.out.splitlines()) == len(files)
    assert all(": ok, a" in line for line in result.out.splitlines())


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"x" * 1_100_000, b"name = 1\n" * 9])
def test_a_file_that_is_no_workout_at_all_is_an_error_like_others(
    content: bytes, cli: Cli, tmp_path: Path
) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    for command in ("rehearse", "plan", "check"):
        result = cli(command, str(path))
        assert result.code == ExitCode.USAGE
        assert str(path) in result.out + result.err


# --- rehearse ------------------------------------------------------------------------------------


def test_a_rehearsals_lines_are_json_in_the_order_of_time(cli: Cli) -> None:
    result = cli("rehearse", "circle", "--json")
    times = [event["t"] for event in result.lines]
    assert times == sorted(times)
    assert result.lines[0]["event"] == "plan"
    assert result.lines[-1] == {
        "t": times[-1],
        "event": "end",
        "reason": "completed",
        "by": "plan",
        "cause": None,
        "belt_stopped": True,
    }


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first, same, other = (
        process("rehearse", "circle", "--json", "--seed", seed).stdout for seed in ("7", "7", "8")
    )
    assert first == same != other


def test_what_there_is_can_be_listed_without_a_workout(cli: Cli) -> None:
    for option, there_are in (("--list-quirks", QUIRKS), ("--list-faults", FAULTS)):
        rehearse, simulate = cli("rehearse", option), cli("simulate", option)
        assert (rehearse.code, simulate.code) == (0, 0)
        assert rehearse.out == simulate.out
        lines = rehearse.out.splitlines()
        assert [line for line in lines if not line.startswith(" ")] == list(there_are)
        assert max(map(len, lines)) <= 80
        words = " ".join(line.strip() for line in lines)
        for each in there_are.values():
            assert each.description in words


def test_a_rehearsal_keeps_a_journal_that_replays(cli: Cli, tmp_path: Path) -> None:
    walked = cli("rehearse", "circle", "--json", "--journal", "j.jsonl", "--fault", "silent@470")
    shown = cli("journal", "show", "--json", "j.jsonl")
    assert shown.out == walked.out
    assert shown.code == 0
    in_words = cli("journal", "show", "j.jsonl")
    assert "backward" in in_words.out
    replayed = cli("journal", "replay", "--json", "j.jsonl")
    assert (replayed.code, replayed.out) == (0, walked.out)
    assert "as it is on record" in cli("journal", "replay", "j.jsonl").out


def test_a_journal_that_was_edited_is_a_fault(cli: Cli, tmp_path: Path) -> None:
    cli("rehearse", "circle", "--journal", "j.jsonl")
    path = tmp_path / "j.jsonl"
    path.write_text(path.read_text().replace('"speed":250', '"speed":310'))
    result = cli("journal", "replay", "j.jsonl")
    assert result.code == ExitCode.FAULT
    assert "differ from those on record" in result.err


def test_a_journal_that_was_cut_is_shown_as_far_as_it_goes(cli: Cli, tmp_path: Path) -> None:
    cli("rehearse", "circle", "--journal", "j.jsonl")
    path = tmp_path / "j.jsonl"
    path.write_bytes(path.read_bytes()[:-400])
    result = cli("journal", "replay", "j.jsonl")
    assert result.code == 0
    assert "cut short" in result.err + result.out


# --- plan ----------------------------------------------------------------------------------------


def test_a_plan_says_what_the_caps_leave(cli: Cli) -> None:
    result = cli("plan", "circle", "--json")
    plan = json.loads(result.out)
    assert plan["workout"] == "Circle"
    assert plan["profile"] == "home-beginner"
    assert plan["seconds_per_heading"] == {
        "forward": 540.0, "right": 60.0, "backward": 60.0, "left": 60.0
    }  # fmt: skip
    assert plan["body_mass_assumed"] is True
    assert [phase["heading"] for phase in plan["phases"]] == [
        "forward", "forward", "right", "backward", "left", "forward"
    ]  # fmt: skip
    assert [phase["start_s"] for phase in plan["phases"]] == [0, 300, 360, 420, 480, 540]
    for phase in plan["phases"]:
        assert phase["speed_kmh"] <= phase["cap_kmh"]
        assert isinstance(phase["limited_by"], list)


def test_a_plan_for_a_machine_asks_the_machine(cli: Cli) -> None:
    result = cli("plan", "circle", "--treadmill", "ftms+sim://", "--profile", "home-experienced")
    assert result.code == 0
    assert "backward" in result.out
    refused = cli("plan", "circle", "--treadmill", "ftms+sim://?min=3.0")
    assert refused.code == ExitCode.USAGE
    assert "plan refused" in refused.err


# --- decode --------------------------------------------------------------------------------------


def test_values_from_the_air_are_decoded_in_words_and_as_json(cli: Cli) -> None:
    words = cli("decode", "ftms", "2ACD", "84:04 0000 64 00")
    assert words.code in (0, ExitCode.USAGE)
    result = cli("decode", "ftms", "2acd", "0x0400c8000a0100", "--json")
    assert result.code == 0
    assert json.loads(result.out)["speed_kmh"] == 2.0
    assert cli("decode", "ftms", "2AD9.response", "800201").code == 0
    strap = cli("decode", "heart-rate", "2A37", "0648")
    assert strap.out == "heart rate 72 bpm\ncontact detected\n"
    pod = cli("decode", "running", "2a53", "00800164", "--json")
    assert pod.lines == [{"speed_m_per_s": 1.5, "cadence_per_min": 100, "gait": "walking"}]


@pytest.mark.parametrize(
    ("characteristic", "value", "line"),
    [
        ("2AD3", "010d01" + "1b5b324a", r"string \x01\x1b[2J"),
        ("ADV", "06" + "09" + "410a1b5b48", r"AD type 0x09: name A\n\x1b[H"),
    ],
)
def test_a_text_from_the_air_gives_no_orders_to_the_terminal(
    characteristic: str, value: str, line: str, cli: Cli
) -> None:
    assert line in cli("decode", "ftms", characteristic, value).out.splitlines()


PACKETS = json.loads((DATA / "ftms_packets.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", range(len(PACKETS)))
def test_what_real_machines_sent_is_printed_as_it_is_known_to_be(number: int, cli: Cli) -> None:
    packet = PACKETS[number]
    result = cli("decode", "ftms", packet["char"], packet["hex"], "--json")
    assert result.code == 0
    assert packet["expected"].items() <= json.loads(result.out).items()
    assert cli("decode", "ftms", packet["char"], packet["hex"]).code == 0
