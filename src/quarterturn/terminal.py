"""A terminal that keys are read from one by one, and output that never holds up the control loop."""

import asyncio
import contextlib
import os
import queue
import sys
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from typing import TextIO

# Longer than any key's sequence; what is longer is a paste.
_READ_BYTES = 1024


@contextlib.contextmanager
def single_keys(on_keys: Callable[[bytes], None]) -> Iterator[None]:
    """Read keys from the terminal on stdin while the context lasts, one read at a time.

    Ctrl+C and Ctrl+Z arrive as keys: nothing may suspend this process while a belt moves.

    Raises:
        OSError: when stdin is no terminal.

    """
    loop, fd = asyncio.get_running_loop(), sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    tty.setcbreak(fd, termios.TCSANOW)
    mode = termios.tcgetattr(fd)
    mode[3] &= ~termios.ISIG
    termios.tcsetattr(fd, termios.TCSANOW, mode)

    def readable() -> None:
        data = os.read(fd, _READ_BYTES)
        if data:
            on_keys(data)
        else:
            loop.remove_reader(fd)

    loop.add_reader(fd, readable)
    try:
        yield
    finally:
        loop.remove_reader(fd)
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


@contextlib.contextmanager
def lines_from_stdin(on_line: Callable[[str], None]) -> Iterator[None]:
    """Call ``on_line`` on the running loop with each line of stdin while the context lasts.

    Files and pipes are read alike, in a thread of its own that dies with the process.
    """
    loop = asyncio.get_running_loop()
    done = threading.Event()

    def read() -> None:
        for line in sys.stdin:
            if done.is_set():
                return
            with contextlib.suppress(RuntimeError):  # the loop may have ended meanwhile
                loop.call_soon_threadsafe(on_line, line)

    threading.Thread(target=read, name="stdin", daemon=True).start()
    try:
        yield
    finally:
        done.set()


class Printer:
    """Write lines from a thread of its own; a terminal that stands still holds up nobody else.

    ``on_lost`` is called once, on the loop, when nothing can be written any more.
    """

    def __init__(self, stream: TextIO, on_lost: Callable[[], None]) -> None:
        self._stream = stream
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="printer", daemon=True)
        self._thread.start()
        self.lost = False

    def put(self, line: str) -> None:
        """Have a line written."""
        self._lines.put(line)

    async def close(self, patience_s: float = 2.0) -> None:
        """Wait until everything is written, but not for a reader that has stopped reading."""
        self._lines.put(None)
        deadline_s = self._loop.time() + patience_s
        while self._thread.is_alive() and self._loop.time() < deadline_s:
            await asyncio.sleep(0.01)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._stream.write(line + "\n")
                if self._lines.empty():
                    self._stream.flush()
            except (OSError, ValueError):
                self.lost = True
                with contextlib.suppress(RuntimeError):  # the loop may have ended meanwhile
                    self._loop.call_soon_threadsafe(self._on_lost)
                return
