"""Virtual controllers for other programs: HCI over TCP (H4, Core specification, Vol 4 Part A).

Every socket gets a controller of its own on one radio, and takes it along when it closes, however
it closes: to its peers that is a lost link.
"""

import asyncio
import errno
import itertools
import logging
import socket

from bumble.core import InvalidPacketError
from bumble.transport.common import PacketParser

from quarterturn.port import LinkError
from quarterturn_simulator.radio.controller import VirtualController
from quarterturn_simulator.radio.link import RadioLink

_log = logging.getLogger(__name__)

# So much lies unread with a host that is gone, or as good as gone.
_UNREAD_OCTETS = 1 << 17
# Each is a socket, a controller and a listener to every advertisement.
_MOST_HOSTS = 32


class HciServer:
    """Listens for hosts. ``port`` is where, once it does."""

    def __init__(self, link: RadioLink) -> None:
        self._link = link
        self._numbers = itertools.count(1)
        self._hosts: set[_Host] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def listen(self, host: str, port: int) -> None:
        """Begin to listen; a port of 0 takes any.

        Raises:
            LinkError: when nobody can listen there.

        """
        try:
            self._server = await asyncio.get_running_loop().create_server(self._accept, host, port)
        except (OSError, UnicodeError) as error:  # UnicodeError: a name that no host can have
            raise LinkError(f"cannot listen on {host}:{port}: {_words(error)}") from error
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and end every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for host in list(self._hosts):
            host.end()
        await asyncio.sleep(0)

    def _accept(self) -> "_Host":
        return _Host(self._link, next(self._numbers), self._hosts)


def _words(error: Exception) -> str:
    match getattr(error, "errno", None):
        case errno.EADDRINUSE:
            return "the port is in use; choose another, or end what uses it"
        case errno.EACCES:
            return "you may not use that port; choose one above 1023"
        case _:
            why = getattr(error, "strerror", None) or str(error)
            return f"{why}; 127.0.0.1 is this computer alone, 0.0.0.0 every network that it is in"


class _Host(asyncio.Protocol):
    """One socket with its controller."""

    def __init__(self, link: RadioLink, number: int, hosts: "set[_Host]") -> None:
        self._link = link
        self._number = number
        self._hosts = hosts
        self._transport: asyncio.Transport | None = None
        self._controller: VirtualController | None = None
        self._parser = PacketParser()

    def end(self) -> None:
        """Close the socket, whatever still waits to be sent."""
        if self._transport is not None:
            self._transport.abort()

    # --- asyncio's side --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - asyncio's own promise
        self._transport = transport
        if len(self._hosts) >= _MOST_HOSTS:
            transport.abort()
            return
        transport.set_write_buffer_limits(high=_UNREAD_OCTETS)
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNREAD_OCTETS)
        self._hosts.add(self)
        self._controller = VirtualController(f"host {self._number}", self._link)
        self._controller.set_packet_sink(self)
        self._parser.set_packet_sink(self._controller)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except InvalidPacketError:
            _log.debug("host %d sends no H4", self._number)
            self.end()

    def pause_writing(self) -> None:
        _log.debug("host %d does not read", self._number)
        self.end()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        self._hosts.discard(self)
        if self._controller is not None:
            self._controller.leave()
            self._controller = None

    # --- the controller's side -------------------------------------------------------------------

    def on_packet(self, packet: bytes) -> None:
        """Send a packet of the controller to the host."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(packet)
