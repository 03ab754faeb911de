"""A phrase book: whole or not at all, and numbers in its language's words."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from quarterturn.cue_files import load_book
from quarterturn.english import ENGLISH
from quarterturn.units import Incline, Speed
from quarterturn.words import FIELDS, TABLES, Part, Text, field_problem

GERMAN = load_book("de")


def without(table: Mapping[str, str], key: str) -> dict[str, str]:
    return {name: text for name, text in table.items() if name != key}


@pytest.mark.parametrize("name", TABLES)
def test_a_book_that_lacks_a_key_or_has_one_too_many_is_none(name: str) -> None:
    table: Mapping[str, str] = getattr(ENGLISH, name)
    changed: dict[str, Any]
    for changed in ({name: without(table, TABLES[name][0])}, {name: {**table, "more": "x"}}):
        with pytest.raises(ValueError, match=f"{name} has not the keys of a language"):
            replace(ENGLISH, **changed)


@pytest.mark.parametrize("count", [99, 101])
def test_a_book_has_a_word_for_each_number_up_to_99(count: int) -> None:
    with pytest.raises(ValueError, match=f"numbers has {count} words in place of 100"):
        replace(ENGLISH, numbers=("x",) * count)


@pytest.mark.parametrize("name", ["texts", "parts", "faults", "facing"])
def test_a_book_whose_texts_could_not_be_filled_in_is_none(name: str) -> None:
    table: Mapping[str, str] = getattr(ENGLISH, name)
    changed: dict[str, Any] = {name: {**table, TABLES[name][0]: "x {seat}"}}
    with pytest.raises(ValueError, match=rf"^{name}\.{TABLES[name][0]}: in braces"):
        replace(ENGLISH, **changed)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("In {seconds} s: {direction}", True),
        ("{direction}, {direction} in {seconds} {{sic}}", True),
        ("In {seconds} s", False),
        ("In {seconds} s: {direction} {facing}", False),
        ("In {seconds:>3} s: {direction}", False),
        ("In {seconds!r} s: {direction}", False),
        ("In {seconds.real} s: {direction}", False),
        ("In {} s: {direction}", False),
        ("In {seconds s: {direction}", False),
        ("In seconds} s: {direction}", False),
    ],
)
def test_what_stands_in_braces_is_what_is_filled_in(text: str, right: bool) -> None:
    problem = field_problem(Text.ANNOUNCE_ONE_QUARTER, text)
    wanted = "in braces there has to be {direction}, {seconds}, as it stands, and nothing else"
    assert problem == (None if right else wanted)


def test_a_text_without_fields_says_so() -> None:
    problem = field_problem(Text.STOPPING, "{now}")
    assert problem == "in braces there has to be nothing, as it stands, and nothing else"


def test_every_field_belongs_to_a_text_or_a_part() -> None:
    assert set(FIELDS) <= {*Text, *Part}


@pytest.mark.parametrize(
    ("centi_kmh", "text"),
    [
        (50, "null Komma fünf Kilometer pro Stunde"),
        (100, "ein Kilometer pro Stunde"),
        (250, "zwei Komma fünf Kilometer pro Stunde"),
        (205, "zwei Komma null fünf Kilometer pro Stunde"),
        (2100, "einundzwanzig Kilometer pro Stunde"),
    ],
)
def test_german_speeds_have_a_comma_and_one_kilometre(centi_kmh: int, text: str) -> None:
    assert GERMAN.speed(Speed(centi_kmh)) == text


@pytest.mark.parametrize(
    ("tenths", "english", "german"),
    [
        (0, "incline zero per cent", "Steigung null Prozent"),
        (10, "incline one per cent", "Steigung ein Prozent"),
        (25, "incline two point five per cent", "Steigung zwei Komma fünf Prozent"),
        (-10, "incline minus one per cent", "Gefälle ein Prozent"),
        (-15, "incline minus one point five per cent", "Gefälle eins Komma fünf Prozent"),
    ],
)
def test_an_incline_goes_up_or_down(tenths: int, english: str, german: str) -> None:
    assert ENGLISH.incline(Incline(tenths)) == english
    assert GERMAN.incline(Incline(tenths)) == german


def test_german_numbers_are_its_words() -> None:
    assert [GERMAN.number(it) for it in (0, 1, 12, 16, 17, 20, 21, 30, 66, 77, 99, 100)] == [
        *("null", "eins", "zwölf", "sechzehn", "siebzehn", "zwanzig", "einundzwanzig", "dreißig"),
        *("sechsundsechzig", "siebenundsiebzig", "neunundneunzig", "100"),
    ]
    assert len(set(GERMAN.numbers)) == 100
