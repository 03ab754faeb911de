"""Recovery on the simulated treadmill, through the driver and its bytes, in virtual time."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from integration.scripted import START, STOP
from integration.walks import RecordingLink, known_machine
from quarterturn.bridge.runtime import Runtime
from quarterturn.model import MachineRecord
from quarterturn.plugins import load_driver
from quarterturn.recovery import Recovery
from quarterturn.session import Event, Intent
from quarterturn_simulator.plugin import TreadmillSimulator

CONTROL_POINT = 0x2AD9
REQUEST_CONTROL = bytes([0x00])
RED_KEY = "pull the red key"
UNKNOWN = MachineRecord()


class Scene:
    """A simulated treadmill that a dead program left behind, and a recovery of it."""

    def __init__(
        self,
        quirks: Sequence[str] = (),
        *,
        record: MachineRecord = UNKNOWN,
        unattended: bool = True,
    ) -> None:
        simulation = TreadmillSimulator().open((), quirks=quirks, faults=(), seed=7)
        self.treadmill: Any = vars(simulation)["treadmill"]
        self.link = RecordingLink(simulation.link)
        self.record = record
        self.unattended = unattended
        self.events: list[Event] = []
        self.runtime = Runtime(
            lambda sink: load_driver("ftms")(self.link, record, sink),
            record,
            on_event=self.events.append,
        )
        self.began_s = 0.0

    async def left_behind(self, *requests: bytes, after_s: float) -> None:
        """Have a program write these, and die without another word."""
        await self.link.connect(lambda: None)
        await self.link.subscribe(CONTROL_POINT, lambda _: None)
        for request in (REQUEST_CONTROL, *requests):
            await self.link.write(CONTROL_POINT, request)
            await asyncio.sleep(0.2)
        await asyncio.sleep(after_s)
        await self.link.disconnect()
        self.link.writes.clear()

    async def recover(self) -> Event:
        loop = asyncio.get_running_loop()
        try:
            capabilities = await self.runtime.connect()
            self.began_s = loop.time()
            core = Recovery(
                capabilities,
                self.record,
                loop.time(),
                what_happened="It did not end.",
                unattended=self.unattended,
            )
            return await self.runtime.drive(core)
        finally:
            await self.runtime.close()
            assert self.runtime.crash is None

    @property
    def sent(self) -> list[bytes]:
        """What was written, but for requests of control."""
        return [value for _, _, value in self.link.writes if value != REQUEST_CONTROL]

    @property
    def stops(self) -> list[float]:
        """When Stop was written, in seconds after the connection."""
        return [at_s - self.began_s for at_s, _, value in self.link.writes if value == STOP]

    @property
    def belt_kmh(self) -> float:
        speed: float = self.treadmill.belt_speed_kmh
        return speed

    def texts(self) -> str:
        return " ".join(str(event["text"]) for event in self.events if event["event"] == "cue")


@pytest.mark.parametrize("quirks", [(), ("false-zero-speed",), ("stop-starts-when-paused",)])
async def test_a_belt_left_running_is_stopped(quirks: Sequence[str]) -> None:
    scene = Scene(quirks)
    await scene.left_behind(START, after_s=12.0)
    assert scene.belt_kmh > 0
    end = await scene.recover()
    assert (end["reason"], end["belt_stopped"]) == ("stopped", True)
    assert scene.belt_kmh == 0
    assert scene.sent == [STOP]
    assert scene.stops[0] <= 2.0


@pytest.mark.parametrize(
    "quirks", [(), ("false-zero-speed",), ("stop-starts-when-paused",), ("stale-status",)]
)
async def test_nothing_is_sent_to_a_belt_left_standing(quirks: Sequence[str]) -> None:
    scene = Scene(quirks)
    end = await scene.recover()
    assert (end["reason"], end["belt_stopped"]) == ("stopped", True)
    assert scene.sent == []
    assert scene.belt_kmh == 0


async def test_a_belt_that_is_still_counting_down_is_stopped_when_it_moves() -> None:
    scene = Scene(record=known_machine())
    await scene.left_behind(START, after_s=0.1)
    assert scene.belt_kmh == 0
    end = await scene.recover()
    assert (end["reason"], end["belt_stopped"]) == ("stopped", True)
    assert scene.sent == [STOP]
    assert any(event["event"] == "telemetry" and event["speed_kmh"] for event in scene.events)
    assert scene.belt_kmh == 0


@pytest.mark.parametrize("attended", [False, True])
async def test_a_machine_that_starts_on_connection_is_stopped(*, attended: bool) -> None:
    scene = Scene(["starts-on-connect"], unattended=not attended)
    if attended:

        def acknowledge() -> None:
            if not scene.runtime.intent(Intent.ACKNOWLEDGE).accepted:
                asyncio.get_running_loop().call_later(1.0, acknowledge)

        asyncio.get_running_loop().call_later(4.0, acknowledge)
    end = await scene.recover()
    assert end["belt_stopped"] is True
    assert end["cause"] == ("acknowledged" if attended else None)
    assert scene.sent == [STOP]
    assert scene.belt_kmh == 0


async def test_a_machine_that_is_silent_when_stopped_gets_one_stop_and_the_red_key_is_said() -> (
    None
):
    scene = Scene(["silent-when-stopped"])
    end = await scene.recover()
    assert (end["reason"], end["cause"], end["belt_stopped"]) == ("fault", "not_verified", None)
    assert scene.sent == [STOP]
    assert 1.5 <= scene.stops[0] <= 1.7
    assert RED_KEY in scene.texts().lower()


async def test_a_machine_that_falls_silent_when_it_stands_is_stopped_first() -> None:
    scene = Scene(["silent-when-stopped"])
    await scene.left_behind(START, after_s=12.0)
    assert scene.belt_kmh > 0
    end = await scene.recover()
    assert scene.belt_kmh == 0
    assert STOP in scene.sent
    assert set(scene.sent) == {STOP}
    assert scene.stops[0] <= 2.0
    assert end["belt_stopped"] in (True, None)


async def test_a_machine_that_ignores_stop_is_a_case_for_the_red_key() -> None:
    scene = Scene(["stop-ignored"])
    await scene.left_behind(START, after_s=12.0)
    end = await scene.recover()
    assert (end["reason"], end["cause"], end["belt_stopped"]) == ("fault", "not_verified", None)
    assert set(scene.sent) == {STOP}
    assert 2 <= len(scene.sent) <= 4
    assert RED_KEY in scene.texts().lower()
    assert scene.belt_kmh > 0


async def test_a_link_that_breaks_meanwhile_is_made_again_and_the_belt_stopped() -> None:
    scene = Scene()
    await scene.left_behind(START, after_s=12.0)
    asyncio.get_running_loop().call_later(0.3, scene.treadmill.lose_links, 5.0)
    end = await scene.recover()
    assert end["belt_stopped"] is True
    assert set(scene.sent) == {STOP}
    assert RED_KEY in scene.texts().lower()
    assert scene.belt_kmh == 0
