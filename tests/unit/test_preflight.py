"""What has to be answered before a walk, and that nothing less clears it."""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn import questions
from quarterturn.caps import BASES
from quarterturn.model import Capabilities, Heading, PhaseKind, SpeedRange
from quarterturn.person import NOBODY, Acknowledgement, Answers, Person
from quarterturn.plan import Plan, PlanRefused, make_plan
from quarterturn.preflight import (
    Cleared,
    ForwardOnly,
    PreflightResult,
    Refused,
    Situation,
    conclude,
    is_lesson,
    next_question,
)
from quarterturn.profiles import CueChannel, Profile, base_profile
from quarterturn.questions import Kind, Topic
from quarterturn.units import LEVEL, Incline, Speed
from quarterturn.workout.files import load_workout

TODAY = date(2026, 11, 20)
BEGINNER, EXPERIENCED, CLINIC = (base_profile(name) for name in BASES)
MACHINE = Capabilities(SpeedRange(Speed(50), Speed(1600), Speed(10)), None)


def plan_of(workout: str, profile: Profile = BEGINNER) -> Plan:
    return make_plan(load_workout(workout), profile, MACHINE, year=TODAY.year)


CIRCLE, LESSON, FORWARD = (plan_of(name) for name in ("circle", "first-lesson", "forward-base"))

TODAY_AND_CHECKLIST = {
    Topic.PAIN_TODAY: "no",
    Topic.DIZZY_TODAY: "no",
    Topic.UNWELL_TODAY: "no",
    Topic.CLEAR_BEHIND: "yes",
    Topic.CLEAR_BESIDE: "yes",
    Topic.NOBODY_NEAR: "yes",
    Topic.BELT_CLEAR: "yes",
    Topic.RED_KEY_CLIPPED: "yes",
    Topic.RED_KEY_TRIED: "yes",
    Topic.CUE_CONFIRMED: "yes",
    Topic.STOP_PRESSED: "pressed",
    Topic.READY_PRESSED: "pressed",
}
"""What every walk needs, whatever else is known."""

HEALTHY = {
    Topic.ADULT: "yes",
    Topic.BIRTH_YEAR: "1986",
    Topic.HEART: "no",
    Topic.CHEST_PAIN: "no",
    Topic.DIZZINESS: "no",
    Topic.PREGNANT: "no",
    Topic.OTHER_REASON: "no",
    Topic.KNEE_INJURY: "no",
    Topic.BACK_OR_KNEE: "no",
    Topic.BALANCE: "no",
    Topic.STRENGTH: "good",
    Topic.COORDINATION: "fair",
    Topic.BALANCE_CHECK: "yes",
    Topic.ACTIVE: "yes",
}

FIRST_TIME = (
    TODAY_AND_CHECKLIST
    | HEALTHY
    | {
        Topic.ACKNOWLEDGED: "yes",
        Topic.PRACTISED: "yes",
        Topic.SPOTTER: "no",
        Topic.CUE_CHANNEL: "visual",
    }
)
"""Whoever walks the first lesson, healthy, alone, before a mirror."""

EACH_TIME = TODAY_AND_CHECKLIST | {
    Topic.SAME_PERSON: "yes",
    Topic.CHANGED: "no",
    Topic.SPOTTER: "no",
    Topic.CUE_CHANNEL: "visual",
}

KNOWN = Person(
    acknowledged=Acknowledgement(questions.RISKS_HASH, TODAY),
    answers=Answers(
        questions.READINESS_HASH, TODAY, {topic.value: text for topic, text in HEALTHY.items()}
    ),
    practised=TODAY,
    lesson=TODAY,
    sessions=1,
)
"""Somebody who has done all of it before."""


def situation(
    plan: Plan = LESSON, profile: Profile = BEGINNER, person: Person = NOBODY, today: date = TODAY
) -> Situation:
    return Situation(plan, profile, person, today)


def asked(where: Situation, answers: Mapping[Topic, str]) -> list[Topic]:
    """Return what is asked, in order, of somebody who would answer so."""
    given: dict[Topic, str] = {}
    while (question := next_question(where, given)) is not None:
        assert question.topic not in given, "asked twice"
        if not question.accepts(answers.get(question.topic, ""), where.today.year):
            return [*given, question.topic]
        given[question.topic] = answers[question.topic]
    return list(given)


def outcome(
    answers: Mapping[Topic, str], where: Situation | None = None, **changes: str
) -> PreflightResult:
    """Lead the whole dialogue; what is not asked is not given."""
    where = where or situation()
    answers = dict(answers) | {Topic(topic): answer for topic, answer in changes.items()}
    topics = asked(where, answers)
    return conclude(where, {topic: answers[topic] for topic in topics if topic in answers})


