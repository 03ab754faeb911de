"""A paced loop on a wall clock that jumps: a demonstration without the wait."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from quarterturn.bridge.paced_loop import PacedLoop

T = TypeVar("T")


class JumpingWallLoop(PacedLoop):
    """Its wall clock jumps to whatever comes next, where another loop would wait."""

    def __init__(self) -> None:
        self.wall_now_s = 0.0
        super().__init__()

    def _wall_s(self) -> float:
        return self.wall_now_s

    def _wait(self, timeout: float | None, select: Callable[[float | None], Any]) -> Any:
        def jump(wait_s: float | None) -> Any:
            ready = select(0)
            if not ready:
                assert wait_s is not None, "everybody waits, and nothing is due"
                self.wall_now_s += wait_s
            return ready

        return super()._wait(timeout, jump)


def paced_loop() -> JumpingWallLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingWallLoop)
    return loop


def on_jumping_wall(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=JumpingWallLoop) as runner:
        return runner.run(main)
