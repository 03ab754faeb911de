"""Machine records: what is known of treadmill models, read from TOML files.

They stand in ``configs/treadmills/`` and in ``treadmills/`` of the user's folder, where ``onboard``
keeps what it learned; a user's record goes before a shipped one of the same name.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema, model_validator

from quarterturn.configs import names_in, shipped_folder, user_folder
from quarterturn.model import InclineRange, MachineRecord, SpeedRange, SpeedUnit
from quarterturn.toml_fields import Line, Paragraph, Table, check_incline, text_of
from quarterturn.toml_files import load_toml, parse_document
from quarterturn.toml_words import allowed, shown
from quarterturn.units import Incline, Rounding, Speed, parse_speed
from quarterturn.whole_files import write_whole

FOLDER = "treadmills"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_DEFAULT = MachineRecord()


def _speed(rounding: Rounding) -> PlainValidator:
    def check(value: object) -> Speed:
        speed = parse_speed(text_of(value), rounding)
        if not 0 < speed.centi_kmh <= 2500:
            raise ValueError(f"{shown(value)} is no speed of a treadmill; up to 25 km/h is allowed")
        return speed

    return PlainValidator(check)


_SPEED_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^\s*[0-9.]+\s*(km/h|mph)\s*$"})
_INCLINE_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^\s*[+-]?[0-9.]+\s*%\s*$"})
# Whatever a conversion from mph loses is lost on the safe side: inside the machine's own range.
_SpeedUp = Annotated[Speed, _speed(math.ceil), _SPEED_SCHEMA]
_SpeedDown = Annotated[Speed, _speed(math.floor), _SPEED_SCHEMA]
_InclineText = Annotated[Incline, PlainValidator(check_incline), _INCLINE_SCHEMA]


def _url(text: str) -> str:
    if not text.startswith("https://"):
        raise ValueError(f"{shown(text)} is no source; write a public https:// address")
    return text


class SpeedRangeTable(Table):
    """The speeds a machine accepts."""

    minimum: _SpeedUp = Field(description='the lowest, as in "0.8 km/h"')
    maximum: _SpeedDown = Field(description='the highest, as in "12 km/h"')
    step: _SpeedUp = Field(description='the step, as in "0.1 km/h"')

    @model_validator(mode="after")
    def _is_a_range(self) -> "SpeedRangeTable":
        if self.minimum > self.maximum:
            raise ValueError(f"the minimum {self.minimum} is above the maximum {self.maximum}")
        return self

    def range(self) -> SpeedRange:
        """Return the range as the core uses it."""
        return SpeedRange(self.minimum, self.maximum, self.step)


class InclineRangeTable(Table):
    """The inclines a machine accepts."""

    minimum: _InclineText = Field(description='the lowest, as in "0 %"')
    maximum: _InclineText = Field(description='the highest, as in "15 %"')
    step: _InclineText = Field(description='the step, as in "0.5 %"')

    @model_validator(mode="after")
    def _is_a_range(self) -> "InclineRangeTable":
        if self.minimum > self.maximum:
            raise ValueError(f"the minimum {self.minimum} is above the maximum {self.maximum}")
        if self.step <= Incline(0):
            raise ValueError(f"the step {self.step} leads nowhere; write one above 0 %")
        return self

    def range(self) -> InclineRange:
        """Return the range as the core uses it."""
        return InclineRange(self.minimum, self.maximum, self.step)


_Seconds = Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)]


class MachineTable(Table):
    """A whole machine record file; every key but the description may be left out."""

    description: Line = Field(description="which treadmill this is")
    names: Annotated[list[Line], Field(max_length=50)] = Field(
        default=[], description="how the names begin under which such machines advertise"
    )
    sources: Annotated[list[Annotated[Line, AfterValidator(_url)]], Field(max_length=50)] = Field(
        default=[], description="where this was reported"
    )
    notes: Paragraph = Field(default="", description="what else a person should know")

    latency_s: _Seconds = Field(
        default=_DEFAULT.latency_s, description="from a command to the first report of its effect"
    )
    ramp_kmh_per_s: Annotated[float, Field(ge=0.05, le=5, allow_inf_nan=False)] = Field(
        default=_DEFAULT.ramp_kmh_per_s, description="how fast the belt changes its speed"
    )
    start_s: _Seconds = Field(
        default=_DEFAULT.start_s, description="from Start to motion, countdown included"
    )
    stop_s: _Seconds = Field(
        default=_DEFAULT.stop_s, description="from Stop at walking speed to standstill"
    )
    false_zero_s: _Seconds = Field(
        default=_DEFAULT.false_zero_s, description="how long it may report 0 while the belt runs"
    )
    silent_when_stopped: bool = Field(
        default=_DEFAULT.silent_when_stopped, description="it sends no reports while it stands"
    )
    vendor_steps: bool = Field(
        default=_DEFAULT.vendor_steps, description="three octets under flag bit 13 are its steps"
    )
    target_unit: Literal["km/h", "mph"] = Field(
        default="km/h", description="the unit of a speed that it is sent"
    )
    report_unit: Literal["km/h", "mph"] = Field(
        default="km/h", description="the unit of a speed that it reports"
    )
    speed: SpeedRangeTable | None = Field(
        default=None, description="the speeds it accepts, where its own range is wrong or absent"
    )
    incline: InclineRangeTable | None = Field(
        default=None, description="the inclines it accepts, where its own range is wrong or absent"
    )
    answers_request_control: bool = Field(
        default=_DEFAULT.answers_request_control, description="it answers the request for control"
    )
    answers_commands: bool = Field(
        default=_DEFAULT.answers_commands, description="it answers commands"
    )
    request_control_attempts: Annotated[int, Field(ge=1, le=3)] = Field(
        default=_DEFAULT.request_control_attempts,
        description="how often control is asked for while there is no answer",
    )
    request_control_before_each: bool = Field(
        default=_DEFAULT.request_control_before_each,
        description="it wants control to be asked for before every command",
    )
    command_gap_s: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] = Field(
        default=_DEFAULT.command_gap_s, description="how far apart commands must be"
    )
    subscribe_training_status: bool = Field(
        default=_DEFAULT.subscribe_training_status,
        description="false where subscribing to the training status costs the link",
    )
    on_link_loss: Literal["unknown", "keeps_running", "stops"] = Field(
        default="unknown", description="what the belt does when the link is lost"
    )

    def record(self, name: str) -> MachineRecord:
        """Return the record as the driver and the core use it."""
        return MachineRecord(
            name=name,
            latency_s=self.latency_s,
            ramp_kmh_per_s=self.ramp_kmh_per_s,
            start_s=self.start_s,
            stop_s=self.stop_s,
            false_zero_s=self.false_zero_s,
            silent_when_stopped=self.silent_when_stopped,
            vendor_steps=self.vendor_steps,
            target_unit=SpeedUnit(self.target_unit),
            report_unit=SpeedUnit(self.report_unit),
            speed=None if self.speed is None else self.speed.range(),
            incline=None if self.incline is None else self.incline.range(),
            answers_request_control=self.answers_request_control,
            answers_commands=self.answers_commands,
            request_control_attempts=self.request_control_attempts,
            request_control_before_each=self.request_control_before_each,
            command_gap_s=self.command_gap_s,
            subscribe_training_status=self.subscribe_training_status,
            on_link_loss=self.on_link_loss,
        )


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine record with what a scan and a person need to know of it."""

    record: MachineRecord
    description: str
    names: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    notes: str = ""


