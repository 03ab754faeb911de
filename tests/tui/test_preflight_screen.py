"""The pre-flight on the screen: the same questions and rules as in lines."""

import logging
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot
from textual.widgets import Button, Input, Static

from quarterturn import questions
from quarterturn.person import NOBODY, Person
from quarterturn.plan import make_plan
from quarterturn.preflight import Cleared, ForwardOnly, PreflightResult, Refused, Situation
from quarterturn.profiles import CueChannel, base_profile
from quarterturn.questions import NO, YES, Question, Topic
from quarterturn.ready import Mode
from quarterturn.tui import preflight_screen
from quarterturn.tui.preflight_screen import MAX_TRIES, PreflightScreen
from quarterturn.workout.files import load_workout
from tui.host import Host, Looks, in_each_look, press, settled, showing, shown

pytestmark = pytest.mark.real_time
TODAY = date(2026, 11, 20)
BEGINNER = base_profile("home-beginner")
FORWARD = make_plan(load_workout("forward-base"), BEGINNER, None)
LESSON = make_plan(load_workout("first-lesson"), BEGINNER, None)
CIRCLE = make_plan(load_workout("circle"), BEGINNER, None)

WELL = ["n", "n", "n"]
CHECKED = ["y"] * 6
FORWARD_ANSWERS = ["y", *WELL, *CHECKED, "3", "y"]
"""Of age, well today, the checklist, cues by sight that are read well; then the two keys come."""


