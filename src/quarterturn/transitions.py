"""What stands between the phases: forward walking to recover, and a belt that is level in turns."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from quarterturn.layers import Layers, is_forward
from quarterturn.model import Heading, MachineRecord, PhaseKind
from quarterturn.timeline import CIRCLES, Draft, headings, limited_duration, turns
from quarterturn.units import LEVEL, Incline, Speed
from quarterturn.workout.phases import Phase

SETTLE_S = 5.0
"""After every start nothing changes for so long."""
ANNOUNCE_S = 10.0
"""A turn is announced so long before it; by then the incline is where the next phase wants it."""
INCLINE_PCT_PER_S = MachineRecord().incline_pct_per_s
"""How fast an incline motor is taken to be: that of a machine of which nothing is known."""
SHORTEST_RECOVER_S = 10.0
"""Just after walking backward people sway more (Gait & Posture 2018, PMID 29975868)."""
CIRCLE_FORWARD_SHARE = 0.25

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
    after a block at the earliest. Where the profile caps a recovery at once below what is missing,
    several come one after another. The cap is ``SHORTEST_RECOVER_S`` or more.
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
        # A cap on recovering at once divides the rest; it never takes any of it away.
        while missing_s > 0:
            wanted_s = float(max(SHORTEST_RECOVER_S, math.ceil(missing_s)))
            phase = Phase(PhaseKind.RECOVER, Heading.FORWARD, wanted_s, easy, easy)
            recover = limited_duration(layers, phase, 0.0, run[-1].sense, None)
            result.append(recover)
            missing_s -= recover.phase.duration_s
            rest_s, rests = rest_s + recover.phase.duration_s, rests + 1
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
    if len(rounds) == 1 and headings(draft.phase for draft in block) in CIRCLES:
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
