"""Speed and incline as integers in the resolution of the wire, and the text people write them in.

What is commanded has a type; everything else carries its unit in its name. Conversion happens once,
at the human edge, with ``round``; a cap rounds down (pass ``rounding=math.floor``).
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

KMH_PER_MPH = 1.609344
_MAX_UINT16 = 0xFFFF
_MIN_SINT16, _MAX_SINT16 = -0x8000, 0x7FFF

Rounding = Callable[[float], int]


@dataclass(frozen=True, slots=True, order=True)
class Speed:
    """A belt speed in units of 0.01 km/h, the resolution of FTMS. Never negative.

    Raises:
        TypeError: when the value is not an integer.
        ValueError: when it does not fit into an unsigned 16-bit field.

    """

    centi_kmh: int

    def __post_init__(self) -> None:
        if type(self.centi_kmh) is not int:
            raise TypeError(f"a speed is a whole number of 0.01 km/h, not {self.centi_kmh!r}")
        if not 0 <= self.centi_kmh <= _MAX_UINT16:
            raise ValueError(f"{self.centi_kmh} x 0.01 km/h is no belt speed (0 to 655.35 km/h)")

    @classmethod
    def from_kmh(cls, kmh: float, rounding: Rounding = round) -> "Speed":
        """Convert from km/h. Raise ValueError on what is negative, infinite or not a number."""
        return cls(_to_integer(kmh * 100, rounding, "km/h"))

    @property
    def kmh(self) -> float:
        """The speed in km/h."""
        return self.centi_kmh / 100

    @property
    def m_per_s(self) -> float:
        """The speed in metres per second."""
        return self.centi_kmh / 360

    def __bool__(self) -> bool:
        return self.centi_kmh > 0

    def __str__(self) -> str:
        text = f"{self.centi_kmh / 100:.2f}"
        return f"{text[:-1] if text[-1] == '0' else text} km/h"


@dataclass(frozen=True, slots=True, order=True)
class Incline:
    """A belt incline in units of 0.1 %, the resolution of FTMS. Positive lifts the console end.

    Raises:
        TypeError: when the value is not an integer.
        ValueError: when it does not fit into a signed 16-bit field.

    """

    tenths_pct: int

    def __post_init__(self) -> None:
        if type(self.tenths_pct) is not int:
            raise TypeError(f"an incline is a whole number of 0.1 %, not {self.tenths_pct!r}")
        if not _MIN_SINT16 <= self.tenths_pct <= _MAX_SINT16:
            raise ValueError(f"{self.tenths_pct} x 0.1 % is no incline")

    @classmethod
    def from_pct(cls, pct: float, rounding: Rounding = round) -> "Incline":
        """Convert from per cent. Raise ValueError on what is infinite or not a number."""
        return cls(_to_integer(pct * 10, rounding, "%"))

    @property
    def pct(self) -> float:
        """The incline in per cent."""
        return self.tenths_pct / 10

    def __bool__(self) -> bool:
        return self.tenths_pct != 0

    def __str__(self) -> str:
        return f"{self.tenths_pct / 10:.1f} %"


STANDSTILL = Speed(0)
LEVEL = Incline(0)


def parse_speed(text: str, rounding: Rounding = round) -> Speed:
    """Read a speed such as ``3.0 km/h`` or ``1.9 mph``; a bare number is refused.

    Raises:
        ValueError: when the text is no number with one of these units.

    """
    number, unit = _split(text, "a speed", "3.0 km/h or 1.9 mph", ("km/h", "mph"))
    if number < 0:
        raise ValueError(f"{text!r}: a belt speed is never negative; the walker turns instead")
    kmh = number * KMH_PER_MPH if unit == "mph" else number
    if kmh > _MAX_UINT16 / 100:
        raise ValueError(f"{text!r} is no belt speed")
    # The product carries a rounding error (0.29 * 100 is 28.999...), which floor would show.
    return Speed(rounding(round(kmh * 100, 6)))


def parse_incline(text: str, rounding: Rounding = round) -> Incline:
    """Read an incline such as ``2 %`` or ``-1.5 %``; a bare number is refused.

    Raises:
        ValueError: when the text is no number followed by ``%``.

    """
    number, _ = _split(text, "an incline", "2 %", ("%",))
    if abs(number) > 100:
        raise ValueError(f"{text!r} is no incline of a treadmill")
    return Incline(rounding(round(number * 10, 6)))


_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}


def parse_duration_s(text: str) -> float:
    """Read a duration such as ``90 s``, ``1.5 min`` or ``1 h`` into seconds.

    Raises:
        ValueError: when the text is no positive number with one of these units.

    """
    number, unit = _split(text, "a duration", "90 s or 5 min", tuple(_SECONDS))
    seconds = round(number * _SECONDS[unit], 3)
    if seconds <= 0:
        raise ValueError(f"{text!r}: a duration is longer than nothing")
    return seconds


_NUMBER_AND_UNIT = re.compile(r"\s*([+-]?[0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([a-zA-Z/%]+)\s*")


def _split(text: str, what: str, example: str, units: tuple[str, ...]) -> tuple[float, str]:
    match = _NUMBER_AND_UNIT.fullmatch(text)
    if match is None or match[2] not in units:
        raise ValueError(
            f"{text[:40]!r} is not {what}: write a number and its unit, as in {example}"
        )
    return float(match[1]), match[2]


def _to_integer(value: float, rounding: Rounding, unit: str) -> int:
    if not math.isfinite(value):
        raise ValueError(f"{value} {unit} is no number to send to a treadmill")
    return rounding(round(value, 6))
