"""How long a session waits for the proof that the belt stands, and when it gives it up."""

from quarterturn.governor import Governor
from quarterturn.model import MachineRecord
from quarterturn.monitors import STALE_FAULT_S

# How long a stopped belt may take to be known to stand, beyond its own stop time.
_VERIFY_PATIENCE_S = 10.0
# How much longer than a silence that is a fault anybody waits for a treadmill to speak again: one
# that was lost is looked for during 30 s.
_GONE_S = 6.0
_LOST_S = 32.0


class Standstill:
    """What a session knows of a belt that is to stand, from its governor and the machine record."""

    def __init__(self, governor: Governor, record: MachineRecord) -> None:
        self._governor = governor
        self._record = record

    @property
    def proved(self) -> bool:
        """The belt was proved to stand, and nothing has moved it since."""
        return self._governor.movement is None and self._governor.stillness.verified

    def known(self, now_s: float) -> bool:
        """Return whether it is proved, and the treadmill was heard since."""
        # Where silence is how a machine says that it stands, it says nothing further.
        silent = self._record.silent_when_stopped
        return self.proved and (silent or self._governor.stillness.fresh(now_s, STALE_FAULT_S))

    def silent(self, now_s: float) -> bool:
        """Return whether a machine that should speak has not done so for too long."""
        return self._is_gone(now_s, 0.0)

    def hopeless(
        self, now_s: float, since_s: float, patience_s: float | None, *, link_lost: bool
    ) -> bool:
        """Return whether it is time to give up a wait that began at ``since_s``.

        ``patience_s`` None: as long as this machine may take to stop, and to be found again.
        """
        if patience_s is None:
            record = self._record
            patience_s = record.stop_s + record.latency_s + record.false_zero_s
            # What was lost has to be found before it can be stopped.
            patience_s += _VERIFY_PATIENCE_S + (_LOST_S if link_lost else 0.0)
        gone = self._is_gone(now_s, _LOST_S if link_lost else _GONE_S)
        return gone or now_s - since_s > patience_s

    def _is_gone(self, now_s: float, further_s: float) -> bool:
        speaks = not self._record.silent_when_stopped
        return speaks and now_s - self._governor.heard_s > STALE_FAULT_S + further_s
