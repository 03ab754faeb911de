"""What is said, and when."""

import string
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn import cues
from quarterturn.caps import PhaseLimits
from quarterturn.cues import Cue, CueGate, CueKind, phase_cues
from quarterturn.english import ENGLISH
from quarterturn.model import Crossover, Heading, PhaseKind
from quarterturn.monitors import FaultKind
from quarterturn.plan import PlannedPhase, Turn
from quarterturn.units import LEVEL, Incline, Speed
from quarterturn.workout.phases import Side

QUARTER = Turn(Side.RIGHT, 1)


def phase(
    heading: Heading = Heading.BACKWARD,
    duration_s: float = 60.0,
    kmh: float = 2.0,
    turn: Turn | None = QUARTER,
    kind: PhaseKind | None = None,
    ramp_up: int = 10,
) -> PlannedPhase:
    speed = Speed.from_kmh(kmh)
    sideways = heading in (Heading.RIGHT, Heading.LEFT)
    return PlannedPhase(
        index=3,
        kind=kind or (PhaseKind.SIDE_STEP if sideways else PhaseKind.WALK),
        heading=heading,
        duration_s=duration_s,
        speed=speed,
        end_speed=speed,
        incline=LEVEL,
        limits=PhaseLimits(speed, LEVEL, LEVEL, ramp_up, 30, 1200.0, ()),
        turn=turn,
    )


def forward(duration_s: float = 60.0, kmh: float = 2.5, turn: Turn | None = None) -> PlannedPhase:
    return phase(Heading.FORWARD, duration_s, kmh, turn)


LEFT = phase(Heading.LEFT, kmh=1.0)
START = Speed(50)


def said(schedule: tuple[tuple[float, Cue], ...]) -> list[tuple[float, str]]:
    return [(at_s, cue.text) for at_s, cue in schedule]


# --- inside a phase -------------------------------------------------------------------------------


def test_a_minute_backward_is_cued_by_the_published_script() -> None:
    assert said(phase_cues(ENGLISH, phase(), LEFT)) == [
        (0.0, "Two kilometres per hour."),
        (8.0, "Chest up, look straight"),
        (17.0, "Big toe back, roll to heel"),
        (30.0, "Half way"),
        (50.0, "In ten seconds: stop, then turn right."),
        (55.0, "Five"),
        (57.0, "Three"),
        (58.0, "Two"),
        (59.0, "One"),
        (60.0, "Stopping"),
    ]


def test_the_beginners_ramp_leaves_the_script_as_it_is() -> None:
    backward = phase()
    reached_s = cues.predicted_reach_s(backward, START, latency_s=1.0)
    assert reached_s == pytest.approx(5 + 1 + 15)
    assert phase_cues(ENGLISH, backward, LEFT, reached_s=reached_s) == phase_cues(
        ENGLISH, backward, LEFT
    )


@pytest.mark.parametrize("kmh", [0.5, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0, 4.0])
@pytest.mark.parametrize("ramp_up", [5, 10, 20])
@pytest.mark.parametrize("duration_s", [30.0, 38.0, 39.0, 45.0, 60.0, 120.0, 300.0])
def test_the_technique_cue_comes_within_5_s_of_the_phase_speed(
    kmh: float, ramp_up: int, duration_s: float
) -> None:
    # req: S004-16, however the ramp and the length of the phase lie
    backward = phase(kmh=kmh, ramp_up=ramp_up, duration_s=duration_s)
    reached_s = cues.predicted_reach_s(backward, START)
    schedule = phase_cues(ENGLISH, backward, LEFT, reached_s=reached_s)
    first = min(at_s for at_s, cue in schedule if "Big toe back, roll to heel" in cue.text)
    assert first <= reached_s + 5.0


def test_a_belt_that_does_not_ramp_is_never_predicted_to_arrive() -> None:
    assert cues.predicted_reach_s(phase(ramp_up=0), START) == float("inf")
    assert cues.predicted_reach_s(phase(kmh=0.5, ramp_up=0), START) == cues.SETTLE_S


