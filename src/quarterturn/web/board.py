"""What is known of a session, as a page shows it; told the time, it waits for nothing.

Words are made here, and the page only places them: what is shown can be tested without a browser.
How old something may be is decided in the page, because the way to it takes time as well.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from quarterturn.plan_sheet import PhaseShown, PlanSheet
from quarterturn.protocol import IN_WORDS, BridgeState, Object, Snapshot
from quarterturn.session.vocabulary import Event, number

PLOTTED_S: Final = 180.0
"""How far back the plot of the measured speed goes."""
_MOST_REPORTS: Final = 4096  # a machine that reports more often than that is plotted for less

_STEPS: Final = {
    "announce": "coming up",
    "slow": "slowing down",
    "stop": "stopping the belt",
    "verify": "checking that the belt stands",
    "ready": "waiting for READY",
    "countdown": "three, two, one",
    "start": "starting the belt",
    "settle": "settling at the start speed",
}
_PURPOSES: Final = {"start": "Start", "turn": "Turn", "pause": "Pause", "halt": "End"}
_RED_KEY: Final = "The belt is not known to stand: pull the red key."
_NOTHING_KNOWN: Final = "Nothing is known of the belt. If it moves: pull the red key."
# A fault of these kinds leaves a session that goes on once somebody has pressed READY.
_GOES_ON: Final = "pause"
_NO_STOP: Final = "finish"


class Board:
    """The last of everything that is shown."""

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._heard_s = 0.0
        self._why_gone: str | None = "no bridge was looked for yet"
        self._gone_in_motion = False
        self._cue: str | None = None
        self._note: str | None = None
        self._limits: tuple[str, ...] = ()
        self._reports: deque[tuple[float, float, float | None, float | None]]
        self._reports = deque(maxlen=_MOST_REPORTS)
        self._fault_s = 0.0
        self.plan: PlanSheet | None = None

    # --- what is heard ----------------------------------------------------------------------------

    def found(self, plan: Object | None, snapshot: Snapshot, now_s: float) -> None:
        """Take in what a bridge is about."""
        if self._why_gone is not None:
            self._forget()
        self._why_gone, self._gone_in_motion = None, False
        self.planned(plan)
        self.snapshot(snapshot, now_s)

    def planned(self, plan: Object | None) -> None:
        """Take in what is going to be walked; a plan that cannot be read is shown as none."""
        try:
            self.plan = None if plan is None else PlanSheet.read(plan)
        except ValueError:
            self.plan = None

    def snapshot(self, snapshot: Snapshot, now_s: float) -> None:
        """Take in what is so now."""
        before = None if self._snapshot is None else self._snapshot.fault
        if snapshot.fault is not None and snapshot.fault != before:
            self._fault_s = now_s
        self._snapshot, self._heard_s = snapshot, now_s

    def event(self, event: Event, now_s: float) -> bool:
        """Take in an event; return whether it is shown before the snapshot that follows it."""
        seen = self._snapshot
        if seen is None:
            return False
        match event:
            case {"event": "plan"}:
                self._forget()
            case {"event": "phase", "heading": str(heading)}:
                self._limits = ()
                seen = replace(seen, phase=event, heading=heading, elapsed_s=0.0)
            case {"event": "fault"}:
                self._fault_s = now_s
                seen = replace(seen, fault=event)
            case {"event": "end"}:
                seen = replace(seen, end=event)
            case {"event": "cue", "text": str(text)}:
                self._cue = text
            case {"event": str(purpose), "step": str(step)} if purpose in _PURPOSES:
                to = event.get("to")
                heading_next = to if isinstance(to, str) else None
                seen = replace(seen, purpose=purpose, step=step, next_heading=heading_next)
            case {"event": "command", "command": "set_speed", "limited_by": list(limits)}:
                self._limits = tuple(str(limit) for limit in limits)
                return False
            case {"event": "telemetry"}:
                self._measured(event, seen, now_s)
                return False
            case _:
                return False
        self._snapshot = seen
        return True

    def note(self, text: str) -> None:
        """Take in what a person should know."""
        self._note = text

    def lost(self, why: str) -> bool:
        """Take in that there is no bridge; return whether that is news."""
        news = self._why_gone != why
        seen = self._snapshot
        if self._why_gone is None and seen is not None:
            self._gone_in_motion = seen.belt_may_move
        self._why_gone = why
        return news

    def _forget(self) -> None:
        self._cue = self._note = None
        self._limits = ()
        self._reports.clear()

    def _measured(self, event: Event, seen: Snapshot, now_s: float) -> None:
        speed = number(event.get("speed_kmh"))
        if speed is None:
            return
        cap = None if seen.phase is None else number(seen.phase.get("cap_kmh"))
        self._reports.append((now_s, speed, seen.commanded_kmh, cap))
        while self._reports[0][0] < now_s - PLOTTED_S:
            self._reports.popleft()

    # --- what is shown ----------------------------------------------------------------------------

    def plan_shown(self) -> Mapping[str, object]:
        """Return what the bar over the whole plan is drawn from; without a plan it has no phase."""
        phases = () if self.plan is None else self.plan.phases
        return {
            "duration_s": 0.0 if self.plan is None else self.plan.duration_s,
            "phases": [
                {
                    "start_s": phase.start_s,
                    "duration_s": phase.duration_s,
                    "heading": phase.heading,
                    "kind": _spaced(phase.kind),
                    "speed_kmh": phase.speed_kmh,
                    "end_speed_kmh": phase.end_speed_kmh,
                }
                for phase in phases
            ],
        }

    def history(self) -> Mapping[str, object]:
        """Return the reports of the last minutes: when, measured, told and cap, in km/h."""
        return {"reports": [list(report) for report in self._reports]}

    def view(self, now_s: float) -> Mapping[str, object]:
        """Return what is shown now. ``age_s`` is how long ago the bridge was heard."""
        seen = self._snapshot
        shown: dict[str, object] = {
            "sent_s": round(now_s, 3),
            "bridge": self._why_gone,
            "report": self._reports[-1] if self._reports else None,
            "note": self._note,
        }
        if seen is None:
            return {**shown, "age_s": None, "session": False, "status": "No session"}
        phase = seen.phase or {}
        here = self._here(seen)
        return {
            **shown,
            "age_s": round(now_s - self._heard_s, 3),
            "session": self._why_gone is None
            and seen.state in (BridgeState.WALKING, BridgeState.ENDING),
            "status": _status(seen),
            "last": _end_words(seen) or seen.last_session,
            "simulated": "+sim:" in seen.treadmill,
            "title": None if seen.workout is None else f"{seen.workout}, {seen.profile}",
            "heading": seen.heading,
            "next": self._next(seen, here),
            "step": _step(seen),
            "phase": None if seen.phase is None else _phase_words(seen, phase),
            "left_s": _left_s(seen, phase),
            "walked_s": _walked_s(seen, here),
            "speed_kmh": seen.speed_kmh,
            "told_kmh": seen.commanded_kmh,
            "target_kmh": number(phase.get("target_speed_kmh")),
            "cap_kmh": number(phase.get("cap_kmh")),
            "limit": self._limit(phase, here),
            "incline_pct": seen.incline_pct,
            "heart_rate_bpm": seen.heart_rate_bpm,
            "distance_m": seen.distance_m,
            "report_age_s": seen.report_age_s,
            "belt_may_move": seen.belt_may_move,
            "supervised": seen.supervised,
            "cue": self._cue,
            "fault": self._fault(seen, now_s),
        }

    def _here(self, seen: Snapshot) -> PhaseShown | None:
        """Return the planned phase that is walked; None before the first."""
        index = None if seen.phase is None else seen.phase.get("index")
        if self.plan is None or not isinstance(index, int):
            return None
        return next((phase for phase in self.plan.phases if phase.index == index), None)

    def _next(self, seen: Snapshot, here: PhaseShown | None) -> Mapping[str, object] | None:
        """Return what comes next; a turn under way knows it better than the plan."""
        if seen.next_heading is not None and seen.next_heading != seen.heading:
            return {"heading": seen.next_heading, "kind": None}
        if self.plan is None or (here is None and seen.phase is not None):
            return None
        index = 0 if here is None else here.index + 1
        following = next((phase for phase in self.plan.phases if phase.index == index), None)
        if following is None:
            return {"heading": None, "kind": "the end"}
        return {"heading": following.heading, "kind": _spaced(following.kind)}

    def _limit(self, phase: Object, here: PhaseShown | None) -> str | None:
        """Return what limits the speed: what lowered it now, else in the plan, else the cap's."""
        planned = phase.get("limited_by")
        for limits in (self._limits, planned, () if here is None else here.cap_reasons):
            if isinstance(limits, list | tuple) and limits:
                return str(limits[0])
        return None

    def _fault(self, seen: Snapshot, now_s: float) -> Mapping[str, object] | None:
        if self._why_gone is not None and self._gone_in_motion:
            name, text, whole, do = "bridge gone", f"{self._why_gone}.", True, _NOTHING_KNOWN
        elif seen.fault is not None:
            action = seen.fault.get("action")
            name, text = _spaced(seen.fault.get("fault")), str(seen.fault.get("text") or "")
            whole = action != _NO_STOP and (action != _GOES_ON or seen.purpose is not None)
            do = _do(seen)
        elif seen.state is BridgeState.RECOVERING:
            name, text, whole = "the last session did not end", seen.last_session or "", True
            do = _RED_KEY if seen.belt_may_move else "Look at the belt, then acknowledge it there."
        else:
            return None
        ago_s = None if name == "bridge gone" else round(now_s - self._fault_s)
        text = text[:1].upper() + text[1:]
        return {"name": name, "text": text, "do": do, "whole": whole, "ago_s": ago_s}