def load_machine(path: str | PathLike[str]) -> Machine:
    """Read one machine record file; the record is named after the file.

    Raises:
        FileErrors: when it cannot be read or something in it is wrong.

    """
    table = load_toml(path, MachineTable)
    return Machine(
        table.record(Path(path).stem),
        table.description,
        tuple(table.names),
        tuple(table.sources),
        table.notes,
    )


def load_machine_record(name_or_path: str | PathLike[str]) -> MachineRecord:
    """Load a record by name, the user's before the shipped, or from a file.

    What ends in ``.toml`` or has a folder in it is a file.

    Raises:
        FileErrors: when the file cannot be read or something in it is wrong.
        ValueError: when there is no record of this name; the message lists those there are.

    """
    text = fspath(name_or_path)
    if not isinstance(name_or_path, str) or text.endswith(".toml") or "/" in text:
        return load_machine(text).record
    known = {**names_in(shipped_folder() / FOLDER), **names_in(user_folder() / FOLDER)}
    if text not in known:
        raise ValueError(
            f"there is no machine record {shown(text)}; {allowed(text, sorted(known))}, "
            "or a file that ends in .toml"
        )
    return load_machine(known[text]).record


def own_record_path(name: str) -> Path:
    """Return where the user's record of a name is kept.

    Raises:
        ValueError: when no record can have the name, or a shipped one has it.

    """
    if _NAME.fullmatch(name) is None:
        raise ValueError(
            f"{shown(name)} is no name of a record: up to 40 small letters, digits, - and _"
        )
    if name in names_in(shipped_folder() / FOLDER):
        raise ValueError(f"{shown(name)} is the name of a record that ships; take another")
    return user_folder() / FOLDER / f"{name}.toml"


def save_machine_record(expected: MachineRecord, text: str, *, overwrite: bool) -> Path:
    """Keep a record in the user's folder, if the text says just what it should; return its path.

    Raises:
        FileErrors: when there is an error in the text.
        ValueError: when it says something else, or has no name that a record can have.
        FileExistsError: when there is such a file and it may not be overwritten.
        OSError: when it cannot be written.

    """
    path = own_record_path(expected.name)
    said = parse_document(text, str(path), MachineTable).model.record(expected.name)
    if said != expected:
        raise ValueError(f"the record does not say what was found out: {said} and {expected}")
    write_whole(path, text.encode(), overwrite=overwrite)
    return path


def all_machines() -> Mapping[str, Machine]:
    """Read every machine record, by name; the user's goes before a shipped one.

    Raises:
        FileErrors: when one of them is wrong.

    """
    known = {**names_in(shipped_folder() / FOLDER), **names_in(user_folder() / FOLDER)}
    return {name: load_machine(path) for name, path in known.items()}


def match_advertised(name: str, machines: Mapping[str, Machine]) -> Machine | None:
    """Find the machine whose advertised name begins like this one; the longest beginning wins."""
    matches = [
        (len(prefix), machine)
        for machine in machines.values()
        for prefix in machine.names
        if name.startswith(prefix)
    ]
    return max(matches, key=lambda match: match[0], default=(0, None))[1]