def reasons(result: PreflightResult) -> str:
    assert isinstance(result.verdict, Refused | ForwardOnly)
    return " ".join(result.verdict.reasons)


# --- the first time --------------------------------------------------------------------------


def test_a_new_person_answers_everything_and_is_cleared_for_the_first_lesson() -> None:
    # req: S000-02, S001-03, S002-08
    result = outcome(FIRST_TIME)
    assert result.verdict == Cleared(CueChannel.VISUAL, cautious=False)
    assert set(asked(situation(), FIRST_TIME)) == set(FIRST_TIME)
    assert result.cue_channel is CueChannel.VISUAL
    assert result.notes == ()


@pytest.mark.parametrize("topic", FIRST_TIME)
def test_a_question_left_out_clears_nobody(topic: Topic) -> None:
    # req: S000-02
    given = {other: answer for other, answer in FIRST_TIME.items() if other is not topic}
    result = conclude(situation(), given)
    assert isinstance(result.verdict, Refused)
    assert "not answered to the end" in reasons(result)


@pytest.mark.parametrize("answer", ["", "YES", "Yes ", "y", "maybe", "yes no"])
def test_an_answer_that_is_not_allowed_was_not_given(answer: str) -> None:
    result = conclude(situation(), FIRST_TIME | {Topic.RED_KEY_CLIPPED: answer})
    assert isinstance(result.verdict, Refused)


MANDATORY = TODAY_AND_CHECKLIST | {
    topic: HEALTHY[topic]
    for topic in (
        Topic.ADULT,
        Topic.HEART,
        Topic.CHEST_PAIN,
        Topic.DIZZINESS,
        Topic.PREGNANT,
        Topic.OTHER_REASON,
        Topic.KNEE_INJURY,
    )
}

ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        topic: st.sampled_from([answer] * 12 + ["yes", "no", "low", "skip", "spotter", "1950", "x"])
        for topic, answer in (FIRST_TIME | EACH_TIME).items()
    }
    | {
        Topic.INACTIVE: st.sampled_from(["no", "no", "yes"]),
        Topic.FORWARD_FIRST: st.sampled_from(["no", "no", "yes"]),
        Topic.EXPERIENCED: st.sampled_from(["no", "yes"]),
    },
)
NEARLY_ALL = ANSWERS.map(lambda given: FIRST_TIME | EACH_TIME | given)
PROFILES = st.builds(
    replace,
    st.sampled_from([BEGINNER, EXPERIENCED, CLINIC]),
    birth_year=st.none() | st.integers(1930, 2015),
    balance_problem=st.booleans(),
    back_or_knee_problem=st.booleans(),
    knee_injury=st.booleans(),
)
DAYS = st.dates(date(2025, 11, 1), date(2027, 1, 1))
PERSONS = st.builds(
    Person,
    st.none()
    | st.builds(Acknowledgement, st.sampled_from([questions.RISKS_HASH, "another text"]), DAYS),
    st.none()
    | st.builds(
        Answers,
        st.sampled_from([questions.READINESS_HASH, "other questions"]),
        DAYS,
        NEARLY_ALL.map(lambda given: {topic.value: answer for topic, answer in given.items()}),
    ),
    st.none() | DAYS,
    st.none() | DAYS,
    st.integers(0, 8),
)
SITUATIONS = st.builds(situation, st.sampled_from([CIRCLE, LESSON]), PROFILES, PERSONS)


@given(SITUATIONS, ANSWERS | NEARLY_ALL)
def test_no_answers_whatever_clear_a_walk_without_every_mandatory_one(
    where: Situation, answers: dict[Topic, str]
) -> None:
    # req: S000-02, S000-29, S000-31, S001-08, S002-08, S003-18, S003-23, S004-15
    result = conclude(where, answers)
    if not isinstance(result.verdict, Cleared):
        return
    person, stored = where.person, where.person.answers
    kept: Mapping[str, str] = {}
    if stored is not None and answers.get(Topic.CHANGED) == "no":
        assert stored.questions_hash == questions.READINESS_HASH
        kept = stored.given
    for topic, wanted in MANDATORY.items():
        outlives = topic in HEALTHY
        assert (answers.get(topic) or (kept.get(topic) if outlives else None)) == wanted
    assert not where.profile.knee_injury
    assert where.plan is LESSON or person.lesson is not None
    assert person == NOBODY or answers[Topic.SAME_PERSON] == "yes"
    assert person.practised is not None or answers[Topic.PRACTISED] == "yes"
    if answers.get(Topic.ACKNOWLEDGED) != "yes":
        assert person.acknowledged is not None
        assert person.acknowledged.text_hash == questions.RISKS_HASH
    age = result.profile.age(TODAY.year)
    assert age is not None
    assert age >= 18
    channel = answers[Topic.CUE_CHANNEL]
    assert result.verdict.cue_channel == channel
    if result.verdict.cautious or where.profile.base is BASES["clinic"]:
        assert answers[Topic.SPOTTER] == "yes"
    if result.verdict.cautious:
        assert channel != "visual"
    if channel == "spotter":
        assert answers[Topic.SPOTTER] == "yes"


