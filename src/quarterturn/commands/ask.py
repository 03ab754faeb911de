"""The pre-flight in a terminal: one question at a time, in lines that a screen reader can speak.

No answer is ever assumed: an empty line is no answer, what is not understood is asked again, and
the end of the input ends the dialogue with nothing started.
"""

import asyncio
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TextIO

from quarterturn import questions
from quarterturn.configs import user_folder
from quarterturn.exit_codes import UsageError
from quarterturn.keys import DEFAULT_KEYMAP, KeyAction, Keymap, action_of
from quarterturn.lines import WIDTH
from quarterturn.model import Heading
from quarterturn.opening import find_book
from quarterturn.person import Person, load_person, save_person
from quarterturn.plan import Plan
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
from quarterturn.profiles import CueChannel, Profile
from quarterturn.questions import NO, PRESSED, YES, Kind, Question, Topic
from quarterturn.ready import Mode, ReadyKeys
from quarterturn.speech.check import play_check, why_no_voice
from quarterturn.speech.sound import AUTO, chosen_sound
from quarterturn.terminal import single_keys

MAX_TRIES: Final = 10
"""How often one question is asked: whoever is not there, or pipes something in, gets no more."""

_SHORT = {"y": YES, "n": NO}
_END = frozenset({"q", "quit"})
_AGAIN = "again"

Press = Callable[[], KeyAction | None]
"""Wait for one press in the terminal of the walk and return what it asks for there, READY once it
is held or repeated as the settings want it; None for a key that has no meaning. Raises EOFError for
q, and when the terminal is gone."""


Play = Callable[[], str | None]
"""Play a beep and a cue, and return why that failed; None when they were played."""


def preflight(
    plan: Plan,
    profile: Profile,
    *,
    today: date,
    ready: Mode = "hold",
    keymap: Keymap = DEFAULT_KEYMAP,
    sound: str = AUTO,
) -> PreflightResult:
    """Ask on the terminal what has to be asked before a plan is walked on a real treadmill.

    It blocks while a person thinks: nothing may be connected yet. What it learns of the person is
    kept, whatever the verdict; the plan is to be made again with the ``profile`` of the result.
    ``sound`` is that of the settings.

    Raises:
        UsageError: when the walk may not start; the reasons are in it.
        OSError: when what is known of the person cannot be read or kept.

    """
    loaded = load_person(profile.name)
    if loaded.notice is not None:
        _say(sys.stdout, loaded.notice)
    press = terminal_press(ready, keymap) if sys.stdin.isatty() else None
    book = find_book(profile.language)
    result = ask_person(
        plan,
        profile,
        person=loaded.person,
        stdin=sys.stdin,
        stdout=sys.stdout,
        today=today,
        press=press,
        ready=ready,
        no_voice=why_no_voice(chosen_sound(sound), book, profile.voice),
        play=lambda: play_check(book, profile.voice),
    )
    if result.person != loaded.person:
        save_person(profile.name, result.person)
    if not isinstance(result.verdict, Cleared):
        raise UsageError("\n".join(verdict_lines(result)))
    for line in verdict_lines(result):
        _say(sys.stdout, line)
    sys.stdout.flush()
    return result


def remember_session(profile_name: str, plan: Plan, on: date, *, to_the_end: bool) -> None:
    """Count a completed session; a first lesson counts as such if no phase of it was left out.

    Raises:
        OSError: when it cannot be kept.

    """
    person = load_person(profile_name).person.with_session()
    save_person(profile_name, person.with_lesson(on) if to_the_end and is_lesson(plan) else person)


def ask_person(
    plan: Plan,
    profile: Profile,
    *,
    person: Person,
    stdin: TextIO,
    stdout: TextIO,
    today: date,
    press: Press | None = None,
    ready: Mode = "hold",
    no_voice: str | None = questions.NO_VOICE,
    play: Play | None = None,
) -> PreflightResult:
    """Lead the dialogue; nothing is read or kept. ``press`` None tries the keys by lines.

    The voice is offered where ``no_voice`` is None and there is a ``play`` to try it with; where
    that fails, another way for cues is asked for.
    """
    if play is None:
        no_voice = no_voice or questions.NO_VOICE
    situation = Situation(plan, profile, person, today, str(user_folder()), no_voice)
    dialogue = _Dialogue(stdin, stdout, today, press, ready)
    answers: dict[Topic, str] = {}
    question = next_question(situation, answers)
    if question is not None:
        _say(stdout, questions.INTRODUCTION)
        if is_lesson(plan):
            _say(stdout, questions.LESSON)
    while question is not None:
        if question.topic is Topic.ACKNOWLEDGED:
            _say(stdout, questions.RISKS)
        by_voice = (
            question.topic is Topic.CUE_CONFIRMED
            and answers.get(Topic.CUE_CHANNEL) == CueChannel.VOICE
        )
        try:
            answer = dialogue.ask(question, play if by_voice else None)
        except _UnplayedError as error:
            _say(stdout, f"The voice cannot be played: {error}.")
            situation = replace(situation, no_voice=str(error))
            del answers[Topic.CUE_CHANNEL]
            question = next_question(situation, answers)
            continue
        if answer is None:
            break
        answers[question.topic] = answer
        question = next_question(situation, answers)
    return conclude(situation, answers)


