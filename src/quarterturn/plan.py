"""What the caps and the machine leave of a workout, as a timeline."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from quarterturn.caps import (
    ADULT_AGE,
    COARSEST_NON_FORWARD_STEP,
    COOL_DOWN_END,
    SHORTEST_COOL_DOWN_S,
    SHORTEST_WARM_UP_S,
    CapRow,
    Limit,
    Limited,
    PhaseLimits,
)
from quarterturn.energy import ASSUMED_MASS_KG, kcal_per_min, met
from quarterturn.layers import Layers, is_forward, row_of, words_of
from quarterturn.model import Capabilities, Crossover, Heading, MachineRecord, PhaseKind
from quarterturn.profiles import Profile
from quarterturn.timeline import (
    Draft,
    fit_rounds,
    limited_duration,
    quarters,
    rounds_of,
    rounds_phases,
    session_caps,
)
from quarterturn.transitions import (
    SETTLE_S,
    SHORTEST_RECOVER_S,
    flatten_for_turns,
    put_in_recovery,
)
from quarterturn.units import LEVEL, Incline, Speed
from quarterturn.workout.phases import Phase, Side, Workout

ASSUMED_MINIMUM = Speed(50)
ASSUMED_STEP = Speed(10)
"""What reaching a speed is reckoned with where no machine is known."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The way into a phase on a stopped belt: one quarter, or two within one stop."""

    direction: Side
    quarters: int


@dataclass(frozen=True, slots=True)
class PlannedPhase:
    """One phase as it will be walked. ``turn`` None: the walker walks on from the phase before.

    ``reached_s`` is when ``speed`` is reached, in seconds of the phase clock; None: never.
    """

    index: int
    kind: PhaseKind
    heading: Heading
    duration_s: float
    speed: Speed
    end_speed: Speed
    incline: Incline
    limits: PhaseLimits
    turn: Turn | None = None
    crossover: Crossover = Crossover.NONE
    side: Side | None = None
    cue: str | None = None
    limited_by: tuple[str, ...] = ()
    reached_s: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A workout under caps, ready to be walked.

    ``max_backward_s`` and ``max_non_forward_s`` are the totals that the governor holds the session
    to; ``spotter_required``: somebody must stand by in every phase that is not forward.
    """

    workout: str
    profile: str
    phases: tuple[PlannedPhase, ...]
    limited_by: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    max_backward_s: float | None = None
    max_non_forward_s: float | None = None
    spotter_required: bool = False
    max_heart_rate_bpm: int | None = None


class PlanRefused(Exception):  # noqa: N818 - it is an answer, and carries every reason
    """The workout cannot be walked by this person or on this machine: why, and what would help."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def make_plan(
    workout: Workout,
    profile: Profile,
    capabilities: Capabilities | None,
    *,
    year: int | None = None,
    record: MachineRecord | None = None,
) -> Plan:
    """Put a workout under every static cap.

    ``capabilities`` None: no machine is known, and its layer is left out. ``year`` is the current
    one, for the caps that depend on age. ``record`` is what is known of the machine; None as above.

    Raises:
        PlanRefused: when the profile or the machine cannot walk it.
        ValueError: when the profile has a birth year and ``year`` is None.

    """
    layers = Layers(profile, profile.is_cautious(year), capabilities)
    rounds = tuple(rounds_of(workout.blocks))
    wanted = (workout.warm_up, *rounds_phases(rounds), workout.cool_down)
    _refuse(
        [
            *_problems_of_profile(layers, wanted, year),
            *_problems_of_machine(layers, wanted),
            *_problems_of_record(profile, record),
        ]
    )

    fitted = fit_rounds(rounds, layers)
    if not fitted.drafts:
        _refuse([f"nothing of the workout is left: {reason}" for reason in fitted.limited_by])
    first, last = fitted.drafts[0].sense, fitted.drafts[-1].sense
    warm_up = limited_duration(layers, workout.warm_up, 0.0, first, None)
    cool_down = limited_duration(layers, workout.cool_down, 0.0, last, None)
    easy = min(_walked(warm_up.phase, layers)[0].value, _walked(warm_up.phase, layers)[1].value)
    rested = put_in_recovery((warm_up, *fitted.drafts, cool_down), layers, easy)
    drafts = flatten_for_turns(rested.drafts, layers)
    _refuse([*_problems_of_speed(layers, drafts)])

    phases = tuple(_planned(drafts, layers))
    caps = session_caps(layers)
    all_forward = all(is_forward(draft.phase) for draft in drafts)
    return Plan(
        workout=workout.name,
        profile=profile.name,
        phases=phases,
        limited_by=fitted.limited_by,
        notes=(*rested.notes, *_notes(phases, layers, all_forward=all_forward)),
        max_backward_s=caps.backward.value,
        max_non_forward_s=caps.non_forward.value,
        spotter_required=not all_forward and (layers.cautious or profile.base.spotter),
        max_heart_rate_bpm=profile.heart_rate_alarm_bpm(year),
    )


