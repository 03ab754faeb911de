"""Textual's driver for a terminal that may go away while a belt moves."""

import contextlib
import os
import sys
from typing import IO, Any

from textual.driver import Driver


class _Forgiving:
    """A stream of which nobody minds that it is closed: what is written then goes nowhere.

    Textual writes in a thread that would end by the error, and its queue would fill up and hold up
    the loop for good: signs of life, the end of the walk and the way out with it.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a stream has
        return getattr(self._stream, name)


def driver_class() -> type[Driver] | None:
    """Return the driver for the terminal at hand; None for Textual's own choice."""
    if sys.platform == "win32":
        return None
    import signal
    import termios

    from textual.drivers.linux_driver import LinuxDriver

    class TerminalDriver(LinuxDriver):
        """Outlives its terminal, and is neither suspended nor confused by who stops it."""

        def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - Textual's
            super().__init__(*arguments, **options)
            self._file: Any = _Forgiving(self._file)
            signal.signal(signal.SIGTSTP, signal.SIG_IGN)
            signal.signal(signal.SIGCONT, self._continued)

        def run_input_thread(self) -> None:
            """Read keys until the terminal is gone."""
            with contextlib.suppress(OSError):
                super().run_input_thread()

        def _continued(self, *_: object) -> None:
            """Take the terminal back after a SIGSTOP: a shell may have used it meanwhile."""
            try:
                termios.tcgetattr(self.fileno)
            except termios.error:
                return  # it has hung up, which sends this signal too
            self.suspend_application_mode()
            self._must_signal_resume = True  # everything is drawn anew
            self.resume_application_mode()

    return TerminalDriver


def leave_terminal() -> None:
    """Let go of a terminal that has gone: what is printed from now on goes nowhere."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
