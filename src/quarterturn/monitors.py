"""Watch what the belt does against what it was told, and say when the two part.

Each monitor has one reason to exist and one place where its number comes from. They compare with the
envelope of the ledger, because a healthy machine that is 1.4 s late would otherwise be at fault in
every slow-down. The shape is that of Klipper's ``verify_heater``: a target must be approached, an
error integrates.

M1 overspeed, M2 wrong way, M3 no effect, M4 wrong unit, M5 stale, M6 uncommanded motion, M7 foreign
control, M8 clock.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum, StrEnum

from quarterturn.ledger import Envelope, Ledger
from quarterturn.model import MachineRecord, Telemetry


class FaultKind(StrEnum):
    """What went wrong, as events and the journal write it."""

    OVERSPEED = "overspeed"
    WRONG_WAY = "wrong_way"
    NO_EFFECT = "no_effect"
    WRONG_UNIT = "wrong_unit"
    STALE = "stale"
    UNCOMMANDED_MOTION = "uncommanded_motion"
    FOREIGN_CONTROL = "foreign_control"
    CLOCK = "clock"
    ROSE_AFTER_STOP = "rose_after_stop"
    STOP_FAILED = "stop_failed"
    NOT_VERIFIED = "not_verified"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    LINK_LOST = "link_lost"
    OVERTIME = "overtime"
    EXPIRED = "expired"
    HEART_RATE = "heart_rate"
    INCLINE = "incline"
    SCREEN_LOST = "screen_lost"


class Reaction(Enum):
    """What a fault does to the belt [design 7]."""

    STOP = "stop"  # Stop bytes at once
    RAMP = "ramp"  # slow down, then Stop
    PAUSE = "pause"  # the same, and the walk may go on after READY
    ALARM = "alarm"  # nothing that software can send helps: the red key


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding, with the words for the person it concerns."""

    kind: FaultKind
    reaction: Reaction
    text: str


# All speeds below in 0.01 km/h. The tolerances are judgements; no standard publishes any.
_TOLERANCE = 30
_OVERSPEED_AREA = 100.0  # 1.0 km/h for a second
_WRONG_WAY = 20
_NO_EFFECT = 20
_NO_EFFECT_S = 5.0
_STEADY = 5
_REACHED = 10
_UNCOMMANDED = 10
_UNCOMMANDED_S = 1.0

# An mph machine takes 1.609 times the value, and one that reports mph shows 0.621 times the speed;
# the bands leave room for its rounding (JFTM 7.0AT, qdomyos-zwift pull request 4721).
_MPH_TARGETS = (1.55, 1.67)
_MPH_REPORTS = (0.59, 0.65)

STALE_NO_RAMP_S = 1.5
STALE_WARNING_S = 2.5
STALE_FAULT_S = 4.0
TICK_GAP_S = 1.0


class OverspeedIntegral:
    """M1: add up how far and how long the belt runs above a limit."""

    def __init__(self) -> None:
        self._area = 0.0

    def add(self, excess_centi_kmh: float, elapsed_s: float) -> bool:
        """Return whether the excess has lasted for more than 1.0 km/h times one second."""
        if excess_centi_kmh <= _TOLERANCE:
            self._area = 0.0
            return False
        self._area += (excess_centi_kmh - _TOLERANCE) * elapsed_s
        return self._area > _OVERSPEED_AREA


class WrongWay:
    """M2: after a decrease, the belt may not run faster than before and than the envelope."""

    def __init__(self, latency_s: float) -> None:
        self._window_s = latency_s + 2.0
        self._decreased_s: float | None = None
        self._base = 0

    def commanded(self, now_s: float, before: int, after: int, reported: int) -> None:
        """A target went out."""
        if after < before:
            self._decreased_s = now_s
            self._base = reported
        else:
            self._decreased_s = None

    def report(self, now_s: float, reported: int, high: float) -> bool:
        """Return whether the belt has sped up where it should have slowed."""
        if self._decreased_s is None or now_s - self._decreased_s > self._window_s:
            return False
        return reported > self._base + _WRONG_WAY and reported > high + _WRONG_WAY


