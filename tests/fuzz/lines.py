"""Lines and keys: what is typed, what stands in a journal, what a client sends."""

import json
import math
from functools import cache
from itertools import pairwise

from pydantic import ValidationError

from fuzz.json_edits import as_read, edited
from fuzz.target import Choices, Target, Targets
from integration.scripted import Bench, lines_of
from quarterturn.bridge.octets import DRIVER, WIRE, Step, decode_step, encode_step
from quarterturn.bridge.records import (
    Setup,
    decode_report,
    decode_setup,
    encode_report,
    encode_setup,
)
from quarterturn.commands.walk_screen import _intent_of
from quarterturn.keys import READY_KEYS, KeyAction, action_of
from quarterturn.model import (
    CommandOutcome,
    Heading,
    HeartRate,
    Notice,
    NoticeKind,
    Outcome,
    Permitted,
    Report,
    RunningCadence,
    SensorNotice,
    SensorState,
    SetSpeed,
    Telemetry,
)
from quarterturn.ready import HOLD_S, REPEAT_WITHIN_S, TWICE_S, ReadyKeys
from quarterturn.rehearsal import in_virtual_time
from quarterturn.session import Intent
from quarterturn.treadmill_url import TreadmillUrl, parse_sensor_url, parse_treadmill_url
from quarterturn.units import Incline, Speed, parse_duration_s, parse_incline, parse_speed


def text_of(data: bytes) -> str:
    """Return an input as text, of any characters."""
    return data.decode("utf-8", errors="surrogateescape")


# --- what is typed -------------------------------------------------------------------------------


def read_url(data: bytes) -> TreadmillUrl:
    return parse_treadmill_url(text_of(data))


def read_sensor_url(data: bytes) -> TreadmillUrl:
    return parse_sensor_url(text_of(data))


def check_url(_: bytes, url: TreadmillUrl) -> None:
    assert parse_treadmill_url(str(url)) == url
    assert str(url).isprintable()
    assert url.record is None or ("record", url.record) in url.options


Measures = tuple[Speed | None, Incline | None, float | None]


def read_measure(data: bytes) -> Measures:
    text = text_of(data[1:])
    match Choices(data).below(3):
        case 0:
            return parse_speed(text), None, None
        case 1:
            return None, parse_incline(text), None
        case _:
            return None, None, parse_duration_s(text)


def check_measure(_: bytes, found: Measures) -> None:
    speed, incline, duration_s = found
    assert speed is None or 0 <= speed.kmh <= 655.35
    assert incline is None or abs(incline.pct) <= 100
    assert duration_s is None or (math.isfinite(duration_s) and duration_s > 0)


# --- keys ----------------------------------------------------------------------------------------

CAUTIOUS = {KeyAction.READY, KeyAction.SLOWER, KeyAction.PAUSE}


def read_keys(data: bytes) -> list[tuple[Heading, bool, KeyAction | None]]:
    return [
        (heading, moving, action_of(data, heading=heading, moving=moving))
        for heading in Heading
        for moving in (False, True)
    ]


def check_keys(data: bytes, found: list[tuple[Heading, bool, KeyAction | None]]) -> None:
    stops = set(b" sS\x03") & set(data)
    for heading, moving, action in found:
        if action is KeyAction.READY:
            assert set(data) <= READY_KEYS
        if not data:
            assert action is None
        elif moving and heading is not Heading.FORWARD:
            assert action is KeyAction.STOP or action in CAUTIOUS
            assert not stops or action is KeyAction.STOP
        elif data == b"\x1b" or (stops and b"\x1b" not in data):
            assert action is KeyAction.STOP


Presses = list[tuple[float, bytes]]


def read_presses(data: bytes) -> tuple[str, Presses, list[int]]:
    """Feed reads at times; return them, and at which of them there was a READY."""
    choices = Choices(data)
    mode = "hold" if choices.below(2) == 0 else "twice"
    keys = ReadyKeys("hold" if mode == "hold" else "twice")
    now_s = 100.0
    presses: Presses = []
    ready: list[int] = []
    while choices.left and len(presses) < 100:
        now_s += choices.below(256) * 0.01
        octet = choices.below(256)
        read = choices.take(2) if octet == 0xFF else b"\r\nrRx"[octet % 5 : octet % 5 + 1]
        presses.append((now_s, read))
        if keys.key(now_s, read):
            ready.append(len(presses) - 1)
    return mode, presses, ready


