"""The recorded sentences that ship: what nobody must miss is heard without any speech program."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from quarterturn.configs import shipped_folder

INDEX: Final = "index.json"


@dataclass(frozen=True, slots=True)
class Pack:
    """The recordings of a language by their sentences in small letters; none without a pack."""

    files: dict[str, Path] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.files)

    def recording(self, sentence: str) -> bytes | None:
        """Return the WAV file of a sentence; None when there is none, or it cannot be read."""
        path = self.files.get(sentence.casefold())
        try:
            return None if path is None else path.read_bytes()
        except OSError:
            return None


def load_pack(language: str, folder: Path | None = None) -> Pack:
    """Load the pack of a language; a broken one is as good as none. ``folder``: of all packs."""
    try:
        folder = (shipped_folder() / "voice" if folder is None else folder) / language
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        return Pack({str(text): folder / str(name) for text, name in index["sentences"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Pack()