@given(SITUATIONS, ANSWERS | NEARLY_ALL)
def test_the_dialogue_ends_with_the_verdict_and_asks_nothing_twice(
    where: Situation, answers: dict[Topic, str]
) -> None:
    given: dict[Topic, str] = {}
    for _ in range(len(Topic) + 1):
        question = next_question(where, given)
        if question is None:
            break
        assert question.topic not in given
        answer = answers.get(question.topic, "")
        if not question.accepts(answer, TODAY.year):
            answer = "1990" if question.kind is Kind.YEAR else question.allowed[0]
        given[question.topic] = answer
    else:
        raise AssertionError("it never ends")
    verdict = conclude(where, given).verdict
    assert isinstance(verdict, Cleared | ForwardOnly) or "answered to the end" not in str(verdict)


# --- what the answers come to ----------------------------------------------------------------


@pytest.mark.parametrize("topic", [Topic.PAIN_TODAY, Topic.DIZZY_TODAY, Topic.UNWELL_TODAY])
@pytest.mark.parametrize("plan", [LESSON, FORWARD])
def test_nobody_starts_on_a_day_with_pain_or_dizziness(topic: Topic, plan: Plan) -> None:
    result = outcome(FIRST_TIME, situation(plan), **{topic: "yes"})
    assert isinstance(result.verdict, Refused)
    assert "Not today." in reasons(result)


@pytest.mark.parametrize(
    "topic",
    [
        Topic.HEART,
        Topic.CHEST_PAIN,
        Topic.DIZZINESS,
        Topic.PREGNANT,
        Topic.OTHER_REASON,
        Topic.KNEE_INJURY,
    ],
)
def test_a_yes_about_health_leaves_forward_walking_and_a_professional_to_ask(topic: Topic) -> None:
    # req: S000-29, S004-03
    result = outcome(FIRST_TIME, **{topic: "yes"})
    assert isinstance(result.verdict, ForwardOnly)
    assert "Ask a doctor or a physiotherapist" in reasons(result)
    again = outcome(
        EACH_TIME, situation(CIRCLE, person=replace(KNOWN, answers=result.person.answers))
    )
    assert isinstance(again.verdict, ForwardOnly)


def test_several_reasons_are_all_named_and_the_professional_once() -> None:
    verdict = outcome(FIRST_TIME, heart="yes", pregnant="yes").verdict
    assert isinstance(verdict, ForwardOnly)
    assert verdict.reasons == (
        "You have had trouble with your heart or circulation.",
        "You are or may be pregnant.",
        questions.ASK_A_PROFESSIONAL,
    )


def test_from_seventy_on_it_matters_to_have_moved_little() -> None:
    spotted = FIRST_TIME | {Topic.SPOTTER: "yes", Topic.CUE_CHANNEL: "spotter"}
    older = spotted | {Topic.BIRTH_YEAR: "1956", Topic.INACTIVE: "no"}
    assert isinstance(outcome(older).verdict, Cleared)
    assert isinstance(outcome(older, inactive="yes").verdict, ForwardOnly)
    assert Topic.INACTIVE not in asked(situation(), FIRST_TIME | {Topic.BIRTH_YEAR: "1957"})


@pytest.mark.parametrize("changes", [{"adult": "no"}, {"birth_year": "2009"}])
def test_minors_are_refused_whatever_they_answer_otherwise(changes: dict[str, str]) -> None:
    result = outcome(FIRST_TIME, **changes)
    assert isinstance(result.verdict, Refused)
    assert "adults" in reasons(result)
    assert result.person.answers is None


def test_a_forward_walk_is_for_adults_too() -> None:
    assert isinstance(outcome(FIRST_TIME, situation(FORWARD), adult="no").verdict, Refused)
    minor = replace(BEGINNER, birth_year=2010)
    assert isinstance(outcome(FIRST_TIME, situation(FORWARD, minor)).verdict, Refused)


CAUTION: list[dict[str, str]] = [
    {"balance": "yes"},
    {"balance_check": "no"},
    {"strength": "low"},
    {"coordination": "low"},
    {"back_or_knee": "yes"},
    {"birth_year": "1961"},
]


