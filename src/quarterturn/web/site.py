"""What is answered to which request: four files for everybody, a stream for who has the token.

Nothing is ever changed by a request: there is no method but GET and HEAD, and no address but these.
"""

import hmac
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STREAM: Final = "/stream"
"""Where the session is told, to who shows the token."""

_PAGE: Final = Path(__file__).with_name("page")
_FILES: Final = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS: Final = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", _POLICY),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
"""What goes with every answer: nothing is kept, framed, or fetched from anywhere else."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. ``target`` is its path with whatever follows, ``host`` and ``shown`` headers."""

    method: str
    target: str
    host: str | None = None
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered; ``streams``: the session follows, for as long as somebody reads."""

    status: int
    content: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    streams: bool = False


def refusal(status: int, words: str, *headers: tuple[str, str]) -> Answer:
    """Return an answer that says what is wrong and what to do."""
    return Answer(status, f"{words}\n".encode(), headers=headers)


class Site:
    """The files, read once, and who may have the stream.

    ``hosts`` are names under which it may be asked for besides addresses and ``localhost``: a page
    of somebody else's, whose name leads here, is refused.
    """

    def __init__(self, token: str, hosts: Iterable[str] = ()) -> None:
        self._shown = f"Bearer {token}".encode()
        self._hosts = {"localhost", *(host.lower() for host in hosts)}
        self._files: Mapping[str, Answer] = {
            path: Answer(200, (_PAGE / name).read_bytes(), content_type)
            for path, (name, content_type) in _FILES.items()
        }

    def answer(self, asked: Asked) -> Answer:
        """Return what is answered to a request."""
        if asked.host is None or not self._knows(asked.host):
            return refusal(421, "This is not the address of quarterturn web: use the one it shows.")
        if asked.method not in ("GET", "HEAD"):
            words = "This page only shows a session. Nothing can be asked of it."
            return refusal(405, words, ("Allow", "GET, HEAD"))
        if asked.target in self._files:
            return self._files[asked.target]
        if asked.target != STREAM:
            return refusal(404, "There is nothing here. The page is at /.")
        if not hmac.compare_digest((asked.shown or "").encode(errors="replace"), self._shown):
            words = "The token is missing or wrong: open the whole address quarterturn web shows."
            return refusal(401, words, ("WWW-Authenticate", "Bearer"))
        return Answer(200, content_type="text/event-stream", streams=True)

    def _knows(self, host: str) -> bool:
        """Return whether a Host header is ours; an address is, for no name could stand for it."""
        name, bracket, rest = host.rpartition("]")
        if bracket:
            name, port = name[1:], rest.removeprefix(":")
            if not host.startswith("["):
                return False
        else:
            name, _, port = host.partition(":")
        if port and not (port.isascii() and port.isdigit()):
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return not bracket and name.lower() in self._hosts
        return True
