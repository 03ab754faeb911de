"""What of a workout fits into one session: unbroken stretches, totals, equal sides.

Everything here shortens or leaves out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby, pairwise

from quarterturn.caps import SHORTEST_NON_FORWARD_S, CapRow, Limit, Limited
from quarterturn.layers import Layers, is_forward, row_of, words_of
from quarterturn.model import Heading, PhaseKind
from quarterturn.workout.phases import Block, Phase, Side

CIRCLES = (
    (Heading.RIGHT, Heading.BACKWARD, Heading.LEFT),
    (Heading.LEFT, Heading.BACKWARD, Heading.RIGHT),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A phase on its way into the plan: incline and duration are limited, speeds not yet.

    ``sense`` is the way round for two quarters within one stop. ``round_index`` is None for
    warm-up, cool-down and what was put in.
    """

    phase: Phase
    sense: Side
    round_index: int | None
    max_continuous_s: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Round:
    """One repetition of an outermost block."""

    phases: tuple[Phase, ...]
    sense: Side


@dataclass(frozen=True, slots=True)
class SessionCaps:
    """The caps of a whole session, each with its reason."""

    backward: Limit[float]
    non_forward: Limit[float]
    circles: Limit[float]


def session_caps(layers: Layers) -> SessionCaps:
    """Return the tighter of the base profile's and the profile's own totals."""
    profile, base = layers.profile, layers.profile.base

    def tighter(cap: float, lowered: float | None, words: str, unit: float) -> Limit[float]:
        value, whose = cap, base.name
        if lowered is not None and lowered < cap:
            value, whose = lowered, profile.name
        return Limit(value, f"{whose}: {words.format(f'{value / unit:g}')} in a session")

    return SessionCaps(
        tighter(
            base.backward_total_s, profile.backward_total_s, "backward walking at most {} min", 60
        ),
        tighter(
            base.non_forward_total_s,
            profile.non_forward_total_s,
            "at most {} min that are not forward",
            60,
        ),
        tighter(
            float(base.circle_rounds), profile.circle_rounds, "at most {} rounds of a circle", 1
        ),
    )


def rounds_of(blocks: Iterable[Block]) -> Iterator[Round]:
    """Yield the repetitions of the outermost blocks, each with its sense of rotation."""
    for block in blocks:
        for phases in block.rounds():
            yield Round(phases, _sense(phases, mirror=block.mirror))


def quarters(old: Heading, new: Heading) -> int:
    """Return how many quarter turns to the right lead from one heading to another: 0 to 3."""
    return (new - old) % 360 // 90


def _sense(phases: Sequence[Phase], *, mirror: bool) -> Side:
    """Return the way of the first quarter turn; without one, right unless the block is mirrored."""
    for old, new in pairwise(phases):
        turned = quarters(old.heading, new.heading)
        if turned in (1, 3):
            return Side.RIGHT if turned == 1 else Side.LEFT
    return Side.LEFT if mirror else Side.RIGHT


# --- what fits -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fitted:
    """The rounds that are left, and the reason of each thing left out."""

    drafts: tuple[Draft, ...]
    limited_by: tuple[str, ...]


def fit_rounds(rounds: Sequence[Round], layers: Layers) -> Fitted:
    """Leave out what exceeds a stretch or a total, and with it what would leave one side over.

    Phases that a stretch's cap leaves shorter than 30 s go together with their opposite side; a
    round that no longer fits into the session's totals goes as a whole.
    """
    allowed = {group: abs(_lean(rounds_phases(rounds), group)) for group in _GROUPS}
    uneven: set[int] = set()
    while True:
        fitting = _Fitting(layers)
        for index, one in enumerate(rounds):
            if index in uneven:
                fitting.leave_out(index, "equal sides")
            else:
                fitting.add(index, one)
        over = _rounds_over(fitting.kept, allowed)
        if not over:
            return Fitted(
                tuple(draft for drafts in fitting.kept.values() for draft in drafts),
                fitting.limited_by,
            )
        uneven |= over


