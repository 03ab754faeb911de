"""Watch what the belt does against what it was told, and say when the two part.

Each monitor has one reason to exist and one place where its number comes from. They compare with
the envelope of the ledger, because a healthy machine that is 1.4 s late would otherwise be at fault
in every slow-down. The shape is that of Klipper's ``verify_heater``: a target must be approached,
an error integrates.

M1 overspeed, M2 wrong way, M3 no effect, M4 wrong unit, M5 stale, M6 uncommanded motion, M7 foreign
control, M8 clock.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum, StrEnum

from quarterturn.ledger import Envelope, Ledger
from quarterturn.model import MachineRecord


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
STEADY = 5
_SETTLED_S = 2.0
# Three reports of a machine that sends one a second. The slowest belt gains more than STEADY in it.
_STEADY_S = 1.9
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
    """M1: add up how far and how long the belt runs above a limit; time below it counts back."""

    def __init__(self) -> None:
        self._area = 0.0

    def add(self, excess_centi_kmh: float, elapsed_s: float) -> bool:
        """Return whether the excess has lasted for more than 1.0 km/h times one second."""
        self._area = max(0.0, self._area + (excess_centi_kmh - _TOLERANCE) * elapsed_s)
        return self._area > _OVERSPEED_AREA


class WrongWay:
    """M2: after a decrease, the belt may not run faster than before and than the envelope."""

    def __init__(self, latency_s: float) -> None:
        self._window_s = latency_s + 2.0
        self._decreased_s: float | None = None
        self._base = 0

    def commanded(self, now_s: float, before: int, after: int, reported: int) -> None:
        """Note that a target went out."""
        if after >= before:
            self._decreased_s = None
            return
        # In a run of decreases the belt may not creep up between one and the next.
        self._base = reported if self._decreased_s is None else min(self._base, reported)
        self._decreased_s = now_s

    def report(self, now_s: float, reported: int, high: float) -> bool:
        """Return whether the belt has sped up where it should have slowed."""
        if self._decreased_s is None or now_s - self._decreased_s > self._window_s:
            return False
        return reported > self._base + _WRONG_WAY and reported > high + _WRONG_WAY


class NoEffect:
    """M3: a target must be approached, at least half of the way within 5 s and the latency.

    A belt too slow to come that far in 5 s must come half as far as its own ramp would lead it.
    """

    def __init__(self, ledger: Ledger, record: MachineRecord) -> None:
        self._ledger = ledger
        self._window_s = _NO_EFFECT_S + record.latency_s
        self._reach = record.ramp_kmh_per_s * 100 * _NO_EFFECT_S
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
            return reported - then < min(lowest - then, self._reach) / 2
        if highest < then - _NO_EFFECT:
            return then - reported < min(then - highest, self._reach) / 2
        return False


class Steadiness:
    """Tell a belt that has settled from one on its way, however often it reports."""

    def __init__(self) -> None:
        self._reports: deque[tuple[float, int]] = deque()

    def report(self, now_s: float, reported: int) -> bool:
        """Digest one report; return whether the reports of two seconds agree."""
        self._reports.append((now_s, reported))
        from_s = now_s - _STEADY_S
        while len(self._reports) > 1 and self._reports[1][0] <= from_s:
            self._reports.popleft()
        speeds = [speed for _, speed in self._reports]
        return self._reports[0][0] <= from_s and max(speeds) - min(speeds) <= STEADY


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

    def reached(self, commanded: int) -> bool:
        """Return whether the belt has been at the commanded speed."""
        return self._reached == commanded

    def report(self, reported: int, commanded: int, low: float, *, steady: bool) -> int | None:
        """Return the speed to adopt, once the belt was at the commanded one and left it."""
        if abs(reported - commanded) <= _REACHED:
            self._reached = commanded
        lowered = steady and self.reached(commanded) and reported < low - _WRONG_WAY
        return reported if lowered else None


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

    def __init__(self, record: MachineRecord) -> None:
        self._latency_s = record.latency_s
        self._false_zero_s = record.false_zero_s
        self._stopped_s: float | None = None
        self._zero_s: float | None = None
        self._lowest: int | None = None

    def stopped(self, now_s: float) -> None:
        """Note that a Stop went out."""
        self._stopped_s = now_s
        self._zero_s = self._lowest = None

    def stopped_again(self, now_s: float) -> None:
        """Note that a Stop was repeated: the first one still counts, unless it was forgotten."""
        if self._stopped_s is None:
            self.stopped(now_s)

    def forget(self) -> None:
        """Forget the Stop: it may never have arrived."""
        self._stopped_s = None

    @property
    def stood(self) -> bool:
        """Whether the belt has stood since the Stop, for longer than a false zero."""
        return self._lowest == 0

    def report(self, now_s: float, reported: int) -> bool:
        """Return whether the belt has sped up since it slowed down."""
        # What was under way when the Stop went out may still arrive.
        if self._stopped_s is None or now_s - self._stopped_s <= self._latency_s:
            return False
        if reported == 0:
            self._zero_s = now_s if self._zero_s is None else self._zero_s
            # One zero may be a false one.
            if now_s - self._zero_s > self._false_zero_s:
                self._lowest = 0
            return False
        self._zero_s = None
        if self._lowest is None or reported < self._lowest:
            self._lowest = reported
        return reported > self._lowest + _WRONG_WAY


class Monitors:
    """All of them over one treadmill. ``report`` returns the gravest finding, if any."""

    def __init__(self, ledger: Ledger, envelope: Envelope, record: MachineRecord) -> None:
        self._ledger = ledger
        self._envelope = envelope
        self._overspeed = OverspeedIntegral()
        self._over_cap = OverspeedIntegral()
        self._wrong_way = WrongWay(record.latency_s)
        self._no_effect = NoEffect(ledger, record)
        self._steadiness = Steadiness()
        self._settle_s = record.latency_s + _SETTLED_S
        self._console = ConsoleLowered()
        self._uncommanded = Uncommanded()
        self._after_stop = AfterStop(record)
        self._reported = 0
        self._reported_s: float | None = None
        self.console_lowered_to: int | None = None
        self.rose_after_stop = False

    @property
    def reported_centi_kmh(self) -> int:
        """The speed reported last, 0 before the first report."""
        return self._reported

    @property
    def moves_again(self) -> bool:
        """Whether the belt stood after a Stop, and moves now."""
        return self._reported > 0 and self._after_stop.stood

    def commanded(self, now_s: float, before: int, after: int) -> None:
        """Note that a target went out, both values in 0.01 km/h."""
        self._wrong_way.commanded(now_s, before, after, self._reported)

    def started(self) -> None:
        """Begin another movement."""
        self._no_effect.restart()
        self.rose_after_stop = False

    def stopped(self, now_s: float) -> None:
        """Note that a Stop went out, or that the machine stopped by itself."""
        self._after_stop.stopped(now_s)

    def stopped_again(self, now_s: float) -> None:
        """Note that a Stop was repeated."""
        self._after_stop.stopped_again(now_s)

    def cut_off(self) -> None:
        """Forget the Stop: the link was gone, and nobody knows whether it arrived."""
        self._after_stop.forget()
        self.rose_after_stop = False

    def report(self, now_s: float, reported: int, cap_centi_kmh: int | None) -> Fault | None:
        """Hold one report against the ledger, and against the phase's cap where there is one."""
        elapsed_s = 0.0 if self._reported_s is None else now_s - self._reported_s
        self._reported, self._reported_s = reported, now_s
        self._envelope.advance(now_s)
        level = self._steadiness.report(now_s, reported)
        steady = level and now_s - self._ledger.changed_s >= self._settle_s
        commanded = self._ledger.centi_kmh
        self.console_lowered_to = None
        if commanded == 0:
            return self._at_rest(now_s, reported)
        if reported == 0:
            # A zero from a running belt is either a false one or a stop at the console: the session
            # waits to see which, and no monitor may take it for slowness.
            return None
        self.console_lowered_to = self._console.report(
            reported, commanded, self._envelope.low, steady=steady
        )
        too_fast = self._too_fast(reported, elapsed_s, cap_centi_kmh)
        found = self._judge(now_s, reported, commanded, steady=steady, too_fast=too_fast)
        if found is None:
            return None
        kind, reaction, text = found
        told = f"told {commanded / 100:.1f} km/h, runs at {reported / 100:.1f} km/h"
        return Fault(kind, reaction, f"{text}: {told}.")

    def _at_rest(self, now_s: float, reported: int) -> Fault | None:
        rose = self._after_stop.report(now_s, reported)
        if not rose and not self._uncommanded.report(now_s, reported, self._envelope.high):
            return None
        self.rose_after_stop = self.rose_after_stop or rose
        text = f"The belt runs at {reported / 100:.1f} km/h and should stand."
        return Fault(FaultKind.UNCOMMANDED_MOTION, Reaction.STOP, text)

    def _too_fast(self, reported: int, elapsed_s: float, cap: int | None) -> bool:
        """Hold the belt against the ledger's envelope, and against a cap that trusts no ledger."""
        over_ledger = self._overspeed.add(reported - self._envelope.high, elapsed_s)
        over_cap = cap is not None and self._over_cap.add(reported - cap, elapsed_s)
        return over_ledger or over_cap

    def _judge(
        self, now_s: float, reported: int, commanded: int, *, steady: bool, too_fast: bool
    ) -> tuple[FaultKind, Reaction, str] | None:
        if self._wrong_way.report(now_s, reported, self._envelope.high):
            return FaultKind.WRONG_WAY, Reaction.STOP, "The belt sped up when told to slow down"
        # A belt that has been at the commanded speed has shown that it knows the unit.
        knows_unit = self._console.reached(commanded)
        if steady and not knows_unit and looks_like_wrong_unit(reported, commanded):
            text = "The treadmill seems to count in miles per hour"
            return FaultKind.WRONG_UNIT, Reaction.STOP, text
        if too_fast:
            return FaultKind.OVERSPEED, Reaction.STOP, "The belt is too fast"
        ignored = self._no_effect.report(now_s, reported)
        if ignored and self.console_lowered_to is None:
            return FaultKind.NO_EFFECT, Reaction.RAMP, "The treadmill does not follow"
        return None
