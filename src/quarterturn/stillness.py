"""Whether the belt stands: the question that every turn depends on.

A single report of 0 proves nothing: machines say 0 for up to three seconds while they run (Merach;
FitOSC issue 15), repeat their last value for ever, or fall silent when they stand.
"""

from quarterturn.model import MachineRecord, Telemetry

# Two reports of 0 lie at least this far apart on a machine known to tell no false zeros [design 5].
_PROOF_S = 1.5
# What a machine's longest false zero is exceeded by before its zeros count as proof.
_MARGIN_S = 0.5
# How long a machine that reports nothing when stopped must have been silent.
_SILENCE_S = 5.0
# A start that nothing is seen of may still come for so long, and half again as late as recorded.
_START_PATIENCE_S = 10.0
_START_SHARE = 1.5
# A person's word that the belt stands is good for as long as the token of READY.
_WORD_S = 10.0


def seconds_of_proof(record: MachineRecord) -> float:
    """Return for how long a machine must say 0 before it is believed."""
    return max(_PROOF_S, record.false_zero_s + _MARGIN_S)


def seconds_to_start(record: MachineRecord) -> float:
    """Return for how long after a Start the belt may still begin to move."""
    return max(_START_PATIENCE_S, record.start_s * _START_SHARE) + record.latency_s


class Stillness:
    """Decide from reports, answers and a person's word whether the belt is known to stand."""

    def __init__(self, record: MachineRecord, now_s: float) -> None:
        self._proof_s = seconds_of_proof(record)
        self._start_proof_s = self._proof_s + seconds_to_start(record)
        self._start_to_come = False
        self._silent_when_stopped = record.silent_when_stopped
        # A belt that was never seen to move, and never told to, needs no Stop to have been stopped.
        self._never_moved = True
        self._stopped = False
        self._cut_off = False
        self._zero_since_s: float | None = None
        self._last_zero_s: float | None = None
        self._distance_m: int | None = None
        self._heard_s = now_s
        self._falling = True
        self._last_centi_kmh = 0
        self._word_s: float | None = None
        self.verified = False

    @property
    def stop_is_known(self) -> bool:
        """The belt was stopped, by an answered Stop or the machine's own word, or never moved."""
        return self._stopped or self._never_moved

    @property
    def moving(self) -> bool:
        """The last report said that the belt moves, and nobody has said since that it stands."""
        return self._last_centi_kmh > 0 and not self.verified

    def start_sent(self) -> None:
        """Note that a Start went out: nothing is known any more."""
        self._forget()
        self._never_moved = self._stopped = False
        self._falling = self._cut_off = False
        self._start_to_come = True

    def stop_known(self) -> None:
        """Note that the Stop was answered, or that the machine said that it stopped."""
        self._stopped = True

    def cut_off(self) -> None:
        """Note that the link was gone before the Stop was answered: it may never have arrived.

        Sending it again to a belt that stands could start it (Kingsmith K12, qdomyos-zwift issue
        470), so reports alone decide then, and take as long as a belt may take to start.
        """
        self._cut_off = True
        self._forget()

    def person_says_still(self, now_s: float) -> bool:
        """Take a person's word, where the machine cannot speak; return whether that settles it."""
        if self.asks_person(now_s):
            self._word_s = now_s
            self.verified = True
        return self.verified

    def report(self, telemetry: Telemetry) -> None:
        """Digest one report."""
        self._watch_distance(telemetry.distance_m)
        if telemetry.speed is None:
            return
        self._heard_s = telemetry.arrived_s
        speed = telemetry.speed.centi_kmh
        if speed > 0:
            self._moves(speed)
            return
        self._last_centi_kmh = 0
        self._falling = True
        if not (self.stop_is_known or self._cut_off):
            return
        if self._zero_since_s is None:
            self._zero_since_s = telemetry.arrived_s
            return
        self._last_zero_s = telemetry.arrived_s
        # While a start is still to come a belt at 0 proves nothing of the Stop that followed it: a
        # machine that heard the one and not the other is only counting down.
        sure = self.stop_is_known and not self._start_to_come
        proof_s = self._proof_s if sure else self._start_proof_s
        if telemetry.arrived_s - self._zero_since_s >= proof_s:
            self.verified = True
            self._start_to_come = False

    def _watch_distance(self, distance_m: int | None) -> None:
        """Take growing distance for motion, whatever the speed says; not all records have it."""
        if distance_m is not None and distance_m != self._distance_m:
            self._distance_m = distance_m
            self._forget()

    def _moves(self, speed: int) -> None:
        # Motion that follows a verified standstill, or an old status, is motion nobody has stopped.
        if self.verified or self._never_moved:
            self._stopped = False
        self._never_moved = self._start_to_come = False
        # A last stretch at the machine's minimum does not undo the fall that led there.
        before = self._last_centi_kmh
        self._falling = speed < before or (self._falling and speed == before)
        self._last_centi_kmh = speed
        self._forget()

    def fresh(self, now_s: float, within_s: float) -> bool:
        """Return whether the belt is known to stand *and* the proof is not older than that."""
        if not self.verified:
            return False
        if self._last_zero_s is not None and now_s - self._last_zero_s <= within_s:
            return True
        return self._word_s is not None and now_s - self._word_s <= _WORD_S

    def asks_person(self, now_s: float) -> bool:
        """Return whether only a person can tell: the machine fell silent after a falling speed."""
        return (
            self._silent_when_stopped
            and self.stop_is_known
            and self._falling
            and now_s - self._heard_s >= _SILENCE_S
        )

    def _forget(self) -> None:
        self._zero_since_s = None
        self._last_zero_s = None
        self._word_s = None
        self.verified = False
