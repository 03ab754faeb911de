"""Each fault strikes at its second, counted from the plan, and is seen from the wire."""

import asyncio

import pytest

from quarterturn.port import LinkError
from quarterturn_simulator.faults import FAULTS, fault
from quarterturn_simulator.machine import RunState
from quarterturn_simulator.plugin import TreadmillSimulation, TreadmillSimulator

DATA, CONTROL, STATUS = 0x2ACD, 0x2AD9, 0x2ADA
STRIKES_S = 30.0


class Walk:
    """A walk at 2.0 km/h whose fault strikes 30 s after the plan; the plan comes after 15 s."""

    def __init__(self, name: str) -> None:
        opened = TreadmillSimulator().open([], quirks=[], faults=[(name, STRIKES_S)], seed=0)
        assert isinstance(opened, TreadmillSimulation)
        self.simulation = opened
        self.treadmill = opened.treadmill
        self.heard: list[tuple[float, int, str]] = []
        self.lost_s: float | None = None

    async def until_the_strike(self) -> None:
        await self.connect()
        for value in ("00", "07", "02c800"):
            await self.write(value)
        await asyncio.sleep(14.7)
        self.simulation.react({"t": 0.0, "event": "plan"})
        await asyncio.sleep(STRIKES_S - 0.1)
        assert self.treadmill.belt_speed_kmh == 2.0
        assert self.said(STATUS) == []
        self.heard.clear()
        await asyncio.sleep(0.2)

    async def connect(self) -> None:
        await self.simulation.link.connect(self._lose)
        for characteristic in (CONTROL, STATUS, DATA):
            await self.simulation.link.subscribe(characteristic, self._hear(characteristic))

    async def write(self, value: str) -> None:
        await self.simulation.link.write(CONTROL, bytes.fromhex(value))
        await asyncio.sleep(0.1)

    def said(self, characteristic: int) -> list[str]:
        return [value for _, c, value in self.heard if c == characteristic]

    def _hear(self, characteristic: int):  # noqa: ANN202
        loop = asyncio.get_running_loop()
        return lambda value: self.heard.append((loop.time(), characteristic, value.hex()))

    def _lose(self) -> None:
        self.lost_s = asyncio.get_running_loop().time()


async def _struck(name: str) -> Walk:
    walk = Walk(name)
    await walk.until_the_strike()
    return walk


async def test_link_lost_comes_back_and_the_belt_runs_on() -> None:
    walk = await _struck("link-lost")
    assert walk.lost_s == 45.0
    assert walk.treadmill.belt_speed_kmh == 2.0
    with pytest.raises(LinkError):
        await walk.connect()
    await asyncio.sleep(3)
    await walk.connect()
    await asyncio.sleep(1)
    assert walk.said(DATA)[-1].startswith("8c05c800")


async def test_link_gone_stays_away() -> None:
    walk = await _struck("link-gone")
    await asyncio.sleep(3600)
    with pytest.raises(LinkError):
        await walk.connect()


async def test_silent_reports_nothing_and_still_answers() -> None:
    walk = await _struck("silent")
    walk.heard.clear()
    await asyncio.sleep(10)
    assert walk.heard == []
    await walk.write("0801")
    assert walk.said(CONTROL) == ["800801"]


async def test_rubbish_is_too_short_for_its_own_flags() -> None:
    walk = await _struck("rubbish")
    walk.heard.clear()
    await asyncio.sleep(10)
    assert len(walk.said(DATA)) == 10
    assert {len(value) for value in walk.said(DATA)} == {2}


async def test_deaf_neither_answers_nor_obeys() -> None:
    walk = await _struck("deaf")
    await walk.write("0801")
    await walk.write("0801")  # and no procedure is in its way
    await asyncio.sleep(10)
    assert walk.said(CONTROL) == []
    assert walk.treadmill.belt_speed_kmh == 2.0
    walk.treadmill.console.press_stop()
    await asyncio.sleep(10)
    assert walk.treadmill.belt_speed_kmh == 0.0


async def test_refuse_permits_nothing() -> None:
    walk = await _struck("refuse")
    for value in ("00", "07", "0801", "02c800", "031400"):
        await walk.write(value)
    assert walk.said(CONTROL) == ["800005", "800705", "800805", "800205", "800305"]
    assert walk.treadmill.belt_speed_kmh == 2.0


async def test_no_effect_succeeds_and_does_nothing() -> None:
    walk = await _struck("no-effect")
    await walk.write("029600")
    await asyncio.sleep(10)
    assert walk.said(CONTROL) == ["800201"]
    assert walk.treadmill.belt_speed_kmh == 2.0


async def test_stop_ignored_succeeds_and_runs_on() -> None:
    walk = await _struck("stop-ignored")
    await walk.write("0801")
    await asyncio.sleep(10)
    assert walk.said(CONTROL) == ["800801"]
    assert walk.treadmill.belt_speed_kmh == 2.0


async def test_control_lost_is_told_to_who_had_it() -> None:
    walk = await _struck("control-lost")
    assert walk.said(STATUS) == ["ff"]
    await walk.write("0801")
    assert walk.said(CONTROL) == ["800805"]
    await walk.write("00")
    await walk.write("0801")
    assert walk.said(CONTROL)[1:] == ["800001", "800801"]


async def test_another_app_takes_over() -> None:
    walk = await _struck("other-app")
    assert walk.said(STATUS) == ["ff"]
    await walk.write("02c800")
    assert walk.said(CONTROL) == ["800205"]


