"""Where the bridge is met and what it leaves on record, found with the standard library alone.

``quarterturn stop`` must neither wait for a library nor break with one, so the folders that
platformdirs would name are worked out here; a test holds the two together.
"""

import os
import sys
from pathlib import Path

LOOPBACK = sys.platform == "win32"
"""Whether the bridge is met on loopback, with a token, for want of sockets that are files."""

_APP = "quarterturn"
# sun_path holds 108 octets on Linux and 104 on macOS, the last of them a zero.
_LONGEST_SOCKET_PATH = 103


def runtime_folder() -> Path:
    """Return the folder of what lives as long as the computer is on; it need not exist."""
    home = os.environ.get("QUARTERTURN_HOME")
    if home:
        return Path(home).expanduser() / "run"
    if sys.platform == "win32":
        return _local_app_data() / _APP / "run"
    given = os.environ.get("XDG_RUNTIME_DIR")
    if given:
        return Path(given) / _APP
    if sys.platform != "darwin":
        usual = Path(f"/run/user/{os.getuid()}")
        if usual.is_dir():
            return usual / _APP
    import tempfile  # seldom needed, and `stop` has to be quick

    return Path(tempfile.gettempdir()) / f"{_APP}-{os.getuid()}"


def data_folder() -> Path:
    """Return the folder of what is kept: ``QUARTERTURN_HOME``, else the user's data folder."""
    home = os.environ.get("QUARTERTURN_HOME")
    if home:
        return Path(home).expanduser()
    if sys.platform == "win32":
        return _local_app_data() / _APP
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / _APP
    given = os.environ.get("XDG_DATA_HOME", "").strip()
    return (Path(given) if given else Path.home() / ".local" / "share") / _APP


def cache_folder() -> Path:
    """Return the folder of what can be made again: below ``QUARTERTURN_HOME``, else the user's."""
    home = os.environ.get("QUARTERTURN_HOME")
    if home:
        return Path(home).expanduser() / "cache"
    if sys.platform == "win32":
        return _local_app_data() / _APP / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / _APP
    given = os.environ.get("XDG_CACHE_HOME", "").strip()
    return (Path(given) if given else Path.home() / ".cache") / _APP


def socket_path() -> Path:
    """Return the socket of the bridge.

    Raises:
        OSError: when its path is longer than a socket's may be.

    """
    path = runtime_folder() / "bridge.sock"
    if len(os.fsencode(path)) > _LONGEST_SOCKET_PATH:
        raise OSError(
            f"{path}: too long for a socket; set QUARTERTURN_HOME or XDG_RUNTIME_DIR to a folder"
            " with a shorter name"
        )
    return path


def token_path() -> Path:
    """Return the file with port and token of the bridge, where there are no such sockets."""
    return runtime_folder() / "bridge.token"


def open_session_path() -> Path:
    """Return the file that says that a session is open."""
    return data_folder() / "open-session.json"


def make_private(folder: Path) -> None:
    """Make a folder that its owner alone can enter.

    Raises:
        OSError: when it cannot be made, or somebody else's folder stands in its place.

    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform == "win32":
        return  # a folder below the user's own is the user's alone
    found = folder.lstat()
    if found.st_uid != os.getuid() or not folder.is_dir() or folder.is_symlink():
        raise OSError(f"{folder}: belongs to somebody else; remove it, or set QUARTERTURN_HOME")
    if found.st_mode & 0o077:
        folder.chmod(0o700)


def _local_app_data() -> Path:
    given = os.environ.get("LOCALAPPDATA")
    return Path(given) if given else Path.home() / "AppData" / "Local"
