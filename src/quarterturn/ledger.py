"""What was commanded and when, and where the belt may therefore be by now.

Targets and monitors work from this ledger, never from the reported speed: a machine whose reports
follow its own mistakes would otherwise confirm them (3G Cardio, qdomyos-zwift issue 3382).
"""

from collections import deque

from quarterturn.model import MachineRecord

# The oldest entries matter to nobody once every window has passed them.
_KEEP_S = 60.0
# No belt stands sooner than this, whatever its record says.
_SHORTEST_STOP_S = 0.1


class Ledger:
    """The commanded speeds in 0.01 km/h, in the order of time."""

    def __init__(self, now_s: float = 0.0) -> None:
        self._entries: deque[tuple[float, int]] = deque([(now_s, 0)])

    @property
    def centi_kmh(self) -> int:
        """The speed commanded last; 0 after a Stop."""
        return self._entries[-1][1]

    @property
    def changed_s(self) -> float:
        """When the last command went out."""
        return self._entries[-1][0]

    def write(self, now_s: float, centi_kmh: int) -> None:
        """Enter a command."""
        self._entries.append((now_s, centi_kmh))
        while len(self._entries) > 1 and self._entries[1][0] < now_s - _KEEP_S:
            self._entries.popleft()

    def span(self, from_s: float, to_s: float) -> tuple[int, int]:
        """Return the lowest and highest value in force at any moment between two times."""
        low = high = None
        for time_s, value in reversed(self._entries):
            if time_s <= to_s:
                low = value if low is None or value < low else low
                high = value if high is None or value > high else high
            if time_s <= from_s:
                break
        if low is None or high is None:
            first = self._entries[0][1]
            return first, first
        return low, high

    def breakpoints(self, from_s: float, to_s: float, shift_s: float) -> list[float]:
        """Return when, in (from, to], a window ``shift_s`` long gains or loses an entry."""
        times = {
            moment
            for time_s, _ in self._entries
            for moment in (time_s, time_s + shift_s)
            if from_s < moment <= to_s
        }
        return sorted(times)


class Envelope:
    """The speeds a healthy belt may have, in 0.01 km/h.

    The lowest and highest ledger value of the last ``latency_s``, widened by the machine's own
    ramp. After a start the lower edge waits for the first motion; after a Stop the upper edge falls
    over the machine's stop time, once the Stop has had the time to arrive.
    """

    def __init__(self, ledger: Ledger, record: MachineRecord, now_s: float = 0.0) -> None:
        self._ledger = ledger
        self._latency_s = record.latency_s
        self._stop_s = record.stop_s
        self._ramp_per_s = record.ramp_kmh_per_s * 100
        self._fall_per_s = self._ramp_per_s
        self._falls_from_s = now_s
        self._at_s = now_s
        self._awaits_motion = False
        self.low = 0.0
        self.high = 0.0

    def started(self) -> None:
        """Expect no motion yet: countdown and spin-up come first."""
        self._awaits_motion = True
        self._fall_per_s = self._ramp_per_s

    def moved(self) -> None:
        """Note that the first motion after a start was reported."""
        self._awaits_motion = False

    def stopped(self, now_s: float, reported: int) -> None:
        """Give a belt as fast as reported the time that its record says it takes to stand."""
        self._awaits_motion = False
        self.high = max(self.high, float(reported))
        self._fall_per_s = self.high / max(self._stop_s, _SHORTEST_STOP_S)
        self._falls_from_s = now_s + self._latency_s

    def advance(self, now_s: float) -> None:
        """Bring both edges to ``now_s``, through every change of the window on the way."""
        if now_s <= self._at_s:
            return
        for moment_s in self._ledger.breakpoints(self._at_s, now_s, self._latency_s):
            self._advance_within(moment_s)
        self._advance_within(now_s)

    def _advance_within(self, now_s: float) -> None:
        # Between two breakpoints the window does not change, so that the edges move evenly. The
        # window is taken as it was in between; a change at now_s itself is a breakpoint, and the
        # step of no length that follows it finds it.
        elapsed_s = now_s - self._at_s
        middle_s = (self._at_s + now_s) / 2
        lowest, highest = self._ledger.span(middle_s - self._latency_s, middle_s)
        falling_s = min(elapsed_s, max(0.0, now_s - self._falls_from_s))
        self.high = max(float(highest), self.high - self._fall_per_s * falling_s)
        rise = 0.0 if self._awaits_motion else self._ramp_per_s * elapsed_s
        self.low = min(float(lowest), self.low + rise)
        self._at_s = now_s
