"""The order of questions and trials, and what is concluded from each.

``onboard`` is a generator: it yields what to ask or to try and is sent the answer. It waits for
nothing and reads no clock, so that a test can be the treadmill and the person.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Final

from quarterturn.model import Capabilities, MachineRecord, NoticeKind, SpeedUnit
from quarterturn.monitors import FaultKind
from quarterturn.onboarding import scripts, topics
from quarterturn.onboarding.findings import Findings
from quarterturn.onboarding.observed import Observed
from quarterturn.onboarding.scripts import MakeScript
from quarterturn.onboarding.topics import Question
from quarterturn.units import Speed

_ATTEMPTS: Final = 4
# The steps that are tried where the machine's own does nothing, in 0.01 km/h.
_COARSER: Final = (20, 50)
# A belt may differ so much from what it was told: half a step, or what rounding to mph takes away.
_AS_TOLD: Final = 7
# What a step that the machine does not take may look like; the unit is known by then.
_NOT_FOLLOWED: Final = (FaultKind.NO_EFFECT, FaultKind.REFUSED, FaultKind.WRONG_UNIT)
_AGREES: Final = 10
_AGREES_SHARE: Final = 0.07
_MILE: Final = 1.609344
_MILE_BAND: Final = (0.96, 1.04)


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask a person; the answer is one that the question accepts."""

    question: Question


