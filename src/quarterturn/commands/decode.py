"""``quarterturn decode``: one value from the air, in words or as JSON."""

import argparse
import json

from quarterturn.commands.errors import UsageError
from quarterturn.commands.printing import print_lines
from quarterturn.wire.ftms.render import describe, render


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
    try:
        if options.json:
            lines = [json.dumps(render(options.characteristic, value))]
        else:
            lines = describe(options.characteristic, value)
    except ValueError as error:
        raise UsageError(str(error)) from None
    print_lines(lines)
    return 0
