"""What of a workout fits into one session: stretches, totals, equal sides, rests, level turns.

Everything here shortens, flattens or leaves out; the one thing put in is forward walking to recover.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby

from quarterturn.caps import SHORTEST_NON_FORWARD_S, CapRow, Limit, Limited
from quarterturn.layers import Layers, is_forward, row_of
from quarterturn.model import Heading, PhaseKind
from quarterturn.units import LEVEL, Incline, Speed
from quarterturn.workout.phases import Block, Phase, Side

SETTLE_S = 5.0
"""After every start nothing changes for so long."""
ANNOUNCE_S = 10.0
"""A turn is announced so long before it; by then the incline is where the next phase wants it."""
INCLINE_PCT_PER_S = 0.5
"""How fast an incline motor is taken to be where nothing is known of it."""
SHORTEST_RECOVER_S = 10.0
"""Standing and walking sway more just after walking backward (Gait & Posture 2018, PMID 29975868)."""
CIRCLE_FORWARD_SHARE = 0.25

_CIRCLES = (
    (Heading.RIGHT, Heading.BACKWARD, Heading.LEFT),
    (Heading.LEFT, Heading.BACKWARD, Heading.RIGHT),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A phase on its way into the plan: incline and duration are limited, speeds not yet.

    ``sense`` is the way round for two quarters within one stop. ``round_index`` is None for warm-up,
    cool-down and what was put in.
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
    for old, new in zip(phases, phases[1:], strict=False):
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
    """Leave out what exceeds a stretch or a total, and with it whatever would leave one side over.

    Phases that a stretch's cap leaves shorter than 30 s go together with their opposite side; a round
    that no longer fits into the session's totals goes as a whole.
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
                tuple(f"{text}{_rounds_text(where)}" for text, where in fitting.left_out.items()),
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
        self.left_out: dict[str, list[int]] = {}
        self._layers = layers
        self._caps = session_caps(layers)
        self._used = (0.0, 0.0, 0.0)
        self._last: Phase | None = None
        self._stretch_s = 0.0

    def leave_out(self, index: int, reason: str) -> None:
        self.left_out.setdefault(f"{reason}: left out", []).append(index)

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
            self.left_out.setdefault(text, []).append(index)
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
    both = " and its opposite side" if with_opposite else ""
    return (
        f"{reason}: less than {SHORTEST_NON_FORWARD_S:g} s of {phase.heading.word} "
        f"{row_of(phase).words}{both} left out"
    )


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
    circles = [run for forward, run in runs if not forward and _headings(run) in _CIRCLES]
    return len(circles) if any(forward for forward, _ in runs) else 0


def _headings(phases: Iterable[Phase]) -> tuple[Heading, ...]:
    return tuple(phase.heading for phase in phases)


