"""What the systemd unit says, setting by setting."""

import shlex
from collections import defaultdict
from pathlib import Path

UNIT = Path(__file__).parents[1] / "configs" / "systemd" / "quarterturn-bridge@.service"


def settings() -> dict[str, list[str]]:
    """Return every setting of the unit with its values, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[name].append(value)
    return found


def one(name: str) -> str:
    [value] = settings()[name]
    return value


def command_of(name: str, instance: str) -> list[str]:
    """Return the arguments behind the program of a command line, for an instance of the unit."""
    program, *arguments = shlex.split(one(name))
    assert program.removeprefix("-") == "%h/.local/bin/quarterturn"
    return [argument.replace("%i", instance) for argument in arguments]