@pytest.mark.parametrize("changes", CAUTION)
def test_age_balance_back_and_knees_call_for_caution_and_a_spotter(changes: dict[str, str]) -> None:
    # req: S000-02, S000-15, S000-27, S003-18, S003-23
    alone = outcome(FIRST_TIME, **changes)
    assert isinstance(alone.verdict, Refused)
    assert "Somebody has to stand by" in reasons(alone)

    spotted = outcome(FIRST_TIME, spotter="yes", cue_channel="screen-reader", **changes)
    assert spotted.verdict == Cleared(CueChannel.SCREEN_READER, cautious=True)
    assert spotted.profile.is_cautious(TODAY.year)
    assert spotted.spotter
    assert "caution" in " ".join(spotted.notes)

    by_sight = outcome(FIRST_TIME, spotter="yes", **changes)
    assert isinstance(by_sight.verdict, Refused), "a cautious walk is heard, not only seen"


def test_the_balance_check_is_optional() -> None:
    # req: S000-15
    result = outcome(FIRST_TIME, balance_check="skip")
    assert result.verdict == Cleared(CueChannel.VISUAL, cautious=False)


def test_the_clinic_needs_somebody_who_stands_by_and_a_beginner_is_advised() -> None:
    # req: S003-23
    lesson = plan_of("first-lesson", CLINIC)
    assert isinstance(outcome(FIRST_TIME, situation(lesson, CLINIC)).verdict, Refused)
    with_spotter = outcome(FIRST_TIME, situation(lesson, CLINIC), spotter="yes")
    assert with_spotter.verdict == Cleared(CueChannel.VISUAL, cautious=False)
    assert "advised" in questions.spotter_question(required=False).text


def test_whoever_moves_little_is_offered_a_forward_base_and_may_decline() -> None:
    # req: S000-30
    offered = outcome(FIRST_TIME, active="no", forward_first="yes")
    assert isinstance(offered.verdict, ForwardOnly)
    assert "forward-base" in reasons(offered)
    assert "doctor" not in reasons(offered)
    assert isinstance(outcome(FIRST_TIME, active="no", forward_first="no").verdict, Cleared)
    inactive = HEALTHY | {Topic.ACTIVE: "no"}
    known = replace(KNOWN, answers=Answers(questions.READINESS_HASH, TODAY, inactive))
    assert Topic.FORWARD_FIRST not in asked(situation(CIRCLE, person=known), EACH_TIME)


def test_practice_off_the_treadmill_comes_first_and_is_asked_once() -> None:
    # req: S004-15
    result = outcome(FIRST_TIME, practised="no")
    assert isinstance(result.verdict, Refused)
    assert "hallway" in reasons(result)
    assert result.person.practised is None
    assert outcome(FIRST_TIME).person.practised == TODAY
    assert Topic.PRACTISED not in asked(situation(CIRCLE, person=KNOWN), EACH_TIME)


@pytest.mark.parametrize(
    "workout", ["circle", "side-steps", "backward-intervals", "backward-uphill-intervals"]
)
def test_the_first_lesson_comes_before_any_other_workout_that_is_not_forward(workout: str) -> None:
    # req: S001-08, S003-01
    no_lesson = situation(plan_of(workout), person=replace(KNOWN, lesson=None))
    assert next_question(no_lesson, {}) is None
    result = conclude(no_lesson, FIRST_TIME | EACH_TIME)
    assert isinstance(result.verdict, Refused)
    assert "first-lesson" in reasons(result)
    known = situation(plan_of(workout), person=KNOWN)
    assert isinstance(outcome(EACH_TIME, known).verdict, Cleared)


@pytest.mark.parametrize("profile", [BEGINNER, EXPERIENCED, CLINIC])
@pytest.mark.parametrize("cautious", [False, True])
def test_the_shipped_first_lesson_is_the_lesson_and_no_other_workout_is(
    profile: Profile, cautious: bool
) -> None:
    profile = replace(profile, balance_problem=cautious)
    assert is_lesson(make_plan(load_workout("first-lesson"), profile, None))
    assert not is_lesson(make_plan(load_workout("circle"), profile, None))


@pytest.mark.parametrize(
    "change",
    [
        {"speed": Speed(90), "end_speed": Speed(90)},
        {"end_speed": Speed(90)},
        {"duration_s": 31.0},
        {"incline": Incline(5)},
    ],
)
def test_a_workout_is_not_the_lesson_by_its_name_alone(change: dict[str, Any]) -> None:
    # req: S001-08
    assert is_lesson(LESSON)
    for index, phase in enumerate(LESSON.phases):
        if phase.heading is not Heading.FORWARD:
            phases = list(LESSON.phases)
            phases[index] = replace(phase, **change)
            assert not is_lesson(replace(LESSON, phases=tuple(phases)))
    forward = tuple(it for it in LESSON.phases if it.heading is Heading.FORWARD)
    assert not is_lesson(replace(LESSON, phases=forward))
    assert not is_lesson(replace(LESSON, workout="Circle"))


