"""What becomes of a request at the control point (FTMS v1.0.1 section 4.16), and at the buttons.

The order of the checks: the op code (02), the permission (05), the parameter (03), the state (04).
Where the specification is silent, and its settings do not say otherwise, this machine decides: a
target between two steps is an invalid parameter; a target set at a standstill is kept for the next
start; Pause while paused fails like Stop while stopped; without the safety key only Request Control
and Reset succeed.
"""

from dataclasses import dataclass, field
from enum import Enum, auto

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


@dataclass(frozen=True, slots=True)
class Done:
    """What a request came to.

    ``status`` is owed to the other clients; ``dispossessed`` has lost control to the writer.
    """

    result: Result
    status: MachineStatus | None = None
    dispossessed: int | None = field(default=None, kw_only=True)


def speed_range(settings: Settings) -> SpeedRange:
    """Return the range in the machine's own unit, as it announces it."""
    return SpeedRange(
        Speed.from_kmh(settings.min_kmh),
        Speed.from_kmh(settings.max_kmh),
        Speed.from_kmh(settings.step_kmh),
    )


def incline_range(settings: Settings) -> InclineRange | None:
    """Return the range of inclines, None where the deck cannot be tilted."""
    if settings.incline_min_pct == settings.incline_max_pct:
        return None
    return InclineRange(
        Incline.from_pct(settings.incline_min_pct),
        Incline.from_pct(settings.incline_max_pct),
        Incline.from_pct(settings.incline_step_pct),
    )


class Control:
    """Who may command the machine, and what comes of commands and buttons."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.holder: int | None = None

    # --- the control point -----------------------------------------------------------------------

    def answer(self, now_s: float, value: bytes, client: int) -> Done:
        """Carry out the request in ``value``, which is not empty, for a client."""
        settings = self.machine.settings
        op_code = value[0]
        if op_code not in self._supported():
            return Done(Result.OP_CODE_NOT_SUPPORTED)
        may = op_code == OpCode.REQUEST_CONTROL or self.holder == client
        if settings.refuses or not may:
            return Done(Result.CONTROL_NOT_PERMITTED)
        try:
            request = decode_request(value)
        except WireError:
            return Done(Result.INVALID_PARAMETER)
        return self._perform(now_s, request, client)

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
                machine.reset(now_s, machine.settings.latency_s)
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
        if not settings.obeys_targets or target.ignored:
            return Done(Result.SUCCESS)
        machine.set_speed(now_s, target.raw / 100 * settings.unit_kmh, settings.latency_s)
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
        machine.set_incline(now_s, target.raw / 10, settings.latency_s)
        return Done(Result.SUCCESS, self._target_incline_status())

    def _start(self, now_s: float) -> Done:
        machine, settings = self.machine, self.machine.settings
        if not machine.key_in:
            return Done(Result.OPERATION_FAILED)
        if machine.state is not RunState.RUNNING:
            machine.start(now_s, settings.latency_s)
            return Done(Result.SUCCESS, _STARTED)
        match settings.start_while_running:
            case StartWhileRunning.FAIL:
                return Done(Result.OPERATION_FAILED)
            case StartWhileRunning.PAUSE:
                machine.pause(now_s, settings.latency_s)
                return Done(Result.SUCCESS, _PAUSED)

    def _stop(self, now_s: float, action: StopAction) -> Done:
        machine, settings = self.machine, self.machine.settings
        stops = action is StopAction.STOP
        paused = machine.state is RunState.PAUSED
        if machine.state is RunState.STOPPED:
            return Done(Result.OPERATION_FAILED)
        if not settings.obeys_stop:
            return Done(Result.SUCCESS)
        if paused and stops and settings.stop_while_paused is StopWhilePaused.START:
            machine.start(now_s, settings.latency_s)
            return Done(Result.SUCCESS, _STARTED)
        if stops and not settings.stop_only_pauses:
            machine.stop(now_s, settings.latency_s)
            return Done(Result.SUCCESS, _STOPPED)
        if paused:
            return Done(Result.OPERATION_FAILED)
        machine.pause(now_s, settings.latency_s)
        return Done(Result.SUCCESS, _PAUSED)

    # --- the console -----------------------------------------------------------------------------

    def press(self, now_s: float, button: Button) -> MachineStatus | None:
        """Press a button; return the status owed to all clients, None where it did nothing."""
        machine = self.machine
        running = machine.state is RunState.RUNNING
        match button:
            case Button.START if machine.key_in and not running:
                machine.start(now_s)
                return _STARTED
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
            case _:
                return None

    def _nudge_speed(self, now_s: float, steps: int) -> MachineStatus | None:
        machine, settings = self.machine, self.machine.settings
        kmh = machine.target_kmh + steps * settings.step_kmh * settings.unit_kmh
        kmh = round(min(max(kmh, machine.lowest_kmh), settings.max_kmh), 6)
        if kmh == machine.target_kmh:
            return None
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
