"""What the walker hears: computed from heading and plan, never typed.

An author's own line is the one exception, and only in a forward phase. The schedule inside a phase
is `phase_cues`; what is said between two phases has a function of its own; `CueGate` decides which
of several cues that come due together are spoken. The words are those of a `PhraseBook`.

Numbers: people adapt to a change that was announced at least two strides ahead, and recover quicker
when they know exactly what comes (Journal of Experimental Biology 225(19), jeb244509): hence ten
seconds of warning, and what comes in words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from quarterturn.model import Crossover, Heading, PhaseKind
from quarterturn.plan import PlannedPhase, Turn
from quarterturn.units import Speed
from quarterturn.words import PhraseBook, Text, sentence
from quarterturn.workout.phases import Side

ANNOUNCE_S: Final = 10
"""How long before a change its announcement is spoken."""
QUIET_S: Final = 8.0
"""How long a lesser cue keeps away from any cue before it."""
QUIET_BEFORE_ANNOUNCEMENT_S: Final = 12.0
"""How long before an announcement no lesser cue is spoken."""
SETTLE_S: Final = 5.0
"""How long a start holds the start speed."""

_POSTURE_S = 8.0
_TECHNIQUE_S = 17.0
_REPEAT_S = 25.0  # posture is repeated every 20 to 30 s
_TECHNIQUE_WITHIN_S = 5.0  # after the belt has reached the speed of the phase
_HALF_WAY_FORWARD_S = 120.0  # forward, the walker sees the screen: little is said
_ONE_MINUTE_FROM_S = 180.0


class CueKind(StrEnum):
    """What a cue is about; its priority follows from it."""

    FAULT = "fault"
    STOP = "stop"
    TURN = "turn"
    COUNTDOWN = "countdown"
    READY = "ready"
    PAUSE = "pause"
    END = "end"
    SPEED = "speed"
    PHASE = "phase"
    TECHNIQUE = "technique"
    POSTURE = "posture"
    TIME_LEFT = "time_left"
    NOTE = "note"


# A fault outdoes everything; the kinds then stand in the order of the enumeration.
_PRIORITY = {kind: rank for rank, kind in enumerate(CueKind)}
LESSER: Final = frozenset({CueKind.TECHNIQUE, CueKind.POSTURE, CueKind.TIME_LEFT, CueKind.NOTE})
"""The kinds that are dropped, never delayed, when they would crowd another cue."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One thing to say."""

    kind: CueKind
    text: str

    @property
    def priority(self) -> int:
        """The rank among cues that come due together: 0 is spoken first."""
        return _PRIORITY[self.kind]

    @property
    def lesser(self) -> bool:
        """Whether the cue gives way to any other."""
        return self.kind in LESSER


# --- between two phases -------------------------------------------------------------------------


def _required_turn(phase: PlannedPhase) -> Turn:
    if phase.turn is None:
        raise ValueError(f"no turn leads into phase {phase.index}")
    return phase.turn


def announce_turn(book: PhraseBook, next_phase: PlannedPhase, lead_s: int = ANNOUNCE_S) -> Cue:
    """Say that the belt will stop, and which way to turn then.

    Raises:
        ValueError: when no turn leads into ``next_phase``.

    """
    turn = _required_turn(next_phase)
    text = Text.ANNOUNCE_ONE_QUARTER if turn.quarters == 1 else Text.ANNOUNCE_TWO_QUARTERS
    said = _turning(book, turn, next_phase.heading)
    return Cue(CueKind.TURN, book.say(text, seconds=book.number(lead_s), **said))


def _turning(book: PhraseBook, turn: Turn, heading: Heading) -> dict[str, str]:
    return {"direction": book.sides[turn.direction], "facing": book.facing[heading.word]}


def announce_change(
    book: PhraseBook, phase: PlannedPhase, next_phase: PlannedPhase, lead_s: int = ANNOUNCE_S
) -> Cue:
    """Say what changes while the belt runs on: the kind, the speed, the incline."""
    parts = [book.kinds[next_phase.kind]] if next_phase.kind != phase.kind else []
    if next_phase.speed != phase.end_speed or not parts:
        parts.append(book.speed(next_phase.speed))
    if next_phase.incline != phase.incline:
        parts.append(book.incline(next_phase.incline))
    seconds, change = book.number(lead_s), ", ".join(parts)
    return Cue(CueKind.PHASE, book.say(Text.ANNOUNCE_CHANGE, seconds=seconds, change=change))


def announce_end(book: PhraseBook, lead_s: int = ANNOUNCE_S) -> Cue:
    """Say that the walk ends."""
    return Cue(CueKind.END, book.say(Text.ANNOUNCE_END, seconds=book.number(lead_s)))


def short_cue(book: PhraseBook) -> Cue:
    """Say that five seconds are left."""
    return tick(book, 5)


