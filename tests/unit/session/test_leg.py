"""One phase being walked: its speed, its incline, its words and its end, by the phase clock."""

import math
from dataclasses import replace

import pytest

from quarterturn.model import MachineRecord
from quarterturn.plan import PlannedPhase, Turn
from quarterturn.session.clock import PhaseClock
from quarterturn.session.leg import Leg
from quarterturn.units import Incline, Speed
from quarterturn.workout.phases import Side
from unit.session.bench import BACKWARD, COOL_DOWN, RIGHT, phase

KNOWN = MachineRecord(latency_s=1.0, incline_pct_per_s=0.5)
TURN = Turn(Side.RIGHT, 1)
LEVEL_TURN = replace(RIGHT, turn=TURN)
ON_THE_LEVEL = replace(COOL_DOWN, turn=None)


def leg(of: PlannedPhase, upcoming: PlannedPhase | None = LEVEL_TURN) -> Leg:
    return Leg(of, upcoming, Speed(50), KNOWN, PhaseClock(0.0))


@pytest.mark.parametrize(
    ("elapsed_s", "centi_kmh"), [(-1.0, 200), (0.0, 200), (15.0, 175), (30.1, 149), (61.0, 100)]
)
def test_a_ramp_is_walked_evenly_and_rounded_down(elapsed_s: float, centi_kmh: int) -> None:
    falls = replace(phase(kmh=2.0, end_kmh=1.0), duration_s=60.0)
    assert leg(falls).speed_at(elapsed_s) == Speed(centi_kmh)


# req: S002-05
@pytest.mark.parametrize(
    ("upcoming", "leaves_s", "goal"),
    [
        # 4 % at 0.5 %/s are 8 s, 1 s of latency, and the 10 s of the announcement
        (LEVEL_TURN, 41.0, 0),
        (None, 41.0, 0),
        (replace(BACKWARD, turn=TURN, limits=phase(pct=2).limits), 45.0, 20),
        (replace(ON_THE_LEVEL, limits=phase(pct=4).limits), math.inf, 40),
        (replace(ON_THE_LEVEL, limits=phase(pct=3).limits), 47.0, 30),
        (replace(BACKWARD, turn=TURN, limits=phase(pct=4).limits), math.inf, 40),
    ],
)
def test_the_belt_is_on_its_way_to_the_next_incline_in_time(
    upcoming: PlannedPhase | None, leaves_s: float, goal: int
) -> None:
    climbs = leg(replace(phase(pct=4), duration_s=60.0), upcoming)
    if math.isinf(leaves_s):
        assert climbs.walk(59.9).incline == Incline(40)
        return
    assert climbs.walk(leaves_s - 0.01).incline == Incline(40)
    assert climbs.walk(leaves_s).incline == Incline(goal)


@pytest.mark.parametrize(
    ("pct", "reported", "upcoming", "seconds"),
    [
        (4, None, LEVEL_TURN, 8.0),
        (4, Incline(20), LEVEL_TURN, 4.0),
        (4, Incline(90), LEVEL_TURN, 8.0),  # what the console added is not ours to wait for
        (4, Incline(0), LEVEL_TURN, 0.0),
        (4, None, ON_THE_LEVEL, 0.0),
        (4, None, replace(BACKWARD, turn=TURN, limits=phase(pct=3).limits), 2.0),
        (0, None, LEVEL_TURN, 0.0),
    ],
)
def test_a_tilted_belt_needs_its_time_to_be_level(
    pct: int, reported: Incline | None, upcoming: PlannedPhase, seconds: float
) -> None:
    assert leg(phase(pct=pct)).levels_for(upcoming, reported) == seconds


def test_a_phase_that_is_cut_short_levels_at_once_and_says_nothing_more() -> None:
    climbs = leg(replace(phase(pct=4), duration_s=60.0))
    assert climbs.cut_short(20.0, LEVEL_TURN, 8.0) == 9
    assert climbs.end_s == 29.0
    assert climbs.walk(20.0).incline == Incline(0)
    assert climbs.due_cues(29.0) == []
    assert climbs.announces(29.0) is None
    assert climbs.due_s() == 29.0
    assert not climbs.over(28.9)
    assert climbs.over(29.0)


def test_no_phase_becomes_longer_by_being_cut_short() -> None:
    climbs = leg(replace(phase(pct=4), duration_s=60.0))
    assert climbs.cut_short(58.0, LEVEL_TURN, 8.0) == 2
    assert climbs.end_s == 60.0
    assert climbs.cut_short(59.9, LEVEL_TURN, 8.0) == 1


def test_what_is_due_next_moves_on_as_things_are_done() -> None:
    backward = leg(replace(BACKWARD, duration_s=60.0))
    assert backward.due_s() == 0.0
    assert [cue.text for cue in backward.due_cues(0.0)] == ["Zero point nine kilometres per hour."]
    assert backward.due_s() == 8.0
    assert backward.marked(8.0)
    assert not backward.marked(7.9)
    backward.due_cues(49.0)
    assert backward.due_s() == 50.0
    assert backward.announces(49.9) is None
    assert backward.announces(50.0) is LEVEL_TURN
    assert backward.announces(51.0) is None
    backward.due_cues(50.0)
    assert backward.due_s() == 55.0
    backward.due_cues(59.5)
    assert backward.due_s() == 60.0


def test_what_was_said_is_not_said_again_on_the_way_to_something_else() -> None:
    backward = leg(replace(BACKWARD, duration_s=60.0))
    backward.due_cues(20.0)
    backward.follow(replace(COOL_DOWN, turn=Turn(Side.RIGHT, 2)))
    said = [cue.text for cue in backward.due_cues(52.0)]
    assert said == ["Half way", "In ten seconds: stop, then turn right twice, to face forward."]
