"""The dialogue before a walk, as it is typed and read."""

import asyncio
import io
import os
import pty
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn import questions
from quarterturn.commands.ask import (
    MAX_TRIES,
    Play,
    ask_person,
    next_press,
    preflight,
    remember_session,
    terminal_press,
    verdict_lines,
)
from quarterturn.exit_codes import UsageError
from quarterturn.keys import KeyAction
from quarterturn.person import NOBODY, Person, load_person, person_path, save_person
from quarterturn.plan import Plan, make_plan
from quarterturn.preflight import Cleared, ForwardOnly, PreflightResult, Refused
from quarterturn.profiles import CueChannel, base_profile
from quarterturn.ready import Mode
from quarterturn.workout.files import load_workout

TODAY = date(2026, 11, 20)
BEGINNER = base_profile("home-beginner")


def plan_of(workout: str) -> Plan:
    return make_plan(load_workout(workout), BEGINNER, None)


CIRCLE, LESSON, FORWARD = (plan_of(name) for name in ("circle", "first-lesson", "forward-base"))

WELL = ["no", "no", "no"]
READY_TO_WALK = ["yes"] * 6
HEALTHY = ["yes", "1986", *["no"] * 8, "good", "good", "yes", "yes"]
CUES_AND_KEYS = ["visual", "yes", " ", ""]
FIRST_TIME = [*WELL, "yes", *HEALTHY, "yes", *READY_TO_WALK, "no", *CUES_AND_KEYS]
EACH_TIME = ["yes", *WELL, "no", *READY_TO_WALK, "no", *CUES_AND_KEYS]
FORWARD_TIME = ["yes", *WELL, *READY_TO_WALK, *CUES_AND_KEYS]


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    with patch.dict(os.environ, {"QUARTERTURN_HOME": str(tmp_path)}):
        yield tmp_path


def typed(lines: Sequence[str]) -> io.StringIO:
    return io.StringIO("".join(f"{line}\n" for line in lines))


def ask(
    lines: Sequence[str],
    plan: Plan = LESSON,
    *,
    person: Person = NOBODY,
    press: Callable[[], KeyAction | None] | None = None,
    ready: Mode = "hold",
    play: Play | None = None,
) -> tuple[PreflightResult, str]:
    out = io.StringIO()
    result = ask_person(
        plan,
        BEGINNER,
        person=person,
        stdin=typed(lines),
        stdout=out,
        today=TODAY,
        press=press,
        ready=ready,
        no_voice=None,
        play=play,
    )
    return result, out.getvalue()


def flat(text: str) -> str:
    return " ".join(text.split())


def taught() -> Person:
    return ask(FIRST_TIME)[0].person.with_lesson(TODAY)


def test_a_new_person_is_led_to_the_first_lesson() -> None:
    # req: S000-02, S000-31, S001-08, S002-08, S004-15
    result, shown = ask(FIRST_TIME)
    assert result.verdict == Cleared(CueChannel.VISUAL, cautious=False)
    shown = flat(shown)
    assert shown.startswith(flat(questions.INTRODUCTION))
    assert flat(questions.LESSON) in shown
    assert shown.index(flat(questions.RISKS)) < shown.index("Do you understand these risks")
    assert shown.index("2 metres") > shown.index("hallway")
    assert questions.TEST_CUE == "In ten seconds: stop, then turn right."
    assert questions.TEST_CUE in shown


def test_the_next_session_asks_what_may_have_changed_and_no_more() -> None:
    result, shown = ask(EACH_TIME, CIRCLE, person=taught())
    assert result.verdict == Cleared(CueChannel.VISUAL, cautious=False)
    assert "Are they yours?" in shown
    assert "circulation" not in shown
    assert "risks" not in shown
    assert flat(questions.LESSON) not in flat(shown)


def test_a_forward_walk_is_asked_the_short_checklist() -> None:
    result, shown = ask(FORWARD_TIME, FORWARD)
    assert isinstance(result.verdict, Cleared)
    assert "circulation" not in shown
    assert "standing by" not in shown


def test_without_the_lesson_nobody_is_asked_anything_for_another_workout() -> None:
    # req: S001-08
    result, shown = ask([], CIRCLE)
    assert isinstance(result.verdict, Refused)
    assert "quarterturn run first-lesson" in " ".join(verdict_lines(result))
    assert shown == ""


@pytest.mark.parametrize("count", range(len(FIRST_TIME)))
@pytest.mark.parametrize("end", [["q"], ["Q "], ["quit"], []])
def test_q_or_the_end_of_the_input_ends_it_anywhere_with_nothing_started(
    count: int, end: list[str]
) -> None:
    result, _ = ask([*FIRST_TIME[:count], *end, *["yes"] * bool(end)])
    assert isinstance(result.verdict, Refused)
    assert verdict_lines(result)[-1] == "Nothing was started."


