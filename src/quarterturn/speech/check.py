"""Before a walk: whether the voice can be offered, and a cue to hear it by.

Both wait, and are for a program that steers no belt; a screen calls them in a thread.
"""

import asyncio
from collections.abc import Callable

from quarterturn.speech.earcons import Earcon, earcon_samples
from quarterturn.speech.library import Library, NoWordsError, library_of
from quarterturn.speech.players import Player, PlayError, SystemPlayer, system_players
from quarterturn.speech.samples import silence
from quarterturn.speech.sound import AUTO, OFF, Sound
from quarterturn.speech.texts import cue_to_try, must_be_said
from quarterturn.words import PhraseBook

_GAP_S = 0.3

FindPlayer = Callable[[], SystemPlayer]


def find_player() -> SystemPlayer:
    """Return the players of this computer."""
    return SystemPlayer(system_players())


def why_no_voice(
    sound: Sound,
    book: PhraseBook,
    voice: str | None = None,
    *,
    find: FindPlayer = find_player,
) -> str | None:
    """Say why the voice cannot be a way for cues on this computer; None when it can.

    Players are tried with a moment of silence, and nothing that a walk must not be without may lack
    words: half a minute at most, and most often a moment.
    """
    if sound.mode != AUTO:
        return "sound is off" if sound.mode == OFF else "sound is only written down"
    return asyncio.run(_why_not(book, library_of(book.language, voice), find()))


async def _why_not(book: PhraseBook, library: Library, player: SystemPlayer) -> str | None:
    try:
        await player.find()
    except PlayError as error:
        return str(error)
    for text in must_be_said(book):
        try:
            await library.speech(text)
        except NoWordsError as error:
            return f'nothing here can say "{text}": {error}'
    return None


def play_check(
    book: PhraseBook,
    voice: str | None = None,
    *,
    find: FindPlayer = find_player,
) -> str | None:
    """Play a beep and a cue; return why that failed, None when they were played.

    Whether they were heard only a person can say.
    """
    return asyncio.run(_play(cue_to_try(book), library_of(book.language, voice), find()))


async def _play(text: str, library: Library, player: Player) -> str | None:
    try:
        words, _ = await library.speech(text)
        await player.play(earcon_samples(Earcon.CHECK) + silence(_GAP_S) + words)
    except (NoWordsError, PlayError) as error:
        return str(error)
    return None
