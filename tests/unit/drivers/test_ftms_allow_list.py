"""Whatever is sent in whatever order, only what the governor let out leaves, and no more of it."""

import asyncio
import struct
from collections import Counter
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from quarterturn.model import (
    CommandOutcome,
    MachineRecord,
    Permitted,
    SetIncline,
    SetSpeed,
    SpeedUnit,
    Start,
    Stop,
)
from quarterturn.port import LinkError, RefusedError
from quarterturn.units import Incline, Speed
from quarterturn_simulator.clock import VirtualTimeLoop
from unit.drivers.fake_link import HANG, SILENCE, Bench, Reply

commands = st.one_of(
    st.just(Start()),
    st.just(Stop()),
    st.builds(SetSpeed, st.builds(Speed, st.integers(0, 2000))),
    st.builds(SetIncline, st.builds(Incline, st.integers(-100, 400))),
)
replies: st.SearchStrategy[Reply] = st.sampled_from(
    [0x01, 0x01, 0x01, 0x02, 0x04, 0x05, SILENCE, HANG, RefusedError("busy", 0xFE), LinkError("x")]
)
records = st.builds(
    MachineRecord,
    answers_commands=st.booleans(),
    answers_request_control=st.booleans(),
    request_control_before_each=st.booleans(),
    command_gap_s=st.sampled_from([0.0, 0.4]),
    target_unit=st.sampled_from(SpeedUnit),
)
events = st.one_of(
    commands,
    commands,
    st.sampled_from([0.01, 0.3, 1.0, 5.0, 30.0]),
    st.sampled_from(["0000c800", "00000000", "08006400140000", "ff", "0201", "lose"]),
)


@settings(max_examples=300)
@given(
    record=records,
    script=st.lists(events, max_size=25),
    answers=st.fixed_dictionaries(
        {op: st.lists(replies, min_size=1, max_size=3) for op in (0x02, 0x03, 0x07, 0x08)}
    ),
)
def test_only_permitted_bytes_leave_and_each_command_has_one_outcome(
    record: MachineRecord,
    script: list[object],
    answers: dict[int, list[Reply]],
) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(_play(record, script, answers))


async def _play(
    record: MachineRecord, script: list[object], answers: dict[int, list[Reply]]
) -> None:
    bench = await Bench(record).connected()
    bench.link.replies.update({op: list(queue) for op, queue in answers.items()})
    sent: list[Permitted] = []
    for event in script:
        match event:
            case float(seconds):
                await asyncio.sleep(seconds)
            case "lose":
                bench.link.lose()
            case str(value):
                bench.link.notify(0x2ADA if len(value) <= 4 else 0x2ACD, value)
            case Start() | Stop() | SetSpeed() | SetIncline():
                # Each permit is its own object, so that outcomes can be told apart.
                sent.append(bench.send(event))
    await asyncio.sleep(60)
    await bench.driver.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}

    told = [one.permitted for one in bench.reports if isinstance(one, CommandOutcome)]
    assert sorted(map(id, told)) == sorted(map(id, sent))

    starts = [one for one in sent if isinstance(one.command, Start)]
    stops = [one for one in sent if isinstance(one.command, Stop)]
    op_codes = [int(value[:2], 16) for value in bench.bytes_out]
    assert set(op_codes) <= {0x00, 0x02, 0x03, 0x07, 0x08}
    if not record.request_control_before_each:
        # Control is asked for again only on behalf of a Stop that was refused for lack of it.
        assert op_codes.count(0x00) <= 2 * len(stops)
    assert op_codes.count(0x07) <= len(starts)
    assert op_codes.count(0x08) <= 3 * len(stops)
    assert all(value in {"07", "0801"} for value in bench.bytes_out if value[:2] in {"07", "08"})
    # Every target that left was sent, with no other value, and no more often than it was sent.
    targets = [value for value in bench.bytes_out if value[:2] in {"02", "03"}]
    assert not Counter(targets) - Counter(_target(one, record) for one in sent)
    written_s = {at_s for at_s, value in bench.link.written if value == "07"}
    for outcome in bench.outcomes:
        if isinstance(outcome.permitted.command, Start) and outcome.sent_s is not None:
            assert round(outcome.sent_s, 3) in written_s


def _target(permitted: Permitted, record: MachineRecord) -> str:
    match permitted.command:
        case SetSpeed(speed):
            raw = speed.centi_kmh
            if record.target_unit is SpeedUnit.MPH:
                raw = 10 * (Fraction(raw, 10) / Fraction("1.609344") // 1)
            return "02" + struct.pack("<H", raw).hex()
        case SetIncline(incline):
            return "03" + struct.pack("<h", incline.tenths_pct).hex()
        case _:
            return ""
