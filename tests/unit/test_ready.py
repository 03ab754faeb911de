"""READY on a keyboard: meant, not bumped and not pasted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.ready import Mode, ReadyKeys

REPEAT_S = 0.033


def hold(keys: ReadyKeys, start_s: float, lasts_s: float, delay_s: float = 0.5) -> list[float]:
    """Feed what a held Enter sends; return when READY was recognised."""
    found = [start_s] if keys.key(start_s, b"\r") else []
    count, at_s = 0, start_s + delay_s
    while at_s <= start_s + lasts_s:
        if keys.key(at_s, b"\r"):
            found.append(at_s)
        count += 1
        at_s = start_s + delay_s + count * REPEAT_S
    return found


@pytest.mark.parametrize("delay_s", [0.15, 0.25, 0.5, 0.66, 1.0])
def test_a_held_key_is_ready_seven_tenths_after_its_first_repeat(delay_s: float) -> None:
    assert hold(ReadyKeys(), 100.0, 3.0, delay_s) == [pytest.approx(100 + delay_s + 0.726)]


def test_exactly_seven_tenths_are_enough() -> None:
    keys = ReadyKeys()
    times = [0.0, 0.5, *(0.6 + 0.1 * count for count in range(6)), 1.2]
    assert [keys.key(at_s, b"\r") for at_s in times] == [False] * 8 + [True]


def test_a_hold_that_ends_early_is_not_ready() -> None:
    assert hold(ReadyKeys(), 0.0, 1.19) == []


def test_one_hold_is_one_ready_however_long_it_lasts() -> None:
    assert len(hold(ReadyKeys(), 0.0, 30.0)) == 1


def test_a_second_hold_is_a_second_ready() -> None:
    keys = ReadyKeys()
    assert len(hold(keys, 0.0, 2.0)) == 1
    assert len(hold(keys, 10.0, 2.0)) == 1


def test_a_tap_is_not_ready() -> None:
    keys = ReadyKeys()
    assert [keys.key(at_s, b"\r") for at_s in (0.0, 5.0, 10.0, 10.5, 11.0, 11.5)] == [False] * 6


def test_a_gap_of_two_tenths_starts_the_hold_again() -> None:
    keys = ReadyKeys()
    times = [0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.2, 1.3]
    assert [keys.key(at_s, b"\r") for at_s in times] == [False] * 9


def test_another_key_in_between_breaks_the_hold() -> None:
    keys = ReadyKeys()
    for at_s in (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1):
        keys.key(at_s, b"\r")
    assert not keys.key(1.15, b"x")
    assert not keys.key(1.2, b"\r")
    assert not keys.key(1.3, b"\r")


def test_two_keys_that_take_turns_are_not_one_held_key() -> None:
    keys = ReadyKeys()
    assert not any(keys.key(count * 0.05, (b"\r", b"\n")[count % 2]) for count in range(100))


def test_a_key_that_is_no_ready_key_is_never_ready() -> None:
    keys = ReadyKeys()
    assert not any(keys.key(at_s, b"s") for at_s in (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2))


def test_a_reported_release_ends_the_hold() -> None:
    keys = ReadyKeys()
    for count in range(8):
        keys.key(0.5 + count * 0.08, b"\r")
    keys.release()
    assert not keys.key(1.3, b"\r")


@pytest.mark.parametrize(
    ("gap_s", "ready"), [(0.1, False), (0.39, False), (0.4, True), (1.5, True), (1.51, False)]
)
def test_two_presses_are_ready_when_four_to_fifteen_tenths_apart(gap_s: float, ready: bool) -> None:
    keys = ReadyKeys("twice")
    keys.key(7.7, b"\n")
    assert keys.key(7.7 + gap_s, b"\n") is ready


def test_a_release_does_not_part_two_presses() -> None:
    keys = ReadyKeys("twice")
    keys.key(0.0, b"\r")
    keys.release()
    assert keys.key(0.8, b"\r")


def test_anything_between_two_presses_parts_them() -> None:
    for between in (b"x", b"\r\r", b"\x1b[A"):
        keys = ReadyKeys("twice")
        keys.key(0.0, b"\r")
        keys.key(0.4, between)
        assert not keys.key(0.8, b"\r")


def test_three_presses_are_one_ready() -> None:
    keys = ReadyKeys("twice")
    assert [keys.key(at_s, b"\r") for at_s in (0.0, 0.5, 1.0)] == [False, True, False]


MODES = st.sampled_from(("hold", "twice"))


@given(data=st.binary(max_size=200), mode=MODES)
def test_no_single_read_is_ready(data: bytes, mode: Mode) -> None:
    assert not ReadyKeys(mode).key(5.0, data)


@given(
    mode=MODES,
    reads=st.lists(
        st.tuples(
            st.floats(min_value=0.0, max_value=2.0),
            st.binary(min_size=2, max_size=8) | st.just(b"\r\r") | st.just(b""),
        ),
        max_size=60,
    ),
)
def test_no_paste_is_ready(mode: Mode, reads: list[tuple[float, bytes]]) -> None:
    keys, now_s = ReadyKeys(mode), 0.0
    for gap_s, data in reads:
        now_s += gap_s
        assert not keys.key(now_s, data)


@given(gaps=st.lists(st.floats(min_value=0.0, max_value=0.3), max_size=60))
def test_a_hold_is_never_recognised_in_less_than_seven_tenths(gaps: list[float]) -> None:
    keys, now_s, since_s = ReadyKeys(), 0.0, None
    for gap_s in gaps:
        now_s += gap_s
        since_s = now_s if since_s is None else since_s
        if keys.key(now_s, b"\r"):
            assert now_s - since_s >= 0.7 - 1e-5
            return
