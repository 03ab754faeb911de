"""Simulated sensors as links, from the options of a URL: ``heart-rate+sim://?bpm=150&contact=off``.

A strap or a pod without a heart rate or a gait of its own follows the walker on the simulated
treadmill, where there is one.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from quarterturn.port import ForwardingLink, GattLink, LinkError
from quarterturn_simulator.air import Air
from quarterturn_simulator.links import OnLost, SimulatedLink
from quarterturn_simulator.sensor_peripheral import Gait, Pod, SensorPeripheral, Strap, Worn

Options = Sequence[tuple[str, str]]
Span = tuple[float, float]
T = TypeVar("T")
N = TypeVar("N", float, None)

_STEP_M = 0.6
_STRIDE_M = 2 * _STEP_M


class Body(Protocol):
    """Somebody who walks, as sensors see them."""

    def beats(self, now_s: float) -> int:
        """Return the heart rate."""

    def speed_kmh(self, now_s: float) -> float:
        """Return how fast they walk."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a sensor's URL, with what is allowed in words."""

    default: str
    allowed: str


_COMMON = {
    "rate": Option("1", "0.1 to 100 per s"),
    "absent": Option("", "FROM-TO: not there in these seconds, counted from the first try"),
    "lost": Option("", "FROM-TO: the link is lost for these seconds; may be repeated"),
    "silent": Option("", "FROM-TO: it says nothing in these seconds; may be repeated"),
}
SENSORS: Final[Mapping[str, Mapping[str, Option]]] = {
    "heart-rate": {
        "bpm": Option("the walker's", "0 to 65535, or BPM@SECONDS: from then on; may be repeated"),
        "format": Option("uint8", "`uint8` `uint16`"),
        "contact": Option("on", "`on` `off` `unsupported`"),
        "rr": Option("on", "`on` `off`"),
        "energy": Option("off", "`on` `off`"),
        **_COMMON,
    },
    "running": {
        "kmh": Option("the walker's", "0 to 40 km/h"),
        "cadence": Option("the walker's", "0 to 255 per minute"),
        "stride": Option("on", "`on` `off`"),
        "distance": Option("on", "`on` `off`"),
        **_COMMON,
    },
}
"""The options of each kind of sensor."""


class Resting:
    """Somebody who stands about."""

    def beats(self, now_s: float) -> int:  # noqa: ARG002
        """Return a quiet heart rate."""
        return 72

    def speed_kmh(self, now_s: float) -> float:  # noqa: ARG002
        """Return 0."""
        return 0.0


def open_sensor_link(kind: str, options: Options, body: Body | None = None) -> GattLink:
    """Build the link to a simulated sensor; ``body`` is who wears it.

    Raises:
        ValueError: when there is no such kind, or an option is unknown or absurd.

    """
    if kind not in SENSORS:
        raise ValueError(f"no simulated sensor speaks {kind!r}: there is {', '.join(SENSORS)}")
    given: dict[str, list[str]] = {}
    for name, text in options:
        if name not in SENSORS[kind]:
            raise ValueError(f"unknown option {name!r}: allowed are {', '.join(SENSORS[kind])}")
        given.setdefault(name, []).append(text)
    make = _strap if kind == "heart-rate" else _pod
    since = _Since()
    worn = make(given, body or Resting(), since)
    rate_hz = _number(given, "rate", 0.1, 100, 1.0)
    spans = {name: _spans(given, name) for name in ("absent", "lost", "silent")}
    peripheral = SensorPeripheral(worn, rate_hz=rate_hz, silent=spans["silent"])
    return _SensorLink(Air(peripheral, "sensor"), since, spans["absent"], spans["lost"])


class _Since:
    """When the sensor was first looked for; the seconds of its options count from then."""

    def __init__(self) -> None:
        self.first_s: float | None = None

    def into_s(self, now_s: float) -> float:
        return 0.0 if self.first_s is None else now_s - self.first_s


