"""``quarterturn web``: show a running session in a browser, to whoever has the address."""

import argparse
import asyncio
import contextlib
import ipaddress
import json
import os
import re
import secrets
import signal
import socket
import sys
from pathlib import Path
from typing import Final

from quarterturn.commands.output import complain
from quarterturn.exit_codes import ExitCode, UsageError
from quarterturn.signals import on_signals
from quarterturn.web.server import serving
from quarterturn.web.site import Site

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22,200}")  # 22 characters hold 128 bits
_WARNING: Final = (
    "whoever has the address can see the session, and what passes over the network is not"
    " encrypted: put a reverse proxy with TLS in front, or use a network you trust"
)


def main(options: argparse.Namespace) -> int:
    """Serve until told to leave.

    Raises:
        UsageError: when the token file is of no use, or nothing can listen there.

    """
    kept = None if options.token_file is None else Path(options.token_file)
    token = secrets.token_urlsafe(24) if kept is None else _kept_token(kept)
    asyncio.run(_serve(options, token, kept))
    return ExitCode.COMPLETED


async def _serve(options: argparse.Namespace, token: str, kept: Path | None) -> None:
    leaving = asyncio.Event()
    host: str = options.host
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(
            on_signals(dict.fromkeys((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), leaving.set))
        )
        try:
            _, port = await stack.enter_async_context(
                serving(Site(token, [host]), host, options.port)
            )
        except OSError as error:
            where = f"{host}, port {options.port}"
            raise UsageError(f"nothing can listen at {where}: {error.strerror or error}") from None
        if not _is_loopback(host):
            complain(_WARNING)
        _announce(host, port, token, kept, as_json=options.json)
        await leaving.wait()


def _announce(host: str, port: int, token: str, kept: Path | None, *, as_json: bool) -> None:
    # A token that is kept stays out of what is printed: a service's output is kept as well.
    shown = "" if kept is not None else token
    address = _reached_at(host)
    url = f"http://{f'[{address}]' if ':' in address else address}:{port}/#{shown}"
    if as_json:
        file = None if kept is None else str(kept)
        print(json.dumps({"url": url, "host": host, "port": port, "token_file": file}))
    elif kept is None:
        print(f"The session is shown at\n\n    {url}\n")
        print("to whoever has this address. It can only be looked at. Ctrl+C ends it.")
    else:
        print(f"The session is shown at\n\n    {url}TOKEN\n")
        print(f"TOKEN being what {kept} holds. It can only be looked at. Ctrl+C ends it.")
    sys.stdout.flush()


def _reached_at(host: str) -> str:
    """Return where others reach this computer, if it listens at all of its addresses."""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
        if address.is_unspecified:
            family = socket.AF_INET if address.version == 4 else socket.AF_INET6
            anywhere = "192.0.2.1" if address.version == 4 else "2001:db8::1"
            with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((anywhere, 9))  # finds the way there, and sends nothing
                return str(probe.getsockname()[0])
            return "127.0.0.1" if address.version == 4 else "::1"
    return host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _kept_token(path: Path) -> str:
    """Return the token that a file holds; write a new one where there is no such file.

    Raises:
        UsageError: when others can read it, or it holds no token.

    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_token(path)
    token = secrets.token_urlsafe(24)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{token}\n")
    return token


def _read_token(path: Path) -> str:
    if sys.platform != "win32" and path.stat().st_mode & 0o077:
        raise UsageError(f"{path}: others can read this token; `chmod 600 {path}` mends it")
    token = path.read_text(encoding="utf-8", errors="replace").strip()
    if not _TOKEN.fullmatch(token):
        raise UsageError(
            f"{path}: no token: 22 to 200 letters, digits, - or _ on one line;"
            " remove the file, and a new one is written"
        )
    return token
