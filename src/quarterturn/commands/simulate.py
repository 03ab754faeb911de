"""``quarterturn simulate``: a treadmill for other programs to find, connect to and drive."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Final

from quarterturn import plugins
from quarterturn.commands.output import complain, encoder
from quarterturn.commands.rehearse import fault_at
from quarterturn.exit_codes import ExitCode, UsageError
from quarterturn.opening import SIMULATED, simulator_options
from quarterturn.port import ConsoleKey, LinkError, OnAir
from quarterturn.signals import on_signals
from quarterturn.terminal import Printer, single_keys
from quarterturn.treadmill_url import TreadmillUrl

_KEYS: Final = {
    b"g": ConsoleKey.START,
    b" ": ConsoleKey.STOP,
    b"p": ConsoleKey.PAUSE,
    b"+": ConsoleKey.FASTER,
    b"-": ConsoleKey.SLOWER,
    b"k": ConsoleKey.SAFETY_KEY,
}
_END_KEYS: Final = (b"\x03", b"\x04", b"q")  # Ctrl+C and Ctrl+D of a raw terminal
_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_KEYS_LINE = (
    "Keys: g starts, space stops, p pauses, + and - change the speed,"
    " k pulls the safety key or puts it back, q ends."
)


def main(options: argparse.Namespace) -> int:
    """Put a simulated treadmill on the air until somebody ends it.

    Raises:
        UsageError: when something asked for is unknown, or not installed.

    """
    faults = [fault_at(text) for text in options.fault]
    try:
        return asyncio.run(_Broadcast(options, faults).run())
    except ValueError as error:
        raise UsageError(str(error)) from None
    except LinkError as error:
        complain(f"no radio: {error}")
        return ExitCode.NO_TREADMILL


class _Broadcast:
    """One treadmill on the air, with its console and its output."""

    def __init__(self, options: argparse.Namespace, faults: list[tuple[str, float]]) -> None:
        self._options = options
        self._faults = faults
        self._ended = asyncio.Event()
        self._printer: Printer | None = None

    async def run(self) -> ExitCode:
        options = self._options
        asyncio.get_running_loop().set_exception_handler(_complain_of)
        self._printer = Printer(sys.stdout, self._ended.set)
        try:
            with on_signals(dict.fromkeys(_ENDING, self._ended.set)):
                on_air = await plugins.load_simulator().put_on_air(
                    options.radio,
                    simulator_options(options.treadmill or SIMULATED),
                    name=options.name,
                    quirks=options.quirk,
                    faults=self._faults,
                    seed=options.seed,
                    on_event=self._show,
                )
                try:
                    with self._console(on_air):
                        return await self._until_the_end(on_air)
                finally:
                    await on_air.close()
        finally:
            self._printer.close()

    async def _until_the_end(self, on_air: OnAir) -> ExitCode:
        ended, lost = (asyncio.ensure_future(each) for each in (self._ended.wait(), on_air.lost()))
        await asyncio.wait((ended, lost), return_when=asyncio.FIRST_COMPLETED)
        for waiting in (ended, lost):
            waiting.cancel()
        if lost.done() and not self._ended.is_set():
            raise LinkError("the Bluetooth controller is gone; plug it in again, or free it")
        return ExitCode.COMPLETED

    # --- what is shown ---------------------------------------------------------------------------

    def _show(self, event: Mapping[str, object]) -> None:
        if self._printer is None:
            return
        if self._options.json:
            self._printer.put(encoder(event))
            return
        if event["event"] == "on_air":
            for line in _offer(event):
                self._printer.put(line)
        else:
            self._printer.put(f"{event['t']:8.1f} s  {_words(event)}")

    # --- the console -----------------------------------------------------------------------------

    def _console(self, on_air: OnAir) -> AbstractContextManager[None]:
        if not sys.stdin.isatty() or self._options.json:
            return contextlib.nullcontext()
        if self._printer is not None:
            self._printer.put(_KEYS_LINE)

        def on_keys(data: bytes) -> None:
            if data in _END_KEYS:
                self._ended.set()
            elif data in _KEYS:
                on_air.press(_KEYS[data])

        return single_keys(on_keys, self._ended.set)


def _complain_of(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    complain(f"the radio: {context.get('exception') or context.get('message')}")


def _offer(event: Mapping[str, object]) -> list[str]:
    radio, name, address = (str(event[key]) for key in ("radio", "name", "address"))
    lines = [f"{name} is on the air, under {address}. Ctrl+C ends."]
    kind, _, where = radio.partition(":")
    if kind == "tcp":
        option = ("hci", f"tcp-client:{where}")
        lines += [
            f"Bluetooth controllers (HCI, H4) for any number of programs: tcp-client:{where}",
            f"Quarterturn itself: {TreadmillUrl('ftms', 'ble', name, (option,))}",
        ]
    else:
        lines.append(f"Controller: {radio}. Apps in its reach can find and connect to it.")
    return lines


def _words(event: Mapping[str, object]) -> str:
    match event:
        case {"event": "client_connected", "client": client, "address": address}:
            return f"client {client} connected ({address})"
        case {"event": "client_lost", "client": client}:
            return f"client {client} is gone"
        case {"event": "control", "client": None}:
            return "nobody has control"
        case {"event": "control", "client": 0}:
            return "another app has control"
        case {"event": "control", "client": client}:
            return f"client {client} has control"
        case {"event": "target_speed", "speed_kmh": float(speed_kmh)}:
            return f"target speed {speed_kmh:.2f} km/h"
        case {"event": "target_incline", "incline_pct": float(incline_pct)}:
            return f"target incline {incline_pct:.1f} %"
        case {"event": "state", "state": "running"}:
            return "started"
        case {"event": "state", "state": state}:
            return str(state)
        case {"event": "safety_key", "in": True}:
            return "the safety key is back"
        case {"event": "safety_key"}:
            return "the safety key is pulled"
        case {"event": "fault", "fault": fault}:
            return f"fault: {fault}"
        case _:
            return encoder(event)
