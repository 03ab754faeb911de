"""The pre-flight: what has to be asked before a walk on a real treadmill, and what it comes to.

Pure: it is given the plan, the person and the day. A walk is cleared only when every question that
it needs has the answer that it needs; an answer that is missing, or is none of those allowed, has
not been given. What the answers say of caution goes into the profile, for the plan to be made again
with: in that profile a cap is the same or lower, never higher.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from quarterturn import questions
from quarterturn.caps import ADULT_AGE, BASES, cap_row
from quarterturn.model import Heading
from quarterturn.person import NOBODY, Acknowledgement, Answers, Person
from quarterturn.plan import Plan, PlannedPhase
from quarterturn.profiles import DEFAULT_PROFILE, CueChannel, Profile
from quarterturn.questions import LOW, NO, YES, Blocks, Question, Topic
from quarterturn.units import LEVEL, Speed

LESSON: Final = "First lesson"
"""The name of the shipped workout that comes before any other with phases that are not forward."""
NOVICE_SESSIONS: Final = 6
"""After as many sessions on record nobody is asked any more whether they are new to this."""
INACTIVE_AGE: Final = 70
"""From this age on it matters whether somebody has moved little."""

_LESSON_SPEED, _LESSON_S = Speed(80), 30.0
_EXPERIENCED = "home-experienced"
_UNFINISHED = "The questions were not answered to the end."

Given = Mapping[Topic, str]
Section = tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Cleared:
    """The walk may start, with this confirmed cue channel."""

    cue_channel: CueChannel
    cautious: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """This walk does not start now, and why."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForwardOnly:
    """No walk with phases that are not forward starts, and why; forward workouts are offered."""

    reasons: tuple[str, ...]


Verdict = Cleared | Refused | ForwardOnly


@dataclass(frozen=True, slots=True)
class Situation:
    """Who wants to walk what, and when.

    ``folder``: where profiles of one's own are kept. ``no_voice``: why the voice cannot be a way
    for cues here; None offers it, and then a beep and the cue to try it with have to be played
    before `Topic.CUE_CONFIRMED` is asked.
    """

    plan: Plan
    profile: Profile
    person: Person
    today: date
    folder: str = "the configuration folder"
    no_voice: str | None = questions.NO_VOICE

    @property
    def all_forward(self) -> bool:
        """Whether the walker faces the console and steps straight ahead throughout."""
        return all(_is_forward(phase) for phase in self.plan.phases)


@dataclass(frozen=True, slots=True)
class PreflightResult:
    """What the pre-flight came to.

    ``person`` is to be saved whatever the verdict. ``profile`` is to make the plan with again.
    ``spotter``: somebody stands by. ``notes`` say what the answers changed.
    """

    verdict: Verdict
    person: Person
    profile: Profile
    spotter: bool
    notes: tuple[str, ...] = ()

    @property
    def cue_channel(self) -> CueChannel | None:
        """The confirmed cue channel; None where the walk is not cleared."""
        return self.verdict.cue_channel if isinstance(self.verdict, Cleared) else None

    def journalled(self) -> dict[str, object]:
        """Return what the journal keeps: nothing of anybody's health but that caution is due."""
        match self.verdict:
            case Cleared(cue_channel=channel, cautious=cautious):
                return {
                    "cleared": True,
                    "cue_channel": channel.value,
                    "cautious": cautious,
                    "spotter": self.spotter,
                }
            case Refused() | ForwardOnly():
                return {"cleared": False}


def next_question(situation: Situation, answers: Given) -> Question | None:
    """Return what to ask next; None when the verdict stands, be it good or bad."""
    if _lesson_comes_first(situation):
        return None
    known = _known(situation, answers)
    for section in _sections(situation, known):
        for question in section:
            if not _answered(question, known, situation):
                return question
        if any(_is_blocked(question, known) for question in section):
            return None
    return None


def conclude(situation: Situation, answers: Given) -> PreflightResult:
    """Return the verdict on a set of answers, complete or not, and all that follows from them."""
    known = _known(situation, answers)
    profile = _adjusted_profile(situation, known)
    return PreflightResult(
        verdict=_verdict(situation, known),
        person=_updated_person(situation, answers, known),
        profile=profile,
        spotter=known.get(Topic.SPOTTER) == YES,
        notes=tuple(_notes(situation, profile)),
    )


def is_lesson(plan: Plan) -> bool:
    """Say whether a plan is the first lesson: by its name, and by being as gentle as that is."""
    turned = [phase for phase in plan.phases if not _is_forward(phase)]
    return (
        plan.workout == LESSON
        and any(phase.heading is Heading.BACKWARD for phase in turned)
        and all(
            max(phase.speed, phase.end_speed) <= _LESSON_SPEED
            and phase.duration_s <= _LESSON_S
            and phase.incline == LEVEL
            for phase in turned
        )
    )


def _lesson_comes_first(situation: Situation) -> bool:
    lesson_done = situation.person.lesson is not None
    return not (situation.all_forward or lesson_done or is_lesson(situation.plan))


def _is_forward(phase: PlannedPhase) -> bool:
    return cap_row(phase.kind, phase.heading, phase.crossover, phase.incline).is_forward


