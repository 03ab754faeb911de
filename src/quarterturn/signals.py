"""Have signals call something on the running loop, for as long as a command wants them to."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator, Mapping


@contextlib.contextmanager
def on_signals(callbacks: Mapping[signal.Signals, Callable[[], object]]) -> Iterator[None]:
    """Call each signal's callback on the running loop while the context lasts.

    Afterwards they do what Python does about them by itself.
    """
    loop = asyncio.get_running_loop()
    for number, callback in callbacks.items():
        loop.add_signal_handler(number, callback)
    try:
        yield
    finally:
        for number in callbacks:
            loop.remove_signal_handler(number)
