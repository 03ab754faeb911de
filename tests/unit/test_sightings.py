from collections.abc import Mapping

import pytest

from quarterturn.machines import all_machines
from quarterturn.port import Sighting
from quarterturn.sightings import Found, Kind, found

MACHINES = all_machines()
ADDRESS = "F0:0D:12:34:56:78"


def seen(
    name: str | None = None,
    services: tuple[int, ...] = (),
    service_data: Mapping[int, str] | None = None,
) -> Found:
    data = {uuid: bytes.fromhex(text) for uuid, text in (service_data or {}).items()}
    sighting = Sighting(ADDRESS, name, -60, frozenset(services), data)
    return found(sighting, "ble", (("hci", "usb:0"),), MACHINES)


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        (seen("Mill", (0x1826,), {0x1826: "010100"}), Kind.TREADMILL),
        (seen("Mill", (), {0x1826: "010001"}), Kind.TREADMILL),  # its octets are swapped
        (seen("Bike", (0x1826,), {0x1826: "012000"}), Kind.OTHER_MACHINE),
        (seen("Both", (0x1826,), {0x1826: "012100"}), Kind.TREADMILL),
        (seen("Mill", (0x1826, 0x1816)), Kind.FITNESS_MACHINE),
        (seen(None, (0x1826,)), Kind.FITNESS_MACHINE),
        (seen("Mill", (), {0x1826: "01"}), Kind.FITNESS_MACHINE),
        (seen("T318_0012"), Kind.TREADMILL),  # says nothing but a name that is known
        (seen("Strap", (0x180D,)), Kind.HEART_RATE),
        (seen("Pod", (0x1814,)), Kind.RUNNING),
        (seen("Toaster", (0x1234,)), Kind.OTHER),
        (seen("Mill", (), {0x1826: ""}), Kind.OTHER),
        (seen(), Kind.OTHER),
    ],
)
def test_a_device_is_known_by_whatever_it_advertises(what: Found, kind: Kind) -> None:
    assert what.kind is kind


def test_a_treadmill_s_url_names_its_radio_and_the_record_of_its_model() -> None:
    known = seen("T318_0012", (0x1826,))
    assert known.machine is not None
    assert str(known.url) == f"ftms+ble://{ADDRESS}?hci=usb:0&record=t318"
    assert str(seen("Mill", (0x1826,)).url) == f"ftms+ble://{ADDRESS}?hci=usb:0"


def test_a_sensor_s_url_names_its_driver() -> None:
    assert str(seen("Strap", (0x180D,)).url) == f"heart-rate+ble://{ADDRESS}?hci=usb:0"
    assert str(seen("Pod", (0x1814,)).url) == f"running+ble://{ADDRESS}?hci=usb:0"


def test_what_can_be_no_use_has_no_url() -> None:
    assert seen("Toaster", (0x1234,)).url is None
    assert seen("Bike", (0x1826,), {0x1826: "012000"}).url is None


@pytest.mark.parametrize(("data", "available"), [("010100", True), ("000100", False)])
def test_a_machine_that_says_it_is_in_use_is_believed(data: str, available: bool) -> None:
    assert seen("Mill", (0x1826,), {0x1826: data}).available is available


def test_a_machine_that_says_nothing_of_it_may_be_free_or_not() -> None:
    assert seen("Mill", (0x1826,)).available is None
