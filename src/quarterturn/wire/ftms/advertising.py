"""What a machine advertises: AD structures, and the service data of a fitness machine.

Core Specification Supplement, Part A; FTMS v1.0.1 section 3.1. Everything here is optional for a
machine (FTMP v1.0 section 3.1.1): where it is missing, only connecting tells what the machine is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, IntEnum, IntFlag

from quarterturn.wire.errors import WireError
from quarterturn.wire.ftms import SERVICE


class AdType(IntEnum):
    """The AD types that matter here (Assigned Numbers, section 2.3)."""

    FLAGS = 0x01
    INCOMPLETE_UUIDS_16 = 0x02
    COMPLETE_UUIDS_16 = 0x03
    SHORTENED_NAME = 0x08
    COMPLETE_NAME = 0x09
    SERVICE_DATA_16 = 0x16


@dataclass(frozen=True, slots=True)
class AdStructure:
    """One AD structure. ``length`` is as advertised: data and type; ``data`` may be cut shorter."""

    length: int
    ad_type: int
    data: bytes

    @property
    def truncated(self) -> bool:
        """Whether the data ends before the length says."""
        return len(self.data) + 1 < self.length

    @property
    def uuids_16(self) -> tuple[int, ...] | None:
        """The 16-bit UUIDs of a list of them, an odd octet at its end left out."""
        if self.ad_type not in (AdType.INCOMPLETE_UUIDS_16, AdType.COMPLETE_UUIDS_16):
            return None
        pairs = zip(self.data[0::2], self.data[1::2], strict=False)
        return tuple(low | high << 8 for low, high in pairs)

    @property
    def name(self) -> str | None:
        """The local name; what is not UTF-8 in it is replaced."""
        if self.ad_type not in (AdType.SHORTENED_NAME, AdType.COMPLETE_NAME):
            return None
        return self.data.decode("utf-8", errors="replace")


class MachineType(IntFlag):
    """What kind of machine it is; bits may combine. Reserved bits are kept (FTMS v1.0.1 3.1.2)."""

    TREADMILL = 1 << 0
    CROSS_TRAINER = 1 << 1
    STEP_CLIMBER = 1 << 2
    STAIR_CLIMBER = 1 << 3
    ROWER = 1 << 4
    INDOOR_BIKE = 1 << 5


_DEFINED_TYPES = 0b0011_1111


class ServiceDataForm(Enum):
    """How the machine type was written."""

    SPECIFIED = "specified"
    ONE_OCTET = "one octet"
    REVERSED = "octets reversed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class FitnessMachineData:
    """The service data of a fitness machine.

    ``available``: it may be connected to. ``machine_types`` is None where only the flags were sent.
    ``form`` says by which reading the type was found, as pyftms meets three.
    """

    available: bool
    machine_types: MachineType | None
    form: ServiceDataForm = ServiceDataForm.SPECIFIED


def decode_structures(value: bytes) -> tuple[AdStructure, ...]:
    """Read advertising data. A last structure that is cut is read as far as it goes.

    A length of 0 ends the data early (Core specification, Vol 3 Part C, section 11).

    Raises:
        WireError: when there are octets and not one structure in them.

    """
    structures: list[AdStructure] = []
    at = 0
    while at < len(value) and value[at] != 0:
        length = value[at]
        body = bytes(value[at + 1 : at + 1 + length])
        if body:
            structures.append(AdStructure(length, body[0], body[1:]))
        elif not structures:
            raise WireError("advertising data that ends before its first structure")
        at += 1 + length
    return tuple(structures)


def encode_structures(structures: Iterable[tuple[int, bytes]]) -> bytes:
    """Write (AD type, data) pairs as advertising data.

    Raises:
        ValueError: when data exceeds 254 octets or a type one octet.

    """
    return b"".join(bytes([len(data) + 1, ad_type]) + data for ad_type, data in structures)


_FLAG_AVAILABLE = 0b0000_0001


def decode_service_data(data: bytes) -> FitnessMachineData:
    """Read what follows the UUID 0x1826 in Service Data: flags, then the machine type.

    The type is 16 bits, little-endian. Where only its high octet is set, to bits that are defined
    in the low one, the octets were swapped; where there is but one octet, it is the low one.

    Raises:
        WireError: when it is empty.

    """
    if not data:
        raise WireError("fitness machine service data without flags")
    available = bool(data[0] & _FLAG_AVAILABLE)
    octets = data[1:3]
    if not octets:
        return FitnessMachineData(available, None, ServiceDataForm.MISSING)
    if len(octets) == 1:
        return FitnessMachineData(available, MachineType(octets[0]), ServiceDataForm.ONE_OCTET)
    low, high = octets
    if not low and high & _DEFINED_TYPES:
        return FitnessMachineData(available, MachineType(high), ServiceDataForm.REVERSED)
    return FitnessMachineData(available, MachineType(low | high << 8))


def encode_service_data(data: FitnessMachineData) -> bytes:
    """Write what follows the UUID in Service Data, in the form it asks for."""
    flags = bytes([_FLAG_AVAILABLE if data.available else 0])
    octets = int(data.machine_types or 0).to_bytes(2, "little")
    match data.form:
        case ServiceDataForm.SPECIFIED:
            return flags + octets
        case ServiceDataForm.REVERSED:
            return flags + octets[::-1]
        case ServiceDataForm.ONE_OCTET:
            return flags + octets[:1]
        case ServiceDataForm.MISSING:
            return flags


def fitness_machine_data(structures: Iterable[AdStructure]) -> FitnessMachineData | None:
    """Find the service data of a fitness machine; None where there is none that can be read."""
    uuid = SERVICE.to_bytes(2, "little")
    for structure in structures:
        if structure.ad_type == AdType.SERVICE_DATA_16 and structure.data[:2] == uuid:
            data = structure.data[2:]
            return decode_service_data(data) if data else None
    return None


# Of a legacy advertising PDU (Core specification, Vol 6 Part B, section 2.3.1).
MAXIMUM_OCTETS = 31
_GENERAL_DISCOVERABLE_LE_ONLY = 0b0000_0110


def encode_advertising(
    name: str | None, data: FitnessMachineData | None, *, service: bool = True
) -> bytes:
    """Write the advertising data of a fitness machine: flags, service, service data, name.

    A name that does not fit the 31 octets is shortened, at a whole character. ``name`` None leaves
    the name out, ``data`` None the service data, ``service`` False the service's UUID, as many
    machines do.
    """
    uuid = SERVICE.to_bytes(2, "little")
    structures = [(AdType.FLAGS, bytes([_GENERAL_DISCOVERABLE_LE_ONLY]))]
    if service:
        structures.append((AdType.COMPLETE_UUIDS_16, uuid))
    if data is not None:
        structures.append((AdType.SERVICE_DATA_16, uuid + encode_service_data(data)))
    if name is None:
        return encode_structures(structures)
    whole = name.encode()
    room = MAXIMUM_OCTETS - len(encode_structures(structures)) - 2
    if len(whole) <= room:
        structures.append((AdType.COMPLETE_NAME, whole))
    else:
        shortened = whole[:room].decode(errors="ignore").encode()
        structures.append((AdType.SHORTENED_NAME, shortened))
    return encode_structures(structures)
