"""The types of field that the files share: a value with its unit, a line, a paragraph, a table.

A speed, an incline and a duration carry their unit: a silent factor of 1.6 hurts people.
"""

from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
)

from quarterturn.toml_words import shown
from quarterturn.units import Incline, Speed, parse_duration_s, parse_incline, parse_speed

MAX_SPEED = Speed.from_kmh(25)  # the fastest treadmills sold; the caps come later and are far below
MIN_INCLINE, MAX_INCLINE = Incline.from_pct(-10), Incline.from_pct(40)  # likewise
MAX_DURATION_S = 24 * 3600.0
MIN_DURATION_S = 1.0

_NUMBER = r"[+-]?[0-9]+(\.[0-9]+)?"
_SPEED_PATTERN = rf"^\s*{_NUMBER}\s*(km/h|mph)\s*$"
_INCLINE_PATTERN = rf"^\s*{_NUMBER}\s*%\s*$"
_DURATION_PATTERN = rf"^\s*{_NUMBER}\s*(s|min|h)\s*$"


def check_speed(value: object) -> Speed:
    """Read a speed with its unit, above 0 and at most 25 km/h."""
    speed = parse_speed(_with_unit(value, '"3.0 km/h" or "1.9 mph"'))
    if not speed:
        raise ValueError(f"{shown(value)}: a phase needs a belt that moves; leave the phase out")
    if speed > MAX_SPEED:
        raise ValueError(f"{shown(value)} is too fast; at most {MAX_SPEED} is allowed")
    return speed


def check_incline(value: object) -> Incline:
    """Read an incline with its per cent sign, from -10 % to 40 %."""
    incline = parse_incline(_with_unit(value, '"2 %"'))
    if not MIN_INCLINE <= incline <= MAX_INCLINE:
        raise ValueError(
            f"{shown(value)} is no treadmill's incline; {MIN_INCLINE} to {MAX_INCLINE} is allowed"
        )
    return incline


def check_duration_s(value: object) -> float:
    """Read a duration with its unit, from 1 s to 24 h, in seconds."""
    duration_s = parse_duration_s(_with_unit(value, '"90 s" or "5 min"'))
    if not MIN_DURATION_S <= duration_s <= MAX_DURATION_S:
        raise ValueError(f"{shown(value)}: 1 s to 24 h is allowed")
    return duration_s


def check_line(text: str) -> str:
    """Refuse control characters and line breaks, which a screen and a voice would stumble over."""
    if not text.isprintable():
        raise ValueError("control characters and line breaks are not allowed here")
    return text


def check_paragraph(text: str) -> str:
    """Refuse control characters other than line breaks."""
    if not text.replace("\n", " ").isprintable():
        raise ValueError("control characters are not allowed here")
    return text


def _list_of_one(value: object) -> object:
    """Take a single speed for a list of one; leave lists as they are."""
    return value if isinstance(value, list) else [value]


def text_of(value: object) -> str:
    """Return text; refuse what is no text."""
    if not isinstance(value, str):
        message = f"text in quotes is wanted, not {shown(value)}"
        raise ValueError(message)  # noqa: TRY004 - pydantic collects ValueError alone
    return value


def _with_unit(value: object, example: str) -> str:
    if isinstance(value, str):
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number:
        raise ValueError(f"a bare number is refused; write the unit, as in {example}")
    raise ValueError(f"text in quotes with a unit is wanted, as in {example}, not {shown(value)}")


def _exactly_one_or_two(value: list[Speed]) -> list[Speed]:
    if not 1 <= len(value) <= 2:
        raise ValueError(f"{len(value)} speeds; one, or a list of two for a ramp, is allowed")
    return value


_SPEED_SCHEMA = {"type": "string", "pattern": _SPEED_PATTERN}

OneSpeed = Annotated[Speed, PlainValidator(check_speed), WithJsonSchema(_SPEED_SCHEMA)]
Speeds = Annotated[
    list[OneSpeed],
    BeforeValidator(_list_of_one),
    AfterValidator(_exactly_one_or_two),
    WithJsonSchema(
        {
            "anyOf": [
                _SPEED_SCHEMA,
                {"type": "array", "items": _SPEED_SCHEMA, "minItems": 1, "maxItems": 2},
            ]
        }
    ),
]
InclineText = Annotated[
    Incline,
    PlainValidator(check_incline),
    WithJsonSchema({"type": "string", "pattern": _INCLINE_PATTERN}),
]
Duration = Annotated[
    float,
    PlainValidator(check_duration_s),
    WithJsonSchema({"type": "string", "pattern": _DURATION_PATTERN}),
]
Line = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(check_line)]
Paragraph = Annotated[str, Field(max_length=2000), AfterValidator(check_paragraph)]


class Table(BaseModel):
    """A table of a file: strict types, no unknown keys, not changed once read."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
