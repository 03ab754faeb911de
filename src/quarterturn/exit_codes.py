"""What the shell is told, and the errors that need nothing else to be explained."""

from collections.abc import Mapping
from enum import IntEnum


class ExitCode(IntEnum):
    """How a command went."""

    COMPLETED = 0
    USAGE = 2  # usage, configuration or workout error, plan refused
    NO_TREADMILL = 3  # never connected, or control refused
    STOPPED = 4  # by a person: STOP, Ctrl+C, console, safety key, another client, READY time-out
    FAULT = 5  # by a monitor, a link lost after the start, a crash
    NOTHING = 6  # nothing to stop, and no session open on record


class UsageError(Exception):
    """The command was asked for something that it cannot do; the message says what would do."""


class NoBridgeError(ConnectionError):
    """There is no bridge, or it does not take this client; the message says which."""


class SilentBridgeError(NoBridgeError):
    """There is a bridge, and it does not answer: it hangs, and may hold a treadmill."""


_OF_AN_END = {
    "completed": ExitCode.COMPLETED,
    "stopped": ExitCode.STOPPED,
    "fault": ExitCode.FAULT,
}


def exit_code(end: Mapping[str, object]) -> ExitCode:
    """Return the exit code of a session from its ``end`` event."""
    return _OF_AN_END[str(end["reason"])]
