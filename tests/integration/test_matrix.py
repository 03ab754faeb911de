"""Every blow at every boundary, and every quirk all the way: each ends as the table says."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from random import Random
from typing import Any

import pytest

from integration.boundaries import OURS, boundaries, from_the_beginning, strikes
from matrix import ELSEWHERE, FROM_POWER_ON, INCLINED, NEVER_BEGUN, PLACES, STRIKES, Row
from quarterturn.plan import PlanRefused
from quarterturn.port import RefusedError
from quarterturn_simulator.faults import FAULTS
from quarterturn_simulator.quirks import QUIRKS

_COMPLETED = "completed"

Outcome = dict[str, Any]


@pytest.fixture(scope="module")
def worker() -> Iterator[ProcessPoolExecutor]:
    """A process without threads, in which walks may fork."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        yield pool


def ending(outcome: Outcome) -> str:
    reason, by, cause, belt_stopped = outcome["end"]
    words = {"stopped": f"stopped: {by}", "fault": f"fault: {cause}"}.get(reason, reason)
    return words if belt_stopped else f"{words}?"


def too_late(row: Row, outcome: Outcome) -> list[str]:
    """Say what took longer than the row allows, or was not said at all."""
    end = ending(outcome)
    if end == _COMPLETED:
        return []
    moved_t, stopped_t = outcome["moved_t"], outcome["stopped_t"]
    from_t = outcome["commanded_t"] if row.counts == "command" else moved_t
    found = []
    if not any(row.says in text for text in outcome["said"]):
        found.append(f"nobody said {row.says!r}")
    if row.over_s is None or outcome["end_t"] - outcome["struck_t"] > row.over_s:
        found.append("the walk went on")
    if moved_t is None or from_t is None:
        return found
    unverified = end.endswith("?")
    if stopped_t is None and not unverified:
        found.append("no Stop at all")
    if stopped_t is not None and row.stop_s is not None and stopped_t - from_t > row.stop_s:
        found.append(f"no Stop in time: {from_t} {stopped_t}")
    if unverified and row.red_key_s is not None:
        begun_t = from_t if row.counts == "command" else outcome["struck_t"]
        if outcome["red_key_t"] - begun_t > row.red_key_s:
            found.append(f"the red key came late: {begun_t} {outcome['red_key_t']}")
    return found


# --- blows ----------------------------------------------------------------------------------------


@pytest.mark.exhaustive
@pytest.mark.parametrize("row", STRIKES, ids=[row.name for row in STRIKES])
def test_a_blow_at_any_boundary_ends_as_the_table_says(
    row: Row, worker: ProcessPoolExecutor
) -> None:
    ends: dict[str, set[str]] = {}
    for course in row.courses:
        outcomes = worker.submit(strikes, row.name, course).result()
        assert [each["boundary"] for each in outcomes] == list(boundaries(course))
        for each in outcomes:
            where = f"{row.name} at {each['boundary']} ({course}): {each}"
            assert each["broken"] == [], where
            assert ending(each) in row.at(each["place"]), where
            assert too_late(row, each) == [], where
            ends.setdefault(each["place"], set()).add(ending(each))
    for place, found in ends.items():
        assert found == row.at(place), f"{place}: an end that never comes about"


def test_the_table_has_every_fault_and_what_is_of_ours() -> None:
    names = [row.name for row in STRIKES]
    assert len(names) == len(set(names))
    assert set(names) >= {*FAULTS, *OURS}
    # What strikes in the middle is what does not let a strange machine be walked to the end.
    of_machines = set(names) - {*FAULTS, *OURS}
    assert of_machines <= set(FROM_POWER_ON)


def test_the_table_speaks_of_places_that_there_are() -> None:
    for row in STRIKES:
        named = [
            place
            for part in row.ends.split("; ")
            for place in part.rpartition(" = ")[0].split()
            if place != "else"
        ]
        assert set(named) <= set(PLACES), row.name
        assert len(named) == len(set(named)), row.name


def test_every_hazard_has_a_row_or_a_reason_why_not() -> None:
    hazards = {f"H{number:02}" for number in range(1, 26)}
    struck = {hazard for row in STRIKES for hazard in row.hazards.split()}
    assert struck | set(ELSEWHERE) == hazards
    assert not struck & set(ELSEWHERE)


def test_the_boundaries_are_every_step_of_every_turn() -> None:
    steps = ("announce", "slow", "stop", "verify", "ready", "countdown", "start", "settle")
    turns = [f"{to} {step}" for to in ("right", "backward", "left", "forward") for step in steps]
    begin = [f"start {step}" for step in steps[4:]]
    rest = [f"halt {step}" for step in steps[1:4]]
    assert boundaries("circle") == (*begin, "phase 1", *turns, *rest)
    uphill = [f"{to} {step}" for to in ("backward", "forward") for step in steps]
    assert boundaries("uphill") == (*begin, *uphill, "phase 3", *rest)


# --- quirks from the beginning --------------------------------------------------------------------


def check_from_the_beginning(quirk: str, course: str) -> None:
    outcome = from_the_beginning(quirk, course=course)
    end, says = FROM_POWER_ON.get(quirk, (_COMPLETED, "The walk is complete."))
    assert outcome["broken"] == []
    assert ending(outcome) == end, outcome
    assert any(says in text for text in outcome["said"]), outcome["said"]
    if end == _COMPLETED:
        assert outcome["passed"] == list(boundaries(course))


@pytest.mark.exhaustive
@pytest.mark.parametrize("quirk", [name for name in QUIRKS if name not in NEVER_BEGUN])
def test_a_strange_machine_with_a_quirk_ends_as_the_table_says(quirk: str) -> None:
    check_from_the_beginning(quirk, "circle")


@pytest.mark.exhaustive
@pytest.mark.parametrize("quirk", INCLINED)
def test_a_strange_machine_with_an_odd_incline_is_walked_uphill(quirk: str) -> None:
    check_from_the_beginning(quirk, "uphill")


WALKABLE = sorted(set(QUIRKS) - set(NEVER_BEGUN))


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(40))
def test_quirks_in_any_combination_leave_every_duty_done(seed: int) -> None:
    chance = Random(seed)
    quirks = chance.sample(WALKABLE, chance.randint(2, 5))
    outcome = from_the_beginning(*quirks, seed=seed)
    assert outcome["broken"] == [], (quirks, outcome)
    assert outcome["end"][0] in ("completed", "stopped", "fault")


@pytest.mark.parametrize("quirk", NEVER_BEGUN)
def test_a_machine_that_cannot_be_walked_on_says_why(quirk: str) -> None:
    with pytest.raises((PlanRefused, RefusedError, TimeoutError)) as caught:
        from_the_beginning(quirk)
    assert NEVER_BEGUN[quirk] in str(caught.value)


def test_the_tables_speak_of_quirks_that_there_are() -> None:
    assert {*FROM_POWER_ON, *NEVER_BEGUN, *INCLINED} <= set(QUIRKS)
    assert not set(FROM_POWER_ON) & set(NEVER_BEGUN)