# --- which questions -------------------------------------------------------------------------


def _sections(situation: Situation, known: Given) -> Iterator[Section]:
    """Yield the questions that apply, in order; a section that blocks ends the dialogue.

    First what can end it at once, then what takes thought, and last what is done at the machine.
    """
    person, forward = situation.person, situation.all_forward
    if forward:
        if not _is_surely_adult(situation):
            yield (questions.OF_AGE[0],)
        yield questions.TODAY
    else:
        if person != NOBODY:
            yield (questions.same_person_question(situation.folder),)
        yield questions.TODAY
        if not _acknowledged(situation):
            yield (questions.ACKNOWLEDGED,)
        if _recorded(situation):
            yield (questions.CHANGED,)
        yield tuple(_of_age(situation))
        yield tuple(_readiness(situation, known))
        if known.get(Topic.ACTIVE) == NO and person.lesson is None:
            yield (questions.FORWARD_FIRST,)
        if person.practised is None:
            yield (questions.PRACTISED,)
    yield questions.CHECKLIST
    cautious = _is_cautious(situation, known)
    if not forward:
        yield (questions.spotter_question(required=_needs_spotter(situation, known)),)
    no_voice = situation.no_voice
    channels = _channels(known, forward=forward, cautious=cautious, voice=no_voice is None)
    yield (questions.channel_question(channels, situation.profile.cue_channel, no_voice),)
    channel = known.get(Topic.CUE_CHANNEL)
    if channel in channels:
        yield (questions.confirm_question(CueChannel(channel), all_forward=forward),)
    yield (questions.STOP_PRESSED, questions.READY_PRESSED)


def _of_age(situation: Situation) -> Iterator[Question]:
    for question in questions.OF_AGE:
        if question.topic is not Topic.BIRTH_YEAR or situation.profile.birth_year is None:
            yield question


def _readiness(situation: Situation, known: Given) -> Iterator[Question]:
    age = _adjusted_profile(situation, known).age(situation.today.year)
    novice = situation.person.sessions < NOVICE_SESSIONS
    applies = {
        Topic.INACTIVE: age is not None and age >= INACTIVE_AGE,
        Topic.EXPERIENCED: situation.profile.base.name == _EXPERIENCED and novice,
    }
    for question in questions.READINESS:
        if applies.get(question.topic, True):
            yield question


def _channels(
    known: Given, *, forward: bool, cautious: bool, voice: bool
) -> tuple[CueChannel, ...]:
    channels = [CueChannel.VOICE] if voice else []
    channels.append(CueChannel.SCREEN_READER)
    if forward or known.get(Topic.SPOTTER) == YES:
        channels.append(CueChannel.SPOTTER)
    # Who has to be careful hears the cues and does not have to look for them.
    if forward or not cautious:
        channels.append(CueChannel.VISUAL)
    return tuple(channels)


# --- what is known ---------------------------------------------------------------------------


def _known(situation: Situation, answers: Given) -> Given:
    """Return the answers of today over those on record, and what the profile says over both."""
    known: dict[Topic, str] = {}
    if answers.get(Topic.CHANGED) != YES:
        known.update(_recorded(situation))
    known.update(answers)
    profile = situation.profile
    for topic, is_so in (
        (Topic.KNEE_INJURY, profile.knee_injury),
        (Topic.BACK_OR_KNEE, profile.back_or_knee_problem),
        (Topic.BALANCE, profile.balance_problem),
    ):
        if is_so:
            known[topic] = YES
    if any(situation.today.year - year < ADULT_AGE for year in _birth_years(situation, known)):
        known[Topic.ADULT] = NO
    return known


def _recorded(situation: Situation) -> Given:
    """Return the answers on record that still count.

    A walk that is forward throughout asks nothing of the kind; there the old ones do for caution.
    """
    answers = situation.person.answers
    if answers is None:
        return {}
    if not situation.all_forward and (
        answers.questions_hash != questions.READINESS_HASH
        or not _within_a_year(answers.on, situation.today)
    ):
        return {}
    year = situation.today.year
    return {
        topic: answers.given[topic]
        for topic, question in questions.READINESS_TOPICS.items()
        if topic in answers.given and question.accepts(answers.given[topic], year)
    }


def _acknowledged(situation: Situation) -> bool:
    on_record = situation.person.acknowledged
    return (
        on_record is not None
        and on_record.text_hash == questions.RISKS_HASH
        and _within_a_year(on_record.on, situation.today)
    )


def _within_a_year(day: date, today: date) -> bool:
    """Say whether less than a year has passed; a day in the future is a clock that was wrong."""
    try:
        due = day.replace(year=day.year + 1)
    except ValueError:  # 29 February, or the last year there is
        due = day.replace(day=28, year=min(day.year + 1, date.max.year))
    return day <= today < due


def _birth_years(situation: Situation, known: Given) -> list[int]:
    years = []
    if situation.profile.birth_year is not None:
        years.append(situation.profile.birth_year)
    answer, question = known.get(Topic.BIRTH_YEAR), questions.OF_AGE[1]
    if answer is not None and question.accepts(answer, situation.today.year):
        years.append(int(answer))
    return years