@pytest.mark.parametrize(
    ("topic", "word"),
    [
        (Topic.CLEAR_BEHIND, "2 metres"),
        (Topic.CLEAR_BESIDE, "both sides"),
        (Topic.NOBODY_NEAR, "within reach"),
        (Topic.BELT_CLEAR, "off the belt"),
        (Topic.RED_KEY_CLIPPED, "Clip"),
        (Topic.RED_KEY_TRIED, "Try the red key"),
    ],
)
@pytest.mark.parametrize("plan", [LESSON, FORWARD])
def test_nothing_starts_with_an_item_of_the_checklist_open(
    plan: Plan, topic: Topic, word: str
) -> None:
    # req: S002-08, S003-22
    result = outcome(FIRST_TIME, situation(plan), **{topic: "no"})
    assert isinstance(result.verdict, Refused)
    assert word in reasons(result)


def test_all_that_is_open_on_the_checklist_is_named_at_once() -> None:
    verdict = outcome(FIRST_TIME, clear_behind="no", red_key_tried="no").verdict
    assert isinstance(verdict, Refused)
    assert len(verdict.reasons) == 2


def test_a_cue_channel_is_chosen_and_has_to_be_confirmed() -> None:
    assert isinstance(outcome(FIRST_TIME, cue_confirmed="no").verdict, Refused)
    assert isinstance(
        conclude(situation(), FIRST_TIME | {Topic.CUE_CHANNEL: "voice"}).verdict, Refused
    )
    alone = conclude(situation(), FIRST_TIME | {Topic.CUE_CHANNEL: "spotter"})
    assert isinstance(alone.verdict, Refused), "nobody is there to read them out"
    result = outcome(FIRST_TIME, spotter="yes", cue_channel="spotter")
    assert result.journalled() == {
        "cleared": True,
        "cue_channel": "spotter",
        "cautious": False,
        "spotter": True,
    }


def test_the_voice_is_a_way_for_cues_where_it_can_be_played_and_was_heard() -> None:
    here = replace(situation(), no_voice=None)
    heard = outcome(FIRST_TIME, here, cue_channel="voice")
    assert heard.verdict == Cleared(CueChannel.VOICE, cautious=False)
    assert heard.journalled()["cue_channel"] == "voice"
    unheard = outcome(FIRST_TIME, here, cue_channel="voice", cue_confirmed="no")
    assert isinstance(unheard.verdict, Refused)
    assert "No way for cues to reach you" in reasons(unheard)


def test_a_voice_that_nobody_can_hear_is_not_offered_and_it_is_said_why() -> None:
    asking = {topic: answer for topic, answer in FIRST_TIME.items() if topic != Topic.CUE_CHANNEL}
    mute = replace(situation(), no_voice="no program that plays sound was found (aplay)")
    question = next_question(mute, asking)
    assert question is not None
    assert question.topic is Topic.CUE_CHANNEL
    assert "voice" not in question.allowed
    assert "There is no voice here: no program that plays sound was found" in question.text
    offered = next_question(replace(mute, no_voice=None), asking)
    assert offered is not None
    assert offered.allowed[0] == "voice"
    assert "no voice" not in offered.text


def test_the_cautious_may_be_told_by_the_voice() -> None:
    here = replace(situation(), no_voice=None)
    result = outcome(FIRST_TIME, here, spotter="yes", cue_channel="voice", balance="yes")
    assert result.verdict == Cleared(CueChannel.VOICE, cautious=True)


def test_the_journal_learns_nothing_of_a_refused_person() -> None:
    assert outcome(FIRST_TIME, heart="yes").journalled() == {"cleared": False}


# --- the next times --------------------------------------------------------------------------


def test_what_was_answered_once_is_not_asked_every_session() -> None:
    assert asked(situation(CIRCLE, person=KNOWN), EACH_TIME) == [
        Topic.SAME_PERSON,
        Topic.PAIN_TODAY,
        Topic.DIZZY_TODAY,
        Topic.UNWELL_TODAY,
        Topic.CHANGED,
        Topic.CLEAR_BEHIND,
        Topic.CLEAR_BESIDE,
        Topic.NOBODY_NEAR,
        Topic.BELT_CLEAR,
        Topic.RED_KEY_CLIPPED,
        Topic.RED_KEY_TRIED,
        Topic.SPOTTER,
        Topic.CUE_CHANNEL,
        Topic.CUE_CONFIRMED,
        Topic.STOP_PRESSED,
        Topic.READY_PRESSED,
    ]
    result = outcome(EACH_TIME, situation(CIRCLE, person=KNOWN))
    assert result.verdict == Cleared(CueChannel.VISUAL, cautious=False)
    assert result.person == KNOWN


