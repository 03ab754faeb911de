"""One command on its way: how fresh it must be, how long its effect may take, what shows it."""

from dataclasses import dataclass
from typing import Final

from quarterturn.model import (
    Command,
    MachineRecord,
    Permitted,
    SetIncline,
    SetSpeed,
    SpeedUnit,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.units import Incline, Speed
from quarterturn_drivers.ftms_commands import as_taken

ANSWER_TIMEOUT_S: Final = 10.0
EFFECT_TIMEOUT_S: Final = 10.0
START_FRESH_S: Final = 2.0
"""A Start that could not be written this soon after it was permitted is dropped."""
SPEED_TOLERANCE_CENTI_KMH: Final = 10
INCLINE_TOLERANCE_TENTHS_PCT: Final = 5
# Incline motors move 0.3 to 1 % per second; slower than the slowest, so that no patience lacks.
INCLINE_RATE_PCT_PER_S: Final = 0.25


@dataclass(slots=True, eq=False)
class Order:
    """One command on its way to its one outcome."""

    permitted: Permitted
    value: bytes
    queued_s: float
    sent_s: float | None = None
    answered_s: float | None = None
    effect_by_s: float = 0.0
    stop_announced: bool = False
    finished: bool = False

    @property
    def command(self) -> Command:
        """What is to be done."""
        return self.permitted.command


def effect_timeout_s(
    command: Command, record: MachineRecord, speed: Speed | None, incline: Incline | None
) -> float:
    """Return how long after its answer a command may remain without effect.

    ``speed`` and ``incline`` are those last reported.
    """
    match command:
        case Start():
            motion_s = record.start_s
        case Stop():
            motion_s = record.stop_s
        case SetSpeed(target):
            way_kmh = abs(target.kmh - (speed.kmh if speed else 0.0))
            motion_s = way_kmh / max(record.ramp_kmh_per_s, 0.01)
        case SetIncline(target_incline):
            way_pct = abs(target_incline.pct - (incline.pct if incline else 0.0))
            motion_s = way_pct / INCLINE_RATE_PCT_PER_S
    return max(EFFECT_TIMEOUT_S, record.latency_s + motion_s)


def expires_s(order: Order) -> float:
    """Return when an order that still waits is too old to be written."""
    fresh_s = START_FRESH_S if isinstance(order.command, Start) else ANSWER_TIMEOUT_S
    return order.queued_s + fresh_s


def shows(telemetry: Telemetry, command: Command, target_unit: SpeedUnit) -> bool:
    """Say whether a report shows the effect of a command."""
    speed, incline = telemetry.speed, telemetry.incline
    match command:
        case Start():
            return speed is not None and speed.centi_kmh > 0
        case Stop():
            return speed is not None and speed.centi_kmh == 0
        case SetSpeed(commanded):
            target = as_taken(commanded, target_unit)
            return (
                speed is not None
                and abs(speed.centi_kmh - target.centi_kmh) <= SPEED_TOLERANCE_CENTI_KMH
            )
        case SetIncline(target_incline):
            return (
                incline is not None
                and abs(incline.tenths_pct - target_incline.tenths_pct)
                <= INCLINE_TOLERANCE_TENTHS_PCT
            )
