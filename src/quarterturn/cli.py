"""The command line: what can be said to ``quarterturn``, and what its exit codes mean.

Only the parser lives here; each command is a module of its own, imported when it is asked for, so
that ``--help`` and ``--version`` answer at once and no command waits for another one's libraries.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn, cast

from quarterturn import __version__
from quarterturn.exit_codes import ExitCode

DEBUG_VARIABLE = "QUARTERTURN_DEBUG"

_WORKOUT_HELP = "a workout file, or the name of a shipped workout such as circle"
_TREADMILL_HELP = (
    "a treadmill URL such as ftms+sim://?quirk=mph-target, or a name from the settings"
)
_SENSOR_HELP = (
    "a strap or foot pod: a URL such as heart-rate+ble://AA:BB:CC:DD:EE:FF, or a name from the "
    "settings; repeatable"
)
_PROFILE_HELP = "home-beginner, home-experienced, clinic, one of your own, or a profile file"


class _ListAction(argparse.Action):
    """Print what there is and leave, as --help does."""

    def __init__(self, option_strings: Sequence[str], **options: str) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=options["help"])

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> NoReturn:
        from quarterturn.commands.rehearse import list_faults, list_quirks

        text = list_quirks() if "--list-quirks" in self.option_strings else list_faults()
        print(text)
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="quarterturn",
        description="Walk forward, sideways and backward on a treadmill, under caps.",
        epilog="Not a medical device, and no emergency stop: that is the red key on the machine.",
    )
    parser.add_argument("--version", action="version", version=f"quarterturn {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_demo(commands)
    _add_rehearse(commands)
    _add_run(commands)
    _add_plan(commands)
    _add_scan(commands)
    _add_simulate(commands)
    _add_onboard(commands)

    _add_bridge(commands)
    _add_web(commands)

    check = commands.add_parser("check", help="find every error in a file at once")
    check.add_argument("files", nargs="+", metavar="FILE", help="workout, programme folder, ...")

    journal = commands.add_parser("journal", help="see a recorded session again")
    actions = journal.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, words in (("show", "print it"), ("replay", "do everything again and compare")):
        action = actions.add_parser(name, help=words)
        action.add_argument("file", metavar="FILE", help="a journal")
        action.add_argument("--json", action="store_true", help="print its events, one a line")

    decode = commands.add_parser("decode", help="read one value from the air")
    decode.add_argument("protocol", choices=["ftms", "heart-rate", "running"], help="the protocol")
    decode.add_argument(
        "characteristic",
        metavar="CHAR",
        help="ftms: 2ACC to 2ADA, 2AD9.response, ADV; heart-rate: 2A37, 2A38; running: 2A53, 2A54",
    )
    decode.add_argument("value", metavar="HEX", help="the value, as in 84040000")
    decode.add_argument("--json", action="store_true", help="print the fields as JSON")
    return parser


def _add_demo(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    demo = commands.add_parser(
        "demo", help="see a whole walk on the simulated treadmill, in less than two minutes"
    )
    demo.add_argument("--workout", default="circle", metavar="NAME", help=_WORKOUT_HELP)
    demo.add_argument("--plain", action="store_true", help="print lines, as without a terminal")


def _add_rehearse(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    rehearse = commands.add_parser(
        "rehearse", help="walk a workout on the simulated treadmill, in seconds"
    )
    rehearse.add_argument("workout", metavar="WORKOUT", help=_WORKOUT_HELP)
    rehearse.add_argument("--treadmill", metavar="URL", help="ftms+sim:// with options")
    rehearse.add_argument("--profile", metavar="NAME", help=_PROFILE_HELP)
    rehearse.add_argument(
        "--sensor",
        action="append",
        default=[],
        metavar="URL",
        help="a simulated strap or foot pod, as in heart-rate+sim://; repeatable",
    )
    _add_simulator_options(rehearse)
    rehearse.add_argument("--journal", metavar="FILE", help="keep a journal of the rehearsal")


def _add_simulate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    simulate = commands.add_parser(
        "simulate", help="let other programs find, connect to and drive a simulated treadmill"
    )
    simulate.add_argument(
        "--radio",
        required=True,
        metavar="HCI",
        help="a Bluetooth controller: usb:0, serial:/dev/ttyACM0,1000000, hci-socket:0;"
        " or tcp:HOST:PORT to offer virtual ones there",
    )
    simulate.add_argument("--name", metavar="NAME", help="what it is called on the air")
    simulate.add_argument("--treadmill", metavar="URL", help="ftms+sim:// with options")
    _add_simulator_options(simulate)


def _add_simulator_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--quirk",
        action="append",
        default=[],
        metavar="NAME",
        help="a machine's oddity; repeatable",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME@SECONDS",
        help="something that goes wrong then; repeatable",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the same walk again")
    parser.add_argument("--json", action="store_true", help="print one event a line")
    parser.add_argument("--list-quirks", action=_ListAction, help="print the quirks and leave")
    parser.add_argument("--list-faults", action=_ListAction, help="print the faults and leave")


def _add_run(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    run = commands.add_parser("run", help="walk a workout on a treadmill")
    run.add_argument(
        "workout", nargs="?", metavar="WORKOUT", help=f"{_WORKOUT_HELP}; left out: choose one"
    )
    run.add_argument("--treadmill", metavar="URL-or-name", help=_TREADMILL_HELP)
    run.add_argument("--profile", metavar="NAME", help=_PROFILE_HELP)
    run.add_argument(
        "--sensor", action="append", default=[], metavar="URL-or-name", help=_SENSOR_HELP
    )
    run.add_argument("--journal", metavar="FILE", help="where to keep the journal")
    output = run.add_mutually_exclusive_group()
    output.add_argument("--plain", action="store_true", help="print lines, as without a terminal")
    output.add_argument(
        "--json", action="store_true", help="print one event a line, read intents from stdin"
    )


def _add_bridge(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    bridge = commands.add_parser("bridge", help="own a treadmill, without a screen of its own")
    bridge.add_argument("--treadmill", metavar="URL-or-name", help=_TREADMILL_HELP)
    bridge.add_argument(
        "--for-screen", action="store_true", help="end when the screen that supervises has gone"
    )
    bridge.add_argument("--paced", action="store_true", help=argparse.SUPPRESS)  # of `demo`
    status = commands.add_parser("status", help="what the bridge is doing")
    status.add_argument("--json", action="store_true", help="print it as JSON")
    stop = commands.add_parser("stop", help="stop the belt")
    stop.add_argument(
        "--orphaned",
        action="store_true",
        help="only one that no bridge steers any more; what a service runs behind its bridge",
    )


def _add_web(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    web = commands.add_parser("web", help="show a running session in a browser, read-only")
    web.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (127.0.0.1)"
    )
    web.add_argument("--port", type=_port, default=8021, metavar="N", help="its port (8021)")
    web.add_argument(
        "--token-file", metavar="FILE", help="keep the token there, so that the address stays"
    )
    web.add_argument("--json", action="store_true", help="print the address as JSON")


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text}: 0 to 65535 are allowed; 0 is any that is free")
    return number


def _add_plan(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    plan = commands.add_parser("plan", help="show what the caps leave of a workout")
    plan.add_argument("workout", metavar="WORKOUT", help=_WORKOUT_HELP)
    plan.add_argument("--treadmill", metavar="URL-or-name", help=_TREADMILL_HELP)
    plan.add_argument("--profile", metavar="NAME", help=_PROFILE_HELP)
    plan.add_argument("--json", action="store_true", help="print the plan as JSON")


def _add_scan(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    scan = commands.add_parser("scan", help="find treadmills and sensors by Bluetooth")
    scan.add_argument(
        "--seconds", type=_seconds, default=15.0, metavar="N", help="how long to listen (15)"
    )
    scan.add_argument("--all", action="store_true", help="show everything in reach")
    scan.add_argument("--adapter", metavar="NAME", help="which of the system's adapters (Linux)")
    scan.add_argument("--hci", metavar="HCI", help="a controller of your own, such as usb:0")
    scan.add_argument("--save", metavar="NAME", help="save the treadmill that is found")
    scan.add_argument("--address", metavar="ADDRESS", help="the one to save, where there are more")
    scan.add_argument("--json", action="store_true", help="print one device a line")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text}: 1 to 3600 seconds are allowed")
    return seconds


def _add_onboard(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    onboard = commands.add_parser(
        "onboard", help="get to know a treadmill with nobody on the belt, and keep its record"
    )
    onboard.add_argument("treadmill", metavar="URL-or-name", help=_TREADMILL_HELP)
    onboard.add_argument("--name", metavar="NAME", help="what to call the record")
    onboard.add_argument("--force", action="store_true", help="replace a record of that name")
    onboard.add_argument(
        "--language",
        default="en",
        help="what is said beside the belt, as in de; the rest is English",
    )
    onboard.add_argument(
        "--rehearse",
        action="store_true",
        help="a simulated treadmill alone: in seconds, with a simulated person who answers",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; print errors as words, never as a traceback."""
    _mend_streams()
    options = build_parser().parse_args(arguments)
    try:
        module = import_module(f"quarterturn.commands.{options.command}")
        command = cast("Callable[[argparse.Namespace], int]", module.main)
        code = command(options)
    except (BrokenPipeError, KeyboardInterrupt):
        # Of a walk that nobody sees any more; what only answers a question prints with print_lines.
        code = ExitCode.STOPPED
    except Exception as error:  # noqa: BLE001 - the last resort: words, never a traceback
        code = _report(error)
    try:
        sys.stdout.flush()
    except OSError:
        # Whoever read the output has gone; Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _mend_streams() -> None:
    """See to it that printing never fails for want of a character or of a stream."""
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - for good
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif name == "stdout" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _report(error: Exception) -> int:
    from quarterturn.errors import explain

    explained = explain(error)
    if explained is not None:
        text, code = explained
        print(text, file=sys.stderr)
        return code
    if os.environ.get(DEBUG_VARIABLE):
        raise error
    print(
        f"quarterturn: a mistake of ours, not yours: {type(error).__name__}: {error}\n"
        f"Please report it; {DEBUG_VARIABLE}=1 shows where it happened.",
        file=sys.stderr,
    )
    return ExitCode.FAULT