class _SensorLink(ForwardingLink):
    """A link that is lost and not there at the times that were asked for."""

    def __init__(
        self, air: Air, since: _Since, absent: Sequence[Span], lost: Sequence[Span]
    ) -> None:
        super().__init__(SimulatedLink(air))
        self._air = air
        self._since = since
        self._absent = absent
        self._lost = lost

    async def connect(self, on_lost: OnLost) -> None:
        """Connect, if it is there."""
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        if self._since.first_s is None:
            self._since.first_s = now_s
            for from_s, to_s in self._lost:
                loop.call_at(now_s + from_s, self._air.lose_all, to_s - from_s)
        into_s = self._since.into_s(now_s)
        if any(from_s <= into_s < to_s for from_s, to_s in self._absent):
            raise LinkError("the simulated sensor does not answer")
        await super().connect(on_lost)


# --- what is worn --------------------------------------------------------------------------------


def _strap(given: Mapping[str, list[str]], body: Body, since: _Since) -> Worn:
    courses = sorted(_course(text) for text in given.get("bpm", []))

    def beats(now_s: float) -> int:
        into_s = since.into_s(now_s)
        due = [bpm for from_s, bpm in courses if from_s <= into_s]
        return due[-1] if due else body.beats(now_s)

    contacts = {"on": True, "off": False, "unsupported": None}
    return Strap(
        beats,
        wide=_choice(given, "format", {"uint8": False, "uint16": True}, "uint8"),
        contact=_choice(given, "contact", contacts, "on"),
        rr=_switch(given, "rr", "on"),
        energy=_switch(given, "energy", "off"),
    )


def _course(text: str) -> tuple[float, int]:
    """Read ``150`` or ``150@60``."""
    beats, at, seconds = text.partition("@")
    from_s = _finite(seconds) if at else -math.inf
    if not (beats.isascii() and beats.isdecimal() and int(beats) <= 0xFFFF) or from_s is None:
        raise ValueError(f"bpm={text}: write BPM or BPM@SECONDS, as in bpm=150@60")
    return from_s, int(beats)


def _pod(given: Mapping[str, list[str]], body: Body, since: _Since) -> Worn:  # noqa: ARG001
    kmh = _number(given, "kmh", 0, 40, None)
    cadence = _number(given, "cadence", 0, 255, None)

    def steps(now_s: float) -> Gait:
        m_per_s = (body.speed_kmh(now_s) if kmh is None else kmh) / 3.6
        per_min = m_per_s * 60 / _STEP_M if cadence is None else cadence
        return Gait(m_per_s, round(per_min), _STRIDE_M if m_per_s else 0.0)

    return Pod(
        steps, stride=_switch(given, "stride", "on"), distance=_switch(given, "distance", "on")
    )


# --- options -------------------------------------------------------------------------------------


def _choice(given: Mapping[str, list[str]], name: str, choices: Mapping[str, T], default: str) -> T:
    text = given.get(name, [default])[-1]
    if text not in choices:
        raise ValueError(f"{name}={text}: allowed are {', '.join(choices)}")
    return choices[text]


def _switch(given: Mapping[str, list[str]], name: str, default: str) -> bool:
    return _choice(given, name, {"on": True, "off": False}, default)


def _number(
    given: Mapping[str, list[str]], name: str, lowest: float, highest: float, default: N
) -> float | N:
    if name not in given:
        return default
    number = _finite(given[name][-1])
    if number is None or not lowest <= number <= highest:
        raise ValueError(f"{name}={given[name][-1]}: allowed is {lowest:g} to {highest:g}")
    return number


def _spans(given: Mapping[str, list[str]], name: str) -> list[Span]:
    return [_span(name, text) for text in given.get(name, [])]


def _span(name: str, text: str) -> Span:
    """Read ``20-60``, or ``20-`` for ever."""
    first, dash, last = text.partition("-")
    from_s, to_s = _finite(first), _finite(last) if last else math.inf
    if not dash or from_s is None or to_s is None or not 0 <= from_s < to_s:
        raise ValueError(f"{name}={text}: write FROM-TO in seconds, as in {name}=20-60")
    return from_s, to_s


def _finite(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
