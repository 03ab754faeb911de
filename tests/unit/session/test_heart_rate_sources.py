"""Which heart rate counts, and that none of them ever raises a speed."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quarterturn.model import HeartRate, RunningCadence, SensorNotice, SensorState
from quarterturn.session import Event, State
from quarterturn.session.heart_rate import (
    CALM_S,
    FRESH_S,
    SUSTAINED_S,
    HeartRateWatch,
    Verdict,
    usable,
    usable_of,
)
from unit.session.bench import CIRCLE, COOL_DOWN, RIGHT, WARM_UP, Bench, phase, plan

LIMIT = 120
HIGH, LOW = 140, 90
STRAP, OTHER, TREADMILL = "strap", "watch", None


class Told:
    """A watch that is told readings; ``verdicts`` holds what each called for."""

    def __init__(self, limit_bpm: int | None = LIMIT) -> None:
        self.watch = HeartRateWatch(limit_bpm)
        self.now_s = 100.0

    def tell(self, source: str | None, *beats: int | None, every_s: float = 1.0) -> list[Verdict]:
        verdicts = []
        for bpm in beats:
            self.now_s += every_s
            verdicts.append(self.watch.reading(self.now_s, source, bpm, walking=True))
        return verdicts

    @property
    def current(self) -> tuple[int, str | None] | None:
        return self.watch.current(self.now_s)


# --- what a heart rate is


@pytest.mark.parametrize(
    ("bpm", "found"), [(None, None), (0, None), (24, None), (25, 25), (250, 250), (251, None)]
)
def test_what_no_heart_can_do_is_no_heart_rate(bpm: int | None, found: int | None) -> None:
    assert usable(bpm) == found
    assert usable_of(HeartRate(1.0, STRAP, bpm)) == found


@pytest.mark.parametrize(("contact", "found"), [(None, 90), (True, 90), (False, None)])
def test_a_strap_without_skin_contact_gives_no_heart_rate(
    contact: bool | None, found: int | None
) -> None:
    assert usable_of(HeartRate(1.0, STRAP, 90, contact)) == found


# --- which source counts


def test_the_treadmills_own_field_counts_where_there_is_nothing_else() -> None:
    told = Told()
    assert told.current is None
    told.tell(TREADMILL, 90)
    assert told.current == (90, TREADMILL)
    told.tell(TREADMILL, None)
    assert told.current is None


def test_a_strap_goes_before_the_treadmill_from_its_second_reading_on() -> None:
    told = Told()
    told.tell(TREADMILL, 90)
    told.tell(STRAP, 80)
    assert told.current == (90, TREADMILL)
    told.tell(STRAP, 81)
    assert told.current == (81, STRAP)
    told.tell(TREADMILL, 95)
    assert told.current == (81, STRAP)


def test_a_strap_that_falls_silent_gives_way_once_it_is_stale() -> None:
    told = Told()
    told.tell(STRAP, 80, 81)
    told.tell(TREADMILL, 95, every_s=FRESH_S)
    assert told.current == (81, STRAP)
    told.now_s += 0.001
    assert told.current is None
    told.tell(TREADMILL, 95)
    assert told.current == (95, TREADMILL)


def test_a_strap_that_loses_the_skin_shows_nothing_and_gives_way_later() -> None:
    told = Told()
    told.tell(STRAP, 80, 81, None)
    assert told.current is None
    told.tell(TREADMILL, 95)
    assert told.current is None
    told.tell(STRAP, None, None, None)
    told.tell(TREADMILL, 95)
    assert told.current == (95, TREADMILL)
    told.tell(STRAP, None, 82)
    assert told.current == (95, TREADMILL)
    told.tell(STRAP, None, 83)  # a moment without the skin does not begin the count anew
    assert told.current == (83, STRAP)


def test_no_second_strap_takes_the_place_of_a_fresh_one() -> None:
    told = Told()
    told.tell(STRAP, 80, 81)
    told.tell(OTHER, 70, 71)
    assert told.current == (81, STRAP)
    told.now_s += FRESH_S
    told.tell(OTHER, 70, 71)
    assert told.current == (71, OTHER)


def test_a_strap_that_sends_now_and_then_does_not_silence_the_treadmill() -> None:
    told = Told()
    verdicts: list[Verdict] = []
    for _ in range(4):
        told.tell(STRAP, HIGH)
        verdicts += told.tell(TREADMILL, *[HIGH] * 6)
    assert Verdict.LOWER in verdicts


# --- what two sources say is never put together


def test_the_proof_of_a_high_heart_rate_begins_anew_with_another_source() -> None:
    told = Told()
    assert told.tell(TREADMILL, HIGH, HIGH) == [Verdict.NOTHING] * 2
    assert told.tell(STRAP, HIGH, HIGH, HIGH, HIGH) == [*[Verdict.NOTHING] * 3, Verdict.LOWER]


def test_readings_before_and_after_a_silence_are_no_proof() -> None:
    told = Told()
    told.tell(STRAP, LOW, HIGH, HIGH)
    told.now_s += FRESH_S
    assert told.tell(STRAP, HIGH, HIGH, HIGH) == [Verdict.NOTHING] * 3
    assert told.tell(STRAP, HIGH) == [Verdict.LOWER]


def test_a_minute_of_alarm_is_not_counted_over_a_silence() -> None:
    told = Told()
    assert Verdict.LOWER in told.tell(STRAP, *[HIGH] * 6)
    told.now_s += 100.0
    verdicts = told.tell(STRAP, *[HIGH] * 61)
    assert verdicts.count(Verdict.LOWER) == 4
    assert Verdict.GIVE_UP not in verdicts
    assert told.tell(STRAP, HIGH, HIGH) == [Verdict.GIVE_UP] * 2


def test_another_source_ends_no_alarm() -> None:
    told = Told()
    told.tell(STRAP, *[HIGH] * 5)
    assert told.watch.alarmed
    told.now_s += FRESH_S
    told.tell(TREADMILL, *[LOW] * 60)
    assert told.current == (LOW, TREADMILL)
    assert told.watch.alarmed


def test_the_source_that_raised_an_alarm_ends_it_by_ten_calm_seconds() -> None:
    told = Told()
    told.tell(STRAP, *[HIGH] * 5)
    told.now_s += 100.0
    told.tell(STRAP, *[LOW] * 11)
    assert told.watch.alarmed
    told.tell(STRAP, LOW)
    assert not told.watch.alarmed
    told.now_s += 100.0  # who raises the next one is who may end that
    told.tell(TREADMILL, *[HIGH] * 4)
    assert told.watch.alarmed
    told.tell(TREADMILL, *[LOW] * 12)
    assert not told.watch.alarmed


def test_two_calm_readings_with_a_silence_between_are_not_ten_calm_seconds() -> None:
    told = Told()
    told.tell(STRAP, *[HIGH] * 5, LOW)
    told.now_s += CALM_S + 5.0
    told.tell(STRAP, LOW, LOW)
    assert told.watch.alarmed


@dataclass(frozen=True)
class Reading:
    after_s: float
    source: str | None
    bpm: int | None


READINGS = st.lists(
    st.builds(
        Reading,
        st.sampled_from([0.2, 1.0, 1.0, 1.0, 2.5, 5.0, 5.5, 12.0]),
        st.sampled_from([TREADMILL, TREADMILL, STRAP, STRAP, OTHER]),
        st.sampled_from([None, LOW, LIMIT, LIMIT + 1, HIGH, HIGH]),
    ),
    max_size=120,
)


def unbroken_s(said: list[tuple[float, bool]], *, over: bool) -> float:
    """Return for how long one source has said the same, without a silence, up to its last word."""
    if said[-1][1] is not over:
        return -1.0
    since_s = said[-1][0]
    for at_s, high in reversed(said):
        if high is not over or since_s - at_s > FRESH_S:
            break
        since_s = at_s
    return said[-1][0] - since_s


# req: S000-34
@settings(max_examples=400)
@given(READINGS)
def test_every_verdict_and_every_all_clear_is_proved_by_one_source_alone(
    readings: list[Reading],
) -> None:
    told = Told()
    said: dict[str | None, list[tuple[float, bool]]] = {}
    raised_by: str | None = "nobody"
    for reading in readings:
        before = told.watch.alarmed
        (verdict,) = told.tell(reading.source, reading.bpm, every_s=reading.after_s)
        if reading.bpm is not None:
            high = reading.bpm > LIMIT
            said.setdefault(reading.source, []).append((told.now_s, high))
        if verdict is Verdict.LOWER:
            assert reading.bpm is not None
            assert reading.bpm > LIMIT
        if not before and told.watch.alarmed:
            raised_by = reading.source
            assert unbroken_s(said[raised_by], over=True) >= SUSTAINED_S - 1e-9
        if before and not told.watch.alarmed:
            assert reading.source == raised_by
            assert unbroken_s(said[raised_by], over=False) >= CALM_S - 1e-9


# --- in a walk


def strap(bench: Bench, bpm: int | None, *, contact: bool | None = True) -> None:
    bench.controller.report(HeartRate(bench.now_s, STRAP, bpm, contact, (0.5,)))
    bench.tick()


def worn(bench: Bench, bpm: int | None, seconds: int) -> None:
    for _ in range(seconds):
        strap(bench, bpm)
        bench.run(1.0)


def forward(kmh: float = 1.5, *, max_bpm: int | None = LIMIT) -> Bench:
    bench = Bench(plan((phase(kmh=kmh, duration_s=120.0), COOL_DOWN), max_bpm=max_bpm))
    bench.walk_in(0, 15.0)
    return bench


# req: S000-34
def test_a_strap_above_the_limit_slows_the_belt_within_five_seconds() -> None:
    bench = forward()
    worn(bench, 100, 5)
    assert bench.speed == 150
    over_s = bench.now_s
    worn(bench, HIGH, 5)
    assert bench.now_s - over_s <= 5.0
    assert bench.speed == 130
    assert "Slowing down. Hold the rails. Your heart rate is high." in bench.cues()


def test_a_strap_that_stays_high_ends_the_walk() -> None:
    bench = forward()
    worn(bench, HIGH, 70)
    end = bench.finish()
    assert (end["reason"], end["cause"]) == ("fault", "heart_rate")


def test_a_strap_lost_in_an_alarm_leaves_the_next_phase_lowered() -> None:
    bench = Bench(plan((WARM_UP, phase(kmh=1.8), RIGHT, COOL_DOWN), max_bpm=LIMIT))
    bench.walk_in(0, 8.0)
    worn(bench, HIGH, 6)
    bench.bpm = LOW  # the treadmill's own field, from somewhere
    bench.until_event(event="phase", index=1)
    bench.until_event(event="turn", step="announce")
    assert bench.speed <= 100
    bench.until_event(event="phase", index=2)
    bench.until(State.WALK)
    bench.run(10.0)
    assert bench.speed == 50


def test_the_telemetry_says_which_heart_rate_counts_and_where_it_comes_from() -> None:
    bench = forward()
    keys = ("heart_rate_bpm", "heart_rate_source")

    def last() -> tuple[object, ...]:
        return tuple(bench.of("telemetry")[-1][key] for key in keys)

    assert last() == (None, None)
    bench.bpm = 95
    bench.run(2.0)
    assert last() == (95, "treadmill")
    worn(bench, 101, 3)
    assert last() == (101, STRAP)
    strap(bench, 101, contact=False)
    bench.run(1.5)
    assert last() == (None, None)
    bench.run(6.0)
    assert last() == (95, "treadmill")
    bench.bpm = 255
    bench.run(1.5)
    assert last() == (None, None)


def test_each_reading_is_an_event() -> None:
    bench = Bench()
    bench.controller.report(HeartRate(bench.now_s + 0.5, STRAP, 88, None, (0.681640625,), 12))
    pod = RunningCadence(bench.now_s + 0.5, "pod", 104, 1.25, 0.7, 12.5, running=True)
    bench.controller.report(pod)
    text = "the link is lost"
    bench.controller.report(SensorNotice(bench.now_s + 0.6, STRAP, SensorState.LOST, text))
    assert bench.controller.take_events() == [
        {
            "t": 0.5,
            "event": "heart_rate",
            "sensor": STRAP,
            "bpm": 88,
            "contact": None,
            "rr_intervals_s": [0.6816],
            "energy_kj": 12,
        },
        {
            "t": 0.5,
            "event": "running",
            "sensor": "pod",
            "cadence_per_min": 104,
            "speed_kmh": 4.5,
            "stride_length_m": 0.7,
            "distance_m": 12.5,
            "gait": "running",
        },
        {"t": 0.6, "event": "sensor", "sensor": STRAP, "state": "lost", "text": text},
    ]
    bench.controller.report(replace(pod, speed_m_per_s=None, running=False))
    (event,) = bench.controller.take_events()
    assert (event["speed_kmh"], event["gait"]) == (None, "walking")


def test_the_cadence_stands_in_the_telemetry_while_it_is_fresh() -> None:
    bench = Bench()
    bench.controller.report(RunningCadence(bench.now_s, "pod", 104))
    bench.run(FRESH_S + 3.0)
    cadences = [event["cadence_per_min"] for event in bench.of("telemetry")]
    assert cadences == [*[104] * 5, *[None] * 3]


BODY = st.lists(
    st.tuples(
        st.sampled_from([0.3, 1.0, 1.0, 1.0, 4.0, 7.0, 15.0]),
        st.sampled_from([TREADMILL, STRAP, STRAP, OTHER]),
        st.sampled_from([None, 0, LOW, LOW, LIMIT + 1, HIGH, HIGH, HIGH, 255]),
        st.sampled_from([None, True, False]),
    ),
    max_size=60,
)


# req: S000-34
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(BODY)
def test_no_heart_rate_ever_raises_a_target_or_takes_a_lowering_back(
    readings: list[tuple[float, str | None, int | None, bool | None]],
) -> None:
    walker, twin = forward(1.8), forward(1.8)
    limits = walker.governor._limits
    for after_s, source, bpm, contact in readings:
        if walker.session.ending is not None or walker.session._leg.phase.index:
            break  # the two no longer walk the same
        phase_ = walker.governor.phase
        assert phase_ is not None
        cap, ledger = limits.caps(phase_)[0][0], walker.governor.ledger.centi_kmh
        if source is None:
            walker.bpm = bpm
        else:
            walker.controller.report(HeartRate(walker.now_s, source, bpm, contact))
        assert limits.caps(phase_)[0][0] <= cap
        assert walker.governor.ledger.centi_kmh == ledger
        for bench in (walker, twin):
            bench.run(after_s)
        if walker.session.ending is None and not walker.session._leg.phase.index:
            assert limits.caps(phase_)[0][0] <= cap
            assert walker.governor.ledger.centi_kmh <= twin.governor.ledger.centi_kmh


# --- a foot pod


POD = st.lists(
    st.tuples(
        st.sampled_from([0.1, 0.7, 3.0, 20.0]),
        st.one_of(
            st.builds(
                RunningCadence,
                st.just(0.0),
                st.just("pod"),
                cadence_per_min=st.none() | st.integers(0, 255),
                speed_m_per_s=st.none() | st.sampled_from([0.0, 0.3, 2.0, 255.0]),
                stride_length_m=st.none() | st.sampled_from([0.0, 655.35]),
                distance_m=st.none() | st.sampled_from([0.0, 4e8]),
                running=st.booleans(),
            ),
            st.builds(
                SensorNotice, st.just(0.0), st.just("pod"), st.sampled_from(SensorState), st.text()
            ),
        ),
    ),
    max_size=20,
)
_OF_THE_POD = ("running", "sensor")


def without_the_pod(events: list[Event]) -> list[Event]:
    others = [event for event in events if event["event"] not in _OF_THE_POD]
    return [{**event, "cadence_per_min": None} for event in others]


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(POD)
def test_a_foot_pod_reaches_neither_the_governor_nor_the_session(
    said: list[tuple[float, RunningCadence | SensorNotice]],
) -> None:
    walker, twin = Bench(plan(CIRCLE, max_bpm=LIMIT)), Bench(plan(CIRCLE, max_bpm=LIMIT))
    for after_s, report in said:
        walker.run(after_s)
        twin.run(after_s)
        walker.controller.report(replace(report, arrived_s=walker.now_s))
    for bench in (walker, twin):
        bench.finish()
    assert walker.sent == twin.sent
    assert without_the_pod(walker.events) == without_the_pod(twin.events)


def test_the_governor_hears_of_no_sensor(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = forward(max_bpm=None)
    governor = bench.controller.governor

    def hear(*_: object) -> None:
        raise AssertionError("the governor was told")

    for name in ("report", "notice", "outcome", "lower", "halt", "request", "ready"):
        monkeypatch.setattr(governor, name, hear)
    bench.controller.report(RunningCadence(bench.now_s, "pod", 180, 9.0))
    bench.controller.report(HeartRate(bench.now_s, STRAP, 240))
    bench.controller.report(SensorNotice(bench.now_s, "pod", SensorState.LOST))
