"""A treadmill's Fitness Machine Service as a pure machine.

Told what is written and what time it is, it answers with values and the times they are due at.
It owns no clock and no connection.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from random import Random

from quarterturn.port import Property, RefusedError
from quarterturn.wire.ftms import Characteristic
from quarterturn.wire.ftms.control_point import (
    OpCode,
    Response,
    Result,
    StopAction,
    encode_response,
)
from quarterturn.wire.ftms.status import MachineStatus, StatusCode, stopped_by_user
from quarterturn_simulator import ftms_values
from quarterturn_simulator.control import Button, Control, Done
from quarterturn_simulator.machine import Machine, RunState
from quarterturn_simulator.reports import report
from quarterturn_simulator.settings import LinkLoss, Settings

# Two times closer than this are one: sums of binary fractions, and a clock with a resolution.
_HAIR_S = 1e-6


class AttError(IntEnum):
    """Error codes (Core specification, Vol 3 Part F, 3.4.1.1; Supplement, Part B 1.2)."""

    READ_NOT_PERMITTED = 0x02
    WRITE_NOT_PERMITTED = 0x03
    INSUFFICIENT_AUTHENTICATION = 0x05
    REQUEST_NOT_SUPPORTED = 0x06
    ATTRIBUTE_NOT_FOUND = 0x0A
    INVALID_VALUE_LENGTH = 0x0D
    CCCD_IMPROPERLY_CONFIGURED = 0xFD
    PROCEDURE_ALREADY_IN_PROGRESS = 0xFE

    @property
    def words(self) -> str:
        """The error's name as people write it."""
        return self.name.replace("_", " ").lower()


@dataclass(frozen=True, slots=True)
class Output:
    """A notification or indication, due at a time, for one client.

    ``away_s`` other than None: no value, but the end of the connection; there is no other for so
    long.
    """

    due_s: float
    characteristic: int
    value: bytes
    client: int
    away_s: float | None = None


@dataclass(frozen=True, slots=True)
class WriteAnswer:
    """The answer to a write request, given at once: an ATT error, None for a write response."""

    client: int
    error: AttError | None


@dataclass(slots=True)
class _Client:
    """What a connection is like. ``value_octets`` is how long a value on it may be."""

    value_octets: int
    hangs_up_s: float = math.inf
    has_asked: bool = False
    encrypted: bool = False
    subscriptions: set[int] = field(default_factory=set)


Pulse = Callable[[float, float, float], int]


def no_pulse(now_s: float, speed_kmh: float, incline_pct: float) -> int:  # noqa: ARG001
    """Be nobody on the belt: machines report a heart rate of 0 without a signal."""
    return 0


