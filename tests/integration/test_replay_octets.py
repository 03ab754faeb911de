"""The octets of a journal are enough to have the driver do everything again."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import quarterturn_drivers.ftms_procedures
from quarterturn.bridge.journal import JournalError, JournalWriter, kept, read_journal
from quarterturn.bridge.played_link import PlayedLink
from quarterturn.bridge.played_script import driver_name
from quarterturn.bridge.replay import replay
from quarterturn.bridge.replay_wire import WireReplay, replay_wire
from quarterturn.cli import main
from quarterturn.model import MachineRecord
from quarterturn.plan import PlanRefused
from quarterturn.plugins import load_driver
from quarterturn.port import Driver, ForwardingLink, GattLink, LinkError, RefusedError, ReportSink
from quarterturn.rehearsal import Rehearsal, in_virtual_time
from quarterturn.wire.ftms import treadmill_data
from quarterturn.wire.ftms.treadmill_data import TreadmillData
from quarterturn_drivers.ftms import FtmsDriver
from quarterturn_simulator.cruel import CRUELTIES
from quarterturn_simulator.faults import FAULTS
from quarterturn_simulator.quirks import QUIRKS

Lines = list[dict[str, Any]]

# Made by `quarterturn rehearse circle --quirk split-records --fault link-lost@32 --journal FILE`.
GOLDEN = Path(__file__).parents[1] / "data" / "journal-link-lost.jsonl"


def walk(path: Path, **options: Any) -> Path:
    """Keep the journal of a rehearsal."""
    with kept(JournalWriter(path)) as record:
        in_virtual_time(Rehearsal("circle", **options).walk(lambda _: None, record))
    return path


def again(path: Path) -> WireReplay:
    return replay_wire(read_journal(path), load_driver("ftms"))


def lines_of(path: Path) -> Lines:
    return [json.loads(line) for line in path.read_text().splitlines()]


def written(path: Path, lines: Lines) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.jsonl"


@pytest.fixture
def lines() -> Lines:
    return lines_of(GOLDEN)


# --- whole journals ------------------------------------------------------------------------------


def assert_same(path: Path) -> WireReplay:
    result = again(path)
    assert result.differences == ()
    assert result.covered is None
    assert result.values > 0
    assert result.requests > 8
    assert replay(read_journal(path)).differences == ()
    return result


def test_a_driver_does_again_what_it_did_in_a_journal_of_an_earlier_day() -> None:
    result = again(GOLDEN)
    assert result.differences == ()
    assert (result.values, result.reports, result.requests) == (105, 75, 52)
    assert result.covered is None


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"quirks": ["mph-target"]},
        {"quirks": ["split-records"], "faults": [("walker-pause", 330)]},
        {"quirks": ["stale-status"], "faults": [("walker-stop", 330)]},
        {"quirks": ["silent-when-stopped"]},
        {"faults": [("link-lost", 480)]},
        {"faults": [("link-gone", 60)]},
        {"faults": [("refuse", 60)]},
        {"faults": [("silent", 60)]},
        {"faults": [("deaf", 60)]},
        {"treadmill": "ftms+sim://?link=late@0.3", "faults": [("link-lost", 60)]},
        {"treadmill": "ftms+sim://?link=lossy"},
        {"treadmill": "ftms+sim://?link=disconnecting-in-write"},
    ],
    ids=str,
)
def test_a_driver_does_again_what_it_did(options: dict[str, Any], path: Path) -> None:
    assert_same(walk(path, **options))


def assert_same_if_walked(path: Path, **options: Any) -> None:
    """Walk where that can begin; where it cannot, nothing is left."""
    try:
        walk(path, **options)
    except (LinkError, RefusedError, TimeoutError, PlanRefused):
        assert not path.exists()
    else:
        assert_same(path)


@pytest.mark.on_demand
@pytest.mark.parametrize("quirk", list(QUIRKS))
def test_a_driver_does_again_what_it_did_on_every_odd_machine(quirk: str, path: Path) -> None:
    assert_same_if_walked(path, quirks=[quirk])


@pytest.mark.exhaustive
@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_driver_does_again_what_it_did_with_every_fault(fault: str, path: Path) -> None:
    assert_same(walk(path, faults=[(fault, 480)]))


@pytest.mark.on_demand
@pytest.mark.parametrize("link", list(CRUELTIES))
def test_a_driver_does_again_what_it_did_over_every_cruel_link(link: str, path: Path) -> None:
    assert_same_if_walked(path, treadmill=f"ftms+sim://?link={link}")


def test_where_no_session_began_no_journal_is_left(path: Path) -> None:
    with pytest.raises(LinkError):
        walk(path, treadmill="ftms+sim://?link=refusing")
    assert not path.exists()


def test_what_the_driver_lost_is_connected_again_on_record() -> None:
    doings = [(line["n"], line["do"]) for line in lines_of(GOLDEN) if line.get("kind") == "driver"]
    assert doings[:3] == [(1, "connect"), (1, "connected"), (1, "close")]
    assert doings[3:6] == [(1, "closed"), (2, "connect"), (2, "failed")]
    assert doings[-3:-1] == [(doings[-1][0], "connected"), (doings[-1][0], "close")]


class HardToFindAgain(ForwardingLink):
    """Once lost, it hangs when it is connected, then it swallows the answers, then it works."""

    tries = 0

    async def connect(self, on_lost: Callable[[], None]) -> None:
        self.tries += 1
        if self.tries == 2:
            await asyncio.Event().wait()
        await super().connect(on_lost)

    async def subscribe(self, characteristic: int, on_value: Callable[[bytes], None]) -> None:
        deaf = self.tries == 3

        def pass_on(value: bytes) -> None:
            if not deaf:
                on_value(value)

        await super().subscribe(characteristic, pass_on)


class CancelsOfItsOwnAccord(ForwardingLink):
    """Cancels the requests that are under way when it is lost, as some stacks do."""

    async def write(self, characteristic: int, value: bytes) -> None:
        await super().write(characteristic, value)
        if value[0] == 2 and asyncio.get_running_loop().time() > 50:
            raise asyncio.CancelledError


class BreaksInItsOwnWay(ForwardingLink):
    async def write(self, characteristic: int, value: bytes) -> None:
        await super().write(characteristic, value)
        if value[0] == 2 and asyncio.get_running_loop().time() > 50:
            raise KeyError


@pytest.mark.parametrize(
    ("link", "told"),
    [
        (HardToFindAgain, ["given_up", "given_up", "connected"]),
        (CancelsOfItsOwnAccord, ["connected"]),
        (BreaksInItsOwnWay, ["connected"]),
    ],
)
def test_what_a_link_did_of_its_own_accord_is_played_too(
    link: type[ForwardingLink], told: list[str], path: Path
) -> None:
    rehearsal = Rehearsal("circle", faults=[("link-lost", 80)])
    rehearsal._treadmill = rehearsal._treadmill.around(link, lambda factory: factory)
    with kept(JournalWriter(path)) as record:
        in_virtual_time(rehearsal.walk(lambda _: None, record))
    assert_same(path)
    did = [line["do"] for line in lines_of(path) if line.get("kind") == "driver"]
    results = [doing for doing in did[2:] if doing in ("given_up", "failed", "connected")]
    assert [doing for doing in results if doing != "failed"] == told


# --- cut journals --------------------------------------------------------------------------------


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_journal_cut_at_any_byte_is_played_as_far_as_it_goes(
    data: st.DataObject, tmp_path: Path
) -> None:
    content = GOLDEN.read_bytes()
    setup = content.index(b"\n", content.index(b'"setup"')) + 1
    size = data.draw(st.integers(setup, len(content) - 2))
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(content[:size])
    result = again(cut)
    assert result.differences == ()
    assert result.covered == "it was cut short"


def test_after_a_gap_nothing_is_played(lines: Lines, path: Path) -> None:
    half = len(lines) // 2
    lines[half : half + 30] = [{"kind": "lost", "lines": 30}]
    result = again(written(path, lines))
    assert result.differences == ()
    assert result.covered == "lines are missing"


# --- what was changed ----------------------------------------------------------------------------


def is_value(line: dict[str, Any]) -> bool:
    """Say whether this is Treadmill Data with a speed, which is in the last part of a record."""
    if line.get("characteristic") != "2acd" or "hex" not in line:
        return False
    return not bytes.fromhex(line["hex"])[0] & 1


def first(lines: Lines, is_it: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Return the first line of this kind once the session runs."""
    began = next(index for index, line in enumerate(lines) if line.get("kind") == "setup")
    return next(line for line in lines[began:] if is_it(line))