def test_the_shortest_backward_phase_says_posture_and_technique_in_one_breath() -> None:
    # req: S000-16, S004-16
    assert said(phase_cues(ENGLISH, phase(duration_s=30.0), LEFT))[:3] == [
        (0.0, "Two kilometres per hour."),
        (8.0, "Chest up, look straight. Big toe back, roll to heel"),
        (20.0, "In ten seconds: stop, then turn right."),
    ]


def test_a_long_backward_phase_repeats_posture_every_25_s_and_rotates_the_rest() -> None:
    # req: S000-16, S000-17, S002-18
    schedule = phase_cues(ENGLISH, phase(duration_s=300.0), LEFT)
    posture = [at_s for at_s, cue in schedule if cue.kind is CueKind.POSTURE]
    assert posture[:6] == [8.0, 33.0, 58.0, 83.0, 108.0, 133.0]
    assert {"Even steps", "Land softly", "Neck long, do not look round"} < {
        cue.text for _, cue in schedule
    }
    assert (240.0, "One minute left") in said(schedule)
    assert (150.0, "Half way") in said(schedule)


def test_arms_are_cued_only_off_the_rails() -> None:
    # req: S004-17, and the hands are taken to be on the rails
    off = {
        cue.text for _, cue in phase_cues(ENGLISH, phase(duration_s=300.0), LEFT, on_rails=False)
    }
    on = {cue.text for _, cue in phase_cues(ENGLISH, phase(duration_s=300.0), LEFT)}
    assert off - on == {"Reach back with your arms"}


@given(
    duration_s=st.floats(min_value=30.0, max_value=1800.0),
    heading=st.sampled_from([Heading.RIGHT, Heading.BACKWARD, Heading.LEFT]),
    reached_s=st.none() | st.floats(min_value=5.0, max_value=60.0),
    ends=st.booleans(),
)
def test_lesser_cues_keep_their_distance(
    duration_s: float, heading: Heading, reached_s: float | None, ends: bool
) -> None:
    away = phase(heading, duration_s, 1.0)
    schedule = phase_cues(
        ENGLISH, away, None if ends else forward(turn=Turn(Side.RIGHT, 1)), reached_s=reached_s
    )
    assert [at_s for at_s, _ in schedule] == sorted(at_s for at_s, _ in schedule)
    announced_s = duration_s - 10
    assert any(at_s == announced_s for at_s, _ in schedule)
    lesser = [at_s for at_s, cue in schedule if cue.lesser]
    assert lesser[0] == 8.0
    for at_s in lesser:
        assert at_s <= announced_s - 12
        others = [other_s for other_s, _ in schedule if other_s != at_s]
        assert min(abs(at_s - other_s) for other_s in others) >= 8.0
    assert len(set(lesser)) == len(lesser)


@given(duration_s=st.floats(min_value=0.1, max_value=1800.0))
def test_the_gate_lets_a_whole_schedule_through(duration_s: float) -> None:
    gate, away = CueGate(), phase(duration_s=duration_s)
    for at_s, cue in phase_cues(ENGLISH, away, LEFT):
        assert gate.offer(1000.0 + at_s, [cue]) == (cue,)


def test_a_side_step_leads_with_the_foot_on_the_consoles_side() -> None:
    # The console is on the left of somebody who faces right (D3).
    facing_right = cues.technique_cue(ENGLISH, phase(Heading.RIGHT))
    facing_left = cues.technique_cue(ENGLISH, phase(Heading.LEFT))
    assert facing_right is not None
    assert facing_left is not None
    assert facing_right.text == "Left foot leads, the other closes"
    assert facing_left.text == "Right foot leads, the other closes"
    assert cues.starting(ENGLISH, phase(Heading.RIGHT)).text == "Side-step to the left"
    assert cues.starting(ENGLISH, phase(Heading.BACKWARD)).text == "Walk backward"
    with pytest.raises(ValueError, match="no side-step faces backward"):
        cues.leading_foot(Heading.BACKWARD)


