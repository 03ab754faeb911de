"""One movement of the belt, from Start (or unasked motion) to the verified standstill."""

from dataclasses import dataclass

from quarterturn.handshake import Handshake
from quarterturn.model import MachineRecord
from quarterturn.monitors import STALE_FAULT_S

# A software stop takes at most this long from walking speed to Stop [design 7].
_RAMP_STOP_S = 8.0
_MAX_STOPS = 3
_PATIENCE_S = 4.0
# A belt that obeys a Stop has lost so much speed whenever one looks again. In 0.01 km/h.
_PROGRESS = 20


class StopWatch:
    """Tell whether a Stop has to be repeated: to a belt that runs on, twice at most.

    ``any_sent``: whether a Stop of ours went out in this movement at all.
    """

    def __init__(self, record: MachineRecord) -> None:
        self.any_sent = False
        self._patience_s = record.latency_s + _PATIENCE_S
        self._checked_s = 0.0
        self._from = 0
        self._stops = 0
        self._reconnected_s: float | None = None

    def watch(self, now_s: float, reported: int) -> None:
        """Begin to watch a belt that somebody else stopped."""
        self._checked_s, self._from = now_s, reported

    def sent(self, now_s: float, reported: int) -> None:
        """Count a Stop that goes out."""
        self.watch(now_s, reported)
        self._stops += 1
        self.any_sent = True
        self._reconnected_s = None

    def reconnected(self, now_s: float) -> None:
        """Note that the link is back; what was sent meanwhile never arrived."""
        self._reconnected_s = now_s
        self._stops = 0

    def due(self, now_s: float, reported: int, heard_s: float) -> bool:
        """Return whether to send Stop once more.

        Never to a belt that says that it stands: there are machines that start on it (Kingsmith
        K12, qdomyos-zwift issue 470).
        """
        if reported == 0 or self._stops >= _MAX_STOPS:
            return False
        if self._reconnected_s is not None and heard_s > self._reconnected_s:
            return True
        if now_s - self._checked_s < self._patience_s:
            return False
        if now_s - heard_s <= STALE_FAULT_S and reported <= self._from - _PROGRESS:
            self.watch(now_s, reported)
            return False
        return True


@dataclass(slots=True)
class Movement:
    """Where a movement stands. ``started_s`` None: nobody started it.

    ``zero_s``: since when a belt that should run reports 0. ``halt_rate``: the ramp of the halt, in
    0.01 km/h per second.
    """

    handshake: Handshake
    stop_watch: StopWatch
    started_s: float | None = None
    moved_s: float | None = None
    speed_sent: bool = False
    zero_s: float | None = None
    slowing_s: float | None = None
    stopped_s: float | None = None
    halt_rate: float | None = None

    def slow_down(self, now_s: float) -> None:
        """Note when the slowing began."""
        if self.slowing_s is None:
            self.slowing_s = now_s

    def rate_of_halt(self, ledger: int, profile_rate: int) -> float:
        """Return the ramp of this halt: the profile's, or what leads to Stop within 8 s."""
        if self.halt_rate is None:
            self.halt_rate = max(float(profile_rate), ledger / _RAMP_STOP_S)
        return self.halt_rate