def tick(book: PhraseBook, seconds: int) -> Cue:
    """Count one second down to a stop: ``Three``."""
    return Cue(CueKind.COUNTDOWN, sentence(book.number(seconds)))


def stopping(book: PhraseBook) -> Cue:
    """Say that the belt slows down to a stop."""
    return Cue(CueKind.STOP, book.say(Text.STOPPING))


def at_rest(book: PhraseBook, next_phase: PlannedPhase) -> Cue:
    """Say what to do on the stopped belt before READY."""
    turn, heading = next_phase.turn, next_phase.heading
    if turn is None:
        return Cue(CueKind.READY, book.say(Text.STAND_READY, facing=book.facing[heading.word]))
    text = Text.TURN_ONE_QUARTER if turn.quarters == 1 else Text.TURN_TWO_QUARTERS
    return Cue(CueKind.READY, book.say(text, **_turning(book, turn, heading)))


def still_waiting(book: PhraseBook) -> Cue:
    """Remind somebody who has not given READY."""
    return Cue(CueKind.READY, book.say(Text.STILL_WAITING))


def ready_timed_out(book: PhraseBook) -> Cue:
    """Say that the session ends because nobody gave READY."""
    return Cue(CueKind.END, book.say(Text.READY_TIMED_OUT))


def is_the_belt_still(book: PhraseBook) -> Cue:
    """Ask for a pair of eyes, where the machine falls silent when it stops."""
    return Cue(CueKind.READY, book.say(Text.IS_THE_BELT_STILL))


def countdown(book: PhraseBook, seconds: int) -> Cue:
    """Count one second down to a start: ``Three``."""
    return Cue(CueKind.COUNTDOWN, sentence(book.number(seconds)))


def starting(book: PhraseBook, phase: PlannedPhase) -> Cue:
    """Say the action word after three, two, one."""
    way = book.ways[phase.heading.word]
    if phase.kind is PhaseKind.DIAGONAL and phase.side is not None:
        text = book.say(Text.GO_DIAGONALLY, way=way, side=book.sides[phase.side])
    elif phase.heading in (Heading.RIGHT, Heading.LEFT):
        text = book.say(Text.GO_SIDEWAYS, side=book.sides[leading_foot(phase.heading)])
    else:
        text = book.say(Text.GO, way=way)
    return Cue(CueKind.COUNTDOWN, text)


def speed_cue(book: PhraseBook, speed: Speed) -> Cue:
    """Say a speed, once, when the target changes."""
    return Cue(CueKind.SPEED, book.say(Text.SPEED, speed=book.speed(speed)))


# --- when the walk is interrupted ---------------------------------------------------------------


def paused(book: PhraseBook) -> Cue:
    """Say that the belt comes to rest for a pause."""
    return Cue(CueKind.PAUSE, book.say(Text.PAUSED))


def resume(book: PhraseBook, next_phase: PlannedPhase) -> Cue:
    """Say how a pause ends."""
    return Cue(CueKind.READY, book.say(Text.RESUME, facing=book.facing[next_phase.heading.word]))


def stopped(book: PhraseBook) -> Cue:
    """Say that the session was stopped by a person."""
    return Cue(CueKind.END, book.say(Text.STOPPED))


def completed(book: PhraseBook) -> Cue:
    """Say that the walk is over."""
    return Cue(CueKind.END, book.say(Text.COMPLETED))


def acknowledge(book: PhraseBook) -> Cue:
    """Say the three steps that lead on after a fault."""
    return Cue(CueKind.READY, book.say(Text.ACKNOWLEDGE))


def fault_cue(book: PhraseBook, fault: str, *, ramped: bool = False) -> Cue:
    """Say what is wrong: ``fault`` as events name it, ``ramped`` where the belt is slowed first."""
    otherwise = Text.FAULT_RAMP if ramped else Text.FAULT
    return Cue(CueKind.FAULT, book.fault(fault) or book.say(otherwise))


def pull_the_red_key(book: PhraseBook) -> Cue:
    """Say the one thing that is left when software cannot know that the belt stands."""
    return Cue(CueKind.FAULT, book.say(Text.RED_KEY))


def stale_warning(book: PhraseBook) -> Cue:
    """Say that reports have stopped coming, before that becomes a fault."""
    return Cue(CueKind.FAULT, book.say(Text.STALE))


# --- inside a phase -----------------------------------------------------------------------------


def leading_foot(heading: Heading) -> Side:
    """Return which foot leads a side-step: the one on the console's side (D3).

    Facing right, the console is on the left, and the belt carries the walker away from it.

    Raises:
        ValueError: when the heading is not sideways.

    """
    match heading:
        case Heading.RIGHT:
            return Side.LEFT
        case Heading.LEFT:
            return Side.RIGHT
        case _:
            raise ValueError(f"no side-step faces {heading.word}")