class NoEffect:
    """M3: a target must be approached, at least half of the way within 5 s and the latency."""

    def __init__(self, ledger: Ledger, latency_s: float) -> None:
        self._ledger = ledger
        self._latency_s = latency_s
        self._window_s = _NO_EFFECT_S + latency_s
        self._reports: deque[tuple[float, int]] = deque()

    def restart(self) -> None:
        """Forget the reports of another movement."""
        self._reports.clear()

    def report(self, now_s: float, reported: int) -> bool:
        """Return whether the belt ignores the ledger."""
        self._reports.append((now_s, reported))
        while len(self._reports) > 1 and self._reports[1][0] <= now_s - self._window_s:
            self._reports.popleft()
        then_s, then = self._reports[0]
        if then_s > now_s - self._window_s:
            return False
        lowest, highest = self._ledger.span(now_s - self._window_s, now_s)
        if lowest > then + _NO_EFFECT:
            return reported - then < (lowest - then) / 2
        if highest < then - _NO_EFFECT:
            return then - reported < (then - highest) / 2
        return False


class Steadiness:
    """Tell a belt that has settled from one on its way: the ledger and two reports stand still."""

    def __init__(self, ledger: Ledger, settle_s: float) -> None:
        self._ledger = ledger
        self._settle_s = settle_s
        self._last: int | None = None
        self.steady = False

    def report(self, now_s: float, reported: int) -> None:
        """Digest one report."""
        self.steady = (
            now_s - self._ledger.changed_s >= self._settle_s
            and self._last is not None
            and abs(reported - self._last) <= _STEADY
        )
        self._last = reported


def looks_like_wrong_unit(reported: int, commanded: int) -> bool:
    """M4: return whether a steady speed is the commanded one counted in the other unit."""
    if commanded == 0:
        return False
    ratio = reported / commanded
    return any(low <= ratio <= high for low, high in (_MPH_TARGETS, _MPH_REPORTS))


class ConsoleLowered:
    """M7: notice from reports alone that somebody lowered the speed at the console."""

    def __init__(self) -> None:
        self._reached: int | None = None
        self._last: int | None = None

    def report(self, reported: int, commanded: int, low: float, *, steady: bool) -> int | None:
        """Return the lower speed to adopt, once the belt had been at the commanded one and left it."""
        if abs(reported - commanded) <= _REACHED:
            self._reached = commanded
        same = self._last is not None and abs(reported - self._last) <= _STEADY
        self._last = reported
        lowered = steady and same and self._reached == commanded and reported < low - _WRONG_WAY
        return reported if lowered and reported > 0 else None


class Uncommanded:
    """M6: motion that nothing in the ledger explains."""

    def __init__(self) -> None:
        self._since_s: float | None = None

    def report(self, now_s: float, reported: int, high: float) -> bool:
        """Return whether the belt has moved for more than a second while it should stand."""
        if reported <= max(high, 0.0) + _UNCOMMANDED:
            self._since_s = None
            return False
        if self._since_s is None:
            self._since_s = now_s
        return now_s - self._since_s >= _UNCOMMANDED_S


class AfterStop:
    """Notice a belt that speeds up after a Stop: there are machines that start on it."""

    def __init__(self, latency_s: float) -> None:
        self._latency_s = latency_s
        self._stopped_s: float | None = None
        self._lowest: int | None = None

    def stopped(self, now_s: float) -> None:
        """A Stop went out."""
        self._stopped_s = now_s
        self._lowest = None

    def report(self, now_s: float, reported: int) -> bool:
        """Return whether the belt has sped up since it slowed down."""
        # What was under way when the Stop went out may still arrive; a zero may be a false one.
        if self._stopped_s is None or now_s - self._stopped_s <= self._latency_s or reported == 0:
            return False
        if self._lowest is None or reported < self._lowest:
            self._lowest = reported
        return reported > self._lowest + _WRONG_WAY


