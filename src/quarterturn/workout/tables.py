"""The tables of a workout file as pydantic models; the JSON Schema for editors is made from them.

Each rule stands at the field it is about, so that every broken one is found at once and in its
place. A field sees the fields above it through ``info.data``: the order of the fields matters.
"""

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    JsonValue,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from quarterturn.model import Crossover, Heading, PhaseKind
from quarterturn.toml_fields import (
    Duration,
    InclineText,
    Line,
    Paragraph,
    Speeds,
    Table,
    check_line,
    text_of,
)
from quarterturn.units import LEVEL, Incline
from quarterturn.workout.phases import Side
from quarterturn.workout.vocabulary import (
    DEFAULT_KINDS,
    HEADINGS,
    KINDS,
    parse_heading,
    parse_kind,
)

MIN_WARM_UP_S = 180.0  # S000-22
MIN_COOL_DOWN_S = 120.0  # S000-23
MIN_TURNED_S = (
    30.0  # what a walker needs to settle (5 s) and to hear the next turn announced (10 s)
)
MAX_REPEAT = 1000
MAX_CUE_CHARACTERS = 100  # about 7 s of speech

CueLine = Annotated[
    str, Field(min_length=1, max_length=MAX_CUE_CHARACTERS), AfterValidator(check_line)
]
_SPEED_WORDS = 'a speed with its unit, as in "3.0 km/h", or two for a ramp'
_DURATION_WORDS = 'a duration with its unit, as in "90 s" or "5 min"'
_INCLINE_WORDS = 'the incline, as in "2 %"; 0 % when left out'
_LEVEL: dict[str, JsonValue] = {"default": str(LEVEL)}  # as a file writes it


class WarmUpTable(Table):
    """Forward walking before everything else."""

    duration: Duration = Field(description=_DURATION_WORDS)
    speed: Speeds = Field(description=_SPEED_WORDS)
    incline: InclineText = Field(
        default=LEVEL, description=_INCLINE_WORDS, json_schema_extra=_LEVEL
    )

    @field_validator("duration")
    @classmethod
    def _long_enough(cls, duration_s: float) -> float:
        if duration_s < MIN_WARM_UP_S:
            raise ValueError("a warm-up is never shorter than 3 min")
        return duration_s


class CoolDownTable(Table):
    """Forward walking after everything else."""

    duration: Duration = Field(description=_DURATION_WORDS)
    speed: Speeds = Field(description=_SPEED_WORDS)
    incline: InclineText = Field(
        default=LEVEL, description=_INCLINE_WORDS, json_schema_extra=_LEVEL
    )

    @field_validator("duration")
    @classmethod
    def _long_enough(cls, duration_s: float) -> float:
        if duration_s < MIN_COOL_DOWN_S:
            raise ValueError("a cool-down is never shorter than 2 min")
        return duration_s


def _a_heading(value: object) -> Heading:
    return parse_heading(text_of(value))


def _a_kind(value: object) -> PhaseKind:
    return parse_kind(text_of(value))


