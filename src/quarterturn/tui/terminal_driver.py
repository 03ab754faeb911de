"""Textual's driver for a terminal that may go away while a belt moves."""

import asyncio
import contextlib
import os
import sys
from typing import IO, Any, Final

from textual.driver import Driver

_TAKE_BACK: Final = "\x1b[?1049h\x1b[?25l\x1b[?1004h"
"""The alternate screen, no cursor, and reports of the focus: what Textual asks for at its start."""


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
            self._modes: list[Any] | None = None
            signal.signal(signal.SIGTSTP, signal.SIG_IGN)
            signal.signal(signal.SIGCONT, signal.SIG_DFL)

        def start_application_mode(self) -> None:
            """Take the terminal, and take it back whenever the process was stopped."""
            super().start_application_mode()  # type: ignore[no-untyped-call]
            with contextlib.suppress(termios.error):
                self._modes = termios.tcgetattr(self.fileno)
            asyncio.get_running_loop().add_signal_handler(signal.SIGCONT, self._take_back)

        def stop_application_mode(self) -> None:
            """Give the terminal back for good."""
            asyncio.get_running_loop().remove_signal_handler(signal.SIGCONT)
            super().stop_application_mode()

        def run_input_thread(self) -> None:
            """Read keys until the terminal is gone."""
            with contextlib.suppress(OSError):
                super().run_input_thread()

        def _take_back(self) -> None:
            """Have the terminal as it was before a SIGSTOP: a shell may have used it meanwhile.

            Stopping and starting the application mode would throw away the keys pressed meanwhile,
            a STOP among them.
            """
            if self._modes is None:
                return
            try:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self._modes)
            except termios.error:
                return  # it has hung up, which sends this signal too
            self.write(_TAKE_BACK)
            self._enable_mouse_support()
            self._enable_bracketed_paste()
            self._disable_line_wrap()
            self._app.refresh()

    return TerminalDriver


def leave_terminal() -> None:
    """Let go of a terminal that has gone: what is printed from now on goes nowhere."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
