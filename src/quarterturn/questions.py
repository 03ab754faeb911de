"""What a person is asked before a walk, word for word, and which answer it takes to go on.

The wording is our own and promises nothing: an answer can only make a walk slower, shorter or not
happen. Where an answer calls for somebody who knows the person, the text names a doctor or a
physiotherapist, and says no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from quarterturn.english import ENGLISH
from quarterturn.profiles import CueChannel
from quarterturn.words import Text


class Topic(StrEnum):
    """What a question is about; the names under which answers are kept."""

    # once, and again when something has changed
    ADULT = "adult"
    BIRTH_YEAR = "birth_year"
    HEART = "heart"
    CHEST_PAIN = "chest_pain"
    DIZZINESS = "dizziness"
    PREGNANT = "pregnant"
    OTHER_REASON = "other_reason"
    INACTIVE = "inactive"
    KNEE_INJURY = "knee_injury"
    BACK_OR_KNEE = "back_or_knee"
    BALANCE = "balance"
    STRENGTH = "strength"
    COORDINATION = "coordination"
    BALANCE_CHECK = "balance_check"
    ACTIVE = "active"
    EXPERIENCED = "experienced"
    # once
    ACKNOWLEDGED = "acknowledged"
    PRACTISED = "practised"
    # every session
    SAME_PERSON = "same_person"
    CHANGED = "changed"
    FORWARD_FIRST = "forward_first"
    PAIN_TODAY = "pain_today"
    DIZZY_TODAY = "dizzy_today"
    UNWELL_TODAY = "unwell_today"
    CLEAR_BEHIND = "clear_behind"
    CLEAR_BESIDE = "clear_beside"
    NOBODY_NEAR = "nobody_near"
    BELT_CLEAR = "belt_clear"
    RED_KEY_CLIPPED = "red_key_clipped"
    RED_KEY_TRIED = "red_key_tried"
    SPOTTER = "spotter"
    CUE_CHANNEL = "cue_channel"
    CUE_CONFIRMED = "cue_confirmed"
    STOP_PRESSED = "stop_pressed"
    READY_PRESSED = "ready_pressed"


class Kind(StrEnum):
    """How an answer is given: as one of some words, as a year, or with a key of the session."""

    WORD = "word"
    YEAR = "year"
    KEY = "key"


class Blocks(StrEnum):
    """What an answer other than the wanted one leads to."""

    WALK = "walk"  # this walk does not start
    NON_FORWARD = "non_forward"  # nor does any other with phases that are not forward


YES, NO, SKIP = "yes", "no", "skip"
LOW, FAIR, GOOD = "low", "fair", "good"
PRESSED = "pressed"
FIRST_YEAR = 1900


@dataclass(frozen=True, slots=True)
class Question:
    """A question. ``wanted`` None: every allowed answer goes on.

    ``otherwise`` is what the person is told when another answer than the wanted one is given.
    """

    topic: Topic
    text: str
    allowed: tuple[str, ...] = (YES, NO)
    kind: Kind = Kind.WORD
    wanted: str | None = None
    blocks: Blocks = Blocks.WALK
    otherwise: str = ""

    def accepts(self, answer: str, this_year: int) -> bool:
        """Return whether an answer is one of this question's."""
        if self.kind is Kind.YEAR:
            digits = answer.isascii() and answer.isdecimal() and len(answer) == 4
            return digits and FIRST_YEAR <= int(answer) <= this_year
        return answer in self.allowed


# --- texts that are read before a question ---------------------------------------------------

INTRODUCTION: Final = (
    "Before you walk. Answer in words, each with Enter; q ends it, and nothing starts. Quarterturn "
    "is not a medical device. The emergency stop is the red key on the machine."
)

RISKS: Final = (
    "Walking backward or sideways on a treadmill can make you fall. You do not see where you step, "
    "and it is harder to catch yourself. Falls with injuries to the head are reported. "
    "Quarterturn is not a medical device and knows nothing of your health but what you answer. It "
    "keeps the belt slow and waits for you at every turn; it cannot keep you from falling. "
    "Programs, links and treadmills fail, and STOP on a keyboard is a software stop that may not "
    "reach the belt. The emergency stop is the red key on the machine. You decide whether to walk, "
    "and when to stop. Stop at once with chest pain, dizziness, faintness, unusual breathlessness, "
    "growing pain, or after a stumble."
)

LESSON: Final = (
    "This is the first lesson, at a crawl. The belt never changes its direction; you turn. Facing "
    "the console you walk forward. After a quarter turn to the right the console is on your left, "
    "and you side-step toward it. After another quarter you look to the rear and walk backward, "
    "toward the console. After a third it is on your right. Facing the rear, the floor seems to "
    "move the wrong way: to most people that feels strange at first."
)

TEST_CUE: Final = ENGLISH.say(
    Text.ANNOUNCE_ONE_QUARTER, seconds=ENGLISH.number(10), direction=ENGLISH.sides["right"]
)
"""What is said to try a cue channel: a cue as it comes in a walk."""

# --- the questions ---------------------------------------------------------------------------

