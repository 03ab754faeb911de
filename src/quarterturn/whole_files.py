"""Write a small file whole or not at all: what was there before stays until the new one is."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_ANYBODY = 0o666  # less the umask, as for any new file


def write_whole(path: Path, data: bytes, *, overwrite: bool) -> None:
    """Write a file and make its folder where there is none; a link is followed, not replaced.

    A file that is overwritten keeps its mode; a new one has that of any new file.

    Raises:
        FileExistsError: when the file is there and may not be overwritten.
        OSError: when it cannot be written; what was there before is untouched.

    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    with _beside(path, data) as new:
        new.chmod(_mode(path))
        if overwrite:
            new.replace(path)
        else:
            _link(new, path)


def write_private(path: Path, data: bytes) -> None:
    """Write a file that its owner alone can read, and make such a folder where there is none.

    Raises:
        OSError: when it cannot be written; what was there before is untouched.

    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _beside(path, data) as new:
        new.replace(path)  # within a folder that is atomic


@contextlib.contextmanager
def _beside(path: Path, data: bytes) -> Iterator[Path]:
    """Give a new file that is on the disk, of mode 0600; what is left of it goes."""
    new = path.with_name(f".{path.name}-{os.getpid()}")
    new.unlink(missing_ok=True)  # what a killed writer of this number left behind
    try:
        with open(new, "xb", opener=_private) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield new
    finally:
        new.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _link(from_path: Path, to_path: Path) -> None:
    try:
        to_path.hardlink_to(from_path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if to_path.exists():
            raise FileExistsError(f"{to_path} exists") from None
        from_path.replace(to_path)


def _mode(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return _ANYBODY & ~mask
