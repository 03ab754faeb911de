"""``quarterturn run``: walk a workout on a treadmill, in real time.

The walk happens in the bridge, a process of its own; this one asks what has to be asked before,
shows what happens and passes on keys. If the bridge dies, this is what is left to stop the belt.
"""

import argparse

from quarterturn.commands.output import full_screen_fits


def main(options: argparse.Namespace) -> int:
    """Walk a workout.

    Raises:
        UsageError, FileErrors, PlanRefused, NoBridgeError: what kept the walk from beginning.

    """
    # Neither waits for what only the other one needs.
    if options.plain or options.json or not full_screen_fits():
        from quarterturn.commands import run_in_lines

        return run_in_lines.main(options)
    from quarterturn.commands import full_screen

    return full_screen.main(options)
