"""Events, plans and summaries as lines of text, for a terminal and for a screen reader.

Lines are only ever appended; there is no box drawing, and nothing is told by colour or by a shape
alone. Tables fit 80 columns.
"""

import textwrap
from collections.abc import Iterable
from typing import Final

from quarterturn.english import ENGLISH
from quarterturn.model import Crossover, Heading
from quarterturn.plan import Plan, PlannedPhase, summarise
from quarterturn.session.vocabulary import number
from quarterturn.summary import Event, HeadingSummary, Summary

WIDTH: Final = 80

_SHAPES = {"forward": "▲", "right": "▶", "backward": "▼", "left": "◀"}
_STOP, _TURN = "■", "⟳"

_STEPS = {
    "announce": "announced",
    "slow": "slowing down",
    "stop": "stopping the belt",
    "verify": "checking that the belt stands",
    "ready": "waiting for READY",
    "countdown": "three, two, one",
    "start": "starting the belt",
    "settle": "settling at the start speed",
    # Steps of a trial, with nobody on the belt
    "look": "the console is to be read",
    "press_pause": "the console's pause is to be pressed",
    "cut_link": "cutting the link",
    "link_back": "the link is back",
    "zero": "the treadmill reports zero",
}
_RED_KEY = "the belt is not known to stand: pull the red key"

_SENSOR_STATES = {
    "connected": "connected",
    "not_found": "not found; it is looked for",
    "lost": "lost; it is looked for",
    "malformed": "it sends what cannot be read",
}
_ALSO_OF_THE_BELT = (
    ("distance_m", "{:.0f} m"),
    ("heart_rate_bpm", "{:.0f} beats per minute"),
    ("cadence_per_min", "cadence {:.0f}"),
)

# A belt that ramps changes its speed with every report; a line for each would bury the cues.
_SETTLED_S = 1.5
_REPEAT_S = 30.0
_JUMP_KMH = 0.5


class LineRenderer:
    """Turn events into lines, one for one; remembers which speed was printed last.

    ``shapes`` False leaves out the symbols, for terminals and screen readers that trip over them.
    """

    def __init__(self, *, shapes: bool = True) -> None:
        self._shapes = shapes
        self._printed: tuple[float, float] | None = None  # when, km/h
        self._since: tuple[float, float] | None = None  # since when, km/h

    def render(self, event: Event) -> str | None:
        """Return the line for one event; None where a line would tell nothing new.

        A report of the belt is printed when it starts, stops, jumps by 0.5 km/h or has settled at
        another speed, and every 30 s. A step of a ramp that went well is not printed.
        """
        match event.get("event"):
            case "plan":
                return self._line(event, "PLAN", _plan_text(event))
            case "turn":
                return self._line(event, "TURN", self._shape(_TURN) + _turn_text(event))
            case ("start" | "pause" | "halt") as why:
                return self._line(event, why.upper(), _step_text(event))
            case "trial":
                return self._line(event, "TRIAL", _trial_text(event))
            case "cue":
                return self._line(event, "SAY", f'"{_word(event, "text")}"')
            case "phase":
                return self._line(event, "PHASE", self._phase_text(event))
            case "command":
                told = _command_text(event)
                return None if told is None else self._line(event, "SEND", told)
            case "telemetry":
                told = self._belt_text(event)
                return None if told is None else self._line(event, "BELT", told)
            case "heart_rate" | "running":
                return None  # the belt's lines tell them, and not once a second
            case "sensor":
                return self._line(event, "NOTE", _sensor_text(event))
            case "recovery":
                return self._line(event, "NOTE", _word(event, "text"))
            case "fault":
                told = f"{_spaced(event, 'fault')}: {_spaced(event, 'action')}"
                detail = _word(event, "text")
                told = f"{told}. {detail}" if detail else told
                return self._line(event, "FAULT", self._shape(_STOP) + told)
            case "end":
                return self._line(event, "END", self._shape(_STOP) + _end_text(event))
            case _:
                return self._line(event, "NOTE", _other_text(event))

    def _line(self, event: Event, word: str, told: str) -> str:
        return f"{clock(number(event.get('t')) or 0.0):>5}  {word:<5}  {told}".rstrip()

    def _shape(self, shape: str) -> str:
        return f"{shape} " if self._shapes else ""

    def _phase_text(self, event: Event) -> str:
        heading = _word(event, "heading")
        told = (
            f"{_word(event, 'index', plus=1)}: {self._shape(_SHAPES.get(heading, '?'))}{heading} "
            f"{_kind(_word(event, 'kind'))}, {_measure(event, 'target_speed_kmh', 'km/h')}"
        )
        if number(event.get("target_incline_pct")):
            told += f", incline {_measure(event, 'target_incline_pct', '%')}"
        return f"{told}, {clock(number(event.get('duration_s')) or 0.0)}{_limits(event)}"

    def _belt_text(self, event: Event) -> str | None:
        t, kmh = number(event.get("t")), number(event.get("speed_kmh"))
        if t is None or kmh is None:
            return None
        if self._since is None or self._since[1] != kmh:
            self._since = (t, kmh)
        if self._printed is not None:
            printed_s, printed = self._printed
            settled = kmh != printed and t - self._since[0] >= _SETTLED_S
            jumped = abs(kmh - printed) >= _JUMP_KMH - 1e-9
            turned = (kmh == 0) != (printed == 0)
            if not (settled or jumped or turned or t - printed_s >= _REPEAT_S):
                return None
        self._printed = (t, kmh)
        parts = [_measure(event, "speed_kmh", "km/h")]
        if number(event.get("incline_pct")):
            parts.append(f"incline {_measure(event, 'incline_pct', '%')}")
        for key, form in _ALSO_OF_THE_BELT:
            value = number(event.get(key))
            if value is not None:
                parts.append(form.format(value))
        return ", ".join(parts)