@pytest.mark.parametrize(
    ("crossover", "text"),
    [
        (Crossover.FRONT, "Left foot leads, the other crosses in front"),
        (Crossover.BEHIND, "Left foot leads, the other crosses behind"),
        (Crossover.ALTERNATING, "Left foot leads, the other crosses front, behind"),
    ],
)
def test_each_crossover_has_its_pattern(crossover: Crossover, text: str) -> None:
    # req: S002-19, front and behind by turns
    sideways = replace(phase(Heading.RIGHT), crossover=crossover)
    assert (17.0, text) in said(phase_cues(ENGLISH, sideways, None))


def test_a_side_step_keeps_the_script_however_soon_its_speed_is_reached() -> None:
    # Its foot is told with the start already: "Side-step to the left".
    sideways = phase(Heading.RIGHT, kmh=1.0)
    assert phase_cues(ENGLISH, sideways, LEFT, reached_s=6.0) == phase_cues(ENGLISH, sideways, LEFT)


def test_a_diagonal_says_where_it_leads() -> None:
    ahead = replace(forward(), kind=PhaseKind.DIAGONAL, side=Side.RIGHT)
    assert (8.0, "Small steps to the right") in said(phase_cues(ENGLISH, ahead, None))
    assert cues.starting(ENGLISH, ahead).text == "Walk forward, to the right"
    back = replace(phase(duration_s=120.0), kind=PhaseKind.DIAGONAL, side=Side.LEFT)
    texts = [text for _, text in said(phase_cues(ENGLISH, back, None))]
    assert texts.index("Big toe back, roll to heel") < texts.index("Small steps to the left")


def test_a_forward_phase_is_quiet() -> None:
    assert [text for _, text in said(phase_cues(ENGLISH, forward(60.0), LEFT))] == [
        "Two point five kilometres per hour.",
        "In ten seconds: stop, then turn right.",
        *("Five", "Three", "Two", "One", "Stopping"),
    ]


def test_an_authors_line_is_spoken_only_facing_forward() -> None:
    line = "Breathe"
    assert (17.0, line) in said(phase_cues(ENGLISH, replace(forward(60.0), cue=line), LEFT))
    assert (8.0, line) in said(phase_cues(ENGLISH, replace(forward(30.0), cue=line), LEFT))
    assert line not in [
        text for _, text in said(phase_cues(ENGLISH, replace(phase(), cue=line), LEFT))
    ]


def test_the_last_phase_announces_the_end() -> None:
    schedule = said(phase_cues(ENGLISH, forward(180.0), None))
    assert (170.0, "In ten seconds: stop. The walk ends.") in schedule
    assert schedule[-1] == (180.0, "Stopping")


def test_a_change_on_the_running_belt_is_announced_and_not_counted_down() -> None:
    schedule = said(phase_cues(ENGLISH, forward(60.0), forward(60.0, kmh=3.0)))
    assert schedule[-1] == (50.0, "In ten seconds: three kilometres per hour.")


def test_an_announcement_of_a_change_says_what_changes() -> None:
    now = forward()
    cool_down = replace(now, kind=PhaseKind.COOL_DOWN, speed=Speed(200))
    assert cues.announce_change(ENGLISH, now, replace(now, kind=PhaseKind.RECOVER)).text == (
        "In ten seconds: recover."
    )
    uphill = replace(now, incline=Incline(25))
    assert cues.announce_change(ENGLISH, now, cool_down).text == (
        "In ten seconds: cool-down, two kilometres per hour."
    )
    assert cues.announce_change(ENGLISH, now, uphill).text == (
        "In ten seconds: two point five kilometres per hour, incline two point five per cent."
    )


def test_a_phase_too_short_for_ten_seconds_of_warning_names_the_seconds_it_has() -> None:
    schedule = said(phase_cues(ENGLISH, forward(7.0), LEFT))
    assert schedule[0] == (0.0, "In seven seconds: stop, then turn right.")
    assert said(phase_cues(ENGLISH, forward(2.0), LEFT)) == [(1.0, "One"), (2.0, "Stopping")]
    assert phase_cues(ENGLISH, forward(2.0), forward()) == ()


