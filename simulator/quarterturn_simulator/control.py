"""What becomes of a request at the control point (FTMS v1.0.1 section 4.16), and at the buttons.

The order of the checks: the op code (02), the permission (05), the parameter (03), the state (04).
Where the specification is silent, and its settings do not say otherwise, this machine decides: a
target between two steps is an invalid parameter; a target set at a standstill is kept for the next
start; Pause while paused fails like Stop while stopped; without the safety key only Request Control
and Reset succeed.
"""

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from random import Random

from quarterturn.model import InclineRange, SpeedRange
from quarterturn.units import Incline, Speed
from quarterturn.wire.errors import WireError
from quarterturn.wire.ftms.control_point import (
    OpCode,
    Request,
    RequestControl,
    Reset,
    Result,
    SetTargetIncline,
    SetTargetSpeed,
    StartOrResume,
    StopAction,
    StopOrPause,
    decode_request,
)
from quarterturn.wire.ftms.status import (
    MachineStatus,
    StatusCode,
    stopped_by_user,
    target_incline_changed,
    target_speed_changed,
)
from quarterturn_simulator.machine import Machine, RunState
from quarterturn_simulator.settings import (
    Decrease,
    OffStep,
    Settings,
    StartWhileRunning,
    StopWhilePaused,
    Takeover,
)

_STARTED = MachineStatus(StatusCode.STARTED_OR_RESUMED)
_STOPPED = stopped_by_user(StopAction.STOP)
_PAUSED = stopped_by_user(StopAction.PAUSE)


class Button(Enum):
    """The buttons of the console."""

    START = auto()
    STOP = auto()
    PAUSE = auto()
    FASTER = auto()
    SLOWER = auto()
    INCLINE_UP = auto()
    INCLINE_DOWN = auto()
    CONSENT = auto()  # the paddle of a machine that asks before each change of speed


@dataclass(frozen=True, slots=True)
class Done:
    """What a request came to.

    ``status`` is owed to the other clients, and where ``to_writer`` to the writer as well;
    ``dispossessed`` has lost control to the writer.
    """

    result: Result
    status: MachineStatus | None = None
    to_writer: bool = field(default=False, kw_only=True)
    dispossessed: int | None = field(default=None, kw_only=True)


def speed_range(settings: Settings) -> SpeedRange:
    """Return the range as the machine announces it, in whatever unit."""
    step_kmh = settings.announced_step_kmh
    return SpeedRange(
        Speed.from_kmh(settings.min_kmh / settings.range_unit),
        Speed.from_kmh(settings.max_kmh / settings.range_unit),
        Speed.from_kmh(settings.step_kmh if step_kmh is None else step_kmh),
    )


def incline_range(settings: Settings) -> InclineRange | None:
    """Return the range of inclines as it is announced, None where the deck cannot be tilted."""
    if settings.incline_min_pct == settings.incline_max_pct:
        return None
    step_pct = settings.announced_incline_step_pct
    return InclineRange(
        Incline.from_pct(settings.incline_min_pct),
        Incline.from_pct(settings.incline_max_pct),
        Incline.from_pct(settings.incline_step_pct if step_pct is None else step_pct),
    )


