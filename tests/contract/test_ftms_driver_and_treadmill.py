"""The shipped driver against the simulated treadmill: every quirk, every cruel link."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from quarterturn.model import (
    Capabilities,
    CommandOutcome,
    MachineRecord,
    Notice,
    NoticeKind,
    Permitted,
    Report,
    SetIncline,
    SetSpeed,
    SpeedUnit,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.port import GattLink, LinkError, Property
from quarterturn.units import Incline, Speed
from quarterturn_drivers.ftms import FtmsDriver
from quarterturn_simulator.cruel import CRUELTIES, wrap
from quarterturn_simulator.quirks import QUIRKS
from quarterturn_simulator.treadmill import SimulatedTreadmill

SIMULATED = MachineRecord(
    name="simulated", latency_s=1.0, ramp_kmh_per_s=0.5, start_s=5.0, stop_s=14.0, false_zero_s=0.0
)


class Tap:
    """Passes everything on and keeps what is written."""

    def __init__(self, inner: GattLink) -> None:
        self._inner = inner
        self.written: list[bytes] = []

    async def connect(self, on_lost: Callable[[], None]) -> None:
        await self._inner.connect(on_lost)

    async def disconnect(self) -> None:
        await self._inner.disconnect()

    @property
    def characteristics(self) -> dict[int, Property]:
        return dict(self._inner.characteristics)

    async def read(self, characteristic: int) -> bytes:
        return await self._inner.read(characteristic)

    async def write(self, characteristic: int, value: bytes) -> None:
        self.written.append(value)
        await self._inner.write(characteristic, value)

    async def subscribe(self, characteristic: int, on_value: Callable[[bytes], None]) -> None:
        await self._inner.subscribe(characteristic, on_value)


class Rig:
    """A simulated treadmill, a driver on it, and what it delivered."""

    def __init__(
        self, *, quirks: tuple[str, ...] = (), link: str = "", record: MachineRecord = SIMULATED
    ) -> None:
        self.treadmill = SimulatedTreadmill(quirks=quirks, seed=1)
        plain: GattLink = self.treadmill.link()
        self.tap = Tap(wrap(plain, link, 1) if link else plain)
        self.reports: list[Report] = []
        self.driver = FtmsDriver(self.tap, record, self.reports.append)

    def send(self, command: Start | Stop | SetSpeed | SetIncline) -> Permitted:
        permitted = Permitted(command, "test")
        self.driver.send(permitted)
        return permitted

    def outcome_of(self, permitted: Permitted) -> str:
        (found,) = [
            one
            for one in self.reports
            if isinstance(one, CommandOutcome) and one.permitted is permitted
        ]
        return found.outcome.value

    def kinds(self) -> list[NoticeKind]:
        return [one.kind for one in self.reports if isinstance(one, Notice)]

    async def walk(self) -> list[Permitted]:
        """Start, walk at 2.0 km/h and 1 %, stop; each step is given time to settle."""
        sent = [self.send(Start())]
        await asyncio.sleep(12)
        sent.append(self.send(SetSpeed(Speed(200))))
        await asyncio.sleep(12)
        sent.append(self.send(SetIncline(Incline(10))))
        await asyncio.sleep(15)
        sent.append(self.send(Stop()))
        await asyncio.sleep(20)
        return sent


@pytest.fixture
async def rigs() -> AsyncIterator[Callable[..., Rig]]:
    built: list[Rig] = []

    def build(**options: object) -> Rig:
        built.append(Rig(**options))  # type: ignore[arg-type]
        return built[-1]

    yield build
    for rig in built:
        await rig.driver.close()


async def test_a_whole_walk_is_confirmed_step_by_step(rigs: Callable[..., Rig]) -> None:
    rig = rigs()
    capabilities = await rig.driver.connect()
    assert isinstance(capabilities, Capabilities)
    assert capabilities.speed is not None
    assert capabilities.speed.minimum == Speed(50)
    assert capabilities.incline is not None
    assert capabilities.incline.maximum == Incline(150)
    assert capabilities.notes == ()
    assert rig.treadmill.belt_speed_kmh == 0

    sent = await rig.walk()
    assert [rig.outcome_of(one) for one in sent] == ["confirmed"] * 4
    assert [value.hex() for value in rig.tap.written] == ["00", "07", "02c800", "030a00", "0801"]
    assert rig.treadmill.belt_speed_kmh == 0
    assert rig.kinds().count(NoticeKind.ACCEPTED) == 4
    speeds = [one.speed for one in rig.reports if isinstance(one, Telemetry)]
    assert Speed(200) in speeds
    assert speeds[-1] == Speed(0)


NEVER_CONNECTED = {"mute-request-control", "control-on-second-request", "needs-unlock"}


@pytest.mark.parametrize("quirk", sorted(set(QUIRKS) - NEVER_CONNECTED))
async def test_with_every_quirk_each_command_has_one_outcome_and_nothing_starts_by_connecting(
    rigs: Callable[..., Rig], quirk: str
) -> None:
    rig = rigs(quirks=(quirk,))
    await rig.driver.connect()
    assert rig.tap.written == [b"\x00"]
    for permitted in await rig.walk():
        assert rig.outcome_of(permitted)
    assert {value[0] for value in rig.tap.written} <= {0x00, 0x02, 0x03, 0x07, 0x08}
    assert NoticeKind.MALFORMED not in rig.kinds()


async def test_a_mute_machine_needs_the_record_that_says_so(rigs: Callable[..., Rig]) -> None:
    with pytest.raises(TimeoutError, match="request for control"):
        await rigs(quirks=("mute-request-control",)).driver.connect()
    known = rigs(
        quirks=("mute-request-control",), record=MachineRecord(answers_request_control=False)
    )
    await known.driver.connect()
    permitted = known.send(Start())
    await asyncio.sleep(12)
    assert known.outcome_of(permitted) == "confirmed"


async def test_a_machine_that_takes_mph_runs_as_told_with_the_record_that_says_so(
    rigs: Callable[..., Rig],
) -> None:
    blind, told = (
        rigs(quirks=("mph-target",)),
        rigs(quirks=("mph-target",), record=MachineRecord(target_unit=SpeedUnit.MPH)),
    )
    speeds = []
    for rig in (blind, told):
        await rig.driver.connect()
        rig.send(Start())
        await asyncio.sleep(12)
        permitted = rig.send(SetSpeed(Speed(200)))
        await asyncio.sleep(20)
        speeds.append((round(rig.treadmill.belt_speed_kmh, 1), rig.outcome_of(permitted)))
    # 2.0 mph are 3.2 km/h; 1.2 mph, the step below 2.0 km/h, are 1.9.
    assert speeds == [(3.2, "unknown"), (1.9, "confirmed")]


async def test_success_without_effect_is_unknown(rigs: Callable[..., Rig]) -> None:
    rig = rigs(quirks=("success-no-effect",))
    await rig.driver.connect()
    rig.send(Start())
    await asyncio.sleep(12)
    permitted = rig.send(SetSpeed(Speed(300)))
    await asyncio.sleep(30)
    assert rig.outcome_of(permitted) == "unknown"


async def test_without_ranges_the_default_range_holds(rigs: Callable[..., Rig]) -> None:
    rig = rigs(quirks=("no-ranges",))
    capabilities = await rig.driver.connect()
    assert capabilities.speed is not None
    assert capabilities.speed.maximum == Speed(600)
    assert capabilities.incline is None
    assert capabilities.notes


async def test_a_stale_stop_is_no_stop(rigs: Callable[..., Rig]) -> None:
    rig = rigs(quirks=("stale-status",))
    await rig.driver.connect()
    await asyncio.sleep(1)
    assert NoticeKind.STOPPED not in rig.kinds()
    assert NoticeKind.PAUSED not in rig.kinds()


async def test_the_console_and_the_key_are_heard(rigs: Callable[..., Rig]) -> None:
    rig = rigs()
    await rig.driver.connect()
    rig.send(Start())
    await asyncio.sleep(12)
    rig.treadmill.console.press_faster()
    await asyncio.sleep(3)
    rig.treadmill.pull_safety_key()
    await asyncio.sleep(3)
    assert NoticeKind.TARGET_SPEED in rig.kinds()
    assert NoticeKind.SAFETY_KEY in rig.kinds()


async def test_control_is_taken_back_for_a_stop_and_for_nothing_else(
    rigs: Callable[..., Rig],
) -> None:
    rig = rigs()
    await rig.driver.connect()
    rig.treadmill.console.revoke_control()
    await asyncio.sleep(2)
    assert NoticeKind.CONTROL_LOST in rig.kinds()
    speed, stop = rig.send(SetSpeed(Speed(200))), rig.send(Stop())
    await asyncio.sleep(1)
    assert rig.outcome_of(speed) == "rejected"
    # The belt stands, so that the Stop itself is refused: what counts is that it was heard.
    assert rig.outcome_of(stop) == "rejected"
    assert rig.tap.written == [b"\x00", b"\x08\x01", b"\x00", b"\x08\x01"]


@pytest.mark.parametrize("cruelty", sorted(CRUELTIES))
async def test_over_every_cruel_link_the_driver_ends_in_a_defined_state(
    rigs: Callable[..., Rig], cruelty: str
) -> None:
    rig = rigs(link=cruelty)
    try:
        await rig.driver.connect()
    except (LinkError, TimeoutError):
        assert rig.treadmill.belt_speed_kmh == 0
        return
    for permitted in await rig.walk():
        assert rig.outcome_of(permitted)
    assert {value[0] for value in rig.tap.written} <= {0x00, 0x02, 0x03, 0x07, 0x08}
    assert rig.kinds().count(NoticeKind.LINK_LOST) <= 1


async def test_a_lost_link_is_told_and_the_driver_can_connect_again(
    rigs: Callable[..., Rig],
) -> None:
    rig = rigs()
    await rig.driver.connect()
    rig.send(Start())
    await asyncio.sleep(12)
    permitted = rig.send(SetSpeed(Speed(300)))
    await asyncio.sleep(0.5)
    rig.treadmill.lose_links(unreachable_s=0)
    await asyncio.sleep(1)
    assert rig.kinds().count(NoticeKind.LINK_LOST) == 1
    assert rig.outcome_of(permitted) == "unknown"
    await rig.driver.close()
    written = len(rig.tap.written)
    await rig.driver.connect()
    assert rig.tap.written[written:] == [b"\x00"]
    stop = rig.send(Stop())
    await asyncio.sleep(12)
    assert rig.outcome_of(stop) == "confirmed"
    assert rig.treadmill.belt_speed_kmh == 0
