"""A GATT server that keeps to the properties it announces, and a treadmill's services in it."""

import contextlib
from collections.abc import Callable, Mapping

from bumble import att, smp
from bumble.device import Connection
from bumble.gatt import (
    GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
    Characteristic,
    Service,
)
from bumble.gatt_server import Server
from bumble.profiles.device_information_service import DeviceInformationService

from quarterturn.port import Property, RefusedError
from quarterturn.wire.ftms import SERVICE

_CCCD_OCTETS = 2

Read = Callable[[int], bytes]
Write = Callable[[Connection, int, bytes], int | None]
Subscribe = Callable[[Connection, int, bool], None]


class StrictServer(Server):
    """Refuses what bumble's server lets through: that, in 0.0.236, writes without looking."""

    def on_att_write_request(self, bearer: att.Bearer, request: att.ATT_Write_Request) -> None:
        """Take a write request."""
        error = self._write_error(
            request.attribute_handle, Characteristic.Properties.WRITE, request.attribute_value
        )
        if error is None:
            super().on_att_write_request(bearer, request)
        else:
            self._refuse(bearer, request, request.attribute_handle, error)

    def on_att_write_command(self, bearer: att.Bearer, request: att.ATT_Write_Command) -> None:
        """Take a write command, which is never answered."""
        wanted = Characteristic.Properties.WRITE_WITHOUT_RESPONSE
        if self._write_error(request.attribute_handle, wanted, request.attribute_value) is None:
            super().on_att_write_command(bearer, request)

    def on_att_prepare_write_request(
        self, bearer: att.Bearer, request: att.ATT_Prepare_Write_Request
    ) -> None:
        """Take a part of a long write."""
        error = self._write_error(request.attribute_handle, Characteristic.Properties.WRITE, None)
        if error is None:
            super().on_att_prepare_write_request(bearer, request)
        else:
            self._refuse(bearer, request, request.attribute_handle, error)

    def on_att_read_multiple_request(
        self, bearer: att.Bearer, request: att.ATT_Read_Multiple_Request
    ) -> None:
        """Refuse: it is optional, and bumble leaves it unanswered where a value cannot be read."""
        self.on_att_request(bearer, request)

    def on_att_read_multiple_variable_request(
        self, bearer: att.Bearer, request: att.ATT_Read_Multiple_Variable_Request
    ) -> None:
        """Refuse, as above."""
        self.on_att_request(bearer, request)

    def _write_error(
        self, handle: int, wanted: Characteristic.Properties, value: bytes | None
    ) -> int | None:
        attribute = self.get_attribute(handle)
        if attribute is None:
            return int(att.ErrorCode.INVALID_HANDLE)
        if isinstance(attribute, Characteristic):
            allowed = bool(attribute.properties & wanted)
            return None if allowed else int(att.ErrorCode.WRITE_NOT_PERMITTED)
        if attribute.type != GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR:
            return int(att.ErrorCode.WRITE_NOT_PERMITTED)
        if value is not None and len(value) != _CCCD_OCTETS:
            return int(att.ErrorCode.INVALID_ATTRIBUTE_LENGTH)
        return None

    def _refuse(self, bearer: att.Bearer, request: att.ATT_PDU, handle: int, error: int) -> None:
        self.send_response(
            bearer,
            att.ATT_Error_Response(
                request_opcode_in_error=request.op_code,
                attribute_handle_in_error=handle,
                error_code=error,
            ),
        )


class CautiousSession(smp.Session):
    """Survives what makes no sense, where bumble's would fail in a task or answer for ever."""

    _was_asked = False

    def on_smp_command(self, command: smp.SMP_Command) -> None:
        """Take a command; one before a request for pairing, or after a failure, means nothing."""
        self._was_asked = self._was_asked or isinstance(command, smp.SMP_Pairing_Request_Command)
        if not self._was_asked or self.completed:
            return
        if isinstance(command, smp.SMP_Pairing_Failed_Command):
            with contextlib.suppress(Exception):  # answered by a failure, it would go on for ever
                self.on_smp_pairing_failed_command(command)
        else:
            super().on_smp_command(command)

    async def on_smp_pairing_request_command_async(
        self, command: smp.SMP_Pairing_Request_Command
    ) -> None:
        """Take a request for pairing."""
        try:
            await super().on_smp_pairing_request_command_async(command)
        except Exception:  # noqa: BLE001 - a peer may send anything
            self.send_pairing_failed(smp.ErrorCode.INVALID_PARAMETERS)


def fitness_machine_service(
    offered: Mapping[int, Property], read: Read, write: Write, subscribe: Subscribe
) -> tuple[Service, Mapping[int, Characteristic[bytes]]]:
    """Build the service from what a machine offers; return it and its characteristics by UUID.

    ``read`` may raise RefusedError; ``write`` returns the code of an ATT error, None for a
    response; ``subscribe`` is told of every change of a client's configuration.
    """
    found = {
        uuid: _characteristic(uuid, properties, read, write, subscribe)
        for uuid, properties in offered.items()
    }
    return Service(_uuid(SERVICE), list(found.values())), found


def device_information_service(manufacturer: str, model: str) -> Service:
    """Build the Device Information Service (0x180A)."""
    return DeviceInformationService(manufacturer_name=manufacturer, model_number=model)


def _characteristic(
    uuid: int, properties: Property, read: Read, write: Write, subscribe: Subscribe
) -> Characteristic[bytes]:
    def on_read(_connection: Connection) -> bytes:
        try:
            return read(uuid)
        except RefusedError as error:
            code = att.ErrorCode.READ_NOT_PERMITTED if error.code is None else error.code
            raise att.ATT_Error(code) from error

    def on_write(connection: Connection, value: bytes) -> None:
        code = write(connection, uuid, bytes(value))
        if code is not None:
            raise att.ATT_Error(code)

    def on_subscription(connection: Connection, notify: bool, indicate: bool) -> None:
        by_notification = notify and Property.NOTIFY in properties
        by_indication = indicate and Property.INDICATE in properties
        subscribe(connection, uuid, by_notification or by_indication)

    characteristic: Characteristic[bytes] = Characteristic(
        _uuid(uuid),
        Characteristic.Properties(int(properties)),
        att.Attribute.Permissions.READABLE | att.Attribute.Permissions.WRITEABLE,
        att.AttributeValue(read=on_read, write=on_write),
    )
    characteristic.on(characteristic.EVENT_SUBSCRIPTION, on_subscription)
    return characteristic


def _uuid(uuid: int) -> str:
    return f"{uuid:04X}"
