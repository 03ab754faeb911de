"""A simulated treadmill put on the air: its radio, its console, and what is told of them."""

import asyncio
import re
import uuid
from collections.abc import Callable, Mapping, Sequence

from bumble.transport.common import Transport

from quarterturn.port import ConsoleKey, LinkError
from quarterturn_simulator.changes import Changes, Event
from quarterturn_simulator.faults import fault
from quarterturn_simulator.radio.controllers import check_name, open_controller
from quarterturn_simulator.radio.link import RadioLink
from quarterturn_simulator.radio.server import HciServer
from quarterturn_simulator.radio.treadmill import RadioTreadmill, static_address
from quarterturn_simulator.treadmill import SimulatedTreadmill

OnEvent = Callable[[Event], None]

# The others of the 31 octets are the flags, the service and its data (FTMS v1.0.1 section 3.1).
LONGEST_NAME_OCTETS = 15
_TCP = re.compile(r"tcp:(?P<host>\[[^\]]*\]|[^:]*):(?P<port>[0-9]{1,5})")


class TreadmillOnAir:
    """One treadmill on one radio, with its events and its console."""

    def __init__(
        self,
        treadmill: SimulatedTreadmill,
        *,
        name: str,
        faults: Sequence[tuple[str, float]],
        on_event: OnEvent,
    ) -> None:
        self._treadmill = treadmill
        self._name = name
        self._faults = faults
        self._on_event = on_event
        self._began_s = asyncio.get_running_loop().time()
        self._changes = Changes(treadmill.peripheral)
        self._radio: RadioTreadmill | None = None
        self._server: HciServer | None = None
        self._transport: Transport | None = None
        treadmill.air.watch(self._watch)

    # --- its beginning and its end ---------------------------------------------------------------

    async def offer_controllers(self, host: str, port: int, link: RadioLink) -> None:
        """Put it on a virtual radio, and offer controllers on that over TCP.

        Raises:
            LinkError: when nobody can listen there.

        """
        self._server = HciServer(link)
        await self._server.listen(host, port)
        self._radio = RadioTreadmill.on_virtual_radio(
            self._treadmill, link, name=self._name, on_client=self._client
        )
        await self._radio.power_on()
        shown = f"[{host}]" if ":" in host else host
        self._tell_on_air(f"tcp:{shown}:{self._server.port}")

    async def use_controller(self, name: str) -> None:
        """Put it on a real radio.

        Raises:
            LinkError: when there is no such controller, or it does not do what it should.

        """
        self._transport = await open_controller(name)
        self._radio = RadioTreadmill(
            self._treadmill,
            self._transport.source,
            self._transport.sink,
            name=self._name,
            address=static_address(f"{self._name} {uuid.getnode():012x}"),
            on_client=self._client,
        )
        try:
            await self._radio.power_on()
        except LinkError as error:
            await self.close()
            raise LinkError(f"{name}: {error}") from error
        self._tell_on_air(name)

    async def lost(self) -> None:
        """Wait until the controller is gone, for ever where that cannot be."""
        if self._transport is None:
            await asyncio.get_running_loop().create_future()
        else:
            await self._transport.source.terminated

    async def close(self) -> None:
        """Go off the air."""
        if self._radio is not None:
            await self._radio.power_off()
        if self._server is not None:
            await self._server.close()
        if self._transport is not None:
            await self._transport.close()

    # --- the console -----------------------------------------------------------------------------

    def press(self, key: ConsoleKey) -> None:
        """Press a key of the console; the safety key is pulled, or put back."""
        treadmill, console = self._treadmill, self._treadmill.console
        match key:
            case ConsoleKey.START:
                console.press_start()
            case ConsoleKey.STOP:
                console.press_stop()
            case ConsoleKey.PAUSE:
                console.press_pause()
            case ConsoleKey.FASTER:
                console.press_faster()
            case ConsoleKey.SLOWER:
                console.press_slower()
            case ConsoleKey.SAFETY_KEY if treadmill.peripheral.machine.key_in:
                treadmill.pull_safety_key()
            case ConsoleKey.SAFETY_KEY:
                treadmill.insert_safety_key()

    # --- what is told ----------------------------------------------------------------------------

    def _client(self, number: int, address: str, came: bool) -> None:
        name = "client_connected" if came else "client_lost"
        self._tell({"event": name, "client": number, "address": address})
        if came and self._faults:
            faults, self._faults = self._faults, ()
            for fault_name, seconds in faults:
                asyncio.get_running_loop().call_later(seconds, self._strike, fault_name)

    def _strike(self, name: str) -> None:
        self._tell({"event": "fault", "fault": name})
        strike = fault(name).strike
        if strike is not None:
            strike(self._treadmill)

    def _watch(self) -> None:
        for event in self._changes.since_last():
            self._tell(event)

    def _tell_on_air(self, radio: str) -> None:
        if self._radio is not None:
            self._began_s = asyncio.get_running_loop().time()
            self._tell(
                {
                    "event": "on_air",
                    "radio": radio,
                    "name": self._name,
                    "address": self._radio.address,
                }
            )

    def _tell(self, event: Event) -> None:
        t = round(asyncio.get_running_loop().time() - self._began_s, 3)
        self._on_event({"t": t, **event})


async def put_on_air(
    radio: str,
    treadmill: SimulatedTreadmill,
    *,
    name: str,
    faults: Sequence[tuple[str, float]],
    cruelties: Mapping[str, float],
    seed: int,
    on_event: OnEvent,
) -> TreadmillOnAir:
    """Put a treadmill on the radio that ``radio`` names.

    ``cruelties`` are those of the virtual radio: ``late`` in seconds, ``lossy`` as a share.

    Raises:
        ValueError: when the radio's name is none, or the treadmill's is too long.
        LinkError: when there is no such radio; the message says what to do.

    """
    if not name.isprintable() or not 1 <= len(name.encode()) <= LONGEST_NAME_OCTETS:
        raise ValueError(
            f"{name[:40]!r} is no name for the air: 1 to {LONGEST_NAME_OCTETS} letters fit there"
        )
    for fault_name, _ in faults:
        found = fault(fault_name)
        if found.intents or found.takes_walker:
            raise ValueError(
                f"{fault_name} is what a walker does: `rehearse` has one, `simulate` has none"
            )
    if not radio.startswith("tcp:"):
        check_name(radio)
        if cruelties:
            raise ValueError("link= spoils a virtual radio alone: use --radio tcp:HOST:PORT")
        on_air = TreadmillOnAir(treadmill, name=name, faults=faults, on_event=on_event)
        await on_air.use_controller(radio)
        return on_air
    host, port = _tcp(radio)
    link = RadioLink(cruelties.get("late", 0.0), loss=cruelties.get("lossy", 0.0), seed=seed)
    on_air = TreadmillOnAir(treadmill, name=name, faults=faults, on_event=on_event)
    await on_air.offer_controllers(host, port, link)
    return on_air


def _tcp(radio: str) -> tuple[str, int]:
    match = _TCP.fullmatch(radio)
    port = int(match["port"]) if match else -1
    if match is None or not match["host"].strip("[]") or not 0 <= port <= 65535:
        raise ValueError(
            f"{radio[:60]!r} is no address to listen on: write tcp:HOST:PORT, as in"
            " tcp:127.0.0.1:6402"
        )
    return match["host"].strip("[]"), port
