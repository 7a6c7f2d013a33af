"""What is compared exactly between two texts: numbers by value, names, denials and kinds of text, in any spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.checks.kept import (
    denial_lost,
    figures,
    kind_lost,
    names_beyond,
    names_in,
    names_lost,
    numbers_beyond,
    numbers_in,
    numbers_lost,
)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("at 5 pm", "at five"),
        ("at 17:30", "at half past five"),
        ("at quarter to nine", "at 8:45"),
        ("€2.50", "two euros fifty"),
        ("two euros fifty", "2.50 euros"),
        ("200,000 litres", "two hundred thousand litres"),
        ("112 puppets", "a hundred and twelve puppets"),
        ("1.5 litres", "a litre and a half"),
        ("90 minutes", "an hour and a half"),
        ("thirty minutes", "half an hour"),
        ("12 eggs", "a dozen eggs"),
        ("on 3 March", "on the 3rd of March"),
        ("the two stops Mill Pond and Elder Bridge", "the stops Mill Pond and Elder Bridge"),
        ("it takes thirty two hours", "it takes thirty people two hours"),
        ("a second-hand bicycle", "a used bicycle"),
        ("the first keeper", "the keeper"),
        ("3,000,000 people", "three million people"),
    ],
)
def test_equal_numbers_are_no_other_numbers(said: str, told: str) -> None:
    assert numbers_beyond(said, told) == []


@pytest.mark.parametrize(
    ("said", "told", "other"),
    [
        ("at six", "at five", ["6"]),
        ("17 euros", "5 euros", ["17"]),
        ("2.50 euros", "2 euros", ["2.5"]),
        ("two hours", "a few hours", ["2"]),
        ("2.5 litres", "a litre and a half", ["2.5"]),
        ("20,000 litres", "two hundred thousand litres", ["20000"]),
        ("on the second of March", "in March", ["2"]),
        ("every third day", "every other day", ["3"]),
    ],
)
def test_another_number_is_named(said: str, told: str, other: list[str]) -> None:
    assert numbers_beyond(said, told) == other


@given(st.integers(2, 9999), st.integers(2, 9999))
def test_a_number_is_kept_exactly_if_its_value_is_said(one: int, other: int) -> None:
    assert (numbers_lost(f"It has {one:,} parts.", f"There are {other} of them.") == []) is (one == other)
    assert numbers_in(f"{one} parts") == numbers_in(f"{one:,} parts")


@pytest.mark.parametrize(
    ("text", "given", "new"),
    [
        ("a nurse in Malmo", "Idris in Malmö", []),
        ("a nurse in Malmö", "Idris in Malmo", []),
        ("the Swedish coast", "a house in Sweden", []),
        ("Marta’s bread", "for Marta", []),
        ("on weekdays, from Monday to Friday", "on weekdays", []),
        ("with a TV and a PC", "with a screen", []),
        ("a note for Martin", "a note for Marta", ["martin"]),
        ("closed on Sundays", "closed on Mondays", ["sundays"]),
        ("in plain English, please", "in plain words", []),
    ],
)
def test_names_are_compared_without_their_marks(text: str, given: str, new: list[str]) -> None:
    assert names_beyond(text, given) == new


def test_a_lost_name_is_named() -> None:
    assert names_lost("Tell a nurse how it works.", "Tell the nurse Idris how it works.") == ["idris"]
    assert names_in("Meeting moved to Friday.") == {"friday"}


@pytest.mark.parametrize(
    ("child", "parent", "lost"),
    [
        ("a city that I have seen often", "a city that I have never seen", "never"),
        ("a city that is new to me", "a city that I have never seen", ""),
        ("uncooked breakfasts", "breakfasts that need no cooking", ""),
        ("in everyday language, avoiding jargon", "without technical words", ""),
        ("breakfasts that are cooked", "breakfasts that need no cooking", "no"),
        ("a song", "a song", ""),
    ],
)
def test_a_denial_is_lost_if_nothing_is_denied(child: str, parent: str, lost: str) -> None:
    assert denial_lost(child, parent) == lost


@pytest.mark.parametrize(
    ("child", "parent", "lost"),
    [
        ("Write about the sea.", "Write a poem about the sea.", "poem"),
        ("Put the sea into verse.", "Write a poem about the sea.", ""),
        ("Draft a text telling my manager that I am sick.", "Write a message to my boss.", ""),
        ("Rewrite this as a formal email: meeting moved.", "Turn this note into a formal email: meeting moved.", ""),
        ("Rewrite this formally: meeting moved.", "Turn this note into a formal email: meeting moved.", "email"),
        ("How does email work?", "Explain how email works.", ""),
        ("Describe the sea.", "Describe the sea in the form of a dialogue.", "dialogue"),
    ],
)
def test_the_kind_of_text_stays(child: str, parent: str, lost: str) -> None:
    assert kind_lost(child, parent) == lost


def test_figures_of_any_language_are_those_in_digits_that_nobody_writes_as_words() -> None:
    assert figures("Es kostet 49 Euro und dauert 3 Tage, seit 1998.") == {"49", "1998"}
    assert figures("١٢٠ شخصا") == {"120"}


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_texts_are_compared(one: str, other: str) -> None:
    assert numbers_beyond(one, one) == []
    assert denial_lost(one, one) == ""
    assert kind_lost(one, one) == ""
    numbers_lost(one, other), names_beyond(one, other), names_lost(one, other)