@pytest.mark.parametrize(("ending", "verdict"), [("\n", Cleared), ("", Refused)])
def test_half_a_line_is_no_answer(ending: str, verdict: type) -> None:
    stdin = io.StringIO("\n".join(FIRST_TIME[:-2]) + ending)
    result = ask_person(
        LESSON,
        BEGINNER,
        person=NOBODY,
        stdin=stdin,
        stdout=io.StringIO(),
        today=TODAY,
        press=presses(KeyAction.STOP, KeyAction.READY),
    )
    assert isinstance(result.verdict, verdict)


@pytest.mark.parametrize("index", range(len(FIRST_TIME) - 1))
def test_enter_alone_answers_no_question(index: int) -> None:
    # Enter alone is READY, the very last thing that is tried.
    lines = [*FIRST_TIME[:index], "", *FIRST_TIME[index:]]
    result, shown = ask(lines)
    assert isinstance(result.verdict, Cleared)
    assert shown.count("That is not one of the answers.") == 1


@pytest.mark.parametrize(
    "answer", ["maybe", "ja", "1", "yes no", "yess", "ye", "no!", "\x00", "ÿ", "y" * 5000]
)
def test_what_is_not_understood_is_asked_again(answer: str) -> None:
    result, shown = ask([answer, *FIRST_TIME])
    assert isinstance(result.verdict, Cleared)
    assert shown.count("That is not one of the answers.") == 1
    assert shown.count("yes or no: ") == ask(FIRST_TIME)[1].count("yes or no: ") + 1


@pytest.mark.parametrize("answer", ["86", "1899", "2027", "19866", "1986.0", "-986", "١٩٨٦", "yes"])
def test_a_year_of_birth_has_four_digits_and_lies_in_the_past(answer: str) -> None:
    lines = list(FIRST_TIME)
    lines.insert(lines.index("1986"), answer)
    result, shown = ask(lines)
    assert isinstance(result.verdict, Cleared)
    assert shown.count("the year, in four digits: ") == 2


def test_nobody_is_asked_for_ever() -> None:
    result, shown = ask(["what?"] * 1000)
    assert isinstance(result.verdict, Refused)
    assert shown.count("yes or no: ") == MAX_TRIES


@pytest.mark.parametrize(("short", "word"), [("y", "yes"), ("n", "no"), (" YES ", "yes")])
def test_answers_may_be_short_and_in_capitals(short: str, word: str) -> None:
    lines = [short if line == word else line for line in FIRST_TIME]
    assert isinstance(ask(lines)[0].verdict, Cleared)


def test_input_that_is_no_text_is_no_answer() -> None:
    stdin = io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n" * 50), encoding="utf-8")
    result = ask_person(
        LESSON, BEGINNER, person=NOBODY, stdin=stdin, stdout=io.StringIO(), today=TODAY
    )
    assert isinstance(result.verdict, Refused)


@given(st.lists(st.sampled_from(["yes", "no", "1986", "good", "visual", "spotter", " ", "", "x"])))
def test_no_typing_whatever_clears_a_walk_without_the_keys_and_the_red_key(
    lines: list[str],
) -> None:
    # req: S002-08
    result, shown = ask([*FIRST_TIME[:-11], *lines])
    if isinstance(result.verdict, Cleared):
        assert " " in lines
        assert lines.count("yes") >= 7
        assert "READY" in shown


# --- for the eye and for the ear -------------------------------------------------------------


def test_lines_are_short_and_say_everything_in_words() -> None:
    for lines, plan in ((FIRST_TIME, LESSON), (FORWARD_TIME, FORWARD)):
        _, shown = ask(lines, plan)
        assert shown.isascii()
        # In a terminal the answer and its Enter stand after each prompt.
        assert max(map(len, re.split(r"\n|(?<=: )(?=[A-Z])", shown))) <= 80
        assert "\x1b" not in shown
        assert "\r" not in shown


def test_a_voice_that_cannot_be_played_is_not_offered_and_it_is_said_why() -> None:
    lines = list(FIRST_TIME)
    lines.insert(lines.index("visual"), "voice")
    result, shown = ask(lines)
    assert isinstance(result.verdict, Cleared)
    assert "There is no voice here: nothing here plays it." in flat(shown)
    assert "screen-reader or visual: " in shown


def by_voice(*answers: str) -> list[str]:
    """Choose the voice, and answer so what was heard of it."""
    return [*FIRST_TIME[:-4], "voice", *answers]


