"""Decide a recorded session again, and compare with what was decided then."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from quarterturn.bridge.journal import Journal, JournalError
from quarterturn.bridge.records import (
    Setup,
    decode_report,
    decode_setup,
    encode_command,
)
from quarterturn.controller import Controller
from quarterturn.session import Event, Intent

_MAX_DIFFERENCES = 20


@dataclass(frozen=True, slots=True)
class Replay:
    """What came out: counts, the events, and where it differs from the record, in words."""

    inputs: int
    commands: int
    events: tuple[Event, ...]
    differences: tuple[str, ...]


def replay(journal: Journal) -> Replay:
    """Feed a journal's inputs to a new controller at the times on record.

    Raises:
        JournalError: when it holds no session, or an input that cannot be read.

    """
    records = iter(journal.records)
    controller = _begin(journal, records)
    inputs = 0
    commands: list[Mapping[str, object]] = []
    events: list[Event] = []
    recorded_commands: list[Mapping[str, object]] = []
    recorded_events: list[Event] = []
    for record in records:
        match record.get("kind"):
            case "command":
                recorded_commands.append(record)
            case "event":
                recorded_events.append(cast("Event", record["event"]))
            case _:
                inputs += 1
                try:
                    commands += _feed(controller, record)
                except (KeyError, TypeError, ValueError) as error:
                    raise JournalError(f"{journal.path}: input {inputs}: {error}") from None
                events += controller.take_events()
    differences = [
        *_compare("command", recorded_commands, commands),
        *_compare("event", recorded_events, events),
    ]
    return Replay(inputs, len(commands), tuple(events), tuple(differences[:_MAX_DIFFERENCES]))


def _begin(journal: Journal, records: Iterator[Mapping[str, object]]) -> Controller:
    for record in records:
        if record.get("kind") == "setup":
            try:
                setup: Setup = decode_setup(dict(record))
            except ValueError as error:
                raise JournalError(f"{journal.path}: the plan cannot be read: {error}") from None
            return Controller(setup.plan, setup.capabilities, setup.record, setup.began_s)
    raise JournalError(f"{journal.path}: no session began in it")


def _feed(controller: Controller, record: Mapping[str, object]) -> list[dict[str, object]]:
    match record:
        case {"kind": "ticks", "at": list(times)}:
            return [
                encode_command(permitted, now_s)
                for now_s in times
                for permitted in controller.tick(now_s)
            ]
        case {"kind": "telemetry" | "notice" | "outcome"}:
            controller.report(decode_report(dict(record)))
        case {"kind": "intent", "at": float(now_s), "intent": str(word)}:
            controller.intent(Intent(word), now_s)
        case {"kind": "stop", "at": float(now_s), "by": str(by), "cause": cause}:
            controller.stop(now_s, by, None if cause is None else str(cause))
        case {"kind": "cues_lost", "at": float(now_s)}:
            controller.cues_lost(now_s)
        case {"kind": "screen_lost", "at": float(now_s)}:
            controller.screen_lost(now_s)
        case _:
            pass
    return []


def _compare(
    what: str,
    recorded: list[Mapping[str, object]] | list[Event],
    decided: list[Mapping[str, object]] | list[Event],
) -> Iterator[str]:
    for number, (then, now) in enumerate(zip(recorded, decided, strict=False), start=1):
        if dict(then) != dict(now):
            yield f"{what} {number}: on record {then}, decided again {now}"
    if len(decided) < len(recorded):
        yield f"{what}s: {len(recorded)} on record, {len(decided)} decided again"
