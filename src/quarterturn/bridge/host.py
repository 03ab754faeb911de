"""What the computer has to know of the bridge: how it fares, and whether it may fall asleep.

Nothing of it decides about the belt, and nothing of it can hold it up.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from quarterturn.bridge.inhibit import SleepInhibitor
from quarterturn.bridge.notify import ServiceManager
from quarterturn.bridge.owner import Owner
from quarterturn.bridge.paced_loop import Timer, wall_clock
from quarterturn.protocol import IN_WORDS, BridgeState

LOOK_S: Final = 0.2
"""How often the bridge is looked at; a belt needs seconds to start."""


class Host:
    """Tells the service manager, and holds the lock against sleep. ``awake`` None: there is none.

    Make it on the loop that steers the belt.
    """

    def __init__(self, owner: Owner, service: ServiceManager, awake: SleepInhibitor | None) -> None:
        self._owner = owner
        self._service = service
        self._awake = awake
        self._loop = asyncio.get_running_loop()
        self._said = ""
        self._timer: Timer | None = None

    @contextlib.asynccontextmanager
    async def attended(self) -> AsyncIterator[None]:
        """Look at the bridge while the context is open, and feed the watchdog."""
        with self._service.watching(self._loop):
            self._look()
            try:
                yield
            finally:
                if self._timer is not None:
                    self._timer.cancel()
                if self._awake is not None:
                    await self._awake.close()
                self._service.close()

    def _look(self) -> None:
        self._timer = wall_clock(self._loop).call_later(LOOK_S, self._look)
        if self._awake is not None:
            if self._needs_the_computer:
                self._awake.hold()
            else:
                self._awake.release()
        words = IN_WORDS[self._owner.state]
        if words != self._said:
            self._said = words
            self._service.status(words)

    @property
    def _needs_the_computer(self) -> bool:
        """Through a whole walk, its standstills too; not for as long as nobody acknowledges."""
        resting = self._owner.state in (BridgeState.RESTING, BridgeState.RECOVERING)
        return not resting or self._owner.belt_may_move
