"""Treadmill URLs: ``driver+link://address?option=value``, one line that names a treadmill.

A sensor's URL has the same form: ``heart-rate+ble://AA:BB:CC:DD:EE:FF``.

``ftms+ble://AA:BB:CC:DD:EE:FF``, ``trackmaster+serial:///dev/ttyUSB0?unit=kmh``,
``ftms+sim://?quirk=mph-target&seed=7``. What stands between ``://`` and the first ``?`` is the
address, slashes and all; there is no fragment. Anything may be written as ``%41``.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

RECORD_OPTION: Final = "record"
"""The option that names a machine record; it is for the command, every other one for the link."""

EXAMPLE: Final = "ftms+ble://AA:BB:CC:DD:EE:FF or ftms+sim://"
SENSOR_EXAMPLE: Final = "heart-rate+ble://AA:BB:CC:DD:EE:FF or running+sim://"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_SCHEME = re.compile(r"(?P<driver>[^+]*)\+(?P<link>.*)")
_LONGEST = 2000
# What needs no escaping; % and ? always do, and & and = inside an option.
_PLAIN_IN_ADDRESS = "/:@[]!$&'()*+,;=#^{}|<>\"`\\"
_PLAIN_IN_OPTION = "/:@[]!$'()*+,;#^{}|<>\"`\\"


@dataclass(frozen=True, slots=True)
class TreadmillUrl:
    """Which driver speaks over which link to what. ``options`` keep their order and may repeat.

    Raises:
        ValueError: when a part cannot be written in a URL.

    """

    driver: str
    link: str
    address: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for what, name in (("driver", self.driver), ("link", self.link)):
            if _NAME.fullmatch(name) is None:
                raise ValueError(
                    f"{name[:40]!r} is no name of a {what}: "
                    "small letters and digits, beginning with a letter"
                )
        for text in (self.address, *(part for option in self.options for part in option)):
            if not text.isprintable():
                raise ValueError(f"{text[:40]!r} holds a character that cannot be printed")
        if not all(key for key, _ in self.options):
            raise ValueError("an option has no name: write ?name=value")
        if len(self._option_values(RECORD_OPTION)) > 1:
            raise ValueError("one treadmill has one record: give record= once")

    @property
    def record(self) -> str | None:
        """The name or path of the machine record, where one is asked for."""
        return next(iter(self._option_values(RECORD_OPTION)), None)

    def with_record(self, name: str) -> "TreadmillUrl":
        """Return the URL of the same treadmill with another machine record."""
        options = (*self.link_options, (RECORD_OPTION, name))
        return TreadmillUrl(self.driver, self.link, self.address, options)

    @property
    def link_options(self) -> tuple[tuple[str, str], ...]:
        """The options that the link understands."""
        return tuple(option for option in self.options if option[0] != RECORD_OPTION)

    def _option_values(self, name: str) -> list[str]:
        return [value for key, value in self.options if key == name]

    def __str__(self) -> str:
        url = f"{self.driver}+{self.link}://{quote(self.address, safe=_PLAIN_IN_ADDRESS)}"
        if not self.options:
            return url
        pairs = (
            f"{quote(key, safe=_PLAIN_IN_OPTION)}={quote(value, safe=_PLAIN_IN_OPTION)}"
            for key, value in self.options
        )
        return f"{url}?{'&'.join(pairs)}"


def parse_treadmill_url(text: str) -> TreadmillUrl:
    """Read a treadmill URL; whether its driver and link exist is for ``plugins`` to say.

    Raises:
        ValueError: when it is none; the message says what is wrong with it and how one looks.

    """
    return _parse(text, "treadmill", EXAMPLE)


def parse_sensor_url(text: str) -> TreadmillUrl:
    """Read the URL of a sensor, of the same form.

    Raises:
        ValueError: when it is none; the message says what is wrong with it and how one looks.

    """
    url = _parse(text, "sensor", SENSOR_EXAMPLE)
    if url.record is not None:
        raise ValueError(f"{text[:80]!r} is no sensor URL: only a treadmill has a record")
    return url


def _parse(text: str, what: str, example: str) -> TreadmillUrl:
    if len(text) > _LONGEST:
        raise ValueError(f"a {what} URL has at most {_LONGEST} characters, not {len(text)}")
    shown = f"{text[:80]!r} is no {what} URL"
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise ValueError(f"{shown}: write driver+link://address, as in {example}")
    match = _SCHEME.fullmatch(scheme)
    if match is None:
        raise ValueError(
            f"{shown}: before :// stand a driver and a link, joined by +, as in {example}"
        )
    address, _, query = rest.partition("?")
    options = tuple(_option(pair, shown) for pair in query.split("&")) if query else ()
    try:
        return TreadmillUrl(match["driver"], match["link"], _unquote(address), options)
    except ValueError as error:
        raise ValueError(f"{shown}: {error}") from None


def _option(pair: str, shown: str) -> tuple[str, str]:
    key, equals, value = pair.partition("=")
    if not key or not equals:
        raise ValueError(f"{shown}: {pair[:40]!r} is no option, write ?name=value&name=value")
    try:
        return _unquote(key), _unquote(value)
    except ValueError as error:
        raise ValueError(f"{shown}: {error}") from None


_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def _unquote(text: str) -> str:
    if _BAD_ESCAPE.search(text):
        raise ValueError("after % stand two hexadecimal digits; a % itself is written %25")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("the escaped characters are not UTF-8") from None
