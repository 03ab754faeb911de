"""The command line in processes of its own, without waiting for its imports each time.

Under emulation they take some ten seconds. A process that has made them already is forked for each
command; from there on everything is as if the shell had started it.
"""

import asyncio
import multiprocessing
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_PRELOADED = [
    "quarterturn.commands.plan",
    "quarterturn.commands.scan",
    "quarterturn_drivers.ftms",
    "quarterturn_drivers.links.ble_scan",
    "bleak.backends.bluezdbus.client",
    "bleak.backends.bluezdbus.scanner",
    "commands",
    "holder",
]
_PATIENCE_S = 90.0

_processes = multiprocessing.get_context("forkserver")


@dataclass(frozen=True, slots=True)
class Said:
    """What a command has left behind."""

    code: int | None
    out: str
    seconds: float

    def __str__(self) -> str:
        return f"exit code {self.code} after {self.seconds:.1f} s: {self.out.strip()[-400:]}"


def prepare() -> None:
    """Let the imports begin."""
    _processes.set_forkserver_preload(_PRELOADED)
    _processes.Process(target=_nothing).start()


async def quarterturn(*arguments: str, bus: str | None = None) -> Said:
    """Run a command to its end. ``bus`` is the address of the system's message bus."""
    path = Path(f"/tmp/said-{time.clock_gettime_ns(time.CLOCK_MONOTONIC)}")
    process = _processes.Process(target=_main, args=(arguments, bus, str(path)))
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    process.start()
    await asyncio.to_thread(process.join, _PATIENCE_S)
    seconds = loop.time() - began_s
    if process.exitcode is None:
        process.kill()
    return Said(process.exitcode, path.read_text() if path.exists() else "", seconds)


def start_holder(address: str, told: str) -> "multiprocessing.process.BaseProcess":
    """Start a program that connects, writes the file ``told``, and then does nothing."""
    from holder import hold

    process = _processes.Process(target=hold, args=(address, told))
    process.start()
    return process


def _nothing() -> None:
    """End at once."""


def _main(arguments: tuple[str, ...], bus: str | None, path: str) -> None:
    from quarterturn.cli import main

    if bus is not None:
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = bus
    with Path(path).open("w") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    sys.exit(main(list(arguments)))
