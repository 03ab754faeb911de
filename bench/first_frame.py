"""How long a person waits for the first frame of the full screen, from the command on.

    python bench/first_frame.py [rounds]

Each command runs in a pseudo terminal of 100 x 30, with an empty home and then with settings of
its own, which have to be checked. Beside it, in turns in the same run: how long a Python takes
that imports Textual and its widgets and draws nothing, which is the least that any application on
it waits for. The aim is 0.8 s on a quiet machine. Compile the libraries first, as pip does:
`python -m compileall -q src` in a checkout.

Linux and macOS: it needs a pseudo terminal.
"""

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

ROUNDS, GIVE_UP_S = 7, 20.0
SHOWN = b"STOP: space"
BARE = "textual alone, no frame"
COMMANDS = {
    "demo": ["demo"],
    "run circle": ["run", "circle", "--treadmill", "ftms+sim://"],
    "run": ["run"],
    "run, with settings": ["run"],
}
SETTINGS = 'units = "mph"\n[treadmills]\nhome = "ftms+sim://"\n'


def bare_s(environment: dict[str, str]) -> float:
    """Return how long Python takes to import what any application needs."""
    began_s = time.perf_counter()
    command = [sys.executable, "-c", "import textual.app, textual.widgets"]
    subprocess.run(command, check=True, env=environment)
    return time.perf_counter() - began_s


def first_frame_s(arguments: list[str], environment: dict[str, str]) -> float:
    """Return how long it takes until a command shows how to stop.

    Raises:
        TimeoutError: when it does not.

    """
    person, program = pty.openpty()
    fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    began_s = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "quarterturn", *arguments],
        stdin=program, stdout=program, stderr=program, env=environment, start_new_session=True,
    )  # fmt: skip
    os.close(program)
    shown = b""
    try:
        while SHOWN not in shown:
            if time.perf_counter() - began_s > GIVE_UP_S:
                raise TimeoutError(shown.decode(errors="replace"))
            if select.select([person], [], [], 0.05)[0]:
                shown += os.read(person, 65536)
        return time.perf_counter() - began_s
    finally:
        # A walk that has begun ends by itself: its bridge misses its screen.
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(person)


def main() -> None:
    """Measure in turns, and print the median, the least and the most of each."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    # Byte code is kept, as it is where Quarterturn is installed.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["TERM"] = "xterm-256color"
    took: dict[str, list[float]] = {name: [] for name in (BARE, *COMMANDS)}
    for turn in range(rounds + 1):
        for name, all_s in took.items():
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
                if "settings" in name:
                    Path(home, "settings.toml").write_text(SETTINGS, encoding="utf-8")
                environment["QUARTERTURN_HOME"] = home
                if name == BARE:
                    seconds = bare_s(environment)
                else:
                    seconds = first_frame_s(COMMANDS[name], environment)
            if turn:  # the first round fills the caches
                all_s.append(seconds)
    for name, all_s in took.items():
        print(
            f"{name:24} median {statistics.median(all_s):.2f} s, "
            f"least {min(all_s):.2f} s, most {max(all_s):.2f} s"
        )


if __name__ == "__main__":
    main()