def _do(seen: Snapshot) -> str:
    if seen.end is not None and seen.end.get("belt_stopped") is True:
        return "The session has ended. The belt stands."
    if seen.end is not None:
        return _RED_KEY
    if seen.belt_may_move:
        return "The belt may move. If it does not come to rest: pull the red key."
    return "The belt stands."


def _status(seen: Snapshot) -> str:
    if seen.state is BridgeState.RESTING:
        return "No session"
    words = IN_WORDS[seen.state]
    return words[:1].upper() + words[1:]


def _step(seen: Snapshot) -> str | None:
    if seen.step is None:
        return None
    what = _PURPOSES.get(str(seen.purpose), _spaced(seen.purpose))
    if seen.purpose == "turn" and seen.next_heading is not None:
        what = f"{what} to {seen.next_heading}"
    return f"{what}: {_STEPS.get(seen.step, seen.step)}"


def _phase_words(seen: Snapshot, phase: Object) -> str:
    index = phase.get("index")
    place = f"{index + 1} of {seen.phases}" if isinstance(index, int) else "?"
    return f"Phase {place}: {_spaced(phase.get('kind'))}"


def _left_s(seen: Snapshot, phase: Object) -> float | None:
    duration_s = number(phase.get("duration_s"))
    if duration_s is None or seen.elapsed_s is None:
        return None
    return round(max(0.0, duration_s - seen.elapsed_s), 3)


def _walked_s(seen: Snapshot, here: PhaseShown | None) -> float | None:
    if here is None or seen.elapsed_s is None:
        return None
    return round(here.start_s + min(seen.elapsed_s, here.duration_s), 3)


def _end_words(seen: Snapshot) -> str | None:
    if seen.end is None:
        return None
    reason, by, cause = (_spaced(seen.end.get(key)) for key in ("reason", "by", "cause"))
    belt = "The belt stands." if seen.end.get("belt_stopped") is True else _RED_KEY
    words = reason + (f" by {by}" if by else "") + (f" ({cause})" if cause else "")
    return f"The last session: {words}. {belt}"


def _spaced(value: object) -> str:
    return "" if value is None else str(value).replace("_", " ")