def check_presses(_: bytes, found: tuple[str, Presses, list[int]]) -> None:
    mode, presses, ready = found
    for at in ready:
        now_s, read = presses[at]
        assert len(read) == 1
        assert read[0] in READY_KEYS
        before_s, before = presses[at - 1]
        assert at
        assert before == read
        if mode == "twice":
            shortest_s, longest_s = TWICE_S
            assert shortest_s - 1e-5 <= now_s - before_s <= longest_s + 1e-5
        else:
            assert now_s - before_s < REPEAT_WITHIN_S
            since = at
            while since and presses[since - 1][1] == read:
                if presses[since][0] - presses[since - 1][0] >= REPEAT_WITHIN_S:
                    break
                since -= 1
            assert now_s - presses[since][0] >= HOLD_S - 1e-5
    if mode == "twice":
        assert all(later - earlier >= 2 for earlier, later in pairwise(ready))


# --- intents of `run --json` ---------------------------------------------------------------------


def read_intent(data: bytes) -> tuple[Intent | None, str | None]:
    return _intent_of(data.decode("utf-8", "replace"))


def check_intent(_: bytes, found: tuple[Intent | None, str | None]) -> None:
    intent, problem = found
    assert (intent is None) is (problem is not None)
    assert problem is None or problem.isprintable()


# --- what a journal holds ------------------------------------------------------------------------

STOPPED = CommandOutcome(
    Permitted(SetSpeed(Speed(200)), "session", ("phase",)),
    Outcome.CONFIRMED,
    12.5,
    12.0,
    answered_s=12.2,
    detail="taken",
)
REPORTS: tuple[Report, ...] = (
    Telemetry(
        1.0,
        speed=Speed(120),
        incline=Incline(-5),
        distance_m=3,
        elapsed_s=4,
        energy_kcal=5,
        heart_rate_bpm=88,
        steps=7,
        truncated=True,
    ),
    Notice(2.0, NoticeKind.TARGET_SPEED, speed=Speed(90), command=SetSpeed(Speed(90)), text="set"),
    STOPPED,
    HeartRate(3.0, "strap", 90, contact=True, rr_intervals_s=(0.7, 0.71), energy_kj=3),
    RunningCadence(
        4.0,
        "pod",
        speed_m_per_s=1.2,
        cadence_per_min=80,
        stride_length_m=0.6,
        distance_m=12.5,
        running=True,
    ),
    SensorNotice(5.0, "strap", SensorState.LOST, "gone"),
)
REPORT_LINES = [as_read(encode_report(report)) for report in REPORTS]


def read_report(data: bytes) -> Report:
    choices = Choices(data)
    line = edited(REPORT_LINES[choices.below(len(REPORT_LINES))], choices)
    return decode_report(as_read(line) if isinstance(line, dict) else {})


def check_report(_: bytes, report: Report) -> None:
    line = encode_report(report)
    assert decode_report(json.loads(json.dumps(line))) == report
    if isinstance(report, Telemetry) and report.speed is not None:
        assert report.speed.kmh >= 0


STEP_LINES: tuple[dict[str, object], ...] = (
    {"kind": WIRE, "at": 1.5, "dir": "in", "characteristic": "2acd", "hex": "0000c800"},
    {
        "kind": WIRE,
        "at": 2.5,
        "dir": "out",
        "n": 1,
        "op": "write",
        "characteristic": "2ad9",
        "hex": "07",
    },
    {"kind": WIRE, "at": 2.6, "dir": "in", "to": 1, "hex": "00", "characteristics": {"2acd": 16}},
    {
        "kind": WIRE,
        "at": 2.7,
        "dir": "in",
        "to": 2,
        "error": "RefusedError",
        "text": "no",
        "code": 5,
    },
    {"kind": WIRE, "at": 3.5, "dir": "in", "lost": True},
    {"kind": DRIVER, "at": 0.5, "n": 1, "do": "connect", "text": "x"},
)


def read_step(data: bytes) -> Step:
    choices = Choices(data)
    line = edited(STEP_LINES[choices.below(len(STEP_LINES))], choices)
    return decode_step(as_read(line) if isinstance(line, dict) else {})