def flip(line: dict[str, Any], octet: int, bit: int = 0) -> str:
    octets = bytearray.fromhex(line["hex"])
    octets[octet] ^= 1 << bit
    line["hex"] = octets.hex()
    return octets.hex()


@pytest.mark.parametrize(("octet", "bit"), [(0, 3), (1, 0), (2, 0), (2, 7), (3, 0), (3, 5)])
def test_a_flipped_bit_of_a_report_is_found_and_named(octet: int, bit: int, path: Path) -> None:
    # The flags and the speed. A field that the driver does not use may say what it will.
    lines = lines_of(walk(path, faults=[("walker-stop", 30)]))
    changed = flip(first(lines, is_value), octet, bit)
    (difference, *_) = again(written(path, lines)).differences
    assert f"after 2acd {changed}" in difference


def test_a_flipped_bit_of_an_answer_is_found_and_named(lines: Lines, path: Path) -> None:
    changed = flip(first(lines, lambda it: it.get("characteristic") == "2ad9" and "n" not in it), 2)
    assert any(f"after 2ad9 {changed}" in each for each in again(written(path, lines)).differences)


def test_a_flipped_bit_of_what_was_written_is_found_and_named(lines: Lines, path: Path) -> None:
    line = first(lines, lambda it: it.get("op") == "write" and it["hex"].startswith("02"))
    changed = flip(line, 1)
    assert again(written(path, lines)).differences == (
        next(each for each in again(path).differences if f"on record write 2ad9 {changed}" in each),
    )


