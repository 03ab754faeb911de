"""The Linux inside the emulated machine: its message bus, its bluetoothd, its one adapter."""

import asyncio
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from bumble.transport import open_transport
from bumble.transport.common import Transport
from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from quarterturn_simulator.radio.controller import VirtualController
from quarterturn_simulator.radio.link import RadioLink

ADAPTER = "/org/bluez/hci0"
_BLUETOOTHD = "/usr/libexec/bluetooth/bluetoothd"
_POWERED_S = 60.0


class Linux:
    """bluetoothd and the kernel's adapter hci0, which is a virtual controller on ``link``."""

    def __init__(self, link: RadioLink, logs: Path) -> None:
        self._link = link
        self._log = (logs / "bluetoothd.log").open("ab")
        self._transport: Transport | None = None
        self._bluetoothd: asyncio.subprocess.Process | None = None
        self._bus: MessageBus | None = None

    async def __aenter__(self) -> Self:
        subprocess.run(["dbus-daemon", "--system", "--fork"], check=True)
        self._bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        self._transport = await open_transport("vhci")
        controller = VirtualController("computer", self._link)
        controller.set_packet_sink(self._transport.sink)
        self._transport.source.set_packet_sink(controller)
        await self.start_bluetoothd()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_bluetoothd()
        if self._transport is not None:
            await self._transport.close()
        if self._bus is not None:
            self._bus.disconnect()

    async def start_bluetoothd(self) -> None:
        """Start it and wait until its adapter is switched on."""
        self._bluetoothd = await asyncio.create_subprocess_exec(
            _BLUETOOTHD, "--nodetach", "--debug", stdout=self._log, stderr=self._log
        )
        async with asyncio.timeout(_POWERED_S):
            while await self.get(ADAPTER, "org.bluez.Adapter1", "Powered") is not True:
                await asyncio.sleep(0.1)

    async def stop_bluetoothd(self) -> None:
        """Stop it as systemd would."""
        if self._bluetoothd is not None:
            self._bluetoothd.terminate()
            await self._bluetoothd.wait()
            self._bluetoothd = None

    async def kill_bluetoothd(self) -> None:
        """Have it die without a word, as by a crash."""
        if self._bluetoothd is not None:
            self._bluetoothd.kill()
            await self._bluetoothd.wait()
            self._bluetoothd = None

    async def version(self) -> str:
        """Return the version that bluetoothd calls itself."""
        asked = await asyncio.create_subprocess_exec(
            _BLUETOOTHD, "--version", stdout=asyncio.subprocess.PIPE
        )
        out, _ = await asked.communicate()
        return out.decode().strip()

    async def power(self, *, on: bool) -> None:
        """Switch the adapter on or off, as the system's settings do."""
        await self.call(
            ADAPTER,
            "org.freedesktop.DBus.Properties",
            "Set",
            "ssv",
            ["org.bluez.Adapter1", "Powered", Variant("b", on)],
        )

    async def get(self, path: str, interface: str, name: str) -> object:
        """Return a property, None where there is none."""
        try:
            value: Any = await self.call(
                path, "org.freedesktop.DBus.Properties", "Get", "ss", [interface, name]
            )
        except LookupError:
            return None
        return value.value

    async def call(
        self, path: str, interface: str, member: str, signature: str = "", body: Sequence[Any] = ()
    ) -> object:
        """Call a method of bluetoothd and return the first value of its answer.

        Raises:
            LookupError: with the name of the error that it answers.

        """
        if self._bus is None:
            raise LookupError("no bus")
        reply = await self._bus.call(
            Message("org.bluez", path, interface, member, signature=signature, body=list(body))
        )
        if reply is None or reply.message_type is MessageType.ERROR:
            raise LookupError("no answer" if reply is None else reply.error_name)
        return reply.body[0] if reply.body else None
