"""What goes wrong with Bluetooth, in words that say what to do next.

bleak passes on what each system's stack says; here it becomes the errors of the port. An ATT error
0x0E is no refusal: BlueZ gives it for a request that the lost link cut off.
"""

from typing import Final

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from quarterturn.port import LinkError, RefusedError

WITHOUT_BLUETOOTH: Final = "`quarterturn rehearse circle` needs no Bluetooth"

_NO_BLUEZ: Final = (
    "the system's Bluetooth service is not running: on Linux install bluez and run "
    f"`sudo systemctl start bluetooth`; {WITHOUT_BLUETOOTH}"
)
_NO_ADAPTER: Final = (
    "this computer has no Bluetooth adapter, or it is blocked, or its service was stopped: plug "
    "one in, or on Linux see `rfkill list` and `systemctl status bluetooth`; "
    f"{WITHOUT_BLUETOOTH}"
)
_NOT_ALLOWED: Final = (
    "this program may not use Bluetooth: allow it for the terminal in the system's privacy "
    "settings; on Linux ask for membership in the group bluetooth, or use a local session"
)
_REASONS: Final = {
    BleakBluetoothNotAvailableReason.NO_BLUETOOTH: _NO_ADAPTER,
    BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE: (
        "the Bluetooth adapter cannot do Low Energy: plug in one that can (Bluetooth 4.0 or newer)"
    ),
    BleakBluetoothNotAvailableReason.POWERED_OFF: (
        "Bluetooth is switched off: switch it on (on Linux: `bluetoothctl power on`, and "
        "`rfkill unblock bluetooth` where it is blocked)"
    ),
    BleakBluetoothNotAvailableReason.DENIED_BY_USER: _NOT_ALLOWED,
    BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM: _NOT_ALLOWED,
    BleakBluetoothNotAvailableReason.DENIED_BY_UNKNOWN: _NOT_ALLOWED,
    BleakBluetoothNotAvailableReason.UNKNOWN: (
        "Bluetooth is not available, and the system does not say why: switch it off and on"
    ),
}
_DBUS: Final = {
    "org.freedesktop.DBus.Error.ServiceUnknown": _NO_BLUEZ,
    "org.freedesktop.DBus.Error.NameHasNoOwner": _NO_BLUEZ,
    "org.freedesktop.DBus.Error.AccessDenied": _NOT_ALLOWED,
    "org.bluez.Error.NotAuthorized": _NOT_ALLOWED,
    "org.bluez.Error.NotReady": _REASONS[BleakBluetoothNotAvailableReason.POWERED_OFF],
    "org.bluez.Error.InProgress": (
        "Bluetooth is busy with another program's search or connection: close it, or wait a moment"
    ),
    "org.bluez.Error.AuthenticationFailed": (
        "the treadmill and this computer could not be paired: remove the treadmill in the system's "
        "Bluetooth settings, switch it off and on, and try again"
    ),
}
_GONE: Final = frozenset(
    {
        "org.freedesktop.DBus.Error.NameHasNoOwner",
        "org.freedesktop.DBus.Error.NoReply",  # it died before it answered
        "org.freedesktop.DBus.Error.ServiceUnknown",
        "org.freedesktop.DBus.Error.UnknownMethod",  # so BlueZ says of a path that it has not
        "org.freedesktop.DBus.Error.UnknownObject",
    }
)
# By these a message bus says that it could not start the service that was asked for.
_NOT_STARTED: Final = ("org.freedesktop.DBus.Error.Spawn.", "org.freedesktop.systemd1.")
PAIRING_CODES: Final = frozenset(
    {
        BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION,
        BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION_KEY_SIZE,
        BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION,
    }
)
"""ATT errors by which a machine asks for an encrypted link (FTMS v1.0.1 Table 4.1)."""
STALE_CODES: Final = frozenset(
    {
        BleakGATTProtocolErrorCode.INVALID_HANDLE,
        BleakGATTProtocolErrorCode.ATTRIBUTE_NOT_FOUND,
        BleakGATTProtocolErrorCode.DATABASE_OUT_OF_SYNC,
    }
)
"""ATT errors of a client that goes by a list of services that the machine no longer has."""


def port_error(error: Exception) -> LinkError | RefusedError | TimeoutError:
    """Say in the port's terms, and in words, what a call of bleak raised."""
    match error:
        case LinkError() | RefusedError():
            return error
        case BleakGATTProtocolError():
            return _att_error(error)
        case BleakCharacteristicNotFoundError():
            return RefusedError(f"it has no characteristic {error.char_specifier}")
        case BleakBluetoothNotAvailableError():
            return LinkError(_REASONS.get(error.reason, str(error.args[0])))
        case BleakDeviceNotFoundError():
            return LinkError(f"{error.identifier} is out of reach, or switched off")
        case BleakDBusError():
            return LinkError(_dbus_words(error))
        case BleakError():
            return LinkError(_plain(str(error)))
        case TimeoutError():
            return TimeoutError("the treadmill did not answer in time")
        case FileNotFoundError() | ConnectionRefusedError():
            # There is no system message bus, and so no BlueZ behind it.
            return LinkError(_NO_BLUEZ)
        case PermissionError():
            return LinkError(_NOT_ALLOWED)
        case _:
            return LinkError(f"Bluetooth: {error or type(error).__name__}")


def is_end_of_service(error: Exception) -> bool:
    """Say whether BlueZ itself is gone, or came again and knows nothing of this connection.

    When it crashes nobody tells: bleak 3.1.0 goes on as if connected, and only requests fail.
    """
    return isinstance(error, BleakDBusError) and (
        error.dbus_error in _GONE or error.dbus_error.startswith(_NOT_STARTED)
    )


def _dbus_words(error: BleakDBusError) -> str:
    if error.dbus_error.startswith(_NOT_STARTED):
        return _NO_BLUEZ
    return _DBUS.get(error.dbus_error, str(error))


def _att_error(error: BleakGATTProtocolError) -> LinkError | RefusedError:
    code = int(error.code)
    if code == BleakGATTProtocolErrorCode.UNLIKELY_ERROR:
        return LinkError("the request failed as one does whose link is gone (ATT error 0x0E)")
    if error.code in PAIRING_CODES:
        return RefusedError(
            "it wants to be paired: pair it in the system's Bluetooth settings, then try again",
            code,
        )
    return RefusedError(f"ATT error 0x{code:02X}: {error.args[1]}", code)


def _plain(text: str) -> str:
    if "BlueZ >=" in text:
        wanted = text.removeprefix("Bleak requires ").rstrip(".")
        return f"the system's Bluetooth is too old: {wanted} is wanted; update bluez"
    if text.startswith("adapter '"):
        return f"{text}: `bluetoothctl list` shows those there are"
    return text or "Bluetooth failed without saying why"