def test_the_first_dialogue_leaves_everything_the_second_one_needs() -> None:
    learnt = outcome(FIRST_TIME).person
    assert learnt == replace(KNOWN, lesson=None, sessions=0)
    later = situation(CIRCLE, person=learnt.with_lesson(TODAY), today=date(2027, 11, 19))
    assert isinstance(outcome(EACH_TIME, later).verdict, Cleared)


@pytest.mark.parametrize(
    ("on", "today", "due"),
    [
        (date(2025, 11, 21), date(2026, 11, 20), False),
        (date(2025, 11, 20), date(2026, 11, 20), True),
        (date(2024, 2, 29), date(2025, 2, 27), False),
        (date(2024, 2, 29), date(2025, 2, 28), True),
        (date(2027, 1, 1), date(2026, 11, 20), True),
        (date(9999, 12, 31), date(2026, 11, 20), True),
    ],
)
def test_the_risks_are_acknowledged_again_after_twelve_months(
    on: date, today: date, due: bool
) -> None:
    # req: S000-31
    person = replace(KNOWN, acknowledged=Acknowledgement(questions.RISKS_HASH, on))
    person = replace(person, answers=replace(KNOWN.answers, on=on)) if KNOWN.answers else person
    topics = asked(situation(CIRCLE, person=person, today=today), FIRST_TIME | EACH_TIME)
    assert (Topic.ACKNOWLEDGED in topics) is due
    assert (Topic.HEART in topics) is due
    assert (Topic.CHANGED in topics) is not due


def test_the_risks_are_acknowledged_again_when_their_text_has_changed() -> None:
    # req: S000-31
    person = replace(KNOWN, acknowledged=Acknowledgement("an older text", TODAY))
    where = situation(CIRCLE, person=person)
    assert isinstance(outcome(EACH_TIME | {Topic.ACKNOWLEDGED: "no"}, where).verdict, Refused)
    result = outcome(EACH_TIME | {Topic.ACKNOWLEDGED: "yes"}, where)
    assert isinstance(result.verdict, Cleared)
    assert result.person.acknowledged == Acknowledgement(questions.RISKS_HASH, TODAY)


def test_readiness_is_asked_again_when_its_wording_has_changed() -> None:
    # req: S000-02
    older = Answers("older questions", TODAY, {topic.value: HEALTHY[topic] for topic in HEALTHY})
    where = situation(CIRCLE, person=replace(KNOWN, answers=older))
    assert isinstance(conclude(where, EACH_TIME).verdict, Refused)
    result = outcome(EACH_TIME | HEALTHY, where)
    assert isinstance(result.verdict, Cleared)
    assert result.person == KNOWN


def test_an_injured_knee_goes_into_the_profile() -> None:
    # req: S000-27, S000-29
    profile = outcome(FIRST_TIME, knee_injury="yes").profile
    assert profile.knee_injury
    assert profile.back_or_knee_problem
    with pytest.raises(PlanRefused, match="knee injury"):
        make_plan(load_workout("first-lesson"), profile, MACHINE, year=TODAY.year)


def test_whoever_has_changed_is_asked_everything_again_and_the_old_answers_are_gone() -> None:
    where = situation(CIRCLE, person=KNOWN)
    changed = EACH_TIME | {Topic.CHANGED: "yes"}
    assert conclude(where, {Topic.SAME_PERSON: "yes", Topic.CHANGED: "yes"}).person.answers is None
    assert isinstance(outcome(changed | HEALTHY, where).verdict, Cleared)
    result = outcome(changed | HEALTHY | {Topic.HEART: "yes"}, where)
    assert isinstance(result.verdict, ForwardOnly)
    assert result.person.answers is not None
    assert result.person.answers.given["heart"] == "yes"


def test_somebody_else_does_not_walk_on_the_answers_on_record() -> None:
    result = outcome(EACH_TIME, situation(CIRCLE, person=KNOWN), same_person="no")
    assert isinstance(result.verdict, Refused)
    assert "--profile NAME" in reasons(result)
    assert result.person == KNOWN


