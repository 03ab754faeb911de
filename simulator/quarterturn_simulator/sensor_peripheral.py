"""Heart-rate straps and foot pods as pure machines: told the time, they answer with values.

They own no clock and no connection, and take no writes.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from quarterturn.port import Property, RefusedError
from quarterturn.wire import heart_rate, running_speed_and_cadence
from quarterturn.wire.heart_rate import BodySensorLocation, encode_location
from quarterturn.wire.running_speed_and_cadence import Feature, encode_feature
from quarterturn_simulator.ftms_peripheral import AttError, Output, WriteAnswer

Beats = Callable[[float], int]
"""The heart rate at a time."""


@dataclass(frozen=True, slots=True)
class Gait:
    """How somebody walks."""

    speed_m_per_s: float
    cadence_per_min: int
    stride_length_m: float


Steps = Callable[[float], Gait]
"""The gait at a time."""

_RUNS_M_PER_S = 2.2  # about 8 km/h, where most people break into a run
_MAX_UINT8, _MAX_UINT16, _MAX_UINT32 = 0xFF, 0xFFFF, 0xFFFFFFFF


class Worn(Protocol):
    """A sensor that is worn: what it sends when, and what can be read from it."""

    @property
    def measurement(self) -> int:
        """The characteristic that notifies."""

    @property
    def readable(self) -> Mapping[int, bytes]:
        """The characteristics that can be read."""

    def value(self, now_s: float) -> bytes:
        """Return the next notification."""


@dataclass(slots=True)
class Strap:
    """A strap. ``contact`` None: it does not tell; False: it hangs in the air."""

    beats: Beats
    wide: bool = False
    contact: bool | None = True
    rr: bool = True
    energy: bool = False
    _beat_s: float | None = None
    _from_s: float = 0.0

    @property
    def measurement(self) -> int:
        """The characteristic that notifies."""
        return heart_rate.Characteristic.MEASUREMENT

    @property
    def readable(self) -> Mapping[int, bytes]:
        """Where it is worn."""
        location = encode_location(BodySensorLocation.CHEST)
        return {heart_rate.Characteristic.BODY_SENSOR_LOCATION: location}

    def value(self, now_s: float) -> bytes:
        """Return a Heart Rate Measurement with the beats since the last one."""
        bpm = self.beats(now_s)
        if self._beat_s is None:
            self._beat_s = self._from_s = now_s
        intervals: list[int] = []
        beat_every_s = 60 / bpm if bpm else math.inf
        while self._beat_s + beat_every_s <= now_s:
            self._beat_s += beat_every_s
            intervals.append(min(round(beat_every_s * heart_rate.RR_PER_S), _MAX_UINT16))
        # 25 kJ a minute is a brisk walk.
        energy_kj = min(int((now_s - self._from_s) * 25 / 60), _MAX_UINT16)
        return heart_rate.encode_measurement(
            bpm,
            contact=self.contact,
            energy_kj=energy_kj if self.energy else None,
            rr_1024ths=intervals if self.rr else (),
            wide=self.wide,
        )


@dataclass(slots=True)
class Pod:
    """A foot pod. ``stride`` and ``distance``: whether it tells them."""

    steps: Steps
    stride: bool = True
    distance: bool = True
    _distance_m: float = 0.0
    _then_s: float | None = None

    @property
    def measurement(self) -> int:
        """The characteristic that notifies."""
        return running_speed_and_cadence.Characteristic.MEASUREMENT

    @property
    def readable(self) -> Mapping[int, bytes]:
        """What can be read: its features."""
        feature = Feature.WALKING_OR_RUNNING
        feature |= Feature.STRIDE_LENGTH if self.stride else Feature(0)
        feature |= Feature.TOTAL_DISTANCE if self.distance else Feature(0)
        return {running_speed_and_cadence.Characteristic.FEATURE: encode_feature(feature)}

    def value(self, now_s: float) -> bytes:
        """Return an RSC Measurement with the distance so far."""
        gait = self.steps(now_s)
        since_s = 0.0 if self._then_s is None else now_s - self._then_s
        self._then_s = now_s
        self._distance_m += gait.speed_m_per_s * since_s
        per_m_per_s = running_speed_and_cadence.SPEED_PER_M_PER_S
        stride_cm = min(round(gait.stride_length_m * 100), _MAX_UINT16)
        return running_speed_and_cadence.encode_measurement(
            min(round(gait.speed_m_per_s * per_m_per_s), _MAX_UINT16),
            min(gait.cadence_per_min, _MAX_UINT8),
            stride_length_cm=stride_cm if self.stride else None,
            distance_dm=min(int(self._distance_m * 10), _MAX_UINT32) if self.distance else None,
            running=gait.speed_m_per_s >= _RUNS_M_PER_S,
        )


class SensorPeripheral:
    """A worn sensor's GATT server for any number of clients; notifies ``rate_hz`` times a second.

    ``silent`` are spans of seconds, counted from the first subscription, in which it says nothing.
    """

    def __init__(
        self, worn: Worn, *, rate_hz: float = 1.0, silent: Iterable[tuple[float, float]] = ()
    ) -> None:
        self._worn = worn
        self._rate_hz = rate_hz
        self._silent = tuple(silent)
        self._listeners: dict[int, bool] = {}
        self._first_s: float | None = None
        self._next = 0

    @property
    def characteristics(self) -> Mapping[int, Property]:
        """The characteristics on offer."""
        readable = dict.fromkeys(self._worn.readable, Property.READ)
        return {self._worn.measurement: Property.NOTIFY, **readable}

    @property
    def takes_one_client(self) -> bool:
        """Whether a second client is turned away: watches and phones may listen together."""
        return False

    def connect(self, now_s: float, client: int) -> None:  # noqa: ARG002
        """Accept a client."""
        self._listeners[client] = False

    def disconnect(self, now_s: float, client: int) -> list[Output]:  # noqa: ARG002
        """Let a client go."""
        del self._listeners[client]
        return []

    def read(self, characteristic: int) -> bytes:
        """Read a value.

        Raises:
            RefusedError: when it is not there or cannot be read; the code is the ATT error's.

        """
        if characteristic not in self._worn.readable:
            raise _refused(characteristic, AttError.READ_NOT_PERMITTED)
        return self._worn.readable[characteristic]

    def handle(
        self,
        now_s: float,  # noqa: ARG002
        characteristic: int,  # noqa: ARG002
        value: bytes,  # noqa: ARG002
        client: int,
    ) -> list[Output | WriteAnswer]:
        """Refuse a write request."""
        return [WriteAnswer(client, AttError.WRITE_NOT_PERMITTED)]

    def subscribe(self, now_s: float, characteristic: int, client: int) -> list[Output]:
        """Enable a client's notifications of the measurement.

        Raises:
            RefusedError: when another is asked for; the code is the ATT error's.

        """
        if characteristic != self._worn.measurement:
            raise _refused(characteristic, AttError.REQUEST_NOT_SUPPORTED)
        outputs = self.advance(now_s)
        if self._first_s is None:
            self._first_s = now_s
        if not any(self._listeners.values()):
            self._next = math.floor((now_s - self._first_s) * self._rate_hz) + 1
        self._listeners[client] = True
        return outputs

    def unsubscribe(self, now_s: float, characteristic: int, client: int) -> list[Output]:
        """Disable a client's notifications; harmless where they are."""
        outputs = self.advance(now_s)
        if characteristic == self._worn.measurement:
            self._listeners[client] = False
        return outputs

    def is_subscribed(self, characteristic: int, client: int) -> bool:
        """Return whether a client is connected and has enabled the measurement's notifications."""
        return characteristic == self._worn.measurement and self._listeners.get(client, False)

    def encrypt(self, client: int) -> None:
        """Learn that a connection is encrypted, which no sensor asks for."""

    @property
    def next_due_s(self) -> float:
        """When ``advance`` has something to do again; infinity where nobody listens."""
        if self._first_s is None or not any(self._listeners.values()):
            return math.inf
        return self._first_s + self._next / self._rate_hz

    def advance(self, now_s: float) -> list[Output]:
        """Send whatever is due by ``now_s``, in order."""
        outputs: list[Output] = []
        while (due_s := self.next_due_s) <= now_s:
            self._next += 1
            value = self._worn.value(due_s)
            if not self._is_silent(due_s):
                outputs += [
                    Output(due_s, self._worn.measurement, value, client)
                    for client, listens in self._listeners.items()
                    if listens
                ]
        return outputs

    def _is_silent(self, due_s: float) -> bool:
        into_s = due_s - (self._first_s or 0.0)
        return any(from_s <= into_s < to_s for from_s, to_s in self._silent)


def _refused(characteristic: int, error: AttError) -> RefusedError:
    return RefusedError(f"{characteristic:04X}: {error.words}", error)
