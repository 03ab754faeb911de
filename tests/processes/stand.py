"""A treadmill, a bridge and a screen as processes of their own, to be killed and stopped."""

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from quarterturn.client import BridgeClient, connect
from quarterturn.exit_codes import NoBridgeError
from quarterturn.session import Event

PROGRAM = str(Path(__file__).with_name("program.py"))
QUICK = "countdown=0&spin_up=0&latency=0&rate=4&record=simulated"
PATIENCE_S = 120.0
Scenario = Callable[["Stand"], Awaitable[None]]


def _own_terminal() -> None:
    """Lead a session of one's own in the terminal on stdin, as a shell's programs do."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Stand:
    """What a test holds: events as the bridge tells them, and as the far end does."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {**os.environ, "QUARTERTURN_HOME": str(home)}
        self.events: list[Event] = []
        self.far: list[dict[str, Any]] = []
        self.shown = b""
        self.bridge_pid = 0
        self.screen: subprocess.Popen[bytes] | None = None
        self._terminal: int | None = None
        self._changed = asyncio.Event()
        self._watcher: BridgeClient | None = None

    # --- the processes ----------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def far_end(self) -> AsyncIterator[tuple[str, subprocess.Popen[bytes]]]:
        """Put a simulated treadmill on the air; give its URL and its process."""
        command = [sys.executable, "-m", "quarterturn", "simulate", "--radio", "tcp:127.0.0.1:0"]
        mill = f"ftms+sim://?{QUICK.replace('&record=simulated', '')}"
        with subprocess.Popen(
            [*command, "--name", "Mill", "--treadmill", mill, "--json"], stdout=subprocess.PIPE
        ) as process:
            loop = asyncio.get_running_loop()
            assert process.stdout is not None
            fd, rest = process.stdout.fileno(), [b""]
            os.set_blocking(fd, False)

            def readable() -> None:
                data = os.read(fd, 65536)
                if not data:
                    loop.remove_reader(fd)
                *lines, rest[0] = (rest[0] + data).split(b"\n")
                self.far += [json.loads(line) for line in lines]
                self._changed.set()

            loop.add_reader(fd, readable)
            try:
                await self.until(lambda: self.far, "the treadmill is on the air")
                host = str(self.far[0]["radio"]).removeprefix("tcp:")
                yield f"ftms+ble://Mill?record=simulated&hci=tcp-client:{host}", process
            finally:
                loop.remove_reader(fd)
                process.kill()

    @contextlib.asynccontextmanager
    async def walk(self, url: str, *program: str, screen: str = "screen") -> AsyncIterator[None]:
        """Have a screen walk in a terminal of its own, and watch its bridge."""
        person, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        loop = asyncio.get_running_loop()
        self._terminal = person
        self.screen = subprocess.Popen(
            [sys.executable, PROGRAM, screen, url, *program],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            preexec_fn=_own_terminal,
            env={**self.environment, "TERM": "xterm-256color"},
        )
        os.close(terminal)

        def readable() -> None:
            try:
                self.shown += os.read(person, 65536)
            except OSError:
                loop.remove_reader(person)
            self._changed.set()

        loop.add_reader(person, readable)
        try:
            async with self._watching():
                yield
        finally:
            self.hang_up()
            for pid in (self.screen.pid, self.bridge_pid):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            self.screen.wait()

    def hang_up(self) -> None:
        """Close the terminal: its program is told so."""
        if self._terminal is not None:
            asyncio.get_running_loop().remove_reader(self._terminal)
            os.close(self._terminal)
            self._terminal = None

    def stop_reading(self) -> None:
        """Let the terminal fill up: nobody reads it any more."""
        assert self._terminal is not None
        asyncio.get_running_loop().remove_reader(self._terminal)

    @contextlib.asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            async with asyncio.timeout(PATIENCE_S):
                while self._watcher is None:
                    try:
                        socket = self.home / "run" / "bridge.sock"
                        watcher = connect("watcher", socket=socket, on_event=self._hear)
                        self._watcher = await stack.enter_async_context(watcher)
                    except NoBridgeError:
                        await asyncio.sleep(0.05)
            assert self._watcher.welcome is not None
            self.bridge_pid = self._watcher.welcome.pid
            yield

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()
        if event.get("step") == "ready":
            asyncio.get_running_loop().call_later(0.3, self._press_ready)

    def _press_ready(self) -> None:
        """Press Enter until READY is taken: twice, or more often where the machine is busy."""
        if [it["step"] for it in self.events if "step" in it][-1] == "ready":
            self.press(b"\r")
            asyncio.get_running_loop().call_later(0.8, self._press_ready)

    def again(self) -> "Stand":
        """Return a stand for a second walk of the same user."""
        return Stand(self.home)

    async def stop(self) -> tuple[int | None, list[str]]:
        """Run ``quarterturn stop``; return its exit code and what it says."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "quarterturn", "stop"),
            stdout=subprocess.PIPE,
            env=self.environment,
        )
        out, _ = await process.communicate()
        return process.returncode, out.decode().splitlines()

    @property
    def on_record(self) -> dict[str, Any] | None:
        """The session on record."""
        path = self.home / "open-session.json"
        return json.loads(path.read_text()) if path.exists() else None

    @property
    def journal(self) -> Path:
        """The one journal there is."""
        (path,) = (self.home / "journals").iterdir()
        return path

    def press(self, key: bytes) -> None:
        """Press a key at the screen."""
        if self._terminal is not None:
            with contextlib.suppress(OSError):
                os.write(self._terminal, key)

    def have_lines(self) -> None:
        """Set the terminal to echo, and to give nothing before the end of a line."""
        assert self._terminal is not None
        modes = termios.tcgetattr(self._terminal)
        modes[3] |= termios.ICANON | termios.ECHO
        termios.tcsetattr(self._terminal, termios.TCSANOW, modes)

    # --- what happens -----------------------------------------------------------------------------

    async def until(self, is_so: Callable[[], object], what: str) -> None:
        """Wait until something is so."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not is_so():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            told = "\n".join(map(str, [*self.events[-10:], *self.far[-10:]]))
            raise AssertionError(f"not so: {what}\n{told}\n{self.shown.decode()[-2000:]}") from None

    async def until_backward(self) -> None:
        """Wait until the walker walks backward."""
        await self.until(
            lambda: self.heading == "backward" and self.speed_kmh and self.settled,
            "the walker walks backward",
        )

    @property
    def heading(self) -> object:
        """The heading of the last phase."""
        return next((it["heading"] for it in reversed(self.events) if "heading" in it), None)

    @property
    def speed_kmh(self) -> object:
        """The last speed reported."""
        return next((it["speed_kmh"] for it in reversed(self.events) if "speed_kmh" in it), None)

    @property
    def settled(self) -> bool:
        """Whether the turn into the last phase is over."""
        return self.last_step == "settle"

    @property
    def last_step(self) -> object:
        """The last step on the way to a standstill or from it."""
        return next((it["step"] for it in reversed(self.events) if "step" in it), None)

    def named(self, name: str) -> list[Event]:
        """Return the events of a name."""
        return [event for event in self.events if event["event"] == name]

    async def screen_ends(self) -> int:
        """Wait for the screen to end, and return its exit code."""
        assert self.screen is not None
        code = await asyncio.to_thread(self.screen.wait, PATIENCE_S)
        await asyncio.sleep(0.1)  # the terminal is read to its end
        return code
