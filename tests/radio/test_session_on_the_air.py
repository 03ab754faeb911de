"""Whole sessions over virtual radio: every byte through bleak's own client API."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest

from integration.test_circle import GOLDEN, timeline
from integration.walks import Over, RecordingLink, Walk, in_process, known_machine, short, walk
from quarterturn.bridge.runtime import Runtime
from quarterturn.port import GattLink, LinkError, RefusedError
from quarterturn.session import Event
from quarterturn_simulator.plugin import TreadmillSimulation
from quarterturn_simulator.quirks import CONNECTION
from quarterturn_simulator.treadmill import SimulatedTreadmill
from radio.bleak_air import BleakAir

START, STOP, REQUEST_CONTROL = 0x07, 0x08, 0x00
RED_KEY = "red key"
# What a radio adds to the second in which something happens.
LATE_S = 1.5


@asynccontextmanager
async def on_air(
    simulation: TreadmillSimulation, watch: Callable[[BleakAir], None] = lambda _: None
) -> AsyncIterator[GattLink]:
    async with BleakAir(simulation.treadmill) as air:
        watch(air)
        yield air.ble_link(air.peripheral.address)


def seconds(event: Event) -> float:
    return float(str(event["t"]))


def commands(result: Walk) -> list[tuple[object, ...]]:
    return [
        (each["command"], each["value"], each["source"], each["outcome"], each["limited_by"])
        for each in result.of("command")
    ]


def highest_kmh(result: Walk) -> dict[int, float]:
    """Return the highest measured speed of each phase, by its index."""
    highest: dict[int, float] = {}
    index = -1
    for event in result.events:
        if event["event"] == "phase":
            index = int(str(event["index"]))
        if event["event"] == "telemetry":
            speed_kmh = float(str(event["speed_kmh"]))
            highest[index] = max(speed_kmh, highest.get(index, 0.0))
    return highest


def caps_kmh(result: Walk) -> dict[int, float]:
    return {int(str(e["index"])): float(str(e["cap_kmh"])) for e in result.of("phase")}


# req: S001-09
async def test_the_circle_over_the_air_is_the_circle_in_process() -> None:
    near = await walk(record=known_machine())
    far = await walk(record=known_machine(), over=on_air)
    assert timeline(far) == GOLDEN
    assert far.end == near.end == ("completed", "plan", None, True)
    assert [value for _, _, value in far.writes] == [value for _, _, value in near.writes]
    assert commands(far) == commands(near)
    assert len(far.events) == pytest.approx(len(near.events), rel=0.02)
    for one, other in zip(far.of("phase"), near.of("phase"), strict=True):
        assert {**one, "t": 0} == {**other, "t": 0}
        assert seconds(one) == pytest.approx(seconds(other), abs=4 * LATE_S)


async def test_over_the_air_no_phase_is_faster_than_its_cap() -> None:
    result = await walk(record=known_machine(), over=on_air)
    caps = caps_kmh(result)
    for index, speed_kmh in highest_kmh(result).items():
        if index >= 0:
            assert speed_kmh <= caps[index]
    for command in result.of("command"):
        assert command["limited_by"] == []


# What differs in how octets travel, or in which; the rest is tried in process, machine by machine.
# How soon a link is lost again that is lost at every connection depends on the radio.
TRAVELS = sorted(
    {
        *(set(CONNECTION) - {"training-status-disconnects"}),
        *("truncated-20", "split-records", "changing-flags", "vendor-steps", "reserved-bits"),
        *("reports-3-hz", "silent-when-stopped", "stale-status", "empty-training-status"),
        *("claims-everything", "no-ranges", "mute-request-control", "mute-commands"),
        *("slow-answers", "long-answers", "control-on-second-request", "needs-unlock"),
        *("control-notifies", "control-without-response", "stop-ignored", "mph-target"),
    }
)


@pytest.mark.on_demand
@pytest.mark.parametrize("quirk", TRAVELS)
async def test_a_quirk_ends_over_the_air_as_it_does_in_process(quirk: str) -> None:
    async def ends(over: Over) -> object:
        try:
            result = await walk(quirks=[quirk], over=over, change_plan=short)
        except (RefusedError, TimeoutError, LinkError) as error:
            return type(error)
        return (result.end, sorted(set(map(str, result.faults))))

    assert await ends(on_air) == await ends(in_process)


# --- the link is lost -----------------------------------------------------------------------------

BOUNDARIES = [
    *((heading, step) for heading in ("start", "right", "backward", "left", "forward")
      for step in ("announce", "slow", "stop", "verify", "ready", "countdown", "start", "settle")
      if heading != "start" or step in ("ready", "countdown", "start", "settle")),
    ("halt", "slow"), ("halt", "stop"), ("halt", "verify"),
]  # fmt: skip


def is_boundary(event: Event, boundary: tuple[str, str]) -> bool:
    heading, step = boundary
    if event.get("step") != step:
        return False
    return event["event"] == heading or event.get("to") == heading


async def lose_at(
    is_time: Callable[[Event], bool], unreachable_s: float, after_s: float = 0.01
) -> tuple[Walk, float]:
    """Walk the circle and lose the link once; return the walk and the second of the loss."""
    treadmills: list[SimulatedTreadmill] = []
    lost_t: list[float] = []

    def watch(event: Event, _: Runtime) -> None:
        if not lost_t and is_time(event):
            lost_t.append(seconds(event) + after_s)
            loop = asyncio.get_running_loop()
            loop.call_later(after_s, treadmills[0].lose_links, unreachable_s)

    over = partial(on_air, watch=lambda air: treadmills.append(air.treadmill))
    result = await walk(record=known_machine(), on_event=watch, over=over)
    return result, lost_t[0]


def written_after(result: Walk, t: float) -> list[int]:
    return [value[0] for at_s, _, value in result.writes if at_s - result.began_s > t]


@pytest.mark.exhaustive
@pytest.mark.parametrize("boundary", BOUNDARIES, ids="-".join)
async def test_a_link_lost_at_any_boundary_is_made_again_and_nothing_starts(
    boundary: tuple[str, str],
) -> None:
    result, t = await lose_at(lambda event: is_boundary(event, boundary), 3.0)
    after = written_after(result, t + 0.05)
    assert START not in after
    assert set(after) <= {REQUEST_CONTROL, STOP}
    assert result.end in (
        ("fault", "monitor", "link_lost", True),
        ("completed", "plan", None, True),  # it was lost behind the last stop
    )
    assert result.speed_at_end_kmh == 0.0


async def pull_in(heading: str, unreachable_s: float) -> tuple[Walk, float]:
    """Lose the link in the middle of a phase of this heading."""
    phase_t: list[float] = []

    def is_time(event: Event) -> bool:
        if event["event"] == "phase" and event["heading"] == heading and event["index"] != 0:
            phase_t.append(seconds(event))
        return bool(phase_t) and seconds(event) > phase_t[0] + 25.0

    return await lose_at(is_time, unreachable_s)


@pytest.mark.parametrize("heading", ["forward", "right", "backward", "left"])
async def test_a_link_pulled_in_a_phase_is_told_with_the_red_key_within_five_seconds(
    heading: str,
) -> None:
    result, t = await pull_in(heading, 3.0)
    said = [seconds(e) for e in result.of("cue") if RED_KEY in str(e["text"]).lower()]
    assert t <= said[0] <= t + 5.0
    after = written_after(result, t + 0.05)
    assert STOP in after
    assert START not in after
    assert result.end == ("fault", "monitor", "link_lost", True)


async def test_a_treadmill_that_vanishes_for_twenty_seconds_is_found_and_stopped() -> None:
    result, t = await pull_in("backward", 20.0)
    assert result.end == ("fault", "monitor", "link_lost", True)
    after = [(at_s - result.began_s, value[0]) for at_s, _, value in result.writes]
    found = [(at_t, op) for at_t, op in after if at_t > t + 0.05]
    assert found[0][1] == REQUEST_CONTROL
    assert [op for _, op in found if op != REQUEST_CONTROL] == [STOP]
    assert t + 20.0 <= found[0][0] <= t + 25.0


async def test_a_treadmill_that_stays_away_ends_with_the_red_key() -> None:
    result, t = await pull_in("backward", 1000.0)
    assert result.end == ("fault", "monitor", "link_lost", None)
    assert written_after(result, t + 0.05) == []
    assert seconds(result.events[-1]) <= t + 40.0


@pytest.mark.parametrize("op", [REQUEST_CONTROL, 0x02, STOP, START])
async def test_a_link_that_breaks_inside_a_write_starts_nothing_afterwards(op: int) -> None:
    """The request is in the air when the link goes: nobody knows whether it arrived."""

    class BreaksInside(RecordingLink):
        def __init__(self, inner: GattLink, treadmill: SimulatedTreadmill) -> None:
            super().__init__(inner)
            self._treadmill = treadmill
            self.broke_s: float | None = None

        async def write(self, characteristic: int, value: bytes) -> None:
            if value[0] == op and self.broke_s is None and began:
                loop = asyncio.get_running_loop()
                self.broke_s = loop.time() + 0.002
                loop.call_at(self.broke_s, self._treadmill.lose_links, 3.0)
            await super().write(characteristic, value)

    links: list[BreaksInside] = []
    began: list[Event] = []

    @asynccontextmanager
    async def over(simulation: TreadmillSimulation) -> AsyncIterator[GattLink]:
        async with BleakAir(simulation.treadmill) as air:
            links.append(BreaksInside(air.ble_link(), air.treadmill))
            yield links[0]

    def watch(event: Event, _: Runtime) -> None:
        if op != REQUEST_CONTROL and event["event"] == "plan":
            began.append(event)

    if op == REQUEST_CONTROL:
        began.append({})
        with pytest.raises(LinkError, match=r"link (broke|was lost)"):
            await walk(record=known_machine(), over=over)
        assert [value[0] for _, _, value in links[0].writes] == [REQUEST_CONTROL]
        return
    result = await walk(record=known_machine(), over=over, on_event=watch)
    broke_s = links[0].broke_s
    assert broke_s is not None
    after = [value[0] for at_s, _, value in links[0].writes if at_s > broke_s]
    assert set(after) <= {REQUEST_CONTROL, STOP}
    assert result.end == ("fault", "monitor", "link_lost", True)
    assert result.speed_at_end_kmh == 0.0


# --- somebody else -------------------------------------------------------------------------------


async def test_another_app_that_takes_control_ends_the_walk_on_a_stopped_belt() -> None:
    airs: list[BleakAir] = []
    others: list[GattLink] = []

    async def take_control() -> None:
        other = airs[0].ble_link()
        others.append(other)
        await other.connect(lambda: None)
        await other.subscribe(0x2AD9, lambda _: None)
        await other.write(0x2AD9, bytes([REQUEST_CONTROL]))

    tasks: list[asyncio.Task[None]] = []

    def watch(event: Event, _: Runtime) -> None:
        if event["event"] == "phase" and event["heading"] == "backward":
            loop = asyncio.get_running_loop()
            loop.call_later(30, lambda: tasks.append(loop.create_task(take_control())))

    result = await walk(
        record=known_machine(), on_event=watch, over=partial(on_air, watch=airs.append)
    )
    await tasks[0]
    await others[0].disconnect()
    assert result.end == ("stopped", "another client", "control lost", True)
    assert result.speed_at_end_kmh == 0.0


async def test_two_computers_watch_one_treadmill_and_only_one_of_them_drives_it() -> None:
    async with BleakAir(SimulatedTreadmill()) as air:
        first, second = air.ble_link(), air.ble_link()
        answers: dict[str, list[bytes]] = {"first": [], "second": []}
        status: list[bytes] = []
        for link, name in ((first, "first"), (second, "second")):
            await link.connect(lambda: None)
            await link.subscribe(0x2AD9, answers[name].append)
        await first.subscribe(0x2ADA, status.append)
        await first.write(0x2AD9, b"\x00")
        await asyncio.sleep(1)
        await second.write(0x2AD9, b"\x07")  # without control
        await asyncio.sleep(1)
        assert answers["first"] == [b"\x80\x00\x01"]
        assert answers["second"] == [b"\x80\x07\x05"]
        await second.write(0x2AD9, b"\x00")
        await asyncio.sleep(1)
        assert status == [b"\xff"]
        await first.disconnect()
        await second.disconnect()
