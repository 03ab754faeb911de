"""A belt that is tilted in a phase, and level in time for the turn."""

import pytest

from quarterturn.model import Capabilities, Heading, PhaseKind, SetIncline
from quarterturn.session import Intent, State
from unit.session.bench import (
    BACKWARD,
    BEGAN_S,
    CAPABILITIES,
    COOL_DOWN,
    RIGHT,
    WARM_UP,
    Bench,
    phase,
    plan,
)

UPHILL = phase(Heading.BACKWARD, pct=4.0, duration_s=60.0)


def inclines(bench: Bench) -> list[float]:
    return [c.incline.pct for c in bench.commands() if isinstance(c, SetIncline)]


def test_the_incline_rises_after_settling_and_is_down_before_the_announcement() -> None:
    bench = Bench(plan((WARM_UP, UPHILL, RIGHT, COOL_DOWN)))
    bench.until_event(event="turn", to="backward", step="settle")
    bench.until_true(lambda: bool(inclines(bench)))
    assert bench.state is State.WALK
    bench.until_true(lambda: bench.incline_pct == 4.0)
    bench.until_event(event="turn", to="right", step="announce")
    assert bench.incline_pct == 0.0
    assert inclines(bench) == [4.0, 0.0]
    assert bench.finish()["reason"] == "completed"


def test_a_next_phase_that_allows_the_incline_keeps_it() -> None:
    tilted = phase(pct=4.0, duration_s=60.0)
    bench = Bench(plan((WARM_UP, tilted, tilted, COOL_DOWN)))
    bench.until_event(event="phase", index=2)
    assert inclines(bench) == [4.0]
    assert bench.finish()["reason"] == "completed"


def test_the_last_phase_ends_level() -> None:
    bench = Bench(plan((WARM_UP, phase(kind=PhaseKind.COOL_DOWN, pct=3.0, duration_s=60.0))))
    bench.finish()
    assert inclines(bench) == [3.0, 0.0]
    assert bench.incline_pct == 0.0


@pytest.mark.parametrize("intent", [Intent.SKIP, Intent.FINISH])
def test_leaving_a_tilted_phase_levels_the_belt_first(intent: Intent) -> None:
    bench = Bench(plan((WARM_UP, UPHILL, RIGHT, COOL_DOWN)))
    bench.walk_in(1, 10.0)
    assert bench.incline_pct == 4.0
    answer = bench.give(intent)
    assert answer.accepted
    assert answer.text == "the belt is levelled first, within 5 s"
    assert bench.of("turn")[-1]["step"] == "announce"
    assert "In five seconds: stop, then turn" in str(bench.cues()[-1])
    asked_s = bench.now_s
    slow = bench.until_event(event="turn", step="slow")
    assert bench.incline_pct == 0.0
    assert bench.now_s - asked_s == pytest.approx(5.0, abs=0.11)
    assert float(str(slow["walked_s"])) < 60.0
    assert bench.finish()["reason"] == "completed"
    assert [e["index"] for e in bench.of("phase")] == ([0, 1, 3], [0, 1, 2, 3])[intent == "skip"]


def test_the_slightest_tilt_is_levelled_before_a_turn() -> None:
    bench = Bench(plan((WARM_UP, phase(Heading.BACKWARD, pct=0.5), RIGHT, COOL_DOWN)))
    bench.walk_in(1, 8.0)
    assert bench.incline_pct == 0.5
    assert bench.give(Intent.SKIP).text == "the belt is levelled first, within 1 s"


def test_a_belt_that_has_not_been_tilted_yet_needs_no_levelling() -> None:
    bench = Bench(plan((WARM_UP, UPHILL, RIGHT, COOL_DOWN)))
    bench.until_event(event="turn", to="backward", step="settle")
    assert bench.give(Intent.SKIP).text == ""
    assert bench.of("turn")[-1]["step"] == "slow"


