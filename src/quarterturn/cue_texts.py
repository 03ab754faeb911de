"""Which texts can be spoken, so that a voice may be made of them before the walk."""

from collections.abc import Iterator
from dataclasses import replace

from quarterturn import cues
from quarterturn.cues import Cue
from quarterturn.model import Heading
from quarterturn.monitors import FaultKind
from quarterturn.plan import Plan, PlannedPhase, turn_between
from quarterturn.units import Speed
from quarterturn.words import FAULTS, PhraseBook, Text
from quarterturn.workout.phases import Side

_READY_COUNTS = (3, 2, 1)
_STEP = Speed(10)


def all_safety_texts(book: PhraseBook) -> tuple[str, ...]:
    """Return what has to be sayable whatever has failed: every fault, every stop, the red key.

    They do not depend on the plan. Texts for an empty belt, as onboarding says them, are among
    them.
    """
    said = [
        cues.stopping(book),
        cues.stopped(book),
        cues.paused(book),
        cues.ready_timed_out(book),
        cues.pull_the_red_key(book),
        cues.stale_warning(book),
        *(cues.fault_cue(book, fault) for fault in FAULTS),
        *(cues.fault_cue(book, "", ramped=ramped) for ramped in (False, True)),
    ]
    beside = (Text.TRY_STOPPING, Text.TRY_FAULT, Text.TRY_RED_KEY)
    return tuple(dict.fromkeys([*(cue.text for cue in said), *map(book.say, beside)]))


def texts_of_plan(plan: Plan, book: PhraseBook, *, step: Speed = _STEP) -> tuple[str, ...]:
    """Return every text of a walk of this plan in the order in which it is first wanted.

    What is said in a walk that goes as planned comes first; then what pauses, skips, an early
    finish and cues that are not heard lead to; then the speeds that somebody may slow down to, in
    steps of ``step``. Left out are the announcements of a turn that come late because a tilted belt
    has to be levelled first: they name whatever number of seconds that takes. What
    `all_safety_texts` holds is left out where the plan does not call for it.
    """
    texts: dict[str, None] = {}
    ways = (_as_planned, _otherwise)
    for said in ways:
        texts.update(dict.fromkeys(cue.text for cue in said(plan, book)))
    fastest = max(phase.limits.max_speed for phase in plan.phases)
    for centi_kmh in range(step.centi_kmh, fastest.centi_kmh + 1, step.centi_kmh):
        texts.setdefault(cues.speed_cue(book, Speed(centi_kmh)).text)
    return tuple(texts)


def _as_planned(plan: Plan, book: PhraseBook) -> Iterator[Cue]:
    for phase, following in zip(plan.phases, (*plan.phases[1:], None), strict=True):
        yield from _start(book, phase)
        yield from _in_phase(book, phase, following)
    yield cues.completed(book)


def _otherwise(plan: Plan, book: PhraseBook) -> Iterator[Cue]:
    yield from (cues.is_the_belt_still(book), cues.still_waiting(book), cues.paused(book))
    yield from (cues.ready_timed_out(book), cues.stopped(book), cues.acknowledge(book))
    yield cues.fault_cue(book, FaultKind.HEART_RATE)
    for phase in plan.phases:
        yield cues.resume(book, phase)
        for cool_down in _ways_to_cool_down(plan, phase):
            yield from _start(book, cool_down)
            yield from _in_phase(book, phase, cool_down)
        yield from _in_phase(book, phase, None)
    for fault in FAULTS:
        yield cues.fault_cue(book, fault)


def _ways_to_cool_down(plan: Plan, phase: PlannedPhase) -> Iterator[PlannedPhase]:
    """Yield the cool-down as it follows a phase that is left for it."""
    last = plan.phases[-1]
    for sense in Side:
        turn = turn_between(phase.heading, last.heading, sense)
        yield replace(last, turn=turn)


def _start(book: PhraseBook, phase: PlannedPhase) -> Iterator[Cue]:
    yield cues.at_rest(book, phase)
    yield from (cues.countdown(book, count) for count in _READY_COUNTS)
    yield cues.starting(book, phase)


def _in_phase(
    book: PhraseBook, phase: PlannedPhase, following: PlannedPhase | None
) -> Iterator[Cue]:
    # When the belt reaches the speed decides which of them are said, and how early.
    for reached_s in (None, 0.0, phase.duration_s):
        yield from (cue for _, cue in cues.phase_cues(book, phase, following, reached_s=reached_s))
    yield cues.phase_speed_cue(book, phase)
    yield cues.speed_cue(book, phase.speed)
    yield cues.speed_cue(book, phase.end_speed)
    if phase.heading is Heading.FORWARD:
        return
    technique = cues.technique_cue(book, phase)
    if technique is not None:
        posture = cues.posture_cue(book, phase)
        yield from (posture, technique, cues.in_one_breath(book, posture, technique))
        yield from cues.rotating_cues(book, phase)