@dataclass(frozen=True, slots=True)
class Try:
    """Connect with this record and run a trial."""

    script: MakeScript
    record: MachineRecord


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a trial. ``observed`` None: control was requested and not answered.

    ``reason``, ``by`` and ``cause`` are those of the ``end`` event; ``text`` says what was wrong.
    """

    observed: Observed | None
    capabilities: Capabilities | None = None
    reason: str = "completed"
    by: str = "script"
    cause: str | None = None
    text: str = ""
    belt_stopped: bool | None = True


class StoppedError(Exception):
    """A person ended it: with STOP, with an answer, or by not being there."""


class NotUsableError(Exception):
    """The treadmill cannot be got to know, or should not be walked on; it says why."""


class UnfitError(NotUsableError):
    """No trial is possible on this treadmill; nothing was started."""


Step = Ask | Try
Reply = str | Tried
Course = Generator[Step, Reply, Findings]


def onboard(base: MachineRecord) -> Course:
    """Get to know a treadmill; return the findings once the record made of them was tried.

    ``base`` is what is known already.

    Raises:
        StoppedError: when a person ended it.
        NotUsableError: when nothing can be written about this treadmill.

    """
    for question in (topics.nobody(), topics.red_key()):
        if (yield from _ask(question)) != topics.YES:
            raise StoppedError("Nothing is started.")
    found = yield from _rest(Findings.begin(base))
    found = yield from _first(found)
    found = yield from _steps(found)
    found = yield from _zeros(found)
    found = yield from _pause(found)
    found = yield from _proof(found)
    return (yield from _cut(found))


# --- one after the other -------------------------------------------------------------------------


def _rest(found: Findings) -> Course:
    """Find out how control is given, what can be set, and whether a belt at rest reports."""
    tried = yield from _try(scripts.rest, found.for_trials())
    for attempts, answers in ((2, True), (1, False)):
        if tried.observed is None:
            found = replace(
                found, request_control_attempts=attempts, answers_request_control=answers
            )
            tried = yield from _try(scripts.rest, found.for_trials())
    watched = yield from _went_well(tried)
    machine = None if tried.capabilities is None else tried.capabilities.speed
    if machine is None:
        raise UnfitError("This treadmill's speed cannot be set by software.")
    if machine.minimum > scripts.FASTEST:
        raise UnfitError(
            f"This treadmill goes no slower than {machine.minimum}, and no trial is faster than "
            f"{scripts.FASTEST}: nothing is started."
        )
    silent = watched.silent_at_rest
    return replace(found, silent_when_stopped=silent, capabilities=tried.capabilities)


def _first(found: Findings) -> Course:
    """Start, until the machine, its reports and its console agree about the speed."""
    for _ in range(_ATTEMPTS):
        tried = yield from _try(scripts.first, found.for_trials())
        observed = _observed(tried)
        match tried.cause:
            case FaultKind.WRONG_UNIT:
                found = yield from _miles(found, observed, tried.text)
            case FaultKind.UNANSWERED if observed.moved_s is not None and found.answers_commands:
                found = replace(found, answers_commands=False)
                yield from _stands_now(tried)
            case FaultKind.NOT_VERIFIED if observed.silent_at_rest:
                found = replace(found, silent_when_stopped=True)
                yield from _stands_now(tried)
            case _:
                yield from _went_well(tried)
                found = replace(found, capabilities=tried.capabilities)
                agreed = yield from _console(found, observed)
                if (agreed.target_unit, agreed.report_unit) == (
                    found.target_unit,
                    found.report_unit,
                ):
                    return agreed.saw(observed)
                found = agreed
    raise NotUsableError("The treadmill, its reports and its console do not agree on a speed.")


def _miles(found: Findings, observed: Observed, text: str) -> Course:
    """Decide from the ratio which side counts in miles, and ask whether to take it so."""
    if SpeedUnit.MPH in (found.target_unit, found.report_unit):
        raise NotUsableError(f"{text} Neither km/h nor miles per hour explain that.")
    yes = yield from _ask(topics.miles(text))
    if yes != topics.YES:
        raise StoppedError("Without that, this treadmill cannot be used.")
    told = [each.centi_kmh for each in observed.targets]
    fast = bool(told) and observed.reports and max(s for _, s in observed.reports) > told[-1]
    if fast:
        return replace(found, target_unit=SpeedUnit.MPH)
    return replace(found, report_unit=SpeedUnit.MPH)


def _console(found: Findings, observed: Observed) -> Course:
    """Compare the reports with what a person reads: where both lie alike, only this shows it."""
    steady = observed.steady
    if steady is None:
        raise NotUsableError("The belt did not settle at the slowest speed.")
    answer = yield from _ask(topics.console())
    shown = topics.read_speed(answer)
    if shown is None:
        return found
    if abs(shown.centi_kmh - steady) <= max(_AGREES, _AGREES_SHARE * steady):
        return replace(found, console=answer)
    words = f"The console shows {answer}, the treadmill reports {steady / 100:.1f} km/h."
    low, high = _MILE_BAND
    both_lie = low * _MILE <= shown.centi_kmh / steady <= high * _MILE
    if not both_lie or SpeedUnit.MPH in (found.target_unit, found.report_unit):
        raise NotUsableError(f"{words} Nothing is written about a treadmill that contradicts it.")
    yes = yield from _ask(topics.miles(words))
    if yes != topics.YES:
        raise StoppedError("Without that, this treadmill cannot be used.")
    return replace(found, target_unit=SpeedUnit.MPH, report_unit=SpeedUnit.MPH)


def _steps(found: Findings) -> Course:
    """Find the step that the machine really takes, and measure on the way."""
    coarser = list(_COARSER)
    while True:
        tried = yield from _try(scripts.steps, found.for_trials())
        observed = _observed(tried)
        if tried.cause not in _NOT_FOLLOWED:
            yield from _went_well(tried)
            if not observed.targets[1:]:
                raise NotUsableError(
                    "The treadmill reports too seldom: its speed is never raised on old reports."
                )
            if _goes_as_told(observed):
                return replace(found, capabilities=tried.capabilities).saw(observed)
        else:
            yield from _stands_now(tried)
        told = None if found.capabilities is None else found.capabilities.speed
        coarser = [step for step in coarser if told is None or step > told.step.centi_kmh]
        if not coarser:
            raise NotUsableError(
                "The treadmill does not run at the speeds that it is told, in no step that was "
                f"tried: it cannot be used. {tried.text}"
            )
        found = found.with_step(Speed(coarser.pop(0)))


def _zeros(found: Findings) -> Course:
    """Ask what reports cannot tell: whether the belt moves under a report of 0."""
    if found.silent_when_stopped:
        return found
    answer = yield from _ask(topics.zero_moved())
    if answer != topics.YES:
        return replace(found, zero_watched=answer == topics.NO)
    seconds = topics.read_seconds((yield from _ask(topics.zero_for())))
    longest_s = max((each for each, _ in found.stops), default=0.0)
    # A second is what a person takes to notice; who cannot say gets the longest stop seen.
    return replace(
        found, zero_watched=True, zero_moved_s=longest_s if seconds is None else seconds + 1.0
    )


def _pause(found: Findings) -> Course:
    """Find out how the console's pause is seen; this program itself never sends one."""
    if found.silent_when_stopped:
        # It falls silent from full speed, and nobody could tell that from a lost treadmill.
        return replace(found, pause_seen_as="silent")
    if (yield from _ask(topics.try_pause())) != topics.YES:
        return found
    tried = yield from _try(scripts.pause, found.for_trials())
    observed = yield from _went_well(tried)
    if tried.by == "script":
        seen = "not pressed"
    elif observed.told_of(NoticeKind.PAUSED):
        seen = "paused"
    elif observed.told_of(NoticeKind.STOPPED):
        seen = "stopped"
    else:
        seen = "zeros"
    return replace(found, pause_seen_as=seen).saw(observed)


