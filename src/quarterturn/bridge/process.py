"""The bridge: the one process that owns the treadmill, and its clients.

One client supervises: it steers, and it is watched. When it is gone the belt comes to rest, never
abruptly; what it began is not resumed by anybody.
"""

import asyncio
import os
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from quarterturn import __version__
from quarterturn.bridge import pace
from quarterturn.bridge.owner import NotBegunError, Owner
from quarterturn.bridge.paced_loop import PacedLoop, Timer, check_pace, wall_clock
from quarterturn.bridge.server import Client, Server, serving
from quarterturn.bridge.supervision import Supervision, Verdict
from quarterturn.exit_codes import ExitCode
from quarterturn.model import Heading
from quarterturn.opening import Treadmill
from quarterturn.protocol import (
    SIGN_OF_LIFE_S,
    SNAPSHOT_S,
    VERSION,
    Answered,
    Ask,
    Begin,
    BridgeState,
    CuesLost,
    Hello,
    Noted,
    Now,
    Planned,
    Request,
    ScreenLost,
    Snapshot,
    StopBelt,
    Supervise,
    Told,
    Welcome,
    snapshot_object,
)
from quarterturn.session.vocabulary import Answer, Event, Intent

if TYPE_CHECKING:
    from quarterturn.speech.voice import Voice

BEAT_S: Final = 0.1
"""How often the bridge looks at the silence of its screen."""
SCREEN_COMES_S: Final = 20.0
"""How long a bridge that was started for a screen waits for one."""

_NOT_YOURS = "another client supervises: it alone steers; stop is everyone's"
_MISSED = "The screen does not answer; unless it does, the belt comes to a stop."