# --- the phases ------------------------------------------------------------------------------


def _planned(drafts: Sequence[Draft], layers: Layers) -> Iterator[PlannedPhase]:
    slowest, step = ASSUMED_MINIMUM, ASSUMED_STEP
    if layers.machine is not None and layers.machine.speed is not None:
        slowest, step = layers.machine.speed.minimum, layers.machine.speed.step
    before: PlannedPhase | None = None
    for index, draft in enumerate(drafts):
        phase = draft.phase
        speed, end_speed = _walked(phase, layers)
        limits = layers.phase_limits(phase, draft.max_continuous_s)
        turn = None if before is None else turn_between(before.heading, phase.heading, draft.sense)
        starts = before is None or turn is not None
        came_from = slowest if before is None or starts else before.end_speed
        reached_s = seconds_to_reach(came_from, speed.value, limits, step)
        reached_s += SETTLE_S if starts else 0.0
        before = PlannedPhase(
            index=index,
            kind=phase.kind,
            heading=phase.heading,
            duration_s=phase.duration_s,
            speed=speed.value,
            end_speed=end_speed.value,
            incline=phase.incline,
            limits=limits,
            turn=turn,
            crossover=phase.crossover,
            side=phase.side,
            cue=phase.cue,
            limited_by=tuple(dict.fromkeys((*speed.reasons, *end_speed.reasons, *draft.reasons))),
            reached_s=reached_s if reached_s <= phase.duration_s else None,
        )
        yield before


def _walked(phase: Phase, layers: Layers) -> tuple[Limited[Speed], Limited[Speed]]:
    """Return both ends of a phase's speed under its limits."""
    limits = layers.speed(phase)
    return (
        layers.limited_speed(phase.speed, *limits),
        layers.limited_speed(phase.end_speed, *limits, *_end_limits(phase)),
    )


def _end_limits(phase: Phase) -> tuple[Limit[Speed], ...]:
    if row_of(phase) is not CapRow.COOL_DOWN:
        return ()
    return (Limit(COOL_DOWN_END, f"hard cap: cool-down ends at {COOL_DOWN_END}"),)


def turn_between(old: Heading, new: Heading, sense: Side = Side.RIGHT) -> Turn | None:
    """Return the way from one heading to another; the sense decides where both ways are as long."""
    match quarters(old, new):
        case 0:
            return None
        case 1:
            return Turn(Side.RIGHT, 1)
        case 3:
            return Turn(Side.LEFT, 1)
        case _:
            return Turn(sense, 2)


def seconds_to_reach(start: Speed, target: Speed, limits: PhaseLimits, step: Speed) -> float:
    """Return how long a ramp takes in whole machine steps, sent at most once a second."""
    step_centi_kmh = max(step.centi_kmh, 1)
    steps = math.ceil(abs(target.centi_kmh - start.centi_kmh) / step_centi_kmh)
    if target < start:
        return float(
            math.ceil(steps / math.ceil(limits.ramp_down_centi_kmh_per_s / step_centi_kmh))
        )
    steps_per_s = limits.ramp_up_centi_kmh_per_s // step_centi_kmh
    if steps_per_s:
        return float(math.ceil(steps / steps_per_s))
    return steps * step_centi_kmh / limits.ramp_up_centi_kmh_per_s


