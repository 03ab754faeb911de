"""Puts together what the session screen shows from plan, snapshots and events, in any order."""

import math
from collections.abc import Mapping
from dataclasses import replace

from quarterturn.plan_sheet import PhaseShown, PlanSheet
from quarterturn.protocol import SIGN_OF_LIFE_S, BridgeState, Snapshot
from quarterturn.session.vocabulary import Event, Intent, Purpose, number
from quarterturn.tui import choreography
from quarterturn.tui.choreography import Act, Scene
from quarterturn.tui.effort import Effort
from quarterturn.tui.pixels import Shape
from quarterturn.tui.view import (
    KMH_PER_MPH,
    Alarm,
    Belt,
    Level,
    Link,
    Part,
    Stage,
    WalkView,
    clock,
    in_unit,
    kind_word,
    link_of,
    upcoming_words,
)

_PURPOSES = frozenset(purpose.value for purpose in Purpose)
_QUARTERS = {"forward": 0, "right": 1, "backward": 2, "left": 3}
_ANNOUNCED_S = 10.0
_COUNTED_FROM = 3
_WALKING = (Intent.PAUSE, Intent.SLOWER, Intent.SKIP, Intent.FINISH)
_NOBODY = Snapshot(BridgeState.RESTING, "", belt_may_move=False, heading="forward",
                   supervised=False, clients=0)  # fmt: skip