def test_only_answers_that_are_meant_to_outlive_a_session_are_taken_from_the_record() -> None:
    # req: S002-08: a file that claims a checklist was done has no say
    every = {topic.value: answer for topic, answer in (FIRST_TIME | EACH_TIME).items()}
    forged = replace(KNOWN, answers=Answers(questions.READINESS_HASH, TODAY, every))
    topics = asked(situation(CIRCLE, person=forged), EACH_TIME)
    assert {Topic.RED_KEY_CLIPPED, Topic.CUE_CHANNEL, Topic.PAIN_TODAY} <= set(topics)
    odd = {topic.value: "perhaps" for topic in HEALTHY}
    garbled = replace(KNOWN, answers=Answers(questions.READINESS_HASH, TODAY, odd))
    assert Topic.HEART in asked(situation(CIRCLE, person=garbled), FIRST_TIME | EACH_TIME)


def test_turning_seventy_adds_a_question_and_makes_no_answer_younger() -> None:
    answers = Answers(
        questions.READINESS_HASH,
        date(2026, 1, 2),
        {topic.value: text for topic, text in (HEALTHY | {Topic.BIRTH_YEAR: "1956"}).items()},
    )
    result = outcome(
        EACH_TIME | {Topic.INACTIVE: "no", Topic.SPOTTER: "yes", Topic.CUE_CHANNEL: "spotter"},
        situation(CIRCLE, person=replace(KNOWN, answers=answers)),
    )
    assert isinstance(result.verdict, Cleared)
    assert result.person.answers is not None
    assert result.person.answers.on == date(2026, 1, 2)
    assert result.person.answers.given["inactive"] == "no"


# --- forward walks ---------------------------------------------------------------------------


def test_a_forward_walk_needs_the_short_checklist_only() -> None:
    result = outcome(FIRST_TIME, situation(FORWARD))
    assert asked(situation(FORWARD), FIRST_TIME) == [
        Topic.ADULT,
        Topic.PAIN_TODAY,
        Topic.DIZZY_TODAY,
        Topic.UNWELL_TODAY,
        Topic.CLEAR_BEHIND,
        Topic.CLEAR_BESIDE,
        Topic.NOBODY_NEAR,
        Topic.BELT_CLEAR,
        Topic.RED_KEY_CLIPPED,
        Topic.RED_KEY_TRIED,
        Topic.CUE_CHANNEL,
        Topic.CUE_CONFIRMED,
        Topic.STOP_PRESSED,
        Topic.READY_PRESSED,
    ]
    assert result.verdict == Cleared(CueChannel.VISUAL, cautious=False)
    assert result.person == NOBODY
    of_age = replace(BEGINNER, birth_year=1986)
    assert Topic.ADULT not in asked(situation(FORWARD, of_age), FIRST_TIME)
    perhaps = replace(BEGINNER, birth_year=2008)
    assert Topic.ADULT in asked(situation(FORWARD, perhaps), FIRST_TIME)


def test_whoever_may_walk_forward_only_may_walk_forward() -> None:
    unwell = HEALTHY | {Topic.HEART: "yes", Topic.BALANCE: "yes"}
    on = date(2020, 1, 1)  # long ago: caution does not expire where nothing is asked
    person = replace(KNOWN, answers=Answers("old questions", on, unwell))
    result = outcome(FIRST_TIME, situation(FORWARD, person=person))
    assert result.verdict == Cleared(CueChannel.VISUAL, cautious=True)
    assert result.profile.balance_problem


def test_a_diagonal_is_not_forward_though_the_walker_looks_ahead() -> None:
    diagonal = replace(FORWARD.phases[1], kind=PhaseKind.DIAGONAL)
    plan = replace(FORWARD, phases=(FORWARD.phases[0], diagonal, FORWARD.phases[-1]))
    assert not situation(plan).all_forward
    assert isinstance(conclude(situation(plan), FIRST_TIME).verdict, Refused)


# --- caps only ever go down ------------------------------------------------------------------


@given(SITUATIONS, NEARLY_ALL)
def test_what_is_learnt_never_raises_anything_in_the_plan(
    where: Situation, answers: dict[Topic, str]
) -> None:
    # req: S000-27, S003-18, S001-05
    adjusted = conclude(where, answers).profile
    untouched = {"base", "birth_year", "balance_problem", "back_or_knee_problem", "knee_injury"}
    for field in fields(Profile):
        if field.name not in untouched:
            assert getattr(adjusted, field.name) == getattr(where.profile, field.name)
    for name in ("balance_problem", "back_or_knee_problem", "knee_injury"):
        assert getattr(adjusted, name) >= getattr(where.profile, name)
    workout = load_workout("circle" if where.plan is CIRCLE else "first-lesson")
    try:
        before = make_plan(workout, where.profile, MACHINE, year=TODAY.year)
        after = make_plan(workout, adjusted, MACHINE, year=TODAY.year)
    except PlanRefused:
        return
    fastest = dict.fromkeys(Heading, Speed(0))
    for phase in before.phases:
        fastest[phase.heading] = max(fastest[phase.heading], phase.limits.max_speed)
    for phase in after.phases:
        assert phase.limits.max_speed <= fastest[phase.heading]
        assert phase.incline >= LEVEL
    assert (after.max_non_forward_s or 0) <= (before.max_non_forward_s or 0)
    assert (after.max_backward_s or 0) <= (before.max_backward_s or 0)
    assert after.spotter_required >= before.spotter_required


