"""The pre-flight on the screen: one question at a time, and no answer is ever assumed.

Which questions there are, and what follows from the answers, is `quarterturn.preflight`'s. No
answer leaves this screen but in its result, and nothing of it is written to any log.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, ProgressBar, Static

from quarterturn import questions
from quarterturn.keys import KeyAction, action_of
from quarterturn.model import Heading
from quarterturn.preflight import (
    Cleared,
    PreflightResult,
    Situation,
    conclude,
    is_lesson,
    next_question,
)
from quarterturn.profiles import CueChannel
from quarterturn.questions import PRESSED, Kind, Question, Topic
from quarterturn.ready import Mode, ReadyKeys
from quarterturn.settings import Settings, load_settings
from quarterturn.toml_files import FileErrors
from quarterturn.toml_words import printable
from quarterturn.tui.page import Page
from quarterturn.tui.preflight_parts import (
    AGAIN,
    AnswerButton,
    data_of,
    keys_of,
    printable_lines,
    questions_left,
    verdict_words,
)

MAX_TRIES: Final = 10
"""How often one question is answered with what is no answer before nobody is taken to be there."""
READ_S: Final = 0.3
"""A question that is answered sooner was not read: it was a key held down, or a second click."""
_REPEAT_S: Final = 0.2  # a key that is held repeats faster, and a person presses slower

_WELCOME: Final = (
    "Before you walk. Escape ends it, and nothing starts. Quarterturn is not a medical device. The "
    "emergency stop is the red key on the machine."
)
_NO_ANSWER: Final = "That is not one of the answers."
_UNPLAYED: Final = "The voice cannot be heard here. Choose another way for the cues."
_READY_HINTS: Final[dict[Mode, str]] = {
    "hold": "Hold {} down for a second.",
    "twice": "Press {} twice, half a second apart.",
}


class PreflightScreen(Page[PreflightResult]):
    """Ask what has to be asked before a plan is walked.

    The result is None where nothing was answered at all. Who ends it later gets a refusal as the
    result, because what was answered until then counts: the person in it is to be saved.

    ``play_check`` plays a beep and a cue and returns whether that went well; None: nothing can.
    ``ready`` None: as the settings have it.
    """

    page_title = "Before you walk"
    HELP = """\
## Before you walk

One question at a time. Press the letter or the number that stands on an answer, or go there
with Tab and press Enter, or click it. No answer is marked for you: each is yours to give.

