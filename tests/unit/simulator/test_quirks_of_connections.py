"""Quirks of how connections are and end, through links, in virtual time."""

import asyncio

import pytest

from quarterturn.port import LinkError
from quarterturn_simulator.links import SimulatedLink
from quarterturn_simulator.treadmill import SimulatedTreadmill

DATA, TRAINING, CONTROL = 0x2ACD, 0x2AD3, 0x2AD9


class Phone:
    """A client that notes when it lost its connection."""

    def __init__(self, treadmill: SimulatedTreadmill) -> None:
        self.link = SimulatedLink(treadmill.air)
        self.lost_s: float | None = None

    async def connect(self) -> None:
        self.lost_s = None
        await self.link.connect(self._lose)
        await self.link.subscribe(CONTROL, lambda _: None)

    async def write(self, *values: str) -> None:
        for value in values:
            await self.link.write(CONTROL, bytes.fromhex(value))
            await asyncio.sleep(0.1)

    def _lose(self) -> None:
        self.lost_s = asyncio.get_running_loop().time()


async def test_an_early_target_ends_the_connection_and_the_belt_starts() -> None:
    treadmill = SimulatedTreadmill(quirks=["early-target-disconnects"])
    phone = Phone(treadmill)
    await phone.connect()
    await phone.write("00", "07")
    await phone.write("02c800")
    assert phone.lost_s == pytest.approx(0.2)
    with pytest.raises(LinkError):
        await phone.connect()
    await asyncio.sleep(10)
    assert treadmill.belt_speed_kmh == 0.5
    await phone.connect()
    await phone.write("00", "02c800")
    assert phone.lost_s is None


async def test_the_training_status_costs_the_connection() -> None:
    phone = Phone(SimulatedTreadmill(quirks=["training-status-disconnects"]))
    await phone.connect()
    await phone.link.subscribe(DATA, lambda _: None)
    await asyncio.sleep(5)
    assert phone.lost_s is None
    await phone.link.subscribe(TRAINING, lambda _: None)
    await asyncio.sleep(0)
    assert phone.lost_s == 5.0
    await asyncio.sleep(1.1)
    await phone.connect()


@pytest.mark.parametrize(("values", "stays"), [(("00",), False), (("00", "07"), True)])
async def test_who_does_not_start_is_sent_away_after_twenty_seconds(
    values: tuple[str, ...], stays: bool
) -> None:
    phone = Phone(SimulatedTreadmill(quirks=["kicks-idle-clients"]))
    await phone.connect()
    await phone.write(*values)
    await asyncio.sleep(60)
    assert phone.lost_s == (None if stays else 20.0)


async def test_everybody_is_locked_out_after_a_minute_and_the_belt_runs_on() -> None:
    treadmill = SimulatedTreadmill(quirks=["locks-out"])
    phone = Phone(treadmill)
    await phone.connect()
    await phone.write("00", "07")
    await asyncio.sleep(65)
    assert phone.lost_s == 60.0
    await asyncio.sleep(3600)
    assert treadmill.belt_speed_kmh == 0.5
    with pytest.raises(LinkError):
        await phone.connect()


async def test_a_connection_that_has_ended_is_not_ended_again() -> None:
    treadmill = SimulatedTreadmill(quirks=["kicks-idle-clients"])
    phone = Phone(treadmill)
    await phone.connect()
    await asyncio.sleep(19)
    await phone.link.disconnect()
    await phone.connect()
    await asyncio.sleep(19)
    assert phone.lost_s is None
    await asyncio.sleep(2)
    assert phone.lost_s == pytest.approx(39.0)


async def test_without_its_link_the_belt_stops() -> None:
    treadmill = SimulatedTreadmill(quirks=["stops-without-link"])
    phone = Phone(treadmill)
    await phone.connect()
    await phone.write("00", "07", "02c800")
    await asyncio.sleep(20)
    assert treadmill.belt_speed_kmh == 2.0
    await phone.link.disconnect()
    await asyncio.sleep(10)
    assert treadmill.belt_speed_kmh == 0.0


async def test_a_small_mtu_cuts_no_report_that_fits() -> None:
    treadmill = SimulatedTreadmill(quirks=["small-mtu"])
    phone = Phone(treadmill)
    heard: list[bytes] = []
    await phone.connect()
    await phone.link.subscribe(DATA, heard.append)
    await asyncio.sleep(3.5)
    assert [len(value) for value in heard] == [19] * 3
