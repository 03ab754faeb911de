"""A Bluetooth controller that is none: HCI towards its host, a virtual radio on the other side.

Bumble's controller does the work. What is mended here, of bumble 0.0.236: Reset forgets and Create
Connection Cancel cancels; commands it does not know are answered, so that no host waits for ever;
legacy advertising keeps its interval; and whatever a host sends, no exception leaves.
"""

import asyncio
import logging

from bumble import hci
from bumble.controller import Controller, LegacyAdvertiser
from bumble.transport.common import TransportSink

from quarterturn_simulator.radio.link import RadioLink

_log = logging.getLogger(__name__)

# Hosts use one of two sets of commands by these features. This controller speaks the older one,
# which every host knows; Linux waits in vain for an event of LL privacy (google/bumble issue 841).
_NOT_OFFERED = hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING

# Groups of which bumble would carry out more than this radio can: BR/EDR, isochronous links.
_STRICT_GROUPS = (0x01, 0x02, 0x08)  # Link Control, Link Policy, LE Controller
_ADVERTISING_UNIT_S = 0.000625  # Core specification, Vol 4 Part E, 7.8.5
_SHORTEST_ADVERTISING_S = 0.02


class VirtualController(Controller):
    """A controller on a virtual radio. ``host`` takes its events, ``on_packet`` the commands."""

    link: RadioLink

    def __init__(self, name: str, link: RadioLink) -> None:
        # It has no public address, as many have none: hosts then choose a random one.
        super().__init__(name, link=link)
        self.le_features = self.le_features & ~_NOT_OFFERED
        self.supported_commands = self.supported_commands | {
            hci.HCI_READ_LOCAL_SUPPORTED_COMMANDS_COMMAND
        }
        self.le_legacy_advertiser = _Advertiser(self)

    def leave(self) -> None:
        """Go off the air; peers lose their connections at once."""
        self.set_packet_sink(None)
        self.le_legacy_advertiser.stop()
        self.link.remove_controller(self)

    # --- from the host ---------------------------------------------------------------------------

    def on_packet(self, packet: bytes) -> None:
        """Take a packet from the host, whatever it is."""
        try:
            super().on_packet(packet)
        except Exception:  # noqa: BLE001 - a host may send anything
            _log.debug("a packet of the host failed: %s", packet.hex(), exc_info=True)
            if packet[0] == hci.HCI_COMMAND_PACKET:
                self._send_hci_command_status(
                    hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR,
                    int.from_bytes(packet[1:3], "little"),
                )

    def on_hci_command_packet(self, command: hci.HCI_Command) -> None:
        """Carry out a command, if this is a controller that has it."""
        group = command.op_code >> 10
        if group in _STRICT_GROUPS and command.op_code not in self.supported_commands:
            self._refuse(command)
        else:
            super().on_hci_command_packet(command)

    def on_hci_command(self, command: hci.HCI_Command) -> None:  # type: ignore[override]
        """Answer a command for which there is no method."""
        self._refuse(command)

    def _refuse(self, command: hci.HCI_Command) -> None:
        self._send_hci_command_status(hci.HCI_ErrorCode.UNKNOWN_HCI_COMMAND_ERROR, command.op_code)

    def on_hci_reset_command(
        self, _command: hci.HCI_Reset_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Forget everything: connections, advertising, scanning, the random address."""
        self.link.remove_controller(self)
        self.le_connections.clear()
        self.pending_le_connection = None
        self.le_legacy_advertiser.stop()
        self.le_legacy_advertiser = _Advertiser(self)
        self.le_scan_enable = False
        self.random_address = hci.Address("00:00:00:00:00:00")
        self.link.add_controller(self)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Cancel the connection that is being made (Vol 4 Part E, 7.8.13)."""
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        # After the Command Complete, which goes out when this method has returned.
        asyncio.get_running_loop().call_soon(
            self._connection_failed,
            pending.peer_address,
            hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
        )
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    # --- from the air ----------------------------------------------------------------------------

    def create_le_connection(self, peer_address: hci.Address) -> None:
        """Ask an advertiser for a connection, under an address that nobody else uses."""
        pending = self.pending_le_connection
        if pending is None:
            return
        public = pending.own_address_type == hci.OwnAddressType.PUBLIC
        address = self.public_address if public else self.random_address
        if self.link.is_used_by_another(address, self):
            self.pending_le_connection = None
            self._connection_failed(peer_address, hci.HCI_ErrorCode.CONNECTION_ALREADY_EXISTS_ERROR)
            return
        super().create_le_connection(peer_address)

    def _connection_failed(self, peer_address: hci.Address, status: hci.HCI_ErrorCode) -> None:
        self.send_hci_packet(
            hci.HCI_LE_Connection_Complete_Event(
                status=status,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=peer_address.address_type,
                peer_address=peer_address,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
        )

    # --- to the host -----------------------------------------------------------------------------

    def set_packet_sink(self, sink: TransportSink | None) -> None:
        """Have events delivered to a sink, whose exceptions end there."""
        super().set_packet_sink(None if sink is None else _Guarded(sink))


class _Guarded:
    """A host's ear: what a peer makes it choke on is nobody else's misfortune."""

    def __init__(self, sink: TransportSink) -> None:
        self._sink = sink

    def on_packet(self, packet: bytes) -> None:
        try:
            self._sink.on_packet(packet)
        except Exception:  # noqa: BLE001 - a peer may send anything
            _log.debug("the host failed on a packet: %s", packet.hex(), exc_info=True)


class _Advertiser(LegacyAdvertiser):
    """Advertises as often as it was told: bumble takes the unit of 0.625 ms for one of 1 ms."""

    def _on_timer_fired(self) -> None:
        self.send_advertising_data()
        interval_s = max(
            self.advertising_interval_min * _ADVERTISING_UNIT_S, _SHORTEST_ADVERTISING_S
        )
        self.timer_handle = asyncio.get_running_loop().call_later(interval_s, self._on_timer_fired)
