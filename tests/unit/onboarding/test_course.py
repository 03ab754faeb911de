"""The order of questions and trials, with a test for treadmill and person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from quarterturn.model import (
    Capabilities,
    MachineRecord,
    Notice,
    NoticeKind,
    SetSpeed,
    SpeedRange,
    SpeedUnit,
    Start,
    Stop,
)
from quarterturn.onboarding.course import (
    Ask,
    NotUsableError,
    Reply,
    StoppedError,
    Tried,
    Try,
    UnfitError,
    onboard,
)
from quarterturn.onboarding.findings import Findings
from quarterturn.onboarding.observed import Observed
from quarterturn.onboarding.scripts import Act, Script
from quarterturn.onboarding.topics import Topic
from quarterturn.units import Speed

RANGE = SpeedRange(Speed(50), Speed(1600), Speed(10))
UNKNOWN = MachineRecord()
ANSWERS = {
    "nobody": "yes",
    "red_key": "yes",
    "console": "0.5 km/h",
    "miles": "yes",
    "zero_moved": "no",
    "zero_for": "2",
    "stands": "yes",
    "try_pause": "yes",
    "try_cut": "yes",
    "link_seen": "unknown",
}

Trial = Callable[[Script, MachineRecord], Tried]


def ideal(script: Script, record: MachineRecord) -> Tried:
    """A trial on a belt that obeys half a second later and reports once a second."""
    machine = Capabilities(record.speed or RANGE, None)
    if not script.holds:
        return Tried(Observed(script.name, 0.0, 8.0, (), ((1.0, 0), (2.0, 0))), machine)
    commands: list[tuple[float, Start | Stop | SetSpeed]] = [(0.0, Start())]
    reports = [(float(at_s), 0) for at_s in range(5)]
    now_s = 5.0
    for hold in script.holds:
        commands.append((now_s, SetSpeed(hold.speed)))
        end_s = now_s + max(6.0, hold.seconds)
        speed = hold.speed.centi_kmh
        reports += [(now_s + 0.5 + index, speed) for index in range(int(end_s - now_s))]
        now_s = end_s
    cut = any(hold.act is Act.CUT_LINK for hold in script.holds)
    if cut:
        after = ((now_s + 10.5, reports[-1][1]),)
        return Tried(
            Observed(
                "cut", 0.0, 90.0, tuple(commands), (*reports, *after), (), (), now_s, now_s + 10
            ),
            machine,
        )
    commands.append((now_s, Stop()))
    reports += [(now_s + 3 + index, 0) for index in range(4)]
    return Tried(Observed(script.name, 0.0, now_s + 8, tuple(commands), tuple(reports)), machine)


MACHINE = Capabilities(RANGE, None)


@dataclass
class Led:
    asked: list[str] = field(default_factory=list)
    tried: list[tuple[str, MachineRecord]] = field(default_factory=list)
    found: Findings | None = None


def lead(
    answers: Mapping[str, str] | None = None,
    trials: Mapping[str, list[Trial]] | None = None,
    base: MachineRecord = UNKNOWN,
    console: Sequence[str] = (),
) -> Led:
    """Go through it all; ``trials`` come first, by script, before ideal ones.

    ``console`` are its readings, one after the other.
    """
    readings = list(console)
    given = {**ANSWERS, **(answers or {})}
    waiting = {name: list(queue) for name, queue in (trials or {}).items()}
    led, course = Led(), onboard(base)
    reply: Reply | None = None
    try:
        while True:
            step = next(course) if reply is None else course.send(reply)
            if isinstance(step, Ask):
                led.asked.append(step.question.topic.value)
                reply = given[step.question.topic.value]
                if step.question.topic is Topic.CONSOLE and readings:
                    reply = readings.pop(0)
                assert step.question.accepts(reply)
            else:
                assert isinstance(step, Try)
                script = step.script(step.record.speed or RANGE)
                led.tried.append((script.name, step.record))
                queue = waiting.get(script.name)
                reply = (queue.pop(0) if queue else ideal)(script, step.record)
    except StopIteration as done:
        led.found = done.value
    return led


def fault(cause: str, text: str = "what happened", **changes: object) -> Trial:
    def trial(script: Script, record: MachineRecord) -> Tried:
        tried = ideal(script, record)
        return replace(
            tried,
            reason="fault",
            by="monitor",
            cause=cause,
            text=text,
            **changes,  # type: ignore[arg-type]
        )

    return trial


def stopped_by(by: str) -> Trial:
    return lambda script, record: replace(ideal(script, record), reason="stopped", by=by)


def reporting(*speeds: int) -> Trial:
    """A first trial that stopped on the unit, with the reports it had."""

    def trial(script: Script, record: MachineRecord) -> Tried:
        del script, record
        reports = tuple((6.0 + index, speed) for index, speed in enumerate(speeds))
        commands = ((0.0, Start()), (5.0, SetSpeed(Speed(50))), (9.0, Stop()))
        observed = Observed("first", 0.0, 15.0, commands, reports)
        return Tried(observed, MACHINE, "fault", "monitor", "wrong_unit", "Told 0.5.")

    return trial


def unanswered(script: Script, record: MachineRecord) -> Tried:
    del script, record
    return Tried(None)


def names(led: Led) -> list[str]:
    return [name for name, _ in led.tried]


# --- a treadmill without surprises ---------------------------------------------------------------


def test_everything_is_asked_and_tried_once() -> None:
    led = lead()
    assert names(led) == ["rest", "first", "steps", "pause", "proof", "cut"]
    assert led.asked == [
        "nobody", "red_key", "console", "zero_moved", "try_pause", "try_cut",
    ]  # fmt: skip
    assert led.found is not None
    record = led.found.record("mine")
    assert (record.target_unit, record.report_unit) == (SpeedUnit.KMH, SpeedUnit.KMH)
    assert record.latency_s == 0.8
    assert record.start_s == 5.5
    assert record.on_link_loss == "keeps_running"
    assert record.speed is None
    assert led.found.console == "0.5 km/h"
    assert led.found.movements == 5


def test_the_proof_goes_by_the_record_that_is_kept() -> None:
    led = lead()
    assert led.found is not None
    [proof] = [record for name, record in led.tried if name == "proof"]
    kept = led.found.record("onboarding")
    assert replace(proof, on_link_loss=kept.on_link_loss) == kept


@pytest.mark.parametrize("topic", ["nobody", "red_key"])
def test_nothing_is_tried_before_the_belt_is_empty_and_the_key_in_reach(topic: str) -> None:
    with pytest.raises(StoppedError, match="Nothing is started"):
        lead({topic: "no"})


@pytest.mark.parametrize("name", ["rest", "first", "steps", "pause", "proof", "cut"])
def test_whoever_stops_a_trial_ends_it_all(name: str) -> None:
    with pytest.raises(StoppedError, match="Stopped by walker"):
        lead(trials={name: [stopped_by("walker")]})


@pytest.mark.parametrize("name", ["rest", "first", "steps", "pause", "proof", "cut"])
def test_a_fault_that_is_no_finding_ends_it_all(name: str) -> None:
    with pytest.raises(NotUsableError, match="what happened"):
        lead(trials={name: [fault("overspeed")]})


def test_a_trial_whose_belt_is_not_known_to_stand_has_a_person_look() -> None:
    def unsure(script: Script, record: MachineRecord) -> Tried:
        return replace(ideal(script, record), belt_stopped=None)

    led = lead(trials={"first": [unsure]})
    assert led.asked[2:4] == ["stands", "console"]
    with pytest.raises(NotUsableError, match="pull the red key"):
        lead({"stands": "no"}, {"first": [unsure]})


# --- control and silence -------------------------------------------------------------------------


def test_control_is_asked_for_twice_before_it_is_taken_without_an_answer() -> None:
    led = lead(trials={"rest": [unanswered]})
    assert led.tried[1][1].request_control_attempts == 2
    assert led.found is not None
    assert led.found.record("mine").request_control_attempts == 2
    led = lead(trials={"rest": [unanswered, unanswered]})
    assert not led.tried[2][1].answers_request_control
    assert led.found is not None
    record = led.found.record("mine")
    assert (record.answers_request_control, record.request_control_attempts) == (False, 1)


def test_control_that_is_never_given_ends_it() -> None:
    with pytest.raises(NotUsableError, match="request for control"):
        lead(trials={"rest": [unanswered] * 3})
    with pytest.raises(NotUsableError, match="request for control"):
        lead(trials={"first": [unanswered]})


def with_speed(speed: SpeedRange | None) -> Trial:
    capabilities = Capabilities(speed, None)
    return lambda script, record: replace(ideal(script, record), capabilities=capabilities)


def test_a_treadmill_that_cannot_go_slowly_or_be_set_at_all_is_not_started() -> None:
    fast = SpeedRange(Speed(201), Speed(1600), Speed(10))
    with pytest.raises(UnfitError, match=r"no slower than 2\.01 km/h"):
        lead(trials={"rest": [with_speed(fast)]})
    with pytest.raises(UnfitError, match="cannot be set"):
        lead(trials={"rest": [with_speed(None)]})


def test_a_machine_that_is_silent_at_rest_is_recorded_so_and_its_pause_is_not_tried() -> None:
    def silent(script: Script, record: MachineRecord) -> Tried:
        del script, record
        return Tried(Observed("rest", 0.0, 8.0), MACHINE, belt_stopped=None)

    led = lead(trials={"rest": [silent]})
    assert led.asked[:3] == ["nobody", "red_key", "stands"]
    assert "pause" not in names(led)
    assert "zero_moved" not in led.asked
    assert led.tried[1][1].silent_when_stopped
    assert led.found is not None
    assert led.found.record("mine").silent_when_stopped


def unproved(script: Script, record: MachineRecord) -> Tried:
    """A trial after whose Stop the machine said nothing."""
    tried = ideal(script, record)
    assert tried.observed is not None
    moving = tuple(each for each in tried.observed.reports if each[1])
    observed = replace(tried.observed, reports=moving, ended_s=90.0)
    return replace(
        tried, observed=observed, reason="fault", cause="not_verified", belt_stopped=None
    )


def test_a_machine_that_falls_silent_only_after_its_first_stop_is_recorded_so() -> None:
    led = lead(trials={"first": [unproved]})
    assert led.asked[2] == "stands"
    assert led.tried[2][1].silent_when_stopped


def test_a_machine_that_never_settles_what_it_is_ends_it() -> None:
    with pytest.raises(NotUsableError, match="do not agree on a speed"):
        lead(trials={"first": [reporting(80, 80, 80), *[unproved] * 3]})


def test_a_machine_that_answers_no_start_and_moves_is_recorded_as_mute() -> None:
    led = lead(trials={"first": [fault("unanswered")]})
    assert not led.tried[2][1].answers_commands
    assert led.found is not None
    assert not led.found.record("mine").answers_commands
    with pytest.raises(NotUsableError):
        lead(trials={"first": [fault("unanswered"), fault("unanswered")]})


# --- the unit ------------------------------------------------------------------------------------


def test_a_belt_that_is_1_6_times_too_fast_takes_miles() -> None:
    led = lead(trials={"first": [reporting(80, 80, 80)]})
    assert led.asked[2:4] == ["miles", "console"]
    again = led.tried[2][1]
    assert (again.target_unit, again.report_unit) == (SpeedUnit.MPH, SpeedUnit.KMH)
    assert led.found is not None
    assert led.found.record("mine").speed == RANGE


def test_a_belt_that_seems_1_6_times_too_slow_reports_miles() -> None:
    led = lead(trials={"first": [reporting(31, 31, 31)]})
    again = led.tried[2][1]
    assert (again.target_unit, again.report_unit) == (SpeedUnit.KMH, SpeedUnit.MPH)


def test_a_belt_that_lies_in_both_is_found_out_at_the_console_alone() -> None:
    led = lead(console=["0.5 mph", "0.5 km/h"])
    assert names(led)[:3] == ["rest", "first", "first"]
    again = led.tried[2][1]
    assert (again.target_unit, again.report_unit) == (SpeedUnit.MPH, SpeedUnit.MPH)


@pytest.mark.parametrize("trials", [{"first": [reporting(80, 80, 80)]}, {}])
def test_nothing_is_taken_for_miles_unasked(trials: dict[str, list[Trial]]) -> None:
    with pytest.raises(StoppedError, match="cannot be used"):
        lead({"miles": "no", "console": "0.5 mph"}, trials)


def test_a_ratio_that_miles_do_not_explain_any_more_ends_it() -> None:
    with pytest.raises(NotUsableError, match="Neither km/h nor miles"):
        lead(trials={"first": [reporting(80, 80, 80), reporting(80, 80, 80)]})


@pytest.mark.parametrize("shown", ["0.7 km/h", "0.3 km/h", "1.2 km/h", "0.9 mph"])
def test_a_console_that_contradicts_the_reports_ends_it(shown: str) -> None:
    with pytest.raises(NotUsableError, match="The console shows"):
        lead({"console": shown})


@pytest.mark.parametrize("shown", ["0.8 km/h", "0.5 mph"])
def test_a_console_that_contradicts_miles_ends_it_too(shown: str) -> None:
    with pytest.raises(NotUsableError, match="The console shows"):
        lead({"console": shown}, {"first": [reporting(80, 80, 80)]})


@pytest.mark.parametrize("shown", ["none", "unknown"])
def test_a_console_that_cannot_be_read_leaves_the_unit_unconfirmed(shown: str) -> None:
    led = lead({"console": shown})
    assert led.found is not None
    assert led.found.console is None


def test_a_belt_that_did_not_settle_is_not_judged() -> None:
    def restless(script: Script, record: MachineRecord) -> Tried:
        tried = ideal(script, record)
        assert tried.observed is not None
        reports = tuple((at_s, int(at_s * 10)) for at_s, _ in tried.observed.reports)
        return replace(tried, observed=replace(tried.observed, reports=reports))

    with pytest.raises(NotUsableError, match="did not settle"):
        lead(trials={"first": [restless]})


# --- steps ---------------------------------------------------------------------------------------


def off_by(centi_kmh: int) -> Trial:
    def trial(script: Script, record: MachineRecord) -> Tried:
        tried = ideal(script, record)
        assert tried.observed is not None
        reports = tuple((at_s, max(0, s - centi_kmh)) for at_s, s in tried.observed.reports)
        return replace(tried, observed=replace(tried.observed, reports=reports))

    return trial


@pytest.mark.parametrize(
    "trial", [off_by(20), off_by(8), fault("no_effect"), fault("refused"), fault("wrong_unit")]
)
def test_a_step_that_has_no_effect_is_tried_coarser(trial: Trial) -> None:
    led = lead(trials={"steps": [trial]})
    assert names(led)[:4] == ["rest", "first", "steps", "steps"]
    again = led.tried[3][1]
    assert again.speed == replace(RANGE, step=Speed(20))
    assert led.found is not None
    assert led.found.record("mine").speed == again.speed


def test_a_belt_that_follows_in_no_step_is_not_usable() -> None:
    with pytest.raises(NotUsableError, match="does not run at the speeds that it is told"):
        lead(trials={"steps": [fault("no_effect")] * 3})


def test_half_a_step_of_rounding_is_as_told() -> None:
    assert names(lead(trials={"steps": [off_by(7)]})).count("steps") == 1


def test_reports_too_seldom_to_raise_the_speed_end_it() -> None:
    def seldom(script: Script, record: MachineRecord) -> Tried:
        tried = ideal(script, record)
        assert tried.observed is not None
        first = tried.observed.commands[:2]
        return replace(tried, observed=replace(tried.observed, commands=first))

    with pytest.raises(NotUsableError, match="reports too seldom"):
        lead(trials={"steps": [seldom]})


# --- what only a person sees ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moved", "for_s", "false_zero_s"),
    [("no", "2", 3.0), ("unknown", "2", 3.0), ("yes", "1", 3.0), ("yes", "4.5", 5.5)],
)
def test_a_belt_that_moves_under_a_report_of_zero_is_given_more_time(
    moved: str, for_s: str, false_zero_s: float
) -> None:
    led = lead({"zero_moved": moved, "zero_for": for_s})
    assert led.found is not None
    assert led.found.record("mine").false_zero_s == false_zero_s
    assert ("zero_for" in led.asked) is (moved == "yes")


def test_whoever_cannot_say_for_how_long_gets_the_longest_stop() -> None:
    led = lead({"zero_moved": "yes", "zero_for": "unknown"})
    assert led.found is not None
    assert led.found.zero_moved_s == 3.0


@pytest.mark.parametrize(
    ("kind", "by", "seen"),
    [
        (NoticeKind.PAUSED, "console", "paused"),
        (NoticeKind.STOPPED, "console", "stopped"),
        (NoticeKind.OTHER, "console", "zeros"),
        (NoticeKind.OTHER, "script", "not pressed"),
    ],
)
def test_a_pause_at_the_console_is_recorded_as_it_is_told(
    kind: NoticeKind, by: str, seen: str
) -> None:
    def pressed(script: Script, record: MachineRecord) -> Tried:
        tried = ideal(script, record)
        assert tried.observed is not None
        return replace(tried, by=by, observed=replace(tried.observed, notices=(Notice(9.0, kind),)))

    led = lead(trials={"pause": [pressed]})
    assert led.found is not None
    assert led.found.pause_seen_as == seen


def test_pause_and_cut_are_tried_only_where_a_person_agrees() -> None:
    led = lead({"try_pause": "no", "try_cut": "no"})
    assert names(led) == ["rest", "first", "steps", "proof"]
    assert led.found is not None
    assert led.found.record("mine").on_link_loss == "unknown"


@pytest.mark.parametrize(
    ("answer", "found"),
    [("ran on", "keeps_running"), ("stopped", "stops"), ("unknown", "unknown")],
)
def test_where_the_treadmill_does_not_come_back_a_person_says_what_the_belt_did(
    answer: str, found: str
) -> None:
    def gone(script: Script, record: MachineRecord) -> Tried:
        tried = ideal(script, record)
        assert tried.observed is not None
        return replace(
            tried,
            observed=replace(tried.observed, back_s=None),
            reason="fault",
            cause="not_verified",
            belt_stopped=None,
        )

    led = lead({"link_seen": answer}, {"cut": [gone]})
    assert led.asked[-2:] == ["link_seen", "stands"]
    assert led.found is not None
    assert led.found.record("mine").on_link_loss == found
    assert led.found.link_loss_seen_by == "a person"


def test_a_belt_faster_than_one_kilometre_an_hour_is_not_cut_off() -> None:
    fast = SpeedRange(Speed(101), Speed(1600), Speed(10))
    led = lead(
        trials={
            "rest": [with_speed(fast)],
            "first": [with_speed(fast)],
            "steps": [with_speed(fast)],
        }
    )
    assert "cut" not in names(led)
    assert "try_cut" not in led.asked


def test_a_record_that_fails_when_it_is_tried_is_not_kept() -> None:
    with pytest.raises(NotUsableError, match="By the record that was found, the trial failed"):
        lead(trials={"proof": [fault("no_effect")]})


# --- what was known before -----------------------------------------------------------------------


def test_what_is_known_already_is_tried_first_and_what_no_trial_shows_is_kept() -> None:
    base = replace(
        UNKNOWN, target_unit=SpeedUnit.MPH, vendor_steps=True, latency_s=9.0, command_gap_s=0.4
    )
    led = lead(base=base)
    assert led.tried[0][1].target_unit is SpeedUnit.MPH
    assert led.tried[0][1].latency_s == UNKNOWN.latency_s
    assert led.found is not None
    record = led.found.record("mine")
    assert (record.vendor_steps, record.command_gap_s, record.latency_s) == (True, 0.4, 0.8)


def test_a_step_that_is_answered_with_the_wrong_kind_of_thing_is_a_mistake() -> None:
    course = onboard(UNKNOWN)
    next(course)
    with pytest.raises(TypeError):
        course.send(Tried(None))
    course = onboard(UNKNOWN)
    next(course)
    course.send("yes")
    course.send("yes")
    with pytest.raises(TypeError):
        course.send("yes")
