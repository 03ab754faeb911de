import asyncio
import errno
import socket
import sys
from typing import NoReturn

import pytest
from bleak.exc import BleakDBusError, BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError

from quarterturn.port import LinkError, Property, RefusedError
from quarterturn_drivers.links.ble import BleLink, open_link
from quarterturn_drivers.links.ble_radio import is_address, radio_of, same_address
from unit.drivers.links.fake_bleak import ADDRESS, FTMS, World, advertisement

CONTROL_POINT = 0x2AD9


def ignore() -> None:
    """Be told of a lost link."""


async def connected(world: World, address: str = ADDRESS, **options: bool) -> BleLink:
    link = BleLink(address, world.radio(), **options)
    await link.connect(ignore)
    return link


def now_s() -> float:
    return asyncio.get_running_loop().time()


# --- finding --------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [ADDRESS, ADDRESS.lower(), ADDRESS.replace(":", "-"), "Mill"])
async def test_a_treadmill_is_found_by_address_or_name(address: str) -> None:
    link = await connected(World(), address)
    assert link.characteristics[0x2ACC] == Property.READ


async def test_macos_gives_a_uuid_for_an_address() -> None:
    uuid = "E621E1F8-C36C-495A-93FC-0C247A3E6E5F"
    await connected(World(address=uuid), uuid.lower())


async def test_a_machine_that_advertises_nothing_is_found_by_its_address() -> None:
    world = World(advertised=advertisement(None, ()))
    await connected(world)
    assert world.did("unpair") == []


async def test_what_is_out_of_reach_is_given_up_with_advice_after_twelve_seconds() -> None:
    with pytest.raises(LinkError, match="not seen within 12 s: switch the treadmill on"):
        await connected(World(advertised=None))
    assert now_s() == pytest.approx(12, abs=0.5)


async def test_another_name_is_not_taken_for_the_one_that_is_meant() -> None:
    with pytest.raises(LinkError, match="Mine was not seen"):
        await connected(World(), "Mine")


async def test_the_scan_is_over_before_the_connection_is_made() -> None:
    world = World()
    await connected(world)
    assert [entry[0] for entry in world.log] == ["scan", "scanned", "client", "connect"]


async def test_windows_is_told_not_to_go_by_the_services_it_remembers() -> None:
    world = World()
    await connected(world)
    assert world.did("client") == [("client", {"use_cached_services": False})]


# --- connecting -----------------------------------------------------------------------------------


async def test_a_connection_that_fails_is_tried_three_times() -> None:
    world = World(connect_troubles=[BleakError("busy"), TimeoutError(), None])
    await connected(world)
    assert len(world.did("connect")) == 3
    assert len(world.did("scan")) == 3


async def test_a_machine_that_another_app_holds_is_given_up_with_advice() -> None:
    world = World(connect_troubles=[BleakError("le-connection-abort-by-local")] * 3)
    with pytest.raises(LinkError, match=r"not accept a connection \(le-conn.*close other apps"):
        await connected(world)
    assert len(world.did("connect")) == 3


async def test_connecting_ends_within_the_thirty_seconds_of_whoever_asked() -> None:
    world = World(connect_s=1000.0)
    with pytest.raises(LinkError, match="does not accept a connection"):
        await connected(world)
    assert now_s() < 28
    assert len(world.did("disconnect")) >= 1


async def test_a_device_that_the_system_forgot_meanwhile_is_looked_for_again() -> None:
    world = World(connect_troubles=[BleakDeviceNotFoundError(ADDRESS, "removed")])
    await connected(world)
    assert len(world.did("scan")) == 2


async def test_who_gives_up_connecting_leaves_no_connection_behind() -> None:
    world = World(connect_s=5.0)
    connecting = asyncio.create_task(connected(world))
    await asyncio.sleep(1)
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    assert world.log[-1] == ("disconnect",)


async def test_services_that_the_system_remembers_wrongly_are_looked_up_anew() -> None:
    world = World(services=[{0x1800: {0x2A00: ["read"]}}, {0x1826: FTMS}])
    link = await connected(world)
    assert world.did("unpair") == [("unpair",)]
    assert CONTROL_POINT in link.characteristics


async def test_a_device_without_the_service_is_not_forgotten_for_nothing() -> None:
    world = World(advertised=advertisement("Mill", (0x180D,)), services=[{0x180D: {0x2A37: []}}])
    link = await connected(world)
    assert world.did("unpair") == []
    assert list(link.characteristics) == [0x2A37]


async def test_a_fitness_machine_s_characteristics_go_before_others_of_the_same_uuid() -> None:
    copy = {0x2ACD: ["read"]}
    link = await connected(World(services=[{0x1800: copy, 0x1826: FTMS}]))
    assert link.characteristics[0x2ACD] == Property.NOTIFY


async def test_a_link_connects_once_at_a_time() -> None:
    link = await connected(World())
    with pytest.raises(LinkError, match="connected already"):
        await link.connect(ignore)