def rounds_phases(rounds: Iterable[Round]) -> Iterator[Phase]:
    """Yield the phases of all rounds."""
    for one in rounds:
        yield from one.phases


class _Fitting:
    """One pass over the rounds: what is kept so far, and how much of each cap it has used."""

    def __init__(self, layers: Layers) -> None:
        self.kept: dict[int, list[Draft]] = {}
        self._rounds_out: dict[str, list[int]] = {}
        self._phases_out: dict[str, list[int]] = {}
        self._layers = layers
        self._caps = session_caps(layers)
        self._used = (0.0, 0.0, 0.0)
        self._last: Phase | None = None
        self._stretch_s = 0.0

    @property
    def limited_by(self) -> tuple[str, ...]:
        """What was left out and why, in words."""
        rounds = (f"{why}: {_rounds(out)} left out" for why, out in self._rounds_out.items())
        phases = (f"{what} in {_rounds(out)}" for what, out in self._phases_out.items())
        return (*rounds, *phases)

    def leave_out(self, index: int, reason: str) -> None:
        self._rounds_out.setdefault(reason, []).append(index)

    def add(self, index: int, one: Round) -> None:
        phases, dropped = list(one.phases), []
        while True:
            drafts, stretch_s = self._limited(index, phases, one.sense)
            short = [i for i, draft in enumerate(drafts) if _is_too_short(draft)]
            if not short:
                break
            gone = set(short)
            for i in short:
                opposite = _opposite(phases, i, gone)
                gone |= {opposite} if opposite is not None else set()
                dropped.append(_drop_text(drafts[i], opposite is not None))
            phases = [phase for i, phase in enumerate(phases) if i not in gone]
        used = _sum(self._used, _use(drafts))
        caps = (self._caps.backward, self._caps.non_forward, self._caps.circles)
        for cap, amount in zip(caps, used, strict=True):
            if amount > cap.value:
                self.leave_out(index, cap.reason)
                return
        for text in dict.fromkeys(dropped):
            self._phases_out.setdefault(text, []).append(index)
        self.kept[index] = drafts
        self._used = used
        if drafts:
            self._last, self._stretch_s = drafts[-1].phase, stretch_s

    def _limited(
        self, index: int, phases: Sequence[Phase], sense: Side
    ) -> tuple[list[Draft], float]:
        """Limit the durations, an unbroken stretch going on from the round before."""
        drafts = []
        last, stretch_s = self._last, self._stretch_s
        for phase in phases:
            if last is None or is_forward(phase) or is_forward(last) or turns(last, phase):
                stretch_s = 0.0
            draft = limited_duration(self._layers, phase, stretch_s, sense, index)
            drafts.append(draft)
            last, stretch_s = phase, stretch_s + draft.phase.duration_s
        return drafts, stretch_s


def limited_duration(
    layers: Layers, phase: Phase, stretch_s: float, sense: Side, index: int | None
) -> Draft:
    """Limit the incline of a phase, and its duration to what is left of an unbroken stretch."""
    incline, reasons = layers.incline(phase)
    phase = replace(phase, incline=incline)
    left = [
        Limit(max(0.0, limit.value - stretch_s), limit.reason)
        for limit in layers.continuous(row_of(phase))
    ]
    duration = Limited(phase.duration_s).at_most(*left)
    return Draft(
        replace(phase, duration_s=duration.value),
        sense,
        index,
        min(limit.value for limit in left),
        (*duration.reasons, *reasons),
    )


def turns(old: Phase, new: Phase) -> bool:
    """Say whether the belt stops between two phases for the walker to turn."""
    return old.heading is not new.heading


def _is_too_short(draft: Draft) -> bool:
    return not is_forward(draft.phase) and draft.phase.duration_s < SHORTEST_NON_FORWARD_S