def _plan_text(event: Event) -> str:
    duration = clock(number(event.get("duration_s")) or 0.0)
    return (
        f"{_word(event, 'workout')}, profile {_word(event, 'profile')}: "
        f"{duration} of walking in {_word(event, 'phases')} phases"
    )


def _turn_text(event: Event) -> str:
    return f"{_word(event, 'from')} to {_word(event, 'to')}: {_step_text(event)}"


def _step_text(event: Event) -> str:
    step = _word(event, "step")
    return _STEPS.get(step, step)


def _trial_text(event: Event) -> str:
    return _word(event, "text") if event.get("step") == "begin" else _step_text(event)


def _command_text(event: Event) -> str | None:
    command, outcome = _word(event, "command"), _word(event, "outcome")
    a_step = command in ("set_speed", "set_incline")
    if a_step and outcome in ("confirmed", "superseded"):
        return None
    value = _measure(event, "value", "%" if command == "set_incline" else "km/h")
    return f"{_spaced(event, 'command')}{f' {value}' if a_step else ''}: {outcome}{_limits(event)}"


def _sensor_text(event: Event) -> str:
    state = _word(event, "state")
    told = f"sensor {_word(event, 'sensor')}: {_SENSOR_STATES.get(state, state)}"
    detail = _word(event, "text") if state in ("not_found", "malformed") else ""
    return f"{told} ({detail})" if detail else told


def _end_text(event: Event) -> str:
    belt = "the belt stands" if event.get("belt_stopped") is True else _RED_KEY
    reason, by, cause = _word(event, "reason"), _word(event, "by"), _spaced(event, "cause")
    by = f" by {by}" if by else ""
    cause = f" ({cause})" if cause else ""
    return f"{reason}{by}{cause}; {belt}"


def _other_text(event: Event) -> str:
    name = _spaced(event, "event") or "an event without a name"
    others = {key: value for key, value in event.items() if key not in ("t", "event")}
    details = ", ".join(f"{key}={value}" for key, value in others.items())
    return _clean(f"{name}: {details}" if details else name)


