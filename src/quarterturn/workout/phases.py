"""What a workout file says, before caps and machine have had their word."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from quarterturn.model import Crossover, Heading, PhaseKind
from quarterturn.units import LEVEL, Incline, Speed


class Side(StrEnum):
    """Which way a diagonal leads."""

    RIGHT = "right"
    LEFT = "left"


_MIRRORED_HEADING = {Heading.RIGHT: Heading.LEFT, Heading.LEFT: Heading.RIGHT}
_MIRRORED_SIDE = {Side.RIGHT: Side.LEFT, Side.LEFT: Side.RIGHT}


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch with one heading. ``speed`` to ``end_speed`` is a ramp where they differ."""

    kind: PhaseKind
    heading: Heading
    duration_s: float
    speed: Speed
    end_speed: Speed
    incline: Incline = LEVEL
    crossover: Crossover = Crossover.NONE
    side: Side | None = None
    cue: str | None = None

    def mirrored(self) -> "Phase":
        """Return the phase as the other way round: right and left change places."""
        return replace(
            self,
            heading=_MIRRORED_HEADING.get(self.heading, self.heading),
            side=None if self.side is None else _MIRRORED_SIDE[self.side],
        )


@dataclass(frozen=True, slots=True)
class Block:
    """Phases and blocks in order, ``repeat`` times."""

    items: tuple["Phase | Block", ...]
    repeat: int = 1
    mirror: bool = False

    def rounds(self) -> Iterator[tuple[Phase, ...]]:
        """Yield the phases of each repetition, nested blocks unrolled, mirrored where asked."""
        once: list[Phase] = []
        for item in self.items:
            if isinstance(item, Phase):
                once.append(item)
            else:
                for inner in item.rounds():
                    once.extend(inner)
        phases = tuple(phase.mirrored() for phase in once) if self.mirror else tuple(once)
        for _ in range(self.repeat):
            yield phases


@dataclass(frozen=True, slots=True)
class Workout:
    """A whole workout: warm-up, blocks, cool-down."""

    name: str
    description: str
    warm_up: Phase
    blocks: tuple[Block, ...]
    cool_down: Phase

    def rounds(self) -> Iterator[tuple[Phase, ...]]:
        """Yield the unrolled repetitions of the outermost blocks, in order."""
        for block in self.blocks:
            yield from block.rounds()
