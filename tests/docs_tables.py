"""The tables of the documentation that are made from the code.

Write them anew with ``python tests/docs_tables.py``; a test fails where a page and the code differ.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import matrix
from quarterturn.caps import BASES, BaseProfile, CapRow, RowCaps, hard_limits
from quarterturn.configs import shipped_folder
from quarterturn.cues import CueKind
from quarterturn.exit_codes import ExitCode
from quarterturn.monitors import FaultKind
from quarterturn.session import Intent
from quarterturn.workout.files import load_workout, workout_names
from quarterturn_simulator import settings
from quarterturn_simulator.cruel import CRUELTIES
from quarterturn_simulator.faults import FAULTS
from quarterturn_simulator.quirks import QUIRKS
from quarterturn_simulator.sensors import SENSORS
from reported import ROWS, Row

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PLACE = re.compile(r"<!-- ([\w-]+): generated -->\n(.*?)<!-- end -->", re.DOTALL)

Rows = Iterable[tuple[object, ...]]


def table(head: tuple[str, ...], rows: Rows) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


def minutes(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:g} min"


def ramp(centi_kmh_per_s: int) -> str:
    return f"{centi_kmh_per_s / 100:.2f}"


# --- profiles --------------------------------------------------------------------------------


def hard() -> str:
    rows = [(row.words, hard_limits(row)) for row in CapRow]
    return table(
        ("row", "speed", "incline", "at once"),
        (
            (
                words,
                it.max_speed,
                f"{it.min_incline} to {it.max_incline}",
                minutes(it.max_continuous_s),
            )
            for words, it in rows
        ),
    )


def base(profile: BaseProfile) -> str:
    def speeds(caps: RowCaps) -> str:
        if len(caps.tiers) == 1:
            return str(caps.tiers[0].max_speed)
        return ", ".join(f"{tier.max_speed} up to {tier.up_to}" for tier in caps.tiers)

    return table(
        ("row", "speed", "incline", "at once", "ramp up", "ramp down, km/h per s"),
        (
            (
                row.words,
                speeds(caps),
                f"{caps.min_incline} to {caps.max_incline}",
                minutes(caps.max_continuous_s),
                ramp(caps.ramp_up_centi_kmh_per_s),
                ramp(caps.ramp_down_centi_kmh_per_s),
            )
            for row, caps in profile.rows.items()
        ),
    )


def totals() -> str:
    columns: Mapping[str, Callable[[BaseProfile], object]] = {
        "backward": lambda it: minutes(it.backward_total_s),
        "all that is not forward": lambda it: minutes(it.non_forward_total_s),
        "circles": lambda it: it.circle_rounds,
        "effort": lambda it: f"{it.max_met:g} MET",
        "not forward, as a share of one's own pace": lambda it: f"{it.forward_factor:g}",
        "forward rest after a block, as a share of it": lambda it: f"{it.rest_ratio:g}",
        "spotter": lambda it: "always" if it.spotter else "where caution asks for one",
    }
    return table(
        ("", *BASES),
        ((words, *(value(it) for it in BASES.values())) for words, value in columns.items()),
    )


# --- simulator -------------------------------------------------------------------------------


def options() -> str:
    numbers = (
        (f"`{limit.option}`", f"{getattr(settings.DEFAULT, name):g}", str(limit))
        for name, limit in settings._LIMITS.items()
    )
    choices = (
        (f"`{option}`", f"`{getattr(settings.DEFAULT, name)}`", " ".join(f"`{it}`" for it in kinds))
        for name, (option, kinds) in settings._CHOICES.items()
    )
    return table(("option", "default", "allowed"), (*numbers, *choices))


def sensor_options() -> str:
    return table(
        ("sensor", "option", "default", "allowed"),
        (
            (f"`{kind}`", f"`{name}`", it.default or "never", it.allowed)
            for kind, options in SENSORS.items()
            for name, it in options.items()
        ),
    )


def links() -> str:
    return table(
        ("name", "what it does", "number"),
        ((f"`{name}`", it.description, f"{it.number:g}") for name, it in CRUELTIES.items()),
    )


def reported_rows() -> str:
    return table(
        ("row", "reported", "quirk"),
        (
            (row.row, row.behaviour, "; ".join(filter(None, (quirk_names(row), row.why))))
            for row in ROWS
        ),
    )


def quirk_names(row: Row) -> str:
    return " ".join(f"`{name}`" for name in row.quirks.split())


# --- the safety case -------------------------------------------------------------------------


BLOW_TEST = "test_a_blow_at_any_boundary_ends_as_the_table_says"
QUIRK_TEST = "test_a_strange_machine_with_a_quirk_ends_as_the_table_says"
NEVER_TEST = "test_a_machine_that_cannot_be_walked_on_says_why"
OURS_WORDS = {
    "computer-sleeps": "the computer sleeps for 3 s",
    "screen-lost": "nobody sees the screen any more",
    "console-downhill": "somebody tilts a machine to -4 % that goes there",
}


def seconds(value: float | None) -> str:
    return "" if value is None else f"{value:g} s"


def what_strikes(name: str) -> str:
    if name in FAULTS:
        return FAULTS[name].description
    return OURS_WORDS[name] if name in OURS_WORDS else f"from then on: {QUIRKS[name].does}"


def strikes() -> str:
    def ends(row: matrix.Row) -> str:
        return row.ends.replace(" = ", " → ")

    def within(row: matrix.Row) -> str:
        from_then = "" if row.counts == "blow" else " (command)"
        return f"{seconds(row.stop_s)}{from_then}" if row.stop_s is not None else ""

    return table(
        (
            "name", "what strikes", "hazards", "walks", "ends", "stopped within",
            "red key within", "over within", "says", "shown by",
        ),
        (
            (
                f"`{row.name}`", what_strikes(row.name), row.hazards, " ".join(row.courses),
                ends(row), within(row), seconds(row.red_key_s), seconds(row.over_s),
                row.says, f"`{BLOW_TEST}`",
            )
            for row in matrix.STRIKES
        ),
    )  # fmt: skip


def strange_machines() -> str:
    def end(name: str) -> tuple[object, ...]:
        if name in matrix.NEVER_BEGUN:
            return f"`{name}`", "no walk", matrix.NEVER_BEGUN[name], f"`{NEVER_TEST}`"
        ends, says = matrix.FROM_POWER_ON.get(name, ("completed", ""))
        return f"`{name}`", ends, says, f"`{QUIRK_TEST}`"

    return table(("quirk", "ends", "says", "shown by"), map(end, QUIRKS))


def hazard_rows() -> str:
    numbers = [f"H{number:02}" for number in range(1, 26)]

    def rows_of(hazard: str) -> str:
        named = [f"`{row.name}`" for row in matrix.STRIKES if hazard in row.hazards.split()]
        return " ".join(named) or f"none: it {matrix.ELSEWHERE[hazard]}"

    return table(("hazard", "rows"), ((hazard, rows_of(hazard)) for hazard in numbers))


# --- events ----------------------------------------------------------------------------------


EXIT_WORDS = {
    ExitCode.COMPLETED: "completed, an early finish too",
    ExitCode.USAGE: "a mistake in usage, configuration or workout; the plan was refused",
    ExitCode.NO_TREADMILL: "the treadmill was never connected, or refuses control",
    ExitCode.STOPPED: (
        "stopped by a person: STOP, Ctrl+C, console, safety key, another client, no READY in time"
    ),
    ExitCode.FAULT: "stopped by a fault: a monitor, a link lost after the start, a crash",
    ExitCode.NOTHING: "nothing to stop, and no session open on record",
}

FAULT_WORDS = {
    FaultKind.OVERSPEED: "too fast, against what was told or against the cap, for too long",
    FaultKind.WRONG_WAY: "faster after it was told to slow down",
    FaultKind.NO_EFFECT: "a target is not approached",
    FaultKind.WRONG_UNIT: "the speed is the one told, in the other unit",
    FaultKind.STALE: "no report for 4 s",
    FaultKind.UNCOMMANDED_MOTION: "the belt moves, and nothing told it to",
    FaultKind.FOREIGN_CONTROL: "somebody raised the speed at the console",
    FaultKind.CLOCK: "the computer paused while the walker did not face forward",
    FaultKind.ROSE_AFTER_STOP: "the belt sped up after a Stop",
    FaultKind.STOP_FAILED: "the belt runs on after a Stop",
    FaultKind.NOT_VERIFIED: "the belt is not known to stand",
    FaultKind.REFUSED: "a command was refused",
    FaultKind.UNANSWERED: "a command was not answered",
    FaultKind.LINK_LOST: "the connection is lost",
    FaultKind.OVERTIME: "a stretch or a total ran past its cap",
    FaultKind.EXPIRED: "nothing steers the session any more",
    FaultKind.SCREEN_LOST: "nobody reads the output any more",
    FaultKind.HEART_RATE: "the heart rate stays above its limit",
    FaultKind.INCLINE: "the incline is not where the next phase allows it",
}


def workouts() -> str:
    folder = shipped_folder()
    names = [name for name, path in workout_names().items() if folder in path.parents]
    loaded = ((name, load_workout(name)) for name in names)
    return table(("name", "what it is"), ((f"`{name}`", summary(it)) for name, it in loaded))


def summary(workout: object) -> str:
    description = str(getattr(workout, "description", "")).strip()
    return re.split(r"(?<=\.)\s", description)[0] or str(getattr(workout, "name", ""))


def listed(names: Iterable[object]) -> str:
    return " ".join(f"`{name}`" for name in names) + "\n"


SECTIONS: Mapping[str, Callable[[], str]] = {
    "hard": hard,
    **{name: (lambda it=it: base(it)) for name, it in BASES.items()},  # type: ignore[misc]
    "totals": totals,
    "quirks": lambda: table(
        ("quirk", "what it does"),
        ((f"`{name}`", it.description) for name, it in QUIRKS.items()),
    ),
    "reported": reported_rows,
    "strikes": strikes,
    "strange-machines": strange_machines,
    "hazard-rows": hazard_rows,
    "sim-faults": lambda: table(
        ("fault", "what happens"),
        ((f"`{name}`", it.description) for name, it in FAULTS.items()),
    ),
    "options": options,
    "sensor-options": sensor_options,
    "links": links,
    "intents": lambda: listed(Intent),
    "faults": lambda: table(
        ("fault", "what is wrong"), ((f"`{kind}`", FAULT_WORDS[kind]) for kind in FaultKind)
    ),
    "cues": lambda: listed(CueKind),
    "exits": lambda: table(
        ("code", "what it says"), ((int(it), EXIT_WORDS[it]) for it in ExitCode)
    ),
    "workouts": workouts,
}


def written(text: str) -> str:
    """Return a page with its generated places as the code has them."""

    def fill(place: re.Match[str]) -> str:
        return f"<!-- {place[1]}: generated -->\n{SECTIONS[place[1]]()}<!-- end -->"

    return PLACE.sub(fill, text)


def pages() -> list[Path]:
    return [page for page in sorted(DOCS.glob("*.md")) if PLACE.search(page.read_text("utf-8"))]


if __name__ == "__main__":
    for page in pages():
        page.write_text(written(page.read_text("utf-8")), encoding="utf-8")
