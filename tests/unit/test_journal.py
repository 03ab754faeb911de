"""The journal: what was written is there, and what is broken is named."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn import __version__
from quarterturn.bridge import journal as journal_module
from quarterturn.bridge.journal import (
    MAX_PROBLEMS,
    JournalError,
    JournalWriter,
    default_folder,
    read_journal,
    summary,
)
from quarterturn.bridge.records import encode_event

WHEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_records_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    with JournalWriter(path, {"url": "ftms+sim://"}) as writer:
        writer.write({"t": 0.0, "kind": "tick"})
        writer.write(
            encode_event(MappingProxyType({"t": 1.5, "event": "cue", "kind": "turn"}), decided=True)
        )
    journal = read_journal(path)
    assert journal.header == {"journal": 2, "quarterturn": __version__, "url": "ftms+sim://"}
    assert journal.records == (
        {"t": 0.0, "kind": "tick"},
        {"t": 1.5, "kind": "event", "event": {"t": 1.5, "event": "cue", "kind": "turn"}},
    )
    assert list(journal.events()) == [{"t": 1.5, "event": "cue", "kind": "turn"}]
    assert journal.problems == ()


def test_a_line_is_with_the_operating_system_when_write_returns(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    with JournalWriter(path) as writer:
        writer.write({"t": 1})
        assert path.read_bytes().endswith(b'\n{"t":1}\n')


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        JournalWriter(path)
    assert path.read_text() == "mine"


def test_a_journal_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with JournalWriter.create(folder, "circle", WHEN) as writer:
        assert writer.path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_name_has_date_time_and_workout_and_is_never_taken_twice(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        with JournalWriter.create(tmp_path, "../My Circle: Ä", WHEN) as writer:
            names.append(writer.path.relative_to(tmp_path).as_posix())
    assert names == [
        "2026-03-04-050607-my-circle.jsonl",
        "2026-03-04-050607-my-circle-2.jsonl",
        "2026-03-04-050607-my-circle-3.jsonl",
    ]
    assert read_journal(tmp_path / names[0]).header["started"] == "2026-03-04T05:06:07+00:00"


def test_a_workout_without_a_letter_has_a_name_too(tmp_path: Path) -> None:
    with JournalWriter.create(tmp_path, "...", WHEN) as writer:
        assert writer.path.name == "2026-03-04-050607-session.jsonl"


def test_the_hundredth_session_of_a_second_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "_SAME_SECOND", 2)
    JournalWriter.create(tmp_path, "circle", WHEN).close()
    with pytest.raises(FileExistsError, match="sessions within one second"):
        JournalWriter.create(tmp_path, "circle", WHEN)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, b"x"])
def test_a_record_that_json_cannot_hold_is_named_and_does_not_raise(
    tmp_path: Path, value: object
) -> None:
    path = tmp_path / "session.jsonl"
    told: list[str] = []
    with JournalWriter(path, on_error=told.append) as writer:
        writer.write({"kind": "tick", "value": value})
        writer.write({"kind": "tick", "value": 2})
    assert len(told) == 1
    broken, whole = read_journal(path).records
    assert (broken["kind"], broken["of"]) == ("unwritable", "tick")
    assert whole == {"kind": "tick", "value": 2}


def test_a_closed_journal_takes_nothing_and_closes_again(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path / "session.jsonl")
    writer.close()
    writer.write({"t": 1})
    writer.close()
    assert read_journal(writer.path).records == ()


# --- when the disk fails --------------------------------------------------------------------------


def failing(
    monkeypatch: pytest.MonkeyPatch, attempt: Callable[[bytes], bytes]
) -> Callable[[], None]:
    """Have writes pass through ``attempt``, which may cut them or raise; return the undo."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, attempt(data)))
    return lambda: monkeypatch.setattr(os, "write", write)


def test_a_full_disk_is_told_once_and_what_is_missing_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: bytes) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    told: list[str] = []
    path = tmp_path / "session.jsonl"
    with JournalWriter(path, on_error=told.append) as writer:
        mend = failing(monkeypatch, full)
        writer.write({"t": 1})
        writer.write({"t": 2})
        mend()
        writer.write({"t": 3})
    assert len(told) == 1
    assert told[0].startswith(f"{path}: the journal cannot be written: ")
    assert "No space left on device" in told[0]
    assert read_journal(path).records == ({"kind": "lost", "lines": 2}, {"t": 3})


def test_a_line_that_was_cut_by_a_full_disk_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    path = tmp_path / "session.jsonl"
    with JournalWriter(path, on_error=told.append) as writer:
        writer.write({"t": 1})
        mend = failing(monkeypatch, lambda data: data[:4])
        writer.write({"t": 2})
        mend()
        writer.write({"t": 3})
    assert told == [f"{path}: the journal cannot be written: the disk is full"]
    journal = read_journal(path)
    assert journal.records == ({"t": 1}, {"kind": "lost", "lines": 1}, {"t": 3})
    assert journal.problems == (f"{path}:3: not JSON",)


