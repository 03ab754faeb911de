"""What an FTMS treadmill says, delivered as it came and stamped with its arrival."""

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.model import MachineRecord, NoticeKind, SpeedUnit
from quarterturn.units import Incline, Speed
from quarterturn.wire.errors import WireError
from quarterturn_drivers.ftms_reports import read_status, read_training_status
from quarterturn_simulator.clock import VirtualTimeLoop
from unit.drivers.fake_link import CONTROL_POINT, DATA, STATUS, TRAINING, Bench, FakeLink


async def test_every_report_is_delivered_the_unchanged_and_the_zero_too() -> None:
    bench = await Bench().connected()
    for speed in (0.0, 0.0, 1.0, 1.0):
        await asyncio.sleep(1)
        bench.link.report(speed)
    assert [one.speed for one in bench.telemetry] == [Speed(0), Speed(0), Speed(100), Speed(100)]
    arrivals = [one.arrived_s for one in bench.telemetry]
    assert [later - earlier for earlier, later in itertools.pairwise(arrivals)] == [1.0] * 3
    assert arrivals[-1] == asyncio.get_running_loop().time()
    await bench.driver.close()


async def test_a_captured_value_is_read_field_by_field() -> None:
    # Yesoul W2 Pro, captured: korniychuk/treadmill-bluetooth-macos, parses_real_w2pro_frame.
    value = "8624fa00d900a605005500ffffff5709f30d00"
    plain = await Bench().connected()
    plain.link.notify(DATA, value)
    (telemetry,) = plain.telemetry
    assert telemetry.speed == Speed(250)
    assert telemetry.distance_m == 1446
    assert telemetry.energy_kcal == 85
    assert telemetry.elapsed_s == 2391
    assert telemetry.incline is None
    assert telemetry.heart_rate_bpm is None
    assert telemetry.steps is None
    await plain.driver.close()

    known = await Bench(MachineRecord(vendor_steps=True)).connected()
    known.link.notify(DATA, value)
    assert known.telemetry[0].steps == 3571
    await known.driver.close()


@pytest.mark.parametrize(
    ("pct", "known"), [(82.0, False), (45.1, False), (45.0, True), (-20.0, True), (-20.1, False)]
)
async def test_an_incline_that_no_deck_has_is_not_known(pct: float, known: bool) -> None:
    bench = await Bench().connected()
    bench.link.report(1.0, pct)
    (telemetry,) = bench.telemetry
    assert telemetry.incline == (Incline.from_pct(pct) if known else None)
    assert telemetry.speed == Speed(100)
    await bench.driver.close()


async def test_a_split_record_is_one_report_and_never_a_speed_of_zero() -> None:
    bench = await Bench().connected()
    bench.link.notify(DATA, "0500640000")  # More Data, distance 100 m
    assert bench.telemetry == []
    bench.link.notify(DATA, "0000c800")
    (telemetry,) = bench.telemetry
    assert telemetry.speed == Speed(200)
    assert telemetry.distance_m == 100
    await bench.driver.close()


async def test_half_a_record_does_not_outlive_its_connection() -> None:
    bench = await Bench().connected()
    bench.link.notify(DATA, "0500640000")
    await bench.driver.close()
    await bench.connected()
    bench.link.notify(DATA, "0000c800")
    assert bench.telemetry[0].distance_m is None
    await bench.driver.close()


async def test_a_cut_report_is_marked() -> None:
    bench = await Bench().connected()
    bench.link.notify(DATA, "0400c80064")
    (telemetry,) = bench.telemetry
    assert telemetry.truncated
    assert telemetry.speed == Speed(200)
    assert telemetry.distance_m is None
    await bench.driver.close()


async def test_a_machine_that_reports_mph_is_read_in_kmh() -> None:
    bench = await Bench(MachineRecord(report_unit=SpeedUnit.MPH)).connected()
    bench.link.notify(DATA, "00006400")  # 1.00 mph
    bench.link.notify(DATA, "0000ffff")
    assert [one.speed for one in bench.telemetry] == [Speed(161), Speed(65535)]
    await bench.driver.close()


