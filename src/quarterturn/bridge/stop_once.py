"""Stop-once: connect, stop what moves, see that it stands, say so. For when no bridge is left.

It starts nothing and sets no speed: the governor that it asks is halted before anything is heard,
so that a Stop is all that can leave. A belt that says 0 gets none, for there are machines that
start on it; one that says nothing does.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from quarterturn.bridge.runtime import Runtime
from quarterturn.open_session import note_standstill
from quarterturn.opening import Treadmill
from quarterturn.port import LinkError, RefusedError
from quarterturn.recovery import Recovery
from quarterturn.session.vocabulary import Event

TRIES_S: Final = 60.0
"""How long the treadmill is looked for."""
_PAUSE_S = 0.5


async def stop_once(
    treadmill: Treadmill, on_event: Callable[[Event], None], *, why: str, tries_s: float = TRIES_S
) -> bool:
    """Stop a treadmill that nothing steers any more; return whether it is known to stand.

    Raises:
        LinkError, RefusedError, TimeoutError: when it was not reached in ``tries_s``.

    """
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + tries_s
    while True:
        runtime = Runtime(treadmill.open_driver, treadmill.record, on_event=on_event)
        try:
            capabilities = await runtime.connect()
            core = Recovery(
                capabilities, treadmill.record, loop.time(), what_happened=why, unattended=True
            )
            end = await runtime.drive(core)
            if end["belt_stopped"]:
                with contextlib.suppress(OSError):  # then the next start asks once too often
                    note_standstill()
            return bool(end["belt_stopped"])
        except (LinkError, RefusedError, TimeoutError):
            # What holds the treadmill may just be letting go of it.
            if loop.time() >= deadline_s:
                raise
            await asyncio.sleep(_PAUSE_S)
        finally:
            await runtime.close()
