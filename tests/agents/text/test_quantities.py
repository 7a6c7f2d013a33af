"""Numbers and codes in the forms in which people write them."""

from __future__ import annotations

import pytest

from agents.text.numbers import tokens
from agents.text.quantities import known_forms, strange_number
from scenarios.text import folded


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("1,000", "1 000"), ("1.000", "1,000"), ("1\u202f000", "one thousand"), ("3:30 pm", "15:30"), ("15:30", "3:30 pm"),
        ("at 9 am", "9:00"), ("15 h 30", "15:30"), ("15時30分", "15:30"), ("14 September", "2026-09-14"), ("14.9.", "14 September"),
        ("QP‑3655", "QP-3655"), ("ending in 3655", "QP-3655"), ("5kg", "5 kg"), ("2½", "2.5"), ("3–5 days", "3 to 5 days"),
        ("2 weeks", "two weeks"), ("7 days", "one week"), ("٣ أيام", "3"), ("４", "4"), ("0171-234567", "0171 234567"), ("24/7", ""),
        ("100 % sure", ""), ("1st", "first"), ("½ cup", "half a cup"),
    ],
)  # fmt: skip
def test_a_number_is_known_in_another_form(said: str, given: str) -> None:
    assert strange_number(said, known_forms(given)) == ""


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("QP-3656", "QP-3655"), ("7710", "07710"), ("1,001", "1000"), ("15:30", "3:30 am"), ("4 pm", "15:00"), ("3–6", "3 to 5"),
        ("13 September", "2026-09-14"), ("½ cup", "a cup"), ("12.50", "12"),
    ],
)  # fmt: skip
def test_another_number_is_found(said: str, given: str) -> None:
    assert strange_number(said, known_forms(given))


def test_a_second_is_no_number() -> None:
    assert tokens("a second-hand bike, the first of 2") == ("a", "second", "hand", "bike", "the", "first", "of", "2")
    assert tokens("the 1st keeper") == tokens("the first keeper")


def test_typography_is_folded_and_letters_stay() -> None:
    assert folded("“naïve” – ½ – QP‑3655") == '"naïve"  -  1/2  -  QP-3655'
    assert folded("１２：３０？はい。") == "12:30? はい. "
