"""Time `quarterturn rehearse --json` of a 30-minute file of circles, as a whole process.

    python bench/rehearse.py [RUNS]

Beside it stands a bare ``import pydantic`` in the same runs, one after the other: on a busy machine
the ratio says more than the seconds.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_S = 1.0

# Five minutes of warm-up, five circles of a minute each way round, five minutes of cool-down.
WORKOUT = """\
name = "Thirty minutes of circles"

[warm_up]
duration = "5 min"
speed = "4.0 km/h"

[[block]]
repeat = 5

  [[block.phase]]
  heading = "forward"
  duration = "60 s"
  speed = "4.0 km/h"

  [[block.phase]]
  heading = "right"
  duration = "60 s"
  speed = "1.5 km/h"

  [[block.phase]]
  heading = "backward"
  duration = "60 s"
  speed = "2.5 km/h"

  [[block.phase]]
  heading = "left"
  duration = "60 s"
  speed = "1.5 km/h"

[cool_down]
duration = "5 min"
speed = ["3.5 km/h", "2.0 km/h"]
"""


def seconds(command: list[str]) -> float:
    """Return how long a command takes that must succeed."""
    began_s = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment())
    return time.perf_counter() - began_s


def environment() -> dict[str, str]:
    """Return the environment of a user: Python keeps what it compiled, and buffers output."""
    ours = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    return {name: value for name, value in os.environ.items() if name not in ours}


def main(runs: int = 7) -> int:
    """Print both medians and whether the limit holds."""
    with tempfile.TemporaryDirectory() as folder:
        workout = Path(folder) / "thirty.toml"
        workout.write_text(WORKOUT, encoding="utf-8")
        profile = ["--profile", "home-experienced"]
        ours = [sys.executable, "-m", "quarterturn", "rehearse", "--json", str(workout), *profile]
        bare = [sys.executable, "-c", "from pydantic import BaseModel"]
        seconds(ours)  # the first run compiles
        pairs = [(seconds(ours), seconds(bare)) for _ in range(runs)]
    ours_s, bare_s = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"rehearse --json, 30 minutes of circles: median {ours_s:.2f} s of {runs} runs")
    print(f"import of pydantic alone:               median {bare_s:.2f} s")
    print(
        f"ratio {ours_s / bare_s:.1f}; {'under' if ours_s < LIMIT_S else 'NOT under'} {LIMIT_S} s"
    )
    return 0 if ours_s < LIMIT_S else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
