"""``quarterturn journal``: a session again."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from quarterturn import plugins
from quarterturn.bridge.journal import Journal, read_journal, summary
from quarterturn.bridge.played_script import driver_name
from quarterturn.bridge.replay import replay
from quarterturn.bridge.replay_wire import replay_wire
from quarterturn.commands.output import encoder, shapes_fit
from quarterturn.commands.printing import print_lines
from quarterturn.exit_codes import ExitCode
from quarterturn.lines import LineRenderer, table


def main(options: argparse.Namespace) -> int:
    """Show a journal, or replay it.

    Raises:
        JournalError: when the file is no journal.

    """
    journal = read_journal(Path(options.file))
    for problem in journal.problems:
        print(problem, file=sys.stderr)
    if options.action == "replay":
        return _replay(journal, as_json=options.json)
    print_lines(_shown(journal, as_json=options.json))
    return ExitCode.COMPLETED


def _shown(journal: Journal, *, as_json: bool) -> Iterator[str]:
    shapes = shapes_fit(sys.stdout)
    renderer = LineRenderer(shapes=shapes)
    for event in journal.events():
        line = encoder(dict(event)) if as_json else renderer.render(event)
        if line is not None:
            yield line
    if not as_json:
        yield ""
        yield table(summary(journal), shapes=shapes)


def _replay(journal: Journal, *, as_json: bool) -> int:
    differences, said = _through_the_driver(journal)
    result = replay(journal)
    if as_json:
        print_lines(map(encoder, result.events))
    else:
        counted = f"{result.commands} commands and {len(result.events)} events"
        print_lines([*said, f"{result.inputs} inputs decided again: {counted}."])
    for difference in (*differences, *result.differences):
        print(difference, file=sys.stderr)
    if differences:
        print("The driver does otherwise than is on record.", file=sys.stderr)
    if result.differences:
        print("The decisions differ from those on record.", file=sys.stderr)
    if differences or result.differences:
        return ExitCode.FAULT
    if not as_json:
        print_lines(["Every decision came out as it is on record."])
        if result.covered is not None:
            print_lines([f"The record does not reach the end of the session: {result.covered}."])
    return ExitCode.COMPLETED


def _through_the_driver(journal: Journal) -> tuple[Sequence[str], Sequence[str]]:
    """Play the octets, where there are any; return the differences, and what was done in words."""
    name = driver_name(journal)
    if name is None:
        return (), ["No octets are on record: what the driver did is taken from the record."]
    result = replay_wire(journal, plugins.load_driver(name))
    made = f"{result.reports} reports and {result.requests} requests to the link"
    return result.differences, [f"{result.values} values went through the driver again: {made}."]