class FtmsPeripheral:
    """The service of one machine for any number of clients, which are numbered by the caller.

    ``handle``, ``press`` and the like first bring the machine up to ``now_s``: whatever was due
    before comes first among their outputs. Times may not run backwards.
    """

    def __init__(self, settings: Settings, *, seed: int = 0, pulse: Pulse = no_pulse) -> None:
        self.machine = Machine(settings)
        # Streams of their own: how late a command is must not depend on how often it reports.
        latencies = Random(f"{seed} latencies")  # noqa: S311 - a simulation has to be repeatable
        self.control = Control(self.machine, latencies)
        self._pulse = pulse
        self._random = Random(seed)  # noqa: S311 - a simulation has to be repeatable
        self._clients: dict[int, _Client] = {}
        self._busy_until_s = -math.inf
        self._first_report_s: float | None = None
        self._next_report = 0
        self._starts_itself_s = math.inf
        self._told_stopped = True  # by its Training Status
        # KS-HD-Z1D tells of a stop that nobody remembers (mcdax/walkingpad-controller 0.4.5).
        self._last_stop = stopped_by_user(StopAction.STOP)

    # --- the server ------------------------------------------------------------------------------

    @property
    def characteristics(self) -> Mapping[int, Property]:
        """The characteristics on offer."""
        return ftms_values.offered(self.machine.settings)

    @property
    def takes_one_client(self) -> bool:
        """Whether a second client is turned away."""
        return self.machine.settings.one_connection

    def connect(self, now_s: float, client: int) -> None:
        """Accept a client."""
        settings = self.machine.settings
        hangs_up_s = now_s + settings.hangs_up_after_s
        self._clients[client] = _Client(settings.value_octets, hangs_up_s)
        self._starts_itself_s = now_s + settings.starts_after_connect_s

    def disconnect(self, now_s: float, client: int) -> list[Output]:
        """Let a client go; its subscriptions and its permission end with it."""
        outputs = self.advance(now_s)
        del self._clients[client]
        if self.control.holder == client:
            self.control.holder = None
            if self.machine.settings.link_loss is LinkLoss.STOP:
                self.machine.stop(now_s)
        return outputs + self._tell_training(now_s)

    def agree_on_mtu(self, client: int, mtu: int) -> None:
        """Learn the ATT_MTU of a connection; no value is longer than that less 3 octets."""
        self._clients[client].value_octets = min(mtu - 3, self.machine.settings.value_octets)

    def encrypt(self, client: int) -> None:
        """Learn that a connection is encrypted."""
        self._clients[client].encrypted = True

    def read(self, characteristic: int) -> bytes:
        """Read a value.

        Raises:
            RefusedError: when it is not there or cannot be read; the code is the ATT error's.

        """
        self._check(characteristic, Property.READ, AttError.READ_NOT_PERMITTED)
        return ftms_values.readable(characteristic, self.machine.settings, self.machine.state)

    def subscribe(self, now_s: float, characteristic: int, client: int) -> list[Output]:
        """Enable a client's notifications or indications of a characteristic.

        Raises:
            RefusedError: when it is not there or has neither; the code is the ATT error's.

        """
        self._check(
            characteristic, Property.NOTIFY | Property.INDICATE, AttError.REQUEST_NOT_SUPPORTED
        )
        outputs = self.advance(now_s)
        if characteristic == Characteristic.TREADMILL_DATA and not self._listeners(characteristic):
            self._schedule_reports(now_s)
        self._clients[client].subscriptions.add(characteristic)
        settings = self.machine.settings
        if characteristic == Characteristic.MACHINE_STATUS and settings.replays_status:
            value = ftms_values.machine_status(settings, self._last_stop)
            outputs.append(Output(now_s, characteristic, value, client))
        costly = settings.hangs_up_on_training_status
        if costly and characteristic == Characteristic.TRAINING_STATUS:
            outputs.append(self._hang_up(now_s, client))
        return outputs

    def unsubscribe(self, now_s: float, characteristic: int, client: int) -> list[Output]:
        """Disable a client's values of a characteristic; harmless where they are."""
        outputs = self.advance(now_s)
        self._clients[client].subscriptions.discard(characteristic)
        return outputs

    def is_subscribed(self, characteristic: int, client: int) -> bool:
        """Return whether a client is connected and has enabled a characteristic's values."""
        found = self._clients.get(client)
        return found is not None and characteristic in found.subscriptions

    def handle(
        self, now_s: float, characteristic: int, value: bytes, client: int
    ) -> list[Output | WriteAnswer]:
        """Take a write request; the outputs hold exactly one WriteAnswer."""
        outputs: list[Output | WriteAnswer] = [*self.advance(now_s)]
        error = self._write_error(now_s, characteristic, value, client)
        outputs.append(WriteAnswer(client, error))
        if error is None and self.machine.settings.hears:
            outputs += self._obey(now_s, value, client)
        return outputs

    def _obey(self, now_s: float, value: bytes, client: int) -> list[Output]:
        """Take a request at the control point, and answer it."""
        settings, link, op_code = self.machine.settings, self._clients[client], value[0]
        early = op_code == OpCode.SET_TARGET_SPEED and self.machine.awaits_motion(now_s)
        if early and settings.hangs_up_on_early_target:
            return [self._hang_up(now_s, client)]
        if op_code == OpCode.START_OR_RESUME and settings.hangs_up_on_idle_only:
            link.hangs_up_s = math.inf
        asks = op_code == OpCode.REQUEST_CONTROL
        if asks and settings.drops_first_request and not link.has_asked:
            link.has_asked = True
            return []
        done = self.control.answer(now_s, value, client)
        outputs = self._announce(now_s, done, client)
        if settings.answers_request_control if asks else settings.answers_commands:
            self._busy_until_s = now_s + settings.answer_s
            response = encode_response(Response(op_code, done.result))
            if done.result == Result.SUCCESS:
                response += settings.answer_octets
            where = Characteristic.CONTROL_POINT
            outputs.append(Output(self._busy_until_s, where, response, client))
        return outputs

    def _hang_up(self, now_s: float, client: int) -> Output:
        self._clients[client].hangs_up_s = math.inf
        return Output(now_s, 0, b"", client, self.machine.settings.away_s)

    def _write_error(
        self, now_s: float, characteristic: int, value: bytes, client: int
    ) -> AttError | None:
        if characteristic not in self.characteristics:
            return AttError.ATTRIBUTE_NOT_FOUND
        if characteristic != Characteristic.CONTROL_POINT:
            return AttError.WRITE_NOT_PERMITTED
        if self.machine.settings.demands_encryption and not self._clients[client].encrypted:
            return AttError.INSUFFICIENT_AUTHENTICATION
        if not value:
            return AttError.INVALID_VALUE_LENGTH
        if not self.is_subscribed(characteristic, client):
            return AttError.CCCD_IMPROPERLY_CONFIGURED
        # One procedure at a time, whoever began it; the second is discarded (section 4.16.3).
        # A loop with other timers delivers an answer up to its clock's resolution early.
        is_busy = now_s < self._busy_until_s - _HAIR_S
        return AttError.PROCEDURE_ALREADY_IN_PROGRESS if is_busy else None

    def _check(self, characteristic: int, wanted: Property, error: AttError) -> None:
        offered = self.characteristics.get(characteristic)
        if offered is None:
            error = AttError.ATTRIBUTE_NOT_FOUND
        if not offered or not offered & wanted:
            raise RefusedError(f"{characteristic:04X}: {error.words}", error)

    # --- time ------------------------------------------------------------------------------------

    @property
    def next_due_s(self) -> float:
        """When ``advance`` has something to do again; infinity where nothing is planned."""
        return min(
            self._next_report_s(),
            self._starts_itself_s,
            self.machine.rests_by_itself_s(),
            self._next_hang_up_s(),
        )

    def advance(self, now_s: float) -> list[Output]:
        """Let the machine do by itself whatever is due by ``now_s``, in order."""
        outputs: list[Output] = []
        while (due_s := self.next_due_s) <= now_s:
            if due_s == self._starts_itself_s:
                self._starts_itself_s = math.inf
                self.machine.start_by_itself(due_s)
            elif due_s == self.machine.rests_by_itself_s():
                self.machine.stop(due_s)
            elif due_s == self._next_hang_up_s():
                outputs += [
                    self._hang_up(due_s, client)
                    for client, link in self._clients.items()
                    if link.hangs_up_s == due_s
                ]
            else:
                self._next_report += 1
                outputs += self._report(due_s)
            outputs += self._tell_training(due_s)
        return outputs

    def _schedule_reports(self, now_s: float) -> None:
        rate_hz = self.machine.settings.rate_hz
        if self._first_report_s is None:
            self._first_report_s = now_s
        self._next_report = math.floor((now_s - self._first_report_s) * rate_hz) + 1

    def _next_report_s(self) -> float:
        if self._first_report_s is None or not self._listeners(Characteristic.TREADMILL_DATA):
            return math.inf
        return self._first_report_s + self._next_report / self.machine.settings.rate_hz

    def _next_hang_up_s(self) -> float:
        return min((link.hangs_up_s for link in self._clients.values()), default=math.inf)

    def _report(self, due_s: float) -> list[Output]:
        belt = self.machine.belt
        bpm = self._pulse(due_s, belt.speed_at(due_s), belt.incline_at(due_s))
        listeners = self._listeners(Characteristic.TREADMILL_DATA)
        values = {
            octets: report(self.machine, due_s, bpm, self._random, octets)
            for octets in sorted({self._clients[client].value_octets for client in listeners})
        }
        return [
            Output(due_s, Characteristic.TREADMILL_DATA, value, client)
            for client in listeners
            for value in values[self._clients[client].value_octets]
        ]

    # --- the console -----------------------------------------------------------------------------

    def press(self, now_s: float, button: Button) -> list[Output]:
        """Press a button of the console."""
        outputs = self.advance(now_s)
        status = self.control.press(now_s, button)
        return outputs + self._tell(now_s, status) + self._tell_training(now_s)

    def pull_key(self, now_s: float) -> list[Output]:
        """Pull the safety key."""
        outputs = self.advance(now_s)
        if not self.machine.key_in:
            return outputs
        self.machine.pull_key(now_s)
        status = MachineStatus(StatusCode.STOPPED_BY_SAFETY_KEY)
        return outputs + self._tell(now_s, status) + self._tell_training(now_s)

    def insert_key(self, now_s: float) -> list[Output]:
        """Put the safety key back, which starts nothing."""
        outputs = self.advance(now_s)
        self.machine.insert_key()
        return outputs

    def run_away(self, now_s: float) -> list[Output]:
        """Let the belt speed up by itself."""
        outputs = self.advance(now_s)
        self.machine.run_away(now_s)
        return outputs + self._tell_training(now_s)

    def revoke_control(self, now_s: float) -> list[Output]:
        """Take the control away from whoever has it, as the console may (section 4.17.1)."""
        outputs = self.advance(now_s)
        holder, self.control.holder = self.control.holder, None
        return outputs if holder is None else outputs + self._tell_lost(now_s, holder)

    # --- who is told what ------------------------------------------------------------------------

    def _announce(self, now_s: float, done: Done, writer: int) -> list[Output]:
        to_writer = done.to_writer or self.machine.settings.status_to_writer
        spared = None if to_writer else writer
        outputs = self._tell(now_s, done.status, spared=spared) + self._tell_training(now_s)
        if done.dispossessed is not None:
            outputs += self._tell_lost(now_s, done.dispossessed)
        return outputs

    def _tell(
        self, now_s: float, status: MachineStatus | None, *, spared: int | None = None
    ) -> list[Output]:
        if status is None:
            return []
        if status.code == StatusCode.STOPPED_OR_PAUSED:
            self._last_stop = status
        value = ftms_values.machine_status(self.machine.settings, status)
        return [
            output
            for output in self._to_all(now_s, Characteristic.MACHINE_STATUS, value)
            if output.client != spared
        ]

    def _tell_lost(self, now_s: float, client: int) -> list[Output]:
        lost = MachineStatus(StatusCode.CONTROL_PERMISSION_LOST)
        value = ftms_values.machine_status(self.machine.settings, lost)
        return [
            output
            for output in self._to_all(now_s, Characteristic.MACHINE_STATUS, value)
            if output.client == client
        ]

    def _tell_training(self, now_s: float) -> list[Output]:
        stopped = self.machine.state is RunState.STOPPED
        if stopped is self._told_stopped:
            return []
        self._told_stopped = stopped
        value = ftms_values.training(self.machine.settings, self.machine.state)
        return self._to_all(now_s, Characteristic.TRAINING_STATUS, value)

    def _to_all(self, due_s: float, characteristic: int, value: bytes) -> list[Output]:
        listeners = self._listeners(characteristic)
        return [Output(due_s, characteristic, value, client) for client in listeners]

    def _listeners(self, characteristic: int) -> list[int]:
        return [client for client in self._clients if self.is_subscribed(characteristic, client)]
