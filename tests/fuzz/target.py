"""What is fuzzed: a reader of bytes, the errors that its docstring names, and what must hold."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from quarterturn.wire.errors import WireError

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Target(Generic[Read]):
    """One reader of bytes from outside.

    ``documented`` are the very types that ``read`` may raise, subclasses not included. ``check``
    may raise nothing. ``modules`` are those whose lines count as reached or not. ``inputs`` are
    those of a whole run.
    """

    read: Callable[[bytes], Read]
    check: Callable[[bytes, Read], None]
    modules: tuple[str, ...]
    seeds: tuple[bytes, ...]
    inputs: int
    documented: tuple[type[Exception], ...] = (WireError,)
    longest: int = 64
    words: tuple[bytes, ...] = ()

    def try_one(self, data: bytes) -> None:
        """Read one input. Raise what is not documented, AssertionError for what does not hold."""
        try:
            found = self.read(data)
        except Exception as error:
            if type(error) in self.documented:
                return
            raise
        self.check(data, found)


Targets = dict[str, Target]  # type: ignore[type-arg] # each has its own type of what is read


class Choices:
    """Decide by the octets of an input, in their order; where they are used up, take the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> bool:
        return self._at < len(self._data)

    def below(self, count: int) -> int:
        """Return a number from 0 to ``count`` - 1."""
        octets = 1 if count <= 1 << 8 else 2
        taken = self.take(octets)
        return int.from_bytes(taken, "little") % count if count else 0

    def take(self, octets: int) -> bytes:
        taken = self._data[self._at : self._at + octets]
        self._at += octets
        return taken


def hexes(*values: str) -> tuple[bytes, ...]:
    return tuple(map(bytes.fromhex, values))


def parts_of(data: bytes) -> Iterable[bytes]:
    """Cut an input into parts: an octet says how long each is."""
    at = 0
    while at < len(data):
        yield data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
