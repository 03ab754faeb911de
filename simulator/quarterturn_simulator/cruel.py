"""The cruel links by name, as ``link=lossy@0.2`` in a treadmill URL names them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from quarterturn.port import GattLink
from quarterturn_simulator import links


@dataclass(frozen=True, slots=True)
class Cruelty:
    """One way to spoil a link. ``number`` is what follows the ``@`` where nothing does."""

    description: str
    number: float
    wrap: Callable[[GattLink, float, int], GattLink]


CRUELTIES: Mapping[str, Cruelty] = {
    "one-byte": Cruelty(
        "values arrive one octet at a time", 0, lambda link, _n, _seed: links.OneByteAtATime(link)
    ),
    "late": Cruelty(
        "everything is so many seconds late", 0.5, lambda link, n, _seed: links.Late(link, n)
    ),
    "lossy": Cruelty(
        "this share of values and writes is lost",
        0.1,
        links.Lossy,
    ),
    "deaf": Cruelty("writes never arrive", 0, lambda link, _n, _seed: links.Deaf(link)),
    "silent": Cruelty(
        "no values any more after so many seconds",
        30,
        lambda link, n, _seed: links.SilentAfter(link, n),
    ),
    "refusing": Cruelty(
        "refuses to connect so many times",
        math.inf,
        lambda link, n, _seed: links.Refusing(link, n),
    ),
    "disconnecting": Cruelty(
        "drops the connection after so many seconds",
        30,
        lambda link, n, _seed: links.Disconnecting(link, after_s=n),
    ),
    "disconnecting-in-write": Cruelty(
        "drops the connection within this write, counted from 1",
        3,
        lambda link, n, _seed: links.Disconnecting(link, in_write=n),
    ),
}


def wrap(link: GattLink, text: str, seed: int) -> GattLink:
    """Wrap a link as ``NAME`` or ``NAME@NUMBER`` says.

    Raises:
        ValueError: when the name is unknown or the number is none; the message lists the known.

    """
    name, at, number = text.partition("@")
    cruelty = CRUELTIES.get(name)
    if cruelty is None:
        raise ValueError(f"unknown link {name!r}: known are {', '.join(CRUELTIES)}")
    return cruelty.wrap(link, positive(number, f"link={text}") if at else cruelty.number, seed)


def positive(text: str, where: str) -> float:
    """Read a number that is not negative.

    Raises:
        ValueError: when it is none; the message begins with ``where``.

    """
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < math.inf:
        raise ValueError(f"{where}: a number from 0 is wanted behind the @")
    return number
