"""``quarterturn stop``: see `quarterturn.stop`, which needs nothing else."""

from quarterturn.stop import main

__all__ = ["main"]
