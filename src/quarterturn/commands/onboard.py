"""``quarterturn onboard``: get to know a treadmill with nobody on the belt, and keep its record."""

import argparse
import asyncio
import contextlib
import sys
import termios
import textwrap
from collections.abc import Callable
from datetime import datetime
from typing import Final

from quarterturn import plugins
from quarterturn.bridge.event_loop import BeltLoop
from quarterturn.commands.choices import find_url
from quarterturn.commands.cuttable_link import CuttableLink
from quarterturn.commands.output import complain, shapes_fit
from quarterturn.commands.trial_run import Bench, run_trial
from quarterturn.exit_codes import ExitCode, UsageError
from quarterturn.lines import WIDTH, LineRenderer
from quarterturn.machines import own_record_path, save_machine_record
from quarterturn.onboarding.course import (
    Ask,
    NotUsableError,
    Reply,
    StoppedError,
    UnfitError,
    onboard,
)
from quarterturn.onboarding.findings import Findings
from quarterturn.onboarding.record_text import record_text
from quarterturn.onboarding.topics import NO, YES, Question
from quarterturn.opening import (
    SIMULATED_LINK,
    Treadmill,
    find_book,
    open_simulation,
    open_treadmill,
)
from quarterturn.port import GattLink, Simulation
from quarterturn.ready import Mode
from quarterturn.saved_treadmills import (
    NameTakenError,
    NotEditedError,
    check_name,
    save_treadmill,
)
from quarterturn.session import Event
from quarterturn.settings import load_settings
from quarterturn.toml_files import FileErrors
from quarterturn.treadmill_url import parse_treadmill_url

_TRIES: Final = 10
_LONGEST_DESCRIPTION: Final = 80
_INTRODUCTION: Final = (
    "Getting to know a treadmill, with nobody on the belt. It is started about six times, at up to "
    "2 km/h, and each time only after your READY. Stand beside the belt, never on it. This takes "
    "about ten minutes; nothing is written before the end. Answer with Enter; q ends it."
)
_KEYS: Final = {
    "hold": "While a trial runs, Enter held down is READY and any other key stops the belt.",
    "twice": "While a trial runs, Enter twice is READY and any other key stops the belt.",
}
_RED_KEY: Final = (
    "The emergency stop is the red key on the machine. No key of this keyboard is one."
)

AskPerson = Callable[[Question], str]
"""Ask until the answer is one that the question accepts. Raises StoppedError."""


def main(options: argparse.Namespace) -> int:
    """Get to know a treadmill.

    Raises:
        UsageError, FileErrors: before anything is connected.
        LinkError, RefusedError, TimeoutError: when there is no treadmill.

    """
    if not options.rehearse and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "a person at a terminal gives READY and looks at the belt: run `quarterturn onboard` "
            "there, or with --rehearse on the simulated treadmill"
        )
    try:
        return _rehearse(options) if options.rehearse else _onboard(options)
    except StoppedError as stopped:
        complain(f"stopped: {stopped} Nothing is written.")
        return ExitCode.STOPPED


def _onboard(options: argparse.Namespace) -> int:
    url = find_url(options.treadmill)
    links: list[CuttableLink] = []
    try:
        treadmill = open_treadmill(url, through=_cuttable(links))
    except ValueError as error:
        raise UsageError(str(error)) from None
    ready: Mode = "twice" if load_settings().ready == "twice" else "hold"
    for text in (_INTRODUCTION, _KEYS[ready], _RED_KEY):
        _say(text)
    name = _record_name(options, treadmill)
    description = _line(
        "Which treadmill is this? Its maker and model, for the file: ", _check_description
    )
    bench = Bench(treadmill, links[0], _shower(), ready, book=find_book(options.language))
    with asyncio.Runner(loop_factory=BeltLoop) as runner:
        found = _lead(bench, runner, ask_in_terminal)
    if isinstance(found, ExitCode):
        return found
    text = record_text(found, name, description, _today())
    path = save_machine_record(found.record(name), text, overwrite=True)
    _say(f"The record is kept in {path}; a person can read and change it.")
    with contextlib.suppress(StoppedError):
        _offer_to_save(options.treadmill, url, name)
    return ExitCode.COMPLETED


def _rehearse(options: argparse.Namespace) -> int:
    """Do it all with a simulated treadmill and person; there is no such thing on a real link."""
    url = find_url(options.treadmill)
    links: list[CuttableLink] = []
    try:
        if parse_treadmill_url(url).link != SIMULATED_LINK:
            raise UsageError("--rehearse is for the simulated treadmill, as in ftms+sim://")
        treadmill, simulation = open_simulation(url, through=_cuttable(links))
    except ValueError as error:
        raise UsageError(str(error)) from None
    name = "rehearsed" if options.name is None else options.name
    _check_record_name(name, free=options.name is None or options.force)
    bench = Bench(
        treadmill,
        links[0],
        _shower(),
        "hold",
        lambda event: list(simulation.react(event)),
        find_book(options.language),
    )
    factory = plugins.load_simulator().new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        found = _lead(bench, runner, _ask_simulated(simulation, runner))
    if isinstance(found, ExitCode):
        return found
    text = record_text(found, name, "A simulated treadmill", _today())
    if options.name is None:
        print(text, end="")
        print("# A rehearsal: with --name NAME it is kept.")
    else:
        path = save_machine_record(found.record(name), text, overwrite=options.force)
        print(f"The record is kept in {path}")
    return ExitCode.COMPLETED


