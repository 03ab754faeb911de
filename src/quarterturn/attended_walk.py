"""One walk from the side of the person: the bridge is asked for it, watched, and survived.

It owns no time and no rule. What is seen of the walk is a `View`'s business, be it lines or a
screen; what keys mean is its keyboard's.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from quarterturn.exit_codes import ExitCode, NoBridgeError, exit_code
from quarterturn.protocol import Answered, BridgeState, Object, Snapshot
from quarterturn.session import Event, Intent

if TYPE_CHECKING:
    from quarterturn.bridge.errand import Errand
    from quarterturn.client import BridgeClient
    from quarterturn.opening import Treadmill
    from quarterturn.summary import Summary
    from quarterturn.track import Sample

# A phase is done by reports, which come about once a second.
_CUT_SHORT_S: Final = 2.0
_ACKNOWLEDGE: Final = "Nothing starts before you have seen to it: look at the belt, then press a."
_RED_KEY: Final = "Stay on the rails and pull the red key."


class Attach(Protocol):
    """Finds the bridge that is to walk, or starts one."""

    def __call__(
        self,
        treadmill: "Treadmill",
        *,
        on_event: Callable[[Event], None],
        on_snapshot: Callable[[Snapshot], None],
        on_note: Callable[[str], None],
    ) -> "AbstractAsyncContextManager[BridgeClient]":
        """Connect while the context is open. Raise UsageError or NoBridgeError where that fails."""


class View(Protocol):
    """Shows a walk. What it does must not wait: signs of life are sent by the same loop."""

    def show(self, event: Event) -> None:
        """Show what happened."""

    def see(self, snapshot: Snapshot) -> None:
        """Show what is so now."""

    def note(self, text: str) -> None:
        """Show what a person should know."""


@dataclass(frozen=True, slots=True)
class Walked:
    """What came of a walk.

    ``whole``: no phase of the plan was left out or cut short. ``samples`` are the reports of the
    belt, ``end`` the session's last event; ``refusal`` says why nothing was walked.
    """

    code: ExitCode
    whole: bool
    summary: "Summary"
    samples: "tuple[Sample, ...]" = ()
    end: Event | None = None
    journal: Path | None = None
    refusal: str | None = None


class AttendedWalk:
    """An errand on a treadmill, by the bridge that ``attach`` finds. Make it on a running loop."""

    def __init__(
        self, errand: "Errand", treadmill: "Treadmill", attach: Attach, view: View
    ) -> None:
        from quarterturn.summary import Summariser  # not for the first frame of a display
        from quarterturn.track import Track

        self._errand = errand
        self._treadmill = treadmill
        self._attach = attach
        self._view = view
        self._loop = asyncio.get_running_loop()
        self._bridge: BridgeClient | None = None
        self._summariser = Summariser()
        self._track = Track()
        self._end: Event | None = None
        self._planned = 0
        self._journal: Path | None = None
        self._refusal: str | None = None
        self._changed = asyncio.Event()
        self._given_up = False
        self._broken: Exception | None = None
        self._asking: set[asyncio.Task[None]] = set()
        self.snapshot: Snapshot | None = None
        self.t = 0.0

    async def run(
        self,
        attended: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> Walked:
        """Walk, and return what came of it; ``attended`` is entered while somebody can steer.

        Raises:
            UsageError, NoBridgeError: when there is no bridge for this walk.
            Exception: what broke in the view, once the belt has come to rest.

        """
        _read_in()
        async with self._attach(
            self._treadmill, on_event=self._hear, on_snapshot=self._see, on_note=self._note
        ) as bridge:
            self._bridge = bridge
            with attended():
                code = await self._walk(bridge)
        if self._broken is not None:
            raise self._broken
        summary = self._summariser.summary()
        return Walked(
            code,
            self._whole(summary),
            summary,
            self._track.samples(),
            self._end,
            self._journal,
            self._refusal,
        )

    @property
    def plan(self) -> Object | None:
        """What is walked, as `quarterturn.plan_sheet` shows it; None before it is made."""
        return None if self._bridge is None else self._bridge.plan

    @property
    def recovering(self) -> bool:
        """Whether what happened to the last session has to be acknowledged first."""
        return self.snapshot is not None and self.snapshot.state is BridgeState.RECOVERING

    @property
    def planned(self) -> bool:
        """Whether a session has begun."""
        return self._planned > 0

    async def _walk(self, bridge: "BridgeClient") -> ExitCode:
        try:
            await self._acknowledged(bridge)
            if self._given_up:
                return ExitCode.STOPPED
            from quarterturn.bridge.errand import encode_errand

            begun = await bridge.begin(encode_errand(self._errand))
            if not begun.accepted:
                self._refusal = begun.text
                return ExitCode(begun.code or ExitCode.FAULT)
            self._journal = Path(begun.text)
            await self._until(bridge, lambda: self._end is not None)
        except NoBridgeError:
            return await self._survive(bridge)
        if self._end is None:
            raise RuntimeError("a walk ended without saying how")
        return exit_code(self._end)

    def _whole(self, summary: "Summary") -> bool:
        return 0 < self._planned == len(summary.phases) and all(
            phase.done_s >= phase.planned_s - _CUT_SHORT_S for phase in summary.phases
        )

    async def _acknowledged(self, bridge: "BridgeClient") -> None:
        """Wait until what happened to the last session is acknowledged, if there is anything."""
        if self.recovering and self.snapshot is not None:
            self._note(f"{self.snapshot.last_session or ''} {_ACKNOWLEDGE}")
        await self._until(bridge, lambda: self._given_up or not self.recovering)

    async def _until(self, bridge: "BridgeClient", done: Callable[[], bool]) -> None:
        """Wait for something to be so.

        Raises:
            NoBridgeError: when the bridge is lost before.

        """
        while not done():
            self._changed.clear()
            waiting = [asyncio.ensure_future(it.wait()) for it in (self._changed, bridge.lost)]
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in waiting:
                    task.cancel()
            if bridge.lost.is_set() and not done():
                raise NoBridgeError(str(bridge.why_lost))

    # --- the bridge is gone -----------------------------------------------------------------------

    async def _survive(self, bridge: "BridgeClient") -> ExitCode:
        """Stop the belt as the one that is left, and say first the one thing that is sure."""
        from quarterturn.bridge.stop_once import stop_once
        from quarterturn.errors import explain

        why = str(bridge.why_lost)
        why = f"{why[:1].upper()}{why[1:]}."
        self._tell("fault", fault="bridge_lost", action="alarm", text=why)
        self._tell("cue", kind="fault", text=_RED_KEY)
        stands: bool | None = None
        if self._treadmill.simulated:
            self._note("The simulated treadmill was part of the bridge and is gone with it.")
        else:
            bridge.kill()
            began_t = self.t
            try:
                stands = await stop_once(
                    self._treadmill,
                    lambda event: self._hear_of_rest(began_t, event),
                    why=why,
                )
            except Exception as error:  # noqa: BLE001 - the red key has been said; this is the rest
                words = (explain(error) or (repr(error), None))[0]
                self._note(words.removeprefix("quarterturn: "))
        self._tell("end", reason="fault", by="bridge", cause="lost", belt_stopped=stands or None)
        return ExitCode.FAULT

    def _hear_of_rest(self, began_t: float, event: Event) -> None:
        """Show an event of the stop-once, whose time begins anew; its ends are told otherwise."""
        if event["event"] != "end" and event.get("step") != "begin":
            self._hear({**event, "t": round(began_t + float(str(event["t"])), 3)})

    def _tell(self, event: str, **more: object) -> None:
        self._hear({"t": self.t, "event": event, **more})

    # --- what the bridge says ---------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        if not self.recovering:
            self._summariser.add(event)
            self._track.add(event)
            if event["event"] == "end":
                self._end = event
            elif event["event"] == "plan":
                self._planned = int(str(event["phases"]))
        self.t = max(self.t, float(str(event["t"])))
        self._changed.set()
        self._to_view(lambda: self._view.show(event))

    def _see(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._changed.set()
        self._to_view(lambda: self._view.see(snapshot))

    def _note(self, text: str) -> None:
        self._to_view(lambda: self._view.note(text))

    def _to_view(self, show: Callable[[], None]) -> None:
        """Have something shown; a view that breaks is a lost screen, and the bridge goes on."""
        if self._broken is not None:
            return
        try:
            show()
        except Exception as error:  # noqa: BLE001 - raised again once the belt stands
            self._broken = error
            self.screen_lost()

    # --- what the person says ---------------------------------------------------------------------

    def stop(self, cause: str) -> None:
        """Stop the belt at once; a walk that has not begun does not begin."""
        if self._bridge is None:
            self._given_up = True
        else:
            self._bridge.stop_now(cause)

    def give_up(self, cause: str) -> None:
        """Stop the belt at once, and wait for no acknowledgement either."""
        self._given_up = True
        self._changed.set()
        self.stop(cause)

    def screen_lost(self) -> None:
        """Nobody sees what is shown any more: come to rest by a ramp."""
        if self._bridge is not None:
            self._bridge.screen_lost()

    def ask(self, intent: Intent, then: Callable[[Intent, Answered], None]) -> None:
        """Ask the bridge for something; ``then`` hears the answer, if there is one."""

        async def ask(bridge: "BridgeClient") -> None:
            then(intent, await bridge.ask(intent))

        self._start(ask)

    def ask_to_stop(self, by: str, then: Callable[[Intent, Answered], None]) -> None:
        """Stop the belt at once for somebody else who asks by way of this program."""

        async def stop(bridge: "BridgeClient") -> None:
            then(Intent.STOP, await bridge.stop(by=by))

        self._start(stop)

    def _start(self, asking: "Callable[[BridgeClient], Coroutine[Any, Any, None]]") -> None:
        if self._bridge is None:
            return
        bridge = self._bridge

        async def ask() -> None:
            with contextlib.suppress(NoBridgeError):  # whoever waits for the end hears of it
                await asking(bridge)

        task = self._loop.create_task(ask())
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)


def _read_in() -> None:
    """Import what only a walk needs, while no belt of it moves.

    None of it stands at the top: a screen is drawn before anything is walked, and does not wait
    for what stops a belt without a bridge.
    """
    import quarterturn.bridge.errand
    import quarterturn.bridge.stop_once
    import quarterturn.errors  # noqa: F401 - read from the cache where it is used