def check_step(_: bytes, step: Step) -> None:
    assert decode_step(as_read(encode_step(step))) == step
    assert math.isfinite(step.at_s)


def read_setup(data: bytes) -> Setup:
    line = edited(session()[0], Choices(data))
    return decode_setup(as_read(line) if isinstance(line, dict) else {})


def check_setup(_: bytes, setup: Setup) -> None:
    assert decode_setup(as_read(encode_setup(setup))) == setup


@cache
def session() -> list[dict[str, object]]:
    """Return the journal of a walk on the simulated treadmill: the setup, the start, the end."""

    async def walk() -> Bench:
        bench = Bench("circle")
        await bench.walk()
        return bench

    lines = lines_of(in_virtual_time(walk()).journal)
    return [*lines[:120], lines[-1]]


TARGETS: Targets = {
    "treadmill-url": Target(
        read_url,
        check_url,
        ("quarterturn.treadmill_url",),
        (
            b"ftms+ble://AA:BB:CC:DD:EE:FF",
            b"ftms+sim://?quirk=mph-target&seed=7",
            b"trackmaster+serial:///dev/tty%20USB0?unit=kmh&record=t318",
        ),
        300_000,
        documented=(ValueError,),
        longest=120,
        words=(b"+", b"://", b"?", b"&", b"=", b"%", b"%41", b"%c3%bc", b"record="),
    ),
    "sensor-url": Target(
        read_sensor_url,
        check_url,
        ("quarterturn.treadmill_url",),
        (b"heart-rate+ble://AA:BB:CC:DD:EE:FF?hci=usb:0", b"running+sim://"),
        50_000,
        documented=(ValueError,),
        longest=120,
        words=(b"+", b"://", b"?", b"&", b"=", b"%", b"%41", b"%c3%bc", b"record="),
    ),
    "measures": Target(
        read_measure,
        check_measure,
        ("quarterturn.units",),
        (b"\x003.0 km/h", b"\x001.9 mph", b"\x01-1.5 %", b"\x021.5 min", b"\x02999999999 h"),
        300_000,
        documented=(ValueError,),
        longest=40,
        words=(b"km/h", b"mph", b"%", b"s", b"min", b"h", b"."),
    ),
    "keys": Target(
        read_keys,
        check_keys,
        ("quarterturn.keys",),
        (b" ", b"\r", b"s", b"\x1b", b"\x1b[A", b"\x1bOP", b"p", b"-r", b"rr", b"\x1b[1;5C\x1b[B"),
        300_000,
        documented=(),
        longest=24,
        words=(b"\x1b[", b"\x1bO", b"\x1b[A"),
    ),
    "ready": Target(
        read_presses,
        check_presses,
        ("quarterturn.ready",),
        (bytes([0, 0, 2, 50, 2, *(5, 2) * 20]), bytes([1, 0, 2, 60, 2, 60, 2])),
        200_000,
        documented=(),
        longest=160,
    ),
    "intents": Target(
        read_intent,
        check_intent,
        ("quarterturn.commands.walk_screen",),
        (b'{"intent": "stop"}', b'{"intent": 3}', b"[1]", b'"stop"', b"[[[["),
        100_000,
        documented=(),
        longest=100,
        words=(b'"intent"', b'"stop"', b'"ready"', b":", b"{", b"}", b"[", b"null", b"1e999"),
    ),
    "report-lines": Target(
        read_report,
        check_report,
        ("quarterturn.bridge.records",),
        (b"\x00", b"\x01", b"\x02", b"\x03", b"\x04", b"\x05", b"\x00\x02\x00\x05"),
        120_000,
        documented=(KeyError, TypeError, ValueError),
        longest=24,
    ),
    "octet-lines": Target(
        read_step,
        check_step,
        ("quarterturn.bridge.octets",),
        tuple(bytes([index]) for index in range(len(STEP_LINES))),
        100_000,
        documented=(KeyError, TypeError, ValueError),
        longest=24,
    ),
    "setup-lines": Target(
        read_setup,
        check_setup,
        ("quarterturn.bridge.records",),
        (b"", b"\x10\x00\x01"),
        4_000,
        documented=(KeyError, TypeError, ValueError, ValidationError),
        longest=24,
    ),
}