async def test_runaway_speeds_up_until_it_is_stopped() -> None:
    walk = await _struck("runaway")
    await asyncio.sleep(3.9)
    assert walk.treadmill.belt_speed_kmh == pytest.approx(4.0)
    await walk.write("02c800")
    await asyncio.sleep(5.9)
    assert walk.said(CONTROL) == ["800201"]
    assert walk.treadmill.belt_speed_kmh == pytest.approx(7.0)
    assert walk.said(STATUS) == []
    await walk.write("0801")
    await asyncio.sleep(20)
    assert walk.treadmill.belt_speed_kmh == 0.0


async def test_a_belt_runs_away_from_a_standstill_too() -> None:
    walk = Walk("runaway")
    await walk.connect()
    walk.treadmill.run_away()
    await asyncio.sleep(2)
    assert walk.treadmill.belt_speed_kmh == 1.0
    assert walk.treadmill.state is RunState.RUNNING


async def test_no_belt_runs_away_without_its_key() -> None:
    walk = Walk("runaway")
    walk.treadmill.pull_safety_key()
    walk.treadmill.run_away()
    await asyncio.sleep(60)
    assert walk.treadmill.belt_speed_kmh == 0.0


async def test_safety_key_stops_at_once() -> None:
    walk = await _struck("safety-key")
    assert walk.said(STATUS) == ["03"]
    assert walk.treadmill.belt_speed_kmh == 0.0


@pytest.mark.parametrize(
    ("name", "status", "speed_kmh"),
    [
        ("console-stop", "0201", 0.0),
        ("console-pause", "0202", 0.0),
        ("console-faster", "05d200", 2.1),
        ("console-slower", "05be00", 1.9),
    ],
)
async def test_the_console_is_pressed(name: str, status: str, speed_kmh: float) -> None:
    walk = await _struck(name)
    assert walk.said(STATUS) == [status]
    await asyncio.sleep(10)
    assert walk.treadmill.belt_speed_kmh == pytest.approx(speed_kmh)


@pytest.mark.parametrize("intent", ["ready", "stop", "pause", "slower", "skip", "finish"])
async def test_the_walker_acts_at_that_second(intent: str) -> None:
    walk = Walk(f"walker-{intent}")
    assert walk.simulation.react({"event": "plan"}) == [(STRIKES_S, intent)]
    assert walk.simulation.react({"event": "cue"}) == []


async def test_several_faults_strike_each_at_its_second() -> None:
    simulation = TreadmillSimulator().open(
        [], quirks=[], faults=[("walker-pause", 60.0), ("walker-stop", 5.0)], seed=0
    )
    assert simulation.react({"event": "plan"}) == [(60.0, "pause"), (5.0, "stop")]


def test_an_unknown_fault_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown fault 'fire': known are link-lost, link-gone"):
        fault("fire")


def test_every_fault_does_something() -> None:
    for name, each in FAULTS.items():
        assert each.description, name
        assert (each.strike is None) != (each.intents == ()), name


# --- what came later ------------------------------------------------------------------------------


async def test_a_link_that_fades_is_silent_before_it_is_lost() -> None:
    walk = await _struck("link-fades")
    walk.heard.clear()
    writing = asyncio.ensure_future(walk.write("0801"))
    await asyncio.sleep(5.8)
    assert walk.lost_s is None
    assert walk.heard == []
    assert not writing.done()
    await asyncio.sleep(0.2)
    assert walk.lost_s == 51.0
    with pytest.raises(LinkError, match="lost"):
        await writing
    assert walk.treadmill.belt_speed_kmh == 2.0
    await asyncio.sleep(3)
    await walk.connect()
    await asyncio.sleep(1.1)
    assert walk.said(DATA)


async def test_a_link_fades_once() -> None:
    walk = await _struck("link-fades")
    walk.treadmill.fade_links(silent_s=60.0, unreachable_s=60.0)
    await asyncio.sleep(6)
    assert walk.lost_s == 51.0
    await asyncio.sleep(3)
    await walk.connect()
    await asyncio.sleep(100)
    assert walk.lost_s == 51.0


async def test_somebody_starts_a_standing_belt_at_the_console() -> None:
    walk = await _struck("console-start")
    assert walk.said(STATUS) == []  # it runs already
    walk.treadmill.console.press_stop()
    await asyncio.sleep(20)
    FAULTS["console-start"].strike(walk.treadmill)  # type: ignore[misc]
    await asyncio.sleep(10)
    assert walk.treadmill.belt_speed_kmh == 0.5


@pytest.mark.parametrize(
    ("name", "pct", "said"),
    [
        ("console-steeper", 2.0, ["060500", "060a00", "060f00", "061400"]),
        ("console-flatter", 0.0, []),
    ],
)
async def test_the_incline_is_set_at_the_console(name: str, pct: float, said: list[str]) -> None:
    walk = await _struck(name)
    await asyncio.sleep(10)
    assert walk.treadmill.incline_pct == pct
    assert walk.said(STATUS) == said


async def test_a_walker_who_has_left_presses_nothing() -> None:
    walk = await _struck("walker-away")
    assert walk.simulation.react({"event": "turn", "step": "ready"}) == []
    fresh = Walk("walker-away")
    assert fresh.simulation.react({"event": "turn", "step": "ready"}) != []
