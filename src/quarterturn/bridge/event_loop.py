"""The event loop of a process that steers a belt: its clock counts the computer's sleep.

The clock of asyncio stands still on Linux and macOS while the computer is suspended. A belt does
not: by such a clock, an hour that nobody watched would be a moment, and the last report before it
fresh. By this one it is what a process sees that was stopped for an hour: a late tick and a long
silence, and the session takes them for what they are. Nobody sets this clock, neither a person nor
a time server.
"""

import asyncio
import sys
import time


class BeltLoop(asyncio.SelectorEventLoop):
    """An event loop whose time, in seconds, never stands still and is never set."""

    def time(self) -> float:
        """Return the time since the computer was started."""
        if sys.platform == "linux":
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        if sys.platform == "darwin":  # not Linux's clock of that name: there, this one runs on
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        return super().time()