def _drop_text(draft: Draft, with_opposite: bool) -> str:
    phase = draft.phase
    reason = draft.reasons[0] if draft.reasons else "as written"
    both = ", and its opposite side," if with_opposite else ""
    shortest = f"{SHORTEST_NON_FORWARD_S:g} s"
    return f"{reason}: less than {shortest} of {words_of(phase)}{both} left out"


def _use(drafts: Sequence[Draft]) -> tuple[float, float, float]:
    phases = [draft.phase for draft in drafts]
    return (
        sum(phase.duration_s for phase in phases if phase.heading is Heading.BACKWARD),
        sum(phase.duration_s for phase in phases if not is_forward(phase)),
        float(count_circles(phases)),
    )


def _sum(
    a: tuple[float, float, float], b: tuple[float, float, float]
) -> tuple[float, float, float]:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def count_circles(phases: Sequence[Phase]) -> int:
    """Count the circles in a round: three quarters in order, with a forward one before or after."""
    runs = [(forward, list(run)) for forward, run in groupby(phases, is_forward)]
    circles = [run for forward, run in runs if not forward and headings(run) in CIRCLES]
    return len(circles) if any(forward for forward, _ in runs) else 0


def headings(phases: Iterable[Phase]) -> tuple[Heading, ...]:
    """Return the headings of phases, in order."""
    return tuple(phase.heading for phase in phases)


def _rounds(indices: Sequence[int]) -> str:
    """Write ``round 3`` or ``rounds 3 to 5, 7``."""
    parts = []
    for _, run in groupby(enumerate(sorted(indices)), lambda pair: pair[1] - pair[0]):
        numbers = [index + 1 for _, index in run]
        parts.append(str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}")
    return f"round{'s' if len(indices) > 1 else ''} {', '.join(parts)}"


# --- equal sides -----------------------------------------------------------------------------

_GROUPS = (CapRow.SIDE_STEP, CapRow.DIAGONAL)


def _side(phase: Phase) -> tuple[CapRow, int]:
    """Return what is to be balanced: the group, and +1 for right, -1 for left, 0 for neither."""
    if phase.kind is PhaseKind.DIAGONAL:
        return CapRow.DIAGONAL, 1 if phase.side is Side.RIGHT else -1
    return CapRow.SIDE_STEP, {Heading.RIGHT: 1, Heading.LEFT: -1}.get(phase.heading, 0)


def _lean(phases: Iterable[Phase], group: CapRow) -> float:
    """Return the seconds to the right less those to the left."""
    sides = ((phase, *_side(phase)) for phase in phases)
    return sum(sign * phase.duration_s for phase, its_group, sign in sides if its_group is group)


def _opposite(phases: Sequence[Phase], index: int, gone: set[int]) -> int | None:
    """Return the other side's phase that goes with one: the next, else the one before."""
    group, sign = _side(phases[index])
    if not sign:
        return None
    for i in chain(range(index + 1, len(phases)), range(index - 1, -1, -1)):
        if i not in gone and _side(phases[i]) == (group, -sign):
            return i
    return None


def _rounds_over(kept: dict[int, list[Draft]], allowed: dict[CapRow, float]) -> set[int]:
    """Return rounds to leave out, from the last, to bring both sides nearer; none if they are even.

    Even is a difference of one phase at most, and no more than the workout itself has.
    """
    over: set[int] = set()
    for group in _GROUPS:
        leans: dict[int, float] = {}
        longest = 0.0
        for index, drafts in kept.items():
            if index in over:
                continue
            phases = [draft.phase for draft in drafts]
            leans[index] = _lean(phases, group)
            sided = [phase for phase in phases if _side(phase)[0] is group and _side(phase)[1]]
            longest = max([longest, *(phase.duration_s for phase in sided)])
        total = sum(leans.values())
        even = min(longest, allowed[group]) + 1e-6
        # What is left out here makes room for the other side: no more than half at a time.
        enough = max(even, abs(total) / 2)
        for index in sorted(leans, reverse=True):
            if abs(total) <= enough:
                break
            if leans[index] * total > 0:
                over.add(index)
                total -= leans[index]
    return over
