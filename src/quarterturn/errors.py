"""What a user is told when a command cannot do its work, and the exit code that goes with it."""

from quarterturn.exit_codes import ExitCode, NoBridgeError, UsageError
from quarterturn.governor import NotPermittedError
from quarterturn.plan import PlanRefused
from quarterturn.plugins import PluginError
from quarterturn.port import LinkError, RefusedError
from quarterturn.toml_files import FileErrors
from quarterturn.wire.errors import WireError


def explain(error: Exception) -> tuple[str, ExitCode] | None:
    """Return words and exit code for an error that is the world's; None for one of ours."""
    match error:
        case FileErrors():
            return str(error), ExitCode.USAGE
        case PlanRefused():
            lines = [f"quarterturn: plan refused: {problem}" for problem in error.problems]
            return "\n".join(lines), ExitCode.USAGE
        case UsageError() | PluginError() | WireError():
            return f"quarterturn: {error}", ExitCode.USAGE
        case NotPermittedError():
            return f"quarterturn: not permitted: {error}", ExitCode.USAGE
        case NoBridgeError():
            return f"quarterturn: {error}", ExitCode.FAULT
        case LinkError() | RefusedError():
            return f"quarterturn: no treadmill: {error}", ExitCode.NO_TREADMILL
        case TimeoutError():
            words = "the treadmill did not answer in time; is it on, and in use by no other app?"
            return f"quarterturn: no treadmill: {str(error) or words}", ExitCode.NO_TREADMILL
        case OSError():
            what = "" if error.filename is None else f"{error.filename}: "
            return f"quarterturn: {what}{error.strerror or error}", ExitCode.USAGE
        case _:
            return None