def test_a_range_that_was_changed_is_found(lines: Lines, path: Path) -> None:
    flip(next(line for line in lines if line.get("to") == 3), 0)
    assert "what the machine can do" in again(written(path, lines)).differences[0]


def test_a_report_that_came_at_another_time_is_found(lines: Lines, path: Path) -> None:
    line = first(lines, lambda it: it.get("kind") == "telemetry")
    line["at"] += 0.6
    (difference,) = again(written(path, lines)).differences
    assert "report 1, after 2acd" in difference


@pytest.mark.parametrize(
    "is_it",
    [
        is_value,
        lambda it: it.get("op") == "write",
        lambda it: it.get("kind") == "command",
        lambda it: it.get("kind") == "telemetry",
        lambda it: it.get("kind") == "outcome",
        lambda it: it.get("lost"),
        lambda it: it.get("do") == "failed",
        lambda it: it.get("do") == "closed",
        lambda it: it.get("error"),
    ],
)
def test_a_line_that_was_taken_out_is_found(
    is_it: Callable[[dict[str, Any]], object], lines: Lines, path: Path
) -> None:
    lines.remove(first(lines, is_it))
    assert again(written(path, lines)).differences


def test_differences_are_named_but_not_without_end(lines: Lines, path: Path) -> None:
    for line in lines:
        if is_value(line):
            flip(line, 2)
    differences = again(written(path, lines)).differences
    assert len([each for each in differences if each.startswith("report ")]) == 20
    assert any(each.startswith("reports: and ") for each in differences)


# --- another driver ------------------------------------------------------------------------------


def test_a_decoder_that_misreads_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = treadmill_data.decode

    def decode(value: bytes) -> TreadmillData:
        data = inner(value)
        if data.speed_centi_kmh is None:
            return data
        return data._replace(speed_centi_kmh=data.speed_centi_kmh + 1)

    monkeypatch.setattr(treadmill_data, "decode", decode)
    assert "done again {'kind': 'telemetry'" in again(GOLDEN).differences[0]


def test_a_decoder_that_crashes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(_: bytes) -> TreadmillData:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(treadmill_data, "decode", decode)
    first_difference = again(GOLDEN).differences[0]
    assert first_difference.startswith("the driver crashes, after 2acd ")
    assert first_difference.endswith("ZeroDivisionError: a bug")


def test_an_encoder_that_miswrites_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = quarterturn_drivers.ftms_procedures.encode_command

    def encode(command: Any, unit: Any) -> bytes:
        octets = inner(command, unit)
        return octets[:1] + octets[:0:-1]  # the wrong way round

    monkeypatch.setattr(quarterturn_drivers.ftms_procedures, "encode_command", encode)
    assert any("request " in each for each in again(GOLDEN).differences)


def test_a_driver_that_asks_for_control_twice_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def twice(self: FtmsDriver) -> None:
        await self._ask_for_control(1.0)
        await self._ask_for_control(1.0)

    monkeypatch.setattr(FtmsDriver, "_request_control", twice)
    assert again(GOLDEN).differences


