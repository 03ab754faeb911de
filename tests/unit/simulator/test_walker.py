from quarterturn_simulator.walker import Walker


def test_the_walker_presses_ready_after_a_human_while() -> None:
    walker = Walker(seed=3)
    delays = []
    for _ in range(100):
        ((delay_s, intent),) = walker.react({"t": 9.0, "event": "turn", "step": "ready"})
        assert intent == "ready"
        delays.append(delay_s)
    assert min(delays) >= 2.0
    assert max(delays) <= 4.0
    assert len(set(delays)) > 5


def test_the_spotter_confirms() -> None:
    ((delay_s, intent),) = Walker().react({"event": "confirm_wanted"})
    assert intent == "confirm"
    assert delay_s > 0


def test_whether_the_belt_is_still_is_answered_with_ready() -> None:
    event = {"event": "turn", "step": "ready", "question": "belt_still"}
    ((_, intent),) = Walker().react(event)
    assert intent == "ready"


def test_ready_also_ends_a_pause() -> None:
    ((_, intent),) = Walker().react({"event": "pause", "step": "ready"})
    assert intent == "ready"


def test_other_events_leave_the_hands_where_they_are() -> None:
    walker = Walker()
    for event in (
        {"event": "turn", "step": "announce"},
        {"event": "telemetry", "speed_kmh": 2.0},
        {"event": "phase", "heading": "backward"},
        {"event": "phase", "heading": "upwards"},
        {"event": "fault", "fault": "overspeed"},
        {},
    ):
        assert walker.react(event) == []
    assert walker.heading == "backward"


def test_the_same_seed_makes_the_same_walker() -> None:
    def walk(seed: int) -> tuple[object, ...]:
        walker = Walker(seed)
        pulse = [walker.heart_rate_bpm(float(s), 3.0, 0.0) for s in range(60)]
        return pulse, [walker.react({"event": "turn", "step": "ready"}) for _ in range(5)]

    assert walk(7) == walk(7)
    assert walk(7) != walk(8)


def _settled_bpm(heading: str, speed_kmh: float, incline_pct: float = 0.0) -> float:
    walker = Walker()
    walker.react({"event": "phase", "heading": heading})
    beats = [walker.heart_rate_bpm(float(s), speed_kmh, incline_pct) for s in range(600)]
    return sum(beats[-200:]) / 200


def test_the_heart_follows_speed_heading_and_hill() -> None:
    rest = _settled_bpm("forward", 0.0)
    assert round(rest) == 68
    # 4.0 km/h is 66.7 m/min, 1.905 MET above rest: 22.9 beats forward, 42.5 backward
    assert round(_settled_bpm("forward", 4.0) - rest) == 23
    assert round(_settled_bpm("backward", 4.0) - rest) in (42, 43)
    assert _settled_bpm("left", 2.0) == _settled_bpm("right", 2.0) > _settled_bpm("forward", 2.0)
    assert _settled_bpm("forward", 4.0, 5.0) > _settled_bpm("forward", 4.0)


def test_the_heart_takes_its_time() -> None:
    walker = Walker()
    walker.heart_rate_bpm(0.0, 4.0, 0.0)
    # 63 % of 22.9 beats after one time constant of 40 s
    assert abs(walker.heart_rate_bpm(40.0, 4.0, 0.0) - (68 + 14.5)) < 4


def test_a_pulse_never_leaves_its_octet() -> None:
    walker = Walker()
    walker.react({"event": "phase", "heading": "left"})
    assert all(0 < walker.heart_rate_bpm(float(s), 16.0, 15.0) <= 200 for s in range(600))