def _proof(found: Findings) -> Course:
    """Run once more as in a walk, by the record that is to be kept."""
    tried = yield from _try(scripts.proof, found.record("onboarding"))
    if tried.reason == "fault":
        raise NotUsableError(f"By the record that was found, the trial failed. {tried.text}")
    return found.saw((yield from _went_well(tried)))


def _cut(found: Findings) -> Course:
    """Find out what becomes of the belt when the link is lost; the person's hand is on the key."""
    told = None if found.capabilities is None else found.capabilities.speed
    if told is None or told.minimum > scripts.FASTEST_CUT:
        return found
    if (yield from _ask(topics.try_cut())) != topics.YES:
        return found
    tried = yield from _try(scripts.cut, found.for_trials())
    observed = _observed(tried)
    unreachable = observed.cut_s is not None and observed.back_s is None
    if not unreachable:
        yield from _went_well(tried)
        seen = observed.after_the_cut(silent_when_stopped=found.silent_when_stopped)
        return replace(found, on_link_loss=seen, link_loss_seen_by="reports").saw(observed)
    answer = yield from _ask(topics.link_seen())
    words = {topics.RAN_ON: "keeps_running", topics.STOPPED: "stops"}
    yield from _stands_now(tried)
    return replace(
        found, on_link_loss=words.get(answer, "unknown"), link_loss_seen_by="a person"
    ).saw(observed)


# --- replies -------------------------------------------------------------------------------------


def _ask(question: Question) -> Generator[Step, Reply, str]:
    reply = yield Ask(question)
    if not isinstance(reply, str):
        raise TypeError("a question is answered with text")
    return reply


def _try(script: MakeScript, record: MachineRecord) -> Generator[Step, Reply, Tried]:
    reply = yield Try(script, record)
    if not isinstance(reply, Tried):
        raise TypeError("a trial is answered with what came of it")
    return reply


def _stands_now(tried: Tried) -> Generator[Step, Reply, None]:
    """Where the last trial could not see the belt stand, a person has to."""
    if tried.belt_stopped is not True and (yield from _ask(topics.stands())) != topics.YES:
        raise NotUsableError("The belt moves and could not be stopped: pull the red key.")


def _went_well(tried: Tried) -> Generator[Step, Reply, Observed]:
    observed = _observed(tried)
    if tried.reason == "fault":
        raise NotUsableError(tried.text)
    yield from _stands_now(tried)
    return observed


def _observed(tried: Tried) -> Observed:
    if tried.observed is None:
        raise NotUsableError("The treadmill does not answer the request for control any more.")
    if tried.reason == "stopped":
        raise StoppedError(f"Stopped by {tried.by}.")
    return tried.observed


def _goes_as_told(observed: Observed) -> bool:
    """Return whether the belt settled where it was told, each time that it settled."""
    settled = [(told, observed.plateau(told)) for told in observed.targets]
    return all(
        speed is None or abs(speed - told.centi_kmh) <= _AS_TOLD for told, speed in settled
    ) and any(speed is not None for _, speed in settled)
