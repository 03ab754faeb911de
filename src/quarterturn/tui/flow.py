"""What leads to a walk and what follows it, screen by screen."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from quarterturn.attended_walk import Walked
from quarterturn.bridge.errand import Errand
from quarterturn.caps import BASES
from quarterturn.configs import user_folder
from quarterturn.exit_codes import UsageError
from quarterturn.feedback import write_feedback
from quarterturn.opening import NamedSensor, Treadmill, find_book
from quarterturn.person import load_person, save_person
from quarterturn.plan import Plan, make_plan
from quarterturn.preflight import Cleared, PreflightResult, Refused, Situation
from quarterturn.profile_files import load_profile, profile_names
from quarterturn.profiles import DEFAULT_PROFILE, Profile
from quarterturn.speech.check import play_check, why_no_voice
from quarterturn.speech.sound import AUTO, chosen_sound
from quarterturn.tui.app import Prepared, WalkApp
from quarterturn.tui.choose_profile import ChooseProfileScreen
from quarterturn.tui.choose_treadmill import ChooseTreadmillScreen
from quarterturn.tui.choose_workout import ChooseWorkoutScreen
from quarterturn.tui.preflight_screen import PreflightScreen
from quarterturn.tui.summary_screen import SummaryScreen
from quarterturn.words import PhraseBook
from quarterturn.workout.files import load_workout


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was named beforehand; what is None is asked for.

    ``find_treadmill`` makes a treadmill of a URL or a saved name, ``sound`` is that of the
    settings.
    """

    find_treadmill: Callable[[str], Treadmill]
    now: datetime
    workout: str | None = None
    treadmill: str | None = None
    profile: str | None = None
    sensors: tuple[NamedSensor, ...] = ()
    journal: Path | None = None
    sound: str = AUTO


async def prepare(app: WalkApp, wishes: Wishes) -> Prepared | None:
    """Ask for what was not named, and on a real treadmill what has to be asked before a walk.

    Raises:
        UsageError, FileErrors, PlanRefused: when this walk cannot be, and why.

    """
    profile = await _profile(app, wishes.profile)
    if profile is None:
        return None
    name = wishes.treadmill
    if name is None:
        name = await app.push_screen_wait(ChooseTreadmillScreen())
    if name is None:
        return None
    treadmill = wishes.find_treadmill(name)
    year = wishes.now.year
    chosen = wishes.workout
    if chosen is None:
        screen = ChooseWorkoutScreen(profile, treadmill.record, year)
        chosen = await app.push_screen_wait(screen)
    if chosen is None:
        return None
    workout = load_workout(chosen)
    plan = make_plan(workout, profile, None, year=year, record=treadmill.record)
    book = find_book(profile.language)
    header: dict[str, object] = {}
    if not treadmill.simulated:
        cleared = await _preflight(app, plan, profile, book, wishes)
        profile, header = cleared.profile, cleared.journalled()
        # The answers may have lowered the caps.
        plan = make_plan(workout, profile, None, year=year, record=treadmill.record)
    sensors = tuple((each.name, str(each.url)) for each in wishes.sensors)
    journal = None if wishes.journal is None else str(wishes.journal.absolute())
    errand = Errand(workout, profile, year, sensors, journal, header, book)
    return Prepared(errand, treadmill, plan)


async def afterwards(app: WalkApp, prepared: Prepared, walked: Walked) -> None:
    """Show what the session came to, and ask how it was."""
    if walked.end is None or not walked.summary.phases:
        return
    del prepared
    screen = SummaryScreen(walked.summary, app.sheet, walked.end, ask=True, samples=walked.samples)
    feedback = await app.push_screen_wait(screen)
    if feedback is None or walked.journal is None:
        return
    try:
        write_feedback(walked.journal, feedback)
    except OSError as error:
        app.complaint = f"what you answered could not be kept: {error}"


async def _profile(app: WalkApp, named: str | None) -> Profile | None:
    own = sorted(set(profile_names()) - set(BASES))
    if named is None and len(own) > 1:
        named = await app.push_screen_wait(ChooseProfileScreen())
        return None if named is None else load_profile(named)
    return load_profile(named or (own[0] if own else DEFAULT_PROFILE))


async def _preflight(
    app: WalkApp, plan: Plan, profile: Profile, book: PhraseBook, wishes: Wishes
) -> PreflightResult:
    loaded = load_person(profile.name)
    if loaded.notice is not None:
        app.notify(loaded.notice, timeout=10)
    sound = chosen_sound(wishes.sound)
    no_voice = await asyncio.to_thread(why_no_voice, sound, book, profile.voice)
    today, folder = wishes.now.date(), str(user_folder())
    situation = Situation(plan, profile, loaded.person, today, folder, no_voice)

    async def play() -> bool:
        return await asyncio.to_thread(play_check, book, profile.voice) is None

    result = await app.push_screen_wait(PreflightScreen(situation, play))
    if result is None:
        raise UsageError("the questions were not answered to the end; nothing was started")
    if result.person != loaded.person:
        save_person(profile.name, result.person)
    match result.verdict:
        case Cleared():
            return result
        case Refused(reasons=reasons):
            raise UsageError("\n".join(["this walk does not start:", *reasons]))
        case forward_only:
            words = "no walk with phases that are not forward starts:"
            raise UsageError("\n".join([words, *forward_only.reasons]))
