"""How commands print that only answer a question."""

import contextlib
from collections.abc import Iterable


def print_lines(lines: Iterable[str]) -> None:
    """Print lines for as long as somebody reads them.

    Whoever stops reading (``| head``) has what they wanted: the exit code stays the command's own.
    """
    with contextlib.suppress(BrokenPipeError):
        for line in lines:
            print(line)