# --- requests -------------------------------------------------------------------------------------


async def test_values_are_read_written_and_heard() -> None:
    world = World()
    link = await connected(world)
    heard: list[bytes] = []
    assert await link.read(0x2ACC) == b"\x01\x02"
    await link.subscribe(CONTROL_POINT, heard.append)
    await link.write(CONTROL_POINT, b"\x00")
    assert world.client is not None
    world.client.subscribers["2ad9"](bytearray(b"\x80\x00\x01"))
    assert heard == [b"\x80\x00\x01"]
    assert world.did("write") == [("write", "2ad9", b"\x00", True)]


async def test_properties_are_taken_as_found() -> None:
    odd = {**FTMS, CONTROL_POINT: ["write-without-response", "notify", "extended-properties"]}
    world = World(services=[{0x1826: odd}])
    link = await connected(world)
    assert link.characteristics[CONTROL_POINT] == (
        Property.WRITE_WITHOUT_RESPONSE | Property.NOTIFY
    )
    await link.write(CONTROL_POINT, b"\x00")
    assert world.did("write") == [("write", "2ad9", b"\x00", False)]


async def test_what_is_not_there_is_refused() -> None:
    link = await connected(World())
    with pytest.raises(RefusedError, match="no characteristic 2AD6"):
        await link.read(0x2AD6)


async def test_an_att_error_is_a_refusal_with_its_code() -> None:
    link = await connected(World(write_troubles=[BleakGATTProtocolError(0xFE)]))
    with pytest.raises(RefusedError) as refused:
        await link.write(CONTROL_POINT, b"\x00")
    assert refused.value.code == 0xFE


async def test_unlikely_error_is_no_refusal_but_a_link_that_is_going() -> None:
    link = await connected(World(write_troubles=[BleakGATTProtocolError(0x0E)]))
    with pytest.raises(LinkError, match="0x0E"):
        await link.write(CONTROL_POINT, b"\x08\x01")


@pytest.mark.parametrize("trouble", [BleakError("x"), OSError(5, "I/O"), EOFError(), KeyError("p")])
async def test_whatever_a_stack_raises_is_a_lost_link(trouble: Exception) -> None:
    link = await connected(World(write_troubles=[trouble]))
    with pytest.raises(LinkError):
        await link.write(CONTROL_POINT, b"\x08\x01")


async def test_a_link_that_breaks_inside_a_write_says_so_in_plain_words() -> None:
    world = World(write_troubles=[BleakGATTProtocolError(0x05)])
    link = await connected(world)
    writing = asyncio.create_task(link.write(CONTROL_POINT, b"\x08\x01"))
    await asyncio.sleep(0.005)
    assert world.client is not None
    world.client.drop()
    with pytest.raises(LinkError, match=r"not connected|the link was lost"):
        await writing


async def test_a_lost_link_is_told_once_and_may_be_connected_again() -> None:
    world = World()
    lost: list[float] = []
    link = BleLink(ADDRESS, world.radio())
    await link.connect(lambda: lost.append(now_s()))
    assert world.client is not None
    world.client.drop()
    assert len(lost) == 1
    with pytest.raises(LinkError, match="not connected"):
        await link.read(0x2ACC)
    await link.connect(ignore)
    await link.read(0x2ACC)


@pytest.mark.parametrize(
    "name", ["NoReply", "ServiceUnknown", "Spawn.ChildExited", "UnknownObject"]
)
async def test_a_bluez_that_died_is_a_lost_link_as_soon_as_it_is_asked_for_something(
    name: str,
) -> None:
    """bleak goes on as if connected; nobody else would tell."""
    trouble = BleakDBusError(f"org.freedesktop.DBus.Error.{name}", ["it died"])
    world = World(write_troubles=[trouble])
    link = BleLink(ADDRESS, world.radio())
    lost: list[float] = []
    await link.connect(lambda: lost.append(now_s()))
    with pytest.raises(LinkError, match="the link was lost"):
        await link.write(CONTROL_POINT, b"\x08\x01")
    assert len(lost) == 1
    with pytest.raises(LinkError, match="not connected"):
        await link.read(0x2ACC)
    await link.connect(ignore)
    assert await link.read(0x2ACC) == b"\x01\x02"
    assert len(lost) == 1


async def test_one_s_own_disconnect_is_no_lost_link() -> None:
    world = World()
    lost: list[float] = []
    link = BleLink(ADDRESS, world.radio())
    await link.connect(lambda: lost.append(now_s()))
    await link.disconnect()
    await link.disconnect()
    assert lost == []
    assert len(world.did("disconnect")) == 1


# --- pairing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0x05, 0x0C, 0x0F])
async def test_a_machine_that_wants_encryption_is_paired_and_asked_again(code: int) -> None:
    world = World(write_troubles=[BleakGATTProtocolError(code)])
    link = await connected(world)
    await link.write(CONTROL_POINT, b"\x00")
    assert [entry[0] for entry in world.log[-3:]] == ["write", "pair", "write"]


