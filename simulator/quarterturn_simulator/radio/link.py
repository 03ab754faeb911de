"""A virtual radio: what controllers on it send arrives late, or not at all, as it is told.

Bumble's own link finds receivers by address alone and delivers at once. Here a connection is known
by both of its ends, what its sender sent first arrives first, and a sender who has left the air
says nothing any more.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from random import Random

from bumble import ll
from bumble.controller import Connection, Controller
from bumble.core import PhysicalTransport
from bumble.hci import Address, HCI_ErrorCode
from bumble.link import LocalLink

# What is lost on a connection is sent again in the next connection event (Core specification, Vol 6
# Part B, 4.5); phones and computers ask for 15 to 50 ms between them.
_CONNECTION_INTERVAL_S = 0.03

_Delivery = Callable[[], None]


class RadioLink(LocalLink):
    """The air between virtual controllers.

    ``latency_s`` is what everything takes, one way. ``loss`` is the share of packets that are lost:
    advertisements for good, anything on a connection until it is sent again. Both may be changed at
    any time. ``supervision_s`` is the silence after which a connection counts as lost.
    """

    def __init__(
        self,
        latency_s: float = 0.0,
        *,
        loss: float = 0.0,
        supervision_s: float = 4.0,
        seed: int = 0,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.latency_s = latency_s
        self.loss = loss
        self.supervision_s = supervision_s
        self._random = Random(f"{seed} radio")  # noqa: S311 - a simulation has to be repeatable
        self._silent_until_s = -math.inf
        self._supervision: asyncio.TimerHandle | None = None
        self._ways: dict[Controller, _Way] = {}

    # --- what goes wrong -------------------------------------------------------------------------

    def silence(self, seconds: float = math.inf) -> None:
        """Carry nothing for a while, or for good.

        Connections that outlast it go on with what was held back; the others are lost.
        """
        loop = asyncio.get_running_loop()
        self._silent_until_s = loop.time() + seconds
        if self._supervision is not None:
            self._supervision.cancel()
        if seconds >= self.supervision_s:
            self._supervision = loop.call_later(self.supervision_s, self.drop)

    def drop(self) -> None:
        """Lose every connection, at both ends, without a word on the air."""
        for controller in list(self.controllers):
            self._forget(controller)
            for connection in list(controller.le_connections.values()):
                controller.on_le_disconnected(connection, HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    # --- who is there ----------------------------------------------------------------------------

    def add_controller(self, controller: Controller) -> None:
        """Let a controller on the air."""
        self.controllers.add(controller)

    def remove_controller(self, controller: Controller) -> None:
        """Take a controller off the air; its peers lose their connections with it at once."""
        self.controllers.discard(controller)
        self._forget(controller)
        # The ends of its peers count: a word by which it closed one may still be on its way.
        its_own = (controller.random_address, controller.public_address)
        for peer in list(self.controllers):
            for connection in list(peer.le_connections.values()):
                if connection.peer_address in its_own:
                    peer.on_le_disconnected(connection, HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    def is_used_by_another(self, address: Address, controller: Controller) -> bool:
        """Return whether another controller than this is connected under an address."""
        return any(
            connection.self_address == address
            for other in self.controllers - {controller}
            for connection in other.le_connections.values()
        )

    # --- what controllers send -------------------------------------------------------------------

    def send_advertising_pdu(
        self, sender_controller: Controller, packet: ll.AdvertisingPdu
    ) -> None:
        """Carry what is said on the advertising channels."""
        if isinstance(packet, ll.ConnectInd):
            self._carry(sender_controller, lambda: self._connect(sender_controller, packet))
            return
        if self._is_silent() or self._loses():
            return
        loop = asyncio.get_running_loop()
        for controller in self.controllers - {sender_controller}:
            if controller.le_scan_enable or controller.pending_le_connection is not None:
                loop.call_later(self.latency_s, self._advertise, controller, packet)

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Carry data on a connection."""
        connection = sender_controller.le_connections.get(destination_address)
        if transport != PhysicalTransport.LE or connection is None:
            return

        def deliver() -> None:
            receiver, other_end = self._other_end(connection)
            if receiver is not None and other_end is not None:
                receiver.on_link_acl_data(connection.self_address, transport, data)

        self._carry(sender_controller, deliver)

    def send_ll_control_pdu(
        self, sender_address: Address, receiver_address: Address, packet: ll.ControlPdu
    ) -> None:
        """Carry a control PDU on a connection."""
        sender, connection = self._end(sender_address, receiver_address)
        if sender is None or connection is None:
            return

        def deliver() -> None:
            receiver, _ = self._other_end(connection)
            if receiver is not None:
                receiver.on_ll_control_pdu(sender_address, packet)

        self._carry(sender, deliver)

    # --- how it is carried -----------------------------------------------------------------------

    def _carry(self, sender: Controller, deliver: _Delivery) -> None:
        way = self._ways.setdefault(sender, _Way())
        now_s = asyncio.get_running_loop().time()
        due_s = max(now_s, self._silent_until_s) + self.latency_s
        while self._loses():
            due_s += _CONNECTION_INTERVAL_S
        way.send(due_s, deliver)

    def _forget(self, sender: Controller) -> None:
        way = self._ways.pop(sender, None)
        if way is not None:
            way.clear()

    def _advertise(self, controller: Controller, packet: ll.AdvertisingPdu) -> None:
        if controller in self.controllers:
            controller.on_ll_advertising_pdu(packet)

    def _connect(self, initiator: Controller, packet: ll.ConnectInd) -> None:
        for controller in self.controllers - {initiator}:
            controller.on_ll_advertising_pdu(packet)
        advertiser, _ = self._end(packet.advertiser_address, packet.initiator_address)
        if advertiser is None:
            # It was taken in the same moment. The initiator took the connection for made when it
            # asked; it hears nothing in the first six connection events (Vol 6 Part B, 4.5.2).
            self._lose(
                packet.initiator_address,
                packet.advertiser_address,
                HCI_ErrorCode.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR,
            )

    def _is_silent(self) -> bool:
        return asyncio.get_running_loop().time() < self._silent_until_s

    def _loses(self) -> bool:
        return self.loss > 0 and self._random.random() < self.loss

    def _end(
        self, self_address: Address, peer_address: Address
    ) -> tuple[Controller | None, Connection | None]:
        for controller in self.controllers:
            connection = controller.le_connections.get(peer_address)
            if connection is not None and connection.self_address == self_address:
                return controller, connection
        return None, None

    def _other_end(self, connection: Connection) -> tuple[Controller | None, Connection | None]:
        return self._end(connection.peer_address, connection.self_address)

    def _lose(
        self,
        self_address: Address,
        peer_address: Address,
        reason: HCI_ErrorCode = HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR,
    ) -> None:
        controller, connection = self._end(self_address, peer_address)
        if controller is not None and connection is not None:
            controller.on_le_disconnected(connection, reason)


class _Way:
    """What one controller has sent and nobody has received yet: first in, first out."""

    def __init__(self) -> None:
        self._deliveries: deque[_Delivery] = deque()
        self._last_due_s = -math.inf

    def send(self, due_s: float, deliver: _Delivery) -> None:
        if due_s == math.inf:
            return
        self._last_due_s = max(due_s, self._last_due_s)
        self._deliveries.append(deliver)
        # Timers of the same time fire in any order; each takes what is first in the queue.
        asyncio.get_running_loop().call_at(self._last_due_s, self._arrive)

    def clear(self) -> None:
        self._deliveries.clear()

    def _arrive(self) -> None:
        if self._deliveries:
            self._deliveries.popleft()()
