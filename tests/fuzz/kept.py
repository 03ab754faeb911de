"""What the program itself keeps: a file for each person, and journals."""

import json
import os
from collections.abc import Sequence
from datetime import date
from functools import cache

from fuzz.disk import folder, written
from fuzz.json_edits import edited
from fuzz.lines import session
from fuzz.target import Choices, Target, Targets
from quarterturn.bridge.journal import Journal, JournalError, read_journal, summary
from quarterturn.bridge.replay import Replay, replay
from quarterturn.lines import LineRenderer, table
from quarterturn.person import (
    Acknowledgement,
    Answers,
    LoadedPerson,
    Person,
    load_person,
    person_path,
    save_person,
)

# --- what is remembered of a person --------------------------------------------------------------

SOMEBODY = Person(
    Acknowledgement("abc", date(2026, 5, 1)),
    Answers("def", date(2026, 5, 2), {"chest": "no", "dizzy": "yes"}),
    date(2026, 5, 3),
    date(2026, 5, 4),
    12,
)


@cache
def somebody() -> object:
    os.environ["QUARTERTURN_HOME"] = str(folder() / "home")
    save_person("ann", SOMEBODY)
    return json.loads(person_path("ann").read_bytes())


def read_person(data: bytes) -> LoadedPerson:
    """Read an input as a file, or as the edits to one: its first octet says which."""
    value = somebody()
    content = data[1:]
    if Choices(data).below(4):
        document = edited(value, Choices(data[1:]))
        content = json.dumps(document).replace("Infinity", "1e999").encode()
    path = person_path("ann")
    path.write_bytes(content)
    loaded = load_person("ann")
    for aside in path.parent.glob("*.unreadable-*"):
        assert aside.read_bytes() == content
        aside.unlink()
    return loaded


def check_person(_: bytes, loaded: LoadedPerson) -> None:
    if loaded.notice is not None:
        assert loaded.person == Person()
        return
    assert loaded.person.sessions >= 0
    save_person("ann", loaded.person)
    assert load_person("ann") == loaded


# --- journals ------------------------------------------------------------------------------------


def read_events(data: bytes) -> tuple[Journal, list[str]]:
    """Show what an input holds, as ``journal show`` does."""
    journal = read_journal(written("journal.jsonl", data))
    assert all(problem.startswith(f"{journal.path}:") for problem in journal.problems)
    return shown(journal)


def read_edited_events(data: bytes) -> tuple[Journal, list[str]]:
    choices = Choices(data)
    events = [line for line in session() if line.get("kind") == "event"]
    lines = [{"journal": 1}, *events[:6], *EVENTS]
    return shown(read_journal(written("journal.jsonl", jsonl(some_edited(lines, choices)))))


# What a walk holds beside its start.
EVENTS: list[dict[str, object]] = [
    {"kind": "event", "event": event}
    for event in (
        {"t": 20, "event": "telemetry", "speed_kmh": 2.1, "distance_m": 8, "heart_rate_bpm": 90},
        {"t": 30, "event": "fault", "fault": "overspeed", "action": "stop", "text": "too fast"},
        {"t": 31, "event": "turn", "from": "forward", "to": "right", "step": "slow"},
        {"t": 32, "event": "sensor", "sensor": "strap", "state": "lost", "text": "gone"},
        {"t": 33, "event": "command", "command": "stop", "outcome": "confirmed", "sent_t": 32.5},
        {"t": 40, "event": "end", "reason": "stopped", "by": "walker", "belt_stopped": True},
    )
]


def shown(journal: Journal) -> tuple[Journal, list[str]]:
    renderer = LineRenderer()
    lines = [renderer.render(event) for event in journal.events()]
    return journal, [
        *(line for line in lines if line is not None),
        *table(summary(journal)).split("\n"),
    ]


def check_shown(_: bytes, found: tuple[Journal, list[str]]) -> None:
    for line in found[1]:
        assert line.isprintable()


def some_edited(lines: Sequence[object], choices: Choices) -> list[object]:
    """Edit up to four lines; the order may change, too."""
    found: list[object] = list(lines)
    for _ in range(4):
        if not choices.left:
            break
        at = choices.below(len(found))
        found[at] = edited(found[at], Choices(choices.take(6)))
        if choices.below(8) == 1:
            found.append(found.pop(at))
    return found


def jsonl(lines: list[object]) -> bytes:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    return text.replace("Infinity", "1e999").encode()


def read_replay(data: bytes) -> Replay:
    lines = [{"journal": 1}, *session()]
    path = written("session.jsonl", jsonl(some_edited(lines, Choices(data))))
    return replay(read_journal(path))


def check_replay(_: bytes, found: Replay) -> None:
    # A mistake in the core is told as a crash of the program, and would be one of the core.
    assert not any("the program crashes" in it for it in found.differences), found.differences[0]


TARGETS: Targets = {
    "person-file": Target(
        read_person,
        check_person,
        ("quarterturn.person",),
        (b"\x00{}", b"\x01", b'\x00{"person": 1, "sessions": 1}', b"\x00[[[["),
        25_000,
        documented=(),
        longest=80,
        words=(b'"person"', b'"sessions"', b'"given"', b":", b"{", b"}", b"null", b"1e999"),
    ),
    "journal-file": Target(
        read_events,
        check_shown,
        ("quarterturn.bridge.journal", "quarterturn.summary", "quarterturn.lines"),
        (b'{"journal": 1}\n{"kind": "event", "event": {"t": 1, "event": "plan"}}\n{"kind', b"{}"),
        40_000,
        documented=(JournalError,),
        longest=300,
        words=(
            b'"journal"',
            b'"kind"',
            b'"event"',
            b"\n",
            b":",
            b"{",
            b"}",
            b"[",
            b'"t"',
            b"1e999",
        ),
    ),
    "journal-events": Target(
        read_edited_events,
        check_shown,
        ("quarterturn.bridge.journal", "quarterturn.summary", "quarterturn.lines"),
        (b"", b"\x09\x04\x00\x08", b"\x0a\x02\x00\x09"),
        10_000,
        documented=(JournalError,),
        longest=40,
    ),
    "replay": Target(
        read_replay,
        check_replay,
        ("quarterturn.bridge.replay", "quarterturn.bridge.records"),
        (b"", b"\x05\x04\x00\x08"),
        800,
        documented=(JournalError,),
        longest=40,
    ),
}
