"""``quarterturn run``: walk a workout on a treadmill, in real time."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime

from quarterturn.bridge.journal import JournalWriter, default_folder
from quarterturn.bridge.runtime import Record, Runtime
from quarterturn.commands import ask
from quarterturn.commands.choices import choose_profile, find_sensors, find_treadmill
from quarterturn.commands.output import (
    complain,
    encoder,
    exit_code,
    kept,
    new_journal,
    shapes_fit,
)
from quarterturn.exit_codes import ExitCode, UsageError
from quarterturn.keys import KeyAction, action_of
from quarterturn.lines import LineRenderer, table
from quarterturn.opening import NamedSensor, Treadmill
from quarterturn.plan import Plan, make_plan
from quarterturn.preflight import PreflightResult
from quarterturn.profiles import Profile
from quarterturn.ready import Mode, ReadyKeys
from quarterturn.session import Event, Intent
from quarterturn.settings import load_settings
from quarterturn.summary import Summariser
from quarterturn.terminal import Printer, lines_from_stdin, single_keys
from quarterturn.workout.files import load_workout
from quarterturn.workout.phases import Workout

# A phase is done by reports, which come about once a second.
_CUT_SHORT_S = 2.0
_KEYS = (
    "Keys: Enter, held or as the settings say, is READY. Space, s or Escape stops. "
    "p pause, - slower, n skip, f finish."
)
_INTENTS_A_SECOND = 20
_NO_KEYS = "Stdin is no terminal: no key gives READY, and no key stops. Ctrl+C stops."


def main(options: argparse.Namespace) -> int:
    """Walk a workout.

    Raises:
        UsageError, FileErrors, PlanRefused: before anything is connected or started.
        LinkError, RefusedError, TimeoutError: when there is no treadmill.

    """
    workout = load_workout(options.workout)
    treadmill = find_treadmill(options.treadmill)
    sensors = find_sensors(options.sensor)
    profile = choose_profile(options.profile)
    now = datetime.now().astimezone()
    ready: Mode = "twice" if load_settings().ready == "twice" else "hold"
    # Before anybody is asked or anything connected: what the caps alone refuse is refused now.
    plan = make_plan(workout, profile, None, year=now.year)
    person: dict[str, object] = {}
    if not treadmill.simulated:
        cleared = _preflight(plan, profile, now.date(), ready, options)
        profile, person = cleared.profile, cleared.journalled()
        # The answers may have lowered the caps.
        make_plan(workout, profile, None, year=now.year)
    errand = Errand(
        workout, profile, treadmill, now.year, ready, as_json=options.json, sensors=sensors
    )
    journal = _open_journal(options.journal, errand, person, now)
    with kept(journal) as record:
        walked = asyncio.run(_walk(errand, record))
    if not treadmill.simulated and walked.code is ExitCode.COMPLETED:
        ask.remember_session(profile.name, walked.plan, now.date(), to_the_end=walked.whole)
    print(f"Journal: {journal.path}", file=sys.stderr)
    return walked.code


def _preflight(
    plan: Plan, profile: Profile, today: date, ready: Mode, options: argparse.Namespace
) -> PreflightResult:
    if options.json or not sys.stdin.isatty():
        raise UsageError(
            "before a walk on a real treadmill a person answers questions in a terminal: "
            "`quarterturn run` with --plain there"
        )
    return ask.preflight(plan, profile, today=today, ready=ready)


@dataclass(frozen=True, slots=True)
class Walked:
    """What came of a walk; ``whole``: no phase of the plan was left out or cut short."""

    code: ExitCode
    plan: Plan
    whole: bool


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be walked, by whom, where, and how it is shown."""

    workout: Workout
    profile: Profile
    treadmill: Treadmill
    year: int
    ready: Mode
    as_json: bool
    sensors: Sequence[NamedSensor] = ()


def _open_journal(
    path: str | None, errand: Errand, person: Mapping[str, object], now: datetime
) -> JournalWriter:
    sensor_urls = {sensor.name: str(sensor.url) for sensor in errand.sensors}
    header = {
        "started": now.isoformat(timespec="seconds"),
        "workout": errand.workout.name,
        "treadmill": str(errand.treadmill.url),
        **({"sensors": sensor_urls} if sensor_urls else {}),
        **person,
    }
    if path is not None:
        return new_journal(path, header)
    return JournalWriter.create(default_folder(), errand.workout.name, now, header, complain)


async def _walk(errand: Errand, record: Record) -> Walked:
    return await Walk(errand, record).run()


