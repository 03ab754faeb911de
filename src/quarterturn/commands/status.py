"""``quarterturn status``: what the bridge is doing."""

import argparse
import asyncio
import json

from quarterturn.client import connect
from quarterturn.commands.printing import print_lines
from quarterturn.exit_codes import ExitCode, NoBridgeError, SilentBridgeError
from quarterturn.open_session import OpenSession, read_open_session
from quarterturn.protocol import IN_WORDS, Snapshot, Welcome, snapshot_object


def main(options: argparse.Namespace) -> int:
    """Print what the bridge is doing; 0 where there is one, else 6, and 5 where it hangs."""
    try:
        welcome, snapshot = asyncio.run(_ask())
    except NoBridgeError as error:
        session = read_open_session()
        if options.json:
            print(json.dumps({"bridge": None, "open_session": _what_happened(session)}))
        else:
            words = str(error)
            print_lines(
                [f"{words[:1].upper()}{words[1:]}.", *filter(None, [_what_happened(session)])]
            )
        return ExitCode.FAULT if isinstance(error, SilentBridgeError) else ExitCode.NOTHING
    if options.json:
        print(json.dumps({"bridge": welcome.pid, **snapshot_object(snapshot)}, default=dict))
    else:
        print_lines(in_words(welcome, snapshot))
    return ExitCode.COMPLETED


async def _ask() -> tuple[Welcome, Snapshot]:
    async with connect("quarterturn status") as bridge:
        if bridge.welcome is None or bridge.snapshot is None:
            raise NoBridgeError("the bridge did not say what it is")
        return bridge.welcome, bridge.snapshot


def _what_happened(session: OpenSession | None) -> str | None:
    return None if session is None else session.in_words()


def in_words(welcome: Welcome, seen: Snapshot) -> list[str]:
    """Return what a snapshot says, a line each."""
    lines = [
        f"Bridge      process {welcome.pid}, version {welcome.version}: {IN_WORDS[seen.state]}",
        f"Treadmill   {seen.treadmill}",
        f"Belt        {_belt(seen)}",
    ]
    if seen.workout is not None:
        lines.append(f"Walk        {seen.workout}, under {seen.profile}")
    if seen.phase is not None and seen.phases is not None:
        index, kind = seen.phase.get("index"), str(seen.phase.get("kind")).replace("_", " ")
        number = index + 1 if isinstance(index, int) else "?"
        elapsed = "" if seen.elapsed_s is None else f", {seen.elapsed_s:.0f} s"
        total = seen.phase.get("duration_s")
        lines.append(
            f"Phase       {number} of {seen.phases}: {seen.heading}, {kind}{elapsed} of {total} s"
        )
    if seen.step is not None:
        to = "" if seen.next_heading is None else f" to {seen.next_heading}"
        lines.append(f"Step        {seen.purpose}{to}: {seen.step}")
    if seen.fault is not None:
        lines.append(f"Fault       {seen.fault.get('text')}")
    if seen.last_session is not None:
        lines.append(f"Before      {seen.last_session}")
    watched = "a screen supervises" if seen.supervised else "no screen supervises"
    lines.append(f"Clients     {seen.clients}; {watched}")
    return lines


def _belt(seen: Snapshot) -> str:
    if seen.speed_kmh is None:
        return "not known" if seen.belt_may_move else "not connected"
    age = "" if seen.report_age_s is None else f", {seen.report_age_s:.1f} s ago"
    told = "" if seen.commanded_kmh is None else f"; told {seen.commanded_kmh:.1f} km/h"
    stands = "" if seen.belt_may_move else "; known to stand"
    return f"{seen.speed_kmh:.1f} km/h{age}{told}{stands}"