def test_the_voice_is_confirmed_by_who_heard_the_cue_that_was_played() -> None:
    played: list[str] = []
    lines = by_voice("yes", " ", "")
    result, shown = ask(lines, play=lambda: played.append("beep"))
    assert result.verdict == Cleared(CueChannel.VOICE, cautious=False)
    assert played == ["beep"]
    assert "voice, screen-reader or visual: " in shown
    assert "A beep and a cue to try it with are played now." in flat(shown)
    assert "no voice" not in shown


def test_nothing_is_played_for_any_other_way() -> None:
    played: list[str] = []
    result, _ = ask(FIRST_TIME, play=lambda: played.append("beep"))
    assert result.verdict == Cleared(CueChannel.VISUAL, cautious=False)
    assert played == []


def test_the_cue_is_played_as_often_as_it_is_asked_for() -> None:
    played: list[str] = []
    result, shown = ask(
        by_voice("again", "what", "again", "no"), play=lambda: played.append("beep")
    )
    assert isinstance(result.verdict, Refused)
    assert len(played) == 3
    assert shown.count("again plays it again; yes or no: ") == 4


def test_a_cue_that_is_not_played_leads_to_another_way_and_never_to_a_yes() -> None:
    lines = by_voice("visual", "yes", " ", "")
    result, shown = ask(lines, play=lambda: "aplay ended with 1")
    assert result.verdict == Cleared(CueChannel.VISUAL, cautious=False)
    assert "The voice cannot be played: aplay ended with 1." in shown
    assert "There is no voice here: aplay ended with 1." in flat(shown)


def test_a_spotter_who_is_there_may_read_the_cues_out() -> None:
    # req: S003-23
    lines = [*FIRST_TIME[:-5], "yes", "spotter", "yes", " ", ""]
    result, shown = ask(lines)
    assert result.verdict == Cleared(CueChannel.SPOTTER, cautious=False)
    assert "screen-reader, spotter or visual: " in shown


def test_a_walk_for_the_cautious_is_not_followed_by_eye_alone() -> None:
    # req: S003-18
    healthy = [*HEALTHY[:9], "yes", *HEALTHY[10:]]  # unsteady at times
    lines = [*WELL, "yes", *healthy, "yes", *READY_TO_WALK, "yes", "spotter", "yes", " ", ""]
    result, shown = ask(lines)
    assert result.verdict == Cleared(CueChannel.SPOTTER, cautious=True)
    assert result.profile.balance_problem
    assert "screen-reader or spotter: " in shown
    assert "caution" in " ".join(verdict_lines(result))


def test_a_yes_about_health_says_whom_to_ask_and_nothing_more() -> None:
    lines = [*WELL, "yes", "yes", "1986", "yes", *["no"] * 7, "good", "good", "skip", "yes"]
    result, _ = ask(lines)
    assert isinstance(result.verdict, ForwardOnly)
    assert verdict_lines(result) == (
        "No walk with phases that are not forward starts.",
        "You have had trouble with your heart or circulation.",
        questions.ASK_A_PROFESSIONAL,
        "Nothing was started.",
    )


# --- the keys --------------------------------------------------------------------------------


@pytest.mark.parametrize("stop", [" ", "s", "S", "\x1b", "   "])
def test_stop_and_ready_are_typed_once_before_walking(stop: str) -> None:
    result, shown = ask([*FIRST_TIME[:-2], stop, ""])
    assert isinstance(result.verdict, Cleared)
    assert "a space, then Enter: " in shown
    assert "Enter alone: " in shown


def test_another_key_is_not_the_stop_and_stop_is_not_ready() -> None:
    result, shown = ask([*FIRST_TIME[:-2], "", "x", " ", " "])
    assert isinstance(result.verdict, Refused)
    assert shown.count("a space, then Enter: ") == 3
    assert shown.count("Enter alone: ") == 1


def presses(*actions: KeyAction | None) -> Callable[[], KeyAction | None]:
    left = list(actions)

    def press() -> KeyAction | None:
        if not left:
            raise EOFError
        return left.pop(0)

    return press


@pytest.mark.parametrize(
    ("ready", "words"), [("hold", "hold Enter down for a second"), ("twice", "press Enter twice")]
)
def test_in_a_terminal_the_keys_are_tried_as_they_will_be_pressed(ready: Mode, words: str) -> None:
    press = presses(None, KeyAction.PAUSE, KeyAction.STOP, None, KeyAction.READY)
    result, shown = ask(FIRST_TIME[:-2], press=press, ready=ready)
    assert isinstance(result.verdict, Cleared)
    assert "press space now: " in shown
    assert words in shown