@pytest.fixture(autouse=True)
def quick_reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Answer at once, one key after the other; no settings of anybody's."""
    monkeypatch.setattr(preflight_screen, "READ_S", 0.0)
    monkeypatch.setattr(preflight_screen, "_REPEAT_S", 0.0)
    monkeypatch.setenv("QUARTERTURN_HOME", str(tmp_path))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Set the time by hand."""
    now = [100.0]
    monkeypatch.setattr(PreflightScreen, "_now_s", lambda _: now[0])
    return now


class Sound:
    """Plays nothing, and says that it did, or did not."""

    def __init__(self, well: list[bool]) -> None:
        self._well = well
        self.played = 0

    async def __call__(self) -> bool:
        self.played += 1
        return self._well.pop(0)


def screen(
    plan: object = FORWARD,
    person: Person = NOBODY,
    sound: Sound | None = None,
    ready: Mode = "twice",
) -> PreflightScreen:
    situation = Situation(plan, BEGINNER, person, TODAY)  # type: ignore[arg-type]
    return PreflightScreen(situation, sound, ready=ready)


def question(app: Host) -> str:
    return str(app.screen.query_one("#question", Static).render())


def hint(app: Host) -> str:
    return str(app.screen.query_one("#hint", Static).render())


async def ready(app: Host, pilot: Pilot[None], clock: list[float], gap_s: float = 0.6) -> None:
    await press(app, pilot, "enter")
    clock[0] += gap_s
    await press(app, pilot, "enter")


async def result_of(
    plan: object, keys: Sequence[str], clock: list[float], person: Person = NOBODY
) -> PreflightResult:
    async with showing(screen(plan, person)) as (app, pilot):
        for key in keys:
            clock[0] += 1.0
            await press(app, pilot, key)
        assert isinstance(app.result, PreflightResult)
        return app.result


# --- the way through -----------------------------------------------------------------------------


async def test_a_forward_walk_is_cleared_by_keys_alone(clock: list[float]) -> None:
    async with showing(screen()) as (app, pilot):
        await press(app, pilot, *FORWARD_ANSWERS, "space")
        clock[0] += 1.0
        await ready(app, pilot, clock)
        assert question(app) == "You are through the questions."
        await press(app, pilot, "enter")
        assert isinstance(app.result.verdict, Cleared)
        assert app.result.cue_channel is CueChannel.VISUAL


async def test_a_first_lesson_is_cleared_with_the_risks_read_and_a_year_typed(
    clock: list[float],
) -> None:
    async with showing(screen(LESSON)) as (app, pilot):
        assert "first lesson, at a crawl" in await shown(pilot)
        await press(app, pilot, *WELL)
        assert questions.RISKS[:40] in await shown(pilot)
        await press(app, pilot, "y", "y", *"1986", "enter", *"nnnnnnnn")
        assert question(app) == next(
            it.text for it in questions.READINESS if it.topic is Topic.STRENGTH
        )
        await press(app, pilot, "g", "g", "y", "y", "y", *CHECKED, "n", "v", "y", "s")
        await ready(app, pilot, clock)
        await press(app, pilot, "g")
        assert isinstance(app.result.verdict, Cleared)
        assert app.result.person.practised == TODAY
        assert app.result.profile.birth_year == 1986


async def test_answers_are_clicked_with_the_mouse() -> None:
    async with showing(screen()) as (app, pilot):
        for answer in ("Yes y", "No n", "No n", "No n", "Yes y"):
            button = next(it for it in app.screen.query(Button) if str(it.label) == answer)
            await pilot.click(button)
            await settled(app, pilot)
        assert question(app) == questions.CHECKLIST[1].text


async def test_answers_are_reached_with_the_arrow_keys_and_enter() -> None:
    async with showing(screen()) as (app, pilot):
        await press(app, pilot, "right", "enter")
        assert question(app) == questions.TODAY[0].text


async def test_the_progress_counts_what_is_still_to_come() -> None:
    async with showing(screen()) as (app, pilot):
        assert "Question 1 of about 14" in await shown(pilot)
        await press(app, pilot, "y", "n")
        assert "Question 3 of about 14" in await shown(pilot)


# --- no answer is ever assumed -------------------------------------------------------------------


async def test_enter_alone_answers_nothing() -> None:
    async with showing(screen()) as (app, pilot):
        await press(app, pilot, "enter", "enter", "enter")
        assert question(app) == questions.OF_AGE[0].text
        assert app.screen.focused is None


async def test_a_key_that_is_held_down_answers_one_question(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight_screen, "READ_S", 0.3)
    monkeypatch.setattr(preflight_screen, "_REPEAT_S", 0.2)
    async with showing(screen()) as (app, pilot):
        clock[0] += 1.0
        await press(app, pilot, "y")
        for _ in range(30):
            clock[0] += 0.03
            await press(app, pilot, "y")
        assert question(app) == questions.TODAY[0].text


async def test_a_question_that_nobody_can_have_read_is_not_answered(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight_screen, "READ_S", 0.3)
    async with showing(screen()) as (app, pilot):
        clock[0] += 1.0
        await press(app, pilot, "y", "n")
        assert question(app) == questions.TODAY[0].text
        clock[0] += 0.31
        await press(app, pilot, "n")
        assert question(app) == questions.TODAY[1].text


async def test_a_year_of_the_future_is_no_answer() -> None:
    async with showing(screen(LESSON)) as (app, pilot):
        await press(app, pilot, *WELL, "y", "y", *"2031", "enter")
        assert hint(app) == "That is not one of the answers."
        assert app.screen.query_one("#year", Input).display


async def test_after_ten_answers_that_are_none_it_ends() -> None:
    async with showing(screen()) as (app, pilot):
        await press(app, pilot, *FORWARD_ANSWERS)
        await press(app, pilot, *"x" * MAX_TRIES)
        assert isinstance(app.result.verdict, Refused)


# --- the keys to try -----------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["space", "s", "escape"])
async def test_each_key_of_stop_is_one(key: str) -> None:
    async with showing(screen()) as (app, pilot):
        await press(app, pilot, *FORWARD_ANSWERS)
        assert question(app) == questions.STOP_PRESSED.text
        await press(app, pilot, key)
        assert question(app) == questions.READY_PRESSED.text


async def test_another_key_is_not_stop() -> None:
    async with showing(screen()) as (app, pilot):
        await press(app, pilot, *FORWARD_ANSWERS, "y")
        assert question(app) == questions.STOP_PRESSED.text
        assert hint(app) == "That is not one of the answers."


async def test_one_press_is_no_ready_and_two_too_quick_are_none(clock: list[float]) -> None:
    async with showing(screen()) as (app, pilot):
        await press(app, pilot, *FORWARD_ANSWERS, "space")
        await ready(app, pilot, clock, gap_s=0.1)
        assert question(app) == questions.READY_PRESSED.text


async def test_a_held_enter_is_ready_where_the_settings_say_so(clock: list[float]) -> None:
    async with showing(screen(ready="hold")) as (app, pilot):
        await press(app, pilot, *FORWARD_ANSWERS, "space")
        assert hint(app) == "Hold Enter down for a second."
        await press(app, pilot, "enter")
        clock[0] += 0.5
        for _ in range(25):
            await press(app, pilot, "enter")
            clock[0] += 0.03
        assert question(app) == "You are through the questions."


async def test_stop_ends_it_where_ready_is_to_be_tried() -> None:
    async with showing(screen()) as (app, pilot):
        await press(app, pilot, *FORWARD_ANSWERS, "space", "s")
        assert isinstance(app.result.verdict, Refused)


async def test_the_settings_say_how_ready_is_given(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('ready = "twice"\n', encoding="utf-8")
    async with showing(PreflightScreen(screen()._situation, None)) as (app, pilot):
        await press(app, pilot, *FORWARD_ANSWERS, "space")
        assert hint(app) == "Press Enter twice, half a second apart."


async def test_the_key_that_the_settings_have_for_ready_is_the_one_to_try(
    tmp_path: Path, clock: list[float]
) -> None:
    (tmp_path / "settings.toml").write_text('[keymap]\nready = "g"\n', encoding="utf-8")
    async with showing(screen()) as (app, pilot):
        await press(app, pilot, *FORWARD_ANSWERS, "space")
        assert hint(app) == "Press G twice, half a second apart."
        await press(app, pilot, "g")
        clock[0] += 0.6
        await press(app, pilot, "g")
        assert question(app) == "You are through the questions."


# --- verdicts ------------------------------------------------------------------------------------


async def test_pain_today_ends_it_with_its_reason(clock: list[float]) -> None:
    result = await result_of(FORWARD, ["y", "y", "n", "n", "b"], clock)
    assert isinstance(result.verdict, Refused)
    assert "Not today." in result.verdict.reasons[0]


async def test_a_heart_complaint_leaves_forward_walks(clock: list[float]) -> None:
    keys = [*WELL, "y", "y", *"1986", "enter", "y", *"nnnnnnn", "g", "g", "y", "y", "b"]
    result = await result_of(LESSON, keys, clock)
    assert isinstance(result.verdict, ForwardOnly)


async def test_the_first_lesson_comes_first() -> None:
    async with showing(screen(CIRCLE)) as (app, pilot):
        assert "The first lesson comes before" in await shown(pilot)
        await press(app, pilot, "enter")
        assert isinstance(app.result.verdict, Refused)


async def test_escape_before_any_answer_is_no_result() -> None:
    async with showing(screen()) as (app, pilot):
        await press(app, pilot, "escape")
        assert app.result is None


async def test_escape_later_is_a_refusal_that_keeps_what_was_answered() -> None:
    async with showing(screen(LESSON)) as (app, pilot):
        await press(app, pilot, *WELL, "y", "escape")
        assert isinstance(app.result.verdict, Refused)
        assert app.result.person.acknowledged is not None


# --- the voice -----------------------------------------------------------------------------------


@pytest.fixture
def with_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer the voice, whether or not this computer has one."""
    channels = ("voice", "visual")
    asked = Question(Topic.CUE_CHANNEL, "How do you follow the cues?", channels)
    heard = Question(Topic.CUE_CONFIRMED, "Do you hear it?", (YES, NO), wanted=YES)

    def next_question(_: Situation, answers: dict[Topic, str]) -> Question | None:
        if Topic.CUE_CHANNEL not in answers:
            return asked
        return None if Topic.CUE_CONFIRMED in answers else heard

    monkeypatch.setattr(preflight_screen, "next_question", next_question)


