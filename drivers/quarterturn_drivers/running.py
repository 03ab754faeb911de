"""Foot pods with the Running Speed and Cadence Service, 0x1814."""

from quarterturn.model import RunningCadence
from quarterturn.wire.running_speed_and_cadence import Characteristic, decode_measurement
from quarterturn_drivers.sensors import NotifyingSensor


class RunningSensor(NotifyingSensor):
    """Listen to the RSC Measurement. It is shown and recorded; nothing is decided by it."""

    measurement = Characteristic.MEASUREMENT
    words = "foot pod"

    def read(self, value: bytes, now_s: float) -> RunningCadence:
        """Read an RSC Measurement as far as it is whole.

        Raises:
            WireError: when it is empty.

        """
        found = decode_measurement(value)
        stride_cm, distance_dm = found.stride_length_cm, found.distance_dm
        return RunningCadence(
            arrived_s=now_s,
            sensor=self.name,
            cadence_per_min=found.cadence_per_min,
            speed_m_per_s=found.speed_m_per_s,
            stride_length_m=None if stride_cm is None else stride_cm / 100,
            distance_m=None if distance_dm is None else distance_dm / 10,
            running=found.running,
        )
