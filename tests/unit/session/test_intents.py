"""What people may ask in which state, and what comes of it."""

from dataclasses import replace

import pytest

from quarterturn.model import Heading, NoticeKind, PhaseKind, SetSpeed, Start, Stop
from quarterturn.plan import Turn
from quarterturn.session import Intent, State
from quarterturn.units import Speed
from quarterturn.workout.phases import Side
from unit.session.bench import (
    BACKWARD,
    COOL_DOWN,
    FORWARD,
    LEFT,
    RIGHT,
    WARM_UP,
    Bench,
    phase,
    plan,
)

MOVES = (State.START, State.SETTLE, State.WALK)


def bench_in(state: State) -> Bench:
    """Stand in a state of the turn from forward to right, or of the phase behind it."""
    bench = Bench()
    if state is State.ENDED:
        bench.give(Intent.STOP)
        bench.run(5.0)
    elif state in (State.SLOW, State.STOP, State.VERIFY, State.READY):
        bench.until_event(event="turn", step=state.value)
        bench.until(state, 0.2)
    else:
        bench.until_event(event="phase", index=2)
        bench.until(state)
    assert bench.state is state
    bench.person = False
    return bench


ACCEPTED = {
    Intent.READY: {State.READY},
    Intent.RESUME: set(),
    Intent.CONFIRM: set(),
    Intent.PAUSE: {State.COUNTDOWN, State.START, State.SETTLE, State.WALK},
    Intent.STOP: set(State) - {State.ENDED},
    Intent.SLOWER: {State.WALK},
    Intent.SKIP: {State.SETTLE, State.WALK},
    Intent.FINISH: set(State) - {State.ENDED},
    Intent.ACKNOWLEDGE: set(),
    Intent.ARM: set(),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("intent", Intent)
def test_every_intent_has_an_answer_in_every_state(state: State, intent: Intent) -> None:
    bench = bench_in(state)
    if state is State.WALK:
        bench.run(8.0)  # above the slowest speed
    answer = bench.give(intent)
    assert answer.accepted is (state in ACCEPTED[intent])
    assert answer.accepted or answer.text
    # Nobody is left behind: the session goes on to an end by itself.
    bench.person = True
    assert bench.finish()["belt_stopped"] is True
    assert bench.speed == 0


# req: S002-09, S003-13
@pytest.mark.parametrize("state", set(State) - {State.ENDED})
def test_stop_takes_effect_within_one_tick_in_every_state(state: State) -> None:
    bench = bench_in(state)
    if state is State.STOP:
        return  # the Stop is out, and its effect is being waited for
    stops = bench.commands().count(Stop())
    moves = bench.governor.movement is not None and bench.governor.movement.stopped_s is None
    bench.give(Intent.STOP)
    assert bench.commands().count(Stop()) == stops + moves
    assert "Stopped. Hold the rail. Step off when the belt stands." in bench.cues()
    end = bench.finish()
    assert (end["reason"], end["by"], end["belt_stopped"]) == ("stopped", "walker", True)
    assert bench.commands()[-1] != Start()


def test_a_stop_outdoes_a_slow_down_that_is_under_way() -> None:
    bench = bench_in(State.SLOW)
    assert Stop() not in bench.commands()
    bench.give(Intent.STOP)
    assert bench.commands()[-1] == Stop()


def test_a_stop_from_elsewhere_slows_down_first() -> None:
    bench = bench_in(State.WALK)
    bench.run(10.0)
    bench.controller.stop(bench.now_s, "remote", "mqtt", ramp=True)
    bench.tick()
    assert bench.commands()[-1] == SetSpeed(Speed(50))
    end = bench.finish()
    assert (end["reason"], end["by"], end["cause"]) == ("stopped", "remote", "mqtt")


def test_a_second_stop_changes_nothing_about_whose_the_first_was() -> None:
    bench = bench_in(State.WALK)
    bench.controller.stop(bench.now_s, "remote", ramp=True)
    bench.give(Intent.STOP)
    assert bench.finish()["by"] == "remote"
    assert bench.commands()[-1] == Stop()


def test_a_session_that_was_stopped_is_over_and_says_what_to_do() -> None:
    bench = bench_in(State.ENDED)
    for intent in Intent:
        answer = bench.give(intent)
        assert not answer.accepted
        assert answer.text == "this session is over: nothing moves before a new one"
    assert not bench.controller.stop(bench.now_s, "walker").accepted
    assert bench.of("end")[-1] == bench.events[-1]


def test_after_an_unverified_end_the_answer_is_the_red_key() -> None:
    bench = bench_in(State.WALK)
    bench.speaks = False
    bench.finish()
    assert bench.session.belt_stopped is None
    assert bench.give(Intent.READY).text.endswith("pull the red key")


def test_acknowledging_and_arming_are_acts_of_their_own_and_start_nothing() -> None:
    bench = bench_in(State.WALK)
    bench.give(Intent.STOP)
    assert bench.give(Intent.ARM).text == "acknowledge what happened first"
    assert bench.give(Intent.ACKNOWLEDGE).accepted
    assert bench.give(Intent.ARM).text == "the belt is not known to stand"
    sent = len(bench.sent)
    assert bench.finish()["reason"] == "stopped"
    assert len(bench.sent) == sent


def test_arming_in_the_moment_before_the_end_starts_nothing() -> None:
    bench = bench_in(State.WALK)
    bench.give(Intent.STOP)
    bench.give(Intent.ACKNOWLEDGE)
    while bench.governor.movement is not None:
        bench._move_to(bench.now_s + 0.5)
        bench._happen()
    answer = bench.session.intent(Intent.ARM, bench.now_s)
    assert (answer.accepted, answer.text) == (True, "armed: nothing moves before ready")
    bench.tick()
    assert bench.finish()["reason"] == "stopped"


@pytest.mark.parametrize("speaks", [True, False])
def test_a_stop_behind_an_old_proof_waits_for_a_new_one(speaks: bool) -> None:
    bench = bench_in(State.READY)
    bench.speaks = False
    bench.run(5.0)
    bench.give(Intent.STOP)
    assert bench.state is State.VERIFY
    bench.speaks = speaks
    end = bench.finish()
    assert (end["reason"], end["belt_stopped"]) == ("stopped", True if speaks else None)
    assert bench.commands()[-1] == Stop()
    assert bench.commands().count(Stop()) == 1


def test_a_stop_at_the_console_during_a_ramp_does_not_change_who_stopped() -> None:
    bench = bench_in(State.WALK)
    bench.run(8.0)
    bench.controller.stop(bench.now_s, "remote", ramp=True)
    bench.tick()
    bench.speed = 0
    bench.notice(NoticeKind.STOPPED)
    assert bench.finish()["by"] == "remote"


# --- pause and resume


@pytest.mark.parametrize("state", [State.COUNTDOWN, *MOVES])
def test_a_pause_comes_to_a_verified_stop_and_goes_on_after_ready(state: State) -> None:
    bench = bench_in(state)
    bench.give(Intent.PAUSE)
    bench.until(State.READY)
    assert bench.speed == 0
    assert bench.of("pause")[-1]["step"] == "ready"
    assert bench.give(Intent.RESUME).accepted
    assert bench.of("pause")[-1]["step"] == "countdown"
    bench.until(State.WALK)
    bench.person = True
    assert bench.finish()["reason"] == "completed"
    assert [event["index"] for event in bench.of("phase")] == [0, 1, 2, 3, 4, 5]


def test_the_phase_clock_stands_in_a_pause() -> None:
    bench = bench_in(State.WALK)
    bench.run(5.0)
    bench.give(Intent.PAUSE)
    walked_s = float(str(bench.of("pause")[0]["walked_s"]))
    bench.until(State.READY)
    bench.run(50.0)
    bench.give(Intent.READY)
    bench.until_event(event="pause", step="settle")
    back_s = bench.now_s
    bench.until_event(event="turn", step="slow")
    assert bench.now_s - back_s == pytest.approx(30.0 - walked_s, abs=0.11)
    assert bench.of("turn")[-1]["walked_s"] == 30.0


def test_after_a_pause_the_speed_is_said_again() -> None:
    bench = bench_in(State.WALK)
    bench.give(Intent.PAUSE)
    bench.person = True
    settled = bench.until_event(event="pause", step="settle")
    assert bench.of("cue")[-1]["kind"] == "speed"
    assert bench.of("cue")[-1]["t"] == settled["t"]


def test_after_a_pause_the_speed_that_was_asked_for_is_said_and_walked() -> None:
    bench = Bench(plan((WARM_UP, phase(kmh=1.5, duration_s=90.0), COOL_DOWN)))
    bench.walk_in(1, 8.0)
    bench.give(Intent.SLOWER)
    bench.give(Intent.PAUSE)
    bench.until_event(event="pause", step="settle")
    assert bench.of("cue")[-1]["text"] == "One point three kilometres per hour."
    bench.until(State.WALK)
    bench.run(12.0)
    assert bench.speed == 130


def test_nothing_is_resumed_that_was_not_paused() -> None:
    bench = bench_in(State.READY)
    assert bench.give(Intent.RESUME).text == "nothing is paused"
    assert bench.give(Intent.READY).accepted


def test_ready_is_refused_in_plain_words_while_the_belt_is_at_work() -> None:
    bench = bench_in(State.COUNTDOWN)
    assert bench.give(Intent.READY).text == "the belt is starting already"
    bench.until(State.START)
    assert bench.give(Intent.READY).text == "the belt is starting already"
    bench.until(State.WALK)
    assert bench.give(Intent.READY).text == "the belt moves"


# --- slower


def test_slower_takes_a_little_off_says_so_and_holds_for_the_phase() -> None:
    bench = Bench(plan((WARM_UP, phase(kmh=1.5), phase(kmh=1.5), COOL_DOWN)))
    bench.walk_in(0, 15.0)
    assert bench.speed == 100
    bench.give(Intent.SLOWER)
    assert bench.of("cue")[-1]["text"] == "Zero point eight kilometres per hour."
    bench.run(2.0)
    assert bench.speed == 80
    bench.until_event(event="phase", index=1)
    assert bench.speed == 80
    bench.run(12.0)
    assert bench.speed == 150
    lowered = [sent for _, sent in bench.sent if sent.limited_by]
    assert lowered
    assert {sent.limited_by for sent in lowered} == {("slower: 0.8 km/h",)}


def test_slower_stops_at_the_slowest_speed() -> None:
    bench = bench_in(State.WALK)
    bench.run(8.0)
    accepted = 0
    while (answer := bench.give(Intent.SLOWER)).accepted:
        accepted += 1
        bench.run(2.5)
    assert accepted == 2  # 0.8, 0.6, 0.5
    assert answer.text == "the belt does not go any slower: pause or stop"
    assert bench.speed == 50


# --- skip and finish


def test_a_skipped_phase_leads_into_the_next_turn() -> None:
    bench = bench_in(State.WALK)
    assert bench.give(Intent.SKIP).accepted
    assert bench.of("turn")[-1]["to"] == "backward"
    bench.person = True
    bench.finish()
    assert [event["index"] for event in bench.of("phase")] == [0, 1, 2, 3, 4, 5]


def test_a_phase_skipped_for_one_of_the_same_heading_is_walked_on_from() -> None:
    bench = Bench(plan((WARM_UP, FORWARD, FORWARD, COOL_DOWN)))
    bench.walk_in(0, 1.0)
    bench.until_event(event="phase", index=1)
    bench.give(Intent.SKIP)
    assert bench.of("phase")[-1]["index"] == 2
    assert bench.state is State.WALK


# req: S000-22, S000-33
@pytest.mark.parametrize("kind", [PhaseKind.WARM_UP, PhaseKind.RECOVER])
def test_warming_up_and_recovering_are_not_skipped(kind: PhaseKind) -> None:
    bench = Bench(plan((phase(kind=kind), RIGHT, COOL_DOWN)))
    bench.walk_in(0)
    answer = bench.give(Intent.SKIP)
    assert (answer.accepted, answer.text) == (False, "warming up and recovering are not skipped")


@pytest.mark.parametrize("intent", [Intent.SKIP, Intent.FINISH])
def test_leaving_the_cool_down_early_completes_the_walk(intent: Intent) -> None:
    bench = Bench(plan((WARM_UP, COOL_DOWN)))
    bench.until_event(event="phase", index=1)
    bench.run(5.0)
    assert bench.give(intent).accepted
    assert bench.of("halt")[-1]["walked_s"] == 5.0
    end = bench.finish()
    assert (end["reason"], end["by"]) == ("completed", "walker")


def test_skipping_in_a_pause_leads_to_the_next_phase() -> None:
    bench = bench_in(State.WALK)
    bench.give(Intent.PAUSE)
    bench.until(State.READY)
    assert bench.give(Intent.SKIP).accepted
    bench.until(State.READY)
    assert bench.of("turn")[-1]["to"] == "backward"
    bench.person = True
    bench.give(Intent.READY)
    bench.finish()
    assert [event["index"] for event in bench.of("phase")] == [0, 1, 2, 3, 4, 5]


# req: S000-23
@pytest.mark.parametrize(
    ("heading", "direction", "quarters"),
    [
        (Heading.RIGHT, Side.LEFT, 1),
        (Heading.BACKWARD, Side.RIGHT, 2),
        (Heading.LEFT, Side.RIGHT, 1),
    ],
)
def test_finishing_leads_through_the_cool_down_from_any_heading(
    heading: Heading, direction: Side, quarters: int
) -> None:
    bench = Bench(plan((WARM_UP, phase(heading), FORWARD, RIGHT, COOL_DOWN)))
    bench.walk_in(1)
    assert bench.give(Intent.FINISH).accepted
    route = bench.session._route
    assert route.next is not None
    assert route.next.turn == Turn(direction, quarters)
    assert bench.finish()["reason"] == "completed"
    assert [event["kind"] for event in bench.of("phase")][-1] == "cool_down"
    assert [event["index"] for event in bench.of("phase")] == [0, 1, 4]


def test_finishing_from_backward_in_a_mirrored_circle_goes_on_turning_left() -> None:
    bench = Bench(plan((WARM_UP, LEFT, replace(BACKWARD), RIGHT, COOL_DOWN)))
    bench.walk_in(2)
    bench.give(Intent.FINISH)
    route = bench.session._route
    assert route.next is not None
    assert route.next.turn == Turn(Side.LEFT, 2)


def test_finishing_from_a_forward_phase_walks_on_into_the_cool_down() -> None:
    bench = Bench(plan((WARM_UP, FORWARD, RIGHT, COOL_DOWN)))
    bench.walk_in(0)
    assert bench.give(Intent.FINISH).accepted
    assert bench.of("phase")[-1]["kind"] == "cool_down"
    assert bench.state is State.WALK


@pytest.mark.parametrize("state", [State.VERIFY, State.READY])
def test_finishing_before_the_first_ready_completes_nothing(state: State) -> None:
    bench = Bench(person=False)
    bench.until(state)
    assert bench.give(Intent.FINISH).accepted
    end = bench.finish()
    assert (end["reason"], end["by"], end["belt_stopped"]) == ("stopped", "walker", True)
    assert not bench.sent
    assert "The walk is complete. Hold the rail. Step off." not in bench.cues()


def test_finishing_twice_is_finishing_once() -> None:
    bench = bench_in(State.WALK)
    assert bench.give(Intent.FINISH).accepted
    assert bench.give(Intent.FINISH).accepted
    bench.person = True
    assert bench.finish()["reason"] == "completed"


@pytest.mark.parametrize("state", [State.COUNTDOWN, State.START, State.READY, State.SLOW])
def test_finishing_on_the_way_into_a_phase_leads_to_the_cool_down_instead(state: State) -> None:
    bench = bench_in(state)
    assert bench.give(Intent.FINISH).accepted
    bench.person = True
    assert bench.finish()["reason"] == "completed"
    assert bench.of("phase")[-1]["kind"] == "cool_down"
    assert 3 not in [event["index"] for event in bench.of("phase")]


def test_a_session_that_is_ending_is_not_finished_or_skipped() -> None:
    bench = bench_in(State.WALK)
    bench.give(Intent.STOP)
    finish, skip = bench.give(Intent.FINISH), bench.give(Intent.SKIP)
    assert (finish.accepted, finish.text) == (False, "the session is ending")
    assert (skip.accepted, skip.text) == (False, "no phase is being walked")


def test_a_pause_that_turned_into_a_stop_is_not_skipped() -> None:
    bench = bench_in(State.WALK)
    bench.give(Intent.PAUSE)
    bench.until(State.VERIFY)
    bench.give(Intent.STOP)
    assert not bench.give(Intent.SKIP).accepted
    assert bench.finish()["reason"] == "stopped"


# --- the spotter


# req: S003-23
def test_each_start_that_is_not_forward_waits_for_a_second_person() -> None:
    bench = Bench(plan((WARM_UP, RIGHT, COOL_DOWN), spotter=True), person=False)
    bench.until(State.READY)
    assert bench.give(Intent.CONFIRM).text == "nothing waits to be confirmed"
    bench.give(Intent.READY)
    bench.until_event(event="turn", step="verify")
    assert bench.give(Intent.CONFIRM).text == "nothing waits to be confirmed"
    bench.until_event(event="confirm_wanted", heading="right")
    assert bench.give(Intent.READY).text == "a second person has to confirm first"
    assert bench.give(Intent.CONFIRM).accepted
    assert bench.events[-1]["event"] == "confirmed"
    assert bench.give(Intent.READY).accepted
    bench.until(State.WALK)
    bench.give(Intent.PAUSE)
    bench.until_event(event="confirm_wanted", heading="right")
    assert not bench.give(Intent.RESUME).accepted  # one agreement is good for one start
    bench.person = True
    bench.give(Intent.CONFIRM)
    bench.give(Intent.READY)
    assert bench.finish()["reason"] == "completed"
    assert len(bench.of("confirm_wanted")) == 2
