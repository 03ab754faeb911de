"""``quarterturn check``: every error in files, at once."""

import argparse

from quarterturn.commands.printing import print_lines
from quarterturn.exit_codes import ExitCode
from quarterturn.file_kinds import check_file, kind_of


def main(options: argparse.Namespace) -> int:
    """Check files; errors go to stdout, one a line, for editors and other programs to read."""
    failed = False
    for file in options.files:
        problems = check_file(file)
        if problems:
            failed = True
            print_lines(map(str, problems))
        else:
            print_lines([f"{file}: ok, a {kind_of(file)}"])
    return ExitCode.USAGE if failed else ExitCode.COMPLETED