class Monitors:
    """All of them over one treadmill. ``report`` and ``tick`` return the first finding, if any."""

    def __init__(self, ledger: Ledger, envelope: Envelope, record: MachineRecord) -> None:
        self._ledger = ledger
        self._envelope = envelope
        self._overspeed = OverspeedIntegral()
        self._over_cap = OverspeedIntegral()
        self._wrong_way = WrongWay(record.latency_s)
        self._no_effect = NoEffect(ledger, record.latency_s)
        self._steadiness = Steadiness(ledger, record.latency_s + 2.0)
        self._console = ConsoleLowered()
        self._uncommanded = Uncommanded()
        self._after_stop = AfterStop(record.latency_s)
        self._reported = 0
        self._reported_s: float | None = None
        self.console_lowered_to: int | None = None
        self.rose_after_stop = False

    @property
    def reported_centi_kmh(self) -> int:
        """The speed reported last, 0 before the first report."""
        return self._reported

    def commanded(self, now_s: float, before: int, after: int) -> None:
        """A target went out, both values in 0.01 km/h."""
        self._wrong_way.commanded(now_s, before, after, self._reported)

    def started(self) -> None:
        """A new movement begins."""
        self._no_effect.restart()
        self.rose_after_stop = False

    def stopped(self, now_s: float) -> None:
        """A Stop went out, or the machine stopped by itself."""
        self._after_stop.stopped(now_s)

    def report(self, telemetry: Telemetry, cap_centi_kmh: int | None) -> Fault | None:
        """Hold one report against the ledger, and against the phase's cap where there is one."""
        if telemetry.speed is None:
            return None
        now_s, reported = telemetry.arrived_s, telemetry.speed.centi_kmh
        elapsed_s = 0.0 if self._reported_s is None else now_s - self._reported_s
        self._reported, self._reported_s = reported, now_s
        self._envelope.advance(now_s)
        self._steadiness.report(now_s, reported)
        commanded = self._ledger.centi_kmh
        self.console_lowered_to = None
        if commanded == 0:
            return self._at_rest(now_s, reported)
        if reported == 0:
            # A zero from a running belt is either a false one or a stop at the console: the session
            # waits to see which, and no monitor may take it for slowness.
            return None
        return self._in_motion(now_s, reported, commanded, elapsed_s, cap_centi_kmh)

    def _at_rest(self, now_s: float, reported: int) -> Fault | None:
        rose = self._after_stop.report(now_s, reported)
        if not rose and not self._uncommanded.report(now_s, reported, self._envelope.high):
            return None
        self.rose_after_stop = self.rose_after_stop or rose
        text = f"The belt runs at {reported / 100:.1f} km/h and should stand."
        return Fault(FaultKind.UNCOMMANDED_MOTION, Reaction.STOP, text)

    def _in_motion(
        self, now_s: float, reported: int, commanded: int, elapsed_s: float, cap: int | None
    ) -> Fault | None:
        high, low = self._envelope.high, self._envelope.low
        told = f"told {commanded / 100:.1f} km/h, runs at {reported / 100:.1f} km/h"
        if self._wrong_way.report(now_s, reported, high):
            text = f"The belt sped up when it was told to slow down: {told}."
            return Fault(FaultKind.WRONG_WAY, Reaction.STOP, text)
        if self._steadiness.steady and looks_like_wrong_unit(reported, commanded):
            text = f"The treadmill seems to count in miles per hour: {told}."
            return Fault(FaultKind.WRONG_UNIT, Reaction.STOP, text)
        over_ledger = self._overspeed.add(reported - high, elapsed_s)
        over_cap = cap is not None and self._over_cap.add(reported - cap, elapsed_s)
        if over_ledger or over_cap:
            return Fault(FaultKind.OVERSPEED, Reaction.STOP, f"The belt is too fast: {told}.")
        self.console_lowered_to = self._console.report(
            reported, commanded, low, steady=self._steadiness.steady
        )
        if self.console_lowered_to is None and self._no_effect.report(now_s, reported):
            text = f"The treadmill does not follow: {told}."
            return Fault(FaultKind.NO_EFFECT, Reaction.RAMP, text)
        return None
