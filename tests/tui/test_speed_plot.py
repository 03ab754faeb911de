"""Plots: what their columns show, and how they are drawn."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.screen import Screen

from quarterturn.plan import make_plan
from quarterturn.plan_sheet import PlanSheet
from quarterturn.profiles import base_profile
from quarterturn.track import Sample, track_of
from quarterturn.tui.widgets.plot_columns import (
    columns,
    measured,
    planned,
    speed_ticks,
    time_ticks,
    top_kmh,
)
from quarterturn.tui.widgets.speed_plot import SpeedPlot
from quarterturn.workout.files import load_workout
from tui.host import Host, settled, showing, shown

CIRCLE = PlanSheet.of(make_plan(load_workout("circle"), base_profile("home-beginner"), None), None)


def samples(*reports: tuple[float, float], heading: str = "backward") -> tuple[Sample, ...]:
    return tuple(Sample(t_s, kmh, heading, 1.0, 2.0) for t_s, kmh in reports)


# --- from events ---------------------------------------------------------------------------------


def test_a_report_is_held_against_the_phase_that_it_falls_into() -> None:
    events = [
        {"t": 0.0, "event": "telemetry", "speed_kmh": 0.0},
        {
            "t": 1.0,
            "event": "phase",
            "heading": "right",
            "target_speed_kmh": 1.0,
            "cap_kmh": 1.2,
            "duration_s": 60,
        },
        {"t": 2.0, "event": "telemetry", "speed_kmh": 0.5},
        {"t": 3.0, "event": "telemetry", "speed_kmh": None},
    ]
    assert track_of(events) == (
        Sample(0.0, 0.0, "forward"),
        Sample(2.0, 0.5, "right", 1.0, 1.2),
    )


def test_a_ramp_has_a_target_that_moves() -> None:
    phase = {
        "t": 0.0,
        "event": "phase",
        "heading": "forward",
        "target_speed_kmh": 3.0,
        "end_speed_kmh": 1.0,
        "duration_s": 100,
    }
    reports = [{"t": float(t), "event": "telemetry", "speed_kmh": 3.0} for t in (0, 50, 100, 200)]
    assert [it.target_kmh for it in track_of([phase, *reports])] == [3.0, 2.0, 1.0, 1.0]


def test_what_is_no_event_is_passed_over() -> None:
    assert track_of([{}, {"t": "x"}, {"t": 1.0, "event": "telemetry", "speed_kmh": "fast"}]) == ()


# --- columns -------------------------------------------------------------------------------------


def test_the_columns_of_a_plan_follow_its_headings() -> None:
    found = columns(planned(CIRCLE), 72)
    assert [it.heading for it in found if it is not None][36::6] == [
        "right",
        "backward",
        "left",
        "forward",
        "forward",
        "forward",
    ]


def test_a_silent_treadmill_leaves_a_gap() -> None:
    found = columns(measured(samples((0, 1.0), (1, 1.0), (20, 1.0))), 21)
    assert found[3] is not None
    assert found[10] is None
    assert found[20] is not None


@given(
    st.lists(st.floats(0, 20), min_size=1, max_size=300),
    st.integers(1, 120),
)
def test_the_highest_speed_is_seen_at_every_width(speeds: list[float], width: int) -> None:
    reports = samples(*((float(t), kmh) for t, kmh in enumerate(speeds)))
    found = [it for it in columns(measured(reports), width) if it is not None]
    assert max(it.kmh for it in found) == max(speeds)


@given(st.floats(0.5, 25), st.integers(1, 40))
def test_the_speeds_at_the_axis_are_two_rows_apart(highest: float, rows: int) -> None:
    ticks = speed_ticks(highest, rows)
    assert ticks[0] == 0.0
    assert len(ticks) < 2 or ticks[1] / highest * rows >= 2 - 1e-6


@given(st.floats(10, 7 * 86_400), st.integers(10, 200))
def test_the_times_at_the_axis_do_not_touch(end_s: float, width: int) -> None:
    ticks = time_ticks(end_s, width)
    assert len(ticks) < 2 or ticks[1] / end_s * width >= 8 - 1e-6


def test_the_axis_ends_above_the_highest_cap() -> None:
    assert top_kmh(columns(planned(CIRCLE), 60)) == 5.5


# --- drawn ---------------------------------------------------------------------------------------


class Plot(Screen[None]):
    def __init__(self, sheet: PlanSheet | None, reports: Sequence[Sample] = ()) -> None:
        super().__init__()
        self._sheet = sheet
        self._reports = reports

    def compose(self):  # type: ignore[no-untyped-def]  # noqa: ANN201
        yield SpeedPlot()

    def on_mount(self) -> None:
        plot = self.query_one(SpeedPlot)
        plot.show_plan(self._sheet)
        if self._reports:
            plot.show_measured(self._reports)


@pytest.mark.real_time
async def test_a_heading_shows_by_its_shape_and_its_word_too() -> None:
    async with showing(Plot(CIRCLE), (60, 20)) as (_, pilot):
        text = await shown(pilot)
        for shape, word in (("▲", "forward"), ("▶", "right"), ("▼", "backward"), ("◀", "left")):
            assert f"{shape} {word}" in text
            assert text.count(shape) >= 2
        assert "10 min" in text


@pytest.mark.real_time
async def test_what_lies_above_its_cap_is_hatched() -> None:
    async with showing(Plot(None, samples((0, 2.0), (30, 3.5), (33, 2.0))), (60, 20)) as (_, pilot):
        assert "▓" in await shown(pilot)


@pytest.mark.real_time
async def test_nothing_to_plot_is_said() -> None:
    async with showing(Plot(None), (60, 20)) as (_, pilot):
        assert "Nothing to plot." in await shown(pilot)


@pytest.mark.real_time
@pytest.mark.parametrize("size", [(10, 3), (14, 4), (20, 5), (200, 50)])
async def test_no_room_is_too_small_to_draw_in(size: tuple[int, int]) -> None:
    async with showing(Plot(CIRCLE), size) as (app, pilot):
        plot = app.screen.query_one(SpeedPlot)
        plot.styles.height = "1fr"
        await settled(app, pilot)
        assert isinstance(app, Host)
        assert app.is_running
