"""What the session screen costs while nothing but the clock changes.

    python bench/screen.py [seconds] [COLUMNSxROWS]

A real terminal driver in a pseudo terminal, in a process of its own: a walk that stands in one
phase, with ten snapshots and one report a second, in a forward and in a backward phase, and in each
mode. Measured are the octets that reach the terminal, and the processor's time; aims are 10 kB/s
and 5 % of a core. Beside it an application that draws nothing but takes the same snapshots: what
is left above that is the screen's own.

Linux alone: it reads /proc.
"""

import asyncio
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

SECONDS, SIZE = 15.0, "100x30"
WARM_UP_S = 5.0
CASES = (
    ("forward", 0, "normal"),
    ("backward", 3, "normal"),
    ("forward", 0, "far"),
    ("backward", 3, "mirror"),
)


def walk(index: int, mode: str) -> None:
    """Show a walk that stands in one phase, until killed."""
    from textual.app import App

    from quarterturn.tui.session_screen import SessionScreen
    from quarterturn.tui.themes import DARK
    from quarterturn.tui.view import Mode
    from tui.walk_states import SHEET, report, snapshot

    long = replace(SHEET.phases[index], duration_s=599.0)
    sheet = replace(SHEET, phases=(*SHEET.phases[:index], long, *SHEET.phases[index + 1 :]))

    class Bench(App[None]):
        async def on_mount(self) -> None:
            self.register_theme(DARK)
            self.theme = DARK.name
            self.session = SessionScreen(mode=Mode(mode)) if mode != "nothing" else None
            if self.session is not None:
                await self.push_screen(self.session)
                self.session.show_plan(sheet)
            self.feeding = asyncio.create_task(self.feed())

        async def feed(self) -> None:
            began_s = asyncio.get_running_loop().time()
            tick = 0
            while True:
                elapsed_s = asyncio.get_running_loop().time() - began_s
                age_s = elapsed_s % 1.0
                seen = snapshot(index, elapsed_s, report_age_s=age_s)
                if self.session is not None:
                    if tick % 10 == 0:
                        self.session.hear(report(elapsed_s, long.speed_kmh))
                    self.session.see(seen)
                tick += 1
                await asyncio.sleep(0.1)

    Bench().run()


def measure(index: int, mode: str, seconds: float, size: str) -> tuple[float, float, int]:
    """Return octets a second, the share of a core, and the most octets within one second."""
    columns, rows = map(int, size.split("x"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    child = subprocess.Popen(
        [sys.executable, __file__, "--child", str(index), mode],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        read(ours, WARM_UP_S)
        cpu, began_s = cpu_s(child.pid), time.monotonic()
        chunks = [read(ours, 1.0) for _ in range(int(seconds))]
        passed_s = time.monotonic() - began_s
        return sum(chunks) / passed_s, (cpu_s(child.pid) - cpu) / passed_s, max(chunks)
    finally:
        child.kill()
        child.wait()
        os.close(ours)


def read(terminal: int, seconds: float) -> int:
    """Read for a while, and count."""
    until_s, octets = time.monotonic() + seconds, 0
    while (left_s := until_s - time.monotonic()) > 0:
        if select.select([terminal], [], [], left_s)[0]:
            octets += len(os.read(terminal, 65536))
    return octets


def cpu_s(pid: int) -> float:
    """Return the processor's time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure each case."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    size = sys.argv[2] if len(sys.argv) > 2 else SIZE
    print(f"{size}, {seconds:g} s each; ten snapshots and one report a second")
    print(f"{'phase':<10}{'mode':<10}{'kB/s':>8}{'most in 1 s':>14}{'core':>9}")
    for phase, index, mode in (*CASES, ("-", 0, "nothing")):
        rate, share, most = measure(index, mode, seconds, size)
        print(f"{phase:<10}{mode:<10}{rate / 1000:>8.2f}{most / 1000:>11.2f} kB{share:>9.1%}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        walk(int(sys.argv[2]), sys.argv[3])
    else:
        main()