class Control:
    """Who may command the machine, and what comes of commands and buttons."""

    def __init__(self, machine: Machine, random: Random) -> None:
        self.machine = machine
        self.holder: int | None = None
        self._random = random
        self._locked = True
        self._commanded_s: float | None = None
        self._targets_since_start = 0
        self._locked_out = False  # by a button for the speed
        self._wanted_kmh: float | None = None  # what waits for the paddle

    # --- the control point -----------------------------------------------------------------------

    def answer(self, now_s: float, value: bytes, client: int) -> Done:
        """Carry out the request in ``value``, which is not empty, for a client."""
        settings = self.machine.settings
        if self._locked and value == settings.unlock:
            self._locked = False
            return Done(Result.SUCCESS)
        done = self._answer(now_s, value, client)
        return replace(done, result=Result.SUCCESS) if settings.always_success else done

    def _answer(self, now_s: float, value: bytes, client: int) -> Done:
        settings = self.machine.settings
        op_code = value[0]
        if settings.unlock and self._locked:
            return Done(Result.CONTROL_NOT_PERMITTED)
        if op_code not in self._supported():
            return Done(Result.OP_CODE_NOT_SUPPORTED)
        may = op_code == OpCode.REQUEST_CONTROL or self.holder == client
        if settings.refuses or not may:
            return Done(Result.CONTROL_NOT_PERMITTED)
        try:
            request = decode_request(value)
        except WireError:
            return Done(Result.INVALID_PARAMETER)
        if op_code != OpCode.REQUEST_CONTROL and self._is_too_soon(now_s):
            return Done(Result.SUCCESS)
        return self._perform(now_s, request, client)

    def _is_too_soon(self, now_s: float) -> bool:
        """Whether a command comes while the machine is still busy with the last; else note it."""
        before_s = self._commanded_s
        if before_s is not None and now_s - before_s < self.machine.settings.command_gap_s:
            return True
        self._commanded_s = now_s
        return False

    def _latency_s(self) -> float:
        settings = self.machine.settings
        if not settings.latency_jitter_s:
            return settings.latency_s
        return settings.latency_s + self._random.uniform(0.0, settings.latency_jitter_s)

    def _supported(self) -> tuple[OpCode, ...]:
        codes = (
            OpCode.REQUEST_CONTROL,
            OpCode.RESET,
            OpCode.SET_TARGET_SPEED,
            OpCode.START_OR_RESUME,
            OpCode.STOP_OR_PAUSE,
        )
        if incline_range(self.machine.settings) is None:
            return codes
        return (*codes, OpCode.SET_TARGET_INCLINATION)

    def _perform(self, now_s: float, request: Request, client: int) -> Done:
        machine = self.machine
        match request:
            case RequestControl():
                return self._request_control(client)
            case Reset():
                machine.reset(now_s, self._latency_s())
                if not machine.settings.reset_keeps_control:
                    self.holder = None
                return Done(Result.SUCCESS, MachineStatus(StatusCode.RESET))
            case SetTargetSpeed(speed):
                return self._set_speed(now_s, speed)
            case SetTargetIncline(incline):
                return self._set_incline(now_s, incline)
            case StartOrResume():
                return self._start(now_s)
            case StopOrPause(action):
                return self._stop(now_s, action)
            case _:
                return Done(Result.OP_CODE_NOT_SUPPORTED)

    def _request_control(self, client: int) -> Done:
        before = self.holder
        if before in (None, client):
            self.holder = client
            return Done(Result.SUCCESS)
        if self.machine.settings.takeover is Takeover.REFUSE:
            return Done(Result.CONTROL_NOT_PERMITTED)
        self.holder = client
        return Done(Result.SUCCESS, dispossessed=before)

    def _set_speed(self, now_s: float, speed: Speed) -> Done:
        machine, settings = self.machine, self.machine.settings
        limits = settings.min_kmh, settings.max_kmh, settings.step_kmh
        target = _on_step(speed.centi_kmh, _integers(limits, 100), settings.off_step)
        if target is None:
            return Done(Result.INVALID_PARAMETER)
        if not machine.key_in:
            return Done(Result.OPERATION_FAILED)
        if settings.control_per_target:
            self.holder = None
        self._targets_since_start += 1
        late = settings.needs_start_per_target and self._targets_since_start > 1
        if not settings.obeys_targets or target.ignored or late or self._locked_out:
            return Done(Result.SUCCESS)
        kmh = target.raw / 100 * settings.unit_kmh
        if machine.state is RunState.RUNNING and kmh < machine.target_kmh:
            match settings.decreases:
                case Decrease.IGNORE:
                    return Done(Result.SUCCESS)
                case Decrease.RISE:
                    kmh = 2 * machine.target_kmh - kmh
                case Decrease.OBEY:
                    pass
        if settings.wants_consent and kmh != machine.target_kmh:
            self._wanted_kmh = kmh
            return Done(Result.SUCCESS)
        machine.set_speed(now_s, kmh, self._latency_s())
        return Done(Result.SUCCESS, self._target_speed_status())

    def _set_incline(self, now_s: float, incline: Incline) -> Done:
        machine, settings = self.machine, self.machine.settings
        limits = settings.incline_min_pct, settings.incline_max_pct, settings.incline_step_pct
        target = _on_step(incline.tenths_pct, _integers(limits, 10), settings.off_step)
        if target is None:
            return Done(Result.INVALID_PARAMETER)
        if not machine.key_in:
            return Done(Result.OPERATION_FAILED)
        if not settings.obeys_targets or target.ignored:
            return Done(Result.SUCCESS)
        machine.set_incline(now_s, target.raw / 10, self._latency_s())
        return Done(Result.SUCCESS, self._target_incline_status())

    def _start(self, now_s: float) -> Done:
        machine, settings = self.machine, self.machine.settings
        if not machine.key_in:
            return Done(Result.OPERATION_FAILED)
        if not settings.obeys_start:
            return Done(Result.SUCCESS)
        machine.start_heard(now_s)
        self._targets_since_start = 0
        if machine.state is not RunState.RUNNING:
            machine.start(now_s, self._latency_s())
            return self._started()
        match settings.start_while_running:
            case StartWhileRunning.FAIL:
                return Done(Result.OPERATION_FAILED)
            case StartWhileRunning.PAUSE:
                machine.pause(now_s, self._latency_s())
                return Done(Result.SUCCESS, _PAUSED)
            case StartWhileRunning.KEEP:
                return Done(Result.SUCCESS)
            case StartWhileRunning.RESET:
                machine.set_speed(now_s, machine.lowest_kmh, self._latency_s())
                return Done(Result.SUCCESS, self._target_speed_status())
            case StartWhileRunning.COUNT_DOWN:
                machine.count_down_again(now_s, self._latency_s())
                return self._started()

    def _started(self) -> Done:
        lies = self.machine.settings.says_stopped_at_start
        return Done(Result.SUCCESS, _STOPPED if lies else _STARTED, to_writer=lies)

    def _stop(self, now_s: float, action: StopAction) -> Done:
        machine, settings = self.machine, self.machine.settings
        stops = action is StopAction.STOP
        paused = machine.state is RunState.PAUSED
        if machine.state is RunState.STOPPED:
            return Done(Result.OPERATION_FAILED)
        if not settings.obeys_stop:
            return Done(Result.SUCCESS)
        if paused and stops and settings.stop_while_paused is StopWhilePaused.START:
            machine.start(now_s, self._latency_s())
            return Done(Result.SUCCESS, _STARTED)
        if stops and not settings.stop_only_pauses:
            machine.stop(now_s, self._latency_s())
            return Done(Result.SUCCESS, _STOPPED)
        if paused or not settings.obeys_pause:
            return Done(Result.OPERATION_FAILED)
        machine.pause(now_s, self._latency_s())
        return Done(Result.SUCCESS, _PAUSED)

    # --- the console -----------------------------------------------------------------------------

    def press(self, now_s: float, button: Button) -> MachineStatus | None:
        """Press a button; return the status owed to all clients, None where it did nothing."""
        machine = self.machine
        running = machine.state is RunState.RUNNING
        match button:
            case Button.START if machine.key_in and not running:
                machine.start(now_s)
                return self._started().status
            case Button.STOP if machine.state is not RunState.STOPPED:
                machine.stop(now_s)
                return _STOPPED
            case Button.PAUSE if running:
                machine.pause(now_s)
                return _PAUSED
            case Button.FASTER | Button.SLOWER if running:
                return self._nudge_speed(now_s, 1 if button is Button.FASTER else -1)
            case Button.INCLINE_UP | Button.INCLINE_DOWN if machine.key_in:
                return self._nudge_incline(now_s, 1 if button is Button.INCLINE_UP else -1)
            case Button.CONSENT if self._wanted_kmh is not None:
                kmh, self._wanted_kmh = self._wanted_kmh, None
                machine.set_speed(now_s, kmh)
                return self._target_speed_status()
            case _:
                return None

    def _nudge_speed(self, now_s: float, steps: int) -> MachineStatus | None:
        machine, settings = self.machine, self.machine.settings
        kmh = machine.target_kmh + steps * settings.step_kmh * settings.unit_kmh
        kmh = round(min(max(kmh, machine.lowest_kmh), settings.max_kmh), 6)
        if kmh == machine.target_kmh:
            return None
        self._locked_out = settings.manual_change_locks_out
        machine.set_speed(now_s, kmh)
        return self._target_speed_status()

    def _nudge_incline(self, now_s: float, steps: int) -> MachineStatus | None:
        machine, settings = self.machine, self.machine.settings
        pct = machine.target_incline_pct + steps * settings.incline_step_pct
        pct = round(min(max(pct, settings.incline_min_pct), settings.incline_max_pct), 6)
        if pct == machine.target_incline_pct:
            return None
        machine.set_incline(now_s, pct)
        return self._target_incline_status()

    def _target_speed_status(self) -> MachineStatus:
        own_units = self.machine.target_kmh / self.machine.settings.unit_kmh
        return target_speed_changed(Speed.from_kmh(own_units))

    def _target_incline_status(self) -> MachineStatus:
        return target_incline_changed(Incline.from_pct(self.machine.target_incline_pct))


@dataclass(frozen=True, slots=True)
class _Target:
    raw: int
    ignored: bool = False


def _integers(limits: tuple[float, float, float], scale: int) -> tuple[int, int, int]:
    minimum, maximum, step = limits
    return round(minimum * scale), round(maximum * scale), round(step * scale)


def _on_step(raw: int, span: tuple[int, int, int], off_step: OffStep) -> _Target | None:
    """Return the target on a step of the range, None where it is refused."""
    minimum, maximum, step = span
    if not minimum <= raw <= maximum:
        return None
    beyond = (raw - minimum) % step
    if not beyond:
        return _Target(raw)
    match off_step:
        case OffStep.REJECT:
            return None
        case OffStep.ROUND_DOWN:
            return _Target(raw - beyond)
        case OffStep.IGNORE:
            return _Target(raw, ignored=True)