def test_finishing_on_a_belt_that_stands_tilted_leaves_the_levelling_to_the_console() -> None:
    tilted = phase(Heading.RIGHT, pct=4.0, duration_s=60.0)
    bench = Bench(plan((WARM_UP, UPHILL, tilted, COOL_DOWN)))
    bench.until_event(event="turn", to="right", step="ready")
    bench.person = False
    assert bench.give(Intent.FINISH).text == ""
    bench.until(State.READY)
    assert bench.of("turn")[-1]["to"] == "forward"
    assert "level it at the console" in bench.give(Intent.READY).text
    bench.incline_pct = bench._incline_goal = 0.0
    bench.run(1.1)
    assert bench.give(Intent.READY).accepted
    assert bench.of("phase")[-1]["kind"] == "cool_down"


def test_levelling_ends_with_the_phase_even_where_it_would_take_longer() -> None:
    leg = Bench(plan((WARM_UP, RIGHT))).session._leg
    assert leg.cut_short(25.0, plan((WARM_UP, RIGHT)).phases[1], way_s=60.0) == 5
    assert leg.end_s == 30.0


def test_levelling_never_lengthens_a_phase() -> None:
    steep = phase(Heading.BACKWARD, pct=10.0, duration_s=40.0)
    bench = Bench(plan((WARM_UP, steep, RIGHT, COOL_DOWN)))
    settled = bench.until_event(event="turn", step="settle")
    bench.run_to(BEGAN_S + float(str(settled["t"])) + 27.0)
    bench.give(Intent.SKIP)
    slow = bench.until_event(event="turn", step="slow")
    assert float(str(slow["walked_s"])) <= 40.0


@pytest.mark.parametrize("intent", [Intent.SKIP, Intent.FINISH])
@pytest.mark.parametrize("state", [State.READY, State.COUNTDOWN, State.START])
def test_leaving_a_tilted_pause_levels_the_belt_in_a_last_stretch_of_walking(
    intent: Intent, state: State
) -> None:
    bench = Bench(plan((WARM_UP, UPHILL, RIGHT, COOL_DOWN)))
    bench.walk_in(1, 10.0)
    bench.person = False
    bench.give(Intent.PAUSE)
    bench.until(State.READY)
    assert bench.incline_pct == 4.0
    if state is not State.READY:
        bench.give(Intent.READY)
        bench.until(state)
    answer = bench.give(intent)
    if state is State.START and intent is Intent.SKIP:
        assert not answer.accepted
        return
    assert answer.accepted
    # 4 s of levelling, 1 s of latency, and before it 5 s of settling and 1 s of latency
    if state is State.READY:
        assert answer.text == (
            "the belt is tilted: press ready and walk on for 11 s while it is levelled"
        )
        bench.give(Intent.READY)
    else:
        assert answer.text == "the belt is levelled first, within 11 s"
    bench.person = True
    assert bench.finish()["reason"] == "completed"
    assert bench.incline_pct == 0.0
    assert [e["index"] for e in bench.of("phase")] == ([0, 1, 3], [0, 1, 2, 3])[intent == "skip"]
    assert not [answer for _, answer in bench.answers if "tilted by" in answer.text]


def test_a_tilt_that_nobody_can_lower_is_levelled_at_the_console() -> None:
    bench = Bench(plan((WARM_UP, RIGHT, COOL_DOWN)), person=False)
    bench.until(State.READY)
    bench.give(Intent.READY)
    bench.until_event(event="turn", step="verify")
    bench.incline_pct = bench._incline_goal = 3.0
    bench.until(State.READY)
    answer = bench.give(Intent.READY)
    assert not answer.accepted
    assert "level it at the console" in answer.text
    bench.incline_pct = bench._incline_goal = 0.0
    bench.run(1.1)
    assert bench.give(Intent.READY).accepted


def test_a_machine_that_does_not_tell_its_incline_is_taken_to_be_where_it_was_sent() -> None:
    flat = Capabilities(speed=CAPABILITIES.speed, incline=None)
    bench = Bench(plan((WARM_UP, BACKWARD, RIGHT, COOL_DOWN)), capabilities=flat)
    leg = bench.session._leg
    assert leg.levels_for(plan((WARM_UP, RIGHT)).phases[1], None) == 0.0
    bench.walk_in(1)
    bench.governor.last = None
    assert bench.session.intent(Intent.SKIP, bench.now_s).text == ""
