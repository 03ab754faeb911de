"""The voice, seen from the bridge: it is told what happens, is watched, and never waited for.

A voice that died, hangs or cannot play was not heard, and a walk whose confirmed way for cues is
the voice turns away from forward no more [design rule 13]: a program cannot tell by itself that it
is heard again. It is started again all the same, so that the way home, a stop and a fault are
said.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from quarterturn.cues import CueKind, pull_the_red_key
from quarterturn.english import ENGLISH
from quarterturn.profiles import CueChannel
from quarterturn.session.vocabulary import Event
from quarterturn.speech.child import Child, launch_child
from quarterturn.speech.earcons import Earcon
from quarterturn.speech.messages import FAILED, OUTCOMES, cue_message, decode, encode
from quarterturn.speech.order import Level, Spoken
from quarterturn.speech.players import RECORD
from quarterturn.speech.sound import AUTO, OFF, Sound, chosen_sound

WATCHDOG_S: Final = 1.0
"""How long a voice that has begun may be silent before it counts as hanging."""
BEGIN_S: Final = 10.0
"""How long it may take to begin: players are tried."""
MOST_STARTS: Final = 3
"""How often it is started in one walk."""
CLOSE_S: Final = 20.0
"""How long the end of what is being said is waited for, when the bridge ends."""

_BEAT_S = 0.25
_LATE_S = 0.3  # a bridge that was held up itself blames nobody for a silence
_MOST_PENDING = 20

LEVELS: Final[Mapping[CueKind, Level]] = {
    CueKind.FAULT: Level.FAULT,
    CueKind.STOP: Level.STOP,
    CueKind.TURN: Level.STEP,
    CueKind.COUNTDOWN: Level.STEP,
    CueKind.READY: Level.STEP,
    CueKind.PAUSE: Level.STOP,
    CueKind.END: Level.STOP,
    CueKind.SPEED: Level.CHANGE,
    CueKind.PHASE: Level.CHANGE,
}
"""How urgent each kind of cue is; what is not here is a lesser one."""
_STOPS = (CueKind.STOP, CueKind.PAUSE, CueKind.END)
_HEADINGS = {"forward": Earcon.FORWARD, "backward": Earcon.BACKWARD}


@dataclass(frozen=True, slots=True)
class Script:
    """A walk as the voice needs it. ``channel`` is the way for cues that was confirmed, if any.

    ``last_words`` are said when the bridge has died.
    """

    texts: tuple[str, ...] = ()
    last_words: str = pull_the_red_key(ENGLISH).text
    language: str = "en"
    voice: str | None = None
    channel: CueChannel | None = None
    simulated: bool = False


class Launch(Protocol):
    """Starts a speech process; ``again``: it is not the first of this walk."""

    def __call__(self, sound: Sound, *, again: bool) -> Awaitable[Child]:
        """Start one. Raise OSError when that fails."""


@dataclass(slots=True)
class _Scene:
    """What has been heard of the walk, as far as tones go by it."""

    heading: str = "forward"
    turning: bool = False
    starting: bool = False
    fault: str | None = None

    def see(self, event: Event) -> None:
        match event:
            case {"event": "phase", "heading": str(heading)}:
                self.heading = heading
            case {"event": "fault", "action": str(action)}:
                self.fault = action
            case {"event": str(purpose), "step": str(step)}:
                self.turning, self.starting = purpose == "turn", step == "start"


@dataclass(slots=True)
class _Watch:
    """One speech process and when it was last heard."""

    child: Child
    heard_s: float
    beat_s: float
    ready: bool = False
    why: str | None = None
    beat: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class _Walk:
    script: Script
    on_lost: Callable[[], None]
    complain: Callable[[str], None]
    scene: _Scene = field(default_factory=_Scene)
    pending: dict[int, Spoken] = field(default_factory=dict)
    lost: bool = False
    over: bool = False


class Voice:
    """Says the cues of one walk after the other. Use it on a running loop.

    ``setting`` returns the ``sound`` of the settings, and is asked when a walk begins.
    """

    def __init__(
        self, *, setting: Callable[[], str] | None = None, launch: Launch = launch_child
    ) -> None:
        self._setting = setting
        self._launch = launch
        self._walk: _Walk | None = None
        self._watch: _Watch | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._number = 0

    def start(
        self, script: Script, *, on_lost: Callable[[], None], complain: Callable[[str], None]
    ) -> None:
        """Begin to speak; nothing is waited for.

        ``on_lost`` is called, once, when the confirmed way for cues is the voice and it is not
        heard; ``complain`` is told why, whatever that way is.
        """
        self._end_now()
        sound = chosen_sound(AUTO if self._setting is None else self._setting())
        walk = self._walk = _Walk(script, on_lost, complain)
        loop = asyncio.get_running_loop()
        if sound.mode != OFF:
            self._keeping = loop.create_task(self._keep(walk, sound))
        elif script.channel is CueChannel.VOICE:
            loop.call_soon(self._lose, walk, "sound is off")

    def event(self, event: Event) -> None:
        """Say what there is to say of an event; never wait, and never fail."""
        walk = self._walk
        if walk is None or walk.over:
            return
        try:
            walk.scene.see(event)
            match event:
                case {"event": "cue", "kind": str(kind), "text": str(text), "t": t}:
                    self._cue(walk, CueKind(kind), text, float(str(t)))
                case {"event": "end"}:
                    self._bye(walk, alarmed=not event.get("belt_stopped"))
        except Exception as error:  # noqa: BLE001 - no mistake in here may reach the belt
            self._lose(walk, f"a mistake of ours: {error!r}")

    def quiet(self) -> None:
        """Somebody has seen to what is wrong: it is not said again."""
        self._send({"do": "quiet"})

    def finish(self) -> None:
        """End a walk whose end was not told."""
        if self._walk is not None:
            self._bye(self._walk, alarmed=False)

    async def close(self) -> None:
        """Wait for the end of what is being said, up to `CLOSE_S`; then fall silent."""
        if self._keeping is not None:
            self.finish()
            await asyncio.wait([self._keeping], timeout=CLOSE_S)
        self._end_now()

    # --- what is said -----------------------------------------------------------------------------

    def _cue(self, walk: _Walk, kind: CueKind, text: str, t: float) -> None:
        self._number += 1
        scene = walk.scene
        level = LEVELS.get(kind, Level.LESSER)
        if level is Level.FAULT and scene.fault == "alarm":
            level = Level.ALARM
        counted = kind is CueKind.COUNTDOWN and not scene.starting
        cue = Spoken(
            id=self._number,
            t=t,
            level=level,
            kind=kind.value,
            text=text,
            earcon=_earcon(kind, scene),
            # A warning that no fault came with may be over before it is said again.
            repeat=kind is CueKind.FAULT and scene.fault in ("stop", "ramp", "alarm"),
            late_is_wrong=counted,
        )
        if walk.script.channel is CueChannel.SCREEN_READER:
            if cue.earcon is None:
                return
            cue = replace(cue, text="")  # two voices at once, and neither is understood
        walk.pending[cue.id] = cue
        while len(walk.pending) > _MOST_PENDING:
            del walk.pending[next(iter(walk.pending))]
        if self._watch is not None:
            self._send(cue_message(cue))

    def _bye(self, walk: _Walk, *, alarmed: bool) -> None:
        if not walk.over:
            walk.over = True
            self._send({"do": "bye", "alarmed": alarmed})

    def _send(self, message: Mapping[str, Any]) -> None:
        watch = self._watch
        if watch is not None and not watch.child.say(encode(message)):
            self._give_up(watch, "it does not read")

    # --- the process ------------------------------------------------------------------------------

    async def _keep(self, walk: _Walk, sound: Sound) -> None:
        """Have a voice for as long as the walk lasts, and start it again where it dies."""
        for start in range(MOST_STARTS):
            try:
                child = await self._launch(sound, again=start > 0)
            except OSError as error:
                why = f"its process cannot be started: {error.strerror}"
            else:
                why = await self._listen(walk, child)
            if walk.over:
                return
            self._lose(walk, why)

    async def _listen(self, walk: _Walk, child: Child) -> str:
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        watch = self._watch = _Watch(child, now_s, now_s + _BEAT_S)
        try:
            script = walk.script
            self._send(
                {
                    "do": "load",
                    "language": script.language,
                    "voice": script.voice,
                    "texts": script.texts,
                    "last_words": script.last_words,
                }
            )
            for cue in list(walk.pending.values()):
                if cue.level <= Level.STEP and not cue.late_is_wrong:
                    self._send(cue_message(cue))
            if walk.over:
                self._send({"do": "bye", "alarmed": False})
            self._beat(watch)
            async for line in child.lines():
                watch.heard_s = loop.time()
                self._heard(walk, watch, decode(line))
            how = await child.gone()
            return watch.why or how
        finally:
            if watch.beat is not None:
                watch.beat.cancel()
            child.kill()
            if self._watch is watch:
                self._watch = None

    def _heard(self, walk: _Walk, watch: _Watch, message: Mapping[str, Any]) -> None:
        match message:
            case {"said": "ready", "player": str(player)}:
                watch.ready = True
                if player == RECORD and not walk.script.simulated:
                    self._lose(walk, "no sound can be played on this computer")
            case {"said": str(outcome), "id": int(number)} if outcome in OUTCOMES:
                cue = walk.pending.pop(number, None)
                if outcome == FAILED and cue is not None and cue.level <= Level.STEP:
                    self._lose(walk, str(message.get("why")))
            case {"said": "loaded", "missing": [str(first), *others]}:
                more = f" and {len(others)} more" if others else ""
                walk.complain(f'the voice has no words for "{first}"{more}')

    def _beat(self, watch: _Watch) -> None:
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        if now_s - watch.beat_s > _LATE_S:
            watch.heard_s = max(watch.heard_s, now_s - _BEAT_S)
        limit_s = WATCHDOG_S if watch.ready else BEGIN_S
        if now_s - watch.heard_s > limit_s:
            self._give_up(watch, "it does not answer")
            return
        self._number += 1
        self._send({"do": "ping", "id": self._number})
        watch.beat_s = now_s + _BEAT_S
        watch.beat = loop.call_at(watch.beat_s, self._beat, watch)

    def _give_up(self, watch: _Watch, why: str) -> None:
        watch.why = watch.why or why
        watch.child.kill()

    def _lose(self, walk: _Walk, why: str) -> None:
        """Say, once, that the voice is not heard."""
        if walk.lost or walk.over:
            return
        walk.lost = True
        if walk.script.channel is CueChannel.VOICE:
            walk.complain(f"the voice is not heard: {why}. No turn leads away from forward now")
            walk.on_lost()
        else:
            walk.complain(f"the voice is not heard: {why}")

    def _end_now(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
        if self._watch is not None:
            self._watch.child.kill()
        self._keeping = self._walk = self._watch = None


def _earcon(kind: CueKind, scene: _Scene) -> Earcon | None:
    match kind:
        case CueKind.FAULT:
            return Earcon.FAULT
        case CueKind.TURN:
            return Earcon.TURN
        case CueKind.READY:
            return Earcon.TURN if scene.turning else None
        case CueKind.COUNTDOWN:
            return _HEADINGS.get(scene.heading, Earcon.SIDE) if scene.starting else Earcon.TICK
        case _:
            return Earcon.STOP if kind in _STOPS else None
