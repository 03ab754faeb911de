"""When a screen is missed, and when it is lost: 1.0 s and 5 s, by heading [safety 6.4 W]."""

import pytest

from quarterturn.bridge.supervision import Supervision, Verdict
from quarterturn.protocol import HEARTBEAT_S

SEEN, MISSED, LOST = Verdict.SEEN, Verdict.MISSED, Verdict.LOST


@pytest.mark.parametrize(
    ("after_s", "forward", "otherwise"),
    [
        (0.0, SEEN, SEEN),
        (0.99, SEEN, SEEN),
        (1.0, MISSED, LOST),
        (4.99, MISSED, LOST),
        (5.0, LOST, LOST),
        (60.0, LOST, LOST),
    ],
)
def test_a_silent_screen_is_missed_after_a_second_and_lost_after_five_where_one_faces_it(
    after_s: float, forward: Verdict, otherwise: Verdict
) -> None:
    supervision = Supervision(100.0)
    supervision.heard(200.0)
    assert supervision.verdict(200.0 + after_s, forward=True) is forward
    assert supervision.verdict(200.0 + after_s, forward=False) is otherwise


@pytest.mark.parametrize(
    ("after_s", "forward"), [(0.0, MISSED), (4.99, MISSED), (5.0, LOST), (60.0, LOST)]
)
def test_a_screen_that_says_that_it_is_gone_is_missed_at_once(
    after_s: float, forward: Verdict
) -> None:
    supervision = Supervision(0.0)
    supervision.heard(9.9)
    supervision.gone(10.0)
    assert supervision.verdict(10.0 + after_s, forward=True) is forward
    assert supervision.verdict(10.0 + after_s, forward=False) is LOST


def test_a_screen_that_is_gone_is_not_gone_anew() -> None:
    supervision = Supervision(0.0)
    supervision.gone(1.0)
    supervision.gone(5.0)
    assert supervision.verdict(6.0, forward=True) is LOST


def test_another_screen_takes_its_place() -> None:
    supervision = Supervision(0.0)
    supervision.gone(1.0)
    supervision.heard(5.5)
    assert supervision.verdict(6.4, forward=False) is SEEN
    supervision.gone(7.0)
    assert supervision.verdict(11.9, forward=True) is MISSED


def test_a_screen_that_was_never_heard_counts_from_the_beginning() -> None:
    supervision = Supervision(50.0)
    assert supervision.verdict(50.9, forward=False) is SEEN
    assert supervision.verdict(51.0, forward=False) is LOST


def test_a_heartbeat_may_be_lost_now_and_then() -> None:
    supervision = Supervision(0.0)
    assert supervision.verdict(4 * HEARTBEAT_S, forward=False) is SEEN
