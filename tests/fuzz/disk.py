"""A folder for the files that inputs become."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path


@cache
def folder() -> Path:
    """Return a folder of one's own for as long as the process lives, in memory where there is."""
    memory = Path("/dev/shm")
    found = tempfile.mkdtemp(prefix="quarterturn-fuzz-", dir=memory if memory.is_dir() else None)
    atexit.register(shutil.rmtree, found, ignore_errors=True)
    return Path(found)


def written(name: str, data: bytes) -> Path:
    path = folder() / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path
