import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.energy import (
    COMPENDIUM_BACKWARD_3_5_MPH_MET,
    COMPENDIUM_BACKWARD_5_PCT_3_5_MPH_MET,
    COMPENDIUM_FORWARD_3_5_MPH_MET,
    fastest_within,
    kcal_per_min,
    met,
)
from quarterturn.model import Heading, PhaseKind
from quarterturn.units import LEVEL, STANDSTILL, Incline, Speed, parse_speed

BRISK = parse_speed("3.5 mph")

headings = st.sampled_from(Heading)
kinds = st.sampled_from(PhaseKind)
speeds = st.builds(Speed, st.integers(0, 2500))
inclines = st.builds(Incline, st.integers(-100, 400))


@pytest.mark.parametrize(
    ("heading", "kind", "kmh", "pct", "expected"),
    [
        # req: S004-08, S004-09, S000-13: the Compendium's codes 17320 and 17325
        (Heading.BACKWARD, PhaseKind.WALK, BRISK.kmh, 0.0, 6.0),
        (Heading.BACKWARD, PhaseKind.WALK, BRISK.kmh, 5.0, 8.0),
        # ACSM: 3.5 + 0.1 x 93.8 m/min
        (Heading.FORWARD, PhaseKind.WALK, BRISK.kmh, 0.0, 3.68),
        (Heading.FORWARD, PhaseKind.WALK, 6.0, 10.0, 3.5 / 3.5 + (10 + 18) / 3.5),
        (Heading.FORWARD, PhaseKind.WARM_UP, 6.0, 0.0, 1 + 10 / 3.5),
        (Heading.FORWARD, PhaseKind.JOG, 9.0, 0.0, 1 + 30 / 3.5),
        (Heading.FORWARD, PhaseKind.JOG, 9.0, 10.0, 1 + (30 + 13.5) / 3.5),
        (Heading.BACKWARD, PhaseKind.WALK, 2.0, 0.0, 2.8),
        (Heading.BACKWARD, PhaseKind.WALK, 4.0, 0.0, 4.55),
        # 10 %: the effort above rest is 1.25 times that of forward walking, and so above 10 %
        (Heading.BACKWARD, PhaseKind.WALK, 6.0, 10.0, 1 + 28 / 3.5 * 1.25),
        (Heading.BACKWARD, PhaseKind.WALK, 6.0, 12.0, 1 + 31.6 / 3.5 * 1.25),
        # half way between 5 and 10 %
        (Heading.BACKWARD, PhaseKind.WALK, 6.0, 7.5, 1 + 23.5 / 3.5 * 1.312),
        (Heading.RIGHT, PhaseKind.SIDE_STEP, 1.0, 0.0, 2.4),
        (Heading.LEFT, PhaseKind.SIDE_STEP, 2.0, 0.0, 3.9),
        (Heading.RIGHT, PhaseKind.SIDE_STEP, 2.5, 0.0, 4.6),
        (Heading.BACKWARD, PhaseKind.DIAGONAL, 2.0, 0.0, 3.9),
        (Heading.FORWARD, PhaseKind.DIAGONAL, 2.0, 0.0, 3.9),
    ],
)
def test_the_effort_of_a_phase_agrees_with_the_published_values(
    heading: Heading, kind: PhaseKind, kmh: float, pct: float, expected: float
) -> None:
    effort = met(heading, kind, Speed.from_kmh(kmh), Incline.from_pct(pct))
    assert effort == pytest.approx(expected, abs=0.05)


def test_backward_costs_forty_per_cent_more_than_forward_in_the_compendium() -> None:
    # req: S004-06, S004-07
    ratio = COMPENDIUM_BACKWARD_3_5_MPH_MET / COMPENDIUM_FORWARD_3_5_MPH_MET
    assert ratio == pytest.approx(1.395, abs=0.001)
    assert COMPENDIUM_BACKWARD_5_PCT_3_5_MPH_MET == 8.0


@pytest.mark.parametrize(("heading", "kind"), list(itertools.product(Heading, PhaseKind)))
def test_standing_still_is_rest_and_never_nan(heading: Heading, kind: PhaseKind) -> None:
    assert met(heading, kind, STANDSTILL, Incline(150)) == 1.0


@given(headings, kinds, speeds, speeds, inclines)
def test_more_speed_is_never_less_effort(
    heading: Heading, kind: PhaseKind, a: Speed, b: Speed, incline: Incline
) -> None:
    slow, fast = sorted((a, b))
    assert met(heading, kind, slow, incline) <= met(heading, kind, fast, incline)


@given(headings, kinds, speeds, inclines, inclines)
def test_more_incline_is_never_less_effort(
    heading: Heading, kind: PhaseKind, speed: Speed, a: Incline, b: Incline
) -> None:
    flat, steep = sorted((a, b))
    assert met(heading, kind, speed, flat) <= met(heading, kind, speed, steep) + 1e-9


@given(speeds, inclines)
def test_backward_never_costs_less_than_forward(speed: Speed, incline: Incline) -> None:
    # less economical: req: S002-06
    backward = met(Heading.BACKWARD, PhaseKind.WALK, speed, incline)
    assert backward >= met(Heading.FORWARD, PhaseKind.WALK, speed, incline)


def test_a_decline_counts_as_level() -> None:
    assert met(Heading.FORWARD, PhaseKind.WALK, BRISK, Incline(-30)) == met(
        Heading.FORWARD, PhaseKind.WALK, BRISK, LEVEL
    )


@given(headings, kinds, inclines, st.floats(1.0, 20.0))
def test_the_fastest_speed_within_an_effort_is_the_last_that_stays_within_it(
    heading: Heading, kind: PhaseKind, incline: Incline, cap_met: float
) -> None:
    fastest = fastest_within(cap_met, heading, kind, incline)
    assert met(heading, kind, fastest, incline) <= cap_met
    assert met(heading, kind, Speed(fastest.centi_kmh + 2), incline) > cap_met


def test_the_fastest_speed_is_rounded_down_and_never_by_the_division_up() -> None:
    assert fastest_within(5.0, Heading.FORWARD, PhaseKind.WALK, LEVEL) == Speed(840)
    assert fastest_within(1.0, Heading.LEFT, PhaseKind.SIDE_STEP, LEVEL) == STANDSTILL
    # a hair under the effort of 1.52 km/h, which dividing gives all the same
    hair_under = math.nextafter(met(Heading.FORWARD, PhaseKind.WALK, Speed(152), LEVEL), 0)
    assert fastest_within(hair_under, Heading.FORWARD, PhaseKind.WALK, LEVEL) == Speed(151)


@pytest.mark.parametrize("cap_met", [0.99, -1.0, math.nan, math.inf])
def test_an_effort_below_rest_is_no_cap(cap_met: float) -> None:
    with pytest.raises(ValueError, match="rest is 1 MET"):
        fastest_within(cap_met, Heading.FORWARD, PhaseKind.WALK, LEVEL)


def test_energy_follows_effort_and_body_mass() -> None:
    # 6 MET x 3.5 ml/kg/min x 70 kg x 5 kcal/l / 1000
    assert kcal_per_min(6.0, 70.0) == pytest.approx(7.35)
    assert kcal_per_min(1.0, 100.0) == pytest.approx(1.75)
