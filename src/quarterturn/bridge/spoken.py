"""What the voice has to know of a walk before it begins."""

from quarterturn.bridge.errand import Errand
from quarterturn.cue_texts import texts_of_plan
from quarterturn.cues import pull_the_red_key
from quarterturn.plan import Plan
from quarterturn.profiles import CueChannel
from quarterturn.speech.voice import Script


def script_of(errand: Errand, plan: Plan, *, simulated: bool) -> Script:
    """Return a walk as the voice needs it; the way for cues is that of the pre-flight."""
    channel = errand.header.get("cue_channel")
    return Script(
        texts=texts_of_plan(plan, errand.book),
        last_words=pull_the_red_key(errand.book).text,
        language=errand.book.language,
        voice=errand.profile.voice,
        channel=CueChannel(str(channel)) if channel in set(CueChannel) else None,
        simulated=simulated,
    )
