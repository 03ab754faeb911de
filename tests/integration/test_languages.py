"""A walk in the language of its profile, from the errand to the journal and to what comes after."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from integration.bridging import REAL_URL, Machine, errand, running, screen
from integration.commands import Cli
from integration.scripted import Bench, written
from quarterturn.bridge.errand import decode_errand
from quarterturn.bridge.journal import JournalError, read_journal
from quarterturn.bridge.replay import replay
from quarterturn.configs import languages
from quarterturn.cue_files import load_book
from quarterturn.cue_texts import all_safety_texts, texts_of_plan
from quarterturn.english import ENGLISH
from quarterturn.open_session import OpenSession, write_open_session
from quarterturn.protocol import BridgeState
from quarterturn.rehearsal import Rehearsal, in_virtual_time
from quarterturn.session import Event, Intent
from quarterturn.session.machine import Session
from quarterturn.words import PhraseBook
from quarterturn.workout.files import workout_names
from quarterturn_simulator.faults import FAULTS

GERMAN = load_book("de")
BOOKS = [ENGLISH, GERMAN]
FOR_EXPERIENCED = {"backward-uphill-intervals", "side-steps-crossover"}
RED_KEY = "Auf den Trittflächen bleiben. Den roten Schlüssel ziehen."


def said(events: Sequence[Event]) -> list[str]:
    return [str(event["text"]) for event in events if event["event"] == "cue"]


def profile(folder: Path, book: PhraseBook, base: str = "home-experienced") -> str:
    path = folder / "walker.toml"
    path.write_text(f'base = "{base}"\nlanguage = "{book.language}"\n', encoding="utf-8")
    return str(path)


def rehearsed(
    folder: Path, workout: str, book: PhraseBook, **options: Any
) -> tuple[Rehearsal, list[str]]:
    events: list[Event] = []
    base = "home-experienced" if workout in FOR_EXPERIENCED else "home-beginner"
    rehearsal = Rehearsal(workout, profile=profile(folder, book, base), **options)
    in_virtual_time(rehearsal.walk(events.append))
    return rehearsal, said(events)


# --- what can be said is known before -------------------------------------------------------------


@pytest.mark.exhaustive
@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.language)
@pytest.mark.parametrize("workout", sorted(workout_names()))
def test_every_text_of_a_walk_was_known_before_it(
    workout: str, book: PhraseBook, tmp_path: Path
) -> None:
    rehearsal, texts = rehearsed(tmp_path, workout, book)
    assert rehearsal.plan is not None
    assert len(texts) > 10
    assert set(texts) - set(texts_of_plan(rehearsal.plan, book)) == set()


@pytest.mark.exhaustive
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_whatever_goes_wrong_was_known_before_and_is_said_in_german(
    fault: str, tmp_path: Path
) -> None:
    rehearsal, texts = rehearsed(tmp_path, "circle", GERMAN, faults=[(fault, 470.0)])
    assert rehearsal.plan is not None
    known = {*all_safety_texts(GERMAN), *texts_of_plan(rehearsal.plan, GERMAN)}
    assert set(texts) - known == set()


def test_english_has_nothing_that_german_says() -> None:
    both = set(all_safety_texts(ENGLISH)) & set(all_safety_texts(GERMAN))
    assert both == set()


# --- the journal ----------------------------------------------------------------------------------


def walk(**options: Any) -> Bench:
    async def main() -> Bench:
        bench = Bench(**options)
        await bench.walk()
        return bench

    return in_virtual_time(main())


def test_a_replay_says_the_same_with_no_file_of_the_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = walk(language="de")
    assert "Band hält an" in said(bench.events)
    path = written(tmp_path / "session.jsonl", bench.journal)
    monkeypatch.setattr("quarterturn.configs.shipped_folder", lambda: tmp_path)
    assert languages() == {}
    result = replay(read_journal(path))
    assert result.differences == ()
    assert list(result.events) == bench.events


def test_english_stands_in_no_journal_and_is_what_a_journal_without_a_language_says() -> None:
    [setup] = [line for line in walk().journal if line["kind"] == "setup"]
    assert "Stopping" not in json.dumps(setup, default=dict)
    assert "book" not in dict(setup["setup"])


def test_a_journal_whose_language_is_not_whole_is_no_journal(tmp_path: Path) -> None:
    lines = [json.loads(json.dumps(line, default=dict)) for line in walk(language="de").journal]
    [setup] = [line["setup"] for line in lines if line["kind"] == "setup"]
    assert setup["book"]["language"] == "de"
    del setup["book"]["texts"]["stopping"]
    path = written(tmp_path / "session.jsonl", lines)
    with pytest.raises(JournalError, match="texts has not the keys of a language"):
        replay(read_journal(path))


# --- the errand and the bridge --------------------------------------------------------------------


async def test_a_bridge_says_what_the_errand_brings() -> None:
    machine = Machine()
    own = replace(GERMAN, language="bar", texts={**GERMAN.texts, "go": "{way} geh ma"})
    async with running(machine.treadmill), screen(machine) as walker:
        assert (await walker.client.begin(errand(book=own))).accepted
        await walker.walking("forward")
        assert "Vorwärts geh ma" in said(walker.events)


def test_an_errand_brings_only_what_may_be_said() -> None:
    forged = dict(errand(book=replace(GERMAN, texts={**GERMAN.texts, "neck": "Wird heilen"})))
    with pytest.raises(ValueError, match=r"texts\.neck: 'heilen' is not said"):
        decode_errand(forged)
    del forged["book"]["texts"]["stopping"]
    with pytest.raises(ValueError, match="texts has not the keys of a language"):
        decode_errand(forged)


def test_english_does_not_travel() -> None:
    assert "book" not in errand()
    assert decode_errand(errand()).book == ENGLISH


# --- what comes after -----------------------------------------------------------------------------


async def test_a_crash_is_said_in_the_language_of_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    def hook(event: Event) -> None:
        if event["event"] == "phase":
            monkeypatch.setattr(Session, "tick", broken)

    bench = Bench(language="de", hook=hook)
    end = await bench.walk()
    assert end["by"] == "crash"
    assert said(bench.events)[-1] == (
        "Band hält an. Auf die Trittflächen steigen. Etwas stimmt nicht."
    )


@pytest.mark.parametrize(
    ("language", "text"), [("de", RED_KEY), ("xx", "Stay on the rails. Pull the red key.")]
)
async def test_a_recovery_speaks_the_language_of_the_walk_that_did_not_end(
    language: str, text: str, home: Path
) -> None:
    session = OpenSession(REAL_URL, workout="Circle", began="2026-01-01T12:00:00", pid=4711)
    session.language = language
    write_open_session(session)
    machine = Machine(["stop-ignored"], real=True)
    machine.inner.console.press_start()
    async with running(machine.treadmill), screen() as walker:
        assert walker.now.state is BridgeState.RECOVERING
        await walker.until(lambda: text in said(walker.events))
        machine.inner.console.press_stop()
        await walker.event("recovery", step="stands")
        assert (await walker.client.ask(Intent.ACKNOWLEDGE)).accepted


def test_a_trial_is_said_in_the_language_that_is_asked_for(home: Path, cli: Cli) -> None:
    german = cli("onboard", "ftms+sim://", "--rehearse", "--language", "de-CH")
    assert german.code == 0
    assert "Neben dem Band stehen. Niemand darauf. Bereit drücken." in german.out
    assert "Stand beside the belt." not in german.out
    unknown = cli("onboard", "ftms+sim://", "--rehearse", "--language", "fr")
    assert unknown.code == 2
    assert "there are no cues in this language; allowed: de, en" in unknown.err
