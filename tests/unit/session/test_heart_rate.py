"""The guard over the heart rate, reading by reading."""

import pytest

from quarterturn.session.heart_rate import HeartRateGuard, Verdict

N, L, G = Verdict.NOTHING, Verdict.LOWER, Verdict.GIVE_UP
HIGH, LOW = 121, 120
Readings = list[tuple[float, int | None, Verdict]]


def verdicts(guard: HeartRateGuard, readings: Readings, *, walking: bool = True) -> list[Verdict]:
    return [guard.reading(now_s, bpm, walking=walking) for now_s, bpm, _ in readings]


# req: S000-34
@pytest.mark.parametrize(
    "readings",
    [
        pytest.param([(0.0, LOW, N), (9.0, LOW, N)], id="the limit itself is allowed"),
        pytest.param([(0.0, HIGH, N), (1.9, HIGH, N), (2.0, HIGH, L)], id="two seconds of proof"),
        pytest.param(
            [(0.0, HIGH, N), (1.0, LOW, N), (2.0, HIGH, N), (3.9, HIGH, N), (4.0, HIGH, L)],
            id="a single reading below begins the proof anew",
        ),
        pytest.param(
            [(0.0, HIGH, N), (1.0, None, N), (2.0, HIGH, N), (4.0, HIGH, L)],
            id="so does a reading that is not there",
        ),
        pytest.param(
            [(0.0, HIGH, N), (2.0, HIGH, L), (16.9, HIGH, N), (17.0, HIGH, L), (31.9, HIGH, N)],
            id="again every fifteen seconds",
        ),
        pytest.param(
            [(0.0, HIGH, N), (2.0, HIGH, L), (5.0, LOW, N), (6.0, HIGH, N), (17.0, HIGH, L)],
            id="a dip does not hasten the next lowering",
        ),
        pytest.param(
            [(0.0, HIGH, N), (2.0, HIGH, L), (59.9, HIGH, L), (60.0, HIGH, G), (61.0, HIGH, G)],
            id="a minute is enough",
        ),
        pytest.param(
            [
                *[(0.0, HIGH, N), (2.0, HIGH, L), (10.0, LOW, N), (20.0, LOW, N)],
                *[(21.0, HIGH, N), (23.0, HIGH, L), (80.9, HIGH, L), (81.0, HIGH, G)],
            ],
            id="ten calm seconds end the alarm, and all counting begins anew",
        ),
        pytest.param(
            [
                *[(0.0, HIGH, N), (2.0, HIGH, L), (10.0, LOW, N), (19.9, LOW, N)],
                *[(21.0, HIGH, L), (60.0, HIGH, G)],
            ],
            id="not quite ten do not",
        ),
        pytest.param(
            [
                *[(0.0, HIGH, N), (2.0, HIGH, L), (10.0, LOW, N), (15.0, HIGH, N)],
                *[(16.0, LOW, N), (25.0, LOW, N), (27.0, HIGH, L)],
            ],
            id="calm seconds are counted in one piece, no high reading between",
        ),
        pytest.param(
            [
                *[(0.0, HIGH, N), (2.0, HIGH, L), (10.0, LOW, N), (15.0, None, N)],
                *[(20.0, LOW, N), (29.0, LOW, N), (30.5, HIGH, L)],
            ],
            id="nor a missing one: silence is not calm",
        ),
    ],
)
def test_a_high_heart_rate_calls_for_a_lower_speed(readings: Readings) -> None:
    assert verdicts(HeartRateGuard(LOW), readings) == [verdict for *_, verdict in readings]


def test_without_a_limit_nothing_is_called_for() -> None:
    assert verdicts(HeartRateGuard(None), [(0.0, 230, N), (9.0, 230, N)]) == [N, N]


def test_what_is_measured_at_rest_counts_for_nothing() -> None:
    guard = HeartRateGuard(LOW)
    assert verdicts(guard, [(0.0, HIGH, N), (9.0, HIGH, N)], walking=False) == [N, N]
    assert verdicts(guard, [(10.0, HIGH, N), (12.0, HIGH, L)]) == [N, L]
    assert verdicts(guard, [(13.0, HIGH, N)], walking=False) == [N]
    assert verdicts(guard, [(72.0, HIGH, N), (74.0, HIGH, L)]) == [N, L]


def test_the_alarm_is_over_after_ten_calm_seconds() -> None:
    guard = HeartRateGuard(LOW)
    verdicts(guard, [(0.0, HIGH, N), (2.0, HIGH, L)])
    assert guard.alarmed
    verdicts(guard, [(3.0, LOW, N), (12.9, LOW, N)])
    assert guard.alarmed
    verdicts(guard, [(13.0, LOW, N)])
    assert not guard.alarmed
