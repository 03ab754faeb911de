"""Find the files that ship with Quarterturn, and the user's own.

In a checkout, and in an editable install of it, ``configs/`` stands beside ``src/``; a wheel
carries it inside of the package. Nothing else in the code knows which of the two it is.
"""

import os
from pathlib import Path
from typing import Final

LANGUAGE: Final = r"[a-z]{2,3}(-[A-Z]{2})?"
"""How a language is written, as in ``de`` and ``de-AT``."""


def shipped_folder() -> Path:
    """Return the shipped ``configs/``.

    Raises:
        FileNotFoundError: when the installation is broken.

    """
    package = Path(__file__).resolve().parent
    for folder in (package / "configs", package.parents[1] / "configs"):
        if (folder / "workouts").is_dir():
            return folder
    raise FileNotFoundError("the files that ship with quarterturn are gone: install it again")


def user_folder() -> Path:
    """Return the user's folder: ``QUARTERTURN_HOME``, else the platform's configuration folder.

    It need not exist; reading makes no folder.
    """
    home = os.environ.get("QUARTERTURN_HOME")
    if home:
        return Path(home)
    from platformdirs import user_config_path  # imported where it is needed: 10 ms

    return user_config_path("quarterturn", appauthor=False)


def names_in(folder: Path) -> dict[str, Path]:
    """Return the TOML files below a folder by name: ``circle``, ``six-weeks/week-1``; sorted."""
    found = sorted(folder.rglob("*.toml")) if folder.is_dir() else []
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in found}


def languages() -> dict[str, Path]:
    """Return the languages that cues are spoken in, and the file of each.

    A shipped one goes before one's own of the same name.
    """
    found = names_in(user_folder() / "cues") | names_in(shipped_folder() / "cues")
    return dict(sorted(found.items()))


def file_of_language(language: str) -> Path | None:
    """Return the file of a language; ``de-AT`` is ``de`` where it has none of its own."""
    known = languages()
    return known.get(language, known.get(language.partition("-")[0]))
