"""Simulated straps and foot pods: their octets, their options, and how they are lost."""

import asyncio

import pytest

from quarterturn.port import GattLink, LinkError, RefusedError
from quarterturn.wire.heart_rate import decode_measurement
from quarterturn.wire.running_speed_and_cadence import Feature, decode_feature
from quarterturn.wire.running_speed_and_cadence import decode_measurement as decode_rsc
from quarterturn_simulator.plugin import TreadmillSimulation, TreadmillSimulator
from quarterturn_simulator.sensor_peripheral import Gait, Pod, SensorPeripheral, Strap
from quarterturn_simulator.sensors import SENSORS, open_sensor_link

BEATS, LOCATION, RSC, RSC_FEATURE = 0x2A37, 0x2A38, 0x2A53, 0x2A54


async def hear(link: GattLink, characteristic: int, seconds: float) -> list[tuple[float, bytes]]:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    heard: list[tuple[float, bytes]] = []
    await link.connect(lambda: None)
    await link.subscribe(
        characteristic, lambda value: heard.append((round(loop.time() - began_s, 6), value))
    )
    await asyncio.sleep(seconds)
    await link.disconnect()
    return heard


async def octets(kind: str, characteristic: int, *options: tuple[str, str]) -> list[str]:
    return [it.hex() for _, it in await hear(open_sensor_link(kind, options), characteristic, 3.5)]


# --- the machines


def test_a_strap_tells_each_beat_once() -> None:
    strap = Strap(lambda now_s: 90)
    intervals = [
        interval
        for second in range(61)
        for interval in decode_measurement(strap.value(float(second))).rr_1024ths
    ]
    assert intervals == [683] * 90  # 60/90 s in 1/1024 s


def test_a_heart_that_does_not_beat_has_no_intervals() -> None:
    strap = Strap(lambda now_s: 0)
    assert [strap.value(float(second)).hex() for second in range(3)] == ["0600"] * 3


def test_a_foot_pod_adds_up_its_distance() -> None:
    pod = Pod(lambda now_s: Gait(1.5, 150, 1.2))
    values = [decode_rsc(pod.value(float(second))) for second in range(3)]
    assert [value.distance_dm for value in values] == [0, 15, 30]
    assert {value.speed_256ths for value in values} == {384}
    assert {value.stride_length_cm for value in values} == {120}
    assert not any(value.running for value in values)
    assert decode_rsc(Pod(lambda now_s: Gait(3.0, 170, 2.0)).value(0.0)).running


def test_nobody_is_told_who_did_not_ask() -> None:
    peripheral = SensorPeripheral(Strap(lambda now_s: 90, rr=False))
    peripheral.connect(0.0, 1)
    peripheral.connect(0.0, 2)
    assert peripheral.advance(50.0) == []
    peripheral.subscribe(50.0, BEATS, 2)
    assert peripheral.next_due_s == 51.0
    assert [(out.due_s, out.client, out.value.hex()) for out in peripheral.advance(52.5)] == [
        (51.0, 2, "065a"),
        (52.0, 2, "065a"),
    ]
    assert peripheral.disconnect(53.0, 2) == []
    assert peripheral.advance(60.0) == []
    peripheral.subscribe(60.5, BEATS, 1)
    assert peripheral.next_due_s == 61.0


# --- the links


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ({"bpm": "150", "rr": "off"}, "0696"),
        ({"bpm": "150", "rr": "off", "format": "uint16"}, "079600"),
        ({"bpm": "300", "rr": "off", "contact": "unsupported"}, "012c01"),
        ({"bpm": "150", "rr": "off", "contact": "off"}, "0496"),
        ({"bpm": "60", "rr": "off", "energy": "on"}, "0e3c0000"),
        ({"rr": "off"}, "0648"),  # somebody who stands about
    ],
)
async def test_the_options_of_a_strap_reach_its_octets(options: dict[str, str], value: str) -> None:
    assert (await octets("heart-rate", BEATS, *options.items()))[0] == value


async def test_a_strap_sends_the_intervals_between_beats() -> None:
    values = await octets("heart-rate", BEATS, ("bpm", "120"))
    assert values == ["0678", "167800020002", "167800020002"]


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ({"kmh": "3.6", "cadence": "100"}, "030001647800" + "00000000"),
        ({"kmh": "3.6", "stride": "off", "distance": "off"}, "00000164"),
        ({"kmh": "10.8", "stride": "off"}, "06" + "0003" + "ff" + "00000000"),
        ({}, "03" + "0000" + "00" + "0000" + "00000000"),
    ],
)
async def test_the_options_of_a_pod_reach_its_octets(options: dict[str, str], value: str) -> None:
    assert (await octets("running", RSC, *options.items()))[0] == value


async def test_the_heart_rate_changes_at_the_seconds_asked_for() -> None:
    options = [("bpm", "150@10"), ("bpm", "90"), ("bpm", "110@20"), ("rr", "off")]
    heard = await hear(open_sensor_link("heart-rate", options), BEATS, 25.0)
    assert [value[1] for _, value in heard] == [90] * 9 + [150] * 10 + [110] * 6


