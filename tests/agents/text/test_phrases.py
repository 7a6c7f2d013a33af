"""Phrases in texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agents.text.phrases import _any_of, held
from agents.text.scripts import plain

SOME = st.text(alphabet="abAB 1-'’.", max_size=6)


@given(st.lists(SOME, max_size=8), st.lists(SOME, max_size=8).map(" ".join))
def test_those_held_are_those_that_one_pattern_of_all_finds(phrases: list[str], text: str) -> None:
    """`held` looks for fewer; what it finds is the same."""
    all_of = tuple(phrases)
    found = [all_of[one.lastindex - 1] for one in _any_of(all_of).finditer(plain(text)) if one.lastindex]
    assert held(all_of, text) == found


def test_phrases_are_held_as_whole_words_in_the_order_of_the_text() -> None:
    phrases = ("refund", "order 7", "red", "late order")
    assert held(phrases, "The Late order 7 was hired; a REFUND?") == ["late order", "refund"]
