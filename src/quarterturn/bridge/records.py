"""What the core was told and what it let out, as lines of the journal and back again.

Times in these lines are those of the clock that the core was told, to the last bit: a journal can
only be replayed if every comparison of times comes out as it did.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from quarterturn.english import ENGLISH
from quarterturn.model import (
    Capabilities,
    Command,
    CommandOutcome,
    HeartRate,
    MachineRecord,
    Notice,
    NoticeKind,
    Outcome,
    Permitted,
    Report,
    RunningCadence,
    SensorNotice,
    SensorReport,
    SensorState,
    SetIncline,
    SetSpeed,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.plan import Plan
from quarterturn.units import Incline, Speed
from quarterturn.words import PhraseBook

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Line = dict[str, object]


@dataclass(frozen=True, slots=True)
class Setup:
    """All that a session begins with. ``book`` is whole: the file it came from may be gone."""

    began_s: float
    plan: Plan
    capabilities: Capabilities
    record: MachineRecord
    book: PhraseBook = ENGLISH


@cache
def _setups() -> "TypeAdapter[Setup]":
    from pydantic import TypeAdapter  # only a session that is kept needs it

    return TypeAdapter(Setup)


def encode_setup(setup: Setup) -> Line:
    """Return the line that a replay begins with; English stands in every program, and not here."""
    left_out = {"book"} if setup.book == ENGLISH else None
    return {"kind": "setup", "setup": _setups().dump_python(setup, mode="json", exclude=left_out)}


def decode_setup(line: Line) -> Setup:
    """Read a setup line. Raise ValueError when it is none."""
    return _setups().validate_python(line["setup"])


def encode_report(report: Report) -> Line:
    """Return the line of one report; what is absent in it is left out."""
    match report:
        case Telemetry():
            return {
                "kind": "telemetry",
                "at": report.arrived_s,
                **_present(
                    speed=_raw(report.speed),
                    incline=_raw(report.incline),
                    distance_m=report.distance_m,
                    elapsed_s=report.elapsed_s,
                    energy_kcal=report.energy_kcal,
                    heart_rate_bpm=report.heart_rate_bpm,
                    steps=report.steps,
                    truncated=report.truncated or None,
                ),
            }
        case Notice():
            return {
                "kind": "notice",
                "at": report.arrived_s,
                "notice": report.kind.value,
                **_present(
                    speed=_raw(report.speed),
                    incline=_raw(report.incline),
                    command=None if report.command is None else _command(report.command),
                    text=report.text or None,
                ),
            }
        case CommandOutcome():
            return {
                "kind": "outcome",
                "at": report.known_s,
                "outcome": report.outcome.value,
                **_permitted(report.permitted),
                **_present(
                    sent_s=report.sent_s,
                    answered_s=report.answered_s,
                    detail=report.detail or None,
                ),
            }
        case _:
            return _sensed(report)


def _sensed(report: SensorReport) -> Line:
    match report:
        case HeartRate():
            return {
                **_sensed_by("heart_rate", report),
                **_present(
                    bpm=report.bpm,
                    contact=report.contact,
                    rr_intervals_s=list(report.rr_intervals_s) or None,
                    energy_kj=report.energy_kj,
                ),
            }
        case RunningCadence():
            return {
                **_sensed_by("running", report),
                **_present(
                    cadence_per_min=report.cadence_per_min,
                    speed_m_per_s=report.speed_m_per_s,
                    stride_length_m=report.stride_length_m,
                    distance_m=report.distance_m,
                    running=report.running or None,
                ),
            }
        case SensorNotice():
            state = {"state": report.state.value}
            return {**_sensed_by("sensor", report), **state, **_present(text=report.text or None)}


def _sensed_by(kind: str, report: SensorReport) -> Line:
    return {"kind": kind, "at": report.arrived_s, "sensor": report.sensor}


def decode_report(line: Line) -> Report:
    """Read the line of a report. Raise KeyError, TypeError or ValueError when it is none."""
    fields: dict[str, Any] = dict(line)
    kind, at_s = fields.pop("kind"), read_time(fields.pop("at"))
    for name, unit in (("speed", Speed), ("incline", Incline)):
        if name in fields:
            fields[name] = unit(fields[name])
    if "command" in fields:
        fields["command"] = _read_command(fields["command"])
    types = _SENSED.get(str(kind), _TYPES)
    for name, value in fields.items():
        wanted = types.get(name)
        if wanted is not None and type(value) not in wanted:
            raise TypeError(f"{name} is {value!r}")
    if types is not _TYPES:
        return _read_sensed(str(kind), at_s, fields)
    if kind == "telemetry":
        return Telemetry(at_s, **fields)
    if kind == "notice":
        return Notice(at_s, NoticeKind(fields.pop("notice")), **fields)
    limits = fields.pop("limited_by")
    permitted = Permitted(fields.pop("command"), fields.pop("source"), tuple(map(str, limits)))
    outcome = Outcome(fields.pop("outcome"))
    return CommandOutcome(permitted, outcome, at_s, fields.pop("sent_s", None), **fields)


_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("distance_m", "elapsed_s", "energy_kcal", "heart_rate_bpm", "steps"), (int,)),
    **dict.fromkeys(("text", "detail", "source"), (str,)),
    **dict.fromkeys(("sent_s", "answered_s"), (int, float)),
    "truncated": (bool,),
    "limited_by": (list,),
}


_NUMBER = (int, float)
_SENSED: dict[str, dict[str, tuple[type, ...]]] = {
    "heart_rate": {
        **dict.fromkeys(("bpm", "energy_kj"), (int,)),
        "sensor": (str,),
        "contact": (bool,),
        "rr_intervals_s": (list,),
    },
    "running": {
        **dict.fromkeys(("speed_m_per_s", "stride_length_m", "distance_m"), _NUMBER),
        "sensor": (str,),
        "cadence_per_min": (int,),
        "running": (bool,),
    },
    "sensor": dict.fromkeys(("sensor", "state", "text"), (str,)),
}


def _read_sensed(kind: str, at_s: float, fields: dict[str, Any]) -> SensorReport:
    sensor = fields.pop("sensor")
    match kind:
        case "heart_rate":
            intervals = tuple(read_time(it) for it in fields.pop("rr_intervals_s", []))
            return HeartRate(
                at_s, sensor, fields.pop("bpm", None), rr_intervals_s=intervals, **fields
            )
        case "running":
            return RunningCadence(at_s, sensor, **fields)
        case _:
            return SensorNotice(at_s, sensor, SensorState(fields.pop("state")), **fields)


def read_time(value: object) -> float:
    """Read a time of the core's clock. Raise TypeError when it is none."""
    if type(value) not in (int, float):
        raise TypeError(f"{value!r} is no time")
    return cast("float", value)


