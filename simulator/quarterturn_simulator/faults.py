"""What goes wrong in the middle of a walk, by name. Seconds count from the session's plan."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from quarterturn_simulator.treadmill import SimulatedTreadmill

Strike = Callable[[SimulatedTreadmill], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what it does to the treadmill, or what the walker does of their own accord.

    ``intents`` are (seconds after the strike, intent); ``takes_walker``: without them, it is still
    about somebody who walks.
    """

    description: str
    strike: Strike | None = None
    intents: tuple[tuple[float, str], ...] = ()
    takes_walker: bool = False


def _becomes(**settings: object) -> Strike:
    return lambda treadmill: treadmill.change(**settings)


def _press(button: Callable[[], None], times: int) -> None:
    for _ in range(times):
        button()


FAULTS: Mapping[str, Fault] = {
    # The link
    "link-lost": Fault(
        "the link is lost, and can be made again 3 s later; the belt runs on",
        lambda treadmill: treadmill.lose_links(unreachable_s=3.0),
    ),
    "link-gone": Fault(
        "the link is lost for good; the belt runs on", lambda treadmill: treadmill.lose_links()
    ),
    "link-fades": Fault(
        "nothing comes through any more, and the link is told to be lost only 6 s later",
        lambda treadmill: treadmill.fade_links(silent_s=6.0, unreachable_s=3.0),
    ),
    # The reports
    "silent": Fault("the reports of the belt stop", _becomes(reports=False)),
    "rubbish": Fault("the reports are no Treadmill Data", _becomes(rubbish=True)),
    # The control point
    "deaf": Fault("commands get no answer and have no effect", _becomes(hears=False)),
    "refuse": Fault("every command is refused: control not permitted", _becomes(refuses=True)),
    "no-effect": Fault(
        "targets are answered with Success and have no effect", _becomes(obeys_targets=False)
    ),
    "stop-ignored": Fault(
        "Stop is answered with Success and has no effect", _becomes(obeys_stop=False)
    ),
    "control-lost": Fault(
        "the console takes the control away", lambda treadmill: treadmill.console.revoke_control()
    ),
    "other-app": Fault(
        "another app connects and takes the control",
        lambda treadmill: treadmill.give_control_to_another_app(),
    ),
    # The belt
    "runaway": Fault(
        "the belt speeds up by itself and obeys no target; Stop works",
        lambda treadmill: treadmill.run_away(),
    ),
    # The console
    "safety-key": Fault("the safety key is pulled", lambda treadmill: treadmill.pull_safety_key()),
    "console-stop": Fault(
        "somebody presses STOP at the console", lambda treadmill: treadmill.console.press_stop()
    ),
    "console-pause": Fault(
        "somebody presses PAUSE at the console", lambda treadmill: treadmill.console.press_pause()
    ),
    "console-faster": Fault(
        "somebody presses FASTER at the console",
        lambda treadmill: treadmill.console.press_faster(),
    ),
    "console-slower": Fault(
        "somebody presses SLOWER at the console",
        lambda treadmill: treadmill.console.press_slower(),
    ),
    "console-start": Fault(
        "somebody presses START at the console",
        lambda treadmill: treadmill.console.press_start(),
    ),
    "console-steeper": Fault(
        "somebody raises the incline at the console by 2 %",
        lambda treadmill: _press(treadmill.console.press_incline_up, 4),
    ),
    "console-flatter": Fault(
        "somebody lowers the incline at the console by 2 %",
        lambda treadmill: _press(treadmill.console.press_incline_down, 4),
    ),
    # The walker
    "walker-ready": Fault("the walker presses READY, asked or not", intents=((0.0, "ready"),)),
    "walker-away": Fault(
        "the walker presses READY no more",
        lambda treadmill: treadmill.walker.leave(),
        takes_walker=True,
    ),
    "walker-stop": Fault("the walker presses STOP", intents=((0.0, "stop"),)),
    "walker-pause": Fault(
        "the walker pauses, and goes on once the belt stands", intents=((0.0, "pause"),)
    ),
    "walker-slower": Fault("the walker presses slower", intents=((0.0, "slower"),)),
    "walker-skip": Fault("the walker skips the phase", intents=((0.0, "skip"),)),
    "walker-finish": Fault(
        "the walker finishes early, through the cool-down", intents=((0.0, "finish"),)
    ),
}


def fault(name: str) -> Fault:
    """Return a fault by its name.

    Raises:
        ValueError: when it is unknown; the message lists the known.

    """
    if name not in FAULTS:
        raise ValueError(f"unknown fault {name!r}: known are {', '.join(FAULTS)}")
    return FAULTS[name]