@pytest.mark.usefixtures("with_voice")
async def test_the_voice_is_played_before_it_is_confirmed_and_again_on_demand() -> None:
    sound = Sound([True, True])
    async with showing(screen(sound=sound)) as (app, pilot):
        await press(app, pilot, "1")
        assert sound.played == 1
        await press(app, pilot, "a")
        assert sound.played == 2
        assert question(app) == "Do you hear it?"


@pytest.mark.usefixtures("with_voice")
@pytest.mark.parametrize("sound", [None, Sound([False])])
async def test_where_the_voice_cannot_be_played_another_way_is_asked_for(
    sound: Sound | None,
) -> None:
    async with showing(screen(sound=sound)) as (app, pilot):
        await press(app, pilot, "1")
        assert question(app) == "How do you follow the cues?"
        assert [str(it.label) for it in app.screen.query(Button)] == ["Visual v"]
        assert "cannot be heard" in hint(app)


# --- privacy, and how it looks -------------------------------------------------------------------


async def test_no_answer_reaches_a_log(
    clock: list[float], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    keys = [*WELL, "y", "y", *"1986", "enter", "y", *"nnnnnnn", "g", "g", "y", "y", "b"]
    await result_of(LESSON, keys, clock)
    logged = caplog.text + "".join(capfd.readouterr())
    assert "1986" not in logged
    assert "heart" not in logged.lower()


async def to_the_risks(app: Host, pilot: Pilot[None]) -> None:
    await press(app, pilot, *WELL)


async def to_a_refusal(app: Host, pilot: Pilot[None]) -> None:
    await press(app, pilot, "y", "y", "n", "n")


LOOKS = {
    "risks": Looks(lambda: screen(LESSON), to_the_risks),
    "refused": Looks(screen, to_a_refusal),
}


@in_each_look
@pytest.mark.parametrize("name", LOOKS)
def test_the_preflight_looks_as_kept(
    screens: SnapshotAssertion, name: str, size: tuple[int, int], theme: str
) -> None:
    assert LOOKS[name].of(size, theme) == screens
