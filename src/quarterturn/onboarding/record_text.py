"""The machine record as a TOML file that a person can read: each value with how it was found."""

import json
from collections.abc import Iterator

from quarterturn.model import MachineRecord
from quarterturn.onboarding.findings import UNKNOWN_MACHINE, Findings
from quarterturn.onboarding.scripts import FASTEST_CUT
from quarterturn.onboarding.topics import unit_word

_PAUSE_WORDS = {
    "paused": "The console's pause is told as a pause, and ends a walk.",
    "stopped": "The console's pause is told as a stop, and ends a walk.",
    "zeros": "The console's pause is not told: reports of 0 alone show it, which ends a walk.",
    "silent": "The console's pause was not tried: silence would look like a fault.",
    "not pressed": "The console's pause was not tried.",
}


def record_text(found: Findings, name: str, description: str, on: str) -> str:
    """Return the file; ``on`` is the day of the trials."""
    record = found.record(name)
    lines = [
        f"# Found out by `quarterturn onboard` on {on}, with nobody on the belt.",
        f"# The belt was moved {_times(found.movements)} and ran for {found.ran_s:.0f} s in all.",
        "# A value can be changed. What is left out keeps the cautious default.",
        f"description = {_quoted(description)}",
        'notes = """',
        *_notes(found),
        '"""',
        "",
        *_timing(found, record),
        "",
        *_units(found, record),
        *_control(record),
        *_known_before(record),
        *_link_loss(found, record),
        *_ranges(record),
    ]
    return "\n".join(lines) + "\n"


def _notes(found: Findings) -> Iterator[str]:
    if found.console is None:
        yield "The unit was not confirmed at the console: nobody could read its speed."
    else:
        yield f"The console showed {found.console} when this was measured."
    yield _PAUSE_WORDS.get(found.pause_seen_as or "not pressed", "")
    if found.stop_is_told_as_pause:
        yield "It calls its own Stop a pause. A Stop is never sent to a belt that stands."
    yield "Never tried: Start to a running belt, Stop to a standing one. Neither is ever sent."


def _timing(found: Findings, record: MachineRecord) -> Iterator[str]:
    yield _line("latency_s", record.latency_s, _spread(found.latencies_s, "to the first report"))
    ramps = found.ramps_kmh_per_s
    yield _line("ramp_kmh_per_s", record.ramp_kmh_per_s, _spread(ramps, "measured", "km/h per s"))
    yield _line("start_s", record.start_s, _spread(found.starts_s, "from Start to motion"))
    stops = found.stops
    fastest = max((speed for _, speed in stops), default=0) / 100
    measured = tuple(seconds for seconds, speed in stops if speed == fastest * 100)
    how = _spread(measured, f"from {fastest:.1f} km/h; extended to 6 km/h")
    yield _line("stop_s", record.stop_s, how)
    yield _line("false_zero_s", record.false_zero_s, _false_zeros(found))
    if record.silent_when_stopped:
        yield _line("silent_when_stopped", "true", "it said nothing while it stood")


def _false_zeros(found: Findings) -> str:
    if found.false_zeros_s:
        return f"seen {_times(len(found.false_zeros_s))}, up to {max(found.false_zeros_s):.1f} s"
    if found.zero_moved_s is not None:
        return f"a person saw the belt move under a report of 0, for {found.zero_moved_s:g} s"
    watched = ", a person saw none at the stop" if found.zero_watched else ""
    return f"none in {found.ran_s:.0f} s of motion{watched}: not ruled out by that"


def _units(found: Findings, record: MachineRecord) -> Iterator[str]:
    by = "not confirmed at the console" if found.console is None else "agrees with the console"
    yield _line(
        "target_unit", _quoted(record.target_unit), f"takes {unit_word(record.target_unit)}"
    )
    yield _line("report_unit", _quoted(record.report_unit), by)


def _control(record: MachineRecord) -> Iterator[str]:
    if not record.answers_request_control:
        yield _line("answers_request_control", "false", "asked twice, and not answered")
    if record.request_control_attempts != UNKNOWN_MACHINE.request_control_attempts:
        how = "the first request was not answered"
        yield _line("request_control_attempts", record.request_control_attempts, how)
    if not record.answers_commands:
        yield _line("answers_commands", "false", "the belt moved, the Start was not answered")


def _link_loss(found: Findings, record: MachineRecord) -> Iterator[str]:
    machine = None if found.capabilities is None else found.capabilities.speed
    how = "not tried"
    if machine is not None and machine.minimum > FASTEST_CUT:
        how = f"not tried: it goes no slower than {machine.minimum}"
    if found.link_loss_seen_by:
        how = f"the link was ended for 10 s, once; seen by {found.link_loss_seen_by}"
    yield _line("on_link_loss", _quoted(record.on_link_loss), how)


def _known_before(record: MachineRecord) -> Iterator[str]:
    for key in (
        "vendor_steps",
        "request_control_before_each",
        "command_gap_s",
        "subscribe_training_status",
    ):
        value = getattr(record, key)
        if value != getattr(UNKNOWN_MACHINE, key):
            yield _line(key, json.dumps(value), "from the record that was named")


def _ranges(record: MachineRecord) -> Iterator[str]:
    speed, incline = record.speed, record.incline
    if speed is not None:
        yield from ("", "[speed] # what it takes, where its own range says otherwise")
        yield f'minimum = "{speed.minimum.centi_kmh / 100:g} km/h"'
        yield f'maximum = "{speed.maximum.centi_kmh / 100:g} km/h"'
        yield f'step = "{speed.step.centi_kmh / 100:g} km/h"'
    if incline is not None:
        yield from ("", "[incline] # from the record that was named")
        yield f'minimum = "{incline.minimum.tenths_pct / 10:g} %"'
        yield f'maximum = "{incline.maximum.tenths_pct / 10:g} %"'
        yield f'step = "{incline.step.tenths_pct / 10:g} %"'


def _spread(values: tuple[float, ...], words: str, unit: str = "s") -> str:
    if not values:
        return "not measured: the default"
    low, high = f"{min(values):.1f}", f"{max(values):.1f}"
    spread = low if low == high else f"{low} to {high}"
    return f"{_times(len(values))}: {spread} {unit} {words}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _line(key: str, value: object, how: str) -> str:
    return f"{key} = {value} # {how}"


def _quoted(text: str) -> str:
    return json.dumps(str(text), ensure_ascii=False)