_CROSSOVER = {
    Crossover.NONE: Text.TECHNIQUE_SIDEWAYS,
    Crossover.FRONT: Text.TECHNIQUE_CROSS_FRONT,
    Crossover.BEHIND: Text.TECHNIQUE_CROSS_BEHIND,
    Crossover.ALTERNATING: Text.TECHNIQUE_CROSS_ALTERNATING,
}


def technique_cue(book: PhraseBook, phase: PlannedPhase) -> Cue | None:
    """Return how to set the feet in this phase; None in a forward one."""
    match phase.heading:
        case Heading.FORWARD:
            if phase.side is None:
                return None
            text = book.say(Text.TECHNIQUE_DIAGONAL, side=book.sides[phase.side])
        case Heading.BACKWARD:
            text = book.say(Text.TECHNIQUE_BACKWARD)
        case Heading.RIGHT | Heading.LEFT:
            lead = book.feet[leading_foot(phase.heading)]
            text = book.say(_CROSSOVER[phase.crossover], lead=lead)
    return Cue(CueKind.TECHNIQUE, text)


def posture_cue(book: PhraseBook, phase: PlannedPhase) -> Cue:
    """Return how to carry the body: upright, whatever the heading."""
    backward = phase.heading is Heading.BACKWARD
    text = Text.POSTURE_BACKWARD if backward else Text.POSTURE_SIDEWAYS
    return Cue(CueKind.POSTURE, book.say(text))


def predicted_reach_s(phase: PlannedPhase, start: Speed, latency_s: float = 0.0) -> float:
    """Predict when the belt reaches the speed of a phase, in seconds of its clock.

    ``start`` is the speed at which the machine starts: it is held until the start has settled.
    """
    rise = max(0, phase.speed.centi_kmh - start.centi_kmh)
    ramp = phase.limits.ramp_up_centi_kmh_per_s
    if rise == 0:
        return SETTLE_S
    return SETTLE_S + latency_s + rise / ramp if ramp > 0 else float("inf")


def phase_cues(
    book: PhraseBook,
    phase: PlannedPhase,
    next_phase: PlannedPhase | None,
    *,
    reached_s: float | None = None,
    on_rails: bool = True,
) -> tuple[tuple[float, Cue], ...]:
    """Return what is said in a phase, by the phase clock, in order.

    ``next_phase`` None: the walk ends with this one. ``reached_s``: when the belt reaches the speed
    of the phase, as the treadmill at hand has it (`predicted_reach_s`); None: as the plan has it.
    ``on_rails``: whether the hands are on the rails, where the arms cannot swing.

    The technique cue is due at 17 s and, backward, no later than 5 s after the belt has reached the
    speed of the phase. Where 17 s would be too late, because the speed is reached within 12 s or
    because the phase is too short, it is spoken at 8 s, in one breath with the posture cue.
    """
    reached_s = phase.reached_s if reached_s is None else reached_s
    ending = _ending(book, phase, next_phase)
    first_s = min((at_s for at_s, _ in ending), default=phase.duration_s)
    spoken = [(0.0, phase_speed_cue(book, phase))] if first_s >= 3 else []
    spoken += ending
    for at_s, cue in _lesser_cues(book, phase, reached_s, first_s, on_rails=on_rails):
        early_enough = at_s <= first_s - QUIET_BEFORE_ANNOUNCEMENT_S
        if early_enough and all(abs(at_s - other_s) >= QUIET_S for other_s, _ in spoken):
            spoken.append((at_s, cue))
    return tuple(sorted(spoken, key=lambda entry: (entry[0], entry[1].priority)))


def phase_speed_cue(book: PhraseBook, phase: PlannedPhase) -> Cue:
    """Say the speed of a phase, or the two ends of its ramp."""
    if phase.speed == phase.end_speed:
        return speed_cue(book, phase.speed)
    text = Text.SPEED_RISES if phase.end_speed > phase.speed else Text.SPEED_FALLS
    start, end = book.speed_number(phase.speed), book.speed(phase.end_speed)
    return Cue(CueKind.SPEED, book.say(text, start=start, speed=end))


def _ending(
    book: PhraseBook, phase: PlannedPhase, next_phase: PlannedPhase | None
) -> list[tuple[float, Cue]]:
    """Return the announcement and what counts down to the change."""
    lead_s = min(ANNOUNCE_S, int(phase.duration_s))
    announced_s = phase.duration_s - lead_s
    if next_phase is not None and next_phase.turn is None:
        if lead_s < 3:
            return []
        return [(announced_s, announce_change(book, phase, next_phase, lead_s))]
    cues: list[tuple[float, Cue]] = []
    if lead_s >= 3:
        if next_phase is None:
            cues.append((announced_s, announce_end(book, lead_s)))
        else:
            cues.append((announced_s, announce_turn(book, next_phase, lead_s)))
    if lead_s > 5:
        cues.append((phase.duration_s - 5, short_cue(book)))
    cues += [(phase.duration_s - left, tick(book, left)) for left in (3, 2, 1) if left < lead_s]
    return [*cues, (phase.duration_s, stopping(book))]