def test_a_driver_that_waits_longer_is_found(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    walk(path, faults=[("deaf", 60)])
    monkeypatch.setattr(quarterturn_drivers.ftms_procedures, "ANSWER_TIMEOUT_S", 12.0)
    assert again(path).differences


def test_a_driver_that_crashes_in_a_task_of_its_own_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def act(self: FtmsDriver) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(FtmsDriver, "_take_inbox", act)
    assert "ZeroDivisionError: a bug" in again(GOLDEN).differences[0]


def test_a_driver_that_never_closes_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async def close(self: FtmsDriver) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(FtmsDriver, "close", close)
    assert again(GOLDEN).differences


# --- what was recorded before, and what cannot be read -------------------------------------------


def test_a_journal_without_octets_replays_as_before(
    lines: Lines, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept_then = [line for line in lines if line.get("kind") not in ("wire", "driver")]
    written(path, [{**kept_then[0], "journal": 1}, *kept_then[1:]])
    assert driver_name(read_journal(path)) is None
    assert main(["journal", "replay", str(path)]) == 0
    out = capsys.readouterr().out
    assert "No octets are on record" in out
    assert "Every decision came out as it is on record" in out


def test_what_the_driver_does_otherwise_is_a_fault(
    lines: Lines, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flip(first(lines, is_value), 2)
    assert main(["journal", "replay", str(written(path, lines))]) == 5
    shown = capsys.readouterr()
    assert "The driver does otherwise than is on record." in shown.err
    assert "The decisions differ" not in shown.err


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "wire"},
        {"kind": "wire", "at": 20.0},
        {"kind": "wire", "at": "then", "dir": "in", "lost": True},
        {"kind": "wire", "at": 20.0, "dir": "up"},
        {"kind": "wire", "at": 20.0, "dir": "in", "characteristic": "2acd", "hex": "0"},
        {"kind": "wire", "at": 20.0, "dir": "in", "characteristic": "2acd", "hex": 5},
        {"kind": "wire", "at": 20.0, "dir": "in", "characteristic": "2acd2", "hex": "00"},
        {"kind": "wire", "at": 20.0, "dir": "in", "characteristic": "acd", "hex": "00"},
        {"kind": "wire", "at": 20.0, "dir": "out", "n": 1, "op": "jump"},
        {"kind": "wire", "at": 20.0, "dir": "out", "n": "one", "op": "read"},
        {"kind": "wire", "at": 20.0, "dir": "out", "n": True, "op": "read"},
        {"kind": "wire", "at": 20.0, "dir": "in", "to": 1.5},
        {"kind": "wire", "at": 20.0, "dir": "in", "to": 1, "characteristics": [1]},
        {"kind": "wire", "at": 20.0, "dir": "in", "to": 1, "characteristics": {"2acd": "x"}},
        {"kind": "wire", "at": 20.0, "dir": "in", "to": 1, "error": 7},
        {"kind": "driver", "at": 20.0, "n": 1, "do": "dance"},
        {"kind": "driver", "at": 20.0, "n": 99, "do": "close"},
        {"kind": "driver", "at": 20.0, "n": 1},
        {"kind": "command", "at": 20.0, "command": ["fly"], "source": "me", "limited_by": []},
        {"kind": "command", "at": 20.0, "command": ["stop"], "source": "me", "limited_by": 5},
        {"kind": "telemetry", "at": None},
    ],
    ids=str,
)
def test_what_cannot_be_read_is_named(line: dict[str, Any], lines: Lines, path: Path) -> None:
    lines.insert(60, line)
    with pytest.raises(JournalError, match=str(path)):
        again(written(path, lines))


def test_a_command_before_any_driver_is_named(lines: Lines, path: Path) -> None:
    kept_now = [line for line in lines if line.get("kind") != "driver"]
    with pytest.raises(JournalError, match="no driver was told to connect"):
        again(written(path, kept_now))


def test_answers_that_nobody_waits_for_do_no_harm(lines: Lines, path: Path) -> None:
    index = lines.index(first(lines, is_value))
    for to in (-1, 0, 1, 52, 4000):
        lines.insert(index, {**lines[index], "to": to})
    assert again(written(path, lines)).differences == ()


def test_a_clock_that_goes_back_or_far_ahead_does_no_harm(lines: Lines, path: Path) -> None:
    loss = {"kind": "wire", "at": 1e300, "dir": "in", "lost": True}
    again(written(path, [*lines[:200], loss, *lines[200:]]))
    again(written(path, [*lines[:200], {**loss, "at": -1e300}, *lines[200:]]))


# --- harmless ------------------------------------------------------------------------------------


def test_the_link_of_a_replay_goes_nowhere() -> None:
    links: list[GattLink] = []

    def build(link: GattLink, record: MachineRecord, sink: ReportSink) -> Driver:
        links.append(link)
        return FtmsDriver(link, record, sink)

    replay_wire(read_journal(GOLDEN), build)
    assert len(links) > 1
    assert {type(link) for link in links} == {PlayedLink}


_WATCHED = """
import sys

seen = []
loaded = ("bleak", "bumble", "serial", "quarterturn_drivers.links", "quarterturn_simulator")
calls = ("socket.connect", "socket.bind", "subprocess.Popen", "os.exec", "os.posix_spawn")

def watch(event, arguments):
    if event in calls or (event == "import" and str(arguments[0]).startswith(loaded)):
        seen.append((event, str(arguments[0])))

sys.addaudithook(watch)
from quarterturn.cli import main
code = main(["journal", "replay", sys.argv[1]])
print(seen, code)
"""


def test_a_replay_loads_no_link_and_opens_no_connection(lines: Lines, path: Path) -> None:
    lines[0]["treadmill"] = "ftms+ble://AA:BB:CC:DD:EE:FF"
    written(path, lines)
    ran = subprocess.run(
        [sys.executable, "-c", _WATCHED, str(path)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "[] 0"
    assert "went through the driver again" in ran.stdout
