"""Decide a recorded session again, and compare with what was decided then."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from quarterturn.bridge.journal import Journal, JournalError
from quarterturn.bridge.records import (
    decode_report,
    decode_setup,
    encode_command,
    in_words,
    read_time,
)
from quarterturn.controller import Controller
from quarterturn.governor import NotPermittedError
from quarterturn.session import Event, Intent

MAX_DIFFERENCES = 20
# What the writer leaves in place of lines that the disk did not take.
GAPS = ("lost", "unwritable")  # no set: a kind that is a list cannot be looked up in one
# What passed between driver and link: the core hears of it by reports alone.
_BEFORE_THE_CORE = ("wire", "driver")

Line = Mapping[str, object]
# Only a tick lets commands out; they are returned in a list.
Decide = Callable[[Controller], object]


@dataclass(frozen=True, slots=True)
class Replay:
    """What came out: counts, the events, and where it differs from the record, in words.

    ``covered`` says in words why the record does not reach the end of the session, where it does
    not: it was cut, it has a gap, or the program crashed. What comes later is not compared.
    """

    inputs: int
    commands: int
    events: tuple[Event, ...]
    differences: tuple[str, ...]
    covered: str | None = None


def replay(journal: Journal) -> Replay:
    """Feed a journal's inputs to a new controller at the times on record.

    Raises:
        JournalError: when it holds no session, or an input that cannot be read.

    """
    records = iter(journal.records)
    controller = _begin(journal, records)
    inputs = 0
    commands: list[Line] = []
    events: list[Event] = []
    then_commands: list[Line] = []
    then_events: list[Event] = []
    covered: str | None = None
    crash: str | None = None
    for record in records:
        kind = record.get("kind")
        if kind in GAPS:
            covered = "lines are missing"
        elif kind == "crash":
            covered = f"the program crashed: {record.get('what')}"
        if covered is not None:
            break
        if kind in _BEFORE_THE_CORE:
            continue
        if kind == "command":
            then_commands.append(record)
        elif kind == "event":
            then_events.append(_event(journal, record))
        elif crash is None:
            inputs += 1
            try:
                decide = _read(record)
            except (KeyError, TypeError, ValueError) as error:
                raise JournalError(f"{journal.path}: input {inputs}: {error!r}") from None
            try:
                decided = decide(controller)
            except Exception as error:  # noqa: BLE001 - the mistake that is looked for may be here
                crash = in_words(error)
                decided = None
            if isinstance(decided, list):
                commands += decided
            events += controller.take_events()
    ended = covered is None and bool(then_events) and then_events[-1].get("event") == "end"
    differences = [
        *_compare("command", then_commands, commands, whole=ended),
        *_compare("event", then_events, events, whole=ended),
    ]
    if crash is not None and crash not in (covered or ""):
        differences.insert(0, f"input {inputs}: the program crashes: {crash}")
    if covered is None and not ended:
        covered = "it was cut short"
    return Replay(inputs, len(commands), tuple(events), tuple(differences), covered)


def _begin(journal: Journal, records: Iterator[Line]) -> Controller:
    for record in records:
        if record.get("kind") == "setup":
            try:
                setup = decode_setup(dict(record))
                return Controller(
                    setup.plan, setup.capabilities, setup.record, setup.began_s, setup.book
                )
            except (LookupError, TypeError, ValueError, NotPermittedError) as error:
                raise JournalError(f"{journal.path}: the plan cannot be read: {error}") from None
    raise JournalError(f"{journal.path}: no session began in it")


def _event(journal: Journal, record: Line) -> Event:
    event = record.get("event")
    if not isinstance(event, dict):
        raise JournalError(f"{journal.path}: {event!r} is no event")
    return cast("Event", event)


def _read(record: Line) -> Decide:
    """Return what an input does to a controller: the commands that come of it.

    Raises:
        KeyError, TypeError, ValueError: when it is no input.

    """
    match record.get("kind"):
        case "ticks":
            times = [read_time(time) for time in cast("list[object]", record["at"])]
            return lambda controller: [
                encode_command(permitted, now_s)
                for now_s in times
                for permitted in controller.tick(now_s)
            ]
        case "telemetry" | "notice" | "outcome" | "heart_rate" | "running" | "sensor":
            report = decode_report(dict(record))
            return lambda controller: controller.report(report)
        case "intent":
            now_s, intent = read_time(record["at"]), Intent(str(record["intent"]))
            return lambda controller: controller.intent(intent, now_s)
        case "stop":
            now_s, by, cause = read_time(record["at"]), str(record["by"]), record["cause"]
            words = None if cause is None else str(cause)
            ramp = record.get("ramp") is True
            return lambda controller: controller.stop(now_s, by, words, ramp=ramp)
        case "cues_lost":
            now_s = read_time(record["at"])
            return lambda controller: controller.cues_lost(now_s)
        case "screen_lost":
            now_s = read_time(record["at"])
            return lambda controller: controller.screen_lost(now_s)
        case kind:
            raise ValueError(f"{kind!r} is no input")


def _compare(
    what: str, recorded: Sequence[Line], decided: Sequence[Line], *, whole: bool
) -> Iterator[str]:
    """Name what differs. Of a record that was cut, more may have been decided than is on record."""
    found = 0
    for number, (then, now) in enumerate(zip(recorded, decided, strict=False), start=1):
        if dict(then) != dict(now):
            found += 1
            if found <= MAX_DIFFERENCES:
                yield f"{what} {number}: on record {dict(then)}, decided again {dict(now)}"
    if found > MAX_DIFFERENCES:
        yield f"{what}s: and {found - MAX_DIFFERENCES} more"
    if len(decided) < len(recorded) or (whole and len(decided) > len(recorded)):
        yield f"{what}s: {len(recorded)} on record, {len(decided)} decided again"