class Walk:
    """One walk with its keyboard or its client, its output and its signals.

    Make it on a running loop.
    """

    def __init__(self, errand: Errand, record: Record) -> None:
        treadmill = errand.treadmill
        self._errand = errand
        self._runtime = Runtime(
            treadmill.open_driver,
            treadmill.record,
            on_event=self._show,
            record=record,
            sensors={sensor.name: sensor.open_sensor for sensor in errand.sensors},
        )
        self._printer = Printer(sys.stdout, self._runtime.screen_lost)
        self._keys = ReadyKeys(errand.ready)
        self._shapes = shapes_fit(sys.stdout)
        self._renderer = LineRenderer(shapes=self._shapes)
        self._summariser = Summariser()
        self._began = False
        self._recent_s: deque[float] = deque()

    async def run(self) -> Walked:
        """Connect, walk, and say what came of it."""
        errand, runtime = self._errand, self._runtime
        try:
            capabilities = await runtime.connect()
            plan = make_plan(errand.workout, errand.profile, capabilities, year=errand.year)
            with self._signals(), self._input():
                end = await runtime.walk(plan, capabilities)
        finally:
            await runtime.close()
            if self._began and not errand.as_json:
                self._printer.put("")
                self._printer.put(table(self._summariser.summary(), shapes=self._shapes))
            self._printer.close()
        if runtime.crash is not None:
            complain(f"a mistake of ours: {runtime.crash!r}")
        done = self._summariser.summary().phases
        whole = len(done) == len(plan.phases) and all(
            phase.done_s >= phase.planned_s - _CUT_SHORT_S for phase in done
        )
        return Walked(exit_code(end), plan, whole)

    def _input(self) -> AbstractContextManager[None]:
        if self._errand.as_json:
            return lines_from_stdin(self._line)
        if sys.stdin.isatty():
            self._printer.put(_KEYS)
            return single_keys(self._key, self._runtime.screen_lost)
        self._printer.put(_NO_KEYS)
        return contextlib.nullcontext()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        stops = {signal.SIGINT: "interrupt", signal.SIGTERM: "terminated"}
        for number, cause in stops.items():
            loop.add_signal_handler(number, self._runtime.stop, "walker", cause)
        # A closed terminal is a lost screen, and no reason for an abrupt stop.
        loop.add_signal_handler(signal.SIGHUP, self._runtime.screen_lost)
        try:
            yield
        finally:
            for number in (*stops, signal.SIGHUP):
                loop.remove_signal_handler(number)

    def _show(self, event: Event) -> None:
        self._began = True
        self._summariser.add(event)
        line = encoder(event) if self._errand.as_json else self._renderer.render(event)
        if line is not None:
            self._printer.put(line)

    # --- the keyboard ----------------------------------------------------------------------------

    def _key(self, data: bytes) -> None:
        runtime = self._runtime
        action = action_of(data, heading=runtime.heading, moving=runtime.belt_may_move)
        ready = self._keys.key(asyncio.get_running_loop().time(), data)
        match action:
            case None:
                return
            case KeyAction.STOP:
                runtime.stop("walker", "key")
            case KeyAction.READY:
                if ready:
                    self._ask(Intent.READY)
            case _:
                self._ask(Intent(action.value))

    def _ask(self, intent: Intent) -> None:
        answer = self._runtime.intent(intent)
        if not answer.accepted:
            self._printer.put(f"       NO     {intent.value}: {answer.text}")

    # --- a client --------------------------------------------------------------------------------

    def _line(self, line: str) -> None:
        """Take in one line of JSON from a client, and answer it."""
        if not line.strip():
            return
        word, why = _intent_of(line)
        if word is Intent.READY or word is Intent.RESUME:
            why = self._why_no_ready()
        if word is not Intent.STOP:
            why = why or self._why_too_many()
        if word is None or why is not None:
            self._reply(word, accepted=False, text=why or "")
        elif word is Intent.STOP:
            self._runtime.stop("client")
            self._reply(word, accepted=True, text="")
        else:
            answer = self._runtime.intent(word)
            self._reply(word, accepted=answer.accepted, text=answer.text)

    def _why_too_many(self) -> str | None:
        """Refuse a flood: it would stand on the loop that the belt is controlled from."""
        now_s = asyncio.get_running_loop().time()
        while self._recent_s and self._recent_s[0] <= now_s - 1.0:
            self._recent_s.popleft()
        if len(self._recent_s) >= _INTENTS_A_SECOND:
            return f"more than {_INTENTS_A_SECOND} lines in a second: only stop is heard"
        self._recent_s.append(now_s)
        return None

    def _why_no_ready(self) -> str | None:
        if self._errand.treadmill.simulated:
            return None
        return "READY is a person's, at the machine: on a real treadmill no client gives it"

    def _reply(self, intent: Intent | None, *, accepted: bool, text: str) -> None:
        reply: Event = {
            "t": self._runtime.t,
            "event": "answer",
            "intent": None if intent is None else intent.value,
            "accepted": accepted,
            "text": text,
        }
        self._printer.put(encoder(reply))


def _intent_of(line: str) -> tuple[Intent | None, str | None]:
    known = ", ".join(Intent)
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        return None, 'not JSON: write a line such as {"intent": "stop"}'
    word = request.get("intent") if isinstance(request, dict) else None
    if not isinstance(word, str) or word not in set(Intent):
        return None, f'no such intent: write a line such as {{"intent": "stop"}}; known: {known}'
    return Intent(word), None
