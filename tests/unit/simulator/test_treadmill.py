"""The simulated treadmill as a tester uses it, over its links and in virtual time."""

import asyncio

import pytest

from quarterturn.port import GattLink, LinkError, RefusedError
from quarterturn_simulator import SimulatedTreadmill
from quarterturn_simulator.machine import RunState

DATA, CONTROL, STATUS = 0x2ACD, 0x2AD9, 0x2ADA


class Client:
    """A client that keeps what it hears, with the second it heard it."""

    def __init__(self, link: GattLink) -> None:
        self.link = link
        self.heard: list[tuple[float, int, str]] = []
        self.lost = 0

    async def connect(self) -> "Client":
        await self.link.connect(self._on_lost)
        for characteristic in (CONTROL, STATUS, DATA):
            await self.link.subscribe(characteristic, self._hears(characteristic))
        return self

    async def write(self, value: str) -> None:
        await self.link.write(CONTROL, bytes.fromhex(value))
        await asyncio.sleep(0.1)

    async def walk(self) -> None:
        for value in ("00", "07", "02c800"):
            await self.write(value)
        await asyncio.sleep(14.7)

    def said(self, characteristic: int) -> list[str]:
        return [value for _, c, value in self.heard if c == characteristic]

    def _on_lost(self) -> None:
        self.lost += 1

    def _hears(self, characteristic: int):  # noqa: ANN202
        loop = asyncio.get_running_loop()
        return lambda value: self.heard.append((loop.time(), characteristic, value.hex()))


async def test_ten_lines_script_a_treadmill() -> None:
    treadmill = SimulatedTreadmill(quirks=["start-toggles"], latency=0.5, countdown=0, spin_up=0)
    link = treadmill.link()
    statuses: list[bytes] = []
    await link.connect(lambda: None)
    await link.subscribe(CONTROL, lambda value: None)
    await link.subscribe(STATUS, statuses.append)
    await link.write(CONTROL, bytes.fromhex("00"))
    await asyncio.sleep(1)
    await link.write(CONTROL, bytes.fromhex("07"))
    await asyncio.sleep(5)
    assert treadmill.belt_speed_kmh == 0.5
    treadmill.console.press_stop()
    await asyncio.sleep(5)
    assert treadmill.belt_speed_kmh == 0.0
    assert statuses == [bytes.fromhex("0201")]


async def test_values_arrive_when_they_are_due() -> None:
    client = await Client(SimulatedTreadmill(answer=0.25).link()).connect()
    await asyncio.sleep(0.9)
    await client.link.write(CONTROL, b"\0")
    await asyncio.sleep(1.5)
    assert [(s, c) for s, c, _ in client.heard] == [(1.0, DATA), (1.15, CONTROL), (2.0, DATA)]


async def test_an_answer_without_delay_still_comes_after_the_write_response() -> None:
    client = await Client(SimulatedTreadmill(answer=0).link()).connect()
    await client.link.write(CONTROL, b"\0")
    assert client.said(CONTROL) == []
    await asyncio.sleep(0.001)
    assert client.said(CONTROL) == ["800001"]


async def test_att_errors_are_refusals_with_their_code() -> None:
    link = SimulatedTreadmill().link()
    await link.connect(lambda: None)
    with pytest.raises(RefusedError, match="2AD9: cccd improperly configured") as refusal:
        await link.write(CONTROL, b"\0")
    assert refusal.value.code == 0xFD
    with pytest.raises(RefusedError):
        await link.read(DATA)
    with pytest.raises(RefusedError):
        await link.subscribe(0x2ACC, lambda value: None)


async def test_two_links_share_one_belt() -> None:
    treadmill = SimulatedTreadmill()
    first = await Client(treadmill.link()).connect()
    second = await Client(treadmill.link()).connect()
    await first.walk()
    assert second.said(STATUS) == ["04", "05c800"]
    await second.write("00")
    assert first.said(STATUS) == ["ff"]
    assert first.said(DATA) == second.said(DATA)
    await first.link.disconnect()
    await second.write("0801")
    assert second.said(CONTROL) == ["800001", "800801"]
    assert first.lost == 0


async def test_a_link_that_is_not_connected_says_so() -> None:
    link = SimulatedTreadmill().link()
    await link.disconnect()
    for wait in (link.read(0x2ACC), link.write(CONTROL, b"\0"), link.subscribe(DATA, print)):
        with pytest.raises(LinkError, match="not connected"):
            await wait
    with pytest.raises(LinkError):
        _ = link.characteristics


async def test_a_link_connects_once() -> None:
    link = SimulatedTreadmill().link()
    await link.connect(lambda: None)
    with pytest.raises(LinkError, match="already"):
        await link.connect(lambda: None)


async def test_a_lost_link_is_told_once_and_can_be_made_again() -> None:
    treadmill = SimulatedTreadmill()
    client = await Client(treadmill.link()).connect()
    await client.walk()
    heard = len(client.heard)
    treadmill.lose_links(unreachable_s=3.0)
    assert client.lost == 1
    with pytest.raises(LinkError, match="does not answer"):
        await client.connect()
    await asyncio.sleep(3)
    assert treadmill.belt_speed_kmh == 2.0, "the belt runs on"
    assert len(client.heard) == heard
    await client.connect()
    await client.write("0801")
    assert client.said(CONTROL)[-1] == "800805", "control is to be requested anew"
    await client.write("00")
    await client.write("0801")
    assert client.said(CONTROL)[-1] == "800801"
    assert client.lost == 1


async def test_an_answer_on_its_way_when_the_link_goes_never_arrives() -> None:
    treadmill = SimulatedTreadmill()
    client = await Client(treadmill.link()).connect()
    await client.link.write(CONTROL, b"\0")
    treadmill.lose_links(unreachable_s=0.0)
    await client.connect()
    await asyncio.sleep(0.9)
    assert client.heard == []


async def test_every_button_reaches_the_machine() -> None:
    treadmill = SimulatedTreadmill(countdown=0, spin_up=0)
    client = await Client(treadmill.link()).connect()
    console = treadmill.console
    console.press_start()
    await asyncio.sleep(2)
    assert treadmill.state is RunState.RUNNING
    for press in (
        console.press_faster,
        console.press_slower,
        console.press_incline_up,
        console.press_incline_down,
        console.press_pause,
        console.press_stop,
    ):
        press()
    treadmill.pull_safety_key()
    treadmill.insert_safety_key()
    await client.write("00")
    console.revoke_control()
    await asyncio.sleep(0.1)
    assert client.said(STATUS) == [
        "04", "053c00", "053200", "060500", "060000", "0202", "0201", "03", "ff",
    ]  # fmt: skip
    assert treadmill.distance_m > 0
    assert treadmill.incline_pct == 0


async def test_the_walkers_heart_is_in_the_reports() -> None:
    client = await Client(SimulatedTreadmill(seed=5).link()).connect()
    await asyncio.sleep(3.5)
    pulse = [bytes.fromhex(value)[16] for value in client.said(DATA)]
    assert all(60 < bpm < 76 for bpm in pulse)


@pytest.mark.real_time
async def test_a_treadmill_also_runs_on_an_ordinary_loop() -> None:
    client = await Client(SimulatedTreadmill(rate=20, answer=0).link()).connect()
    heard = asyncio.Event()
    await client.link.subscribe(DATA, lambda value: heard.set())
    await asyncio.wait_for(heard.wait(), timeout=10)