def _notes(phases: Sequence[PlannedPhase], layers: Layers, *, all_forward: bool) -> Iterator[str]:
    if layers.machine is None:
        yield "no treadmill is known: what its range and its steps would change is left out"
    base = layers.profile.base
    if layers.machine is not None and layers.machine.speed is not None and not all_forward:
        minimum = layers.machine.speed.minimum
        if minimum > base.start_speed:
            yield (
                f"the belt starts at {minimum}, its slowest; {base.name} would start a phase that "
                f"is not forward at {base.start_speed}"
            )
    if not all_forward and layers.cautious:
        yield "personal: cautious: a spotter stands by, and the cues are heard, not only seen"
    yield from _notes_on_reaching(phases)


def _notes_on_reaching(phases: Sequence[PlannedPhase]) -> Iterator[str]:
    """Say where a target is reached late or never, once for all phases of which it is true."""
    found: dict[str, list[str]] = {}
    for phase in phases:
        if phase.kind is PhaseKind.RECOVER:
            continue  # its time counts, not its speed
        number, length = str(phase.index + 1), f"of {phase.duration_s:g} s"
        if phase.reached_s is None:
            found.setdefault(f"{length}: too short to reach {phase.speed}", []).append(number)
        elif phase.reached_s > phase.duration_s / 2:
            after = f"{length}: {phase.speed} is reached late, after {phase.reached_s:.0f} s"
            found.setdefault(after, []).append(number)
        change_s = seconds_to_reach(phase.speed, phase.end_speed, phase.limits, ASSUMED_STEP)
        if change_s > phase.duration_s:
            ramp = f"{length}: too short for the ramp from {phase.speed} to {phase.end_speed}"
            found.setdefault(ramp, []).append(number)
    for text, numbers in found.items():
        yield f"phase{'s' if len(numbers) > 1 else ''} {', '.join(numbers)} {text}"


# --- refusals --------------------------------------------------------------------------------


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise PlanRefused(tuple(dict.fromkeys(problems)))


def _problems_of_profile(
    layers: Layers, phases: Sequence[Phase], year: int | None
) -> Iterator[str]:
    profile = layers.profile
    age = profile.age(year)
    if age is not None and age < ADULT_AGE:
        yield f"the profile is of a person of {age}; from {ADULT_AGE} on, and no younger"
    if phases[0].duration_s < SHORTEST_WARM_UP_S:
        yield f"a warm-up of {phases[0].duration_s:g} s; {SHORTEST_WARM_UP_S:g} s or more is wanted"
    if phases[-1].duration_s < SHORTEST_COOL_DOWN_S:
        seconds = phases[-1].duration_s
        yield f"a cool-down of {seconds:g} s; {SHORTEST_COOL_DOWN_S:g} s or more is wanted"
    for limit in layers.continuous(CapRow.RECOVER):
        if limit.value < SHORTEST_RECOVER_S and not all(is_forward(phase) for phase in phases):
            yield f"{limit.reason}; {SHORTEST_RECOVER_S:g} s or more is wanted"
    for phase in dict.fromkeys(phases):
        row = row_of(_limited_incline(phase, layers))
        if row not in profile.base.rows:
            yield f"{profile.base.name} has no {row.words}: {profile.base.elsewhere}"
        if phase.kind is PhaseKind.JOG and phase.heading is not Heading.FORWARD:
            yield "a jog faces forward; no profile jogs any other way"
        elif phase.kind is PhaseKind.JOG and layers.cautious:
            yield "a jog is not for a cautious profile (age, balance, back or knee): walk instead"
        if phase.heading is Heading.BACKWARD and profile.knee_injury:
            yield (
                "no backward walking with a knee injury: a workout that is forward only, or a "
                "clinician's decision"
            )