ASK_A_PROFESSIONAL: Final = (
    "Ask a doctor or a physiotherapist whether this, or any other walk, is for you. Only workouts "
    "that are forward throughout, such as forward-base, are open to you here."
)
_NOT_TODAY = "Not today."


def _health(topic: Topic, text: str, about: str) -> Question:
    """Return a question to which a yes leaves nothing but forward walking."""
    return Question(topic, text, wanted=NO, blocks=Blocks.NON_FORWARD, otherwise=f"{about}.")


def _must(topic: Topic, text: str, otherwise: str, wanted: str = YES) -> Question:
    """Return a question to which the walk needs one answer."""
    return Question(topic, text, wanted=wanted, otherwise=otherwise)


_LEVELS = (LOW, FAIR, GOOD)

READINESS: Final[tuple[Question, ...]] = (
    _health(
        Topic.HEART,
        "Do you have, or have you had, trouble with your heart or your circulation?",
        "You have had trouble with your heart or circulation",
    ),
    _health(
        Topic.CHEST_PAIN,
        "In the past months, did your chest hurt or feel tight, at rest or in an effort?",
        "Your chest has hurt or felt tight",
    ),
    _health(
        Topic.DIZZINESS,
        "In the past year, have you fainted, been so dizzy that you had to hold on, or lost your "
        "balance for no clear reason?",
        "You have fainted, been dizzy or lost your balance",
    ),
    _health(Topic.PREGNANT, "Are you pregnant, or might you be?", "You are or may be pregnant"),
    _health(
        Topic.OTHER_REASON,
        "Is there anything else, such as an operation, an illness or a medicine, that may speak "
        "against walking backward or sideways?",
        "There is something that may speak against it",
    ),
    _health(
        Topic.INACTIVE,
        "Have you moved little over the past months?",
        "You are 70 or older and have moved little",
    ),
    _health(
        Topic.KNEE_INJURY,
        "Is one of your knees injured now?",
        "A knee is injured",
    ),
    Question(Topic.BACK_OR_KNEE, "Do you have other trouble with your back or your knees?"),
    Question(
        Topic.BALANCE,
        "Are you unsteady on your feet at times, or do you hold on to things when you turn?",
    ),
    Question(Topic.STRENGTH, "How strong are your hips and the backs of your thighs?", _LEVELS),
    Question(Topic.COORDINATION, "How well coordinated are you on your feet?", _LEVELS),
    Question(
        Topic.BALANCE_CHECK,
        "If you like, try this now, off the belt, beside something to hold: one foot right before "
        "the other, ten seconds, then the other way round. Could you, without holding on?",
        (YES, NO, SKIP),
    ),
    Question(Topic.ACTIVE, "Do you walk or exercise for half an hour on most days?"),
    Question(
        Topic.EXPERIENCED, "Have you walked backward on a treadmill in six sessions or more before?"
    ),
)
"""Asked once; again after a year, when the wording changes, and when the person has changed."""

OF_AGE: Final = (
    _must(Topic.ADULT, "Are you 18 or older?", "Quarterturn is for adults, from 18 on."),
    Question(Topic.BIRTH_YEAR, "In which year were you born?", (), Kind.YEAR),
)

CHANGED: Final = Question(
    Topic.CHANGED, "Has anything about your health changed since you answered?"
)

ACKNOWLEDGED: Final = _must(
    Topic.ACKNOWLEDGED,
    "Do you understand these risks, and do you want to walk all the same?",
    "Without that there is no walk with phases that are not forward.",
)

FORWARD_FIRST: Final = Question(
    Topic.FORWARD_FIRST,
    "You move little as yet: the workout forward-base builds a base, facing forward throughout. "
    "Would you rather begin with that?",
    wanted=NO,
    blocks=Blocks.NON_FORWARD,
    otherwise="You would rather begin with forward-base: quarterturn run forward-base",
)

PRACTISED: Final = _must(
    Topic.PRACTISED,
    "Have you practised walking backward off the treadmill, in a hallway or on open grass, in at "
    "least one session?",
    "Practise first off the treadmill, in a hallway or on open grass, and come back another day.",
)

LESSON_FIRST: Final = (
    "The first lesson comes before any other workout with phases that are not forward: "
    "quarterturn run first-lesson"
)

TODAY: Final = (
    _must(
        Topic.PAIN_TODAY,
        "Do you have pain today that is new, or more than slight?",
        f"You have pain. {_NOT_TODAY}",
        NO,
    ),
    _must(
        Topic.DIZZY_TODAY,
        "Are you dizzy or unsteady today?",
        f"You are dizzy or unsteady. {_NOT_TODAY}",
        NO,
    ),
    _must(
        Topic.UNWELL_TODAY,
        "Are you ill, faint or short of breath today, or does your chest hurt?",
        f"You are not well. {_NOT_TODAY}",
        NO,
    ),
)

