"""A journal of a session is enough to decide everything again."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.scripted import Bench, written
from integration.walks import NEVER_WALKED, known_machine, short
from quarterturn.bridge.journal import JournalError, read_journal, summary
from quarterturn.bridge.replay import Replay, replay
from quarterturn.model import Capabilities
from quarterturn.plan import Plan
from quarterturn.rehearsal import in_virtual_time
from quarterturn.session.machine import Session
from quarterturn_simulator.faults import FAULTS
from quarterturn_simulator.quirks import QUIRKS

Records = list[dict[str, Any]]


def walk(**options: Any) -> Bench:
    async def main() -> Bench:
        bench = Bench(**options)
        await bench.walk()
        return bench

    return in_virtual_time(main())


def again(path: Path, records: Sequence[Mapping[str, object]]) -> Replay:
    return replay(read_journal(written(path, records)))


@pytest.fixture(scope="module")
def circle() -> Bench:
    return walk()


@pytest.fixture
def records(circle: Bench) -> Records:
    return [json.loads(json.dumps(line, default=dict)) for line in circle.journal]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.jsonl"


# --- whole journals ------------------------------------------------------------------------------


def assert_same(bench: Bench, path: Path) -> None:
    result = again(path, bench.journal)
    assert result.differences == ()
    assert result.covered is None
    assert list(result.events) == bench.events
    assert result.inputs > 10


def test_a_circle_is_decided_again_as_it_was(circle: Bench, path: Path) -> None:
    assert_same(circle, path)


# What has to be on record for a machine to be walked on at all; the others need nothing.
ON_RECORD = {
    "mute-request-control": {"answers_request_control": False},
    "control-on-second-request": {"request_control_attempts": 2},
}


class Brisk(Bench):
    """The circle in its shortest phases."""

    def plan(self, capabilities: Capabilities) -> Plan:
        return short(super().plan(capabilities))


@pytest.mark.exhaustive
@pytest.mark.parametrize("quirk", [name for name in QUIRKS if name not in NEVER_WALKED])
def test_a_session_on_every_odd_machine_is_decided_again_as_it_was(quirk: str, path: Path) -> None:
    machine = replace(known_machine(), **ON_RECORD.get(quirk, {}))

    async def main() -> Bench:
        bench = Brisk(quirks=[quirk], machine=machine)
        await bench.walk()
        return bench

    assert_same(in_virtual_time(main()), path)


@pytest.mark.exhaustive
@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_session_with_every_fault_is_decided_again_as_it_was(fault: str, path: Path) -> None:
    assert_same(walk(faults=[(fault, 480)]), path)


@pytest.mark.parametrize("told", ["screen_lost", "cues_lost", "stop"])
def test_what_else_a_session_is_told_is_decided_again_as_it_was(told: str, path: Path) -> None:
    async def main() -> Bench:
        bench = Bench()
        runtime = bench.runtime
        tell: dict[str, Callable[[], None]] = {
            "screen_lost": runtime.screen_lost,
            "cues_lost": runtime.cues_lost,
            "stop": lambda: runtime.stop("walker", "key"),
        }
        asyncio.get_running_loop().call_later(470, tell[told])
        await bench.walk()
        return bench

    bench = in_virtual_time(main())
    assert told in [line["kind"] for line in bench.journal]
    assert_same(bench, path)


# --- cut journals --------------------------------------------------------------------------------


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_journal_cut_at_any_byte_is_read_and_replayed_as_far_as_it_goes(
    data: st.DataObject, circle: Bench, tmp_path: Path
) -> None:
    path = written(tmp_path / "whole.jsonl", circle.journal)
    content = path.read_bytes()
    first = content.index(b"\n") + 1
    setup = content.index(b"\n", first) + 1
    size = data.draw(st.integers(setup, len(content)))
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(content[:size])
    journal = read_journal(cut)
    result = replay(journal)
    assert result.differences == ()
    assert (result.covered == "it was cut short") == (size < len(content) - 1)
    shown = list(journal.events())
    assert list(result.events[: len(shown)]) == shown == circle.events[: len(shown)]
    summary(journal)


def test_no_more_than_a_second_of_a_session_is_lost_with_the_process() -> None:
    # What SIGKILL leaves at any moment is what was recorded until then.
    async def main() -> list[tuple[float, float]]:
        bench = Bench()
        loop = asyncio.get_running_loop()
        lags: list[tuple[float, float]] = []

        def look() -> None:
            if bench.journal and not bench.runtime._ended.is_set():
                ticks = [line for line in bench.journal if line["kind"] == "ticks"]
                told = [line for line in bench.journal if "at" in line]
                if ticks and told:
                    lags.append((loop.time(), len(bench.runtime._ticks)))
            loop.call_later(0.25, look)

        loop.call_later(1, look)
        await bench.walk()
        return lags

    lags = in_virtual_time(main())
    assert len(lags) > 1000
    assert max(waiting for _, waiting in lags) * 0.1 <= 1.0


# --- what was changed ----------------------------------------------------------------------------


def index_of(records: Records, kind: str, number: int = 0) -> int:
    return [index for index, line in enumerate(records) if line["kind"] == kind][number]


def edit_speed(records: Records) -> None:
    index = next(
        index for index, line in enumerate(records) if line["kind"] == "telemetry" and line["speed"]
    )
    records[index]["speed"] += 300


def edit_command(records: Records) -> None:
    records[index_of(records, "command", 3)]["command"] = ["set_speed", 999]


def edit_event(records: Records) -> None:
    records[index_of(records, "event", 40)]["event"]["t"] = 0.0


def drop_last_command(records: Records) -> None:
    del records[index_of(records, "command", -1)]


def drop_last_cue(records: Records) -> None:
    del records[index_of(records, "event", -2)]


def add_command(records: Records) -> None:
    records.insert(-1, dict(records[index_of(records, "command", -1)]))


def drop_ready(records: Records) -> None:
    del records[index_of(records, "intent")]


@pytest.mark.parametrize(
    "edit",
    [
        edit_speed,
        edit_command,
        edit_event,
        drop_last_command,
        drop_last_cue,
        add_command,
        drop_ready,
    ],
)
def test_an_edited_journal_is_found_out(
    edit: Callable[[Records], None], records: Records, path: Path
) -> None:
    edit(records)
    assert again(path, records).differences


def test_differences_are_named_but_not_without_end(records: Records, path: Path) -> None:
    for line in records:
        if line["kind"] == "event":
            line["event"]["t"] += 1
    differences = again(path, records).differences
    assert len(differences) == 21
    assert "and" in differences[-1]


def test_after_a_gap_nothing_is_compared(records: Records, path: Path) -> None:
    half = len(records) // 2
    records[half : half + 30] = [{"kind": "lost", "lines": 30}]
    result = again(path, records)
    assert result.differences == ()
    assert result.covered == "lines are missing"


# --- crashes -------------------------------------------------------------------------------------


def crash_of(monkeypatch: pytest.MonkeyPatch) -> tuple[Bench, Callable[[], None]]:
    inner = Session.tick

    def tick(self: Session, now_s: float) -> None:
        if now_s > 100:
            raise ZeroDivisionError("a bug")
        inner(self, now_s)

    monkeypatch.setattr(Session, "tick", tick)
    return walk(), monkeypatch.undo


def test_a_crash_happens_again_and_is_no_difference(
    monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    bench, _ = crash_of(monkeypatch)
    result = again(path, bench.journal)
    assert result.differences == ()
    assert result.covered == "the program crashed: ZeroDivisionError: a bug"
    assert list(read_journal(path).events()) == bench.events


def test_a_crash_that_was_mended_since_is_no_difference(
    monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    bench, mend = crash_of(monkeypatch)
    mend()
    assert again(path, bench.journal).differences == ()


def test_a_crash_that_is_not_on_record_is_a_difference(
    circle: Bench, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    def tick(*_: object) -> None:
        raise ZeroDivisionError("a new bug")

    monkeypatch.setattr(Session, "tick", tick)
    differences = again(path, circle.journal).differences
    assert differences[0] == "input 1: the program crashes: ZeroDivisionError: a new bug"


# --- rubbish -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"kind": 5},
        {"kind": {}},
        {"kind": "unheard of", "at": 1.0},
        {"kind": "ticks"},
        {"kind": "ticks", "at": 5},
        {"kind": "ticks", "at": ["now"]},
        {"kind": "telemetry", "at": 1.0, "speed": "fast"},
        {"kind": "intent", "at": 1.0, "intent": "fly"},
        {"kind": "intent", "intent": "ready"},
        {"kind": "stop", "at": None, "by": "walker", "cause": None},
        {"kind": "stop", "at": 1.0},
        {"kind": "screen_lost"},
        {"kind": "cues_lost", "at": "then"},
        {"kind": "event", "event": "end"},
    ],
)
def test_what_cannot_be_read_is_named(
    line: dict[str, object], records: Records, path: Path
) -> None:
    records.insert(20, line)
    with pytest.raises(JournalError, match=str(path)):
        again(path, records)


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.pop("setup"),
        lambda line: line.update(setup=5),
        lambda line: line["setup"].pop("plan"),
        lambda line: line["setup"]["plan"].update(phases="none"),
        lambda line: line["setup"]["capabilities"].update(speed=None),
        lambda line: line["setup"]["plan"]["phases"][0]["speed"].update(centi_kmh=-1),
        lambda line: line["setup"]["plan"].update(phases=[]),
    ],
)
def test_a_plan_that_cannot_be_read_is_named(
    change: Callable[[Any], object], records: Records, path: Path
) -> None:
    change(records[index_of(records, "setup")])
    with pytest.raises(JournalError, match="the plan cannot be read"):
        again(path, records)


def test_a_journal_without_a_session_is_named(path: Path) -> None:
    with pytest.raises(JournalError, match="no session began"):
        again(path, [{"kind": "note"}])
