"""What the walker does now: the big word, the shape and the sentences of each step.

The bridge says where a walk stands; this puts it into the words of the screen.
"""

from dataclasses import dataclass, replace
from typing import Final

from quarterturn.tui.headings import LOOKS
from quarterturn.tui.pixels import Shape
from quarterturn.tui.view import Alarm, Stage

RED_KEY: Final = ("STAY ON", "THE RAILS", "PULL THE", "RED KEY")
HOLD: Final = ("HOLD", "THE RAILS")
LOOK: Final = ("LOOK AT", "THE BELT")

_STAGES: Final = {
    "slow": Stage.SLOW,
    "stop": Stage.STOP,
    "verify": Stage.STOP,
    "ready": Stage.READY,
    "countdown": Stage.COUNTDOWN,
    "start": Stage.START,
}
_NO_RED_KEY_YET: Final = frozenset({"stop", "ramp"})
_ALWAYS_THE_RED_KEY: Final = frozenset({"stale", "link_lost", "bridge_lost"})


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a walk stands: what the bridge last said of it.

    ``quarters`` and ``direction`` lead from ``heading`` to ``next_heading``. ``question``: what has
    to be looked at before READY. ``waits_for_confirmation``: somebody who stands by comes first.
    """

    heading: str
    next_heading: str | None
    purpose: str | None
    step: str | None
    quarters: int = 0
    direction: str = "right"
    question: str | None = None
    waits_for_confirmation: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """What to show of a stage; the fields are those of `view.WalkView`."""

    word: str
    shape: Shape
    colour: str
    steps: tuple[str, ...] = ()
    action: str = ""


def stage_of(step: str | None) -> Stage:
    """Return the stage of a step; a step that only announces or settles is walked."""
    return Stage.WALK if step is None else _STAGES.get(step, Stage.WALK)


def facing(heading: str) -> str:
    """Say which way to face; the rails have a right and a left of their own, so it is not that."""
    return heading if heading in ("forward", "backward") else "sideways"


def facing_act(heading: str, action: str = "") -> Act:
    """Show a heading."""
    look = LOOKS[heading]
    return Act(look.word.upper(), Shape(heading), look.colour, action=action)


def turn_words(scene: Scene) -> str:
    """Say the turn, as in ``turn right twice``; nothing where there is none."""
    if not scene.quarters:
        return ""
    return f"turn {scene.direction}" + (" twice" if scene.quarters == 2 else "")


def act_of(stage: Stage, scene: Scene, ready: str, confirm: str) -> Act:
    """Return what to do in a stage between two phases; ``ready`` says how READY is given.

    ``confirm`` is the key of who stands by.
    """
    to = scene.next_heading or scene.heading
    match stage:
        case Stage.COUNTDOWN:
            return facing_act(to, "Hold the rail. The belt starts after three, two, one.")
        case Stage.START:
            return facing_act(to, "The belt starts. Hold the rail.")
        case Stage.READY:
            act = _at_rest(scene, to)
            last = f"READY: {ready}."
            if scene.question == "belt_still":
                act = Act("STILL?", Shape.STOP, "warning", ("Look at the belt.", "Does it stand?"))
                last = f"If it stands: {ready}."
            if scene.waits_for_confirmation:
                last = f"Whoever stands by confirms first, with {confirm}. Then {ready}."
            return replace(act, steps=(*act.steps, last))
        case Stage.SLOW:
            return Act("STOPPING", Shape.STOP, "accent", _stopping(scene, "The belt slows down."))
        case _:
            checked = "Is it standing? That is being checked."
            return Act("STOPPING", Shape.STOP, "accent", _stopping(scene, checked))


def _stopping(scene: Scene, first: str) -> tuple[str, ...]:
    what_then = {
        "turn": f"Then {turn_words(scene)}." if turn_words(scene) else "Then turn.",
        "pause": "Then the walk pauses.",
        "halt": "Then the walk is over.",
    }
    then = what_then.get(scene.purpose or "", "")
    return (first, "Hold the rails.", *((then,) if then else ()))


def _at_rest(scene: Scene, to: str) -> Act:
    turn = turn_words(scene)
    if scene.purpose == "turn" and turn:
        shape = Shape.TURN_RIGHT if scene.direction == "right" else Shape.TURN_LEFT
        steps = (
            "Step to the side rails.",
            f"{turn[0].upper()}{turn[1:]}, to face {facing(to)}.",
            "Hold the rail.",
        )
        return Act(f"TURN {scene.direction.upper()}", shape, LOOKS[to].colour, steps)
    if scene.purpose == "pause":
        paused = ("Step to the side rails.", f"Hold the rail, face {facing(to)}.")
        return Act("PAUSE", Shape.PAUSE, LOOKS[to].colour, paused)
    steps = ("Step to the side rails.", f"Face {facing(to)}.", "Hold the rail.")
    return Act("READY?", Shape(to), LOOKS[to].colour, steps)


# --- what went wrong ------------------------------------------------------------------------------


def ends_walk(fault: dict[str, object] | None) -> bool:
    """Say whether a fault stops the walk for good."""
    return fault is not None and fault.get("action") in ("stop", "ramp", "alarm")


def needs_red_key(fault: dict[str, object]) -> bool:
    """Say whether software may not be enough after a fault."""
    grave = ends_walk(fault) and fault.get("action") not in _NO_RED_KEY_YET
    return grave or fault.get("fault") in _ALWAYS_THE_RED_KEY


def alarm(what: str, *, red_key: bool) -> Alarm:
    """Say what to do after a fault."""
    if red_key:
        return Alarm(
            RED_KEY,
            what,
            ("Step off when the belt stands.",),
        )
    return Alarm(
        HOLD,
        what,
        ("Hold the rails until the belt stands.", "If it does not stop: pull the red key."),
    )


def recovery_alarm(what: str, acknowledge: str) -> Alarm:
    """Say what to do after a program that steered the belt has died."""
    return Alarm(
        LOOK,
        what,
        (
            "If it moves, or you are not sure: pull the red key.",
            f"Nothing starts before you have seen to it. Then press {acknowledge}.",
        ),
    )


def ended(end: dict[str, object]) -> Act:
    """Show the end of a walk whose belt is known to stand."""
    whole = end.get("reason") == "completed"
    by, cause = str(end.get("by") or ""), str(end.get("cause") or "").replace("_", " ")
    how = f"{str(end.get('reason')).capitalize()} by the {by}" + (f": {cause}." if cause else ".")
    return Act(
        "DONE" if whole else "STOPPED",
        Shape.STOP,
        "success" if whole else "accent",
        ("The belt stands.", "Hold the rail. Step off.", *(() if whole else (how,))),
    )
