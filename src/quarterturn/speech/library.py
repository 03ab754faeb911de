"""From a text to its sound: recorded, kept from an earlier time, or spoken now by a program."""

import array
import asyncio
from collections.abc import Iterable
from typing import Final

from quarterturn.speech.cache import Cache
from quarterturn.speech.pack import Pack, load_pack
from quarterturn.speech.renderers import Renderer, RenderError, find_renderer
from quarterturn.speech.samples import Samples, SoundError, read_wav, silence
from quarterturn.speech.texts import sentences

MOST_LOADED: Final = 400
"""The most sentences that are made ready for a walk."""
PACK, CACHE, RENDERER = "pack", "cache", "renderer"

_MOST_AT_HAND = 150  # of a second or two: ten megabytes
_BETWEEN_S = 0.18
_SOURCES = (PACK, CACHE, RENDERER)


class NoWordsError(Exception):
    """Nothing here can say a text; the message says why."""


class Library:
    """The sentences of one language in one voice.

    A profile's voice that is given is preferred to the recordings; those stand in where it fails.
    """

    def __init__(
        self, pack: Pack, cache: Cache, renderer: Renderer | None, *, own_voice: bool = False
    ) -> None:
        self._pack = pack
        self._cache = cache
        self._renderer = renderer
        self._own_voice = own_voice and renderer is not None
        self._at_hand: dict[str, tuple[Samples[int], str]] = {}

    async def speech(self, text: str) -> "tuple[Samples[int], str]":
        """Return a text as sound, and where it is from: the slowest of its sentences' sources.

        Raises:
            NoWordsError: when no part of this computer can say it.

        """
        samples, source = array.array("h"), PACK
        for index, sentence in enumerate(sentences(text)):
            part, part_source = await self._sentence(sentence)
            if index:
                samples += silence(_BETWEEN_S)
            samples += part
            source = max(source, part_source, key=_SOURCES.index)
        return samples, source

    async def load(self, texts: Iterable[str]) -> list[str]:
        """Make ready what will be said; return the sentences that nothing here can say."""
        wanted = dict.fromkeys(it for text in texts for it in sentences(text))
        missing = []
        for sentence in list(wanted)[:MOST_LOADED]:
            await asyncio.sleep(0)  # whoever asks for a sign of life gets it in between
            try:
                await self._sentence(sentence)
            except NoWordsError:
                missing.append(sentence)
        return missing

    async def _sentence(self, sentence: str) -> "tuple[Samples[int], str]":
        found = self._at_hand.pop(sentence, None)
        if found is None:
            found = await self._find(sentence)
        self._at_hand[sentence] = found  # at the end: what is used last goes last
        while len(self._at_hand) > _MOST_AT_HAND:
            del self._at_hand[next(iter(self._at_hand))]
        return found

    async def _find(self, sentence: str) -> "tuple[Samples[int], str]":
        recorded = None if self._own_voice else self._recorded(sentence)
        if recorded is not None:
            return recorded
        why = "no speech program was found (espeak-ng)"
        if self._renderer is not None:
            try:
                return await self._spoken(sentence, self._renderer)
            except (RenderError, SoundError) as error:
                why = str(error)
        recorded = self._recorded(sentence)
        if recorded is None:
            raise NoWordsError(why)
        return recorded

    def _recorded(self, sentence: str) -> "tuple[Samples[int], str] | None":
        data = self._pack.recording(sentence)
        try:
            return None if data is None else (read_wav(data), PACK)
        except SoundError:
            return None

    async def _spoken(self, sentence: str, by: Renderer) -> "tuple[Samples[int], str]":
        key = (sentence, by.voice, f"{by.name} {by.version}")
        kept = self._cache.get(*key)
        if kept is not None:
            try:
                return read_wav(kept), CACHE
            except SoundError:
                pass  # it is made anew
        data = await by.render(sentence)
        samples = read_wav(data)
        self._cache.put(*key, data)
        return samples, RENDERER


def library_of(language: str, voice: str | None) -> Library:
    """Return what can be said on this computer in a language; ``voice``: as a profile names it.

    The recordings for ``de-AT`` are those for ``de``; a program may know the difference.
    """
    renderer = find_renderer(language, voice)
    pack = load_pack(language) or load_pack(language.partition("-")[0])
    return Library(pack, Cache(), renderer, own_voice=voice is not None)