async def test_what_can_be_read_can_be_read_and_nothing_be_written() -> None:
    strap, pod = (
        open_sensor_link("heart-rate", []),
        open_sensor_link("running", [("stride", "off")]),
    )
    for link in (strap, pod):
        await link.connect(lambda: None)
        with pytest.raises(RefusedError):
            await link.write(BEATS, b"\x01")
        with pytest.raises(RefusedError):
            await link.subscribe(0x2ACD, print)
        with pytest.raises(RefusedError):
            await link.read(0x2ACD)
    assert await strap.read(LOCATION) == b"\x01"
    feature = Feature.TOTAL_DISTANCE | Feature.WALKING_OR_RUNNING
    assert decode_feature(await pod.read(RSC_FEATURE)) == feature
    assert set(strap.characteristics) == {BEATS, LOCATION}


async def test_a_sensor_is_absent_lost_and_silent_when_asked() -> None:
    options = [("absent", "0-5"), ("lost", "10-15"), ("silent", "3-4.5"), ("rate", "2")]
    link = open_sensor_link("heart-rate", options)
    losses: list[float] = []
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    with pytest.raises(LinkError, match="simulated sensor does not answer"):
        await link.connect(lambda: None)
    await asyncio.sleep(5.0)
    await link.connect(lambda: losses.append(loop.time() - began_s))
    heard: list[float] = []
    await link.subscribe(BEATS, lambda _: heard.append(round(loop.time() - began_s, 3)))
    await asyncio.sleep(6.0)
    assert losses == [10.0]
    assert heard == [5.5, 6.0, 6.5, 7.0, 7.5, 9.5]
    with pytest.raises(LinkError, match="simulated sensor does not answer"):
        await link.connect(lambda: None)
    await asyncio.sleep(4.0)
    await link.connect(lambda: None)


@pytest.mark.parametrize(
    ("kind", "name", "text", "words"),
    [
        ("power", "bpm", "1", "heart-rate, running"),
        ("heart-rate", "bmp", "1", "allowed are bpm"),
        ("heart-rate", "bpm", "fast", "bpm=150@60"),
        ("heart-rate", "bpm", "-1", "bpm=150@60"),
        ("heart-rate", "bpm", "65536", "bpm=150@60"),
        ("heart-rate", "bpm", "90@later", "bpm=150@60"),
        ("heart-rate", "bpm", "90@nan", "bpm=150@60"),
        ("heart-rate", "format", "uint32", "uint8, uint16"),
        ("heart-rate", "contact", "perhaps", "on, off, unsupported"),
        ("heart-rate", "rate", "0", "0.1 to 100"),
        ("heart-rate", "lost", "20", "lost=20-60"),
        ("heart-rate", "lost", "60-20", "lost=20-60"),
        ("heart-rate", "silent", "a-b", "silent=20-60"),
        ("running", "kmh", "inf", "0 to 40"),
        ("running", "cadence", "256", "0 to 255"),
        ("running", "bpm", "90", "allowed are kmh"),
    ],
)
def test_an_option_that_is_unknown_or_absurd_is_refused_in_words(
    kind: str, name: str, text: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        open_sensor_link(kind, [(name, text)])


def test_every_kind_lists_its_options() -> None:
    assert set(SENSORS) == {"heart-rate", "running"}
    assert all(option.allowed for options in SENSORS.values() for option in options.values())


# --- the walker


async def test_a_strap_and_a_pod_follow_the_walker_on_the_treadmill() -> None:
    simulation = TreadmillSimulator().open([], quirks=[], faults=[], seed=1)
    assert isinstance(simulation, TreadmillSimulation)
    strap = simulation.sensor_link("heart-rate", [])
    pod = simulation.sensor_link("running", [])
    beats: list[int] = []
    cadences: list[int | None] = []
    await strap.connect(lambda: None)
    await pod.connect(lambda: None)
    await strap.subscribe(BEATS, lambda value: beats.append(decode_measurement(value).bpm or 0))
    await pod.subscribe(RSC, lambda value: cadences.append(decode_rsc(value).cadence_per_min))
    await asyncio.sleep(30.0)
    resting, simulation.treadmill.peripheral.machine.target_kmh = beats[-1], 6.0
    simulation.treadmill.console.press_start()
    await asyncio.sleep(240.0)
    assert beats[-1] > resting + 15
    assert (cadences[0], cadences[-1]) == (0, 167)  # 6 km/h in steps of 0.6 m


async def test_a_strap_that_nobody_wears_shows_a_quiet_heart() -> None:
    link = TreadmillSimulator().sensor_link("heart-rate", [])
    heard = await hear(link, BEATS, 2.5)
    assert [decode_measurement(value).bpm for _, value in heard] == [72, 72]
