"""A terminal whose keys are read one by one, and output that never holds up the control loop.

Neither reading nor writing goes through ``sys.stdin`` or ``sys.stdout``: a thread that waits inside
of those would keep the interpreter from ending.
"""

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
# An intent is a short line; a line without an end must not fill the memory.
_LONGEST_LINE = 64 * 1024


@contextlib.contextmanager
def single_keys(
    on_keys: Callable[[bytes], None], on_gone: Callable[[], None] | None = None
) -> Iterator[None]:
    """Read keys from the terminal on stdin while the context lasts, one read at a time.

    Ctrl+C and Ctrl+Z arrive as keys: nothing may suspend this process while a belt moves.
    ``on_gone`` is called once when the terminal has gone, and with it every key.

    Raises:
        termios.error: when stdin is no terminal.

    """
    loop, fd = asyncio.get_running_loop(), sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    tty.setcbreak(fd, termios.TCSANOW)
    mode = termios.tcgetattr(fd)
    mode[3] &= ~termios.ISIG
    termios.tcsetattr(fd, termios.TCSANOW, mode)

    def readable() -> None:
        try:
            data = os.read(fd, _READ_BYTES)
        except OSError:  # how Linux reports a terminal whose other end is closed
            data = b""
        if data:
            on_keys(data)
        else:
            loop.remove_reader(fd)
            if on_gone is not None:
                on_gone()

    loop.add_reader(fd, readable)
    try:
        yield
    finally:
        loop.remove_reader(fd)
        # At once: a terminal that was told to stand still would never drain.
        with contextlib.suppress(termios.error):
            termios.tcsetattr(fd, termios.TCSANOW, before)


@contextlib.contextmanager
def lines_from_stdin(on_line: Callable[[str], None]) -> Iterator[None]:
    """Call ``on_line`` on the running loop with each line of stdin while the context lasts.

    Files and pipes are read alike, in a thread of its own that dies with the process. A line longer
    than 64 KiB is passed on in pieces, none of which can be understood.
    """
    loop, fd = asyncio.get_running_loop(), sys.stdin.fileno()
    done = threading.Event()

    def read() -> None:
        for line in _lines(fd):
            if done.is_set():
                return
            with contextlib.suppress(RuntimeError):  # the loop may have ended meanwhile
                loop.call_soon_threadsafe(on_line, line)

    threading.Thread(target=read, name="stdin", daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _lines(fd: int) -> Iterator[str]:
    rest = b""
    while data := _read(fd):
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace")
        if len(rest) > _LONGEST_LINE:
            yield rest.decode("utf-8", "replace")
            rest = b""
    if rest:
        yield rest.decode("utf-8", "replace")


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, _LONGEST_LINE)
    except OSError:
        return b""


class Printer:
    """Write lines from a thread of its own; a terminal that stands still holds up nobody else.

    ``on_lost`` is called once, on the loop, when nothing can be written any more.
    """

    def __init__(self, stream: TextIO, on_lost: Callable[[], None]) -> None:
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._encoding, self._errors = stream.encoding, stream.errors or "strict"
        with contextlib.suppress(OSError):  # what stands there already; found out again below
            stream.flush()
        self._fd = stream.fileno()
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="printer", daemon=True)
        self._thread.start()

    def put(self, line: str) -> None:
        """Have a line written."""
        self._lines.put(line)

    def close(self, patience_s: float = 2.0) -> None:
        """Wait until everything is written, but not for a reader that has stopped reading.

        It may wait: call it when the belt stands.
        """
        self._lines.put(None)
        self._thread.join(patience_s)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            data = f"{line}\n".encode(self._encoding, self._errors)
            try:
                while data:
                    data = data[os.write(self._fd, data) :]
            except OSError:
                with contextlib.suppress(RuntimeError):  # the loop may have ended meanwhile
                    self._loop.call_soon_threadsafe(self._on_lost)
                return
