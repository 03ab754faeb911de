"""``quarterturn rehearse``: a session on the simulated treadmill, in virtual time."""

import argparse
import sys
import textwrap
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from quarterturn import plugins
from quarterturn.bridge.journal import kept, new_journal
from quarterturn.commands.choices import sensor_urls
from quarterturn.commands.output import complain, encoder, shapes_fit
from quarterturn.exit_codes import UsageError, exit_code
from quarterturn.lines import WIDTH, LineRenderer, table
from quarterturn.opening import SIMULATED
from quarterturn.rehearsal import Rehearsal, in_virtual_time
from quarterturn.session import Event
from quarterturn.summary import Summariser

_INDENT = " " * 4


def main(options: argparse.Namespace) -> int:
    """Rehearse a workout and print what happened.

    Raises:
        UsageError, FileErrors, PlanRefused: before anything is started or written.

    """
    try:
        rehearsal = Rehearsal(
            options.workout,
            profile=options.profile,
            treadmill=options.treadmill or SIMULATED,
            quirks=options.quirk,
            faults=[fault_at(text) for text in options.fault],
            sensors=sensor_urls(options.sensor),
            seed=options.seed,
        )
    except ValueError as error:
        raise UsageError(str(error)) from None
    show = _print_json if options.json else _print_lines()
    summariser = Summariser()

    def on_event(event: Event) -> None:
        summariser.add(event)
        show(event)

    with ExitStack() as stack:
        record = None
        if options.journal is not None:
            header = {"rehearsal": True, "workout": options.workout}
            record = stack.enter_context(kept(new_journal(options.journal, header, complain)))
        end = in_virtual_time(rehearsal.walk(on_event, record))
    if not options.json:
        print()
        print(table(summariser.summary(), shapes=shapes_fit(sys.stdout)))
    return exit_code(end)


def list_quirks() -> str:
    """Return the quirks there are, each with what it does."""
    return _listed(plugins.load_simulator().quirks)


def list_faults() -> str:
    """Return the faults there are, each with what happens."""
    return _listed(plugins.load_simulator().faults)


def _listed(entries: Mapping[str, str]) -> str:
    wrapper = textwrap.TextWrapper(
        WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False
    )
    return "\n".join(f"{name}\n{wrapper.fill(words)}" for name, words in entries.items())


def fault_at(text: str) -> tuple[str, float]:
    """Read ``NAME@SECONDS``.

    Raises:
        UsageError: when it is none.

    """
    name, at, seconds = text.partition("@")
    try:
        strikes_s = float(seconds)
    except ValueError:
        at = ""
    if not at:
        raise UsageError(f"--fault {text}: write NAME@SECONDS, as in --fault link-lost@200")
    return name, strikes_s


def _print_json(event: Event) -> None:
    sys.stdout.write(encoder(event) + "\n")


def _print_lines() -> Callable[[Event], None]:
    renderer = LineRenderer(shapes=shapes_fit(sys.stdout))

    def show(event: Event) -> None:
        line = renderer.render(event)
        if line is not None:
            sys.stdout.write(line + "\n")

    return show
