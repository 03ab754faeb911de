"""What the belt is asked to do in each trial: speeds to hold, one after the other."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from quarterturn.caps import PhaseLimits
from quarterturn.model import Heading, PhaseKind, SpeedRange
from quarterturn.plan import PlannedPhase
from quarterturn.units import LEVEL, Speed

FASTEST: Final = Speed.from_kmh(2.0)
"""No trial is faster, whatever the machine and its record say; nobody is on the belt."""
FASTEST_CUT: Final = Speed.from_kmh(1.0)
"""The belt is no faster than this when the link is cut: it may run on until the key is pulled."""

# A change of more than one step, by which the machine's own ramp is measured. In 0.01 km/h.
_JUMP: Final = 100
# The belt of an unknown machine follows within 3 s; two seconds more show where it settles.
_STAIR_S: Final = 6.0
_SETTLED_S: Final = 10.0
_LOOK_S: Final = 8.0
_PRESS_S: Final = 30.0
_MOMENT_S: Final = 3.0


class Act(StrEnum):
    """What happens beside the belt while a speed is held; the names stand in events."""

    HOLD = "hold"
    LOOK = "look"
    PRESS_PAUSE = "press_pause"
    CUT_LINK = "cut_link"


@dataclass(frozen=True, slots=True)
class Hold:
    """Hold a speed for some seconds, counted from when it is asked for."""

    speed: Speed
    seconds: float
    act: Act = Act.HOLD


@dataclass(frozen=True, slots=True)
class Script:
    """One trial. Without ``holds`` the belt is only watched at rest, for ``watch_s``.

    ``gentle``: speeds change by the ramp of a walk, and not as fast as the machine can.
    """

    name: str
    words: str
    holds: tuple[Hold, ...] = ()
    watch_s: float = 0.0
    gentle: bool = False


MakeScript = Callable[[SpeedRange], Script]
"""Makes a trial for the speeds that the connected machine takes."""


def rest(_: SpeedRange) -> Script:
    """Watch the belt before anything is started: whether it reports, whether it stands."""
    return Script("rest", "Watching the belt. Nothing is started.", watch_s=8.0)


def first(machine: SpeedRange) -> Script:
    """Run as slowly as it goes: the unit, the start, what the console shows."""
    slowest = machine.minimum
    holds = (Hold(slowest, _MOMENT_S), Hold(slowest, _LOOK_S, Act.LOOK))
    return Script("first", f"The slowest speed, {slowest}: start, hold, stop.", holds)


def steps(machine: SpeedRange) -> Script:
    """Change the speed by single steps and by leaps: step, latency, ramp, and the Stop."""
    slowest, top = machine.minimum, _top(machine)
    stairs = [slowest]
    for _ in range(3):
        stairs.append(min(top, Speed(stairs[-1].centi_kmh + machine.step.centi_kmh)))
    holds = [Hold(speed, _STAIR_S) for speed in stairs[1:]]
    holds += [Hold(speed, _SETTLED_S) for speed in (top, slowest, top)]
    return Script("steps", f"Steps and leaps between {slowest} and {top}, then Stop.", tuple(holds))


def pause(machine: SpeedRange) -> Script:
    """Have the console's pause pressed while the belt runs."""
    slowest = machine.minimum
    holds = (Hold(slowest, _PRESS_S, Act.PRESS_PAUSE),)
    return Script("pause", f"The console's pause, at {slowest}.", holds)


def cut(machine: SpeedRange) -> Script:
    """Cut the link while the belt runs."""
    slowest = machine.minimum
    holds = (Hold(slowest, _MOMENT_S), Hold(slowest, _PRESS_S, Act.CUT_LINK))
    return Script("cut", f"The link is cut while the belt runs at {slowest}.", holds)


def proof(machine: SpeedRange) -> Script:
    """Run as in a walk, with the record that is to be kept."""
    slowest, top = machine.minimum, _top(machine)
    holds = tuple(Hold(speed, 2 * _SETTLED_S) for speed in (top, slowest))
    words = f"The record is tried: from {slowest} to {top} and back, as in a walk."
    return Script("proof", words, holds, gentle=True)


def phase_of(script: Script, start_speed: Speed) -> PlannedPhase:
    """Return the phase whose caps hold in a trial: forward, level, and no faster than its script.

    Nobody is on the belt: but for ``gentle``, the machine's own ramp is to be seen, not ours.
    """
    top = max([start_speed, *(hold.speed for hold in script.holds)])
    ramp = 10 if script.gentle else _JUMP
    limits = PhaseLimits(
        max_speed=min(top, FASTEST),
        min_incline=LEVEL,
        max_incline=LEVEL,
        ramp_up_centi_kmh_per_s=ramp,
        ramp_down_centi_kmh_per_s=2 * ramp,
        max_continuous_s=600.0,
        reasons=(f"trial: {min(top, FASTEST)}",),
    )
    duration_s = sum(hold.seconds for hold in script.holds)
    kind, heading = PhaseKind.WALK, Heading.FORWARD
    return PlannedPhase(0, kind, heading, duration_s, start_speed, start_speed, LEVEL, limits)


def _top(machine: SpeedRange) -> Speed:
    """Return the machine's own speed that is a leap above its slowest, or as fast as allowed."""
    slowest, step = machine.minimum.centi_kmh, max(1, machine.step.centi_kmh)
    most = min(FASTEST, machine.maximum).centi_kmh
    wanted = min(most, slowest + max(_JUMP, step))
    return Speed(max(slowest, slowest + (wanted - slowest) // step * step))