class Tracker:
    """Remembers what was last heard; ``now_s`` everywhere is the time of the event loop.

    ``unit`` is ``km/h`` or ``mph``. ``ready`` says how READY is given, as in ``hold Enter``;
    ``confirm`` and ``acknowledge`` are keys.
    """

    def __init__(
        self,
        *,
        unit: str = "km/h",
        ready: str = "hold Enter",
        confirm: str = "c",
        acknowledge: str = "a",
    ) -> None:
        self._unit = unit
        self._ready, self._confirm, self._acknowledge = ready, confirm, acknowledge
        self._sheet: PlanSheet | None = None
        self._seen, self._seen_s = _NOBODY, -math.inf
        self._note = ""
        self._forget()

    def _forget(self) -> None:
        """Begin anew: what was is of another walk."""
        self._fault: Event | None = None
        self._red_key = False
        self._end: Event | None = None
        self._recovery = ""
        self._report_s: float | None = None
        self._said = ""
        self._limited_by: tuple[str, ...] = ()
        self._announced: str | None = None
        self._question: str | None = None
        self._waits_for_confirmation = False
        self._counting_s: float | None = None
        self._elapsed_s = 0.0
        self._effort = Effort()

    # --- what the bridge says ---------------------------------------------------------------------

    def plan(self, sheet: PlanSheet) -> None:
        """Take in what is going to be walked."""
        self._sheet = sheet
        self._forget()

    def note(self, text: str) -> None:
        """Take in something that a person should know, and that is no event."""
        self._note = text

    def see(self, snapshot: Snapshot, now_s: float) -> None:
        """Take in what is so."""
        if _index(snapshot) != _index(self._seen):
            self._elapsed_s = 0.0
        self._seen, self._seen_s = snapshot, now_s
        age_s = snapshot.report_age_s
        self._report_s = None if age_s is None else now_s - age_s
        if snapshot.fault is not None:
            self._take_fault(dict(snapshot.fault))
        if snapshot.end is not None:
            self._end = dict(snapshot.end)

    def hear(self, event: Event, now_s: float) -> None:
        """Take in what happened."""
        match event:
            case {"event": "plan"}:
                self._forget()
            case {"event": "phase", "heading": str(heading)}:
                self._seen = replace(self._seen, phase=event, heading=heading, elapsed_s=0.0)
                if self._seen.step == "ready":  # it was accepted: three, two, one begins with it
                    self._seen, self._counting_s = replace(self._seen, step="countdown"), now_s
                self._seen_s, self._elapsed_s = now_s, 0.0
                self._announced, self._limited_by, self._note = None, (), ""
            case {"event": "fault"}:
                self._take_fault(event)
            case {"event": "end"}:
                self._end = event
            case {"event": "cue", "text": str(text)}:
                self._said = text
            case {"event": "recovery", "text": str(text)}:
                self._recovery = text
            case {"event": "confirm_wanted"}:
                self._waits_for_confirmation = True
            case {"event": "confirmed"}:
                self._waits_for_confirmation = False
            case {"event": "command", "command": "set_speed"}:
                limits = event.get("limited_by")
                self._limited_by = tuple(map(str, limits)) if isinstance(limits, list) else ()
            case {"event": "telemetry"}:
                self._take_report(event, now_s)
            case {"event": str(purpose), "step": str(step)} if purpose in _PURPOSES:
                self._take_step(event, purpose, step, now_s)

    def _take_fault(self, fault: Event) -> None:
        if self._fault is not None and self._fault.get("fault") == "bridge_lost":
            return  # nothing that was said before it is newer
        self._fault = fault
        self._red_key = self._red_key or choreography.needs_red_key(fault)

    def _take_report(self, event: Event, now_s: float) -> None:
        bpm = event.get("heart_rate_bpm")
        self._report_s = now_s
        self._seen = replace(
            self._seen,
            speed_kmh=number(event.get("speed_kmh")),
            incline_pct=number(event.get("incline_pct")),
            distance_m=number(event.get("distance_m")),
            heart_rate_bpm=bpm if isinstance(bpm, int) else None,
        )
        self._effort.add(event, self._seen.heading, self._word_of_phase("kind", "walk"))

    def _take_step(self, event: Event, purpose: str, step: str, now_s: float) -> None:
        to = event.get("to")
        to = to if isinstance(to, str) else None
        if step == "announce":
            self._announced = to
            return
        self._seen = replace(self._seen, purpose=purpose, step=step, next_heading=to)
        self._counting_s = now_s if step == "countdown" else None
        question = event.get("question")
        self._question = question if isinstance(question, str) else None
        if step == "verify":
            self._waits_for_confirmation = False

    # --- what is shown of it ----------------------------------------------------------------------

    def view(self, now_s: float) -> WalkView:
        """Return what is to be seen now."""
        seen = self._seen
        stage = self._stage()
        phase = self._phase()
        elapsed_s = self._walked_s(stage, now_s)
        left_s = None if phase is None else phase.duration_s - elapsed_s
        scene = self._scene(stage)
        act, number_shown = self._act(stage, scene, left_s, now_s)
        quiet = stage is Stage.WALK and seen.heading != "forward"
        alarm = self._alarm(stage)
        age_s = None if self._report_s is None else max(0.0, now_s - self._report_s)
        link = link_of(age_s, self._silent(now_s))
        if stage is Stage.END:
            link = Link("the walk is over", Level.NONE)
        parts, done_s, total_s = self._bar(phase, elapsed_s)
        return WalkView(
            stage=stage,
            quiet=quiet,
            word=act.word,
            shape=act.shape,
            colour=act.colour,
            number=number_shown,
            steps=act.steps,
            action=act.action,
            upcoming=self._upcoming(stage, scene, phase),
            said=self._note or self._notice() or self._said,
            heading=seen.heading,
            next_heading=scene.next_heading,
            title=self._title(phase),
            profile=seen.profile or (self._sheet.profile if self._sheet else ""),
            belt=self._belt(stage, phase, elapsed_s, link),
            vitals=self._vitals(link),
            link=link,
            parts=parts,
            done_s=done_s,
            total_s=total_s,
            alarm=alarm,
            offers=self._offers(stage, quiet=quiet),
        )

    def _silent(self, now_s: float) -> float:
        return 0.0 if self._seen_s == -math.inf else now_s - self._seen_s

    def _stage(self) -> Stage:
        seen, fault = self._seen, self._fault
        if seen.state is BridgeState.RECOVERING:
            return Stage.ALARM
        if self._end is not None:
            return Stage.END if self._end.get("belt_stopped") is True else Stage.ALARM
        if choreography.ends_walk(fault):
            return Stage.ALARM
        if seen.step is None and seen.phase is None:
            return Stage.WAIT
        return choreography.stage_of(seen.step)

    def _alarm(self, stage: Stage) -> Alarm | None:
        if stage is not Stage.ALARM:
            return None
        if self._seen.state is BridgeState.RECOVERING:
            what = self._recovery or self._seen.last_session or ""
            return choreography.recovery_alarm(what, self._acknowledge)
        fault = self._fault or {}
        what = str(fault.get("text") or str(fault.get("fault") or "").replace("_", " "))
        unknown = self._end is not None  # it ended, and nobody knows that the belt stands
        what = what or "The belt is not known to stand."
        return choreography.alarm(what, red_key=self._red_key or unknown)

    def _scene(self, stage: Stage) -> Scene:
        seen, phase, following = self._seen, self._phase(), self._following()
        between = stage not in (Stage.WALK, Stage.WAIT)
        to = seen.next_heading if between else self._announced
        if between and seen.purpose == Purpose.START and phase is None and self._sheet is not None:
            to = self._sheet.phases[0].heading
        elif to is None and not between and following is not None:
            to = following.heading
        quarters = 0 if to is None else (_QUARTERS[to] - _QUARTERS[seen.heading]) % 4
        return Scene(
            heading=seen.heading,
            next_heading=to,
            purpose=seen.purpose,
            step=seen.step,
            quarters=min(quarters, 4 - quarters),
            direction=self._direction(to, quarters),
            question=self._question,
            waits_for_confirmation=self._waits_for_confirmation,
        )

    def _direction(self, to: str | None, quarters: int) -> str:
        """Return the way round; half-way it is that of the plan, or of the turn before."""
        if quarters != 2:
            return "left" if quarters == 3 else "right"
        phase, following = self._phase(), self._following()
        leading = following if following is not None and following.heading == to else phase
        turn = None if leading is None else leading.turn
        return "right" if turn is None else turn.direction

    def _act(
        self, stage: Stage, scene: Scene, left_s: float | None, now_s: float
    ) -> tuple[Act, str | None]:
        match stage:
            case Stage.WAIT:
                return Act("WAIT", Shape.WAIT, "primary", (self._waits_for(),)), None
            case Stage.ALARM:
                return Act("", Shape.ALARM, "error"), None
            case Stage.END:
                return choreography.ended(self._end or {}), None
            case Stage.WALK:
                return self._walking(scene, left_s)
            case Stage.COUNTDOWN:
                counted = None
                if self._counting_s is not None:
                    left = _COUNTED_FROM - math.floor(now_s - self._counting_s)
                    counted = str(max(1, left))
                return self._between(stage, scene), counted
            case Stage.START:
                return self._between(stage, scene), "GO"
            case _:
                return self._between(stage, scene), None

    def _between(self, stage: Stage, scene: Scene) -> Act:
        return choreography.act_of(stage, scene, self._ready, self._confirm)

    def _walking(self, scene: Scene, left_s: float | None) -> tuple[Act, str | None]:
        turn = choreography.turn_words(scene)
        soon = left_s is not None and left_s <= _ANNOUNCED_S
        early = self._announced is not None and not soon
        if turn and (soon or early):
            act = choreography.facing_act(self._seen.heading, f"Soon: stop, then {turn}.")
            # Announced before the plan has it: what is left by the plan is not what is left.
            return act, None if early or left_s is None else clock(left_s)
        settles = self._seen.step == "settle" and self._seen.heading == "forward"
        action = "The belt settles at its start speed." if settles else ""
        act = choreography.facing_act(self._seen.heading, action)
        return act, None if left_s is None else clock(left_s)

    def _waits_for(self) -> str:
        match self._seen.state:
            case BridgeState.CONNECTING:
                return "Looking for the treadmill."
            case BridgeState.RESTING if self._seen is _NOBODY:
                return "The walk is being prepared. No key starts anything."
            case BridgeState.RESTING:
                return "No walk is under way."
            case BridgeState.ENDING:
                return "The belt is brought to rest."
            case _:
                return "Is the belt standing? That is being checked."

    # --- the parts --------------------------------------------------------------------------------

    def _phase(self) -> PhaseShown | None:
        """Return the phase under way, as the plan has it."""
        index = _index(self._seen)
        if index is None or self._sheet is None or not 0 <= index < len(self._sheet.phases):
            return None
        return self._sheet.phases[index]

    def _following(self) -> PhaseShown | None:
        index = _index(self._seen)
        if index is None or self._sheet is None or not 0 <= index + 1 < len(self._sheet.phases):
            return None
        return self._sheet.phases[index + 1]

    def _word_of_phase(self, key: str, otherwise: str) -> str:
        phase = self._seen.phase
        return otherwise if phase is None else str(phase.get(key, otherwise))

    def _walked_s(self, stage: Stage, now_s: float) -> float:
        """Return the phase clock, run on since it was heard of; it never goes back a little."""
        elapsed_s = self._seen.elapsed_s or 0.0
        if stage is Stage.WALK and self._seen_s != -math.inf:
            elapsed_s += min(max(0.0, now_s - self._seen_s), 2 * SIGN_OF_LIFE_S)
        if elapsed_s < self._elapsed_s - 1.5:
            self._elapsed_s = 0.0
        self._elapsed_s = max(self._elapsed_s, elapsed_s)
        return self._elapsed_s

    def _bar(
        self, phase: PhaseShown | None, elapsed_s: float
    ) -> tuple[tuple[Part, ...], float, float]:
        if self._sheet is None:
            return (), 0.0, 0.0
        parts = tuple(Part(it.heading, it.start_s, it.duration_s) for it in self._sheet.phases)
        done_s = 0.0
        if phase is not None:
            done_s = phase.start_s + min(elapsed_s, phase.duration_s)
        if self._end is not None and self._end.get("reason") == "completed":
            done_s = self._sheet.duration_s
        return parts, done_s, self._sheet.duration_s

    def _belt(self, stage: Stage, phase: PhaseShown | None, elapsed_s: float, link: Link) -> Belt:
        seen = self._seen
        target: float | None = None
        if stage in (Stage.WALK, Stage.COUNTDOWN, Stage.START) and phase is not None:
            share = min(1.0, elapsed_s / phase.duration_s) if phase.duration_s else 1.0
            target = phase.speed_kmh + (phase.end_speed_kmh - phase.speed_kmh) * share
        elif stage in (Stage.SLOW, Stage.STOP, Stage.READY, Stage.ALARM):
            target = 0.0
        cap = None if phase is None else phase.cap_kmh
        reason = ""
        if self._limited_by:
            reason = f"limited by {self._limited_by[0]}"
        elif phase is not None and phase.limited_by:
            reason = f"limited by {phase.limited_by[0]}"
        elif phase is not None and phase.cap_reasons:
            reason = f"cap: {phase.cap_reasons[0]}"
        return Belt(
            unit=self._unit,
            speed=in_unit(seen.speed_kmh, self._unit),
            target=in_unit(target, self._unit),
            cap=in_unit(cap, self._unit),
            stale=link.level is Level.STALE,
            reason=reason,
        )

    def _vitals(self, link: Link) -> tuple[str, ...]:
        seen = self._seen
        old = "?" if link.level is Level.STALE else ""
        incline, bpm, metres = seen.incline_pct, seen.heart_rate_bpm, seen.distance_m
        parts = ["incline -" if incline is None else f"incline {incline:.1f} %{old}"]
        parts.append("heart -" if bpm is None else f"heart {bpm} bpm{old}")
        if metres is None:
            parts.append("distance -")
        elif self._unit == "mph":
            parts.append(f"{metres / KMH_PER_MPH / 1000:.2f} mi")
        else:
            parts.append(f"{metres:.0f} m")
        return (*parts, self._energy())

    def _energy(self) -> str:
        """Return what was burned, marked as the estimate that it is."""
        sheet = self._sheet
        kcal = None if sheet is None else self._effort.kcal(sheet.body_mass_kg)
        if sheet is None or kcal is None:
            return "energy -"
        about = "at least about" if self._effort.partial else "about"
        mass = f" for {sheet.body_mass_kg:g} kg, assumed" if sheet.body_mass_assumed else ""
        return f"{about} {kcal:.0f} kcal{mass} (an estimate)"

    def _title(self, phase: PhaseShown | None) -> str:
        seen = self._seen
        parts = [seen.workout or (self._sheet.workout if self._sheet else "Quarterturn")]
        if phase is not None and self._sheet is not None:
            parts += [
                f"phase {phase.index + 1} of {len(self._sheet.phases)}",
                kind_word(phase.kind),
            ]
        return " · ".join(parts)

    def _upcoming(self, stage: Stage, scene: Scene, phase: PhaseShown | None) -> str:
        following = self._following()
        if stage is not Stage.WALK or phase is None:
            return ""
        if following is not None and following.heading != scene.next_heading:
            return f"Then {choreography.turn_words(scene)}, to face {scene.next_heading}."
        return upcoming_words(following, choreography.turn_words(scene), self._unit)

    def _notice(self) -> str:
        """Return a fault that the walk goes on after, while it matters."""
        fault = self._fault or {}
        paused = fault.get("action") == "pause" and self._seen.purpose == Purpose.PAUSE
        return str(fault.get("text") or "") if paused or fault.get("action") == "finish" else ""

    def _offers(self, stage: Stage, *, quiet: bool) -> tuple[Intent, ...]:
        if self._seen.state is BridgeState.RECOVERING:
            return (Intent.ACKNOWLEDGE,)
        if stage is Stage.WALK and not quiet:
            return _WALKING
        if stage is Stage.READY:
            paused = self._seen.purpose == Purpose.PAUSE
            return (Intent.SKIP, Intent.FINISH) if paused else (Intent.FINISH,)
        return ()


def _index(snapshot: Snapshot) -> int | None:
    phase: Mapping[str, object] | None = snapshot.phase
    index = None if phase is None else phase.get("index")
    return index if isinstance(index, int) else None
