"""The shipped circle, through the shipped driver and its bytes, on the simulated treadmill."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from integration.walks import Walk, known_machine, walk
from quarterturn.bridge.runtime import Runtime
from quarterturn.machines import load_machine_record
from quarterturn.model import MachineRecord, SpeedUnit
from quarterturn.plan import Plan
from quarterturn.session import Event, Intent
from quarterturn_simulator.clock import VirtualTimeLoop

CONTROL_POINT = 0x2AD9
START, STOP, SET_SPEED = 0x07, 0x08, 0x02
"""FTMS v1.0.1 section 4.16.1."""

# --- the golden timeline

TURN_STEPS = ["announce", "slow", "stop", "verify", "ready", "countdown", "start", "settle"]


def turn(origin: str, to: str) -> list[tuple[object, ...]]:
    steps: list[tuple[object, ...]] = [("turn", origin, to, step) for step in TURN_STEPS]
    return steps


def phase(index: int, kind: str, heading: str, duration_s: int) -> tuple[object, ...]:
    return ("phase", index, kind, heading, duration_s)


def into(steps: list[tuple[object, ...]], marker: tuple[object, ...]) -> list[tuple[object, ...]]:
    """Put the phase event where READY is accepted: before the countdown."""
    at = next(i for i, step in enumerate(steps) if step[-1] == "countdown")
    return [*steps[:at], marker, *steps[at:]]


START_STEPS: list[tuple[object, ...]] = [("start", step) for step in TURN_STEPS[4:]]
GOLDEN: list[tuple[object, ...]] = [
    *into(START_STEPS, phase(0, "warm_up", "forward", 300)),
    phase(1, "walk", "forward", 60),
    *into(turn("forward", "right"), phase(2, "side_step", "right", 60)),
    *into(turn("right", "backward"), phase(3, "walk", "backward", 60)),
    *into(turn("backward", "left"), phase(4, "side_step", "left", 60)),
    *into(turn("left", "forward"), phase(5, "cool_down", "forward", 180)),
    *[("halt", step) for step in ("slow", "stop", "verify")],
]


def timeline(result: Walk) -> list[tuple[object, ...]]:
    keys = {
        "phase": ("index", "kind", "heading", "duration_s"),
        "turn": ("from", "to", "step"),
        "start": ("step",),
        "halt": ("step",),
    }
    return [
        (event["event"], *(event[key] for key in keys[str(event["event"])]))
        for event in result.events
        if event["event"] in keys
    ]


def seconds(event: Event) -> float:
    t = event["t"]
    assert isinstance(t, float)
    return t


# req: S001-09
async def test_the_circle_is_walked_in_its_golden_order() -> None:
    result = await walk(record=known_machine())
    assert timeline(result) == GOLDEN
    assert result.end == ("completed", "plan", None, True)
    assert result.refused == []


# req: S001-09
async def test_every_quarter_takes_sixty_seconds_by_the_phase_clock() -> None:
    result = await walk(record=known_machine())
    clocks = [e for e in result.events if e.get("step") in ("settle", "slow")]
    walked = {
        (slow.get("from", "forward")): round(seconds(slow) - seconds(settle), 3)
        for settle, slow in zip(clocks[::2], clocks[1::2], strict=True)
    }
    phases = {e["index"]: seconds(e) for e in result.of("phase")}
    settled = seconds(clocks[0])
    assert phases[1] - settled == pytest.approx(300.0, abs=0.0011)
    assert seconds(clocks[1]) - phases[1] == pytest.approx(60.0, abs=0.0011)
    for heading in ("right", "backward", "left"):
        assert walked[heading] == pytest.approx(60.0, abs=0.0011)
    assert [e["walked_s"] for e in result.of("turn") if e["step"] == "slow"] == [60.0] * 4


async def test_every_turn_stands_on_a_verified_belt_until_ready_was_given() -> None:
    given: list[float] = []

    def watch(event: Event, _: Runtime) -> None:
        if event["event"] == "phase" and event["index"] not in (0, 1):
            given.append(seconds(event))

    result = await walk(record=known_machine(), on_event=watch)
    assert len(given) == 4
    for ready_t in given:
        before = [e for e in result.of("telemetry") if ready_t - 2.1 <= seconds(e) <= ready_t]
        assert {e["speed_kmh"] for e in before} == {0.0}
        assert len(before) >= 2
        started = [e for e in result.of("command") if e["command"] == "start"]
        sent = min(float(str(e["sent_t"])) for e in started if float(str(e["sent_t"])) > ready_t)
        assert sent == pytest.approx(ready_t + 3.0, abs=0.01)


@pytest.mark.parametrize("record", [None, known_machine()], ids=["unknown", "known"])
@pytest.mark.parametrize(
    "options", [{}, {"latency": "1.4", "rate": "1"}, {"rate": "4"}], ids=["default", "late", "4 Hz"]
)
async def test_no_monitor_trips_on_a_healthy_machine(
    options: Mapping[str, str], record: MachineRecord | None
) -> None:
    result = await walk(options=options, record=record)
    assert result.faults == []
    assert result.end == ("completed", "plan", None, True)


async def test_no_command_is_faster_than_the_cap_of_its_phase() -> None:
    result = await walk(record=known_machine())
    cap = 0.0
    for event in result.events:
        if event["event"] == "phase":
            cap = float(str(event["cap_kmh"]))
        if event["event"] == "command" and event["command"] == "set_speed":
            assert float(str(event["value"])) <= cap
        if event["event"] == "command":
            assert event["limited_by"] == []


def test_the_same_seed_gives_the_same_bytes_out_and_the_same_events() -> None:
    def alone(seed: int) -> Walk:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            return runner.run(walk(record=known_machine(), seed=seed))

    first, second, other = alone(7), alone(7), alone(8)
    assert first.writes == second.writes
    assert first.events == second.events
    assert first.events != other.events


async def test_the_bytes_of_a_circle_are_those_of_the_specification() -> None:
    result = await walk(record=known_machine())
    control = [value for _, where, value in result.writes if where == CONTROL_POINT]
    assert control.count(bytes([START])) == 5
    assert control.count(bytes([STOP, 0x01])) == 5
    assert bytes([SET_SPEED, 50, 0]) in control  # 0.50 km/h, little-endian
    assert max(value[1] + 256 * value[2] for value in control if value[0] == SET_SPEED) == 300


# req: S003-12
async def test_the_whole_session_can_be_followed_with_the_display_off() -> None:
    result = await walk(record=known_machine())
    said = [(str(e["kind"]), str(e["text"])) for e in result.of("cue")]
    texts = [text for _, text in said]
    assert [text for kind, text in said if kind == "ready"] == [
        "Step to the side rails. Face forward. Hold the rail. Press ready.",
        "Stop. Step to the side rails. Turn right, to face sideways. Hold the rail. Press ready.",
        "Stop. Step to the side rails. Turn right, to face backward. Hold the rail. Press ready.",
        "Stop. Step to the side rails. Turn right, to face sideways. Hold the rail. Press ready.",
        "Stop. Step to the side rails. Turn right, to face forward. Hold the rail. Press ready.",
    ]
    assert texts.count("In ten seconds: stop, then turn right.") == 4
    assert texts.count("Stopping") == 5
    assert texts[-1] == "The walk is complete. Hold the rail. Step off."


# req: S004-16
async def test_the_technique_cue_comes_in_time_in_the_backward_phase() -> None:
    result = await walk(record=known_machine())
    (backward,) = [e for e in result.of("phase") if e["heading"] == "backward"]
    cue = next(e for e in result.of("cue") if "Big toe back, roll to heel" in str(e["text"]))
    reached = next(
        e
        for e in result.of("telemetry")
        if seconds(e) > seconds(backward) and e["speed_kmh"] == backward["target_speed_kmh"]
    )
    assert seconds(backward) < seconds(cue) <= seconds(reached) + 5.0


# req: S004-19, S000-35
async def test_every_start_is_at_the_slowest_speed_of_the_machine() -> None:
    result = await walk(record=known_machine())
    sent = [(e["command"], e["value"]) for e in result.of("command")]
    after_start = [sent[i + 1] for i, (name, _) in enumerate(sent) if name == "start"]
    assert after_start == [("set_speed", 0.5)] * 5


# --- the machines of others

COMPLETED = ("completed", "plan", None, True)


@pytest.mark.parametrize(
    ("quirk", "changes"),
    [
        ("silent-when-stopped", {"silent_when_stopped": True}),
        ("mute-request-control", {"answers_request_control": False}),
        ("control-on-second-request", {"request_control_attempts": 2}),
        ("control-per-target", {"request_control_before_each": True}),
        ("training-status-disconnects", {"subscribe_training_status": False}),
        ("loses-quick-commands", {"command_gap_s": 0.4}),
        ("mph-target", {"target_unit": SpeedUnit.MPH}),
        ("mph-reports", {"report_unit": SpeedUnit.MPH}),
    ],
)
async def test_a_quirk_on_record_is_walked_with(quirk: str, changes: dict[str, object]) -> None:
    record = replace(MachineRecord(), **changes)  # type: ignore[arg-type]
    result = await walk(quirks=[quirk], record=record)
    assert result.end == COMPLETED
    assert [event["index"] for event in result.of("phase")] == [0, 1, 2, 3, 4, 5]
    assert result.faults == []


@pytest.mark.parametrize(
    ("quirks", "fault", "cause", "stands"),
    [
        # Horizon 7.4: it starts after a connection, and only the button on the machine stops it.
        ("starts-on-connect stop-ignored", None, "uncommanded_motion", None),
        # 3G Cardio: a button pressed once, and it obeys nobody any more.
        ("locked-by-buttons", ("console-slower", 60.0), "no_effect", True),
        # Life Fitness: who waits for somebody who is not there is sent away.
        ("kicks-idle-clients", ("walker-away", 0.0), "link_lost", True),
        # Vitalwalk TM11GY: everything that is known of it.
        ("mph-target start-toggles always-success", None, "wrong_unit", True),
    ],
)
async def test_quirks_that_come_together(
    quirks: str, fault: tuple[str, float] | None, cause: str, stands: bool | None
) -> None:
    result = await walk(quirks=quirks.split(), faults=[fault] if fault else [])
    assert result.end == ("fault", "monitor", cause, stands)
    if stands is None:
        assert any("red key" in str(event.get("text")) for event in result.events)


async def test_a_machine_that_counts_in_miles_is_caught_at_the_start_speed() -> None:
    result = await walk(quirks=["mph-target"])
    assert max(float(str(e["speed_kmh"])) for e in result.of("telemetry")) < 1.0
    assert [e["command"] for e in result.of("command")].count("start") == 1


async def test_the_shipped_record_is_the_one_these_tests_call_known() -> None:
    assert load_machine_record("simulated") == known_machine()


# --- what goes wrong (at every boundary: test_matrix)


async def test_the_reports_falling_silent_are_a_fault_within_four_seconds() -> None:
    for moment in (16.3, 60.3, 376.0, 397.3, 450.3):
        result = await walk(faults=[("silent", moment)], record=known_machine())
        heard = [e for e in result.of("telemetry") if seconds(e) <= moment]
        fault = result.of("fault")[0]
        assert fault["fault"] == "stale"
        assert 4.0 <= round(seconds(fault) - seconds(heard[-1]), 3) <= 4.2


async def test_stop_bytes_follow_a_stop_at_once() -> None:
    for moment in (16.3, 60.3, 314.0, 376.0, 397.3, 450.3):
        result = await walk(faults=[("walker-stop", moment)], record=known_machine())
        stops = [e for e in result.of("command") if e["command"] == "stop"]
        assert float(str(stops[-1]["sent_t"])) == pytest.approx(moment, abs=0.06)


async def test_a_belt_that_runs_on_after_a_lost_link_is_stopped_when_it_is_found_again() -> None:
    result = await walk(faults=[("link-lost", 450)], record=known_machine())
    assert result.end == ("fault", "monitor", "link_lost", True)
    assert result.speed_at_end_kmh == 0.0
    starts = [value for _, _, value in result.writes if value[:1] == bytes([START])]
    assert len(starts) == 2  # into the warm-up and into the first turn, both before


# --- what people ask


# req: S000-23
@pytest.mark.parametrize("moment", [60.0, 400.0, 480.0, 570.0])
async def test_finishing_early_leads_through_the_cool_down(moment: float) -> None:
    result = await walk(faults=[("walker-finish", moment)], record=known_machine())
    assert result.end == COMPLETED
    assert result.refused == []
    assert result.of("phase")[-1]["kind"] == "cool_down"


# req: S003-23
async def test_a_walk_that_wants_a_spotter_waits_for_each_agreement() -> None:
    def with_spotter(plan: Plan) -> Plan:
        return replace(plan, spotter_required=True)

    result = await walk(record=known_machine(), change_plan=with_spotter)
    assert result.end == COMPLETED
    assert [e["heading"] for e in result.of("confirm_wanted")] == ["right", "backward", "left"]
    assert len(result.of("confirmed")) == 3


# req: S000-34
async def test_a_heart_rate_above_the_limit_lowers_the_speed_within_five_seconds() -> None:
    def with_limit(plan: Plan) -> Plan:
        return replace(plan, max_heart_rate_bpm=78)

    result = await walk(record=known_machine(), change_plan=with_limit)
    over = [e for e in result.of("telemetry") if float(str(e["heart_rate_bpm"] or 0)) > 78]
    lowered = next(e for e in result.of("command") if "heart rate" in str(e["limited_by"]))
    assert over
    assert any(0 <= float(str(lowered["sent_t"])) - seconds(e) <= 5.0 for e in over)
    assert result.end[0] in ("completed", "fault")


async def test_uphill_backward_comes_to_its_turns_on_a_level_belt() -> None:
    result = await walk(
        "backward-uphill-intervals", profile="home-experienced", record=known_machine()
    )
    assert result.end == COMPLETED
    assert result.refused == []
    assert any(e["command"] == "set_incline" for e in result.of("command"))
    turns = [e for e in result.of("turn") if e["from"] == "backward"]
    for t in [seconds(e) for e in turns if e["step"] == "announce"]:
        at = [e for e in result.of("telemetry") if t <= seconds(e) <= t + 1.0]
        assert {e["incline_pct"] for e in at} == {0.0}


@pytest.mark.parametrize("intent", [Intent.SKIP, Intent.FINISH])
async def test_nobody_is_left_on_a_tilted_belt(intent: Intent) -> None:
    asked: list[bool] = []

    def leave(event: Event, runtime: Runtime) -> None:
        tilted = event["event"] == "telemetry" and float(str(event["incline_pct"])) >= 2.0
        if tilted and not asked:
            asked.append(runtime.intent(intent).accepted)

    result = await walk(
        "backward-uphill-intervals",
        profile="home-experienced",
        record=known_machine(),
        on_event=leave,
    )
    assert asked == [True]
    assert result.end == COMPLETED
    assert result.refused == []


async def test_cues_that_nobody_hears_lead_to_the_cool_down() -> None:
    def deafen(event: Event, runtime: Runtime) -> None:
        if event["event"] == "phase" and event["index"] == 2:
            runtime.cues_lost()

    result = await walk(record=known_machine(), on_event=deafen)
    assert result.end == COMPLETED
    assert [e["index"] for e in result.of("phase")] == [0, 1, 2, 5]