def verdict_lines(result: PreflightResult) -> tuple[str, ...]:
    """Return what the person is told in the end."""
    match result.verdict:
        case Cleared(cue_channel=channel):
            return (*result.notes, f"You are through the questions. Cues: {channel}.")
        case Refused(reasons=reasons):
            return ("This walk does not start.", *reasons, "Nothing was started.")
        case ForwardOnly(reasons=reasons):
            return (
                "No walk with phases that are not forward starts.",
                *reasons,
                "Nothing was started.",
            )


def terminal_press(ready: Mode, keymap: Keymap = DEFAULT_KEYMAP) -> Press:
    """Return how the next press is read from the terminal on stdin, as in the walk itself."""
    return lambda: asyncio.run(next_press(ready, keymap))


async def next_press(ready: Mode, keymap: Keymap = DEFAULT_KEYMAP) -> KeyAction | None:
    """Wait for the next press in the terminal on stdin; see ``Press``."""
    loop = asyncio.get_running_loop()
    pressed: asyncio.Future[bytes] = loop.create_future()
    keys = ReadyKeys(ready, keymap.ready)

    def on_keys(data: bytes) -> None:
        is_ready = keys.key(loop.time(), data)
        action = action_of(data, heading=Heading.FORWARD, moving=False, keymap=keymap)
        if not pressed.done() and (is_ready or action is not KeyAction.READY):
            pressed.set_result(data)

    with single_keys(on_keys):
        data = await pressed
    if data.lower() == b"q":
        raise EOFError
    return action_of(data, heading=Heading.FORWARD, moving=False, keymap=keymap)


class _UnplayedError(Exception):
    """The cue to try the voice with was not played; the message says why."""


def _play(play: Play | None) -> None:
    why = None if play is None else play()
    if why is not None:
        raise _UnplayedError(why)


def _say(stdout: TextIO, text: str) -> None:
    stdout.write(textwrap.fill(text, WIDTH, break_on_hyphens=False) + "\n")


@dataclass(frozen=True, slots=True)
class _Dialogue:
    stdin: TextIO
    stdout: TextIO
    today: date
    press: Press | None
    ready: Mode

    def ask(self, question: Question, play: Play | None = None) -> str | None:
        """Return an answer that the question accepts; None when the person ended the dialogue.

        ``play`` plays what the question is about, and plays it again when it is asked to.

        Raises:
            _UnplayedError: when it cannot be played.

        """
        _say(self.stdout, question.text)
        _play(play)
        for _ in range(MAX_TRIES):
            again = "" if play is None else f"{_AGAIN} plays it again; "
            self.stdout.write(again + self._prompt(question))
            self.stdout.flush()
            try:
                answer = self._key(question) if question.kind is Kind.KEY else self._line()
            except EOFError:
                _say(self.stdout, "")
                return None
            if answer in _END:
                return None
            if answer is not None and question.accepts(answer, self.today.year):
                return answer
            if play is not None and answer == _AGAIN:
                _play(play)
                continue
            _say(self.stdout, "That is not one of the answers.")
        _say(self.stdout, "That was not answered.")
        return None

    def _prompt(self, question: Question) -> str:
        match question.kind:
            case Kind.WORD:
                *others, last = question.allowed
                return f"{', '.join(others)} or {last}: " if others else f"{last}, or q to end: "
            case Kind.YEAR:
                return "the year, in four digits: "
            case Kind.KEY if self.press is None:
                is_stop = question.topic is Topic.STOP_PRESSED
                return "a space, then Enter: " if is_stop else "Enter alone: "
            case Kind.KEY if question.topic is Topic.STOP_PRESSED:
                return "press space now: "
            case Kind.KEY:
                return f"{_READY_PROMPTS[self.ready]}: "

    def _line(self) -> str:
        answer = self._read().strip().lower()
        return _SHORT.get(answer, answer)

    def _key(self, question: Question) -> str | None:
        """Return PRESSED for the key that was asked for, the word for the end for STOP instead."""
        action = self._typed_action() if self.press is None else self.press()
        if self.press is not None:
            self.stdout.write("\n")
        if question.topic is Topic.STOP_PRESSED:
            return PRESSED if action is KeyAction.STOP else None
        if action is KeyAction.STOP:
            return "q"  # STOP ends what is going on, here as in the walk
        return PRESSED if action is KeyAction.READY else None

    def _typed_action(self) -> KeyAction | None:
        typed = self._read().rstrip("\r\n")
        if typed.strip().lower() in _END:
            raise EOFError
        data = typed.encode("utf-8", "replace") or b"\n"
        return action_of(data, heading=Heading.FORWARD, moving=False)

    def _read(self) -> str:
        try:
            line = self.stdin.readline()
        except UnicodeDecodeError:
            return "\0"  # not text, and so not an answer
        if not line.endswith("\n"):
            raise EOFError  # and half a line is no answer: nobody pressed Enter
        return line


_READY_PROMPTS: dict[Mode, str] = {
    "hold": "hold Enter down for a second",
    "twice": "press Enter twice, half a second apart",
}