@pytest.mark.parametrize(
    ("sessions", "experienced", "base"),
    [
        (0, "no", "home-beginner"),
        (5, "no", "home-beginner"),
        (0, "yes", "home-experienced"),
        (6, None, "home-experienced"),
    ],
)
def test_a_novice_starts_under_the_caps_of_home_beginner(
    sessions: int, experienced: str | None, base: str
) -> None:
    # req: S000-02
    where = situation(CIRCLE, EXPERIENCED, replace(KNOWN, sessions=sessions))
    answers = EACH_TIME if experienced is None else EACH_TIME | {Topic.EXPERIENCED: experienced}
    result = outcome(answers, where)
    assert isinstance(result.verdict, Cleared)
    assert result.profile.base.name == base
    assert bool(result.notes) is (base == "home-beginner")


def test_of_two_birth_years_the_more_cautious_one_counts() -> None:
    person = replace(
        KNOWN,
        answers=Answers(questions.READINESS_HASH, TODAY, HEALTHY | {Topic.BIRTH_YEAR: "1950"}),
    )
    profile = replace(BEGINNER, birth_year=1990)
    answers = EACH_TIME | {Topic.INACTIVE: "no"}
    result = conclude(situation(CIRCLE, profile, person), answers)
    assert result.profile.birth_year == 1950
    known = replace(
        KNOWN,
        answers=Answers(questions.READINESS_HASH, TODAY, HEALTHY | {Topic.BIRTH_YEAR: "2012"}),
    )
    assert isinstance(conclude(situation(CIRCLE, profile, known), answers).verdict, Refused)


# --- the wording -----------------------------------------------------------------------------

TEXTS = [
    questions.INTRODUCTION,
    questions.RISKS,
    questions.LESSON,
    questions.LESSON_FIRST,
    questions.ASK_A_PROFESSIONAL,
    *(
        text
        for question in (
            *questions.OF_AGE,
            *questions.READINESS,
            *questions.TODAY,
            *questions.CHECKLIST,
            questions.same_person_question("FOLDER"),
            questions.CHANGED,
            questions.ACKNOWLEDGED,
            questions.FORWARD_FIRST,
            questions.PRACTISED,
            questions.STOP_PRESSED,
            questions.READY_PRESSED,
            questions.spotter_question(required=True),
            questions.spotter_question(required=False),
            questions.channel_question(tuple(CueChannel), CueChannel.VISUAL, None),
            questions.channel_question(tuple(CueChannel)[1:], None, questions.NO_VOICE),
            *(
                questions.confirm_question(channel, all_forward=forward)
                for channel in CueChannel
                for forward in (False, True)
            ),
        )
        for text in (question.text, question.otherwise)
    ),
]


def test_only_the_red_key_is_called_the_emergency_stop() -> None:
    for text in TEXTS:
        for sentence in re.split(r"(?<=[.?:])\s", text):
            if "emergency" in sentence.lower():
                assert sentence == "The emergency stop is the red key on the machine."
    assert "software stop" in questions.RISKS
    assert "not a medical device" in questions.RISKS
    assert "not a medical device" in questions.INTRODUCTION


def test_no_text_promises_health_or_advises_a_treatment() -> None:
    # req: S000-03, S000-04
    promised = r"\b(will|heal|cure|treat(?!y|mill)\w*|improve\w*|prevent\w*|relie\w+|safe|safely)\b"
    for text in TEXTS:
        assert re.search(promised, text.lower().replace("treadmill", "machine")) is None, text
    assert "reported" in questions.RISKS


def test_every_question_is_one_and_its_texts_are_plain() -> None:
    for text in TEXTS:
        assert text.isascii(), text
        assert "  " not in text


def test_the_hashes_follow_the_wording() -> None:
    assert re.fullmatch("[0-9a-f]{64}", questions.RISKS_HASH)
    assert re.fullmatch("[0-9a-f]{64}", questions.READINESS_HASH)
    assert questions.RISKS_HASH != questions.READINESS_HASH
