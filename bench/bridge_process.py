"""A bridge for the bench: the shipped one, on a simulated treadmill whose link is listened to.

    python bench/bridge_process.py URL [RATE]

It prints a line for each Stop that is written to the link, with the time of the system's monotonic
clock, and one for each change of speed. Warm-up and cool-down may be short. RATE other than 1 runs
the clock of the bridge so much faster until somebody sends SIGUSR1, and again after SIGUSR2, so
that a thousand walks need not be waited for.
"""

import asyncio
import selectors
import signal
import sys
import time

from quarterturn import plan
from quarterturn.bridge.process import Bridge
from quarterturn.opening import open_treadmill
from quarterturn.port import ForwardingLink, GattLink

plan.SHORTEST_WARM_UP_S = plan.SHORTEST_COOL_DOWN_S = 1.0  # type: ignore[misc]
CONTROL_POINT = 0x2AD9
STOP = b"\x08\x01"


class Tap(ForwardingLink):
    """Says what is written to the control point, and when."""

    async def write(self, characteristic: int, value: bytes) -> None:
        at_s = time.monotonic()
        await super().write(characteristic, value)
        if characteristic == CONTROL_POINT:
            kind = "stop" if value == STOP else "speed" if value[:1] == b"\x02" else "other"
            sys.stdout.write(f"{kind} {at_s:.6f} {value.hex()}\n")
            sys.stdout.flush()


class ScaledSelector(selectors.DefaultSelector):
    """Waits for a share of the time."""

    rate = 1.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout if timeout is None else timeout / self.rate)


class ScaledLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock may run faster than the system's."""

    def __init__(self, rate: float) -> None:
        self._scaled = ScaledSelector()
        super().__init__(self._scaled)
        self._real_s = self._own_s = time.monotonic()
        self._scaled.rate = rate

    def time(self) -> float:
        return self._own_s + (time.monotonic() - self._real_s) * self._scaled.rate

    def run_at(self, rate: float) -> None:
        self._own_s, self._real_s = self.time(), time.monotonic()
        self._scaled.rate = rate


async def serve(url: str, loop: ScaledLoop, rate: float) -> None:
    def tap(link: GattLink) -> GattLink:
        return Tap(link)

    loop.add_signal_handler(signal.SIGUSR1, loop.run_at, 1.0)
    loop.add_signal_handler(signal.SIGUSR2, loop.run_at, rate)
    await Bridge(open_treadmill(url, through=tap)).run()


def main() -> None:
    url, rate = sys.argv[1], float((*sys.argv[2:], "1")[0])
    loop = ScaledLoop(rate)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(serve(url, loop, rate))


if __name__ == "__main__":
    main()