async def test_macos_pairs_by_itself() -> None:
    world = World(
        write_troubles=[BleakGATTProtocolError(0x05)], pair_trouble=NotImplementedError("macOS")
    )
    await (await connected(world)).write(CONTROL_POINT, b"\x00")


async def test_a_pairing_that_fails_says_where_to_pair() -> None:
    world = World(write_troubles=[BleakGATTProtocolError(0x05)], pair_trouble=BleakError("no"))
    link = await connected(world)
    with pytest.raises(RefusedError, match=r"pairing failed.*Bluetooth settings"):
        await link.write(CONTROL_POINT, b"\x00")


async def test_a_second_refusal_is_not_answered_by_pairing_again() -> None:
    world = World(write_troubles=[BleakGATTProtocolError(0x05)] * 2)
    link = await connected(world)
    with pytest.raises(RefusedError, match="pair it in the system"):
        await link.write(CONTROL_POINT, b"\x00")
    assert len(world.did("pair")) == 1


async def test_a_command_in_a_walk_never_waits_for_a_pairing() -> None:
    world = World(write_troubles=[None, BleakGATTProtocolError(0x05)])
    link = await connected(world)
    await link.write(CONTROL_POINT, b"\x00")
    with pytest.raises(RefusedError):
        await link.write(CONTROL_POINT, b"\x07")
    assert world.did("pair") == []
    assert [entry[2] for entry in world.did("write")] == [b"\x00", b"\x07"]


async def test_who_forbids_it_is_never_asked_to_pair() -> None:
    world = World(write_troubles=[BleakGATTProtocolError(0x05)])
    link = await connected(world, may_pair=False)
    with pytest.raises(RefusedError):
        await link.write(CONTROL_POINT, b"\x00")
    assert world.did("pair") == []


async def test_a_stale_list_of_services_is_named_with_its_cure() -> None:
    link = await connected(World(read_troubles=[BleakGATTProtocolError(0x12)]))
    with pytest.raises(LinkError, match=r"old list of the treadmill's services.*remove"):
        await link.read(0x2ACC)


# --- URLs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "options", "words"),
    [
        ("", [], "has an address or a name"),
        (ADDRESS, [("pair", "maybe")], "yes or no"),
        (ADDRESS, [("colour", "red")], "unknown option 'colour': allowed are adapter, hci, pair"),
        (ADDRESS, [("hci", "usb:0"), ("adapter", "hci0")], "give one"),
        (ADDRESS, [("hci", "telepathy:0")], "write usb:0"),
        (ADDRESS, [("hci", "tcp-client:here")], "write usb:0"),
    ],
)
def test_a_url_that_makes_no_sense_is_refused(
    address: str, options: list[tuple[str, str]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        open_link(address, options)


@pytest.mark.parametrize("hci", ["usb:0", "serial:/dev/ttyACM0,1000000", "hci-socket:0"])
def test_a_controller_of_one_s_own_is_opened_only_when_it_is_connected(hci: str) -> None:
    open_link(ADDRESS, [("hci", hci), ("pair", "no")])


@pytest.mark.parametrize(
    "hci", ["usb:0", "serial:/dev/no-such-port,1000000", "hci-socket:0", "unix:/no/such/socket"]
)
async def test_a_controller_that_is_not_there_is_named(hci: str) -> None:
    with pytest.raises(LinkError, match=f"hci={hci} cannot be opened"):
        await open_link(ADDRESS, [("hci", hci)]).connect(ignore)


@pytest.mark.skipif(sys.platform != "linux", reason="sockets of Linux")
async def test_a_python_that_was_built_without_bluetooth_asks_the_kernel_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def no_bluetooth(family: int = -1, *_: object, **__: object) -> NoReturn:
        asked.append(family)
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    for name, number in (("AF_BLUETOOTH", 31), ("BTPROTO_HCI", 1)):
        monkeypatch.setattr(socket, name, number, raising=False)  # put back, whatever becomes of it
        monkeypatch.delattr(socket, name)
    monkeypatch.setattr(socket, "socket", no_bluetooth)
    with pytest.raises(LinkError, match="this computer's kernel has no Bluetooth"):
        await open_link(ADDRESS, [("hci", "hci-socket:0")]).connect(ignore)
    assert asked[-1] == 31


def test_the_system_s_radio_is_the_default_and_an_adapter_of_it_can_be_named() -> None:
    assert radio_of([]).adapter is None
    assert radio_of([("adapter", "hci1")]).adapter == "hci1"


def test_addresses_are_told_from_names() -> None:
    assert is_address(ADDRESS)
    assert is_address("e621e1f8-c36c-495a-93fc-0c247a3e6e5f")
    assert not is_address("Mill")
    assert same_address("f0-0d-12-34-56-78", ADDRESS)
