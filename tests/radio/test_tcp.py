"""Virtual controllers over TCP: hosts of every manner, one after another and two at once."""

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator, Callable

import pytest
from bumble import core, hci
from bumble.transport import open_transport

from quarterturn.port import LinkError
from quarterturn_simulator import SimulatedTreadmill
from quarterturn_simulator.radio.link import RadioLink
from quarterturn_simulator.radio.server import HciServer
from quarterturn_simulator.radio.treadmill import RadioTreadmill
from radio.central import CONTROL, DATA, FEATURE, Central

pytestmark = pytest.mark.real_time

RESET = bytes(hci.HCI_Reset_Command())
RESET_DONE = bytes.fromhex("040e0401030c00")


class Stand:
    """A treadmill on a virtual radio with a door for programs; ``complaints`` are the loop's."""

    def __init__(self) -> None:
        self.link = RadioLink()
        self.treadmill = SimulatedTreadmill(seed=1, countdown=0, spin_up=0, latency=0, rate=20)
        self.clients: list[tuple[int, bool]] = []
        self.radio = RadioTreadmill.on_virtual_radio(
            self.treadmill,
            self.link,
            on_client=lambda number, _, came: self.clients.append((number, came)),
        )
        self.server = HciServer(self.link)
        self.complaints: list[dict[str, object]] = []
        self._count = 0
        self._writers: list[asyncio.StreamWriter] = []

    @contextlib.asynccontextmanager
    async def program(self) -> AsyncIterator[Central]:
        self._count += 1
        transport = await open_transport(f"tcp-client:127.0.0.1:{self.server.port}")
        central = Central(self._count, transport.source, transport.sink)
        try:
            await central.device.power_on()
            yield central
        finally:
            await transport.close()

    async def socket(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.setblocking(False)  # noqa: FBT003 - positional only
        await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", self.server.port))
        reader, writer = await asyncio.open_connection(sock=narrow)
        self._writers.append(writer)
        return reader, writer

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait until something is so, at most a second."""
        async with asyncio.timeout(1.0):
            while not done():  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0.002)

    async def close(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        await self.server.close()
        await self.radio.power_off()

    async def is_free(self) -> None:
        """Wait until nobody is there any more but the treadmill, at most a second."""
        await self.until(lambda: len(self.link.controllers) == 1)
        (treadmill,) = self.link.controllers
        assert treadmill.le_connections == {}

    async def serves(self) -> None:
        """Find it, connect and drive it, as the next program would."""
        async with self.program() as central:
            heard = await central.find(timeout_s=1.0)
            assert heard is not None
            await central.connect(self.radio.address)
            await central.take_control()
            assert await central.read(FEATURE) == "0c16000003000000"
        await self.is_free()


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    stand = Stand()
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: stand.complaints.append(context)
    )
    await stand.radio.power_on()
    await stand.server.listen("127.0.0.1", 0)
    yield stand
    await stand.close()
    await asyncio.sleep(0.01)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert [task for task in others if "bumble" in repr(task) or "quarterturn" in repr(task)] == []
    assert stand.complaints == []


async def test_programs_come_one_after_another(stand: Stand) -> None:
    for _ in range(3):
        await stand.serves()
    assert stand.clients == [(1, True), (1, False), (2, True), (2, False), (3, True), (3, False)]


async def test_two_programs_at_once(stand: Stand) -> None:
    async with stand.program() as first, stand.program() as second:
        await first.connect(stand.radio.address)
        await second.connect(stand.radio.address)
        await first.take_control()
        await second.subscribe(DATA)
        assert await first.write("07") == "800701"
        await asyncio.sleep(0.3)
        assert first.said(DATA)
        assert second.said(DATA)
        assert await second.find() is not None  # a third would be welcome
    await stand.is_free()


async def test_a_killed_program_leaves_the_treadmill_free_within_a_tenth(stand: Stand) -> None:
    async with stand.program() as watcher, stand.program() as victim:
        await victim.connect(stand.radio.address)
        await victim.take_control()
        assert await victim.write("07") == "800701"
        sink = victim.device.host.hci_sink
        sink.transport.abort()  # type: ignore[union-attr]  # what the kernel does at SIGKILL
        loop = asyncio.get_running_loop()
        since_s = loop.time()
        await stand.until(lambda: stand.clients[-1] == (1, False))
        assert await watcher.find(timeout_s=1.0) is not None
        assert loop.time() - since_s < 0.5  # advertised every 0.1 s; the rest is a busy machine
        await asyncio.sleep(0.3)
        assert stand.treadmill.belt_speed_kmh > 0
        assert stand.treadmill.peripheral.control.holder is None
    await stand.serves()


class Cut:
    """Carries so many octets of what a host says, and then not even the rest of the packet."""

    def __init__(self, transport: asyncio.WriteTransport, octets: int) -> None:
        self._transport = transport
        self._left = octets

    def on_packet(self, packet: bytes) -> None:
        self._transport.write(packet[: self._left])
        self._left -= len(packet)
        if self._left <= 0:
            self._transport.abort()


@pytest.mark.parametrize("octets", [1, 3, 4, 30, 150, 190, 230, 260, 300, 330, 360, 385])
async def test_a_program_that_dies_at_any_octet_of_its_handshake(stand: Stand, octets: int) -> None:
    async def handshake(central: Central) -> None:
        sink = central.device.host.hci_sink
        central.device.host.set_packet_sink(Cut(sink.transport, octets))  # type: ignore[union-attr]
        await central.device.power_on()
        await central.connect(stand.radio.address)
        await central.subscribe(CONTROL)
        await central[CONTROL].write_value(b"\0", with_response=True)

    async with stand.program() as central:
        dying = asyncio.create_task(handshake(central))
        await stand.is_free()
        dying.cancel()
        await asyncio.wait([dying])
    await stand.serves()


@pytest.mark.parametrize(
    "rubbish",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0" * 5000,
        b"\xff",
        b"\1",
        b"\1\3\x0c\xff" + b"x" * 255,  # Reset with parameters
        b"\1\x0d\x20\2ab",  # Create Connection with too few
        b"\1\xff\xff\0",  # no command of this world
        b"\1\5\4\x0d" + b"\1" * 13,  # BR/EDR Create Connection
        b"\2\1\0\xff\xff" + b"y" * 65535,  # data of no connection
        b"\2\1\0\4\0\0\0\4\0",
        b"\4\x0e\4\1\3\x0c\0",  # an event, from the wrong side
        b"\3\0\0\0",
        b"\5\0\0\0\0",
    ],
    ids=lambda rubbish: rubbish[:8].hex(),
)
async def test_rubbish_harms_nobody(stand: Stand, rubbish: bytes) -> None:
    async with stand.program() as bystander:
        await bystander.connect(stand.radio.address)
        await bystander.subscribe(DATA)
        _, writer = await stand.socket()
        writer.write(RESET + rubbish)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        await asyncio.sleep(0.1)
        writer.close()
        before = len(bystander.said(DATA))
        await asyncio.sleep(0.2)
        assert len(bystander.said(DATA)) > before
    await stand.is_free()


async def test_random_octets_harm_nobody(stand: Stand) -> None:
    dice = random.Random(7)
    for _ in range(100):
        _, writer = await stand.socket()
        packets = b"".join(
            bytes([dice.choice((1, 2))])
            + dice.randbytes(1)
            + bytes([dice.choice((0x0C, 0x10, 0x20))])
            + bytes([(body := dice.randrange(12))])
            + dice.randbytes(body)
            for _ in range(20)
        )
        writer.write(packets)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        await asyncio.sleep(0.002)
        writer.transport.abort()
    await stand.is_free()
    await stand.serves()


async def test_rubbish_on_a_connection_harms_nobody_else(stand: Stand) -> None:
    dice = random.Random(8)
    async with stand.program() as bystander:
        await bystander.connect(stand.radio.address)
        await bystander.subscribe(DATA)
        for channel in (4, 5, 6, 0x40, 0):
            async with stand.program() as vandal:
                await vandal.connect(stand.radio.address)
                assert vandal.connection is not None
                for _ in range(60):
                    body = bytes([dice.randrange(0x20)]) + dice.randbytes(dice.randrange(30))
                    vandal.device.host.send_l2cap_pdu(vandal.connection.handle, channel, body)
                await asyncio.sleep(0.05)
        before = len(bystander.said(DATA))
        await asyncio.sleep(0.2)
        assert len(bystander.said(DATA)) > before
    await stand.is_free()
    await stand.serves()


async def test_a_silent_program_hinders_nobody(stand: Stand) -> None:
    _, writer = await stand.socket()
    await stand.socket()
    async with stand.program() as central:
        await central.connect(stand.radio.address)
        await central.take_control()
    writer.close()


async def test_a_program_that_never_reads_is_cut_off(stand: Stand) -> None:
    reader, writer = await stand.socket()
    writer.write(RESET)
    assert await reader.readexactly(len(RESET_DONE)) == RESET_DONE
    # Many commands, and not one answer read.
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(10.0):
            while len(stand.link.controllers) > 1:
                writer.write(bytes(hci.HCI_Read_Local_Supported_Commands_Command()) * 500)
                await asyncio.sleep(0.001)
    await stand.is_free()
    writer.transport.abort()
    await stand.serves()


async def test_a_crowd_is_served_up_to_a_bound(stand: Stand) -> None:
    writers = [(await stand.socket())[1] for _ in range(60)]
    await asyncio.sleep(0.05)
    assert len(stand.link.controllers) == 1 + 32
    for writer in writers:
        writer.transport.abort()
    await stand.is_free()
    await stand.serves()


async def test_reset_answers_and_forgets_a_connection_that_was_being_made(stand: Stand) -> None:
    async with stand.program() as central:
        stranger = hci.Address("C0:00:00:00:00:01")
        with pytest.raises(core.TimeoutError):
            await central.device.connect(stranger, timeout=0.1)
        await central.connect(stand.radio.address)  # no ghost of the first stands in the way
        assert await central.read(FEATURE)
        await central.device.power_on()
        await stand.until(lambda: stand.clients == [(1, True), (1, False)])
        await central.connect(stand.radio.address)
        assert await central.read(FEATURE)


async def test_a_port_in_use_is_said_in_words(stand: Stand) -> None:
    second = HciServer(stand.link)
    with pytest.raises(LinkError, match=r"cannot listen on 127.0.0.1:\d+: the port is in use"):
        await second.listen("127.0.0.1", stand.server.port)
