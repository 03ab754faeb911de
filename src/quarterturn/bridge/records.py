"""What the core was told, as lines of the journal and back again.

Times in these lines are those of the clock that the core was told, to the last bit: a journal is only
a replay if every comparison of times comes out as it did.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from quarterturn.model import (
    Capabilities,
    CommandOutcome,
    MachineRecord,
    Notice,
    Permitted,
    Report,
    Telemetry,
)
from quarterturn.plan import Plan


@dataclass(frozen=True, slots=True)
class Setup:
    """All that a session begins with."""

    began_s: float
    plan: Plan
    capabilities: Capabilities
    record: MachineRecord


_REPORTS: dict[str, type[Telemetry | Notice | CommandOutcome]] = {
    "telemetry": Telemetry,
    "notice": Notice,
    "outcome": CommandOutcome,
}
_NAMES = {kind: name for name, kind in _REPORTS.items()}


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def encode_setup(setup: Setup) -> dict[str, object]:
    """Return the line that a replay begins with."""
    return {"kind": "setup", "setup": _adapter(Setup).dump_python(setup, mode="json")}


def decode_setup(line: dict[str, object]) -> Setup:
    """Read a setup line. Raise ValueError when it is none."""
    setup: Setup = _adapter(Setup).validate_python(line["setup"])
    return setup


def encode_report(report: Report) -> dict[str, object]:
    """Return the line of one report."""
    values = _adapter(type(report)).dump_python(report, mode="json", exclude_defaults=True)
    return {"kind": "report", "report": {_NAMES[type(report)]: values}}


def decode_report(line: dict[str, object]) -> Report:
    """Read the line of a report. Raise ValueError when it is none."""
    body = line["report"]
    if not isinstance(body, dict) or len(body) != 1:
        raise ValueError("a report names its one kind")
    (name, values), *_ = body.items()
    report: Report = _adapter(_REPORTS[name]).validate_python(values)
    return report


def encode_command(permitted: Permitted, now_s: float) -> dict[str, object]:
    """Return the line of what the governor let out."""
    values = _adapter(Permitted).dump_python(permitted, mode="json")
    name = type(permitted.command).__name__
    return {"kind": "command", "at": now_s, "name": name, "command": values}
