"""Every behaviour that was reported of a treadmill is imitated, or the page says why not."""

import re

from quarterturn_simulator.faults import FAULTS
from quarterturn_simulator.quirks import QUIRKS
from reported import ROWS, SPECIFIED


def test_no_reported_row_is_forgotten() -> None:
    wanted = [f"Q{number}" for number in range(1, 53)] + [f"R{number}" for number in range(1, 20)]
    assert [row.row for row in ROWS] == wanted


def test_every_quirk_imitates_a_reported_row() -> None:
    named = {name for row in ROWS for name in row.quirks.split()}
    assert named | SPECIFIED == set(QUIRKS)
    assert not named & SPECIFIED


def test_a_row_without_a_quirk_says_why() -> None:
    for row in ROWS:
        assert row.quirks or row.why, row.row


def test_a_fault_that_stands_in_for_a_quirk_is_one() -> None:
    for row in ROWS:
        for name in re.findall(r"fault `([\w-]+)`", row.why):
            assert name in FAULTS, row.row


def test_every_quirk_names_what_it_imitates_and_where_that_was_reported() -> None:
    for name, quirk in QUIRKS.items():
        assert quirk.source, name
        assert quirk.description == f"{quirk.does} ({quirk.source})"
        assert re.fullmatch(r"[a-z0-9]+([-.][a-z0-9]+)*", name), name
