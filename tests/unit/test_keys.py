"""What a key means, by heading and motion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.keys import KeyAction, Keymap, action_of
from quarterturn.model import Heading

AWAY = [Heading.RIGHT, Heading.BACKWARD, Heading.LEFT]
STATES = [(heading, moving) for heading in Heading for moving in (False, True)]


@pytest.mark.parametrize(
    ("data", "action"),
    [
        (b" ", KeyAction.STOP),
        (b"s", KeyAction.STOP),
        (b"S", KeyAction.STOP),
        (b"\x1b", KeyAction.STOP),
        (b"\x03", KeyAction.STOP),
        (b"\r", KeyAction.READY),
        (b"\n", KeyAction.READY),
        (b"r", KeyAction.READY),
        (b"p", KeyAction.PAUSE),
        (b"P", KeyAction.PAUSE),
        (b"-", KeyAction.SLOWER),
        (b"l", KeyAction.SLOWER),
        (b"n", KeyAction.SKIP),
        (b"f", KeyAction.FINISH),
        (b"m", KeyAction.ARM),
        (b"a", KeyAction.ACKNOWLEDGE),
        (b"c", KeyAction.CONFIRM),
        (b"x", None),
        (b"7", None),
        (b"\x00", None),
        ("ä".encode(), None),
        (b"", None),
    ],
)
@pytest.mark.parametrize("moving", [False, True])
def test_facing_forward_each_key_has_its_meaning(
    data: bytes, action: KeyAction | None, moving: bool
) -> None:
    assert action_of(data, heading=Heading.FORWARD, moving=moving) is action
    assert action_of(data, heading=Heading.BACKWARD, moving=False) is action


@pytest.mark.parametrize("heading", AWAY)
@pytest.mark.parametrize(
    "data", [b"n", b"f", b"a", b"m", b"c", b"x", b"7", b"\x00", b"\t", b"\x7f"]
)
def test_facing_away_on_a_moving_belt_any_other_key_stops(heading: Heading, data: bytes) -> None:
    # req: S000-14, no key to look for
    assert action_of(data, heading=heading, moving=True) is KeyAction.STOP


@pytest.mark.parametrize("heading", AWAY)
def test_facing_away_ready_slower_and_pause_keep_their_meaning(heading: Heading) -> None:
    assert action_of(b"\r", heading=heading, moving=True) is KeyAction.READY
    assert action_of(b"-", heading=heading, moving=True) is KeyAction.SLOWER
    assert action_of(b"p", heading=heading, moving=True) is KeyAction.PAUSE


@pytest.mark.parametrize(
    "data",
    [b"\x1b[A", b"\x1b[D", b"\x1bOP", b"\x1b[15~", b"\x1b[1;5C", b"\x1b[A\x1b[A", b"\x1b[<0;4;5M"],
)
def test_a_key_that_comes_as_a_sequence_is_no_escape(data: bytes) -> None:
    assert action_of(data, heading=Heading.FORWARD, moving=True) is None
    assert action_of(data, heading=Heading.BACKWARD, moving=False) is None
    assert action_of(data, heading=Heading.BACKWARD, moving=True) is KeyAction.STOP


@pytest.mark.parametrize("data", [b"\x1b\x1b", b"\x1bs", b"\x1b[", b"x ", b"\x1b[A "])
def test_a_stop_key_in_a_mix_stops(data: bytes) -> None:
    for heading, moving in STATES:
        assert action_of(data, heading=heading, moving=moving) is KeyAction.STOP


def test_in_a_mix_the_most_cautious_key_counts() -> None:
    assert action_of(b"np-", heading=Heading.FORWARD, moving=True) is KeyAction.PAUSE
    assert action_of(b"n-", heading=Heading.FORWARD, moving=True) is KeyAction.SLOWER
    assert action_of(b"nf", heading=Heading.FORWARD, moving=True) is None
    assert action_of(b"\r-", heading=Heading.BACKWARD, moving=True) is KeyAction.SLOWER
    assert action_of(b"---", heading=Heading.BACKWARD, moving=True) is KeyAction.SLOWER
    assert action_of(b"nf", heading=Heading.BACKWARD, moving=True) is KeyAction.STOP


@given(data=st.binary(min_size=1, max_size=40), state=st.sampled_from(STATES))
def test_no_read_hides_a_stop_key(data: bytes, state: tuple[Heading, bool]) -> None:
    heading, moving = state
    if set(data) & set(b" sS\x03") and not data.startswith(b"\x1b"):
        assert action_of(data, heading=heading, moving=moving) is KeyAction.STOP


@given(data=st.binary(min_size=1, max_size=40), heading=st.sampled_from(AWAY))
def test_facing_away_on_a_moving_belt_no_read_passes_for_nothing(
    data: bytes, heading: Heading
) -> None:
    action = action_of(data, heading=heading, moving=True)
    mixed_ready = set(data) <= set(b"\r\nrR")
    allowed = {KeyAction.STOP, KeyAction.SLOWER, KeyAction.PAUSE}
    assert action in (allowed | {KeyAction.READY} if mixed_ready else allowed)


@pytest.mark.parametrize("heading", AWAY)
def test_a_profile_may_want_stop_from_its_own_keys_alone(heading: Heading) -> None:
    def action(data: bytes) -> KeyAction | None:
        return action_of(data, heading=heading, moving=True, any_key_stops=False)

    assert action(b"x") is None
    assert action(b"\x1b[A") is None
    assert action(b"n") is KeyAction.SKIP
    assert action(b" ") is action(b"s") is action(b"\x1b") is KeyAction.STOP


def test_a_chosen_key_takes_the_place_of_the_default_ones() -> None:
    keymap = Keymap.of({"pause": "k", "ready": "enter", "skip": "n"})

    def action(data: bytes) -> KeyAction | None:
        return action_of(data, heading=Heading.FORWARD, moving=True, keymap=keymap)

    assert action(b"k") is action(b"K") is KeyAction.PAUSE
    assert action(b"p") is None
    assert action(b"\r") is action(b"r") is KeyAction.READY
    assert action(b"n") is KeyAction.SKIP
    assert action(b"-") is KeyAction.SLOWER


def test_a_chosen_key_goes_before_the_default_meaning_of_another_action() -> None:
    keymap = Keymap.of({"slower": "r"})
    assert action_of(b"r", heading=Heading.FORWARD, moving=True, keymap=keymap) is KeyAction.SLOWER
    assert keymap.ready == frozenset(b"\r\n")


@pytest.mark.parametrize("key", ["enter", "+", "x"])
def test_no_choice_takes_a_stop_key_away(key: str) -> None:
    keymap = Keymap.of({"ready": key, "pause": "z"})
    for data in (b" ", b"s", b"S", b"\x1b", b"\x03"):
        action = action_of(data, heading=Heading.FORWARD, moving=False, keymap=keymap)
        assert action is KeyAction.STOP
