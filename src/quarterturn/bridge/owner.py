"""What owns the treadmill: it walks one errand after the other, and does one thing at a time.

A walk is put on record before it begins and taken off when the belt is known to stand, so that the
next program learns of one that did not end.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from quarterturn.bridge.paced_loop import check_pace
from quarterturn.bridge.snapshots import Picture
from quarterturn.exit_codes import ExitCode, UsageError
from quarterturn.model import Capabilities, Heading
from quarterturn.open_session import (
    OpenSession,
    forget_open_session,
    note_standstill,
    read_open_session,
    write_open_session,
)
from quarterturn.opening import Treadmill, find_book_or_english, open_treadmill
from quarterturn.port import LinkError, RefusedError
from quarterturn.protocol import BridgeState, Object, Snapshot
from quarterturn.session.table import State
from quarterturn.session.vocabulary import ACKNOWLEDGE_FIRST, Answer, Event, Intent

# What walks is imported by the walk: a bridge that rests starts in half the time.
if TYPE_CHECKING:
    from quarterturn.bridge.runtime import Runtime
    from quarterturn.bridge.walks import Walk
    from quarterturn.controller import Core
    from quarterturn.session.machine import Session
    from quarterturn.speech.voice import Voice

# A treadmill that was not reached is looked for anew so long afterwards.
_LOOK_AGAIN_S: Final = 5.0
_NOTHING: Final = Answer(accepted=False, text="there is nothing to stop: no session is under way")
_STOPPED = "stopped before the treadmill was found"


class NotBegunError(Exception):
    """A walk did not begin; ``code`` is the exit code that goes with the words."""

    def __init__(self, text: str, code: ExitCode) -> None:
        super().__init__(text)
        self.code = code


class Owner:
    """One treadmill. Make it on a running loop.

    ``on_event`` hears each event, ``on_plan`` what is going to be walked, ``on_change`` that
    something else is different now, ``complain`` what a person should know. ``now`` tells the time
    of day, which is only written down. ``make_voice`` makes what says the cues, for the first walk;
    None where nothing does.
    """

    def __init__(
        self,
        treadmill: Treadmill,
        *,
        on_event: Callable[[Event], None],
        on_plan: Callable[[Object], None],
        on_change: Callable[[], None],
        complain: Callable[[str], None],
        now: Callable[[], datetime],
        make_voice: "Callable[[], Voice] | None" = None,
    ) -> None:
        self._treadmill = treadmill
        self._make_voice = make_voice
        self._voice: Voice | None = None
        self._tell = on_event
        self._on_plan = on_plan
        self._on_change = on_change
        self._complain = complain
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._runtime: Runtime | None = None
        self._connecting: asyncio.Task[Capabilities] | None = None
        self._given_up = False
        self._picture = Picture()
        self._what_happened: str | None = None
        self._seen_to = asyncio.Event()
        self._acknowledged = self._unread = False
        self.state = BridgeState.RESTING
        self.plan: Object | None = None
        """What is walked, or was walked last."""

    # --- what people and clients say --------------------------------------------------------------

    def intent(self, intent: Intent) -> Answer:
        """Pass on what a person asks."""
        runtime = self._runtime
        if self._voice is not None and intent is Intent.ACKNOWLEDGE:
            self._voice.quiet()
        if runtime is not None:
            return runtime.intent(intent)
        if self.state is not BridgeState.RECOVERING:
            return Answer(accepted=False, text="no session is under way")
        if intent is not Intent.ACKNOWLEDGE:
            return Answer(accepted=False, text=ACKNOWLEDGE_FIRST)
        if not self._unread:
            return Answer(accepted=False, text="wait: the treadmill is being looked for")
        self._acknowledged = True
        self._seen_to.set()
        self._give_up()
        return Answer(accepted=True)

    def stop(self, by: str, cause: str | None, *, ramp: bool) -> Answer:
        """Stop the belt: at once, or by a ramp. What was not connected yet is given up."""
        if self.state is BridgeState.RECOVERING and self._runtime is None:
            return Answer(accepted=True, text="the treadmill is looked for, to stop its belt")
        if self.state is BridgeState.CONNECTING:
            self._give_up()
            return Answer(accepted=True, text="the treadmill is no longer looked for")
        return _NOTHING if self._runtime is None else self._runtime.stop(by, cause, ramp=ramp)

    def cues_lost(self) -> None:
        """Nobody hears the cues any more."""
        if self._runtime is not None:
            self._runtime.cues_lost()

    def screen_lost(self) -> None:
        """Nobody sees the screen any more: come to rest by a ramp."""
        self._set(BridgeState.ENDING)
        if self._runtime is not None:
            self._runtime.screen_lost()

    def leave(self, by: str, cause: str, *, ramp: bool) -> None:
        """Come to an end with whatever is under way."""
        self._seen_to.set()
        if self.state is not BridgeState.RECOVERING:
            self.stop(by, cause, ramp=ramp)
        elif self._runtime is not None:
            self._runtime.screen_lost()
        else:
            self._give_up()

    def _give_up(self) -> None:
        """Look for the treadmill no longer; whatever was not begun yet does not begin."""
        self._given_up = True
        if self._connecting is not None:
            self._connecting.cancel()

    @property
    def why_not_now(self) -> str | None:
        """Why no walk can begin now; None when one can."""
        match self.state:
            case BridgeState.RESTING:
                return None
            case BridgeState.RECOVERING:
                return ACKNOWLEDGE_FIRST
            case _:
                return "a session is under way"

    @property
    def heading(self) -> Heading:
        """Which way the walker faces."""
        return Heading.FORWARD if self._runtime is None else self._runtime.heading

    @property
    def belt_may_move(self) -> bool:
        """Whether the belt moves, or is not known to stand; of one not reached yet nothing is."""
        if self._runtime is None:
            return self.state is BridgeState.RECOVERING
        return self._runtime.belt_may_move

    def snapshot(self, *, supervised: bool, clients: int) -> Snapshot:
        """Return what is so now."""
        runtime, picture, now_s = self._runtime, self._picture, self._loop.time()
        core = None if runtime is None else runtime.core
        session = None if core is None else _session_of(core)
        # While it is simply walked, no step of a turn is under way.
        stepping = session is None or session.state is not State.WALK
        return Snapshot(
            state=self.state,
            treadmill=str(self._treadmill.url),
            belt_may_move=self.belt_may_move,
            heading=self.heading.word,
            supervised=supervised,
            clients=clients,
            t=None if runtime is None or core is None else runtime.t,
            workout=picture.workout,
            profile=picture.profile,
            phases=picture.phases,
            phase=picture.phase,
            elapsed_s=None if session is None else round(session.elapsed_s(now_s), 3),
            purpose=picture.purpose if stepping else None,
            step=picture.step if stepping else None,
            next_heading=picture.next_heading if stepping else None,
            commanded_kmh=None if core is None else core.governor.ledger.centi_kmh / 100,
            speed_kmh=picture.speed_kmh,
            incline_pct=picture.incline_pct,
            distance_m=picture.distance_m,
            heart_rate_bpm=picture.heart_rate_bpm,
            report_age_s=None if core is None else round(now_s - core.governor.heard_s, 3),
            fault=picture.fault,
            end=picture.end,
            last_session=self._what_happened,
        )

    def _set(self, state: BridgeState) -> None:
        self.state = state
        self._on_change()

    def _on_event(self, event: Event) -> None:
        if (
            event["event"] == "end"
            and self._runtime is not None
            and self._runtime.crash is not None
        ):
            self._complain(f"a mistake of ours: {self._runtime.crash!r}")
        self._picture.add(event)
        if self._voice is not None:
            self._voice.event(event)
        self._tell(event)

    # --- a walk -----------------------------------------------------------------------------------

    def claim(self) -> None:
        """Take the treadmill for the walk that comes next, so that no other begins meanwhile."""
        self._picture = Picture()
        self._given_up = False
        self._set(BridgeState.CONNECTING)

    async def walk(self, errand: Mapping[str, object], begun: Callable[[str], None]) -> None:
        """Walk an errand to its end; ``begun`` hears of the journal once nothing is in its way.

        Raises:
            NotBegunError: when it did not begin, and why.

        """
        try:
            await self._walk(errand, begun)
        except NotBegunError:
            raise
        except Exception as error:
            from quarterturn.errors import explain

            words = explain(error) or (f"a mistake of ours: {error!r}", ExitCode.FAULT)
            raise NotBegunError(*words) from error
        finally:
            self._connecting = self._runtime = None
            if self._voice is not None:
                self._voice.finish()
            self._set(BridgeState.RESTING)

    def _begin_to_speak(self, walk: "Walk") -> None:
        """Have the voice say this walk; what becomes of it is no condition of anything here."""
        if self._make_voice is not None:
            self._voice = self._voice or self._make_voice()
            on_lost = walk.runtime.cues_lost
            self._voice.start(walk.script(), on_lost=on_lost, complain=self._complain)

    async def fall_silent(self) -> None:
        """Hear out what is being said of a walk that is over, and end the voice."""
        if self._voice is not None:
            await self._voice.close()

    async def _walk(self, value: Mapping[str, object], begun: Callable[[str], None]) -> None:
        from quarterturn.bridge.walks import Walk

        check_pace(self._loop, self._treadmill)
        with Walk(value, self._treadmill, self._on_event, self._complain, self._now) as walk:
            try:
                plan = walk.plan(await self._connect(walk.runtime))
                session = self._put_on_record(walk)
                self.plan = plan
                self._on_plan(plan)
                self._runtime = walk.runtime
                self._set(BridgeState.WALKING)
                begun(str(walk.journal))
                self._begin_to_speak(walk)
                self._take_off_record(session, await walk.to_its_end())
            finally:
                await walk.runtime.close()

    async def _connect(self, runtime: "Runtime") -> Capabilities:
        self._connecting = self._loop.create_task(runtime.connect())
        if self._given_up:  # before it was looked for
            self._connecting.cancel()
        try:
            await asyncio.wait([self._connecting])
            if self._connecting.cancelled():
                raise NotBegunError(_STOPPED, ExitCode.STOPPED)
            capabilities = self._connecting.result()
            if self._given_up:  # in the moment in which it was found
                raise NotBegunError(_STOPPED, ExitCode.STOPPED)
            return capabilities
        finally:
            self._connecting.cancel()
            self._connecting = None

    # --- the session on record --------------------------------------------------------------------

    def _put_on_record(self, walk: "Walk") -> OpenSession | None:
        if self._treadmill.simulated:
            return None  # it ends with this process, and nobody is on it
        session = OpenSession(
            str(self._treadmill.url),
            workout=walk.workout,
            began=self._now().isoformat(timespec="seconds"),
            journal=str(walk.journal.resolve()),
            pid=os.getpid(),
            language=walk.language,
        )
        write_open_session(session)
        return session

    def _take_off_record(self, session: OpenSession | None, end: Event) -> None:
        if session is None:
            return
        try:
            if end["belt_stopped"]:
                forget_open_session()
            else:
                session.ended = f"{end['reason']}, {end['cause'] or end['by']}"
                write_open_session(session)
        except OSError as error:
            self._complain(f"the session stays on record as open: {error}")

    async def recover(self) -> None:
        """See to a session on record that did not end; return once somebody acknowledged it."""
        session = read_open_session()
        if session is None:
            return
        self._seen_to.clear()
        self._acknowledged = self._unread = self._given_up = False
        self._what_happened = " ".join([session.in_words(), *_last_words(session)])
        self._set(BridgeState.RECOVERING)
        try:
            if await self._acknowledge(session):
                forget_open_session()
        except OSError as error:
            self._complain(f"the session stays on record as open: {error}")
        finally:
            self._runtime = self._what_happened = None
            self._picture = Picture()
            self._set(BridgeState.RESTING)

    async def _acknowledge(self, session: OpenSession) -> bool:
        """Stop what moves, and wait for a person; return whether one has acknowledged.

        A treadmill that is not reached is looked for again and again: its belt may move.
        """
        while True:
            try:
                end = await self._come_to_rest(session)
            except Exception as error:  # noqa: BLE001 - whatever it is, a person has to look
                self._runtime = None
                self._cannot_read(error)
                may_be_found = isinstance(error, LinkError | RefusedError | TimeoutError)
            else:
                if end["belt_stopped"] and end["cause"] != "acknowledged":
                    note_standstill()
                return end["cause"] == "acknowledged"
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN_S if may_be_found else None):
                    await self._seen_to.wait()
                    return self._acknowledged

    async def _come_to_rest(self, session: OpenSession) -> Event:
        from quarterturn.bridge.runtime import Runtime
        from quarterturn.recovery import Recovery

        treadmill, book = self._treadmill_of(session), find_book_or_english(session.language)
        check_pace(self._loop, treadmill)
        runtime = Runtime(treadmill.open_driver, treadmill.record, on_event=self._on_event)
        try:
            capabilities = await self._connect(runtime)
            core = Recovery(
                capabilities,
                treadmill.record,
                self._loop.time(),
                what_happened=str(self._what_happened),
                book=book,
            )
            self._runtime = runtime
            return await runtime.drive(core)
        finally:
            await runtime.close()

    def _cannot_read(self, error: Exception) -> None:
        """Say, once, that only a person can see what the belt does."""
        if self._unread or self._given_up:
            return
        from quarterturn.errors import explain

        self._unread = True
        text, _ = explain(error) or (f"a mistake of ours: {error!r}", None)
        why = f"{self._what_happened} The belt's state cannot be read: {text}"
        self._on_event({"t": 0.0, "event": "recovery", "step": "unread", "text": why})

    def _treadmill_of(self, session: OpenSession) -> Treadmill:
        if session.treadmill is None:
            raise UsageError("which treadmill it was is not known")
        if session.treadmill == str(self._treadmill.url):
            return self._treadmill
        return open_treadmill(session.treadmill)


def _session_of(core: "Core") -> "Session | None":
    from quarterturn.controller import Controller

    return core.session if isinstance(core, Controller) else None


def _last_words(session: OpenSession) -> list[str]:
    """Return what the journal of a session saw last, as sentences."""
    from quarterturn.bridge.journal import JournalError, read_journal

    try:
        journal = read_journal(Path(session.journal))
    except JournalError:
        return []
    last = Picture()
    for event in journal.events():
        last.add(dict(event))
    words = [f"Its journal is {journal.path}."]
    if last.phase is not None and last.speed_kmh is not None:
        words.append(
            f"When it was last heard of, the walker faced {last.phase.get('heading')} and the belt"
            f" ran at {last.speed_kmh:.1f} km/h."
        )
    return words
