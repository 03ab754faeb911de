"""From a key in a terminal to the Stop at the link, through the full screen.

    python bench/keys.py [PRESSES]

A terminal of its own, the shipped screen in it, and a bridge in another process whose simulated
treadmill prints what is written to it. Space is pressed at random moments while the belt moves,
facing forward and backward; fifty clients watch. Linux alone.
"""

import asyncio
import fcntl
import os
import pty
import random
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from bridge import watch
from bridge_stand import PROCESS, QUICK, Bench, shown

from quarterturn.client import connect

RATE = 3.0  # the screen's signs of life come in time for a clock that runs so fast
PRESSES = 100


class Terminal:
    """A terminal of 100 by 30 that a thread of nobody's reads."""

    def __init__(self, url: str, environment: dict[str, str]) -> None:
        self._person, program = pty.openpty()
        fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        script = Path(__file__).with_name("screen_process.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), url],
            stdin=program,
            stdout=program,
            stderr=program,
            start_new_session=True,
            env={**environment, "TERM": "xterm-256color"},
        )
        os.close(program)
        self.shown = b""
        asyncio.get_running_loop().add_reader(self._person, self._read)

    def _read(self) -> None:
        try:
            self.shown += os.read(self._person, 65536)
        except OSError:
            asyncio.get_running_loop().remove_reader(self._person)
            print("the screen has gone:", self.shown[-2000:].decode(errors="replace"))

    def press(self, key: bytes) -> None:
        os.write(self._person, key)


async def one(bench: Bench, terminal: Terminal, chance: random.Random, phase: int) -> float:
    """Walk into a phase, press space there, and return how long the Stop took."""
    bench.events.clear()
    while not (bench.last("speed_kmh") and bench.last("index") == phase):
        if bench.last("step") == "ready":
            terminal.press(b"\r")
        await asyncio.sleep(0.55)
    bench.run_at(1.0)
    await asyncio.sleep(0.3 + chance.uniform(0.0, 1.0))
    pressed_s = time.monotonic()
    terminal.press(b" ")
    await bench.until(lambda: bench.first_written(pressed_s, "stop"), 2.0)
    took_s = (bench.first_written(pressed_s, "stop") or 0.0) - pressed_s
    bench.run_at(RATE)
    await bench.until(lambda: bench.last("event") == "end")
    return took_s


async def main(presses: int) -> None:
    chance = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="qt-bench-") as folder:
        environment = {**os.environ, "QUARTERTURN_HOME": folder}
        with subprocess.Popen(
            [sys.executable, PROCESS, QUICK, str(RATE)], stdout=subprocess.PIPE, env=environment
        ) as process:
            bench = Bench(Path(folder), process)
            bench.readies, bench.rate = False, RATE
            bench.listen()
            socket = Path(folder) / "run" / "bridge.sock"
            while not socket.exists():
                await asyncio.sleep(0.05)
            watchers = await watch(socket)
            terminal = Terminal(QUICK, environment)
            found: list[float] = []
            try:
                async with connect("bench", socket=socket, on_event=bench.hear) as bench.bridge:
                    for press in range(presses):
                        try:
                            found.append(await one(bench, terminal, chance, press % 2))
                        except TimeoutError:
                            print("a turn had begun: there was nothing to stop")
                            bench.run_at(RATE)
                            await bench.until(lambda: bench.last("event") == "end")
                        if len(found) % 10 == 0:
                            shown("so far", found)
                shown("space in a terminal to the Stop at the link", found)
            finally:
                terminal.process.kill()
                terminal.process.wait()
                watchers.kill()
                await watchers.wait()
                process.kill()


if __name__ == "__main__":
    asyncio.run(main(int((*sys.argv[1:], PRESSES)[0])))
