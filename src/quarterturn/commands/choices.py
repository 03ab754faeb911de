"""Which treadmill, sensors and profile: what was named, what the settings say, or a question."""

import sys
from collections.abc import Sequence

from quarterturn.caps import BASES
from quarterturn.exit_codes import UsageError
from quarterturn.opening import NamedSensor, Treadmill, open_sensors, open_treadmill
from quarterturn.profile_files import load_profile, profile_names
from quarterturn.profiles import DEFAULT_PROFILE, Profile
from quarterturn.settings import load_settings

_TRIES = 3
_NO_TREADMILL = (
    "no treadmill: `quarterturn scan --save home` finds and saves one, --treadmill names one, as "
    "in --treadmill ftms+sim:// for the simulated one. `quarterturn demo` and `quarterturn "
    "rehearse circle` need none."
)


def find_treadmill(name: str | None) -> Treadmill:
    """Return the treadmill that was named, or else the saved one.

    Raises:
        UsageError: when there is none, or the name or URL is not understood.

    """
    name = name or load_settings().treadmill
    if name is None:
        raise UsageError(_NO_TREADMILL)
    try:
        return open_treadmill(find_url(name))
    except ValueError as error:
        raise UsageError(str(error)) from None


def find_url(name: str) -> str:
    """Return the URL of a saved treadmill, or the URL that was given in its place.

    Raises:
        UsageError: when it is neither.

    """
    settings = load_settings()
    url = settings.treadmills.get(name, name)
    if "://" not in url:
        known = ", ".join(sorted(settings.treadmills)) or "none is saved"
        raise UsageError(f"no treadmill is called {name!r} (saved: {known}), and it is no URL")
    return url


def sensor_urls(named: Sequence[str]) -> list[tuple[str | None, str]]:
    """Return name and URL of each sensor that was named; None: it has a URL alone.

    Raises:
        UsageError: when a name is not known.

    """
    known = load_settings().sensors
    found: list[tuple[str | None, str]] = []
    for name in dict.fromkeys(named):
        if name in known:
            found.append((name, known[name]))
        elif "://" in name:
            found.append((None, name))
        else:
            saved = ", ".join(sorted(known)) or "none is saved"
            raise UsageError(f"no sensor is called {name!r} (saved: {saved}), and it is no URL")
    return found


def find_sensors(named: Sequence[str]) -> list[NamedSensor]:
    """Return the sensors that were named, or else those that the settings use.

    Raises:
        UsageError: when a name or URL is not understood.

    """
    try:
        urls = sensor_urls(named or load_settings().use_sensors)
        return open_sensors(urls)
    except ValueError as error:
        raise UsageError(str(error)) from None


def choose_profile(name: str | None) -> Profile:
    """Return the profile to walk with; where several people walk, ask who does.

    Raises:
        UsageError: when several people walk here and nobody can be asked.
        FileErrors: when there is no such profile, or something is wrong with it.

    """
    own = sorted(set(profile_names()) - set(BASES))
    name = name or load_settings().profile
    if name is None and len(own) > 1:
        name = _ask_who(own)
    if name is None:
        name = own[0] if own else DEFAULT_PROFILE
    return load_profile(name)


def _ask_who(own: list[str]) -> str:
    listed = ", ".join(own)
    if not sys.stdin.isatty():
        raise UsageError(f"several people walk here ({listed}): say who, with --profile NAME")
    print(f"Several people walk here: {listed}.")
    for _ in range(_TRIES):
        try:
            answer = input("Who walks now? ").strip()
        except EOFError:
            break
        if answer in own:
            return answer
        print("Type one of these names.")
    raise UsageError("nobody said who walks: use --profile NAME")
