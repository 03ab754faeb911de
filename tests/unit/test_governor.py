"""The governor: what leaves, what is refused, and what stops the belt."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from quarterturn.governor import (
    Governor,
    Halt,
    Latch,
    Launch,
    NotPermittedError,
    Request,
    Walk,
    stop_of_last_resort,
)
from quarterturn.model import (
    Capabilities,
    CommandOutcome,
    Heading,
    MachineRecord,
    Notice,
    NoticeKind,
    Outcome,
    Permitted,
    SetIncline,
    SetSpeed,
    SpeedRange,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.monitors import Fault, FaultKind, Reaction
from quarterturn.outcomes import in_words
from quarterturn.units import Incline, Speed
from unit.belt_model import LEFT, MACHINE, RECORD, RIGHT, UNKNOWN, Belt, Bench, make_phase

FORWARD = make_phase(cap=300)
SIDEWAYS = make_phase(Heading.RIGHT, cap=100, ramps=(10, 30), turn=RIGHT, index=1)
BACKWARD = make_phase(Heading.BACKWARD, cap=200, ramps=(10, 30), turn=RIGHT, index=2)


def standing(**belt: object) -> Bench:
    bench = Bench(Belt(**belt))  # type: ignore[arg-type]
    bench.stand()
    return bench


def walking(seconds: float = 0.0, record: MachineRecord = RECORD, **belt: object) -> Bench:
    bench = Bench(Belt(**belt), record)  # type: ignore[arg-type]
    bench.walk(FORWARD, seconds)
    return bench


def notice(kind: NoticeKind, now_s: float, speed: int | None = None) -> Notice:
    return Notice(now_s, kind, speed=None if speed is None else Speed(speed))


# --- the start -----------------------------------------------------------------------------------


def test_a_treadmill_whose_speed_cannot_be_set_is_refused() -> None:
    with pytest.raises(NotPermittedError, match="this treadmill's speed cannot be set by software"):
        Governor(Capabilities(None, None), RECORD, 0.0)


def test_a_request_that_never_expires_is_refused() -> None:
    for never in (math.inf, math.nan):
        with pytest.raises(ValueError, match="never expires"):
            Request(Launch(), "session", never)


# hazard: H01, lesson Q1, Q17
# req: S001-14
def test_nothing_starts_without_ready() -> None:
    bench = standing()
    bench.wish = Launch()
    bench.run(30)
    bench.wish = Walk(Speed(300), Incline(0))
    bench.run(30)
    assert bench.sent == []


def test_ready_alone_starts_nothing() -> None:
    bench = standing()
    bench.governor.ready(FORWARD, bench.now_s)
    bench.run(30)
    assert bench.sent == []


def test_a_start_is_start_and_then_the_slowest_speed_once_the_belt_moves() -> None:
    bench = standing()
    bench.start(FORWARD)
    assert bench.names == ["Start", "SetSpeed"]
    assert bench.sent[-1][0] == bench.movement.moved_s
    assert bench.sent[-1][1] == Permitted(SetSpeed(Speed(50)), "session")
    assert bench.sent[0][1] == Permitted(Start(), "session")
    assert bench.governor.ledger.centi_kmh == 50


@pytest.mark.parametrize(("age_s", "starts"), [(10.0, True), (10.1, False)])
def test_a_token_is_good_for_ten_seconds(age_s: float, starts: bool) -> None:
    bench = standing()
    bench.governor.ready(FORWARD, bench.now_s)
    bench.run(age_s)
    bench.wish = Launch()
    assert bool(bench.tick()) is starts


def test_a_token_starts_once() -> None:
    bench = walking()
    bench.halt()
    bench.wish = Launch()
    bench.run(5)
    assert bench.names.count("Start") == 1


# hazard: H01
def test_a_start_that_came_too_early_takes_another_ready() -> None:
    """The reports paused when it was to start: it must not start when they come back."""
    bench = standing()
    bench.governor.ready(FORWARD, bench.now_s)
    bench.belt.silent = True
    bench.run(2)
    bench.wish = Launch()
    assert bench.tick() == []
    bench.belt.silent = False
    bench.run(5)
    assert bench.sent == []


@pytest.mark.parametrize("target", [Halt(ramp=True), Halt(ramp=False)])
def test_to_want_a_standstill_takes_ready_back(target: Halt) -> None:
    bench = standing()
    bench.governor.ready(FORWARD, bench.now_s)
    bench.governor.request(Request(target, "session", bench.now_s + 1))
    bench.wish = Launch()
    assert bench.tick() == []


@pytest.mark.parametrize("reaction", list(Reaction))
def test_whatever_latches_takes_ready_back(reaction: Reaction) -> None:
    bench = standing()
    bench.governor.ready(FORWARD, bench.now_s)
    bench.governor.halt(reaction)
    bench.governor.acknowledge()
    bench.governor.arm(bench.now_s)
    bench.wish = Launch()
    assert bench.tick() == []


def test_a_link_that_comes_back_takes_ready_back() -> None:
    bench = standing()
    bench.governor.ready(FORWARD, bench.now_s)
    assert bench.hear(notice(NoticeKind.RECONNECTED, bench.now_s)) is None
    bench.wish = Launch()
    assert bench.tick() == []


def test_a_ready_that_is_refused_takes_the_last_one_back() -> None:
    bench = standing()
    bench.governor.ready(FORWARD, bench.now_s)
    with pytest.raises(NotPermittedError, match="no planned turn leads from forward to backward"):
        bench.governor.ready(BACKWARD, bench.now_s)
    bench.wish = Launch()
    assert bench.tick() == []


def test_ready_needs_a_fresh_proof_that_the_belt_stands() -> None:
    governor = Governor(MACHINE, RECORD, 0.0)
    with pytest.raises(NotPermittedError, match="the belt is not known to stand"):
        governor.ready(FORWARD, 0.0)
    for now_s in (1.0, 2.5):
        governor.report(Telemetry(now_s, speed=Speed(0)))
    governor.ready(FORWARD, 4.0)
    with pytest.raises(NotPermittedError, match="the belt is not known to stand"):
        governor.ready(FORWARD, 4.1)


def test_ready_is_refused_while_a_movement_is_under_way() -> None:
    bench = walking()
    with pytest.raises(NotPermittedError, match="the belt is not known to stand"):
        bench.governor.ready(FORWARD, bench.now_s)


# --- caps, ramps and the ledger ------------------------------------------------------------------


# hazard: H02, H05
# req: S002-13
def test_the_belt_is_led_up_by_whole_steps_of_the_ramp_to_the_cap() -> None:
    bench = Bench()
    bench.walk(make_phase(cap=120, speed=400, ramps=(20, 50)), 10)
    assert bench.speeds == [50, 70, 90, 110, 120]
    assert [each.limited_by for _, each in bench.sent[2:]] == [("profile: cap",)] * 4
    steps_s = [at_s for at_s, each in bench.sent if isinstance(each.command, SetSpeed)]
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(steps_s))
    assert steps_s[1] - steps_s[0] >= 4.9  # settled first


def test_what_is_not_limited_names_no_limit() -> None:
    bench = Bench()
    bench.walk(make_phase(cap=100, speed=100), 10)
    assert bench.sent[-1][1] == Permitted(SetSpeed(Speed(100)), "session", ())


def test_every_cap_that_lowered_the_wish_is_named_the_tightest_first() -> None:
    machine = Capabilities(SpeedRange(Speed(50), Speed(260), Speed(10)), None)
    bench = Bench(machine=machine)
    phase = make_phase(Heading.RIGHT, cap=270, speed=300, turn=RIGHT, ramps=(200, 30))
    bench.walk(make_phase(), 1)
    bench.halt()
    bench.walk(phase, 5)
    assert bench.sent[-1][1] == Permitted(
        SetSpeed(Speed(250)),
        "session",
        ("hard cap: side-step 2.5 km/h", "machine: at most 2.6 km/h", "profile: cap"),
    )


def test_a_live_cap_holds_for_the_phase_and_its_resumption() -> None:
    bench = walking(15)
    assert bench.speeds[-1] == 300
    bench.governor.lower("slower", 244)
    bench.governor.lower("slower", 280)
    bench.run(5)
    assert bench.sent[-1][1] == Permitted(SetSpeed(Speed(240)), "session", ("slower: 2.4 km/h",))
    bench.halt()
    assert bench.governor.attainable(FORWARD, Speed(300)) == Speed(240)
    assert bench.governor.attainable(FORWARD, Speed(157)) == Speed(150)
    bench.walk(FORWARD, 20)
    assert bench.speeds[-1] == 240
    bench.halt()
    bench.walk(make_phase(cap=300), 20)
    assert bench.speeds[-1] == 300


def test_nothing_is_lowered_below_the_slowest_speed() -> None:
    bench = walking(5)
    bench.governor.lower("slower", 10)
    bench.run(10)
    assert bench.speeds[-1] == 50
    assert bench.governor.start_speed == Speed(50)
    assert bench.governor.step_centi_kmh == 10


# lesson Q4
def test_the_next_target_comes_from_the_ledger_whatever_is_reported() -> None:
    bench = walking(1, record=replace(RECORD, latency_s=3.0))
    bench.belt.shown = 0.9
    bench.run(3)
    assert bench.speeds == [50, 70, 90, 110, 130, 150]


def test_no_rise_while_the_telemetry_is_stale() -> None:
    bench = walking(1)
    heard_s, before = bench.governor.heard_s, bench.speeds
    bench.belt.silent = True
    bench.run(3.4)
    last_s = max(at_s for at_s, each in bench.sent if isinstance(each.command, SetSpeed))
    assert len(bench.speeds) <= len(before) + 2
    assert last_s - heard_s <= 1.5
    bench.belt.silent = False
    bench.run(2)
    assert bench.speeds[-1] > before[-1]


def test_a_report_without_a_speed_is_not_heard() -> None:
    bench = walking(2)
    heard_s = bench.governor.heard_s
    bench.hear(Telemetry(bench.now_s + 0.05, incline=Incline(0)))
    assert bench.governor.heard_s == heard_s
    assert bench.governor.last == Telemetry(bench.now_s + 0.05, incline=Incline(0))


def test_nothing_is_sent_to_a_belt_that_says_0() -> None:
    """Somebody may have stopped it at the console: a target might start it again."""
    bench = walking(2, record=UNKNOWN)
    bench.belt.says_zero_until_s = bench.now_s + 3.0
    bench.run(1.1)
    before = len(bench.sent)
    bench.run(1.5)
    assert len(bench.sent) == before
    bench.run(5)
    assert bench.faults == []
    assert len(bench.sent) > before


# req: S002-15
def test_on_to_another_phase_only_with_the_same_heading_on_a_belt_that_runs() -> None:
    bench = Bench()
    with pytest.raises(NotPermittedError, match="nobody is walking"):
        bench.governor.walk_on(FORWARD, 0.0)
    bench.stand()
    bench.governor.ready(FORWARD, bench.now_s)
    with pytest.raises(NotPermittedError, match="nobody is walking"):
        bench.governor.walk_on(FORWARD, bench.now_s)
    bench.wish = Launch()
    bench.tick()
    with pytest.raises(NotPermittedError, match="nobody is walking"):
        bench.governor.walk_on(FORWARD, bench.now_s)
    bench.wish = Walk(Speed(300), Incline(0))
    bench.run(20)
    with pytest.raises(NotPermittedError, match="another heading needs a turn"):
        bench.governor.walk_on(SIDEWAYS, bench.now_s)
    with pytest.raises(NotPermittedError, match=r"slowest speed, 0.5 km/h, is above the cap"):
        bench.governor.walk_on(make_phase(cap=40), bench.now_s)
    slow = make_phase(cap=100, ramps=(20, 50))
    bench.governor.walk_on(slow, bench.now_s)
    assert bench.governor.phase is slow
    bench.run(10)
    assert bench.speeds[-5:] == [300, 250, 200, 150, 100]
    bench.wish = Halt(ramp=True)
    bench.run(0.1)
    with pytest.raises(NotPermittedError, match="the belt is slowing down"):
        bench.governor.walk_on(FORWARD, bench.now_s)
    assert bench.faults == []


# --- inclines ------------------------------------------------------------------------------------


# hazard: H10
def test_the_incline_moves_only_after_settling_and_never_in_a_turn() -> None:
    bench = Bench()
    uphill = make_phase(cap=100, incline=20)
    bench.start(uphill)
    bench.run(4.5)
    assert "SetIncline" not in bench.names
    bench.run(3)
    assert bench.names.count("SetIncline") == 1
    bench.wish = Halt(ramp=True)
    bench.run(0.1)
    before = bench.names.count("SetIncline")
    for wish in (Walk(Speed(100), Incline(0)), Launch(), Halt(ramp=True)):
        bench.wish = wish
        bench.run(10)
    assert bench.names.count("SetIncline") == before


def test_a_tilted_belt_does_not_start_a_level_phase() -> None:
    bench = Bench()
    bench.walk(make_phase(cap=100, incline=20), 5)
    bench.halt()
    with pytest.raises(NotPermittedError, match=r"the belt is tilted by 2.0 %"):
        bench.governor.ready(SIDEWAYS, bench.now_s)


# hazard: H10
# req: S002-05
def test_a_belt_that_somebody_tilts_downhill_is_brought_to_rest() -> None:
    bench = Bench()
    bench.walk(SIDEWAYS, 3)
    for later_s in (0.5, 1.0):
        speed = Speed(round(bench.belt.speed))
        bench.hear(Telemetry(bench.now_s + later_s, speed=speed, incline=Incline(-20)))
    assert [fault.kind for fault in bench.faults] == [FaultKind.INCLINE]
    bench.stand()
    assert bench.names[-1] == "Stop"


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.UNKNOWN])
def test_an_incline_that_was_not_done_is_not_asked_for_again(outcome: Outcome) -> None:
    bench = Bench()
    bench.walk(make_phase(cap=100, incline=20, inclines=(0, 30)), 3)
    permitted = next(each for _, each in bench.sent if isinstance(each.command, SetIncline))
    assert bench.hear(CommandOutcome(permitted, outcome, bench.now_s, None)) is None
    bench.wish = Walk(Speed(100), Incline(10))
    bench.run(5)
    assert bench.names.count("SetIncline") == 1


@pytest.mark.parametrize("outcome", [Outcome.CONFIRMED, Outcome.SUPERSEDED])
def test_an_incline_that_was_done_may_be_followed_by_another(outcome: Outcome) -> None:
    bench = Bench()
    bench.walk(make_phase(cap=100, incline=20, inclines=(0, 30)), 3)
    permitted = next(each for _, each in bench.sent if isinstance(each.command, SetIncline))
    bench.hear(CommandOutcome(permitted, outcome, bench.now_s, None))
    bench.wish = Walk(Speed(100), Incline(10))
    bench.run(5)
    assert bench.names.count("SetIncline") == 2


# --- slowing down and stopping -------------------------------------------------------------------


# hazard: H06
# req: S002-32
def test_a_halt_ramps_down_within_eight_seconds_and_then_stops() -> None:
    bench = walking(20)
    bench.governor.walk_on(make_phase(cap=700, ramps=(50, 30)), bench.now_s)
    bench.wish = Walk(Speed(700), Incline(0))
    bench.run(15)
    before = len(bench.speeds)
    began_s = bench.now_s
    bench.wish = Halt(ramp=True)
    bench.run(12)
    # 7.0 km/h in 8 s is steeper than the profile's 0.3 km/h per second.
    assert bench.speeds[before:] == [610, 520, 430, 340, 250, 160, 70, 50]
    assert bench.names[-1] == "Stop"
    assert bench.stops[-1] - began_s <= 8.1 + 1e-6
    assert bench.faults == []
    assert not bench.latched


def test_a_halt_from_walking_speed_keeps_to_the_profiles_ramp() -> None:
    bench = walking(5)
    bench.run(0.1)
    before = bench.speeds
    bench.wish = Halt(ramp=True)
    bench.run(8)
    assert bench.speeds[len(before) :] == [*range(before[-1] - 50, 50, -50), 50]


def test_a_halt_without_a_ramp_stops_at_once() -> None:
    bench = walking(10)
    bench.wish = Halt(ramp=False)
    assert [each.command for each in bench.tick()] == [Stop()]
    assert bench.governor.ledger.centi_kmh == 0


def test_a_belt_not_yet_under_way_gets_no_ramp() -> None:
    bench = standing()
    bench.governor.ready(FORWARD, bench.now_s)
    bench.wish = Launch()
    bench.until(lambda: bench.moved, 20)
    bench.wish = Halt(ramp=True)
    assert [each.command for each in bench.tick()] == [Stop()]


def test_a_halt_during_the_countdown_stops() -> None:
    bench = standing()
    bench.governor.ready(FORWARD, bench.now_s)
    bench.wish = Launch()
    bench.tick()
    bench.wish = Halt(ramp=True)
    assert [each.command for each in bench.tick()] == [Stop()]


# lesson Q6
def test_no_stop_to_a_belt_that_is_known_to_stand() -> None:
    bench = standing(stop_starts=True)
    bench.wish = Halt(ramp=False)
    bench.run(10)
    bench.governor.halt(Reaction.STOP)
    bench.run(10)
    assert bench.sent == []


# req: S000-38
@pytest.mark.parametrize("first", [Reaction.RAMP, Reaction.STOP, Reaction.ALARM])
def test_a_halt_is_only_ever_tightened(first: Reaction) -> None:
    bench = walking(15)
    bench.governor.halt(first)
    out = bench.tick()
    if first is Reaction.RAMP:
        assert [type(each.command) for each in out] == [SetSpeed]
        bench.governor.halt(Reaction.STOP)
        out = bench.tick()
    assert [each.command for each in out] == [Stop()]
    bench.governor.halt(Reaction.RAMP)
    bench.wish = Walk(Speed(300), Incline(0))
    assert [type(each.command) for each in bench.run(20)] == []


def test_a_ramp_cannot_undo_a_stop_that_has_not_left_yet() -> None:
    bench = walking(15)
    bench.governor.halt(Reaction.STOP)
    bench.governor.halt(Reaction.RAMP)
    assert [each.command for each in bench.tick()] == [Stop()]


def test_no_request_undoes_a_halt() -> None:
    bench = walking(15)
    top = bench.speeds[-1]
    bench.governor.halt(Reaction.RAMP)
    for wish in (Walk(Speed(600), Incline(100)), Launch(), None):
        bench.wish = wish
        bench.run(5)
    assert bench.names[-1] == "Stop"
    assert all(speed < top for speed in bench.speeds[-4:])
    assert {each.source for _, each in bench.sent[-4:]} == {"governor"}


# hazard: H07
def test_a_session_that_hangs_is_slowed_down() -> None:
    bench = walking(15)
    bench.wish = None
    bench.run(1.9)
    assert bench.faults == []
    bench.run(10)
    assert bench.faults == [
        Fault(FaultKind.EXPIRED, Reaction.RAMP, "Nothing steers the session any more.")
    ]
    assert bench.names[-1] == "Stop"
    assert bench.speeds[-6:] == [300, 250, 200, 150, 100, 50]


def test_a_belt_at_rest_needs_no_steering() -> None:
    bench = standing()
    bench.wish = None
    bench.run(30)
    assert bench.faults == []
    assert bench.sent == []


# --- Stops that fail -----------------------------------------------------------------------------


# hazard: H09
def test_a_stop_that_is_ignored_is_sent_three_times_and_no_more() -> None:
    bench = walking(15)
    bench.belt.obeys_stop = False
    bench.wish = Halt(ramp=False)
    bench.run(60)
    assert len(bench.stops) == 3
    assert [later - bench.stops[0] for later in bench.stops] == pytest.approx([0.0, 5.0, 10.0])
    assert bench.faults == [
        Fault(FaultKind.STOP_FAILED, Reaction.ALARM, "The belt runs at 3.0 km/h and should stand.")
    ]


def test_a_belt_that_slows_down_slowly_gets_one_stop() -> None:
    bench = walking(15, record=replace(RECORD, stop_s=40.0, ramp_kmh_per_s=0.1), ramp=10.0)
    bench.run(30)
    bench.wish = Halt(ramp=False)
    bench.run(60)
    assert len(bench.stops) == 1
    assert bench.faults == []
    assert bench.governor.movement is None


def test_a_stop_into_silence_is_repeated() -> None:
    bench = walking(15)
    bench.wish = Halt(ramp=False)
    bench.tick()
    bench.belt.silent = True
    bench.run(60)
    assert len(bench.stops) == 3


def test_silence_is_the_answer_of_a_machine_that_is_silent_when_it_stands() -> None:
    record = replace(RECORD, silent_when_stopped=True)
    bench = Bench(Belt(), record)
    bench.walk(FORWARD, 15)
    bench.belt.silent_at_rest = True
    bench.wish = Halt(ramp=True)
    bench.run(60)
    assert len(bench.stops) == 1
    assert not bench.governor.stillness.verified
    assert bench.movement.stopped_s is not None
    assert bench.governor.person_says_still(bench.now_s)
    assert bench.governor.movement is None
    bench.governor.ready(FORWARD, bench.now_s)


def test_a_persons_word_starts_nothing_while_a_belt_is_meant_to_run() -> None:
    record = replace(RECORD, silent_when_stopped=True)
    bench = Bench(Belt(), record)
    bench.walk(FORWARD, 5)
    assert not bench.governor.person_says_still(bench.now_s)
    assert bench.governor.movement is not None


# lesson Q6
def test_a_belt_that_rises_after_a_stop_gets_no_other() -> None:
    bench = walking(5, record=UNKNOWN)
    bench.wish = Halt(ramp=False)
    bench.tick()
    bench.run(6)
    bench.belt.target = 200.0
    bench.run(60)
    assert len(bench.stops) == 1
    assert bench.faults == [Fault(FaultKind.ROSE_AFTER_STOP, Reaction.ALARM, bench.faults[0].text)]


def test_after_a_lost_link_a_belt_found_running_is_stopped_again() -> None:
    bench = walking(15)
    bench.belt.connected = False
    fault = bench.hear(notice(NoticeKind.LINK_LOST, bench.now_s))
    assert fault == Fault(
        FaultKind.LINK_LOST,
        Reaction.STOP,
        "The connection to the treadmill is lost; the belt may run on.",
    )
    bench.run(3)
    assert len(bench.stops) == 1
    bench.belt.connected = True
    bench.hear(notice(NoticeKind.RECONNECTED, bench.now_s))
    bench.run(1.1)
    assert len(bench.stops) == 2
    bench.run(20)
    assert len(bench.stops) == 2
    assert bench.governor.movement is None
    assert bench.names.count("Start") == 1


def test_what_the_lost_link_left_open_is_no_fault_of_the_treadmill() -> None:
    bench = walking(15)
    command = bench.sent[-1][1]
    open_end = CommandOutcome(command, Outcome.UNKNOWN, bench.now_s, bench.now_s, bench.now_s)
    bench.hear(notice(NoticeKind.LINK_LOST, bench.now_s))
    assert bench.hear(open_end) is None
    bench.hear(notice(NoticeKind.RECONNECTED, bench.now_s))
    assert bench.hear(open_end) is not None
    assert bench.kinds == ["link_lost", "no_effect"]


def test_a_start_that_arrived_before_the_link_broke_is_stopped_once_the_belt_moves() -> None:
    """The Start was heard, the Stop was not: the belt is at 0 when the link is back, and starts."""
    bench = standing(start_s=6.0)
    bench.governor.ready(FORWARD, bench.now_s)
    bench.wish = Launch()
    bench.tick()
    assert bench.names == ["Start"]
    bench.belt.connected = False
    bench.belt.answers_due.clear()
    bench.hear(notice(NoticeKind.LINK_LOST, bench.now_s))
    bench.run(1)
    assert len(bench.stops) == 1
    bench.belt.connected = True
    bench.hear(notice(NoticeKind.RECONNECTED, bench.now_s))
    bench.run(30)
    assert len(bench.stops) == 2
    assert bench.belt.speed == 0
    assert bench.governor.movement is None
    assert bench.names.count("Start") == 1


def test_a_belt_that_stands_after_a_reconnection_needs_no_second_stop_to_be_believed() -> None:
    bench = walking(15)
    bench.wish = Halt(ramp=False)
    bench.belt.answers = False
    bench.tick()
    assert len(bench.stops) == 1
    bench.belt.connected = False
    bench.hear(notice(NoticeKind.LINK_LOST, bench.now_s))
    bench.run(12)  # it heard the Stop, and nobody heard its answer
    bench.belt.connected = True
    bench.hear(notice(NoticeKind.RECONNECTED, bench.now_s))
    unheard = len(bench.stops)
    bench.run(5)
    assert bench.governor.movement is not None
    bench.run(20)
    assert bench.governor.movement is None
    assert len(bench.stops) == unheard


def test_a_belt_that_rose_after_an_answered_stop_gets_no_other_one_for_a_new_link() -> None:
    bench = walking(15)
    bench.wish = Halt(ramp=False)
    bench.run(1.5)
    assert bench.governor.stillness.stop_is_known
    bench.hear(notice(NoticeKind.LINK_LOST, bench.now_s))
    bench.run(5)
    bench.hear(notice(NoticeKind.RECONNECTED, bench.now_s))
    bench.run(1.5)
    assert bench.governor.movement is not None
    bench.belt.obeys_stop = False
    bench.belt.target = bench.belt.speed + 150.0
    bench.run(20)
    assert "rose_after_stop" in bench.kinds
    assert len(bench.stops) == 1


# --- motion that nobody asked for ----------------------------------------------------------------


# lesson Q1
def test_a_belt_that_starts_by_itself_is_stopped() -> None:
    bench = standing()
    bench.belt.target = 80.0
    bench.run(30)
    assert bench.faults == [
        Fault(FaultKind.UNCOMMANDED_MOTION, Reaction.STOP, bench.faults[0].text)
    ]
    assert bench.names == ["Stop"]
    assert bench.governor.movement is None
    assert bench.governor.latch is Latch.LATCHED


def test_motion_under_a_latch_is_stopped_at_once() -> None:
    bench = standing()
    bench.governor.halt(Reaction.RAMP)
    bench.belt.target = 80.0
    bench.run(1.1)
    assert bench.names == ["Stop"]


# --- the machine's own word ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "by"),
    [
        (NoticeKind.STOPPED, "console"),
        (NoticeKind.PAUSED, "console"),
        (NoticeKind.SAFETY_KEY, "safety key"),
    ],
)
# req: S000-41
def test_a_stop_at_the_machine_latches_and_needs_no_stop_of_ours(kind: NoticeKind, by: str) -> None:
    bench = walking(15)
    bench.belt.target = 0.0
    assert bench.hear(notice(kind, bench.now_s)) is None
    assert bench.governor.stopped_at_machine == by
    assert bench.latched
    bench.run(30)
    assert bench.stops == []
    assert bench.faults == []
    assert bench.governor.movement is None


def test_a_machine_that_says_stopped_and_runs_on_is_stopped() -> None:
    bench = walking(15)
    bench.hear(notice(NoticeKind.STOPPED, bench.now_s))
    bench.run(20)
    assert bench.kinds == ["stop_failed"]
    assert 1 <= len(bench.stops) <= 3


def test_a_stop_at_the_console_during_the_countdown_counts() -> None:
    bench = standing(start_s=60.0)
    bench.governor.ready(FORWARD, bench.now_s)
    bench.wish = Launch()
    bench.run(1)
    bench.hear(notice(NoticeKind.STOPPED, bench.now_s))
    assert bench.governor.stopped_at_machine == "console"
    assert bench.latched
    bench.run(20)
    assert bench.names == ["Start"]


# lesson Q7
def test_an_old_status_of_a_standing_machine_changes_nothing() -> None:
    bench = standing()
    bench.hear(notice(NoticeKind.PAUSED, bench.now_s))
    assert bench.governor.stopped_at_machine is None
    assert not bench.latched


def test_the_status_that_follows_our_own_stop_is_no_stop_of_somebody_elses() -> None:
    bench = walking(15)
    bench.wish = Halt(ramp=False)
    bench.tick()
    bench.hear(notice(NoticeKind.STOPPED, bench.now_s))
    assert bench.governor.stopped_at_machine is None
    assert not bench.latched
    assert bench.governor.stillness.stop_is_known


@pytest.mark.parametrize(("record", "zero_s"), [(RECORD, 1.5), (UNKNOWN, 3.5)])
def test_zeros_for_longer_than_a_false_one_are_a_stop_without_a_word(
    record: MachineRecord, zero_s: float
) -> None:
    bench = walking(15, record=record)
    began_s = bench.now_s + 10
    for age_s in (0.0, 0.7, zero_s - 0.01):
        bench.governor.report(Telemetry(began_s + age_s, speed=Speed(0)))
        assert bench.governor.stopped_at_machine is None
    bench.governor.report(Telemetry(began_s + zero_s, speed=Speed(0)))
    assert bench.governor.stopped_at_machine == "console"


def test_a_false_zero_of_three_seconds_is_no_stop() -> None:
    bench = walking(15, record=UNKNOWN)
    began_s = bench.now_s + 10
    for age_s in (0.0, 1.0, 2.0, 3.0):
        bench.governor.report(Telemetry(began_s + age_s, speed=Speed(0)))
    bench.governor.report(Telemetry(began_s + 4.0, speed=Speed(300)))
    for age_s in (5.0, 8.0):
        bench.governor.report(Telemetry(began_s + age_s, speed=Speed(0)))
    assert bench.governor.stopped_at_machine is None
    assert not bench.latched


def test_zeros_before_the_first_motion_are_the_countdown() -> None:
    bench = standing(start_s=9.0)
    bench.start(FORWARD)
    assert bench.governor.stopped_at_machine is None


def test_who_loses_control_stops() -> None:
    bench = walking(15)
    assert bench.hear(notice(NoticeKind.CONTROL_LOST, bench.now_s)) is None
    assert [each.command for each in bench.tick()] == [Stop()]


@pytest.mark.parametrize(
    "kind",
    [
        NoticeKind.STARTED,
        NoticeKind.TARGET_INCLINE,
        NoticeKind.TARGET_SPEED,  # without a speed
        NoticeKind.RESET,
        NoticeKind.MALFORMED,
        NoticeKind.ACCEPTED,
        NoticeKind.OTHER,
    ],
)
def test_other_words_of_the_machine_change_nothing(kind: NoticeKind) -> None:
    bench = walking(15)
    assert bench.hear(notice(kind, bench.now_s)) is None
    assert not bench.latched
    assert not bench.governor.stillness.stop_is_known


# --- somebody else at the console ----------------------------------------------------------------


# hazard: H17
def test_a_lower_target_of_somebody_elses_is_adopted() -> None:
    bench = walking(20)
    bench.belt.target = 220.0
    assert bench.hear(notice(NoticeKind.TARGET_SPEED, bench.now_s, 220)) is None
    assert bench.governor.ledger.centi_kmh == 220
    sent = len(bench.sent)
    bench.run(20)
    assert len(bench.sent) == sent
    assert bench.faults == []


def test_a_lower_speed_is_noticed_from_reports_alone() -> None:
    bench = walking(20)
    bench.belt.target = 220.0
    bench.run(15)
    assert bench.governor.ledger.centi_kmh == 220
    assert bench.faults == []
    assert bench.speeds[-1] == 300


@pytest.mark.parametrize(
    ("phase", "reaction"), [(FORWARD, Reaction.PAUSE), (SIDEWAYS, Reaction.STOP)]
)
def test_a_higher_one_never(phase: object, reaction: Reaction) -> None:
    bench = walking(5)
    if phase is SIDEWAYS:
        bench.halt()
        bench.walk(SIDEWAYS, 10)
    bench.run(15)
    ledger = bench.governor.ledger.centi_kmh
    assert bench.hear(notice(NoticeKind.TARGET_SPEED, bench.now_s, ledger + 5)) is None
    fault = bench.hear(notice(NoticeKind.TARGET_SPEED, bench.now_s, 400))
    text = "Somebody set the belt to 4.0 km/h at the console."
    assert fault == Fault(FaultKind.FOREIGN_CONTROL, reaction, text)
    assert bench.governor.ledger.centi_kmh == ledger
    assert bench.latched is (reaction is Reaction.STOP)
    again = bench.hear(notice(NoticeKind.TARGET_SPEED, bench.now_s, 400))
    assert (again is None) is (reaction is Reaction.STOP)  # what latched is told once


def test_a_machine_that_announces_what_it_was_told_is_believed() -> None:
    bench = walking(3)
    told = bench.speeds[-2:]
    for value in (told[0] - 5, *told, told[1] + 5):
        assert bench.hear(notice(NoticeKind.TARGET_SPEED, bench.now_s, value)) is None
    assert bench.governor.ledger.centi_kmh == told[-1]
    bench.hear(notice(NoticeKind.TARGET_SPEED, bench.now_s, 44))
    assert bench.governor.ledger.centi_kmh == 50


def test_an_announced_target_in_miles_is_the_wrong_unit_while_settling() -> None:
    bench = standing()
    bench.start(FORWARD)
    bench.run(0.1)
    fault = bench.hear(notice(NoticeKind.TARGET_SPEED, bench.now_s, 80))
    text = "Told 0.5 km/h, the treadmill makes it 0.8 km/h."
    assert fault == Fault(FaultKind.WRONG_UNIT, Reaction.STOP, text)


def test_a_target_announced_at_rest_is_nobodys_business() -> None:
    bench = standing()
    assert bench.hear(notice(NoticeKind.TARGET_SPEED, bench.now_s, 400)) is None
    bench = walking(10)
    bench.wish = Halt(ramp=False)
    bench.tick()
    assert bench.hear(notice(NoticeKind.TARGET_SPEED, bench.now_s, 400)) is None
    assert bench.faults == []


# --- what became of a command --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "outcome", "answered_s", "expected"),
    [
        (Start(), Outcome.CONFIRMED, 1.0, None),
        (Start(), Outcome.SUPERSEDED, None, None),
        (Stop(), Outcome.REJECTED, 1.0, None),
        (Stop(), Outcome.UNKNOWN, None, None),
        (SetIncline(Incline(10)), Outcome.REJECTED, None, None),
        (
            Start(),
            Outcome.REJECTED,
            1.0,
            Fault(FaultKind.REFUSED, Reaction.STOP, "The treadmill refuses the start: no."),
        ),
        (
            SetSpeed(Speed(120)),
            Outcome.UNKNOWN,
            None,
            Fault(
                FaultKind.UNANSWERED,
                Reaction.STOP,
                "The treadmill did not answer a speed of 1.2 km/h.",
            ),
        ),
        (
            SetSpeed(Speed(120)),
            Outcome.UNKNOWN,
            1.0,
            Fault(
                FaultKind.NO_EFFECT,
                Reaction.RAMP,
                "The treadmill accepted a speed of 1.2 km/h and did nothing.",
            ),
        ),
    ],
)
def test_what_a_failed_command_means(
    command: Start | Stop | SetSpeed | SetIncline,
    outcome: Outcome,
    answered_s: float | None,
    expected: Fault | None,
) -> None:
    bench = walking(5)
    end = CommandOutcome(
        Permitted(command, "session"), outcome, bench.now_s, bench.now_s, answered_s, "no"
    )
    assert bench.hear(end) == expected
    assert bench.latched is (expected is not None)


def test_every_command_has_words() -> None:
    assert in_words(Stop()) == "the stop"
    assert in_words(SetIncline(Incline(15))) == "an incline of 1.5 %"


# --- silence, and time ---------------------------------------------------------------------------


# hazard: H08, lesson Q18
@pytest.mark.parametrize("rate_hz", [1.0, 4.0])
def test_a_silent_belt_is_stopped(rate_hz: float) -> None:
    bench = walking(15, rate_hz=rate_hz)
    heard_s = bench.governor.heard_s
    bench.belt.silent = True
    bench.run(10)
    assert bench.faults[0] == Fault(
        FaultKind.STALE, Reaction.STOP, "No report from the treadmill for 4 seconds."
    )
    assert 4.0 < bench.stops[0] - heard_s <= 4.1 + 1e-6
    assert bench.speeds[-1] == 300, "no ramp"


def test_a_start_that_leads_nowhere_is_given_up() -> None:
    bench = standing(start_s=1000.0)
    bench.governor.ready(FORWARD, bench.now_s)
    bench.wish = Launch()
    bench.tick()
    began_s = bench.now_s
    bench.run(20)
    text = "The belt did not start within 11 seconds."
    assert bench.faults == [Fault(FaultKind.NO_EFFECT, Reaction.STOP, text)]
    assert 11.0 < bench.stops[0] - began_s <= 11.2


def test_a_slow_starter_gets_half_as_long_again() -> None:
    bench = Bench(Belt(start_s=1000.0), replace(RECORD, start_s=20.0))
    bench.stand()
    bench.governor.ready(FORWARD, bench.now_s)
    bench.wish = Launch()
    bench.run(31)
    assert bench.faults == []
    bench.run(0.3)
    assert bench.kinds == ["no_effect"]


@pytest.mark.parametrize(("silent", "kinds"), [(False, ["stale"]), (True, ["no_effect"])])
def test_silence_after_a_start(silent: bool, kinds: list[str]) -> None:
    bench = Bench(Belt(start_s=1000.0), replace(RECORD, silent_when_stopped=silent))
    bench.stand()
    bench.governor.ready(FORWARD, bench.now_s)
    bench.wish = Launch()
    bench.tick()
    bench.belt.silent = True
    bench.run(15)
    assert bench.kinds == kinds


def test_silence_at_rest_stops_nothing() -> None:
    bench = standing()
    bench.belt.silent = True
    bench.run(60)
    assert bench.faults == []
    assert bench.sent == []


# hazard: H14
# req: S000-38
def test_a_phase_that_nobody_ends_is_ended_a_second_past_its_cap() -> None:
    bench = Bench()
    bench.walk(make_phase(cap=100, longest_s=20.0))
    moved_s = bench.movement.moved_s
    bench.run(30)
    text = "The forward phase ran past its time."
    assert bench.faults == [Fault(FaultKind.OVERTIME, Reaction.RAMP, text)]
    slowing_s = next(at_s for at_s, each in bench.sent if each.source == "governor")
    assert 21.0 < slowing_s - moved_s <= 21.0 + 1.1
    assert bench.names[-1] == "Stop"


def test_a_phase_walked_on_into_has_a_time_of_its_own() -> None:
    bench = Bench()
    bench.walk(make_phase(cap=100, longest_s=20.0), 10)
    bench.governor.walk_on(make_phase(cap=100, longest_s=20.0), bench.now_s)
    bench.run(20.9)
    assert bench.faults == []
    bench.run(0.3)
    assert bench.kinds == ["overtime"]


@pytest.mark.parametrize(
    ("totals", "text"),
    [
        ({"max_non_forward_s": 25.0}, "The session's time that is not forward is used up."),
        ({"max_backward_s": 10.0}, "The session's time backward is used up."),
        ({"max_backward_s": 30.0, "max_non_forward_s": 45.0}, None),
    ],
)
def test_a_sessions_totals_count_from_phase_to_phase(
    totals: dict[str, float], text: str | None
) -> None:
    bench = Bench(**totals)
    bench.walk(FORWARD, 30)
    for phase in (SIDEWAYS, BACKWARD):
        bench.halt()
        bench.walk(phase, 12)
    bench.halt()
    assert [fault.text for fault in bench.faults] == ([] if text is None else [text])


# --- the latch -----------------------------------------------------------------------------------


# req: S000-40
def test_after_a_fault_acknowledge_arm_and_ready() -> None:
    bench = walking(15)
    governor = bench.governor
    for ask in (governor.acknowledge, lambda: governor.arm(bench.now_s)):
        with pytest.raises(NotPermittedError, match=r"there is nothing to (acknowledge|arm)"):
            ask()
    governor.halt(Reaction.STOP)
    with pytest.raises(NotPermittedError, match="acknowledge what happened first"):
        governor.arm(bench.now_s)
    governor.acknowledge()
    with pytest.raises(NotPermittedError, match="the belt is not known to stand"):
        governor.arm(bench.now_s)
    bench.run(0.1)
    bench.stand()
    with pytest.raises(NotPermittedError, match="acknowledge what happened and arm first"):
        governor.ready(FORWARD, bench.now_s)
    governor.arm(bench.now_s)
    assert governor.latch is Latch.CLEAR
    bench.wish = Launch()
    bench.run(5)
    assert bench.names.count("Start") == 1
    bench.wish = None
    bench.walk(FORWARD, 5)
    assert bench.names.count("Start") == 2


def test_to_arm_takes_a_proof_of_the_last_four_seconds() -> None:
    bench = standing()
    bench.governor.halt(Reaction.STOP)
    bench.governor.acknowledge()
    last_s = bench.governor.heard_s
    with pytest.raises(NotPermittedError, match="the belt is not known to stand"):
        bench.governor.arm(last_s + 4.1)
    bench.governor.arm(last_s + 4.0)


def test_a_fault_after_the_acknowledgement_is_a_new_one() -> None:
    bench = standing()
    bench.governor.halt(Reaction.STOP)
    bench.governor.acknowledge()
    bench.governor.halt(Reaction.STOP)
    with pytest.raises(NotPermittedError, match="acknowledge what happened first"):
        bench.governor.arm(bench.now_s)


def test_a_fault_is_told_once_and_again_after_arming() -> None:
    bench = standing()
    lost = notice(NoticeKind.LINK_LOST, bench.now_s)
    assert bench.hear(lost) is not None
    assert bench.hear(lost) is None
    bench.governor.acknowledge()
    bench.governor.arm(bench.now_s)
    assert bench.governor.stopped_at_machine is None
    assert bench.hear(lost) is not None


# --- turns ---------------------------------------------------------------------------------------


# hazard: H22
def test_a_heading_is_entered_by_the_turn_that_was_planned() -> None:
    bench = standing()
    left = make_phase(Heading.RIGHT, cap=100, turn=LEFT)
    for phase, words in ((left, "forward to right"), (BACKWARD, "forward to backward")):
        with pytest.raises(NotPermittedError, match=words):
            bench.governor.ready(phase, bench.now_s)
    bench.governor.ready(SIDEWAYS, bench.now_s)
    bench.governor.ready(SIDEWAYS, bench.now_s)  # the same phase again, after a pause
    bench.governor.ready(BACKWARD, bench.now_s)


# hazard: H15
def test_a_machine_too_fast_for_a_phase_is_refused_and_never_rounded_up() -> None:
    bench = Bench(machine=Capabilities(SpeedRange(Speed(80), Speed(1600), Speed(10)), None))
    bench.stand()
    text = r"slowest speed, 0.8 km/h, is above the cap of this phase \(profile: cap\): it takes"
    with pytest.raises(NotPermittedError, match=text):
        bench.governor.ready(make_phase(cap=79), bench.now_s)
    bench.governor.ready(make_phase(cap=80), bench.now_s)


def test_a_machine_with_coarse_steps_walks_forward_only() -> None:
    machine = Capabilities(SpeedRange(Speed(50), Speed(1600), Speed(21)), None)
    bench = Bench(machine=machine)
    bench.stand()
    with pytest.raises(NotPermittedError, match=r"changes in steps of 0.21 km/h; more than 0.2"):
        bench.governor.ready(SIDEWAYS, bench.now_s)
    bench.governor.ready(FORWARD, bench.now_s)


def test_nobody_lowers_a_belt_at_its_slowest() -> None:
    bench = Bench()
    bench.walk(make_phase(cap=50), 10)
    changed_s = bench.governor.ledger.changed_s
    assert bench.hear(notice(NoticeKind.TARGET_SPEED, bench.now_s, 30)) is None
    assert bench.governor.ledger.centi_kmh == 50
    assert bench.governor.ledger.changed_s == changed_s


def test_the_stop_of_last_resort_asks_nothing() -> None:
    assert stop_of_last_resort() == Permitted(Stop(), "crash")


# --- what a mutation showed to be missing ---------------------------------------------------------


def test_from_start_on_nothing_is_known_of_the_belt() -> None:
    bench = standing(start_s=30.0)
    bench.governor.ready(FORWARD, bench.now_s)
    bench.wish = Launch()
    bench.tick()
    assert bench.governor.ledger.centi_kmh == 50
    assert not bench.governor.stillness.verified
    assert not bench.governor.stillness.stop_is_known


@pytest.mark.parametrize("record", [RECORD, UNKNOWN], ids=["known", "unknown"])
def test_a_belt_that_starts_after_it_said_that_it_stopped_is_sent_its_first_stop(
    record: MachineRecord,
) -> None:
    """TOPUTURE TP1 says that the user stopped it, when it is started."""
    bench = Bench(Belt(start_s=9.0, ramp=1000.0), record)
    bench.stand()
    bench.governor.ready(FORWARD, bench.now_s)
    bench.wish = Launch()
    bench.tick()
    bench.hear(notice(NoticeKind.STOPPED, bench.now_s))
    started_s = bench.now_s
    bench.run(40)
    assert bench.names == ["Start", "Stop"]
    assert started_s + 9.0 <= bench.stops[0] <= started_s + 10.0
    assert "rose_after_stop" not in bench.kinds
    assert bench.belt.speed == 0
    assert bench.governor.movement is None


def test_a_belt_that_rises_again_behind_that_stop_gets_no_other() -> None:
    bench = standing(start_s=9.0)
    bench.governor.ready(FORWARD, bench.now_s)
    bench.wish = Launch()
    bench.tick()
    bench.hear(notice(NoticeKind.STOPPED, bench.now_s))
    bench.until(lambda: len(bench.stops) == 1, 12)
    bench.run(1.5)
    bench.belt.obeys_stop = False
    bench.belt.target = 200.0
    bench.run(30)
    assert bench.kinds == ["rose_after_stop"]
    assert len(bench.stops) == 1


def test_a_belt_tilted_at_the_console_is_not_started() -> None:
    bench = standing()
    bench.belt.incline = 30.0
    bench.run(1.1)
    with pytest.raises(NotPermittedError, match=r"the belt is tilted by 3.0 %"):
        bench.governor.ready(FORWARD, bench.now_s)


def test_ready_is_a_persons_word_too() -> None:
    governor = Governor(MACHINE, replace(RECORD, silent_when_stopped=True), 0.0)
    governor.ready(FORWARD, 5.0)


def test_a_persons_word_settles_nothing_where_the_machine_speaks() -> None:
    bench = walking(10)
    bench.wish = Halt(ramp=False)
    bench.tick()
    assert not bench.governor.person_says_still(bench.now_s)
    assert bench.governor.movement is not None


def test_a_rise_after_one_stop_does_not_forbid_the_next_movements_stops() -> None:
    bench = walking(5, record=UNKNOWN)
    bench.wish = Halt(ramp=False)
    bench.run(6)
    bench.belt.target = 200.0
    bench.run(10)
    assert bench.kinds == ["rose_after_stop"]
    bench.belt.target = 0.0
    bench.wish = None
    bench.run(20)
    bench.governor.acknowledge()
    bench.governor.arm(bench.now_s)
    bench.walk(FORWARD, 10)
    before = len(bench.stops)
    bench.belt.obeys_stop = False
    bench.wish = Halt(ramp=False)
    bench.run(60)
    assert len(bench.stops) == before + 3


def test_a_belt_stopped_after_a_lost_link_gets_the_time_to_stop() -> None:
    bench = walking(15)
    bench.belt.connected = False
    bench.hear(notice(NoticeKind.LINK_LOST, bench.now_s))
    bench.run(12)
    bench.belt.connected = True
    bench.hear(notice(NoticeKind.RECONNECTED, bench.now_s))
    bench.run(30)
    assert bench.kinds == ["link_lost"]


def test_a_decrease_that_speeds_the_belt_up_is_noticed_here_too() -> None:
    bench = walking(20)
    bench.governor.lower("slower", 200)
    bench.run(1.5)
    fault = bench.hear(Telemetry(bench.now_s, speed=Speed(345)))
    assert fault is not None
    assert fault.kind is FaultKind.WRONG_WAY


def test_the_measured_cap_trusts_no_ledger() -> None:
    bench = walking(20)
    bench.governor.ledger.write(bench.now_s, 600)
    bench.belt.target = 600.0
    bench.wish = None
    for later_s in (10.0, 11.0, 12.0):
        bench.governor.report(Telemetry(bench.now_s + later_s, speed=Speed(450)))
    assert bench.latched


@pytest.mark.parametrize(("announced", "adopted"), [(295, 300), (294, 290), (305, 300)])
def test_half_a_step_is_the_machines_own_rounding(announced: int, adopted: int) -> None:
    bench = walking(20)
    assert bench.hear(notice(NoticeKind.TARGET_SPEED, bench.now_s, announced)) is None
    assert bench.governor.ledger.centi_kmh == adopted


@pytest.mark.parametrize(("settled", "announced"), [(False, 90), (True, 480), (True, 1600)])
def test_only_the_ratio_of_a_mile_and_only_while_settling_is_the_wrong_unit(
    settled: bool, announced: int
) -> None:
    bench = walking(20) if settled else standing()
    if not settled:
        bench.start(FORWARD)
    fault = bench.hear(notice(NoticeKind.TARGET_SPEED, bench.now_s, announced))
    text = f"Somebody set the belt to {announced / 100:.1f} km/h at the console."
    assert fault == Fault(FaultKind.FOREIGN_CONTROL, Reaction.PAUSE, text)


def test_a_request_holds_up_to_the_moment_it_expires() -> None:
    bench = walking(3)
    bench.wish = None
    bench.governor.request(Request(Walk(Speed(300), Incline(0)), "session", 100.0))
    bench.governor.heard_s = 100.0
    _, fault = bench.governor.tick(100.0)
    assert fault is None
    _, fault = bench.governor.tick(100.1)
    assert fault is not None
    assert fault.kind is FaultKind.EXPIRED


def test_a_belt_that_was_told_to_stop_needs_no_steering() -> None:
    bench = walking(15)
    bench.belt.obeys_stop = False
    bench.wish = Halt(ramp=False)
    bench.tick()
    bench.wish = None
    bench.run(4)
    assert "expired" not in bench.kinds


def test_a_stop_at_the_machine_ends_the_time_walked() -> None:
    bench = walking(15)
    bench.hear(notice(NoticeKind.STOPPED, bench.now_s))
    assert bench.movement.slowing_s == bench.movement.stopped_s == bench.now_s


# --- what nobody has heard -----------------------------------------------------------------------


# hazard: H05
def test_no_speed_is_raised_while_the_one_before_is_unanswered() -> None:
    bench = Bench()
    phase = make_phase(cap=200, speed=200)
    bench.walk(phase)
    bench.wish = Walk(Speed(200), Incline(0))
    bench.run(2)
    bench.belt.answers = False
    bench.until(lambda: bench.governor.ledger.centi_kmh < 200 and bench.names[-1] == "SetSpeed", 1)
    before = len(bench.sent)
    bench.run(1.5)
    raised = bench.sent[before:]
    assert len(raised) <= 1  # one that was under way
    bench.run(5)
    assert bench.sent[before + len(raised) :] == []
    ledger = bench.governor.ledger.centi_kmh
    last = bench.sent[-1][1]
    bench.hear(Notice(bench.now_s, NoticeKind.ACCEPTED, command=SetSpeed(Speed(ledger - 1))))
    bench.run(1.5)
    assert bench.governor.ledger.centi_kmh == ledger
    bench.hear(Notice(bench.now_s, NoticeKind.ACCEPTED, command=last.command))
    bench.run(1.5)
    assert bench.governor.ledger.centi_kmh > ledger


def test_an_outcome_settles_a_speed_like_an_answer() -> None:
    bench = Bench()
    bench.walk(make_phase(cap=200, speed=200))
    bench.belt.answers = False
    bench.run(2)
    ledger, last = bench.governor.ledger.centi_kmh, bench.sent[-1][1]
    assert isinstance(last.command, SetSpeed)
    another = Permitted(SetSpeed(Speed(ledger - 1)), "session")
    bench.hear(CommandOutcome(another, Outcome.SUPERSEDED, bench.now_s, bench.now_s))
    bench.run(1.5)
    assert bench.governor.ledger.centi_kmh == ledger
    bench.hear(CommandOutcome(last, Outcome.CONFIRMED, bench.now_s, bench.now_s))
    bench.run(1.5)
    assert bench.governor.ledger.centi_kmh > ledger
