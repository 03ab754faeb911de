"""The voice itself: it plays what it is told in its order, and says what became of it.

It runs in a process of its own, or in a test on the loop of that. Nothing in it knows a treadmill.
"""

import array
import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from quarterturn.speech.earcons import Earcon, earcon_samples
from quarterturn.speech.library import Library, NoWordsError
from quarterturn.speech.messages import CUT, DROPPED, FAILED, PLAYED, read_cue
from quarterturn.speech.order import Level, Order, Spoken, Verdict
from quarterturn.speech.players import RECORD, Player, PlayError
from quarterturn.speech.samples import duration_s, silence

REPEAT_S: Final = 4.0
"""How long a fault that nobody has seen to is silent before it is said again."""
LAST_WORDS: Final = 3
"""How often the last words are said when the bridge is gone."""
FINISH_S: Final = 20.0
"""How long what is being said may still take when the walk is over."""
ALARM_S: Final = 60.0
"""How long an alarm goes on behind a walk whose belt is not known to stand."""

_GAP_S = 0.08  # between a tone and the words
TONE = "tone"

Say = Callable[[Mapping[str, object]], None]


class Speaker:
    """Plays cues. ``say`` sends a message to the bridge; ``heard`` writes down what is recorded.

    ``open_library`` is called with language and voice when a walk is loaded. Make it on a running
    loop; `begin` says by what it plays, and until then a cue waits.
    """

    def __init__(
        self,
        open_library: Callable[[str, str | None], Library],
        say: Say,
        *,
        heard: Say | None = None,
    ) -> None:
        self._open_library = open_library
        self._library = open_library("en", None)
        self._say = say
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self._player: Player | None = None
        self._order = Order()
        self._playing: asyncio.Task[None] | None = None
        self._loading: asyncio.Task[None] | None = None
        self._alarm: Spoken | None = None
        self._repeat: asyncio.TimerHandle | None = None
        self._last_words: Spoken | None = None
        self._idle = asyncio.Event()
        self._over = False
        self._ending: asyncio.Task[None] | None = None
        self.ended = asyncio.Event()

    def begin(self, player: Player) -> None:
        """Play by this player from now on, and what has waited for it first."""
        self._player = player
        self._say({"said": "ready", "player": player.name})
        if self._order.playing is not None:
            self._start(self._order.playing)

    def take(self, message: Mapping[str, Any]) -> None:
        """Do what a message asks; one that makes no sense is passed over."""
        with contextlib.suppress(KeyError, TypeError, ValueError):
            match message.get("do"):
                case "load":
                    self._load(message)
                case "cue":
                    self._offer(read_cue(message))
                case "quiet":
                    self._quiet()
                case "ping":
                    self._say({"said": "pong", "id": message["id"]})
                case "bye":
                    self._end_soon(alarmed=bool(message["alarmed"]))

    def hung_up(self) -> None:
        """Take note that the bridge is gone; without a farewell it died, and the belt may run."""
        if not self._over:
            self._over = True
            self._then_end(self._speak_last_words())

    async def close(self) -> None:
        """Fall silent at once."""
        self._quiet()
        tasks = [it for it in (self._playing, self._loading, self._ending) if it is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- what will be said ------------------------------------------------------------------------

    def _load(self, message: Mapping[str, Any]) -> None:
        voice = message["voice"]
        self._library = self._open_library(
            str(message["language"]), None if voice is None else str(voice)
        )
        last = str(message["last_words"])
        self._last_words = Spoken(0, 0.0, Level.ALARM, "fault", last, Earcon.FAULT)
        if self._loading is not None:
            self._loading.cancel()
        texts = [last, *map(str, message["texts"])]
        self._loading = self._loop.create_task(self._make_ready(texts))

    async def _make_ready(self, texts: list[str]) -> None:
        missing = await self._library.load(texts)
        self._say({"said": "loaded", "missing": missing[:20]})

    # --- one after the other ----------------------------------------------------------------------

    def _offer(self, cue: Spoken) -> None:
        if cue.repeat:
            self._quiet()
            self._alarm = cue
        before = self._order.playing, self._order.waiting
        verdict = self._order.offer(cue)
        after = (self._order.playing, self._order.waiting)
        for gone in before:
            if gone is not None and gone not in after:
                self._became(gone, CUT if gone is before[0] else DROPPED)
        if verdict is Verdict.DROP:
            self._became(cue, DROPPED)
        elif verdict is Verdict.NOW:
            if self._playing is not None:
                self._playing.cancel()
            self._start(cue)

    def _start(self, cue: Spoken) -> None:
        if self._repeat is not None:
            self._repeat.cancel()
        self._idle.clear()
        if self._player is not None:
            self._playing = self._loop.create_task(self._play(cue, self._player))

    async def _play(self, cue: Spoken, player: Player) -> None:
        """Play a cue; whoever cuts it off says so."""
        began_s = self._loop.time()
        samples = array.array("h") if cue.earcon is None else earcon_samples(cue.earcon)
        source, why = TONE, None
        try:
            words, source = await self._library.speech(cue.text)
            if samples:
                samples += silence(_GAP_S)
            samples += words
        except NoWordsError as error:
            why = str(error)
        if samples:
            try:
                await player.play(samples)
            except PlayError as error:
                why = str(error)
        waited_s = round(self._loop.time() - began_s - duration_s(samples), 3)
        outcome = PLAYED if why is None else FAILED
        self._became(cue, outcome, why=why, source=source, waited_s=max(0.0, waited_s))
        self._next()

    def _next(self) -> None:
        self._playing = None
        cue = self._order.ended()
        if cue is not None:
            self._start(cue)
            return
        self._idle.set()
        if self._alarm is not None:
            self._repeat = self._loop.call_later(REPEAT_S, self._say_again)

    def _say_again(self) -> None:
        if self._alarm is not None and self._order.playing is None:
            self._order.offer(self._alarm)
            self._start(self._alarm)

    def _quiet(self) -> None:
        self._alarm = None
        if self._repeat is not None:
            self._repeat.cancel()
            self._repeat = None

    def _became(self, cue: Spoken, outcome: str, **more: object) -> None:
        more = {name: value for name, value in more.items() if value is not None}
        self._say({"said": outcome, "id": cue.id, **more})
        if self._heard is not None and self._player is not None and self._player.name == RECORD:
            earcon = None if cue.earcon is None else cue.earcon.value
            what = {"t": cue.t, "kind": cue.kind, "earcon": earcon, "text": cue.text}
            self._heard({**what, "outcome": outcome, **more})

    # --- the end ----------------------------------------------------------------------------------

    def _end_soon(self, *, alarmed: bool) -> None:
        """Finish what is being said, and end; an alarm that nobody has seen to goes on a while."""
        if self._over:
            return
        self._over = True
        if not alarmed:
            self._quiet()
        self._then_end(self._finish(alarmed=alarmed))

    async def _finish(self, *, alarmed: bool) -> None:
        if alarmed and self._alarm is not None:
            await asyncio.sleep(ALARM_S)
            self._quiet()
        if self._order.playing is not None and self._player is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FINISH_S):
                    await self._idle.wait()

    async def _speak_last_words(self) -> None:
        self._quiet()
        if self._last_words is None or self._player is None:
            return
        for _ in range(LAST_WORDS):
            if self._playing is not None:
                self._playing.cancel()
            self._order = Order()
            self._offer(self._last_words)
            await self._idle.wait()

    def _then_end(self, doing: Coroutine[Any, Any, None]) -> None:
        self._ending = self._loop.create_task(doing)
        self._ending.add_done_callback(lambda _: self.ended.set())
