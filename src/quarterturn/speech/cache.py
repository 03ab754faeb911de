"""What a speech program has said once is kept: whole files, and not without end."""

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Final

from quarterturn.places import cache_folder
from quarterturn.whole_files import write_whole

MOST_OCTETS: Final = 64 * 1024 * 1024
"""How much is kept: about half an hour of speech; what has not been used for longest goes."""


class Cache:
    """WAV files by what they say, who says it, and which version of the program made them."""

    def __init__(self, folder: Path | None = None, most_octets: int = MOST_OCTETS) -> None:
        self._folder = cache_folder() / "speech" if folder is None else folder
        self._most_octets = most_octets

    def path(self, text: str, voice: str, renderer: str) -> Path:
        """Return where the recording of a text is, or would be."""
        key = hashlib.sha256("\0".join((text, voice, renderer)).encode()).hexdigest()
        return self._folder / f"{key}.wav"

    def get(self, text: str, voice: str, renderer: str) -> bytes | None:
        """Return a recording; None when there is none."""
        path = self.path(text, voice, renderer)
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data

    def put(self, text: str, voice: str, renderer: str, data: bytes) -> None:
        """Keep a recording, if there is room on the disk; an old one may go for it."""
        with contextlib.suppress(OSError):  # a cache that cannot be written costs time, no more
            write_whole(self.path(text, voice, renderer), data, overwrite=True)
            self._make_room()

    def _make_room(self) -> None:
        found = [(path.stat(), path) for path in self._folder.glob("*.wav")]
        found.sort(key=lambda entry: entry[0].st_mtime_ns)
        octets = sum(stat.st_size for stat, _ in found)
        for stat, path in found:
            if octets <= self._most_octets:
                return
            path.unlink(missing_ok=True)
            octets -= stat.st_size
