"""Watch whatever bridge there is, for those that must not be able to ask anything of it.

`watch` says hello and nothing else. Who is told what the bridge says gets values, and nothing
through which anything could be said.
"""

import asyncio
from pathlib import Path
from typing import Final, NoReturn, Protocol

from quarterturn.client import BridgeClient, connect
from quarterturn.exit_codes import NoBridgeError
from quarterturn.protocol import Object, Snapshot
from quarterturn.session.vocabulary import Event

LOOK_AGAIN_S: Final = 0.5
"""How long after a bridge was not found, or was lost, it is looked for again."""


class Audience(Protocol):
    """Is told what a bridge says, and whether there is one."""

    def found(self, plan: Object | None, snapshot: Snapshot) -> None:
        """Hear of a bridge: what is walked or was walked last, and what is so now."""

    def planned(self, plan: Object | None) -> None:
        """Hear what is going to be walked."""

    def snapshot(self, snapshot: Snapshot) -> None:
        """Hear what is so now."""

    def event(self, event: Event) -> None:
        """Hear an event of the session."""

    def note(self, text: str) -> None:
        """Hear what a person should know."""

    def lost(self, why: str) -> None:
        """Hear that there is no bridge, at every vain attempt too."""


class _Ear:
    """Passes on what a bridge says, once it is known what is walked there."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._bridge: BridgeClient | None = None
        self._plan: Object | None = None

    def begin(self, bridge: BridgeClient) -> None:
        if bridge.snapshot is None:
            raise NoBridgeError("the bridge did not say what it is")
        self._bridge, self._plan = bridge, bridge.plan
        self._audience.found(bridge.plan, bridge.snapshot)

    def snapshot(self, snapshot: Snapshot) -> None:
        if self._knows_the_plan():  # else it is in the one that `begin` tells
            self._audience.snapshot(snapshot)

    def event(self, event: Event) -> None:
        if self._knows_the_plan():
            self._audience.event(event)

    def _knows_the_plan(self) -> bool:
        if self._bridge is None:
            return False
        if self._bridge.plan is not self._plan:
            self._plan = self._bridge.plan
            self._audience.planned(self._plan)
        return True


async def watch(name: str, audience: Audience, *, socket: Path | None = None) -> NoReturn:
    """Tell what the bridge of this user says, or one at another socket.

    One that is gone, or was not there, is looked for again and again. ``name`` is what the bridge
    may call this client. Ends only when it is cancelled.
    """
    while True:
        ear = _Ear(audience)
        try:
            async with connect(
                name,
                socket=socket,
                on_event=ear.event,
                on_snapshot=ear.snapshot,
                on_note=audience.note,
            ) as bridge:
                ear.begin(bridge)
                await bridge.lost.wait()
                audience.lost(bridge.why_lost or "the bridge is gone")
        except NoBridgeError as error:
            audience.lost(str(error))
        await asyncio.sleep(LOOK_AGAIN_S)