class PhaseTable(Table):
    """One stretch with one heading."""

    heading: Annotated[
        Heading,
        PlainValidator(_a_heading),
        WithJsonSchema({"type": "string", "enum": list(HEADINGS)}),
    ] = Field(description="which way the walker faces: forward, right, backward or left")
    kind: Annotated[
        PhaseKind | None,
        PlainValidator(_a_kind),
        WithJsonSchema({"type": "string", "enum": list(KINDS)}),
    ] = Field(
        default=None,
        description="walk when left out, side_step where the heading is right or left",
    )
    side: Literal["right", "left"] | None = Field(
        default=None,
        validate_default=True,
        description="which way a diagonal leads",
    )
    crossover: Literal["none", "front", "behind", "alternating"] = Field(
        default="none", description="how the feet pass each other in a side-step"
    )
    duration: Duration = Field(description=_DURATION_WORDS)
    speed: Speeds = Field(description=_SPEED_WORDS)
    incline: InclineText = Field(
        default=LEVEL, description=_INCLINE_WORDS, json_schema_extra=_LEVEL
    )
    cue: CueLine | None = Field(
        default=None, description="a line of the author's own, said in a forward phase"
    )

    @field_validator("kind")
    @classmethod
    def _goes_with_the_heading(
        cls, kind: PhaseKind | None, info: ValidationInfo
    ) -> PhaseKind | None:
        heading: Heading | None = info.data.get("heading")
        sideways = heading in (Heading.RIGHT, Heading.LEFT)
        if heading is None or kind is None:
            return kind
        if kind is PhaseKind.SIDE_STEP and not sideways:
            raise ValueError("a side-step faces right or left; write that heading")
        if kind is PhaseKind.WALK and sideways:
            raise ValueError(
                f"walking with the {heading.word} side ahead is a side_step; write that"
            )
        if kind is PhaseKind.DIAGONAL and sideways:
            raise ValueError("a diagonal has heading forward or backward, and a side")
        if kind is PhaseKind.JOG and heading is not Heading.FORWARD:
            raise ValueError("jog is allowed with heading forward alone: a fall backward is worse")
        return kind

    @field_validator("side")
    @classmethod
    def _belongs_to_a_diagonal(cls, side: str | None, info: ValidationInfo) -> str | None:
        kind = _kind(info)
        if kind is PhaseKind.DIAGONAL and side is None:
            raise ValueError("missing: a diagonal leads right or left")
        if kind not in (PhaseKind.DIAGONAL, None) and side is not None:
            raise ValueError("only a diagonal has a side; the heading says where others go")
        return side

    @field_validator("crossover")
    @classmethod
    def _belongs_to_a_side_step(cls, crossover: str, info: ValidationInfo) -> str:
        if _kind(info) not in (PhaseKind.SIDE_STEP, None) and crossover != "none":
            raise ValueError("only a side-step has a crossover, with heading right or left")
        return crossover

    @field_validator("duration")
    @classmethod
    def _leaves_time_to_settle(cls, duration_s: float, info: ValidationInfo) -> float:
        if _is_turned(info) and duration_s < MIN_TURNED_S:
            raise ValueError(
                f"a phase that is not forward lasts 30 s or longer, not {duration_s:g} s: the "
                "walker settles first and hears the next turn 10 s before"
            )
        return duration_s

    @field_validator("incline")
    @classmethod
    def _never_falls_unless_forward(cls, incline: Incline, info: ValidationInfo) -> Incline:
        if _is_turned(info) and incline < LEVEL:
            raise ValueError(
                "a decline is allowed in a forward phase alone: elsewhere a fall would go down the "
                "slope; 0 % or more is allowed here"
            )
        return incline

    @field_validator("cue")
    @classmethod
    def _is_said_forward(cls, cue: str | None, info: ValidationInfo) -> str | None:
        if _is_turned(info) and cue is not None:
            raise ValueError(
                "a cue of your own is allowed in a forward phase alone; in others the walker hears "
                "technique and turns"
            )
        return cue

    @property
    def phase_kind(self) -> PhaseKind:
        """The kind, as written or as the heading implies."""
        return self.kind or DEFAULT_KINDS[self.heading]

    @property
    def feet(self) -> Crossover:
        """The crossover pattern."""
        return Crossover(self.crossover)

    @property
    def lead(self) -> Side | None:
        """The side to which a diagonal leads."""
        return None if self.side is None else Side(self.side)


def _kind(info: ValidationInfo) -> PhaseKind | None:
    """Return the kind, None where it is wrong and nothing more should be said about it."""
    if "kind" not in info.data or "heading" not in info.data:
        return None
    written: PhaseKind | None = info.data["kind"]
    heading: Heading = info.data["heading"]
    return written or DEFAULT_KINDS[heading]


def _is_turned(info: ValidationInfo) -> bool:
    return info.data.get("heading", Heading.FORWARD) is not Heading.FORWARD


class BlockTable(Table):
    """Phases and blocks, in the order in which the file has them."""

    repeat: int = Field(default=1, ge=1, le=MAX_REPEAT, description="how many times")
    mirror: bool = Field(default=False, description="turn the other way round: right and left swap")
    phase: list[PhaseTable] = Field(default=[], description="[[block.phase]]")
    block: "list[BlockTable]" = Field(default=[], description="[[block.block]], a block within")


class WorkoutTable(Table):
    """A whole workout file."""

    name: Line = Field(description="what the workout is called")
    description: Paragraph = Field(default="", description="what it is, in a sentence or two")
    warm_up: WarmUpTable = Field(
        description="no walk begins without a [warm_up]: a duration of 3 min or more and a speed"
    )
    block: list[BlockTable] = Field(min_length=1, description="at least one [[block]] of phases")
    cool_down: CoolDownTable = Field(
        description="no walk ends without a [cool_down]: a duration of 2 min or more and a speed"
    )