@pytest.mark.parametrize(
    "actions",
    [
        (),
        (KeyAction.STOP,),
        (KeyAction.READY, KeyAction.READY),
        (KeyAction.STOP, KeyAction.STOP),
        (None,) * 50,
    ],
)
def test_without_both_keys_nothing_starts(actions: tuple[KeyAction | None, ...]) -> None:
    assert isinstance(ask(FIRST_TIME[:-2], press=presses(*actions))[0].verdict, Refused)


def keyboard(*reads: tuple[float, bytes]) -> Callable[..., AbstractContextManager[None]]:
    """Return a terminal in which these reads come after so many seconds."""

    @contextmanager
    def fake_single_keys(on_keys: Callable[[bytes], None]) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for after_s, data in reads:
            loop.call_later(after_s, on_keys, data)
        yield

    return fake_single_keys


HELD = tuple((0.5 + 0.03 * count, b"\r") for count in range(40))


@pytest.mark.parametrize(
    ("ready", "reads", "action"),
    [
        ("hold", [(1, b" ")], KeyAction.STOP),
        ("hold", [(1, b"\x03")], KeyAction.STOP),
        ("hold", [(1, b"x"), (2, b" ")], None),
        ("hold", [(0, b"\r"), *HELD], KeyAction.READY),
        ("hold", [(0, b"\r"), (0.8, b"\r"), (3, b" ")], KeyAction.STOP),
        ("twice", [(0, b"\r"), (0.8, b"\r"), (3, b" ")], KeyAction.READY),
        ("twice", [(0, b"\r"), (0.1, b"\r"), (3, b"p")], KeyAction.PAUSE),
    ],
)
async def test_a_key_of_the_terminal_means_what_it_means_in_the_walk(
    ready: Mode, reads: list[tuple[float, bytes]], action: KeyAction | None
) -> None:
    with patch("quarterturn.commands.ask.single_keys", keyboard(*reads)):
        assert await next_press(ready) is action


async def test_q_in_the_terminal_ends_it() -> None:
    with (
        patch("quarterturn.commands.ask.single_keys", keyboard((1, b"Q"))),
        pytest.raises(EOFError),
    ):
        await next_press("hold")


def test_the_terminal_is_read_when_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    person, terminal = pty.openpty()
    with os.fdopen(terminal, "r") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        os.write(person, b" ")  # the terminal keeps it until it is read
        assert terminal_press("hold")() is KeyAction.STOP
    os.close(person)


# --- from the files and back -----------------------------------------------------------------


def run(
    monkeypatch: pytest.MonkeyPatch, lines: Sequence[str], plan: Plan = LESSON
) -> PreflightResult:
    monkeypatch.setattr(sys, "stdin", typed(lines))
    return preflight(plan, BEGINNER, today=TODAY)


def test_what_is_learnt_is_kept_for_the_next_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # req: S000-31, S001-08, S004-15
    run(monkeypatch, FIRST_TIME)
    assert "You are through the questions. Cues: visual." in capsys.readouterr().out
    with pytest.raises(UsageError, match="first-lesson"):
        run(monkeypatch, EACH_TIME, CIRCLE)
    remember_session("home-beginner", LESSON, TODAY, to_the_end=True)
    assert run(monkeypatch, EACH_TIME, CIRCLE).cue_channel is CueChannel.VISUAL
    person = load_person("home-beginner").person
    assert (person.lesson, person.sessions, person.practised) == (TODAY, 1, TODAY)


def test_a_refusal_is_an_error_of_use_and_what_was_said_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = [*WELL, "yes", "yes", "1986", "yes", *["no"] * 7, "good", "good", "skip", "yes"]
    with pytest.raises(UsageError, match="doctor"):
        run(monkeypatch, lines)
    person = load_person("home-beginner").person
    assert person.answers is not None
    assert person.answers.given["heart"] == "yes"


def test_a_dialogue_that_is_left_at_once_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    with pytest.raises(UsageError, match="Nothing was started"):
        run(monkeypatch, ["q"])
    assert list(home.iterdir()) == []


def test_a_garbled_record_is_said_and_everything_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save_person("home-beginner", taught())
    person_path("home-beginner").write_text("{")
    run(monkeypatch, FIRST_TIME)
    shown = flat(capsys.readouterr().out)
    assert "cannot be understood" in shown
    assert "are asked again" in shown


@pytest.mark.parametrize(
    ("plan", "to_the_end", "lesson"),
    [(LESSON, True, TODAY), (LESSON, False, None), (CIRCLE, True, None), (FORWARD, True, None)],
)
def test_only_a_whole_first_lesson_counts_as_one(
    plan: Plan, to_the_end: bool, lesson: date | None
) -> None:
    # req: S001-08
    remember_session("ann", plan, TODAY, to_the_end=to_the_end)
    person = load_person("ann").person
    assert (person.lesson, person.sessions) == (lesson, 1)
