"""What may be wanted of the belt, and the word for a refusal."""

import math
from dataclasses import dataclass
from enum import Enum

from quarterturn.units import Incline, Speed

# How long a person's READY is good for, and how often a target may change [design 2 and 3].
TOKEN_S = 10.0
STEP_S = 1.0


class NotPermittedError(Exception):
    """The governor refuses, and says why in words for the person."""


@dataclass(frozen=True, slots=True)
class Launch:
    """Start the belt; needs the token."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Have the belt run at a speed and an incline."""

    speed: Speed
    incline: Incline


@dataclass(frozen=True, slots=True)
class Halt:
    """Bring the belt to a standstill, by a ramp or by Stop at once."""

    ramp: bool


Target = Launch | Walk | Halt


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants of the belt, until ``expires_s``.

    Raises:
        ValueError: when it would never expire.

    """

    target: Target
    source: str
    expires_s: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.expires_s):
            raise ValueError(f"a request that expires at {self.expires_s} never expires")


class Latch(Enum):
    """A stop or a fault latches; acknowledging it starts nothing, and arming starts nothing."""

    CLEAR = "clear"
    LATCHED = "latched"
    ACKNOWLEDGED = "acknowledged"
