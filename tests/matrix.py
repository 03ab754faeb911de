"""What must come of every blow at every boundary of a walk: one table, as data.

The names are faults and quirks of the simulated treadmill, and what befalls the computer. ``ends``
are all the ends there are, by the places where it strikes, and each of them comes about there; a
``?`` says that the belt is not known to stand then, and that the red key is named.

Seconds count from the blow, or from the first motion where the belt stands; ``counts`` "command":
from the first command of a moving belt, where only that shows what is wrong. ``stop_s``: until the
Stop is written or the belt stands; to a belt that rose after a Stop no other may be written, and
nothing is written over a lost link. ``red_key_s``: until the red key is named, where the belt is
not known to stand in the end. ``over_s``: until the walk is over, always from the blow. ``says``:
what is said wherever the walk does not go on to its end.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """What must come of one blow."""

    name: str
    hazards: str
    ends: str
    stop_s: float | None = None
    red_key_s: float | None = None
    over_s: float | None = None
    says: str = ""
    counts: str = "blow"
    courses: tuple[str, ...] = ("circle",)

    def at(self, place: str) -> set[str]:
        """Return the ends that there are where it strikes at a place."""
        rest = ""
        for part in self.ends.split("; "):
            places, _, ends = part.rpartition(" = ")
            if place in places.split():
                return set(ends.split(" or "))
            rest = ends
        return set(rest.split(" or "))


PLACES = (
    "standing", "starting", "starting-unsighted", "forward", "unsighted", "stopping", "ending"
)  # fmt: skip
"""Where in a walk: the walker waits on a standing belt, or is counted down for; the belt was told
to start, with the walker forward or not; it moves, with the walker forward or not; it was told to
stop for a turn; the last phase is over."""

BOTH = ("circle", "uphill")
UPHILL = ("uphill",)
_STOPPED = "Stopped. Hold the rail."
_RED_KEY = "Pull the red key."
_LOST = "Pull the red key. The link is lost."
_NO_READY = "Nobody pressed ready."
STRIKES = (
    # The link
    Row("link-lost", "H08", "fault: link_lost", 4.5, None, 18, _LOST, courses=BOTH),
    Row("link-gone", "H08",
        "standing = fault: link_lost; else = fault: link_lost?", None, 0.5, 37, _LOST),
    Row("link-fades", "H08",
        "standing = fault: link_lost; "
        "starting starting-unsighted = fault: stale or fault: stale?; "
        "else = fault: stale",
        4.5, 4.5, 24, _LOST),
    # The reports
    Row("silent", "H08", "fault: stale?", 4.5, 4.5, 124, _RED_KEY, courses=BOTH),
    Row("rubbish", "H08 H23", "fault: stale?", 4.5, 4.5, 124, _RED_KEY),
    # The control point
    Row("deaf", "H09",
        "forward = fault: no_effect? or fault: overspeed? or fault: stop_failed? "
        "or fault: unanswered?; "
        "unsighted = fault: stop_failed? or fault: unanswered?; "
        "ending = completed or fault: stop_failed?; else = fault: unanswered?",
        11.5, 36, 47, _RED_KEY, "command"),
    Row("refuse", "H09 H17",
        "ending = completed or fault: refused?; else = fault: refused?", 0.5, 26, 37,
        "The treadmill refuses.", "command"),
    Row("no-effect", "H09",
        "forward = fault: no_effect or fault: overspeed; ending = completed; "
        "else = fault: no_effect",
        17.5, None, 44, "", "command"),
    Row("stop-ignored", "H09",
        "ending = completed or fault: stop_failed?; else = fault: stop_failed?", 38.5, 59.5, 96,
        _RED_KEY, "command"),
    Row("control-lost", "H17", "stopped: another client", 3, None, 15, _STOPPED),
    Row("other-app", "H17", "stopped: another client", 3, None, 15, _STOPPED),
    # The belt
    Row("runaway", "H02 H05",
        "standing = fault: uncommanded_motion; "
        "forward unsighted = fault: overspeed or fault: wrong_way; "
        "stopping = fault: rose_after_stop? or fault: stop_failed?; "
        "ending = fault: rose_after_stop? or fault: wrong_way; else = fault: overspeed",
        6.5, 3.5, 29, "", courses=BOTH),
    # The console
    Row("safety-key", "H06",
        "standing stopping = fault: refused?; "
        "ending = completed or stopped: safety key; else = stopped: safety key",
        0.5, 35, 36, courses=BOTH),
    Row("console-stop", "H06 H17",
        "standing stopping = completed; ending = completed or stopped: console; "
        "else = stopped: console", 6.5, None, 14, _STOPPED),
    Row("console-pause", "H06 H17",
        "standing stopping = completed; ending = completed or stopped: console; "
        "else = stopped: console", 6.5, None, 14, _STOPPED),
    Row("console-faster", "H04 H17",
        "starting-unsighted = fault: foreign_control; "
        "unsighted = completed or fault: foreign_control; else = completed", 5.5, None, 14,
        "Somebody else set the speed."),
    Row("console-slower", "H17", "completed"),
    Row("console-start", "H01 H04 H17",
        "standing = fault: refused or fault: uncommanded_motion; "
        "stopping = fault: uncommanded_motion; else = completed", 4.5, None, 18),
    Row("console-steeper", "H10",
        "starting starting-unsighted ending = completed; "
        "else = completed or stopped: timeout", 5.5, None, 130, _NO_READY,
        courses=BOTH),
    Row("console-flatter", "H10", "completed", courses=UPHILL),
    Row("console-downhill", "H10",
        "standing = completed or fault: incline or stopped: timeout; "
        "starting-unsighted = fault: incline; forward = completed or stopped: timeout; "
        "unsighted = completed or fault: incline; stopping = stopped: timeout; "
        "else = completed",
        5.5, None, 130, courses=UPHILL),
    # The walker
    Row("walker-ready", "H01", "completed"),
    Row("walker-away", "H01 H11",
        "starting-unsighted unsighted stopping = stopped: timeout; ending = completed; "
        "else = completed or stopped: timeout", 38.5, None, 173, _NO_READY),
    Row("walker-stop", "H06 H19", "stopped: walker", 3.5, None, 14, _STOPPED),
    Row("walker-pause", "H06 H19", "completed", courses=BOTH),
    Row("walker-slower", "H19", "completed"),
    Row("walker-skip", "H19", "completed", courses=BOTH),
    Row("walker-finish", "H19",
        "standing = completed or stopped: walker; else = completed", None, None, 1, _STOPPED,
        courses=BOTH),
    # The computer
    Row("computer-sleeps", "H07 H20",
        "starting-unsighted = fault: clock; unsighted = completed or fault: clock; "
        "else = completed", 6.5, None, 18),
    Row("screen-lost", "H07", "fault: screen_lost", 7.5, None, 14, "The screen is gone.",
        courses=BOTH),
    # A machine that begins to behave so in the middle of a walk
    Row("mph-target", "H03",
        "forward = fault: overspeed or fault: wrong_way; "
        "unsighted = fault: overspeed or fault: wrong_unit or fault: wrong_way; "
        "ending = completed or fault: wrong_way; else = fault: wrong_unit",
        8.5, None, 36, "", "command"),
    Row("mph-reports", "H03",
        "unsighted = fault: no_effect or fault: wrong_unit; ending = completed; "
        "else = fault: wrong_unit",
        14.5, None, 38),
    Row("start-every-second", "H09",
        "unsighted = fault: not_verified? or stopped: console; "
        "ending = completed or stopped: console; else = stopped: console", 3.5, 27.5, 28),
    Row("start-per-target", "H09",
        "forward = fault: no_effect or fault: overspeed; ending = completed; "
        "else = fault: no_effect",
        17.5, None, 44, "", "command"),
    Row("start-no-effect", "H09",
        "starting forward = completed or fault: no_effect?; ending = completed; "
        "else = fault: no_effect?", 38.5, 90, 90,
        _RED_KEY),
    Row("never-slows", "H02 H09",
        "starting-unsighted unsighted stopping = fault: overspeed; ending = completed; "
        "else = fault: no_effect or fault: overspeed",
        27.5, None, 161, "The belt is too fast.", "command"),
    Row("both-ways-faster", "H03 H05",
        "ending = completed or fault: wrong_way; else = fault: wrong_way", 19.5, None, 46, "",
        "command"),
    Row("wants-the-paddle", "H09",
        "forward = fault: no_effect or fault: overspeed; ending = completed; "
        "else = fault: no_effect",
        17.5, None, 44, "", "command"),
    Row("stops-by-itself", "H09",
        "starting-unsighted stopping = fault: no_effect?; forward = stopped: console; "
        "unsighted = fault: not_verified? or stopped: console; "
        "ending = completed or stopped: console; "
        "else = fault: no_effect? or stopped: console",
        35.5, 46.5, 51),
    Row("mute-commands", "H09",
        "forward unsighted = fault: not_verified? or fault: unanswered?; "
        "ending = completed or fault: not_verified?; else = fault: unanswered?",
        11.5, 36.5, 47, _RED_KEY, "command"),
    Row("control-per-target", "H17",
        "ending = completed or fault: refused; else = fault: refused", 17.5, None, 30, "",
        "command"),
    Row("speed-while-paused", "H09",
        "ending = completed or fault: stop_failed?; else = fault: stop_failed?", 38.5, 70, 85,
        _RED_KEY),
    Row("last-speed-for-ever", "H09",
        "standing = fault: stop_failed? or fault: uncommanded_motion?; "
        "else = fault: stop_failed?", 38.5, 70, 85, _RED_KEY),
    Row("silent-when-stopped", "H08", "fault: stale?", 38.5, 50, 124, _RED_KEY),
    Row("stopped-at-start", "H01 H09",
        "starting forward = completed or stopped: console; ending = completed; "
        "else = stopped: console", 38.5, None, 70,
        _STOPPED),
)  # fmt: skip

FROM_POWER_ON = {
    "mph-target": ("fault: wrong_unit", "this treadmill counts in miles per hour"),
    "mph-reports": ("fault: wrong_unit", "this treadmill counts in miles per hour"),
    "mph-range": ("fault: refused", "does not take this value"),
    "fine-steps-rejected": ("fault: refused", "does not take this value"),
    "fixed-incline": ("stopped: timeout", "Nobody pressed ready."),
    "start-every-second": ("stopped: console", _STOPPED),
    "start-per-target": ("fault: no_effect", "The treadmill does not follow"),
    "start-no-effect": ("fault: no_effect?", _RED_KEY),
    "starts-on-connect": ("fault: uncommanded_motion", "and should stand"),
    "success-no-effect": ("fault: no_effect", "The treadmill does not follow"),
    "never-slows": ("fault: no_effect", "The treadmill does not follow"),
    "both-ways-faster": ("fault: wrong_way", "sped up when told to slow down"),
    "wants-the-paddle": ("fault: no_effect", "The treadmill does not follow"),
    "stop-ignored": ("fault: stop_failed?", _RED_KEY),
    "stops-by-itself": ("stopped: console", _STOPPED),
    "mute-commands": ("fault: unanswered?", _RED_KEY),
    "control-per-target": ("fault: refused", "does not permit control"),
    "speed-spikes": ("fault: overspeed", "The belt is too fast"),
    "speed-while-paused": ("fault: stop_failed?", _RED_KEY),
    "last-speed-for-ever": ("fault: stop_failed?", _RED_KEY),
    "silent-when-stopped": ("fault: stale?", _RED_KEY),
    "falls-asleep": ("fault: stale?", _RED_KEY),
    "stopped-at-start": ("stopped: console", _STOPPED),
    "training-status-disconnects": ("fault: link_lost", _LOST),
    "locks-out": ("fault: link_lost?", _LOST),
}
"""How a strange machine's circle ends, and what is said; all others are walked to the end."""

NEVER_BEGUN = {
    "mute-request-control": "does not answer the request for control",
    "control-on-second-request": "does not answer the request for control",
    "needs-unlock": "does not permit control",
    "steps-of-0.5": "changes in steps of 0.5 km/h",
}
"""On these there is no walk; the words say why."""

INCLINED = (
    "whole-inclines", "declines", "stuck-incline-report", "incline-by-number", "no-incline-report"
)  # fmt: skip
"""Quirks of the incline, which are walked uphill as well."""

ELSEWHERE = {
    "H12": "takes a voice, and none plays in a rehearsal; its death has tests of its own",
    "H13": "comes about before a walk: who walks is asked then",
    "H14": "takes a mistake of ours: the governor's own clocks have their tests",
    "H15": "comes about before a walk: the plan is refused",
    "H16": "shows nowhere in a walk (the quirk `mph-throughout` is walked to its end): only the"
    " onboarding finds it",
    "H18": "comes about between walks",
    "H21": "comes about before a walk: in the files",
    "H22": "takes a mistake of ours: the cues have their tests",
    "H24": "is not about the belt",
    "H25": "takes a client from afar, and there is none yet",
}
"""Hazards that no machine, link, person or clock brings about at a boundary, and why."""