def _is_surely_adult(situation: Situation) -> bool:
    """Say whether age needs no question: whoever turns 18 in this year may not be it yet."""
    years = _birth_years(situation, _recorded(situation))
    return bool(years) and situation.today.year - max(years) > ADULT_AGE


# --- what follows ----------------------------------------------------------------------------


def _answered(question: Question, known: Given, situation: Situation) -> bool:
    answer = known.get(question.topic)
    return answer is not None and question.accepts(answer, situation.today.year)


def _is_blocked(question: Question, known: Given) -> bool:
    answer = known.get(question.topic)
    return question.wanted is not None and answer is not None and answer != question.wanted


def _verdict(situation: Situation, known: Given) -> Verdict:
    if _lesson_comes_first(situation):
        return Refused((questions.LESSON_FIRST,))
    for section in _sections(situation, known):
        given = [question for question in section if _answered(question, known, situation)]
        blocking = [question for question in given if _is_blocked(question, known)]
        refusing = tuple(it.otherwise for it in blocking if it.blocks is Blocks.WALK)
        if refusing:
            return Refused(refusing)
        if len(given) < len(section):
            return Refused((_UNFINISHED,))
        if blocking:
            reasons = tuple(question.otherwise for question in blocking)
            is_health = any(it.topic in questions.READINESS_TOPICS for it in blocking)
            return ForwardOnly((*reasons, *([questions.ASK_A_PROFESSIONAL] if is_health else [])))
    return Cleared(CueChannel(known[Topic.CUE_CHANNEL]), _is_cautious(situation, known))


def _is_cautious(situation: Situation, known: Given) -> bool:
    return _adjusted_profile(situation, known).is_cautious(situation.today.year)


def _needs_spotter(situation: Situation, known: Given) -> bool:
    is_cautious = _is_cautious(situation, known)
    return situation.plan.spotter_required or situation.profile.base.spotter or is_cautious


def _adjusted_profile(situation: Situation, known: Given) -> Profile:
    """Return the profile with what the answers add to it; nothing is ever taken away.

    Little strength, little coordination and a balance check that did not go well count as a balance
    problem: the caps know no other word for it.
    """
    profile = situation.profile
    knee = profile.knee_injury or known.get(Topic.KNEE_INJURY) == YES
    balance = (
        known.get(Topic.BALANCE) == YES
        or known.get(Topic.BALANCE_CHECK) == NO
        or LOW in (known.get(Topic.STRENGTH), known.get(Topic.COORDINATION))
    )
    return replace(
        profile,
        base=BASES[DEFAULT_PROFILE] if _is_novice(situation, known) else profile.base,
        birth_year=min(_birth_years(situation, known), default=None),
        balance_problem=profile.balance_problem or balance,
        back_or_knee_problem=profile.back_or_knee_problem
        or knee
        or known.get(Topic.BACK_OR_KNEE) == YES,
        knee_injury=knee,
    )


def _is_novice(situation: Situation, known: Given) -> bool:
    """Say whether somebody who chose the experienced profile is new to walking this way."""
    return (
        situation.profile.base.name == _EXPERIENCED
        and not situation.all_forward
        and situation.person.sessions < NOVICE_SESSIONS
        and known.get(Topic.EXPERIENCED) != YES
    )


def _notes(situation: Situation, profile: Profile) -> Iterator[str]:
    if situation.all_forward:
        return
    if profile.base is not situation.profile.base:
        base = profile.base.name
        yield f"The caps are those of {base} for your first {NOVICE_SESSIONS} sessions."
    if profile.is_cautious(situation.today.year):
        yield (
            "Your age or your answers call for caution: lower caps in phases that are not forward, "
            "and somebody who stands by."
        )


def _updated_person(situation: Situation, answers: Given, known: Given) -> Person:
    """Return the person with what is worth remembering of today's answers."""
    person, today = situation.person, situation.today
    if situation.all_forward or answers.get(Topic.SAME_PERSON) == NO:
        return person
    if answers.get(Topic.ACKNOWLEDGED) == YES:
        person = replace(person, acknowledged=Acknowledgement(questions.RISKS_HASH, today))
    if answers.get(Topic.PRACTISED) == YES:
        person = replace(person, practised=today)
    if answers.get(Topic.CHANGED) == YES:
        # Should the new answers never come, the old ones must not count in their place.
        person = replace(person, answers=None)
    asked = (*_of_age(situation), *_readiness(situation, known))
    complete = all(_answered(question, known, situation) for question in asked)
    if not complete or known.get(Topic.ADULT) == NO:
        return person
    recorded = {} if answers.get(Topic.CHANGED) == YES else dict(_recorded(situation))
    given = recorded | {
        topic: answers[topic] for topic in questions.READINESS_TOPICS if topic in answers
    }
    if recorded and given == recorded:
        return person
    # A question that came on top does not make the other answers any younger.
    on = person.answers.on if recorded and person.answers is not None else today
    kept = MappingProxyType({topic.value: answer for topic, answer in given.items()})
    return replace(person, answers=Answers(questions.READINESS_HASH, on, kept))