def _lead(bench: Bench, runner: asyncio.Runner, ask: AskPerson) -> Findings | ExitCode:
    """Go through questions and trials; the exit code where the treadmill cannot be used."""
    course = onboard(bench.treadmill.record)
    reply: Reply | None = None
    try:
        while True:
            step = next(course) if reply is None else course.send(reply)
            if isinstance(step, Ask):
                reply = ask(step.question)
            else:
                reply = runner.run(run_trial(bench, step))
    except StopIteration as done:
        found: Findings = done.value
        return found
    except NotUsableError as why:
        complain(f"{why} Nothing is written.")
        return ExitCode.USAGE if isinstance(why, UnfitError) else ExitCode.FAULT


# --- what is kept --------------------------------------------------------------------------------


def _record_name(options: argparse.Namespace, treadmill: Treadmill) -> str:
    if options.name is not None:
        _check_record_name(options.name, free=options.force)
        return str(options.name)

    def check(answer: str) -> str | None:
        try:
            _check_record_name(answer, free=options.force)
        except UsageError as error:
            return str(error)
        return None

    kind = "simulated treadmill" if treadmill.simulated else "treadmill"
    return _line(
        f"What shall the record of this {kind} be called? A short name, as in mine: ", check
    )


def _check_record_name(name: str, *, free: bool) -> None:
    try:
        path = own_record_path(name)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if path.exists() and not free:
        raise UsageError(f"{path} exists: take another --name, or --force to replace it")


def _offer_to_save(asked_for: str, url: str, record: str) -> None:
    """Offer a name in the settings under which `run` finds the treadmill with its record."""
    known = str(parse_treadmill_url(url).with_record(record))
    saved_as = asked_for if asked_for in load_settings().treadmills else None
    if saved_as is not None:
        _say(f"{saved_as} is in your settings. Shall it use this record from now on?")
        wanted = saved_as if _line("yes or no: ", _check_yes_no) == YES else NO
    else:
        _say("Shall this treadmill be in your settings, so that `quarterturn run` finds it?")
        wanted = _line("a name for it there, or no: ", _check_saved_name)
    if wanted == NO:
        _say(f"Name it as --treadmill '{known}'.")
        return
    try:
        path = save_treadmill(wanted, known, replace=saved_as is not None, as_default=True)
    except (FileErrors, NotEditedError, NameTakenError, ValueError) as error:
        complain(str(error))
        _say(f"Name it as --treadmill '{known}'.")
        return
    _say(f"Saved in {path}. `quarterturn run circle --treadmill {wanted}` walks on it.")


def _check_description(answer: str) -> str | None:
    if 0 < len(answer) <= _LONGEST_DESCRIPTION and answer.isprintable():
        return None
    return f"One line of up to {_LONGEST_DESCRIPTION} characters is wanted."


def _check_yes_no(answer: str) -> str | None:
    return None if answer in (YES, NO) else "That is not one of the answers."


def _check_saved_name(answer: str) -> str | None:
    try:
        check_name(answer)
    except ValueError as error:
        return str(error)
    if answer in load_settings().treadmills:
        return f"{answer} is taken; type another name, or no."
    return None


# --- the person ----------------------------------------------------------------------------------


def ask_in_terminal(question: Question) -> str:
    """Ask a person; nothing is assumed, and q or the end of the input ends everything.

    Raises:
        StoppedError: when there is no answer.

    """
    print()
    _say(question.text)
    prompt = question.hint or _either(question.allowed)

    def check(answer: str) -> str | None:
        return None if question.accepts(_in_full(answer)) else question.wrong

    return _in_full(_line(f"{prompt}: ", check))


def _in_full(answer: str) -> str:
    answer = answer.lower()
    return {"y": YES, "n": NO}.get(answer, answer)


def _ask_simulated(simulation: Simulation, runner: asyncio.Runner) -> AskPerson:
    async def look(topic: str) -> str:
        return simulation.answer(topic)

    def ask(question: Question) -> str:
        answer = runner.run(look(question.topic.value))
        _say(question.text)
        print(f"       {answer}")
        return answer

    return ask


def _line(prompt: str, wrong: Callable[[str], str | None]) -> str:
    """Read a line until it is right; ``wrong`` says what is not."""
    # A key that was still held for READY is no answer.
    with contextlib.suppress(termios.error):
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
    for _ in range(_TRIES):
        try:
            answer = " ".join(input(prompt).split())
        except (EOFError, UnicodeDecodeError):
            print()
            break
        if answer.lower() in ("q", "quit"):
            break
        problem = wrong(answer)
        if problem is None:
            return answer
        _say(problem)
    raise StoppedError("There was no answer.")


def _either(words: tuple[str, ...]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}"


def _say(text: str) -> None:
    print(textwrap.fill(text, WIDTH, break_on_hyphens=False))


# --- what is shown -------------------------------------------------------------------------------


def _shower() -> Callable[[Event], str | None]:
    shapes = shapes_fit(sys.stdout)
    renderer = LineRenderer(shapes=shapes)

    def show(event: Event) -> str | None:
        nonlocal renderer
        begins = event["event"] == "trial" and event["step"] == "begin"
        if begins:
            renderer = LineRenderer(shapes=shapes)
        line = renderer.render(event)
        return f"\n{line}" if begins else line

    return show


def _cuttable(links: list[CuttableLink]) -> Callable[[GattLink], GattLink]:
    def through(link: GattLink) -> GattLink:
        links.append(CuttableLink(link))
        return links[-1]

    return through


def _today() -> str:
    return datetime.now().astimezone().date().isoformat()
