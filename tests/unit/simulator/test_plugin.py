"""The entry points, the options of a treadmill URL, and the same seed giving the same octets."""

import asyncio
from importlib.metadata import entry_points

import pytest

from quarterturn.port import GattLink, LinkError, LinkFactory, Simulator
from quarterturn_simulator.clock import VirtualTimeLoop
from quarterturn_simulator.faults import FAULTS
from quarterturn_simulator.plugin import TreadmillSimulator, open_link
from quarterturn_simulator.quirks import QUIRKS

DATA, CONTROL = 0x2ACD, 0x2AD9
FACTORY: LinkFactory = open_link
SIMULATOR: Simulator = TreadmillSimulator()


async def _hear(link: GattLink, seconds: float) -> list[tuple[float, str]]:
    """Walk at 2.0 km/h; return the reports, with the second since the connection."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    heard: list[tuple[float, str]] = []
    await link.connect(lambda: None)
    await link.subscribe(CONTROL, lambda value: None)
    await link.subscribe(
        DATA, lambda value: heard.append((round(loop.time() - began_s, 6), value.hex()))
    )
    for value in ("00", "07", "02c800"):
        await link.write(CONTROL, bytes.fromhex(value))
        await asyncio.sleep(0.1)
    await asyncio.sleep(seconds)
    await link.disconnect()
    return heard


def test_the_entry_points_name_this_plugin() -> None:
    (link,) = entry_points(group="quarterturn.links", name="sim")
    (simulator,) = entry_points(group="quarterturn.simulators", name="treadmill")
    assert link.load() is open_link
    assert simulator.load() is TreadmillSimulator


def test_quirks_and_faults_are_listed_with_what_they_do() -> None:
    assert SIMULATOR.quirks == {name: quirk.description for name, quirk in QUIRKS.items()}
    assert SIMULATOR.faults == {name: fault.description for name, fault in FAULTS.items()}
    assert all(text for text in (*SIMULATOR.quirks.values(), *SIMULATOR.faults.values()))


def test_the_simulators_loop_jumps() -> None:
    with asyncio.Runner(loop_factory=SIMULATOR.new_event_loop) as runner:
        assert isinstance(runner.get_loop(), VirtualTimeLoop)
        runner.run(asyncio.sleep(450))
        assert runner.get_loop().time() == 450.0


async def test_the_options_reach_the_machine() -> None:
    options = {
        "quirk": "mph-target",
        "seed": "7",
        "latency": "1.4",
        "rate": "2",
        "min": "0.8",
        "max": "12",
        "step": "0.2",
        "accel": "0.4",
        "decel": "0.6",
        "countdown": "5",
        "spin_up": "1",
        "incline_min": "-3",
        "incline_max": "10",
        "incline_step": "1",
        "incline_rate": "0.25",
        "mtu": "23",
    }
    link = open_link("", list(options.items()))
    await link.connect(lambda: None)
    assert (await link.read(0x2AD4)).hex() == "5000b0041400"
    assert (await link.read(0x2AD5)).hex() == "e2ff64000a00"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (
            [("speed", "9")],
            r"unknown option 'speed': allowed are quirk, fault, link, seed, min, max",
        ),
        ([("latency", "soon")], r"latency=soon: a number is wanted, 0 to 10 s"),
        ([("latency", "nan")], r"latency=nan: allowed are 0 to 10 s"),
        ([("latency", "11")], r"latency=11: allowed are 0 to 10 s"),
        ([("max", "-1")], r"max=-1: allowed are 0.1 to 40 km/h"),
        ([("rate", "0")], r"rate=0: allowed are 0.1 to 20 per s"),
        ([("mtu", "23.5")], r"mtu=23.5: a number is wanted"),
        ([("min", "5"), ("max", "4")], r"max=4 is not above min=5"),
        ([("max", "0.5")], r"max=0.5 is not above min=0.5"),
        ([("min", "1"), ("max", "1.004")], r"max=1.004 is not above min=1"),
        ([("takeover", "maybe")], r"takeover=maybe: allowed are grant, refuse"),
        ([("link_loss", "")], r"link_loss=: allowed are continue, stop"),
        ([("off_step", "round")], r"off_step=round: allowed are reject, round-down, ignore"),
        ([("quirk", "none")], r"unknown quirk 'none': known are mph-target"),
        ([("fault", "silent")], r"fault=silent: write NAME@SECONDS"),
        ([("fault", "fire@3")], r"unknown fault 'fire': known are link-lost"),
        ([("fault", "silent@-3")], r"fault=silent@-3: a number from 0"),
        ([("link", "torn")], r"unknown link 'torn': known are one-byte"),
        ([("seed", "x")], r"seed=x: a whole number is wanted"),
    ],
)
def test_an_option_that_is_not_understood_is_explained(
    options: list[tuple[str, str]], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        open_link("", options)


def test_a_simulated_treadmill_has_no_address() -> None:
    with pytest.raises(ValueError, match=r"no address, but '192\.0\.2\.7' stands there"):
        open_link("192.0.2.7", [])


@pytest.mark.parametrize(
    ("quirks", "faults", "complaint"),
    [
        (["x"], [], "unknown quirk 'x'"),
        ([], [("x", 1.0)], "unknown fault 'x'"),
        ([], [("silent", -1.0)], "cannot strike at -1.0 s"),
        ([], [("silent", float("nan"))], "cannot strike at nan s"),
    ],
)
def test_a_simulation_that_cannot_be_opened_says_why(
    quirks: list[str], faults: list[tuple[str, float]], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        SIMULATOR.open([], quirks=quirks, faults=faults, seed=0)


async def test_the_same_seed_gives_the_same_octets() -> None:
    async def walk(seed: int) -> list[tuple[float, str]]:
        simulation = SIMULATOR.open(
            [("rate", "2"), ("link", "lossy@0.1")],
            quirks=["vendor-steps"],
            faults=[("rubbish", 40.0)],
            seed=seed,
        )
        simulation.react({"t": 0.0, "event": "plan"})
        return await _hear(simulation.link, 60)

    first = await walk(7)
    assert await walk(7) == first
    assert await walk(8) != first


async def test_a_seed_among_the_options_comes_first() -> None:
    def open_with(*options: tuple[str, str], seed: int) -> GattLink:
        return SIMULATOR.open(options, quirks=[], faults=[], seed=seed).link

    assert await _hear(open_with(("seed", "7"), seed=1), 20) == await _hear(open_with(seed=7), 20)


async def test_cruel_links_are_reached_from_the_url() -> None:
    link = open_link("", [("link", "refusing@1"), ("link", "one-byte")])
    with pytest.raises(LinkError):
        await link.connect(lambda: None)
    heard = await _hear(link, 5)
    assert {len(value) for _, value in heard} == {2}


async def test_faults_of_a_url_count_from_the_connection() -> None:
    link = open_link("", [("fault", "silent@10")])
    await asyncio.sleep(100)
    assert len(await _hear(link, 60)) in (9, 10)
