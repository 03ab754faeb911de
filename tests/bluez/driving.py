"""Driving the treadmill: by the driver that ships, in a session, and by a client made by others."""

import asyncio
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bench import CONTROL_POINT, REQUEST_CONTROL, Bench, now_s, system_link, until

from integration.walks import Walk, known_machine, walk
from quarterturn.model import (
    Command,
    CommandOutcome,
    Notice,
    NoticeKind,
    Outcome,
    Permitted,
    Report,
    SetIncline,
    SetSpeed,
    Start,
    Stop,
    Telemetry,
)
from quarterturn.plan import Plan
from quarterturn.port import GattLink
from quarterturn.units import Incline, Speed
from quarterturn_drivers.ftms import FtmsDriver
from quarterturn_simulator.clock import VirtualTimeLoop
from quarterturn_simulator.plugin import TreadmillSimulation
from radio.bleak_air import BleakAir


class Drive:
    """The driver that ships on a link, and what it reports."""

    def __init__(self, link: GattLink) -> None:
        self.reports: list[Report] = []
        self.driver = FtmsDriver(link, known_machine(), self.reports.append)

    async def send(self, command: Command) -> float:
        """Send a command, wait for its success, and return how long that took."""
        permitted = Permitted(command, "check")
        began_s = now_s()
        self.driver.send(permitted)
        await until(lambda: self._outcome(permitted) is not None, 15)
        outcome = self._outcome(permitted)
        assert outcome is not None
        assert outcome.outcome is Outcome.CONFIRMED, outcome
        return now_s() - began_s

    def _outcome(self, permitted: Permitted) -> CommandOutcome | None:
        for each in self.reports:
            if isinstance(each, CommandOutcome) and each.permitted is permitted:
                return each
        return None

    def notices(self) -> list[NoticeKind]:
        return [each.kind for each in self.reports if isinstance(each, Notice)]

    async def reads_kmh(self, speed_kmh: float, within_s: float = 30.0) -> float:
        return await until(lambda: self._last_kmh() == speed_kmh, within_s)

    def _last_kmh(self) -> float | None:
        for each in reversed(self.reports):
            if isinstance(each, Telemetry) and each.speed is not None:
                return each.speed.kmh
        return None


async def the_driver_starts_sets_is_paused_by_the_console_and_stops(bench: Bench) -> str:
    async with bench.air(countdown=0) as air:
        drive = Drive(system_link(air.peripheral.address))
        await drive.driver.connect()
        await drive.send(Start())
        await until(lambda: air.treadmill.belt_speed_kmh > 0, 15)
        took_s = [await drive.send(SetSpeed(Speed(each))) for each in range(100, 200, 10)]
        await drive.reads_kmh(1.9)
        await drive.send(SetIncline(Incline(10)))
        air.treadmill.console.press_pause()
        await until(lambda: NoticeKind.PAUSED in drive.notices(), 5)
        await drive.reads_kmh(0.0)
        air.treadmill.console.press_start()
        await until(lambda: air.treadmill.belt_speed_kmh > 0, 15)
        await drive.send(Stop())
        await drive.reads_kmh(0.0)
        assert air.treadmill.belt_speed_kmh == 0.0
        await drive.driver.close()
        assert NoticeKind.LINK_LOST not in drive.notices()
        return f"the reports confirm a speed in {statistics.median(took_s):.2f} s (median of ten)"


async def the_control_point_answers(bench: Bench) -> str:
    async with bench.connected(answer=0) as (_, link):
        answers: asyncio.Queue[bytes] = asyncio.Queue()
        await link.subscribe(CONTROL_POINT, answers.put_nowait)
        took_ms: list[float] = []
        for _ in range(30):
            began_s = now_s()
            await link.write(CONTROL_POINT, REQUEST_CONTROL)
            answer = await answers.get()
            took_ms.append((now_s() - began_s) * 1000)
            assert answer == b"\x80\x00\x01", answer.hex()
        took_ms.sort()
        return f"write to indication {took_ms[15]:.0f} ms (median), {took_ms[28]:.0f} ms (95 %)"


async def the_first_three_phases_of_the_circle_are_the_same_bytes_as_in_process(
    bench: Bench,
) -> str:
    """In real time, against the same walk in virtual time on the simulator's own link."""
    near = await asyncio.to_thread(_walk_in_process)

    @asynccontextmanager
    async def over(simulation: TreadmillSimulation) -> AsyncIterator[GattLink]:
        async with BleakAir(simulation.treadmill, bench.link) as air:
            yield system_link(air.peripheral.address)

    far = await walk(record=known_machine(), change_plan=_brief, over=over)
    assert far.end == near.end == ("completed", "plan", None, True), (far.end, far.faults)
    written = [value.hex() for _, _, value in far.writes]
    expected = [value.hex() for _, _, value in near.writes]
    assert written == expected, (written, expected)
    return f"{len(written)} writes, {len(far.events)} events"


def _walk_in_process() -> Walk:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(walk(record=known_machine(), change_plan=_brief))


def _brief(plan: Plan) -> Plan:
    return replace(plan, phases=tuple(replace(each, duration_s=20.0) for each in plan.phases[:3]))


async def pyftms_reads_controls_and_stops_the_treadmill(bench: Bench) -> str:
    if bench.pyftms_python is None:
        return "not run: --pyftms names no interpreter that has it"
    async with bench.air(countdown=0) as air:
        script = Path(__file__).with_name("by_pyftms.py")
        process = await asyncio.create_subprocess_exec(
            bench.pyftms_python, str(script), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        highest_kmh = 0.0
        output = asyncio.create_task(process.stdout.read())
        while not output.done():
            highest_kmh = max(highest_kmh, air.treadmill.belt_speed_kmh)
            await asyncio.sleep(0.1)
        said = (await output).decode().strip()
        assert await process.wait() == 0, said
        assert highest_kmh == 2.0, highest_kmh
        assert air.treadmill.belt_speed_kmh == 0.0
        return said
