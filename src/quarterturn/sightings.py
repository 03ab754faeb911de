"""What a scan makes of an advertisement: a treadmill, a sensor, or something else.

Nothing that a machine advertises is owed (FTMP v1.0 section 3.1.1): service, service data and name
may each be missing, so that a name under which a model is known counts too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from quarterturn.machines import Machine, match_advertised
from quarterturn.port import Sighting
from quarterturn.treadmill_url import TreadmillUrl
from quarterturn.wire.errors import WireError
from quarterturn.wire.ftms import SERVICE as FITNESS_MACHINE
from quarterturn.wire.ftms.advertising import FitnessMachineData, MachineType, decode_service_data

HEART_RATE = 0x180D
RUNNING_SPEED_AND_CADENCE = 0x1814


class Kind(StrEnum):
    """What a device seems to be; only connecting tells for sure."""

    TREADMILL = "treadmill"
    FITNESS_MACHINE = "fitness machine"
    OTHER_MACHINE = "another machine"
    HEART_RATE = "heart-rate strap"
    RUNNING = "foot pod"
    OTHER = "something else"

    @property
    def may_be_treadmill(self) -> bool:
        """Whether it is worth connecting to as a treadmill."""
        return self in (Kind.TREADMILL, Kind.FITNESS_MACHINE)


_SENSOR_DRIVERS = {Kind.HEART_RATE: "heart-rate", Kind.RUNNING: "running"}


@dataclass(frozen=True, slots=True)
class Found:
    """A device in reach, and what is known of it.

    ``available`` is what the machine says of itself: False while somebody else has it, None where
    it says nothing. ``machine`` is the record of the model whose name it bears.
    """

    sighting: Sighting
    kind: Kind
    available: bool | None
    machine: Machine | None
    url: TreadmillUrl | None


def found(
    sighting: Sighting,
    link: str,
    options: tuple[tuple[str, str], ...],
    known: Mapping[str, Machine],
) -> Found:
    """Say what a sighting over ``link`` is of, and by which URL it is reached."""
    machine = None if sighting.name is None else match_advertised(sighting.name, known)
    data = _service_data(sighting)
    kind = _kind(sighting, data, machine)
    url = None
    if kind.may_be_treadmill:
        record = () if machine is None else (("record", machine.record.name),)
        url = TreadmillUrl("ftms", link, sighting.address, (*options, *record))
    elif kind in _SENSOR_DRIVERS:
        url = TreadmillUrl(_SENSOR_DRIVERS[kind], link, sighting.address, options)
    return Found(sighting, kind, None if data is None else data.available, machine, url)


def _service_data(sighting: Sighting) -> FitnessMachineData | None:
    try:
        return decode_service_data(sighting.service_data.get(FITNESS_MACHINE, b""))
    except WireError:
        return None


def _kind(sighting: Sighting, data: FitnessMachineData | None, machine: Machine | None) -> Kind:
    if data is not None and data.machine_types:
        is_treadmill = bool(data.machine_types & MachineType.TREADMILL)
        return Kind.TREADMILL if is_treadmill else Kind.OTHER_MACHINE
    if machine is not None:
        return Kind.TREADMILL
    if FITNESS_MACHINE in sighting.services or data is not None:
        return Kind.FITNESS_MACHINE
    if HEART_RATE in sighting.services:
        return Kind.HEART_RATE
    if RUNNING_SPEED_AND_CADENCE in sighting.services:
        return Kind.RUNNING
    return Kind.OTHER