def test_a_ramp_is_told_once_from_where_to_where() -> None:
    down = replace(forward(), end_speed=Speed(150))
    up = replace(forward(), end_speed=Speed(300))
    assert said(phase_cues(ENGLISH, down, None))[0][1] == (
        "From two point five slowly down to one point five kilometres per hour."
    )
    assert said(phase_cues(ENGLISH, up, None))[0][1] == (
        "From two point five slowly up to three kilometres per hour."
    )


def test_the_plan_knows_when_a_speed_is_reached_where_nobody_else_does() -> None:
    planned = replace(phase(), reached_s=10.0)
    assert phase_cues(ENGLISH, planned, LEFT) == phase_cues(ENGLISH, phase(), LEFT, reached_s=10.0)
    assert phase_cues(ENGLISH, planned, LEFT, reached_s=20.0) == phase_cues(ENGLISH, phase(), LEFT)


# --- between phases -------------------------------------------------------------------------------


def test_two_quarters_are_announced_with_where_they_lead() -> None:
    twice = phase(turn=Turn(Side.RIGHT, 2))
    assert cues.announce_turn(ENGLISH, twice).text == (
        "In ten seconds: stop, then turn right twice, to face backward."
    )
    assert cues.at_rest(ENGLISH, twice).text == (
        "Stop. Step to the side rails. Turn right twice, to face backward. "
        "Hold the rail. Press ready."
    )


def test_a_mirrored_circle_turns_left() -> None:
    mirrored = phase(turn=Turn(Side.LEFT, 1))
    assert cues.announce_turn(ENGLISH, mirrored).text == "In ten seconds: stop, then turn left."
    assert "Turn left, to face backward." in cues.at_rest(ENGLISH, mirrored).text


def test_turning_sideways_never_names_a_second_side() -> None:
    text = cues.at_rest(ENGLISH, LEFT).text
    assert "Turn right, to face sideways." in text
    assert "left" not in text


def test_there_is_nothing_to_announce_without_a_turn() -> None:
    with pytest.raises(ValueError, match="no turn leads into phase 3"):
        cues.announce_turn(ENGLISH, forward())


def test_the_first_ready_asks_for_no_turn() -> None:
    assert cues.at_rest(ENGLISH, forward()).text == (
        "Step to the side rails. Face forward. Hold the rail. Press ready."
    )


def test_every_turn_sends_the_hands_to_the_rail() -> None:
    # req: S004-20, at every heading
    for heading in Heading:
        for quarters in (1, 2):
            assert (
                "Hold the rail"
                in cues.at_rest(ENGLISH, phase(heading, turn=Turn(Side.RIGHT, quarters))).text
            )


@pytest.mark.parametrize(
    ("centi_kmh", "text"),
    [
        (100, "One kilometre per hour."),
        (200, "Two kilometres per hour."),
        (250, "Two point five kilometres per hour."),
        (205, "Two point zero five kilometres per hour."),
        (1200, "Twelve kilometres per hour."),
        (50, "Zero point five kilometres per hour."),
    ],
)
def test_a_speed_is_spoken_in_words(centi_kmh: int, text: str) -> None:
    assert cues.speed_cue(ENGLISH, Speed(centi_kmh)).text == text


def test_numbers_are_words_up_to_99() -> None:
    assert [ENGLISH.number(value) for value in (0, 10, 19, 20, 21, 99, 100)] == [
        *("zero", "ten", "nineteen", "twenty", "twenty-one", "ninety-nine", "100")
    ]
    assert ENGLISH.incline(Incline(-15)) == "incline minus one point five per cent"


@pytest.mark.parametrize("fault", list(FaultKind))
def test_every_fault_tells_the_walker_what_to_do(fault: FaultKind) -> None:
    cue = cues.fault_cue(ENGLISH, fault)
    assert cue.kind is CueKind.FAULT
    assert "rails" in cue.text
    assert fault in ENGLISH.faults


def test_an_unknown_fault_still_says_what_the_belt_does() -> None:
    assert cues.fault_cue(ENGLISH, "x").text.startswith("Stopping.")
    assert cues.fault_cue(ENGLISH, "x", ramped=True).text.startswith("Slowing down.")


