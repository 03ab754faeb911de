"""How fast time runs in a demonstration: what is alike for minutes passes, what is new takes time.

Decided from a snapshot alone, of what the bridge shows to its clients as well.
"""

from typing import Final

from quarterturn.protocol import BridgeState, Snapshot
from quarterturn.session.vocabulary import Purpose, number

REAL: Final = 1.0
"""As by the wall clock: whatever waits for a person, or follows from one who has said stop."""
CALM: Final = 2.0
"""What is told of, counted down or decided: there is time to look, and to hear it."""
BRISK: Final = 5.0
"""The belt slows, stands, or picks up speed."""
FAST: Final = 60.0
"""The most within a phase."""
PHASE_S: Final = 3.0
"""How long a phase seems to take at least, apart from its beginning and its end."""
END_OF_PHASE_S: Final = 11.0
"""What a phase leads to is announced ten seconds before; one more, to look up."""

_STEPS: Final = {
    "verify": BRISK,
    "ready": REAL,
    "countdown": CALM,
    "start": BRISK,
    "settle": BRISK,
    "slow": BRISK,
    "stop": BRISK,
}


def rate(now: Snapshot) -> float:
    """Return how many times as fast as the wall clock time is to run."""
    if now.state is not BridgeState.WALKING or not now.supervised or now.fault is not None:
        return REAL
    if now.step is None:
        return _within_phase(now)
    if now.purpose in (Purpose.START, Purpose.TURN):
        return _STEPS.get(now.step, REAL)
    # A pause, or a halt: somebody wanted it so, unless the walk was over anyway.
    return CALM if now.purpose == Purpose.HALT and _walked_to_its_end(now) else REAL


def _within_phase(now: Snapshot) -> float:
    planned_s = _planned_s(now)
    if planned_s is None or now.elapsed_s is None:
        return BRISK  # before the first phase
    if planned_s - now.elapsed_s <= END_OF_PHASE_S:
        return CALM
    return min(max(BRISK, planned_s / PHASE_S), FAST)


def _walked_to_its_end(now: Snapshot) -> bool:
    planned_s = _planned_s(now)
    if now.phase is None or planned_s is None or now.elapsed_s is None:
        return False
    index = number(now.phase.get("index"))
    is_last = index is not None and now.phases is not None and index + 1 >= now.phases
    return is_last and now.elapsed_s >= planned_s


def _planned_s(now: Snapshot) -> float | None:
    return None if now.phase is None else number(now.phase.get("duration_s"))
