"""Heart-rate straps, armbands and watches with the Heart Rate Service, 0x180D."""

from quarterturn.model import HeartRate
from quarterturn.wire.heart_rate import RR_PER_S, Characteristic, decode_measurement
from quarterturn_drivers.sensors import NotifyingSensor


class HeartRateSensor(NotifyingSensor):
    """Listen to the Heart Rate Measurement; what is a heart rate and what is not, the core says."""

    measurement = Characteristic.MEASUREMENT
    words = "heart-rate sensor"

    def read(self, value: bytes, now_s: float) -> HeartRate:
        """Read a Heart Rate Measurement as far as it is whole.

        Raises:
            WireError: when it is empty.

        """
        found = decode_measurement(value)
        return HeartRate(
            arrived_s=now_s,
            sensor=self.name,
            bpm=found.bpm,
            contact=found.contact,
            rr_intervals_s=tuple(interval / RR_PER_S for interval in found.rr_1024ths),
            energy_kj=found.energy_kj,
        )