def _lesser_cues(
    book: PhraseBook,
    phase: PlannedPhase,
    reached_s: float | None,
    announced_s: float,
    *,
    on_rails: bool,
) -> list[tuple[float, Cue]]:
    """Return the lesser cues of a phase, those that matter most first."""
    last_s = announced_s - QUIET_BEFORE_ANNOUNCEMENT_S
    half_way = (phase.duration_s / 2, Cue(CueKind.TIME_LEFT, book.say(Text.HALF_WAY)))
    one_minute = (phase.duration_s - 60, Cue(CueKind.TIME_LEFT, book.say(Text.ONE_MINUTE)))
    times = [half_way, one_minute] if phase.duration_s >= _ONE_MINUTE_FROM_S else [half_way]
    technique = technique_cue(book, phase)
    if phase.heading is Heading.FORWARD or technique is None:
        cues = _forward_cues(phase, technique, last_s)
        return cues + times if phase.duration_s >= _HALF_WAY_FORWARD_S else cues

    posture = posture_cue(book, phase)
    rotation = [technique, *rotating_cues(book, phase, on_rails=on_rails)]
    backward = phase.heading is Heading.BACKWARD
    too_late = reached_s is not None and reached_s + _TECHNIQUE_WITHIN_S < _TECHNIQUE_S
    if (backward and too_late) or last_s < _TECHNIQUE_S:
        first = [(_POSTURE_S, in_one_breath(book, posture, technique))]
    else:
        first = [(_POSTURE_S, posture), (_TECHNIQUE_S, technique)]
    repeats: list[tuple[float, Cue]] = []
    for count in range(1, int(phase.duration_s // _REPEAT_S) + 1):
        repeats.append((_POSTURE_S + count * _REPEAT_S, posture))
        repeats.append((_TECHNIQUE_S + count * _REPEAT_S, rotation[count % len(rotation)]))
    return first + times + repeats


def _forward_cues(
    phase: PlannedPhase, technique: Cue | None, last_s: float
) -> list[tuple[float, Cue]]:
    """Return the author's own line and, in a diagonal, where to step."""
    cues = [] if technique is None else [(_POSTURE_S, technique)]
    if phase.cue is not None:
        at_s = _TECHNIQUE_S if last_s >= _TECHNIQUE_S else _POSTURE_S
        cues.append((at_s, Cue(CueKind.NOTE, phase.cue)))
    return cues


def in_one_breath(book: PhraseBook, posture: Cue, technique: Cue) -> Cue:
    """Say both in one, where there is no time for two."""
    both = {"posture": posture.text, "technique": technique.text}
    return Cue(CueKind.TECHNIQUE, book.say(Text.POSTURE_AND_TECHNIQUE, **both))


def rotating_cues(book: PhraseBook, phase: PlannedPhase, *, on_rails: bool = True) -> list[Cue]:
    """Return what takes turns with the technique cue in a long phase."""
    texts = [book.say(Text.EVEN_STEPS), book.say(Text.LAND_SOFTLY)]
    if phase.side is not None:
        texts.insert(0, book.say(Text.TECHNIQUE_DIAGONAL, side=book.sides[phase.side]))
    if phase.heading is Heading.BACKWARD:
        texts.append(book.say(Text.NECK))
        if not on_rails:
            texts.append(book.say(Text.ARMS))
    return [Cue(CueKind.TECHNIQUE, text) for text in texts]


# --- what is spoken -----------------------------------------------------------------------------


class CueGate:
    """Decide which of the cues that come due are spoken; keeps the time of the last one.

    Whatever is not a lesser cue always passes, the most urgent first. A lesser cue within 8 s after
    another is dropped: said late, it would be wrong.
    """

    def __init__(self) -> None:
        self._last_s: float | None = None

    def offer(self, now_s: float, cues: Iterable[Cue]) -> tuple[Cue, ...]:
        """Return the cues to speak now, in the order in which to speak them."""
        spoken: list[Cue] = []
        for cue in sorted(cues, key=lambda cue: cue.priority):
            if cue.lesser and (spoken or self._quiet(now_s)):
                continue
            spoken.append(cue)
        if spoken:
            self._last_s = now_s
        return tuple(spoken)

    def _quiet(self, now_s: float) -> bool:
        # Times are sums of binary fractions: 8 s may come out a hair short.
        return self._last_s is not None and now_s - self._last_s < QUIET_S - 1e-6