Where a key is to be tried, press that key itself: nothing else counts. Escape ends it, and nothing
is started.
"""
    AUTO_FOCUS = ""  # no answer has the focus unasked
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "End it"),
        Binding("right", "move(1)", "Next answer", show=False),
        Binding("left", "move(-1)", "Answer before", show=False),
        Binding("down", "read(1)", "Read on", show=False),
        Binding("up", "read(-1)", "Read back", show=False),
    ]
    DEFAULT_CSS = """
    PreflightScreen #all { padding: 0 2; align-horizontal: center; overflow-y: auto; }
    PreflightScreen.-high #all { padding: 1 4; }
    PreflightScreen #all > * { max-width: 88; }
    PreflightScreen Static { height: auto; width: 1fr; }
    PreflightScreen #progress { width: 100%; height: 1; color: $foreground 70%; }
    PreflightScreen ProgressBar { width: 100%; height: 1; }
    PreflightScreen Bar { width: 1fr; }
    PreflightScreen #reading { height: auto; max-height: 50%; margin-top: 1; }
    PreflightScreen.-high #reading { max-height: 70%; }
    PreflightScreen #reading:focus { background-tint: $foreground 5%; }
    PreflightScreen #before { color: $foreground 70%; }
    PreflightScreen #before.risks {
        color: $foreground;
        border-left: thick $warning;
        padding-left: 1;
    }
    PreflightScreen #question { text-style: bold; margin-top: 1; }
    PreflightScreen #reasons { margin-top: 1; }
    PreflightScreen #answers { height: auto; margin-top: 1; }
    PreflightScreen #answers Button { margin-right: 2; }
    PreflightScreen.-low #answers Button { border: none; height: 1; background: $panel; }
    PreflightScreen.-narrow #answers.many { layout: vertical; }
    PreflightScreen #year { width: 24; margin-top: 1; }
    PreflightScreen #hint { margin-top: 1; color: $text-warning; }
    """

    class Played(Message):
        """The cue to try the voice with was played, or could not be."""

        def __init__(self, *, well: bool) -> None:
            super().__init__()
            self.well = well

    def __init__(
        self,
        situation: Situation,
        play_check: Callable[[], Awaitable[bool]] | None,
        *,
        ready: Mode | None = None,
    ) -> None:
        super().__init__()
        self._situation = situation
        self._play_check = play_check
        settings = _settings()
        told: Mode = "twice" if settings.ready == "twice" else "hold"
        self._ready: Mode = told if ready is None else ready
        self._ready_key = settings.keymap["ready"]
        self._ready_keys = ReadyKeys(self._ready)
        self._answers: dict[Topic, str] = {}
        self._question: Question | None = None
        self._result: PreflightResult | None = None
        self._silent = False
        self._tries = 0
        self._asked_s = 0.0
        self._pressed: tuple[str, float] = ("", 0.0)

    def aside(self) -> str:
        """Say what is going to be walked, and as whom."""
        plan = self._situation.plan
        return f"{printable(plan.workout)}, profile {printable(plan.profile)}"

    def compose_page(self) -> ComposeResult:
        """Build the places of the question; `_ask` fills them."""
        with Vertical(id="all"):
            yield Static(id="progress")
            yield ProgressBar(show_eta=False, show_percentage=False)
            with VerticalScroll(id="reading"):
                yield Static(id="before", markup=False)
            yield Static(id="question", markup=False)
            yield Static(id="reasons", markup=False)
            yield Horizontal(id="answers")
            yield Input(id="year", placeholder="four digits", max_length=4, restrict="[0-9]*")
            yield Static(id="hint", markup=False)

    async def on_mount(self) -> None:
        """Ask the first question."""
        await self._ask()

    # --- asking ----------------------------------------------------------------------------------

    async def _ask(self, told: str = "") -> None:
        """Show the next question, or the verdict; ``told`` is said below it."""
        self._question = question = next_question(self._situation, self._answers)
        self._tries = 0
        self._asked_s = self._now_s()
        self.refresh_bindings()
        self._show_progress()
        if question is None:
            await self._conclude()
            return
        self._ready_keys.reset()
        self._read(self._before(question))
        self.query_one("#before").set_class(question.topic is Topic.ACKNOWLEDGED, "risks")
        self._say("#question", question.text)
        self._say("#reasons", "")
        self._say("#hint", told or self._hint(question))
        year = self.query_one("#year", Input)
        year.display = question.kind is Kind.YEAR
        year.clear()
        await self._show_answers(question)
        # No answer has the focus: Enter alone answers nothing.
        self.set_focus(year if year.display else None)
        self.query_one("#reading").scroll_home(animate=False)
        if self._is_by_voice(question):
            self._play()

    async def _show_answers(self, question: Question) -> None:
        row = self.query_one("#answers", Horizontal)
        row.display = question.kind is Kind.WORD
        keys = keys_of(self._allowed(question)) if row.display else {}
        if self._is_by_voice(question):
            keys["a"] = AGAIN
        await self._mount_answers(keys)

    async def _mount_answers(self, keys: Mapping[str, str]) -> None:
        """Put a button for each answer; those of one question after the other are mostly alike."""
        if {button.key: button.answer for button in self.query(AnswerButton)} == keys:
            return
        row = self.query_one("#answers", Horizontal)
        row.set_class(len(keys) > 3, "many")
        await row.remove_children()
        await row.mount(*(AnswerButton(answer, key) for key, answer in keys.items()))

    def _allowed(self, question: Question) -> tuple[str, ...]:
        """Return the answers that are offered: no voice where it was tried and not heard."""
        if question.topic is not Topic.CUE_CHANNEL or not self._silent:
            return question.allowed
        return tuple(it for it in question.allowed if it != CueChannel.VOICE)

    def _before(self, question: Question) -> str:
        if question.topic is Topic.ACKNOWLEDGED:
            return questions.RISKS
        if self._answers:
            return ""
        lesson = questions.LESSON if is_lesson(self._situation.plan) else ""
        return f"{_WELCOME}\n\n{lesson}".strip()

    def _hint(self, question: Question) -> str:
        if question.topic is Topic.STOP_PRESSED:
            return "Press space now: the key, not the mouse."
        if question.topic is Topic.READY_PRESSED:
            return _READY_HINTS[self._ready].format(self._ready_key.capitalize())
        return ""

    def _show_progress(self) -> None:
        done = len(self._answers)
        total = max(done + questions_left(self._situation, self._answers), 1)
        number = min(done + 1, total)
        told = f"Question {number} of about {total}" if self._question else f"{done} answered"
        self._say("#progress", told)
        self.query_one(ProgressBar).update(total=total, progress=done)

    def _read(self, text: str) -> None:
        self._say("#before", text)
        self.query_one("#reading").display = bool(text)

    def action_move(self, by: int) -> None:
        """Go to the next answer, or to the one before."""
        if by > 0:
            self.focus_next(AnswerButton)
        else:
            self.focus_previous(AnswerButton)

    def action_read(self, by: int) -> None:
        """Scroll what is to be read, where it is longer than the room for it."""
        self.query_one("#reading").scroll_relative(y=by, animate=False)

    def _say(self, where: str, text: str) -> None:
        place = self.query_one(where, Static)
        place.update(Content(printable_lines(text)))
        place.display = bool(text)

    # --- answering -------------------------------------------------------------------------------

    async def _answer(self, answer: str) -> None:
        question = self._question
        if question is None or self._now_s() - self._asked_s < READ_S:
            return
        offered = question.kind is Kind.YEAR or answer in self._allowed(question)
        if offered and question.accepts(answer, self._situation.today.year):
            self._answers[question.topic] = answer
            await self._ask()
        else:
            await self._refuse_answer()

    async def _refuse_answer(self) -> None:
        self._tries += 1
        self._say("#hint", _NO_ANSWER)
        if self._tries >= MAX_TRIES:
            self.action_back()

    async def on_key(self, event: events.Key) -> None:
        """Take an answer by its key, and the keys that are to be tried."""
        before, self._pressed = self._pressed, (event.key, self._now_s())
        question = self._question
        if question is not None and question.kind is Kind.KEY:
            event.stop()
            event.prevent_default()
            await self._try_key(question, event)
            return
        is_answer = event.character is not None or event.key == "enter"
        if is_answer and before[0] == event.key and self._pressed[1] - before[1] < _REPEAT_S:
            event.stop()  # a key that is held down answers once
            event.prevent_default()
            return
        for button in self.query(AnswerButton):
            if event.character is not None and event.character.lower() == button.key:
                event.stop()
                await self._press(button)

    async def _try_key(self, question: Question, event: events.Key) -> None:
        """Count the key that was asked for: STOP by any of its three, READY as the settings say."""
        data = data_of(event, self._ready_key)
        is_ready = self._ready_keys.key(self._now_s(), data)
        action = action_of(data, heading=Heading.FORWARD, moving=False)
        if question.topic is Topic.STOP_PRESSED:
            right = action is KeyAction.STOP
        elif action is KeyAction.STOP:
            self.action_back()  # STOP ends what is going on, here as in the walk
            return
        elif action is KeyAction.READY and not is_ready:
            return  # a hold that has only begun
        else:
            right = is_ready
        if right:
            await self._answer(PRESSED)
        elif event.key not in ("tab", "shift+tab"):
            await self._refuse_answer()

    @on(Button.Pressed)
    async def _clicked(self, event: Button.Pressed) -> None:
        event.stop()
        if isinstance(event.button, AnswerButton):
            await self._press(event.button)

    async def _press(self, button: "AnswerButton") -> None:
        if self._question is not None and button.answer == AGAIN:
            self._play()
        elif self._question is not None:
            await self._answer(button.answer)
        elif self._now_s() - self._asked_s >= READ_S:
            self.dismiss(self._result)

    @on(Input.Submitted)
    async def _year_given(self, event: Input.Submitted) -> None:
        event.stop()
        await self._answer(event.value)

    # --- the voice -------------------------------------------------------------------------------

    def _is_by_voice(self, question: Question) -> bool:
        channel = self._answers.get(Topic.CUE_CHANNEL)
        return question.topic is Topic.CUE_CONFIRMED and channel == CueChannel.VOICE

    def _play(self) -> None:
        async def play() -> None:
            well = False
            if self._play_check is not None:
                with suppress(OSError):
                    well = await self._play_check()
            self.post_message(self.Played(well=well))

        self.run_worker(play(), exclusive=True, group="voice")

    async def on_preflight_screen_played(self, event: Played) -> None:
        """Ask for another way for the cues where the voice is none."""
        question = self._question
        if not event.well and question is not None and self._is_by_voice(question):
            self._silent = True
            del self._answers[Topic.CUE_CHANNEL]
            await self._ask(_UNPLAYED)

    # --- the end ---------------------------------------------------------------------------------

    async def _conclude(self) -> None:
        self._result = result = conclude(self._situation, self._answers)
        title, lines, label = verdict_words(result)
        self._read("")
        self._say("#question", title)
        cleared = isinstance(result.verdict, Cleared)
        self.query_one("#question").set_class(not cleared, "problem")
        self.query_one(ProgressBar).display = self.query_one("#progress").display = cleared
        self._say("#hint", "")
        self.query_one("#year").display = False
        self._say("#reasons", "\n".join(lines))
        self.query_one("#answers").display = True
        await self._mount_answers({label[0]: label})
        self.query_one(AnswerButton).focus()

    def action_back(self) -> None:
        """End it: with the verdict where there is one, else with what the answers so far leave."""
        if self._result is None and self._answers:
            self._result = conclude(self._situation, self._answers)
        self.dismiss(self._result)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave Escape to STOP where that is the key to try."""
        del parameters
        is_stop = self._question is not None and self._question.topic is Topic.STOP_PRESSED
        return not (action == "back" and is_stop)

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()


def _settings() -> Settings:
    """Return the settings; those that cannot be read leave READY as it comes."""
    try:
        return load_settings()
    except (FileErrors, OSError):
        return Settings()
