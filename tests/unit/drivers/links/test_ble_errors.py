import re

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from quarterturn.port import LinkError, RefusedError
from quarterturn_drivers.links.ble_errors import port_error

Reason = BleakBluetoothNotAvailableReason


def unavailable(reason: Reason) -> BleakError:
    return BleakBluetoothNotAvailableError("bleak's own words", reason)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (unavailable(Reason.NO_BLUETOOTH), "no Bluetooth adapter.*systemctl status.*rehearse"),
        (unavailable(Reason.POWERED_OFF), "switched off: switch it on"),
        (unavailable(Reason.NO_BLE_CENTRAL_ROLE), "cannot do Low Energy"),
        (unavailable(Reason.DENIED_BY_USER), "may not use Bluetooth: allow it"),
        (unavailable(Reason.DENIED_BY_SYSTEM), "may not use Bluetooth: allow it"),
        (unavailable(Reason.DENIED_BY_UNKNOWN), "may not use Bluetooth: allow it"),
        (unavailable(Reason.UNKNOWN), "switch it off and on"),
        (FileNotFoundError(2, "no bus"), "service is not running.*systemctl start"),
        (ConnectionRefusedError(111, "no bus"), "service is not running.*systemctl start"),
        (PermissionError(13, "no"), "may not use Bluetooth"),
        (BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", ["x"]), "not running"),
        (BleakDBusError("org.freedesktop.DBus.Error.Spawn.ChildExited", ["x"]), "not running"),
        (BleakDBusError("org.freedesktop.systemd1.NoSuchUnit", ["x"]), "not running"),
        (BleakDBusError("org.freedesktop.DBus.Error.AccessDenied", ["x"]), "may not use"),
        (BleakDBusError("org.bluez.Error.NotReady", ["x"]), "switched off"),
        (BleakDBusError("org.bluez.Error.InProgress", ["x"]), "busy with another program"),
        (BleakDBusError("org.bluez.Error.AuthenticationFailed", ["x"]), "could not be paired"),
        (BleakDBusError("org.bluez.Error.Odd", ["strange"]), "Odd.*strange"),
        (BleakError("Bleak requires BlueZ >= 5.55."), r"too old: BlueZ >= 5\.55 is wanted"),
        (BleakError("adapter 'hci9' not found"), "hci9.*bluetoothctl list"),
        (BleakError(""), "without saying why"),
        (BleakDeviceNotFoundError("AA", "gone"), "AA is out of reach"),
        (RuntimeError("odd"), "odd"),
    ],
)
def test_what_is_wrong_with_bluetooth_is_said_with_what_to_do(error: Exception, words: str) -> None:
    said = port_error(error)
    assert isinstance(said, LinkError)
    assert re.search(words, str(said))


def test_att_errors_keep_their_code() -> None:
    said = port_error(BleakGATTProtocolError(0x80))
    assert isinstance(said, RefusedError)
    assert said.code == 0x80


def test_a_characteristic_that_is_missing_is_a_refusal() -> None:
    assert isinstance(port_error(BleakCharacteristicNotFoundError("2ad9")), RefusedError)


def test_nothing_said_is_a_time_out() -> None:
    assert isinstance(port_error(TimeoutError()), TimeoutError)


def test_the_port_s_own_errors_stay_as_they_are() -> None:
    error = LinkError("x")
    assert port_error(error) is error