def _limits(event: Event) -> str:
    limits = event.get("limited_by")
    if not isinstance(limits, list | tuple) or not limits:
        return ""
    return f"; limited by {', '.join(_clean(str(limit)) for limit in limits)}"


def _word(event: Event, key: str, plus: int = 0) -> str:
    """Return a value as text; nothing for what is absent or null."""
    value = event.get(key)
    if value is None:
        return ""
    if plus and isinstance(value, int) and number(value) is not None:
        value += plus
    return _clean(str(value))


def _spaced(event: Event, key: str) -> str:
    return _word(event, key).replace("_", " ")


def _kind(kind: str) -> str:
    return ENGLISH.kinds.get(kind, kind)


def _measure(event: Event, key: str, unit: str) -> str:
    value = number(event.get(key))
    return f"{value:.{_places(value)}f} {unit}" if value is not None else f"? {unit}"


def _places(value: float) -> int:
    """Return 1, or 2 where the second decimal says something."""
    return 1 if abs(value * 10 - round(value * 10)) < 1e-6 else 2


def _clean(raw: str) -> str:
    """Replace what could move the cursor or hide text: names come from files."""
    return "".join(char if char.isprintable() else "?" for char in raw)


def clock(seconds: float) -> str:
    """Write seconds as ``mm:ss``; a walk of more than an hour goes on counting minutes."""
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    return f"{minutes:02d}:{rest:02d}"


# --- after a session ------------------------------------------------------------------------------


def table(summary: Summary, *, shapes: bool = True) -> str:
    """Return the closing table: planned and done by heading, highest speed against its cap.

    Where there was a heart rate, the highest one stands at the end of each line.
    """
    rows = summary.headings()
    beats = [row.highest_bpm for row in rows if row.highest_bpm is not None]
    in_all = (
        f"{'in all':<14}{clock(sum(row.planned_s for row in rows)):>9}"
        f"{clock(sum(row.done_s for row in rows)):>9}{'':>24}"
        f"{_seconds(sum(row.above_cap_s for row in rows)):>13}{_bpm(max(beats, default=None))}"
    )
    lines = [
        f"{'heading':<14}{'planned':>9}{'done':>9}{'highest':>12}{'cap':>12}{'above cap':>13}"
        + (f"{'heart rate':>11}" if beats else ""),
        *(_row(row, shapes=shapes) for row in rows),
        in_all,
        "",
        *_wrapped(verdict(summary)),
    ]
    return "\n".join(line.rstrip() for line in lines)


def _row(row: HeadingSummary, *, shapes: bool) -> str:
    shape = f"{_SHAPES.get(row.heading, '?')} " if shapes else ""
    name = _clean(row.heading)
    return (
        f"{shape + name:<14}{clock(row.planned_s):>9}{clock(row.done_s):>9}"
        f"{_kmh(row.highest_kmh):>12}{_kmh(row.cap_kmh):>12}{_seconds(row.above_cap_s):>13}"
        f"{_bpm(row.highest_bpm)}"
    )


def _kmh(value: float | None) -> str:
    return "-" if value is None else f"{value:.{_places(value)}f} km/h"


def _bpm(value: int | None) -> str:
    return "" if value is None else f"{f'{value} bpm':>11}"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value else "0 s"


def verdict(summary: Summary) -> str:
    """Return in one paragraph how a session ended, and what it came to."""
    if summary.reason is None:
        return f"The record breaks off: how this session ended is not known; {_RED_KEY}."
    ended = summary.reason + (f" by {summary.by}" if summary.by else "")
    cause = f" ({summary.cause.replace('_', ' ')})" if summary.cause else ""
    belt = "the belt stands" if summary.belt_stopped else _RED_KEY
    stops = f"{summary.stops} stop{'' if summary.stops == 1 else 's'}"
    faults = ", ".join(fault.replace("_", " ") for fault in summary.faults)
    faults = f"faults: {faults}" if faults else "no fault"
    return _clean(f"{ended[:1].upper()}{ended[1:]}{cause}; {belt}; {stops}; {faults}.")