def _rounds_text(indices: Sequence[int]) -> str:
    """Write ``in round 3`` or ``in rounds 3 to 5, 7``."""
    parts = []
    for _, run in groupby(enumerate(sorted(indices)), lambda pair: pair[1] - pair[0]):
        numbers = [index + 1 for _, index in run]
        parts.append(str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}")
    return f" in round{'s' if len(indices) > 1 else ''} {', '.join(parts)}"


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
    """Return the rounds to leave out, from the last, until both sides are even.

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
        for index in sorted(leans, reverse=True):
            if abs(total) <= min(longest, allowed[group]) + 1e-6:
                break
            if leans[index] * total > 0:
                over.add(index)
                total -= leans[index]
    return over


# --- what is put in --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rested:
    """A timeline with its recovery, and notes on what was put in."""

    drafts: tuple[Draft, ...]
    notes: tuple[str, ...]


def put_in_recovery(drafts: Sequence[Draft], layers: Layers, easy: Speed) -> Rested:
    """Put forward walking at ``easy`` or slower behind blocks that are not forward.

    A block needs forward time of the profile's share before the next; a circle has its own forward
    quarter, a quarter of its time or more. A faster forward phase than a warm-up may be comes 10 s
    after a block at the earliest.
    """
    warm_up_cap = _fastest(drafts[0].phase, layers)
    runs = [list(run) for _, run in groupby(drafts, lambda draft: is_forward(draft.phase))]
    result: list[Draft] = []
    rest_s, rests = 0.0, 0
    for i, run in enumerate(runs):
        result += run
        if is_forward(run[0].phase):
            continue
        missing_s = _missing_rest_s(runs, i, layers.profile.base.rest_ratio)
        after = runs[i + 1][0].phase
        if min(max(after.speed, after.end_speed), _fastest(after, layers)) > warm_up_cap:
            missing_s = max(missing_s, SHORTEST_RECOVER_S)
        if missing_s > 0:
            recover_s = float(max(SHORTEST_RECOVER_S, math.ceil(missing_s)))
            phase = Phase(PhaseKind.RECOVER, Heading.FORWARD, recover_s, easy, easy)
            result.append(limited_duration(layers, phase, 0.0, run[-1].sense, None))
            rest_s, rests = rest_s + recover_s, rests + 1
    if not rests:
        return Rested(tuple(result), ())
    note = f"{rest_s:g} s of forward walking put in to recover, in {rests} phase"
    return Rested(tuple(result), (note + ("s" if rests > 1 else ""),))


def _fastest(phase: Phase, layers: Layers) -> Speed:
    return min(limit.value for limit in layers.speed(phase))


def _missing_rest_s(runs: Sequence[Sequence[Draft]], i: int, ratio: float) -> float:
    """Return the forward seconds that the block ``runs[i]`` lacks after it."""
    block, before, after = runs[i], runs[i - 1], runs[i + 1]
    block_s = _seconds(block)
    rounds = {draft.round_index for draft in block}
    if len(rounds) == 1 and _headings(draft.phase for draft in block) in _CIRCLES:
        for quarter in (before[-1], after[0]):
            if quarter.round_index in rounds:
                share = CIRCLE_FORWARD_SHARE / (1 - CIRCLE_FORWARD_SHARE)
                return share * block_s - quarter.phase.duration_s
    is_last = i + 2 >= len(runs)
    return 0.0 if is_last else ratio * block_s - _seconds(after)


def _seconds(drafts: Iterable[Draft]) -> float:
    return sum(draft.phase.duration_s for draft in drafts)


# --- level turns -----------------------------------------------------------------------------


def flatten_for_turns(drafts: Sequence[Draft], layers: Layers) -> tuple[Draft, ...]:
    """Lower inclines that could not be back at the next phase's before its turn is announced."""
    step = Incline(1)
    if layers.machine is not None and layers.machine.incline is not None:
        step = max(step, layers.machine.incline.step)
    result: list[Draft] = []
    unturned: list[Draft] = []
    for i, draft in enumerate(drafts):
        unturned.append(draft)
        if i + 1 < len(drafts) and turns(draft.phase, drafts[i + 1].phase):
            target = drafts[i + 1].phase.incline
            while not _is_back_in_time(unturned, target):
                unturned = _flatter(unturned, step)
            result += unturned
            unturned = []
    return (*result, *unturned)


def _is_back_in_time(unturned: Sequence[Draft], after: Incline) -> bool:
    """Follow the incline motor through the phases between two turns, from level."""
    at_pct = 0.0
    for i, draft in enumerate(unturned):
        wanted_pct = draft.phase.incline.pct
        reach_pct = INCLINE_PCT_PER_S * (draft.phase.duration_s - (0.0 if i else SETTLE_S))
        if i + 1 < len(unturned):
            at_pct += max(-reach_pct, min(reach_pct, wanted_pct - at_pct))
    allowed_pct = max(min(wanted_pct, max(after.pct, 0.0)), min(after.pct, 0.0))
    travel_pct = abs(wanted_pct - at_pct) + abs(wanted_pct - allowed_pct)
    return not travel_pct or travel_pct <= reach_pct - INCLINE_PCT_PER_S * ANNOUNCE_S


def _flatter(unturned: Sequence[Draft], step: Incline) -> list[Draft]:
    """Take one step off the steepest phase."""
    result = list(unturned)
    i = max(range(len(result)), key=lambda it: abs(result[it].phase.incline.tenths_pct))
    incline = result[i].phase.incline
    tenths = max(0, abs(incline.tenths_pct) - step.tenths_pct)
    flatter = Incline(tenths if incline > LEVEL else -tenths)
    reason = "the incline is back before the next turn"
    reasons = result[i].reasons
    result[i] = replace(
        result[i],
        phase=replace(result[i].phase, incline=flatter),
        reasons=reasons if reason in reasons else (*reasons, reason),
    )
    return result