class Bridge:
    """One treadmill and its clients. Make it on a running loop.

    ``for_screen``: it was started for one screen, and ends when that has gone. On a `PacedLoop` it
    is for demonstrations, and sets the pace.

    Raises:
        UsageError: when the loop is paced and the treadmill is not a simulated one.

    """

    def __init__(
        self,
        treadmill: Treadmill,
        *,
        for_screen: bool = False,
        make_voice: "Callable[[], Voice] | None" = None,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self._loop = asyncio.get_running_loop()
        check_pace(self._loop, treadmill)
        self._clock = wall_clock(self._loop)
        self.owner = Owner(
            treadmill,
            on_event=self._on_event,
            on_plan=lambda plan: self._tell(Planned(plan)),
            on_change=self._snapshot_soon,
            complain=self.note,
            now=now,
            make_voice=make_voice,
        )
        self._for_screen = for_screen
        self._server: Server | None = None
        self._holder: Client | None = None
        self._screen_lost = False
        self._missed_told = False
        self._supervision = Supervision(self._clock.time())
        self._errands: asyncio.Queue[tuple[Client, Begin] | None] = asyncio.Queue()
        self._leaving = False
        self._told_s = -SIGN_OF_LIFE_S
        self._due: Timer | None = None
        self._beat: Timer | None = None

    async def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Serve until told to leave; ``on_ready`` is called once clients can come.

        Raises:
            UsageError: when a bridge runs already.
            OSError: when nothing can listen there.

        """
        async with serving(self._make_server):
            on_ready()
            self._on_beat()
            if self._for_screen:
                self._clock.call_later(SCREEN_COMES_S, self._leave_if_alone)
            try:
                while not self._leaving:
                    # Of the last program, or a walk of ours after which the belt may still move.
                    await self.owner.recover()
                    if (errand := await self._errands.get()) is not None:
                        await self._walk(*errand)
            finally:
                for timer in (self._beat, self._due):
                    if timer is not None:
                        timer.cancel()

    def leave(self, cause: str, *, ramp: bool) -> None:
        """End the bridge; a belt that moves comes to rest first, by a ramp or at once."""
        self._leaving = True
        self._errands.put_nowait(None)
        self.owner.leave("another client" if ramp else "walker", cause, ramp=ramp)

    async def _walk(self, client: Client, begin: Begin) -> None:
        try:
            await self.owner.walk(
                begin.errand, lambda text: client.say(Answered(begin.id, accepted=True, text=text))
            )
        except NotBegunError as error:
            client.say(Answered(begin.id, accepted=False, text=str(error), code=error.code))
        self._tell_snapshot()
        self._leave_if_alone()

    def _leave_if_alone(self) -> None:
        resting = self.owner.state is BridgeState.RESTING
        if self._for_screen and self._holder is None and resting:
            self.leave("no screen", ramp=True)

    # --- clients ----------------------------------------------------------------------------------

    def _make_server(self, token: str | None) -> Server:
        self._server = Server(self, token)
        return self._server

    def welcome(self, client: Client, hello: Hello) -> Welcome:
        """Take a client in."""
        text = self._supervise(client) if hello.supervise else ""
        return Welcome(
            protocol=VERSION,
            version=__version__,
            pid=os.getpid(),
            supervising=self._holder is client,
            snapshot=snapshot_object(self._snapshot()),
            text=text,
            plan=self.owner.plan,
        )

    def left(self, client: Client) -> None:
        """Note that a client is gone; the one that supervises is missed."""
        if client is not self._holder:
            return
        self._hold(None)
        self._supervision.gone(self._clock.time())
        self._look_for_screen()
        waiting = self.owner.state in (BridgeState.CONNECTING, BridgeState.RECOVERING)
        if self._for_screen and waiting:
            self.leave("the screen has gone", ramp=True)
        self._leave_if_alone()

    def request(self, client: Client, request: Request) -> None:
        """Do what a client asks, and answer it."""
        holds = client is self._holder
        if holds and not self._screen_lost:
            self._supervision.heard(self._clock.time())
        match request:
            case StopBelt(id=number, ramp=ramp, cause=cause, by=who):
                by = who if holds else "another client"
                client.say(_answered(number, self.owner.stop(by, cause, ramp=ramp)))
            case Ask(id=number, intent=Intent.STOP):
                self.request(client, StopBelt(number))
            case Supervise(id=number):
                why = self._supervise(client)
                client.say(Answered(number, accepted=not why, text=why))
            case Begin(id=number) | Ask(id=number) if not holds:
                client.say(Answered(number, accepted=False, text=_NOT_YOURS))
            case Begin(id=number):
                self._begin(client, request)
            case Ask(id=number, intent=intent):
                client.say(_answered(number, self.owner.intent(intent)))
            case CuesLost() if holds:
                self.owner.cues_lost()
            case ScreenLost() if holds:
                self._screen_lost = True
                self._supervision.gone(self._clock.time())
                self._look_for_screen()
            case _:
                pass  # a sign of life, or a word that only the one who steers may say

    def _begin(self, client: Client, begin: Begin) -> None:
        why_not = "the bridge is ending" if self._leaving else self.owner.why_not_now
        if why_not is not None:
            client.say(Answered(begin.id, accepted=False, text=why_not, code=ExitCode.USAGE))
            return
        self.owner.claim()
        self._errands.put_nowait((client, begin))

    def _supervise(self, client: Client) -> str:
        """Let a client steer if nobody else does; return why not."""
        if self._holder not in (None, client):
            return _NOT_YOURS
        self._hold(client)
        self._supervision.heard(self._clock.time())
        return ""

    def _hold(self, client: Client | None) -> None:
        self._holder = client
        self._screen_lost = self._missed_told = False
        if self._server is not None:
            self._server.keep(client)

    def note(self, text: str) -> None:
        """Have every client told what a person should know."""
        self._tell(Noted(text))

    # --- what is seen -----------------------------------------------------------------------------

    def _snapshot(self) -> Snapshot:
        clients = 0 if self._server is None else self._server.greeted
        return self.owner.snapshot(supervised=self._holder is not None, clients=clients)

    def _on_event(self, event: Event) -> None:
        self._tell(Told(event))
        self._snapshot_soon()

    def _tell(self, message: Planned | Told | Now | Noted) -> None:
        if self._server is not None:
            self._server.tell(message)

    def _snapshot_soon(self) -> None:
        self._keep_pace()
        if self._due is None:
            wait_s = max(0.0, self._told_s + SNAPSHOT_S - self._clock.time())
            self._due = self._clock.call_later(wait_s, self._tell_snapshot)

    def _tell_snapshot(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        self._told_s = self._clock.time()
        if self._server is not None and self._server.greeted:
            self._tell(Now(snapshot_object(self._snapshot())))

    def _keep_pace(self) -> None:
        """In a demonstration, let time run as what happens now deserves, if somebody sees it."""
        if isinstance(self._loop, PacedLoop):
            unseen = self._screen_lost or self._missed_told
            self._loop.run_at(pace.REAL if unseen else pace.rate(self._snapshot()))

    # --- the beat ---------------------------------------------------------------------------------

    def _on_beat(self) -> None:
        self._beat = self._clock.call_later(BEAT_S, self._on_beat)
        self._look_for_screen()
        self._keep_pace()
        if self._clock.time() - self._told_s >= SIGN_OF_LIFE_S - BEAT_S:
            self._tell_snapshot()

    def _look_for_screen(self) -> None:
        """Bring the belt to rest when the screen is gone; never abruptly [safety 6.4 W]."""
        if self.owner.state is not BridgeState.WALKING:
            return
        forward = self.owner.heading is Heading.FORWARD
        match self._supervision.verdict(self._clock.time(), forward=forward):
            case Verdict.SEEN:
                self._missed_told = False
            case Verdict.MISSED:
                if not self._missed_told:
                    self._missed_told = True
                    self.note(_MISSED)
            case Verdict.LOST:
                self.owner.screen_lost()


def _answered(number: int, answer: Answer) -> Answered:
    return Answered(number, accepted=answer.accepted, text=answer.text)
