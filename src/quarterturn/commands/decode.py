"""``quarterturn decode``: one value from the air, in words or as JSON."""

import argparse
import json

from quarterturn.commands.printing import print_lines
from quarterturn.exit_codes import UsageError
from quarterturn.toml_words import printable
from quarterturn.wire import sensor_render
from quarterturn.wire.ftms import render as ftms_render


def main(options: argparse.Namespace) -> int:
    """Decode one value.

    Raises:
        UsageError: when the characteristic is unknown or the value no hexadecimal number.
        WireError: when the value cannot be read as what it claims to be.

    """
    text = "".join(options.value.split()).replace(":", "").removeprefix("0x")
    try:
        value = bytes.fromhex(text)
    except ValueError:
        raise UsageError(
            f"{options.value[:60]!r} is not hexadecimal: write pairs, as in 8404"
        ) from None
    protocol, characteristic = options.protocol, options.characteristic
    try:
        if options.json:
            lines = [json.dumps(_render(protocol, characteristic, value))]
        else:
            lines = _describe(protocol, characteristic, value)
    except ValueError as error:
        raise UsageError(str(error)) from None
    print_lines(lines)
    return 0


def _render(protocol: str, characteristic: str, value: bytes) -> dict[str, object]:
    if protocol == "ftms":
        return ftms_render.render(characteristic, value)
    return sensor_render.render(protocol, characteristic, value)


def _describe(protocol: str, characteristic: str, value: bytes) -> list[str]:
    if protocol == "ftms":
        lines = ftms_render.describe(characteristic, value)
    else:
        lines = sensor_render.describe(protocol, characteristic, value)
    return [printable(line) for line in lines]  # a name or a text is whatever a stranger sends
