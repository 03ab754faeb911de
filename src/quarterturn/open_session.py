"""The session that is open on record: what tells the next program that one did not end.

It is written when a walk begins and taken away when the belt is known to stand. On the standard
library alone: ``quarterturn stop`` reads it.
"""

import json

from quarterturn.places import open_session_path
from quarterturn.whole_files import write_private

_MAX_BYTES = 64 * 1024


class OpenSession:
    """A session that began. ``pid`` is the process that walked it; ``ended`` is how, if it did.

    A session that ended on a belt that is not known to stand stays on record; ``stands`` says that
    the belt was stopped afterwards, and only a person has still to hear of it. ``treadmill`` None:
    the record is there and cannot be read.
    """

    def __init__(  # a dataclass would cost `stop` 15 ms
        self,
        treadmill: str | None,
        *,
        workout: str = "",
        began: str = "",
        journal: str = "",
        pid: int = 0,
        ended: str | None = None,
        stands: bool = False,
        language: str = "en",
    ) -> None:
        self.treadmill = treadmill
        self.workout = workout
        self.began = began
        self.journal = journal
        self.pid = pid
        self.ended = ended
        self.stands = stands
        self.language = language

    def in_words(self) -> str:
        """Return what happened, as far as the record knows."""
        if self.treadmill is None:
            return f"A session is on record that did not end, but {open_session_path()} is damaged."
        what = f"The session {self.workout!r} of {self.began} on {self.treadmill}"
        after = " It was stopped afterwards, and stood." if self.stands else ""
        if self.ended is not None:
            return f"{what} ended ({self.ended}), but the belt was not known to stand.{after}"
        return f"{what} did not end: its program (process {self.pid}) is gone.{after}"


def write_open_session(session: OpenSession) -> None:
    """Put a session on record, whole or not at all.

    Raises:
        OSError: when it cannot be written.

    """
    data = json.dumps({"open_session": 1, **vars(session)}).encode() + b"\n"
    write_private(open_session_path(), data)


def read_open_session() -> OpenSession | None:
    """Return the session on record, None where there is none.

    A record that cannot be read is one all the same: somebody may be on that belt.
    """
    path = open_session_path()
    try:
        with path.open("rb") as file:
            value = json.loads(file.read(_MAX_BYTES))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        return OpenSession(None)
    return _read(value)


def note_standstill() -> None:
    """Note that the belt of the session on record was stopped afterwards and stands.

    Raises:
        OSError: when it cannot be written.

    """
    session = read_open_session()
    if session is not None and session.treadmill is not None:
        session.stands = True
        write_open_session(session)


def forget_open_session() -> None:
    """Take the record away: the belt is known to stand, or a person has seen to it.

    Raises:
        OSError: when it cannot be taken away.

    """
    open_session_path().unlink(missing_ok=True)


def _read(value: object) -> OpenSession:
    if not isinstance(value, dict):
        return OpenSession(None)
    treadmill, pid, ended = value.get("treadmill"), value.get("pid"), value.get("ended")
    return OpenSession(
        treadmill if isinstance(treadmill, str) else None,
        workout=str(value.get("workout", "")),
        began=str(value.get("began", "")),
        journal=str(value.get("journal", "")),
        pid=pid if isinstance(pid, int) else 0,
        ended=ended if isinstance(ended, str) else None,
        stands=value.get("stands") is True,
        language=str(value.get("language", "en")),
    )