async def test_a_heart_rate_of_zero_is_no_heart_rate() -> None:
    bench = await Bench().connected()
    bench.link.notify(DATA, "0001640000")
    bench.link.notify(DATA, "0001640078")
    assert [one.heart_rate_bpm for one in bench.telemetry] == [None, 120]
    await bench.driver.close()


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("01", NoticeKind.RESET),
        ("0201", NoticeKind.STOPPED),
        ("0202", NoticeKind.PAUSED),
        ("02", NoticeKind.STOPPED),
        ("0209", NoticeKind.STOPPED),
        ("03", NoticeKind.SAFETY_KEY),
        ("04", NoticeKind.STARTED),
        ("056900", NoticeKind.TARGET_SPEED),
        ("06f6ff", NoticeKind.TARGET_INCLINE),
        ("ff", NoticeKind.CONTROL_LOST),
        ("0a0100", NoticeKind.OTHER),
        ("1401", NoticeKind.OTHER),
        ("e0", NoticeKind.OTHER),
    ],
)
def test_each_status_is_a_notice(value: str, kind: NoticeKind) -> None:
    notice = read_status(bytes.fromhex(value), MachineRecord(), 7.0)
    assert notice.kind is kind
    assert notice.arrived_s == 7.0
    assert notice.text


def test_a_target_set_at_the_console_carries_its_value() -> None:
    record = MachineRecord()
    assert read_status(bytes.fromhex("056900"), record, 0.0).speed == Speed(105)
    assert read_status(bytes.fromhex("06f6ff"), record, 0.0).incline == Incline(-10)
    assert read_status(bytes.fromhex("05"), record, 0.0).speed is None
    mph = MachineRecord(target_unit=SpeedUnit.MPH)
    assert read_status(bytes.fromhex("056400"), mph, 0.0).speed == Speed(161)


def test_an_empty_status_breaks_the_protocol() -> None:
    with pytest.raises(WireError):
        read_status(b"", MachineRecord(), 0.0)


@pytest.mark.parametrize(
    ("value", "words"),
    [("", "not given"), ("00", "not given"), ("000d", "Manual Mode"), ("010141", "Idle (A)")],
)
def test_a_training_status_of_any_length_is_information(value: str, words: str) -> None:
    notice = read_training_status(bytes.fromhex(value), 0.0)
    assert notice.kind is NoticeKind.OTHER
    assert words in notice.text


async def test_training_status_reaches_the_sink() -> None:
    bench = await Bench().connected()
    bench.link.notify(TRAINING, "000d")
    assert "Manual Mode" in bench.notices(NoticeKind.OTHER)[0].text
    await bench.driver.close()


@pytest.mark.parametrize("status", ["0201", "0202"])
async def test_a_stop_repeated_at_subscription_is_information_and_reports_go_on(
    status: str,
) -> None:
    link = FakeLink()
    link.on_subscribed = {STATUS: bytes.fromhex(status), DATA: bytes.fromhex("0000c800")}
    bench = Bench(link=link)
    await bench.driver.connect()
    assert not bench.notices(NoticeKind.STOPPED)
    assert not bench.notices(NoticeKind.PAUSED)
    assert "repeated" in bench.notices(NoticeKind.OTHER)[0].text
    assert bench.telemetry[0].speed == Speed(200)
    link.notify(STATUS, status)  # the second one is news
    assert bench.notices(NoticeKind.STOPPED) or bench.notices(NoticeKind.PAUSED)
    await bench.driver.close()


@pytest.mark.parametrize("status", ["03", "ff"])
async def test_safety_key_and_lost_control_count_from_the_first_moment(status: str) -> None:
    link = FakeLink()
    link.on_subscribed = {STATUS: bytes.fromhex(status)}
    bench = Bench(link=link)
    await bench.driver.connect()
    assert bench.notices(NoticeKind.SAFETY_KEY) or bench.notices(NoticeKind.CONTROL_LOST)
    await bench.driver.close()


async def test_a_first_stop_is_news_once_the_subscription_is_old() -> None:
    bench = await Bench().connected()
    await asyncio.sleep(3)
    bench.link.notify(STATUS, "0201")
    assert len(bench.notices(NoticeKind.STOPPED)) == 1
    await bench.driver.close()


@pytest.mark.parametrize(
    ("characteristic", "value"), [(DATA, "00"), (CONTROL_POINT, "8002"), (STATUS, "")]
)
async def test_what_cannot_be_read_is_told_as_malformed(characteristic: int, value: str) -> None:
    bench = await Bench().connected()
    bench.link.notify(characteristic, value)
    (notice,) = bench.notices(NoticeKind.MALFORMED)
    assert notice.text
    assert bench.reports == [notice]
    await bench.driver.close()


@given(
    values=st.lists(
        st.tuples(st.sampled_from([DATA, CONTROL_POINT, STATUS, TRAINING]), st.binary(max_size=40)),
        max_size=20,
    )
)
def test_no_value_from_the_air_raises(values: list[tuple[int, bytes]]) -> None:
    async def listen() -> None:
        bench = await Bench().connected()
        for characteristic, value in values:
            bench.link.subscribed[characteristic](value)
        await bench.driver.close()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(listen())