def encode_command(permitted: Permitted, now_s: float) -> Line:
    """Return the line of what the governor let out."""
    return {"kind": "command", "at": now_s, **_permitted(permitted)}


def decode_command(line: Mapping[str, object]) -> Permitted:
    """Read the line of a command. Raise KeyError, TypeError or ValueError when it is none."""
    limits = line["limited_by"]
    if not isinstance(limits, list):
        raise TypeError(f"limited_by is {limits!r}")
    command = _read_command(line["command"])
    return Permitted(command, str(line["source"]), tuple(map(str, limits)))


def encode_event(event: Mapping[str, object], *, decided: bool) -> Line:
    """Return the line of an event; not ``decided`` by the core, when that has crashed."""
    line: Line = {"kind": "event", "t": event["t"], "event": event}
    return line if decided else {**line, "decided": False}


def encode_crash(crash: Exception, now_s: float) -> Line:
    """Return the line after which the core no longer decided anything."""
    return {"kind": "crash", "at": now_s, "what": in_words(crash)}


def in_words(crash: BaseException) -> str:
    """Return what an exception says, on one line."""
    return f"{type(crash).__name__}: {crash}"


def _permitted(permitted: Permitted) -> Line:
    return {
        "command": _command(permitted.command),
        "source": permitted.source,
        "limited_by": list(permitted.limited_by),
    }


def _command(command: Command) -> list[object]:
    match command:
        case Start():
            return ["start"]
        case Stop():
            return ["stop"]
        case SetSpeed(speed):
            return ["set_speed", speed.centi_kmh]
        case SetIncline(incline):
            return ["set_incline", incline.tenths_pct]


def _read_command(words: object) -> Command:
    match words:
        case ["start"]:
            return Start()
        case ["stop"]:
            return Stop()
        case ["set_speed", int(centi_kmh)]:
            return SetSpeed(Speed(centi_kmh))
        case ["set_incline", int(tenths_pct)]:
            return SetIncline(Incline(tenths_pct))
        case _:
            raise ValueError(f"{words!r} is no command")


def _raw(value: Speed | Incline | None) -> int | None:
    match value:
        case Speed(raw) | Incline(raw):
            return raw
        case None:
            return None


def _present(**fields: object) -> Line:
    return {name: value for name, value in fields.items() if value is not None}
