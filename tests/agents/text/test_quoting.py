"""Words as a text has them."""

from __future__ import annotations

import pytest

from agents.checks.kept import name_said, number_said, numbers_in
from agents.text.quoting import quoted, shortened


@pytest.mark.parametrize(
    ("number", "text", "said"),
    [
        ("15", "It takes about fifteen minutes.", "fifteen"),
        ("15", "It takes 15 minutes.", "15"),
        ("25", "There were twenty-five of them (or so).", "twenty-five"),
        ("5:30", "We met at half past five, as always.", "half past five"),
        ("99", "There is no such number.", "99"),
    ],
)
def test_a_number_is_quoted_as_it_is_said(number: str, text: str, said: str) -> None:
    assert number_said(number, text) == said


def test_what_is_found_in_a_text_is_quoted_from_it() -> None:
    text = "In McAllister's shop, fifteen of the 1,200 lamps were on at half past five."
    for number in numbers_in(text):
        assert number_said(number, text) in text
    assert name_said("mcallister", text) == "McAllister's"
    assert quoted("x", "", lambda part: part) == "x"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("one two three", "one two three"),
        ("one two three four", "one two three…"),
        ("one two, threefour", "one two…"),
        ("onetwothreefourfive", "onetwothreefo…"),
        ("one\ntwo threefour five", "one\ntwo…"),
    ],
)
def test_a_text_is_cut_between_words(text: str, short: str) -> None:
    assert shortened(text, 14) == short
    assert len(short) <= 14