def test_the_words_outside_a_phase_have_their_kinds() -> None:
    assert cues.pull_the_red_key(ENGLISH) == Cue(
        CueKind.FAULT, "Stay on the rails. Pull the red key."
    )
    assert [
        make(ENGLISH).kind
        for make in (
            *(cues.stale_warning, cues.is_the_belt_still, cues.still_waiting),
            *(cues.ready_timed_out, cues.paused, partial(cues.resume, next_phase=phase())),
            *(cues.stopped, cues.completed, cues.acknowledge, partial(cues.countdown, seconds=3)),
        )
    ] == [
        *(CueKind.FAULT, CueKind.READY, CueKind.READY),
        *(CueKind.END, CueKind.PAUSE, CueKind.READY, CueKind.END),
        *(CueKind.END, CueKind.READY, CueKind.COUNTDOWN),
    ]
    assert (
        cues.resume(ENGLISH, phase()).text
        == "Hold the rail, face backward. Press ready to walk on."
    )


# --- the texts ------------------------------------------------------------------------------------

FORBIDDEN = (
    "emergency",  # the red key is the emergency stop
    "push off",  # published advice contradicts itself (req: S000-09)
    "push-off",
    "lean",  # req: S002-16
    *("heal", "cure", "therap", "treat ", "pain", "safe", "doctor", "medical"),
)
EVERY_TEXT = [*ENGLISH.texts.values(), *ENGLISH.faults.values()]


@pytest.mark.parametrize("text", EVERY_TEXT)
def test_no_text_promises_or_says_what_it_must_not(text: str) -> None:
    # req: S000-03, S000-04, S000-09, S002-16
    assert [word for word in FORBIDDEN if word in text.lower()] == []


@pytest.mark.parametrize("text", EVERY_TEXT)
def test_a_text_is_short_and_its_sentences_shorter(text: str) -> None:
    urgent = "Press ready" not in text
    assert len(text) <= (80 if urgent else 110)
    assert max(len(sentence) for sentence in text.split(". ")) <= 75
    assert text.isascii()  # every speech engine and every terminal


def test_every_field_of_a_text_is_one_that_is_filled_in() -> None:
    fields = {
        name for text in EVERY_TEXT for _, name, _, _ in string.Formatter().parse(text) if name
    }
    assert fields == {
        *("seconds", "direction", "facing", "change", "lead", "side", "speed", "start"),
        *("posture", "technique", "way"),
    }


# --- what is spoken -------------------------------------------------------------------------------

POSTURE = Cue(CueKind.POSTURE, "Chest up, look straight")
HALF_WAY = Cue(CueKind.TIME_LEFT, "Half way")


def test_a_lesser_cue_within_8_s_of_another_is_dropped_not_delayed() -> None:
    gate = CueGate()
    assert gate.offer(0.0, [HALF_WAY]) == (HALF_WAY,)
    assert gate.offer(7.9, [POSTURE]) == ()
    assert gate.offer(8.0, [POSTURE]) == (POSTURE,)
    assert gate.offer(8.1, []) == ()


def test_a_lesser_cue_waits_for_silence_after_a_great_one_too() -> None:
    gate = CueGate()
    gate.offer(0.0, [cues.speed_cue(ENGLISH, Speed(200))])
    assert gate.offer(5.0, [POSTURE]) == ()


def test_great_cues_pass_at_once_and_the_fault_first() -> None:
    gate = CueGate()
    gate.offer(0.0, [POSTURE])
    fault, speed, turn = (
        cues.fault_cue(ENGLISH, "overspeed"),
        cues.speed_cue(ENGLISH, Speed(200)),
        cues.announce_turn(ENGLISH, phase()),
    )
    assert gate.offer(0.5, [POSTURE, speed, turn, fault]) == (fault, turn, speed)
    assert gate.offer(0.6, [cues.tick(ENGLISH, 3)]) == (cues.tick(ENGLISH, 3),)


def test_of_two_lesser_cues_at_once_one_is_spoken() -> None:
    assert CueGate().offer(0.0, [HALF_WAY, POSTURE]) == (POSTURE,)
