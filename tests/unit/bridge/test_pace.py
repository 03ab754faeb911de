"""How fast a demonstration runs, decided from what its clients see."""

from dataclasses import replace

import pytest

from quarterturn.bridge.pace import BRISK, CALM, FAST, REAL, rate
from quarterturn.bridge.paced_loop import FASTEST
from quarterturn.protocol import BridgeState, Snapshot

STANDING = Snapshot(
    state=BridgeState.WALKING,
    treadmill="ftms+sim://",
    belt_may_move=False,
    heading="forward",
    supervised=True,
    clients=1,
    phases=6,
)
WARM_UP = replace(
    STANDING, belt_may_move=True, phase={"index": 0, "duration_s": 300.0}, elapsed_s=60.0
)


def test_a_warm_up_of_five_minutes_passes_in_some_ten_seconds() -> None:
    wall_s, elapsed_s = 0.0, 0.0
    while elapsed_s < 300.0:
        wall_s += 1.0 / rate(replace(WARM_UP, elapsed_s=elapsed_s))
        elapsed_s += 1.0
    assert 8.0 <= wall_s <= 12.0


@pytest.mark.parametrize(
    ("duration_s", "expected"), [(300.0, FAST), (180.0, FAST), (60.0, 20.0), (30.0, 10.0)]
)
def test_a_shorter_phase_runs_less_fast(duration_s: float, expected: float) -> None:
    phase = {"index": 1, "duration_s": duration_s}
    assert rate(replace(WARM_UP, phase=phase, elapsed_s=5.0)) == expected


def test_before_what_a_phase_leads_to_is_announced_it_is_calm() -> None:
    assert rate(replace(WARM_UP, elapsed_s=288.9)) == FAST
    assert rate(replace(WARM_UP, elapsed_s=289.0)) == CALM
    assert rate(replace(WARM_UP, elapsed_s=290.0)) == CALM  # "In ten seconds: ..."
    assert rate(replace(WARM_UP, elapsed_s=301.0)) == CALM


@pytest.mark.parametrize("purpose", ["start", "turn"])
@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("slow", BRISK),
        ("stop", BRISK),
        ("verify", BRISK),
        ("ready", REAL),
        ("countdown", CALM),
        ("start", BRISK),
        ("settle", BRISK),
        ("none that is known", REAL),
    ],
)
def test_a_turn_can_be_looked_at_and_waits_for_ready_as_a_person_does(
    purpose: str, step: str, expected: float
) -> None:
    assert rate(replace(WARM_UP, purpose=purpose, step=step)) == expected


@pytest.mark.parametrize("purpose", ["pause", "halt"])
@pytest.mark.parametrize(
    "step", ["slow", "stop", "verify", "ready", "countdown", "start", "settle"]
)
def test_what_somebody_asked_for_is_felt_at_once(purpose: str, step: str) -> None:
    assert rate(replace(WARM_UP, purpose=purpose, step=step)) == REAL


def test_the_end_of_the_plan_is_calm_and_any_other_end_is_real() -> None:
    last = replace(
        WARM_UP,
        purpose="halt",
        step="slow",
        phase={"index": 5, "duration_s": 180.0},
        elapsed_s=180.0,
    )
    assert rate(last) == CALM
    assert rate(replace(last, elapsed_s=179.9)) == REAL
    assert rate(replace(last, phase={"index": 4, "duration_s": 180.0})) == REAL
    assert rate(replace(last, elapsed_s=None)) == REAL


@pytest.mark.parametrize(
    "changes",
    [
        {"fault": {"fault": "stale", "action": "stop"}},
        {"supervised": False},
        *({"state": state} for state in BridgeState if state is not BridgeState.WALKING),
    ],
)
def test_where_something_is_wrong_or_nobody_looks_time_is_real(changes: dict[str, object]) -> None:
    assert rate(WARM_UP) == FAST
    assert rate(replace(WARM_UP, **changes)) == REAL  # type: ignore[arg-type]


def test_before_the_first_phase_there_is_little_to_see() -> None:
    assert rate(STANDING) == BRISK


def test_no_pace_is_more_than_a_loop_keeps() -> None:
    assert 1.0 == REAL < CALM < BRISK < FAST <= FASTEST
