"""Decode Treadmill Data with this project and with pyftms, in one run: how fast, and how right.

    python bench/decode.py

needs Python 3.12 or later (pyftms does) and both packages in one environment:

    python3.12 -m venv /tmp/bench && /tmp/bench/bin/pip install pyftms .
    /tmp/bench/bin/python bench/decode.py

The ratio is what counts: the two take turns, so that a busy machine slows both.
"""

import contextlib
import importlib.metadata
import io
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from quarterturn.wire.errors import WireError
from quarterturn.wire.ftms import treadmill_data
from quarterturn.wire.ftms.render import render

try:
    from pyftms.client.backends.updater import DataUpdater
    from pyftms.models import MachineStatusModel, TrainingStatusModel, TreadmillData
    from pyftms.serializer import NumSerializer, get_serializer
except (ImportError, SyntaxError):
    sys.exit(
        "pyftms is not installed here, or this Python is older than 3.12.\n"
        "  python3.12 -m venv /tmp/bench && /tmp/bench/bin/pip install pyftms .\n"
        "  /tmp/bench/bin/python bench/decode.py"
    )

PACKETS = json.loads(
    (Path(__file__).parents[1] / "tests" / "data" / "ftms_packets.json").read_text()
)
ROUNDS = 31
DECODES_A_ROUND = 2000

KEYS = {
    "speed_kmh": "speed_instant",
    "avg_speed_kmh": "speed_average",
    "distance_m": "distance_total",
    "inclination_pct": "inclination",
    "ramp_angle_deg": "ramp_angle",
    "pos_elev_gain_m": "elevation_gain_positive",
    "neg_elev_gain_m": "elevation_gain_negative",
    "energy_total_kcal": "energy_total",
    "energy_per_hour_kcal": "energy_per_hour",
    "energy_per_min_kcal": "energy_per_minute",
    "heart_rate_bpm": "heart_rate",
    "met": "metabolic_equivalent",
    "elapsed_s": "time_elapsed",
    "remaining_s": "time_remaining",
    "force_n": "force_on_belt",
    "power_w": "power_output",
    "flags": "flags",
    "status": "code",
    "opcode": "code",
    "target_speed_kmh": "target_speed",
}
PYFTMS_MODELS = {
    "2ACD": TreadmillData,
    "2AD3": TrainingStatusModel,
    "2ADA": MachineStatusModel,
}
REAL_TREADMILL_DATA = [bytes.fromhex(p["hex"]) for p in PACKETS if p["char"] == "2ACD"]


def microseconds(decode: Callable[[bytes], object], value: bytes) -> float:
    started = time.perf_counter()
    for _ in range(DECODES_A_ROUND):
        decode(value)
    return (time.perf_counter() - started) / DECODES_A_ROUND * 1e6


def speed() -> float:
    """Print the median time of each value, and return the smallest ratio."""
    theirs_decode = get_serializer(TreadmillData).deserialize
    title = f"one value, median of {ROUNDS} rounds"
    print(f"{title:44} {'ours':>9} {'pyftms':>9}  ratio")
    ratios = []
    for packet in PACKETS:
        if packet["char"] != "2ACD":
            continue
        value = bytes.fromhex(packet["hex"])
        try:
            theirs_decode(value)
        except (AssertionError, EOFError, TypeError):
            ours = statistics.median(
                microseconds(treadmill_data.decode, value) for _ in range(ROUNDS)
            )
            print(f"  {packet['machine'][:42]:42} {ours:6.2f} us {'fails':>9}")
            continue
        ours_us, theirs_us = [], []
        for _ in range(ROUNDS):
            ours_us.append(microseconds(treadmill_data.decode, value))
            theirs_us.append(microseconds(theirs_decode, value))
        ours, theirs = statistics.median(ours_us), statistics.median(theirs_us)
        ratios.append(theirs / ours)
        name = packet["machine"][:42]
        print(f"  {name:42} {ours:6.2f} us {theirs:6.2f} us  {theirs / ours:5.1f}")
    return min(ratios)


def same(expected: object, found: object) -> bool:
    if isinstance(expected, float) and isinstance(found, float | int):
        return abs(expected - found) < 1e-6
    return expected == found


def faults_of(found: dict[str, object], packet: dict[str, dict[str, object]]) -> list[str]:
    return [
        f"{key} {found.get(key)} instead of {expected}"
        for key, expected in packet["expected"].items()
        if key in KEYS and not same(expected, found.get(key))
    ]


def pyftms_faults(packet: dict[str, str]) -> list[str]:
    try:
        value = get_serializer(PYFTMS_MODELS[packet["char"]]).deserialize(
            bytes.fromhex(packet["hex"])
        )
    except (AssertionError, EOFError, TypeError, ValueError) as error:
        return [f"raises {type(error).__name__} {error}".rstrip()]
    flat = value._asdict()  # what its own notification handler calls
    return faults_of({key: flat.get(theirs) for key, theirs in KEYS.items()}, packet)


def our_faults(packet: dict[str, str]) -> list[str]:
    try:
        return faults_of(render(packet["char"], bytes.fromhex(packet["hex"])), packet)
    except WireError as error:
        return [f"raises {error}"]


def correctness() -> tuple[int, int]:
    """Print what each reads wrongly, and return how many values those are: ours, theirs."""
    wrong = [0, 0]
    for packet in PACKETS:
        if packet["char"] not in PYFTMS_MODELS:
            continue
        for index, (who, faults) in enumerate(
            (("ours", our_faults(packet)), ("pyftms", pyftms_faults(packet)))
        ):
            if faults:
                wrong[index] += 1
                print(f"  {who}: {packet['machine'][:44]}, {packet['char']}: {'; '.join(faults)}")
    return wrong[0], wrong[1]


def changed_speeds() -> tuple[int, int]:
    """Return how many speeds up to 20.00 km/h change when decoded and encoded: ours, theirs."""
    number = NumSerializer("u2.01")
    ours = theirs = 0
    for centi_kmh in range(2001):
        octets = centi_kmh.to_bytes(2, "little")
        value = b"\x00\x00" + octets
        ours += treadmill_data.encode(treadmill_data.decode(value)) != value
        written = io.BytesIO()
        number.serialize(written, number.deserialize(octets))
        theirs += written.getvalue() != octets
    return ours, theirs


def undelivered_zeros() -> tuple[int, int]:
    """Return how many all-zero reports there are, and how many of them pyftms hands on."""
    zeros = [value for value in REAL_TREADMILL_DATA if not any(value[2:])]
    delivered: list[object] = []
    for value in zeros:
        updater = DataUpdater(TreadmillData, delivered.append)
        with contextlib.suppress(AssertionError):
            updater._on_notify(None, bytearray(value))
    return len(zeros), len(delivered)


def main() -> None:
    print(f"Python {sys.version.split()[0]}, pyftms {importlib.metadata.version('pyftms')}")
    print()
    smallest = speed()
    print(f"at least {smallest:.1f} times as fast as pyftms")
    print()
    print("read wrongly, of the captured values:")
    ours, theirs = correctness()
    compared = sum(packet["char"] in PYFTMS_MODELS for packet in PACKETS)
    print(f"ours {ours}, pyftms {theirs} of {compared}")
    ours, theirs = changed_speeds()
    print(f"speeds that change when decoded and encoded: ours {ours}, pyftms {theirs} of 2001")
    zeros, delivered = undelivered_zeros()
    print(f"all-zero reports (a stopped belt): {zeros} captured, pyftms delivers {delivered}")


if __name__ == "__main__":
    main()