def _problems_of_machine(layers: Layers, phases: Sequence[Phase]) -> Iterator[str]:
    machine = layers.machine
    if machine is None:
        return
    all_forward = all(is_forward(phase) for phase in phases)
    if machine.speed is None:
        yield "this treadmill does not let its speed be set: another one, or another driver"
    elif machine.speed.step > COARSEST_NON_FORWARD_STEP and not all_forward:
        yield (
            f"this treadmill's speed changes in steps of {machine.speed.step}; more than "
            f"{COARSEST_NON_FORWARD_STEP} is too much for phases that are not forward: walk a "
            "workout that is forward only"
        )
    if machine.incline is not None and machine.incline.minimum > LEVEL:
        yield f"this treadmill is never flatter than {machine.incline.minimum}: level it first"


def _problems_of_record(profile: Profile, record: MachineRecord | None) -> Iterator[str]:
    """Yield why a machine will not do that may run on with nobody left to stop it."""
    if record is None or not profile.must_stop_on_link_loss or record.on_link_loss == "stops":
        return
    seen = (
        "runs on" if record.on_link_loss == "keeps_running" else "may run on, for all that is known"
    )
    yield (
        f"{profile.name} asks for a treadmill that stops when its link is lost, and this one"
        f" {seen}: `quarterturn onboard` finds out what it does"
    )


def _problems_of_speed(layers: Layers, drafts: Sequence[Draft]) -> Iterator[str]:
    """Name each phase whose cap, or whose wish, lies under the machine's slowest speed."""
    if layers.machine is None or layers.machine.speed is None:
        return
    minimum = layers.machine.speed.minimum
    for phase in dict.fromkeys(draft.phase for draft in drafts):
        slowest = min(speed.value for speed in _walked(phase, layers))
        if slowest >= minimum:
            continue
        cap = Limited(minimum).at_most(*layers.speed(phase), *_end_limits(phase))
        if cap.reasons:
            yield (
                f"this treadmill's minimum speed of {minimum} lies above the cap of the "
                f"{words_of(phase)} ({'; '.join(cap.reasons)}): it takes a treadmill that goes as "
                f"slowly as {cap.value}, or a workout without this phase"
            )
        else:
            yield (
                f"this treadmill's minimum speed of {minimum} lies above the {slowest} that the "
                f"workout has for the {words_of(phase)}: it takes a treadmill that goes slower, or "
                f"a workout with {minimum} there, which the caps allow"
            )


def _limited_incline(phase: Phase, layers: Layers) -> Phase:
    return replace(phase, incline=layers.incline(phase)[0])


# --- in sum ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """A plan in figures: turns come on top, and getting up to speed is counted as being there.

    ``seconds`` is walking time by heading. ``mass_is_assumed``: no body mass is known.
    """

    duration_s: float
    distance_m: float
    seconds: Mapping[Heading, float]
    turns: int
    energy_kcal: float
    body_mass_kg: float
    mass_is_assumed: bool


def summarise(plan: Plan, body_mass_kg: float | None = None) -> PlanSummary:
    """Add up a plan."""
    mass_kg = ASSUMED_MASS_KG if body_mass_kg is None else body_mass_kg
    seconds = dict.fromkeys(Heading, 0.0)
    distance_m = energy_kcal = 0.0
    for phase in plan.phases:
        seconds[phase.heading] += phase.duration_s
        distance_m += phase.duration_s * (phase.speed.m_per_s + phase.end_speed.m_per_s) / 2
        # The effort is linear in speed: that of a ramp is the mean of its ends.
        efforts = [
            met(phase.heading, phase.kind, speed, phase.incline)
            for speed in (phase.speed, phase.end_speed)
        ]
        energy_kcal += phase.duration_s / 60 * kcal_per_min(sum(efforts) / 2, mass_kg)
    return PlanSummary(
        duration_s=sum(seconds.values()),
        distance_m=distance_m,
        seconds=seconds,
        turns=sum(phase.turn is not None for phase in plan.phases),
        energy_kcal=energy_kcal,
        body_mass_kg=mass_kg,
        mass_is_assumed=body_mass_kg is None,
    )