def test_without_a_listener_a_full_disk_is_still_no_exception(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with JournalWriter(tmp_path / "session.jsonl") as writer:
        mend = failing(monkeypatch, lambda data: data[:4])
        writer.write({"t": 2})
        mend()


def test_a_disk_that_cannot_sync_is_told_by_the_next_write_in_its_own_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [threading.Event(), threading.Event()]

    def broken(_: int) -> None:
        calls[calls[0].is_set()].set()
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    monkeypatch.setattr(journal_module, "_SYNC_EVERY_S", 0.0)
    told: list[tuple[str, threading.Thread]] = []
    path = tmp_path / "session.jsonl"
    writer = JournalWriter(
        path, on_error=lambda text: told.append((text, threading.current_thread()))
    )
    assert calls[0].wait(10)
    writer.write({"t": 1})
    assert calls[1].wait(10)  # the second attempt begins: the first has failed
    writer.write({"t": 2})
    assert [thread for _, thread in told] == [threading.current_thread()]
    assert "Input/output error" in told[0][0]
    writer.close()
    assert len(told) == 1
    assert read_journal(path).records == ({"t": 1}, {"t": 2})


def test_lines_are_synced_at_most_once_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    first = threading.Event()

    def sync(fd: int) -> None:
        synced.append(fd)
        first.set()

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(journal_module, "_SYNC_EVERY_S", 3600.0)
    with JournalWriter(tmp_path / "session.jsonl") as writer:
        assert first.wait(10)
        for count in range(1000):
            writer.write({"t": count})
        assert len(synced) == 1
    assert len(synced) == 2


WRITE_FOR_EVER = """
import sys
from pathlib import Path
from quarterturn.bridge.journal import JournalWriter

writer = JournalWriter(Path(sys.argv[1]))
count = 0
while True:
    writer.write({"t": count, "kind": "tick", "filler": "x" * 200})
    count += 1
    if count % 100 == 0:
        print(count, flush=True)
"""


def test_a_writer_killed_in_the_act_has_lost_nothing_it_had_written(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    command = [sys.executable, "-c", WRITE_FOR_EVER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(20):
            confirmed = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        # What it still said before it died counts as written, too; a number cut in two does not.
        rest = process.stdout.read()
        confirmed = max([confirmed, *map(int, rest[: rest.rfind("\n") + 1].split())])
    journal = read_journal(path)
    counts = [record["t"] for record in journal.records]
    assert counts == list(range(len(counts)))
    assert len(counts) >= confirmed >= 2000
    assert len(journal.problems) <= 1


# --- reading what is not whole --------------------------------------------------------------------


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "session.jsonl"
    path.write_bytes(content)
    return path


HEADER = b'{"journal":1,"quarterturn":"0.1.0"}\n'


def test_a_last_line_that_was_cut_is_named_and_the_others_count(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + b'{"t":1}\n{"t":2,"ki')
    journal = read_journal(path)
    assert journal.records == ({"t": 1},)
    assert journal.problems == (f"{path}:3: cut short: the writer was killed in this line",)


def test_a_last_line_that_lacks_only_its_end_counts(tmp_path: Path) -> None:
    assert read_journal(written(tmp_path, HEADER + b'{"t":1}')).records == ({"t": 1},)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"\x00\xff\xfe", "not JSON"),
        (b"[1,2]", "not a record: an object in braces"),
        (b'{"t":NaN}', "not JSON"),
        (b'{"t":1e999}', "not JSON"),
        (b'{"t":' + b"9" * 5000 + b"}", "not JSON"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_garbage_line_is_named_and_the_next_one_counts(
    tmp_path: Path, line: bytes, problem: str
) -> None:
    path = written(tmp_path, HEADER + line + b'\n\n{"t":1}\n')
    journal = read_journal(path)
    assert journal.records == ({"t": 1},)
    assert journal.problems == (f"{path}:2: {problem}",)


def test_a_thousand_garbage_lines_are_counted_not_listed(tmp_path: Path) -> None:
    journal = read_journal(written(tmp_path, HEADER + b"?\n" * 1000))
    assert len(journal.problems) == MAX_PROBLEMS + 1
    assert journal.problems[-1].endswith(": and 950 more lines like these")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "its first line"),
        (b"name = 1\n", "its first line"),
        (b'{"t":1}\n', "its first line"),
        (b'{"journal":true}\n', "its first line"),
        (b'{"journal":3}\n', "format 3: this program reads 1 and 2"),
        (b'{"jour', "its first line"),
    ],
)
def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(JournalError, match=message) as refused:
        read_journal(path)
    assert str(refused.value).startswith(str(path))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, message in (("", "not a file"), ("pipe", "not a file"), ("none", "No such file")):
        with pytest.raises(JournalError, match=message):
            read_journal(tmp_path / name)


def test_a_file_too_large_for_a_session_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "MAX_BYTES", 1024 * 1024)
    with pytest.raises(JournalError, match="larger than 1 MiB"):
        read_journal(written(tmp_path, HEADER + b" " * 1024 * 1024))


@given(content=st.binary(max_size=300), headed=st.booleans())
def test_no_bytes_raise_anything_but_a_journal_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, headed: bool
) -> None:
    path = tmp_path_factory.mktemp("journal") / "session.jsonl"
    path.write_bytes(HEADER + content if headed else content)
    try:
        journal = read_journal(path)
    except JournalError:
        assert not headed
    else:
        json.dumps([journal.header, *journal.records])


# --- the rest -------------------------------------------------------------------------------------


def test_a_summary_looks_at_events_alone(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    end = {"t": 9.0, "event": "end", "reason": "stopped", "by": "walker", "belt_stopped": True}
    with JournalWriter(path) as writer:
        writer.write(
            {"t": 8.0, "kind": "tick", "event": {"event": "end", "reason": "fault", "t": 8}}
        )
        writer.write(encode_event(end, decided=True))
    told = summary(read_journal(path))
    assert (told.reason, told.by, told.belt_stopped) == ("stopped", "walker", True)


def test_journals_are_kept_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERTURN_HOME", "/somewhere")
    assert default_folder() == Path("/somewhere/journals")
    monkeypatch.delenv("QUARTERTURN_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    if sys.platform == "linux":
        assert default_folder() == Path("/data/quarterturn/journals")