CHECKLIST: Final = (
    _must(
        Topic.CLEAR_BEHIND,
        "Are 2 metres or more behind the treadmill free?",
        "Clear 2 metres or more behind the treadmill first.",
    ),
    _must(
        Topic.CLEAR_BESIDE,
        "Is it free on both sides of the treadmill?",
        "Clear both sides of the treadmill first.",
    ),
    _must(
        Topic.NOBODY_NEAR,
        "Are children, animals and everybody who does not stand by for you out of reach?",
        "See first that nobody, and no animal, is within reach of the treadmill.",
    ),
    _must(
        Topic.BELT_CLEAR,
        "Is the belt bare, with nothing on it?",
        "Take everything off the belt first.",
    ),
    _must(
        Topic.RED_KEY_CLIPPED,
        "Is the cord of the red key clipped to you, at the waist?",
        "Clip the cord of the red key to you first.",
    ),
    _must(
        Topic.RED_KEY_TRIED,
        "Have you tried the red key today: pulled, and put back?",
        "Try the red key first: pull it, see what the machine does, and put it back.",
    ),
)
"""The pull of the cord is the one stop here that needs no software; it is tried every session."""

STOP_PRESSED: Final = Question(
    Topic.STOP_PRESSED,
    "Try the key of the software stop once: space.",
    (PRESSED,),
    Kind.KEY,
    wanted=PRESSED,
)
READY_PRESSED: Final = Question(
    Topic.READY_PRESSED,
    "Try READY once: Enter.",
    (PRESSED,),
    Kind.KEY,
    wanted=PRESSED,
)


def same_person_question(folder: str) -> Question:
    """Return the question whose answers are on record; ``folder`` is the user's."""
    return _must(
        Topic.SAME_PERSON,
        "Answers from before are on record for this profile. Are they yours?",
        "The answers on record are somebody else's. Make a profile of your own: a file "
        f'profiles/NAME.toml in {folder}, with the line base = "home-beginner", and take it with '
        "--profile NAME.",
    )


_SPOTTER_TEXT = "Is somebody standing by who sees you and can pull the red key?"


def spotter_question(*, required: bool) -> Question:
    """Return the question after a spotter, who is either required or only advised."""
    if not required:
        return Question(Topic.SPOTTER, f"{_SPOTTER_TEXT} It is advised.")
    return _must(
        Topic.SPOTTER,
        f"{_SPOTTER_TEXT} You need one for this walk.",
        "Somebody has to stand by in this walk, because of the profile or of your answers.",
    )


NO_VOICE: Final = "nothing here plays it"
"""Why there is no voice, where nobody has found out whether there could be one."""


def channel_question(
    channels: tuple[CueChannel, ...], preferred: CueChannel | None, no_voice: str | None
) -> Question:
    """Return the question how the walker is told what comes next.

    ``no_voice`` is why the voice is not among ``channels``; None where it is.
    """
    words = {
        CueChannel.VOICE: "voice: Quarterturn speaks",
        CueChannel.SCREEN_READER: "screen-reader: a screen reader speaks these lines",
        CueChannel.SPOTTER: "spotter: somebody reads them out to you",
        CueChannel.VISUAL: "visual: you see them, in a mirror or on a second screen when facing "
        "away",
    }
    listed = "; ".join(words[channel] for channel in channels)
    text = f"How do you follow the cues? {listed}."
    if no_voice is not None:
        text = f"{text} There is no voice here: {no_voice}."
    if preferred in channels:
        text = f"{text} Your profile says {preferred}."
    return Question(Topic.CUE_CHANNEL, text, tuple(channel.value for channel in channels))


def confirm_question(channel: CueChannel, *, all_forward: bool) -> Question:
    """Return the question whether a cue arrives, with the cue to try it with.

    In the voice it is played, behind a beep.
    """
    by_voice = channel is CueChannel.VOICE
    facing = "From where you walk" if all_forward else "Facing away from the console"
    how = {
        CueChannel.VOICE: "A beep and a cue to try it with are played now. "
        f"{facing}, do you hear both clearly?",
        CueChannel.SCREEN_READER: f"{facing}, do you hear it clearly?",
        CueChannel.SPOTTER: f"{facing}, do you hear clearly how it is read out?",
        CueChannel.VISUAL: f"{facing}, can you read it?",
    }
    return _must(
        Topic.CUE_CONFIRMED,
        how[channel] if by_voice else f'A cue to try it with: "{TEST_CUE}" {how[channel]}',
        "No way for cues to reach you is confirmed; a walk needs one.",
    )


# --- which wording was agreed to -------------------------------------------------------------


def _hash(*texts: str) -> str:
    return sha256("\0".join(texts).encode()).hexdigest()


RISKS_HASH: Final = _hash(RISKS, ACKNOWLEDGED.text)
READINESS_HASH: Final = _hash(
    *(f"{it.topic}\n{it.text}\n{' '.join(it.allowed)}" for it in (*OF_AGE, *READINESS))
)

READINESS_TOPICS: Final[Mapping[Topic, Question]] = MappingProxyType(
    {it.topic: it for it in (*OF_AGE, *READINESS)}
)
"""The questions whose answers are kept; no other answer outlives its session."""