# --- before a session -----------------------------------------------------------------------------


def plan_lines(plan: Plan, *, mass_kg: float | None = None, shapes: bool = True) -> list[str]:
    """Return a plan for people: timeline, time and distance by heading, energy, limits, notes.

    ``mass_kg`` None: the energy is for 70 kg, and says so.
    """
    total = clock(sum(phase.duration_s for phase in plan.phases))
    lines = [
        f"{_clean(plan.workout)}, profile {_clean(plan.profile)}",
        f"{total} of walking in {len(plan.phases)} phases; turns, on a stopped belt, come on top",
        "",
        f"start  {'heading':<11} {'kind':<10} {'time':>6}  {'speed':<16} {'cap':<10} incline",
    ]
    start_s = 0.0
    for phase in plan.phases:
        lines += _phase_lines(phase, start_s, shapes=shapes)
        start_s += phase.duration_s
    lines += ["", *_sum_lines(plan, mass_kg, shapes=shapes)]
    lines += _listed("Limits", plan.limited_by) + _listed("Notes", plan.notes)
    return [line.rstrip() for line in lines]


def _phase_lines(phase: PlannedPhase, start_s: float, *, shapes: bool) -> list[str]:
    lines: list[str] = []
    if phase.turn is not None:
        twice = " twice" if phase.turn.quarters == 2 else ""
        shape = f"{_TURN} " if shapes else ""
        lines.append(f"{'':<7}{shape}turn {phase.turn.direction.value}{twice}, on READY")
    speed = f"{phase.speed}"
    if phase.end_speed != phase.speed:
        speed = f"{speed.removesuffix(' km/h')} to {phase.end_speed}"
    kind = ENGLISH.kinds[phase.kind]
    lines.append(
        f"{clock(start_s)}  {_named(phase.heading, shapes=shapes):<11} {kind:<10} "
        f"{clock(phase.duration_s):>6}  {speed:<16} {phase.limits.max_speed!s:<10} {phase.incline}"
    )
    details = [] if phase.crossover is Crossover.NONE else [f"crossover {phase.crossover.value}"]
    details += [] if phase.side is None else [f"to the {phase.side.value}"]
    details += [f"limited by {limit}" for limit in phase.limited_by]
    for detail in details:
        lines += _wrapped(_clean(detail), indent=9)
    return lines


def _named(heading: Heading, *, shapes: bool) -> str:
    return f"{_SHAPES[heading.word]} {heading.word}" if shapes else heading.word


def _sum_lines(plan: Plan, mass_kg: float | None, *, shapes: bool) -> list[str]:
    sums = summarise(plan, mass_kg)
    kcal = sums.energy_kcal
    assumed = ", an assumed mass" if sums.mass_is_assumed else ""
    energy = (
        f"Energy: about {kcal:.0f} kcal, {kcal * 0.8:.0f} to {kcal * 1.2:.0f} (an estimate, ±20 %, "
        f"for {sums.body_mass_kg:g} kg{assumed}; forward by the ACSM equations)."
    )
    return [
        f"{'heading':<11} {'time':>6}",
        *(
            f"{_named(heading, shapes=shapes):<11} {clock(seconds):>6}"
            for heading, seconds in sums.seconds.items()
            if seconds > 0
        ),
        f"{'in all':<11} {clock(sums.duration_s):>6}",
        "",
        f"Distance: about {sums.distance_m:.0f} m.",
        *_wrapped(energy),
    ]


def _listed(title: str, items: Iterable[str]) -> list[str]:
    lines = [line for item in items for line in _wrapped(_clean(item), indent=2, bullet="- ")]
    return ["", title, *lines] if lines else []


def _wrapped(paragraph: str, indent: int = 0, bullet: str = "") -> list[str]:
    return textwrap.wrap(
        paragraph,
        WIDTH,
        initial_indent=" " * indent + bullet,
        subsequent_indent=" " * (indent + max(2, len(bullet))) if indent else "",
    )
