"""When the computer may sleep, and what the service manager hears meanwhile."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from quarterturn.bridge.host import LOOK_S, Host
from quarterturn.protocol import BridgeState


class Awake:
    """A lock that keeps nobody awake, and whether it is held."""

    held = closed = False

    def hold(self) -> None:
        self.held = True

    def release(self) -> None:
        self.held = False

    async def close(self) -> None:
        self.held, self.closed = False, True


class Bench:
    def __init__(self) -> None:
        self.owner = SimpleNamespace(state=BridgeState.RESTING, belt_may_move=False)
        self.awake = Awake()
        self.said: list[str] = []
        service: Any = SimpleNamespace(
            watching=lambda _: _Watching(self.said),
            status=self.said.append,
            close=lambda: self.said.append("closed"),
        )
        owner: Any = self.owner
        awake: Any = self.awake
        self.host = Host(owner, service, awake)

    async def in_state(self, state: BridgeState, *, belt_may_move: bool = False) -> bool:
        """Return whether the computer is kept awake then."""
        self.owner.state, self.owner.belt_may_move = state, belt_may_move
        await asyncio.sleep(2 * LOOK_S)
        return self.awake.held


class _Watching:
    def __init__(self, said: list[str]) -> None:
        self._said = said

    def __enter__(self) -> None:
        self._said.append("watching")

    def __exit__(self, *_: object) -> None:
        self._said.append("unwatched")


async def test_the_computer_stays_awake_through_a_walk_and_its_standstills() -> None:
    bench = Bench()
    async with bench.host.attended():
        assert not await bench.in_state(BridgeState.RESTING)
        assert await bench.in_state(BridgeState.CONNECTING)
        for moves in (True, False, True):
            assert await bench.in_state(BridgeState.WALKING, belt_may_move=moves)
        assert await bench.in_state(BridgeState.ENDING, belt_may_move=True)
        assert not await bench.in_state(BridgeState.RESTING)


@pytest.mark.parametrize("moves", [True, False])
async def test_who_waits_for_an_acknowledgement_sleeps_once_the_belt_stands(moves: bool) -> None:
    bench = Bench()
    async with bench.host.attended():
        assert await bench.in_state(BridgeState.RECOVERING, belt_may_move=moves) is moves


async def test_a_state_is_said_once_for_as_long_as_it_lasts() -> None:
    bench = Bench()
    async with bench.host.attended():
        for state in (BridgeState.RESTING, BridgeState.WALKING, BridgeState.RESTING):
            await bench.in_state(state)
            await bench.in_state(state)
    assert bench.said == [
        "watching",
        "waits for a walk",
        "a walk is under way",
        "waits for a walk",
        "closed",
        "unwatched",
    ]


async def test_a_bridge_that_breaks_off_lets_go_of_everything() -> None:
    bench = Bench()

    async def break_off() -> None:
        async with bench.host.attended():
            await bench.in_state(BridgeState.WALKING, belt_may_move=True)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await break_off()
    assert bench.awake.closed
    said = list(bench.said)
    await asyncio.sleep(1)
    assert bench.said == said
    assert not bench.awake.held
